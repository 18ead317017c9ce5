/*
 * Requests of a batch are views into the read arena. Their keys were hashed when they were parsed;
 * while one request executes, the bucket of a later one and the entry of a nearer one are loaded
 * into the cache: most of the time of a small command went into waiting for these.
 *
 * A client that stops on its way (blocked, held back) keeps the bytes of its unexecuted requests as
 * its own input. A client whose request is incomplete keeps the rest likewise; once that rest is
 * large, a resp_builder takes it over, so that no byte is parsed twice.
 *
 * Replies of a client stand as one span in the write arena, sent before what its queue holds. When
 * the arena is used up, what was executed so far is sent, and the turn goes on. Who made requests,
 * in this turn or before it was blocked, is answered before messages go to others: it can send the
 * next ones meanwhile.
 */
#include "server/turn.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/panic.h"
#include "net/arena.h"
#include "net/event_loop.h"
#include "net/socket_batch.h"
#include "proto/reply.h"
#include "proto/resp_parse.h"
#include "server/accept.h"
#include "server/client.h"
#include "server/command.h"
#include "server/config.h"
#include "server/dispatch.h"
#include "server/durability.h"
#include "server/locks.h"
#include "server/prefetch.h"
#include "server/propagate.h"
#include "server/request.h"
#include "server/server.h"
#include "server/task.h"
#include "server/tracking.h"
#include "structs/journal.h"

#include <errno.h>
#include <string.h>

enum {
    READ_ARENA_SIZE = 2 * 1024 * 1024,
    WRITE_ARENA_SIZE = 2 * 1024 * 1024,
    READ_MAX = 64 * 1024,            /* bytes that one connection may bring in a turn */
    SLICE_SIZE = 4096 + 320,         /* … in a batch; slices do not all begin in one cache set */
    WRITE_UNCHECKED_MAX = 16 * 1024, /* no limit of a class is looked up for less */
    WRITE_FLUSH_SIZE = 256 * 1024,   /* sent at once when so much is there: it is still cached */
    BUILDER_SIZE_MIN = 16 * 1024,    /* an incomplete request of this size gets a builder */
    BATCH_MAX = 256,
    BUCKET_DISTANCE = 16, /* requests between prefetching a bucket and executing */
    ENTRY_DISTANCE = 8,
    VALUE_DISTANCE = 4,
    VAIN_MAX = 64, /* that many tries in vain in a row, and a short cut is not worth trying … */
    SAMPLE = 16,   /* … but for one request in so many */
    ELEMENT_GROUP = 8, /* requests whose elements are prefetched together */
    TRIMMED_SIZE = 256 * 1024,
    HELD_OUTPUT_MAX = 1024 * 1024, /* bytes that wait for the log before a client must wait, too */
};

/* A request of the batch. */
struct parsed_request {
    struct client *client; /* NULL: dropped */
    const struct known_command *command;
    uint64_t key_hash; /* 0 = no key, or not known */
    size_t first_arg;  /* in turn.args */
    size_t argc;
    char *input_at;               /* the request's own bytes; NULL: gone (inline, builder) */
    char *input_next;             /* the bytes behind it, … */
    char *input_end;              /* … up to here */
    bool is_canonical;            /* the bytes are those that this server would write */
    bool is_prefetched;           /* its key is another one than that of the request before */
    struct resp_builder *builder; /* owns the arguments of a large request */
};

/* A client's part of the batch of sends. */
struct begun_write {
    struct client *client;
    struct bytes span;
};

struct turn {
    struct server *server;
    struct socket_batch *sockets;
    char *slices; /* SOCKET_BATCH_MAX of SLICE_SIZE: what the last batch of receives brought */
    struct begun_write begun_writes[SOCKET_BATCH_MAX];
    struct arena read_arena;
    struct arena write_arena;
    struct resp_args args;
    struct parsed_request batch[BATCH_MAX];
    size_t batch_count;
    struct bytes last_key;  /* the first key of the batch's last request that had one, … */
    uint64_t last_hash;     /* … and its hash; 0: none yet */
    uint32_t inline_values; /* the last so many values stood in their entries */
    uint32_t distinct_keys; /* the last so many keys that were compared were other ones */
    struct recent_commands recent;
    struct list_node pending;  /* clients by pending_node */
    struct list_node answered; /* clients by write_node that get replies: they go first */
    struct list_node writes;   /* all others with something to be written */
    struct journal *journal;
    uint64_t run_start;  /* the journal's end when the current client's run of requests began */
    uint64_t run_offset; /* of the journal: what was read in this run waits for it */
};

struct turn *turn_create(struct server *server) {
    struct turn *turn = alloc_zeroed(sizeof *turn);
    turn->server = server;
    turn->sockets = socket_batch_create(server->settings->io_uring);
    turn->slices = alloc_new((size_t)SOCKET_BATCH_MAX * SLICE_SIZE);
    turn->journal = durability_journal(server->durability);
    arena_init(&turn->read_arena, READ_ARENA_SIZE);
    arena_init(&turn->write_arena, WRITE_ARENA_SIZE);
    list_init(&turn->pending);
    list_init(&turn->answered);
    list_init(&turn->writes);
    return turn;
}

void turn_destroy(struct turn *turn) {
    if (turn == NULL) {
        return;
    }
    socket_batch_destroy(turn->sockets);
    alloc_free(turn->slices);
    arena_release(&turn->read_arena);
    arena_release(&turn->write_arena);
    resp_args_release(&turn->args);
    alloc_free(turn);
}

/* ---- Write ---- */

static void update_interest(struct turn *turn, struct client *client) {
    struct event_source *source = &client->connection.source;
    const struct output *output = &client->connection.output;
    bool wants_write = output_is_sendable(output);
    /* Who is answered late must not pile up replies: it is read from again when they leave. */
    bool is_piling_up = output->size > HELD_OUTPUT_MAX && !wants_write;
    bool wants_read = (client->flags & CLIENT_CLOSE_AFTER_REPLY) == 0 && !is_piling_up;
    if (source->wants_write == wants_write && source->wants_read == wants_read) {
        return;
    }
    source->wants_write = wants_write;
    source->wants_read = wants_read;
    if (event_loop_update(turn->server->loop, source) != 0) {
        client_close_later(client);
    }
}

/*
 * Moves replies that the log holds back to the queue. Returns false when the client is gone: they
 * tell of a write that may be lost.
 */
static bool hold_span(struct turn *turn, struct client *client, struct bytes *span) {
    struct durability *durability = turn->server->durability;
    if (LIKELY(!durability_is_held(durability, client->span_gate))) {
        return true;
    }
    if (durability_failure(durability) == NULL) {
        output_prepend(&client->connection.output, *span, client->span_gate);
        *span = (struct bytes){NULL, 0};
        return true;
    }
    if (client->span_gate.is_write) {
        client_close_later(client);
        return false;
    }
    return true;
}

/* What follows when a client's span, and its queue as far as it went, were sent. */
static void end_write(struct turn *turn, struct client *client, int64_t sent) {
    if (sent < 0) {
        client_close_later(client);
        return;
    }
    client->output_bytes += sent;
    turn->server->statistics.output_bytes += sent;
    turn->server->statistics.writes_processed++;
    if (client->connection.output.size == 0 && (client->flags & CLIENT_CLOSE_AFTER_REPLY) != 0) {
        client_close_later(client);
        return;
    }
    if (client->connection.output.count == 0 || output_is_sendable(&client->connection.output)) {
        durability_unhold(client);
    }
    if (client->connection.output.size == 0) {
        client->soft_limit_since_ms = 0;
        update_interest(turn, client);
    } else if (!client_enforce_output_limit(client)) {
        update_interest(turn, client);
    }
}

static void begin_write(struct turn *turn, struct client *client) {
    struct bytes span = {client->span, client->span_size};
    /* What is over the limit is not begun. */
    bool is_over = UNLIKELY(client_output_size(client) > WRITE_UNCHECKED_MAX) &&
                   client_enforce_output_limit(client);
    client->span = NULL;
    client->span_size = 0;
    if (is_over) {
        return;
    }
    if (span.length > 0 && !hold_span(turn, client, &span)) {
        return;
    }
    if (client->connection.output.count > 0) {
        durability_hold(turn->server->durability, client);
    }
    if (UNLIKELY((client->flags & CLIENT_CLOSING) != 0)) {
        return; /* What it would hear is of a write that may be lost. */
    }
    size_t index = socket_batch_count(turn->sockets);
    if (connection_begin_write(&client->connection, turn->sockets, span)) {
        turn->begun_writes[index] = (struct begun_write){client, span};
        client->flags |= CLIENT_WRITE_BEGUN;
    } else {
        end_write(turn, client, 0);
    }
}

static void end_begun_writes(struct turn *turn) {
    size_t count = socket_batch_count(turn->sockets);
    socket_batch_run(turn->sockets);
    for (size_t i = 0; i < count; i++) {
        const struct begun_write *begun = &turn->begun_writes[i];
        struct client *client = begun->client;
        int64_t result = socket_batch_result(turn->sockets, i);
        client->flags &= ~(uint32_t)CLIENT_WRITE_BEGUN;
        end_write(turn, client, connection_end_write(&client->connection, begun->span, result));
    }
}

static void write_all_clients(struct turn *turn) {
    durability_hand_over(turn->server->durability);
    struct list_node *node = NULL;
    while ((node = list_pop_front(&turn->answered)) != NULL ||
           (node = list_pop_front(&turn->writes)) != NULL) {
        struct client *client = LIST_ENTRY(node, struct client, write_node);
        client->flags &= ~(uint32_t)CLIENT_WRITE_QUEUED;
        if (socket_batch_count(turn->sockets) == SOCKET_BATCH_MAX ||
            (client->flags & CLIENT_WRITE_BEGUN) != 0) {
            end_begun_writes(turn);
        }
        begin_write(turn, client);
    }
    end_begun_writes(turn);
    arena_reset(&turn->write_arena);
}

/* ---- Execute ---- */

static void start_reply(struct turn *turn, const struct client *client, struct reply *reply) {
    turn->run_start = journal_end(turn->journal);
    turn->run_offset = 0;
    reply_init(reply, arena_place(&turn->write_arena), arena_room(&turn->write_arena),
               client->protocol);
}

static void queue_write(struct client *client, struct list_node *list) {
    if ((client->flags & (CLIENT_WRITE_QUEUED | CLIENT_CLOSING | CLIENT_INTERNAL)) == 0) {
        client->flags |= CLIENT_WRITE_QUEUED;
        list_push_back(list, &client->write_node);
    }
}

/* Puts the replies of a client's run of requests where they will be sent from. */
static void finish_reply(struct turn *turn, struct client *client, struct reply *reply) {
    struct bytes written = reply_written(reply);
    if (written.length == 0 || (client->flags & (CLIENT_CLOSING | CLIENT_INTERNAL)) != 0) {
        reply_release(reply);
        return;
    }
    queue_write(client, &turn->answered);
    struct output *output = &client->connection.output;
    struct output_gate gate = {.offset = turn->run_offset};
    if (journal_end(turn->journal) != turn->run_start) {
        gate = durability_gate(turn->server->durability, true);
    }
    bool is_lent = reply->own == NULL;
    bool can_extend = is_lent && output->size == 0 &&
                      (client->span_size == 0 || client->span + client->span_size == written.data);
    if (is_lent) {
        arena_take(&turn->write_arena, written.length);
    }
    if (can_extend) {
        struct output_gate before = client->span_size > 0 ? client->span_gate : gate;
        client->span = client->span_size == 0 ? reply->start : client->span;
        client->span_gate.offset = before.offset > gate.offset ? before.offset : gate.offset;
        client->span_gate.is_write = before.is_write || gate.is_write;
        client->span_size += written.length;
    } else if (is_lent) {
        output->gate = gate;
        output_append(output, written);
    } else {
        output->gate = gate;
        sds_set_length(reply->own, written.length);
        output_append_sds(output, reply->own);
        reply->own = NULL;
    }
    if (arena_place(&turn->write_arena) - turn->write_arena.memory > WRITE_FLUSH_SIZE ||
        output->size > 0) {
        write_all_clients(turn);
    }
}

static inline bool is_worth_trying(uint32_t vain_count, size_t index) {
    return vain_count < VAIN_MAX || index % SAMPLE == 0;
}

static bool is_prefetched(const struct turn *turn, size_t index) {
    return index < turn->batch_count && turn->batch[index].is_prefetched &&
           turn->batch[index].client != NULL;
}

static void prefetch_bucket(const struct turn *turn, size_t index) {
    if (is_prefetched(turn, index)) {
        keyspace_prefetch_bucket(turn->batch[index].client->database, turn->batch[index].key_hash);
    }
}

static void prefetch_entry(const struct turn *turn, size_t index) {
    if (is_prefetched(turn, index)) {
        keyspace_prefetch_entry(turn->batch[index].client->database, turn->batch[index].key_hash);
    }
}

/* Where values stand in their entries nothing is gained: then only some are looked at. */
static inline void prefetch_value(struct turn *turn, size_t index) {
    bool is_tried = is_worth_trying(turn->inline_values, index);
    if (!is_tried || !is_prefetched(turn, index)) {
        return;
    }
    const struct database *database = turn->batch[index].client->database;
    bool is_outside = keyspace_prefetch_value(database, turn->batch[index].key_hash);
    turn->inline_values = is_outside ? 0 : turn->inline_values + 1;
}

/* Loads what the next requests will look for inside their keys' values. */
static void prefetch_group(const struct turn *turn, size_t first) {
    struct prefetch_element elements[ELEMENT_GROUP];
    size_t count = 0;
    for (size_t i = first; i < first + ELEMENT_GROUP && i < turn->batch_count; i++) {
        const struct parsed_request *parsed = &turn->batch[i];
        if (parsed->key_hash == 0 || parsed->client == NULL) {
            continue;
        }
        size_t element = parsed->command->row->element;
        if (element == 0 || element >= parsed->argc) {
            continue;
        }
        const struct bytes *args = turn->args.items + parsed->first_arg;
        elements[count++] = (struct prefetch_element){
            .database = parsed->client->database,
            .key = args[parsed->command->first_key],
            .key_hash = parsed->key_hash,
            .name = args[element],
        };
    }
    if (count > 0) {
        prefetch_elements(elements, count);
    }
}

static void keep_input(struct client *client, struct bytes rest) {
    sds kept = rest.length > 0 ? sds_new(rest) : NULL;
    sds_free(client->input);
    client->input = kept;
}

/* Writes a request that only a builder holds as bytes again. */
static sds encode_request(const struct bytes *args, size_t argc) {
    sds text = sds_append_format(sds_with_capacity(0), "*%zu\r\n", argc);
    for (size_t i = 0; i < argc; i++) {
        text = sds_append_format(text, "$%zu\r\n", args[i].length);
        text = sds_append(text, args[i]);
        text = sds_append(text, BYTES("\r\n"));
    }
    return text;
}

/*
 * A client stopped at this request: what it sent behind it, and the request itself if it was held
 * back, stays its own input; its later requests leave the batch.
 */
static void keep_unexecuted(struct turn *turn, size_t index) {
    struct parsed_request *parsed = &turn->batch[index];
    struct client *client = parsed->client;
    for (size_t i = index + 1; i < turn->batch_count && turn->batch[i].client == client; i++) {
        turn->batch[i].client = NULL;
    }
    if ((client->flags & (CLIENT_CLOSING | CLIENT_CLOSE_AFTER_REPLY)) != 0) {
        return;
    }
    /* A builder that was begun from these bytes would see them twice. */
    resp_builder_destroy(client->builder);
    client->builder = NULL;
    const char *at = parsed->input_next;
    if ((client->flags & CLIENT_POSTPONED) != 0 && parsed->input_at != NULL) {
        at = parsed->input_at;
    }
    keep_input(client, (struct bytes){at, (size_t)(parsed->input_end - at)});
    if ((client->flags & CLIENT_POSTPONED) != 0 && parsed->input_at == NULL) {
        sds text = encode_request(turn->args.items + parsed->first_arg, parsed->argc);
        if (client->input != NULL) {
            text = sds_append(text, sds_view(client->input));
        }
        sds_free(client->input);
        client->input = text;
    }
}

static void execute_one(struct turn *turn, size_t index, struct reply *reply) {
    const struct parsed_request *parsed = &turn->batch[index];
    struct client *client = parsed->client;
    struct bytes raw = {NULL, 0};
    if (parsed->is_canonical) {
        raw = (struct bytes){parsed->input_at, (size_t)(parsed->input_next - parsed->input_at)};
    }
    struct request req = {
        .server = turn->server,
        .client = client,
        .database = client->database,
        .command = parsed->command,
        .args = turn->args.items + parsed->first_arg,
        .argc = parsed->argc,
        .first_key_hash = parsed->key_hash,
        .first_key = parsed->key_hash != 0 ? (size_t)parsed->command->first_key : 0,
        .effects = propagate_effects(turn->server->propagate),
        .raw = raw,
        .builder = parsed->builder,
    };
    reply->protocol = client->protocol;
    dispatch_request(&req, reply);
    if (UNLIKELY(durability_mode(turn->server->durability) == DURABILITY_ALL)) {
        uint64_t offset = durability_read_offset(turn->server->durability, &req);
        turn->run_offset = offset > turn->run_offset ? offset : turn->run_offset;
    }
    if (UNLIKELY((client->flags & CLIENT_STOPPED) != 0)) {
        keep_unexecuted(turn, index);
    }
}

static void execute_batch(struct turn *turn) {
    turn->server->last_ticks = clock_ticks();
    for (size_t i = 0; i < BUCKET_DISTANCE; i++) {
        prefetch_bucket(turn, i);
    }
    for (size_t i = 0; i < ENTRY_DISTANCE; i++) {
        prefetch_entry(turn, i);
    }
    for (size_t i = 0; i < VALUE_DISTANCE; i++) {
        prefetch_value(turn, i);
    }
    struct client *client = NULL;
    struct reply reply;
    for (size_t i = 0; i < turn->batch_count; i++) {
        prefetch_bucket(turn, i + BUCKET_DISTANCE);
        prefetch_entry(turn, i + ENTRY_DISTANCE);
        prefetch_value(turn, i + VALUE_DISTANCE);
        if (i % ELEMENT_GROUP == 0) {
            prefetch_group(turn, i);
        }
        struct parsed_request *parsed = &turn->batch[i];
        if (parsed->client != client && client != NULL) {
            finish_reply(turn, client, &reply);
        }
        if (parsed->client != client && parsed->client != NULL) {
            start_reply(turn, parsed->client, &reply);
        }
        client = parsed->client;
        if (client != NULL && (client->flags & CLIENT_STOPPED) == 0) {
            execute_one(turn, i, &reply);
            if (reply_written(&reply).length > WRITE_FLUSH_SIZE) {
                finish_reply(turn, client, &reply);
                start_reply(turn, client, &reply);
            }
        }
        resp_builder_destroy(parsed->builder);
    }
    if (client != NULL) {
        finish_reply(turn, client, &reply);
    }
    turn->batch_count = 0;
    turn->args.count = 0;
    turn->last_hash = 0;
}

/* ---- Parse ---- */

/* What a client brought in this turn. */
struct turn_input {
    struct client *client;
    char *at;
    char *end;
};

static void refuse_input(struct turn *turn, struct client *client, const char *error) {
    execute_batch(turn); /* The error takes its place behind the replies to what came before. */
    if ((client->flags & CLIENT_STOPPED) != 0) {
        return; /* What came before made it wait, and its input was kept: the error comes later. */
    }
    turn->server->statistics.protocol_errors++;
    log_line(LOG_LEVEL_VERBOSE, "Protocol error from client id=%llu: %s",
             (unsigned long long)client->id, error);
    struct reply reply;
    reply_init(&reply, NULL, 0, client->protocol);
    reply_error_format(&reply, "ERR %s", error);
    client_send_reply(client, &reply, false);
    client_close_after_reply(client);
}

/* Queues and counters see one key many times in a row: it is hashed once. */
static bool is_last_key(struct turn *turn, struct bytes key) {
    if (!is_worth_trying(turn->distinct_keys, turn->batch_count)) {
        return false;
    }
    bool is_same = turn->last_hash != 0 && bytes_equal(key, turn->last_key);
    turn->distinct_keys = is_same ? 0 : turn->distinct_keys + 1;
    return is_same;
}

/* Takes the request that the caller has written behind the batch into it. */
static void add_to_batch(struct turn *turn) {
    struct parsed_request *parsed = &turn->batch[turn->batch_count++];
    const struct bytes *args = turn->args.items + parsed->first_arg;
    parsed->command = dispatch_find_recent(turn->server, &turn->recent, args, parsed->argc);
    size_t first_key = parsed->command == NULL ? 0 : (size_t)parsed->command->first_key;
    if (first_key != 0 && first_key < parsed->argc) {
        parsed->is_prefetched = !is_last_key(turn, args[first_key]);
        if (parsed->is_prefetched) {
            turn->last_key = args[first_key];
            turn->last_hash = hash_bytes(args[first_key]);
        }
        parsed->key_hash = turn->last_hash;
    }
}

/* Appends the request that the client's builder has completed. */
static void add_built_request(struct turn *turn, const struct turn_input *input) {
    struct client *client = input->client;
    struct resp_builder *builder = client->builder;
    client->builder = NULL;
    size_t argc = resp_builder_arg_count(builder);
    if (argc == 0) {
        resp_builder_destroy(builder);
        return;
    }
    size_t first_arg = turn->args.count;
    for (size_t i = 0; i < argc; i++) {
        resp_args_append(&turn->args, resp_builder_arg(builder, i));
    }
    turn->batch[turn->batch_count] = (struct parsed_request){
        .client = client,
        .first_arg = first_arg,
        .argc = argc,
        .input_next = input->at,
        .input_end = input->end,
        .builder = builder,
    };
    add_to_batch(turn);
}

static enum resp_status feed_builder(struct turn *turn, struct turn_input *input,
                                     const struct resp_limits *limits,
                                     char error[RESP_ERROR_SIZE]) {
    struct client *client = input->client;
    size_t consumed = 0;
    enum resp_status status = resp_builder_feed(
        client->builder, input->at, (size_t)(input->end - input->at), limits, &consumed, error);
    if (status == RESP_INVALID) {
        return status;
    }
    input->at += consumed;
    if (status == RESP_DONE) {
        add_built_request(turn, input);
    }
    return status;
}

static enum resp_status parse_one(struct turn *turn, struct turn_input *input,
                                  const struct resp_limits *limits, char error[RESP_ERROR_SIZE]) {
    struct client *client = input->client;
    if (UNLIKELY(client->builder != NULL)) {
        return feed_builder(turn, input, limits, error);
    }
    struct resp_request request;
    size_t size = (size_t)(input->end - input->at);
    char *start = *input->at == '*' ? input->at : NULL;
    enum resp_status status =
        resp_parse_request(input->at, size, limits, &turn->args, &request, error);
    if (LIKELY(status == RESP_DONE)) {
        input->at += request.consumed_size;
        if (request.arg_count > 0) {
            turn->batch[turn->batch_count] = (struct parsed_request){
                .client = client,
                .first_arg = request.first_arg,
                .argc = request.arg_count,
                .input_at = start,
                .input_next = input->at,
                .input_end = input->end,
                .is_canonical = request.is_canonical,
            };
            add_to_batch(turn);
        }
        return status;
    }
    if (status == RESP_NEED_MORE && size >= BUILDER_SIZE_MIN && *input->at == '*') {
        client->builder = resp_builder_create();
        return feed_builder(turn, input, limits, error);
    }
    return status;
}

static bool is_over_query_limit(struct turn *turn, struct client *client) {
    size_t held = (client->input == NULL ? 0 : sds_length(client->input)) +
                  (client->builder == NULL ? 0 : resp_builder_memory(client->builder));
    if (held <= (size_t)turn->server->settings->client_query_buffer_limit_bytes) {
        return false;
    }
    log_line(LOG_LEVEL_WARNING, "Closing client id=%llu that reached max query buffer length",
             (unsigned long long)client->id);
    turn->server->statistics.query_limit_disconnections++;
    client_close_later(client);
    return true;
}

static struct resp_limits limits_of(const struct turn *turn, const struct client *client) {
    return (struct resp_limits){
        .bulk_size_max = (size_t)turn->server->settings->proto_max_bulk_len_bytes,
        .argument_count_max = RESP_ARGUMENT_COUNT_MAX,
        .is_authenticated = (client->flags & CLIENT_AUTHENTICATED) != 0,
    };
}

/* Executes the batch. Returns false when that stopped the client: its input was kept then. */
static bool may_go_on(struct turn *turn, struct client *client) {
    execute_batch(turn);
    return (client->flags & CLIENT_STOPPED) == 0 && client->input == NULL;
}

/* Parses what a client brought, executing the batch when it is full. */
static void parse_input(struct turn *turn, struct turn_input input) {
    struct client *client = input.client;
    struct resp_limits limits = limits_of(turn, client);
    while (input.at < input.end) {
        /* An inline request is unquoted in place, so its bytes could not be kept for later. */
        if (UNLIKELY(*input.at != '*') && client->builder == NULL && turn->batch_count > 0 &&
            !may_go_on(turn, client)) {
            return;
        }
        char error[RESP_ERROR_SIZE];
        enum resp_status status = parse_one(turn, &input, &limits, error);
        if (status == RESP_INVALID) {
            refuse_input(turn, client, error);
            return;
        }
        if (status == RESP_NEED_MORE) {
            keep_input(client, (struct bytes){input.at, (size_t)(input.end - input.at)});
            (void)is_over_query_limit(turn, client);
            return;
        }
        /* Limits change when a client authenticates: until then, one request at a time. */
        if (turn->batch_count == BATCH_MAX || !limits.is_authenticated) {
            if (!may_go_on(turn, client)) {
                return;
            }
            limits = limits_of(turn, client);
        }
    }
}

/* ---- Read ---- */

static void count_input(struct turn *turn, struct client *client, int64_t size) {
    client->last_active_ms = clock_unix_ms();
    if (UNLIKELY((client->flags & CLIENT_AWAITED) != 0)) {
        durability_heard(turn->server->durability, client);
    }
    client->input_bytes += size;
    turn->server->statistics.input_bytes += size;
    turn->server->statistics.reads_processed++;
}

/* Makes sure that the arena has room for what the client kept and for one read. */
static void make_room(struct turn *turn, const struct client *client) {
    size_t kept = client->input == NULL ? 0 : sds_length(client->input);
    if (arena_room(&turn->read_arena) < kept + READ_MAX) {
        execute_batch(turn);
        write_all_clients(turn);
        arena_reset(&turn->read_arena);
    }
}

/* Moves what the client kept into the arena; the next bytes can be read right behind it. */
static char *move_kept_input(struct turn *turn, struct client *client) {
    char *start = arena_place(&turn->read_arena);
    if (client->input != NULL) {
        size_t size = sds_length(client->input);
        memcpy(start, client->input, size);
        arena_take(&turn->read_arena, size);
        sds_free(client->input);
        client->input = NULL;
    }
    return start;
}

/* Reads into the arena, the first part straight into a large argument if one is under way. */
static int64_t read_to_arena(struct turn *turn, struct client *client) {
    char *place = NULL;
    size_t missing = client->builder == NULL ? 0 : resp_builder_place(client->builder, &place);
    char *at = arena_place(&turn->read_arena);
    if (missing == 0) {
        int64_t size = connection_read(&client->connection, at, READ_MAX);
        if (size > 0) {
            arena_take(&turn->read_arena, (size_t)size);
        }
        if (size < SLICE_SIZE) {
            client->flags &= ~(uint32_t)CLIENT_SENDS_MUCH;
        }
        return size;
    }
    struct iovec places[] = {{place, missing}, {at, READ_MAX}};
    int64_t size = connection_read_two(&client->connection, places);
    if (size > 0) {
        size_t direct = (size_t)size < missing ? (size_t)size : missing;
        resp_builder_received(client->builder, direct);
        arena_take(&turn->read_arena, (size_t)size - direct);
    }
    return size;
}

/* Keeps for later what a stopped client sent. size: what reading it gave. */
static void keep_received(struct turn *turn, struct client *client, const char *at, int64_t size) {
    if (size > 0) {
        count_input(turn, client, size);
        sds kept = client->input == NULL ? sds_with_capacity((size_t)size) : client->input;
        client->input = sds_append(kept, (struct bytes){at, (size_t)size});
        (void)is_over_query_limit(turn, client);
    } else if (size != -EAGAIN) {
        client_close_later(client);
    }
}

/* A stopped client is read from only to notice its end. */
static void read_stopped_client(struct turn *turn, struct client *client) {
    if ((client->flags & (CLIENT_CLOSING | CLIENT_CLOSE_AFTER_REPLY)) != 0) {
        return;
    }
    make_room(turn, client);
    char *at = arena_place(&turn->read_arena);
    keep_received(turn, client, at, connection_read(&client->connection, at, READ_MAX));
}

static void read_client(struct turn *turn, struct client *client) {
    if ((client->flags & CLIENT_STOPPED) != 0) {
        read_stopped_client(turn, client);
        return;
    }
    make_room(turn, client);
    if ((client->flags & CLIENT_STOPPED) != 0) {
        return; /* Executing the batch stopped it. */
    }
    char *start = move_kept_input(turn, client);
    int64_t size = read_to_arena(turn, client);
    if (size < 0 && size != -EAGAIN) {
        client_close_later(client);
        return;
    }
    if (size > 0) {
        count_input(turn, client, size);
    }
    parse_input(turn, (struct turn_input){client, start, arena_place(&turn->read_arena)});
}

/* Goes on with a client that was stopped, with what it sent before. */
static void continue_client(struct turn *turn, struct client *client) {
    if ((client->flags & CLIENT_STOPPED) != 0 || client->input == NULL) {
        return;
    }
    /* What was kept while it was stopped may be larger than the arena: a builder is not wanted
     * for many small requests, so they are parsed in pieces. */
    size_t size = sds_length(client->input);
    sds rest = NULL;
    if (size > READ_MAX) {
        rest = sds_new((struct bytes){client->input + READ_MAX, size - READ_MAX});
        sds_keep(client->input, 0, READ_MAX);
    }
    make_room(turn, client);
    char *start = move_kept_input(turn, client);
    parse_input(turn, (struct turn_input){client, start, arena_place(&turn->read_arena)});
    if (rest == NULL) {
        return;
    }
    execute_batch(turn);
    client->input = client->input == NULL ? rest : sds_append(client->input, sds_view(rest));
    if (client->input != rest) {
        sds_free(rest);
    }
    turn_resume_client(turn, client);
}

static void read_ready(struct turn *turn, struct event_ready ready) {
    if (ready.source->kind == EVENT_SOURCE_LISTENER) {
        accept_clients(turn->server, (struct listener *)(void *)ready.source);
        return;
    }
    struct client *client = (struct client *)(void *)ready.source;
    if ((client->flags & CLIENT_CLOSING) != 0) {
        return;
    }
    if (ready.can_write) {
        turn_queue_write(turn, client);
    }
    if (ready.can_read) {
        read_client(turn, client);
    }
}

/* ---- Read in batches ---- */

enum { NOT_RECEIVED = INT32_MIN }; /* in place of a size or error */

/* The client of an event whose input fits into a slice, or NULL. */
static struct client *client_to_receive(struct event_ready ready) {
    if (ready.source->kind != EVENT_SOURCE_CONNECTION || !ready.can_read) {
        return NULL;
    }
    struct client *client = (struct client *)(void *)ready.source;
    bool is_plain = (client->flags & (CLIENT_STOPPED | CLIENT_SENDS_MUCH)) == 0 &&
                    client->input == NULL && client->builder == NULL;
    return is_plain ? client : NULL;
}

/* Goes on with what was received, unless an earlier request of the turn stopped the client. */
static void take_received(struct turn *turn, struct client *client, char *at, int64_t size) {
    if ((client->flags & (CLIENT_CLOSING | CLIENT_CLOSE_AFTER_REPLY)) != 0) {
        return;
    }
    if (size == SLICE_SIZE) {
        client->flags |= CLIENT_SENDS_MUCH;
    }
    if ((client->flags & CLIENT_STOPPED) != 0 || size <= 0) {
        keep_received(turn, client, at, size);
        return;
    }
    count_input(turn, client, size);
    parse_input(turn, (struct turn_input){client, at, at + size});
}

/* Handles `count` ready sources, from `first` on: most of their input is received at once. */
static void read_group(struct turn *turn, size_t first, size_t count) {
    const struct event_loop *loop = turn->server->loop;
    int64_t sizes[SOCKET_BATCH_MAX];
    size_t batch_index = 0;
    for (size_t i = 0; i < count; i++) {
        struct client *client = client_to_receive(event_loop_ready(loop, first + i));
        sizes[i] = NOT_RECEIVED;
        if (client != NULL) {
            connection_read_later(&client->connection, turn->sockets, turn->slices + i * SLICE_SIZE,
                                  SLICE_SIZE);
            sizes[i] = 0;
        }
    }
    socket_batch_run(turn->sockets);
    for (size_t i = 0; i < count; i++) {
        if (sizes[i] != NOT_RECEIVED) {
            sizes[i] = connection_read_result(socket_batch_result(turn->sockets, batch_index++));
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct event_ready ready = event_loop_ready(loop, first + i);
        if (sizes[i] == NOT_RECEIVED) {
            read_ready(turn, ready);
            continue;
        }
        struct client *client = (struct client *)(void *)ready.source;
        if (ready.can_write && (client->flags & CLIENT_CLOSING) == 0) {
            turn_queue_write(turn, client);
        }
        take_received(turn, client, turn->slices + i * SLICE_SIZE, sizes[i]);
    }
}

static void read_all(struct turn *turn, size_t count) {
    for (size_t first = 0; first < count; first += SOCKET_BATCH_MAX) {
        size_t left = count - first;
        if (first > 0) {
            execute_batch(turn); /* Its requests stand in the slices. */
        }
        read_group(turn, first, left < SOCKET_BATCH_MAX ? left : SOCKET_BATCH_MAX);
    }
}

static void continue_pending_clients(struct turn *turn) {
    struct list_node now;
    list_init(&now);
    struct list_node *node = NULL;
    while ((node = list_pop_front(&turn->pending)) != NULL) {
        list_push_back(&now, node);
    }
    while ((node = list_pop_front(&now)) != NULL) {
        struct client *client = LIST_ENTRY(node, struct client, pending_node);
        client->flags &= ~(uint32_t)CLIENT_HAS_PENDING_INPUT;
        continue_client(turn, client);
    }
}

/* ---- Public ---- */

void turn_run(struct turn *turn, int64_t timeout_ms) {
    struct server *server = turn->server;
    int64_t sleep_ns = durability_sleep_ns(server->durability, timeout_ms);
    size_t count = UNLIKELY(sleep_ns >= 0) ? event_loop_wait_ns(server->loop, sleep_ns)
                                           : event_loop_wait(server->loop, timeout_ms);
    clock_refresh();
    server->clock_ticks = clock_ticks();
    if (count > 0 || !list_is_empty(&turn->pending)) {
        server->last_event_ticks = server->clock_ticks;
    }
    durability_poll(server->durability);
    if (LIKELY(!task_has_paused(server->task))) {
        (void)locks_run(server->locks, clock_unix_ms());
    }
    read_all(turn, count);
    continue_pending_clients(turn);
    execute_batch(turn);
    tracking_send_broadcasts(server->tracking);
    write_all_clients(turn);
    arena_reset(&turn->read_arena);
    client_free_closed(turn->server);
}

void turn_send_rest(struct turn *turn) {
    write_all_clients(turn);
    client_free_closed(turn->server);
}

void turn_resume_client(struct turn *turn, struct client *client) {
    if ((client->flags & (CLIENT_HAS_PENDING_INPUT | CLIENT_CLOSING | CLIENT_INTERNAL)) == 0) {
        client->flags |= CLIENT_HAS_PENDING_INPUT;
        list_push_back(&turn->pending, &client->pending_node);
    }
}

void turn_queue_reply(struct turn *turn, struct client *client) {
    queue_write(client, &turn->answered);
}

void turn_queue_write(struct turn *turn, struct client *client) {
    queue_write(client, &turn->writes);
}

void turn_forget(struct client *client) {
    if ((client->flags & CLIENT_HAS_PENDING_INPUT) != 0) {
        list_remove(&client->pending_node);
    }
    if ((client->flags & CLIENT_WRITE_QUEUED) != 0) {
        list_remove(&client->write_node);
    }
    client->flags &= ~(uint32_t)(CLIENT_HAS_PENDING_INPUT | CLIENT_WRITE_QUEUED);
    client->span = NULL;
    client->span_size = 0;
}

bool turn_has_pending_clients(const struct turn *turn) {
    return !list_is_empty(&turn->pending);
}

void turn_trim(struct turn *turn) {
    arena_trim(&turn->read_arena, TRIMMED_SIZE);
    arena_trim(&turn->write_arena, TRIMMED_SIZE);
}
