/*
 * script: a short conversation with a server and the replies that it must give, in the notation
 * of a table of behaviours.
 *
 * Commands stand between " ; " and run on connection A.
 *   B> command     on another connection, named by its letter
 *   &command       sent without waiting for the reply; the server has it before the next step
 *   @read          what then arrives, compared in full; (nothing) when nothing may arrive
 *   ~bytes         bytes as they are, with escapes decoded; all replies to them together
 *   ?command       sent again and again until the reply is the expected one
 *   !close         closes the connection; its letter then stands for a new one
 *   !release       lets the server's clock go on
 * The letter's prefix stands in front of the others: "B> &BLPOP l 0". $IDB in a command is the
 * client id of connection B.
 *
 * The server's wall clock stands (DEBUG CLOCK) and moves by a millisecond whenever nothing has come
 * that a step waits for, and between the tries of a step with ?. So a script has all the time that
 * it needs, and what is to come due in it does. Scripts that pause what comes from all clients
 * begin with !release, and so do those that ask how time goes on.
 *
 * One expectation for each step but those with &, !close and !release: the reply's bytes, where
 * U+23CE stands for CR LF, escapes (\xHH) are decoded, and the last CR LF is left out. Also:
 *   (nothing)      no byte came
 *   (closed)       the server closed the connection, after the bytes in front of it
 *   (any)          one reply, whatever it is
 *   (starts)text   a reply that starts so
 *   (last)         as the first expectation: the others belong to the last commands
 */
#ifndef SUPPORT_SCRIPT_H
#define SUPPORT_SCRIPT_H

#include "support/server.h"

/*
 * Runs the script on fresh connections after FLUSHALL, and compares. Returns NULL when all is as
 * expected, else a text that says what differs, which the caller frees.
 * expected  texts, NULL at the end.
 */
char *script_run(const struct test_server *server, const char *script,
                 const char *const expected[]);

#endif
