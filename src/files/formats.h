/* formats.h -- one reader per format, behind recording_read. Same contract as it; the content's format is already known.
 * Internal to src/files. */
#ifndef SAI_FILES_FORMATS_H
#define SAI_FILES_FORMATS_H

#include "files/notes.h"
#include "files/recording.h"

typedef sai_status recording_reader(const void *data, size_t len, struct sai_arena *arena, struct notes *notes,
                                    struct recording *ret_recording, const char **reterr_reason, struct sai_err *err);

recording_reader fit_read, gpx_read, tcx_read;

/* Opens a gzip file: *ret_data is the caller's to free(). A damaged or cut stream gives what could be had, with a note. */
sai_status gzip_open(const void *data, size_t len, struct notes *notes, void **ret_data, size_t *ret_len,
                     const char **reterr_reason, struct sai_err *err) SAI_MUST_USE;
bool gzip_sniff(const void *data, size_t len);
/* The first bytes of the content, at most `size`; 0 when it cannot be opened. */
size_t gzip_peek(const void *data, size_t len, void *ret_bytes, size_t size);

#endif
