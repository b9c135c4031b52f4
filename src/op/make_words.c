#include "op/make_words.h"

#include "op/command.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/oid.h"

#include <openssl/objects.h>

#include <ctype.h>
#include <string.h>

/* ---- extensions ---- */

/* What is known of both tools; the rest goes by its OID. */
static const struct known {
    const char *oid, *keytool, *openssl;
} known[] = {
    {"2.5.29.15", "KU", "keyUsage"},
    {"2.5.29.37", "EKU", "extendedKeyUsage"},
    {"2.5.29.19", "BC", "basicConstraints"},
    {"2.5.29.17", "SAN", "subjectAltName"},
};
enum { KEY_USAGE, EXTENDED, BASIC, NAMES, KNOWN_COUNT };

struct words {
    struct ks_buf *line;
    enum ks_tool tool;
    const struct ks_profile *profile;
};

static void add(struct ks_buf *out, const char *word)
{
    ks_buf_str(out, out->len ? "," : "");
    ks_buf_str(out, word);
}

static void put_key_usage(const struct words *w, struct ks_buf *out)
{
    for (unsigned i = 0; i < KS_KEY_USAGE_COUNT; i++)
        if (w->profile->usage & 1u << i)
            add(out, w->tool == KS_TOOL_KEYTOOL ? ks_key_usages[i].keytool : ks_key_usages[i].name);
}

static void put_extended(const struct words *w, struct ks_buf *out)
{
    for (unsigned i = 0; ks_extended_usages[i].name; i++) {
        const struct ks_usage_word *u = &ks_extended_usages[i];
        if (!(w->profile->extended & 1u << i))
            continue;
        if (w->tool == KS_TOOL_KEYTOOL)
            add(out, u->keytool ? u->keytool : u->oid);
        else
            add(out, OBJ_sn2nid(u->name) != NID_undef ? u->name : u->oid);
    }
    for (size_t i = 0; i < w->profile->oid_count; i++)
        add(out, w->profile->oids[i]);
}

static void put_basic(const struct words *w, struct ks_buf *out)
{
    bool keytool = w->tool == KS_TOOL_KEYTOOL;

    ks_buf_str(out, keytool ? "ca:" : "CA:");
    ks_buf_str(out, w->profile->ca ? (keytool ? "true" : "TRUE") : (keytool ? "false" : "FALSE"));
    if (w->profile->ca && w->profile->path_len >= 0)
        ks_buf_printf(out, ",pathlen:%d", w->profile->path_len);
}

/* Alternative names: ksx's prefix, keytool's and openssl's. */
static const struct {
    const char *prefix, *keytool, *openssl;
} name_kinds[] = {
    {"dns:", "dns:", "DNS:"}, {"ip:", "ip:", "IP:"},    {"email:", "email:", "email:"},
    {"uri:", "uri:", "URI:"}, {"oid:", "oid:", "RID:"},
};

/* False for a name that would be taken apart, or that the tools have no words for. */
static bool put_name(const struct words *w, const char *name, struct ks_buf *out)
{
    if (strchr(name, ','))
        return false;
    for (size_t i = 0; i < sizeof name_kinds / sizeof name_kinds[0]; i++) {
        size_t len = strlen(name_kinds[i].prefix);
        if (strncmp(name, name_kinds[i].prefix, len) != 0)
            continue;
        add(out, w->tool == KS_TOOL_KEYTOOL ? name_kinds[i].keytool : name_kinds[i].openssl);
        ks_buf_str(out, name + len);
        return true;
    }
    return false;
}

static bool put_names(const struct words *w, struct ks_buf *out)
{
    for (size_t i = 0; i < w->profile->name_count; i++)
        if (!put_name(w, w->profile->names[i], out))
            return false;
    return true;
}

static bool put_known(const struct words *w, size_t which, struct ks_buf *out)
{
    switch (which) {
    case KEY_USAGE:
        put_key_usage(w, out);
        return true;
    case EXTENDED:
        put_extended(w, out);
        return true;
    case BASIC:
        put_basic(w, out);
        return true;
    default:
        return put_names(w, out);
    }
}

static void put_octets(struct ks_slice value, struct ks_buf *out)
{
    for (size_t i = 0; i < value.len; i++)
        ks_buf_printf(out, "%s%02x", i ? ":" : "", value.data[i]);
}

static size_t which_known(const char *oid)
{
    size_t i = 0;
    while (i < KNOWN_COUNT && strcmp(known[i].oid, oid) != 0)
        i++;
    return i;
}

static void put_extension(const struct words *w, const struct ks_ext *ext)
{
    struct ks_buf oid = KS_BUF_INIT, value = KS_BUF_INIT, word = KS_BUF_INIT;
    bool keytool = w->tool == KS_TOOL_KEYTOOL;

    ks_oid_dotted(ext->oid, &oid);
    size_t which = which_known(ks_buf_text(&oid));
    bool worded = which < KNOWN_COUNT && put_known(w, which, &value);
    const char *name = !worded   ? ks_buf_text(&oid)
                       : keytool ? known[which].keytool
                                 : known[which].openssl;
    if (!worded) {
        ks_buf_clear(&value);
        put_octets(ext->value, &value);
    }
    if (keytool)
        ks_buf_printf(&word, "%s%s=", name, ext->critical ? ":critical" : "");
    else
        ks_buf_printf(&word, "%s=%s%s", name, ext->critical ? "critical," : "",
                      worded ? "" : "DER:");
    ks_buf_str(&word, ks_buf_text(&value));
    ks_buf_str(w->line, keytool ? " -ext " : " -addext ");
    ks_shell_word(w->line, ks_buf_text(&word));
    ks_buf_free(&oid);
    ks_buf_free(&value);
    ks_buf_free(&word);
}

static bool each_extension(void *ctx, const struct ks_ext *ext)
{
    put_extension(ctx, ext);
    return true;
}

void ks_words_of_profile(struct ks_buf *line, enum ks_tool tool, const struct ks_profile *profile,
                         bool subject_empty)
{
    struct words w = {line, tool, profile};
    struct ks_slice none = ks_slice(NULL, 0);
    struct ks_buf exts = KS_BUF_INIT;

    if (ks_profile_put(profile, none, none, subject_empty, &exts, NULL) == KS_OK)
        ks_ext_each(ks_slice(exts.data, exts.len), each_extension, &w);
    ks_buf_free(&exts);
}

/* ---- names ---- */

/* openssl req -subj: /type=value, with '+' between the attributes of one RDN. */
static void put_slashed(struct ks_slice name, struct ks_buf *out)
{
    struct ks_name_part *parts = NULL;
    size_t count = ks_name_parts(name, &parts);

    for (size_t i = 0; i < count; i++) {
        ks_buf_byte(out, parts[i].joined ? '+' : '/');
        ks_oid_text(parts[i].type, out);
        ks_buf_byte(out, '=');
        for (size_t k = 0; k < parts[i].value_len; k++) {
            if (strchr("/+\\", parts[i].value[k]) && parts[i].value[k])
                ks_buf_byte(out, '\\');
            ks_buf_byte(out, (uint8_t)parts[i].value[k]);
        }
    }
    if (count == 0)
        ks_buf_byte(out, '/');
    ks_name_parts_free(parts, count);
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text > 0x7e)
            return false;
    return true;
}

void ks_words_of_name(struct ks_buf *line, enum ks_tool tool, struct ks_slice name)
{
    struct ks_buf text = KS_BUF_INIT;

    if (tool == KS_TOOL_OPENSSL)
        put_slashed(name, &text);
    else if (name.len > 2)
        ks_name_text(name, &text);
    if (tool == KS_TOOL_OPENSSL && !is_ascii(ks_buf_text(&text)))
        ks_buf_str(line, " -utf8");
    ks_buf_str(line, tool == KS_TOOL_OPENSSL ? " -subj " : " -dname ");
    ks_shell_word(line, ks_buf_text(&text));
    ks_buf_free(&text);
}

/* ---- signatures ---- */

/* "SHA256withRSA": " -sha256". */
static void put_digest(struct ks_buf *line, const char *signature)
{
    size_t len = strcspn(signature, "w");

    if (strncmp(signature, "SHA", 3) != 0 || len > 10)
        return;
    ks_buf_str(line, " -");
    for (size_t i = 0; i < len; i++)
        ks_buf_byte(line, (uint8_t)tolower((unsigned char)signature[i]));
}

void ks_words_of_signature(struct ks_buf *line, enum ks_tool tool, const char *signature)
{
    if (!signature)
        return;
    if (tool == KS_TOOL_KEYTOOL) {
        ks_buf_str(line, " -sigalg ");
        ks_shell_word(line, signature);
        return;
    }
    put_digest(line, signature);
    if (strstr(signature, "PSS") || strstr(signature, "MGF1"))
        ks_buf_str(line, " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest");
}
