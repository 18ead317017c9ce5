/*
 * rdb_check: latchkey-check-rdb, the tool that says whether an RDB file is sound.
 */
#ifndef LATCHKEY_STORAGE_RDB_CHECK_H
#define LATCHKEY_STORAGE_RDB_CHECK_H

/*
 * Runs the tool: FILE. Tells on standard output what the file holds, or what is wrong and where.
 * Nothing is changed. Returns the exit status: 0 when the server would load the file.
 */
int rdb_check_run(int argc, char *const argv[]);

#endif
