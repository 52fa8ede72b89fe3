/* auth_internal.h -- what the files of /auth share: cookies, devices, and the answers that end a sign-in. */
#ifndef SAI_API_AUTH_INTERNAL_H
#define SAI_API_AUTH_INTERNAL_H

#include "api/api_internal.h"
#include "auth/event.h"
#include "auth/session.h"

extern const struct sai_model signed_in_model;

/* Names with `__Host-` where PUBLIC_URL is https: no sibling host can set such a cookie. */
const char *auth_state_cookie(const struct api *api);
const char *auth_session_cookie(const struct api *api);
struct session_device auth_device(const struct sai_request *request);
/* SAI_CROSS_SITE unless our own page sent it: browsers say so in Sec-Fetch-Site, older ones in Origin. */
sai_status auth_check_same_site(const struct api *api, const struct sai_request *request, struct sai_err *err) SAI_MUST_USE;

/* A new session with its tokens as the body; the sign-in goes on the trail with `by`, which says how. */
sai_status auth_answer_tokens(struct sai_request *request, struct sai_reply *reply, const struct user *user, const char *by,
                              struct sai_err *err) SAI_MUST_USE;
/* A new page session with its cookie set; the one that the browser had before ends. No body: the caller answers. */
sai_status auth_open_page(struct sai_request *request, struct sai_reply *reply, struct sai_id user_id, const char *by,
                          struct sai_err *err) SAI_MUST_USE;
/* The body of a sign-in that set a cookie: no token reaches the page's scripts. */
sai_status auth_answer_page(struct sai_reply *reply, const struct user *user, struct sai_err *err) SAI_MUST_USE;

#endif
