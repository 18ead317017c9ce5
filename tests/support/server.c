/*
 * The child's output goes to a file in its directory. A port is taken from below the range that
 * the kernel hands out, and tried first; when another test took it in between, the start is
 * repeated with the next one.
 */
#include "support/server.h"

#include "support/wait.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATH_SIZE = 96, /* A Unix socket's path has at most 107 bytes. */
    PORT_TEXT_SIZE = 16,
    FIRST_PORT = 10000,
    PORT_COUNT = 20000,
    PORT_STRIDE = 7,
    START_ATTEMPTS = 5,
    ARGUMENT_LIMIT = 128,
    READ_SIZE = 4096,
    LINE_SIZE = 64,
    EXEC_FAILED = 127,
    DIRECTORY_MODE = 0700,
    FILE_MODE = 0600,
};

struct test_server {
    pid_t pid;
    bool has_ended;
    int status;
    int port;
    char program[READ_SIZE];
    char dir[PATH_SIZE];
    char socket_path[PATH_SIZE];
    char log_path[PATH_SIZE];
    char config_path[PATH_SIZE];
    bool has_config;
    size_t option_count;
    char *options[ARGUMENT_LIMIT];
};

/* ---- Processes ---- */

static bool port_is_free(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bool is_free = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd);
    return is_free;
}

static int next_port(int previous) {
    int port = previous != 0 ? previous + 1
                             : FIRST_PORT + (int)((uint32_t)getpid() * PORT_STRIDE % PORT_COUNT);
    while (!port_is_free(port)) {
        port = port + 1 < FIRST_PORT + PORT_COUNT ? port + 1 : FIRST_PORT;
    }
    return port;
}

/* Forks and executes with both outputs in one file; the child dies with its parent. */
static pid_t spawn(const char *const arguments[], const char *output_path) {
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        support_fail("cannot fork: %s", strerror(errno));
    }
    if (pid > 0) {
        return pid;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(EXEC_FAILED);
    }
    (void)signal(SIGPIPE, SIG_DFL);
    int null = open("/dev/null", O_RDONLY);
    int output = open(output_path, O_WRONLY | O_CREAT | O_APPEND, FILE_MODE);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(output, STDOUT_FILENO);
    (void)dup2(output, STDERR_FILENO);
    char *copies[ARGUMENT_LIMIT + 1] = {0};
    for (size_t i = 0; arguments[i] != NULL && i < ARGUMENT_LIMIT; i++) {
        copies[i] = strdup(arguments[i]);
    }
    (void)execvp(copies[0], copies);
    perror(copies[0]);
    _exit(EXEC_FAILED);
}

static int exit_status(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Waits for the end of the process; false at the deadline. */
static bool reap(struct test_server *server, int64_t timeout_ms) {
    int64_t deadline_ms = wait_now_ms() + timeout_ms;
    while (!server->has_ended) {
        int status = 0;
        pid_t ended = waitpid(server->pid, &status, WNOHANG);
        if (ended == server->pid || (ended < 0 && errno == ECHILD)) {
            server->has_ended = true;
            server->status = exit_status(status);
        } else if (wait_now_ms() >= deadline_ms) {
            return false;
        } else {
            wait_moment();
        }
    }
    return true;
}

/* ---- Files ---- */

static void read_file(const char *path, struct buffer *content) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = 0;
    char bytes[READ_SIZE];
    while (fd >= 0 && (size = read(fd, bytes, sizeof bytes)) > 0) {
        buffer_append(content, bytes, (size_t)size);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    size_t size = strlen(text);
    if (fd < 0 || write(fd, text, size) != (ssize_t)size) {
        support_fail("cannot write %s: %s", path, strerror(errno));
    }
    (void)close(fd);
}

static void make_directory(char path[PATH_SIZE]) {
    (void)snprintf(path, PATH_SIZE, "/tmp/latchkey-test-XXXXXX");
    if (mkdtemp(path) == NULL) {
        support_fail("cannot make a directory: %s", strerror(errno));
    }
}

/* Removes a directory and what is in it. */
static void remove_directory(const char *path) {
    DIR *directory = opendir(path);
    const struct dirent *file = NULL;
    while (directory != NULL && (file = readdir(directory)) != NULL) {
        struct buffer name = {0};
        buffer_append_format(&name, "%s/%s", path, file->d_name);
        bool is_link_to_self = strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0;
        if (!is_link_to_self && unlink(name.data) < 0 && errno == EISDIR) {
            remove_directory(name.data);
        }
        buffer_release(&name);
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    (void)rmdir(path);
}

/* ---- Start ---- */

static void launch(struct test_server *server) {
    char port[PORT_TEXT_SIZE];
    (void)snprintf(port, sizeof port, "%d", server->port);
    const char *arguments[ARGUMENT_LIMIT + 1] = {server->program};
    size_t count = 1;
    if (server->has_config) {
        arguments[count++] = server->config_path;
    }
    const char *fixed[] = {"--port",
                           port,
                           "--unixsocket",
                           server->socket_path,
                           "--dir",
                           server->dir,
                           "--bind",
                           "127.0.0.1",
                           "--save",
                           "",
                           "--daemonize",
                           "no",
                           "--logfile",
                           "",
                           "--enable-debug-command",
                           "yes"};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        arguments[count++] = fixed[i];
    }
    for (size_t i = 0; i < server->option_count; i++) {
        arguments[count++] = server->options[i];
    }
    server->has_ended = false;
    server->pid = spawn(arguments, server->log_path);
}

/* A password or TLS may stand before PING: any reply shows that the server is up. */
static bool answers_ping(struct test_server *server) {
    struct resp_conn *conn = resp_try_unix(server->socket_path);
    if (conn == NULL) {
        return false;
    }
    struct buffer reply = {0};
    resp_send_command(conn, "PING");
    bool answers = resp_read_within(conn, &reply, WAIT_DEADLINE_MS) == RESP_COMPLETE &&
                   strncmp(reply.data, "-LOADING", strlen("-LOADING")) != 0;
    buffer_release(&reply);
    resp_close(conn);
    return answers;
}

static bool wait_for_ready(struct test_server *server) {
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (!reap(server, 0)) {
        if (answers_ping(server)) {
            return true;
        }
        if (wait_now_ms() >= deadline_ms) {
            return false;
        }
        wait_moment();
    }
    return false;
}

static void fail_with_log(struct test_server *server, const char *what) {
    struct buffer log = test_server_log(server);
    (void)kill(server->pid, SIGKILL);
    support_fail("%s: %s (status %d)\n%s", server->program, what,
                 server->has_ended ? server->status : 0, buffer_text(&log));
}

static void start(struct test_server *server) {
    for (int attempt = 0; attempt < START_ATTEMPTS; attempt++) {
        launch(server);
        if (wait_for_ready(server)) {
            return;
        }
        struct buffer log = test_server_log(server);
        bool port_was_taken = strstr(buffer_text(&log), "already in use") != NULL;
        buffer_release(&log);
        if (!server->has_ended || !port_was_taken) {
            break;
        }
        (void)unlink(server->log_path);
        server->port = next_port(server->port);
    }
    fail_with_log(server, "does not get ready");
}

struct test_server *test_server_start_program(const char *program, const char *config,
                                              const char *const options[]) {
    struct test_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        support_fail("out of memory");
    }
    (void)snprintf(server->program, sizeof server->program, "%s", program);
    make_directory(server->dir);
    (void)snprintf(server->socket_path, PATH_SIZE, "%.64s/socket", server->dir);
    (void)snprintf(server->log_path, PATH_SIZE, "%.64s/output", server->dir);
    (void)snprintf(server->config_path, PATH_SIZE, "%.64s/redis.conf", server->dir);
    if (config != NULL) {
        server->has_config = true;
        write_file(server->config_path, config);
    }
    for (size_t i = 0; options != NULL && options[i] != NULL; i++) {
        server->options[server->option_count++] = strdup(options[i]);
    }
    server->port = next_port(0);
    start(server);
    return server;
}

void test_server_allow_descriptors(size_t count) {
    struct rlimit limit;
    bool is_known = getrlimit(RLIMIT_NOFILE, &limit) == 0;
    limit.rlim_cur = is_known && limit.rlim_cur > count ? limit.rlim_cur : count;
    limit.rlim_max = is_known && limit.rlim_max > count ? limit.rlim_max : count;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
        support_fail("no %zu open files: %s", count, strerror(errno));
    }
}

static const char *own_program(void) {
    const char *program = getenv("LATCHKEY_SERVER");
    return program != NULL ? program : "build/release/latchkey-server";
}

struct test_server *test_server_start(const char *const options[]) {
    return test_server_start_program(own_program(), NULL, options);
}

struct test_server *test_server_start_with_config(const char *config, const char *const options[]) {
    return test_server_start_program(own_program(), config, options);
}

struct test_server *test_server_start_stock(const char *const options[]) {
    return test_server_start_program("redis-server", NULL, options);
}

struct test_server *test_server_start_effect(const char *const options[]) {
    const char *program = getenv("LATCHKEY_EFFECT_SERVER");
    if (program == NULL) {
        program = "build/debug/tests/effect-server";
    }
    return test_server_start_program(program, NULL, options);
}

int test_server_run(const char *const arguments[], struct buffer *output) {
    struct test_server server = {0};
    make_directory(server.dir);
    (void)snprintf(server.log_path, PATH_SIZE, "%.64s/output", server.dir);
    const char *all[ARGUMENT_LIMIT + 1] = {own_program()};
    for (size_t i = 0; arguments[i] != NULL && i + 1 < ARGUMENT_LIMIT; i++) {
        all[i + 1] = arguments[i];
    }
    server.pid = spawn(all, server.log_path);
    if (!reap(&server, WAIT_DEADLINE_MS)) {
        (void)kill(server.pid, SIGKILL);
        (void)reap(&server, WAIT_DEADLINE_MS);
    }
    read_file(server.log_path, output);
    remove_directory(server.dir);
    return server.status;
}

/* ---- End ---- */

void test_server_release(struct test_server *server) {
    if (server == NULL) {
        return;
    }
    if (!server->has_ended) {
        (void)kill(server->pid, SIGKILL);
        (void)reap(server, WAIT_DEADLINE_MS);
    }
    remove_directory(server->dir);
    for (size_t i = 0; i < server->option_count; i++) {
        free(server->options[i]);
    }
    free(server);
}

static void terminate(struct test_server *server) {
    if (!server->has_ended) {
        (void)kill(server->pid, SIGTERM);
    }
    if (!reap(server, WAIT_DEADLINE_MS)) {
        fail_with_log(server, "does not stop");
    }
    if (server->status != 0) {
        fail_with_log(server, "ended badly");
    }
}

void test_server_stop(struct test_server *server) {
    if (server != NULL) {
        terminate(server);
        test_server_release(server);
    }
}

void test_server_kill(struct test_server *server) {
    test_server_release(server);
}

int test_server_wait(struct test_server *server) {
    if (!reap(server, WAIT_DEADLINE_MS)) {
        fail_with_log(server, "does not end");
    }
    return server->status;
}

void test_server_restart(struct test_server *server) {
    terminate(server);
    start(server);
}

void test_server_crash(struct test_server *server) {
    if (!server->has_ended) {
        (void)kill(server->pid, SIGKILL);
    }
    if (!reap(server, WAIT_DEADLINE_MS)) {
        fail_with_log(server, "does not die");
    }
}

void test_server_start_again(struct test_server *server) {
    (void)reap(server, WAIT_DEADLINE_MS);
    start(server);
}

bool test_server_try_again(struct test_server *server) {
    (void)reap(server, WAIT_DEADLINE_MS);
    launch(server);
    bool is_ready = wait_for_ready(server);
    if (!is_ready && !server->has_ended) {
        fail_with_log(server, "neither starts nor ends");
    }
    return is_ready;
}

/* ---- Time ---- */

static bool set_clock(const struct test_server *server, const char *line) {
    struct resp_conn *conn = resp_try_unix(server->socket_path);
    struct buffer reply = {0};
    if (conn == NULL) {
        return false;
    }
    resp_send_command(conn, line);
    bool is_set = resp_read(conn, &reply) == RESP_COMPLETE && reply.data[0] == '+';
    buffer_release(&reply);
    resp_close(conn);
    return is_set;
}

bool test_server_hold_clock(const struct test_server *server) {
    return set_clock(server, "DEBUG CLOCK HOLD");
}

bool test_server_pass_time(const struct test_server *server, int64_t ms) {
    char line[LINE_SIZE];
    (void)snprintf(line, sizeof line, "DEBUG CLOCK FORWARD %" PRId64, ms);
    return set_clock(server, line);
}

bool test_server_release_clock(const struct test_server *server) {
    return set_clock(server, "DEBUG CLOCK RELEASE");
}

/* ---- What it is ---- */

struct resp_conn *test_server_connect(const struct test_server *server) {
    return resp_connect_unix(server->socket_path);
}

struct resp_conn *test_server_connect_tcp(const struct test_server *server) {
    return resp_connect_tcp("127.0.0.1", server->port);
}

pid_t test_server_pid(const struct test_server *server) {
    return server->pid;
}

int test_server_port(const struct test_server *server) {
    return server->port;
}

const char *test_server_socket_path(const struct test_server *server) {
    return server->socket_path;
}

const char *test_server_dir(const struct test_server *server) {
    return server->dir;
}

const char *test_server_config_path(const struct test_server *server) {
    return server->config_path;
}

struct buffer test_server_log(const struct test_server *server) {
    struct buffer log = {0};
    read_file(server->log_path, &log);
    return log;
}

bool test_server_wait_for_log(const struct test_server *server, const char *text) {
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (true) {
        struct buffer log = test_server_log(server);
        bool has_text = strstr(buffer_text(&log), text) != NULL;
        buffer_release(&log);
        if (has_text || wait_now_ms() >= deadline_ms) {
            return has_text;
        }
        wait_moment();
    }
}
