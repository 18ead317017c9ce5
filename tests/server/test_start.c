/*
 * How the server starts, is configured from outside, tells others that it is there, and ends.
 */
#include "support/check.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATH_SIZE = 128, LINE_SIZE = 512, NUMBER_SIZE = 16 };

/* Runs the server with these arguments; wants this status and all of these texts. */
static void expect_run(const char *const arguments[], int status, const char *const texts[]) {
    struct buffer output = {0};
    int ended = test_server_run(arguments, &output);
    cr_expect_eq(ended, status, "status %d: %s", ended, buffer_text(&output));
    for (size_t i = 0; texts[i] != NULL; i++) {
        cr_expect_not_null(strstr(buffer_text(&output), texts[i]), "no '%s' in %s", texts[i],
                           buffer_text(&output));
    }
    buffer_release(&output);
}

/* Writes a file of this text and returns its path, which the caller frees. */
static char *make_file(const char *text) {
    char *path = strdup("/tmp/latchkey-conf-XXXXXX");
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
    return path;
}

static void expect_refused(const char *config, const char *line, const char *problem) {
    char *path = make_file(config);
    expect_run((const char *const[]){path, NULL}, 1,
               (const char *const[]){"FATAL CONFIG FILE ERROR", path, line, problem, NULL});
    (void)unlink(path);
    free(path);
}

/* ---- The command line ---- */

Test(start, version_and_help_are_printed) {
    static const char *const version[] = {"Latchkey server v=", "7.2.4", NULL};
    static const char *const help[] = {"Usage: latchkey-server", "--test-config", NULL};
    expect_run((const char *const[]){"--version", NULL}, 0, version);
    expect_run((const char *const[]){"-v", NULL}, 0, version);
    expect_run((const char *const[]){"--help", NULL}, 0, help);
    expect_run((const char *const[]){"-h", NULL}, 0, help);
}

Test(start, a_configuration_can_be_tested_without_serving) {
    static const char *const good[] = {"Configuration OK", NULL};
    static const char *const bad[] = {"FATAL CONFIG FILE ERROR", "hz", NULL};
    expect_run((const char *const[]){"--test-config", "--hz", "20", NULL}, 0, good);
    expect_run((const char *const[]){"--test-config", "--hz", "x", NULL}, 1, bad);
}

Test(start, save_may_stand_without_a_value) {
    static const char *const good[] = {"Configuration OK", NULL};
    static const char *const bad[] = {"FATAL CONFIG FILE ERROR", "hz", NULL};
    expect_run((const char *const[]){"--test-config", "--save", "--hz", "20", NULL}, 0, good);
    expect_run((const char *const[]){"--test-config", "--hz", "20", "--save", NULL}, 0, good);
    expect_run((const char *const[]){"--test-config", "--save", "--hz", "x", NULL}, 1, bad);
}

Test(start, a_mistake_names_file_line_option_and_what_would_be_right) {
    expect_refused("port 0\nmaxmemroy 1\n", ", line 2\n>>> 'maxmemroy 1'",
                   "there is no parameter 'maxmemroy'");
    expect_refused("maxclients 0\n", ", line 1\n>>> 'maxclients 0'",
                   "argument must be between 1 and 4294967295 inclusive");
    expect_refused("\n# x\nappendonly maybe\n", ", line 3", "argument must be 'yes' or 'no'");
    expect_refused("loglevel loud\n", "line 1",
                   "must be one of the following: debug, verbose, notice, warning, nothing");
    expect_refused("hz\n", "line 1", "'hz' takes a value");
    expect_refused("hz 1 2\n", "line 1", "'hz' takes one value");
    expect_refused("requirepass \"a\n", "line 1", "Unbalanced quotes");
    expect_refused("include /nowhere/x.conf\n", "line 1", "does not exist");
    expect_refused("dir /nowhere/at/all\n", "line 1", "No such file or directory");
    expect_refused("appenddirname a/b\n", "line 1",
                   "appenddirname can't be a path, just a dirname");
    expect_refused("appenddirname \"\"\n", "line 1", "appenddirname can't be empty");
    expect_refused("appendfilename a/b\n", "line 1",
                   "appendfilename can't be a path, just a filename");
    expect_refused("appendfilename \"\"\n", "line 1", "appendfilename can't be empty");
    expect_refused("list-max-ziplist-entries 5 5\n", "line 1", "there is no parameter");
    expect_refused("cluster-enabled yes\n", "line 1", "cluster mode is not supported");
    expect_refused("loadmodule /x.so\n", "line 1", "modules are not supported");
}

Test(start, a_missing_file_and_a_bad_option_are_reported) {
    static const char *const missing[] = {"can't open config file '/nowhere.conf'", NULL};
    static const char *const word[] = {"an option starts with two dashes", NULL};
    static const char *const number[] = {"'--port'", "couldn't be parsed into an integer", NULL};
    expect_run((const char *const[]){"/nowhere.conf", NULL}, 1, missing);
    expect_run((const char *const[]){"--test-config", "-x", NULL}, 1, word);
    expect_run((const char *const[]){"--port", "x", NULL}, 1, number);
}

Test(start, what_only_older_servers_knew_is_passed_over) {
    char *path = make_file("list-max-ziplist-entries 5\nlist-max-ziplist-value 64\n"
                           "lua-replicate-commands yes\n");
    static const char *const texts[] = {"Configuration OK", NULL};
    expect_run((const char *const[]){"--test-config", path, NULL}, 0, texts);
    (void)unlink(path);
    free(path);
}

Test(start, an_unknown_command_cannot_be_renamed) {
    char *path = make_file("rename-command NOSUCH x\nport 0\nunixsocket /tmp/latchkey-none\n");
    static const char *const texts[] = {"rename-command NOSUCH", NULL};
    expect_run((const char *const[]){path, NULL}, 1, texts);
    (void)unlink(path);
    free(path);
}

Test(start, a_file_that_includes_itself_is_refused) {
    char *path = make_file("");
    FILE *file = fopen(path, "we");
    (void)fprintf(file, "include %s\n", path);
    (void)fclose(file);
    static const char *const texts[] = {"too deeply", NULL};
    expect_run((const char *const[]){path, NULL}, 1, texts);
    (void)unlink(path);
    free(path);
}

Test(start, an_address_that_is_taken_or_missing_is_reported) {
    struct test_server *server = test_server_start(NULL);
    char port[NUMBER_SIZE];
    (void)snprintf(port, sizeof port, "%d", test_server_port(server));
    static const char *const taken[] = {"Could not listen on 127.0.0.1", "already in use", NULL};
    expect_run((const char *const[]){"--port", port, "--bind", "127.0.0.1", NULL}, 1, taken);
    static const char *const unknown[] = {
        "Could not listen on nosuch..invalid port 7000: Name or service not known", NULL};
    expect_run((const char *const[]){"--port", "7000", "--bind", "nosuch..invalid", NULL}, 1,
               unknown);
    expect_run((const char *const[]){"--port", "7000", "--bind", "-nosuch..invalid", NULL}, 1,
               unknown);
    static const char *const nothing[] = {"Nothing to listen on", NULL};
    expect_run((const char *const[]){"--port", "0", NULL}, 1, nothing);
    test_server_stop(server);
}

/* ---- Files ---- */

Test(start, the_file_of_the_distribution_starts_this_server_unchanged) {
    /* Its owner and root alone may read it. */
    FILE *file =
        popen("cat /etc/redis/redis.conf 2>/dev/null || sudo -n cat /etc/redis/redis.conf", "re");
    cr_assert_not_null(file);
    struct buffer text = {0};
    size_t size = 0;
    while ((size = fread(buffer_reserve(&text, LINE_SIZE), 1, LINE_SIZE, file)) > 0) {
        text.size += size;
    }
    cr_assert_eq(pclose(file), 0);
    buffer_append(&text, "", 1);
    struct test_server *server = test_server_start_with_config(text.data, NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CONFIG GET tcp-backlog", "*2\r\n$11\r\ntcp-backlog\r\n$3\r\n511\r\n");
    resp_close(conn);
    buffer_release(&text);
    test_server_stop(server);
}

Test(start, parameters_without_a_feature_are_named_in_one_line) {
    struct test_server *server = test_server_start_with_config(
        "replica-priority 7\nmin-replicas-to-write 1\nuser bob on +@all\nhz 20\n", NULL);
    cr_assert(test_server_wait_for_log(server, "Ready to accept connections"));
    struct buffer log = test_server_log(server);
    const char *line = strstr(buffer_text(&log), "does not exist in this version: ");
    cr_assert_not_null(line);
    const char *expected =
        "does not exist in this version: user, min-replicas-to-write, replica-priority\n";
    cr_expect(strncmp(line, expected, strlen(expected)) == 0, "%s", line);
    buffer_release(&log);
    test_server_stop(server);
}

Test(start, other_files_are_included_by_pattern) {
    char directory[] = "/tmp/latchkey-include-XXXXXX";
    cr_assert_not_null(mkdtemp(directory));
    char first[PATH_SIZE];
    char second[PATH_SIZE];
    char config[LINE_SIZE];
    (void)snprintf(first, sizeof first, "%s/1.conf", directory);
    (void)snprintf(second, sizeof second, "%s/2.conf", directory);
    (void)snprintf(config, sizeof config, "hz 30\ninclude %s/*.conf\ninclude %s/*.none\n",
                   directory, directory);
    FILE *file = fopen(first, "we");
    (void)fputs("hz 40\ntimeout 7\n", file);
    (void)fclose(file);
    file = fopen(second, "we");
    (void)fputs("hz 50\n", file);
    (void)fclose(file);
    struct test_server *server = test_server_start_with_config(config, NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "CONFIG GET hz", "*2\r\n$2\r\nhz\r\n$2\r\n50\r\n");
    assert_reply(conn, "CONFIG GET timeout", "*2\r\n$7\r\ntimeout\r\n$1\r\n7\r\n");
    resp_close(conn);
    test_server_stop(server);
    (void)unlink(first);
    (void)unlink(second);
    (void)rmdir(directory);
}

Test(start, commands_are_renamed_and_removed) {
    struct test_server *server = test_server_start_with_config(
        "rename-command ECHO SAY\nrename-command LOLWUT \"\"\n", NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SAY hi", "$2\r\nhi\r\n");
    assert_reply(conn, "ECHO hi",
                 "-ERR unknown command 'ECHO', with args beginning with: 'hi' \r\n");
    assert_reply(conn, "LOLWUT", "-ERR unknown command 'LOLWUT', with args beginning with: \r\n");
    resp_close(conn);
    test_server_stop(server);
}

/* Collects the names at the start of lines, and those that the last section lists. */
static size_t count_known(struct resp_conn *conn, FILE *file) {
    char line[LINE_SIZE];
    bool is_list = false;
    size_t count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        is_list |= strncmp(line, "# ---- Known, without effect", 28) == 0;
        bool is_names = is_list && strncmp(line, "#   ", 4) == 0;
        if (line[0] == '\n' || (line[0] == '#' && !is_names)) {
            continue;
        }
        char *rest = is_names ? line + 4 : line;
        char *word = NULL;
        while ((word = strsep(&rest, " \n")) != NULL) {
            if (word[0] == '\0') {
                continue;
            }
            char command[LINE_SIZE];
            (void)snprintf(command, sizeof command, "CONFIG GET %s", word);
            struct buffer reply = resp_call(conn, command);
            cr_expect(strncmp(buffer_text(&reply), "*2\r\n", 4) == 0, "%s is not known", word);
            buffer_release(&reply);
            count++;
            if (!is_names) {
                break;
            }
        }
    }
    return count;
}

Test(start, the_file_of_this_server_has_every_option_with_its_default) {
    enum { ALIAS_COUNT = 25 };
    struct test_server *plain = test_server_start(NULL);
    FILE *file = fopen("redis.conf", "re");
    cr_assert_not_null(file);
    struct buffer text = {0};
    size_t size = 0;
    while ((size = fread(buffer_reserve(&text, LINE_SIZE), 1, LINE_SIZE, file)) > 0) {
        text.size += size;
    }
    buffer_append(&text, "", 1);
    struct test_server *server = test_server_start_with_config(text.data, NULL);
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(plain);
    rewind(file);
    size_t count = count_known(conn, file);
    (void)fclose(file);
    struct buffer reply = resp_call(conn, "CONFIG GET *");
    struct buffer defaults = resp_call(other, "CONFIG GET *");
    struct resp_value *ours = resp_value_parse(reply.data, reply.size);
    struct resp_value *theirs = resp_value_parse(defaults.data, defaults.size);
    cr_expect_eq(ours->count / 2, count + ALIAS_COUNT, "%zu of %zu", count, ours->count / 2);
    for (size_t i = 0; i < ours->count; i += 2) {
        static const char *const own[] = {"port", "dir", "unixsocket"};
        const char *name = ours->items[i].bytes;
        bool is_own = false;
        for (size_t j = 0; j < sizeof own / sizeof own[0]; j++) {
            is_own |= strcmp(name, own[j]) == 0;
        }
        cr_expect(is_own || strcmp(ours->items[i + 1].bytes, theirs->items[i + 1].bytes) == 0,
                  "%s is '%s'", name, ours->items[i + 1].bytes);
    }
    resp_value_destroy(ours);
    resp_value_destroy(theirs);
    buffer_release(&reply);
    buffer_release(&defaults);
    buffer_release(&text);
    resp_close(conn);
    resp_close(other);
    test_server_stop(server);
    test_server_stop(plain);
}

/* ---- Others are told ---- */

Test(start, a_service_manager_hears_of_the_start_and_the_end) {
    char directory[] = "/tmp/latchkey-notify-XXXXXX";
    cr_assert_not_null(mkdtemp(directory));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", directory);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    (void)setenv("NOTIFY_SOCKET", address.sun_path, 1);
    struct test_server *server =
        test_server_start((const char *const[]){"--supervised", "systemd", NULL});
    (void)unsetenv("NOTIFY_SOCKET");
    char message[LINE_SIZE] = "";
    cr_expect_gt(recv(fd, message, sizeof message - 1, 0), 0);
    cr_expect_not_null(strstr(message, "READY=1"), "%s", message);
    struct resp_conn *conn = test_server_connect(server);
    struct buffer info = resp_call(conn, "INFO server");
    cr_expect_not_null(strstr(buffer_text(&info), "process_supervised:systemd\r\n"));
    buffer_release(&info);
    resp_close(conn);
    test_server_stop(server);
    memset(message, 0, sizeof message);
    cr_expect_gt(recv(fd, message, sizeof message - 1, 0), 0);
    cr_expect_not_null(strstr(message, "STOPPING=1"), "%s", message);
    (void)close(fd);
    (void)unlink(address.sun_path);
    (void)rmdir(directory);
}

Test(start, the_log_has_the_lines_that_tools_wait_for) {
    struct test_server *server = test_server_start(NULL);
    cr_assert(test_server_wait_for_log(server, "Ready to accept connections"));
    struct buffer log = test_server_log(server);
    char head[NUMBER_SIZE];
    (void)snprintf(head, sizeof head, "%d:M ", (int)test_server_pid(server));
    cr_expect(strncmp(buffer_text(&log), head, strlen(head)) == 0);
    cr_expect_not_null(strstr(buffer_text(&log), " # Server initialized\n"));
    cr_expect_not_null(strstr(buffer_text(&log), " * Ready to accept connections\n"));
    buffer_release(&log);
    test_server_stop(server);
}

Test(start, a_pid_file_is_there_while_the_server_runs) {
    char path[] = "/tmp/latchkey-pid-XXXXXX";
    int fd = mkstemp(path);
    (void)close(fd);
    struct test_server *server = test_server_start((const char *const[]){"--pidfile", path, NULL});
    FILE *file = fopen(path, "re");
    long pid = 0;
    cr_assert_not_null(file);
    cr_expect_eq(fscanf(file, "%ld", &pid), 1);
    (void)fclose(file);
    cr_expect_eq(pid, test_server_pid(server));
    test_server_stop(server);
    cr_expect_neq(access(path, F_OK), 0);
}

/* ---- What others see ---- */

/* What ps shows of the server. */
static void expect_title(const struct test_server *server, const char *title) {
    char path[PATH_SIZE];
    char shown[LINE_SIZE] = {0};
    (void)snprintf(path, sizeof path, "/proc/%d/cmdline", (int)test_server_pid(server));
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    size_t size = fread(shown, 1, sizeof shown - 1, file);
    (void)fclose(file);
    cr_expect(size > 0);
    cr_expect_str_eq(shown, title);
}

Test(start, the_title_follows_its_template_at_run_time) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    char title[LINE_SIZE];
    (void)snprintf(title, sizeof title, "latchkey-server 127.0.0.1:%d", test_server_port(server));
    expect_title(server, title);
    assert_reply(conn, "CONFIG SET proc-title-template \"{title} of tests\"", "+OK\r\n");
    expect_title(server, "latchkey-server of tests");
    assert_reply(conn, "CONFIG SET proc-title-template \"TEST {unixsocket}\"", "+OK\r\n");
    (void)snprintf(title, sizeof title, "TEST %s", test_server_socket_path(server));
    expect_title(server, title);
    resp_close(conn);
    test_server_stop(server);
}

Test(start, the_banner_names_the_process) {
    struct test_server *server =
        test_server_start((const char *const[]){"--always-show-logo", "yes", NULL});
    cr_assert(test_server_wait_for_log(server, "Server initialized"));
    struct buffer log = test_server_log(server);
    char pid[LINE_SIZE];
    (void)snprintf(pid, sizeof pid, " PID: %d\n", (int)test_server_pid(server));
    const char *at = strstr(buffer_text(&log), pid);
    cr_assert_not_null(at);
    cr_expect_not_null(strstr(at, "Server initialized"));
    buffer_release(&log);
    test_server_stop(server);
}

/* ---- The end ---- */

Test(start, shutdown_answers_what_came_before_and_ends_with_status_0) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SHUTDOWN FOO", "-ERR syntax error\r\n");
    assert_reply(conn, "SHUTDOWN SAVE NOSAVE", "-ERR syntax error\r\n");
    assert_reply(conn, "SHUTDOWN ABORT NOW", "-ERR syntax error\r\n");
    assert_reply(conn, "SHUTDOWN ABORT", "-ERR No shutdown in progress.\r\n");
    struct buffer got = {0};
    resp_send_text(conn, "SET k v\r\nSHUTDOWN NOSAVE NOW FORCE\r\n");
    cr_expect(resp_read_until_close(conn, &got));
    cr_expect_str_eq(buffer_text(&got), "+OK\r\n");
    cr_expect_eq(test_server_wait(server), 0);
    cr_expect(test_server_wait_for_log(server, "ready to exit, bye bye"));
    cr_expect_neq(access(test_server_socket_path(server), F_OK), 0);
    buffer_release(&got);
    resp_close(conn);
    test_server_release(server);
}

/* A reply that waits for the disk is sent once the end of the log is there. */
Test(start, shutdown_answers_writes_that_wait_for_the_disk) {
    struct test_server *server = test_server_start(
        (const char *const[]){"--appendonly", "yes", "--appendfsync", "always", NULL});
    struct resp_conn *conn = test_server_connect(server);
    struct resp_conn *other = test_server_connect(server);
    assert_reply(conn, "PING", "+PONG\r\n");
    struct buffer got = {0};
    resp_send_text(conn, "SET k v\r\nGET k\r\nSHUTDOWN NOSAVE\r\n");
    cr_expect(resp_read_until_close(conn, &got));
    cr_expect_str_eq(buffer_text(&got), "+OK\r\n$1\r\nv\r\n");
    cr_expect_eq(test_server_wait(server), 0);
    buffer_release(&got);
    resp_close(other);
    resp_close(conn);
    test_server_start_again(server);
    conn = test_server_connect(server);
    assert_reply(conn, "GET k", "$1\r\nv\r\n");
    resp_close(conn);
    test_server_stop(server);
}

Test(start, sigterm_and_sigint_end_the_server_in_order) {
    static const int signals[] = {SIGTERM, SIGINT};
    static const char *const lines[] = {"Received SIGTERM scheduling shutdown...",
                                        "Received SIGINT scheduling shutdown..."};
    for (size_t i = 0; i < 2; i++) {
        struct test_server *server = test_server_start(NULL);
        (void)kill(test_server_pid(server), signals[i]);
        cr_expect_eq(test_server_wait(server), 0);
        cr_expect(test_server_wait_for_log(server, lines[i]));
        test_server_release(server);
    }
}

/* ---- Crashes ---- */

static void crash(const char *command, int status, const char *reason) {
    struct test_server *server = test_server_start(NULL);
    struct resp_conn *conn = test_server_connect(server);
    struct buffer got = {0};
    assert_reply(conn, "CLIENT SETNAME culprit", "+OK\r\n");
    resp_send_command(conn, command);
    cr_expect(resp_read_until_close(conn, &got));
    cr_expect_eq(test_server_wait(server), -status, "%s", command);
    static const char *const parts[] = {
        "LATCHKEY BUG REPORT START",
        "Latchkey 0.1.0 crashed",
        "STACK TRACE",
        "[0x",
        "CURRENT REQUEST",
        "command debug",
        "argv[0]: \"DEBUG\"",
        "INFO OUTPUT",
        "redis_version:7.2.4",
        "CLIENT LIST OUTPUT",
        "name=culprit",
        "BUG REPORT END",
    };
    struct buffer log = test_server_log(server);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        cr_expect_not_null(strstr(buffer_text(&log), parts[i]), "%s: no %s", command, parts[i]);
    }
    cr_expect_not_null(strstr(buffer_text(&log), reason), "%s: no %s", command, reason);
    buffer_release(&log);
    buffer_release(&got);
    resp_close(conn);
    test_server_release(server);
}

Test(start, a_crash_leaves_a_report_in_the_log) {
    crash("DEBUG SEGFAULT", SIGSEGV, "by signal: 11");
    crash("DEBUG ASSERT", SIGABRT, "ASSERTION FAILED");
    crash("DEBUG PANIC", SIGABRT, "called by DEBUG PANIC");
}

/* What was acknowledged under a higher limit is loaded under a lower one. */
Test(start, a_string_over_a_limit_that_was_lowered_is_replayed) {
    struct test_server *server = test_server_start_with_config("appendonly yes\n", NULL);
    struct resp_conn *conn = test_server_connect(server);
    assert_reply(conn, "SETRANGE range 2000000 x", ":2000001\r\n");
    assert_reply(conn, "SETBIT bits 16000000 1", ":0\r\n");
    assert_reply(conn, "CONFIG SET proto-max-bulk-len 1mb", "+OK\r\n");
    assert_reply(conn, "CONFIG REWRITE", "+OK\r\n");
    resp_close(conn);
    test_server_restart(server);
    conn = test_server_connect(server);
    assert_reply(conn, "CONFIG GET proto-max-bulk-len",
                 "*2\r\n$18\r\nproto-max-bulk-len\r\n$7\r\n1048576\r\n");
    assert_reply(conn, "STRLEN range", ":2000001\r\n");
    assert_reply(conn, "STRLEN bits", ":2000001\r\n");
    resp_close(conn);
    test_server_stop(server);
}
