/* metric.c -- the tables of metric.h. */
#include "analytics/metric.h"

static const char *const reason_codes[REASON_COUNT] = {
#define X(name, code) code,
        REASON_LIST(X)
#undef X
};

const char *reason_code(enum reason reason) { return reason_codes[reason]; }

const struct metric_info metric_infos[METRIC_COUNT] = {
#define X(name, id, unit, version, section, reasons) { id, unit, version, section, reasons },
        METRIC_LIST(X)
#undef X
};

uint32_t metrics_version(void)
{
        /* A sum weighted by position: raising any one version changes it, and it stays small enough to read. */
        uint32_t version = 0;
        for (uint32_t i = 0; i < METRIC_COUNT; i++)
                version += (uint32_t)metric_infos[i].version * (i + 1);
        return version;
}
