/*
 * stream_args: what the commands of streams have in common: ids and trimming among the arguments,
 * entries in replies.
 */
#ifndef LATCHKEY_COMMANDS_STREAM_ARGS_H
#define LATCHKEY_COMMANDS_STREAM_ARGS_H

#include "server/request.h"
#include "types/stream_type.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply;

/* An id "ms-seq" or "ms", which then has this sequence number; else the error for a wrong id. */
bool stream_args_id(const struct request *req, size_t index, uint64_t missing_seq,
                    struct stream_id *id, struct reply *reply);

/* The error for a wrong id. */
void stream_args_reply_wrong_id(struct reply *reply);

/* The first and the last id of a range: "-", "+", an id, or "(" and an id. */
bool stream_args_range(const struct request *req, size_t first_index, size_t last_index,
                       struct stream_id *first, struct stream_id *last, struct reply *reply);

/* How an entry is to be trimmed, and where that stands in the request. */
struct stream_trim_args {
    bool is_given;
    struct stream_trim trim;
    bool has_limit;
};

/*
 * Parses an option of trimming at an argument: MAXLEN, MINID, LIMIT, KEEPREF, DELREF, ACKED.
 * Returns the number of arguments that it takes, 0 when it is none, -1 after an error.
 */
int stream_args_trim_option(const struct request *req, size_t index, struct stream_trim_args *args,
                            struct reply *reply);

/* Checks what was given as a whole, and sets the limit where none was. */
bool stream_args_check_trim(const struct request *req, struct stream_trim_args *args,
                            struct reply *reply);

/*
 * Appends the exact form of what a trim did to the words of an effect, at most four: the stream
 * may have entries more than were asked for. buffer: lives as long as the words.
 */
size_t stream_args_trim_effect(const struct stream_trim_args *args, const struct stream *stream,
                               struct bytes *words, char buffer[STREAM_ID_TEXT_SIZE]);

/* KEEPREF, DELREF or ACKED at an argument. */
bool stream_args_references(const struct request *req, size_t index,
                            enum stream_references *references);

/*
 * "IDS n id …" at an argument; more may stand behind. On success *first is the index of the first
 * of *count ids, which are arguments but not parsed yet.
 */
bool stream_args_ids(const struct request *req, size_t index, size_t *first, size_t *count,
                     struct reply *reply);

/* Ids that stand side by side in a request. Not to be copied. */
enum { STREAM_ID_LIST_LOCAL = 8 };
struct stream_id_list {
    struct stream_id *ids;
    size_t count;
    struct stream_id local[STREAM_ID_LIST_LOCAL]; /* for few, which is usual */
};

/* Parses count arguments as ids; on success release with stream_id_list_release. O(count). */
bool stream_args_id_list(const struct request *req, size_t first, size_t count,
                         struct stream_id_list *list, struct reply *reply);
void stream_id_list_release(struct stream_id_list *list);

/* The group of a stream that was opened at argument 1; NULL when the one or the other is absent. */
struct stream_group *stream_args_group(enum key_status status, const struct open_key *key,
                                       struct bytes name);

/* The error for that, where the group's name is argument 2. */
void stream_args_reply_no_group(const struct request *req, struct reply *reply);

/* Writes an id; an entry as [id, [field, value …]]; its fields alone. */
void stream_reply_id(struct reply *reply, struct stream_id id);
void stream_reply_entry(struct reply *reply, const struct stream_entry *entry);
void stream_reply_fields(struct reply *reply, const struct stream_entry *entry);

#endif
