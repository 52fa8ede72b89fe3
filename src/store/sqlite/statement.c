/* statement.c -- prepared statements, kept on their connection by the shape they were made from.
 *
 * A shape names everything its text depends on, so equal shapes share a statement whatever their values. The list of activities has
 * more shapes than are worth keeping: the cache holds SAI_MAX_STATEMENTS and then replaces the next one that is not in use, round and round. */
#include "base/text.h"
#include "store/sqlite/lite.h"

enum { SQL_MAX = 64 * 1024 };

/* Lists come in few lengths, the rest of the places repeat the last value: fewer statements for the same question. */
static uint16_t list_places(size_t count)
{
        uint16_t places = 1;
        while (places < count && places < SAI_MAX_FILTER_VALUES)
                places = (uint16_t)(places * 2);
        return places;
}

struct lite_shape lite_shape_of(enum lite_form form, const struct request *request)
{
        const struct query_row *query = &queries[request->query];
        struct lite_shape shape = { .form = (uint16_t)form,
                                    .target = (uint16_t)request->query,
                                    .descending = request->descending,
                                    .limited = request->limit != 0 };
        for (size_t i = 0; i < QUERY_CONDITIONS && query->conditions[i].op != CONDITION_END; i++) {
                const struct condition *condition = &query->conditions[i];
                if (condition->optional && request->values[i].kind == VALUE_NONE)
                        continue;
                shape.asked |= 1u << i;
                if (condition->op == CONDITION_IN)
                        shape.list = list_places(request->values[i].count);
        }
        return shape;
}

static size_t bucket_of(const struct lite_shape *shape) { return (size_t)sai_hash(shape, sizeof *shape, 0) % STATEMENT_BUCKETS; }

static struct lite_statement *find(struct lite_connection *connection, const struct lite_shape *shape, size_t bucket)
{
        for (uint16_t i = connection->buckets[bucket]; i; i = connection->statements[i - 1].next)
                if (memcmp(&connection->statements[i - 1].shape, shape, sizeof *shape) == 0)
                        return &connection->statements[i - 1];
        return NULL;
}

static void unlink_statement(struct lite_connection *connection, struct lite_statement *statement)
{
        uint16_t number = (uint16_t)(statement - connection->statements + 1);
        uint16_t *at = &connection->buckets[bucket_of(&statement->shape)];
        while (*at != number)
                at = &connection->statements[*at - 1].next;
        *at = statement->next;
}

/* A place for one more statement; NULL when all are in use at this moment. */
static struct lite_statement *place(struct lite_connection *connection)
{
        if (connection->statement_count < SAI_MAX_STATEMENTS)
                return &connection->statements[connection->statement_count++];
        for (size_t i = 0; i < SAI_MAX_STATEMENTS; i++) {
                struct lite_statement *statement = &connection->statements[connection->hand];
                connection->hand = (connection->hand + 1) % SAI_MAX_STATEMENTS;
                if (statement->busy)
                        continue;
                if (statement->kept)
                        unlink_statement(connection, statement);
                sqlite3_finalize(statement->stmt);
                *statement = (struct lite_statement) { 0 };
                return statement;
        }
        return NULL;
}

static sai_status prepare(struct lite_connection *connection, const struct lite_shape *shape, sqlite3_stmt **ret_stmt,
                          struct sai_err *err)
{
        struct sai_buf sql;
        sai_buf_init(&sql, SQL_MAX);
        lite_sql(connection->lite, shape, &sql);
        sai_status status = sai_buf_status(&sql, err);
        if (status == SAI_OK) {
                int code =
                        sqlite3_prepare_v3(connection->db, sql.data, (int)sql.len + 1, SQLITE_PREPARE_PERSISTENT, ret_stmt, NULL);
                if (code != SQLITE_OK)
                        status = lite_fail(connection->lite, connection->db, code, err);
        }
        sai_buf_done(&sql);
        return status;
}

sai_status lite_statement_take(struct lite_connection *connection, const struct lite_shape *shape,
                               struct lite_statement **ret_statement, struct sai_err *err)
{
        size_t bucket = bucket_of(shape);
        struct lite_statement *statement = find(connection, shape, bucket);
        if (statement && !statement->busy) {
                statement->busy = true;
                *ret_statement = statement;
                return SAI_OK;
        }
        sqlite3_stmt *stmt;
        sai_status status = prepare(connection, shape, &stmt, err);
        if (status != SAI_OK)
                return status;
        bool twice =
                statement != NULL; /* the same question asked again while it is being answered: a second statement for a while */
        statement = place(connection);
        if (!statement) {
                sqlite3_finalize(stmt);
                return sai_fail(err, SAI_UNAVAILABLE, "too many statements at once");
        }
        *statement = (struct lite_statement) { .shape = *shape, .stmt = stmt, .busy = true, .kept = !twice };
        if (!twice) {
                statement->next = connection->buckets[bucket];
                connection->buckets[bucket] = (uint16_t)(statement - connection->statements + 1);
        }
        *ret_statement = statement;
        return SAI_OK;
}

void lite_statement_give_back(struct lite_statement **taken)
{
        struct lite_statement *statement = *taken;
        if (!statement)
                return;
        *taken = NULL;
        statement->busy = false;
        if (statement->kept) {
                sqlite3_reset(statement->stmt);
                sqlite3_clear_bindings(statement->stmt);
        } else {
                sqlite3_finalize(statement->stmt);
                statement->stmt = NULL;
        }
}

void lite_statements_close(struct lite_connection *connection)
{
        for (size_t i = 0; i < connection->statement_count; i++)
                sqlite3_finalize(connection->statements[i].stmt);
        connection->statement_count = 0;
}

sai_status lite_statement_run(struct lite_connection *connection, enum lite_form form, struct sai_err *err)
{
        const struct lite_shape shape = { .form = (uint16_t)form };
        struct lite_statement *statement = NULL;
        sai_status status = lite_statement_take(connection, &shape, &statement, err);
        if (!statement)
                return status;
        int code = sqlite3_step(statement->stmt);
        if (code != SQLITE_DONE && code != SQLITE_ROW)
                status = lite_fail(connection->lite, connection->db, code, err);
        lite_statement_give_back(&statement);
        return status;
}
