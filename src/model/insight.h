/* insight.h -- what the service says about a workout or a week, with the evidence for every sentence. */
#ifndef SAI_MODEL_INSIGHT_H
#define SAI_MODEL_INSIGHT_H

#include "json/model.h"

enum insight_kind { INSIGHT_ACTIVITY, INSIGHT_WEEKLY };
enum insight_status { INSIGHT_QUEUED, INSIGHT_RUNNING, INSIGHT_DONE, INSIGHT_FAILED };
enum insight_provider { PROVIDER_OPENAI, PROVIDER_GEMINI, PROVIDER_OPENAI_COMPATIBLE, PROVIDER_RULES };
enum insight_severity { SEVERITY_INFO, SEVERITY_POSITIVE, SEVERITY_WARNING };
extern const struct sai_enumeration insight_kind_names, insight_status_names, insight_provider_names, insight_severity_names;

struct insight_evidence {
        const char *metric;
        struct sai_opt_f64 value;
        const char *unit;
        const char *ref;
};
struct insight_finding {
        const char *text;
        struct sai_list evidence; /* struct insight_evidence */
        int severity;
};
struct insight_recommendation {
        const char *text, *rationale, *when, *intensity;
};
struct insight_quality {
        double score;
        bool grounded;
        int64_t claims, claims_supported;
        struct sai_list checks; /* const char * */
};
struct insight_usage {
        int64_t prompt_tokens, cached_tokens, completion_tokens;
        double cost_usd, latency_ms;
};
struct insight_feedback {
        int64_t rating;
        const char *comment;
        struct sai_instant at;
};

struct insight {
        struct sai_id id;
        int kind;
        struct sai_opt_id activity_id, milestone_id;
        int status;
        const char *title, *summary;
        struct sai_list findings; /* struct insight_finding */
        struct sai_list recommendations; /* struct insight_recommendation */
        const char *sport_type;
        int provider;
        const char *model, *prompt_version, *fallback_reason;
        struct insight_quality quality;
        struct insight_usage usage;
        struct insight_feedback *feedback;
        const char *language;
        struct sai_instant created_at;
        /* internal */
        struct sai_id user_id;
        const char *facts_hash; /* of facts document, prompt version, model and language */
        struct sai_json facts; /* the versioned facts document that it was worded from */
        struct sai_opt_instant expires_at; /* of the API data among its inputs: it goes with them */
        double score; /* quality.score, to filter by */
        int64_t revision;
};
extern const struct sai_model insight_model;

#endif
