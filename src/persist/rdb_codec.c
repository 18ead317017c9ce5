/*
 * Both libraries have no archive to link with, and each start would pay 0.4 ms for each of them
 * before main. The names of their files are those that a linker would have written into the
 * program: the Makefile asks the libraries for them.
 */
#include "persist/rdb_codec.h"

#include "base/log.h"
#include "base/panic.h"

#include <dlfcn.h>
#include <isa-l/crc64.h>
#include <liblzf/lzf.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum library_function { CHECKSUM, COMPRESS, EXPAND, FUNCTION_COUNT };

static const struct {
    const char *library;
    const char *name;
} functions[FUNCTION_COUNT] = {
    [CHECKSUM] = {ISAL_LIBRARY, "crc64_jones_refl"},
    [COMPRESS] = {LZF_LIBRARY, "lzf_compress"},
    [EXPAND] = {LZF_LIBRARY, "lzf_decompress"},
};

/* NULL: not loaded yet. Two threads that load at once find the same. */
static _Atomic(void *) addresses[FUNCTION_COUNT];

static void *load(enum library_function function) {
    void *library = dlopen(functions[function].library, RTLD_NOW);
    void *address = library == NULL ? NULL : dlsym(library, functions[function].name);
    if (address == NULL) {
        log_set_carrier((struct log_carrier){NULL, NULL}); /* Its thread may not come to write. */
        log_line(LOG_LEVEL_WARNING, "RDB files cannot be read or written: %s", dlerror());
        _exit(EXIT_FAILURE);
    }
    atomic_store_explicit(&addresses[function], address, memory_order_release);
    return address;
}

/* Copies the address into a pointer to a function: a cast would not be ISO C. */
static void find(enum library_function function, void *pointer) {
    void *address = atomic_load_explicit(&addresses[function], memory_order_acquire);
    if (UNLIKELY(address == NULL)) {
        address = load(function);
    }
    memcpy(pointer, &address, sizeof address);
}

void rdb_codec_load(void) {
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        void *address;
        find((enum library_function)i, &address);
    }
}

uint64_t rdb_codec_checksum(uint64_t checksum, struct bytes source) {
    __typeof__(crc64_jones_refl) *sum_up;
    find(CHECKSUM, &sum_up);
    return ~sum_up(~checksum, (const unsigned char *)source.data, source.length);
}

size_t rdb_codec_compress(struct bytes source, char *target, size_t room) {
    __typeof__(lzf_compress) *compress;
    find(COMPRESS, &compress);
    return compress(source.data, (unsigned)source.length, target, (unsigned)room);
}

bool rdb_codec_expand(struct bytes source, char *target, size_t size) {
    __typeof__(lzf_decompress) *expand;
    find(EXPAND, &expand);
    return expand(source.data, (unsigned)source.length, target, (unsigned)size) == size;
}
