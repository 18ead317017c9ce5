/*
 * A base of commands: frames with their lines, values beside a large one behind it.
 */
#include "persist/aof_base.h"

#include "base/sds.h"
#include "base/worker.h"
#include "persist/aof_line.h"
#include "support/unit.h"
#include "types/string_type.h"
#include "types/value.h"
#include "types/value_piece.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { CONTENT_MAX = 8 * 1024 * 1024, VALUE_COUNT = 20000 };

struct making {
    int fd;
    struct worker *worker;
    struct aof_base *base;
    struct snapshot_sink sink;
};

/* Stands in for the system's: counts what is sent to the disk early. */
static off_t early_bytes;

int sync_file_range(int fd, off_t offset, off_t size, unsigned flags) {
    (void)fd;
    require(offset == early_bytes && flags == SYNC_FILE_RANGE_WRITE);
    early_bytes += size;
    return 0;
}

static struct making begin_with(int fd, bool syncs_on_the_way) {
    struct making making = {.fd = fd, .worker = worker_create("test")};
    struct background_wake nobody = {NULL, NULL};
    making.base = aof_base_create(fd, making.worker, nobody, syncs_on_the_way);
    making.sink = aof_base_sink(making.base);
    return making;
}

static struct making begin(int fd) {
    return begin_with(fd, false);
}

static int open_temporary(void) {
    char path[] = "/tmp/latchkey-base-XXXXXX";
    int fd = mkstemp(path);
    require(fd >= 0);
    (void)unlink(path);
    return fd;
}

static struct snapshot_item item_of(const char *key, struct value *value) {
    string_value_of(BYTES("value"), value);
    return (struct snapshot_item){.key = bytes_of_text(key), .value = value, .deadline_ms = -1};
}

static int finish(struct making *making) {
    aof_base_finish(making->base);
    int error = 0;
    while (error == 0 && aof_base_is_busy(making->base)) {
        worker_drain(making->worker);
        error = aof_base_poll(making->base);
    }
    aof_base_destroy(making->base);
    worker_destroy(making->worker);
    return error;
}

static sds content_of(int fd) {
    sds content = sds_uninitialized(CONTENT_MAX);
    ssize_t size = pread(fd, content, CONTENT_MAX, 0);
    require(size >= 0);
    sds_set_length(content, (size_t)size);
    return content;
}

Test(aof_base, an_empty_base_is_its_first_line) {
    struct making making = begin(open_temporary());
    require(finish(&making) == 0);
    sds content = content_of(making.fd);
    struct aof_line line;
    require(aof_line_parse(sds_view(content), &line));
    require(line.size == sds_length(content));
    sds_free(content);
    (void)close(making.fd);
}

/* The block goes to the thread with its last value: nothing is left for the end but the sync. */
Test(aof_base, a_last_value_may_fill_the_block) {
    struct making making = begin(open_temporary());
    struct value value;
    struct snapshot_item item = item_of("key", &value);
    sds text = sds_resize(sds_new(BYTES("")), 300 * 1000);
    string_value_of_raw(text, &value);
    making.sink.write(making.sink.context, &item);
    require(finish(&making) == 0);
    require(lseek(making.fd, 0, SEEK_END) > (off_t)sds_length(text));
    sds_free(text);
    (void)close(making.fd);
}

/* Writes some 8 MB. Returns how much of it was sent to the disk before the end. */
static off_t write_much(bool syncs_on_the_way) {
    enum { COUNT = 200 * 1000 };
    early_bytes = 0;
    struct making making = begin_with(open_temporary(), syncs_on_the_way);
    for (int i = 0; i < COUNT; i++) {
        char key[32];
        struct value value;
        (void)snprintf(key, sizeof key, "key:%d", i);
        struct snapshot_item item = item_of(key, &value);
        making.sink.write(making.sink.context, &item);
        require(aof_base_poll(making.base) == 0);
        while (!making.sink.has_room(making.sink.context)) {
            worker_drain(making.worker);
            require(aof_base_poll(making.base) == 0);
        }
    }
    require(finish(&making) == 0);
    (void)close(making.fd);
    return early_bytes;
}

Test(aof_base, a_large_file_is_sent_to_the_disk_on_the_way_if_wanted) {
    enum { SENT_MIN = 4 * 1024 * 1024 };
    require(write_much(false) == 0);
    require(write_much(true) >= SENT_MIN);
}

Test(aof_base, many_values_are_written_in_frames_that_add_up) {
    struct making making = begin(open_temporary());
    for (int i = 0; i < VALUE_COUNT; i++) {
        char key[32];
        struct value value;
        (void)snprintf(key, sizeof key, "key:%d", i);
        struct snapshot_item item = item_of(key, &value);
        making.sink.write(making.sink.context, &item);
        require(aof_base_poll(making.base) == 0);
    }
    require(finish(&making) == 0);
    sds content = content_of(making.fd);
    size_t frames = 0;
    size_t total = 0;
    for (const char *at = content; (at = strstr(at, AOF_LINE_PREFIX)) != NULL; at++) {
        struct aof_line line;
        require(aof_line_parse(bytes_of_text(at), &line));
        total += line.length + line.size;
        frames++;
    }
    require(frames > 2);
    require(total == sds_length(content));
    sds_free(content);
    (void)close(making.fd);
}

Test(aof_base, a_value_beside_a_large_one_follows_it) {
    struct making making = begin(open_temporary());
    struct value value;
    struct snapshot_item large = item_of("large", &value);
    struct value_shape shape = {.form = FORM_TEXT, .count = 4};
    making.sink.begin_value(making.sink.context, &large, &shape);
    struct value_piece piece = {.kind = PIECE_TEXT, .first = BYTES("ab"), .total = 4};
    making.sink.piece(making.sink.context, &piece);
    struct value other;
    struct snapshot_item small = item_of("small", &other);
    making.sink.write(making.sink.context, &small);
    piece = (struct value_piece){.kind = PIECE_TEXT, .first = BYTES("cd"), .offset = 2, .total = 4};
    making.sink.piece(making.sink.context, &piece);
    making.sink.end_value(making.sink.context);
    require(finish(&making) == 0);
    sds content = content_of(making.fd);
    const char *large_at = strstr(content, "$5\r\nlarge\r\n$4\r\nabcd\r\n");
    const char *small_at = strstr(content, "$5\r\nsmall\r\n");
    require(large_at != NULL);
    require(small_at != NULL);
    require(large_at < small_at);
    sds_free(content);
    (void)close(making.fd);
}

Test(aof_base, a_failing_disk_is_told) {
    int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
    struct making making = begin(fd);
    require(finish(&making) != 0);
    (void)close(fd);
}
