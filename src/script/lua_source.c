/*
 * The text is cut into tokens once, front to back. What has to change is noted as edits, which are
 * in the order of their places, and then made while the text is copied. A return statement is over
 * at the word that closes its block, or at a semicolon outside of brackets; whether it is to be
 * edited is known when all functions that the text itself declares are known: these are in Lua,
 * and stay in tail position.
 */
#include "script/lua_source.h"

#include "base/alloc.h"
#include "base/panic.h"

#include <luajit-2.1/lauxlib.h>
#include <luajit-2.1/lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The first byte of bytecode. */
static const char bytecode_mark = 27;

/* No token of Lua: stands for a byte that cannot stand there, and what follows is cut off. */
#define FOREIGN_SYMBOL "@"

enum { ASCII_MAX = 127 };

enum { SINGLE_CALL_TOKENS = 4 }; /* of "redis.call(" */

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_OPEN,     /* ( [ { */
    TOKEN_CLOSE,    /* ) ] } */
    TOKEN_DOT,      /* . or :, before a name */
    TOKEN_OPERATOR, /* also a comma: what makes a call no tail call */
    TOKEN_SEMICOLON,
};

struct token {
    enum token_kind kind;
    struct bytes text;
};

enum edit_kind { EDIT_NONE, EDIT_DROP_BYTE, EDIT_OPEN, EDIT_CLOSE };

struct edit {
    enum edit_kind kind;
    size_t offset;
    size_t partner;    /* of OPEN: the index of its CLOSE; 0 while it has none: no tail call */
    struct bytes name; /* of OPEN: what is called */
    bool is_single;    /* of OPEN: a call that returns one value */
};

/* A return statement that is being read. */
struct return_statement {
    size_t edit; /* its OPEN */
    size_t block_depth;
    size_t bracket_depth;
    size_t token_count;
    bool is_call; /* so far, and no more than that */
    bool is_single;
    enum token_kind last_kind;
    struct bytes last_name; /* outside of brackets */
    size_t last_end;        /* offset behind the last token */
};

/* A growing array. */
struct list {
    void *items;
    size_t count;
    size_t capacity;
};

struct reader {
    struct bytes source;
    size_t at;
    struct list edits;   /* of struct edit */
    struct list returns; /* of struct return_statement, the innermost last */
    struct list names;   /* of struct bytes: functions that are declared */
    size_t block_depth;
    size_t bracket_depth;
    struct token previous[2]; /* the last one, and the one before */
    bool is_in_name;          /* between "function" and "(" */
    size_t malformed_at;      /* offset and size of a number that is none in Lua 5.1 */
    size_t malformed_size;
    size_t foreign_at; /* offset of the first byte that cannot stand there, or of the end */
};

static void *add(struct list *list, size_t item_size) {
    enum { CAPACITY_MIN = 16 };
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? CAPACITY_MIN : 2 * list->capacity;
        list->items = alloc_resize(list->items, list->capacity * item_size);
    }
    return (char *)list->items + list->count++ * item_size;
}

static struct edit *edit_at(const struct reader *reader, size_t index) {
    return (struct edit *)reader->edits.items + index;
}

static void add_edit(struct reader *reader, enum edit_kind kind, size_t offset) {
    struct edit *edit = add(&reader->edits, sizeof *edit);
    *edit = (struct edit){.kind = kind, .offset = offset};
}

/* ---- Tokens ---- */

static char peek(const struct reader *reader, size_t distance) {
    size_t at = reader->at + distance;
    return at < reader->source.length ? reader->source.data[at] : '\0';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_part(char c) {
    return is_name_start(c) || is_digit(c);
}

/* At "[", equals signs and "[": skips a long string or comment. Else does nothing. */
static bool skip_long_text(struct reader *reader) {
    size_t level = 1;
    while (peek(reader, level) == '=') {
        level++;
    }
    if (peek(reader, level) != '[') {
        return false;
    }
    const char *end = reader->source.data + reader->source.length;
    const char *at = reader->source.data + reader->at + level;
    while ((at = memchr(at, ']', (size_t)(end - at))) != NULL) {
        size_t count = 1;
        while (at + count < end && at[count] == '=') {
            count++;
        }
        if (count == level && at + count < end && at[count] == ']') {
            reader->at = (size_t)(at - reader->source.data) + level + 1;
            return true;
        }
        at += count;
    }
    reader->at = reader->source.length; /* Unfinished: the compiler will say so. */
    return true;
}

static void skip_space(struct reader *reader) {
    for (;;) {
        char c = peek(reader, 0);
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            reader->at++;
        } else if (c == '-' && peek(reader, 1) == '-') {
            reader->at += 2;
            if (peek(reader, 0) != '[' || !skip_long_text(reader)) {
                while (reader->at < reader->source.length && peek(reader, 0) != '\n' &&
                       peek(reader, 0) != '\r') {
                    reader->at++;
                }
            }
        } else {
            return;
        }
    }
}

/* Skips a string in quotes; notes backslashes that Lua 5.1 ignores. */
static void skip_string(struct reader *reader) {
    static const char meaningful[] = "abfnrtv\\\"'\n\r0123456789";
    char quote = peek(reader, 0);
    reader->at++;
    while (reader->at < reader->source.length) {
        char c = peek(reader, 0);
        if (c == '\\' && reader->at + 1 < reader->source.length) {
            char next = peek(reader, 1);
            if (next == '\0' || strchr(meaningful, next) == NULL) {
                add_edit(reader, EDIT_DROP_BYTE, reader->at);
            }
            reader->at += 2;
            continue;
        }
        if (c == '\n' || c == '\r') {
            return; /* Unfinished: the compiler will say so. */
        }
        reader->at++;
        if (c == quote) {
            return;
        }
    }
}

static bool ends_in(struct bytes text, const char *suffix) {
    size_t size = strlen(suffix);
    return text.length >= size &&
           bytes_equal_nocase((struct bytes){text.data + text.length - size, size},
                              bytes_of_text(suffix));
}

/* Skips a number as Lua 5.1 cuts it out, and notes one that only LuaJIT takes. */
static void skip_number(struct reader *reader) {
    size_t start = reader->at;
    while (is_digit(peek(reader, 0)) || peek(reader, 0) == '.') {
        reader->at++;
    }
    if ((peek(reader, 0) | ('a' - 'A')) == 'e') {
        reader->at++;
        reader->at += peek(reader, 0) == '+' || peek(reader, 0) == '-';
    }
    while (is_name_part(peek(reader, 0))) {
        reader->at++;
    }
    struct bytes text = {reader->source.data + start, reader->at - start};
    bool is_binary = text.length > 1 && (text.data[1] | ('a' - 'A')) == 'b';
    if ((ends_in(text, "ll") || ends_in(text, "i") || is_binary) && reader->malformed_size == 0) {
        reader->malformed_at = start;
        reader->malformed_size = text.length;
    }
}

static enum token_kind skip_symbol(struct reader *reader) {
    char c = peek(reader, 0);
    if ((unsigned char)c > ASCII_MAX && reader->at < reader->foreign_at) {
        reader->foreign_at = reader->at;
    }
    reader->at++;
    switch (c) {
    case '(':
    case '[':
    case '{':
        return TOKEN_OPEN;
    case ')':
    case ']':
    case '}':
        return TOKEN_CLOSE;
    case ';':
        return TOKEN_SEMICOLON;
    case '.':
        if (peek(reader, 0) == '.') {
            reader->at += peek(reader, 1) == '.' ? 2 : 1;
            return TOKEN_OPERATOR;
        }
        return TOKEN_DOT;
    case ':':
        return TOKEN_DOT;
    default:
        return TOKEN_OPERATOR;
    }
}

static enum token_kind skip_token(struct reader *reader) {
    char c = peek(reader, 0);
    if (reader->at >= reader->source.length) {
        return TOKEN_END;
    }
    if (is_name_start(c)) {
        while (is_name_part(peek(reader, 0))) {
            reader->at++;
        }
        return TOKEN_NAME;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(reader, 1)))) {
        skip_number(reader);
        return TOKEN_NUMBER;
    }
    if (c == '"' || c == '\'') {
        skip_string(reader);
        return TOKEN_STRING;
    }
    if (c == '[' && skip_long_text(reader)) {
        return TOKEN_STRING;
    }
    return skip_symbol(reader);
}

/* ---- Statements ---- */

static bool is_word(struct token token, const char *word) {
    return token.kind == TOKEN_NAME && bytes_equal(token.text, bytes_of_text(word));
}

static struct return_statement *innermost(const struct reader *reader) {
    size_t count = reader->returns.count;
    return count == 0 ? NULL : (struct return_statement *)reader->returns.items + count - 1;
}

static bool ends_block(struct token token) {
    return is_word(token, "end") || is_word(token, "else") || is_word(token, "elseif") ||
           is_word(token, "until") || token.kind == TOKEN_END;
}

/* Ends a return statement: notes where its brackets close if it is a call. */
static void finish_return(struct reader *reader) {
    struct return_statement *statement = innermost(reader);
    bool ends_as_call = statement->last_kind == TOKEN_CLOSE || statement->last_kind == TOKEN_STRING;
    if (statement->is_call && ends_as_call && statement->token_count > 1) {
        add_edit(reader, EDIT_CLOSE, statement->last_end);
        struct edit *edit = edit_at(reader, statement->edit);
        edit->partner = reader->edits.count - 1;
        edit->name = statement->last_name;
        edit->is_single = statement->is_single && statement->token_count >= SINGLE_CALL_TOKENS;
    }
    reader->returns.count--;
}

/* The first tokens of "redis.call(": a call that returns exactly one value. */
static bool begins_single_call(struct token token, size_t index) {
    switch (index) {
    case 0:
        return is_word(token, "redis") || is_word(token, "server");
    case 1:
        return token.kind == TOKEN_DOT && token.text.data[0] == '.';
    case 2:
        return is_word(token, "call") || is_word(token, "pcall");
    case 3:
        return token.kind == TOKEN_OPEN && token.text.data[0] == '(';
    default:
        return true;
    }
}

static bool is_operator(struct token token) {
    return token.kind == TOKEN_OPERATOR || is_word(token, "and") || is_word(token, "or") ||
           is_word(token, "not");
}

/* Takes a token into the return statement; depths are those in front of it. */
static void read_returned(struct reader *reader, struct return_statement *statement,
                          struct token token) {
    bool is_outside = reader->block_depth == statement->block_depth &&
                      reader->bracket_depth == statement->bracket_depth;
    size_t index = statement->token_count++;
    if (index == 0) {
        bool is_parenthesis = token.kind == TOKEN_OPEN && token.text.data[0] == '(';
        bool is_name = token.kind == TOKEN_NAME && !is_word(token, "function");
        statement->is_call = is_parenthesis || is_name;
    }
    if (is_outside && is_operator(token)) {
        statement->is_call = false;
    }
    bool is_further_call = is_outside && index >= SINGLE_CALL_TOKENS;
    if (is_further_call || !begins_single_call(token, index)) {
        statement->is_single = false;
    }
    if (is_outside && token.kind == TOKEN_NAME) {
        statement->last_name = token.text;
    }
    statement->last_kind = token.kind;
    statement->last_end = (size_t)(token.text.data - reader->source.data) + token.text.length;
}

static void begin_return(struct reader *reader) {
    struct return_statement *statement = add(&reader->returns, sizeof *statement);
    *statement = (struct return_statement){
        .edit = reader->edits.count,
        .block_depth = reader->block_depth,
        .bracket_depth = reader->bracket_depth,
        .is_single = true,
    };
    add_edit(reader, EDIT_OPEN, reader->at);
}

static void note_function(struct reader *reader, struct bytes name) {
    *(struct bytes *)add(&reader->names, sizeof name) = name;
}

/* Notes the last name of "function a.name(", and the name of "name = function". */
static void read_declaration(struct reader *reader, struct token token) {
    const struct token *last = &reader->previous[0];
    const struct token *before = &reader->previous[1];
    if (is_word(token, "function")) {
        bool is_assigned = last->kind == TOKEN_OPERATOR && last->text.data[0] == '=';
        if (is_assigned && before->kind == TOKEN_NAME) {
            note_function(reader, before->text);
        }
        reader->is_in_name = true;
    } else if (reader->is_in_name && token.kind != TOKEN_NAME && token.kind != TOKEN_DOT) {
        reader->is_in_name = false;
        if (last->kind == TOKEN_NAME && !is_word(*last, "function")) {
            note_function(reader, last->text);
        }
    }
    reader->previous[1] = reader->previous[0];
    reader->previous[0] = token;
}

static void count_depth(struct reader *reader, struct token token) {
    if (is_word(token, "function") || is_word(token, "do") || is_word(token, "if") ||
        is_word(token, "repeat")) {
        reader->block_depth++;
    } else if (is_word(token, "end") || is_word(token, "until")) {
        reader->block_depth -= reader->block_depth > 0;
    } else if (token.kind == TOKEN_OPEN) {
        reader->bracket_depth++;
    } else if (token.kind == TOKEN_CLOSE) {
        reader->bracket_depth -= reader->bracket_depth > 0;
    }
}

static bool ends_return(const struct reader *reader, struct token token) {
    const struct return_statement *statement = innermost(reader);
    if (statement == NULL || reader->block_depth != statement->block_depth) {
        return false;
    }
    return ends_block(token) ||
           (token.kind == TOKEN_SEMICOLON && reader->bracket_depth == statement->bracket_depth);
}

static void read_all(struct reader *reader) {
    struct token token;
    do {
        skip_space(reader);
        size_t start = reader->at;
        token.kind = skip_token(reader);
        token.text = (struct bytes){reader->source.data + start, reader->at - start};
        if (ends_return(reader, token)) {
            finish_return(reader);
        }
        struct return_statement *statement = innermost(reader);
        if (statement != NULL && token.kind != TOKEN_END) {
            read_returned(reader, statement, token);
        }
        read_declaration(reader, token);
        count_depth(reader, token);
        if (is_word(token, "return")) {
            begin_return(reader);
        }
    } while (token.kind != TOKEN_END);
}

/* ---- The new text ---- */

static int compare_names(const void *a, const void *b) {
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

/* Leaves calls of functions that the text declares in tail position: drops their edits. */
static void keep_tail_calls(struct reader *reader) {
    struct list *names = &reader->names;
    if (names->count == 0) {
        return;
    }
    qsort(names->items, names->count, sizeof(struct bytes), compare_names);
    for (size_t i = 0; i < reader->edits.count; i++) {
        struct edit *edit = edit_at(reader, i);
        if (edit->partner != 0 && bsearch(&edit->name, names->items, names->count,
                                          sizeof edit->name, compare_names) != NULL) {
            edit_at(reader, edit->partner)->kind = EDIT_NONE;
            edit->partner = 0;
        }
    }
}

static sds append_edit(const struct edit *edit, sds text) {
    switch (edit->kind) {
    case EDIT_OPEN:
        if (edit->partner != 0) {
            text = sds_append(text,
                              edit->is_single ? BYTES("(") : BYTES(" " LUA_SOURCE_RETURN_NAME "("));
        }
        return text;
    case EDIT_CLOSE:
        return sds_append(text, BYTES(")"));
    case EDIT_DROP_BYTE:
    case EDIT_NONE:
        return text;
    }
    UNREACHABLE();
}

static sds write_text(const struct reader *reader) {
    sds text = sds_with_capacity(reader->source.length);
    if (reader->source.length > 0 && reader->source.data[0] == '#') {
        text = sds_append(text, BYTES(" ")); /* Else the line would be skipped. */
    }
    size_t from = 0;
    for (size_t i = 0; i < reader->edits.count; i++) {
        const struct edit *edit = edit_at(reader, i);
        if (edit->offset > reader->foreign_at) {
            break;
        }
        text = sds_append(text, (struct bytes){reader->source.data + from, edit->offset - from});
        text = append_edit(edit, text);
        from = edit->offset + (edit->kind == EDIT_DROP_BYTE);
    }
    text = sds_append(text, (struct bytes){reader->source.data + from, reader->foreign_at - from});
    bool is_cut = reader->foreign_at < reader->source.length;
    return is_cut ? sds_append(text, BYTES(FOREIGN_SYMBOL)) : text;
}

/* ---- Loading ---- */

/* The name of a chunk as it stands in front of error messages. */
static sds display_name(const char *chunk_name) {
    enum { SHOWN_SIZE = 45 };
    if (chunk_name[0] == '@' || chunk_name[0] == '=') {
        return sds_new(bytes_of_text(chunk_name + 1));
    }
    return sds_append_format(sds_with_capacity(0), "[string \"%.*s\"]",
                             (int)strnlen(chunk_name, SHOWN_SIZE), chunk_name);
}

static void push_message(lua_State *lua, const char *chunk_name, size_t line, const char *message) {
    sds text = display_name(chunk_name);
    text = sds_append_format(text, ":%zu: %s", line, message);
    lua_pushlstring(lua, text, sds_length(text));
    sds_free(text);
}

static void push_malformed(lua_State *lua, const struct reader *reader, const char *chunk_name) {
    size_t line = 1;
    for (size_t i = 0; i < reader->malformed_at; i++) {
        line += reader->source.data[i] == '\n';
    }
    sds message =
        sds_append_format(sds_with_capacity(0), "malformed number near '%.*s'",
                          (int)reader->malformed_size, reader->source.data + reader->malformed_at);
    push_message(lua, chunk_name, line, message);
    sds_free(message);
}

/* Puts the foreign byte into the message, in place of the symbol that was compiled for it. */
static void name_foreign_byte(lua_State *lua, const struct reader *reader) {
    static const char wanted[] = "near '" FOREIGN_SYMBOL "'";
    size_t length = 0;
    const char *message = lua_tolstring(lua, -1, &length);
    size_t size = sizeof wanted - 1;
    if (length < size || memcmp(message + length - size, wanted, size) != 0) {
        return;
    }
    lua_pushlstring(lua, message, length - 2);
    lua_pushlstring(lua, reader->source.data + reader->foreign_at, 1);
    lua_pushliteral(lua, "'");
    lua_concat(lua, 3);
    lua_remove(lua, -2);
}

int lua_source_load(struct lua_State *lua, struct bytes source, const char *chunk_name) {
    struct reader reader = {.source = source, .foreign_at = source.length};
    read_all(&reader);
    keep_tail_calls(&reader);
    int status = LUA_ERRSYNTAX;
    if (source.length > 0 && source.data[0] == bytecode_mark) {
        push_message(lua, chunk_name, 1, "unexpected symbol near 'char(27)'");
    } else if (reader.malformed_size > 0) {
        push_malformed(lua, &reader, chunk_name);
    } else {
        sds text = write_text(&reader);
        status = luaL_loadbufferx(lua, text, sds_length(text), chunk_name, "t");
        sds_free(text);
        if (status != 0 && reader.foreign_at < source.length) {
            name_foreign_byte(lua, &reader);
        }
    }
    alloc_free(reader.edits.items);
    alloc_free(reader.returns.items);
    alloc_free(reader.names.items);
    return status;
}
