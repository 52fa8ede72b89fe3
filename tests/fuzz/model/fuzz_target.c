/* Targets of milestones: whatever the text, the result is bounded and of one kind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size < 2 || size > 300)
                return 0;
        char *text = malloc(size - 1);
        memcpy(text, data + 2, size - 2);
        text[size - 2] = '\0';
        struct sai_opt_f64 distance = { .value = data[1] * 500.0, .has = data[1] ? SAI_VALUE : SAI_ABSENT };
        struct target target;
        bool understood = target_read(text, (enum sport_family)(data[0] % 5), distance, &target);
        bool time = SAI_HAS(target.time), pace = SAI_HAS(target.pace);
        if (understood != (time || pace || target.finish) || (time && pace))
                abort();
        if ((time && !(target.time.value >= 1 && target.time.value <= 2592000)) ||
            (pace && !(target.pace.value >= 20 && target.pace.value <= 7200)))
                abort();
        free(text);
        return 0;
}
