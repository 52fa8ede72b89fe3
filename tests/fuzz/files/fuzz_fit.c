/* fuzz_fit.c -- any bytes as FIT files, the framing and everything above it. */
#include "fuzz_recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        fuzz_recording(data, size);
        return 0;
}
