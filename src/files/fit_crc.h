/* fit_crc.h -- the CRC-16 of FIT files (polynomial 0x8005 reflected, start 0), eight bytes a step. */
#ifndef SAI_FILES_FIT_CRC_H
#define SAI_FILES_FIT_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Continues from `crc`; start with 0. A block followed by its own CRC, low byte first, gives 0. */
uint16_t fit_crc(uint16_t crc, const void *data, size_t len);

#endif
