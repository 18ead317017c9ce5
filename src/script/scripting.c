#include "script/scripting.h"

#include "base/alloc.h"
#include "base/panic.h"
#include "proto/reply.h"
#include "script/lua_engine.h"
#include "script/script_run.h"
#include "script/script_store.h"
#include "server/client.h"
#include "server/dispatch.h"
#include "server/propagate.h"
#include "server/request.h"
#include "server/server.h"
#include "server/settings.h"
#include "server/task.h"
#include "structs/journal.h"

struct scripting {
    struct server *server;
    struct lua_engine *engine;
    struct script_store *scripts;
    struct script_run *run; /* what runs in any engine; NULL when nothing does */
};

struct scripting *scripting_create(struct server *server) {
    struct scripting *scripting = alloc_zeroed(sizeof *scripting);
    scripting->server = server;
    scripting->engine = lua_engine_create(
        server,
        (struct lua_engine_options){.chunk_name = "@user_script",
                                    .memory_limit = &server->settings->maxmemory_scripts_bytes});
    scripting->scripts = script_store_create(scripting->engine);
    return scripting;
}

void scripting_destroy(struct scripting *scripting) {
    if (scripting != NULL) {
        script_store_destroy(scripting->scripts);
        lua_engine_destroy(scripting->engine);
        alloc_free(scripting);
    }
}

struct script_store *scripting_scripts(struct scripting *scripting) {
    return scripting->scripts;
}

struct lua_engine *scripting_engine(struct scripting *scripting) {
    return scripting->engine;
}

void scripting_flush(struct scripting *scripting) {
    script_store_clear(scripting->scripts);
}

void scripting_kill(struct scripting *scripting, bool is_function, struct reply *reply) {
    struct script_run *run = scripting->run;
    if (run == NULL) {
        reply_error(reply, "NOTBUSY No scripts in execution right now.");
    } else if (run->is_function != is_function) {
        dispatch_reply_busy(scripting->server, reply);
    } else if (run->has_written) {
        reply_error(reply, "UNKILLABLE Sorry the script already executed write commands against "
                           "the dataset. You can either wait the script termination or kill the "
                           "server in a hard way using the SHUTDOWN NOSAVE command.");
    } else {
        run->is_killed = true;
        reply_ok(reply);
    }
}

void scripting_run(struct lua_engine *engine, struct script_run *run, const struct lua_call *call,
                   struct request *req, struct reply *reply) {
    struct propagate *propagate = req->server->propagate;
    struct database *database = req->client->database;
    run->req = req;
    run->protocol = RESP2;
    run->targets = JOURNAL_EVERYBODY;
    struct scripting *scripting = req->server->scripting;
    scripting->run = run;
    task_set_killer(req->server->task, run->is_function ? "FUNCTION KILL" : "SCRIPT KILL");
    propagate_begin_transaction(propagate);
    lua_engine_execute(engine, run, call, reply);
    propagate_end_transaction(propagate);
    scripting->run = NULL;
    req->client->database = database; /* A SELECT of the script ends with it. */
}
