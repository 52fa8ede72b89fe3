/* fold.c -- see fold.h. The ranges are those of Unicode's simple case folding (CaseFolding.txt, status C and S) where letters of both
 * cases alternate or lie at a fixed distance; code points outside them stay as they are. */
#include "store/fold.h"

#include "base/cleanup.h"

/* Upper-case letters from `first` to `last` lie `distance` below their lower case; distance 1: upper and lower alternate, and the
 * upper one has the parity of `first`. */
static const struct {
        uint16_t first, last;
        int16_t distance;
} ranges[] = {
        { 'A', 'Z', 32 },       { 0x00C0, 0x00D6, 32 }, { 0x00D8, 0x00DE, 32 },   { 0x0100, 0x012F, 1 },  { 0x0132, 0x0137, 1 },
        { 0x0139, 0x0148, 1 },  { 0x014A, 0x0177, 1 },  { 0x0178, 0x0178, -121 }, { 0x0179, 0x017E, 1 },  { 0x01CD, 0x01DC, 1 },
        { 0x01DE, 0x01EF, 1 },  { 0x01F8, 0x021F, 1 },  { 0x0222, 0x0233, 1 },    { 0x0386, 0x0386, 38 }, { 0x0388, 0x038A, 37 },
        { 0x038C, 0x038C, 64 }, { 0x038E, 0x038F, 63 }, { 0x0391, 0x03A1, 32 },   { 0x03A3, 0x03AB, 32 }, { 0x0400, 0x040F, 80 },
        { 0x0410, 0x042F, 32 }, { 0x0460, 0x0481, 1 },  { 0x048A, 0x04BF, 1 },    { 0x04C1, 0x04CE, 1 },  { 0x04D0, 0x052F, 1 },
        { 0x0531, 0x0556, 48 }, { 0x1E00, 0x1E95, 1 },  { 0x1EA0, 0x1EFF, 1 },
};

uint32_t fold_code_point(uint32_t c)
{
        for (size_t i = 0; i < SAI_COUNT(ranges) && c >= ranges[i].first; i++) {
                if (c > ranges[i].last)
                        continue;
                if (ranges[i].distance != 1)
                        return (uint32_t)((int32_t)c + ranges[i].distance);
                return c + (((c ^ ranges[i].first) & 1) == 0);
        }
        return c == 0x03C2 ? 0x03C3 : c; /* final sigma */
}

/* The next code point, folded; a byte that begins none counts as one beyond Unicode. */
static uint32_t next(const char *text, size_t len, size_t *at)
{
        uint8_t first = (uint8_t)text[*at];
        size_t more = first < 0x80 ? 0 : first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : SIZE_MAX;
        if (more >= len - *at) {
                (*at)++;
                return 0x110000u + first;
        }
        uint32_t c = more == 0 ? first : first & (0x3Fu >> more);
        for (size_t i = 1; i <= more; i++) {
                uint8_t byte = (uint8_t)text[*at + i];
                if ((byte & 0xC0) != 0x80) {
                        (*at)++;
                        return 0x110000u + first;
                }
                c = c << 6 | (byte & 0x3F);
        }
        *at += more + 1;
        return fold_code_point(c);
}

static bool begins_with(const char *text, size_t text_len, const char *part, size_t part_len)
{
        size_t at = 0, part_at = 0;
        while (part_at < part_len)
                if (at == text_len || next(text, text_len, &at) != next(part, part_len, &part_at))
                        return false;
        return true;
}

bool fold_contains(const char *text, size_t text_len, const char *part, size_t part_len)
{
        size_t at = 0;
        do {
                if (begins_with(text + at, text_len - at, part, part_len))
                        return true;
                if (at < text_len)
                        next(text, text_len, &at);
        } while (at < text_len);
        return false;
}
