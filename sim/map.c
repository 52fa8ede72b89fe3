/* map.c -- see the header. At most half full, so probes are short. */
#include "sim/map.h"

#include <stdlib.h>

static void place(struct map *map, uint64_t hash, size_t stored)
{
        size_t slot = hash & (map->size - 1);
        while (map->values[slot] != 0)
                slot = (slot + 1) & (map->size - 1);
        map->hashes[slot] = hash;
        map->values[slot] = stored;
        map->count++;
}

static bool grow(struct map *map)
{
        struct map bigger = { .size = map->size ? map->size * 2 : 128 };
        bigger.hashes = calloc(bigger.size, sizeof *bigger.hashes);
        bigger.values = calloc(bigger.size, sizeof *bigger.values);
        if (!bigger.hashes || !bigger.values) {
                map_done(&bigger);
                return false;
        }
        for (size_t i = 0; i < map->size; i++)
                if (map->values[i] != 0)
                        place(&bigger, map->hashes[i], map->values[i]);
        map_done(map);
        *map = bigger;
        return true;
}

bool map_add(struct map *map, uint64_t hash, size_t value)
{
        if (map->count * 2 >= map->size && !grow(map))
                return false;
        place(map, hash, value + 1);
        return true;
}

static size_t scan(const struct map *map, size_t slot, uint64_t hash)
{
        for (; map->values[slot] != 0; slot = (slot + 1) & (map->size - 1))
                if (map->hashes[slot] == hash)
                        return slot;
        return MAP_END;
}

size_t map_first(const struct map *map, uint64_t hash) { return map->size ? scan(map, hash & (map->size - 1), hash) : MAP_END; }

size_t map_next(const struct map *map, size_t slot, uint64_t hash) { return scan(map, (slot + 1) & (map->size - 1), hash); }

size_t map_value(const struct map *map, size_t slot) { return map->values[slot] - 1; }

void map_done(struct map *map)
{
        free(map->hashes);
        free(map->values);
        *map = (struct map) { 0 };
}
