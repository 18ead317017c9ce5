/*
 * Moving and waiting between lists: LMOVE and its kin, BLPOP and its kin. LMOVEM and BLMOVEM are
 * newer than the oracle; where a transaction fills several keys, newer servers serve in the order
 * of the arguments.
 */
#include "support/check.h"
#include "support/errors.h"

#include <stdio.h>
#include <string.h>

static struct test_server *server;

static void start(void) {
    server = test_server_start(NULL);
}

static void stop(void) {
    test_server_stop(server);
}

TestSuite(list_blocking, .init = start, .fini = stop);

Test(list_blocking, lmove_moves_between_ends) {
    assert_script(server,
                  "RPUSH l a b c ; LMOVE l d LEFT RIGHT ; LMOVE l d RIGHT RIGHT ; LMOVE l d RIGHT "
                  "LEFT ; LRANGE d 0 -1 ; EXISTS l ; LMOVE nokey d LEFT LEFT ; LMOVE d e left "
                  "left ; LRANGE e 0 -1",
                  ":3", "$1⏎a", "$1⏎c", "$1⏎b", "*3⏎$1⏎b⏎$1⏎a⏎$1⏎c", ":0", "$-1", "$1⏎b",
                  "*1⏎$1⏎b");
    assert_script(server,
                  "RPUSH l a b c ; LMOVE l l LEFT RIGHT ; LRANGE l 0 -1 ; LMOVE l l RIGHT LEFT ; "
                  "LMOVE l l LEFT LEFT ; LMOVE l l RIGHT RIGHT ; LRANGE l 0 -1 ; RPUSH o x ; "
                  "LMOVE o o LEFT RIGHT ; LRANGE o 0 -1 ; RPOPLPUSH o o",
                  ":3", "$1⏎a", "*3⏎$1⏎b⏎$1⏎c⏎$1⏎a", "$1⏎a", "$1⏎a", "$1⏎c", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c",
                  ":1", "$1⏎x", "*1⏎$1⏎x", "$1⏎x");
    assert_script(server,
                  "RPUSH l a ; SET s v ; LMOVE l s LEFT LEFT ; LMOVE s l LEFT LEFT ; LMOVE nokey "
                  "s LEFT LEFT ; LMOVE s s LEFT LEFT ; LMOVE l d FOO LEFT ; LMOVE l d LEFT FOO ; "
                  "LMOVE l d LEFT ; LMOVE l d LEFT LEFT x ; LMOVE s d FOO LEFT ; LRANGE l 0 -1",
                  ":1", "+OK", WRONG_TYPE, WRONG_TYPE, "$-1", WRONG_TYPE, SYNTAX_ERROR,
                  SYNTAX_ERROR, WRONG_ARITY("lmove"), WRONG_ARITY("lmove"), SYNTAX_ERROR,
                  "*1⏎$1⏎a");
    assert_script(server, "HELLO 3 ; LMOVE nokey d LEFT LEFT ; RPOPLPUSH nokey d", "(any)", "_",
                  "_");
}

Test(list_blocking, rpoplpush_moves_tail_to_head) {
    assert_script(server,
                  "RPUSH l a b c ; RPOPLPUSH l d ; RPOPLPUSH l d ; LRANGE d 0 -1 ; RPOPLPUSH l l "
                  "; RPOPLPUSH nokey d ; RPOPLPUSH l d ; EXISTS l ; RPOPLPUSH l ; RPOPLPUSH a b c "
                  "; SET s v ; RPUSH l a ; RPOPLPUSH l s ; LLEN l ; RPOPLPUSH s l ; RPOPLPUSH "
                  "nokey s",
                  ":3", "$1⏎c", "$1⏎b", "*2⏎$1⏎b⏎$1⏎c", "$1⏎a", "$-1", "$1⏎a", ":0",
                  WRONG_ARITY("rpoplpush"), WRONG_ARITY("rpoplpush"), "+OK", ":1", WRONG_TYPE, ":1",
                  WRONG_TYPE, "$-1");
    assert_script(server, "RPUSH l a b c ; RPOPLPUSH l l ; LRANGE l 0 -1", ":3", "$1⏎c",
                  "*3⏎$1⏎c⏎$1⏎a⏎$1⏎b");
}

Test(list_blocking, lmpop_takes_from_the_first_list) {
    assert_script(server,
                  "RPUSH b 1 2 3 ; LMPOP 2 a b LEFT COUNT 2 ; LMPOP 2 a b RIGHT ; LMPOP 2 a b "
                  "RIGHT ; EXISTS b",
                  ":3", "*2⏎$1⏎b⏎*2⏎$1⏎1⏎$1⏎2", "*2⏎$1⏎b⏎*1⏎$1⏎3", "*-1", ":0");
    assert_script(server,
                  "RPUSH a 1 2 ; RPUSH b 3 ; LMPOP 2 a b right count 10 ; LMPOP 2 a b LEFT COUNT "
                  "9223372036854775807 ; LMPOP 1 a LEFT COUNT 1",
                  ":2", ":1", "*2⏎$1⏎a⏎*2⏎$1⏎2⏎$1⏎1", "*2⏎$1⏎b⏎*1⏎$1⏎3", "*-1");
    assert_script(server,
                  "SET a v ; RPUSH b 1 ; LMPOP 2 a b LEFT ; LMPOP 2 b a LEFT ; LMPOP 2 b a LEFT",
                  "+OK", ":1", WRONG_TYPE, "*2⏎$1⏎b⏎*1⏎$1⏎1", WRONG_TYPE);
    assert_script(server,
                  "RPUSH l a ; LMPOP 0 l LEFT ; LMPOP -1 l LEFT ; LMPOP a l LEFT ; LMPOP 1 l FOO "
                  "; LMPOP 1 l LEFT COUNT 0 ; LMPOP 1 l LEFT COUNT -1 ; LMPOP 1 l LEFT COUNT abc "
                  "; LMPOP 2 l LEFT ; LMPOP 1 l LEFT COUNT ; LMPOP 1 l LEFT FOO 1 ; LMPOP 1 l "
                  "LEFT COUNT 1 COUNT 2 ; LMPOP 1 l LEFT RIGHT ; LMPOP 1 l ; LMPOP 1 ; LMPOP "
                  "9223372036854775807 l LEFT ; LMPOP 2147483648 l LEFT ; LLEN l",
                  ":1", "-ERR numkeys should be greater than 0",
                  "-ERR numkeys should be greater than 0", "-ERR numkeys should be greater than 0",
                  SYNTAX_ERROR, "-ERR count should be greater than 0",
                  "-ERR count should be greater than 0", "-ERR count should be greater than 0",
                  SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  WRONG_ARITY("lmpop"), WRONG_ARITY("lmpop"), SYNTAX_ERROR, SYNTAX_ERROR, ":1");
    assert_script(server, "HELLO 3 ; LMPOP 1 nokey LEFT ; RPUSH l a b c ; LMPOP 1 l LEFT COUNT 2",
                  "(any)", "_", ":3", "*2⏎$1⏎l⏎*2⏎$1⏎a⏎$1⏎b");
}

Test(list_blocking, lmovem_moves_many) {
    assert_script(server,
                  "RPUSH s a b c d e ; LMOVEM s d LEFT RIGHT COUNT 3 OBO ; LRANGE d 0 -1 ; LRANGE "
                  "s 0 -1 ; LMOVEM s d LEFT RIGHT COUNT 10 OBO ; LRANGE d 0 -1 ; EXISTS s",
                  ":5", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*2⏎$1⏎d⏎$1⏎e", "*2⏎$1⏎d⏎$1⏎e",
                  "*5⏎$1⏎a⏎$1⏎b⏎$1⏎c⏎$1⏎d⏎$1⏎e", ":0");
    assert_script(server,
                  "RPUSH s a b c d e ; LMOVEM s d LEFT LEFT COUNT 3 OBO ; LRANGE d 0 -1 ; RPUSH t "
                  "a b c d e ; LMOVEM t e LEFT LEFT COUNT 3 BULK ; LRANGE e 0 -1",
                  ":5", "*3⏎$1⏎c⏎$1⏎b⏎$1⏎a", "*3⏎$1⏎c⏎$1⏎b⏎$1⏎a", ":5", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c",
                  "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c");
    assert_script(server,
                  "RPUSH s a b c d e ; LMOVEM s d RIGHT RIGHT COUNT 3 OBO ; LRANGE d 0 -1 ; RPUSH "
                  "t a b c d e ; LMOVEM t e RIGHT RIGHT COUNT 3 BULK ; LRANGE e 0 -1",
                  ":5", "*3⏎$1⏎e⏎$1⏎d⏎$1⏎c", "*3⏎$1⏎e⏎$1⏎d⏎$1⏎c", ":5", "*3⏎$1⏎c⏎$1⏎d⏎$1⏎e",
                  "*3⏎$1⏎c⏎$1⏎d⏎$1⏎e");
    assert_script(server,
                  "RPUSH s a b c d e ; LMOVEM s d RIGHT LEFT COUNT 3 OBO ; LRANGE d 0 -1 ; RPUSH "
                  "t a b c d e ; LMOVEM t e RIGHT LEFT COUNT 3 BULK ; LRANGE e 0 -1",
                  ":5", "*3⏎$1⏎c⏎$1⏎d⏎$1⏎e", "*3⏎$1⏎c⏎$1⏎d⏎$1⏎e", ":5", "*3⏎$1⏎c⏎$1⏎d⏎$1⏎e",
                  "*3⏎$1⏎c⏎$1⏎d⏎$1⏎e");
    assert_script(server,
                  "RPUSH s a b c d e ; LMOVEM s d LEFT RIGHT ; LRANGE d 0 -1 ; LMOVEM s d RIGHT "
                  "LEFT ; LRANGE d 0 -1",
                  ":5", "*1⏎$1⏎a", "*1⏎$1⏎a", "*1⏎$1⏎e", "*2⏎$1⏎e⏎$1⏎a");
    assert_script(server,
                  "RPUSH s a b c ; LMOVEM s d LEFT RIGHT EXACTLY 4 OBO ; LLEN s ; EXISTS d ; "
                  "LMOVEM s d LEFT RIGHT EXACTLY 3 BULK ; LRANGE d 0 -1 ; EXISTS s ; LMOVEM s d "
                  "LEFT RIGHT COUNT 1 OBO ; LMOVEM s d LEFT RIGHT EXACTLY 1 OBO",
                  ":3", "*-1", ":3", ":0", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", ":0", "*0",
                  "*-1");
    assert_script(server,
                  "RPUSH s a b c d ; LMOVEM s s LEFT RIGHT COUNT 2 OBO ; LRANGE s 0 -1 ; LMOVEM s "
                  "s LEFT RIGHT COUNT 4 BULK ; LRANGE s 0 -1 ; LMOVEM s s LEFT LEFT COUNT 2 OBO ; "
                  "LRANGE s 0 -1 ; LMOVEM s s LEFT LEFT COUNT 2 BULK ; LRANGE s 0 -1 ; LMOVEM s s "
                  "RIGHT LEFT COUNT 9 OBO ; LRANGE s 0 -1",
                  ":4", "*2⏎$1⏎a⏎$1⏎b", "*4⏎$1⏎c⏎$1⏎d⏎$1⏎a⏎$1⏎b", "*4⏎$1⏎c⏎$1⏎d⏎$1⏎a⏎$1⏎b",
                  "*4⏎$1⏎c⏎$1⏎d⏎$1⏎a⏎$1⏎b", "*2⏎$1⏎d⏎$1⏎c", "*4⏎$1⏎d⏎$1⏎c⏎$1⏎a⏎$1⏎b",
                  "*2⏎$1⏎d⏎$1⏎c", "*4⏎$1⏎d⏎$1⏎c⏎$1⏎a⏎$1⏎b", "*4⏎$1⏎d⏎$1⏎c⏎$1⏎a⏎$1⏎b",
                  "*4⏎$1⏎d⏎$1⏎c⏎$1⏎a⏎$1⏎b");
    assert_script(server,
                  "HELLO 3 ; LMOVEM nokey d LEFT LEFT COUNT 1 OBO ; LMOVEM nokey d LEFT LEFT "
                  "EXACTLY 1 OBO ; LMOVEM nokey d LEFT LEFT",
                  "(any)", "*0", "_", "*0");
}

Test(list_blocking, lmovem_refuses_wrong_arguments) {
    assert_script(server,
                  "RPUSH s a b ; SET x v ; LMOVEM s d LEFT ; LMOVEM s d FOO LEFT ; LMOVEM s d "
                  "LEFT FOO ; LMOVEM s d LEFT LEFT COUNT 1 ; LMOVEM s d LEFT LEFT COUNT 0 OBO ; "
                  "LMOVEM s d LEFT LEFT COUNT -1 OBO ; LMOVEM s d LEFT LEFT EXACTLY 0 OBO ; "
                  "LMOVEM s d LEFT LEFT COUNT abc OBO ; LMOVEM s d LEFT LEFT FOO 1 OBO ; LMOVEM s "
                  "d LEFT LEFT COUNT 1 FOO ; LMOVEM s d LEFT LEFT OBO ; LMOVEM s d LEFT LEFT "
                  "COUNT 1 OBO x",
                  ":2", "+OK", WRONG_ARITY("lmovem"), SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR,
                  "-ERR count should be greater than 0", "-ERR count should be greater than 0",
                  "-ERR count should be greater than 0", "-ERR count should be greater than 0",
                  SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR, SYNTAX_ERROR);
    assert_script(server,
                  "RPUSH s a b ; SET x v ; LMOVEM x d LEFT LEFT COUNT 1 OBO ; LMOVEM s x LEFT "
                  "LEFT COUNT 1 OBO ; LMOVEM s x LEFT LEFT EXACTLY 5 OBO ; LLEN s ; GET x",
                  ":2", "+OK", WRONG_TYPE, WRONG_TYPE, "*-1", ":2", "$1⏎v");
}

Test(list_blocking, blpop_takes_at_once_when_there_is_something) {
    assert_script(server,
                  "RPUSH b 2 ; RPUSH a 1 ; BLPOP x b a 0 ; RPUSH l a b c ; BRPOP l 0 ; BLPOP l 0 "
                  "; BRPOP l 0.01 ; BRPOP l 0.01",
                  ":1", ":1", "*2⏎$1⏎b⏎$1⏎2", ":3", "*2⏎$1⏎l⏎$1⏎c", "*2⏎$1⏎l⏎$1⏎a", "*2⏎$1⏎l⏎$1⏎b",
                  "*-1");
    assert_script(server,
                  "HELLO 3 ; RPUSH l a b ; BLPOP l 0 ; BRPOP l 0 ; BLPOP nokey 0.01 ; BRPOP nokey "
                  "0.01",
                  "(any)", ":2", "*2⏎$1⏎l⏎$1⏎a", "*2⏎$1⏎l⏎$1⏎b", "_", "_");
    assert_script(server,
                  "SET s v ; RPUSH l a ; BLPOP s l 0 ; BLPOP l s 0 ; BLPOP x s 0.01 ; BRPOP s "
                  "0.01 ; BLPOP l s 0.01",
                  "+OK", ":1", WRONG_TYPE, "*2⏎$1⏎l⏎$1⏎a", WRONG_TYPE, WRONG_TYPE, WRONG_TYPE);
}

Test(list_blocking, timeouts_are_doubles) {
    assert_script(server,
                  "BLPOP k 0.001 ; BLPOP k 1e-2 ; BLPOP k 0x1p-6 ; BLPOP k .01 ; BRPOP k 0.01 ; "
                  "BLMOVE k d LEFT LEFT 0.01 ; BRPOPLPUSH k d 0.01 ; BLMPOP 0.01 1 k LEFT",
                  "*-1", "*-1", "*-1", "*-1", "*-1", "*-1", "*-1", "*-1");
    assert_script(server,
                  "HELLO 3 ; BLMOVE k d LEFT LEFT 0.01 ; BRPOPLPUSH k d 0.01 ; BLMPOP 0.01 1 k "
                  "LEFT",
                  "(any)", "_", "_", "_");
    assert_script(server,
                  "RPUSH l a ; BLPOP l abc ; BLPOP l -1 ; BLPOP l nan ; BLPOP l 0.01s ; BLPOP l "
                  "\" 1\" ; BLPOP l \"1 \" ; BLPOP l \"\" ; BRPOP l abc ; BLMPOP abc 1 l LEFT ; "
                  "BLMPOP -1 1 l LEFT ; BRPOPLPUSH l d -1 ; BRPOPLPUSH l d abc ; BLMOVE l d LEFT "
                  "RIGHT abc ; BLMOVE l d LEFT RIGHT -0.5 ; LLEN l ; BLPOP l -0",
                  ":1", "-ERR timeout is not a float or out of range", "-ERR timeout is negative",
                  "-ERR timeout is not a float or out of range",
                  "-ERR timeout is not a float or out of range",
                  "-ERR timeout is not a float or out of range",
                  "-ERR timeout is not a float or out of range",
                  "-ERR timeout is not a float or out of range",
                  "-ERR timeout is not a float or out of range",
                  "-ERR timeout is not a float or out of range", "-ERR timeout is negative",
                  "-ERR timeout is negative", "-ERR timeout is not a float or out of range",
                  "-ERR timeout is not a float or out of range", "-ERR timeout is negative", ":1",
                  "*2⏎$1⏎l⏎$1⏎a");
    assert_script(server,
                  "RPUSH l a ; BLPOP l 1e400 ; BLPOP l inf ; BLPOP l 99999999999999999999 ; BLPOP "
                  "l -inf ; BLPOP l 9223372036854775.807 ; BLMPOP 1e400 1 l LEFT ; LLEN l",
                  ":1", "-ERR timeout is out of range", "-ERR timeout is out of range",
                  "-ERR timeout is out of range", "-ERR timeout is negative",
                  "-ERR timeout is out of range", "-ERR timeout is out of range", ":1");
}

Test(list_blocking, arguments_of_blocking_commands_are_checked) {
    assert_script(server,
                  "BLPOP ; BLPOP k ; BRPOP k ; BLMOVE a b LEFT LEFT ; BLMOVE a b LEFT LEFT 0 1 ; "
                  "BLMOVE a b FOO LEFT 0 ; BLMOVE a b LEFT FOO 0 ; BRPOPLPUSH a b ; BRPOPLPUSH a "
                  "b 0 1 ; BLMPOP 0 1 k ; BLMPOP 0 0 k LEFT ; BLMPOP 0 a k LEFT ; BLMPOP 0 1 k "
                  "FOO ; BLMPOP 0 2 k LEFT ; BLMPOP 0 1 k LEFT COUNT 0 ; BLMPOP 0 1 k LEFT COUNT "
                  "; BLMPOP 0 1 k LEFT FOO 1 ; BLMPOP 0 1 k LEFT COUNT 1 COUNT 1",
                  WRONG_ARITY("blpop"), WRONG_ARITY("blpop"), WRONG_ARITY("brpop"),
                  WRONG_ARITY("blmove"), WRONG_ARITY("blmove"), SYNTAX_ERROR, SYNTAX_ERROR,
                  WRONG_ARITY("brpoplpush"), WRONG_ARITY("brpoplpush"), WRONG_ARITY("blmpop"),
                  "-ERR numkeys should be greater than 0", "-ERR numkeys should be greater than 0",
                  SYNTAX_ERROR, SYNTAX_ERROR, "-ERR count should be greater than 0", SYNTAX_ERROR,
                  SYNTAX_ERROR, SYNTAX_ERROR);
    assert_script(server,
                  "BLMOVEM a b LEFT LEFT ; BLMOVEM a b FOO LEFT 0 ; BLMOVEM a b LEFT LEFT abc ; "
                  "BLMOVEM a b LEFT LEFT -1 ; BLMOVEM a b LEFT LEFT 0 COUNT 1 ; BLMOVEM a b LEFT "
                  "LEFT 0 COUNT 0 OBO ; BLMOVEM a b LEFT LEFT 0 EXACTLY 1 FOO ; BLMOVEM a b LEFT "
                  "LEFT 0 FOO 1 OBO",
                  WRONG_ARITY("blmovem"), SYNTAX_ERROR,
                  "-ERR timeout is not a float or out of range", "-ERR timeout is negative",
                  SYNTAX_ERROR, "-ERR count should be greater than 0", SYNTAX_ERROR, SYNTAX_ERROR);
}

Test(list_blocking, a_push_serves_the_waiting_client_after_its_own_reply) {
    assert_script(server, "&BLPOP k 0 ; B> RPUSH k v1 ; @read ; B> EXISTS k", ":1", "*2⏎$1⏎k⏎$2⏎v1",
                  ":0");
    assert_script(server, "&BLPOP k 0 ; B> RPUSH k v1 v2 ; @read ; B> LRANGE k 0 -1", ":2",
                  "*2⏎$1⏎k⏎$2⏎v1", "*1⏎$2⏎v2");
    assert_script(server, "&BLPOP k 0 ; B> LPUSH k a b c ; @read ; B> LLEN k", ":3", "*2⏎$1⏎k⏎$1⏎c",
                  ":2");
    assert_script(server, "&BRPOP k 0 ; B> RPUSH k 1 2 3 ; @read ; B> LRANGE k 0 -1", ":3",
                  "*2⏎$1⏎k⏎$1⏎3", "*2⏎$1⏎1⏎$1⏎2");
    assert_script(server, "&BLPOP k 0 ; &PING ; @read ; B> RPUSH k v ; @read", "(nothing)", ":1",
                  "*2⏎$1⏎k⏎$1⏎v⏎+PONG");
    assert_script(server, "HELLO 3 ; &BLPOP k 0 ; B> RPUSH k v ; @read", "(any)", ":1",
                  "*2⏎$1⏎k⏎$1⏎v");
    assert_script(server, "&BLPOP k 0 ; B> LPUSHX k v ; @read ; B> RPUSH k w ; @read", ":0",
                  "(nothing)", ":1", "*2⏎$1⏎k⏎$1⏎w");
}

Test(list_blocking, waiters_of_a_key_are_served_in_their_order) {
    assert_script(server,
                  "&BLPOP k 0 ; B> &BLPOP k 0 ; C> &BRPOP k 0 ; D> RPUSH k 1 2 ; @read ; B> @read "
                  "; C> @read ; D> RPUSH k 3 4 ; C> @read ; D> LRANGE k 0 -1",
                  ":2", "*2⏎$1⏎k⏎$1⏎1", "*2⏎$1⏎k⏎$1⏎2", "(nothing)", ":2", "*2⏎$1⏎k⏎$1⏎4",
                  "*1⏎$1⏎3");
    assert_script(server,
                  "&BLPOP k 0 ; B> &BLMPOP 0 1 k LEFT COUNT 2 ; C> &BLPOP k 0 ; D> RPUSH k 1 2 3 "
                  "4 5 ; @read ; B> @read ; C> @read ; D> LRANGE k 0 -1",
                  ":5", "*2⏎$1⏎k⏎$1⏎1", "*2⏎$1⏎k⏎*2⏎$1⏎2⏎$1⏎3", "*2⏎$1⏎k⏎$1⏎4", "*1⏎$1⏎5");
    assert_script(server,
                  "&BLPOP a k 0 ; B> &BLPOP k 0 ; C> RPUSH k 1 ; @read ; B> @read ; C> RPUSH a 2 "
                  "; B> @read ; C> RPUSH k 3 ; B> @read ; C> LRANGE a 0 -1",
                  ":1", "*2⏎$1⏎k⏎$1⏎1", "(nothing)", ":1", "(nothing)", ":1", "*2⏎$1⏎k⏎$1⏎3",
                  "*1⏎$1⏎2");
    assert_script(server,
                  "&BLPOP k 0 ; B> &BLPOP k 0 ; C> RPUSH k 1 ; @read ; &BLPOP k 0 ; C> RPUSH k 2 "
                  "; B> @read ; @read ; C> RPUSH k 3 ; @read",
                  ":1", "*2⏎$1⏎k⏎$1⏎1", ":1", "*2⏎$1⏎k⏎$1⏎2", "(nothing)", ":1", "*2⏎$1⏎k⏎$1⏎3");
}

Test(list_blocking, one_client_waits_on_many_keys) {
    assert_script(server, "&BLPOP a b c 0 ; B> RPUSH c 1 ; @read ; B> RPUSH a 2 ; B> LRANGE a 0 -1",
                  ":1", "*2⏎$1⏎c⏎$1⏎1", ":1", "*1⏎$1⏎2");
    assert_script(server, "&BLPOP k k k 0 ; B> RPUSH k 1 2 ; @read ; B> LRANGE k 0 -1 ; PING", ":2",
                  "*2⏎$1⏎k⏎$1⏎1", "*1⏎$1⏎2", "+PONG");
    assert_script(server,
                  "&BLMPOP 0 3 a b c RIGHT COUNT 2 ; B> RPUSH b 1 2 3 ; @read ; B> LRANGE b 0 -1",
                  ":3", "*2⏎$1⏎b⏎*2⏎$1⏎3⏎$1⏎2", "*1⏎$1⏎1");
    assert_script(server, "&BLPOP a b 0 ; B> SET a v ; @read ; B> RPUSH b 1 ; @read", "+OK",
                  "(nothing)", ":1", "*2⏎$1⏎b⏎$1⏎1");
    assert_script(server,
                  "&BLPOP a b 0 ; B> MULTI ; B> RPUSH b 2 ; B> RPUSH a 1 ; B> DEL b ; B> EXEC ; "
                  "@read",
                  "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3⏎:1⏎:1⏎:1", "*2⏎$1⏎a⏎$1⏎1");
}

Test(list_blocking, two_keys_filled_in_one_transaction_serve_in_the_order_of_the_arguments) {
    assert_script(server,
                  "&BLPOP k k2 0 ; B> MULTI ; B> RPUSH k2 b ; B> RPUSH k a ; B> EXEC ; @read ; B> "
                  "LRANGE k2 0 -1",
                  "+OK", "+QUEUED", "+QUEUED", "*2⏎:1⏎:1", "*2⏎$1⏎k⏎$1⏎a", "*1⏎$1⏎b");
}

Test(list_blocking, waiters_are_served_after_exec_not_in_it) {
    assert_script(server,
                  "&BLPOP k 0 ; B> MULTI ; B> RPUSH k a ; B> LPUSH k b ; B> EXEC ; @read ; B> "
                  "LRANGE k 0 -1",
                  "+OK", "+QUEUED", "+QUEUED", "*2⏎:1⏎:2", "*2⏎$1⏎k⏎$1⏎b", "*1⏎$1⏎a");
    assert_script(server,
                  "&BLPOP k 0 ; B> MULTI ; B> RPUSH k a ; B> DEL k ; B> EXEC ; @read ; B> RPUSH k "
                  "c ; @read",
                  "+OK", "+QUEUED", "+QUEUED", "*2⏎:1⏎:1", "(nothing)", ":1", "*2⏎$1⏎k⏎$1⏎c");
    assert_script(server,
                  "&BLPOP k 0 ; B> MULTI ; B> RPUSH k a ; B> LPOP k ; B> RPUSH k b ; B> EXEC ; "
                  "@read",
                  "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3⏎:1⏎$1⏎a⏎:1", "*2⏎$1⏎k⏎$1⏎b");
    assert_script(server,
                  "&BLPOP k 0 ; B> MULTI ; B> RPUSH k a ; B> DEL k ; B> SET k v ; B> EXEC ; @read "
                  "; B> DEL k ; B> RPUSH k x ; @read",
                  "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "*3⏎:1⏎:1⏎+OK", "(nothing)", ":1", ":1",
                  "*2⏎$1⏎k⏎$1⏎x");
}

Test(list_blocking, a_key_of_another_type_keeps_its_waiters_waiting) {
    assert_script(server, "&BLPOP k 0 ; B> SET k v ; @read ; B> DEL k ; B> RPUSH k a ; @read",
                  "+OK", "(nothing)", ":1", ":1", "*2⏎$1⏎k⏎$1⏎a");
    assert_script(server,
                  "&BLMOVE k d LEFT RIGHT 0 ; B> SET k v ; @read ; B> GETDEL k ; B> RPUSH k a ; "
                  "@read ; B> LRANGE d 0 -1",
                  "+OK", "(nothing)", "$1⏎v", ":1", "$1⏎a", "*1⏎$1⏎a");
}

Test(list_blocking, other_ways_to_fill_a_list_serve_too) {
    assert_script(server,
                  "&BLPOP k 0 ; B> LPUSH other a ; B> RENAME other k ; @read ; B> EXISTS k other",
                  ":1", "+OK", "*2⏎$1⏎k⏎$1⏎a", ":0");
    assert_script(server, "&BLPOP k 0 ; B> LPUSH other a ; B> RENAMENX other k ; @read", ":1", ":1",
                  "*2⏎$1⏎k⏎$1⏎a");
    assert_script(server,
                  "&BLPOP k 0 ; B> RPUSH other a ; B> COPY other k ; @read ; B> LRANGE other 0 -1",
                  ":1", ":1", "*2⏎$1⏎k⏎$1⏎a", "*1⏎$1⏎a");
    assert_script(server, "&BLPOP k 0 ; B> SELECT 1 ; B> RPUSH k a ; B> MOVE k 0 ; @read", "+OK",
                  ":1", ":1", "*2⏎$1⏎k⏎$1⏎a");
    assert_script(server,
                  "&BLPOP k 0 ; B> SELECT 1 ; B> RPUSH k a ; B> SELECT 0 ; B> SWAPDB 0 1 ; @read",
                  "+OK", ":1", "+OK", "+OK", "*2⏎$1⏎k⏎$1⏎a");
    assert_script(server,
                  "&BLPOP k 0 ; B> RPUSH l a b ; B> LMOVE l k LEFT LEFT ; @read ; B> RPOPLPUSH l "
                  "k ; &BLPOP k 0 ; @read",
                  ":2", "$1⏎a", "*2⏎$1⏎k⏎$1⏎a", "$1⏎b", "*2⏎$1⏎k⏎$1⏎b");
    assert_script(server,
                  "&BLPOP k 0 ; B> RPUSH l a b c ; B> LMOVEM l k LEFT RIGHT COUNT 2 OBO ; @read ; "
                  "B> LRANGE k 0 -1",
                  ":3", "*2⏎$1⏎a⏎$1⏎b", "*2⏎$1⏎k⏎$1⏎a", "*1⏎$1⏎b");
    assert_script(server,
                  "SELECT 1 ; &BLPOP k 0 ; B> RPUSH k a ; @read ; B> SELECT 1 ; B> RPUSH k b ; "
                  "@read",
                  "+OK", ":1", "(nothing)", "+OK", ":1", "*2⏎$1⏎k⏎$1⏎b");
}

Test(list_blocking, blmove_serves_and_chains) {
    assert_script(server,
                  "&BLMOVE a b LEFT RIGHT 0 ; B> RPUSH a 1 2 ; @read ; B> LRANGE a 0 -1 ; B> "
                  "LRANGE b 0 -1",
                  ":2", "$1⏎1", "*1⏎$1⏎2", "*1⏎$1⏎1");
    assert_script(server, "&BRPOPLPUSH a b 0 ; B> RPUSH a 1 2 ; @read ; B> LRANGE b 0 -1", ":2",
                  "$1⏎2", "*1⏎$1⏎2");
    assert_script(server,
                  "&BLMOVE a b LEFT RIGHT 0 ; B> &BLMOVE b c LEFT RIGHT 0 ; C> &BLPOP c 0 ; D> "
                  "RPUSH a x ; @read ; B> @read ; C> @read ; D> EXISTS a b c",
                  ":1", "$1⏎x", "$1⏎x", "*2⏎$1⏎c⏎$1⏎x", ":0");
    assert_script(server,
                  "&BLMOVE c d LEFT RIGHT 0 ; B> &BLMOVE b c LEFT RIGHT 0 ; C> &BLMOVE a b LEFT "
                  "RIGHT 0 ; D> RPUSH a x ; @read ; B> @read ; C> @read ; D> LRANGE d 0 -1",
                  ":1", "$1⏎x", "$1⏎x", "$1⏎x", "*1⏎$1⏎x");
    assert_script(server, "&BLMOVE a a LEFT RIGHT 0 ; B> RPUSH a 1 2 ; @read ; B> LRANGE a 0 -1",
                  ":2", "$1⏎1", "*2⏎$1⏎2⏎$1⏎1");
    assert_script(server,
                  "&BLMOVE a b LEFT RIGHT 0 ; B> &BLMOVE b a LEFT RIGHT 0 ; C> RPUSH a x ; @read "
                  "; B> @read ; C> LRANGE a 0 -1 ; C> EXISTS b",
                  ":1", "$1⏎x", "$1⏎x", "*1⏎$1⏎x", ":0");
    assert_script(server,
                  "&BLMOVE k d LEFT RIGHT 0 ; B> SET d x ; B> RPUSH k a ; @read ; B> LRANGE k 0 "
                  "-1",
                  "+OK", ":1", WRONG_TYPE, "*1⏎$1⏎a");
    assert_script(server,
                  "&BLMOVE k d LEFT RIGHT 0 ; B> &BLPOP k 0 ; C> SET d x ; C> RPUSH k a ; @read ; "
                  "B> @read ; C> EXISTS k",
                  "+OK", ":1", WRONG_TYPE, "*2⏎$1⏎k⏎$1⏎a", ":0");
    assert_script(server, "HELLO 3 ; &BLMOVE a b LEFT RIGHT 0 ; B> RPUSH a 1 ; @read", "(any)",
                  ":1", "$1⏎1");
}

Test(list_blocking, blmpop_serves_many) {
    assert_script(server,
                  "RPUSH k a b c ; BLMPOP 0 1 k LEFT COUNT 2 ; BLMPOP 0.01 1 nokey LEFT ; BLMPOP "
                  "0 2 x k RIGHT ; EXISTS k",
                  ":3", "*2⏎$1⏎k⏎*2⏎$1⏎a⏎$1⏎b", "*-1", "*2⏎$1⏎k⏎*1⏎$1⏎c", ":0");
    assert_script(server, "&BLMPOP 0 1 k LEFT COUNT 10 ; B> RPUSH k 1 2 3 ; @read ; B> EXISTS k",
                  ":3", "*2⏎$1⏎k⏎*3⏎$1⏎1⏎$1⏎2⏎$1⏎3", ":0");
    assert_script(server, "&BLMPOP 0 2 a b RIGHT ; B> RPUSH b 1 2 ; @read", ":2",
                  "*2⏎$1⏎b⏎*1⏎$1⏎2");
}

Test(list_blocking, blmovem_waits_for_one_or_for_all) {
    assert_script(server,
                  "&BLMOVEM s d LEFT RIGHT 0 COUNT 3 OBO ; B> RPUSH s a b ; @read ; B> LRANGE d 0 "
                  "-1 ; B> EXISTS s",
                  ":2", "*2⏎$1⏎a⏎$1⏎b", "*2⏎$1⏎a⏎$1⏎b", ":0");
    assert_script(server,
                  "&BLMOVEM s d LEFT RIGHT 0 EXACTLY 3 BULK ; B> RPUSH s a b ; @read ; B> RPUSH s "
                  "c d ; @read ; B> LRANGE d 0 -1 ; B> LRANGE s 0 -1",
                  ":2", "(nothing)", ":4", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*3⏎$1⏎a⏎$1⏎b⏎$1⏎c", "*1⏎$1⏎d");
    assert_script(server, "&BLMOVEM s d LEFT RIGHT 0 ; B> RPUSH s a b ; @read ; B> LRANGE s 0 -1",
                  ":2", "*1⏎$1⏎a", "*1⏎$1⏎b");
    assert_script(server,
                  "RPUSH s a ; &BLMOVEM s d LEFT LEFT 0 EXACTLY 2 OBO ; B> LINSERT s AFTER a b ; "
                  "@read ; RPUSH s a ; BLMOVEM s d LEFT LEFT 0.01 EXACTLY 2 OBO ; LRANGE s 0 -1",
                  ":1", ":2", "*2⏎$1⏎b⏎$1⏎a", ":1", "*-1", "*1⏎$1⏎a");
    assert_script(server,
                  "RPUSH s a ; &BLMOVEM s d RIGHT LEFT 0 EXACTLY 2 OBO ; B> RPUSH o x ; B> LMOVE "
                  "o s LEFT RIGHT ; @read ; B> LRANGE d 0 -1",
                  ":1", ":1", "$1⏎x", "*2⏎$1⏎a⏎$1⏎x", "*2⏎$1⏎a⏎$1⏎x");
    assert_script(server,
                  "RPUSH s a ; &BLMOVEM s d RIGHT LEFT 0 EXACTLY 2 OBO ; C> &BLPOP s 0 ; C> @read "
                  "; B> RPUSH s b ; @read ; B> RPUSH s c ; @read",
                  ":1", "*2⏎$1⏎s⏎$1⏎a", ":1", "(nothing)", ":2", "*2⏎$1⏎b⏎$1⏎c");
    assert_script(server,
                  "HELLO 3 ; BLMOVEM s d LEFT LEFT 0.01 ; BLMOVEM s d LEFT LEFT 0.01 EXACTLY 2 "
                  "OBO ; &BLMOVEM s d LEFT LEFT 0 COUNT 2 BULK ; B> RPUSH s a b ; @read",
                  "(any)", "_", "_", ":2", "*2⏎$1⏎a⏎$1⏎b");
    assert_script(server,
                  "&BLMOVEM s d LEFT RIGHT 0 COUNT 2 OBO ; B> SET d x ; B> RPUSH s a ; @read ; B> "
                  "LRANGE s 0 -1",
                  "+OK", ":1", WRONG_TYPE, "*1⏎$1⏎a");
}

Test(list_blocking, client_unblock_ends_a_wait) {
    assert_script(server,
                  "&BLPOP k 0 ; B> CLIENT UNBLOCK $IDA ; @read ; B> CLIENT UNBLOCK $IDA ; &BLPOP "
                  "k 0 ; B> CLIENT UNBLOCK $IDA ERROR ; @read ; &BLPOP k 0 ; B> CLIENT UNBLOCK "
                  "$IDA TIMEOUT ; @read ; B> RPUSH k a ; B> LLEN k",
                  ":1", "*-1", ":0", ":1", "-UNBLOCKED client unblocked via CLIENT UNBLOCK", ":1",
                  "*-1", ":1", ":1");
    assert_script(server,
                  "&BLMPOP 0 1 k LEFT ; B> CLIENT UNBLOCK $IDA ; @read ; &BLMOVE k d LEFT LEFT 0 "
                  "; B> CLIENT UNBLOCK $IDA ; @read ; &BRPOPLPUSH k d 0 ; B> CLIENT UNBLOCK $IDA "
                  "; @read ; &WAIT 1 0 ; B> CLIENT UNBLOCK $IDA ; @read ; &BLMOVE k d LEFT LEFT 0 "
                  "; B> CLIENT UNBLOCK $IDA error ; @read",
                  ":1", "*-1", ":1", "*-1", ":1", "*-1", ":1", ":0", ":1",
                  "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    assert_script(server,
                  "HELLO 3 ; &BLPOP k 0 ; B> CLIENT UNBLOCK $IDA ; @read ; &BLMOVE k d LEFT LEFT "
                  "0 ; B> CLIENT UNBLOCK $IDA ; @read",
                  "(any)", ":1", "_", ":1", "_");
    assert_script(server,
                  "CLIENT UNBLOCK 999999 ; CLIENT UNBLOCK abc ; CLIENT UNBLOCK $IDB FOO ; CLIENT "
                  "UNBLOCK ; CLIENT UNBLOCK $IDA",
                  ":0", NOT_AN_INTEGER, "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
                  WRONG_ARITY("client|unblock"), ":0");
    assert_script(server,
                  "&BLMOVEM k d LEFT LEFT 0 EXACTLY 2 OBO ; B> CLIENT UNBLOCK $IDA ; @read ; "
                  "&BLMOVEM k d LEFT LEFT 0 ; B> CLIENT UNBLOCK $IDA ; @read",
                  ":1", "*-1", ":1", "*-1");
}

Test(list_blocking, a_client_that_leaves_swallows_nothing) {
    assert_script(server,
                  "&BLPOP k 0 ; B> &BLPOP k 0 ; !close ; C> RPUSH k a ; B> @read ; C> EXISTS k",
                  ":1", "*2⏎$1⏎k⏎$1⏎a", ":0");
    assert_script(server,
                  "&BLPOP k j 0 ; !close ; B> RPUSH k a ; B> LRANGE k 0 -1 ; B> RPUSH j b ; B> "
                  "LRANGE j 0 -1",
                  ":1", "*1⏎$1⏎a", ":1", "*1⏎$1⏎b");
    assert_script(server,
                  "&BLMOVE k d LEFT LEFT 0 ; !close ; B> RPUSH k a ; B> LRANGE k 0 -1 ; B> EXISTS "
                  "d",
                  ":1", "*1⏎$1⏎a", ":0");
    assert_script(server,
                  "&BLPOP k 0 ; B> CLIENT KILL ID $IDA ; @read ; B> RPUSH k a ; B> LRANGE k 0 -1",
                  ":1", "(closed)", ":1", "*1⏎$1⏎a");
    assert_script(server,
                  "&BLPOP k 0 ; B> MULTI ; B> RPUSH k a ; B> CLIENT KILL ID $IDA ; B> EXEC ; B> "
                  "LRANGE k 0 -1",
                  "+OK", "+QUEUED", "+QUEUED", "*2⏎:1⏎:1", "*1⏎$1⏎a");
}

Test(list_blocking, a_key_that_expires_serves_nobody) {
    assert_script(server,
                  "DEBUG SET-ACTIVE-EXPIRE 0 ; RPUSH k a ; PEXPIRE k 1 ; ?EXISTS k ; BLPOP k 0.01 "
                  "; DEBUG SET-ACTIVE-EXPIRE 1",
                  "+OK", ":1", ":1", ":0", "*-1", "+OK");
    assert_script(server,
                  "&BLPOP k 0 ; B> MULTI ; B> RPUSH k a ; B> PEXPIRE k 0 ; B> EXEC ; @read ; B> "
                  "RPUSH k b ; @read",
                  "+OK", "+QUEUED", "+QUEUED", "*2⏎:1⏎:1", "(nothing)", ":1", "*2⏎$1⏎k⏎$1⏎b");
    assert_script(server,
                  "RPUSH k a ; PEXPIRE k 30 ; ?EXISTS k ; &BLPOP k 0 ; B> RPUSH k b ; @read", ":1",
                  ":1", ":0", ":1", "*2⏎$1⏎k⏎$1⏎b");
    /* Time stands still in EXEC, and has gone on when it ends. */
    assert_script(
        server,
        "DEBUG SET-ACTIVE-EXPIRE 0 ; &BLPOP k 0 ; B> MULTI ; B> RPUSH k a ; B> PEXPIRE k "
        "10 ; B> DEBUG CLOCK FORWARD 20 ; B> EXISTS k ; B> EXEC ; @read ; B> EXISTS k ; B> "
        "RPUSH k b ; @read ; B> DEBUG SET-ACTIVE-EXPIRE 1",
        "+OK", "+OK", "+QUEUED", "+QUEUED", "+QUEUED", "+QUEUED", "*4⏎:1⏎:1⏎+OK⏎:1", "(nothing)",
        ":0", ":1", "*2⏎$1⏎k⏎$1⏎b", "+OK");
}

Test(list_blocking, flushes_and_deletes_leave_waiters_waiting) {
    assert_script(server,
                  "&BLPOP k 0 ; B> FLUSHALL ; @read ; B> RPUSH k a ; @read ; &BLPOP k 0 ; B> DEL "
                  "k ; B> RPUSH k c ; @read",
                  "+OK", "(nothing)", ":1", "*2⏎$1⏎k⏎$1⏎a", ":0", ":1", "*2⏎$1⏎k⏎$1⏎c");
}

Test(list_blocking, a_served_client_goes_on_with_its_pipeline) {
    assert_script(server,
                  "&BLPOP k 0 ; &BLPOP k 0 ; &PING ; B> RPUSH k 1 ; @read ; B> RPUSH k 2 ; @read",
                  ":1", "*2⏎$1⏎k⏎$1⏎1", ":1", "*2⏎$1⏎k⏎$1⏎2⏎+PONG");
    assert_script(server, "&BLPOP k 0 ; &RPUSH k x ; &BLPOP k 0 ; &LLEN k ; B> RPUSH k 1 ; @read",
                  ":1", "*2⏎$1⏎k⏎$1⏎1⏎:1⏎*2⏎$1⏎k⏎$1⏎x⏎:0");
    assert_script(server,
                  "&BLPOP a 0 ; &RPUSH b x ; B> &BLPOP b 0 ; C> RPUSH a 1 ; @read ; B> @read", ":1",
                  "*2⏎$1⏎a⏎$1⏎1⏎:1", "*2⏎$1⏎b⏎$1⏎x");
}

Test(list_blocking, waiting_and_being_served_spoil_watches_like_any_change) {
    assert_script(server, "RPUSH k a ; WATCH k ; B> &BLPOP k 0 ; MULTI ; PING ; EXEC ; B> @read",
                  ":1", "+OK", "+OK", "+QUEUED", "*-1", "*2⏎$1⏎k⏎$1⏎a");
    assert_script(server, "WATCH k ; B> &BLPOP k 0 ; C> RPUSH k a ; B> @read ; MULTI ; PING ; EXEC",
                  "+OK", ":1", "*2⏎$1⏎k⏎$1⏎a", "+OK", "+QUEUED", "*-1");
}

Test(list_blocking, a_waiter_that_cannot_be_served_does_not_hold_up_the_next) {
    assert_script(server,
                  "&BLMOVEM s d LEFT LEFT 0 EXACTLY 5 OBO ; B> &BLPOP s 0 ; C> RPUSH s a ; B> "
                  "@read ; @read ; C> RPUSH s 1 2 3 4 5 6 ; @read ; C> LRANGE s 0 -1",
                  ":1", "*2⏎$1⏎s⏎$1⏎a", "(nothing)", ":6", "*5⏎$1⏎5⏎$1⏎4⏎$1⏎3⏎$1⏎2⏎$1⏎1",
                  "*1⏎$1⏎6");
    assert_script(server,
                  "&BLMOVE s d LEFT LEFT 0 ; B> &BLPOP s 0 ; C> SET d v ; C> RPUSH s a b ; @read "
                  "; B> @read ; C> LRANGE s 0 -1",
                  "+OK", ":2", WRONG_TYPE, "*2⏎$1⏎s⏎$1⏎a", "*1⏎$1⏎b");
}

Test(list_blocking, a_wait_ends_after_its_timeout_and_not_before) {
    enum { TIMEOUT_MS = 120 };
    struct resp_conn *conn = test_server_connect(server);
    int64_t start_ms = wait_now_ms();
    assert_reply(conn, "BLPOP k 0.12", "*-1\r\n");
    cr_assert_geq(wait_now_ms() - start_ms, TIMEOUT_MS);
    resp_close(conn);
}

Test(list_blocking, timeouts_end_in_their_order_whatever_the_order_of_waiting) {
    struct resp_conn *late = test_server_connect(server);
    struct resp_conn *early = test_server_connect(server);
    struct buffer reply = {0};
    resp_send_command(late, "BLPOP k 0.4");
    resp_send_command(early, "BLPOP k 0.05");
    cr_assert_eq(resp_read(early, &reply), RESP_COMPLETE);
    cr_assert_str_eq(buffer_text(&reply), "*-1\r\n");
    cr_assert_eq(resp_read_within(late, &reply, 0), RESP_TIMED_OUT);
    buffer_clear(&reply);
    cr_assert_eq(resp_read(late, &reply), RESP_COMPLETE);
    cr_assert_str_eq(buffer_text(&reply), "*-1\r\n");
    buffer_release(&reply);
    resp_close(early);
    resp_close(late);
}

/* Returns true when INFO clients says that so many clients are blocked. */
static bool shows_blocked(struct resp_conn *conn, const char *line) {
    struct buffer reply = resp_call(conn, "INFO clients");
    bool is_shown = strstr(buffer_text(&reply), line) != NULL;
    buffer_release(&reply);
    return is_shown;
}

Test(list_blocking, a_request_that_waits_is_one_call) {
    static const char script[] =
        "EVAL \"return string.match(redis.call('info','commandstats'),'blpop:calls=%d+')\" 0";
    char input[512];
    (void)snprintf(input, sizeof input,
                   "CONFIG RESETSTAT ; &BLPOP k 0 ; B> RPUSH l a ; B> RPUSH k b ; @read ; %s ; "
                   "BLPOP k 0.01 ; %s ; BLPOP l 0 ; %s",
                   script, script, script);
    assert_script(server, input, "+OK", ":1", ":1", "*2⏎$1⏎k⏎$1⏎b", "$13⏎blpop:calls=1", "*-1",
                  "$13⏎blpop:calls=2", "*2⏎$1⏎l⏎$1⏎a", "$13⏎blpop:calls=3");
}

Test(list_blocking, info_counts_blocked_clients_and_keys) {
    enum { CLIENT_COUNT = 50, LINE_SIZE = 64 };
    struct resp_conn *waiting[CLIENT_COUNT];
    struct resp_conn *conn = test_server_connect(server);
    for (int i = 0; i < CLIENT_COUNT; i++) {
        waiting[i] = test_server_connect(server);
        resp_send_command(waiting[i], "BLPOP a b 0");
        char line[LINE_SIZE];
        (void)snprintf(line, sizeof line, "blocked_clients:%d\r", i + 1);
        int64_t deadline_ms = wait_now_ms() + WAIT_DEADLINE_MS;
        while (!shows_blocked(conn, line) && wait_now_ms() < deadline_ms) {
            wait_moment();
        }
        cr_assert(shows_blocked(conn, line));
    }
    for (int i = 0; i < CLIENT_COUNT; i++) {
        char push[LINE_SIZE];
        (void)snprintf(push, sizeof push, "RPUSH b %02d", i);
        assert_reply(conn, push, ":1\r\n");
    }
    assert_reply(conn, "EXISTS a b", ":0\r\n");
    cr_assert(shows_blocked(conn, "blocked_clients:0\r"));
    for (int i = 0; i < CLIENT_COUNT; i++) {
        char expected[LINE_SIZE];
        (void)snprintf(expected, sizeof expected, "*2\r\n$1\r\nb\r\n$2\r\n%02d\r\n", i);
        struct buffer reply = {0};
        cr_assert_eq(resp_read(waiting[i], &reply), RESP_COMPLETE);
        cr_assert_str_eq(buffer_text(&reply), expected);
        buffer_release(&reply);
        resp_close(waiting[i]);
    }
    resp_close(conn);
}

/* Half of the waiters leave at the moment of the pushes: what they do not get stays in the list. */
Test(list_blocking, no_element_is_lost_when_many_clients_leave) {
    enum { CLIENT_COUNT = 40, PUSH_COUNT = 40 };
    struct resp_conn *waiting[CLIENT_COUNT];
    struct resp_conn *conn = test_server_connect(server);
    for (int i = 0; i < CLIENT_COUNT; i++) {
        waiting[i] = test_server_connect(server);
        resp_send_command(waiting[i], "BLMOVE q taken LEFT RIGHT 0");
    }
    while (!shows_blocked(conn, "blocked_clients:40\r")) {
        wait_moment();
    }
    for (int i = 0; i < PUSH_COUNT; i++) {
        if (i % 2 == 0) {
            resp_close(waiting[i]);
        }
        resp_send_command(conn, "RPUSH q x");
    }
    for (int i = 0; i < PUSH_COUNT; i++) {
        struct buffer reply = {0};
        cr_assert_eq(resp_read(conn, &reply), RESP_COMPLETE);
        buffer_release(&reply);
    }
    struct buffer left = resp_call(conn, "LLEN q");
    struct buffer taken = resp_call(conn, "LLEN taken");
    cr_assert_eq(strtol(buffer_text(&left) + 1, NULL, 10) +
                     strtol(buffer_text(&taken) + 1, NULL, 10),
                 PUSH_COUNT);
    buffer_release(&left);
    buffer_release(&taken);
    for (int i = 1; i < CLIENT_COUNT; i += 2) {
        resp_close(waiting[i]);
    }
    resp_close(conn);
}
