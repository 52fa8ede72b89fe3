/* writer.h -- recordings as files, for exports, generated data and the readers' own tests.
 *
 * What a format cannot hold is left out: GPX has no summary and no point without a position, TCX knows three sports. Values are
 * rounded to the format's resolution (FIT: whole seconds, centimetres). What is written reads back through recording_read as the
 * same recording within that. A session without `start` is written with its `start_local`: in FIT as times of a device without a clock,
 * in GPX and TCX as if it were UTC.
 *
 * All append to `out`, whose limit bounds the file. SAI_INVALID for a recording that is none (no sessions, no start at all, in FIT
 * times outside 1998 to 2126); SAI_TOO_LARGE or SAI_NO_MEMORY from the buffer, which then holds a part. Safe from several threads. */
#ifndef SAI_FILES_WRITER_H
#define SAI_FILES_WRITER_H

#include "base/buf.h"
#include "files/recording.h"

sai_status recording_write_fit(const struct recording *recording, struct sai_buf *out, struct sai_err *err) SAI_MUST_USE;
sai_status recording_write_gpx(const struct recording *recording, struct sai_buf *out, struct sai_err *err) SAI_MUST_USE;
sai_status recording_write_tcx(const struct recording *recording, struct sai_buf *out, struct sai_err *err) SAI_MUST_USE;

#endif
