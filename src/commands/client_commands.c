/*
 * CLIENT: what sessions show of each other and do to each other.
 */
#include "base/clock.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/blocking.h"
#include "server/client.h"
#include "server/command.h"
#include "server/request.h"
#include "server/server.h"

#include <string.h>

/* ---- The own session ---- */

/* CLIENT ID */
static void id_command(struct request *req, struct reply *reply) {
    reply_integer(reply, (int64_t)req->client->id);
}

/* CLIENT GETNAME */
static void getname_command(struct request *req, struct reply *reply) {
    if (req->client->name == NULL) {
        reply_null(reply);
    } else {
        reply_bulk(reply, sds_view(req->client->name));
    }
}

static bool is_printable(struct bytes name) {
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] < '!' || name.data[i] > '~') {
            return false;
        }
    }
    return true;
}

/* CLIENT SETNAME connection-name */
static void setname_command(struct request *req, struct reply *reply) {
    struct bytes name = request_arg(req, 2);
    if (!is_printable(name)) {
        reply_error(reply,
                    "ERR Client names cannot contain spaces, newlines or special characters.");
        return;
    }
    client_set_text(&req->client->name, name);
    reply_ok(reply);
}

/* CLIENT SETINFO LIB-NAME name | LIB-VER version */
static void setinfo_command(struct request *req, struct reply *reply) {
    enum { VALUE_INDEX = 3 };
    bool is_name = args_is(req, 2, "lib-name");
    if (!is_name && !args_is(req, 2, "lib-ver")) {
        struct bytes option = request_arg(req, 2);
        reply_error_format(reply, "ERR Unrecognized option '%.*s'", (int)option.length,
                           option.data);
        return;
    }
    struct bytes value = request_arg(req, VALUE_INDEX);
    if (!is_printable(value)) {
        reply_error_format(reply, "ERR %s cannot contain spaces, newlines or special characters.",
                           is_name ? "lib-name" : "lib-ver");
        return;
    }
    client_set_text(is_name ? &req->client->library_name : &req->client->library_version, value);
    reply_ok(reply);
}

/* CLIENT CAPA capability [capability ...]: unknown ones are taken and ignored, as meant. */
static void capa_command(struct request *req, struct reply *reply) {
    (void)req;
    reply_ok(reply);
}

/* CLIENT IMPORT-SOURCE ON | OFF */
static void import_source_command(struct request *req, struct reply *reply) {
    (void)req;
    reply_error(reply, "ERR Server is not in import mode");
}

static void switch_flag(struct request *req, uint32_t flag, struct reply *reply) {
    if (args_is(req, 2, "on")) {
        req->client->flags |= flag;
    } else if (args_is(req, 2, "off")) {
        req->client->flags &= ~flag;
    } else {
        reply_syntax_error(reply);
        return;
    }
    reply_ok(reply);
}

/* CLIENT NO-EVICT ON | OFF */
static void no_evict_command(struct request *req, struct reply *reply) {
    switch_flag(req, CLIENT_NO_EVICT, reply);
}

/* CLIENT NO-TOUCH ON | OFF */
static void no_touch_command(struct request *req, struct reply *reply) {
    switch_flag(req, CLIENT_NO_TOUCH, reply);
}

/* CLIENT REPLY ON | OFF | SKIP */
static void reply_command(struct request *req, struct reply *reply) {
    struct client *client = req->client;
    if (args_is(req, 2, "on")) {
        client->flags &= ~(uint32_t)(CLIENT_REPLY_OFF | CLIENT_REPLY_SKIP);
        reply_ok(reply);
    } else if (args_is(req, 2, "off")) {
        client->flags |= CLIENT_REPLY_OFF;
    } else if (args_is(req, 2, "skip")) {
        if ((client->flags & CLIENT_REPLY_OFF) == 0) {
            client->flags |= CLIENT_REPLY_SKIP_NEXT;
        }
    } else {
        reply_syntax_error(reply);
    }
}

/* CLIENT INFO */
static void info_command(struct request *req, struct reply *reply) {
    sds text = client_describe(req->client, sds_new(BYTES("")));
    text = sds_append(text, BYTES("\n"));
    reply_verbatim(reply, "txt", sds_view(text));
    sds_free(text);
}

/* ---- Filters of CLIENT LIST and CLIENT KILL ---- */

enum filter_kind {
    FILTER_TYPE,
    FILTER_ID,
    FILTER_USER,
    FILTER_ADDRESS,
    FILTER_LOCAL_ADDRESS,
    FILTER_SKIP_ME,
    FILTER_MAX_AGE,
    FILTER_FLAGS,
    FILTER_NAME,
    FILTER_IDLE,
    FILTER_IP,
    FILTER_LIBRARY_NAME,
    FILTER_LIBRARY_VERSION,
    FILTER_DATABASE,
    FILTER_CAPABILITY,
};

static const struct {
    const char *word;
    enum filter_kind kind;
} filter_words[] = {
    {"type", FILTER_TYPE},
    {"id", FILTER_ID},
    {"user", FILTER_USER},
    {"addr", FILTER_ADDRESS},
    {"laddr", FILTER_LOCAL_ADDRESS},
    {"skipme", FILTER_SKIP_ME},
    {"maxage", FILTER_MAX_AGE},
    {"flags", FILTER_FLAGS},
    {"name", FILTER_NAME},
    {"idle", FILTER_IDLE},
    {"ip", FILTER_IP},
    {"lib-name", FILTER_LIBRARY_NAME},
    {"lib-ver", FILTER_LIBRARY_VERSION},
    {"db", FILTER_DATABASE},
    {"capa", FILTER_CAPABILITY},
};

struct filter {
    enum filter_kind kind;
    bool is_negated; /* NOT-x */
    size_t first;    /* the argument of the value; of ids: the first of `count` */
    size_t count;
    int64_t number;
};

enum { FILTER_MAX = 32 };

struct filters {
    struct filter items[FILTER_MAX];
    size_t count;
    bool skips_me;
    bool is_kill;
};

/* Finds the filter that a word names, with or without "not-" before it. */
static bool find_filter(struct bytes word, struct filter *filter) {
    enum { NOT_LENGTH = 4 };
    struct bytes prefix = {word.data, word.length < NOT_LENGTH ? word.length : NOT_LENGTH};
    filter->is_negated = bytes_is(prefix, "not-");
    if (filter->is_negated) {
        word.data += NOT_LENGTH;
        word.length -= NOT_LENGTH;
    }
    for (size_t i = 0; i < ARRAY_SIZE(filter_words); i++) {
        if (bytes_is(word, filter_words[i].word)) {
            filter->kind = filter_words[i].kind;
            return true;
        }
    }
    return false;
}

/* Ids go on until the next word that names a filter. */
static bool parse_ids(const struct request *req, const struct filters *filters,
                      struct filter *filter, struct reply *reply) {
    filter->count = 0;
    struct filter next;
    for (size_t i = filter->first;
         i < request_argc(req) && !find_filter(request_arg(req, i), &next); i++) {
        int64_t id;
        if (!text_parse_int64(request_arg(req, i), &id) || (filters->is_kill && id <= 0)) {
            reply_error(reply, filters->is_kill ? "ERR client-id should be greater than 0"
                                                : "ERR Invalid client ID");
            return false;
        }
        filter->count++;
    }
    if (filter->count == 0) {
        reply_syntax_error(reply);
    }
    return filter->count > 0;
}

static bool parse_client_type(struct bytes word, int64_t *class) {
    static const struct {
        const char *word;
        enum client_class class;
    } types[] = {
        {"normal", CLIENT_CLASS_NORMAL}, {"replica", CLIENT_CLASS_REPLICA},
        {"slave", CLIENT_CLASS_REPLICA}, {"pubsub", CLIENT_CLASS_PUBSUB},
        {"master", CLIENT_CLASS_COUNT},  {"primary", CLIENT_CLASS_COUNT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (bytes_is(word, types[i].word)) {
            *class = (int64_t)types[i].class;
            return true;
        }
    }
    return false;
}

static bool refuse_filter(struct reply *reply, const char *what, struct bytes value) {
    reply_error_format(reply, "ERR %s '%.*s'", what, (int)value.length, value.data);
    return false;
}

/* Reads the value of a filter; returns false after an error. */
static bool parse_filter_value(const struct request *req, struct filters *filters,
                               struct filter *filter, struct reply *reply) {
    struct bytes value = request_arg(req, filter->first);
    filter->count = 1;
    switch (filter->kind) {
    case FILTER_ID:
        return parse_ids(req, filters, filter, reply);
    case FILTER_TYPE:
        return parse_client_type(value, &filter->number) ||
               refuse_filter(reply, "Unknown client type", value);
    case FILTER_USER:
        return bytes_equal(value, BYTES("default")) || refuse_filter(reply, "No such user", value);
    case FILTER_SKIP_ME:
        if (!bytes_is(value, "yes") && !bytes_is(value, "no")) {
            reply_syntax_error(reply);
            return false;
        }
        filters->skips_me = bytes_is(value, "yes");
        return true;
    case FILTER_MAX_AGE:
    case FILTER_IDLE:
    case FILTER_DATABASE:
        return args_integer(req, filter->first, &filter->number, reply);
    case FILTER_ADDRESS:
    case FILTER_LOCAL_ADDRESS:
    case FILTER_FLAGS:
    case FILTER_NAME:
    case FILTER_IP:
    case FILTER_LIBRARY_NAME:
    case FILTER_LIBRARY_VERSION:
    case FILTER_CAPABILITY:
        return true;
    }
    UNREACHABLE();
}

static bool parse_filters(const struct request *req, size_t first, struct filters *filters,
                          struct reply *reply) {
    for (size_t i = first; i < request_argc(req);) {
        struct filter *filter = &filters->items[filters->count];
        if (filters->count == FILTER_MAX - 1 || i + 1 >= request_argc(req) ||
            !find_filter(request_arg(req, i), filter)) {
            reply_syntax_error(reply);
            return false;
        }
        filter->first = i + 1;
        if (!parse_filter_value(req, filters, filter, reply)) {
            return false;
        }
        i = filter->first + filter->count;
        filters->count += filter->kind != FILTER_SKIP_ME;
    }
    return true;
}

static bool text_is(sds text, struct bytes value) {
    return bytes_equal(text == NULL ? BYTES("") : sds_view(text), value);
}

static bool has_address(struct client *client, bool is_local, bool only_host, struct bytes value) {
    const char *address = is_local ? client_local_address(client) : client_peer_address(client);
    struct bytes text = bytes_of_text(address);
    const char *colon = strrchr(address, ':');
    if (only_host && colon != NULL) {
        text.length = (size_t)(colon - address);
        if (text.length > 2 && address[0] == '[') {
            text = (struct bytes){address + 1, text.length - 2};
        }
    }
    return bytes_equal(text, value);
}

static bool has_id(const struct request *req, const struct filter *filter, uint64_t id) {
    for (size_t i = 0; i < filter->count; i++) {
        int64_t wanted;
        if (text_parse_int64(request_arg(req, filter->first + i), &wanted) &&
            (uint64_t)wanted == id) {
            return true;
        }
    }
    return false;
}

static bool has_flags(const struct client *client, struct bytes wanted) {
    char letters[CLIENT_FLAG_TEXT_SIZE];
    client_flag_letters(client, letters);
    for (size_t i = 0; i < wanted.length; i++) {
        if (strchr(letters, wanted.data[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool passes_filter(const struct request *req, const struct filter *filter,
                          struct client *client) {
    struct bytes value = request_arg(req, filter->first);
    int64_t now_ms = clock_unix_ms();
    switch (filter->kind) {
    case FILTER_TYPE:
        return (int64_t)client_class(client) == filter->number;
    case FILTER_ID:
        return has_id(req, filter, client->id);
    case FILTER_USER:
    case FILTER_SKIP_ME:
        return true;
    case FILTER_ADDRESS:
        return has_address(client, false, false, value);
    case FILTER_LOCAL_ADDRESS:
        return has_address(client, true, false, value);
    case FILTER_IP:
        return has_address(client, false, true, value);
    case FILTER_MAX_AGE:
        return (now_ms - client->created_ms) / CLOCK_MS_PER_SECOND >= filter->number;
    case FILTER_IDLE:
        return (now_ms - client->last_active_ms) / CLOCK_MS_PER_SECOND >= filter->number;
    case FILTER_FLAGS:
        return has_flags(client, value);
    case FILTER_NAME:
        return text_is(client->name, value);
    case FILTER_LIBRARY_NAME:
        return text_is(client->library_name, value);
    case FILTER_LIBRARY_VERSION:
        return text_is(client->library_version, value);
    case FILTER_DATABASE:
        return database_index(client->database) == filter->number;
    case FILTER_CAPABILITY:
        return false; /* No capability changes anything here, so none is kept. */
    }
    UNREACHABLE();
}

static bool passes_filters(const struct request *req, const struct filters *filters,
                           struct client *client) {
    if ((filters->skips_me && client == req->client) || (client->flags & CLIENT_CLOSING) != 0) {
        return false;
    }
    for (size_t i = 0; i < filters->count; i++) {
        const struct filter *filter = &filters->items[i];
        if (passes_filter(req, filter, client) == filter->is_negated) {
            return false;
        }
    }
    return true;
}

/* CLIENT LIST [filter value ...] */
static void list_command(struct request *req, struct reply *reply) {
    struct filters filters = {.skips_me = false};
    if (!parse_filters(req, 2, &filters, reply)) {
        return;
    }
    sds text = sds_new(BYTES(""));
    LIST_EACH(node, &req->server->clients.all) {
        struct client *client = LIST_ENTRY(node, struct client, node);
        if (passes_filters(req, &filters, client)) {
            text = client_describe(client, text);
            text = sds_append(text, BYTES("\n"));
        }
    }
    reply_verbatim(reply, "txt", sds_view(text));
    sds_free(text);
}

/* The own connection is closed once the reply has left. */
static void kill_client(struct request *req, struct client *client) {
    if (client == req->client) {
        client_close_after_reply(client);
    } else {
        client_close_later(client);
    }
}

static int64_t kill_matching(struct request *req, const struct filters *filters) {
    int64_t killed = 0;
    LIST_EACH(node, &req->server->clients.all) {
        struct client *client = LIST_ENTRY(node, struct client, node);
        if (passes_filters(req, filters, client)) {
            kill_client(req, client);
            killed++;
        }
    }
    return killed;
}

/* CLIENT KILL ip:port | filter value ... */
static void kill_command(struct request *req, struct reply *reply) {
    enum { OLD_FORM_ARGC = 3 };
    struct filters filters = {.skips_me = true, .is_kill = true};
    if (request_argc(req) == OLD_FORM_ARGC) {
        filters.skips_me = false;
        filters.items[filters.count++] =
            (struct filter){.kind = FILTER_ADDRESS, .first = 2, .count = 1};
        if (kill_matching(req, &filters) > 0) {
            reply_ok(reply);
        } else {
            reply_error(reply, "ERR No such client");
        }
        return;
    }
    if (parse_filters(req, 2, &filters, reply)) {
        reply_integer(reply, kill_matching(req, &filters));
    }
}

/* ---- Waiting clients ---- */

static void refuse_argument_count(const struct request *req, struct reply *reply) {
    struct bytes name = request_arg(req, 1);
    reply_error_format(reply,
                       "ERR unknown subcommand or wrong number of arguments for '%.*s'. Try CLIENT "
                       "HELP.",
                       (int)name.length, name.data);
}

/* CLIENT UNBLOCK client-id [TIMEOUT | ERROR] */
static void unblock_command(struct request *req, struct reply *reply) {
    enum { REASON_INDEX = 3, ARGC_MAX = 4 };
    enum unblock_reason reason = UNBLOCK_TIMEOUT;
    int64_t id;
    if (request_argc(req) > ARGC_MAX) {
        refuse_argument_count(req, reply);
        return;
    }
    if (request_argc(req) == ARGC_MAX) {
        if (args_is(req, REASON_INDEX, "error")) {
            reason = UNBLOCK_ERROR;
        } else if (!args_is(req, REASON_INDEX, "timeout")) {
            reply_error(reply, "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
            return;
        }
    }
    if (!args_integer(req, 2, &id, reply)) {
        return;
    }
    struct client *client = client_find(req->server, (uint64_t)id);
    bool was_blocked = client != NULL && blocking_unblock(req->server->blocking, client, reason);
    reply_integer(reply, was_blocked);
}

/* CLIENT PAUSE timeout [WRITE | ALL] */
static void pause_command(struct request *req, struct reply *reply) {
    enum { MODE_INDEX = 3, ARGC_MAX = 4 };
    bool writes_only = false;
    int64_t timeout_ms;
    if (request_argc(req) > ARGC_MAX) {
        refuse_argument_count(req, reply);
        return;
    }
    if (request_argc(req) == ARGC_MAX) {
        writes_only = args_is(req, MODE_INDEX, "write");
        if (!writes_only && !args_is(req, MODE_INDEX, "all")) {
            reply_error(reply, "ERR CLIENT PAUSE mode must be WRITE or ALL");
            return;
        }
    }
    if (!args_timeout_ms(req, 2, &timeout_ms, reply)) {
        return;
    }
    int64_t until_ms;
    if (__builtin_add_overflow(clock_unix_ms(), timeout_ms, &until_ms)) {
        reply_error(reply, "ERR timeout is out of range");
        return;
    }
    /* A second pause may make the first longer or stricter, not shorter or laxer. */
    const struct pause *pause = &req->server->pause;
    if (pause->until_ms != 0) {
        until_ms = until_ms > pause->until_ms ? until_ms : pause->until_ms;
        writes_only = writes_only && pause->writes_only;
    }
    server_pause_clients(req->server, until_ms, writes_only);
    reply_ok(reply);
}

/* CLIENT UNPAUSE */
static void unpause_command(struct request *req, struct reply *reply) {
    server_pause_clients(req->server, 0, false);
    reply_ok(reply);
}

/* CLIENT HELP */
static void help_command(struct request *req, struct reply *reply) {
    (void)req;
    static const char *const lines[] = {
        "CAPA <capability> [...]",
        "    Names what this client can do.",
        "GETNAME",
        "    The name of this connection.",
        "ID",
        "    The number of this connection.",
        "INFO",
        "    One line about this connection.",
        "KILL <ip:port> | <filter> <value> [...]",
        "    Closes connections.",
        "LIST [<filter> <value> ...]",
        "    One line a connection. Filters: TYPE, ID, USER, ADDR, LADDR, SKIPME, MAXAGE, FLAGS,",
        "    NAME, IDLE, IP, LIB-NAME, LIB-VER, DB, CAPA, and each but SKIPME with NOT- before it.",
        "NO-EVICT (ON|OFF)",
        "    Protects this connection from client eviction.",
        "NO-TOUCH (ON|OFF)",
        "    Makes the reads of this connection leave access times alone.",
        "PAUSE <milliseconds> [WRITE|ALL]",
        "    Holds all requests, or those that write.",
        "REPLY (ON|OFF|SKIP)",
        "    Switches replies to this connection.",
        "SETINFO (LIB-NAME|LIB-VER) <value>",
        "    Names the client library.",
        "SETNAME <name>",
        "    Names this connection.",
        "UNBLOCK <id> [TIMEOUT|ERROR]",
        "    Ends the wait of a blocked connection.",
        "UNPAUSE",
        "    Ends a pause.",
    };
    reply_help(reply, "CLIENT", lines, ARRAY_SIZE(lines));
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "client", .handler = NULL, .arity = -2,
        .flags = 0,
        .acl = 0, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "2.4.0", .complexity = "varies",
        .syntax = "<subcommand>",
        .summary = "Shows and manages connections.",
    },
    {
        .parent = "client", .name = "id", .handler = id_command, .arity = 2,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns the number of the connection.",
    },
    {
        .parent = "client", .name = "getname", .handler = getname_command, .arity = 2,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "2.6.9", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns the name of the connection.",
    },
    {
        .parent = "client", .name = "setname", .handler = setname_command, .arity = 3,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_nodes", "response_policy:all_succeeded"),
        .group = GROUP_CONNECTION, .since = "2.6.9", .complexity = "O(1)",
        .syntax = "connection-name",
        .summary = "Names the connection.",
    },
    {
        .parent = "client", .name = "setinfo", .handler = setinfo_command, .arity = 4,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("request_policy:all_nodes", "response_policy:all_succeeded"),
        .group = GROUP_CONNECTION, .since = "7.2.0", .complexity = "O(1)",
        .syntax = "<LIB-NAME libname | LIB-VER libver>   ",
        .summary = "Names the client library of the connection.",
    },
    {
        .parent = "client", .name = "capa", .handler = capa_command, .arity = -3,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "8.0.0", .complexity = "O(1)",
        .syntax = "capability [capability ...]   ",
        .summary = "Names capabilities of the client.",
    },
    {
        .parent = "client", .name = "import-source", .handler = import_source_command, .arity = 3,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "8.1.0", .complexity = "O(1)",
        .syntax = "<ON | OFF>   ",
        .summary = "Marks the connection as a source of imported data.",
    },
    {
        .parent = "client", .name = "no-evict", .handler = no_evict_command, .arity = 3,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "7.0.0", .complexity = "O(1)",
        .syntax = "<ON | OFF>",
        .summary = "Protects the connection from client eviction.",
    },
    {
        .parent = "client", .name = "no-touch", .handler = no_touch_command, .arity = 3,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "7.2.0", .complexity = "O(1)",
        .syntax = "<ON | OFF>   ",
        .summary = "Makes reads of the connection leave access times alone.",
    },
    {
        .parent = "client", .name = "reply", .handler = reply_command, .arity = 3,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE | CMD_SESSION,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "3.2.0", .complexity = "O(1)",
        .syntax = "<ON | OFF | SKIP>",
        .summary = "Switches the replies to the connection.",
    },
    {
        .parent = "client", .name = "info", .handler = info_command, .arity = 2,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_CONNECTION, .since = "6.2.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Describes the connection.",
    },
    {
        .parent = "client", .name = "list", .handler = list_command, .arity = -2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .tips = TIPS("nondeterministic_output"),
        .group = GROUP_CONNECTION, .since = "2.4.0", .complexity = "O(N)",
        .syntax = "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]] "
                  "[USER username] [ADDR ip:port] [LADDR ip:port] [SKIPME <YES | NO>] [MAXAGE "
                  "maxage]",
        .summary = "Describes all connections, or those that pass filters.",
    },
    {
        .parent = "client", .name = "kill", .handler = kill_command, .arity = -3,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "2.4.0", .complexity = "O(N)",
        .syntax = "<ip:port | <[ID client-id [client-id ...]] | [TYPE <NORMAL | MASTER | PRIMARY "
                  "| SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR "
                  "ip:port] | [SKIPME <YES | NO>] | [MAXAGE maxage]> [<[ID client-id [client-id "
                  "...]] | [TYPE <NORMAL | MASTER | PRIMARY | SLAVE | REPLICA | PUBSUB>] | [USER "
                  "username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME <YES | NO>] | [MAXAGE "
                  "maxage]> ...]>",
        .summary = "Closes connections.",
    },
    {
        .parent = "client", .name = "unblock", .handler = unblock_command, .arity = -3,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "5.0.0", .complexity = "O(logN)",
        .syntax = "client-id [TIMEOUT | ERROR]",
        .summary = "Ends the wait of a blocked connection.",
    },
    {
        .parent = "client", .name = "pause", .handler = pause_command, .arity = -3,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE | CMD_SESSION,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "3.0.0", .complexity = "O(1)",
        .syntax = "timeout [WRITE | ALL]",
        .summary = "Holds back the requests of all connections for a time.",
    },
    {
        .parent = "client", .name = "unpause", .handler = unpause_command, .arity = 2,
        .flags = CMD_ADMIN | CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "6.2.0", .complexity = "O(N)",
        .syntax = "",
        .summary = "Lets held-back connections go on.",
    },
    {
        .parent = "client", .name = "help", .handler = help_command, .arity = 2,
        .flags = CMD_LOADING | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "5.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Lists the subcommands of CLIENT.",
    },
};
/* clang-format on */

const struct command_table client_commands = {rows, ARRAY_SIZE(rows)};
