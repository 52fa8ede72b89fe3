/* worker.c -- the threads that run handlers which may block.
 *
 * The queue is bounded: when it is full the client hears so at once, instead of waiting behind work nobody will still want. A
 * request is suspended before it is pushed, so whoever takes it is its only owner. */
#include "http/server_internal.h"

static struct exchange *next_task(struct worker_pool *pool, bool *ret_flush)
{
        struct exchange *exchange = NULL;
        pthread_mutex_lock(&pool->lock);
        while (pool->length == 0 && !pool->closing)
                pthread_cond_wait(&pool->ready, &pool->lock);
        if (pool->length) {
                exchange = pool->queue[pool->head];
                pool->head = (pool->head + 1) % SAI_MAX_WORK_QUEUE;
                pool->length--;
        }
        *ret_flush = pool->flushing;
        pthread_mutex_unlock(&pool->lock);
        return exchange;
}

static void *worker_main(void *cls)
{
        struct sai_server *server = cls;
        bool flush;
        (void)server_thread_state(server); /* so that its end is noticed, also when no answer was ever compressed */
        for (struct exchange *exchange; (exchange = next_task(&server->workers, &flush)) != NULL;)
                exchange_work(exchange, flush);
        return NULL; /* the thread's state is freed by its key, which also calls thread_done */
}

sai_status workers_start(struct sai_server *server, unsigned count, struct sai_err *err)
{
        struct worker_pool *pool = &server->workers;
        for (; pool->thread_count < count; pool->thread_count++) {
                if (pthread_create(&pool->threads[pool->thread_count], NULL, worker_main, server) != 0)
                        return sai_fail(err, SAI_NO_MEMORY, "worker thread");
                (void)pthread_setname_np(pool->threads[pool->thread_count], "http-worker");
        }
        return SAI_OK;
}

bool workers_push(struct sai_server *server, struct exchange *exchange)
{
        struct worker_pool *pool = &server->workers;
        pthread_mutex_lock(&pool->lock);
        bool room = pool->length < SAI_MAX_WORK_QUEUE && !pool->closing;
        if (room) {
                pool->queue[(pool->head + pool->length) % SAI_MAX_WORK_QUEUE] = exchange;
                pool->length++;
                pthread_cond_signal(&pool->ready);
        }
        pthread_mutex_unlock(&pool->lock);
        return room;
}

void workers_flush(struct sai_server *server)
{
        pthread_mutex_lock(&server->workers.lock);
        server->workers.flushing = true;
        pthread_mutex_unlock(&server->workers.lock);
}

void workers_stop(struct sai_server *server)
{
        struct worker_pool *pool = &server->workers;
        pthread_mutex_lock(&pool->lock);
        pool->closing = true;
        pthread_cond_broadcast(&pool->ready);
        pthread_mutex_unlock(&pool->lock);
        for (unsigned i = 0; i < pool->thread_count; i++)
                (void)pthread_join(pool->threads[i], NULL);
        pool->thread_count = 0;
}
