#include "storage/aof_keeper_internal.h"
void aof_rewrite_start(struct aof_keeper *keeper, bool is_first) {
    (void)keeper;
    (void)is_first;
}
bool aof_rewrite_run(struct aof_keeper *keeper, int64_t now_ms) {
    (void)keeper;
    (void)now_ms;
    return false;
}
void aof_rewrite_abort(struct aof_keeper *keeper, bool waits) {
    (void)keeper;
    (void)waits;
}
