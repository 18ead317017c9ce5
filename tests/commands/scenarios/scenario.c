#include "commands/scenarios/scenario.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_SIZE = 1024 };

static void send_list(struct resp_conn *conn, const char *format, va_list list) {
    char line[LINE_SIZE];
    int length = vsnprintf(line, sizeof line, format, list);
    cr_assert(length > 0 && (size_t)length < sizeof line);
    resp_send_command(conn, line);
}

void scenario_send(struct resp_conn *conn, const char *format, ...) {
    va_list list;
    va_start(list, format);
    send_list(conn, format, list);
    va_end(list);
}

struct resp_value *scenario_read(struct resp_conn *conn) {
    struct buffer reply = {0};
    cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
    struct resp_value *value = resp_value_parse(reply.data, reply.size);
    cr_assert_neq(value->type, '-', "%s", value->bytes);
    buffer_release(&reply);
    return value;
}

struct resp_value *scenario_call(struct resp_conn *conn, const char *format, ...) {
    va_list list;
    va_start(list, format);
    send_list(conn, format, list);
    va_end(list);
    return scenario_read(conn);
}

int64_t scenario_integer(struct resp_conn *conn, const char *format, ...) {
    va_list list;
    va_start(list, format);
    send_list(conn, format, list);
    va_end(list);
    struct resp_value *value = scenario_read(conn);
    cr_assert_eq(value->type, ':');
    int64_t integer = value->integer;
    resp_value_destroy(value);
    return integer;
}

double scenario_number(struct resp_conn *conn, const char *format, ...) {
    va_list list;
    va_start(list, format);
    send_list(conn, format, list);
    va_end(list);
    struct resp_value *value = scenario_read(conn);
    cr_assert(value->type == '$' && !value->is_null);
    double number = strtod(value->bytes, NULL);
    resp_value_destroy(value);
    return number;
}
