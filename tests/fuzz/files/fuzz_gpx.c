/* fuzz_gpx.c -- any bytes as GPX tracks. */
#include "fuzz_recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        fuzz_recording(data, size);
        return 0;
}
