/* lenient.h -- fills structs from other people's JSON by our field tables.
 *
 * json/model.h is strict because it reads what clients of our own contract send. Strava's answers need the opposite: unknown members are
 * ignored, integers may be written as floats and the other way round, absent and null mean the same. What is not bent: a value of another
 * type makes the object unreadable (it is refused, not guessed), a key is an exact 64-bit integer, and a required member must be there. Inside a
 * list only the item that is wrong is left out.
 *
 * Kinds read: bool, int64, double, string, instant (text with a zone), local (text, a false Z is cut), nested model by value or pointer,
 * arrays of those scalars, lists. Bounds of a row hold: a value outside them counts as absent. Safe from several threads, an arena each. */
#ifndef SAI_CLIENT_STRAVA_LENIENT_H
#define SAI_CLIENT_STRAVA_LENIENT_H

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include "json/model.h"

/* Reads one JSON object into `object` (model->size, zeroed here).
 *   refused_parts  may be NULL; raised by the number of list items left out
 * SAI_OK; SAI_UPSTREAM when it is no such object, err names the member; SAI_NO_MEMORY. */
sai_status lenient_read(const struct sai_model *model, struct sai_text json, struct sai_arena *arena, void *object,
                        size_t *refused_parts, struct sai_err *err) SAI_MUST_USE;

#endif
