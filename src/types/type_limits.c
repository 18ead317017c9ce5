/*
 * Every value of a type asks for its thresholds on each change; handing them down through every
 * call would put them into each signature of each layer for numbers that are the process's own.
 */
#include "types/type_limits.h"

enum { LIST_FILL_INITIAL = -2 };

static int64_t list_fill = LIST_FILL_INITIAL;

void type_limits_set_list(int64_t fill) {
    list_fill = fill;
}

int64_t type_limits_list(void) {
    return list_fill;
}
