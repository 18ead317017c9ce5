#include "keyspace/field_deadlines.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "support/unit.h"

static void note(struct field_deadlines *index, const char *name, int64_t deadline_ms) {
    struct bytes bytes = bytes_of_text(name);
    field_deadlines_note(index, bytes, hash_bytes(bytes), deadline_ms);
}

static bool take(struct field_deadlines *index, int64_t now_ms, struct bytes *name) {
    uint64_t hash = 0;
    for (;;) {
        size_t steps = 100;
        if (field_deadlines_take_due(index, now_ms, &steps, name, &hash)) {
            require(hash == hash_bytes(*name));
            return true;
        }
        if (steps > 0) {
            return false;
        }
    }
}

Test(field_deadlines, a_key_stands_at_its_latest_note) {
    clock_init();
    clock_refresh();
    int64_t now_ms = clock_unix_ms();
    size_t start = alloc_used_bytes();
    struct field_deadlines *index = field_deadlines_create();
    struct bytes name;
    require(field_deadlines_next(index) == INT64_MAX);
    note(index, "a", now_ms + 10);
    note(index, "b", now_ms + 20);
    note(index, "c", now_ms + 5);
    note(index, "c", now_ms + 500);
    note(index, "nobody", -1);
    require(field_deadlines_count(index) == 3);
    require(field_deadlines_next(index) <= now_ms + 10);
    require(!take(index, now_ms + 9, &name));
    require(take(index, now_ms + 10, &name));
    require_text(name, "a");
    note(index, "a", now_ms + 30);
    require(take(index, now_ms + 25, &name));
    require_text(name, "b");
    note(index, "b", -1);
    require(!take(index, now_ms + 25, &name));
    require(take(index, now_ms + 30, &name));
    require_text(name, "a");
    note(index, "a", -1);
    require(field_deadlines_count(index) == 1);
    field_deadlines_destroy(index);
    require(alloc_used_bytes() == start);
}
