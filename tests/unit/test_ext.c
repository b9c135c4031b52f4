/* Extensions in words: one sample each, and what happens to values that are not what they say. */
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/oid.h"

#include "der_text.h"
#include "hex.h"
#include "make_cert.h"

struct sample {
    const char *oid, *value, *want; /* want NULL: an ASN.1 tree */
};

#define LOG "a4b90990b418581487bb13a2cc67700a3c359804f91bdfb8e377cd0ec80ddc10"

static const struct sample samples[] = {
    /* keys and usages */
    {"2.5.29.14", "04:5e19c0", "5E:19:C0"},
    {"2.5.29.35", "30{80:770a1c}", "77:0A:1C"},
    {"2.5.29.35", "30{80:77 a1{a4{30{31{30{06=2.5.4.3 0c'CA'}}}}} 82:00ff}",
     "77\nissuer dir:CN=CA\nserial ff"},
    {"2.5.29.35", "30{}", ""},
    {"2.5.29.15", "03:05a0", "digitalSignature, keyEncipherment"},
    {"2.5.29.15", "03:0106", "keyCertSign, cRLSign"},
    {"2.5.29.15", "03:07fb80",
     "digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment, keyAgreement, cRLSign, "
     "encipherOnly, decipherOnly"},
    {"2.5.29.15", "03:060040", "bit 9"},
    {"2.5.29.15", "03:00", "(none)"},
    {"2.5.29.16", "30{80'20250101000000Z' 81'20260101000000Z'}",
     "not before 2025-01-01T00:00:00Z\nnot after 2026-01-01T00:00:00Z"},
    {"2.5.29.19", "30{}", "CA:no"},
    {"2.5.29.19", "30{01:00}", "CA:no"},
    {"2.5.29.19", "30{01:ff}", "CA:yes"},
    {"2.5.29.19", "30{01:ff 02:02}", "CA:yes, path length 2"},
    {"2.5.29.37", "30{06=1.3.6.1.5.5.7.3.1 06=1.3.6.1.4.1.311.10.3.4 06=1.2.3}",
     "serverAuth, microsoftEncryptedFileSystem, 1.2.3"},
    /* names */
    {"2.5.29.17", "30{82'iq.example.com' 82'iq' 87:c0000201 81'a@b' 86'https://x/' 88=1.2.3}",
     "dns:iq.example.com\ndns:iq\nip:192.0.2.1\nemail:a@b\nuri:https://x/\noid:1.2.3"},
    {"2.5.29.17",
     "30{87:20010db8000000000000000000000001 87:00000000000000000000000000000000 "
     "87:20010000000100000000000100000001 87:00010002000300040005000600070000 87:0102}",
     "ip:2001:db8::1\nip:::\nip:2001:0:1::1:0:1\nip:1:2:3:4:5:6:7:0\nip:(2 bytes) 01:02"},
    {"2.5.29.17", "30{a4{30{31{30{06=2.5.4.6 13'DE'}} 31{30{06=2.5.4.3 0c'a,b'}}}} a3{} a5{80'x'}}",
     "dir:CN=a\\,b,C=DE\nx400:#\nedi:#800178"},
    {"2.5.29.17",
     "30{a0{06=1.3.6.1.4.1.311.20.2.3 a0{0c'alice@example'}} a0{06=1.2.3 a0{02:05}}"
     "a0{06=1.3.6.1.5.2.2 a0{30{a0{1b'REALM'} a1{30{a0{02:01} a1{30{1b'krbtgt' 1b'REALM'}}}}}}}}",
     "other:userPrincipalName=alice@example\nother:1.2.3=#020105\n"
     "other:kerberosPrincipalName=krbtgt/REALM@REALM"},
    {"2.5.29.17", "30{82:610a646e733a62 82:6100 82:fc}",
     "dns:a\\x0Adns:b\ndns:a\\x00\ndns:\xc3\xbc"},
    {"2.5.29.17", "30{}", ""},
    {"2.5.29.18", "30{86'http://ca/'}", "uri:http://ca/"},
    {"2.5.29.29", "30{a4{30{}}}", "dir:(empty)"},
    {"2.5.29.30",
     "30{a0{30{82'.example'} 30{87:c0000200ffffff00}} a1{30{87:0000000000000000}"
     "30{87:0a000000ff00ff00 80:01 81:02}}}",
     "permitted dns:.example\npermitted ip:192.0.2.0/24\nexcluded ip:0.0.0.0/0\n"
     "excluded ip:10.0.0.0/255.0.255.0 min 1 max 2"},
    {"2.5.29.9",
     "30{30{06=1.3.6.1.5.5.7.9.1 31{18'19711014120000Z'}}"
     "30{06=1.3.6.1.5.5.7.9.4 31{13'DE' 13'FR'}}}",
     "dateOfBirth:\n  1971-10-14T12:00:00Z\ncountryOfCitizenship:\n  DE\n  FR"},
    {"1.3.6.1.5.5.7.1.1",
     "30{30{06=1.3.6.1.5.5.7.48.1 86'http://ocsp/'} 30{06=1.3.6.1.5.5.7.48.2 86'http://ca/'}}",
     "ocsp uri:http://ocsp/\ncaIssuers uri:http://ca/"},
    {"1.3.6.1.5.5.7.1.11", "30{30{06=1.3.6.1.5.5.7.48.5 86'ldap://x/'}}",
     "caRepository uri:ldap://x/"},
    /* policies */
    {"2.5.29.32",
     "30{30{06=2.23.140.1.2.1} 30{06=1.2.3 30{30{06=1.3.6.1.5.5.7.2.1 16'http://cps/'}"
     "30{06=1.3.6.1.5.5.7.2.2 30{30{0c'Org' 30{02:01 02:02}} 0c'Read\nme'}}}}}",
     "2.23.140.1.2.1 domain-validated\n1.2.3\n  cps http://cps/\n  notice 1 2 of Org\n"
     "  notice Read\\x0Ame"},
    {"2.5.29.33", "30{30{06=1.2.3 06=2.5.29.32.0}}",
     "issuer 1.2.3 = subject 2.5.29.32.0 anyPolicy"},
    {"2.5.29.36", "30{80:00 81:01}",
     "explicit policy required after 0 certificates below\n"
     "policy mapping forbidden after 1 certificate below"},
    {"2.5.29.54", "02:00", "anyPolicy forbidden after 0 certificates below"},
    /* revocation */
    {"2.5.29.31",
     "30{30{a0{a0{86'http://crl/'}} 81:0560 a2{a4{30{31{30{06=2.5.4.3 0c'X'}}}}}}"
     "30{a0{a1{30{06=2.5.4.3 0c'part 1'}}}}}",
     "uri:http://crl/\n  reasons keyCompromise, cACompromise\n  signed by dir:CN=X\n"
     "relative to the issuer: CN=part 1"},
    {"2.5.29.46", "30{30{a0{a0{86'http://delta/'}}}}", "uri:http://delta/"},
    {"2.5.29.20", "02:0102", "258"},
    {"2.5.29.27", "02:07", "changes since list number 7"},
    {"2.5.29.21", "0a:01", "keyCompromise"},
    {"2.5.29.21", "0a:07", "reason 7"},
    {"2.5.29.23", "06=1.2.840.10040.2.3", "holdInstruction-reject"},
    {"2.5.29.24", "18'20250101000000Z'", "2025-01-01T00:00:00Z"},
    {"2.5.29.28", "30{a0{a0{86'http://crl/'}} 81:ff 83:0640 84:ff}",
     "uri:http://crl/\nonly user certificates\nonly for keyCompromise\n"
     "indirect: certificates of other issuers too"},
    {"2.5.29.60", "18'20200101000000Z'", "2020-01-01T00:00:00Z"},
    {"2.5.29.56", "05:", "present"},
    /* other RFCs */
    {"1.3.6.1.5.5.7.1.24", "30{02:05 02:11 02:2a}",
     "status_request (OCSP must-staple), status_request_v2, TLS extension 42"},
    {"1.3.6.1.5.5.7.48.1.5", "05:", "present"},
    {"1.3.6.1.5.5.7.48.1.2", "04:0102", "01:02"},
    {"1.3.6.1.5.5.7.1.32", "16'masa.example'", "masa.example"},
    {"1.2.840.113549.1.9.15",
     "30{30{06=2.16.840.1.101.3.4.1.42} 30{06=1.2.840.113549.3.2 02:0080} 30{06=1.2.3 05:} "
     "30{06=1.2.3 04:ff}}",
     "AES-256-CBC\nRC2-CBC 128 bits\n1.2.3\n1.2.3 #0401ff"},
    {"1.3.6.1.5.5.7.1.2",
     "30{30{02:00 30{06=2.16.840.1.101.3.4.2.1} 04:aabb 16'http://p/'}"
     "30{06=1.2.3 30{06=1.3.14.3.2.26 05:} 04:cc}}",
     "picture SHA-256 AA:BB\n  uri:http://p/\n1.2.3 SHA-1 CC"},
    {"1.3.6.1.5.5.7.1.3",
     "30{30{06=0.4.0.1862.1.1} 30{06=0.4.0.1862.1.4} 30{06=0.4.0.1862.1.2 30{13'EUR' 02:05 02:03}}"
     "30{06=0.4.0.1862.1.3 02:0a} 30{06=0.4.0.1862.1.5 30{30{16'https://pds/' 13'en'}}}"
     "30{06=0.4.0.1862.1.6 30{06=0.4.0.1862.1.6.1 06=0.4.0.1862.1.6.3}} 30{06=0.4.0.1862.1.7 "
     "30{13'DE' 13'AT'}}"
     "30{06=1.3.6.1.5.5.7.11.1} 30{06=1.3.6.1.5.5.7.11.2 30{06=0.4.0.194121.1.1 30{86'http://r/'}}}"
     "30{06=0.4.0.19495.2 30{30{30{06=1.2.3 0c'PSP_AI'}} 0c'BaFin' 0c'DE-BAFIN'}} 30{06=1.2.3 "
     "05:}}",
     "qcCompliance (EU qualified certificate)\n"
     "qcSSCD (key in a qualified device)\n"
     "qcLimitValue at most EUR 5 * 10^3\n"
     "qcRetentionPeriod 10 years after expiry\n"
     "qcPDS\n  uri:https://pds/ (en)\n"
     "qcType electronic signature, website authentication\n"
     "qcLegislation DE AT\n"
     "qcSyntax-v1\n"
     "qcSyntax-v2 0.4.0.194121.1.1 natural person\n  registered by uri:http://r/\n"
     "psd2QcStatement PSP_AI\n  authority BaFin\n  authority DE-BAFIN\n"
     "1.2.3 #0500"},
    {"1.3.6.1.4.1.11129.2.4.2", "04:0034003300" LOG "000001941f297c000000040300041234567a", NULL},
    {"1.3.6.1.4.1.11129.2.4.2", "04:0035003300" LOG "000001941f297c000000040300041234567a",
     "v1 log a4b90990b4185814 2025-01-01T00:00:00Z SHA256withECDSA"},
    {"1.3.6.1.4.1.11129.2.4.2", "04:0035003300" LOG "ffffffffffffffff0000080700041234567a",
     "v1 log a4b90990b4185814 (no date) algorithm 8/7"},
    {"1.3.6.1.4.1.11129.2.4.2", "04:00050003020000", "version 3 (3 bytes)"},
    {"1.3.6.1.4.1.11129.2.4.3", "05:", "present"},
    /* Netscape, Entrust, Microsoft */
    {"2.16.840.1.113730.1.1", "03:01d6", "sslClient, sslServer, objectSigning, sslCA, smimeCA"},
    {"2.16.840.1.113730.1.2", "16'http://base/'", "http://base/"},
    {"2.16.840.1.113730.1.13", "16'made by hand'", "made by hand"},
    {"1.2.840.113533.7.65.0", "30{1b'V7.1' 03:03a8}",
     "version V7.1\nflags keyUpdateAllowed, pKIXCertificate, webCategory"},
    {"1.3.6.1.4.1.311.20.2", "1e:005500730065007200", NULL},
    {"1.3.6.1.4.1.311.20.2", "1e:0055007300650072", "User"},
    {"1.3.6.1.4.1.311.21.1", "02:020001", "certificate index 1, key index 2"},
    {"1.3.6.1.4.1.311.21.2", "04:0a0b", "0A:0B"},
    {"1.3.6.1.4.1.311.21.4", "17'250101000000Z'", "2025-01-01T00:00:00Z"},
    {"1.3.6.1.4.1.311.21.7", "30{06=1.3.6.1.4.1.311.21.8.1.2 02:64 02:05}",
     "1.3.6.1.4.1.311.21.8.1.2, version 100.5"},
    {"1.3.6.1.4.1.311.21.10", "30{30{06=1.3.6.1.5.5.7.3.1}}", "1.3.6.1.5.5.7.3.1 serverAuth"},
    {"1.3.6.1.4.1.311.25.2", "30{a0{06=1.3.6.1.4.1.311.25.2.1 a0{04'S-1-5-21-1-2-3-1104'}}}",
     "other:ntdsObjectSid=S-1-5-21-1-2-3-1104"},
    /* German SigG, ISIS-MTT */
    {"0.2.262.1.10.12.0", "01:ff", "liability is limited"},
    {"1.3.36.8.3.1", "18'20250101000000Z'", "2025-01-01T00:00:00Z"},
    {"1.3.36.8.3.2", "30{a1{13'DE'} a2{0c'Prokurist'} a3{a4{30{31{30{06=2.5.4.3 0c'Firma'}}}}}}",
     "country DE\ntype of substitution Prokurist\nsigning for dir:CN=Firma"},
    {"1.3.36.8.3.2", "30{a3{30{30{86'x'} 02:0a}}}",
     "signing for the holder of a certificate\n  issuer uri:x\n  serial a"},
    {"1.3.36.8.3.3",
     "30{a4{30{31{30{06=2.5.4.3 0c'Kammer'}}}} 30{30{a0{86'http://k/'} a1{30{06=1.2.3 "
     "16'http://n/' 0c'Name'}}"
     "30{30{a0{30{0c'Inner'}} 30{0c'Notar'} 30{06=1.3.36.8.3.3} 13'R-1' 04:0102}}}}}",
     "admitted by dir:CN=Kammer\nadmitted by uri:http://k/\nnamed by 1.2.3 http://n/ Name\n"
     "  named by Inner\n  profession Notar\n  profession 1.3.36.8.3.3 admission\n"
     "  registration number R-1\n  additional 01:02"},
    {"1.3.36.8.3.4", "30{13'EUR' 02:0a 02:02}", "at most EUR 10 * 10^2"},
    {"1.3.36.8.3.5", "80:12", "not younger than 18"},
    {"1.3.36.8.3.5", "a1{13'DE'}", "of full age in DE"},
    {"1.3.36.8.3.5", "a1{01:00 13'DE'}", "not of full age in DE"},
    {"1.3.36.8.3.5", "82'19711014120000Z'", "born 1971-10-14T12:00:00Z"},
    {"1.3.36.8.3.6", "04:8949", "89:49"},
    {"1.3.36.8.3.8", "0c'nur intern'", "nur intern"},
    {"1.3.36.8.3.15", "0c'mehr'", "mehr"},
    {"1.3.6.1.4.1.8301.3.5", "30{06=1.3.6.1.4.1.8301.3.5.1}", "validityModelChain"},
    /* Verisign */
    {"2.16.840.1.113733.1.6.3", "16'US10005'", "US10005"},
    {"2.16.840.1.113733.1.6.4", "31{30{06=2.5.4.3 31{13'x'}}}", "  2.5.4.3 CN\n    x"},
    {"2.16.840.1.113733.1.6.5", "0c'token'", "token"},
    {"2.16.840.1.113733.1.6.6", "30{02:01 01:ff 04:ff}", "1\nyes\nFF"},
    {"2.16.840.1.113733.1.6.7", "05:", "present"},
    {"2.16.840.1.113733.1.6.8", "30{16'a' 03:00a0}", "a\nA0"},
    {"2.16.840.1.113733.1.6.10", "30{17'250101000000Z'}", "2025-01-01T00:00:00Z"},
    {"2.16.840.1.113733.1.6.11", "16'0123456789abcdef'", "0123456789abcdef"},
    {"2.16.840.1.113733.1.6.13", "03:07ff", "FF"},
    {"2.16.840.1.113733.1.6.15", "16'123'", "123"},
    /* unknown */
    {"1.3.6.1.4.1.99999.1", "30{02:05}", NULL},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static struct ks_ext make_sample(const char *oid, struct ks_slice value, struct ks_buf *contents)
{
    assert_true(ks_oid_parse(oid, contents));
    return (struct ks_ext){.oid = der_slice(contents), .value = value};
}

static void every_extension_is_put_into_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ks_buf value = der_text(samples[i].value), oid = KS_BUF_INIT, text = KS_BUF_INIT;
        struct ks_ext ext = make_sample(samples[i].oid, der_slice(&value), &oid);
        bool understood = ks_ext_text(&ext, &text);
        if (understood != (samples[i].want != NULL))
            fail_msg("%s %s: %s", samples[i].oid, samples[i].value, ks_buf_text(&text));
        if (understood)
            assert_string_equal(ks_buf_text(&text), samples[i].want);
        else
            assert_true(text.len > 0);
        ks_buf_free(&value);
        ks_buf_free(&oid);
        ks_buf_free(&text);
    }
}

/* A value with something behind it, or cut short, is not what its OID says. */
static void values_that_do_not_end_where_they_should_become_a_tree(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ks_buf value = der_text(samples[i].value), oid = KS_BUF_INIT;
        ks_buf_append(&value, "\x05\x00", 2);
        for (size_t len = 1; len <= value.len; len++) {
            struct ks_blob *cut = ks_blob_copy(ks_slice(value.data, len));
            struct ks_buf text = KS_BUF_INIT;
            ks_buf_clear(&oid);
            struct ks_ext ext = make_sample(samples[i].oid, ks_blob_slice(cut), &oid);
            if (ks_ext_text(&ext, &text) && len != value.len - 2)
                fail_msg("%s with %zu of %zu octets: %s", samples[i].oid, len, value.len - 2,
                         ks_buf_text(&text));
            ks_buf_free(&text);
            ks_blob_unref(cut);
        }
        ks_buf_free(&value);
        ks_buf_free(&oid);
    }
}

static void values_with_any_octet_changed_do_no_harm(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0x01, 0x30, 0x7f, 0x80, 0x84, 0xa0, 0xff};
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ks_buf value = der_text(samples[i].value);
        for (size_t at = 0; at < value.len * sizeof values; at++) {
            struct ks_buf oid = KS_BUF_INIT, text = KS_BUF_INIT;
            uint8_t *bytes = ks_alloc(value.len);
            memcpy(bytes, value.data, value.len);
            bytes[at / sizeof values] = values[at % sizeof values];
            struct ks_ext ext = make_sample(samples[i].oid, ks_slice(bytes, value.len), &oid);
            (void)ks_ext_text(&ext, &text);
            assert_int_equal(strlen(ks_buf_text(&text)), text.len); /* no U+0000 gets through */
            free(bytes);
            ks_buf_free(&oid);
            ks_buf_free(&text);
        }
        ks_buf_free(&value);
    }
}

/* The names that KeyStore Explorer has for extensions it decodes. */
static void nothing_that_a_peer_decodes_is_missing(void **state)
{
    (void)state;
    static const char *const oids[] = {
        "1.2.840.113533.7.65.0",
        "1.3.6.1.5.5.7.1.1",
        "1.3.6.1.5.5.7.1.11",
        "2.5.29.9",
        "2.5.29.14",
        "2.5.29.15",
        "2.5.29.16",
        "2.5.29.17",
        "2.5.29.18",
        "2.5.29.19",
        "2.5.29.20",
        "2.5.29.21",
        "2.5.29.23",
        "2.5.29.24",
        "2.5.29.27",
        "2.5.29.28",
        "2.5.29.29",
        "2.5.29.30",
        "2.5.29.31",
        "2.5.29.32",
        "2.5.29.33",
        "2.5.29.35",
        "2.5.29.36",
        "2.5.29.37",
        "2.5.29.46",
        "2.5.29.54",
        "2.16.840.1.113730.1.1",
        "2.16.840.1.113730.1.2",
        "2.16.840.1.113730.1.3",
        "2.16.840.1.113730.1.4",
        "2.16.840.1.113730.1.7",
        "2.16.840.1.113730.1.8",
        "2.16.840.1.113730.1.12",
        "2.16.840.1.113730.1.13",
        "1.3.6.1.5.5.7.1.2",
        "1.3.6.1.5.5.7.1.3",
        "1.3.6.1.5.5.7.48.1.5",
        "0.2.262.1.10.12.0",
        "1.3.36.8.3.1",
        "1.3.36.8.3.2",
        "1.3.36.8.3.3",
        "1.3.36.8.3.4",
        "1.3.36.8.3.5",
        "1.3.36.8.3.6",
        "1.3.36.8.3.8",
        "1.3.36.8.3.15",
        "1.3.6.1.4.1.8301.3.5",
        "1.3.6.1.4.1.311.20.2",
        "1.3.6.1.4.1.311.21.1",
        "1.3.6.1.4.1.311.21.2",
        "1.3.6.1.4.1.311.21.4",
        "1.3.6.1.4.1.311.21.7",
        "1.3.6.1.4.1.311.21.10",
        "1.3.6.1.4.1.311.25.2",
        "1.2.840.113549.1.9.15",
        "1.3.6.1.5.5.7.1.32",
        "1.3.6.1.4.1.11129.2.4.2",
        "2.16.840.1.113733.1.6.3",
        "2.16.840.1.113733.1.6.4",
        "2.16.840.1.113733.1.6.5",
        "2.16.840.1.113733.1.6.6",
        "2.16.840.1.113733.1.6.7",
        "2.16.840.1.113733.1.6.8",
        "2.16.840.1.113733.1.6.10",
        "2.16.840.1.113733.1.6.11",
        "2.16.840.1.113733.1.6.13",
        "2.16.840.1.113733.1.6.15",
    };
    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++) {
        size_t s = 0;
        while (s < SAMPLES && (strcmp(samples[s].oid, oids[i]) != 0 || !samples[s].want))
            s++;
        struct ks_buf contents = KS_BUF_INIT;
        assert_true(ks_oid_parse(oids[i], &contents));
        if (!ks_oid_name(der_slice(&contents)))
            fail_msg("%s has no name", oids[i]);
        if (s == SAMPLES && strncmp(oids[i], "2.16.840.1.113730.1.", 20) != 0)
            fail_msg("%s has no sample above", oids[i]);
        ks_buf_free(&contents);
    }
}

/* ---- lists of extensions ---- */

static bool collect(void *ctx, const struct ks_ext *ext)
{
    struct ks_buf *out = ctx;
    ks_oid_text(ext->oid, out);
    ks_buf_str(out, ext->critical ? "! " : " ");
    return strstr(ks_buf_text(out), "stop") == NULL && ext->value.len != 1;
}

static void extensions_come_in_file_order_until_told_to_stop(void **state)
{
    (void)state;
    struct ks_buf exts = der_text(
        "30{06=2.5.29.19 01:ff 04:3000} 02:05 30{06=2.5.29.14} 30{06=2.5.29.15 01:00 04:0303}"
        "30{06=1.2.3 24{04:0500}} 30{06=1.2.4 04:05} 30{06=1.2.5 04:0505}");
    struct ks_buf out = KS_BUF_INIT;
    struct ks_ext found;
    ks_ext_each(der_slice(&exts), collect, &out);
    assert_string_equal(ks_buf_text(&out), "basicConstraints! keyUsage 1.2.3 1.2.4 ");
    assert_true(ks_ext_find(der_slice(&exts), ks_slice("\x2a\x03", 2), &found));
    assert_int_equal(found.value.len, 2); /* one segment is taken out of its BER wrapping */
    assert_false(ks_ext_find(der_slice(&exts), ks_slice("\x2a\x07", 2), &found));
    ks_buf_free(&exts);
    ks_buf_free(&out);
}

static bool count(void *ctx, const struct ks_ext *ext)
{
    (void)ext;
    (*(size_t *)ctx)++;
    return true;
}

static void more_than_256_extensions_are_not_read(void **state)
{
    (void)state;
    struct ks_buf one = der_text("30{06=1.2.3 04:05}"), all = KS_BUF_INIT;
    size_t seen = 0;
    for (int i = 0; i < 1000; i++)
        ks_buf_slice(&all, der_slice(&one));
    ks_ext_each(der_slice(&all), count, &seen);
    assert_int_equal(seen, 256);
    ks_buf_free(&one);
    ks_buf_free(&all);
}

static void names_of_a_certificate_are_listed(void **state)
{
    (void)state;
    struct ks_blob *der =
        make_cert(&(struct make_cert){.cn = "x", .san = "DNS:a.example,IP:192.0.2.1"});
    struct ks_blob *without = make_cert(&(struct make_cert){.cn = "x"});
    struct ks_cert c;
    struct ks_buf out = KS_BUF_INIT;
    assert_true(ks_cert_skim(ks_blob_slice(der), &c));
    ks_cert_san(&c, &out);
    assert_string_equal(ks_buf_text(&out), "dns:a.example\nip:192.0.2.1");
    ks_buf_clear(&out);
    assert_true(ks_cert_skim(ks_blob_slice(without), &c));
    ks_cert_san(&c, &out);
    assert_int_equal(out.len, 0);
    ks_blob_unref(der);
    ks_blob_unref(without);
    ks_buf_free(&out);
}

static void general_names_are_read_with_and_without_their_sequence(void **state)
{
    (void)state;
    struct ks_buf bare = der_text("82'a' 82'b'"), listed = der_text("30{82'a' 82'b'}"),
                  wrong = der_text("82'a' 02:05");
    struct ks_buf out = KS_BUF_INIT;
    ks_buf_str(&out, "before\n");
    assert_true(ks_ext_general_names(der_slice(&bare), &out));
    assert_string_equal(ks_buf_text(&out), "before\ndns:a\ndns:b");
    ks_buf_clear(&out);
    assert_true(ks_ext_general_names(der_slice(&listed), &out));
    assert_string_equal(ks_buf_text(&out), "dns:a\ndns:b");
    ks_buf_clear(&out);
    assert_false(ks_ext_general_names(der_slice(&wrong), &out));
    assert_memory_equal(out.data, "dns:a", 5); /* what could be read */
    ks_buf_free(&bare);
    ks_buf_free(&listed);
    ks_buf_free(&wrong);
    ks_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_extension_is_put_into_words),
        cmocka_unit_test(values_that_do_not_end_where_they_should_become_a_tree),
        cmocka_unit_test(values_with_any_octet_changed_do_no_harm),
        cmocka_unit_test(nothing_that_a_peer_decodes_is_missing),
        cmocka_unit_test(extensions_come_in_file_order_until_told_to_stop),
        cmocka_unit_test(more_than_256_extensions_are_not_read),
        cmocka_unit_test(names_of_a_certificate_are_listed),
        cmocka_unit_test(general_names_are_read_with_and_without_their_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
