/*
 * effect_server: the server with a listener to every event and a sink for every effect, which
 * print what they hear to standard output, a line each:
 *
 *     event DATABASE EVENT KEY
 *     effect DATABASE ARGUMENT ...
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/random.h"
#include "base/sds.h"
#include "commands/tables.h"
#include "keyspace/key_event.h"
#include "script/scripting.h"
#include "server/command.h"
#include "server/config.h"
#include "server/propagate.h"
#include "server/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct command_table *const commands[] = {
    &string_commands,
    &string_compare_commands,
    &bitmap_commands,
    &list_commands,
    &list_blocking_commands,
    &key_commands,
    &expire_commands,
    &transaction_commands,
    &connection_commands,
    &client_commands,
    &command_commands,
    &config_commands,
    &admin_commands,
    &monitoring_commands,
    &debug_commands,
    &set_commands,
    &set_algebra_commands,
    &hash_commands,
    &hyperloglog_commands,
    &sort_commands,
    &geo_commands,
    &geo_search_commands,
    &zset_commands,
    &zset_range_commands,
    &zset_pop_commands,
    &stream_commands,
    &stream_read_commands,
    &stream_group_commands,
    &stream_claim_commands,
    &stream_info_commands,
    &stream_producer_commands,
    &lock_commands,
    &zset_due_commands,
    &zset_algebra_commands,
    &hash_deadline_commands,
    &script_commands,
    &function_commands,
};

/* One write for a line, so that it does not mix with the log. */
static void print_line(sds line) {
    line = sds_append(line, BYTES("\n"));
    if (write(STDOUT_FILENO, line, sds_length(line)) < 0) {
        abort();
    }
    sds_free(line);
}

static void print_event(void *context, const struct key_happening *happening) {
    (void)context;
    if (happening->event == EVENT_NONE || happening->event == EVENT_GROUP) {
        return;
    }
    sds line = sds_append_format(sds_new(BYTES("event ")), "%d %s ", happening->database_index,
                                 key_event_name(happening->event));
    print_line(sds_append(line, happening->key));
}

static void print_effect(void *context, int database_index, const struct bytes *args, size_t argc) {
    (void)context;
    sds line = sds_append_format(sds_new(BYTES("effect ")), "%d", database_index);
    for (size_t i = 0; i < argc; i++) {
        line = sds_append(sds_append(line, BYTES(" ")), args[i]);
    }
    print_line(line);
}

static const struct key_listener listeners[] = {{"print", print_event, NULL}};
static const struct effect_sink sinks[] = {{"print", print_effect, NULL}};

static const struct server_plugs plugs = {
    .command_tables = commands,
    .command_table_count = ARRAY_SIZE(commands),
    .effect_sinks = sinks,
    .effect_sink_count = ARRAY_SIZE(sinks),
    .key_listeners = listeners,
    .key_listener_count = ARRAY_SIZE(listeners),
};

static void stop(int signal_number) {
    server_request_stop(signal_number);
}

int main(int argc, char *argv[]) {
    struct config *config = config_create();
    sds error = config_load(config, argc, argv);
    if (error != NULL) {
        (void)fprintf(stderr, "%s\n", error);
        return EXIT_FAILURE;
    }
    clock_init();
    clock_refresh();
    uint8_t seed[HASH_SEED_SIZE];
    random_system_bytes(seed, sizeof seed);
    hash_set_seed(seed);
    (void)signal(SIGTERM, stop);
    struct server *server = server_create(config, &plugs);
    if (server == NULL || !server_listen(server)) {
        return EXIT_FAILURE;
    }
    server->scripting = scripting_create(server);
    int status = server_run(server);
    scripting_destroy(server->scripting);
    server_destroy(server);
    config_destroy(config);
    return status;
}
