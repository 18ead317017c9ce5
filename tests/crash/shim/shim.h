/*
 * shim: what a preloaded library and a test tell each other.
 *
 * The library stands between the server and the file system calls on its AOF directory. It fails
 * calls on demand, and it writes down what was done, so that the test can rebuild what a disk may
 * hold after the power went. It lets calls wait, those on the dump file, too.
 */
#ifndef CRASH_SHIM_H
#define CRASH_SHIM_H

#include <stdatomic.h>
#include <stdint.h>

/* Kinds of calls; masks of these. */
enum shim_call {
    SHIM_WRITE = 1 << 0,
    SHIM_SYNC = 1 << 1,
    SHIM_OPEN = 1 << 2,
    SHIM_RENAME = 1 << 3,
    SHIM_TRUNCATE = 1 << 4,
    SHIM_UNLINK = 1 << 5,
    SHIM_ANY = 63, /* of those that may fail */
    SHIM_CLOSE = 1 << 6,
    SHIM_LOG = 1 << 7, /* of the server's log file: opening and writing */
};

/* Shared through the file that $SHIM_CONTROL names. */
struct shim_control {
    _Atomic uint32_t mask;    /* kinds that fail now */
    _Atomic int32_t error;    /* by this errno; 0 with SHIM_WRITE: half of the bytes are written */
    _Atomic int32_t skip;     /* so many calls of these kinds still succeed */
    _Atomic int32_t count;    /* and so many fail then; negative: all */
    _Atomic int32_t calls;    /* calls of any kind so far */
    _Atomic int32_t delay_us; /* of each sync */
    _Atomic uint32_t stalled; /* a futex: kinds that do not end while they are in it */
    _Atomic int32_t waiting;  /* calls that wait for that now */
    _Atomic int32_t kill_at;  /* the process is killed before this call, counted as calls are */
    _Atomic int32_t is_instant; /* 1: syncs do not wait for the machine's own disk */
};

/* A record in the file that $SHIM_LOG names: a head, then name and data. */
enum shim_operation {
    SHIM_LOG_CREATE = 1, /* name; the file is made or emptied: file */
    SHIM_LOG_WRITE,      /* file, offset, data */
    SHIM_LOG_SYNC,       /* file */
    SHIM_LOG_SYNC_NAMES,
    SHIM_LOG_RENAME,   /* name, data: the new name */
    SHIM_LOG_UNLINK,   /* name */
    SHIM_LOG_TRUNCATE, /* file, offset: the new size */
    SHIM_LOG_OPEN,     /* name, file: a file that was there */
    SHIM_LOG_LOSE,     /* file: a sync failed, and what it was to make safe is forgotten */
};

struct shim_record {
    uint32_t operation;
    uint32_t file; /* a number for what was opened */
    uint64_t offset;
    uint32_t name_size;
    uint32_t data_size;
};

#endif
