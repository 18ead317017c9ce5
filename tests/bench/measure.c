/* measure: see the header. */
#include "bench/measure.h"

#include "bench/expiry_row.h"
#include "bench/generator.h"
#include "bench/hand_over_row.h"
#include "bench/link.h"
#include "bench/memory_row.h"
#include "bench/pause_row.h"
#include "bench/requests.h"
#include "bench/server_process.h"
#include "bench/snapshot_row.h"

#include <stdlib.h>

enum {
    MILLISECOND_NS = 1000 * 1000,
    WARM_UP_MS = 500,
    MEASURE_MS = 2500,
    QUICK_WARM_UP_MS = 200,
    QUICK_MEASURE_MS = 700,
    SECOND_NS = 1000 * 1000 * 1000,
    ORDER_SEED = 20231
};

static const double MEDIAN = 0.5;
static const double P99 = 0.99;
static const double P999 = 0.999;

static void read_figures(const struct load_result *result, struct figures *figures) {
    double requests = (double)result->request_count;
    double elapsed_ns = (double)result->elapsed_ns;
    double cpu_ns = (double)(result->after.total_ns - result->before.total_ns);
    double user = (double)(result->after.user_ticks - result->before.user_ticks);
    double system = (double)(result->after.system_ticks - result->before.system_ticks);
    double user_part = user + system > 0 ? user / (user + system) : 0;
    figures->total_ns = cpu_ns / requests;
    figures->user_ns = figures->total_ns * user_part;
    figures->system_ns = figures->total_ns - figures->user_ns;
    figures->requests_per_second = requests / elapsed_ns * SECOND_NS;
    figures->busy = cpu_ns / elapsed_ns;
    figures->generator_busy = (double)result->generator_ns / elapsed_ns;
    figures->p50_ns = (double)histogram_percentile(&result->histogram, MEDIAN);
    figures->p99_ns = (double)histogram_percentile(&result->histogram, P99);
    figures->p999_ns = (double)histogram_percentile(&result->histogram, P999);
    figures->errors = (double)result->error_count;
}

static void run_load(const struct row *row, const struct plan *plan, unsigned side,
                     const struct key_order *order, struct figures *figures) {
    struct server_process server;
    const char *path = plan->paths[side];
    server_process_start_logged(&server, path, row->policy);
    if (row->filling != NULL) {
        struct filling filling = {
            .words = row->filling,
            .count = row->filling_count,
            .list_count = row->filling_lists,
            .value_size = row->value_size,
        };
        link_fill(server.port, &filling);
    }
    if (row->opening != NULL) {
        link_send(server.port, row->opening);
    }
    struct load load = {
        .program =
            side == SIDE_STOCK && row->stock_program != NULL ? row->stock_program : row->program,
        .order = order,
        .connection_count = row->connection_count,
        .reading = row->reading,
        .reader_count = row->reader_count,
        .listener_count = row->listener_count,
        .listening = row->listening,
        .listener_read = row->listener_read,
        .request_count = row->request_count,
        .depth = row->depth,
        .value_size = row->value_size,
        .warm_up_ns = (uint64_t)(plan->is_quick ? QUICK_WARM_UP_MS : WARM_UP_MS) * MILLISECOND_NS,
        .measure_ns =
            row->request_count > 0
                ? 0
                : (uint64_t)(plan->is_quick ? QUICK_MEASURE_MS : MEASURE_MS) * MILLISECOND_NS,
        .is_ping_pong = row->is_ping_pong != 0,
    };
    struct load_result *result = bench_allocate(1, sizeof(*result));
    generator_run(&load, &server, result);
    read_figures(result, figures);
    free(result);
    server_process_stop(&server, false);
}

static void run_expiry(const struct row *row, const char *path, bool is_quick,
                       struct figures *figures) {
    struct expiry_result result = {0};
    expiry_row_run(row, path, is_quick, &result);
    figures->quiet_p999_ns = (double)result.quiet_p999_ns;
    figures->due_p999_ns = (double)result.due_p999_ns;
    figures->back_ns = (double)result.back_ns;
}

static void run_pause(const struct row *row, const char *path, bool is_quick,
                      struct figures *figures) {
    struct pause_result result = {0};
    pause_row_run(row, path, is_quick, &result);
    figures->quiet_max_ns = (double)result.quiet_max_ns;
    figures->busy_max_ns = (double)result.busy_max_ns;
}

static void run_snapshot(const struct row *row, const char *path, bool is_quick,
                         struct figures *figures) {
    struct snapshot_result result = {0};
    snapshot_row_run(row, path, is_quick, &result);
    figures->quiet_p999_ns = (double)result.quiet_p999_ns;
    figures->quiet_max_ns = (double)result.quiet_max_ns;
    figures->busy_p999_ns = (double)result.busy_p999_ns;
    figures->busy_max_ns = (double)result.busy_max_ns;
    figures->duration_ns = result.duration_ns;
    figures->extra_bytes = result.extra_bytes;
}

static void run_hand_over(const struct plan *plan, unsigned side, struct figures *figures) {
    struct hand_over_result result = {0};
    hand_over_row_run(plan->paths[side], side == SIDE_OURS, plan->is_quick, &result);
    figures->requests_per_second = result.per_second;
    figures->p50_ns = (double)histogram_percentile(&result.waits, MEDIAN);
    figures->p99_ns = (double)histogram_percentile(&result.waits, P99);
    figures->p999_ns = (double)histogram_percentile(&result.waits, P999);
    figures->busy = result.busy;
}

static void run_row(const struct row *row, const struct plan *plan, unsigned side,
                    const struct key_order *order, struct figures *figures) {
    const char *path = plan->paths[side];
    switch (row->kind) {
    case ROW_LOAD:
        run_load(row, plan, side, order, figures);
        break;
    case ROW_MEMORY:
        figures->bytes_per_entry = memory_row_run(row, path, plan->is_quick);
        break;
    case ROW_EXPIRY:
        run_expiry(row, path, plan->is_quick, figures);
        break;
    case ROW_PAUSE:
        run_pause(row, path, plan->is_quick, figures);
        break;
    case ROW_SNAPSHOT:
        run_snapshot(row, path, plan->is_quick, figures);
        break;
    case ROW_START:
        figures->duration_ns = start_row_run(row, path, plan->is_quick);
        break;
    case ROW_HAND_OVER:
        run_hand_over(plan, side, figures);
        break;
    }
}

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Takes the median of each figure by itself; all are doubles. */
static void take_medians(const struct figures *rounds, unsigned count, struct figures *medians) {
    enum { FIGURE_COUNT = sizeof(struct figures) / sizeof(double) };
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        double values[MEASURE_MAX_ROUNDS];
        for (unsigned j = 0; j < count; j++) {
            values[j] = ((const double *)&rounds[j])[i];
        }
        qsort(values, count, sizeof(values[0]), compare_doubles);
        ((double *)medians)[i] = (values[(count - 1) / 2] + values[count / 2]) / 2;
    }
}

void measure_row(const struct row *row, const struct plan *plan, struct figures figures[2]) {
    struct figures rounds[SIDE_COUNT][MEASURE_MAX_ROUNDS] = {0};
    struct key_order order = {0};
    key_order_init(&order, row->key_count > 0 ? row->key_count : 1, ORDER_SEED);
    /* Memory does not vary from round to round. */
    unsigned round_count = row->kind == ROW_MEMORY ? 1 : plan->rounds;
    for (unsigned i = 0; i < round_count; i++) {
        for (unsigned turn = 0; turn < SIDE_COUNT; turn++) {
            /* Who comes second gets memory that the first has just left: so they take turns. */
            unsigned side = (turn + i) % SIDE_COUNT;
            if (side == SIDE_OURS || row->is_ours_alone == 0) {
                run_row(row, plan, side, &order, &rounds[side][i]);
            }
        }
    }
    key_order_release(&order);
    for (unsigned side = 0; side < SIDE_COUNT; side++) {
        take_medians(rounds[side], round_count, &figures[side]);
    }
}
