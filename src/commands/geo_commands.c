/*
 * The geo family: sorted sets whose scores are geohashes.
 *
 * Adding, distances and positions.
 */
#include "base/alloc.h"
#include "base/geohash.h"
#include "base/panic.h"
#include "base/text.h"
#include "commands/args.h"
#include "commands/geo.h"
#include "commands/tables.h"
#include "proto/reply.h"
#include "server/command.h"
#include "server/request.h"
#include "types/zset_type.h"

#include <stdio.h>

/* ---- What searches share ---- */

bool geo_parse_unit(const struct request *req, size_t index, double *metres, struct reply *reply) {
    static const struct {
        const char *name;
        double metres;
    } units[] = {{"m", 1}, {"km", 1000}, {"ft", 0.3048}, {"mi", 1609.34}};
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (args_is(req, index, units[i].name)) {
            *metres = units[i].metres;
            return true;
        }
    }
    reply_error(reply, "ERR unsupported unit provided. please use M, KM, FT, MI");
    return false;
}

bool geo_parse_place(const struct request *req, size_t index, struct geohash_place *place,
                     struct reply *reply) {
    struct geohash_place parsed;
    if (!text_parse_double(request_arg(req, index), &parsed.longitude) ||
        !text_parse_double(request_arg(req, index + 1), &parsed.latitude)) {
        reply_error(reply, "ERR value is not a valid float");
        return false;
    }
    if (!geohash_is_place(parsed)) {
        reply_error_format(reply, "ERR invalid longitude,latitude pair %f,%f", parsed.longitude,
                           parsed.latitude);
        return false;
    }
    *place = parsed;
    return true;
}

bool geo_member_place(const struct value *value, struct bytes member, struct geohash_place *place) {
    double score;
    if (!zset_type_score(value, member, &score)) {
        return false;
    }
    *place = geohash_decode(geohash_of_score(score));
    return true;
}

void geo_reply_distance(struct reply *reply, double distance) {
    enum { TEXT_SIZE = 330 }; /* The largest double has 309 digits before the point. */
    char text[TEXT_SIZE];
    int length = snprintf(text, sizeof text, "%.4f", distance);
    reply_bulk(reply, (struct bytes){text, (size_t)length});
}

static void reply_coordinate(struct reply *reply, double degrees) {
    char text[TEXT_LONG_DOUBLE_MAX_SIZE];
    struct bytes printed = {text, text_print_long_double(text, degrees)};
    if (reply->protocol != RESP3) {
        reply_bulk(reply, printed);
        return;
    }
    reply_raw(reply, BYTES(","));
    reply_raw(reply, printed);
    reply_raw(reply, BYTES("\r\n"));
}

void geo_reply_place(struct reply *reply, struct geohash_place place) {
    reply_array(reply, 2);
    reply_coordinate(reply, place.longitude);
    reply_coordinate(reply, place.latitude);
}

/* ---- GEOADD ---- */

enum { TRIPLE = 3, LOCAL_PLACES = 8 };

struct geoadd_args {
    bool only_new;
    bool only_present;
    bool counts_changes;
    size_t first; /* of the triples */
    size_t count;
    uint64_t *hashes;             /* of their places */
    uint64_t local[LOCAL_PLACES]; /* for few, which is usual */
};

static void release_geoadd(struct geoadd_args *args) {
    if (args->hashes != args->local) {
        alloc_free(args->hashes);
    }
}

/* Fills args->hashes; to be released whatever is returned. */
static bool parse_places(const struct request *req, struct geoadd_args *args, struct reply *reply) {
    args->count = (request_argc(req) - args->first) / TRIPLE;
    if (args->count > LOCAL_PLACES) {
        args->hashes = alloc_new(args->count * sizeof *args->hashes);
    }
    for (size_t i = 0; i < args->count; i++) {
        struct geohash_place place;
        if (!geo_parse_place(req, args->first + i * TRIPLE, &place, reply)) {
            return false;
        }
        args->hashes[i] = geohash_encode(place, GEOHASH_STEP_MAX);
    }
    return true;
}

/* args: to be released whatever is returned. */
static bool parse_geoadd(const struct request *req, struct geoadd_args *args, struct reply *reply) {
    args->only_new = false;
    args->only_present = false;
    args->counts_changes = false;
    args->first = 2;
    args->hashes = args->local;
    for (; args->first < request_argc(req); args->first++) {
        if (args_is(req, args->first, "nx")) {
            args->only_new = true;
        } else if (args_is(req, args->first, "xx")) {
            args->only_present = true;
        } else if (args_is(req, args->first, "ch")) {
            args->counts_changes = true;
        } else {
            break;
        }
    }
    if ((request_argc(req) - args->first) % TRIPLE != 0 || (args->only_new && args->only_present)) {
        reply_syntax_error(reply);
        return false;
    }
    return parse_places(req, args, reply);
}

static struct bytes member_at(const struct request *req, const struct geoadd_args *args,
                              size_t index) {
    return request_arg(req, args->first + index * TRIPLE + 2);
}

/* Records the change as the ZADD that it is. */
static void replay_as_zadd(struct request *req, const struct geoadd_args *args) {
    if (!request_is_recorded(req)) {
        return;
    }
    struct bytes *words = alloc_new(request_argc(req) * sizeof *words);
    char(*numbers)[REQUEST_NUMBER_SIZE] = alloc_new(args->count * sizeof *numbers);
    size_t used = 0;
    words[used++] = BYTES("zadd");
    for (size_t i = 1; i < args->first; i++) {
        words[used++] = request_arg(req, i);
    }
    for (size_t i = 0; i < args->count; i++) {
        words[used++] = request_number(numbers[i], (int64_t)args->hashes[i]);
        words[used++] = member_at(req, args, i);
    }
    request_replay_as(req, words, used);
    alloc_free(numbers);
    alloc_free(words);
}

static void add_places(struct request *req, const struct geoadd_args *args, struct reply *reply) {
    struct open_key key;
    enum key_status status = request_write(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT && args->only_present) {
        reply_integer(reply, 0);
        return;
    }
    if (status == KEY_ABSENT) {
        zset_type_create(&key.value);
    }
    int64_t added_count = 0;
    int64_t moved_count = 0;
    for (size_t i = 0; i < args->count; i++) {
        struct bytes member = member_at(req, args, i);
        double score = (double)args->hashes[i];
        double old_score;
        bool is_present = zset_type_score(&key.value, member, &old_score);
        if (is_present ? args->only_new || old_score == score : args->only_present) {
            continue;
        }
        (void)zset_type_set(&key.value, member, score);
        added_count += !is_present;
        moved_count += is_present;
    }
    if (added_count + moved_count > 0) {
        replay_as_zadd(req, args);
        request_changed(req, &key, EVENT_ZADD, added_count + moved_count);
    }
    reply_integer(reply, args->counts_changes ? added_count + moved_count : added_count);
}

/* GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...] */
static void geoadd_command(struct request *req, struct reply *reply) {
    struct geoadd_args args;
    if (parse_geoadd(req, &args, reply)) {
        add_places(req, &args, reply);
    }
    release_geoadd(&args);
}

/* ---- GEODIST, GEOHASH, GEOPOS ---- */

/* GEODIST key member1 member2 [M | KM | FT | MI] */
static void geodist_command(struct request *req, struct reply *reply) {
    enum { SECOND = 3, UNIT = 4 };
    double metres = 1;
    if (request_argc(req) > UNIT + 1) {
        reply_syntax_error(reply);
        return;
    }
    if (request_argc(req) > UNIT && !geo_parse_unit(req, UNIT, &metres, reply)) {
        return;
    }
    struct open_key key;
    struct geohash_place a;
    struct geohash_place b;
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    if (status == KEY_ABSENT || !geo_member_place(&key.value, request_arg(req, 2), &a) ||
        !geo_member_place(&key.value, request_arg(req, SECOND), &b)) {
        reply_null(reply);
        return;
    }
    geo_reply_distance(reply, geohash_distance(a, b) / metres);
}

static void reply_text_of_place(struct reply *reply, struct geohash_place place) {
    char text[GEOHASH_TEXT_SIZE];
    geohash_print(place, text);
    reply_bulk(reply, (struct bytes){text, sizeof text});
}

static void reply_members(struct request *req, struct reply *reply,
                          void (*tell)(struct reply *reply, struct geohash_place place),
                          void (*tell_absent)(struct reply *reply)) {
    struct open_key key;
    enum key_status status = request_read(req, 1, VALUE_ZSET, &key, reply);
    if (status == KEY_WRONG_TYPE) {
        return;
    }
    reply_array(reply, request_argc(req) - 2);
    for (size_t i = 2; i < request_argc(req); i++) {
        struct geohash_place place;
        if (status == KEY_PRESENT && geo_member_place(&key.value, request_arg(req, i), &place)) {
            tell(reply, place);
        } else {
            tell_absent(reply);
        }
    }
}

/* GEOHASH key [member [member ...]] */
static void geohash_command(struct request *req, struct reply *reply) {
    reply_members(req, reply, reply_text_of_place, reply_null);
}

/* GEOPOS key [member [member ...]] */
static void geopos_command(struct request *req, struct reply *reply) {
    reply_members(req, reply, geo_reply_place, reply_null_array);
}

/* clang-format off */
static const struct command rows[] = {
    {
        .name = "geoadd", .handler = geoadd_command, .arity = -5,
        .flags = CMD_DENY_OOM | CMD_WRITE,
        .acl = ACL_GEO, .effect = EFFECT_VERBATIM,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RW | KEY_UPDATE}),
        .group = GROUP_GEO, .since = "3.2.0", .complexity = "O(log(N))",
        .syntax = "key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]",
        .summary = "Adds members with their places, or moves them.",
        .history = HISTORY({"6.2.0", "The options CH, NX and XX."}),
    },
    {
        .name = "geodist", .handler = geodist_command, .arity = -4,
        .flags = CMD_READONLY,
        .acl = ACL_GEO, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_GEO, .since = "3.2.0", .complexity = "O(1)",
        .syntax = "key member1 member2 [M | KM | FT | MI]",
        .summary = "Tells how far two members are from each other.",
    },
    {
        .name = "geohash", .handler = geohash_command, .arity = -2,
        .flags = CMD_READONLY,
        .acl = ACL_GEO, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_GEO, .since = "3.2.0", .complexity = "O(1)",
        .syntax = "key [member [member ...]]",
        .summary = "Returns the places of members as geohash texts.",
    },
    {
        .name = "geopos", .handler = geopos_command, .arity = -2,
        .flags = CMD_READONLY,
        .acl = ACL_GEO, .effect = EFFECT_NONE,
        .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0),
                      .access = KEY_RO | KEY_ACCESS}),
        .group = GROUP_GEO, .since = "3.2.0", .complexity = "O(1)",
        .syntax = "key [member [member ...]]",
        .summary = "Returns the places of members in degrees.",
    },
};
/* clang-format on */

const struct command_table geo_commands = {rows, ARRAY_SIZE(rows)};
