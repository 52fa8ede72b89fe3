/* insight.c -- the tables of insight.h. */
#include "model/insight.h"

#define NAMES(enumeration, schema, ...)                                                                                          \
        static const char *const enumeration##_values[] = { __VA_ARGS__, NULL };                                                 \
        const struct sai_enumeration enumeration##_names = { schema, enumeration##_values }
NAMES(insight_kind, "InsightKind", "activity", "weekly");
NAMES(insight_status, "InsightStatus", "queued", "running", "done", "failed");
NAMES(insight_provider, "InsightProvider", "openai", "gemini", "openai_compatible", "rules");
NAMES(insight_severity, "InsightSeverity", "info", "positive", "warning");

static const struct sai_field evidence_fields[] = {
        SAI_FIELD(struct insight_evidence, metric, .example = "\"average_heartrate\"", .doc = "Metric id"),
        SAI_FIELD(struct insight_evidence, value, .decimals = 4, .doc = "Its value, SI"),
        SAI_FIELD(struct insight_evidence, unit, .flags = SAI_F_NULLABLE, .example = "\"bpm\"", .doc = "Its unit"),
        SAI_FIELD(struct insight_evidence, ref, .flags = SAI_F_NULLABLE, .example = "\"f3\"", .doc = "Fact it comes from"),
};
static const struct sai_model evidence_model = SAI_MODEL_OF(struct insight_evidence, evidence_fields, "InsightEvidence");

static const struct sai_field finding_fields[] = {
        SAI_FIELD(struct insight_finding, text, .doc = "One sentence"),
        SAI_LIST(struct insight_finding, evidence, &evidence_model, .max_items = 32, .doc = "The figures behind it"),
        SAI_FIELD(struct insight_finding, severity, .enumeration = &insight_severity_names, .doc = "How to take it"),
};
static const struct sai_model finding_model = SAI_MODEL_OF(struct insight_finding, finding_fields, "InsightFinding");

static const struct sai_field recommendation_fields[] = {
        SAI_FIELD(struct insight_recommendation, text, .doc = "What to do"),
        SAI_FIELD(struct insight_recommendation, rationale, .flags = SAI_F_NULLABLE, .doc = "Why"),
        SAI_FIELD(struct insight_recommendation, when, .flags = SAI_F_NULLABLE, .doc = "When"),
        SAI_FIELD(struct insight_recommendation, intensity, .flags = SAI_F_NULLABLE, .doc = "How hard"),
};
static const struct sai_model recommendation_model =
        SAI_MODEL_OF(struct insight_recommendation, recommendation_fields, "InsightRecommendation");

static const struct sai_field quality_fields[] = {
        SAI_FIELD(struct insight_quality, score, .min = 0, .max = 1, .decimals = 3, .doc = "How good the insight is held to be"),
        SAI_FIELD(struct insight_quality, grounded, .doc = "Whether every claim has evidence"),
        SAI_FIELD(struct insight_quality, claims, .doc = "Claims made"),
        SAI_FIELD(struct insight_quality, claims_supported, .doc = "Claims with evidence"),
        SAI_ARRAY(struct insight_quality, checks, SAI_K_STR, .max_items = 32, .doc = "Checks that were passed"),
};
static const struct sai_model quality_model = SAI_MODEL_OF(struct insight_quality, quality_fields, "InsightQuality");

static const struct sai_field usage_fields[] = {
        SAI_FIELD(struct insight_usage, prompt_tokens, .doc = "Tokens sent"),
        SAI_FIELD(struct insight_usage, cached_tokens, .doc = "Tokens of them that the provider had cached"),
        SAI_FIELD(struct insight_usage, completion_tokens, .doc = "Tokens received"),
        SAI_FIELD(struct insight_usage, cost_usd, .doc = "Cost"),
        SAI_FIELD(struct insight_usage, latency_ms, .decimals = 1, .doc = "Time to word it"),
};
static const struct sai_model usage_model = SAI_MODEL_OF(struct insight_usage, usage_fields, "InsightUsage");

static const struct sai_field feedback_fields[] = {
        SAI_FIELD(struct insight_feedback, rating, .min = 1, .max = 5, .doc = "1 to 5"),
        SAI_FIELD(struct insight_feedback, comment, .flags = SAI_F_NULLABLE | SAI_F_MULTILINE, .max = 2000,
                  .doc = "In the athlete's words"),
        SAI_FIELD(struct insight_feedback, at, .doc = "When"),
};
static const struct sai_model feedback_model = SAI_MODEL_OF(struct insight_feedback, feedback_fields, "InsightFeedback");

#define ROW(m, ...) SAI_FIELD(struct insight, m, __VA_ARGS__)
static const struct sai_field insight_fields[] = {
        ROW(id, .flags = SAI_F_KEY | SAI_F_COLUMN, .doc = "Id of the insight"),
        ROW(kind, .enumeration = &insight_kind_names, .flags = SAI_F_COLUMN, .doc = "What it is about"),
        ROW(activity_id, .flags = SAI_F_COLUMN, .doc = "The activity, for kind `activity`"),
        ROW(milestone_id, .doc = "The milestone, for kind `milestone`"),
        ROW(status, .enumeration = &insight_status_names, .flags = SAI_F_COLUMN, .doc = "Whether it is there yet"),
        ROW(title, .flags = SAI_F_NULLABLE, .doc = "Headline"),
        ROW(summary, .flags = SAI_F_NULLABLE, .doc = "Two or three sentences"),
        SAI_LIST(struct insight, findings, &finding_model, .max_items = 16, .doc = "What stands out, each with its evidence"),
        SAI_LIST(struct insight, recommendations, &recommendation_model, .max_items = 8, .doc = "What to do with it"),
        ROW(sport_type, .flags = SAI_F_NULLABLE, .doc = "Sport it is about"),
        ROW(provider, .enumeration = &insight_provider_names, .doc = "Who worded it"),
        ROW(model, .flags = SAI_F_NULLABLE, .doc = "Model that worded it"),
        ROW(prompt_version, .flags = SAI_F_NULLABLE, .doc = "Version of the prompt or the rules"),
        ROW(fallback_reason, .flags = SAI_F_NULLABLE, .doc = "Why the rules engine answered; null when nothing else was asked"),
        SAI_MODEL(struct insight, quality, &quality_model, .doc = "What was checked"),
        SAI_MODEL(struct insight, usage, &usage_model, .doc = "What it cost"),
        SAI_MODEL_POINTER(struct insight, feedback, &feedback_model, .doc = "What the athlete thought of it"),
        ROW(language, .example = "\"en\"", .doc = "Language of the texts"),
        ROW(created_at, .flags = SAI_F_COLUMN, .doc = "When it was asked for"),
        ROW(user_id, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(facts_hash, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(facts, .flags = SAI_F_INTERNAL),
        ROW(expires_at, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(score, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(revision, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
};
const struct sai_model insight_model = SAI_MODEL_OF(struct insight, insight_fields, "Insight", .collection = "insights",
                                                    .doc = "What the service says, with the evidence");
