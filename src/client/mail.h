/* mail.h -- sending a short text to one address, by a command of the operator's or by SMTP.
 *
 * The command is started with the words of MAIL_COMMAND as its arguments, without a shell, and gets the whole message on standard input: what
 * `sendmail -t` expects. SMTP goes through libcurl; without TLS from the start (smtp:) the connection is upgraded, and only to this machine
 * may it stay in the clear. Nothing of a message is logged. The process must ignore SIGPIPE: a command may end before it has read. Blocks for as long as SAI_MAIL_TIMEOUT_MS: from jobs only. */
#ifndef SAI_CLIENT_MAIL_H
#define SAI_CLIENT_MAIL_H

#include "base/clock.h"
#include "base/status.h"

struct mail {
        const char *command; /* words, separated by blanks; "" none */
        const char *url; /* smtp://user:password@host:port, smtps://…; "" none */
        const char *from;
        struct sai_clock clock;
};

/* `to` has been checked to be an address; `subject` and `text` are ours, with line ends of \n. SAI_UNAVAILABLE when it could not be handed over. */
sai_status mail_send(const struct mail *mail, const char *to, const char *subject, const char *text,
                     struct sai_err *err) SAI_MUST_USE;

#endif
