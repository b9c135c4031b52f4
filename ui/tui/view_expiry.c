/*
 * The timeline: every entry of every open file by the day it expires, with a bar of one column a
 * month. Rows are made anew when a file, the filter or the order changes; a move draws two rows.
 */
#include "base/alloc.h"
#include "report/filter.h"
#include "tui/app_state.h"
#include "tui/badge.h"
#include "tui/filter_typed.h"
#include "tui/list.h"
#include "tui/prompt.h"
#include "tui/timeline.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONTHS_BACK 3
#define MONTHS_AHEAD 22
#define MONTHS_AHEAD_WIDE 36
#define MONTH_SECONDS (2629746) /* a twelfth of 365.2425 days */
#define NAME_COL 23

struct row {
    unsigned file;  /* id */
    uint32_t entry;
};

struct expiry {
    struct row *rows;
    size_t count, total;
    size_t spans[SPANS];
    struct list list;
    enum sort_key sort;
    bool reverse;
    struct filter *filter;
    char *filter_text;
    char *filter_before; /* while another one is being typed */
    char filter_problem[160];
    char *search;
    struct row search_from; /* where the cursor was when the search began */
    uint64_t seen;          /* what the rows were made from */
};

/* ---- rows ---- */

static uint64_t fingerprint(const struct app *app)
{
    uint64_t seen = 1;
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        seen = seen * 1000003 + f->id * 8191u + f->generation * 31u + f->looks * 7u + (unsigned)f->state;
    }
    return seen;
}

static bool same_row(struct row a, struct row b)
{
    return a.file == b.file && a.entry == b.entry;
}

static const struct ks_entry *entry_of(const struct app *app, struct row row, struct ui_file **file)
{
    *file = app_file_by_id(app, row.file);
    if (!*file || !(*file)->store || row.entry >= ks_store_count((*file)->store))
        return NULL;
    return ks_store_entry((*file)->store, row.entry);
}

static void select_row(struct expiry *x, struct row row)
{
    for (size_t i = 0; i < x->count; i++) {
        if (same_row(x->rows[i], row)) {
            list_select(&x->list, i);
            return;
        }
    }
}

static size_t count_entries(const struct app *app)
{
    size_t n = 0;
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        n += f->store ? ks_store_count(f->store) : 0;
    }
    return n;
}

/* All entries that the filter lets through, file by file. `place` numbers files and entries. */
static size_t collect(const struct app *app, struct expiry *x, struct sort_item *items)
{
    size_t n = 0;
    uint32_t place = 0;
    int64_t now = ks_now();
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        size_t entries = f->store ? ks_store_count(f->store) : 0;
        for (uint32_t k = 0; k < entries; k++, place++) {
            const struct ks_entry *e = ks_store_entry(f->store, k);
            const uint8_t *worst = f->severities ? &f->severities[k] : NULL;
            if (x->filter && !filter_match_judged(x->filter, f->store, e, worst, now))
                continue;
            x->spans[span_of(e, now)]++;
            items[n++] = (struct sort_item){f->store, k, place, worst};
        }
    }
    return n;
}

static unsigned id_of(const struct app *app, const struct ks_store *store)
{
    for (size_t i = 0; i < app_file_count(app); i++)
        if (app_file(app, i)->store == store)
            return app_file(app, i)->id;
    return 0;
}

static void rebuild(struct app *app, struct expiry *x)
{
    struct row kept = x->count ? x->rows[x->list.cursor] : (struct row){0, 0};
    x->total = count_entries(app);
    memset(x->spans, 0, sizeof x->spans);
    struct sort_item *items = ks_alloc_array(x->total, sizeof *items);
    x->count = collect(app, x, items);
    sort_items(items, x->count, x->sort, x->reverse, ks_now());
    x->rows = ks_realloc(x->rows, (x->count + 1) * sizeof *x->rows);
    for (size_t i = 0; i < x->count; i++)
        x->rows[i] = (struct row){id_of(app, items[i].store), items[i].entry};
    free(items);
    x->seen = fingerprint(app);
    list_fit(&x->list, x->count, x->list.rows);
    select_row(x, kept);
}

static void refresh(struct app *app, struct expiry *x)
{
    if (x->seen != fingerprint(app))
        rebuild(app, x);
}

/* ---- life ---- */

static void expiry_open(struct app *app, void *state, void *arg)
{
    struct expiry *x = state;
    (void)arg;
    x->sort = SORT_EXPIRY;
    x->list.rows = 1;
    rebuild(app, x);
    select_row(x, (struct row){app->expiry_row.file, app->expiry_row.entry});
}

static void expiry_close(struct app *app, void *state)
{
    struct expiry *x = state;
    if (x->count) {
        app->expiry_row.file = x->rows[x->list.cursor].file;
        app->expiry_row.entry = x->rows[x->list.cursor].entry;
    }
    filter_free(x->filter);
    free(x->filter_text);
    free(x->filter_before);
    free(x->search);
    free(x->rows);
}

/* ---- bars ---- */

/* Months since it expired, at least 1; 0 = it has not. */
static int months_gone(int64_t expires, int64_t now)
{
    if (expires >= now)
        return 0;
    int64_t months = (now - expires + MONTH_SECONDS / 2) / MONTH_SECONDS;
    return months < 1 ? 1 : months > MONTHS_BACK ? MONTHS_BACK + 1 : (int)months;
}

/* Column k of the bar stands for the month that ends k + 1 months from now; negative ones are past. */
static char bar_cell(int64_t starts, int64_t expires, int64_t now, int month)
{
    int64_t from = now + (int64_t)month * MONTH_SECONDS, to = from + MONTH_SECONDS;
    int gone = months_gone(expires, now);
    if (gone)
        return month == -gone ? 'x' : month < -gone ? '#' : ' ';
    if (expires < from || (starts != KS_TIME_NONE && starts >= to))
        return ' ';
    return '#';
}

static void draw_bar(struct ui_pen *pen, const struct ks_entry *e, int64_t now, int months)
{
    int64_t expires = report_entry_expires(e);
    int64_t starts = e->chain_len ? e->chain[0].not_before : KS_TIME_NONE;
    char bar[MONTHS_BACK + 1 + MONTHS_AHEAD_WIDE + 2];
    size_t n = 0;
    if (expires == KS_TIME_NONE)
        return;
    for (int month = -MONTHS_BACK; month < months; month++) {
        if (month == 0)
            bar[n++] = '|';
        bar[n++] = bar_cell(starts, expires, now, month);
    }
    if (expires >= now + (int64_t)months * MONTH_SECONDS)
        bar[n++] = '>';
    bar[n] = '\0';
    canvas_text(pen, bar);
}

/* "-3m|now +6m  +12m  +18m +22m": each number ends in the column of its month, its unit behind. */
static void draw_scale(struct ui_pen *pen, int months)
{
    int zero = pen->col + MONTHS_BACK + 1;
    canvas_text(pen, "-3m|now");
    for (int month = 6; month <= months; month = month + 6 > months && month < months ? months : month + 6) {
        char text[16];
        snprintf(text, sizeof text, "+%dm", month);
        canvas_pad(pen, zero + month + 1 - (int)strlen(text));
        canvas_text(pen, text);
    }
}

/* ---- drawing ---- */

struct columns {
    int name, bar, issuer; /* first cells; bar and issuer 0 = left out */
    int name_width, months;
};

static struct columns columns_of(int cols)
{
    struct columns c = {.name = NAME_COL, .name_width = cols - NAME_COL - 1};
    if (cols < 76)
        return c;
    c.months = cols >= 116 ? MONTHS_AHEAD_WIDE : MONTHS_AHEAD;
    int bar = MONTHS_BACK + 1 + c.months + 1;
    int left = cols - NAME_COL - bar - 1;
    c.issuer = cols >= 116 ? NAME_COL + left / 2 : 0;
    c.bar = NAME_COL + left;
    c.name_width = (c.issuer ? left / 2 : left) - 2;
    return c;
}

static void entry_name(const struct ui_file *f, const struct ks_entry *e, struct ks_buf *out)
{
    ks_buf_printf(out, "%s/%s", f->name, e->alias);
}

static void draw_issuer(struct ui_pen *pen, const struct ks_entry *e, const struct columns *c)
{
    struct ks_buf text = KS_BUF_INIT;
    if (e->chain_len == 0 || (e->chain[0].flags & KS_CERT_BROKEN))
        return;
    ks_name_label(ks_cert_part(&e->chain[0], e->chain[0].issuer), &text);
    canvas_ext_cut(pen, ks_buf_text(&text), c->bar - c->issuer - 2, CUT_END);
    ks_buf_free(&text);
}

static void draw_row(struct app *app, struct expiry *x, size_t i, int row, const struct columns *c,
                     int cols)
{
    struct ui_file *f;
    const struct ks_entry *e = entry_of(app, x->rows[i], &f);
    bool selected = i == x->list.cursor;
    struct ui_pen pen = ui_pen(row, 0, cols, selected ? ROLE_SELECT : ROLE_TEXT);
    char days[8], date[16];
    int64_t now = ks_now();
    pen.under = pen.role;
    if (selected)
        canvas_cursor(row, 1, false);
    if (!e) {
        canvas_fill(&pen);
        return;
    }
    int64_t expires = report_entry_expires(e);
    struct ks_buf name = KS_BUF_INIT;
    entry_name(f, e, &name);
    canvas_text(&pen, " ");
    badge_text(&pen, badge_role(app_entry_state(f, x->rows[i].entry)),
               report_state_glyph(app_entry_state(f, x->rows[i].entry), ui_ascii()));
    report_entry_days(e, now, days);
    canvas_pad(&pen, 9 - (int)strlen(days));
    badge_text(&pen, badge_entry_days_role(e, now), days);
    canvas_pad(&pen, 11);
    canvas_text(&pen, expires == KS_TIME_NONE ? timeline_no_date(e) : ks_time_date(expires, date));
    canvas_pad(&pen, c->name);
    canvas_ext_cut(&pen, ks_buf_text(&name), c->name_width, CUT_MIDDLE);
    ks_buf_free(&name);
    if (c->issuer) {
        canvas_pad(&pen, c->issuer);
        draw_issuer(&pen, e, c);
    }
    if (c->bar) {
        canvas_pad(&pen, c->bar);
        draw_bar(&pen, e, now, c->months);
    }
    if (selected)
        canvas_fill(&pen);
}

static void draw_title(const struct expiry *x, struct ui_rect area)
{
    struct ui_pen pen = ui_pen(area.row, 0, area.cols, ROLE_LABEL);
    char words[64], date[16], now[32];
    snprintf(now, sizeof now, "now %s ", ks_time_date(ks_now(), date));
    int right = area.cols - (int)strlen(now);
    canvas_text(&pen, " Expiry");
    pen.role = ROLE_TEXT;
    snprintf(words, sizeof words, "   %zu of %zu entries", x->count, x->total);
    canvas_text(&pen, words);
    if (x->sort != SORT_EXPIRY || x->reverse) {
        snprintf(words, sizeof words, "  sort:%s%s", sort_key_word(x->sort), x->reverse ? " down" : "");
        canvas_text(&pen, words);
    }
    if (x->filter_text) {
        canvas_text(&pen, "   filter: ");
        canvas_ext_cut(&pen, x->filter_text, right - pen.col - 1, CUT_END);
    }
    canvas_pad(&pen, right);
    canvas_text(&pen, now);
}

static void draw_headings(struct ui_rect area, const struct columns *c)
{
    struct ui_pen pen = ui_pen(area.row + 1, 0, area.cols, ROLE_LABEL);
    canvas_text(&pen, " st   days  expires");
    canvas_pad(&pen, c->name);
    canvas_text(&pen, "entry");
    if (c->issuer) {
        canvas_pad(&pen, c->issuer);
        canvas_text(&pen, "issuer");
    }
    if (c->bar) {
        canvas_pad(&pen, c->bar);
        draw_scale(&pen, c->months);
    }
}

static const char *why_not_open(const struct ui_file *f)
{
    return f->state == UI_FILE_LOCKED    ? "locked"
           : f->state == UI_FILE_READING ? "still reading"
           : f->probe.directory          ? "a directory"
                                         : "not readable";
}

static size_t unopened(const struct app *app)
{
    size_t n = 0;
    for (size_t i = 0; i < app_file_count(app); i++)
        n += app_file(app, i)->store == NULL;
    return n;
}

static void draw_unopened(const struct app *app, int row, int cols)
{
    struct ui_pen pen = ui_pen(row, 1, cols, ROLE_TEXT);
    bool first = true;
    canvas_text(&pen, "Not opened: ");
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        if (f->store)
            continue;
        canvas_text(&pen, first ? "" : ", ");
        canvas_ext_cut(&pen, f->name, 24, CUT_MIDDLE);
        canvas_text(&pen, " (");
        canvas_text(&pen, why_not_open(f));
        canvas_text(&pen, ")");
        first = false;
    }
    canvas_text(&pen, ". Not counted here.");
}

static void draw_empty(const struct expiry *x, struct ui_rect list)
{
    struct ui_pen pen = ui_pen(list.row, 1, list.cols, ROLE_TEXT);
    if (x->filter_text)
        canvas_text(&pen, "No entry matches the filter. Esc clears it.");
    else
        canvas_text(&pen, "No entries: no keystore is open.");
    canvas_cursor(list.row, 1, false);
}

static void expiry_draw(struct app *app, void *state, struct ui_rect area)
{
    struct expiry *x = state;
    refresh(app, x);
    struct columns c = columns_of(area.cols);
    int below = unopened(app) ? 3 : 2;
    struct ui_rect list = {area.row + 2, 0, area.rows - 2 - below, area.cols};
    if (list.rows < 1)
        list.rows = 1;
    list_fit(&x->list, x->count, list.rows);
    draw_title(x, area);
    draw_headings(area, &c);
    int row = list.row;
    for (size_t i = x->list.top; i < x->count && row < list.row + list.rows; i++, row++)
        draw_row(app, x, i, row, &c, area.cols);
    if (x->count == 0)
        draw_empty(x, list);
    list_draw_more(&x->list, list, ROLE_LABEL);
    int summary = list.row + ((size_t)list.rows < x->count ? list.rows : (int)x->count) + 1;
    if (x->count == 0)
        summary++;
    if (summary >= area.row + area.rows)
        return;
    spans_draw(x->spans, summary, area.cols);
    if (unopened(app) && summary + 1 < area.row + area.rows)
        draw_unopened(app, summary + 1, area.cols);
}

static void expiry_status(struct app *app, void *state, struct ui_pen *pen)
{
    struct expiry *x = state;
    struct ui_file *f;
    char words[64];
    canvas_text(pen, " Expiry");
    if (x->count) {
        const struct ks_entry *e = entry_of(app, x->rows[x->list.cursor], &f);
        snprintf(words, sizeof words, "   %zu/%zu", x->list.cursor + 1, x->count);
        canvas_text(pen, " › ");
        if (e)
            canvas_ext_cut(pen, e->alias, pen->end - pen->col - (int)strlen(words) - 18, CUT_MIDDLE);
        canvas_text(pen, words);
    }
    snprintf(words, sizeof words, "warn at %d days ", KS_WARN_DAYS);
    canvas_pad(pen, pen->end - (int)strlen(words));
    canvas_text(pen, words);
}

/* ---- filter and sort ---- */

static void set_filter(struct app *app, struct expiry *x, struct filter *f, const char *text)
{
    filter_free(x->filter);
    free(x->filter_text);
    x->filter = f;
    x->filter_text = f ? ks_strdup(text) : NULL;
    rebuild(app, x);
    app_redraw(app);
}

/* The text is one that filter_parse() takes. */
static void set_filter_text(struct app *app, struct expiry *x, const char *text)
{
    set_filter(app, x, text && *text ? filter_parse(text, NULL) : NULL, text);
}

static void filter_changed(struct app *app, void *ctx, const char *text)
{
    struct expiry *x = ctx;
    char *counts = filter_typed(text);
    set_filter_text(app, x, counts);
    free(counts);
    filter_typed_problem(text, x->filter_problem, sizeof x->filter_problem);
}

static void filter_note(struct app *app, void *ctx, char out[static PROMPT_NOTE])
{
    const struct expiry *x = ctx;
    (void)app;
    if (x->filter_problem[0])
        snprintf(out, PROMPT_NOTE, "%s", x->filter_problem);
    else
        snprintf(out, PROMPT_NOTE, "%zu of %zu", x->count, x->total);
}

static void filter_done(struct app *app, void *ctx, const char *text)
{
    struct expiry *x = ctx;
    if (!text)
        set_filter_text(app, x, x->filter_before);
    else if (filter_is_understood(app, text))
        set_filter_text(app, x, text);
}

static bool filter_accept(struct app *app, void *ctx, const char *text)
{
    (void)ctx;
    return filter_is_understood(app, text);
}

static void ask_filter(struct app *app, struct expiry *x)
{
    free(x->filter_before);
    x->filter_before = x->filter_text ? ks_strdup(x->filter_text) : NULL;
    x->filter_problem[0] = '\0';
    if (app_argument(app)) {
        filter_done(app, x, app_argument(app));
        return;
    }
    prompt_ask(app,
               &(struct prompt_line){.label = "filter: ",
                                     .hint = FILTER_HINT,
                                     .initial = x->filter_text,
                                     .changed = filter_changed,
                                     .note = filter_note,
                                     .accept = filter_accept,
                                     .done = filter_done},
               x);
}

static void sort_chosen(struct app *app, void *ctx, char key)
{
    struct expiry *x = ctx;
    if (!timeline_order(key, &x->sort))
        return;
    rebuild(app, x);
    app_redraw(app);
}

static void ask_sort(struct app *app, struct expiry *x)
{
    if (app_argument(app))
        sort_chosen(app, x, app_argument(app)[0]);
    else
        prompt_choose(app, "sort: ", timeline_sorts, TIMELINE_SORTS, sort_chosen, x);
}

/* ---- search ---- */

static bool row_matches(const struct app *app, const struct expiry *x, size_t i)
{
    struct ui_file *f;
    const struct ks_entry *e = entry_of(app, x->rows[i], &f);
    return e && x->search && filter_text_matches_entry(x->search, e);
}

/* The next match from `from` on (inclusive), around the end; false if there is none. */
static bool find(struct app *app, struct expiry *x, size_t from, bool back)
{
    for (size_t step = 0; step < x->count; step++) {
        size_t i = back ? (from + 2 * x->count - step) % x->count : (from + step) % x->count;
        if (row_matches(app, x, i)) {
            list_select(&x->list, i);
            return true;
        }
    }
    return false;
}

static void search_changed(struct app *app, void *ctx, const char *text)
{
    struct expiry *x = ctx;
    free(x->search);
    x->search = text[0] ? ks_strdup(text) : NULL;
    select_row(x, x->search_from);
    if (x->search)
        (void)find(app, x, x->list.cursor, false);
    app_redraw(app);
}

static void search_done(struct app *app, void *ctx, const char *text)
{
    struct expiry *x = ctx;
    if (!text)
        select_row(x, x->search_from);
    else if (x->search && x->count && !row_matches(app, x, x->list.cursor))
        app_message(app, "No entry matches %s.", x->search);
    app_redraw(app);
}

static void search_note(struct app *app, void *ctx, char out[static PROMPT_NOTE])
{
    const struct expiry *x = ctx;
    size_t matches = 0, at = 0;
    for (size_t i = 0; x->search && i < x->count && i < 10000; i++) {
        matches += row_matches(app, x, i);
        at = i == x->list.cursor ? matches : at;
    }
    if (x->search)
        snprintf(out, PROMPT_NOTE, "match %zu of %zu", at, matches);
    else
        out[0] = '\0';
}

static enum ui_next search_again(struct app *app, struct expiry *x, bool back)
{
    if (x->count == 0)
        return UI_STAY;
    size_t from = back ? x->list.cursor + x->count - 1 : x->list.cursor + 1;
    if (!find(app, x, from % x->count, back))
        app_message(app, "No entry matches %s.", x->search);
    return UI_REDRAW;
}

static void ask_search(struct app *app, struct expiry *x)
{
    if (x->count)
        x->search_from = x->rows[x->list.cursor];
    if (app_argument(app)) {
        search_changed(app, x, app_argument(app));
        search_done(app, x, app_argument(app));
        return;
    }
    prompt_ask(app, &(struct prompt_line){.label = "search: ", .changed = search_changed,
                                          .note = search_note, .done = search_done}, x);
}

/* ---- commands ---- */

static bool is_problem(struct app *app, struct row row)
{
    struct ui_file *f;
    if (!entry_of(app, row, &f))
        return false;
    enum report_state s = app_entry_state(f, row.entry);
    return s == REPORT_ERR || s == REPORT_WARN;
}

static enum ui_next next_problem(struct app *app, struct expiry *x)
{
    for (size_t step = 1; step <= x->count; step++) {
        size_t i = (x->list.cursor + step) % x->count;
        if (is_problem(app, x->rows[i])) {
            list_select(&x->list, i);
            return UI_REDRAW;
        }
    }
    app_message(app, "No entry has an error or a warning.");
    return UI_STAY;
}

/* One line of the table as text, for the pager and the clipboard. */
static void row_text(struct app *app, struct row row, struct ks_buf *out)
{
    struct ui_file *f;
    const struct ks_entry *e = entry_of(app, row, &f);
    char days[8], date[16];
    if (!e)
        return;
    int64_t expires = report_entry_expires(e);
    ks_buf_printf(out, "%-7s %6s  %-10s  ", report_state_word(app_entry_state(f, row.entry)),
                  report_entry_days(e, ks_now(), days),
                  expires == KS_TIME_NONE ? timeline_no_date(e) : ks_time_date(expires, date));
    entry_name(f, e, out);
}

static void show_pager(struct app *app, struct expiry *x)
{
    struct ks_buf text = KS_BUF_INIT;
    char date[16];
    ks_buf_printf(&text, "%zu of %zu entries, %s\n\n", x->count, x->total,
                  ks_time_date(ks_now(), date));
    for (size_t i = 0; i < x->count; i++) {
        row_text(app, x->rows[i], &text);
        ks_buf_byte(&text, '\n');
    }
    app_pager(app, ks_buf_text(&text), text.len);
    ks_buf_free(&text);
}

static void copy_row(struct app *app, struct expiry *x)
{
    struct ks_buf text = KS_BUF_INIT;
    row_text(app, x->rows[x->list.cursor], &text);
    app_copy(app, "This line", ks_buf_text(&text), text.len);
    ks_buf_free(&text);
}

static enum ui_next go_to_entry(struct app *app, struct expiry *x)
{
    struct ui_file *f;
    if (!entry_of(app, x->rows[x->list.cursor], &f))
        return UI_STAY;
    app_goto(app, f, (long)x->rows[x->list.cursor].entry, -1);
    return UI_ASIDE;
}

static enum ui_next cancel(struct app *app, struct expiry *x)
{
    if (!x->filter)
        return UI_CLOSE;
    set_filter(app, x, NULL, NULL);
    return UI_REDRAW;
}

static enum ui_next expiry_command(struct app *app, void *state, enum ui_command_id id)
{
    struct expiry *x = state;
    refresh(app, x);
    if (list_command(&x->list, id))
        return UI_REDRAW;
    switch (id) {
    case CMD_ENTER:
        return go_to_entry(app, x);
    case CMD_FILTER:
        ask_filter(app, x);
        return UI_REDRAW;
    case CMD_SORT:
        ask_sort(app, x);
        return UI_REDRAW;
    case CMD_INVERT:
        x->reverse = !x->reverse;
        rebuild(app, x);
        return UI_REDRAW;
    case CMD_SEARCH:
        ask_search(app, x);
        return UI_REDRAW;
    case CMD_SEARCH_NEXT:
        return search_again(app, x, false);
    case CMD_SEARCH_PREV:
        return search_again(app, x, true);
    case CMD_NEXT_PROBLEM:
        return next_problem(app, x);
    case CMD_COPY:
        copy_row(app, x);
        return UI_REDRAW;
    case CMD_PAGER:
        show_pager(app, x);
        return UI_REDRAW;
    case CMD_CANCEL:
        return cancel(app, x);
    default:
        return UI_IGNORED;
    }
}

static const char *expiry_disabled(struct app *app, void *state, enum ui_command_id id)
{
    const struct expiry *x = state;
    (void)app;
    if ((id == CMD_SEARCH_NEXT || id == CMD_SEARCH_PREV) && !x->search)
        return "nothing was searched for yet; / searches";
    bool needs_row = id == CMD_ENTER || id == CMD_COPY || id == CMD_PAGER || id == CMD_NEXT_PROBLEM;
    if (needs_row && x->count == 0)
        return "no entry is shown";
    return NULL;
}

/* A click selects, a click on the selected row goes there, the wheel scrolls. */
static enum ui_next mouse(struct app *app, struct expiry *x)
{
    struct ui_mouse m = ui_mouse();
    if (m.button == UI_MOUSE_UP || m.button == UI_MOUSE_DOWN) {
        (void)list_command(&x->list, m.button == UI_MOUSE_UP ? CMD_UP : CMD_DOWN);
        return UI_REDRAW;
    }
    size_t i = x->list.top + (size_t)(m.row < 2 ? 0 : m.row - 2);
    if (m.row < 2 || m.row >= 2 + x->list.rows || i >= x->count)
        return UI_STAY;
    if (i == x->list.cursor)
        return go_to_entry(app, x);
    list_select(&x->list, i);
    return UI_REDRAW;
}

static enum ui_next expiry_key(struct app *app, void *state, struct ui_key key)
{
    return key.code == UI_KEY_MOUSE ? mouse(app, state) : UI_IGNORED;
}

const struct view view_expiry = {
    .name = "expiry",
    .context = ON_EXPIRY,
    .state_size = sizeof(struct expiry),
    .open = expiry_open,
    .close = expiry_close,
    .draw = expiry_draw,
    .status = expiry_status,
    .command = expiry_command,
    .key = expiry_key,
    .disabled = expiry_disabled,
};
