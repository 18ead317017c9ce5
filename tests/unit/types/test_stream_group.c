#include "types/stream_group.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "support/unit.h"

static struct stream_id id_of(uint64_t ms) {
    return (struct stream_id){ms, 0};
}

static struct stream_group *make_group(void) {
    return stream_group_create(BYTES("group"), id_of(5), 3);
}

static void assign(struct stream_group *group, uint64_t ms, struct stream_consumer *consumer,
                   int64_t count) {
    struct stream_pending pending = {consumer, 100, count};
    stream_group_assign(group, id_of(ms), &pending);
}

Test(stream_group, consumers_are_found_in_the_order_of_names) {
    static const char *const names[] = {"m", "b", "z", "", "bb", "a"};
    struct stream_group *group = make_group();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        require(stream_group_find(group, bytes_of_text(names[i])) == NULL);
        struct stream_consumer *added = stream_group_add(group, bytes_of_text(names[i]), 7);
        require(added->seen_ms == 7 && added->active_ms == STREAM_NEVER_ACTIVE);
        require(stream_group_find(group, bytes_of_text(names[i])) == added);
    }
    for (size_t i = 1; i < group->consumer_count; i++) {
        require(bytes_compare(sds_view(group->consumers[i - 1]->name),
                              sds_view(group->consumers[i]->name)) < 0);
    }
    require(stream_group_memory(group, 0) > 0);
    stream_group_destroy(group);
}

Test(stream_group, an_entry_belongs_to_one_consumer_or_to_nobody) {
    struct stream_group *group = make_group();
    struct stream_consumer *one = stream_group_add(group, BYTES("one"), 0);
    struct stream_consumer *two = stream_group_add(group, BYTES("two"), 0);
    assign(group, 1, one, 1);
    assign(group, 2, one, 1);
    assign(group, 1, two, 2);
    require(id_map_count(one->pending) == 1 && id_map_count(two->pending) == 1);
    require(stream_group_pending(group, id_of(1))->consumer == two);
    require(stream_group_pending(group, id_of(1))->delivery_count == 2);
    assign(group, 1, NULL, 2);
    require(group->nacked_count == 1 && id_map_count(two->pending) == 0);
    assign(group, 3, NULL, 0);
    assign(group, 3, NULL, 1);
    require(group->nacked_count == 2);
    assign(group, 3, one, 1);
    require(group->nacked_count == 1 && id_map_count(one->pending) == 2);
    require(stream_group_acknowledge(group, id_of(1)));
    require(!stream_group_acknowledge(group, id_of(1)));
    require(group->nacked_count == 0 && stream_group_pending(group, id_of(1)) == NULL);
    struct stream_group *rest = make_group();
    require(stream_group_remove(group, one, rest) == 2);
    require(id_map_count(group->pending) == 0 && group->consumer_count == 1);
    require(id_map_count(rest->pending) == 2 && rest->consumer_count == 1);
    stream_group_destroy(rest);
    stream_group_destroy(group);
}

Test(stream_group, a_removed_consumer_takes_its_entries_along_and_no_others) {
    enum { ENTRY_COUNT = 3000 };
    static const uint64_t shares[] = {2, 3, 1000}; /* one of so many is the consumer's */
    for (size_t i = 0; i < ARRAY_SIZE(shares); i++) {
        struct stream_group *group = make_group();
        struct stream_consumer *one = stream_group_add(group, BYTES("one"), 0);
        struct stream_consumer *two = stream_group_add(group, BYTES("two"), 0);
        for (uint64_t at = 1; at <= ENTRY_COUNT; at++) {
            assign(group, at, at % shares[i] == 0 ? one : two, 1);
        }
        struct stream_group *clone = stream_group_clone(group);
        struct stream_group *rest = make_group();
        require(stream_group_remove(group, one, rest) == ENTRY_COUNT / shares[i]);
        stream_group_destroy(rest);
        size_t left = ENTRY_COUNT - ENTRY_COUNT / (size_t)shares[i];
        require(id_map_count(group->pending) == left);
        struct id_cursor at;
        size_t seen = 0;
        for (bool has = id_map_first(group->pending, &at); has;
             has = id_map_next(group->pending, &at)) {
            const struct stream_pending *pending = id_map_value(group->pending, &at);
            require(pending->consumer == two);
            seen++;
        }
        require(seen == left);
        for (uint64_t id = 1; id <= ENTRY_COUNT; id++) {
            bool is_there = stream_group_pending(group, id_of(id)) != NULL;
            require(is_there == (id % shares[i] != 0));
            require(stream_group_pending(clone, id_of(id)) != NULL);
        }
        stream_group_destroy(clone);
        stream_group_destroy(group);
    }
}

Test(stream_group, a_copy_has_consumers_of_its_own_and_a_clone_stays) {
    struct stream_group *group = make_group();
    struct stream_consumer *one = stream_group_add(group, BYTES("one"), 0);
    for (uint64_t i = 1; i <= 500; i++) {
        assign(group, i, one, (int64_t)i);
    }
    struct stream_group *copy = stream_group_copy(group);
    struct stream_group *clone = stream_group_clone(group);
    for (uint64_t i = 1; i <= 500; i++) {
        require(stream_group_acknowledge(group, id_of(i)));
    }
    require(stream_group_pending(copy, id_of(7))->consumer == copy->consumers[0]);
    require(id_map_count(copy->consumers[0]->pending) == 500);
    require(id_map_count(clone->pending) == 500);
    require(stream_group_pending(clone, id_of(9))->delivery_count == 9);
    require(copy->entries_read == 3 && copy->last_delivered.ms == 5);
    stream_group_destroy(clone);
    stream_group_destroy(copy);
    stream_group_destroy(group);
}

Test(stream_group, a_group_is_released_in_parts) {
    enum { ENTRY_COUNT = 3000 };
    size_t start = alloc_used_bytes();
    struct stream_group *group = make_group();
    struct stream_consumer *one = stream_group_add(group, BYTES("one"), 0);
    (void)stream_group_add(group, BYTES("idle"), 0);
    for (uint64_t at = 1; at <= ENTRY_COUNT; at++) {
        assign(group, at, at % 3 == 0 ? NULL : one, 1);
    }
    size_t part_count = 0;
    while (stream_group_release_part(group)) {
        part_count++;
    }
    require(part_count > 10);
    require(id_map_count(group->pending) == 0);
    stream_group_destroy(group);
    require(alloc_used_bytes() == start);
}
