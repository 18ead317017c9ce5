/*
 * The tables here are the map of the program: what is plugged in where. Each function in them is a
 * static line that hands the part over.
 */
#include "app.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/log_queue.h"
#include "base/random.h"
#include "base/sds.h"
#include "commands/tables.h"
#include "script/scripting.h"
#include "server/command.h"
#include "server/config.h"
#include "server/info.h"
#include "server/locks.h"
#include "server/request.h"
#include "server/server.h"
#include "storage/aof_check.h"
#include "storage/aof_keeper.h"
#include "storage/rdb_check.h"
#include "storage/rdb_keeper.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum { LOADING_TIMEOUT_US = 60 * 1000 * 1000, STATE_SIZE = 128 };

struct app {
    struct clock_moment created; /* the clock is measured from here on */
    struct config *config;
    struct server *server;
    struct aof_keeper *aof_keeper;
    struct rdb_keeper *rdb_keeper;
    struct log_queue *log_queue; /* while clients are served */
    void (*write_title)(void *context, const char *title);
    void *title_context;
};

/* ---- What is plugged in ---- */

static const struct command_table *const commands[] = {
    &string_commands,
    &string_compare_commands,
    &bitmap_commands,
    &list_commands,
    &list_blocking_commands,
    &pubsub_commands,
    &key_commands,
    &hash_commands,
    &hash_deadline_commands,
    &zset_commands,
    &zset_due_commands,
    &zset_range_commands,
    &zset_pop_commands,
    &zset_algebra_commands,
    &set_commands,
    &set_algebra_commands,
    &expire_commands,
    &transaction_commands,
    &connection_commands,
    &client_commands,
    &tracking_commands,
    &command_commands,
    &config_commands,
    &admin_commands,
    &monitoring_commands,
    &debug_commands,
    &durability_commands,
    &dump_commands,
    &saving_commands,
    &stream_commands,
    &stream_read_commands,
    &stream_group_commands,
    &stream_claim_commands,
    &stream_info_commands,
    &stream_producer_commands,
    &lock_commands,
    &hyperloglog_commands,
    &sort_commands,
    &geo_commands,
    &geo_search_commands,
    &script_commands,
    &function_commands,
};

static const struct info_section sections[] = {
    {"server", "Server", info_write_server, true},
    {"clients", "Clients", info_write_clients, true},
    {"memory", "Memory", info_write_memory, true},
    {"persistence", "Persistence", info_write_persistence, true},
    {"stats", "Stats", info_write_stats, true},
    {"locks", "Locks", locks_write_info, true},
    {"replication", "Replication", info_write_replication, true},
    {"cpu", "CPU", info_write_cpu, true},
    {"modules", "Modules", info_write_modules, true},
    {"commandstats", "Commandstats", info_write_command_stats, false},
    {"errorstats", "Errorstats", info_write_error_stats, true},
    {"latencystats", "Latencystats", info_write_latency_stats, false},
    {"cluster", "Cluster", info_write_cluster, true},
    {"keyspace", "Keyspace", info_write_keyspace, true},
};

static const struct server_plugs plugs = {
    .command_tables = commands,
    .command_table_count = ARRAY_SIZE(commands),
    .info_sections = sections,
    .info_section_count = ARRAY_SIZE(sections),
};

/* ---- Configuration ---- */

const char *app_version(void) {
    return LATCHKEY_VERSION;
}

struct app *app_create(int argc, char *const argv[]) {
    struct app *app = alloc_zeroed(sizeof *app);
    app->created = clock_read_moment();
    app->config = config_create();
    sds error = config_load(app->config, argc, argv);
    if (error != NULL) {
        (void)fprintf(stderr, "\n*** FATAL CONFIG FILE ERROR (Latchkey %s) ***\n%s\n",
                      LATCHKEY_VERSION, error);
        sds_free(error);
        app_destroy(app);
        return NULL;
    }
    if (config_settings(app->config)->cluster_enabled) {
        (void)fprintf(stderr,
                      "\n*** FATAL CONFIG FILE ERROR (Latchkey %s) ***\ncluster-enabled yes: this "
                      "server has no cluster mode; set cluster-enabled no\n",
                      LATCHKEY_VERSION);
        app_destroy(app);
        return NULL;
    }
    return app;
}

void app_destroy(struct app *app) {
    if (app == NULL) {
        return;
    }
    if (app->server != NULL) {
        panic_remove_sections(app->server);
        aof_keeper_destroy(app->aof_keeper);
        rdb_keeper_destroy(app->rdb_keeper);
        scripting_destroy(app->server->scripting);
        server_destroy(app->server);
    }
    config_destroy(app->config);
    alloc_free(app);
}

/* Appends what a word in braces of proc-title-template stands for; false when it is none. */
static bool append_title_part(struct app *app, struct bytes word, sds *text) {
    const struct settings *settings = config_settings(app->config);
    if (bytes_is(word, "title")) {
        *text = sds_append(*text, BYTES("latchkey-server"));
    } else if (bytes_is(word, "listen-addr")) {
        const char *host = settings->bind[0] == '-' ? settings->bind + 1 : settings->bind;
        *text = sds_append_format(*text, "%.*s:%lld", (int)strcspn(host, " "), host,
                                  (long long)settings->port);
    } else if (bytes_is(word, "port")) {
        *text = sds_append_format(*text, "%lld", (long long)settings->port);
    } else if (bytes_is(word, "unixsocket")) {
        *text = sds_append(*text, bytes_of_text(settings->unixsocket));
    } else if (bytes_is(word, "config-file")) {
        const char *path = config_file_path(app->config);
        *text = sds_append(*text, bytes_of_text(path == NULL ? "" : path));
    } else {
        return bytes_is(word, "server-mode") || bytes_is(word, "tls-port");
    }
    return true;
}

void app_set_title_writer(struct app *app, void (*write)(void *context, const char *title),
                          void *context) {
    app->write_title = write;
    app->title_context = context;
}

/* Fills proc-title-template in and has it shown. */
static void show_title(void *context) {
    struct app *app = context;
    if (app->write_title == NULL || !config_settings(app->config)->set_proc_title) {
        return;
    }
    const char *at = config_settings(app->config)->proc_title_template;
    sds text = sds_new(BYTES(""));
    while (*at != '\0') {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (end != NULL &&
            append_title_part(app, (struct bytes){at + 1, (size_t)(end - at) - 1}, &text)) {
            at = end + 1;
        } else {
            text = sds_append(text, (struct bytes){at, 1});
            at++;
        }
    }
    size_t length = sds_length(text);
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    text = sds_resize(text, length);
    app->write_title(app->title_context, text);
    sds_free(text);
}

struct app_process app_process(const struct app *app) {
    const struct settings *settings = config_settings(app->config);
    const char *pidfile = settings->pidfile;
    if (pidfile[0] == '\0' && settings->daemonize) {
        pidfile = "/var/run/latchkey.pid";
    }
    return (struct app_process){
        .daemonize = settings->daemonize,
        .writes_crash_report = settings->crash_log_enabled,
        .directory = settings->dir,
        .pidfile = pidfile,
    };
}

bool app_open_log(struct app *app) {
    const struct settings *settings = config_settings(app->config);
    int error = log_set_target(&(struct log_target){
        .level = (enum log_level)settings->loglevel,
        .path = settings->logfile,
        .use_syslog = settings->syslog_enabled,
        .syslog_ident = settings->syslog_ident,
        .syslog_facility = settings->syslog_facility == 0
                               ? LOG_USER
                               : LOG_LOCAL0 + (int)(settings->syslog_facility - 1) * 8,
        .role = 'M',
    });
    if (error != 0) {
        (void)fprintf(stderr, "logfile %s: %s. Give the path of a file that can be written.\n",
                      settings->logfile, strerror(-error));
        return false;
    }
    return true;
}

/* ---- Tools ---- */

static int check_aof(int argc, char *const argv[]) {
    struct command_registry *registry = command_registry_create(commands, ARRAY_SIZE(commands));
    int status = aof_check_run(registry, argc, argv);
    command_registry_destroy(registry);
    return status;
}

static const struct {
    const char *name;
    int (*run)(int argc, char *const argv[]);
} tools[] = {
    {"latchkey-check-aof", check_aof},
    {"latchkey-check-rdb", rdb_check_run},
};

bool app_run_tool(int argc, char *const argv[], int *status) {
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash == NULL ? argv[0] : slash + 1;
    for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
        if (strcmp(name, tools[i].name) == 0) {
            *status = tools[i].run(argc, argv);
            return true;
        }
    }
    return false;
}

/* ---- Start and run ---- */

static void write_crash_info(void *context) {
    struct server *server = context;
    sds text = info_describe_all(server);
    char *rest = text;
    char *line = NULL;
    while ((line = strsep(&rest, "\n")) != NULL) {
        line[strcspn(line, "\r")] = '\0';
        panic_line("%s", line);
    }
    sds_free(text);
}

static void write_crash_clients(void *context) {
    struct server *server = context;
    LIST_EACH(node, &server->clients.all) {
        sds line = client_describe(LIST_ENTRY(node, struct client, node), sds_new(BYTES("")));
        panic_line("%s", line);
        sds_free(line);
    }
}

static void write_crash_request(void *context) {
    const struct server *server = context;
    const struct request *req = server->current_request;
    if (req == NULL || req->command == NULL) {
        panic_line("none");
        return;
    }
    bool hides_data = config_settings(server->config)->hide_user_data_from_log;
    panic_line("command %s with %zu arguments, database %d, client id %llu", req->command->name,
               req->argc, database_index(req->database), (unsigned long long)req->client->id);
    enum { SHOWN_ARGUMENTS = 16, SHOWN_SIZE = 128 };
    for (size_t i = 0; i < req->argc && i < SHOWN_ARGUMENTS; i++) {
        struct bytes shown = request_shown_arg(req, i);
        if (hides_data && i > 0) {
            panic_line("argv[%zu]: %zu bytes", i, shown.length);
            continue;
        }
        shown.length = shown.length < SHOWN_SIZE ? shown.length : SHOWN_SIZE;
        sds text = sds_append_quoted(sds_new(BYTES("")), shown);
        panic_line("argv[%zu]: %s", i, text);
        sds_free(text);
    }
}

static void add_crash_sections(struct server *server) {
    panic_add_section((struct panic_section){"CURRENT REQUEST", write_crash_request, server});
    panic_add_section((struct panic_section){"INFO OUTPUT", write_crash_info, server});
    panic_add_section((struct panic_section){"CLIENT LIST OUTPUT", write_crash_clients, server});
}

/*
 * Shown where somebody looks on, or where it was asked for. Programs that start servers look for
 * " PID: <pid>" in the log.
 */
static void show_banner(const struct settings *settings) {
    bool is_watched = settings->logfile[0] == '\0' && isatty(STDOUT_FILENO) != 0;
    if (!is_watched && !settings->always_show_logo) {
        return;
    }
    sds text = sds_append_format(sds_with_capacity(0),
                                 "\n     .--.\n    |    |     Latchkey %s, 64 bit\n"
                                 "    |  o |     Port: %lld, PID: %d\n     '-.'\n       |_\n"
                                 "       |_\n       |\n\n",
                                 LATCHKEY_VERSION, (long long)settings->port, (int)getpid());
    log_raw(text);
    sds_free(text);
}

static void log_start(const struct app *app) {
    const char *path = config_file_path(app->config);
    show_banner(config_settings(app->config));
    log_line(LOG_LEVEL_WARNING, "Latchkey is starting: version=%s, bits=64, pid=%d",
             LATCHKEY_VERSION, (int)getpid());
    if (path == NULL) {
        log_line(LOG_LEVEL_WARNING, "Warning: no config file specified, using the defaults. Name "
                                    "one with: latchkey-server /path/to/redis.conf");
    } else {
        log_line(LOG_LEVEL_WARNING, "Configuration loaded");
    }
    sds absent = config_absent_features(app->config);
    if (sds_length(absent) > 0) {
        log_line(LOG_LEVEL_WARNING,
                 "These parameters are kept, but what they set does not exist in this version: %s",
                 absent);
    }
    sds_free(absent);
}

/*
 * Tells systemd what goes on, if it started the server and is to be told. Its library, and the six
 * that it needs, cost 4 ms of a start of 20 ms: only who has a use for it loads it.
 */
static void notify_systemd(const struct settings *settings, const char *state) {
    bool is_wanted =
        settings->supervised == SUPERVISED_SYSTEMD || settings->supervised == SUPERVISED_AUTO;
    if (!is_wanted || getenv("NOTIFY_SOCKET") == NULL) {
        return;
    }
    void *library = dlopen("libsystemd.so.0", RTLD_NOW);
    void *symbol = library == NULL ? NULL : dlsym(library, "sd_notify");
    if (symbol == NULL) {
        log_line(LOG_LEVEL_WARNING, "Cannot tell systemd about this server: %s", dlerror());
        return;
    }
    __typeof__(sd_notify) *notify;
    memcpy(&notify, &symbol, sizeof notify); /* A cast would not be ISO C. */
    (void)notify(0, state);
}

/* Tells the service manager that connections are served now. */
static void notify_ready(const struct settings *settings) {
    notify_systemd(settings, "READY=1\nSTATUS=Ready to accept connections\n");
    const char *job = getenv("UPSTART_JOB");
    if (job != NULL &&
        (settings->supervised == SUPERVISED_UPSTART || settings->supervised == SUPERVISED_AUTO)) {
        (void)raise(SIGSTOP);
    }
}

/* The data set is complete. */
static void tell_ready(void *context) {
    struct app *app = context;
    log_line(LOG_LEVEL_NOTICE, "Ready to accept connections");
    if (app->log_queue == NULL) {
        app->log_queue = log_queue_create();
    }
    notify_ready(config_settings(app->config));
}

/* Asks the service manager for more time while the data set is loaded. */
static void tell_loading(void *context, double percent) {
    struct app *app = context;
    char state[STATE_SIZE];
    (void)snprintf(state, sizeof state,
                   "STATUS=Loading the dataset: %.1f %%\nEXTEND_TIMEOUT_USEC=%d\n", percent,
                   LOADING_TIMEOUT_US);
    notify_systemd(config_settings(app->config), state);
}

bool app_start(struct app *app) {
    clock_init_since(app->created);
    clock_refresh();
    uint8_t seed[HASH_SEED_SIZE];
    random_system_bytes(seed, sizeof seed);
    hash_set_seed(seed);
    log_start(app);
    app->server = server_create(app->config, &plugs);
    if (app->server == NULL) {
        return false;
    }
    app->server->scripting = scripting_create(app->server);
    struct aof_keeper_events events = {app, tell_loading, tell_ready};
    app->aof_keeper = aof_keeper_create(app->server, events);
    app->rdb_keeper =
        rdb_keeper_create(app->server, (struct rdb_keeper_events){app, tell_loading, tell_ready});
    if (!server_listen(app->server)) {
        return false;
    }
    add_crash_sections(app->server);
    app->server->title_job = (struct title_job){show_title, app};
    show_title(app);
    return true;
}

int app_run(struct app *app) {
    const struct settings *settings = config_settings(app->config);
    log_line(LOG_LEVEL_NOTICE, "Running mode=standalone, port=%lld.", (long long)settings->port);
    log_line(LOG_LEVEL_WARNING, "Server initialized");
    bool is_started = settings->appendonly ? aof_keeper_start(app->aof_keeper)
                                           : rdb_keeper_start(app->rdb_keeper);
    if (!is_started) {
        return EXIT_FAILURE;
    }
    int status = server_run(app->server);
    rdb_keeper_stop(app->rdb_keeper);
    if (aof_keeper_stop(app->aof_keeper)) {
        server_send_rest(app->server);
    } else {
        status = EXIT_FAILURE;
    }
    notify_systemd(settings, "STOPPING=1\n");
    log_queue_destroy(app->log_queue);
    app->log_queue = NULL;
    return status;
}

void app_request_stop(int signal_number) {
    server_request_stop(signal_number);
}
