/*
 * file_io: files written at given places, synced, replaced; whole small files read.
 *
 * Functions may wait for the disk: they are for threads of their own, for start and for tools.
 * They return 0 or -errno.
 */
#ifndef LATCHKEY_PERSIST_FILE_IO_H
#define LATCHKEY_PERSIST_FILE_IO_H

#include "base/panic.h"
#include "base/sds.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct worker;

/* Writes all the vectors' bytes from an offset on. On failure a part may have been written. */
int file_write_vectors(int fd, uint64_t offset, const struct iovec *vectors,
                       size_t count) MUST_CHECK;

/* Makes the file's bytes and its length safe. */
int file_sync(int fd) MUST_CHECK;

/*
 * Sends what was written to a new file to the disk early, some megabytes at a time, so that the
 * last sync does not take long. Only a hint: the last sync is the one that counts.
 * sent  up to where that was done; moved on. 0 at first.
 * end   how far the file was written.
 */
void file_sync_early(int fd, uint64_t *sent, uint64_t end);

/*
 * Closes a file on a worker's thread, whatever comes of it: where the file was deleted, closing is
 * what frees its blocks. This is the one function that does not wait.
 */
void file_close_later(int fd, struct worker *worker);

/* Makes the names in a directory safe. */
int file_sync_directory(int directory_fd) MUST_CHECK;

/*
 * Replaces a file of a directory by one with this text, so that after a crash either is there:
 * writes temp_name, syncs it, renames it, syncs the directory.
 */
int file_replace(int directory_fd, const char *temp_name, const char *name,
                 struct bytes text) MUST_CHECK;

/* Reads a whole file of at most size_max bytes (-EFBIG above). *text: an sds for the caller. */
int file_read_all(int directory_fd, const char *name, size_t size_max, sds *text) MUST_CHECK;

/* Opens a directory. */
int file_open_directory(const char *path, int *directory_fd) MUST_CHECK;

/* Opens a directory, making it if it is not there. Either way its parent is synced then. */
int file_make_directory(const char *path, int *directory_fd) MUST_CHECK;

/*
 * Locks a directory for this process, through the open directory: -EWOULDBLOCK when another process
 * has it. The lock ends with the descriptor.
 */
int file_lock_directory(int directory_fd) MUST_CHECK;

#endif
