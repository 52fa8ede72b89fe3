/* rules.c -- see rules.h: rank, word, check, keep. */
#include "insights/rules.h"

#include "insights/gate.h"
#include "insights/phrases.h"
#include "insights/rank.h"

enum { FINDINGS_MIN = 2, FINDINGS_MAX = 4, SUMMARY_SENTENCES = 3 };

struct writer {
        struct phrasebook book;
        struct sai_arena *arena;
        struct insight_finding *findings;
        size_t count;
        unsigned topics; /* used up */
        const char *headline;
        struct wording headline_facts;
        struct gate_result gate; /* over all that is kept */
        double confidence; /* sum over the facts behind findings */
        size_t confidence_count;
        bool no_memory;
};

const char *rules_language(const char *asked)
{
        (void)asked;
        return "en";
}

/* Counts a text that is kept; one that fails the gate is not, and nothing of it is counted. */
static bool pass(struct writer *writer, const char *text, const struct wording *basis, enum gate_mode mode)
{
        struct gate_result result = { 0 };
        gate_text(text, basis->facts, basis->fact_count, mode, &result);
        if (result.failed)
                return false;
        writer->gate.claims += result.claims;
        writer->gate.supported += result.supported;
        return true;
}

static void set_evidence(struct writer *writer, const struct wording *wording, struct insight_finding *finding)
{
        struct insight_evidence *evidence = SAI_NEW_ARRAY(writer->arena, struct insight_evidence, wording->fact_count + 1);
        if (!evidence) {
                writer->no_memory = true;
                return;
        }
        for (size_t i = 0; i < wording->fact_count; i++) {
                const struct fact *fact = wording->facts[i];
                evidence[i] = (struct insight_evidence) { fact_metric_infos[fact->metric].id, fact->value, fact->unit, fact->id };
                writer->confidence += fact->confidence;
                writer->confidence_count++;
        }
        finding->evidence = (struct sai_list) { evidence, wording->fact_count };
}

static void add_finding(struct writer *writer, const struct wording *wording)
{
        if (writer->count == FINDINGS_MAX || (writer->topics & wording->topics) != 0 ||
            !pass(writer, wording->text, wording, GATE_CLAIM))
                return;
        struct insight_finding *finding = &writer->findings[writer->count++];
        *finding = (struct insight_finding) { .text = wording->text, .severity = wording->severity };
        set_evidence(writer, wording, finding);
        writer->topics |= wording->topics;
        if (!writer->headline && wording->headline) {
                writer->headline = wording->headline;
                writer->headline_facts = *wording;
        }
}

static bool phrase(const struct phrasebook *book, const struct fact *fact, struct wording *ret)
{
        return book->facts->kind == INSIGHT_WEEKLY ? phrase_week(book, fact, ret) : phrase_activity(book, fact, ret);
}

/* First what stands out; then, when that is little, the next best; last what can always be said. */
static void write_findings(struct writer *writer)
{
        struct ranked ranked[FACTS_MAX];
        struct wording wording;
        size_t n = facts_rank(writer->book.facts, ranked);
        for (size_t i = 0; i < n && writer->count < FINDINGS_MAX; i++) {
                if (ranked[i].score < RANK_NOTABLE && writer->count >= FINDINGS_MIN)
                        break;
                /* One subject once, also when it is told within another's sentence. */
                if (phrase(&writer->book, ranked[i].fact, &wording))
                        add_finding(writer, &wording);
        }
        bool more = true;
        for (int step = 0; more && writer->count < FINDINGS_MIN; step++) {
                if (phrase_plain(&writer->book, step, &wording, &more))
                        add_finding(writer, &wording);
        }
}

static void write_title(struct writer *writer, struct insight *insight)
{
        struct wording wording;
        for (int attempt = 0; attempt < 2 && !insight->title; attempt++) {
                if (!phrase_title(&writer->book, attempt == 0 ? writer->headline : NULL, &wording))
                        continue;
                for (size_t i = 0; attempt == 0 && writer->headline && i < writer->headline_facts.fact_count; i++)
                        wording_use(&wording, writer->headline_facts.facts[i]);
                if (pass(writer, wording.text, &wording, GATE_CLAIM))
                        insight->title = wording.text;
        }
        if (insight->title && insight->title[0] >= 'a' && insight->title[0] <= 'z') {
                char *title = sai_arena_strdup(writer->arena, insight->title);
                writer->no_memory |= !title;
                if (title)
                        title[0] = (char)(title[0] - 'a' + 'A');
                insight->title = title;
        }
}

static void write_summary(struct writer *writer, struct insight *insight)
{
        const char *summary = "";
        for (int i = 0; i < SUMMARY_SENTENCES; i++) {
                struct wording wording;
                if (!phrase_summary(&writer->book, i, writer->topics, &wording) ||
                    !pass(writer, wording.text, &wording, GATE_CLAIM))
                        continue;
                const char *longer = sai_arena_printf(writer->arena, "%s%s%s", summary, summary[0] ? " " : "", wording.text);
                writer->no_memory |= !longer;
                summary = longer ? longer : summary;
        }
        insight->summary = summary;
}

static void write_advice(struct writer *writer, struct insight *insight)
{
        struct advice advice;
        if (!phrase_advice(&writer->book, &advice) || !pass(writer, advice.text, &advice.basis, GATE_ADVICE) ||
            !pass(writer, advice.rationale, &advice.basis, GATE_CLAIM))
                return;
        struct insight_recommendation *recommendation = SAI_NEW(writer->arena, struct insight_recommendation);
        writer->no_memory |= !recommendation;
        if (!recommendation)
                return;
        *recommendation = (struct insight_recommendation) { advice.text, advice.rationale, advice.when, advice.intensity };
        insight->recommendations = (struct sai_list) { recommendation, 1 };
}

static void set_quality(struct writer *writer, struct insight *insight)
{
        const char **checks = SAI_NEW_ARRAY(writer->arena, const char *, GATE_CHECK_COUNT);
        if (!checks) {
                writer->no_memory = true;
                return;
        }
        for (int i = 0; i < GATE_CHECK_COUNT; i++)
                checks[i] = gate_check_name((enum gate_check)i);
        double confidence = writer->confidence_count ? writer->confidence / (double)writer->confidence_count : 0;
        double supported = writer->gate.claims ? (double)writer->gate.supported / (double)writer->gate.claims : 0;
        insight->quality =
                (struct insight_quality) { .score = 0.5 * supported + 0.5 * confidence,
                                           .grounded = writer->gate.claims > 0 && writer->gate.claims == writer->gate.supported,
                                           .claims = writer->gate.claims,
                                           .claims_supported = writer->gate.supported,
                                           .checks = { checks, GATE_CHECK_COUNT } };
        insight->score = insight->quality.score;
}

sai_status rules_word(const struct facts *facts, struct sai_arena *arena, struct insight *insight, struct sai_err *err)
{
        struct nouns nouns;
        struct writer writer = { .book = { facts, &nouns, arena }, .arena = arena };
        writer.findings = SAI_NEW_ARRAY(arena, struct insight_finding, FINDINGS_MAX);
        if (!writer.findings || nouns_of(facts->sport, arena, &nouns) != SAI_OK)
                return sai_fail(err, SAI_NO_MEMORY, "insight");
        insight->title = insight->summary = NULL;
        insight->recommendations = (struct sai_list) { 0 };
        write_findings(&writer);
        write_title(&writer, insight);
        write_summary(&writer, insight);
        write_advice(&writer, insight);
        set_quality(&writer, insight);
        insight->findings = (struct sai_list) { writer.findings, writer.count };
        insight->sport_type = facts->sport_type;
        insight->provider = PROVIDER_RULES;
        insight->model = insight->fallback_reason = NULL;
        insight->prompt_version = RULES_VERSION;
        insight->usage = (struct insight_usage) { 0 };
        insight->language = rules_language(NULL);
        return writer.no_memory || !insight->title ? sai_fail(err, SAI_NO_MEMORY, "insight") : SAI_OK;
}
