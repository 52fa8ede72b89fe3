/* oauth_page.c -- the consent page: grant, trim, or refuse. Plain HTML without scripts; every value from outside is escaped. */
#include "sim/oauth.h"

enum { LISTED_ATHLETES = 50 };

static void html(struct sai_buf *buf, const char *text)
{
        for (; *text; text++) {
                switch (*text) {
                case '&':
                        sai_buf_text(buf, "&amp;");
                        break;
                case '<':
                        sai_buf_text(buf, "&lt;");
                        break;
                case '>':
                        sai_buf_text(buf, "&gt;");
                        break;
                case '"':
                        sai_buf_text(buf, "&quot;");
                        break;
                default:
                        sai_buf_char(buf, *text);
                }
        }
}

static void hidden(struct sai_buf *buf, const char *name, const char *value)
{
        sai_buf_printf(buf, "<input type=\"hidden\" name=\"%s\" value=\"", name);
        html(buf, value);
        sai_buf_text(buf, "\">\n");
}

static void scope_boxes(struct sai_buf *buf, uint32_t scopes)
{
        for (size_t i = 0; i < SAI_COUNT(scope_names); i++) {
                if (!(scopes & scope_names[i].bit))
                        continue;
                sai_buf_printf(buf,
                               "<p><label><input type=\"checkbox\" name=\"grant\" value=\"%s\" checked> %s "
                               "(<code>%s</code>)</label></p>\n",
                               scope_names[i].name, scope_names[i].doc, scope_names[i].name);
        }
}

static void athlete_choice(struct sai_buf *buf, const struct sim *sim, int chosen)
{
        sai_buf_text(buf, "<p><label>Athlete <select name=\"athlete\">\n");
        for (size_t i = 0; i < sim->athlete_count; i++) {
                const struct persona *p = &sim->athletes[i].persona;
                if (i >= LISTED_ATHLETES && (int)i + 1 != chosen)
                        continue;
                sai_buf_printf(buf, "<option value=\"%zu\"%s>%s %s</option>\n", i + 1, (int)i + 1 == chosen ? " selected" : "",
                               sim->athletes[i].recorded ? "Recorded" : p->first_name,
                               sim->athletes[i].recorded ? "Athlete" : p->last_name);
        }
        sai_buf_text(buf, "</select></label></p>\n");
}

sai_status oauth_page_write(struct api_call *call, const struct consent *consent, struct sai_err *err)
{
        struct sai_buf *buf = &call->reply->body;
        struct sai_buf scopes;
        sai_buf_init(&scopes, SAI_KIB(1));
        scope_format(consent->scopes, &scopes);
        sai_buf_text(buf, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                          "<meta name=\"viewport\" content=\"width=device-width\"><title>Authorize</title>"
                          "<style>body{font:16px/1.5 sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}"
                          "button{font:inherit;padding:.5rem 1.2rem;margin-right:.5rem}</style></head><body>\n"
                          "<h1>Authorize application ");
        html(buf, consent->client);
        sai_buf_text(buf, "</h1>\n<p>This is strava-sim, a simulator. The application will be able to see:</p>\n"
                          "<form method=\"post\" action=\"/oauth/authorize\">\n");
        hidden(buf, "client_id", consent->client);
        hidden(buf, "redirect_uri", consent->redirect);
        hidden(buf, "response_type", "code");
        hidden(buf, "scope", scopes.data ? scopes.data : "");
        hidden(buf, "state", consent->state);
        scope_boxes(buf, consent->scopes);
        athlete_choice(buf, call->sim, consent->athlete);
        sai_buf_text(buf, "<p><button name=\"decision\" value=\"authorize\">Authorize</button>"
                          "<button name=\"decision\" value=\"refuse\">Cancel</button></p>\n</form></body></html>\n");
        sai_buf_done(&scopes);
        call->reply->content_type = "text/html; charset=utf-8";
        call->reply->status = 200;
        return sai_buf_status(buf, err);
}
