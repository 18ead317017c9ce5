/*
 * Steps own their arguments; text is the notation of tests/support/script.h where both agree.
 */
#include "oracle/step.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIRST_CAPACITY = 64 };

static const char *const kind_names[] = {
    [STEP_COMMAND] = "",
    [STEP_UNBLOCK] = "!unblock",
    [STEP_UNBLOCK_ERROR] = "!unblock-error",
    [STEP_RECONNECT] = "!reconnect",
};

struct step *episode_append(struct episode *episode, enum step_kind kind,
                            size_t connection_index) {
    if (episode->count == episode->capacity) {
        episode->capacity = episode->capacity == 0 ? FIRST_CAPACITY : episode->capacity * 2;
        struct step *steps = realloc(episode->steps, episode->capacity * sizeof *steps);
        if (steps == NULL) {
            support_fail("out of memory");
        }
        episode->steps = steps;
    }
    struct step *step = &episode->steps[episode->count++];
    *step = (struct step){.kind = kind, .connection_index = connection_index};
    return step;
}

void episode_release(struct episode *episode) {
    for (size_t i = 0; i < episode->count; i++) {
        command_line_release(&episode->steps[i].args);
    }
    free(episode->steps);
    *episode = (struct episode){0};
}

static void parse_step(struct episode *episode, const char *text, size_t size) {
    size_t connection_index = 0;
    while (size > 0 && *text == ' ') {
        text++;
        size--;
    }
    if (size > 2 && text[0] >= 'A' && text[0] < 'A' + CONNECTION_LIMIT && text[1] == '>') {
        connection_index = (size_t)(text[0] - 'A');
        text += 2;
        size -= 2;
    }
    struct step *step = episode_append(episode, STEP_COMMAND, connection_index);
    step->args = command_line_split(text, size);
    for (size_t kind = STEP_UNBLOCK; kind <= STEP_RECONNECT; kind++) {
        if (step_argument_is(step, 0, kind_names[kind])) {
            step->kind = (enum step_kind)kind;
        }
    }
}

/* Returns where the step ends: at " ; " outside of quotes or at the end. */
static size_t step_size(const char *text) {
    bool is_quoted = false;
    size_t i = 0;
    for (; text[i] != '\0' && text[i] != '\n'; i++) {
        if (!is_quoted && strncmp(text + i, " ; ", strlen(" ; ")) == 0) {
            break;
        }
        if (text[i] == '\\' && text[i + 1] != '\0') {
            i++;
        } else if (text[i] == '"') {
            is_quoted = !is_quoted;
        }
    }
    return i;
}

void episode_parse(struct episode *episode, const char *line) {
    while (*line != '\0' && *line != '\n') {
        size_t size = step_size(line);
        parse_step(episode, line, size);
        line += size;
        if (strncmp(line, " ; ", strlen(" ; ")) == 0) {
            line += strlen(" ; ");
        }
    }
}

static void print_argument(const struct buffer *argument, struct buffer *text) {
    bool is_plain = argument->size > 0;
    for (size_t i = 0; i < argument->size; i++) {
        char byte = argument->data[i];
        is_plain = is_plain && byte > ' ' && byte < '\x7f' && strchr("\"'\\;", byte) == NULL;
    }
    if (is_plain) {
        buffer_append(text, argument->data, argument->size);
        return;
    }
    buffer_append_text(text, "\"");
    buffer_append_escaped(text, buffer_text(argument), argument->size);
    buffer_append_text(text, "\"");
}

void step_print(const struct step *step, struct buffer *text) {
    if (step->connection_index > 0) {
        buffer_append_format(text, "%c> ", (int)('A' + step->connection_index));
    }
    if (step->kind != STEP_COMMAND) {
        buffer_append_text(text, kind_names[step->kind]);
        return;
    }
    for (size_t i = 0; i < step->args.count; i++) {
        buffer_append_text(text, i == 0 ? "" : " ");
        print_argument(&step->args.arguments[i], text);
    }
}

void step_encode(const struct step *step, struct buffer *request) {
    if (!step->is_inline) {
        command_line_encode(&step->args, request);
        return;
    }
    for (size_t i = 0; i < step->args.count; i++) {
        const struct buffer *argument = &step->args.arguments[i];
        buffer_append_text(request, i == 0 ? "\"" : " \"");
        buffer_append_escaped(request, buffer_text(argument), argument->size);
        buffer_append_text(request, "\"");
    }
    buffer_append_text(request, "\r\n");
}

bool step_argument_is(const struct step *step, size_t index, const char *word) {
    return index < step->args.count && step->args.arguments[index].size == strlen(word) &&
           strncasecmp(buffer_text(&step->args.arguments[index]), word, strlen(word)) == 0;
}
