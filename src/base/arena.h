/* arena.h -- the memory of one request or one job.
 *
 * Strings, parsed models and rows live in an arena and nobody frees them singly. What is not memory (statements, sockets,
 * curl handles) registers a cleanup, run in reverse order. An arena has a limit: an input that wants more is refused with
 * SAI_NO_MEMORY by whoever allocates, it never grows without bound. With SAI_ARENA_PARANOID (sanitizer builds) each
 * allocation is a malloc of its own, so that overruns inside an arena are caught.
 *
 * Not thread-safe: an arena belongs to the one thread that works on the request. */
#ifndef SAI_BASE_ARENA_H
#define SAI_BASE_ARENA_H

#include "base/cleanup.h"
#include "base/status.h"
#include <stdarg.h>
#include <stddef.h>

struct sai_arena;

/* Gives an arena that will hand out at most `limit_bytes`, or NULL without memory. Free with sai_arena_free. */
struct sai_arena *sai_arena_new(size_t limit_bytes);
void sai_arena_free(struct sai_arena *arena);
SAI_DEFINE_CLEANUP(struct sai_arena, sai_arena_free)

/* Runs the cleanups and forgets all allocations; keeps one block for the next request. */
void sai_arena_reset(struct sai_arena *arena);

/* All of these give NULL when the limit or the memory is reached. Memory is zeroed and aligned for any type. */
void *sai_arena_alloc(struct sai_arena *arena, size_t size) __attribute__((malloc));
void *sai_arena_calloc(struct sai_arena *arena, size_t count, size_t size) __attribute__((malloc));
char *sai_arena_strdup(struct sai_arena *arena, const char *text);
char *sai_arena_strndup(struct sai_arena *arena, const char *text, size_t len);
void *sai_arena_memdup(struct sai_arena *arena, const void *data, size_t len);
char *sai_arena_printf(struct sai_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Registers `fn(arg)` to run at reset or free, last registered first. SAI_NO_MEMORY when it cannot be registered; then
 * the caller still owns `arg`. */
sai_status sai_arena_defer(struct sai_arena *arena, void (*fn)(void *arg), void *arg) SAI_MUST_USE;

size_t sai_arena_used(const struct sai_arena *arena);

#define SAI_NEW(arena, type)              ((type *)sai_arena_alloc((arena), sizeof(type)))
#define SAI_NEW_ARRAY(arena, type, count) ((type *)sai_arena_calloc((arena), (count), sizeof(type)))

#endif
