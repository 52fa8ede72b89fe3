/* mail.c -- see mail.h. */
#include "client/mail.h"

#include "base/buf.h"
#include "base/calendar.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { MAX_WORDS = 32, MESSAGE_MAX = 16384, POLL_MS = 20 };

/* -- The message -------------------------------------------------------------------------------------------------------- */

/* RFC 5322 with lines that end as mail's do. The date is ours, so that a command that adds none gives a whole message. */
static void write_message(struct sai_buf *buf, const struct mail *mail, const char *to, const char *subject, const char *text)
{
        char date[64];
        struct tm tm;
        time_t now = (time_t)(sai_now_ms(&mail->clock) / 1000);
        gmtime_r(&now, &tm);
        if (strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm) == 0)
                date[0] = '\0';
        sai_buf_printf(buf,
                       "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
                       "charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\nAuto-Submitted: auto-generated\r\n\r\n",
                       mail->from, to, subject, date);
        for (const char *c = text; *c; c++) {
                if (*c == '\n')
                        sai_buf_char(buf, '\r');
                sai_buf_char(buf, *c);
        }
}

/* -- By a command ----------------------------------------------------------------------------------------------------------- */

/* Splits a copy at blanks; false when there are too many words, or none. */
static bool split_words(char *copy, char *words[MAX_WORDS + 1])
{
        size_t count = 0;
        char *save = NULL;
        for (char *word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
                if (count == MAX_WORDS)
                        return false;
                words[count++] = word;
        }
        words[count] = NULL;
        return count > 0;
}

/* The child's standard input is the pipe's reading end; the writing end is ours alone. Its output goes nowhere: the log is not its place. */
static bool start_command(char *const words[], int input, pid_t *ret_pid)
{
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none, defaults;
        sigemptyset(&none);
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGPIPE);
        if (posix_spawn_file_actions_init(&actions) != 0)
                return false;
        if (posix_spawnattr_init(&attributes) != 0) {
                posix_spawn_file_actions_destroy(&actions);
                return false;
        }
        bool good = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) == 0 &&
                    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
                    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
                    posix_spawnattr_setsigmask(&attributes, &none) == 0 &&
                    posix_spawnattr_setsigdefault(&attributes, &defaults) == 0 &&
                    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0 &&
                    posix_spawnp(ret_pid, words[0], &actions, &attributes, words, environ) == 0;
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
        return good;
}

/* Writes all of it unless the reader goes away or the time is over; a reader that wants no more of it may still end well. */
static void feed(int output, const char *data, size_t len, const struct mail *mail, int64_t deadline)
{
        while (len > 0) {
                int64_t left = deadline - sai_monotonic_ms(&mail->clock);
                struct pollfd ready = { .fd = output, .events = POLLOUT };
                if (left <= 0 || poll(&ready, 1, (int)left) <= 0 || !(ready.revents & POLLOUT))
                        return;
                ssize_t written = write(output, data, len);
                if (written < 0 && errno != EAGAIN && errno != EINTR)
                        return;
                if (written > 0) {
                        data += written;
                        len -= (size_t)written;
                }
        }
}

static bool wait_for(pid_t pid, const struct mail *mail, int64_t deadline)
{
        int status = 0;
        struct timespec pause = { 0, POLL_MS * 1000000L };
        for (;;) {
                pid_t ended = waitpid(pid, &status, WNOHANG);
                if (ended == pid)
                        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
                if (ended < 0 && errno != EINTR)
                        return false;
                if (sai_monotonic_ms(&mail->clock) > deadline)
                        break;
                nanosleep(&pause, NULL);
        }
        kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        return false;
}

static sai_status send_by_command(const struct mail *mail, const struct sai_buf *message, struct sai_err *err)
{
        char copy[SAI_MAX_MAIL_COMMAND + 1], *words[MAX_WORDS + 1];
        int ends[2];
        pid_t pid;
        snprintf(copy, sizeof copy, "%s", mail->command);
        if (!split_words(copy, words))
                return sai_fail(err, SAI_UNAVAILABLE, "MAIL_COMMAND is no command of at most %d words", MAX_WORDS);
        if (pipe2(ends, O_CLOEXEC) != 0)
                return sai_fail(err, SAI_UNAVAILABLE, "the mail command cannot be given its message");
        bool started = fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 && start_command(words, ends[0], &pid);
        int64_t deadline = sai_monotonic_ms(&mail->clock) + SAI_MAIL_TIMEOUT_MS;
        close(ends[0]);
        if (started)
                feed(ends[1], message->data, message->len, mail, deadline);
        close(ends[1]);
        if (!started)
                return sai_fail(err, SAI_UNAVAILABLE, "the mail command cannot be started");
        return wait_for(pid, mail, deadline) ? SAI_OK : sai_fail(err, SAI_UNAVAILABLE, "the mail command failed");
}

/* -- By SMTP ---------------------------------------------------------------------------------------------------------------- */

struct source {
        const char *data;
        size_t len;
};
static size_t give(char *buffer, size_t size, size_t items, void *context)
{
        struct source *source = context;
        size_t len = size * items < source->len ? size * items : source->len;
        memcpy(buffer, source->data, len);
        source->data += len;
        source->len -= len;
        return len;
}

static bool is_this_machine(const char *url)
{
        bool here = false;
        char *host = NULL;
        CURLU *parts = curl_url();
        if (parts && curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
            curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
                here = strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0;
        curl_free(host);
        curl_url_cleanup(parts);
        return here;
}

static sai_status send_by_smtp(const struct mail *mail, const char *to, const struct sai_buf *message, struct sai_err *err)
{
        struct source source = { message->data, message->len };
        struct curl_slist *recipients = curl_slist_append(NULL, to);
        CURL *easy = curl_easy_init();
        sai_status status = SAI_OK;
        if (!easy || !recipients) {
                status = sai_fail(err, SAI_NO_MEMORY, "mail");
        } else {
                curl_easy_setopt(easy, CURLOPT_URL, mail->url);
                curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
                curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)(is_this_machine(mail->url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
                curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
                curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail->from);
                curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, recipients);
                curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
                curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
                curl_easy_setopt(easy, CURLOPT_READDATA, &source);
                curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
                curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)SAI_MAIL_TIMEOUT_MS);
                CURLcode code = curl_easy_perform(easy);
                if (code != CURLE_OK)
                        status = sai_fail(err, SAI_UNAVAILABLE, "the mail server did not take the message: %s",
                                          curl_easy_strerror(code));
        }
        curl_slist_free_all(recipients);
        if (easy)
                curl_easy_cleanup(easy);
        return status;
}

sai_status mail_send(const struct mail *mail, const char *to, const char *subject, const char *text, struct sai_err *err)
{
        struct sai_buf message;
        sai_buf_init(&message, MESSAGE_MAX);
        write_message(&message, mail, to, subject, text);
        sai_status status = sai_buf_status(&message, err);
        if (status == SAI_OK)
                status = mail->command[0] ? send_by_command(mail, &message, err) : send_by_smtp(mail, to, &message, err);
        if (message.data)
                explicit_bzero(message.data, message.len);
        sai_buf_done(&message);
        return status;
}
