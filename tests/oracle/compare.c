/*
 * Equal bytes always agree. Otherwise the replies are read as trees, and each rule that names the
 * command may excuse the difference; the elements of EXEC go by the commands that were queued.
 */
#include "oracle/compare.h"

#include "oracle/compare_stream.h"
#include "support/resp.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NEAR_MS = 30000, NEAR_S = 30, LONG_DIGITS = 1000000000, FIRST_CAPACITY = 64 };

/* True when the leading arguments of the step are the words of the rule. */
static bool names_step(const struct rule *rule, const struct step *step) {
    const char *word = rule->command;
    for (size_t i = 0; *word != '\0'; i++) {
        size_t size = strcspn(word, " ");
        if (i >= step->args.count || step->args.arguments[i].size != size ||
            strncasecmp(buffer_text(&step->args.arguments[i]), word, size) != 0) {
            return false;
        }
        word += size + (word[size] == ' ' ? 1 : 0);
    }
    return true;
}

bool compare_has_rule(const struct step *step, enum rule_kind kind) {
    for (size_t f = 0; f < family_count(); f++) {
        const struct family *family = family_at(f);
        for (size_t i = 0; i < family->rule_count; i++) {
            if (family->rules[i].kind == kind && names_step(&family->rules[i], step)) {
                return true;
            }
        }
    }
    return false;
}

static int compare_texts(const void *left, const void *right) {
    return strcmp(buffer_text(left), buffer_text(right));
}

/* Appends the value as text, the elements of each aggregate sorted. */
static void print_sorted(const struct resp_value *value, struct buffer *text) {
    if (value->count == 0) {
        resp_value_print(value, text);
        return;
    }
    struct buffer *items = calloc(value->count, sizeof *items);
    if (items == NULL) {
        support_fail("out of memory");
    }
    for (size_t i = 0; i < value->count; i++) {
        print_sorted(&value->items[i], &items[i]);
    }
    qsort(items, value->count, sizeof *items, compare_texts);
    buffer_append_format(text, "%c[", value->type);
    for (size_t i = 0; i < value->count; i++) {
        buffer_append(text, buffer_text(&items[i]), items[i].size);
        buffer_append_text(text, " ");
        buffer_release(&items[i]);
    }
    buffer_append_text(text, "]");
    free(items);
}

static bool are_same_unordered(const struct resp_value *ours, const struct resp_value *stock) {
    struct buffer our_text = {0};
    struct buffer stock_text = {0};
    print_sorted(ours, &our_text);
    print_sorted(stock, &stock_text);
    bool is_same = our_text.size == stock_text.size &&
                   memcmp(buffer_text(&our_text), buffer_text(&stock_text), our_text.size) == 0;
    buffer_release(&our_text);
    buffer_release(&stock_text);
    return is_same;
}

static bool are_near(const struct resp_value *ours, const struct resp_value *stock) {
    long long limit = llabs(stock->integer) > LONG_DIGITS ? NEAR_MS : NEAR_S;
    bool are_numbers = ours->type == ':' && stock->type == ':';
    /* The codes below 0 say that there is no deadline. */
    return are_numbers && (ours->integer < 0) == (stock->integer < 0) && stock->integer >= 0 &&
           llabs(ours->integer - stock->integer) <= limit;
}

static bool has_exponent(const struct resp_value *value) {
    return memchr(value->bytes, 'e', value->size) != NULL;
}

/* The oracle prints 17 digits where fewer do not give the number back by its own way of trying. */
static bool is_shortened(const struct resp_value *ours, const struct resp_value *stock) {
    enum { LONG_SIZE = 18 }; /* 17 digits and a point */
    return ours->size < stock->size && stock->size >= LONG_SIZE &&
           memchr(stock->bytes, '.', stock->size) != NULL;
}

/* The same number, printed with an exponent by one of the servers, or shorter by ours. */
static bool is_same_number(const struct resp_value *ours, const struct resp_value *stock) {
    char *our_end = NULL;
    char *stock_end = NULL;
    double our_number = strtod(ours->bytes, &our_end);
    double stock_number = strtod(stock->bytes, &stock_end);
    return ours->size > 0 && our_end == ours->bytes + ours->size && stock->size > 0 &&
           stock_end == stock->bytes + stock->size && !(our_number < stock_number) &&
           !(our_number > stock_number) &&
           (has_exponent(ours) || has_exponent(stock) || is_shortened(ours, stock));
}

static bool are_same_numbers(const struct resp_value *ours, const struct resp_value *stock) {
    if (ours->type != stock->type || ours->count != stock->count) {
        return false;
    }
    for (size_t i = 0; i < ours->count; i++) {
        if (!are_same_numbers(&ours->items[i], &stock->items[i])) {
            return false;
        }
    }
    if (ours->bytes == NULL || stock->bytes == NULL) {
        return ours->bytes == stock->bytes && ours->integer == stock->integer;
    }
    return (ours->size == stock->size && memcmp(ours->bytes, stock->bytes, ours->size) == 0) ||
           is_same_number(ours, stock);
}

static bool have_same_types(const struct resp_value *ours, const struct resp_value *stock) {
    if (ours->type != stock->type || ours->count != stock->count || ours->type == '-') {
        return false;
    }
    for (size_t i = 0; i < ours->count; i++) {
        if (!have_same_types(&ours->items[i], &stock->items[i])) {
            return false;
        }
    }
    return true;
}

static bool matches(const char *pattern, const struct buffer *reply) {
    return fnmatch(pattern, buffer_text(reply), FNM_NOESCAPE) == 0;
}

static bool excuses(const struct rule *rule, const struct reply_pair *pair,
                    const struct resp_value *ours, const struct resp_value *stock) {
    switch (rule->kind) {
    case RULE_UNORDERED:
        return are_same_unordered(ours, stock);
    case RULE_NEAR:
        return are_near(ours, stock);
    case RULE_NUMBERS:
        return are_same_numbers(ours, stock);
    case RULE_STREAM:
        return compare_streams(ours, stock);
    case RULE_TYPES:
        return have_same_types(ours, stock);
    case RULE_KIND:
        return ours->type == stock->type && ours->type != '-';
    case RULE_NEWER:
        return matches(rule->ours, pair->ours) && matches(rule->stock, pair->stock);
    case RULE_NOT_IN_MULTI:
    case RULE_ENDS:
    case RULE_NOT_SENT:
    case RULE_WAITS:
    case RULE_WAKES:
        break;
    }
    return false;
}

bool compare_ends(const struct step *step, const struct reply_pair *pair) {
    for (size_t f = 0; f < family_count(); f++) {
        const struct family *family = family_at(f);
        for (size_t i = 0; i < family->rule_count; i++) {
            const struct rule *rule = &family->rules[i];
            if (rule->kind == RULE_ENDS && rule->ours != NULL && names_step(rule, step) &&
                matches(rule->ours, pair->ours) && matches(rule->stock, pair->stock)) {
                return true;
            }
        }
    }
    return false;
}

bool compare_lets_wait(const struct step *step, const struct buffer *stock) {
    for (size_t f = 0; f < family_count(); f++) {
        const struct family *family = family_at(f);
        for (size_t i = 0; i < family->rule_count; i++) {
            const struct rule *rule = &family->rules[i];
            if (rule->kind == RULE_WAITS && names_step(rule, step) && matches(rule->stock, stock)) {
                return true;
            }
        }
    }
    return false;
}

static bool are_excused(const struct step *step, const struct reply_pair *pair,
                        const struct resp_value *ours, const struct resp_value *stock) {
    for (size_t f = 0; f < family_count(); f++) {
        const struct family *family = family_at(f);
        for (size_t i = 0; i < family->rule_count; i++) {
            const struct rule *rule = &family->rules[i];
            if (names_step(rule, step) && excuses(rule, pair, ours, stock)) {
                return true;
            }
        }
    }
    return false;
}

static bool are_equal(const struct reply_pair *pair) {
    return pair->ours->size == pair->stock->size &&
           memcmp(buffer_text(pair->ours), buffer_text(pair->stock), pair->ours->size) == 0;
}

/* Compares the elements of two replies to EXEC by the commands that they answer. */
static bool elements_agree(const struct reply_pair *pair, const struct step *const queued[],
                           size_t queued_count) {
    size_t our_at = strcspn(pair->ours->data, "\n") + 1;
    size_t stock_at = strcspn(pair->stock->data, "\n") + 1;
    if (our_at != stock_at || memcmp(pair->ours->data, pair->stock->data, our_at) != 0) {
        return false;
    }
    for (size_t i = 0; i < queued_count; i++) {
        if (our_at >= pair->ours->size || stock_at >= pair->stock->size) {
            return false;
        }
        int64_t our_size = resp_reply_size(pair->ours->data + our_at, pair->ours->size - our_at);
        int64_t stock_size =
            resp_reply_size(pair->stock->data + stock_at, pair->stock->size - stock_at);
        struct buffer ours = {0};
        struct buffer stock = {0};
        buffer_append(&ours, pair->ours->data + our_at, (size_t)our_size);
        buffer_append(&stock, pair->stock->data + stock_at, (size_t)stock_size);
        bool agree = compare_replies(queued[i], &(struct reply_pair){&ours, &stock}, NULL, 0);
        buffer_release(&ours);
        buffer_release(&stock);
        if (!agree) {
            return false;
        }
        our_at += (size_t)our_size;
        stock_at += (size_t)stock_size;
    }
    return our_at == pair->ours->size && stock_at == pair->stock->size;
}

bool compare_replies(const struct step *step, const struct reply_pair *pair,
                     const struct step *const queued[], size_t queued_count) {
    if (are_equal(pair)) {
        return true;
    }
    if (queued_count > 0) {
        return elements_agree(pair, queued, queued_count);
    }
    struct resp_value *ours = resp_value_parse(pair->ours->data, pair->ours->size);
    struct resp_value *stock = resp_value_parse(pair->stock->data, pair->stock->size);
    bool agree = are_excused(step, pair, ours, stock);
    resp_value_destroy(ours);
    resp_value_destroy(stock);
    return agree;
}

bool compare_unordered(const struct reply_pair *pair) {
    if (are_equal(pair)) {
        return true;
    }
    struct resp_value *ours = resp_value_parse(pair->ours->data, pair->ours->size);
    struct resp_value *stock = resp_value_parse(pair->stock->data, pair->stock->size);
    bool agree = are_same_unordered(ours, stock);
    resp_value_destroy(ours);
    resp_value_destroy(stock);
    return agree;
}
