/* report: see the header. */
#include "bench/report.h"

#include <stdio.h>

static const double MICROSECOND_NS = 1000.0;
static const double MILLISECOND_NS = 1e6;
static const double SECOND_NS = 1e9;
static const double THOUSAND = 1e3;
static const double PERCENT = 100.0;

static const char *const side_names[SIDE_COUNT] = {"stock", "ours"};

/* Ours come first in print; the stock server may have no figures. */
static unsigned sides(const struct row *row) {
    return row->is_ours_alone != 0 ? 1 : SIDE_COUNT;
}

static double ratio(double ours, double stock) {
    return stock > 0 ? ours / stock : 0;
}

void report_begin(const struct plan *plan, bool as_json) {
    if (as_json) {
        printf("{\"rounds\": %u, \"quick\": %s, \"rows\": [", plan->rounds,
               plan->is_quick ? "true" : "false");
        return;
    }
    printf("CPU time of the server process per request, ours / stock; medians of %u round%s%s.\n"
           "us: CPU microseconds per request. busy: the server's share of its core, and the\n"
           "generator's. Throughput in thousand requests a second, latency of a batch in us.\n\n",
           plan->rounds, plan->rounds == 1 ? "" : "s", plan->is_quick ? ", quick" : "");
    printf("%-32s %5s %5s %5s %9s %-4s %13s %15s %11s   %s\n", "row", "total", "user", "sys",
           "limit", "", "us ours/stock", "kreq/s", "busy s/g %", "p50/p99/p99.9 ours | stock");
}

static bool load_is_kept(const struct row *row, const struct figures figures[2]) {
    const struct figures *stock = &figures[SIDE_STOCK];
    const struct figures *ours = &figures[SIDE_OURS];
    if (row->p99_limit > 0) {
        return ratio(ours->p99_ns, stock->p99_ns) <= row->p99_limit && ours->errors <= 0 &&
               stock->errors <= 0;
    }
    if (row->rate_limit > 0) {
        return ratio(ours->requests_per_second, stock->requests_per_second) >= row->rate_limit &&
               ours->p999_ns <= stock->p999_ns && ours->errors <= 0 && stock->errors <= 0;
    }
    return ratio(ours->total_ns, stock->total_ns) <= row->limit &&
           (row->user_limit <= 0 || ratio(ours->user_ns, stock->user_ns) <= row->user_limit) &&
           ours->errors <= 0 && stock->errors <= 0;
}

static void print_load(const struct row *row, const struct figures figures[2]) {
    const struct figures *stock = &figures[SIDE_STOCK];
    const struct figures *ours = &figures[SIDE_OURS];
    char limit[16];
    if (row->p99_limit > 0) {
        (void)snprintf(limit, sizeof(limit), "p99 %.2f", row->p99_limit);
    } else if (row->rate_limit > 0) {
        (void)snprintf(limit, sizeof(limit), "%.2fx", row->rate_limit);
    } else if (row->user_limit > 0) {
        (void)snprintf(limit, sizeof(limit), "%.2f/%.2f", row->limit, row->user_limit);
    } else {
        (void)snprintf(limit, sizeof(limit), "%.2f", row->limit);
    }
    printf("%-32s %5.2f %5.2f %5.2f %9s %-4s %6.2f/%6.2f %7.0f/%7.0f %3.0f/%3.0f/%3.0f   "
           "%.0f/%.0f/%.0f | %.0f/%.0f/%.0f\n",
           row->name, ratio(ours->total_ns, stock->total_ns), ratio(ours->user_ns, stock->user_ns),
           ratio(ours->system_ns, stock->system_ns), limit,
           load_is_kept(row, figures) ? "OK" : "over", ours->total_ns / MICROSECOND_NS,
           stock->total_ns / MICROSECOND_NS, ours->requests_per_second / THOUSAND,
           stock->requests_per_second / THOUSAND, ours->busy * PERCENT, stock->busy * PERCENT,
           ours->generator_busy * PERCENT, ours->p50_ns / MICROSECOND_NS,
           ours->p99_ns / MICROSECOND_NS, ours->p999_ns / MICROSECOND_NS,
           stock->p50_ns / MICROSECOND_NS, stock->p99_ns / MICROSECOND_NS,
           stock->p999_ns / MICROSECOND_NS);
    if (ours->errors > 0 || stock->errors > 0) {
        printf("    error replies: ours %.0f, stock %.0f\n", ours->errors, stock->errors);
    }
}

static bool memory_is_kept(const struct row *row, const struct figures figures[2]) {
    const struct figures *ours = &figures[SIDE_OURS];
    return ratio(ours->bytes_per_entry, figures[SIDE_STOCK].bytes_per_entry) <= row->limit &&
           (row->byte_limit <= 0 || ours->bytes_per_entry <= row->byte_limit);
}

static void print_memory(const struct row *row, const struct figures figures[2]) {
    double ours = figures[SIDE_OURS].bytes_per_entry;
    double stock = figures[SIDE_STOCK].bytes_per_entry;
    printf("%-32s %5.2f %21.2f %-4s %6.1f/%6.1f bytes an entry", row->name, ratio(ours, stock),
           row->limit, memory_is_kept(row, figures) ? "OK" : "over", ours, stock);
    if (row->byte_limit > 0) {
        printf(" (limit %.0f)", row->byte_limit);
    }
    printf("\n");
}

static double rise_ms(const struct figures *figures) {
    double rise_ns = figures->due_p999_ns - figures->quiet_p999_ns;
    return rise_ns / MILLISECOND_NS;
}

static bool expiry_is_kept(const struct row *row, const struct figures figures[2]) {
    const struct figures *ours = &figures[SIDE_OURS];
    return rise_ms(ours) <= row->rise_limit_ms && ours->back_ns / SECOND_NS <= row->back_limit_s;
}

static void print_expiry(const struct row *row, const struct figures figures[2]) {
    printf("%-32s %-4s (limits: p99.9 rises by %.0f ms, memory back in %.0f s)\n", row->name,
           expiry_is_kept(row, figures) ? "OK" : "over", row->rise_limit_ms, row->back_limit_s);
    for (unsigned i = 0; i < sides(row); i++) {
        unsigned side = SIDE_COUNT - 1 - i;
        printf("    %-5s p99.9 %.2f ms before, %.2f ms after; memory back in %.2f s\n",
               side_names[side], figures[side].quiet_p999_ns / MILLISECOND_NS,
               figures[side].due_p999_ns / MILLISECOND_NS, figures[side].back_ns / SECOND_NS);
    }
}

/* ---- Pauses ---- */

static bool pause_is_kept(const struct row *row, const struct figures figures[2]) {
    const struct figures *ours = &figures[SIDE_OURS];
    return (ours->busy_max_ns - ours->quiet_max_ns) / MILLISECOND_NS <= row->max_limit_ms;
}

static void print_pause(const struct row *row, const struct figures figures[2]) {
    printf("%-32s %-4s (limit: the longest rises by %.0f ms)\n", row->name,
           pause_is_kept(row, figures) ? "OK" : "over", row->max_limit_ms);
    for (unsigned i = 0; i < sides(row); i++) {
        const struct figures *side = &figures[SIDE_COUNT - 1 - i];
        printf("    %-5s longest %.2f ms before, %.2f ms from then on\n",
               side_names[SIDE_COUNT - 1 - i], side->quiet_max_ns / MILLISECOND_NS,
               side->busy_max_ns / MILLISECOND_NS);
    }
}

/* ---- Snapshots and starts ---- */

static double duration_ratio(const struct figures figures[2]) {
    return figures[SIDE_OURS].duration_ns / figures[SIDE_STOCK].duration_ns;
}

static bool snapshot_is_kept(const struct row *row, const struct figures figures[2]) {
    const struct figures *ours = &figures[SIDE_OURS];
    double p999_rise_ms = (ours->busy_p999_ns - ours->quiet_p999_ns) / MILLISECOND_NS;
    double max_rise_ms = (ours->busy_max_ns - ours->quiet_max_ns) / MILLISECOND_NS;
    return p999_rise_ms <= row->rise_limit_ms && max_rise_ms <= row->max_limit_ms &&
           ours->extra_bytes <= row->extra_limit_bytes && duration_ratio(figures) <= row->limit;
}

static void print_snapshot(const struct row *row, const struct figures figures[2]) {
    static const double megabyte = 1e6;
    printf("%-32s %-4s (limits: p99.9 rises by %.0f ms, the longest by %.0f ms; %.0f MB more; "
           "%.2f of the time)\n",
           row->name, snapshot_is_kept(row, figures) ? "OK" : "over", row->rise_limit_ms,
           row->max_limit_ms, row->extra_limit_bytes / megabyte, row->limit);
    for (unsigned i = 0; i < SIDE_COUNT; i++) {
        const struct figures *side = &figures[SIDE_COUNT - 1 - i];
        printf("    %-5s p99.9 %.2f ms before, %.2f ms meanwhile; longest %.2f ms, %.2f ms; "
               "%.0f MB more; %.2f s\n",
               side_names[SIDE_COUNT - 1 - i], side->quiet_p999_ns / MILLISECOND_NS,
               side->busy_p999_ns / MILLISECOND_NS, side->quiet_max_ns / MILLISECOND_NS,
               side->busy_max_ns / MILLISECOND_NS, side->extra_bytes / megabyte,
               side->duration_ns / SECOND_NS);
    }
}

static bool start_is_kept(const struct row *row, const struct figures figures[2]) {
    return row->max_limit_ms > 0
               ? figures[SIDE_OURS].duration_ns <= row->max_limit_ms * MILLISECOND_NS
               : duration_ratio(figures) <= row->limit;
}

static void print_start(const struct row *row, const struct figures figures[2]) {
    if (row->max_limit_ms > 0) {
        printf("%-32s %-4s %.1f ms (limit %.0f), stock %.1f ms\n", row->name,
               start_is_kept(row, figures) ? "OK" : "over",
               figures[SIDE_OURS].duration_ns / MILLISECOND_NS, row->max_limit_ms,
               figures[SIDE_STOCK].duration_ns / MILLISECOND_NS);
        return;
    }
    printf("%-32s %-4s %.2f of the stock server's time (limit %.2f): %.2f s, stock %.2f s\n",
           row->name, start_is_kept(row, figures) ? "OK" : "over", duration_ratio(figures),
           row->limit, figures[SIDE_OURS].duration_ns / SECOND_NS,
           figures[SIDE_STOCK].duration_ns / SECOND_NS);
}

/* ---- Hand-overs ---- */

static double pass_ratio(const struct figures figures[2]) {
    return ratio(figures[SIDE_OURS].requests_per_second, figures[SIDE_STOCK].requests_per_second);
}

static void print_hand_over(const struct row *row, const struct figures figures[2]) {
    printf("%-32s %-4s %.1f times the stock server's hand-overs (limit %.0f)\n", row->name,
           pass_ratio(figures) >= row->pass_limit ? "OK" : "over", pass_ratio(figures),
           row->pass_limit);
    for (unsigned i = 0; i < SIDE_COUNT; i++) {
        const struct figures *side = &figures[SIDE_COUNT - 1 - i];
        printf("    %-5s %.0f a second; a wait takes %.2f ms, p99 %.2f, p99.9 %.2f; busy %.0f %%\n",
               side_names[SIDE_COUNT - 1 - i], side->requests_per_second,
               side->p50_ns / MILLISECOND_NS, side->p99_ns / MILLISECOND_NS,
               side->p999_ns / MILLISECOND_NS, side->busy * PERCENT);
    }
}

static bool is_kept(const struct row *row, const struct figures figures[2]) {
    switch (row->kind) {
    case ROW_LOAD:
        return load_is_kept(row, figures);
    case ROW_MEMORY:
        return memory_is_kept(row, figures);
    case ROW_EXPIRY:
        return expiry_is_kept(row, figures);
    case ROW_PAUSE:
        return pause_is_kept(row, figures);
    case ROW_SNAPSHOT:
        return snapshot_is_kept(row, figures);
    case ROW_START:
        return start_is_kept(row, figures);
    case ROW_HAND_OVER:
        return pass_ratio(figures) >= row->pass_limit;
    }
    return false;
}

static void print_row(const struct row *row, const struct figures figures[2]) {
    switch (row->kind) {
    case ROW_LOAD:
        print_load(row, figures);
        break;
    case ROW_MEMORY:
        print_memory(row, figures);
        break;
    case ROW_EXPIRY:
        print_expiry(row, figures);
        break;
    case ROW_PAUSE:
        print_pause(row, figures);
        break;
    case ROW_SNAPSHOT:
        print_snapshot(row, figures);
        break;
    case ROW_START:
        print_start(row, figures);
        break;
    case ROW_HAND_OVER:
        print_hand_over(row, figures);
        break;
    }
}

static void print_json_side(const char *name, const struct figures *figures) {
    printf("\"%s\": {\"total_ns\": %.1f, \"user_ns\": %.1f, \"system_ns\": %.1f, "
           "\"requests_per_second\": %.0f, \"busy\": %.3f, \"generator_busy\": %.3f, "
           "\"p50_ns\": %.0f, \"p99_ns\": %.0f, \"p999_ns\": %.0f, \"errors\": %.0f, "
           "\"bytes_per_entry\": %.2f, \"quiet_p999_ns\": %.0f, \"due_p999_ns\": %.0f, "
           "\"back_ns\": %.0f, \"quiet_max_ns\": %.0f, \"busy_p999_ns\": %.0f, "
           "\"busy_max_ns\": %.0f, \"duration_ns\": %.0f, \"extra_bytes\": %.0f}",
           name, figures->total_ns, figures->user_ns, figures->system_ns,
           figures->requests_per_second, figures->busy, figures->generator_busy, figures->p50_ns,
           figures->p99_ns, figures->p999_ns, figures->errors, figures->bytes_per_entry,
           figures->quiet_p999_ns, figures->due_p999_ns, figures->back_ns, figures->quiet_max_ns,
           figures->busy_p999_ns, figures->busy_max_ns, figures->duration_ns, figures->extra_bytes);
}

bool report_row(const struct row *row, const struct figures figures[2], bool as_json) {
    bool row_is_kept = is_kept(row, figures);
    if (as_json) {
        printf("{\"row\": \"%s\", \"limit\": %.2f, \"kept\": %s, ", row->name, row->limit,
               row_is_kept ? "true" : "false");
        print_json_side("ours", &figures[SIDE_OURS]);
        printf(", ");
        print_json_side("stock", &figures[SIDE_STOCK]);
        printf("}");
    } else {
        print_row(row, figures);
    }
    (void)fflush(stdout);
    return row_is_kept;
}

void report_end(unsigned over_count, bool as_json) {
    if (as_json) {
        printf("], \"over\": %u}\n", over_count);
    } else {
        printf("\n%u row%s over the limit.\n", over_count, over_count == 1 ? "" : "s");
    }
}
