/*
 * HyperLogLogs.
 */
#include "support/check.h"
#include "support/rows.h"

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(hyperloglog, .init = start, .fini = stop);

Test(hyperloglog, counts_distinct_elements) {
    static const struct script_row rows[] = {
        {"PFADD h a b c ; PFADD h a ; PFCOUNT h ; PFADD e ; PFADD e ; PFCOUNT none ; PFADD g c d ; "
         "PFCOUNT h g",
         {":1", ":0", ":3", ":1", ":0", ":0", ":1", ":4"}},
        {"PFADD h a ; PFADD g b ; PFMERGE m h g ; PFCOUNT m ; PFMERGE n ; PFCOUNT n ; TYPE m",
         {":1", ":1", "+OK", ":2", "+OK", ":0", "+string"}},
    };
    assert_rows(server, rows);
}

Test(hyperloglog, becomes_dense_when_asked) {
    static const struct script_row rows[] = {
        {"PFADD m a b ; PFDEBUG ENCODING m ; PFDEBUG TODENSE m ; PFDEBUG ENCODING m ; PFDEBUG "
         "TODENSE m ; PFCOUNT m ; STRLEN m",
         {":1", "+sparse", ":1", "+dense", ":0", ":2", ":12304"}},
        {"PFDEBUG GETREG none ; PFDEBUG FOO x ; PFSELFTEST",
         {"-ERR The specified key does not exist", "-ERR The specified key does not exist", "+OK"}},
    };
    assert_rows(server, rows);
}

Test(hyperloglog, refuses_other_values) {
    static const struct script_row rows[] = {
        {"SET s abc ; PFADD s a ; PFCOUNT s ; PFMERGE s ; LPUSH l 1 ; PFADD l a ; PFCOUNT l",
         {"+OK", "-WRONGTYPE Key is not a valid HyperLogLog string value.",
          "-WRONGTYPE Key is not a valid HyperLogLog string value.",
          "-WRONGTYPE Key is not a valid HyperLogLog string value.", ":1",
          "-WRONGTYPE Operation against a key holding the wrong kind of value",
          "-WRONGTYPE Operation against a key holding the wrong kind of value"}},
        {"PFADD ; PFCOUNT",
         {"-ERR wrong number of arguments for 'pfadd' command",
          "-ERR wrong number of arguments for 'pfcount' command"}},
    };
    assert_rows(server, rows);
}

Test(hyperloglog, bytes_are_those_of_the_published_layout) {
    static const struct script_row rows[] = {
        {"PFADD h a ; STRLEN h ; GETRANGE h 0 3 ; PFDEBUG DECODE h",
         {":1", ":21", "$4⏎HYLL", "$20⏎Z:12711 v:2,1 Z:3672"}},
    };
    assert_rows(server, rows);
}
