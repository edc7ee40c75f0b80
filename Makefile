# SPDX-License-Identifier: Apache-2.0
# Targets: all deps demo check bench install format; see README.md.
# Everything that is made lands in $(B); nothing else in the tree changes.

B         ?= build
APXS      ?= $(firstword $(shell command -v apxs apxs2 2>/dev/null) apxs)
CC        ?= cc
PREFIX    ?= /usr/local
DESTDIR   ?=
SAN       ?=
# Debian's pytest; another python3 found first in PATH may have none.
PYTHON    ?= $(firstword $(wildcard /usr/bin/python3) python3)

WARN      := -Wall -Wextra -Wformat=2 -Wshadow -Wvla -Wundef -Wcast-qual \
             -Wswitch-enum -Wmissing-prototypes -Wno-unused-parameter \
             -Wno-missing-field-initializers -Werror
OPT       ?= -O2 -g
HARDEN    := -fstack-protector-strong $(if $(SAN),,-D_FORTIFY_SOURCE=2)
PKGS      := apr-1 apr-util-1 libpcre2-8 yaml-0.1 libcrypto
# Silent while `make deps` is yet to install them.
CORE_CPP  := $(shell pkg-config --cflags $(PKGS) 2>/dev/null) -Isrc/core
CORE_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
ALL_C     := -std=gnu11 -fPIC -fvisibility=hidden -pthread $(OPT) $(WARN) \
             $(HARDEN) $(SAN) -MMD -MP
# The core is compiled without httpd's include path: the compiler keeps the
# direction of the arrows.
HTTPD_CPP  = -isystem $(shell $(APXS) -q INCLUDEDIR) $(CORE_CPP) -Isrc/httpd

CORE_SRC  := $(sort $(wildcard src/core/*.c))
HTTPD_SRC := mod_errclarity.c $(sort $(wildcard src/httpd/*.c))
CLI_SRC   := $(sort $(wildcard src/cli/*.c))
CORE_OBJ  := $(CORE_SRC:%.c=$(B)/%.o)
HTTPD_OBJ := $(HTTPD_SRC:%.c=$(B)/%.o)
CLI_OBJ   := $(CLI_SRC:%.c=$(B)/%.o)
CAUSES    := $(sort $(wildcard src/data/causes/*.yaml))
MESSAGES  := $(sort $(wildcard src/data/messages/*.yaml))
HINTS     := $(sort $(wildcard src/data/hints/*.yaml))
TEMPLATES := $(sort $(wildcard src/data/templates/*))

.PHONY: all deps demo check bench install clean format format-check \
        check-unit check-fuzz check-guards check-integration check-browser \
        check-sanitizers check-valgrind check-corpus check-languages ecltest
.DELETE_ON_ERROR:

all: $(B)/mod_errclarity.so $(if $(CLI_SRC),$(B)/errclarity)

# Terse: one line a command; `make V=1` shows the commands whole.
Q         := $(if $(V),,@)
say        = $(if $(V),,@echo "  $(1)  $(2)")

# -- the core ---------------------------------------------------------------

$(B)/libecl.a: $(CORE_OBJ)
	@rm -f $@
	$(call say,AR ,$@)
	$(Q)ar rcs $@ $^

$(B)/src/core/%.o: src/core/%.c
	@mkdir -p $(@D)
	$(call say,CC ,$@)
	$(Q)$(CC) $(ALL_C) $(CORE_CPP) -Wa,-I,$(B)/data,-I,src/data/templates \
	    -c -o $@ $<

# The catalogue and the texts, one YAML stream each, embedded by .incbin.
$(B)/data/causes.yaml: $(CAUSES) src/data/causes tools/embed.awk
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)awk -f tools/embed.awk $(CAUSES) > $@

$(B)/data/messages.yaml: $(MESSAGES) src/data/messages tools/embed.awk
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)awk -f tools/embed.awk $(MESSAGES) > $@

$(B)/data/hints.yaml: $(HINTS) src/data/hints tools/embed.awk
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)awk -f tools/embed.awk $(HINTS) > $@

$(B)/src/core/ecl_builtin.o: $(B)/data/causes.yaml $(B)/data/messages.yaml \
    $(B)/data/hints.yaml $(TEMPLATES)

# -- the module -------------------------------------------------------------

$(B)/mod_errclarity.o: mod_errclarity.c
	@mkdir -p $(@D)
	$(call say,CC ,$@)
	$(Q)$(CC) $(ALL_C) $(HTTPD_CPP) -c -o $@ $<

$(B)/src/httpd/%.o: src/httpd/%.c
	@mkdir -p $(@D)
	$(call say,CC ,$@)
	$(Q)$(CC) $(ALL_C) $(HTTPD_CPP) -c -o $@ $<

# httpd loads modules with RTLD_GLOBAL: export the module record alone.
$(B)/mod_errclarity.so: $(HTTPD_OBJ) $(B)/libecl.a src/mod_errclarity.map
	$(call say,LD ,$@)
	$(Q)$(CC) -shared $(SAN) -o $@ $(HTTPD_OBJ) $(B)/libecl.a \
	    -Wl,--version-script=src/mod_errclarity.map -Wl,-z,relro,-z,now \
	    $(CORE_LIBS)

# -- the command line -------------------------------------------------------

$(B)/src/cli/%.o: src/cli/%.c
	@mkdir -p $(@D)
	$(call say,CC ,$@)
	$(Q)$(CC) $(ALL_C) $(CORE_CPP) $(shell pkg-config --cflags zlib) \
	    -Isrc/cli -c -o $@ $<

$(B)/errclarity: $(CLI_OBJ) $(B)/libecl.a
	$(call say,LD ,$@)
	$(Q)$(CC) $(SAN) -pthread -o $@ $(CLI_OBJ) $(B)/libecl.a $(CORE_LIBS) \
	    $(shell pkg-config --libs zlib)

# -- tests ------------------------------------------------------------------

UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)

$(B)/unit/%: tests/unit/%.c $(B)/libecl.a
	@mkdir -p $(@D)
	$(call say,CC ,$@)
	$(Q)$(CC) $(ALL_C) $(CORE_CPP) -o $@ $< $(B)/libecl.a $(CORE_LIBS) -lcmocka

# Replay: every seed goes through the target, built by the ordinary compiler.
$(B)/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(B)/libecl.a
	@mkdir -p $(@D)
	$(call say,CC ,$@)
	$(Q)$(CC) $(ALL_C) $(CORE_CPP) -o $@ $< tests/fuzz/replay.c $(B)/libecl.a \
	    $(CORE_LIBS)

check: deps
	$(MAKE) all
	$(MAKE) check-guards check-unit check-fuzz
	$(MAKE) check-sanitizers check-valgrind
	$(MAKE) check-corpus
	$(MAKE) check-integration check-browser

check-unit: $(UNIT_BIN)
	@set -e; for t in $(UNIT_BIN); do echo "== $$(basename $$t)"; $$t; done

check-fuzz: $(FUZZ_BIN)
	@set -e; for t in $(FUZZ_BIN); do \
	    $$t tests/fuzz/seeds/$$(basename $$t); done

check-guards: all
	@set -e; for g in $(filter-out %/lib.sh,$(wildcard tests/guards/*.sh)); \
	    do B=$(B) sh $$g; done

# LANGS="de fr": those alone.
check-languages:
	@$(PYTHON) tools/check-languages $(LANGS)

# ASan and UBSan: the unit tests and the fuzz replay, then the module itself in
# a real httpd (tests/integration preloads the runtime).
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
            -fno-omit-frame-pointer
check-sanitizers:
	$(MAKE) B=$(B)/san SAN="$(SANITIZE)" OPT="-O1 -g" check-unit check-fuzz
	$(MAKE) B=$(B)/san SAN="$(SANITIZE)" OPT="-O1 -g" all ecltest
	ERRCLARITY_BUILD=$(abspath $(B))/san ERRCLARITY_ASAN=1 \
	    $(PYTHON) -m pytest -q -p no:cacheprovider -m asan tests/integration

check-valgrind: $(UNIT_BIN)
	@set -e; for t in $(UNIT_BIN); do echo "== valgrind $$(basename $$t)"; \
	    valgrind -q --error-exitcode=9 --leak-check=full \
	        --suppressions=tests/valgrind.supp \
	        --errors-for-leak-kinds=definite $$t >/dev/null; done

check-corpus: $(B)/errclarity
	$(PYTHON) tests/corpus/score.py $(B)/errclarity

# The fault-injecting module of the integration tests.
ecltest: $(B)/mod_ecltest.so
$(B)/mod_ecltest.so: tests/integration/mod_ecltest.c
	@mkdir -p $(@D)
	$(call say,CC ,$@)
	$(Q)$(CC) $(filter-out -fvisibility=hidden,$(ALL_C)) $(HTTPD_CPP) -shared \
	    -o $@ $<

check-integration: all ecltest
	ERRCLARITY_BUILD=$(abspath $(B)) \
	    $(PYTHON) -m pytest -q -p no:cacheprovider tests/integration

# The page in Chromium; screenshots land in $(B)/screenshots, axe-core (from
# the npm registry) in $(B)/axe.
check-browser: all ecltest
	ERRCLARITY_BUILD=$(abspath $(B)) \
	    $(PYTHON) -m pytest -q -p no:cacheprovider tests/browser

# One incident again and again, for callgrind to count.
$(B)/classify_bench: tests/bench/classify_bench.c $(B)/libecl.a
	@mkdir -p $(@D)
	$(call say,CC ,$@)
	$(Q)$(CC) $(ALL_C) $(CORE_CPP) -o $@ $< $(B)/libecl.a $(CORE_LIBS)

bench: all ecltest $(B)/classify_bench
	ERRCLARITY_BUILD=$(abspath $(B)) $(PYTHON) tests/bench/bench.py

# -- dependencies, demo, installation ----------------------------------------

deps:
	@tools/deps

# A make of its own: what pkg-config and apxs say may be new.
demo: deps
	@$(MAKE) --no-print-directory all
	@$(PYTHON) demo/demo.py --module $(B)/mod_errclarity.so

install: all
	@B=$(B) APXS=$(APXS) PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) \
	    packaging/install.sh

-include $(shell find $(B) -name '*.d' 2>/dev/null)

clean:
	rm -rf $(B)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

format-check:
	clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
