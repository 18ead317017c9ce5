/*
 * Scripts and function libraries from templates. In a template $c stands for the call of a command,
 * $p for one whose error is returned, $s for a text, $n for a number, $v for any value, $k for a
 * key. Commands are those whose replies have an order of their own.
 */
#include "oracle/grammar.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

enum {
    NEST_LIMIT = 3,
    KEYS_PERCENT = 30,
    NUMBER_PERCENT = 20,
    TEXT_MAX = 200,
    REGISTRATION_MAX = 3
};

// clang-format off
static const char *const commands[] = {
    "GET key", "SET key value", "SET key value [NX|XX]", "SET key value GET", "INCR key",
    "INCRBY key int", "DECR key", "APPEND key word", "STRLEN key", "GETRANGE key index index",
    "SETRANGE key 3 word", "GETSET key value", "MGET key+", "MSET key word key word",
    "MSETNX key word key word", "GETDEL key", "INCRBYFLOAT key 1.5", "SETBIT key bit 1",
    "GETBIT key bit", "BITCOUNT key", "DEL key+", "UNLINK key", "EXISTS key+", "TYPE key",
    "EXPIRE key 1000", "PERSIST key", "RENAME key key", "COPY key key", 
    "RPUSH key word+", "LPUSH key word+", "LRANGE key index index", "LPOP key", "RPOP key count",
    "LLEN key", "LINDEX key index", "LSET key index word", "LREM key count word",
    "LINSERT key BEFORE word word", "LMOVE key key LEFT RIGHT", "LPOS key word",
    "HSET key word value", "HGET key word", "HMGET key word+", "HLEN key", "HEXISTS key word",
    "HINCRBY key word int", "HDEL key word", "HSTRLEN key word", "SADD key member+", "SCARD key",
    "SISMEMBER key member", "SREM key member+", "SMISMEMBER key member+", "ZADD key 1 member",
    "ZADD key 2.5 member 3 member", "ZADD key INCR 2 member", "ZSCORE key member",
    "ZRANGE key index index", "ZRANGE key index index WITHSCORES", "ZINCRBY key 3 member",
    "ZRANK key member", "ZCARD key", "ZREM key member", "ZCOUNT key -inf +inf", "ZPOPMIN key",
    "SELECT (0|1|99|x)", "ECHO word", "PING", "PING word", "NOSUCH word", "GET", "MULTI",
    "SUBSCRIBE word", "CONFIG GET maxmemory", "CONFIG NOSUCH", "OBJECT NOSUCH key", "WATCH key",
};

static const char *const templates[] = {
    "return $c", "return $p", "$c return $c", "local r = $c return r", "return {$c, $p, $c}",
    "$p $p return $p", "for i = 1, 3 do $p end return $p", "return type($c)", "return type($p)",
    "local r = $p if type(r) == 'table' and r.err then return r.err end return r",
    "return {pcall(function() return $c end)}", "local ok, e = pcall(function() $c end) return e",
    "local ok, e = pcall(function() $c end) if not ok then error(e) end return 1",
    "redis.setresp(3) return $p", "redis.setresp(3) return {$p, true, false, type($p)}",
    "local t = {} for i, k in ipairs(KEYS) do t[i] = redis.pcall('GET', k) end return t",
    "return {KEYS[1], ARGV[1], #KEYS, #ARGV}", "if $p == false then return 'none' end return 1",
    "local call = redis.call return call('GET', $k)", "return (redis.call('GET', $k))",
    "local function f(k) return redis.call('TYPE', k) end return f($k).ok",
    "\n\nlocal x = 1\nreturn redis.call('INCR', $k)\n",
    "if redis.call('GET', $k) == $s then return redis.call('DEL', $k) else return 0 end",
    "return redis.error_reply($s)", "return redis.status_reply($s)", "return {err = $s}",
    "return {ok = $s}", "return {double = $n}", "return {map = {a = $v}}", "return {set = {a = 1}}",
    "return {big_number = '123'}", "return {verbatim_string = {format = 'txt', string = $s}}",
    "error($s)", "error({err = $s})", "error($s, 0)", "error($n)", "return foo", "foo = $n",
    "return {", "return 1 +", "local x = nil return x.y", "return $s + 1", "return #$n", "$n()",
    "return string.nofn($s)", "return $v", "return {$v, $v, $v}", "return {$v, nil, $v}",
    "return $n", "return $s", "return - $n", "return $n / 2", "return $n % 7", "return $s .. $n",
    "return tostring($n)", "return tonumber($s)", "return #$s", "return $s == $s",
    "return redis.sha1hex($s)", "return string.upper($s)", "return string.rep($s, 3)",
    "return {string.find($s, $s)}", "return {string.gsub($s, $s, '<%0>')}",
    "return string.match($s, '(%a+)')", "return string.format('%s|%d|%5.2f|%q', $s, 7, $n, $s)",
    "local r = {} for w in string.gmatch($s, '%w') do r[#r + 1] = w end return r",
    "return table.concat({$s, $n, $s}, ',')", "local t = {3, 1, 2} table.sort(t) return t",
    "local t = {$v} table.insert(t, $v) return #t", "return select('#', $v, $v)",
    "return {unpack({$v, $v, $v})}", "math.randomseed($n) return math.random(1000)",
    "return cjson.encode({$s, $n, $v})", "return cjson.encode($s)", "return cjson.decode($s)",
    "return cjson.decode('[' .. $n .. ',' .. cjson.encode($s) .. ']')",
    "return {pcall(cjson.decode, $s)}", "return bit.band($n, 255)", "return bit.tohex($n)",
    "redis.call('SET', $k, $s) redis.call('EXPIRE', $k, 1000) return redis.call('GET', $k)",
    "redis.set_repl(redis.REPL_NONE) return $p", "return redis.replicate_commands()",
    "return redis.call($v)", "return redis.pcall($v, $v)", "return redis.call('ECHO', $n)",
    "return redis.acl_check_cmd('GET', $k)", "return redis.log(redis.LOG_DEBUG, $s)",
    "return redis.breakpoint()", "getmetatable('').__index = 1", "rawset(_G, 'x', 1)",
    "redis.call = nil", "string.x = 1", "setmetatable(_G, {})",
    "return loadstring('return ' .. $n)()",
    "#!lua\nreturn $p", "#!lua flags=no-writes\nreturn $p", "#!lua flags=nosuch\nreturn 1",
    "#!lua name=x\nreturn 1", "#!lua flags=no-writes,allow-stale\n\nreturn $c",
    "#!python\nreturn 1",
    "local co = coroutine.wrap(function() coroutine.yield($v) return $v end) co() return co()",
    "local t = setmetatable({}, {__index = function(t, k) return k end}) return t[$s]",
};
// clang-format on

static const char *pick(struct generator *generator, const char *const words[], size_t count) {
    return words[random_below(&generator->random, count)];
}

/* ---- Lua literals ---- */

static void append_literal(const struct buffer *bytes, struct buffer *script) {
    buffer_append_text(script, "'");
    for (size_t i = 0; i < bytes->size && i < TEXT_MAX; i++) {
        unsigned char byte = (unsigned char)bytes->data[i];
        if (isalnum(byte) != 0 || byte == ' ' || byte == '_') {
            buffer_append(script, &bytes->data[i], 1);
        } else {
            buffer_append_format(script, "\\%03u", byte);
        }
    }
    buffer_append_text(script, "'");
}

/* Appends what a syntax of the grammar makes, as texts with commas between them. */
static void append_arguments(struct generator *generator, const char *syntax,
                             struct buffer *script) {
    struct command_line args = {0};
    grammar_expand(generator, syntax, &args);
    for (size_t i = 0; i < args.count; i++) {
        if (i > 0) {
            buffer_append_text(script, ", ");
        }
        append_literal(&args.arguments[i], script);
    }
    command_line_release(&args);
}

/* Appends what a syntax makes as it is. */
static void append_words(struct generator *generator, const char *syntax, struct buffer *text) {
    struct command_line args = {0};
    grammar_expand(generator, syntax, &args);
    for (size_t i = 0; i < args.count; i++) {
        buffer_append(text, args.arguments[i].data, args.arguments[i].size);
    }
    command_line_release(&args);
}

static void append_number(struct generator *generator, struct buffer *script) {
    static const char *const numbers[] = {"0",   "1",     "-1",  "2",          "10",   "3.0",
                                          "1.5", "-2.75", "255", "1234567890", "1e15", "0x10"};
    buffer_append_text(script, pick(generator, numbers, COUNT(numbers)));
}

static void append_value(struct generator *generator, size_t depth, struct buffer *script) {
    switch (random_below(&generator->random, depth < NEST_LIMIT ? 7 : 5)) {
    case 0:
        buffer_append_text(script, "nil");
        break;
    case 1:
        buffer_append_text(script, random_percent(&generator->random, 50) ? "true" : "false");
        break;
    case 2:
        append_number(generator, script);
        break;
    case 3:
    case 4:
        append_arguments(generator, "word", script);
        break;
    default:
        buffer_append_text(script, "{");
        for (size_t i = random_below(&generator->random, NEST_LIMIT); i > 0; i--) {
            append_value(generator, depth + 1, script);
            buffer_append_text(script, ", ");
        }
        buffer_append_text(script, "}");
    }
}

static void append_key(struct generator *generator, struct buffer *script) {
    if (random_percent(&generator->random, KEYS_PERCENT)) {
        buffer_append_text(script, "KEYS[1]");
    } else {
        append_arguments(generator, "key", script);
    }
}

/* ---- Templates ---- */

static void append_hole(struct generator *generator, char kind, struct buffer *script) {
    switch (kind) {
    case 'c':
    case 'p':
        buffer_append_text(script, kind == 'c' ? "redis.call(" : "redis.pcall(");
        append_arguments(generator, pick(generator, commands, COUNT(commands)), script);
        buffer_append_text(script, ")");
        break;
    case 's':
        append_arguments(generator, "word", script);
        break;
    case 'n':
        append_number(generator, script);
        break;
    case 'k':
        append_key(generator, script);
        break;
    default:
        append_value(generator, 0, script);
    }
}

static void append_script(struct generator *generator, struct buffer *script) {
    const char *at = pick(generator, templates, COUNT(templates));
    for (; *at != '\0'; at++) {
        if (*at == '$') {
            append_hole(generator, *++at, script);
        } else {
            buffer_append(script, at, 1);
        }
    }
}

void grammar_script(struct generator *generator, struct command_line *args) {
    struct buffer script = {0};
    append_script(generator, &script);
    buffer_append(grammar_argument(args), buffer_text(&script), script.size);
    buffer_release(&script);
}

/* ---- Function libraries ---- */

// clang-format off
/* The first line. */
static const char *const headers[] = {
    "#!lua name=$l\n", "#!lua name=$l\n", "#!lua name=$l\n", "#!lua name=$l\n", "#!lua name=$l\n",
    "#!LUA Name=$l\n\n", "#!lua name=$l \r\n", "#!lua \"name=$l\"\n", "#!lua name='$l\n", "#!lua\n",
    "#!lua name=\n", "#!lua name=a.b\n", "#!lua name=$l name=$l\n",
    "#!lua name=$l flags=no-writes\n",
    "#!lua name=$l", "", "#!\n", "#!python name=$l\n", "#! name=$l\n", "-- $l\n",
};

/* What a library does while it is loaded. $f stands for a function, $i for the name of one. */
static const char *const registrations[] = {
    "redis.register_function('$i', $f)\n", "redis.register_function('$i', $f)\n",
    "redis.register_function('$i', $f)\n", "redis.register_function('$i', $f)\n",
    "redis.register_function{function_name='$i', callback=$f}\n",
    "redis.register_function{function_name='$i', callback=$f, flags={'no-writes'}}\n",
    "redis.register_function{function_name='$i', callback=$f, flags={'no-writes', 'allow-oom'}}\n",
    "redis.register_function{function_name='$i', callback=$f, flags={'allow-stale', 'nosuch'}}\n",
    "redis.register_function{function_name='$i', callback=$f, description=$s}\n",
    "redis.register_function{function_name='$i', callback=$f, description=$v}\n",
    "redis.register_function{function_name=$v, callback=$f}\n",
    "redis.register_function{function_name='$i', callback=$v}\n",
    "redis.register_function{function_name='$i', callback=$f, flags=$v}\n",
    "redis.register_function{name='$i', callback=$f}\n", "redis.register_function{}\n",
    "redis.register_function($s, $f)\n", "redis.register_function('$i', $v)\n",
    "redis.register_function('$i')\n", "redis.register_function('$i', $f, $v)\n",
    "local f = $f\nredis.register_function('$i', f) redis.register_function('$i', f)\n",
    "local n = 0 redis.register_function('$i', function() n = n + 1 return n end)\n",
    "local r = redis redis.register_function('$i', function() return r.call('PING') end)\n",
    "local r = redis.register_function r('$i', function() return r('x', function() end) end)\n",
    "for i = 1, 3 do redis.register_function('f' .. i, $f) end\n",
    "redis.log(redis.LOG_DEBUG, $s)\n", "redis.log(redis.LOG_DEBUG)\n", "return $n\n",
    "local x = $c\n", "local x = {$v, redis.REDIS_VERSION_NUM > 0}\n", "x = 1\n",
    "local x = pcall\n",
    "redis.x = 1\n", "local x = nil x.y = 1\n", "return {\n", "\n", "-- $s\n",
};
// clang-format on

static void append_hole_of_library(struct generator *generator, char kind, struct buffer *library) {
    switch (kind) {
    case 'l':
        append_words(generator, "library-name", library);
        break;
    case 'i':
        append_words(generator, "function-name", library);
        break;
    case 'f':
        /* Scripts find keys and arguments under these names. */
        buffer_append_text(library, "function(KEYS, ARGV) ");
        append_script(generator, library);
        buffer_append_text(library, " end");
        break;
    default:
        append_hole(generator, kind, library);
    }
}

static void append_library_text(struct generator *generator, const char *at,
                                struct buffer *library) {
    for (; *at != '\0'; at++) {
        if (*at == '$') {
            append_hole_of_library(generator, *++at, library);
        } else {
            buffer_append(library, at, 1);
        }
    }
}

void grammar_library(struct generator *generator, struct command_line *args) {
    struct buffer library = {0};
    append_library_text(generator, pick(generator, headers, COUNT(headers)), &library);
    size_t count = 1 + random_below(&generator->random, REGISTRATION_MAX);
    for (size_t i = 0; i < count; i++) {
        append_library_text(generator, pick(generator, registrations, COUNT(registrations)),
                            &library);
    }
    buffer_append(grammar_argument(args), buffer_text(&library), library.size);
    buffer_release(&library);
}
