/*
 * command: the rows that describe commands, and their look-up.
 *
 * A command is one row and one handler in commands/. COMMAND, ACL, key extraction, propagation and
 * the gates of dispatch all read the row. A subcommand is a row that names its parent.
 */
#ifndef LATCHKEY_SERVER_COMMAND_H
#define LATCHKEY_SERVER_COMMAND_H

#include "base/panic.h"
#include "base/sds.h"
#include "server/key_spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command;
struct reply;
struct request;

typedef void (*command_handler)(struct request *req, struct reply *reply);

/* Says what a request does with its key (enum key_access), where that depends on its options. */
typedef uint16_t (*key_access_decider)(const struct bytes *args, size_t argc);

/* Says which flags a request has instead of its row's, where that depends on its arguments. */
typedef uint32_t (*flags_decider)(const struct request *req);

/*
 * Finds the key of a spec that begins at an unknown place, told apart from others by its access
 * (enum key_access): the index of the argument, 0 for none.
 */
typedef size_t (*unknown_key_finder)(const struct bytes *args, size_t argc, uint16_t access);

/* Flags as COMMAND INFO shows them; the last ones are internal. */
enum command_flag {
    CMD_WRITE = 1 << 0,
    CMD_READONLY = 1 << 1,
    CMD_DENY_OOM = 1 << 2,
    CMD_ADMIN = 1 << 3,
    CMD_PUBSUB = 1 << 4,
    CMD_NOSCRIPT = 1 << 5,
    CMD_BLOCKING = 1 << 6,
    CMD_LOADING = 1 << 7,
    CMD_STALE = 1 << 8,
    CMD_SKIP_MONITOR = 1 << 9,
    CMD_SKIP_SLOWLOG = 1 << 10,
    CMD_ASKING = 1 << 11,
    CMD_FAST = 1 << 12,
    CMD_NO_AUTH = 1 << 13,
    CMD_MAY_REPLICATE = 1 << 14,
    CMD_NO_ASYNC_LOADING = 1 << 15,
    CMD_NO_MULTI = 1 << 16,
    CMD_MOVABLE_KEYS = 1 << 17, /* set by the registry where the key specs need it */
    CMD_ALLOW_BUSY = 1 << 18,
    CMD_NO_MANDATORY_KEYS = 1 << 19,
    /* Internal, not shown. */
    CMD_READS_ITS_KEYS = 1 << 23, /* set by the registry: a read whose reply depends on no others */
    CMD_SESSION =
        1 << 24, /* changes how later requests of the connection are read: parse-ahead stops */
    CMD_NOT_QUEUED =
        1 << 25, /* runs at once inside MULTI: EXEC, DISCARD, WATCH, QUIT, RESET, MULTI */
    CMD_SUBSCRIBER = 1 << 29, /* allowed to a client that is subscribed, in RESP2 */
    CMD_CONTAINER = 1 << 26,  /* has subcommands */
    CMD_RENAMED = 1 << 28,   /* set by the registry: rename-command gave it another name, or none */
    CMD_LONG = 1 << 30,      /* may take longer than a turn: runs as a task */
    CMD_PROTECTED = 1 << 27, /* needs enable-debug-command or enable-module-command */
};

/* ACL categories beyond those that follow from flags (the registry adds @write, @fast, …). */
enum command_acl {
    ACL_KEYSPACE = 1 << 0,
    ACL_READ = 1 << 1,
    ACL_WRITE = 1 << 2,
    ACL_SET = 1 << 3,
    ACL_SORTED_SET = 1 << 4,
    ACL_LIST = 1 << 5,
    ACL_HASH = 1 << 6,
    ACL_STRING = 1 << 7,
    ACL_BITMAP = 1 << 8,
    ACL_HYPERLOGLOG = 1 << 9,
    ACL_GEO = 1 << 10,
    ACL_STREAM = 1 << 11,
    ACL_PUBSUB = 1 << 12,
    ACL_ADMIN = 1 << 13,
    ACL_FAST = 1 << 14,
    ACL_SLOW = 1 << 15,
    ACL_BLOCKING = 1 << 16,
    ACL_DANGEROUS = 1 << 17,
    ACL_CONNECTION = 1 << 18,
    ACL_TRANSACTION = 1 << 19,
    ACL_SCRIPTING = 1 << 20,
};

/* How a write that changed something enters the journal. */
enum command_effect {
    EFFECT_NONE,     /* never recorded by itself */
    EFFECT_VERBATIM, /* the request as it came, unless the handler called request_replay_as */
    EFFECT_REPLAY,   /* only what the handler gave to request_replay_as */
};

enum command_group {
    GROUP_GENERIC,
    GROUP_STRING,
    GROUP_LIST,
    GROUP_SET,
    GROUP_SORTED_SET,
    GROUP_HASH,
    GROUP_PUBSUB,
    GROUP_TRANSACTIONS,
    GROUP_CONNECTION,
    GROUP_SERVER,
    GROUP_SCRIPTING,
    GROUP_HYPERLOGLOG,
    GROUP_CLUSTER,
    GROUP_GEO,
    GROUP_STREAM,
    GROUP_BITMAP,
};

/* A change of a command: COMMAND DOCS shows them as its history. */
struct command_change {
    const char *version;
    const char *text;
};

/*
 * The lists of a row. They stand apart from it: where a program is put is not known before it
 * starts, so each page of rows is written then, and most rows have short lists or none.
 */
#define TIPS(...)                                                                                  \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }
#define HISTORY(...)                                                                               \
    (const struct command_change[]) {                                                              \
        __VA_ARGS__, {                                                                             \
            NULL, NULL                                                                             \
        }                                                                                          \
    }

struct command {
    const char *name;   /* lower case; of a subcommand without its parent: "get" of CONFIG GET */
    const char *parent; /* NULL, or the container's name */
    command_handler handler;     /* NULL for a pure container */
    int arity;                   /* counts the name(s); negative: at least */
    uint32_t flags;              /* enum command_flag */
    uint32_t acl;                /* enum command_acl; read, write, fast, … follow from flags */
    uint8_t effect;              /* enum command_effect */
    uint8_t group;               /* enum command_group */
    const struct key_spec *keys; /* KEYS(…); NULL: none */
    uint8_t element; /* the argument that names an element of the first key's value; 0: none */
    unknown_key_finder find_unknown_key; /* NULL: requests with such specs have unknown keys */
    flags_decider decide_flags;          /* NULL: the row's flags hold */
    bool (*precondition)(struct request *req); /* queued in MULTI: EXEC runs only if it holds */
    key_access_decider decide_access;          /* of KEY_VARIABLE_FLAGS: what these arguments do */
    const char *const *tips; /* TIPS(…), such as "nondeterministic_output"; NULL: none */
    const char *since;
    const char *complexity;
    const char *syntax;  /* arguments in the notation of syntax.md: COMMAND DOCS is made from it */
    const char *summary; /* one sentence of our own */
    const char *replaced_by;              /* NULL, or the replacement of a deprecated command */
    const char *deprecated_since;         /* NULL, or the version */
    const struct command_change *history; /* HISTORY(…): options added later; NULL: none */
};

/* The commands of one family. */
struct command_table {
    const struct command *rows;
    size_t count;
};

enum { COMMAND_HISTOGRAM_BUCKETS = 64 };

/* What is counted for each row; owned by the registry. */
struct command_counters {
    int64_t calls;
    uint64_t ticks; /* time spent, in clock ticks */
    int64_t rejected_calls;
    int64_t failed_calls;
    uint32_t latency_buckets[COMMAND_HISTOGRAM_BUCKETS]; /* by the binary logarithm of ticks */
};

/* A command known to the server: its row with what the registry adds. */
struct known_command {
    const struct command *row;
    sds name;       /* as it is called now: lower case, "config|get" for a subcommand */
    uint32_t flags; /* the row's and what follows from its key specs */
    uint32_t acl;   /* the row's and what follows from flags */
    int16_t
        first_key;  /* of requests whose first key stands at a fixed place; 0 = none or unknown */
    uint16_t index; /* among all known commands */
    struct known_command *parent;       /* NULL for a top-level command */
    struct known_command **subcommands; /* of a container, NULL-terminated */
    struct command_counters *counters;
};

struct command_registry;

/* Builds the registry of all rows of the tables. Free with command_registry_destroy. */
struct command_registry *command_registry_create(const struct command_table *const *tables,
                                                 size_t table_count);
void command_registry_destroy(struct command_registry *registry);

/* Finds a top-level command by the name in a request, in any case; NULL when unknown. */
struct known_command *command_find(const struct command_registry *registry, struct bytes name);

/* Finds a top-level command by the name that its row has, whatever rename-command made of it. */
struct known_command *command_find_original(const struct command_registry *registry,
                                            struct bytes name);

/* Finds the subcommand of a container; NULL when unknown. */
struct known_command *command_find_subcommand(const struct known_command *container,
                                              struct bytes name);

/*
 * The command that a request means whose first argument names `named`: the subcommand, when that is
 * a container that has it, else `named` itself. NULL is passed on.
 */
struct known_command *command_of_request(struct known_command *named, const struct bytes *args,
                                         size_t argc);

/* True when so many arguments, the name included, are as many as a command takes. */
static inline bool command_takes(const struct command *row, size_t argc) {
    return row->arity >= 0 ? argc == (size_t)row->arity : argc >= (size_t)-row->arity;
}

/* Finds "get" or "config|get"; NULL when unknown. */
struct known_command *command_find_full(const struct command_registry *registry,
                                        struct bytes full_name);

/*
 * Renames a top-level command (rename-command); an empty name removes it.
 * Returns false when there is no such command, or the new name is taken.
 */
bool command_rename(struct command_registry *registry, struct bytes name,
                    struct bytes new_name) MUST_CHECK;

/* All top-level commands, in the order of the tables. */
size_t command_count(const struct command_registry *registry);
struct known_command *command_at(const struct command_registry *registry, size_t index);

/* All known commands, subcommands too, by known_command.index. */
size_t command_total_count(const struct command_registry *registry);
struct known_command *command_by_index(const struct command_registry *registry, size_t index);

/* The counters of a command: the one part of it that changes while it is shared. */
struct command_counters *command_counters_of(const struct known_command *command);

/* How many calls are in the latency buckets: those made while latency-tracking was on. */
int64_t command_tracked_calls(const struct command_counters *counters);

/* The number of a row's key specs. */
size_t command_key_spec_count(const struct command *row);

/* Position of a key in a request, and what the command does with it. */
struct key_position {
    size_t index;
    uint16_t access;
};

/*
 * Finds the keys of a request by the row's key specs. Returns their number, writes at most
 * `capacity` of them. Returns -1 when the arguments do not fit the specs.
 */
int command_key_positions(const struct known_command *command, const struct bytes *args,
                          size_t argc, struct key_position *positions, size_t capacity);

#endif
