/* schema.c -- tables and indexes, made from the same rows that everything else reads.
 *
 * Two kinds of change come to a schema. What only adds (a column of a new member, an index, a collection) is no history: it is found
 * by comparing the file with the tables of this program and made in one transaction, so a member is still added in one place. What
 * rewrites rows (a member that moves, a unit that changes) is a numbered step below: its SQL is frozen text, for it speaks of the tables
 * as they were. The version that is recorded counts the steps; a fresh file is made from the tables and starts at the newest version.
 * A step that changes columns of a wide table empties its `_packed`. Each step and its version row are one transaction. A file of a newer version is refused: this program would not know its rows. */
#include "store/sqlite/lite.h"

/* Version n is what holds after step n. Step 1 is the making of the tables themselves. */
static const char *const steps[] = {
        "",
};
enum { VERSION = SAI_COUNT(steps) };

int lite_schema_version(void) { return VERSION; }

static const char housekeeping[] =
        "CREATE TABLE IF NOT EXISTS \"_schema\"(version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL);"
        "CREATE TABLE IF NOT EXISTS \"_health\"(checks INTEGER NOT NULL);"
        "INSERT INTO \"_health\" SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM \"_health\");";

/* Runs a statement with up to two texts and gives the first column of its first row, or `otherwise`. */
static sai_status ask(struct lite_connection *connection, const char *sql, const char *first, const char *second,
                      int64_t otherwise, int64_t *ret, struct sai_err *err)
{
        sqlite3_stmt *stmt;
        *ret = otherwise;
        int code = sqlite3_prepare_v2(connection->db, sql, -1, &stmt, NULL);
        if (code != SQLITE_OK)
                return lite_fail(connection->lite, connection->db, code, err);
        if (first)
                sqlite3_bind_text(stmt, 1, first, -1, SQLITE_STATIC);
        if (second)
                sqlite3_bind_text(stmt, 2, second, -1, SQLITE_STATIC);
        code = sqlite3_step(stmt);
        sai_status status = SAI_OK;
        if (code == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
                *ret = sqlite3_column_int64(stmt, 0);
        else if (code != SQLITE_ROW && code != SQLITE_DONE)
                status = lite_fail(connection->lite, connection->db, code, err);
        sqlite3_finalize(stmt);
        return status;
}

static const char *type_of(const struct column *column)
{
        switch (column->field->kind) {
        case SAI_K_F64:
                return "REAL";
        case SAI_K_STR:
        case SAI_K_JSON:
                return "TEXT";
        case SAI_K_ID:
        case SAI_K_BYTES:
        case SAI_K_SECRET:
                return "BLOB";
        default:
                return "INTEGER";
        }
}

static void column_text(struct sai_buf *buf, const struct column *column)
{
        lite_quote(buf, column->name);
        sai_buf_char(buf, ' ');
        sai_buf_text(buf, type_of(column));
}

static void table_text(struct sai_buf *buf, const struct layout *layout)
{
        sai_buf_text(buf, "CREATE TABLE ");
        lite_quote(buf, layout->name);
        sai_buf_text(buf, "(\"_row\" INTEGER PRIMARY KEY");
        if (layout->wide)
                sai_buf_text(buf, ",\"_packed\" BLOB");
        for (size_t i = 0; i < layout->count; i++) {
                sai_buf_char(buf, ',');
                column_text(buf, &layout->columns[i]);
                if (i == layout->key)
                        sai_buf_text(buf, " NOT NULL UNIQUE");
        }
        if (layout->document && !layout->wide)
                sai_buf_text(buf, ",\"_document\" TEXT");
        sai_buf_text(buf, ");");
        if (layout->wide)
                sai_buf_printf(buf, "CREATE TABLE \"%s_document\"(\"_row\" INTEGER PRIMARY KEY,\"_document\" TEXT);",
                               layout->name);
}

static void index_text(struct sai_buf *buf, const struct layout *layout, const struct index_row *index)
{
        sai_buf_printf(buf, "CREATE %sINDEX \"%s\" ON \"%s\"(", index->unique ? "UNIQUE " : "", index->name, layout->name);
        for (size_t i = 0; i < index->count; i++) {
                const struct column *column = layout_column(layout, index->fields[i]);
                if (i)
                        sai_buf_char(buf, ',');
                lite_quote(buf, column ? column->name : "no such column");
        }
        sai_buf_char(buf, ')');
}

/* The names of a table's columns, each between line ends; nothing when there is no such table. */
static sai_status column_names(struct lite_connection *connection, const char *table, struct sai_buf *names, struct sai_err *err)
{
        sqlite3_stmt *stmt;
        int code = sqlite3_prepare_v2(connection->db, "SELECT name FROM pragma_table_info(?1)", -1, &stmt, NULL);
        if (code != SQLITE_OK)
                return lite_fail(connection->lite, connection->db, code, err);
        sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
        while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
                if (names->len == 0)
                        sai_buf_char(names, '\n');
                sai_buf_text(names, (const char *)sqlite3_column_text(stmt, 0));
                sai_buf_char(names, '\n');
        }
        sai_status status =
                code == SQLITE_DONE ? sai_buf_status(names, err) : lite_fail(connection->lite, connection->db, code, err);
        sqlite3_finalize(stmt);
        return status;
}

static bool has_name(const struct sai_buf *names, const char *name)
{
        char line[LAYOUT_NAME + 2];
        snprintf(line, sizeof line, "\n%s\n", name);
        return strstr(names->data, line) != NULL;
}

/* Appends what a table lacks: itself, or columns. */
static sai_status compare_table(struct lite_connection *connection, const struct layout *layout, struct sai_buf *missing,
                                struct sai_err *err)
{
        struct sai_buf names;
        sai_buf_init(&names, SAI_KIB(64));
        sai_status status = column_names(connection, layout->name, &names, err);
        if (status == SAI_OK && names.len == 0)
                table_text(missing, layout);
        for (size_t i = 0; i < layout->count && status == SAI_OK && names.len; i++) {
                if (has_name(&names, layout->columns[i].name))
                        continue;
                sai_buf_printf(missing, "ALTER TABLE \"%s\" ADD COLUMN ", layout->name);
                column_text(missing, &layout->columns[i]);
                sai_buf_char(missing, ';');
        }
        sai_buf_done(&names);
        return status;
}

/* An index of the name that is made otherwise is not rebuilt behind the operator's back: it is reported. */
static sai_status compare_index(struct lite_connection *connection, const struct index_row *index, struct sai_buf *missing,
                                struct sai_err *err)
{
        struct sai_buf text;
        sai_buf_init(&text, SAI_KIB(4));
        index_text(&text, &connection->lite->backend.layouts[index->collection], index);
        int64_t same = 0;
        sai_status status = sai_buf_status(&text, err);
        if (status == SAI_OK)
                status = ask(connection, "SELECT sql=?2 FROM sqlite_schema WHERE type='index' AND name=?1", index->name,
                             text.data, -1, &same, err);
        if (status == SAI_OK && same < 0) {
                sai_buf_append(missing, text.data, text.len);
                sai_buf_char(missing, ';');
        } else if (status == SAI_OK && same == 0) {
                sai_log(connection->lite->log, SAI_LOG_WARN, "store.index_differs", SAI_LOG_TEXT("index", index->name));
        }
        sai_buf_done(&text);
        return status;
}

static sai_status compare(struct lite_connection *connection, struct sai_buf *missing, struct sai_err *err)
{
        sai_status status = SAI_OK;
        for (size_t i = 0; i < COLLECTIONS && status == SAI_OK; i++)
                status = compare_table(connection, &connection->lite->backend.layouts[i], missing, err);
        for (size_t i = INDEX_KEY + 1; i < INDEXES && status == SAI_OK; i++)
                status = compare_index(connection, &indexes[i], missing, err);
        return status == SAI_OK ? sai_buf_status(missing, err) : status;
}

static sai_status record(struct lite_connection *connection, int version, struct sai_err *err)
{
        char text[128];
        snprintf(text, sizeof text, "INSERT OR IGNORE INTO \"_schema\"(version,applied_at) VALUES(%d,%lld)", version,
                 (long long)sai_now_ms(&connection->lite->clock));
        return lite_execute(connection, text, err);
}

static sai_status in_transaction(struct lite_connection *connection,
                                 sai_status (*run)(struct lite_connection *, int, struct sai_err *), int argument,
                                 struct sai_err *err)
{
        sai_status status = lite_execute(connection, "BEGIN IMMEDIATE", err);
        if (status != SAI_OK)
                return status;
        status = run(connection, argument, err);
        if (status == SAI_OK)
                status = lite_execute(connection, "COMMIT", err);
        if (!sqlite3_get_autocommit(connection->db))
                (void)!lite_execute(connection, "ROLLBACK", NULL);
        return status;
}

static sai_status read_version(struct lite_connection *connection, int64_t *ret_version, struct sai_err *err)
{
        int64_t tables;
        *ret_version = 0;
        sai_status status =
                ask(connection, "SELECT count(*) FROM sqlite_schema WHERE name='_schema'", NULL, NULL, 0, &tables, err);
        if (status != SAI_OK || tables == 0)
                return status;
        return ask(connection, "SELECT max(version) FROM \"_schema\"", NULL, NULL, 0, ret_version, err);
}

/* Inside the transaction the version is read again: another process may have been faster. */
static sai_status apply_step(struct lite_connection *connection, int step, struct sai_err *err)
{
        int64_t version;
        sai_status status = read_version(connection, &version, err);
        if (status != SAI_OK || version != step - 1)
                return status;
        status = lite_execute(connection, steps[step - 1], err);
        return status == SAI_OK ? record(connection, step, err) : status;
}

static sai_status apply_additions(struct lite_connection *connection, int version, struct sai_err *err)
{
        struct sai_buf missing;
        sai_buf_init(&missing, SAI_KIB(256));
        sai_status status = lite_execute(connection, housekeeping, err);
        if (status == SAI_OK)
                status = compare(connection, &missing, err);
        if (status == SAI_OK && missing.len)
                status = lite_execute(connection, missing.data, err);
        if (status == SAI_OK)
                status = record(connection, version, err);
        sai_buf_done(&missing);
        return status;
}

static sai_status refuse(const char *why, int64_t version, struct sai_err *err)
{
        return sai_fail(err, SAI_CONFLICT, "the database's schema (version %lld) is %s than this program's (version %d)",
                        (long long)version, why, VERSION);
}

static sai_status is_complete(struct lite_connection *connection, int64_t version, struct sai_err *err)
{
        if (version < VERSION)
                return refuse("older", version, err);
        struct sai_buf missing;
        sai_buf_init(&missing, SAI_KIB(256));
        sai_status status = compare(connection, &missing, err);
        if (status == SAI_OK && missing.len)
                status = sai_fail(err, SAI_CONFLICT,
                                  "the database lacks tables, columns or indexes of this program: migrate it first");
        sai_buf_done(&missing);
        return status;
}

sai_status lite_schema_open(struct lite *lite, bool migrate, struct sai_err *err)
{
        struct lite_connection *connection = lite->writing;
        int64_t version;
        sai_status status = read_version(connection, &version, err);
        if (status != SAI_OK)
                return status;
        if (version > VERSION)
                return refuse("newer", version, err);
        if (!migrate)
                return is_complete(connection, version, err);
        if (is_complete(connection, version, NULL) == SAI_OK)
                return SAI_OK; /* the usual start: nothing is written, so a backup that runs is not in the way */
        for (int step = (int)version + 1; version > 0 && step <= VERSION && status == SAI_OK; step++)
                status = in_transaction(connection, apply_step, step, err);
        return status == SAI_OK ? in_transaction(connection, apply_additions, VERSION, err) : status;
}
