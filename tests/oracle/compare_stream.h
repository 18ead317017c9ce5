/*
 * compare_stream: whether two replies that tell of a stream, its groups, consumers and pending
 * entries say the same.
 *
 * Times in rows of pending entries and in named fields may be half a minute apart. Left out are
 * fields that newer servers added, and consumers without pending entries that only latchkey has:
 * newer servers make a consumer by each attempt to read or to claim, stock 7.0.15 when there
 * is an entry for it.
 */
#ifndef ORACLE_COMPARE_STREAM_H
#define ORACLE_COMPARE_STREAM_H

#include "support/resp.h"

#include <stdbool.h>

/* True when both say the same but for what stands above. */
bool compare_streams(const struct resp_value *ours, const struct resp_value *stock);

#endif
