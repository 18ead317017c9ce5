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
