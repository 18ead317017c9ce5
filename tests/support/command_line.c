/*
 * One pass over the text; an argument grows while its quotes come and go.
 */
#include "support/command_line.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_BASE = 16, HEX_ESCAPE_SIZE = 4 };

static int hex_digit(char digit) {
    const char *digits = "0123456789abcdef";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit | 0x20);
    return found == NULL ? -1 : (int)(found - digits);
}

/* Decodes the escape at the start of the text; returns how many bytes it takes. */
static size_t unescape(const char *text, size_t size, struct buffer *bytes) {
    char decoded = text[1];
    if (text[1] == 'x' && size >= HEX_ESCAPE_SIZE && hex_digit(text[2]) >= 0 &&
        hex_digit(text[3]) >= 0) {
        decoded = (char)(hex_digit(text[2]) * HEX_BASE + hex_digit(text[3]));
        buffer_append(bytes, &decoded, 1);
        return HEX_ESCAPE_SIZE;
    }
    if (text[1] == 'n') {
        decoded = '\n';
    } else if (text[1] == 'r') {
        decoded = '\r';
    } else if (text[1] == 't') {
        decoded = '\t';
    } else if (text[1] == '0') {
        decoded = '\0';
    }
    buffer_append(bytes, &decoded, 1);
    return 2;
}

void command_line_unescape(const char *text, size_t size, struct buffer *bytes) {
    for (size_t i = 0; i < size;) {
        if (text[i] == '\\' && i + 1 < size) {
            i += unescape(text + i, size - i, bytes);
        } else {
            buffer_append(bytes, text + i, 1);
            i++;
        }
    }
}

/* Decodes one argument at the start of the text; returns how many bytes it takes. */
static size_t split_argument(const char *text, size_t size, struct buffer *argument) {
    char quote = '\0';
    size_t i = 0;
    while (i < size && (quote != '\0' || text[i] != ' ')) {
        if (text[i] == quote && quote != '\0') {
            quote = '\0';
            i++;
        } else if (quote == '\0' && (text[i] == '"' || text[i] == '\'')) {
            quote = text[i];
            i++;
        } else if (text[i] == '\\' && quote != '\'' && i + 1 < size) {
            i += unescape(text + i, size - i, argument);
        } else {
            buffer_append(argument, text + i, 1);
            i++;
        }
    }
    if (quote != '\0') {
        support_fail("a quote stays open: %.*s", (int)size, text);
    }
    return i;
}

struct command_line command_line_split(const char *text, size_t size) {
    struct command_line line = {0};
    size_t i = 0;
    while (true) {
        while (i < size && text[i] == ' ') {
            i++;
        }
        if (i == size) {
            return line;
        }
        struct buffer *grown = realloc(line.arguments, (line.count + 1) * sizeof *grown);
        if (grown == NULL) {
            support_fail("out of memory");
        }
        line.arguments = grown;
        line.arguments[line.count] = (struct buffer){0};
        i += split_argument(text + i, size - i, &line.arguments[line.count]);
        line.count++;
    }
}

void command_line_encode(const struct command_line *line, struct buffer *request) {
    buffer_append_format(request, "*%zu\r\n", line->count);
    for (size_t i = 0; i < line->count; i++) {
        buffer_append_format(request, "$%zu\r\n", line->arguments[i].size);
        buffer_append(request, buffer_text(&line->arguments[i]), line->arguments[i].size);
        buffer_append_text(request, "\r\n");
    }
}

void command_line_release(struct command_line *line) {
    for (size_t i = 0; i < line->count; i++) {
        buffer_release(&line->arguments[i]);
    }
    free(line->arguments);
    *line = (struct command_line){0};
}
