/*
 * The directory and its manifest stay consistent whatever step is taken.
 */
#include "persist/aof_directory.h"

#include "persist/file_io.h"
#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 64 };

struct place {
    char path[PATH_SIZE];
    struct aof_directory directory;
};

static void open_place(struct place *place) {
    (void)snprintf(place->path, sizeof place->path, "/tmp/latchkey-dir-XXXXXX");
    require(mkdtemp(place->path) != NULL);
    require(chdir(place->path) == 0);
    require(aof_directory_open(&place->directory, "logs", "my log") == NULL);
}

static void close_place(struct place *place) {
    aof_directory_close(&place->directory);
    require(chdir("/") == 0);
    char command[PATH_SIZE * 2];
    (void)snprintf(command, sizeof command, "rm -r %s", place->path);
    require(system(command) == 0);
}

static bool exists(const struct place *place, const char *name) {
    return aof_directory_file_size(&place->directory, name) >= 0;
}

/* Reads the manifest that is on disk. */
static struct manifest stored(const struct place *place) {
    sds text = NULL;
    sds error = NULL;
    struct manifest manifest = {0};
    require(file_read_all(place->directory.fd, "my log.manifest", MANIFEST_TEXT_MAX, &text) == 0);
    require(manifest_parse(sds_view(text), &manifest, &error));
    sds_free(text);
    return manifest;
}

static void make_base(struct place *place) {
    int fd = aof_directory_create_base(&place->directory);
    require(fd >= 0);
    require(write(fd, "base", 4) == 4);
    (void)close(fd);
}

Test(aof_directory, a_new_increment_is_there_before_the_manifest_names_it) {
    struct place place;
    open_place(&place);
    struct aof_target target;
    require(aof_directory_add_increment(&place.directory, true, &target) == 0);
    require(target.size == 0);
    (void)close(target.fd);
    require(exists(&place, "my log.1.incr.aof"));
    struct manifest manifest = stored(&place);
    require(manifest.count == 1);
    require_text(sds_view(manifest.entries[0].name), "my log.1.incr.aof");
    manifest_release(&manifest);
    close_place(&place);
}

Test(aof_directory, a_base_replaces_everything_but_the_last_increment) {
    struct place place;
    open_place(&place);
    struct aof_target target;
    for (int i = 0; i < 3; i++) {
        require(aof_directory_add_increment(&place.directory, true, &target) == 0);
        (void)close(target.fd);
    }
    make_base(&place);
    require(aof_directory_install_base(&place.directory, true, AOF_GOES_ON_IN_LAST) == 0);
    require(exists(&place, "my log.1.base.rdb"));
    require(!exists(&place, "my log.1.incr.aof"));
    require(!exists(&place, "my log.2.incr.aof"));
    require(exists(&place, "my log.3.incr.aof"));
    struct manifest manifest = stored(&place);
    require(manifest.count == 2);
    require(manifest_base(&manifest)->size == 4);
    manifest_release(&manifest);
    make_base(&place);
    require(aof_directory_install_base(&place.directory, false, AOF_GOES_ON_IN_LAST) == 0);
    require(exists(&place, "my log.2.base.aof"));
    require(!exists(&place, "my log.1.base.rdb"));
    close_place(&place);
}

Test(aof_directory, a_temporary_increment_gets_its_name_with_the_base) {
    struct place place;
    open_place(&place);
    struct aof_target target;
    require(aof_directory_add_increment(&place.directory, false, &target) == 0);
    (void)close(target.fd);
    require(exists(&place, "temp-my log.incr"));
    require(place.directory.manifest.count == 0);
    make_base(&place);
    require(aof_directory_install_base(&place.directory, true, AOF_GOES_ON_IN_TEMPORARY) == 0);
    require(!exists(&place, "temp-my log.incr"));
    require(exists(&place, "my log.1.incr.aof"));
    require(exists(&place, "my log.1.base.rdb"));
    close_place(&place);
}

Test(aof_directory, a_base_without_continuation_retires_all_increments) {
    struct place place;
    open_place(&place);
    struct aof_target target;
    require(aof_directory_add_increment(&place.directory, true, &target) == 0);
    (void)close(target.fd);
    make_base(&place);
    require(aof_directory_install_base(&place.directory, true, AOF_ENDS) == 0);
    struct manifest manifest = stored(&place);
    require(manifest.count == 1);
    require(!exists(&place, "my log.1.incr.aof"));
    manifest_release(&manifest);
    close_place(&place);
}

/* What cannot be deleted stays history, and is deleted with the next base. */
Test(aof_directory, a_base_is_installed_though_an_old_file_cannot_be_deleted) {
    struct place place;
    open_place(&place);
    struct aof_target target;
    for (int i = 0; i < 2; i++) {
        require(aof_directory_add_increment(&place.directory, true, &target) == 0);
        (void)close(target.fd);
    }
    require(unlinkat(place.directory.fd, "my log.1.incr.aof", 0) == 0);
    require(mkdirat(place.directory.fd, "my log.1.incr.aof", 0755) == 0);
    make_base(&place);
    require(aof_directory_install_base(&place.directory, true, AOF_GOES_ON_IN_LAST) == 0);
    struct manifest manifest = stored(&place);
    require(manifest.count == 3);
    manifest_release(&manifest);
    require(unlinkat(place.directory.fd, "my log.1.incr.aof", AT_REMOVEDIR) == 0);
    make_base(&place);
    require(aof_directory_install_base(&place.directory, true, AOF_GOES_ON_IN_LAST) == 0);
    manifest = stored(&place);
    require(manifest.count == 2);
    manifest_release(&manifest);
    close_place(&place);
}

Test(aof_directory, is_locked_against_others) {
    struct place place;
    open_place(&place);
    struct aof_directory second;
    sds problem = aof_directory_open(&second, "logs", "my log");
    require(problem != NULL);
    require(strstr(problem, "Another process writes the AOF directory") != NULL);
    sds_free(problem);
    aof_directory_close(&second);
    close_place(&place);
}

Test(aof_directory, a_single_file_is_moved_in_as_the_base) {
    struct place place;
    open_place(&place);
    aof_directory_close(&place.directory);
    int fd = open("my log", O_WRONLY | O_CREAT, 0644);
    require(fd >= 0 && write(fd, "old", 3) == 3);
    (void)close(fd);
    require(aof_directory_open(&place.directory, "logs", "my log") == NULL);
    require(exists(&place, "my log"));
    require(access("my log", F_OK) < 0);
    struct manifest manifest = stored(&place);
    require(manifest.count == 1);
    require(manifest.entries[0].kind == MANIFEST_BASE);
    manifest_release(&manifest);
    close_place(&place);
}

Test(aof_directory, a_takeover_that_was_cut_short_goes_on) {
    struct place place;
    open_place(&place);
    (void)manifest_add(&place.directory.manifest, MANIFEST_BASE, BYTES("my log"), 1);
    require(aof_directory_store(&place.directory) == 0);
    aof_directory_close(&place.directory);
    int fd = open("my log", O_WRONLY | O_CREAT, 0644);
    (void)close(fd);
    require(aof_directory_open(&place.directory, "logs", "my log") == NULL);
    require(exists(&place, "my log"));
    close_place(&place);
}

Test(aof_directory, notices_that_it_was_removed) {
    struct place place;
    open_place(&place);
    struct aof_target target;
    require(aof_directory_add_increment(&place.directory, true, &target) == 0);
    require(!aof_directory_is_lost(&place.directory, target.fd));
    require(unlinkat(place.directory.fd, "my log.1.incr.aof", 0) == 0);
    require(aof_directory_is_lost(&place.directory, target.fd));
    (void)close(target.fd);
    close_place(&place);
}
