/*
 * live_server: a whole server but for its listeners, inside of a fuzz target, with clients at the
 * ends of socket pairs.
 */
#ifndef FUZZ_LIVE_SERVER_H
#define FUZZ_LIVE_SERVER_H

#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "net/connection.h"
#include "net/event_loop.h"
#include "script/scripting.h"
#include "server/client.h"
#include "server/config.h"
#include "server/server.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIVE_SERVER_OPTION_MAX = 16, LIVE_SERVER_REPLY_SIZE = 65536 };

/* Makes a server of these options, the first of which is the program's name. plugs: kept. */
static inline struct server *live_server_create(const char *const options[], size_t count,
                                                const struct server_plugs *plugs) {
    char *copies[LIVE_SERVER_OPTION_MAX];
    ASSERT(count <= LIVE_SERVER_OPTION_MAX);
    for (size_t i = 0; i < count; i++) {
        copies[i] = strdup(options[i]);
    }
    struct config *config = config_create();
    sds error = config_load(config, (int)count, copies);
    for (size_t i = 0; i < count; i++) {
        free(copies[i]);
    }
    ASSERT(error == NULL);
    clock_init();
    static const uint8_t seed[HASH_SEED_SIZE] = {1};
    hash_set_seed(seed);
    struct server *server = server_create(config, plugs);
    ASSERT(server != NULL);
    server->scripting = scripting_create(server);
    return server;
}

/* Makes the server's client of one end of a socket pair, which it takes. */
static inline struct client *live_server_connect(struct server *server, int fd) {
    struct connection connection = {
        .source = {.fd = fd, .kind = EVENT_SOURCE_CONNECTION, .wants_read = true},
        .is_unix = true,
    };
    struct client *client = client_create(server, &connection);
    int error = event_loop_update(server->loop, &client->connection.source);
    ASSERT(error == 0);
    return client;
}

/* Reads the replies that have come to the other end, and forgets them. */
static inline void live_server_drain(int fd) {
    char bytes[LIVE_SERVER_REPLY_SIZE];
    while (read(fd, bytes, sizeof bytes) > 0) {
    }
}

#endif
