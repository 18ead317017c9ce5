/*
 * disk: a server with the shim before its disk, and what the disk may hold after the power went.
 */
#ifndef CRASH_DISK_H
#define CRASH_DISK_H

#include "crash/shim/shim.h"
#include "support/server.h"

struct disk;

/* Makes the files that test and shim share, and names them in the environment. */
struct disk *disk_create(void);

/* Removes them and what is in the environment. */
void disk_destroy(struct disk *disk);

/* What the shim reads and counts; lives as long as the disk. */
struct shim_control *disk_control(struct disk *disk);

/* Fails calls of these kinds from now on; count negative: all. skip: after so many. */
void disk_fail(struct disk *disk, uint32_t mask, int error, int32_t skip, int32_t count);

/* From now on calls of these kinds (SHIM_SYNC, …) do not end, and all others do. */
void disk_stall(struct disk *disk, uint32_t kinds);

/* Kills the process before the call of this number from now on, counted from 1; 0: never. */
void disk_kill_at(struct disk *disk, int32_t call);

/* Nothing fails any more. */
void disk_heal(struct disk *disk);

/* Forgets what was logged: what lies in the directory now counts as safe. */
void disk_mark_safe(struct disk *disk, const char *directory);

/*
 * Writes into the directory what a disk may hold after a cut of power: synced bytes and names, and
 * of the rest a part chosen by the seed: writes are there, missing, zero, or torn.
 */
void disk_cut_power(struct disk *disk, const char *directory, unsigned seed);

#endif
