#include "tui/prompt.h"

#include "base/alloc.h"
#include "tui/app_state.h"
#include "tui/line_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct prompt {
    void *ctx;
    /* a line of text */
    struct prompt_line line;
    char *label;
    struct line_edit *edit;
    /* or a letter */
    const struct prompt_choice *choices;
    size_t choice_count;
    void (*chosen)(struct app *app, void *ctx, char key);
};

static void prompt_free(struct prompt *p)
{
    line_edit_free(p->edit);
    free(p->label);
    free(p);
}

static struct prompt *replace_prompt(struct app *app, const char *label, void *ctx)
{
    prompt_drop(app, NULL);
    struct prompt *p = ks_alloc(sizeof *p);
    p->ctx = ctx;
    p->label = ks_strdup(label);
    app->prompt = p;
    app->dirty = true;
    return p;
}

void prompt_ask(struct app *app, const struct prompt_line *line, void *ctx)
{
    struct prompt *p = replace_prompt(app, line->label, ctx);
    p->line = *line;
    p->edit = line_edit_new(false);
    if (line->initial)
        line_edit_set(p->edit, line->initial);
}

void prompt_choose(struct app *app, const char *label, const struct prompt_choice *choices,
                   size_t count, void (*done)(struct app *app, void *ctx, char key), void *ctx)
{
    struct prompt *p = replace_prompt(app, label, ctx);
    p->choices = choices;
    p->choice_count = count;
    p->chosen = done;
}

void prompt_drop(struct app *app, const void *ctx)
{
    if (!app->prompt || (ctx && app->prompt->ctx != ctx))
        return;
    prompt_free(app->prompt);
    app->prompt = NULL;
    app->dirty = true;
}

/* Answered: the prompt is gone before done() runs, which may ask the next question. */
static void answer_line(struct app *app, bool accepted)
{
    struct prompt *p = app->prompt;
    app->prompt = NULL;
    app->dirty = true;
    p->line.done(app, p->ctx, accepted ? line_edit_text(p->edit) : NULL);
    prompt_free(p);
}

static void answer_choice(struct app *app, char key)
{
    struct prompt *p = app->prompt;
    app->prompt = NULL;
    app->dirty = true;
    p->chosen(app, p->ctx, key);
    prompt_free(p);
}

static void choice_key(struct app *app, struct ui_key key)
{
    struct prompt *p = app->prompt;
    if (key.code == UI_KEY_ESC || ui_key_is(key, 'C' - 0x40) || ui_key_is(key, 'q')) {
        answer_choice(app, 0);
        return;
    }
    for (size_t i = 0; i < p->choice_count; i++) {
        if (ui_key_is(key, p->choices[i].key)) {
            answer_choice(app, p->choices[i].key);
            return;
        }
    }
}

static void changed(struct app *app)
{
    struct prompt *p = app->prompt;
    if (p->line.changed)
        p->line.changed(app, p->ctx, line_edit_text(p->edit));
}

static void line_key(struct app *app, struct ui_key key)
{
    struct prompt *p = app->prompt;
    enum line_result r;
    if (key.code == UI_KEY_PASTE) {
        size_t len;
        const char *text = ui_paste(&len);
        r = line_edit_insert(p->edit, text, len, NULL);
        if (r == LINE_REFUSED)
            r = LINE_CHANGED; /* the first line of it went in */
    } else {
        r = line_edit_key(p->edit, key);
    }
    /* Backspace in an empty prompt leaves it, as in less and vi. */
    if (key.code == UI_KEY_BACKSPACE && r == LINE_MOVED && line_edit_length(p->edit) == 0)
        r = LINE_CANCEL;
    switch (r) {
    case LINE_CHANGED:
        changed(app);
        break;
    case LINE_ENTER:
        if (!p->line.accept || p->line.accept(app, p->ctx, line_edit_text(p->edit)))
            answer_line(app, true);
        break;
    case LINE_CANCEL:
        answer_line(app, false);
        break;
    case LINE_IGNORED:
    case LINE_MOVED:
    case LINE_REFUSED:
        break;
    }
}

void prompt_key(struct app *app, struct ui_key key)
{
    app->dirty = true;
    if (app->prompt->edit)
        line_key(app, key);
    else
        choice_key(app, key);
}

/* ---- drawing ---- */

/* "[e]xpiry": the letter in brackets is the key. */
static void draw_words(struct ui_pen *pen, const char *words)
{
    for (; *words; words++) {
        char one[2] = {*words, '\0'};
        bool hot = words[0] != '[' && words[0] != ']' && words[1] == ']';
        pen->role = hot ? ROLE_HOTKEY : ROLE_TEXT;
        if ((unsigned char)*words < 0x80)
            canvas_text(pen, one);
    }
    pen->role = ROLE_TEXT;
}

static void draw_choices(const struct prompt *p, struct ui_pen pen)
{
    canvas_text(&pen, p->label);
    for (size_t i = 0; i < p->choice_count; i++) {
        canvas_text(&pen, i ? "  " : " ");
        draw_words(&pen, p->choices[i].words);
    }
    canvas_cursor(pen.row, pen.col < pen.end ? pen.col : pen.end - 1, true);
    canvas_text(&pen, "  Esc");
}

/* What is typed has half of the row at least; the note gives way. */
void prompt_draw(struct app *app, int row)
{
    struct prompt *p = app->prompt;
    struct ui_pen pen = ui_pen(row, 1, app->cols, ROLE_TEXT);
    if (!p->edit) {
        draw_choices(p, pen);
        return;
    }
    char note[PROMPT_NOTE] = "";
    if (p->line.note)
        p->line.note(app, p->ctx, note);
    canvas_text(&pen, p->label);
    int noted = canvas_width(note, strlen(note)), room = app->cols - pen.col;
    int text = canvas_width(line_edit_text(p->edit), line_edit_length(p->edit)) + 1;
    int least = text < room / 2 ? text : room / 2;
    least = least < 16 ? 16 : least;
    noted = noted + 3 < room - least ? noted : room - least - 3;
    noted = noted < 8 ? 0 : noted;
    int end = app->cols - 1 - noted;
    line_edit_draw(p->edit, row, pen.col, noted ? end - 2 : app->cols, ' ');
    pen.col = end;
    canvas_ext_cut(&pen, note, noted, CUT_END);
}

const char *prompt_bar(const struct app *app)
{
    const struct prompt *p = app->prompt;
    return !p->edit       ? "one letter chooses  Esc cancel"
           : p->line.hint ? p->line.hint
                          : "Enter keep  Esc cancel  ^U clear  ^W delete word";
}
