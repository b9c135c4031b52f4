/*
 * The small PKI of broken.h whose leaf L and issuer I name where their issuers are published: at a
 * CA's web server on loopback.
 *
 *   struct published ca = {0};
 *   published_open(&ca);
 *   struct ks_store *s = broken_store(&ks_format_jks, "L");
 *   ... ca.url ...
 *   published_close(&ca);
 */
#ifndef KSX_TEST_PUBLISHED_H
#define KSX_TEST_PUBLISHED_H

#include "broken.h"
#include "shelf.h"

struct published {
    struct shelf shelf;
    struct loopback *server;
    char url[64]; /* "http://127.0.0.1:40123" */
};

static inline struct ks_blob *published_cert(struct make_cert *m, const char *url)
{
    char access[256];
    (void)snprintf(access, sizeof access, "caIssuers;URI:%s", url);
    m->access = access;
    return make_cert(m);
}

/* L again, whose issuer is somewhere else. */
static inline void published_leaf(const char *url)
{
    ks_blob_unref(broken_known['L']);
    broken_known['L'] = published_cert(
        &(struct make_cert){.cn = "leaf", .san = "DNS:leaf.example", .issuer = "I", .serial = 10},
        url);
}

/* At a path of the server. */
static inline void published_leaf_at(const struct published *ca, const char *path)
{
    char url[128];
    (void)snprintf(url, sizeof url, "%s%s", ca->url, path);
    published_leaf(url);
}

static inline void published_open(struct published *ca)
{
    char url[96];
    *ca = (struct published){0};
    ca->server = shelf_start(&ca->shelf);
    (void)snprintf(ca->url, sizeof ca->url, "http://127.0.0.1:%u",
                   (unsigned)loopback_port(ca->server));
    broken_forget();
    (void)snprintf(url, sizeof url, "%s/R.crt", ca->url);
    broken_known['I'] =
        published_cert(&(struct make_cert){.cn = "I", .issuer = "R", .ca = true}, url);
    published_leaf_at(ca, "/I.crt");
    ks_buf_slice(shelf_put(&ca->shelf, "/I.crt"), ks_blob_slice(broken_cert('I')));
    ks_buf_slice(shelf_put(&ca->shelf, "/R.crt"), ks_blob_slice(broken_cert('R')));
}

static inline void published_close(struct published *ca)
{
    if (ca->server)
        loopback_stop(ca->server);
    shelf_clear(&ca->shelf);
    broken_forget();
    ca->server = NULL;
}

#endif
