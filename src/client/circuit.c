/* circuit.c -- see the header; the whole state is six numbers. */
#include "client/circuit.h"

#include <stddef.h>

#include "base/limits.h"

enum circuit_ticket circuit_admit(struct circuit *circuit, int64_t now_ms)
{
        if (!circuit->open)
                return CIRCUIT_CALL;
        if (circuit->probing || now_ms < circuit->until_ms)
                return CIRCUIT_REFUSED;
        circuit->probing = true;
        return CIRCUIT_PROBE;
}

static void open_for(struct circuit *circuit, int64_t pause_ms, int64_t now_ms)
{
        circuit->open = true;
        circuit->probing = false;
        circuit->pause_ms = pause_ms < SAI_CIRCUIT_OPEN_MAX_MS ? pause_ms : SAI_CIRCUIT_OPEN_MAX_MS;
        circuit->until_ms = now_ms + circuit->pause_ms;
}

static bool is_failing(const struct circuit *circuit)
{
        if (circuit->in_a_row >= SAI_CIRCUIT_CONSECUTIVE)
                return true;
        if (circuit->seen < SAI_CIRCUIT_WINDOW)
                return false;
        return __builtin_popcount(circuit->results) * 2 >= SAI_CIRCUIT_WINDOW;
}

void circuit_report(struct circuit *circuit, enum circuit_ticket ticket, bool failed, int64_t now_ms)
{
        if (ticket == CIRCUIT_PROBE) {
                if (failed)
                        open_for(circuit, circuit->pause_ms * 2, now_ms);
                else
                        *circuit = (struct circuit) { 0 };
                return;
        }
        if (circuit->open) /* the end of a call from before it opened: known already */
                return;
        circuit->results = ((circuit->results << 1) | (failed ? 1u : 0u)) & ((1u << SAI_CIRCUIT_WINDOW) - 1);
        circuit->seen += circuit->seen < SAI_CIRCUIT_WINDOW;
        circuit->in_a_row = failed ? circuit->in_a_row + 1 : 0;
        if (is_failing(circuit))
                open_for(circuit, SAI_CIRCUIT_OPEN_MS, now_ms);
}

void circuit_abandon(struct circuit *circuit, enum circuit_ticket ticket)
{
        if (ticket == CIRCUIT_PROBE)
                circuit->probing = false;
}
