/*
 * The command palette: every command by name, key or synonym, and some ready-made filters. What
 * cannot act now stays in the list and says why. While a line is selected, the subcommand that does
 * the same is shown below.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "tui/app.h"
#include "tui/line_edit.h"
#include "tui/list.h"
#include "tui/shell.h"
#include "tui/view_explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CELLS 24
#define KEY_CELLS 9

struct item {
    enum ui_command_id id;
    const char *argument; /* what the command would ask for; NULL = let it ask */
    const char *name;
    const char *key;      /* the keys of the table */
    const char *words;
    const char *synonyms;
    const char *cli;
};

/* Filters that people would otherwise have to know the words of. */
static const struct item presets[] = {
    /* clang-format off */
    {CMD_FILTER, "exp:<30d",      "filter: expires soon",   "", "filter exp:<30d: expired, or within 30 days", "expiring renew", "ksx list FILE --filter 'exp:<30d'"},
    {CMD_FILTER, "exp:expired",   "filter: expired",        "", "filter exp:expired",                          "old dates",      "ksx list FILE --filter exp:expired"},
    {CMD_FILTER, "sev:error",     "filter: errors",         "", "filter sev:error",                            "problems broken", "ksx list FILE --filter sev:error"},
    {CMD_FILTER, "type:key",      "filter: key pairs",      "", "filter type:key",                             "private",        "ksx list FILE --filter type:key"},
    {CMD_FILTER, "alg:rsa<2048",  "filter: short RSA keys", "", "filter alg:rsa<2048",                         "weak size",      "ksx list FILE --filter 'alg:rsa<2048'"},
    {CMD_SORT,   "e",             "sort: by expiry",        "", "earliest first",                              "order date",     "ksx list FILE --sort expiry"},
    {CMD_SORT,   "n",             "sort: by name",          "", "by alias",                                    "order alias",    "ksx list FILE --sort name"},
    {CMD_SORT,   "s",             "sort: by status",        "", "errors first",                                "order severity", "ksx list FILE --sort status"},
    {CMD_SORT,   "f",             "sort: file order",       "", "as in the file",                              "order unsorted", "ksx list FILE --sort file"},
    /* clang-format on */
};
#define PRESETS (sizeof presets / sizeof presets[0])

struct match {
    struct item item;
    int rank; /* smaller is better; its place breaks a tie */
};

struct palette {
    struct line_edit *edit;
    struct match *matches; /* room for all */
    struct list list;
};

/* ---- matching ---- */

/* Every word that was typed must be the beginning of a word of the command; if no command has them all
 * so, a part of one will do. What counts is where the first of them is. */
enum {
    RANK_NAME_START,
    RANK_KEY,
    RANK_NAME,
    RANK_WORDS,
    RANK_SYNONYM,
    RANK_INSIDE, /* + where it is inside of */
    RANK_NONE = RANK_INSIDE * 2 + 1,
};

static bool is_key(const char *keys, const char *word)
{
    size_t len = strlen(word);
    while (*keys) {
        size_t n = strcspn(keys, " ");
        if (n == len && strncmp(keys, word, n) == 0)
            return true;
        keys += n + (keys[n] == ' ');
    }
    return false;
}

/* The place in `text` where a word begins like that; NULL if none does. In names the parts between
 * "-" are words, elsewhere "-list" is one. */
static const char *word_beginning(const char *text, const char *folded, const char *between)
{
    char *low = ks_text_fold(text);
    const char *at = low;
    while ((at = strstr(at, folded)) != NULL && at != low && !strchr(between, at[-1]))
        at++;
    size_t place = at ? (size_t)(at - low) : 0;
    bool found = at && place <= strlen(text);
    free(low);
    return found ? text + place : NULL;
}

static int rank_folded(const struct item *item, const char *folded)
{
    if (strncmp(item->name, folded, strlen(folded)) == 0)
        return RANK_NAME_START;
    if (word_beginning(item->name, folded, " -:"))
        return RANK_NAME;
    if (word_beginning(item->words, folded, " (:"))
        return RANK_WORDS;
    if (word_beginning(item->synonyms, folded, " "))
        return RANK_SYNONYM;
    if (ks_text_contains_folded(item->name, folded))
        return RANK_INSIDE + RANK_NAME;
    if (ks_text_contains_folded(item->words, folded))
        return RANK_INSIDE + RANK_WORDS;
    return ks_text_contains_folded(item->synonyms, folded) ? RANK_INSIDE + RANK_SYNONYM : RANK_NONE;
}

static int rank_word(const struct item *item, const char *word)
{
    char *folded = ks_text_fold(word);
    int rank = rank_folded(item, folded);
    free(folded);
    return rank > RANK_KEY && is_key(item->key, word) ? RANK_KEY : rank;
}

static int rank_item(const struct item *item, const char *text)
{
    int best = RANK_NAME_START;
    bool inside = false;
    for (bool first = true; *text;) {
        size_t len = strcspn(text, " ");
        if (len) {
            char *word = ks_strndup(text, len);
            int rank = rank_word(item, word);
            free(word);
            if (rank == RANK_NONE)
                return RANK_NONE;
            inside = inside || rank >= RANK_INSIDE;
            best = first ? rank : best;
            first = false;
        }
        text += len + (text[len] == ' ');
    }
    return inside && best < RANK_INSIDE ? RANK_INSIDE + best : best;
}

static struct item item_of(const struct ui_command *c)
{
    return (struct item){c->id, NULL, c->name, c->keys, c->help, c->synonyms, c->cli};
}

static void offer(struct palette *p, size_t *count, const struct item *item, const char *text)
{
    int rank = rank_item(item, text);
    if (rank == RANK_NONE)
        return;
    size_t at = (*count)++;
    for (; at > 0 && p->matches[at - 1].rank > rank; at--)
        p->matches[at] = p->matches[at - 1];
    p->matches[at] = (struct match){*item, rank};
}

static void update(struct palette *p)
{
    const char *text = line_edit_text(p->edit);
    size_t count = 0, all;
    const struct ui_command *commands = ui_commands(&all);
    for (size_t i = 0; i < all; i++) {
        struct item item = item_of(&commands[i]);
        if (commands[i].id != CMD_PALETTE)
            offer(p, &count, &item, text);
    }
    for (size_t i = 0; i < PRESETS; i++)
        offer(p, &count, &presets[i], text);
    size_t good = 0;
    while (good < count && p->matches[good].rank < RANK_INSIDE)
        good++;
    count = good ? good : count;
    p->list.cursor = p->list.top = 0;
    list_fit(&p->list, count, p->list.rows ? p->list.rows : 1);
}

static const struct item *selected(const struct palette *p)
{
    return p->list.count ? &p->matches[p->list.cursor].item : NULL;
}

/* With the names of what is selected, so that it can be copied as it is. */
static void hint(struct app *app, const struct palette *p)
{
    const struct item *item = selected(p);
    const char *alias;
    const struct ui_file *f = app_selected(app, &alias);
    struct ks_buf command = KS_BUF_INIT;
    if (item && item->cli[0]) {
        shell_command(item->cli, f ? f->path : NULL, alias, &command);
        app_message(app, "As a command: %s", ks_buf_text(&command));
    }
    ks_buf_free(&command);
}

/* ---- life ---- */

static void palette_open(struct app *app, void *state, void *arg)
{
    struct palette *p = state;
    size_t all;
    (void)arg;
    (void)ui_commands(&all);
    p->edit = line_edit_new(false);
    p->matches = ks_alloc_array(all + PRESETS, sizeof *p->matches);
    update(p);
    hint(app, p);
}

static void palette_close(struct app *app, void *state)
{
    struct palette *p = state;
    (void)app;
    line_edit_free(p->edit);
    free(p->matches);
}

/* ---- drawing ---- */

/* "(expand) unfold, then go in": the synonym that was typed, so that nobody wonders what matched. */
static char *words_of(const struct palette *p, const struct match *m)
{
    const char *text = line_edit_text(p->edit);
    char *first = ks_strndup(text, strcspn(text, " ")), *folded = ks_text_fold(first);
    const char *synonym = m->rank == RANK_SYNONYM && *folded
                              ? word_beginning(m->item.synonyms, folded, " ")
                              : NULL;
    char *words = synonym ? ks_asprintf("(%.*s) %s", (int)strcspn(synonym, " "), synonym, m->item.words)
                          : ks_strdup(m->item.words);
    free(first);
    free(folded);
    return words;
}

static void draw_item(struct app *app, const struct palette *p, size_t i, int row, struct ui_rect box)
{
    const struct item *item = &p->matches[i].item;
    const char *why = app_disabled(app, item->id, true);
    bool chosen = i == p->list.cursor;
    struct ui_pen pen = ui_pen(row, box.col + 1, box.col + box.cols - 1, chosen ? ROLE_SELECT : ROLE_TEXT);
    enum ui_role role = pen.role;
    char key[16];
    pen.under = role;
    canvas_text(&pen, why ? " - " : "   ");
    canvas_text(&pen, item->name);
    canvas_pad(&pen, box.col + 4 + NAME_CELLS);
    snprintf(key, sizeof key, "%.*s", (int)strcspn(item->key, " "), item->key);
    pen.role = chosen ? role : ROLE_HOTKEY;
    canvas_text(&pen, key[0] ? key : "-");
    pen.role = role;
    canvas_pad(&pen, box.col + 4 + NAME_CELLS + KEY_CELLS);
    if (why) {
        canvas_text(&pen, "not here: ");
        canvas_ext_cut(&pen, why, pen.end - pen.col, CUT_END);
    } else {
        char *words = words_of(p, &p->matches[i]);
        canvas_ext_cut(&pen, words, pen.end - pen.col, CUT_END);
        free(words);
    }
    if (chosen)
        canvas_fill(&pen);
}

static struct ui_rect box_of(struct ui_rect area)
{
    int cols = area.cols < 92 ? area.cols : 92;
    int rows = area.rows < 18 ? area.rows : 18;
    return (struct ui_rect){area.row, area.col + (area.cols - cols) / 2, rows, cols};
}

static void palette_draw(struct app *app, void *state, struct ui_rect area)
{
    struct palette *p = state;
    struct ui_rect box = box_of(area);
    canvas_box(box, "Commands", "Enter run  Esc back");
    struct ui_pen pen = ui_pen(box.row + 1, box.col + 1, box.col + box.cols - 1, ROLE_LABEL);
    canvas_text(&pen, " : ");
    struct ui_rect list = {box.row + 2, box.col + 1, box.rows - 3, box.cols - 2};
    list_fit(&p->list, p->list.count, list.rows);
    for (int r = 0; r < list.rows && p->list.top + (size_t)r < p->list.count; r++)
        draw_item(app, p, p->list.top + (size_t)r, list.row + r, box);
    if (p->list.count == 0) {
        pen = ui_pen(list.row, box.col + 4, box.col + box.cols - 1, ROLE_TEXT);
        canvas_text(&pen, "No command matches. Y explains an error message.");
    }
    line_edit_draw(p->edit, box.row + 1, box.col + 4, box.col + box.cols - 2, ' ');
}

/* ---- keys ---- */

static enum ui_next run_selected(struct app *app, struct palette *p)
{
    const struct item *item = selected(p);
    if (!item)
        return UI_STAY;
    const char *why = app_disabled(app, item->id, true);
    if (why) {
        app_message(app, "%s: not here: %s", item->name, why);
        return UI_REDRAW;
    }
    app_run(app, item->id, item->argument);
    return UI_CLOSE;
}

static bool moves(struct palette *p, struct ui_key key)
{
    enum ui_command_id id = CMD_NONE;
    if (key.code == UI_KEY_DOWN || key.code == UI_KEY_TAB || ui_key_is(key, 'N' - 0x40))
        id = CMD_DOWN;
    else if (key.code == UI_KEY_UP || key.code == UI_KEY_BACKTAB || ui_key_is(key, 'P' - 0x40))
        id = CMD_UP;
    else if (key.code == UI_KEY_PGDN)
        id = CMD_PAGE_DOWN;
    else if (key.code == UI_KEY_PGUP)
        id = CMD_PAGE_UP;
    return id != CMD_NONE && list_command(&p->list, id);
}

static enum line_result edit(struct palette *p, struct ui_key key)
{
    size_t len;
    if (key.code != UI_KEY_PASTE)
        return line_edit_key(p->edit, key);
    const char *text = ui_paste(&len);
    (void)line_edit_insert(p->edit, text, len, NULL);
    return LINE_CHANGED;
}

static enum ui_next palette_key(struct app *app, void *state, struct ui_key key)
{
    struct palette *p = state;
    if (key.code == UI_KEY_MOUSE)
        return UI_STAY;
    if (key.code == UI_KEY_PASTE && explain_pasted(app))
        return UI_CLOSE;
    if (moves(p, key)) {
        hint(app, p);
        return UI_REDRAW;
    }
    switch (edit(p, key)) {
    case LINE_ENTER:
        return run_selected(app, p);
    case LINE_CANCEL:
        return UI_CLOSE;
    case LINE_CHANGED:
        update(p);
        break;
    default:
        break;
    }
    hint(app, p);
    return UI_REDRAW;
}

static bool palette_grabs(struct app *app, void *state)
{
    (void)app, (void)state;
    return true;
}

const struct view view_palette = {
    .name = "palette",
    .state_size = sizeof(struct palette),
    .overlay = true,
    .open = palette_open,
    .close = palette_close,
    .draw = palette_draw,
    .key = palette_key,
    .grabs_keys = palette_grabs,
};
