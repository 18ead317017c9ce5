/*
 * Function libraries: FUNCTION, FCALL and FCALL_RO.
 */
#include "support/check.h"
#include "support/rows.h"

#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start((const char *const[]){"--busy-reply-threshold", "50",
                                                     "--enable-debug-command", "yes", NULL});
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(function, .init = start, .fini = stop);

#define REGISTER "redis.register_function"
#define NAME_ERROR                                                                                 \
    "Library names can only contain letters, numbers, or underscores(_) and must be at least one " \
    "character long"

/* A source and the reply to FUNCTION LOAD REPLACE of it. */
struct source_row {
    const char *source;
    const char *reply; /* without its last line end */
};

#define assert_sources(rows)                                                                       \
    do {                                                                                           \
        struct resp_conn *conn_ = test_server_connect(server);                                     \
        for (size_t row_ = 0; row_ < SCRIPT_ROW_COUNT(rows); row_++) {                             \
            assert_load(conn_, (rows)[row_].source, (rows)[row_].reply);                           \
        }                                                                                          \
        resp_close(conn_);                                                                         \
    } while (0)

static void assert_load(struct resp_conn *conn, const char *source, const char *expected) {
    const char *const args[] = {"FUNCTION", "LOAD", "REPLACE", source};
    resp_send_argv(conn, sizeof args / sizeof args[0], args, NULL);
    struct buffer reply = {0};
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE, "no reply to %s", source);
    struct buffer wanted = {0};
    buffer_append_format(&wanted, "%s\r\n", expected);
    cr_expect_str_eq(buffer_text(&reply), buffer_text(&wanted), "%s", source);
    buffer_release(&reply);
    buffer_release(&wanted);
}

Test(function, is_loaded_called_and_removed_with_its_library) {
    static const struct script_row rows[] = {
        {"FUNCTION LOAD \"#!lua name=lib\\n" REGISTER "('set', function(k, a) return "
         "redis.call('SET', k[1], a[1]) end)\" ; FCALL set 1 k v ; GET k ; FCALL SET 1 k w ; "
         "FCALL_RO set 1 k v ; FUNCTION DELETE LIB ; FUNCTION DELETE lib ; FCALL set 1 k v ; "
         "FUNCTION DELETE lib",
         {"$3⏎lib", "+OK", "$1⏎v", "+OK",
          "-ERR Can not execute a script with write flag using *_ro command.",
          "-ERR Library not found", "+OK", "-ERR Function not found", "-ERR Library not found"}},
        {"FUNCTION LOAD \"#!lua name=lib\\n" REGISTER "('show', function(k, a) return "
         "{#k, #a, k[1] or 'none', a[1] or 'none'} end)\" ; FCALL show 0 ; FCALL show 1 a b ; "
         "FCALL show 2 a b c ; FCALL show 2 a ; FCALL show -1 ; FCALL show x ; FCALL other x ; "
         "FCALL_RO show x ; FUNCTION FLUSH",
         {"$3⏎lib", "*4⏎:0⏎:0⏎$4⏎none⏎$4⏎none", "*4⏎:1⏎:1⏎$1⏎a⏎$1⏎b", "*4⏎:2⏎:1⏎$1⏎a⏎$1⏎c",
          "-ERR Number of keys can't be greater than number of args",
          "-ERR Number of keys can't be negative", "-ERR Bad number of keys provided",
          "-ERR Function not found", "-ERR Bad number of keys provided", "+OK"}},
    };
    assert_rows(server, rows);
}

Test(function, header_of_a_library_says_its_name_and_language) {
    static const struct source_row rows[] = {
        {"", "-ERR Missing library metadata"},
        {"x\n" REGISTER "('f', function() end)", "-ERR Missing library metadata"},
        {"#!lua name=lib", "-ERR Invalid library metadata"},
        {"#!lua name='lib\n", "-ERR Invalid library metadata"},
        {"#!lua\n", "-ERR Library name was not given"},
        {"#!\n", "-ERR Library name was not given"},
        {"#!other\n", "-ERR Library name was not given"},
        {"#!lua name=\n", "-ERR " NAME_ERROR},
        {"#!other name=a-b\n", "-ERR " NAME_ERROR},
        {"#!lua name=a name=b\n",
         "-ERR Invalid metadata value, name argument was given multiple times"},
        {"#!lua name=a flags=no-writes\n", "-ERR Invalid metadata value given: flags=no-writes"},
        {"#!lua nam\n", "-ERR Invalid metadata value given: nam"},
        {"#! name=lib\n", "-ERR Engine '' not found"},
        {"#!other name=lib\n", "-ERR Engine 'other' not found"},
        {"#!lua name=lib\n", "-ERR No functions registered"},
        {"#!LUA NAME=\"l\\x69b\" \r\n" REGISTER "('f', function() end)", "$3\r\nlib"},
        {"#!lua name=lib\nreturn {",
         "-ERR Error compiling function: user_function:2: unexpected symbol near '<eof>'"},
        {"#!lua name=lib\nlocal t = {} t.a.b = 1",
         "-ERR Error registering functions: ERR user_function:2: attempt to index field 'a' (a nil "
         "value)"},
    };
    assert_sources(rows);
}

#define LIB "#!lua name=lib\n"
#define REFUSED "-ERR Error registering functions: ERR "
#define NAMED(arguments) LIB REGISTER "{" arguments "}"
#define FUNCTION "callback=function() end"

Test(function, registration_is_checked) {
    static const struct source_row rows[] = {
        {LIB REGISTER "()", REFUSED "wrong number of arguments to redis.register_function"},
        {LIB REGISTER "('f', function() end, 1)",
         REFUSED "wrong number of arguments to redis.register_function"},
        {LIB REGISTER "('f')", REFUSED "calling redis.register_function with a single argument is "
                                       "only applicable to Lua table (representing named "
                                       "arguments)."},
        {LIB REGISTER "({}, function() end)",
         REFUSED "first argument to redis.register_function must be a string"},
        {LIB REGISTER "('f', 1)",
         REFUSED "second argument to redis.register_function must be a function"},
        {LIB REGISTER "('a-b', function() end)", REFUSED NAME_ERROR},
        {LIB REGISTER "('', function() end)", REFUSED NAME_ERROR},
        {NAMED(""), REFUSED "redis.register_function must get a function name argument"},
        {NAMED(FUNCTION), REFUSED "redis.register_function must get a function name argument"},
        {NAMED("function_name='f'"),
         REFUSED "redis.register_function must get a callback argument"},
        {NAMED("function_name={}"),
         REFUSED "function_name argument given to redis.register_function must be a string"},
        {NAMED("callback=1"),
         REFUSED "callback argument given to redis.register_function must be a function"},
        {NAMED("description={}"),
         REFUSED "description argument given to redis.register_function must be a string"},
        {NAMED("flags=1"), REFUSED "flags argument to redis.register_function must be a table "
                                   "representing function flags"},
        {NAMED("flags={1}"), REFUSED "unknown flag given"},
        {NAMED("flags={'no-write'}"), REFUSED "unknown flag given"},
        {NAMED("name='f'"), REFUSED "unknown argument given to redis.register_function"},
        {NAMED("[1]='f'"), REFUSED "unknown argument given to redis.register_function"},
        {NAMED("[{}]='f'"),
         REFUSED "named argument key given to redis.register_function is not a string"},
        {LIB REGISTER "('f', function() end) " REGISTER "('f', function() end)",
         REFUSED "Function already exists in the library"},
        {LIB REGISTER "(1, function() end) " REGISTER "('f', function() end) " REGISTER
                      "('F', function() end)",
         "$3\r\nlib"},
        {NAMED("Function_Name=1, Description=2, Callback=function() end, Flags={'NO-Writes'}"),
         "$3\r\nlib"},
        {LIB "local function f() return f() + 1 end f()", REFUSED "stack overflow"},
        {LIB "while true do end", REFUSED "FUNCTION LOAD timeout"},
    };
    assert_sources(rows);
}

Test(function, library_finds_little_while_it_is_loaded) {
    static const struct source_row rows[] = {
        {LIB "redis.call('SET', 'k', 1)",
         REFUSED "user_function:2: Script attempted to access nonexistent global variable 'call'"},
        {LIB "\nlocal a = pcall",
         REFUSED "user_function:3: Script attempted to access nonexistent global variable 'pcall'"},
        {LIB "local a = _G",
         REFUSED "user_function:2: Script attempted to access nonexistent global variable '_G'"},
        {LIB "x = 1", REFUSED "user_function:2: Attempt to modify a readonly table"},
        {LIB "redis.x = 1", REFUSED "user_function:2: Attempt to modify a readonly table"},
        {LIB "redis.log(9, 'x')", REFUSED "Invalid debug level."},
        {LIB "redis.log(redis.LOG_DEBUG, redis.REDIS_VERSION) server.register_function('f', "
             "function() return type(redis.call) .. type(server.register_function) .. "
             "type(redis.breakpoint) end)",
         "$3\r\nlib"},
    };
    assert_sources(rows);
    static const struct script_row calls[] = {
        {"FCALL f 0 ; FUNCTION LOAD REPLACE \"#!lua name=lib\\nlocal r, g = redis, " REGISTER
         " g('f', function() g('g', function() end) end) g('g', function() r.call('PING') end)\" ; "
         "FCALL f 0 ; FCALL g 0 ; FUNCTION FLUSH ASYNC",
         {"$14⏎functionnilnil", "$3⏎lib",
          "-ERR redis.register_function can only be called on FUNCTION LOAD command script: f, on "
          "@user_function:2.",
          "-ERR user_function:2: Script attempted to access nonexistent global variable 'call' "
          "script: g, on @user_function:2.",
          "+OK"}},
    };
    assert_rows(server, calls);
}

Test(function, names_collide_between_libraries) {
    static const struct script_row rows[] = {
        {"FUNCTION LOAD \"#!lua name=a\\n" REGISTER "('f', function() return 1 end)\" ; "
         "FUNCTION LOAD \"#!lua name=a\\n" REGISTER "('f', function() return 2 end)\" ; "
         "FUNCTION LOAD \"#!lua name=A\\n" REGISTER "('F', function() return 3 end)\" ; "
         "FUNCTION LOAD \"#!lua name=A\\n" REGISTER "('g', function() return 4 end)\" ; "
         "FUNCTION LOAD REPLACE \"#!lua name=A\\n" REGISTER "('f', function() return 5 end)\" ; "
         "FCALL g 0 ; FUNCTION LOAD REPLACE \"#!lua name=a\\n" REGISTER
         "('f', function() return 6 end)\" ; FCALL f 0 ; FUNCTION LOAD x y ; FUNCTION FLUSH SYNC",
         {"$1⏎a", "-ERR Library 'a' already exists", "-ERR Function F already exists", "$1⏎A",
          "-ERR Function f already exists", ":4", "$1⏎a", ":6", "-ERR Unknown option given: x",
          "+OK"}},
    };
    assert_rows(server, rows);
}

Test(function, errors_name_function_and_line) {
    static const struct script_row rows[] = {
        {"FUNCTION LOAD \"#!lua name=lib\\n\\n" REGISTER
         "('a', function() return KEYS end)\\n" REGISTER "('b', function() x = 1 end)\\n" REGISTER
         "('c', function() error('no') end)\\n" REGISTER
         "('d', function() error({err='MY own'}) end)\\n" REGISTER
         "('e', function() return redis.call('FCALL', 'a', 0) end)\\n" REGISTER
         "('g', function() return redis.error_reply('MY reply') end)\" ; "
         "FCALL a 0 ; FCALL b 0 ; FCALL c 0 ; FCALL d 0 ; FCALL e 0 ; FCALL g 0 ; FUNCTION FLUSH",
         {"$3⏎lib",
          "-ERR user_function:3: Script attempted to access nonexistent global variable 'KEYS' "
          "script: a, on @user_function:3.",
          "-ERR user_function:4: Attempt to modify a readonly table script: b, on "
          "@user_function:4.",
          "-ERR user_function:5: no script: c, on @user_function:5.",
          "-MY own script: d, on @user_function:6.",
          "-ERR This Redis command is not allowed from script script: e, on @user_function:7.",
          "-MY reply", "+OK"}},
    };
    assert_rows(server, rows);
}

Test(function, that_says_so_may_only_read) {
    static const struct script_row rows[] = {
        {"FUNCTION LOAD \"#!lua name=lib\\n" REGISTER "{function_name='get', flags={'no-writes'}, "
         "callback=function(k) return redis.call('GET', k[1]) end} " REGISTER
         "{function_name='set', flags={'no-writes'}, callback=function(k) return "
         "redis.call('SET', k[1], 1) end}\" ; FCALL_RO get 1 k ; FCALL get 1 k ; FCALL_RO set 1 k "
         "; "
         "FUNCTION FLUSH",
         {"$3⏎lib", "$-1", "$-1",
          "-ERR Write commands are not allowed from read-only scripts. script: set, on "
          "@user_function:2.",
          "+OK"}},
    };
    assert_rows(server, rows);
}

#define ALL_FLAGS                                                                                  \
    "flags={'allow-cross-slot-keys', 'no-writes', 'allow-stale', 'no-cluster', 'allow-oom'}"

Test(function, libraries_are_listed) {
    static const struct script_row rows[] = {
        {"FUNCTION LOAD \"#!lua name=one\\n" REGISTER "{function_name='f', description='what', "
         "callback=function() end, " ALL_FLAGS "}\" ; FUNCTION LOAD \"#!lua name=two\\n" REGISTER
         "('g', function() end)\" ; FUNCTION LIST ; FUNCTION LIST LIBRARYNAME T* WITHCODE ; "
         "FUNCTION LIST WITHCODE LIBRARYNAME [x] ; FUNCTION STATS ; FUNCTION LIST foo ; "
         "FUNCTION LIST LIBRARYNAME ; FUNCTION LIST WITHCODE WITHCODE ; "
         "FUNCTION LIST LIBRARYNAME a LIBRARYNAME b",
         {"$3⏎one", "$3⏎two",
          "*2⏎*6⏎$12⏎library_name⏎$3⏎one⏎$6⏎engine⏎$3⏎LUA⏎$9⏎functions⏎*1⏎*6⏎$4⏎name⏎$1⏎f⏎"
          "$11⏎description⏎$4⏎what⏎$5⏎flags⏎*5⏎+no-writes⏎+allow-oom⏎+allow-stale⏎+no-cluster⏎"
          "+allow-cross-slot-keys⏎*6⏎$12⏎library_name⏎$3⏎two⏎$6⏎engine⏎$3⏎LUA⏎$9⏎functions⏎*1⏎"
          "*6⏎$4⏎name⏎$1⏎g⏎$11⏎description⏎$-1⏎$5⏎flags⏎*0",
          "*1⏎*8⏎$12⏎library_name⏎$3⏎two⏎$6⏎engine⏎$3⏎LUA⏎$9⏎functions⏎*1⏎*6⏎$4⏎name⏎$1⏎g⏎"
          "$11⏎description⏎$-1⏎$5⏎flags⏎*0⏎$12⏎library_code⏎$59⏎#!lua "
          "name=two\nredis.register_function('g', function() end)",
          "*0",
          "*4⏎$14⏎running_script⏎$-1⏎$7⏎engines⏎*2⏎$3⏎LUA⏎*4⏎$15⏎libraries_count⏎:2⏎"
          "$15⏎functions_count⏎:2",
          "-ERR Unknown argument foo", "-ERR library name argument was not given",
          "-ERR Unknown argument WITHCODE", "-ERR Unknown argument LIBRARYNAME"}},
        {"HELLO 3 ; FUNCTION LIST LIBRARYNAME two ; FUNCTION STATS ; FUNCTION FLUSH",
         {"(any)",
          "*1⏎%3⏎$12⏎library_name⏎$3⏎two⏎$6⏎engine⏎$3⏎LUA⏎$9⏎functions⏎*1⏎%3⏎$4⏎name⏎$1⏎g⏎"
          "$11⏎description⏎_⏎$5⏎flags⏎~0",
          "%2⏎$14⏎running_script⏎_⏎$7⏎engines⏎%1⏎$3⏎LUA⏎%2⏎$15⏎libraries_count⏎:2⏎"
          "$15⏎functions_count⏎:2",
          "+OK"}},
        {"FUNCTION ; FUNCTION blah ; FUNCTION FLUSH foo ; FUNCTION FLUSH sync foo ; FUNCTION LOAD "
         "; "
         "FUNCTION HELP ; FUNCTION KILL ; COMMAND GETKEYS FCALL f 2 a b c ; "
         "COMMAND GETKEYSANDFLAGS FCALL_RO f 1 a b",
         {"-ERR wrong number of arguments for 'function' command",
          "-ERR unknown subcommand 'blah'. Try FUNCTION HELP.",
          "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option",
          "-ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.",
          "-ERR wrong number of arguments for 'function|load' command", "(any)",
          "-NOTBUSY No scripts in execution right now.", "*2⏎$1⏎a⏎$1⏎b",
          "*1⏎*2⏎$1⏎a⏎*2⏎+RO⏎+access"}},
    };
    assert_rows(server, rows);
}

#define BUSY_WITH(killer)                                                                          \
    "-BUSY Redis is busy running a script. You can only call " killer " or SHUTDOWN NOSAVE."

Test(function, that_runs_long_is_ended_by_its_own_command) {
    static const struct script_row rows[] = {
        {"FUNCTION LOAD \"#!lua name=lib\\n" REGISTER "('f', function(k) while true do "
         "pcall(function() while true do end end) end end)\" ; B> &FCALL f 0 ; ?PING ; "
         "SCRIPT KILL ; FUNCTION LIST ; FUNCTION STATS ; FUNCTION KILL ; B> @read ; FUNCTION KILL",
         {"$3⏎lib", BUSY_WITH("FUNCTION KILL"), BUSY_WITH("FUNCTION KILL"),
          BUSY_WITH("FUNCTION KILL"),
          "(starts)*4⏎$14⏎running_script⏎*6⏎$4⏎name⏎$1⏎f⏎$7⏎command⏎*3⏎$5⏎FCALL⏎$1⏎f⏎$1⏎0⏎"
          "$11⏎duration_ms⏎:",
          "+OK", "-ERR Script killed by user with SCRIPT KILL... script: f, on @user_function:2.",
          "-NOTBUSY No scripts in execution right now."}},
        {"B> &EVAL \"while true do end\" 0 ; ?PING ; FUNCTION KILL ; FUNCTION STATS ; "
         "SCRIPT KILL ; B> @read ; FUNCTION FLUSH",
         {BUSY_WITH("SCRIPT KILL"), BUSY_WITH("SCRIPT KILL"), BUSY_WITH("SCRIPT KILL"), "+OK",
          "(starts)-ERR Script killed by user with SCRIPT KILL... script: ", "+OK"}},
    };
    assert_rows(server, rows);
}

Test(function, is_not_called_by_a_script_even_when_scripts_may_do_what_they_must_not) {
    static const struct script_row rows[] = {
        {"FUNCTION LOAD \"#!lua name=lib\\n" REGISTER "('f', function(k, a) return "
         "redis.call(unpack(a)) end)\" ; DEBUG SET-DISABLE-DENY-SCRIPTS 1 ; "
         "FCALL f 0 FCALL f 0 PING ; FCALL f 0 EVAL 'return 1' 0 ; FCALL f 0 FUNCTION FLUSH ; "
         "FCALL f 0 PING ; DEBUG SET-DISABLE-DENY-SCRIPTS 0 ; FUNCTION FLUSH",
         {"$3⏎lib", "+OK",
          "-ERR This Redis command is not allowed from script script: f, on @user_function:2.",
          "-ERR This Redis command is not allowed from script script: f, on @user_function:2.",
          "-ERR This Redis command is not allowed from script script: f, on @user_function:2.",
          "+PONG", "+OK", "+OK"}},
    };
    assert_rows(server, rows);
}

/* The number of a field of INFO. */
static long long info_number(struct resp_conn *conn, const char *field) {
    struct buffer reply = resp_call(conn, "INFO memory");
    const char *place = strstr(buffer_text(&reply), field);
    cr_assert_not_null(place, "%s", field);
    long long number = strtoll(place + strlen(field), NULL, 10);
    buffer_release(&reply);
    return number;
}

Test(function, an_interpreter_is_made_for_the_first_script) {
    struct resp_conn *conn = test_server_connect(server);
    cr_assert_eq(info_number(conn, "\nused_memory_vm_functions:"), 0);
    cr_assert_eq(info_number(conn, "\nused_memory_vm_eval:"), 0);
    assert_reply(conn, "FCALL none 0", "-ERR Function not found\r\n");
    assert_reply(conn, "EVALSHA ffffffffffffffffffffffffffffffffffffffff 0",
                 "-NOSCRIPT No matching script. Please use EVAL.\r\n");
    assert_reply(conn, "SCRIPT FLUSH", "+OK\r\n");
    assert_reply(conn, "FUNCTION FLUSH", "+OK\r\n");
    assert_reply(conn, "EVAL 'return 1' 0", ":1\r\n");
    cr_assert_gt(info_number(conn, "\nused_memory_vm_eval:"), 0);
    cr_assert_eq(info_number(conn, "\nused_memory_vm_functions:"), 0);
    resp_close(conn);
}

Test(function, memory_is_told_and_comes_back) {
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "FUNCTION FLUSH", "+OK\r\n");
    long long before = info_number(conn, "\nused_memory_functions:");
    assert_load(conn, LIB REGISTER "('f', function() end) " REGISTER "('g', function() end)",
                "$3\r\nlib");
    cr_assert_eq(info_number(conn, "\nnumber_of_functions:"), 2);
    cr_assert_eq(info_number(conn, "\nnumber_of_libraries:"), 1);
    cr_assert_gt(info_number(conn, "\nused_memory_functions:"), before);
    cr_assert_gt(info_number(conn, "\nused_memory_vm_functions:"), 0);
    assert_reply(conn, "FUNCTION FLUSH", "+OK\r\n");
    cr_assert_eq(info_number(conn, "\nused_memory_functions:"), before);
    resp_close(conn);
}
