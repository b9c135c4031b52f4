/*
 * The password box: typed into locked memory, tried on a worker thread, asked again in place when
 * it does not fit. After five tries it closes; nothing is locked out and nothing is delayed.
 */
#include "tui/dialog.h"

#include "base/alloc.h"
#include "tui/app_state.h"
#include "tui/line_edit.h"
#include "tui/term.h"
#include "tui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 5
#define REVEAL_MS 10000
#define BOX_WIDTH 46

struct password_state {
    struct password_ask ask;
    struct line_edit *edit;
    int tries;     /* wrong ones so far */
    bool capitals; /* the last try */
    bool working, answered;
    bool first, enter; /* the first try is under way; Enter was pressed meanwhile */
    enum ks_code code; /* of the last try */
    struct ks_error err;
    const char *remark; /* about the last key; NULL */
    int64_t revealed_until;
    unsigned suspends;
};

struct attempt {
    struct password_state *box;
    struct ks_secret *password;
    enum ks_code code;
    struct ks_error err;
};

static void answer(struct app *app, struct password_state *s, enum ks_code code)
{
    if (s->answered)
        return;
    s->answered = true;
    s->ask.done(app, s->ask.ctx, code, &s->err);
}

static void box_close(struct app *app, void *state)
{
    struct password_state *s = state;
    answer(app, s, KS_ERR_CANCELLED);
    line_edit_free(s->edit);
    free(s->ask.title);
    free(s->ask.facts);
}

static enum ui_next finish(struct app *app, struct password_state *s, enum ks_code code)
{
    answer(app, s, code);
    return UI_CLOSE;
}

/* ---- trying ---- */

static void attempt_run(struct ks_job *job, void *arg)
{
    struct attempt *a = arg;
    a->code = a->box->ask.attempt(job, a->box->ask.ctx, a->password, &a->err);
}

static void judge(struct app *app, struct password_state *s, bool typed)
{
    bool again = s->code == KS_ERR_PASSWORD || s->code == KS_ERR_PASSWORD_NEEDED;
    if (s->code == KS_ERR_PASSWORD && typed)
        s->tries++;
    if (s->code == KS_ERR_CANCELLED) {
        s->remark = "Stopped. The password was not tried.";
        return;
    }
    if (again && s->tries < TRIES)
        return;
    answer(app, s, s->code);
    app_close_view(app, s);
}

static void try_it(struct app *app, struct password_state *s);

/* Nothing was asked yet, so nothing was wrong: the box shows itself, with what was typed so far. */
static void ask_now(struct app *app, struct password_state *s)
{
    s->code = KS_OK;
    if (s->enter)
        try_it(app, s);
}

static void attempt_done(struct app *app, void *arg, bool cancelled)
{
    struct attempt *a = arg;
    struct password_state *s = a->box;
    bool first = s->first, typed = a->password && !first;
    s->working = s->first = false;
    s->code = cancelled && a->code != KS_OK ? KS_ERR_CANCELLED : a->code;
    s->err = a->err;
    ks_secret_free(a->password);
    free(a);
    bool wrong = s->code == KS_ERR_PASSWORD || s->code == KS_ERR_PASSWORD_NEEDED;
    if (!app->quitting && first && wrong)
        ask_now(app, s);
    else if (!app->quitting && first && s->code == KS_ERR_CANCELLED)
        app_apply(app, s, finish(app, s, s->code));
    else if (!app->quitting)
        judge(app, s, typed);
    app->dirty = true;
}

static void start_attempt(struct app *app, struct password_state *s, struct ks_secret *password)
{
    struct attempt *a = ks_alloc(sizeof *a);
    a->box = s;
    a->password = password;
    s->working = true;
    app_work(app, "trying the password", attempt_run, a, attempt_done);
}

static void try_it(struct app *app, struct password_state *s)
{
    bool typed = line_edit_length(s->edit) > 0;
    if (!typed && !s->ask.advice) {
        s->remark = "Type the password first.";
        return;
    }
    struct ks_secret *password = typed ? line_edit_secret(s->edit) : NULL;
    s->capitals = line_edit_all_capitals(s->edit);
    s->remark = NULL;
    line_edit_reveal(s->edit, false);
    line_edit_set(s->edit, "");
    start_attempt(app, s, password);
}

static void box_open(struct app *app, void *state, void *arg)
{
    struct password_state *s = state;
    s->ask = *(const struct password_ask *)arg;
    s->edit = line_edit_new(true);
    s->suspends = app->suspends;
    if (!s->ask.first_try)
        return;
    s->first = true;
    start_attempt(app, s, ks_secret_dup(s->ask.first));
}

/* ---- keys ---- */

static void paste(struct password_state *s)
{
    size_t len;
    bool dropped;
    const char *text = ui_paste(&len);
    enum line_result r = line_edit_insert(s->edit, text, len, &dropped);
    if (r == LINE_REFUSED)
        s->remark = "Pasted up to the first line end only.";
    else if (dropped)
        s->remark = "Pasted; the line end was dropped.";
}

static enum ui_next box_key(struct app *app, void *state, struct ui_key key)
{
    struct password_state *s = state;
    bool stop = key.code == UI_KEY_ESC || ui_key_is(key, 'C' - 0x40);
    if (s->working && stop)
        app_work_cancel(app);
    if (s->working && (stop || !s->first))
        return UI_REDRAW;
    s->remark = NULL;
    if (stop)
        return finish(app, s, KS_ERR_CANCELLED);
    if (s->first && key.code == UI_KEY_ENTER) {
        s->enter = line_edit_length(s->edit) > 0;
        return UI_REDRAW;
    }
    if (key.code == UI_KEY_PASTE) {
        paste(s);
        return UI_REDRAW;
    }
    bool was_revealed = line_edit_revealed(s->edit);
    switch (line_edit_key(s->edit, key)) {
    case LINE_ENTER:
        try_it(app, s);
        break;
    case LINE_REFUSED:
        s->remark = "That is too long for a password.";
        break;
    case LINE_IGNORED:
        s->remark = "Not a key of this box: Enter tries the password, Esc leaves it locked.";
        break;
    default:
        break;
    }
    if (!was_revealed && line_edit_revealed(s->edit)) {
        s->revealed_until = term_now() + REVEAL_MS;
        app_wake_in(app, REVEAL_MS);
    }
    return UI_REDRAW;
}

static bool box_grabs(struct app *app, void *state)
{
    (void)app, (void)state;
    return true;
}

static enum ui_next box_idle(struct app *app, void *state)
{
    struct password_state *s = state;
    if (!line_edit_revealed(s->edit))
        return UI_STAY;
    int64_t rest = s->revealed_until - term_now();
    if (rest > 0) {
        app_wake_in(app, (int)rest);
        return UI_STAY;
    }
    line_edit_reveal(s->edit, false);
    return UI_REDRAW;
}

/* ---- drawing ---- */

struct words { /* a paragraph and the badge before it */
    struct wrapped text;
    enum ui_role badge;
};

static void set_words(struct words *w, enum ui_role badge, const char *text, int width)
{
    w->badge = badge;
    wrapped_set(&w->text, text, width, false);
}

static void heading(const struct password_state *s, struct words *w, int width)
{
    char text[640];
    if (s->code == KS_ERR_PASSWORD && s->tries > 0) {
        snprintf(text, sizeof text, "The password does not fit (try %d of %d).\n%s", s->tries + 1,
                 TRIES, s->err.what);
        set_words(w, ROLE_ERROR, text, width - 2);
    } else if (s->code == KS_ERR_PASSWORD_NEEDED || s->code == KS_ERR_PASSWORD) {
        set_words(w, ROLE_WARNING, s->err.what, width - 2);
    } else if (s->ask.facts) {
        set_words(w, ROLE_TEXT, s->ask.facts, width - 1);
    }
}

static void footing(const struct app *app, const struct password_state *s, struct words *w,
                    int width)
{
    char progress[160];
    const char *text = s->ask.advice;
    if (s->working && work_progress(app, progress, sizeof progress))
        text = progress; /* a try that is over soon changes nothing */
    else if (s->remark)
        text = s->remark;
    else if (s->capitals && s->tries > 0)
        text = "Hint: the last try was all capitals; is Caps Lock on?";
    if (text)
        set_words(w, ROLE_TEXT, text, width);
}

static int draw_words(const struct words *w, struct ui_rect box, int row, size_t most)
{
    for (size_t i = 0; i < w->text.count && i < most; i++, row++) {
        struct ui_pen pen = ui_pen(row, box.col + 2, box.col + box.cols - 1, w->badge);
        if (i == 0 && w->badge != ROLE_TEXT)
            canvas_glyph(&pen, w->badge == ROLE_ERROR ? GLYPH_ERROR : GLYPH_WARNING);
        pen.role = ROLE_TEXT;
        if (w->badge != ROLE_TEXT)
            pen.col = box.col + 4;
        wrapped_draw(&w->text, i, &pen);
    }
    return row;
}

static void draw_field(const struct password_state *s, struct ui_rect box, int row)
{
    struct ui_pen pen = ui_pen(row, box.col + 2, box.col + box.cols - 2, ROLE_LABEL);
    canvas_text(&pen, "Password");
    pen.role = ROLE_TEXT;
    canvas_text(&pen, " [");
    int from = pen.col, to = box.col + box.cols - 3;
    pen.col = to;
    canvas_text(&pen, "]");
    line_edit_draw(s->edit, row, from, to, '_');
}

static void draw_hints(const struct password_state *s, struct ui_rect box, int row)
{
    char text[64];
    struct ui_pen pen = ui_pen(row, box.col + 11, box.col + box.cols - 1, ROLE_TEXT);
    snprintf(text, sizeof text, "^T %s    try %d of %d",
             line_edit_revealed(s->edit) ? "hide         " : "show for 10 s", s->tries + 1, TRIES);
    canvas_text(&pen, text);
}

static size_t at_most(size_t want, int room)
{
    return room <= 0 ? 0 : want < (size_t)room ? want : (size_t)room;
}

static void box_draw(struct app *app, void *state, struct ui_rect area)
{
    struct password_state *s = state;
    char progress[160];
    if (s->first && !work_progress(app, progress, sizeof progress))
        return; /* most often it is over before it could be read */
    if (s->suspends != app->suspends) {
        s->suspends = app->suspends;
        line_edit_reveal(s->edit, false);
    }
    int width = area.cols < BOX_WIDTH ? area.cols : BOX_WIDTH;
    struct words head = {0}, foot = {0};
    heading(s, &head, width - 4);
    footing(app, s, &foot, width - 4);
    /* frame 2, field 1; then, as far as there is room: foot, head, hints, blank rows */
    int spare = area.rows - 3;
    size_t head_rows = at_most(head.text.count, spare - 1);
    size_t foot_rows = at_most(foot.text.count, spare - (int)head_rows);
    spare -= (int)(head_rows + foot_rows);
    bool hints = spare > 0;
    bool gaps = spare > 3;
    int rows = 3 + (int)(head_rows + foot_rows) + hints + (gaps ? 2 : 0);
    struct ui_rect box = {area.row + (area.rows - rows) / 2, area.col + (area.cols - width) / 2,
                          rows, width};
    bool slow = s->working && work_progress(app, progress, sizeof progress);
    canvas_box(box, s->ask.title, slow ? "Esc stop" : "Enter unlock  Esc leave locked");
    int row = draw_words(&head, box, box.row + 1, head_rows) + gaps;
    int field = row++;
    if (hints)
        draw_hints(s, box, row++);
    draw_words(&foot, box, row + gaps, foot_rows);
    draw_field(s, box, field);
    wrapped_free(&head.text);
    wrapped_free(&foot.text);
}

static const struct view view_password = {
    .name = "password",
    .state_size = sizeof(struct password_state),
    .overlay = true,
    .open = box_open,
    .close = box_close,
    .draw = box_draw,
    .key = box_key,
    .grabs_keys = box_grabs,
    .idle = box_idle,
};

void password_box(struct app *app, const struct password_ask *ask)
{
    struct password_ask copy = *ask;
    app_push(app, &view_password, &copy);
}
