/*
 * loading: what INFO and the service manager are told while a dataset is loaded.
 */
#ifndef LATCHKEY_STORAGE_LOADING_H
#define LATCHKEY_STORAGE_LOADING_H

#include "base/sds.h"

#include <stdbool.h>
#include <stdint.h>

struct server;

struct loading_figures {
    int64_t start_ms;
    uint64_t total_bytes;
    uint64_t loaded_bytes;
    uint64_t noted_memory; /* of the server that wrote the file */
};

/*
 * Empties all databases, as FLUSHALL does for those who watch or track keys, and forgets all
 * functions: what is loaded takes their place.
 */
void loading_drop_dataset(struct server *server);

/*
 * From now on clients get LOADING, and nothing expires.
 * total_bytes  of the files: when there are many, the heap is prepared for a large dataset first
 */
void loading_begin(struct server *server, uint64_t total_bytes);

/* Logs that a key of a file was left out because it holds nothing. context: not used. */
void loading_tell_skipped(void *context, struct bytes name);

/* The dataset is complete. */
void loading_end(struct server *server);

/* For tests, key-load-delay: true while so many keys should not have been loaded yet. */
bool loading_is_ahead(const struct server *server, int64_t start_ms, int64_t key_count);

/* How much of the file is loaded, of 100. */
double loading_percent(const struct loading_figures *figures);

/* Appends the fields of INFO persistence. */
sds loading_describe(const struct loading_figures *figures, sds text)
    __attribute__((warn_unused_result));

#endif
