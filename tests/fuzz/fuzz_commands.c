/*
 * A stream of requests against a live keyspace: the whole server but for its listeners and the
 * commands that reach out of the process, with one client at the end of a socket pair. The dataset
 * is emptied behind each input.
 */
#include "base/clock.h"
#include "base/panic.h"
#include "commands/tables.h"
#include "fuzz/live_server.h"
#include "keyspace/keyspace.h"
#include "script/scripting.h"
#include "server/command.h"
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
    server = live_server_create(options, ARRAY_SIZE(options), &plugs);
    return 0;
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
    (void)live_server_connect(server, ends[0]);
    size = size < INPUT_MAX ? size : INPUT_MAX;
    ssize_t sent = write(ends[1], data, size);
    (void)sent; /* What does not fit is not sent. */
    for (size_t i = 0; i < TURNS_MAX; i++) {
        clock_set_fixed((int64_t)FIXED_TIME_US * CLOCK_US_PER_SECOND);
        turn_run(server->turn, 0);
        task_abort(server->task); /* A script that runs long. */
        live_server_drain(ends[1]);
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
