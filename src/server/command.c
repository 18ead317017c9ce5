/*
 * Look-up by name is on the path of every request: an open-addressed index over the first and the
 * last eight bytes of the name, lower-cased and compared as two words. Letters are lowered by
 * setting one bit, which also changes a few other bytes; so a hit is confirmed by a real comparison
 * unless the name is made of at most sixteen letters, which the words tell whole.
 */
#include "server/command.h"

#include "base/alloc.h"
#include "base/text.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    INDEX_SIZE_MIN = 1024, /* a power of two */
    PREFIX_SIZE = 8,
    HALF_PREFIX_SIZE = 4,
    LOAD_DIVISOR = 2,
};

static const uint64_t lower_mask = 0x2020202020202020;
static const uint64_t mix_factor = 0x9e3779b97f4a7c15;

/* A name as two words: its first and its last bytes, which overlap in a short name. */
struct name_words {
    uint64_t head;
    uint64_t tail;
    size_t length;
};

struct name_entry {
    struct name_words words;
    struct known_command *command;
    bool is_told_by_words;
};

struct command_registry {
    struct command_counters *counters; /* by known_command.index */
    struct known_command *all;         /* top-level and subcommands */
    size_t all_count;
    struct known_command **top;
    size_t top_count;
    struct name_entry *names; /* of top-level commands, one behind the other */
    size_t name_count;
    uint16_t *slots; /* the hash index of names: their places, counted from 1; 0: free */
    size_t slot_mask;
};

static inline struct name_words words_of(struct bytes name) {
    struct name_words words = {.length = name.length};
    if (name.length >= PREFIX_SIZE) {
        memcpy(&words.head, name.data, PREFIX_SIZE);
        memcpy(&words.tail, name.data + name.length - PREFIX_SIZE, PREFIX_SIZE);
    } else if (name.length >= HALF_PREFIX_SIZE) {
        memcpy(&words.head, name.data, HALF_PREFIX_SIZE);
        memcpy(&words.tail, name.data + name.length - HALF_PREFIX_SIZE, HALF_PREFIX_SIZE);
    } else if (name.length > 0) {
        words.head = (unsigned char)name.data[0];
        words.tail = (uint64_t)(unsigned char)name.data[name.length / 2] << CHAR_BIT |
                     (unsigned char)name.data[name.length - 1];
    }
    words.head |= lower_mask;
    words.tail |= lower_mask;
    return words;
}

static bool is_told_by_words(struct bytes name) {
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] < 'a' || name.data[i] > 'z') {
            return false;
        }
    }
    return name.length <= 2 * PREFIX_SIZE;
}

static size_t slot_of(const struct command_registry *registry, struct name_words words) {
    uint64_t mixed = (words.head ^ ((words.tail ^ words.length) * mix_factor)) * mix_factor;
    enum { HIGH_BITS_SHIFT = 40 };
    return (size_t)(mixed >> HIGH_BITS_SHIFT) & registry->slot_mask;
}

static void index_command(struct command_registry *registry, struct known_command *command) {
    struct bytes name = sds_view(command->name);
    struct name_words words = words_of(name);
    size_t slot = slot_of(registry, words);
    while (registry->slots[slot] != 0) {
        slot = (slot + 1) & registry->slot_mask;
    }
    registry->names[registry->name_count++] =
        (struct name_entry){words, command, is_told_by_words(name)};
    registry->slots[slot] = (uint16_t)registry->name_count;
}

static void build_index(struct command_registry *registry) {
    size_t size = INDEX_SIZE_MIN;
    while (size < LOAD_DIVISOR * registry->top_count) {
        size *= 2;
    }
    ASSERT(registry->top_count < UINT16_MAX);
    alloc_free(registry->names);
    alloc_free(registry->slots);
    registry->names = alloc_new(registry->top_count * sizeof *registry->names);
    registry->name_count = 0;
    registry->slots = alloc_zeroed(size * sizeof *registry->slots);
    registry->slot_mask = size - 1;
    for (size_t i = 0; i < registry->top_count; i++) {
        if (sds_length(registry->top[i]->name) > 0) {
            index_command(registry, registry->top[i]);
        }
    }
}

/* ---- What follows from a row ---- */

static uint32_t derived_acl(const struct command *row) {
    static const struct {
        uint32_t flag;
        uint32_t category;
    } rules[] = {
        {CMD_WRITE, ACL_WRITE}, {CMD_ADMIN, ACL_ADMIN | ACL_DANGEROUS}, {CMD_PUBSUB, ACL_PUBSUB},
        {CMD_FAST, ACL_FAST},   {CMD_BLOCKING, ACL_BLOCKING},
    };
    uint32_t acl = row->acl;
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        acl |= (row->flags & rules[i].flag) != 0 ? rules[i].category : 0;
    }
    if ((row->flags & CMD_READONLY) != 0 && (acl & ACL_SCRIPTING) == 0) {
        acl |= ACL_READ;
    }
    return (acl & ACL_FAST) != 0 ? acl : acl | ACL_SLOW;
}

size_t command_key_spec_count(const struct command *row) {
    size_t count = 0;
    while (row->keys != NULL && row->keys[count].begin.kind != KEY_BEGIN_NONE) {
        count++;
    }
    return count;
}

static bool has_movable_keys(const struct command *row) {
    for (size_t i = 0; i < command_key_spec_count(row); i++) {
        if (row->keys[i].begin.kind != KEY_BEGIN_INDEX ||
            row->keys[i].find.kind != KEY_FIND_RANGE) {
            return true;
        }
    }
    return false;
}

static bool reads_its_keys(const struct command *row) {
    bool has_key = false;
    for (size_t i = 0; i < command_key_spec_count(row); i++) {
        const struct key_spec *spec = &row->keys[i];
        if (spec->begin.kind == KEY_BEGIN_UNKNOWN || spec->find.kind == KEY_FIND_UNKNOWN ||
            (spec->access & (KEY_NOT_KEY | KEY_INCOMPLETE)) != 0) {
            return false;
        }
        has_key = true;
    }
    return has_key && (row->flags & CMD_READONLY) != 0 && (row->flags & CMD_LONG) == 0;
}

static uint32_t derived_flags(const struct command *row) {
    return (has_movable_keys(row) ? (uint32_t)CMD_MOVABLE_KEYS : 0) |
           (reads_its_keys(row) ? (uint32_t)CMD_READS_ITS_KEYS : 0);
}

static int16_t fixed_first_key(const struct command *row) {
    const struct key_spec *spec = row->keys;
    bool is_fixed = spec != NULL && spec->begin.kind == KEY_BEGIN_INDEX &&
                    spec->find.kind == KEY_FIND_RANGE && (spec->access & KEY_NOT_KEY) == 0;
    return is_fixed ? spec->begin.index : 0;
}

static void fill_known_command(struct known_command *command, const struct command *row,
                               size_t index) {
    *command = (struct known_command){
        .row = row,
        .flags = row->flags | derived_flags(row),
        .acl = derived_acl(row),
        .first_key = fixed_first_key(row),
        .index = (uint16_t)index,
    };
    command->name = sds_new(bytes_of_text(row->parent != NULL ? row->parent : row->name));
    if (row->parent != NULL) {
        command->name = sds_append(command->name, BYTES("|"));
        command->name = sds_append(command->name, bytes_of_text(row->name));
    }
}

static struct known_command *find_row(const struct command_registry *registry, const char *name) {
    for (size_t i = 0; i < registry->all_count; i++) {
        const struct command *row = registry->all[i].row;
        if (row->parent == NULL && strcmp(row->name, name) == 0) {
            return &registry->all[i];
        }
    }
    return NULL;
}

/* Gives every container the NULL-terminated list of its subcommands. */
static void link_subcommands(struct command_registry *registry) {
    struct known_command *parent = NULL;
    for (size_t i = 0; i < registry->all_count; i++) {
        struct known_command *command = &registry->all[i];
        if (command->row->parent == NULL) {
            continue;
        }
        /* Most stand one behind the other in their table. */
        if (parent == NULL || strcmp(parent->row->name, command->row->parent) != 0) {
            parent = find_row(registry, command->row->parent);
        }
        ASSERT(parent != NULL);
        size_t count = 0;
        while (parent->subcommands != NULL && parent->subcommands[count] != NULL) {
            count++;
        }
        parent->subcommands =
            alloc_resize(parent->subcommands, (count + 2) * sizeof(struct known_command *));
        parent->subcommands[count] = command;
        parent->subcommands[count + 1] = NULL;
        parent->flags |= CMD_CONTAINER;
        command->parent = parent;
    }
}

struct command_registry *command_registry_create(const struct command_table *const *tables,
                                                 size_t table_count) {
    struct command_registry *registry = alloc_zeroed(sizeof *registry);
    size_t total = 0;
    for (size_t i = 0; i < table_count; i++) {
        total += tables[i]->count;
    }
    registry->all = alloc_zeroed(total * sizeof *registry->all);
    registry->counters = alloc_zeroed(total * sizeof *registry->counters);
    registry->top = alloc_zeroed(total * sizeof(struct known_command *));
    for (size_t i = 0; i < table_count; i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            struct known_command *command = &registry->all[registry->all_count];
            fill_known_command(command, &tables[i]->rows[j], registry->all_count);
            command->counters = &registry->counters[registry->all_count];
            registry->all_count++;
            if (command->row->parent == NULL) {
                registry->top[registry->top_count++] = command;
            }
        }
    }
    link_subcommands(registry);
    build_index(registry);
    return registry;
}

void command_registry_destroy(struct command_registry *registry) {
    if (registry == NULL) {
        return;
    }
    for (size_t i = 0; i < registry->all_count; i++) {
        sds_free(registry->all[i].name);
        alloc_free(registry->all[i].subcommands);
    }
    alloc_free(registry->counters);
    alloc_free(registry->all);
    alloc_free(registry->top);
    alloc_free(registry->names);
    alloc_free(registry->slots);
    alloc_free(registry);
}

struct known_command *command_find(const struct command_registry *registry, struct bytes name) {
    struct name_words words = words_of(name);
    size_t slot = slot_of(registry, words);
    for (; registry->slots[slot] != 0; slot = (slot + 1) & registry->slot_mask) {
        const struct name_entry *found = &registry->names[registry->slots[slot] - 1];
        if (found->words.head == words.head && found->words.tail == words.tail &&
            found->words.length == words.length &&
            (found->is_told_by_words || bytes_equal_nocase(sds_view(found->command->name), name))) {
            return found->command;
        }
    }
    return NULL;
}

struct known_command *command_find_original(const struct command_registry *registry,
                                            struct bytes name) {
    struct known_command *command = command_find(registry, name);
    if (LIKELY(command != NULL && (command->flags & CMD_RENAMED) == 0)) {
        return command;
    }
    for (size_t i = 0; i < registry->all_count; i++) {
        if (registry->all[i].row->parent == NULL && bytes_is(name, registry->all[i].row->name)) {
            return &registry->all[i];
        }
    }
    return NULL;
}

struct known_command *command_find_subcommand(const struct known_command *container,
                                              struct bytes name) {
    for (size_t i = 0; container->subcommands != NULL && container->subcommands[i] != NULL; i++) {
        if (bytes_is(name, container->subcommands[i]->row->name)) {
            return container->subcommands[i];
        }
    }
    return NULL;
}

struct known_command *command_of_request(struct known_command *named, const struct bytes *args,
                                         size_t argc) {
    if (named == NULL || LIKELY((named->flags & CMD_CONTAINER) == 0) || argc < 2) {
        return named;
    }
    struct known_command *subcommand = command_find_subcommand(named, args[1]);
    return subcommand == NULL ? named : subcommand;
}

struct known_command *command_find_full(const struct command_registry *registry,
                                        struct bytes full_name) {
    const char *bar = full_name.length == 0 ? NULL : memchr(full_name.data, '|', full_name.length);
    if (bar == NULL) {
        return command_find(registry, full_name);
    }
    size_t length = (size_t)(bar - full_name.data);
    struct known_command *container =
        command_find(registry, (struct bytes){full_name.data, length});
    struct bytes rest = {bar + 1, full_name.length - length - 1};
    return container == NULL ? NULL : command_find_subcommand(container, rest);
}

bool command_rename(struct command_registry *registry, struct bytes name, struct bytes new_name) {
    struct known_command *command = command_find(registry, name);
    if (command == NULL || (new_name.length > 0 && command_find(registry, new_name) != NULL)) {
        return false;
    }
    command->flags |= CMD_RENAMED;
    sds_free(command->name);
    command->name = sds_new(new_name);
    for (size_t i = 0; i < sds_length(command->name); i++) {
        command->name[i] = (char)tolower((unsigned char)command->name[i]);
    }
    if (new_name.length == 0) {
        size_t kept = 0;
        for (size_t i = 0; i < registry->top_count; i++) {
            if (registry->top[i] != command) {
                registry->top[kept++] = registry->top[i];
            }
        }
        registry->top_count = kept;
    }
    build_index(registry);
    return true;
}

size_t command_count(const struct command_registry *registry) {
    return registry->top_count;
}

struct known_command *command_at(const struct command_registry *registry, size_t index) {
    ASSERT(index < registry->top_count);
    return registry->top[index];
}

size_t command_total_count(const struct command_registry *registry) {
    return registry->all_count;
}

struct known_command *command_by_index(const struct command_registry *registry, size_t index) {
    ASSERT(index < registry->all_count);
    return &registry->all[index];
}

struct command_counters *command_counters_of(const struct known_command *command) {
    return command->counters;
}

int64_t command_tracked_calls(const struct command_counters *counters) {
    int64_t total = 0;
    for (size_t i = 0; i < COMMAND_HISTOGRAM_BUCKETS; i++) {
        total += counters->latency_buckets[i];
    }
    return total;
}

/* ---- Key positions ---- */

/* Where keys of one spec stand. */
struct key_range {
    int64_t first;
    int64_t last;
    int64_t step;
    bool is_loose; /* their number was no proper one */
};

/* The index at which a spec begins; 0 when its keyword is missing, -1 when it is unknown. */
static int64_t begin_of(const struct key_spec *spec, const struct bytes *args, size_t argc) {
    switch ((enum key_begin_kind)spec->begin.kind) {
    case KEY_BEGIN_INDEX:
        return spec->begin.index;
    case KEY_BEGIN_KEYWORD: {
        int64_t count = (int64_t)argc;
        bool backwards = spec->begin.index < 0;
        int64_t start = backwards ? count + spec->begin.index : spec->begin.index;
        /* As on the oracle the last argument is no keyword: nothing stands behind it. */
        for (int64_t i = start; i > 0 && i + 1 < count; i += backwards ? -1 : 1) {
            if (bytes_is(args[i], spec->begin.keyword)) {
                return i + 1;
            }
        }
        return 0;
    }
    case KEY_BEGIN_NONE:
    case KEY_BEGIN_UNKNOWN:
        return -1;
    }
    UNREACHABLE();
}

/*
 * Reads how many keys follow. As on the oracle the number in front of other characters counts where
 * the whole is no integer; nothing is said of the access to such keys then.
 */
static bool read_key_count(struct bytes text, struct key_range *range, int64_t *count) {
    enum { DIGITS = 20, DECIMAL = 10 };
    range->is_loose = !text_parse_int64(text, count);
    if (range->is_loose) {
        char digits[DIGITS + 1] = "";
        memcpy(digits, text.data, text.length < DIGITS ? text.length : (size_t)DIGITS);
        *count = strtol(digits, NULL, DECIMAL);
    }
    return *count >= 1;
}

static bool range_of(const struct key_spec *spec, int64_t begin, int64_t argc,
                     const struct bytes *args, struct key_range *range) {
    range->first = begin;
    range->step = spec->find.step;
    range->is_loose = false;
    if (spec->find.kind == KEY_FIND_RANGE) {
        if (spec->find.last >= 0) {
            range->last = begin + spec->find.last;
        } else {
            int64_t limit = spec->find.limit > 1 ? spec->find.limit : 1;
            int64_t rest = (argc - begin) / limit;
            range->last = limit == 1 ? argc + spec->find.last : begin + rest + spec->find.last;
        }
        return range->last < argc && begin < argc;
    }
    int64_t count_index = begin + spec->find.count_index;
    int64_t count = 0;
    if (count_index >= argc || !read_key_count(args[count_index], range, &count) || count > argc) {
        return false;
    }
    range->first = begin + spec->find.first;
    range->last = range->first + (count - 1) * range->step;
    return range->last < argc;
}

/* Behind a number that is no proper one the oracle names a destination last. */
static void put_first_last(struct key_position *positions, size_t first_count, size_t count) {
    ASSERT(first_count == 1);
    struct key_position destination = {positions[0].index, 0};
    memmove(positions, positions + 1, (count - 1) * sizeof *positions);
    positions[count - 1] = destination;
}

int command_key_positions(const struct known_command *command, const struct bytes *args,
                          size_t argc, struct key_position *positions, size_t capacity) {
    size_t found = 0;
    const struct key_spec *spec = command->row->keys;
    for (; spec != NULL && spec->begin.kind != KEY_BEGIN_NONE; spec++) {
        int64_t begin = begin_of(spec, args, argc);
        if (begin == 0 || (spec->access & KEY_NOT_KEY) != 0) {
            continue;
        }
        struct key_range range;
        if (begin < 0 && command->row->find_unknown_key != NULL) {
            size_t index = command->row->find_unknown_key(args, argc, spec->access);
            if (index > 0 && found < capacity) {
                positions[found] = (struct key_position){index, spec->access};
            }
            found += index > 0;
            continue;
        }
        if (begin < 0 || spec->find.kind == KEY_FIND_UNKNOWN ||
            !range_of(spec, begin, (int64_t)argc, args, &range)) {
            return (command->flags & CMD_NO_MANDATORY_KEYS) != 0 ? 0 : -1;
        }
        uint16_t access = range.is_loose ? 0 : spec->access;
        size_t before = found;
        if ((access & KEY_VARIABLE_FLAGS) != 0 && command->row->decide_access != NULL) {
            access = command->row->decide_access(args, argc);
        }
        for (int64_t j = range.first; j <= range.last; j += range.step) {
            if (found < capacity) {
                positions[found] = (struct key_position){(size_t)j, access};
            }
            found++;
        }
        if (range.is_loose && before > 0 && found <= capacity) {
            put_first_last(positions, before, found);
        }
    }
    return (int)found;
}
