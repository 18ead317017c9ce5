/*
 * Scripts, and data for the libraries of scripts. The first byte of an input says what the rest is:
 * the text of a script, or what one of the prepared scripts gets as its argument. A script that
 * runs long is killed.
 */
#include "base/clock.h"
#include "base/panic.h"
#include "commands/tables.h"
#include "fuzz/live_server.h"
#include "proto/reply.h"
#include "script/scripting.h"
#include "server/server.h"
#include "server/task.h"
#include "server/turn.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIXED_TIME_US = 1700000000, REPLY_SIZE = 65536, TURNS_MAX = 64, INPUT_MAX = 16384 };

/* What becomes of the argument. With a zero byte, it is two: x in front of it, y behind it. */
#define TWO_PARTS                                                                                  \
    "local a = ARGV[1] local i = a:find('\\0', 1, true) or #a + 1 "                                \
    "local x, y = a:sub(1, i - 1), a:sub(i + 1) "

static const char *const scripts[] = {
    /* What was read can be written, and reads the same. */
    "local v = cjson.decode(ARGV[1]) local ok, s = pcall(cjson.encode, v) "
    "if ok then pcall(cjson.decode, s) end return v",
    "local t = {pcall(cmsgpack.unpack, ARGV[1])} local ok, s = pcall(cmsgpack.pack, unpack(t)) "
    "if ok then cmsgpack.unpack(s) end return t",
    "return {cmsgpack.unpack_limit(ARGV[1], 3, 1)}",
    TWO_PARTS "local t = {struct.unpack(x, y)} local n = #t return struct.pack(x, unpack(t, 1, n))",
    TWO_PARTS "return {struct.size(x), struct.pack(x, 1, 2, y, 3, y)}",
    TWO_PARTS "return {y:find(x), y:match(x), y:gsub(x, '<%0%1>')}",
    TWO_PARTS "local t = {} for m in y:gmatch(x) do t[#t + 1] = m end return t",
    TWO_PARTS "return {x:format(y, 1, y, 2.5), tonumber(x), tonumber(y, 16)}",
    "return {loadstring(ARGV[1])}",
    "return redis.call(unpack(cjson.decode(ARGV[1])))",
    "redis.setresp(3) return cjson.decode(ARGV[1])",
};

static const struct command_table *const commands[] = {
    &string_commands, &list_commands, &set_commands,        &hash_commands,
    &zset_commands,   &key_commands,  &connection_commands, &script_commands,
};

static const struct server_plugs plugs = {
    .command_tables = commands,
    .command_table_count = ARRAY_SIZE(commands),
};

static struct server *server;

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    static const char *const options[] = {
        "fuzz", "--loglevel",          "warning", "--appendonly",           "no", "--save",
        "",     "--maxmemory-scripts", "16mb",    "--busy-reply-threshold", "5",
    };
    server = live_server_create(options, ARRAY_SIZE(options), &plugs);
    return 0;
}

static sds append_argument(sds request, struct bytes argument) {
    request = sds_append_format(request, "$%zu\r\n", argument.length);
    request = sds_append(request, argument);
    return sds_append(request, BYTES("\r\n"));
}

/* A script that may only read can always be killed. */
static void send_request(int fd, struct bytes script, struct bytes argument) {
    sds request = sds_new(BYTES("*4\r\n$7\r\nEVAL_RO\r\n"));
    request = append_argument(request, script);
    request = append_argument(request, BYTES("0"));
    request = append_argument(request, argument);
    ssize_t sent = write(fd, request, sds_length(request));
    ASSERT(sent == (ssize_t)sds_length(request));
    sds_free(request);
}

static void kill_script(void) {
    struct reply reply;
    char memory[REPLY_SIZE];
    reply_init(&reply, memory, sizeof memory, RESP2);
    scripting_kill(server->scripting, false, &reply);
    reply_release(&reply);
}

static void serve(int fd) {
    for (size_t i = 0; i < TURNS_MAX || task_has_paused(server->task); i++) {
        clock_set_fixed((int64_t)FIXED_TIME_US * CLOCK_US_PER_SECOND);
        if (task_has_paused(server->task)) {
            kill_script();
            task_continue(server->task);
        }
        turn_run(server->turn, 0);
        live_server_drain(fd);
        if (!turn_has_pending_clients(server->turn) && i > 1 && !task_has_paused(server->task)) {
            break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    int ends[2];
    int error = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
    ASSERT(error == 0);
    (void)live_server_connect(server, ends[0]);
    size = size < INPUT_MAX ? size : INPUT_MAX;
    struct bytes rest = {(const char *)data + 1, size - 1};
    size_t kind = data[0] % (ARRAY_SIZE(scripts) + 1);
    if (kind < ARRAY_SIZE(scripts)) {
        struct bytes script = {scripts[kind], strlen(scripts[kind])};
        send_request(ends[1], script, rest);
    } else {
        send_request(ends[1], rest, BYTES("argument"));
    }
    serve(ends[1]);
    (void)close(ends[1]);
    while (server->clients.count > 0) {
        turn_run(server->turn, 0);
    }
    if (server->script_job.run != NULL) {
        (void)server->script_job.run(server->script_job.context);
    }
    return 0;
}
