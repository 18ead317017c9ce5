/*
 * command_docs: the replies of COMMAND INFO and COMMAND DOCS, made from a command's row.
 *
 * The arguments of DOCS, from which redis-cli makes its hints, are parsed out of the row's syntax
 * text: [x] optional, <a | b> one of, x [x ...] repeated, upper-case words literal.
 */
#ifndef LATCHKEY_SERVER_COMMAND_DOCS_H
#define LATCHKEY_SERVER_COMMAND_DOCS_H

#include <stdint.h>

struct known_command;
struct reply;

/* Appends one element of COMMAND INFO, subcommands included. */
void command_docs_reply_info(const struct known_command *command, struct reply *reply);

/* Appends the name of a command and its map of COMMAND DOCS, subcommands included. */
void command_docs_reply_docs(const struct known_command *command, struct reply *reply);

/* Appends the names of key access flags as a set: COMMAND GETKEYSANDFLAGS. */
void command_docs_reply_access(uint16_t access, struct reply *reply);

/* The bit of an ACL category by its name; 0 when there is none. */
uint32_t command_docs_category(const char *name);

#endif
