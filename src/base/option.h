/*
 * option: typed rows that describe configuration parameters: how a text is checked, and the one
 * form in which it is kept and shown.
 */
#ifndef LATCHKEY_BASE_OPTION_H
#define LATCHKEY_BASE_OPTION_H

#include "base/panic.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
    OPTION_BOOL,
    OPTION_INTEGER,
    OPTION_MEMORY, /* bytes, with units */
    OPTION_OCTAL,
    OPTION_ENUM,
    OPTION_STRING,
    OPTION_CUSTOM, /* checked by the row's own function */
};

enum option_flag {
    OPTION_IMMUTABLE = 1 << 0,   /* only at start */
    OPTION_PROTECTED = 1 << 1,   /* at run time only with enable-protected-configs */
    OPTION_MANY = 1 << 2,        /* takes several words in a file */
    OPTION_ABSENT = 1 << 3,      /* kept and answered; the feature does not exist */
    OPTION_SENSITIVE = 1 << 4,   /* never logged */
    OPTION_HIDDEN = 1 << 5,      /* for tests: no pattern finds it */
    OPTION_NOT_LOADING = 1 << 6, /* stays as it is while a dataset is loaded */
};

/* One parameter. Rows are constant. */
struct option_row {
    const char *name;
    const char *alias; /* an older name, or NULL */
    uint8_t type;      /* enum option_type */
    uint8_t flags;     /* enum option_flag */
    int64_t min;
    int64_t max;
    const char *const *choices; /* of OPTION_ENUM, NULL-terminated */
    const char *initial;
    size_t offset; /* of the typed field that obeys it; OPTION_NO_FIELD when nothing does */
    /* Of OPTION_CUSTOM: appends the text's canonical form to *canonical, or says what is wrong. */
    const char *(*check)(struct bytes text, sds *canonical);
};

enum { OPTION_ERROR_SIZE = 512 };
#define OPTION_NO_FIELD SIZE_MAX

/* What a checked text means. */
struct option_value {
    sds text;       /* canonical; owned by whoever holds the value */
    int64_t number; /* of all types but strings; the index of an enum's choice */
};

/*
 * Checks a text. Returns true and fills *value; or returns false, and *error (zero-terminated)
 * says what would be right, in the words of CONFIG SET.
 */
bool option_parse(const struct option_row *row, struct bytes text, struct option_value *value,
                  char error[OPTION_ERROR_SIZE]) MUST_CHECK;

#endif
