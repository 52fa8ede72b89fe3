/* limits.h -- every limit of the service, each with its reason.
 *
 * Nothing is unbounded: if a user, a peer or a file can grow it, its bound stands here, and reaching it is a clear error.
 * Add yours here with the reason; do not write a bare number where it is used. */
#ifndef SAI_BASE_LIMITS_H
#define SAI_BASE_LIMITS_H

#define SAI_KIB(n) ((size_t)(n)*1024)
#define SAI_MIB(n) ((size_t)(n)*1024 * 1024)
#define SAI_GIB(n) ((uint64_t)(n)*1024 * 1024 * 1024)

/* -- HTTP ------------------------------------------------------------------------------------------------------- */
#define SAI_MAX_TARGET               SAI_KIB(8) /* longer request targets are 414: our longest real one is under 2 KiB */
#define SAI_MAX_HEADER_SECTION       SAI_KIB(16) /* 431 beyond: browsers send 1-2 KiB, proxies add some */
#define SAI_MAX_HEADER_FIELDS        100 /* 431 beyond */
#define SAI_MAX_JSON_BODY            SAI_MIB(1) /* 413 beyond: the largest document of the contract is under 100 KiB */
#define SAI_MAX_IMPORT_BODY          (2 * SAI_GIB(1)) /* 413 beyond: bulk exports of ten years are 0.5-1.5 GiB */
#define SAI_MAX_QUERY_PARAMETERS     64 /* 422 beyond: the widest list route has 14, some repeatable */
#define SAI_MAX_REPLY_BODY           SAI_MIB(64) /* streams of a very long ride at full resolution are about 20 MiB */
#define SAI_MAX_REQUEST_ARENA        SAI_MIB(96) /* reply body and the rows it was made of */
#define SAI_GZIP_MIN                 1024 /* smaller bodies do not win anything */
#define SAI_HEADER_TIMEOUT_MS        10000 /* whole header section, not silence */
#define SAI_BODY_TIMEOUT_MS          30000 /* whole JSON body */
#define SAI_IDLE_TIMEOUT_S           60 /* keep-alive without a request; also a blocked write (libmicrohttpd has one timer) */
#define SAI_IMPORT_MIN_RATE          SAI_KIB(64) /* bytes a second over any 60 s of an upload */
#define SAI_MAX_CONNECTIONS          4096
#define SAI_MAX_CONNECTIONS_PER_PEER 2048 /* behind nginx every connection has one peer; direct exposure is not supported */
#define SAI_MAX_PART_HEADER          SAI_KIB(4) /* header block of a multipart part: browsers send under 300 bytes */
#define SAI_STAGED_FILE_LIFE_S       86400 /* a complete upload nobody took by then belongs to a process that died */
#define SAI_MAX_EVENT_THREADS        8 /* more than this the loopback and the store are the bottleneck, not reading and writing */
#define SAI_MAX_WORKER_THREADS       64 /* each holds a store connection */
#define SAI_CONNECTION_MEMORY                                                                                                    \
        SAI_KIB(24) /* of libmicrohttpd per connection: a full header section, its index and the answer's header */
#define SAI_MAX_SPARE_EXCHANGES 32 /* kept per event thread for the next requests; each about 20 KiB */
#define SAI_MAX_SPARE_BODY      SAI_KIB(256) /* a larger buffer is not kept */
#define SAI_MAX_BUFFERED_BODIES                                                                                                  \
        SAI_MIB(256) /* of all requests together; beyond it 503: 4 096 connections times 1 MiB would be too much */
#define SAI_MAX_DISCARD         SAI_KIB(64) /* a refused body up to this is read to its end, so that the connection can go on */
#define SAI_LINGER_MS           2000 /* how long a refused client may go on sending before it is cut off */
#define SAI_LINGER_BYTES        SAI_MIB(4) /* and how much */
#define SAI_WRITE_TIMEOUT_MS    30000 /* an answer of which the peer takes nothing */
#define SAI_SLOW_REQUEST_MS     1000 /* logged at info */
#define SAI_REQUEST_DEADLINE_MS 10000 /* of a route that names none: twice what its slowest call to a dependency may take */
#define SAI_MAX_WORK_QUEUE      1024 /* requests waiting for a worker; beyond it 503 at once */

#define SAI_MAX_RATE_KEYS    65536 /* askers counted at once; full buckets make room, so only those of the last minute take any */
#define SAI_MAX_RATE_COUNT   1000000 /* calls of a class: more is no limit; keeps the products of the arithmetic far from 64 bits */
#define SAI_MAX_RATE_SECONDS 86400 /* the same */

/* -- JSON ------------------------------------------------------------------------------------------------------- */
#define SAI_MAX_JSON_DEPTH   32 /* ours go 5 deep; jansson's own limit of 2 048 is too kind */
#define SAI_MAX_FIELD_ERRORS 64 /* errors reported for one body; the rest is cut */
#define SAI_MAX_STRING       65536 /* any string member without a smaller bound of its own */
#define SAI_MAX_LIST_ITEMS   1000 /* any array member without a smaller bound of its own */

/* -- Time zones --------------------------------------------------------------------------------------------------- */
#define SAI_MAX_ZONES     700 /* kept for the process's life; the database has some 600 names */
#define SAI_MAX_ZONE_NAME 63 /* the longest has 32 characters */
#define SAI_MAX_ZONE_FILE 65536 /* the largest is under 4 KiB */

/* -- Lists ------------------------------------------------------------------------------------------------------ */
#define SAI_PAGE_DEFAULT      30
#define SAI_PAGE_MAX          200
#define SAI_MAX_FILTER_VALUES 50 /* repeated values of one filter */
#define SAI_MAX_SEARCH_TEXT   200 /* code points of `q` */
#define SAI_MAX_CURSOR        512 /* bytes of an encoded cursor */

/* -- Tokens ----------------------------------------------------------------------------------------------------- */
#define SAI_MAX_TOKEN               SAI_KIB(4) /* access tokens are under 400 bytes */
#define SAI_MAX_SESSIONS_PER_USER   20 /* the oldest goes */
#define SAI_OAUTH_STATE_LIFE_MS     (10 * 60 * 1000)
#define SAI_ONE_TIME_CODE_LIFE_MS   (60 * 1000)
#define SAI_MAX_MILESTONES          100 /* of one athlete; 409 beyond: they lie in the athlete's own row */
#define SAI_MAX_API_TOKENS_PER_USER 50 /* 409 beyond: one for each script; a hundred of them are forgotten ones */

/* -- Accounts --------------------------------------------------------------------------------------------------- */
#define SAI_MAX_EMAIL                    254 /* bytes; RFC 5321's longest path without its brackets */
#define SAI_MAX_MAIL_COMMAND             1024 /* bytes of the setting: a path and some options */
#define SAI_MAIL_TIMEOUT_MS              30000 /* of one message: a slow mail server greets after 20 s */
#define SAI_MIN_PASSWORD                 10 /* code points; shorter ones are guessed from lists */
#define SAI_MAX_PASSWORD                 256 /* code points; longer ones add nothing to the hash */
#define SAI_MAX_PASSWORDS_AT_ONCE        4 /* Argon2 runs: 4 times 64 MiB, and most processors stay free */
#define SAI_THROTTLE_WINDOW_MS           (15 * 60 * 1000)
#define SAI_MAX_TRIES_BY_ACCOUNT         10 /* sign-ins of one account in a window: 350,000 guesses a year */
#define SAI_MAX_TRIES_BY_CLIENT          100 /* of one address in a window: an office behind one router stays below */
#define SAI_MAX_RESETS_BY_ACCOUNT        3 /* mails to one address in a window */
#define SAI_PASSWORD_RESET_LIFE_MS       (60 * 60 * 1000)
#define SAI_MAX_SECURITY_EVENTS_PER_USER 500 /* the oldest go: a flood of refusals must not grow the store */
#define SAI_SECURITY_EVENT_LIFE_MS       (180LL * 24 * 3600 * 1000) /* as long as the longest session */

/* -- Files ------------------------------------------------------------------------------------------------------ */
#define SAI_MAX_RECORDING_FILE                                                                                                   \
        SAI_MIB(256) /* one FIT, GPX or TCX after decompression; a 24 h GPX with all extensions is 60 MiB */
#define SAI_MAX_RECORDING_POINTS    2000000 /* 23 days at 1 Hz */
#define SAI_MAX_RECORDING_SESSIONS  64 /* a triathlon has 5 */
#define SAI_MAX_RECORDING_LAPS      20000 /* a track session of 10 000 m in 25 m lengths has 400 */
#define SAI_MAX_RECORDING_LENGTHS   20000 /* pool lengths */
#define SAI_MAX_RECORDING_PAUSES    20000 /* timer events; a stop at every traffic light of a day is some hundreds */
#define SAI_MAX_FIT_PARTS           1000 /* files chained in one; a swim with its heart rate has 5 */
#define SAI_MAX_XML_DEPTH           64
#define SAI_MAX_XML_MEMORY          SAI_MIB(16) /* the parser's own: names it met, buffers; a real document needs 100 KiB */
#define SAI_MAX_XML_TEXT            1024 /* text of one element that is kept: numbers, times and titles; the rest is cut */
#define SAI_MAX_DECOMPRESSION_RATIO 200 /* real GPX compresses 20-fold; checked past the first MiB */

/* -- Outgoing --------------------------------------------------------------------------------------------------- */
#define SAI_CONNECT_TIMEOUT_MS   5000
#define SAI_TOTAL_TIMEOUT_MS     30000
#define SAI_MIN_RATE_BYTES       1024 /* per second over SAI_MIN_RATE_SECONDS */
#define SAI_MIN_RATE_SECONDS     10
#define SAI_MAX_UPSTREAM_BODY    SAI_MIB(16) /* decoded; a 6 h ride with ten streams is several MB */
#define SAI_MAX_TRIES            5 /* of one call, and of one job */
#define SAI_MAX_UPSTREAM_HEADERS SAI_KIB(64) /* names and values of one answer; Strava sends 2 KiB, proxies in between add some */
#define SAI_MAX_UPSTREAM_HOSTS   16 /* origins with a circuit each: Strava, its OAuth pages and a few model servers */
#define SAI_MAX_IDLE_HANDLES     32 /* curl handles kept with their connections: more workers than that do not call out at once */
#define SAI_RETRY_BASE_MS        250 /* full jitter: uniform in [0, base * 2^try] */
#define SAI_RETRY_MAX_MS         8000
#define SAI_RETRY_BUDGET_PERCENT 10 /* retries per call, over all calls: a failing peer gets 1.1 times its load, not 5 */
#define SAI_RETRY_BUDGET_BURST   10 /* retries that may be saved up, so that a quiet service can still retry */
#define SAI_CIRCUIT_WINDOW       20 /* last results of a host that are looked at */
#define SAI_CIRCUIT_CONSECUTIVE  5 /* failures in a row that open a circuit before the window is full */
#define SAI_CIRCUIT_OPEN_MS      30000 /* first pause of a failing host, doubled after each failed probe */
#define SAI_CIRCUIT_OPEN_MAX_MS  600000

/* -- Store ------------------------------------------------------------------------------------------------------ */
#define SAI_MAX_BLOB_CHUNK      SAI_MIB(4) /* originals are stored in chunks; MongoDB documents end at 16 MiB */
#define SAI_MAX_BLOB            SAI_MAX_RECORDING_FILE /* one original, before compression */
#define SAI_MAX_STREAM_CHUNK    SAI_MIB(12) /* coded streams beyond are split; the longest recordings known take 3 MiB */
#define SAI_MAX_STREAM_DECIMALS 9 /* of a coded channel; the finest kept is 7, of degrees */
#define SAI_MAX_DOCUMENT        SAI_MIB(12) /* what a row keeps beside its columns; 20 000 laps are 6 MiB */
#define SAI_MAX_STATEMENTS      256 /* prepared statements kept per connection */
#define SAI_MAX_WRITE_BATCH     256 /* writes that share one commit */
#define SAI_MAX_WRITE_QUEUE     4096 /* callers waiting for the writer */
#define SAI_SQLITE_BUSY_MS      2000 /* another process (backup, CLI) holds the file */
#define SAI_SQLITE_MMAP         SAI_GIB(1) /* of the file that readers map instead of copying; address space, not memory */
#define SAI_SQLITE_WAL          SAI_MIB(64) /* the log file is cut back to this after a checkpoint */

/* -- Cache, log ------------------------------------------------------------------------------------------------- */
#define SAI_CACHE_BYTES        SAI_MIB(64) /* default size of the in-process cache */
#define SAI_MAX_CACHE_ENTRY    SAI_MIB(8)
#define SAI_MAX_CACHE_KEY      1024 /* keys are an id and a short name; a query string of the contract fits */
#define SAI_REDIS_BUDGET_MS    20 /* of one call: making an answer anew costs less than waiting longer */
#define SAI_REDIS_CONNECT_MS   1000 /* off the path of requests */
#define SAI_REDIS_PAUSE_MS     250 /* before the first new try of a Redis that failed, doubled after each */
#define SAI_REDIS_PAUSE_MAX_MS 5000
#define SAI_MAX_REDIS_LINKS    16 /* connections: more workers than that do not ask at one moment */
#define SAI_MAX_REDIS_VALUE    SAI_KIB(256) /* larger answers are made anew: sending them takes the budget */
#define SAI_MAX_REDIS_FIELDS   256 /* answers of one athlete; the versions before stay until then, so they go all at once */
#define SAI_REDIS_LIFE_MS      600000 /* of an athlete's answers since the last was added */
#define SAI_MAX_LOG_FIELD      1024
#define SAI_MAX_LOG_LINE       SAI_KIB(16)
#define SAI_LOG_REPEATS        20 /* lines of one event in one window; a broken peer must not fill the disk */
#define SAI_LOG_WINDOW_MS      10000
#define SAI_LOG_EVENTS         512 /* events that are counted; the program has under 200 names */

/* -- Settings ----------------------------------------------------------------------------------------------------- */
#define SAI_MAX_SETTINGS_FILE SAI_KIB(256) /* stravaai.env, or a file that holds one secret */
#define SAI_MAX_SETTING       16384 /* one value; a list of a hundred origins is 4 KiB */
#define SAI_MAX_SETTING_ITEMS 256 /* entries of a list */

/* -- Jobs ------------------------------------------------------------------------------------------------------- */
#define SAI_JOB_LEASE_MS        15000 /* renewed at a third; how long work of a machine that died lies still */
#define SAI_MAX_JOB_DEATHS      8 /* claims in a row without progress saved: then the job is what kills its processes, not chance */
#define SAI_MAX_LEASED_JOBS     1000 /* looked at in one go for owners that are gone: each process runs a handful */
#define SAI_JOB_BACKOFF_BASE_MS 2000 /* full jitter: uniform in [0, base * 2^try] */
#define SAI_JOB_BACKOFF_MAX_MS  600000

#define SAI_MAX_FACTS     SAI_KIB(256) /* facts document of an insight: 64 facts with two comparisons each are 60 KiB */
#define SAI_MAX_JOB_ARENA SAI_MIB(512) /* a file of 256 MiB, its columns and their metrics */

/* -- Analytics -------------------------------------------------------------------------------------------------- */
#define SAI_MAX_RANGE_DAYS         7305 /* 20 years: from and to of any analytics call */
#define SAI_MAX_ATHLETE_ACTIVITIES 200000 /* columns of one athlete held in memory: 15 a day for 36 years */

#endif
