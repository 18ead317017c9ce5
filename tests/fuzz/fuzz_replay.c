/*
 * Any bytes as the increment of an AOF, replayed by the commands themselves: the whole server but
 * for its listeners. A log that loads holds sound values, and loads again.
 */
#include "base/clock.h"
#include "base/panic.h"
#include "commands/tables.h"
#include "fuzz/live_server.h"
#include "fuzz/one_increment.h"
#include "keyspace/keyspace.h"
#include "persist/rdb_loader.h"
#include "script/scripting.h"
#include "server/replay.h"
#include "types/value_ops.h"

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIXED_TIME_S = 1700000000 };

static const struct command_table *const commands[] = {
    &string_commands,        &string_compare_commands, &bitmap_commands,
    &list_commands,          &list_blocking_commands,  &hash_commands,
    &hash_deadline_commands, &hyperloglog_commands,    &sort_commands,
    &geo_commands,           &geo_search_commands,     &set_commands,
    &set_algebra_commands,   &zset_commands,           &zset_range_commands,
    &zset_pop_commands,      &zset_algebra_commands,   &zset_due_commands,
    &key_commands,           &expire_commands,         &dump_commands,
    &transaction_commands,   &connection_commands,     &lock_commands,
    &stream_commands,        &stream_read_commands,    &stream_group_commands,
    &stream_claim_commands,  &stream_info_commands,    &stream_producer_commands,
    &script_commands,        &function_commands,
};

static const struct server_plugs plugs = {
    .command_tables = commands,
    .command_table_count = ARRAY_SIZE(commands),
};

static struct aof_directory directory;
static struct server *server;

/* One load. */
struct load {
    struct replay *replay;
    struct rdb_loader *rdb_loader;
};

static size_t run_commands(void *context, const struct aof_command *found, size_t count,
                           const struct bytes *args, sds *error) {
    struct load *load = context;
    struct replay_command batch[REPLAY_BATCH_MAX];
    ASSERT(count <= REPLAY_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        batch[i] = (struct replay_command){args + found[i].first_arg, found[i].argc};
    }
    return replay_run(load->replay, batch, count, error);
}

static bool is_in_transaction(void *context) {
    const struct load *load = context;
    return replay_is_in_transaction(load->replay);
}

static void drop_transaction(void *context) {
    struct load *load = context;
    replay_drop_transaction(load->replay);
}

static void begin_file(void *context) {
    struct load *load = context;
    replay_begin_file(load->replay);
}

static sds take_library(void *context, struct bytes source) {
    (void)context;
    return server->libraries.load(server->libraries.context, source, false);
}

static int begin_rdb(void *context, int fd) {
    struct load *load = context;
    struct stat info;
    if (fstat(fd, &info) < 0) {
        return -errno;
    }
    struct rdb_load_options options = {
        .skips_checksum = true,
        .keeps_due = true,
        .libraries = {NULL, take_library},
    };
    load->rdb_loader = rdb_loader_create(server->keyspace, fd, (uint64_t)info.st_size, options);
    return 0;
}

static int step_rdb(void *context, int64_t budget_us, uint64_t *consumed, sds *error) {
    struct load *load = context;
    enum rdb_load_status status = rdb_loader_step(load->rdb_loader, budget_us);
    *consumed = rdb_loader_progress(load->rdb_loader).loaded_bytes;
    if (status == RDB_LOAD_RUNNING) {
        return AOF_RDB_RUNNING;
    }
    if (status == RDB_LOAD_FAILED) {
        *error = sds_new(bytes_of_text(rdb_loader_message(load->rdb_loader)));
    }
    rdb_loader_destroy(load->rdb_loader);
    load->rdb_loader = NULL;
    return status == RDB_LOAD_DONE ? AOF_RDB_DONE : AOF_RDB_FAILED;
}

static void empty_dataset(void) {
    for (size_t i = 0; i < keyspace_database_count(server->keyspace); i++) {
        (void)keyspace_flush(keyspace_database(server->keyspace, i), false);
    }
    server->libraries.clear(server->libraries.context);
    scripting_flush(server->scripting);
}

static bool load_log(void) {
    empty_dataset();
    clock_set_fixed((int64_t)FIXED_TIME_S * CLOCK_US_PER_SECOND);
    keyspace_set_time_authority(server->keyspace, TIME_STOPPED);
    struct load load = {.replay = replay_create(server)};
    struct aof_executor executor = {
        .context = &load,
        .run = run_commands,
        .is_in_transaction = is_in_transaction,
        .drop_transaction = drop_transaction,
        .begin_file = begin_file,
        .rdb_begin = begin_rdb,
        .rdb_step = step_rdb,
    };
    uint64_t cut_size = 0;
    enum aof_load_status status = one_increment_load(&directory, executor, &cut_size);
    replay_destroy(load.replay);
    keyspace_set_time_authority(server->keyspace, TIME_BY_CLOCK);
    return status == AOF_LOAD_DONE;
}

static void look_at_element(void *context, struct bytes first, struct bytes second) {
    size_t *total = context;
    for (size_t i = 0; i < first.length; i++) {
        *total += (unsigned char)first.data[i];
    }
    *total += second.length + 1;
}

static void look_at_key(void *context, const struct open_key *key) {
    ASSERT(key->value.type == VALUE_STREAM || !value_ops_is_empty(&key->value));
    value_ops_walk(&key->value, look_at_element, context);
}

static size_t look_at_all(void) {
    size_t total = 0;
    for (size_t i = 0; i < keyspace_database_count(server->keyspace); i++) {
        uint64_t cursor = 0;
        do {
            cursor =
                keyspace_scan(keyspace_database(server->keyspace, i), cursor, look_at_key, &total);
        } while (cursor != 0);
    }
    return total;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    static const char *const options[] = {
        "fuzz", "--loglevel", "warning", "--appendonly", "no", "--save", "",
    };
    server = live_server_create(options, ARRAY_SIZE(options), &plugs);
    static char path[] = "/dev/shm/latchkey-fuzz-replay-XXXXXX";
    one_increment_open(&directory, path);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    one_increment_write(&directory, data, size);
    if (load_log()) {
        (void)look_at_all();
        ASSERT(load_log());
    }
    empty_dataset();
    return 0;
}
