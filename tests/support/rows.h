/*
 * rows: tables of scripts (support/script.h) with their replies, all run on one server.
 */
#ifndef SUPPORT_ROWS_H
#define SUPPORT_ROWS_H

#include "support/script.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdlib.h>

enum { SCRIPT_ROW_REPLIES = 16 };

struct script_row {
    const char *script;
    const char *replies[SCRIPT_ROW_REPLIES]; /* NULL behind the last */
};

#define SCRIPT_ROW_COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* Runs all rows and reports each that differs. */
#define assert_rows(server, rows)                                                                  \
    do {                                                                                           \
        for (size_t row_ = 0; row_ < SCRIPT_ROW_COUNT(rows); row_++) {                             \
            char *difference_ = script_run((server), (rows)[row_].script, (rows)[row_].replies);   \
            cr_expect_null(difference_, "%s", difference_);                                        \
            free(difference_);                                                                     \
        }                                                                                          \
    } while (0)

#endif
