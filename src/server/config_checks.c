/*
 * Each check reads the whole text once and appends its canonical form as it goes.
 */
#include "server/config_checks.h"

#include "base/panic.h"
#include "base/text.h"

#include <string.h>

/* ---- Checks of parameters with a form of their own ---- */

const char *config_check_file_name(struct bytes text, sds *canonical) {
    if (memchr(text.data, '/', text.length) != NULL) {
        return "dbfilename can't be a path, just a filename";
    }
    *canonical = sds_append(*canonical, text);
    return NULL;
}

const char *config_check_log_name(struct bytes text, sds *canonical) {
    if (text.length == 0) {
        return "appendfilename can't be empty";
    }
    if (memchr(text.data, '/', text.length) != NULL) {
        return "appendfilename can't be a path, just a filename";
    }
    *canonical = sds_append(*canonical, text);
    return NULL;
}

const char *config_check_log_directory(struct bytes text, sds *canonical) {
    if (text.length == 0) {
        return "appenddirname can't be empty";
    }
    if (memchr(text.data, '/', text.length) != NULL) {
        return "appenddirname can't be a path, just a dirname";
    }
    *canonical = sds_append(*canonical, text);
    return NULL;
}

const char *config_check_save(struct bytes text, sds *canonical) {
    static const char problem[] = "Invalid save parameters";
    size_t count = 0;
    sds *words = text_split_args(text, &count);
    if (words == NULL) {
        return problem;
    }
    bool is_empty = count == 0 || (count == 1 && sds_length(words[0]) == 0);
    bool is_good = is_empty || count % 2 == 0;
    for (size_t i = 0; i < count && is_good && !is_empty; i++) {
        int64_t number;
        is_good = text_parse_int64(sds_view(words[i]), &number) && number >= (i % 2 == 0);
        *canonical = sds_append(*canonical, BYTES(" "));
        *canonical = sds_append(*canonical, sds_view(words[i]));
    }
    text_free_args(words, count);
    if (is_good && sds_length(*canonical) > 0) {
        sds_keep(*canonical, 1, sds_length(*canonical) - 1);
    }
    return is_good ? NULL : problem;
}

static const char event_letters[] = "KEg$lshzxetmdn";

const char *config_check_events(struct bytes text, sds *canonical) {
    static const char all_letters[] = "g$lshzxetd";
    static const char order[] = "g$lshzxetdnKEm";
    bool is_set[sizeof order] = {false};
    for (size_t i = 0; i < text.length; i++) {
        char letter = text.data[i];
        if (letter != 'A' && (letter == '\0' || strchr(event_letters, letter) == NULL)) {
            return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
        }
        for (size_t j = 0; order[j] != '\0'; j++) {
            is_set[j] |= order[j] == letter || (letter == 'A' && strchr(all_letters, order[j]));
        }
    }
    bool has_all = true;
    for (size_t j = 0; all_letters[j] != '\0'; j++) {
        has_all = has_all && is_set[j];
    }
    *canonical = has_all ? sds_append(*canonical, BYTES("A")) : *canonical;
    for (size_t j = has_all ? strlen(all_letters) : 0; order[j] != '\0'; j++) {
        if (is_set[j]) {
            *canonical = sds_append(*canonical, (struct bytes){&order[j], 1});
        }
    }
    return NULL;
}

const char *config_check_title(struct bytes text, sds *canonical) {
    static const char *const variables[] = {"title",    "listen-addr", "server-mode", "port",
                                            "tls-port", "unixsocket",  "config-file"};
    static const char problem[] = "template format is invalid or contains unknown variables";
    if (text.length == 0) {
        return problem;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] != '{') {
            continue;
        }
        const char *start = text.data + i + 1;
        const char *end = memchr(start, '}', text.length - i - 1);
        bool is_known = false;
        for (size_t j = 0; end != NULL && j < ARRAY_SIZE(variables); j++) {
            is_known |= bytes_is((struct bytes){start, (size_t)(end - start)}, variables[j]);
        }
        if (!is_known) {
            return problem;
        }
    }
    *canonical = sds_append(*canonical, text);
    return NULL;
}

/* Keeps each percentage as the shortest number that says the same. */
const char *config_check_percentiles(struct bytes text, sds *canonical) {
    enum { PERCENT_MAX = 100 };
    const char *problem = NULL;
    size_t count = 0;
    sds *words = text_split_args(text, &count);
    for (size_t i = 0; problem == NULL && i < count; i++) {
        double percent;
        char shown[TEXT_DOUBLE_MAX_SIZE];
        if (sds_length(words[i]) == 0 && count == 1) {
            break;
        }
        if (!text_parse_double(sds_view(words[i]), &percent)) {
            problem = "Invalid latency-tracking-info-percentiles parameters";
        } else if (percent < 0 || percent > PERCENT_MAX) {
            problem = "latency-tracking-info-percentiles parameters should sit between "
                      "[0.0,100.0]";
        } else {
            size_t length = text_print_double(shown, percent);
            *canonical = sds_append(*canonical, i == 0 ? BYTES("") : BYTES(" "));
            *canonical = sds_append(*canonical, (struct bytes){shown, length});
        }
    }
    if (words == NULL) {
        return "Invalid latency-tracking-info-percentiles parameters";
    }
    text_free_args(words, count);
    return problem;
}

const char *config_check_oom_values(struct bytes text, sds *canonical) {
    enum { VALUE_COUNT = 3, VALUE_MAX = 2000 };
    size_t count = 0;
    sds *words = text_split_args(text, &count);
    if (words == NULL || count != VALUE_COUNT) {
        if (words != NULL) {
            text_free_args(words, count);
        }
        return "wrong number of arguments";
    }
    bool is_good = true;
    for (size_t i = 0; i < count && is_good; i++) {
        int64_t number;
        is_good = text_parse_int64(sds_view(words[i]), &number) && number >= -VALUE_MAX &&
                  number <= VALUE_MAX;
    }
    text_free_args(words, count);
    *canonical = sds_append(*canonical, text);
    return is_good ? NULL
                   : "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
}

const char *config_check_client_memory(struct bytes text, sds *canonical) {
    enum { PERCENT_MAX = 100 };
    static const char problem[] = "argument must be a memory or percent value";
    int64_t number;
    if (text.length == 0 || text.data[text.length - 1] != '%') {
        if (!text_parse_memory(text, &number)) {
            return problem;
        }
        *canonical = sds_append_format(*canonical, "%lld", (long long)number);
        return NULL;
    }
    if (!text_parse_int64((struct bytes){text.data, text.length - 1}, &number) || number < 0) {
        return problem;
    }
    if (number > PERCENT_MAX) {
        return "percentage argument must be less or equal to 100";
    }
    *canonical = sds_append(*canonical, text);
    return NULL;
}

static const char *const limit_classes[] = {"normal", "slave", "pubsub"};

int config_limit_class(struct bytes name) {
    for (size_t i = 0; i < ARRAY_SIZE(limit_classes); i++) {
        if (bytes_is(name, limit_classes[i])) {
            return (int)i;
        }
    }
    return bytes_is(name, "replica") ? 1 : -1;
}

/* Words come in fours: class, hard limit, soft limit, seconds. */
const char *config_check_output_limits(struct bytes text, sds *canonical) {
    enum { GROUP = 4 };
    size_t count = 0;
    sds *words = text_split_args(text, &count);
    const char *problem = words == NULL || count % GROUP != 0
                              ? "Wrong number of arguments in buffer limit configuration."
                              : NULL;
    for (size_t i = 0; problem == NULL && i < count; i += GROUP) {
        int64_t hard;
        int64_t soft;
        int64_t seconds;
        int class = config_limit_class(sds_view(words[i]));
        if (class < 0) {
            problem = "Invalid client class specified in buffer limit configuration.";
        } else if (!text_parse_memory(sds_view(words[i + 1]), &hard) ||
                   !text_parse_memory(sds_view(words[i + 2]), &soft) ||
                   !text_parse_int64(sds_view(words[i + 3]), &seconds) || seconds < 0) {
            problem = "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
        } else {
            *canonical = sds_append_format(*canonical, "%s%s %lld %lld %lld", i == 0 ? "" : " ",
                                           limit_classes[class], (long long)hard, (long long)soft,
                                           (long long)seconds);
        }
    }
    if (words != NULL) {
        text_free_args(words, count);
    }
    return problem;
}

const char *config_check_shutdown(struct bytes text, sds *canonical) {
    enum { SAVE = 1, NOSAVE = 2 };
    static const char *const words[] = {"default", "save", "nosave", "now", "force"};
    bool is_given[ARRAY_SIZE(words)] = {false};
    size_t count = 0;
    sds *given = text_split_args(text, &count);
    bool is_good = given != NULL && count > 0;
    for (size_t i = 0; i < count && is_good; i++) {
        size_t word = 0;
        while (word < ARRAY_SIZE(words) && !bytes_is(sds_view(given[i]), words[word])) {
            word++;
        }
        is_good = word < ARRAY_SIZE(words);
        if (is_good) {
            is_given[word] = true;
        }
    }
    if (given != NULL) {
        text_free_args(given, count);
    }
    if (!is_good) {
        return "argument(s) must be one of the following: default, save, nosave, now, force";
    }
    if (is_given[SAVE] && is_given[NOSAVE]) {
        return "shutdown options SAVE and NOSAVE can't be used simultaneously";
    }
    for (size_t word = SAVE; word < ARRAY_SIZE(words); word++) {
        if (is_given[word]) {
            *canonical =
                sds_append(*canonical, sds_length(*canonical) > 0 ? BYTES(" ") : BYTES(""));
            *canonical = sds_append(*canonical, bytes_of_text(words[word]));
        }
    }
    if (sds_length(*canonical) == 0) {
        *canonical = sds_append(*canonical, bytes_of_text(words[0]));
    }
    return NULL;
}
