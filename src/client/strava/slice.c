/* slice.c -- see the header. Brackets are counted, strings are skipped with their escapes, everything else runs to the next delimiter. */
#include "client/strava/slice.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static void skip(struct sai_text *text, size_t len)
{
        text->data += len;
        text->len -= len;
}

static void skip_blanks(struct sai_text *text)
{
        while (text->len > 0 && is_blank(*text->data))
                skip(text, 1);
}

struct sai_text slice_trim(struct sai_text text)
{
        skip_blanks(&text);
        while (text.len > 0 && is_blank(text.data[text.len - 1]))
                text.len--;
        return text;
}

/* Length of the string that begins at text.data[at], with its quotes; 0 when it does not end. */
static size_t string_length(struct sai_text text, size_t at)
{
        for (size_t i = at + 1; i < text.len; i++) {
                if (text.data[i] == '\\')
                        i++;
                else if (text.data[i] == '"')
                        return i + 1 - at;
        }
        return 0;
}

static size_t scalar_length(struct sai_text text)
{
        size_t len = 0;
        while (len < text.len && text.data[len] != ',' && text.data[len] != ']' && text.data[len] != '}' &&
               !is_blank(text.data[len]))
                len++;
        return len;
}

static size_t container_length(struct sai_text text)
{
        size_t depth = 0;
        for (size_t i = 0; i < text.len; i++) {
                char c = text.data[i];
                if (c == '"') {
                        size_t len = string_length(text, i);
                        if (len == 0)
                                return 0;
                        i += len - 1;
                } else if (c == '[' || c == '{') {
                        depth++;
                } else if ((c == ']' || c == '}') && --depth == 0) {
                        return i + 1;
                }
        }
        return 0;
}

/* Length of the value at the start of the text; 0 when there is none. */
static size_t value_length(struct sai_text text)
{
        if (text.len == 0)
                return 0;
        if (*text.data == '"')
                return string_length(text, 0);
        if (*text.data == '[' || *text.data == '{')
                return container_length(text);
        return scalar_length(text);
}

bool slice_begin(struct slice_walk *walk, struct sai_text text, char open)
{
        text = slice_trim(text);
        *walk = (struct slice_walk) { .close = open == '[' ? ']' : '}', .first = true, .bad = true };
        if (text.len < 2 || *text.data != open || text.data[text.len - 1] != walk->close)
                return false;
        walk->bad = false;
        walk->rest = (struct sai_text) { text.data + 1, text.len - 1 };
        return true;
}

/* Stands before the next element; false at the closing bracket, or with `bad` set. */
static bool advance(struct slice_walk *walk)
{
        skip_blanks(&walk->rest);
        if (walk->rest.len == 0) {
                walk->bad = true;
                return false;
        }
        if (*walk->rest.data == walk->close) {
                walk->bad = walk->rest.len != 1;
                walk->done = true;
                return false;
        }
        if (!walk->first) {
                if (*walk->rest.data != ',') {
                        walk->bad = true;
                        return false;
                }
                skip(&walk->rest, 1);
                skip_blanks(&walk->rest);
        }
        walk->first = false;
        return true;
}

static bool take_value(struct slice_walk *walk, struct sai_text *ret_value)
{
        size_t len = value_length(walk->rest);
        if (len == 0) {
                walk->bad = true;
                return false;
        }
        *ret_value = (struct sai_text) { walk->rest.data, len };
        skip(&walk->rest, len);
        return true;
}

bool slice_next(struct slice_walk *walk, struct sai_text *ret_value)
{
        return !walk->bad && !walk->done && advance(walk) && take_value(walk, ret_value);
}

bool slice_next_member(struct slice_walk *walk, struct sai_text *ret_key, struct sai_text *ret_value)
{
        struct sai_text key;
        if (!slice_next(walk, &key))
                return false;
        skip_blanks(&walk->rest);
        if (key.len < 2 || *key.data != '"' || walk->rest.len == 0 || *walk->rest.data != ':') {
                walk->bad = true;
                return false;
        }
        skip(&walk->rest, 1);
        skip_blanks(&walk->rest);
        *ret_key = (struct sai_text) { key.data + 1, key.len - 2 };
        return take_value(walk, ret_value);
}

struct sai_text slice_member(struct sai_text object, const char *name)
{
        struct slice_walk walk;
        struct sai_text key, value;
        if (slice_begin(&walk, object, '{')) {
                while (slice_next_member(&walk, &key, &value)) {
                        if (sai_text_is(key, name))
                                return value;
                }
        }
        return (struct sai_text) { NULL, 0 };
}

size_t slice_count(struct sai_text array)
{
        struct slice_walk walk;
        struct sai_text value;
        size_t count = 0;
        if (slice_begin(&walk, array, '[')) {
                while (slice_next(&walk, &value))
                        count++;
        }
        return walk.bad ? 0 : count;
}
