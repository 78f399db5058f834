# segment: PGXS build, plus targets that set everything up in private servers:
#
#   make, make install, make installcheck    as every PGXS extension
#   make test [SUITES=regress]               all the tests, on a private server
#   make soak [STATEMENTS=n] [CRASHES=n]     the long run of the differential test
#   make mutants                             mistakes made on purpose, which the tests must notice
#   make DEBUG=1                             with the points where tests stop and break it
#   make demo, make demo-stop                a generated shop to look at
#   make bench [SIZE=full]                   measurements against the budgets
#   make lag [MINUTES=10]                    how old results get under a steady load
#
# The SQL parts in sql/ are numbered and concatenated into the install script.  Released scripts are kept in
# sql/releases, as they were.
MODULE_big = segment
EXTENSION = segment
EXTVERSION = 0.2
PREVIOUS_VERSION = 0.1
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))
# The functions of sql/99_debug.sql exist in a library made with DEBUG=1 alone.
SQL_PARTS = $(filter-out $(if $(DEBUG),,sql/99_debug.sql),$(sort $(wildcard sql/[0-9][0-9]_*.sql)))
# An upgrade is what changed of the former release's objects, then the parts that are new since.
NEW_PARTS = $(sort $(wildcard sql/[78][0-9]_*.sql sql/9[0-8]_*.sql))
UPGRADE = sql/segment--$(PREVIOUS_VERSION)--$(EXTVERSION).sql
DATA = $(wildcard sql/releases/segment--*.sql)
DATA_built = sql/segment--$(EXTVERSION).sql $(UPGRADE)
EXTRA_CLEAN = $(DATA_built) results output_iso tmp_check regression.diffs regression.out
WARNINGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers \
	-Wformat=2 -Wno-format-nonliteral -Werror=format-security
# Definitions are for the preprocessor's flags: clang, which makes the bitcode, is not given PG_CFLAGS.
PG_CPPFLAGS = -DSEGMENT_VERSION='"$(EXTVERSION)"' $(if $(DEBUG),-DSEGMENT_DEBUG)
PG_CFLAGS = $(WARNINGS) $(if $(WERROR),-Werror) $(if $(DEBUG),-O1 -g)

# pg_regress looks for expected results in ./expected whatever --inputdir says;
# --expecteddir exists in some versions only.
REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --load-extension=pgtap --load-extension=segment
# Specs that stop a process at a waitpoint need a library made with DEBUG=1.
ISOLATION = $(patsubst test/specs/%.spec,%,$(filter-out $(if $(DEBUG),,test/specs/waitpoint_%), \
	$(sort $(wildcard test/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test --outputdir=. --load-extension=segment
PROVE_TESTS = $(sort $(wildcard test/t/*.pl))
ifneq ($(PROVE_TESTS),)
TAP_TESTS = 1
endif

# An install part or a spec named like a test would silently be run, or compared, instead of it.
CLASHES = $(filter $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)) $(ISOLATION),$(REGRESS))
ifneq ($(CLASHES),)
$(error test/sql has names that sql or test/specs has too: $(CLASHES))
endif

.DEFAULT_GOAL = all
SELF_CONTAINED = packages test soak mutants demo demo-stop bench lag format format-check
.PHONY: $(SELF_CONTAINED) clang-check

# On a bare machine there is no pg_config yet: these targets set up their own.
PG_CONFIG ?= pg_config
ifneq ($(filter-out $(SELF_CONTAINED),$(or $(MAKECMDGOALS),all)),)
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(PGXS),)
$(error $(PG_CONFIG) does not work: install postgresql-server-dev-15, or say make PG_CONFIG=...)
endif
include $(PGXS)
endif

sql/segment--$(EXTVERSION).sql: $(SQL_PARTS)
	cat $^ > $@

$(UPGRADE): sql/upgrade/$(PREVIOUS_VERSION)--$(EXTVERSION).sql $(NEW_PARTS)
	cat $^ > $@

$(OBJS): $(wildcard src/*.h)

packages:
	tools/packages

test: packages
	test/run $(SUITES)

soak: packages
	SEGMENT_STATEMENTS=$(or $(STATEMENTS),1000000) SEGMENT_CRASHES=$(or $(CRASHES),100) \
		SEGMENT_TAP=010_differential test/run build tap

mutants: packages
	test/mutants/run

demo: packages
	demo/run

demo-stop:
	tools/private-postgres stop demo

bench: packages
	test/bench/run

lag: packages
	test/bench/lag

# The flags PostgreSQL was built with are gcc's; clang is asked for its own opinion.
clang-check:
	clang -fsyntax-only -std=gnu99 -Wno-ignored-attributes -fno-strict-aliasing -fwrapv $(WARNINGS) -Werror $(CPPFLAGS) $(wildcard src/*.c)

format-check:
	@for file in $(wildcard src/*.[ch]); do \
		clang-format $$file | cmp -s - $$file || { echo "$$file: run make format"; bad=1; }; \
	done; test -z "$$bad"

format:
	clang-format -i $(wildcard src/*.[ch])
