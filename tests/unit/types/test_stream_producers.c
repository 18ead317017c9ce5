/*
 * What producers have sent, against a list of it.
 */
#include "types/stream_producers.h"

#include "base/text.h"
#include "support/unit.h"

enum { SECONDS = 10, MOST = 5, STEPS = 4000, PRODUCERS = 4, NAMES = 12, MS = 1000 };

static struct stream_producers *create(void) {
    struct stream_producers *producers = stream_producers_create();
    stream_producers_configure(producers, &(struct stream_producer_limits){SECONDS, MOST});
    return producers;
}

static struct stream_message message(const char *producer, const char *name) {
    return (struct stream_message){bytes_of_text(producer), bytes_of_text(name)};
}

static void add(struct stream_producers *producers, const char *producer, const char *name,
                uint64_t ms) {
    struct stream_record record = {message(producer, name), {ms, 0}};
    stream_producers_add(producers, &record, (int64_t)ms, (int64_t)ms);
}

/* The ms of the entry, 0 when the message is not known. */
static uint64_t known(struct stream_producers *producers, const char *producer, const char *name,
                      int64_t now_ms) {
    struct stream_message wanted = message(producer, name);
    struct stream_id id;
    return stream_producers_find(producers, &wanted, now_ms, &id) ? id.ms : 0;
}

static size_t record_count(const struct stream_producers *producers) {
    return stream_producers_figures(producers).record_count;
}

Test(stream_producers, a_message_is_known_by_its_producer_and_name) {
    struct stream_producers *producers = create();
    add(producers, "ab", "c", 5);
    require(known(producers, "ab", "c", 5) == 5);
    require(known(producers, "a", "bc", 5) == 0);
    require(known(producers, "ab", "d", 5) == 0);
    require(known(producers, "c", "ab", 5) == 0);
    struct stream_producer_figures figures = stream_producers_figures(producers);
    require(figures.added == 1 && figures.repeats == 1);
    require(figures.producer_count == 1 && figures.record_count == 1);
    stream_producers_destroy(producers);
}

Test(stream_producers, a_record_is_kept_for_so_many_seconds) {
    struct stream_producers *producers = create();
    add(producers, "p", "a", 1000);
    require(known(producers, "p", "a", 1000 + SECONDS * MS) == 1000);
    require(known(producers, "p", "a", 1001 + SECONDS * MS) == 0);
    require(record_count(producers) == 1);
    add(producers, "q", "b", 1001 + SECONDS * MS); /* pushes out what is too old */
    require(record_count(producers) == 1);
    require(stream_producers_figures(producers).producer_count == 1);
    stream_producers_destroy(producers);
}

Test(stream_producers, of_each_producer_the_oldest_goes_for_a_new_one) {
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    struct stream_producers *producers = create();
    add(producers, "other", "a", 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        add(producers, "p", names[i], 10 + i);
    }
    require(known(producers, "p", "a", 20) == 0);
    require(known(producers, "p", "b", 20) == 11);
    require(known(producers, "p", "f", 20) == 15);
    require(known(producers, "other", "a", 20) == 1);
    require(record_count(producers) == MOST + 1);
    stream_producers_destroy(producers);
}

Test(stream_producers, one_record_a_producer_is_the_least) {
    struct stream_producers *producers = create();
    stream_producers_configure(producers, &(struct stream_producer_limits){SECONDS, 1});
    add(producers, "p", "a", 1);
    add(producers, "p", "b", 2);
    require(known(producers, "p", "a", 2) == 0 && known(producers, "p", "b", 2) == 2);
    require(record_count(producers) == 1);
    stream_producers_destroy(producers);
}

Test(stream_producers, limits_that_are_not_set_are_those_that_are_configured) {
    struct stream_producers *producers = stream_producers_create();
    struct stream_producer_limits limits = stream_producers_limits(producers);
    require(limits.seconds == 0 && limits.record_count == 0);
    limits = stream_producers_in_force(producers);
    require(limits.seconds == 100 && limits.record_count == 100);
    add(producers, "p", "a", 1);
    stream_producers_configure(producers, &(struct stream_producer_limits){7, 0});
    limits = stream_producers_in_force(producers);
    require(limits.seconds == 7 && limits.record_count == 100);
    require(record_count(producers) == 0 && known(producers, "p", "a", 1) == 0);
    stream_producers_destroy(producers);
}

Test(stream_producers, what_is_restored_was_sent_when_its_id_says) {
    struct stream_producers *producers = create();
    int64_t now_ms = 100 * MS;
    struct stream_record old = {message("p", "old"), {(uint64_t)now_ms - SECONDS * MS - 1, 0}};
    struct stream_record fresh = {message("p", "fresh"), {(uint64_t)now_ms - SECONDS * MS, 0}};
    struct stream_record ahead = {message("p", "ahead"), {UINT64_MAX, 3}};
    stream_producers_restore(producers, &old, now_ms);
    stream_producers_restore(producers, &fresh, now_ms);
    stream_producers_restore(producers, &ahead, now_ms);
    require(record_count(producers) == 2);
    require(known(producers, "p", "fresh", now_ms) == fresh.id.ms);
    require(known(producers, "p", "fresh", now_ms + 1) == 0);
    require(known(producers, "p", "ahead", now_ms + SECONDS * MS) == UINT64_MAX);
    require(known(producers, "p", "ahead", now_ms + SECONDS * MS + 1) == 0);
    stream_producers_destroy(producers);
}

Test(stream_producers, a_clone_stays_as_it_was) {
    struct stream_producers *producers = create();
    add(producers, "p", "a", 1);
    add(producers, "p", "b", 2);
    struct stream_producers *clone = stream_producers_clone(producers);
    for (uint64_t ms = 3; ms < 300; ms++) {
        char name[TEXT_INT64_MAX_SIZE + 1];
        name[text_print_uint64(name, ms)] = '\0';
        add(producers, "p", name, ms);
    }
    struct id_cursor at;
    require(stream_producers_first(clone, &at));
    require_text(stream_producers_at(clone, &at).message.name, "a");
    require(stream_producers_next(clone, &at));
    require_text(stream_producers_at(clone, &at).message.producer, "p");
    require(stream_producers_at(clone, &at).id.ms == 2);
    require(!stream_producers_next(clone, &at));
    stream_producers_destroy(producers);
    require(stream_producers_first(clone, &at));
    require_text(stream_producers_at(clone, &at).message.name, "a");
    stream_producers_destroy(clone);
}

/* All that is known is in a model of arrays: the ms of each message's entry, 0 for none. */
Test(stream_producers, random_work_agrees_with_a_model) {
    static const char *const producer_names[PRODUCERS] = {"p", "q", "r", "s"};
    static const char *const names[NAMES] = {"a", "b", "c", "d", "e", "f",
                                             "g", "h", "i", "j", "k", "l"};
    struct random random;
    unit_random(&random, "stream_producers");
    struct stream_producers *producers = create();
    uint64_t model[PRODUCERS][NAMES] = {{0}};
    uint64_t now_ms = 1;
    for (size_t step = 0; step < STEPS; step++) {
        size_t p = random_below(&random, PRODUCERS);
        size_t n = random_below(&random, NAMES);
        now_ms += 1 + random_below(&random, MS);
        uint64_t expected = model[p][n] + SECONDS * MS < now_ms ? 0 : model[p][n];
        require(known(producers, producer_names[p], names[n], (int64_t)now_ms) == expected);
        if (expected != 0) {
            continue;
        }
        add(producers, producer_names[p], names[n], now_ms);
        model[p][n] = 0;
        size_t count = 1;
        size_t oldest = n;
        for (size_t i = 0; i < NAMES; i++) {
            bool is_kept = model[p][i] != 0 && model[p][i] + SECONDS * MS >= now_ms;
            model[p][i] = is_kept ? model[p][i] : 0;
            count += is_kept;
            if (is_kept && (oldest == n || model[p][i] < model[p][oldest])) {
                oldest = i;
            }
        }
        if (count > MOST) {
            model[p][oldest] = 0;
        }
        model[p][n] = now_ms;
    }
    require(stream_producers_memory(producers) > 0);
    stream_producers_destroy(producers);
}
