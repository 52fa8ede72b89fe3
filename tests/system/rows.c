/* rows.c -- prints the rows that a query gives, columns parted by tabs, for the checks of the system tests.
 *
 * The command-line tool of SQLite is not needed for anything else, so this small one spares the package. The file is opened for reading
 * alone. Exit 0, or 1 when the file or the query is not good. */
#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv)
{
        sqlite3 *database = NULL;
        sqlite3_stmt *statement = NULL;
        if (argc != 3) {
                fprintf(stderr, "usage: rows FILE QUERY\n");
                return 1;
        }
        int code = sqlite3_open_v2(argv[1], &database, SQLITE_OPEN_READWRITE, NULL);
        if (code == SQLITE_OK)
                code = sqlite3_exec(database, "PRAGMA query_only=1", NULL, NULL, NULL);
        if (code == SQLITE_OK)
                code = sqlite3_prepare_v2(database, argv[2], -1, &statement, NULL);
        while (code == SQLITE_OK || code == SQLITE_ROW) {
                code = sqlite3_step(statement);
                for (int i = 0; code == SQLITE_ROW && i < sqlite3_column_count(statement); i++) {
                        const unsigned char *text = sqlite3_column_text(statement, i);
                        printf("%s%s", i ? "\t" : "", text ? (const char *)text : "");
                }
                if (code == SQLITE_ROW)
                        putchar('\n');
        }
        if (code != SQLITE_DONE)
                fprintf(stderr, "rows: %s\n", sqlite3_errmsg(database));
        sqlite3_finalize(statement);
        sqlite3_close(database);
        return code != SQLITE_DONE;
}
