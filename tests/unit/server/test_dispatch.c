/*
 * Arguments longer than names and elements may be. No byte of them is looked at, so there is none:
 * over a socket each would take 4 GiB.
 */
#include "server/dispatch.h"

#include "base/panic.h"
#include "server/command.h"
#include "support/unit.h"

/* clang-format off */
static const struct command rows[] = {
    {.name = "set", .arity = -3, .group = GROUP_STRING,
     .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0)})},
    {.name = "mset", .arity = -3, .group = GROUP_STRING,
     .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 2, 0)})},
    {.name = "hset", .arity = -4, .group = GROUP_HASH,
     .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0)})},
    {.name = "restore", .arity = -4, .group = GROUP_GENERIC,
     .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(0, 1, 0)})},
    {.name = "del", .arity = -2, .group = GROUP_GENERIC,
     .keys = KEYS({.begin = KEY_INDEX(1), .find = KEY_RANGE(-1, 1, 0)})},
    {.name = "echo", .arity = 2, .group = GROUP_CONNECTION},
    {.name = "publish", .arity = 3, .group = GROUP_PUBSUB},
    {.name = "eval", .arity = -3, .group = GROUP_SCRIPTING},
};
/* clang-format on */

static const struct command_table table = {rows, ARRAY_SIZE(rows)};
static const struct command_table *const tables[] = {&table};

/* A request whose arguments are "1", but for one that has this length. */
static bool takes(const char *name, size_t argc, size_t long_index, size_t length) {
    enum { ARGC_MAX = 8 };
    struct command_registry *registry = command_registry_create(tables, ARRAY_SIZE(tables));
    struct bytes args[ARGC_MAX];
    args[0] = bytes_of_text(name);
    for (size_t i = 1; i < argc; i++) {
        args[i] = BYTES("1");
    }
    args[long_index].length = length;
    bool takes_it = dispatch_takes_lengths(command_find(registry, bytes_of_text(name)), args, argc);
    command_registry_destroy(registry);
    return takes_it;
}

static const size_t longest = UINT32_MAX;

Test(dispatch, names_and_elements_have_lengths_of_32_bits) {
    for (size_t i = 1; i < 4; i++) {
        require(takes("hset", 4, i, longest) && !takes("hset", 4, i, longest + 1));
    }
    require(takes("del", 4, 3, longest) && !takes("del", 4, 3, longest + 1));
    require(takes("eval", 3, 1, longest) && !takes("eval", 3, 1, longest + 1));
}

Test(dispatch, texts_of_strings_and_what_is_handed_on_may_be_longer) {
    require(takes("set", 3, 2, longest + 1) && takes("set", 3, 2, SIZE_MAX));
    require(takes("mset", 5, 4, longest + 1) && takes("restore", 4, 3, longest + 1));
    require(takes("echo", 2, 1, longest + 1) && takes("publish", 3, 2, longest + 1));
}

Test(dispatch, their_keys_may_not) {
    require(takes("set", 3, 1, longest) && !takes("set", 3, 1, longest + 1));
    require(takes("mset", 5, 3, longest) && !takes("mset", 5, 3, longest + 1));
    require(takes("restore", 4, 1, longest) && !takes("restore", 4, 1, longest + 1));
}
