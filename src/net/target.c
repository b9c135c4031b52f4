#include "net/target.h"

#include "net/place.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *word, *other;
    uint16_t port;
} protocols[KS_STARTTLS_COUNT] = {
    [KS_TLS_AT_ONCE] = {"none", NULL, 443},
    [KS_STARTTLS_SMTP] = {"smtp", NULL, 587},
    [KS_STARTTLS_IMAP] = {"imap", NULL, 143},
    [KS_STARTTLS_POP3] = {"pop3", NULL, 110},
    [KS_STARTTLS_FTP] = {"ftp", NULL, 21},
    [KS_STARTTLS_LDAP] = {"ldap", NULL, 389},
    [KS_STARTTLS_XMPP] = {"xmpp", NULL, 5222},
    [KS_STARTTLS_POSTGRES] = {"postgres", "postgresql", 5432},
    [KS_STARTTLS_MYSQL] = {"mysql", NULL, 3306},
};

/* Ports that are used besides: 25 between mail servers, 3268 the global catalogue of Active
 * Directory. */
static const struct {
    uint16_t port;
    enum ks_starttls protocol;
} customs[] = {{25, KS_STARTTLS_SMTP}, {3268, KS_STARTTLS_LDAP}};

/* With TLS from the first byte on. */
static const struct {
    const char *scheme;
    uint16_t port;
} secured[] = {{"https", 443}, {"ldaps", 636}, {"smtps", 465}, {"imaps", 993},
               {"pop3s", 995}, {"ftps", 990},  {"xmpps", 5223}};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *ks_starttls_word(enum ks_starttls protocol)
{
    return protocols[protocol].word;
}

bool ks_starttls_by_word(const char *word, enum ks_starttls *out)
{
    for (size_t i = 0; i < COUNT(protocols); i++) {
        if (strcasecmp(word, protocols[i].word) != 0 &&
            (!protocols[i].other || strcasecmp(word, protocols[i].other) != 0))
            continue;
        *out = (enum ks_starttls)i;
        return true;
    }
    return false;
}

uint16_t ks_starttls_port(enum ks_starttls protocol)
{
    return protocols[protocol].port;
}

enum ks_starttls ks_starttls_of_port(uint16_t port)
{
    for (size_t i = 0; i < COUNT(protocols); i++)
        if (protocols[i].port == port)
            return (enum ks_starttls)i;
    for (size_t i = 0; i < COUNT(customs); i++)
        if (customs[i].port == port)
            return customs[i].protocol;
    return KS_TLS_AT_ONCE;
}

/* ---- parsing ---- */

/* A part in front of an '@' may be a password, which no error repeats. */
static enum ks_code refuse(struct ks_error *err, const char *text, const char *why)
{
    if (strchr(text, '@'))
        ks_fail(err, KS_ERR_USAGE, "bad-target", "that is no server: %s", why);
    else
        ks_fail(err, KS_ERR_USAGE, "bad-target", "'%.200s' is no server: %s", text, why);
    return ks_fail_next(err, KS_ERR_USAGE,
                        "write it as ldap.example.com:636, [2001:db8::7]:443 or "
                        "https://example.com");
}

static bool by_scheme(const struct ks_place *place, struct ks_target *out)
{
    char word[16];
    uint16_t port = 0;

    for (size_t i = 0; i < COUNT(secured) && !port; i++)
        if (ks_place_scheme_is(place, secured[i].scheme))
            port = secured[i].port;
    (void)snprintf(word, sizeof word, "%.*s", (int)place->scheme.len,
                   (const char *)place->scheme.data);
    if (!port && place->scheme.len < sizeof word && strcasecmp(word, "none") != 0 &&
        ks_starttls_by_word(word, &out->protocol))
        port = protocols[out->protocol].port;
    out->port = port;
    out->protocol_given = true;
    return port != 0;
}

static const char *check_user(const struct ks_place *place)
{
    if (!place->user.data)
        return NULL;
    if (place->scheme.len == 0)
        return "there is an '@' in it";
    return place->user.len && memchr(place->user.data, ':', place->user.len)
               ? "a password does not belong here"
               : NULL;
}

static const char *parse(const char *text, struct ks_target *out)
{
    struct ks_place place;
    const char *why = ks_place_parse(text, &place);

    if (!why)
        why = check_user(&place);
    if (why)
        return why;
    if (ks_place_scheme_is(&place, "http"))
        return "plain http has no certificates";
    if (place.scheme.len && !by_scheme(&place, out))
        return "its scheme is none of https, ldaps, smtps, imaps, pop3s, ftps, xmpps, smtp, imap, "
               "pop3, ftp, ldap, xmpp, postgres, mysql";
    if (place.port || !place.scheme.len)
        out->port = place.port ? place.port : ks_starttls_port(KS_TLS_AT_ONCE);
    if (!place.scheme.len)
        out->protocol = ks_starttls_of_port(out->port);
    memcpy(out->host, place.host, sizeof out->host);
    return NULL;
}

enum ks_code ks_target_parse(const char *text, struct ks_target *out, struct ks_error *err)
{
    *out = (struct ks_target){.protocol = KS_TLS_AT_ONCE};
    const char *why = text[0] ? parse(text, out) : "no host name";
    return why ? refuse(err, text, why) : KS_OK;
}

char *ks_target_text(const struct ks_target *target, char out[static KS_TARGET_TEXT])
{
    struct ks_buf text = KS_BUF_INIT;

    ks_place_text(target->host, target->port, &text);
    (void)snprintf(out, KS_TARGET_TEXT, "%s", ks_buf_text(&text));
    ks_buf_free(&text);
    return out;
}
