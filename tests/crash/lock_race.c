/*
 * Each client is a chain of steps; a step is sent, and its reply leads to the next one. What was
 * not answered when the server died is sent again after the start: all steps may be done twice. So
 * a client that asked for a lock and got no answer asks again as the same owner.
 *
 * A client believes that it has a lock from the reply until it begins to give the lock up, or until
 * the lease ends, at the earliest time that this can be: of a long lease when the request left, of
 * a short one what PEXPIRETIME says. The server's clock is ours.
 *
 * Who waits before whom: a reply tells that all requests sent before the answered one were
 * executed, since the server reads all that is there before it answers.
 */
#include "crash/lock_race.h"

#include "support/check.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    WORKER_COUNT = 100,
    LOCK_COUNT = 2,
    NOBODY = -1,
    LONG_LEASE_MS = 120000,
    SHORT_LEASE_MIN_MS = 40,
    SHORT_LEASE_RANGE_MS = 100,
    LEASE_FACTOR_MAX = 20,
    WAIT_MS = 300, /* of those who do not wait for ever, every fourth */
    IMPATIENT_PART = 4,
    REST_MIN_MS = 5,
    REST_RANGE_MS = 10,
    POLL_MS = 2,
    REQUEST_SIZE = 512,
    OWNER_SIZE = 32,
    MS_PER_SECOND = 1000,
    NS_PER_MS = 1000000,
    RANDOM_SHIFT = 8,
};

#define RELEASE_SCRIPT                                                                             \
    "\"if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('del',KEYS[1]) else return " \
    "0 end\""

enum step {
    STEP_CLEAN, /* give up what an unanswered SET NX may have taken */
    STEP_TAKE,
    STEP_ASK, /* what a short lease has left */
    STEP_READ,
    STEP_WRITE,
    STEP_FENCED, /* a write on condition that the lock is still held */
    STEP_RELEASE,
    STEP_STALE, /* a fenced write after the lock went to another */
    STEP_REST,  /* nothing is sent until a time */
    STEP_LAPSE, /* nothing is sent until the lease has ended */
    STEP_DONE,
};

struct guarded_lock {
    const char *name;
    bool is_short;
    int holder; /* who believes to have it, or NOBODY */
    int64_t held_until_ms;
    uint64_t last_token;
    long count; /* increments that were answered */
    long grant_count;
    long lapse_count;
    bool has_old_grant; /* since the start: a grant that was made before the last kill */
};

struct worker {
    struct resp_conn *conn;
    struct guarded_lock *lock;
    enum step step;
    bool is_sent;
    bool is_resent;
    unsigned replies_left;
    unsigned attempt; /* a part of the owner's name */
    uint64_t token;
    int64_t deadline_ms; /* of the lease, or of a rest */
    long value;
    uint64_t sent_tick;
    uint64_t before_tick;  /* what was sent before it was executed when this was sent */
    uint64_t overtaken_by; /* the smallest token of those who came later */
    uint64_t token_before; /* the largest that was known when this was sent */
};

struct lock_race {
    struct test_server *server;
    enum lock_manner manner;
    unsigned random;
    bool is_down;
    bool is_closing;
    uint64_t tick;
    uint64_t executed_tick; /* all that was sent before it is executed */
    uint64_t killed_token;  /* the largest token before the last kill */
    int64_t progress_ms;
    unsigned lease_factor; /* what short leases are multiplied with */
    long overtake_checks;
    long stale_count;
    struct guarded_lock locks[LOCK_COUNT];
    struct worker workers[WORKER_COUNT];
};

unsigned lock_race_random(struct lock_race *race, unsigned limit) {
    race->random = race->random * 1103515245U + 12345U;
    return (race->random >> RANDOM_SHIFT) % limit;
}

static int64_t wall_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / NS_PER_MS;
}

static int index_of(const struct lock_race *race, const struct worker *worker) {
    return (int)(worker - race->workers);
}

/* ---- Requests ---- */

static void write_take(struct lock_race *race, const struct worker *worker, const char *owner,
                       char *request) {
    const char *name = worker->lock->name;
    unsigned lease_ms = LONG_LEASE_MS;
    if (worker->lock->is_short) {
        lease_ms = SHORT_LEASE_MIN_MS + lock_race_random(race, SHORT_LEASE_RANGE_MS);
        lease_ms *= race->lease_factor;
    }
    if (race->manner == LOCK_MANNER_NATIVE) {
        bool is_impatient = index_of(race, worker) % IMPATIENT_PART == 0;
        (void)snprintf(request, REQUEST_SIZE, "LOCK %s %s PX %u BLOCK %d\r\n", name, owner,
                       lease_ms, is_impatient ? WAIT_MS : 0);
    } else {
        (void)snprintf(request, REQUEST_SIZE, "SET %s %s NX PX %u\r\n", name, owner, lease_ms);
    }
}

static void write_release(const struct lock_race *race, const struct worker *worker,
                          const char *owner, char *request) {
    const char *name = worker->lock->name;
    if (race->manner == LOCK_MANNER_NATIVE) {
        (void)snprintf(request, REQUEST_SIZE, "UNLOCK %s %s ALL\r\n", name, owner);
    } else {
        (void)snprintf(request, REQUEST_SIZE, "EVAL " RELEASE_SCRIPT " 1 %s %s\r\n", name, owner);
    }
}

/* Writes the request of the present step; returns how many replies it has. */
static unsigned write_step(struct lock_race *race, const struct worker *worker, char *request) {
    enum { ONE = 1, TRANSACTION_OF_TWO = 4 };
    const char *name = worker->lock->name;
    char owner[OWNER_SIZE];
    (void)snprintf(owner, sizeof owner, "w%d-%u", index_of(race, worker), worker->attempt);
    switch (worker->step) {
    case STEP_TAKE:
        write_take(race, worker, owner, request);
        return ONE;
    case STEP_ASK:
        (void)snprintf(request, REQUEST_SIZE, "MULTI\r\nGET %s\r\nPEXPIRETIME %s\r\nEXEC\r\n", name,
                       name);
        return TRANSACTION_OF_TWO;
    case STEP_READ:
        (void)snprintf(request, REQUEST_SIZE, "GET count:%s\r\n", name);
        return ONE;
    case STEP_WRITE:
        (void)snprintf(request, REQUEST_SIZE, "SET count:%s %ld\r\n", name, worker->value + 1);
        return ONE;
    case STEP_FENCED:
    case STEP_STALE:
        (void)snprintf(request, REQUEST_SIZE,
                       "MULTI\r\nFENCE %s %" PRIu64 "\r\nSET fenced:%s %" PRIu64 " GET\r\nEXEC\r\n",
                       name, worker->token, name, worker->token);
        return TRANSACTION_OF_TWO;
    case STEP_CLEAN:
    case STEP_RELEASE:
        write_release(race, worker, owner, request);
        return ONE;
    case STEP_REST:
    case STEP_LAPSE:
    case STEP_DONE:
        break;
    }
    cr_assert_fail("this step has no request");
    return 0;
}

static bool has_request(enum step step) {
    return step != STEP_REST && step != STEP_LAPSE && step != STEP_DONE;
}

static void send_step(struct lock_race *race, struct worker *worker) {
    char request[REQUEST_SIZE];
    if (worker->step == STEP_RELEASE && worker->lock->holder == index_of(race, worker)) {
        worker->lock->holder = NOBODY;
    }
    if (worker->step == STEP_TAKE) {
        worker->deadline_ms = wall_ms() + LONG_LEASE_MS;
        worker->overtaken_by = UINT64_MAX;
        worker->token_before = worker->lock->last_token;
    }
    worker->replies_left = write_step(race, worker, request);
    worker->is_sent = true;
    worker->sent_tick = ++race->tick;
    worker->before_tick = race->executed_tick;
    resp_send_text(worker->conn, request);
}

/* ---- What must hold ---- */

static void go_to(struct worker *worker, enum step step) {
    worker->step = step;
    worker->is_sent = false;
    worker->is_resent = false;
}

/* The next attempt, as a new owner. */
static void begin_again(struct lock_race *race, struct worker *worker) {
    worker->attempt++;
    go_to(worker, race->is_closing ? STEP_DONE : STEP_TAKE);
}

static void believe(struct lock_race *race, struct worker *worker) {
    struct guarded_lock *lock = worker->lock;
    int64_t now_ms = wall_ms();
    cr_assert(lock->holder == NOBODY || now_ms >= lock->held_until_ms,
              "two have the lock %s: %d, for another %" PRId64 " ms, and %d (token %" PRIu64 ")",
              lock->name, lock->holder, lock->held_until_ms - now_ms, index_of(race, worker),
              worker->token);
    lock->holder = index_of(race, worker);
    lock->held_until_ms = worker->deadline_ms;
}

static void check_token(struct lock_race *race, struct worker *worker) {
    struct guarded_lock *lock = worker->lock;
    /* Grants of a lease that lapses may both wait to be read, the later one's first. */
    uint64_t known = lock->is_short ? worker->token_before : lock->last_token;
    cr_assert(worker->token > known && worker->token != lock->last_token,
              "a token of %s that is no larger than one before", lock->name);
    lock->last_token = worker->token > lock->last_token ? worker->token : lock->last_token;
    if (worker->token <= race->killed_token) {
        cr_assert(worker->is_resent && !lock->has_old_grant,
                  "a token of %s that is no larger than those before the kill", lock->name);
        lock->has_old_grant = true;
    }
}

/* Notes for those who wait that they were overtaken; the token that they get tells. */
static void check_order(struct lock_race *race, const struct worker *worker) {
    cr_assert_lt(worker->token, worker->overtaken_by, "%s went to one who came later",
                 worker->lock->name);
    for (int i = 0; i < WORKER_COUNT; i++) {
        struct worker *other = &race->workers[i];
        if (other != worker && other->lock == worker->lock && other->step == STEP_TAKE &&
            other->is_sent && other->sent_tick < worker->before_tick &&
            worker->token < other->overtaken_by) {
            other->overtaken_by = worker->token;
        }
        race->overtake_checks += other->step == STEP_TAKE && worker->sent_tick < other->before_tick;
    }
}

/* ---- Replies ---- */

static void take_refused(struct lock_race *race, struct worker *worker) {
    if (race->manner == LOCK_MANNER_NATIVE) {
        begin_again(race, worker);
    } else {
        begin_again(race, worker);
        if (!race->is_closing) {
            go_to(worker, STEP_REST);
            worker->deadline_ms = wall_ms() + REST_MIN_MS + lock_race_random(race, REST_RANGE_MS);
        }
    }
}

static void take_answered(struct lock_race *race, struct worker *worker, const char *reply) {
    if (reply[0] == '$') {
        take_refused(race, worker);
        return;
    }
    race->progress_ms = wait_now_ms();
    worker->lock->grant_count++;
    if (race->manner == LOCK_MANNER_NATIVE) {
        cr_assert_eq(reply[0], ':', "instead of a token: %s", reply);
        worker->token = strtoull(reply + 1, NULL, 10);
        check_token(race, worker);
        check_order(race, worker);
    } else {
        cr_assert_eq(reply[0], '+', "instead of OK: %s", reply);
    }
    if (worker->lock->is_short) {
        go_to(worker, STEP_ASK);
    } else {
        believe(race, worker);
        go_to(worker, STEP_READ);
    }
}

static void ask_answered(struct lock_race *race, struct worker *worker, const char *reply,
                         size_t size) {
    char owner[OWNER_SIZE];
    (void)snprintf(owner, sizeof owner, "w%d-%u", index_of(race, worker), worker->attempt);
    struct resp_value *value = resp_value_parse(reply, size);
    bool is_mine = !value->items[0].is_null && strcmp(value->items[0].bytes, owner) == 0;
    worker->deadline_ms = value->items[1].integer;
    resp_value_destroy(value);
    if (!is_mine || worker->deadline_ms <= wall_ms()) {
        /* The lease was over before it could be used, as they all are on a slow disk. */
        race->lease_factor += race->lease_factor < LEASE_FACTOR_MAX;
        begin_again(race, worker);
        return;
    }
    race->lease_factor -= race->lease_factor > 1;
    believe(race, worker);
    if (lock_race_random(race, 2) == 0) {
        worker->lock->lapse_count++;
        go_to(worker, STEP_LAPSE);
    } else {
        go_to(worker, race->manner == LOCK_MANNER_NATIVE ? STEP_FENCED : STEP_RELEASE);
    }
}

static void read_answered(struct worker *worker, const char *reply) {
    const char *digits = strchr(reply, '\n');
    worker->value = reply[1] == '-' ? 0 : strtol(digits + 1, NULL, 10);
    cr_assert_eq(worker->value, worker->lock->count, "the counter is %ld after %ld increments",
                 worker->value, worker->lock->count);
    go_to(worker, STEP_WRITE);
}

static void write_answered(struct lock_race *race, struct worker *worker, const char *reply) {
    cr_assert_eq(reply[0], '+', "instead of OK: %s", reply);
    worker->lock->count = worker->value + 1;
    go_to(worker, race->manner == LOCK_MANNER_NATIVE ? STEP_FENCED : STEP_RELEASE);
}

static void fenced_answered(struct worker *worker, const char *reply, size_t size) {
    struct resp_value *value = resp_value_parse(reply, size);
    if (value->is_null) {
        cr_assert_geq(wall_ms(), worker->deadline_ms, "the holder of %s was fenced off",
                      worker->lock->name);
    } else {
        const struct resp_value *before = &value->items[1];
        cr_assert(before->is_null || strtoull(before->bytes, NULL, 10) <= worker->token,
                  "a larger token wrote before");
    }
    resp_value_destroy(value);
    go_to(worker, STEP_RELEASE);
}

static void release_answered(struct lock_race *race, struct worker *worker, const char *reply) {
    const char *expected = race->manner == LOCK_MANNER_NATIVE ? ":0\r\n" : ":1\r\n";
    cr_assert(worker->is_resent || wall_ms() >= worker->deadline_ms || strcmp(reply, expected) == 0,
              "the holder could not release %s: %s", worker->lock->name, reply);
    begin_again(race, worker);
}

static void answered(struct lock_race *race, struct worker *worker, const char *reply,
                     size_t size) {
    switch (worker->step) {
    case STEP_CLEAN:
        go_to(worker, STEP_TAKE);
        break;
    case STEP_TAKE:
        take_answered(race, worker, reply);
        break;
    case STEP_ASK:
        ask_answered(race, worker, reply, size);
        break;
    case STEP_READ:
        read_answered(worker, reply);
        break;
    case STEP_WRITE:
        write_answered(race, worker, reply);
        break;
    case STEP_FENCED:
        fenced_answered(worker, reply, size);
        break;
    case STEP_RELEASE:
        release_answered(race, worker, reply);
        break;
    case STEP_STALE:
        cr_assert_str_eq(reply, "*-1\r\n", "a stale token passed the fence of %s",
                         worker->lock->name);
        race->stale_count++;
        begin_again(race, worker);
        break;
    case STEP_REST:
    case STEP_LAPSE:
    case STEP_DONE:
        cr_assert_fail("a reply to nothing: %s", reply);
    }
}

/* ---- The loop ---- */

/* Takes the replies that have come; false when the server has closed the connection. */
static bool receive(struct lock_race *race, struct worker *worker) {
    for (;;) {
        struct buffer reply = {0};
        enum resp_status status = resp_read_within(worker->conn, &reply, 0);
        if (status == RESP_COMPLETE) {
            cr_assert(buffer_text(&reply)[0] != '-', "an error instead of a reply: %s",
                      buffer_text(&reply));
            if (--worker->replies_left == 0) {
                uint64_t tick = worker->sent_tick;
                race->executed_tick = tick > race->executed_tick ? tick : race->executed_tick;
                answered(race, worker, buffer_text(&reply), reply.size);
            }
            buffer_release(&reply);
        }
        if (status != RESP_COMPLETE || !worker->is_sent) {
            return status != RESP_CLOSED;
        }
    }
}

static void end_rest(struct lock_race *race, struct worker *worker) {
    bool is_over = wall_ms() >= worker->deadline_ms;
    if (worker->step == STEP_REST && (is_over || race->is_closing)) {
        go_to(worker, race->is_closing ? STEP_DONE : STEP_TAKE);
    } else if (worker->step == STEP_LAPSE && race->is_closing) {
        go_to(worker, STEP_DONE);
    } else if (worker->step == STEP_LAPSE && race->manner == LOCK_MANNER_SET_NX && is_over) {
        begin_again(race, worker);
    } else if (worker->step == STEP_LAPSE && worker->lock->last_token > worker->token) {
        go_to(worker, STEP_STALE);
    }
}

static void check_still_open(const struct lock_race *race, bool is_open) {
    if (!is_open) {
        struct buffer log = test_server_log(race->server);
        cr_assert_fail("the server closed a connection; it has said: %s", buffer_text(&log));
    }
}

/* One round. Returns how many have not ended. */
static int turn(struct lock_race *race) {
    struct pollfd fds[WORKER_COUNT];
    int left = 0;
    for (int i = 0; i < WORKER_COUNT; i++) {
        struct worker *worker = &race->workers[i];
        end_rest(race, worker);
        if (has_request(worker->step) && !worker->is_sent) {
            send_step(race, worker);
        }
        fds[i] = (struct pollfd){resp_fd(worker->conn), POLLIN, 0};
        left += worker->step != STEP_DONE;
    }
    (void)poll(fds, WORKER_COUNT, POLL_MS);
    for (int i = 0; i < WORKER_COUNT; i++) {
        if (fds[i].revents != 0) {
            check_still_open(race, receive(race, &race->workers[i]));
        }
    }
    cr_assert_lt(wait_now_ms(), race->progress_ms + WAIT_DEADLINE_MS, "nobody gets a lock");
    return left;
}

static void connect_all(struct lock_race *race) {
    for (int i = 0; i < WORKER_COUNT; i++) {
        struct worker *worker = &race->workers[i];
        worker->conn = test_server_connect(race->server);
        assert_reply(worker->conn, "PING", "+PONG\r\n");
        worker->is_resent = worker->is_sent;
        if (worker->is_sent && worker->step == STEP_TAKE && race->manner == LOCK_MANNER_SET_NX) {
            worker->step = STEP_CLEAN;
        }
        worker->is_sent = false;
    }
}

static void kill_and_start_again(struct lock_race *race) {
    test_server_crash(race->server);
    for (int i = 0; i < WORKER_COUNT; i++) {
        /* What the server said before it died counts. */
        struct worker *worker = &race->workers[i];
        while (worker->is_sent && receive(race, worker)) {
        }
        resp_close(worker->conn);
    }
    for (int i = 0; i < LOCK_COUNT; i++) {
        struct guarded_lock *lock = &race->locks[i];
        lock->has_old_grant = false;
        race->killed_token =
            lock->last_token > race->killed_token ? lock->last_token : race->killed_token;
    }
    test_server_start_again(race->server);
    connect_all(race);
    race->progress_ms = wait_now_ms();
}

struct lock_race *lock_race_create(struct test_server *server, enum lock_manner manner) {
    struct lock_race *race = calloc(1, sizeof *race);
    race->server = server;
    race->manner = manner;
    race->lease_factor = 1;
    race->random = (unsigned)wait_now_ms();
    cr_log_info("seed %u", race->random);
    race->locks[0] = (struct guarded_lock){.name = "long", .holder = NOBODY};
    race->locks[1] = (struct guarded_lock){.name = "short", .holder = NOBODY, .is_short = true};
    for (int i = 0; i < WORKER_COUNT; i++) {
        race->workers[i].lock = &race->locks[i % LOCK_COUNT];
        race->workers[i].step = STEP_TAKE;
    }
    connect_all(race);
    race->progress_ms = wait_now_ms();
    return race;
}

void lock_race_run_until_killed(struct lock_race *race, int64_t duration_ms) {
    int64_t end_ms = wait_now_ms() + duration_ms;
    while (wait_now_ms() < end_ms) {
        (void)turn(race);
    }
    kill_and_start_again(race);
}

static bool has_seen_all(const struct lock_race *race) {
    bool has_stale = race->overtake_checks > 0 && race->stale_count > 0;
    return race->locks[0].count > 0 && race->locks[1].lapse_count > 0 &&
           (race->manner != LOCK_MANNER_NATIVE || has_stale);
}

void lock_race_finish(struct lock_race *race) {
    int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
    while (!has_seen_all(race) && wait_now_ms() < deadline_ms) {
        (void)turn(race);
    }
    race->is_closing = true;
    while (turn(race) > 0) {
    }
    struct buffer reply = resp_call(race->workers[0].conn, "GET count:long");
    const char *digits = strchr(buffer_text(&reply), '\n');
    cr_assert_eq(strtol(digits + 1, NULL, 10), race->locks[0].count);
    buffer_release(&reply);
    for (int i = 0; i < LOCK_COUNT; i++) {
        cr_assert_gt(race->locks[i].grant_count, 0);
    }
    cr_assert_gt(race->locks[0].count, 0);
    cr_assert_gt(race->locks[1].lapse_count, 0);
    if (race->manner == LOCK_MANNER_NATIVE) {
        cr_assert_gt(race->overtake_checks, 0);
        cr_assert_gt(race->stale_count, 0);
    }
    cr_log_info("%ld and %ld grants, %ld increments, %ld lapses, %ld stale tokens, %ld in order",
                race->locks[0].grant_count, race->locks[1].grant_count, race->locks[0].count,
                race->locks[1].lapse_count, race->stale_count, race->overtake_checks);
}

void lock_race_destroy(struct lock_race *race) {
    for (int i = 0; i < WORKER_COUNT; i++) {
        resp_close(race->workers[i].conn);
    }
    free(race);
}
