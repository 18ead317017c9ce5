/*
 * config_file: the form of redis.conf: reading its lines, and writing values back into them.
 */
#ifndef LATCHKEY_SERVER_CONFIG_FILE_H
#define LATCHKEY_SERVER_CONFIG_FILE_H

#include "base/option.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct config;

/* Applies one line's words; words[0] is the name. In config.c: the file's reader calls it. */
bool config_apply_words(struct config *config, sds *words, size_t count,
                        char error[OPTION_ERROR_SIZE]) MUST_CHECK;

/*
 * Reads lines from an open file. Returns NULL, or the error's text (sds) naming file, line number,
 * the line and what is wrong.
 * name  how errors call the file.
 */
sds config_file_read(struct config *config, FILE *file, const char *name) MUST_CHECK;

/* Reads a file. depth: how many files include it; bounded. */
sds config_file_include(struct config *config, const char *path, size_t depth) MUST_CHECK;

/* Reads "--name value … --name value …". */
sds config_file_read_options(struct config *config, int argc, char *const argv[]) MUST_CHECK;

/* What a parameter is now. */
struct config_setting {
    struct bytes name; /* the newer of its names */
    const char *value;
    bool is_list; /* its words stand without quotes */
    bool is_said; /* by the words that were looked up */
};

/* Looks up the words of a line, of which the first is a parameter's name; false: there is none. */
struct config_source {
    bool (*look_up)(void *context, sds *words, size_t count, struct config_setting *setting);
    void *context;
};

/*
 * Writes values into a file: lines of known parameters get their value in place if they say another
 * one, repeated ones go, comments and unknown lines stay; the names in `added` that have no line
 * are appended. The stock server can read what was written. Atomic: a new file takes the place of
 * the old one. Returns 0 or -errno. Waits for the disk, in the loop: it is rare, small, and its
 * reply says whether the file is safe, as in the stock server.
 */
int config_file_rewrite(const char *path, struct config_source source, sds *added,
                        size_t added_count) MUST_CHECK;

#endif
