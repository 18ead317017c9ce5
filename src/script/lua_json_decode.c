/*
 * A recursive descent over tokens. Strings without escapes are taken as they stand; others are put
 * together in the buffer first.
 */
#include "script/lua_json_internal.h"

#include "base/panic.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { STACK_ROOM = 6 };

enum token_kind {
    TOKEN_OBJECT_BEGIN,
    TOKEN_OBJECT_END,
    TOKEN_ARRAY_BEGIN,
    TOKEN_ARRAY_END,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_BOOLEAN,
    TOKEN_NULL,
    TOKEN_COLON,
    TOKEN_COMMA,
    TOKEN_END,
    TOKEN_ERROR,
};

static const char *const token_names[] = {
    [TOKEN_OBJECT_BEGIN] = "T_OBJ_BEGIN",
    [TOKEN_OBJECT_END] = "T_OBJ_END",
    [TOKEN_ARRAY_BEGIN] = "T_ARR_BEGIN",
    [TOKEN_ARRAY_END] = "T_ARR_END",
    [TOKEN_STRING] = "T_STRING",
    [TOKEN_NUMBER] = "T_NUMBER",
    [TOKEN_BOOLEAN] = "T_BOOLEAN",
    [TOKEN_NULL] = "T_NULL",
    [TOKEN_COLON] = "T_COLON",
    [TOKEN_COMMA] = "T_COMMA",
    [TOKEN_END] = "T_END",
};

struct token {
    enum token_kind kind;
    size_t offset;
    double number;
    bool boolean;
    struct bytes text; /* of a string: in the source, or in the buffer */
    const char *error; /* of TOKEN_ERROR: what was found */
};

struct decoder {
    lua_State *lua;
    struct json_settings *settings;
    struct bytes source; /* ends in a zero byte that does not count */
    size_t at;
    int depth;
};

static void decode_value(struct decoder *from, const struct token *token);

static void refuse(const struct decoder *from, const char *expected, const struct token *token) {
    const char *found = token->kind == TOKEN_ERROR ? token->error : token_names[token->kind];
    (void)luaL_error(from->lua, "Expected %s but found %s at character %d", expected, found,
                     (int)token->offset + 1);
}

/* ---- Strings ---- */

static int hex_digit(char letter) {
    enum { DECIMAL = 10 };
    if (letter >= '0' && letter <= '9') {
        return letter - '0';
    }
    char lower = (char)(letter | ('a' - 'A'));
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + DECIMAL : -1;
}

/* Reads the four digits of \uXXXX; -1 when they are none. The text ends in a zero byte. */
static int32_t read_code_unit(const char *digits) {
    enum { DIGIT_COUNT = 4, DIGIT_BITS = 4 };
    int32_t unit = 0;
    for (size_t i = 0; i < DIGIT_COUNT; i++) {
        int digit = hex_digit(digits[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit << DIGIT_BITS | digit;
    }
    return unit;
}

/* Reads \uXXXX, with its other half if it is one of a pair. Returns the character or -1. */
static int32_t read_unicode(const char **at) {
    enum {
        ESCAPE_SIZE = 6,
        SURROGATE_MASK = 0xfc00,
        HIGH_SURROGATE = 0xd800,
        LOW_SURROGATE = 0xdc00,
        PAIR_BITS = 10,
        PAIR_OFFSET = 0x10000,
    };
    int32_t unit = read_code_unit(*at + 2);
    if (unit < 0 || (unit & SURROGATE_MASK) == LOW_SURROGATE) {
        return -1;
    }
    *at += ESCAPE_SIZE;
    if ((unit & SURROGATE_MASK) != HIGH_SURROGATE) {
        return unit;
    }
    if ((*at)[0] != '\\' || (*at)[1] != 'u') {
        return -1;
    }
    int32_t low = read_code_unit(*at + 2);
    if (low < 0 || (low & SURROGATE_MASK) != LOW_SURROGATE) {
        return -1;
    }
    *at += ESCAPE_SIZE;
    return ((unit & ~SURROGATE_MASK) << PAIR_BITS | (low & ~SURROGATE_MASK)) + PAIR_OFFSET;
}

/* Writes a character as UTF-8. Returns the place behind it. */
static char *write_utf8(char *out, int32_t character) {
    enum {
        ONE_MAX = 0x7f,
        TWO_MAX = 0x7ff,
        THREE_MAX = 0xffff,
        TAIL_BITS = 6,
        TAIL_MASK = 0x3f,
        TAIL = 0x80,
        LEAD_TWO = 0xc0,
        LEAD_THREE = 0xe0,
        LEAD_FOUR = 0xf0,
    };
    if (character <= ONE_MAX) {
        *out++ = (char)character;
        return out;
    }
    int tails = character <= TWO_MAX ? 1 : character <= THREE_MAX ? 2 : 3;
    int lead = tails == 1 ? LEAD_TWO : tails == 2 ? LEAD_THREE : LEAD_FOUR;
    *out++ = (char)(lead | character >> (tails * TAIL_BITS));
    while (tails > 0) {
        tails--;
        *out++ = (char)(TAIL | (character >> (tails * TAIL_BITS) & TAIL_MASK));
    }
    return out;
}

/* The byte that a letter behind a backslash stands for; 0 when none. */
static char escaped_byte(char letter) {
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        return letter;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

static void set_error(struct token *token, const struct decoder *from, const char *at,
                      const char *error) {
    token->kind = TOKEN_ERROR;
    token->offset = (size_t)(at - from->source.data);
    token->error = error;
}

/* Takes one escape at *at to *out. Returns false, with the token an error, when it is none. */
static bool read_escape(const struct decoder *from, const char **at, char **out,
                        struct token *token) {
    if ((*at)[1] == 'u') {
        const char *start = *at;
        int32_t character = read_unicode(at);
        if (character < 0) {
            set_error(token, from, start, "invalid unicode escape code");
            return false;
        }
        *out = write_utf8(*out, character);
        return true;
    }
    char byte = escaped_byte((*at)[1]);
    if (byte == '\0') {
        set_error(token, from, *at, "invalid escape code");
        return false;
    }
    *(*out)++ = byte;
    *at += 2;
    return true;
}

/* Reads on from the first backslash of a string that begins at `start`. */
static void read_escaped_string(struct decoder *from, const char *start, const char *at,
                                struct token *token) {
    const char *end = from->source.data + from->source.length;
    lua_buffer_reset(&from->settings->buffer);
    /* Escapes are longer than what they stand for. */
    lua_buffer_reserve(from->lua, &from->settings->buffer, (size_t)(end - start));
    char *out = from->settings->buffer.bytes;
    memcpy(out, start, (size_t)(at - start));
    out += at - start;
    while (at < end && *at != '"') {
        if (*at != '\\') {
            *out++ = *at++;
        } else if (!read_escape(from, &at, &out, token)) {
            return;
        }
    }
    if (at >= end) {
        set_error(token, from, end, "unexpected end of string");
        return;
    }
    token->text =
        (struct bytes){from->settings->buffer.bytes, (size_t)(out - from->settings->buffer.bytes)};
    from->at = (size_t)(at - from->source.data) + 1;
}

static void read_string(struct decoder *from, struct token *token) {
    const char *start = from->source.data + from->at + 1;
    const char *end = from->source.data + from->source.length;
    const char *at = start;
    while (at < end && *at != '"' && *at != '\\') {
        at++;
    }
    token->kind = TOKEN_STRING;
    if (at < end && *at == '\\') {
        read_escaped_string(from, start, at, token);
        return;
    }
    if (at >= end) {
        set_error(token, from, end, "unexpected end of string");
        return;
    }
    token->text = (struct bytes){start, (size_t)(at - start)};
    from->at = (size_t)(at - from->source.data) + 1;
}

/* ---- Numbers and words ---- */

/* True for what C takes for a number and JSON does not. */
static bool is_no_json_number(const char *at) {
    at += *at == '-';
    if (*at == '+' || *at < '0' || *at > '9') {
        return true;
    }
    char next = at[1];
    return *at == '0' && ((next >= '0' && next <= '9') || (next | ('a' - 'A')) == 'x');
}

static void read_number(struct decoder *from, struct token *token, const char *error) {
    const char *start = from->source.data + from->at;
    char *end = NULL;
    double number = strtod(start, &end);
    if (end == start ||
        (from->settings->decode_invalid == JSON_INVALID_OFF && is_no_json_number(start))) {
        set_error(token, from, start, error);
        return;
    }
    token->kind = TOKEN_NUMBER;
    token->number = number;
    from->at += (size_t)(end - start);
}

static bool take_word(struct decoder *from, const char *word) {
    size_t length = strlen(word);
    if (strncmp(from->source.data + from->at, word, length) != 0) {
        return false;
    }
    from->at += length;
    return true;
}

static void read_word(struct decoder *from, struct token *token) {
    if (take_word(from, "true")) {
        token->kind = TOKEN_BOOLEAN;
        token->boolean = true;
    } else if (take_word(from, "false")) {
        token->kind = TOKEN_BOOLEAN;
    } else if (take_word(from, "null")) {
        token->kind = TOKEN_NULL;
    } else {
        char first = (char)(from->source.data[from->at] | ('a' - 'A'));
        if (first == 'i' || first == 'n') {
            read_number(from, token, "invalid token");
            return;
        }
        set_error(token, from, from->source.data + from->at, "invalid token");
    }
}

static bool read_symbol(struct decoder *from, struct token *token) {
    static const struct {
        char symbol;
        enum token_kind kind;
    } rows[] = {
        {'{', TOKEN_OBJECT_BEGIN}, {'}', TOKEN_OBJECT_END}, {'[', TOKEN_ARRAY_BEGIN},
        {']', TOKEN_ARRAY_END},    {':', TOKEN_COLON},      {',', TOKEN_COMMA},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (from->source.data[from->at] == rows[i].symbol) {
            token->kind = rows[i].kind;
            from->at++;
            return true;
        }
    }
    return false;
}

static struct token next_token(struct decoder *from) {
    lua_buffer_step(from->lua, &from->settings->buffer);
    const char *data = from->source.data;
    while (data[from->at] == ' ' || data[from->at] == '\t' || data[from->at] == '\n' ||
           data[from->at] == '\r') {
        from->at++;
    }
    struct token token = {.kind = TOKEN_END, .offset = from->at};
    if (from->at >= from->source.length || read_symbol(from, &token)) {
        return token;
    }
    char c = data[from->at];
    if (c == '"') {
        read_string(from, &token);
    } else if ((c >= '0' && c <= '9') || c == '-' || c == '+') {
        read_number(from, &token, "invalid number");
    } else {
        read_word(from, &token);
    }
    return token;
}

/* ---- Values ---- */

static void descend(struct decoder *from) {
    from->depth++;
    if (from->depth > from->settings->decode_max_depth ||
        lua_checkstack(from->lua, STACK_ROOM) == 0) {
        (void)luaL_error(from->lua, "Found too many nested data structures (%d) at character %d",
                         from->depth, (int)from->at);
    }
}

static void decode_array(struct decoder *from) {
    descend(from);
    lua_newtable(from->lua);
    struct token token = next_token(from);
    for (int i = 1; token.kind != TOKEN_ARRAY_END; i++) {
        decode_value(from, &token);
        lua_rawseti(from->lua, -2, i);
        token = next_token(from);
        if (token.kind == TOKEN_ARRAY_END) {
            break;
        }
        if (token.kind != TOKEN_COMMA) {
            refuse(from, "comma or array end", &token);
        }
        token = next_token(from);
        if (token.kind == TOKEN_ARRAY_END) {
            refuse(from, "value", &token);
        }
    }
    from->depth--;
}

static void decode_object(struct decoder *from) {
    descend(from);
    lua_newtable(from->lua);
    struct token token = next_token(from);
    if (token.kind == TOKEN_OBJECT_END) {
        from->depth--;
        return;
    }
    for (;;) {
        if (token.kind != TOKEN_STRING) {
            refuse(from, "object key string", &token);
        }
        lua_pushlstring(from->lua, token.text.data, token.text.length);
        token = next_token(from);
        if (token.kind != TOKEN_COLON) {
            refuse(from, "colon", &token);
        }
        token = next_token(from);
        decode_value(from, &token);
        lua_rawset(from->lua, -3);
        token = next_token(from);
        if (token.kind == TOKEN_OBJECT_END) {
            break;
        }
        if (token.kind != TOKEN_COMMA) {
            refuse(from, "comma or object end", &token);
        }
        token = next_token(from);
    }
    from->depth--;
}

/* Pushes the value that begins with a token. */
static void decode_value(struct decoder *from, const struct token *token) {
    switch (token->kind) {
    case TOKEN_STRING:
        lua_pushlstring(from->lua, token->text.data, token->text.length);
        return;
    case TOKEN_NUMBER:
        lua_pushnumber(from->lua, token->number);
        return;
    case TOKEN_BOOLEAN:
        lua_pushboolean(from->lua, token->boolean);
        return;
    case TOKEN_NULL:
        lua_pushlightuserdata(from->lua, NULL);
        return;
    case TOKEN_OBJECT_BEGIN:
        decode_object(from);
        return;
    case TOKEN_ARRAY_BEGIN:
        decode_array(from);
        return;
    case TOKEN_OBJECT_END:
    case TOKEN_ARRAY_END:
    case TOKEN_COLON:
    case TOKEN_COMMA:
    case TOKEN_END:
    case TOKEN_ERROR:
        refuse(from, "value", token);
        return;
    }
}

int json_decode(struct lua_State *lua) {
    luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
    size_t length = 0;
    const char *text = luaL_checklstring(lua, 1, &length);
    struct decoder from = {lua, lua_touserdata(lua, lua_upvalueindex(1)), {text, length}, 0, 0};
    if (length >= 2 && (text[0] == '\0' || text[1] == '\0')) {
        return luaL_error(lua, "JSON parser does not support UTF-16 or UTF-32");
    }
    struct token token = next_token(&from);
    decode_value(&from, &token);
    token = next_token(&from);
    if (token.kind != TOKEN_END) {
        refuse(&from, "the end", &token);
    }
    lua_buffer_reset(&from.settings->buffer);
    return 1;
}
