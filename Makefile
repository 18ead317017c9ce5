# Latchkey. `make run` serves on 127.0.0.1:6379, `make test` runs every test; both install what they
# need through deps/install.sh. The other targets: debug, unit, check-style, format, fuzz SECONDS=,
# torture MINUTES=, bench, install PREFIX= DESTDIR=, clean. Variants live in build/<variant>.

CC = gcc
SANITIZE =
PREFIX = /usr/local
SECONDS = 60
MINUTES = 10

FOLDERS = base structs types keyspace proto net persist server storage script repl commands
# Libraries in the order in which the linker needs them: users before what they use.
LINK_ORDER = commands repl script storage server persist net proto keyspace types structs base

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
  -Wredundant-decls -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 \
  -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference -Werror
CPPFLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Isrc -MMD -MP
# Archives where the distribution has them: a shared library costs each start half a millisecond
# (the allocator's drags that of C++ along), and a jump over a table with each call. It has none of
# liblzf and isa-l: persist/rdb_codec loads them when it needs them.
LIBS = -l:libluajit-5.1.a -l:libxxhash.a -l:liburing.a -ldl -lpthread -lm
ALLOCATOR = -l:libjemalloc.a
UNWINDER = -static-libgcc

comma = ,
ifneq ($(SANITIZE),)
  VARIANT = $(if $(filter clang,$(CC)),clang-)sanitize-$(subst $(comma),-,$(SANITIZE))
  MODE = -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
    -DLATCHKEY_LIBC_ALLOCATOR=1 -DLATCHKEY_DEBUG=1
  ALLOCATOR =
  UNWINDER = # the sanitizers' own
else ifeq ($(CC),clang)
  VARIANT = clang
  MODE = -O2 -g
else ifeq ($(DEBUG),1)
  VARIANT = debug
  MODE = -O0 -g3 -DLATCHKEY_DEBUG=1
else
  VARIANT = release
  MODE = -O3 -g -flto=auto
endif
AR = $(if $(filter clang,$(CC)),ar,gcc-ar)
CFLAGS = -std=c17 $(MODE) $(WARNINGS)
BUILD = build/$(VARIANT)
SERVER = $(BUILD)/latchkey-server

objects = $(patsubst src/%.c,$(BUILD)/obj/%.o,$(wildcard src/$(1)/*.c))
APP_OBJECTS = $(BUILD)/obj/app.o
PRESENT = $(foreach f,$(LINK_ORDER),$(if $(wildcard src/$(f)/*.c),$(f)))
ARCHIVES = $(PRESENT:%=$(BUILD)/lib%.a)

.DEFAULT_GOAL = release
.PHONY: release server debug run test unit torture check-style format fuzz bench install clean
.SECONDARY:
.DELETE_ON_ERROR:

release: $(SERVER)
server: $(SERVER)
debug:
	@$(MAKE) --no-print-directory DEBUG=1 server

$(BUILD)/obj/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	@echo "CC $(VARIANT) $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

# What the file of a shared library is called for those who run programs.
soname = $(shell objdump -p $$($(CC) -print-file-name=lib$(1).so) | sed -n 's/^ *SONAME *//p')
$(BUILD)/obj/persist/rdb_codec.o: CPPFLAGS += -DLZF_LIBRARY='"$(call soname,lzf)"' \
  -DISAL_LIBRARY='"$(call soname,isal)"'

define archive_rule
$(BUILD)/lib$(1).a: $$(call objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	@$$(AR) rcs $$@ $$^
endef
$(foreach f,$(PRESENT),$(eval $(call archive_rule,$(f))))

$(SERVER): $(BUILD)/obj/main.o $(APP_OBJECTS) $(ARCHIVES)
	@echo "LD $@"
	@$(CC) -std=c17 $(MODE) -rdynamic $(UNWINDER) $^ $(ALLOCATOR) $(LIBS) -o $@

run:
	@deps/install.sh run
	@$(MAKE) --no-print-directory release
	@exec $(SERVER) redis.conf

# ---- Tests ----

# What tests/run.sh asks for is built here, one variant at a time. A directory below tests/ with
# test_*.c is a Criterion program of that name; one with a main() is a program of its own.
TEST_CFLAGS = -std=c17 $(patsubst -O3,-O1,$(filter-out -flto=auto,$(MODE))) $(WARNINGS) -Itests
UNIT_FOLDERS = $(notdir $(wildcard tests/unit/*))
SOCKET_SUITES = $(patsubst tests/%/,%,$(sort $(dir $(wildcard tests/*/test_*.c))))
PROGRAM_SUITES = $(filter-out $(SOCKET_SUITES) support bench fuzz, $(patsubst tests/%/,%, \
  $(sort $(dir $(shell grep -ls '^int main\b' tests/*/*.c)))))
EFFECT_SERVER = $(BUILD)/tests/effect-server
SUPPORT = $(filter-out tests/support/effect_server.c,$(wildcard tests/support/*.c))
test_objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

.PHONY: unit-tests socket-tests program-tests effect-server fuzz-targets
unit-tests: $(UNIT_FOLDERS:%=$(BUILD)/tests/unit-%)
socket-tests: $(SOCKET_SUITES:%=$(BUILD)/tests/%)
program-tests: $(PROGRAM_SUITES:%=$(BUILD)/tests/%)
effect-server: $(EFFECT_SERVER)

$(BUILD)/obj/tests/%.o: tests/%.c Makefile
	@mkdir -p $(@D)
	@echo "CC $(VARIANT) $<"
	@$(CC) $(CPPFLAGS) $(TEST_CFLAGS) -c $< -o $@

# What links a program with Criterion. Each test is a process of its own, and half of what an empty
# one costs is loading libgit2 and the libraries behind it. Criterion calls that for the differences
# in one kind of assertions, which no test here uses: a library of its name stands in, and fails.
CRITERION = $(BUILD)/tests/criterion.flags
$(CRITERION): Makefile
	@mkdir -p $(@D)
	@library=$$($(CC) -print-file-name=libcriterion.so) && \
	name=$$(objdump -p $$library | sed -n 's/.* \(libgit2\.so.*\)/\1/p') && \
	if [ -n "$$name" ]; then \
	  nm -D --undefined-only $$library | \
	    sed -n 's/.* \(git_.*\)/int \1(void); int \1(void) { return -1; }/p' | \
	    $(CC) -shared -fPIC -Wl,-soname,$$name -xc - -o $(@D)/$$name && \
	    echo "-Wl,--push-state,--no-as-needed $(@D)/$$name -Wl,--pop-state,-rpath,\$$ORIGIN"; \
	fi >$@ && echo -lcriterion >>$@

# A folder's unit tests link with the archives of its row in layers.txt alone. Link-time optimisation
# of code that has lost its callers guesses at null pointers: the server's own link is what warns.
row = $(shell sed -n 's/^$(1)  *->//p' tests/style/layers.txt)
define unit_rule
$(BUILD)/tests/unit-$(1): $$(call test_objects,$$(wildcard tests/unit/$(1)/*.c)) \
    $$(foreach f,$$(LINK_ORDER),$$(if $$(filter $$(f),$(1) $$(call row,$(1))),$$(BUILD)/lib$$(f).a)) \
    $$(CRITERION)
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$$(CC) $$(TEST_CFLAGS) -Wno-null-dereference $$(filter %.o %.a,$$^) $$(ALLOCATOR) $$(LIBS) \
	  @$$(CRITERION) -o $$@
endef
$(foreach f,$(UNIT_FOLDERS),$(eval $(call unit_rule,$(f))))

define program_rule
$(BUILD)/tests/$(1): $$(call test_objects,$$(wildcard tests/$(1)/*.c tests/$(1)/scenarios/*.c) \
    $$(SUPPORT)) $(2)
	@mkdir -p $$(@D)
	@echo "LD $$@"
	@$$(CC) $$(TEST_CFLAGS) $$(filter %.o,$$^) -lhiredis $(2:%=@%) -lpthread -lm -o $$@
endef
$(foreach f,$(SOCKET_SUITES),$(eval $(call program_rule,$(f),$(CRITERION))))
$(foreach f,$(PROGRAM_SUITES),$(eval $(call program_rule,$(f))))

$(EFFECT_SERVER): $(call test_objects,tests/support/effect_server.c) $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) -std=c17 $(MODE) $^ $(ALLOCATOR) $(LIBS) -o $@

# Preloaded into servers by tests/crash.
$(BUILD)/tests/shim.so: tests/crash/shim/shim.c tests/crash/shim/shim.h Makefile
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) -std=c17 -O1 -g $(filter-out -Wpedantic,$(WARNINGS)) -D_GNU_SOURCE -Itests -fPIC -shared \
	  $< -ldl -lpthread -o $@

$(BUILD)/tests/crash: $(BUILD)/tests/shim.so

unit:
	@deps/install.sh test
	@tests/run.sh unit

test:
	@deps/install.sh test
	@SANITIZE=$(SANITIZE) tests/run.sh all

torture:
	@deps/install.sh test
	@tests/run.sh torture $(MINUTES)

check-style:
	@$(MAKE) --no-print-directory DEBUG=1 server >/dev/null
	@python3 -B tests/style/test_check.py --quiet
	@python3 -B tests/style/check.py build/debug

format:
	clang-format-14 -i $$(find src tests -name '*.[ch]')

# Built with CC=clang SANITIZE=fuzzer-no-link,address,undefined: of the objects of the server against
# which tests/run.sh runs the socket tests under sanitizers.
FUZZ = $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(CPPFLAGS) -MF $(BUILD)/obj/$*.d $(subst fuzzer-no-link,fuzzer,$(TEST_CFLAGS)) \
	  $(filter %.c %.a,$^) $(LIBS) -o $@

fuzz-targets: $(FUZZ)

fuzz:
	@deps/install.sh test
	@tests/run.sh fuzz $(SECONDS)

# ---- Benchmark ----

build/bench/bench: $(wildcard tests/bench/*.[ch]) Makefile
	@mkdir -p $(@D)
	$(CC) -std=c17 -O2 -g -D_GNU_SOURCE $(filter-out -Wnull-dereference,$(WARNINGS)) -Itests \
	  $(wildcard tests/bench/*.c) -lpthread -lm -o $@

bench: release build/bench/bench
	@build/bench/bench --ours $(SERVER) $(BENCH_ARGS)

# ---- Installation ----

install: release
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/etc/latchkey \
	  $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 755 $(SERVER) $(DESTDIR)$(PREFIX)/bin/latchkey-server
	ln -sf latchkey-server $(DESTDIR)$(PREFIX)/bin/latchkey-check-aof
	ln -sf latchkey-server $(DESTDIR)$(PREFIX)/bin/latchkey-check-rdb
	test -e $(DESTDIR)$(PREFIX)/etc/latchkey/redis.conf || \
	  install -m 640 redis.conf $(DESTDIR)$(PREFIX)/etc/latchkey/redis.conf
	sed 's|@PREFIX@|$(PREFIX)|g' deps/latchkey.service > \
	  $(DESTDIR)$(PREFIX)/lib/systemd/system/latchkey.service

clean:
	rm -rf build

# Those of this variant alone: others may be written at this moment.
-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
