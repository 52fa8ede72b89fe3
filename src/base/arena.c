/* arena.c -- bump allocation in blocks that double, with a limit and cleanups.
 *
 * Small requests share blocks; a big one gets a block of its own, so that it neither wastes the rest of the current block nor
 * makes the next ones huge. With SAI_ARENA_PARANOID every allocation is a malloc of exactly its size, so that the sanitizers see
 * where each one ends. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 256 * 1024, ALIGNMENT = alignof(max_align_t) };

struct block {
        struct block *next;
        size_t size, used; /* bytes of content */
#ifdef SAI_ARENA_PARANOID
        void *memory; /* apart from this node, so that nothing of ours lies beside what the caller writes to */
#else
        alignas(max_align_t) char memory[];
#endif
};

struct cleanup {
        struct cleanup *next;
        void (*fn)(void *arg);
        void *arg;
};

struct sai_arena {
        struct block *shared; /* the one that small allocations come from first */
        struct block *own; /* blocks of one allocation each */
        struct cleanup *cleanups;
        size_t limit, used;
        size_t next_size;
};

struct sai_arena *sai_arena_new(size_t limit_bytes)
{
        struct sai_arena *arena = calloc(1, sizeof *arena);
        if (!arena)
                return NULL;
        arena->limit = limit_bytes;
        arena->next_size = FIRST_BLOCK;
        return arena;
}

/* A cleanup may register another one or allocate: everything is still there until the last has run. */
static void run_cleanups(struct sai_arena *arena)
{
        while (arena->cleanups) {
                struct cleanup *cleanup = arena->cleanups;
                arena->cleanups = cleanup->next;
                cleanup->fn(cleanup->arg);
        }
}

static void blocks_free(struct block *block)
{
        while (block) {
                struct block *next = block->next;
#ifdef SAI_ARENA_PARANOID
                free(block->memory);
#endif
                free(block);
                block = next;
        }
}

void sai_arena_free(struct sai_arena *arena)
{
        if (!arena)
                return;
        run_cleanups(arena);
        blocks_free(arena->shared);
        blocks_free(arena->own);
        free(arena);
}

void sai_arena_reset(struct sai_arena *arena)
{
        run_cleanups(arena);
        blocks_free(arena->own);
        arena->own = NULL;
        /* The newest shared block is the largest: the next request starts in it. */
        if (arena->shared) {
                blocks_free(arena->shared->next);
                arena->shared->next = NULL;
                memset(arena->shared->memory, 0, arena->shared->used);
                arena->shared->used = 0;
        }
        arena->used = 0;
}

#ifdef SAI_ARENA_PARANOID

static void *allocate(struct sai_arena *arena, size_t size)
{
        struct block *block = calloc(1, sizeof *block);
        if (!block)
                return NULL;
        block->memory = calloc(1, size);
        if (!block->memory) {
                free(block);
                return NULL;
        }
        block->size = block->used = size;
        block->next = arena->own;
        arena->own = block;
        return block->memory;
}

#else

static struct block *block_new(size_t size, struct block **list)
{
        struct block *block = calloc(1, sizeof *block + size);
        if (!block)
                return NULL;
        block->size = size;
        block->next = *list;
        *list = block;
        return block;
}

static void *allocate(struct sai_arena *arena, size_t size)
{
        size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
        struct block *block = arena->shared;
        if (!block || block->size - block->used < size) {
                if (size > FIRST_BLOCK / 4 && size > arena->next_size / 4) {
                        block = block_new(size, &arena->own);
                } else {
                        block = block_new(arena->next_size, &arena->shared);
                        if (block && arena->next_size < LARGEST_BLOCK)
                                arena->next_size *= 2;
                }
                if (!block)
                        return NULL;
        }
        void *memory = block->memory + block->used;
        block->used += size;
        return memory;
}

#endif

void *sai_arena_alloc(struct sai_arena *arena, size_t size)
{
        if (size == 0)
                size = 1;
        if (size > arena->limit - arena->used)
                return NULL;
        void *memory = allocate(arena, size);
        if (memory)
                arena->used += size;
        return memory;
}

void *sai_arena_calloc(struct sai_arena *arena, size_t count, size_t size)
{
        size_t total;
        if (__builtin_mul_overflow(count, size, &total))
                return NULL;
        return sai_arena_alloc(arena, total);
}

char *sai_arena_strdup(struct sai_arena *arena, const char *text) { return sai_arena_strndup(arena, text, strlen(text)); }

char *sai_arena_strndup(struct sai_arena *arena, const char *text, size_t len)
{
        if (len == SIZE_MAX)
                return NULL;
        char *copy = sai_arena_alloc(arena, len + 1);
        if (copy && len)
                memcpy(copy, text, len);
        return copy;
}

void *sai_arena_memdup(struct sai_arena *arena, const void *data, size_t len)
{
        void *copy = sai_arena_alloc(arena, len);
        if (copy && len)
                memcpy(copy, data, len);
        return copy;
}

char *sai_arena_printf(struct sai_arena *arena, const char *format, ...)
{
        va_list args, again;
        va_start(args, format);
        va_copy(again, args);
        int len = vsnprintf(NULL, 0, format, args);
        va_end(args);
        char *text = len < 0 ? NULL : sai_arena_alloc(arena, (size_t)len + 1);
        if (text)
                vsnprintf(text, (size_t)len + 1, format, again);
        va_end(again);
        return text;
}

sai_status sai_arena_defer(struct sai_arena *arena, void (*fn)(void *arg), void *arg)
{
        struct cleanup *cleanup = SAI_NEW(arena, struct cleanup);
        if (!cleanup)
                return SAI_NO_MEMORY;
        cleanup->fn = fn;
        cleanup->arg = arg;
        cleanup->next = arena->cleanups;
        arena->cleanups = cleanup;
        return SAI_OK;
}

size_t sai_arena_used(const struct sai_arena *arena) { return arena->used; }
