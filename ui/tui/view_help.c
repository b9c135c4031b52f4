/*
 * Help for the view that the user came from, made from the command table: what the keys do there, what
 * cannot act at the moment and why, and what the signs mean. Two columns where there is room.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "report/report.h"
#include "tui/app.h"
#include "tui/cells.h"
#include "tui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TWO_COLUMNS 76
#define KEY_CELLS 13

struct line {
    char *keys; /* NULL: a heading */
    char *text;
};

struct help {
    struct line *lines;
    size_t count, cap;
    size_t top;    /* first row shown */
    int rows;      /* of the window */
    size_t height; /* rows in all: half the lines when there are two columns */
    int width;     /* of a column, that the lines are broken for */
    char *search;
    size_t match;  /* line; `count` = none */
    size_t from;   /* where the search began */
};

/* ---- lines ---- */

static void add(struct help *h, const char *keys, const char *text)
{
    if (h->count == h->cap) {
        h->cap = h->cap ? h->cap * 2 : 128;
        h->lines = ks_realloc(h->lines, h->cap * sizeof *h->lines);
    }
    h->lines[h->count++] = (struct line){keys ? ks_strdup(keys) : NULL, ks_strdup(text)};
}

/* A long explanation goes on in the next line, broken at a blank. */
static void add_wrapped(struct help *h, const char *keys, const char *text)
{
    size_t room = (size_t)(h->width > KEY_CELLS + 14 ? h->width - KEY_CELLS - 2 : 12);
    do {
        size_t len = strlen(text), cut = len;
        if (len > room) {
            cut = room;
            while (cut > 0 && text[cut] != ' ')
                cut--;
            cut = cut ? cut : room;
        }
        char *part = ks_strndup(text, cut);
        add(h, keys, part);
        free(part);
        keys = "";
        text += cut + (text[cut] == ' ');
    } while (*text);
}

static void clear(struct help *h)
{
    for (size_t i = 0; i < h->count; i++) {
        free(h->lines[i].keys);
        free(h->lines[i].text);
    }
    h->count = 0;
}

static bool acts_here(struct app *app, const struct ui_command *c)
{
    return (c->where & app_context(app, true)) && !app_disabled(app, c->id, true);
}

static void add_group(struct app *app, struct help *h, const char *group)
{
    size_t count;
    const struct ui_command *commands = ui_commands(&count);
    bool titled = false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(commands[i].group, group) != 0 || !acts_here(app, &commands[i]))
            continue;
        if (!titled)
            add(h, NULL, group);
        titled = true;
        add_wrapped(h, commands[i].keys, commands[i].help);
    }
}

/* In the order of the table, each group once. */
static void add_groups(struct app *app, struct help *h)
{
    size_t count;
    const struct ui_command *commands = ui_commands(&count);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(commands[i].group, commands[i - 1].group) != 0)
            add_group(app, h, commands[i].group);
}

static void add_disabled(struct app *app, struct help *h)
{
    size_t count;
    const struct ui_command *commands = ui_commands(&count);
    bool titled = false;
    for (size_t i = 0; i < count; i++) {
        bool bound = commands[i].where & app_context(app, true);
        const char *why = bound ? app_disabled(app, commands[i].id, true) : NULL;
        if (!why)
            continue;
        if (!titled)
            add(h, NULL, "Not here now");
        titled = true;
        char *text = ks_asprintf("%s: %s", commands[i].name, why);
        add_wrapped(h, commands[i].keys, text);
        free(text);
    }
}

static void add_signs(struct help *h)
{
    static const struct {
        enum report_state state;
        const char *words;
    } signs[] = {
        {REPORT_OK, "fine"},
        {REPORT_WARN, "warning"},
        {REPORT_ERR, "error"},
        {REPORT_NOTE_, "note"},
        {REPORT_FUTURE, "not yet valid"},
        {REPORT_LOCKED, "locked: needs a password"},
        {REPORT_NONE, "no date, nothing to say"},
    };
    add(h, NULL, "Signs");
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        add(h, report_state_glyph(signs[i].state, ui_ascii()), signs[i].words);
    add_wrapped(h, "412d", "days until the first certificate of the chain expires");
    add_wrapped(h, "-31d", "expired 31 days ago");
    add_wrapped(h, "+14d", "starts in 14 days");
    add_wrapped(h, "2.9y", "years, from 1000 days on");
}

static void add_letters(struct help *h)
{
    static const enum ks_kind kinds[] = {KS_KIND_KEY,    KS_KIND_TRUSTED, KS_KIND_SECRET,
                                         KS_KIND_PASSWORD, KS_KIND_REQUEST, KS_KIND_CRL,
                                         KS_KIND_PUBLIC, KS_KIND_OPAQUE,  KS_KIND_LOCKED};
    add(h, NULL, "Type letters");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char letter[2] = {ks_kind_letter(kinds[i]), '\0'};
        add_wrapped(h, letter, ks_kind_text(kinds[i]));
    }
}

static void add_filter_words(struct help *h)
{
    add(h, NULL, "Filter words (all must hold)");
    add_wrapped(h, "plain text", "in alias, subject, issuer, SAN, serial or fingerprint");
    add_wrapped(h, "type:key", "also cert, trusted, secret, password, request, crl");
    add_wrapped(h, "exp:<30d", "also exp:>1y, exp:<2027-01-01, exp:expired, exp:none");
    add_wrapped(h, "sev:error", "also warning, note, ok");
    add_wrapped(h, "alg:rsa<2048", "also alg:ec, alg:ed25519");
    add_wrapped(h, "san: issuer:", "also subject:, serial:, fp:, alias:, store:");
    add_wrapped(h, "!word", "not this one");
    add_wrapped(h, "\"a b:c\"", "text with a blank or a colon");
}

static void add_typing(struct help *h)
{
    add(h, NULL, "Where text is typed");
    add_wrapped(h, "Enter", "accept");
    add_wrapped(h, "Esc ^C", "back, nothing changed");
    add_wrapped(h, "^A ^E", "start, end of the line");
    add_wrapped(h, "^U ^K ^W", "delete to the start, to the end, a word");
    add_wrapped(h, "^T", "show a password while it is typed");
}

static void build(struct app *app, struct help *h)
{
    clear(h);
    add_groups(app, h);
    add_disabled(app, h);
    add_signs(h);
    add_letters(h);
    add_filter_words(h);
    add_typing(h);
    h->match = h->count;
}

/* ---- life ---- */

static void help_open(struct app *app, void *state, void *arg)
{
    struct help *h = state;
    (void)app, (void)arg;
    h->rows = 1;
}

static void help_close(struct app *app, void *state)
{
    struct help *h = state;
    (void)app;
    clear(h);
    free(h->lines);
    free(h->search);
}

/* ---- layout and drawing ---- */

static void scroll_to(struct help *h, size_t top)
{
    size_t rows = (size_t)h->rows;
    size_t last = h->height > rows ? h->height - rows : 0;
    h->top = top < last ? top : last;
}

#define BREAK_LOOK 8 /* lines that the first column may be longer for a group to stay whole */

/* Where the second column begins: at a heading if one is near, never within an explanation. */
static size_t half(const struct help *h)
{
    size_t middle = (h->count + 1) / 2, at = middle;
    while (at < h->count && at < middle + BREAK_LOOK && h->lines[at].keys)
        at++;
    if (at < h->count && !h->lines[at].keys && h->lines[at].text[0])
        return at;
    at = middle;
    while (at < h->count && h->lines[at].keys && !h->lines[at].keys[0])
        at++;
    return at;
}

static void lay_out(struct app *app, struct help *h, struct ui_rect area)
{
    int columns = area.cols >= TWO_COLUMNS ? 2 : 1;
    int width = area.cols / columns - 1;
    h->rows = area.rows - 1 > 0 ? area.rows - 1 : 1;
    if (width != h->width || h->count == 0) {
        h->width = width;
        build(app, h);
    }
    h->height = columns == 2 ? half(h) : h->count;
    scroll_to(h, h->top);
}

/* Arrow keys as arrows; the canvas spells them out on an ASCII terminal. */
static const char *key_sign(const char *name, size_t len)
{
    static const char *const signs[][2] = {
        {"Up", "\xe2\x86\x91"}, {"Down", "\xe2\x86\x93"},
        {"Left", "\xe2\x86\x90"}, {"Right", "\xe2\x86\x92"},
    };
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (strlen(signs[i][0]) == len && memcmp(signs[i][0], name, len) == 0)
            return signs[i][1];
    return NULL;
}

static void draw_keys(struct ui_pen *pen, const char *keys)
{
    struct ui_pen cut = *pen;
    int end = pen->col + KEY_CELLS - 1;
    cut.end = end < pen->end ? end : pen->end;
    while (*keys) {
        size_t len = strcspn(keys, " ");
        const char *sign = key_sign(keys, len);
        char name[32];
        snprintf(name, sizeof name, "%.*s%s", (int)(len < 24 ? len : 24), sign ? "" : keys,
                 keys[len] ? " " : "");
        if (sign)
            canvas_text(&cut, sign);
        canvas_text(&cut, sign && keys[len] ? " " : sign ? "" : name);
        keys += len + (keys[len] == ' ');
    }
    pen->col = cut.col;
    canvas_pad(pen, end + 1);
}

static void draw_line(const struct help *h, size_t i, int row, int col, int end)
{
    const struct line *l = &h->lines[i];
    struct ui_pen pen = ui_pen(row, col, end, l->keys ? ROLE_HOTKEY : ROLE_LABEL);
    if (i == h->match) {
        pen.role = pen.under = ROLE_SELECT;
        canvas_cursor(row, col, false);
    }
    if (!l->keys) {
        canvas_text(&pen, " ");
        canvas_text(&pen, l->text);
        return;
    }
    canvas_text(&pen, "  ");
    draw_keys(&pen, l->keys);
    if (i != h->match)
        pen.role = ROLE_TEXT;
    canvas_ext_z(&pen, l->text); /* a reason may name an entry */
}

static const char *context_name(unsigned context)
{
    static const struct {
        unsigned context;
        const char *name;
    } names[] = {{ON_TREE, "Tree"},   {ON_DETAIL, "Detail pane"}, {ON_EXPIRY, "Expiry"},
                 {ON_OPEN, "Open box"}, {ON_HELP, "Help"}, {ON_DIFF, "Diff"}, {ON_JVM, "JVMs"},
                 {ON_SCAN, "Scan"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (context & names[i].context)
            return names[i].name;
    return "Keys";
}

static void draw_title(struct app *app, const struct help *h, struct ui_rect area)
{
    struct ui_pen pen = ui_pen(area.row, 0, area.cols, ROLE_LABEL);
    char more[48];
    size_t below = h->height > h->top + (size_t)h->rows ? h->height - h->top - (size_t)h->rows : 0;
    canvas_text(&pen, " Help");
    pen.role = ROLE_TEXT;
    canvas_text(&pen, "  ");
    canvas_text(&pen, context_name(app_context(app, true)));
    if (below)
        snprintf(more, sizeof more, "v %zu more   / find in help ", below);
    else
        snprintf(more, sizeof more, "/ find in help ");
    canvas_pad(&pen, area.cols - (int)strlen(more));
    canvas_text(&pen, more);
}

static void help_draw(struct app *app, void *state, struct ui_rect area)
{
    struct help *h = state;
    lay_out(app, h, area);
    draw_title(app, h, area);
    canvas_cursor(area.row + 1, 0, false);
    for (int row = 0; row < h->rows; row++) {
        size_t i = h->top + (size_t)row;
        if (i >= h->height)
            break;
        draw_line(h, i, area.row + 1 + row, 0, h->width);
        if (h->height < h->count && i + h->height < h->count)
            draw_line(h, i + h->height, area.row + 1 + row, h->width + 1, area.cols);
    }
}

static void help_status(struct app *app, void *state, struct ui_pen *pen)
{
    const struct help *h = state;
    char words[48];
    (void)app;
    canvas_text(pen, " Help");
    snprintf(words, sizeof words, "   rows %zu to %zu of %zu", h->top + 1,
             h->top + (size_t)h->rows < h->height ? h->top + (size_t)h->rows : h->height, h->height);
    canvas_text(pen, words);
}

/* ---- search ---- */

static bool line_matches(const struct help *h, size_t i, const char *folded)
{
    const struct line *l = &h->lines[i];
    return ks_text_contains_folded(l->text, folded) ||
           (l->keys && ks_text_contains_folded(l->keys, folded));
}

static void show_match(struct help *h, size_t i)
{
    size_t row = i < h->height ? i : i - h->height;
    h->match = i;
    if (row < h->top || row >= h->top + (size_t)h->rows)
        scroll_to(h, row > (size_t)h->rows / 2 ? row - (size_t)h->rows / 2 : 0);
}

static bool find(struct help *h, size_t from, bool back)
{
    char *folded = h->search ? ks_text_fold(h->search) : NULL;
    bool found = false;
    for (size_t step = 0; folded && step < h->count && !found; step++) {
        size_t i = back ? (from + 2 * h->count - step) % h->count : (from + step) % h->count;
        found = line_matches(h, i, folded);
        if (found)
            show_match(h, i);
    }
    free(folded);
    return found;
}

static void search_changed(struct app *app, void *ctx, const char *text)
{
    struct help *h = ctx;
    free(h->search);
    h->search = text[0] ? ks_strdup(text) : NULL;
    h->match = h->count;
    (void)find(h, h->from, false);
    app_redraw(app);
}

static void search_done(struct app *app, void *ctx, const char *text)
{
    struct help *h = ctx;
    if (!text)
        h->match = h->count;
    else if (h->search && h->match == h->count)
        app_message(app, "Nothing in help matches %s.", h->search);
    app_redraw(app);
}

static void ask_search(struct app *app, struct help *h)
{
    h->from = h->top;
    prompt_ask(app, &(struct prompt_line){.label = "search in help: ",
                                          .changed = search_changed, .done = search_done}, h);
}

static enum ui_next search_again(struct app *app, struct help *h, bool back)
{
    size_t at = h->match < h->count ? h->match : h->top;
    if (h->count && !find(h, back ? at + h->count - 1 : at + 1, back))
        app_message(app, "Nothing in help matches %s.", h->search);
    return UI_REDRAW;
}

/* ---- commands ---- */

static bool scroll(struct help *h, enum ui_command_id id)
{
    size_t page = h->rows > 1 ? (size_t)h->rows - 1 : 1, half = (size_t)h->rows / 2 + 1;
    size_t down = id == CMD_DOWN ? 1 : id == CMD_HALF_DOWN ? half : id == CMD_PAGE_DOWN ? page : 0;
    size_t up = id == CMD_UP ? 1 : id == CMD_HALF_UP ? half : id == CMD_PAGE_UP ? page : 0;
    if (id == CMD_FIRST)
        scroll_to(h, 0);
    else if (id == CMD_LAST)
        scroll_to(h, h->height);
    else if (down)
        scroll_to(h, h->top + down);
    else if (up)
        scroll_to(h, h->top > up ? h->top - up : 0);
    else
        return false;
    return true;
}

static void show_pager(struct app *app, const struct help *h)
{
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < h->count; i++) {
        const struct line *l = &h->lines[i];
        if (l->keys)
            ks_buf_printf(&text, "  %-*s %s\n", KEY_CELLS, l->keys, l->text);
        else
            ks_buf_printf(&text, "%s%s\n", i ? "\n" : "", l->text);
    }
    app_pager(app, ks_buf_text(&text), text.len);
    ks_buf_free(&text);
}

static enum ui_next help_command(struct app *app, void *state, enum ui_command_id id)
{
    struct help *h = state;
    if (scroll(h, id))
        return UI_REDRAW;
    switch (id) {
    case CMD_SEARCH:
        ask_search(app, h);
        return UI_REDRAW;
    case CMD_SEARCH_NEXT:
        return search_again(app, h, false);
    case CMD_SEARCH_PREV:
        return search_again(app, h, true);
    case CMD_PAGER:
        show_pager(app, h);
        return UI_REDRAW;
    case CMD_HELP:
    case CMD_ENTER:
        return UI_CLOSE;
    default:
        return UI_IGNORED;
    }
}

static const char *help_disabled(struct app *app, void *state, enum ui_command_id id)
{
    const struct help *h = state;
    (void)app;
    bool again = id == CMD_SEARCH_NEXT || id == CMD_SEARCH_PREV;
    return again && !h->search ? "nothing was searched for yet; / searches" : NULL;
}

static enum ui_next help_key(struct app *app, void *state, struct ui_key key)
{
    struct help *h = state;
    (void)app;
    if (key.code != UI_KEY_MOUSE)
        return UI_IGNORED;
    enum ui_mouse_button button = ui_mouse().button;
    if (button == UI_MOUSE_UP || button == UI_MOUSE_DOWN)
        (void)scroll(h, button == UI_MOUSE_UP ? CMD_UP : CMD_DOWN);
    return UI_REDRAW;
}

const struct view view_help = {
    .name = "help",
    .context = ON_HELP,
    .state_size = sizeof(struct help),
    .open = help_open,
    .close = help_close,
    .draw = help_draw,
    .status = help_status,
    .command = help_command,
    .key = help_key,
    .disabled = help_disabled,
};
