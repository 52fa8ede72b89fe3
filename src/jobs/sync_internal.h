/* sync_internal.h -- what the files of the sync share: the job's state and a call with the athlete's token. */
#ifndef SAI_JOBS_SYNC_INTERNAL_H
#define SAI_JOBS_SYNC_INTERNAL_H

#include "jobs/jobs_internal.h"

struct sync_argument {
        bool full;
        struct sai_opt_instant after;
};

/* Checkpoint and result in one: what was reached, and what came of it. */
struct sync_state {
        int64_t phase; /* enum phase */
        bool everything; /* this run lists all activities */
        int64_t after_s; /* the list begins after this Unix second */
        int64_t last_s; /* start of the last activity listed; 0: none yet */
        struct sai_list last_ids; /* int64_t: Strava's ids of those that began then */
        int64_t listed, created, updated, joined, refused, streams, without_streams, streams_total;
};

struct sync {
        struct run *run;
        struct training *training;
        struct store *store;
        struct sai_id user_id;
        struct sync_argument argument;
        struct sync_state state;
        struct sai_arena *arena; /* of one step; reset between steps */
        const char *token; /* in run->arena */
};

/* One call; a 401 is answered with one refresh and one repeat. NOT_FOUND and MISSING_SCOPE come back as they are
 * (the latter with run->final set); what ends the authorization marks the link. */
typedef sai_status (*strava_step)(struct sync *sync, const struct strava_call *call, void *context, struct strava_error *reterr);
sai_status sync_call(struct sync *sync, strava_step step, void *context, struct sai_err *err) SAI_MUST_USE;

/* Who the athlete is and what their zones are, as Strava says. */
sai_status sync_profile(struct sync *sync, struct sai_err *err) SAI_MUST_USE;
/* A call whose answer tells what is left of the limits. */
sai_status sync_learn_limits(struct sync *sync, struct sai_err *err) SAI_MUST_USE;
/* Reads, changes and writes the user until nobody else was faster. */
sai_status sync_change_user(struct sync *sync, sai_status (*change)(struct sync *, struct user *, void *), void *context,
                            struct sai_err *err) SAI_MUST_USE;

#endif
