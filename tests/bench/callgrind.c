/*
 * callgrind: instrumentation is off while the server starts and is filled, because it is slow and
 * its counts are of no interest; callgrind_control switches it on for the counted requests.
 */
#include "bench/callgrind.h"

#include "bench/generator.h"
#include "bench/link.h"
#include "bench/requests.h"
#include "bench/server_process.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    COUNTED_REQUESTS = 200 * 1000,
    WARM_UP_REQUESTS = 50 * 1000,
    COMMAND_SIZE = 128,
    OPTION_SIZE = PATH_MAX + 64,
    LINE_SIZE = 1024,
    NAME_SIZE = 64,
    ORDER_SEED = 99
};

/* "GET 16 B, pipeline 64" becomes "callgrind.get-16-b--pipeline-64.out". */
static void profile_path(const struct row *row, char *path, size_t size) {
    char directory[PATH_MAX] = "";
    if (readlink("/proc/self/exe", directory, sizeof(directory) - 1) > 0) {
        *strrchr(directory, '/') = '\0';
    }
    char name[NAME_SIZE];
    (void)snprintf(name, sizeof(name), "%s", row->name);
    for (char *letter = name; *letter != '\0'; letter++) {
        *letter = isalnum((unsigned char)*letter) ? (char)tolower((unsigned char)*letter) : '-';
    }
    (void)snprintf(path, size, "%s/callgrind.%s.out", directory, name);
}

static void switch_instrumentation(const struct server_process *server, const char *state) {
    char command[COMMAND_SIZE];
    (void)snprintf(command, sizeof(command), "callgrind_control -i %s %d >/dev/null 2>&1", state,
                   (int)server->pid);
    if (system(command) != 0) {
        fprintf(stderr, "bench: %s failed\n", command);
        exit(EXIT_FAILURE);
    }
}

static uint64_t read_total(const char *path) {
    FILE *profile = fopen(path, "r");
    if (profile == NULL) {
        fprintf(stderr, "bench: valgrind left no %s\n", path);
        exit(EXIT_FAILURE);
    }
    char line[LINE_SIZE];
    uint64_t total = 0;
    while (fgets(line, sizeof(line), profile) != NULL) {
        uint64_t found = 0;
        if (sscanf(line, "totals: %" SCNu64, &found) == 1) {
            total += found;
        }
    }
    (void)fclose(profile);
    return total;
}

static void run_requests(const struct row *row, const struct server_process *server,
                         const struct key_order *order, bool is_counted,
                         struct load_result *result) {
    /* A request with listeners costs as much as many. */
    uint64_t divisor = 1 + row->listener_count;
    struct load load = {
        .program = row->program,
        .order = order,
        .connection_count = row->connection_count,
        .listener_count = row->listener_count,
        .listening = row->listening,
        .depth = row->depth,
        .value_size = row->value_size,
        .request_count = (is_counted ? COUNTED_REQUESTS : WARM_UP_REQUESTS) / divisor + 1,
        .run_index = is_counted ? 1 : 0,
    };
    generator_run(&load, server, result);
}

void callgrind_run_row(const struct row *row, const char *path) {
    char profile[PATH_MAX + NAME_SIZE];
    profile_path(row, profile, sizeof(profile));
    char out_option[OPTION_SIZE + NAME_SIZE];
    (void)snprintf(out_option, sizeof(out_option), "--callgrind-out-file=%s", profile);
    const char *const wrapper[] = {
        "valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", out_option, NULL,
    };
    struct server_process server;
    server_process_start(&server, path, wrapper);
    if (row->filling != NULL) {
        link_fill(server.port, &(struct filling){
                                   .words = row->filling,
                                   .count = row->filling_count,
                                   .list_count = row->filling_lists,
                                   .value_size = row->value_size,
                               });
    }
    if (row->opening != NULL) {
        link_send(server.port, row->opening);
    }
    struct key_order order;
    key_order_init(&order, row->key_count, ORDER_SEED);
    struct load_result *result = bench_allocate(1, sizeof(*result));
    run_requests(row, &server, &order, false, result);
    switch_instrumentation(&server, "on");
    run_requests(row, &server, &order, true, result);
    switch_instrumentation(&server, "off");
    server_process_stop(&server, true);
    printf("%-32s %8.1f instructions per request (%s)\n", row->name,
           (double)read_total(profile) / (double)result->request_count, profile);
    (void)fflush(stdout);
    free(result);
    key_order_release(&order);
}
