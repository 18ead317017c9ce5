/*
 * A format is read option by option, each time from where the last one ended: what follows an
 * option that fails is never looked at. What a conversion does with values that do not fit (a
 * double beyond 64 bits, an integer of more than 8 bytes) is spelled out here as it is on x86,
 * where scripts elsewhere run.
 */
#include "script/lua_struct.h"

#include "base/panic.h"
#include "base/sds.h"
#include "script/lua_context.h"

#include <limits.h>
#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    INTEGER_SIZE_MAX = 32,
    ALIGNMENT_DEFAULT = 8,
    STEPS_PER_TICK = 1000,
    BYTE_BITS = 8,
    WORD_SIZE = sizeof(uint64_t),
    WORD_BITS = WORD_SIZE * BYTE_BITS,
};

/* 2^63: the first number that int64_t cannot hold. */
static const double int64_limit = 9223372036854775808.0;

/* Where a format is read, and what its options so far have set. */
struct format {
    lua_State *lua;
    const char *at; /* ends with a zero byte */
    bool is_big_endian;
    size_t alignment_max;
    size_t step_count;
};

/* One option of a format. */
struct item {
    char option;
    size_t size;    /* of its value; 0 when it has none, or one of any size */
    size_t padding; /* in front of it */
};

/* ---- Formats ---- */

static void format_init(struct format *format, lua_State *lua) {
    *format = (struct format){.lua = lua, .at = luaL_checkstring(lua, 1), .alignment_max = 1};
}

static bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

/* Reads a number that may stand behind an option. */
static int read_number(struct format *format, int missing) {
    enum { RADIX = 10 };
    if (!is_digit(*format->at)) {
        return missing;
    }
    int number = 0;
    for (; is_digit(*format->at); format->at++) {
        int digit = *format->at - '0';
        if (number > (INT_MAX - digit) / RADIX) {
            (void)luaL_error(format->lua, "integral size overflow");
        }
        number = number * RADIX + digit;
    }
    return number;
}

static size_t read_integer_size(struct format *format) {
    int size = read_number(format, sizeof(int));
    if (size > INTEGER_SIZE_MAX) {
        (void)luaL_error(format->lua, "integral size %d is larger than limit of %d", size,
                         INTEGER_SIZE_MAX);
    }
    return (size_t)size;
}

static size_t read_size(struct format *format, char option) {
    switch (option) {
    case 'b':
    case 'B':
    case 'x':
        return 1;
    case 'h':
    case 'H':
        return sizeof(short);
    case 'l':
    case 'L':
        return sizeof(long);
    case 'T':
        return sizeof(size_t);
    case 'f':
        return sizeof(float);
    case 'd':
        return sizeof(double);
    case 'i':
    case 'I':
        return read_integer_size(format);
    case 'c':
        return (size_t)read_number(format, 1);
    default:
        return 0;
    }
}

/* Bytes that are missing to the alignment of a value. Sizes need not be powers of two. */
static size_t padding_of(const struct format *format, const struct item *item, size_t offset) {
    size_t size = item->size < format->alignment_max ? item->size : format->alignment_max;
    if (size <= 1 || item->option == 'c') {
        return 0;
    }
    return (size - (offset & (size - 1))) & (size - 1);
}

/*
 * Reads the next option, whose value shall stand at an offset or behind it. Returns false at the
 * end.
 */
static bool read_item(struct format *format, size_t offset, struct item *item) {
    if (*format->at == '\0') {
        return false;
    }
    if (format->step_count++ == STEPS_PER_TICK) {
        format->step_count = 0;
        lua_context_tick(format->lua);
    }
    item->option = *format->at++;
    item->size = read_size(format, item->option);
    item->padding = padding_of(format, item, offset);
    return true;
}

/* Obeys an option that says how others are meant. False when it is none of these. */
static bool obey_setting(struct format *format, char option) {
    switch (option) {
    case ' ':
        return true;
    case '<':
    case '>':
        format->is_big_endian = option == '>';
        return true;
    case '!': {
        int alignment = read_number(format, ALIGNMENT_DEFAULT);
        if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
            (void)luaL_error(format->lua, "alignment %d is not a power of 2", alignment);
        }
        format->alignment_max = (size_t)alignment;
        return true;
    }
    default:
        return false;
    }
}

static void refuse_option(const struct format *format, char option) {
    const char *text = lua_pushfstring(format->lua, "invalid format option '%c'", option);
    (void)luaL_argerror(format->lua, 1, text);
}

static bool is_integer_option(char option) {
    return strchr("bBhHlLTiI", option) != NULL;
}

/* ---- Numbers ---- */

static uint64_t word_of_double(double number) {
    const uint64_t no_int64 = (uint64_t)1 << (WORD_BITS - 1);
    if (number >= -int64_limit && number < int64_limit) {
        return (uint64_t)(int64_t)number;
    }
    if (number >= int64_limit && number < 2 * int64_limit) {
        return (uint64_t)number;
    }
    return number > 0 ? 0 : no_int64;
}

/* Writes the lowest bytes of a word; behind eight bytes there are zeros. */
static void write_word(char *bytes, size_t size, uint64_t word, bool is_big_endian) {
    for (size_t i = 0; i < size; i++) {
        bytes[is_big_endian ? size - 1 - i : i] = (char)(word & UINT8_MAX);
        word >>= BYTE_BITS;
    }
}

static uint64_t read_word(const char *bytes, size_t size, bool is_big_endian) {
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++) {
        word = word << BYTE_BITS | (uint8_t)bytes[is_big_endian ? i : size - 1 - i];
    }
    return word;
}

/* The number that an integer option stands for. */
static lua_Number number_of_word(const struct item *item, uint64_t word) {
    bool is_signed = strchr("bhli", item->option) != NULL;
    if (!is_signed) {
        return (lua_Number)word;
    }
    size_t sign_bit = (item->size * BYTE_BITS - 1) % WORD_BITS;
    uint64_t mask = UINT64_MAX << sign_bit;
    return (lua_Number)(int64_t)((word & mask) != 0 ? word | mask : word);
}

/* The bits of a float or double, and the number that such bits are. */
static uint64_t word_of_real(char option, lua_Number number) {
    uint64_t word = 0;
    if (option == 'f') {
        float narrow = (float)number;
        memcpy(&word, &narrow, sizeof narrow);
    } else {
        memcpy(&word, &number, sizeof number);
    }
    return word;
}

static lua_Number real_of_word(char option, uint64_t word) {
    float narrow = 0;
    lua_Number number = 0;
    if (option == 'f') {
        memcpy(&narrow, &word, sizeof narrow);
        return (lua_Number)narrow;
    }
    memcpy(&number, &word, sizeof number);
    return number;
}

/* ---- struct.pack ---- */

struct packing {
    struct format format;
    luaL_Buffer buffer;
    size_t size; /* so far */
    int argument;
};

static void append(struct packing *packing, struct bytes bytes) {
    luaL_addlstring(&packing->buffer, bytes.data, bytes.length);
    packing->size += bytes.length;
}

static void append_zeros(struct packing *packing, size_t count) {
    static const char zeros[INTEGER_SIZE_MAX];
    append(packing, (struct bytes){zeros, count});
}

static void pack_text(struct packing *packing, const struct item *item) {
    size_t length = 0;
    const char *text = luaL_checklstring(packing->format.lua, packing->argument++, &length);
    size_t size = item->size == 0 ? length : item->size;
    luaL_argcheck(packing->format.lua, size <= length, packing->argument, "string too short");
    append(packing, (struct bytes){text, size});
    if (item->option == 's') {
        append_zeros(packing, 1);
    }
}

static void pack_number(struct packing *packing, const struct item *item) {
    char bytes[INTEGER_SIZE_MAX];
    lua_Number number = luaL_checknumber(packing->format.lua, packing->argument++);
    uint64_t word = is_integer_option(item->option) ? word_of_double(number)
                                                    : word_of_real(item->option, number);
    write_word(bytes, item->size, word, packing->format.is_big_endian);
    append(packing, (struct bytes){bytes, item->size});
}

static void pack_item(struct packing *packing, const struct item *item) {
    append_zeros(packing, item->padding);
    if (item->option == 'x') {
        append_zeros(packing, 1);
    } else if (item->option == 'c' || item->option == 's') {
        pack_text(packing, item);
    } else if (is_integer_option(item->option) || item->option == 'f' || item->option == 'd') {
        pack_number(packing, item);
    } else if (!obey_setting(&packing->format, item->option)) {
        refuse_option(&packing->format, item->option);
    }
}

/* struct.pack(format, value, ...) */
static int struct_pack(lua_State *lua) {
    struct packing packing = {.argument = 2};
    format_init(&packing.format, lua);
    lua_pushnil(lua); /* what errors tell of a value that is missing */
    luaL_buffinit(lua, &packing.buffer);
    struct item item;
    while (read_item(&packing.format, packing.size, &item)) {
        pack_item(&packing, &item);
    }
    luaL_pushresult(&packing.buffer);
    return 1;
}

/* ---- struct.unpack ---- */

struct unpacking {
    struct format format;
    struct bytes data;
    size_t offset;
    int result_count;
};

static void check_data(const struct unpacking *unpacking, size_t size) {
    size_t length = unpacking->data.length;
    luaL_argcheck(unpacking->format.lua, size <= length && unpacking->offset <= length - size, 2,
                  "data string too short");
}

/* Takes the last result, which is the size of a string. */
static size_t take_size(struct unpacking *unpacking) {
    lua_State *lua = unpacking->format.lua;
    if (unpacking->result_count == 0 || lua_isnumber(lua, -1) == 0) {
        (void)luaL_error(lua, "format 'c0' needs a previous size");
    }
    size_t size = word_of_double(lua_tonumber(lua, -1));
    lua_pop(lua, 1);
    unpacking->result_count--;
    check_data(unpacking, size);
    return size;
}

/* The size of a string that ends with a zero byte, without that. */
static size_t find_size(const struct unpacking *unpacking) {
    const char *start = unpacking->data.data + unpacking->offset;
    const char *end = memchr(start, '\0', unpacking->data.length - unpacking->offset);
    if (end == NULL) {
        return (size_t)luaL_error(unpacking->format.lua, "unfinished string in data");
    }
    return (size_t)(end - start);
}

static void unpack_number(struct unpacking *unpacking, const struct item *item) {
    const char *bytes = unpacking->data.data + unpacking->offset;
    uint64_t word = read_word(bytes, item->size, unpacking->format.is_big_endian);
    lua_Number number = is_integer_option(item->option) ? number_of_word(item, word)
                                                        : real_of_word(item->option, word);
    lua_pushnumber(unpacking->format.lua, number);
    unpacking->offset += item->size;
    unpacking->result_count++;
}

static void unpack_text(struct unpacking *unpacking, const struct item *item) {
    size_t size = item->size;
    if (item->option == 's') {
        size = find_size(unpacking);
    } else if (size == 0) {
        size = take_size(unpacking);
    }
    lua_pushlstring(unpacking->format.lua, unpacking->data.data + unpacking->offset, size);
    unpacking->offset += size + (item->option == 's');
    unpacking->result_count++;
}

static void unpack_item(struct unpacking *unpacking, const struct item *item) {
    unpacking->offset += item->padding;
    check_data(unpacking, item->size);
    luaL_checkstack(unpacking->format.lua, 2, "too many results");
    if (item->option == 'x') {
        unpacking->offset++;
    } else if (item->option == 'c' || item->option == 's') {
        unpack_text(unpacking, item);
    } else if (is_integer_option(item->option) || item->option == 'f' || item->option == 'd') {
        unpack_number(unpacking, item);
    } else if (!obey_setting(&unpacking->format, item->option)) {
        refuse_option(&unpacking->format, item->option);
    }
}

/* struct.unpack(format, data [, offset]) */
static int struct_unpack(lua_State *lua) {
    enum { OFFSET_INDEX = 3 };
    struct unpacking unpacking = {.result_count = 0};
    format_init(&unpacking.format, lua);
    unpacking.data.data = luaL_checklstring(lua, 2, &unpacking.data.length);
    lua_Integer position = luaL_optinteger(lua, OFFSET_INDEX, 1);
    luaL_argcheck(lua, position != 0, OFFSET_INDEX, "offset must be 1 or greater");
    unpacking.offset = (size_t)position - 1; /* Far too large when it was negative. */
    struct item item;
    while (read_item(&unpacking.format, unpacking.offset, &item)) {
        unpack_item(&unpacking, &item);
    }
    lua_pushinteger(lua, (lua_Integer)(unpacking.offset + 1));
    return unpacking.result_count + 1;
}

/* ---- struct.size ---- */

/* struct.size(format) */
static int struct_size(lua_State *lua) {
    struct format format;
    format_init(&format, lua);
    size_t size = 0;
    struct item item;
    while (read_item(&format, size, &item)) {
        luaL_argcheck(lua, item.option != 's', 1, "option 's' has no fixed size");
        luaL_argcheck(lua, item.option != 'c' || item.size > 0, 1, "option 'c0' has no fixed size");
        size += item.padding + item.size;
        (void)obey_setting(&format, item.option);
    }
    lua_pushinteger(lua, (lua_Integer)size);
    return 1;
}

static const struct luaL_Reg functions[] = {
    {"pack", struct_pack},
    {"unpack", struct_unpack},
    {"size", struct_size},
};

void lua_struct_push(struct lua_State *lua) {
    lua_createtable(lua, 0, ARRAY_SIZE(functions));
    for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
        lua_pushcfunction(lua, functions[i].func);
        lua_setfield(lua, -2, functions[i].name);
    }
}
