/*
 * request_copy: a request kept beyond its turn, arguments and all, in one block of memory: queued
 * in MULTI, or waiting on keys.
 */
#ifndef LATCHKEY_SERVER_REQUEST_COPY_H
#define LATCHKEY_SERVER_REQUEST_COPY_H

#include "base/sds.h"

#include <stddef.h>

struct known_command;
struct request;

/* Free with alloc_free. */
struct request_copy {
    const struct known_command *command;
    size_t size; /* of the whole block */
    size_t argc;
    struct bytes args[]; /* views into the block */
};

/* Copies command and arguments of a request. */
struct request_copy *request_copy_create(const struct request *req);

/* Puts command and arguments of the copy into a request. */
void request_copy_restore(const struct request_copy *copy, struct request *req);

#endif
