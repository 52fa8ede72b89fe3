/* target.h -- what an athlete means by a target: "sub-2:30", "under 45 min", "4:30/km".
 *
 * Grammar, without regard to case, blanks free between parts:
 *
 *   target   = "finish" | [bound] time [bound] | [bound] pace [bound]
 *   bound    = "sub" ["-"] | "under" | "below" | "in" | "<"          says only that less is better, as every target does
 *   time     = clock | spans
 *   clock    = 1*3DIGIT ":" 2DIGIT [":" 2DIGIT]                      h:mm:ss; with one colon h:mm or m:ss, see below
 *   spans    = [number ("h"|"hr"|"hour")] [number ("m"|"min"|"minute")] [number ("s"|"sec"|"second")], each also in the plural, at least one,
 *              largest first; the unit of minutes may be missing behind hours: "2h30"
 *   pace     = (minutes ":" seconds | spans) "/" ("km" | "mi" | "mile" | "100m")
 *
 * A clock with one colon is read both as h:mm and as m:ss, and is what gives a speed that people of that sport reach over the distance: "2:30" is two
 * and a half hours for 5 km of swimming and for a marathon, two and a half minutes for 1,000 m of running. Where both are possible or neither is, or the
 * distance is not known, the target is not understood. What is not understood is kept as text by whoever asks and never guessed.
 *
 * Pure; safe from any thread. */
#ifndef SAI_MODEL_TARGET_H
#define SAI_MODEL_TARGET_H

#include "model/sport.h"
#include "json/model.h"

struct target {
        struct sai_opt_f64 time; /* s */
        struct sai_opt_f64 pace; /* s/km; at most one of the two is set */
        bool finish; /* to arrive is the target */
};

/* True when it was understood. `distance` in metres, absent when not known. */
bool target_read(const char *text, enum sport_family family, struct sai_opt_f64 distance, struct target *ret_target);

#endif
