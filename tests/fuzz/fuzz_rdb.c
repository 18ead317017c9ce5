/*
 * RDB files, whose checksum is not looked at: loading ends with a sound keyspace or a reason.
 */
#include "base/clock.h"
#include "base/panic.h"
#include "base/sds.h"
#include "keyspace/keyspace.h"
#include "persist/rdb_loader.h"
#include "types/value_ops.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_element(void *context, struct bytes first, struct bytes second) {
    size_t *total = context;
    for (size_t i = 0; i < first.length; i++) {
        *total += (unsigned char)first.data[i];
    }
    *total += second.length;
}

static void look_at_key(void *context, const struct open_key *key) {
    value_ops_walk(&key->value, look_at_element, context);
}

static size_t look_at_all(struct keyspace *keyspace) {
    size_t total = 0;
    for (size_t i = 0; i < keyspace_database_count(keyspace); i++) {
        uint64_t cursor = 0;
        do {
            cursor = keyspace_scan(keyspace_database(keyspace, i), cursor, look_at_key, &total);
        } while (cursor != 0);
    }
    return total;
}

static int make_file(const uint8_t *data, size_t size) {
    int fd = memfd_create("rdb", MFD_CLOEXEC);
    ASSERT(fd >= 0);
    ssize_t written = size == 0 ? 0 : write(fd, data, size);
    ASSERT(written == (ssize_t)size);
    off_t start = lseek(fd, 0, SEEK_SET);
    ASSERT(start == 0);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { DATABASES = 4, SLICE_US = 1000000 };
    clock_set_fixed(0);
    int fd = make_file(data, size);
    struct keyspace *keyspace = keyspace_create(DATABASES);
    struct rdb_loader *loader = rdb_loader_create(
        keyspace, fd, size, (struct rdb_load_options){.skips_checksum = true, .keeps_due = true});
    enum rdb_load_status status = RDB_LOAD_RUNNING;
    while (status == RDB_LOAD_RUNNING) {
        status = rdb_loader_step(loader, SLICE_US);
    }
    ASSERT((status == RDB_LOAD_FAILED) == (rdb_loader_message(loader) != NULL));
    (void)look_at_all(keyspace);
    rdb_loader_destroy(loader);
    keyspace_destroy(keyspace);
    (void)close(fd);
    return 0;
}
