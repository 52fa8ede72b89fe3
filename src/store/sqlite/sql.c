/* sql.c -- the text of a statement from its shape.
 *
 * Every name in it comes from the tables, every value is a place that is bound later, in the order in which the text has them: changes,
 * conditions, position, limit (bind.c goes the same way). The index is named, so that a plan cannot change with the data: a query
 * that its index cannot serve fails in the first test instead of becoming slow in the tenth month. */
#include "store/sqlite/lite.h"

void lite_quote(struct sai_buf *buf, const char *name)
{
        sai_buf_char(buf, '"');
        sai_buf_text(buf, name);
        sai_buf_char(buf, '"');
}

/* A column, or a member of the document: good for a condition on a row that its key has found, never for a sort. */
static void name_of(struct sai_buf *buf, const struct layout *layout, size_t offset)
{
        const struct column *column = layout_column(layout, offset);
        const struct sai_field *field = column ? NULL : layout_document_field(layout, offset);
        if (field)
                sai_buf_printf(buf, "\"_document\"->>'$.%s'", field->name);
        else
                lite_quote(buf, column ? column->name : "no such column");
}

static void table_of(struct sai_buf *buf, const struct query_row *query, const struct layout *layout)
{
        lite_quote(buf, layout->name);
        if (query->index != INDEX_KEY) {
                sai_buf_text(buf, " INDEXED BY ");
                lite_quote(buf, indexes[query->index].name);
        }
}

static void documents_of(struct sai_buf *buf, const struct layout *layout)
{
        sai_buf_char(buf, '"');
        sai_buf_text(buf, layout->name);
        sai_buf_text(buf, "_document\"");
}

static void places(struct sai_buf *buf, size_t count)
{
        for (size_t i = 0; i < count; i++)
                sai_buf_text(buf, i ? ",?" : "?");
}

/* Whether a condition must keep away from the index ("+" before a name does that in SQLite). In a page, the position bounds the index on
 * one side and must not be pushed out by a filter on the same member; other filters never help an index that is made for the sort. */
static bool is_aside(const struct query_row *query, const struct condition *condition, bool descending)
{
        if (!query->keyset || !condition->optional)
                return false;
        bool upper = condition->op == CONDITION_LT || condition->op == CONDITION_LE;
        bool lower = condition->op == CONDITION_GT || condition->op == CONDITION_GE;
        return condition->field != query->sort[0] || (descending ? !lower : !upper);
}

static void condition_text(struct sai_buf *buf, const struct layout *layout, const struct condition *condition, size_t list)
{
        static const char *const comparisons[] = {
                [CONDITION_EQ] = "=?", [CONDITION_LT] = "<?",  [CONDITION_LE] = "<=?",
                [CONDITION_GT] = ">?", [CONDITION_GE] = ">=?",
        };
        switch (condition->op) {
        case CONDITION_IN:
                name_of(buf, layout, condition->field);
                sai_buf_text(buf, " IN (");
                places(buf, list);
                sai_buf_char(buf, ')');
                break;
        case CONDITION_ABSENT:
                name_of(buf, layout, condition->field);
                sai_buf_text(buf, " IS NULL");
                break;
        case CONDITION_CONTAINS:
        case CONDITION_LE_OR_ABSENT:
                sai_buf_text(buf, condition->op == CONDITION_CONTAINS ? "sai_contains(" : "ifnull(");
                name_of(buf, layout, condition->field);
                sai_buf_text(buf, condition->op == CONDITION_CONTAINS ? ",?)" : "<=?,1)");
                break;
        default:
                name_of(buf, layout, condition->field);
                sai_buf_text(buf, comparisons[condition->op]);
        }
}

/* One member: "a">?; several, as a row value: ("a","b")>(?,?), which SQLite answers from the index. */
static void keyset_text(struct sai_buf *buf, const struct layout *layout, const struct query_row *query, bool descending)
{
        bool several = query->sort_count > 1;
        if (several)
                sai_buf_char(buf, '(');
        for (size_t i = 0; i < query->sort_count; i++) {
                if (i)
                        sai_buf_char(buf, ',');
                name_of(buf, layout, query->sort[i]);
        }
        if (several)
                sai_buf_char(buf, ')');
        sai_buf_char(buf, descending ? '<' : '>');
        if (several)
                sai_buf_char(buf, '(');
        places(buf, query->sort_count);
        if (several)
                sai_buf_char(buf, ')');
}

static void where(struct sai_buf *buf, const struct layout *layout, const struct query_row *query, const struct lite_shape *shape)
{
        const char *word = " WHERE ";
        for (size_t i = 0; i < QUERY_CONDITIONS; i++) {
                if (!(shape->asked & (1u << i)))
                        continue;
                sai_buf_text(buf, word);
                if (is_aside(query, &query->conditions[i], shape->descending))
                        sai_buf_char(buf, '+');
                condition_text(buf, layout, &query->conditions[i], shape->list);
                word = " AND ";
        }
        if (query->keyset) {
                sai_buf_text(buf, word);
                keyset_text(buf, layout, query, shape->descending);
        }
}

static void order_and_limit(struct sai_buf *buf, const struct layout *layout, const struct query_row *query,
                            const struct lite_shape *shape)
{
        for (size_t i = 0; i < query->sort_count; i++) {
                sai_buf_text(buf, i ? "," : " ORDER BY ");
                name_of(buf, layout, query->sort[i]);
                if (shape->descending)
                        sai_buf_text(buf, " DESC");
        }
        if (shape->limited)
                sai_buf_text(buf, " LIMIT ?");
}

static void column_list(struct sai_buf *buf, const struct layout *layout, const struct query_row *query)
{
        const char *comma = "";
        for (size_t i = 0; i < query->field_count; i++, comma = ",") {
                sai_buf_text(buf, comma);
                name_of(buf, layout, query->fields[i]);
        }
        if (query->field_count)
                return;
        for (size_t i = 0; i < layout->count; i++, comma = ",") {
                sai_buf_text(buf, comma);
                lite_quote(buf, layout->columns[i].name);
        }
        if (layout->document && !layout->wide && !query->columns_only)
                sai_buf_text(buf, ",\"_document\"");
}

static void select_text(struct sai_buf *buf, const struct layout *layout, const struct query_row *query,
                        const struct lite_shape *shape)
{
        sai_buf_text(buf, "SELECT ");
        if (layout->wide && !query->field_count)
                sai_buf_text(buf, query->columns_only ? "\"_packed\",\"_row\"" : "\"_packed\",\"_row\",\"_document\"");
        else
                column_list(buf, layout, query);
        sai_buf_text(buf, " FROM ");
        table_of(buf, query, layout);
        /* The outer side of a left join is always walked first, so that the order stays the index's. */
        if (layout->wide && !query->columns_only && !query->field_count) {
                sai_buf_text(buf, " LEFT JOIN ");
                documents_of(buf, layout);
                sai_buf_text(buf, " USING(\"_row\")");
        }
        where(buf, layout, query, shape);
        order_and_limit(buf, layout, query, shape);
}

/* " WHERE _row=(the first row found)" */
static void where_first(struct sai_buf *buf, const struct layout *layout, const struct query_row *query,
                        const struct lite_shape *shape)
{
        sai_buf_text(buf, " WHERE \"_row\"=(SELECT \"_row\" FROM ");
        table_of(buf, query, layout);
        where(buf, layout, query, shape);
        order_and_limit(buf, layout, query, &(struct lite_shape) { .descending = shape->descending });
        sai_buf_text(buf, " LIMIT 1) RETURNING ");
        column_list(buf, layout, query);
}

static void change_text(struct sai_buf *buf, const struct layout *layout, const struct query_row *query,
                        const struct lite_shape *shape)
{
        sai_buf_text(buf, "UPDATE ");
        lite_quote(buf, layout->name);
        sai_buf_text(buf, " SET ");
        size_t in_document = 0;
        const char *comma = "";
        for (size_t i = 0; i < query_change_count(query); i++) {
                const struct change *change = &query->changes[i];
                if (!layout_column(layout, change->field)) {
                        in_document++;
                        continue;
                }
                sai_buf_text(buf, comma);
                name_of(buf, layout, change->field);
                sai_buf_char(buf, '=');
                if (change->op == CHANGE_ADD) {
                        name_of(buf, layout, change->field);
                        sai_buf_char(buf, '+');
                }
                sai_buf_char(buf, '?');
                comma = ",";
        }
        if (in_document) {
                sai_buf_text(buf, comma);
                sai_buf_text(buf, "\"_document\"=json_set(\"_document\"");
                for (size_t i = 0; i < query_change_count(query); i++) {
                        if (layout_column(layout, query->changes[i].field))
                                continue;
                        const struct sai_field *field = layout_document_field(layout, query->changes[i].field);
                        sai_buf_text(buf, ",'$.");
                        sai_buf_text(buf, field ? field->name : "");
                        sai_buf_text(buf, "',?");
                }
                sai_buf_char(buf, ')');
        }
        where_first(buf, layout, query, shape);
}

static void replace_text(struct sai_buf *buf, const struct layout *layout, const struct query_row *query,
                         const struct lite_shape *shape)
{
        sai_buf_text(buf, "UPDATE ");
        lite_quote(buf, layout->name);
        sai_buf_text(buf, " SET ");
        const char *comma = "";
        for (size_t i = 0; i < layout->count; i++) {
                if (i == layout->key || layout->columns[i].kept)
                        continue;
                sai_buf_text(buf, comma);
                lite_quote(buf, layout->columns[i].name);
                sai_buf_text(buf, "=?");
                comma = ",";
        }
        if (layout->wide)
                sai_buf_text(buf, ",\"_packed\"=?");
        else if (layout->document)
                sai_buf_text(buf, ",\"_document\"=?");
        where(buf, layout, query, shape);
        sai_buf_text(buf, " RETURNING \"_row\"");
}

static void insert_text(struct sai_buf *buf, const struct layout *layout, bool upsert)
{
        sai_buf_text(buf, "INSERT INTO ");
        lite_quote(buf, layout->name);
        sai_buf_char(buf, '(');
        const char *last = layout->wide ? "_packed" : layout->document ? "_document" : NULL;
        for (size_t i = 0; i < layout->count; i++) {
                if (i)
                        sai_buf_char(buf, ',');
                lite_quote(buf, layout->columns[i].name);
        }
        if (last)
                sai_buf_printf(buf, ",\"%s\"", last);
        sai_buf_text(buf, ") VALUES(");
        places(buf, layout->count + (last != NULL));
        sai_buf_char(buf, ')');
        if (upsert) {
                sai_buf_text(buf, " ON CONFLICT(");
                lite_quote(buf, layout->columns[layout->key].name);
                sai_buf_text(buf, ") DO UPDATE SET ");
                const char *comma = "";
                for (size_t i = 0; i < layout->count; i++) {
                        if (i == layout->key)
                                continue;
                        sai_buf_text(buf, comma);
                        lite_quote(buf, layout->columns[i].name);
                        sai_buf_text(buf, "=excluded.");
                        lite_quote(buf, layout->columns[i].name);
                        comma = ",";
                }
                if (last)
                        sai_buf_printf(buf, ",\"%s\"=excluded.\"%s\"", last, last);
                if (layout->user < layout->count) {
                        const char *user = layout->columns[layout->user].name;
                        sai_buf_text(buf, " WHERE ");
                        lite_quote(buf, layout->name);
                        sai_buf_char(buf, '.');
                        lite_quote(buf, user);
                        sai_buf_text(buf, "=excluded.");
                        lite_quote(buf, user);
                }
        }
        sai_buf_text(buf, " RETURNING \"_row\"");
}

static const char *fixed_text(enum lite_form form)
{
        switch (form) {
        case FORM_BEGIN:
                return "BEGIN IMMEDIATE";
        case FORM_COMMIT:
                return "COMMIT";
        case FORM_ROLLBACK:
                return "ROLLBACK";
        case FORM_SAVEPOINT:
                return "SAVEPOINT one";
        case FORM_SAVEPOINT_ROLLBACK:
                return "ROLLBACK TO one";
        case FORM_SAVEPOINT_RELEASE:
                return "RELEASE one";
        case FORM_CHECK_READ:
                return "SELECT checks FROM \"_health\"";
        case FORM_CHECK_WRITE:
                return "UPDATE \"_health\" SET checks=checks+1";
        default:
                return NULL;
        }
}

void lite_sql(const struct lite *lite, const struct lite_shape *shape, struct sai_buf *buf)
{
        enum lite_form form = (enum lite_form)shape->form;
        if (fixed_text(form)) {
                sai_buf_text(buf, fixed_text(form));
                return;
        }
        bool by_collection = form == FORM_INSERT || form == FORM_UPSERT || form == FORM_PUT_DOCUMENT || form == FORM_ROW_COLUMNS;
        const struct query_row *query = by_collection ? NULL : &queries[shape->target];
        const struct layout *layout = &lite->backend.layouts[by_collection ? shape->target : query->collection];
        switch (form) {
        case FORM_SELECT:
                select_text(buf, layout, query, shape);
                break;
        case FORM_COUNT:
                sai_buf_text(buf, "SELECT count(*) FROM ");
                table_of(buf, query, layout);
                where(buf, layout, query, shape);
                break;
        case FORM_CHANGE:
                change_text(buf, layout, query, shape);
                break;
        case FORM_TAKE:
                sai_buf_text(buf, "DELETE FROM ");
                lite_quote(buf, layout->name);
                where_first(buf, layout, query, shape);
                break;
        case FORM_REMOVE:
                sai_buf_text(buf, "DELETE FROM ");
                table_of(buf, query, layout);
                where(buf, layout, query, shape);
                break;
        case FORM_REMOVE_DOCUMENTS:
                sai_buf_text(buf, "DELETE FROM ");
                documents_of(buf, layout);
                sai_buf_text(buf, " WHERE \"_row\" IN (SELECT \"_row\" FROM ");
                table_of(buf, query, layout);
                where(buf, layout, query, shape);
                sai_buf_char(buf, ')');
                break;
        case FORM_REPLACE:
                replace_text(buf, layout, query, shape);
                break;
        case FORM_ROW_COLUMNS:
                sai_buf_text(buf, "SELECT ");
                column_list(buf, layout, &(struct query_row) { .columns_only = true });
                sai_buf_text(buf, " FROM ");
                lite_quote(buf, layout->name);
                sai_buf_text(buf, " WHERE \"_row\"=?");
                break;
        case FORM_PUT_DOCUMENT:
                sai_buf_text(buf, "INSERT OR REPLACE INTO ");
                documents_of(buf, layout);
                sai_buf_text(buf, "(\"_row\",\"_document\") VALUES(?,?)");
                break;
        default:
                insert_text(buf, layout, form == FORM_UPSERT);
        }
}
