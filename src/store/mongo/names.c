/* names.c -- from an offset in a row's struct to the path of that member in its document. */
#include "store/mongo/mongo.h"

const char *mongo_field_name(const struct sai_field *field, bool outermost)
{
        return outermost && (field->flags & SAI_F_KEY) ? "_id" : field->name;
}

static bool is_inside(const struct sai_field *field) { return field->kind == SAI_K_MODEL && !(field->flags & SAI_F_POINTER); }

/* Goes down to the member whose place is `offset`; a struct lies inside its parent, so one of the parent's members spans it. */
static bool find(const struct sai_model *model, size_t offset, bool outermost, struct mongo_name *name, size_t len)
{
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if (field->flags & SAI_F_DERIVED)
                        continue;
                bool inside = is_inside(field) && offset >= field->offset && offset - field->offset < field->model->size;
                bool scalar = field->kind != SAI_K_MODEL && field->kind != SAI_K_ARRAY && field->kind != SAI_K_LIST;
                if (!inside && !(scalar && field->offset == offset))
                        continue;
                int added =
                        snprintf(name->path + len, MONGO_PATH - len, "%s%s", len ? "." : "", mongo_field_name(field, outermost));
                if (added < 0 || (size_t)added >= MONGO_PATH - len)
                        return false;
                name->field = field;
                return inside ? find(field->model, offset - field->offset, false, name, len + (size_t)added) : true;
        }
        return false;
}

sai_status mongo_name_of(const struct layout *layout, size_t offset, struct mongo_name *ret_name, struct sai_err *err)
{
        if (!find(layout->model, offset, true, ret_name, 0))
                return sai_fail(err, SAI_INTERNAL, "a query of %s names no member", layout->name);
        return SAI_OK;
}
