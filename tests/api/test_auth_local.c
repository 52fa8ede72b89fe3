/* test_auth_local.c -- accounts with an address and a password (checklist A13, A14, A16). */
#include "support_service.h"

#include "auth/password.h"
#include "auth/throttle.h"
#include <unistd.h>

static struct test_service *s;
static char mailbox[64];

/* Cheap hashes, and a mail command that keeps the last message. */
static int start(void **state)
{
        (void)state;
        static char command[128];
        snprintf(mailbox, sizeof mailbox, "/tmp/stravaai-mail-XXXXXX");
        int fd = mkstemp(mailbox);
        assert_true(fd > 0);
        close(fd);
        snprintf(command, sizeof command, "STRAVAAI_MAIL_COMMAND=tee %s", mailbox);
        s = service_start(&(struct test_options) {
                .no_strava = true,
                .extra = { "STRAVAAI_LOCAL_ACCOUNTS=on", "STRAVAAI_ARGON2_MEMORY=8", "STRAVAAI_ARGON2_PASSES=1", command } });
        return 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        unlink(mailbox);
        return 0;
}

#define REGISTER "/api/v1/auth/register"
#define LOGIN    "/api/v1/auth/login"
#define RESET    "/api/v1/auth/password/reset"
#define PASSWORD "canary password 91"

static struct reply post(const char *target, const char *format, ...) __attribute__((format(printf, 2, 3)));
static struct reply post(const char *target, const char *format, ...)
{
        char body[1024];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(body, sizeof body, format, arguments);
        va_end(arguments);
        return call(s, "POST", target, NULL, body);
}

static void take(const struct reply *reply, struct athlete *ret)
{
        assert_status(*reply, 200);
        const char *id = text_at(reply->json, "user_id");
        assert_true(sai_id_parse(id, strlen(id), &ret->id));
        snprintf(ret->access, sizeof ret->access, "%s", text_at(reply->json, "access_token"));
        snprintf(ret->refresh, sizeof ret->refresh, "%s", text_at(reply->json, "refresh_token"));
}

static void sign_up(const char *email, struct athlete *ret)
{
        REPLY reply = post(REGISTER, "{\"email\":\"%s\",\"password\":\"" PASSWORD "\",\"name\":\"Kim\"}", email);
        take(&reply, ret);
}

static struct reply sign(const char *email, const char *password)
{
        return post(LOGIN, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
}

/* -- Making and signing in --------------------------------------------------------------------------------------------------- */

static void an_account_is_made_and_signed_in_to(void **state)
{
        (void)state;
        struct athlete kim, again;
        sign_up("Kim@Example.org", &kim);
        REPLY profile = call_as(s, kim.access, "GET", "/api/v1/users/profile", NULL);
        assert_string_equal(text_at(profile.json, "name"), "Kim");
        assert_string_equal(text_at(profile.json, "email"), "kim@example.org");
        assert_string_equal(text_at(profile.json, "strava_status"), "none");
        REPLY login = sign("kim@EXAMPLE.org", PASSWORD);
        take(&login, &again);
        assert_true(sai_id_equal(kim.id, again.id));
        REPLY events = call_as(s, again.access, "GET", "/api/v1/users/security-events", NULL);
        assert_string_equal(text_at(events.json, "items.0.event"), "signed_in");
        assert_string_equal(text_at(events.json, "items.0.detail"), "password");
        assert_string_equal(text_at(events.json, "items.2.event"), "account_created");
}

static void one_address_is_one_account(void **state)
{
        (void)state;
        struct athlete kim;
        sign_up("one@example.org", &kim);
        REPLY twice = post(REGISTER, "{\"email\":\"ONE@example.org\",\"password\":\"another one 12\",\"name\":\"X\"}");
        assert_problem(&twice, 409, "conflict");
        REPLY theirs = sign("one@example.org", "another one 12");
        assert_problem(&theirs, 401, "bad-credentials");
        REPLY mine = sign("one@example.org", PASSWORD);
        assert_status(mine, 200);
}

static void all_that_is_wrong_has_one_answer(void **state)
{
        (void)state;
        struct athlete kim, none;
        sign_up("wrong@example.org", &kim);
        add_athlete(s, "Without", &none);
        REPLY known = sign("wrong@example.org", "not my password");
        REPLY unknown = sign("nobody@example.org", "not my password");
        assert_problem(&known, 401, "bad-credentials");
        assert_problem(&unknown, 401, "bad-credentials");
        assert_string_equal(known.body, unknown.body);
        char challenge[1024];
        assert_string_equal(header_of(&known, "WWW-Authenticate", challenge), "Bearer realm=\"stravaai\"");
        REPLY events = call_as(s, kim.access, "GET", "/api/v1/users/security-events", NULL);
        assert_string_equal(text_at(events.json, "items.0.event"), "sign_in_refused");
}

static void bodies_are_checked_member_by_member(void **state)
{
        (void)state;
        static const char *const bad[][2] = {
                { "{\"password\":\"long enough 1\",\"name\":\"x\"}", "/email" },
                { "{\"email\":\"kim\",\"password\":\"long enough 1\",\"name\":\"x\"}", "/email" },
                { "{\"email\":\"a@b\\r\\nBcc: c@d\",\"password\":\"long enough 1\",\"name\":\"x\"}", "/email" },
                { "{\"email\":\"a@b,c@d\",\"password\":\"long enough 1\",\"name\":\"x\"}", "/email" },
                { "{\"email\":\"<a@b>\",\"password\":\"long enough 1\",\"name\":\"x\"}", "/email" },
                { "{\"email\":{\"$ne\":null},\"password\":\"long enough 1\",\"name\":\"x\"}", "/email" },
                { "{\"email\":\"a@b.example\",\"password\":\"too short\",\"name\":\"x\"}", "/password" },
                { "{\"email\":\"a@b.example\",\"password\":\"long enough 1\"}", "/name" },
                { "{\"email\":\"a@b.example\",\"password\":\"long enough 1\",\"name\":\"x\",\"admin\":true}", "/admin" }
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                REPLY reply = post(REGISTER, "%s", bad[i][0]);
                assert_pointer(&reply, bad[i][1]);
        }
}

static void passwords_are_in_no_row_answer_or_log(void **state)
{
        (void)state;
        struct athlete kim;
        sign_up("secret@example.org", &kim);
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct credential credential;
        struct sai_err err;
        assert_int_equal(store_credential_get(s->service.store, kim.id, arena, &credential, &err), SAI_OK);
        assert_memory_equal(credential.password_hash, "$argon2id$v=19$m=8192,t=1,p=1$", 30);
        assert_null(strstr(credential.password_hash, PASSWORD));
        char *log = log_text(s);
        assert_null(strstr(log, PASSWORD));
        assert_null(strstr(log, "argon2id"));
        free(log);
}

/* -- Floods -------------------------------------------------------------------------------------------------------------------- */

static void tries_of_one_account_are_counted_wherever_they_come_from(void **state)
{
        (void)state;
        struct athlete kim;
        char after[1024];
        sign_up("guess@example.org", &kim);
        for (int i = 0; i < SAI_MAX_TRIES_BY_ACCOUNT; i++) {
                REPLY reply = sign("guess@example.org", "a wrong guess");
                assert_status(reply, 401);
        }
        REPLY over = sign("guess@example.org", PASSWORD); /* right or not: nobody learns it */
        assert_problem(&over, 429, "rate-limited");
        long seconds = header_of(&over, "Retry-After", after) ? strtol(after, NULL, 10) : 0;
        assert_true(seconds > 0 && seconds <= SAI_THROTTLE_WINDOW_MS / 1000);
        /* One that nobody has is counted the same way. */
        for (int i = 0; i < SAI_MAX_TRIES_BY_ACCOUNT; i++) {
                REPLY reply = sign("noguess@example.org", "a wrong guess");
                assert_status(reply, 401);
        }
        REPLY none = sign("noguess@example.org", PASSWORD);
        assert_problem(&none, 429, "rate-limited");
        clock_advance(s, SAI_THROTTLE_WINDOW_MS);
        REPLY later = sign("guess@example.org", PASSWORD);
        assert_status(later, 200);
}

static void right_sign_in_takes_back_what_was_counted(void **state)
{
        (void)state;
        struct athlete kim;
        sign_up("clumsy@example.org", &kim);
        for (int round = 0; round < 2; round++) {
                for (int i = 0; i < SAI_MAX_TRIES_BY_ACCOUNT - 1; i++) {
                        REPLY reply = sign("clumsy@example.org", "a wrong guess");
                        assert_status(reply, 401);
                }
                REPLY right = sign("clumsy@example.org", PASSWORD);
                assert_status(right, 200);
        }
        clock_advance(s, SAI_THROTTLE_WINDOW_MS);
}

static void tries_of_one_client_are_counted_whatever_they_name(void **state)
{
        (void)state;
        int64_t retry = 0;
        struct sai_err err;
        for (int i = 0; i < 5; i++)
                assert_int_equal(throttle_take_client(&s->service.auth, "t", i % 2 ? "2001:db8::1" : "2001:db8::ffff:2", 5,
                                                      &retry, &err),
                                 SAI_OK);
        assert_int_equal(throttle_take_client(&s->service.auth, "t", "2001:db8:0:0:1::", 5, &retry, &err), SAI_RATE_LIMITED);
        assert_int_equal(throttle_take_client(&s->service.auth, "t", "2001:db8:0:1::1", 5, &retry, &err), SAI_OK);
        assert_int_equal(throttle_take_client(&s->service.auth, "t", "192.0.2.1", 1, &retry, &err), SAI_OK);
        assert_int_equal(throttle_take_client(&s->service.auth, "t", "192.0.2.1", 1, &retry, &err), SAI_RATE_LIMITED);
        for (int i = 0; i < SAI_MAX_TRIES_BY_CLIENT; i++) {
                char email[64];
                snprintf(email, sizeof email, "spray%d@example.org", i);
                REPLY reply = sign(email, "spring2026!");
                assert_status(reply, 401);
        }
        REPLY over = sign("spray@example.org", "spring2026!");
        assert_problem(&over, 429, "rate-limited");
        clock_advance(s, SAI_THROTTLE_WINDOW_MS);
}

/* Who finds no place is turned away at once, before anything is spent. */
static void full_pool_answers_503_and_waits_for_nobody(void **state)
{
        (void)state;
        struct athlete kim;
        struct sai_err err;
        char after[1024];
        int taken = 0;
        sign_up("busy@example.org", &kim);
        while (password_enter(s->service.auth.passwords, &err) == SAI_OK)
                taken++;
        assert_int_equal(err.code, SAI_BUSY);
        assert_true(taken >= 1 && taken <= SAI_MAX_PASSWORDS_AT_ONCE);
        REPLY busy = sign("busy@example.org", PASSWORD);
        assert_problem(&busy, 503, "overloaded");
        assert_non_null(header_of(&busy, "Retry-After", after));
        REPLY read = call_as(s, kim.access, "GET", "/api/v1/users/profile", NULL);
        assert_status(read, 200);
        for (int i = 0; i < taken; i++)
                password_leave(s->service.auth.passwords);
        REPLY now = sign("busy@example.org", PASSWORD);
        assert_status(now, 200);
}

static void places_leave_half_of_the_workers_free(void **state)
{
        (void)state;
        struct password_pool pool;
        static const int expected[][2] = { { 1, 1 }, { 2, 1 }, { 4, 2 }, { 8, 4 }, { 64, 4 } };
        for (size_t i = 0; i < SAI_COUNT(expected); i++) {
                password_pool_init(&pool, 8 << 20, 1, expected[i][0]);
                assert_int_equal(pool.places, expected[i][1]);
        }
}

/* -- Changing ------------------------------------------------------------------------------------------------------------------- */

static void changing_the_password_ends_all_other_sessions(void **state)
{
        (void)state;
        struct athlete here, there;
        sign_up("change@example.org", &here);
        REPLY other = sign("change@example.org", PASSWORD);
        take(&other, &there);
        REPLY wrong = call_as(s, here.access, "PUT", "/api/v1/auth/password",
                              "{\"current_password\":\"not the one\",\"new_password\":\"a new password\"}");
        assert_problem(&wrong, 401, "bad-credentials");
        REPLY changed = call_as(s, here.access, "PUT", "/api/v1/auth/password",
                                "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"a new password\"}");
        assert_status(changed, 200);
        REPLY still = call_as(s, here.access, "GET", "/api/v1/auth/user", NULL);
        assert_status(still, 200);
        REPLY ended = call_as(s, there.access, "GET", "/api/v1/auth/user", NULL);
        assert_problem(&ended, 401, "token-invalid");
        REPLY refreshed = call_as(s, there.refresh, "POST", "/api/v1/auth/refresh", NULL);
        assert_problem(&refreshed, 401, "token-invalid");
        REPLY old = sign("change@example.org", PASSWORD);
        assert_problem(&old, 401, "bad-credentials");
        REPLY now = sign("change@example.org", "a new password");
        assert_status(now, 200);
}

static void account_without_a_password_has_none_to_change(void **state)
{
        (void)state;
        struct athlete kim;
        add_athlete(s, "Strava only", &kim);
        REPLY reply = call_as(s, kim.access, "PUT", "/api/v1/auth/password",
                              "{\"current_password\":\"" PASSWORD "\",\"new_password\":\"a new password\"}");
        assert_problem(&reply, 409, "conflict");
}

static void sign_in_hashes_anew_when_the_parameters_changed(void **state)
{
        (void)state;
        struct athlete kim;
        struct credential credential;
        struct sai_err err;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        sign_up("rehash@example.org", &kim);
        s->service.passwords.passes = 2;
        REPLY login = sign("rehash@example.org", PASSWORD);
        assert_status(login, 200);
        s->service.passwords.passes = 1;
        assert_int_equal(store_credential_get(s->service.store, kim.id, arena, &credential, &err), SAI_OK);
        assert_memory_equal(credential.password_hash, "$argon2id$v=19$m=8192,t=2,p=1$", 30);
        REPLY again = sign("rehash@example.org", PASSWORD);
        assert_status(again, 200);
}

/* -- Resetting -------------------------------------------------------------------------------------------------------------------- */

static void run_mails(void)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(8));
        struct sai_id nobody = { 0 };
        struct job *jobs, done;
        size_t count;
        struct sai_err err = { 0 };
        assert_int_equal(store_job_list(s->service.store, nobody, JOB_RESET_MAIL, JOB_QUEUED, nobody, 10, arena, &jobs, &count,
                                        &err),
                         SAI_OK);
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(jobs_run_until_done(s->service.jobs, nobody, jobs[i].id, NULL, NULL, arena, &done, &err),
                                 SAI_OK);
                assert_int_equal(done.status, JOB_DONE);
        }
}

static void read_mail(char text[4096])
{
        FILE *file = fopen(mailbox, "r");
        assert_non_null(file);
        size_t len = fread(text, 1, 4095, file);
        text[len] = '\0';
        fclose(file);
}

/* The token is the line between the two blank ones. */
static void mailed_token(char token[128])
{
        char text[4096];
        read_mail(text);
        const char *at = strstr(text, "within an hour:\r\n\r\n");
        assert_non_null(at);
        at += strlen("within an hour:\r\n\r\n");
        snprintf(token, 128, "%.*s", (int)strcspn(at, "\r\n"), at);
}

static struct reply set_password(const char *token, const char *password)
{
        char body[512];
        snprintf(body, sizeof body, "{\"token\":\"%s\",\"new_password\":\"%s\"}", token, password);
        return call(s, "PUT", RESET, NULL, body);
}

static void ask(const char *email)
{
        REPLY asked = post(RESET, "{\"email\":\"%s\"}", email);
        assert_status(asked, 202);
        run_mails();
}

static void mailed_token_sets_a_password_once_and_ends_every_session(void **state)
{
        (void)state;
        struct athlete kim;
        char token[128], text[4096];
        sign_up("forgot@example.org", &kim);
        ask("Forgot@example.org");
        read_mail(text);
        assert_non_null(strstr(text, "To: forgot@example.org\r\n"));
        assert_non_null(strstr(text, "From: no-reply@127.0.0.1\r\n"));
        mailed_token(token);
        char *log = log_text(s);
        assert_null(strstr(log, token));
        free(log);
        REPLY invalid = set_password(token, "short");
        assert_pointer(&invalid, "/new_password"); /* and the token lives */
        REPLY set = set_password(token, "a fresh password");
        assert_status(set, 200);
        REPLY ended = call_as(s, kim.access, "GET", "/api/v1/auth/user", NULL);
        assert_problem(&ended, 401, "token-invalid");
        REPLY login = sign("forgot@example.org", "a fresh password");
        assert_status(login, 200);
        REPLY twice = set_password(token, "another password");
        assert_problem(&twice, 400, "bad-state");
}

static void reset_token_lives_an_hour_and_no_longer_than_the_password(void **state)
{
        (void)state;
        struct athlete kim;
        char first[128], second[128], third[128];
        sign_up("mails@example.org", &kim);
        ask("mails@example.org");
        mailed_token(first);
        ask("mails@example.org");
        mailed_token(second);
        assert_string_not_equal(first, second);
        REPLY set = set_password(second, "a fresh password");
        assert_status(set, 200);
        REPLY stale = set_password(first, "of an old mail");
        assert_problem(&stale, 400, "bad-state");
        ask("mails@example.org");
        mailed_token(third);
        clock_advance(s, SAI_PASSWORD_RESET_LIFE_MS + 1);
        REPLY late = set_password(third, "much too late 1");
        assert_problem(&late, 400, "bad-state");
        static const char *const bad[] = { "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                REPLY wrong = set_password(bad[i], "made up by me 1");
                assert_problem(&wrong, 400, "bad-state");
        }
}

static void asking_tells_nobody_whether_an_address_is_known(void **state)
{
        (void)state;
        struct athlete kim;
        char before[4096], after[4096];
        sign_up("known@example.org", &kim);
        REPLY known = post(RESET, "{\"email\":\"known@example.org\"}");
        run_mails();
        read_mail(before);
        REPLY unknown = post(RESET, "{\"email\":\"unknown@example.org\"}");
        run_mails();
        read_mail(after);
        assert_status(known, 202);
        assert_status(unknown, 202);
        assert_string_equal(known.body, unknown.body);
        assert_string_equal(before, after); /* no mail went anywhere else */
        REPLY jobs = call_as(s, kim.access, "GET", "/api/v1/jobs", NULL);
        assert_int_equal(json_array_size(value_at(jobs.json, "items")), 0);
}

static void mails_to_one_address_are_bounded(void **state)
{
        (void)state;
        struct athlete kim;
        sign_up("bombed@example.org", &kim);
        for (int i = 0; i < SAI_MAX_RESETS_BY_ACCOUNT; i++)
                ask("bombed@example.org");
        REPLY over = post(RESET, "{\"email\":\"bombed@example.org\"}");
        assert_problem(&over, 429, "rate-limited");
}

/* -- The pages' session ------------------------------------------------------------------------------------------------------------- */

static struct reply login_page(const char *site, const char *cookie)
{
        const char *const headers[] = { "Sec-Fetch-Site", site, cookie ? "Cookie" : "X-None", cookie ? cookie : "1", NULL };
        return call(s, "POST", LOGIN, headers, "{\"email\":\"page@example.org\",\"password\":\"" PASSWORD "\",\"cookie\":true}");
}

static void sign_in_for_the_page_sets_a_new_cookie_and_gives_no_token(void **state)
{
        (void)state;
        struct athlete kim;
        char value[1024], cookie[256], second[256];
        sign_up("page@example.org", &kim);
        REPLY first = login_page("same-origin", NULL);
        assert_status(first, 200);
        assert_true(json_is_null(value_at(first.json, "access_token")));
        assert_true(json_is_null(value_at(first.json, "refresh_token")));
        snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(header_of(&first, "Set-Cookie", value), ";"), value);
        const char *const headers[] = { "Cookie", cookie, NULL };
        REPLY read = call(s, "GET", "/api/v1/users/profile", headers, NULL);
        assert_status(read, 200);
        /* Fixation: what the browser had before is another session, and it ends. */
        REPLY again = login_page("same-origin", cookie);
        assert_status(again, 200);
        snprintf(second, sizeof second, "%.*s", (int)strcspn(header_of(&again, "Set-Cookie", value), ";"), value);
        assert_string_not_equal(cookie, second);
        REPLY old = call(s, "GET", "/api/v1/users/profile", headers, NULL);
        assert_problem(&old, 401, "token-invalid");
}

static void another_site_cannot_sign_a_browser_in(void **state)
{
        (void)state;
        static const char *const sites[] = { "cross-site", "same-site", "none" };
        char value[1024];
        for (size_t i = 0; i < SAI_COUNT(sites); i++) {
                REPLY reply = login_page(sites[i], NULL);
                assert_problem(&reply, 403, "cross-site");
                assert_null(header_of(&reply, "Set-Cookie", value));
        }
        REPLY unsaid = post(LOGIN, "{\"email\":\"page@example.org\",\"password\":\"" PASSWORD "\",\"cookie\":true}");
        assert_problem(&unsaid, 403, "cross-site");
        /* A form of another site sends no JSON. */
        const char *const form[] = { "Content-Type", "text/plain", NULL };
        REPLY posted = call(s, "POST", LOGIN, form, "{\"email\":\"page@example.org\",\"password\":\"" PASSWORD "\"}");
        assert_status(posted, 415);
}

/* -- Switched off ------------------------------------------------------------------------------------------------------------------ */

static void it_is_off_unless_switched_on(void **state)
{
        (void)state;
        struct test_service *shared = s;
        s = service_start(&(struct test_options) { .no_strava = true });
        struct athlete kim;
        add_athlete(s, "Kim", &kim);
        REPLY up = post(REGISTER, "{\"email\":\"a@b.example\",\"password\":\"long enough 1\",\"name\":\"x\"}");
        assert_problem(&up, 403, "feature-off");
        REPLY in = sign("a@b.example", "long enough 1");
        assert_problem(&in, 403, "feature-off");
        REPLY asked = post(RESET, "{\"email\":\"a@b.example\"}");
        assert_problem(&asked, 403, "feature-off");
        REPLY set = set_password("x", "long enough 1");
        assert_problem(&set, 403, "feature-off");
        REPLY change = call_as(s, kim.access, "PUT", "/api/v1/auth/password",
                               "{\"current_password\":\"x\",\"new_password\":\"long enough 1\"}");
        assert_problem(&change, 403, "feature-off");
        service_stop(s);
        /* On, but without a way to send mail: that part says so. */
        s = service_start(&(struct test_options) { .no_strava = true, .extra = { "STRAVAAI_LOCAL_ACCOUNTS=on" } });
        REPLY no_mail = post(RESET, "{\"email\":\"a@b.example\"}");
        assert_problem(&no_mail, 403, "feature-off");
        assert_non_null(strstr(no_mail.body, "mail"));
        service_stop(s);
        s = shared;
}

/* Each test has the window of its own: they share one client. */
static int next_window(void **state)
{
        (void)state;
        clock_advance(s, SAI_THROTTLE_WINDOW_MS);
        return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, next_window)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(an_account_is_made_and_signed_in_to),
                TEST(one_address_is_one_account),
                TEST(all_that_is_wrong_has_one_answer),
                TEST(bodies_are_checked_member_by_member),
                TEST(passwords_are_in_no_row_answer_or_log),
                TEST(tries_of_one_account_are_counted_wherever_they_come_from),
                TEST(right_sign_in_takes_back_what_was_counted),
                TEST(tries_of_one_client_are_counted_whatever_they_name),
                TEST(full_pool_answers_503_and_waits_for_nobody),
                TEST(places_leave_half_of_the_workers_free),
                TEST(changing_the_password_ends_all_other_sessions),
                TEST(account_without_a_password_has_none_to_change),
                TEST(sign_in_hashes_anew_when_the_parameters_changed),
                TEST(mailed_token_sets_a_password_once_and_ends_every_session),
                TEST(reset_token_lives_an_hour_and_no_longer_than_the_password),
                TEST(asking_tells_nobody_whether_an_address_is_known),
                TEST(mails_to_one_address_are_bounded),
                TEST(sign_in_for_the_page_sets_a_new_cookie_and_gives_no_token),
                TEST(another_site_cannot_sign_a_browser_in),
                TEST(it_is_off_unless_switched_on),
        };
        int failed = SERVICE_RUN("local accounts", tests, start, stop);
        report_coverage("test_auth_local");
        return failed;
}
