/*
 * The open files: reading them off the UI thread, asking for their passwords one box at a time,
 * reloading, closing. A store belongs to a worker until it is handed over, and to the UI
 * afterwards; the survey of a large store and the doctor only read it and are stopped before the
 * store changes or goes. Other work on a store holds it.
 */
#include "tui/app_state.h"

#include "base/alloc.h"
#include "file/save.h"
#include "tui/dialog.h"
#include "tui/doctor.h"
#include "tui/recovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FAILED_NAMED 3      /* files that a message names */
#define SURVEY_AT_ONCE 1000 /* entries: below, the states are there with the first picture */

struct ui_file_work {
    struct work *survey;
    struct held_store *held; /* owns the file's store */
    bool ask_waiting;        /* its password box has not been shown yet */
    bool offer_waiting;      /* it was opened: is there unsaved work of a former session? */
    struct ks_store *listed; /* what was read without a password, should nobody have one; or NULL */
    struct disk listed_disk;
    char *wanted; /* the entry to be selected once it has been read; NULL: none */
};

/* ---- looking them up ---- */

size_t app_file_count(const struct app *app)
{
    return app->file_count;
}

struct ui_file *app_file(const struct app *app, size_t i)
{
    return i < app->file_count ? app->files[i] : NULL;
}

struct ui_file *app_file_by_id(const struct app *app, unsigned id)
{
    for (size_t i = 0; i < app->file_count; i++)
        if (app->files[i]->id == id)
            return app->files[i];
    return NULL;
}

static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

struct ui_file *app_file_by_path(const struct app *app, const char *path)
{
    for (size_t i = 0; i < app->file_count; i++)
        if (same_file(app->files[i]->path, path))
            return app->files[i];
    return NULL;
}

enum report_state app_entry_state(const struct ui_file *f, size_t entry)
{
    if (f->states)
        return f->states[entry];
    return report_entry_state(f->store, ks_store_entry(f->store, entry), ks_now());
}

/* ---- what they are called ---- */

/* The library names a file by its path. */
static void call_it(struct ks_error *err, const char *from, const char *to)
{
    size_t len = strlen(from);
    char rest[sizeof err->what];
    if (len == 0 || strncmp(err->what, from, len) != 0)
        return;
    (void)snprintf(rest, sizeof rest, "%s", err->what + len);
    (void)snprintf(err->what, sizeof err->what, "%.200s%.300s", to, rest);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* it.p12 becomes d1/it.p12; false if it is the whole path already. */
static bool lengthen_name(struct ui_file *f)
{
    size_t at = strlen(f->path) - strlen(f->name);
    if (at == 0)
        return false;
    for (at--; at > 0 && f->path[at - 1] != '/'; at--)
        ;
    char *name = ks_strdup(f->path + at);
    call_it(&f->error, f->name, name);
    free(f->name);
    f->name = name;
    return true;
}

/* The short one could be meant for the long one. */
static bool may_stand_for(const char *name, const char *longer)
{
    size_t len = strlen(name), all = strlen(longer);
    return len <= all && strcmp(longer + (all - len), name) == 0 &&
           (len == all || longer[all - len - 1] == '/');
}

static bool tell_apart(struct ui_file *a, struct ui_file *b)
{
    bool again = may_stand_for(a->name, b->name) && lengthen_name(a);
    return (may_stand_for(b->name, a->name) && lengthen_name(b)) || again;
}

/* Names that clash get directories in front until they differ, and keep them: what was said about a
 * file must not turn into words about another one when its namesake is closed. */
static void name_file(struct app *app, struct ui_file *f)
{
    bool again = true;
    f->name = ks_strdup(last_part(f->path));
    while (again) {
        again = false;
        for (size_t i = 0; i < app->file_count; i++)
            again = (app->files[i] != f && tell_apart(f, app->files[i])) || again;
    }
}

/* ---- survey: the state of every entry ---- */

struct survey {
    unsigned file_id, generation;
    const struct ks_store *store;
    int64_t now;
    struct file_states states;
};

/* How loud a state is: the file's row shows the loudest. */
static int rank(enum report_state state)
{
    static const int ranks[] = {
        [REPORT_NONE] = 0,   [REPORT_OK] = 1,   [REPORT_NOTE_] = 2, [REPORT_LOCKED] = 3,
        [REPORT_FUTURE] = 4, [REPORT_WARN] = 5, [REPORT_ERR] = 6};
    return ranks[state];
}

/* Counted is the severity, as sev: and the summary do: an entry that only starts later has a sign
 * of its own, and an error. */
static void count_state(struct file_states *s, enum report_state state, enum ks_severity severity)
{
    s->errors += severity == KS_ERROR;
    s->warnings += severity == KS_WARNING;
    if (rank(state) > rank(s->worst))
        s->worst = state;
}

static enum report_state of_severity(enum ks_severity severity)
{
    switch (severity) {
    case KS_ERROR:
        return REPORT_ERR;
    case KS_WARNING:
        return REPORT_WARN;
    case KS_NOTE:
        return REPORT_NOTE_;
    case KS_FINE:
    default:
        return REPORT_OK;
    }
}

bool files_states_of(const struct ks_store *store, int64_t now,
                     enum ks_severity (*worst)(void *ctx, size_t entry), void *ctx,
                     enum ks_severity own, struct ks_job *job, struct file_states *out)
{
    size_t count = ks_store_count(store);
    *out = (struct file_states){.of = ks_alloc_array(count, 1), .worst = REPORT_NONE};
    for (size_t i = 0; i < count; i++) {
        const struct ks_entry *e = ks_store_entry(store, i);
        enum ks_severity severity = worst(ctx, i);
        enum report_state state = report_state_for(store, e, severity, now);
        out->of[i] = (uint8_t)state;
        count_state(out, state, severity);
        if (i % 256 == 0 && !ks_job_advance(job, i))
            return false;
    }
    count_state(out, of_severity(own), own);
    return true;
}

void files_take_states(struct ui_file *f, struct file_states *states)
{
    free(f->states);
    f->states = states->of;
    f->errors = states->errors;
    f->warnings = states->warnings;
    f->worst = states->worst;
    states->of = NULL;
}

static enum ks_severity worst_quickly(void *ctx, size_t entry)
{
    const struct survey *s = ctx;
    return ks_worst_of_entry(s->store, ks_store_entry(s->store, entry), s->now);
}

static void survey_run(struct ks_job *job, void *arg)
{
    struct survey *s = arg;
    (void)files_states_of(s->store, s->now, worst_quickly, s, ks_worst_of_store(s->store, s->now),
                          job, &s->states);
}

static void survey_done(struct app *app, void *arg, bool cancelled)
{
    struct survey *s = arg;
    struct ui_file *f = app_file_by_id(app, s->file_id);
    if (f && f->work)
        f->work->survey = NULL;
    if (f && !cancelled && f->generation == s->generation && !f->found) {
        files_take_states(f, &s->states);
        app->dirty = true;
    }
    free(s->states.of);
    free(s);
}

static void survey_start(struct app *app, struct ui_file *f)
{
    struct survey *s = ks_alloc(sizeof *s);
    size_t count = ks_store_count(f->store);
    *s = (struct survey){
        .file_id = f->id, .generation = f->generation, .store = f->store, .now = ks_now()};
    f->worst = REPORT_NONE;
    if (count <= SURVEY_AT_ONCE) {
        survey_run(NULL, s);
        survey_done(app, s, false);
    } else {
        f->work->survey = work_start(app, NULL, survey_run, s, survey_done);
    }
}

/* ---- states of a file ---- */

struct held_store *files_hold(struct ui_file *f)
{
    f->work->held->refs++;
    return f->work->held;
}

void files_release(struct held_store *held)
{
    if (!held || --held->refs > 0)
        return;
    ks_store_free(held->store);
    free(held);
}

static void drop_store(struct app *app, struct ui_file *f)
{
    if (f->work->survey)
        work_stop(app, f->work->survey);
    f->work->survey = NULL;
    doctor_stop_all(app);
    doctor_stop(app, f);
    doctor_forget_all(app);
    doctor_forget(f);
    files_release(f->work->held);
    f->work->held = NULL;
    ks_store_free(f->work->listed);
    f->work->listed = NULL;
    f->on_disk = DISK_SAME;
    f->store = NULL;
    free(f->states);
    f->states = NULL;
    f->errors = f->warnings = 0;
    f->generation++;
}

static void install(struct app *app, struct ui_file *f, struct ks_store *store,
                    const struct disk *disk)
{
    drop_store(app, f);
    f->store = store;
    f->disk = *disk;
    f->work->held = ks_alloc(sizeof *f->work->held);
    *f->work->held = (struct held_store){1, store};
    f->state = UI_FILE_OPEN;
    f->error = (struct ks_error){0};
    f->recovered = false;
    f->work->ask_waiting = false;
    survey_start(app, f);
    app->dirty = true;
}

static void stop_survey(struct app *app, struct ui_file *f)
{
    if (f->work->survey)
        work_stop(app, f->work->survey);
    f->work->survey = NULL;
}

void files_will_change(struct app *app, const struct ks_store *store)
{
    doctor_stop_all(app);
    for (size_t i = 0; i < app->file_count; i++)
        if (app->files[i]->store == store)
            stop_survey(app, app->files[i]);
}

void files_not_changed(struct app *app, struct ui_file *f)
{
    if (f->store && !f->states && !f->work->survey)
        survey_start(app, f);
}

void files_changed(struct app *app, struct ui_file *f)
{
    stop_survey(app, f);
    doctor_stop_all(app);
    doctor_forget(f);
    free(f->states);
    f->states = NULL;
    f->errors = f->warnings = 0;
    f->generation++;
    survey_start(app, f);
    app->dirty = true;
}

void files_install(struct app *app, struct ui_file *f, struct ks_store *store)
{
    struct disk disk;
    disk_look(store->path, &disk);
    install(app, f, store, &disk);
}

void files_written(struct app *app, struct ui_file *f)
{
    if (strcmp(f->path, f->store->path) != 0) {
        free(f->path);
        free(f->name);
        f->path = ks_strdup(f->store->path);
        name_file(app, f);
        f->read_only[0] = '\0';
    }
    disk_look(f->path, &f->disk);
    ks_probe(f->path, &f->probe);
    f->on_disk = DISK_SAME;
    files_changed(app, f);
}

static void go_to_wanted(struct app *app, struct ui_file *f)
{
    size_t index;
    if (f->work->wanted && ks_store_find(f->store, f->work->wanted, &index))
        app_goto(app, f, (long)index, -1);
    free(f->work->wanted);
    f->work->wanted = NULL;
}

/* A file that was read: may it be changed, and is there unsaved work for it? */
static void opened(struct app *app, struct ui_file *f)
{
    char room[sizeof f->read_only];
    const char *why = app->opts->read_only ? "ksx was started with --read-only"
                                           : ks_save_discouraged(f->path, room, sizeof room);
    f->work->offer_waiting = !app->opts->read_only;
    f->read_only[0] = '\0';
    if (why)
        snprintf(f->read_only, sizeof f->read_only, "%s", why);
    go_to_wanted(app, f);
}

/* What reading it again brings; said before the former store goes. */
static void say_read_again(struct app *app, const struct ui_file *f, const struct ks_store *now)
{
    char *words = disk_what_changed(f->store, now);
    app_message(app, "%s was read again: %s.", f->name, words);
    free(words);
}

static void refuse(struct app *app, struct ui_file *f, enum ui_file_state state,
                   const struct ks_error *err)
{
    drop_store(app, f);
    f->state = state;
    f->error = *err;
    f->errors = state == UI_FILE_FAILED;
    f->worst = state == UI_FILE_LOCKED ? REPORT_LOCKED : REPORT_ERR;
    app->dirty = true;
}

static bool needs_password(enum ks_code code)
{
    return code == KS_ERR_PASSWORD || code == KS_ERR_PASSWORD_NEEDED;
}

/* ---- reading ---- */

struct reading {
    unsigned file_id;
    char *path;
    struct ks_secret *password;
    bool unverified; /* NULL as a password is meant */
    bool reload;
    struct ks_probe probe;
    struct disk disk;
    enum ks_code code;
    struct ks_store *store; /* with KS_ERR_PASSWORD_NEEDED: what can be had without one */
    struct ks_error err;
};

/* Nobody is asked for a password that would change nothing: a PKCS#12 file may have neither
 * encryption nor a MAC. */
static bool password_would_tell(const struct ks_store *store)
{
    return store->integrity == KS_INTEGRITY_UNVERIFIED || (store->notes & KS_STORE_LOCKED_PARTS);
}

static void reading_run(struct ks_job *job, void *arg)
{
    struct reading *r = arg;
    ks_probe(r->path, &r->probe);
    disk_look(r->path, &r->disk);
    r->code = ks_open(r->path, r->password, job, &r->store, &r->err);
    if (r->code != KS_OK || r->password || r->unverified || !r->probe.wants_password ||
        !password_would_tell(r->store))
        return;
    r->code =
        ks_fail(&r->err, KS_ERR_PASSWORD_NEEDED, "locked", "%s is locked", ks_path_shown(r->path));
}

static void reading_free(struct reading *r)
{
    ks_secret_free(r->password);
    ks_store_free(r->store);
    free(r->path);
    free(r);
}

/* A reload that fails leaves what was there. */
static void reload_failed(struct app *app, struct ui_file *f, const struct reading *r)
{
    f->state = UI_FILE_OPEN;
    if (r->code == KS_ERR_CANCELLED)
        app_message(app, "%s was not read again: stopped", f->name);
    else if (needs_password(r->code))
        files_ask(app, f);
    else
        app_error(app, &r->err);
}

/* Of several files on the command line the last message would hide the others. */
static void say_failed(struct app *app, const struct ks_error *err)
{
    struct ks_buf names = KS_BUF_INIT;
    size_t count = 0;
    for (size_t i = 0; i < app->file_count; i++) {
        if (app->files[i]->state != UI_FILE_FAILED)
            continue;
        if (count++ < FAILED_NAMED)
            ks_buf_printf(&names, "%s%s", names.len ? ", " : "", app->files[i]->name);
    }
    if (count > FAILED_NAMED)
        ks_buf_printf(&names, " and %zu more", count - FAILED_NAMED);
    if (app->last_key || count < 2)
        app_error(app, err);
    else
        app_warn(app, "%zu files were not opened: %s", count, ks_buf_text(&names));
    ks_buf_free(&names);
}

static void reading_done(struct app *app, void *arg, bool cancelled)
{
    struct reading *r = arg;
    struct ui_file *f = app_file_by_id(app, r->file_id);
    if (!f || app->quitting) {
        reading_free(r);
        return;
    }
    if (cancelled && r->code != KS_OK)
        r->code =
            ks_fail(&r->err, KS_ERR_CANCELLED, "cancelled", "%s was not read: stopped", f->name);
    f->probe = r->probe;
    call_it(&r->err, ks_path_shown(f->path), f->name);
    if (r->code == KS_OK) {
        if (r->reload && f->store)
            say_read_again(app, f, r->store);
        install(app, f, r->store, &r->disk);
        opened(app, f);
        r->store = NULL;
    } else if (r->reload && f->store) {
        reload_failed(app, f, r);
    } else if (needs_password(r->code)) {
        refuse(app, f, UI_FILE_LOCKED, &r->err);
        f->work->ask_waiting = true;
        f->work->listed = r->store;
        f->work->listed_disk = r->disk;
        r->store = NULL;
        if (r->password)
            app_error(app, &r->err);
    } else {
        refuse(app, f, UI_FILE_FAILED, &r->err);
        say_failed(app, &r->err);
    }
    reading_free(r);
}

static void start_reading(struct app *app, struct ui_file *f, const struct ks_secret *password,
                          bool unverified, bool reload)
{
    struct reading *r = ks_alloc(sizeof *r);
    *r = (struct reading){.file_id = f->id,
                          .path = ks_strdup(f->path),
                          .password = ks_secret_dup(password),
                          .unverified = unverified,
                          .reload = reload};
    if (!reload)
        f->state = UI_FILE_READING;
    work_start(app, reload ? "reading again" : "opening", reading_run, r, reading_done);
}

/* ---- adding ---- */

static struct ui_file *add_file(struct app *app, const char *path)
{
    struct ui_file *f = ks_alloc(sizeof *f);
    f->id = ++app->next_file_id;
    f->path = ks_strdup(path);
    name_file(app, f);
    f->worst = REPORT_NONE;
    f->work = ks_alloc(sizeof *f->work);
    if (app->file_count == app->file_cap) {
        app->file_cap = app->file_cap ? app->file_cap * 2 : 8;
        app->files = ks_realloc(app->files, app->file_cap * sizeof(struct ui_file *));
    }
    app->files[app->file_count++] = f;
    app->dirty = true;
    return f;
}

struct ui_file *files_add_made(struct app *app, struct ks_store *store)
{
    struct ui_file *f = add_file(app, store->path);
    f->probe.format = store->format;
    files_install(app, f, store);
    return f;
}

void files_start(struct app *app, const struct ui_open *open)
{
    if (app_file_by_path(app, open->path))
        return;
    struct ui_file *f = add_file(app, open->path);
    start_reading(app, f, open->password, open->unverified, false);
}

/* Of a file that was closed and is opened again: --pass still speaks of it. */
static const struct ks_secret *given_for(const struct app *app, const char *path)
{
    for (size_t i = 0; i < app->opts->file_count && !app->forgotten; i++)
        if (app->opts->files[i].password && same_file(app->opts->files[i].path, path))
            return app->opts->files[i].password;
    return NULL;
}

void app_open(struct app *app, const char *path, const struct ks_secret *password)
{
    struct ui_file *f = app_file_by_path(app, path);
    if (!f && !password)
        password = given_for(app, path);
    if (f && f->state == UI_FILE_OPEN) {
        app_message(app, "%s is open already.", f->name);
    } else if (f && f->state == UI_FILE_LOCKED && !password) {
        f->work->ask_waiting = true;
    } else {
        f = f ? f : add_file(app, path);
        start_reading(app, f, password, false, false);
    }
    app_goto(app, f, -1, -1);
}

void files_open_at(struct app *app, const char *path, const struct ks_secret *password,
                   const char *alias)
{
    app_open(app, path, password);
    struct ui_file *f = app_file_by_path(app, path);
    if (!f || !alias)
        return;
    free(f->work->wanted);
    f->work->wanted = ks_strdup(alias);
    if (f->state == UI_FILE_OPEN)
        go_to_wanted(app, f);
}

/* ---- passwords ---- */

#define KNOWN_MAX 8
#define KNOWN_ROUNDS 2000000 /* about 1 s in all, unasked */

/* What opens another open file may open this one: nobody likes to type it again. The passwords are
 * those that the open stores hold anyway, so that closing or forgetting leaves nothing to try. */
struct known {
    struct ks_secret *items[KNOWN_MAX];
    unsigned of[KNOWN_MAX]; /* the file that it opened */
    size_t count;
};

struct unlocking {
    unsigned file_id;
    char *path, *name;
    struct known known; /* tried before anything is asked, then dropped */
    unsigned opened_by; /* the file whose password it was; 0: none of them */
    struct disk disk;
    struct ks_store *store;
    struct ks_store *listed; /* read already, without a password, from listed_disk */
    struct disk listed_disk;
};

static void know(struct known *known, const struct ui_file *f)
{
    struct ks_secret *password = f->store ? f->store->now->password : NULL;
    if (!password || known->count == KNOWN_MAX)
        return;
    for (size_t i = 0; i < known->count; i++)
        if (ks_secret_equal(known->items[i], password))
            return;
    known->items[known->count] = ks_secret_ref(password);
    known->of[known->count++] = f->id;
}

static void drop_known(struct known *known)
{
    for (size_t i = 0; i < known->count; i++)
        ks_secret_free(known->items[i]);
    known->count = 0;
}

/* A file without a proof takes any password: only one that leaves nothing to ask for is taken. */
static enum ks_code try_known(struct ks_job *job, struct unlocking *u, struct ks_error *err)
{
    ks_job_bound(job, KNOWN_ROUNDS);
    for (size_t i = 0; i < u->known.count && !ks_job_stopped(job); i++) {
        enum ks_code rc = ks_open(u->path, u->known.items[i], job, &u->store, NULL);
        if (rc == KS_OK && !password_would_tell(u->store) && u->store->now->password) {
            u->opened_by = u->known.of[i];
            return KS_OK;
        }
        ks_store_free(u->store);
        u->store = NULL;
    }
    return ks_job_stopped(job) ? KS_ERR_CANCELLED
                               : ks_fail(err, KS_ERR_PASSWORD, "locked", "%s is locked", u->name);
}

static enum ks_code unlocking_attempt(struct ks_job *job, void *ctx,
                                      const struct ks_secret *password, struct ks_error *err)
{
    struct unlocking *u = ctx;
    ks_store_free(u->store);
    u->store = NULL;
    if (u->known.count) {
        disk_look(u->path, &u->disk);
        enum ks_code rc = try_known(job, u, err);
        drop_known(&u->known);
        return rc;
    }
    if (!password && u->listed && disk_state(u->path, &u->listed_disk) == DISK_SAME) {
        u->store = u->listed;
        u->disk = u->listed_disk;
        u->listed = NULL;
        return KS_OK;
    }
    disk_look(u->path, &u->disk);
    enum ks_code rc = ks_open(u->path, password, job, &u->store, err);
    if (rc != KS_OK)
        call_it(err, ks_path_shown(u->path), u->name);
    return rc;
}

static void unlocking_done(struct app *app, void *ctx, enum ks_code code,
                           const struct ks_error *err)
{
    struct unlocking *u = ctx;
    struct ui_file *f = app_file_by_id(app, u->file_id);
    bool again = f && f->store;
    if (f && code == KS_OK) {
        if (again)
            say_read_again(app, f, u->store);
        install(app, f, u->store, &u->disk);
        opened(app, f);
        u->store = NULL;
        const struct ui_file *by = u->opened_by ? app_file_by_id(app, u->opened_by) : NULL;
        if (!again && by)
            app_message(app, "%s was unlocked with the password of %s.", f->name, by->name);
        else if (!again && f->store->integrity == KS_INTEGRITY_UNVERIFIED)
            app_message(app, "%s was listed without a password: integrity not checked.", f->name);
    } else if (f && app->quitting) {
        (void)code; /* nobody is there to read it */
    } else if (f && f->store) {
        app_message(app, "%s was not read again; what was read before is shown.", f->name);
    } else if (f && code == KS_ERR_CANCELLED) {
        app_message(app, "%s stays locked. Enter asks for its password.", f->name);
        f->work->listed = u->listed;
        f->work->listed_disk = u->listed_disk;
        u->listed = NULL;
    } else if (f && needs_password(code)) {
        char *title = ks_asprintf("%s stays locked", f->name);
        char *text = ks_asprintf("%s. Enter on its row tries again.", err->what);
        f->error = *err;
        notice_tell(app, title, text); /* the next box would be typed into */
        free(title);
        free(text);
    } else if (f) {
        refuse(app, f, UI_FILE_FAILED, err);
        app_error(app, err);
    }
    ks_store_free(u->store);
    ks_store_free(u->listed);
    drop_known(&u->known);
    free(u->path);
    free(u->name);
    free(u);
}

static char *describe_file(const struct ui_file *f)
{
    char size[16], when[24];
    if (!f->probe.looks[0])
        return NULL;
    return ks_asprintf("%s, %s, %s UTC", f->probe.looks, report_size(f->probe.size, size),
                       ks_time_human(f->probe.mtime, when));
}

void files_ask(struct app *app, struct ui_file *f)
{
    struct unlocking *u = ks_alloc(sizeof *u);
    u->file_id = f->id;
    u->path = ks_strdup(f->path);
    u->name = ks_strdup(f->name);
    u->listed = f->work->listed;
    u->listed_disk = f->work->listed_disk;
    f->work->listed = NULL;
    f->work->ask_waiting = false;
    for (size_t i = 0; i < app->file_count; i++)
        if (app->files[i] != f)
            know(&u->known, app->files[i]);
    bool lists = f->probe.format && (f->probe.format->caps & KS_CAP_LIST_UNLOCKED);
    password_box(app,
                 &(struct password_ask){
                     .title = ks_asprintf("Unlock %s", f->name),
                     .facts = describe_file(f),
                     .advice = lists ? "Enter with nothing typed lists what can be read without a "
                                       "password (integrity not checked)."
                                     : "Nothing can be read without its password.",
                     .first_try = u->known.count > 0,
                     .attempt = unlocking_attempt,
                     .done = unlocking_done,
                     .ctx = u,
                 });
}

void files_offer(struct ui_file *f)
{
    f->work->offer_waiting = true;
}

void files_ask_waiting(struct app *app)
{
    if (app->prompt || app_top(app)->view->overlay)
        return;
    /* In the order of the tree, whichever file was read first. */
    for (size_t i = 0; i < app->file_count; i++) {
        struct ui_file *f = app->files[i];
        if (f->work->ask_waiting) {
            app_goto(app, f, -1, -1); /* the row that the box is about */
            files_ask(app, f);
        }
        if (f->store && f->work->offer_waiting && !app->prompt && !app_top(app)->view->overlay) {
            f->work->offer_waiting = false;
            (void)recovery_offer(app, f);
        }
        if (app->prompt || app_top(app)->view->overlay ||
            (f->state == UI_FILE_READING && !f->store))
            return;
    }
}

/* ---- the disk ---- */

void files_look_at_disk(struct app *app, struct ui_file *f)
{
    enum disk_state now = f->store ? disk_state(f->path, &f->disk) : DISK_SAME;
    if (now == f->on_disk)
        return;
    f->on_disk = now;
    app->dirty = true;
    if (now == DISK_CHANGED)
        app_warn(app, "%s changed on disk. R reads it again.", f->name);
    else if (now == DISK_GONE)
        app_warn(app, "%s is gone from the disk. Shown is what was read before.", f->name);
}

void files_look_at_all(struct app *app)
{
    for (size_t i = 0; i < app->file_count; i++)
        files_look_at_disk(app, app->files[i]);
}

void files_forget(struct app *app, struct ui_file *f)
{
    struct ks_error err = {0};
    ks_fail(&err, KS_ERR_PASSWORD_NEEDED, "locked", "%s is locked", f->name);
    refuse(app, f, UI_FILE_LOCKED, &err);
    app->forgotten = true;
    app_message(app, "The password of %s is forgotten; it is locked again. Enter asks for it.",
                f->name);
}

/* ---- closing ---- */

void files_reload(struct app *app, struct ui_file *f)
{
    if (f->state == UI_FILE_READING)
        return;
    const struct ks_secret *password = f->store ? f->store->password : NULL;
    start_reading(app, f, password, f->store && !password, f->store != NULL);
}

static void free_file(struct app *app, struct ui_file *f)
{
    drop_store(app, f);
    doctor_free(f);
    free(f->work->wanted);
    free(f->work);
    free(f->path);
    free(f->name);
    free(f);
}

void files_close(struct app *app, struct ui_file *f)
{
    for (size_t i = 0; i < app->file_count; i++) {
        if (app->files[i] != f)
            continue;
        memmove(&app->files[i], &app->files[i + 1],
                (app->file_count - i - 1) * sizeof(struct ui_file *));
        app->file_count--;
        free_file(app, f);
        app->dirty = true;
        return;
    }
}

void files_close_all(struct app *app)
{
    while (app->file_count > 0)
        files_close(app, app->files[app->file_count - 1]);
    free(app->files);
    app->files = NULL;
}
