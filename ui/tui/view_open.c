/*
 * The open box: a directory, what its files look like, and a path to type. Files are looked into by
 * a worker, a few at a time, those on the screen first. It also chooses files for forms.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "tui/app_state.h"
#include "tui/browse.h"
#include "tui/directory.h"
#include "tui/line_edit.h"
#include "tui/list.h"
#include "tui/prompt.h"
#include "tui/view_scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BATCH 24 /* files that one task of the worker looks into */
#define HEAD_ROWS 3
#define UP_ROW SIZE_MAX         /* "../" among the rows shown */
#define HERE_ROW (SIZE_MAX - 1) /* "./": this directory, for a file to be made */

struct open_box;

/* What the worker has: copies of its own. `box` belongs to the UI thread, NULL once nobody waits. */
struct task {
    struct open_box *box;
    char *path;
    char **open_paths;           /* listing */
    struct directory *listed;
    size_t rows[BATCH];          /* looking */
    char *files[BATCH];
    struct ks_probe probes[BATCH];
    size_t count;
};

struct open_box {
    char *path;
    struct directory *dir; /* NULL until it has been read */
    size_t *shown;         /* rows, UP_ROW first */
    size_t shown_count, hidden, marks;
    struct list list;
    struct line_edit *edit;
    bool editing;
    bool typed; /* `edit` holds a path that was begun here */
    bool all; /* hidden names and files without keys or certificates, too */
    struct task *task;
    char *select; /* a name to go to when the directory has been read */
    char *search;
    size_t search_from;
    struct browse browse; /* done NULL: files are opened */
    char *made_name;      /* of the file that is to be made */
};

/* ---- rows ---- */

static struct directory_row *row_at(const struct open_box *b, size_t i)
{
    if (i >= b->shown_count || b->shown[i] >= HERE_ROW)
        return NULL;
    return &b->dir->rows[b->shown[i]];
}

static struct directory_row *current(const struct open_box *b)
{
    return row_at(b, b->list.cursor);
}

static bool is_here(const struct open_box *b, size_t i)
{
    return i < b->shown_count && b->shown[i] == HERE_ROW;
}

static bool is_shown(const struct open_box *b, const struct directory_row *row)
{
    return b->all || row->marked || (row->name[0] != '.' && !directory_row_is_other(row));
}

static void select_name(struct open_box *b, const char *name)
{
    for (size_t i = 0; name && i < b->shown_count; i++) {
        const struct directory_row *row = row_at(b, i);
        if (row && strcmp(row->name, name) == 0) {
            list_select(&b->list, i);
            return;
        }
    }
}

/* The rows anew; the cursor stays with its name, or where it was when that has gone. */
static void rebuild(struct open_box *b)
{
    const struct directory_row *at = current(b);
    size_t total = b->dir ? b->dir->count : 0;
    const char *name = at ? at->name : NULL;
    b->shown = ks_realloc(b->shown, (total + 2) * sizeof *b->shown);
    b->shown_count = b->hidden = 0;
    if (b->browse.makes)
        b->shown[b->shown_count++] = HERE_ROW;
    if (strcmp(b->path, "/") != 0)
        b->shown[b->shown_count++] = UP_ROW;
    for (size_t i = 0; i < total; i++) {
        if (is_shown(b, &b->dir->rows[i]))
            b->shown[b->shown_count++] = i;
        else
            b->hidden++;
    }
    list_fit(&b->list, b->shown_count, b->list.rows);
    select_name(b, name);
}

/* ---- the worker ---- */

static void task_free(struct task *t)
{
    for (size_t i = 0; t->open_paths && t->open_paths[i]; i++)
        free(t->open_paths[i]);
    for (size_t i = 0; i < t->count; i++)
        free(t->files[i]);
    free(t->open_paths);
    directory_free(t->listed);
    free(t->path);
    free(t);
}

static void look_into_files(struct app *app, struct open_box *b);

static void listing_run(struct ks_job *job, void *arg)
{
    struct task *t = arg;
    t->listed = directory_read(t->path, t->open_paths, job);
}

static void listing_done(struct app *app, void *arg, bool cancelled)
{
    struct task *t = arg;
    struct open_box *b = t->box;
    (void)cancelled;
    if (!b) {
        task_free(t);
        return;
    }
    b->task = NULL;
    directory_free(b->dir);
    b->dir = t->listed;
    t->listed = NULL;
    task_free(t);
    b->list.cursor = b->list.top = 0;
    b->shown_count = 0;
    rebuild(b);
    select_name(b, b->select);
    if (b->dir->error)
        app_message(app, "%s cannot be read: %s.", b->path, strerror(b->dir->error));
    look_into_files(app, b);
    app_redraw(app);
}

static void looking_run(struct ks_job *job, void *arg)
{
    struct task *t = arg;
    for (size_t i = 0; i < t->count && ks_job_advance(job, i); i++)
        ks_probe(t->files[i], &t->probes[i]);
}

static void looking_done(struct app *app, void *arg, bool cancelled)
{
    struct task *t = arg;
    struct open_box *b = t->box;
    if (b) {
        b->task = NULL;
        for (size_t i = 0; i < t->count && !cancelled; i++) {
            struct directory_row *row = &b->dir->rows[t->rows[i]];
            row->probe = t->probes[i];
            row->probed = true;
        }
        rebuild(b);
        if (!cancelled)
            look_into_files(app, b);
        app_redraw(app);
    }
    task_free(t);
}

static void take_file(struct open_box *b, struct task *t, size_t row)
{
    const struct directory_row *r = &b->dir->rows[row];
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i] == row)
            return;
    if (t->count == BATCH || r->probed || r->directory)
        return;
    t->rows[t->count] = row;
    t->files[t->count++] = directory_join(b->dir->path, r->name);
}

/* The rows on the screen first, then the others, then those that are hidden for their name. */
static void choose_files(struct open_box *b, struct task *t)
{
    size_t last = b->list.top + (size_t)(b->list.rows > 1 ? b->list.rows : 24);
    for (size_t i = b->list.top; i < last && i < b->shown_count; i++)
        if (b->shown[i] < HERE_ROW)
            take_file(b, t, b->shown[i]);
    for (size_t i = 0; i < b->shown_count && t->count < BATCH; i++)
        if (b->shown[i] < HERE_ROW)
            take_file(b, t, b->shown[i]);
}

static void look_into_files(struct app *app, struct open_box *b)
{
    if (b->task || !b->dir)
        return;
    struct task *t = ks_alloc(sizeof *t);
    t->box = b;
    choose_files(b, t);
    if (t->count == 0) {
        task_free(t);
        return;
    }
    b->task = t;
    app_work(app, NULL, looking_run, t, looking_done);
}

static char **open_paths(const struct app *app)
{
    size_t count = app_file_count(app);
    char **paths = ks_alloc_array(count + 1, sizeof *paths);
    for (size_t i = 0; i < count; i++)
        paths[i] = ks_strdup(app_file(app, i)->path);
    return paths;
}

static void forget_task(struct open_box *b)
{
    if (b->task)
        b->task->box = NULL;
    b->task = NULL;
}

/* Shows another directory; `select` is the name to stand on there. Both are copied. */
static void enter_directory(struct app *app, struct open_box *b, const char *path, const char *select)
{
    char *new_path = ks_strdup(path), *new_select = select ? ks_strdup(select) : NULL;
    free(b->path);
    free(b->select);
    b->path = new_path;
    b->select = new_select;
    b->marks = 0;
    b->typed = false;
    forget_task(b);
    directory_free(b->dir);
    b->dir = NULL;
    b->shown_count = 0;
    rebuild(b);
    struct task *t = ks_alloc(sizeof *t);
    *t = (struct task){.box = b, .path = ks_strdup(path), .open_paths = open_paths(app)};
    b->task = t;
    app_work(app, NULL, listing_run, t, listing_done);
}

/* ---- life ---- */

/* Beside what is open already, else where the program was started. */
static char *first_directory(const struct app *app)
{
    char here[4096];
    const char *cwd = getcwd(here, sizeof here) ? here : "/";
    const struct ui_file *f = app_file(app, 0);
    if (!f)
        return ks_strdup(cwd);
    char *file = directory_resolve(cwd, f->path);
    char *dir = directory_join(file, "..");
    free(file);
    return dir;
}

/* Of what stands in the field: the directory, and the name to stand on there. */
static char *typed_directory(const char *typed, char **name)
{
    char here[4096];
    struct stat st;
    char *path = directory_resolve(getcwd(here, sizeof here) ? here : "/", typed);
    bool is_directory = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    char *slash = strrchr(path, '/');
    *name = NULL;
    if (is_directory || !slash)
        return path;
    *name = ks_strdup(slash + 1);
    slash[slash == path] = '\0';
    return path;
}

static void open_open(struct app *app, void *state, void *arg)
{
    struct open_box *b = state;
    const struct browse *browse = arg;
    char *name = NULL, *dir;
    b->edit = line_edit_new(false);
    b->list.rows = 1;
    if (browse)
        b->browse = *browse;
    dir = browse && browse->typed[0] ? typed_directory(browse->typed, &name)
                                     : first_directory(app);
    enter_directory(app, b, dir, name);
    b->made_name = name;
    free(dir);
}

static void open_close(struct app *app, void *state)
{
    struct open_box *b = state;
    forget_task(b);
    if (b->browse.done)
        b->browse.done(app, b->browse.ctx, NULL);
    directory_free(b->dir);
    line_edit_free(b->edit);
    free(b->made_name);
    free(b->shown);
    free(b->path);
    free(b->select);
    free(b->search);
}

/* ---- drawing ---- */

struct columns {
    int size_end, date, looks; /* date 0 = left out */
};

static struct columns columns_of(int cols)
{
    int name = cols > 80 ? 20 + (cols - 80) / 2 : 20;
    struct columns c = {.size_end = 3 + name + 8};
    c.date = cols >= 76 ? c.size_end + 2 : 0;
    c.looks = c.date ? c.date + 18 : c.size_end + 2;
    return c;
}

static void draw_right(struct ui_pen *pen, int end, const char *text)
{
    canvas_pad(pen, end - (int)strlen(text));
    canvas_text(pen, text);
}

static void draw_title(const struct open_box *b, struct ui_rect area)
{
    struct ui_pen pen = ui_pen(area.row, 0, area.cols, ROLE_LABEL);
    struct ks_buf path = KS_BUF_INIT;
    const char *box = b->all ? "[ ] keystores and certificates only " : "[x] keystores and certificates only ";
    int right = area.cols - (int)strlen(box);
    canvas_text(&pen, b->browse.done ? " Choose " : " Open   ");
    pen.role = ROLE_TEXT;
    directory_short(b->path, &path);
    canvas_ext_cut(&pen, ks_buf_text(&path), right - pen.col - 1, CUT_PATH);
    ks_buf_free(&path);
    canvas_pad(&pen, right);
    canvas_text(&pen, box);
}

static void draw_path(const struct open_box *b, struct ui_rect area)
{
    int first = 7, end = area.cols - 2;
    struct ui_pen pen = ui_pen(area.row + 1, 0, area.cols, ROLE_LABEL);
    canvas_text(&pen, " Path ");
    pen.role = ROLE_TEXT;
    canvas_text(&pen, "[");
    pen.col = end;
    canvas_text(&pen, "]");
    if (b->editing) {
        line_edit_draw(b->edit, area.row + 1, first, end, '_');
        return;
    }
    struct ks_buf path = KS_BUF_INIT;
    if (b->typed)
        ks_buf_str(&path, line_edit_text(b->edit));
    else
        directory_short(b->path, &path);
    pen = ui_pen(area.row + 1, first, end, ROLE_TEXT);
    canvas_ext_cut(&pen, ks_buf_text(&path), end - first, CUT_PATH);
    while (pen.col < end)
        canvas_text(&pen, "_");
    ks_buf_free(&path);
}

static void draw_headings(const struct columns *c, struct ui_rect area)
{
    struct ui_pen pen = ui_pen(area.row + 2, 0, area.cols, ROLE_LABEL);
    canvas_text(&pen, "   name");
    draw_right(&pen, c->size_end, "size");
    if (c->date) {
        canvas_pad(&pen, c->date);
        canvas_text(&pen, "modified (UTC)");
    }
    canvas_pad(&pen, c->looks);
    canvas_text(&pen, "looks like");
}

static void draw_size_and_date(struct ui_pen *pen, const struct directory_row *row,
                               const struct columns *c)
{
    char size[16], date[24] = "";
    bool sized = row && row->regular;
    draw_right(pen, c->size_end, sized ? report_size(row->size, size) : "-");
    if (!c->date)
        return;
    canvas_pad(pen, c->date);
    if (row && row->mtime != KS_TIME_NONE) {
        ks_time_human(row->mtime, date);
        date[16] = '\0'; /* without the seconds */
        canvas_text(pen, date);
    }
}

static void draw_here(const struct open_box *b, struct ui_pen *pen, const struct columns *c)
{
    canvas_text(pen, "./");
    canvas_pad(pen, c->looks);
    char *words = ks_asprintf("this directory%s%s", b->made_name ? ", for " : "",
                              b->made_name ? b->made_name : "");
    canvas_ext_cut(pen, words, pen->end - pen->col, CUT_END);
    free(words);
}

static void draw_looks(struct ui_pen *pen, const struct directory_row *row)
{
    if (!row || row->directory) {
        canvas_text(pen, "directory");
        return;
    }
    if (!row->probed) {
        canvas_text(pen, "…");
        return;
    }
    char *words = ks_asprintf("%s%s", row->probe.looks, row->is_open ? ", already open" : "");
    canvas_ext_cut(pen, words, pen->end - pen->col, CUT_END);
    free(words);
}

static void draw_name(struct ui_pen *pen, const struct directory_row *row, int width)
{
    struct ks_buf name = KS_BUF_INIT;
    ks_buf_str(&name, row ? row->name : "..");
    if (!row || row->directory)
        ks_buf_byte(&name, '/');
    canvas_ext_cut(pen, ks_buf_text(&name), width, CUT_MIDDLE);
    ks_buf_free(&name);
}

static void draw_row(const struct open_box *b, size_t i, int line, const struct columns *c, int cols)
{
    const struct directory_row *row = row_at(b, i);
    bool chosen = i == b->list.cursor;
    enum ui_role role = !chosen ? ROLE_TEXT : b->editing ? ROLE_SELECT_DIM : ROLE_SELECT;
    struct ui_pen pen = ui_pen(line, 0, cols, role);
    pen.under = role;
    canvas_text(&pen, " ");
    pen.role = row && row->marked ? ROLE_MARK : role;
    canvas_text(&pen, row && row->marked ? "*" : " ");
    pen.role = role;
    canvas_text(&pen, " ");
    if (is_here(b, i)) {
        draw_here(b, &pen, c);
    } else {
        draw_name(&pen, row, c->size_end - 8 - 3);
        draw_size_and_date(&pen, row, c);
        canvas_pad(&pen, c->looks);
        draw_looks(&pen, row);
    }
    if (chosen)
        canvas_fill(&pen);
    if (chosen && !b->editing)
        canvas_cursor(line, 3, false);
}

static void draw_nothing(const struct open_box *b, struct ui_rect list)
{
    struct ui_pen pen = ui_pen(list.row + (int)b->shown_count, 3, list.cols, ROLE_TEXT);
    if (!b->dir)
        canvas_text(&pen, "reading…");
    else if (b->dir->error)
        canvas_text(&pen, "This directory cannot be read.");
    else if (b->hidden)
        canvas_text(&pen, "No keystores and no certificates. . shows the other files.");
    else
        canvas_text(&pen, "Nothing is in this directory.");
}

static void open_draw(struct app *app, void *state, struct ui_rect area)
{
    struct open_box *b = state;
    struct columns c = columns_of(area.cols);
    struct ui_rect list = {area.row + HEAD_ROWS, 0, area.rows - HEAD_ROWS, area.cols};
    list.rows = list.rows > 0 ? list.rows : 1;
    list_fit(&b->list, b->shown_count, list.rows);
    canvas_cursor(list.row, 3, false);
    draw_title(b, area);
    draw_headings(&c, area);
    for (int i = 0; i < list.rows && b->list.top + (size_t)i < b->shown_count; i++)
        draw_row(b, b->list.top + (size_t)i, list.row + i, &c, area.cols);
    if (b->shown_count <= 1 && list.rows > 1 && (!b->dir || b->dir->count <= b->hidden))
        draw_nothing(b, list);
    list_draw_more(&b->list, list, ROLE_LABEL);
    draw_path(b, area);
    look_into_files(app, b); /* other rows may be on the screen now */
}

static void open_status(struct app *app, void *state, struct ui_pen *pen)
{
    const struct open_box *b = state;
    const struct directory_row *row = current(b);
    char words[120];
    int used = snprintf(words, sizeof words, "   %zu/%zu", b->shown_count ? b->list.cursor + 1 : 0,
                        b->shown_count);
    (void)app;
    if (b->marks)
        used += snprintf(words + used, sizeof words - (size_t)used, "   %zu marked", b->marks);
    if (b->hidden)
        used += snprintf(words + used, sizeof words - (size_t)used, "   %zu not shown (.)", b->hidden);
    if (b->dir && b->dir->beyond)
        snprintf(words + used, sizeof words - (size_t)used, "   %zu too many", b->dir->beyond);
    canvas_text(pen, b->browse.done ? " Choose" : " Open");
    if (row) {
        canvas_text(pen, " › ");
        canvas_ext_cut(pen, row->name, pen->end - pen->col - (int)strlen(words) - 1, CUT_MIDDLE);
    }
    canvas_text(pen, words);
    const char *hint = b->editing       ? "typing a path "
                       : b->browse.done ? "Tab path  Enter choose "
                                        : "Tab path  Space mark ";
    if (pen->end - pen->col > (int)strlen(hint)) {
        canvas_pad(pen, pen->end - (int)strlen(hint));
        canvas_text(pen, hint);
    }
}

/* ---- choosing for a form ---- */

/* As one would type it. */
static char *short_path(const char *path)
{
    char here[4096];
    size_t len = getcwd(here, sizeof here) ? strlen(here) : 0;
    bool below = len > 1 && strncmp(path, here, len) == 0 && path[len] == '/' && path[len + 1];
    return ks_strdup(below ? path + len + 1 : path);
}

/* The box is gone before it is answered. */
static enum ui_next choose(struct app *app, struct open_box *b, const char *path)
{
    struct browse browse = b->browse;
    char *chosen = short_path(path);
    b->browse.done = NULL;
    app_close_view(app, b);
    browse.done(app, browse.ctx, chosen);
    free(chosen);
    return UI_STAY;
}

static enum ui_next choose_here(struct app *app, struct open_box *b)
{
    char *path = directory_join(b->path, b->made_name ? b->made_name : "");
    enum ui_next next = choose(app, b, path);
    free(path);
    return next;
}

/* ---- doing ---- */

static void open_path(struct app *app, const char *path)
{
    app_open(app, path, NULL);
}

static enum ui_next open_marked(struct app *app, struct open_box *b)
{
    size_t opened = 0;
    for (size_t i = 0; i < b->dir->count; i++) {
        const struct directory_row *row = &b->dir->rows[i];
        if (!row->marked)
            continue;
        char *path = directory_join(b->dir->path, row->name);
        open_path(app, path);
        free(path);
        opened++;
    }
    return opened ? UI_CLOSE : UI_STAY;
}

static void go_up(struct app *app, struct open_box *b)
{
    const char *slash = strrchr(b->path, '/');
    char *from = ks_strdup(slash ? slash + 1 : "");
    char *parent = directory_join(b->path, "..");
    enter_directory(app, b, parent, from);
    free(parent);
    free(from);
}

static bool may_open(struct app *app, const struct directory_row *row)
{
    if (!row->probed || row->probe.openable)
        return true;
    app_message(app, "%s was not opened: %s.", row->name, row->probe.looks);
    return false;
}

static enum ui_next open_current(struct app *app, struct open_box *b)
{
    const struct directory_row *row = current(b);
    if (is_here(b, b->list.cursor))
        return choose_here(app, b);
    if (!row) {
        go_up(app, b);
        return UI_REDRAW;
    }
    char *path = directory_join(b->dir->path, row->name);
    enum ui_next next = UI_REDRAW;
    if (row->directory) {
        enter_directory(app, b, path, NULL);
    } else if (b->browse.done) {
        next = choose(app, b, path);
    } else if (may_open(app, row)) {
        open_path(app, path);
        next = UI_CLOSE;
    }
    free(path);
    return next;
}

static enum ui_next mark(struct open_box *b)
{
    struct directory_row *row = current(b);
    if (row && !row->directory) {
        row->marked = !row->marked;
        b->marks += row->marked ? 1 : (size_t)-1;
    }
    (void)list_command(&b->list, CMD_DOWN);
    return UI_REDRAW;
}

static enum ui_next cancel(struct open_box *b)
{
    if (b->marks == 0)
        return UI_CLOSE;
    for (size_t i = 0; i < b->dir->count; i++)
        b->dir->rows[i].marked = false;
    b->marks = 0;
    return UI_REDRAW;
}

/* ---- typing a path ---- */

/* Goes on with what was typed before, as long as the directory is the same. */
static void start_typing(struct open_box *b)
{
    struct ks_buf path = KS_BUF_INIT;
    b->editing = true;
    if (b->typed)
        return;
    directory_short(b->path, &path);
    if (path.len && path.data[path.len - 1] != '/')
        ks_buf_byte(&path, '/');
    line_edit_set(b->edit, ks_buf_text(&path));
    ks_buf_free(&path);
    b->typed = true;
}

static enum ui_next take_path(struct app *app, struct open_box *b)
{
    struct stat st;
    char *path = directory_resolve(b->path, line_edit_text(b->edit));
    enum ui_next next = UI_REDRAW;
    if (stat(path, &st) != 0 && b->browse.makes) {
        next = choose(app, b, path);
    } else if (stat(path, &st) != 0) {
        app_message(app, "%s was not %s: %s.", path, b->browse.done ? "chosen" : "opened",
                    strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        b->editing = false;
        enter_directory(app, b, path, NULL);
    } else if (b->browse.done) {
        next = choose(app, b, path);
    } else {
        open_path(app, path);
        next = UI_CLOSE;
    }
    free(path);
    return next;
}

/* What could be meant, when there is nothing that all of it begins with. */
static void say_matches(struct app *app, const struct open_box *b)
{
    struct ks_buf names = KS_BUF_INIT;
    size_t count = directory_matches(b->path, line_edit_text(b->edit), &names);
    if (count == 0)
        app_message(app, "Nothing begins like that.");
    else if (count == 1)
        app_message(app, "Complete. Enter %s it.", b->browse.done ? "takes" : "opens");
    else
        app_message(app, "%zu begin like that: %s", count, ks_buf_text(&names));
    ks_buf_free(&names);
}

static void complete(struct app *app, struct open_box *b)
{
    char *longer = directory_complete(b->path, line_edit_text(b->edit));
    if (longer && strcmp(longer, line_edit_text(b->edit)) != 0)
        line_edit_set(b->edit, longer);
    else
        say_matches(app, b);
    free(longer);
}

static bool at_end(const struct open_box *b)
{
    return line_edit_cursor(b->edit) == line_edit_length(b->edit);
}

static enum ui_next typing_key(struct app *app, struct open_box *b, struct ui_key key)
{
    if (key.code == UI_KEY_PASTE) {
        size_t len;
        const char *text = ui_paste(&len);
        (void)line_edit_insert(b->edit, text, len, NULL);
        return UI_REDRAW;
    }
    if (key.code == UI_KEY_DOWN) {
        b->editing = false;
        return UI_REDRAW;
    }
    if (key.code == UI_KEY_TAB || (key.code == UI_KEY_RIGHT && at_end(b))) {
        complete(app, b);
        return UI_REDRAW;
    }
    switch (line_edit_key(b->edit, key)) {
    case LINE_ENTER:
        return take_path(app, b);
    case LINE_CANCEL:
        b->editing = false;
        return UI_REDRAW;
    default:
        return UI_REDRAW;
    }
}

/* ---- search by name ---- */

static bool name_matches(const struct open_box *b, size_t i, const char *folded)
{
    const struct directory_row *row = row_at(b, i);
    return row && ks_text_contains_folded(row->name, folded);
}

static bool find(struct open_box *b, size_t from, bool back)
{
    char *folded = b->search ? ks_text_fold(b->search) : NULL;
    size_t count = b->shown_count;
    bool found = false;
    for (size_t step = 0; folded && step < count && !found; step++) {
        size_t i = back ? (from + 2 * count - step) % count : (from + step) % count;
        found = name_matches(b, i, folded);
        if (found)
            list_select(&b->list, i);
    }
    free(folded);
    return found;
}

static void search_changed(struct app *app, void *ctx, const char *text)
{
    struct open_box *b = ctx;
    free(b->search);
    b->search = text[0] ? ks_strdup(text) : NULL;
    list_select(&b->list, b->search_from);
    (void)find(b, b->search_from, false);
    app_redraw(app);
}

static void search_done(struct app *app, void *ctx, const char *text)
{
    struct open_box *b = ctx;
    char *folded = text && b->search ? ks_text_fold(b->search) : NULL;
    if (!text)
        list_select(&b->list, b->search_from);
    else if (folded && !name_matches(b, b->list.cursor, folded))
        app_message(app, "No name here matches %s.", b->search);
    free(folded);
    app_redraw(app);
}

static void ask_search(struct app *app, struct open_box *b)
{
    b->search_from = b->list.cursor;
    prompt_ask(app, &(struct prompt_line){.label = "search names: ",
                                          .changed = search_changed, .done = search_done}, b);
}

static enum ui_next search_again(struct app *app, struct open_box *b, bool back)
{
    size_t count = b->shown_count, at = b->list.cursor;
    if (count && !find(b, back ? at + count - 1 : at + 1, back))
        app_message(app, "No name here matches %s.", b->search);
    return UI_REDRAW;
}

/* ---- commands and keys ---- */

/* The directory under the cursor, else the one that is shown. */
static enum ui_next scan(struct app *app, const struct open_box *b)
{
    const struct directory_row *row = current(b);
    char *path = row && row->directory ? directory_join(b->dir->path, row->name)
                                       : ks_strdup(b->path);
    scan_start(app, (const char *const[]){path}, 1);
    free(path);
    return UI_CLOSE;
}

static void reload(struct app *app, struct open_box *b)
{
    const struct directory_row *row = current(b);
    char *path = ks_strdup(b->path), *name = row ? ks_strdup(row->name) : NULL;
    enter_directory(app, b, path, name);
    free(path);
    free(name);
}

static enum ui_next open_command(struct app *app, void *state, enum ui_command_id id)
{
    struct open_box *b = state;
    if (list_command(&b->list, id))
        return UI_REDRAW;
    switch (id) {
    case CMD_ENTER:
        return b->marks ? open_marked(app, b) : open_current(app, b);
    case CMD_IN:
        return open_current(app, b);
    case CMD_OUT:
        go_up(app, b);
        return UI_REDRAW;
    case CMD_PANE:
        start_typing(b);
        return UI_REDRAW;
    case CMD_MARK:
        return mark(b);
    case CMD_HIDDEN:
        b->all = !b->all;
        rebuild(b);
        return UI_REDRAW;
    case CMD_RELOAD:
        reload(app, b);
        return UI_REDRAW;
    case CMD_SCAN:
        return scan(app, b);
    case CMD_SEARCH:
        ask_search(app, b);
        return UI_REDRAW;
    case CMD_SEARCH_NEXT:
        return search_again(app, b, false);
    case CMD_SEARCH_PREV:
        return search_again(app, b, true);
    case CMD_CANCEL:
        return cancel(b);
    default:
        return UI_IGNORED;
    }
}

static enum ui_next mouse(struct app *app, struct open_box *b)
{
    struct ui_mouse m = ui_mouse();
    if (m.button == UI_MOUSE_UP || m.button == UI_MOUSE_DOWN) {
        (void)list_command(&b->list, m.button == UI_MOUSE_UP ? CMD_UP : CMD_DOWN);
        return UI_REDRAW;
    }
    size_t i = b->list.top + (size_t)(m.row < HEAD_ROWS ? 0 : m.row - HEAD_ROWS);
    if (m.row < HEAD_ROWS || m.row >= HEAD_ROWS + b->list.rows || i >= b->shown_count)
        return UI_STAY;
    b->editing = false;
    if (i == b->list.cursor)
        return open_current(app, b);
    list_select(&b->list, i);
    return UI_REDRAW;
}

static enum ui_next open_key(struct app *app, void *state, struct ui_key key)
{
    struct open_box *b = state;
    if (key.code == UI_KEY_MOUSE)
        return mouse(app, b);
    return b->editing ? typing_key(app, b, key) : UI_IGNORED;
}

static bool open_grabs(struct app *app, void *state)
{
    const struct open_box *b = state;
    (void)app;
    return b->editing;
}

static const char *open_disabled(struct app *app, void *state, enum ui_command_id id)
{
    const struct open_box *b = state;
    (void)app;
    if (b->browse.done && (id == CMD_CREATE || id == CMD_JVM || id == CMD_SCAN || id == CMD_MARK))
        return "one file is chosen for a form";
    if (id == CMD_OUT && strcmp(b->path, "/") == 0)
        return "this is the root directory";
    if ((id == CMD_SEARCH_NEXT || id == CMD_SEARCH_PREV) && !b->search)
        return "nothing was searched for yet; / searches";
    if ((id == CMD_ENTER || id == CMD_IN || id == CMD_MARK) && b->shown_count == 0)
        return "no file is shown";
    return NULL;
}

static const char *open_typing_bar(struct app *app, void *state)
{
    const struct open_box *b = state;
    (void)app;
    return !b->editing      ? NULL
           : b->browse.done ? "Enter choose  Tab complete  Down list  Esc list"
                            : "Enter open  Tab complete  Down list  Esc list";
}

static const char *open_enter_word(struct app *app, void *state)
{
    const struct open_box *b = state;
    (void)app;
    return b->browse.done ? "Choose" : NULL;
}

const struct view view_open = {
    .name = "open",
    .context = ON_OPEN,
    .state_size = sizeof(struct open_box),
    .open = open_open,
    .close = open_close,
    .draw = open_draw,
    .status = open_status,
    .command = open_command,
    .key = open_key,
    .grabs_keys = open_grabs,
    .disabled = open_disabled,
    .enter_word = open_enter_word,
    .typing_bar = open_typing_bar,
};

void browse_box(struct app *app, const struct browse *browse)
{
    struct browse arg = *browse;
    app_push(app, &view_open, &arg);
}
