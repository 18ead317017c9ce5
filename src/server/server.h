/*
 * server: the parts of a running server, and its life: start, cron, stop.
 *
 * Only server/, script/, repl/ and commands/ see this struct. Each part belongs to its module.
 */
#ifndef LATCHKEY_SERVER_SERVER_H
#define LATCHKEY_SERVER_SERVER_H

#include "base/panic.h"
#include "base/random.h"
#include "base/sds.h"
#include "keyspace/key_event.h"
#include "keyspace/snapshot.h"
#include "net/connection.h"
#include "server/client.h"
#include "server/command.h"
#include "server/libraries.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct alloc_growth;
struct blocking;
struct config;
struct diagnostics;
struct durability;
struct effect_sink;
struct event_loop;
struct eviction;
struct keyspace;
struct propagate;
struct reply;
struct request;
struct saving;
struct scripting;
struct settings;
struct task;
struct tracking;
struct transactions;
struct turn;
struct worker;

/* What INFO counts; CONFIG RESETSTAT sets the first part to zero. */
struct statistics {
    int64_t commands_processed;
    int64_t connections_received;
    int64_t rejected_connections;
    int64_t input_bytes;
    int64_t output_bytes;
    int64_t error_replies;
    int64_t protocol_errors;
    int64_t output_limit_disconnections;
    int64_t query_limit_disconnections;
    int64_t reads_processed;
    int64_t writes_processed;
    int64_t turns;
    int64_t expire_cycle_us;
    int64_t acl_denied_auth;
    /* Not reset. */
    int64_t dirty_count; /* changes since the last save */
    size_t peak_memory;
    int64_t peak_memory_ms;
    size_t startup_memory;
};

enum {
    SERVER_RUN_ID_SIZE = 40,
    SERVER_PROBLEM_SIZE = 160,
    SERVER_LISTENER_MAX = 18, /* 16 addresses of `bind`, a Unix socket, one to spare */
    SERVER_RATE_SAMPLES = 16,
};

/* A rate per second over the last samples. */
struct rate {
    int64_t samples[SERVER_RATE_SAMPLES];
    size_t index;
    int64_t last_count;
    int64_t last_ms;
};

/* CLIENT PAUSE. */
struct pause {
    int64_t until_ms; /* 0 = not paused */
    bool writes_only;
};

/* What INFO tells of scripts; kept up to date by those who run them. */
struct script_figures {
    size_t eval_vm_bytes; /* of the interpreters */
    size_t function_vm_bytes;
    size_t eval_script_bytes; /* of texts and tables outside of them */
    size_t function_bytes;
    size_t script_count;
    size_t function_count;
    size_t library_count;
    int64_t evicted_script_count;
};

/* Work in slices between turns; plugged in by app. */
struct idle_job {
    int64_t (*run)(void *context); /* returns in how many ms it is due; INT64_MAX: not by itself */
    void *context;
};

/* One row of a table that app plugs in: a section of INFO. */
struct info_section {
    const char *name;  /* lower case, as asked for */
    const char *title; /* as printed behind "# " */
    sds (*write)(struct server *server, sds text);
    bool by_default; /* part of plain INFO; else only of `all` and `everything` */
};

/* Who shows the title of the process; plugged in by app. */
struct title_job {
    void (*run)(void *context);
    void *context;
};

struct server {
    struct config *config;
    const struct settings *settings;
    struct command_registry *commands;
    struct keyspace *keyspace;
    struct event_loop *loop;
    struct turn *turn;
    struct client_list clients;
    struct blocking *blocking;
    struct transactions *transactions;
    struct propagate *propagate;
    struct diagnostics *diagnostics;
    struct pubsub *pubsub;
    struct locks *locks;
    struct notifications *notifications;
    struct durability *durability;
    struct saving *saving;
    struct task *task;
    struct tracking *tracking;
    struct eviction *eviction;
    struct scripting *scripting; /* plugged in by app, with the next three */
    struct script_figures script_figures;
    struct idle_job script_job;
    struct title_job title_job;
    char setting_problem[SERVER_PROBLEM_SIZE]; /* why the last setting was impossible */
    struct library_holder libraries;
    struct worker *worker;
    struct alloc_growth *growth; /* NULL: pages are loaded by who touches them first */
    struct worker *page_worker;
    struct key_listener *key_listeners; /* the server's own and those plugged in */
    const struct info_section *info_sections;
    size_t info_section_count;
    struct listener listeners[SERVER_LISTENER_MAX];
    size_t listener_count;
    struct list_node monitors;  /* clients by monitor_node */
    struct list_node postponed; /* clients by postponed_node */
    struct statistics statistics;
    struct rate command_rate;
    struct rate input_rate;
    struct rate output_rate;
    struct random random;
    struct pause pause;
    struct client *executing_client;       /* whose request runs now; NULL between requests */
    const struct request *current_request; /* for the crash report; NULL between requests */
    uint64_t last_ticks;                   /* when the last request ended, or the batch began */
    uint64_t clock_ticks;                  /* when the wall time was last read, … */
    uint64_t clock_age_ticks; /* … and how old it may become before it is read again */
    uint64_t slow_ticks; /* requests that take longer go to the slow log or a latency histogram */
    size_t memory_limit; /* maxmemory; INT64_MAX: none */
    uint32_t gates;      /* enum server_gate: which gates of dispatch have something to do */
    bool active_expiry_disabled;  /* DEBUG SET-ACTIVE-EXPIRE 0 */
    bool deny_scripts_disabled;   /* DEBUG SET-DISABLE-DENY-SCRIPTS 1 */
    bool payload_checks_disabled; /* DEBUG SET-SKIP-CHECKSUM-VALIDATION 1 */
    bool is_loading;              /* the data set is not complete yet: most requests are refused */
    bool is_stopping;
    bool is_heap_prepared; /* the allocator knows what a large heap needs */
    int exit_status;
    char run_id[SERVER_RUN_ID_SIZE + 1];
    char replication_id[SERVER_RUN_ID_SIZE + 1];
    int64_t start_ms;
    int64_t next_expiry_ms; /* when due keys are to be looked for again */
    int64_t next_cron_ms;
    uint64_t last_event_ticks; /* when something came last */
    int tcp_port;              /* bound */
    size_t client_count_max;   /* maxclients, or fewer when descriptors are short */
};

/* Conditions under which requests take the long way through the gates. */
enum server_gate {
    SERVER_GATE_PAUSED = 1 << 0,
    SERVER_GATE_MONITORED = 1 << 1,
    SERVER_GATE_LOG = 1 << 2, /* the log has failed, or holds writes back */
    SERVER_GATE_LOADING = 1 << 3,
    SERVER_GATE_BUSY = 1 << 5,   /* a script has paused */
    SERVER_GATE_SAVING = 1 << 4, /* the last save failed, and that refuses writes */
    SERVER_GATE_MEMORY = 1 << 6, /* maxmemory is in use, and nothing may be evicted */
};

/* What app plugs into a server. All kept, not copied. */
struct server_plugs {
    const struct command_table *const *command_tables;
    size_t command_table_count;
    const struct info_section *info_sections;
    size_t info_section_count;
    const struct effect_sink *effect_sinks;
    size_t effect_sink_count;
    const struct key_listener *key_listeners; /* besides the server's own */
    size_t key_listener_count;
};

/*
 * Builds a server from a loaded configuration. config: kept, not taken.
 * Returns NULL and logs the reason when it cannot (an unknown command to rename, no descriptors).
 */
struct server *server_create(struct config *config, const struct server_plugs *plugs);
void server_destroy(struct server *server);

/* Opens the listening sockets. Returns false after logging why not. */
bool server_listen(struct server *server) MUST_CHECK;

/*
 * Has the allocator do what a large heap needs; once, further calls change nothing. It takes 2 ms,
 * half of them for a thread. server_run does it 100 ms after the start.
 */
void server_prepare_large_heap(struct server *server);

/* Serves until server_stop. Returns the exit status. */
int server_run(struct server *server);

/*
 * Sends the replies that waited for the log, when the server has stopped and the log is whole and
 * on the disk (or there is none).
 */
void server_send_rest(struct server *server);

/* Ends server_run after the current turn. */
void server_stop(struct server *server, int exit_status);

/* How to stop. */
struct shutdown_options {
    bool saves;     /* even without save points */
    bool saves_not; /* even with them */
    bool forces;    /* even when saving fails */
};

/* Saves what has to be saved, then stops. False after logging why that was impossible. */
bool server_shut_down(struct server *server, struct shutdown_options options);

/*
 * Asks for a graceful stop from a signal handler (async-signal-safe). An interrupt while one is
 * under way ends the process at once.
 */
void server_request_stop(int signal_number);

/* Zeroes what CONFIG RESETSTAT zeroes. */
void server_reset_statistics(struct server *server);

/* Starts or ends CLIENT PAUSE; until_ms 0 ends it. Held-back clients go on when it ends. */
void server_pause_clients(struct server *server, int64_t until_ms, bool writes_only);

/* Lets clients go on that were held back, unless something holds them still. */
void server_resume_postponed(struct server *server);

/*
 * True while nothing may change by itself either, such as by a grant to who waits: under a pause,
 * while the log is behind, or while it cannot be kept.
 */
bool server_holds_writes(const struct server *server);

/* Who wants the loop besides a walk in slices: whether requests came lately, or just now. */
enum snapshot_company server_company(const struct server *server);

/* Brings server.gates in line with what is going on: pauses, monitors. */
void server_update_gates(struct server *server);

/* Changes per second, from the samples of cron. */
int64_t rate_per_second(const struct rate *rate);

#endif
