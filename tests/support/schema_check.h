/* schema_check.h -- whether a JSON value is what the OpenAPI document promises.
 *
 * Knows the words that our generator writes and no others: $ref, anyOf, type, enum, properties, required, additionalProperties, items, bounds,
 * lengths, maxItems, pattern, and the formats date and date-time. A member that the schema does not name is an error, because an answer has
 * the schema's members only (checklist O3). A word it does not know is an error too, so that the checker cannot fall behind silently. */
#ifndef TESTS_SUPPORT_SCHEMA_CHECK_H
#define TESTS_SUPPORT_SCHEMA_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* `document` holds #/components. On failure `why` says where and what. */
bool schema_check(const json_t *document, const json_t *schema, const json_t *value, char *why, size_t why_size);

#endif
