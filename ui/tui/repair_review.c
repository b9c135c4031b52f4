#include "tui/repair_review.h"

#include "base/alloc.h"
#include "base/text.h"
#include "report/made.h"
#include "tui/app_state.h"
#include "tui/cells.h"
#include "tui/importing.h"
#include "x509/cert.h"

#include <stdlib.h>
#include <string.h>

const char *repair_glyph(enum ks_severity severity)
{
    return severity == KS_ERROR     ? ui_glyph(GLYPH_ERROR)
           : severity == KS_WARNING ? ui_glyph(GLYPH_WARNING)
           : severity == KS_NOTE    ? ui_glyph(GLYPH_NOTE)
                                    : ui_glyph(GLYPH_OK);
}

/* Two columns that fit the review. */
struct columns {
    int label, side;
};

static struct columns columns_of(const struct app *app)
{
    int room = app->cols >= 76 ? app->cols - 20 : app->cols - 2;
    struct columns c = {.label = 8};
    c.side = (room - c.label) / 2;
    return c;
}

/* Cut to so many cells, then filled up to them. */
static void add_cell(const char *text, int width, struct ks_buf *out)
{
    struct ks_buf cut = KS_BUF_INIT;
    struct cells cells = {0};
    cells_set(&cells, text, strlen(text), true);
    int dots = ui_ascii() ? 2 : 1;
    size_t fits = cells.width <= width ? cells.count : cells_fit(&cells, 0, width - dots);
    for (size_t i = 0; i < fits; i++)
        ks_buf_append(&cut, cells.text.data + cells.items[i].off, cells.items[i].len);
    int used = cells_width(&cells, 0, fits);
    if (fits < cells.count) {
        ks_buf_str(&cut, ui_glyph(GLYPH_ELLIPSIS));
        used += dots;
    }
    ks_buf_append(out, cut.data, cut.len);
    while (used++ < width)
        ks_buf_byte(out, ' ');
    cells_free(&cells);
    ks_buf_free(&cut);
}

static void add_pair(struct report *out, const struct columns *c, const char *label,
                     const char *before, const char *after)
{
    struct ks_buf line = KS_BUF_INIT;
    add_cell(label, c->label, &line);
    add_cell(before, c->side - 1, &line);
    ks_buf_byte(&line, ' ');
    add_cell(after, c->side, &line);
    while (line.len && line.data[line.len - 1] == ' ')
        line.len--;
    report_add(out, REPORT_VERBATIM, "", ks_buf_text(&line));
    ks_buf_free(&line);
}

static void cert_words(const struct ks_repair_cert *rows, size_t count, size_t i, char mark,
                       struct ks_buf *out)
{
    ks_buf_clear(out);
    if (i >= count)
        return;
    bool moved = rows[i].was >= 0 && (size_t)rows[i].was != i;
    ks_buf_printf(out, "%c %zu ", rows[i].was < 0 ? mark : ' ', i);
    if (rows[i].cert->flags & KS_CERT_BROKEN)
        ks_buf_str(out, "(not readable)");
    else
        importing_label(rows[i].cert, out);
    if (moved && mark == '+')
        ks_buf_printf(out, " (was %d)", rows[i].was);
}

/* A chain that is longer afterwards, and did not end before. */
static bool lacks_issuer(const struct ks_repair_row *row)
{
    return row->before_count && row->after_count > row->before_count &&
           !(row->before[row->before_count - 1].cert->flags & KS_CERT_SELF_ISSUED);
}

/* Before and after are the same certificates in the same order, but for those that are added. */
static bool only_adds(const struct ks_repair_row *row)
{
    int next = 0;
    for (size_t i = 0; i < row->after_count; i++)
        if (row->after[i].was >= 0 && row->after[i].was != next++)
            return false;
    return (size_t)next == row->before_count;
}

/* Each certificate stands beside itself: what lies between is what was missing. */
static void add_filled(struct report *out, const struct columns *c, const struct ks_repair_row *row)
{
    struct ks_buf before = KS_BUF_INIT, after = KS_BUF_INIT;
    for (size_t i = 0, at = 0; i < row->after_count; i++) {
        bool added = row->after[i].was < 0, gap = added && at > 0 && at < row->before_count;
        ks_buf_clear(&before);
        if (!added)
            cert_words(row->before, row->before_count, at++, '-', &before);
        else if (gap)
            ks_buf_str(&before, "    (missing)");
        else if (i == row->before_count && lacks_issuer(row))
            ks_buf_printf(&before, "  %zu (missing)", i);
        cert_words(row->after, row->after_count, i, '+', &after);
        add_pair(out, c, i == 0 ? "chain" : "", ks_buf_text(&before), ks_buf_text(&after));
    }
    ks_buf_free(&before);
    ks_buf_free(&after);
}

static void add_chain(struct report *out, const struct columns *c, const struct ks_repair_row *row)
{
    size_t most = row->before_count > row->after_count ? row->before_count : row->after_count;
    struct ks_buf before = KS_BUF_INIT, after = KS_BUF_INIT;
    for (size_t i = 0; i < most; i++) {
        cert_words(row->before, row->before_count, i, '-', &before);
        cert_words(row->after, row->after_count, i, '+', &after);
        if (i == row->before_count && lacks_issuer(row))
            ks_buf_printf(&before, "  %zu (missing)", i);
        add_pair(out, c, i == 0 ? "chain" : "", ks_buf_text(&before), ks_buf_text(&after));
    }
    ks_buf_free(&before);
    ks_buf_free(&after);
}

/* The gravest finding of an entry that has this alias (NULL: of the store), in either diagnosis. */
static const struct ks_diagnosed *worst_of(const struct ks_diagnosis *d, const char *alias)
{
    const struct ks_diagnosed *worst = NULL;
    for (size_t i = 0; i < d->count; i++) {
        const struct ks_entry *e = d->at[i].entry;
        bool its = alias ? e && strcmp(e->alias, alias) == 0 : e == NULL;
        if (its && d->at[i].found.severity >= KS_WARNING &&
            (!worst || d->at[i].found.severity > worst->found.severity))
            worst = &d->at[i];
    }
    return worst;
}

static void check_words(const struct ks_diagnosis *d, const char *alias, bool complete,
                        struct ks_buf *out)
{
    const struct ks_diagnosed *worst = worst_of(d, alias);
    ks_buf_clear(out);
    if (worst)
        ks_buf_printf(out, "%s %s", repair_glyph(worst->found.severity), worst->found.id);
    else
        ks_buf_printf(out, "%s %s",
                      ui_ascii() ? "ok:" : ui_glyph(GLYPH_OK), /* + is for what is added */
                      complete ? "complete" : "no findings");
}

static void add_checks(struct report *out, const struct columns *c,
                       const struct ks_repair_look *look, const struct ks_repair_row *row)
{
    const char *alias = row->entry ? row->entry->alias : NULL;
    bool pair = row->entry && row->entry->kind == KS_KIND_KEY;
    struct ks_buf before = KS_BUF_INIT, after = KS_BUF_INIT;
    check_words(&look->before, alias, false, &before);
    check_words(&look->after, row->alias ? row->alias : alias, pair && row->complete, &after);
    add_pair(out, c, "check", ks_buf_text(&before), ks_buf_text(&after));
    ks_buf_free(&before);
    ks_buf_free(&after);
}

static void add_alias(struct report *out, const struct columns *c, const struct ks_repair_row *row)
{
    struct ks_buf before = KS_BUF_INIT, after = KS_BUF_INIT;
    ks_buf_printf(&before, "  %s", row->entry->alias);
    ks_buf_printf(&after, "~ %s", row->alias);
    add_pair(out, c, "alias", ks_buf_text(&before), ks_buf_text(&after));
    ks_buf_free(&before);
    ks_buf_free(&after);
}

static bool same_leaf(const struct ks_repair_row *row)
{
    return row->before_count && row->after_count &&
           ks_slice_equal(ks_cert_der(row->before[0].cert), ks_cert_der(row->after[0].cert));
}

static void add_leaf(struct report *out, const struct columns *c, const struct ks_repair_row *row)
{
    struct ks_buf before = KS_BUF_INIT, after = KS_BUF_INIT, key = KS_BUF_INIT;
    uint8_t sha256[32];
    if (row->before_count) {
        ks_cert_sha256(row->before[0].cert, sha256);
        ks_buf_str(&before, "  ");
        ks_text_hex(ks_slice(sha256, 4), ':', true, &before);
        ks_cert_key_text(row->before[0].cert, &key);
    }
    if (same_leaf(row)) {
        ks_buf_str(&after, "= unchanged");
    } else if (row->after_count) {
        ks_cert_sha256(row->after[0].cert, sha256);
        ks_buf_str(&after, "~ ");
        ks_text_hex(ks_slice(sha256, 4), ':', true, &after);
    }
    add_pair(out, c, "leaf", ks_buf_text(&before), ks_buf_text(&after));
    if (row->entry && row->entry->kind == KS_KIND_KEY) {
        ks_buf_clear(&before);
        ks_buf_printf(&before, "  %s", ks_buf_text(&key));
        bool anew = false;
        for (size_t i = 0; i < row->done_count; i++)
            anew = anew || row->done[i].step == KS_STEP_KEY_PASSWORD;
        add_pair(out, c, "key", ks_buf_text(&before), anew ? "~ protected anew" : "= untouched");
    }
    ks_buf_free(&before);
    ks_buf_free(&after);
    ks_buf_free(&key);
}

static bool has_origins(const struct ks_repair_row *row)
{
    for (size_t i = 0; i < row->after_count; i++)
        if (row->after[i].found)
            return true;
    return false;
}

static void add_origins(struct report *out, const struct ks_store *store,
                        const struct ks_repair_row *row)
{
    if (!has_origins(row))
        return;
    report_add(out, REPORT_PLAIN, "", "New certificates come from:");
    for (size_t i = 0; i < row->after_count; i++) {
        const struct ks_repair_cert *a = &row->after[i];
        struct ks_buf text = KS_BUF_INIT;
        uint8_t sha256[32];
        if (!a->found)
            continue;
        ks_cert_sha256(a->cert, sha256);
        ks_buf_printf(&text, "%zu ", i);
        ks_source_where(a->found, store, &text);
        ks_buf_str(&text, "  ");
        ks_text_hex(ks_slice(sha256, 2), ':', true, &text);
        ks_buf_printf(&text, ":%s valid ", ks_text_sign(KS_SIGN_CUT));
        importing_days(a->cert, &text);
        report_add(out, REPORT_PLAIN, "", ks_buf_text(&text));
        out->lines[out->count - 1].indent = 2;
        ks_buf_free(&text);
    }
}

/* What is done beside adding certificates, which the columns show. */
static void add_done(struct report *out, const struct ks_repair_row *row)
{
    for (size_t i = 0; i < row->done_count; i++) {
        enum ks_repair_step step = row->done[i].step;
        if (step == KS_STEP_ADD_ISSUER || step == KS_STEP_ADD_ROOT)
            continue;
        report_add(out, REPORT_REMARK, "", row->done[i].text);
    }
}

static void add_why(struct report *out, const char *why)
{
    char *text = ks_asprintf("Why this path: %s", why);
    report_add(out, REPORT_PLAIN, "", text);
    free(text);
}

/* "key pair", without Java's word for it. */
static void add_kind(const struct ks_entry *e, struct ks_buf *out)
{
    const char *words = ks_kind_text((enum ks_kind)e->kind), *more = strstr(words, " (");
    ks_buf_printf(out, ", %.*s", (int)(more ? (size_t)(more - words) : strlen(words)), words);
}

struct review {
    const struct ks_repair_look *look;
    const struct ks_store *store;
    size_t choice;
};

static void add_row(struct report *out, const struct columns *c, const struct review *r,
                    const struct ks_repair_row *row)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_str(&text, row->entry ? row->entry->alias : "the keystore");
    if (row->entry) {
        add_kind(row->entry, &text);
        if (row->before_count) {
            ks_buf_str(&text, ", ");
            ks_cert_key_text(row->before[0].cert, &text);
        }
    }
    report_add(out, REPORT_TEXT, REPAIR_REVIEW_ENTRY, ks_buf_text(&text));
    ks_buf_free(&text);
    add_pair(out, c, "", "  BEFORE", "  AFTER");
    if (row->alias && row->entry)
        add_alias(out, c, row);
    if (row->before_count + row->after_count) {
        if (only_adds(row))
            add_filled(out, c, row);
        else
            add_chain(out, c, row);
        add_leaf(out, c, row);
    }
    add_checks(out, c, r->look, row);
    report_add(out, REPORT_HEADING, "", "");
    add_origins(out, r->store, row);
    if (row->why && r->choice == 0)
        add_why(out, row->why);
    add_done(out, row);
}

void repair_review(const struct app *app, const struct ks_repair_look *look,
                   const struct ks_store *store, size_t choice, struct report *out)
{
    struct columns c = columns_of(app);
    struct review r = {look, store, choice};
    size_t left = 0;
    for (size_t i = 0; i < look->count; i++) {
        if (look->rows[i].done_count) {
            if (out->count)
                report_add(out, REPORT_HEADING, "", "");
            add_row(out, &c, &r, &look->rows[i]);
        } else
            left++;
    }
    for (size_t i = 0; left && i < look->count; i++) {
        const struct ks_repair_row *row = &look->rows[i];
        if (row->done_count || !row->missing)
            continue;
        char *text = ks_asprintf("%s is left as it is. %s",
                                 row->entry ? row->entry->alias : "The keystore", row->missing);
        report_add(out, REPORT_CAUTION, "", text);
        free(text);
    }
}

char *repair_certificates(const struct ks_repair_look *look)
{
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < look->count; i++) {
        const struct ks_repair_row *row = &look->rows[i];
        for (size_t n = 0; row->done_count && n < row->after_count; n++) {
            struct report report = {0};
            report_made_certificate(row->after[n].cert, &report);
            ks_buf_printf(&text, "%s%s, certificate %zu\n", text.len ? "\n\n" : "",
                          row->entry ? row->entry->alias : "", n);
            for (size_t k = 0; k < report.count; k++)
                ks_buf_printf(&text, "\n%s%s%s", report.lines[k].label,
                              report.lines[k].label[0] ? ": " : "", report.lines[k].value);
            report_free(&report);
        }
    }
    (void)ks_buf_text(&text);
    return ks_buf_steal(&text);
}
