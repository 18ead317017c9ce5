/*
 * Deadlines of fields: none of these commands exists on the oracle.
 */
#include "support/check.h"
#include "support/errors.h"

#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(hash_deadlines, .init = start, .fini = stop);

#define NO_FIELDS "-ERR Mandatory argument FIELDS is missing or not at the right position"
#define NO_MATCH "-ERR The `numfields` parameter must match the number of arguments"

/* Every test runs with small and with large hashes. */
static void both(const char *script, const char *const expected[]) {
    static const char *const limits[] = {"512", "0"};
    for (size_t i = 0; i < 2; i++) {
        struct buffer line = {0};
        buffer_append_format(&line, "CONFIG SET hash-max-listpack-entries %s ; %s", limits[i],
                             script);
        const char *all[64] = {"+OK"};
        size_t count = 1;
        for (; expected[count - 1] != NULL; count++) {
            all[count] = expected[count - 1];
        }
        char *difference = script_run(server, buffer_text(&line), all);
        cr_assert_null(difference, "limit %s: %s", limits[i], difference);
        free(difference);
        buffer_release(&line);
    }
}

#define BOTH(script, ...) both((script), (const char *const[]){__VA_ARGS__, NULL})

Test(hash_deadlines, hexpire_tells_what_became_of_each_field) {
    BOTH("HSET h a 1 b 2 ; HEXPIRE h 100 FIELDS 3 a b no ; HEXPIRE h 100 NX FIELDS 1 a ; HEXPIRE h "
         "50 GT FIELDS 1 a ; HEXPIRE h 50 LT FIELDS 1 a ; HEXPIRE h 60 XX FIELDS 1 a ; HTTL h "
         "FIELDS "
         "3 a b no ; HEXPIRE h 0 FIELDS 1 a ; HLEN h ; HEXPIRE no 10 FIELDS 2 a b ; HPERSIST h "
         "FIELDS "
         "2 b no ; HTTL h FIELDS 1 b ; HPERSIST h FIELDS 1 b ; HEXPIRE h 9 GT FIELDS 1 b ; HEXPIRE "
         "h "
         "9 XX FIELDS 1 b ; HEXPIRE h 9 LT FIELDS 1 b",
         ":2", "*3⏎:1⏎:1⏎:-2", "*1⏎:0", "*1⏎:0", "*1⏎:1", "*1⏎:1", "*3⏎:60⏎:100⏎:-2", "*1⏎:2", ":1",
         "*2⏎:-2⏎:-2", "*2⏎:1⏎:-2", "*1⏎:-1", "*1⏎:-1", "*1⏎:0", "*1⏎:0", "*1⏎:1");
}

Test(hash_deadlines, times_are_told_in_all_units) {
    BOTH("HSET h a 1 ; HPEXPIREAT h 32503680000500 FIELDS 1 a ; HEXPIRETIME h FIELDS 1 a ; "
         "HPEXPIRETIME h FIELDS 2 a b ; HEXPIREAT h 32503680001 FIELDS 1 a ; HPEXPIRETIME h FIELDS "
         "1 "
         "a ; HTTL no FIELDS 1 a ; HPTTL no FIELDS 1 a ; HEXPIREAT h 1 FIELDS 1 a ; EXISTS h",
         ":1", "*1⏎:1", "*1⏎:32503680001", "*2⏎:32503680000500⏎:-2", "*1⏎:1", "*1⏎:32503680001000",
         "*1⏎:-2", "*1⏎:-2", "*1⏎:2", ":0");
}

Test(hash_deadlines, errors_come_in_their_order) {
    BOTH("HSET h a 1 ; SET s v ; HEXPIRE s x FIELDS 1 a ; HEXPIRE h x FIELDS 1 a ; HEXPIRE h -1 "
         "FIELDS "
         "1 a ; HPEXPIREAT h 70368744177664 FIELDS 1 a ; HEXPIRE h 1 FOO 1 a ; HEXPIRE h 1 NX XX "
         "FIELDS "
         "1 a ; HEXPIRE h 1 FIELDS 0 a ; HEXPIRE h 1 FIELDS 2 a ; HTTL h FIELDS 0 a ; HTTL h "
         "FIELDS 2 a "
         "; HTTL h FOO 1 a ; HTTL s FIELDS 1 a ; HPERSIST s FIELDS 1 a ; HTTL h FIELDS ; HEXPIRE h "
         "1 "
         "FIELDS 1 ; HTTL h FIELDS 1 a",
         ":1", "+OK", WRONG_TYPE, NOT_AN_INTEGER, "-ERR invalid expire time, must be >= 0",
         "-ERR invalid expire time in 'hpexpireat' command", NO_FIELDS, NO_FIELDS,
         "-ERR Parameter `numFields` should be greater than 0", NO_MATCH,
         "-ERR Number of fields must be a positive integer", NO_MATCH, NO_FIELDS, WRONG_TYPE,
         WRONG_TYPE, WRONG_ARITY("httl"), WRONG_ARITY("hexpire"), "*1⏎:-1");
}

Test(hash_deadlines, hset_clears_and_increments_keep_the_deadline) {
    BOTH("HSET h a 1 b 2 c 3 d 4 ; HEXPIRE h 100 FIELDS 4 a b c d ; HSET h a 5 ; HINCRBY h b 1 ; "
         "HINCRBYFLOAT h c 1 ; HSETNX h d 9 ; HTTL h FIELDS 4 a b c d ; COPY h g ; HTTL g FIELDS 2 "
         "a b "
         "; RENAME g f ; HTTL f FIELDS 2 a b",
         ":4", "*4⏎:1⏎:1⏎:1⏎:1", ":0", ":3", "$1⏎4", ":0", "*4⏎:-1⏎:100⏎:100⏎:100", ":1",
         "*2⏎:-1⏎:100", "+OK", "*2⏎:-1⏎:100");
}

Test(hash_deadlines, due_fields_are_not_seen_and_go) {
    BOTH("DEBUG SET-ACTIVE-EXPIRE 0 ; HSET h a 1 b 2 ; HPEXPIRE h 1 FIELDS 1 a ; ?HGET h a ; HMGET "
         "h a "
         "b ; HGETALL h ; HKEYS h ; HVALS h ; HEXISTS h a ; HSTRLEN h a ; HSCAN h 0 ; HRANDFIELD h "
         "5 ; "
         "HRANDFIELD h ; HTTL h FIELDS 1 a ; HDEL h a ; HINCRBY h a 5 ; HGET h a ; HTTL h FIELDS 1 "
         "a ; "
         "DEBUG SET-ACTIVE-EXPIRE 1",
         "+OK", ":2", "*1⏎:1", "$-1", "*2⏎$-1⏎$1⏎2", "*2⏎$1⏎b⏎$1⏎2", "*1⏎$1⏎b", "*1⏎$1⏎2", ":0",
         ":0", "*2⏎$1⏎0⏎*2⏎$1⏎b⏎$1⏎2", "*1⏎$1⏎b", "$1⏎b", "*1⏎:-2", ":0", ":5", "$1⏎5", "*1⏎:-1",
         "+OK");
    BOTH("HSET h a 1 b 2 ; HPEXPIRE h 1 FIELDS 1 a ; ?HLEN h ; HGETALL h ; HPEXPIRE h 1 FIELDS 1 b "
         "; "
         "?EXISTS h",
         ":2", "*1⏎:1", ":1", "*2⏎$1⏎b⏎$1⏎2", "*1⏎:1", ":0");
}

Test(hash_deadlines, encoding_shows_that_a_small_hash_has_deadlines) {
    assert_script(
        server,
        "HSET h a 1 b 2 ; HEXPIRE h 100 FIELDS 1 no ; OBJECT ENCODING h ; HEXPIRE h 100 "
        "FIELDS 1 b ; OBJECT ENCODING h ; HGETALL h ; HPERSIST h FIELDS 1 b ; OBJECT ENCODING "
        "h ; CONFIG SET hash-max-listpack-entries 2 ; HSET h c 3 ; OBJECT ENCODING h ; HEXPIRE "
        "h 100 FIELDS 1 c ; OBJECT ENCODING h ; HTTL h FIELDS 1 c",
        ":2", "*1⏎:-2", "$8⏎listpack", "*1⏎:1", "$10⏎listpackex", "*4⏎$1⏎b⏎$1⏎2⏎$1⏎a⏎$1⏎1", "*1⏎:1",
        "$10⏎listpackex", "+OK", ":1", "$9⏎hashtable", "*1⏎:1", "$9⏎hashtable", "*1⏎:100");
}

Test(hash_deadlines, hgetdel_reads_and_removes) {
    BOTH("HSET h a 1 b 2 ; HGETDEL h FIELDS 2 a no ; HGETDEL h FIELDS 1 b ; EXISTS h ; HGETDEL h "
         "FIELDS "
         "2 a b ; HGETDEL h FIELDS 0 a ; HGETDEL h FIELDS 2 a ; HGETDEL h FOO 1 a ; HGETDEL h "
         "FIELDS ; "
         "SET s v ; HGETDEL s FIELDS 1 a",
         ":2", "*2⏎$1⏎1⏎$-1", "*1⏎$1⏎2", ":0", "*2⏎$-1⏎$-1",
         "-ERR Number of fields must be a positive integer", NO_MATCH, NO_FIELDS,
         WRONG_ARITY("hgetdel"), "+OK", WRONG_TYPE);
}

Test(hash_deadlines, hgetex_reads_and_sets_deadlines) {
    BOTH("HSET h a 1 b 2 ; HGETEX h FIELDS 2 a no ; HTTL h FIELDS 1 a ; HGETEX h EX 100 FIELDS 2 a "
         "no ; "
         "HTTL h FIELDS 2 a b ; HGETEX h PERSIST FIELDS 1 a ; HTTL h FIELDS 1 a ; HGETEX h EXAT 1 "
         "FIELDS "
         "1 a ; HGETEX h PX 0 FIELDS 1 b ; EXISTS h ; HGETEX no EX 1 FIELDS 1 a ; HGETEX h EX 1 "
         "FIELDS ; "
         "HGETEX h FIELDS ; HGETEX h EX x FIELDS 1 a ; HGETEX h EX -1 FIELDS 1 a ; HGETEX h EX 1 "
         "PX 1 "
         "FIELDS 1 a",
         ":2", "*2⏎$1⏎1⏎$-1", "*1⏎:-1", "*2⏎$1⏎1⏎$-1", "*2⏎:100⏎:-1", "*1⏎$1⏎1", "*1⏎:-1",
         "*1⏎$1⏎1", "*1⏎$1⏎2", ":0", "*1⏎$-1", NO_FIELDS, WRONG_ARITY("hgetex"), NOT_AN_INTEGER,
         BAD_EXPIRE_TIME("hgetex"), NO_FIELDS);
}

Test(hash_deadlines, hsetex_sets_all_or_none) {
    BOTH("HSETEX h EX 100 FIELDS 2 a 1 b 2 ; HTTL h FIELDS 2 a b ; HSETEX h FNX FIELDS 2 b 3 c 3 ; "
         "HGET h "
         "c ; HSETEX h FXX FIELDS 2 a 5 c 5 ; HSETEX h FXX KEEPTTL FIELDS 1 a 5 ; HTTL h FIELDS 1 "
         "a ; "
         "HSETEX h FIELDS 1 b 7 ; HTTL h FIELDS 1 b ; HSETEX no FXX FIELDS 1 a 1 ; HSETEX h NX "
         "FIELDS 1 a "
         "9 ; HSETEX no XX FIELDS 1 a 9 ; HSETEX h XX FIELDS 1 a 9 ; HGETALL h ; HSETEX h EXAT 1 "
         "FIELDS 2 "
         "a 1 b 1 ; EXISTS h",
         ":1", "*2⏎:100⏎:100", ":0", "$-1", ":0", ":1", "*1⏎:100", ":1", "*1⏎:-1", ":0", ":0", ":0",
         ":1", "(any)", ":1", ":0");
    BOTH("HSETEX h EX 1 PX 1 FIELDS 1 a b ; HSETEX h EX 1 KEEPTTL FIELDS 1 a b ; HSETEX h FNX FXX "
         "FIELDS 1 "
         "a b ; HSETEX h FOO FIELDS 1 a b ; HSETEX h FIELDS 2 a b ; HSETEX h FIELDS 0 a b ; HSETEX "
         "h EX "
         "x FIELDS 1 a b ; HSETEX h EX -1 FIELDS 1 a b ; HSETEX h FIELDS 1 a ; EXISTS h ; SET s v "
         "; HSETEX "
         "s FIELDS 1 a b",
         "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
         "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
         "-ERR Only one of FXX or FNX arguments can be specified", "-ERR unknown argument: FOO",
         WRONG_ARITY("hsetex"), "-ERR invalid number of fields", NOT_AN_INTEGER,
         BAD_EXPIRE_TIME("hsetex"), WRONG_ARITY("hsetex"), ":0", "+OK", WRONG_TYPE);
}
