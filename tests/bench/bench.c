/*
 * bench: compares Latchkey with the stock server, side by side on one machine.
 *
 *     bench [--rows PATTERN] [--rounds N] [--quick] [--json] [--ours PATH] [--stock PATH]
 *     bench --callgrind [--rows PATTERN] [--ours PATH]
 *
 * Each measurement starts a fresh server on core 0, fills it, and drives it from core 1. The main
 * figure is the CPU time of the server process per request, which is comparable even where the
 * generator cannot keep a fast server busy.
 */
#include "bench/callgrind.h"
#include "bench/measure.h"
#include "bench/report.h"
#include "bench/rows.h"
#include "bench/server_process.h"

#include <fnmatch.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DEFAULT_ROUNDS = 3, DECIMAL_BASE = 10 };

struct options {
    struct plan plan;
    const char *pattern; /* NULL: all rows */
    bool as_json;
    bool use_callgrind; /* count instructions instead */
};

static void usage(FILE *out) {
    (void)fprintf(out, "bench [options]\n"
                       "  --rows PATTERN   only rows whose name contains or matches it\n"
                       "  --rounds N       measurements of each server (default 3)\n"
                       "  --quick          one short round\n"
                       "  --json           results as JSON\n"
                       "  --callgrind      count our instructions per request under valgrind\n"
                       "  --ours PATH      default build/release/latchkey-server\n"
                       "  --stock PATH     default /usr/bin/redis-server\n");
}

static void set_rounds(struct options *options, const char *text) {
    long rounds = strtol(text, NULL, DECIMAL_BASE);
    if (rounds < 1 || rounds > MEASURE_MAX_ROUNDS) {
        fprintf(stderr, "bench: --rounds takes 1 to %d\n", MEASURE_MAX_ROUNDS);
        exit(EXIT_FAILURE);
    }
    options->plan.rounds = (unsigned)rounds;
}

static void read_options(int argc, char **argv, struct options *options) {
    static const struct option names[] = {
        {"rows", required_argument, NULL, 'r'},
        {"rounds", required_argument, NULL, 'n'},
        {"quick", no_argument, NULL, 'q'},
        {"json", no_argument, NULL, 'j'},
        {"ours", required_argument, NULL, 'o'},
        {"stock", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {"callgrind", no_argument, NULL, 'c'},
        {NULL, 0, NULL, 0},
    };
    for (int name = 0; (name = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        if (name == 'r') {
            options->pattern = optarg;
        } else if (name == 'n') {
            set_rounds(options, optarg);
        } else if (name == 'q') {
            options->plan.is_quick = true;
            options->plan.rounds = 1;
        } else if (name == 'j') {
            options->as_json = true;
        } else if (name == 'c') {
            options->use_callgrind = true;
        } else if (name == 'o') {
            options->plan.paths[SIDE_OURS] = optarg;
        } else if (name == 's') {
            options->plan.paths[SIDE_STOCK] = optarg;
        } else {
            usage(name == 'h' ? stdout : stderr);
            exit(name == 'h' ? EXIT_SUCCESS : EXIT_FAILURE);
        }
    }
}

/*
 * The servers run in directories of their own, so a relative path would not reach them. Links are
 * kept: the stock server looks at the name by which it is called.
 */
static void make_paths_absolute(struct plan *plan, char *absolute, size_t size) {
    for (unsigned side = 0; side < SIDE_COUNT; side++, absolute += size) {
        const char *path = plan->paths[side];
        if (access(path, X_OK) != 0) {
            fprintf(stderr, "bench: there is no program %s\n", path);
            exit(EXIT_FAILURE);
        }
        char directory[PATH_MAX];
        if (path[0] != '/' && getcwd(directory, sizeof(directory)) != NULL) {
            (void)snprintf(absolute, size, "%s/%s", directory, path);
            plan->paths[side] = absolute;
        }
    }
}

static void raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool is_wanted(const struct row *row, const char *pattern) {
    return pattern == NULL || strstr(row->name, pattern) != NULL ||
           fnmatch(pattern, row->name, 0) == 0;
}

static unsigned run_rows(const struct options *options) {
    size_t count = 0;
    const struct row *rows = rows_all(&count);
    unsigned over_count = 0;
    bool is_first = true;
    for (size_t i = 0; i < count; i++) {
        if (!is_wanted(&rows[i], options->pattern)) {
            continue;
        }
        struct figures figures[SIDE_COUNT] = {0};
        measure_row(&rows[i], &options->plan, figures);
        if (options->as_json && !is_first) {
            printf(",\n");
        }
        is_first = false;
        over_count += !report_row(&rows[i], figures, options->as_json);
    }
    return over_count;
}

/* Without a pattern: GET and SET of 16 bytes in pipelines. */
static void run_callgrind(const struct options *options) {
    const char *pattern = options->pattern != NULL ? options->pattern : "[GS]ET 16 B, pipeline ??";
    size_t count = 0;
    const struct row *rows = rows_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind == ROW_LOAD && rows[i].is_ping_pong == 0 && is_wanted(&rows[i], pattern)) {
            callgrind_run_row(&rows[i], options->plan.paths[SIDE_OURS]);
        }
    }
}

int main(int argc, char **argv) {
    struct options options = {
        .plan =
            {
                .paths = {"/usr/bin/redis-server", "build/release/latchkey-server"},
                .rounds = DEFAULT_ROUNDS,
            },
    };
    read_options(argc, argv, &options);
    char paths[SIDE_COUNT][2 * PATH_MAX];
    make_paths_absolute(&options.plan, paths[0], sizeof(paths[0]));
    raise_file_limit();
    process_pin(GENERATOR_CORE);
    if (options.use_callgrind) {
        run_callgrind(&options);
        return EXIT_SUCCESS;
    }
    report_begin(&options.plan, options.as_json);
    unsigned over_count = run_rows(&options);
    report_end(over_count, options.as_json);
    return EXIT_SUCCESS;
}
