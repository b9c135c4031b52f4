#include "cli/json.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"
#include "cli/text.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/request.h"

#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

json_t *json_ext(const char *text, size_t len)
{
    json_t *value = json_stringn(text, len);
    if (value)
        return value;
    struct ks_buf clean = KS_BUF_INIT; /* not UTF-8 */
    (void)ks_text_from_utf8(ks_slice(text, len), &clean);
    value = json_stringn(ks_buf_text(&clean), clean.len);
    ks_buf_free(&clean);
    return value;
}

json_t *json_ext_z(const char *text)
{
    return json_ext(text, strlen(text));
}

json_t *json_time(int64_t seconds)
{
    char iso[24];
    return seconds == KS_TIME_NONE ? json_null() : json_string(ks_time_iso(seconds, iso));
}

/* A value was too long to be made: see write_value(). */
static bool lost;

void json_put(json_t *object, const char *key, json_t *value)
{
    lost = lost || !value;
    (void)json_object_set_new_nocheck(object, key, value);
}

/* The buffer's text as a string; the buffer is empty again. */
static json_t *from_buf(struct ks_buf *b)
{
    json_t *value = b->overflow ? NULL : json_ext(ks_buf_text(b), b->len);
    ks_buf_clear(b);
    return value;
}

static json_t *hex(struct ks_slice bytes)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_text_hex(bytes, '\0', false, &text);
    json_t *value = from_buf(&text);
    ks_buf_free(&text);
    return value;
}

/* ---- output ---- */

/* A character that a terminal would obey or not show. It is looked at behind a letter, so that a
 * combining mark, which is visible there, stays as it is. */
static bool is_hidden(const char *utf8, size_t len)
{
    char text[8] = "a";
    memcpy(text + 1, utf8, len);
    return ks_text_has_hidden(text, len + 1);
}

/* Hidden characters as \uXXXX. Beyond ASCII they occur in strings only, so the whole dump can be
 * looked through at once. */
static void append_escaped(struct ks_buf *out, const char *text, size_t len)
{
    size_t plain = 0;
    for (size_t at = 0; at < len;) {
        int32_t cp;
        if ((uint8_t)text[at] < 0x7f) {
            at++;
            continue;
        }
        size_t used = ks_utf8_next(text + at, len - at, &cp);
        if (is_hidden(text + at, used)) {
            ks_buf_append(out, text + plain, at - plain);
            if (cp > 0xffff)
                ks_buf_printf(out, "\\u%04x\\u%04x", 0xd7c0u + ((uint32_t)cp >> 10),
                              0xdc00u + ((uint32_t)cp & 0x3ff));
            else
                ks_buf_printf(out, "\\u%04x", (uint32_t)cp);
            plain = at + used;
        }
        at += used;
    }
    ks_buf_append(out, text + plain, len - plain);
}

static int append_dump(const char *text, size_t len, void *buf)
{
    struct ks_buf *dump = buf;
    ks_buf_append(dump, text, len);
    return dump->overflow ? -1 : 0;
}

static void write_value(struct cli *cli, json_t *value)
{
    struct ks_buf dump = {.max = cli->out.max};
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | (cli->ascii ? JSON_ENSURE_ASCII : 0);
    if (lost || json_dump_callback(value, append_dump, &dump, flags) != 0)
        cli->out.overflow = true;
    append_escaped(&cli->out, ks_buf_text(&dump), dump.len);
    ks_buf_free(&dump);
    json_decref(value);
}

void json_begin(struct cli *cli)
{
    char at[24];
    text_printf(cli, "{\"ksx\":1,\"command\":\"%s\",\"at\":\"%s\"", cli->command->name,
                ks_time_iso(ks_now(), at));
}

void json_end(struct cli *cli)
{
    if (cli->failed)
        json_member(cli, "error", json_error(&cli->first_error));
    text_own(cli, "}");
    text_line(cli);
}

void json_array_begin(struct cli *cli, const char *key)
{
    text_printf(cli, ",\"%s\":[", key);
}

void json_array_end(struct cli *cli)
{
    text_own(cli, "]");
}

/* A comma, unless an array or an object has just begun. */
static void separate(struct cli *cli)
{
    char last = cli->out.len ? (char)cli->out.data[cli->out.len - 1] : ',';
    if (last != '[' && last != '{' && last != '\n')
        text_own(cli, ",");
}

void json_element(struct cli *cli, json_t *value)
{
    separate(cli);
    text_line(cli);
    write_value(cli, value);
}

void json_member(struct cli *cli, const char *key, json_t *value)
{
    text_printf(cli, ",\"%s\":", key);
    write_value(cli, value);
}

/* ---- errors ---- */

json_t *json_error(const struct ks_error *err)
{
    json_t *o = json_object();
    json_put(o, "slug", json_ext_z(err->slug));
    json_put(o, "text", json_ext_z(err->what));
    if (err->next[0])
        json_put(o, "next", json_ext_z(err->next));
    json_put(o, "exit", json_integer(cli_exit_of(err)));
    return o;
}

void json_only_error(struct cli *cli, const struct ks_error *err)
{
    json_t *o = json_object();
    json_put(o, "ksx", json_integer(1));
    json_put(o, "error", json_error(err));
    write_value(cli, o);
    text_line(cli);
}

/* ---- findings ---- */

static json_t *findings(const struct ks_findings *found)
{
    json_t *list = json_array();
    for (size_t i = 0; i < found->count; i++) {
        const struct ks_finding *f = &found->items[i];
        json_t *o = json_object();
        json_put(o, "id", json_string(f->id));
        json_put(o, "severity", json_string(ks_severity_word(f->severity)));
        json_put(o, "text", json_ext_z(f->text ? f->text : f->title));
        if (f->cert >= 0)
            json_put(o, "cert", json_integer(f->cert));
        (void)json_array_append_new(list, o);
    }
    return list;
}

static json_t *finding_ids(const struct ks_findings *found, int cert)
{
    json_t *list = json_array();
    for (size_t i = 0; found && i < found->count; i++)
        if (found->items[i].cert == cert)
            (void)json_array_append_new(list, json_string(found->items[i].id));
    return list;
}

/* ---- certificates ---- */

static bool add_extension(void *list, const struct ks_ext *ext)
{
    struct ks_buf text = KS_BUF_INIT;
    const char *name = ks_oid_name(ext->oid);
    json_t *o = json_object();
    ks_oid_dotted(ext->oid, &text);
    json_put(o, "oid", from_buf(&text));
    json_put(o, "name", name ? json_string(name) : json_null());
    json_put(o, "critical", json_boolean(ext->critical));
    (void)ks_ext_text(ext, &text);
    json_put(o, "text", from_buf(&text));
    ks_buf_free(&text);
    (void)json_array_append_new(list, o);
    return true;
}

/* One string a line of `text`. */
static json_t *lines(const struct ks_buf *text)
{
    json_t *list = json_array();
    const char *at = ks_buf_text(text), *end = at + text->len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);
        (void)json_array_append_new(list, json_ext(at, len));
        at += len + (newline != NULL);
    }
    return list;
}

static void put_cert_details(json_t *o, const struct ks_cert *c, struct ks_buf *text)
{
    uint8_t sha1[20];
    json_put(o, "version", json_integer(c->version));
    ks_cert_signature_text(c, text);
    json_put(o, "signature", from_buf(text));
    ks_cert_sha1(c, sha1);
    json_put(o, "sha1", hex(ks_slice(sha1, sizeof sha1)));
    ks_cert_san(c, text);
    json_put(o, "names", lines(text));
    ks_buf_clear(text);
    json_put(o, "ca", json_boolean(c->flags & KS_CERT_CA));
    json_put(o, "subjectKeyId", c->ski.len ? hex(ks_cert_part(c, c->ski)) : json_null());
    json_put(o, "authorityKeyId", c->aki.len ? hex(ks_cert_part(c, c->aki)) : json_null());
    json_t *extensions = json_array();
    ks_ext_each(ks_cert_part(c, c->exts), add_extension, extensions);
    json_put(o, "extensions", extensions);
}

static void put_cert_fields(json_t *o, const struct ks_cert *c, struct ks_buf *text)
{
    ks_name_text(ks_cert_part(c, c->subject), text);
    json_put(o, "subject", from_buf(text));
    ks_name_text(ks_cert_part(c, c->issuer), text);
    json_put(o, "issuer", from_buf(text));
    ks_cert_serial_hex(c, text);
    json_put(o, "serial", from_buf(text));
    json_put(o, "notBefore", json_time(c->not_before));
    json_put(o, "notAfter", json_time(c->not_after));
}

json_t *json_cert(const struct ks_cert *cert, const struct ks_findings *found, int index, bool full)
{
    uint8_t sha256[32];
    struct ks_buf text = KS_BUF_INIT;
    bool readable = !(cert->flags & KS_CERT_BROKEN);
    json_t *o = json_object();
    if (readable)
        put_cert_fields(o, cert, &text);
    else
        json_put(o, "broken", json_true());
    ks_cert_sha256(cert, sha256);
    json_put(o, "sha256", hex(ks_slice(sha256, sizeof sha256)));
    if (readable) {
        ks_cert_key_text(cert, &text);
        json_put(o, "key", from_buf(&text));
    }
    if (readable && full)
        put_cert_details(o, cert, &text);
    if (full) {
        ks_pem_write("CERTIFICATE", ks_cert_der(cert), &text);
        json_put(o, "pem", from_buf(&text));
    }
    json_put(o, "findings", finding_ids(found, index));
    ks_buf_free(&text);
    return o;
}

/* ---- requests ---- */

static json_t *verdict(enum ks_verdict v)
{
    return v == KS_VERDICT_UNKNOWN ? json_null() : json_boolean(v == KS_VERDICT_GOOD);
}

static bool add_names(void *text, const struct ks_ext *ext)
{
    static const uint8_t alt_names[] = {0x55, 0x1d, 0x11};
    if (ks_der_oid_is(ext->oid, alt_names, sizeof alt_names))
        (void)ks_ext_general_names(ext->value, text);
    return true;
}

static json_t *request(const struct ks_entry *e)
{
    struct ks_request r;
    struct ks_buf text = KS_BUF_INIT;
    if (!ks_request_skim(e->key, &r))
        return json_null();
    json_t *o = json_object(), *extensions = json_array();
    ks_name_text(r.subject, &text);
    json_put(o, "subject", from_buf(&text));
    ks_spki_describe(r.spki, &text);
    json_put(o, "key", from_buf(&text));
    ks_sig_alg_text(r.sig_alg, &text);
    json_put(o, "signature", from_buf(&text));
    json_put(o, "verifies", verdict(ks_request_verify(&r)));
    ks_ext_each(r.exts, add_names, &text);
    json_put(o, "names", lines(&text));
    ks_buf_clear(&text);
    json_put(o, "challenge", json_boolean(r.has_challenge));
    ks_ext_each(r.exts, add_extension, extensions);
    json_put(o, "extensions", extensions);
    ks_pem_write("CERTIFICATE REQUEST", r.der, &text);
    json_put(o, "pem", from_buf(&text));
    ks_buf_free(&text);
    return o;
}

/* ---- entries ---- */

/* As loaders write an alias: a NUL, which would end it, is its symbol there. */
static void as_alias(const struct ks_buf *decoded, struct ks_buf *out)
{
    for (size_t i = 0; i < decoded->len; i++)
        if (decoded->data[i])
            ks_buf_byte(out, decoded->data[i]);
        else
            ks_utf8_append(out, 0x2400);
}

/* The alias as the file has it, decoded by that encoding which gives the entry's alias; false when
 * none does. */
static bool original_alias(const struct ks_entry *e, struct ks_buf *out)
{
    static bool (*const decoders[])(struct ks_slice in, struct ks_buf * out) = {
        ks_text_from_utf8, ks_text_from_utf16be, ks_text_from_modified_utf8};
    struct ks_slice alias = ks_slice_str(e->alias);
    bool found = false;
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0] && !found; i++) {
        struct ks_buf shown = KS_BUF_INIT;
        ks_buf_clear(out);
        if (decoders[i](e->alias_raw, out))
            as_alias(out, &shown);
        found = ks_slice_equal(ks_slice(shown.data, shown.len), alias);
        ks_buf_free(&shown);
    }
    return found;
}

/* The alias, and beside it the bytes of the file when it does not hold all that they say. */
static void put_alias(json_t *o, const struct ks_entry *e)
{
    struct ks_buf text = KS_BUF_INIT;
    bool plain = !e->alias_raw.data || ks_slice_equal(e->alias_raw, ks_slice_str(e->alias));
    if (!plain && original_alias(e, &text)) {
        json_put(o, "alias", json_ext(ks_buf_text(&text), text.len));
    } else {
        json_put(o, "alias", json_ext_z(e->alias));
        if (!plain && e->alias_raw.len <= 2 * KS_ALIAS_SHOWN) /* else it was only cut */
            json_put(o, "aliasBytes", hex(e->alias_raw));
    }
    ks_buf_free(&text);
}

static json_t *days_left(const struct ks_entry *e, int64_t now)
{
    int64_t expires = report_entry_expires(e);
    return expires == KS_TIME_NONE ? json_null() : json_integer(ks_days_until(expires, now));
}

/* `listed`: with the serial numbers, at most KS_CRL_SHOWN of them. */
static void put_crl(json_t *o, const struct ks_entry *e, bool listed)
{
    struct ks_crl crl;
    struct ks_revoked r;
    json_put(o, "nextUpdate", json_time(report_entry_expires(e)));
    if (!ks_crl_skim(e->key, &crl))
        return;
    json_put(o, "revokedCount", json_integer((json_int_t)crl.revoked));
    json_t *list = listed ? json_array() : NULL;
    for (size_t i = 0; listed && i < KS_CRL_SHOWN && ks_crl_next(&crl.entries, &r); i++) {
        struct ks_buf serial = KS_BUF_INIT;
        json_t *one = json_object();
        ks_serial_hex(r.serial, &serial);
        json_put(one, "serial", json_ext(ks_buf_text(&serial), serial.len));
        json_put(one, "date", r.date == KS_TIME_NONE ? json_null() : json_time(r.date));
        json_put(one, "reason", r.reason < 0 ? json_null() : json_string(ks_crl_reason(r.reason)));
        (void)json_array_append_new(list, one);
        ks_buf_free(&serial);
    }
    if (listed)
        json_put(o, "revoked", list);
}

static json_t *chain(const struct ks_entry *e, const struct ks_findings *found, bool full)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < e->chain_len; i++)
        (void)json_array_append_new(list, json_cert(&e->chain[i], found, (int)i, full));
    return list;
}

static json_t *unlocked_key(const struct ks_unlocked *u)
{
    json_t *o = json_object();
    json_put(o, "algorithm", json_ext_z(u->algorithm));
    json_put(o, "matchesCertificate",
             u->matches_leaf < 0 ? json_null() : json_boolean(u->matches_leaf));
    return o;
}

json_t *json_entry(struct cli *cli, const struct ks_store *store, const struct ks_entry *e,
                   json_unlock_fn *unlock)
{
    struct ks_unlocked unlocked;
    int64_t now = ks_now();
    struct ks_findings found = {0};
    json_t *o = json_object();
    ks_find_entry(store, e, now, &found);
    put_alias(o, e);
    json_put(o, "kind", json_string(ks_kind_word((enum ks_kind)e->kind)));
    json_put(o, "status", json_string(report_state_word(report_entry_state(store, e, now))));
    json_put(o, "days", days_left(e, now));
    if (e->kind == KS_KIND_CRL)
        put_crl(o, e, unlock != NULL);
    json_put(o, "created",
             e->created == KS_TIME_NONE ? json_null()
                                        : json_time(e->created / 1000 - (e->created % 1000 < 0)));
    if (e->comment)
        json_put(o, "comment", json_ext_z(e->comment));
    if (unlock && e->key_format)
        json_put(o, "keyFormat", json_string(e->key_format));
    if (unlock && unlock(cli, store, e, &unlocked))
        json_put(o, "unlocked", unlocked_key(&unlocked));
    if (unlock && e->kind == KS_KIND_REQUEST)
        json_put(o, "request", request(e));
    json_put(o, "chain", chain(e, &found, unlock != NULL));
    json_put(o, "findings", findings(&found));
    ks_findings_free(&found);
    return o;
}

/* ---- keystores ---- */

const char *json_integrity_word(enum ks_integrity integrity)
{
    static const char *const words[] = {
        [KS_INTEGRITY_NONE] = "none",
        [KS_INTEGRITY_VERIFIED] = "verified",
        [KS_INTEGRITY_UNVERIFIED] = "unverified",
        [KS_INTEGRITY_BAD] = "bad",
        [KS_INTEGRITY_UNKNOWN] = "unknown",
    };
    return words[integrity];
}

static void store_member(struct cli *cli, const char *key, json_t *value)
{
    separate(cli);
    text_printf(cli, "\"%s\":", key);
    write_value(cli, value);
}

static void put_entries(struct cli *cli, const struct ks_store *store, const uint32_t *index,
                        size_t count, json_unlock_fn *unlock)
{
    text_own(cli, ",\"entries\":[");
    for (size_t i = 0; i < count; i++)
        json_element(cli, json_entry(cli, store, ks_store_entry(store, index[i]), unlock));
    text_own(cli, "]");
}

void json_store(struct cli *cli, const struct ks_store *store, const uint32_t *index, size_t count,
                json_unlock_fn *unlock)
{
    uint8_t sha256[32];
    struct ks_findings found = {0};
    separate(cli);
    text_line(cli);
    text_own(cli, "{");
    store_member(cli, "path", json_ext_z(store->path));
    store_member(cli, "type", json_ext_z(store->type ? store->type : store->format->name));
    ks_sha256(ks_blob_slice(store->file), sha256);
    store_member(cli, "sha256", hex(ks_slice(sha256, sizeof sha256)));
    store_member(cli, "integrity", json_string(json_integrity_word(store->integrity)));
    store_member(cli, "locked", json_boolean(store->notes & KS_STORE_LOCKED_PARTS));
    if (store->damage.code != KS_OK)
        store_member(cli, "damage", json_error(&store->damage));
    ks_find_store(store, ks_now(), &found);
    store_member(cli, "findings", findings(&found));
    ks_findings_free(&found);
    if (index)
        put_entries(cli, store, index, count, unlock);
    text_own(cli, "}");
}

void json_store_error(struct cli *cli, const char *path, const struct ks_error *err)
{
    json_t *o = json_object();
    json_put(o, "path", json_ext_z(path));
    json_put(o, "error", json_error(err));
    json_put(o, "entries", json_array()); /* .keystores[].entries[] fails on none */
    json_element(cli, o);
}
