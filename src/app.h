/*
 * app: the program as a whole: which commands, INFO sections and listeners are plugged in where,
 * and how all parts are built and torn down.
 */
#ifndef LATCHKEY_APP_H
#define LATCHKEY_APP_H

#include "base/panic.h"

#include <stdbool.h>

struct app;

/* What the process itself needs to know of the configuration. Strings belong to the app. */
struct app_process {
    bool daemonize;
    bool writes_crash_report;
    const char *directory;
    const char *pidfile; /* "" when none is wanted */
};

/* The program's version, such as "0.1.0". */
const char *app_version(void);

/*
 * Runs the tool that the program's name asks for (latchkey-check-aof, …): one binary has several
 * names. Returns false when the name is the server's.
 */
bool app_run_tool(int argc, char *const argv[], int *status);

/*
 * Reads the configuration that the command line names. Returns NULL after writing what is wrong to
 * standard error.
 */
struct app *app_create(int argc, char *const argv[]);
void app_destroy(struct app *app);

/* What the process needs to know; the strings live until the next change of the configuration. */
struct app_process app_process(const struct app *app);

/* Opens the log. Returns false after writing the reason to standard error. */
bool app_open_log(struct app *app) MUST_CHECK;

/*
 * Plugs in who shows the title: called once the server is ready, and when CONFIG SET has changed
 * it. Not called with set-proc-title no. title: borrowed for the call.
 */
void app_set_title_writer(struct app *app, void (*write)(void *context, const char *title),
                          void *context);

/* Builds the server and opens its sockets. Returns false after logging why it cannot. */
bool app_start(struct app *app) MUST_CHECK;

/* Serves until it is told to stop. Returns the exit status. */
int app_run(struct app *app);

/* Asks for a graceful stop, as server_request_stop. Async-signal-safe. */
void app_request_stop(int signal_number);

#endif
