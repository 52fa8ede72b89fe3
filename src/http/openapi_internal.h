/* openapi_internal.h -- what the two halves of the OpenAPI writer share. */
#ifndef SAI_HTTP_OPENAPI_INTERNAL_H
#define SAI_HTTP_OPENAPI_INTERNAL_H

#include "http/http_internal.h"

enum { OPENAPI_MAX_MODELS = 512, OPENAPI_MAX_DEPTH = 12 };

struct openapi_schema {
        const struct sai_model *model;
        bool in, out; /* reachable from a request body, from an answer */
        bool in_itself; /* is a request body itself */
        bool nested_in; /* lies within a request body: referred to as `NameInput` there */
        bool list; /* is answered in pages */
};

struct openapi {
        const struct sai_router *router;
        struct sai_buf *buf;
        struct openapi_schema schemas[OPENAPI_MAX_MODELS];
        size_t schema_count;
        bool problems[SAI_STATUS_COUNT]; /* codes that some operation names */
};

/* Appends `"key":`, after a comma unless it is the first of its object. */
void openapi_key(struct sai_buf *buf, const char *key);
void openapi_member(struct sai_buf *buf, const char *key, const char *text);
/* A comma unless this is the first element of its array or object. */
void openapi_next(struct sai_buf *buf);
/* Ends with "Input" where the same model is also answered, because the two differ. */
void openapi_schema_name(const struct openapi *doc, const struct sai_model *model, bool input, struct sai_buf *buf);
struct openapi_schema *openapi_find(struct openapi *doc, const struct sai_model *model);

void openapi_paths(struct openapi *doc);

#endif
