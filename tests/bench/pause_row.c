/*
 * pause_row: 20,000 requests a second on other keys. The command goes out over a connection of its
 * own; what it leaves to be done later falls into the phase that it begins.
 */
#include "bench/pause_row.h"

#include "bench/histogram.h"
#include "bench/link.h"
#include "bench/paced_load.h"
#include "bench/requests.h"
#include "bench/row_filling.h"
#include "bench/server_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    MILLISECOND_NS = 1000 * 1000,
    PERIOD_NS = 50 * 1000, /* 20,000 a second */
    WARM_MS = 500,
    QUIET_MS = 3000, /* as long as the other phase: the longest of more is longer */
    BUSY_MS = 3000,
    REPLY_SIZE = 256
};

static const double P100 = 1;

static void run_for(struct paced_load *load, uint64_t milliseconds) {
    paced_load_run(load, link_now_ns() + milliseconds * MILLISECOND_NS);
}

void pause_row_run(const struct row *row, const char *path, bool is_quick,
                   struct pause_result *result) {
    struct server_process server;
    char reply[REPLY_SIZE];
    server_process_start(&server, path, NULL);
    row_fill(row, is_quick, 0, server.port);
    struct histogram *quiet = bench_allocate(1, sizeof(*quiet));
    struct histogram *busy = bench_allocate(1, sizeof(*busy));
    int fd = link_open(server.port);
    struct paced_load *load = row_load_open(row, is_quick, PERIOD_NS, server.port);
    run_for(load, WARM_MS);
    paced_load_count_into(load, quiet);
    run_for(load, QUIET_MS);
    paced_load_count_into(load, busy);
    paced_load_ask(load, fd, row->command, reply, sizeof(reply));
    if (reply[0] == '-') {
        fprintf(stderr, "bench: %s: %s\n", row->command, reply);
        exit(EXIT_FAILURE);
    }
    run_for(load, BUSY_MS);
    result->quiet_max_ns = histogram_percentile(quiet, P100);
    result->busy_max_ns = histogram_percentile(busy, P100);
    paced_load_close(load);
    (void)close(fd);
    free(quiet);
    free(busy);
    server_process_stop(&server, false);
}
