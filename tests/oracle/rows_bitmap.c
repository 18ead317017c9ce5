/*
 * Bitmaps. Left out, because stock 7.0.15 refuses them: BITCOUNT with a start alone, BITOP DIFF,
 * DIFF1, ANDOR and ONE.
 */
#include "oracle/families.h"

#define COUNT(items) (sizeof(items) / sizeof(items)[0])

// clang-format off
static const struct row rows[] = {
    {8, "SETBIT key offset bit", ROW_PLAIN},
    {5, "GETBIT key offset", ROW_PLAIN},
    {4, "BITCOUNT key", ROW_PLAIN},
    {6, "BITCOUNT key index index [BYTE|BIT|garbage]", ROW_PLAIN},
    {8, "BITPOS key bit [index [index [BYTE|BIT|garbage]]]", ROW_PLAIN},
    {6, "BITOP (AND|OR|XOR) key key+", ROW_PLAIN},
    {2, "BITOP (NOT|garbage) key key [key]", ROW_PLAIN},
    {10, "BITFIELD key (GET field field-offset|SET field field-offset int|"
         "INCRBY field field-offset int|OVERFLOW (WRAP|SAT|FAIL|garbage))+", ROW_PLAIN},
    {3, "BITFIELD_RO key (GET field field-offset)+", ROW_PLAIN},
    {1, "BITFIELD_RO key (GET field field-offset|SET field field-offset int)+", ROW_PLAIN},
};

// clang-format on

const struct family bitmap_family = {
    .name = "bitmap",
    .rows = rows,
    .row_count = COUNT(rows),
};
