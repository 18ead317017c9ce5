/*
 * All logs are bounded rings. Requests reach them only when they were slow, failed, or somebody
 * watches, so none of this is on the path of an ordinary request.
 */
#include "server/diagnostics.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/panic.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/config.h"
#include "server/request.h"
#include "server/server.h"

#include <ctype.h>
#include <string.h>

enum {
    SLOW_ARGUMENT_MAX = 32,
    SLOW_ARGUMENT_SIZE_MAX = 128,
    ERROR_CODE_SIZE = 32,
    ERROR_CODE_MAX = 128, /* a script may make up codes: no more than so many are kept apart */
    LATENCY_EVENT_MAX = 16,
    NS_PER_US = 1000,
    SLOW_ENTRY_FIELDS = 6,
};

struct slow_entry {
    struct list_node node;
    int64_t id;
    int64_t time_s;
    int64_t duration_us;
    size_t argc;
    sds *args;
    sds address;
    sds client_name;
};

struct error_count {
    char code[ERROR_CODE_SIZE];
    int64_t count;
};

struct latency_sample {
    int64_t time_s;
    int64_t duration_ms;
};

struct latency_event {
    const char *name;
    int64_t max_ms;
    struct latency_sample samples[DIAGNOSTICS_SAMPLE_MAX];
    size_t count; /* ever; the newest stands at (count - 1) % DIAGNOSTICS_SAMPLE_MAX */
};

struct diagnostics {
    struct server *server;
    struct list_node slow_log;
    size_t slow_count;
    int64_t next_slow_id;
    struct error_count errors[ERROR_CODE_MAX];
    size_t error_count;
    struct latency_event latency[LATENCY_EVENT_MAX];
    size_t latency_count;
};

struct diagnostics *diagnostics_create(struct server *server) {
    struct diagnostics *diagnostics = alloc_zeroed(sizeof *diagnostics);
    diagnostics->server = server;
    list_init(&diagnostics->slow_log);
    return diagnostics;
}

void diagnostics_destroy(struct diagnostics *diagnostics) {
    if (diagnostics != NULL) {
        diagnostics_reset_slow_log(diagnostics);
        alloc_free(diagnostics);
    }
}

void diagnostics_configure(struct diagnostics *diagnostics) {
    const struct settings *settings = diagnostics->server->settings;
    int64_t slow_us = settings->slowlog_log_slower_than_us;
    int64_t latency_us = settings->latency_monitor_threshold_ms * CLOCK_US_PER_MS;
    int64_t lowest_us = slow_us < 0 ? INT64_MAX : slow_us;
    if (latency_us > 0 && latency_us < lowest_us) {
        lowest_us = latency_us;
    }
    if (lowest_us > INT64_MAX / CLOCK_US_PER_SECOND) {
        diagnostics->server->slow_ticks = UINT64_MAX;
        return;
    }
    diagnostics->server->slow_ticks = clock_ns_to_ticks(lowest_us * NS_PER_US);
}

/* ---- Errors ---- */

void diagnostics_count_error(struct diagnostics *diagnostics, const struct reply *reply) {
    diagnostics->server->statistics.error_replies++;
    const char *at = reply->start + reply->last_error + 1;
    char code[ERROR_CODE_SIZE] = "";
    size_t length = 0;
    while (at + length < reply->at && at[length] > ' ' && length + 1 < sizeof code) {
        code[length] = at[length];
        length++;
    }
    for (size_t i = 0; i < diagnostics->error_count; i++) {
        if (strcmp(diagnostics->errors[i].code, code) == 0) {
            diagnostics->errors[i].count++;
            return;
        }
    }
    if (diagnostics->error_count < ERROR_CODE_MAX) {
        struct error_count *added = &diagnostics->errors[diagnostics->error_count++];
        memcpy(added->code, code, sizeof code);
        added->count = 1;
    }
}

sds diagnostics_describe_errors(const struct diagnostics *diagnostics, sds text) {
    for (size_t i = 0; i < diagnostics->error_count; i++) {
        text = sds_append_format(text, "errorstat_%s:count=%lld\r\n", diagnostics->errors[i].code,
                                 (long long)diagnostics->errors[i].count);
    }
    return text;
}

void diagnostics_reset_errors(struct diagnostics *diagnostics) {
    diagnostics->error_count = 0;
}

/* ---- The slow log ---- */

static void free_slow_entry(struct slow_entry *entry) {
    for (size_t i = 0; i < entry->argc; i++) {
        sds_free(entry->args[i]);
    }
    alloc_free(entry->args);
    sds_free(entry->address);
    sds_free(entry->client_name);
    alloc_free(entry);
}

static void trim_slow_log(struct diagnostics *diagnostics) {
    while (diagnostics->slow_count > (size_t)diagnostics->server->settings->slowlog_max_len) {
        struct list_node *oldest = diagnostics->slow_log.previous;
        list_remove(oldest);
        free_slow_entry(LIST_ENTRY(oldest, struct slow_entry, node));
        diagnostics->slow_count--;
    }
}

static sds shorten(struct bytes arg) {
    if (arg.length <= SLOW_ARGUMENT_SIZE_MAX) {
        return sds_new(arg);
    }
    sds text = sds_new((struct bytes){arg.data, SLOW_ARGUMENT_SIZE_MAX});
    return sds_append_format(text, "... (%zu more bytes)", arg.length - SLOW_ARGUMENT_SIZE_MAX);
}

static void add_slow_entry(struct diagnostics *diagnostics, const struct request *req,
                           int64_t duration_us) {
    struct slow_entry *entry = alloc_zeroed(sizeof *entry);
    entry->id = diagnostics->next_slow_id++;
    entry->time_s = clock_unix_ms() / CLOCK_MS_PER_SECOND;
    entry->duration_us = duration_us;
    entry->argc = req->argc > SLOW_ARGUMENT_MAX ? SLOW_ARGUMENT_MAX : req->argc;
    entry->args = alloc_new(entry->argc * sizeof *entry->args);
    for (size_t i = 0; i < entry->argc; i++) {
        entry->args[i] = shorten(request_shown_arg(req, i));
    }
    if (req->argc > SLOW_ARGUMENT_MAX) {
        sds_free(entry->args[SLOW_ARGUMENT_MAX - 1]);
        entry->args[SLOW_ARGUMENT_MAX - 1] = sds_append_format(
            sds_with_capacity(0), "... (%zu more arguments)", req->argc - SLOW_ARGUMENT_MAX + 1);
    }
    bool is_in_script = (req->flags & REQUEST_IN_SCRIPT) != 0;
    /* Commands of scripts come from nowhere. */
    const char *address = is_in_script ? "?:0" : client_peer_address(req->client);
    entry->address = sds_new(bytes_of_text(address));
    bool has_name = !is_in_script && req->client->name != NULL;
    entry->client_name = has_name ? sds_new(sds_view(req->client->name)) : sds_with_capacity(0);
    list_push_front(&diagnostics->slow_log, &entry->node);
    diagnostics->slow_count++;
    trim_slow_log(diagnostics);
}

void diagnostics_note_slow(struct diagnostics *diagnostics, const struct request *req,
                           uint64_t ticks) {
    const struct settings *settings = diagnostics->server->settings;
    int64_t duration_us = clock_ticks_to_ns(ticks) / NS_PER_US;
    bool is_skipped = (req->command->flags & CMD_SKIP_SLOWLOG) != 0;
    if (!is_skipped && settings->slowlog_log_slower_than_us >= 0 &&
        duration_us >= settings->slowlog_log_slower_than_us) {
        add_slow_entry(diagnostics, req, duration_us);
    }
    bool is_fast = (req->command->flags & CMD_FAST) != 0;
    diagnostics_note_latency(diagnostics, is_fast ? "fast-command" : "command",
                             duration_us / CLOCK_US_PER_MS);
}

void diagnostics_reply_slow_log(const struct diagnostics *diagnostics, struct reply *reply,
                                int64_t count) {
    size_t wanted = count < 0 || (size_t)count > diagnostics->slow_count ? diagnostics->slow_count
                                                                         : (size_t)count;
    reply_array(reply, wanted);
    LIST_EACH(node, &diagnostics->slow_log) {
        if (wanted-- == 0) {
            return;
        }
        const struct slow_entry *entry = LIST_ENTRY(node, struct slow_entry, node);
        reply_array(reply, SLOW_ENTRY_FIELDS);
        reply_integer(reply, entry->id);
        reply_integer(reply, entry->time_s);
        reply_integer(reply, entry->duration_us);
        reply_array(reply, entry->argc);
        for (size_t i = 0; i < entry->argc; i++) {
            reply_bulk(reply, sds_view(entry->args[i]));
        }
        reply_bulk(reply, sds_view(entry->address));
        reply_bulk(reply, sds_view(entry->client_name));
    }
}

size_t diagnostics_slow_log_length(const struct diagnostics *diagnostics) {
    return diagnostics->slow_count;
}

void diagnostics_reset_slow_log(struct diagnostics *diagnostics) {
    struct list_node *node = NULL;
    while ((node = list_pop_front(&diagnostics->slow_log)) != NULL) {
        free_slow_entry(LIST_ENTRY(node, struct slow_entry, node));
    }
    diagnostics->slow_count = 0;
}

/* ---- Latency events ---- */

static struct latency_event *get_event(struct diagnostics *diagnostics, const char *name) {
    for (size_t i = 0; i < diagnostics->latency_count; i++) {
        if (strcmp(diagnostics->latency[i].name, name) == 0) {
            return &diagnostics->latency[i];
        }
    }
    ASSERT(diagnostics->latency_count < LATENCY_EVENT_MAX);
    struct latency_event *event = &diagnostics->latency[diagnostics->latency_count++];
    *event = (struct latency_event){.name = name};
    return event;
}

static const struct latency_sample *newest(const struct latency_event *event) {
    return &event->samples[(event->count - 1) % DIAGNOSTICS_SAMPLE_MAX];
}

void diagnostics_note_latency(struct diagnostics *diagnostics, const char *event_name,
                              int64_t duration_ms) {
    int64_t threshold_ms = diagnostics->server->settings->latency_monitor_threshold_ms;
    if (threshold_ms == 0 || duration_ms < threshold_ms) {
        return;
    }
    struct latency_event *event = get_event(diagnostics, event_name);
    int64_t now_s = clock_unix_ms() / CLOCK_MS_PER_SECOND;
    event->max_ms = duration_ms > event->max_ms ? duration_ms : event->max_ms;
    if (event->count > 0 && newest(event)->time_s == now_s) {
        struct latency_sample *sample =
            &event->samples[(event->count - 1) % DIAGNOSTICS_SAMPLE_MAX];
        sample->duration_ms = duration_ms > sample->duration_ms ? duration_ms : sample->duration_ms;
        return;
    }
    event->samples[event->count++ % DIAGNOSTICS_SAMPLE_MAX] =
        (struct latency_sample){now_s, duration_ms};
}

void diagnostics_reply_latest(const struct diagnostics *diagnostics, struct reply *reply) {
    enum { FIELDS = 4 };
    reply_array(reply, diagnostics->latency_count);
    for (size_t i = 0; i < diagnostics->latency_count; i++) {
        const struct latency_event *event = &diagnostics->latency[i];
        reply_array(reply, FIELDS);
        reply_bulk_text(reply, event->name);
        reply_integer(reply, newest(event)->time_s);
        reply_integer(reply, newest(event)->duration_ms);
        reply_integer(reply, event->max_ms);
    }
}

void diagnostics_reply_history(const struct diagnostics *diagnostics, struct bytes name,
                               struct reply *reply) {
    for (size_t i = 0; i < diagnostics->latency_count; i++) {
        const struct latency_event *event = &diagnostics->latency[i];
        if (!bytes_is(name, event->name)) {
            continue;
        }
        size_t kept = event->count < DIAGNOSTICS_SAMPLE_MAX ? event->count : DIAGNOSTICS_SAMPLE_MAX;
        reply_array(reply, kept);
        for (size_t j = event->count - kept; j < event->count; j++) {
            const struct latency_sample *sample = &event->samples[j % DIAGNOSTICS_SAMPLE_MAX];
            reply_array(reply, 2);
            reply_integer(reply, sample->time_s);
            reply_integer(reply, sample->duration_ms);
        }
        return;
    }
    reply_array(reply, 0);
}

size_t diagnostics_reset_latency(struct diagnostics *diagnostics, const struct bytes *events,
                                 size_t count) {
    size_t kept = 0;
    size_t before = diagnostics->latency_count;
    for (size_t i = 0; i < before; i++) {
        bool is_named = count == 0;
        for (size_t j = 0; j < count; j++) {
            is_named |= bytes_is(events[j], diagnostics->latency[i].name);
        }
        if (!is_named) {
            diagnostics->latency[kept++] = diagnostics->latency[i];
        }
    }
    diagnostics->latency_count = kept;
    return before - kept;
}

size_t diagnostics_latency_samples(const struct diagnostics *diagnostics, struct bytes name,
                                   int64_t durations_ms[DIAGNOSTICS_SAMPLE_MAX]) {
    for (size_t i = 0; i < diagnostics->latency_count; i++) {
        const struct latency_event *event = &diagnostics->latency[i];
        if (!bytes_is(name, event->name)) {
            continue;
        }
        size_t kept = event->count < DIAGNOSTICS_SAMPLE_MAX ? event->count : DIAGNOSTICS_SAMPLE_MAX;
        for (size_t j = 0; j < kept; j++) {
            size_t index = (event->count - kept + j) % DIAGNOSTICS_SAMPLE_MAX;
            durations_ms[j] = event->samples[index].duration_ms;
        }
        return kept;
    }
    return 0;
}

sds diagnostics_describe_latency(const struct diagnostics *diagnostics, sds text) {
    if (diagnostics->server->settings->latency_monitor_threshold_ms == 0) {
        return sds_append(text, BYTES("Latency monitoring is off. Switch it on with CONFIG SET "
                                      "latency-monitor-threshold <milliseconds>.\n"));
    }
    if (diagnostics->latency_count == 0) {
        return sds_append(text, BYTES("No event has taken longer than "
                                      "latency-monitor-threshold.\n"));
    }
    for (size_t i = 0; i < diagnostics->latency_count; i++) {
        const struct latency_event *event = &diagnostics->latency[i];
        size_t kept = event->count < DIAGNOSTICS_SAMPLE_MAX ? event->count : DIAGNOSTICS_SAMPLE_MAX;
        int64_t sum_ms = 0;
        for (size_t j = event->count - kept; j < event->count; j++) {
            sum_ms += event->samples[j % DIAGNOSTICS_SAMPLE_MAX].duration_ms;
        }
        text = sds_append_format(
            text,
            "%zu. %s: %zu spikes, average %lld ms, worst %lld ms, last one "
            "%lld seconds ago.\n",
            i + 1, event->name, event->count, (long long)(sum_ms / (int64_t)kept),
            (long long)event->max_ms,
            (long long)(clock_unix_ms() / CLOCK_MS_PER_SECOND - newest(event)->time_s));
    }
    return sds_append(text, BYTES("Commands that are slow stand in SLOWLOG GET; LATENCY GRAPH "
                                  "<event> shows when spikes came.\n"));
}

/* ---- MONITOR ---- */

void diagnostics_feed_monitors(struct diagnostics *diagnostics, const struct request *req,
                               struct reply *reply) {
    if ((req->command->flags & CMD_ADMIN) != 0) {
        return;
    }
    bool is_in_script = (req->flags & REQUEST_IN_SCRIPT) != 0;
    const char *address = is_in_script ? "lua" : client_peer_address(req->client);
    int64_t now_us = clock_read_unix_us();
    bool is_unix = req->client->connection.is_unix && !is_in_script;
    const char *port = is_unix ? strrchr(address, ':') : NULL; /* A path has none. */
    size_t length = port == NULL ? strlen(address) : (size_t)(port - address);
    sds line = sds_append_format(
        sds_with_capacity(0), "+%lld.%06lld [%d %s%.*s]", (long long)(now_us / CLOCK_US_PER_SECOND),
        (long long)(now_us % CLOCK_US_PER_SECOND), database_index(req->client->database),
        is_unix ? "unix:" : "", (int)length, address);
    for (size_t i = 0; i < req->argc; i++) {
        line = sds_append(line, BYTES(" "));
        line = sds_append_quoted(line, request_shown_arg(req, i));
    }
    line = sds_append(line, BYTES("\r\n"));
    struct list_node *next = NULL;
    struct list_node *monitors = &diagnostics->server->monitors;
    for (struct list_node *node = monitors->next; node != monitors; node = next) {
        next = node->next; /* Sending may close a client that does not read. */
        struct client *client = LIST_ENTRY(node, struct client, monitor_node);
        if (client == req->client && is_in_script) {
            client_push_text(client, sds_view(line)); /* The reply is the script's. */
        } else if (client == req->client) {
            reply_raw(reply, sds_view(line));
        } else {
            client_send(client, sds_view(line));
        }
    }
    sds_free(line);
}
