#include "format/javaser.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* ---- the specification's constants, java.io.ObjectStreamConstants ---- */

enum {
    TC_NULL = 0x70,
    TC_REFERENCE = 0x71,
    TC_CLASSDESC = 0x72,
    TC_OBJECT = 0x73,
    TC_STRING = 0x74,
    TC_ARRAY = 0x75,
    TC_CLASS = 0x76,
    TC_BLOCKDATA = 0x77,
    TC_ENDBLOCKDATA = 0x78,
    TC_BLOCKDATALONG = 0x7a,
    TC_LONGSTRING = 0x7c,
    TC_ENUM = 0x7e,
};
/* Not followed: 79 RESET, 7b EXCEPTION, 7d PROXYCLASSDESC. None occurs around a key. */

enum { SC_WRITE_METHOD = 1, SC_SERIALIZABLE = 2, SC_EXTERNALIZABLE = 4, SC_BLOCK_DATA = 8 };

#define STREAM_MAGIC 0xaced0005u
#define BASE_HANDLE 0x7e0000u
#define MAX_HANDLES 512
#define MAX_CLASSES 64
#define MAX_CLASS_FIELDS 256 /* of all classes of a stream */
#define MAX_DEPTH 16

/* ---- what a stream has defined so far ---- */

struct field {
    uint8_t type; /* B C D F I J S Z, or [ and L for references */
    struct ks_slice name;
};

struct class_desc {
    struct ks_slice name;
    uint8_t flags;
    uint16_t first_field, field_count;
    int super;     /* index, -1 = none */
    bool complete; /* a reference to a class that is still being described would be a loop */
};

struct handle {
    int class_desc; /* index when it is a class description, else -1 */
    struct ks_java_value value;
};

struct stream {
    struct ks_reader in;
    struct ks_java_object *out;
    struct handle handles[MAX_HANDLES];
    size_t handle_count;
    struct class_desc classes[MAX_CLASSES];
    size_t class_count;
    struct field fields[MAX_CLASS_FIELDS];
    size_t field_count;
    int depth;
};

static bool read_content(struct stream *s, struct ks_java_value *value, bool outermost);

/* Notes when it is for want of bytes that something cannot be read. */
static bool or_cut(struct stream *s, bool good)
{
    if (!good)
        s->out->cut = true;
    return good;
}

static bool get_u8(struct stream *s, uint8_t *out)
{
    return or_cut(s, ks_read_u8(&s->in, out));
}

static bool get_u16(struct stream *s, uint16_t *out)
{
    return or_cut(s, ks_read_u16be(&s->in, out));
}

static bool get_u32(struct stream *s, uint32_t *out)
{
    return or_cut(s, ks_read_u32be(&s->in, out));
}

static bool get_u64(struct stream *s, uint64_t *out)
{
    return or_cut(s, ks_read_u64be(&s->in, out));
}

static bool get_utf(struct stream *s, struct ks_slice *out)
{
    return or_cut(s, ks_read_utf(&s->in, out));
}

static bool get_bytes(struct stream *s, uint64_t len, struct ks_slice *out)
{
    return or_cut(s, len <= ks_reader_left(&s->in) && ks_read_bytes(&s->in, (size_t)len, out));
}

static bool new_handle(struct stream *s, int class_desc, size_t *index)
{
    if (s->handle_count == MAX_HANDLES)
        return false;
    *index = s->handle_count++;
    s->handles[*index] = (struct handle){.class_desc = class_desc};
    return true;
}

static bool read_reference(struct stream *s, const struct handle **out)
{
    uint32_t number;
    if (!get_u32(s, &number) || number < BASE_HANDLE || number - BASE_HANDLE >= s->handle_count)
        return false;
    *out = &s->handles[number - BASE_HANDLE];
    return true;
}

/* ---- strings ---- */

static bool read_string_body(struct stream *s, uint8_t tag, struct ks_slice *out)
{
    uint64_t len;
    size_t index;

    if (tag == TC_STRING) {
        if (!get_utf(s, out))
            return false;
    } else if (!get_u64(s, &len) || !get_bytes(s, len, out)) {
        return false;
    }
    if (!new_handle(s, -1, &index))
        return false;
    s->handles[index].value = (struct ks_java_value){KS_JAVA_STRING, *out};
    return true;
}

/* A String where nothing else may stand: the type of a field, the name of an enum constant. */
static bool read_string(struct stream *s, struct ks_slice *out)
{
    uint8_t tag;
    const struct handle *ref;

    if (!get_u8(s, &tag))
        return false;
    if (tag == TC_STRING || tag == TC_LONGSTRING)
        return read_string_body(s, tag, out);
    if (tag != TC_REFERENCE || !read_reference(s, &ref) || ref->value.kind != KS_JAVA_STRING)
        return false;
    *out = ref->value.bytes;
    return true;
}

/* ---- classes ---- */

static bool read_class(struct stream *s, int *index);

static bool read_fields(struct stream *s, struct class_desc *c)
{
    uint16_t count;
    struct ks_slice type_name;

    if (!get_u16(s, &count) || count > MAX_CLASS_FIELDS - s->field_count)
        return false;
    c->first_field = (uint16_t)s->field_count;
    c->field_count = count;
    s->field_count += count;
    for (size_t i = c->first_field; i < s->field_count; i++) {
        struct field *f = &s->fields[i];
        if (!get_u8(s, &f->type) || !get_utf(s, &f->name) || !memchr("BCDFIJSZ[L", f->type, 10))
            return false;
        if ((f->type == '[' || f->type == 'L') && !read_string(s, &type_name))
            return false;
    }
    return true;
}

/* Annotations: anything up to the end mark. */
static bool read_annotations(struct stream *s)
{
    struct ks_java_value ignored;
    for (;;) {
        if (ks_reader_left(&s->in) > 0 && *s->in.at == TC_ENDBLOCKDATA) {
            s->in.at++;
            return true;
        }
        if (!read_content(s, &ignored, false))
            return false;
    }
}

static bool read_new_class(struct stream *s, int *index)
{
    uint64_t uid;
    size_t handle;

    if (s->class_count == MAX_CLASSES)
        return false;
    *index = (int)s->class_count;
    struct class_desc *c = &s->classes[s->class_count++];
    *c = (struct class_desc){.super = -1};
    if (!get_utf(s, &c->name) || !get_u64(s, &uid) || !new_handle(s, *index, &handle) ||
        !get_u8(s, &c->flags) || !read_fields(s, c) || !read_annotations(s) ||
        !read_class(s, &c->super))
        return false;
    c->complete = true;
    return true;
}

/* A class description, a reference to one, or null: *index is -1 then. */
static bool read_class(struct stream *s, int *index)
{
    uint8_t tag;
    const struct handle *ref;
    bool good = false;

    if (s->depth >= MAX_DEPTH || !get_u8(s, &tag))
        return false;
    s->depth++;
    *index = -1;
    if (tag == TC_NULL) {
        good = true;
    } else if (tag == TC_CLASSDESC) {
        good = read_new_class(s, index);
    } else if (tag == TC_REFERENCE && read_reference(s, &ref) && ref->class_desc >= 0) {
        *index = ref->class_desc;
        good = s->classes[*index].complete;
    }
    s->depth--;
    return good;
}

/* ---- objects ---- */

static size_t primitive_size(uint8_t type)
{
    switch (type) {
    case 'B':
    case 'Z':
        return 1;
    case 'C':
    case 'S':
        return 2;
    case 'F':
    case 'I':
        return 4;
    case 'D':
    case 'J':
        return 8;
    default:
        return 0; /* a reference */
    }
}

static bool skip(struct stream *s, uint64_t len)
{
    struct ks_slice ignored;
    return get_bytes(s, len, &ignored);
}

static void keep_field(struct ks_java_object *o, struct ks_slice class_name, struct ks_slice name,
                       const struct ks_java_value *value)
{
    if (value->kind == KS_JAVA_OTHER || o->field_count == KS_JAVA_MAX_FIELDS)
        return;
    o->fields[o->field_count++] = (struct ks_java_field){class_name, name, *value};
}

/* What one class of an object's chain has written. */
static bool read_class_data(struct stream *s, const struct class_desc *c, bool outermost)
{
    if (c->flags & SC_EXTERNALIZABLE) /* without block data nobody can tell where it ends */
        return (c->flags & SC_BLOCK_DATA) && read_annotations(s);
    if (!(c->flags & SC_SERIALIZABLE))
        return true;
    for (size_t i = 0; i < c->field_count; i++) {
        const struct field *f = &s->fields[c->first_field + i];
        struct ks_java_value value;
        if (primitive_size(f->type)) {
            if (!skip(s, primitive_size(f->type)))
                return false;
            continue;
        }
        if (!read_content(s, &value, false))
            return false;
        if (outermost)
            keep_field(s->out, c->name, f->name, &value);
    }
    return !(c->flags & SC_WRITE_METHOD) || read_annotations(s);
}

static bool read_object(struct stream *s, bool outermost)
{
    int chain[MAX_DEPTH], index;
    size_t len = 0, handle;

    if (!read_class(s, &index) || index < 0 || !new_handle(s, -1, &handle))
        return false;
    for (; index >= 0; index = s->classes[index].super) {
        if (len == MAX_DEPTH)
            return false;
        chain[len++] = index;
        if (outermost && s->out->class_count < KS_JAVA_MAX_SUPERS)
            s->out->classes[s->out->class_count++] = s->classes[index].name;
    }
    while (len-- > 0) /* the highest superclass writes first */
        if (!read_class_data(s, &s->classes[chain[len]], outermost))
            return false;
    return true;
}

static bool read_array(struct stream *s, struct ks_java_value *value)
{
    int index;
    size_t handle;
    uint32_t count;

    if (!read_class(s, &index) || index < 0 || !new_handle(s, -1, &handle) || !get_u32(s, &count))
        return false;
    struct ks_slice name = s->classes[index].name;
    if (name.len < 2 || name.data[0] != '[')
        return false;
    size_t size = primitive_size(name.data[1]);
    if (name.data[1] == 'B') {
        value->kind = KS_JAVA_BYTES;
        if (!get_bytes(s, count, &value->bytes))
            return false;
        s->handles[handle].value = *value;
        return true;
    }
    if (size)
        return skip(s, (uint64_t)count * size);
    for (uint32_t i = 0; i < count; i++) {
        struct ks_java_value ignored;
        if (!read_content(s, &ignored, false))
            return false;
    }
    return true;
}

static bool read_enum(struct stream *s, struct ks_java_value *value)
{
    int index;
    size_t handle;

    if (!read_class(s, &index) || index < 0 || !new_handle(s, -1, &handle) ||
        !read_string(s, &value->bytes))
        return false;
    value->kind = KS_JAVA_ENUM;
    s->handles[handle].value = *value;
    return true;
}

static bool read_tagged(struct stream *s, uint8_t tag, struct ks_java_value *value, bool outermost)
{
    const struct handle *ref;
    size_t handle;
    int index;
    uint8_t small;
    uint32_t large;

    switch (tag) {
    case TC_NULL:
        return true;
    case TC_REFERENCE:
        if (!read_reference(s, &ref))
            return false;
        *value = ref->value;
        return true;
    case TC_CLASSDESC:
        return read_new_class(s, &index);
    case TC_OBJECT:
        return read_object(s, outermost);
    case TC_STRING:
    case TC_LONGSTRING:
        value->kind = KS_JAVA_STRING;
        return read_string_body(s, tag, &value->bytes);
    case TC_ARRAY:
        return read_array(s, value);
    case TC_CLASS:
        return read_class(s, &index) && new_handle(s, -1, &handle);
    case TC_BLOCKDATA:
        return get_u8(s, &small) && skip(s, small);
    case TC_BLOCKDATALONG:
        return get_u32(s, &large) && skip(s, large);
    case TC_ENUM:
        return read_enum(s, value);
    default:
        return false;
    }
}

static bool read_content(struct stream *s, struct ks_java_value *value, bool outermost)
{
    uint8_t tag;

    *value = (struct ks_java_value){0};
    if (s->depth >= MAX_DEPTH || !get_u8(s, &tag))
        return false;
    s->depth++;
    bool good = read_tagged(s, tag, value, outermost);
    s->depth--;
    return good;
}

/* ---- */

bool ks_java_read(struct ks_slice in, struct ks_java_object *out, size_t *used)
{
    uint32_t magic;
    struct ks_java_value ignored;
    /* Some 30 KiB: not for the stack of a worker, and not to be zeroed for each of many keys. What
     * is below the counts has been written. */
    struct stream *s = ks_realloc(NULL, sizeof *s);

    s->in = ks_reader(in);
    s->out = out;
    s->handle_count = s->class_count = s->field_count = 0;
    s->depth = 0;
    out->class_count = out->field_count = 0;
    out->classes[0] = ks_slice(NULL, 0);
    out->cut = false;
    bool good = get_u32(s, &magic) && magic == STREAM_MAGIC && read_content(s, &ignored, true);
    *used = ks_reader_offset(&s->in);
    free(s);
    return good;
}

static bool is_text(struct ks_slice s, const char *text)
{
    return ks_slice_equal(s, ks_slice_str(text));
}

bool ks_java_is_class(const struct ks_java_object *o, const char *name)
{
    return o->class_count > 0 && is_text(o->classes[0], name);
}

const struct ks_java_value *ks_java_find(const struct ks_java_object *o, const char *field,
                                         enum ks_java_kind kind)
{
    for (size_t i = 0; i < o->field_count; i++)
        if (o->fields[i].value.kind == kind && is_text(o->fields[i].name, field))
            return &o->fields[i].value;
    return NULL;
}
