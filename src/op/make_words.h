/*
 * Inside of op: names and extensions as keytool and openssl want them on the command line.
 */
#ifndef KSX_OP_MAKE_WORDS_H
#define KSX_OP_MAKE_WORDS_H

#include "x509/profile.h"

enum ks_tool { KS_TOOL_KEYTOOL, KS_TOOL_OPENSSL };

/* " -ext SAN=dns:a -ext KU:critical=..." or " -addext subjectAltName=DNS:a ...", quoted for the
 * shell; appended. What a tool has no words for is given as octets. */
void ks_words_of_profile(struct ks_buf *line, enum ks_tool tool, const struct ks_profile *profile,
                         bool subject_empty);
/* " -dname CN=a,O=b" or " -subj /O=b/CN=a"; appended. */
void ks_words_of_name(struct ks_buf *line, enum ks_tool tool, struct ks_slice name);
/* " -sigalg SHA256withRSA" or " -sha256" with what PSS needs; nothing for NULL; appended. */
void ks_words_of_signature(struct ks_buf *line, enum ks_tool tool, const char *signature);

#endif
