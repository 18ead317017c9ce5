/*
 * Generators of arguments. Times that lie ahead are far apart and far away, and all others are
 * past: no reply then depends on how fast a server is.
 */
#include "oracle/grammar.h"

#include <inttypes.h>
#include <string.h>

enum {
    SMALL_KEY_BYTES = 8,
    BYTE_VALUES = 256,
    SHORT_LENGTH = 20,
    MEDIUM_LENGTH = 130,
    BIG_LENGTH = 9000,
    EMBEDDED_LENGTH = 44,
    TIME_STEPS = 1000000,
    TIME_STEP_S = 1000,
    MS_PER_S = 1000,
    FIELD_BITS = 63,
    BIT_OFFSETS = 20000,
    NEAR_INDEX = 12,
    NEAR_NUMBER = 300,
    RARE_PERCENT = 8,
    HALF_PERCENT = 50,
    MOST_PERCENT = 85,
    KEY_REPEATS = 3,
    BIT_FIELDS = 300,
    ELEMENTS = 12,
    BIG_NUMBER_SHIFT = 8,
};

/* The year 2100: later than every relative time. */
static const int64_t far_future_s = 4102444800;

struct named_generator {
    const char *name;
    void (*make)(struct generator *generator, struct command_line *args);
};

static void add_text(struct command_line *args, const char *text) {
    buffer_append_text(grammar_argument(args), text);
}

static void add_number(struct command_line *args, int64_t number) {
    buffer_append_format(grammar_argument(args), "%" PRId64, number);
}

static const char *pick(struct generator *generator, const char *const words[], size_t count) {
    return words[random_below(&generator->random, count)];
}

#define PICK(generator, words) pick((generator), (words), sizeof(words) / sizeof(words)[0])

/* ---- Numbers ---- */

static void make_edge(struct generator *generator, struct command_line *args) {
    static const char *const edges[] = {
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "4294967296",
        "-4294967297",
        "2147483648",
        "-2147483649",
        "00",
        "01",
        "+1",
        "-0",
        "1.0",
        "1e3",
        " 1",
        "1 ",
        "",
        "nan",
        "inf",
        "-inf",
        "0x10",
        "abc",
        "-",
        "12345678901234567890123",
    };
    add_text(args, PICK(generator, edges));
}

static void make_int(struct generator *generator, struct command_line *args) {
    struct random *random = &generator->random;
    if (random_percent(random, RARE_PERCENT)) {
        make_edge(generator, args);
    } else if (random_percent(random, RARE_PERCENT)) {
        add_number(args, (int64_t)random_next(random) >> random_below(random, FIELD_BITS));
    } else {
        add_number(args, random_between(random, -2, NEAR_NUMBER));
    }
}

static void make_index(struct generator *generator, struct command_line *args) {
    if (random_percent(&generator->random, 3)) {
        make_edge(generator, args);
    } else if (random_percent(&generator->random, RARE_PERCENT)) {
        add_number(args, random_between(&generator->random, -NEAR_NUMBER, NEAR_NUMBER));
    } else {
        add_number(args, random_between(&generator->random, -NEAR_INDEX, NEAR_INDEX));
    }
}

static void make_count(struct generator *generator, struct command_line *args) {
    if (random_percent(&generator->random, RARE_PERCENT)) {
        make_edge(generator, args);
    } else {
        add_number(args, random_between(&generator->random, -1, NEAR_INDEX));
    }
}

static void make_float(struct generator *generator, struct command_line *args) {
    static const char *const floats[] = {
        "0.1",
        "-0.1",
        "1.5",
        "3.0",
        "1e3",
        "-2.5e-3",
        "1e-20",
        "1e17",
        "0x1p3",
        ".5",
        "5.",
        "-0",
        "10.50",
        "1e18",
        "123456789.125",
        "0.3333333333333333333",
        "1_0",
        "1e400",
        "1e5000",
        "",
    };
    if (random_percent(&generator->random, HALF_PERCENT)) {
        add_text(args, PICK(generator, floats));
    } else {
        make_int(generator, args);
    }
}

/* ---- Times ---- */

static int64_t relative_s(struct generator *generator) {
    return random_between(&generator->random, 1, TIME_STEPS) * TIME_STEP_S;
}

/* A number that no server takes for a time that is soon. */
static bool make_bad_time(struct generator *generator, struct command_line *args) {
    static const char *const times[] = {
        "0",
        "-1",
        "-1000000",
        "abc",
        "",
        "1.5",
        " 1",
        "9223372036854775807",
        "9223372036854775",
        "9223372036854776",
        "-9223372036854775808",
        "9223372036854775808",
    };
    if (!random_percent(&generator->random, RARE_PERCENT)) {
        return false;
    }
    add_text(args, PICK(generator, times));
    return true;
}

static void make_s(struct generator *generator, struct command_line *args) {
    if (!make_bad_time(generator, args)) {
        add_number(args, relative_s(generator));
    }
}

static void make_ms(struct generator *generator, struct command_line *args) {
    if (!make_bad_time(generator, args)) {
        add_number(args, relative_s(generator) * MS_PER_S);
    }
}

static void make_at_s(struct generator *generator, struct command_line *args) {
    if (random_percent(&generator->random, RARE_PERCENT)) {
        add_number(args, random_between(&generator->random, 1, TIME_STEPS));
    } else if (!make_bad_time(generator, args)) {
        add_number(args, far_future_s + relative_s(generator));
    }
}

static void make_at_ms(struct generator *generator, struct command_line *args) {
    if (random_percent(&generator->random, RARE_PERCENT)) {
        add_number(args, random_between(&generator->random, 1, TIME_STEPS));
    } else if (!make_bad_time(generator, args)) {
        add_number(args, (far_future_s + relative_s(generator)) * MS_PER_S);
    }
}

static void make_timeout(struct generator *generator, struct command_line *args) {
    static const char *const timeouts[] = {"0", "0", "0", "0.0", "100000", "1e5", "0x0p0", "00"};
    static const char *const bad[] = {"-1", "abc", "", " 0", "1e400", "nan", "inf", "-inf", "1e30"};
    bool is_bad = random_percent(&generator->random, RARE_PERCENT);
    add_text(args, is_bad ? PICK(generator, bad) : PICK(generator, timeouts));
}

/* ---- Keys and values ---- */

static void add_key(struct generator *generator, struct command_line *args) {
    static const char *const odd_keys[] = {
        "",         "*",
        "a[b]",     "k\\1",
        "\xff\xfe", "key with spaces",
        "0",        "a-much-longer-name-of-a-key-than-all-others"};
    if (random_percent(&generator->random, RARE_PERCENT / 2)) {
        struct buffer *key = grammar_argument(args);
        buffer_append_text(key, PICK(generator, odd_keys));
        if (random_percent(&generator->random, RARE_PERCENT)) {
            buffer_append(key, "\0x", 2);
        }
        return;
    }
    uint64_t number = random_below(&generator->random, generator->key_count);
    buffer_append_format(grammar_argument(args), "k%" PRIu64, number);
}

static void make_key(struct generator *generator, struct command_line *args) {
    add_key(generator, args);
    const struct buffer *key = &args->arguments[args->count - 1];
    buffer_clear(&generator->key);
    buffer_append(&generator->key, buffer_text(key), key->size);
}

/* The key that was made last, so that commands of a row are about one key. */
static void make_key_again(struct generator *generator, struct command_line *args) {
    const struct buffer *key = &generator->key;
    buffer_append(grammar_argument(args), buffer_text(key), key->size);
}

static void make_lcs_key(struct generator *generator, struct command_line *args) {
    buffer_append_format(grammar_argument(args), "lcs:%d",
                         (int)random_below(&generator->random, KEY_REPEATS + 1));
}

static void add_letters(struct generator *generator, struct command_line *args, size_t length) {
    struct buffer *value = grammar_argument(args);
    char *bytes = buffer_reserve(value, length);
    char letter = (char)('a' + random_below(&generator->random, NEAR_INDEX));
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (char)(letter + (char)(i % KEY_REPEATS));
    }
    bytes[length] = '\0';
    value->size += length;
}

static void make_bytes(struct generator *generator, struct command_line *args) {
    struct buffer *value = grammar_argument(args);
    for (uint64_t i = random_below(&generator->random, SHORT_LENGTH); i > 0; i--) {
        char byte = (char)random_below(&generator->random, BYTE_VALUES);
        buffer_append(value, &byte, 1);
    }
}

static void make_word(struct generator *generator, struct command_line *args) {
    static const char *const words[] = {
        "a", "b", "c", "d",  "e",  "aa", "ab",       "foobar",    "hello",    "0",
        "1", "2", "3", "10", "12", "-1", "ohmytext", "mynewtext", "\xff\xf0", ""};
    add_text(args, PICK(generator, words));
}

static void make_value(struct generator *generator, struct command_line *args) {
    struct random *random = &generator->random;
    if (random_percent(random, generator->big_percent)) {
        add_letters(generator, args, random_below(random, BIG_LENGTH));
        return;
    }
    switch (random_below(random, SMALL_KEY_BYTES)) {
    case 0:
        make_bytes(generator, args);
        break;
    case 1:
        make_float(generator, args);
        break;
    case 2:
        add_letters(generator, args, EMBEDDED_LENGTH - 1 + random_below(random, KEY_REPEATS));
        break;
    case KEY_REPEATS:
        add_letters(generator, args, random_below(random, MEDIUM_LENGTH));
        break;
    case KEY_REPEATS + 1:
        make_int(generator, args);
        break;
    default:
        make_word(generator, args);
        break;
    }
}

static void make_keys_counted(struct generator *generator, struct command_line *args) {
    int64_t count = random_between(&generator->random, 1, KEY_REPEATS);
    if (random_percent(&generator->random, RARE_PERCENT)) {
        make_count(generator, args);
    } else {
        add_number(args, count);
    }
    for (int64_t i = 0; i < count; i++) {
        make_key(generator, args);
    }
}

static void make_many(struct generator *generator, struct command_line *args) {
    uint64_t count = random_below(&generator->random, NEAR_NUMBER);
    for (uint64_t i = 0; i <= count; i++) {
        make_value(generator, args);
    }
}

static void make_pattern(struct generator *generator, struct command_line *args) {
    static const char *const patterns[] = {
        "*", "k*", "k?",   "k[0-3]", "k[^0-3]", "k1", "*1*", "\\k1", "[",  "k[", "a\\[b\\]",
        "",  "**", "k**1", "[k]*",   "k[3-0]",  "?",  "*?*", "k\\",  "[^", "k[1"};
    add_text(args, PICK(generator, patterns));
}

/* ---- Bits ---- */

static void make_bit(struct generator *generator, struct command_line *args) {
    static const char *const bad[] = {"2", "-1", "abc", "", "01"};
    bool is_bad = random_percent(&generator->random, KEY_REPEATS);
    add_text(args, is_bad ? PICK(generator, bad)
                          : (random_percent(&generator->random, HALF_PERCENT) ? "1" : "0"));
}

static void make_offset(struct generator *generator, struct command_line *args) {
    static const char *const bad[] = {"-1", "4294967296",          "abc",
                                      "",   "9223372036854775807", "1099511627776"};
    if (random_percent(&generator->random, KEY_REPEATS)) {
        add_text(args, PICK(generator, bad));
    } else if (random_percent(&generator->random, RARE_PERCENT)) {
        add_number(args, (int64_t)random_below(&generator->random, BIT_OFFSETS));
    } else {
        add_number(args, (int64_t)random_below(&generator->random, NEAR_NUMBER));
    }
}

static void make_range_offset(struct generator *generator, struct command_line *args) {
    static const char *const bad[] = {"-1", "536870912",           "abc",
                                      "",   "9223372036854775807", "4294967296"};
    if (random_percent(&generator->random, KEY_REPEATS)) {
        add_text(args, PICK(generator, bad));
    } else {
        add_number(args, (int64_t)random_below(&generator->random, NEAR_NUMBER));
    }
}

static void make_field(struct generator *generator, struct command_line *args) {
    static const char *const bad[] = {"u64", "i65", "u0", "i0", "x8", "", "u", "8", "u08", "i-1"};
    if (random_percent(&generator->random, KEY_REPEATS)) {
        add_text(args, PICK(generator, bad));
        return;
    }
    bool is_signed = random_percent(&generator->random, HALF_PERCENT);
    int64_t bits = random_between(&generator->random, 1, FIELD_BITS + (is_signed ? 1 : 0));
    buffer_append_format(grammar_argument(args), "%c%" PRId64, is_signed ? 'i' : 'u', bits);
}

static void make_field_offset(struct generator *generator, struct command_line *args) {
    static const char *const bad[] = {"-1",
                                      "#-1",
                                      "#",
                                      "abc",
                                      "",
                                      "#abc",
                                      "34359738368",
                                      "#9223372036854775807",
                                      "9223372036854775807"};
    if (random_percent(&generator->random, KEY_REPEATS)) {
        add_text(args, PICK(generator, bad));
        return;
    }
    bool is_counted = random_percent(&generator->random, HALF_PERCENT);
    uint64_t offset = random_below(&generator->random, is_counted ? ELEMENTS : BIT_FIELDS);
    buffer_append_format(grammar_argument(args), "%s%" PRIu64, is_counted ? "#" : "", offset);
}

/* ---- The rest ---- */

static void make_db(struct generator *generator, struct command_line *args) {
    static const char *const bad[] = {"16", "-1", "abc", "", "9223372036854775807", "4294967296"};
    if (random_percent(&generator->random, RARE_PERCENT)) {
        add_text(args, PICK(generator, bad));
    } else if (random_percent(&generator->random, MOST_PERCENT)) {
        add_number(args, (int64_t)random_below(&generator->random, 2));
    } else {
        add_number(args, (int64_t)random_below(&generator->random, DATABASE_COUNT));
    }
}

static void make_side(struct generator *generator, struct command_line *args) {
    static const char *const sides[] = {"LEFT", "RIGHT", "left", "Right"};
    bool is_bad = random_percent(&generator->random, 2);
    add_text(args, is_bad ? "UP" : PICK(generator, sides));
}

static void make_end(struct generator *generator, struct command_line *args) {
    static const char *const ends[] = {"MIN", "MAX", "min", "Max"};
    bool is_bad = random_percent(&generator->random, 2);
    add_text(args, is_bad ? "MID" : PICK(generator, ends));
}

/* Members of sets, fields of hashes: few, so that they meet again; some too long for a listpack. */
static void make_member(struct generator *generator, struct command_line *args) {
    enum { KINDS = 8, NUMBERS = 40, NAMES = 200, LONG_LENGTH = 60, SPREAD = 10 };
    struct random *random = &generator->random;
    switch (random_below(random, KINDS)) {
    case 0:
    case 1:
        add_number(args, random_between(random, -NUMBERS / 2, NUMBERS));
        return;
    case 2:
        make_int(generator, args);
        return;
    case KINDS - 1:
        add_letters(generator, args,
                    random_percent(random, RARE_PERCENT)
                        ? LONG_LENGTH + random_below(random, SPREAD)
                        : 1 + random_below(random, SPREAD));
        return;
    case KINDS - 2:
        make_word(generator, args);
        return;
    default:
        buffer_append_format(grammar_argument(args), "m%d", (int)random_below(random, NAMES));
        return;
    }
}

/* Scores that old and new servers print alike. */
static void make_score(struct generator *generator, struct command_line *args) {
    static const char *const odd[] = {"inf",  "-inf", "+inf", "1.5",  "-2.25", "0.5",
                                      "1e10", "3.0",  "0x10", "1024", "64",    "100000000000"};
    static const char *const bad[] = {"nan", "abc", "", "1_0", "1e400", "(1", " 1x"};
    enum { SPAN = 20 };
    if (random_percent(&generator->random, 2)) {
        add_text(args, PICK(generator, bad));
    } else if (random_percent(&generator->random, RARE_PERCENT)) {
        add_text(args, PICK(generator, odd));
    } else {
        add_number(args, random_between(&generator->random, -SPAN / 2, SPAN));
    }
}

static void make_score_end(struct generator *generator, struct command_line *args) {
    static const char *const ends[] = {"-inf", "+inf", "(0", "(5", "0", "5", "(-inf", "(10", "inf"};
    if (random_percent(&generator->random, RARE_PERCENT)) {
        make_score(generator, args);
    } else {
        add_text(args, PICK(generator, ends));
    }
}

static void make_member_end(struct generator *generator, struct command_line *args) {
    static const char *const ends[] = {"-",  "+",  "[a", "(a", "[m1", "(m5", "[b", "[", "(",
                                       "(c", "[1", "(2", "-",  "+",   "[zz", "x",  ""};
    add_text(args, PICK(generator, ends));
}

/* ---- Streams ---- */

enum {
    LATE_MS = 9, /* Most entries stand here, so that few new ids are too small. */
    LATE_SEQ = 24,
    LATE_PERCENT = 60,
    STREAM_LIMIT = 3,
    NAME_COUNT = 3,
};

/* An id that an entry may have, or its milliseconds alone. */
static void add_id(struct generator *generator, struct command_line *args, const char *mark) {
    struct random *random = &generator->random;
    struct buffer *id = grammar_argument(args);
    buffer_append_text(id, mark);
    if (random_percent(random, LATE_PERCENT)) {
        buffer_append_format(id, "%d-%d", LATE_MS, (int)random_below(random, LATE_SEQ));
    } else if (random_percent(random, HALF_PERCENT)) {
        buffer_append_format(id, "%d", (int)random_below(random, LATE_MS + 2));
    } else {
        buffer_append_format(id, "%d-%d", (int)random_below(random, LATE_MS + 1),
                             (int)random_below(random, KEY_REPEATS));
    }
}

static void make_id(struct generator *generator, struct command_line *args) {
    static const char *const odd[] = {"0",
                                      "0-0",
                                      "18446744073709551615-18446744073709551615",
                                      "18446744073709551615",
                                      "18446744073709551616-1",
                                      "1-18446744073709551616",
                                      "abc",
                                      "1-2-3",
                                      "-",
                                      "$",
                                      "",
                                      "1-",
                                      "-1",
                                      "01-01"};
    if (random_percent(&generator->random, RARE_PERCENT)) {
        add_text(args, PICK(generator, odd));
    } else {
        add_id(generator, args, "");
    }
}

/* For XADD; never of the server's clock. */
static void make_new_id(struct generator *generator, struct command_line *args) {
    struct random *random = &generator->random;
    if (random_percent(random, LATE_PERCENT)) {
        buffer_append_format(grammar_argument(args), "%d-*", LATE_MS);
    } else if (random_percent(random, HALF_PERCENT)) {
        buffer_append_format(grammar_argument(args), "%d-*",
                             (int)random_below(random, LATE_MS + 1));
    } else {
        make_id(generator, args);
    }
}

static void make_id_end(struct generator *generator, struct command_line *args) {
    static const char *const ends[] = {
        "-", "+", "-", "+", "(0-0", "(", "(-", "(18446744073709551615-18446744073709551615"};
    if (random_percent(&generator->random, HALF_PERCENT)) {
        add_text(args, PICK(generator, ends));
    } else if (random_percent(&generator->random, HALF_PERCENT)) {
        add_id(generator, args, "(");
    } else {
        make_id(generator, args);
    }
}

/* STREAMS, keys, and as many ids: for a group most of them the mark of what is new. */
static void add_streams(struct generator *generator, struct command_line *args, const char *mark) {
    struct random *random = &generator->random;
    uint64_t count = random_percent(random, MOST_PERCENT) ? 1 : random_below(random, STREAM_LIMIT);
    add_text(args, "STREAMS");
    for (uint64_t i = 0; i < count; i++) {
        make_key(generator, args);
    }
    for (uint64_t i = 0; i < count; i++) {
        if (random_percent(random, HALF_PERCENT)) {
            add_text(args, mark);
        } else {
            make_id(generator, args);
        }
    }
}

static void make_streams(struct generator *generator, struct command_line *args) {
    add_streams(generator, args, "$");
}

static void make_group_streams(struct generator *generator, struct command_line *args) {
    add_streams(generator, args, ">");
}

static void make_group(struct generator *generator, struct command_line *args) {
    buffer_append_format(grammar_argument(args), "g%d",
                         (int)random_below(&generator->random, NAME_COUNT));
}

static void make_consumer(struct generator *generator, struct command_line *args) {
    buffer_append_format(grammar_argument(args), "c%d",
                         (int)random_below(&generator->random, NAME_COUNT));
}

static void make_garbage(struct generator *generator, struct command_line *args) {
    /* None of these is a time that is soon. */
    static const char *const words[] = {"",
                                        "-1",
                                        "0",
                                        "abc",
                                        "NX",
                                        "XX",
                                        "GT",
                                        "LT",
                                        "COUNT",
                                        "GET",
                                        "KEEPTTL",
                                        "EX",
                                        "PX",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "9223372036854775808",
                                        "1.5",
                                        "nan",
                                        "LEFT",
                                        "\xff",
                                        "k1",
                                        "MATCH",
                                        "DB",
                                        "REPLACE",
                                        "RANK",
                                        "PERSIST",
                                        "LEN",
                                        "IDX",
                                        "BIT",
                                        "BYTE"};
    add_text(args, PICK(generator, words));
}

static void make_raw(struct generator *generator, struct command_line *args) {
    /* Requests that are no requests, and some that are; none is left unfinished. */
    static const char *const requests[] = {
        "PING\n",
        "\r\n",
        "*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n",
        "*1\r\n$0\r\n\r\n",
        "*1\r\n$4\r\nPING\r\n*a\r\n",
        "*1\r\n*1\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n$a\r\n",
        "*1048577\r\n",
        "*9999999999999999999\r\n",
        "*1\r\n$536870913\r\n",
        "*2\r\n:1\r\n",
        "ECHO \"a\\x41\\n\"\r\n",
        "ECHO 'a\\'b'\r\n",
        "ECHO \"a\r\n",
        "ECHO 'a'b\r\n",
        "ECHO \"a\"b\r\n",
        "SET 'k1' \"a b\"  \r\nGET k1\r\n",
        "*-2147483648\r\nPING\r\n",
        "GET k1\r\nGET k2\nGET k3\r\n",
        "*1\r\n$5\r\nxx\nyy\r\n",
        " PING \r\n",
        "\tPING\r\n",
        "*3\r\n$3\r\nSET\r\n$2\r\nk1\r\n$1\r\na\r\n",
        "*1\r\n$ 4\r\nPING\r\n",
        "* 1\r\n",
        "*+1\r\n$4\r\nPING\r\n",
        "*1\r\n$+4\r\nPING\r\n",
        "*01\r\n$4\r\nPING\r\n",
        "*\r\n",
        "*1\r\n$\r\n",
        "nosuch a b\r\n",
        "GET\r\n",
        "''\r\n",
        "\"\" a\r\n",
        "GET ''\r\n",
        "*1\n$4\nPING\n",
        "POST / HTTP/1.1\r\n",
        "Host: x\r\n",
        "SET k1 'a\\n'\r\n",
        "*2\r\n$4\r\nECHO\r\n$3\r\na\r\n\r\n",
    };
    add_text(args, PICK(generator, requests));
}

static void make_soon(struct generator *generator, struct command_line *args) {
    add_number(args, random_between(&generator->random, 1, 2));
}

static void make_config_name(struct generator *generator, struct command_line *args) {
    static const char *const names[] = {
        "maxmemory",
        "MAXMEMORY",
        "hz",
        "list-max-listpack-size",
        "list-compress-depth",
        "nosuch",
        "list-max-ziplist-size",
        "timeout",
        "save",
        "appendonly",
        "proto-max-bulk-len",
        "hz*x",
        "maxmemory-policy",
        "notify-keyspace-events",
        "client-output-buffer-limit",
        "",
        "slowlog-log-slower-than",
        "slowlog-max-len",
        "databases",
        "list-max-*",
        "lfu-*",
        "latency-monitor-threshold",
        "lazyfree-lazy-*",
        "oom-score-adj-values",
        "rename-command",
    };
    add_text(args, PICK(generator, names));
}

static void make_config_setting(struct generator *generator, struct command_line *args) {
    /* A pair of a name and values, or what is refused. */
    static const char *const settings[] = {
        "list-max-listpack-size (-2|-1|5|128|-5|0|1|abc|1.5|9999999999)",
        "list-max-ziplist-size (-2|4)",
        "list-compress-depth (0|1|2|-1|abc)",
        "maxmemory (0|0|0|1|abc|-1|1x|1.5)",
        "maxmemory-policy (noeviction|nosuch|NOEVICTION)",
        "hz (abc|1x)",
        "slowlog-max-len (128|abc|-1)",
        "nosuch (1|2)",
        "databases 5",

        "appendonly (maybe|2)",
        "lazyfree-lazy-user-del (yes|no|YES|maybe)",
        "notify-keyspace-events (garbage|Q)",
        "proto-max-bulk-len (512mb|1gb|1024|abc)",
        "client-output-buffer-limit (garbage|normal|\"\")",
        "timeout (-1|abc|1s)",
        "latency-tracking-info-percentiles (abc|101|-1)",
        "port (-1|65536|abc)",
        "latency-monitor-threshold (0|-1|abc)",
        "oom-score-adj-values (abc|1)",
        "save (abc|1)",
        "unixsocket /tmp/x",
        "daemonize yes",
        "stream-node-max-bytes (4kb|4096|-1)",
        "set-max-intset-entries (512|abc|-1)",
        "hash-max-ziplist-entries (128|abc)",
        "client-query-buffer-limit (1gb|1|abc)",
        "loglevel (nosuch|notice|warning)",
        "active-defrag-threshold-lower (10|1001|-1)",
        "lfu-decay-time (1|abc)",
    };
    grammar_expand(generator, PICK(generator, settings), args);
}

static void make_protocol_kind(struct generator *generator, struct command_line *args) {
    static const char *const kinds[] = {"STRING", "INTEGER", "DOUBLE", "NULL",     "ARRAY",
                                        "SET",    "MAP",     "ATTRIB", "VERBATIM", "TRUE",
                                        "FALSE",  "BIGNUM",  "string", "nosuch",   ""};
    add_text(args, PICK(generator, kinds));
}

static void make_pool_script(struct generator *generator, struct command_line *args) {
    static const char *const scripts[] = {
        "return redis.call('GET',KEYS[1])",
        "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('DEL',KEYS[1]) else return 0 "
        "end",
        "return redis.call('SET',KEYS[1],ARGV[1])",
        "redis.call('RPUSH',KEYS[1],ARGV[1]) return redis.call('LLEN',KEYS[1])",
        "return {KEYS[1],ARGV[1]}",
        "#!lua flags=no-writes\nreturn redis.call('TYPE',KEYS[1])",
    };
    add_text(args, PICK(generator, scripts));
}

static void make_library_name(struct generator *generator, struct command_line *args) {
    static const char *const names[] = {"lib1", "lib2", "lib2", "LIB2"};
    add_text(args, PICK(generator, names));
}

static void make_function_name(struct generator *generator, struct command_line *args) {
    static const char *const names[] = {"f1", "f1", "f2", "f3", "g1", "g2"};
    add_text(args, PICK(generator, names));
}

/* The digests of these scripts. */
static void make_pool_digest(struct generator *generator, struct command_line *args) {
    static const char *const digests[] = {
        "620cd258c2c9c88c9d10db67812ccf663d96bdc6", "e8022015b1db2126f2af52e2659c302bb86e2557",
        "cf63a54c34e159e75e5a3fe4794bb2ea636ee005", "5b8acec774b51f5d084827a747721239f2bb967c",
        "bfbf458525d6a0b19200bfd6db3af481156b367b", "04a0c859a54c1715ad95cd0221d9e567debf3876",
    };
    add_text(args, PICK(generator, digests));
}

static void make_command(struct generator *generator, struct command_line *args) {
    const struct row *row = grammar_row(generator);
    while (strpbrk(row->syntax, ";!") != NULL || strstr(row->syntax, "command") != NULL) {
        row = grammar_row(generator);
    }
    grammar_expand(generator, row->syntax, args);
}

static const struct named_generator generators[] = {
    {"key", make_key},
    {"key-again", make_key_again},
    {"value", make_value},
    {"word", make_word},
    {"int", make_int},
    {"index", make_index},
    {"count", make_count},
    {"float", make_float},
    {"s", make_s},
    {"ms", make_ms},
    {"at-s", make_at_s},
    {"at-ms", make_at_ms},
    {"timeout", make_timeout},
    {"nkeys", make_keys_counted},
    {"many", make_many},
    {"pattern", make_pattern},
    {"bit", make_bit},
    {"offset", make_offset},
    {"range-offset", make_range_offset},
    {"field", make_field},
    {"field-offset", make_field_offset},
    {"db", make_db},
    {"side", make_side},
    {"end", make_end},
    {"member", make_member},
    {"score", make_score},
    {"score-end", make_score_end},
    {"member-end", make_member_end},
    {"id", make_id},
    {"new-id", make_new_id},
    {"id-end", make_id_end},
    {"streams", make_streams},
    {"group-streams", make_group_streams},
    {"group", make_group},
    {"consumer", make_consumer},
    {"garbage", make_garbage},
    {"command", make_command},
    {"lcs-key", make_lcs_key},
    {"bytes", make_bytes},
    {"raw", make_raw},
    {"soon", make_soon},
    {"config-name", make_config_name},
    {"config-setting", make_config_setting},
    {"protocol-kind", make_protocol_kind},
    {"place", grammar_place},
    {"length", grammar_length},
    {"script", grammar_script},
    {"library", grammar_library},
    {"library-name", make_library_name},
    {"function-name", make_function_name},
    {"pool-script", make_pool_script},
    {"pool-digest", make_pool_digest},
};

bool grammar_value(struct generator *generator, const char *name, size_t size,
                   struct command_line *args) {
    for (size_t i = 0; i < sizeof generators / sizeof generators[0]; i++) {
        if (strlen(generators[i].name) == size && strncmp(generators[i].name, name, size) == 0) {
            generators[i].make(generator, args);
            return true;
        }
    }
    return false;
}
