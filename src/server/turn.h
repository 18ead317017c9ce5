/*
 * turn: one round of the loop, in five phases: read, parse, execute, hand over, write.
 *
 * All sockets that are ready are read into one arena, their requests are parsed into a batch whose
 * keys are prefetched, the batch is executed in order, and each connection gets its replies by one
 * system call.
 */
#ifndef LATCHKEY_SERVER_TURN_H
#define LATCHKEY_SERVER_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;
struct server;
struct turn;

/* Creates the part. Free with turn_destroy after all clients. */
struct turn *turn_create(struct server *server);
void turn_destroy(struct turn *turn);

/* Waits for readiness, at most timeout_ms, and does all five phases. */
void turn_run(struct turn *turn, int64_t timeout_ms);

/* Behind the last turn: sends what was let go since, as far as the sockets take it at once. */
void turn_send_rest(struct turn *turn);

/* Lets a client go on in the next turn with input that it sent before: it was blocked or held. */
void turn_resume_client(struct turn *turn, struct client *client);

/*
 * Has what waits for a client sent at the end of this turn. Replies go out before what others are
 * told: who is answered goes on.
 */
void turn_queue_reply(struct turn *turn, struct client *client);
void turn_queue_write(struct turn *turn, struct client *client);

/* Forgets a client that goes away. */
void turn_forget(struct client *client);

/* True when clients wait to go on: the next turn must not sleep. */
bool turn_has_pending_clients(const struct turn *turn);

/* Gives the memory of the arenas back to the system after a burst. */
void turn_trim(struct turn *turn);

#endif
