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

/* Opens a directory as it is, for a tool: the same, but nothing is made, synced or moved. */
sds aof_directory_look(struct aof_directory *directory, const char *name,
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

/* What goes on behind a new base. */
enum aof_continuation {
    AOF_GOES_ON_IN_LAST,      /* the manifest's last increment */
    AOF_GOES_ON_IN_TEMPORARY, /* an increment under its temporary name: it gets its own */
    AOF_ENDS,                 /* nothing: the log is switched off */
};

/*
 * Gives the written and synced base its name, puts it into the manifest in the place of all files
 * that it makes needless, and deletes those.
 * is_rdb  the form of the base, for its name.
 */
int aof_directory_install_base(struct aof_directory *directory, bool is_rdb,
                               enum aof_continuation continuation) MUST_CHECK;

/* Writes the manifest. */
int aof_directory_store(struct aof_directory *directory) MUST_CHECK;

/* Deletes what the manifest calls history, then drops it from there. */
int aof_directory_delete_history(struct aof_directory *directory) MUST_CHECK;

/* True when the directory or the file with this descriptor was removed. */
bool aof_directory_is_lost(const struct aof_directory *directory, int fd);

#endif
