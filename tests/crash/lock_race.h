/*
 * lock_race: a hundred clients that want two locks all the time, and what must hold of them while
 * their server is killed and started again.
 *
 * Of the lock "long", which nobody lets lapse, each holder increments a counter by reading it and
 * writing it. Half of the holders of "short" go silent until their lease has ended. Checked is:
 * - Who is told that it has a lock is the only one until it gives it up or its lease ends, whatever
 *   happens to the server; and so the counter is exact.
 * - Tokens of a lock grow from grant to grant, and over restarts those of all locks.
 * - Who was in the queue before another began to ask is served before it.
 * - The holder's token passes a FENCE, and that of a holder whose lease was given to another fails.
 */
#ifndef CRASH_LOCK_RACE_H
#define CRASH_LOCK_RACE_H

#include "support/server.h"

#include <stdint.h>

/* How they lock. */
enum lock_manner {
    LOCK_MANNER_NATIVE, /* LOCK BLOCK, UNLOCK */
    LOCK_MANNER_SET_NX, /* SET NX PX again and again, a script that compares and deletes */
};

struct lock_race;

/* Connects the clients; the seed is logged. */
struct lock_race *lock_race_create(struct test_server *server, enum lock_manner manner);

/* Lets them run for this time, then kills the server and starts it again. */
void lock_race_run_until_killed(struct lock_race *race, int64_t duration_ms);

/* Lets all give up what they have, checks the counter, and that there was something to check. */
void lock_race_finish(struct lock_race *race);

/* A number of the race's seeded generator below `limit`. */
unsigned lock_race_random(struct lock_race *race, unsigned limit);

/* Closes the connections and frees. */
void lock_race_destroy(struct lock_race *race);

#endif
