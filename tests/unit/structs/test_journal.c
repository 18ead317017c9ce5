#include "structs/journal.h"

#include "base/alloc.h"
#include "base/random.h"
#include "support/unit.h"

#include <string.h>

static void append_request(struct journal *journal, struct bytes text, unsigned targets) {
    journal_append(journal, text, targets);
    journal_end_request(journal);
}

/* Reads once and returns the bytes as a text. */
static sds read_once(struct journal_reader *reader, uint64_t limit) {
    struct journal_vectors vectors = {0};
    journal_read(reader, limit, &vectors);
    sds text = sds_new(BYTES(""));
    size_t size = 0;
    for (size_t i = 0; i < vectors.count; i++) {
        struct iovec vector = vectors.items[i];
        text = sds_append(text, (struct bytes){vector.iov_base, vector.iov_len});
        size += vector.iov_len;
    }
    require(size == vectors.size);
    alloc_free(vectors.items);
    return text;
}

static void expect_read(struct journal *journal, struct journal_reader *reader,
                        const char *wanted) {
    sds text = read_once(reader, journal_end(journal));
    require_text(sds_view(text), wanted);
    sds_free(text);
}

Test(journal, an_empty_journal_begins_at_offset_0) {
    size_t before = alloc_used_bytes();
    struct journal *journal = journal_create();
    cr_assert_eq(journal_start(journal), 0);
    cr_assert_eq(journal_end(journal), 0);
    struct journal_reader *reader = journal_reader_open(journal, JOURNAL_FILE);
    expect_read(journal, reader, "");
    journal_reader_close(reader);
    journal_reader_close(NULL);
    journal_destroy(journal);
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(journal, a_reader_begins_where_it_was_opened_and_gets_its_own_bytes) {
    struct journal *journal = journal_create();
    append_request(journal, BYTES("before "), JOURNAL_EVERYBODY);
    struct journal_reader *file = journal_reader_open(journal, JOURNAL_FILE);
    struct journal_reader *replicas = journal_reader_open(journal, JOURNAL_REPLICAS);
    append_request(journal, BYTES("both "), JOURNAL_EVERYBODY);
    append_request(journal, BYTES("#annotation "), JOURNAL_FILE);
    append_request(journal, BYTES("publish "), JOURNAL_REPLICAS);
    append_request(journal, BYTES("end"), JOURNAL_EVERYBODY);
    expect_read(journal, file, "both #annotation end");
    expect_read(journal, file, "");
    expect_read(journal, replicas, "both publish end");
    cr_assert_eq(journal_reader_position(file), journal_end(journal));
    cr_assert_eq(journal_end(journal), 7 + 5 + 12 + 8 + 3);
    journal_reader_close(file);
    journal_reader_close(replicas);
    journal_destroy(journal);
}

Test(journal, reading_may_advance_over_bytes_that_are_for_others) {
    struct journal *journal = journal_create();
    struct journal_reader *file = journal_reader_open(journal, JOURNAL_FILE);
    append_request(journal, BYTES("publish"), JOURNAL_REPLICAS);
    expect_read(journal, file, "");
    cr_assert_eq(journal_reader_position(file), 7);
    journal_reader_close(file);
    journal_destroy(journal);
}

Test(journal, a_request_of_many_records_is_not_cut) {
    struct journal *journal = journal_create();
    struct journal_reader *reader = journal_reader_open(journal, JOURNAL_FILE);
    journal_append(journal, BYTES("MULTI "), JOURNAL_EVERYBODY);
    journal_append(journal, BYTES("SET "), JOURNAL_EVERYBODY);
    journal_append(journal, BYTES("EXEC"), JOURNAL_EVERYBODY);
    journal_end_request(journal);
    uint64_t first_end = journal_end(journal);
    append_request(journal, BYTES(" next"), JOURNAL_EVERYBODY);
    sds text = read_once(reader, first_end);
    require_text(sds_view(text), "MULTI SET EXEC");
    sds_free(text);
    expect_read(journal, reader, " next");
    journal_reader_close(reader);
    journal_destroy(journal);
}

Test(journal, a_reserved_record_may_turn_out_shorter) {
    struct journal *journal = journal_create();
    struct journal_reader *reader = journal_reader_open(journal, JOURNAL_FILE);
    char *place = journal_reserve(journal, 1000);
    memcpy(place, "short", 5);
    journal_commit(journal, 5, JOURNAL_EVERYBODY);
    place = journal_reserve(journal, 10);
    journal_commit(journal, 0, JOURNAL_EVERYBODY);
    journal_end_request(journal);
    expect_read(journal, reader, "short");
    journal_reader_close(reader);
    journal_destroy(journal);
}

Test(journal, bytes_are_kept_until_every_reader_released_them) {
    enum { REQUESTS = 3000, SIZE = 1000 };
    struct journal *journal = journal_create();
    struct journal_reader *first = journal_reader_open(journal, JOURNAL_FILE);
    struct journal_reader *second = journal_reader_open(journal, JOURNAL_REPLICAS);
    size_t empty = journal_memory(journal);
    char record[SIZE];
    memset(record, 'r', SIZE);
    for (size_t i = 0; i < REQUESTS; i++) {
        append_request(journal, (struct bytes){record, SIZE}, JOURNAL_EVERYBODY);
    }
    cr_assert_geq(journal_memory(journal), (size_t)REQUESTS * SIZE);
    struct journal_reader *readers[] = {first, second};
    for (size_t i = 0; i < 2; i++) {
        while (journal_reader_position(readers[i]) < journal_end(journal)) {
            sds_free(read_once(readers[i], journal_end(journal)));
        }
    }
    journal_reader_release(first, journal_end(journal));
    cr_assert_eq(journal_reader_released(first), journal_end(journal));
    cr_assert_eq(journal_reader_released(second), 0);
    cr_assert_geq(journal_memory(journal), (size_t)REQUESTS * SIZE);
    journal_reader_release(second, (uint64_t)REQUESTS * SIZE / 2);
    cr_assert_lt(journal_memory(journal), (size_t)REQUESTS * SIZE * 3 / 4);
    cr_assert_gt(journal_start(journal), 0);
    journal_reader_close(second);
    cr_assert_lt(journal_memory(journal), empty + 1024 * 1024);
    journal_reader_close(first);
    journal_destroy(journal);
}

Test(journal, without_readers_nothing_piles_up) {
    struct journal *journal = journal_create();
    char record[10000];
    memset(record, 'r', sizeof record);
    for (size_t i = 0; i < 2000; i++) {
        append_request(journal, (struct bytes){record, sizeof record}, JOURNAL_EVERYBODY);
    }
    cr_assert_eq(journal_end(journal), 2000 * sizeof record);
    cr_assert_lt(journal_memory(journal), 4 * 1024 * 1024);
    journal_destroy(journal);
}

Test(journal, addresses_stay_good_while_more_is_appended) {
    struct journal *journal = journal_create();
    struct journal_reader *reader = journal_reader_open(journal, JOURNAL_FILE);
    append_request(journal, BYTES("first"), JOURNAL_EVERYBODY);
    struct journal_vectors vectors = {0};
    journal_read(reader, journal_end(journal), &vectors);
    char record[5000];
    memset(record, 'r', sizeof record);
    for (size_t i = 0; i < 500; i++) {
        append_request(journal, (struct bytes){record, sizeof record}, JOURNAL_EVERYBODY);
    }
    cr_assert_eq(vectors.count, 1);
    cr_assert_eq(memcmp(vectors.items[0].iov_base, "first", 5), 0);
    alloc_free(vectors.items);
    journal_reader_close(reader);
    journal_destroy(journal);
}

Test(journal, a_reader_that_goes_back_reads_the_same_again) {
    struct journal *journal = journal_create();
    struct journal_reader *reader = journal_reader_open(journal, JOURNAL_FILE);
    append_request(journal, BYTES("one "), JOURNAL_EVERYBODY);
    append_request(journal, BYTES("two "), JOURNAL_REPLICAS);
    uint64_t middle = journal_end(journal);
    append_request(journal, BYTES("three "), JOURNAL_EVERYBODY);
    expect_read(journal, reader, "one three ");
    journal_reader_rewind(reader, 0);
    expect_read(journal, reader, "one three ");
    journal_reader_release(reader, middle);
    journal_reader_rewind(reader, middle);
    cr_assert_eq(journal_reader_position(reader), middle);
    expect_read(journal, reader, "three ");
    journal_reader_close(reader);
    journal_destroy(journal);
}

/* ---- Against a model: each reader's bytes as one text ---- */

enum { READERS = 3 };

struct read_model {
    struct journal_reader *reader;
    unsigned target;
    sds wanted;       /* what it is to get from where it was opened on */
    size_t got_count; /* bytes of it that came */
};

static void read_some(struct random *random, struct journal *journal, struct read_model *model,
                      uint64_t limit) {
    sds text = read_once(model->reader, limit);
    size_t rest = sds_length(model->wanted) - model->got_count;
    require(sds_length(text) <= rest);
    require(memcmp(text, model->wanted + model->got_count, sds_length(text)) == 0);
    model->got_count += sds_length(text);
    sds_free(text);
    require(journal_reader_position(model->reader) <= journal_end(journal));
    if (random_below(random, 3) == 0) {
        journal_reader_release(model->reader, journal_reader_position(model->reader));
    }
}

static void append_random(struct random *random, struct journal *journal,
                          struct read_model models[READERS]) {
    char record[3000];
    for (size_t left = 1 + random_below(random, 3); left > 0; left--) {
        size_t size = random_below(random, random_below(random, 10) == 0 ? sizeof record : 60);
        unit_random_bytes(random, record, size, 0);
        unsigned targets = 1 + (unsigned)random_below(random, JOURNAL_EVERYBODY);
        struct bytes source = {record, size};
        if (random_below(random, 500) == 0) {
            sds large = sds_uninitialized(600000);
            memset(large, 'L', 600000);
            journal_append(journal, sds_view(large), targets);
            for (size_t i = 0; i < READERS; i++) {
                if ((models[i].target & targets) != 0) {
                    models[i].wanted = sds_append(models[i].wanted, sds_view(large));
                }
            }
            sds_free(large);
        }
        journal_append(journal, source, targets);
        for (size_t i = 0; i < READERS; i++) {
            if ((models[i].target & targets) != 0) {
                models[i].wanted = sds_append(models[i].wanted, source);
            }
        }
    }
    journal_end_request(journal);
}

Test(journal, random_use_gives_each_reader_its_bytes_once_and_in_order) {
    struct random random;
    unit_random(&random, "journal");
    size_t before = alloc_used_bytes();
    struct journal *journal = journal_create();
    struct read_model models[READERS];
    for (size_t i = 0; i < READERS; i++) {
        unsigned target = i == 0 ? JOURNAL_REPLICAS : JOURNAL_FILE;
        models[i] = (struct read_model){journal_reader_open(journal, target), target,
                                        sds_new(BYTES("")), 0};
    }
    uint64_t limit = 0;
    for (size_t step = 0; step < 6000; step++) {
        append_random(&random, journal, models);
        if (random_below(&random, 4) == 0) {
            limit = journal_end(journal);
        }
        size_t index = random_below(&random, READERS);
        if (random_below(&random, 5) == 0 &&
            journal_reader_position(models[index].reader) <= limit) {
            read_some(&random, journal, &models[index], limit);
        }
    }
    for (size_t i = 0; i < READERS; i++) {
        while (journal_reader_position(models[i].reader) < journal_end(journal)) {
            read_some(&random, journal, &models[i], journal_end(journal));
        }
        require(models[i].got_count == sds_length(models[i].wanted));
        journal_reader_close(models[i].reader);
        sds_free(models[i].wanted);
    }
    journal_destroy(journal);
    cr_assert_eq(alloc_used_bytes(), before);
}
