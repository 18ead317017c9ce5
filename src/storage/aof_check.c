/*
 * The server's own loader reads the files; commands are only looked up and counted, not run. The
 * first pass changes nothing; --fix asks, and cuts in a second one.
 */
#include "storage/aof_check.h"

#include "base/sds.h"
#include "base/text.h"
#include "persist/aof_directory.h"
#include "persist/aof_loader.h"
#include "persist/aof_truncate.h"
#include "persist/file_io.h"
#include "persist/rdb_loader.h"
#include "server/command.h"
#include "storage/checked_data.h"

#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLICE_US = 1000000, ANSWER_SIZE = 8, SHOWN_SIZE = 128 };

/* What the checks of commands know. */
struct checker {
    const struct command_registry *commands;
    struct checked_data *data; /* of an RDB part */
    struct rdb_loader *rdb_loader;
    bool is_in_transaction;
};

static sds refuse(const char *text, struct bytes name) {
    name.length = name.length < SHOWN_SIZE ? name.length : SHOWN_SIZE;
    return sds_append_quoted(sds_append(sds_new(bytes_of_text(text)), BYTES(": ")), name);
}

static sds check_command(struct checker *checker, const struct bytes *args, size_t argc) {
    enum { NOTE_ARGC = 3 };
    if (bytes_is(args[0], AOF_LOADER_NOTE)) {
        return argc == NOTE_ARGC ? NULL : refuse("a damaged annotation", args[0]);
    }
    const struct known_command *command = command_find_original(checker->commands, args[0]);
    if (command != NULL && (command->flags & CMD_CONTAINER) != 0 && argc >= 2) {
        command = command_find_subcommand(command, args[1]);
    }
    if (command == NULL) {
        return refuse("unknown command", args[0]);
    }
    if (!command_takes(command->row, argc)) {
        return refuse("wrong number of arguments", args[0]);
    }
    bool begins = bytes_is(args[0], "multi");
    bool ends = bytes_is(args[0], "exec");
    if ((begins && checker->is_in_transaction) || (ends && !checker->is_in_transaction)) {
        return refuse("out of place", args[0]);
    }
    checker->is_in_transaction = begins || (checker->is_in_transaction && !ends);
    return NULL;
}

static size_t check_commands(void *context, const struct aof_command *commands, size_t count,
                             const struct bytes *args, sds *error) {
    for (size_t i = 0; i < count; i++) {
        *error = check_command(context, args + commands[i].first_arg, commands[i].argc);
        if (*error != NULL) {
            return i;
        }
    }
    return count;
}

static bool is_in_transaction(void *context) {
    const struct checker *checker = context;
    return checker->is_in_transaction;
}

static void end_transaction(void *context) {
    struct checker *checker = context;
    checker->is_in_transaction = false;
}

/* ---- RDB parts ---- */

static int begin_rdb(void *context, int fd) {
    struct checker *checker = context;
    struct stat info;
    if (fstat(fd, &info) < 0) {
        return -errno;
    }
    checker->data = checked_data_create();
    struct rdb_load_options options = {
        .keeps_due = true,
        .databases = checked_data_finder(checker->data),
    };
    checker->rdb_loader = rdb_loader_create(checked_data_keyspace(checker->data), fd,
                                            (uint64_t)info.st_size, options);
    return 0;
}

static void end_rdb(struct checker *checker) {
    rdb_loader_destroy(checker->rdb_loader);
    checker->rdb_loader = NULL;
    checked_data_destroy(checker->data);
    checker->data = NULL;
}

static int step_rdb(void *context, int64_t budget_us, uint64_t *consumed, sds *error) {
    struct checker *checker = context;
    enum rdb_load_status status = rdb_loader_step(checker->rdb_loader, budget_us);
    *consumed = rdb_loader_progress(checker->rdb_loader).loaded_bytes;
    if (status == RDB_LOAD_RUNNING) {
        return AOF_RDB_RUNNING;
    }
    if (status == RDB_LOAD_FAILED) {
        *error = sds_new(bytes_of_text(rdb_loader_message(checker->rdb_loader)));
    }
    end_rdb(checker);
    return status == RDB_LOAD_DONE ? AOF_RDB_DONE : AOF_RDB_FAILED;
}

/* ---- Passes ---- */

/* Reads all files. Returns false after saying what is wrong; *cut_size: bytes to be cut. */
static bool run_pass(struct aof_directory *directory, const struct command_registry *commands,
                     bool is_check, uint64_t *cut_size) {
    struct checker checker = {.commands = commands};
    struct aof_loader *loader = aof_loader_create(
        directory,
        (struct aof_load_options){
            .cuts_truncated = true, .is_check = is_check, .corrupt_tail_max = UINT64_MAX},
        (struct aof_executor){
            .context = &checker,
            .run = check_commands,
            .is_in_transaction = is_in_transaction,
            .begin_file = end_transaction,
            .drop_transaction = end_transaction,
            .rdb_begin = begin_rdb,
            .rdb_step = step_rdb,
        });
    enum aof_load_status status = AOF_LOAD_RUNNING;
    while (status == AOF_LOAD_RUNNING) {
        status = aof_loader_step(loader, SLICE_US);
    }
    const char *message = aof_loader_message(loader);
    struct aof_load_progress progress = aof_loader_progress(loader);
    *cut_size = aof_loader_cut_size(loader);
    (void)printf("%llu bytes, %lld commands\n", (unsigned long long)progress.total_bytes,
                 (long long)progress.command_count);
    if (message != NULL) {
        (void)printf("%s\n", message);
    }
    aof_loader_destroy(loader);
    return status == AOF_LOAD_DONE;
}

static bool is_confirmed(uint64_t cut_size) {
    (void)printf("This will cut away %llu bytes. Continue? [y/N]: ", (unsigned long long)cut_size);
    (void)fflush(stdout);
    char answer[ANSWER_SIZE];
    return fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static int check_directory(struct aof_directory *directory, const struct command_registry *commands,
                           bool fixes) {
    uint64_t cut_size = 0;
    if (!run_pass(directory, commands, true, &cut_size)) {
        (void)printf("The AOF is damaged, and cutting its end would not mend it.\n");
        return EXIT_FAILURE;
    }
    if (cut_size == 0) {
        (void)printf("The AOF is valid.\n");
        return EXIT_SUCCESS;
    }
    if (!fixes) {
        (void)printf("The AOF is not valid. With --fix its end is cut away.\n");
        return EXIT_FAILURE;
    }
    if (!is_confirmed(cut_size)) {
        (void)printf("Nothing was changed.\n");
        return EXIT_FAILURE;
    }
    if (!run_pass(directory, commands, false, &cut_size)) {
        return EXIT_FAILURE;
    }
    (void)printf("Successfully truncated AOF. It is valid now.\n");
    return EXIT_SUCCESS;
}

/* ---- Back to a time ---- */

/* Cuts one file. Returns 0 when nothing in it is too late, 1 when it was cut, -1 after an error. */
static int truncate_file(struct aof_directory *directory, const char *name, int64_t unix_seconds,
                         bool is_last) {
    sds text = NULL;
    struct aof_cut cut;
    int error = file_read_all(directory->fd, name, SIZE_MAX, &text);
    if (error != 0) {
        (void)printf("Cannot read AOF %s: %s\n", name, strerror(-error));
        return -1;
    }
    int result = aof_truncate_find(sds_view(text), unix_seconds, &cut) ? -1 : 0;
    if (result != 0 && !cut.is_behind_data) {
        (void)printf("AOF %s has nothing before timestamp %lld, aborting...\n", name,
                     (long long)unix_seconds);
    } else if (result != 0 && !is_last) {
        (void)printf("Failed to truncate AOF %s to timestamp %lld to offset %llu because it is not "
                     "the last file.\nTo go back further, delete the files behind it, and in the "
                     "manifest their lines, its last line (a checksum) and the pair `size`; then "
                     "ask again.\n",
                     name, (long long)unix_seconds, (unsigned long long)cut.offset);
    } else if (result != 0) {
        error = aof_truncate_file(directory->fd, name, sds_view(text), &cut);
        result = error == 0 ? 1 : -1;
        (void)printf("%s AOF %s to timestamp %lld%s%s\n",
                     error == 0 ? "Successfully truncated" : "Failed to truncate", name,
                     (long long)unix_seconds, error == 0 ? "" : ": ",
                     error == 0 ? "" : strerror(-error));
    }
    sds_free(text);
    return result;
}

static int truncate_directory(struct aof_directory *directory,
                              const struct command_registry *commands, int64_t unix_seconds) {
    uint64_t cut_size = 0;
    if (!run_pass(directory, commands, true, &cut_size) || cut_size != 0) {
        (void)printf("The AOF is not valid. Mend it with --fix first.\n");
        return EXIT_FAILURE;
    }
    const struct manifest *manifest = &directory->manifest;
    size_t last = 0;
    for (size_t i = 0; i < manifest->count; i++) {
        last = manifest->entries[i].kind == MANIFEST_HISTORY ? last : i;
    }
    int result = 0;
    for (size_t i = 0; i < manifest->count && result == 0; i++) {
        if (manifest->entries[i].kind != MANIFEST_HISTORY) {
            result = truncate_file(directory, manifest->entries[i].name, unix_seconds, i == last);
        }
    }
    if (result == 0 && manifest->count > 0) {
        (void)printf("Truncate nothing in AOF %s to timestamp %lld\n", manifest->entries[last].name,
                     (long long)unix_seconds);
    }
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- Opening ---- */

/* A file without a manifest is read as the only increment. */
static sds open_single(struct aof_directory *directory, const char *parent, const char *name) {
    *directory = (struct aof_directory){
        .fd = -1,
        .path = sds_new(bytes_of_text(parent)),
        .file_name = sds_new(bytes_of_text(name)),
    };
    int error = file_open_directory(parent, &directory->fd);
    if (error != 0) {
        return sds_append_format(sds_new(BYTES("")), "%s: %s", parent, strerror(-error));
    }
    (void)manifest_add(&directory->manifest, MANIFEST_INCREMENT, bytes_of_text(name), 1);
    return NULL;
}

static sds open_path(struct aof_directory *directory, const char *path) {
    static const char ending[] = ".manifest";
    sds parent_copy = sds_new(bytes_of_text(path));
    sds name_copy = sds_new(bytes_of_text(path));
    const char *parent = dirname(parent_copy);
    char *name = basename(name_copy);
    size_t length = strlen(name);
    sds problem = NULL;
    if (length > sizeof ending - 1 && strcmp(name + length - (sizeof ending - 1), ending) == 0) {
        name[length - (sizeof ending - 1)] = '\0';
        problem = aof_directory_look(directory, parent, name);
    } else {
        problem = open_single(directory, parent, name);
    }
    sds_free(parent_copy);
    sds_free(name_copy);
    return problem;
}

int aof_check_run(const struct command_registry *commands, int argc, char *const argv[]) {
    enum { TIME_ARGC = 4 };
    bool fixes = argc == 3 && strcmp(argv[1], "--fix") == 0;
    bool truncates = argc == TIME_ARGC && strcmp(argv[1], "--truncate-to-timestamp") == 0;
    int64_t unix_seconds = 0;
    if (argc != 2 && !fixes && !truncates) {
        (void)printf("Usage: %s [--fix | --truncate-to-timestamp SECONDS] FILE\n\n"
                     "  FILE   the manifest of an AOF directory, or a single AOF\n"
                     "  --fix  asks, and cuts damage away from the end of the log\n"
                     "  --truncate-to-timestamp SECONDS\n"
                     "         cuts away what was written later than this Unix time, in a log "
                     "with\n"
                     "         aof-timestamp-enabled\n",
                     argc > 0 ? argv[0] : "latchkey-check-aof");
        return EXIT_FAILURE;
    }
    if (truncates && !text_parse_int64(bytes_of_text(argv[2]), &unix_seconds)) {
        (void)printf("Invalid timestamp, aborting...\n");
        return EXIT_FAILURE;
    }
    const char *path = argv[argc - 1];
    if (access(path, R_OK) < 0) {
        (void)printf("%s: %s\n", path, strerror(errno));
        return EXIT_FAILURE;
    }
    struct aof_directory directory = {.fd = -1};
    sds problem = open_path(&directory, path);
    int status = EXIT_FAILURE;
    if (problem == NULL) {
        status = truncates ? truncate_directory(&directory, commands, unix_seconds)
                           : check_directory(&directory, commands, fixes);
    } else {
        (void)printf("%s\n", problem);
    }
    sds_free(problem);
    aof_directory_close(&directory);
    return status;
}
