/*
 * What scripts try in order to get out of their sandbox, to end the server, to keep it from others
 * or to fill its memory. Each is refused or has a bound; the server goes on, and its memory comes
 * back.
 */
#include "support/check.h"
#include "support/rows.h"

#include <string.h>

static struct test_server *server;

/* Less memory than a server has by default: what is to run into the limit does so soon. */
static void start(void) {
    server = test_server_start(
        (const char *const[]){"--busy-reply-threshold", "50", "--maxmemory-scripts", "32mb", NULL});
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(sandbox, .init = start, .fini = stop);

enum { SHOWN_BYTES = 120, RETURN_MS = 20 * 1000, KILL_MS = 20 * 1000 };

struct attempt {
    const char *script;
    const char *reply; /* what the reply must begin with; NULL: it runs until it is killed */
};

#define LINE_1 "-ERR user_script:1: "
#define NO_MEMORY "-ERR not enough memory script: "
#define READ_ONLY LINE_1 "Attempt to modify a readonly table script: "
#define KILLED "-ERR Script killed by user with SCRIPT KILL... script: "
#define ABSENT(name) LINE_1 "Script attempted to access nonexistent global variable '" name "'"

static bool starts_with(const struct buffer *reply, const char *text) {
    return reply->size >= strlen(text) && memcmp(reply->data, text, strlen(text)) == 0;
}

static bool script_is_killed(void *context) {
    struct buffer reply = resp_call(context, "SCRIPT KILL");
    bool is_killed = starts_with(&reply, "+OK");
    buffer_release(&reply);
    return is_killed;
}

static void kill_script(const char *script) {
    struct resp_conn *conn = test_server_connect(server);
    cr_expect(wait_until(script_is_killed, conn, KILL_MS), "does not run: %s", script);
    resp_close(conn);
}

static void run_attempt(struct resp_conn *conn, const struct attempt *attempt) {
    resp_send_argv(conn, 3, (const char *const[]){"EVAL", attempt->script, "0"}, NULL);
    if (attempt->reply == NULL) {
        kill_script(attempt->script);
    }
    struct buffer reply = {0};
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE, "no reply to %s", attempt->script);
    const char *wanted = attempt->reply == NULL ? KILLED : attempt->reply;
    cr_expect(starts_with(&reply, wanted), "%s: %.*s, wanted %s", attempt->script, SHOWN_BYTES,
              buffer_text(&reply), wanted);
    buffer_release(&reply);
}

static void run_attempts(const struct attempt *attempts, size_t count) {
    struct resp_conn *conn = test_server_connect(server);
    for (size_t i = 0; i < count; i++) {
        run_attempt(conn, &attempts[i]);
    }
    assert_reply(conn, "PING", "+PONG\r\n");
    resp_close(conn);
}

#define RUN(attempts) run_attempts((attempts), sizeof(attempts) / sizeof(attempts)[0])

/* ---- Names and tables ---- */

Test(sandbox, has_no_name_that_leads_out_of_it) {
    static const struct attempt attempts[] = {
        {"return debug", ABSENT("debug")},
        {"return io", ABSENT("io")},
        {"return ffi", ABSENT("ffi")},
        {"return jit", ABSENT("jit")},
        {"return require", ABSENT("require")},
        {"return package", ABSENT("package")},
        {"return module", ABSENT("module")},
        {"return dofile", ABSENT("dofile")},
        {"return loadfile", ABSENT("loadfile")},
        {"return print", ABSENT("print")},
        {"return newproxy(true)", ABSENT("newproxy")},
        {"return getfenv(0)", ABSENT("getfenv")},
        {"return setfenv(1, {})", ABSENT("setfenv")},
        {"local n = {} for k in pairs(os) do n[#n + 1] = k end return n", "*1\r\n$5\r\nclock\r\n"},
        {"return {os.execute, os.exit, os.getenv, os.remove, os.rename, os.tmpname}", "*0\r\n"},
        {"return rawget(_G, 'debug')", "$-1\r\n"},
        {"return {string.rep.x}", LINE_1 "attempt to index"},
    };
    RUN(attempts);
}

Test(sandbox, tables_that_scripts_share_cannot_be_changed) {
    static const struct attempt attempts[] = {
        {"x = 1", READ_ONLY},
        {"function f() end", READ_ONLY},
        {"_G.x = 1", READ_ONLY},
        {"_G = nil", READ_ONLY},
        {"KEYS = nil", READ_ONLY},
        {"redis.call = nil", READ_ONLY},
        {"server.call = nil", READ_ONLY},
        {"string.rep = nil", READ_ONLY},
        {"cjson.encode = nil", READ_ONLY},
        {"bit.x = 1", READ_ONLY},
        {"coroutine.wrap = nil", READ_ONLY},
        {"rawset(_G, 'x', 1)", "-ERR Attempt to modify a readonly table script: "},
        {"rawset(string, 'x', 1)", "-ERR Attempt to modify a readonly table script: "},
        {"table.insert(string, 'x')", "-ERR Attempt to modify a readonly table script: "},
        {"setmetatable(_G, {})", "-ERR Attempt to modify a readonly table script: "},
        {"setmetatable(redis, nil)", "-ERR Attempt to modify a readonly table script: "},
        {"local g = getmetatable(_G) g.__index = {}", READ_ONLY},
        {"getmetatable(_G).__newindex = nil", READ_ONLY},
        {"setmetatable(getmetatable(_G), nil)", "-ERR Attempt to modify a readonly table script: "},
        {"getmetatable(_G).__index(_G, 'x')", ABSENT("x")},
        {"return getmetatable(string)", "$-1\r\n"},
        {"getmetatable('').__index = nil", READ_ONLY},
        {"getmetatable('').__index.x = 1", READ_ONLY},
        {"getmetatable('').__add = function() end", READ_ONLY},
        {"rawset(getmetatable(''), '__index', nil)",
         "-ERR Attempt to modify a readonly table script: "},
        {"setmetatable('', {})", LINE_1 "bad argument #1 to 'setmetatable'"},
        {"setmetatable(1, {})", LINE_1 "bad argument #1 to 'setmetatable'"},
        {"table.sort(_G) table.remove(string) return ('x'):rep(2)", "$2\r\nxx\r\n"},
        {"local t = {} for k in next, _G do t[#t + 1] = k end return #t > 20", ":1\r\n"},
    };
    RUN(attempts);
}

Test(sandbox, loads_no_bytecode) {
    static const struct attempt attempts[] = {
        {"return loadstring(string.dump(function() return 1 end))()",
         LINE_1 "attempt to call a nil value script: "},
        {"return {loadstring('\\27LJ\\2')}", "*0\r\n"},
        {"return {loadstring('\\27Lua')}", "*0\r\n"},
        {"local n = 0 return {load(function() n = n + 1 return n == 1 and '\\27LJ\\2' or nil end)}",
         "*0\r\n"},
        {"local s = string.dump(function() end) local n = 0 return {load(function() n = n + 1 "
         "return n <= #s and s:sub(n, n) or nil end)}",
         "*0\r\n"},
        {"\033LJ\002", "-ERR Error compiling script (new function): "},
    };
    RUN(attempts);
}

/* ---- Errors ---- */

Test(sandbox, errors_of_any_kind_become_replies) {
    static const struct attempt attempts[] = {
        {"error()", "-ERR nil script: "},
        {"error(nil)", "-ERR nil script: "},
        {"error(true)", "-ERR true script: "},
        {"error(5)", LINE_1 "5 script: "},
        {"error({})", "-ERR unknown error script: "},
        {"error({err = {}})", "-ERR unknown error script: "},
        {"error({err = 5})", "-5 script: "},
        {"error(function() end)", "-ERR function: 0x"},
        {"error({err = 'A\\r\\n+b'})", "-A  +b script: "},
        {"error('a\\r\\n+b')", LINE_1 "a  +b script: "},
        {"error({err = 'E x', source = {}, line = {}})", "-E x script: "},
        {"error(setmetatable({}, {__index = function() error('again') end}))",
         "-ERR unknown error script: "},
        {"error(setmetatable({}, {__tostring = function() error('again') end}))",
         "-ERR unknown error script: "},
        {"return xpcall(function() error('a') end, function() error('b') end)", "$-1\r\n"},
        {"return tostring(setmetatable({}, {__tostring = function() error('x') end}))",
         LINE_1 "x script: "},
        {"return string.format('%s', setmetatable({}, {__tostring = function() end}))",
         LINE_1 "bad argument #2 to 'format' (string expected, got table)"},
        {"return {err = 'a\\r\\nb'}", "-a  b\r\n"},
        {"return {ok = 'a\\r\\nb'}", "+a  b\r\n"},
        {"return {function() end, coroutine.create(function() end), 1}", "*3\r\n$-1\r\n$-1\r\n:1"},
    };
    RUN(attempts);
}

/* ---- Depth ---- */

Test(sandbox, depth_of_recursion_is_bounded) {
    static const struct attempt attempts[] = {
        {"local function f() return 1 + f() end return f()", "-ERR stack overflow script: "},
        {"local function f(s) return (s:gsub('.', f)) end return f('a')",
         LINE_1 "C stack overflow script: "},
        {"local t t = setmetatable({}, {__index = function() return string.gsub('x', 'x', t) end}) "
         "return string.gsub('x', 'x', t)",
         LINE_1 "C stack overflow script: "},
        {"local function f() return pcall(f) end return f()", ":1\r\n"},
        {"local function f() local ok = pcall(f) return 1 end return f()", ":1\r\n"},
        {"local function f() table.sort({2, 1}, f) end table.sort({1, 2}, f)",
         "-ERR stack overflow script: "},
        {"local t t = setmetatable({}, {__lt = function() table.sort({t, t}) end}) "
         "table.sort({t, t})",
         "-ERR stack overflow script: "},
        {"local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) "
         "return tostring(t)",
         "-ERR stack overflow script: "},
        {"local t = setmetatable({}, {__index = function(t, k) return t[k] end}) return t.x",
         "-ERR stack overflow script: "},
        {"local t = {} setmetatable(t, {__index = t}) return t.x",
         LINE_1 "loop in gettable script: "},
        {"local t = {} t[1] = t return t", "*1\r\n*1\r\n*1\r\n"},
        {"local t = {} t.map = {a = t} return t", "*2\r\n$1\r\na\r\n*2\r\n"},
    };
    RUN(attempts);
}

/* What LuaJIT itself bounds by nothing but the C stack. */
Test(sandbox, coroutines_inside_of_coroutines_are_bounded) {
    static const struct attempt attempts[] = {
        {"local function f(n) local r = {coroutine.resume(coroutine.create(f), n + 1)} "
         "return r[2] end return f(1)",
         "$16\r\nC stack overflow\r\n"},
        {"local d = 0 local function f() d = d + 1 coroutine.wrap(f)() end pcall(f) "
         "return d > 1000 and d < 100000",
         ":1\r\n"},
        {"local co co = coroutine.wrap(function() return co() end) return co()",
         LINE_1 "user_script:1: cannot resume running coroutine script: "},
        {"return coroutine.wrap(5)", LINE_1 "bad argument #1 to 'wrap' (function expected, got "},
        {"return coroutine.resume(5)", LINE_1 "bad argument #1 to 'resume' (coroutine expected)"},
        {"local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) "
         "return {co(1), co(21)}",
         "*2\r\n:2\r\n:42\r\n"},
        {"return {coroutine.resume(coroutine.create(function() return redis.call('PING') end))}",
         "*2\r\n:1\r\n+PONG\r\n"},
        {"return coroutine.yield(1)",
         "-ERR user_script:1: attempt to yield across C-call boundary"},
    };
    RUN(attempts);
}

Test(sandbox, nesting_of_data_and_texts_is_bounded) {
    static const struct attempt attempts[] = {
        {"return cjson.decode(string.rep('[', 100000))",
         LINE_1 "Found too many nested data structures (1001)"},
        {"cjson.decode_max_depth(2147483647) local ok, e = pcall(cjson.decode, "
         "string.rep('[', 1000000)) cjson.decode_max_depth(1000) return ok",
         "$-1\r\n"},
        {"cjson.encode_max_depth(2147483647) local t = {} for i = 1, 100000 do t = {t} end "
         "local ok, e = pcall(cjson.encode, t) cjson.encode_max_depth(1000) return ok",
         "$-1\r\n"},
        {"local t = {} t[1] = t return cjson.encode(t)",
         LINE_1 "Cannot serialise, excessive nesting (1001)"},
        {"return cjson.encode({[1000000000] = 1})",
         LINE_1 "Cannot serialise table: excessively sparse array"},
        {"local t = {} t[1] = t return #cmsgpack.pack(t)", ":17\r\n"},
        {"return pcall(cmsgpack.unpack, string.rep('\\145', 1000000))", "$-1\r\n"},
        {"return pcall(cmsgpack.unpack, '\\221\\255\\255\\255\\255')", "$-1\r\n"},
        {"return pcall(cmsgpack.unpack, '\\219\\255\\255\\255\\255')", "$-1\r\n"},
        {"return {loadstring(string.rep('(', 1000000))}", "*0\r\n"},
        {"return {loadstring('return ' .. string.rep('{', 1000000))}", "*0\r\n"},
        {"return {loadstring('return ' .. string.rep('- ', 1000000) .. '1')}", "*0\r\n"},
        {"return {loadstring(string.rep('do ', 1000000))}", "*0\r\n"},
        {"return {loadstring(string.rep('function f() ', 100000))}", "*0\r\n"},
        {"return {loadstring(string.rep('local a ', 100000))}", "*0\r\n"},
        {"return {loadstring('return f' .. string.rep('()', 1000000))}", "*1\r\n$-1\r\n"},
    };
    RUN(attempts);
}

/* ---- Sizes ---- */

Test(sandbox, numbers_out_of_range_reach_no_memory) {
    static const struct attempt attempts[] = {
        {"return pcall(unpack, {}, 1, 100000000)", "$-1\r\n"},
        {"return pcall(unpack, {}, -2147483648, 2147483647)", "$-1\r\n"},
        {"return select(-2147483648, 1)", LINE_1 "bad argument #1 to 'select'"},
        {"return {select(2147483647, 1)}", "*0\r\n"},
        {"return pcall(table.concat, {}, '', 1, 2147483647)", "$-1\r\n"},
        {"return pcall(table.concat, {}, '', -2147483648, 2147483647)", "$-1\r\n"},
        {"table.insert({}, -2147483648, 1)", LINE_1 "bad argument #2 to 'insert'"},
        {"local t = {1, 2} table.insert(t, 0, 5) return {t[0], t[2], t[3]}",
         "*3\r\n:5\r\n:1\r\n:2\r\n"},
        {"return table.remove({}, -2147483648)", "$-1\r\n"},
        {"return ('x'):sub(-2147483648, 2147483647)", "$1\r\nx\r\n"},
        {"return {('x'):byte(-2147483648, 2147483647)}", "*1\r\n:120\r\n"},
        {"return pcall(string.byte, string.rep('x', 1000000), 1, -1)", "$-1\r\n"},
        {"return ('x'):find('x', -2147483648)", ":1\r\n"},
        {"return pcall(string.format, '%99999d', 1)", "$-1\r\n"},
        {"return #string.format('%99.99f', 1e308)", ":409\r\n"},
        {"return string.rep('', 2147483647)", "$0\r\n"},
        {"return string.rep('x', -2147483648)", "$0\r\n"},
        {"return pcall(struct.pack, 'i33', 1)", "$-1\r\n"},
        {"return pcall(struct.pack, 'c99999999999', 'a')", "$-1\r\n"},
        {"return pcall(struct.unpack, 'c2147483647', 'a')", "$-1\r\n"},
        {"return pcall(struct.unpack, 'i4', 'abcd', 2147483648)", "$-1\r\n"},
        {"return pcall(struct.unpack, 'i4', 'abcd', -1)", "$-1\r\n"},
        {"return struct.size(string.rep('c2147483647', 3))", ":6442450941\r\n"},
        {"return pcall(struct.unpack, string.rep('b', 100000), string.rep('x', 100000))",
         "$-1\r\n"},
        {"return bit.tohex(1, -2147483648)", "$8\r\n00000001\r\n"},
        {"return pcall(math.random, 2^53)", "$-1\r\n"},
        {"return pcall(redis.call, unpack({}, 1, 7000))", "$-1\r\n"},
    };
    RUN(attempts);
}

/* Memory of the interpreter of EVAL, as INFO tells it. */
static long long interpreter_bytes(struct resp_conn *conn) {
    struct buffer info = resp_call(conn, "INFO memory");
    const char *field = strstr(buffer_text(&info), "used_memory_vm_eval:");
    cr_assert_not_null(field);
    long long bytes = strtoll(strchr(field, ':') + 1, NULL, 10);
    buffer_release(&info);
    return bytes;
}

static bool memory_is_back(void *context) {
    enum { SPARE_BYTES = 2 * 1024 * 1024 };
    return interpreter_bytes(context) < SPARE_BYTES;
}

Test(sandbox, memory_is_limited_and_returns) {
    static const struct attempt attempts[] = {
        {"local s = 'x' while true do s = s .. s end", NO_MEMORY},
        {"return string.rep('x', 2147483647)", NO_MEMORY},
        {"local t = {} for i = 1, 1000000000 do t[i] = i end", NO_MEMORY},
        {"local t = {} for i = 1, 1000000000 do t[i] = {} end", NO_MEMORY},
        {"local t = {} for i = 1, 1000000000 do t['k' .. i] = i end", NO_MEMORY},
        {"local t = {} for i = 1, 1000000000 do t[i] = function() return t end end", NO_MEMORY},
        {"local t = {} for i = 1, 1000000000 do t[i] = coroutine.create(function() end) end",
         NO_MEMORY},
        {"return ('x'):rep(10000000):gsub('x', ('y'):rep(1000))", NO_MEMORY},
        {"local t = {} for i = 1, 7000 do t[i] = ('x'):rep(1000000) end return table.concat(t)",
         NO_MEMORY},
        {"local s = ('x'):rep(1000000) local t = {} for i = 1, 7000 do t[i] = s end "
         "return #table.concat(t)",
         NO_MEMORY},
        {"local s = ('x'):rep(1000000) local t = {} for i = 1, 7000 do t[i] = s end "
         "return cjson.encode(t)",
         "-ERR"},
        {"local s = ('x'):rep(1000000) local t = {} for i = 1, 7000 do t[i] = s end "
         "return cmsgpack.pack(t)",
         "-ERR"},
        {"return load(function() return ('x'):rep(1000000) end)", "$-1\r\n"},
        {"pcall(function() local s = 'x' while true do s = s .. s end end) return 1", ":1\r\n"},
    };
    RUN(attempts);
    struct resp_conn *conn = test_server_connect(server);
    cr_expect(wait_until(memory_is_back, conn, RETURN_MS), "%lld bytes are left",
              interpreter_bytes(conn));
    resp_close(conn);
}

/* One text, many times: small for the script, not for who gets it. */
Test(sandbox, what_leaves_the_script_is_limited) {
    static const struct attempt attempts[] = {
        {"local s = ('x'):rep(1000000) local t = {} for i = 1, 1000000 do t[i] = s end return t",
         "-ERR the script's reply is larger than maxmemory-scripts script: "},
        {"local t = {('x'):rep(1000)} for i = 1, 40 do t = {t, t} end return t",
         "-ERR the script's reply is larger than maxmemory-scripts script: "},
        {"redis.setresp(3) local t = {('x'):rep(1000)} for i = 1, 40 do "
         "t = {map = {a = t, b = t}} end return t",
         "-ERR the script's reply is larger than maxmemory-scripts script: "},
        {"local s = ('x'):rep(10000000) local t = {} for i = 1, 7000 do t[i] = s end "
         "return redis.call('RPUSH', 'l', unpack(t))",
         "-ERR Lua redis lib command arguments exceed client-query-buffer-limit script: "},
        {"local s = ('x'):rep(10000000) local t = {} for i = 1, 7000 do t[i] = s end "
         "return redis.pcall('RPUSH', 'l', unpack(t)).err",
         "$68\r\nERR Lua redis lib command arguments exceed client-query-buffer-limit\r\n"},
        {"return redis.call('EXISTS', 'l')", ":0\r\n"},
    };
    RUN(attempts);
}

/*
 * Wherever a script runs out of memory, it gets an error, or the reply; also when there is already
 * more than may be, and while garbage is collected.
 */
Test(sandbox, memory_may_run_out_at_any_place) {
    enum { STEP_BYTES = 700, STEPS = 400 };
    static const char *const scripts[] = {
        "local t = {} for i = 1, 100 do t[i] = {tostring(i), i} end return t",
        "error({err = 'E ' .. ('x'):rep(3000)})",
        "local t = cjson.decode('[[1,2,{\"a\":[3,4]}],\"' .. ('y'):rep(2000) .. '\"]') "
        "return {cjson.encode(t), cmsgpack.pack(t), struct.pack('i4c0', 1, ('z'):rep(900))}",
        "local co = coroutine.wrap(function() coroutine.yield(('x'):rep(500)) end) "
        "return {co(), loadstring('return 1')(), ('abc'):gsub('.', {a = ('x'):rep(600)})}",
        "return redis.call('INFO')",
        "return redis.call('NOSUCH')",
    };
    struct resp_conn *conn = test_server_connect(server);
    long long used = interpreter_bytes(conn);
    for (int step = 0; step < STEPS; step++) {
        struct buffer line = {0};
        buffer_append_format(&line, "CONFIG SET maxmemory-scripts %lld",
                             used / 2 + (long long)step * STEP_BYTES);
        assert_reply(conn, buffer_text(&line), "+OK\r\n");
        buffer_release(&line);
        for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
            resp_send_argv(conn, 3, (const char *const[]){"EVAL", scripts[i], "0"}, NULL);
            struct buffer reply = {0};
            cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE, "no reply to %s", scripts[i]);
            buffer_release(&reply);
        }
    }
    assert_reply(conn, "CONFIG SET maxmemory-scripts 1", "+OK\r\n");
    cr_expect(wait_until(memory_is_back, conn, RETURN_MS));
    assert_reply(conn, "CONFIG SET maxmemory-scripts 32mb", "+OK\r\n");
    assert_reply(conn, "EVAL \"return #('x'):rep(1000000)\" 0", ":1000000\r\n");
    resp_close(conn);
}

/* ---- Time ---- */

Test(sandbox, whatever_runs_long_can_be_killed) {
    static const struct attempt attempts[] = {
        {"while true do end", NULL},
        {"return ('a'):rep(100):find(('a?'):rep(100) .. ('a'):rep(100))", NULL},
        {"return ('a'):rep(300000):find('.-b')", NULL},
        {"return ('x'):rep(250000):match(('(.-)'):rep(20) .. 'y')", NULL},
        {"local t = {1} for i = 1, 40 do t = {t, t} end t = {t} while true do pcall(cmsgpack.pack, "
         "t, t, t) end",
         NULL},
        {"local function f() return 1 + xpcall(f, f) end while true do pcall(f) end", NULL},
        {"while true do pcall(error) end", NULL},
        {"while true do pcall(redis.call, 'NOSUCH') end", NULL},
        {"return tostring(setmetatable({}, {__tostring = function() while true do end end}))",
         NULL},
        {"local co = coroutine.wrap(function() while true do coroutine.yield() end end) "
         "while true do co() end",
         NULL},
    };
    RUN(attempts);
}

/* Few instructions that each take long: comparing, hashing, searching, compiling megabytes. */
Test(sandbox, single_steps_that_take_long_are_counted_as_that) {
    static const struct attempt attempts[] = {
        {"local s = ('a'):rep(8000000) local a, b = s .. '1', s .. '2' "
         "while true do local x = a < b end",
         NULL},
        {"local s = ('a'):rep(8000000) local a, b = s .. '1', s .. '2' local t = {} "
         "for i = 1, 90000 do t[i] = i % 2 == 0 and a or b end table.sort(t)",
         NULL},
        {"local s = ('a'):rep(8000000) while true do redis.sha1hex(s) end", NULL},
        {"local s = ('a'):rep(8000000) while true do s:find('b', 1, true) end", NULL},
        {"local t = {} for i = 1, 200000 do t[i] = {} end while true do collectgarbage() end",
         NULL},
        {"local t = {} for i = 1, 1000000 do t[i] = 'x' end while true do table.concat(t) end",
         NULL},
        {"local s = 'return {' .. ('1,'):rep(300000) .. '}' while true do loadstring(s) end", NULL},
    };
    RUN(attempts);
}

/* A library that is loaded has half a second, and cannot go on by catching the error. */
Test(sandbox, library_that_loads_for_ever_is_refused) {
    static const struct script_row rows[] = {
        {"FUNCTION LOAD \"#!lua name=l\\nwhile true do end\" ; "
         "FUNCTION LOAD \"#!lua name=l\\nlocal function f() while true do end end "
         "while true do coroutine.resume(coroutine.create(f)) end\" ; "
         "FUNCTION LOAD \"#!lua name=l\\nlocal function f() coroutine.wrap(f)() end f()\" ; "
         "FUNCTION LOAD \"#!lua name=l\\nlocal s = 'x' while true do s = s .. s end\" ; "
         "FUNCTION LIST ; EVAL \"return 1\" 0",
         {"-ERR Error registering functions: ERR FUNCTION LOAD timeout",
          "(starts)-ERR Error registering functions: ",
          "(starts)-ERR Error registering functions: ",
          "(starts)-ERR Error registering functions: ", "*0", ":1"}},
    };
    assert_rows(server, rows);
}
