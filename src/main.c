/*
 * The process: its command line, its detachment from the terminal, its signals, its pid file.
 */
#include "app.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void print_help(void) {
    (void)puts(
        "Usage: latchkey-server [FILE] [--option value ...] [-]\n"
        "\n"
        "  FILE            a configuration file, such as redis.conf\n"
        "  -               reads the configuration from standard input\n"
        "  --option value  sets a parameter, after the file: --port 7000 --bind 127.0.0.1\n"
        "  --test-config   checks the configuration (put it first), says what is wrong, and exits\n"
        "  --version, -v   prints the version\n"
        "  --help, -h      prints this text\n"
        "\n"
        "Examples:\n"
        "  latchkey-server /etc/latchkey/redis.conf\n"
        "  latchkey-server redis.conf --port 7000 --loglevel verbose\n"
        "  echo 'maxclients 100' | latchkey-server -\n"
        "  latchkey-server --test-config redis.conf");
}

static bool is_option(const char *argument, const char *name, const char *short_name) {
    return strcmp(argument, name) == 0 || (short_name != NULL && strcmp(argument, short_name) == 0);
}

/* ---- Signals ---- */

static void install_signals(void) {
    struct sigaction action = {.sa_handler = SIG_IGN};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)sigaction(SIGPIPE, &action, NULL);
    (void)sigaction(SIGXFSZ, &action, NULL); /* The write fails, and its caller tells of it. */
    action.sa_handler = app_request_stop;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

/* ---- Process ---- */

/* Leaves the terminal: the parent ends, the child goes on in a session of its own. */
static bool detach_from_terminal(void) {
    pid_t pid = fork();
    if (pid < 0) {
        perror("daemonize");
        return false;
    }
    if (pid > 0) {
        exit(EXIT_SUCCESS);
    }
    (void)setsid();
    int null = open("/dev/null", O_RDWR);
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO);
        (void)dup2(null, STDERR_FILENO);
        if (null > STDERR_FILENO) {
            (void)close(null);
        }
    }
    return true;
}

static void write_pidfile(const char *path) {
    FILE *file = path[0] == '\0' ? NULL : fopen(path, "we");
    if (file != NULL) {
        (void)fprintf(file, "%d\n", (int)getpid());
        (void)fclose(file);
    }
}

/* Where ps reads the title: the arguments. */
struct title_room {
    char *start;
    size_t size;
};

/*
 * Finds the room for the title. Only what stands in one piece may be overwritten; the environment
 * behind it stays.
 */
static struct title_room find_title_room(int argc, char **argv) {
    char *end = argv[0];
    for (int i = 0; i < argc && argv[i] == end; i++) {
        end = argv[i] + strlen(argv[i]) + 1;
    }
    return (struct title_room){argv[0], (size_t)(end - argv[0])};
}

static void write_title(void *context, const char *title) {
    const struct title_room *room = context;
    size_t length = strlen(title);
    if (room->size < 2) {
        return;
    }
    memset(room->start, 0, room->size);
    memcpy(room->start, title, length < room->size ? length : room->size - 1);
}

static bool is_alone(const char *argument) {
    if (is_option(argument, "--version", "-v")) {
        (void)printf("Latchkey server v=%s (Redis protocol of 7.2.4) bits=64\n", app_version());
        return true;
    }
    if (is_option(argument, "--help", "-h")) {
        print_help();
        return true;
    }
    return false;
}

static int test_config(int argc, char **argv) {
    /* The configuration is what stands behind --test-config. */
    struct app *app = app_create(argc - 1, argv + 1);
    if (app == NULL) {
        return EXIT_FAILURE;
    }
    app_destroy(app);
    (void)puts("Configuration OK");
    return EXIT_SUCCESS;
}

static int serve(struct app *app, int argc, char **argv) {
    struct app_process process = app_process(app);
    if (process.directory[0] != '\0' && chdir(process.directory) < 0) {
        (void)fprintf(stderr, "dir %s: ", process.directory);
        perror(NULL);
        return EXIT_FAILURE;
    }
    if (!app_open_log(app) || (process.daemonize && !detach_from_terminal())) {
        return EXIT_FAILURE;
    }
    process = app_process(app);
    if (process.writes_crash_report) {
        panic_install(app_version());
    }
    install_signals();
    struct title_room title_room = find_title_room(argc, argv);
    app_set_title_writer(app, write_title, &title_room);
    if (!app_start(app)) {
        return EXIT_FAILURE;
    }
    write_pidfile(process.pidfile);
    int status = app_run(app);
    if (process.pidfile[0] != '\0') {
        (void)unlink(process.pidfile);
    }
    return status;
}

int main(int argc, char **argv) {
    int tool_status = EXIT_SUCCESS;
    if (argc > 0 && app_run_tool(argc, argv, &tool_status)) {
        return tool_status;
    }
    if (argc == 2 && is_alone(argv[1])) {
        return EXIT_SUCCESS;
    }
    if (argc > 1 && is_option(argv[1], "--test-config", NULL)) {
        return test_config(argc, argv);
    }
    struct app *app = app_create(argc, argv);
    if (app == NULL) {
        return EXIT_FAILURE;
    }
    int status = serve(app, argc, argv);
    app_destroy(app);
    return status;
}
