/*
 * Output reaches a client in two ways: replies to its own requests as a span of the write arena
 * (turn.c), everything else through the queue of its connection, behind that span.
 */
#include "server/client.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "base/text.h"
#include "proto/reply.h"
#include "proto/resp_parse.h"
#include "server/blocking.h"
#include "server/command.h"
#include "server/config.h"
#include "server/durability.h"
#include "server/locks.h"
#include "server/propagate.h"
#include "server/pubsub.h"
#include "server/server.h"
#include "server/tracking.h"
#include "server/transaction.h"
#include "server/turn.h"

#include <string.h>

enum {
    /* What may wait for a client that has not given a password: error replies, nothing else. */
    UNAUTHENTICATED_OUTPUT_MAX = 64 * 1024,
    UNCOUNTED_REPLY_MAX = 16 * 1024, /* the part of a reply that the oracle's limits leave out */
};

/* Closing a connection takes the system microseconds: thousands at once would hold the loop. */
enum { FREE_SLICE_NS = 500000, FREED_BETWEEN_LOOKS = 8 };

void client_list_init(struct client_list *list) {
    list_init(&list->all);
    list_init(&list->closing);
    list_init(&list->gone);
    list->sweep = &list->all;
    list->count = 0;
    list->memory = 0;
    list->next_id = 1;
}

static struct client *create(struct server *server) {
    struct client *client = alloc_zeroed(sizeof *client);
    client->server = server;
    client->database = keyspace_database(server->keyspace, 0);
    client->protocol = RESP2;
    client->connection.source.fd = -1;
    client->created_ms = clock_unix_ms();
    client->last_active_ms = clock_unix_ms();
    list_init(&client->lock_holds);
    list_init(&client->redirections);
    return client;
}

struct client *client_create(struct server *server, const struct connection *connection) {
    struct client *client = create(server);
    client->connection = *connection;
    client->id = server->clients.next_id++;
    if (server->settings->requirepass[0] == '\0') {
        client->flags |= CLIENT_AUTHENTICATED;
    }
    list_push_back(&server->clients.all, &client->node);
    server->clients.count++;
    client_count_memory(client);
    return client;
}

struct client *client_create_internal(struct server *server) {
    struct client *client = create(server);
    client->flags = CLIENT_INTERNAL | CLIENT_AUTHENTICATED;
    return client;
}

static void unlink_if_linked(struct list_node *node) {
    if (list_is_linked(node)) {
        list_remove(node);
    }
}

/* Leaves everything that knows the client but the list of all. */
static void leave_parts(struct client *client) {
    blocking_forget(client);
    transaction_forget(client);
    turn_forget(client);
    durability_forget(client);
    unlink_if_linked(&client->postponed_node);
    unlink_if_linked(&client->monitor_node);
    server_update_gates(client->server);
}

static void leave_list(struct client *client) {
    if (list_is_linked(&client->node)) {
        struct client_list *clients = &client->server->clients;
        clients->sweep = clients->sweep == &client->node ? client->node.next : clients->sweep;
        list_remove(&client->node);
        clients->count--;
        clients->memory -= client->counted_memory;
    }
}

void client_destroy(struct client *client) {
    leave_parts(client);
    unlink_if_linked(&client->pending_node);
    leave_list(client);
    connection_close(client->server->loop, &client->connection);
    resp_builder_destroy(client->builder);
    sds_free(client->input);
    sds_free(client->name);
    sds_free(client->library_name);
    sds_free(client->library_version);
    sds_free(client->peer_address);
    sds_free(client->local_address);
    sds_free(client->pushes);
    pubsub_forget(client);
    tracking_forget(client);
    locks_forget(client);
    alloc_free(client);
}

void client_close_later(struct client *client) {
    if ((client->flags & (CLIENT_CLOSING | CLIENT_INTERNAL)) != 0) {
        return;
    }
    /* It must not be served any more: nothing may be taken for a client that is gone. */
    leave_parts(client);
    client->flags |= CLIENT_CLOSING;
    list_push_back(&client->server->clients.closing, &client->pending_node);
}

void client_close_after_reply(struct client *client) {
    client->flags |= CLIENT_CLOSE_AFTER_REPLY;
    turn_queue_write(client->server->turn, client);
}

/* Nobody sees or counts the client any more. */
static void bury(struct client *client) {
    locks_release(client->server->locks, client);
    locks_forget(client);
    (void)pubsub_forget_some(client);
    tracking_forget(client);
    leave_list(client);
    list_remove(&client->pending_node);
    list_push_back(&client->server->clients.gone, &client->pending_node);
}

static void free_gone(struct server *server) {
    int64_t start_ns = clock_monotonic_ns();
    for (size_t i = 1; !list_is_empty(&server->clients.gone); i++) {
        struct client *client = LIST_ENTRY(server->clients.gone.next, struct client, pending_node);
        if (!pubsub_forget_some(client)) {
            client_destroy(client);
        }
        if (i % FREED_BETWEEN_LOOKS == 0 && clock_monotonic_ns() - start_ns > FREE_SLICE_NS) {
            return;
        }
    }
}

bool client_some_are_gone(const struct server *server) {
    return !list_is_empty(&server->clients.gone);
}

void client_free_closed(struct server *server) {
    struct list_node *next = NULL;
    struct list_node *closing = &server->clients.closing;
    for (struct list_node *node = closing->next; node != closing; node = next) {
        struct client *client = LIST_ENTRY(node, struct client, pending_node);
        next = node->next;
        if ((client->flags & CLIENT_IN_TASK) == 0) {
            bury(client);
        }
    }
    if (client_some_are_gone(server)) {
        free_gone(server);
    }
    propagate_flush(server->propagate);
    if (blocking_has_ready_keys(server->blocking)) {
        blocking_serve(server->blocking);
    }
}

struct client *client_find(struct server *server, uint64_t id) {
    LIST_EACH(node, &server->clients.all) {
        struct client *client = LIST_ENTRY(node, struct client, node);
        if (client->id == id && (client->flags & CLIENT_CLOSING) == 0) {
            return client;
        }
    }
    return NULL;
}

enum client_class client_class(const struct client *client) {
    return (client->flags & CLIENT_IS_PUBSUB) != 0 ? CLIENT_CLASS_PUBSUB : CLIENT_CLASS_NORMAL;
}

static void send_gated(struct client *client, struct bytes message, bool wrote) {
    if ((client->flags & (CLIENT_CLOSING | CLIENT_INTERNAL)) != 0 || message.length == 0) {
        return;
    }
    client->connection.output.gate = durability_gate(client->server->durability, wrote);
    output_append(&client->connection.output, message);
    (void)client_enforce_output_limit(client);
}

void client_push(struct client *client, struct output_block *block) {
    if ((client->flags & (CLIENT_CLOSING | CLIENT_INTERNAL)) != 0) {
        return;
    }
    if (client == client->server->executing_client) {
        client_push_text(client, output_block_bytes(block));
        return;
    }
    client->connection.output.gate = durability_gate(client->server->durability, false);
    output_append_block(&client->connection.output, block);
    turn_queue_write(client->server->turn, client);
    (void)client_enforce_output_limit(client);
}

void client_push_text(struct client *client, struct bytes text) {
    sds pushes = client->pushes == NULL ? sds_with_capacity(0) : client->pushes;
    client->pushes = sds_append(pushes, text);
}

void client_take_pushes(struct client *client, struct reply *reply) {
    reply_raw(reply, sds_view(client->pushes));
    sds_free(client->pushes);
    client->pushes = NULL;
}

void client_send(struct client *client, struct bytes message) {
    send_gated(client, message, false);
    turn_queue_write(client->server->turn, client);
}

void client_send_reply(struct client *client, struct reply *reply, bool wrote) {
    if (UNLIKELY(wrote && durability_failure(client->server->durability) != NULL)) {
        client_close_later(client);
    } else {
        send_gated(client, reply_written(reply), wrote);
        turn_queue_reply(client->server->turn, client);
    }
    reply_release(reply);
}

bool client_is_muted(const struct client *client) {
    return (client->flags & (CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP)) != 0;
}

size_t client_output_size(const struct client *client) {
    return client->connection.output.size + client->span_size;
}

size_t client_memory(const struct client *client) {
    size_t total = sizeof *client + transaction_memory(client);
    total += output_memory(&client->connection.output);
    total += client->input == NULL ? 0 : sds_memory(client->input);
    total += client->builder == NULL ? 0 : resp_builder_memory(client->builder);
    total += client->name == NULL ? 0 : sds_memory(client->name);
    total += client->peer_address == NULL ? 0 : sds_memory(client->peer_address);
    total += client->local_address == NULL ? 0 : sds_memory(client->local_address);
    return total;
}

void client_count_memory(struct client *client) {
    size_t memory = client_memory(client);
    client->server->clients.memory += memory - client->counted_memory;
    client->counted_memory = memory;
}

static bool is_over_soft_limit(struct client *client, const struct output_limit *limit) {
    if (limit->soft_bytes == 0 || client->connection.output.size < limit->soft_bytes) {
        client->soft_limit_since_ms = 0;
        return false;
    }
    if (client->soft_limit_since_ms == 0) {
        client->soft_limit_since_ms = clock_unix_ms();
    }
    return clock_unix_ms() - client->soft_limit_since_ms >
           limit->soft_seconds * CLOCK_MS_PER_SECOND;
}

bool client_enforce_output_limit(struct client *client) {
    const struct output_limit *limit =
        &client->server->settings->output_limits[client_class(client)];
    size_t size = client->connection.output.size;
    if (client->span_size > UNCOUNTED_REPLY_MAX) {
        size += client->span_size - UNCOUNTED_REPLY_MAX;
    }
    bool is_unknown = (client->flags & CLIENT_AUTHENTICATED) == 0;
    bool is_over = (limit->hard_bytes != 0 && size >= limit->hard_bytes) ||
                   (is_unknown && size > UNAUTHENTICATED_OUTPUT_MAX);
    if (!is_over && !is_over_soft_limit(client, limit)) {
        return false;
    }
    client->server->statistics.output_limit_disconnections++;
    log_line(LOG_LEVEL_WARNING,
             "Client id=%llu is closed: %zu bytes wait to be sent, more than "
             "client-output-buffer-limit allows",
             (unsigned long long)client->id, size);
    client_close_later(client);
    return true;
}

void client_reset(struct client *client) {
    transaction_discard(client);
    locks_release(client->server->locks, client);
    pubsub_forget(client);
    tracking_disable(client);
    unlink_if_linked(&client->monitor_node);
    client->flags &=
        ~(uint32_t)(CLIENT_MONITOR | CLIENT_NO_EVICT | CLIENT_NO_TOUCH | CLIENT_REPLY_OFF |
                    CLIENT_REPLY_SKIP | CLIENT_REPLY_SKIP_NEXT | CLIENT_DEBUGS_SCRIPTS);
    client->database = keyspace_database(client->server->keyspace, 0);
    client->protocol = RESP2;
    client_set_text(&client->name, (struct bytes){NULL, 0});
    if (client->server->settings->requirepass[0] != '\0') {
        client->flags &= ~(uint32_t)CLIENT_AUTHENTICATED;
    }
    server_update_gates(client->server);
}

void client_set_text(sds *place, struct bytes text) {
    sds_free(*place);
    *place = text.length == 0 ? NULL : sds_new(text);
}

/* The system is asked once: to ask it for all clients of a list would hold the loop. */
static const char *known_address(sds *address, const struct connection *connection,
                                 void (*print)(const struct connection *connection, char *text)) {
    if (*address == NULL) {
        char text[CONNECTION_ADDRESS_SIZE] = "";
        print(connection, text);
        *address = sds_new(bytes_of_text(text));
    }
    return *address;
}

const char *client_peer_address(struct client *client) {
    return known_address(&client->peer_address, &client->connection, connection_peer_address);
}

const char *client_local_address(struct client *client) {
    return known_address(&client->local_address, &client->connection, connection_local_address);
}

bool client_has_permission(const struct client *client, int64_t permission) {
    return permission == PERMISSION_YES ||
           (permission == PERMISSION_LOCAL && connection_is_local(&client->connection));
}

/* ---- CLIENT LIST ---- */

struct flag_letter {
    uint32_t flags; /* any of them */
    char letter;
};

/* Adds the letters of those rows that are true of the client. Returns the new count. */
static size_t add_letters(const struct client *client, const struct flag_letter *rows,
                          size_t row_count, char *letters, size_t count) {
    for (size_t i = 0; i < row_count; i++) {
        if ((client->flags & rows[i].flags) != 0) {
            letters[count++] = rows[i].letter;
        }
    }
    return count;
}

/* In the order in which the stock server writes them. */
void client_flag_letters(const struct client *client, char letters[CLIENT_FLAG_TEXT_SIZE]) {
    static const struct flag_letter first[] = {
        {CLIENT_MONITOR, 'O'},
        {CLIENT_IS_PUBSUB, 'P'},
        {CLIENT_IN_MULTI | CLIENT_IN_EXEC, 'x'},
        {CLIENT_BLOCKED | CLIENT_POSTPONED, 'b'},
    };
    static const struct flag_letter late[] = {
        {CLIENT_CLOSE_AFTER_REPLY, 'c'},
        {CLIENT_CLOSING, 'A'},
    };
    static const struct flag_letter last[] = {
        {CLIENT_NO_EVICT, 'e'},
        {CLIENT_NO_TOUCH, 'T'},
    };
    size_t count = add_letters(client, first, ARRAY_SIZE(first), letters, 0);
    struct tracking_state tracking = tracking_state_of(client);
    if (tracking.is_on) {
        letters[count++] = 't';
    }
    if (tracking.is_broken) {
        letters[count++] = 'R';
    }
    if (tracking.options.broadcasts) {
        letters[count++] = 'B';
    }
    if (transaction_is_spoiled(client)) {
        letters[count++] = 'd';
    }
    count = add_letters(client, late, ARRAY_SIZE(late), letters, count);
    if (client->connection.is_unix) {
        letters[count++] = 'U';
    }
    count = add_letters(client, last, ARRAY_SIZE(last), letters, count);
    if (count == 0) {
        letters[count++] = 'N';
    }
    letters[count] = '\0';
}

struct figure {
    struct bytes label;
    int64_t number;
};

/* Not by sds_append_format, whose price would hold the loop for as many clients as there may be. */
static sds append_figures(sds text, const struct figure *figures, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char digits[TEXT_INT64_MAX_SIZE];
        size_t length = text_print_int64(digits, figures[i].number);
        text = sds_append(text, figures[i].label);
        text = sds_append(text, (struct bytes){digits, length});
    }
    return text;
}

static sds append_word(sds text, struct bytes label, const char *word) {
    return sds_append(sds_append(text, label), bytes_of_text(word));
}

static sds append_sds(sds text, struct bytes label, sds value) {
    text = sds_append(text, label);
    return value == NULL ? text : sds_append(text, sds_view(value));
}

static sds describe_session(const struct client *client, sds text) {
    char flags[CLIENT_FLAG_TEXT_SIZE];
    client_flag_letters(client, flags);
    int64_t now_ms = clock_unix_ms();
    const struct figure times[] = {
        {BYTES(" age="), (now_ms - client->created_ms) / CLOCK_MS_PER_SECOND},
        {BYTES(" idle="), (now_ms - client->last_active_ms) / CLOCK_MS_PER_SECOND},
    };
    const struct figure counts[] = {
        {BYTES(" db="), database_index(client->database)},
        {BYTES(" sub="), (int64_t)pubsub_subscription_count(client, PUBSUB_CHANNEL)},
        {BYTES(" psub="), (int64_t)pubsub_subscription_count(client, PUBSUB_PATTERN)},
        {BYTES(" ssub="), (int64_t)pubsub_subscription_count(client, PUBSUB_SHARD_CHANNEL)},
        {BYTES(" multi="), (int64_t)transaction_queue_length(client)},
        {BYTES(" watch="), (int64_t)transaction_watch_count(client)},
    };
    text = append_figures(text, times, ARRAY_SIZE(times));
    text = append_word(text, BYTES(" flags="), flags);
    return append_figures(text, counts, ARRAY_SIZE(counts));
}

static sds describe_buffers(const struct client *client, sds text) {
    size_t input = client->input == NULL ? 0 : sds_length(client->input);
    input += client->builder == NULL ? 0 : resp_builder_memory(client->builder);
    /* omem is what the limits are about, as operators expect. */
    const struct figure figures[] = {
        {BYTES(" qbuf="), (int64_t)input},
        {BYTES(" qbuf-free=0 argv-mem=0 multi-mem="), (int64_t)transaction_memory(client)},
        {BYTES(" rbs=0 rbp=0 obl="), (int64_t)client->span_size},
        {BYTES(" oll="), (int64_t)client->connection.output.count},
        {BYTES(" omem="), (int64_t)client->connection.output.size},
        {BYTES(" tot-mem="), (int64_t)client_memory(client)},
    };
    text = append_figures(text, figures, ARRAY_SIZE(figures));
    bool wants_write = client->connection.source.wants_write;
    return append_word(text, BYTES(" events="), wants_write ? "rw" : "r");
}

static sds describe_use(const struct client *client, sds text) {
    struct tracking_state tracking = tracking_state_of(client);
    const struct figure modes[] = {
        {BYTES(" user=default redir="),
         tracking.is_on ? (int64_t)tracking.options.redirect_id : -1},
        {BYTES(" resp="), client->protocol},
    };
    const struct figure totals[] = {
        {BYTES(" tot-net-in="), client->input_bytes},
        {BYTES(" tot-net-out="), client->output_bytes},
        {BYTES(" tot-cmds="), client->command_count},
    };
    const char *command = client->last_command == NULL ? "NULL" : client->last_command->name;
    text = append_word(text, BYTES(" cmd="), command);
    text = append_figures(text, modes, ARRAY_SIZE(modes));
    text = append_sds(text, BYTES(" lib-name="), client->library_name);
    text = append_sds(text, BYTES(" lib-ver="), client->library_version);
    return append_figures(text, totals, ARRAY_SIZE(totals));
}

sds client_describe(struct client *client, sds text) {
    const struct figure id = {BYTES("id="), (int64_t)client->id};
    const struct figure descriptor = {BYTES(" fd="), client->connection.source.fd};
    text = append_figures(text, &id, 1);
    text = append_word(text, BYTES(" addr="), client_peer_address(client));
    text = append_word(text, BYTES(" laddr="), client_local_address(client));
    text = append_figures(text, &descriptor, 1);
    text = append_sds(text, BYTES(" name="), client->name);
    text = describe_session(client, text);
    text = describe_buffers(client, text);
    return describe_use(client, text);
}
