/*
 * memory_row: the steps matter because a table that has just grown is half empty; a single count of
 * keys would flatter one server or the other. Quick runs divide by a power of two, which leaves
 * tables as full as they would be.
 */
#include "bench/memory_row.h"

#include "bench/link.h"
#include "bench/server_process.h"

#include <time.h>

enum {
    QUICK_DIVISOR = 8,
    /* Lets the server give back what it frees after the last request. */
    SETTLE_NS = 300 * 1000 * 1000
};

double memory_row_run(const struct row *row, const char *path, bool is_quick) {
    struct server_process server;
    server_process_start(&server, path, NULL);
    uint64_t empty_size = server_process_rss(&server);
    uint64_t step_count = row->filling_count / (is_quick ? QUICK_DIVISOR : 1);
    double worst = 0;
    for (unsigned step = 1; step <= row->steps; step++) {
        struct filling filling = {
            .words = row->filling,
            .first = (step - 1) * step_count,
            .count = step_count,
            .list_count = row->filling_lists,
            .value_size = row->value_size,
        };
        link_fill(server.port, &filling);
        (void)nanosleep(&(struct timespec){.tv_nsec = SETTLE_NS}, NULL);
        double grown = (double)server_process_rss(&server) - (double)empty_size;
        double per_entry = grown / (double)(step * step_count * row->entries);
        if (step >= row->first_step && per_entry > worst) {
            worst = per_entry;
        }
    }
    server_process_stop(&server, false);
    return worst;
}
