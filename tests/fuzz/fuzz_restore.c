/*
 * Payloads of RESTORE with a right footer: whatever is accepted must be a sound value, which comes
 * back the same when it is dumped and restored again.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "base/sds.h"
#include "persist/rdb_codec.h"
#include "persist/rdb_value.h"
#include "types/value_ops.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sds with_footer(const uint8_t *data, size_t size) {
    enum { VERSION = 12 };
    static const char version[] = {VERSION, 0};
    sds payload = sds_new((struct bytes){(const char *)data, size});
    payload = sds_append(payload, (struct bytes){version, sizeof version});
    uint64_t checksum = rdb_codec_checksum(0, sds_view(payload));
    return sds_append(payload, (struct bytes){(const char *)&checksum, sizeof checksum});
}

static void count_element(void *context, struct bytes first, struct bytes second) {
    size_t *total = context;
    for (size_t i = 0; i < first.length; i++) {
        *total += (unsigned char)first.data[i];
    }
    *total += second.length + 1;
}

static void check_value(struct value *value) {
    const char *problem = NULL;
    struct value again;
    sds kept;
    size_t total = 0;
    size_t total_again = 0;
    value_ops_walk(value, count_element, &total);
    ASSERT(!value_ops_is_empty(value));
    sds payload = rdb_dump(value, true);
    enum rdb_restore_status status = rdb_restore(sds_view(payload), &again, &kept, &problem);
    ASSERT(status == RDB_RESTORE_DONE);
    value_ops_walk(&again, count_element, &total_again);
    ASSERT(total == total_again);
    ASSERT(value_ops_length(value) == value_ops_length(&again));
    value_ops_free(&again);
    sds_free(kept);
    sds_free(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    clock_set_fixed(0);
    sds payload = with_footer(data, size);
    struct value value;
    const char *problem = NULL;
    sds kept;
    switch (rdb_restore(sds_view(payload), &value, &kept, &problem)) {
    case RDB_RESTORE_DONE:
        check_value(&value);
        value_ops_free(&value);
        break;
    case RDB_RESTORE_WRONG_FOOTER:
        UNREACHABLE();
    case RDB_RESTORE_DAMAGED:
        ASSERT(problem != NULL);
        break;
    }
    sds_free(kept);
    sds_free(payload);
    return 0;
}
