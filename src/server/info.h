/*
 * info: the sections of INFO. Fields of features that do not exist have the value that the stock
 * server shows when they are off, because clients and monitoring agents read them.
 */
#ifndef LATCHKEY_SERVER_INFO_H
#define LATCHKEY_SERVER_INFO_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>

struct server;

/* Our version, and that of the server whose commands are here but for replication, ACL,
 * cluster. */
#define LATCHKEY_VERSION "0.1.0"
#define LATCHKEY_REDIS_VERSION "7.2.4"
enum { LATCHKEY_REDIS_VERSION_NUMBER = 0x070204 }; /* two digits each, as scripts read it */

/* The writers of sections: rows of the table in app. Append the fields; return the sds. */
sds info_write_server(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_clients(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_memory(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_persistence(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_stats(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_replication(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_cpu(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_modules(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_command_stats(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_error_stats(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_latency_stats(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_cluster(struct server *server, sds text) __attribute__((warn_unused_result));
sds info_write_keyspace(struct server *server, sds text) __attribute__((warn_unused_result));

/*
 * The text of INFO with these arguments: names of sections, "default", "all", "everything"; none
 * is "default". To be freed with sds_free.
 */
sds info_describe(struct server *server, const struct bytes *names, size_t name_count)
    __attribute__((warn_unused_result));

/* All sections, for the crash report. To be freed with sds_free. */
sds info_describe_all(struct server *server) __attribute__((warn_unused_result));

/* Bytes of resident memory of the process, 0 when the system does not say. */
size_t info_resident_memory(void);

/* Bytes that are not data: tables, sessions, start-up. */
size_t info_overhead_memory(const struct server *server);

/* Appends a number of bytes as people read it: "1.00K". */
sds info_append_human_size(sds text, size_t size) __attribute__((warn_unused_result));

#endif
