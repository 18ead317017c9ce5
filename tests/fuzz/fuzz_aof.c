/*
 * Any bytes as the increment of an AOF, read by the loader with commands that are only counted. A
 * file that loads must load again with the same commands and with nothing left to cut.
 */
#include "base/panic.h"
#include "base/sds.h"
#include "fuzz/one_increment.h"

#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct aof_directory directory;

struct counter {
    size_t count;
    bool is_in_transaction;
};

static size_t count_commands(void *context, const struct aof_command *commands, size_t count,
                             const struct bytes *args, sds *error) {
    (void)error;
    struct counter *counter = context;
    for (size_t i = 0; i < count; i++) {
        const struct bytes *words = args + commands[i].first_arg;
        for (size_t j = 0; j < commands[i].argc; j++) {
            volatile char last = words[j].length == 0 ? '\0' : words[j].data[words[j].length - 1];
            (void)last;
        }
        if (bytes_is(words[0], "multi")) {
            counter->is_in_transaction = true;
        } else if (bytes_is(words[0], "exec")) {
            counter->is_in_transaction = false;
        }
    }
    counter->count += count;
    return count;
}

static bool is_in_transaction(void *context) {
    const struct counter *counter = context;
    return counter->is_in_transaction;
}

static void end_transaction(void *context) {
    struct counter *counter = context;
    counter->is_in_transaction = false;
}

static enum aof_load_status load(size_t *count, uint64_t *cut_size) {
    struct counter counter = {0};
    struct aof_executor executor = {
        .context = &counter,
        .run = count_commands,
        .is_in_transaction = is_in_transaction,
        .begin_file = end_transaction,
        .drop_transaction = end_transaction,
    };
    enum aof_load_status status = one_increment_load(&directory, executor, cut_size);
    *count = counter.count;
    return status;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    static char path[] = "/dev/shm/latchkey-fuzz-aof-XXXXXX";
    one_increment_open(&directory, path);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    one_increment_write(&directory, data, size);
    size_t first_count = 0;
    uint64_t cut_size = 0;
    if (load(&first_count, &cut_size) == AOF_LOAD_DONE) {
        size_t second_count = 0;
        ASSERT(load(&second_count, &cut_size) == AOF_LOAD_DONE);
        ASSERT(cut_size == 0);
        ASSERT(second_count <= first_count);
    }
    return 0;
}
