/*
 * Held output stays in the connections' own queues, each span with its gate; here are only the
 * marks and the list of clients that have held spans. When a mark moves, all of them are looked at:
 * that happens once a write or sync of a whole group.
 */
#include "server/durability.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "server/blocking.h"
#include "server/client.h"
#include "server/command.h"
#include "server/config.h"
#include "server/locks.h"
#include "server/propagate.h"
#include "server/request.h"
#include "server/server.h"
#include "server/turn.h"
#include "structs/journal.h"
#include "structs/unsynced_keys.h"

enum { KEYS_MAX = 64 }; /* of a request: one with more counts as one that names all keys */

struct durability {
    struct server *server;
    struct journal *journal;
    struct log_keeper keeper;
    enum durability_mode mode;
    bool is_ending; /* nothing more is held */
    struct durability_marks marks;
    struct unsynced_keys *unsynced; /* under DURABILITY_ALL, else NULL */
    struct list_node held;          /* clients by held_node */
    struct list_node waiters;       /* clients by log_wait_node */
    bool has_new_mode;              /* that the waiters have not seen yet */
    sds failure;                    /* NULL while all is well */
    bool holds_writes;
    size_t awaited_count;
    int64_t alarm_ns;
};

struct durability *durability_create(struct server *server) {
    struct durability *durability = alloc_zeroed(sizeof *durability);
    durability->server = server;
    durability->journal = journal_create();
    list_init(&durability->held);
    list_init(&durability->waiters);
    return durability;
}

void durability_destroy(struct durability *durability) {
    if (durability == NULL) {
        return;
    }
    journal_destroy(durability->journal);
    unsynced_keys_destroy(durability->unsynced);
    sds_free(durability->failure);
    alloc_free(durability);
}

struct journal *durability_journal(struct durability *durability) {
    return durability->journal;
}

void durability_set_keeper(struct durability *durability, struct log_keeper keeper) {
    durability->keeper = keeper;
}

const struct log_keeper *durability_keeper(const struct durability *durability) {
    return &durability->keeper;
}

/* ---- Keys whose last write is not safe yet ---- */

/*
 * Writes the hashes of the keys that a request names, but for those with an access (enum
 * key_access) of `spared`. Returns their number; 0: it may be any key.
 */
static int key_hashes(const struct known_command *command, const struct bytes *args, size_t argc,
                      uint16_t spared, uint64_t hashes[KEYS_MAX]) {
    struct key_position positions[KEYS_MAX];
    int named = command_key_positions(command, args, argc, positions, KEYS_MAX);
    if (named > KEYS_MAX) {
        return 0;
    }
    int count = 0;
    for (int i = 0; i < named; i++) {
        if ((positions[i].access & spared) == 0) {
            hashes[count++] = hash_bytes(args[positions[i].index]);
        }
    }
    return count;
}

static void note_effect(void *context, const struct bytes *args, size_t argc) {
    struct durability *durability = context;
    uint64_t end = journal_end(durability->journal);
    struct known_command *named = command_find_original(durability->server->commands, args[0]);
    const struct known_command *command = command_of_request(named, args, argc);
    uint64_t hashes[KEYS_MAX];
    int count = command == NULL ? 0 : key_hashes(command, args, argc, KEY_RO, hashes);
    if (count == 0) {
        unsynced_keys_note_all(durability->unsynced, end);
    }
    for (int i = 0; i < count; i++) {
        unsynced_keys_note(durability->unsynced, hashes[i], end, durability->marks.synced);
    }
}

/* Keys are noted only while somebody asks for them. */
static void note_keys(struct durability *durability, bool are_noted) {
    if (!are_noted) {
        propagate_set_observer(durability->server->propagate, NULL, NULL);
        unsynced_keys_destroy(durability->unsynced);
        durability->unsynced = NULL;
    } else if (durability->unsynced == NULL) {
        durability->unsynced = unsynced_keys_create();
        unsynced_keys_note_all(durability->unsynced, journal_end(durability->journal));
        propagate_set_observer(durability->server->propagate, note_effect, durability);
    }
}

uint64_t durability_read_offset(const struct durability *durability, const struct request *req) {
    if (durability->failure != NULL || durability->is_ending) {
        return 0;
    }
    const struct known_command *command = req->command;
    if (command != NULL && command->row->group == GROUP_CONNECTION) {
        return 0;
    }
    uint64_t hashes[KEYS_MAX];
    int count = command == NULL || (command->flags & CMD_READS_ITS_KEYS) == 0
                    ? 0
                    : key_hashes(command, req->args, req->argc, 0, hashes);
    if (count == 0) {
        return journal_end(durability->journal);
    }
    uint64_t offset = 0;
    for (int i = 0; i < count; i++) {
        uint64_t key_offset = unsynced_keys_offset(durability->unsynced, hashes[i]);
        offset = key_offset > offset ? key_offset : offset;
    }
    return offset;
}

/* ---- Marks ---- */

static uint64_t released_mark(const struct durability *durability) {
    switch (durability->mode) {
    case DURABILITY_OFF:
        return UINT64_MAX;
    case DURABILITY_WRITES:
        return durability->marks.written;
    case DURABILITY_ALL:
        return durability->marks.synced;
    }
    UNREACHABLE();
}

/* Lets go what a moved mark frees: clients write what is theirs, and come back if some is held. */
static void release_held(struct durability *durability) {
    uint64_t released = released_mark(durability);
    struct list_node *node = NULL;
    struct list_node held;
    list_init(&held);
    while ((node = list_pop_front(&durability->held)) != NULL) {
        struct client *client = LIST_ENTRY(node, struct client, held_node);
        client->connection.output.released = released;
        if (!output_is_sendable(&client->connection.output)) {
            list_push_back(&held, node);
            continue;
        }
        if ((client->flags & CLIENT_AWAITED) == 0) {
            client->flags |= CLIENT_AWAITED;
            durability->awaited_count++;
        }
        turn_queue_write(durability->server->turn, client);
    }
    while ((node = list_pop_front(&held)) != NULL) {
        list_push_back(&durability->held, node);
    }
}

static void run_waiters(struct durability *durability) {
    struct list_node now;
    list_init(&now);
    struct list_node *node = NULL;
    while ((node = list_pop_front(&durability->waiters)) != NULL) {
        list_push_back(&now, node);
    }
    while ((node = list_pop_front(&now)) != NULL) {
        struct client *client = LIST_ENTRY(node, struct client, log_wait_node);
        if (client->blocked != NULL) {
            list_push_back(&durability->waiters, node);
            blocking_run_again(durability->server->blocking, client);
        }
    }
}

void durability_set_mode(struct durability *durability, enum durability_mode mode) {
    durability->mode = mode;
    durability->is_ending = false;
    note_keys(durability, mode == DURABILITY_ALL);
    durability->has_new_mode = true; /* A request may be running: waiters run after it. */
    release_held(durability);
}

enum durability_mode durability_mode(const struct durability *durability) {
    return durability->mode;
}

void durability_end(struct durability *durability) {
    durability->is_ending = true;
    note_keys(durability, false);
    durability->has_new_mode = true; /* For who waits: nothing more will be written. */
}

void durability_advance(struct durability *durability, struct durability_marks marks) {
    bool is_moved =
        marks.synced != durability->marks.synced || marks.written != durability->marks.written;
    durability->marks = marks;
    if (!is_moved) {
        return;
    }
    if (!list_is_empty(&durability->held)) {
        release_held(durability);
    }
    if (UNLIKELY(!list_is_empty(&durability->waiters))) {
        run_waiters(durability);
    }
}

void durability_finish(struct durability *durability) {
    uint64_t end = journal_end(durability->journal);
    durability_advance(durability, (struct durability_marks){.written = end, .synced = end});
}

struct durability_marks durability_marks(const struct durability *durability) {
    return durability->marks;
}

/* ---- Failure ---- */

/* What is held waits no longer: it goes, unless it tells of a write that may be lost. */
static void stop_holding(struct client *client) {
    if (output_has_gated_write(&client->connection.output)) {
        client_close_later(client);
    } else {
        output_open_gates(&client->connection.output);
    }
}

void durability_fail(struct durability *durability, const char *cause) {
    if (durability->failure == NULL) {
        keyspace_hold_expiry(durability->server->keyspace);
    }
    sds_free(durability->failure);
    durability->failure = sds_new(bytes_of_text(cause));
    server_update_gates(durability->server);
    struct list_node *node = NULL;
    while ((node = list_pop_front(&durability->held)) != NULL) {
        struct client *client = LIST_ENTRY(node, struct client, held_node);
        stop_holding(client);
        turn_queue_write(durability->server->turn, client);
    }
}

void durability_recover(struct durability *durability) {
    if (durability->failure == NULL) {
        return;
    }
    sds_free(durability->failure);
    durability->failure = NULL;
    locks_resume(durability->server->locks);
    keyspace_release_expiry(durability->server->keyspace);
    durability->server->next_expiry_ms = 0;
    server_update_gates(durability->server);
}

void durability_hold_writes(struct durability *durability, bool are_held) {
    if (durability->holds_writes != are_held) {
        durability->holds_writes = are_held;
        server_update_gates(durability->server);
        if (are_held) {
            keyspace_hold_expiry(durability->server->keyspace);
        } else {
            locks_resume(durability->server->locks);
            keyspace_release_expiry(durability->server->keyspace);
            durability->server->next_expiry_ms = 0;
            server_resume_postponed(durability->server);
        }
    }
}

size_t durability_awaited_clients(const struct durability *durability) {
    return durability->awaited_count;
}

void durability_drop_awaited(struct durability *durability) {
    LIST_EACH(node, &durability->server->clients.all) {
        LIST_ENTRY(node, struct client, node)->flags &= ~(uint32_t)CLIENT_AWAITED;
    }
    durability->awaited_count = 0;
}

void durability_set_alarm(struct durability *durability, int64_t monotonic_ns) {
    durability->alarm_ns = monotonic_ns;
}

const char *durability_failure(const struct durability *durability) {
    return durability->failure;
}

bool durability_holds_writes(const struct durability *durability) {
    return durability->holds_writes;
}

/* ---- The loop ---- */

void durability_hand_over(struct durability *durability) {
    if (durability->keeper.hand_over != NULL) {
        durability->keeper.hand_over(durability->keeper.context);
    }
}

void durability_poll(struct durability *durability) {
    if (durability->keeper.poll != NULL) {
        durability->keeper.poll(durability->keeper.context);
    }
    if (UNLIKELY(durability->has_new_mode)) {
        durability->has_new_mode = false;
        run_waiters(durability);
    }
}

int64_t durability_sleep_ns(const struct durability *durability, int64_t timeout_ms) {
    if (LIKELY(durability->alarm_ns == 0) || timeout_ms == 0) {
        return -1;
    }
    enum { NS_PER_MS = 1000000 };
    int64_t left_ns = durability->alarm_ns - clock_monotonic_ns();
    left_ns = left_ns < 0 ? 0 : left_ns;
    return timeout_ms < 0 || left_ns / NS_PER_MS < timeout_ms ? left_ns : -1;
}

struct output_gate durability_gate(const struct durability *durability, bool wrote) {
    bool is_gated = durability->failure == NULL && !durability->is_ending &&
                    durability->mode != DURABILITY_OFF &&
                    (wrote || durability->mode == DURABILITY_ALL);
    return (struct output_gate){
        .offset = is_gated ? journal_end(durability->journal) : 0,
        .is_write = wrote,
    };
}

bool durability_is_held(const struct durability *durability, struct output_gate gate) {
    return gate.offset > released_mark(durability);
}

void durability_hold(struct durability *durability, struct client *client) {
    client->connection.output.released = released_mark(durability);
    if (UNLIKELY(durability->failure != NULL)) {
        stop_holding(client);
    } else if (!list_is_linked(&client->held_node)) {
        list_push_back(&durability->held, &client->held_node);
    }
}

void durability_unhold(struct client *client) {
    if (UNLIKELY(list_is_linked(&client->held_node))) {
        list_remove(&client->held_node);
    }
}

void durability_heard(struct durability *durability, struct client *client) {
    if ((client->flags & CLIENT_AWAITED) != 0) {
        client->flags &= ~(uint32_t)CLIENT_AWAITED;
        durability->awaited_count--;
    }
}

void durability_note_write(struct client *client) {
    client->write_offset = journal_end(client->server->durability->journal);
}

void durability_forget(struct client *client) {
    durability_heard(client->server->durability, client);
    if (list_is_linked(&client->held_node)) {
        list_remove(&client->held_node);
    }
    if (list_is_linked(&client->log_wait_node)) {
        list_remove(&client->log_wait_node);
    }
}

/* ---- WAITAOF ---- */

void durability_wait(struct durability *durability, struct request *req, int64_t timeout_ms) {
    struct block_options options = {
        .timeout_seconds = (double)timeout_ms / CLOCK_MS_PER_SECOND,
        .timeout_reply = TIMEOUT_RUN_AGAIN,
    };
    request_block(req, NULL, 0, &options);
    if (!list_is_linked(&req->client->log_wait_node)) {
        list_push_back(&durability->waiters, &req->client->log_wait_node);
    }
}
