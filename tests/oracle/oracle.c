/*
 * oracle: the same random commands to latchkey and to the stock redis-server, replies and data
 * compared. A test is one episode: a few hundred commands of one seed on a few connections.
 *
 *   oracle                     the regressions, then episodes until enough commands were sent
 *   oracle --seed N            from this seed; --count N episodes; --commands N commands
 *   oracle --family NAME       most commands from this family
 *   oracle --line "SET k v ; B> GET k"    this episode alone (the notation of step.h)
 *   oracle --differences N     ends after so many differences
 *
 * A difference is printed with its seed, the step, both replies, and the fewest steps that still
 * show it, as a line for tests/oracle/regressions.txt. How to add commands: see family.h.
 */
#include "oracle/grammar.h"
#include "oracle/run.h"
#include "oracle/shrink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    COMMAND_COUNT = 200000,
    EPISODE_STEPS = 400,
    EPISODE_STEPS_SHORT = 30,
    DIFFERENCES_SHOWN = 5,
    CONNECTIONS = 3,
    FIRST_PERCENT = 60,
    KEYS_MAX = 12,
    BIG_PERCENT = 6,
    SHORT_PERCENT = 20,
    FOCUS_PERCENT = 60,
    UNBLOCK_PERCENT = 2,
    RECONNECT_PERCENT = 1,
    STAY_PERCENT = 80,
    SEED_BITS = 40,
};

struct options {
    uint64_t seed;
    size_t count; /* Of episodes; 0: by the number of commands. */
    size_t commands;
    size_t focus; /* Index of a family, or family_count(). */
    size_t differences;
    const char *line;
    const char *regressions;
};

struct oracle {
    struct link *ours;
    struct link *stock;
    size_t passed;
    size_t failed;
    size_t commands;
};

/* ---- Episodes ---- */

static void append_event(struct generator *generator, struct episode *episode, size_t connection) {
    if (random_percent(&generator->random, UNBLOCK_PERCENT)) {
        bool with_error = random_percent(&generator->random, FIRST_PERCENT);
        (void)episode_append(episode, with_error ? STEP_UNBLOCK_ERROR : STEP_UNBLOCK, connection);
    } else if (random_percent(&generator->random, RECONNECT_PERCENT)) {
        (void)episode_append(episode, STEP_RECONNECT, connection);
    } else {
        grammar_generate(generator, episode, connection);
    }
}

static struct episode generate(uint64_t seed, size_t focus) {
    struct generator generator = {.random = random_create(seed)};
    struct random *random = &generator.random;
    generator.connection_count = 1 + random_below(random, CONNECTIONS);
    generator.key_count = 2 + random_below(random, KEYS_MAX);
    generator.big_percent = (unsigned)random_below(random, BIG_PERCENT);
    bool has_focus = focus < family_count() || random_percent(random, FIRST_PERCENT);
    generator.focus = focus < family_count() ? focus : random_below(random, family_count());
    generator.focus_percent = has_focus ? FOCUS_PERCENT : 0;
    size_t limit = random_percent(random, SHORT_PERCENT) ? EPISODE_STEPS_SHORT : EPISODE_STEPS;
    size_t size = 1 + random_below(random, limit);
    struct episode episode = {0};
    size_t connection = 0;
    while (episode.count < size) {
        if (!random_percent(random, STAY_PERCENT)) {
            bool is_first = random_percent(random, FIRST_PERCENT);
            connection = is_first ? 0 : random_below(random, generator.connection_count);
        }
        append_event(&generator, &episode, connection);
    }
    buffer_release(&generator.key);
    return episode;
}

/* ---- Reports ---- */

static void print_episode(const struct episode *episode) {
    struct buffer text = {0};
    for (size_t i = 0; i < episode->count; i++) {
        buffer_append_text(&text, i == 0 ? "" : " ; ");
        step_print(&episode->steps[i], &text);
    }
    (void)printf("%s\n", buffer_text(&text));
    buffer_release(&text);
}

/* Runs an episode and reports a difference; `name` says where it comes from. */
static void try_episode(struct oracle *oracle, struct episode *episode, const char *name) {
    struct run_result result = run_episode(oracle->ours, oracle->stock, episode);
    oracle->commands += result.sent_count;
    if (result.difference.size == 0) {
        oracle->passed++;
        return;
    }
    oracle->failed++;
    (void)printf("DIFFERENCE in %s\n%s", name, result.difference.data);
    (void)fflush(stdout);
    buffer_release(&result.difference);
    (void)link_revive(oracle->ours);
    (void)link_revive(oracle->stock);
    shrink_episode(oracle->ours, oracle->stock, result.command, episode);
    result = run_episode(oracle->ours, oracle->stock, episode);
    (void)printf("shortest, which says:\n%s", buffer_text(&result.difference));
    print_episode(episode);
    (void)printf("\n");
    (void)fflush(stdout);
    buffer_release(&result.difference);
    (void)link_revive(oracle->ours);
    (void)link_revive(oracle->stock);
}

static void try_line(struct oracle *oracle, const char *line, const char *name) {
    struct episode episode = {0};
    episode_parse(&episode, line);
    try_episode(oracle, &episode, name);
    episode_release(&episode);
}

static void try_regressions(struct oracle *oracle, const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        support_fail("%s: %s", path, strerror(errno));
    }
    char *line = NULL;
    size_t capacity = 0;
    size_t number = 0;
    while (getline(&line, &capacity, file) >= 0) {
        number++;
        if (line[0] != '#' && line[0] != '\n') {
            struct buffer name = {0};
            buffer_append_format(&name, "%s:%zu", path, number);
            try_line(oracle, line, name.data);
            buffer_release(&name);
        }
    }
    free(line);
    (void)fclose(file);
}

static void try_random(struct oracle *oracle, const struct options *options) {
    size_t start = oracle->commands;
    for (size_t i = 0;; i++) {
        bool is_enough = options->count > 0 ? i >= options->count
                                            : oracle->commands - start >= options->commands;
        if (is_enough || oracle->failed >= options->differences) {
            return;
        }
        uint64_t seed = options->seed + i;
        struct episode episode = generate(seed, options->focus);
        struct buffer name = {0};
        buffer_append_format(&name, "--seed %llu --count 1", (unsigned long long)seed);
        if (options->focus < family_count()) {
            buffer_append_format(&name, " --family %s", family_at(options->focus)->name);
        }
        try_episode(oracle, &episode, name.data);
        buffer_release(&name);
        episode_release(&episode);
    }
}

/* ---- The command line ---- */

static uint64_t fresh_seed(void) {
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        support_fail("no random seed: %s", strerror(errno));
    }
    return seed & ((1ULL << SEED_BITS) - 1);
}

static void set_option(struct options *options, const char *name, const char *value) {
    uint64_t number = strtoull(value, NULL, 0);
    if (strcmp(name, "--seed") == 0) {
        options->seed = number;
        options->regressions = NULL;
    } else if (strcmp(name, "--count") == 0) {
        options->count = number;
    } else if (strcmp(name, "--commands") == 0) {
        options->commands = number;
    } else if (strcmp(name, "--differences") == 0) {
        options->differences = number;
    } else if (strcmp(name, "--family") == 0 && family_index(value) < family_count()) {
        options->focus = family_index(value);
    } else if (strcmp(name, "--line") == 0) {
        options->line = value;
    } else {
        support_fail("unknown option or value: %s %s", name, value);
    }
}

static struct options parse_options(int argc, char *argv[]) {
    struct options options = {
        .seed = fresh_seed(),
        .commands = COMMAND_COUNT,
        .focus = family_count(),
        .differences = DIFFERENCES_SHOWN,
        .regressions = "tests/oracle/regressions.txt",
    };
    for (int i = 1; i < argc; i += 2) {
        set_option(&options, argv[i], i + 1 < argc ? argv[i + 1] : "");
    }
    return options;
}

int main(int argc, char *argv[]) {
    struct options options = parse_options(argc, argv);
    struct oracle oracle = {
        .ours = link_create("latchkey", false),
        .stock = link_create("stock", true),
    };
    if (options.line != NULL) {
        try_line(&oracle, options.line, "the line");
    } else {
        if (options.regressions != NULL) {
            try_regressions(&oracle, options.regressions);
        }
        (void)printf("oracle: seed %llu\n", (unsigned long long)options.seed);
        (void)fflush(stdout);
        try_random(&oracle, &options);
    }
    (void)printf("oracle: %zu commands to both servers\n", oracle.commands);
    if (!link_destroy(oracle.ours)) {
        oracle.failed++;
    }
    (void)link_destroy(oracle.stock);
    (void)printf("%zu passed, %zu failed\n", oracle.passed, oracle.failed);
    return oracle.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
