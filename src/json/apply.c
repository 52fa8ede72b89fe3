/* apply.c -- a PUT or PATCH body onto a row: what the body had goes in, what it left out stays. */
#include "json/json_internal.h"

/* Absent and null look the same where a member is no optional: then the body left it out. */
static bool body_had(const struct sai_field *field, const void *change)
{
        if (!field->optional)
                return sai_field_present(field, change);
        const uint8_t *has = (const uint8_t *)sai_field_of(field, change) + json_kind_size((enum sai_kind)field->kind);
        return *has != SAI_ABSENT;
}

static void apply_scalar(const struct sai_field *from, const void *change, const struct sai_field *to, void *target)
{
        size_t size = json_kind_size((enum sai_kind)to->kind);
        void *at = sai_field_at(to, target);
        if (!sai_field_present(from, change)) {
                memset(at, 0, size);
                if (to->optional)
                        *json_has(to, target) = SAI_NULL;
                return;
        }
        memcpy(at, sai_field_of(from, change), size);
        if (to->optional)
                *json_has(to, target) = SAI_VALUE;
}

/* A struct that the target does not have yet can be taken over whole when it is of the same model; else it is the caller's. */
static void apply_nested(const struct sai_field *from, const void *change, const struct sai_field *to, void *target)
{
        const void *source = json_nested(from, change);
        void *at = sai_field_at(to, target), *nested;
        if (!(to->flags & SAI_F_POINTER)) {
                sai_model_apply(from->model, source, to->model, at);
                return;
        }
        memcpy(&nested, at, sizeof nested);
        if (nested)
                sai_model_apply(from->model, source, to->model, nested);
        else if (from->model == to->model && (from->flags & SAI_F_POINTER))
                memcpy(at, sai_field_of(from, change), sizeof nested);
}

void sai_model_apply(const struct sai_model *change_model, const void *change, const struct sai_model *target_model, void *target)
{
        for (size_t i = 0; i < change_model->field_count; i++) {
                const struct sai_field *from = &change_model->fields[i];
                const struct sai_field *to = sai_model_field(target_model, from->name, from->name_len);
                if (!to || to->kind != from->kind || !body_had(from, change))
                        continue;
                if (from->kind == SAI_K_MODEL)
                        apply_nested(from, change, to, target);
                else
                        apply_scalar(from, change, to, target);
        }
}
