#include "script/scripting.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/panic.h"
#include "proto/reply.h"
#include "script/function_store.h"
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

struct scripting {
    struct server *server;
    struct lua_engine *engine;
    struct script_store *scripts;
    struct lua_engine *function_engine;
    struct function_store *functions;
    struct script_run *run; /* what runs in any engine; NULL when nothing does */
};

void scripting_update_figures(struct scripting *scripting) {
    struct script_figures *figures = &scripting->server->script_figures;
    figures->eval_vm_bytes = lua_engine_memory(scripting->engine);
    figures->eval_script_bytes = script_store_memory(scripting->scripts);
    figures->script_count = script_store_count(scripting->scripts);
    figures->evicted_script_count = script_store_evicted_count(scripting->scripts);
    figures->function_vm_bytes = lua_engine_memory(scripting->function_engine);
    figures->function_bytes = function_store_memory(scripting->functions);
    figures->function_count = function_store_name_count(scripting->functions);
    figures->library_count = function_store_library_count(scripting->functions);
}

/*
 * What was cleared is freed, and garbage is collected while there is nothing else to do: a slice
 * at a time.
 */
static int64_t collect_garbage(void *context) {
    enum { BUDGET_NS = 300 * 1000 };
    struct scripting *scripting = context;
    bool has_more = lua_engine_collect(scripting->engine, BUDGET_NS);
    has_more |= lua_engine_collect(scripting->function_engine, BUDGET_NS);
    has_more |= script_store_free_some(scripting->scripts);
    has_more |= function_store_free_some(scripting->functions);
    scripting_update_figures(scripting);
    return has_more ? 0 : INT64_MAX;
}

/* ---- For those who keep libraries in files ---- */

static sds load_library(void *context, struct bytes source, bool replaces) {
    struct scripting *scripting = context;
    struct function_library *library = NULL;
    sds error = function_store_load(scripting->functions, source, replaces,
                                    SCRIPTING_TRUSTED_LOAD_BUDGET_NS, &library);
    scripting_update_figures(scripting);
    return error;
}

static void clear_libraries(void *context) {
    struct scripting *scripting = context;
    function_store_clear(scripting->functions);
    scripting_update_figures(scripting);
}

static void visit_libraries(void *context, library_visitor visit, void *visitor_context) {
    const struct scripting *scripting = context;
    LIST_EACH(node, function_store_libraries(scripting->functions)) {
        visit(visitor_context, sds_view(LIST_ENTRY(node, struct function_library, node)->source));
    }
}

/* ---- The part ---- */

struct scripting *scripting_create(struct server *server) {
    struct scripting *scripting = alloc_zeroed(sizeof *scripting);
    scripting->server = server;
    scripting->engine = lua_engine_create(
        server,
        (struct lua_engine_options){.chunk_name = "@user_script",
                                    .memory_limit = &server->settings->maxmemory_scripts_bytes});
    scripting->scripts = script_store_create(scripting->engine);
    scripting->function_engine = lua_engine_create(
        server,
        (struct lua_engine_options){.chunk_name = "@user_function",
                                    .memory_limit = &server->settings->maxmemory_scripts_bytes,
                                    .has_libraries = true});
    scripting->functions = function_store_create(scripting->function_engine);
    server->libraries =
        (struct library_holder){scripting, load_library, clear_libraries, visit_libraries};
    server->script_job = (struct idle_job){collect_garbage, scripting};
    scripting_update_figures(scripting);
    return scripting;
}

void scripting_destroy(struct scripting *scripting) {
    if (scripting != NULL) {
        script_store_destroy(scripting->scripts);
        lua_engine_destroy(scripting->engine);
        function_store_destroy(scripting->functions);
        lua_engine_destroy(scripting->function_engine);
        alloc_free(scripting);
    }
}

struct script_store *scripting_scripts(struct scripting *scripting) {
    return scripting->scripts;
}

struct lua_engine *scripting_engine(struct scripting *scripting) {
    return scripting->engine;
}

struct function_store *scripting_functions(struct scripting *scripting) {
    return scripting->functions;
}

struct lua_engine *scripting_function_engine(struct scripting *scripting) {
    return scripting->function_engine;
}

const struct script_run *scripting_current(const struct scripting *scripting) {
    return scripting->run;
}

void scripting_flush(struct scripting *scripting) {
    script_store_clear(scripting->scripts);
}

void scripting_kill(struct scripting *scripting, bool is_function, struct reply *reply) {
    struct script_run *run = scripting->run;
    if (run == NULL) {
        reply_error(reply, "NOTBUSY No scripts in execution right now.");
    } else if (run->has_written) {
        reply_error(reply, "UNKILLABLE Sorry the script already executed write commands against "
                           "the dataset. You can either wait the script termination or kill the "
                           "server in a hard way using the SHUTDOWN NOSAVE command.");
    } else if (run->is_function != is_function) {
        dispatch_reply_busy(scripting->server, reply);
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
    run->spared_targets = 0;
    run->start_ns = clock_monotonic_ns();
    struct scripting *scripting = req->server->scripting;
    scripting->run = run;
    task_set_killer(req->server->task, run->is_function ? "FUNCTION KILL" : "SCRIPT KILL");
    propagate_begin_transaction(propagate);
    lua_engine_execute(engine, run, call, reply);
    propagate_end_transaction(propagate);
    scripting->run = NULL;
    req->client->database = database; /* A SELECT of the script ends with it. */
}
