/* map.h -- a hash table from 64-bit hashes to indices, with open addressing; entries are never removed.
 *
 * The caller compares what it stored at the index: two keys may share a hash. */
#ifndef SIM_MAP_H
#define SIM_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
        uint64_t *hashes;
        size_t *values; /* index + 1; 0: free */
        size_t count, size;
};

#define MAP_END ((size_t)-1)

bool map_add(struct map *map, uint64_t hash, size_t value); /* false without memory */
size_t map_first(const struct map *map, uint64_t hash); /* slot of the first entry of that hash, or MAP_END */
size_t map_next(const struct map *map, size_t slot, uint64_t hash);
size_t map_value(const struct map *map, size_t slot);
void map_done(struct map *map);

#endif
