#include "report/filter.h"

#include "base/alloc.h"
#include "report/match.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CHAIN_LOOKED 64
#define TERMS_MAX 64

enum term_kind { /* cheap ones first: a match stops at the first term that fails */
    TERM_TYPE,
    TERM_EXP,
    TERM_STORE,
    TERM_ALIAS,
    TERM_ALG,
    TERM_SERIAL,
    TERM_SUBJECT,
    TERM_ISSUER,
    TERM_SAN,
    TERM_TEXT,
    TERM_FP,
    TERM_SEV,
};

enum relation { REL_ANY, REL_LESS, REL_AT_MOST, REL_EQUAL, REL_AT_LEAST, REL_MORE };
enum period { PERIOD_NONE, PERIOD_EXPIRED, PERIOD_VALID, PERIOD_FUTURE, PERIOD_UNDATED };

struct term {
    enum term_kind kind;
    bool negate;
    unsigned mask; /* TYPE: kinds; SEV: severities; ALG: algorithms, 0 = the needle in its name */
    enum relation relation;
    enum period period;
    int64_t number; /* EXP: seconds from now, or a date; ALG: bits */
    bool absolute;  /* EXP: `number` is a date */
    struct needle needle;
};

struct filter {
    struct term *terms;
    size_t count;
    struct ks_buf *scratch;
};

/* ---- values ---- */

struct word_mask {
    const char *word;
    unsigned mask;
};
#define BIT(n) (1u << (n))

static const struct word_mask types[] = {
    {"key", BIT(KS_KIND_KEY)},
    {"cert", BIT(KS_KIND_TRUSTED) | BIT(KS_KIND_CERT)},
    {"certificate", BIT(KS_KIND_TRUSTED) | BIT(KS_KIND_CERT)},
    {"trusted", BIT(KS_KIND_TRUSTED)},
    {"secret", BIT(KS_KIND_SECRET)},
    {"password", BIT(KS_KIND_PASSWORD)},
    {"request", BIT(KS_KIND_REQUEST)},
    {"csr", BIT(KS_KIND_REQUEST)},
    {"crl", BIT(KS_KIND_CRL)},
    {"public", BIT(KS_KIND_PUBLIC)},
    {"opaque", BIT(KS_KIND_OPAQUE)},
    {"locked", BIT(KS_KIND_LOCKED)},
    {NULL, 0},
};
static const struct word_mask severities[] = {
    {"ok", BIT(KS_FINE)},         {"fine", BIT(KS_FINE)},    {"note", BIT(KS_NOTE)},
    {"warning", BIT(KS_WARNING)}, {"warn", BIT(KS_WARNING)}, {"error", BIT(KS_ERROR)},
    {NULL, 0},
};
static const struct word_mask algorithms[] = {
    {"rsa", BIT(KS_KEY_RSA) | BIT(KS_KEY_RSA_PSS)},
    {"rsa-pss", BIT(KS_KEY_RSA_PSS)},
    {"ec", BIT(KS_KEY_EC)},
    {"ecdsa", BIT(KS_KEY_EC)},
    {"dsa", BIT(KS_KEY_DSA)},
    {"dh", BIT(KS_KEY_DH)},
    {"ed25519", BIT(KS_KEY_ED25519)},
    {"ed448", BIT(KS_KEY_ED448)},
    {"eddsa", BIT(KS_KEY_ED25519) | BIT(KS_KEY_ED448)},
    {"x25519", BIT(KS_KEY_X25519)},
    {"x448", BIT(KS_KEY_X448)},
    {NULL, 0},
};

static unsigned mask_of(const struct word_mask *table, const char *word, size_t len)
{
    for (; table->word; table++) {
        size_t i = 0;
        while (i < len && table->word[i] && (word[i] | 0x20) == (table->word[i] | 0x20))
            i++;
        if (i == len && !table->word[i])
            return table->mask;
    }
    return 0;
}

/* "key,cert" or "key|cert". */
static bool parse_masks(const struct word_mask *table, const char *value, unsigned *mask)
{
    do {
        size_t len = strcspn(value, ",|");
        unsigned one = mask_of(table, value, len);
        if (!one)
            return false;
        *mask |= one;
        value += len;
    } while (*value++);
    return true;
}

static enum relation parse_relation(const char **at)
{
    static const struct {
        const char *sign;
        enum relation relation;
    } signs[] = {{"<=", REL_AT_MOST}, {">=", REL_AT_LEAST}, {"<", REL_LESS}, {">", REL_MORE},
                 {"=", REL_EQUAL}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t len = strlen(signs[i].sign);
        if (strncmp(*at, signs[i].sign, len) == 0) {
            *at += len;
            return signs[i].relation;
        }
    }
    return REL_ANY;
}

static bool parse_number(const char **at, int64_t *out)
{
    int64_t n = 0;
    const char *start = *at;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        if (n > 1000000)
            return false;
        n = n * 10 + (**at - '0');
    }
    *out = n;
    return *at > start;
}

static bool holds(enum relation relation, int64_t value, int64_t bound)
{
    switch (relation) {
    case REL_LESS:
        return value < bound;
    case REL_AT_MOST:
        return value <= bound;
    case REL_EQUAL:
        return value == bound;
    case REL_AT_LEAST:
        return value >= bound;
    case REL_MORE:
        return value > bound;
    default:
        return true;
    }
}

/* ---- terms ---- */

static bool parse_type(struct term *t, const char *value)
{
    return parse_masks(types, value, &t->mask);
}

static bool parse_sev(struct term *t, const char *value)
{
    return parse_masks(severities, value, &t->mask);
}

/* "ec,rsa<2048": known names only, where there are several; one that is not known is looked for in
 * the words for the key. */
static bool parse_alg(struct term *t, const char *value)
{
    size_t len = strcspn(value, "<>=");
    const char *at = value + len;
    if (len == 0)
        return false;
    char *names = ks_strndup(value, len);
    bool several = names[strcspn(names, ",|")] != '\0';
    bool known = parse_masks(algorithms, names, &t->mask);
    free(names);
    if (!known && several)
        return false;
    t->mask = known ? t->mask : 0;
    t->relation = parse_relation(&at);
    needle_init(&t->needle, value, len);
    if (t->relation == REL_ANY)
        return *at == 0;
    return parse_number(&at, &t->number) && *at == 0;
}

static bool parse_period(struct term *t, const char *value)
{
    static const struct word_mask periods[] = {
        {"expired", PERIOD_EXPIRED}, {"valid", PERIOD_VALID},  {"future", PERIOD_FUTURE},
        {"none", PERIOD_UNDATED},    {"never", PERIOD_UNDATED}, {NULL, 0},
    };
    t->period = (enum period)mask_of(periods, value, strlen(value));
    return t->period != PERIOD_NONE;
}

static int64_t unit_days(const char *unit)
{
    static const struct {
        const char *name;
        int64_t days;
    } units[] = {{"", 1}, {"d", 1}, {"w", 7}, {"m", 30}, {"y", 365}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(unit, units[i].name) == 0)
            return units[i].days;
    return 0;
}

static bool parse_exp(struct term *t, const char *value)
{
    if (parse_period(t, value))
        return true;
    const char *at = value;
    t->relation = parse_relation(&at);
    if (t->relation == REL_ANY)
        t->relation = REL_LESS;
    t->absolute = ks_time_parse(at, &t->number);
    if (t->absolute)
        return true;
    if (t->relation == REL_EQUAL || !parse_number(&at, &t->number))
        return false;
    int64_t days = unit_days(at);
    t->number *= days * KS_DAY;
    return days > 0;
}

static bool parse_needle(struct term *t, const char *value)
{
    needle_init(&t->needle, value, strlen(value));
    return true;
}

static bool parse_hex(struct term *t, const char *value)
{
    needle_init(&t->needle, value, strlen(value));
    return t->needle.hex[0] != 0;
}

static const struct word {
    const char *name;
    enum term_kind kind;
    bool (*parse)(struct term *t, const char *value);
    bool keeps_name; /* the word itself is part of what is looked for: dns:a */
    const char *hint;
} words[] = {
    /* clang-format off */
    {"type",    TERM_TYPE,    parse_type,   false, "write type:key, type:cert, type:trusted, type:secret, type:password, type:request or type:crl"},
    {"exp",     TERM_EXP,     parse_exp,    false, "write exp:<30d, exp:>1y, exp:<2027-01-01, exp:expired, exp:valid, exp:future or exp:none"},
    {"sev",     TERM_SEV,     parse_sev,    false, "write sev:error, sev:warning, sev:note or sev:ok"},
    {"alg",     TERM_ALG,     parse_alg,    false, "write alg:rsa, alg:rsa<2048, alg:ec or alg:ed25519"},
    {"san",     TERM_SAN,     parse_needle, false, ""},
    {"dns",     TERM_SAN,     parse_needle, true,  ""},
    {"ip",      TERM_SAN,     parse_needle, true,  ""},
    {"email",   TERM_SAN,     parse_needle, true,  ""},
    {"uri",     TERM_SAN,     parse_needle, true,  ""},
    {"subject", TERM_SUBJECT, parse_needle, false, ""},
    {"issuer",  TERM_ISSUER,  parse_needle, false, ""},
    {"serial",  TERM_SERIAL,  parse_hex,    false, "write hexadecimal digits, as in serial:1f3a"},
    {"fp",      TERM_FP,      parse_hex,    false, "write hexadecimal digits, as in fp:9C:41"},
    {"alias",   TERM_ALIAS,   parse_needle, false, ""},
    {"store",   TERM_STORE,   parse_needle, false, ""},
    /* clang-format on */
};

static const struct word *find_word(const char *token, size_t len)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].name) == len && strncasecmp(words[i].name, token, len) == 0)
            return &words[i];
    return NULL;
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* "foo:" and "sha256:" are words that do not exist; "9C:41:7E" and "::1" are text. */
static bool looks_like_word(const char *token, size_t len)
{
    struct needle n;
    needle_init(&n, token, strlen(token));
    bool hex = n.hex[0] != 0;
    needle_free(&n);
    for (size_t i = 0; i < len; i++)
        if (!is_letter(token[i]) && (i == 0 || !strchr("0123456789-_", token[i])))
            return false;
    return len > 0 && !hex;
}

/* What somebody writes who copied a fingerprint together with its name. */
static bool names_a_digest(const char *token, size_t len)
{
    static const char *const names[] = {"sha", "sha1", "sha-1", "sha256", "sha-256", "fingerprint",
                                        "thumbprint"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == len && strncasecmp(names[i], token, len) == 0)
            return true;
    return false;
}

static bool fail_word(struct ks_error *err, const char *token, const char *hint)
{
    (void)ks_fail(err, KS_ERR_USAGE, "bad-filter", "the filter word %s is not understood", token);
    (void)ks_fail_next(err, KS_ERR_USAGE, "%s", hint);
    return false;
}

static bool parse_token(struct term *t, const char *token, bool quoted, struct ks_error *err)
{
    size_t len = strcspn(token, ":");
    bool has_word = !quoted && token[len] == ':';
    const struct word *w = has_word ? find_word(token, len) : NULL;
    if (w) {
        t->kind = w->kind;
        return w->parse(t, w->keeps_name ? token : token + len + 1) || fail_word(err, token, w->hint);
    }
    if (has_word && names_a_digest(token, len))
        return fail_word(err, token,
                         "write fp: and hexadecimal digits, as in fp:9C:41, for SHA-256 and SHA-1");
    if (has_word && looks_like_word(token, len))
        return fail_word(err, token,
                         "the words are type: exp: sev: alg: san: subject: issuer: serial: fp: "
                         "alias: store:, and text with a colon goes in quotes");
    t->kind = TERM_TEXT;
    return parse_needle(t, token);
}

/* ---- the whole text ---- */

/* The next token without its quotes and its "!"; false at the end. */
static bool next_token(const char **at, struct ks_buf *token, bool *negate, bool *quoted)
{
    ks_buf_clear(token);
    *at += strspn(*at, " \t");
    *negate = **at == '!' && (*at)[1] && (*at)[1] != ' ';
    *at += *negate;
    *quoted = **at == '"';
    bool inside = false, any = **at != 0;
    for (; **at && (inside || (**at != ' ' && **at != '\t')); (*at)++) {
        if (**at == '"')
            inside = !inside;
        else
            ks_buf_byte(token, (uint8_t)**at);
    }
    return any;
}

static void sort_terms(struct filter *f)
{
    for (size_t i = 1; i < f->count; i++)
        for (size_t k = i; k > 0 && f->terms[k].kind < f->terms[k - 1].kind; k--) {
            struct term t = f->terms[k];
            f->terms[k] = f->terms[k - 1];
            f->terms[k - 1] = t;
        }
}

struct filter *filter_parse(const char *text, struct ks_error *err)
{
    struct filter *f = ks_alloc(sizeof *f);
    struct ks_buf token = KS_BUF_INIT;
    bool negate, quoted, good = true;
    f->terms = ks_alloc_array(TERMS_MAX, sizeof *f->terms);
    f->scratch = ks_alloc(sizeof *f->scratch);
    while (good && next_token(&text, &token, &negate, &quoted)) {
        if (f->count == TERMS_MAX) {
            (void)ks_fail(err, KS_ERR_LIMIT, "bad-filter", "the filter has more than %d words",
                          TERMS_MAX);
            good = false;
            break;
        }
        struct term *t = &f->terms[f->count++];
        t->negate = negate;
        good = parse_token(t, ks_buf_text(&token), quoted, err);
    }
    ks_buf_free(&token);
    if (good) {
        sort_terms(f);
        return f;
    }
    filter_free(f);
    return NULL;
}

void filter_free(struct filter *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        needle_free(&f->terms[i].needle);
    ks_buf_free(f->scratch);
    free(f->scratch);
    free(f->terms);
    free(f);
}

/* ---- matching ---- */

static bool match_period(const struct term *t, const struct ks_entry *e, int64_t now)
{
    int64_t expires = report_entry_expires(e);
    int64_t starts = e->chain_len ? e->chain[0].not_before : KS_TIME_NONE;
    bool future = starts != KS_TIME_NONE && starts > now;
    if (t->period == PERIOD_UNDATED)
        return expires == KS_TIME_NONE;
    if (expires == KS_TIME_NONE)
        return false;
    if (t->period == PERIOD_EXPIRED)
        return expires < now;
    if (t->period == PERIOD_VALID)
        return expires >= now && !future;
    if (t->period == PERIOD_FUTURE)
        return future;
    return holds(t->relation, expires, t->absolute ? t->number : now + t->number);
}

static bool match_alg(const struct term *t, const struct ks_entry *e, struct ks_buf *scratch)
{
    if (e->chain_len == 0 || (e->chain[0].flags & KS_CERT_BROKEN))
        return false;
    const struct ks_cert *c = &e->chain[0];
    if (t->mask && !(t->mask & BIT(c->key_alg)))
        return false;
    if (!t->mask) {
        ks_buf_clear(scratch);
        ks_cert_key_text(c, scratch);
        if (!match_text(&t->needle, ks_buf_text(scratch), scratch->len))
            return false;
    }
    return holds(t->relation, c->key_bits, t->number);
}

static bool match_in_cert(const struct term *t, const struct ks_cert *c, struct ks_buf *scratch)
{
    if (t->kind == TERM_FP)
        return match_fingerprint(&t->needle, c, scratch);
    if (c->flags & KS_CERT_BROKEN)
        return false;
    switch (t->kind) {
    case TERM_SUBJECT:
        return match_name(&t->needle, ks_cert_part(c, c->subject), scratch);
    case TERM_ISSUER:
        return match_name(&t->needle, ks_cert_part(c, c->issuer), scratch);
    case TERM_SERIAL:
        return match_serial(&t->needle, c, scratch);
    default:
        return match_san(&t->needle, c, scratch);
    }
}

static bool match_any_cert(const struct term *t, const struct ks_entry *e, struct ks_buf *scratch)
{
    for (size_t i = 0; i < e->chain_len && i < CHAIN_LOOKED; i++)
        if (match_in_cert(t, &e->chain[i], scratch))
            return true;
    return false;
}

static bool match_store(const struct term *t, const struct ks_store *s)
{
    const char *slash = strrchr(s->path, '/');
    const char *name = slash ? slash + 1 : s->path;
    return match_text(&t->needle, name, strlen(name));
}

static bool match_severity(const struct term *t, const struct ks_store *s, const struct ks_entry *e,
                           const uint8_t *worst, int64_t now)
{
    unsigned severity = worst ? *worst : (unsigned)ks_worst_of_entry(s, e, now);
    return (t->mask & BIT(severity)) != 0;
}

static bool match_term(const struct term *t, const struct ks_store *s, const struct ks_entry *e,
                       const uint8_t *worst, int64_t now, struct ks_buf *scratch)
{
    switch (t->kind) {
    case TERM_TYPE:
        return (t->mask & BIT(e->kind)) != 0;
    case TERM_EXP:
        return match_period(t, e, now);
    case TERM_STORE:
        return match_store(t, s);
    case TERM_ALIAS:
        return match_text(&t->needle, e->alias, strlen(e->alias));
    case TERM_ALG:
        return match_alg(t, e, scratch);
    case TERM_TEXT:
        return match_entry(&t->needle, e, CHAIN_LOOKED, scratch);
    case TERM_SEV:
        return match_severity(t, s, e, worst, now);
    default:
        return match_any_cert(t, e, scratch);
    }
}

bool filter_match_judged(const struct filter *f, const struct ks_store *s, const struct ks_entry *e,
                         const uint8_t *worst, int64_t now)
{
    for (size_t i = 0; i < f->count; i++)
        if (match_term(&f->terms[i], s, e, worst, now, f->scratch) == f->terms[i].negate)
            return false;
    return true;
}

bool filter_match(const struct filter *f, const struct ks_store *s, const struct ks_entry *e,
                  int64_t now)
{
    return filter_match_judged(f, s, e, NULL, now);
}

/* ---- incremental search ---- */

bool filter_text_matches_entry(const char *text, const struct ks_entry *e)
{
    struct needle n;
    struct ks_buf scratch = KS_BUF_INIT;
    needle_init(&n, text, strlen(text));
    bool match = match_entry(&n, e, 1, &scratch);
    ks_buf_free(&scratch);
    needle_free(&n);
    return match;
}

bool filter_text_matches_cert(const char *text, const struct ks_cert *c)
{
    struct needle n;
    struct ks_buf scratch = KS_BUF_INIT;
    needle_init(&n, text, strlen(text));
    bool match = match_cert(&n, c, &scratch);
    ks_buf_free(&scratch);
    needle_free(&n);
    return match;
}

bool filter_text_matches_text(const char *text, const char *utf8)
{
    struct needle n;
    needle_init(&n, text, strlen(text));
    bool match = match_text(&n, utf8, strlen(utf8));
    needle_free(&n);
    return match;
}
