#include "tui/view_scan.h"

#include "base/alloc.h"
#include "file/scan.h"
#include "report/found.h"
#include "tui/app_state.h"
#include "tui/badge.h"
#include "tui/directory.h"
#include "tui/filter_typed.h"
#include "tui/list.h"
#include "tui/prompt.h"
#include "tui/timeline.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TELL_EACH_MS 200
#define PASSWORDS_MAX 32
#define NO_ENTRY UINT32_MAX /* the row of a file that shows no entries */
#define TYPE_COL 23
#define FILE_COL 32

/* What the worker has. `view` belongs to the UI thread; NULL once nobody waits. */
struct task {
    struct scan_view *view;
    char **paths;
    size_t path_count;
    struct ks_secret *passwords[PASSWORDS_MAX];
    size_t password_count;
    atomic_size_t files, found_so_far;
    struct ks_scan found;
};

struct row {
    uint32_t file, entry;
};

struct scan_view {
    char **paths;
    size_t path_count;
    struct task *task;
    struct work *work; /* while it runs */
    size_t tried;      /* passwords */
    struct ks_scan found;
    struct row *rows;
    size_t count, total;
    size_t spans[SPANS];
    struct list list;
    enum sort_key sort;
    bool reverse;
    struct filter *filter;
    char *filter_text;
    char *filter_before; /* while another one is being typed */
    char filter_problem[160];
    char *search;
    size_t search_from;
};

/* ---- rows ---- */

static const struct ks_scan_file *file_of(const struct scan_view *v, struct row row)
{
    return &v->found.files[row.file];
}

static const struct ks_entry *entry_of(const struct scan_view *v, struct row row)
{
    return row.entry == NO_ENTRY ? NULL : ks_store_entry(file_of(v, row)->store, row.entry);
}

static enum report_state state_of(const struct scan_view *v, struct row row)
{
    const struct ks_scan_file *file = file_of(v, row);
    const struct ks_entry *e = entry_of(v, row);
    return e ? report_state_for(file->store, e, (enum ks_severity)file->worst[row.entry], ks_now())
             : found_row_state(file->state);
}

static const struct row *current(const struct scan_view *v)
{
    return v->list.cursor < v->count ? &v->rows[v->list.cursor] : NULL;
}

/* The entries of a file that the filter lets through. `files` has the file of each place. */
static size_t collect_file(struct scan_view *v, uint32_t at, struct sort_item *items, size_t n,
                           uint32_t *files)
{
    const struct ks_scan_file *file = &v->found.files[at];
    int64_t now = ks_now();
    size_t entries = file->store ? ks_store_count(file->store) : 0;
    for (uint32_t k = 0; k < entries; k++) {
        const struct ks_entry *e = ks_store_entry(file->store, k);
        const uint8_t *worst = &file->worst[k];
        if (!found_has_row(file, e))
            continue;
        v->total++;
        if (v->filter && !filter_match_judged(v->filter, file->store, e, worst, now))
            continue;
        v->spans[span_of(e, now)]++;
        files[n] = at;
        items[n] = (struct sort_item){file->store, k, (uint32_t)n, worst};
        n++;
    }
    return n;
}

/* Files that want a password, or were not read, have a row of their own behind the others. A filter
 * asks for entries, and hides them. */
static void add_file_rows(struct scan_view *v)
{
    for (uint32_t i = 0; i < v->found.count; i++) {
        if (v->found.files[i].state == KS_SCAN_READ)
            continue;
        v->total++;
        if (!v->filter)
            v->rows[v->count++] = (struct row){i, NO_ENTRY};
    }
}

static void fill_rows(struct scan_view *v)
{
    size_t n = 0;
    struct sort_item *items = ks_alloc_array(v->found.entries, sizeof *items);
    uint32_t *files = ks_alloc_array(v->found.entries, sizeof *files);
    memset(v->spans, 0, sizeof v->spans);
    v->total = 0;
    for (uint32_t i = 0; i < v->found.count; i++)
        n = collect_file(v, i, items, n, files);
    sort_items(items, n, v->sort, v->reverse, ks_now());
    v->rows = ks_realloc(v->rows, (n + v->found.count + 1) * sizeof *v->rows);
    for (size_t i = 0; i < n; i++)
        v->rows[i] = (struct row){files[items[i].place], items[i].entry};
    v->count = n;
    free(items);
    free(files);
    add_file_rows(v);
}

static void rebuild(struct scan_view *v)
{
    struct row kept = current(v) ? *current(v) : (struct row){UINT32_MAX, NO_ENTRY};
    fill_rows(v);
    list_fit(&v->list, v->count, v->list.rows);
    for (size_t i = 0; i < v->count; i++)
        if (v->rows[i].file == kept.file && v->rows[i].entry == kept.entry)
            list_select(&v->list, i);
}

/* ---- searching ---- */

static void free_paths(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}

static char **copy_paths(const char *const *paths, size_t count)
{
    char **copy = ks_alloc_array(count, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = ks_strdup(paths[i]);
    return copy;
}

static void tell(void *ctx, const struct ks_scan *so_far)
{
    struct task *t = ctx;
    atomic_store(&t->files, so_far->looked);
    atomic_store(&t->found_so_far, so_far->count);
}

static void run(struct ks_job *job, void *arg)
{
    struct task *t = arg;
    struct ks_scan_options options = {
        .passwords = (const struct ks_secret *const *)t->passwords,
        .password_count = t->password_count,
        .progress = tell,
        .ctx = t,
    };
    ks_scan_run((const char *const *)t->paths, t->path_count, &options, job, &t->found);
}

static void done(struct app *app, void *arg, bool cancelled)
{
    struct task *t = arg;
    struct scan_view *v = t->view;
    if (v) {
        v->task = NULL;
        v->work = NULL;
        ks_scan_drop(&v->found);
        v->found = t->found;
        t->found = (struct ks_scan){0};
        rebuild(v);
        if (cancelled)
            app_message(app, "Stopped: %zu files were looked at. R searches again.",
                        v->found.looked);
        app_redraw(app);
    }
    for (size_t i = 0; i < t->password_count; i++)
        ks_secret_free(t->passwords[i]);
    free_paths(t->paths, t->path_count);
    ks_scan_drop(&t->found);
    free(t);
}

static void add_password(struct task *t, const struct ks_secret *password)
{
    if (!password || t->password_count == PASSWORDS_MAX)
        return;
    for (size_t i = 0; i < t->password_count; i++)
        if (ks_secret_equal(t->passwords[i], password))
            return;
    t->passwords[t->password_count++] = ks_secret_dup(password);
}

/* What --pass gave, and what opens the files that are open: nobody likes to type it again. */
static void gather_passwords(const struct app *app, struct task *t)
{
    for (size_t i = 0; i < app->opts->file_count && !app->forgotten; i++)
        add_password(t, app->opts->files[i].password);
    for (size_t i = 0; i < app_file_count(app); i++)
        if (app_file(app, i)->store)
            add_password(t, app_file(app, i)->store->now->password);
}

static void begin(struct app *app, struct scan_view *v)
{
    struct task *t = ks_alloc(sizeof *t);
    t->view = v;
    t->paths = copy_paths((const char *const *)v->paths, v->path_count);
    t->path_count = v->path_count;
    gather_passwords(app, t);
    v->tried = t->password_count;
    v->task = t;
    struct work *work = work_start(app, "scanning", run, t, done);
    v->work = v->task ? work : NULL;
    app_wake_in(app, TELL_EACH_MS);
}

/* ---- life ---- */

struct given {
    const char *const *paths;
    size_t count;
};

static void scan_open(struct app *app, void *state, void *arg)
{
    struct scan_view *v = state;
    const struct given *given = arg;
    v->paths = copy_paths(given->paths, given->count);
    v->path_count = given->count;
    v->sort = SORT_EXPIRY;
    v->list.rows = 1;
    begin(app, v);
}

static void scan_close(struct app *app, void *state)
{
    struct scan_view *v = state;
    if (v->task)
        v->task->view = NULL;
    if (v->work)
        work_stop(app, v->work);
    filter_free(v->filter);
    free(v->filter_text);
    free(v->filter_before);
    free(v->search);
    free(v->rows);
    free_paths(v->paths, v->path_count);
    ks_scan_drop(&v->found);
}

void scan_start(struct app *app, const char *const *paths, size_t count)
{
    struct given given = {(const char *const *)copy_paths(paths, count), count};
    void *before = app_find_view(app, &view_scan);
    app_drop_aside(app); /* asked for anew */
    if (before)
        app_close_view(app, before);
    app_push(app, &view_scan, &given);
    free_paths((char **)(uintptr_t)given.paths, count);
}

static void directory_typed_in(struct app *app, void *ctx, const char *text)
{
    struct stat st;
    (void)ctx;
    if (!text || !*text)
        return;
    char *path = directory_typed(text);
    if (stat(path, &st) == 0)
        scan_start(app, (const char *const[]){path}, 1);
    else
        app_message(app, "%s was not searched: there is no such directory.", path);
    free(path);
}

/* Where the selected file is, else here. */
static char *usual_directory(const struct app *app)
{
    const char *alias;
    const struct ui_file *f = app_selected(app, &alias);
    const char *slash = f ? strrchr(f->path, '/') : NULL;
    if (!slash)
        return ks_strdup(".");
    return ks_strndup(f->path, slash == f->path ? 1 : (size_t)(slash - f->path));
}

void scan_ask(struct app *app)
{
    if (app_argument(app)) {
        directory_typed_in(app, NULL, app_argument(app));
        return;
    }
    char *initial = usual_directory(app);
    prompt_ask(app,
               &(struct prompt_line){
                   .label = "scan directory: ", .initial = initial, .done = directory_typed_in},
               app_top(app)->state);
    free(initial);
}

/* ---- drawing ---- */

struct columns {
    int type, file, entry; /* first cells; type 0: left out */
};

static struct columns columns_of(int cols)
{
    struct columns c = {.type = cols >= 60 ? TYPE_COL : 0,
                        .file = cols >= 60 ? FILE_COL : TYPE_COL};
    c.entry = c.file + (cols - c.file) / 2;
    return c;
}

static const char *no_entry_words(enum ks_scan_state state)
{
    return state == KS_SCAN_UNSUPPORTED ? "(other)"
           : state == KS_SCAN_LOCKED    ? "(locked)"
           : state == KS_SCAN_DAMAGED   ? "(damaged)"
                                        : "(not read)";
}

static void draw_day(struct ui_pen *pen, const struct scan_view *v, struct row row)
{
    char days[8] = "-", date[16];
    const struct ks_entry *e = entry_of(v, row);
    int64_t now = ks_now(), expires = e ? report_entry_expires(e) : KS_TIME_NONE;
    if (e)
        report_entry_days(e, now, days);
    canvas_pad(pen, 9 - (int)strlen(days));
    if (e)
        badge_text(pen, badge_entry_days_role(e, now), days);
    else
        canvas_text(pen, days);
    canvas_pad(pen, 11);
    canvas_text(pen, !e                        ? no_entry_words(file_of(v, row)->state)
                     : expires == KS_TIME_NONE ? timeline_no_date(e)
                                               : ks_time_date(expires, date));
}

static void entry_words(const struct scan_view *v, struct row row, struct ks_buf *out)
{
    const struct ks_scan_file *file = file_of(v, row);
    const struct ks_entry *e = entry_of(v, row);
    if (e)
        found_alias(file, e, out);
    else if (file->why && file->state != KS_SCAN_LOCKED)
        ks_buf_str(out, file->why->what);
}

static void draw_row(const struct scan_view *v, size_t i, int row, const struct columns *c,
                     int cols)
{
    bool selected = i == v->list.cursor;
    struct ui_pen pen = ui_pen(row, 0, cols, selected ? ROLE_SELECT : ROLE_TEXT);
    const struct ks_scan_file *file = file_of(v, v->rows[i]);
    enum report_state state = state_of(v, v->rows[i]);
    struct ks_buf words = KS_BUF_INIT;
    pen.under = pen.role;
    if (selected)
        canvas_cursor(row, 1, false);
    canvas_text(&pen, " ");
    badge_text(&pen, badge_role(state), report_state_glyph(state, ui_ascii()));
    draw_day(&pen, v, v->rows[i]);
    if (c->type) {
        canvas_pad(&pen, c->type);
        canvas_ext_cut(&pen, file->type, c->file - c->type - 1, CUT_END);
    }
    canvas_pad(&pen, c->file);
    canvas_ext_cut(&pen, found_path(file, v->path_count > 1), c->entry - c->file - 2, CUT_PATH);
    canvas_pad(&pen, c->entry);
    entry_words(v, v->rows[i], &words);
    canvas_ext_cut(&pen, ks_buf_text(&words), cols - c->entry - 1, CUT_END);
    ks_buf_free(&words);
    if (selected)
        canvas_fill(&pen);
}

static void draw_title(const struct scan_view *v, struct ui_rect area)
{
    struct ui_pen pen = ui_pen(area.row, 0, area.cols, ROLE_LABEL);
    char words[64], date[16], now[32];
    snprintf(now, sizeof now, "now %s ", ks_time_date(ks_now(), date));
    int right = area.cols - (int)strlen(now);
    canvas_text(&pen, " Scan of ");
    canvas_ext_cut(&pen, v->paths[0], (right - pen.col) / 2, CUT_PATH);
    pen.role = ROLE_TEXT;
    if (v->path_count > 1) {
        snprintf(words, sizeof words, " and %zu more", v->path_count - 1);
        canvas_text(&pen, words);
    }
    if (!v->task) {
        snprintf(words, sizeof words, "   %zu of %zu", v->count, v->total);
        canvas_text(&pen, words);
    }
    if (v->sort != SORT_EXPIRY || v->reverse) {
        snprintf(words, sizeof words, "  sort:%s%s", sort_key_word(v->sort),
                 v->reverse ? " down" : "");
        canvas_text(&pen, words);
    }
    if (v->filter_text) {
        canvas_text(&pen, "   filter: ");
        canvas_ext_cut(&pen, v->filter_text, right - pen.col - 1, CUT_END);
    }
    canvas_pad(&pen, right);
    canvas_text(&pen, now);
}

static void draw_headings(struct ui_rect area, const struct columns *c)
{
    struct ui_pen pen = ui_pen(area.row + 1, 0, area.cols, ROLE_LABEL);
    canvas_text(&pen, " st   days  expires");
    if (c->type) {
        canvas_pad(&pen, c->type);
        canvas_text(&pen, "type");
    }
    canvas_pad(&pen, c->file);
    canvas_text(&pen, "file");
    canvas_pad(&pen, c->entry);
    canvas_text(&pen, "entry");
}

static void draw_running(const struct scan_view *v, struct ui_rect list)
{
    struct ui_pen pen = ui_pen(list.row, 1, list.cols, ROLE_TEXT);
    char words[128];
    size_t files = atomic_load(&v->task->files), found = atomic_load(&v->task->found_so_far);
    canvas_text(&pen, "Scanning ");
    canvas_ext_cut(&pen, v->paths[0], pen.end - pen.col - 16, CUT_PATH);
    snprintf(words, sizeof words, ": %zu file%s", files, files == 1 ? "" : "s");
    canvas_text(&pen, words);
    pen = ui_pen(list.row + 1, 1, list.cols, ROLE_TEXT);
    snprintf(words, sizeof words, "%zu with keys or certificates so far.", found);
    canvas_text(&pen, words);
    pen = ui_pen(list.row + 2, 1, list.cols, ROLE_TEXT);
    canvas_text(&pen, "Esc stops, and keeps what was found.");
    canvas_cursor(list.row, 1, false);
}

static void draw_cut(void *ctx, const char *word, const char *sentence)
{
    struct ks_buf *text = ctx;
    (void)word;
    if (text->len)
        ks_buf_byte(text, ' ');
    ks_buf_str(text, sentence);
}

static void draw_line(const char *text, int row, int cols)
{
    struct ui_pen pen = ui_pen(row, 1, cols, ROLE_TEXT);
    canvas_ext_cut(&pen, text, cols - 2, CUT_END);
}

/* How soon, what was counted, and that it is not all when it is not. */
static void draw_summary(const struct scan_view *v, int row, struct ui_rect area)
{
    struct ks_buf text = KS_BUF_INIT;
    int end = area.row + area.rows;
    if (row < end)
        spans_draw(v->spans, row, area.cols);
    found_counts(&v->found, &text);
    if (++row < end)
        draw_line(ks_buf_text(&text), row, area.cols);
    ks_buf_clear(&text);
    found_cut(&v->found, draw_cut, &text);
    if (text.len && ++row < end)
        draw_line(ks_buf_text(&text), row, area.cols);
    ks_buf_free(&text);
}

static void draw_rows(struct scan_view *v, struct ui_rect list, const struct columns *c)
{
    int row = list.row;
    for (size_t i = v->list.top; i < v->count && row < list.row + list.rows; i++, row++)
        draw_row(v, i, row, c, list.cols);
    if (v->count == 0) {
        draw_line(v->filter ? "No entry matches the filter. Esc clears it."
                            : "There is no keystore, certificate or key.",
                  list.row, list.cols);
        canvas_cursor(list.row, 1, false);
    }
    list_draw_more(&v->list, list, ROLE_LABEL);
}

static void scan_draw(struct app *app, void *state, struct ui_rect area)
{
    struct scan_view *v = state;
    struct columns c = columns_of(area.cols);
    struct ui_rect list = {area.row + 2, 0, area.rows - 2 - (v->found.cut ? 4 : 3), area.cols};
    (void)app;
    if (list.rows < 1)
        list.rows = 1;
    list_fit(&v->list, v->count, list.rows);
    draw_title(v, area);
    if (v->task) {
        draw_running(v, list);
        return;
    }
    draw_headings(area, &c);
    draw_rows(v, list, &c);
    size_t shown = v->count == 0 ? 1 : v->count;
    draw_summary(v, list.row + ((size_t)list.rows < shown ? list.rows : (int)shown) + 1, area);
}

static void scan_status(struct app *app, void *state, struct ui_pen *pen)
{
    const struct scan_view *v = state;
    char words[64];
    (void)app;
    canvas_text(pen, " Scan");
    if (!v->task && current(v)) {
        snprintf(words, sizeof words, "   %zu/%zu", v->list.cursor + 1, v->count);
        canvas_text(pen, " › ");
        canvas_ext_cut(pen, file_of(v, *current(v))->path,
                       pen->end - pen->col - (int)strlen(words) - 18, CUT_PATH);
        canvas_text(pen, words);
    }
    snprintf(words, sizeof words, "warn at %d days ", KS_WARN_DAYS);
    canvas_pad(pen, pen->end - (int)strlen(words));
    canvas_text(pen, words);
}

static enum ui_next scan_idle(struct app *app, void *state)
{
    const struct scan_view *v = state;
    if (!v->task)
        return UI_STAY;
    app_wake_in(app, TELL_EACH_MS);
    return UI_REDRAW;
}

/* ---- filter and sort ---- */

/* The text is one that filter_parse() takes. */
static void set_filter(struct app *app, struct scan_view *v, const char *text)
{
    struct filter *f = text && *text ? filter_parse(text, NULL) : NULL;
    char *copy = f ? ks_strdup(text) : NULL;
    filter_free(v->filter);
    free(v->filter_text);
    v->filter = f;
    v->filter_text = copy;
    rebuild(v);
    app_redraw(app);
}

static void filter_changed(struct app *app, void *ctx, const char *text)
{
    struct scan_view *v = ctx;
    char *counts = filter_typed(text);
    set_filter(app, v, counts);
    free(counts);
    filter_typed_problem(text, v->filter_problem, sizeof v->filter_problem);
}

static void filter_note(struct app *app, void *ctx, char out[static PROMPT_NOTE])
{
    const struct scan_view *v = ctx;
    (void)app;
    if (v->filter_problem[0])
        snprintf(out, PROMPT_NOTE, "%s", v->filter_problem);
    else
        snprintf(out, PROMPT_NOTE, "%zu of %zu", v->count, v->total);
}

static void filter_done(struct app *app, void *ctx, const char *text)
{
    struct scan_view *v = ctx;
    if (!text)
        set_filter(app, v, v->filter_before);
    else if (filter_is_understood(app, text))
        set_filter(app, v, text);
}

static bool filter_accept(struct app *app, void *ctx, const char *text)
{
    (void)ctx;
    return filter_is_understood(app, text);
}

static void ask_filter(struct app *app, struct scan_view *v)
{
    free(v->filter_before);
    v->filter_before = v->filter_text ? ks_strdup(v->filter_text) : NULL;
    v->filter_problem[0] = '\0';
    if (app_argument(app)) {
        filter_done(app, v, app_argument(app));
        return;
    }
    prompt_ask(app,
               &(struct prompt_line){.label = "filter: ",
                                     .hint = FILTER_HINT,
                                     .initial = v->filter_text,
                                     .changed = filter_changed,
                                     .note = filter_note,
                                     .accept = filter_accept,
                                     .done = filter_done},
               v);
}

static void sort_chosen(struct app *app, void *ctx, char key)
{
    struct scan_view *v = ctx;
    if (!timeline_order(key, &v->sort))
        return;
    rebuild(v);
    app_redraw(app);
}

static void ask_sort(struct app *app, struct scan_view *v)
{
    if (app_argument(app))
        sort_chosen(app, v, app_argument(app)[0]);
    else
        prompt_choose(app, "sort: ", timeline_sorts, TIMELINE_SORTS, sort_chosen, v);
}

/* ---- search ---- */

static bool row_matches(const struct scan_view *v, size_t i)
{
    const struct ks_scan_file *file = file_of(v, v->rows[i]);
    const struct ks_entry *e = entry_of(v, v->rows[i]);
    return (e && filter_text_matches_entry(v->search, e)) ||
           filter_text_matches_text(v->search, file->path + file->below);
}

/* The next match from `from` on (inclusive), around the end; false if there is none. */
static bool find(struct scan_view *v, size_t from, bool back)
{
    for (size_t step = 0; v->search && step < v->count; step++) {
        size_t i = back ? (from + 2 * v->count - step) % v->count : (from + step) % v->count;
        if (row_matches(v, i)) {
            list_select(&v->list, i);
            return true;
        }
    }
    return false;
}

static void search_changed(struct app *app, void *ctx, const char *text)
{
    struct scan_view *v = ctx;
    free(v->search);
    v->search = text[0] ? ks_strdup(text) : NULL;
    list_select(&v->list, v->search_from);
    (void)find(v, v->search_from, false);
    app_redraw(app);
}

static void search_done(struct app *app, void *ctx, const char *text)
{
    struct scan_view *v = ctx;
    if (!text)
        list_select(&v->list, v->search_from);
    else if (v->search && v->count && !row_matches(v, v->list.cursor))
        app_message(app, "No line matches %s.", v->search);
    app_redraw(app);
}

static void ask_search(struct app *app, struct scan_view *v)
{
    v->search_from = v->list.cursor;
    if (app_argument(app)) {
        search_changed(app, v, app_argument(app));
        search_done(app, v, app_argument(app));
        return;
    }
    prompt_ask(
        app,
        &(struct prompt_line){.label = "search: ", .changed = search_changed, .done = search_done},
        v);
}

static enum ui_next search_again(struct app *app, struct scan_view *v, bool back)
{
    if (v->count == 0)
        return UI_STAY;
    size_t from = back ? v->list.cursor + v->count - 1 : v->list.cursor + 1;
    if (!find(v, from % v->count, back))
        app_message(app, "No line matches %s.", v->search);
    return UI_REDRAW;
}

/* ---- commands ---- */

static enum ui_next next_problem(struct app *app, struct scan_view *v)
{
    for (size_t step = 1; step <= v->count; step++) {
        size_t i = (v->list.cursor + step) % v->count;
        enum report_state state = state_of(v, v->rows[i]);
        if (state == REPORT_ERR || state == REPORT_WARN) {
            list_select(&v->list, i);
            return UI_REDRAW;
        }
    }
    app_message(app, "No line has an error or a warning.");
    return UI_STAY;
}

/* One line of the table as text, for the pager and the clipboard. */
static void row_text(const struct scan_view *v, struct row row, struct ks_buf *out)
{
    const struct ks_scan_file *file = file_of(v, row);
    const struct ks_entry *e = entry_of(v, row);
    char days[8] = "-", date[16];
    int64_t expires = e ? report_entry_expires(e) : KS_TIME_NONE;
    if (e)
        report_entry_days(e, ks_now(), days);
    ks_buf_printf(out, "%-7s %6s  %-10s  %-7s  %s  ", report_state_word(state_of(v, row)), days,
                  !e                        ? no_entry_words(file->state)
                  : expires == KS_TIME_NONE ? timeline_no_date(e)
                                            : ks_time_date(expires, date),
                  file->type, file->path);
    entry_words(v, row, out);
}

static void show_pager(struct app *app, const struct scan_view *v)
{
    struct ks_buf text = KS_BUF_INIT;
    found_counts(&v->found, &text);
    ks_buf_str(&text, "\n\n");
    for (size_t i = 0; i < v->count; i++) {
        row_text(v, v->rows[i], &text);
        ks_buf_byte(&text, '\n');
    }
    app_pager(app, ks_buf_text(&text), text.len);
    ks_buf_free(&text);
}

static void copy_row(struct app *app, const struct scan_view *v)
{
    struct ks_buf text = KS_BUF_INIT;
    row_text(v, *current(v), &text);
    app_copy(app, "This line", ks_buf_text(&text), text.len);
    ks_buf_free(&text);
}

/* What opened it in the search will open it again, where only one thing was tried. */
static const struct ks_secret *password_for(const struct app *app, const struct scan_view *v,
                                            const struct ks_scan_file *file)
{
    const struct ks_secret *only = NULL;
    bool proven = file->state == KS_SCAN_READ && file->store &&
                  file->store->integrity == KS_INTEGRITY_VERIFIED;
    for (size_t i = 0; i < app->opts->file_count && proven && !app->forgotten; i++) {
        const struct ks_secret *given = app->opts->files[i].password;
        if (given && only && !ks_secret_equal(given, only))
            return NULL;
        only = given ? given : only;
    }
    return v->tried == 1 ? only : NULL;
}

static enum ui_next go_to_entry(struct app *app, struct scan_view *v)
{
    const struct ks_scan_file *file = file_of(v, *current(v));
    const struct ks_entry *e = entry_of(v, *current(v));
    if (file->directory) {
        app_error(app, file->why);
        return UI_REDRAW;
    }
    files_open_at(app, file->path, password_for(app, v, file), e ? e->alias : NULL);
    return UI_ASIDE;
}

static enum ui_next cancel(struct app *app, struct scan_view *v)
{
    if (!v->filter)
        return UI_CLOSE;
    set_filter(app, v, NULL);
    return UI_REDRAW;
}

static enum ui_next scan_command(struct app *app, void *state, enum ui_command_id id)
{
    struct scan_view *v = state;
    if (list_command(&v->list, id))
        return UI_REDRAW;
    switch (id) {
    case CMD_ENTER:
        return go_to_entry(app, v);
    case CMD_FILTER:
        ask_filter(app, v);
        return UI_REDRAW;
    case CMD_SORT:
        ask_sort(app, v);
        return UI_REDRAW;
    case CMD_INVERT:
        v->reverse = !v->reverse;
        rebuild(v);
        return UI_REDRAW;
    case CMD_SEARCH:
        ask_search(app, v);
        return UI_REDRAW;
    case CMD_SEARCH_NEXT:
        return search_again(app, v, false);
    case CMD_SEARCH_PREV:
        return search_again(app, v, true);
    case CMD_NEXT_PROBLEM:
        return next_problem(app, v);
    case CMD_COPY:
        copy_row(app, v);
        return UI_REDRAW;
    case CMD_PAGER:
        show_pager(app, v);
        return UI_REDRAW;
    case CMD_RELOAD:
        begin(app, v);
        return UI_REDRAW;
    case CMD_CANCEL:
        return cancel(app, v);
    default:
        return UI_IGNORED;
    }
}

static const char *scan_disabled(struct app *app, void *state, enum ui_command_id id)
{
    const struct scan_view *v = state;
    bool needs_row = id == CMD_ENTER || id == CMD_COPY || id == CMD_NEXT_PROBLEM;
    bool needs_end = needs_row || id == CMD_PAGER || id == CMD_RELOAD || id == CMD_FILTER ||
                     id == CMD_SORT || id == CMD_INVERT || id == CMD_SEARCH;
    (void)app;
    if (v->task && needs_end)
        return "the search is not over; Esc stops it";
    if ((id == CMD_SEARCH_NEXT || id == CMD_SEARCH_PREV) && !v->search)
        return "nothing was searched for yet; / searches";
    return needs_row && v->count == 0 ? "no line is shown" : NULL;
}

/* A click selects, a click on the selected row goes there, the wheel scrolls. */
static enum ui_next mouse(struct app *app, struct scan_view *v)
{
    struct ui_mouse m = ui_mouse();
    if (m.button == UI_MOUSE_UP || m.button == UI_MOUSE_DOWN) {
        (void)list_command(&v->list, m.button == UI_MOUSE_UP ? CMD_UP : CMD_DOWN);
        return UI_REDRAW;
    }
    size_t i = v->list.top + (size_t)(m.row < 2 ? 0 : m.row - 2);
    if (v->task || m.row < 2 || m.row >= 2 + v->list.rows || i >= v->count)
        return UI_STAY;
    if (i == v->list.cursor)
        return go_to_entry(app, v);
    list_select(&v->list, i);
    return UI_REDRAW;
}

static enum ui_next scan_key(struct app *app, void *state, struct ui_key key)
{
    return key.code == UI_KEY_MOUSE ? mouse(app, state) : UI_IGNORED;
}

const struct view view_scan = {
    .name = "scan",
    .context = ON_SCAN,
    .state_size = sizeof(struct scan_view),
    .open = scan_open,
    .close = scan_close,
    .draw = scan_draw,
    .status = scan_status,
    .command = scan_command,
    .key = scan_key,
    .disabled = scan_disabled,
    .idle = scan_idle,
};
