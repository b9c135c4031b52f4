/* How a wizard looks. */
#include "tui/wizard_state.h"

#include "tui/wrap.h"

#include <stdio.h>
#include <string.h>

#define STEPS_COLUMNS 17 /* of the list of steps */
#define STEPS_FROM 76    /* columns of the screen from which there is one */

/* ---- steps: the pages that are shown now, and the review ---- */

static size_t step_count(const struct wizard *w)
{
    size_t n = 1;
    for (size_t i = 0; i < w->def->page_count; i++)
        n += wizard_page_shown(w, i);
    return n;
}

static bool on_review(const struct wizard *w)
{
    return w->reviewing || w->def->page_count == 0;
}

static size_t step_now(const struct wizard *w)
{
    size_t n = 0;
    for (size_t i = 0; i < (on_review(w) ? w->def->page_count : form_page(w->form)); i++)
        n += wizard_page_shown(w, i);
    return n;
}

static const char *step_name(const struct wizard *w, size_t step)
{
    for (size_t i = 0; i < w->def->page_count; i++)
        if (wizard_page_shown(w, i) && step-- == 0)
            return w->def->pages[i].name;
    return "Review";
}

static void draw_title(const struct wizard *w, struct ui_rect area, bool listed)
{
    char step[80] = "", of[28] = "";
    struct ui_pen pen = ui_pen(area.row, area.col, area.col + area.cols, ROLE_LABEL);
    if (!w->def->open_ended)
        snprintf(of, sizeof of, " of %zu", step_count(w));
    if (step_count(w) > 1)
        snprintf(step, sizeof step, "Step %zu%s%s%s", step_now(w) + 1, of, listed ? "" : ": ",
                 listed ? "" : step_name(w, step_now(w)));
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

/* ---- the note ---- */

static const char *note_of(const struct wizard *w)
{
    if (w->working)
        return "";
    if (!w->reviewing)
        return form_hint(w->form);
    if (w->losses && w->def->losses_block)
        return "Something would be lost: this cannot be applied. PgUp goes back.";
    if (w->plan.target && ks_plan_is_empty(&w->plan))
        return "Nothing would change: there is nothing to apply. Esc leaves.";
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

/* ---- the frame ---- */

static void draw_body(struct wizard *w, struct ui_rect body)
{
    const char *question = w->def->page_count ? w->def->pages[form_page(w->form)].question : NULL;
    if (w->reviewing) {
        detail_draw(&w->detail, body, true);
        return;
    }
    if (question && body.rows > 6) {
        struct ui_pen pen = ui_pen(body.row, body.col, body.col + body.cols, ROLE_LABEL);
        canvas_text(&pen, question);
        int rows = body.rows > 10 ? 2 : 1;
        body.row += rows;
        body.rows -= rows;
    }
    if (w->def->page_count)
        form_draw(w->form, body);
}

void wizard_draw(struct app *app, void *state, struct ui_rect area)
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
    draw_body(w, body);
}

void wizard_status(struct app *app, void *state, struct ui_pen *pen)
{
    const struct wizard *w = state;
    (void)app;
    canvas_text(pen, " ");
    canvas_ext_z(pen, w->title);
    canvas_text(pen, ui_ascii() ? " / " : " \xe2\x80\xba ");
    canvas_text(pen, step_name(w, step_now(w)));
}

/* ---- the key bar ---- */

static void add_to_bar(struct wizard *w, const char *key, const char *word)
{
    size_t len = strlen(w->bar);
    snprintf(w->bar + len, sizeof w->bar - len, "%s%s %s", len ? "  " : "", key, word);
}

static void add_letters(struct wizard *w, const struct wizard_key *keys)
{
    char letter[2] = "";
    for (const struct wizard_key *k = keys; k && k->key; k++) {
        letter[0] = k->key;
        if (!k->shown || k->shown(w->ctx))
            add_to_bar(w, letter, k->word);
    }
}

/* The first page has nothing before it. */
static const char *end_of_bar(struct wizard *w, bool back)
{
    if (back && wizard_page_before(w, form_page(w->form)) < w->def->page_count)
        add_to_bar(w, "PgUp", "Back");
    add_to_bar(w, "PgDn", "Next");
    add_to_bar(w, "Esc", "Cancel");
    return w->bar;
}

static const char *page_bar(const struct app *app, struct wizard *w)
{
    w->bar[0] = '\0';
    add_letters(w, wizard_page_keys(w));
    if (form_has_more(w->form))
        add_to_bar(w, "Down", "More");
    if (app->cols >= STEPS_FROM)
        add_to_bar(w, "^G", "Help");
    return end_of_bar(w, true);
}

static const char *review_bar(const struct app *app, struct wizard *w)
{
    const char *word = w->def->apply_word ? w->def->apply_word : "Apply";
    char letter[2] = {w->def->apply_key, '\0'};
    w->bar[0] = '\0';
    add_to_bar(w, letter[0] ? letter : "Enter", word);
    add_letters(w, w->def->review_keys);
    if (w->detail.top + (size_t)w->detail.height < w->detail.row_count)
        add_to_bar(w, "PgDn", "More");
    bool room = strlen(w->bar) + strlen("  PgUp Back  Esc Cancel") < (size_t)app->cols;
    if (w->detail.top > 0 && room)
        add_to_bar(w, "PgUp", "Up");
    else if (w->def->page_count && room)
        add_to_bar(w, "PgUp", "Back");
    add_to_bar(w, "Esc", "Cancel");
    if (app->cols >= 60 && strlen(w->bar) + 15 < (size_t)app->cols)
        add_to_bar(w, "y", "Copy line");
    return w->bar;
}

static const char *path_bar(const struct app *app, struct wizard *w)
{
    w->bar[0] = '\0';
    if (app->cols >= 60)
        add_to_bar(w, "Tab", "complete, next");
    add_to_bar(w, "^O", "Browse");
    if (app->cols >= 80)
        add_to_bar(w, "^G", "Help");
    return end_of_bar(w, app->cols >= 80);
}

static const char *field_bar(const struct app *app, struct wizard *w)
{
    w->bar[0] = '\0';
    if (app->cols >= 60)
        add_to_bar(w, "Tab", "next");
    add_to_bar(w, "^G", "Help");
    return end_of_bar(w, app->cols >= 60);
}

const char *wizard_bar(struct app *app, void *state)
{
    struct wizard *w = state;
    const struct form_field *field = form_cursor_field(w->form);
    if (w->working)
        return "Esc stop";
    if (w->reviewing)
        return review_bar(app, w);
    if (field && field->kind == FORM_PATH)
        return path_bar(app, w);
    return wizard_page_keys(w) ? page_bar(app, w) : field_bar(app, w);
}
