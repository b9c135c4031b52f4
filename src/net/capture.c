#include "net/capture_internal.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "chain/issuer.h"
#include "chain/served.h"
#include "file/open.h"
#include "net/starttls.h"
#include "x509/host.h"

#include <stdlib.h>
#include <string.h>

void ks_capture_drop(struct ks_capture *c)
{
    free(c->address);
    free(c->via);
    free(c->sni);
    free(c->protocol);
    free(c->cipher);
    free(c->group);
    free(c->signature);
    free(c->alpn);
    free(c->alert);
    free(c->failed);
    ks_store_free(c->store);
    free(c->ca_names);
    free(c->cas);
    free(c->key_types);
    ks_buf_free(&c->stapled);
    *c = (struct ks_capture){0};
}

/* RFC 6066 3: names alone, no addresses, and without the final dot. */
static char *name_to_ask_for(const struct ks_capture_ask *ask)
{
    const char *name = ask->sni ? ask->sni : ask->target.host;
    size_t len = strlen(name);

    if (len > 0 && name[len - 1] == '.')
        len--;
    if (len == 0 || (!ask->sni && ks_host_is_address(name, len)))
        return NULL;
    return ks_strndup(name, len);
}

static char *via_of(const struct ks_proxy *proxy)
{
    struct ks_buf text = KS_BUF_INIT;

    if (!proxy || proxy->kind == KS_PROXY_NONE)
        return NULL;
    ks_proxy_text(proxy, &text);
    return ks_buf_steal(&text);
}

/* The PEM reader takes what is no certificate as well, and says so. */
void ks_capture_store(struct ks_capture *out, const struct ks_buf *pem)
{
    char name[KS_TARGET_TEXT];
    struct ks_error ignored;

    if (pem->len > 0 &&
        ks_open_bytes(ks_target_text(&out->target, name), ks_slice(pem->data, pem->len), NULL, NULL,
                      &out->store, &ignored) != KS_OK)
        out->store = NULL;
}

enum ks_code ks_capture_on(struct ks_wire *wire, const struct ks_capture_ask *ask,
                           struct ks_capture *out, struct ks_error *err)
{
    struct ks_buf pem = KS_BUF_INIT;

    *out = (struct ks_capture){.target = ask->target,
                               .address = ks_strdup(ks_wire_address(wire)),
                               .via = via_of(ask->dialing.proxy),
                               .sni = name_to_ask_for(ask),
                               .at = ks_now()};
    /* XMPP asks for a domain, which may be at any host */
    bool domain = ask->target.protocol == KS_STARTTLS_XMPP && out->sni;
    enum ks_code rc =
        ks_starttls_begin(wire, ask->target.protocol, domain ? out->sni : ask->target.host, err);
    if (rc == KS_OK)
        rc = ks_capture_shake(wire, ask, out, &pem, err);
    ks_wire_close(wire);
    if (rc == KS_OK)
        ks_capture_store(out, &pem);
    else
        ks_capture_drop(out);
    ks_buf_free(&pem);
    return rc;
}

enum ks_code ks_capture(const struct ks_capture_ask *ask, struct ks_job *job,
                        struct ks_capture *out, struct ks_error *err)
{
    struct ks_wire *wire = NULL;
    enum ks_code rc = ks_dial(&ask->target, &ask->dialing, job, &wire, err);

    *out = (struct ks_capture){0};
    return rc == KS_OK ? ks_capture_on(wire, ask, out, err) : rc;
}

const struct ks_cert **ks_capture_chain(const struct ks_capture *c, size_t *count)
{
    const struct ks_cert **chain = c->store ? ks_served(c->store, count) : NULL;

    if (!chain) {
        *count = 0;
        chain = ks_alloc(sizeof *chain);
    }
    return chain;
}

bool ks_capture_takes(const struct ks_capture *c, const struct ks_cert *const *chain, size_t count)
{
    return c->ca_count == 0 || ks_issuer_accepted(c->cas, c->ca_count, chain, count);
}
