/*
 * libcurl, loaded when it is first needed, and a transfer with it: one connection, one deadline,
 * one job. Internal to net.
 *
 *   struct ks_transfer t = {.server = "ldap.example.com:636", .until = &until};
 *   if (ks_transfer_begin(&t, err) == KS_OK) { ...setopt...; rc = ks_transfer_run(&t, err); }
 *   ks_transfer_end(&t);
 */
#ifndef KSX_NET_CURL_H
#define KSX_NET_CURL_H

#include "net/deadline.h"
#include "net/dial.h"

#define CURL_DISABLE_TYPECHECK /* its macros have no place in a table of functions */
#include <curl/curl.h>

/* ---- the library ---- */

struct ks_curl {
    CURL *(*easy_init)(void);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    void (*easy_cleanup)(CURL *);
    const char *(*words)(CURLcode);
    struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
    void (*slist_free_all)(struct curl_slist *);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_add)(CURLM *, CURL *);
    CURLMcode (*multi_remove)(CURLM *, CURL *);
    CURLMcode (*multi_perform)(CURLM *, int *);
    CURLMcode (*multi_poll)(CURLM *, struct curl_waitfd *, unsigned, int, int *);
    CURLMsg *(*multi_info_read)(CURLM *, int *);
    CURLMcode (*multi_cleanup)(CURLM *);
    CURLcode (*global_init_mem)(long, curl_malloc_callback, curl_free_callback,
                                curl_realloc_callback, curl_strdup_callback, curl_calloc_callback);
    curl_version_info_data *(*version_info)(CURLversion);
};
/* NULL where there is none; ks_network_words() says why. */
const struct ks_curl *ks_curl(void);

/* ---- a transfer ---- */

/* What the other side, or the proxy, said in its headers. */
struct ks_said {
    char line[128];       /* the first one: "HTTP/1.1 403 Filtered" */
    char challenges[128]; /* the schemes of Proxy-Authenticate: "Basic, NTLM" */
    bool basic;           /* one of them is */
    size_t bytes;         /* of all headers so far */
    bool too_much;        /* of them: the transfer was given up */
};

struct ks_transfer {
    /* The caller's. */
    const char *server;           /* "ldap.example.com:636", for messages */
    const struct ks_proxy *proxy; /* NULL: none */
    const struct ks_deadline *until;
    enum ks_family family;
    unsigned connect_seconds; /* of all; 0: as long as the rest */
    bool public_only;         /* no connection to an address of a private network, and none that
                                 only this host looked up through a proxy of SOCKS */
    /* The transfer's. */
    const struct ks_curl *curl;
    CURL *easy;
    CURLM *multi;
    CURLcode ended;
    struct ks_said said;
    char address[64]; /* the last one that was tried */
    char tried[256];  /* all of them, with commas between them, as far as there is room */
    char refused[64]; /* a private one that was not */
};
/* With the options that every transfer has: nothing from the environment or files, no signals, no
 * wait for a name server when it is given up, the proxy. KS_ERR_UNSUPPORTED without a library. */
KS_CHECK enum ks_code ks_transfer_begin(struct ks_transfer *t, struct ks_error *err);
/* KS_OK: it came to its end, and t->ended says which. Else cancelled, or late, and err is filled.
 */
KS_CHECK enum ks_code ks_transfer_run(struct ks_transfer *t, struct ks_error *err);
void ks_transfer_end(struct ks_transfer *t);
/* The errors of dial.h for one that ended otherwise than with CURLE_OK. */
enum ks_code ks_transfer_fail(const struct ks_transfer *t, struct ks_error *err);
/* Its headers were given up, being too many or too long: ks_transfer_fail() says so. */
bool ks_transfer_flooded(const struct ks_transfer *t);
/* The deadline was reached, in words that say what was waited for. */
enum ks_code ks_transfer_fail_late(const struct ks_transfer *t, struct ks_error *err);
/* The proxy wants to know who asks. */
enum ks_code ks_transfer_fail_auth(const struct ks_transfer *t, struct ks_error *err);

#endif
