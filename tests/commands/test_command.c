/*
 * COMMAND and its subcommands. Where COMMAND GETKEYS lacks arguments, newer servers say so.
 */
#include "support/check.h"
#include "support/errors.h"

#include <stdio.h>
#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(command, .init = start, .fini = stop);

Test(command, command_info_describes_commands) {
    assert_script(server,
                  "COMMAND INFO get ; COMMAND INFO GeT nosuch ; COMMAND INFO nosuch ; COMMAND "
                  "INFO lpush ; COMMAND INFO object|encoding ; COMMAND INFO ping",
                  "*1⏎*10⏎$3⏎get⏎:2⏎*2⏎+readonly⏎+fast⏎:1⏎:1⏎:1⏎*3⏎+@read⏎+@string⏎+@fast⏎*0⏎*1⏎*"
                  "6⏎$5⏎flags⏎*2⏎+RO⏎+access⏎$12⏎begin_search⏎*4⏎$4⏎type⏎$5⏎index⏎$4⏎spec⏎*2⏎$5⏎i"
                  "ndex⏎:1⏎$9⏎find_keys⏎*4⏎$4⏎type⏎$5⏎range⏎$4⏎spec⏎*6⏎$7⏎lastkey⏎:0⏎$7⏎keystep⏎:"
                  "1⏎$5⏎limit⏎:0⏎*0",
                  "*2⏎*10⏎$3⏎get⏎:2⏎*2⏎+readonly⏎+fast⏎:1⏎:1⏎:1⏎*3⏎+@read⏎+@string⏎+@fast⏎*0⏎*1⏎*"
                  "6⏎$5⏎flags⏎*2⏎+RO⏎+access⏎$12⏎begin_search⏎*4⏎$4⏎type⏎$5⏎index⏎$4⏎spec⏎*2⏎$5⏎i"
                  "ndex⏎:1⏎$9⏎find_keys⏎*4⏎$4⏎type⏎$5⏎range⏎$4⏎spec⏎*6⏎$7⏎lastkey⏎:0⏎$7⏎keystep⏎:"
                  "1⏎$5⏎limit⏎:0⏎*0⏎$-1",
                  "*1⏎$-1",
                  "*1⏎*10⏎$5⏎lpush⏎:-3⏎*3⏎+write⏎+denyoom⏎+fast⏎:1⏎:1⏎:1⏎*3⏎+@write⏎+@list⏎+@fast"
                  "⏎*0⏎*1⏎*6⏎$5⏎flags⏎*2⏎+RW⏎+insert⏎$12⏎begin_search⏎*4⏎$4⏎type⏎$5⏎index⏎$4⏎spec"
                  "⏎*2⏎$5⏎index⏎:1⏎$9⏎find_keys⏎*4⏎$4⏎type⏎$5⏎range⏎$4⏎spec⏎*6⏎$7⏎lastkey⏎:0⏎$7⏎k"
                  "eystep⏎:1⏎$5⏎limit⏎:0⏎*0",
                  "*1⏎*10⏎$15⏎object|encoding⏎:3⏎*1⏎+readonly⏎:2⏎:2⏎:1⏎*3⏎+@keyspace⏎+@read⏎+@slo"
                  "w⏎*1⏎$23⏎nondeterministic_output⏎*1⏎*6⏎$5⏎flags⏎*1⏎+RO⏎$12⏎begin_search⏎*4⏎$4⏎"
                  "type⏎$5⏎index⏎$4⏎spec⏎*2⏎$5⏎index⏎:2⏎$9⏎find_keys⏎*4⏎$4⏎type⏎$5⏎range⏎$4⏎spec⏎"
                  "*6⏎$7⏎lastkey⏎:0⏎$7⏎keystep⏎:1⏎$5⏎limit⏎:0⏎*0",
                  "*1⏎*10⏎$4⏎ping⏎:-1⏎*1⏎+fast⏎:0⏎:0⏎:0⏎*2⏎+@fast⏎+@connection⏎*2⏎$25⏎request_pol"
                  "icy:all_shards⏎$29⏎response_policy:all_succeeded⏎*0⏎*0");
    assert_script(server,
                  "HELLO 3 ; COMMAND INFO get ; COMMAND INFO nosuch ; COMMAND INFO config|get",
                  "(any)",
                  "*1⏎*10⏎$3⏎get⏎:2⏎~2⏎+readonly⏎+fast⏎:1⏎:1⏎:1⏎~3⏎+@read⏎+@string⏎+@fast⏎~0⏎~1⏎%"
                  "3⏎$5⏎flags⏎~2⏎+RO⏎+access⏎$12⏎begin_search⏎%2⏎$4⏎type⏎$5⏎index⏎$4⏎spec⏎%1⏎$5⏎i"
                  "ndex⏎:1⏎$9⏎find_keys⏎%2⏎$4⏎type⏎$5⏎range⏎$4⏎spec⏎%3⏎$7⏎lastkey⏎:0⏎$7⏎keystep⏎:"
                  "1⏎$5⏎limit⏎:0⏎~0",
                  "*1⏎_",
                  "*1⏎*10⏎$10⏎config|get⏎:-3⏎~4⏎+admin⏎+noscript⏎+loading⏎+stale⏎:0⏎:0⏎:0⏎~3⏎+@ad"
                  "min⏎+@slow⏎+@dangerous⏎~0⏎~0⏎~0");
}

Test(command, command_getkeys_finds_the_keys) {
    assert_script(server,
                  "COMMAND GETKEYS SET a b ; COMMAND GETKEYS MSET a 1 b 2 c 3 ; COMMAND GETKEYS "
                  "LMPOP 2 a b LEFT ; COMMAND GETKEYS BLMPOP 0 2 a b LEFT ; COMMAND GETKEYS BLPOP "
                  "a b c 0 ; COMMAND GETKEYS LMOVE a b LEFT LEFT ; COMMAND GETKEYS BITOP AND d a "
                  "b ; COMMAND GETKEYS OBJECT ENCODING k ; COMMAND GETKEYS MGET a b ; COMMAND "
                  "GETKEYS COPY a b ; COMMAND GETKEYS WATCH a b ; COMMAND GETKEYS MEMORY USAGE k "
                  "; COMMAND GETKEYS LCS a b",
                  "*1⏎$1⏎a", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*2⏎$1⏎a⏎$1⏎b", "*2⏎$1⏎a⏎$1⏎b",
                  "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*2⏎$1⏎a⏎$1⏎b", "*3⏎$1⏎d⏎$1⏎a⏎$1⏎b", "*1⏎$1⏎k",
                  "*2⏎$1⏎a⏎$1⏎b", "*2⏎$1⏎a⏎$1⏎b", "*2⏎$1⏎a⏎$1⏎b", "*1⏎$1⏎k", "*2⏎$1⏎a⏎$1⏎b");
    assert_script(server,
                  "COMMAND GETKEYS MSETEX 2 a 1 b 2 EX 10 ; COMMAND GETKEYS LMOVEM a b LEFT LEFT "
                  "; COMMAND GETKEYS DELEX a ; COMMAND GETKEYS INCREX a",
                  "*2⏎$1⏎a⏎$1⏎b", "*2⏎$1⏎a⏎$1⏎b", "*1⏎$1⏎a", "*1⏎$1⏎a");
    assert_script(server,
                  "COMMAND GETKEYS FOO ; COMMAND GETKEYS PING ; COMMAND GETKEYS SET ; COMMAND "
                  "GETKEYS ; COMMAND GETKEYSANDFLAGS FOO ; COMMAND GETKEYSANDFLAGS PING ; COMMAND "
                  "GETKEYSANDFLAGS GET ; COMMAND GETKEYSANDFLAGS",
                  "-ERR Invalid command specified", "-ERR The command has no key arguments",
                  "-ERR Invalid number of arguments specified for command",
                  WRONG_ARITY("command|getkeys"), "-ERR Invalid command specified",
                  "-ERR The command has no key arguments",
                  "-ERR Invalid number of arguments specified for command",
                  WRONG_ARITY("command|getkeysandflags"));
    assert_script(server,
                  "COMMAND GETKEYS FOO a ; COMMAND GETKEYS PING a ; COMMAND GETKEYS LMPOP 0 a "
                  "LEFT ; COMMAND GETKEYS LMPOP x a LEFT ; COMMAND GETKEYS LMPOP 5 a LEFT ; "
                  "COMMAND GETKEYS GET a b ; COMMAND GETKEYS ZUNIONSTORE d 0 a ; COMMAND GETKEYS "
                  "SPUBLISH a b ; COMMAND GETKEYS SSUBSCRIBE a",
                  "-ERR Invalid command specified", "-ERR The command has no key arguments",
                  "-ERR Invalid arguments specified for command",
                  "-ERR Invalid arguments specified for command",
                  "-ERR Invalid arguments specified for command",
                  "-ERR Invalid number of arguments specified for command",
                  "-ERR Invalid arguments specified for command",
                  "-ERR The command has no key arguments", "-ERR The command has no key arguments");
}

Test(command, command_getkeysandflags_adds_what_is_done) {
    assert_script(server,
                  "COMMAND GETKEYSANDFLAGS GET a ; COMMAND GETKEYSANDFLAGS LMOVE a b LEFT LEFT ; "
                  "COMMAND GETKEYSANDFLAGS DEL a ; COMMAND GETKEYSANDFLAGS SETBIT a 0 1 ; COMMAND "
                  "GETKEYSANDFLAGS MSET a 1 b 2 ; COMMAND GETKEYSANDFLAGS RENAME a b",
                  "*1⏎*2⏎$1⏎a⏎*2⏎+RO⏎+access",
                  "*2⏎*2⏎$1⏎a⏎*3⏎+RW⏎+access⏎+delete⏎*2⏎$1⏎b⏎*2⏎+RW⏎+insert",
                  "*1⏎*2⏎$1⏎a⏎*2⏎+RM⏎+delete", "*1⏎*2⏎$1⏎a⏎*3⏎+RW⏎+access⏎+update",
                  "*2⏎*2⏎$1⏎a⏎*2⏎+OW⏎+update⏎*2⏎$1⏎b⏎*2⏎+OW⏎+update",
                  "*2⏎*2⏎$1⏎a⏎*3⏎+RW⏎+access⏎+delete⏎*2⏎$1⏎b⏎*2⏎+OW⏎+update");
    assert_script(server,
                  "COMMAND GETKEYSANDFLAGS SET a b ; COMMAND GETKEYSANDFLAGS SET a b GET ; "
                  "COMMAND GETKEYSANDFLAGS BITFIELD a GET u8 0 ; COMMAND GETKEYSANDFLAGS BITFIELD "
                  "a SET u8 0 1",
                  "*1⏎*2⏎$1⏎a⏎*2⏎+OW⏎+update", "*1⏎*2⏎$1⏎a⏎*3⏎+RW⏎+access⏎+update",
                  "*1⏎*2⏎$1⏎a⏎*2⏎+RO⏎+access", "*1⏎*2⏎$1⏎a⏎*3⏎+RW⏎+access⏎+update");
    assert_script(server, "HELLO 3 ; COMMAND GETKEYSANDFLAGS SET a b", "(any)",
                  "*1⏎*2⏎$1⏎a⏎~2⏎+OW⏎+update");
}

Test(command, command_list_filters) {
    assert_script(server,
                  "COMMAND LIST FILTERBY MODULE foo ; COMMAND LIST FILTERBY PATTERN lle? ; "
                  "COMMAND LIST FILTERBY ACLCAT nosuch ; COMMAND LIST FILTERBY PATTERN nosuch ; "
                  "COMMAND LIST FOO ; COMMAND LIST FILTERBY ; COMMAND LIST FILTERBY FOO bar ; "
                  "COMMAND LIST FILTERBY MODULE ; COMMAND LIST FILTERBY PATTERN a b ; COMMAND "
                  "LIST filterby pattern LLEN",
                  "*0", "*1⏎$4⏎llen", "*0", "*0", SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  SYNTAX_ERROR, SYNTAX_ERROR, "*1⏎$4⏎llen");
}

Test(command, command_refuses_unknown_subcommands) {
    assert_script(server, "COMMAND BLAH ; COMMAND COUNT x ; COMMAND HELP x",
                  "-ERR unknown subcommand 'BLAH'. Try COMMAND HELP.", WRONG_ARITY("command|count"),
                  WRONG_ARITY("command|help"));
}

Test(command, command_docs_describes_a_command) {
    assert_script(server, "COMMAND DOCS nosuch ; HELLO 3 ; COMMAND DOCS nosuch", "*0", "(any)",
                  "%0");
}

/* Sends a command and returns its reply as a tree; free with resp_value_destroy. */
static struct resp_value *ask(struct resp_conn *conn, const char *line) {
    struct buffer reply = resp_call(conn, line);
    struct resp_value *value = resp_value_parse(buffer_text(&reply), reply.size);
    buffer_release(&reply);
    return value;
}

Test(command, count_list_and_the_bare_command_agree) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_value *count = ask(conn, "COMMAND COUNT");
    struct resp_value *all = ask(conn, "COMMAND");
    struct resp_value *docs = ask(conn, "COMMAND DOCS");
    struct resp_value *infos = ask(conn, "COMMAND INFO");
    cr_assert_gt(count->integer, 100);
    cr_assert_eq(all->count, (size_t)count->integer);
    cr_assert_eq(infos->count, all->count);
    cr_assert_eq(docs->count, 2 * all->count);
    resp_value_destroy(count);
    resp_value_destroy(all);
    resp_value_destroy(docs);
    resp_value_destroy(infos);
    resp_close(conn);
}

Test(command, list_names_commands_and_subcommands_once) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_value *list = ask(conn, "COMMAND LIST");
    size_t found_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *name = list->items[i].bytes;
        found_count += strcmp(name, "get") == 0 || strcmp(name, "object|encoding") == 0;
    }
    cr_assert_eq(found_count, 2);
    resp_value_destroy(list);
    resp_close(conn);
}

Test(command, list_by_category_names_what_is_in_it) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_value *list = ask(conn, "COMMAND LIST FILTERBY ACLCAT transaction");
    cr_assert_eq(list->count, 5);
    resp_value_destroy(list);
    resp_close(conn);
}

/* Checks the fields of COMMAND DOCS that every command has. */
static void check_docs(const struct resp_value *docs, const char *group, const char *since) {
    cr_assert_not_null(docs);
    cr_assert_not_null(resp_value_field(docs, "summary"));
    cr_assert_not_null(resp_value_field(docs, "complexity"));
    cr_assert_str_eq(resp_value_field(docs, "since")->bytes, since);
    cr_assert_str_eq(resp_value_field(docs, "group")->bytes, group);
}

Test(command, docs_describe_fields_arguments_and_subcommands) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_value *docs = ask(conn, "COMMAND DOCS set object RPOPLPUSH");
    cr_assert_eq(docs->count, 6);
    const struct resp_value *set = resp_value_field(docs, "set");
    check_docs(set, "string", "1.0.0");
    const struct resp_value *arguments = resp_value_field(set, "arguments");
    cr_assert_not_null(arguments);
    cr_assert_str_eq(resp_value_field(&arguments->items[0], "name")->bytes, "key");
    cr_assert_str_eq(resp_value_field(&arguments->items[0], "type")->bytes, "key");
    const struct resp_value *object = resp_value_field(docs, "object");
    check_docs(object, "generic", "2.2.3");
    const struct resp_value *subcommands = resp_value_field(object, "subcommands");
    check_docs(resp_value_field(subcommands, "object|encoding"), "generic", "2.2.3");
    const struct resp_value *old = resp_value_field(docs, "rpoplpush");
    cr_assert_not_null(resp_value_field(old, "deprecated_since"));
    cr_assert_not_null(resp_value_field(old, "replaced_by"));
    resp_value_destroy(docs);
    resp_close(conn);
}

Test(command, docs_are_maps_in_resp3) {
    struct resp_conn *conn = test_server_connect(server);
    struct buffer hello = resp_call(conn, "HELLO 3");
    buffer_release(&hello);
    struct resp_value *docs = ask(conn, "COMMAND DOCS get");
    cr_assert_eq(docs->type, '%');
    cr_assert_eq(docs->items[1].type, '%');
    check_docs(resp_value_field(docs, "get"), "string", "1.0.0");
    resp_value_destroy(docs);
    resp_close(conn);
}

/* Every command of the table describes itself completely: what clients and redis-cli build on. */
Test(command, every_command_has_its_row) {
    struct resp_conn *conn = test_server_connect(server);
    struct resp_value *all = ask(conn, "COMMAND");
    enum { FIELD_COUNT = 10, ARITY_INDEX = 1, FLAGS_INDEX = 2, CATEGORIES_INDEX = 6 };
    for (size_t i = 0; i < all->count; i++) {
        const struct resp_value *row = &all->items[i];
        const char *name = row->items[0].bytes;
        cr_assert_eq(row->count, FIELD_COUNT, "%s", name);
        cr_assert_neq(row->items[ARITY_INDEX].integer, 0, "%s", name);
        cr_assert_eq(row->items[FLAGS_INDEX].type, '*', "%s", name);
        cr_assert_gt(row->items[CATEGORIES_INDEX].count, 0, "%s", name);
        char line[64];
        (void)snprintf(line, sizeof line, "COMMAND DOCS %s", name);
        struct resp_value *docs = ask(conn, line);
        cr_assert_not_null(resp_value_field(&docs->items[1], "summary"), "%s", name);
        resp_value_destroy(docs);
    }
    resp_value_destroy(all);
    resp_close(conn);
}

Test(command, help_lists_the_subcommands) {
    assert_script(server, "COMMAND HELP", "(starts)*");
    assert_script(server, "OBJECT HELP", "(starts)*");
}

/* The server that replies are compared with reads the number in front of what is none. */
Test(command, keys_behind_a_number_that_is_none_are_found_without_flags) {
    assert_script(server,
                  "COMMAND GETKEYSANDFLAGS FCALL f 1.5 k0 2 ; COMMAND GETKEYS EVAL s 01 k0 ; "
                  "COMMAND GETKEYSANDFLAGS ZUNIONSTORE d 2x a b ; COMMAND GETKEYS FCALL f x k0 ; "
                  "COMMAND GETKEYS ZUNION x a",
                  "*1⏎*2⏎$2⏎k0⏎*0", "*1⏎$2⏎k0", "*3⏎*2⏎$1⏎a⏎*0⏎*2⏎$1⏎b⏎*0⏎*2⏎$1⏎d⏎*0", "*0",
                  "-ERR Invalid arguments specified for command");
}
