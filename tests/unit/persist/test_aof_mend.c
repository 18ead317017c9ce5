/*
 * A span is written over itself when the file holds what its lines say, and else left as it is.
 */
#include "persist/aof_mend.h"

#include "base/sds.h"
#include "support/unit.h"
#include "unit/persist/aof_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { SEED = 99 };

/* A file of three frames. */
struct text {
    sds bytes;
    uint64_t chain;
    uint64_t middle; /* where the second frame begins */
    uint64_t middle_chain;
};

static struct text make(void) {
    struct aof_text file = aof_text_begin(SEED);
    aof_text_add(&file, "one\n", 0);
    struct text text = {.middle = sds_length(file.bytes), .middle_chain = file.chain};
    aof_text_add(&file, "#LK 0 0 0000000000000000\r\n two\n", 0);
    aof_text_add(&file, "", 0);
    text.bytes = file.bytes;
    text.chain = file.chain;
    return text;
}

/* Makes a file and mends a part of it. */
static int mend(sds bytes, const struct aof_span *span, int *fd) {
    char path[] = "/tmp/latchkey-mend-XXXXXX";
    *fd = mkstemp(path);
    require(*fd >= 0);
    (void)unlink(path);
    require(write(*fd, bytes, sds_length(bytes)) == (ssize_t)sds_length(bytes));
    return aof_mend_span(*fd, span);
}

static void require_mended(sds bytes, const struct aof_span *span, int expected) {
    int fd = -1;
    require(mend(bytes, span, &fd) == expected);
    sds after = sds_uninitialized(sds_length(bytes) + 1);
    require(pread(fd, after, sds_length(bytes) + 1, 0) == (ssize_t)sds_length(bytes));
    require(memcmp(after, bytes, sds_length(bytes)) == 0);
    sds_free(after);
    (void)close(fd);
}

Test(aof_mend, writes_a_whole_file_and_its_end) {
    struct text text = make();
    uint64_t size = sds_length(text.bytes);
    require_mended(text.bytes, &(struct aof_span){0, size, SEED, text.chain}, 0);
    require_mended(text.bytes, &(struct aof_span){text.middle, size, text.middle_chain, text.chain},
                   0);
    require_mended(text.bytes, &(struct aof_span){size, size, text.chain, text.chain}, 0);
    sds_free(text.bytes);
}

Test(aof_mend, finds_any_byte_that_is_not_what_was_written) {
    struct text text = make();
    uint64_t size = sds_length(text.bytes);
    struct aof_span whole = {0, size, SEED, text.chain};
    for (size_t i = 0; i < size; i++) {
        text.bytes[i] ^= 1;
        require_mended(text.bytes, &whole, -EBADMSG);
        text.bytes[i] = (char)(text.bytes[i] ^ 1);
    }
    require_mended(text.bytes, &(struct aof_span){0, size + 1, SEED, text.chain}, -EBADMSG);
    require_mended(text.bytes, &(struct aof_span){0, size, SEED, text.chain + 1}, -EBADMSG);
    require_mended(text.bytes, &(struct aof_span){0, size, SEED + 1, text.chain}, -EBADMSG);
    require_mended(text.bytes, &(struct aof_span){0, text.middle, SEED, text.chain}, -EBADMSG);
    sds_free(text.bytes);
}

Test(aof_mend, tells_that_it_cannot_be_written) {
    struct text text = make();
    int fd = -1;
    struct aof_span whole = {0, sds_length(text.bytes), SEED, text.chain};
    require(mend(text.bytes, &whole, &fd) == 0);
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int reader = open(path, O_RDONLY | O_CLOEXEC);
    require(reader >= 0);
    require(aof_mend_span(reader, &whole) == -EBADF);
    (void)close(reader);
    (void)close(fd);
    sds_free(text.bytes);
}
