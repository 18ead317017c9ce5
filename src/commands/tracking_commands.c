/*
 * CLIENT TRACKING and its kin: a client says that it caches what it reads.
 */
#include "base/alloc.h"
#include "base/panic.h"
#include "commands/args.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/client.h"
#include "server/command.h"
#include "server/request.h"
#include "server/tracking.h"

#include <stdlib.h>

/* A parsed CLIENT TRACKING. */
struct tracking_args {
    bool is_on;
    struct tracking_options options;
    struct bytes *prefixes;
    size_t prefix_count;
};

static void tracking_args_release(struct tracking_args *args) {
    alloc_free(args->prefixes);
}

static bool parse_redirect(const struct request *req, size_t index, struct tracking_args *args,
                           struct reply *reply) {
    if (args->options.redirect_id != 0) {
        reply_error(reply, "ERR A client can only redirect to a single other client");
        return false;
    }
    int64_t id;
    if (!args_integer(req, index, &id, reply)) {
        return false;
    }
    if (id <= 0 || client_find(req->server, (uint64_t)id) == NULL) {
        reply_error(reply, "ERR The client ID you want redirect to does not exist");
        return false;
    }
    args->options.redirect_id = (uint64_t)id;
    return true;
}

/* One option, at *index; on return that of its last argument. */
static bool parse_option(const struct request *req, size_t *index, struct tracking_args *args,
                         struct reply *reply) {
    bool has_value = *index + 1 < request_argc(req);
    struct tracking_options *options = &args->options;
    if (args_is(req, *index, "redirect") && has_value) {
        return parse_redirect(req, ++*index, args, reply);
    }
    if (args_is(req, *index, "prefix") && has_value) {
        args->prefixes[args->prefix_count++] = request_arg(req, ++*index);
    } else if (args_is(req, *index, "bcast")) {
        options->broadcasts = true;
    } else if (args_is(req, *index, "optin")) {
        options->opts_in = true;
    } else if (args_is(req, *index, "optout")) {
        options->opts_out = true;
    } else if (args_is(req, *index, "noloop")) {
        options->spares_own = true;
    } else {
        reply_syntax_error(reply);
        return false;
    }
    return true;
}

static bool parse_tracking(const struct request *req, struct tracking_args *args,
                           struct reply *reply) {
    enum { FIRST_OPTION = 3 };
    args->is_on = args_is(req, 2, "on");
    for (size_t i = FIRST_OPTION; i < request_argc(req); i++) {
        if (!parse_option(req, &i, args, reply)) {
            return false;
        }
    }
    if (!args->is_on && !args_is(req, 2, "off")) {
        reply_syntax_error(reply);
        return false;
    }
    return true;
}

/* What is wrong with the modes, given the client's; NULL when nothing is. */
static const char *find_mode_error(const struct tracking_args *args,
                                   const struct tracking_state *state) {
    const struct tracking_options *options = &args->options;
    if (!options->broadcasts && args->prefix_count > 0) {
        return "ERR PREFIX option requires BCAST mode to be enabled";
    }
    if (state->is_on && options->broadcasts != state->options.broadcasts) {
        return "ERR You can't switch BCAST mode on/off before disabling tracking for this "
               "client, and then re-enabling it with a different mode.";
    }
    if (options->broadcasts && (options->opts_in || options->opts_out)) {
        return "ERR OPTIN and OPTOUT are not compatible with BCAST";
    }
    if (options->opts_in && options->opts_out) {
        return "ERR You can't specify both OPTIN mode and OPTOUT mode";
    }
    if ((options->opts_in && state->options.opts_out) ||
        (options->opts_out && state->options.opts_in)) {
        return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this "
               "client, and then re-enabling it with a different mode.";
    }
    return NULL;
}

static bool is_prefix(struct bytes prefix, struct bytes text) {
    return prefix.length <= text.length &&
           bytes_equal(prefix, (struct bytes){text.data, prefix.length});
}

static bool overlap(struct bytes a, struct bytes b) {
    return is_prefix(a, b) || is_prefix(b, a);
}

/* The smallest of the client's prefixes that overlaps with one. */
struct overlap_search {
    struct bytes prefix;
    struct bytes found;
    bool is_found;
};

static void search_overlap(void *context, struct bytes prefix) {
    struct overlap_search *search = context;
    if (overlap(prefix, search->prefix) &&
        (!search->is_found || bytes_compare(prefix, search->found) < 0)) {
        search->found = prefix;
        search->is_found = true;
    }
}

static void refuse_overlap(struct reply *reply, struct bytes prefix, const char *relation,
                           struct bytes other) {
    reply_error_format(reply,
                       "ERR Prefix '%.*s' overlaps with %s prefix '%.*s'. Prefixes for a single "
                       "client must not overlap.",
                       (int)prefix.length, prefix.data, relation, (int)other.length, other.data);
}

static bool check_prefixes(const struct request *req, const struct tracking_args *args,
                           struct reply *reply) {
    for (size_t i = 0; i < args->prefix_count; i++) {
        struct overlap_search search = {.prefix = args->prefixes[i]};
        tracking_each_prefix(req->client, search_overlap, &search);
        if (search.is_found) {
            refuse_overlap(reply, args->prefixes[i], "an existing", search.found);
            return false;
        }
        for (size_t j = i + 1; j < args->prefix_count; j++) {
            if (overlap(args->prefixes[i], args->prefixes[j])) {
                refuse_overlap(reply, args->prefixes[i], "another provided", args->prefixes[j]);
                return false;
            }
        }
    }
    return true;
}

static void switch_tracking(struct request *req, const struct tracking_args *args,
                            struct reply *reply) {
    if (!args->is_on) {
        tracking_disable(req->client);
        reply_ok(reply);
        return;
    }
    struct tracking_state state = tracking_state_of(req->client);
    const char *error = find_mode_error(args, &state);
    if (error != NULL) {
        reply_error(reply, error);
        return;
    }
    if (check_prefixes(req, args, reply)) {
        tracking_enable(req->client, &args->options, args->prefixes, args->prefix_count);
        reply_ok(reply);
    }
}

/*
 * CLIENT TRACKING ON | OFF [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST]
 *   [OPTIN] [OPTOUT] [NOLOOP]
 */
static void tracking_command(struct request *req, struct reply *reply) {
    struct tracking_args args = {.prefixes = alloc_new(request_argc(req) * sizeof(struct bytes))};
    if (parse_tracking(req, &args, reply)) {
        switch_tracking(req, &args, reply);
    }
    tracking_args_release(&args);
}

/* CLIENT CACHING YES | NO */
static void caching_command(struct request *req, struct reply *reply) {
    struct tracking_state state = tracking_state_of(req->client);
    bool is_yes = args_is(req, 2, "yes");
    if (!state.is_on) {
        reply_error(reply, "ERR CLIENT CACHING can be called only when the client is in tracking "
                           "mode with OPTIN or OPTOUT mode enabled");
    } else if (!is_yes && !args_is(req, 2, "no")) {
        reply_syntax_error(reply);
    } else if (is_yes && !state.options.opts_in) {
        reply_error(reply, "ERR CLIENT CACHING YES is only valid when tracking is enabled in "
                           "OPTIN mode.");
    } else if (!is_yes && !state.options.opts_out) {
        reply_error(reply, "ERR CLIENT CACHING NO is only valid when tracking is enabled in "
                           "OPTOUT mode.");
    } else {
        tracking_choose(req->client);
        reply_ok(reply);
    }
}

static int64_t shown_redirect(const struct tracking_state *state) {
    return state->is_on ? (int64_t)state->options.redirect_id : -1;
}

/* CLIENT GETREDIR */
static void getredir_command(struct request *req, struct reply *reply) {
    struct tracking_state state = tracking_state_of(req->client);
    reply_integer(reply, shown_redirect(&state));
}

static void reply_flags(struct reply *reply, const struct tracking_state *state) {
    const struct {
        bool is_set;
        const char *name;
    } rows[] = {
        {!state->is_on, "off"},
        {state->is_on, "on"},
        {state->options.broadcasts, "bcast"},
        {state->options.opts_in, "optin"},
        {state->options.opts_in && state->has_choice, "caching-yes"},
        {state->options.opts_out, "optout"},
        {state->options.opts_out && state->has_choice, "caching-no"},
        {state->options.spares_own, "noloop"},
        {state->is_broken, "broken_redirect"},
    };
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        count += rows[i].is_set;
    }
    reply_set(reply, count);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].is_set) {
            reply_bulk_text(reply, rows[i].name);
        }
    }
}

struct prefix_list {
    struct bytes *prefixes;
    size_t count;
};

static void count_prefix(void *context, struct bytes prefix) {
    (void)prefix;
    ++*(size_t *)context;
}

static void list_prefix(void *context, struct bytes prefix) {
    struct prefix_list *list = context;
    list->prefixes[list->count++] = prefix;
}

static int compare_prefixes(const void *a, const void *b) {
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

/* In order, as the oracle. */
static void reply_prefixes(struct reply *reply, const struct client *client) {
    size_t count = 0;
    tracking_each_prefix(client, count_prefix, &count);
    struct prefix_list list = {alloc_new((count + 1) * sizeof(struct bytes)), 0};
    tracking_each_prefix(client, list_prefix, &list);
    qsort(list.prefixes, count, sizeof(struct bytes), compare_prefixes);
    reply_array(reply, count);
    for (size_t i = 0; i < count; i++) {
        reply_bulk(reply, list.prefixes[i]);
    }
    alloc_free(list.prefixes);
}

/* CLIENT TRACKINGINFO */
static void trackinginfo_command(struct request *req, struct reply *reply) {
    enum { FIELDS = 3 };
    struct tracking_state state = tracking_state_of(req->client);
    reply_map(reply, FIELDS);
    reply_bulk_text(reply, "flags");
    reply_flags(reply, &state);
    reply_bulk_text(reply, "redirect");
    reply_integer(reply, shown_redirect(&state));
    reply_bulk_text(reply, "prefixes");
    reply_prefixes(reply, req->client);
}

// clang-format off
static const struct command rows[] = {
    {
        .parent = "client", .name = "tracking", .handler = tracking_command, .arity = -3,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "6.0.0", .complexity = "O(prefixes)",
        .syntax = "<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] "
                  "[OPTIN] [OPTOUT] [NOLOOP]",
        .summary = "Has the client told when keys change that it has read.",
    },
    {
        .parent = "client", .name = "trackinginfo", .handler = trackinginfo_command, .arity = 2,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "6.2.0", .complexity = "O(prefixes)",
        .syntax = "",
        .summary = "Shows how the connection tracks keys.",
    },
    {
        .parent = "client", .name = "caching", .handler = caching_command, .arity = 3,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "6.0.0", .complexity = "O(1)",
        .syntax = "<YES | NO>",
        .summary = "Says whether the keys of the next request are tracked.",
    },
    {
        .parent = "client", .name = "getredir", .handler = getredir_command, .arity = 2,
        .flags = CMD_LOADING | CMD_NOSCRIPT | CMD_STALE,
        .acl = ACL_CONNECTION, .effect = EFFECT_NONE,
        .group = GROUP_CONNECTION, .since = "6.0.0", .complexity = "O(1)",
        .syntax = "",
        .summary = "Returns the connection that gets the messages of this one's tracking.",
    },
};
// clang-format on

const struct command_table tracking_commands = {rows, ARRAY_SIZE(rows)};
