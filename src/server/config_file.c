/*
 * A line is a name and words, quoted as redis-cli quotes them; '#' begins a comment at the start of
 * a line only. A rewrite never changes a line that it does not have to.
 */
#include "server/config_file.h"

#include "base/alloc.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INCLUDE_DEPTH_MAX = 16, NEW_FILE_MODE = 0644, OWN_FILE_MODE = 0600, MODE_BITS = 07777 };

/* Where a line stands, for errors. */
struct line_place {
    const char *file;
    size_t number;
    struct bytes text;
    size_t depth;
};

static sds describe_error(const struct line_place *place, const char *problem) {
    sds text =
        sds_append_format(sds_with_capacity(0), "Reading the configuration: %s, line %zu\n>>> '",
                          place->file, place->number);
    text = sds_append(text, place->text);
    return sds_append_format(text, "'\n%s\n", problem);
}

static sds include_matching(struct config *config, const char *pattern,
                            const struct line_place *place) {
    glob_t found;
    int status = glob(pattern, 0, NULL, &found);
    if (status == GLOB_NOMATCH) {
        bool is_pattern = strpbrk(pattern, "*?[") != NULL;
        return is_pattern ? NULL : describe_error(place, "the file to include does not exist");
    }
    if (status != 0) {
        return describe_error(place, "the files to include cannot be listed");
    }
    sds error = NULL;
    for (size_t i = 0; i < found.gl_pathc && error == NULL; i++) {
        error = config_file_include(config, found.gl_pathv[i], place->depth + 1);
    }
    globfree(&found);
    return error;
}

static sds apply_line(struct config *config, const struct line_place *place) {
    size_t count = 0;
    sds *words = text_split_args(place->text, &count);
    if (words == NULL) {
        return describe_error(place, "Unbalanced quotes in configuration line");
    }
    sds error = NULL;
    char problem[OPTION_ERROR_SIZE];
    if (count > 0 && bytes_is(sds_view(words[0]), "include")) {
        error = count == 2 ? include_matching(config, words[1], place)
                           : describe_error(place, "include takes one path");
    } else if (count > 0 && !config_apply_words(config, words, count, problem)) {
        error = describe_error(place, problem);
    }
    text_free_args(words, count);
    return error;
}

static struct bytes trim(const char *text, size_t length) {
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    while (length > 0 && isspace((unsigned char)*text)) {
        text++;
        length--;
    }
    return (struct bytes){text, length};
}

/* Reads a line without its end into *line, which is empty before. False at the end of the file. */
static bool read_line(FILE *file, sds *line) {
    sds_keep(*line, 0, 0);
    int byte = getc(file);
    bool is_there = byte != EOF;
    for (; byte != EOF && byte != '\n'; byte = getc(file)) {
        char character = (char)byte;
        *line = sds_append(*line, (struct bytes){&character, 1});
    }
    return is_there;
}

static sds read_lines(struct config *config, FILE *file, const char *name, size_t depth) {
    sds line = sds_new(BYTES(""));
    sds error = NULL;
    struct line_place place = {.file = name, .depth = depth};
    while (error == NULL && read_line(file, &line)) {
        place.number++;
        place.text = trim(line, sds_length(line));
        if (place.text.length > 0 && place.text.data[0] != '#') {
            error = apply_line(config, &place);
        }
    }
    sds_free(line);
    return error;
}

sds config_file_read(struct config *config, FILE *file, const char *name) {
    return read_lines(config, file, name, 0);
}

sds config_file_include(struct config *config, const char *path, size_t depth) {
    struct line_place place = {.file = path, .text = bytes_of_text(path)};
    if (depth > INCLUDE_DEPTH_MAX) {
        return describe_error(&place, "files include each other too deeply: at most 16 levels");
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return describe_error(&place, strerror(errno));
    }
    sds error = read_lines(config, file, path, depth);
    (void)fclose(file); /* It was only read. */
    return error;
}

/* The stock server takes --save without a value for --save "", and people write it so. */
static bool is_bare_save(int argc, char *const argv[]) {
    return strcasecmp(argv[0], "--save") == 0 && (argc == 1 || strncmp(argv[1], "--", 2) == 0);
}

/*
 * An option as the words of a line: its name without dashes, its values, and an empty one where
 * it may stand without. *count is the number of arguments, and becomes that of the words.
 */
static sds *words_of_option(char *const argv[], size_t *count) {
    bool is_bare = *count == 1 && strcasecmp(argv[0], "--save") == 0;
    sds *words = alloc_new((*count + 1) * sizeof *words);
    for (size_t i = 0; i < *count; i++) {
        words[i] = sds_new(bytes_of_text(i == 0 ? argv[i] + 2 : argv[i]));
    }
    if (is_bare) {
        words[(*count)++] = sds_new(BYTES(""));
    }
    return words;
}

sds config_file_read_options(struct config *config, int argc, char *const argv[]) {
    struct line_place place = {.file = "command line"};
    int at = 0;
    while (at < argc) {
        place.number++;
        place.text = bytes_of_text(argv[at]);
        if (strncmp(argv[at], "--", 2) != 0) {
            return describe_error(&place, "an option starts with two dashes: --name value");
        }
        int end = at + 1;
        bool is_bare = is_bare_save(argc - at, argv + at);
        while (!is_bare && end < argc && (strncmp(argv[end], "--", 2) != 0 || end == at + 1)) {
            end++;
        }
        size_t count = (size_t)(end - at);
        sds *words = words_of_option(argv + at, &count);
        char problem[OPTION_ERROR_SIZE];
        bool is_good = config_apply_words(config, words, count, problem);
        text_free_args(words, count);
        if (!is_good) {
            return describe_error(&place, problem);
        }
        at = end;
    }
    return NULL;
}

/* ---- Rewriting ---- */

static const char marker[] = "# Generated by CONFIG REWRITE";

static bool needs_quotes(const struct config_setting *setting) {
    if (setting->value[0] == '\0') {
        return true;
    }
    for (const char *at = setting->value; *at != '\0'; at++) {
        if (*at == '"' || *at == '\'' || *at == '\\' || (unsigned char)*at < ' ' ||
            (*at == ' ' && !setting->is_list)) {
            return true;
        }
    }
    return false;
}

static sds append_setting(sds text, struct bytes name, const struct config_setting *setting) {
    struct bytes value = bytes_of_text(setting->value);
    text = sds_append(text, name);
    text = sds_append(text, BYTES(" "));
    text = needs_quotes(setting) ? sds_append_quoted(text, value) : sds_append(text, value);
    return sds_append(text, BYTES("\n"));
}

static bool has_seen(sds *seen, size_t count, struct bytes name) {
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal_nocase(sds_view(seen[i]), name)) {
            return true;
        }
    }
    return false;
}

/* What a rewrite has put together so far. */
struct rewriting {
    struct config_source source;
    sds text;
    sds *seen;
    size_t seen_count;
    bool has_marker;
};

static void remember(struct rewriting *rewriting, struct bytes name) {
    rewriting->seen =
        alloc_resize(rewriting->seen, (rewriting->seen_count + 1) * sizeof *rewriting->seen);
    rewriting->seen[rewriting->seen_count++] = sds_new(name);
}

static void rewrite_line(struct rewriting *rewriting, struct bytes line) {
    struct bytes text = trim(line.data, line.length);
    rewriting->has_marker |= bytes_equal(text, BYTES(marker));
    size_t count = 0;
    sds *words = text.length == 0 || text.data[0] == '#' ? NULL : text_split_args(text, &count);
    struct config_setting setting;
    bool is_known = words != NULL && count > 0 &&
                    rewriting->source.look_up(rewriting->source.context, words, count, &setting);
    bool is_repeated = is_known && has_seen(rewriting->seen, rewriting->seen_count, setting.name);
    if (!is_known || (setting.is_said && !is_repeated)) {
        rewriting->text = sds_append(rewriting->text, line);
        rewriting->text = sds_append(rewriting->text, BYTES("\n"));
    } else if (!is_repeated) {
        rewriting->text = append_setting(rewriting->text, sds_view(words[0]), &setting);
    }
    if (is_known && !is_repeated) {
        remember(rewriting, setting.name);
    }
    if (words != NULL) {
        text_free_args(words, count);
    }
}

static int rewrite_existing(struct rewriting *rewriting, const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT ? 0 : -errno;
    }
    sds line = sds_new(BYTES(""));
    while (read_line(file, &line)) {
        rewrite_line(rewriting, sds_view(line));
    }
    sds_free(line);
    (void)fclose(file); /* It was only read. */
    return 0;
}

static int write_whole(int fd, struct bytes text) {
    while (text.length > 0) {
        ssize_t count = write(fd, text.data, text.length);
        if (count < 0 && errno != EINTR) {
            return -errno;
        }
        if (count > 0) {
            text.data += count;
            text.length -= (size_t)count;
        }
    }
    return fsync(fd) < 0 ? -errno : 0;
}

/* The file may hold a password: whoever could not read it before cannot read it afterwards. */
static int take_over_mode(int fd, const char *path) {
    struct stat old;
    if (stat(path, &old) < 0) {
        return errno == ENOENT && fchmod(fd, NEW_FILE_MODE) == 0 ? 0 : -errno;
    }
    bool is_other_owner = old.st_uid != geteuid() || old.st_gid != getegid();
    if (is_other_owner && fchown(fd, old.st_uid, old.st_gid) < 0) {
        return -errno;
    }
    return fchmod(fd, old.st_mode & MODE_BITS) < 0 ? -errno : 0;
}

static int replace_file(const char *path, struct bytes text) {
    sds temp_path = sds_append_format(sds_with_capacity(0), "%s.%d.tmp", path, (int)getpid());
    int fd = open(temp_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, OWN_FILE_MODE);
    int error = fd < 0 ? -errno : take_over_mode(fd, path);
    error = error == 0 ? write_whole(fd, text) : error;
    if (fd >= 0 && close(fd) < 0 && error == 0) {
        error = -errno;
    }
    if (error == 0 && rename(temp_path, path) < 0) {
        error = -errno;
    }
    if (error != 0) {
        (void)unlink(temp_path); /* The first error is the one to report. */
    }
    sds_free(temp_path);
    return error;
}

int config_file_rewrite(const char *path, struct config_source source, sds *added,
                        size_t added_count) {
    struct rewriting rewriting = {.source = source, .text = sds_with_capacity(0)};
    int error = rewrite_existing(&rewriting, path);
    for (size_t i = 0; i < added_count && error == 0; i++) {
        if (has_seen(rewriting.seen, rewriting.seen_count, sds_view(added[i]))) {
            continue;
        }
        if (!rewriting.has_marker) {
            rewriting.text = sds_append(rewriting.text, bytes_of_text(marker));
            rewriting.text = sds_append(rewriting.text, BYTES("\n"));
            rewriting.has_marker = true;
        }
        struct config_setting setting;
        if (source.look_up(source.context, &added[i], 1, &setting)) {
            rewriting.text = append_setting(rewriting.text, sds_view(added[i]), &setting);
        }
    }
    if (error == 0) {
        error = replace_file(path, sds_view(rewriting.text));
    }
    text_free_args(rewriting.seen, rewriting.seen_count);
    sds_free(rewriting.text);
    return error;
}
