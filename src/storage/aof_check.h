/*
 * aof_check: latchkey-check-aof, the tool that says whether an AOF is sound, and repairs its end.
 */
#ifndef LATCHKEY_STORAGE_AOF_CHECK_H
#define LATCHKEY_STORAGE_AOF_CHECK_H

struct command_registry;

/*
 * Runs the tool: [--fix] FILE, a manifest or a single file. Returns the exit status.
 * commands  the commands that a log may hold.
 */
int aof_check_run(const struct command_registry *commands, int argc, char *const argv[]);

#endif
