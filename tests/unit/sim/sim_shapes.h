/* sim_shapes.h -- checks answers against the list of Strava's models and the types of their members, where it is beside the repository. */
#ifndef TESTS_UNIT_SIM_SHAPES_H
#define TESTS_UNIT_SIM_SHAPES_H

#include "sim_client.h"

struct shapes {
        json_t *models;
        size_t checked; /* members whose type was compared */
};

static inline struct shapes *shapes_open(void)
{
        json_t *models = json_load_file("../shared/reference/strava-swagger/models-2026-05.json", 0, NULL);
        struct shapes *shapes = models ? calloc(1, sizeof *shapes) : NULL;
        if (shapes)
                shapes->models = models;
        return shapes;
}

static inline void shapes_close(struct shapes *shapes)
{
        json_decref(shapes->models);
        free(shapes);
}

static inline size_t shapes_checked(const struct shapes *shapes) { return shapes->checked; }

static inline void shapes_check(struct shapes *shapes, const char *model, const json_t *value);

/* A type as the list writes it: "int | None", "Sequence[Lap] | None", "MetaAthlete | None". */
static inline void shape_value(struct shapes *shapes, const char *model, const char *member, const char *type,
                               const json_t *value)
{
        bool good = true;
        if (json_is_null(value))
                good = strstr(type, "None") != NULL;
        else if (strncmp(type, "int", 3) == 0)
                good = json_is_integer(value) || json_is_real(value); /* Strava writes 187.0 for some */
        else if (strncmp(type, "float", 5) == 0)
                good = json_is_number(value);
        else if (strncmp(type, "bool", 4) == 0)
                good = json_is_boolean(value);
        else if (strncmp(type, "str", 3) == 0 || strncmp(type, "datetime", 8) == 0)
                good = json_is_string(value);
        else if (strncmp(type, "Sequence[", 9) == 0 || strncmp(type, "list[", 5) == 0 || strcmp(type, "LatLng | None") == 0)
                good = json_is_array(value);
        else if (json_is_object(value)) {
                char nested[64];
                snprintf(nested, sizeof nested, "%.*s", (int)strcspn(type, " |"), type);
                shapes_check(shapes, nested, value);
        }
        if (!good)
                fail_msg("%s.%s is not %s", model, member, type);
        const char *open = strchr(type, '[');
        if (json_is_array(value) && open) {
                char item[64];
                snprintf(item, sizeof item, "%.*s", (int)strcspn(open + 1, "]"), open + 1);
                for (size_t i = 0; i < json_array_size(value); i++)
                        if (json_is_object(json_array_get(value, i)))
                                shapes_check(shapes, item, json_array_get(value, i));
        }
        shapes->checked++;
}

/* Members that the list does not know are no error: Strava's answers have undocumented ones. */
static inline void shapes_check(struct shapes *shapes, const char *model, const json_t *value)
{
        const json_t *known = json_object_get(shapes->models, model);
        if (!known)
                return;
        assert_true(json_is_object(value));
        const char *name;
        json_t *type;
        json_object_foreach(json_object_get(known, "fields"), name, type)
        {
                const json_t *member = json_object_get(value, name);
                if (member && json_is_string(type))
                        shape_value(shapes, model, name, json_string_value(type), member);
        }
        const json_t *parents = json_object_get(known, "extends");
        for (size_t i = 0; i < json_array_size(parents); i++)
                shapes_check(shapes, json_string_value(json_array_get(parents, i)), value);
}

#endif
