/*
 * tables: the command tables, one per family, that app plugs in.
 */
#ifndef LATCHKEY_COMMANDS_TABLES_H
#define LATCHKEY_COMMANDS_TABLES_H

struct command_table;

extern const struct command_table string_commands;
extern const struct command_table string_compare_commands;
extern const struct command_table bitmap_commands;
extern const struct command_table list_commands;
extern const struct command_table list_blocking_commands;
extern const struct command_table hash_commands;
extern const struct command_table hash_deadline_commands;
extern const struct command_table set_commands;
extern const struct command_table set_algebra_commands;
extern const struct command_table zset_commands;
extern const struct command_table zset_range_commands;
extern const struct command_table zset_pop_commands;
extern const struct command_table zset_algebra_commands;
extern const struct command_table zset_due_commands;
extern const struct command_table stream_commands;
extern const struct command_table stream_read_commands;
extern const struct command_table stream_group_commands;
extern const struct command_table stream_claim_commands;
extern const struct command_table stream_info_commands;
extern const struct command_table stream_producer_commands;
extern const struct command_table lock_commands;
extern const struct command_table hyperloglog_commands;
extern const struct command_table sort_commands;
extern const struct command_table geo_commands;
extern const struct command_table geo_search_commands;
extern const struct command_table pubsub_commands;
extern const struct command_table key_commands;
extern const struct command_table expire_commands;
extern const struct command_table transaction_commands;
extern const struct command_table connection_commands;
extern const struct command_table client_commands;
extern const struct command_table tracking_commands;
extern const struct command_table config_commands;
extern const struct command_table command_commands;
extern const struct command_table admin_commands;
extern const struct command_table monitoring_commands;
extern const struct command_table durability_commands;
extern const struct command_table saving_commands;
extern const struct command_table script_commands;
extern const struct command_table function_commands;
extern const struct command_table debug_commands;
extern const struct command_table dump_commands;

#endif
