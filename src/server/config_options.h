/*
 * config_options: the table of all parameters that a 7.x redis.conf may hold.
 */
#ifndef LATCHKEY_SERVER_CONFIG_OPTIONS_H
#define LATCHKEY_SERVER_CONFIG_OPTIONS_H

#include "base/option.h"

/* The rows, by index. */
size_t config_option_count(void);
const struct option_row *config_option(size_t index);

#endif
