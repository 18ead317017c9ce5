/*
 * locks: what locks need beside their keys: tokens, locks that belong to a connection, figures.
 *
 * A lock itself is a string with a lock's encoding (types/lock_value.h); waiters are blocked
 * clients like any others. Tokens grow across all keys and over restarts: max(last + 1, time in
 * microseconds), and after a start a minute ahead of what was persisted and of the time.
 */
#ifndef LATCHKEY_SERVER_LOCKS_H
#define LATCHKEY_SERVER_LOCKS_H

#include "base/sds.h"

#include <stddef.h>
#include <stdint.h>

struct client;
struct lock_fields;
struct locks;
struct open_key;
struct server;
struct value;

/* Creates the part. Free with locks_destroy after all clients. */
struct locks *locks_create(struct server *server);
void locks_destroy(struct locks *locks);

/* ---- Tokens ---- */

/* A token that is larger than all before it. */
uint64_t locks_next_token(struct locks *locks);

/* The last one, to be persisted in snapshots. */
uint64_t locks_last_token(const struct locks *locks);

/* A token that was persisted: those to come are larger by a minute at least. */
void locks_see_token(struct locks *locks, uint64_t token);

/* ---- Locks of a connection ---- */

struct lock_hold_request {
    int database_index;
    struct bytes key;
    uint64_t token;
    int64_t lease_ms;
    int64_t deadline_ms;
};

/*
 * The lock belongs to the client from now on: its lease is renewed while the client speaks, and it
 * is released when the client goes (locks_release).
 */
void locks_hold(struct locks *locks, struct client *client, const struct lock_hold_request *hold);

/*
 * Releases all locks of a client that ends or resets its session: effects, events. While writes are
 * held (server_holds_writes) that waits until locks_resume.
 */
void locks_release(struct locks *locks, struct client *client);

/*
 * Writes may have become possible: renews what came due meanwhile, and makes the releases that
 * waited. To be called before keys whose time came may be removed.
 */
void locks_resume(struct locks *locks);

struct lock_rename {
    uint64_t session;
    int database_index;
    struct bytes from;
    struct bytes to;
};

/* The lock of a session got another name. O(clients). */
void locks_rename(struct locks *locks, const struct lock_rename *rename);

/* Two databases were exchanged. O(clients + locks of sessions). */
void locks_swap_databases(struct locks *locks, int first, int second);

/* Frees what is known of the client's locks, which stay. */
void locks_forget(struct client *client);

/*
 * Renews leases that are due for it. Returns in how many ms it wants to run again. To be called
 * before anything may find a lock's deadline passed: before requests and before expiry.
 */
int64_t locks_run(struct locks *locks, int64_t now_ms);

/* ---- Replay ---- */

/* Makes a lock of the string at a key, if it is the owner. */
void locks_adopt(struct locks *locks, int database_index, struct bytes key,
                 const struct lock_fields *fields);

/* ---- Figures ---- */

/* A lock was granted; waited_us: how long that took, 0 if at once. */
void locks_count_grant(struct locks *locks, int64_t waited_us);

/* A lock was asked for that another owner has. */
void locks_count_contended(struct locks *locks);

/* The section `locks` of INFO. */
sds locks_write_info(struct server *server, sds text) __attribute__((warn_unused_result));

#endif
