/* main.c -- the program strava-sim: options, the simulator, and an orderly end on SIGTERM or SIGINT. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sim.h"

static const char help[] =
        "Usage: strava-sim [OPTION…]\n"
        "A server that behaves as Strava's API does. API under /api/v3, OAuth under /oauth, controls under /sim;\n"
        "any non-empty client id and secret.\n"
        "\n"
        "  --listen ADDR:PORT     where to listen (127.0.0.1:8090; port 0 takes a free one)\n"
        "  --recordings DIR       the first athlete owns these FIT, GPX, TCX files and recorded Strava answers\n"
        "  --athletes N           athletes in all (1); the others, or all without recordings, are generated\n"
        "  --seed N               of the generator (1)\n"
        "  --auto-consent         the consent page answers itself: athlete 1, or the one in &athlete=N\n"
        "  --limits S,D,RS,RD     calls per quarter of an hour and per day, over all and for reads (200,2000,100,1000),\n"
        "                         or none\n"
        "  --state DIR            keep tokens and subscriptions there over a restart\n"
        "  --rotate-always        every refresh gives a new pair of tokens\n"
        "  --callback-domain NAME redirects must lie in this domain (any)\n"
        "  --write-files DIR      write generated activities as FIT, GPX and TCX files there, and end\n"
        "  --count N              how many (12)\n"
        "  --verbose              log what happens\n"
        "  --help                 this text\n";

struct options {
        struct sim_config config;
        const char *write_dir;
        int64_t count;
        bool verbose;
};

enum option_id {
        OPT_LISTEN = 256,
        OPT_RECORDINGS,
        OPT_ATHLETES,
        OPT_SEED,
        OPT_AUTO,
        OPT_LIMITS,
        OPT_STATE,
        OPT_ROTATE,
        OPT_DOMAIN,
        OPT_WRITE,
        OPT_COUNT,
        OPT_VERBOSE,
        OPT_HELP
};

static const struct option long_options[] = {
        { "listen", required_argument, NULL, OPT_LISTEN },
        { "recordings", required_argument, NULL, OPT_RECORDINGS },
        { "athletes", required_argument, NULL, OPT_ATHLETES },
        { "seed", required_argument, NULL, OPT_SEED },
        { "auto-consent", no_argument, NULL, OPT_AUTO },
        { "limits", required_argument, NULL, OPT_LIMITS },
        { "state", required_argument, NULL, OPT_STATE },
        { "rotate-always", no_argument, NULL, OPT_ROTATE },
        { "callback-domain", required_argument, NULL, OPT_DOMAIN },
        { "write-files", required_argument, NULL, OPT_WRITE },
        { "count", required_argument, NULL, OPT_COUNT },
        { "verbose", no_argument, NULL, OPT_VERBOSE },
        { "help", no_argument, NULL, OPT_HELP },
        { NULL, 0, NULL, 0 },
};

static bool number(const char *text, int64_t low, int64_t high, int64_t *ret)
{
        return sai_parse_i64(text, strlen(text), ret) && *ret >= low && *ret <= high;
}

static bool read_limits(const char *text, struct sim_limits *ret)
{
        int64_t values[4] = { 0 };
        if (strcmp(text, "none") == 0) {
                *ret = (struct sim_limits) { .none = true };
                return true;
        }
        for (int i = 0; i < 4; i++) {
                size_t len = strcspn(text, ",");
                bool more = text[len] == ',';
                if (!sai_parse_i64(text, len, &values[i]) || values[i] < 0 || values[i] > 1000000000 || more != (i < 3))
                        return false;
                text += len + (more ? 1 : 0);
        }
        *ret = (struct sim_limits) { values[0], values[1], values[2], values[3], false };
        /* All zero would mean the default; a simulator that refuses everything is had with ones. */
        return values[0] + values[1] + values[2] + values[3] > 0;
}

/* False when the value is impossible. */
static bool apply(int option, const char *value, struct options *o)
{
        int64_t n = 0;
        switch (option) {
        case OPT_LISTEN:
                o->config.listen = value;
                return true;
        case OPT_RECORDINGS:
                o->config.recordings = value;
                return true;
        case OPT_ATHLETES:
                if (!number(value, 1, 1000, &n))
                        return false;
                o->config.athletes = (int)n;
                return true;
        case OPT_SEED:
                if (!number(value, 0, INT64_MAX, &n))
                        return false;
                o->config.seed = (uint64_t)n;
                return true;
        case OPT_AUTO:
                o->config.auto_consent = true;
                return true;
        case OPT_LIMITS:
                return read_limits(value, &o->config.limits);
        case OPT_STATE:
                o->config.state_dir = value;
                return true;
        case OPT_ROTATE:
                o->config.rotate_always = true;
                return true;
        case OPT_DOMAIN:
                o->config.callback_domain = value;
                return true;
        case OPT_WRITE:
                o->write_dir = value;
                return true;
        case OPT_COUNT:
                return number(value, 1, 100000, &o->count);
        case OPT_VERBOSE:
                o->verbose = true;
                return true;
        default:
                return false;
        }
}

/* -1: go on; otherwise the exit code. */
static int parse(int argc, char **argv, struct options *o)
{
        for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
                if (option == OPT_HELP) {
                        fputs(help, stdout);
                        return 0;
                }
                if (option == '?' || !apply(option, optarg, o)) {
                        if (option != '?')
                                fprintf(stderr, "strava-sim: impossible value: %s\n", optarg ? optarg : "");
                        fputs("Try strava-sim --help\n", stderr);
                        return 2;
                }
        }
        if (optind < argc) {
                fprintf(stderr, "strava-sim: unexpected argument: %s\nTry strava-sim --help\n", argv[optind]);
                return 2;
        }
        return -1;
}

static void print_report(const struct sim *sim, const struct options *o)
{
        const struct sim_load_report *report = sim_load(sim);
        const char *colon = strrchr(o->config.listen, ':');
        int host = colon ? (int)(colon - o->config.listen) : 0;
        printf("strava-sim: http://%.*s:%u (API /api/v3, OAuth /oauth, controls /sim)\n", host, o->config.listen, sim_port(sim));
        printf("strava-sim: %zu athlete%s, %zu activities (%zu from files, %zu from recorded answers, %zu generated), ready in "
               "%lld ms\n",
               report->athletes, report->athletes == 1 ? "" : "s", report->activities, report->from_files, report->from_json,
               report->generated, (long long)report->took_ms);
        if (o->config.recordings)
                printf("strava-sim: recordings of %s, %zu workouts that were there twice\n", o->config.recordings,
                       report->duplicates);
        for (size_t i = 0; i < report->left_out_count; i++)
                printf("strava-sim: left out %s: %s\n", report->left_out[i].file, report->left_out[i].reason);
        fflush(stdout);
}

static int write_files(const struct options *o)
{
        struct sai_err err = { 0 };
        int written = 0;
        if (mkdir(o->write_dir, 0755) != 0 && errno != EEXIST) {
                fprintf(stderr, "strava-sim: %s cannot be made\n", o->write_dir);
                return 1;
        }
        sai_status status = sim_write_files(o->write_dir, (int)o->count, o->config.seed, sai_clock_system(), &written, &err);
        printf("strava-sim: %d files in %s\n", written, o->write_dir);
        if (status != SAI_OK)
                fprintf(stderr, "strava-sim: %s\n", err.detail);
        return status == SAI_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
        struct options options = { .config = { .listen = "127.0.0.1:8090", .athletes = 1, .seed = 1 }, .count = 12 };
        int code = parse(argc, argv, &options);
        if (code >= 0)
                return code;
        if (options.write_dir)
                return write_files(&options);

        /* Blocked before any thread starts, so that only the wait below sees them. */
        sigset_t signals;
        int received = 0;
        sigemptyset(&signals);
        sigaddset(&signals, SIGTERM);
        sigaddset(&signals, SIGINT);
        sigprocmask(SIG_BLOCK, &signals, NULL);
        signal(SIGPIPE, SIG_IGN);

        struct sai_err err = { 0 };
        struct sim *sim = NULL;
        struct sai_log *log = sai_log_new(STDERR_FILENO, options.verbose ? SAI_LOG_DEBUG : SAI_LOG_WARN, sai_clock_system());
        options.config.log = log;
        sai_status status = sim_start(&options.config, &sim, &err);
        if (status != SAI_OK) {
                fprintf(stderr, "strava-sim: %s\n", err.detail[0] ? err.detail : sai_status_text(status));
                sai_log_free(log);
                return 1;
        }
        print_report(sim, &options);
        while (sigwait(&signals, &received) != 0)
                continue;
        sim_stop(sim);
        sai_log_free(log);
        return 0;
}
