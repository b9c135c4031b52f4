/*
 * The lines of a server's configuration that use a keystore: with its absolute path, type and
 * alias, quoted as the place wants it, and placeholders for passwords.
 */
#ifndef KSX_OP_SNIPPET_H
#define KSX_OP_SNIPPET_H

#include "store/store.h"

enum ks_snippet_for { KS_SNIPPET_KEY = 1, KS_SNIPPET_TRUST = 2 };

struct ks_snippet {
    const char *word;  /* "jvm", "dropwizard", "jetty", "tomcat", "spring", "kafka", "nginx" */
    const char *label; /* "JVM options, JAVA_OPTS" */
    unsigned uses;     /* mask of enum ks_snippet_for */
    const char *note;  /* where it goes; a sentence */
};
extern const struct ks_snippet ks_snippets[]; /* word NULL ends */
const struct ks_snippet *ks_snippet_named(const char *word); /* NULL: none */

/* `entry` NULL: of the store as a whole, a truststore when it holds no key. Lines end with '\n';
 * appended. What does not work with this store or entry is said in comment lines (a server that
 * reads no JCEKS, an alias that has to be quoted, a key password of its own). */
void ks_snippet_put(const struct ks_snippet *snippet, const struct ks_store *store,
                    const struct ks_entry *entry, struct ks_buf *out);

#endif
