#include "persist/manifest.h"

#include "base/alloc.h"
#include "support/unit.h"

#include <string.h>

static void expect_refused(const char *text, const char *wanted) {
    struct manifest manifest = {0};
    sds error = NULL;
    require(!manifest_parse(bytes_of_text(text), &manifest, &error));
    require(manifest.count == 0);
    require(strstr(error, wanted) != NULL);
    sds_free(error);
}

Test(manifest, the_text_of_a_stock_server_is_read) {
    struct manifest manifest = {0};
    sds error = NULL;
    cr_assert(
        manifest_parse(BYTES("file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n"
                             "file a.2.incr.aof seq 2 type i\n"),
                       &manifest, &error));
    cr_assert_str_eq(manifest_base(&manifest)->name, "a.1.base.rdb");
    cr_assert_str_eq(manifest_last_increment(&manifest)->name, "a.2.incr.aof");
    cr_assert_eq(manifest_next_base(&manifest), 2);
    cr_assert_eq(manifest_next_increment(&manifest), 3);
    manifest_release(&manifest);
}

Test(manifest, the_base_stands_before_all_increments) {
    struct manifest manifest = {0};
    sds error = NULL;
    cr_assert(
        manifest_parse(BYTES("file i seq 1 type i\nfile b seq 1 type b\n"), &manifest, &error));
    cr_assert_str_eq(manifest.entries[0].name, "b");
    cr_assert_str_eq(manifest.entries[1].name, "i");
    manifest_release(&manifest);
}

Test(manifest, damage_is_named) {
    expect_refused("", "empty");
    expect_refused("file a seq 1 type b", "too long line");
    expect_refused("file a seq 1 type x\n", "Unknown AOF file type");
    expect_refused("file a/b seq 1 type b\n", "path");
    expect_refused("file a seq 0 type b\n", "Invalid AOF manifest");
    expect_refused("file a seq 1 type b\nfile b seq 2 type b\n", "line 2");
    expect_refused("file a seq 2 type i\nfile b seq 2 type i\n", "non-monotonic");
}

static sds print_of_ours(void) {
    struct manifest manifest = {0};
    (void)manifest_add(&manifest, MANIFEST_INCREMENT, BYTES("i 1"), 1);
    manifest_add(&manifest, MANIFEST_BASE, BYTES("base"), 3)->size = 77;
    manifest_retire(&manifest, true);
    manifest_add(&manifest, MANIFEST_BASE, BYTES("new"), 4)->size = 78;
    (void)manifest_add(&manifest, MANIFEST_INCREMENT, BYTES("i 2"), 2);
    sds text = manifest_print(&manifest, sds_new(BYTES("")));
    manifest_release(&manifest);
    return text;
}

/* Refused, or read as the same entries. */
static void expect_no_other(struct bytes damaged, const char *whole) {
    struct manifest manifest = {0};
    sds error = NULL;
    if (manifest_parse(damaged, &manifest, &error)) {
        sds text = manifest_print(&manifest, sds_new(BYTES("")));
        cr_assert_str_eq(text, whole);
        sds_free(text);
        manifest_release(&manifest);
    } else {
        require(manifest.count == 0 && sds_length(error) > 0);
        sds_free(error);
    }
}

Test(manifest, what_is_printed_and_cut_at_any_byte_is_refused) {
    sds text = print_of_ours();
    for (size_t size = 0; size < sds_length(text); size++) {
        struct manifest manifest = {0};
        sds error = NULL;
        require(!manifest_parse((struct bytes){text, size}, &manifest, &error));
        sds_free(error);
    }
    sds_free(text);
}

Test(manifest, what_is_printed_with_any_bit_changed_is_refused_or_the_same) {
    enum { BITS = 8 };
    sds text = print_of_ours();
    sds damaged = sds_new(sds_view(text));
    for (size_t i = 0; i < sds_length(text) * BITS; i++) {
        damaged[i / BITS] = (char)(text[i / BITS] ^ (char)(1U << i % BITS));
        expect_no_other(sds_view(damaged), text);
        damaged[i / BITS] = text[i / BITS];
    }
    sds_free(damaged);
    sds_free(text);
}

Test(manifest, entries_behind_the_checksum_are_refused) {
    sds text = print_of_ours();
    text = sds_append(text, BYTES("file i.3 seq 3 type i\n"));
    expect_refused(text, "The checksum is missing");
    sds_free(text);
}

Test(manifest, what_is_printed_is_read_again_and_each_flipped_byte_of_names_is_found) {
    size_t before = alloc_used_bytes();
    struct manifest manifest = {0};
    (void)manifest_add(&manifest, MANIFEST_INCREMENT, BYTES("i 1"), 1);
    manifest_add(&manifest, MANIFEST_BASE, BYTES("base"), 3)->size = 77;
    manifest_retire(&manifest, true);
    (void)manifest_add(&manifest, MANIFEST_BASE, BYTES("new"), 4);
    sds text = manifest_print(&manifest, sds_new(BYTES("")));
    struct manifest copy = {0};
    sds error = NULL;
    cr_assert(manifest_parse(sds_view(text), &copy, &error));
    cr_assert_eq(copy.count, 3);
    cr_assert_str_eq(manifest_last_increment(&copy)->name, "i 1");
    manifest_forget_history(&copy);
    cr_assert_eq(copy.count, 2);
    char *name = strstr(text, "new");
    name[0] = 'N';
    manifest_release(&copy);
    cr_assert_not(manifest_parse(sds_view(text), &copy, &error));
    sds_free(error);
    sds_free(text);
    manifest_release(&manifest);
    cr_assert_eq(alloc_used_bytes(), before);
}
