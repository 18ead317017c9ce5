/*
 * event_loop: readiness of descriptors through epoll, level-triggered.
 *
 * The loop only says who is ready; nothing is called back. A source is a field of the object that
 * owns the descriptor.
 */
#ifndef LATCHKEY_NET_EVENT_LOOP_H
#define LATCHKEY_NET_EVENT_LOOP_H

#include "base/panic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_loop;

enum event_source_kind { EVENT_SOURCE_WAKE, EVENT_SOURCE_LISTENER, EVENT_SOURCE_CONNECTION };

/* Embedded by what owns a descriptor. */
struct event_source {
    int fd;
    uint8_t kind; /* enum event_source_kind */
    bool wants_read;
    bool wants_write;
    bool is_registered;
};

/* A source with something to do. */
struct event_ready {
    struct event_source *source;
    bool can_read; /* or has an error or hang-up, which reading will tell */
    bool can_write;
};

/* Creates a loop. Returns NULL with errno set when the system has no descriptors left. */
struct event_loop *event_loop_create(void);
void event_loop_destroy(struct event_loop *loop);

/*
 * Brings the kernel's interest in line with source->wants_read and wants_write; registers a source
 * on first use. Returns 0 or -errno.
 */
int event_loop_update(struct event_loop *loop, struct event_source *source) MUST_CHECK;

/* Forgets a source, before its descriptor is closed. */
void event_loop_remove(struct event_loop *loop, struct event_source *source);

/*
 * Waits until a source is ready, the loop is woken, or timeout_ms passed (0 polls, -1 waits for
 * ever). Returns the number of ready sources, 0 also after a signal or a wake-up.
 */
size_t event_loop_wait(struct event_loop *loop, int64_t timeout_ms);

/* As event_loop_wait with a time in nanoseconds, at least 0: for waits below a millisecond. */
size_t event_loop_wait_ns(struct event_loop *loop, int64_t timeout_ns);

/* The ready sources of the last wait. */
struct event_ready event_loop_ready(const struct event_loop *loop, size_t index);

/* Makes a wait return at once. Async-signal-safe, and safe from any thread. */
void event_loop_wake(struct event_loop *loop);

#endif
