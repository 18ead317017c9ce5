/*
 * saving: snapshots of the dataset in a file: what clients, INFO and the gates know of them.
 *
 * The one who writes and loads the file is plugged in by app.
 */
#ifndef LATCHKEY_SERVER_SAVING_H
#define LATCHKEY_SERVER_SAVING_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

/* What an attempt to start a save in the background came to. */
enum save_start {
    SAVE_STARTED,
    SAVE_SCHEDULED,
    SAVE_RUNS_ALREADY,
    SAVE_BLOCKED, /* another snapshot runs, and it was not to be scheduled */
    SAVE_FAILED,
};

/* DEBUG RELOAD. */
struct reload_options {
    bool merges;      /* keys that the file has, too, are replaced */
    bool flushes_not; /* what is there stays */
    bool saves_not;   /* the file is taken as it is */
};

enum reload_result { RELOAD_DONE, RELOAD_NOT_SAVED, RELOAD_NOT_LOADED };

/* Who writes and loads the file; plugged in by app. Called by the loop. */
struct saver {
    void *context;
    bool (*save)(void *context); /* waits until the file is there; false after logging */
    enum save_start (*start)(void *context, bool may_be_scheduled);
    bool (*cancel)(void *context); /* what runs or is scheduled; false when nothing is */
    enum reload_result (*reload)(void *context, struct reload_options options); /* waits */
    int64_t (*run)(void *context, int64_t now_ms);     /* returns in how many ms it is due */
    sds (*describe_progress)(void *context, sds text); /* fields of INFO while loading */
};

/* Figures that the saver keeps up to date. */
struct saving {
    struct saver saver;
    bool is_running;
    bool is_scheduled;
    bool last_failed;
    int64_t last_save_ms; /* the last good one, or the start */
    int64_t start_ms;     /* of the one that runs */
    int64_t last_seconds; /* it took; -1 before the first */
    int64_t count;        /* good ones */
    size_t done_keys;     /* of the one that runs */
    size_t total_keys;
    int64_t loaded_keys;
    int64_t expired_keys; /* at the last load */
};

/* Creates the part. Free with saving_destroy. */
struct saving *saving_create(struct server *server);
void saving_destroy(struct saving *saving);

/* True when `save` names a point. */
bool saving_has_points(const struct server *server);

/* The save point that is reached: seconds and changes. False when none is. */
bool saving_point_reached(const struct server *server, int64_t now_ms, int64_t *seconds,
                          int64_t *changes);

/* True when writes are to be refused because the last save failed. */
bool saving_refuses_writes(const struct server *server);

/* Appends the fields of INFO persistence. */
sds saving_describe(const struct server *server, sds text) __attribute__((warn_unused_result));

#endif
