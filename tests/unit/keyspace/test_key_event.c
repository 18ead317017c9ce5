#include "keyspace/key_event.h"

#include "support/unit.h"

#include <string.h>

Test(key_event, every_event_has_its_own_name_and_one_class) {
    for (int i = EVENT_GROUP + 1; i < EVENT_COUNT; i++) {
        const char *name = key_event_name((enum key_event)i);
        require(name != NULL && name[0] != '\0');
        unsigned class = key_event_class((enum key_event)i);
        require(class != 0 && (class & (class - 1)) == 0);
        for (int k = EVENT_GROUP + 1; k < i; k++) {
            require(strcmp(name, key_event_name((enum key_event)k)) != 0);
        }
    }
}

Test(key_event, a_silent_change_has_no_class) {
    cr_assert_str_eq(key_event_name(EVENT_NONE), "");
    cr_assert_eq(key_event_class(EVENT_NONE), 0);
    cr_assert(key_event_is_change(EVENT_NONE));
    cr_assert(!key_event_leaves_entries(EVENT_NONE));
    cr_assert_eq(key_event_class(EVENT_GROUP), 0);
    cr_assert(key_event_is_change(EVENT_GROUP));
}

Test(key_event, changes_that_leave_the_entries_of_a_stream_are_told_apart) {
    static const enum key_event events[] = {EVENT_GROUP,
                                            EVENT_XSETID,
                                            EVENT_XGROUP_CREATE,
                                            EVENT_XGROUP_SETID,
                                            EVENT_XGROUP_DESTROY,
                                            EVENT_XGROUP_CREATECONSUMER,
                                            EVENT_XGROUP_DELCONSUMER};
    int count = 0;
    for (int i = 0; i < EVENT_COUNT; i++) {
        count += key_event_leaves_entries((enum key_event)i) != 0;
    }
    cr_assert_eq(count, sizeof events / sizeof *events);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        require(key_event_leaves_entries(events[i]));
    }
}

Test(key_event, all_but_new_and_keymiss_are_changes) {
    for (int i = 0; i < EVENT_COUNT; i++) {
        bool is_change = i != EVENT_NEW && i != EVENT_KEY_MISS;
        require((key_event_is_change((enum key_event)i) != 0) == is_change);
    }
}

Test(key_event, names_and_classes_are_those_of_notifications) {
    static const struct {
        enum key_event event;
        const char *name;
        unsigned class;
    } rows[] = {
        {EVENT_NEW, "new", KEY_CLASS_NEW},
        {EVENT_KEY_MISS, "keymiss", KEY_CLASS_KEY_MISS},
        {EVENT_DEL, "del", KEY_CLASS_GENERIC},
        {EVENT_EXPIRED, "expired", KEY_CLASS_EXPIRED},
        {EVENT_EVICTED, "evicted", KEY_CLASS_EVICTED},
        {EVENT_RENAME_FROM, "rename_from", KEY_CLASS_GENERIC},
        {EVENT_INCRBYFLOAT, "incrbyfloat", KEY_CLASS_STRING},
        {EVENT_LINSERT, "linsert", KEY_CLASS_LIST},
        {EVENT_SPOP, "spop", KEY_CLASS_SET},
        {EVENT_HINCRBYFLOAT, "hincrbyfloat", KEY_CLASS_HASH},
        {EVENT_ZINCR, "zincr", KEY_CLASS_ZSET},
        {EVENT_ZREMRANGEBYRANK, "zremrangebyrank", KEY_CLASS_ZSET},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_str_eq(key_event_name(rows[i].event), rows[i].name);
        cr_assert_eq(key_event_class(rows[i].event), rows[i].class);
    }
}
