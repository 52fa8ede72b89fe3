/* xml.h -- reading XML with every bound that hostile input needs.
 *
 * One pass of expat over the bytes, without namespaces (a prefix is dropped: what counts is the local name) and without a DTD: a
 * document type with an internal subset, which is what entity bombs need, is refused. Elements are numbered by the caller's table
 * so that handlers switch on numbers; 0 is an element of no interest. Internal to src/files. */
#ifndef SAI_FILES_XML_H
#define SAI_FILES_XML_H

#include "base/limits.h"
#include "base/status.h"
#include "base/text.h"

struct xml_name {
        const char *name; /* local name, compared without case */
        int tag; /* > 0 */
};

struct xml {
        void *context;
        const struct xml_name *names; /* ends with a NULL name */
        /* Called at a start tag; `attributes` are name, value, …, NULL. */
        sai_status (*open)(struct xml *xml, int tag, const char **attributes);
        /* Called at an end tag with the text inside, trimmed; cut at SAI_MAX_XML_TEXT, empty when it has children after text. */
        sai_status (*close)(struct xml *xml, int tag, struct sai_text text);
        /* The tags around the present element, outermost first; path[depth - 1] is the element itself. */
        int path[SAI_MAX_XML_DEPTH];
        size_t depth;
        struct sai_err *err; /* for handlers; may be NULL */
};

/* The enclosing element's tag, or 0. */
static inline int xml_parent(const struct xml *xml) { return xml->depth >= 2 ? xml->path[xml->depth - 2] : 0; }
bool xml_inside(const struct xml *xml, int tag);
/* The value of an attribute by local name, or NULL. */
const char *xml_attribute(const char **attributes, const char *name);

enum xml_damage { XML_WHOLE, XML_CUT, XML_MALFORMED };

/* SAI_OK also when the document is damaged: *ret_damage says so and *ret_line where, and what came before was handed over.
 * Refusals (depth, document type) and failures of handlers are errors; the first set *reterr_reason. */
sai_status xml_read(struct xml *xml, const void *data, size_t len, enum xml_damage *ret_damage, size_t *ret_line,
                    const char **reterr_reason, struct sai_err *err) SAI_MUST_USE;

/* Local name of the first element, skipping a byte order mark, blanks, declarations and comments. */
struct sai_text xml_root_name(const void *data, size_t len);
/* Bytes to skip before the document begins: a byte order mark and blanks, which some exports have and XML forbids. */
size_t xml_skip_blanks(const void *data, size_t len);

#endif
