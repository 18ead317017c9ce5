/*
 * durability: nothing is acknowledged that a crash can take back.
 *
 * The one who keeps the log (the AOF, plugged in by app) tells up to which offset of the journal it
 * is safe; output is held back behind that mark. Which output is held is the mode: under
 * DURABILITY_WRITES replies to writes wait until the log was handed to the kernel, under
 * DURABILITY_ALL everything that was produced later than an unsynced write waits for the disk, but
 * for replies that can tell nothing of it: reads of keys that no unsynced write named, and what
 * concerns only the connection.
 */
#ifndef LATCHKEY_SERVER_DURABILITY_H
#define LATCHKEY_SERVER_DURABILITY_H

#include "base/list.h"
#include "base/sds.h"
#include "net/output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct durability;
struct journal;
struct request;
struct server;

enum durability_mode { DURABILITY_OFF, DURABILITY_WRITES, DURABILITY_ALL };

/* What an attempt to start a rewrite of the log came to. */
enum rewrite_start { REWRITE_STARTED, REWRITE_SCHEDULED, REWRITE_RUNNING, REWRITE_IMPOSSIBLE };

/* Who keeps the log; plugged in by app. All functions are called by the loop and never wait. */
enum log_progress {
    LOG_COMPLETE,  /* it holds the dataset, or none is wanted */
    LOG_UNDER_WAY, /* it was switched on, and its first base is being written */
    LOG_FAILS,     /* the same, and that failed; it is tried again */
};

struct log_keeper {
    void *context;
    void (*hand_over)(void *context);              /* takes what the journal has got */
    void (*poll)(void *context);                   /* looks for what threads have finished */
    int64_t (*run)(void *context, int64_t now_ms); /* timers; returns in how many ms it is due */
    enum rewrite_start (*rewrite)(void *context);
    void (*schedule_rewrite)(void *context);  /* as soon as it is possible */
    sds (*describe)(void *context, sds text); /* the fields of INFO persistence */
    void (*configure)(void *context);         /* settings changed */
    enum log_progress (*progress)(void *context);
    bool (*reload)(void *context); /* drops the dataset, reads the log again; false after logging */
};

/* A row of the log's INFO and of WAITAOF needs these. */
struct durability_marks {
    uint64_t written;
    uint64_t synced;
};

/* Creates the part. Free with durability_destroy after all clients. */
struct durability *durability_create(struct server *server);
void durability_destroy(struct durability *durability);

/* The journal that effects go into while somebody reads it. */
struct journal *durability_journal(struct durability *durability);

/* Plugs the keeper in. keeper: copied. */
void durability_set_keeper(struct durability *durability, struct log_keeper keeper);
const struct log_keeper *durability_keeper(const struct durability *durability);

/* ---- Called by the keeper ---- */

/* Says, and tells, how writes are made safe now. */
void durability_set_mode(struct durability *durability, enum durability_mode mode);
enum durability_mode durability_mode(const struct durability *durability);

/*
 * The log is being switched off: from now on nothing more is held, and what is held goes as the
 * marks move. durability_set_mode ends that.
 */
void durability_end(struct durability *durability);

/* Moves the marks and lets go what they free. */
void durability_advance(struct durability *durability, struct durability_marks marks);
struct durability_marks durability_marks(const struct durability *durability);

/* The keeper has stopped, and all that the journal has got is on the disk: everything goes. */
void durability_finish(struct durability *durability);

/*
 * The log cannot be kept: writes are refused with "MISCONF <cause>" until durability_recover;
 * clients with a held reply to a write are closed (nobody knows what becomes of it), all other
 * output goes. cause: copied.
 */
void durability_fail(struct durability *durability, const char *cause);
void durability_recover(struct durability *durability);

/* Holds write requests back, as under CLIENT PAUSE WRITE, while the journal is full. */
void durability_hold_writes(struct durability *durability, bool are_held);

/*
 * Clients that were let go by the last advance and have not been heard of since: a sync that waits
 * for them takes their next writes along.
 */
size_t durability_awaited_clients(const struct durability *durability);

/* Waits for none of them any more. O(clients). */
void durability_drop_awaited(struct durability *durability);

/* The monotonic time in ns at which the loop must look after the keeper again; 0 = none. */
void durability_set_alarm(struct durability *durability, int64_t monotonic_ns);

/* ---- Called by the loop ---- */

/* The cause of a failure, NULL while all is well. */
const char *durability_failure(const struct durability *durability);
bool durability_holds_writes(const struct durability *durability);

/* Hands the journal's new tail over, before anything is sent. */
void durability_hand_over(struct durability *durability);

/* Looks for finished work; lets go what it frees. */
void durability_poll(struct durability *durability);

/* How long a turn may sleep in ns, at most timeout_ms. -1: as long as timeout_ms says. */
int64_t durability_sleep_ns(const struct durability *durability, int64_t timeout_ms);

/* The gate for output that is made now. wrote: the bytes answer a request that wrote. */
struct output_gate durability_gate(const struct durability *durability, bool wrote);

/*
 * Under DURABILITY_ALL: the journal's offset that the reply to a request that wrote nothing waits
 * for; 0: none. O(keys of the request).
 */
uint64_t durability_read_offset(const struct durability *durability, const struct request *req);

/* True when a gate holds bytes back now. */
bool durability_is_held(const struct durability *durability, struct output_gate gate);

/*
 * Remembers a client whose queue is held back. During a failure nothing is: the queue goes, or the
 * client is closed, as by durability_fail.
 */
void durability_hold(struct durability *durability, struct client *client);

/* The client has nothing held back any more. */
void durability_unhold(struct client *client);

/* A client was heard of. */
void durability_heard(struct durability *durability, struct client *client);

/* Remembers that the client's last write ends where the journal ends now. */
void durability_note_write(struct client *client);

/* Forgets a client that goes away. */
void durability_forget(struct client *client);

/* ---- WAITAOF ---- */

/*
 * Makes the request's client wait until its writes are synced here, or time is over.
 * timeout_ms 0: for ever.
 */
void durability_wait(struct durability *durability, struct request *req, int64_t timeout_ms);

#endif
