/*
 * Rules about the chain of a key entry as a whole. Without facts they go by names and key ids, as
 * stored; with facts by the signatures that were verified.
 */
#include "chain/rules.h"

#include "base/text.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <string.h>

#define JAVA_CHAIN_MAX 10 /* jdk.tls.maxCertificateChainLength; javax.net.ssl of JDK 17 */

static const struct ks_chain_look *look_of(const struct ks_look *l)
{
    return l->facts ? l->facts->look : NULL;
}

/* PKCS#12 stores no chains: readers put them together. */
static bool is_pkcs12(const struct ks_look *l)
{
    return l->store->type && strncmp(l->store->type, "PKCS12", 6) == 0;
}

static bool is_pem(const struct ks_look *l)
{
    return l->store->type && strcmp(l->store->type, "PEM") == 0;
}

static bool has_chain(const struct ks_look *l)
{
    return l->chain.present > 0 && (!l->facts || look_of(l));
}

static const struct ks_cert *on_walk(const struct ks_chain_look *x, size_t i)
{
    return x->stored[x->walk[i]];
}

static const struct ks_cert *walk_end(const struct ks_chain_look *x)
{
    return on_walk(x, x->walk_len - 1);
}

/* Where a stored certificate is in the entry's chain; -1: elsewhere in the file. */
static int place_of(const struct ks_look *l, size_t stored)
{
    uintptr_t at = (uintptr_t)look_of(l)->stored[stored], from = (uintptr_t)l->entry->chain;

    if (at < from || at >= from + l->entry->chain_len * sizeof *l->entry->chain)
        return -1;
    return (int)((at - from) / sizeof *l->entry->chain);
}

/* What is sent: of a PEM file all of it, in its order. */
static size_t sent_count(const struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);
    size_t own = l->entry->chain_len;

    return x && !is_pkcs12(l) && x->stored_count > own ? x->stored_count : own;
}

static const struct ks_cert *sent(const struct ks_look *l, size_t i)
{
    const struct ks_chain_look *x = look_of(l);

    return x && !is_pkcs12(l) ? x->stored[i] : &l->entry->chain[i];
}

/* ---- evidence ---- */

static void put_name(const struct ks_cert *c, struct ks_buf *out)
{
    ks_buf_str(out, "'");
    ks_name_label(ks_cert_part(c, c->subject), out);
    ks_buf_str(out, "'");
}

static void put_id(struct ks_slice id, struct ks_buf *out)
{
    ks_text_hex(ks_slice_part(id, 0, 4), ':', true, out);
    ks_buf_str(out, id.len > 4 ? ks_text_sign(KS_SIGN_CUT) : "");
}

/* The certificate's own or, without the extension, the usual one of its key. */
static void put_subject_id(const struct ks_cert *c, struct ks_buf *out)
{
    uint8_t id[20];

    if (c->ski.len) {
        put_id(ks_cert_part(c, c->ski), out);
        return;
    }
    ks_spki_key_id(ks_cert_part(c, c->spki), id);
    put_id(ks_slice(id, sizeof id), out);
}

/* "'Issuing CA 3' (key id 9F:2C:07:11…)": who issued it. */
static void put_issuer(const struct ks_cert *c, struct ks_buf *out)
{
    ks_buf_str(out, "'");
    ks_name_label(ks_cert_part(c, c->issuer), out);
    ks_buf_str(out, "'");
    if (c->aki.len) {
        ks_buf_str(out, " (key id ");
        put_id(ks_cert_part(c, c->aki), out);
        ks_buf_str(out, ")");
    }
}

/* " The CA publishes it at http://...", where the certificate says so. */
static bool put_published(const struct ks_cert *c, struct ks_buf *out)
{
    struct ks_buf url = KS_BUF_INIT;

    bool says = ks_cert_url_next(c, KS_URL_ISSUER, &(size_t){0}, &url);
    if (says)
        ks_buf_printf(out, " The CA publishes it at %s, as the certificate says.",
                      ks_buf_text(&url));
    ks_buf_free(&url);
    return says;
}

/* ---- what is missing ---- */

/* What the end of the walk says is worse, and says why. */
static bool breaks_off(const struct ks_chain_look *x)
{
    return x->end == KS_END_OTHER_KEY || x->end == KS_END_BROKEN || x->end == KS_END_LOOP;
}

static bool is_complete(const struct ks_chain_look *x)
{
    return x->end == KS_END_ROOT || x->end == KS_END_UNKNOWN;
}

/* The same CA certified by the same one: a renewed certificate replaces the one that is there. */
static bool stands_in(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_slice_equal(ks_cert_part(a, a->spki), ks_cert_part(b, b->spki)) &&
           ks_name_equal(ks_cert_part(a, a->subject), ks_cert_part(b, b->subject)) &&
           ks_name_equal(ks_cert_part(a, a->issuer), ks_cert_part(b, b->issuer));
}

static bool is_on_walk(const struct ks_chain_look *x, const struct ks_cert *c)
{
    for (size_t i = 0; i < x->walk_len; i++)
        if (ks_cert_same(on_walk(x, i), c) || stands_in(on_walk(x, i), c))
            return true;
    return false;
}

/* The first intermediate of the best path that is not stored on the way; NULL: none is missing. */
static const struct ks_cert *first_missing(const struct ks_chain_look *x)
{
    for (size_t i = 0; i + 1 < x->best.len; i++)
        if (!is_on_walk(x, x->best.at[i]->cert))
            return x->best.at[i]->cert;
    return NULL;
}

static bool lacks_intermediate(const struct ks_chain_look *x)
{
    if (is_complete(x) || breaks_off(x) || x->unended)
        return false;
    if (x->around.over && x->around.complete)
        return false; /* it is there, on the other way */
    return x->best.complete ? first_missing(x) != NULL : x->walk_len == 1;
}

enum ks_severity ks_rule_chain_incomplete(struct ks_look *l)
{
    const struct ks_chain *c = &l->chain;
    const struct ks_chain_look *x = look_of(l);

    if (!has_chain(l))
        return KS_FINE;
    if (!x)
        return ks_when(!c->complete && c->walked == 1, KS_ERROR);
    l->index = place_of(l, x->walk[x->walk_len - 1]);
    return ks_when(lacks_intermediate(x), KS_ERROR);
}

static const struct ks_cert *last_reached(const struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);

    return x ? walk_end(x) : &l->entry->chain[l->chain.missing_after];
}

static void say_found(const struct ks_chain_look *x, struct ks_buf *out)
{
    size_t added = 0;

    for (size_t i = 0; i < x->best.len; i++)
        added += !is_on_walk(x, x->best.at[i]->cert);
    ks_buf_printf(out, " What is missing is at hand: %zu certificate%s %s the chain to ", added,
                  added == 1 ? "" : "s", added == 1 ? "completes" : "complete");
    put_name(x->best.at[x->best.len - 1]->cert, out);
    ks_buf_str(out, ".");
}

void ks_say_chain_incomplete(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_chain_look *x = look_of(l);

    ks_buf_printf(out, "The chain of '%s' ends early: its issuer ", l->entry->alias);
    put_issuer(last_reached(l), out);
    ks_buf_str(out, " is missing. Clients that do not know it fail with \"PKIX path building "
                    "failed\".");
    if (x && x->best.complete && x->best.len)
        say_found(x, out);
    else if (!put_published(last_reached(l), out))
        ks_buf_str(out, " Ask its CA for it.");
    if (x && x->cut)
        ks_buf_str(out, " The search was stopped at its bounds: what is missing may be at hand all "
                        "the same.");
}

/* One issuer or more is there. What is missing is most often the root, which servers need not
 * send (RFC 8446 4.4.2); without signatures another intermediate cannot be told from it. */
enum ks_severity ks_rule_chain_no_root(struct ks_look *l)
{
    const struct ks_chain *c = &l->chain;
    const struct ks_chain_look *x = look_of(l);

    if (!has_chain(l))
        return KS_FINE;
    if (!x)
        return ks_when(!c->complete && c->walked > 1, KS_NOTE);
    bool root = !is_complete(x) && !breaks_off(x) && x->best.complete && !first_missing(x);
    return ks_when(root && !x->unended, KS_NOTE);
}

void ks_say_chain_no_root(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *last = last_reached(l);

    ks_buf_printf(out, "The chain of '%s' ends at ", l->entry->alias);
    put_name(last, out);
    ks_buf_str(out, ", issued by ");
    put_issuer(last, out);
    if (look_of(l))
        ks_buf_str(out, ", a root. That is all right: clients have their roots themselves.");
    else
        ks_buf_str(out, ". If that is the root, all is well: clients have it themselves. If it is "
                        "another intermediate, they fail with \"PKIX path building failed\".");
}

enum ks_severity ks_rule_issuer_unknown(struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);

    if (!x)
        return KS_FINE;
    l->index = place_of(l, x->walk[x->walk_len - 1]);
    return ks_when(!is_complete(x) && !breaks_off(x) && !x->unended && !x->best.complete,
                   KS_WARNING);
}

/* All that is there verifies, up to a CA's certificate that another CA has signed. Where that is
 * most often the last but one: what lacks an intermediate mostly lacks all of them. */
static bool lacks_root_alone(const struct ks_chain_look *x, const struct ks_cert *end)
{
    return end != on_walk(x, 0) && end->flags & KS_CERT_CA && !(end->flags & KS_CERT_SELF_ISSUED);
}

void ks_say_issuer_unknown(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_chain_look *x = look_of(l);
    const struct ks_cert *end = ks_path_end(&x->best, on_walk(x, 0));

    ks_buf_printf(out, "Nothing at hand completes the chain of '%s': ", l->entry->alias);
    put_name(end, out);
    ks_buf_str(out, " was issued by ");
    put_issuer(end, out);
    ks_buf_str(out, ", and no certificate of that CA was found");
    ks_buf_str(out, x->cut ? " before the search stopped at its bounds." : ".");
    if (lacks_root_alone(x, end))
        ks_buf_str(out,
                   " Most likely that is the root, which clients have themselves: then nothing "
                   "needs to be done, and with --system, --cacerts or --from ROOT, where it "
                   "is, this is not said again. If it is another intermediate, clients fail.");
    else
        ks_buf_str(out, " If it is a root that all clients have, nothing needs to be done.");
    if (!put_published(end, out) && !lacks_root_alone(x, end))
        ks_buf_str(out, " Otherwise get it from the CA.");
}

/* ---- what is wrong ---- */

enum ks_severity ks_rule_key_mismatch(struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);

    return ks_when(x && x->key == KS_KEY_FOREIGN, KS_ERROR);
}

void ks_say_key_mismatch(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *leaf = on_walk(look_of(l), 0);

    ks_buf_printf(out, "The private key of '%s' is not the key of ", l->entry->alias);
    put_name(leaf, out);
    ks_buf_str(out, " (");
    ks_cert_key_text(leaf, out);
    ks_buf_str(out, ", key id ");
    put_subject_id(leaf, out);
    ks_buf_str(out, "), nor of another certificate of its chain. Every handshake fails with a bad "
                    "signature. Look for the certificate that was issued for this key, or for the "
                    "key of this certificate.");
}

static enum ks_severity ends_with(struct ks_look *l, enum ks_chain_end end)
{
    const struct ks_chain_look *x = look_of(l);

    if (!x || x->end != end)
        return KS_FINE;
    l->index = place_of(l, end == KS_END_BROKEN ? x->walk[x->walk_len - 1] : x->wrong);
    return KS_ERROR;
}

enum ks_severity ks_rule_wrong_issuer(struct ks_look *l)
{
    return ends_with(l, KS_END_OTHER_KEY);
}

void ks_say_wrong_issuer(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_chain_look *x = look_of(l);
    const struct ks_cert *wrong = x->stored[x->wrong];

    put_name(wrong, out);
    ks_buf_str(out, " has the name of the issuer of ");
    put_name(walk_end(x), out);
    ks_buf_str(out, ", and another key: the signature does not fit it. Its key id is ");
    put_subject_id(wrong, out);
    if (walk_end(x)->aki.len) {
        ks_buf_str(out, "; the issuer's is ");
        put_id(ks_cert_part(walk_end(x), walk_end(x)->aki), out);
    }
    ks_buf_str(out, x->best.complete ? ". The right one is at hand."
                                     : ". Get the CA's certificate with the right key.");
}

enum ks_severity ks_rule_broken_signature(struct ks_look *l)
{
    return ends_with(l, KS_END_BROKEN);
}

void ks_say_broken_signature(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_chain_look *x = look_of(l);

    ks_buf_str(out, "The signature on ");
    put_name(walk_end(x), out);
    ks_buf_str(out, " is not good, although ");
    put_name(x->stored[x->wrong], out);
    ks_buf_str(out, " has the name and the key id (");
    put_subject_id(x->stored[x->wrong], out);
    ks_buf_str(out, ") of its issuer. One of the two was altered or damaged: get a fresh copy.");
}

enum ks_severity ks_rule_chain_loop(struct ks_look *l)
{
    /* Each of them may be a root that clients know: what is sent is a cross certificate then. */
    return ks_when(ends_with(l, KS_END_LOOP) != KS_FINE, KS_WARNING);
}

void ks_say_chain_loop(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_chain_look *x = look_of(l);

    ks_buf_str(out, "The issuers certify each other and lead to no root: ");
    put_name(walk_end(x), out);
    ks_buf_str(out, " was issued by ");
    put_name(x->stored[x->wrong], out);
    ks_buf_str(out,
               ", which is below it already. Clients that trust one of them take it; the others "
               "fail (Java: \"PKIX path building failed\").");
}

/* The first on the walk whose issuer has another key id than it says; then on the best path. */
static const struct ks_cert *other_id(const struct ks_chain_look *x, size_t *at,
                                      const struct ks_cert **issuer)
{
    const struct ks_cert *child = on_walk(x, 0);

    for (*at = 0; *at + 1 < x->walk_len; (*at)++) {
        *issuer = on_walk(x, *at + 1);
        if (ks_issuer_other_id(*issuer, on_walk(x, *at)))
            return on_walk(x, *at);
    }
    *at = KS_NOWHERE;
    for (size_t i = 0; i < x->best.len; child = x->best.at[i++]->cert) {
        *issuer = x->best.at[i]->cert;
        if (ks_issuer_other_id(*issuer, child))
            return child;
    }
    return NULL;
}

enum ks_severity ks_rule_aki_mismatch(struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);
    const struct ks_cert *issuer;
    size_t at;

    if (!x || !other_id(x, &at, &issuer))
        return KS_FINE;
    l->index = at == KS_NOWHERE ? -1 : place_of(l, x->walk[at]);
    return KS_ERROR;
}

void ks_say_aki_mismatch(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *issuer = NULL;
    size_t at;
    const struct ks_cert *c = other_id(look_of(l), &at, &issuer);

    put_name(c, out);
    ks_buf_str(out, " says that its issuer has ");
    if (c->aki.len) {
        ks_buf_str(out, "the key id ");
        put_id(ks_cert_part(c, c->aki), out);
    } else {
        ks_buf_str(out, "another serial number");
    }
    ks_buf_str(out, ", but ");
    put_name(issuer, out);
    ks_buf_str(out, ", whose key made the signature, has ");
    put_subject_id(issuer, out);
    ks_buf_str(out, is_pkcs12(l)
                        ? ". Java drops everything behind it from the chain of a PKCS12 "
                          "file, and OpenSSL finds no issuer."
                        : ". Java, Go and browsers do not mind; OpenSSL and GnuTLS find no "
                          "issuer.");
    ks_buf_str(out, " The CA has to issue it again.");
}

/* ---- order, and what is too much ---- */

static bool leaf_is_first(const struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);

    if (x)
        return x->leaf == 0;
    for (size_t i = 1; i < l->entry->chain_len && i < 64; i++) {
        const struct ks_cert *c = &l->entry->chain[i];
        if (!(c->flags & (KS_CERT_BROKEN | KS_CERT_SELF_ISSUED)) &&
            ks_cert_may_issue(&l->entry->chain[0], c))
            return false;
    }
    return true;
}

static bool is_ordered(const struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);

    if (!x)
        return l->chain.ordered;
    for (size_t i = 1; i < x->walk_len; i++)
        if (x->walk[i] < x->walk[i - 1])
            return false;
    return x->leaf == 0;
}

enum ks_severity ks_rule_chain_out_of_order(struct ks_look *l)
{
    if (!has_chain(l) || (l->facts && is_pkcs12(l)) || is_ordered(l))
        return KS_FINE;
    return leaf_is_first(l) ? KS_WARNING : KS_ERROR;
}

void ks_say_chain_out_of_order(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_chain_look *x = look_of(l);

    if (leaf_is_first(l)) {
        ks_buf_printf(
            out,
            "The issuers in the chain of '%s' do not follow each other. Most clients sort "
            "them out, some servers (nginx) and old clients do not. ",
            l->entry->alias);
    } else if (x && x->key == KS_KEY_FITS) {
        ks_buf_printf(out,
                      "The first certificate of '%s' is not that of its key: ", l->entry->alias);
        put_name(on_walk(x, 0), out);
        ks_buf_printf(out, " is, certificate %zu. Clients see the wrong name and a bad signature. ",
                      x->leaf);
    } else {
        ks_buf_printf(out,
                      "The first certificate of '%s' issued another one of its chain, so it is not "
                      "the certificate of the key. Clients see the wrong name and a bad "
                      "signature. ",
                      l->entry->alias);
    }
    ks_buf_str(out, "The order should be: own certificate, its issuer, and so on.");
    if (is_pem(l) && !leaf_is_first(l))
        ks_buf_str(out, " nginx, Apache and OpenSSL take the file as it stands, and refuse it: "
                        "\"key values mismatch\".");
    if (is_pem(l))
        ks_buf_str(out, " Move the blocks of the file: a repair changes chains, and leaves the "
                        "blocks where they are.");
}

/* Copies of an earlier one; `first` is set to the first copy. */
static size_t duplicates(const struct ks_look *l, size_t *first)
{
    size_t count = 0, len = sent_count(l) < 64 ? sent_count(l) : 64;

    for (size_t i = 1; i < len; i++)
        for (size_t k = 0; k < i; k++)
            if (ks_cert_same(sent(l, k), sent(l, i))) {
                *first = count++ ? *first : i;
                break;
            }
    return count;
}

enum ks_severity ks_rule_chain_duplicate(struct ks_look *l)
{
    size_t first = 0;

    if (!has_chain(l) || l->chain.extras == 0 || is_pkcs12(l) || duplicates(l, &first) == 0)
        return KS_FINE;
    l->index = look_of(l) ? place_of(l, first) : (int)first;
    return KS_WARNING;
}

void ks_say_chain_duplicate(const struct ks_look *l, struct ks_buf *out)
{
    size_t first = 0, count = duplicates(l, &first);

    put_name(sent(l, first), out);
    if (count > 1)
        ks_buf_printf(out, " and %zu more are", count - 1);
    else
        ks_buf_str(out, " is");
    ks_buf_printf(out,
                  " in the chain of '%s' twice. Clients put up with it, until there are more than "
                  "%d certificates in all.",
                  l->entry->alias, JAVA_CHAIN_MAX);
}

/* Neither on the way nor on a better one, nor another issuer of what is on the way. */
static bool is_unrelated(const struct ks_chain_look *x, const struct ks_cert *c)
{
    for (size_t i = 0; i < x->cross_count; i++)
        if (ks_cert_same(x->stored[x->cross[i]], c))
            return false;
    for (size_t i = 0; i < x->walk_len; i++)
        if (ks_cert_same(on_walk(x, i), c))
            return false;
    for (size_t i = 0; i < x->best.len; i++)
        if (ks_cert_same(x->best.at[i]->cert, c))
            return false;
    return true;
}

static bool is_on_another_way(const struct ks_chain_look *x, const struct ks_cert *c)
{
    for (size_t i = 0; i + 1 < x->best_count; i++)
        for (size_t k = 0; k < x->others[i].len; k++)
            if (ks_cert_same(x->others[i].at[k]->cert, c))
                return true;
    return false;
}

/* What is missing may lie between the end of the walk and any CA: unless it is known what that is,
 * only what is no CA is certainly not above it. */
static bool is_beside(const struct ks_chain_look *x, const struct ks_cert *c)
{
    bool filled = x->best.complete && !x->cut && x->best.kept + 1 >= x->walk_len;

    if (is_complete(x))
        return is_unrelated(x, c);
    if (x->end != KS_END_MISSING || x->unended || c->flags & KS_CERT_BROKEN || !is_unrelated(x, c))
        return false;
    return filled ? !is_on_another_way(x, c)
                  : c->version >= 3 && !(c->flags & (KS_CERT_CA | KS_CERT_SELF_ISSUED));
}

static size_t count_unrelated(const struct ks_look *l, size_t *first)
{
    const struct ks_chain_look *x = look_of(l);
    size_t count = 0;

    for (size_t i = 0; i < sent_count(l) && i < x->stored_count; i++)
        if (is_beside(x, x->stored[i]))
            *first = count++ ? *first : i;
    return count;
}

enum ks_severity ks_rule_chain_unrelated(struct ks_look *l)
{
    size_t first = 0, copy;

    if (!has_chain(l) || l->chain.extras == 0 || is_pkcs12(l))
        return KS_FINE;
    if (!look_of(l))
        return ks_when(l->chain.extras > duplicates(l, &copy), KS_WARNING);
    if (count_unrelated(l, &first) == 0)
        return KS_FINE;
    l->index = place_of(l, first);
    return KS_WARNING;
}

void ks_say_chain_unrelated(const struct ks_look *l, struct ks_buf *out)
{
    size_t first = 0, copy;
    size_t extras =
        look_of(l) ? count_unrelated(l, &first) : l->chain.extras - duplicates(l, &copy);

    ks_buf_printf(out,
                  "%zu of the %zu certificates in the chain of '%s' %s not lead from its "
                  "certificate to a root",
                  extras, l->chain.present, l->entry->alias, extras == 1 ? "does" : "do");
    if (look_of(l)) {
        ks_buf_str(out, extras == 1 ? ": " : ", as ");
        put_name(sent(l, first), out);
    }
    ks_buf_printf(out, ". %s sent to every client for nothing.",
                  extras == 1 ? "It is" : "They are");
}

enum ks_severity ks_rule_chain_too_long(struct ks_look *l)
{
    return ks_when(has_chain(l) && sent_count(l) > JAVA_CHAIN_MAX, KS_WARNING);
}

void ks_say_chain_too_long(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(out,
                  "The chain of '%s' has %zu certificates. Java clients refuse more than %d: \"The "
                  "certificate chain length (%zu) exceeds the maximum allowed length (%d)\".",
                  l->entry->alias, sent_count(l), JAVA_CHAIN_MAX, sent_count(l), JAVA_CHAIN_MAX);
}

/* ---- other ways ---- */

static size_t complete_paths(const struct ks_chain_look *x)
{
    size_t count = x->best_count > 0 && x->best.complete;

    for (size_t i = 0; i + 1 < x->best_count; i++)
        count += x->others[i].complete;
    return count;
}

enum ks_severity ks_rule_alternate_path(struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);

    return ks_when(x && (x->cross_count > 0 || complete_paths(x) > 1), KS_NOTE);
}

void ks_say_alternate_path(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_chain_look *x = look_of(l);
    size_t paths = complete_paths(x);

    if (x->cross_count > 0) {
        put_name(x->stored[x->cross[0]], out);
        ks_buf_printf(out, " is another issuer of a certificate in the chain of '%s'",
                      l->entry->alias);
    } else {
        ks_buf_printf(out, "There are %s%zu ways from '%s' to a root",
                      x->best_count == KS_BEST_MAX ? "at least " : "", paths, l->entry->alias);
    }
    ks_buf_str(out, ", which is usual where CAs certify each other. Each client takes the one that "
                    "ends at a root it trusts.");
}

/* Where the signatures break off, that is the finding. */
enum ks_severity ks_rule_p12_rebuilt(struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);

    return ks_when(x && is_pkcs12(l) && x->java_differs && !breaks_off(x), KS_WARNING);
}

void ks_say_p12_rebuilt(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_chain_look *x = look_of(l);
    size_t java = l->entry->chain_len;

    ks_buf_printf(out,
                  "A PKCS12 file stores no chains. By names and key ids Java puts together one of "
                  "%zu certificate%s for '%s', ending at ",
                  java, java == 1 ? "" : "s", l->entry->alias);
    put_name(&l->entry->chain[java - 1], out);
    ks_buf_printf(out, "; the signatures make one of %zu, ending at ", x->walk_len);
    put_name(walk_end(x), out);
    ks_buf_str(out, ". A Java server sends its own.");
}

/* Certificates that are no entries for Java and on nobody's way. */
static const struct ks_entry *first_surplus(const struct ks_look *l, size_t *count)
{
    const struct ks_chain_look *x = look_of(l);
    const struct ks_entry *first = NULL;

    *count = 0;
    for (size_t i = 0; i < ks_store_count(l->store); i++) {
        const struct ks_entry *e = ks_store_entry(l->store, i);
        bool cert =
            e->kind == KS_KIND_CERT && e->chain_len == 1 && !(e->chain[0].flags & KS_CERT_BROKEN);
        if (cert && is_unrelated(x, &e->chain[0]) && (*count)++ == 0)
            first = e;
    }
    return first;
}

/* With several keys the certificates of one are no surplus to another. */
enum ks_severity ks_rule_p12_surplus(struct ks_look *l)
{
    const struct ks_chain_look *x = look_of(l);
    size_t count;

    if (!x || !is_pkcs12(l) || !is_complete(x) || l->facts->store->by_kind[KS_KIND_KEY] != 1)
        return KS_FINE;
    return ks_when(first_surplus(l, &count) != NULL, KS_NOTE);
}

void ks_say_p12_surplus(const struct ks_look *l, struct ks_buf *out)
{
    size_t count;
    const struct ks_entry *first = first_surplus(l, &count);

    put_name(&first->chain[0], out);
    if (count > 1)
        ks_buf_printf(out, " and %zu more certificates of the file belong", count - 1);
    else
        ks_buf_str(out, " belongs");
    ks_buf_printf(out,
                  " to no chain. Java neither shows nor uses %s, and drops %s when it writes "
                  "the file again.",
                  count > 1 ? "them" : "it", count > 1 ? "them" : "it");
}
