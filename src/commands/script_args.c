#include "commands/script_args.h"

#include "base/text.h"
#include "proto/reply.h"
#include "script/script_run.h"
#include "server/command.h"
#include "server/request.h"

enum { KEY_COUNT_ARG = 2, FIRST_KEY_ARG = 3 };

bool script_args_key_count(const struct request *req, const char *not_a_number, size_t *key_count,
                           struct reply *reply) {
    int64_t count = 0;
    if (!text_parse_int64(request_arg(req, KEY_COUNT_ARG), &count)) {
        reply_error(reply, not_a_number);
        return false;
    }
    if (count > (int64_t)request_argc(req) - FIRST_KEY_ARG) {
        reply_error(reply, "ERR Number of keys can't be greater than number of args");
        return false;
    }
    if (count < 0) {
        reply_error(reply, "ERR Number of keys can't be negative");
        return false;
    }
    *key_count = (size_t)count;
    return true;
}

struct lua_call script_args_call(const struct request *req, int reference, size_t key_count) {
    const struct bytes *rest = req->args + FIRST_KEY_ARG;
    return (struct lua_call){
        .reference = reference,
        .keys = rest,
        .key_count = key_count,
        .args = rest + key_count,
        .arg_count = request_argc(req) - FIRST_KEY_ARG - key_count,
    };
}

uint32_t script_args_flags(const struct request *req, uint32_t script_flags) {
    uint32_t flags = req->command->flags;
    if ((script_flags & SCRIPT_WITHOUT_HEADER) != 0) {
        return flags;
    }
    flags &= ~(uint32_t)(CMD_STALE | CMD_DENY_OOM | CMD_WRITE | CMD_MAY_REPLICATE);
    flags |= (script_flags & SCRIPT_NO_WRITES) != 0 ? 0 : (uint32_t)CMD_WRITE;
    bool needs_no_memory = (script_flags & (SCRIPT_ALLOW_OOM | SCRIPT_NO_WRITES)) != 0;
    flags |= needs_no_memory ? 0 : (uint32_t)CMD_DENY_OOM;
    return flags | ((script_flags & SCRIPT_ALLOW_STALE) != 0 ? (uint32_t)CMD_STALE : 0);
}

bool script_args_may_run(const struct request *req, uint32_t script_flags, struct reply *reply) {
    bool is_read_only = (req->command->flags & CMD_READONLY) != 0;
    if (is_read_only && (script_flags & (SCRIPT_NO_WRITES | SCRIPT_WITHOUT_HEADER)) == 0) {
        reply_error(reply, "ERR Can not execute a script with write flag using *_ro command.");
        return false;
    }
    return true;
}
