/*
 * The keystores that the JVMs of this host use: one line each, with who uses it and whether the
 * file is newer than the process that read it. Enter opens it.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "file/jvm.h"
#include "report/report.h"
#include "tui/app_state.h"
#include "tui/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct jvms {
    struct ks_jvm_list found;
    struct list list;
    bool ready;
};

struct looking {
    struct ks_jvm_list found;
    char *java_home, *home;
};

static void look(struct ks_job *job, void *arg)
{
    struct looking *l = arg;
    (void)job;
    l->found = ks_jvm_find("", l->java_home, l->home);
}

static void looked(struct app *app, void *arg, bool cancelled)
{
    struct looking *l = arg;
    struct jvms *j = cancelled ? NULL : app_find_view(app, &view_jvm);
    if (j) {
        j->found = l->found;
        l->found = (struct ks_jvm_list){0};
        j->ready = true;
        j->list.count = j->found.count;
        app_redraw(app);
    }
    ks_jvm_list_drop(&l->found);
    free(l->java_home);
    free(l->home);
    free(l);
}

static char *copy_of(const char *text)
{
    return text && *text ? ks_strdup(text) : NULL;
}

static void open_view(struct app *app, void *state, void *arg)
{
    struct jvms *j = state;
    struct looking *l = ks_alloc(sizeof *l);
    (void)arg;
    j->list.rows = 1;
    *l = (struct looking){.java_home = copy_of(getenv("JAVA_HOME")),
                          .home = copy_of(getenv("HOME"))};
    app_work(app, "looking for JVMs", look, l, looked);
}

static void close_view(struct app *app, void *state)
{
    struct jvms *j = state;
    (void)app;
    ks_jvm_list_drop(&j->found);
}

/* ---- rows ---- */

/* "Java 17.0.15", "process 4711 (org.example.Main)" */
static void user_words(const struct ks_jvm_store *s, struct ks_buf *out)
{
    if (s->source == KS_JVM_PROCESS) {
        ks_buf_printf(out, "process %ld", s->pid);
        if (s->program)
            ks_buf_printf(out, " %s", s->program);
    } else {
        ks_buf_printf(out, "Java %s", s->version ? s->version : "(version not known)");
        if (s->source == KS_JVM_JAVA_HOME)
            ks_buf_str(out, ", JAVA_HOME");
        else if (s->source == KS_JVM_ALTERNATIVES)
            ks_buf_str(out, ", the default");
    }
}

static const char *state_words(const struct ks_jvm_store *s)
{
    if (!s->target)
        return "not there";
    if (s->newer)
        return "newer than the process";
    return s->same_as_before ? "same file" : "";
}

static void draw_row(const struct jvms *j, size_t i, struct ui_pen pen)
{
    const struct ks_jvm_store *s = &j->found.at[i];
    struct ks_buf user = KS_BUF_INIT;
    bool selected = i == j->list.cursor;
    int width = pen.end - pen.col, who = width >= 76 ? 30 : width / 3;
    const char *state = state_words(s);
    int left = pen.col, states = (int)strlen(state);
    if (selected) {
        pen.role = pen.under = ROLE_SELECT;
        canvas_cursor(pen.row, pen.col, false);
    }
    canvas_text(&pen, " ");
    user_words(s, &user);
    canvas_ext_cut(&pen, ks_buf_text(&user), who - 2, CUT_END);
    ks_buf_free(&user);
    canvas_pad(&pen, left + who);
    canvas_text(&pen, s->role);
    canvas_pad(&pen, left + who + 12);
    canvas_ext_cut(&pen, s->path, pen.end - pen.col - states - 2, CUT_PATH);
    if (states) {
        canvas_pad(&pen, pen.end - states - 1);
        canvas_text(&pen, state);
    }
    if (selected)
        canvas_fill(&pen);
}

static void draw(struct app *app, void *state, struct ui_rect area)
{
    struct jvms *j = state;
    (void)app;
    canvas_clear(area);
    struct ui_pen pen = ui_pen(area.row, area.col, area.col + area.cols, ROLE_LABEL);
    canvas_text(&pen, " Keystores of this host's JVMs");
    struct ui_rect body = {area.row + 1, area.col, area.rows - 1, area.cols};
    list_fit(&j->list, j->found.count, body.rows);
    for (int row = 0; row < body.rows && j->list.top + (size_t)row < j->found.count; row++)
        draw_row(j, j->list.top + (size_t)row,
                 ui_pen(body.row + row, body.col, body.col + body.cols, ROLE_TEXT));
    if (j->found.count == 0) {
        pen = ui_pen(body.row, body.col + 1, body.col + body.cols, ROLE_TEXT);
        canvas_text(
            &pen, j->ready ? "No JVM was found: not in JAVA_HOME, the usual directories, or /proc."
                           : "Looking for JVMs ...");
    }
    list_draw_more(&j->list, body, ROLE_LABEL);
}

static void status(struct app *app, void *state, struct ui_pen *pen)
{
    const struct jvms *j = state;
    char number[48];
    (void)app;
    snprintf(number, sizeof number, "   %zu/%zu", j->found.count ? j->list.cursor + 1 : 0,
             j->found.count);
    canvas_text(pen, " JVMs");
    canvas_text(pen, number);
}

static enum ui_next command(struct app *app, void *state, enum ui_command_id id)
{
    struct jvms *j = state;
    if (list_command(&j->list, id))
        return UI_REDRAW;
    if (id != CMD_ENTER && id != CMD_IN)
        return UI_IGNORED;
    if (j->list.cursor >= j->found.count)
        return UI_STAY;
    const struct ks_jvm_store *s = &j->found.at[j->list.cursor];
    if (!s->target) {
        app_message(app, "%s is not there.", s->path);
        return UI_REDRAW;
    }
    app_open(app, s->path, NULL);
    void *box = app_find_view(app, &view_open);
    if (box) /* it was called from there, and would hide what is opened */
        app_close_view(app, box);
    return UI_CLOSE;
}

static const char *disabled(struct app *app, void *state, enum ui_command_id id)
{
    (void)app, (void)state;
    return id == CMD_SEARCH ? "the list is short" : NULL;
}

const struct view view_jvm = {
    .name = "jvms",
    .context = ON_JVM,
    .state_size = sizeof(struct jvms),
    .open = open_view,
    .close = close_view,
    .draw = draw,
    .status = status,
    .command = command,
    .disabled = disabled,
};
