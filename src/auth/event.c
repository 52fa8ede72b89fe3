/* event.c -- see event.h. */
#include "auth/event.h"

#include "base/limits.h"
#include "store/store.h"

void auth_event_add(const struct auth *auth, struct sai_id user_id, enum security_event_kind kind, struct session_device device,
                    const char *detail)
{
        int64_t now = sai_now_ms(&auth->clock);
        bool refused = kind == EVENT_SIGN_IN_REFUSED || kind == EVENT_REFRESH_TOKEN_REUSED;
        struct sai_err err = { 0 };
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_KIB(16));
        sai_status status = arena ? SAI_OK : sai_fail(&err, SAI_NO_MEMORY, "security event");
        if (status == SAI_OK) {
                struct security_event event = { .user_id = user_id,
                                                .at = { now },
                                                .event = (int)kind,
                                                .ip = session_device_text(device.ip, arena),
                                                .user_agent = session_device_text(device.user_agent, arena),
                                                .detail = detail,
                                                .expires_at = { now + SAI_SECURITY_EVENT_LIFE_MS } };
                status = store_security_event_add(auth->store, &event, &err);
        }
        sai_log(auth->log, refused ? SAI_LOG_WARN : SAI_LOG_INFO, "security.event", SAI_LOG_ID("user_id", user_id),
                SAI_LOG_TEXT("event", security_event_names.values[kind]), SAI_LOG_TEXT("detail", detail ? detail : ""));
        if (status != SAI_OK)
                sai_log(auth->log, SAI_LOG_ERROR, "security.event_lost", SAI_LOG_ID("user_id", user_id),
                        SAI_LOG_TEXT("reason", err.detail));
}
