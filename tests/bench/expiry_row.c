/*
 * expiry_row: 20,000 reads a second of what does not become due. One more connection asks for
 * used_memory every 20 ms; memory counts as back when all but a twentieth of what was due is free.
 */
#include "bench/expiry_row.h"

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
#include <time.h>
#include <unistd.h>

enum {
    MILLISECOND_NS = 1000 * 1000,
    SECOND_MS = 1000,
    PERIOD_NS = 50 * 1000, /* 20,000 a second */
    POLL_PERIOD_NS = 20 * MILLISECOND_NS,
    LEAD_MS = 9000,  /* from the filling to the instant */
    WARM_MS = 500,   /* load before the quiet phase */
    PHASE_MS = 2000, /* the quiet phase, and the phase from the instant on */
    GIVE_UP_MS = 20000,
    INFO_SIZE = 16 * 1024,
    BACK_PARTS = 20 /* one of these parts of the growth may remain */
};

static const double P999 = 0.999;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "bench: expiry: %s\n", what);
    exit(EXIT_FAILURE);
}

static uint64_t wall_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * SECOND_MS + (uint64_t)now.tv_nsec / MILLISECOND_NS;
}

static uint64_t parse_used_memory(const char *info) {
    const char *field = strstr(info, "\nused_memory:");
    uint64_t used = 0;
    if (field == NULL || sscanf(field, "\nused_memory:%" SCNu64, &used) != 1) {
        fail("INFO has no used_memory");
    }
    return used;
}

static uint64_t ask_used_memory(int port) {
    char info[INFO_SIZE];
    int fd = link_open(port);
    if (link_ask(fd, "INFO memory", info, sizeof(info)) < 0) {
        fail("no reply to INFO");
    }
    (void)close(fd);
    return parse_used_memory(info);
}

/* Runs the load until the memory is back; returns how long that took from the instant. */
static int64_t await_memory(struct paced_load *load, int fd, uint64_t due_ns, uint64_t back_below) {
    char info[INFO_SIZE];
    int64_t waited_ns = 0;
    do {
        paced_load_run(load, link_now_ns() + POLL_PERIOD_NS);
        paced_load_ask(load, fd, "INFO memory", info, sizeof(info));
        waited_ns = (int64_t)(link_now_ns() - due_ns);
    } while (parse_used_memory(info) > back_below &&
             waited_ns < (int64_t)GIVE_UP_MS * MILLISECOND_NS);
    return waited_ns;
}

void expiry_row_run(const struct row *row, const char *path, bool is_quick,
                    struct expiry_result *result) {
    struct server_process server;
    server_process_start(&server, path, NULL);
    uint64_t before_size = ask_used_memory(server.port);
    uint64_t due_ms = wall_ms() + LEAD_MS;
    uint64_t due_ns = link_now_ns() + (uint64_t)LEAD_MS * MILLISECOND_NS;
    row_fill(row, is_quick, due_ms, server.port);
    uint64_t filled_size = ask_used_memory(server.port);
    struct histogram *quiet = bench_allocate(1, sizeof(*quiet));
    struct histogram *due = bench_allocate(1, sizeof(*due));
    int fd = link_open(server.port);
    uint64_t quiet_from_ns = due_ns - (uint64_t)PHASE_MS * MILLISECOND_NS;
    if (link_now_ns() + (uint64_t)WARM_MS * MILLISECOND_NS > quiet_from_ns) {
        fail("filling took too long");
    }
    struct paced_load *load = row_load_open(row, is_quick, PERIOD_NS, server.port);
    paced_load_run(load, quiet_from_ns);
    paced_load_count_into(load, quiet);
    paced_load_run(load, due_ns);
    paced_load_count_into(load, due);
    uint64_t back_below = before_size + (filled_size - before_size) / BACK_PARTS;
    result->back_ns = await_memory(load, fd, due_ns, back_below);
    paced_load_run(load, due_ns + (uint64_t)PHASE_MS * MILLISECOND_NS);
    result->quiet_p999_ns = histogram_percentile(quiet, P999);
    result->due_p999_ns = histogram_percentile(due, P999);
    paced_load_close(load);
    (void)close(fd);
    free(quiet);
    free(due);
    server_process_stop(&server, false);
}
