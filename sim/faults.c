/* faults.c -- answers that go wrong on request, and the log of what was asked: the two things a test of a client looks at. */
#include "sim/sim_internal.h"

sai_status sim_fault_add(struct sim *sim, const struct sim_fault *fault, struct sai_err *err)
{
        if (!fault->path || strlen(fault->path) >= SIM_PATH_TEXT || (fault->body && strlen(fault->body) >= SIM_FAULT_BODY))
                return sai_fail(err, SAI_INVALID, "path or body of the fault is missing or too long");
        if (fault->times < 1 || fault->delay_ms < 0 || fault->delay_ms > 60000 ||
            (fault->status != 0 && (fault->status < 200 || fault->status > 599)))
                return sai_fail(err, SAI_INVALID, "times, delay_ms or status of the fault is out of range");
        pthread_mutex_lock(&sim->lock);
        bool room = sim->fault_count < SIM_MAX_FAULTS;
        if (room) {
                struct fault_slot *slot = &sim->faults[sim->fault_count++];
                *slot = (struct fault_slot) {
                        .status = fault->status, .delay_ms = fault->delay_ms, .times = fault->times, .cut = fault->cut
                };
                snprintf(slot->path, sizeof slot->path, "%s", fault->path);
                slot->has_body = fault->body != NULL;
                if (fault->body)
                        snprintf(slot->body, sizeof slot->body, "%s", fault->body);
        }
        pthread_mutex_unlock(&sim->lock);
        return room ? SAI_OK : sai_fail(err, SAI_BUSY, "at most %d faults wait", SIM_MAX_FAULTS);
}

bool fault_take(struct sim *sim, struct sai_text path, struct fault_slot *ret_fault)
{
        bool found = false;
        pthread_mutex_lock(&sim->lock);
        for (size_t i = 0; i < sim->fault_count && !found; i++) {
                struct fault_slot *slot = &sim->faults[i];
                size_t len = strlen(slot->path);
                if (path.len < len || memcmp(path.data, slot->path, len) != 0)
                        continue;
                found = true;
                *ret_fault = *slot;
                if (--slot->times == 0) {
                        memmove(slot, slot + 1, (sim->fault_count - i - 1) * sizeof *slot);
                        sim->fault_count--;
                }
        }
        pthread_mutex_unlock(&sim->lock);
        return found;
}

void request_log_add(struct sim *sim, const struct sai_request *request, int athlete, int status)
{
        struct sai_text method = SAI_TEXT("GET");
        if (request->route)
                method = sai_text_of(request->route->method);
        if (request->method == SAI_HEAD)
                method = SAI_TEXT("HEAD");
        pthread_mutex_lock(&sim->lock);
        struct sim_request_entry *entry = &sim->requests[sim->request_count % SIM_LOG_ENTRIES];
        *entry = (struct sim_request_entry) {
                .n = ++sim->request_count, .at_ms = sim_now_locked(sim), .athlete = athlete, .status = status
        };
        snprintf(entry->method, sizeof entry->method, "%.*s", (int)method.len, method.data);
        snprintf(entry->path, sizeof entry->path, "%.*s",
                 (int)(request->path.len < SIM_PATH_TEXT ? request->path.len : SIM_PATH_TEXT - 1), request->path.data);
        pthread_mutex_unlock(&sim->lock);
}

size_t sim_requests(struct sim *sim, int64_t since, struct sim_request_entry *out, size_t max)
{
        size_t count = 0;
        pthread_mutex_lock(&sim->lock);
        int64_t first = sim->request_count > SIM_LOG_ENTRIES ? sim->request_count - SIM_LOG_ENTRIES : 0;
        for (int64_t n = since > first ? since : first; n < sim->request_count && count < max; n++)
                out[count++] = sim->requests[n % SIM_LOG_ENTRIES];
        pthread_mutex_unlock(&sim->lock);
        return count;
}
