/* Section 5: the key, how it is protected, and what belongs to it. */
#include "report/section.h"

#include "base/text.h"

#include <string.h>

static bool holds_private(const struct ks_entry *e)
{
    return e->kind == KS_KIND_KEY || e->kind == KS_KIND_SECRET || e->kind == KS_KIND_PASSWORD;
}

/* ---- the private or secret key ---- */

static void add_private_key(struct making *m)
{
    const struct ks_unlocked *u = m->of->unlocked;
    struct ks_buf text = KS_BUF_INIT;
    bool clear = (m->entry->notes & KS_NOTE_KEY_CLEAR) != 0;
    if (u)
        ks_buf_str(&text, u->algorithm);
    else if (m->cert)
        ks_cert_key_text(m->cert, &text);
    else
        ks_buf_str(&text, "type not known");
    ks_buf_str(&text, u ? ", present, unlocked" : clear ? ", present" : ", present, locked");
    line_take(m, REPORT_TEXT, m->entry->kind == KS_KIND_KEY ? "Private key" : "Secret", &text);
    if (m->entry->key_format)
        line_add(m, REPORT_TEXT, "Stored as", m->entry->key_format);
}

static void add_protection(struct making *m)
{
    const struct ks_format *format = m->store->format;
    struct ks_buf text = KS_BUF_INIT;
    if (m->entry->notes & KS_NOTE_KEY_CLEAR) {
        line_add(m, REPORT_CAUTION, "Protection", "none: whoever reads the file has the key");
        return;
    }
    if (format && format->protection)
        format->protection(m->entry, &text);
    if (text.len == 0)
        ks_buf_str(&text, "not known");
    line_take(m, REPORT_TEXT, "Protection", &text);
}

/* How to unlock it; a file without passwords of its own can still hold an encrypted key. */
static void add_unlocking(struct making *m)
{
    const struct ks_format *format = m->store->format;
    bool clear = (m->entry->notes & KS_NOTE_KEY_CLEAR) != 0;
    if (m->of->unlocked || clear || !format || !format->reveal || !m->entry->key.data)
        return;
    line_add(m, REPORT_TEXT, "Unlock", m->of->terminal ? "p, then u" : "--key-pass prompt");
}

static void add_password(struct making *m)
{
    if (m->entry->notes & KS_NOTE_KEY_CLEAR)
        return;
    if (m->of->key_password == REPORT_KEY_AS_STORE)
        line_add(m, REPORT_TEXT, "Password", "the keystore's");
    else if (m->of->key_password == REPORT_KEY_OWN)
        line_add(m, REPORT_REMARK, "Password",
                 "its own, not the keystore's: programs that are told only one fail with \"Cannot "
                 "recover key\"");
}

static void add_match(struct making *m)
{
    const struct ks_unlocked *u = m->of->unlocked;
    bool clear = (m->entry->notes & KS_NOTE_KEY_CLEAR) != 0;
    if (m->entry->kind != KS_KIND_KEY)
        return;
    if (!u)
        line_add(m, REPORT_TEXT, "Matches", clear ? "not tested" : "not tested: the key is locked");
    else if (u->torn)
        line_add(m, REPORT_FAILURE, "Matches",
                 "NO: the key is damaged: its private half does not fit its public one");
    else if (u->matches_leaf == 1)
        line_add(m, REPORT_TEXT, "Matches",
                 u->tested ? "the certificate: yes (tested)"
                           : "the certificate: yes, by what the key says of itself");
    else if (u->matches_leaf == 0)
        line_add(m, REPORT_FAILURE, "Matches", "NO: the certificate is for another key");
    else
        line_add(m, REPORT_TEXT, "Matches", "nothing to compare with");
}

/* ---- the public key ---- */

static void add_key_id(struct making *m, struct ks_slice spki)
{
    uint8_t id[20];
    ks_spki_key_id(spki, id);
    line_hex(m, "Key id", ks_slice(id, sizeof id));
}

/* "modulus: CD:F0:..." is a number to compare byte by byte, in rows of its own. */
static void add_detail(struct making *m, const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    size_t name = colon ? (size_t)(colon - text) + 1 : 0;
    bool number = name && len > name + 40 && !memchr(text + name + 1, ' ', len - name - 1);
    struct ks_buf part = KS_BUF_INIT;
    ks_buf_append(&part, text, number ? name : len);
    line_take(m, REPORT_TEXT, "", &part);
    if (!number)
        return;
    line_hex_rows(m, REPORT_TEXT, 0, text + name + 1, len - name - 1);
}

static void add_details(struct making *m, struct ks_slice spki)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_spki_details(spki, &text);
    for (size_t at = 0; at < text.len;) {
        const char *start = (const char *)text.data + at;
        const char *end = memchr(start, '\n', text.len - at);
        size_t len = end ? (size_t)(end - start) : text.len - at;
        add_detail(m, start, len);
        at += len + 1;
    }
    ks_buf_free(&text);
}

static void add_public_key(struct making *m, struct ks_slice spki)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_spki_describe(spki, &text);
    line_take(m, REPORT_TEXT, "Public key", &text);
    add_details(m, spki);
    add_key_id(m, spki);
}

/* ---- other entries with the same key ---- */

static bool same_key(const struct ks_entry *other, struct ks_slice spki)
{
    struct ks_slice s;
    return report_entry_spki(other, &s) && ks_slice_equal(s, spki);
}

static void add_users(struct making *m, struct ks_slice spki)
{
    struct ks_buf names = KS_BUF_INIT;
    size_t count = 0;
    for (size_t i = 0; i < ks_store_count(m->store); i++) {
        const struct ks_entry *e = ks_store_entry(m->store, i);
        if (e == m->entry || !same_key(e, spki))
            continue;
        if (count++ < 8)
            ks_buf_printf(&names, "%s%s (%s)", count > 1 ? ", " : "", e->alias,
                          ks_kind_word((enum ks_kind)e->kind));
    }
    if (count > 8)
        ks_buf_printf(&names, " and %zu more", count - 8);
    if (count)
        line_take(m, REPORT_TEXT, "Also in", &names);
    ks_buf_free(&names);
}

static bool chosen_spki(const struct making *m, struct ks_slice *out)
{
    if (!m->cert)
        return report_entry_spki(m->entry, out);
    *out = ks_cert_part(m->cert, m->cert->spki);
    return out->len > 0;
}

void report_key(struct making *m)
{
    struct ks_slice spki;
    bool private_key = holds_private(m->entry) && m->of->cert <= 0;
    bool public_key = chosen_spki(m, &spki);
    if (private_key) {
        add_private_key(m);
        add_protection(m);
        add_password(m);
        add_match(m);
        add_unlocking(m);
    }
    if (public_key)
        add_public_key(m, spki);
    else if (m->of->unlocked && m->of->unlocked->has_key_id)
        line_hex(m, "Key id", ks_slice(m->of->unlocked->key_id, 20));
    if (public_key)
        add_users(m, spki);
    if (!private_key && !public_key)
        line_sentence(m, 0, "There is no key in this entry, or none that can be read.");
    line_blank(m);
    if (private_key)
        line_sentence(m, 0, "Private material is never shown or copied.");
    else if (public_key)
        line_sentence(m, 0, "This is a public key; there is no private key in this entry.");
}
