/* stream_coding.h -- the columns of one recording as bytes, and back.
 *
 *   "SAIS" version(1) channels(1) count(varint)
 *   for each channel: id(1) decimals(1) flags(1) packed length(varint) stored length(varint)
 *   the channels' bytes in that order, each compressed by itself, so that one is read without the others
 *
 * A channel's values are scaled to whole numbers by its decimals, coded as differences (of order 0, 1 or 2, whichever is shortest) in
 * zigzag varints, after the run lengths of present and missing samples where some are missing; then zstd where that helps. What lies in
 * a database is hostile input: the reader checks every length before it takes memory. */
#ifndef SAI_STORE_STREAM_CODING_H
#define SAI_STORE_STREAM_CODING_H

#include "base/buf.h"
#include "model/streams.h"
#include "json/model.h"

/* Appends the streams. SAI_INVALID for values that are infinite or too large to be kept exactly (2^53 after scaling). */
sai_status streams_encode(const struct streams *streams, struct sai_buf *buf, struct sai_err *err) SAI_MUST_USE;

/* Reads the channels of a mask (0: all); the columns live in `arena`. SAI_INTERNAL when the bytes are not what streams_encode writes. */
sai_status streams_decode(struct sai_bytes bytes, uint32_t channels, struct sai_arena *arena, struct streams *ret_streams,
                          struct sai_err *err) SAI_MUST_USE;

#endif
