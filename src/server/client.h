/*
 * client: the session of one connection: protocol, database, names, flags, limits, what it waits
 * for and what waits to be sent.
 *
 * A client is freed only at the end of a turn (client_close_later marks it), so that a pointer to
 * it stays good during the turn.
 */
#ifndef LATCHKEY_SERVER_CLIENT_H
#define LATCHKEY_SERVER_CLIENT_H

#include "base/list.h"
#include "base/sds.h"
#include "net/connection.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blocked;
struct database;
struct known_command;
struct reply;
struct resp_builder;
struct output_block;
struct server;
struct subscriptions;
struct tracking_client;
struct transaction;

enum client_flag {
    CLIENT_AUTHENTICATED = 1 << 0,
    CLIENT_CLOSING = 1 << 1,           /* freed at the end of the turn */
    CLIENT_CLOSE_AFTER_REPLY = 1 << 2, /* reads and runs nothing more; closed once all was sent */
    CLIENT_BLOCKED = 1 << 3,           /* waits on keys or on time: client.blocked */
    CLIENT_POSTPONED = 1 << 4,         /* its next request waits for the end of CLIENT PAUSE */
    CLIENT_IN_MULTI = 1 << 5,
    CLIENT_MONITOR = 1 << 6,
    CLIENT_NO_EVICT = 1 << 7,
    CLIENT_NO_TOUCH = 1 << 8,
    CLIENT_REPLY_OFF = 1 << 9,
    CLIENT_REPLY_SKIP = 1 << 10,        /* this request's reply is dropped */
    CLIENT_REPLY_SKIP_NEXT = 1 << 11,   /* the next request's reply is dropped */
    CLIENT_HAS_PENDING_INPUT = 1 << 12, /* in the list of clients to go on with in the next turn */
    CLIENT_WRITE_QUEUED = 1 << 13,      /* in the turn's list of clients to write to */
    CLIENT_IS_PUBSUB = 1 << 14,
    CLIENT_INTERNAL = 1 << 15,       /* no connection: replay and scripts */
    CLIENT_AWAITED = 1 << 16,        /* was answered by the last sync, and not heard of since */
    CLIENT_IN_TASK = 1 << 17,        /* its request has paused (server/task): not freed before */
    CLIENT_DEBUGS_SCRIPTS = 1 << 18, /* said SCRIPT DEBUG YES or SYNC */
    CLIENT_IN_EXEC = 1 << 19,        /* the requests that it had queued are run */
    CLIENT_WRITE_BEGUN = 1 << 20,    /* the turn's batch of sends has a part of its output */
    CLIENT_SENDS_MUCH = 1 << 21,     /* its last bytes filled a slice of the turn's receives */
    /* Those under which a client's requests are not run now. */
    CLIENT_STOPPED = CLIENT_CLOSING | CLIENT_CLOSE_AFTER_REPLY | CLIENT_BLOCKED | CLIENT_POSTPONED |
                     CLIENT_IN_TASK,
};

/* The classes of client-output-buffer-limit. */
enum client_class {
    CLIENT_CLASS_NORMAL,
    CLIENT_CLASS_REPLICA,
    CLIENT_CLASS_PUBSUB,
    CLIENT_CLASS_COUNT,
};

struct client {
    struct connection connection;    /* first: readiness leads from its source to the client */
    struct list_node node;           /* among all clients, oldest first */
    struct list_node pending_node;   /* clients to go on with, see CLIENT_HAS_PENDING_INPUT */
    struct list_node write_node;     /* clients to write to in this turn */
    struct list_node lock_holds;     /* struct lock_hold */
    struct list_node postponed_node; /* clients held back by CLIENT PAUSE */
    struct list_node monitor_node;
    struct list_node held_node;     /* clients with output that the log holds back */
    struct list_node log_wait_node; /* clients in WAITAOF */
    struct list_node redirections;  /* struct tracking_client: whose messages come here */
    struct server *server;
    struct database *database;
    uint64_t id;
    uint32_t flags;       /* enum client_flag */
    uint32_t exec_length; /* requests that EXEC runs, while CLIENT_IN_EXEC */
    uint8_t protocol;     /* RESP2 or RESP3 */
    sds name;             /* NULL when unset, as the next ones */
    sds library_name;
    sds library_version;
    sds peer_address; /* NULL until asked for, as the next one */
    sds local_address;
    sds input; /* the bytes of an incomplete or postponed request; NULL when none */
    struct resp_builder *builder;        /* a large request on its way; NULL when none */
    struct transaction *transaction;     /* MULTI and WATCH; NULL when neither */
    struct blocked *blocked;             /* what it waits for; NULL when not */
    struct subscriptions *subscriptions; /* NULL when it has none */
    struct tracking_client *tracking;    /* NULL when it never tracked keys */
    sds pushes; /* pushes that its running request caused: they go behind the reply; mostly NULL */
    const struct known_command *last_command;
    int64_t created_ms;
    int64_t last_active_ms;
    int64_t input_bytes; /* totals since the connection began */
    int64_t output_bytes;
    int64_t command_count;
    int64_t soft_limit_since_ms; /* 0 while below the output buffer's soft limit */
    char *span;                  /* the replies of this turn in the write arena */
    size_t span_size;
    struct output_gate span_gate;
    uint64_t write_offset; /* the journal's end behind its last write */
    size_t counted_memory; /* its part of client_list.memory */
};

/* All clients of a server; embedded in it. */
struct client_list {
    struct list_node all;
    struct list_node closing; /* linked by pending_node: gone at the end of the turn */
    struct list_node gone;    /* linked by pending_node: known to nobody, freed in slices */
    struct list_node *sweep;  /* of `all`: whom cron looks at next */
    size_t count;
    size_t memory; /* what they hold, each as of cron's last look at it */
    uint64_t next_id;
};

/* Makes an empty list; ids begin at 1. */
void client_list_init(struct client_list *list);

/* Creates the client of an accepted connection (moved into it). Registers nothing in the loop. */
struct client *client_create(struct server *server, const struct connection *connection);

/* Creates a client without a connection, for replay. It is in no list. */
struct client *client_create_internal(struct server *server);

/* Frees a client at once: closes the connection, leaves transactions, waits and lists. */
void client_destroy(struct client *client);

/* Closes the connection; the client is freed at the end of the turn. Output that waits is lost. */
void client_close_later(struct client *client);

/* Reads nothing more and closes once everything was sent. */
void client_close_after_reply(struct client *client);

/*
 * Takes those that were marked out of everything that knows them, and frees them, as many as a
 * slice of time allows; the rest stays for the next call. Only between turns.
 */
void client_free_closed(struct server *server);

/* True when client_free_closed has left some. */
bool client_some_are_gone(const struct server *server);

/* Finds a client by id; NULL when there is none. O(clients). */
struct client *client_find(struct server *server, uint64_t id);

/* The class whose output limits hold for the client now. */
enum client_class client_class(const struct client *client);

/*
 * Queues bytes for a client outside of its own request (wake-ups, MONITOR, pushes) and has them
 * sent in this turn. A client whose limit is exceeded is closed.
 */
void client_send(struct client *client, struct bytes message);

/*
 * Queues a shared message, which takes its place behind the reply if the client's own request runs.
 * A client whose limit is exceeded is closed.
 */
void client_push(struct client *client, struct output_block *block);

/* As client_push for the client whose request runs. */
void client_push_text(struct client *client, struct bytes text);

/* Moves what client_push has put aside behind the reply of the request that has just ended. */
void client_take_pushes(struct client *client, struct reply *reply);

/*
 * As client_send for a finished reply buffer; releases it. wrote: it answers a request that wrote;
 * while the log fails nobody knows what becomes of that, and the client is closed.
 */
void client_send_reply(struct client *client, struct reply *reply, bool wrote);

/* True when the reply of the client's present request is dropped: CLIENT REPLY OFF and SKIP. */
bool client_is_muted(const struct client *client);

/* Bytes of output that wait, and of memory of the whole session. */
size_t client_output_size(const struct client *client);
size_t client_memory(const struct client *client);

/* Counts what the session holds now in client_list.memory, in the place of what was counted. */
void client_count_memory(struct client *client);

/* Closes the client when it is over a limit of its class; logs it. Returns true when it was. */
bool client_enforce_output_limit(struct client *client);

/* Back to the state of a new connection: protocol, database, MULTI, WATCH, MONITOR, name. */
void client_reset(struct client *client);

/* Sets or drops (NULL, or empty) a name. Keeps a copy. */
void client_set_text(sds *place, struct bytes text);

/*
 * The address of the client, or of the server's side, as connection_peer_address writes it. Lives
 * as long as the client.
 */
const char *client_peer_address(struct client *client);
const char *client_local_address(struct client *client);

/* True when a setting such as enable-debug-command (enum local_permission) allows this client. */
bool client_has_permission(const struct client *client, int64_t permission);

/* The letters of the flags that CLIENT LIST shows, "N" when there are none. */
enum { CLIENT_FLAG_TEXT_SIZE = 24 };
void client_flag_letters(const struct client *client, char letters[CLIENT_FLAG_TEXT_SIZE]);

/*
 * Appends the line of CLIENT LIST about one client, without line end.
 * Returns the sds.
 */
sds client_describe(struct client *client, sds text) __attribute__((warn_unused_result));

#endif
