/*
 * Names as Java's DataInputStream.readUTF takes them, in the keystores that are written with it:
 * JKS, JCEKS, BKS, UBER. And what becomes of equal ones there: entries go into a hash table as they
 * are read, so that of two with one alias the later stays.
 */
#ifndef KSX_FORMAT_JAVA_NAMES_H
#define KSX_FORMAT_JAVA_NAMES_H

#include "store/store.h"

/* No sequences of four bytes, no stray continuations: Java fails on them. */
bool ks_java_reads_name(struct ks_slice raw);

/* The alias of an entry; the caller's. Adds KS_NOTE_ALIAS_ENCODING when the bytes are not all
 * decodable, and with it KS_NOTE_JAVA_FATAL when readUTF fails on them. A NUL, legal in Java's
 * encoding, would end a C string: it is shown as its symbol, U+2400. */
char *ks_java_name(struct ks_slice raw, uint32_t *notes);

/* Adds KS_NOTE_JAVA_REPLACED to entries whose alias_raw a later one has too. */
void ks_java_note_replaced(struct ks_loading *l);

#endif
