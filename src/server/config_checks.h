/*
 * config_checks: parameters whose values have a form of their own: several words, percentages,
 * letters that stand for classes.
 *
 * Each check appends the canonical form of a text to *canonical and returns NULL, or returns a
 * constant text that says what is wrong; what *canonical holds then is of no use.
 */
#ifndef LATCHKEY_SERVER_CONFIG_CHECKS_H
#define LATCHKEY_SERVER_CONFIG_CHECKS_H

#include "base/sds.h"

/* `save`: pairs of seconds (at least 1) and changes; empty for none. */
const char *config_check_save(struct bytes text, sds *canonical);

/* `dbfilename`: the name of a file, without a path. */
const char *config_check_file_name(struct bytes text, sds *canonical);

/* `notify-keyspace-events`: letters of event classes, in the order in which they are shown. */
const char *config_check_events(struct bytes text, sds *canonical);

/* `proc-title-template`: text with known words in braces. */
const char *config_check_title(struct bytes text, sds *canonical);

/* `latency-tracking-info-percentiles`: numbers between 0 and 100; empty for none. */
const char *config_check_percentiles(struct bytes text, sds *canonical);

/* `oom-score-adj-values`: three numbers between -2000 and 2000. */
const char *config_check_oom_values(struct bytes text, sds *canonical);

/* `maxmemory-clients`: bytes, or a percentage of maxmemory. */
const char *config_check_client_memory(struct bytes text, sds *canonical);

/* `client-output-buffer-limit`: fours of class, hard limit, soft limit and seconds. */
const char *config_check_output_limits(struct bytes text, sds *canonical);

/* The number of a class of client-output-buffer-limit; -1 when there is none of this name. */
int config_limit_class(struct bytes name);

/* appendfilename and appenddirname: names without a path. */
const char *config_check_log_name(struct bytes text, sds *canonical);
const char *config_check_log_directory(struct bytes text, sds *canonical);

/* shutdown-on-sigterm and shutdown-on-sigint: several words of SHUTDOWN, each shown once. */
const char *config_check_shutdown(struct bytes text, sds *canonical);

#endif
