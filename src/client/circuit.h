/* circuit.h -- leaves a failing host alone for a while.
 *
 * Calling a host that is down costs every caller a timeout and the host its recovery. A circuit opens after SAI_CIRCUIT_CONSECUTIVE failures in
 * a row, or when half of the last SAI_CIRCUIT_WINDOW results failed; while open, calls are refused at once. After a pause one call goes
 * through as a probe: if it succeeds the circuit closes, if not the pause doubles. Time is given, so that this is a pure state machine.
 * Not thread-safe: the HTTP client guards it with its lock. */
#ifndef SAI_CLIENT_CIRCUIT_H
#define SAI_CLIENT_CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

enum circuit_ticket {
        CIRCUIT_REFUSED, /* do not call */
        CIRCUIT_CALL,
        CIRCUIT_PROBE, /* call; what comes of it decides */
};

/* All zero is a closed circuit that has seen nothing. */
struct circuit {
        uint32_t results; /* bit i: the i-th last call failed */
        int seen, in_a_row;
        bool open, probing;
        int64_t pause_ms, until_ms;
};

/* A ticket that is not REFUSED must come back by circuit_report or circuit_abandon. */
enum circuit_ticket circuit_admit(struct circuit *circuit, int64_t now_ms);
void circuit_report(struct circuit *circuit, enum circuit_ticket ticket, bool failed, int64_t now_ms);
/* The call said nothing about the host (it was cancelled). */
void circuit_abandon(struct circuit *circuit, enum circuit_ticket ticket);

#endif
