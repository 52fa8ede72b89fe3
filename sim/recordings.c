/* recordings.c -- a directory of real recordings becomes the first athlete's activities.
 *
 * Files are read through the project's own readers; what the device wrote (distance, times, climbing) is what the simulator serves, and
 * only what it did not write is measured. A workout that is there twice is served once: a FIT file before a TCX, a TCX before a GPX, any
 * file before Strava's JSON, so the directory is read in that order. What cannot be read is reported and left out. */
#include "sim/sim_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/recording.h"
#include "sim/measure.h"

enum { MAX_FILES = 5000, MAX_DEPTH = 4, RECORDING_ARENA_MIB = 512 };

struct file_list {
        char **paths;
        size_t count, room;
};

static void file_list_done(struct file_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                free(list->paths[i]);
        free(list->paths);
}

static bool file_list_add(struct file_list *list, char *path)
{
        if (list->count == list->room) {
                size_t room = list->room ? list->room * 2 : 64;
                char **grown = room <= (size_t)MAX_FILES * 2 ? realloc(list->paths, room * sizeof *grown) : NULL;
                if (!grown)
                        return false;
                list->paths = grown;
                list->room = room;
        }
        list->paths[list->count++] = path;
        return true;
}

void recordings_left_out(struct sim *sim, const char *path, const char *reason)
{
        struct sim_load_report *report = &sim->report;
        if (report->left_out_count == sim->left_out_room) {
                size_t room = sim->left_out_room ? sim->left_out_room * 2 : 16;
                struct sim_left_out *grown = realloc(sim->left_out, room * sizeof *grown);
                if (!grown)
                        return;
                sim->left_out = grown;
                sim->left_out_room = room;
        }
        const char *slash = strrchr(path, '/');
        char *file = strdup(slash ? slash + 1 : path), *why = strdup(reason);
        if (!file || !why) {
                free(file);
                free(why);
                return;
        }
        sim->left_out[report->left_out_count++] = (struct sim_left_out) { .file = file, .reason = why };
        report->left_out = sim->left_out;
}

sai_status recordings_slurp(const char *path, size_t max, struct sai_arena *arena, struct sai_text *ret, struct sai_err *err)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat info;
        if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
                if (fd >= 0)
                        close(fd);
                return sai_fail(err, SAI_NOT_FOUND, "the file cannot be opened");
        }
        size_t size = (size_t)info.st_size, len = 0;
        char *data = size <= max ? sai_arena_alloc(arena, size + 1) : NULL;
        while (data && len < size) {
                ssize_t got = read(fd, data + len, size - len);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        break;
                len += (size_t)got;
        }
        close(fd);
        if (!data)
                return sai_fail(err, size > max ? SAI_TOO_LARGE : SAI_NO_MEMORY, "the file has %zu bytes", size);
        *ret = (struct sai_text) { data, len };
        return SAI_OK;
}

/* Which to believe when two files hold one workout: the lower rank is read first. */
static int rank_of(const char *path)
{
        static const char *const order[] = { ".fit", ".fit.gz", ".tcx", ".tcx.gz", ".gpx", ".gpx.gz", ".json" };
        size_t len = strlen(path);
        for (size_t i = 0; i < SAI_COUNT(order); i++) {
                size_t ending = strlen(order[i]);
                if (len > ending && strcasecmp(path + len - ending, order[i]) == 0)
                        return (int)i;
        }
        return -1;
}

static int by_rank(const void *a, const void *b)
{
        const char *x = *(char *const *)a, *y = *(char *const *)b;
        int difference = rank_of(x) - rank_of(y);
        return difference ? difference : strcmp(x, y);
}

static void collect(struct file_list *list, const char *directory, int depth)
{
        DIR *dir = opendir(directory);
        if (!dir)
                return;
        for (struct dirent *entry; (entry = readdir(dir)) != NULL && list->count < MAX_FILES;) {
                if (entry->d_name[0] == '.')
                        continue;
                char *path = NULL;
                struct stat info;
                if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0)
                        break;
                bool known = stat(path, &info) == 0;
                if (known && S_ISDIR(info.st_mode) && depth > 1)
                        collect(list, path, depth - 1);
                if (!known || !S_ISREG(info.st_mode) || rank_of(path) < 0 || !file_list_add(list, path))
                        free(path);
        }
        closedir(dir);
}

/* Stable over restarts and machines: from the file's name and the session's number, in the range of Strava's ids of these years. */
static int64_t recorded_id(const char *path, size_t session)
{
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        return 11000000000 + (int64_t)(sai_hash(name, strlen(name), session) % 6000000000u);
}

static int64_t offset_of(const struct recording_session *session)
{
        if (SAI_HAS(session->utc_offset_s))
                return session->utc_offset_s.value;
        const double *lng = session->streams.channel[STREAM_LONGITUDE];
        for (size_t i = 0; lng && i < session->streams.count; i++)
                if (!isnan(lng[i]))
                        return (int64_t)lround(lng[i] / 15.0) * 3600;
        return 0;
}

static char *name_of(const char *path, const struct recording *recording, size_t session)
{
        char *name = NULL;
        const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
        int stem = (int)strcspn(file, ".");
        bool several = recording->session_count > 1;
        if (recording->name && recording->name[0] && !several)
                return strdup(recording->name);
        int written = several ? asprintf(&name, "%.*s (%s)", stem, file, sport_name(recording->sessions[session].sport))
                              : asprintf(&name, "%.*s", stem, file);
        return written < 0 ? NULL : name;
}

/* A GPX or TCX without laps says nothing about pauses: its "timer" is the clock from the first point to the last. */
static bool timer_is_known(const struct recording_session *session, enum recording_format format)
{
        if (!SAI_HAS(session->timer_s) || session->timer_s.value <= 0.0)
                return false;
        return format == RECORDING_FIT || !SAI_HAS(session->elapsed_s) || session->timer_s.value < session->elapsed_s.value - 1.0;
}

/* What the device says goes before what the samples give; climbing of a GPX is in no field, so it is always measured. */
static void prefer_device(struct strava_activity *s, const struct recording_session *session, enum recording_format format)
{
        if (SAI_HAS(session->distance_m))
                s->distance = session->distance_m.value;
        if (SAI_HAS(session->elapsed_s))
                s->elapsed_time = (int64_t)llround(session->elapsed_s.value);
        if (timer_is_known(session, format))
                s->moving_time = (int64_t)llround(session->timer_s.value);
        if (s->moving_time > s->elapsed_time || s->moving_time == 0)
                s->moving_time = s->elapsed_time;
        if (SAI_HAS(session->ascent_m) && format == RECORDING_FIT)
                s->total_elevation_gain = session->ascent_m.value;
        if (!s->has_heartrate && SAI_HAS(session->average_heartrate) && session->average_heartrate.value > 0.0) {
                s->has_heartrate = true;
                s->average_heartrate = session->average_heartrate;
                s->max_heartrate = SAI_HAS(session->max_heartrate) ? session->max_heartrate : session->average_heartrate;
        }
        s->average_speed = s->moving_time > 0 ? s->distance / (double)s->moving_time : 0.0;
        s->sport_type = sport_name(session->sport);
        s->type = sport_legacy_type(session->sport);
        s->trainer = session->indoor && sport_family(session->sport) != FAMILY_SWIM;
}

static struct sim_activity *activity_of(struct sim *sim, int athlete, const char *path, struct recording *recording, size_t index,
                                        struct sai_arena *arena)
{
        struct recording_session *session = &recording->sessions[index];
        struct sim_activity *a = catalogue_activity_new(sim, athlete, SIM_FILE);
        if (!a)
                return NULL;
        a->path = strdup(path);
        a->session = index;
        a->name = name_of(path, recording, index);
        a->device = recording->device ? strdup(recording->device) : NULL;
        a->id = recorded_id(path, index);
        /* A wall clock without a tie to UTC is served as if the athlete lived in Greenwich. */
        a->start_ms = SAI_HAS(session->start) ? session->start.value.ms : session->start_local.value.ms;
        catalogue_timezone(a, offset_of(session), NULL, offset_of(session));
        const char *slash = strrchr(path, '/');
        snprintf(a->external, sizeof a->external, "%s", slash ? slash + 1 : path);
        enum sport_family family = sport_family(session->sport);
        bool good = a->path && a->name && measure_derive(&session->streams, family, arena, NULL) == SAI_OK;
        if (good) {
                measure_fill(&a->summary, &session->streams, family);
                prefer_device(&a->summary, session, recording->format);
                good = catalogue_polyline(a, &session->streams, arena, NULL) == SAI_OK;
        }
        a->elapsed_s = (double)a->summary.elapsed_time;
        a->ready = true;
        if (!good) {
                catalogue_activity_free(a);
                return NULL;
        }
        return a;
}

static sai_status add_session(struct sim *sim, int athlete, const char *path, struct recording *recording, size_t index,
                              bool twins_allowed, struct sai_arena *arena, int64_t *ret_id, struct sai_err *err)
{
        struct sim_activity *a = activity_of(sim, athlete, path, recording, index, arena);
        if (!a)
                return sai_fail(err, SAI_NO_MEMORY, "activity from a recording");
        pthread_mutex_lock(&sim->lock);
        struct sim_activity *twin = twins_allowed ? NULL : catalogue_twin(&sim->athletes[athlete], a->start_ms, a->elapsed_s);
        sai_status status = SAI_OK;
        if (twin) {
                sim->report.duplicates++;
                catalogue_activity_free(a);
        } else {
                status = catalogue_add(sim, a, err);
                if (status == SAI_OK)
                        *ret_id = a->id;
        }
        pthread_mutex_unlock(&sim->lock);
        return status;
}

static const char *refusal_of(const struct recording_session *session)
{
        if (session->transition)
                return "transition";
        if (!SAI_HAS(session->start) && !SAI_HAS(session->start_local))
                return "no_start_time";
        if (session->streams.count == 0 && !SAI_HAS(session->elapsed_s))
                return "no_points";
        return NULL;
}

sai_status recordings_load_file(struct sim *sim, int athlete, const char *path, bool twins_allowed, int64_t *ret_id,
                                struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(RECORDING_ARENA_MIB));
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "recording");
        struct sai_text bytes = { 0 };
        sai_status status = recordings_slurp(path, SAI_MAX_RECORDING_FILE, arena, &bytes, err);
        if (status != SAI_OK)
                return status;
        struct recording recording = { 0 };
        const char *reason = "unreadable", *refused = "no session";
        status = recording_read(bytes.data, bytes.len, arena, &recording, &reason, err);
        if (status != SAI_OK)
                return status == SAI_INVALID ? sai_fail(err, SAI_INVALID, "%s", reason) : status;
        bool any = false;
        for (size_t i = 0; i < recording.session_count && status == SAI_OK; i++) {
                const char *refusal = refusal_of(&recording.sessions[i]);
                if (refusal) {
                        refused = refusal;
                        continue;
                }
                int64_t id = 0;
                status = add_session(sim, athlete, path, &recording, i, twins_allowed, arena, &id, err);
                if (!any && status == SAI_OK && ret_id)
                        *ret_id = id;
                any = true;
        }
        if (status == SAI_OK && !any)
                return sai_fail(err, SAI_INVALID, "%s", refused);
        return status;
}

sai_status recordings_load(struct sim *sim, struct sai_err *err)
{
        struct file_list list = { 0 };
        struct stat info;
        if (stat(sim->recordings, &info) != 0 || !S_ISDIR(info.st_mode))
                return sai_fail(err, SAI_INVALID, "the recordings are not a directory: %.100s", sim->recordings);
        static const char *const folders[] = { "fit", "gpx", "tcx", "strava-json" };
        bool sorted = false;
        for (size_t i = 0; i < SAI_COUNT(folders); i++) {
                char *path = NULL;
                if (asprintf(&path, "%s/%s", sim->recordings, folders[i]) < 0)
                        break;
                if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
                        sorted = true;
                        collect(&list, path, MAX_DEPTH);
                }
                free(path);
        }
        /* A directory laid out by kind has other things beside (exports of the same workouts); any other is searched as it is. */
        if (!sorted)
                collect(&list, sim->recordings, MAX_DEPTH);
        if (list.count > 0)
                qsort(list.paths, list.count, sizeof *list.paths, by_rank);
        for (size_t i = 0; i < list.count; i++) {
                const char *path = list.paths[i];
                struct sai_err why = { 0 };
                size_t before = sim->activity_count;
                bool json = rank_of(path) == 6;
                sai_status status =
                        json ? recordings_load_json(sim, path, &why) : recordings_load_file(sim, 0, path, false, NULL, &why);
                *(json ? &sim->report.from_json : &sim->report.from_files) += sim->activity_count - before;
                if (status != SAI_OK)
                        recordings_left_out(sim, path, why.detail);
        }
        file_list_done(&list);
        return SAI_OK;
}
