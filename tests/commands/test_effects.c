/*
 * What each command hands to those who record effects, and which events it tells, in their order:
 * what replicas, the log and listeners are to see.
 */
#include "support/check.h"

#include <ctype.h>
#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start_effect(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(effects, .init = start, .fini = stop);

struct row {
    const char *script;
    const char *effects;
    const char *events; /* "event key", with " (db N)" outside of database 0 */
};

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* Appends an item behind a separator. Moments in milliseconds become <ms>, tokens of locks
 * <token>. */
static void append_item(struct buffer *list, const char *text, size_t size) {
    enum { MOMENT_DIGITS = 13, TOKEN_DIGITS = 16 };
    buffer_append_text(list, list->size == 0 ? "" : " ; ");
    for (size_t i = 0; i < size;) {
        size_t digit_count = 0;
        while (i + digit_count < size && isdigit((unsigned char)text[i + digit_count])) {
            digit_count++;
        }
        if (digit_count == TOKEN_DIGITS) {
            buffer_append_text(list, "<token>");
        } else if (digit_count == MOMENT_DIGITS) {
            buffer_append_text(list, "<ms>");
        } else {
            buffer_append(list, text + i, digit_count == 0 ? 1 : digit_count);
        }
        i += digit_count == 0 ? 1 : digit_count;
    }
}

/* Appends "event key" of a line "event DATABASE EVENT KEY". */
static void append_event(struct buffer *list, const char *line, size_t size) {
    struct buffer text = {0};
    const char *name = line + strlen("event 0 ");
    buffer_append(&text, name, size - strlen("event 0 "));
    if (line[strlen("event ")] != '0') {
        buffer_append_format(&text, " (db %c)", line[strlen("event ")]);
    }
    append_item(list, buffer_text(&text), text.size);
    buffer_release(&text);
}

/* Gathers what the server printed behind the FLUSHALL with which the script began. */
static void gather(const char *log, struct buffer *effects, struct buffer *events) {
    bool has_begun = false;
    for (const char *line = log; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t size = strcspn(line, "\n");
        if (!has_begun) {
            has_begun = starts_with(line, "effect 0 FLUSHALL\n");
        } else if (starts_with(line, "event ")) {
            append_event(events, line, size);
        } else if (starts_with(line, "effect ") && !starts_with(line, "effect 0 SELECT 0\n")) {
            append_item(effects, line + strlen("effect 0 "), size - strlen("effect 0 "));
        }
        if (line[size] == '\0') {
            break;
        }
    }
}

static size_t log_size(void) {
    struct buffer log = test_server_log(server);
    size_t size = log.size;
    buffer_release(&log);
    return size;
}

static void check_row(const struct row *row, const char *const expected[]) {
    size_t start_size = log_size();
    char *difference = script_run(server, row->script, expected);
    cr_assert_null(difference, "%s", difference);
    struct buffer log = test_server_log(server);
    struct buffer effects = {0};
    struct buffer events = {0};
    gather(buffer_text(&log) + start_size, &effects, &events);
    cr_expect_str_eq(buffer_text(&effects), row->effects, "%s: effects %s, wanted %s", row->script,
                     buffer_text(&effects), row->effects);
    cr_expect_str_eq(buffer_text(&events), row->events, "%s: events %s, wanted %s", row->script,
                     buffer_text(&events), row->events);
    buffer_release(&effects);
    buffer_release(&events);
    buffer_release(&log);
}

static void check_rows(const struct row *rows, size_t count) {
    static const char *const anything[] = {"(last)", NULL};
    for (size_t i = 0; i < count; i++) {
        check_row(&rows[i], anything);
    }
}

#define CHECK_ROWS(rows) check_rows((rows), sizeof(rows) / sizeof(rows)[0])

static const struct row strings[] = {
    {"SET k v", "SET k v", "new k ; set k"},
    {"SET k v EX 100", "SET k v PXAT <ms>", "new k ; set k ; expire k"},
    {"SET k v PX 100000", "SET k v PXAT <ms>", "new k ; set k ; expire k"},
    {"SET k v EXAT 99999999999", "SET k v PXAT 99999999999000", "new k ; set k ; expire k"},
    {"SET k v NX", "SET k v NX", "new k ; set k"},
    {"SET k v ; SET k w NX", "SET k v", "new k ; set k"},
    {"SET k v ; SET k v GET", "SET k v ; SET k v", "new k ; set k ; set k"},
    {"SETEX k 100 v", "SET k v PXAT <ms>", "new k ; set k ; expire k"},
    {"PSETEX k 100000 v", "SET k v PXAT <ms>", "new k ; set k ; expire k"},
    {"SETNX k v", "SETNX k v", "new k ; set k"},
    {"GETSET k v", "SET k v", "keymiss k ; new k ; set k"},
    {"SET k v ; GETDEL k", "SET k v ; DEL k", "new k ; set k ; del k"},
    {"SET k v ; GETEX k EX 100", "SET k v ; PEXPIREAT k <ms>", "new k ; set k ; expire k"},
    {"SET k v ; GETEX k EXAT 1", "SET k v ; DEL k", "new k ; set k ; del k"},
    {"SET k v ; GETEX k", "SET k v", "new k ; set k"},
    {"INCR k", "INCR k", "new k ; incrby k"},
    {"INCRBY k 5", "INCRBY k 5", "new k ; incrby k"},
    {"DECR k", "DECR k", "new k ; incrby k"},
    {"INCRBYFLOAT k 1.5", "SET k 1.5 KEEPTTL", "new k ; incrbyfloat k"},
    {"SET k 1 EX 100 ; INCRBYFLOAT k 1.5", "SET k 1 PXAT <ms> ; SET k 2.5 KEEPTTL",
     "new k ; set k ; expire k ; incrbyfloat k"},
    {"APPEND k x", "APPEND k x", "new k ; append k"},
    {"SETRANGE k 0 abc", "SETRANGE k 0 abc", "new k ; setrange k"},
    {"MSET a 1 b 2", "MSET a 1 b 2", "new a ; set a ; new b ; set b"},
    {"MSETNX a 1 b 2", "MSETNX a 1 b 2", "new a ; set a ; new b ; set b"},
    {"SETBIT b 0 1", "SETBIT b 0 1", "new b ; setbit b"},
    {"BITFIELD b SET u8 0 1", "BITFIELD b SET u8 0 1", "new b ; setbit b"},
    {"BITFIELD b GET u8 0", "", "keymiss b"},
    {"SETBIT k 1 1 ; SETBIT k 1 1", "SETBIT k 1 1", "new k ; setbit k"},
    {"SETBIT k 1 1 ; BITFIELD k SET u1 1 1", "SETBIT k 1 1", "new k ; setbit k"},
    {"BITFIELD k OVERFLOW FAIL INCRBY u8 0 300", "BITFIELD k OVERFLOW FAIL INCRBY u8 0 300",
     "new k ; setbit k"},
    {"SET a abc ; BITOP NOT d a", "SET a abc ; BITOP NOT d a", "new a ; set a ; new d ; set d"},
    {"SET d v ; BITOP NOT d nokey", "SET d v ; BITOP NOT d nokey",
     "new d ; set d ; keymiss nokey ; del d"},
    {"SET k v ; APPEND k \"\"", "SET k v ; APPEND k ", "new k ; set k ; append k"},
    {"SET k v ; GETEX k PXAT 99999999999000", "SET k v ; PEXPIREAT k 99999999999000",
     "new k ; set k ; expire k"},
    {"RPUSH l a ; LCS l nokey", "RPUSH l a", "new l ; rpush l ; keymiss nokey"},
    {"DECRBY k 5", "DECRBY k 5", "new k ; incrby k"},
    {"SET k v EX 100 ; SET k w KEEPTTL", "SET k v PXAT <ms> ; SET k w KEEPTTL",
     "new k ; set k ; expire k ; set k"},
    {"SET k v ; SET k w XX EX 100", "SET k v ; SET k w PXAT <ms>",
     "new k ; set k ; set k ; expire k"},
};

Test(effects, of_strings) {
    CHECK_ROWS(strings);
}

static const struct row lists[] = {
    {"RPUSH l a b c ; LPOP l", "RPUSH l a b c ; LPOP l", "new l ; rpush l ; lpop l"},
    {"RPUSH l a b c ; LPOP l 2", "RPUSH l a b c ; LPOP l 2", "new l ; rpush l ; lpop l"},
    {"RPUSH l a b c ; LMPOP 1 l LEFT COUNT 2", "RPUSH l a b c ; LPOP l 2",
     "new l ; rpush l ; lpop l"},
    {"RPUSH l a b c ; BLPOP l 0", "RPUSH l a b c ; LPOP l", "new l ; rpush l ; lpop l"},
    {"RPUSH l a b c ; BLMPOP 0 1 l LEFT COUNT 2", "RPUSH l a b c ; LPOP l 2",
     "new l ; rpush l ; lpop l"},
    {"RPUSH l a b c ; LMOVE l d LEFT RIGHT", "RPUSH l a b c ; LMOVE l d LEFT RIGHT",
     "new l ; rpush l ; new d ; rpush d ; lpop l"},
    {"RPUSH l a b c ; BLMOVE l d LEFT RIGHT 0", "RPUSH l a b c ; LMOVE l d LEFT RIGHT",
     "new l ; rpush l ; new d ; rpush d ; lpop l"},
    {"RPUSH l a b c ; RPOPLPUSH l d", "RPUSH l a b c ; RPOPLPUSH l d",
     "new l ; rpush l ; new d ; lpush d ; rpop l"},
    {"RPUSH l a b c ; BRPOPLPUSH l d 0", "RPUSH l a b c ; RPOPLPUSH l d",
     "new l ; rpush l ; new d ; lpush d ; rpop l"},
    {"&BLPOP l 0 ; B> RPUSH l x y", "RPUSH l x y ; LPOP l", "new l ; rpush l ; lpop l"},
    {"&BLMOVE l d LEFT RIGHT 0 ; B> RPUSH l x", "RPUSH l x ; LMOVE l d LEFT RIGHT",
     "new l ; rpush l ; new d ; rpush d ; lpop l ; del l"},
    {"LPUSHX l a", "", ""},
    {"RPUSH l a b ; LTRIM l 0 0", "RPUSH l a b ; LTRIM l 0 0", "new l ; rpush l ; ltrim l"},
    {"LSET l 0 a", "", ""},
    {"RPUSH l a ; LSET l 0 b", "RPUSH l a ; LSET l 0 b", "new l ; rpush l ; lset l"},
    {"RPUSH l a b ; LTRIM l 5 6", "RPUSH l a b ; LTRIM l 5 6", "new l ; rpush l ; ltrim l ; del l"},
    {"RPUSH l a b ; LREM l 0 a", "RPUSH l a b ; LREM l 0 a", "new l ; rpush l ; lrem l"},
    {"RPUSH l a ; LINSERT l AFTER a b", "RPUSH l a ; LINSERT l AFTER a b",
     "new l ; rpush l ; linsert l"},
    {"RPUSH l a b ; LPOP l 0", "RPUSH l a b", "new l ; rpush l"},
    {"RPUSH l a ; RPOP l", "RPUSH l a ; RPOP l", "new l ; rpush l ; rpop l ; del l"},
    {"RPUSH l a b ; RPOP l 2", "RPUSH l a b ; RPOP l 2", "new l ; rpush l ; rpop l ; del l"},
    {"RPUSH l a b ; LMOVE l l LEFT RIGHT", "RPUSH l a b ; LMOVE l l LEFT RIGHT",
     "new l ; rpush l ; rpush l ; lpop l"},
    {"&BRPOP a l 0 ; B> RPUSH l x y", "RPUSH l x y ; RPOP l", "new l ; rpush l ; rpop l"},
    {"&BRPOPLPUSH l d 0 ; B> RPUSH l x", "RPUSH l x ; RPOPLPUSH l d",
     "new l ; rpush l ; new d ; lpush d ; rpop l ; del l"},
    {"&BLMPOP 0 1 l RIGHT COUNT 2 ; B> RPUSH l 1 2 3", "RPUSH l 1 2 3 ; RPOP l 2",
     "new l ; rpush l ; rpop l"},
    {"&BLMOVE a b LEFT LEFT 0 ; B> &BLMOVE b c LEFT LEFT 0 ; C> RPUSH a x",
     "RPUSH a x ; LMOVE a b LEFT LEFT ; LMOVE b c LEFT LEFT",
     "new a ; rpush a ; new b ; lpush b ; lpop a ; del a ; new c ; lpush c ; lpop b ; del b"},
};

Test(effects, of_lists_and_of_waiting_on_them) {
    CHECK_ROWS(lists);
}

static const struct row keys[] = {
    {"SET k v EX 100 ; GETEX k PERSIST", "SET k v PXAT <ms> ; PERSIST k",
     "new k ; set k ; expire k ; persist k"},
    {"SET k v ; EXPIRE k 100", "SET k v ; PEXPIREAT k <ms>", "new k ; set k ; expire k"},
    {"SET k v ; PEXPIRE k 100000", "SET k v ; PEXPIREAT k <ms>", "new k ; set k ; expire k"},
    {"SET k v ; EXPIREAT k 99999999999", "SET k v ; PEXPIREAT k 99999999999000",
     "new k ; set k ; expire k"},
    {"SET k v ; EXPIRE k -1", "SET k v ; DEL k", "new k ; set k ; del k"},
    {"SET k v ; EXPIRE k 100 ; EXPIRE k 50 GT", "SET k v ; PEXPIREAT k <ms>",
     "new k ; set k ; expire k"},
    {"SET k v EX 100 ; PERSIST k", "SET k v PXAT <ms> ; PERSIST k",
     "new k ; set k ; expire k ; persist k"},
    {"DEL nokey", "", ""},
    {"SET k v ; DEL k nokey", "SET k v ; DEL k nokey", "new k ; set k ; del k"},
    {"SET k v ; UNLINK k", "SET k v ; UNLINK k", "new k ; set k ; del k"},
    {"SET a 1 ; RENAME a b", "SET a 1 ; RENAME a b",
     "new a ; set a ; new b ; rename_from a ; rename_to b"},
    {"SET a 1 ; COPY a b", "SET a 1 ; COPY a b", "new a ; set a ; new b ; copy_to b"},
    {"SET a 1 ; MOVE a 1", "SET a 1 ; MOVE a 1",
     "new a ; set a ; new a (db 1) ; move_from a ; move_to a (db 1)"},
    {"SET a 1 EX 100 ; COPY a b", "SET a 1 PXAT <ms> ; COPY a b",
     "new a ; set a ; expire a ; new b ; copy_to b"},
    {"SWAPDB 0 1", "SWAPDB 0 1", ""},
    {"FLUSHDB", "FLUSHDB", ""},
    {"FLUSHALL", "FLUSHALL", ""},
    {"FLUSHALL ASYNC", "FLUSHALL ASYNC", ""},
    {"SELECT 3 ; SET a 1", "SELECT 3 ; SET a 1", "new a (db 3) ; set a (db 3)"},
    {"SET a 1 ; OBJECT FREQ a", "SET a 1", "new a ; set a"},
    {"SET a 1 ; TOUCH a", "SET a 1", "new a ; set a"},
    {"SET k v ; PERSIST k", "SET k v", "new k ; set k"},
    {"SET a 1 ; RENAMENX a b", "SET a 1 ; RENAMENX a b",
     "new a ; set a ; new b ; rename_from a ; rename_to b"},
    {"SET a 1 ; SET b 2 ; RENAME a b", "SET a 1 ; SET b 2 ; RENAME a b",
     "new a ; set a ; new b ; set b ; new b ; rename_from a ; rename_to b"},
    {"SET a 1 ; RENAME a a", "SET a 1", "new a ; set a"},
    {"SET a 1 ; SET b 2 ; COPY a b REPLACE", "SET a 1 ; SET b 2 ; COPY a b REPLACE",
     "new a ; set a ; new b ; set b ; new b ; copy_to b"},
};

Test(effects, of_keys_and_databases) {
    CHECK_ROWS(keys);
}

static const struct row transactions[] = {
    {"MULTI ; SET a 1 ; SET b 2 ; EXEC", "MULTI ; SET a 1 ; SET b 2 ; EXEC",
     "new a ; set a ; new b ; set b"},
    {"MULTI ; SET a 1 ; EXEC", "SET a 1", "new a ; set a"},
    {"MULTI ; GET a ; EXEC", "", "keymiss a"},
    {"MULTI ; SET a 1 ; INCRBYFLOAT a 1 ; LPUSH a x ; EXEC",
     "MULTI ; SET a 1 ; SET a 2 KEEPTTL ; EXEC", "new a ; set a ; incrbyfloat a"},
    {"MULTI ; INCRBYFLOAT a 1 ; LMPOP 1 nokey LEFT ; RPUSH l a b ; LMPOP 1 l LEFT COUNT 1 ; EXEC",
     "MULTI ; SET a 1 KEEPTTL ; RPUSH l a b ; LPOP l 1 ; EXEC",
     "new a ; incrbyfloat a ; new l ; rpush l ; lpop l"},
    {"MULTI ; SELECT 1 ; SET a 1 ; SELECT 0 ; SET b 1 ; EXEC",
     "SELECT 1 ; MULTI ; SET a 1 ; SET b 1 ; EXEC", "new a (db 1) ; set a (db 1) ; new b ; set b"},
};

Test(effects, of_transactions) {
    CHECK_ROWS(transactions);
}

static const struct row newer_commands[] = {
    {"SET k 1 ; SET k 2 IFEQ 1", "SET k 1 ; SET k 2", "new k ; set k ; set k"},
    {"SET k 1 ; SET k 2 IFEQ 9", "SET k 1", "new k ; set k"},
    {"SET k 2 IFNE 1 EX 100", "SET k 2 PXAT <ms>", "new k ; set k ; expire k"},
    {"SET k hello ; SET k x IFDEQ 9555e8555c62dcfd", "SET k hello ; SET k x",
     "new k ; set k ; set k"},
    {"SET k 1 ; DELEX k IFEQ 1", "SET k 1 ; DEL k", "new k ; set k ; del k"},
    {"SET k 1 ; DELEX k IFEQ 2", "SET k 1", "new k ; set k"},
    {"SET k 1 ; DELEX k", "SET k 1 ; DEL k", "new k ; set k ; del k"},
    {"SET k 1 ; DELIFEQ k 1", "SET k 1 ; DEL k", "new k ; set k ; del k"},
    {"MSETEX 2 a 1 b 2", "MULTI ; SET a 1 ; SET b 2 ; EXEC", "new a ; set a ; new b ; set b"},
    {"MSETEX 2 a 1 b 2 EX 100", "MULTI ; SET a 1 PXAT <ms> ; SET b 2 PXAT <ms> ; EXEC",
     "new a ; set a ; expire a ; new b ; set b ; expire b"},
    {"SET a 1 EX 100 ; MSETEX 1 a 2 KEEPTTL", "SET a 1 PXAT <ms> ; SET a 2 KEEPTTL",
     "new a ; set a ; expire a ; set a"},
    {"SET a 1 ; MSETEX 2 a 1 b 2 NX", "SET a 1", "new a ; set a"},
    {"INCREX k", "SET k 1 KEEPTTL", "new k ; incrby k"},
    {"INCREX k EX 100", "SET k 1 PXAT <ms>", "new k ; incrby k ; expire k"},
    {"INCREX k UBOUND 0", "", ""},
    {"SET k 1 EX 100 ; INCREX k BYFLOAT 1.5", "SET k 1 PXAT <ms> ; SET k 2.5 KEEPTTL",
     "new k ; set k ; expire k ; incrbyfloat k"},
    {"SET k 1 EX 100 ; INCREX k PERSIST", "SET k 1 PXAT <ms> ; SET k 2",
     "new k ; set k ; expire k ; incrby k ; persist k"},
    {"SET k 1 ; INCREX k EXAT 1", "SET k 1 ; DEL k", "new k ; set k ; del k"},
    {"RPUSH s a b c ; LMOVEM s d LEFT RIGHT COUNT 2 OBO",
     "RPUSH s a b c ; MULTI ; LMOVE s d LEFT RIGHT ; LMOVE s d LEFT RIGHT ; EXEC",
     "new s ; rpush s ; new d ; rpush d ; lpop s"},
    {"RPUSH s a b c ; LMOVEM s d LEFT LEFT COUNT 2 BULK",
     "RPUSH s a b c ; MULTI ; LPOP s 2 ; LPUSH d b a ; EXEC",
     "new s ; rpush s ; new d ; lpush d ; lpop s"},
    {"RPUSH s a b c ; LMOVEM s s LEFT LEFT COUNT 2 OBO",
     "RPUSH s a b c ; MULTI ; LSET s 0 b ; LSET s 1 a ; EXEC",
     "new s ; rpush s ; lpush s ; lpop s"},
    {"RPUSH s a b c ; LMOVEM s s LEFT LEFT COUNT 2 BULK", "RPUSH s a b c",
     "new s ; rpush s ; lpush s ; lpop s"},
    {"RPUSH s a b ; LMOVEM s d LEFT RIGHT EXACTLY 3 OBO", "RPUSH s a b", "new s ; rpush s"},
    {"RPUSH s a b ; LMOVEM s d RIGHT RIGHT COUNT 9 BULK",
     "RPUSH s a b ; MULTI ; RPOP s 2 ; RPUSH d a b ; EXEC",
     "new s ; rpush s ; new d ; rpush d ; rpop s ; del s"},
    {"&BLMOVEM s d LEFT RIGHT 0 EXACTLY 2 OBO ; B> RPUSH s a b",
     "RPUSH s a b ; MULTI ; LMOVE s d LEFT RIGHT ; LMOVE s d LEFT RIGHT ; EXEC",
     "new s ; rpush s ; new d ; rpush d ; lpop s ; del s"},
};

Test(effects, of_newer_commands_are_those_of_the_oracle) {
    CHECK_ROWS(newer_commands);
}

Test(effects, a_key_that_expires_is_deleted_for_everybody) {
    static const struct row row = {
        "SET k v PX 20 ; ?DBSIZE",
        "SET k v PXAT <ms> ; DEL k",
        "new k ; set k ; expire k ; expired k",
    };
    check_row(&row, (const char *const[]){"(last)", ":0", NULL});
}

Test(effects, a_key_that_is_evicted_is_deleted_for_everybody) {
    static const struct row row = {
        "SET k v ; CONFIG SET maxmemory-policy allkeys-lru maxmemory 1 ; GET k ; CONFIG SET "
        "maxmemory 0",
        "SET k v ; DEL k",
        "new k ; set k ; evicted k ; keymiss k",
    };
    check_row(&row, (const char *const[]){"+OK", "+OK", "$-1", "+OK", NULL});
    static const struct row lazy_row = {
        "SET k v ; CONFIG SET lazyfree-lazy-eviction yes maxmemory 1 ; GET k ; CONFIG SET "
        "lazyfree-lazy-eviction no maxmemory 0 maxmemory-policy noeviction",
        "SET k v ; UNLINK k",
        "new k ; set k ; evicted k ; keymiss k",
    };
    check_row(&lazy_row, (const char *const[]){"+OK", "+OK", "$-1", "+OK", NULL});
}

Test(effects, a_read_of_a_due_key_deletes_it_first) {
    static const struct row row = {
        "DEBUG SET-ACTIVE-EXPIRE 0 ; SET k v PX 1 ; ?GET k",
        "SET k v PXAT <ms> ; DEL k",
        "new k ; set k ; expire k ; expired k ; keymiss k",
    };
    check_row(&row, (const char *const[]){"(last)", "$-1", NULL});
}

/* Beyond the oracle's table where it is newer: SPOP of several as one SREM, deadlines of fields. */
static const struct row collections[] = {
    {"SADD s a ; SPOP s", "SADD s a ; SREM s a", "new s ; sadd s ; spop s ; del s"},
    {"SADD s a b c d ; SPOP s 10", "SADD s a b c d ; DEL s", "new s ; sadd s ; spop s ; del s"},
    {"SADD s a ; SADD s a", "SADD s a", "new s ; sadd s"},
    {"SADD s a ; SREM s a", "SADD s a ; SREM s a", "new s ; sadd s ; srem s ; del s"},
    {"SADD a x ; SMOVE a b x", "SADD a x ; SMOVE a b x",
     "new a ; sadd a ; srem a ; del a ; new b ; sadd b"},
    {"SADD a x ; SINTERSTORE d a nokey", "SADD a x", "new a ; sadd a ; keymiss nokey"},
    {"SADD a x ; SUNIONSTORE d a", "SADD a x ; SUNIONSTORE d a",
     "new a ; sadd a ; new d ; sunionstore d"},
    {"SDIFFSTORE d nokey", "", "keymiss nokey"},
    {"SET d v ; SDIFFSTORE d nokey", "SET d v ; SDIFFSTORE d nokey",
     "new d ; set d ; keymiss nokey ; del d"},
    {"HSET h f v", "HSET h f v", "new h ; hset h"},
    {"HMSET h f v", "HMSET h f v", "new h ; hset h"},
    {"HSETNX h f v", "HSETNX h f v", "new h ; hset h"},
    {"HINCRBY h f 1", "HINCRBY h f 1", "new h ; hincrby h"},
    {"HINCRBYFLOAT h f 1.5", "HSET h f 1.5", "new h ; hincrbyfloat h"},
    {"HSET h f v ; HDEL h f", "HSET h f v ; HDEL h f", "new h ; hset h ; hdel h ; del h"},
    {"HSET h f v ; HEXPIRE h 100 FIELDS 1 f", "HSET h f v ; HPEXPIREAT h <ms> FIELDS 1 f",
     "new h ; hset h ; hexpire h"},
    {"HSET h f v g w ; HEXPIRE h 0 FIELDS 1 f", "HSET h f v g w ; HDEL h f",
     "new h ; hset h ; hdel h"},
    {"HSET h f v ; HEXPIRE h 100 FIELDS 2 f g ; HPERSIST h FIELDS 2 f g",
     "HSET h f v ; HPEXPIREAT h <ms> FIELDS 1 f ; HPERSIST h FIELDS 1 f",
     "new h ; hset h ; hexpire h ; hpersist h"},
    {"HSET h f 1 ; HEXPIRE h 100 FIELDS 1 f ; HINCRBYFLOAT h f 1",
     "HSET h f 1 ; HPEXPIREAT h <ms> FIELDS 1 f ; MULTI ; HSET h f 2 ; HPEXPIREAT h <ms> FIELDS 1 "
     "f ; EXEC",
     "new h ; hset h ; hexpire h ; hincrbyfloat h"},
    {"HSETEX h EX 100 FIELDS 1 f v", "HSETEX h PXAT <ms> FIELDS 1 f v",
     "new h ; hset h ; hexpire h"},
    {"HSETEX h FIELDS 1 f v", "HSET h f v", "new h ; hset h"},
    {"HSET h f v ; HSETEX h EXAT 1 FIELDS 2 f v g w", "HSET h f v ; HDEL h f",
     "new h ; hset h ; hdel h ; del h"},
    {"HSET h f v ; HGETEX h EX 100 FIELDS 2 f g", "HSET h f v ; HPEXPIREAT h <ms> FIELDS 1 f",
     "new h ; hset h ; hexpire h"},
    {"HSET h f v ; HGETDEL h FIELDS 2 f g", "HSET h f v ; HDEL h f",
     "new h ; hset h ; hdel h ; del h"},
    {"XADD x 1-1 f v", "XADD x 1-1 f v", "new x ; xadd x"},
    {"XADD x * f v", "XADD x <ms>-0 f v", "new x ; xadd x"},
    {"XADD x 5-* f v", "XADD x 5-0 f v", "new x ; xadd x"},
    {"XADD x MAXLEN ~ 1 1-1 f v", "XADD x MAXLEN = 1 1-1 f v", "new x ; xadd x"},
    {"XADD x MAXLEN 1 1-1 f v ; XADD x MAXLEN 1 2-1 f v",
     "XADD x MAXLEN 1 1-1 f v ; XADD x MAXLEN 1 2-1 f v", "new x ; xadd x ; xadd x ; xtrim x"},
    {"XADD x 1-1 f v ; XTRIM x MAXLEN ~ 0", "XADD x 1-1 f v ; XTRIM x MAXLEN = 0",
     "new x ; xadd x ; xtrim x"},
    {"XADD x 1-1 f v ; XTRIM x MAXLEN 0", "XADD x 1-1 f v ; XTRIM x MAXLEN 0",
     "new x ; xadd x ; xtrim x"},
    {"XADD x 1-1 f v ; XDEL x 1-1", "XADD x 1-1 f v ; XDEL x 1-1", "new x ; xadd x ; xdel x"},
    {"XADD x 1-1 f v ; XGROUP CREATE x g $", "XADD x 1-1 f v ; XGROUP CREATE x g $",
     "new x ; xadd x ; xgroup-create x"},
    {"XGROUP CREATE x g $ MKSTREAM", "XGROUP CREATE x g $ MKSTREAM", "new x ; xgroup-create x"},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x >",
     "XADD x 1-1 f v ; XGROUP CREATE x g 0 ; MULTI ; XCLAIM x g c 0 1-1 TIME <ms> RETRYCOUNT 1 "
     "FORCE JUSTID LASTID 1-1 ; XGROUP SETID x g 1-1 ENTRIESREAD 1 ; EXEC",
     "new x ; xadd x ; xgroup-create x ; xgroup-createconsumer x"},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c NOACK STREAMS x >",
     "XADD x 1-1 f v ; XGROUP CREATE x g 0 ; MULTI ; XGROUP CREATECONSUMER x g c ; XGROUP SETID x "
     "g 1-1 ENTRIESREAD 1 ; EXEC",
     "new x ; xadd x ; xgroup-create x ; xgroup-createconsumer x"},
    {"XGROUP CREATE x g $ MKSTREAM ; &XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS x > ; "
     "B> XADD x 1-1 f v",
     "XGROUP CREATE x g $ MKSTREAM ; XADD x 1-1 f v ; MULTI ; XGROUP CREATECONSUMER x g c ; XGROUP "
     "SETID x g 1-1 ENTRIESREAD 1 ; EXEC",
     "new x ; xgroup-create x ; xgroup-createconsumer x ; xadd x"},
    {"XADD x 1-1 f v ; XGROUP CREATE x g $ ; XREADGROUP GROUP g c STREAMS x >",
     "XADD x 1-1 f v ; XGROUP CREATE x g $",
     "new x ; xadd x ; xgroup-create x ; xgroup-createconsumer x"},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; XCLAIM x g d 0 1-1",
     "XADD x 1-1 f v ; XGROUP CREATE x g 0 ; MULTI ; XCLAIM x g c 0 1-1 TIME <ms> RETRYCOUNT 1 "
     "FORCE JUSTID LASTID 1-1 ; XGROUP SETID x g 1-1 ENTRIESREAD 1 ; EXEC ; XCLAIM x g d 0 1-1 "
     "TIME <ms> RETRYCOUNT 2 FORCE JUSTID LASTID 1-1",
     "new x ; xadd x ; xgroup-create x ; xgroup-createconsumer x ; xgroup-createconsumer x"},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; XAUTOCLAIM x g d 0 "
     "0",
     "XADD x 1-1 f v ; XGROUP CREATE x g 0 ; MULTI ; XCLAIM x g c 0 1-1 TIME <ms> RETRYCOUNT 1 "
     "FORCE JUSTID LASTID 1-1 ; XGROUP SETID x g 1-1 ENTRIESREAD 1 ; EXEC ; XCLAIM x g d 0 1-1 "
     "TIME <ms> RETRYCOUNT 2 FORCE JUSTID LASTID 1-1",
     "new x ; xadd x ; xgroup-create x ; xgroup-createconsumer x ; xgroup-createconsumer x"},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x > ; XACK x g 1-1",
     "XADD x 1-1 f v ; XGROUP CREATE x g 0 ; MULTI ; XCLAIM x g c 0 1-1 TIME <ms> RETRYCOUNT 1 "
     "FORCE JUSTID LASTID 1-1 ; XGROUP SETID x g 1-1 ENTRIESREAD 1 ; EXEC ; XACK x g 1-1",
     "new x ; xadd x ; xgroup-create x ; xgroup-createconsumer x"},
    {"XADD x 1-1 f v ; XSETID x 5-5", "XADD x 1-1 f v ; XSETID x 5-5", "new x ; xadd x ; xsetid x"},
    {"XADD x 1-1 f v ; XADD x 2-1 f v ; XDELEX x IDS 2 1-1 9",
     "XADD x 1-1 f v ; XADD x 2-1 f v ; XDELEX x IDS 2 1-1 9", "new x ; xadd x ; xadd x ; xdel x"},
    {"XADD x 1-1 f v ; XDELEX x ACKED IDS 1 1-1", "XADD x 1-1 f v", "new x ; xadd x"},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XNACK x g FAIL IDS 1 1-1 FORCE ; XACKDEL x g IDS 1 "
     "1-1",
     "XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XNACK x g FAIL IDS 1 1-1 FORCE ; XACKDEL x g IDS 1 "
     "1-1",
     "new x ; xadd x ; xgroup-create x ; xdel x"},
    {"XADD x 1-1 f v ; XADD x 2-1 f v ; XGROUP CREATE x g 0 ; XREADGROUP GROUP g c STREAMS x >",
     "XADD x 1-1 f v ; XADD x 2-1 f v ; XGROUP CREATE x g 0 ; MULTI ; XCLAIM x g c 0 1-1 2-1 TIME "
     "<ms> RETRYCOUNT 1 FORCE JUSTID LASTID 2-1 ; XGROUP SETID x g 2-1 ENTRIESREAD 2 ; EXEC",
     "new x ; xadd x ; xadd x ; xgroup-create x ; xgroup-createconsumer x"},
    {"XGROUP CREATE x g 0 MKSTREAM ; XGROUP SETID x g 5 ; XGROUP CREATECONSUMER x g c ; XGROUP "
     "DELCONSUMER x g c ; XGROUP DESTROY x g",
     "XGROUP CREATE x g 0 MKSTREAM ; XGROUP SETID x g 5 ; XGROUP CREATECONSUMER x g c ; XGROUP "
     "DELCONSUMER x g c ; XGROUP DESTROY x g",
     "new x ; xgroup-create x ; xgroup-setid x ; xgroup-createconsumer x ; xgroup-delconsumer x ; "
     "xgroup-destroy x"},
    {"XADD x IDMP p a NOMKSTREAM * f v ; XADD x IDMP p a MAXLEN 5 * f v ; XADD x IDMP p a * f v",
     "MULTI ; XADD x MAXLEN = 1 <ms>-0 f v ; XIDMPRECORD x p a <ms>-0 ; EXEC", "new x ; xadd x"},
    {"XADD x 1-1 f v ; XADD x NOMKSTREAM IDMP p b MAXLEN ~ 5 * f v",
     "XADD x 1-1 f v ; MULTI ; XADD x NOMKSTREAM MAXLEN = 2 <ms>-0 f v ; XIDMPRECORD x p b <ms>-0 "
     "; EXEC",
     "new x ; xadd x ; xadd x"},
    {"XADD x 1-1 f v ; XCFGSET x IDMP-DURATION 5 ; XCFGSET x ; XIDMPRECORD x p a 1-1",
     "XADD x 1-1 f v ; XCFGSET x IDMP-DURATION 5 ; XIDMPRECORD x p a 1-1", "new x ; xadd x"},
    {"XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XCLAIM x g c 0 1-1 FORCE JUSTID ; XREADGROUP GROUP g "
     "c STREAMS x 0 ; XREADGROUP GROUP g c STREAMS x 1-1",
     "XADD x 1-1 f v ; XGROUP CREATE x g 0 ; XCLAIM x g c 0 1-1 TIME <ms> RETRYCOUNT 1 FORCE "
     "JUSTID "
     "LASTID 0-0 ; XCLAIM x g c 0 1-1 TIME <ms> RETRYCOUNT 2 FORCE JUSTID LASTID 0-0",
     "new x ; xadd x ; xgroup-create x ; xgroup-createconsumer x"},
    {"XADD x NOMKSTREAM 1-1 f v ; XTRIM x MAXLEN 0 ; XDEL x 1 ; XACK x g 1", "", ""},
    {"LOCK l a PX 100000", "#LOCK <token> 1 ; SET l a PXAT <ms>", "new l ; lock l"},
    {"LOCK l a PX 100000 ; LOCK l a PX 100000 ; UNLOCK l a ; UNLOCK l a",
     "#LOCK <token> 1 ; SET l a PXAT <ms> ; #LOCK <token> 2 ; SET l a PXAT <ms> ; #LOCK <token> 1 "
     "; SET l a PXAT <ms> ; DEL l",
     "new l ; lock l ; lock l ; unlock l ; unlock l ; del l"},
    {"LOCK l a PX 100000 ; LOCK l b PX 100000 ; UNLOCK l b ; FENCE l 1 ; LOCKINFO l",
     "#LOCK <token> 1 ; SET l a PXAT <ms>", "new l ; lock l"},
    {"MULTI ; LOCK l a PX 100000 ; SET k v ; EXEC",
     "MULTI ; #LOCK <token> 1 ; SET l a PXAT <ms> ; SET k v ; EXEC",
     "new l ; lock l ; new k ; set k"},
    {"LOCK l a PX 100000 ; B> &LOCK l b PX 100000 BLOCK 0 ; UNLOCK l a ; B> @read",
     "#LOCK <token> 1 ; SET l a PXAT <ms> ; DEL l ; #LOCK <token> 1 ; SET l b PXAT <ms>",
     "new l ; lock l ; unlock l ; del l ; new l ; lock l"},
    {"B> LOCK l b PX 100000 SESSION ; B> RESET", "#LOCK <token> 1 ; SET l b PXAT <ms> ; DEL l",
     "new l ; lock l ; unlock l ; del l"},
    {"LOCK l a PX 100000 ; RENAME l m ; COPY m c ; LOCK m a PX 100000 XX",
     "#LOCK <token> 1 ; SET l a PXAT <ms> ; RENAME l m ; COPY m c ; #LOCK <token> 1 ; SET m a PXAT "
     "<ms>",
     "new l ; lock l ; new m ; rename_from l ; rename_to m ; new c ; copy_to c ; lock m"},
    {"ZADD z 1 a", "ZADD z 1 a", "new z ; zadd z"},
    {"ZADD z INCR 1 a", "ZADD z INCR 1 a", "new z ; zincr z"},
    {"ZINCRBY z 1 a", "ZINCRBY z 1 a", "new z ; zincr z"},
    {"ZADD z 1 a ; ZADD z 1 a", "ZADD z 1 a", "new z ; zadd z"},
    {"ZADD z 1 a 2 b ; ZPOPMIN z", "ZADD z 1 a 2 b ; ZPOPMIN z", "new z ; zadd z ; zpopmin z"},
    {"ZADD z 1 a 2 b ; ZMPOP 1 z MIN COUNT 2", "ZADD z 1 a 2 b ; ZPOPMIN z 2",
     "new z ; zadd z ; zpopmin z ; del z"},
    {"ZADD z 1 a 2 b ; BZPOPMIN z 0", "ZADD z 1 a 2 b ; ZPOPMIN z", "new z ; zadd z ; zpopmin z"},
    {"ZADD z 1 a 2 b ; BZMPOP 0 1 z MAX", "ZADD z 1 a 2 b ; ZPOPMAX z 1",
     "new z ; zadd z ; zpopmax z"},
    {"&BZPOPMIN z 0 ; B> ZADD z 1 a", "ZADD z 1 a ; ZPOPMIN z",
     "new z ; zadd z ; zpopmin z ; del z"},
    {"ZADD z 1 a 2 b ; ZRANGESTORE d z 0 0", "ZADD z 1 a 2 b ; ZRANGESTORE d z 0 0",
     "new z ; zadd z ; new d ; zrangestore d"},
    {"ZADD z 1 a ; ZUNIONSTORE d 1 z", "ZADD z 1 a ; ZUNIONSTORE d 1 z",
     "new z ; zadd z ; new d ; zunionstore d"},
    {"ZADD z 1 a ; ZUNIONSTORE d 1 nokey", "ZADD z 1 a", "new z ; zadd z ; keymiss nokey"},
    {"PFADD h a", "PFADD h a", "new h ; pfadd h"},
    {"PFADD h a ; PFADD h a", "PFADD h a", "new h ; pfadd h"},
    {"PFADD h a ; PFCOUNT h ; PFCOUNT h", "PFADD h a ; PFCOUNT h", "new h ; pfadd h"},
    {"PFADD h a ; PFMERGE d h", "PFADD h a ; PFMERGE d h",
     "new h ; pfadd h ; keymiss d ; new d ; pfadd d"},
    {"PFADD h a ; PFDEBUG TODENSE h ; PFDEBUG TODENSE h", "PFADD h a ; PFDEBUG TODENSE h",
     "new h ; pfadd h"},
    /* The runs end before the register of b: the addition fails there, and a replay must not. */
    {"PFADD h ; SETRANGE h 16 rA ; PFADD h a b c", "PFADD h ; SETRANGE h 16 rA ; PFADD h a",
     "new h ; pfadd h ; setrange h ; pfadd h"},
    {"PFADD h ; SETRANGE h 16 rA ; PFADD h b a", "PFADD h ; SETRANGE h 16 rA",
     "new h ; pfadd h ; setrange h"},
    {"RPUSH l 2 1 ; SORT l STORE d ; SORT l", "RPUSH l 2 1 ; SORT l STORE d",
     "new l ; rpush l ; new d ; sortstore d"},
    {"SET d v ; SORT nokey STORE d", "SET d v ; SORT nokey STORE d",
     "new d ; set d ; keymiss nokey ; del d"},
    {"SORT nokey STORE d", "", "keymiss nokey"},
    {"GEOADD g 1 1 a", "zadd g <token> a", "new g ; zadd g"},
    {"GEOADD g 1 1 a ; GEORADIUS g 1 1 10 km STORE d",
     "zadd g <token> a ; GEORADIUS g 1 1 10 km STORE d",
     "new g ; zadd g ; new d ; georadiusstore d"},
    {"GEOADD g 1 1 a ; GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 10 km",
     "zadd g <token> a ; GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 10 km",
     "new g ; zadd g ; new d ; geosearchstore d"},
    {"SET d v ; GEOSEARCHSTORE d nokey FROMLONLAT 1 1 BYRADIUS 10 km",
     "SET d v ; GEOSEARCHSTORE d nokey FROMLONLAT 1 1 BYRADIUS 10 km",
     "new d ; set d ; keymiss nokey ; del d"},
    {"GEOADD g 1 1 a 2 1 b ; GEOSEARCHSTORE d g BYPOLYGON 3 0 0 3 0 0 3",
     "zadd g <token> a <token> b ; ZADD d <token> a", "new g ; zadd g ; new d ; geosearchstore d"},
    {"GEOADD g 1 1 a ; SET d v ; GEOSEARCHSTORE d g BYPOLYGON 3 0 0 3 0 0 3 ; GEOSEARCHSTORE d g "
     "BYPOLYGON 3 5 5 6 6 7 5 ; GEOSEARCHSTORE d g BYPOLYGON 3 5 5 6 6 7 5",
     "zadd g <token> a ; SET d v ; MULTI ; DEL d ; ZADD d <token> a ; EXEC ; DEL d",
     "new g ; zadd g ; new d ; set d ; geosearchstore d ; del d"},
    {"GEOADD g 1 1 a ; GEOSEARCHSTORE d g FROMLONLAT 9 9 BYRADIUS 10 km ; GEORADIUS g 1 1 1 km",
     "zadd g <token> a", "new g ; zadd g"},
    {"ZADD z 1 a 2 b ; ZREMRANGEBYSCORE z 1 2", "ZADD z 1 a 2 b ; ZREMRANGEBYSCORE z 1 2",
     "new z ; zadd z ; zremrangebyscore z ; del z"},
    {"ZADD z 1 a 2 b ; ZREMRANGEBYSCORE z 1 1", "ZADD z 1 a 2 b ; ZREMRANGEBYSCORE z 1 1",
     "new z ; zadd z ; zremrangebyscore z"},
    {"ZADD z 1 a 2 b 3 c ; ZPOPDUE z NOW 2 COUNT 5", "ZADD z 1 a 2 b 3 c ; ZREM z a b",
     "new z ; zadd z ; zrem z"},
    {"ZADD z 1 a 2 b ; ZPOPDUE z NOW 1 RESCHEDULE 10", "ZADD z 1 a 2 b ; ZADD z 11 a",
     "new z ; zadd z ; zadd z"},
    {"&BZPOPDUE 1 z 0 ; B> ZADD z 1 a", "ZADD z 1 a ; ZREM z a", "new z ; zadd z ; zrem z ; del z"},
};

Test(effects, of_hashes_sets_and_sorted_sets_are_those_of_the_oracle) {
    CHECK_ROWS(collections);
}

#define LIBRARY(name, functions)                                                                   \
    "\"#!lua name=" name "\\nlocal r = redis.register_function " functions "\""

/* Of a library's source the first line is printed. */
/* Between members of several scores there is no order: what was found hangs on the encoding. */
static const struct row member_ranges[] = {
    {"ZADD z 1 a 2 b 3 c ; ZREMRANGEBYLEX z - (c ; ZREMRANGEBYLEX z [a [a",
     "ZADD z 1 a 2 b 3 c ; ZREMRANGEBYRANK z 0 1", "new z ; zadd z ; zremrangebylex z"},
    {"ZADD z 1 a 1 b ; ZREMRANGEBYLEX z [a [a", "ZADD z 1 a 1 b ; ZREMRANGEBYLEX z [a [a",
     "new z ; zadd z ; zremrangebylex z"},
    {"ZADD z 1 a 2 b 3 c ; ZRANGESTORE d z (c - BYLEX REV LIMIT 0 1 ; ZRANGESTORE d z (c + BYLEX",
     "ZADD z 1 a 2 b 3 c ; ZRANGESTORE d z 1 1 ; ZRANGESTORE d z 1 0",
     "new z ; zadd z ; new d ; zrangestore d ; del d"},
};

Test(effects, of_a_range_of_members_with_several_scores_are_ranks) {
    CHECK_ROWS(member_ranges);
}

static const struct row scripts[] = {
    {"EVAL \"return redis.call('GET', KEYS[1])\" 1 k", "", "keymiss k"},
    {"EVAL \"return redis.call('SET', KEYS[1], 1)\" 1 k", "SET k 1", "new k ; set k"},
    {"EVAL \"redis.call('SET', 'k', 1) redis.call('INCR', 'k') return redis.call('FOO')\" 0",
     "MULTI ; SET k 1 ; INCR k ; EXEC", "new k ; set k ; incrby k"},
    {"EVAL \"redis.set_repl(redis.REPL_NONE) redis.call('SET', 'k', 1)\" 0", "", "new k ; set k"},
    {"FUNCTION LOAD " LIBRARY(
         "a",
         "r('f', function(k) redis.call('SET', k[1], 1) return "
         "redis.call('INCR', k[1]) end)") " ; FCALL f 1 k ; "
                                          "FUNCTION LOAD " LIBRARY(
                                              "a",
                                              "r('f', function() end)") " ; FCALL none 0 ; FCALL f "
                                                                        "x ; "
                                                                        "FUNCTION LOAD "
                                                                        "REPLACE " LIBRARY(
                                                                            "a",
                                                                            "r('f', function() "
                                                                            "end)") " ; FCALL f 0 "
                                                                                    "; "
                                                                                    "FUNCTION "
                                                                                    "DELETE b ; "
                                                                                    "FUNCTION "
                                                                                    "DELETE a ; "
                                                                                    "FUNCTION "
                                                                                    "FLUSH ; "
                                                                                    "FUNCTION "
                                                                                    "FLUSH SYNC ; "
                                                                                    "FUNCTION "
                                                                                    "FLUSH FOO",
     "FUNCTION LOAD #!lua name=a ; MULTI ; SET k 1 ; INCR k ; EXEC ; FUNCTION LOAD REPLACE #!lua "
     "name=a ; FUNCTION DELETE a ; FUNCTION FLUSH ; FUNCTION FLUSH SYNC",
     "new k ; set k ; incrby k"},
    {"MULTI ; FUNCTION LOAD " LIBRARY(
         "a", "r('f', function(k) redis.call('SET', k[1], 1) end)") " ; FCALL f 1 k ; FUNCTION "
                                                                    "FLUSH ; EXEC",
     "MULTI ; FUNCTION LOAD #!lua name=a ; SET k 1 ; FUNCTION FLUSH ; EXEC", "new k ; set k"},
};

Test(effects, of_scripts_and_functions_are_those_of_the_oracle) {
    CHECK_ROWS(scripts);
}

Test(effects, a_field_that_expires_is_deleted_for_everybody) {
    static const struct row row = {
        "HSET h f v ; HPEXPIRE h 1 FIELDS 1 f ; ?EXISTS h",
        "HSET h f v ; HPEXPIREAT h <ms> FIELDS 1 f ; HDEL h f",
        "new h ; hset h ; hexpire h ; hexpired h ; del h ; keymiss h",
    };
    check_row(&row, (const char *const[]){"(last)", ":0", NULL});
}

Test(effects, a_due_field_that_is_written_keeps_no_deadline_in_a_replay) {
    static const struct row row = {
        "DEBUG SET-ACTIVE-EXPIRE 0 ; HSET h a 1 b 2 ; HPEXPIRE h 1 FIELDS 1 a ; ?HGET h a ; HSETEX "
        "h KEEPTTL FIELDS 2 a 3 b 4",
        "HSET h a 1 b 2 ; HPEXPIREAT h <ms> FIELDS 1 a ; MULTI ; HSETEX h KEEPTTL FIELDS 2 a 3 b 4 "
        "; HPERSIST h FIELDS 1 a ; EXEC",
        "new h ; hset h ; hexpire h ; hset h",
    };
    check_row(&row, (const char *const[]){"+OK", ":2", "*1⏎:1", "$-1", ":1", NULL});
}
