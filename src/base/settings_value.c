/* settings_value.c -- one setting between its text and its type. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/settings_internal.h"
#include "base/text.h"

static const struct {
        const char *unit;
        int64_t ms;
} units[] = { { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 } };

static sai_status refuse(const struct sai_setting *row, struct sai_err *err, const char *wanted)
{
        char name[64];
        snprintf(name, sizeof name, "STRAVAAI_%s", row->name);
        return sai_fail_field(err, SAI_INVALID, name, "%s %s", name, wanted);
}

/* In the largest unit that has no fraction. */
static void format_duration(int64_t ms, char *out, size_t size)
{
        size_t i = 0;
        while (ms != 0 && ms % units[i].ms)
                i++;
        if (ms == 0)
                snprintf(out, size, "0s");
        else
                snprintf(out, size, "%lld%s", (long long)(ms / units[i].ms), units[i].unit);
}

static bool parse_duration(const char *text, int64_t *ret_ms)
{
        size_t digits = strspn(text, "0123456789");
        int64_t value, factor = 0;
        if (!sai_parse_i64(text, digits, &value))
                return false;
        if (text[digits] == '\0')
                factor = 1000;
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
                if (strcmp(text + digits, units[i].unit) == 0)
                        factor = units[i].ms;
        return factor > 0 && !__builtin_mul_overflow(value, factor, ret_ms);
}

static sai_status parse_number(const struct sai_setting *row, const char *text, int64_t *ret, struct sai_err *err)
{
        bool duration = row->type == SAI_SETTING_DURATION;
        int64_t value;
        bool good = duration ? parse_duration(text, &value) : sai_parse_i64(text, strlen(text), &value);
        if (good && value >= row->min && value <= row->max) {
                *ret = value;
                return SAI_OK;
        }
        char wanted[128], low[32], high[32];
        if (duration) {
                format_duration(row->min, low, sizeof low);
                format_duration(row->max, high, sizeof high);
                snprintf(wanted, sizeof wanted, "must be a duration from %s to %s, like 90s, 15m, 12h or 30d", low, high);
        } else {
                snprintf(wanted, sizeof wanted, "must be a whole number from %lld to %lld%s%s", (long long)row->min,
                         (long long)row->max, row->unit ? " " : "", row->unit ? row->unit : "");
        }
        return refuse(row, err, wanted);
}

static sai_status parse_bool(const struct sai_setting *row, const char *text, bool *ret, struct sai_err *err)
{
        *ret = strcmp(text, "on") == 0 || strcmp(text, "true") == 0;
        if (*ret || strcmp(text, "off") == 0 || strcmp(text, "false") == 0)
                return SAI_OK;
        return refuse(row, err, "must be on or off");
}

static sai_status parse_choice(const struct sai_setting *row, const char *text, int *ret, struct sai_err *err)
{
        char wanted[160] = "must be one of";
        for (int i = 0; row->choices[i]; i++) {
                size_t at = strlen(wanted);
                if (strcmp(row->choices[i], text) == 0) {
                        *ret = i;
                        return SAI_OK;
                }
                snprintf(wanted + at, sizeof wanted - at, "%s %s", i ? "," : "", row->choices[i]);
        }
        return refuse(row, err, wanted);
}

static sai_status parse_text(const struct sai_setting *row, const char *text, struct sai_arena *arena, const char **ret,
                             struct sai_err *err)
{
        const char *wanted = row->check ? row->check(text) : NULL;
        if (wanted)
                return refuse(row, err, wanted);
        *ret = sai_arena_strdup(arena, text);
        return *ret ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "no memory for the settings");
}

static sai_status parse_list(const struct sai_setting *row, const char *text, struct sai_arena *arena,
                             struct sai_settings_list *ret, struct sai_err *err)
{
        *ret = (struct sai_settings_list) { 0 };
        if (text[0] == '\0')
                return SAI_OK;
        size_t count = 1;
        for (const char *at = text; *at; at++)
                count += *at == ',';
        if (count > SAI_MAX_SETTING_ITEMS)
                return refuse(row, err, "has too many entries");
        const char **items = SAI_NEW_ARRAY(arena, const char *, count);
        for (size_t i = 0; items && i < count; i++) {
                size_t len = strcspn(text, ",");
                const char *next = text + len + 1;
                for (; len > 0 && text[0] == ' '; len--)
                        text++;
                while (len > 0 && text[len - 1] == ' ')
                        len--;
                items[i] = sai_arena_strndup(arena, text, len);
                if (!items[i])
                        return sai_fail(err, SAI_NO_MEMORY, "no memory for the settings");
                const char *wanted = len == 0 ? "has an empty entry" : row->check ? row->check(items[i]) : NULL;
                if (wanted)
                        return refuse(row, err, wanted);
                text = next;
        }
        if (!items)
                return sai_fail(err, SAI_NO_MEMORY, "no memory for the settings");
        *ret = (struct sai_settings_list) { .items = items, .count = count };
        return SAI_OK;
}

sai_status sai_setting_parse(const struct sai_setting *row, const char *text, struct sai_arena *arena, void *target,
                             struct sai_err *err)
{
        void *at = (char *)target + row->offset;
        size_t len = strlen(text);
        if (len > SAI_MAX_SETTING)
                return refuse(row, err, "is too long");
        for (size_t i = 0; i < len; i++)
                if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
                        return refuse(row, err, "holds a control character");
        if (!sai_utf8_valid(text, len))
                return refuse(row, err, "is not UTF-8");

        switch (row->type) {
        case SAI_SETTING_TEXT:
        case SAI_SETTING_SECRET:
                return parse_text(row, text, arena, at, err);
        case SAI_SETTING_INTEGER:
        case SAI_SETTING_DURATION:
                return parse_number(row, text, at, err);
        case SAI_SETTING_BOOL:
                return parse_bool(row, text, at, err);
        case SAI_SETTING_CHOICE:
                return parse_choice(row, text, at, err);
        case SAI_SETTING_LIST:
                return parse_list(row, text, arena, at, err);
        }
        return refuse(row, err, "has an unknown type");
}

void sai_setting_format(struct sai_buf *buf, const struct sai_setting *row, const void *target)
{
        const void *at = (const char *)target + row->offset;
        const struct sai_settings_list *list = at;
        char text[32];
        switch (row->type) {
        case SAI_SETTING_TEXT:
                sai_buf_text(buf, *(const char *const *)at);
                break;
        case SAI_SETTING_SECRET:
                sai_buf_text(buf, (*(const char *const *)at)[0] ? "***" : "");
                break;
        case SAI_SETTING_INTEGER:
                sai_buf_i64(buf, *(const int64_t *)at);
                break;
        case SAI_SETTING_DURATION:
                format_duration(*(const int64_t *)at, text, sizeof text);
                sai_buf_text(buf, text);
                break;
        case SAI_SETTING_BOOL:
                sai_buf_text(buf, *(const bool *)at ? "on" : "off");
                break;
        case SAI_SETTING_CHOICE:
                sai_buf_text(buf, row->choices[*(const int *)at]);
                break;
        case SAI_SETTING_LIST:
                for (size_t i = 0; i < list->count; i++) {
                        sai_buf_text(buf, i ? "," : "");
                        sai_buf_text(buf, list->items[i]);
                }
                break;
        }
}
