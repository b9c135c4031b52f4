#include "tui/view_store.h"

#include "tui/app_state.h"
#include "tui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TWO_PANES 76 /* columns from which on both panes fit side by side */
#define LONG_NAMES 100
#define NARROW_TREE 36
#define TREE_MAX 60
#define TREE_MIN 20
#define STACK_ROWS 40

/* The tree grows up to half of the screen for an alias, and where it has its extra columns anyway,
 * for them beside the alias. */
static int grown_width(const struct explorer *ex, int width, int half)
{
    static const struct explorer_extras choices[] = {{true, true}, {true, false}, {false, false}};
    for (size_t i = width < EXPLORER_EXTRAS ? 2 : 0; i < 3; i++) {
        int need = explorer_columns_needed(ex, choices[i]);
        if (need <= half)
            return need > width ? need : width;
    }
    return half;
}

static int tree_width(const struct explorer *ex, int cols)
{
    int width = cols >= LONG_NAMES ? cols * 43 / 100 : NARROW_TREE;
    width = width > TREE_MAX ? TREE_MAX : width;
    if (cols >= LONG_NAMES)
        width = grown_width(ex, width, cols / 2);
    width += ex->split;
    int most = cols - 24;
    return width < TREE_MIN ? TREE_MIN : width > most ? most : width;
}

struct explorer_layout explorer_lay_out(const struct app *app, const struct explorer *ex,
                                        struct ui_rect area)
{
    struct explorer_layout l = {.divider = -1, .wide = area.cols >= LONG_NAMES};
    struct ui_rect body = {area.row + 1, area.col, area.rows - 1, area.cols};
    bool one = app_plain(app) || ex->zoom || (area.cols < TWO_PANES && app->rows < STACK_ROWS);
    if (one) {
        if (ex->in_detail)
            l.detail = body;
        else
            l.tree = body;
        return l;
    }
    if (area.cols < TWO_PANES) {
        l.stacked = true;
        l.tree = body;
        l.tree.rows = body.rows * 2 / 5;
        l.detail = (struct ui_rect){body.row + l.tree.rows + 1, body.col,
                                    body.rows - l.tree.rows - 1, body.cols};
        return l;
    }
    l.divider = area.col + tree_width(ex, area.cols);
    l.tree = body;
    l.tree.cols = l.divider - area.col;
    l.detail = body;
    l.detail.col = l.divider + 1;
    l.detail.cols = area.cols - l.divider - 1;
    return l;
}

/* ---- titles ---- */

/* In one-pane layouts: which of the two is shown. */
static const char *which_words(const struct app *app, const struct explorer *ex)
{
    return app_plain(app) ? "" : ex->in_detail ? " tree [detail] " : " [tree] detail ";
}

static void draw_which(const struct app *app, const struct explorer *ex, struct ui_rect area)
{
    const char *words = which_words(app, ex);
    int end = area.col + area.cols;
    struct ui_pen pen = ui_pen(area.row, end - (int)strlen(words), end, ROLE_LABEL);
    canvas_text(&pen, words);
}

static void draw_tree_title(const struct explorer *ex, struct ui_rect row)
{
    char text[96];
    struct ui_pen pen = ui_pen(row.row, row.col, row.col + row.cols, ROLE_LABEL);
    snprintf(text, sizeof text, " Keystores %zu", ex->tree.file_count);
    canvas_layout_cut(&pen, text, row.cols, CUT_END);
    pen.role = ROLE_TEXT;
    snprintf(text, sizeof text, "  %ssort:%s%s", ex->tree.flat ? "flat  " : "",
             sort_key_word(ex->tree.sort), ex->tree.reverse ? " (inverted)" : "");
    canvas_layout_cut(&pen, text, pen.end - pen.col, CUT_END);
}

static void draw_detail_title(struct explorer *ex, const struct explorer_layout *l, int taken)
{
    struct ui_rect row = {l->detail.row - 1, l->detail.col, 1, l->detail.cols - taken};
    detail_draw_title(&ex->detail, row, !l->wide || taken, ex->in_detail);
}

/* ---- panes ---- */

static void draw_empty(struct ui_rect tree)
{
    struct ui_pen pen = ui_pen(tree.row + 1, tree.col + 2, tree.col + tree.cols, ROLE_TEXT);
    canvas_text(&pen, "No file is open. ");
    pen.role = ROLE_HOTKEY;
    canvas_text(&pen, "o");
    pen.role = ROLE_TEXT;
    canvas_text(&pen, " opens one.");
}

static void draw_no_match(const struct explorer *ex, struct ui_rect tree)
{
    int row = tree.row + (int)(ex->list.count - ex->list.top) + 1;
    if (!ex->tree.filter || tree_entries_shown(&ex->tree) > 0 || row >= tree.row + tree.rows)
        return;
    struct wrapped words = {0};
    wrapped_set(&words, "No entry matches. Esc clears the filter.", tree.cols - 4, false);
    for (size_t i = 0; i < words.count && row < tree.row + tree.rows; i++, row++) {
        struct ui_pen pen = ui_pen(row, tree.col + 2, tree.col + tree.cols, ROLE_TEXT);
        wrapped_draw(&words, i, &pen);
    }
    wrapped_free(&words);
}

/* `taken`: columns of the title row that belong to something else. */
static void draw_tree(struct explorer *ex, struct ui_rect tree, int taken)
{
    struct ui_rect title = {tree.row - 1, tree.col, 1, tree.cols - taken};
    draw_tree_title(ex, title);
    if (ex->tree.count == 0)
        draw_empty(tree);
    for (int i = 0; i < tree.rows && ex->list.top + (size_t)i < ex->tree.count; i++) {
        struct ui_pen pen = ui_pen(tree.row + i, tree.col, tree.col + tree.cols, ROLE_TEXT);
        explorer_draw_row(ex, ex->list.top + (size_t)i, pen, !ex->in_detail);
    }
    draw_no_match(ex, tree);
    list_draw_above(&ex->list, title, ROLE_TEXT);
    list_draw_below(&ex->list, tree);
    if (!ex->in_detail)
        canvas_cursor(tree.row + (int)(ex->list.cursor - ex->list.top), tree.col + 1, false);
}

static void draw_divider(struct ui_rect area, int col)
{
    for (int row = 0; row < area.rows; row++) {
        struct ui_pen pen = ui_pen(area.row + row, col, col + 1, ROLE_TEXT);
        canvas_glyph(&pen, GLYPH_VLINE);
    }
}

static void draw_rule(struct ui_rect area, int row)
{
    struct ui_pen pen = ui_pen(row, area.col, area.col + area.cols, ROLE_TEXT);
    while (pen.col < pen.end)
        canvas_glyph(&pen, GLYPH_HLINE);
}

void explorer_draw(struct app *app, void *state, struct ui_rect area)
{
    struct explorer *ex = state;
    explorer_sync(app, ex);
    struct explorer_layout l = explorer_lay_out(app, ex, area);
    bool one = l.divider < 0 && !l.stacked;
    if (l.wide != ex->detail_wide) {
        ex->detail_wide = l.wide;
        explorer_update_detail(app, ex);
    }
    list_fit(&ex->list, ex->tree.count, l.tree.rows ? l.tree.rows : area.rows - 1);
    int taken = one ? (int)strlen(which_words(app, ex)) : 0;
    if (l.tree.rows)
        draw_tree(ex, l.tree, taken);
    if (l.detail.rows) {
        if (l.stacked)
            draw_rule(area, l.detail.row - 1);
        draw_detail_title(ex, &l, taken);
        struct ui_rect inner = l.detail; /* a blank column beside the line */
        inner.col++;
        inner.cols--;
        detail_draw(&ex->detail, inner, ex->in_detail);
    }
    if (one)
        draw_which(app, ex, area);
    else if (l.divider >= 0)
        draw_divider(area, l.divider);
}

/* ---- status row ---- */

static void row_number(const struct tree_row *row, char out[static 24])
{
    out[0] = '\0';
    if (row->cert >= 0)
        snprintf(out, 24, " %d", row->cert);
    else if (row->cert == TREE_MISSING)
        snprintf(out, 24, " (issuer)");
}

/* "inbound.p12 › nexus-iq-server": both whole if they fit, else each gives way down to a share. */
static void draw_path(const struct explorer *ex, struct ui_pen *pen)
{
    const struct tree_row *row = explorer_row(ex);
    if (!row)
        return;
    const struct ks_entry *e = tree_entry(&ex->tree, row);
    const char *name = tree_file(&ex->tree, row)->name;
    int room = pen->end - pen->col;
    if (!e) {
        canvas_ext_cut(pen, name, room, CUT_MIDDLE);
        return;
    }
    char number[24];
    row_number(row, number);
    room -= 3 + (int)strlen(number);
    int alias = canvas_width(e->alias, strnlen(e->alias, 4096)), share = room * 2 / 5;
    int file = room - alias > share ? room - alias : share;
    canvas_ext_cut(pen, name, file, CUT_MIDDLE);
    canvas_text(pen, " ");
    canvas_glyph(pen, GLYPH_PATH);
    canvas_text(pen, " ");
    canvas_ext_cut(pen, e->alias, pen->end - pen->col - (int)strlen(number), CUT_MIDDLE);
    canvas_text(pen, number);
}

#define PARTS 7
struct status_parts { /* from the left; the first one gives way when there is no room */
    char text[PARTS][96];
    size_t count;
};

static int parts_width(const struct status_parts *p)
{
    int width = 0;
    for (size_t i = 0; i < p->count; i++)
        width += canvas_width(p->text[i], strlen(p->text[i])) + 2;
    return width;
}

static void collect_parts(const struct explorer *ex, struct status_parts *p)
{
    const struct tree_row *row = explorer_row(ex);
    const struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    size_t marks = tree_marks(&ex->tree), size = sizeof p->text[0];
    if (marks)
        snprintf(p->text[p->count++], size, "%zu marked (U clears)", marks);
    size_t unsaved = f && f->store ? ks_store_unsaved(f->store) : 0;
    if (unsaved)
        snprintf(p->text[p->count++], size, "%zu unsaved change%s", unsaved,
                 unsaved == 1 ? "" : "s");
    if (f && f->read_only[0])
        snprintf(p->text[p->count++], size, "read-only");
    if (ex->detail.raw)
        snprintf(p->text[p->count++], size, "raw (x)");
    if (ex->tree.filter)
        snprintf(p->text[p->count++], size, "filter: %s", ex->tree.filter_text);
    if (f && f->store &&
        (f->store->integrity == KS_INTEGRITY_UNVERIFIED || f->store->integrity == KS_INTEGRITY_BAD))
        snprintf(p->text[p->count++], size, "%s", report_integrity_words(f->store));
    if (f && f->on_disk == DISK_CHANGED)
        snprintf(p->text[p->count++], size, "changed on disk: R reads it again");
    else if (f && f->on_disk == DISK_GONE)
        snprintf(p->text[p->count++], size, "gone from disk");
}

static void drop_first(struct status_parts *p)
{
    memmove(p->text[0], p->text[1], sizeof p->text - sizeof p->text[0]);
    p->count--;
}

static void count_badges(const struct app *app, size_t *errors, size_t *warnings)
{
    *errors = *warnings = 0;
    for (size_t i = 0; i < app_file_count(app); i++) {
        *errors += app_file(app, i)->errors;
        *warnings += app_file(app, i)->warnings;
    }
}

static int badge_width(size_t errors, size_t warnings, char out[2][24])
{
    out[0][0] = out[1][0] = '\0';
    if (errors)
        snprintf(out[0], 24, "%s%zu", ui_glyph(GLYPH_ERROR), errors);
    if (warnings)
        snprintf(out[1], 24, "%s%zu", ui_glyph(GLYPH_WARNING), warnings);
    int width = canvas_width(out[0], strlen(out[0])) + canvas_width(out[1], strlen(out[1]));
    return width + (errors && warnings) + (errors || warnings);
}

static void draw_badge(struct ui_pen *pen, enum ui_role role, const char *text)
{
    pen->role = role;
    pen->under = ROLE_STATUS;
    canvas_text(pen, text);
    pen->role = ROLE_STATUS;
}

void explorer_status(struct app *app, void *state, struct ui_pen *pen)
{
    struct explorer *ex = state;
    struct status_parts parts = {0};
    char badges[2][24], position[48] = "";
    size_t errors, warnings;
    count_badges(app, &errors, &warnings);
    int badge = badge_width(errors, warnings, badges);
    if (ex->tree.count)
        snprintf(position, sizeof position, "   %zu/%zu", ex->list.cursor + 1, ex->tree.count);
    collect_parts(ex, &parts);
    int room = pen->end - pen->col - badge - (int)strlen(position) - 12;
    while (parts.count && parts_width(&parts) > room)
        drop_first(&parts);
    int right = parts_width(&parts);

    struct ui_pen left = *pen;
    left.end = pen->end - badge - right - (int)strlen(position) - 1;
    canvas_text(&left, " ");
    draw_path(ex, &left);
    left.end = pen->end;
    canvas_text(&left, position);
    canvas_pad(&left, pen->end - badge - right);
    for (size_t i = 0; i < parts.count; i++) {
        canvas_ext_z(&left, parts.text[i]);
        canvas_text(&left, "  ");
    }
    canvas_pad(&left, pen->end - badge);
    draw_badge(&left, ROLE_ERROR, badges[0]);
    canvas_text(&left, errors && warnings ? " " : "");
    draw_badge(&left, ROLE_WARNING, badges[1]);
    *pen = left;
}
