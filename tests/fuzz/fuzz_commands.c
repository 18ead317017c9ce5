/*
 * A stream of requests against a live keyspace: the whole server but for its listeners and the
 * commands that reach out of the process, with one client at the end of a socket pair. The dataset
 * is emptied behind each input.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "commands/tables.h"
#include "keyspace/keyspace.h"
#include "net/connection.h"
#include "net/event_loop.h"
#include "script/scripting.h"
#include "server/client.h"
#include "server/command.h"
#include "server/config.h"
#include "server/server.h"
#include "server/task.h"
#include "server/turn.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    FIXED_TIME_US = 1700000000,
    REPLY_SIZE = 65536,
    TURNS_MAX = 64,
    INPUT_MAX = 65536,
};

static const struct command_table *const commands[] = {
    &string_commands,        &string_compare_commands,
    &bitmap_commands,        &list_commands,
    &list_blocking_commands, &hash_commands,
    &hyperloglog_commands,   &sort_commands,
    &geo_commands,           &geo_search_commands,
    &set_commands,           &set_algebra_commands,
    &zset_commands,          &zset_range_commands,
    &zset_pop_commands,      &zset_algebra_commands,
    &key_commands,           &expire_commands,
    &transaction_commands,   &connection_commands,
    &client_commands,        &command_commands,
    &monitoring_commands,    &lock_commands,
    &stream_commands,        &stream_read_commands,
    &stream_group_commands,  &stream_claim_commands,
    &stream_info_commands,   &stream_producer_commands,
    &script_commands,        &function_commands,
};

static const struct server_plugs plugs = {
    .command_tables = commands,
    .command_table_count = ARRAY_SIZE(commands),
};

static struct server *server;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    static const char *const options[] = {
        "fuzz", "--loglevel", "warning", "--appendonly",
        "no",   "--save",     "",        "--busy-reply-threshold",
        "5",
    };
    char *copies[ARRAY_SIZE(options)];
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        copies[i] = strdup(options[i]);
    }
    struct config *config = config_create();
    sds error = config_load(config, (int)ARRAY_SIZE(copies), copies);
    for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
        free(copies[i]);
    }
    ASSERT(error == NULL);
    clock_init();
    static const uint8_t seed[HASH_SEED_SIZE] = {1};
    hash_set_seed(seed);
    server = server_create(config, &plugs);
    ASSERT(server != NULL);
    server->scripting = scripting_create(server);
    return 0;
}

static struct client *connect_client(int fd) {
    struct connection connection = {
        .source = {.fd = fd, .kind = EVENT_SOURCE_CONNECTION, .wants_read = true},
        .is_unix = true,
    };
    struct client *client = client_create(server, &connection);
    int error = event_loop_update(server->loop, &client->connection.source);
    ASSERT(error == 0);
    return client;
}

static void drain(int fd) {
    char bytes[REPLY_SIZE];
    while (read(fd, bytes, sizeof bytes) > 0) {
    }
}

static void empty_dataset(void) {
    for (size_t i = 0; i < keyspace_database_count(server->keyspace); i++) {
        (void)keyspace_flush(keyspace_database(server->keyspace, i), false);
    }
    server->libraries.clear(server->libraries.context);
    scripting_flush(server->scripting);
    server_pause_clients(server, 0, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int ends[2];
    int error = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
    ASSERT(error == 0);
    (void)connect_client(ends[0]);
    size = size < INPUT_MAX ? size : INPUT_MAX;
    ssize_t sent = write(ends[1], data, size);
    (void)sent; /* What does not fit is not sent. */
    for (size_t i = 0; i < TURNS_MAX; i++) {
        clock_set_fixed((int64_t)FIXED_TIME_US * CLOCK_US_PER_SECOND);
        turn_run(server->turn, 0);
        task_abort(server->task); /* A script that runs long. */
        drain(ends[1]);
        if (!turn_has_pending_clients(server->turn) && i > 1) {
            break;
        }
    }
    (void)close(ends[1]);
    while (server->clients.count > 0) {
        turn_run(server->turn, 0);
    }
    empty_dataset();
    return 0;
}
