/*
 * The walk has three kinds of work, in this order: large values that are kept (they cost memory for
 * every change), tables that a flush took out of a database (they cost memory until they are
 * freed), and the tables of the databases. How far a table is walked stands beside the table, so
 * SWAPDB and FLUSHDB take it along; the cursor is that of SCAN, so tables may grow and shrink, and
 * an entry that the cursor meets twice carries the new bit the second time.
 *
 * A large value belongs to its key until it would be freed; then it is the snapshot's, which frees
 * it after its last piece.
 */
#include "keyspace/snapshot.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/panic.h"
#include "keyspace/entry.h"
#include "keyspace/keyspace_internal.h"
#include "structs/deadlines.h"
#include "structs/table.h"
#include "types/value_ops.h"

enum {
    BUCKETS_PER_CLOCK_READING = 4,
    LARGE_SLICE_SIZE = 4 * 1024, /* some 100 elements, most of them out of the cache */
    NS_PER_US = 1000,
    REST_FACTOR = 3,          /* rest to work, among others */
    LONGEST_REST_FACTOR = 15, /* when it is always before others */
};

/* A large value that is kept, and the key that it had when the snapshot began. */
struct large_value {
    struct list_node node;
    struct value value;
    const void *kept; /* identifies the walk */
    struct snapshot_item item;
    struct value_shape shape;
    sds key;
    bool is_begun; /* the sink has it under way */
    bool is_owned; /* it left the keyspace: to be freed at its end */
};

/* Flushed data that is walked and then freed. */
struct flushed {
    struct list_node node;
    struct detached_data *data;
};

struct snapshot {
    struct keyspace *keyspace;
    struct snapshot_sink sink;
    size_t element_max;
    struct list_node large_values;
    struct list_node flushed;
    struct snapshot_counts *counts; /* by database */
    struct database *current;       /* whose table is being walked; NULL at the start */
    size_t done_count;
    enum snapshot_company company;
    int64_t slice_ns;     /* what the last slice took */
    int64_t slice_end_ns; /* and when it ended */
    int64_t start_ns;     /* with a delay */
    int64_t delay_ns;
    bool is_aborted;
};

/* ---- Handing over ---- */

static struct snapshot_item item_of(const struct snapshot *snapshot, struct database *database,
                                    int database_index, struct entry *entry,
                                    const struct value *value) {
    struct open_key key = {.database = database, .entry = entry};
    bool by_frequency = snapshot->keyspace->access_policy.by_frequency;
    return (struct snapshot_item){
        .database_index = database_index,
        .key = entry_key(entry),
        .value = value,
        .deadline_ms = entry_deadline_ms(entry),
        .idle_seconds = by_frequency ? 0 : keyspace_idle_seconds(&key),
        .frequency = by_frequency ? keyspace_frequency(&key) : 0,
    };
}

static void keep_large(struct snapshot *snapshot, struct entry *entry, struct value *value,
                       struct snapshot_item item) {
    struct large_value *large = alloc_zeroed(sizeof *large);
    large->shape = value_ops_keep(value);
    bool has_room = entry_write_value(entry, value);
    ASSERT(has_room);
    large->value = *value;
    large->kept = value_ops_kept(value);
    large->item = item;
    large->key = sds_new(item.key);
    large->item.key = sds_view(large->key);
    large->item.value = &large->value;
    list_push_back(&snapshot->large_values, &large->node);
}

/* Hands an entry over if that has not happened yet. */
static void hand_over(struct snapshot *snapshot, struct database *database, int database_index,
                      struct entry *entry) {
    bool epoch = snapshot->keyspace->epoch;
    if (entry_epoch(entry) == epoch) {
        return;
    }
    entry_set_epoch(entry, epoch);
    if (snapshot->is_aborted) {
        return;
    }
    snapshot->done_count++;
    struct value value;
    entry_read_value(entry, &value);
    struct snapshot_item item = item_of(snapshot, database, database_index, entry, &value);
    if (value.storage == VALUE_STORED_OBJECT && value_ops_is_large(&value, snapshot->element_max)) {
        keep_large(snapshot, entry, &value, item);
    } else {
        snapshot->sink.write(snapshot->sink.context, &item);
    }
}

void keyspace_keep_entry(struct database *database, struct entry *entry) {
    hand_over(database->keyspace->snapshot, database, database->walk.database_index, entry);
}

bool keyspace_keep_value(struct keyspace *keyspace, const struct value *value) {
    const void *kept = value_ops_kept(value);
    if (kept == NULL) {
        return false;
    }
    LIST_EACH(node, &keyspace->snapshot->large_values) {
        struct large_value *large = LIST_ENTRY(node, struct large_value, node);
        if (large->kept == kept) {
            large->value = *value; /* It may have changed its form. */
            large->is_owned = true;
            return true;
        }
    }
    UNREACHABLE();
}

void keyspace_keep_detached(struct keyspace *keyspace, struct detached_data *data) {
    struct flushed *flushed = alloc_zeroed(sizeof *flushed);
    flushed->data = data;
    list_push_back(&keyspace->snapshot->flushed, &flushed->node);
}

/* ---- Walking ---- */

static void pass_piece(void *context, const struct value_piece *piece) {
    const struct snapshot *snapshot = context;
    snapshot->sink.piece(snapshot->sink.context, piece);
}

static void walk_large(struct snapshot *snapshot) {
    struct large_value *large = LIST_ENTRY(snapshot->large_values.next, struct large_value, node);
    const struct snapshot_sink *sink = &snapshot->sink;
    if (!large->is_begun && !snapshot->is_aborted) {
        sink->begin_value(sink->context, &large->item, &large->shape);
        large->is_begun = true;
    }
    if (!value_ops_walk_kept(&large->value, LARGE_SLICE_SIZE,
                             snapshot->is_aborted ? NULL : pass_piece, snapshot)) {
        return;
    }
    if (!snapshot->is_aborted) {
        sink->end_value(sink->context);
    }
    list_remove(&large->node);
    if (large->is_owned) {
        keyspace_free_value(snapshot->keyspace, &large->value, true);
    }
    sds_free(large->key);
    alloc_free(large);
}

struct visit {
    struct snapshot *snapshot;
    struct database *database;
    int database_index;
};

static void visit_entry(void *context, void *item) {
    const struct visit *visit = context;
    hand_over(visit->snapshot, visit->database, visit->database_index, item);
}

static void walk_table(struct snapshot *snapshot, struct table *table, struct table_walk *walk) {
    /* Idle times are computed in the same way in every database. */
    struct visit visit = {snapshot, &snapshot->keyspace->databases[0], walk->database_index};
    for (size_t i = 0; i < BUCKETS_PER_CLOCK_READING && !walk->is_done; i++) {
        walk->cursor = table_scan(table, walk->cursor, visit_entry, &visit);
        walk->is_done = walk->cursor == 0;
        if (!list_is_empty(&snapshot->large_values)) {
            return;
        }
    }
}

/* Flushed data may hold large values that are kept, so it is freed when none is left. */
static void walk_flushed(struct snapshot *snapshot) {
    struct flushed *flushed = LIST_ENTRY(snapshot->flushed.next, struct flushed, node);
    struct detached_data *data = flushed->data;
    if (!data->walk.is_done && !snapshot->is_aborted) {
        walk_table(snapshot, data->table, &data->walk);
        return;
    }
    list_remove(&flushed->node);
    alloc_free(flushed);
    keyspace_free_detached(snapshot->keyspace, data, true);
}

/*
 * The database whose table is next: by its number when the snapshot began. NULL: all are through.
 */
static struct database *next_database(const struct snapshot *snapshot) {
    if (snapshot->current != NULL && !snapshot->current->walk.is_done) {
        return snapshot->current;
    }
    struct database *next = NULL;
    for (size_t i = 0; i < snapshot->keyspace->database_count; i++) {
        struct database *database = &snapshot->keyspace->databases[i];
        if (!database->walk.is_done &&
            (next == NULL || database->walk.database_index < next->walk.database_index)) {
            next = database;
        }
    }
    return next;
}

/* Does the next bit of work. Returns false when there is none. */
static bool walk_on(struct snapshot *snapshot) {
    if (!list_is_empty(&snapshot->large_values)) {
        walk_large(snapshot);
        return true;
    }
    if (!list_is_empty(&snapshot->flushed)) {
        walk_flushed(snapshot);
        return true;
    }
    struct database *database = next_database(snapshot);
    if (database == NULL) {
        return false;
    }
    snapshot->current = database;
    walk_table(snapshot, database->table, &database->walk);
    return true;
}

/* ---- Public ---- */

struct snapshot *snapshot_begin(struct keyspace *keyspace, const struct snapshot_sink *sink,
                                size_t element_max) {
    if (keyspace->snapshot != NULL) {
        return NULL;
    }
    struct snapshot *snapshot = alloc_zeroed(sizeof *snapshot);
    snapshot->keyspace = keyspace;
    snapshot->sink = *sink;
    snapshot->element_max = element_max;
    list_init(&snapshot->large_values);
    list_init(&snapshot->flushed);
    snapshot->counts = alloc_zeroed(keyspace->database_count * sizeof *snapshot->counts);
    for (size_t i = 0; i < keyspace->database_count; i++) {
        struct database *database = &keyspace->databases[i];
        snapshot->counts[i].key_count = table_count(database->table);
        snapshot->counts[i].deadline_count = deadlines_count(database->deadlines);
        database->walk = (struct table_walk){
            .database_index = (int)i,
            .is_done = table_count(database->table) == 0,
        };
    }
    keyspace->epoch = !keyspace->epoch;
    keyspace->snapshot = snapshot;
    return snapshot;
}

bool snapshot_may_begin(const struct keyspace *keyspace) {
    return keyspace->snapshot == NULL;
}

void snapshot_set_delay(struct snapshot *snapshot, int64_t delay_us) {
    snapshot->delay_ns = delay_us > 0 ? delay_us * NS_PER_US : 0;
    snapshot->start_ns = clock_monotonic_ns();
}

/* True while the keys handed over so far should not be through yet. */
static bool is_ahead(const struct snapshot *snapshot) {
    return snapshot->delay_ns > 0 &&
           (clock_monotonic_ns() - snapshot->start_ns) / snapshot->delay_ns <
               (int64_t)snapshot->done_count;
}

void snapshot_make_way(struct snapshot *snapshot, enum snapshot_company company) {
    snapshot->company = company;
}

/* True while the last slice is not so many times its own length ago. */
static bool rests_for(const struct snapshot *snapshot, int64_t factor) {
    return snapshot->company != SNAPSHOT_ALONE && !snapshot->is_aborted &&
           clock_monotonic_ns() < snapshot->slice_end_ns + factor * snapshot->slice_ns;
}

static bool rests(const struct snapshot *snapshot) {
    return rests_for(snapshot, snapshot->company == SNAPSHOT_BEFORE_OTHERS ? LONGEST_REST_FACTOR
                                                                           : REST_FACTOR);
}

int64_t snapshot_rest_ms(const struct snapshot *snapshot) {
    /* A rest is shorter, but the requests that it is for end the sleep. */
    return snapshot != NULL && rests_for(snapshot, REST_FACTOR) ? 1 : 0;
}

enum snapshot_status snapshot_run(struct snapshot *snapshot, int64_t budget_us) {
    if (snapshot->keyspace->snapshot != snapshot) {
        return SNAPSHOT_DONE;
    }
    int64_t start_ns = clock_monotonic_ns();
    int64_t stop_ns = start_ns + budget_us * NS_PER_US;
    int64_t now_ns = start_ns;
    if (rests(snapshot)) {
        return SNAPSHOT_RUNNING;
    }
    do {
        if (!snapshot->is_aborted &&
            (is_ahead(snapshot) || !snapshot->sink.has_room(snapshot->sink.context))) {
            return SNAPSHOT_PAUSED;
        }
        if (!walk_on(snapshot)) {
            snapshot->keyspace->snapshot = NULL;
            return SNAPSHOT_DONE;
        }
        now_ns = clock_monotonic_ns();
    } while (now_ns < stop_ns);
    snapshot->slice_end_ns = now_ns;
    snapshot->slice_ns = now_ns - start_ns;
    return SNAPSHOT_RUNNING;
}

void snapshot_abort(struct snapshot *snapshot) {
    snapshot->is_aborted = true;
}

void snapshot_destroy(struct snapshot *snapshot) {
    if (snapshot == NULL) {
        return;
    }
    snapshot->is_aborted = true;
    while (!list_is_empty(&snapshot->large_values)) {
        walk_large(snapshot);
    }
    while (!list_is_empty(&snapshot->flushed)) {
        walk_flushed(snapshot);
    }
    if (snapshot->keyspace->snapshot == snapshot) {
        snapshot->keyspace->snapshot = NULL;
    }
    alloc_free(snapshot->counts);
    alloc_free(snapshot);
}

struct snapshot_counts snapshot_counts(const struct snapshot *snapshot, size_t database_index) {
    ASSERT(database_index < snapshot->keyspace->database_count);
    return snapshot->counts[database_index];
}

struct snapshot_counts snapshot_total_counts(const struct snapshot *snapshot) {
    struct snapshot_counts total = {0, 0};
    for (size_t i = 0; i < snapshot->keyspace->database_count; i++) {
        total.key_count += snapshot->counts[i].key_count;
        total.deadline_count += snapshot->counts[i].deadline_count;
    }
    return total;
}

size_t snapshot_done_count(const struct snapshot *snapshot) {
    return snapshot->done_count;
}
