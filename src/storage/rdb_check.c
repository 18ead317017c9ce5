/*
 * The server's own loader reads the file into a keyspace that is thrown away, so the tool refuses
 * what the server would refuse. Keys that are due count, and are told apart.
 */
#include "storage/rdb_check.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "persist/rdb_loader.h"
#include "storage/checked_data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLICE_US = 1000000, PERCENT = 100 };

/* What was found, for the report. */
struct census {
    int64_t key_count;
    int64_t deadline_count;
    int64_t due_count;
    int64_t library_count;
};

static void tell_progress(const struct rdb_loader *loader) {
    struct rdb_load_progress progress = rdb_loader_progress(loader);
    double total = progress.total_bytes == 0 ? 1 : (double)progress.total_bytes;
    (void)printf("[offset %llu] %lld keys so far, %.1f %%\n",
                 (unsigned long long)progress.loaded_bytes, (long long)progress.loaded_keys,
                 (double)progress.loaded_bytes / total * PERCENT);
}

/* Goes through the file once. False after telling what is wrong. */
static bool load(int fd, uint64_t size, struct rdb_load_options options, bool is_told,
                 struct census *census) {
    struct checked_data *data = checked_data_create();
    options.databases = checked_data_finder(data);
    struct rdb_loader *loader = rdb_loader_create(checked_data_keyspace(data), fd, size, options);
    enum rdb_load_status status = RDB_LOAD_RUNNING;
    while ((status = rdb_loader_step(loader, SLICE_US)) == RDB_LOAD_RUNNING) {
        if (is_told) {
            tell_progress(loader);
        }
    }
    struct rdb_load_progress progress = rdb_loader_progress(loader);
    if (status == RDB_LOAD_FAILED) {
        (void)printf("[offset %llu] %s\n[info] %lld keys read before\n",
                     (unsigned long long)progress.loaded_bytes, rdb_loader_message(loader),
                     (long long)progress.loaded_keys);
    } else {
        *census = (struct census){
            .key_count = checked_data_key_count(data),
            .deadline_count = checked_data_deadline_count(data),
            .due_count = progress.expired_keys,
            .library_count = progress.loaded_libraries,
        };
    }
    rdb_loader_destroy(loader);
    checked_data_destroy(data);
    return status == RDB_LOAD_DONE;
}

static int check_file(int fd, const char *path, uint64_t size) {
    struct census census;
    struct census living;
    (void)printf("[offset 0] Checking RDB file %s\n", path);
    if (!load(fd, size, (struct rdb_load_options){.keeps_due = true}, true, &census)) {
        return EXIT_FAILURE;
    }
    (void)printf("[offset %llu] RDB looks OK\n[info] %lld keys read\n[info] %lld expires\n",
                 (unsigned long long)size, (long long)census.key_count,
                 (long long)census.deadline_count);
    if (census.library_count > 0) {
        (void)printf("[info] %lld function libraries read\n", (long long)census.library_count);
    }
    if (census.deadline_count > 0) {
        if (lseek(fd, 0, SEEK_SET) != 0 ||
            !load(fd, size, (struct rdb_load_options){.keeps_due = false}, false, &living)) {
            return EXIT_FAILURE;
        }
        (void)printf("[info] %lld already expired\n", (long long)living.due_count);
    }
    return EXIT_SUCCESS;
}

int rdb_check_run(int argc, char *const argv[]) {
    if (argc != 2) {
        (void)printf("Usage: %s FILE\n\n  FILE  an RDB file, such as dump.rdb\n",
                     argc > 0 ? argv[0] : "latchkey-check-rdb");
        return EXIT_FAILURE;
    }
    clock_init();
    clock_refresh();
    uint8_t seed[HASH_SEED_SIZE];
    random_system_bytes(seed, sizeof seed);
    hash_set_seed(seed);
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    struct stat state;
    int error = fd < 0 || fstat(fd, &state) < 0 ? errno : 0;
    if (error != 0 || !S_ISREG(state.st_mode)) {
        (void)printf("%s: %s\n", argv[1], error != 0 ? strerror(error) : "not a regular file");
        if (fd >= 0) {
            (void)close(fd); /* It was only read. */
        }
        return EXIT_FAILURE;
    }
    int status = check_file(fd, argv[1], (uint64_t)state.st_size);
    (void)close(fd); /* It was only read. */
    return status;
}
