/* xml.c -- the layer over expat.
 *
 * Expat copies what it is given and scans an unfinished token again with each piece, so pieces are large, and tokens end with the
 * memory below: the work stays a small multiple of the document. Expat also keeps every name it ever met, so a document of nothing but
 * new names would take many times its size; its allocations are therefore counted and end at SAI_MAX_XML_MEMORY. */
#include "files/xml.h"

#include <expat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>

enum { PIECE = 1 << 20 };

/* Expat's allocator gets no context, so the parse that runs on this thread is known to the thread. Set by xml_read alone, for the
 * time of the call. */
static _Thread_local struct budget {
        size_t left;
        bool exceeded;
} * budget;

/* In front of each block, which stays aligned for any type. */
union block_head {
        size_t size;
        max_align_t align;
};

static void *counted_realloc(void *block, size_t size)
{
        union block_head *head = block ? (union block_head *)block - 1 : NULL;
        size_t old = head ? head->size : 0;
        if (size > old && size - old > budget->left) {
                budget->exceeded = true;
                return NULL;
        }
        head = realloc(head, sizeof *head + size);
        if (!head)
                return NULL;
        budget->left = budget->left + old - size;
        head->size = size;
        return head + 1;
}

static void *counted_malloc(size_t size) { return counted_realloc(NULL, size); }

static void counted_free(void *block)
{
        union block_head *head = block ? (union block_head *)block - 1 : NULL;
        budget->left += head ? head->size : 0;
        free(head);
}

struct state {
        struct xml *xml;
        XML_Parser parser;
        sai_status status;
        const char *refusal; /* reason code of a refusal, or NULL */
        const char *refused_what;
        size_t text_len;
        char text[SAI_MAX_XML_TEXT];
};

bool xml_inside(const struct xml *xml, int tag)
{
        for (size_t i = 0; i < xml->depth; i++) {
                if (xml->path[i] == tag)
                        return true;
        }
        return false;
}

static const char *local_name(const char *name)
{
        const char *colon = strchr(name, ':');
        return colon ? colon + 1 : name;
}

const char *xml_attribute(const char **attributes, const char *name)
{
        for (; *attributes; attributes += 2) {
                if (strcasecmp(local_name(attributes[0]), name) == 0)
                        return attributes[1];
        }
        return NULL;
}

static void refuse(struct state *state, const char *reason, const char *what)
{
        state->refusal = reason;
        state->refused_what = what;
        XML_StopParser(state->parser, XML_FALSE);
}

static void finish_handler(struct state *state, sai_status status)
{
        state->text_len = 0;
        if (status) {
                state->status = status;
                XML_StopParser(state->parser, XML_FALSE);
        }
}

static void XMLCALL on_open(void *user, const char *name, const char **attributes)
{
        struct state *state = user;
        struct xml *xml = state->xml;
        if (state->refusal || state->status)
                return;
        if (xml->depth == SAI_MAX_XML_DEPTH) {
                refuse(state, "too_deep", "elements are nested too deep");
                return;
        }
        int tag = 0;
        name = local_name(name);
        for (const struct xml_name *row = xml->names; row->name && !tag; row++) {
                if (strcasecmp(row->name, name) == 0)
                        tag = row->tag;
        }
        xml->path[xml->depth++] = tag;
        finish_handler(state, tag ? xml->open(xml, tag, attributes) : SAI_OK);
}

static struct sai_text trim(const char *text, size_t len)
{
        while (len && (unsigned char)text[len - 1] <= ' ')
                len--;
        while (len && (unsigned char)*text <= ' ') {
                text++;
                len--;
        }
        return (struct sai_text) { text, len };
}

static void XMLCALL on_close(void *user, const char *name)
{
        (void)name;
        struct state *state = user;
        struct xml *xml = state->xml;
        if (state->refusal || state->status || xml->depth == 0)
                return;
        int tag = xml->path[xml->depth - 1];
        sai_status status = tag ? xml->close(xml, tag, trim(state->text, state->text_len)) : SAI_OK;
        xml->depth--;
        finish_handler(state, status);
}

static void XMLCALL on_text(void *user, const char *text, int len)
{
        struct state *state = user;
        size_t room = sizeof state->text - state->text_len, size = (size_t)len;
        if (size > room)
                size = room;
        memcpy(state->text + state->text_len, text, size);
        state->text_len += size;
}

static void XMLCALL on_doctype(void *user, const char *name, const char *system_id, const char *public_id, int has_subset)
{
        (void)name;
        (void)system_id;
        (void)public_id;
        if (has_subset)
                refuse(user, "bad_xml", "a document type with declarations is refused");
}

static void XMLCALL on_entity(void *user, const char *name, int is_parameter, const char *value, int value_len, const char *base,
                              const char *system_id, const char *public_id, const char *notation)
{
        (void)name;
        (void)is_parameter;
        (void)value;
        (void)value_len;
        (void)base;
        (void)system_id;
        (void)public_id;
        (void)notation;
        refuse(user, "bad_xml", "entity declarations are refused");
}

size_t xml_skip_blanks(const void *data, size_t len)
{
        const char *text = data;
        size_t at = 0;
        while (at < len && strchr(" \t\r\n", text[at]) && text[at])
                at++;
        if (len - at >= 3 && memcmp(text + at, "\xEF\xBB\xBF", 3) == 0)
                at += 3;
        while (at < len && strchr(" \t\r\n", text[at]) && text[at])
                at++;
        return at;
}

static enum xml_damage damage_of(XML_Parser parser, size_t len)
{
        enum XML_Error code = XML_GetErrorCode(parser);
        bool at_end = code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN || code == XML_ERROR_PARTIAL_CHAR ||
                      code == XML_ERROR_UNCLOSED_CDATA_SECTION;
        return at_end || XML_GetCurrentByteIndex(parser) >= (XML_Index)len ? XML_CUT : XML_MALFORMED;
}

static sai_status parse(struct state *state, const char *text, size_t len, enum xml_damage *ret_damage, size_t *ret_line,
                        const char **reterr_reason, struct sai_err *err)
{
        *ret_damage = XML_WHOLE;
        enum XML_Status parsed;
        size_t at = 0;
        do {
                size_t size = len - at < PIECE ? len - at : PIECE;
                at += size;
                parsed = XML_Parse(state->parser, text + at - size, (int)size, at == len);
        } while (parsed == XML_STATUS_OK && at < len);
        *ret_line = XML_GetCurrentLineNumber(state->parser);
        if (state->status)
                return state->status;
        if (state->refusal) {
                *reterr_reason = state->refusal;
                return sai_fail(err, SAI_INVALID, "line %zu: %s", *ret_line, state->refused_what);
        }
        if (parsed != XML_STATUS_OK) {
                if (budget->exceeded) {
                        *reterr_reason = "too_large";
                        return sai_fail(err, SAI_INVALID, "line %zu: the document has too many names, or one too long",
                                        *ret_line);
                }
                if (XML_GetErrorCode(state->parser) == XML_ERROR_NO_MEMORY)
                        return sai_fail(err, SAI_NO_MEMORY, "reading XML");
                *ret_damage = damage_of(state->parser, len);
        }
        return SAI_OK;
}

static void prepare(struct state *state, struct sai_err *err)
{
        state->xml->depth = 0;
        state->xml->err = err;
        XML_SetUserData(state->parser, state);
        XML_SetElementHandler(state->parser, on_open, on_close);
        XML_SetCharacterDataHandler(state->parser, on_text);
        XML_SetStartDoctypeDeclHandler(state->parser, on_doctype);
        XML_SetEntityDeclHandler(state->parser, on_entity);
}

sai_status xml_read(struct xml *xml, const void *data, size_t len, enum xml_damage *ret_damage, size_t *ret_line,
                    const char **reterr_reason, struct sai_err *err)
{
        size_t skip = xml_skip_blanks(data, len);
        static const XML_Memory_Handling_Suite counted = { counted_malloc, counted_realloc, counted_free };
        struct budget own = { .left = SAI_MAX_XML_MEMORY };
        struct budget *outer = budget;
        budget = &own;
        struct state state = { .xml = xml, .parser = XML_ParserCreate_MM(NULL, &counted, NULL) };
        sai_status status = SAI_OK;
        if (state.parser) {
                prepare(&state, err);
                status = parse(&state, (const char *)data + skip, len - skip, ret_damage, ret_line, reterr_reason, err);
                XML_ParserFree(state.parser);
        } else {
                status = sai_fail(err, SAI_NO_MEMORY, "XML reader");
        }
        budget = outer;
        return status;
}

/* Past `end`, or to the end of the text. */
static size_t skip_to(const char *text, size_t len, size_t at, const char *end)
{
        const char *found = memmem(text + at, len - at, end, strlen(end));
        return found ? (size_t)(found - text) + strlen(end) : len;
}

/* With the declarations in brackets, which the reader then refuses. */
static size_t skip_document_type(const char *text, size_t len, size_t at)
{
        while (at < len && text[at] != '>' && text[at] != '[')
                at++;
        if (at < len && text[at] == '[')
                at = skip_to(text, len, at, "]");
        return at < len ? skip_to(text, len, at, ">") : len;
}

struct sai_text xml_root_name(const void *data, size_t len)
{
        const char *text = data;
        size_t at = xml_skip_blanks(data, len);
        while (at < len) {
                if (text[at] != '<')
                        break;
                if (len - at >= 2 && text[at + 1] == '?') {
                        at = skip_to(text, len, at, "?>");
                } else if (len - at >= 4 && memcmp(text + at, "<!--", 4) == 0) {
                        at = skip_to(text, len, at, "-->");
                } else if (len - at >= 2 && text[at + 1] == '!') {
                        at = skip_document_type(text, len, at);
                } else {
                        size_t start = ++at;
                        for (; at < len && (unsigned char)text[at] > ' ' && text[at] != '>' && text[at] != '/'; at++) {
                                if (text[at] == ':')
                                        start = at + 1;
                        }
                        return (struct sai_text) { text + start, at - start };
                }
                while (at < len && (unsigned char)text[at] <= ' ')
                        at++;
        }
        return (struct sai_text) { text, 0 };
}
