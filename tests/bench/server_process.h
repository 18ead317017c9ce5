/*
 * server_process: a server that the benchmark starts on core 0, and what it costs.
 *
 * The server dies with the benchmark. CPU time is the process's clock in nanoseconds; the kernel's
 * user and system ticks only split it in two.
 */
#ifndef BENCH_SERVER_PROCESS_H
#define BENCH_SERVER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SERVER_CORE = 0, GENERATOR_CORE = 1, SERVER_DIRECTORY_SIZE = 64 };

struct server_process {
    pid_t pid;                             /* the child, which is the server */
    int port;                              /* on 127.0.0.1 */
    char directory[SERVER_DIRECTORY_SIZE]; /* its working directory, removed at the end */
};

struct cpu_time {
    uint64_t total_ns;
    uint64_t user_ticks;
    uint64_t system_ticks;
};

/*
 * Starts a server with persistence off and waits until it answers; ends the program when it does
 * not. wrapper is NULL or a list of arguments, ended by NULL, that stand before the server's path.
 */
void server_process_start(struct server_process *server, const char *path,
                          const char *const *wrapper);

/* As server_process_start with an append-only file under a policy of appendfsync; NULL: without. */
void server_process_start_logged(struct server_process *server, const char *path,
                                 const char *policy);

/*
 * Kills it and starts it again where it stood, policy as above, and waits until it serves.
 * Returns the monotonic time at which its program began: to copy this one takes time of its own.
 */
uint64_t server_process_restart(struct server_process *server, const char *path,
                                const char *policy);

/* Ends it and waits for its end; with `gracefully` it gets the time to end by itself. */
void server_process_stop(struct server_process *server, bool gracefully);

/* Reads the CPU time it has used until now. */
struct cpu_time server_process_cpu(const struct server_process *server);

/* Reads its resident memory in bytes. */
uint64_t server_process_rss(const struct server_process *server);

/* Ties the calling thread, and threads that it starts later, to one core. */
void process_pin(int core);

#endif
