/* decode.c -- the stores' documents back into structs.
 *
 * Thirty of them are read for one list request, so there is no tree: one pass over the text, members looked for where the table
 * says the next one is. It takes only what encode.c writes (no blanks, few escapes). A database can be damaged or hostile: each
 * step checks the end, depths and counts are bounded, and a wrong type is an error that names the member. */
#include <math.h>

#include "json/json_internal.h"

struct decoder {
        const char *at, *end;
        struct sai_arena *arena;
        const struct sai_model *model; /* where we are, for the error */
        const struct sai_field *field;
        const struct sai_field *until; /* of the outermost model: nothing from this member on is wanted; NULL: all is */
        sai_status status; /* why a step failed: SAI_INTERNAL unless told otherwise */
        unsigned depth;
};

static bool out_of_memory(struct decoder *d)
{
        d->status = SAI_NO_MEMORY;
        return false;
}

static inline bool take(struct decoder *d, char c)
{
        if (d->at == d->end || *d->at != c)
                return false;
        d->at++;
        return true;
}

static bool take_word(struct decoder *d, const char *word, size_t len)
{
        if ((size_t)(d->end - d->at) < len || memcmp(d->at, word, len) != 0)
                return false;
        d->at += len;
        return true;
}

/* -- Texts ---------------------------------------------------------------------------------------------------------------- */

/* The bytes between quotes. encode.c escapes every control character, so a bare one is damage. */
struct quoted {
        struct sai_text raw;
        bool escaped, ascii;
};

static bool take_quoted(struct decoder *d, struct quoted *ret)
{
        if (!take(d, '"'))
                return false;
        const char *begin = d->at;
        *ret = (struct quoted) { .ascii = true };
        for (;;) {
                d->at += json_plain_run(d->at, (size_t)(d->end - d->at));
                if (d->at == d->end)
                        return false;
                unsigned char c = (unsigned char)*d->at++;
                if (c == '"')
                        break;
                if (c < 0x20 || (c == '\\' && d->at == d->end))
                        return false;
                if (c == '\\') {
                        ret->escaped = true;
                        d->at++;
                } else {
                        ret->ascii = false;
                }
        }
        ret->raw = (struct sai_text) { begin, (size_t)(d->at - begin) - 1 };
        return ret->ascii || sai_utf8_valid(begin, ret->raw.len);
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* encode.c writes \u00XX for control characters only. */
static bool unescape(const char *text, size_t len, char *out, size_t *ret_len)
{
        static const char meanings[128] = {
                ['"'] = '"', ['\\'] = '\\', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'
        };
        size_t n = 0;
        for (size_t i = 0; i < len; i++) {
                if (text[i] != '\\') {
                        out[n++] = text[i];
                        continue;
                }
                unsigned char c = ++i < len ? (unsigned char)text[i] : 0;
                if (c < 128 && meanings[c]) {
                        out[n++] = meanings[c];
                } else if (c == 'u' && len - i > 4 && text[i + 1] == '0' && text[i + 2] == '0') {
                        int high = hex_digit(text[i + 3]), low = hex_digit(text[i + 4]);
                        if (high < 0 || high > 1 || low < 0 || (high == 0 && low == 0))
                                return false;
                        out[n++] = (char)(high * 16 + low);
                        i += 4;
                } else {
                        return false;
                }
        }
        *ret_len = n;
        return true;
}

static bool take_string(struct decoder *d, struct sai_text *ret)
{
        struct quoted q;
        if (!take_quoted(d, &q))
                return false;
        char *copy = sai_arena_alloc(d->arena, q.raw.len + 1);
        if (!copy)
                return out_of_memory(d);
        ret->data = copy;
        ret->len = q.raw.len;
        if (!q.escaped) {
                memcpy(copy, q.raw.data, q.raw.len);
                return true;
        }
        if (!unescape(q.raw.data, q.raw.len, copy, &ret->len))
                return false;
        copy[ret->len] = '\0';
        return true;
}

static bool take_base64(struct decoder *d, struct sai_bytes *ret)
{
        struct quoted q;
        if (!take_quoted(d, &q) || q.escaped)
                return false;
        size_t room = q.raw.len / 4 * 3 + 1;
        uint8_t *data = sai_arena_alloc(d->arena, room);
        if (!data)
                return out_of_memory(d);
        ret->data = data;
        return sai_base64_decode(q.raw.data, q.raw.len, data, room, &ret->len);
}

/* -- Numbers -------------------------------------------------------------------------------------------------------------- */

static bool take_i64(struct decoder *d, int64_t *ret)
{
        const char *begin = d->at;
        while (d->at < d->end && (*d->at == '-' || (*d->at >= '0' && *d->at <= '9')))
                d->at++;
        return sai_parse_i64(begin, (size_t)(d->at - begin), ret);
}

/* null is how encode.c writes NaN and infinity where a number must be: both come back as NaN. */
static bool take_f64(struct decoder *d, double *ret)
{
        if (take_word(d, "null", 4)) {
                *ret = (double)NAN;
                return true;
        }
        const char *begin = d->at;
        while (d->at < d->end &&
               ((*d->at >= '0' && *d->at <= '9') || *d->at == '-' || *d->at == '+' || *d->at == '.' || (*d->at | 32) == 'e'))
                d->at++;
        return sai_parse_f64(begin, (size_t)(d->at - begin), ret);
}

/* -- Values --------------------------------------------------------------------------------------------------------------- */

static bool take_scalar(struct decoder *d, const struct sai_field *field, enum sai_kind kind, void *out)
{
        struct sai_text text;
        struct quoted q;
        int64_t integer;
        switch (kind) {
        case SAI_K_BOOL:
                *(bool *)out = take_word(d, "true", 4);
                return *(bool *)out || take_word(d, "false", 5);
        case SAI_K_I64:
                return take_i64(d, out);
        case SAI_K_F64:
                return take_f64(d, out);
        case SAI_K_INSTANT:
                return take_i64(d, &((struct sai_instant *)out)->ms);
        case SAI_K_LOCAL:
                return take_i64(d, &((struct sai_local *)out)->ms);
        case SAI_K_DAY:
                if (!take_i64(d, &integer) || integer < INT32_MIN || integer > INT32_MAX)
                        return false;
                ((struct sai_day *)out)->number = (int32_t)integer;
                return true;
        case SAI_K_STR:
                *(const char **)out = NULL;
                if (take_word(d, "null", 4))
                        return true;
                if (!take_string(d, &text))
                        return false;
                *(const char **)out = text.data;
                return true;
        case SAI_K_ID:
                return take_quoted(d, &q) && sai_id_parse(q.raw.data, q.raw.len, out);
        case SAI_K_ENUM:
                if (!take_quoted(d, &q))
                        return false;
                *(int *)out = sai_enumeration_find(field->enumeration, q.raw.data, q.raw.len);
                return *(int *)out >= 0;
        case SAI_K_BYTES:
                return take_base64(d, out);
        case SAI_K_SECRET: {
                struct sai_bytes bytes;
                if (!take_base64(d, &bytes))
                        return false;
                *(struct sai_secret *)out = (struct sai_secret) { bytes.data, bytes.len };
                return true;
        }
        case SAI_K_JSON:
                if (!take_string(d, &text))
                        return false;
                *(struct sai_json *)out = (struct sai_json) { text.data, text.len };
                return true;
        default:
                return false;
        }
}

/* The value of a member that this program does not know. */
static bool skip_value(struct decoder *d)
{
        struct quoted q;
        unsigned open = 0;
        do {
                if (d->at == d->end)
                        return false;
                char c = *d->at;
                if (c == '"') {
                        if (!take_quoted(d, &q))
                                return false;
                } else if (c == '{' || c == '[') {
                        open++;
                        d->at++;
                } else if (c == '}' || c == ']') {
                        if (open == 0)
                                return false;
                        open--;
                        d->at++;
                } else if (open > 0) {
                        d->at++;
                } else {
                        const char *begin = d->at;
                        while (d->at < d->end && *d->at != ',' && *d->at != '}' && *d->at != ']')
                                d->at++;
                        return d->at > begin;
                }
        } while (open > 0);
        return true;
}

static bool take_object(struct decoder *d, const struct sai_model *model, void *object);

/* Grows by doubling: the count is not known before, and a damaged row must not make us allocate for it. */
static bool grow(struct decoder *d, struct sai_list *list, size_t *room, size_t size)
{
        size_t more = *room ? *room * 2 : 4;
        char *items = sai_arena_calloc(d->arena, more, size);
        if (!items)
                return out_of_memory(d);
        if (list->count)
                memcpy(items, list->items, list->count * size);
        list->items = items;
        *room = more;
        return true;
}

static bool take_list(struct decoder *d, const struct sai_field *field, struct sai_list *ret)
{
        size_t size = field->kind == SAI_K_LIST ? field->model->size : json_kind_size(field->item), room = 0;
        struct sai_list list = { 0 };
        if (!take(d, '[') || !grow(d, &list, &room, size))
                return false;
        if (!take(d, ']')) {
                do {
                        if (list.count == room && !grow(d, &list, &room, size))
                                return false;
                        void *item = (char *)list.items + list.count * size;
                        bool good = field->kind == SAI_K_LIST ? take_object(d, field->model, item)
                                                              : take_scalar(d, field, field->item, item);
                        if (!good)
                                return false;
                        list.count++;
                } while (take(d, ','));
                if (!take(d, ']'))
                        return false;
        }
        *ret = list;
        return true;
}

static bool take_nested(struct decoder *d, const struct sai_field *field, void *object)
{
        void *at = sai_field_at(field, object);
        if (!(field->flags & SAI_F_POINTER))
                return take_object(d, field->model, at);
        void *nested = sai_arena_alloc(d->arena, field->model->size);
        if (!nested)
                return out_of_memory(d);
        memcpy(at, &nested, sizeof nested);
        return take_object(d, field->model, nested);
}

static bool take_member(struct decoder *d, const struct sai_field *field, void *object)
{
        void *at = sai_field_at(field, object);
        enum sai_kind kind = (enum sai_kind)field->kind;
        if (kind == SAI_K_MODEL)
                return take_nested(d, field, object);
        if (kind == SAI_K_ARRAY || kind == SAI_K_LIST)
                return take_list(d, field, at);
        /* An optional number that was NaN, an enum's value that had no name. */
        if (field->optional && take_word(d, "null", 4)) {
                *json_has(field, object) = SAI_NULL;
                return true;
        }
        if (!take_scalar(d, field, kind, at))
                return false;
        if (field->optional)
                *json_has(field, object) = SAI_VALUE;
        return true;
}

/* Members come in the table's order, some left out. The one that is next is recognised without a look at the end of its name. */
static const struct sai_field *expected_member(struct decoder *d, const struct sai_model *model, size_t *next)
{
        if (*next >= model->field_count)
                return NULL;
        const struct sai_field *field = &model->fields[*next];
        size_t len = field->name_len;
        const char *at = d->at;
        if ((size_t)(d->end - at) < len + 3 || at[0] != '"' || memcmp(at + 1, field->name, len) != 0 || at[len + 1] != '"' ||
            at[len + 2] != ':')
                return NULL;
        d->at += len + 3;
        ++*next;
        return field;
}

/* Any other: from the next one on, and around once. */
static const struct sai_field *find_member(const struct sai_model *model, struct sai_text name, size_t *next)
{
        for (size_t i = 0; i < model->field_count; i++) {
                size_t at = *next + i < model->field_count ? *next + i : *next + i - model->field_count;
                const struct sai_field *field = &model->fields[at];
                if (field->name_len == name.len && memcmp(field->name, name.data, name.len) == 0) {
                        *next = at + 1;
                        return field;
                }
        }
        return NULL;
}

static bool take_members(struct decoder *d, const struct sai_model *model, void *object)
{
        size_t next = 0;
        do {
                struct quoted name;
                const struct sai_field *field = expected_member(d, model, &next);
                if (!field) {
                        if (!take_quoted(d, &name) || !take(d, ':'))
                                return false;
                        field = name.escaped ? NULL : find_member(model, name.raw, &next);
                }
                if (!field) {
                        if (!skip_value(d))
                                return false;
                        continue;
                }
                if (field == d->until && d->depth == 1) {
                        d->at = d->end;
                        return true;
                }
                d->model = model;
                d->field = field;
                if (!take_member(d, field, object))
                        return false;
        } while (take(d, ','));
        return take(d, '}');
}

static bool take_object(struct decoder *d, const struct sai_model *model, void *object)
{
        if (!take(d, '{') || ++d->depth > SAI_MAX_JSON_DEPTH)
                return false;
        bool good = take(d, '}') || take_members(d, model, object);
        d->depth--;
        return good;
}

sai_status sai_model_decode(const struct sai_model *model, const char *json, size_t len, struct sai_arena *arena, void *object,
                            struct sai_err *err)
{
        return sai_model_decode_until(model, NULL, json, len, arena, object, err);
}

sai_status sai_model_decode_until(const struct sai_model *model, const struct sai_field *until, const char *json, size_t len,
                                  struct sai_arena *arena, void *object, struct sai_err *err)
{
        struct decoder d = { .at = json, .end = json + len, .arena = arena, .until = until, .status = SAI_INTERNAL };
        if (take_object(&d, model, object) && d.at == d.end)
                return SAI_OK;
        if (d.status == SAI_NO_MEMORY)
                return sai_fail(err, SAI_NO_MEMORY, "no memory for a document of %zu bytes", len);
        return sai_fail(err, SAI_INTERNAL, "a stored %s cannot be read near %s.%s (byte %zu of %zu)", model->name,
                        d.model ? d.model->name : model->name, d.field ? d.field->name : "its start", (size_t)(d.at - json), len);
}
