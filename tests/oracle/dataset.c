/*
 * Both are asked the same questions on their control connections; the rules of the families
 * decide about the answers, as they do in an episode.
 */
#include "oracle/dataset.h"

#include "oracle/compare.h"

#include <stdlib.h>
#include <string.h>

/* How a value is read back, by the name of its type. %K stands for the key. */
struct reader {
    const char *type;
    const char *line;
    bool is_unordered;
};

static const struct reader readers[] = {
    {"string", "GET", false},
    {"list", "LRANGE 0 -1", false},
    {"hash", "HGETALL", true},
    {"set", "SMEMBERS", true},
    {"zset", "ZRANGE 0 -1 WITHSCORES", false},
    {"stream", "XRANGE - +", false},
    {"stream", "XINFO STREAM", false},
    {"stream", "XINFO STREAM FULL COUNT 0", false},
    {"stream", "XINFO GROUPS", false},
};

struct question {
    struct link *ours;
    struct link *stock;
    struct buffer *difference;
};

/* Builds a command: the words of the line, the key behind the first of them (two for XINFO). */
static struct step key_step(const char *line, const struct resp_value *key) {
    struct step step = {.kind = STEP_COMMAND};
    step.args = command_line_split(line, strlen(line));
    bool has_subcommand =
        step_argument_is(&step, 0, "OBJECT") || step_argument_is(&step, 0, "XINFO");
    size_t index = has_subcommand ? 2 : 1;
    size_t count = step.args.count + 1;
    struct buffer *arguments = realloc(step.args.arguments, count * sizeof *arguments);
    if (arguments == NULL) {
        support_fail("out of memory");
    }
    memmove(&arguments[index + 1], &arguments[index],
            (step.args.count - index) * sizeof *arguments);
    arguments[index] = (struct buffer){0};
    buffer_append(&arguments[index], key->bytes, key->size);
    step.args = (struct command_line){count, arguments};
    return step;
}

static bool ask_both(const struct question *question, const struct step *step, bool is_unordered,
                     struct buffer *our_reply) {
    struct buffer ours = link_ask(question->ours, &step->args);
    struct buffer stock = link_ask(question->stock, &step->args);
    struct reply_pair pair = {&ours, &stock};
    bool agree =
        ours.size > 0 && stock.size > 0 &&
        (compare_replies(step, &pair, NULL, 0) || (is_unordered && compare_unordered(&pair)));
    if (!agree) {
        buffer_append_text(question->difference, "dataset: ");
        step_print(step, question->difference);
        buffer_append_text(question->difference, "\n  latchkey: ");
        buffer_append_escaped(question->difference, buffer_text(&ours), ours.size);
        buffer_append_text(question->difference, "\n  stock:    ");
        buffer_append_escaped(question->difference, buffer_text(&stock), stock.size);
        buffer_append_text(question->difference, "\n");
    }
    if (our_reply != NULL) {
        buffer_append(our_reply, buffer_text(&ours), ours.size);
    }
    buffer_release(&ours);
    buffer_release(&stock);
    return agree;
}

static bool ask_line(const struct question *question, const char *line, struct buffer *reply) {
    struct step step = {.kind = STEP_COMMAND};
    step.args = command_line_split(line, strlen(line));
    bool agree = ask_both(question, &step, false, reply);
    command_line_release(&step.args);
    return agree;
}

static bool ask_about_key(const struct question *question, const char *line,
                          const struct resp_value *key, bool is_unordered, struct buffer *reply) {
    struct step step = key_step(line, key);
    bool agree = ask_both(question, &step, is_unordered, reply);
    command_line_release(&step.args);
    return agree;
}

static bool compare_key(const struct question *question, const struct resp_value *key) {
    struct buffer type = {0};
    bool agree = ask_about_key(question, "TYPE", key, false, &type) &&
                 ask_about_key(question, "OBJECT ENCODING", key, false, NULL) &&
                 ask_about_key(question, "PEXPIRETIME", key, false, NULL);
    for (size_t i = 0; agree && i < sizeof readers / sizeof readers[0]; i++) {
        size_t size = strlen(readers[i].type);
        if (type.size > size && strncmp(type.data + 1, readers[i].type, size) == 0) {
            agree = ask_about_key(question, readers[i].line, key, readers[i].is_unordered, NULL);
        }
    }
    buffer_release(&type);
    return agree;
}

bool dataset_compare(struct link *ours, struct link *stock, struct buffer *difference) {
    struct question question = {ours, stock, difference};
    bool agree = true;
    for (int database = 0; agree && database < DATABASE_COUNT; database++) {
        struct buffer line = {0};
        struct buffer keys = {0};
        buffer_append_format(&line, "SELECT %d", database);
        agree = ask_line(&question, line.data, NULL) && ask_line(&question, "KEYS *", &keys);
        struct resp_value *names = agree ? resp_value_parse(keys.data, keys.size) : NULL;
        for (size_t i = 0; names != NULL && agree && i < names->count; i++) {
            agree = compare_key(&question, &names->items[i]);
        }
        resp_value_destroy(names);
        buffer_release(&keys);
        buffer_release(&line);
    }
    return agree && ask_line(&question, "SELECT 0", NULL);
}
