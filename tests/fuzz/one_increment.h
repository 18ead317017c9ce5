/*
 * one_increment: an AOF directory with one increment, whose bytes are those of the input.
 */
#ifndef FUZZ_ONE_INCREMENT_H
#define FUZZ_ONE_INCREMENT_H

#include "base/panic.h"
#include "persist/aof_directory.h"
#include "persist/aof_loader.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define ONE_INCREMENT_NAME "log.1.incr.aof"

/* Makes the directory. path: a template of mkdtemp. */
static inline void one_increment_open(struct aof_directory *directory, char *path) {
    ASSERT(mkdtemp(path) != NULL);
    ASSERT(aof_directory_open(directory, path, "log") == NULL);
    (void)manifest_add(&directory->manifest, MANIFEST_INCREMENT, BYTES(ONE_INCREMENT_NAME), 1);
}

/* Puts these bytes into the increment. */
static inline void one_increment_write(const struct aof_directory *directory, const uint8_t *data,
                                       size_t size) {
    enum { FILE_MODE = 0600 };
    int fd = openat(directory->fd, ONE_INCREMENT_NAME, O_WRONLY | O_CREAT | O_TRUNC, FILE_MODE);
    ASSERT(fd >= 0);
    ASSERT(write(fd, data, size) == (ssize_t)size);
    (void)close(fd);
}

/* Loads it; what an interrupted write left is cut. Returns the status, and stores what was cut. */
static inline enum aof_load_status one_increment_load(struct aof_directory *directory,
                                                      struct aof_executor executor,
                                                      uint64_t *cut_size) {
    enum { SLICE_US = 1000000 };
    struct aof_load_options options = {.cuts_truncated = true};
    struct aof_loader *loader = aof_loader_create(directory, options, executor);
    enum aof_load_status status = AOF_LOAD_RUNNING;
    while (status == AOF_LOAD_RUNNING) {
        status = aof_loader_step(loader, SLICE_US);
    }
    ASSERT(status == AOF_LOAD_DONE || aof_loader_message(loader) != NULL);
    *cut_size = aof_loader_cut_size(loader);
    aof_loader_destroy(loader);
    return status;
}

#endif
