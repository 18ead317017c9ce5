/*
 * args: parsing of options and numbers among a request's arguments.
 *
 * Functions that may fail write the error that clients expect and return false; outputs are
 * untouched then.
 */
#ifndef LATCHKEY_COMMANDS_ARGS_H
#define LATCHKEY_COMMANDS_ARGS_H

#include "server/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply;

/* An integer; "ERR value is not an integer or out of range". */
bool args_integer(const struct request *req, size_t index, int64_t *number, struct reply *reply);

/* As above, for numbers of 32 bits; "ERR value is out of range, value must between …". */
bool args_integer32(const struct request *req, size_t index, int64_t *number, struct reply *reply);

/* An integer within bounds; the error text is the caller's. */
struct args_bounds {
    int64_t min;
    int64_t max;
    const char *error;
};
bool args_bounded(const struct request *req, size_t index, struct args_bounds bounds,
                  int64_t *number, struct reply *reply);

/* A count that must be positive: "ERR value is out of range, must be positive". */
bool args_positive(const struct request *req, size_t index, int64_t *number, struct reply *reply);

/*
 * The cursor of SCAN and its kin; "ERR invalid cursor". As on the oracle there may be a sign,
 * nothing stands for 0, and what follows a zero byte is not looked at.
 */
bool args_cursor(const struct request *req, size_t index, uint64_t *cursor, struct reply *reply);

/* A timeout in seconds of a blocking command, with its three errors. */
bool args_timeout(const struct request *req, size_t index, double *seconds, struct reply *reply);

/* A timeout in ms: "ERR timeout is not an integer or out of range", "ERR timeout is negative". */
bool args_timeout_ms(const struct request *req, size_t index, int64_t *timeout_ms,
                     struct reply *reply);

/* True when the argument is this word, in any case. */
bool args_is(const struct request *req, size_t index, const char *word);

/* How a deadline is given. */
enum args_time_unit { ARGS_SECONDS, ARGS_MILLISECONDS };
struct args_time {
    enum args_time_unit unit;
    bool is_absolute;
};

/*
 * Turns an argument into a deadline in ms since 1970.
 * may_be_past  EXPIRE takes any time, SET only one above 0.
 * Errors: not an integer; "ERR invalid expire time in 'x' command" out of range.
 */
bool args_deadline(const struct request *req, size_t index, struct args_time time, bool may_be_past,
                   int64_t *deadline_ms, struct reply *reply);

/*
 * True when a key with this deadline is to be removed at once instead of getting it. Never in
 * replay: there only a logged effect removes a key.
 */
bool args_is_past(const struct request *req, int64_t deadline_ms);

/* True unless the key is a lock, which must keep its deadline: "ERR a lock must have an expiry". */
bool args_may_persist(const struct open_key *key, struct reply *reply);

/*
 * True when the argument is EX, PX, EXAT or PXAT; *time says which.
 */
bool args_is_time_option(const struct request *req, size_t index, struct args_time *time);

/* A condition on the value that a key holds: of SET and DELEX. */
enum args_condition_kind {
    ARGS_ALWAYS,
    ARGS_IF_ABSENT,
    ARGS_IF_PRESENT,
    ARGS_IF_EQUAL,
    ARGS_IF_NOT_EQUAL,
    ARGS_IF_DIGEST_EQUAL,
    ARGS_IF_DIGEST_NOT_EQUAL,
};
struct args_condition {
    enum args_condition_kind kind;
    size_t operand; /* the argument to compare with */
};

/* True when the argument is IFEQ, IFNE, IFDEQ or IFDNE; *kind says which. */
bool args_is_comparison(const struct request *req, size_t index, enum args_condition_kind *kind);

/*
 * Decides a condition on an open key. Returns false after an error: the key holds another type
 * than a string, or the operand is no digest of 16 hexadecimal characters.
 */
bool args_decide(const struct request *req, struct args_condition condition,
                 const struct open_key *key, bool *holds, struct reply *reply);

/* The largest string, in bytes: proto-max-bulk-len, in a log at least its default. */
int64_t args_max_bulk_length(const struct request *req);

/* True unless the length is above that; else "ERR string exceeds maximum allowed size …". */
bool args_check_length(const struct request *req, int64_t length, struct reply *reply);

/*
 * True while a reply whose length a client chooses freely is not longer than the largest string.
 * Else what was written since the mark (reply_begin) is replaced by "ERR reply exceeds …".
 * left  elements that are still to come
 */
bool args_reply_fits(const struct request *req, size_t mark, uint64_t left, struct reply *reply);

/* What HSCAN, SSCAN and ZSCAN take behind the cursor. */
struct args_scan {
    uint64_t count;
    struct bytes pattern;
    bool matches_all;
    bool names_only; /* NOVALUES, NOSCORES */
};

/*
 * Parses the options from an argument on.
 * names_word  "novalues" or "noscores" where the command knows it, else NULL.
 */
bool args_scan_options(const struct request *req, size_t first, const char *names_word,
                       struct args_scan *options, struct reply *reply);

/* True when the name passes MATCH. */
bool args_scan_matches(const struct args_scan *options, struct bytes name);

#endif
