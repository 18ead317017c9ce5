/* row_filling: see the header. */
#include "bench/row_filling.h"

#include "bench/link.h"

enum { QUICK_PARTS = 100 };

static uint64_t row_part(uint64_t count, bool is_quick) {
    return is_quick ? (count + QUICK_PARTS - 1) / QUICK_PARTS : count;
}

void row_fill(const struct row *row, bool is_quick, uint64_t moment_ms, int port) {
    link_fill(port, &(struct filling){
                        .words = row->filling,
                        .count = row_part(row->filling_count, is_quick),
                        .value_size = row->value_size,
                        .moment_ms = moment_ms,
                    });
    for (unsigned i = 0; i < ROW_FURTHER_MAX && row->further[i].words != NULL; i++) {
        link_fill(port, &(struct filling){
                            .words = row->further[i].words,
                            .count = row_part(row->further[i].count, is_quick),
                            .list_count = row->further[i].list_count,
                            .value_size = row->further[i].value_size,
                            .moment_ms = moment_ms,
                        });
    }
}

struct paced_load *row_load_open(const struct row *row, bool is_quick, uint64_t period_ns,
                                 int port) {
    return paced_load_open(
        &(struct paced_plan){
            .program = row->program,
            .value_size = row->value_size,
            .key_count = row_part(row->key_count, is_quick),
            .period_ns = period_ns,
        },
        port);
}
