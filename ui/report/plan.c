#include "report/plan.h"

#include "base/text.h"
#include "report/section.h"
#include "x509/name.h"

#include <string.h>

/* ---- an entry in words ---- */

static void subject_words(const struct ks_cert *c, struct ks_buf *out)
{
    if (c->flags & KS_CERT_BROKEN)
        ks_buf_str(out, "a certificate that cannot be read");
    else
        ks_name_text(ks_cert_part(c, c->subject), out);
}

void report_entry_words(const struct ks_entry *e, struct ks_buf *out)
{
    char day[24];

    ks_buf_str(out, ks_kind_text((enum ks_kind)e->kind));
    if (e->chain_len == 0)
        return;
    const struct ks_cert *leaf = &e->chain[0];
    ks_buf_str(out, ", ");
    if (!(leaf->flags & KS_CERT_BROKEN)) {
        ks_cert_key_text(leaf, out);
        ks_buf_str(out, ", ");
    }
    subject_words(leaf, out);
    if (e->kind == KS_KIND_KEY)
        ks_buf_printf(out, ", chain of %u", e->chain_len);
    if (leaf->not_after != KS_TIME_NONE)
        ks_buf_printf(out, ", expires %.10s", ks_time_iso(leaf->not_after, day));
}

/* ---- a changed entry ---- */

/* How the two sides are called: before and after an edit, or two keystores. */
struct sides {
    const char *a, *b; /* labels */
    char only_a, only_b;
};
static const struct sides edit_sides = {"  BEFORE", "  AFTER", '-', '+'};
static const struct sides store_sides = {"  A", "  B", '<', '>'};

static void pair(struct making *m, const struct sides *sides, const char *before, const char *after)
{
    line_add(m, REPORT_TEXT, sides->a, before);
    line_add(m, REPORT_TEXT, sides->b, after);
}

static bool same_cert(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_slice_equal(ks_cert_der(a), ks_cert_der(b));
}

static bool has_cert(const struct ks_entry *e, const struct ks_cert *c)
{
    for (size_t i = 0; i < e->chain_len; i++)
        if (same_cert(&e->chain[i], c))
            return true;
    return false;
}

static bool has_subject(const struct ks_entry *e, const struct ks_cert *c)
{
    for (size_t i = 0; i < e->chain_len; i++)
        if (!(e->chain[i].flags & KS_CERT_BROKEN) &&
            ks_slice_equal(ks_cert_part(&e->chain[i], e->chain[i].subject),
                           ks_cert_part(c, c->subject)))
            return true;
    return false;
}

/* What tells a certificate from the one whose place it takes. */
static void cert_details(struct making *m, const struct ks_cert *c, const struct ks_entry *other)
{
    struct ks_buf text = KS_BUF_INIT;
    char from[16], until[16];
    uint8_t sha256[32];

    if (c->flags & KS_CERT_BROKEN || has_cert(other, c) || !has_subject(other, c))
        return;
    ks_cert_sha256(c, sha256);
    ks_buf_printf(&text, "    %s .. %s, ", ks_time_date(c->not_before, from),
                  ks_time_date(c->not_after, until));
    if (c->flags & KS_CERT_SELF_ISSUED) {
        ks_buf_str(&text, "signed by itself");
    } else {
        ks_buf_str(&text, "by ");
        ks_name_label(ks_cert_part(c, c->issuer), &text);
    }
    ks_buf_str(&text, ", SHA-256 ");
    ks_text_hex(ks_slice(sha256, 4), ':', true, &text);
    ks_buf_str(&text, ks_text_sign(KS_SIGN_CUT));
    line_take(m, REPORT_TEXT, "", &text);
}

/* One certificate a line; what the other chain has not is marked. */
static void chain_lines(struct making *m, const char *label, const struct ks_entry *e,
                        const struct ks_entry *other, char mark)
{
    for (size_t i = 0; i < e->chain_len; i++) {
        struct ks_buf text = KS_BUF_INIT;
        if (e->chain_len > 1 ||
            other->chain_len > 1) /* with one of each there is nothing to tell apart */
            ks_buf_printf(&text, "%c %zu ", has_cert(other, &e->chain[i]) ? ' ' : mark, i);
        subject_words(&e->chain[i], &text);
        line_take(m, REPORT_TEXT, i == 0 ? label : "", &text);
        cert_details(m, &e->chain[i], other);
    }
    if (e->chain_len == 0)
        line_add(m, REPORT_TEXT, label, "no certificate");
}

static void date_words(int64_t ms, struct ks_buf *out)
{
    char iso[24];
    ks_buf_str(out, ms == KS_TIME_NONE ? "no date" : ks_time_iso(ms / 1000, iso));
}

static void changed_date(struct making *m, const struct sides *sides, const struct ks_diff_row *row)
{
    struct ks_buf before = KS_BUF_INIT, after = KS_BUF_INIT;
    ks_buf_str(&before, "date ");
    ks_buf_str(&after, "date ");
    date_words(row->a->created, &before);
    date_words(row->b->created, &after);
    line_take(m, REPORT_TEXT, sides->a, &before);
    line_take(m, REPORT_TEXT, sides->b, &after);
}

static void changed(struct making *m, const struct sides *sides, const struct ks_diff_row *row)
{
    if (row->what & KS_DIFF_ALIAS)
        pair(m, sides, ks_alias_text(row->a->alias), ks_alias_text(row->b->alias));
    if (row->what & KS_DIFF_TYPE)
        pair(m, sides, ks_kind_text((enum ks_kind)row->a->kind),
             ks_kind_text((enum ks_kind)row->b->kind));
    if (row->what & KS_DIFF_CHAIN) {
        chain_lines(m, sides->a, row->a, row->b, '-');
        chain_lines(m, sides->b, row->b, row->a, '+');
    }
    if (row->what & KS_DIFF_KEY)
        pair(m, sides, "key", row->what & KS_DIFF_LEAF ? "another key" : "key, protected anew");
    if (row->what & KS_DIFF_DATE)
        changed_date(m, sides, row);
    if (row->what == KS_DIFF_ORDER)
        line_add(m, REPORT_TEXT, sides->b, "at another place in the list");
}

/* ---- rows ---- */

static char mark_of(const struct sides *sides, enum ks_diff_kind kind)
{
    return kind == KS_DIFF_SAME      ? '='
           : kind == KS_DIFF_CHANGED ? '~'
           : kind == KS_DIFF_ONLY_A  ? sides->only_a
                                     : sides->only_b;
}

static void diff_row(struct making *m, const struct sides *sides, const struct ks_diff_row *row)
{
    const struct ks_entry *e = row->b ? row->b : row->a;
    struct ks_buf text = KS_BUF_INIT;

    ks_buf_printf(&text, "%c %s", mark_of(sides, row->kind),
                  ks_alias_text(row->a ? row->a->alias : e->alias));
    line_take(m, REPORT_HEADING, "", &text);
    if (row->kind == KS_DIFF_CHANGED) {
        changed(m, sides, row);
    } else if (row->kind != KS_DIFF_SAME) {
        report_entry_words(e, &text);
        line_take(m, REPORT_TEXT, row->kind == KS_DIFF_ONLY_A ? sides->a : sides->b, &text);
    }
}

static void store_lines(struct making *m, const struct ks_diff *diff)
{
    if (diff->password_changed) {
        line_heading(m, "~ store password");
        pair(m, &edit_sides, "the present one", "a new one");
    }
    if (diff->protection_changed) {
        line_heading(m, "~ protection");
        pair(m, &edit_sides, "as it is", "the chosen profile, for certificates and integrity");
    }
}

static void diff_rows(struct making *m, const struct sides *sides, const struct ks_diff *diff,
                      bool same)
{
    store_lines(m, diff);
    for (size_t i = 0; i < diff->count; i++)
        if (same || diff->rows[i].kind != KS_DIFF_SAME)
            diff_row(m, sides, &diff->rows[i]);
}

void report_diff(const struct ks_diff *diff, bool same, struct report *out)
{
    struct making m = {.out = out};
    *out = (struct report){0};
    diff_rows(&m, &store_sides, diff, same);
}

void report_diff_counts(const struct ks_diff *diff, struct ks_buf *out)
{
    const struct {
        size_t n;
        const char *word;
    } parts[] = {{diff->only_b, "added"},
                 {diff->changed, "changed"},
                 {diff->only_a, "removed"},
                 {diff->same, "untouched"}};
    size_t shown = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].n)
            ks_buf_printf(out, "%s%zu %s", shown++ ? ", " : "", parts[i].n, parts[i].word);
    if (!shown)
        ks_buf_str(out, "no entry");
}

/* ---- plans ---- */

static enum report_role role_of(enum ks_remark_level level)
{
    return level == KS_REMARK_LOSS      ? REPORT_FAILURE
           : level == KS_REMARK_WARNING ? REPORT_CAUTION
                                        : REPORT_REMARK;
}

static void counts_line(struct making *m, const struct ks_diff *diff)
{
    struct ks_buf text = KS_BUF_INIT;
    report_diff_counts(diff, &text);
    line_take(m, REPORT_HEADING, "", &text);
}

static const char *password_words(const struct ks_secret *password)
{
    if (!password)
        return "none";
    return ks_secret_is_empty(password) ? "an empty one" : "as given";
}

static void made_lines(struct making *m, const struct ks_plan *plan)
{
    static const char *const protections[] = {[KS_PROTECT_KEEP] = "modern",
                                              [KS_PROTECT_MODERN] = "modern",
                                              [KS_PROTECT_LEGACY] = "legacy"};
    line_add(m, REPORT_TEXT, "File", plan->made->path);
    line_add(m, REPORT_TEXT, "Type", plan->made->type);
    if (plan->made->format->caps & KS_CAP_PROTECTION)
        line_add(m, REPORT_TEXT, "Protection",
                 plan->result->password ? protections[plan->result->protection]
                                        : "none: it has no password");
    if (plan->made->format->caps & KS_CAP_PASSWORD)
        line_add(m, REPORT_TEXT, "Password", password_words(plan->result->password));
    line_blank(m);
}

void report_commands(const struct ks_commands *commands, struct report *out)
{
    struct making m = {.out = out};
    if (commands->count == 0)
        return;
    line_blank(&m);
    line_heading(&m, "The same with other programs");
    for (size_t i = 0; i < commands->count; i++) {
        line_add(&m, REPORT_PLAIN, "", commands->at[i]);
        line_last(&m)->indent = 2;
    }
}

void report_remarks(const struct ks_plan *plan, struct report *out)
{
    struct making m = {.out = out};
    for (int level = KS_REMARK_LOSS; level >= KS_REMARK_NOTE; level--) {
        for (size_t i = 0; i < plan->remark_count; i++) {
            const struct ks_remark *r = &plan->remarks[i];
            if ((int)r->level == level)
                line_add(&m, role_of(r->level), "", r->text);
        }
    }
}

void report_plan(const struct ks_plan *plan, struct report *out)
{
    struct making m = {.out = out};
    *out = (struct report){0};
    /* A store that the plan makes begins with nothing. */
    struct ks_version none = {
        .refs = 1, .password = plan->result->password, .protection = plan->result->protection};
    struct ks_diff diff =
        ks_diff(plan->made ? &none : plan->target->now, plan->result, KS_DIFF_BY_ALIAS_THEN_LEAF);
    if (plan->made)
        made_lines(&m, plan);
    counts_line(&m, &diff);
    report_remarks(plan, out);
    line_blank(&m);
    diff_rows(&m, &edit_sides, &diff, false);
    ks_diff_drop(&diff);
    report_commands(&plan->commands, out);
}

/* ---- pending changes ---- */

static void steps(struct making *m, const struct ks_store *s)
{
    size_t n = ks_store_unsaved(s), from = s->past_count >= n ? s->past_count - n : 0;
    line_heading(m, "Steps, the latest last");
    for (size_t i = from + 1; i < s->past_count; i++)
        line_printf(m, REPORT_PLAIN, "", "%s", s->past[i]->label);
    line_printf(m, REPORT_PLAIN, "", "%s", s->now->label);
}

void report_pending(const struct ks_store *s, struct report *out)
{
    struct making m = {.out = out};
    struct ks_version none = {
        .refs = 1, .password = s->now->password, .protection = s->now->protection};
    *out = (struct report){0};
    if (ks_store_unsaved(s) == 0) {
        line_sentence(&m, 0, "There is nothing to save.");
        return;
    }
    struct ks_diff diff = ks_diff(s->saved ? s->saved : &none, s->now, KS_DIFF_BY_ALIAS_THEN_LEAF);
    counts_line(&m, &diff);
    line_blank(&m);
    diff_rows(&m, &edit_sides, &diff, false);
    ks_diff_drop(&diff);
    line_blank(&m);
    steps(&m, s);
}
