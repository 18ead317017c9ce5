/*
 * rdb_check: latchkey-check-rdb, the tool that says whether an RDB file is sound.
 */
#ifndef LATCHKEY_STORAGE_RDB_CHECK_H
#define LATCHKEY_STORAGE_RDB_CHECK_H

/* The databases for which the tools have room, and how they refuse a file that names another. */
#define RDB_CHECK_DATABASES 1024
#define RDB_CHECK_DATABASE_PROBLEM                                                                 \
    "it has databases above 1023, which this tool does not read; a server can, with `databases`"

/*
 * Runs the tool: FILE. Tells on standard output what the file holds, or what is wrong and where.
 * Nothing is changed. Returns the exit status: 0 when the server would load the file.
 */
int rdb_check_run(int argc, char *const argv[]);

#endif
