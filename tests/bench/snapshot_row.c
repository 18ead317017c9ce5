/*
 * 50,000 requests a second go out on schedule. One more connection starts the command and asks
 * every 20 ms whether it is over.
 */
#include "bench/snapshot_row.h"

#include "bench/histogram.h"
#include "bench/link.h"
#include "bench/paced_load.h"
#include "bench/requests.h"
#include "bench/row_filling.h"
#include "bench/server_process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PERIOD_NS = 20 * 1000, /* 50,000 a second */
    QUIET_MS = 2000,
    WARM_MS = 500,
    MILLISECOND_NS = 1000 * 1000,
    POLL_PERIOD_NS = 20 * MILLISECOND_NS,
    INFO_SIZE = 16 * 1024
};

static const double P999 = 0.999;
static const double P100 = 1;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "bench: snapshot: %s\n", what);
    exit(EXIT_FAILURE);
}

/* ---- The command ---- */

static void ask(int port, const char *words, char *reply, size_t size) {
    int fd = link_open(port);
    if (link_ask(fd, words, reply, size) < 0 || reply[0] == '-') {
        fail(words);
    }
    (void)close(fd);
}

static uint64_t info_number(const char *info, const char *field) {
    const char *at = strstr(info, field);
    uint64_t number = 0;
    if (at == NULL || sscanf(at + strlen(field), ":%" SCNu64, &number) != 1) {
        fail("INFO lacks a field");
    }
    return number;
}

static bool is_over(const char *info) {
    return info_number(info, "\nrdb_bgsave_in_progress") == 0 &&
           info_number(info, "\naof_rewrite_in_progress") == 0 &&
           info_number(info, "\naof_rewrite_scheduled") == 0;
}

static void run_command(struct paced_load *load, const struct row *row,
                        const struct server_process *server, struct snapshot_result *result) {
    char info[INFO_SIZE];
    uint64_t before_bytes = server_process_rss(server);
    uint64_t most_bytes = before_bytes;
    int fd = link_open(server->port);
    uint64_t start_ns = link_now_ns();
    ask(server->port, row->command, info, sizeof(info));
    do {
        paced_load_run(load, link_now_ns() + POLL_PERIOD_NS);
        uint64_t bytes = server_process_rss(server);
        most_bytes = bytes > most_bytes ? bytes : most_bytes;
        paced_load_ask(load, fd, "INFO persistence", info, sizeof(info));
    } while (!is_over(info));
    result->duration_ns = (double)(link_now_ns() - start_ns);
    uint64_t copied = info_number(info, "\nrdb_last_cow_size");
    uint64_t aof_copied = info_number(info, "\naof_last_cow_size");
    copied = aof_copied > copied ? aof_copied : copied;
    result->extra_bytes = (double)(most_bytes - before_bytes) + (double)copied;
    (void)close(fd);
}

void snapshot_row_run(const struct row *row, const char *path, bool is_quick,
                      struct snapshot_result *result) {
    struct server_process server;
    server_process_start(&server, path, NULL);
    row_fill(row, is_quick, 0, server.port);
    struct histogram *quiet = bench_allocate(1, sizeof(*quiet));
    struct histogram *busy = bench_allocate(1, sizeof(*busy));
    struct paced_load *load = row_load_open(row, is_quick, PERIOD_NS, server.port);
    paced_load_run(load, link_now_ns() + (uint64_t)WARM_MS * MILLISECOND_NS);
    paced_load_count_into(load, quiet);
    paced_load_run(load, link_now_ns() + (uint64_t)QUIET_MS * MILLISECOND_NS);
    paced_load_count_into(load, busy);
    run_command(load, row, &server, result);
    result->quiet_p999_ns = histogram_percentile(quiet, P999);
    result->quiet_max_ns = histogram_percentile(quiet, P100);
    result->busy_p999_ns = histogram_percentile(busy, P999);
    result->busy_max_ns = histogram_percentile(busy, P100);
    paced_load_close(load);
    free(quiet);
    free(busy);
    server_process_stop(&server, false);
}

double start_row_run(const struct row *row, const char *path, bool is_quick) {
    struct server_process server;
    char reply[INFO_SIZE];
    bool by_log = row->command == NULL;
    const char *policy = by_log ? "everysec" : NULL;
    server_process_start_logged(&server, path, policy);
    ask(server.port, "CONFIG SET auto-aof-rewrite-percentage 0", reply, sizeof(reply));
    row_fill(row, is_quick, 0, server.port);
    if (!by_log) {
        ask(server.port, row->command, reply, sizeof(reply));
    }
    ask(server.port, "DBSIZE", reply, sizeof(reply));
    size_t expected = strtoull(reply + 1, NULL, 10);
    uint64_t start_ns = server_process_restart(&server, path, policy);
    double took_ns = (double)(link_now_ns() - start_ns);
    ask(server.port, "DBSIZE", reply, sizeof(reply));
    if (strtoull(reply + 1, NULL, 10) != expected) {
        fail("keys are missing after the start");
    }
    server_process_stop(&server, false);
    return took_ns;
}
