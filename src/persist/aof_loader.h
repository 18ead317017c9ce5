/*
 * aof_loader: replays the files of an AOF directory through an executor, in slices.
 *
 * Files with annotation lines (aof_line.h) are replayed frame by frame, each after its checksum was
 * found right. Damage that no sync can have covered (what a power loss leaves) is cut away at
 * the end of the log; any other damage ends the load with file, offset and reason.
 * Files of stock servers have no checksums: there a cut command at the end is cut away.
 */
#ifndef LATCHKEY_PERSIST_AOF_LOADER_H
#define LATCHKEY_PERSIST_AOF_LOADER_H

#include "base/sds.h"
#include "persist/aof_directory.h"
#include "persist/aof_writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aof_loader;

/* The first word of annotations that are handed to the executor among the commands. */
#define AOF_LOADER_NOTE "#LOCK"

/* A command to be replayed; its arguments are args[first_arg] … of the batch. */
struct aof_command {
    size_t first_arg;
    size_t argc;
    uint64_t offset; /* in its file */
};

/* Who runs what is replayed; plugged in from above. */
struct aof_executor {
    void *context;
    /*
     * Runs commands in order. Returns their number, or the index of the one that cannot be right;
     * then *error says why (an sds for the caller).
     */
    size_t (*run)(void *context, const struct aof_command *commands, size_t count,
                  const struct bytes *args, sds *error);
    /* True between MULTI and EXEC. */
    bool (*is_in_transaction)(void *context);
    /* A file begins: its first command runs in database 0. */
    void (*begin_file)(void *context);
    /* Forgets a transaction that has no end. */
    void (*drop_transaction)(void *context);
    /*
     * Reads an RDB file that stands at the start of a file. `step` is called until it does not
     * return AOF_RDB_RUNNING; *consumed: bytes of the file that it took. NULL: there is no reader.
     */
    int (*rdb_begin)(void *context, int fd);
    int (*rdb_step)(void *context, int64_t budget_us, uint64_t *consumed, sds *error);
};

enum { AOF_RDB_RUNNING, AOF_RDB_DONE, AOF_RDB_FAILED };

struct aof_load_options {
    bool cuts_truncated;       /* aof-load-truncated */
    bool is_check;             /* cut nothing, tell what would be cut */
    uint64_t corrupt_tail_max; /* bytes of damage at the end that may be cut away all the same */
};

enum aof_load_status { AOF_LOAD_RUNNING, AOF_LOAD_DONE, AOF_LOAD_FAILED };

struct aof_load_progress {
    uint64_t total_bytes;
    uint64_t loaded_bytes;
    int64_t command_count;
};

/* Prepares to load what the manifest names. directory: kept. Free with aof_loader_destroy. */
struct aof_loader *aof_loader_create(struct aof_directory *directory,
                                     struct aof_load_options options, struct aof_executor executor);
void aof_loader_destroy(struct aof_loader *loader);

/* Goes on for about budget_us. */
enum aof_load_status aof_loader_step(struct aof_loader *loader, int64_t budget_us);

/* How far it has come. */
struct aof_load_progress aof_loader_progress(const struct aof_loader *loader);

/* After a failure: file, offset and reason, for the user. After success: what was cut, or NULL. */
const char *aof_loader_message(const struct aof_loader *loader);

/* Bytes that were cut away at the end of the log (or would be, by is_check). */
uint64_t aof_loader_cut_size(const struct aof_loader *loader);

/* After a failure: true when other options would have let it cut the log's end away. */
bool aof_loader_has_loose_end(const struct aof_loader *loader);

/*
 * After success: the checksum that the first line of a new increment must carry to continue the
 * log. False when it continues nothing.
 */
bool aof_loader_chain(const struct aof_loader *loader, uint64_t *chain);

/*
 * After success: hands out the last increment, open, to be appended to. False when there is none,
 * or a stock server has written to it: then a new one has to be made.
 */
bool aof_loader_take_target(struct aof_loader *loader, struct aof_target *target);

#endif
