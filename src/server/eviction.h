/*
 * eviction: keeps the memory in use below maxmemory, by evicting keys or refusing requests.
 *
 * Memory counts as by alloc_used_bytes, less what the journal takes: each key that is evicted
 * writes to it.
 */
#ifndef LATCHKEY_SERVER_EVICTION_H
#define LATCHKEY_SERVER_EVICTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eviction;
struct server;

/* Creates the part; without a limit until eviction_configure. server: kept. */
struct eviction *eviction_create(struct server *server);

/* Frees it; before its keyspace. NULL is accepted. */
void eviction_destroy(struct eviction *eviction);

/* Takes over the settings, the limit into server->memory_limit. */
void eviction_configure(struct eviction *eviction);

/*
 * Called between requests while more than server->memory_limit is in use: evicts keys, for the time
 * that maxmemory-eviction-tenacity allows; timers go on behind it. Returns false when nothing may
 * be evicted: requests that need memory are to be refused. That stays so until a later call finds
 * room (see eviction_has_failed).
 */
bool eviction_make_room(struct eviction *eviction);

/* True when the last attempt to make room failed. */
bool eviction_has_failed(const struct eviction *eviction);

/* Goes on where the time ran out. Returns in how many ms it is due again; INT64_MAX: not at all. */
int64_t eviction_run(struct eviction *eviction);

/* Bytes in use that do not count. */
size_t eviction_uncounted_bytes(const struct eviction *eviction);

/* How long more than the limit has been in use: in all, and now, in ms. */
struct eviction_times {
    int64_t total_ms;
    int64_t current_ms;
};
struct eviction_times eviction_times(const struct eviction *eviction);

/* CONFIG RESETSTAT. */
void eviction_reset_times(struct eviction *eviction);

#endif
