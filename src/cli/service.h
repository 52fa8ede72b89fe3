/* service.h -- the service as one value: made from settings, in order, and taken apart in the other.
 *
 * Every command that touches data makes one of these; `serve` adds the listening. Tests make one with a fake clock and settings of their own. */
#ifndef SAI_CLI_SERVICE_H
#define SAI_CLI_SERVICE_H

#include "api/api.h"
#include "auth/password.h"
#include "base/settings.h"
#include "cli/staging.h"
#include "client/mail.h"

struct service {
        struct sai_arena *arena; /* settings and what lives as long as the service */
        struct sai_settings settings;
        struct sai_clock clock;
        struct sai_random random;
        struct sai_log *log;
        struct store *store;
        struct cache *cache;
        struct http_client *http_client;
        struct strava *strava;
        struct auth auth;
        struct password_pool passwords;
        struct mail mail;
        struct training training;
        bool training_made;
        struct jobs *jobs;
        struct api api;
        bool api_made;
        struct sai_router *router, *admin_router;
        struct sai_rate_limiter *rate_limiter;
        struct sai_server *server, *admin_server;
        struct staging staging; /* uploads on their way in */
};

struct service_options {
        char *const *environment; /* NULL: the process's own */
        struct sai_clock clock; /* zero: the system's */
        struct sai_random random; /* zero: the system's */
        int log_fd; /* 0: standard error */
        unsigned job_threads; /* 0: none in this process; SERVICE_JOBS_DEFAULT: by the number of cores */
        bool listen;
        bool migrate; /* bring the schema up to date; else an older one is refused */
};
enum { SERVICE_JOBS_DEFAULT = 0xffff };

/* On failure everything made so far is taken apart and err says what could not be made. */
sai_status service_open(const struct service_options *options, struct service *ret_service, struct sai_err *err) SAI_MUST_USE;
/* Orderly: unready, wait DRAIN_DELAY, stop accepting, finish, give leases back, close. */
void service_close(struct service *service, bool drain);
/* A directory of the service's own (mode 0700) with its parents; one that is there already is fine. */
sai_status service_make_directories(const char *path, struct sai_arena *arena, struct sai_err *err) SAI_MUST_USE;
/* Version, commit and library versions, on standard output. */
void service_print_version(void);

#endif
