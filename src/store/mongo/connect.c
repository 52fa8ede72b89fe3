/* connect.c -- from a URI to a pool of clients, and what the server at the other end can do.
 *
 * The driver passes over options that it does not know; an operator who wrote `tlsCAfile=` wrongly must not find out from a network trace.
 * So each option's name is checked here. What decides whether an acknowledged write is kept (majority, journal), and whether a read may be stale
 * (never: the primary's), is ours, not the URI's. */
#include <pthread.h>
#include <strings.h>

#include "store/mongo/mongo.h"

enum { SELECTION_MS = 2000, CONNECT_MS = 2000, SOCKET_MS = 10000, POOL_DEFAULT = 32 };

static void silent(mongoc_log_level_t level, const char *domain, const char *message, void *context)
{
        (void)level, (void)domain, (void)message, (void)context;
}

static void driver_begin(void)
{
        mongoc_init();
        mongoc_log_set_handler(silent, NULL);
        atexit(mongoc_cleanup);
}

/* Options that the driver reads into other places than its table of options. */
static bool is_special(const char *name)
{
        static const char *const names[] = { MONGOC_URI_READPREFERENCE,   MONGOC_URI_READPREFERENCETAGS,
                                             MONGOC_URI_READCONCERNLEVEL, MONGOC_URI_W,
                                             MONGOC_URI_AUTHMECHANISM,    MONGOC_URI_AUTHMECHANISMPROPERTIES,
                                             MONGOC_URI_AUTHSOURCE,       MONGOC_URI_COMPRESSORS };
        for (size_t i = 0; i < SAI_COUNT(names); i++)
                if (strcasecmp(names[i], name) == 0)
                        return true;
        return false;
}

static sai_status check_options(const char *url, struct sai_err *err)
{
        const char *at = strchr(url, '?');
        while (at && at[1] && at[1] != '#') {
                char name[64];
                size_t len = strcspn(++at, "=&");
                if (len >= sizeof name)
                        return sai_fail(err, SAI_INVALID, "the database URL has an option that is not known: %.60s", at);
                memcpy(name, at, len);
                name[len] = '\0';
                if (!is_special(name) && !mongoc_uri_option_is_int32(name) && !mongoc_uri_option_is_int64(name) &&
                    !mongoc_uri_option_is_bool(name) && !mongoc_uri_option_is_utf8(name))
                        return sai_fail(err, SAI_INVALID, "the database URL has an option that is not known: %s", name);
                at = strchr(at, '&');
        }
        return SAI_OK;
}

static void default_number(mongoc_uri_t *uri, const char *option, int32_t value)
{
        mongoc_uri_set_option_as_int32(uri, option, mongoc_uri_get_option_as_int32(uri, option, value));
}

static void set_promises(mongoc_uri_t *uri)
{
        mongoc_write_concern_t *write = mongoc_write_concern_new();
        mongoc_write_concern_set_w(write, MONGOC_WRITE_CONCERN_W_MAJORITY);
        mongoc_write_concern_set_journal(write, true);
        mongoc_uri_set_write_concern(uri, write);
        mongoc_write_concern_destroy(write);
        mongoc_read_concern_t *read = mongoc_read_concern_new();
        mongoc_read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
        mongoc_uri_set_read_concern(uri, read);
        mongoc_read_concern_destroy(read);
        /* A secondary may lag: a request must see the data version of what was acknowledged before it. */
        mongoc_read_prefs_t *primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
        mongoc_uri_set_read_prefs_t(uri, primary);
        mongoc_read_prefs_destroy(primary);
}

static sai_status make_pool(struct mongo *mongo, mongoc_uri_t *uri, unsigned threads, struct sai_err *err)
{
        bson_error_t error;
        default_number(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, SELECTION_MS);
        default_number(uri, MONGOC_URI_CONNECTTIMEOUTMS, CONNECT_MS);
        default_number(uri, MONGOC_URI_SOCKETTIMEOUTMS, SOCKET_MS);
        default_number(uri, MONGOC_URI_WAITQUEUETIMEOUTMS, SELECTION_MS);
        default_number(uri, MONGOC_URI_MAXPOOLSIZE, threads ? (int32_t)threads : POOL_DEFAULT);
        set_promises(uri);
        mongo->pool = mongoc_client_pool_new_with_error(uri, &error);
        if (!mongo->pool)
                return error.domain == MONGOC_ERROR_STREAM ? sai_fail(err, SAI_UNAVAILABLE, "the database's host cannot be found")
                                                           : sai_fail(err, SAI_INVALID, "the database URL cannot be used");
        mongoc_client_pool_set_error_api(mongo->pool, MONGOC_ERROR_API_VERSION_2);
        if (!mongoc_uri_get_appname(uri))
                mongoc_client_pool_set_appname(mongo->pool, "stravaai");
        return SAI_OK;
}

/* -- What the server can do -------------------------------------------------------------------------------------------- */

static const char *text_of(const bson_t *document, const char *name)
{
        bson_iter_t at;
        return bson_iter_init_find(&at, document, name) && BSON_ITER_HOLDS_UTF8(&at) ? bson_iter_utf8(&at, NULL) : NULL;
}

static const char *kind_of(const bson_t *hello)
{
        const char *message = text_of(hello, "msg");
        if (message && strcmp(message, "isdbgrid") == 0)
                return "sharded cluster";
        return text_of(hello, "setName") ? "replica set" : "standalone";
}

/* The version is the server's text: printable or not shown. */
static void read_version(mongoc_client_t *client, char *out, size_t size)
{
        MONGO_DOCUMENT(command);
        bson_t reply;
        bson_error_t error;
        snprintf(out, size, "?");
        if (!bson_append_int32(&command, "buildInfo", -1, 1))
                return;
        if (mongoc_client_command_simple(client, "admin", &command, NULL, &reply, &error)) {
                const char *version = text_of(&reply, "version");
                if (version && strspn(version, "0123456789abcdefghijklmnopqrstuvwxyz.-") == strlen(version))
                        snprintf(out, size, "%.24s", version);
        }
        bson_destroy(&reply);
}

static sai_status discover(struct mongo *mongo, mongoc_client_t *client, struct sai_err *err)
{
        bson_error_t error;
        mongoc_server_description_t *server = mongoc_client_select_server(client, true, NULL, &error);
        if (!server)
                return mongo_fail(mongo, &error, err);
        const bson_t *hello = mongoc_server_description_hello_response(server);
        const char *kind = kind_of(hello);
        bool sessions = bson_has_field(hello, "logicalSessionTimeoutMinutes");
        bool retries = sessions && strcmp(kind, "standalone") != 0;
        char version[32];
        read_version(client, version, sizeof version);
        snprintf(mongo->description, sizeof mongo->description, "mongodb %s, %s, sessions %s, retryable writes %s", version, kind,
                 sessions ? "yes" : "no", retries ? "yes" : "no");
        sai_log(mongo->log, SAI_LOG_INFO, "store.server", SAI_LOG_TEXT("version", version), SAI_LOG_TEXT("kind", kind),
                SAI_LOG_INT("sessions", sessions), SAI_LOG_INT("retryable_writes", retries));
        mongoc_server_description_destroy(server);
        return SAI_OK;
}

static sai_status connect_to(struct mongo *mongo, const struct store_config *config, mongoc_uri_t *uri, struct sai_err *err)
{
        const char *database = mongoc_uri_get_database(uri);
        if (!database || !*database)
                return sai_fail(err, SAI_INVALID, "the database URL names no database (mongodb://HOST/DATABASE)");
        int len = snprintf(mongo->database, sizeof mongo->database, "%s", database);
        if (len < 0 || (size_t)len >= sizeof mongo->database)
                return sai_fail(err, SAI_INVALID, "the database's name is longer than 63 bytes");
        sai_status status = make_pool(mongo, uri, config->threads, err);
        MONGO_CALL(call);
        if (status == SAI_OK)
                status = mongo_call_begin(mongo, NULL, &call, err);
        return status == SAI_OK ? discover(mongo, call.client, err) : status;
}

sai_status mongo_connect(struct mongo *mongo, const struct store_config *config, struct sai_err *err)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        pthread_once(&once, driver_begin);
        sai_status status = check_options(config->url, err);
        if (status != SAI_OK)
                return status;
        bson_error_t error;
        mongoc_uri_t *uri = mongoc_uri_new_with_error(config->url, &error);
        if (!uri)
                return sai_fail(err, SAI_INVALID, "the database URL cannot be read (mongodb://HOST/DATABASE)");
        status = connect_to(mongo, config, uri, err);
        mongoc_uri_destroy(uri);
        return status;
}

sai_status mongo_call_begin(struct mongo *mongo, const char *collection, struct mongo_call *ret_call, struct sai_err *err)
{
        mongoc_client_t *client = mongoc_client_pool_pop(mongo->pool);
        if (!client) {
                atomic_fetch_add_explicit(&mongo->busy, 1, memory_order_relaxed);
                return sai_fail(err, SAI_TIMEOUT, "no connection to the database was free in time");
        }
        *ret_call = (struct mongo_call) { .mongo = mongo, .client = client };
        if (collection)
                ret_call->collection = mongoc_client_get_collection(client, mongo->database, collection);
        return SAI_OK;
}

void mongo_call_end(struct mongo_call *call)
{
        mongoc_collection_destroy(call->collection);
        if (call->client)
                mongoc_client_pool_push(call->mongo->pool, call->client);
        *call = (struct mongo_call) { 0 };
}
