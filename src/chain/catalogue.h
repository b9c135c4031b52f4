/*
 * What is known of each finding beside its rule: in words how it is detected, what it does to whom,
 * with the messages that people then see, and what mends it. One row a finding; the reader of
 * `ksx explain ID`, the detail pane and docs/findings.md are made of it. tests/unit/test_findings.c
 * holds that every rule has a row and every row a rule.
 *
 * Who rejects what was observed with JSSE of OpenJDK 17 and 25, curl 7.88 on OpenSSL 3.0, GnuTLS
 * 3.7, Go 1.19, Python 3.11, Firefox 153 and Chromium 156 as clients of a JSSE server.
 */
#ifndef KSX_CHAIN_CATALOGUE_H
#define KSX_CHAIN_CATALOGUE_H

#include <stddef.h>

/* Who refuses the connection, as a bit mask. */
enum ks_client {
    KS_CLIENT_JAVA = 1 << 0,
    KS_CLIENT_CURL = 1 << 1, /* and everything else on OpenSSL */
    KS_CLIENT_GNUTLS = 1 << 2,
    KS_CLIENT_GO = 1 << 3,
    KS_CLIENT_PYTHON = 1 << 4, /* requests: OpenSSL, but no CN in place of a SAN */
    KS_CLIENT_FIREFOX = 1 << 5,
    KS_CLIENT_CHROMIUM = 1 << 6,
    KS_CLIENT_SERVER = 1 << 7, /* the server itself does not start, or has nothing to serve */
    KS_CLIENT_ALL = 0x7f,
    KS_CLIENT_OPENSSL = KS_CLIENT_CURL | KS_CLIENT_PYTHON,
};
#define KS_CLIENTS 8
/* "Java", "curl", "GnuTLS", "Go", "Python", "Firefox", "Chromium", "the server": by bit number. */
const char *ks_client_name(int bit);

/* What ksx can do about it. */
enum ks_remedy {
    KS_REMEDY_NONE,   /* only the CA or the operator can: `fix` says what to ask for */
    KS_REMEDY_REPAIR, /* one safe repair: part of "repair everything" (op/repair.h) */
    KS_REMEDY_CHOICE, /* the repair wizard needs an answer: a file, a password, which one */
    KS_REMEDY_OTHER,  /* another command: `fix` names it (convert, passwd, csr, import, rename) */
};

struct ks_catalogue {
    const char *id;
    const char *rule;    /* what is looked at and when it holds, one or two sentences */
    const char *why;     /* the consequence, in a paragraph for an operator */
    const char *fix;     /* what to do, naming the command or the key */
    const char *java;    /* what Java says; "" = nothing */
    const char *curl;    /* what curl or OpenSSL says */
    const char *browser; /* what Firefox and Chromium say */
    unsigned rejects;    /* enum ks_client */
    enum ks_remedy remedy;
};
/* All rows in the order of the rules; NULL id ends. */
const struct ks_catalogue *ks_catalogue(void);
/* By id, ignoring case; NULL: none. */
const struct ks_catalogue *ks_catalogue_of(const char *id);

#endif
