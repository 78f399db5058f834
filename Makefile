# segment: PGXS build.  The SQL parts in sql/ are numbered and concatenated into the install script.
MODULE_big = segment
EXTENSION = segment
EXTVERSION = 0.1
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))
SQL_PARTS = $(sort $(wildcard sql/[0-9][0-9]_*.sql))
DATA_built = sql/segment--$(EXTVERSION).sql
EXTRA_CLEAN = sql/segment--$(EXTVERSION).sql
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Wformat=2 -Wno-format-nonliteral -Werror=format-security $(if $(WERROR),-Werror) $(if $(DEBUG),-DSEGMENT_DEBUG -O1 -g)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

sql/segment--$(EXTVERSION).sql: $(SQL_PARTS)
	cat $^ > $@

$(OBJS): $(wildcard src/*.h)
