/*
 * Logs are made by the writer (or by hand, as a stock server makes them), damaged in every way, and
 * loaded: what is replayed must be an exact prefix of what was written, or the load is refused.
 */
#include "persist/aof_loader.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/worker.h"
#include "persist/aof_line.h"
#include "persist/aof_writer.h"
#include "persist/file_io.h"
#include "structs/journal.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMMAND_COUNT = 12, SLICE_US = 1000, PATH_SIZE = 64, FILE_MODE = 0644 };

static const char increment_name[] = "log.1.incr.aof";
static const char second_name[] = "log.2.incr.aof";

/* What was replayed, as one text: a line for each command. */
struct replayed {
    sds text;
    bool is_in_transaction;
};

static size_t take_commands(void *context, const struct aof_command *commands, size_t count,
                            const struct bytes *args, sds *error) {
    (void)error;
    struct replayed *replayed = context;
    for (size_t i = 0; i < count; i++) {
        const struct bytes *words = args + commands[i].first_arg;
        for (size_t j = 0; j < commands[i].argc; j++) {
            replayed->text = sds_append(replayed->text, words[j]);
            replayed->text = sds_append(replayed->text, BYTES(" "));
        }
        replayed->text = sds_append(replayed->text, BYTES("\n"));
        if (bytes_is(words[0], "multi")) {
            replayed->is_in_transaction = true;
        } else if (bytes_is(words[0], "exec")) {
            replayed->is_in_transaction = false;
        }
    }
    return count;
}

static bool is_in_transaction(void *context) {
    const struct replayed *replayed = context;
    return replayed->is_in_transaction;
}

static void end_transaction(void *context) {
    struct replayed *replayed = context;
    replayed->is_in_transaction = false;
}

/* ---- The directory ---- */

struct place {
    char path[PATH_SIZE];
    struct aof_directory directory;
};

static struct place make_place(void) {
    struct place place;
    (void)snprintf(place.path, sizeof place.path, "/tmp/latchkey-aof-XXXXXX");
    require(mkdtemp(place.path) != NULL);
    require(aof_directory_open(&place.directory, place.path, "log") == NULL);
    return place;
}

static void remove_place(struct place *place) {
    aof_directory_close(&place->directory);
    char command[PATH_SIZE * 2];
    (void)snprintf(command, sizeof command, "rm -r %s", place->path);
    require(system(command) == 0);
}

static void put_file(const struct place *place, const char *name, struct bytes text) {
    int fd = openat(place->directory.fd, name, O_WRONLY | O_CREAT | O_TRUNC, FILE_MODE);
    require(fd >= 0);
    require(write(fd, text.data, text.length) == (ssize_t)text.length);
    (void)close(fd);
}

static sds get_file(const struct place *place, const char *name) {
    sds text = NULL;
    require(file_read_all(place->directory.fd, name, SIZE_MAX / 2, &text) == 0);
    return text;
}

/* ---- Writing ---- */

static void append_command(struct journal *journal, int number) {
    char text[PATH_SIZE * 2];
    int length = snprintf(text, sizeof text, "*3\r\n$3\r\nSET\r\n$2\r\nk%d\r\n$4\r\nv%03d\r\n",
                          number % 10, number);
    journal_append(journal, (struct bytes){text, (size_t)length}, JOURNAL_EVERYBODY);
    journal_end_request(journal);
}

static void write_command(struct journal *journal, struct aof_writer *writer, int number) {
    append_command(journal, number);
    aof_writer_hand_over(writer);
    while (aof_writer_marks(writer).written != journal_end(journal)) {
        aof_writer_poll(writer);
    }
}

/* Makes a log of commands, each a frame of its own, in that many increments of the directory. */
static void write_increments(struct place *place, int count, enum aof_policy policy,
                             bool is_clean) {
    struct journal *journal = journal_create();
    struct worker *closer = worker_create("close");
    struct aof_writer *writer = aof_writer_create(journal, closer, (struct background_wake){0});
    struct aof_target target;
    require(aof_directory_add_increment(&place->directory, true, &target) == 0);
    aof_writer_open(writer, &target);
    aof_writer_set_policy(writer, policy, false);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (i > 0 && i % (COMMAND_COUNT / count) == 0) {
            require(aof_directory_add_increment(&place->directory, true, &target) == 0);
            aof_writer_switch(writer, &target);
        }
        write_command(journal, writer, i);
    }
    require(aof_writer_close(writer, is_clean) == 0);
    aof_writer_destroy(writer);
    worker_destroy(closer);
    journal_destroy(journal);
}

static void write_log(struct place *place, enum aof_policy policy, bool is_clean) {
    write_increments(place, 1, policy, is_clean);
}

static enum aof_load_status load(struct place *place, uint64_t corrupt_tail_max,
                                 struct replayed *replayed, uint64_t *cut_size) {
    *replayed = (struct replayed){sds_new(BYTES("")), false};
    struct aof_loader *loader = aof_loader_create(
        &place->directory,
        (struct aof_load_options){.cuts_truncated = true, .corrupt_tail_max = corrupt_tail_max},
        (struct aof_executor){
            .context = replayed,
            .run = take_commands,
            .is_in_transaction = is_in_transaction,
            .begin_file = end_transaction,
            .drop_transaction = end_transaction,
        });
    enum aof_load_status status = AOF_LOAD_RUNNING;
    while (status == AOF_LOAD_RUNNING) {
        status = aof_loader_step(loader, SLICE_US);
    }
    require(status == AOF_LOAD_DONE || aof_loader_message(loader) != NULL);
    *cut_size = aof_loader_cut_size(loader);
    aof_loader_destroy(loader);
    return status;
}

static bool is_prefix(const char *whole, struct bytes part) {
    return part.length <= strlen(whole) && memcmp(whole, part.data, part.length) == 0;
}

/* Loads the increment with this content. Returns the status; the text must be a prefix. */
static enum aof_load_status load_bytes(struct place *place, struct bytes content, const char *whole,
                                       size_t *loaded_size) {
    put_file(place, increment_name, content);
    struct replayed replayed;
    uint64_t cut_size = 0;
    enum aof_load_status status = load(place, 0, &replayed, &cut_size);
    require(is_prefix(whole, sds_view(replayed.text)));
    *loaded_size = sds_length(replayed.text);
    if (status == AOF_LOAD_DONE) {
        /* What was cut is gone: the next load finds nothing to complain about. */
        struct replayed again;
        uint64_t cut_again = 0;
        require(load(place, 0, &again, &cut_again) == AOF_LOAD_DONE);
        require(cut_again == 0);
        require(bytes_equal(sds_view(again.text), sds_view(replayed.text)));
        sds_free(again.text);
    }
    sds_free(replayed.text);
    return status;
}

/* The whole log as text, and its bytes. */
static sds read_log(struct place *place, sds *content) {
    struct replayed replayed;
    uint64_t cut_size = 0;
    require(load(place, 0, &replayed, &cut_size) == AOF_LOAD_DONE);
    require(cut_size == 0);
    *content = get_file(place, increment_name);
    return replayed.text;
}

/* ---- Tests ---- */

Test(aof_loader, replays_what_was_written) {
    struct place place = make_place();
    write_log(&place, AOF_EVERYSEC, true);
    sds content = NULL;
    sds whole = read_log(&place, &content);
    require(is_prefix(whole, BYTES("SET k0 v000 \nSET k1 v001 \n")));
    require(sds_length(whole) == COMMAND_COUNT * strlen("SET k0 v000 \n"));
    sds_free(whole);
    sds_free(content);
    remove_place(&place);
}

Test(aof_loader, a_file_cut_at_any_byte_gives_a_prefix) {
    struct place place = make_place();
    write_log(&place, AOF_ALWAYS, false);
    sds content = NULL;
    sds whole = read_log(&place, &content);
    size_t longest = 0;
    for (size_t size = 0; size <= sds_length(content); size++) {
        size_t loaded = 0;
        enum aof_load_status status =
            load_bytes(&place, (struct bytes){content, size}, whole, &loaded);
        require(status == AOF_LOAD_DONE);
        require(loaded >= longest);
        longest = loaded;
    }
    require(longest == sds_length(whole));
    sds_free(whole);
    sds_free(content);
    remove_place(&place);
}

Test(aof_loader, a_file_with_any_byte_changed_is_refused_or_gives_a_prefix) {
    static const char masks[] = {'\x01', '\x10', '\x80'};
    struct place place = make_place();
    write_log(&place, AOF_ALWAYS, true);
    sds content = NULL;
    sds whole = read_log(&place, &content);
    for (size_t i = 0; i < sds_length(content) * sizeof masks; i++) {
        char *byte = &content[i / sizeof masks];
        *byte = (char)(*byte ^ masks[i % sizeof masks]);
        size_t loaded = 0;
        /* Everything was synced, and the last lines say so: they alone may be cut. */
        require(load_bytes(&place, sds_view(content), whole, &loaded) == AOF_LOAD_FAILED ||
                loaded == sds_length(whole));
        *byte = (char)(*byte ^ masks[i % sizeof masks]);
    }
    sds_free(whole);
    sds_free(content);
    remove_place(&place);
}

Test(aof_loader, a_tail_of_zeros_is_cut_back_to_the_last_line) {
    struct place place = make_place();
    write_log(&place, AOF_ALWAYS, false);
    sds content = NULL;
    sds whole = read_log(&place, &content);
    content = sds_resize(content, sds_length(content) + 5000);
    size_t loaded = 0;
    require(load_bytes(&place, sds_view(content), whole, &loaded) == AOF_LOAD_DONE);
    require(loaded == sds_length(whole));
    sds_free(whole);
    sds_free(content);
    remove_place(&place);
}

/* The power fails just after a switch: neither file was synced, and both are torn. */
Test(aof_loader, a_torn_increment_before_one_cut_at_any_byte_gives_a_prefix) {
    struct place place = make_place();
    write_increments(&place, 2, AOF_EVERYSEC, false);
    sds first = NULL;
    sds whole = read_log(&place, &first);
    sds second = get_file(&place, second_name);
    for (size_t size = 0; size <= sds_length(second); size++) {
        put_file(&place, second_name, (struct bytes){second, size});
        size_t loaded = 0;
        struct bytes torn = {first, sds_length(first) - sds_length(first) / 4};
        require(load_bytes(&place, torn, whole, &loaded) == AOF_LOAD_DONE);
        require(loaded > 0 && loaded < sds_length(whole) / 2);
    }
    sds_free(second);
    sds_free(first);
    sds_free(whole);
    remove_place(&place);
}

/* The first write came to the disk in part only, later ones whole: nothing of it was synced. */
Test(aof_loader, a_first_line_torn_at_any_byte_gives_nothing) {
    enum { TORN_SIZE = 32 };
    struct place place = make_place();
    write_increments(&place, 2, AOF_EVERYSEC, false);
    sds first = NULL;
    sds whole = read_log(&place, &first);
    require(sds_length(first) > 2 * TORN_SIZE);
    put_file(&place, second_name, (struct bytes){NULL, 0});
    for (size_t kept = 0; kept < TORN_SIZE; kept++) {
        sds torn = sds_new(sds_view(first));
        memset(torn + kept, 0, TORN_SIZE - kept);
        size_t loaded = 1;
        require(load_bytes(&place, sds_view(torn), whole, &loaded) == AOF_LOAD_DONE);
        require(loaded == 0);
        sds_free(torn);
    }
    sds_free(first);
    sds_free(whole);
    remove_place(&place);
}

Test(aof_loader, damage_in_the_middle_is_cut_only_up_to_the_size_that_is_allowed) {
    struct place place = make_place();
    write_log(&place, AOF_ALWAYS, true);
    sds content = NULL;
    sds whole = read_log(&place, &content);
    size_t middle = sds_length(content) / 2;
    content[middle] ^= 1;
    put_file(&place, increment_name, sds_view(content));
    struct replayed replayed;
    uint64_t cut_size = 0;
    require(load(&place, 10, &replayed, &cut_size) == AOF_LOAD_FAILED);
    sds_free(replayed.text);
    sds unchanged = get_file(&place, increment_name);
    require(bytes_equal(sds_view(unchanged), sds_view(content)));
    sds_free(unchanged);
    require(load(&place, sds_length(content), &replayed, &cut_size) == AOF_LOAD_DONE);
    require(cut_size > 0);
    require(is_prefix(whole, sds_view(replayed.text)));
    sds_free(replayed.text);
    sds_free(whole);
    sds_free(content);
    remove_place(&place);
}

/* Under `no` nobody knows what was synced, so nothing is cut unless it is allowed. */
Test(aof_loader, damage_before_the_last_increment_is_cut_only_up_to_the_size_that_is_allowed) {
    struct place place = make_place();
    write_increments(&place, 2, AOF_NO, true);
    sds first = NULL;
    sds whole = read_log(&place, &first);
    sds second = get_file(&place, second_name);
    size_t middle = sds_length(first) / 2;
    first[middle] ^= 1;
    put_file(&place, increment_name, sds_view(first));
    struct replayed replayed;
    uint64_t cut_size = 0;
    require(load(&place, sds_length(first), &replayed, &cut_size) == AOF_LOAD_FAILED);
    sds_free(replayed.text);
    require(load(&place, sds_length(first) + sds_length(second), &replayed, &cut_size) ==
            AOF_LOAD_DONE);
    require(cut_size > sds_length(second));
    require(is_prefix(whole, sds_view(replayed.text)));
    struct replayed again;
    require(load(&place, 0, &again, &cut_size) == AOF_LOAD_DONE);
    require(cut_size == 0);
    require(bytes_equal(sds_view(again.text), sds_view(replayed.text)));
    sds_free(again.text);
    sds_free(replayed.text);
    sds_free(second);
    sds_free(first);
    sds_free(whole);
    remove_place(&place);
}

Test(aof_loader, a_stock_file_cut_at_any_byte_gives_whole_commands) {
    static const char log[] = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nset\r\n$1\r\na\r\n"
                              "$1\r\n1\r\n#TS:123\r\n*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nincr\r\n"
                              "$1\r\na\r\n*1\r\n$4\r\nEXEC\r\n*2\r\n$3\r\ndel\r\n$1\r\na\r\n";
    static const char whole[] = "SELECT 0 \nset a 1 \nMULTI \nincr a \nEXEC \ndel a \n";
    struct place place = make_place();
    (void)manifest_add(&place.directory.manifest, MANIFEST_INCREMENT, bytes_of_text(increment_name),
                       1);
    for (size_t size = 0; size < sizeof log; size++) {
        put_file(&place, increment_name, (struct bytes){log, size});
        struct replayed replayed;
        uint64_t cut_size = 0;
        require(load(&place, 0, &replayed, &cut_size) == AOF_LOAD_DONE);
        require(is_prefix(whole, sds_view(replayed.text)));
        sds_free(replayed.text);
        /* A transaction without its end was cut away. */
        require(load(&place, 0, &replayed, &cut_size) == AOF_LOAD_DONE);
        require(cut_size == 0);
        require(!replayed.is_in_transaction);
        sds_free(replayed.text);
    }
    remove_place(&place);
}

Test(aof_loader, what_a_stock_server_appended_is_replayed) {
    static const char appended[] =
        "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nset\r\n$1\r\na\r\n$1\r\n1\r\n";
    struct place place = make_place();
    write_log(&place, AOF_EVERYSEC, true);
    sds content = NULL;
    sds whole = read_log(&place, &content);
    content = sds_append(content, bytes_of_text(appended));
    whole = sds_append(whole, BYTES("SELECT 0 \nset a 1 \n"));
    size_t loaded = 0;
    require(load_bytes(&place, sds_view(content), whole, &loaded) == AOF_LOAD_DONE);
    require(loaded == sds_length(whole));
    sds_free(whole);
    sds_free(content);
    remove_place(&place);
}

Test(aof_loader, garbage_in_a_stock_file_is_refused_with_its_place) {
    static const char *const logs[] = {
        "GET a\r\n",          "*1\r\n$4\r\nPING\r\n\r\n*1\r\n$4\r\nPING\r\n",
        "*1\r\n$4\nPING\r\n", "*-1\r\n",
        "*1\r\n$0\r\n",       "*2\r\n$1\r\na\r\n:5\r\n",
    };
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        struct place place = make_place();
        (void)manifest_add(&place.directory.manifest, MANIFEST_INCREMENT,
                           bytes_of_text(increment_name), 1);
        put_file(&place, increment_name, bytes_of_text(logs[i]));
        struct replayed replayed;
        uint64_t cut_size = 0;
        enum aof_load_status status = load(&place, 0, &replayed, &cut_size);
        require(status == AOF_LOAD_FAILED || strcmp(logs[i], "*1\r\n$0\r\n") == 0);
        sds_free(replayed.text);
        remove_place(&place);
    }
}

Test(aof_loader, what_cannot_be_a_command_cut_short_is_refused) {
    const struct bytes logs[] = {
        BYTES("*3\n$3\nset\n$1\na\n$1\n1\n"),
        BYTES("*3 and some text"),
        BYTES("*\r"),
        BYTES("*3\rx"),
        BYTES("*1\0\0\0\0"),
        BYTES("*3\r\n$3\r\nset\r\n$\0\0\0\0"),
        BYTES("*3\r\n$3\n"),
        BYTES("*3\r\n$3\r\nset\n"),
        BYTES("*3\r\n\0"),
        BYTES("*3\r\n$3\r\nset\r\n\0\0"),
    };
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        struct place place = make_place();
        (void)manifest_add(&place.directory.manifest, MANIFEST_INCREMENT,
                           bytes_of_text(increment_name), 1);
        put_file(&place, increment_name, logs[i]);
        struct replayed replayed;
        uint64_t cut_size = 0;
        require(load(&place, 0, &replayed, &cut_size) == AOF_LOAD_FAILED);
        require(cut_size == 0);
        sds_free(replayed.text);
        remove_place(&place);
    }
}
