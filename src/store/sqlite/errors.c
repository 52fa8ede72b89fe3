/* errors.c -- what SQLite says, in our words.
 *
 * Its texts name tables, columns and files, so they go nowhere; the number goes to the log. A corrupt page or a sync that the system
 * refused is final: what the disk holds is unknown, and trying again could acknowledge what was lost. The store stops there and says so,
 * and whoever runs it starts it anew, which recovers from the log. */
#include "store/sqlite/lite.h"

static bool is_final(int code)
{
        switch (code) {
        case SQLITE_IOERR_FSYNC:
        case SQLITE_IOERR_DIR_FSYNC:
        case SQLITE_IOERR_CORRUPTFS:
        case SQLITE_IOERR_WRITE:
        case SQLITE_IOERR_TRUNCATE:
                return true;
        default:
                return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
        }
}

static bool is_full(int code) { return (code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE; }

sai_status lite_fail(struct lite *lite, sqlite3 *db, int code, struct sai_err *err)
{
        int extended = db ? sqlite3_extended_errcode(db) : code;
        if ((extended & 0xff) != (code & 0xff))
                extended = code;
        if (is_full(extended))
                return sai_fail(err, SAI_DISK_FULL, "no space left for the database");
        switch (extended & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return sai_fail(err, SAI_UNAVAILABLE, "the database is in use by another process");
        case SQLITE_CONSTRAINT:
                return sai_fail(err, SAI_CONFLICT, "it is there already");
        case SQLITE_NOMEM:
                return sai_fail(err, SAI_NO_MEMORY, "the database needs more memory");
        case SQLITE_TOOBIG:
                return sai_fail(err, SAI_TOO_LARGE, "the row is too large");
        case SQLITE_INTERRUPT:
                return sai_fail(err, SAI_TIMEOUT, "the database took too long");
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_IOERR:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                if (is_final(extended) && !atomic_exchange(&lite->failed, true))
                        sai_log(lite->log, SAI_LOG_ERROR, "store.failed", SAI_LOG_INT("sqlite_code", extended));
                return sai_fail(err, SAI_UNAVAILABLE, "the database cannot be used");
        default:
                sai_log(lite->log, SAI_LOG_ERROR, "store.statement_failed", SAI_LOG_INT("sqlite_code", extended));
                return sai_fail(err, SAI_INTERNAL, "the database refused a statement");
        }
}
