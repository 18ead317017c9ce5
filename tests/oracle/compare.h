/*
 * compare: whether two replies to one command agree, by the rules of the families.
 */
#ifndef ORACLE_COMPARE_H
#define ORACLE_COMPARE_H

#include "oracle/family.h"
#include "oracle/step.h"

/* Two replies' bytes. */
struct reply_pair {
    const struct buffer *ours;
    const struct buffer *stock;
};

/* True when a rule of this kind names the command. */
bool compare_has_rule(const struct step *step, enum rule_kind kind);

/* True when the episode ends with these replies: a RULE_ENDS with patterns names them. */
bool compare_ends(const struct step *step, const struct reply_pair *pair);

/* True when only the stock server ends a wait of this command with this reply. */
bool compare_lets_wait(const struct step *step, const struct buffer *stock);

/*
 * True when both replies agree.
 * queued  the commands that EXEC has run, one for each element of the replies; count 0 for others.
 */
bool compare_replies(const struct step *step, const struct reply_pair *pair,
                     const struct step *const queued[], size_t queued_count);

/* True when both replies hold the same elements, whatever their order. */
bool compare_unordered(const struct reply_pair *pair);

#endif
