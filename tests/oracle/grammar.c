/*
 * Expansion walks the syntax as text; brackets are found by counting. Afterwards a few commands
 * are spoilt: an argument less, twice, foreign or added, so that each refusal is met too.
 */
#include "oracle/grammar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    BRACE_LIMIT = 8,
    REPEAT_LIMIT = 4,
    OPTION_PERCENT = 40,
    BRACKET_PERCENT = 60,
    CASE_PERCENT = 10,
    SPOIL_PERCENT = 4,
    INLINE_PERCENT = 2,
    INLINE_LIMIT = 2000,
    TRANSACTION_LIMIT = 7,
    OPEN_PERCENT = 5,
    DISCARD_PERCENT = 10,
    JOIN_PERCENT = 70,
    CUT_PERCENT = 4,
    HUNDRED = 100,
};

struct span {
    const char *start;
    const char *end;
};

static void expand(struct generator *generator, struct span syntax, struct command_line *args);

struct buffer *grammar_argument(struct command_line *args) {
    struct buffer *arguments = realloc(args->arguments, (args->count + 1) * sizeof *arguments);
    if (arguments == NULL) {
        support_fail("out of memory");
    }
    args->arguments = arguments;
    arguments[args->count] = (struct buffer){0};
    return &arguments[args->count++];
}

/* Returns the position behind the bracket that closes the one at `open`. */
static const char *behind_bracket(const char *open) {
    int depth = 0;
    const char *at = open;
    do {
        if (strchr("([{", *at) != NULL) {
            depth++;
        } else if (strchr(")]}", *at) != NULL) {
            depth--;
        }
        at++;
    } while (depth > 0);
    return at;
}

/* Returns the end of the alternative at the start of the span: at a bar or at its end. */
static const char *alternative_end(struct span span) {
    const char *at = span.start;
    while (at < span.end && *at != '|') {
        at = strchr("([{", *at) != NULL ? behind_bracket(at) : at + 1;
    }
    return at;
}

static void expand_one_of(struct generator *generator, struct span span,
                          struct command_line *args) {
    size_t count = 1;
    for (const char *at = alternative_end(span); at < span.end; count++) {
        at = alternative_end((struct span){at + 1, span.end});
    }
    for (size_t skipped = random_below(&generator->random, count); skipped > 0; skipped--) {
        span.start = alternative_end(span) + 1;
    }
    expand(generator, (struct span){span.start, alternative_end(span)}, args);
}

/* Expands the braces that stand side by side in random order; returns what comes behind. */
static const char *expand_braces(struct generator *generator, struct span syntax,
                                 struct command_line *args) {
    struct span braces[BRACE_LIMIT];
    size_t count = 0;
    const char *at = syntax.start;
    while (at < syntax.end && *at == '{' && count < BRACE_LIMIT) {
        const char *end = behind_bracket(at);
        braces[count++] = (struct span){at + 1, end - 1};
        at = end;
        while (at < syntax.end && *at == ' ') {
            at++;
        }
    }
    for (size_t i = count; i > 1; i--) {
        size_t other = random_below(&generator->random, i);
        struct span swapped = braces[i - 1];
        braces[i - 1] = braces[other];
        braces[other] = swapped;
    }
    for (size_t i = 0; i < count; i++) {
        if (random_percent(&generator->random, OPTION_PERCENT)) {
            expand_one_of(generator, braces[i], args);
        }
    }
    return at;
}

static void expand_word(struct generator *generator, struct span word, struct command_line *args) {
    size_t size = (size_t)(word.end - word.start);
    if (islower((unsigned char)*word.start) && grammar_value(generator, word.start, size, args)) {
        return;
    }
    struct buffer *argument = grammar_argument(args);
    buffer_append(argument, word.start, size);
    for (size_t i = 0; i < size && random_percent(&generator->random, CASE_PERCENT); i++) {
        argument->data[i] = (char)tolower((unsigned char)argument->data[i]);
    }
}

/* Expands one word or bracket as often as its + says; returns what comes behind. */
static const char *expand_item(struct generator *generator, struct span syntax,
                               struct command_line *args) {
    struct span item = {syntax.start, syntax.start};
    bool is_bracket = *item.start == '(' || *item.start == '[';
    if (is_bracket) {
        item.end = behind_bracket(item.start);
    } else {
        while (item.end < syntax.end && strchr(" +", *item.end) == NULL) {
            item.end++;
        }
    }
    const char *rest = item.end;
    size_t count = 1;
    if (rest < syntax.end && *rest == '+') {
        rest++;
        count = 1 + random_below(&generator->random, REPEAT_LIMIT);
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_bracket) {
            expand_word(generator, item, args);
        } else if (*item.start == '(' || random_percent(&generator->random, BRACKET_PERCENT)) {
            expand_one_of(generator, (struct span){item.start + 1, item.end - 1}, args);
        }
    }
    return rest;
}

static void expand(struct generator *generator, struct span syntax, struct command_line *args) {
    while (syntax.start < syntax.end) {
        if (*syntax.start == ' ') {
            syntax.start++;
        } else if (*syntax.start == '{') {
            syntax.start = expand_braces(generator, syntax, args);
        } else {
            syntax.start = expand_item(generator, syntax, args);
        }
    }
}

void grammar_expand(struct generator *generator, const char *syntax, struct command_line *args) {
    expand(generator, (struct span){syntax, syntax + strlen(syntax)}, args);
}

static uint64_t family_weight(const struct family *family) {
    uint64_t weight = 0;
    for (size_t i = 0; i < family->row_count; i++) {
        weight += family->rows[i].weight;
    }
    return weight;
}

/* Chooses among all rows of all families; a family's weight is the sum of its rows'. */
static const struct family *any_family(struct generator *generator) {
    uint64_t total = 0;
    for (size_t f = 0; f < family_count(); f++) {
        total += family_weight(family_at(f));
    }
    uint64_t chosen = random_below(&generator->random, total);
    size_t f = 0;
    while (chosen >= family_weight(family_at(f))) {
        chosen -= family_weight(family_at(f));
        f++;
    }
    return family_at(f);
}

const struct row *grammar_row(struct generator *generator) {
    bool is_focussed = random_percent(&generator->random, generator->focus_percent);
    const struct family *family = is_focussed ? family_at(generator->focus) : any_family(generator);
    uint64_t chosen = random_below(&generator->random, family_weight(family));
    const struct row *row = family->rows;
    while (chosen >= row->weight) {
        chosen -= row->weight;
        row++;
    }
    return row;
}

static void swap_last(struct command_line *args, size_t index) {
    struct buffer last = args->arguments[args->count - 1];
    args->arguments[args->count - 1] = args->arguments[index];
    args->arguments[index] = last;
}

/* Makes the command wrong in one way; the name stays. */
static void spoil(struct generator *generator, const struct row *row, struct command_line *args) {
    if (args->count < 2) {
        grammar_expand(generator, "garbage", args);
        return;
    }
    size_t index = 1 + random_below(&generator->random, args->count - 1);
    switch (random_below(&generator->random, row->kind == ROW_TIMED ? 3 : 4)) {
    case 0:
        /* One less: all behind it move up. */
        buffer_release(&args->arguments[index]);
        memmove(&args->arguments[index], &args->arguments[index + 1],
                (args->count - index - 1) * sizeof *args->arguments);
        args->count--;
        break;
    case 1:
        grammar_expand(generator, "garbage", args);
        swap_last(args, index);
        buffer_release(&args->arguments[--args->count]);
        break;
    case 2:
        grammar_expand(generator, "garbage", args);
        break;
    default:
        swap_last(args, index);
        break;
    }
}

static bool is_short(const struct command_line *args) {
    for (size_t i = 0; i < args->count; i++) {
        if (args->arguments[i].size > INLINE_LIMIT) {
            return false;
        }
    }
    return args->count > 0;
}

/* Appends the step of one command of a row. */
static void generate_step(struct generator *generator, struct episode *episode,
                          size_t connection_index, struct span syntax) {
    enum step_kind kind = STEP_COMMAND;
    for (enum step_kind k = STEP_RAW; k <= STEP_WAIT; k++) {
        const char *name = step_kind_name(k);
        if (strncmp(syntax.start, name, strlen(name)) == 0) {
            kind = k;
            syntax.start += strlen(name);
        }
    }
    struct step *step = episode_append(episode, kind, connection_index);
    expand(generator, syntax, &step->args);
    step->is_joined = random_percent(&generator->random, JOIN_PERCENT);
    if (random_percent(&generator->random, CUT_PERCENT)) {
        step->cut_percent = (unsigned)random_below(&generator->random, HUNDRED);
    }
}

static void generate_row(struct generator *generator, struct episode *episode,
                         size_t connection_index, const struct row *row) {
    bool is_special = row->kind == ROW_WHOLE || strchr(row->syntax, '!') != NULL;
    bool is_spoilt = !is_special && random_percent(&generator->random, SPOIL_PERCENT);
    /* A row may hold several commands. */
    const char *rest = row->syntax;
    while (*rest != '\0') {
        const char *end = strchr(rest, ';');
        end = end == NULL ? rest + strlen(rest) : end;
        generate_step(generator, episode, connection_index, (struct span){rest, end});
        struct step *step = &episode->steps[episode->count - 1];
        if (is_spoilt) {
            spoil(generator, row, &step->args);
        }
        step->is_inline = step->kind == STEP_COMMAND &&
                          random_percent(&generator->random, INLINE_PERCENT) &&
                          is_short(&step->args);
        rest = *end == ';' ? end + 1 : end;
    }
}

/* Most transactions are whole; a few stay open, so that others get in between. */
static void generate_transaction(struct generator *generator, struct episode *episode,
                                 size_t connection_index) {
    size_t count = random_below(&generator->random, TRANSACTION_LIMIT);
    for (size_t i = 0; i < count; i++) {
        generate_row(generator, episode, connection_index, grammar_row(generator));
    }
    if (!random_percent(&generator->random, OPEN_PERCENT)) {
        bool is_discarded = random_percent(&generator->random, DISCARD_PERCENT);
        struct step *step = episode_append(episode, STEP_COMMAND, connection_index);
        grammar_expand(generator, is_discarded ? "DISCARD" : "EXEC", &step->args);
    }
}

void grammar_generate(struct generator *generator, struct episode *episode,
                      size_t connection_index) {
    const struct row *row = grammar_row(generator);
    generate_row(generator, episode, connection_index, row);
    if (strcmp(row->syntax, "MULTI") == 0) {
        generate_transaction(generator, episode, connection_index);
    }
}
