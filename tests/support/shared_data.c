/* shared_data.c -- see shared_data.h. */
#include "support/shared_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

const char *shared_data(void)
{
        const char *folder = getenv("SAI_SHARED_DATA");
        if (!folder || !folder[0])
                folder = "../shared/data";
        return access(folder, R_OK | X_OK) == 0 ? folder : NULL;
}

const char *shared_data_or_skip(void)
{
        const char *folder = shared_data();
        if (!folder) {
                printf("SKIPPED: ../shared/data is not there\n");
                skip();
        }
        return folder;
}

char *read_whole_file(const char *path, size_t *ret_len)
{
        FILE *file = fopen(path, "rb");
        if (!file)
                return NULL;
        char *data = NULL;
        size_t len = 0, room = 0;
        for (;;) {
                if (room - len < 2) {
                        room = room ? room * 2 : 65536;
                        char *more = realloc(data, room);
                        if (!more)
                                break;
                        data = more;
                }
                size_t got = fread(data + len, 1, room - len - 1, file);
                len += got;
                if (got == 0)
                        break;
        }
        if (ferror(file) || !data) {
                free(data);
                data = NULL;
        } else {
                data[len] = '\0';
                *ret_len = len;
        }
        fclose(file);
        return data;
}
