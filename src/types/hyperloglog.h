/*
 * hyperloglog: estimates of how many distinct elements were seen, in strings of the published
 * layout: a header of 16 bytes with the last estimate, then 16384 registers, either as runs
 * (sparse) or as 6 bits each (dense).
 *
 * Values are strings like all others, so that GET and SET move them between servers; each function
 * below but the first therefore wants one that hyperloglog_is_valid accepted, and those that read
 * runs say when the runs are damaged.
 * Sources: P. Flajolet et al., "HyperLogLog: the analysis of a near-optimal cardinality estimation
 * algorithm", 2007; O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches",
 * arXiv 1702.01284, 2017 (the improved raw estimator).
 */
#ifndef LATCHKEY_TYPES_HYPERLOGLOG_H
#define LATCHKEY_TYPES_HYPERLOGLOG_H

#include "base/panic.h"
#include "base/sds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct value;

enum { HYPERLOGLOG_REGISTERS = 16384 };

/* All registers, one byte each. */
struct hyperloglog_registers {
    uint8_t ranks[HYPERLOGLOG_REGISTERS];
};

/* True when the string has the header of a HyperLogLog and a length that fits it. O(1). */
bool hyperloglog_is_valid(struct bytes text);

/* True when the registers are runs. */
bool hyperloglog_is_sparse(struct bytes text);

/* Makes an empty sparse one, its estimate 0. */
void hyperloglog_create(struct value *value);

/* What adding did. */
enum hyperloglog_added { HYPERLOGLOG_UNCHANGED, HYPERLOGLOG_CHANGED, HYPERLOGLOG_DAMAGED };

/*
 * Adds an element; dense O(1), sparse O(runs). A sparse one that would grow beyond the threshold
 * of type_limits, or needs a rank that runs cannot hold, becomes dense. The estimate in the header
 * is left as it was: see hyperloglog_set_stale.
 */
enum hyperloglog_added hyperloglog_add(struct value *value, struct bytes element) MUST_CHECK;

/* Raises the registers that are lower than those given; false when the runs are damaged. */
bool hyperloglog_raise(struct value *value,
                       const struct hyperloglog_registers *registers) MUST_CHECK;

/* Makes a sparse one dense; false, and nothing changed, when its runs are damaged. */
bool hyperloglog_make_dense(struct value *value) MUST_CHECK;

/* True and the estimate in the header, if it holds. */
bool hyperloglog_cached(struct bytes text, uint64_t *estimate);

/* Says that the estimate in the header no longer holds. */
void hyperloglog_set_stale(struct value *value);

/* Writes an estimate into the header. */
void hyperloglog_set_estimate(struct value *value, uint64_t estimate);

/* Estimates from the registers of one; false when the runs are damaged. O(registers). */
bool hyperloglog_estimate(struct bytes text, uint64_t *estimate) MUST_CHECK;

/* As above from registers that stand alone. */
uint64_t hyperloglog_estimate_registers(const struct hyperloglog_registers *registers);

/* Raises registers that are lower than those of the string; false when its runs are damaged. */
bool hyperloglog_merge_into(struct hyperloglog_registers *registers, struct bytes text) MUST_CHECK;

/* Appends the runs of a sparse one as text, for PFDEBUG DECODE; runs are not checked. */
sds hyperloglog_print_runs(struct bytes text, sds out) __attribute__((warn_unused_result));

/*
 * Checks the module on itself: registers keep what was written, and the estimates of sparse and
 * dense ones are equal and within bounds. NULL, or what is wrong. Tens of milliseconds.
 */
const char *hyperloglog_self_test(void);

#endif
