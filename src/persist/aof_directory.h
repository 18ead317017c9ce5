/*
 * aof_directory: the directory of the AOF: its lock, its manifest, its files.
 *
 * Functions wait for the disk. While serving they run on a thread that owns the struct meanwhile.
 * They return 0 or -errno and leave the manifest in memory as it is on disk.
 */
#ifndef LATCHKEY_PERSIST_AOF_DIRECTORY_H
#define LATCHKEY_PERSIST_AOF_DIRECTORY_H

#include "base/panic.h"
#include "base/sds.h"
#include "persist/aof_writer.h"
#include "persist/manifest.h"

#include <stdbool.h>
#include <stdint.h>

/* Embedded; all zero but fd -1 is closed. */
struct aof_directory {
    int fd;        /* -1 = closed */
    sds path;      /* of the directory, for messages */
    sds file_name; /* appendfilename */
    struct manifest manifest;
};

/*
 * Opens the directory `name` in the working directory (making it when it is not there), locks it
 * and reads its manifest. A single file of an older server, in the working directory, is moved in
 * as the base. Returns NULL, or what is wrong, for the user (an sds for the caller).
 */
sds aof_directory_open(struct aof_directory *directory, const char *name,
                       const char *file_name) MUST_CHECK;

/* Unlocks and closes. */
void aof_directory_close(struct aof_directory *directory);

/* Opens a file of the directory for reading and writing. Returns the descriptor or -errno. */
int aof_directory_open_file(const struct aof_directory *directory, const char *name) MUST_CHECK;

/* The size of a file, or -errno. */
int64_t aof_directory_file_size(const struct aof_directory *directory, const char *name) MUST_CHECK;

/*
 * Makes the next increment, empty, and names it in the manifest (is_listed), or only makes a file
 * under a temporary name, which aof_directory_install_base names later. target: its descriptor.
 * closed_size  the size that the increment before will have, or MANIFEST_SIZE_UNKNOWN.
 */
int aof_directory_add_increment(struct aof_directory *directory, bool is_listed,
                                struct aof_target *target) MUST_CHECK;

/* Makes the file that a new base is written to. Returns the descriptor or -errno. */
int aof_directory_create_base(struct aof_directory *directory) MUST_CHECK;

/* Drops the file of a base that failed. */
void aof_directory_drop_base(struct aof_directory *directory);

/*
 * Gives the written and synced base its name, puts it into the manifest in the place of the old
 * base and of all increments but the last one, and deletes those.
 * is_rdb        the form of the base, for its name.
 * is_temporary  the last increment has a temporary name (see above): it gets its own.
 */
int aof_directory_install_base(struct aof_directory *directory, bool is_rdb,
                               bool is_temporary) MUST_CHECK;

/* Writes the manifest. */
int aof_directory_store(struct aof_directory *directory) MUST_CHECK;

/* Deletes what the manifest calls history, then drops it from there. */
int aof_directory_delete_history(struct aof_directory *directory) MUST_CHECK;

/* True when the directory or the file with this descriptor was removed. */
bool aof_directory_is_lost(const struct aof_directory *directory, int fd);

#endif
