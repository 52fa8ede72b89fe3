/* notes.h -- the warnings that a reader collects for recording.warnings. Bounded: a file of a million faults gets sixteen lines. */
#ifndef SAI_FILES_NOTES_H
#define SAI_FILES_NOTES_H

#include "base/arena.h"
#include "files/recording.h"

enum { NOTES_MAX = 16 };

struct notes {
        struct sai_arena *arena;
        const char *lines[NOTES_MAX];
        size_t count;
};

/* Adds a line; beyond the bound, or without memory, it is dropped. */
void notes_add(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts the lines into `recording`. */
sai_status notes_finish(const struct notes *notes, struct recording *recording, struct sai_err *err) SAI_MUST_USE;

#endif
