/*
 * A dump is read as far as the instructions; that of GSET is learned from a dump of an assignment,
 * since its number differs among versions.
 */
#include "script/lua_bytecode.h"

#include "base/sds.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MARK_SIZE = 4, /* ESC L J, version */
    FORMAT_VERSION = 2,
    FLAG_IS_STRIPPED = 2,
    PROTOTYPE_HEAD_SIZE = 4, /* flags, parameters, frame size, upvalues */
    INSTRUCTION_SIZE = 4,
    PAYLOAD_BITS = 7,
    PAYLOAD_MASK = 0x7f,
    SHIFT_MAX = 63,
    /* "x=1" is: load the constant, GSET, return. */
    PROBE_COUNT = 3,
    PROBE_PLACE = 1,
};

/* Reads forward over a dump. */
struct reader {
    const unsigned char *at;
    const unsigned char *end;
    bool is_broken; /* it ended early */
};

/* The instructions of one function. */
struct instructions {
    const unsigned char *first;
    size_t count;
};

static uint64_t read_number(struct reader *reader) {
    uint64_t number = 0;
    for (unsigned shift = 0; reader->at < reader->end && shift < SHIFT_MAX; shift += PAYLOAD_BITS) {
        unsigned char byte = *reader->at++;
        number |= (uint64_t)(byte & PAYLOAD_MASK) << shift;
        if (byte <= PAYLOAD_MASK) {
            return number;
        }
    }
    reader->is_broken = true;
    return 0;
}

static void skip(struct reader *reader, uint64_t size) {
    if (size > (uint64_t)(reader->end - reader->at)) {
        reader->is_broken = true;
        return;
    }
    reader->at += size;
}

/* Returns the dump's flags, behind which its functions begin. */
static uint64_t read_head(struct reader *reader) {
    const unsigned char *mark = reader->at;
    skip(reader, MARK_SIZE);
    if (reader->is_broken || mark[MARK_SIZE - 1] != FORMAT_VERSION) {
        reader->is_broken = true;
        return 0;
    }
    uint64_t flags = read_number(reader);
    if ((flags & FLAG_IS_STRIPPED) == 0) {
        skip(reader, read_number(reader)); /* the chunk's name */
    }
    return flags;
}

/* Reads the next function. Returns false behind the last one, and when the dump is broken. */
static bool next_function(struct reader *reader, uint64_t flags, struct instructions *found) {
    uint64_t size = read_number(reader);
    const unsigned char *start = reader->at;
    skip(reader, size);
    if (reader->is_broken || size == 0) {
        return false;
    }
    struct reader inner = {start, start + size, false};
    skip(&inner, PROTOTYPE_HEAD_SIZE);
    (void)read_number(&inner); /* constants that are collected */
    (void)read_number(&inner); /* numbers */
    found->count = (size_t)read_number(&inner);
    if ((flags & FLAG_IS_STRIPPED) == 0 && read_number(&inner) > 0) {
        (void)read_number(&inner); /* the first line */
        (void)read_number(&inner); /* lines */
    }
    found->first = inner.at;
    skip(&inner, (uint64_t)found->count * INSTRUCTION_SIZE);
    reader->is_broken = inner.is_broken;
    return !inner.is_broken;
}

static int add_piece(lua_State *lua, const void *piece, size_t size, void *context) {
    (void)lua;
    sds *dump = context;
    *dump = sds_append(*dump, (struct bytes){piece, size});
    return 0;
}

static sds dump_top(lua_State *lua) {
    sds dump = sds_with_capacity(0);
    (void)lua_dump(lua, add_piece, &dump); /* What is missing is noticed where it is read. */
    return dump;
}

static struct reader reader_of(sds dump) {
    const unsigned char *start = (const unsigned char *)dump;
    return (struct reader){start, start + sds_length(dump), false};
}

/* The number of GSET, or -1. */
static int learn_assignment(lua_State *lua) {
    static const char probe[] = "x=1";
    if (luaL_loadbuffer(lua, probe, sizeof probe - 1, "=probe") != 0) {
        return lua_error(lua);
    }
    sds dump = dump_top(lua);
    lua_pop(lua, 1);
    struct reader reader = reader_of(dump);
    struct instructions found;
    uint64_t flags = read_head(&reader);
    int number = -1;
    if (!reader.is_broken && next_function(&reader, flags, &found) && found.count == PROBE_COUNT) {
        number = found.first[(size_t)PROBE_PLACE * INSTRUCTION_SIZE];
    }
    sds_free(dump);
    return number;
}

static bool has_instruction(sds dump, unsigned char number) {
    struct reader reader = reader_of(dump);
    uint64_t flags = read_head(&reader);
    struct instructions found;
    while (!reader.is_broken && next_function(&reader, flags, &found)) {
        for (size_t i = 0; i < found.count; i++) {
            if (found.first[i * INSTRUCTION_SIZE] == number) {
                return true;
            }
        }
    }
    return reader.is_broken;
}

bool lua_bytecode_may_set_globals(struct lua_State *lua) {
    int number = learn_assignment(lua);
    if (number < 0) {
        return true;
    }
    sds dump = dump_top(lua);
    bool has = has_instruction(dump, (unsigned char)number);
    sds_free(dump);
    return has;
}
