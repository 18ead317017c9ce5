/*
 * command_line: a readable line of text as the arguments of a command.
 *
 * Arguments are separated by spaces. Inside "..." and outside of quotes a backslash introduces
 * \n \r \t \0 \xHH or stands before the character itself; inside '...' everything is literal.
 */
#ifndef SUPPORT_COMMAND_LINE_H
#define SUPPORT_COMMAND_LINE_H

#include "support/buffer.h"

struct command_line {
    size_t count;
    struct buffer *arguments; /* `count` of them, each may be empty and may hold zero bytes. */
};

/* Splits `size` bytes of text. Fails the test when a quote stays open. */
struct command_line command_line_split(const char *text, size_t size);

/* Appends the command as a RESP array of bulk strings. */
void command_line_encode(const struct command_line *line, struct buffer *request);

/* Frees the arguments. */
void command_line_release(struct command_line *line);

/* Appends `size` bytes of text with their escapes decoded, quotes left alone. */
void command_line_unescape(const char *text, size_t size, struct buffer *bytes);

#endif
