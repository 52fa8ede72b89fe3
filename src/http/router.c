/* router.c -- from a decoded path and a method to a row of a route table.
 *
 * The tables are compiled once into a tree of path segments. A look-up walks the path left to right and never back: at each
 * segment a literal wins over a parameter, so the time is linear in the path whatever the tables hold. Mistakes in the tables
 * (two rows for one call, two names for one place, a row that could never work) are found when the router is made, not when
 * a client meets them. Read-only after that, so it is safe from several threads. */
#include "http/http_internal.h"

#include <string.h>

struct node {
        struct sai_text segment; /* literal text, or the parameter's name */
        bool typed; /* parameter: an id */
        struct node *literals; /* children, linked by next */
        struct node *parameter;
        struct node *next;
        const struct sai_route *routes[HTTP_METHODS];
        const char *allow; /* NULL: no route ends here */
};

struct sai_router {
        struct sai_arena *arena;
        const struct sai_route *const *tables;
        struct node root;
};

enum { ROUTER_ARENA = 4 * 1024 * 1024, MAX_PARAMETERS = 4 };

static bool is_id_name(struct sai_text name)
{
        return sai_text_is(name, "id") || (name.len > 3 && memcmp(name.data + name.len - 3, "_id", 3) == 0);
}

/* The next segment of a path that begins with a slash; false at the end. "/" has none, "/a/" has an empty last one. */
static bool next_segment(struct sai_text path, size_t *cursor, struct sai_text *ret)
{
        if (path.len <= 1 || *cursor >= path.len)
                return false;
        size_t start = *cursor + 1;
        const char *slash = memchr(path.data + start, '/', path.len - start);
        size_t end = slash ? (size_t)(slash - path.data) : path.len;
        *ret = (struct sai_text) { path.data + start, end - start };
        *cursor = end;
        return true;
}

static struct node *find_literal(const struct node *node, struct sai_text segment)
{
        struct node *child = node->literals;
        while (child && !sai_text_equal(child->segment, segment))
                child = child->next;
        return child;
}

static struct node *new_node(struct sai_router *router, struct sai_text segment)
{
        struct node *node = SAI_NEW(router->arena, struct node);
        if (node)
                node->segment = segment;
        return node;
}

static sai_status descend(struct sai_router *router, struct node **node, struct sai_text segment, const char *path,
                          struct sai_err *err)
{
        if (segment.len == 0)
                return sai_fail(err, SAI_INTERNAL, "route %s: empty segment", path);
        if (segment.data[0] != ':') {
                struct node *child = find_literal(*node, segment);
                if (!child) {
                        child = new_node(router, segment);
                        if (!child)
                                return sai_fail(err, SAI_NO_MEMORY, "router");
                        child->next = (*node)->literals;
                        (*node)->literals = child;
                }
                *node = child;
                return SAI_OK;
        }
        struct sai_text name = { segment.data + 1, segment.len - 1 };
        if (name.len == 0)
                return sai_fail(err, SAI_INTERNAL, "route %s: parameter without a name", path);
        if (!(*node)->parameter) {
                (*node)->parameter = new_node(router, name);
                if (!(*node)->parameter)
                        return sai_fail(err, SAI_NO_MEMORY, "router");
                (*node)->parameter->typed = is_id_name(name);
        } else if (!sai_text_equal((*node)->parameter->segment, name)) {
                return sai_fail(err, SAI_INTERNAL, "route %s: two names for one parameter", path);
        }
        *node = (*node)->parameter;
        return SAI_OK;
}

static sai_status check_row(const struct sai_route *route, struct sai_err *err)
{
        if (!route->path || route->path[0] != '/')
                return sai_fail(err, SAI_INTERNAL, "a %s route has no path", route->method);
        enum sai_method method = http_method_of(route->method, strlen(route->method));
        if (method >= SAI_OPTIONS || method == SAI_HEAD)
                return sai_fail(err, SAI_INTERNAL, "route %s: method %s cannot be served", route->path, route->method);
        if (!route->handler)
                return sai_fail(err, SAI_INTERNAL, "route %s: no handler", route->path);
        if (route->in && (method == SAI_GET || route->body == SAI_BODY_NONE || route->body == SAI_BODY_UPLOAD))
                return sai_fail(err, SAI_INTERNAL, "route %s: a body model, but no JSON body", route->path);
        if (route->body == SAI_BODY_UPLOAD && route->run == SAI_RUN_INLINE)
                return sai_fail(err, SAI_INTERNAL, "route %s: uploads write files and cannot run inline", route->path);
        return SAI_OK;
}

static sai_status add_route(struct sai_router *router, const struct sai_route *route, struct sai_err *err)
{
        sai_status rc = check_row(route, err);
        if (rc != SAI_OK)
                return rc;
        struct node *node = &router->root;
        struct sai_text segment, path = sai_text_of(route->path);
        size_t parameters = 0;
        for (size_t cursor = 0; next_segment(path, &cursor, &segment);) {
                rc = descend(router, &node, segment, route->path, err);
                if (rc != SAI_OK)
                        return rc;
                if (segment.data[0] == ':' && ++parameters > MAX_PARAMETERS)
                        return sai_fail(err, SAI_INTERNAL, "route %s: too many parameters", route->path);
        }
        enum sai_method method = http_method_of(route->method, strlen(route->method));
        if (node->routes[method])
                return sai_fail(err, SAI_INTERNAL, "route %s %s is there twice", route->method, route->path);
        node->routes[method] = route;
        if (method == SAI_GET)
                node->routes[SAI_HEAD] = route;
        return SAI_OK;
}

/* Writes "GET, HEAD, POST, OPTIONS" into every node that ends a route. The tree is as deep as the longest path of the tables. */
static sai_status write_allow(struct sai_router *router, struct node *node, struct sai_err *err)
{
        static const char *const names[HTTP_METHODS] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };
        char text[64] = "";
        size_t len = 0;
        for (size_t i = 0; i < HTTP_METHODS; i++)
                if (node->routes[i])
                        len += (size_t)snprintf(text + len, sizeof text - len, "%s, ", names[i]);
        if (len) {
                node->allow = sai_arena_printf(router->arena, "%sOPTIONS", text);
                if (!node->allow)
                        return sai_fail(err, SAI_NO_MEMORY, "router");
        }
        for (struct node *child = node->literals; child; child = child->next) {
                sai_status rc = write_allow(router, child, err);
                if (rc != SAI_OK)
                        return rc;
        }
        return node->parameter ? write_allow(router, node->parameter, err) : SAI_OK;
}

sai_status sai_router_new(const struct sai_route *const *tables, struct sai_router **ret_router, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(ROUTER_ARENA);
        struct sai_router *router = arena ? SAI_NEW(arena, struct sai_router) : NULL;
        if (!router)
                return sai_fail(err, SAI_NO_MEMORY, "router");
        router->arena = arena;
        router->tables = tables;
        for (size_t t = 0; tables[t]; t++) {
                for (const struct sai_route *route = tables[t]; route->method; route++) {
                        sai_status rc = add_route(router, route, err);
                        if (rc != SAI_OK)
                                return rc;
                }
        }
        sai_status rc = write_allow(router, &router->root, err);
        if (rc != SAI_OK)
                return rc;
        *ret_router = router;
        arena = NULL;
        return SAI_OK;
}

void sai_router_free(struct sai_router *router)
{
        if (router)
                sai_arena_free(router->arena); /* the router itself lies in it */
}

const struct sai_route *const *sai_router_tables(const struct sai_router *router) { return router->tables; }

void http_router_match(const struct sai_router *router, struct sai_request *request, struct http_match *ret_match)
{
        const struct node *node = &router->root;
        struct sai_text segment;
        size_t parameters = 0, ids = 0;
        *ret_match = (struct http_match) { 0 };
        if (request->path.len == 0 || request->path.data[0] != '/')
                return;
        for (size_t cursor = 0; next_segment(request->path, &cursor, &segment);) {
                const struct node *literal = find_literal(node, segment);
                if (literal) {
                        node = literal;
                        continue;
                }
                node = node->parameter;
                if (!node || segment.len == 0)
                        return;
                if (node->typed && !sai_id_parse(segment.data, segment.len, &request->ids[ids++]))
                        return;
                request->params[parameters++] = segment;
        }
        ret_match->allow = node->allow;
        if (request->method < HTTP_METHODS)
                ret_match->route = node->routes[request->method];
}
