/*
 * Pieces of half the length, then of a quarter, down to single steps, are left out, each tried by
 * running what remains. Bounded by a number of runs.
 * Source: A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE
 * 28(2), 2002.
 */
#include "oracle/shrink.h"

#include <string.h>
#include <strings.h>

enum { RUN_LIMIT = 2000 };

static struct episode copy_without(const struct episode *episode, size_t first, size_t count) {
    struct episode copy = {0};
    for (size_t i = 0; i < episode->count; i++) {
        if (i < first || i >= first + count) {
            episode_append_copy(&copy, &episode->steps[i]);
        }
    }
    return copy;
}

/* The servers, and what the difference is about: another one must not take its place. */
struct hunt {
    struct link *ours;
    struct link *stock;
    const char *command;
};

static bool differs(const struct hunt *hunt, const struct episode *episode) {
    struct run_result result = run_episode(hunt->ours, hunt->stock, episode);
    bool is_different =
        result.difference.size > 0 && strcasecmp(result.command, hunt->command) == 0;
    buffer_release(&result.difference);
    (void)link_revive(hunt->ours);
    return is_different;
}

/* Tries to leave out each piece of this size; returns how many runs it took. */
static size_t pass(const struct hunt *hunt, struct episode *episode, size_t size) {
    size_t run_count = 0;
    for (size_t at = 0; at < episode->count;) {
        struct episode shorter = copy_without(episode, at, size);
        run_count++;
        if (differs(hunt, &shorter)) {
            episode_release(episode);
            *episode = shorter;
        } else {
            episode_release(&shorter);
            at += size;
        }
    }
    return run_count;
}

/* Takes marks off the steps where the difference stays. */
static void simplify(const struct hunt *hunt, struct episode *episode) {
    for (size_t i = 0; i < episode->count; i++) {
        struct step *step = &episode->steps[i];
        struct step before = *step;
        step->is_joined = false;
        step->cut_percent = 0;
        step->is_inline = false;
        if (!differs(hunt, episode)) {
            *step = before;
        }
    }
}

void shrink_episode(struct link *ours, struct link *stock, const char *command,
                    struct episode *episode) {
    const struct hunt hunt = {ours, stock, command};
    size_t run_count = 0;
    for (size_t size = episode->count / 2; size > 0 && run_count < RUN_LIMIT; size /= 2) {
        run_count += pass(&hunt, episode, size);
    }
    size_t last_count = 0;
    while (episode->count != last_count && run_count < RUN_LIMIT) {
        last_count = episode->count;
        run_count += pass(&hunt, episode, 1);
    }
    simplify(&hunt, episode);
}
