/* notes.c -- collecting warnings. */
#include "files/notes.h"

#include <stdarg.h>

void notes_add(struct notes *notes, const char *format, ...)
{
        char line[160];
        va_list args;
        va_start(args, format);
        int len = vsnprintf(line, sizeof line, format, args);
        va_end(args);
        if (len < 0 || notes->count == NOTES_MAX)
                return;
        const char *copy = sai_arena_strdup(notes->arena, line);
        if (copy)
                notes->lines[notes->count++] = copy;
}

sai_status notes_finish(const struct notes *notes, struct recording *recording, struct sai_err *err)
{
        recording->warnings = NULL;
        recording->warning_count = 0;
        if (notes->count == 0)
                return SAI_OK;
        recording->warnings = SAI_NEW_ARRAY(notes->arena, const char *, notes->count);
        if (!recording->warnings)
                return sai_fail(err, SAI_NO_MEMORY, "warnings of a recording");
        memcpy(recording->warnings, notes->lines, notes->count * sizeof *recording->warnings);
        recording->warning_count = notes->count;
        return SAI_OK;
}
