/* The lines of the detail pane: every section for every kind of entry, and the words of rows. */
#include "make_cert.h"

#include "base/secret.h"
#include "report/report.h"

#include <openssl/x509.h>

#include <stdio.h>

/* ---- entries of every kind ---- */

static struct ks_blob *blob_of(unsigned char *der, int len)
{
    assert_true(len > 0);
    struct ks_blob *blob = ks_blob_copy(ks_slice(der, (size_t)len));
    OPENSSL_free(der);
    return blob;
}

static struct ks_blob *request(void)
{
    X509_REQ *req = X509_REQ_new();
    STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
    unsigned char *der = NULL;
    make_name(X509_REQ_get_subject_name(req), "new.example.com", 0, 0, NULL);
    assert_true(X509_REQ_set_pubkey(req, make_key("leaf")));
    sk_X509_EXTENSION_push(exts, X509V3_EXT_nconf_nid(NULL, NULL, NID_subject_alt_name,
                                                      "DNS:new.example.com"));
    assert_true(X509_REQ_add_extensions(req, exts));
    assert_true(X509_REQ_add1_attr_by_NID(req, NID_pkcs9_challengePassword, MBSTRING_ASC,
                                          (const unsigned char *)"hunter22", -1));
    assert_true(X509_REQ_sign(req, make_key("leaf"), EVP_sha256()) > 0);
    int len = i2d_X509_REQ(req, &der);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
    X509_REQ_free(req);
    return blob_of(der, len);
}

static struct ks_blob *crl(void)
{
    X509_CRL *list = X509_CRL_new();
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    X509_NAME *issuer = X509_NAME_new();
    ASN1_TIME *time = ASN1_TIME_adj(NULL, (time_t)make_time("2026-02-01"), 0, 0);
    unsigned char *der = NULL;
    make_name(issuer, "Root", 0, 0, NULL);
    assert_true(ASN1_INTEGER_set(serial, 77) && X509_REVOKED_set_serialNumber(revoked, serial) &&
                X509_REVOKED_set_revocationDate(revoked, time));
    assert_true(X509_CRL_set_version(list, 1) && X509_CRL_set_issuer_name(list, issuer) &&
                X509_CRL_set1_lastUpdate(list, time));
    assert_non_null(ASN1_TIME_adj(time, (time_t)make_time("2026-02-20"), 0, 0));
    assert_true(X509_CRL_set1_nextUpdate(list, time) && X509_CRL_add0_revoked(list, revoked));
    assert_true(X509_CRL_sign(list, make_key("Root"), EVP_sha256()) > 0);
    int len = i2d_X509_CRL(list, &der);
    X509_CRL_free(list);
    X509_NAME_free(issuer);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(time);
    return blob_of(der, len);
}

static struct ks_blob *public_key(void)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(make_key("leaf"), &der);
    return blob_of(der, len);
}

static struct ks_blob *root(void)
{
    return make_cert(&(struct make_cert){.cn = "Example Root", .to = "2036-01-01", .ca = true});
}

static struct ks_blob *issuing(void)
{
    return make_cert(&(struct make_cert){
        .cn = "Example Issuing CA 3", .issuer = "Example Root", .to = "2029-01-01", .ca = true});
}

static struct ks_blob *leaf(void)
{
    return make_cert(&(struct make_cert){.cn = "iq.example.com",
                                         .issuer = "Example Issuing CA 3",
                                         .key = make_key("leaf"),
                                         .from = "2025-04-17",
                                         .to = "2027-04-17",
                                         .san = "DNS:iq.example.com,DNS:xn--bcher-kva.example,IP:192.0.2.10",
                                         .usage = "critical,digitalSignature",
                                         .purpose = "serverAuth",
                                         .serial = 0x1f3a90c277be014d});
}

/* Bytes of a private key that must not appear anywhere. */
static const uint8_t private_bytes[24] = "\xd1\xd2\xd3-top-secret-\xd4\xd5\xd6\xd7\xd8\xd9\xda\xdb";

static struct ks_entry *key_entry(const char *alias, enum ks_kind kind, uint32_t notes, size_t certs)
{
    struct ks_blob *blobs[3] = {leaf(), issuing(), ks_blob_copy(ks_slice(private_bytes, 24))};
    struct ks_cert chain[2];
    for (size_t i = 0; i < 2; i++)
        assert_true(ks_cert_skim(ks_blob_slice(blobs[i]), &chain[i]));
    struct ks_entry *e = ks_entry_new(&(struct ks_entry_draft){
        .kind = (uint8_t)kind, .notes = notes, .created = 1745000000123, .alias = ks_strdup(alias),
        .key = ks_blob_slice(blobs[2]), .key_format = "PrivateKeyInfo", .chain = chain,
        .chain_len = certs, .blobs = blobs, .blob_count = 3});
    for (size_t i = 0; i < 3; i++)
        ks_blob_unref(blobs[i]);
    return e;
}

static struct ks_entry *junk_cert(void)
{
    return make_entry(KS_KIND_TRUSTED, "junk", 0, 1, ks_blob_copy(ks_slice_str("no certificate")));
}

enum { SERVER, ROOT, AES, PHRASE, REQUEST, CRL, PUBLIC, OPAQUE, LOCKED, JUNK, BARE, SIGNED, KINDS };

static struct ks_store *all_kinds(void)
{
    struct ks_blob *odd[2] = {ks_blob_copy(ks_slice_str("??")), ks_blob_copy(ks_slice_str("??"))};
    struct ks_store *s = make_store(
        "/home/x/tls/inbound.p12", "PKCS12", KINDS, key_entry("nexus-iq-server", KS_KIND_KEY, 0, 1),
        make_entry(KS_KIND_TRUSTED, "corp-root", 0, 1, root()),
        key_entry("aes-session", KS_KIND_SECRET, 0, 0), key_entry("phrase", KS_KIND_PASSWORD, 0, 0),
        make_item(KS_KIND_REQUEST, "request", 0, request()), make_item(KS_KIND_CRL, "crl", 0, crl()),
        make_item(KS_KIND_PUBLIC, "public", 0, public_key()),
        make_item(KS_KIND_OPAQUE, "item", 0, odd[0]), make_item(KS_KIND_LOCKED, "safe 1", 0, odd[1]),
        junk_cert(), key_entry("bare", KS_KIND_KEY, KS_NOTE_NO_CHAIN | KS_NOTE_KEY_CLEAR, 0),
        key_entry("chained", KS_KIND_KEY, 0, 2));
    s->mtime = make_time("2026-02-27T16:40:00Z");
    s->mode = 0640;
    return s;
}

/* A key pair whose issuer is nowhere in its store. */
static struct ks_store *leaf_only(void)
{
    return make_store("inbound.p12", "PKCS12", 1, key_entry("nexus-iq-server", KS_KIND_KEY, 0, 1));
}

/* ---- looking at reports ---- */

static struct report build(const struct ks_store *s, int entry, int cert, enum report_section section)
{
    struct report r;
    struct report_subject subject = {
        .store = s, .entry = entry < 0 ? NULL : ks_store_entry(s, (size_t)entry), .cert = cert};
    report_build(&subject, section, &r);
    return r;
}

static const char *value_of(const struct report *r, const char *label)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->lines[i].label, label) == 0)
            return r->lines[i].value;
    fail_msg("there is no line %s", label);
    return "";
}

static size_t rows_of(const struct report *r, const char *label)
{
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++)
        count += strcmp(r->lines[i].label, label) == 0;
    return count;
}

static const struct report_line *line_with(const struct report *r, const char *part)
{
    for (size_t i = 0; i < r->count; i++)
        if (strstr(r->lines[i].value, part))
            return &r->lines[i];
    return NULL;
}

static void assert_line(struct report r, const char *label, const char *value)
{
    const char *found = value_of(&r, label);
    if (strcmp(found, value) != 0)
        fail_msg("%s is \"%s\", not \"%s\"", label, found, value);
    report_free(&r);
}

static void assert_has(struct report r, const char *part)
{
    if (!line_with(&r, part)) {
        for (size_t i = 0; i < r.count; i++)
            print_message("  %s | %s\n", r.lines[i].label, r.lines[i].value);
        fail_msg("no line has \"%s\"", part);
    }
    report_free(&r);
}

static int pin_clock(void **state)
{
    (void)state;
    ks_clock_pin(make_time("2026-03-01"));
    return 0;
}

/* ---- everything, in every way ---- */

/* Raw or as hex digits, in either case, with or without separators. */
static bool holds_private_bytes(const char *text)
{
    static const char *const forms[] = {"top-secret", "d1d2d3", "D1:D2:D3", "d1 d2 d3", "D1 D2 D3",
                                        "746f702d", "74:6F:70:2D", "74 6F 70 2D", "74 6f 70 2d"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strstr(text, forms[i]))
            return true;
    return false;
}

static void check_lines(const struct report *r)
{
    assert_true(r->count > 0);
    for (size_t i = 0; i < r->count; i++) {
        const struct report_line *l = &r->lines[i];
        assert_non_null(l->label);
        assert_non_null(l->value);
        assert_null(strchr(l->value, '\n'));
        assert_false(holds_private_bytes(l->value) || (l->full && holds_private_bytes(l->full)));
        assert_true(l->indent >= 0 && l->indent < 40);
    }
}

static void every_section_of_every_kind_has_lines_without_secrets(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    struct ks_unlocked unlocked = {.algorithm = "RSA 2048", .matches_leaf = 1, .has_key_id = true};
    for (int entry = -1; entry < KINDS; entry++)
        for (enum report_section section = REPORT_SUMMARY; section <= REPORT_SECTIONS; section++)
            for (unsigned how = 0; how < 8; how++) {
                struct report r;
                struct report_subject subject = {
                    .store = s, .entry = entry < 0 ? NULL : ks_store_entry(s, (size_t)entry),
                    .cert = how & 4 && entry >= 0 ? 0 : -1, .raw = how & 1, .wide = how & 2,
                    .unlocked = how & 2 ? &unlocked : NULL, .all = &s, .all_count = 1};
                report_build(&subject, section, &r);
                check_lines(&r);
                report_free(&r);
            }
    ks_store_free(s);
}

static void section_names_are_long_and_short(void **state)
{
    (void)state;
    assert_string_equal(report_section_name(REPORT_SUMMARY, false), "Summary");
    assert_string_equal(report_section_name(REPORT_SUMMARY, true), "Sum");
    assert_string_equal(report_section_name(REPORT_FINDINGS, true), "Find");
}

/* ---- summaries ---- */

static void the_summary_of_a_key_pair_answers_the_usual_questions(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    static const struct {
        const char *label, *value;
    } lines[] = {
        {"Entry", "nexus-iq-server"},
        {"Kind", "key pair (PrivateKeyEntry)"},
        {"Status", "1 error"},
        {"Subject", "CN=iq.example.com"},
        {"Issuer", "CN=Example Issuing CA 3"},
        {"Valid", "2025-04-17 .. 2027-04-17 UTC"},
        {"Left", "412 of 730 days  [####----]"},
        {"Chain", "1 of 3 present, issuer missing"},
        {"Key", "EC P-256, locked"},
        {"Signed", "SHA256withECDSA"},
        {"Names", "dns:iq.example.com dns:xn--bcher-kva.example (b\xc3\xbc" "cher.example) "
                  "ip:192.0.2.10"},
        {"Serial", "1f3a90c2 77be014d"},
        {"Created", "2025-04-18 18:13:20 UTC"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_line(build(s, SERVER, -1, REPORT_SUMMARY), lines[i].label, lines[i].value);
    struct report r = build(s, SERVER, -1, REPORT_SUMMARY);
    assert_int_equal(report_label_width(&r), 10);
    const struct report_line *f = line_with(&r, "CHAIN-MISSING-INTERMEDIATE");
    assert_int_equal(f->role, REPORT_FAILURE);
    assert_non_null(strstr(f->full, "Example Issuing CA 3"));
    assert_string_equal(value_of(&r, "Serial"), "1f3a90c2 77be014d");
    report_free(&r);
    ks_store_free(s);
}

static void an_unlocked_key_says_whether_it_fits(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    struct ks_unlocked u = {.algorithm = "EC P-256", .matches_leaf = 0};
    struct report r;
    struct report_subject subject = {
        .store = s, .entry = ks_store_entry(s, SERVER), .cert = -1, .unlocked = &u};
    report_build(&subject, REPORT_SUMMARY, &r);
    assert_non_null(strstr(value_of(&r, "Key"), "does NOT match"));
    report_free(&r);
    u = (struct ks_unlocked){.algorithm = "EC P-256", .matches_leaf = 0, .torn = true};
    report_build(&subject, REPORT_KEY, &r);
    assert_non_null(strstr(value_of(&r, "Matches"), "its private half does not fit"));
    assert_int_equal(line_with(&r, "its private half")->role, REPORT_FAILURE);
    report_free(&r);
    u = (struct ks_unlocked){.algorithm = "RSA 32768", .matches_leaf = 1};
    report_build(&subject, REPORT_KEY, &r);
    assert_null(strstr(value_of(&r, "Matches"), "tested"));
    report_free(&r);
    u = (struct ks_unlocked){.algorithm = "EC P-256", .matches_leaf = 1, .tested = true};
    report_build(&subject, REPORT_KEY, &r);
    assert_string_equal(value_of(&r, "Matches"), "the certificate: yes (tested)");
    report_free(&r);
    ks_store_free(s);
}

static void an_unlocked_secret_says_what_it_is_and_not_that_it_could(void **state)
{
    (void)state;
    struct ks_store *s = make_store(
        "s.jceks", "JCEKS", 1,
        ks_entry_new(&(struct ks_entry_draft){.kind = KS_KIND_SECRET, .alias = ks_strdup("db"),
                                              .key_format = "SealedObject",
                                              .comment = ks_strdup("key or password")}));
    struct ks_unlocked u = {.algorithm = "password, 14 characters", .matches_leaf = -1};
    struct report_subject subject = {.store = s, .entry = ks_store_entry(s, 0), .cert = -1};
    struct report r;
    assert_line(build(s, 0, -1, REPORT_SUMMARY), "Contents", "key or password");
    subject.unlocked = &u;
    report_build(&subject, REPORT_SUMMARY, &r);
    assert_null(line_with(&r, "key or password"));
    assert_line(r, "Kind", "stored password (SecretKeyEntry)");
    (void)snprintf(u.algorithm, sizeof u.algorithm, "AES 256");
    report_build(&subject, REPORT_SUMMARY, &r);
    assert_null(line_with(&r, "key or password"));
    assert_line(r, "Kind", "secret key (SecretKeyEntry)");
    ks_store_free(s);
}

static void an_expired_anchor_is_judged_in_its_chain_as_in_its_row(void **state)
{
    (void)state;
    struct make_cert old = {.cn = "Old Root", .from = "2020-01-01", .to = "2025-01-01", .ca = true};
    struct ks_store *s =
        make_store("t.jks", "JKS", 1, make_entry(KS_KIND_TRUSTED, "old", 0, 1, make_cert(&old)));
    struct report r = build(s, 0, -1, REPORT_CHAIN);
    assert_int_equal(line_with(&r, "Old Root")->role, REPORT_CAUTION);
    report_free(&r);
    ks_store_free(s);
}

static void the_finding_of_a_missing_issuer_says_where_one_is(void **state)
{
    (void)state;
    struct ks_store *s = leaf_only();
    assert_has(build(s, 0, -1, REPORT_FINDINGS),
               "Could be fixed with: nothing in the open keystores");
    ks_store_free(s);
    s = make_store("both.p12", "PKCS12", 2, key_entry("leaf", KS_KIND_KEY, 0, 1),
                   make_entry(KS_KIND_TRUSTED, "issuing-ca", 0, 1, issuing()));
    assert_has(build(s, 0, -1, REPORT_FINDINGS), "alias issuing-ca (matches ");
    ks_store_free(s);
}

static void a_revocation_list_is_compared_with_what_is_open(void **state)
{
    (void)state;
    struct make_cert ca = {.cn = "Root", .ca = true},
                     gone = {.cn = "gone", .issuer = "Root", .serial = 77};
    struct ks_store *s =
        make_store("list.pem", "PEM", 3, make_entry(KS_KIND_CERT, "ca", 0, 1, make_cert(&ca)),
                   make_entry(KS_KIND_CERT, "gone", 0, 1, make_cert(&gone)),
                   make_item(KS_KIND_CRL, "crl", 0, crl()));
    assert_line(build(s, 2, -1, REPORT_CERT), "Verifies", "yes, with the key of ca in list.pem");
    assert_has(build(s, 2, -1, REPORT_CERT), "4d  2026-02-01");
    assert_line(build(s, 1, -1, REPORT_SUMMARY), "Revoked", "on 2026-02-01, says crl in list.pem");
    struct report own = build(s, 0, -1, REPORT_SUMMARY);
    assert_int_equal(rows_of(&own, "Revoked"), 0);
    report_free(&own);
    ks_store_free(s);
    s = make_store("list.pem", "PEM", 1, make_item(KS_KIND_CRL, "crl", 0, crl()));
    assert_line(build(s, 0, -1, REPORT_CERT), "Verifies",
                "not tested: its issuer is in no open file");
    ks_store_free(s);
}

static void the_summary_of_other_kinds_says_what_they_are(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    assert_line(build(s, AES, -1, REPORT_SUMMARY), "Key", "locked");
    assert_line(build(s, REQUEST, -1, REPORT_SUMMARY), "Subject", "CN=new.example.com");
    assert_line(build(s, REQUEST, -1, REPORT_SUMMARY), "Checked", "its own signature verifies");
    assert_line(build(s, REQUEST, -1, REPORT_SUMMARY), "Names", "dns:new.example.com");
    assert_has(build(s, REQUEST, -1, REPORT_SUMMARY), "challenge password in clear text");
    assert_line(build(s, CRL, -1, REPORT_SUMMARY), "Issuer", "CN=Root");
    assert_line(build(s, CRL, -1, REPORT_SUMMARY), "Revoked", "1 certificate");
    assert_line(build(s, CRL, -1, REPORT_SUMMARY), "Next",
                "2026-02-20 00:00:00 UTC, was due 9 days ago");
    assert_line(build(s, PUBLIC, -1, REPORT_SUMMARY), "Key", "EC P-256");
    assert_line(build(s, LOCKED, -1, REPORT_SUMMARY), "Status", "locked: not opened");
    assert_line(build(s, ROOT, -1, REPORT_SUMMARY), "Issuer", "the same name");
    assert_line(build(s, OPAQUE, -1, REPORT_SUMMARY), "Size", "2 B");
    assert_line(build(s, JUNK, -1, REPORT_SUMMARY), "Size", "14 B");
    ks_store_free(s);
}

static void the_summary_of_a_store_lists_file_and_contents(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    ks_store_fact(s, "Integrity", "HMAC-SHA256, %d iterations", 10000);
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "File", "/home/x/tls/inbound.p12");
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Type", "PKCS12");
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Size", "19 B (19 bytes)");
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Modified", "2026-02-27 16:40:00 UTC");
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Integrity", "HMAC-SHA256, 10000 iterations");
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Earliest", "2026-02-20 (-9d) crl");
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Entries",
                "12: 3 key pairs, 2 trusted certificates, 1 secret key, 1 stored password, 1 request, "
                "1 revocation list, 1 public key, 1 other item, 1 locked part");
    struct report r = build(s, -1, -1, REPORT_SUMMARY);
    assert_int_equal(rows_of(&r, "Integrity"), 1);
    report_free(&r);
    ks_store_free(s);
}

static void facts_of_the_format_do_not_repeat_or_widen_the_summary(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    ks_store_fact(s, "Entries", "3 key pairs");
    ks_store_fact(s, "Keys protected by", "Sun's JKS key protector");
    struct report r = build(s, -1, -1, REPORT_SUMMARY);
    assert_int_equal(rows_of(&r, "Entries"), 1);
    assert_string_equal(value_of(&r, "Protection"), "Sun's JKS key protector");
    assert_int_equal(report_label_width(&r), 12);
    report_free(&r);
    ks_store_free(s);
}

static void a_damaged_store_says_so_in_its_summary(void **state)
{
    (void)state;
    struct ks_store *s = make_store("t.jks", "JKS", 0);
    s->notes = KS_STORE_DAMAGED;
    (void)ks_fail(&s->damage, KS_ERR_DAMAGED, "truncated", "the file ends inside entry 3");
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Damage", "the file ends inside entry 3");
    assert_has(build(s, -1, -1, REPORT_FINDINGS), "the file ends inside entry 3");
    ks_store_free(s);
}

static void a_password_fits_only_when_something_was_checked_with_it(void **state)
{
    (void)state;
    struct ks_store *s = leaf_only();
    s->password = ks_secret_new("changeit", 8);
    s->integrity = KS_INTEGRITY_VERIFIED;
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Password", "given, it fits");
    s->integrity = KS_INTEGRITY_BAD;
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Password", "given, not checked");
    ks_store_free(s);
}

/* What lies outside the file's own bytes came out of an encrypted part. */
static void contents_that_a_password_opened_prove_it(void **state)
{
    (void)state;
    struct ks_blob *blob = root();
    struct ks_piece piece = {.raw = ks_blob_slice(blob)};
    struct ks_store *s = make_store(
        "n.p12", "PKCS12", 1,
        ks_entry_new(&(struct ks_entry_draft){.kind = KS_KIND_OPAQUE, .alias = ks_strdup("a"),
                                              .pieces = &piece, .piece_count = 1,
                                              .blobs = &blob, .blob_count = 1}));
    s->password = ks_secret_new("changeit", 8);
    s->integrity = KS_INTEGRITY_NONE;
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Password", "given, it fits");
    s->notes = KS_STORE_BER;
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Password", "given, not checked");
    ks_blob_unref(blob);
    ks_store_free(s);
}

/* ---- the other sections ---- */

static void the_chain_section_names_what_is_missing_and_where_it_is(void **state)
{
    (void)state;
    struct ks_store *s = leaf_only();
    struct ks_store *trust =
        make_store("dir/truststore.jks", "JKS", 2, make_entry(KS_KIND_TRUSTED, "root", 0, 1, root()),
                   make_entry(KS_KIND_TRUSTED, "issuing-ca-3", 0, 1, issuing()));
    struct ks_store *all[] = {trust};
    struct report_subject subject = {.store = s, .entry = ks_store_entry(s, SERVER), .cert = -1,
                                     .all = all, .all_count = 1};
    struct report r;
    report_build(&subject, REPORT_CHAIN, &r);
    assert_non_null(line_with(&r, "(missing) CN=Example Issuing CA 3"));
    assert_non_null(line_with(&r, "Trust path: not complete"));
    assert_non_null(line_with(&r, "Could be fixed with: truststore.jks"));
    assert_non_null(line_with(&r, "alias issuing-ca-3 (matches AKI and signature)"));
    report_free(&r);
    report_build(&subject, REPORT_SUMMARY, &r);
    assert_string_equal(value_of(&r, "Chain"), "1 of 3 present, issuer missing");
    report_free(&r);
    report_build(&subject, REPORT_CERT, &r);
    assert_string_equal(value_of(&r, "Signature"),
                        "SHA256withECDSA, verifies: yes (issuer outside the chain)");
    report_free(&r);
    ks_store_free(trust);
    ks_store_free(s);
}

/* Every PKCS#12 key has it, so it is no finding and colours nothing. */
static void a_rebuilt_chain_is_explained_in_its_section_alone(void **state)
{
    (void)state;
    static const char words[] = "this is the chain that Java builds from them";
    struct ks_store *s =
        make_store("a.p12", "PKCS12", 1,
                   make_entry(KS_KIND_KEY, "a", KS_NOTE_CHAIN_REBUILT, 2, issuing(), root()));
    for (enum report_section section = REPORT_SUMMARY; section <= REPORT_SECTIONS; section++) {
        struct report r = build(s, 0, -1, section);
        const struct report_line *line = line_with(&r, words);
        assert_int_equal(line != NULL, section == REPORT_CHAIN);
        assert_true(!line || line->role == REPORT_PLAIN);
        report_free(&r);
    }
    assert_int_equal(report_entry_state(s, ks_store_entry(s, 0), MAKE_NOW), REPORT_OK);
    ks_store_free(s);
}

static void a_chain_is_numbered_only_when_a_root_is_known(void **state)
{
    (void)state;
    struct ks_store *ca = make_store("ca.p12", "PKCS12", 1,
                                     make_entry(KS_KIND_TRUSTED, "issuing", 0, 1, issuing()));
    struct ks_store *trust =
        make_store("trust.jks", "JKS", 1, make_entry(KS_KIND_TRUSTED, "root", 0, 1, root()));
    struct ks_store *bare = make_store("bare.p12", "PKCS12", 1,
                                       make_entry(KS_KIND_KEY, "k", 0, 2, leaf(), issuing()));
    struct ks_store *leaf = leaf_only();
    struct ks_store *all[] = {ca, trust};
    static const struct {
        size_t open;
        const char *leaf, *two;
    } cases[] = {
        {0, "1 present, issuer missing", "2 present, root not stored"},
        {1, "1 present, issuer missing", "2 present, root not stored"},
        {2, "1 of 3 present, issuer missing", "2 of 3 present, root not stored"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct report r;
        struct report_subject subject = {.store = leaf, .entry = ks_store_entry(leaf, 0),
                                         .cert = -1, .all = all, .all_count = cases[i].open};
        report_build(&subject, REPORT_SUMMARY, &r);
        assert_line(r, "Chain", cases[i].leaf);
        subject.store = bare;
        subject.entry = ks_store_entry(bare, 0);
        report_build(&subject, REPORT_SUMMARY, &r);
        assert_line(r, "Chain", cases[i].two);
    }
    ks_store_free(leaf);
    ks_store_free(bare);
    ks_store_free(trust);
    ks_store_free(ca);
}

static void signatures_along_a_chain_are_verified(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    assert_has(build(s, SIGNED, -1, REPORT_CHAIN), "signed by: Example Issuing CA 3, verifies");
    ks_store_free(s);
    struct ks_blob *forged = make_cert(&(struct make_cert){.cn = "leaf", .issuer = "Example Root",
                                                           .signer = make_key("forger"), .no_ids = true});
    s = make_store("a.jks", "JKS", 1, make_entry(KS_KIND_KEY, "a", 0, 2, forged, root()));
    struct report r = build(s, 0, -1, REPORT_CHAIN);
    const struct report_line *l = line_with(&r, "does NOT verify");
    assert_non_null(l);
    assert_int_equal(l->role, REPORT_FAILURE);
    report_free(&r);
    assert_has(build(s, 0, 0, REPORT_CERT), "verifies: NO");
    ks_store_free(s);
}

static void the_certificate_section_has_all_fields(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    assert_line(build(s, SERVER, -1, REPORT_CERT), "Version", "3");
    assert_line(build(s, SERVER, -1, REPORT_CERT), "Serial",
                "1f3a90c2 77be014d (dec 2250270128731980109)");
    assert_line(build(s, SERVER, -1, REPORT_CERT), "Not before", "2025-04-17 00:00:00 UTC");
    struct report r = build(s, ROOT, -1, REPORT_CERT);
    assert_string_equal(value_of(&r, "Signature"), "SHA256withECDSA, verifies: yes");
    assert_int_equal(strlen(value_of(&r, "SHA-1")), 59);
    assert_int_equal(strlen(value_of(&r, "SHA-256")), 95);
    report_free(&r);
    assert_has(build(s, SIGNED, 1, REPORT_CERT), "CN=Example Issuing CA 3");
    assert_has(build(s, JUNK, -1, REPORT_CERT), "no X.509 certificate");
    ks_store_free(s);
    s = leaf_only();
    assert_line(build(s, SERVER, -1, REPORT_CERT), "Signature",
                "SHA256withECDSA, verifies: ? (issuer missing)");
    assert_has(build(s, SERVER, -1, REPORT_CHAIN), "Could be fixed with: nothing");
    ks_store_free(s);
}

static void critical_extensions_are_marked(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    struct report r = build(s, SERVER, -1, REPORT_EXT);
    assert_non_null(line_with(&r, "! keyUsage"));
    assert_non_null(line_with(&r, "  extendedKeyUsage"));
    assert_non_null(line_with(&r, "xn--bcher-kva.example ("));
    report_free(&r);
    assert_has(build(s, REQUEST, -1, REPORT_EXT), "subjectAltName");
    ks_store_free(s);
}

static void the_key_section_finds_the_same_key_elsewhere(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    assert_line(build(s, SERVER, -1, REPORT_KEY), "Also in",
                "request (request), public (public), chained (key)");
    assert_line(build(s, BARE, -1, REPORT_KEY), "Protection",
                "none: whoever reads the file has the key");
    assert_has(build(s, SERVER, -1, REPORT_KEY), "Private material is never shown");
    ks_store_free(s);
}

static size_t row_of(const struct report *r, const char *label)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->lines[i].label, label) == 0)
            return i;
    fail_msg("there is no line %s", label);
    return 0;
}

static void the_numbers_of_a_public_key_stand_under_it(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    struct report r = build(s, SERVER, -1, REPORT_KEY);
    size_t key = row_of(&r, "Public key"), id = row_of(&r, "Key id");
    assert_true(id > key + 1);
    for (size_t i = key + 1; i < id; i++)
        assert_string_equal(r.lines[i].label, "");
    assert_string_not_equal(r.lines[id + 1].label, "");
    report_free(&r);
    ks_store_free(s);
}

static enum ks_code never(const struct ks_store *s, const struct ks_entry *e,
                          const struct ks_secret *p, struct ks_job *j, struct ks_material *out,
                          struct ks_error *err)
{
    (void)s, (void)e, (void)p, (void)j, (void)out, (void)err;
    return KS_ERR_PASSWORD;
}

/* The key of the explorer, or the option of the subcommand; never the other's. */
static void hints_name_what_the_reader_can_type(void **state)
{
    (void)state;
    struct ks_format format = {.name = "PKCS12", .reveal = never};
    struct ks_unlocked u = {.algorithm = "EC P-256", .matches_leaf = 1};
    struct ks_store *s = leaf_only();
    s->format = &format;
    struct report_subject subject = {.store = s, .entry = ks_store_entry(s, 0), .cert = -1};
    struct report r;
    assert_line(build(s, 0, -1, REPORT_KEY), "Unlock", "--key-pass prompt");
    assert_has(build(s, 0, -1, REPORT_EXT), "--raw shows bytes");
    subject.terminal = true;
    report_build(&subject, REPORT_KEY, &r);
    assert_line(r, "Unlock", "p, then u");
    report_build(&subject, REPORT_EXT, &r);
    assert_has(r, "x shows bytes");
    subject.unlocked = &u;
    report_build(&subject, REPORT_KEY, &r);
    assert_int_equal(rows_of(&r, "Unlock"), 0);
    report_free(&r);
    ks_store_free(s);
}

static void public_objects_are_shown_as_pem(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    assert_has(build(s, SERVER, -1, REPORT_PEM), "-----BEGIN CERTIFICATE-----");
    assert_has(build(s, REQUEST, -1, REPORT_PEM), "-----BEGIN CERTIFICATE REQUEST-----");
    assert_has(build(s, CRL, -1, REPORT_PEM), "-----BEGIN X509 CRL-----");
    assert_has(build(s, PUBLIC, -1, REPORT_PEM), "-----BEGIN PUBLIC KEY-----");
    assert_has(build(s, BARE, -1, REPORT_PEM), "private material is never shown");
    struct report r = build(s, SIGNED, -1, REPORT_PEM);
    size_t begins = 0;
    for (size_t i = 0; i < r.count; i++)
        begins += strcmp(r.lines[i].value, "-----BEGIN CERTIFICATE-----") == 0;
    assert_int_equal(begins, 2);
    report_free(&r);
    ks_store_free(s);
}

static void findings_of_a_store_list_its_entries(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    assert_has(build(s, -1, -1, REPORT_FINDINGS), "nexus-iq-server: CHAIN-MISSING-INTERMEDIATE");
    assert_has(build(s, ROOT, -1, REPORT_FINDINGS), "no findings");
    ks_store_free(s);
}

static struct ks_store *two_keys(void)
{
    return make_store("two.p12", "PKCS12", 2, key_entry("a", KS_KIND_KEY, 0, 1),
                      key_entry("b", KS_KIND_KEY, 0, 1));
}

static void a_sound_file_with_bad_entries_is_not_without_findings(void **state)
{
    (void)state;
    struct ks_store *s = leaf_only();
    s->integrity = KS_INTEGRITY_VERIFIED;
    struct report r = build(s, -1, -1, REPORT_FINDINGS);
    assert_string_equal(r.lines[0].value, "the file itself: no findings");
    assert_has(r, "nexus-iq-server: CHAIN-MISSING-INTERMEDIATE");
    ks_store_free(s);
    s = make_store("r.jks", "JKS", 1, make_entry(KS_KIND_TRUSTED, "root", 0, 1, root()));
    r = build(s, -1, -1, REPORT_FINDINGS);
    assert_int_equal(r.count, 1);
    assert_has(r, "no findings");
    ks_store_free(s);
}

static void both_kinds_of_findings_of_a_store_are_listed_in_order(void **state)
{
    (void)state;
    struct ks_store *s = leaf_only();
    s->notes = KS_STORE_NO_MAC;
    struct report r = build(s, -1, -1, REPORT_FINDINGS);
    const struct report_line *own = line_with(&r, "P12-NO-MAC");
    const struct report_line *entry = line_with(&r, "nexus-iq-server: CHAIN-MISSING-INTERMEDIATE");
    assert_true(own && entry && own < entry);
    report_free(&r);
    ks_store_free(s);
}

static void the_status_of_a_store_tells_the_file_from_its_entries(void **state)
{
    (void)state;
    struct ks_store *s = leaf_only();
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Status", "entries: 1 with an error");
    s->notes = KS_STORE_NO_MAC | KS_STORE_TRAILING;
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Status",
                "file: 1 warning, 1 note; entries: 1 with an error");
    ks_store_free(s);
    s = two_keys();
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Status", "entries: 2 with errors");
    ks_store_free(s);
    s = make_store("empty.jks", "JKS", 0);
    s->notes = KS_STORE_DAMAGED;
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Status", "file: 1 error");
    ks_store_free(s);
    s = make_store("r.jks", "JKS", 1, make_entry(KS_KIND_TRUSTED, "root", 0, 1, root()));
    assert_line(build(s, -1, -1, REPORT_SUMMARY), "Status", "no findings");
    ks_store_free(s);
}

static void a_section_that_a_file_does_not_have_says_why(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    for (enum report_section section = REPORT_CHAIN; section <= REPORT_PEM; section++) {
        struct report r = build(s, -1, -1, section);
        assert_int_equal(r.count, 1);
        assert_has(r, "Choose one");
    }
    assert_has(build(s, AES, -1, REPORT_CHAIN), "this entry has none");
    assert_has(build(s, BARE, -1, REPORT_CHAIN), "This key has no certificate");
    assert_has(build(s, AES, -1, REPORT_EXT), "entry is none of them");
    ks_store_free(s);
    s = make_store("ca.pem", "PEM", 1, make_entry(KS_KIND_CERT, "root", 0, 1, root()));
    assert_has(build(s, -1, -1, REPORT_CHAIN), "There is no chain here");
    assert_has(build(s, -1, -1, REPORT_CERT), "Choose one");
    assert_has(build(s, -1, -1, REPORT_KEY), "Choose one");
    ks_store_free(s);
}

/* ---- long values ---- */

static struct ks_entry *long_entry(void)
{
    struct ks_buf san = KS_BUF_INIT;
    for (int i = 0; i < 40; i++)
        ks_buf_printf(&san, "%sDNS:host-%02d.example.com", i ? "," : "", i);
    struct ks_blob *cert = make_cert(&(struct make_cert){
        .cn = "host", .key = make_key("rsa2048"), .san = ks_buf_text(&san)});
    ks_buf_free(&san);
    return make_entry(KS_KIND_KEY, "long", 0, 1, cert);
}

/* What is printed without a terminal is wrapped by nobody. */
static void long_values_take_several_lines(void **state)
{
    (void)state;
    struct ks_store *s = make_store("l.jks", "JKS", 1, long_entry());
    struct report_subject subject = {.store = s, .entry = ks_store_entry(s, 0), .cert = -1,
                                     .wide = true};
    static const enum report_section sections[] = {REPORT_SUMMARY, REPORT_CERT, REPORT_EXT,
                                                   REPORT_KEY};
    for (size_t i = 0; i < 8; i++) {
        struct report r;
        subject.raw = i >= 4;
        report_build(&subject, sections[i % 4], &r);
        for (size_t k = 0; k < r.count; k++)
            if (r.lines[k].role != REPORT_PLAIN && strlen(r.lines[k].value) > 140)
                fail_msg("too long: %s", r.lines[k].value);
        report_free(&r);
    }
    ks_store_free(s);
}

static void the_whole_of_a_long_value_can_be_copied(void **state)
{
    (void)state;
    struct ks_store *s = make_store("l.jks", "JKS", 1, long_entry());
    struct report_subject subject = {.store = s, .entry = ks_store_entry(s, 0), .cert = -1,
                                     .wide = true};
    struct report r;
    report_build(&subject, REPORT_SUMMARY, &r);
    const struct report_line *names = line_with(&r, "dns:host-00.example.com");
    assert_non_null(strstr(names->full, "dns:host-39.example.com"));
    assert_non_null(line_with(&r, "dns:host-39.example.com"));
    report_free(&r);
    report_build(&subject, REPORT_KEY, &r);
    const struct report_line *modulus = line_with(&r, "modulus:") + 1;
    assert_int_equal(strlen(modulus->value), 48);
    assert_int_equal(strlen(modulus->full), 256 * 3 - 1);
    assert_int_equal(strlen(modulus[15].value), 47);
    report_free(&r);
    report_build(&subject, REPORT_CERT, &r);
    assert_string_equal(value_of(&r, "Names"), "dns:host-00.example.com");
    report_free(&r);
    ks_store_free(s);
}

/* ---- odd names ---- */

static void a_nul_in_a_name_does_not_end_it(void **state)
{
    (void)state;
    struct ks_blob *evil = make_cert(&(struct make_cert){.cn = "good.example\0.evil.example", .cn_len = 26,
                                                         .string_type = V_ASN1_UTF8STRING,
                                                         .key = make_key("Root"), .ca = true});
    struct ks_store *s = make_store("e.jks", "JKS", 1, make_entry(KS_KIND_TRUSTED, "e", 0, 1, evil));
    assert_has(build(s, 0, -1, REPORT_SUMMARY), ".evil.example");
    assert_has(build(s, 0, -1, REPORT_CERT), "CN=good.example\\x00.evil.example");
    ks_store_free(s);
}

static void names_from_right_to_left_are_pointed_out(void **state)
{
    (void)state;
    struct ks_store *s = make_store(
        "r.jks", "JKS", 1, make_entry(KS_KIND_TRUSTED, "\xd7\x90\xd7\x91\xd7\x92", 0, 1, root()));
    assert_has(build(s, 0, -1, REPORT_SUMMARY), "contains right-to-left text");
    ks_store_free(s);
}

static void raw_shows_the_code_points_of_an_alias(void **state)
{
    (void)state;
    struct ks_store *s =
        make_store("r.jks", "JKS", 1, make_entry(KS_KIND_TRUSTED, "a\xe2\x80\xae\xff", 0, 1, root()));
    struct report r;
    struct report_subject subject = {.store = s, .entry = ks_store_entry(s, 0), .cert = -1, .raw = true};
    report_build(&subject, REPORT_SUMMARY, &r);
    assert_string_equal(value_of(&r, "Points"), "U+0061 U+202E FF");
    report_free(&r);
    ks_store_free(s);
}

/* ---- words of rows ---- */

static void days_take_five_columns_at_most(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *words;
    } cases[] = {
        {"2025-01-01", "2027-04-17", "412d"},   {"2025-01-01", "2026-01-29", "-31d"},
        {"2025-01-01", "2026-03-01", "0d"},     {"2025-01-01", "2026-03-01T23:59:59Z", "0d"},
        {"2025-01-01", "2026-02-28T23:59:59Z", "-1d"}, {"2026-03-15", "2030-01-01", "+14d"},
        {"2026-03-14T12:00:00Z", "2030-01-01", "+14d"}, {"2025-01-01", "2028-11-24", "999d"},
        {"2025-01-01", "2028-11-25", "2.7y"},   {"2025-01-01", "2031-04-02", "5.0y"},
        {"2025-01-01", "9999-12-31", "7973y"},  {"0001-01-01", "0002-01-01", "-999y"},
        {"2010-01-01", "2020-01-01", "-6.2y"},  {"1980-01-01", "1990-01-01", "-36y"},
        {"2060-01-01", "2070-01-01", "+33y"},   {"2025-01-01", "2125-01-01", "98.8y"},
        {"2025-01-01", "2136-01-01", "109y"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[8];
        report_days(make_time(cases[i].from), make_time(cases[i].to), MAKE_NOW, out);
        if (strcmp(out, cases[i].words) != 0 || strlen(out) > 5)
            fail_msg("%s to %s is %s, not %s", cases[i].from, cases[i].to, out, cases[i].words);
    }
    char out[8];
    assert_string_equal(report_days(KS_TIME_NONE, KS_TIME_NONE, MAKE_NOW, out), "-");
    assert_string_equal(report_days(KS_TIME_NONE, make_time("2026-03-13"), MAKE_NOW, out), "12d");
}

static void an_entry_lasts_as_long_as_the_first_of_its_chain(void **state)
{
    (void)state;
    char out[8];
    struct ks_blob *ca =
        make_cert(&(struct make_cert){.cn = "Example Issuing CA 3", .to = "2026-03-11", .ca = true});
    struct ks_entry *e = make_entry(KS_KIND_KEY, "a", 0, 2, leaf(), ca);
    assert_string_equal(report_entry_days(e, MAKE_NOW, out), "10d");
    ks_entry_unref(e);
}

static void states_have_words_and_signs(void **state)
{
    (void)state;
    struct ks_store *s = all_kinds();
    static const enum report_state expected[KINDS] = {
        [SERVER] = REPORT_ERR,  [ROOT] = REPORT_OK,      [AES] = REPORT_NONE,
        [PHRASE] = REPORT_NONE, [REQUEST] = REPORT_NONE, [CRL] = REPORT_WARN,
        [PUBLIC] = REPORT_NONE, [OPAQUE] = REPORT_NONE,  [LOCKED] = REPORT_LOCKED,
        [JUNK] = REPORT_ERR,    [BARE] = REPORT_ERR,     [SIGNED] = REPORT_NOTE_};
    for (size_t i = 0; i < KINDS; i++)
        assert_int_equal(report_entry_state(s, ks_store_entry(s, i), MAKE_NOW), expected[i]);
    assert_int_equal(report_store_state(s, MAKE_NOW), REPORT_ERR);
    ks_store_free(s);
    assert_string_equal(report_state_word(REPORT_FUTURE), "future");
    assert_string_equal(report_state_glyph(REPORT_ERR, true), "X");
    assert_string_equal(report_state_glyph(REPORT_ERR, false), "\xe2\x9c\x97");
}

static void an_entry_that_only_starts_later_is_no_error(void **state)
{
    (void)state;
    struct ks_blob *later = make_cert(
        &(struct make_cert){.cn = "later", .from = "2026-03-15", .to = "2030-01-01", .ca = true});
    struct ks_store *s = make_store("l.jks", "JKS", 1, make_entry(KS_KIND_TRUSTED, "l", 0, 1, later));
    assert_int_equal(report_entry_state(s, ks_store_entry(s, 0), MAKE_NOW), REPORT_FUTURE);
    ks_store_free(s);
}

static void a_store_with_locked_parts_is_locked_not_fine(void **state)
{
    (void)state;
    struct ks_store *s = make_store("l.p12", "PKCS12", 0);
    s->notes = KS_STORE_LOCKED_PARTS;
    s->integrity = KS_INTEGRITY_UNVERIFIED;
    assert_int_equal(report_store_state(s, MAKE_NOW), REPORT_LOCKED);
    ks_store_free(s);
}

static void sizes_read_well(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *words;
    } cases[] = {
        {0, "0 B"},          {812, "812 B"},        {1023, "1023 B"},          {1024, "1 KiB"},
        {2048, "2 KiB"},     {5324, "5.1 KiB"},     {1048575, "1023.9 KiB"},   {94 << 20, "94 MiB"},
        {UINT64_MAX, "15.9 EiB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[16];
        assert_string_equal(report_size(cases[i].bytes, out), cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_section_of_every_kind_has_lines_without_secrets),
        cmocka_unit_test(section_names_are_long_and_short),
        cmocka_unit_test(the_summary_of_a_key_pair_answers_the_usual_questions),
        cmocka_unit_test(an_unlocked_key_says_whether_it_fits),
        cmocka_unit_test(an_unlocked_secret_says_what_it_is_and_not_that_it_could),
        cmocka_unit_test(an_expired_anchor_is_judged_in_its_chain_as_in_its_row),
        cmocka_unit_test(the_finding_of_a_missing_issuer_says_where_one_is),
        cmocka_unit_test(a_revocation_list_is_compared_with_what_is_open),
        cmocka_unit_test(the_summary_of_other_kinds_says_what_they_are),
        cmocka_unit_test(the_summary_of_a_store_lists_file_and_contents),
        cmocka_unit_test(facts_of_the_format_do_not_repeat_or_widen_the_summary),
        cmocka_unit_test(a_damaged_store_says_so_in_its_summary),
        cmocka_unit_test(a_password_fits_only_when_something_was_checked_with_it),
        cmocka_unit_test(contents_that_a_password_opened_prove_it),
        cmocka_unit_test(the_chain_section_names_what_is_missing_and_where_it_is),
        cmocka_unit_test(a_rebuilt_chain_is_explained_in_its_section_alone),
        cmocka_unit_test(a_chain_is_numbered_only_when_a_root_is_known),
        cmocka_unit_test(signatures_along_a_chain_are_verified),
        cmocka_unit_test(the_certificate_section_has_all_fields),
        cmocka_unit_test(critical_extensions_are_marked),
        cmocka_unit_test(the_key_section_finds_the_same_key_elsewhere),
        cmocka_unit_test(the_numbers_of_a_public_key_stand_under_it),
        cmocka_unit_test(hints_name_what_the_reader_can_type),
        cmocka_unit_test(public_objects_are_shown_as_pem),
        cmocka_unit_test(findings_of_a_store_list_its_entries),
        cmocka_unit_test(a_sound_file_with_bad_entries_is_not_without_findings),
        cmocka_unit_test(both_kinds_of_findings_of_a_store_are_listed_in_order),
        cmocka_unit_test(the_status_of_a_store_tells_the_file_from_its_entries),
        cmocka_unit_test(a_section_that_a_file_does_not_have_says_why),
        cmocka_unit_test(long_values_take_several_lines),
        cmocka_unit_test(the_whole_of_a_long_value_can_be_copied),
        cmocka_unit_test(a_nul_in_a_name_does_not_end_it),
        cmocka_unit_test(names_from_right_to_left_are_pointed_out),
        cmocka_unit_test(raw_shows_the_code_points_of_an_alias),
        cmocka_unit_test(days_take_five_columns_at_most),
        cmocka_unit_test(an_entry_lasts_as_long_as_the_first_of_its_chain),
        cmocka_unit_test(states_have_words_and_signs),
        cmocka_unit_test(an_entry_that_only_starts_later_is_no_error),
        cmocka_unit_test(a_store_with_locked_parts_is_locked_not_fine),
        cmocka_unit_test(sizes_read_well),
    };
    return cmocka_run_group_tests(tests, pin_clock, NULL);
}
