/*
 * One of the two writers of persist/ does the work.
 */
#include "storage/base_writer.h"

#include "base/alloc.h"
#include "persist/aof_base.h"
#include "persist/rdb_writer.h"
#include "server/locks.h"
#include "server/server.h"
#include "server/settings.h"
#include "storage/rdb_keeper.h"

struct base_writer {
    struct rdb_writer *rdb;       /* NULL when the base is of commands, … */
    struct aof_base *of_commands; /* … and this is NULL when it is RDB */
};

static void add_library(void *context, struct bytes source) {
    struct base_writer *writer = context;
    if (writer->rdb != NULL) {
        rdb_writer_add_library(writer->rdb, source);
    } else {
        aof_base_add_library(writer->of_commands, source);
    }
}

struct base_writer *base_writer_create(const struct server *server, int fd, struct worker *worker,
                                       struct background_wake wake) {
    struct base_writer *writer = alloc_zeroed(sizeof *writer);
    if (server->settings->aof_use_rdb_preamble) {
        struct rdb_writer_options options = rdb_keeper_writer_options(server);
        options.is_aof_base = true;
        options.syncs_on_the_way = server->settings->aof_rewrite_incremental_fsync;
        writer->rdb = rdb_writer_create(fd, &options, worker, wake);
    } else {
        writer->of_commands =
            aof_base_create(fd, worker, wake, server->settings->aof_rewrite_incremental_fsync);
        sds note = sds_append_format(sds_new(BYTES("")), "#LOCK %llu 0\r\n",
                                     (unsigned long long)locks_last_token(server->locks));
        aof_base_add_note(writer->of_commands, sds_view(note));
        sds_free(note);
    }
    server->libraries.visit(server->libraries.context, add_library, writer);
    return writer;
}

void base_writer_destroy(struct base_writer *writer) {
    if (writer != NULL) {
        rdb_writer_destroy(writer->rdb);
        aof_base_destroy(writer->of_commands);
        alloc_free(writer);
    }
}

bool base_writer_is_rdb(const struct base_writer *writer) {
    return writer->rdb != NULL;
}

struct snapshot_sink base_writer_sink(struct base_writer *writer) {
    return writer->rdb != NULL ? rdb_writer_sink(writer->rdb) : aof_base_sink(writer->of_commands);
}

void base_writer_set_snapshot(struct base_writer *writer, const struct snapshot *snapshot) {
    if (writer->rdb != NULL) {
        rdb_writer_set_snapshot(writer->rdb, snapshot);
    }
}

void base_writer_finish(struct base_writer *writer) {
    if (writer->rdb != NULL) {
        rdb_writer_finish(writer->rdb);
    } else {
        aof_base_finish(writer->of_commands);
    }
}

int base_writer_poll(struct base_writer *writer) {
    return writer->rdb != NULL ? rdb_writer_poll(writer->rdb) : aof_base_poll(writer->of_commands);
}

void base_writer_give_up(struct base_writer *writer) {
    if (writer->rdb != NULL) {
        rdb_writer_give_up(writer->rdb);
    } else {
        aof_base_give_up(writer->of_commands);
    }
}

bool base_writer_is_busy(const struct base_writer *writer) {
    return writer->rdb != NULL ? rdb_writer_is_busy(writer->rdb)
                               : aof_base_is_busy(writer->of_commands);
}
