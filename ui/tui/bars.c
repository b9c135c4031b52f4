/*
 * The three rows at the bottom: status, message or prompt, key bar. The bar is made from the
 * command table: what is bound in the view's context and has a word for the bar, as far as it fits.
 */
#include "tui/app_state.h"
#include "tui/prompt.h"
#include "tui/term.h"
#include "tui/wrap.h"

#include <stdio.h>
#include <string.h>

/* In this order from the left; the last two are kept when the others no longer fit. */
static const enum ui_command_id bar_order[] = {
    CMD_HELP,         CMD_ENTER,  CMD_OPEN,   CMD_SAVE,   CMD_SAME,         CMD_ALIGN,
    CMD_REPAIR,       CMD_IMPORT, CMD_CREATE, CMD_EXPORT, CMD_EXPLAIN_HERE, CMD_GROUP,
    CMD_SEARCH,       CMD_FILTER, CMD_SORT,   CMD_EXPIRY, CMD_FINDINGS,     CMD_COPY,
    CMD_NEXT_PROBLEM, CMD_RAW,    CMD_HIDDEN, CMD_RELOAD, CMD_JVM,
    CMD_SCAN,
};
static const enum ui_command_id bar_end[] = {CMD_PALETTE, CMD_BACK};
#define BAR_MAX 32

struct bar_item {
    const struct ui_command *command;
    char key[16];
    const char *word;
    int col, width;
};

/* The first key that is a printable character, else the first. */
static void shown_key(const struct ui_command *c, char out[static 16])
{
    size_t len = strcspn(c->keys, " ");
    snprintf(out, 16, "%.*s", (int)(len < 15 ? len : 15), c->keys);
}

/* What Enter and q do depends on where they are pressed. */
static const char *bar_word(struct app *app, const struct ui_command *c, unsigned context)
{
    const struct frame *top = app_top(app);
    if (c->id == CMD_BACK && (app->depth > 1 || app->aside.view || (context & ON_DETAIL)))
        return "Back";
    const char *word =
        c->id == CMD_ENTER && top->view->enter_word ? top->view->enter_word(app, top->state) : NULL;
    if (word)
        return word;
    if (c->id == CMD_SCAN) /* elsewhere the bar has no room for it */
        return context & ON_OPEN ? c->bar : "";
    if (c->id == CMD_ENTER)
        return context & ON_TREE     ? "Detail"
               : context & ON_DETAIL ? "Full"
               : context & (ON_EXPIRY | ON_SCAN) ? "Go"
               : context & ON_HELP   ? ""
               : context & ON_DIFF   ? ""
                                     : c->bar;
    return c->bar;
}

static bool fill_item(struct app *app, enum ui_command_id id, unsigned context,
                      struct bar_item *item)
{
    const struct ui_command *c = ui_command(id);
    const struct frame *top = app_top(app);
    if (!c || !(c->where & context) || !c->bar[0] ||
        (top->view->disabled && top->view->disabled(app, top->state, id)))
        return false;
    item->command = c;
    shown_key(c, item->key);
    item->word = bar_word(app, c, context);
    if (!item->word[0])
        return false;
    item->width = (int)(strlen(item->key) + 1 + strlen(item->word));
    return true;
}

static size_t lay_out(struct app *app, struct bar_item items[static BAR_MAX])
{
    unsigned context = app_context(app, false);
    struct bar_item end[2];
    size_t n = 0, ends = 0;
    int kept = 0, col = 0;
    for (size_t i = 0; i < sizeof bar_end / sizeof bar_end[0]; i++) {
        if (fill_item(app, bar_end[i], context, &end[ends]))
            kept += 2 + end[ends++].width;
    }
    for (size_t i = 0; i < sizeof bar_order / sizeof bar_order[0]; i++) {
        struct bar_item item;
        if (!fill_item(app, bar_order[i], context, &item) || col + item.width + kept > app->cols)
            continue;
        item.col = col;
        col += item.width + 2;
        items[n++] = item;
    }
    for (size_t i = 0; i < ends; i++) {
        end[i].col = col;
        col += end[i].width + 2;
        items[n++] = end[i];
    }
    return n;
}

static void draw_keys(struct app *app)
{
    struct bar_item items[BAR_MAX];
    struct ui_pen pen = ui_pen(app->rows - 1, 0, app->cols, ROLE_TEXT);
    if (app->prompt) {
        canvas_text(&pen, " ");
        canvas_layout_cut(&pen, prompt_bar(app), app->cols - 1, CUT_END);
        return;
    }
    const struct frame *top = app_top(app);
    if (!top->view->context)
        return; /* a box prints its own keys */
    const char *typing = top->view->typing_bar ? top->view->typing_bar(app, top->state) : NULL;
    if (typing) {
        canvas_text(&pen, " ");
        canvas_layout_cut(&pen, typing, app->cols - 1, CUT_END);
        return;
    }
    size_t n = lay_out(app, items);
    for (size_t i = 0; i < n; i++) {
        pen.col = items[i].col;
        pen.role = ROLE_HOTKEY;
        canvas_text(&pen, items[i].key);
        pen.role = ROLE_TEXT;
        canvas_text(&pen, " ");
        canvas_text(&pen, items[i].word);
    }
}

enum ui_command_id bars_click(struct app *app, int col)
{
    struct bar_item items[BAR_MAX];
    const struct frame *top = app_top(app);
    bool typing = top->view->typing_bar && top->view->typing_bar(app, top->state);
    size_t n = app->prompt || typing ? 0 : lay_out(app, items);
    for (size_t i = 0; i < n; i++)
        if (col >= items[i].col && col < items[i].col + items[i].width)
            return items[i].command->id;
    return CMD_NONE;
}

/* The view whose status row is shown: a box leaves that of the view under it. */
static const struct frame *status_frame(const struct app *app)
{
    size_t i = app->depth - 1;
    while (i > 0 && app->stack[i].view->overlay)
        i--;
    return &app->stack[i];
}

/* What holds whatever is selected: every "days left" is counted from another day than today. */
static void standing_words(char out[static 48])
{
    char date[16] = "";
    if (ks_clock_pinned())
        ks_time_date(ks_now(), date);
    snprintf(out, 48, "%s%s%s", date[0] ? " as of " : "", date,
             term_mouse_is_on() ? " MOUSE "
             : date[0]          ? " "
                                : "");
}

static void draw_status(struct app *app, int row)
{
    const struct frame *f = status_frame(app);
    struct ui_pen pen = ui_pen(row, 0, app->cols, ROLE_STATUS);
    struct ui_pen left = pen;
    char words[48];
    standing_words(words);
    left.end -= (int)strlen(words);
    if (f->view->status)
        f->view->status(app, f->state, &left);
    left.role = ROLE_STATUS;
    canvas_fill(&left);
    pen.col = left.end;
    canvas_text(&pen, words);
}

static enum ui_glyph badge_glyph(enum ui_role role)
{
    return role == ROLE_ERROR ? GLYPH_ERROR : role == ROLE_WARNING ? GLYPH_WARNING : GLYPH_NOTE;
}

#define MESSAGE_ROWS 4

/* Words with a badge, the last row at `row`; what needs more rows takes them from above. */
static void draw_words(const struct app *app, int row, enum ui_role badge, const char *words)
{
    struct wrapped text = {0};
    int left = badge == ROLE_TEXT ? 1 : 3;
    wrapped_set(&text, words, app->cols - left - 1, false);
    int rows = text.count > MESSAGE_ROWS ? MESSAGE_ROWS : (int)text.count;
    for (int i = 0; i < rows; i++) {
        struct ui_pen pen = ui_pen(row - rows + 1 + i, 0, app->cols, badge);
        struct ui_rect whole = {pen.row, 0, 1, app->cols};
        canvas_clear(whole);
        pen.col = 1;
        if (i == 0 && badge != ROLE_TEXT)
            canvas_glyph(&pen, badge_glyph(badge));
        pen.col = left;
        pen.role = ROLE_TEXT;
        wrapped_draw(&text, (size_t)i, &pen);
    }
    wrapped_free(&text);
}

static void draw_message(const struct app *app, int row)
{
    char progress[160];
    if (app->message[0])
        draw_words(app, row, app->message_badge, app->message);
    else if (work_progress(app, progress, sizeof progress))
        draw_words(app, row, ROLE_TEXT, progress);
    else if (app->hint[0] && app->depth == 1)
        draw_words(app, row, app->hint_badge, app->hint);
}

static bool has_message(const struct app *app)
{
    char progress[160];
    return app->message[0] || work_progress(app, progress, sizeof progress);
}

void bars_draw(struct app *app)
{
    bool shared = app->rows < 20; /* status and message share a row */
    int status = shared ? app->rows - 2 : app->rows - 3;
    if (app->prompt) {
        if (!shared)
            draw_status(app, status);
        if (app->message[0]) /* why Enter was refused */
            draw_message(app, app->rows - 3);
        prompt_draw(app, app->rows - 2);
    } else if (!shared) {
        draw_status(app, status);
        draw_message(app, app->rows - 2);
    } else if (has_message(app)) {
        draw_message(app, app->rows - 2);
    } else {
        draw_status(app, status);
    }
    draw_keys(app);
}
