/*
 * As in a turn, the bucket of a later command and the entry of a nearer one are loaded into the
 * cache while one command runs.
 */
#include "server/replay.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/text.h"
#include "keyspace/keyspace.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/dispatch.h"
#include "server/locks.h"
#include "server/propagate.h"
#include "server/request.h"
#include "server/server.h"
#include "server/transaction.h"
#include "types/lock_value.h"

#include <string.h>

enum {
    REPLY_SIZE = 16 * 1024,
    BUCKET_DISTANCE = 16,
    ENTRY_DISTANCE = 8,
    SHOWN_SIZE = 200, /* of an error's text */
};

/* A command that was found, with the hash of its key. */
struct found {
    const struct known_command *command;
    uint64_t key_hash; /* 0 = no key at a fixed place */
};

/* A lock that a transaction makes: it becomes one when the transaction has run. */
struct queued_lock {
    int database_index;
    uint64_t token;
    int64_t hold_count;
    sds key;
    sds owner;
};

struct replay {
    struct server *server;
    struct client *client;
    struct found found[REPLAY_BATCH_MAX];
    uint64_t lock_token; /* of the lock that the next command makes */
    int64_t lock_count;  /* 0: it makes none */
    struct queued_lock *queued_locks;
    size_t queued_count;
    char reply[REPLY_SIZE];
};

struct replay *replay_create(struct server *server) {
    struct replay *replay = alloc_zeroed(sizeof *replay);
    replay->server = server;
    replay->client = client_create_internal(server);
    return replay;
}

static void drop_queued_locks(struct replay *replay) {
    for (size_t i = 0; i < replay->queued_count; i++) {
        sds_free(replay->queued_locks[i].key);
        sds_free(replay->queued_locks[i].owner);
    }
    replay->queued_count = 0;
}

void replay_destroy(struct replay *replay) {
    if (replay != NULL) {
        drop_queued_locks(replay);
        alloc_free(replay->queued_locks);
        client_destroy(replay->client);
        alloc_free(replay);
    }
}

void replay_begin_file(struct replay *replay) {
    replay->client->database = keyspace_database(replay->server->keyspace, 0);
}

bool replay_is_in_transaction(const struct replay *replay) {
    return (replay->client->flags & CLIENT_IN_MULTI) != 0;
}

void replay_drop_transaction(struct replay *replay) {
    transaction_discard(replay->client);
    drop_queued_locks(replay);
    replay->lock_count = 0;
}

/* ---- Locks ---- */

/* #LOCK token count: the SET that follows makes a lock; with count 0 only the token is told. */
static sds take_note(struct replay *replay, const struct replay_command *entry) {
    enum { NOTE_ARGC = 3 };
    uint64_t token;
    int64_t count;
    if (entry->argc != NOTE_ARGC || !text_parse_uint64(entry->args[1], &token) || token == 0 ||
        !text_parse_int64(entry->args[2], &count) || count < 0) {
        return sds_new(BYTES("the annotation of a lock is damaged"));
    }
    locks_see_token(replay->server->locks, token);
    replay->lock_token = token;
    replay->lock_count = count;
    return NULL;
}

/* Makes locks of the strings that have been set. */
static void adopt_queued_locks(struct replay *replay) {
    for (size_t i = 0; i < replay->queued_count; i++) {
        const struct queued_lock *made = &replay->queued_locks[i];
        struct lock_fields fields = {
            .owner = sds_view(made->owner),
            .token = made->token,
            .hold_count = made->hold_count,
            .granted_ms = clock_unix_ms(),
        };
        locks_adopt(replay->server->locks, made->database_index, sds_view(made->key), &fields);
    }
    drop_queued_locks(replay);
}

/* A command that makes a lock was queued, or has run. */
static void make_lock(struct replay *replay, const struct replay_command *entry, bool is_queued) {
    enum { OWNER_ARG = 2 };
    int64_t count = replay->lock_count;
    replay->lock_count = 0;
    if (entry->argc <= OWNER_ARG) {
        return;
    }
    struct queued_lock lock = {
        .database_index = database_index(replay->client->database),
        .token = replay->lock_token,
        .hold_count = count,
        .key = sds_new(entry->args[1]),
        .owner = sds_new(entry->args[OWNER_ARG]),
    };
    replay->queued_locks = alloc_resize(replay->queued_locks,
                                        (replay->queued_count + 1) * sizeof *replay->queued_locks);
    replay->queued_locks[replay->queued_count++] = lock;
    if (!is_queued) {
        adopt_queued_locks(replay);
    }
}

static void find_all(struct replay *replay, const struct replay_command *commands, size_t count) {
    const struct known_command *last = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct replay_command *entry = &commands[i];
        /* Logs repeat commands: the one before is compared first. */
        const struct known_command *command = last;
        if (last == NULL || (last->flags & CMD_RENAMED) != 0 || last->parent != NULL ||
            (last->flags & CMD_CONTAINER) != 0 ||
            !bytes_equal_nocase(sds_view(last->name), entry->args[0])) {
            command =
                command_of_request(command_find_original(replay->server->commands, entry->args[0]),
                                   entry->args, entry->argc);
        }
        uint64_t hash = 0;
        if (command != NULL && command->first_key > 0 && (size_t)command->first_key < entry->argc) {
            hash = hash_bytes(entry->args[command->first_key]);
        }
        replay->found[i] = (struct found){command, hash};
        last = command;
    }
}

static sds refuse(const char *text, struct bytes name) {
    struct bytes shown = {name.data, name.length < SHOWN_SIZE ? name.length : SHOWN_SIZE};
    sds error = sds_append(sds_new(bytes_of_text(text)), BYTES(": "));
    return sds_append_quoted(error, shown);
}

static bool is_control(struct bytes name) {
    return bytes_is(name, "select") || bytes_is(name, "multi") || bytes_is(name, "exec");
}

/* The arguments of a command stand in one buffer. */
static bool may_have_long_arguments(const struct replay_command *entry) {
    const struct bytes *last = &entry->args[entry->argc - 1];
    return last->data + last->length - entry->args[0].data > UINT32_MAX;
}

static sds check(const struct found *found, const struct replay_command *entry) {
    if (found->command == NULL) {
        return refuse("unknown command", entry->args[0]);
    }
    if (!command_takes(found->command->row, entry->argc) ||
        (found->command->flags & CMD_CONTAINER) != 0) {
        return refuse("wrong number of arguments", entry->args[0]);
    }
    if ((found->command->flags & (CMD_WRITE | CMD_MAY_REPLICATE)) == 0 &&
        !is_control(entry->args[0])) {
        return refuse("a command that does not write", entry->args[0]);
    }
    if (UNLIKELY(may_have_long_arguments(entry)) &&
        !dispatch_takes_lengths(found->command, entry->args, entry->argc)) {
        return refuse("an argument is longer than 4294967295 bytes", entry->args[0]);
    }
    return NULL;
}

static sds run_one(struct replay *replay, const struct found *found,
                   const struct replay_command *entry) {
    if (UNLIKELY(entry->args[0].length > 0 && entry->args[0].data[0] == '#')) {
        return take_note(replay, entry);
    }
    sds error = check(found, entry);
    if (UNLIKELY(error != NULL)) {
        return error;
    }
    struct client *client = replay->client;
    struct request req = {
        .server = replay->server,
        .client = client,
        .database = client->database,
        .command = found->command,
        .args = entry->args,
        .argc = entry->argc,
        .first_key_hash = found->key_hash,
        .first_key = found->key_hash != 0 ? (size_t)found->command->first_key : 0,
        .flags = REQUEST_REPLAYED,
        .effects = propagate_effects(replay->server->propagate),
    };
    if (UNLIKELY((client->flags & CLIENT_IN_MULTI) != 0) &&
        (found->command->flags & CMD_NOT_QUEUED) == 0) {
        transaction_queue(&req);
        if (replay->lock_count > 0) {
            make_lock(replay, entry, true);
        }
        return NULL;
    }
    struct reply reply;
    reply_init(&reply, replay->reply, sizeof replay->reply, RESP2);
    found->command->row->handler(&req, &reply);
    if (UNLIKELY(reply.errors > 0)) {
        struct bytes written = reply_written(&reply);
        error = refuse("the command fails", (struct bytes){written.data + reply.last_error,
                                                           written.length - reply.last_error});
    }
    reply_release(&reply);
    if (UNLIKELY(replay->lock_count > 0)) {
        make_lock(replay, entry, false);
    } else if (UNLIKELY(replay->queued_count > 0) && (client->flags & CLIENT_IN_MULTI) == 0) {
        adopt_queued_locks(replay);
    }
    return error;
}

size_t replay_run(struct replay *replay, const struct replay_command *commands, size_t count,
                  sds *error) {
    ASSERT(count <= REPLAY_BATCH_MAX);
    find_all(replay, commands, count);
    for (size_t i = 0; i < count + BUCKET_DISTANCE; i++) {
        if (i < count && replay->found[i].key_hash != 0) {
            keyspace_prefetch_bucket(replay->client->database, replay->found[i].key_hash);
        }
        size_t near = i - ENTRY_DISTANCE;
        if (i >= ENTRY_DISTANCE && near < count && replay->found[near].key_hash != 0) {
            keyspace_prefetch_entry(replay->client->database, replay->found[near].key_hash);
        }
        if (i < BUCKET_DISTANCE) {
            continue;
        }
        size_t now = i - BUCKET_DISTANCE;
        *error = run_one(replay, &replay->found[now], &commands[now]);
        if (UNLIKELY(*error != NULL)) {
            return now;
        }
    }
    return count;
}
