/*
 * scenario: how the programs of users talk to a server, in the scenarios beside this file.
 *
 * Commands are formats of printf, their words as in support/command_line.h.
 */
#ifndef SCENARIOS_SCENARIO_H
#define SCENARIOS_SCENARIO_H

#include "support/check.h"
#include "support/resp.h"

/* Sends a command and returns its reply, which is none of an error; resp_value_destroy it. */
struct resp_value *scenario_call(struct resp_conn *conn, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a command that replies with an integer. */
int64_t scenario_integer(struct resp_conn *conn, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for a command that replies with a string, which is a number. */
double scenario_number(struct resp_conn *conn, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sends a command without waiting for its reply. */
void scenario_send(struct resp_conn *conn, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The next reply, which is none of an error; resp_value_destroy it. */
struct resp_value *scenario_read(struct resp_conn *conn);

#endif
