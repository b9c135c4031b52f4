/* Filter words, incremental search, and orders. */
#include "make_cert.h"

#include "report/filter.h"
#include "x509/cert.h"

#include <stdio.h>

/* ---- one store for all cases ---- */

static struct ks_store *store; /* entries: see below */
enum { SERVER, ROOT, OLD, CLIENT, AES, LATER, ENTRIES };

static struct ks_entry *aes_entry(void)
{
    return make_entry(KS_KIND_SECRET, "aes-session", 0, 0);
}

static int make_fixture(void **state)
{
    (void)state;
    struct ks_blob *leaf = make_cert(&(struct make_cert){
        .cn = "iq.example.com", .issuer = "Example Issuing CA 3", .to = "2027-04-17", .serial = 0x1f3a90c2,
        .key = make_key("rsa2048"), .san = "DNS:iq.example.com,DNS:xn--bcher-kva.example,IP:192.0.2.10"});
    struct ks_blob *issuing = make_cert(
        &(struct make_cert){.cn = "Example Issuing CA 3", .issuer = "Root", .ca = true});
    struct ks_blob *root = make_cert(&(struct make_cert){.cn = "Root", .o = "Caf\xc3\xa9 GmbH", .ca = true});
    struct ks_blob *old = make_cert(
        &(struct make_cert){.cn = "Old CA", .to = "2026-01-29", .ca = true, .key = make_key("rsa1024")});
    struct ks_blob *client = make_cert(
        &(struct make_cert){.cn = "ldap-client", .issuer = "Root", .to = "2026-03-13"});
    struct ks_blob *later = make_cert(
        &(struct make_cert){.cn = "later", .issuer = "Root", .from = "2026-03-15", .to = "2029-01-01"});
    store = make_store("dir/Inbound.p12", "PKCS12", ENTRIES,
                       make_entry(KS_KIND_KEY, "nexus-iq-server", 0, 2, leaf, issuing),
                       make_entry(KS_KIND_TRUSTED, "corp-root", 0, 1, root),
                       make_entry(KS_KIND_TRUSTED, "old-issuing-ca", 0, 1, old),
                       make_entry(KS_KIND_KEY, "LDAP-client", 0, 1, client), aes_entry(),
                       make_entry(KS_KIND_KEY, "later", 0, 1, later));
    return 0;
}

static int drop_fixture(void **state)
{
    (void)state;
    ks_store_free(store);
    return 0;
}

/* "014": the entries that a filter lets through. */
static const char *matches(const char *text)
{
    static char out[ENTRIES + 1];
    struct ks_error err = {0};
    struct filter *f = filter_parse(text, &err);
    if (!f)
        fail_msg("%s: %s", text, err.what);
    size_t n = 0;
    for (size_t i = 0; i < ENTRIES; i++)
        if (filter_match(f, store, ks_store_entry(store, i), MAKE_NOW))
            out[n++] = (char)('0' + i);
    out[n] = '\0';
    filter_free(f);
    return out;
}

static void each_word_selects_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *entries;
    } cases[] = {
        {"", "012345"},
        {"   ", "012345"},
        /* plain text, in every field */
        {"nexus", "0"},
        {"NEXUS", "0"},
        {"Root", "0135"},
        {"Type:Key Alias:LATER", "5"},
        {"san:IQ.Example", "0"},
        {"ldap", "3"},
        {"LDAP", "3"},
        {"iq.example", "0"},
        {"issuing", "02"},
        {"\"issuing ca\"", "0"},
        {"caf\xc3\xa9", "1"},
        {"gmbh", "1"},
        {"cn=root", "0135"},
        {"192.0.2.10", "0"},
        {"dns:iq", "0"},
        {"1f3a90c2", "0"},
        {"1F:3A:90:C2", "0"},
        {"old example", ""},
        /* type */
        {"type:key", "035"},
        {"type:cert", "12"},
        {"type:trusted", "12"},
        {"type:secret", "4"},
        {"type:key,secret", "0345"},
        {"type:key|cert", "01235"},
        {"!type:key", "124"},
        /* dates */
        {"exp:<30d", "23"},
        {"exp:30d", "23"},
        {"exp:<2w", "23"},
        {"exp:<1w", "2"},
        {"exp:>1y", "015"},
        {"exp:<2026-03-01", "2"},
        {"exp:>2029-12-31", "1"},
        {"exp:expired", "2"},
        {"exp:valid", "013"},
        {"exp:future", "5"},
        {"exp:none", "4"},
        {"!exp:expired", "01345"},
        /* the others */
        {"alg:rsa", "02"},
        {"alg:rsa<2048", "2"},
        {"alg:RSA>=2048", "0"},
        {"alg:ec", "135"},
        {"alg:ec,rsa<2048", "1235"},
        {"alg:ec|rsa", "01235"},
        {"alg:p-256", "135"},
        {"alg:ed25519", ""},
        {"san:bcher", "0"},
        {"san:", "0"},
        {"ip:192", "0"},
        {"issuer:root", "0135"},
        {"subject:root", "1"},
        {"subject:ca", "012"},
        {"alias:issuing", "2"},
        {"store:inbound", "012345"},
        {"store:dir", ""},
        {"serial:1f3a", "0"},
        {"sev:warning", "2"},
        {"sev:note", "0"},
        {"sev:error,warning", "235"},
        {"sev:ok", "14"},
        /* together */
        {"type:key exp:<30d", "3"},
        {"!exp:expired type:cert", "1"},
        {"type:key !ldap !later", "0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (strcmp(matches(cases[i].filter), cases[i].entries) != 0)
            fail_msg("%s lets %s through, not %s", cases[i].filter, matches(cases[i].filter),
                     cases[i].entries);
}

static void what_is_not_understood_is_refused_with_advice(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *what, *next;
    } cases[] = {
        {"exp:soon", "exp:soon", "exp:<30d"},
        {"exp:", "exp:", "exp:<30d"},
        {"exp:<30x", "exp:<30x", "exp:<30d"},
        {"exp:<99999999999999999999d", "exp:<", "exp:<30d"},
        {"type:keys", "type:keys", "type:key"},
        {"type:key,", "type:key,", "type:key"},
        {"sev:bad", "sev:bad", "sev:error"},
        {"alg:", "alg:", "alg:rsa<2048"},
        {"alg:ec,p-256", "alg:ec,p-256", "alg:rsa"},
        {"alg:rsa<", "alg:rsa<", "alg:rsa"},
        {"alg:rsa<x", "alg:rsa<x", "alg:rsa"},
        {"fp:xyz", "fp:xyz", "hexadecimal"},
        {"serial:", "serial:", "hexadecimal"},
        {"colour:red", "colour:red", "the words are"},
        {"x5t:9C41", "x5t:9C41", "fp:"},
        {"md5:9C41", "md5:9C41", "fp:"},
        {"sha256:9C:41", "sha256:9C:41", "fp:"},
        {"SHA-1:9C41", "SHA-1:9C41", "fp:"},
        {"ok colour:red", "colour:red", "in quotes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_error err = {0};
        struct filter *f = filter_parse(cases[i].filter, &err);
        if (f)
            fail_msg("%s was understood", cases[i].filter);
        assert_int_equal(err.code, KS_ERR_USAGE);
        if (!strstr(err.what, cases[i].what) || !strstr(err.next, cases[i].next))
            fail_msg("%s: %s; %s", cases[i].filter, err.what, err.next);
        assert_null(filter_parse(cases[i].filter, NULL));
    }
}

static void too_many_words_are_refused(void **state)
{
    (void)state;
    char text[400] = "";
    for (size_t i = 0; i < 100; i++)
        memcpy(text + 2 * i, "a ", 3);
    struct ks_error err = {0};
    assert_null(filter_parse(text, &err));
    assert_int_equal(err.code, KS_ERR_LIMIT);
}

static void text_with_a_colon_can_be_quoted(void **state)
{
    (void)state;
    assert_string_equal(matches("\"colour:red\""), "");
    assert_string_equal(matches("san:\"iq.example\""), "0");
    assert_string_equal(matches("!\"issuing ca\""), "12345");
}

/* ---- fingerprints ---- */

static void a_fingerprint_is_found_with_and_without_colons(void **state)
{
    (void)state;
    uint8_t sha256[32], sha1[20];
    char colons[100] = "fp:", plain[80] = "", old[80] = "fp:";
    const struct ks_cert *c = &ks_store_entry(store, ROOT)->chain[0];
    ks_cert_sha256(c, sha256);
    ks_cert_sha1(c, sha1);
    for (int i = 0; i < 32; i++)
        snprintf(colons + 3 + 3 * i, 4, "%02X%s", sha256[i], i < 31 ? ":" : "");
    for (int i = 0; i < 8; i++)
        snprintf(plain + 2 * i, 3, "%02x", sha256[i]);
    for (int i = 0; i < 20; i++)
        snprintf(old + 3 + 2 * i, 3, "%02x", sha1[i]);
    assert_string_equal(matches(colons), "1");
    assert_string_equal(matches(plain), "1");
    assert_string_equal(matches(old), "1");
    assert_true(filter_text_matches_entry(plain, ks_store_entry(store, ROOT)));
}

/* ---- incremental search ---- */

static void search_looks_at_the_entry_and_at_single_certificates(void **state)
{
    (void)state;
    const struct ks_entry *server = ks_store_entry(store, SERVER);
    assert_true(filter_text_matches_entry("nexus", server));
    assert_true(filter_text_matches_entry("issuing ca 3", server)); /* the issuer of the leaf */
    assert_false(filter_text_matches_entry("root", server));        /* only further up the chain */
    assert_true(filter_text_matches_cert("root", &server->chain[1]));
    assert_true(filter_text_matches_cert("Issuing", &server->chain[1]));
    assert_true(filter_text_matches_cert("ISSUING", &server->chain[1]));
    assert_false(filter_text_matches_cert("nexus", &server->chain[0]));
    assert_true(filter_text_matches_entry("", server));
    assert_true(filter_text_matches_entry("aes", ks_store_entry(store, AES)));
}

static void names_in_wide_strings_are_decoded(void **state)
{
    (void)state;
    static const char wide[] = "\0B\0l\0a\0u";
    struct ks_blob *blob = make_cert(&(struct make_cert){
        .cn = wide, .cn_len = 8, .string_type = V_ASN1_BMPSTRING, .key = make_key("Root")});
    struct ks_cert c;
    assert_true(ks_cert_skim(ks_blob_slice(blob), &c));
    assert_true(filter_text_matches_cert("blau", &c));
    assert_true(filter_text_matches_cert("Blau", &c));
    assert_false(filter_text_matches_cert("grau", &c));
    ks_blob_unref(blob);
}

static void case_does_not_count_outside_of_ascii_either(void **state)
{
    (void)state;
    static const char *const aliases[] = {"\xc3\xa9t\xc3\xa9", "\xc3\x89T\xc3\x89"}; /* été, ÉTÉ */
    for (size_t i = 0; i < 2; i++) {
        struct ks_entry *e = make_entry(KS_KIND_OPAQUE, aliases[i], 0, 0);
        assert_true(filter_text_matches_entry("\xc3\xa9t", e));
        assert_true(filter_text_matches_entry("\xc3\x89T", e));
        assert_false(filter_text_matches_entry("\xc3\xa8t", e)); /* èt */
        ks_entry_unref(e);
    }
}

static void a_word_longer_than_the_text_matches_nothing(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_string_equal(matches(text), "");
}

/* ---- orders ---- */

static const char *sorted(enum sort_key key, bool reverse)
{
    static char out[ENTRIES + 1];
    uint32_t index[ENTRIES] = {0, 1, 2, 3, 4, 5};
    sort_entries(store, index, ENTRIES, key, reverse, MAKE_NOW);
    for (size_t i = 0; i < ENTRIES; i++)
        out[i] = (char)('0' + index[i]);
    out[ENTRIES] = '\0';
    return out;
}

static void entries_without_a_date_stay_last_in_both_directions(void **state)
{
    (void)state;
    assert_string_equal(sorted(SORT_EXPIRY, false), "230514");
    assert_string_equal(sorted(SORT_EXPIRY, true), "150324");
}

static void names_are_sorted_without_case(void **state)
{
    (void)state;
    assert_string_equal(sorted(SORT_NAME, false), "415302");
    assert_string_equal(sorted(SORT_NAME, true), "203514");
}

static void other_orders_keep_equal_entries_as_they_were(void **state)
{
    (void)state;
    assert_string_equal(sorted(SORT_FILE, false), "012345");
    assert_string_equal(sorted(SORT_FILE, true), "543210");
    assert_string_equal(sorted(SORT_TYPE, false), "035124");
    assert_string_equal(sorted(SORT_TYPE, true), "412035");
    assert_string_equal(sorted(SORT_KEY, false), "201354");
    assert_string_equal(sorted(SORT_STATUS, false), "352014");
}

static void an_order_can_be_taken_back(void **state)
{
    (void)state;
    uint32_t index[] = {3, 0, 5};
    sort_entries(store, index, 3, SORT_FILE, false, MAKE_NOW);
    assert_int_equal(index[0], 0);
    assert_int_equal(index[1], 3);
    assert_int_equal(index[2], 5);
    sort_entries(store, index, 0, SORT_NAME, false, MAKE_NOW);
}

static void order_words_are_read_and_written_alike(void **state)
{
    (void)state;
    enum sort_key key;
    for (enum sort_key k = SORT_FILE; k <= SORT_KEY; k++) {
        assert_true(sort_key_parse(sort_key_word(k), &key));
        assert_int_equal(key, k);
    }
    assert_false(sort_key_parse("colour", &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_word_selects_what_it_says),
        cmocka_unit_test(what_is_not_understood_is_refused_with_advice),
        cmocka_unit_test(too_many_words_are_refused),
        cmocka_unit_test(text_with_a_colon_can_be_quoted),
        cmocka_unit_test(a_fingerprint_is_found_with_and_without_colons),
        cmocka_unit_test(search_looks_at_the_entry_and_at_single_certificates),
        cmocka_unit_test(names_in_wide_strings_are_decoded),
        cmocka_unit_test(case_does_not_count_outside_of_ascii_either),
        cmocka_unit_test(a_word_longer_than_the_text_matches_nothing),
        cmocka_unit_test(entries_without_a_date_stay_last_in_both_directions),
        cmocka_unit_test(names_are_sorted_without_case),
        cmocka_unit_test(other_orders_keep_equal_entries_as_they_were),
        cmocka_unit_test(an_order_can_be_taken_back),
        cmocka_unit_test(order_words_are_read_and_written_alike),
    };
    return cmocka_run_group_tests(tests, make_fixture, drop_fixture);
}
