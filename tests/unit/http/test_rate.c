/* test_rate.c -- token buckets: what they promise by themselves, and what a client sees of them. */
#include "fixture.h"

#include "http/rate.h"
#include <sodium.h>

static struct sai_rate_limiter *make(const char *text, struct sai_fake_clock *fake)
{
        static struct sai_seeded seed = { 7 };
        struct sai_rate_limits limits;
        struct sai_rate_limiter *limiter = NULL;
        struct sai_err err;
        struct sai_clock clock = sai_clock_fake(fake);
        struct sai_random random = sai_random_seeded(&seed);
        assert_null(sai_rate_limits_parse(text, &limits));
        assert_int_equal(sai_rate_limiter_new(&limits, &clock, &random, &limiter, &err), SAI_OK);
        return limiter;
}

static void bursts_of_a_tenth_pass_and_the_rest_at_the_rate(void **state)
{
        (void)state;
        struct sai_fake_clock fake = { 0 };
        struct sai_rate_limiter *limiter = make("default", &fake);
        for (int i = 0; i < 120; i++)
                assert_true(http_rate_take(limiter, SAI_RATE_READ, "a", 1, 1, 0).allowed);
        struct http_rate_verdict refused = http_rate_take(limiter, SAI_RATE_READ, "a", 1, 1, 0);
        assert_false(refused.allowed);
        assert_int_equal(refused.retry_ms, 50);
        assert_int_equal(refused.remaining, 0);
        assert_false(http_rate_take(limiter, SAI_RATE_READ, "a", 1, 1, 49).allowed);
        assert_true(http_rate_take(limiter, SAI_RATE_READ, "a", 1, 1, 50).allowed);
        /* Other askers and other classes have buckets of their own. */
        assert_true(http_rate_take(limiter, SAI_RATE_READ, "b", 1, 1, 50).allowed);
        assert_true(http_rate_take(limiter, SAI_RATE_WRITE, "a", 1, 1, 50).allowed);
        int passed = 0;
        for (int64_t ms = 50; ms < 60050; ms++)
                passed += http_rate_take(limiter, SAI_RATE_READ, "a", 1, 1, ms).allowed;
        assert_int_equal(passed, 1199); /* the 1 200th of the minute is due at its end */
        sai_rate_limiter_free(limiter);
}

static void a_cost_counts_as_so_many_calls(void **state)
{
        (void)state;
        struct sai_fake_clock fake = { 0 };
        struct sai_rate_limiter *limiter = make("read=100/10", &fake);
        assert_true(http_rate_take(limiter, SAI_RATE_READ, "a", 1, 8, 0).allowed);
        assert_false(http_rate_take(limiter, SAI_RATE_READ, "a", 1, 3, 0).allowed);
        assert_true(http_rate_take(limiter, SAI_RATE_READ, "a", 1, 2, 0).allowed);
        /* More than the burst waits for a full bucket, not for ever. */
        assert_true(http_rate_take(limiter, SAI_RATE_READ, "b", 1, 1000, 0).allowed);
        sai_rate_limiter_free(limiter);
}

static void a_limited_key_is_not_forgotten_in_a_flood_of_others(void **state)
{
        (void)state;
        struct sai_fake_clock fake = { 0 };
        struct sai_rate_limiter *limiter = make("unsigned=60/60", &fake);
        for (int i = 0; i < 6; i++)
                assert_true(http_rate_take(limiter, SAI_RATE_UNSIGNED, "victim", 6, 1, 0).allowed);
        for (int i = 0; i < 4 * SAI_MAX_RATE_KEYS; i++)
                (void)http_rate_take(limiter, SAI_RATE_UNSIGNED, &i, sizeof i, 1, 0);
        assert_false(http_rate_take(limiter, SAI_RATE_UNSIGNED, "victim", 6, 1, 0).allowed);
        sai_rate_limiter_free(limiter);
}

static void limits_stay_on_when_every_place_is_taken(void **state)
{
        (void)state;
        struct sai_fake_clock fake = { 0 };
        struct sai_rate_limiter *limiter = make("unsigned=10/60", &fake); /* a burst of one: each asker is limited at once */
        int passed = 0;
        for (int i = 0; i < 4 * SAI_MAX_RATE_KEYS; i++)
                passed += http_rate_take(limiter, SAI_RATE_UNSIGNED, &i, sizeof i, 1, 0).allowed;
        assert_true(passed >= SAI_MAX_RATE_KEYS / 2 && passed <= SAI_MAX_RATE_KEYS + 64);
        sai_rate_limiter_free(limiter);
}

static struct sai_rate_limiter *crowded;
static atomic_int passed_at_once;
static void *take_many(void *unused)
{
        for (int i = 0; i < 500; i++)
                if (http_rate_take(crowded, SAI_RATE_READ, "one", 3, 1, 0).allowed)
                        atomic_fetch_add(&passed_at_once, 1);
        return unused;
}

static void exact_with_64_threads_at_once(void **state)
{
        (void)state;
        pthread_t threads[64];
        struct sai_fake_clock fake = { 0 };
        crowded = make("read=10000/60", &fake);
        for (size_t i = 0; i < SAI_COUNT(threads); i++)
                assert_int_equal(pthread_create(&threads[i], NULL, take_many, NULL), 0);
        for (size_t i = 0; i < SAI_COUNT(threads); i++)
                assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(atomic_load(&passed_at_once), 1000);
        sai_rate_limiter_free(crowded);
}

static void an_ipv6_sender_counts_by_its_64(void **state)
{
        unsigned char a[17], b[17];
        (void)state;
        assert_int_equal(http_rate_address_key("2001:db8:1:2:3::1", a), 9);
        assert_int_equal(http_rate_address_key("2001:db8:1:2:ffff::9", b), 9);
        assert_memory_equal(a, b, 9);
        assert_int_equal(http_rate_address_key("2001:db8:1:3::1", b), 9);
        assert_memory_not_equal(a, b, 9);
        assert_int_equal(http_rate_address_key("::ffff:10.0.0.1", a), 5);
        assert_int_equal(http_rate_address_key("10.0.0.1", b), 5);
        assert_memory_equal(a, b, 5);
}

static void limits_are_read_or_refused(void **state)
{
        (void)state;
        struct sai_rate_limits limits;
        static const char *const bad[] = { "",           "read",       "read=",           "read=1", "read=1/",
                                           "read=0/60",  "read=-1/60", "read=1/0",        "x=1/1",  "read=1/60,",
                                           ",read=1/60", "read=1/60 ", "read=9999999/60", "NONE" };
        assert_null(sai_rate_limits_parse("none", &limits));
        assert_true(limits.off);
        assert_null(sai_rate_limits_parse("write=7/3,auth=1/2", &limits));
        assert_false(limits.off);
        assert_int_equal(limits.of[SAI_RATE_WRITE].count, 7);
        assert_int_equal(limits.of[SAI_RATE_AUTH].seconds, 2);
        assert_int_equal(limits.of[SAI_RATE_READ].count, 1200);
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_non_null(sai_rate_limits_parse(bad[i], &limits));
}

/* -- What a client sees ----------------------------------------------------------------------------------------------- */
static const char *find(const struct sai_reply *reply, const char *name)
{
        for (size_t i = 0; i < reply->header_count; i++)
                if (sai_text_equal_ignoring_case(reply->headers[i].name, sai_text_of(name)))
                        return reply->headers[i].value.data;
        return NULL;
}

static sai_status serve(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        return answer_ok(request, reply, err);
}
static const struct sai_route limited_routes[] = {
        { "GET", "/api/v1/limited", serve, .auth = SAI_AUTH_USER, .out_type = "application/json", .tag = "t",
          .operation = "limited", .summary = "Counted" },
        { "POST", "/api/v1/limited", serve, .auth = SAI_AUTH_USER, .rate = SAI_RATE_WRITE, .out_type = "application/json",
          .tag = "t", .operation = "limitedWrite", .summary = "Counted too" },
        { 0 },
};

static int ask(const struct sai_server_config *config, const struct sai_router *router, enum sai_method method, const char *token,
               const char *body, char ret_limit[64], char ret_retry[16])
{
        struct sai_header header = { SAI_TEXT("Authorization"), sai_text_of(token ? token : "") };
        struct sai_request request = { .method = method,
                                       .target = SAI_TEXT("/api/v1/limited"),
                                       .headers = &header,
                                       .header_count = token ? 1 : 0,
                                       .body = sai_text_of(body),
                                       .arena = sai_arena_new(SAI_MIB(1)) };
        struct sai_reply reply;
        assert_non_null(request.arena);
        sai_dispatch(config, router, &request, &reply);
        const char *limit = find(&reply, "RateLimit"), *retry = find(&reply, "Retry-After");
        snprintf(ret_limit, 64, "%s", limit ? limit : "");
        snprintf(ret_retry, 16, "%s", retry ? retry : "");
        assert_true(!limit == !find(&reply, "RateLimit-Policy") && !limit == !find(&reply, "RateLimit-Limit") &&
                    !limit == !find(&reply, "RateLimit-Remaining") && !limit == !find(&reply, "RateLimit-Reset"));
        int status = reply.status;
        sai_reply_done(&reply);
        sai_arena_free(request.arena);
        return status;
}

static void every_answer_says_how_things_stand_and_past_the_limit_is_429(void **state)
{
        (void)state;
        struct sai_fake_clock fake = { 0 };
        static const struct sai_route *const tables[] = { limited_routes, NULL };
        struct sai_router *router;
        struct sai_err err;
        char limit[64], retry[16];
        assert_int_equal(sai_router_new(tables, &router, &err), SAI_OK);
        struct sai_server_config config = demo_config("/tmp");
        config.clock = sai_clock_fake(&fake);
        config.rate_limiter = make("read=20/200,write=10/600", &fake);
        assert_int_equal(ask(&config, router, SAI_GET, "Bearer good", "", limit, retry), 200);
        assert_string_equal(limit, "\"read\";r=1;t=10");
        assert_int_equal(ask(&config, router, SAI_GET, "Bearer good", "", limit, retry), 200);
        assert_int_equal(ask(&config, router, SAI_GET, "Bearer good", "", limit, retry), 429);
        assert_string_equal(limit, "\"read\";r=0;t=20");
        long seconds = strtol(retry, NULL, 10);
        assert_true(seconds >= 10 && seconds <= 12);
        /* Another athlete from the same address is not concerned, and a 401 comes before. */
        assert_int_equal(ask(&config, router, SAI_GET, "Bearer other", "", limit, retry), 200);
        assert_int_equal(ask(&config, router, SAI_GET, NULL, "", limit, retry), 401);
        assert_string_equal(limit, "\"unsigned\";r=6;t=0");
        /* 429 comes before 415. */
        assert_int_equal(ask(&config, router, SAI_POST, "Bearer good", "x", limit, retry), 415);
        assert_int_equal(ask(&config, router, SAI_POST, "Bearer good", "x", limit, retry), 429);
        sai_fake_clock_advance(&fake, 20000);
        assert_int_equal(ask(&config, router, SAI_GET, "Bearer good", "", limit, retry), 200);
        sai_rate_limiter_free(config.rate_limiter);
        config.rate_limiter = make("none", &fake);
        assert_int_equal(ask(&config, router, SAI_GET, "Bearer good", "", limit, retry), 200);
        assert_string_equal(limit, "");
        sai_rate_limiter_free(config.rate_limiter);
        sai_router_free(router);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(bursts_of_a_tenth_pass_and_the_rest_at_the_rate),
                cmocka_unit_test(a_cost_counts_as_so_many_calls),
                cmocka_unit_test(a_limited_key_is_not_forgotten_in_a_flood_of_others),
                cmocka_unit_test(limits_stay_on_when_every_place_is_taken),
                cmocka_unit_test(exact_with_64_threads_at_once),
                cmocka_unit_test(an_ipv6_sender_counts_by_its_64),
                cmocka_unit_test(limits_are_read_or_refused),
                cmocka_unit_test(every_answer_says_how_things_stand_and_past_the_limit_is_429),
        };
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
