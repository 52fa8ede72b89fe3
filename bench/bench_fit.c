/* bench_fit.c -- how fast recordings become columns, on one core.
 *
 *   bench_fit FOLDER [ROUNDS]
 *
 * Loads every FIT file of the folder into memory, then reads all of them ROUNDS times (50) with one arena, as a job does, and prints
 * bytes a second: overall, and of each file. The best round counts: others share the machine. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "files/recording.h"

enum { MAX_FILES = 1024, DEFAULT_ROUNDS = 50 };

struct file {
        char name[256];
        struct sai_buf bytes;
        size_t points;
        double best_s;
};

static double seconds(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool load(const char *folder, const char *name, struct file *file)
{
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, name);
        FILE *in = fopen(path, "rb");
        if (!in)
                return false;
        char block[65536];
        snprintf(file->name, sizeof file->name, "%s", name);
        sai_buf_init(&file->bytes, SAI_MAX_RECORDING_FILE);
        for (size_t got; (got = fread(block, 1, sizeof block, in)) > 0;)
                sai_buf_append(&file->bytes, block, got);
        fclose(in);
        return !file->bytes.failed;
}

static size_t load_folder(const char *folder, struct file *files)
{
        DIR *listing = opendir(folder);
        if (!listing) {
                fprintf(stderr, "%s: %s\n", folder, strerror(errno));
                return 0;
        }
        size_t count = 0;
        for (struct dirent *entry; count < MAX_FILES && (entry = readdir(listing));) {
                size_t len = strlen(entry->d_name);
                if (len > 4 && strcmp(entry->d_name + len - 4, ".fit") == 0 && load(folder, entry->d_name, &files[count]))
                        count++;
        }
        closedir(listing);
        return count;
}

/* Files that are refused are part of the work, but not of the points. */
static void read_once(struct file *file, struct sai_arena *arena)
{
        struct recording recording;
        const char *reason;
        double start = seconds();
        sai_status status = recording_read(file->bytes.data, file->bytes.len, arena, &recording, &reason, NULL);
        double took = seconds() - start;
        file->points = 0;
        for (size_t i = 0; !status && i < recording.session_count; i++)
                file->points += recording.sessions[i].point_count;
        if (file->best_s == 0 || took < file->best_s)
                file->best_s = took;
        sai_arena_reset(arena);
}

int main(int argc, char **argv)
{
        int64_t rounds = DEFAULT_ROUNDS;
        if (argc < 2 || argc > 3 || (argc == 3 && (!sai_parse_i64(argv[2], strlen(argv[2]), &rounds) || rounds < 1))) {
                fprintf(stderr, "usage: bench_fit FOLDER [ROUNDS]\n");
                return 2;
        }
        struct file *files = calloc(MAX_FILES, sizeof *files);
        struct sai_arena *arena = sai_arena_new(SAI_MIB(512));
        size_t count = files ? load_folder(argv[1], files) : 0;
        if (!arena || count == 0) {
                fprintf(stderr, "no FIT files to read\n");
                return 1;
        }
        double best = 0, bytes = 0, points = 0;
        for (int64_t round = 0; round < rounds; round++) {
                double start = seconds();
                for (size_t i = 0; i < count; i++)
                        read_once(&files[i], arena);
                double took = seconds() - start;
                best = round == 0 || took < best ? took : best;
        }
        printf("%-44s %10s %8s %10s\n", "file", "bytes", "points", "MB/s");
        for (size_t i = 0; i < count; i++) {
                printf("%-44s %10zu %8zu %10.1f\n", files[i].name, files[i].bytes.len, files[i].points,
                       (double)files[i].bytes.len / files[i].best_s / 1e6);
                bytes += (double)files[i].bytes.len;
                points += (double)files[i].points;
                sai_buf_done(&files[i].bytes);
        }
        printf("%-44s %10.0f %8.0f %10.1f   %.1f million points a second, best of %lld rounds\n", "all", bytes, points,
               bytes / best / 1e6, points / best / 1e6, (long long)rounds);
        sai_arena_free(arena);
        free(files);
        return 0;
}
