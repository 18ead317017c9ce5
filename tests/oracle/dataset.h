/*
 * dataset: whether both servers hold the same keys, with type, encoding, deadline and value.
 */
#ifndef ORACLE_DATASET_H
#define ORACLE_DATASET_H

#include "oracle/link.h"

/* Appends what differs to the text; returns false when something does. */
bool dataset_compare(struct link *ours, struct link *stock, struct buffer *difference);

#endif
