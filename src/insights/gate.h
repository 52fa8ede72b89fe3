/* gate.h -- no sentence leaves unless its facts carry it.
 *
 * Words about training go wrong in few ways: a number that is nowhere in the data, "faster" where it was slower, "longest" where nobody
 * counted, praise without a figure, and talk of injuries and illness that nobody here may give. Each is checked on the finished text
 * against the facts it names, by rules that know nothing of who wrote it: the rules engine is held to them now, a language model later.
 *
 *   numbers       every digit is part of the text of a fact; numbers are not spelled out
 *   directions    "faster", "above", "fell" … agree with the sign of a comparison of such a fact; right after a difference, of that very one
 *   superlatives  "longest", "highest" … only with a fact that is beyond all of its window, on that side
 *   topics        nothing about injury, illness, medicine, body weight or the acute:chronic ratio
 *   praise        only in a text with a figure
 *   plain         no links, no markup, no control characters
 */
#ifndef SAI_INSIGHTS_GATE_H
#define SAI_INSIGHTS_GATE_H

#include "insights/facts.h"

/* clang-format off */
#define GATE_CHECK_LIST(X) \
        X(NUMBERS,      "numbers")      \
        X(DIRECTIONS,   "directions")   \
        X(SUPERLATIVES, "superlatives") \
        X(TOPICS,       "topics")       \
        X(PRAISE,       "praise")       \
        X(PLAIN,        "plain")
/* clang-format on */
enum gate_check {
#define X(name, text) GATE_##name,
        GATE_CHECK_LIST(X)
#undef X
                GATE_CHECK_COUNT
};
const char *gate_check_name(enum gate_check check);

struct gate_result {
        int64_t claims, supported; /* numbers, directions and superlatives found, and those that facts carry */
        unsigned failed; /* bits of enum gate_check */
};

enum gate_mode {
        GATE_CLAIM, /* states what was: everything is checked */
        GATE_ADVICE, /* says what to do ("keep it shorter"): directions are wishes, not claims */
};

/* Checks `text` against `count` facts. Adds to *result, so that several texts can be counted together. Linear in text times facts. */
void gate_text(const char *text, const struct fact *const *facts, size_t count, enum gate_mode mode, struct gate_result *result);

#endif
