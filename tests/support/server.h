/*
 * server: a server under test, in a temporary directory, on a Unix socket and a free TCP port.
 *
 * It runs without snapshots and with DEBUG allowed, dies with the process that started it, and
 * writes its output to a file. A server that does not get ready fails the test with its output.
 */
#ifndef SUPPORT_SERVER_H
#define SUPPORT_SERVER_H

#include "support/resp.h"

#include <stdbool.h>
#include <sys/types.h>

struct test_server;

/*
 * Starts the server that $LATCHKEY_SERVER names (build/release/latchkey-server when unset).
 * options  "--name", "value" pairs, NULL at the end; NULL for none.
 */
struct test_server *test_server_start(const char *const options[]);

/* The same with a configuration file of this text before the options. */
struct test_server *test_server_start_with_config(const char *config, const char *const options[]);

/* Starts the stock redis-server. */
struct test_server *test_server_start_stock(const char *const options[]);

/* Starts the server that $LATCHKEY_EFFECT_SERVER names, or the one of the debug build. */
struct test_server *test_server_start_effect(const char *const options[]);

/* Starts this executable. */
struct test_server *test_server_start_program(const char *program, const char *config,
                                              const char *const options[]);

/*
 * Lets this process and the servers that it starts from now on have so many open files. Many
 * systems allow 1,024 to who does not ask. Fails the test where the system allows no more.
 */
void test_server_allow_descriptors(size_t count);

/*
 * Runs the server with exactly these arguments until it ends, for starts that are refused and for
 * --version. Returns its exit status, or minus its signal; its output goes to `output`.
 */
int test_server_run(const char *const arguments[], struct buffer *output);

/*
 * Stops with SIGTERM, waits, frees, and removes the directory. A status other than 0, such as a
 * leak under sanitizers, fails the test with the server's output. NULL is allowed.
 */
void test_server_stop(struct test_server *server);

/* Stops with SIGKILL; otherwise the same. */
void test_server_kill(struct test_server *server);

/*
 * Waits until the process ends by itself (after SHUTDOWN, say) and returns its exit status, or
 * minus its signal; test_server_release then frees.
 */
int test_server_wait(struct test_server *server);

/* Removes the directory and frees, without a word about how the process ended. */
void test_server_release(struct test_server *server);

/* Stops by SIGTERM and starts the same program in the same directory with the same options. */
void test_server_restart(struct test_server *server);

/* Ends the process by SIGKILL and waits for it; the directory stays. */
void test_server_crash(struct test_server *server);

/* Starts the same program in the same directory again, after its process has ended. */
void test_server_start_again(struct test_server *server);

/* The same for a start that may be refused: false when the process ended by itself. */
bool test_server_try_again(struct test_server *server);

/*
 * Makes the server's wall clock stand, so that nothing expires, ends or is renewed because the
 * machine was slow; lets so much time pass at once; and lets it go on (DEBUG CLOCK). Each over a
 * connection of its own. False when the server does not do it: it is gone, it is busy, it is
 * another program, or it knows a password.
 */
bool test_server_hold_clock(const struct test_server *server);
bool test_server_pass_time(const struct test_server *server, int64_t ms);
bool test_server_release_clock(const struct test_server *server);

/* Connects over the Unix socket; resp_close it. */
struct resp_conn *test_server_connect(const struct test_server *server);

/* Connects over TCP to 127.0.0.1; resp_close it. */
struct resp_conn *test_server_connect_tcp(const struct test_server *server);

/* What the server runs with; texts live as long as it. */
pid_t test_server_pid(const struct test_server *server);
int test_server_port(const struct test_server *server);
const char *test_server_socket_path(const struct test_server *server);
const char *test_server_dir(const struct test_server *server);
/* The configuration file's path, whether or not one was written. */
const char *test_server_config_path(const struct test_server *server);

/* Returns what the server has written so far, owned by the caller. */
struct buffer test_server_log(const struct test_server *server);

/* Waits until the output holds `text`; false at the deadline. */
bool test_server_wait_for_log(const struct test_server *server, const char *text);

#endif
