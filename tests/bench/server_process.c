/* server_process: see the header. */
#include "bench/server_process.h"

#include "bench/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    /* Below the range from which the kernel takes the ports of outgoing connections. */
    FIRST_PORT = 21000,
    PORT_COUNT = 8000,
    READY_TRIES = 6000,
    WAIT_PARTS = 64, /* asked again when so much more of the time since the start has gone by */
    PAUSE_MIN_NS = 100 * 1000,
    PAUSE_MAX_NS = 10 * 1000 * 1000,
    NANOSECONDS = 1000 * 1000 * 1000,
    PATH_SIZE = 128,
    LINE_SIZE = 1024,
    KIBIBYTE = 1024,
    ARGUMENT_COUNT = 32,
    PORT_TEXT_SIZE = 16,
    EXEC_FAILED = 127
};

static bool port_is_free(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    bool is_free = bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    (void)close(fd);
    return is_free;
}

/* A new port for each server, so that closed connections to the last one do not matter. */
static int free_port(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t start = now.tv_nsec / (NANOSECONDS / PORT_COUNT);
    for (int i = 0; i < PORT_COUNT; i++) {
        int port = FIRST_PORT + (int)((start + i) % PORT_COUNT);
        if (port_is_free(port)) {
            return port;
        }
    }
    fprintf(stderr, "bench: no free port\n");
    exit(EXIT_FAILURE);
}

void process_pin(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((size_t)core, &cores);
    if (sched_setaffinity(0, sizeof(cores), &cores) != 0) {
        fprintf(stderr, "bench: cannot use core %d: %s\n", core, strerror(errno));
        exit(EXIT_FAILURE);
    }
}

static void redirect_output(void) {
    int log = open("server.log", O_WRONLY | O_CREAT | O_TRUNC, S_IRUSR | S_IWUSR);
    (void)dup2(log, STDOUT_FILENO);
    (void)dup2(log, STDERR_FILENO);
}

/* start_fd  takes the time at which the server's program begins; -1: nobody asks */
static _Noreturn void run_server(const struct server_process *server, const char *path,
                                 const char *const *wrapper, const char *policy, int start_fd) {
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    process_pin(SERVER_CORE);
    char port[PORT_TEXT_SIZE];
    (void)snprintf(port, sizeof(port), "%d", server->port);
    const char *const options[] = {
        path,
        "--port",
        port,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        policy == NULL ? "no" : "yes",
        "--appendfsync",
        policy == NULL ? "everysec" : policy,
        "--dir",
        ".",
        "--maxclients",
        "11000",
        NULL,
    };
    const char *arguments[ARGUMENT_COUNT] = {NULL};
    size_t count = 0;
    for (; wrapper != NULL && wrapper[count] != NULL; count++) {
        arguments[count] = wrapper[count];
    }
    memcpy(arguments + count, options, sizeof(options));
    if (chdir(server->directory) == 0) {
        redirect_output();
        /* execvp declares its arguments without const, but does not change them. */
        char *plain[ARGUMENT_COUNT];
        memcpy(plain, arguments, sizeof(plain));
        uint64_t start_ns = link_now_ns();
        if (start_fd < 0 || write(start_fd, &start_ns, sizeof(start_ns)) == sizeof(start_ns)) {
            (void)execvp(plain[0], plain);
        }
    }
    fprintf(stderr, "bench: cannot run %s: %s\n", path, strerror(errno));
    _exit(EXEC_FAILED);
}

static bool answers(int port) {
    int fd = link_try_open(port);
    if (fd < 0) {
        return false;
    }
    char reply[LINE_SIZE];
    bool is_ready = link_ask(fd, "PING", reply, sizeof(reply)) > 0 && reply[0] == '+';
    (void)close(fd);
    return is_ready;
}

static void show_log(const struct server_process *server) {
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "%s/server.log", server->directory);
    FILE *log = fopen(path, "r");
    char line[LINE_SIZE];
    while (log != NULL && fgets(line, sizeof(line), log) != NULL) {
        (void)fputs(line, stderr);
    }
    if (log != NULL) {
        (void)fclose(log);
    }
}

static void wait_until_ready(const struct server_process *server, const char *path) {
    uint64_t start_ns = link_now_ns();
    for (int i = 0; i < READY_TRIES && waitpid(server->pid, NULL, WNOHANG) == 0; i++) {
        if (answers(server->port)) {
            return;
        }
        uint64_t pause_ns = (link_now_ns() - start_ns) / WAIT_PARTS;
        pause_ns = pause_ns < PAUSE_MIN_NS   ? (uint64_t)PAUSE_MIN_NS
                   : pause_ns > PAUSE_MAX_NS ? (uint64_t)PAUSE_MAX_NS
                                             : pause_ns;
        (void)nanosleep(&(struct timespec){.tv_nsec = (long)pause_ns}, NULL);
    }
    fprintf(stderr, "bench: %s does not answer; its log:\n", path);
    show_log(server);
    exit(EXIT_FAILURE);
}

static void start(struct server_process *server, const char *path, const char *const *wrapper,
                  const char *policy) {
    (void)snprintf(server->directory, sizeof(server->directory), "/tmp/latchkey-bench-XXXXXX");
    if (mkdtemp(server->directory) == NULL) {
        fprintf(stderr, "bench: cannot make %s: %s\n", server->directory, strerror(errno));
        exit(EXIT_FAILURE);
    }
    server->port = free_port();
    server->pid = fork();
    if (server->pid == 0) {
        run_server(server, path, wrapper, policy, -1);
    }
    wait_until_ready(server, path);
}

void server_process_start(struct server_process *server, const char *path,
                          const char *const *wrapper) {
    start(server, path, wrapper, NULL);
}

void server_process_start_logged(struct server_process *server, const char *path,
                                 const char *policy) {
    start(server, path, NULL, policy);
}

uint64_t server_process_restart(struct server_process *server, const char *path,
                                const char *policy) {
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        fprintf(stderr, "bench: no pipe: %s\n", strerror(errno));
        exit(EXIT_FAILURE);
    }
    server->pid = fork();
    if (server->pid == 0) {
        run_server(server, path, NULL, policy, ends[1]);
    }
    wait_until_ready(server, path);
    uint64_t start_ns = 0;
    if (read(ends[0], &start_ns, sizeof(start_ns)) != sizeof(start_ns)) {
        fprintf(stderr, "bench: nobody told when %s began\n", path);
        exit(EXIT_FAILURE);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
    return start_ns;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void server_process_stop(struct server_process *server, bool gracefully) {
    (void)kill(server->pid, gracefully ? SIGTERM : SIGKILL);
    (void)waitpid(server->pid, NULL, 0);
    enum { DESCRIPTORS = 8 };
    (void)nftw(server->directory, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

struct cpu_time server_process_cpu(const struct server_process *server) {
    struct cpu_time cpu = {0};
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(server->pid, &clock) == 0 && clock_gettime(clock, &used) == 0) {
        cpu.total_ns = (uint64_t)used.tv_sec * NANOSECONDS + (uint64_t)used.tv_nsec;
    }
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)server->pid);
    FILE *stat = fopen(path, "r");
    char line[LINE_SIZE];
    if (stat != NULL && fgets(line, sizeof(line), stat) != NULL) {
        /* The name in brackets may contain anything, the fields after it are numbers. */
        const char *fields = strrchr(line, ')') + 1;
        (void)sscanf(fields, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
                     &cpu.user_ticks, &cpu.system_ticks);
    }
    if (stat != NULL) {
        (void)fclose(stat);
    }
    return cpu;
}

uint64_t server_process_rss(const struct server_process *server) {
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)server->pid);
    FILE *status = fopen(path, "r");
    char line[LINE_SIZE];
    uint64_t kibibytes = 0;
    while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
        (void)sscanf(line, "VmRSS: %" SCNu64, &kibibytes);
    }
    if (status != NULL) {
        (void)fclose(status);
    }
    return kibibytes * KIBIBYTE;
}
