/*
 * The inside of the capture wizard: what was asked for, what came, and what the truststores of this
 * host make of it. capturing.c works on a thread of its own; capture_words.c tells it.
 */
#ifndef KSX_TUI_CAPTURING_H
#define KSX_TUI_CAPTURING_H

#include "doctor/sources.h"
#include "net/capture.h"
#include "op/outbound.h"
#include "tui/importing.h"

#define JUDGES_MAX 16
#define CLIENTS_MAX 64

/* A truststore, and what it makes of the chain. */
struct judge {
    char *name;
    const struct ks_store *store;
    const struct edit_target *target; /* NULL: it is not open here */
    struct ks_outbound outcome;
};

struct capturing {
    struct app *app;
    struct edit_target target;  /* where the wizard was begun */
    struct other_stores stores; /* all that are open */

    /* what was typed */
    struct ks_target server;
    char *sni; /* NULL: none */
    struct ks_proxy proxy;
    bool compare; /* look without the proxy as well */
    unsigned seconds;
    const struct ks_store *client_store; /* NULL: no client certificate */
    const struct ks_entry *client;

    /* the worker's */
    bool captured;
    struct ks_capture capture;
    bool compared; /* both ways gave a certificate */
    char *between; /* ks_outbound_compare() */
    char *direct_failed;
    struct ks_sources sources;
    struct ks_pool *pool;
    struct ks_doctor *doctor;
    struct ks_store *served; /* ks_outbound_served(): what is diagnosed */
    struct ks_diagnosis found;
    struct ks_status stapled; /* zeroed: no answer came, or it cannot be judged */
    struct judge judges[JUDGES_MAX];
    size_t judge_count, first; /* `first`: the one that is asked about first */
};

void capturing_forget(struct capturing *c); /* what the worker found */
void capturing_drop(struct capturing *c);
/* The name that a client would compare with the certificate; NULL: an empty one was asked for. */
const char *capturing_name(const struct capturing *c);
KS_CHECK enum ks_code capturing_work(struct capturing *c, struct wizard_keys *keys,
                                     struct ks_job *job, struct ks_error *err);
/* The cacerts that a copy can be made of; NULL: this host has none. */
const struct ks_store *capturing_cacerts(const struct capturing *c);

/* ---- words ---- */
/* In a few lines: protocol, name, who was asked, what the server wants. Appended. */
void capture_came(const struct capturing *c, struct ks_buf *out);
/* The chain, a line a certificate, with what was not sent. Appended. */
void capture_chain(const struct capturing *c, struct ks_buf *out);
/* The findings: the titles of the worst, or all of them with their evidence. Appended. */
void capture_found(const struct capturing *c, bool in_full, struct ks_buf *out);
/* Everything. Appended. */
void capture_in_full(const struct capturing *c, struct ks_buf *out);
/* A row to tick and what stands under it; the caller's. */
char *capture_row(const struct ks_outbound_row *row);
char *capture_row_note(const struct ks_outbound_row *row, const struct ks_store *trust, bool more);

#endif
