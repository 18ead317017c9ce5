/*
 * Steps own their arguments; text is the notation of tests/support/script.h where both agree.
 */
#include "oracle/step.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIRST_CAPACITY = 64, DECIMAL_BASE = 10 };

static const char *const kind_names[] = {
    [STEP_COMMAND] = "",
    [STEP_UNBLOCK] = "!unblock",
    [STEP_UNBLOCK_ERROR] = "!unblock-error",
    [STEP_RECONNECT] = "!reconnect",
    [STEP_RAW] = "!raw",
    [STEP_WAIT] = "!wait",
};

const char *step_kind_name(enum step_kind kind) {
    return kind_names[kind];
}

struct step *episode_append(struct episode *episode, enum step_kind kind, size_t connection_index) {
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

void episode_append_copy(struct episode *episode, const struct step *step) {
    struct step *copy = episode_append(episode, step->kind, step->connection_index);
    *copy = *step;
    copy->args = (struct command_line){0};
    copy->args.arguments = calloc(step->args.count + 1, sizeof *copy->args.arguments);
    if (copy->args.arguments == NULL) {
        support_fail("out of memory");
    }
    for (size_t i = 0; i < step->args.count; i++) {
        const struct buffer *argument = &step->args.arguments[i];
        buffer_append(&copy->args.arguments[i], buffer_text(argument), argument->size);
    }
    copy->args.count = step->args.count;
}

/* Takes the first argument away. */
static void drop_first(struct command_line *args) {
    buffer_release(&args->arguments[0]);
    args->count--;
    memmove(&args->arguments[0], &args->arguments[1], args->count * sizeof *args->arguments);
}

/* Takes the marks and the kind off the front of the arguments. */
static void parse_marks(struct step *step) {
    while (step->args.count > 1 && step->args.arguments[0].size > 0) {
        const char *mark = step->args.arguments[0].data;
        if (strcmp(mark, "+") == 0) {
            step->is_joined = true;
        } else if (strcmp(mark, "~") == 0) {
            step->is_inline = true;
        } else if (mark[0] == '/') {
            step->cut_percent = (unsigned)strtoul(mark + 1, NULL, DECIMAL_BASE);
        } else {
            break;
        }
        drop_first(&step->args);
    }
    for (enum step_kind kind = STEP_UNBLOCK; kind <= STEP_WAIT; kind++) {
        if (step->kind == STEP_COMMAND && step_argument_is(step, 0, kind_names[kind])) {
            step->kind = kind;
            drop_first(&step->args);
        }
    }
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
    parse_marks(step);
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
        is_plain = is_plain && byte > ' ' && byte < '\x7f' && strchr("\"'\\;+~/!>", byte) == NULL;
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
    if (step->is_joined) {
        buffer_append_text(text, "+ ");
    }
    if (step->is_inline) {
        buffer_append_text(text, "~ ");
    }
    if (step->cut_percent > 0) {
        buffer_append_format(text, "/%u ", step->cut_percent);
    }
    buffer_append_text(text, kind_names[step->kind]);
    for (size_t i = 0; i < step->args.count; i++) {
        buffer_append_text(text, i == 0 && step->kind == STEP_COMMAND ? "" : " ");
        print_argument(&step->args.arguments[i], text);
    }
}

void step_encode(const struct step *step, struct buffer *request) {
    if (step->kind == STEP_RAW) {
        buffer_append(request, buffer_text(&step->args.arguments[0]), step->args.arguments[0].size);
        return;
    }
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
