/*
 * type_limits: the thresholds at which types change their encoding, as configured.
 */
#ifndef LATCHKEY_TYPES_TYPE_LIMITS_H
#define LATCHKEY_TYPES_TYPE_LIMITS_H

#include <stdint.h>

/* list-max-listpack-size: elements of a node if positive, else -1 … -5 for 4 … 64 KiB. */
void type_limits_set_list(int64_t fill);
int64_t type_limits_list(void);

#endif
