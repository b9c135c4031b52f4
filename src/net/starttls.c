#include "net/starttls.h"

#include "net/talk.h"

#include <string.h>

static const struct {
    const char *name;
    enum ks_code (*speak)(struct ks_talk *t);
} protocols[KS_STARTTLS_COUNT] = {
    [KS_STARTTLS_SMTP] = {"SMTP", ks_prelude_smtp},
    [KS_STARTTLS_IMAP] = {"IMAP", ks_prelude_imap},
    [KS_STARTTLS_POP3] = {"POP3", ks_prelude_pop3},
    [KS_STARTTLS_FTP] = {"FTP", ks_prelude_ftp},
    [KS_STARTTLS_LDAP] = {"LDAP", ks_prelude_ldap},
    [KS_STARTTLS_XMPP] = {"XMPP", ks_prelude_xmpp},
    [KS_STARTTLS_POSTGRES] = {"PostgreSQL", ks_prelude_postgres},
    [KS_STARTTLS_MYSQL] = {"MySQL", ks_prelude_mysql},
};

/* What somebody between us and the server has put behind its consent would be taken for something
 * said under TLS (CVE-2021-23222 and its like). XML may be followed by blank space. */
static enum ks_code nothing_left(struct ks_talk *t)
{
    struct ks_slice left = ks_slice_part(ks_slice(t->in.data, t->in.len), t->at, t->in.len - t->at);

    for (size_t i = 0; i < left.len; i++)
        if (!left.data[i] || !strchr(" \t\r\n", left.data[i]))
            return ks_talk_refused(t, left, "went on in clear after it had agreed to TLS");
    return KS_OK;
}

enum ks_code ks_starttls_begin(struct ks_wire *wire, enum ks_starttls protocol, const char *host,
                               struct ks_error *err)
{
    struct ks_error own;

    if (protocol <= KS_TLS_AT_ONCE || protocol >= KS_STARTTLS_COUNT)
        return KS_OK;
    struct ks_talk t = {.wire = wire,
                        .protocol = protocols[protocol].name,
                        .host = host ? host : "",
                        .err = err ? err : &own};
    enum ks_code rc = protocols[protocol].speak(&t);
    if (rc == KS_OK)
        rc = nothing_left(&t);
    ks_buf_free(&t.in);
    return rc;
}
