/*
 * A leaderboard: game servers add points at the same time, players ask for the best, for their own
 * rank and for their neighbours; weeks are made of days.
 */
#include "commands/scenarios/scenario.h"

enum { PLAYERS = 500, ROUNDS = 20, GAME_SERVERS = 4, BEST = 10, KEPT = 100 };

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(leaderboard, .init = start, .fini = stop);

static int points_of(int player, int round) {
    return (player * 37 + round * 11) % 100;
}

static int total_of(int player) {
    int total = 0;
    for (int round = 0; round < ROUNDS; round++) {
        total += points_of(player, round);
    }
    return total;
}

/* All rounds at once: each game server has the rounds that are its own. */
static void play(struct resp_conn *const game_servers[]) {
    for (int round = 0; round < ROUNDS; round++) {
        for (int player = 0; player < PLAYERS; player++) {
            scenario_send(game_servers[round % GAME_SERVERS], "ZINCRBY board %d player:%03d",
                          points_of(player, round), player);
        }
    }
    for (int i = 0; i < ROUNDS * PLAYERS; i++) {
        resp_value_destroy(scenario_read(game_servers[i % GAME_SERVERS]));
    }
}

/* Members with scores: from high to low, equal ones from the last name to the first. */
static void assert_descending(const struct resp_value *list) {
    for (size_t i = 2; i < list->count; i += 2) {
        double before = strtod(list->items[i - 1].bytes, NULL);
        double score = strtod(list->items[i + 1].bytes, NULL);
        cr_assert(score < before ||
                  (score == before && strcmp(list->items[i].bytes, list->items[i - 2].bytes) < 0));
    }
}

Test(leaderboard, points_of_many_game_servers_add_up_to_one_order) {
    struct resp_conn *game_servers[GAME_SERVERS];
    for (int i = 0; i < GAME_SERVERS; i++) {
        game_servers[i] = test_server_connect(server);
    }
    play(game_servers);
    struct resp_conn *player_client = game_servers[0];
    cr_assert_eq(scenario_integer(player_client, "ZCARD board"), PLAYERS);
    for (int player = 0; player < PLAYERS; player += 7) {
        cr_assert_eq(scenario_number(player_client, "ZSCORE board player:%03d", player),
                     total_of(player));
    }
    struct resp_value *all = scenario_call(player_client, "ZRANGE board 0 -1 REV WITHSCORES");
    cr_assert_eq(all->count, 2 * PLAYERS);
    assert_descending(all);
    for (size_t rank = 0; rank < PLAYERS; rank += 50) {
        const char *name = all->items[2 * rank].bytes;
        cr_assert_eq(scenario_integer(player_client, "ZREVRANK board %s", name), (int64_t)rank);
        struct resp_value *around = scenario_call(player_client, "ZREVRANGE board %zu %zu",
                                                  rank > 0 ? rank - 1 : 0, rank + 1);
        cr_assert_str_eq(around->items[rank > 0 ? 1 : 0].bytes, name);
        resp_value_destroy(around);
    }
    resp_value_destroy(all);
    for (int i = 0; i < GAME_SERVERS; i++) {
        resp_close(game_servers[i]);
    }
}

Test(leaderboard, a_week_is_the_sum_of_its_days_and_keeps_the_best) {
    struct resp_conn *conn = test_server_connect(server);
    for (int day = 0; day < 7; day++) {
        for (int player = 0; player < PLAYERS; player++) {
            scenario_send(conn, "ZADD day:%d %d player:%03d", day, points_of(player, day), player);
        }
    }
    for (int i = 0; i < 7 * PLAYERS; i++) {
        resp_value_destroy(scenario_read(conn));
    }
    cr_assert_eq(scenario_integer(conn, "ZUNIONSTORE week 7 day:0 day:1 day:2 day:3 day:4 day:5 "
                                        "day:6 WEIGHTS 1 1 1 1 1 2 2"),
                 PLAYERS);
    int expected = 0;
    for (int day = 0; day < 7; day++) {
        expected += points_of(42, day) * (day >= 5 ? 2 : 1);
    }
    cr_assert_eq(scenario_number(conn, "ZSCORE week player:042"), expected);
    cr_assert_eq(scenario_integer(conn, "ZREMRANGEBYRANK week 0 -%d", KEPT + 1), PLAYERS - KEPT);
    struct resp_value *best = scenario_call(conn, "ZREVRANGE week 0 %d WITHSCORES", BEST - 1);
    cr_assert_eq(best->count, 2 * BEST);
    assert_descending(best);
    cr_assert_eq(scenario_integer(conn, "ZREVRANK week %s", best->items[0].bytes), 0);
    cr_assert_eq(scenario_integer(conn, "ZCOUNT week %s +inf", best->items[1].bytes) >= 1, 1);
    resp_value_destroy(best);
    resp_close(conn);
}

Test(leaderboard, equal_players_have_an_order_and_a_rank_of_their_own) {
    assert_script(server,
                  "ZADD board 10 carol 10 alice 20 bob 5 dave ; ZREVRANK board carol WITHSCORE ; "
                  "ZREVRANK board alice WITHSCORE ; ZRANGE board 10 +inf BYSCORE LIMIT 0 2 ; ZADD "
                  "board GT CH 15 bob 12 alice ; ZRANGE board 0 -1 REV WITHSCORES ; ZREVRANK "
                  "board nobody",
                  ":4", "*2⏎:1⏎$2⏎10", "*2⏎:2⏎$2⏎10", "*2⏎$5⏎alice⏎$5⏎carol", ":1",
                  "*8⏎$3⏎bob⏎$2⏎20⏎$5⏎alice⏎$2⏎12⏎$5⏎carol⏎$2⏎10⏎$4⏎dave⏎$1⏎5", "$-1");
}
