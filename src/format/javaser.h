/*
 * A tokenizer for Java object streams (Java Object Serialization Specification, chapter 6), as far
 * as secret keys in JCEKS need it. A JCEKS entry with a secret key is such a stream without a
 * length in front, so the only way to the next entry is to follow it to its end; this works for any
 * class, known or not, as long as the stream describes itself. No code is run and no object is
 * made: of the outermost object the fields that hold strings, byte arrays and enum constants are
 * kept, as slices of the input.
 *
 * Handles, classes, fields and depth are bounded; time is linear in the bytes read.
 */
#ifndef KSX_FORMAT_JAVASER_H
#define KSX_FORMAT_JAVASER_H

#include "base/bytes.h"

#define KS_JAVA_MAX_FIELDS 16 /* kept of the outermost object; more are skipped */
#define KS_JAVA_MAX_SUPERS 8

enum ks_java_kind {
    KS_JAVA_OTHER, /* null, a number, an object, an array of something else */
    KS_JAVA_STRING,
    KS_JAVA_BYTES,
    KS_JAVA_ENUM,
};

struct ks_java_value {
    uint8_t kind;          /* enum ks_java_kind */
    struct ks_slice bytes; /* string: modified UTF-8; enum: the constant's name */
};

struct ks_java_field {
    struct ks_slice class_name; /* the class that declares it */
    struct ks_slice name;
    struct ks_java_value value;
};

struct ks_java_object {
    struct ks_slice classes[KS_JAVA_MAX_SUPERS]; /* its class first, then the superclasses */
    size_t class_count;                          /* 0: the stream holds no object */
    struct ks_java_field fields[KS_JAVA_MAX_FIELDS];
    size_t field_count;
    bool cut; /* not read because the bytes end */
};

/* Reads one stream (header and one element) off the front of `in`; *used is its length. False when
 * it is cut off, malformed, over a bound, or of a class whose data has no visible end
 * (Externalizable in the protocol of JDK 1.1). Then out->classes may still name the class. */
bool ks_java_read(struct ks_slice in, struct ks_java_object *out, size_t *used);

bool ks_java_is_class(const struct ks_java_object *o, const char *name);
/* The field's value; NULL when there is none of this name and kind. */
const struct ks_java_value *ks_java_find(const struct ks_java_object *o, const char *field,
                                         enum ks_java_kind kind);

#endif
