/*
 * Many clients whose requests wait when the server looks: it receives and sends for all of them at
 * once, through io_uring where the system has it, or one by one.
 */
#include "support/check.h"

#include <stdio.h>

enum { CLIENTS = 150, PIPELINE = 20, STEP = 37, SIZE_MAX_BYTES = 1500 };

static struct test_server *start(const char *ring) {
    return test_server_start((const char *const[]){"--io-uring", ring, NULL});
}

/* A client's pipeline: some fit into any buffer, some into none. Replies are the same bytes. */
static struct buffer echoes(size_t client, bool as_replies) {
    struct buffer text = {0};
    for (size_t i = 0; i < PIPELINE; i++) {
        size_t size = (client * STEP + i) * (client % 3) % SIZE_MAX_BYTES + STEP;
        if (!as_replies) {
            buffer_append_text(&text, "*2\r\n$4\r\nECHO\r\n");
        }
        buffer_append_format(&text, "$%zu\r\n%0*zu\r\n", size, (int)size, client * PIPELINE + i);
    }
    return text;
}

static void answer_each(const char *ring) {
    struct test_server *server = start(ring);
    struct resp_conn *conns[CLIENTS];
    struct resp_conn *holder = test_server_connect(server);
    for (size_t i = 0; i < CLIENTS; i++) {
        conns[i] = test_server_connect_tcp(server);
    }
    for (int round = 0; round < 3; round++) {
        resp_send_command(holder, "DEBUG SLEEP 0.1");
        for (size_t i = 0; i < CLIENTS; i++) {
            struct buffer sent = echoes(i, false);
            resp_send(conns[i], sent.data, sent.size);
            buffer_release(&sent);
        }
        for (size_t i = 0; i < CLIENTS; i++) {
            struct buffer expected = echoes(i, true);
            struct buffer got = {0};
            cr_expect(resp_read_bytes(conns[i], expected.size, &got));
            cr_expect_str_eq(buffer_text(&got), buffer_text(&expected), "client %zu", i);
            buffer_release(&got);
            buffer_release(&expected);
        }
        struct buffer reply = {0};
        cr_expect_eq(resp_read(holder, &reply), RESP_COMPLETE);
        buffer_release(&reply);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        resp_close(conns[i]);
    }
    resp_close(holder);
    test_server_stop(server);
}

Test(crowd, each_is_answered_in_its_order) {
    answer_each("yes");
    answer_each("no");
}

/* The killer's request comes first, and what the others sent has been received by then. */
static void kill_some(const char *ring) {
    struct test_server *server = start(ring);
    struct resp_conn *conns[CLIENTS];
    struct resp_conn *holder = test_server_connect(server);
    for (size_t i = 0; i < CLIENTS; i++) {
        conns[i] = test_server_connect_tcp(server);
    }
    resp_send_command(holder, "DEBUG SLEEP 0.1");
    resp_send_text(conns[0], "CLIENT KILL TYPE normal SKIPME yes\r\n");
    for (size_t i = 1; i < CLIENTS; i++) {
        resp_send_text(conns[i], "INCR n\r\nINCR n\r\n");
    }
    struct buffer reply = {0};
    cr_expect_eq(resp_read(conns[0], &reply), RESP_COMPLETE);
    cr_expect_str_eq(buffer_text(&reply), ":150\r\n");
    for (size_t i = 1; i < CLIENTS; i++) {
        struct buffer rest = {0};
        cr_expect(resp_read_until_close(conns[i], &rest));
        cr_expect_eq(rest.size, 0, "%s", buffer_text(&rest));
        buffer_release(&rest);
        resp_close(conns[i]);
    }
    cr_expect(resp_call_is(conns[0], "GET n", "$-1\r\n"));
    buffer_release(&reply);
    resp_close(conns[0]);
    resp_close(holder);
    test_server_stop(server);
}

Test(crowd, who_is_killed_meanwhile_has_done_nothing) {
    kill_some("yes");
    kill_some("no");
}
