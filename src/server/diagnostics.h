/*
 * diagnostics: what operators look at: the slow log, latency spikes, errors by code, MONITOR.
 */
#ifndef LATCHKEY_SERVER_DIAGNOSTICS_H
#define LATCHKEY_SERVER_DIAGNOSTICS_H

#include "base/sds.h"

#include <stddef.h>
#include <stdint.h>

struct client;
struct diagnostics;
struct reply;
struct request;
struct server;

/* Creates the part. Free with diagnostics_destroy. */
struct diagnostics *diagnostics_create(struct server *server);
void diagnostics_destroy(struct diagnostics *diagnostics);

/* Brings thresholds in line with the settings. */
void diagnostics_configure(struct diagnostics *diagnostics);

/* Counts the newest error reply by its code. */
void diagnostics_count_error(struct diagnostics *diagnostics, const struct reply *reply);

/* Appends "errorstat_CODE:count=N" lines. */
sds diagnostics_describe_errors(const struct diagnostics *diagnostics, sds text)
    __attribute__((warn_unused_result));
void diagnostics_reset_errors(struct diagnostics *diagnostics);

/* A request took so many clock ticks: enters the slow log and the latency events if it must. */
void diagnostics_note_slow(struct diagnostics *diagnostics, const struct request *req,
                           uint64_t ticks);

/* The slow log, newest first. */
void diagnostics_reply_slow_log(const struct diagnostics *diagnostics, struct reply *reply,
                                int64_t count);
size_t diagnostics_slow_log_length(const struct diagnostics *diagnostics);
void diagnostics_reset_slow_log(struct diagnostics *diagnostics);

/* Notes that an event ("command", "expire-cycle", …) took so long, if over the threshold. */
void diagnostics_note_latency(struct diagnostics *diagnostics, const char *event,
                              int64_t duration_ms);

/* LATENCY LATEST, HISTORY and RESET (count 0: all events; returns how many were reset). */
void diagnostics_reply_latest(const struct diagnostics *diagnostics, struct reply *reply);
void diagnostics_reply_history(const struct diagnostics *diagnostics, struct bytes event,
                               struct reply *reply);
size_t diagnostics_reset_latency(struct diagnostics *diagnostics, const struct bytes *events,
                                 size_t count);

/* The samples of an event, oldest first, as durations in ms. Returns their number. */
enum { DIAGNOSTICS_SAMPLE_MAX = 160 };
size_t diagnostics_latency_samples(const struct diagnostics *diagnostics, struct bytes event,
                                   int64_t durations_ms[DIAGNOSTICS_SAMPLE_MAX]);

/* Appends what LATENCY DOCTOR says: a line an event, or that there is none. */
sds diagnostics_describe_latency(const struct diagnostics *diagnostics, sds text)
    __attribute__((warn_unused_result));

/*
 * Shows a request that has run to the clients in MONITOR.
 * reply  its own reply: a client in MONITOR that sends requests sees them behind their replies.
 */
void diagnostics_feed_monitors(struct diagnostics *diagnostics, const struct request *req,
                               struct reply *reply);

#endif
