/* settings.c -- gathers the settings from their sources, checks them together, and shows them. */
#include "base/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/settings_internal.h"
#include "base/text.h"

static const char prefix[] = "STRAVAAI_";
static const char default_file[] = "stravaai.env";

/* What one source says of one key. */
struct given {
        const char *value;
        const char *secret_path;
};

struct loader {
        struct sai_settings_reader reader;
        struct sai_arena *arena;
        struct given environment[SAI_SETTING_COUNT];
        struct given file[SAI_SETTING_COUNT];
        const char *file_path;
        struct sai_err *err;
};

static sai_status refuse(struct loader *l, const char *key, size_t len, const char *why)
{
        char name[64];
        size_t shown = len < sizeof name - 1 ? len : sizeof name - 1;
        shown = sai_utf8_prefix(key, shown);
        memcpy(name, key, shown);
        name[shown] = '\0';
        return sai_fail_field(l->err, SAI_INVALID, name, "%s %s", name, why);
}

static sai_status refuse_row(struct loader *l, const struct sai_setting *row, const char *why)
{
        char name[64];
        int len = snprintf(name, sizeof name, "%s%s", prefix, row->name);
        return refuse(l, name, (size_t)len, why);
}

static int find_row(const char *name, size_t len)
{
        for (int i = 0; i < SAI_SETTING_COUNT; i++)
                if (strlen(sai_setting_table[i].name) == len && memcmp(sai_setting_table[i].name, name, len) == 0)
                        return i;
        return -1;
}

/* Files `key`=`value` of one source; the key is known, or a known secret's with _FILE, or refused. */
static sai_status offer(struct loader *l, const char *key, size_t key_len, const char *value, struct given *givens)
{
        const size_t prefix_len = sizeof prefix - 1;
        if (key_len <= prefix_len || memcmp(key, prefix, prefix_len) != 0)
                return refuse(l, key, key_len, "is not a setting of this program");
        const char *name = key + prefix_len;
        size_t len = key_len - prefix_len;
        int row = find_row(name, len);
        if (row >= 0) {
                if (givens[row].value && givens == l->file)
                        return refuse(l, key, key_len, "is there twice");
                givens[row].value = value;
                return SAI_OK;
        }
        row = len > 5 && memcmp(name + len - 5, "_FILE", 5) == 0 ? find_row(name, len - 5) : -1;
        if (row >= 0 && sai_setting_table[row].type == SAI_SETTING_SECRET) {
                givens[row].secret_path = value;
                return SAI_OK;
        }
        return refuse(l, key, key_len, "is not a setting of this program");
}

static sai_status read_environment(struct loader *l, char *const *environment)
{
        l->file_path = NULL;
        for (; *environment; environment++) {
                const char *entry = *environment, *equals = strchr(entry, '=');
                if (!equals || strncmp(entry, prefix, sizeof prefix - 1) != 0 || equals[1] == '\0')
                        continue;
                size_t len = (size_t)(equals - entry);
                if (len == strlen("STRAVAAI_ENV_FILE") && memcmp(entry, "STRAVAAI_ENV_FILE", len) == 0) {
                        l->file_path = equals + 1;
                        continue;
                }
                sai_status status = offer(l, entry, len, equals + 1, l->environment);
                if (status != SAI_OK)
                        return status;
        }
        return SAI_OK;
}

static void trim(struct sai_text *text)
{
        while (text->len > 0 && (text->data[0] == ' ' || text->data[0] == '\t')) {
                text->data++;
                text->len--;
        }
        while (text->len > 0 && strchr(" \t\r", text->data[text->len - 1]))
                text->len--;
}

/* KEY=VALUE, a value maybe in quotes (without escapes); comments and empty lines. */
static sai_status read_line(struct loader *l, struct sai_text line, int number)
{
        trim(&line);
        if (line.len == 0 || line.data[0] == '#')
                return SAI_OK;
        const char *equals = memchr(line.data, '=', line.len);
        if (!equals)
                return sai_fail(l->err, SAI_INVALID, "%s: line %d is not KEY=VALUE", l->file_path, number);
        struct sai_text key = { line.data, (size_t)(equals - line.data) };
        struct sai_text value = { equals + 1, line.len - key.len - 1 };
        trim(&key);
        trim(&value);
        char quote = value.len >= 2 ? value.data[0] : '\0';
        if ((quote == '"' || quote == '\'') && value.data[value.len - 1] == quote) {
                value.data++;
                value.len -= 2;
        }
        if (memchr(value.data, '\0', value.len) || memchr(key.data, '\0', key.len))
                return sai_fail(l->err, SAI_INVALID, "%s: line %d holds a NUL byte", l->file_path, number);
        const char *copy = value.len ? sai_arena_strndup(l->arena, value.data, value.len) : NULL;
        if (value.len && !copy)
                return sai_fail(l->err, SAI_NO_MEMORY, "no memory for the settings");
        return offer(l, key.data, key.len, copy, l->file);
}

static sai_status read_file(struct loader *l)
{
        bool named = l->file_path != NULL;
        const char *data;
        size_t len;
        if (!named)
                l->file_path = default_file;
        sai_status status = l->reader.read(l->reader.context, l->file_path, false, l->arena, &data, &len);
        if (status == SAI_NOT_FOUND && !named)
                return SAI_OK;
        if (status == SAI_NO_MEMORY)
                return sai_fail(l->err, SAI_NO_MEMORY, "no memory for the settings");
        if (status != SAI_OK)
                return sai_fail_field(l->err, SAI_INVALID, "STRAVAAI_ENV_FILE", "%s cannot be read", l->file_path);

        int number = 0;
        for (const char *end = data + len; data < end;) {
                const char *line_end = memchr(data, '\n', (size_t)(end - data));
                size_t line_len = (size_t)((line_end ? line_end : end) - data);
                status = read_line(l, (struct sai_text) { data, line_len }, ++number);
                if (status != SAI_OK)
                        return status;
                data += line_len + (line_end != NULL);
        }
        return SAI_OK;
}

static sai_status read_secret(struct loader *l, const struct sai_setting *row, const char *path, const char **ret_value)
{
        const char *data;
        size_t len;
        sai_status status = l->reader.read(l->reader.context, path, true, l->arena, &data, &len);
        if (status == SAI_NO_MEMORY)
                return sai_fail(l->err, SAI_NO_MEMORY, "no memory for the settings");
        if (status == SAI_FORBIDDEN)
                return refuse_row(l, row, "names a file that group or others may read; chmod 600 it");
        if (status != SAI_OK)
                return refuse_row(l, row, "names a file that cannot be read");
        if (memchr(data, '\0', len))
                return refuse_row(l, row, "names a file that holds a NUL byte");
        while (len > 0 && (data[len - 1] == '\n' || data[len - 1] == '\r'))
                len--;
        if (len == 0)
                return refuse_row(l, row, "names an empty file");
        *ret_value = sai_arena_strndup(l->arena, data, len);
        return *ret_value ? SAI_OK : sai_fail(l->err, SAI_NO_MEMORY, "no memory for the settings");
}

/* A secret in stravaai.env makes that file one that others may not read. */
static sai_status check_file_is_private(struct loader *l, const struct sai_setting *row)
{
        const char *data;
        size_t len;
        if (l->reader.read(l->reader.context, l->file_path, true, l->arena, &data, &len) == SAI_FORBIDDEN)
                return refuse_row(l, row, "is a secret in a file that group or others may read; chmod 600 it");
        return SAI_OK;
}

static sai_status resolve(struct loader *l, int index, struct sai_settings *settings)
{
        const struct sai_setting *row = &sai_setting_table[index];
        const struct given *environment = &l->environment[index], *file = &l->file[index];
        bool from_environment = environment->value || environment->secret_path;
        const struct given *given = from_environment ? environment : file;
        const char *value = given->value;
        enum sai_setting_source source = from_environment ? SAI_FROM_ENVIRONMENT : value ? SAI_FROM_FILE : SAI_FROM_DEFAULT;
        sai_status status = SAI_OK;

        if (given->value && given->secret_path)
                return refuse_row(l, row, "is given both itself and as a _FILE");
        if (given->secret_path) {
                source = SAI_FROM_SECRET_FILE;
                status = read_secret(l, row, given->secret_path, &value);
        } else if (source == SAI_FROM_FILE && row->type == SAI_SETTING_SECRET) {
                status = check_file_is_private(l, row);
        }
        if (status != SAI_OK)
                return status;
        settings->source[index] = (uint8_t)source;
        return sai_setting_parse(row, value ? value : row->default_text, l->arena, settings, l->err);
}

/* Defaults that follow from other values. */
static sai_status derive(struct loader *l, struct sai_settings *settings)
{
        if (!settings->listen[0])
                return sai_fail_field(l->err, SAI_INVALID, "STRAVAAI_LISTEN", "STRAVAAI_LISTEN must not be empty");
        if (!settings->public_url[0])
                settings->public_url = sai_arena_printf(l->arena, "http://%s", settings->listen);
        if (!settings->database_url[0])
                settings->database_url = sai_arena_printf(l->arena, "sqlite:%s/stravaai.db", settings->data_dir);
        if (!settings->public_url || !settings->database_url)
                return sai_fail(l->err, SAI_NO_MEMORY, "no memory for the settings");
        return SAI_OK;
}

sai_status sai_settings_load(char *const *environment, struct sai_settings_reader reader, struct sai_arena *arena,
                             struct sai_settings *ret_settings, struct sai_err *err)
{
        struct loader l = { .reader = reader, .arena = arena, .err = err };
        struct sai_settings settings = { 0 };
        sai_status status = read_environment(&l, environment);
        if (status == SAI_OK)
                status = read_file(&l);
        for (int i = 0; i < SAI_SETTING_COUNT && status == SAI_OK; i++)
                status = resolve(&l, i, &settings);
        if (status == SAI_OK)
                status = derive(&l, &settings);
        if (status == SAI_OK)
                *ret_settings = settings;
        return status;
}

/* -- Checks over all ------------------------------------------------------------------------------------------------------- */

static sai_status demand_https(const char *name, const char *url, struct sai_err *err)
{
        if (strncmp(url, "https://", 8) == 0)
                return SAI_OK;
        return sai_fail_field(err, SAI_INVALID, name, "%s must begin with https:// in production", name);
}

sai_status sai_settings_check(const struct sai_settings *settings, struct sai_err *err)
{
        if (settings->profile != SAI_PROFILE_PRODUCTION)
                return SAI_OK;
        for (int i = 0; i < SAI_SETTING_COUNT; i++) {
                const struct sai_setting *row = &sai_setting_table[i];
                const char *text;
                if (!row->needed_in_production)
                        continue;
                memcpy(&text, (const char *)settings + row->offset, sizeof text);
                if (!text[0]) {
                        char name[64];
                        snprintf(name, sizeof name, "%s%s", prefix, row->name);
                        return sai_fail_field(err, SAI_INVALID, name, "%s must be set in production", name);
                }
        }
        for (size_t i = 0; i < settings->cors_origins.count; i++)
                if (strcmp(settings->cors_origins.items[i], "*") == 0)
                        return sai_fail_field(err, SAI_INVALID, "STRAVAAI_CORS_ORIGINS",
                                              "STRAVAAI_CORS_ORIGINS must name its origins in production, not *");
        sai_status status = demand_https("STRAVAAI_PUBLIC_URL", settings->public_url, err);
        if (status == SAI_OK)
                status = demand_https("STRAVAAI_STRAVA_API_URL", settings->strava_api_url, err);
        if (status == SAI_OK)
                status = demand_https("STRAVAAI_STRAVA_OAUTH_URL", settings->strava_oauth_url, err);
        return status;
}

/* -- Showing ---------------------------------------------------------------------------------------------------------------- */

/* Values hold no control characters, so quotes and backslashes are all that JSON wants escaped. */
static void put_quoted(struct sai_buf *buf, const char *text)
{
        sai_buf_char(buf, '"');
        for (; *text; text++) {
                if (*text == '"' || *text == '\\')
                        sai_buf_char(buf, '\\');
                sai_buf_char(buf, *text);
        }
        sai_buf_char(buf, '"');
}

/* A URL may hold a password (mongodb://user:password@host): what stands between the user's name and the last @ before the path. */
static void hide_password(char *text)
{
        char *begin = strstr(text, "://");
        if (!begin)
                return;
        begin += 3;
        char *end = begin + strcspn(begin, "/?"), *at = end, *colon;
        while (at > begin && *at != '@')
                at--;
        colon = memchr(begin, ':', (size_t)(at - begin));
        if (at == begin || !colon || at - colon < 2)
                return;
        /* As many stars for every password: its length is nobody's either. */
        size_t stars = at - colon - 1 < 3 ? (size_t)(at - colon) - 1 : 3;
        memset(colon + 1, '*', stars);
        memmove(colon + 1 + stars, at, strlen(at) + 1);
}

void sai_settings_print(struct sai_buf *buf, const struct sai_settings *settings, bool json)
{
        static const char *const sources[] = { "default", "file", "environment", "secret file" };
        struct sai_buf value;
        sai_buf_init(&value, SAI_MAX_SETTING * 2);
        sai_buf_text(buf, json ? "{" : "");
        for (int i = 0; i < SAI_SETTING_COUNT; i++) {
                const struct sai_setting *row = &sai_setting_table[i];
                const char *source = sources[settings->source[i]];
                sai_buf_clear(&value);
                sai_setting_format(&value, row, settings);
                if (value.len)
                        hide_password(value.data);
                const char *text = value.len ? value.data : "";
                if (json) {
                        sai_buf_printf(buf, "%s\"%s%s\":{\"value\":", i ? "," : "", prefix, row->name);
                        put_quoted(buf, text);
                        sai_buf_printf(buf, ",\"source\":\"%s\"}", source);
                } else {
                        sai_buf_printf(buf, "%s%s=%s  # %s\n", prefix, row->name, text, source);
                }
        }
        sai_buf_text(buf, json ? "}\n" : "");
        sai_buf_done(&value);
}

void sai_settings_help(struct sai_buf *buf)
{
        for (int i = 0; i < SAI_SETTING_COUNT; i++) {
                const struct sai_setting *row = &sai_setting_table[i];
                sai_buf_printf(buf, "%s%s", prefix, row->name);
                if (row->default_text[0])
                        sai_buf_printf(buf, " [%s]", row->default_text);
                sai_buf_printf(buf, "%s\n    %s\n", row->needed_in_production ? " (needed in production)" : "", row->doc);
        }
}

/* -- The file system --------------------------------------------------------------------------------------------------------- */

static sai_status read_descriptor(int fd, struct sai_arena *arena, const char **ret_data, size_t *ret_len)
{
        char *data = sai_arena_alloc(arena, SAI_MAX_SETTINGS_FILE + 1);
        size_t len = 0;
        if (!data)
                return SAI_NO_MEMORY;
        for (;;) {
                ssize_t got = read(fd, data + len, SAI_MAX_SETTINGS_FILE + 1 - len);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return SAI_INTERNAL;
                if (got == 0)
                        break;
                len += (size_t)got;
                if (len > SAI_MAX_SETTINGS_FILE)
                        return SAI_TOO_LARGE;
        }
        data[len] = '\0';
        *ret_data = data;
        *ret_len = len;
        return SAI_OK;
}

static sai_status read_path(void *context, const char *path, bool secret, struct sai_arena *arena, const char **ret_data,
                            size_t *ret_len)
{
        (void)context;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return errno == ENOENT ? SAI_NOT_FOUND : SAI_INTERNAL;
        struct stat info;
        sai_status status;
        if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
                status = SAI_INTERNAL;
        else if (secret && (info.st_mode & (S_IRWXG | S_IRWXO)))
                status = SAI_FORBIDDEN;
        else
                status = read_descriptor(fd, arena, ret_data, ret_len);
        close(fd);
        return status;
}

struct sai_settings_reader sai_settings_files(void) { return (struct sai_settings_reader) { .read = read_path }; }
