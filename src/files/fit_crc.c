/* fit_crc.c -- CRC-16, slicing by eight.
 *
 * Every byte of a file passes here, so a byte a step would cost more than the decoding itself. Table k holds the remainder of a
 * byte that is followed by k zero bytes. A CRC is linear, so an entry is the exclusive or of the entries of its bits: the
 * preprocessor builds each table from eight numbers, and a test compares the whole with the definition, bit by bit. */
#include "files/fit_crc.h"

#define BIT(i, bit, value) (((i) >> (bit)) & 1 ? (value) : 0)
#define ENTRY(i, a, b, c, d, e, f, g, h)                                                                                         \
        (uint16_t)(BIT(i, 0, a) ^ BIT(i, 1, b) ^ BIT(i, 2, c) ^ BIT(i, 3, d) ^ BIT(i, 4, e) ^ BIT(i, 5, f) ^ BIT(i, 6, g) ^      \
                   BIT(i, 7, h))
#define ENTRIES_4(i, ...) ENTRY(i, __VA_ARGS__), ENTRY(i + 1, __VA_ARGS__), ENTRY(i + 2, __VA_ARGS__), ENTRY(i + 3, __VA_ARGS__)
#define ENTRIES_16(i, ...)                                                                                                       \
        ENTRIES_4(i, __VA_ARGS__), ENTRIES_4(i + 4, __VA_ARGS__), ENTRIES_4(i + 8, __VA_ARGS__), ENTRIES_4(i + 12, __VA_ARGS__)
#define ENTRIES_64(i, ...)                                                                                                       \
        ENTRIES_16(i, __VA_ARGS__), ENTRIES_16(i + 16, __VA_ARGS__), ENTRIES_16(i + 32, __VA_ARGS__),                            \
                ENTRIES_16(i + 48, __VA_ARGS__)
#define TABLE(...)                                                                                                               \
        {                                                                                                                        \
                ENTRIES_64(0, __VA_ARGS__), ENTRIES_64(64, __VA_ARGS__), ENTRIES_64(128, __VA_ARGS__),                           \
                        ENTRIES_64(192, __VA_ARGS__)                                                                             \
        }

static const uint16_t tables[8][256] = {
        [0] = TABLE(0xC0C1, 0xC181, 0xC301, 0xC601, 0xCC01, 0xD801, 0xF001, 0xA001),
        [1] = TABLE(0x9001, 0x6001, 0xC002, 0xC007, 0xC00D, 0xC019, 0xC031, 0xC061),
        [2] = TABLE(0xC051, 0xC0A1, 0xC141, 0xC281, 0xC501, 0xCA01, 0xD401, 0xE801),
        [3] = TABLE(0xFC01, 0xB801, 0x3001, 0x6002, 0xC004, 0xC00B, 0xC015, 0xC029),
        [4] = TABLE(0xC03D, 0xC079, 0xC0F1, 0xC1E1, 0xC3C1, 0xC781, 0xCF01, 0xDE01),
        [5] = TABLE(0xD101, 0xE201, 0x8401, 0x4801, 0x9002, 0x6007, 0xC00E, 0xC01F),
        [6] = TABLE(0xC010, 0xC023, 0xC045, 0xC089, 0xC111, 0xC221, 0xC441, 0xC881),
        [7] = TABLE(0xCCC1, 0xD981, 0xF301, 0xA601, 0x0C01, 0x1802, 0x3004, 0x6008),
};

uint16_t fit_crc(uint16_t crc, const void *data, size_t len)
{
        const uint8_t *p = data;
        for (; len >= 8; p += 8, len -= 8) {
                crc = (uint16_t)(tables[7][p[0] ^ (crc & 0xFF)] ^ tables[6][p[1] ^ (crc >> 8)] ^ tables[5][p[2]] ^
                                 tables[4][p[3]] ^ tables[3][p[4]] ^ tables[2][p[5]] ^ tables[1][p[6]] ^ tables[0][p[7]]);
        }
        for (; len > 0; p++, len--)
                crc = (uint16_t)((crc >> 8) ^ tables[0][(crc ^ *p) & 0xFF]);
        return crc;
}
