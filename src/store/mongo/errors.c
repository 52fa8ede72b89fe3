/* errors.c -- the server's codes and the driver's domains as the store's statuses.
 *
 * A code means what MongoDB's list of error codes says; a compatible server that has its own falls under INTERNAL with the code in the log. */
#include "store/mongo/mongo.h"

enum server_code {
        CODE_AUTHENTICATION = 18,
        CODE_UNAUTHORIZED = 13,
        CODE_MAX_TIME = 50,
        CODE_WRITE_CONCERN = 64,
        CODE_SHUTDOWN = 91,
        CODE_NO_PRIMARY_ANY_MORE = 189,
        CODE_EXCEEDED_TIME = 262,
        CODE_NOT_PRIMARY = 10107,
        CODE_TOO_LARGE = 10334,
        CODE_DUPLICATE = 11000,
        CODE_DUPLICATE_UPDATE = 11001,
        CODE_AT_SHUTDOWN = 11600,
        CODE_AT_ELECTION = 11602,
        CODE_NOT_PRIMARY_NO_SECONDARY_OK = 13435,
        CODE_NOT_PRIMARY_OR_SECONDARY = 13436,
        CODE_NO_SPACE = 14031,
};

static sai_status unavailable(struct mongo *mongo, const bson_error_t *error, struct sai_err *err)
{
        atomic_fetch_add_explicit(&mongo->busy, 1, memory_order_relaxed);
        sai_log(mongo->log, SAI_LOG_WARN, "store.unavailable", SAI_LOG_INT("mongo_domain", error->domain),
                SAI_LOG_INT("mongo_code", error->code));
        return sai_fail(err, SAI_UNAVAILABLE, "the database cannot be reached");
}

static sai_status by_code(struct mongo *mongo, const bson_error_t *error, struct sai_err *err)
{
        switch (error->code) {
        case CODE_DUPLICATE:
        case CODE_DUPLICATE_UPDATE:
                return sai_fail(err, SAI_CONFLICT, "it is there already");
        case CODE_MAX_TIME:
        case CODE_EXCEEDED_TIME:
                return sai_fail(err, SAI_TIMEOUT, "the database took too long");
        case CODE_TOO_LARGE:
                return sai_fail(err, SAI_TOO_LARGE, "the row is too large");
        case CODE_NO_SPACE:
                return sai_fail(err, SAI_DISK_FULL, "the database's disk is full");
        case CODE_AUTHENTICATION:
        case CODE_UNAUTHORIZED:
        case CODE_WRITE_CONCERN:
        case CODE_SHUTDOWN:
        case CODE_NO_PRIMARY_ANY_MORE:
        case CODE_NOT_PRIMARY:
        case CODE_AT_SHUTDOWN:
        case CODE_AT_ELECTION:
        case CODE_NOT_PRIMARY_NO_SECONDARY_OK:
        case CODE_NOT_PRIMARY_OR_SECONDARY:
                return unavailable(mongo, error, err);
        default:
                sai_log(mongo->log, SAI_LOG_ERROR, "store.command_failed", SAI_LOG_INT("mongo_domain", error->domain),
                        SAI_LOG_INT("mongo_code", error->code));
                return sai_fail(err, SAI_INTERNAL, "the database refused a command");
        }
}

sai_status mongo_fail(struct mongo *mongo, const bson_error_t *error, struct sai_err *err)
{
        switch (error->domain) {
        case MONGOC_ERROR_STREAM:
        case MONGOC_ERROR_SERVER_SELECTION:
        case MONGOC_ERROR_WRITE_CONCERN:
                return unavailable(mongo, error, err);
        case MONGOC_ERROR_CLIENT:
                if (error->code == MONGOC_ERROR_CLIENT_AUTHENTICATE)
                        return unavailable(mongo, error, err);
                return by_code(mongo, error, err);
        default:
                return by_code(mongo, error, err);
        }
}
