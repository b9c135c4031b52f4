#include "tui/view_explain.h"

#include "base/alloc.h"
#include "base/text.h"
#include "doctor/explain.h"
#include "report/made.h"
#include "tui/app_state.h"
#include "tui/detail.h"
#include "tui/doctor.h"
#include "tui/text_area.h"
#include "tui/view_findings.h"
#include "x509/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 8        /* recognised messages */
#define EVIDENCE 5     /* entries that have a finding */
#define LINE_MOST 4000 /* bytes of a pasted line that are kept */
#define PIECE (64u << 10)

struct target { /* where a line of the results leads */
    bool set, repairs;
    unsigned file;
    long entry;
};

struct explain {
    struct text_area *area;
    size_t area_top;
    bool in_results;
    bool changed;     /* the text, since it was looked at */
    bool reading;     /* a look at it is under way */
    unsigned version; /* of the text */
    bool known;       /* `told` is about some text */
    struct ks_explanation told;
    struct detail results;
    struct target *targets;
    size_t target_count;
    uint64_t seen; /* the open keystores when the results were made */
};

/* ---- the text: looked at on a thread of its own ---- */

struct reading {
    unsigned version;
    char *text;
    size_t len;
    struct ks_explanation told;
    bool done;
};

static void reading_run(struct ks_job *job, void *arg)
{
    struct reading *r = arg;
    struct ks_explainer *x = ks_explainer_new();
    size_t at = 0;
    while (at < r->len && ks_job_advance(job, at)) {
        size_t piece = r->len - at < PIECE ? r->len - at : PIECE;
        ks_explainer_feed(x, ks_slice(r->text + at, piece));
        at += piece;
    }
    r->done = at == r->len;
    if (r->done)
        ks_explainer_end(x, &r->told);
    ks_explainer_free(x);
}

static void make_results(struct app *app, struct explain *x);

static void reading_done(struct app *app, void *arg, bool cancelled)
{
    struct reading *r = arg;
    struct explain *x = app->quitting ? NULL : app_find_view(app, &view_explain);
    if (x) {
        x->reading = false;
        if (r->done && !cancelled) {
            ks_explanation_drop(&x->told);
            x->told = r->told;
            r->told = (struct ks_explanation){0};
            x->known = true;
            make_results(app, x);
        }
        app->dirty = app->idle_due = true; /* more may have been typed meanwhile */
    }
    ks_explanation_drop(&r->told);
    ks_wipe(r->text, r->len);
    free(r->text);
    free(r);
}

static void read_text(struct app *app, struct explain *x)
{
    struct reading *r = ks_alloc(sizeof *r);
    const char *text = text_area_text(x->area);
    *r = (struct reading){.version = x->version, .len = strlen(text)};
    r->text = ks_strndup(text, r->len);
    x->changed = false;
    x->reading = true;
    app_work(app, "looking for known messages", reading_run, r, reading_done);
}

/* ---- the results ---- */

static uint64_t fingerprint(const struct app *app)
{
    uint64_t seen = 1;
    for (size_t i = 0; i < app_file_count(app); i++) {
        const struct ui_file *f = app_file(app, i);
        seen = seen * 1000003u + f->id * 8191u + f->generation * 31u + f->looks * 7u +
               (unsigned)f->state;
    }
    return seen;
}

struct making_results {
    struct app *app;
    struct explain *x;
    struct report out;
};

static struct target *leads(struct making_results *m)
{
    struct explain *x = m->x;
    while (x->target_count < m->out.count) {
        x->targets = ks_realloc(x->targets, (x->target_count + 1) * sizeof *x->targets);
        x->targets[x->target_count++] = (struct target){0};
    }
    return &x->targets[m->out.count - 1];
}

static void say(struct making_results *m, enum report_role role, int indent, const char *text)
{
    report_add(&m->out, role, "", text);
    m->out.lines[m->out.count - 1].indent = indent;
}

static enum report_role role_of(enum ks_severity severity)
{
    return severity == KS_ERROR     ? REPORT_FAILURE
           : severity == KS_WARNING ? REPORT_CAUTION
                                    : REPORT_REMARK;
}

static void say_yes(struct making_results *m, const char *id, const struct ui_file *f,
                    const struct ks_entry *e, long place, enum ks_severity severity,
                    const char *evidence, bool repairs)
{
    char *text =
        ks_asprintf("YES %s, %s%s%s: %s", id, f->name, e ? "/" : "", e ? e->alias : "", evidence);
    say(m, role_of(severity), 2, text);
    *leads(m) = (struct target){true, repairs, f->id, e ? place : -1};
    free(text);
}

/* The entries of a file that have a finding. */
static size_t check_file(struct making_results *m, const struct ui_file *f, const char *id,
                         size_t shown)
{
    size_t n = 0;
    for (size_t i = 0; f->found && i < f->found->count; i++) {
        const struct ks_diagnosed *d = &f->found->at[i];
        bool repairs = d->remedy == KS_REMEDY_REPAIR || d->remedy == KS_REMEDY_CHOICE;
        if (strcmp(d->found.id, id) != 0)
            continue;
        if (shown + n < EVIDENCE)
            say_yes(m, id, f, d->entry, (long)d->place, d->found.severity,
                    d->found.text ? d->found.text : d->found.title, repairs);
        n++;
    }
    return n;
}

/* What the doctor was not asked, because nobody had named the host: it stands in the message. */
static size_t check_host(struct making_results *m, const struct ui_file *f, const char *host,
                         size_t shown)
{
    size_t n = 0;
    for (size_t i = 0; f->store && i < ks_store_count(f->store) && i < 20000; i++) {
        const struct ks_entry *e = ks_store_entry(f->store, i);
        bool pair = e->kind == KS_KIND_KEY && e->chain_len && !(e->chain[0].flags & KS_CERT_BROKEN);
        if (!pair || ks_cert_answers_for(&e->chain[0], host) == KS_HOST_MATCH)
            continue;
        if (shown + n < EVIDENCE) {
            char *text = ks_asprintf("its certificate does not answer for %.200s", host);
            say_yes(m, "CERT-HOST-MISMATCH", f, e, (long)i, KS_ERROR, text, false);
            free(text);
        }
        n++;
    }
    return n;
}

static size_t pending(const struct app *app)
{
    size_t n = 0;
    for (size_t i = 0; i < app_file_count(app); i++)
        n += app_file(app, i)->state == UI_FILE_READING ||
             (!app_file(app, i)->found && doctor_is_due(app, app_file(app, i)));
    return n;
}

/* A failure to open a file is a finding as well: what the doctor's words for it are. */
static size_t check_failure(struct making_results *m, const struct ui_file *f, const char *id,
                            size_t shown)
{
    struct ks_diagnosis found = {0};
    size_t n = 0;
    if (f->store || f->error.code == KS_OK || !ks_diagnose_failure(f->path, &f->error, &found))
        return 0;
    for (size_t i = 0; i < found.count; i++) {
        if (strcmp(found.at[i].found.id, id) != 0)
            continue;
        if (shown + n < EVIDENCE)
            say_yes(m, id, f, NULL, -1, found.at[i].found.severity,
                    found.at[i].found.text ? found.at[i].found.text : f->error.what, false);
        n++;
    }
    ks_diagnosis_drop(&found);
    return n;
}

static const char *title_of(const char *id)
{
    const struct ks_rule_info *rules = ks_rules();
    while (rules->id && strcmp(rules->id, id) != 0)
        rules++;
    return rules->id ? rules->title : "";
}

/* Why it means nothing that `id` was not found in a file; NULL: it is not there, or not known yet.
 */
static const char *unasked_in(const struct app *app, const struct ui_file *f, const char *id,
                              const char *host)
{
    struct ks_context asked = {.hosts = &host, .host_count = host ? 1 : 0};
    const char *why = ks_explain_unasked(
        id, f->store, f->state == UI_FILE_LOCKED ? KS_ERR_PASSWORD : f->error.code, &asked);
    if (f->state == UI_FILE_READING)
        return NULL;
    if (!why && f->store && !f->found && !doctor_is_due(app, f))
        return "the look at the keystore took too long";
    return why;
}

/* `file`: one of which that is said. */
static const char *unasked(const struct making_results *m, const char *id, const char *host,
                           const struct ui_file **file)
{
    const char *why = NULL;
    for (size_t i = 0; i < app_file_count(m->app) && !why; i++) {
        *file = app_file(m->app, i);
        why = unasked_in(m->app, *file, id, host);
    }
    return why;
}

static void say_not_found(struct making_results *m, const char *id, const char *host)
{
    const struct ui_file *file = NULL;
    const char *why = unasked(m, id, host, &file);
    char *text;
    if (why)
        text =
            ks_asprintf("? %s: not looked for in %s: %s%s", id, file->name, why,
                        strcmp(why, KS_EXPLAIN_TAKES_CHAIN) == 0
                            ? "; with it saved as chain.pem, the proof of a keystore (:prove) or "
                              "ksx prove chain.pem --trust FILE says it"
                            : "");
    else
        text = ks_asprintf("%s %s: %s", pending(m->app) ? "not known yet" : "no", id, title_of(id));
    say(m, REPORT_PLAIN, 2, text);
    free(text);
}

static void check(struct making_results *m, const char *id, const char *host)
{
    size_t found = 0;
    bool by_host = host && strcmp(id, "CERT-HOST-MISMATCH") == 0;
    for (size_t i = 0; i < app_file_count(m->app); i++) {
        const struct ui_file *f = app_file(m->app, i);
        found += by_host ? check_host(m, f, host, found) : check_file(m, f, id, found);
        found += check_failure(m, f, id, found);
    }
    if (found > EVIDENCE) {
        char *more = ks_asprintf("and %zu more", found - EVIDENCE);
        say(m, REPORT_PLAIN, 4, more);
        free(more);
    }
    if (!found)
        say_not_found(m, id, host);
}

static void check_all(struct making_results *m, const struct ks_explained *e)
{
    const char *at = e->symptom->findings;
    if (!at[0]) {
        say(m, REPORT_PLAIN, 2, "This is no fault of a keystore.");
        return;
    }
    if (app_file_count(m->app) == 0) {
        say(m, REPORT_PLAIN, 2, "No keystore is open: o opens the one to look at.");
        return;
    }
    while (*(at += strspn(at, " ")) != '\0') {
        size_t len = strcspn(at, " ");
        char *id = ks_strndup(at, len);
        check(m, id, e->host);
        free(id);
        at += len;
    }
}

static void say_explained(struct making_results *m, const struct ks_explained *e)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_printf(&text, "line %zu%s: %s", e->line,
                  e->root_cause && m->x->told.count > 1 ? ", the root cause" : "",
                  e->quote ? e->quote : "");
    if (e->times > 1)
        ks_buf_printf(&text, " (%zu times)", e->times);
    say(m, REPORT_HEADING, 0, ks_buf_text(&text));
    ks_buf_clear(&text);
    if (e->symptom->from && e->symptom->from[0])
        ks_buf_printf(&text, "%s: ", e->symptom->from);
    ks_buf_str(&text, e->symptom->meaning);
    say(m, REPORT_PLAIN, 2, ks_buf_text(&text));
    if (e->host || e->alias) {
        ks_buf_clear(&text);
        ks_buf_printf(&text, "It names%s%.200s%s%.20s%s%.200s.", e->host ? " the host " : "",
                      e->host ? e->host : "", e->port ? ":" : "", e->port ? e->port : "",
                      e->alias ? " the alias " : "", e->alias ? e->alias : "");
        say(m, REPORT_PLAIN, 2, ks_buf_text(&text));
    }
    check_all(m, e);
    if (e->symptom->check && e->symptom->check[0]) {
        ks_buf_clear(&text);
        ks_buf_printf(&text, "Look at: %s", e->symptom->check);
        say(m, REPORT_PLAIN, 2, ks_buf_text(&text));
    }
    say(m, REPORT_HEADING, 0, "");
    ks_buf_free(&text);
}

static void say_nothing_known(struct making_results *m)
{
    char *text = ks_asprintf("None of the %zu line%s is a message that ksx knows.",
                             m->x->told.lines, m->x->told.lines == 1 ? "" : "s");
    say(m, REPORT_PLAIN, 0, text);
    say(m, REPORT_PLAIN, 0,
        "F lists what is wrong with the open keystores, whatever the message means.");
    free(text);
}

static void make_results(struct app *app, struct explain *x)
{
    struct making_results m = {.app = app, .x = x};
    x->target_count = 0;
    x->seen = fingerprint(app);
    bool empty = text_area_is_empty(x->area);
    if (empty || !x->known)
        say(&m, REPORT_PLAIN, 0,
            "Paste an exception, the message of curl or of a browser, or a piece of a log above. "
            "The open keystores are checked for its causes at once.");
    else if (x->told.count == 0)
        say_nothing_known(&m);
    for (size_t i = 0; !empty && i < x->told.count && i < SHOWN; i++)
        say_explained(&m, &x->told.at[i]);
    if (!empty && x->told.count > SHOWN)
        say(&m, REPORT_PLAIN, 0, "There are more; ksx explain says all of them.");
    if (m.out.count)
        (void)leads(&m); /* of every line */
    x->results.section = REPORT_FINDINGS;
    detail_set(&x->results, m.out, x->in_results);
}

static const struct target *target_of(const struct explain *x)
{
    size_t at = x->results.cursor;
    return at < x->target_count && x->targets[at].set ? &x->targets[at] : NULL;
}

/* The first answer that leads somewhere. */
static void go_to_answer(struct explain *x)
{
    for (size_t i = 0; i < x->target_count; i++) {
        if (x->targets[i].set) {
            detail_go_to(&x->results, i);
            return;
        }
    }
}

/* ---- pasting ---- */

/* Colours of a log and other control characters do not go into a text field. */
static void paste_line(struct ks_buf *out, const char *line, size_t len)
{
    size_t kept = 0;
    for (size_t i = 0; i < len && kept < LINE_MOST; i++) {
        unsigned char c = (unsigned char)line[i];
        if (c == 0x1b && i + 1 < len && line[i + 1] == '[') {
            i += 2;
            while (i < len && (unsigned char)line[i] < 0x40)
                i++;
            continue;
        }
        if (c < 0x20 && c != '\t')
            continue;
        ks_buf_byte(out, c == 0x7f ? ' ' : c);
        kept++;
    }
}

static enum line_result paste(struct explain *x)
{
    size_t len, at = 0;
    const char *text = ui_paste(&len);
    struct ks_buf raw = {.secret = true}, clean = {.secret = true};
    while (at < len) {
        size_t end = at;
        while (end < len && text[end] != '\n' && text[end] != '\r')
            end++;
        paste_line(&raw, text + at, end - at);
        if (end < len)
            ks_buf_byte(&raw, '\n');
        at = end + (end < len) + (end + 1 < len && text[end] == '\r' && text[end + 1] == '\n');
    }
    (void)ks_text_from_utf8(ks_slice(raw.data, raw.len), &clean); /* what is none is marked */
    enum line_result r =
        text_area_insert(x->area, ks_buf_text(&clean), clean.len); /* up to its bounds */
    ks_buf_wipe_free(&raw);
    ks_buf_wipe_free(&clean);
    return r;
}

/* ---- life ---- */

static void explain_open(struct app *app, void *state, void *arg)
{
    struct explain *x = state;
    x->area = text_area_new();
    if (arg) {
        (void)paste(x);
        x->changed = true;
        x->version++;
        app->idle_due = true;
    }
    doctor_look_at_all(app);
    make_results(app, x);
}

#define LOOKED_AT (64u << 10) /* of a paste, for a message that is known */

bool explain_pasted(struct app *app)
{
    struct ks_explainer *x = ks_explainer_new();
    struct ks_explanation told = {0};
    size_t len;
    const char *text = ui_paste(&len);
    ks_explainer_feed(x, ks_slice(text, len < LOOKED_AT ? len : LOOKED_AT));
    ks_explainer_end(x, &told);
    ks_explainer_free(x);
    bool known = told.count > 0;
    ks_explanation_drop(&told);
    if (known)
        app_push(app, &view_explain, &known);
    return known;
}

static void explain_close(struct app *app, void *state)
{
    struct explain *x = state;
    (void)app;
    text_area_free(x->area);
    ks_explanation_drop(&x->told);
    detail_free(&x->results);
    free(x->targets);
}

static enum ui_next explain_idle(struct app *app, void *state)
{
    struct explain *x = state;
    doctor_look_at_all(app);
    if (x->changed && !x->reading)
        read_text(app, x);
    if (x->seen == fingerprint(app))
        return UI_STAY;
    make_results(app, x);
    return UI_REDRAW;
}

/* ---- drawing ---- */

static void draw_area(struct explain *x, struct ui_rect r)
{
    size_t row = text_area_row(x->area), rows = (size_t)r.rows;
    if (row < x->area_top)
        x->area_top = row;
    if (row >= x->area_top + rows)
        x->area_top = row - rows + 1;
    for (size_t i = 0; i < rows && x->area_top + i < text_area_count(x->area); i++) {
        size_t line = x->area_top + i;
        int at = r.row + (int)i;
        if (line == row && !x->in_results) {
            text_area_draw(x->area, at, r.col, r.col + r.cols);
            continue;
        }
        struct ui_pen pen = ui_pen(at, r.col, r.col + r.cols, ROLE_TEXT);
        canvas_layout_cut(&pen, text_area_line(x->area, line), r.cols, CUT_END);
    }
}

static void draw_rule(struct ui_rect area, int row)
{
    struct ui_pen pen = ui_pen(row, area.col, area.col + area.cols, ROLE_TEXT);
    while (pen.col < pen.end)
        canvas_glyph(&pen, GLYPH_HLINE);
}

static void explain_draw(struct app *app, void *state, struct ui_rect area)
{
    struct explain *x = state;
    struct ui_pen pen = ui_pen(area.row, area.col, area.col + area.cols, ROLE_LABEL);
    int rows = area.rows / 3 < 2 ? 2 : area.rows / 3 > 8 ? 8 : area.rows / 3;
    char words[64];
    if (x->seen != fingerprint(app))
        make_results(app, x);
    canvas_text(&pen, " Explain an error message");
    pen.role = ROLE_TEXT;
    if (x->known && !text_area_is_empty(x->area)) {
        snprintf(words, sizeof words, "   %zu known message%s", x->told.count,
                 x->told.count == 1 ? "" : "s");
        canvas_text(&pen, words);
    }
    draw_area(x, (struct ui_rect){area.row + 1, area.col + 1, rows, area.cols - 2});
    draw_rule(area, area.row + 1 + rows);
    struct ui_rect below = {area.row + 2 + rows, area.col + 1, area.rows - 2 - rows, area.cols - 2};
    detail_draw(&x->results, below, x->in_results);
}

static void explain_status(struct app *app, void *state, struct ui_pen *pen)
{
    const struct explain *x = state;
    char words[80];
    size_t n = pending(app);
    snprintf(words, sizeof words, " Explain   %zu line%s", text_area_count(x->area),
             text_area_count(x->area) == 1 ? "" : "s");
    canvas_text(pen, words);
    if (n) {
        snprintf(words, sizeof words, "looking at %zu ", n);
        canvas_pad(pen, pen->end - (int)strlen(words));
        canvas_text(pen, words);
    }
}

/* ---- typing ---- */

static enum ui_next to_results(struct explain *x, bool answer)
{
    x->in_results = true;
    if (answer)
        go_to_answer(x);
    return UI_REDRAW;
}

static enum ui_next type(struct app *app, struct explain *x, struct ui_key key)
{
    bool last = text_area_row(x->area) + 1 == text_area_count(x->area);
    enum line_result r;
    if (key.code == UI_KEY_TAB || key.code == UI_KEY_PGDN || (key.code == UI_KEY_DOWN && last))
        return to_results(x, true);
    if (key.code == UI_KEY_F1) {
        app_push(app, &view_help, NULL);
        return UI_REDRAW;
    }
    r = key.code == UI_KEY_PASTE ? paste(x) : text_area_key(x->area, key);
    if (r == LINE_CANCEL)
        return UI_CLOSE;
    if (r == LINE_REFUSED)
        app_message(app, "Not all of it was taken. ksx explain FILE reads logs of any size.");
    if (r == LINE_CHANGED || r == LINE_REFUSED) {
        x->changed = true;
        x->version++;
    }
    return UI_REDRAW;
}

static bool explain_grabs(struct app *app, void *state)
{
    (void)app;
    return !((const struct explain *)state)->in_results;
}

static enum ui_next explain_key(struct app *app, void *state, struct ui_key key)
{
    struct explain *x = state;
    if (key.code == UI_KEY_MOUSE)
        return UI_STAY;
    if (!x->in_results)
        return type(app, x, key);
    if (key.code == UI_KEY_PASTE || key.code == UI_KEY_BACKTAB) {
        x->in_results = false;
        return key.code == UI_KEY_PASTE ? type(app, x, key) : UI_REDRAW;
    }
    return UI_IGNORED;
}

/* ---- commands, while the results have the keys ---- */

static enum ui_next go(struct app *app, const struct explain *x)
{
    const struct target *t = target_of(x);
    struct ui_file *f = t ? app_file_by_id(app, t->file) : NULL;
    if (!f)
        return UI_STAY;
    findings_go_to(app, f, t->entry);
    return UI_ASIDE;
}

static enum ui_next repair(struct app *app, const struct explain *x)
{
    const struct target *t = target_of(x);
    struct ui_file *f = t ? app_file_by_id(app, t->file) : NULL;
    if (f)
        findings_repair(app, f, t->entry);
    return UI_REDRAW;
}

static void give_away(struct app *app, const struct explain *x, bool all)
{
    char *text = all ? detail_text(&x->results) : detail_field_text(&x->results);
    if (all)
        app_pager(app, text, strlen(text));
    else
        app_copy(app, "This line", text, strlen(text));
    free(text);
}

static enum ui_next explain_command(struct app *app, void *state, enum ui_command_id id)
{
    struct explain *x = state;
    switch (id) {
    case CMD_ENTER:
        return go(app, x);
    case CMD_REPAIR:
        return repair(app, x);
    case CMD_PANE:
        x->in_results = false;
        return UI_REDRAW;
    case CMD_COPY:
    case CMD_PAGER:
        give_away(app, x, id == CMD_PAGER);
        return UI_REDRAW;
    case CMD_UP:
        if (x->results.cursor == 0) {
            x->in_results = false;
            return UI_REDRAW;
        }
        return detail_command(&x->results, id) ? UI_REDRAW : UI_IGNORED;
    default:
        return detail_command(&x->results, id) ? UI_REDRAW : UI_IGNORED;
    }
}

static const char *explain_disabled(struct app *app, void *state, enum ui_command_id id)
{
    const struct explain *x = state;
    const struct target *t = target_of(x);
    (void)app;
    if ((id == CMD_ENTER || id == CMD_REPAIR) && !t)
        return "choose a line that says YES";
    if (id == CMD_REPAIR && !t->repairs)
        return "ksx cannot mend this one; Enter goes to it";
    return id == CMD_SEARCH ? "there is nothing to search here" : NULL;
}

static const char *explain_bar(struct app *app, void *state)
{
    const struct explain *x = state;
    if (x->in_results)
        return NULL;
    return app->cols < 60 ? "Tab answers  Esc back"
                          : "Paste the message  Tab to the answers  Esc back";
}

static const char *explain_enter(struct app *app, void *state)
{
    (void)app, (void)state;
    return "Go";
}

const struct view view_explain = {
    .name = "explain",
    .context = ON_EXPLAIN,
    .state_size = sizeof(struct explain),
    .open = explain_open,
    .close = explain_close,
    .draw = explain_draw,
    .status = explain_status,
    .command = explain_command,
    .key = explain_key,
    .grabs_keys = explain_grabs,
    .disabled = explain_disabled,
    .idle = explain_idle,
    .enter_word = explain_enter,
    .typing_bar = explain_bar,
};
