/*
 * Unique visitors: front ends count whoever comes, days add up to a week without counting anybody
 * twice, and a count takes 12 KB at most.
 */
#include "commands/scenarios/scenario.h"

#include <math.h>

enum {
    DAYS = 7,
    VISITORS = 5000,
    RETURNING = 3000,
    FRONT_ENDS = 3,
    GROUP = 50,
    SIZE_MAX_HLL = 12304
};

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(visitors, .init = start, .fini = stop);

/* Within three standard errors of 0.81 %. */
static void assert_near(int64_t estimate, int64_t count) {
    cr_assert(fabs((double)(estimate - count)) < 0.0243 * (double)count, "%lld of %lld",
              (long long)estimate, (long long)count);
}

/* The visitors of a day: some come each day, the others once. Each is seen by all front ends. */
static void visit(struct resp_conn *const front_ends[], int day) {
    for (int i = 0; i < VISITORS; i++) {
        int id = i < RETURNING ? i : RETURNING + day * (VISITORS - RETURNING) + i - RETURNING;
        for (int j = 0; j < FRONT_ENDS; j++) {
            scenario_send(front_ends[j], "PFADD visitors:%d visitor:%d", day, id);
        }
    }
    int changed_count = 0;
    for (int i = 0; i < VISITORS * FRONT_ENDS; i++) {
        struct resp_value *changed = scenario_read(front_ends[i % FRONT_ENDS]);
        changed_count += (int)changed->integer;
        resp_value_destroy(changed);
    }
    cr_assert(changed_count <= VISITORS);
}

Test(visitors, a_week_counts_nobody_twice) {
    struct resp_conn *front_ends[FRONT_ENDS];
    for (int i = 0; i < FRONT_ENDS; i++) {
        front_ends[i] = test_server_connect(server);
    }
    struct resp_conn *conn = front_ends[0];
    for (int day = 0; day < DAYS; day++) {
        visit(front_ends, day);
        assert_near(scenario_integer(conn, "PFCOUNT visitors:%d", day), VISITORS);
    }
    int64_t week = RETURNING + DAYS * (VISITORS - RETURNING);
    int64_t counted = scenario_integer(conn, "PFCOUNT visitors:0 visitors:1 visitors:2 visitors:3 "
                                             "visitors:4 visitors:5 visitors:6");
    assert_near(counted, week);
    resp_value_destroy(scenario_call(conn, "PFMERGE week visitors:0 visitors:1 visitors:2 "
                                           "visitors:3 visitors:4 visitors:5 visitors:6"));
    cr_assert_eq(scenario_integer(conn, "PFCOUNT week"), counted);
    resp_value_destroy(scenario_call(conn, "PFMERGE week visitors:3"));
    cr_assert_eq(scenario_integer(conn, "PFCOUNT week"), counted);
    cr_assert(scenario_integer(conn, "STRLEN week") <= SIZE_MAX_HLL);
    for (int i = 0; i < FRONT_ENDS; i++) {
        resp_close(front_ends[i]);
    }
}

Test(visitors, few_are_counted_exactly_and_take_little) {
    struct resp_conn *conn = test_server_connect(server);
    for (int i = 0; i < GROUP; i++) {
        (void)scenario_integer(conn, "PFADD page visitor:%d", i);
    }
    cr_assert_eq(scenario_integer(conn, "PFADD page visitor:7"), 0);
    cr_assert_eq(scenario_integer(conn, "PFCOUNT page"), GROUP);
    cr_assert(scenario_integer(conn, "STRLEN page") < 300);
    resp_close(conn);
}
