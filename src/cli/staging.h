/* staging.h -- a folder for uploads on their way in, of this process alone.
 *
 * Several services may share one DATA_DIR (a rolling restart does), so none may clear what another is receiving. Each takes a folder of its own below
 * DATA_DIR/staging and holds the system's lock on it as long as it lives; whoever starts removes those whose lock is free, because their process is gone
 * however it went. */
#ifndef SAI_CLI_STAGING_H
#define SAI_CLI_STAGING_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/status.h"

struct staging {
        const char *path; /* lives in the arena; NULL: none is held */
        int lock; /* the folder, open and locked */
};

/* SAI_UNAVAILABLE when no folder can be made there, SAI_NO_MEMORY. */
sai_status staging_take(const char *data_dir, const struct sai_random *random, struct sai_arena *arena,
                        struct staging *ret_staging, struct sai_err *err) SAI_MUST_USE;
/* Removes the folder with what is in it. Fine when none is held. */
void staging_release(struct staging *staging);

#endif
