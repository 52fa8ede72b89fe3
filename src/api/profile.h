/* profile.h -- the athlete's profile as the contract shows it; shared by /auth/user and /users/profile. */
#ifndef SAI_API_PROFILE_H
#define SAI_API_PROFILE_H

#include "api/api.h"

extern const struct sai_model profile_model;
bool profile_is_complete(const struct user *user);
sai_status profile_reply(struct sai_request *request, struct sai_reply *reply, struct sai_err *err) SAI_MUST_USE;

#endif
