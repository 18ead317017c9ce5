/*
 * dispatch: the gates that a request passes, its handler, and what follows from it.
 */
#ifndef LATCHKEY_SERVER_DISPATCH_H
#define LATCHKEY_SERVER_DISPATCH_H

#include "base/panic.h"
#include "server/request.h"

#include <stdint.h>

struct known_command;
struct reply;
struct server;

/*
 * Finds the command of a request by its name and, for a container, its subcommand. NULL when
 * unknown; a container is returned itself when the subcommand is unknown or missing.
 */
struct known_command *dispatch_find(const struct server *server, const struct bytes *args,
                                    size_t argc);

/*
 * Runs a client's request: gates, handler, counters, effects, and then those who waited for what
 * it changed. req->command may be NULL: unknown. The reply stays empty when the client was blocked
 * or held back (then CLIENT_POSTPONED is set and the request must be offered again).
 */
void dispatch_request(struct request *req, struct reply *reply);

/*
 * Names that were looked up lately, written as they were: most requests repeat a few. All zero when
 * empty. Names do not change once requests come.
 */
enum { DISPATCH_RECENT_BITS = 4, DISPATCH_RECENT_COUNT = 1 << DISPATCH_RECENT_BITS };
struct recent_commands {
    struct recent_command {
        uint64_t word;
        size_t length;
        const struct known_command *command; /* NULL: nothing yet */
    } names[DISPATCH_RECENT_COUNT];
};

/* As dispatch_find, for a short name that is not in its place: puts it there if it may stand. */
const struct known_command *dispatch_find_for(const struct server *server,
                                              struct recent_command *place,
                                              const struct bytes *args, size_t argc);

/*
 * As dispatch_find, with a short way for names of recent requests. O(1). Inline: each request asks.
 */
static inline const struct known_command *dispatch_find_recent(const struct server *server,
                                                               struct recent_commands *recent,
                                                               const struct bytes *args,
                                                               size_t argc) {
    static const uint64_t factor = 0x9e3779b97f4a7c15;
    enum { SHIFT = 64 - DISPATCH_RECENT_BITS }; /* The top bits of the product choose. */
    if (args[0].length > sizeof(uint64_t)) {
        return dispatch_find(server, args, argc);
    }
    uint64_t word = bytes_word(args[0]);
    struct recent_command *place = &recent->names[(word * factor) >> SHIFT];
    if (LIKELY(place->word == word && place->length == args[0].length && place->command != NULL)) {
        return place->command;
    }
    return dispatch_find_for(server, place, args, argc);
}

/*
 * Asks the gates that hold for commands of a script, too, while server.gates is not 0: false, with
 * an error in the reply, when one refuses.
 */
bool dispatch_pass_script_gates(struct request *req, struct reply *reply) MUST_CHECK;

/* Replies that a script runs, and which command ends it. */
void dispatch_reply_busy(const struct server *server, struct reply *reply);

/*
 * Runs the handler alone, with counters and effects, for requests whose gates were passed: in
 * EXEC, for a blocked client, in scripts.
 */
void dispatch_execute(struct request *req, struct reply *reply);

/* Reads the wall time anew when, by server.last_ticks, what is cached has grown old. */
void dispatch_age_clock(struct server *server);

/* Errors of gates that others give, too: of a name or an element that is too long, … */
#define DISPATCH_TOO_LONG "ERR keys and elements are limited to 4294967295 bytes"
#define DISPATCH_NO_MEMORY "OOM command not allowed when used memory > 'maxmemory'."
#define DISPATCH_LOADING "LOADING Redis is loading the dataset in memory"

/*
 * True when no argument is too long. Types keep lengths of names and elements in 32 bits; only what
 * becomes the text of a string, or goes back as it came, may have more bytes. O(argc).
 */
bool dispatch_takes_lengths(const struct known_command *command, const struct bytes *args,
                            size_t argc);

#endif
