/* pack.c -- the columns of a wide row once more, as one value that is read at once.
 *
 * A scan of an athlete's activities reads some sixty columns of thousands of rows, and SQLite takes longer to hand out a column than we
 * take to use it. So a wide row has all its columns in `_packed` beside them. The columns are the truth, `_packed` is a copy that says
 * of which layout it is: after a column was added, or when a program of another age wrote the row, the stamp differs and the row is
 * read by its columns until it is next written.
 *
 *   stamp(8), presence (a bit a column), then for each that is present: fixed values as they lie in memory; texts as length(4), bytes, NUL
 *
 * What comes back is checked like every row: lengths, enums. The machine's byte order is the file's; backups are exports. */
#include "base/text.h"
#include "store/sqlite/lite.h"

uint64_t lite_stamp(const struct layout *layout)
{
        uint64_t stamp = 1;
        for (size_t i = 0; i < layout->count; i++) {
                const struct column *column = &layout->columns[i];
                stamp = sai_hash(column->name, strlen(column->name), stamp);
                stamp = sai_hash(&column->field->kind, sizeof column->field->kind, stamp);
        }
        return stamp;
}

static void pack_text(const char *text, struct sai_buf *buf)
{
        uint32_t len = (uint32_t)strlen(text);
        sai_buf_append(buf, &len, sizeof len);
        sai_buf_append(buf, text, (size_t)len + 1);
}

void lite_pack(const struct layout *layout, uint64_t stamp, const void *row, struct sai_buf *buf)
{
        uint8_t presence[(LAYOUT_COLUMNS + 7) / 8] = { 0 };
        size_t presence_size = (layout->count + 7) / 8;
        sai_buf_append(buf, &stamp, sizeof stamp);
        sai_buf_append(buf, presence, presence_size);
        for (size_t i = 0; i < layout->count; i++) {
                const struct column *column = &layout->columns[i];
                const char *value = (const char *)row + column->offset;
                if (!column_present(column, row))
                        continue;
                if (column->field->kind != SAI_K_STR)
                        sai_buf_append(buf, value, column->size);
                else if (*(const char *const *)(const void *)value)
                        pack_text(*(const char *const *)(const void *)value, buf);
                else
                        continue;
                presence[i / 8] |= (uint8_t)(1u << (i % 8));
        }
        if (!buf->failed)
                memcpy(buf->data + sizeof stamp, presence, presence_size);
}

bool lite_packed_fits(sqlite3_value *packed, const struct layout *layout, uint64_t stamp)
{
        return sqlite3_value_type(packed) == SQLITE_BLOB &&
               (size_t)sqlite3_value_bytes(packed) >= sizeof stamp + (layout->count + 7) / 8 &&
               memcmp(sqlite3_value_blob(packed), &stamp, sizeof stamp) == 0;
}

/* The text at `at`, its NUL included in what is behind it; false when it does not end within the value. */
static bool unpack_text(const struct lite_reading *reading, const char **at, const char *end, const char **ret_text,
                        bool *ret_no_memory)
{
        uint32_t len;
        if ((size_t)(end - *at) < sizeof len)
                return false;
        memcpy(&len, *at, sizeof len);
        *at += sizeof len;
        if (len >= (size_t)(end - *at) || (*at)[len] != '\0')
                return false;
        *ret_text = *at;
        if (reading->texts == TEXTS_COPIED)
                *ret_text = sai_arena_memdup(reading->arena, *at, (size_t)len + 1);
        *ret_no_memory = *ret_text == NULL;
        *at += (size_t)len + 1;
        return true;
}

static bool is_sound(const struct column *column, const char *value)
{
        if (column->field->kind == SAI_K_BOOL)
                return *(const uint8_t *)value <= 1;
        int number;
        memcpy(&number, value, sizeof number);
        return number >= 0 && number < column->enum_count;
}

sai_status lite_unpack(const struct lite_reading *reading, sqlite3_value *packed, void *row, struct sai_err *err)
{
        const struct layout *layout = reading->layout;
        const char *start = sqlite3_value_blob(packed), *end = start + sqlite3_value_bytes(packed);
        const uint8_t *presence = (const uint8_t *)start + sizeof(uint64_t);
        const char *at = start + sizeof(uint64_t) + (layout->count + 7) / 8;
        bool no_memory = false, good = true;
        for (size_t i = 0; i < layout->count && good && !no_memory; i++) {
                const struct column *column = &layout->columns[i];
                if (!(presence[i / 8] & (1u << (i % 8))))
                        continue;
                char *value = (char *)row + column->offset;
                enum sai_kind kind = (enum sai_kind)column->field->kind;
                if (kind == SAI_K_STR) {
                        good = unpack_text(reading, &at, end, (const char **)(void *)value, &no_memory);
                } else if ((size_t)(end - at) < column->size ||
                           ((kind == SAI_K_ENUM || kind == SAI_K_BOOL) && !is_sound(column, at))) {
                        good = false;
                } else if (column->size == sizeof(int64_t)) {
                        memcpy(value, at, sizeof(int64_t)); /* nearly all of them: a size that is known here costs no call */
                        at += sizeof(int64_t);
                } else {
                        memcpy(value, at, column->size);
                        at += column->size;
                }
                if (column->has)
                        ((uint8_t *)value)[column->has] = SAI_VALUE;
        }
        if (no_memory)
                return sai_fail(err, SAI_NO_MEMORY, "rows of %s", layout->name);
        return good && at == end ? SAI_OK : sai_fail(err, SAI_INTERNAL, "a row of %s cannot be read", layout->name);
}
