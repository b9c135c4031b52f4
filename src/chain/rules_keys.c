/* Rules about private keys: which are there, whether they open, and what certificates they have. */
#include "chain/evidence.h"

#include "base/text.h"
#include "chain/issuer.h"
#include "chain/reply.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

#define LOOKED_MAX 64 /* certificates of one key, or one chain, that are compared */
#define ALIASES_SHOWN 6

/* ---- the store ---- */

static bool serves(const struct ks_look *l)
{
    enum ks_purpose asked = l->facts->asked;
    return asked == KS_PURPOSE_SERVER || asked == KS_PURPOSE_CLIENT || asked == KS_PURPOSE_CA;
}

/* The certificate of a server, which only who has the key of it needs to import. */
static bool is_issued_to_somebody(const struct ks_census_cert *row)
{
    return row->entry->kind == KS_KIND_TRUSTED &&
           !(row->cert->flags & (KS_CERT_CA | KS_CERT_SELF_ISSUED));
}

static const struct ks_census_cert *issued_to_somebody(const struct ks_census *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (is_issued_to_somebody(&c->at[i]))
            return &c->at[i];
    return NULL;
}

enum ks_severity ks_rule_store_no_key(struct ks_look *l)
{
    const struct ks_census *c = l->facts->store;
    bool partial = (l->store->notes & (KS_STORE_LOCKED_PARTS | KS_STORE_DAMAGED)) != 0;
    if (!ks_look_is_keystore(l->store) || partial || ks_store_count(l->store) == 0 ||
        c->by_kind[KS_KIND_KEY] > 0)
        return KS_FINE;
    if (serves(l))
        return KS_ERROR;
    bool guessed = l->facts->asked == KS_PURPOSE_AUTO && issued_to_somebody(c);
    return ks_when(guessed, KS_ERROR);
}

void ks_say_store_no_key(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_census_cert *row = issued_to_somebody(l->facts->store);
    ks_buf_str(out, "There is no private key in it. ");
    if (row) {
        ks_put_alias(row->entry, out);
        ks_buf_str(out, " is the certificate of ");
        ks_put_cert_name(row->cert, out);
        ks_buf_str(out, " alone, without its key (");
        ks_put_key_id(row->cert, out);
        ks_buf_str(out, "). ");
    }
    ks_buf_str(out, "A server with this keystore starts, and fails at every handshake: \"No "
                    "available authentication scheme\". The key is where the request was made; it "
                    "cannot be computed from the certificate.");
}

/* In PKCS#12 trusted certificates are trusted entries only if Java shows them. */
enum ks_severity ks_rule_store_mixed(struct ks_look *l)
{
    const size_t *kinds = l->facts->store->by_kind;
    return ks_when(ks_look_is_keystore(l->store) && kinds[KS_KIND_KEY] > 0 &&
                       kinds[KS_KIND_TRUSTED] > 0,
                   KS_NOTE);
}

void ks_say_store_mixed(const struct ks_look *l, struct ks_buf *out)
{
    const size_t *kinds = l->facts->store->by_kind;
    bool pkcs12 = l->store->type && strncmp(l->store->type, "PKCS12", 6) == 0;
    ks_buf_printf(out,
                  "%zu private %s and %zu trusted %s are in one keystore. As a trust store it "
                  "trusts the first certificate of each key as well",
                  kinds[KS_KIND_KEY], kinds[KS_KIND_KEY] == 1 ? "key" : "keys",
                  kinds[KS_KIND_TRUSTED],
                  kinds[KS_KIND_TRUSTED] == 1 ? "certificate" : "certificates");
    ks_buf_str(out,
               pkcs12 ? ", and Java completes the chains of keys with trusted certificates." : ".");
}

enum ks_severity ks_rule_store_many_keys(struct ks_look *l)
{
    enum ks_purpose asked = l->facts->asked;
    bool used = asked != KS_PURPOSE_CA && asked != KS_PURPOSE_TRUST;
    return ks_when(used && ks_look_is_keystore(l->store) &&
                       l->facts->store->by_kind[KS_KIND_KEY] > 1,
                   KS_WARNING);
}

static void say_aliases(const struct ks_store *s, size_t keys, struct ks_buf *out)
{
    size_t shown = 0;
    for (size_t i = 0; i < ks_store_count(s) && shown < ALIASES_SHOWN; i++) {
        const struct ks_entry *e = ks_store_entry(s, i);
        if (e->kind != KS_KIND_KEY)
            continue;
        ks_buf_str(out, shown++ ? ", " : "");
        ks_put_alias(e, out);
    }
    if (keys > shown)
        ks_buf_printf(out, " and %zu more", keys - shown);
}

void ks_say_store_many_keys(const struct ks_look *l, struct ks_buf *out)
{
    size_t keys = l->facts->store->by_kind[KS_KIND_KEY];
    ks_buf_printf(out, "It has %zu private keys: ", keys);
    say_aliases(l->store, keys, out);
    ks_buf_str(out, ". ");
    if (l->facts->picked) {
        ks_buf_str(out, "A server without a configured alias takes ");
        ks_put_alias(l->facts->picked, out);
        ks_buf_str(out,
                   ", by the order of a hash map in Java's default key manager (a prediction). ");
    }
    ks_buf_str(out, "Configure the alias that is meant.");
}

/* ---- a key ---- */

static enum ks_key_state state_of(const struct ks_look *l)
{
    return l->entry->kind == KS_KIND_KEY && l->facts->look ? l->facts->look->key : KS_KEY_UNTRIED;
}

enum ks_severity ks_rule_keypass_differs(struct ks_look *l)
{
    return ks_when(ks_look_is_keystore(l->store) && state_of(l) == KS_KEY_OTHER_PASSWORD,
                   KS_WARNING);
}

void ks_say_keypass_differs(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_printf(
        out,
        "The key of '%s' does not open with the password of the keystore. Servers that are "
        "given one password fail at the start, also when they use another key: %s.",
        l->entry->alias,
        l->store->type && strncmp(l->store->type, "JKS", 3) == 0
            ? "\"Cannot recover key\""
            : "\"Given final block not properly padded\"");
}

enum ks_severity ks_rule_key_damaged(struct ks_look *l)
{
    return ks_when(state_of(l) == KS_KEY_DAMAGED, KS_ERROR);
}

void ks_say_key_damaged(const struct ks_look *l, struct ks_buf *out)
{
    ks_buf_str(out, "The private key of ");
    ks_put_alias(l->entry, out);
    ks_buf_str(out,
               " is damaged: it cannot be read, or what it signs is not verified by the public "
               "key that is written beside it. Whoever checks what a server with it signs, "
               "refuses. Look for another copy of the key.");
}

/* PKCS#12 keeps the spelling; Java's keystores of that type fold it on loading. */
static bool has_capitals(const char *alias)
{
    bool ascii = true;
    for (const char *c = alias; *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            return true;
        ascii = ascii && (unsigned char)*c < 0x80;
    }
    if (ascii)
        return false;
    char *folded = ks_text_fold(alias);
    bool differs = strcmp(folded, alias) != 0;
    free(folded);
    return differs;
}

enum ks_severity ks_rule_alias_case(struct ks_look *l)
{
    const struct ks_entry *e = l->entry;
    bool pkcs12 = l->store->type && strncmp(l->store->type, "PKCS12", 6) == 0;
    if (!pkcs12 || e->kind != KS_KIND_KEY ||
        (e->notes & (KS_NOTE_ALIAS_INVENTED | KS_NOTE_ALIAS_ENCODING)))
        return KS_FINE;
    return ks_when(has_capitals(e->alias), KS_WARNING);
}

void ks_say_alias_case(const struct ks_look *l, struct ks_buf *out)
{
    char *folded = ks_text_fold(l->entry->alias);
    ks_buf_printf(out,
                  "The file says '%s', Java calls it '%s'. Jetty's certAlias must be written the "
                  "second way, or every handshake fails; Tomcat takes both.",
                  l->entry->alias, folded);
    free(folded);
}

/* ---- replies ---- */

/* The row of the entry's own key; NULL: it is not known. */
static const struct ks_known_key *own_key(const struct ks_look *l)
{
    const struct ks_known_keys *keys = l->facts->keys;
    const struct ks_cert *leaf = ks_look_leaf(l);
    if (!keys)
        return NULL;
    /* By the leaf's key as long as that is the entry's; a foreign one is looked for. */
    if (leaf && state_of(l) != KS_KEY_FOREIGN)
        for (size_t i = ks_index_first(&keys->bits, ks_cert_key_bits(leaf)); i != KS_NOWHERE;
             i = ks_index_next(&keys->bits, i))
            if (keys->at[i].entry == l->entry)
                return &keys->at[i];
    for (size_t i = 0; i < keys->count && !keys->at[i].loose; i++)
        if (keys->at[i].entry == l->entry)
            return &keys->at[i];
    return NULL;
}

/* The certificate that the entry's key is used with; NULL when that is another key's. */
static const struct ks_cert *fitting_leaf(const struct ks_look *l)
{
    return state_of(l) == KS_KEY_FOREIGN ? NULL : ks_look_leaf(l);
}

bool ks_look_reply_fits(const struct ks_look *l, const struct ks_cert *reply,
                        const struct ks_cert *present)
{
    const struct ks_replying asked = {.purpose = l->facts->asked,
                                      .hosts = l->facts->hosts,
                                      .host_count = l->facts->host_count};
    return ks_reply_may_take_place(&asked, reply, present);
}

static const struct ks_pool_cert *reply_among(const struct ks_look *l, struct ks_slice bits)
{
    const struct ks_pool *pool = l->facts->candidates;
    const struct ks_cert *leaf = fitting_leaf(l);
    size_t looked = 0;
    for (size_t i = ks_pool_of_key(pool, bits); i != KS_NOWHERE && looked < LOOKED_MAX;
         i = ks_pool_next_of_key(pool, i), looked++) {
        const struct ks_pool_cert *row = ks_pool_at(pool, i);
        if (row->store != l->store && ks_reply_improves(row->cert, leaf, l->now) &&
            ks_look_reply_fits(l, row->cert, leaf))
            return row;
    }
    return NULL;
}

static const struct ks_pool_cert *reply_of(const struct ks_look *l)
{
    const struct ks_known_key *own = own_key(l);
    const struct ks_cert *leaf = ks_look_leaf(l);
    if (l->entry->kind != KS_KIND_KEY || !l->facts->candidates)
        return NULL;
    if (own)
        return reply_among(l, own->bits);
    return leaf && state_of(l) != KS_KEY_FOREIGN ? reply_among(l, ks_cert_key_bits(leaf)) : NULL;
}

bool ks_put_reply(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_entry *here = l->facts ? l->facts->reply : NULL;
    const struct ks_pool_cert *row = l->facts && !here ? reply_of(l) : NULL;
    if (here) {
        ks_buf_str(out, " The CA's certificate for this key is here as ");
        ks_put_alias(here, out);
        ks_buf_str(out, ": ksx repair (r) moves it to the key.");
    } else if (row) {
        ks_buf_str(out, " The CA's certificate for this key is at hand");
        if (row->store)
            ks_buf_printf(out, ", in %s", ks_path_shown(row->store->path));
        ks_buf_str(out, ": ksx repair (r) installs it.");
    }
    return here || row;
}

enum ks_severity ks_rule_reply_available(struct ks_look *l)
{
    return ks_when(reply_of(l) != NULL, KS_WARNING);
}

void ks_say_reply_available(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_pool_cert *row = reply_of(l);
    if (!row)
        return;
    ks_buf_printf(out, "A better certificate of the key of '%s' is at hand: ", l->entry->alias);
    ks_put_cert_name(row->cert, out);
    ks_buf_str(out, " (");
    ks_put_fingerprint(row->cert, out);
    ks_buf_str(out, "), valid until ");
    ks_put_date(row->cert->not_after, out);
    if (row->store)
        ks_buf_printf(out, ", from %s", ks_path_shown(row->store->path));
    ks_buf_str(out, ". It was never installed as the reply.");
}

/* The private key that a trusted certificate belongs to; `worse`: and that has nothing better. */
static const struct ks_known_key *key_of_trusted(const struct ks_look *l, bool *worse)
{
    const struct ks_known_keys *keys = l->facts->keys;
    const struct ks_known_key *found = NULL;
    const struct ks_cert *c = &l->entry->chain[0];
    size_t looked = 0;
    *worse = false;
    for (size_t i = ks_index_first(&keys->bits, ks_cert_key_bits(c));
         i != KS_NOWHERE && looked < LOOKED_MAX; i = ks_index_next(&keys->bits, i), looked++) {
        const struct ks_known_key *key = &keys->at[i];
        bool same = key->leaf && ks_slice_equal(ks_cert_der(key->leaf), ks_cert_der(c));
        if (same)
            return NULL;
        if (ks_reply_improves(c, key->leaf, l->now)) {
            *worse = true;
            return key;
        }
        found = found ? found : key;
    }
    return found;
}

enum ks_severity ks_rule_reply_misplaced(struct ks_look *l)
{
    bool worse;
    if (l->entry->kind != KS_KIND_TRUSTED || !l->facts->keys || l->entry->chain_len == 0 ||
        (l->entry->chain[0].flags & (KS_CERT_BROKEN | KS_CERT_SELF_ISSUED)))
        return KS_FINE;
    if (!key_of_trusted(l, &worse))
        return KS_FINE;
    return worse ? KS_ERROR : KS_NOTE;
}

bool ks_look_reply_differs(const struct ks_look *l)
{
    bool worse;
    const struct ks_known_key *key = key_of_trusted(l, &worse);
    return key && worse && !ks_look_reply_fits(l, &l->entry->chain[0], key->leaf);
}

void ks_say_reply_misplaced(const struct ks_look *l, struct ks_buf *out)
{
    bool worse;
    const struct ks_known_key *key = key_of_trusted(l, &worse);
    if (!key)
        return;
    ks_put_alias(l->entry, out);
    ks_buf_str(out, " is a trusted certificate, and its private key is ");
    ks_put_alias(key->entry, out);
    if (key->loose)
        ks_buf_printf(out, " in %s", ks_path_shown(key->store->path));
    ks_buf_str(out, " (");
    ks_put_key_id(&l->entry->chain[0], out);
    ks_buf_str(out, "). ");
    if (!worse)
        ks_buf_str(out, "The key has another certificate that is as good, so nothing depends on "
                        "this one.");
    else if (key->loose)
        ks_buf_str(out, "It is the CA's reply, imported without its key: no server can use it.");
    else
        ks_buf_str(out, "It is the CA's reply, imported under an alias of its own: the key still "
                        "has its old certificate, and that is what a server presents.");
}

/* ---- what a server takes from clients ---- */

#define NAMES_SHOWN 3

/* sun.security.ssl.X509KeyManagerImpl: one of the issuers in the chain must be named. */
static bool is_accepted(const struct ks_look *l)
{
    const struct ks_peer *peer = l->facts->peer;
    for (size_t i = 0; i < l->entry->chain_len && i < LOOKED_MAX; i++) {
        const struct ks_cert *c = &l->entry->chain[i];
        if (ks_issuer_accepted(peer->accepts, peer->accept_count, &c, 1))
            return true;
    }
    return false;
}

enum ks_severity ks_rule_client_no_match(struct ks_look *l)
{
    const struct ks_peer *peer = l->facts->peer;
    if (!peer || peer->accept_count == 0 || l->facts->purpose != KS_PURPOSE_CLIENT ||
        l->entry->kind != KS_KIND_KEY || !ks_look_leaf(l))
        return KS_FINE;
    return ks_when(!is_accepted(l), KS_WARNING);
}

/* Labels, a line each. */
static void put_accepted(const struct ks_peer *peer, struct ks_buf *out)
{
    struct ks_buf lines = KS_BUF_INIT;
    for (size_t i = 0; i < peer->accept_count; i++) {
        struct ks_buf label = KS_BUF_INIT;
        ks_name_label(peer->accepts[i], &label);
        for (size_t k = 0; k < label.len; k++)
            ks_buf_byte(&lines, label.data[k] == '\n' ? ' ' : label.data[k]);
        ks_buf_byte(&lines, '\n');
        ks_buf_free(&label);
    }
    ks_put_lines(ks_buf_text(&lines), NAMES_SHOWN, out);
    ks_buf_free(&lines);
}

void ks_say_client_no_match(const struct ks_look *l, struct ks_buf *out)
{
    const struct ks_cert *last = &l->entry->chain[l->entry->chain_len - 1];
    ks_buf_printf(out, "%s takes client certificates of ", l->facts->peer->name);
    put_accepted(l->facts->peer, out);
    ks_buf_str(out, ", and no issuer in the chain of ");
    ks_put_alias(l->entry, out);
    if (last->flags & KS_CERT_BROKEN) {
        ks_buf_str(out, " is one of them. Java sends no certificate then.");
        return;
    }
    ks_buf_str(out, " is one of them: it ends with one of '");
    ks_name_label(ks_cert_part(last, last->issuer), out);
    ks_buf_str(out, "'. Java sends no certificate then.");
}
