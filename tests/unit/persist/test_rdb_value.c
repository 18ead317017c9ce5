/*
 * Payloads of DUMP: the bytes of the stock server where they are known, every old encoding, and
 * what must be refused.
 */
#include "persist/rdb_value.h"

#include "base/alloc.h"
#include "persist/rdb_codec.h"
#include "types/hash_type.h"
#include "types/list_type.h"
#include "types/set_type.h"
#include "types/stream_type.h"
#include "types/string_type.h"
#include "types/value_ops.h"
#include "types/zset_type.h"
#include "unit/persist/rdb_dataset.h"

#include <string.h>

enum { FOOTER_SIZE = 10, VERSION_SIZE = 2, NEWEST_VERSION = 12 };

/* Type and value with a footer of this version. */
static sds with_footer(struct bytes body, uint16_t version) {
    sds payload = sds_append(sds_new(body), (struct bytes){(const char *)&version, VERSION_SIZE});
    uint64_t checksum = rdb_codec_checksum(0, sds_view(payload));
    return sds_append(payload, (struct bytes){(const char *)&checksum, sizeof checksum});
}

static void append_element(void *context, struct bytes first, struct bytes second) {
    sds *text = context;
    *text = sds_append(sds_append(*text, first), BYTES(" "));
    if (second.length > 0) {
        *text = sds_append(sds_append(*text, second), BYTES(" "));
    }
}

/* Restores a body and wants these elements, each with a blank behind it. */
static void check_restored(struct bytes body, const char *type, const char *elements) {
    dataset_init();
    sds payload = with_footer(body, NEWEST_VERSION);
    struct value value;
    sds kept = NULL;
    const char *problem = NULL;
    enum rdb_restore_status status = rdb_restore(sds_view(payload), &value, &kept, &problem);
    cr_assert_eq(status, RDB_RESTORE_DONE, "%s: %s", elements, problem);
    cr_assert_str_eq(value_ops_type_name((enum value_type)value.type), type);
    sds text = sds_with_capacity(0);
    value_ops_walk(&value, append_element, &text);
    require_text(sds_view(text), elements);
    value_ops_free(&value);
    sds_free(text);
    sds_free(kept);
    sds_free(payload);
}

static void check_refused(struct bytes body, const char *reason) {
    dataset_init();
    sds payload = with_footer(body, NEWEST_VERSION);
    struct value value;
    sds kept = NULL;
    const char *problem = NULL;
    cr_assert_eq(rdb_restore(sds_view(payload), &value, &kept, &problem), RDB_RESTORE_DAMAGED,
                 "not refused: %s", reason);
    cr_assert_not_null(strstr(problem, reason), "got: %s; wanted: %s", problem, reason);
    sds_free(kept);
    sds_free(payload);
}

static void check_dump(const struct value *value, struct bytes body) {
    sds wanted = with_footer(body, FOOTER_SIZE);
    sds payload = rdb_dump(value, true);
    cr_assert_eq(sds_length(payload), sds_length(wanted));
    cr_assert_eq(memcmp(payload, wanted, sds_length(wanted)), 0);
    sds_free(wanted);
    sds_free(payload);
}

Test(rdb_value, strings_are_written_in_the_shortest_form) {
    const struct {
        const char *text;
        struct bytes body;
    } rows[] = {
        {"", BYTES("\0\0")},
        {"hello", BYTES("\0\005hello")},
        {"0", BYTES("\0\300\0")},
        {"-1", BYTES("\0\300\377")},
        {"128", BYTES("\0\301\200\0")},
        {"-129", BYTES("\0\301\177\377")},
        {"32768", BYTES("\0\302\0\200\0\0")},
        {"-2147483648", BYTES("\0\302\0\0\0\200")},
        {"2147483648", BYTES("\0\0122147483648")},
        {"01", BYTES("\0\00201")},
        {"aaaaaaaaaaaaaaaaaaaa", BYTES("\0\024aaaaaaaaaaaaaaaaaaaa")},
        {"aaaaaaaaaaaaaaaaaaaaa", BYTES("\0\303\006\025\001aa\340\012\0")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct value value;
        string_value_of(bytes_of_text(rows[i].text), &value);
        check_dump(&value, rows[i].body);
    }
}

Test(rdb_value, a_payload_of_the_stock_server_is_the_same_as_ours) {
    struct value value;
    string_value_of(BYTES("hello"), &value);
    sds payload = rdb_dump(&value, true);
    require(
        bytes_equal(sds_view(payload), BYTES("\0\005hello\012\0\x63\x72\xdf\x76\x65\x34\x20\x0a")));
    sds_free(payload);
}

Test(rdb_value, a_list_is_a_row_of_nodes) {
    dataset_init();
    struct value value;
    list_type_create(&value);
    list_type_push(&value, BYTES("a"), LIST_TAIL);
    list_type_push(&value, BYTES("300"), LIST_TAIL);
    check_dump(&value, BYTES("\022\001\002\015\015\0\0\0\002\0\x81"
                             "a\002\xc1\x2c\002\377"));
    value_ops_free(&value);
}

Test(rdb_value, a_set_of_texts_is_written_for_version_10) {
    dataset_init();
    struct value value;
    set_type_create_empty(&value);
    (void)set_type_add(&value, BYTES("x"));
    check_dump(&value, BYTES("\002\001\001x"));
    value_ops_free(&value);
}

Test(rdb_value, every_form_of_a_list_is_read) {
    check_restored(BYTES("\001\002\001a\300\005"), "list", "a 5 ");
    check_restored(BYTES("\012\100\165\x75\0\0\0\x2b\0\0\0\x08\0\0\xf3\002\001a\003\xfe\x80\003"
                         "\xc0\x2c\001\004\xf0\001\0\x80\005\xd0\x15\xcd\x5b\x07\006\xe0\xfb\xff"
                         "\xff\xff\xff\xff\xff\xff\x0a\x40\x46"
                         "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
                         "\377"),
                   "list",
                   "2 a -128 300 -8388607 123456789 -5 "
                   "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq ");
    check_restored(BYTES("\016\001\016\016\0\0\0\012\0\0\0\001\0\0\001a\377"), "list", "a ");
    check_restored(BYTES("\022\002\002\012\012\0\0\0\001\0\x81"
                         "a\002\377\001\002bc"),
                   "list", "a bc ");
}

Test(rdb_value, every_form_of_a_set_is_read) {
    check_restored(BYTES("\002\001\001x"), "set", "x ");
    check_restored(BYTES("\013\016\002\0\0\0\003\0\0\0\001\0\002\0\x2c\001"), "set", "1 2 300 ");
    check_restored(BYTES("\024\012\012\0\0\0\001\0\x81"
                         "a\002\377"),
                   "set", "a ");
}

Test(rdb_value, every_form_of_a_hash_is_read) {
    check_restored(BYTES("\004\001\001f\001v"), "hash", "f v ");
    check_restored(BYTES("\011\032\002\003foo\003\0bar\005hello\005\002world\0\0\377"), "hash",
                   "foo bar hello world ");
    check_restored(BYTES("\015\021\021\0\0\0\015\0\0\0\002\0\0\001f\003\001v\377"), "hash", "f v ");
    check_restored(BYTES("\020\015\015\0\0\0\002\0\x81"
                         "f\002\x81v\002\377"),
                   "hash", "f v ");
}

Test(rdb_value, every_form_of_a_sorted_set_is_read) {
    check_restored(BYTES("\003\002\001a\0031.5\001b\376"), "zset", "a 1.5 b inf ");
    check_restored(BYTES("\005\001\001a\0\0\0\0\0\0\370\x3f"), "zset", "a 1.5 ");
    check_restored(BYTES("\014\020\020\0\0\0\015\0\0\0\002\0\0\001a\003\xf3\377"), "zset", "a 2 ");
    check_restored(BYTES("\021\014\014\0\0\0\002\0\x81"
                         "a\002\005\001\377"),
                   "zset", "a 5 ");
}

Test(rdb_value, every_form_of_field_deadlines_is_read) {
    check_restored(BYTES("\026\002\201\0\0\001\321\251J\x1c\x18\001f\001v\0\001g\001w"), "hash",
                   "f v g w ");
    check_restored(BYTES("\x19\x18\x1c\x4a\xa9\xd1\x01\0\0\x1e\x1e\0\0\0\x06\0\x81\x66\x02\x81\x76"
                         "\x02\xf4\x18\x1c\x4a\xa9\xd1\x01\0\0\x09\x81\x67\x02\x0a\x01\0\x01\xff"),
                   "hash", "f v g 10 ");
    check_restored(BYTES("\x18\x18\x1c\x4a\xa9\xd1\x01\0\0\x02\x41\xf5\001g\xc0\x0a\001\001f\001v"),
                   "hash", "f v g 10 ");
}

/* A listpack of one field and its deadline: the element, ten bytes with its end. */
#define DUE_FIELD(element)                                                                         \
    "\x19\0\0\0\0\0\0\0\0\x17\x17\0\0\0\x03\0\x81"                                                 \
    "f\002\x81v\002" element "\377"

Test(rdb_value, a_field_of_a_listpack_has_no_impossible_deadline) {
    static const char reason[] = "wrong form";
    check_restored(BYTES(DUE_FIELD("\xf4\xff\xff\xff\xff\xff\xff\0\0\011")), "hash", "f v ");
    check_refused(BYTES(DUE_FIELD("\xf4\0\0\0\0\0\0\001\0\011")), reason);
    check_refused(BYTES(DUE_FIELD("\xf4\xff\xff\xff\xff\xff\xff\xff\xff\011")), reason);
    check_refused(BYTES(DUE_FIELD("\x88"
                                  "tomorrow\011")),
                  reason);
}

/* ---- Streams ---- */

/*
 * A node with 1-1 {f v}, 1-2 {f w}, which is deleted, and 5-0 {g 1 h 2}; then what the forms have
 * in common: a pending entry 1-1, at 1700000000000 and once; a consumer with it; that time.
 */
#define STREAM_NODE                                                                                \
    "\001\020\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\001\075\075\000\000"     \
    "\000\030\000\002\001\001\001\001\001\201\146\002\000\001\002\001\000\001\000\001\201\166"     \
    "\002\004\001\003\001\000\001\001\001\201\167\002\004\001\000\001\004\001\337\377\002\002"     \
    "\001\201\147\002\001\001\201\150\002\002\001\010\001\377"
#define STREAM_ID "\0\0\0\0\0\0\0\001\0\0\0\0\0\0\0\001"
#define STREAM_TIME "\000\150\345\317\213\001\000\000"
#define STREAM_PENDING "\001" STREAM_ID STREAM_TIME "\001"
#define STREAM_OWN "\001" STREAM_ID
#define STREAM_TOTALS                                                                              \
    "\002\005\0"                                                                                   \
    "\001\001"                                                                                     \
    "\001\002"                                                                                     \
    "\003"
#define STREAM_GROUP                                                                               \
    "\001\003grp"                                                                                  \
    "\001\001"                                                                                     \
    "\201\377\377\377\377\377\377\377\377"
#define STREAM_15                                                                                  \
    "\017" STREAM_NODE "\002\005\0"                                                                \
    "\001\003grp"                                                                                  \
    "\001\001" STREAM_PENDING "\001\005alice" STREAM_TIME STREAM_OWN
#define STREAM_19                                                                                  \
    "\023" STREAM_NODE STREAM_TOTALS STREAM_GROUP STREAM_PENDING                                   \
    "\001\005alice" STREAM_TIME STREAM_OWN
#define STREAM_21                                                                                  \
    "\025" STREAM_NODE STREAM_TOTALS STREAM_GROUP STREAM_PENDING                                   \
    "\001\005alice" STREAM_TIME STREAM_TIME STREAM_OWN

static struct stream *restore_stream(struct bytes body, struct value *value) {
    dataset_init();
    sds payload = with_footer(body, NEWEST_VERSION);
    sds kept = NULL;
    const char *problem = NULL;
    enum rdb_restore_status status = rdb_restore(sds_view(payload), value, &kept, &problem);
    cr_assert_eq(status, RDB_RESTORE_DONE, "%s", problem);
    sds_free(kept);
    sds_free(payload);
    return stream_of(value);
}

static void check_example(struct bytes body, int64_t entries_read, uint64_t max_deleted_seq) {
    struct value value;
    struct stream_id first = {1, 1};
    check_restored(body, "stream", "1-1 f v 5-0 g 1 h 2 ");
    struct stream *stream = restore_stream(body, &value);
    struct stream_totals totals = stream_totals(stream);
    require(totals.length == 2 && totals.last_id.ms == 5 && totals.first_id.seq == 1);
    require(totals.max_deleted_id.seq == max_deleted_seq);
    struct stream_group *group = stream_find_group(stream, BYTES("grp"));
    require(group->entries_read == entries_read && group->last_delivered.seq == 1);
    struct stream_consumer *alice = stream_group_find(group, BYTES("alice"));
    require(alice->seen_ms == 1700000000000 && alice->active_ms == 1700000000000);
    const struct stream_pending *pending = stream_group_pending(group, first);
    require(pending->consumer == alice && pending->delivery_count == 1);
    require(pending->delivered_ms == 1700000000000);
    value_ops_free(&value);
}

Test(rdb_value, every_form_of_a_stream_is_read) {
    check_example(BYTES(STREAM_15), 1, 0);
    check_example(BYTES(STREAM_19), -1, 2);
    check_example(BYTES(STREAM_21), -1, 2);
}

Test(rdb_value, a_stream_is_written_for_version_10) {
    struct value value;
    (void)restore_stream(BYTES(STREAM_21), &value);
    check_dump(&value, BYTES(STREAM_19));
    value_ops_free(&value);
}

#define STREAM_HEAD "\023" STREAM_NODE STREAM_TOTALS

Test(rdb_value, a_stream_that_contradicts_itself_is_refused) {
    const struct {
        struct bytes body;
        const char *reason;
    } rows[] = {
        {BYTES("\023" STREAM_NODE "\003\005\0\001\001\001\002\003\0"), "counters"},
        {BYTES("\023" STREAM_NODE "\002\004\0\001\001\001\002\003\0"), "counters"},
        {BYTES("\023" STREAM_NODE "\002\005\0\001\001\001\002\001\0"), "counters"},
        {BYTES("\023" STREAM_NODE "\002\005\0\001\001\001\002\201\200\0\0\0\0\0\0\0\0"),
         "counters"},
        {BYTES(STREAM_HEAD "\002\001g\001\001\003\0\0\001g\001\001\003\0\0"), "twice"},
        {BYTES(STREAM_HEAD "\001\001g\001\001\003\0\002\001c" STREAM_TIME "\0\001c" STREAM_TIME
                           "\0"),
         "twice"},
        {BYTES(STREAM_HEAD "\001\001g\001\001\003\0\001\001c" STREAM_TIME STREAM_OWN), "pending"},
        {BYTES(STREAM_HEAD "\001\001g\001\001\003" STREAM_PENDING "\002\001c" STREAM_TIME STREAM_OWN
                           "\001d" STREAM_TIME STREAM_OWN),
         "pending"},
        {BYTES(STREAM_HEAD "\001\001g\001\001\003\002" STREAM_ID STREAM_TIME
                           "\001" STREAM_ID STREAM_TIME "\001\0"),
         "pending"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_refused(rows[i].body, rows[i].reason);
    }
}

Test(rdb_value, what_no_consumer_has_is_a_nameless_ones_in_files_and_nobodys_here) {
    const struct bytes given_back =
        BYTES(STREAM_HEAD "\001\001g\001\001\003\001" STREAM_ID "\0\0\0\0\0\0\0\0\002\002"
                          "\0\0\0\0\0\0\0\0\0" STREAM_OWN "\001c" STREAM_TIME "\0");
    const struct bytes orphaned =
        BYTES(STREAM_HEAD "\001\001g\001\001\003\001" STREAM_ID STREAM_TIME "\002\001"
                          "\001c" STREAM_TIME "\0");
    struct value value;
    struct stream *stream = restore_stream(given_back, &value);
    struct stream_group *group = stream_find_group(stream, BYTES("g"));
    require(group->nacked_count == 1 && group->consumer_count == 1);
    check_dump(&value, given_back);
    value_ops_free(&value);
    stream = restore_stream(orphaned, &value);
    require(stream_find_group(stream, BYTES("g"))->nacked_count == 1);
    check_dump(&value, given_back);
    value_ops_free(&value);
}

Test(rdb_value, times_and_counters_of_streams_that_no_server_writes_are_brought_into_range) {
#define EARLIEST "\0\0\0\0\0\0\0\200"
    const struct bytes body = BYTES("\025" STREAM_NODE STREAM_TOTALS "\001\001g\001\001"
                                    "\201\200\0\0\0\0\0\0\0\001" STREAM_ID EARLIEST
                                    "\001\001\001c" EARLIEST EARLIEST STREAM_OWN);
    struct value value;
    struct stream *stream = restore_stream(body, &value);
    const struct stream_group *group = stream_find_group(stream, BYTES("g"));
    require(group->entries_read == STREAM_ENTRIES_READ_UNKNOWN);
    require(group->consumers[0]->seen_ms == 0);
    require(group->consumers[0]->active_ms == STREAM_NEVER_ACTIVE);
    require(stream_group_pending(group, (struct stream_id){1, 1})->delivered_ms == 0);
    value_ops_free(&value);
}

/* Whatever byte is changed, the payload is refused or makes a stream that can be dumped again. */
Test(rdb_value, a_damaged_stream_is_refused_or_sound) {
    static const uint8_t changes[] = {0x01, 0x02, 0x10, 0x40, 0x80, 0xff};
    static const char body[] = STREAM_19;
    size_t refused_count = 0;
    dataset_init();
    for (size_t at = 1; at < sizeof body - 1; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            struct value value;
            sds kept = NULL;
            const char *problem = NULL;
            char changed[sizeof body - 1];
            memcpy(changed, body, sizeof changed);
            changed[at] = (char)(changed[at] ^ changes[i]);
            sds payload = with_footer((struct bytes){changed, sizeof changed}, NEWEST_VERSION);
            bool is_done =
                rdb_restore(sds_view(payload), &value, &kept, &problem) == RDB_RESTORE_DONE;
            refused_count += !is_done;
            if (is_done) {
                sds again = rdb_dump(&value, true);
                struct value second;
                sds kept_too = NULL;
                require(rdb_restore(sds_view(again), &second, &kept_too, &problem) ==
                        RDB_RESTORE_DONE);
                require(value_ops_length(&second) == value_ops_length(&value));
                value_ops_free(&second);
                value_ops_free(&value);
                sds_free(kept_too);
                sds_free(again);
            }
            sds_free(kept);
            sds_free(payload);
        }
    }
    require(refused_count > sizeof body);
}

Test(rdb_value, what_is_there_twice_is_refused) {
    check_refused(BYTES("\002\002\001x\001x"), "twice");
    check_refused(BYTES("\004\002\001f\001v\001f\001w"), "twice");
    check_refused(BYTES("\005\002\001a\0\0\0\0\0\0\370\x3f\001a\0\0\0\0\0\0\370\x3f"), "twice");
    check_refused(BYTES("\013\014\002\0\0\0\002\0\0\0\001\0\001\0"), "");
    check_refused(BYTES("\020\023\023\0\0\0\004\0\x81"
                        "f\002\x81v\002\x81"
                        "f\002\x81v\002\377"),
                  "twice");
}

Test(rdb_value, what_is_empty_or_odd_is_refused) {
    check_refused(BYTES("\001\0"), "empty");
    check_refused(BYTES("\002\0"), "empty");
    check_refused(BYTES("\004\0"), "empty");
    check_refused(BYTES("\005\0"), "empty");
    check_refused(BYTES("\020\007\007\0\0\0\0\0\377"), "empty");
    check_refused(BYTES("\020\012\012\0\0\0\001\0\x81"
                        "f\002\377"),
                  "");
    check_refused(BYTES("\021\016\016\0\0\0\002\0\x81"
                        "a\002\x81"
                        "b\002\377"),
                  "");
}

Test(rdb_value, impossible_scores_are_refused) {
    check_refused(BYTES("\003\001\001a\375"), "score");
    check_refused(BYTES("\003\001\001a\003x.5"), "score");
    check_refused(BYTES("\005\001\001a\0\0\0\0\0\0\370\177"), "score");
}

Test(rdb_value, compressed_strings_that_cannot_be_are_refused) {
    check_refused(BYTES("\0\303\006\025\001aa\340\012\377"), "cannot be expanded");
    check_refused(BYTES("\0\303\006\026\001aa\340\012\0"), "cannot be expanded");
    check_refused(BYTES("\0\303\002\200\077\377\377\377aa"), "impossible length");
}

Test(rdb_value, footers_are_checked) {
    struct bytes body = BYTES("\0\005hello");
    struct value value;
    sds kept;
    const char *problem;
    static const uint16_t taken[] = {0, 1, 10, 12};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        sds payload = with_footer(body, taken[i]);
        cr_expect_eq(rdb_restore(sds_view(payload), &value, &kept, &problem), RDB_RESTORE_DONE);
        sds_free(kept);
        payload[sds_length(payload) - 1] ^= 1;
        cr_expect_eq(rdb_restore(sds_view(payload), &value, &kept, &problem),
                     RDB_RESTORE_WRONG_FOOTER);
        sds_free(payload);
    }
    sds newer = with_footer(body, NEWEST_VERSION + 1);
    cr_expect_eq(rdb_restore(sds_view(newer), &value, &kept, &problem), RDB_RESTORE_WRONG_FOOTER);
    cr_expect_eq(rdb_restore(BYTES("123456789"), &value, &kept, &problem),
                 RDB_RESTORE_WRONG_FOOTER);
    sds_free(newer);
}

static void check_cuts(void *context, const struct open_key *key) {
    (void)context;
    sds payload = rdb_dump(&key->value, true);
    size_t size = sds_length(payload) - FOOTER_SIZE;
    for (size_t length = 0; length < size; length++) {
        sds cut = with_footer((struct bytes){payload, length}, 1);
        struct value value;
        sds kept;
        const char *problem;
        require(rdb_restore(sds_view(cut), &value, &kept, &problem) == RDB_RESTORE_DAMAGED);
        require(kept == NULL);
        sds_free(cut);
    }
    sds_free(payload);
}

Test(rdb_value, a_value_cut_anywhere_is_refused) {
    struct keyspace *keyspace = dataset_create(1);
    for (size_t i = 0; i < DATASET_DATABASES; i++) {
        uint64_t cursor = 0;
        do {
            cursor = keyspace_scan(keyspace_database(keyspace, i), cursor, check_cuts, NULL);
        } while (cursor != 0);
    }
    keyspace_destroy(keyspace);
}

/* A payload that is longer than what is read of it: what it says is judged before it is read. */
static void check_too_long(struct bytes start, const char *reason) {
    static const size_t five_gb = (size_t)5 << 30;
    dataset_init();
    struct value value;
    sds kept = NULL;
    const char *problem = NULL;
    size_t before = alloc_used_bytes();
    enum rdb_restore_status status =
        rdb_restore_unsummed((struct bytes){start.data, five_gb}, &value, &kept, &problem);
    cr_assert_eq(status, RDB_RESTORE_DAMAGED);
    cr_assert_str_eq(problem, reason);
    cr_assert_eq(alloc_used_bytes(), before);
}

Test(rdb_value, names_and_elements_of_four_gigabytes_are_refused) {
    static const char reason[] = "a name or an element is longer than 4294967295 bytes";
#define FOUR_GB "\201\0\0\0\1\0\0\0\0"
    check_too_long(BYTES("\001\001" FOUR_GB), reason);
    check_too_long(BYTES("\002\001" FOUR_GB), reason);
    check_too_long(BYTES("\003\001" FOUR_GB), reason);
    check_too_long(BYTES("\004\001" FOUR_GB), reason);
    check_too_long(BYTES("\004\001\001a" FOUR_GB), reason);
    check_too_long(BYTES("\005\001" FOUR_GB), reason);
    check_too_long(BYTES("\016\001" FOUR_GB), reason);
    check_too_long(BYTES("\017\001" FOUR_GB), reason);
    static const char block_reason[] = "a block is larger than blocks may be";
    check_too_long(BYTES("\020" FOUR_GB), block_reason);
    check_too_long(BYTES("\021\200\100\0\0\1"), block_reason);
    check_too_long(BYTES("\022\001\002" FOUR_GB), block_reason);
    check_too_long(BYTES("\024\200\100\0\0\1"), block_reason);
    static const char packed_reason[] = "a compressed string has an impossible length";
    check_too_long(BYTES("\0\303\200\4\0\0\0" FOUR_GB), packed_reason);
    check_too_long(BYTES("\0\303\012\200\377\377\377\377"), packed_reason);
}
