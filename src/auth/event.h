/* event.h -- the trail of what happened to an account, which the athlete can read.
 *
 * One function adds to it, from wherever something happens. A trail that cannot be written must not undo what happened, so a failure is
 * logged and no more. Blocks on the store: from workers only. */
#ifndef SAI_AUTH_EVENT_H
#define SAI_AUTH_EVENT_H

#include "auth/auth.h"
#include "auth/session.h"
#include "model/security.h"

/* `detail` is a text of ours for people, or NULL; never a secret, nor anything that a client sent. */
void auth_event_add(const struct auth *auth, struct sai_id user_id, enum security_event_kind kind, struct session_device device,
                    const char *detail);

#endif
