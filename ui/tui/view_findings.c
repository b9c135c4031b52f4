#include "tui/view_findings.h"

#include "base/alloc.h"
#include "base/text.h"
#include "report/made.h"
#include "tui/app_state.h"
#include "tui/badge.h"
#include "tui/detail.h"
#include "tui/dialog.h"
#include "tui/doctor.h"
#include "tui/edit.h"
#include "tui/list.h"
#include "tui/prompt.h"
#include "tui/view_explain.h"
#include "tui/view_store.h"
#include "tui/wiz_repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PANE_FROM 14 /* rows of the view from which on the finding is explained below */
#define ID_CELLS 28

enum row_kind { ROW_FILE, ROW_ENTRY, ROW_ID, ROW_FINDING };
struct row {
    enum row_kind kind;
    unsigned file;  /* id; of ROW_ID: of its first finding */
    uint32_t index; /* in the file's diagnosis; ROW_ENTRY, ROW_ID: of the first finding */
    uint32_t count; /* ROW_ID: findings under it */
};

struct findings {
    struct row *rows;
    size_t count, cap;
    struct list list;
    bool by_finding;
    bool moved;    /* the cursor, by somebody */
    unsigned only; /* id of the file that it is about; 0: all */
    char *filter, *filter_before;
    size_t by_severity[KS_ERROR + 1];
    size_t shown, total;
    size_t pending; /* keystores that are being looked at */
    uint64_t seen;  /* what the rows were made from */
    struct detail pane;
    struct row pane_of;
    uint64_t pane_seen;
    bool pane_known;
};

/* ---- what a row is ---- */

static const struct ks_diagnosed *diagnosed(const struct app *app, const struct row *row,
                                            struct ui_file **file)
{
    *file = app_file_by_id(app, row->file);
    if (!*file || !(*file)->found || row->kind == ROW_FILE || row->index >= (*file)->found->count)
        return NULL;
    return &(*file)->found->at[row->index];
}

static const struct row *here(const struct findings *x)
{
    return x->list.cursor < x->count ? &x->rows[x->list.cursor] : NULL;
}

static long entry_of(const struct ks_diagnosed *d)
{
    return d && d->entry ? (long)d->place : -1;
}

static bool can_repair(const struct ks_diagnosed *d)
{
    return d->remedy == KS_REMEDY_REPAIR || d->remedy == KS_REMEDY_CHOICE;
}

/* ---- the filter: words that must all hold ---- */

static bool severity_is(const char *word, enum ks_severity severity)
{
    return strcmp(word, ks_severity_word(severity)) == 0;
}

static bool word_holds(const struct ui_file *f, const struct ks_diagnosed *d, const char *word)
{
    if (strncmp(word, "sev:", 4) == 0)
        return severity_is(word + 4, d->found.severity);
    if (strncmp(word, "store:", 6) == 0)
        return ks_text_contains_folded(f->name, word + 6);
    return ks_text_contains_folded(d->found.id, word) ||
           ks_text_contains_folded(d->found.title, word) ||
           ks_text_contains_folded(d->found.text ? d->found.text : "", word) ||
           ks_text_contains_folded(f->name, word) ||
           (d->entry && ks_text_contains_folded(d->entry->alias, word));
}

static bool passes(const struct findings *x, const struct ui_file *f, const struct ks_diagnosed *d)
{
    bool all = true;
    if (!x->filter)
        return true;
    char *folded = ks_text_fold(x->filter);
    for (char *at = folded; all && *(at += strspn(at, " ")) != '\0';) {
        size_t len = strcspn(at, " ");
        bool last = at[len] == '\0', negated = at[0] == '!';
        at[len] = '\0';
        if (at[negated])
            all = word_holds(f, d, at + negated) != negated;
        at += len + !last;
    }
    free(folded);
    return all;
}

/* ---- rows ---- */

static uint64_t fingerprint(const struct app *app)
{
    uint64_t seen = 1;
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        seen = seen * 1000003u + f->id * 8191u + f->generation * 31u + f->looks * 7u +
               (unsigned)f->state;
    }
    return seen;
}

static void add_row(struct findings *x, struct row row)
{
    if (x->count == x->cap) {
        x->cap = x->cap ? x->cap * 2 : 128;
        x->rows = ks_realloc(x->rows, x->cap * sizeof *x->rows);
    }
    x->rows[x->count++] = row;
}

static bool is_about(const struct findings *x, const struct ui_file *f)
{
    return !x->only || f->id == x->only;
}

/* The findings that are shown, file by file in the order of the diagnoses. */
static struct row *collect(const struct app *app, struct findings *x, size_t *count)
{
    struct row *out = NULL;
    size_t cap = 0;
    *count = x->total = x->pending = 0;
    memset(x->by_severity, 0, sizeof x->by_severity);
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        if (!is_about(x, f))
            continue;
        x->pending += f->store && !f->found && doctor_is_due(app, f);
        for (size_t k = 0; f->found && k < f->found->count; k++) {
            x->total++;
            if (!passes(x, f, &f->found->at[k]))
                continue;
            if (*count == cap) {
                cap = cap ? cap * 2 : 128;
                out = ks_realloc(out, cap * sizeof *out);
            }
            out[(*count)++] = (struct row){ROW_FINDING, f->id, (uint32_t)k, 0};
            x->by_severity[f->found->at[k].found.severity]++;
        }
    }
    x->shown = *count;
    return out;
}

static size_t rows_of_file(const struct row *found, size_t count, unsigned file, size_t *first)
{
    size_t n = 0;
    for (*first = 0; *first < count && found[*first].file != file; ++*first)
        ;
    while (*first + n < count && found[*first + n].file == file)
        n++;
    return n;
}

static void lay_out_by_entry(const struct app *app, struct findings *x, const struct row *found,
                             size_t count)
{
    for (size_t i = 0; i < app_file_count(app); i++) {
        struct ui_file *f = app_file(app, i);
        size_t first, n = rows_of_file(found, count, f->id, &first), place = SIZE_MAX;
        if (!is_about(x, f) || (n == 0 && x->filter))
            continue;
        add_row(x, (struct row){ROW_FILE, f->id, 0, (uint32_t)n});
        for (size_t k = first; k < first + n; k++) {
            const struct ks_diagnosed *d = &f->found->at[found[k].index];
            if (d->entry && d->place != place)
                add_row(x, (struct row){ROW_ENTRY, f->id, found[k].index, 0});
            place = d->place;
            add_row(x, found[k]);
        }
    }
}

/* By severity, then by the order of the rules, then as they are. */
struct ordered {
    struct row row;
    int severity, rule;
    size_t place;
};

static int rule_number(const char *id)
{
    const struct ks_rule_info *rules = ks_rules();
    int n = 0;
    while (rules[n].id && rules[n].id != id && strcmp(rules[n].id, id) != 0)
        n++;
    return n;
}

static int compare(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    if (x->severity != y->severity)
        return y->severity - x->severity;
    if (x->rule != y->rule)
        return x->rule - y->rule;
    return x->place < y->place ? -1 : x->place > y->place;
}

static void lay_out_by_finding(const struct app *app, struct findings *x, const struct row *found,
                               size_t count)
{
    struct ordered *all = ks_alloc_array(count + 1, sizeof *all);
    struct ui_file *f;
    for (size_t i = 0; i < count; i++) {
        const struct ks_diagnosed *d = diagnosed(app, &found[i], &f);
        all[i] = (struct ordered){found[i], (int)d->found.severity, rule_number(d->found.id), i};
    }
    qsort(all, count, sizeof *all, compare);
    for (size_t i = 0, n; i < count; i += n) {
        n = 1;
        while (i + n < count && all[i + n].rule == all[i].rule &&
               all[i + n].severity == all[i].severity)
            n++;
        add_row(x, (struct row){ROW_ID, all[i].row.file, all[i].row.index, (uint32_t)n});
        for (size_t k = 0; k < n; k++)
            add_row(x, all[i + k].row);
    }
    free(all);
}

static bool same_row(const struct row *a, const struct row *b)
{
    return a->kind == b->kind && a->file == b->file && a->index == b->index;
}

static int severity_of(const struct app *app, const struct row *row)
{
    struct ui_file *f;
    return row->kind == ROW_FINDING ? (int)diagnosed(app, row, &f)->found.severity : -1;
}

/* The cursor stays on what it was on; at first it is on the first of the worst findings. */
static void keep_cursor(const struct app *app, struct findings *x, const struct row *kept)
{
    size_t worst = 0;
    for (size_t i = 0; kept && i < x->count; i++) {
        if (same_row(&x->rows[i], kept)) {
            list_select(&x->list, i);
            return;
        }
    }
    for (size_t i = 1; i < x->count; i++)
        if (severity_of(app, &x->rows[i]) > severity_of(app, &x->rows[worst]))
            worst = i;
    if (!kept && x->count) {
        list_select(&x->list, worst);
        x->list.top = 0; /* the rows that it is under stay in sight where there is room */
    }
}

static void rebuild(struct app *app, struct findings *x)
{
    const struct row *at = here(x);
    struct row kept = at ? *at : (struct row){ROW_FILE, 0, 0, 0};
    size_t count;
    struct row *found = collect(app, x, &count);
    x->count = 0;
    if (x->by_finding)
        lay_out_by_finding(app, x, found, count);
    else
        lay_out_by_entry(app, x, found, count);
    free(found);
    x->seen = fingerprint(app);
    list_fit(&x->list, x->count, x->list.rows);
    keep_cursor(app, x, at && x->moved ? &kept : NULL);
    app->idle_due = true;
}

static void refresh(struct app *app, struct findings *x)
{
    if (x->only && !app_file_by_id(app, x->only))
        x->only = 0;
    if (x->seen != fingerprint(app))
        rebuild(app, x);
}

/* ---- life ---- */

static void findings_open(struct app *app, void *state, void *arg)
{
    struct findings *x = state;
    const struct ui_file *f = arg;
    x->list.rows = 1;
    x->only = f ? f->id : 0;
    x->pane.section = REPORT_FINDINGS;
    doctor_look_at_all(app);
    rebuild(app, x);
}

static void findings_close(struct app *app, void *state)
{
    struct findings *x = state;
    (void)app;
    detail_free(&x->pane);
    free(x->rows);
    free(x->filter);
    free(x->filter_before);
}

/* ---- the finding under the cursor, explained ---- */

static void finding_report(const struct ui_file *f, const struct ks_diagnosed *d, bool whole,
                           struct report *out)
{
    char *title = ks_asprintf("%s: %s", d->found.id, d->found.title);
    static const enum report_role roles[] = {REPORT_FINE, REPORT_REMARK, REPORT_CAUTION,
                                             REPORT_FAILURE};
    report_add(out, roles[d->found.severity], "", title);
    free(title);
    if (whole) {
        char *where =
            ks_asprintf("%s%s%s", f->name, d->entry ? " / " : "", d->entry ? d->entry->alias : "");
        report_add(out, REPORT_TEXT, "Where", where);
        free(where);
    }
    report_add(out, REPORT_PLAIN, "", d->found.text ? d->found.text : "");
    struct report known = {0};
    if (report_catalogue(d->found.id, d->rejects, &known))
        report_append(out, &known);
    report_free(&known);
}

static void update_pane(struct app *app, struct findings *x)
{
    const struct row *row = here(x);
    struct ui_file *f;
    const struct ks_diagnosed *d = row ? diagnosed(app, row, &f) : NULL;
    struct report report = {0};
    x->pane_known = true;
    x->pane_seen = x->seen;
    x->pane_of = row ? *row : (struct row){ROW_FILE, 0, 0, 0};
    if (d && row->kind != ROW_ENTRY)
        finding_report(f, d, false, &report);
    detail_set(&x->pane, report, false);
}

static bool pane_is_stale(const struct findings *x)
{
    const struct row *row = here(x);
    struct row now = row ? *row : (struct row){ROW_FILE, 0, 0, 0};
    return !x->pane_known || x->pane_seen != x->seen || !same_row(&now, &x->pane_of);
}

static enum ui_next findings_idle(struct app *app, void *state)
{
    struct findings *x = state;
    doctor_look_at_all(app);
    uint64_t seen = x->seen;
    refresh(app, x);
    if (!pane_is_stale(x))
        return x->seen == seen ? UI_STAY : UI_REDRAW;
    update_pane(app, x);
    return UI_REDRAW;
}

static void show_in_full(struct app *app, struct findings *x)
{
    const struct row *row = here(x);
    struct ui_file *f;
    const struct ks_diagnosed *d = row ? diagnosed(app, row, &f) : NULL;
    struct report report = {0};
    struct ks_buf text = KS_BUF_INIT;
    if (!d) {
        app_message(app, "This is a keystore, not a finding. Enter goes to it.");
        return;
    }
    finding_report(f, d, true, &report);
    for (size_t i = 0; i < report.count; i++) {
        const struct report_line *l = &report.lines[i];
        ks_buf_printf(&text, "%s%s%s%s", i ? "\n" : "", l->label, l->label[0] ? ": " : "",
                      l->value);
    }
    notice_show(app, d->found.id, ks_buf_text(&text));
    ks_buf_free(&text);
    report_free(&report);
}

/* ---- drawing ---- */

static void count_words(size_t n, const char *one, enum ui_glyph glyph, enum ui_role role,
                        struct ui_pen *pen)
{
    char words[48];
    enum ui_role plain = pen->role;
    if (n == 0)
        return;
    canvas_text(pen, "  ");
    pen->role = role;
    canvas_glyph(pen, glyph);
    pen->role = plain;
    snprintf(words, sizeof words, " %zu %s%s", n, one, n == 1 ? "" : "s");
    canvas_text(pen, words);
}

static void draw_title(const struct app *app, const struct findings *x, struct ui_rect area)
{
    struct ui_pen pen = ui_pen(area.row, area.col, area.col + area.cols, ROLE_LABEL);
    const struct ui_file *f = x->only ? app_file_by_id(app, x->only) : NULL;
    const char *group = x->by_finding ? " by finding " : " by entry ";
    canvas_text(&pen, " Findings");
    pen.role = ROLE_TEXT;
    if (f) {
        canvas_text(&pen, " of ");
        canvas_ext_cut(&pen, f->name, area.cols / 4, CUT_MIDDLE);
    }
    count_words(x->by_severity[KS_ERROR], "error", GLYPH_ERROR, ROLE_ERROR, &pen);
    count_words(x->by_severity[KS_WARNING], "warning", GLYPH_WARNING, ROLE_WARNING, &pen);
    count_words(x->by_severity[KS_NOTE], "note", GLYPH_NOTE, ROLE_NOTE, &pen);
    int right = area.col + area.cols - (int)strlen(group);
    if (x->filter) {
        canvas_text(&pen, "  filter: ");
        canvas_ext_cut(&pen, x->filter, right - pen.col - 1, CUT_END);
    }
    if (pen.col < right) {
        canvas_pad(&pen, right);
        canvas_text(&pen, group);
    }
}

static enum ui_role role_of(enum ks_severity severity)
{
    return severity == KS_ERROR     ? ROLE_ERROR
           : severity == KS_WARNING ? ROLE_WARNING
           : severity == KS_NOTE    ? ROLE_NOTE
                                    : ROLE_TEXT;
}

static void draw_glyph(enum ks_severity severity, struct ui_pen *pen)
{
    enum ui_role plain = pen->role;
    if (role_of(severity) != ROLE_TEXT)
        pen->role = role_of(severity);
    canvas_glyph(pen, severity == KS_ERROR     ? GLYPH_ERROR
                      : severity == KS_WARNING ? GLYPH_WARNING
                      : severity == KS_NOTE    ? GLYPH_NOTE
                                               : GLYPH_OK);
    pen->role = plain;
}

static const char *file_words(const struct app *app, const struct ui_file *f, uint32_t findings)
{
    return f->state == UI_FILE_LOCKED    ? "locked: not looked at"
           : f->state == UI_FILE_READING ? "still reading"
           : f->state == UI_FILE_FAILED  ? "not read"
           : f->found                    ? (findings ? "" : "no findings")
           : doctor_is_due(app, f)       ? "being looked at"
                                         : "not looked at: too much work";
}

static void draw_file(const struct app *app, const struct row *row, struct ui_pen *pen)
{
    const struct ui_file *f = app_file_by_id(app, row->file);
    const char *words = f ? file_words(app, f, row->count) : "";
    if (!f)
        return;
    pen->role = pen->role == ROLE_TEXT ? ROLE_LABEL : pen->role;
    canvas_text(pen, " ");
    canvas_ext_cut(pen, f->name, pen->end - pen->col - (int)strlen(words) - 20,
                   strchr(f->name, '/') ? CUT_PATH : CUT_MIDDLE);
    pen->role = pen->under;
    if (f->store) {
        char type[48];
        snprintf(type, sizeof type, "%s %zu", f->store->type, ks_store_count(f->store));
        canvas_text(pen, "  ");
        canvas_ext_z(pen, type);
    }
    canvas_text(pen, words[0] ? "  " : "");
    canvas_text(pen, words);
}

static void draw_entry(const struct ks_diagnosed *d, struct ui_pen *pen)
{
    char letter[4] = {ks_kind_letter((enum ks_kind)d->entry->kind), ' ', '\0'};
    canvas_text(pen, "   ");
    canvas_text(pen, letter);
    canvas_ext_cut(pen, d->entry->alias, pen->end - pen->col - 1, CUT_MIDDLE);
}

/* "r fix" at the right end, where there is something to repair. */
static void draw_fix(const struct ks_diagnosed *d, struct ui_pen *pen)
{
    static const char fix[] = " r fix ";
    int at = pen->end - (int)strlen(fix);
    if (can_repair(d) && pen->col <= at) {
        canvas_pad(pen, at);
        canvas_text(pen, fix);
    }
}

static void draw_finding(const struct findings *x, const struct ui_file *f,
                         const struct ks_diagnosed *d, struct ui_pen *pen)
{
    int end = pen->end - (can_repair(d) ? 8 : 1);
    canvas_text(pen, "   ");
    draw_glyph(d->found.severity, pen);
    canvas_text(pen, " ");
    if (x->by_finding) {
        char *where =
            ks_asprintf("%s%s%s", f->name, d->entry ? "/" : "", d->entry ? d->entry->alias : "");
        canvas_ext_cut(pen, where, end - pen->col, CUT_MIDDLE);
        free(where);
    } else {
        int from = pen->col;
        canvas_text(pen, d->found.id);
        canvas_text(pen, "  ");
        if (pen->col < from + ID_CELLS && from + ID_CELLS < end)
            canvas_pad(pen, from + ID_CELLS);
        if (pen->col < end)
            canvas_ext_cut(pen, d->found.title, end - pen->col, CUT_END);
    }
    draw_fix(d, pen);
}

static void draw_id(const struct ks_diagnosed *d, uint32_t count, struct ui_pen *pen)
{
    char number[24];
    canvas_text(pen, " ");
    draw_glyph(d->found.severity, pen);
    canvas_text(pen, " ");
    pen->role = pen->role == ROLE_TEXT ? ROLE_LABEL : pen->role;
    canvas_text(pen, d->found.id);
    pen->role = pen->under;
    snprintf(number, sizeof number, "  %u  ", (unsigned)count);
    canvas_text(pen, number);
    canvas_ext_cut(pen, d->found.title, pen->end - pen->col - 1, CUT_END);
}

static void draw_row(const struct app *app, const struct findings *x, size_t i, int screen_row,
                     struct ui_rect list)
{
    const struct row *row = &x->rows[i];
    bool selected = i == x->list.cursor;
    struct ui_pen pen =
        ui_pen(screen_row, list.col, list.col + list.cols, selected ? ROLE_SELECT : ROLE_TEXT);
    struct ui_file *f;
    const struct ks_diagnosed *d = diagnosed(app, row, &f);
    pen.under = pen.role;
    if (selected)
        canvas_cursor(screen_row, list.col + 1, false);
    if (row->kind == ROW_FILE)
        draw_file(app, row, &pen);
    else if (d && row->kind == ROW_ENTRY)
        draw_entry(d, &pen);
    else if (d && row->kind == ROW_ID)
        draw_id(d, row->count, &pen);
    else if (d)
        draw_finding(x, f, d, &pen);
    pen.role = pen.under;
    if (selected)
        canvas_fill(&pen);
}

static void draw_empty(const struct findings *x, struct ui_rect list)
{
    struct ui_pen pen = ui_pen(list.row, list.col + 1, list.col + list.cols, ROLE_TEXT);
    canvas_text(&pen, x->filter    ? "No finding matches the filter. Esc clears it."
                      : x->pending ? "Being looked at."
                                   : "No findings.");
    canvas_cursor(list.row, list.col + 1, false);
}

static void draw_pane(struct findings *x, struct ui_rect area)
{
    for (int col = 0; col < area.cols; col++) {
        struct ui_pen pen = ui_pen(area.row, area.col + col, area.col + area.cols, ROLE_TEXT);
        canvas_glyph(&pen, GLYPH_HLINE);
    }
    struct ui_rect inner = {area.row + 1, area.col + 1, area.rows - 1, area.cols - 2};
    detail_draw(&x->pane, inner, false);
}

static void findings_draw(struct app *app, void *state, struct ui_rect area)
{
    struct findings *x = state;
    refresh(app, x);
    if (!x->pane_known)
        update_pane(app, x);
    int pane = area.rows >= PANE_FROM ? (area.rows - 2) * 2 / 5 : 0;
    struct ui_rect list = {area.row + 1, area.col, area.rows - 1 - pane, area.cols};
    draw_title(app, x, area);
    list_fit(&x->list, x->count, list.rows);
    for (int i = 0; i < list.rows && x->list.top + (size_t)i < x->count; i++)
        draw_row(app, x, x->list.top + (size_t)i, list.row + i, list);
    if (x->count == 0)
        draw_empty(x, list);
    list_draw_below(&x->list, list);
    if (pane)
        draw_pane(x, (struct ui_rect){list.row + list.rows, area.col, pane, area.cols});
}

static void findings_status(struct app *app, void *state, struct ui_pen *pen)
{
    const struct findings *x = state;
    const struct row *row = here(x);
    struct ui_file *f = NULL;
    const struct ks_diagnosed *d = row ? diagnosed(app, row, &f) : NULL;
    char words[96];
    snprintf(words, sizeof words, "   %zu/%zu", x->list.cursor + 1, x->count);
    canvas_text(pen, " Findings");
    if (!row)
        return;
    canvas_text(pen, " ");
    canvas_glyph(pen, GLYPH_PATH);
    canvas_text(pen, " ");
    if (f)
        canvas_ext_cut(pen, d && d->entry && row->kind != ROW_FILE ? d->entry->alias : f->name,
                       pen->end - pen->col - (int)strlen(words) - (x->pending ? 14 : 1),
                       CUT_MIDDLE);
    canvas_text(pen, words);
    if (x->pending) {
        snprintf(words, sizeof words, "looking at %zu ", x->pending);
        canvas_pad(pen, pen->end - (int)strlen(words));
        canvas_text(pen, words);
    }
}

/* ---- where a row leads ---- */

void findings_go_to(struct app *app, const struct ui_file *f, long entry)
{
    app_goto(app, f, entry, -1);
    if (f->store)
        explorer_section(app, app->stack[0].state, REPORT_FINDINGS);
}

void findings_repair(struct app *app, struct ui_file *f, long entry)
{
    const struct ks_entry *e = entry >= 0 && f->store && (size_t)entry < ks_store_count(f->store)
                                   ? ks_store_entry(f->store, (size_t)entry)
                                   : NULL;
    if (edit_refused(f))
        edit_say_refused(app, f, "Nothing was repaired");
    else
        wiz_repair_start(app, f, e);
}

static enum ui_next go(struct app *app, const struct findings *x)
{
    const struct row *row = here(x);
    struct ui_file *f = NULL;
    const struct ks_diagnosed *d = row ? diagnosed(app, row, &f) : NULL;
    if (!f)
        return UI_STAY;
    findings_go_to(app, f, entry_of(d));
    return UI_ASIDE;
}

static enum ui_next repair(struct app *app, const struct findings *x)
{
    const struct row *row = here(x);
    struct ui_file *f = NULL;
    const struct ks_diagnosed *d = row ? diagnosed(app, row, &f) : NULL;
    if (!f)
        return UI_STAY;
    findings_repair(app, f, entry_of(d));
    return UI_REDRAW;
}

/* ---- filter ---- */

static void set_filter(struct app *app, struct findings *x, const char *text)
{
    char *copy = text && text[strspn(text, " ")] ? ks_strdup(text) : NULL;
    free(x->filter);
    x->filter = copy;
    x->moved = false;
    rebuild(app, x);
    app_redraw(app);
}

static void filter_changed(struct app *app, void *ctx, const char *text)
{
    set_filter(app, ctx, text);
}

static void filter_note(struct app *app, void *ctx, char out[static PROMPT_NOTE])
{
    const struct findings *x = ctx;
    (void)app;
    snprintf(out, PROMPT_NOTE, "%zu of %zu findings", x->shown, x->total);
}

static void filter_done(struct app *app, void *ctx, const char *text)
{
    struct findings *x = ctx;
    set_filter(app, x, text ? text : x->filter_before);
}

static void ask_filter(struct app *app, struct findings *x)
{
    free(x->filter_before);
    x->filter_before = x->filter ? ks_strdup(x->filter) : NULL;
    if (app_argument(app)) {
        filter_done(app, x, app_argument(app));
        return;
    }
    prompt_ask(app,
               &(struct prompt_line){.label = "filter: ",
                                     .hint = "sev:error store:x WORD !WORD",
                                     .initial = x->filter,
                                     .changed = filter_changed,
                                     .note = filter_note,
                                     .done = filter_done},
               x);
}

/* ---- commands ---- */

static void row_text(const struct app *app, const struct row *row, struct ks_buf *out)
{
    struct ui_file *f = NULL;
    const struct ks_diagnosed *d = diagnosed(app, row, &f);
    if (!f)
        return;
    if (!d)
        ks_buf_str(out, f->name);
    else if (row->kind == ROW_ENTRY)
        ks_buf_printf(out, "  %s", d->entry->alias);
    else if (row->kind == ROW_ID)
        ks_buf_printf(out, "%s: %s", d->found.id, d->found.title);
    else
        ks_buf_printf(out, "    %-7s %s  %s%s%s: %s", ks_severity_word(d->found.severity),
                      d->found.id, f->name, d->entry ? "/" : "", d->entry ? d->entry->alias : "",
                      d->found.text ? d->found.text : "");
}

static void give_away(struct app *app, const struct findings *x, bool all)
{
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < x->count; i++) {
        if (!all && i != x->list.cursor)
            continue;
        row_text(app, &x->rows[i], &text);
        if (all)
            ks_buf_byte(&text, '\n');
    }
    const char *from = ks_buf_text(&text);
    from += all ? 0 : strspn(from, " ");
    if (all)
        app_pager(app, from, strlen(from));
    else
        app_copy(app, "This finding", from, strlen(from));
    ks_buf_free(&text);
}

static enum ui_next scope(struct app *app, struct findings *x)
{
    const struct row *row = here(x);
    x->only = x->only ? 0 : row ? row->file : 0;
    rebuild(app, x);
    app_message(app, x->only ? "Only this keystore. F shows all." : "All open keystores.");
    return UI_REDRAW;
}

static enum ui_next regroup(struct app *app, struct findings *x)
{
    const struct row *at = here(x);
    struct row kept = at ? *at : (struct row){ROW_FILE, 0, 0, 0};
    kept.kind = ROW_FINDING;
    x->by_finding = !x->by_finding;
    rebuild(app, x);
    keep_cursor(app, x, at && x->moved && at->kind != ROW_FILE ? &kept : NULL);
    return UI_REDRAW;
}

/* From one finding of an error or a warning to the next. */
static enum ui_next next_problem(struct app *app, struct findings *x)
{
    struct ui_file *f;
    for (size_t step = 1; step <= x->count; step++) {
        size_t i = (x->list.cursor + step) % x->count;
        const struct ks_diagnosed *d = diagnosed(app, &x->rows[i], &f);
        if (d && x->rows[i].kind == ROW_FINDING && d->found.severity >= KS_WARNING) {
            list_select(&x->list, i);
            return UI_REDRAW;
        }
    }
    app_message(app, "There is no error and no warning here.");
    return UI_STAY;
}

static enum ui_next findings_command(struct app *app, void *state, enum ui_command_id id)
{
    struct findings *x = state;
    refresh(app, x);
    x->moved = true;
    if (list_command(&x->list, id))
        return UI_REDRAW;
    switch (id) {
    case CMD_ENTER:
        return go(app, x);
    case CMD_IN:
        show_in_full(app, x);
        return UI_REDRAW;
    case CMD_REPAIR:
        return repair(app, x);
    case CMD_EXPLAIN_HERE:
        app_push(app, &view_explain, NULL);
        return UI_REDRAW;
    case CMD_FINDINGS:
        return scope(app, x);
    case CMD_GROUP:
        return regroup(app, x);
    case CMD_FILTER:
        ask_filter(app, x);
        return UI_REDRAW;
    case CMD_NEXT_PROBLEM:
        return next_problem(app, x);
    case CMD_COPY:
    case CMD_PAGER:
        give_away(app, x, id == CMD_PAGER);
        return UI_REDRAW;
    case CMD_CANCEL:
        if (!x->filter)
            return UI_CLOSE;
        set_filter(app, x, NULL);
        return UI_REDRAW;
    default:
        return UI_IGNORED;
    }
}

static const char *findings_disabled(struct app *app, void *state, enum ui_command_id id)
{
    const struct findings *x = state;
    const struct row *row = here(x);
    struct ui_file *f = NULL;
    const struct ks_diagnosed *d = row ? diagnosed(app, row, &f) : NULL;
    bool needs_row = id == CMD_ENTER || id == CMD_COPY || id == CMD_PAGER || id == CMD_IN ||
                     id == CMD_REPAIR || id == CMD_NEXT_PROBLEM;
    if (id == CMD_SEARCH || id == CMD_SEARCH_NEXT || id == CMD_SEARCH_PREV)
        return "f filters the findings";
    if (needs_row && !row)
        return "no finding is shown";
    if (id == CMD_REPAIR && d && row->kind != ROW_ENTRY && !can_repair(d))
        return "ksx cannot mend this one; l says what does";
    return NULL;
}

/* A click selects, a click on the selected row goes there, the wheel scrolls. */
static enum ui_next findings_key(struct app *app, void *state, struct ui_key key)
{
    struct findings *x = state;
    struct ui_mouse m = ui_mouse();
    if (key.code != UI_KEY_MOUSE)
        return UI_IGNORED;
    if (m.button == UI_MOUSE_UP || m.button == UI_MOUSE_DOWN) {
        (void)list_command(&x->list, m.button == UI_MOUSE_UP ? CMD_UP : CMD_DOWN);
        return UI_REDRAW;
    }
    size_t i = x->list.top + (size_t)(m.row < 1 ? 0 : m.row - 1);
    if (m.row < 1 || m.row > x->list.rows || i >= x->count)
        return UI_STAY;
    if (i == x->list.cursor)
        return go(app, x);
    list_select(&x->list, i);
    return UI_REDRAW;
}

static const char *findings_enter(struct app *app, void *state)
{
    (void)app, (void)state;
    return "Go";
}

const struct view view_findings = {
    .name = "findings",
    .context = ON_FINDINGS,
    .state_size = sizeof(struct findings),
    .open = findings_open,
    .close = findings_close,
    .draw = findings_draw,
    .status = findings_status,
    .command = findings_command,
    .key = findings_key,
    .disabled = findings_disabled,
    .idle = findings_idle,
    .enter_word = findings_enter,
};
