/* facts.c -- the tables of facts.h, and looking things up in a document. */
#include "insights/facts_internal.h"

const struct fact_metric_info fact_metric_infos[FACT_METRIC_COUNT] = {
#define X(name, id, unit, shape, topic, importance, better) { id, unit, SHAPE_##shape, TOPIC_##topic, importance, better },
        FACT_METRIC_LIST(X)
#undef X
};

static const char *const metric_values[] = {
#define X(name, id, unit, shape, topic, importance, better) id,
        FACT_METRIC_LIST(X)
#undef X
                NULL
};
static const struct sai_enumeration metric_names = { "FactMetric", metric_values };
static const char *const direction_values[] = { "neutral", "better", "worse", NULL };
static const struct sai_enumeration direction_names = { "FactDirection", direction_values };
static const char *const extreme_values[] = { "none", "highest", "lowest", NULL };
static const struct sai_enumeration extreme_names = { "FactExtreme", extreme_values };

#define COMPARISON(m, ...) SAI_FIELD(struct fact_comparison, m, __VA_ARGS__)
static const struct sai_field comparison_fields[] = {
        COMPARISON(against, .example = "\"28_days\"", .doc = "What it is held against"),
        COMPARISON(from, .doc = "First day of the window"),
        COMPARISON(to, .doc = "Last day of the window"),
        COMPARISON(measure, .example = "\"median\"", .doc = "What the centre is"),
        COMPARISON(center, .decimals = 4, .doc = "The centre, in the fact's unit"),
        COMPARISON(n, .doc = "Values it was made of"),
        COMPARISON(delta, .decimals = 4, .doc = "Value minus centre"),
        COMPARISON(percent, .decimals = 2, .doc = "The same in percent of the centre"),
        COMPARISON(z, .decimals = 3, .doc = "Robust z of the value"),
        COMPARISON(direction, .enumeration = &direction_names, .doc = "Whether that is an improvement"),
        COMPARISON(extreme, .enumeration = &extreme_names, .doc = "Beyond every value of the window"),
        COMPARISON(center_display, .flags = SAI_F_NULLABLE, .doc = "Centre as text"),
        COMPARISON(delta_display, .flags = SAI_F_NULLABLE,
                   .doc = "Size of the difference as text; null when it rounds to nothing"),
        COMPARISON(percent_display, .flags = SAI_F_NULLABLE, .doc = "The same in percent"),
        COMPARISON(n_display, .flags = SAI_F_NULLABLE, .doc = "Number of values as text"),
        COMPARISON(window_display, .flags = SAI_F_NULLABLE, .doc = "The window as text"),
};
static const struct sai_model comparison_model = SAI_MODEL_OF(struct fact_comparison, comparison_fields, "FactComparison");

#define FACT(m, ...) SAI_FIELD(struct fact, m, __VA_ARGS__)
static const struct sai_field fact_fields[] = {
        FACT(id, .example = "\"f3\"", .doc = "What evidence refers to"),
        FACT(metric, .enumeration = &metric_names, .doc = "What was measured"),
        FACT(value, .decimals = 4, .doc = "Value, SI"),
        FACT(unit, .flags = SAI_F_NULLABLE, .doc = "Its unit"),
        FACT(display, .flags = SAI_F_NULLABLE, .doc = "As a person reads it"),
        FACT(scope, .doc = "What it is a fact of"),
        FACT(from, .doc = "First day it is about"),
        FACT(to, .doc = "Last day it is about"),
        FACT(absent, .flags = SAI_F_NULLABLE, .doc = "Why there is no value"),
        SAI_LIST(struct fact, comparisons, &comparison_model, .max_items = COMPARISONS_MAX, .doc = "What it is held against"),
        FACT(sample_size, .doc = "Activities, days or weeks behind it"),
        FACT(confidence, .min = 0, .max = 1, .decimals = 3, .doc = "How far it can be trusted"),
        SAI_ARRAY(struct fact, sources, SAI_K_STR, .max_items = 2, .doc = "Where its inputs came from"),
};
static const struct sai_model fact_model = SAI_MODEL_OF(struct fact, fact_fields, "Fact");

static const struct sai_field facts_fields[] = {
        SAI_FIELD(struct facts, version, .doc = "Version of the document"),
        SAI_FIELD(struct facts, kind, .enumeration = &insight_kind_names, .doc = "What it is about"),
        SAI_FIELD(struct facts, activity_id, .doc = "The activity"),
        SAI_FIELD(struct facts, week, .doc = "Monday of the week"),
        SAI_FIELD(struct facts, sport_type, .flags = SAI_F_NULLABLE, .doc = "Sport"),
        SAI_FIELD(struct facts, units, .enumeration = &unit_system_names, .doc = "Units of the texts"),
        SAI_LIST(struct facts, items, &fact_model, .max_items = FACTS_MAX, .doc = "The facts"),
};
const struct sai_model facts_model = SAI_MODEL_OF(struct facts, facts_fields, "Facts");

void facts_encode(const struct facts *facts, struct sai_buf *buf) { sai_model_encode(buf, &facts_model, facts, 0); }

sai_status facts_decode(const char *json, size_t len, struct sai_arena *arena, struct facts *ret_facts, struct sai_err *err)
{
        *ret_facts = (struct facts) { 0 };
        sai_status status = sai_model_decode(&facts_model, json, len, arena, ret_facts, err);
        if (status != SAI_OK)
                return status;
        if (ret_facts->version != FACTS_VERSION)
                return sai_fail(err, SAI_INTERNAL, "facts of version %lld", (long long)ret_facts->version);
        ret_facts->sport = SPORT_WORKOUT;
        if (ret_facts->sport_type)
                (void)sport_find(ret_facts->sport_type, strlen(ret_facts->sport_type), &ret_facts->sport);
        return SAI_OK;
}

static const struct fact *find(const struct facts *facts, enum fact_metric metric, bool with_value)
{
        const struct fact *items = facts->items.items;
        for (size_t i = 0; i < facts->items.count; i++) {
                if (items[i].metric == (int)metric && SAI_HAS(items[i].value) == with_value)
                        return &items[i];
        }
        return NULL;
}

const struct fact *facts_find(const struct facts *facts, enum fact_metric metric) { return find(facts, metric, true); }
const struct fact *facts_absent(const struct facts *facts, enum fact_metric metric) { return find(facts, metric, false); }

const struct fact_comparison *fact_compared(const struct fact *fact)
{
        const struct fact_comparison *items = fact ? fact->comparisons.items : NULL;
        if (!items || fact->comparisons.count == 0)
                return NULL;
        /* The nearer window comes first; it wins when it is not thin. Weeks are sums over days and need fewer. */
        bool weeks = fact->scope[0] == 'w';
        if (fact->comparisons.count == 1 || items[0].n >= (weeks ? COMPARISON_MIN : EXTREME_MIN))
                return &items[0];
        return &items[1];
}

const struct fact_comparison *fact_extreme(const struct fact *fact)
{
        const struct fact_comparison *items = fact ? fact->comparisons.items : NULL;
        for (size_t i = fact ? fact->comparisons.count : 0; i > 0; i--) {
                if (items[i - 1].extreme != EXTREME_NONE)
                        return &items[i - 1];
        }
        return NULL;
}

const char *fact_label(const struct fact *fact)
{
        return fact->metric == FACT_POWER_20MIN ? "20 min" : fact->metric == FACT_SWIM_400 ? "400 m" : NULL;
}
