#include "tui/wizard_state.h"

#include "base/alloc.h"
#include "tui/browse.h"
#include "tui/dialog.h"
#include "tui/term.h"

#include <stdlib.h>
#include <string.h>

#define REVEAL_MS 10000

static const struct view view_wizard;

/* ---- pages ---- */

bool wizard_page_shown(const struct wizard *w, size_t page)
{
    const struct wizard_page *p = &w->def->pages[page];
    return !p->shown || p->shown(w->form, w->ctx);
}

size_t wizard_page_after(const struct wizard *w, size_t page)
{
    while (++page < w->def->page_count)
        if (wizard_page_shown(w, page))
            return page;
    return w->def->page_count;
}

size_t wizard_page_before(const struct wizard *w, size_t page)
{
    while (page-- > 0)
        if (wizard_page_shown(w, page))
            return page;
    return w->def->page_count;
}

void wizard_go_to_page(struct wizard *w, size_t page)
{
    w->reviewing = false;
    form_set_page(w->form, (unsigned)page);
}

const struct wizard_key *wizard_page_keys(const struct wizard *w)
{
    return w->def->page_count && !w->reviewing ? w->def->pages[form_page(w->form)].keys : NULL;
}

/* ---- life ---- */

struct wizard_arg {
    const struct wizard_def *def;
    char *title;
    void *ctx;
};

static void open_wizard(struct app *app, void *state, void *arg)
{
    struct wizard *w = state;
    const struct wizard_arg *a = arg;
    *w =
        (struct wizard){.def = a->def, .title = a->title, .ctx = a->ctx, .suspends = app->suspends};
    w->form = form_new(a->def->fields, a->def->field_count, a->ctx);
    if (a->def->fill)
        a->def->fill(w->form, w->ctx);
    if (a->def->page_count == 0) {
        wizard_review(app, w);
        return;
    }
    size_t first = wizard_page_shown(w, 0) ? 0 : wizard_page_after(w, 0);
    form_set_page(w->form, first < a->def->page_count ? (unsigned)first : 0);
}

static void close_wizard(struct app *app, void *state)
{
    struct wizard *w = state;
    (void)app;
    ks_plan_drop(&w->plan);
    detail_free(&w->detail);
    form_free(w->form);
    wizard_drop_keys(&w->keys);
    free(w->title);
    if (w->def->free)
        w->def->free(w->ctx);
}

void wizard_start(struct app *app, const struct wizard_def *def, char *title, void *ctx)
{
    struct wizard_arg arg = {def, title, ctx};
    app_push(app, &view_wizard, &arg);
}

static struct wizard *find_wizard(const struct app *app, const void *ctx)
{
    for (size_t i = 0; i < app->depth; i++) {
        struct wizard *w = app->stack[i].state;
        if (app->stack[i].view == &view_wizard && w->ctx == ctx)
            return w;
    }
    return NULL;
}

void wizard_retitle(struct app *app, const void *ctx, char *title)
{
    struct wizard *w = find_wizard(app, ctx);
    if (w) {
        free(w->title);
        w->title = title;
    } else {
        free(title);
    }
}

struct form *wizard_form(struct app *app, const void *ctx)
{
    struct wizard *w = find_wizard(app, ctx);
    return w ? w->form : NULL;
}

size_t wizard_review_part(struct app *app, const void *ctx, const char *label)
{
    const struct wizard *w = find_wizard(app, ctx);
    return w ? detail_part(&w->detail, label) : 0;
}

void wizard_end(struct app *app, const void *ctx)
{
    struct wizard *w = find_wizard(app, ctx);
    if (!w)
        return;
    w->ended = true;
    if (w->working)
        app_work_cancel(app);
    else
        app_close_view(app, w);
}

/* ---- applying ---- */

static enum ui_next apply(struct app *app, struct wizard *w)
{
    const char *why = w->def->refused ? w->def->refused(app, w->ctx) : NULL;
    if (why) {
        app_warn(app, "%s", why);
        return UI_REDRAW;
    }
    if (w->def->act) {
        wizard_work(app, w, STAGE_ACT);
        return UI_REDRAW;
    }
    if (w->losses && w->def->losses_block) {
        app_warn(app, "Something would be lost. PgUp goes back; leave those entries out there.");
        return UI_REDRAW;
    }
    if (ks_plan_is_empty(&w->plan)) {
        app_message(app, "Nothing would change. Esc leaves.");
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

/* ---- from page to page ---- */

static enum ui_next next_page(struct app *app, struct wizard *w)
{
    if (!form_check_page(w->form)) {
        size_t wrong = form_wrong(w->form);
        app_warn(app, "%zu field%s need%s attention. Next stays here until then.", wrong,
                 wrong == 1 ? "" : "s", wrong == 1 ? "s" : "");
        return UI_REDRAW;
    }
    unsigned page = form_page(w->form);
    size_t next = wizard_page_after(w, page);
    wizard_ask_again(&w->keys);
    if (w->def->pages[page].work) {
        wizard_forget_keys(&w->keys);
        if (w->def->collect)
            w->def->collect(w->form, w->ctx);
        wizard_work(app, w, STAGE_PAGE);
    } else if (next < w->def->page_count) {
        form_turn_to(w->form, (unsigned)next);
    } else {
        wizard_review(app, w);
    }
    return UI_REDRAW;
}

void wizard_next(struct app *app, const void *ctx)
{
    struct wizard *w = find_wizard(app, ctx);
    if (w && !w->working && !w->reviewing)
        (void)next_page(app, w);
    app->dirty = true;
}

static enum ui_next page_back(struct app *app, struct wizard *w)
{
    size_t before = wizard_page_before(w, form_page(w->form));
    if (w->reviewing && w->def->page_count > 0) {
        w->reviewing = false;
        wizard_forget_keys(&w->keys);
    } else if (!w->reviewing && before < w->def->page_count) {
        form_turn_to(w->form, (unsigned)before);
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

/* ---- keys ---- */

/* What the letters of the review do, and what its marks mean. */
static void review_help(struct app *app, const struct wizard *w)
{
    struct ks_buf text = KS_BUF_INIT;
    const char letter[] = {w->def->apply_key, '\0'};
    ks_buf_printf(&text, "%s: %s.", letter[0] ? letter : "Enter",
                  w->def->apply_word ? w->def->apply_word : "Apply");
    if (w->def->review_help)
        ks_buf_printf(&text, " %s", w->def->review_help);
    ks_buf_str(&text, "\n\nUp, Down, PgDn and PgUp move; PgUp at the top goes back to the pages. y "
                      "copies the line, E shows all of it in the pager. Esc leaves.");
    if (w->def->plan)
        ks_buf_str(&text,
                   "\n\nBEFORE and AFTER: + is added, - goes, ~ is changed, = stays. Nothing is "
                   "changed before this is applied, and no keystore is written to disk before w.");
    notice_show(app, w->title, ks_buf_text(&text));
    ks_buf_free(&text);
}

static void help(struct app *app, const struct wizard *w)
{
    if (w->reviewing) {
        review_help(app, w);
        return;
    }
    const char *hint = form_hint(w->form);
    char *text = ks_asprintf(
        "%s%sTab or Down: next field. Shift-Tab or Up: the one before. Left, Right, Space: change "
        "a choice or a tick. In a field of several lines or rows Enter and the arrows stay in it; "
        "Tab leaves, from the last field to the first. In the name of a file Tab completes, ^O "
        "shows the directory. PgDn: next page, "
        "PgUp: back. ^T shows a password for 10 seconds. Esc leaves; nothing is changed before "
        "the review is applied, and no keystore is written to disk before w.",
        hint, hint[0] ? "\n\n" : "");
    notice_show(app, w->title, text);
    free(text);
}

static const struct wizard_key *find_letter(const struct wizard *w, const struct wizard_key *keys,
                                            struct ui_key key)
{
    for (const struct wizard_key *k = keys; k && k->key; k++)
        if (ui_key_is(key, k->key) && (!k->shown || k->shown(w->ctx)))
            return k;
    return NULL;
}

/* What the review says: the line under the cursor, or all of it. */
static void give_away(struct app *app, const struct wizard *w, bool all)
{
    const struct report_line *line = detail_line(&w->detail);
    char *text = all ? detail_text(&w->detail) : line ? detail_field_text(&w->detail) : NULL;
    if (text && all)
        app_pager(app, text, strlen(text));
    else if (text)
        app_copy(app, "This line", text, strlen(text));
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
    const struct wizard_key *own = find_letter(w, w->def->review_keys, key);
    if (own) {
        app->dirty = true;
        own->act(app, w->ctx);
        return UI_STAY; /* it may be closed */
    }
    enum ui_command_id id = ui_command_for_key(key, ON_DETAIL);
    if (id == CMD_COPY || id == CMD_PAGER) {
        give_away(app, w, id == CMD_PAGER);
        return UI_REDRAW;
    }
    if (id == CMD_PAGE_DOWN || id == CMD_PAGE_UP) {
        int page = w->detail.height > 1 ? w->detail.height - 1 : 1;
        detail_scroll(&w->detail, id == CMD_PAGE_DOWN ? page : -page);
        return UI_REDRAW;
    }
    return detail_command(&w->detail, id) ? UI_REDRAW : UI_STAY;
}

/* ---- a file is chosen ---- */

static void browsed(struct app *app, void *ctx, const char *path)
{
    struct wizard *w = ctx;
    const char *id = form_cursor_id(w->form);
    if (!path)
        return;
    form_type_text(w->form, id, path);
    if (w->def->changed)
        w->def->changed(w->form, w->ctx, id);
    app->dirty = true;
}

static void browse(struct app *app, struct wizard *w)
{
    const struct form_field *field = form_cursor_field(w->form);
    browse_box(app, &(struct browse){.title = field->label,
                                     .typed = form_text(w->form, field->id),
                                     .makes = field->makes_file,
                                     .done = browsed,
                                     .ctx = w});
}

/* ---- the form ---- */

static void say(struct app *app, const struct wizard *w, const char *otherwise)
{
    const char *said = form_said(w->form);
    if (said[0])
        app_message(app, "%s", said);
    else if (otherwise)
        app_message(app, "%s", otherwise);
}

static void tell_changed(struct wizard *w)
{
    if (w->def->changed)
        w->def->changed(w->form, w->ctx, form_cursor_id(w->form));
}

static enum ui_next form_result(struct app *app, struct wizard *w, enum form_result r)
{
    switch (r) {
    case FORM_NEXT:
        return next_page(app, w);
    case FORM_REFUSED: /* a part of it may be there */
        tell_changed(w);
        say(app, w, "That does not fit into this field.");
        break;
    case FORM_IGNORED:
        say(app, w, "Not a key of this form. ^G says which are.");
        return UI_REDRAW;
    case FORM_CHANGED:
    case FORM_COMPLETED:
        tell_changed(w);
        say(app, w, NULL);
        break;
    case FORM_BROWSE:
        browse(app, w);
        return UI_REDRAW;
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
    if (key.code == UI_KEY_PGUP && !(w->reviewing && w->detail.top > 0))
        return page_back(app, w);
    if (w->reviewing)
        return review_key(app, w, key);
    if (key.code == UI_KEY_PGDN)
        return next_page(app, w);
    const struct wizard_key *own = find_letter(w, wizard_page_keys(w), key);
    if (own) {
        app->dirty = true;
        own->act(app, w->ctx);
        return UI_STAY;
    }
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

static const struct view view_wizard = {
    .name = "wizard",
    .context = ON_FORM,
    .state_size = sizeof(struct wizard),
    .open = open_wizard,
    .close = close_wizard,
    .draw = wizard_draw,
    .status = wizard_status,
    .key = key_wizard,
    .grabs_keys = grabs,
    .idle = idle,
    .typing_bar = wizard_bar,
};
