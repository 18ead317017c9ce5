/*
 * dataset: data of every type in every encoding, and a description of all data of a server that is
 * the same for equal data, whatever the encodings and the order in tables.
 */
#ifndef PERSIST_DATASET_H
#define PERSIST_DATASET_H

#include "support/resp.h"
#include "support/server.h"

/* Fills databases 0 and 3. */
void dataset_fill(struct resp_conn *conn);

/* Appends a description of databases 0 to 15. */
void dataset_describe(struct resp_conn *conn, struct buffer *text);

/* The same of a server, over a connection of its own. The caller frees it. */
char *dataset_of_server(const struct test_server *server);

/* Wants the server to hold what dataset_of_server told of another one. */
void dataset_check_same(const struct test_server *server, const char *expected);

#endif
