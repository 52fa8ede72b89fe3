/* gate.c -- see gate.h. Texts here are ours or a model's: short, and ASCII in every word that is looked for. */
#include "insights/gate.h"

#include <ctype.h>
#include <strings.h>

static const char *const check_names[GATE_CHECK_COUNT] = {
#define X(name, text) text,
        GATE_CHECK_LIST(X)
#undef X
};
const char *gate_check_name(enum gate_check check) { return check_names[check]; }

/* What a word of direction speaks of. */
enum quantity { ANYTHING, A_SPEED, A_LENGTH, AN_EFFORT, A_CLIMB };

static const struct {
        const char *word;
        enum quantity quantity;
        int sign;
        bool superlative;
} direction_words[] = {
        { "faster", A_SPEED, 1, false },    { "quicker", A_SPEED, 1, false },   { "slower", A_SPEED, -1, false },
        { "longer", A_LENGTH, 1, false },   { "farther", A_LENGTH, 1, false },  { "further", A_LENGTH, 1, false },
        { "shorter", A_LENGTH, -1, false }, { "harder", AN_EFFORT, 1, false },  { "easier", AN_EFFORT, -1, false },
        { "hillier", A_CLIMB, 1, false },   { "flatter", A_CLIMB, -1, false },  { "higher", ANYTHING, 1, false },
        { "more", ANYTHING, 1, false },     { "above", ANYTHING, 1, false },    { "up", ANYTHING, 1, false },
        { "rose", ANYTHING, 1, false },     { "risen", ANYTHING, 1, false },    { "rising", ANYTHING, 1, false },
        { "grew", ANYTHING, 1, false },     { "larger", ANYTHING, 1, false },   { "bigger", ANYTHING, 1, false },
        { "lower", ANYTHING, -1, false },   { "less", ANYTHING, -1, false },    { "fewer", ANYTHING, -1, false },
        { "below", ANYTHING, -1, false },   { "down", ANYTHING, -1, false },    { "fell", ANYTHING, -1, false },
        { "fallen", ANYTHING, -1, false },  { "falling", ANYTHING, -1, false }, { "smaller", ANYTHING, -1, false },
        { "longest", A_LENGTH, 1, true },   { "farthest", A_LENGTH, 1, true },  { "shortest", A_LENGTH, -1, true },
        { "fastest", A_SPEED, 1, true },    { "quickest", A_SPEED, 1, true },   { "slowest", A_SPEED, -1, true },
        { "hardest", AN_EFFORT, 1, true },  { "easiest", AN_EFFORT, -1, true }, { "hilliest", A_CLIMB, 1, true },
        { "highest", ANYTHING, 1, true },   { "biggest", ANYTHING, 1, true },   { "largest", ANYTHING, 1, true },
        { "most", ANYTHING, 1, true },      { "lowest", ANYTHING, -1, true },   { "least", ANYTHING, -1, true },
        { "smallest", ANYTHING, -1, true }, { "fewest", ANYTHING, -1, true },   { "best", ANYTHING, 0, true },
};

static const char *const spelled_numbers[] = { "two",      "three", "four",   "five",   "six",     "seven",  "eight",
                                               "nine",     "ten",   "eleven", "twelve", "twenty",  "thirty", "hundred",
                                               "thousand", "twice", "thrice", "double", "doubled", "triple", "tripled" };
static const char *const praise_words[] = { "great",  "awesome", "amazing", "excellent", "impressive", "fantastic",  "superb",
                                            "strong", "nice",    "nailed",  "brilliant", "solid",      "outstanding" };
/* Beginnings of words. */
static const char *const suppressed[] = { "injur",       "illness",      "ill ",          "sick",        "disease",
                                          "medic",       "doctor",       "diagnos",       "overtrain",   "burnout",
                                          "pain",        "heart attack", "cardiac",       "body weight", "weight loss",
                                          "lose weight", "your weight",  "fat ",          "calorie",     "diet",
                                          "acwr",        "acute",        "chronic ratio", "risk",        "danger" };
static const char *const markup[] = { "http", "www.", "://", "<", ">", "](", "**", "`" };

static bool is_word_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

static enum quantity quantity_of(const struct fact *fact)
{
        switch (fact_metric_infos[fact->metric].topic) {
        case TOPIC_SPEED:
                return A_SPEED;
        case TOPIC_LENGTH:
        case TOPIC_TREND:
                return A_LENGTH;
        case TOPIC_HEARTRATE:
        case TOPIC_LOAD:
        case TOPIC_POWER:
                return AN_EFFORT;
        case TOPIC_CLIMB:
                return fact->metric == FACT_GRADE_ADJUSTED_PACE ? A_SPEED : A_CLIMB;
        case TOPIC_BEST:
                return fact->metric == FACT_WEEK_LONGEST ? A_LENGTH : A_SPEED;
        default:
                return ANYTHING;
        }
}

/* Of paces and times of a best effort a smaller number is the faster one. */
static int sign_of(const struct fact *fact, const struct fact_comparison *c, enum quantity quantity)
{
        int sign = c->delta > 0 ? 1 : c->delta < 0 ? -1 : 0;
        bool is_time = fact->metric == FACT_GRADE_ADJUSTED_PACE || fact->metric == FACT_SWIM_400;
        return quantity == A_SPEED && is_time ? -sign : sign;
}

/* -- Numbers ---------------------------------------------------------------------------------------------------------------- */

/* Length of `display` when it stands at `at` as a whole number, else 0: "7" is not in "7.5" or "-7". */
static size_t stands_at(const char *text, size_t at, const char *display)
{
        size_t len = display ? strlen(display) : 0;
        if (len == 0 || strncmp(text + at, display, len) != 0)
                return 0;
        char before = at ? text[at - 1] : ' ', after = text[at + len];
        bool glued = is_word_char(before) || before == '-' || before == '.' || before == ':' || before == ',';
        bool runs_on = is_word_char(after) ||
                       ((after == '.' || after == ':' || after == ',') && isdigit((unsigned char)text[at + len + 1]));
        return glued || runs_on ? 0 : len;
}

static size_t longer(size_t a, size_t b) { return a > b ? a : b; }

static size_t display_at(const char *text, size_t at, const struct fact *const *facts, size_t count)
{
        size_t best = 0;
        for (size_t i = 0; i < count; i++) {
                const struct fact_comparison *c = facts[i]->comparisons.items;
                best = longer(best, stands_at(text, at, facts[i]->display));
                best = longer(best, stands_at(text, at, fact_label(facts[i])));
                for (size_t k = 0; k < facts[i]->comparisons.count; k++) {
                        const char *const displays[] = { c[k].center_display, c[k].delta_display, c[k].percent_display,
                                                         c[k].n_display, c[k].window_display };
                        for (size_t d = 0; d < SAI_COUNT(displays); d++)
                                best = longer(best, stands_at(text, at, displays[d]));
                }
        }
        return best;
}

static void claim(struct gate_result *result, enum gate_check check, bool supported)
{
        result->claims++;
        result->supported += supported;
        if (!supported)
                result->failed |= 1u << check;
}

static size_t check_numbers(const char *text, const struct fact *const *facts, size_t count, struct gate_result *result)
{
        size_t figures = 0;
        for (size_t at = 0; text[at];) {
                if (!isdigit((unsigned char)text[at]) && text[at] != '-') {
                        at++;
                        continue;
                }
                size_t len = display_at(text, at, facts, count);
                bool is_number = isdigit((unsigned char)text[at]) || isdigit((unsigned char)text[at + 1]);
                if (len || is_number)
                        claim(result, GATE_NUMBERS, len > 0);
                figures += len > 0;
                at += len ? len : 1;
                while (!len && isdigit((unsigned char)text[at]))
                        at++;
        }
        return figures;
}

/* -- Words ------------------------------------------------------------------------------------------------------------------- */

/* Whether the text before `at` ends with the difference, as in "12 s/km faster". */
static bool follows(const char *text, size_t at, const char *difference)
{
        size_t len = difference ? strlen(difference) : 0;
        return len > 0 && at > len && text[at - 1] == ' ' && memcmp(text + at - 1 - len, difference, len) == 0 &&
               (at == len + 1 || !is_word_char(text[at - len - 2]));
}

static bool carries(const struct fact *fact, const struct fact_comparison *c, enum quantity quantity, int sign, bool superlative)
{
        if (quantity != ANYTHING && quantity_of(fact) != quantity)
                return false;
        int have = sign_of(fact, c, quantity);
        if (!superlative)
                return have == sign;
        if (c->extreme == EXTREME_NONE)
                return false;
        int side = c->extreme == EXTREME_HIGHEST ? 1 : -1;
        if (sign == 0)
                return side == fact_metric_infos[fact->metric].better;
        return (quantity == A_SPEED && have != side && c->delta != 0 ? -side : side) == sign;
}

static bool is_carried(const char *text, size_t at, size_t word, const struct fact *const *facts, size_t count)
{
        bool any = false, bound = false, bound_right = false;
        for (size_t i = 0; i < count; i++) {
                const struct fact_comparison *c = facts[i]->comparisons.items;
                for (size_t k = 0; k < facts[i]->comparisons.count; k++) {
                        bool right = carries(facts[i], &c[k], direction_words[word].quantity, direction_words[word].sign,
                                             direction_words[word].superlative);
                        any |= right;
                        if (follows(text, at, c[k].delta_display) || follows(text, at, c[k].percent_display)) {
                                bound = true;
                                bound_right |= right;
                        }
                }
        }
        return bound && !direction_words[word].superlative ? bound_right : any;
}

static bool is_word(const char *text, size_t len, const char *word)
{
        return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

static void check_directions(const char *text, size_t at, size_t len, const struct fact *const *facts, size_t count,
                             struct gate_result *result)
{
        for (size_t w = 0; w < SAI_COUNT(direction_words); w++) {
                if (is_word(text + at, len, direction_words[w].word))
                        claim(result, direction_words[w].superlative ? GATE_SUPERLATIVES : GATE_DIRECTIONS,
                              is_carried(text, at, w, facts, count));
        }
}

static bool among(const char *text, size_t len, const char *const *words, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                if (is_word(text, len, words[i]))
                        return true;
        }
        return false;
}

static void check_words(const char *text, const struct fact *const *facts, size_t count, enum gate_mode mode, size_t figures,
                        struct gate_result *result)
{
        for (size_t at = 0; text[at];) {
                size_t len = 0;
                while (is_word_char(text[at + len]))
                        len++;
                if (len == 0) {
                        at++;
                        continue;
                }
                if (mode == GATE_CLAIM)
                        check_directions(text, at, len, facts, count, result);
                if (among(text + at, len, spelled_numbers, SAI_COUNT(spelled_numbers)))
                        claim(result, GATE_NUMBERS, false);
                if (figures == 0 && among(text + at, len, praise_words, SAI_COUNT(praise_words)))
                        result->failed |= 1u << GATE_PRAISE;
                at += len;
        }
}

static bool begins_word(const char *text, size_t at) { return at == 0 || !is_word_char(text[at - 1]); }

void gate_text(const char *text, const struct fact *const *facts, size_t count, enum gate_mode mode, struct gate_result *result)
{
        size_t figures = check_numbers(text, facts, count, result);
        check_words(text, facts, count, mode, figures, result);
        for (size_t at = 0; text[at]; at++) {
                for (size_t i = 0; i < SAI_COUNT(suppressed); i++) {
                        if (begins_word(text, at) && strncasecmp(text + at, suppressed[i], strlen(suppressed[i])) == 0)
                                result->failed |= 1u << GATE_TOPICS;
                }
                for (size_t i = 0; i < SAI_COUNT(markup); i++) {
                        if (strncasecmp(text + at, markup[i], strlen(markup[i])) == 0)
                                result->failed |= 1u << GATE_PLAIN;
                }
                if ((unsigned char)text[at] < ' ')
                        result->failed |= 1u << GATE_PLAIN;
        }
}
