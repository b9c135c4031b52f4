#include "tui/wizard.h"

#include "base/alloc.h"
#include "report/plan.h"
#include "tui/app_state.h"
#include "tui/detail.h"
#include "tui/dialog.h"
#include "tui/term.h"
#include "tui/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_COLUMNS 17 /* of the list of steps */
#define STEPS_FROM 76    /* columns of the screen from which there is one */
#define REVEAL_MS 10000

/* ---- passwords of entries ---- */

struct key_password {
    const struct ks_entry *entry;
    struct ks_secret *password; /* NULL: left out on purpose */
};

/* The worker reads the list and notes the first entry it has no password for; the UI thread adds to
 * it between two runs of the worker. */
struct wizard_keys {
    struct key_password *known;
    size_t count;
    struct ks_store *store_of_wanted; /* borrowed, like the entry */
    struct ks_entry *wanted;
};

static struct ks_secret *answer_key(void *ctx, const struct ks_store *store,
                                    const struct ks_entry *entry, const struct ks_error *why)
{
    struct wizard_keys *k = ctx;
    (void)why;
    for (size_t i = 0; i < k->count; i++)
        if (k->known[i].entry == entry)
            return ks_secret_ref(k->known[i].password);
    if (!k->wanted) {
        k->wanted = (struct ks_entry *)(uintptr_t)entry;
        k->store_of_wanted = (struct ks_store *)(uintptr_t)store;
    }
    return NULL;
}

struct ks_key_passwords wizard_key_passwords(struct wizard_keys *keys)
{
    return (struct ks_key_passwords){answer_key, keys};
}

static void learn_key(struct wizard_keys *k, struct ks_secret *password /* taken */)
{
    k->known = ks_realloc(k->known, (k->count + 1) * sizeof *k->known);
    k->known[k->count++] = (struct key_password){k->wanted, password};
    k->wanted = NULL;
}

static void drop_keys(struct wizard_keys *k)
{
    for (size_t i = 0; i < k->count; i++)
        ks_secret_free(k->known[i].password);
    free(k->known);
}

/* ---- state ---- */

struct wizard {
    const struct wizard_def *def;
    char *title;
    void *ctx;
    struct form *form;
    struct wizard_keys keys;
    bool reviewing, working, leaving, closed;
    struct ks_plan plan;
    struct detail detail; /* the review */
    size_t losses;
    int64_t revealed_until;
    unsigned suspends;
    char bar[80]; /* the key bar of the review */
};

struct wizard_arg {
    const struct wizard_def *def;
    char *title;
    void *ctx;
};

static void make_plan(struct app *app, struct wizard *w);

static void open_wizard(struct app *app, void *state, void *arg)
{
    struct wizard *w = state;
    const struct wizard_arg *a = arg;
    *w =
        (struct wizard){.def = a->def, .title = a->title, .ctx = a->ctx, .suspends = app->suspends};
    w->form = form_new(a->def->fields, a->def->field_count, a->ctx);
    if (a->def->fill)
        a->def->fill(w->form, w->ctx);
    form_set_page(w->form, 0);
    if (a->def->page_count == 0)
        make_plan(app, w);
}

static void close_wizard(struct app *app, void *state)
{
    struct wizard *w = state;
    (void)app;
    ks_plan_drop(&w->plan);
    detail_free(&w->detail);
    form_free(w->form);
    drop_keys(&w->keys);
    free(w->title);
    if (w->def->free)
        w->def->free(w->ctx);
}

/* ---- the plan ---- */

struct planning {
    struct wizard *w;
    struct ks_plan plan;
    enum ks_code code;
    struct ks_error err;
};

static void planning_run(struct ks_job *job, void *arg)
{
    struct planning *p = arg;
    p->code = p->w->def->plan(p->w->ctx, &p->w->keys, job, &p->plan, &p->err);
}

static void show_review(struct wizard *w, struct report report)
{
    w->detail.section = REPORT_SUMMARY;
    detail_set(&w->detail, report, false);
    w->reviewing = true;
}

static void review_plan(struct wizard *w, struct ks_plan *plan)
{
    struct report report;
    ks_plan_drop(&w->plan);
    w->plan = *plan;
    *plan = (struct ks_plan){0};
    w->losses = ks_plan_losses(&w->plan);
    report_plan(&w->plan, &report);
    show_review(w, report);
}

/* ---- an entry whose password is not known ---- */

struct key_question {
    struct wizard *w;
    struct ks_secret *password;
};

static enum ks_code try_key(struct ks_job *job, void *ctx, const struct ks_secret *password,
                            struct ks_error *err)
{
    struct key_question *q = ctx;
    struct ks_unlocked told;
    enum ks_code rc =
        ks_unlock(q->w->keys.store_of_wanted, q->w->keys.wanted, password, job, &told, err);
    if (rc == KS_OK && password) {
        ks_secret_free(q->password);
        q->password = ks_secret_dup(password);
    }
    return rc;
}

static void key_asked(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    struct key_question *q = ctx;
    struct wizard *w = q->w;
    (void)err;
    if (!app->quitting && code == KS_OK) {
        learn_key(&w->keys, q->password);
        q->password = NULL;
        make_plan(app, w);
    } else if (!app->quitting) {
        /* Left locked: the entry stays behind, and the review says so. */
        app_warn(app, "%s is left out: its password was not given.", w->keys.wanted->alias);
        learn_key(&w->keys, NULL);
        make_plan(app, w);
    }
    ks_secret_free(q->password);
    free(q);
}

static void ask_key(struct app *app, struct wizard *w)
{
    struct key_question *q = ks_alloc(sizeof *q);
    *q = (struct key_question){.w = w};
    password_box(app, &(struct password_ask){
                          .title = ks_asprintf("Password of the key %s", w->keys.wanted->alias),
                          .facts = ks_strdup("It has its own, not the keystore's. Esc leaves the "
                                             "entry out."),
                          .attempt = try_key,
                          .done = key_asked,
                          .ctx = q,
                      });
}

static void planning_done(struct app *app, void *arg, bool cancelled)
{
    struct planning *p = arg;
    struct wizard *w = p->w;
    w->working = false;
    if (app->quitting) {
        /* nobody looks any more */
    } else if (w->keys.wanted && !cancelled) {
        ask_key(app, w);
    } else if (p->code == KS_OK) {
        review_plan(w, &p->plan);
    } else if (p->code != KS_ERR_CANCELLED) {
        app_error(app, &p->err);
    }
    if (!w->reviewing && p->code != KS_OK && w->def->page_count == 0 && !app->quitting)
        app_close_view(app, w); /* there is no page to go back to */
    ks_plan_drop(&p->plan);
    free(p);
    app->dirty = true;
}

static void make_plan(struct app *app, struct wizard *w)
{
    if (w->def->collect)
        w->def->collect(w->form, w->ctx);
    if (!w->def->plan) {
        struct report report = {0};
        w->def->review(w->ctx, &report);
        show_review(w, report);
        return;
    }
    struct planning *p = ks_alloc(sizeof *p);
    *p = (struct planning){.w = w};
    w->working = true;
    app_work(app, "preparing the change", planning_run, p, planning_done);
}

/* ---- applying ---- */

struct acting {
    struct wizard *w;
    enum ks_code code;
    struct ks_error err;
};

static void acting_run(struct ks_job *job, void *arg)
{
    struct acting *a = arg;
    a->code = a->w->def->act(a->w->ctx, job, &a->err);
}

static void acting_done(struct app *app, void *arg, bool cancelled)
{
    struct acting *a = arg;
    struct wizard *w = a->w;
    (void)cancelled; /* what was done is done: the code says it */
    w->working = false;
    bool done = w->def->acted(app, w->ctx, a->code, &a->err);
    free(a);
    if (done && !app->quitting)
        app_close_view(app, w);
    app->dirty = true;
}

static void act(struct app *app, struct wizard *w)
{
    struct acting *a = ks_alloc(sizeof *a);
    *a = (struct acting){.w = w};
    w->working = true;
    app_work(app, "writing", acting_run, a, acting_done);
}

static enum ui_next apply(struct app *app, struct wizard *w)
{
    const char *why = w->def->refused ? w->def->refused(app, w->ctx) : NULL;
    if (why) {
        app_warn(app, "%s", why);
        return UI_REDRAW;
    }
    if (w->def->act) {
        act(app, w);
        return UI_REDRAW;
    }
    if (w->losses && w->def->losses_block) {
        app_warn(app, "Something would be lost. PgUp goes back; leave those entries out there.");
        return UI_REDRAW;
    }
    files_will_change(app, w->plan.target);
    struct ks_store *made = ks_plan_apply(&w->plan);
    if (w->def->applied)
        w->def->applied(app, w->ctx, made);
    else
        ks_store_free(made);
    return UI_CLOSE;
}

/* ---- keys ---- */

static enum ui_next next_page(struct app *app, struct wizard *w)
{
    if (!form_check_page(w->form)) {
        size_t wrong = form_wrong(w->form);
        app_warn(app, "%zu field%s need%s attention. Next stays here until then.", wrong,
                 wrong == 1 ? "" : "s", wrong == 1 ? "s" : "");
        return UI_REDRAW;
    }
    if (form_page(w->form) + 1 < w->def->page_count)
        form_set_page(w->form, form_page(w->form) + 1);
    else
        make_plan(app, w);
    return UI_REDRAW;
}

static enum ui_next page_back(struct app *app, struct wizard *w)
{
    if (w->reviewing && w->def->page_count > 0) {
        w->reviewing = false;
        drop_keys(&w->keys);
        w->keys = (struct wizard_keys){0};
    } else if (form_page(w->form) > 0) {
        form_set_page(w->form, form_page(w->form) - 1);
    } else {
        app_message(app, "This is the first page. Esc leaves.");
    }
    return UI_REDRAW;
}

static enum ui_next leave(struct app *app, struct wizard *w)
{
    if (form_touched(w->form) && !w->leaving) {
        w->leaving = true;
        app_warn(app, "Esc again leaves and forgets what was typed.");
        return UI_REDRAW;
    }
    return UI_CLOSE;
}

static void help(struct app *app, const struct wizard *w)
{
    const char *hint = w->reviewing ? "" : form_hint(w->form);
    char *text = ks_asprintf(
        "%s%sTab or Down: next field. Shift-Tab or Up: the one before. Left, Right, Space: change "
        "a choice or a tick. PgDn: next page, PgUp: back. ^T shows a password for 10 seconds. "
        "Esc leaves; nothing is changed before the review is applied, and nothing is written to "
        "disk before w.",
        hint, hint[0] ? "\n\n" : "");
    notice_show(app, w->title, text);
    free(text);
}

static enum ui_next review_key(struct app *app, struct wizard *w, struct ui_key key)
{
    char letter = w->def->apply_key;
    if (letter ? ui_key_is(key, letter) : key.code == UI_KEY_ENTER)
        return apply(app, w);
    if (key.code == UI_KEY_ENTER) {
        app_message(app, "Enter does nothing here: %c is the key to %s. Esc leaves.", letter,
                    w->def->apply_word);
        return UI_REDRAW;
    }
    enum ui_command_id id = ui_command_for_key(key, ON_DETAIL);
    if (id == CMD_PAGE_DOWN || id == CMD_PAGE_UP)
        return UI_REDRAW;
    return detail_command(&w->detail, id) ? UI_REDRAW : UI_STAY;
}

static enum ui_next form_result(struct app *app, struct wizard *w, enum form_result r)
{
    switch (r) {
    case FORM_NEXT:
        return next_page(app, w);
    case FORM_REFUSED:
        app_message(app, "That does not fit into this field.");
        return UI_REDRAW;
    case FORM_IGNORED:
        app_message(app, "Not a key of this form. ^G says which are.");
        return UI_REDRAW;
    case FORM_CHANGED:
        if (w->def->changed)
            w->def->changed(w->form, w->ctx, form_cursor_id(w->form));
        break;
    case FORM_STAY:
        break;
    }
    if (form_shows_secret(w->form)) {
        w->revealed_until = term_now() + REVEAL_MS;
        app_wake_in(app, REVEAL_MS);
    }
    return UI_REDRAW;
}

static enum ui_next key_wizard(struct app *app, void *state, struct ui_key key)
{
    struct wizard *w = state;
    bool stop = key.code == UI_KEY_ESC || ui_key_is(key, 'C' - 0x40);
    if (w->working) {
        if (stop)
            app_work_cancel(app);
        else
            app_message(app, "Not yet: this is still being worked on. Esc stops it.");
        return UI_REDRAW;
    }
    if (stop)
        return leave(app, w);
    w->leaving = false;
    if (ui_key_is(key, 'G' - 0x40) || key.code == UI_KEY_F1) {
        help(app, w);
        return UI_REDRAW;
    }
    if (key.code == UI_KEY_PGUP)
        return page_back(app, w);
    if (w->reviewing)
        return review_key(app, w, key);
    if (key.code == UI_KEY_PGDN)
        return next_page(app, w);
    return form_result(app, w, form_key(w->form, key));
}

static bool grabs(struct app *app, void *state)
{
    (void)app, (void)state;
    return true;
}

static enum ui_next idle(struct app *app, void *state)
{
    struct wizard *w = state;
    if (!form_shows_secret(w->form))
        return UI_STAY;
    int64_t rest = w->revealed_until - term_now();
    if (rest > 0) {
        app_wake_in(app, (int)rest);
        return UI_STAY;
    }
    return form_hide_secrets(w->form) ? UI_REDRAW : UI_STAY;
}

/* ---- drawing ---- */

static size_t step_count(const struct wizard *w)
{
    return w->def->page_count + 1;
}

static size_t step_now(const struct wizard *w)
{
    return w->reviewing || w->def->page_count == 0 ? w->def->page_count : form_page(w->form);
}

static const char *step_name(const struct wizard *w, size_t i)
{
    return i < w->def->page_count ? w->def->pages[i].name : "Review";
}

static void draw_title(const struct wizard *w, struct ui_rect area, bool listed)
{
    char step[64] = "";
    struct ui_pen pen = ui_pen(area.row, area.col, area.col + area.cols, ROLE_LABEL);
    if (listed)
        snprintf(step, sizeof step, "Step %zu of %zu", step_now(w) + 1, step_count(w));
    else if (step_count(w) > 1)
        snprintf(step, sizeof step, "Step %zu of %zu: %s", step_now(w) + 1, step_count(w),
                 step_name(w, step_now(w)));
    int width = (int)strlen(step);
    canvas_text(&pen, " ");
    canvas_ext_cut(&pen, w->title, area.cols - width - 4, CUT_MIDDLE);
    pen.col = area.col + area.cols - width - 1;
    pen.role = ROLE_TEXT;
    canvas_text(&pen, step);
}

static void draw_steps(const struct wizard *w, struct ui_rect area)
{
    char line[48];
    struct ui_pen pen = ui_pen(area.row, area.col + 1, area.col + area.cols, ROLE_LABEL);
    canvas_text(&pen, "Steps");
    for (size_t i = 0; i < step_count(w) && (int)i + 1 < area.rows; i++) {
        bool here = i == step_now(w);
        pen = ui_pen(area.row + 1 + (int)i, area.col + 1, area.col + area.cols - 1,
                     here ? ROLE_LABEL : ROLE_TEXT);
        if (i < step_now(w))
            canvas_glyph(&pen, GLYPH_OK);
        else
            canvas_text(&pen, here ? ">" : " ");
        snprintf(line, sizeof line, " %zu %s", i + 1, step_name(w, i));
        canvas_text(&pen, line);
    }
    for (int row = 0; row < area.rows; row++) {
        pen = ui_pen(area.row + row, area.col + area.cols, area.col + area.cols + 1, ROLE_TEXT);
        canvas_glyph(&pen, GLYPH_VLINE);
    }
}

static const char *note_of(const struct wizard *w)
{
    if (w->working)
        return "";
    if (!w->reviewing)
        return form_hint(w->form);
    if (w->losses && w->def->losses_block)
        return "Something would be lost: this cannot be applied. PgUp goes back.";
    if (w->def->apply_note)
        return w->def->apply_note;
    return "Apply changes memory only: u undoes it, w writes the file.";
}

/* In the lowest rows, two of them where one is too short; how many. */
static int draw_note(const struct wizard *w, struct ui_rect area)
{
    struct wrapped text = {0};
    wrapped_set(&text, note_of(w), area.cols - 2, false);
    int rows = text.count > 1 ? 2 : 1;
    for (int i = 0; i < rows && (size_t)i < text.count; i++) {
        struct ui_pen pen = ui_pen(area.row + area.rows - rows + i, area.col + 1,
                                   area.col + area.cols - 1, ROLE_TEXT);
        wrapped_draw(&text, (size_t)i, &pen);
    }
    wrapped_free(&text);
    return rows;
}

static void draw_wizard(struct app *app, void *state, struct ui_rect area)
{
    struct wizard *w = state;
    if (w->suspends != app->suspends) {
        w->suspends = app->suspends;
        (void)form_hide_secrets(w->form);
    }
    bool listed = area.cols >= STEPS_FROM && step_count(w) > 1;
    canvas_clear(area);
    canvas_cursor(area.row, area.col, false);
    draw_title(w, area, listed);
    int noted = draw_note(w, area);
    struct ui_rect body = {area.row + 1, area.col + 1, area.rows - 1 - noted, area.cols - 2};
    if (listed) {
        struct ui_rect steps = {body.row, area.col, body.rows, STEPS_COLUMNS};
        draw_steps(w, steps);
        body.col = area.col + STEPS_COLUMNS + 2;
        body.cols = area.col + area.cols - body.col - 1;
    }
    if (w->reviewing) {
        detail_draw(&w->detail, body, true);
        return;
    }
    const char *question = w->def->page_count ? w->def->pages[form_page(w->form)].question : NULL;
    if (question && body.rows > 6) {
        struct ui_pen pen = ui_pen(body.row, body.col, body.col + body.cols, ROLE_LABEL);
        canvas_text(&pen, question);
        body.row += 2;
        body.rows -= 2;
    }
    if (w->def->page_count)
        form_draw(w->form, body);
}

static void status(struct app *app, void *state, struct ui_pen *pen)
{
    const struct wizard *w = state;
    (void)app;
    canvas_text(pen, " ");
    canvas_ext_z(pen, w->title);
    canvas_text(pen, ui_ascii() ? " / " : " \xe2\x80\xba ");
    canvas_text(pen, step_name(w, step_now(w)));
}

static const char *typing_bar(struct app *app, void *state)
{
    struct wizard *w = state;
    if (w->working)
        return "Esc stop";
    if (!w->reviewing)
        return app->cols < 60 ? "^G Help  PgDn Next  Esc Cancel"
                              : "Tab next  ^G Help  PgUp Back  PgDn Next  Esc Cancel";
    const char *word = w->def->apply_word ? w->def->apply_word : "Apply";
    if (w->def->apply_key)
        snprintf(w->bar, sizeof w->bar, "%c %s", w->def->apply_key, word);
    else
        snprintf(w->bar, sizeof w->bar, "Enter %s", word);
    size_t len = strlen(w->bar);
    snprintf(w->bar + len, sizeof w->bar - len, "%s  Esc Cancel",
             w->def->page_count ? "  PgUp Back" : "");
    return w->bar;
}

static const struct view view_wizard = {
    .name = "wizard",
    .context = ON_FORM,
    .state_size = sizeof(struct wizard),
    .open = open_wizard,
    .close = close_wizard,
    .draw = draw_wizard,
    .status = status,
    .key = key_wizard,
    .grabs_keys = grabs,
    .idle = idle,
    .typing_bar = typing_bar,
};

void wizard_start(struct app *app, const struct wizard_def *def, char *title, void *ctx)
{
    struct wizard_arg arg = {def, title, ctx};
    app_push(app, &view_wizard, &arg);
}
