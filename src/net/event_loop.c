/*
 * Level-triggered, because a turn takes only a bounded share from each connection: what is left is
 * reported again. Write interest is set only while output waits.
 */
#include "net/event_loop.h"

#include "base/alloc.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { READY_MAX = 1024 };

struct event_loop {
    int epoll_fd;
    struct event_source wake;
    size_t ready_count;
    struct epoll_event ready[READY_MAX];
};

static uint32_t interest(const struct event_source *source) {
    return (source->wants_read ? (uint32_t)EPOLLIN : 0) |
           (source->wants_write ? (uint32_t)EPOLLOUT : 0);
}

struct event_loop *event_loop_create(void) {
    struct event_loop *loop = alloc_new(sizeof *loop);
    loop->ready_count = 0;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = (struct event_source){
        .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .kind = EVENT_SOURCE_WAKE,
        .wants_read = true,
    };
    if (loop->epoll_fd < 0 || loop->wake.fd < 0 || event_loop_update(loop, &loop->wake) != 0) {
        int error = errno;
        event_loop_destroy(loop);
        errno = error;
        return NULL;
    }
    return loop;
}

void event_loop_destroy(struct event_loop *loop) {
    if (loop == NULL) {
        return;
    }
    if (loop->wake.fd >= 0) {
        (void)close(loop->wake.fd); /* Nothing was written that could be lost. */
    }
    if (loop->epoll_fd >= 0) {
        (void)close(loop->epoll_fd);
    }
    alloc_free(loop);
}

int event_loop_update(struct event_loop *loop, struct event_source *source) {
    struct epoll_event event = {.events = interest(source), .data.ptr = source};
    int operation = source->is_registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(loop->epoll_fd, operation, source->fd, &event) < 0) {
        return -errno;
    }
    source->is_registered = true;
    return 0;
}

void event_loop_remove(struct event_loop *loop, struct event_source *source) {
    if (source->is_registered) {
        struct epoll_event unused = {0};
        (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, &unused);
        source->is_registered = false;
    }
}

/* Notes what a wait found, without the wake-up itself. Returns the number of ready sources. */
static size_t take_ready(struct event_loop *loop, int count) {
    ASSERT(count >= 0 || errno == EINTR);
    loop->ready_count = count < 0 ? 0 : (size_t)count;
    for (size_t i = 0; i < loop->ready_count; i++) {
        if (loop->ready[i].data.ptr == &loop->wake) {
            uint64_t wake_count;
            (void)!read(loop->wake.fd, &wake_count, sizeof wake_count);
            loop->ready[i] = loop->ready[--loop->ready_count];
            break;
        }
    }
    return loop->ready_count;
}

size_t event_loop_wait(struct event_loop *loop, int64_t timeout_ms) {
    int timeout = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
    return take_ready(loop, epoll_wait(loop->epoll_fd, loop->ready, READY_MAX, timeout));
}

size_t event_loop_wait_ns(struct event_loop *loop, int64_t timeout_ns) {
    enum { NS_PER_SECOND = 1000000000, NS_PER_MS = 1000000 };
    struct timespec timeout = {
        .tv_sec = (time_t)(timeout_ns / NS_PER_SECOND),
        .tv_nsec = (long)(timeout_ns % NS_PER_SECOND),
    };
    int count = epoll_pwait2(loop->epoll_fd, loop->ready, READY_MAX, &timeout, NULL);
    if (count < 0 && errno == ENOSYS) {
        /* A kernel before 5.11 only knows milliseconds; the wait ends early rather than late. */
        return event_loop_wait(loop, timeout_ns / NS_PER_MS);
    }
    return take_ready(loop, count);
}

struct event_ready event_loop_ready(const struct event_loop *loop, size_t index) {
    ASSERT(index < loop->ready_count);
    uint32_t events = loop->ready[index].events;
    return (struct event_ready){
        .source = loop->ready[index].data.ptr,
        .can_read = (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0,
        .can_write = (events & EPOLLOUT) != 0,
    };
}

void event_loop_wake(struct event_loop *loop) {
    uint64_t one = 1;
    (void)!write(loop->wake.fd, &one, sizeof one); /* A full counter wakes as well. */
}
