/*
 * A refused connection gets its error written straight to the socket: there is no client yet.
 */
#include "server/accept.h"

#include "base/log.h"
#include "net/connection.h"
#include "server/client.h"
#include "server/config.h"
#include "server/server.h"

#include <errno.h>
#include <string.h>

enum { ACCEPT_MAX = 1000 };

static void refuse(struct server *server, struct connection *connection, struct bytes error) {
    server->statistics.rejected_connections++;
    int64_t ignored = connection_write(connection, error);
    (void)ignored; /* The connection is closed either way. */
    connection_close(server->loop, connection);
}

static bool is_protected(const struct server *server, const struct connection *connection) {
    const struct settings *settings = server->settings;
    return settings->protected_mode && settings->requirepass[0] == '\0' &&
           !connection_is_local(connection);
}

static void admit(struct server *server, struct connection *connection) {
    if (server->clients.count >= server->client_count_max) {
        refuse(server, connection, BYTES("-ERR max number of clients reached\r\n"));
        return;
    }
    if (is_protected(server, connection)) {
        refuse(server, connection,
               BYTES("-DENIED This server is in protected mode and its default user has no "
                     "password, so it accepts connections from its own host only. To allow "
                     "others: set a password with 'requirepass', or, if the network is trusted, "
                     "run 'CONFIG SET protected-mode no' from this host (and put it into the "
                     "configuration file).\r\n"));
        return;
    }
    connection_set_keepalive(connection, server->settings->tcp_keepalive_seconds);
    struct client *client = client_create(server, connection);
    if (event_loop_update(server->loop, &client->connection.source) != 0) {
        client_destroy(client);
        return;
    }
    server->statistics.connections_received++;
}

void accept_clients(struct server *server, struct listener *listener) {
    for (size_t i = 0; i < ACCEPT_MAX; i++) {
        struct connection connection;
        int error = connection_accept(listener, &connection);
        if (error == -EAGAIN) {
            return;
        }
        if (error != 0) {
            log_line(LOG_LEVEL_WARNING, "Accepting a connection failed: %s", strerror(-error));
            return;
        }
        admit(server, &connection);
    }
}
