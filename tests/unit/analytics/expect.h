/* expect.h -- comparing doubles as the metrics reference says: relative 1e-9 for closed formulas, the digits of the page otherwise. */
#ifndef SAI_TESTS_ANALYTICS_EXPECT_H
#define SAI_TESTS_ANALYTICS_EXPECT_H

#include "base/arena.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* After the headers it relies on. */
#include <cmocka.h>

#include "base/arena.h"
#include <cmocka.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static inline void expect_within(const char *id, double got, double want, double tolerance)
{
        if (!(fabs(got - want) <= tolerance))
                fail_msg("%s: got %.12g, want %.12g", id, got, want);
}

/* The page prints nine or ten significant digits: half a unit of the ninth. */
static inline void expect(const char *id, double got, double want)
{
        expect_within(id, got, want, 5e-9 * fmax(fabs(want), 1e-3));
}

static inline void expect_absent(const char *id, double got)
{
        if (!isnan(got))
                fail_msg("%s: got %.12g, want nothing", id, got);
}

/* A scratch arena for one test. */
#define WITH_ARENA(name) SAI_CLEANUP(sai_arena_free_p) struct sai_arena *name = sai_arena_new((size_t)64 << 20)

#endif
