/* scan.c -- what must hold of a text before jansson sees it.
 *
 * jansson's own nesting limit is 2 048 and it takes a NUL for the end of some inputs; both are settled here, in one pass without
 * memory. What is left to jansson is the grammar. */
#include "json/json_internal.h"

sai_status sai_json_scan(const char *json, size_t len, size_t max_depth, struct sai_err *err)
{
        if (len >= 3 && memcmp(json, "\xef\xbb\xbf", 3) == 0)
                return sai_fail(err, SAI_MALFORMED_JSON, "the text begins with a byte order mark");
        if (len > 0 && memchr(json, '\0', len))
                return sai_fail(err, SAI_MALFORMED_JSON, "the text holds a NUL byte");
        size_t valid = sai_utf8_prefix(json, len);
        if (valid < len)
                return sai_fail(err, SAI_MALFORMED_JSON, "the text is not UTF-8 at byte %zu", valid);

        size_t depth = 0;
        bool in_string = false;
        for (size_t i = 0; i < len; i++) {
                char c = json[i];
                if (in_string) {
                        if (c == '\\')
                                i++; /* whatever follows, it does not end the string */
                        else if (c == '"')
                                in_string = false;
                } else if (c == '"') {
                        in_string = true;
                } else if (c == '{' || c == '[') {
                        if (++depth > max_depth)
                                return sai_fail(err, SAI_MALFORMED_JSON, "nested deeper than %zu levels at byte %zu", max_depth,
                                                i);
                } else if ((c == '}' || c == ']') && depth > 0) {
                        depth--;
                }
        }
        return SAI_OK;
}

/* jansson's texts quote the input; a reader of the error needs the place and the reason. */
static const char *reason(const json_error_t *error)
{
        switch (json_error_code(error)) {
        case json_error_duplicate_key:
                return "a member is there twice";
        case json_error_numeric_overflow:
                return "a number is out of range";
        case json_error_premature_end_of_input:
                return "the text ends too early";
        case json_error_end_of_input_expected:
                return "something follows the end";
        case json_error_null_character:
        case json_error_null_byte_in_key:
                return "a text holds a NUL character";
        case json_error_stack_overflow:
                return "nested too deeply";
        default:
                return "not valid JSON";
        }
}

sai_status json_parse(const char *json, size_t len, json_t **ret_root, struct sai_err *err)
{
        sai_status status = sai_json_scan(json, len, SAI_MAX_JSON_DEPTH, err);
        if (status != SAI_OK)
                return status;
        json_error_t error;
        json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
        if (!root) {
                if (json_error_code(&error) == json_error_out_of_memory)
                        return sai_fail(err, SAI_NO_MEMORY, "no memory for a body of %zu bytes", len);
                return sai_fail(err, SAI_MALFORMED_JSON, "%s (line %d, column %d)", reason(&error), error.line, error.column);
        }
        *ret_root = root;
        return SAI_OK;
}
