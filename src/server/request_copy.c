/*
 * One allocation: the views, then the bytes that they point to.
 */
#include "server/request_copy.h"

#include "base/alloc.h"
#include "server/request.h"

#include <string.h>

struct request_copy *request_copy_create(const struct request *req) {
    struct request_copy *copy = NULL;
    size_t size = sizeof *copy + req->argc * sizeof copy->args[0];
    size_t place = size;
    for (size_t i = 0; i < req->argc; i++) {
        size += req->args[i].length;
    }
    copy = alloc_new(size);
    copy->command = req->command;
    copy->size = size;
    copy->argc = req->argc;
    for (size_t i = 0; i < req->argc; i++) {
        char *data = (char *)copy + place;
        if (req->args[i].length > 0) {
            memcpy(data, req->args[i].data, req->args[i].length);
        }
        copy->args[i] = (struct bytes){data, req->args[i].length};
        place += req->args[i].length;
    }
    return copy;
}

void request_copy_restore(const struct request_copy *copy, struct request *req) {
    req->command = copy->command;
    req->args = copy->args;
    req->argc = copy->argc;
    req->first_key = 0;
    req->builder = NULL;
}
