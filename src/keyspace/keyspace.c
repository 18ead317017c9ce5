/*
 * Each database is a table of entries and an index of their deadlines. An open key is a working
 * copy of what the entry says about its value: types change the copy, and keyspace_store writes it
 * back, into the same entry if it fits its layout and size class, else into a new one; move_entry
 * is the one place where an entry changes its address.
 *
 * Access bits hold the seconds clock of the last access, or (under an LFU policy) minutes of the
 * last decay and a logarithmic counter. Source of the counter: R. Morris, "Counting Large Numbers
 * of Events in Small Registers", CACM 21(10), 1978.
 */
#include "keyspace/keyspace.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/panic.h"
#include "base/worker.h"
#include "keyspace/entry.h"
#include "keyspace/field_deadlines.h"
#include "keyspace/keyspace_internal.h"
#include "structs/deadlines.h"
#include "structs/table.h"
#include "types/hash_type.h"
#include "types/type_limits.h"
#include "types/value_ops.h"

#include <string.h>

enum {
    LAZY_FREE_EFFORT_MIN = 64, /* allocations; handing over fewer costs more than freeing them */
    RANDOM_ATTEMPT_MAX = 100,
    EXPIRED_FIELDS_AT_ONCE = 64,
    LARGE_FREE_EFFORT = 4096, /* freeing more at once would hold the loop */
    FREQUENCY_START = 5,
    FREQUENCY_MAX = 255,
    FREQUENCY_BITS = 8,
    FREQUENCY_MASK = 255,
    MINUTES_MASK = 65535,
    SECONDS_PER_MINUTE = 60,
};

static uint64_t hash_of_entry(const void *item) {
    return hash_bytes(entry_key(item));
}

static bool entry_has_name(const void *item, const void *key) {
    return bytes_equal(entry_key(item), *(const struct bytes *)key);
}

static const struct table_type entry_table_type = {
    .hash = hash_of_entry,
    .matches = entry_has_name,
};

static bool is_due(const struct entry *entry) {
    int64_t deadline_ms = entry_deadline_ms(entry);
    /* A key lives through the millisecond of its deadline. */
    return UNLIKELY(deadline_ms >= 0) && deadline_ms < clock_unix_ms();
}

/* ---- Accesses ---- */

static uint32_t seconds_clock(void) {
    return (uint32_t)clock_unix_s() & ENTRY_ACCESS_MAX;
}

static uint32_t minutes_clock(void) {
    return (uint32_t)(clock_unix_s() / SECONDS_PER_MINUTE) & MINUTES_MASK;
}

static uint32_t decayed_frequency(const struct keyspace *keyspace, const struct entry *entry) {
    uint32_t access = entry_access(entry);
    uint32_t counter = access & FREQUENCY_MASK;
    if (keyspace->access_policy.decay_minutes == 0) {
        return counter;
    }
    uint32_t elapsed = (minutes_clock() - (access >> FREQUENCY_BITS)) & MINUTES_MASK;
    uint64_t periods = elapsed / (uint64_t)keyspace->access_policy.decay_minutes;
    return periods > counter ? 0 : counter - (uint32_t)periods;
}

static uint32_t grown_frequency(struct keyspace *keyspace, uint32_t counter) {
    if (counter >= FREQUENCY_MAX) {
        return FREQUENCY_MAX;
    }
    uint64_t base = counter > FREQUENCY_START ? counter - FREQUENCY_START : 0;
    uint64_t chances = base * (uint64_t)keyspace->access_policy.log_factor + 1;
    return random_below(&keyspace->random, chances) == 0 ? counter + 1 : counter;
}

static void touch(struct keyspace *keyspace, struct entry *entry) {
    uint32_t access = seconds_clock();
    if (UNLIKELY(keyspace->access_policy.by_frequency)) {
        uint32_t counter = grown_frequency(keyspace, decayed_frequency(keyspace, entry));
        access = minutes_clock() << FREQUENCY_BITS | counter;
    }
    /* Most reads find the second unchanged: a line that is not written stays shared and clean. */
    if (access != entry_access(entry)) {
        entry_set_access(entry, access);
    }
}

static void start_access(const struct keyspace *keyspace, struct entry *entry) {
    entry_set_access(entry, keyspace->access_policy.by_frequency
                                ? minutes_clock() << FREQUENCY_BITS | FREQUENCY_START
                                : seconds_clock());
}

/* ---- Freeing ---- */

static void free_value_job(void *argument) {
    struct value *value = argument;
    value_ops_free(value);
    alloc_free(value);
}

void keyspace_free_value(struct keyspace *keyspace, struct value *value, bool lazily) {
    if (value->storage != VALUE_STORED_OBJECT ||
        (UNLIKELY(keyspace->snapshot != NULL) && keyspace_keep_value(keyspace, value))) {
        return;
    }
    size_t effort = value_ops_free_effort(value);
    if (keyspace->worker == NULL ||
        effort < (size_t)(lazily ? LAZY_FREE_EFFORT_MIN : LARGE_FREE_EFFORT)) {
        value_ops_free(value);
        return;
    }
    struct value *handed_over = alloc_new(sizeof *handed_over);
    *handed_over = *value;
    worker_submit(keyspace->worker, free_value_job, handed_over);
}

/* Lets a running snapshot see the entry before it changes or goes. */
static inline void keep_entry(struct database *database, struct entry *entry) {
    if (UNLIKELY(database->keyspace->snapshot != NULL)) {
        keyspace_keep_entry(database, entry);
    }
}

/* Takes an entry out of table and index; the entry itself lives on. */
static void detach_entry(struct database *database, struct entry *entry, uint64_t hash) {
    ASSERT(entry_epoch(entry) == database->keyspace->epoch);
    table_remove_item(database->table, hash, entry);
    void *node = entry_deadline_node(entry);
    if (node != NULL) {
        deadlines_remove(database->deadlines, node);
    }
    if (UNLIKELY(database->fields != NULL) && entry_type(entry) == VALUE_HASH) {
        field_deadlines_note(database->fields, entry_key(entry), hash, HASH_NO_DEADLINE);
    }
}

/* Tells the index of fields what holds for a key that was stored. */
static void note_fields(const struct open_key *key) {
    struct database *database = key->database;
    if (LIKELY(key->value.type != VALUE_HASH) || !hash_type_is_timed(&key->value)) {
        return;
    }
    if (database->fields == NULL) {
        database->fields = field_deadlines_create();
    }
    field_deadlines_note(database->fields, key->name, key->hash,
                         value_ops_next_deadline(&key->value));
}

static void free_entry_visitor(void *context, void *item) {
    (void)context;
    struct value value;
    entry_read_value(item, &value);
    if (value.storage == VALUE_STORED_OBJECT) {
        value_ops_free(&value);
    }
    entry_free(item);
}

static void free_detached_job(void *argument) {
    struct detached_data *data = argument;
    table_pause_resize(data->table);
    uint64_t cursor = 0;
    do {
        cursor = table_scan(data->table, cursor, free_entry_visitor, NULL);
    } while (cursor != 0);
    table_destroy(data->table);
    deadlines_destroy(data->deadlines);
    field_deadlines_destroy(data->fields);
    alloc_free(data);
}

static struct detached_data *detach_data(struct database *database) {
    struct detached_data *data = alloc_new(sizeof *data);
    data->table = database->table;
    data->deadlines = database->deadlines;
    data->fields = database->fields;
    database->fields = NULL;
    data->walk = database->walk;
    database->walk.is_done = true;
    database->table = table_create(&entry_table_type);
    database->deadlines = deadlines_create(clock_unix_ms());
    return data;
}

static void add_effort(void *context, void *item) {
    size_t *effort = context;
    struct value value;
    entry_read_value(item, &value);
    *effort += value.storage == VALUE_STORED_OBJECT ? value_ops_free_effort(&value) : 1;
}

/* True when freeing the data at once would be felt: many keys, or a few large ones. */
static bool is_costly_to_free(const struct detached_data *data) {
    if (table_count(data->table) >= LAZY_FREE_EFFORT_MIN) {
        return true;
    }
    size_t effort = 0;
    uint64_t cursor = 0;
    do {
        cursor = table_scan(data->table, cursor, add_effort, &effort);
    } while (cursor != 0);
    return effort >= LARGE_FREE_EFFORT;
}

void keyspace_free_detached(struct keyspace *keyspace, struct detached_data *data, bool lazily) {
    if (keyspace->worker != NULL && (lazily || is_costly_to_free(data))) {
        worker_submit(keyspace->worker, free_detached_job, data);
    } else {
        free_detached_job(data);
    }
}

/* ---- The keyspace ---- */

struct keyspace *keyspace_create(size_t database_count) {
    struct keyspace *keyspace = alloc_zeroed(sizeof *keyspace);
    keyspace->databases = alloc_zeroed(database_count * sizeof *keyspace->databases);
    keyspace->database_count = database_count;
    for (size_t i = 0; i < database_count; i++) {
        struct database *database = &keyspace->databases[i];
        database->keyspace = keyspace;
        database->index = (int)i;
        database->table = table_create(&entry_table_type);
        database->deadlines = deadlines_create(clock_unix_ms());
    }
    keyspace->access_policy.decay_minutes = 1;
    uint64_t seed;
    random_system_bytes(&seed, sizeof seed);
    random_init(&keyspace->random, seed);
    return keyspace;
}

void keyspace_destroy(struct keyspace *keyspace) {
    if (keyspace == NULL) {
        return;
    }
    ASSERT(keyspace->snapshot == NULL);
    for (size_t i = 0; i < keyspace->database_count; i++) {
        struct database *database = &keyspace->databases[i];
        free_detached_job(detach_data(database));
        table_destroy(database->table);
        deadlines_destroy(database->deadlines);
    }
    alloc_free(keyspace->databases);
    alloc_free(keyspace);
}

void keyspace_set_listeners(struct keyspace *keyspace, const struct key_listener *listeners,
                            size_t count) {
    ASSERT(count <= KEYSPACE_LISTENER_MAX);
    keyspace->listeners = listeners;
    keyspace->listener_count = count;
}

void keyspace_set_removal_sink(struct keyspace *keyspace, struct removal_sink sink) {
    keyspace->removal_sink = sink;
}

void keyspace_set_time_authority(struct keyspace *keyspace, enum time_authority authority) {
    keyspace->authority = authority;
    type_limits_show_due_fields(authority == TIME_STOPPED);
}

void keyspace_hold_expiry(struct keyspace *keyspace) {
    keyspace->expiry_hold_count++;
}

void keyspace_release_expiry(struct keyspace *keyspace) {
    ASSERT(keyspace->expiry_hold_count > 0);
    keyspace->expiry_hold_count--;
}

bool keyspace_may_expire(const struct keyspace *keyspace) {
    return keyspace->authority == TIME_BY_CLOCK && keyspace->expiry_hold_count == 0;
}

struct keyspace_counters *keyspace_counters(struct keyspace *keyspace) {
    return &keyspace->counters;
}

size_t keyspace_database_count(const struct keyspace *keyspace) {
    return keyspace->database_count;
}

struct database *keyspace_database(struct keyspace *keyspace, size_t index) {
    ASSERT(index < keyspace->database_count);
    return &keyspace->databases[index];
}

int database_index(const struct database *database) {
    return database->index;
}

size_t database_key_count(const struct database *database) {
    return table_count(database->table);
}

size_t database_deadline_count(const struct database *database) {
    return deadlines_count(database->deadlines);
}

size_t database_timed_hash_count(const struct database *database) {
    return database->fields == NULL ? 0 : field_deadlines_count(database->fields);
}

int64_t database_mean_deadline_ms(const struct database *database) {
    return deadlines_mean(database->deadlines);
}

struct lock_counter *keyspace_lock_counter(struct keyspace *keyspace) {
    return &keyspace->lock_counter;
}

/* ---- Opening ---- */

static void fill_open_key(struct open_key *key, struct entry *entry) {
    key->entry = entry;
    if (entry == NULL) {
        key->deadline_ms = DEADLINE_NONE;
        return;
    }
    entry_read_value(entry, &key->value);
    key->deadline_ms = entry_deadline_ms(entry);
}

/* Takes out an entry that goes by itself. tell: may be NULL. */
static void drop_entry(struct database *database, struct entry *entry, uint64_t hash,
                       enum key_event event, bool lazily,
                       void (*tell)(void *context, struct database *database, struct bytes key,
                                    uint64_t hash)) {
    struct keyspace *keyspace = database->keyspace;
    struct bytes name = entry_key(entry);
    struct value value;
    keep_entry(database, entry);
    entry_read_value(entry, &value);
    detach_entry(database, entry, hash);
    if (tell != NULL) {
        tell(keyspace->removal_sink.context, database, name, hash);
    }
    keyspace_announce(database, event, name, hash);
    keyspace_free_value(keyspace, &value, lazily);
    entry_free(entry);
}

void keyspace_expire_entry(struct database *database, struct entry *entry, uint64_t hash) {
    struct keyspace *keyspace = database->keyspace;
    struct value value;
    entry_read_value(entry, &value);
    keyspace->counters.expired_keys++;
    keyspace->counters.expired_locks += lock_value_is(&value);
    drop_entry(database, entry, hash, EVENT_EXPIRED, true, keyspace->removal_sink.expired);
}

void keyspace_evict_entry(struct database *database, struct entry *entry, uint64_t hash,
                          bool lazily) {
    struct keyspace *keyspace = database->keyspace;
    keyspace->counters.evicted_keys++;
    drop_entry(database, entry, hash, EVENT_EVICTED, lazily, keyspace->removal_sink.evicted);
}

/* Names of fields, copied before the fields go. */
struct expired_fields {
    sds copies[EXPIRED_FIELDS_AT_ONCE];
    struct bytes names[EXPIRED_FIELDS_AT_ONCE];
    size_t count;
};

static bool visit_expired(void *context, const struct hash_field *field) {
    struct expired_fields *expired = context;
    expired->copies[expired->count] = sds_new(field->name);
    expired->names[expired->count] = sds_view(expired->copies[expired->count]);
    expired->count++;
    return true;
}

static void tell_expired_fields(struct open_key *key, struct expired_fields *expired) {
    struct keyspace *keyspace = key->database->keyspace;
    keyspace->counters.expired_fields += (int64_t)expired->count;
    if (keyspace->removal_sink.expired_fields != NULL) {
        keyspace->removal_sink.expired_fields(keyspace->removal_sink.context, key->database,
                                              key->name, expired->names, expired->count);
    }
    for (size_t i = 0; i < expired->count; i++) {
        sds_free(expired->copies[i]);
    }
}

void keyspace_expire_fields(struct database *database, struct bytes name, uint64_t hash,
                            int64_t now_ms) {
    struct expired_fields expired = {.count = 0};
    sds copy = sds_new(name); /* The index frees its own when the last deadline goes. */
    struct open_key key = {.database = database, .name = sds_view(copy), .hash = hash};
    struct entry *entry = table_find(database->table, hash, &key.name);
    if (entry == NULL || entry_type(entry) != VALUE_HASH) {
        field_deadlines_note(database->fields, key.name, hash, HASH_NO_DEADLINE);
        sds_free(copy);
        return;
    }
    keep_entry(database, entry);
    fill_open_key(&key, entry);
    (void)hash_type_take_due(&key.value, now_ms, EXPIRED_FIELDS_AT_ONCE, visit_expired, &expired);
    if (expired.count == 0) {
        field_deadlines_note(database->fields, key.name, hash, value_ops_next_deadline(&key.value));
    } else {
        tell_expired_fields(&key, &expired);
        bool is_kept = keyspace_store(&key);
        keyspace_announce(database, EVENT_HEXPIRED, key.name, hash);
        if (!is_kept) {
            keyspace_announce(database, EVENT_DEL, key.name, hash);
        }
    }
    sds_free(copy);
}

/* The entry under a name unless it is due; a due one is removed if that is allowed now. */
static struct entry *find_live(struct database *database, struct bytes name, uint64_t hash) {
    struct entry *entry = table_find(database->table, hash, &name);
    if (entry != NULL && is_due(entry) && database->keyspace->authority != TIME_STOPPED) {
        if (keyspace_may_expire(database->keyspace)) {
            keyspace_expire_entry(database, entry, hash);
        }
        return NULL;
    }
    return entry;
}

bool keyspace_open_read(struct database *database, struct bytes name, uint64_t hash,
                        enum open_mode mode, struct open_key *key) {
    struct keyspace *keyspace = database->keyspace;
    key->database = database;
    key->name = name;
    key->hash = hash;
    struct entry *entry = find_live(database, name, hash);
    fill_open_key(key, entry);
    if (entry == NULL) {
        if (mode != OPEN_UNTOUCHED) {
            keyspace->counters.misses++;
            keyspace_announce(database, EVENT_KEY_MISS, name, hash);
        }
        return false;
    }
    keyspace->counters.hits += mode != OPEN_UNTOUCHED;
    if (mode == OPEN_COUNTED) {
        touch(keyspace, entry);
    }
    return true;
}

bool keyspace_open_write(struct database *database, struct bytes name, uint64_t hash,
                         struct open_key *key) {
    key->database = database;
    key->name = name;
    key->hash = hash;
    struct entry *entry = table_find(database->table, hash, &name);
    if (entry != NULL && is_due(entry)) {
        /* Under the log's authority or while expiry is held, the due entry is written over. */
        if (keyspace_may_expire(database->keyspace)) {
            keyspace_expire_entry(database, entry, hash);
            entry = NULL;
        }
    }
    if (entry != NULL) {
        keep_entry(database, entry);
        touch(database->keyspace, entry);
    }
    fill_open_key(key, entry);
    return entry != NULL;
}

/* ---- Storing ---- */

static void insert_entry(struct open_key *key) {
    struct database *database = key->database;
    struct entry *entry = entry_create(key->name, &key->value, key->deadline_ms >= 0);
    entry_set_epoch(entry, database->keyspace->epoch);
    start_access(database->keyspace, entry);
    table_insert(database->table, key->hash, entry);
    if (key->deadline_ms >= 0) {
        deadlines_insert(database->deadlines, entry_deadline_node(entry), key->deadline_ms);
    }
    fill_open_key(key, entry);
    note_fields(key);
}

static void add_entry(struct open_key *key) {
    insert_entry(key);
    keyspace_announce(key->database, EVENT_NEW, key->name, key->hash);
}

/* Builds the entry anew with another layout or size and puts it in the place of the old one. */
static void move_entry(struct open_key *key) {
    struct database *database = key->database;
    struct entry *old_entry = key->entry;
    struct entry *entry = entry_create(entry_key(old_entry), &key->value, key->deadline_ms >= 0);
    entry_set_access(entry, entry_access(old_entry));
    entry_set_epoch(entry, entry_epoch(old_entry));
    void *old_node = entry_deadline_node(old_entry);
    void *node = entry_deadline_node(entry);
    if (old_node != NULL && node != NULL) {
        memcpy(node, old_node, DEADLINE_NODE_SIZE);
        deadlines_moved(database->deadlines, old_node, node);
        if (deadline_node_time(node) != key->deadline_ms) {
            deadlines_change(database->deadlines, node, key->deadline_ms);
        }
    } else if (old_node != NULL) {
        deadlines_remove(database->deadlines, old_node);
    } else if (node != NULL) {
        deadlines_insert(database->deadlines, node, key->deadline_ms);
    }
    table_replace_item(database->table, key->hash, old_entry, entry);
    entry_free(old_entry);
    key->entry = entry;
}

static void rewrite_entry(struct open_key *key) {
    ASSERT(entry_epoch(key->entry) == key->database->keyspace->epoch);
    void *node = entry_deadline_node(key->entry);
    bool same_layout = (node != NULL) == (key->deadline_ms >= 0);
    if (!same_layout || !entry_write_value(key->entry, &key->value)) {
        move_entry(key);
    } else if (node != NULL && deadline_node_time(node) != key->deadline_ms) {
        deadlines_change(key->database->deadlines, node, key->deadline_ms);
    }
    entry_read_value(key->entry, &key->value);
    note_fields(key);
}

bool keyspace_store(struct open_key *key) {
    if (value_ops_is_empty(&key->value)) {
        keyspace_free_value(key->database->keyspace, &key->value, true);
        if (key->entry != NULL) {
            detach_entry(key->database, key->entry, key->hash);
            entry_free(key->entry);
            key->entry = NULL;
        }
        return false;
    }
    if (key->entry == NULL) {
        add_entry(key);
    } else {
        rewrite_entry(key);
    }
    return true;
}

bool keyspace_load(struct open_key *key) {
    if (table_find(key->database->table, key->hash, &key->name) != NULL) {
        return false;
    }
    insert_entry(key);
    return true;
}

void keyspace_reserve(struct database *database, size_t key_count) {
    table_reserve(database->table, key_count);
}

void keyspace_replace(struct open_key *key, const struct value *value, int64_t deadline_ms) {
    if (key->entry != NULL) {
        keyspace_free_value(key->database->keyspace, &key->value, true);
    }
    key->value = *value;
    key->deadline_ms = deadline_ms;
    if (key->entry == NULL) {
        add_entry(key);
    } else {
        rewrite_entry(key);
    }
}

void keyspace_store_deadline(struct open_key *key) {
    ASSERT(key->entry != NULL);
    rewrite_entry(key);
}

void keyspace_remove(struct open_key *key, bool lazily) {
    ASSERT(key->entry != NULL);
    detach_entry(key->database, key->entry, key->hash);
    keyspace_free_value(key->database->keyspace, &key->value, lazily);
    entry_free(key->entry);
    key->entry = NULL;
}

void keyspace_take(struct open_key *key, struct value *value, char scratch[KEYSPACE_SCRATCH_SIZE]) {
    ASSERT(key->entry != NULL);
    *value = key->value;
    if (value->storage == VALUE_STORED_BYTES && value->bytes.length > 0) {
        memcpy(scratch, value->bytes.data, value->bytes.length);
        value->bytes.data = scratch;
    }
    detach_entry(key->database, key->entry, key->hash);
    entry_free(key->entry);
    key->entry = NULL;
}

void keyspace_discard(struct database *database, struct value *value) {
    keyspace_free_value(database->keyspace, value, true);
}

/* ---- Listeners ---- */

static void tell_listeners(struct database *database, enum key_event event, struct bytes name,
                           uint64_t hash) {
    struct keyspace *keyspace = database->keyspace;
    unsigned classes = key_event_class(event);
    if (key_event_is_change(event)) {
        classes |= KEY_INTEREST_CHANGES;
        classes |= key_event_leaves_entries(event) ? 0 : (unsigned)KEY_INTEREST_CONTENTS;
    }
    struct key_happening happening = {event, database->index, name, hash};
    for (size_t i = 0; i < keyspace->listener_count; i++) {
        if ((keyspace->interests[i] & classes) != 0) {
            keyspace->listeners[i].hear(keyspace->listeners[i].context, &happening);
        }
    }
}

void keyspace_announce(struct database *database, enum key_event event, struct bytes name,
                       uint64_t hash) {
    if (UNLIKELY(database->keyspace->any_interest != 0)) {
        tell_listeners(database, event, name, hash);
    }
}

void keyspace_set_interest(struct keyspace *keyspace, size_t listener_index, unsigned classes) {
    ASSERT(listener_index < KEYSPACE_LISTENER_MAX);
    keyspace->interests[listener_index] = classes;
    keyspace->any_interest = 0;
    for (size_t i = 0; i < KEYSPACE_LISTENER_MAX; i++) {
        keyspace->any_interest |= keyspace->interests[i];
    }
}

/* ---- Walking ---- */

void keyspace_prefetch_bucket(const struct database *database, uint64_t hash) {
    table_prefetch_bucket(database->table, hash);
}

void keyspace_prefetch_entry(const struct database *database, uint64_t hash) {
    table_prefetch_items(database->table, hash);
}

bool keyspace_prefetch_value(const struct database *database, uint64_t hash) {
    const struct entry *entry = table_glimpse(database->table, hash);
    return entry != NULL && entry_prefetch_value(entry);
}

bool keyspace_glimpse(const struct database *database, struct bytes name, uint64_t hash,
                      struct value *value) {
    const struct entry *entry = table_find(database->table, hash, &name);
    if (entry == NULL) {
        return false;
    }
    entry_read_value(entry, value);
    return true;
}

struct scan_context {
    struct database *database;
    keyspace_visitor visit;
    void *context;
};

static void visit_entry(void *context, void *item) {
    struct scan_context *scan = context;
    struct entry *entry = item;
    struct open_key key = {.database = scan->database, .name = entry_key(entry)};
    fill_open_key(&key, entry);
    scan->visit(scan->context, &key);
}

static void visit_live_entry(void *context, void *item) {
    if (!is_due(item)) {
        visit_entry(context, item);
    }
}

uint64_t keyspace_scan(struct database *database, uint64_t cursor, keyspace_visitor visit,
                       void *context) {
    struct scan_context scan = {database, visit, context};
    return table_scan(database->table, cursor, visit_live_entry, &scan);
}

uint64_t keyspace_scan_with_due(struct database *database, uint64_t cursor, keyspace_visitor visit,
                                void *context) {
    struct scan_context scan = {database, visit, context};
    return table_scan(database->table, cursor, visit_entry, &scan);
}

bool keyspace_is_due(const struct open_key *key) {
    return is_due(key->entry);
}

static void note_lasting(void *context, void *item) {
    struct entry **found = context;
    *found = is_due(item) ? *found : item;
}

/* An entry that is not due, behind a place of a walk; NULL when there is none. */
static struct entry *find_lasting(const struct database *database, uint64_t cursor) {
    struct entry *found = NULL;
    do {
        cursor = table_scan(database->table, cursor, note_lasting, &found);
    } while (cursor != 0 && found == NULL);
    return found;
}

bool keyspace_random(struct database *database, struct random *random, struct open_key *key) {
    struct entry *entry = table_random(database->table, random);
    for (size_t i = 0; i < RANDOM_ATTEMPT_MAX && entry != NULL && is_due(entry); i++) {
        if (keyspace_may_expire(database->keyspace)) {
            keyspace_expire_entry(database, entry, hash_bytes(entry_key(entry)));
        }
        entry = table_random(database->table, random);
    }
    /* Most keys are due: to look for another one takes a fraction of removing them all. */
    if (entry != NULL && is_due(entry)) {
        entry = find_lasting(database, random_below(random, table_count(database->table)));
        entry = entry == NULL ? find_lasting(database, 0) : entry;
    }
    if (entry == NULL) {
        return false;
    }
    key->database = database;
    key->name = entry_key(entry);
    key->hash = hash_bytes(key->name);
    fill_open_key(key, entry);
    return true;
}

void keyspace_set_worker(struct keyspace *keyspace, struct worker *worker) {
    keyspace->worker = worker;
}

size_t keyspace_flush(struct database *database, bool lazily) {
    size_t count = table_count(database->table);
    if (count == 0) {
        return 0;
    }
    struct detached_data *data = detach_data(database);
    if (database->keyspace->snapshot != NULL) {
        keyspace_keep_detached(database->keyspace, data);
    } else {
        keyspace_free_detached(database->keyspace, data, lazily);
    }
    return count;
}

void keyspace_swap(struct keyspace *keyspace, size_t first_index, size_t second_index) {
    struct database *first = keyspace_database(keyspace, first_index);
    struct database *second = keyspace_database(keyspace, second_index);
    struct table *table = first->table;
    struct deadlines *deadlines = first->deadlines;
    struct field_deadlines *fields = first->fields;
    struct table_walk walk = first->walk;
    first->walk = second->walk;
    second->walk = walk;
    first->table = second->table;
    first->deadlines = second->deadlines;
    first->fields = second->fields;
    second->table = table;
    second->deadlines = deadlines;
    second->fields = fields;
}

/* ---- Introspection ---- */

void keyspace_set_access_policy(struct keyspace *keyspace, struct access_policy policy) {
    keyspace->access_policy = policy;
}

static void set_access(const struct keyspace *keyspace, struct entry *entry, int64_t idle_seconds,
                       int64_t frequency) {
    if (!keyspace->access_policy.by_frequency && idle_seconds >= 0) {
        uint32_t seconds = seconds_clock() - (uint32_t)(uint64_t)idle_seconds;
        entry_set_access(entry, seconds & ENTRY_ACCESS_MAX);
    } else if (keyspace->access_policy.by_frequency) {
        uint32_t counter = frequency < 0 ? FREQUENCY_START : (uint32_t)frequency & FREQUENCY_MASK;
        entry_set_access(entry, minutes_clock() << FREQUENCY_BITS | counter);
    }
}

void keyspace_set_access(struct open_key *key, int64_t idle_seconds, int64_t frequency) {
    set_access(key->database->keyspace, key->entry, idle_seconds, frequency);
}

int64_t keyspace_idle_seconds(const struct open_key *key) {
    return (seconds_clock() - entry_access(key->entry)) & ENTRY_ACCESS_MAX;
}

unsigned keyspace_frequency(const struct open_key *key) {
    return decayed_frequency(key->database->keyspace, key->entry);
}

size_t keyspace_entry_memory(const struct open_key *key) {
    return entry_memory(key->entry);
}

size_t database_table_memory(const struct database *database) {
    return table_memory(database->table);
}

sds database_describe_tables(const struct database *database, sds text) {
    struct table_stats stats = table_read_stats(database->table);
    return sds_append_format(text,
                             "[Keys]\nBuckets of one cache line: %zu\nOverflow buckets: %zu\n"
                             "Keys: %zu\nLongest chain of buckets: %zu\n"
                             "[Deadlines]\nKeys with a deadline: %zu\n",
                             stats.bucket_count, stats.overflow_bucket_count, stats.item_count,
                             stats.longest_chain, deadlines_count(database->deadlines));
}
