/*
 * One row of the tree, in fixed columns, so that no name, however wide or written, can move a
 * badge:
 *
 *   0      mark *
 *   1      glyph of the worst finding
 *   3-7    days until the earliest expiry, right-aligned
 *   8..    one column of indent a level, fold sign, type letter, name
 *   right  file: type and count; entry, when that cuts no alias: key and expiry date
 */
#include "tui/badge.h"
#include "tui/view_store.h"

#include "chain/findings.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS_COL 3
#define DAYS_WIDTH 5
#define NAME_COL 8
#define KEY_WIDTH 10
#define DATE_WIDTH 10
#define STORE_LEAST 6 /* of a store's name in the flat list, with the sign behind it */

struct row_look {
    enum report_state state;
    char days[8];
    enum ui_role days_role;
};

static enum report_state worse(enum report_state a, enum ks_severity b)
{
    if (b == KS_ERROR)
        return REPORT_ERR;
    if (b == KS_WARNING && a != REPORT_ERR)
        return REPORT_WARN;
    return a;
}

/* State of a certificate of a chain: its own, and what the entry's findings say about it. */
static enum report_state cert_state(const struct ui_file *f, const struct ks_entry *e, int cert,
                                    int64_t now)
{
    struct ks_findings found = {0};
    enum report_state state = worse(REPORT_OK, ks_worst_of_cert(&e->chain[cert], now));
    report_find(f->found, f->store, e, now, &found);
    for (size_t i = 0; i < found.count; i++)
        if (found.items[i].cert == cert)
            state = worse(state, found.items[i].severity);
    ks_findings_free(&found);
    return state;
}

static struct row_look look_at(const struct explorer *ex, const struct tree_row *row)
{
    const struct ui_file *f = tree_file(&ex->tree, row);
    const struct ks_entry *e = tree_entry(&ex->tree, row);
    int64_t now = ks_now();
    struct row_look look = {f->worst, "", ROLE_TEXT};
    if (!e)
        return look;
    if (row->cert == TREE_MISSING) {
        look.state = REPORT_ERR;
        snprintf(look.days, sizeof look.days, "-");
    } else if (row->cert >= 0) {
        const struct ks_cert *c = &e->chain[row->cert];
        look.state = cert_state(f, e, row->cert, now);
        report_days(c->not_before, c->not_after, now, look.days);
        look.days_role = badge_days_role(c->not_before, c->not_after, now);
    } else {
        look.state = app_entry_state(f, (size_t)row->entry);
        report_entry_days(e, now, look.days);
        look.days_role = badge_entry_days_role(e, now);
    }
    return look;
}

/* ---- the left part, the same for every row ---- */

static void draw_badges(const struct explorer *ex, const struct tree_row *row, struct ui_pen *pen,
                        enum ui_role base)
{
    struct row_look look = look_at(ex, row);
    int left = pen->col;
    bool marked = tree_marked(&ex->tree, row);
    pen->role = marked ? ROLE_MARK : base;
    canvas_text(pen, marked ? "*" : " ");
    pen->role = base;
    badge_text(pen, badge_role(look.state), report_state_glyph(look.state, ui_ascii()));
    canvas_pad(pen, left + DAYS_COL + DAYS_WIDTH - (int)strlen(look.days));
    badge_text(pen, look.days_role, look.days);
    canvas_pad(pen, left + NAME_COL);
}

static void draw_fold_sign(const struct explorer *ex, const struct tree_row *row,
                           struct ui_pen *pen)
{
    bool closed_file = row->entry < 0 && !tree_file(&ex->tree, row)->store;
    if (closed_file || tree_foldable(&ex->tree, row))
        canvas_glyph(pen,
                     !closed_file && tree_unfolded(&ex->tree, row) ? GLYPH_OPEN : GLYPH_FOLDED);
    else
        canvas_text(pen, " ");
}

/* ---- names ---- */

static void file_words(const struct explorer *ex, const struct tree_row *row, char *out,
                       size_t size)
{
    const struct tree_file *tf = &ex->tree.files[row->file];
    const struct ui_file *f = tf->file;
    const char *type = f->probe.format ? f->probe.format->name : "";
    const char *disk = f->on_disk == DISK_SAME ? "" : f->on_disk == DISK_GONE ? " gone" : " changed";
    switch (f->state) {
    case UI_FILE_READING:
        snprintf(out, size, "reading");
        break;
    case UI_FILE_LOCKED:
        snprintf(out, size, "%s%slocked", type, *type ? " " : "");
        break;
    case UI_FILE_FAILED:
        snprintf(out, size, "not read");
        break;
    case UI_FILE_OPEN:
    default:
        if (ex->tree.filter)
            snprintf(out, size, "%s %zu/%zu%s", f->store->type, tf->shown, tf->flag_count, disk);
        else
            snprintf(out, size, "%s %zu%s", f->store->type, tf->flag_count, disk);
        break;
    }
}

static void draw_file(const struct explorer *ex, const struct tree_row *row, struct ui_pen *pen)
{
    const struct ui_file *f = tree_file(&ex->tree, row);
    char words[64];
    file_words(ex, row, words, sizeof words);
    int width = canvas_width(words, strlen(words)), right = pen->end - 1 - width;
    canvas_text(pen, " ");
    char unsaved[24] = "";
    size_t steps = f->store ? ks_store_unsaved(f->store) : 0;
    if (steps)
        snprintf(unsaved, sizeof unsaved, "[+%zu]", steps);
    else if (f->kept)
        snprintf(unsaved, sizeof unsaved, "[unsaved: R]");
    canvas_ext_cut(pen, f->name, right - (unsaved[0] ? 2 : 1) - (int)strlen(unsaved) - pen->col,
                   strchr(f->name, '/') ? CUT_PATH : CUT_MIDDLE);
    if (unsaved[0]) {
        enum ui_role role = pen->role;
        canvas_text(pen, " ");
        pen->role = ROLE_NOTE;
        canvas_text(pen, unsaved);
        pen->role = role;
    }
    canvas_pad(pen, right);
    canvas_ext_z(pen, words);
}

static void draw_missing(const struct ks_entry *e, bool wide, struct ui_pen *pen)
{
    struct ks_chain chain;
    ks_chain_look(e, &chain);
    size_t after = chain.missing_after < 0 ? 0 : (size_t)chain.missing_after;
    char number[16] = "?";
    if (after + 1 >= e->chain_len)
        snprintf(number, sizeof number, "%zu", after + 1);
    canvas_text(pen, number);
    if (!wide) {
        canvas_text(pen, " (issuer missing)");
        return;
    }
    struct ks_buf name = KS_BUF_INIT;
    ks_name_label(ks_cert_part(&e->chain[after], e->chain[after].issuer), &name);
    canvas_text(pen, " (missing: ");
    canvas_ext_cut(pen, ks_buf_text(&name), pen->end - pen->col - 2, CUT_MIDDLE);
    canvas_text(pen, ")");
    ks_buf_free(&name);
}

/* ---- columns ---- */

static bool names_stores(const struct explorer *ex)
{
    return ex->tree.flat && ex->tree.file_count > 1;
}

int explorer_columns_needed(const struct explorer *ex, struct explorer_extras extras)
{
    int lead = NAME_COL + 3 + !ex->tree.flat; /* indent, fold sign, type letter and a blank */
    return lead + (names_stores(ex) ? STORE_LEAST : 0) + tree_widest_alias(&ex->tree) + 1 +
           (extras.key ? KEY_WIDTH : 0) + (extras.date ? DATE_WIDTH : 0) +
           (extras.key || extras.date);
}

struct explorer_extras explorer_extras(const struct explorer *ex, int cols)
{
    static const struct explorer_extras choices[] = {{true, true}, {true, false}};
    for (size_t i = 0; i < sizeof choices / sizeof choices[0] && cols >= EXPLORER_EXTRAS; i++)
        if (explorer_columns_needed(ex, choices[i]) <= cols)
            return choices[i];
    return (struct explorer_extras){false, false};
}

static void draw_date(int64_t when, int col, struct ui_pen *pen)
{
    char date[16];
    ks_time_date(when, date);
    canvas_pad(pen, col + DATE_WIDTH - (int)strlen(date));
    canvas_text(pen, date);
}

static void draw_chain_cert(const struct ks_entry *e, int cert, bool date, struct ui_pen *pen)
{
    const struct ks_cert *c = &e->chain[cert];
    struct ks_buf name = KS_BUF_INIT;
    char number[16];
    int date_col = pen->end - 1 - DATE_WIDTH;
    snprintf(number, sizeof number, "%d ", cert);
    canvas_text(pen, number);
    if (c->flags & KS_CERT_BROKEN)
        ks_buf_str(&name, "(not readable)");
    else
        ks_name_label(ks_cert_part(c, c->subject), &name);
    canvas_ext_cut(pen, ks_buf_text(&name), (date ? date_col : pen->end) - 1 - pen->col,
                   CUT_MIDDLE);
    ks_buf_free(&name);
    if (date)
        draw_date(c->not_after, date_col, pen);
}

static void key_words(const struct explorer *ex, const struct tree_row *row,
                      const struct ks_entry *e, struct ks_buf *out)
{
    const struct ks_unlocked *u = explorer_unlocked_key(ex, tree_file(&ex->tree, row), row->entry);
    if (u)
        ks_buf_str(out, u->algorithm);
    else if (e->chain_len && !(e->chain[0].flags & KS_CERT_BROKEN))
        ks_cert_key_text(&e->chain[0], out);
}

static void draw_key(const struct explorer *ex, const struct tree_row *row,
                     const struct ks_entry *e, int col, struct ui_pen *pen)
{
    struct ks_buf words = KS_BUF_INIT;
    key_words(ex, row, e, &words);
    canvas_pad(pen, col);
    canvas_ext_cut(pen, ks_buf_text(&words), KEY_WIDTH - 1, CUT_END);
    ks_buf_free(&words);
}

/* In the flat list, in front of an alias that ends before `stop`: it gives way to the alias. */
static void draw_store(const char *name, const char *alias, int stop, struct ui_pen *pen)
{
    int room = stop - pen->col, left = room - canvas_width(alias, strnlen(alias, 400));
    int most = left - 1 < room / 3 ? left - 1 : room / 3;
    canvas_ext_cut(pen, name, most < STORE_LEAST - 1 ? STORE_LEAST - 1 : most,
                   strchr(name, '/') ? CUT_PATH : CUT_MIDDLE);
    canvas_text(pen, ui_glyph(GLYPH_PATH));
}

static void draw_entry(const struct explorer *ex, const struct tree_row *row,
                       const struct ks_entry *e, bool wide, struct explorer_extras extras,
                       struct ui_pen *pen)
{
    char letter[4] = {ks_kind_letter((enum ks_kind)e->kind), ' ', '\0'};
    int end = pen->end - 1, date_col = end - (extras.date ? DATE_WIDTH : 0);
    int key_col = date_col - (extras.key ? KEY_WIDTH : 0), stop = key_col < end ? key_col - 1 : end;
    canvas_text(pen, letter);
    if (wide && names_stores(ex))
        draw_store(tree_file(&ex->tree, row)->name, e->alias, stop, pen);
    canvas_ext_cut(pen, e->alias, stop - pen->col, CUT_MIDDLE);
    if (extras.key)
        draw_key(ex, row, e, key_col, pen);
    if (extras.date)
        draw_date(ks_entry_expires(e), date_col, pen);
}

void explorer_draw_row(const struct explorer *ex, size_t index, struct ui_pen pen, bool focused)
{
    const struct tree_row *row = &ex->tree.rows[index];
    const struct ks_entry *e = tree_entry(&ex->tree, row);
    int cols = pen.end - pen.col;
    bool selected = index == ex->list.cursor, wide = cols >= EXPLORER_EXTRAS;
    struct explorer_extras extras = explorer_extras(ex, cols);
    enum ui_role base = !selected ? ROLE_TEXT : focused ? ROLE_SELECT : ROLE_SELECT_DIM;
    int left = pen.col;
    pen.role = pen.under = base;
    draw_badges(ex, row, &pen, base);
    if (row->entry >= 0 && !ex->tree.flat)
        canvas_text(&pen, " ");
    draw_fold_sign(ex, row, &pen);
    if (!e) {
        draw_file(ex, row, &pen);
    } else if (row->cert == -1) {
        draw_entry(ex, row, e, wide, extras, &pen);
    } else {
        canvas_pad(&pen, left + NAME_COL + 4);
        if (row->cert == TREE_MISSING)
            draw_missing(e, wide, &pen);
        else
            draw_chain_cert(e, row->cert, extras.date, &pen);
    }
    pen.role = base;
    if (selected)
        canvas_fill(&pen);
}
