/*
 * PKCS#12 as Java sees it: names, chains, what keytool hides or refuses. Every row here was
 * compared with what JDK 17 lists; it differs only in that Java looks at the signature before it
 * takes a certificate for self-signed.
 */
#include "p12_builder.h"

#include "format/pkcs12_internal.h"

#include <time.h>

static const struct ks_cert *cert_at(const struct ks_entry *e, uint32_t i)
{
    assert_true(i < e->chain_len);
    return &e->chain[i];
}

/* The chain's certificates by their serial numbers, "3 2 1". */
static void assert_chain(const struct ks_entry *e, const char *serials)
{
    struct ks_buf text_now = KS_BUF_INIT;
    for (uint32_t i = 0; i < e->chain_len; i++) {
        struct ks_slice serial = ks_cert_part(cert_at(e, i), cert_at(e, i)->serial);
        ks_buf_printf(&text_now, "%s%u", i ? " " : "", serial.data[serial.len - 1]);
    }
    assert_string_equal(ks_buf_text(&text_now), serials);
    ks_buf_free(&text_now);
}

static struct ks_buf chained(unsigned serial, const char *subject, const char *issuer)
{
    return certificate((struct cert_spec){.subject = subject, .issuer = issuer, .serial = serial});
}

static const struct ks_entry *only_key(const struct ks_store *s)
{
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (ks_store_entry(s, i)->kind == KS_KIND_KEY)
            return ks_store_entry(s, i);
    fail_msg("there is no key");
    return NULL;
}

static struct ks_store *load_bags(struct ks_buf bags)
{
    return must_load(pfx(SAFES(clear_safe(bags)), no_mac), NULL);
}

/* ---- names ---- */

static void nameless_items_are_counted_as_java_counts_them(void **state)
{
    struct ks_store *s = load_bags(
        BAGS(cert_bag(ca("Pool"), NOTHING), cert_bag(ca("Pool 2"), NOTHING), key_bag(NOTHING),
             cert_bag(ca("T1"), SET_OF(trusted_attr())), java_secret_bag(any_epki(), NOTHING),
             cert_bag(ca("T2"), SET_OF(name_attr("named"), trusted_attr())),
             cert_bag(ca("T3"), SET_OF(trusted_attr()))));
    (void)state;
    static const char *const expected[] = {"Pool", "Pool 2", "1", "2", "3", "named", "4"};
    assert_int_equal(ks_store_count(s), 7);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(ks_store_entry(s, i)->alias, expected[i]);
        assert_int_equal(!!(ks_store_entry(s, i)->notes & KS_NOTE_ALIAS_INVENTED), i != 5);
    }
    assert_null(ks_store_entry(s, 0)->alias_raw.data);
    ks_store_free(s);
}

static void invented_names_are_unique(void **state)
{
    struct ks_store *s = load_bags(
        BAGS(cert_bag(ca("Same"), NOTHING), cert_bag(ca("same"), NOTHING),
             cert_bag(ca("Same"), SET_OF(name_attr("Same (2)"))), cert_bag(ca("Same"), NOTHING),
             cert_bag(certificate((struct cert_spec){.subject = ""}), NOTHING)));
    (void)state;
    assert_string_equal(ks_store_entry(s, 0)->alias, "Same");
    assert_string_equal(ks_store_entry(s, 1)->alias, "same (3)");
    assert_string_equal(ks_store_entry(s, 2)->alias, "Same (2)");
    assert_string_equal(ks_store_entry(s, 3)->alias, "Same (4)");
    assert_true(ks_store_entry(s, 4)->alias[0] != '\0');
    ks_store_free(s);
}

static void a_later_item_of_the_same_name_replaces_the_earlier(void **state)
{
    struct ks_store *s =
        load_bags(BAGS(key_bag(SET_OF(name_attr("App"), id_attr("1"))),
                       cert_bag(ca("A"), SET_OF(name_attr("aPP"), trusted_attr())),
                       cert_bag(ca("B"), SET_OF(name_attr("app"))),
                       cert_bag(ca("C"), SET_OF(name_attr("other"), trusted_attr()))));
    (void)state;
    assert_true(must_find(s, "App")->notes & KS_NOTE_JAVA_REPLACED);
    assert_false(must_find(s, "aPP")->notes & KS_NOTE_JAVA_REPLACED);
    assert_false(must_find(s, "other")->notes & KS_NOTE_JAVA_REPLACED);
    ks_store_free(s);
}

/* ---- what keytool hides ---- */

static void certificates_without_the_attribute_are_not_shown(void **state)
{
    struct ks_store *s =
        load_bags(BAGS(cert_bag(ca("A"), SET_OF(name_attr("a"))), cert_bag(ca("B"), NOTHING)));
    (void)state;
    assert_int_equal(must_find(s, "a")->kind, KS_KIND_CERT);
    assert_true(must_find(s, "a")->notes & KS_NOTE_JAVA_NO_TRUST);
    assert_true(s->notes & KS_STORE_JAVA_EMPTY);
    assert_true(s->notes & KS_STORE_CLEAR_CERTS);
    ks_store_free(s);

    s = load_bags(BAGS(cert_bag(ca("A"), SET_OF(name_attr("a"), trusted_attr()))));
    assert_int_equal(must_find(s, "a")->kind, KS_KIND_TRUSTED);
    assert_false(must_find(s, "a")->notes & KS_NOTE_JAVA_NO_TRUST);
    assert_false(s->notes & KS_STORE_JAVA_EMPTY);
    ks_store_free(s);
}

static void clear_keys_are_not_shown(void **state)
{
    struct ks_store *s = load_bags(BAGS(clear_key_bag(SET_OF(name_attr("k"), id_attr("1"))),
                                        cert_bag(ca("A"), SET_OF(id_attr("1")))));
    const struct ks_entry *e = must_find(s, "k");
    (void)state;
    assert_true(e->notes & KS_NOTE_JAVA_KEYBAG);
    assert_true(e->notes & KS_NOTE_KEY_CLEAR);
    assert_int_equal(e->chain_len, 1);
    assert_int_equal(ks_store_count(s), 1);
    assert_true(s->notes & KS_STORE_JAVA_EMPTY);
    ks_store_free(s);
}

static void a_second_key_without_id_is_dropped(void **state)
{
    struct ks_store *s =
        load_bags(BAGS(key_bag(SET_OF(name_attr("one"))), key_bag(SET_OF(name_attr("two"))),
                       key_bag(SET_OF(name_attr("three"), id_attr("3"))), key_bag(NOTHING)));
    (void)state;
    assert_false(must_find(s, "one")->notes & KS_NOTE_JAVA_NO_KEYID);
    assert_true(must_find(s, "two")->notes & KS_NOTE_JAVA_NO_KEYID);
    assert_false(must_find(s, "three")->notes & KS_NOTE_JAVA_NO_KEYID);
    assert_true(must_find(s, "key")->notes & KS_NOTE_JAVA_NO_KEYID);
    assert_true(must_find(s, "one")->notes & KS_NOTE_NO_CHAIN);
    ks_store_free(s);
}

static void nested_items_are_not_shown(void **state)
{
    struct ks_store *s = load_bags(
        BAGS(bag(6,
                 BAGS(key_bag(SET_OF(name_attr("k"), id_attr("1"))),
                      cert_bag(chained(2, "Leaf", "Root"), SET_OF(id_attr("1"))),
                      cert_bag(chained(1, "Root", NULL), SET_OF(name_attr("t"), trusted_attr()))),
                 NOTHING)));
    (void)state;
    assert_int_equal(ks_store_count(s), 2);
    assert_true(must_find(s, "k")->notes & KS_NOTE_JAVA_NESTED);
    assert_chain(must_find(s, "k"), "2 1");
    assert_int_equal(must_find(s, "t")->kind, KS_KIND_TRUSTED);
    assert_true(must_find(s, "t")->notes & KS_NOTE_JAVA_NESTED);
    assert_true(s->notes & KS_STORE_JAVA_EMPTY);
    ks_store_free(s);
}

/* ---- what Java refuses ---- */

static void one_bad_item_makes_java_refuse_the_file(void **state)
{
    struct {
        const char *why;
        struct ks_buf bag;
    } rows[] = {
        {"not of type X.509",
         bag(3, SEQ(oid("1.2.840.113549.1.9.22.2"), CTX(0, text(KS_DER_IA5_STRING, "x"))),
             NOTHING)},
        {"not a BMPString",
         key_bag(SET_OF(attr("1.2.840.113549.1.9.20", text(KS_DER_UTF8_STRING, "x"))))},
        {"has no value", key_bag(SET_OF(SEQ(oid("1.2.840.113549.1.9.20"), SET_OF(NOTHING))))},
        {"not an OCTET STRING", key_bag(SET_OF(attr("1.2.840.113549.1.9.21", number(1))))},
        {"cannot be parsed", cert_bag(SEQ(number(1)), NOTHING)},
        {"not in an OCTET STRING", bag(5, SEQ(oid("1.2.3"), CTX(0, SEQ(number(1)))), NOTHING)},
        {"attribute is malformed", key_bag(SET_OF(SEQ(oid("1.2.3"))))},
        {"no SafeBag", SEQ(oid("1.2.3"))},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_store *s =
            load_bags(BAGS(rows[i].bag, cert_bag(ca("A"), SET_OF(name_attr("a"), trusted_attr()))));
        assert_int_equal(ks_store_count(s), 2);
        assert_true(ks_store_entry(s, 0)->notes & KS_NOTE_JAVA_FATAL);
        assert_non_null(strstr(ks_store_entry(s, 0)->comment, rows[i].why));
        assert_false(must_find(s, "a")->notes & KS_NOTE_JAVA_FATAL);
        assert_true(s->notes & KS_STORE_JAVA_REFUSES);
        if (!strstr(fact_of(s, "Java"), rows[i].why))
            fail_msg("'%s' lacks '%s'", fact_of(s, "Java"), rows[i].why);
        ks_store_free(s);
    }
}

static void java_refuses_a_safe_that_it_cannot_decrypt(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(encrypted_safe(AES192, "secret",
                                 BAGS(cert_bag(ca("A"), SET_OF(name_attr("a"), trusted_attr()))))),
            mac_of("secret")),
        "secret");
    (void)state;
    assert_true(s->notes & KS_STORE_JAVA_REFUSES);
    assert_non_null(strstr(fact_of(s, "Java"), "AES-192"));
    ks_store_free(s);
    /* a key is another matter: it is listed, only not to be had */
    s = load_bags(BAGS(bag(2, epki(AES192, "secret", SEQ(number(0))), SET_OF(name_attr("k")))));
    assert_false(s->notes & KS_STORE_JAVA_REFUSES);
    assert_non_null(strstr(must_find(s, "k")->comment, "AES-192"));
    ks_store_free(s);
}

static void javas_view_is_open_while_parts_are_locked(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(encrypted_safe(AES256, "secret", BAGS(cert_bag(ca("A"), NOTHING)))), no_mac),
        NULL);
    (void)state;
    assert_false(s->notes & KS_STORE_JAVA_EMPTY);
    ks_store_free(s);
}

/* ---- the leaf ---- */

static void the_leaf_is_found_by_id_and_name(void **state)
{
    struct ks_store *s =
        load_bags(BAGS(key_bag(SET_OF(name_attr("Key"), id_attr("1"))),
                       cert_bag(chained(1, "A", NULL), SET_OF(id_attr("1"))),
                       cert_bag(chained(2, "B", NULL), SET_OF(name_attr("kEY"), id_attr("1"))),
                       cert_bag(chained(3, "C", NULL), SET_OF(name_attr("key"), id_attr("1"))),
                       cert_bag(chained(4, "D", NULL), SET_OF(name_attr("key"))),
                       cert_bag(chained(5, "E", NULL), SET_OF(id_attr("1")))));
    (void)state;
    assert_chain(must_find(s, "Key"), "2");
    ks_store_free(s);
}

static void else_the_last_certificate_with_the_id_is_the_leaf(void **state)
{
    struct ks_store *s = load_bags(BAGS(cert_bag(chained(1, "A", NULL), SET_OF(id_attr("1"))),
                                        cert_bag(chained(2, "B", NULL), SET_OF(id_attr("1"))),
                                        cert_bag(chained(3, "C", NULL), SET_OF(name_attr("key"))),
                                        key_bag(SET_OF(name_attr("key"), id_attr("1")))));
    (void)state;
    assert_chain(only_key(s), "2");
    assert_int_equal(ks_store_count(s), 3);
    ks_store_free(s);
}

static void else_the_last_certificate_with_the_name_is_the_leaf(void **state)
{
    struct ks_store *s =
        load_bags(BAGS(cert_bag(chained(1, "A", NULL), SET_OF(name_attr("key"))),
                       cert_bag(chained(2, "B", NULL), SET_OF(name_attr("KEY"), id_attr("2"))),
                       key_bag(SET_OF(name_attr("key"), id_attr("1")))));
    (void)state;
    assert_chain(only_key(s), "2");
    ks_store_free(s);
}

static void a_trusted_certificate_is_no_leaf(void **state)
{
    struct ks_store *s = load_bags(BAGS(
        key_bag(SET_OF(name_attr("key"), id_attr("1"))),
        key_bag(SET_OF(name_attr("other"), id_attr("2"))),
        cert_bag(chained(1, "A", NULL), SET_OF(name_attr("a"), id_attr("1"), trusted_attr()))));
    (void)state;
    assert_int_equal(must_find(s, "key")->chain_len, 0);
    assert_true(must_find(s, "key")->notes & KS_NOTE_NO_CHAIN);
    ks_store_free(s);
}

static void without_ids_the_first_certificate_of_a_safe_is_the_leaf(void **state)
{
    struct ks_store *s =
        must_load(pfx(SAFES(clear_safe(BAGS(key_bag(SET_OF(name_attr("key"))))),
                            clear_safe(BAGS(cert_bag(chained(1, "Root", NULL), NOTHING),
                                            cert_bag(chained(2, "Leaf", "Root"), NOTHING)))),
                      no_mac),
                  NULL);
    (void)state;
    /* Java's rule takes the root here, and so it is shown */
    assert_chain(must_find(s, "key"), "1");
    ks_store_free(s);
}

static void when_java_finds_no_leaf_an_obvious_one_is_shown(void **state)
{
    struct ks_store *s =
        must_load(pfx(SAFES(clear_safe(BAGS(cert_bag(chained(3, "Leaf", "Int"), NOTHING),
                                            cert_bag(chained(2, "Int", "Root"), NOTHING),
                                            cert_bag(chained(1, "Root", NULL), NOTHING))),
                            clear_safe(BAGS(key_bag(SET_OF(name_attr("key")))))),
                      no_mac),
                  NULL);
    const struct ks_entry *e = must_find(s, "key");
    (void)state;
    assert_chain(e, "3 2 1");
    assert_false(e->notes & KS_NOTE_CHAIN_REBUILT);
    assert_non_null(strstr(e->comment, "Java shows no chain"));
    assert_int_equal(ks_store_count(s), 1);
    ks_store_free(s);

    /* nothing is obvious while a safe is locked that may hold the leaf */
    s = must_load(pfx(SAFES(clear_safe(BAGS(cert_bag(chained(3, "Leaf", "Int"), NOTHING))),
                            encrypted_safe(AES256, "secret", BAGS(cert_bag(ca("x"), NOTHING))),
                            clear_safe(BAGS(key_bag(SET_OF(name_attr("key")))))),
                      no_mac),
                  NULL);
    assert_int_equal(must_find(s, "key")->chain_len, 0);
    assert_true(must_find(s, "key")->notes & KS_NOTE_LOCKED_CHAIN);
    ks_store_free(s);

    /* two that could be it are not obvious */
    s = must_load(pfx(SAFES(clear_safe(BAGS(cert_bag(chained(3, "Leaf", "Root"), NOTHING),
                                            cert_bag(chained(2, "Leaf2", "Root"), NOTHING),
                                            cert_bag(chained(1, "Root", NULL), NOTHING))),
                            clear_safe(BAGS(key_bag(SET_OF(name_attr("key")))))),
                      no_mac),
                  NULL);
    assert_int_equal(must_find(s, "key")->chain_len, 0);
    assert_int_equal(ks_store_count(s), 4);
    ks_store_free(s);
}

/* ---- the chain ---- */

static void the_chain_goes_over_all_certificates_of_the_file(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(clear_safe(BAGS(cert_bag(chained(1, "Root", NULL),
                                           SET_OF(name_attr("root"), trusted_attr())))),
                  encrypted_safe(AES256, "secret",
                                 BAGS(cert_bag(chained(2, "Int", "Root"), NOTHING))),
                  clear_safe(BAGS(key_bag(SET_OF(name_attr("key"), id_attr("1"))),
                                  cert_bag(chained(3, "Leaf", "Int"), SET_OF(id_attr("1"))),
                                  cert_bag(chained(9, "Other", NULL), SET_OF(name_attr("pool")))))),
            mac_of("secret")),
        "secret");
    const struct ks_entry *e = must_find(s, "key");
    (void)state;
    assert_chain(e, "3 2 1");
    assert_true(e->notes & KS_NOTE_CHAIN_REBUILT);
    assert_int_equal(e->piece_count, 4);
    assert_int_equal(e->pieces[0].where, 3);
    assert_int_equal(e->pieces[2].where, 2);
    assert_int_equal(e->pieces[3].where, 1);
    assert_int_equal(ks_store_count(s),
                     3); /* the root stays an entry, the other certificates too */
    assert_int_equal(must_find(s, "root")->kind, KS_KIND_TRUSTED);
    assert_int_equal(must_find(s, "pool")->kind, KS_KIND_CERT);
    ks_store_free(s);
}

static void issuers_are_told_apart_by_key_identifiers(void **state)
{
    struct ks_store *s = load_bags(
        BAGS(key_bag(SET_OF(name_attr("key"), id_attr("1"))),
             cert_bag(certificate((struct cert_spec){"Leaf", "CA", NULL, "new", 9}),
                      SET_OF(id_attr("1"))),
             cert_bag(certificate((struct cert_spec){"CA", NULL, "old", NULL, 1}), NOTHING),
             cert_bag(certificate((struct cert_spec){"CA", NULL, NULL, NULL, 2}), NOTHING),
             cert_bag(certificate((struct cert_spec){"CA", NULL, "new", NULL, 3}), NOTHING),
             cert_bag(certificate((struct cert_spec){"CA", NULL, "new", NULL, 4}), NOTHING)));
    (void)state;
    assert_chain(must_find(s, "key"), "9 3");
    ks_store_free(s);

    /* one without identifier will do, the last of them */
    s = load_bags(
        BAGS(key_bag(SET_OF(name_attr("key"), id_attr("1"))),
             cert_bag(certificate((struct cert_spec){"Leaf", "CA", NULL, "new", 9}),
                      SET_OF(id_attr("1"))),
             cert_bag(certificate((struct cert_spec){"CA", NULL, "old", NULL, 1}), NOTHING),
             cert_bag(certificate((struct cert_spec){"CA", NULL, NULL, NULL, 2}), NOTHING),
             cert_bag(certificate((struct cert_spec){"CA", NULL, NULL, NULL, 3}), NOTHING)));
    assert_chain(must_find(s, "key"), "9 3");
    ks_store_free(s);

    /* without one in the child, the first of the name */
    s = load_bags(
        BAGS(key_bag(SET_OF(name_attr("key"), id_attr("1"))),
             cert_bag(certificate((struct cert_spec){"Leaf", "CA", NULL, NULL, 9}),
                      SET_OF(id_attr("1"))),
             cert_bag(certificate((struct cert_spec){"CA", NULL, "old", NULL, 1}), NOTHING),
             cert_bag(certificate((struct cert_spec){"CA", NULL, NULL, NULL, 2}), NOTHING)));
    assert_chain(must_find(s, "key"), "9 1");
    ks_store_free(s);

    /* and a foreign identifier is no issuer at all */
    s = load_bags(
        BAGS(key_bag(SET_OF(name_attr("key"), id_attr("1"))),
             cert_bag(certificate((struct cert_spec){"Leaf", "CA", NULL, "new", 9}),
                      SET_OF(id_attr("1"))),
             cert_bag(certificate((struct cert_spec){"CA", NULL, "old", NULL, 1}), NOTHING)));
    assert_chain(must_find(s, "key"), "9");
    ks_store_free(s);
}

static void issuer_names_ignore_case_and_spaces(void **state)
{
    struct ks_store *s =
        load_bags(BAGS(key_bag(SET_OF(name_attr("key"), id_attr("1"))),
                       cert_bag(chained(2, "Leaf", "The  ca"), SET_OF(id_attr("1"))),
                       cert_bag(chained(1, "the CA", NULL), NOTHING)));
    (void)state;
    assert_chain(must_find(s, "key"), "2 1");
    ks_store_free(s);
}

static void loops_end(void **state)
{
    struct ks_store *s = load_bags(BAGS(key_bag(SET_OF(name_attr("key"), id_attr("1"))),
                                        cert_bag(chained(1, "A", "B"), SET_OF(id_attr("1"))),
                                        cert_bag(chained(2, "B", "C"), NOTHING),
                                        cert_bag(chained(3, "C", "A"), NOTHING)));
    (void)state;
    assert_chain(must_find(s, "key"), "1 2 3");
    ks_store_free(s);
}

static void two_keys_may_share_a_chain(void **state)
{
    struct ks_store *s = load_bags(BAGS(key_bag(SET_OF(name_attr("k1"), id_attr("1"))),
                                        key_bag(SET_OF(name_attr("k2"), id_attr("1"))),
                                        cert_bag(chained(2, "Leaf", "Root"), SET_OF(id_attr("1"))),
                                        cert_bag(chained(1, "Root", NULL), NOTHING)));
    (void)state;
    assert_chain(must_find(s, "k1"), "2 1");
    assert_chain(must_find(s, "k2"), "2 1");
    assert_int_equal(ks_store_count(s), 2);
    ks_store_free(s);
}

/* As Java writes them: the CAs once more for each key. */
static void copies_of_chain_certificates_are_no_entries(void **state)
{
    struct ks_store *s = load_bags(BAGS(
        key_bag(SET_OF(name_attr("k1"), id_attr("1"))),
        key_bag(SET_OF(name_attr("k2"), id_attr("2"))),
        cert_bag(chained(3, "Leaf 1", "Int"), SET_OF(id_attr("1"))),
        cert_bag(chained(2, "Int", "Root"), NOTHING), cert_bag(chained(1, "Root", NULL), NOTHING),
        cert_bag(chained(4, "Leaf 2", "Int"), SET_OF(id_attr("2"))),
        cert_bag(chained(2, "Int", "Root"), NOTHING),
        cert_bag(chained(1, "Root", NULL), SET_OF(name_attr("root"), trusted_attr())),
        cert_bag(chained(2, "Int", "Root"), NOTHING)));
    (void)state;
    assert_chain(must_find(s, "k1"), "3 2 1");
    assert_chain(must_find(s, "k2"), "4 2 1");
    assert_int_equal(ks_store_count(s), 3);
    assert_int_equal(must_find(s, "k1")->piece_count, 6); /* the copies are kept there */
    assert_int_equal(must_find(s, "k2")->piece_count, 4);
    assert_int_equal(must_find(s, "root")->kind, KS_KIND_TRUSTED);
    assert_null(must_find(s, "root")->comment);
    assert_string_equal(fact_of(s, "Copies"), "2 certificates of a chain stored once more");
    ks_store_free(s);
}

/* ---- size ---- */

static struct ks_buf long_line(unsigned count)
{
    struct ks_buf bags = NOTHING;
    for (unsigned i = 0; i < count; i++) {
        char subject[32], issuer[32], id[16];
        (void)snprintf(subject, sizeof subject, "CA %u", i);
        (void)snprintf(issuer, sizeof issuer, "CA %u", i + 1);
        (void)snprintf(id, sizeof id, "%u", i);
        struct ks_buf one =
            PARTS(cert_bag(signed_by(subject, issuer), SET_OF(name_attr(subject), id_attr(id))),
                  key_bag(SET_OF(name_attr(subject), id_attr(id))));
        ks_buf_slice(&bags, view(&one));
        ks_buf_free(&one);
    }
    return pfx(SAFES(clear_safe(wrap(KS_DER_SEQUENCE, bags))), no_mac);
}

/* Every certificate has a key, and every chain would reach to the end of the file. */
static void chains_of_chains_are_bounded(void **state)
{
    const unsigned count = 2000;
    struct ks_store *s = must_load(long_line(count), NULL);
    uint64_t members = 0;
    (void)state;
    assert_int_equal(ks_store_count(s), count);
    for (size_t i = 0; i < count; i++)
        members += ks_store_entry(s, i)->chain_len;
    assert_true(members <= 4096 + s->file->len / 48 + count);
    assert_int_equal(ks_store_entry(s, 0)->chain_len, 100);
    assert_non_null(strstr(ks_store_entry(s, 0)->comment, "longer than"));
    ks_store_free(s);
}

/* Keys of a few octets below one long chain. */
static void chains_take_no_more_memory_than_a_few_times_the_file(void **state)
{
    struct ks_buf bags = NOTHING;
    uint64_t bytes = 0;
    (void)state;
    for (unsigned i = 0; i < 50; i++) {
        char subject[32], issuer[32];
        (void)snprintf(subject, sizeof subject, "CA %u", i);
        (void)snprintf(issuer, sizeof issuer, "CA %u", i + 1);
        struct ks_buf one =
            cert_bag(signed_by(subject, issuer), i ? NOTHING : SET_OF(id_attr("k")));
        ks_buf_slice(&bags, view(&one));
        ks_buf_free(&one);
    }
    struct ks_buf key = bag(2, SEQ(SEQ(oid("1.2.3")), octets(raw("x", 1))), SET_OF(id_attr("k")));
    for (unsigned i = 0; i < 10000; i++)
        ks_buf_slice(&bags, view(&key));
    ks_buf_free(&key);
    struct ks_store *s =
        must_load(pfx(SAFES(clear_safe(wrap(KS_DER_SEQUENCE, bags))), no_mac), NULL);
    for (size_t i = 0; i < ks_store_count(s); i++)
        bytes += ks_store_entry(s, i)->chain_len * sizeof(struct ks_cert) +
                 ks_store_entry(s, i)->piece_count * sizeof(struct ks_piece);
    assert_int_equal(ks_store_entry(s, 0)->chain_len, 50);
    assert_true(bytes < 8 * s->file->len);
    ks_store_free(s);
}

/* Certificates and keys that all have the same name; `alike`: the certificates are the same one. */
static struct ks_buf crowd(unsigned count, bool alike)
{
    struct ks_buf bags = NOTHING, key = any_epki();
    for (unsigned i = 0; i < count; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%u", i);
        struct ks_buf cert =
            certificate((struct cert_spec){"Same", "Same", "ski", "aki", alike ? 1 : i + 1});
        struct ks_buf one =
            PARTS(cert_bag(cert, i % 2 ? SET_OF(id_attr(id)) : NOTHING),
                  bag(2, raw(key.data, key.len), SET_OF(name_attr("same"), id_attr(id))));
        ks_buf_slice(&bags, view(&one));
        ks_buf_free(&one);
    }
    ks_buf_free(&key);
    return pfx(SAFES(clear_safe(wrap(KS_DER_SEQUENCE, bags))), no_mac);
}

static double seconds_to_load(unsigned count, bool alike)
{
    struct ks_buf der = crowd(count, alike);
    clock_t start = clock();
    struct ks_store *s = must_load(der, NULL);
    double took = (double)(clock() - start) / CLOCKS_PER_SEC;
    assert_int_equal(ks_store_count(s), alike ? count : count + count / 2);
    ks_store_free(s);
    return took;
}

/* Ten times the items: about ten times the time, where anything quadratic takes a hundred. */
static void time_grows_with_size_not_with_its_square(void **state)
{
    (void)state;
    for (int alike = 0; alike < 2; alike++) {
        (void)seconds_to_load(100, alike);
        double small = seconds_to_load(2000, alike), large = seconds_to_load(20000, alike);
        assert_true(large < 40 * small + 0.05);
    }
}

/* A certificate with the name "x...x" of this length, and `last` at its end. */
static struct ks_buf long_named(size_t len, char last)
{
    char *name = ks_alloc(len);
    memset(name, 'x', len);
    name[len - 1] = last;
    struct ks_buf b = cert_bag(ca("A"), SET_OF(attr("1.2.840.113549.1.9.20", bmp(name, len)),
                                               trusted_attr()));
    free(name);
    return b;
}

static void a_name_of_absurd_length_is_cut_and_stays_different(void **state)
{
    (void)state;
    enum { LONGEST = KS_ALIAS_SHOWN };
    struct ks_store *s = load_bags(BAGS(long_named(200000, 'a'), long_named(200000, 'b'),
                                        long_named(LONGEST, 'c'), long_named(200000, 'b')));
    const struct ks_entry *cut = ks_store_entry(s, 0), *whole = ks_store_entry(s, 2);
    assert_true(strlen(cut->alias) > LONGEST);
    assert_true(strlen(cut->alias) < LONGEST + 64);
    assert_int_equal(cut->alias_raw.len, 400000);
    assert_non_null(strstr(cut->comment, "400000 bytes"));
    assert_int_equal(cut->notes, 0);
    assert_true(ks_store_entry(s, 1)->notes & KS_NOTE_JAVA_REPLACED);
    assert_int_equal(strlen(whole->alias), LONGEST);
    assert_null(whole->comment);
    ks_store_free(s);
}

static void a_nul_and_its_symbol_are_two_names(void **state)
{
    (void)state;
    struct ks_store *s = load_bags(
        BAGS(cert_bag(ca("A"), SET_OF(attr("1.2.840.113549.1.9.20", bmp("a\0", 2)), trusted_attr())),
             cert_bag(ca("B"), SET_OF(attr("1.2.840.113549.1.9.20",
                                           wrap(KS_DER_BMP_STRING, raw("\0a\x24\0", 4))),
                                      trusted_attr()))));
    assert_string_equal(ks_store_entry(s, 0)->alias, "a\xe2\x90\x80");
    assert_string_equal(ks_store_entry(s, 1)->alias, "a\xe2\x90\x80");
    assert_int_equal(ks_store_entry(s, 0)->notes, 0);
    ks_store_free(s);
}

static void a_comment_keeps_its_beginning_and_each_phrase_once(void **state)
{
    (void)state;
    struct p12_bag bag = {0};
    ks_p12_comment(&bag, "the first");
    for (int i = 0; i < 200; i++)
        ks_p12_comment(&bag, "the same");
    assert_string_equal(bag.comment, "the first; the same");
    ks_p12_comment(&bag, "same");
    assert_string_equal(bag.comment, "the first; the same; same");
    for (int i = 0; i < 200; i++)
        ks_p12_comment(&bag, "phrase %d", i);
    assert_non_null(strstr(bag.comment, "the first; the same; same; phrase 0; phrase 1; "));
    assert_true(strlen(bag.comment) < 1100);
    free(bag.comment);
}

static void looking_through_the_items_stops_when_the_job_does(void **state)
{
    (void)state;
    struct ks_job *job = ks_job_new();
    struct ks_store *store = ks_store_new("", ks_blob_copy(ks_slice(NULL, 0)));
    struct p12_bag bag = {.kind = P12_FOREIGN, .cert = P12_NONE};
    struct p12_file f = {.store = store, .job = job, .bags = &bag, .bag_count = 1};
    assert_true(ks_p12_java(&f));
    ks_job_cancel(job);
    assert_false(ks_p12_java(&f));
    f.key_count = 1;
    assert_false(ks_p12_chains(&f));
    free(bag.alias);
    ks_store_free(store);
    ks_job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nameless_items_are_counted_as_java_counts_them),
        cmocka_unit_test(invented_names_are_unique),
        cmocka_unit_test(a_later_item_of_the_same_name_replaces_the_earlier),
        cmocka_unit_test(certificates_without_the_attribute_are_not_shown),
        cmocka_unit_test(clear_keys_are_not_shown),
        cmocka_unit_test(a_second_key_without_id_is_dropped),
        cmocka_unit_test(nested_items_are_not_shown),
        cmocka_unit_test(one_bad_item_makes_java_refuse_the_file),
        cmocka_unit_test(java_refuses_a_safe_that_it_cannot_decrypt),
        cmocka_unit_test(javas_view_is_open_while_parts_are_locked),
        cmocka_unit_test(the_leaf_is_found_by_id_and_name),
        cmocka_unit_test(else_the_last_certificate_with_the_id_is_the_leaf),
        cmocka_unit_test(else_the_last_certificate_with_the_name_is_the_leaf),
        cmocka_unit_test(a_trusted_certificate_is_no_leaf),
        cmocka_unit_test(without_ids_the_first_certificate_of_a_safe_is_the_leaf),
        cmocka_unit_test(when_java_finds_no_leaf_an_obvious_one_is_shown),
        cmocka_unit_test(the_chain_goes_over_all_certificates_of_the_file),
        cmocka_unit_test(issuers_are_told_apart_by_key_identifiers),
        cmocka_unit_test(issuer_names_ignore_case_and_spaces),
        cmocka_unit_test(loops_end),
        cmocka_unit_test(two_keys_may_share_a_chain),
        cmocka_unit_test(copies_of_chain_certificates_are_no_entries),
        cmocka_unit_test(chains_of_chains_are_bounded),
        cmocka_unit_test(chains_take_no_more_memory_than_a_few_times_the_file),
        cmocka_unit_test(time_grows_with_size_not_with_its_square),
        cmocka_unit_test(a_name_of_absurd_length_is_cut_and_stays_different),
        cmocka_unit_test(a_nul_and_its_symbol_are_two_names),
        cmocka_unit_test(a_comment_keeps_its_beginning_and_each_phrase_once),
        cmocka_unit_test(looking_through_the_items_stops_when_the_job_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
