/* fault.c -- what an answer that is not 200 means. The status decides, then the fault's three fields; the message never does, and a body that is
 * empty, HTML or of an older shape only means that there are no fields. Rows are looked at in order. */
#include <string.h>

#include "base/limits.h"
#include "client/strava/lenient.h"
#include "client/strava/strava_internal.h"

struct fault {
        struct sai_opt_str resource, field, code;
};
struct faults {
        struct sai_list errors;
};

static const struct sai_field fault_fields[] = {
        SAI_FIELD(struct fault, resource),
        SAI_FIELD(struct fault, field),
        SAI_FIELD(struct fault, code),
};
static const struct sai_model fault_model = SAI_MODEL_OF(struct fault, fault_fields, "strava fault");
static const struct sai_field faults_fields[] = { SAI_LIST(struct faults, errors, &fault_model, .max_items = 16) };
static const struct sai_model faults_model = SAI_MODEL_OF(struct faults, faults_fields, "strava faults");

/* NULL matches anything. */
struct rule {
        int status;
        const char *resource, *field, *code;
        enum strava_class class;
};

static const struct rule rules[] = {
        { 400, "RefreshToken", NULL, "invalid", STRAVA_REFRESH_TOKEN_DEAD },
        { 400, "AuthorizationCode", NULL, "invalid", STRAVA_CODE_INVALID },
        { 400, "RequestToken", NULL, "invalid", STRAVA_CODE_INVALID },
        { 401, "AccessToken", NULL, "missing", STRAVA_MISSING_SCOPE },
        { 401, NULL, NULL, NULL, STRAVA_UNAUTHORIZED },
        { 402, NULL, NULL, NULL, STRAVA_FORBIDDEN },
        { 403, "Application", "Status", "Inactive", STRAVA_INACTIVE },
        { 403, NULL, NULL, NULL, STRAVA_FORBIDDEN },
        { 404, NULL, NULL, NULL, STRAVA_NOT_FOUND },
        { 408, NULL, NULL, NULL, STRAVA_TRANSIENT },
        { 410, NULL, NULL, NULL, STRAVA_NOT_FOUND },
        { 429, NULL, NULL, NULL, STRAVA_RATE_LIMITED },
};

static bool matches(const char *wanted, const char *text) { return !wanted || strcmp(wanted, text) == 0; }

static enum strava_class class_of(int status, const char *resource, const char *field, const char *code)
{
        for (size_t i = 0; i < SAI_COUNT(rules); i++) {
                const struct rule *rule = &rules[i];
                if (rule->status == status && matches(rule->resource, resource) && matches(rule->field, field) &&
                    matches(rule->code, code))
                        return rule->class;
        }
        if (status >= 500)
                return STRAVA_TRANSIENT;
        return status >= 400 ? STRAVA_BAD_REQUEST : STRAVA_PROTOCOL;
}

static void copy(char *out, size_t size, const char *text)
{
        size_t len = strlen(text);
        len = len < size ? len : size - 1;
        memcpy(out, text, len);
        out[len] = '\0';
}

static const char *text_or_none(struct sai_opt_str text) { return SAI_HAS(text) ? text.value : ""; }

static void keep_fault(const struct fault *fault, struct strava_error *error)
{
        copy(error->resource, sizeof error->resource, text_or_none(fault->resource));
        copy(error->field, sizeof error->field, text_or_none(fault->field));
        copy(error->code, sizeof error->code, text_or_none(fault->code));
}

static struct sai_list read_faults(struct sai_text body, struct sai_arena *arena)
{
        struct faults faults = { 0 };
        if (body.len == 0 || body.len > SAI_KIB(64) || lenient_read(&faults_model, body, arena, &faults, NULL, NULL) != SAI_OK)
                return (struct sai_list) { 0 };
        return faults.errors;
}

/* Of several faults the first one with a rule of its own decides. */
static void sort_out(int status, struct sai_list faults, struct strava_error *error)
{
        const struct fault *items = faults.items;
        enum strava_class by_status = class_of(status, "", "", "");
        error->class = by_status;
        if (faults.count > 0)
                keep_fault(&items[0], error);
        for (size_t i = 0; i < faults.count && error->class == by_status; i++) {
                enum strava_class class = class_of(status, text_or_none(items[i].resource), text_or_none(items[i].field),
                                                   text_or_none(items[i].code));
                if (class != by_status) {
                        error->class = class;
                        keep_fault(&items[i], error);
                }
        }
}

void strava_classify(int http_status, struct sai_text body, struct strava_error *reterr)
{
        *reterr = (struct strava_error) { .http_status = http_status };
        if (http_status == 200)
                return;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_KIB(256));
        struct sai_list none = { 0 };
        sort_out(http_status, arena ? read_faults(body, arena) : none, reterr);
}

struct class_info {
        const char *name, *text;
        sai_status status;
};
static const struct class_info classes[STRAVA_CLASS_COUNT] = {
#define X(class, word, status, text) { word, text, status },
        STRAVA_CLASS_LIST(X)
#undef X
};

const char *strava_class_name(enum strava_class class) { return classes[class].name; }

sai_status strava_class_status(enum strava_class class) { return classes[class].status; }
const char *strava_class_text(enum strava_class class) { return classes[class].text; }
