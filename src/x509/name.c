#include "x509/name.h"

#include "x509/der.h"
#include "x509/oid.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define MAX_PARTS 256

/* Comparing in any order is quadratic: no honest RDN has more than a few parts. Of a longer one each
 * group of MAX_JOINED parts is a set, and a name that is longer is its bytes. */
#define MAX_JOINED 16
#define MAX_COMPARED 8192

/* ---- walking: Name ::= SEQUENCE OF SET OF SEQUENCE { type OID, value ANY } ---- */

struct part {
    struct ks_slice type;
    struct ks_tlv value;
    bool joined; /* same RDN as the part before */
};

struct walk {
    struct ks_slice rdns; /* the rest of the name */
    struct ks_slice set;  /* the rest of the RDN at hand */
    size_t taken;
    bool joined;
    bool damaged; /* stopped before the end */
};

static struct walk walk_name(struct ks_slice name)
{
    struct walk w = {0};
    w.damaged = !ks_ber_body(&name, KS_DER_SEQUENCE, &w.rdns) || name.len > 0;
    return w;
}

static bool enter_rdn(struct walk *w)
{
    while (w->set.len == 0) {
        if (w->rdns.len == 0)
            return false;
        if (!ks_ber_body(&w->rdns, KS_DER_SET, &w->set)) {
            w->damaged = true;
            return false;
        }
        w->joined = false;
    }
    return true;
}

static bool next_part(struct walk *w, struct part *out)
{
    if (w->damaged || !enter_rdn(w))
        return false;
    struct ks_slice pair;
    if (w->taken == MAX_PARTS || !ks_ber_body(&w->set, KS_DER_SEQUENCE, &pair) ||
        !ks_ber_body(&pair, KS_DER_OID, &out->type) || !ks_ber_next(&pair, &out->value)) {
        w->damaged = true;
        return false;
    }
    out->joined = w->joined;
    w->joined = true;
    w->taken++;
    return true;
}

static bool is_string(uint8_t tag)
{
    return tag == KS_DER_UTF8_STRING || (tag >= KS_DER_NUMERIC_STRING && tag <= 0x16) ||
           (tag >= 0x19 && tag <= KS_DER_BMP_STRING && tag != 0x1d);
}

/* ---- parts ---- */

size_t ks_name_parts(struct ks_slice name, struct ks_name_part **out)
{
    struct walk w = walk_name(name);
    struct part part;
    struct ks_name_part *parts = ks_alloc_array(MAX_PARTS, sizeof *parts);
    size_t count = 0;
    while (next_part(&w, &part)) {
        struct ks_buf value = KS_BUF_INIT;
        struct ks_name_part *p = &parts[count++];
        p->type = part.type;
        p->decodable = ks_der_string(&part.value, &value);
        p->joined = part.joined;
        p->string_tag = part.value.tag;
        p->value_len = value.len;
        p->value = ks_buf_steal(&value);
    }
    *out = ks_realloc(parts, (count ? count : 1) * sizeof *parts);
    return count;
}

void ks_name_parts_free(struct ks_name_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(parts[i].value);
    free(parts);
}

bool ks_name_is_empty(struct ks_slice name)
{
    struct walk w = walk_name(name);
    struct part part;
    return !next_part(&w, &part);
}

/* ---- text ---- */

/* The value as UTF-8; into `room` if it has to be decoded. */
static struct ks_slice value_text(const struct ks_tlv *value, struct ks_buf *room)
{
    bool ascii_or_utf8 = value->tag == KS_DER_UTF8_STRING || value->tag == KS_DER_PRINTABLE_STRING;
    if (ascii_or_utf8 && ks_text_is_ascii(value->body))
        return value->body;
    ks_buf_clear(room);
    (void)ks_der_string(value, room);
    return ks_slice(room->data, room->len);
}

static const bool special[256] = {
    ['\0'] = true, [','] = true, ['='] = true, ['+'] = true, ['<'] = true,
    ['>'] = true,  ['#'] = true, [';'] = true, ['"'] = true, ['\\'] = true,
};

static void append_blanks(struct ks_buf *out, size_t count)
{
    while (count-- > 0)
        ks_buf_str(out, "\\ ");
}

/* RFC 4514 2.4 as Java does it: '=' and '#' anywhere, and every space at either end. A NUL would
 * end the text for readers of C strings. */
void ks_name_escape(struct ks_slice text, struct ks_buf *out)
{
    size_t at = 0, end = text.len;
    while (end > 0 && text.data[end - 1] == ' ')
        end--;
    while (at < end && text.data[at] == ' ')
        at++;
    append_blanks(out, at);
    while (at < end) {
        size_t from = at;
        while (at < end && !special[text.data[at]])
            at++;
        ks_buf_append(out, text.data + from, at - from);
        if (at == end)
            break;
        uint8_t c = text.data[at++];
        ks_buf_str(out, c ? "\\" : "\\00");
        if (c)
            ks_buf_byte(out, c);
    }
    append_blanks(out, text.len - end);
}

static void append_part(struct ks_buf *out, const struct part *p, struct ks_buf *room)
{
    struct ks_slice text = value_text(&p->value, room);
    ks_oid_text(p->type, out);
    ks_buf_byte(out, '=');
    if (is_string(p->value.tag))
        ks_name_escape(text, out);
    else
        ks_buf_slice(out, text); /* "#" and hex */
}

static size_t collect(struct ks_slice name, struct part *parts, bool *damaged)
{
    struct walk w = walk_name(name);
    size_t count = 0;
    while (next_part(&w, &parts[count])) /* at most MAX_PARTS times */
        count++;
    *damaged = w.damaged;
    return count;
}

void ks_name_text(struct ks_slice name, struct ks_buf *out)
{
    struct part parts[MAX_PARTS];
    struct ks_buf room = KS_BUF_INIT;
    bool damaged;
    size_t count = collect(name, parts, &damaged);
    for (size_t end = count; end > 0;) {
        size_t start = end - 1;
        while (start > 0 && parts[start].joined)
            start--;
        for (size_t i = start; i < end; i++) {
            if (i > start || end < count)
                ks_buf_byte(out, i > start ? '+' : ',');
            append_part(out, &parts[i], &room);
        }
        end = start;
    }
    if (count == 0)
        ks_buf_str(out, damaged ? "(unreadable name)" : "(empty)");
    out->overflow = out->overflow || room.overflow;
    ks_buf_free(&room);
}

/* The attribute that is printed first among those of a type: the last in the encoding. */
static bool find_printed_first(struct ks_slice name, const char *type, size_t len,
                               struct ks_tlv *out)
{
    struct walk w = walk_name(name);
    struct part part;
    bool found = false;
    while (next_part(&w, &part)) {
        if (ks_der_oid_is(part.type, type, len) && part.value.body.len > 0) {
            *out = part.value;
            found = true;
        }
    }
    return found;
}

static bool common_name(struct ks_slice name, struct ks_buf *out)
{
    struct ks_tlv value;
    if (!find_printed_first(name, "\x55\x04\x03", 3, &value))
        return false;
    ks_der_string(&value, out);
    return true;
}

void ks_name_label(struct ks_slice name, struct ks_buf *out)
{
    static const struct {
        const char *type;
        size_t len;
    } others[] = {
        {"\x55\x04\x0b", 3},                         /* OU */
        {"\x55\x04\x0a", 3},                         /* O */
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9}, /* e-mail */
    };
    if (common_name(name, out))
        return;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct ks_tlv value;
        if (find_printed_first(name, others[i].type, others[i].len, &value)) {
            ks_der_string(&value, out);
            return;
        }
    }
    ks_name_text(name, out);
}

/* ---- comparing: code points of the canonical value, one after the other ---- */

/*
 * RFC 5280 7.1 asks for the rules of LDAP: case folded, string types ignored, runs of white space
 * as one, none at the ends. Units that decode to nothing, and octets of values that are no strings,
 * get numbers beyond Unicode so that they are equal only to themselves.
 */
enum {
    CANON_END = -1,
    CANON_UNDECODABLE = 0x200000,
    CANON_OTHER_TYPE = 0x300000,
};

struct canon {
    struct ks_slice rest;
    uint8_t tag;
    bool started;    /* a character was given */
    int32_t pending; /* comes next, CANON_END: none */
};

static int32_t take_unit(struct canon *c, size_t width)
{
    uint32_t unit = 0;
    size_t used = width < c->rest.len ? width : c->rest.len;
    for (size_t i = 0; i < used; i++)
        unit = unit << 8 | c->rest.data[i];
    c->rest = ks_slice(c->rest.data + used, c->rest.len - used);
    if (used < width || unit > 0x10ffff || (unit >= 0xd800 && unit <= 0xdfff))
        return (int32_t)(CANON_UNDECODABLE + (unit & 0xfffff));
    return (int32_t)unit;
}

static int32_t take_utf16(struct canon *c)
{
    struct ks_slice at = c->rest;
    if (at.len >= 4 && (at.data[0] & 0xfc) == 0xd8 && (at.data[2] & 0xfc) == 0xdc) {
        int32_t high = (at.data[0] & 3) << 8 | at.data[1];
        int32_t low = (at.data[2] & 3) << 8 | at.data[3];
        c->rest = ks_slice(at.data + 4, at.len - 4);
        return 0x10000 + (high << 10) + low;
    }
    return take_unit(c, 2);
}

static int32_t take_utf8(struct canon *c)
{
    int32_t cp;
    size_t used = ks_utf8_next((const char *)c->rest.data, c->rest.len, &cp);
    if (cp < 0)
        cp = CANON_UNDECODABLE + c->rest.data[0];
    c->rest = ks_slice(c->rest.data + used, c->rest.len - used);
    return cp;
}

static int32_t take_code_point(struct canon *c)
{
    if (c->rest.len == 0)
        return CANON_END;
    if (!is_string(c->tag))
        return CANON_OTHER_TYPE + c->tag * 0x100 + take_unit(c, 1);
    switch (c->tag) {
    case KS_DER_UTF8_STRING:
        return take_utf8(c);
    case KS_DER_BMP_STRING:
        return take_utf16(c);
    case KS_DER_UNIVERSAL_STRING:
        return take_unit(c, 4);
    default:
        return take_unit(c, 1);
    }
}

static bool is_space(int32_t cp)
{
    return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0x85 || cp == 0xa0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 || cp == 0x202f ||
           cp == 0x205f || cp == 0x3000;
}

static int32_t fold(int32_t cp)
{
    if (cp < 0x80)
        return cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp;
    return cp <= 0x10ffff ? utf8proc_tolower(cp) : cp;
}

static struct canon canon_of(const struct ks_tlv *value)
{
    return (struct canon){.rest = value->body, .tag = value->tag, .pending = CANON_END};
}

static int32_t canon_next(struct canon *c)
{
    int32_t cp = c->pending;
    if (cp != CANON_END) {
        c->pending = CANON_END;
        return cp;
    }
    bool spaces = false;
    while (is_space(cp = take_code_point(c)))
        spaces = true;
    if (cp == CANON_END)
        return cp;
    cp = fold(cp);
    if (spaces && c->started) {
        c->pending = cp;
        return ' ';
    }
    c->started = true;
    return cp;
}

static bool part_equal(const struct part *a, const struct part *b)
{
    if (!ks_slice_equal(a->type, b->type))
        return false;
    struct canon ca = canon_of(&a->value), cb = canon_of(&b->value);
    int32_t cp;
    do {
        cp = canon_next(&ca);
        if (cp != canon_next(&cb))
            return false;
    } while (cp != CANON_END);
    return true;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x100000001b3u;
    return hash ^ hash >> 29;
}

static uint64_t hash_bytes(struct ks_slice bytes)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < bytes.len; i++)
        hash = mix(hash, bytes.data[i]);
    return hash;
}

static uint64_t hash_part(const struct part *part)
{
    uint64_t hash = hash_bytes(part->type);
    struct canon c = canon_of(&part->value);
    for (int32_t cp; (cp = canon_next(&c)) != CANON_END;)
        hash = mix(hash, (uint64_t)cp);
    return mix(hash, 1);
}

/* The next parts of one RDN: all of it, or of a longer one the next MAX_JOINED. */
static size_t take_rdn(struct walk *w, struct part *parts)
{
    size_t count = 0;
    if (!next_part(w, &parts[0]))
        return 0;
    for (count = 1; count < MAX_JOINED && w->set.len > 0; count++)
        if (!next_part(w, &parts[count]))
            break;
    return count;
}

/* An RDN is a SET: each part of one has a partner of its own in the other. */
static bool rdn_equal(const struct part *a, const struct part *b, size_t count)
{
    bool used[MAX_JOINED] = {false};
    uint64_t hashes[MAX_JOINED];
    if (count == 1)
        return part_equal(a, b);
    for (size_t i = 0; i < count; i++)
        hashes[i] = hash_part(&b[i]);
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = hash_part(&a[i]);
        size_t j = 0;
        while (j < count && (used[j] || hash != hashes[j] || !part_equal(&a[i], &b[j])))
            j++;
        if (j == count)
            return false;
        used[j] = true;
    }
    return true;
}

/* A name that cannot be read, or is absurdly long, is equal only to the same bytes. */
bool ks_name_equal(struct ks_slice a, struct ks_slice b)
{
    struct part pa[MAX_JOINED], pb[MAX_JOINED];
    if (ks_slice_equal(a, b))
        return true;
    if (a.len > MAX_COMPARED || b.len > MAX_COMPARED)
        return false;
    struct walk wa = walk_name(a), wb = walk_name(b);
    size_t count;
    do {
        count = take_rdn(&wa, pa);
        if (take_rdn(&wb, pb) != count)
            return false;
        if (count && (pa[0].joined != pb[0].joined || !rdn_equal(pa, pb, count)))
            return false;
    } while (count);
    return !wa.damaged && !wb.damaged;
}

/* Parts of one RDN are added up, so that their order does not count; that of the RDNs does. */
uint64_t ks_name_hash(struct ks_slice name)
{
    struct part parts[MAX_JOINED];
    uint64_t hash = 0;
    if (name.len > MAX_COMPARED)
        return hash_bytes(name);
    struct walk w = walk_name(name);
    for (size_t count; (count = take_rdn(&w, parts)) > 0;) {
        uint64_t rdn = parts[0].joined;
        for (size_t i = 0; i < count; i++)
            rdn += hash_part(&parts[i]);
        hash = mix(hash, rdn);
    }
    return mix(hash, w.taken);
}
