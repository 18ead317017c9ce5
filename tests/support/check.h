/*
 * check: support's comparisons as assertions of Criterion.
 */
#ifndef SUPPORT_CHECK_H
#define SUPPORT_CHECK_H

#include "support/resp.h"
#include "support/script.h"
#include "support/server.h"
#include "support/wait.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Sends one command line and wants exactly these bytes: assert_reply(conn, "PING", "+PONG\r\n"). */
#define assert_reply(conn, line, expected)                                                         \
    cr_assert(resp_call_is((conn), (line), (expected)), "another reply to: %s", (line))

/* Runs a script (support/script.h): assert_script(server, "SET k v ; GET k", "+OK", "$1⏎v"). */
#define assert_script(server, script, ...)                                                         \
    do {                                                                                           \
        const char *const expected_[] = {__VA_ARGS__, NULL};                                       \
        char *difference_ = script_run((server), (script), expected_);                             \
        cr_assert_null(difference_, "%s", difference_);                                            \
        free(difference_);                                                                         \
    } while (0)

#endif
