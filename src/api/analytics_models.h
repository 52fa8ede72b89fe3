/* analytics_models.h -- queries and answers of the analytics routes: the structs of src/analytics with the field tables that show them. */
#ifndef SAI_API_ANALYTICS_MODELS_H
#define SAI_API_ANALYTICS_MODELS_H

#include "analytics/fitness.h"
#include "analytics/summary.h"
#include "analytics/trends.h"
#include "analytics/zones.h"
#include "json/model.h"

struct range_request {
        struct sai_opt_day from, to;
        struct sai_list sport_type;
};
struct summary_request {
        struct sai_opt_day from, to;
        struct sai_list sport_type;
        struct sai_opt_enum period, compare;
};
struct trends_request {
        struct sai_opt_day from, to;
        struct sai_list sport_type;
        struct sai_opt_enum metric, bucket;
        struct sai_opt_i64 smooth;
};
struct zones_request {
        struct sai_opt_day from, to;
        struct sai_list sport_type;
        struct sai_opt_enum kind;
};

struct summary_answer {
        struct summary summary;
        struct sai_instant computed_at;
};
struct trends_answer {
        struct trends trends;
        struct sai_instant computed_at;
};
struct zones_answer {
        struct zones zones;
        struct sai_instant computed_at;
};
struct fitness_answer {
        struct fitness fitness;
        struct sai_instant computed_at;
};

extern const struct sai_model range_request_model, summary_request_model, trends_request_model, zones_request_model;
extern const struct sai_model summary_answer_model, trends_answer_model, zones_answer_model, fitness_answer_model;

#endif
