/* profile.h -- the athlete's profile as the contract shows it; shared by /auth/user and /users/profile. */
#ifndef SAI_API_PROFILE_H
#define SAI_API_PROFILE_H

#include "api/api.h"

extern const struct sai_model profile_model;
bool profile_is_complete(const struct user *user);
/* Adds milestones (of a body, checked) to the athlete's own: gives each an id and its times and reads its target. SAI_CONFLICT beyond SAI_MAX_MILESTONES.
 * The user's list is replaced by one in `arena`. */
sai_status milestones_add(struct api *api, const struct sai_list *added, struct sai_arena *arena, struct user *user,
                          struct sai_err *err) SAI_MUST_USE;
sai_status profile_reply(struct sai_request *request, struct sai_reply *reply, struct sai_err *err) SAI_MUST_USE;

#endif
