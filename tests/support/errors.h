/*
 * errors: the error replies that many commands share, as expectations of a script.
 */
#ifndef SUPPORT_ERRORS_H
#define SUPPORT_ERRORS_H

#define WRONG_TYPE "-WRONGTYPE Operation against a key holding the wrong kind of value"
#define WRONG_ARITY(name) "-ERR wrong number of arguments for '" name "' command"
#define NOT_AN_INTEGER "-ERR value is not an integer or out of range"
#define NOT_A_FLOAT "-ERR value is not a valid float"
#define SYNTAX_ERROR "-ERR syntax error"
#define NO_SUCH_KEY "-ERR no such key"
#define BAD_EXPIRE_TIME(name) "-ERR invalid expire time in '" name "' command"
#define EXEC_ABORTED "-EXECABORT Transaction discarded because of previous errors."
#define NOT_IN_MULTI "-ERR Command not allowed inside a transaction"

#endif
