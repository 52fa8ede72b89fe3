/* writer.c -- the one thread that writes, and the commit that many callers share.
 *
 * A caller queues what it wants done and sleeps. The writer takes all that waits, runs it in one transaction and commits once: one
 * fsync for everybody, and nobody is woken before it is on the disk. There is no timer: a lone caller is served at once, and while its
 * commit is under way the others gather for the next. Each write has a savepoint, so that one that fails takes only itself back. */
#include <errno.h>
#include <semaphore.h>
#include <signal.h>

#include "store/sqlite/lite.h"

struct lite_write {
        struct lite_write *next;
        lite_writing run;
        void *context;
        sai_status status;
        struct sai_err err;
        sem_t done;
};

/* SQLite itself ends a transaction after some failures (a full disk): then what ran before is gone too. */
static bool transaction_lost(const struct lite_connection *connection) { return sqlite3_get_autocommit(connection->db) != 0; }

static sai_status run_one(struct lite_connection *connection, struct lite_write *write, bool alone)
{
        write->status = SAI_OK;
        if (!alone)
                write->status = lite_statement_run(connection, FORM_SAVEPOINT, &write->err);
        if (write->status != SAI_OK)
                return write->status;
        write->status = write->run(connection, write->context, &write->err);
        if (alone || transaction_lost(connection))
                return write->status;
        sai_status ended = SAI_OK;
        if (write->status != SAI_OK)
                ended = lite_statement_run(connection, FORM_SAVEPOINT_ROLLBACK, NULL);
        if (ended == SAI_OK)
                ended = lite_statement_run(connection, FORM_SAVEPOINT_RELEASE, NULL);
        return ended;
}

static void fail_from(struct lite_write *write, sai_status status, const struct sai_err *err)
{
        for (; write; write = write->next) {
                if (write->status == SAI_OK) {
                        write->status = status;
                        write->err = *err;
                }
        }
}

/* Runs a batch; every member has its status afterwards. */
static void run_batch(struct lite_connection *connection, struct lite_write *batch)
{
        struct lite *lite = connection->lite;
        struct sai_err err = { 0 };
        for (struct lite_write *write = batch; write; write = write->next)
                write->status = SAI_OK;
        sai_status status = atomic_load(&lite->failed) ? sai_fail(&err, SAI_UNAVAILABLE, "the database cannot be used")
                                                       : lite_statement_run(connection, FORM_BEGIN, &err);
        if (status != SAI_OK) {
                fail_from(batch, status, &err);
                return;
        }
        size_t good = 0;
        for (struct lite_write *write = batch; write && !transaction_lost(connection); write = write->next) {
                sai_status ended = run_one(connection, write, batch->next == NULL);
                good += write->status == SAI_OK;
                if (transaction_lost(connection)) {
                        err = write->err;
                        status = write->status == SAI_OK ? SAI_UNAVAILABLE : write->status;
                } else if (write->status == SAI_OK && ended != SAI_OK) {
                        status = ended;
                        err = (struct sai_err) { .code = ended };
                        break;
                }
        }
        if (status == SAI_OK && good > 0) {
                status = lite_statement_run(connection, FORM_COMMIT, &err);
                if (status == SAI_OK)
                        atomic_fetch_add_explicit(&lite->commits, 1, memory_order_relaxed);
        }
        if (!transaction_lost(connection))
                (void)!lite_statement_run(connection, FORM_ROLLBACK, NULL);
        if (status != SAI_OK)
                fail_from(batch, status, &err);
}

/* Up to SAI_MAX_WRITE_BATCH of what waits; NULL when the writer is to stop and nothing waits. */
static struct lite_write *take_batch(struct lite_writer *writer)
{
        pthread_mutex_lock(&writer->lock);
        while (!writer->first && !writer->stop)
                pthread_cond_wait(&writer->wake, &writer->lock);
        struct lite_write *batch = writer->first, **end = &writer->first;
        for (size_t i = 0; i < SAI_MAX_WRITE_BATCH && *end; i++) {
                end = &(*end)->next;
                writer->waiting--;
        }
        writer->first = *end;
        *end = NULL;
        if (!writer->first)
                writer->last = &writer->first;
        pthread_mutex_unlock(&writer->lock);
        return batch;
}

static void *writer_main(void *argument)
{
        struct lite *lite = argument;
        struct lite_write *batch;
        while ((batch = take_batch(&lite->writer))) {
                run_batch(lite->writing, batch);
                while (batch) {
                        /* Once posted, the write is its caller's again. */
                        struct lite_write *write = batch;
                        batch = batch->next;
                        sem_post(&write->done);
                }
        }
        return NULL;
}

sai_status lite_write(struct lite *lite, lite_writing run, void *context, struct sai_err *err)
{
        struct lite_writer *writer = &lite->writer;
        struct lite_write write = { .run = run, .context = context };
        if (sem_init(&write.done, 0, 0) != 0)
                return sai_fail(err, SAI_NO_MEMORY, "a write");
        pthread_mutex_lock(&writer->lock);
        bool full = writer->waiting >= SAI_MAX_WRITE_QUEUE || writer->stop;
        if (!full) {
                *writer->last = &write;
                writer->last = &write.next;
                writer->waiting++;
                pthread_cond_signal(&writer->wake);
        }
        pthread_mutex_unlock(&writer->lock);
        if (full) {
                sem_destroy(&write.done);
                return sai_fail(err, SAI_UNAVAILABLE, "too many writes are waiting");
        }
        while (sem_wait(&write.done) != 0 && errno == EINTR)
                ;
        sem_destroy(&write.done);
        atomic_fetch_add_explicit(&lite->writes, 1, memory_order_relaxed);
        if (write.status != SAI_OK && err)
                *err = write.err;
        return write.status;
}

sai_status lite_writer_start(struct lite *lite, struct sai_err *err)
{
        struct lite_writer *writer = &lite->writer;
        writer->last = &writer->first;
        pthread_mutex_init(&writer->lock, NULL);
        pthread_cond_init(&writer->wake, NULL);
        /* Signals are for the threads that expect them. */
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        int code = pthread_create(&writer->thread, NULL, writer_main, lite);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        writer->started = code == 0;
        if (code != 0) {
                pthread_cond_destroy(&writer->wake);
                pthread_mutex_destroy(&writer->lock);
                return sai_fail(err, SAI_NO_MEMORY, "the writer's thread");
        }
        return SAI_OK;
}

void lite_writer_stop(struct lite *lite)
{
        struct lite_writer *writer = &lite->writer;
        if (!writer->started)
                return;
        pthread_mutex_lock(&writer->lock);
        writer->stop = true;
        pthread_cond_signal(&writer->wake);
        pthread_mutex_unlock(&writer->lock);
        pthread_join(writer->thread, NULL);
        pthread_cond_destroy(&writer->wake);
        pthread_mutex_destroy(&writer->lock);
}
