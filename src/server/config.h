/*
 * config: the parameters of redis.conf: read at start, answered by CONFIG GET, changed by CONFIG
 * SET, written back by CONFIG REWRITE.
 *
 * Each parameter is an option row. Those that something obeys have a typed field in struct
 * settings; all others are kept and answered.
 */
#ifndef LATCHKEY_SERVER_CONFIG_H
#define LATCHKEY_SERVER_CONFIG_H

#include "base/option.h"
#include "base/sds.h"
#include "server/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

/* A rename-command line. */
struct command_renaming {
    sds name;
    sds new_name;
};

/* Creates a configuration of defaults. Free with config_destroy. */
struct config *config_create(void);
void config_destroy(struct config *config);

/* The typed values; the address stays the same. */
const struct settings *config_settings(const struct config *config);

/*
 * Reads what the command line says: "[file] [-] [--name value …] [-]".
 * Returns NULL, or a text (to be freed with sds_free) that names file, line and what is wrong.
 */
sds config_load(struct config *config, int argc, char *const argv[]) MUST_CHECK;

/* The file that was read, as an absolute path; NULL without one. */
const char *config_file_path(const struct config *config);

/* The renamings, in the order of their lines. */
size_t config_renaming_count(const struct config *config);
const struct command_renaming *config_renaming(const struct config *config, size_t index);

/* Names of parameters that were given a value although their feature does not exist; "" if none. */
sds config_absent_features(const struct config *config);

/*
 * Visits parameters (aliases too) whose name matches one of the patterns, each once. A name that
 * was asked for without wildcards is given back as it was written.
 */
typedef void (*config_visitor)(void *context, struct bytes name, const char *value);
void config_each(const struct config *config, const struct bytes *patterns, size_t pattern_count,
                 config_visitor visit, void *context);

/* True when the value of this parameter is a password: it must not be logged. */
bool config_is_secret(struct bytes name);

/* True when this parameter must not change while a dataset is loaded. */
bool config_must_wait_for_load(struct bytes name);

/* The value of one parameter, as CONFIG GET shows it; NULL when there is none of this name. */
const char *config_value(const struct config *config, const char *name);

/*
 * Hears of changes by CONFIG SET, after all new values are in place. Returns NULL, or why the
 * change is impossible (copied at once): then everything is put back and listeners hear again.
 */
typedef const char *(*config_listener)(void *context, const char *name);
void config_set_listener(struct config *config, config_listener listener, void *context);

/*
 * Sets several parameters, all or none. names and values alternate in args.
 * allow_protected  whether protected ones may be changed.
 * Returns NULL, or the error's text without its code (to be freed with sds_free).
 */
sds config_set(struct config *config, const struct bytes *args, size_t argc,
               bool allow_protected) MUST_CHECK;

/*
 * Writes the values into the file, keeping comments and order. Returns 0 or -errno.
 * adds_all  adds parameters that the file does not have even if they have their defaults.
 */
int config_rewrite(struct config *config, bool adds_all) MUST_CHECK;

#endif
