#include "net/event_loop.h"

#include "base/clock.h"
#include "support/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Two ends of a socket, the first of which is a source. */
struct pair {
    struct event_source source;
    int peer_fd;
};

static struct pair open_pair(void) {
    int fds[2];
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
    return (struct pair){
        .source = {.fd = fds[0], .kind = EVENT_SOURCE_CONNECTION, .wants_read = true},
        .peer_fd = fds[1],
    };
}

static void close_pair(struct event_loop *loop, struct pair *pair) {
    event_loop_remove(loop, &pair->source);
    (void)close(pair->source.fd);
    (void)close(pair->peer_fd);
}

Test(event_loop, a_poll_without_sources_finds_nothing) {
    struct event_loop *loop = event_loop_create();
    require(loop != NULL);
    require(event_loop_wait(loop, 0) == 0);
    require(event_loop_wait_ns(loop, 0) == 0);
    event_loop_destroy(loop);
    event_loop_destroy(NULL);
}

Test(event_loop, a_source_is_ready_while_bytes_wait) {
    struct event_loop *loop = event_loop_create();
    struct pair pair = open_pair();
    require(event_loop_update(loop, &pair.source) == 0);
    require(pair.source.is_registered);
    require(event_loop_wait(loop, 0) == 0);
    require(write(pair.peer_fd, "ab", 2) == 2);
    for (size_t i = 0; i < 3; i++) {
        require(event_loop_wait(loop, 1000) == 1);
        struct event_ready ready = event_loop_ready(loop, 0);
        require(ready.source == &pair.source && ready.can_read && !ready.can_write);
    }
    char bytes[2];
    require(read(pair.source.fd, bytes, 2) == 2);
    require(event_loop_wait(loop, 0) == 0);
    close_pair(loop, &pair);
    event_loop_destroy(loop);
}

Test(event_loop, interest_follows_the_wishes_of_the_source) {
    struct event_loop *loop = event_loop_create();
    struct pair pair = open_pair();
    require(write(pair.peer_fd, "a", 1) == 1);
    pair.source.wants_read = false;
    pair.source.wants_write = true;
    require(event_loop_update(loop, &pair.source) == 0);
    require(event_loop_wait(loop, 1000) == 1);
    struct event_ready ready = event_loop_ready(loop, 0);
    require(!ready.can_read && ready.can_write);
    pair.source.wants_write = false;
    require(event_loop_update(loop, &pair.source) == 0);
    require(event_loop_wait(loop, 0) == 0);
    pair.source.wants_read = true;
    pair.source.wants_write = true;
    require(event_loop_update(loop, &pair.source) == 0);
    require(event_loop_wait(loop, 1000) == 1);
    ready = event_loop_ready(loop, 0);
    require(ready.can_read && ready.can_write);
    close_pair(loop, &pair);
    event_loop_destroy(loop);
}

Test(event_loop, a_hang_up_is_told_as_readable) {
    struct event_loop *loop = event_loop_create();
    struct pair pair = open_pair();
    require(event_loop_update(loop, &pair.source) == 0);
    (void)close(pair.peer_fd);
    require(event_loop_wait(loop, 1000) == 1);
    require(event_loop_ready(loop, 0).can_read);
    pair.source.wants_read = false;
    require(event_loop_update(loop, &pair.source) == 0);
    require(event_loop_wait(loop, 1000) == 1);
    require(event_loop_ready(loop, 0).can_read);
    event_loop_remove(loop, &pair.source);
    (void)close(pair.source.fd);
    event_loop_destroy(loop);
}

Test(event_loop, a_source_that_was_removed_is_forgotten) {
    struct event_loop *loop = event_loop_create();
    struct pair pair = open_pair();
    require(event_loop_update(loop, &pair.source) == 0);
    require(write(pair.peer_fd, "a", 1) == 1);
    event_loop_remove(loop, &pair.source);
    require(!pair.source.is_registered);
    require(event_loop_wait(loop, 0) == 0);
    event_loop_remove(loop, &pair.source);
    require(event_loop_update(loop, &pair.source) == 0);
    require(event_loop_wait(loop, 1000) == 1);
    close_pair(loop, &pair);
    event_loop_destroy(loop);
}

Test(event_loop, a_wake_up_ends_one_wait_and_is_no_source) {
    struct event_loop *loop = event_loop_create();
    event_loop_wake(loop);
    event_loop_wake(loop);
    int64_t start_ns = clock_monotonic_ns();
    require(event_loop_wait(loop, 60000) == 0);
    require(clock_monotonic_ns() - start_ns < 30000000000);
    start_ns = clock_monotonic_ns();
    require(event_loop_wait(loop, 30) == 0);
    require(clock_monotonic_ns() - start_ns >= 25000000);
    event_loop_destroy(loop);
}

static void *wake(void *loop) {
    event_loop_wake(loop);
    return NULL;
}

Test(event_loop, a_wake_up_may_come_from_another_thread) {
    struct event_loop *loop = event_loop_create();
    pthread_t thread;
    require(pthread_create(&thread, NULL, wake, loop) == 0);
    require(event_loop_wait(loop, -1) == 0);
    require(pthread_join(thread, NULL) == 0);
    event_loop_destroy(loop);
}

Test(event_loop, a_wake_up_does_not_hide_ready_sources) {
    enum { COUNT = 50 };
    struct event_loop *loop = event_loop_create();
    struct pair pairs[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        pairs[i] = open_pair();
        require(event_loop_update(loop, &pairs[i].source) == 0);
        if (i == COUNT / 2) {
            event_loop_wake(loop);
        }
        require(write(pairs[i].peer_fd, "a", 1) == 1);
    }
    require(event_loop_wait(loop, 1000) == COUNT);
    bool is_seen[COUNT] = {false};
    for (size_t i = 0; i < COUNT; i++) {
        struct event_source *source = event_loop_ready(loop, i).source;
        for (size_t j = 0; j < COUNT; j++) {
            is_seen[j] = is_seen[j] || source == &pairs[j].source;
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        require(is_seen[i]);
        close_pair(loop, &pairs[i]);
    }
    event_loop_destroy(loop);
}

Test(event_loop, short_waits_are_kept_in_nanoseconds) {
    struct event_loop *loop = event_loop_create();
    int64_t start_ns = clock_monotonic_ns();
    require(event_loop_wait_ns(loop, 300000) == 0);
    require(clock_monotonic_ns() - start_ns >= 290000);
    event_loop_destroy(loop);
}

Test(event_loop, a_bad_descriptor_is_an_error) {
    struct event_loop *loop = event_loop_create();
    struct event_source source = {.fd = -1, .wants_read = true};
    require(event_loop_update(loop, &source) < 0);
    require(!source.is_registered);
    event_loop_destroy(loop);
}

Test(event_loop, creation_fails_without_descriptors) {
    struct rlimit limit;
    require(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    int next_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    require(next_fd >= 0);
    struct rlimit tight = {(rlim_t)next_fd + 1, limit.rlim_max};
    require(setrlimit(RLIMIT_NOFILE, &tight) == 0);
    struct event_loop *loop = event_loop_create();
    require(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    require(loop == NULL);
    (void)close(next_fd);
}
