/*
 * script_run: one execution of a script: for whom it runs, what it may do, what it has done.
 */
#ifndef LATCHKEY_SCRIPT_SCRIPT_RUN_H
#define LATCHKEY_SCRIPT_SCRIPT_RUN_H

#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;

/* What a script says of itself behind `flags=` in its first line. */
enum script_flag {
    SCRIPT_NO_WRITES = 1 << 0,
    SCRIPT_ALLOW_OOM = 1 << 1,
    SCRIPT_ALLOW_STALE = 1 << 2,
    SCRIPT_NO_CLUSTER = 1 << 3,
    SCRIPT_ALLOW_CROSS_SLOT_KEYS = 1 << 4,
    SCRIPT_WITHOUT_HEADER = 1 << 5, /* says nothing: each of its commands is judged by itself */
};

/* A script that runs, from its first instruction to its reply. */
struct script_run {
    struct request *req;     /* EVAL, FCALL, …; its client is the one whose rights count */
    struct bytes name;       /* the script's digest or the function's name, for error texts */
    uint32_t flags;          /* enum script_flag, with NO_WRITES for EVAL_RO and its like */
    int protocol;            /* of the replies that the script gets: redis.setresp */
    unsigned spared_targets; /* of the journal: redis.set_repl */
    bool has_written;
    bool is_function; /* of FCALL: FUNCTION KILL ends it, not SCRIPT KILL */
    bool is_killed;   /* it gets an error wherever it is, again and again, until it ends */
    int64_t start_ns; /* as clock_monotonic_ns */
};

#endif
