/*
 * The explorer's pop-up menus: y copies public text, p deals with passwords.
 */
#include "tui/view_store.h"

#include "base/alloc.h"
#include "base/text.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/edit.h"
#include "tui/edit_entry.h"
#include "tui/edit_store.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>

/* ---- copy ---- */

/* What one letter copies of one certificate or entry; appended. */
static void append_cert(const struct ks_cert *c, char what, struct ks_buf *out)
{
    uint8_t digest[32];
    switch (what) {
    case 's':
        ks_name_text(ks_cert_part(c, c->subject), out);
        break;
    case 'i':
        ks_name_text(ks_cert_part(c, c->issuer), out);
        break;
    case 'n':
        ks_cert_serial_hex(c, out);
        break;
    case 'f':
        ks_cert_sha256(c, digest);
        ks_text_hex(ks_slice(digest, 32), ':', true, out);
        break;
    case '1':
        ks_cert_sha1(c, digest);
        ks_text_hex(ks_slice(digest, 20), ':', true, out);
        break;
    case 'p':
        ks_pem_write("CERTIFICATE", ks_cert_der(c), out);
        break;
    default:
        break;
    }
}

static const struct ks_cert *cert_of(const struct ks_entry *e, int32_t cert)
{
    size_t i = cert >= 0 ? (size_t)cert : 0;
    return e && i < e->chain_len ? &e->chain[i] : NULL;
}

static void append_entry(const struct ks_entry *e, int32_t cert, char what, struct ks_buf *out)
{
    if (what == 'a') {
        ks_buf_str(out, e->alias);
    } else if (what == 'c') {
        for (uint32_t i = 0; i < e->chain_len; i++)
            append_cert(&e->chain[i], 'p', out);
    } else if (cert_of(e, cert)) {
        append_cert(cert_of(e, cert), what, out);
    }
}

static void end_line(struct ks_buf *out)
{
    if (out->len && out->data[out->len - 1] != '\n')
        ks_buf_byte(out, '\n');
}

/* Marked entries in the order shown; the row under the cursor if there are none. */
static size_t append_chosen(const struct explorer *ex, char what, struct ks_buf *out)
{
    const struct tree *t = &ex->tree;
    size_t n = 0;
    for (size_t i = 0; i < t->file_count; i++) {
        for (size_t k = 0; k < t->files[i].shown && t->files[i].marks; k++) {
            uint32_t index = t->files[i].order[k];
            if (!(t->files[i].flags[index] & ENTRY_MARKED))
                continue;
            append_entry(ks_store_entry(t->files[i].file->store, index), -1, what, out);
            end_line(out);
            n++;
        }
    }
    const struct tree_row *row = explorer_row(ex);
    if (n == 0 && row && tree_entry(t, row)) {
        append_entry(tree_entry(t, row), row->cert, what, out);
        n = 1;
    }
    return n;
}

static const struct {
    char key;
    const char *label, *noun;
    bool needs_cert;
} copies[] = {
    {'a', "alias", "Alias", false},
    {'s', "subject", "Subject", true},
    {'i', "issuer", "Issuer", true},
    {'n', "serial number", "Serial number", true},
    {'f', "SHA-256 fingerprint", "Fingerprint", true},
    {'1', "SHA-1 fingerprint", "SHA-1 fingerprint", true},
    {'p', "certificate as PEM", "Certificate", true},
    {'c', "whole chain as PEM", "Chain", true},
};
#define COPIES (sizeof copies / sizeof copies[0])

static void copy_chosen(struct app *app, void *ctx, char key)
{
    struct explorer *ex = ctx;
    struct ks_buf out = KS_BUF_INIT;
    size_t n = key ? append_chosen(ex, key, &out) : 0;
    for (size_t i = 0; i < COPIES && n; i++) {
        if (copies[i].key != key)
            continue;
        char *what = n == 1 ? ks_strdup(copies[i].noun)
                            : ks_asprintf("%s of %zu marked entries:", copies[i].noun, n);
        app_copy(app, what, ks_buf_text(&out), out.len);
        free(what);
    }
    ks_buf_free(&out);
}

/* What is copied is the text of a field: a label alone would claim that it was the thing itself. */
static char *name_of_field(const struct report_line *l)
{
    if (l->label[0])
        return ks_asprintf("Field \"%s\"", l->label);
    return ks_strdup(l->role == REPORT_VERBATIM && !l->full ? "This text" : "This line");
}

static enum ui_next copy_field(struct app *app, struct explorer *ex)
{
    const struct report_line *l = detail_line(&ex->detail);
    if (!l)
        return UI_STAY;
    char *what = name_of_field(l), *text = detail_field_text(&ex->detail);
    app_copy(app, what, text, strlen(text));
    free(what);
    free(text);
    return UI_REDRAW;
}

static enum ui_next copy_path(struct app *app, const struct ui_file *f)
{
    char *whole = realpath(f->path, NULL); /* pasted elsewhere, a relative one leads nowhere */
    const char *path = whole ? whole : f->path;
    app_copy(app, "Path", path, strlen(path));
    free(whole);
    return UI_REDRAW;
}

enum ui_next explorer_copy(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    if (ex->in_detail)
        return copy_field(app, ex);
    if (!row)
        return UI_STAY;
    const struct ks_entry *e = tree_entry(&ex->tree, row);
    size_t marks = tree_marks(&ex->tree);
    if (!e && !marks)
        return copy_path(app, tree_file(&ex->tree, row));
    const char *no_cert = !marks && !cert_of(e, row->cert) ? "there is no certificate" : NULL;
    struct menu_item items[COPIES];
    for (size_t i = 0; i < COPIES; i++)
        items[i] = (struct menu_item){copies[i].key, copies[i].label,
                                      copies[i].needs_cert ? no_cert : NULL};
    char *title = marks ? ks_asprintf("Copy of %zu marked entries", marks)
                        : ks_asprintf("Copy of %s", e->alias);
    menu_ask(app, title, items, COPIES, copy_chosen, ex);
    free(title);
    return UI_REDRAW;
}

/* ---- unlocking the key of an entry ---- */

struct key_work {
    struct explorer *ex;
    unsigned file_id, generation;
    int32_t entry;
    struct held_store *held;
    struct ks_secret *password; /* the keystore's, for the first try; NULL: none, or it was tried */
    enum report_key_password known;
    char *alias;
    size_t tries;
    struct ks_unlocked told;
};

static void key_work_free(struct key_work *w)
{
    files_release(w->held);
    ks_secret_free(w->password);
    free(w->alias);
    free(w);
}

static enum ks_code unlock_with(struct ks_job *job, void *ctx, const struct ks_secret *password,
                                struct ks_error *err)
{
    struct key_work *w = ctx;
    const struct ks_store *s = w->held->store;
    w->tries++;
    return ks_unlock(s, ks_store_entry(s, (size_t)w->entry), password, job, &w->told, err);
}

static void keep_unlocked(struct app *app, const struct key_work *w)
{
    enum report_key_password password = !w->password    ? w->known
                                        : w->tries == 1 ? REPORT_KEY_AS_STORE
                                                        : REPORT_KEY_OWN;
    struct explorer_unlocked key = {w->file_id, w->generation, w->entry, true, password, w->told};
    explorer_keep_key(w->ex, &key);
    explorer_key_changed(app, w->ex, &key);
}

/* Nobody typed a password, though somebody may have begun to: a box takes those keys. */
static void say_opened_by_keystore(struct app *app, const struct key_work *w, const char *match)
{
    char *title = ks_asprintf("The key of %s", w->alias);
    char *text = ks_asprintf("It is unlocked with the keystore's password: %s%s.",
                             w->told.algorithm, match);
    notice_tell(app, title, text);
    free(title);
    free(text);
}

static const char *match_of(const struct ks_unlocked *told)
{
    return told->matches_leaf == 1   ? ", it matches its certificate"
           : told->matches_leaf == 0 ? ". It does NOT belong to its certificate"
                                     : "";
}

static void unlocked(struct app *app, struct key_work *w)
{
    struct ui_file *f = app_file_by_id(app, w->file_id);
    if (!f || f->generation != w->generation)
        return;
    keep_unlocked(app, w);
    const char *match = match_of(&w->told);
    if (w->tries == 1 && w->password)
        say_opened_by_keystore(app, w, match);
    else if (w->told.matches_leaf == 0)
        app_warn(app, "The key of %s is unlocked: %s%s.", w->alias, w->told.algorithm, match);
    else
        app_message(app, "The key of %s is unlocked: %s%s.", w->alias, w->told.algorithm, match);
}

static void say_stays_locked(struct app *app, const struct key_work *w, const struct ks_error *err)
{
    char *title = ks_asprintf("The key of %s stays locked", w->alias);
    char *text = ks_asprintf("%s. p, then u, tries again.", err->what);
    notice_tell(app, title, text);
    free(title);
    free(text);
}

static void unlocking_done(struct app *app, void *ctx, enum ks_code code,
                           const struct ks_error *err)
{
    struct key_work *w = ctx;
    if (app->quitting)
        (void)code; /* nothing to say to anybody */
    else if (code == KS_OK)
        unlocked(app, w);
    else if (code == KS_ERR_CANCELLED)
        app_message(app, "The key of %s stays locked.", w->alias);
    else if (code == KS_ERR_PASSWORD)
        say_stays_locked(app, w, err);
    else
        app_error(app, err);
    key_work_free(w);
}

static const char *no_key(const struct ui_file *f, const struct ks_entry *e)
{
    if (!f->store || !e)
        return "choose an entry with a key";
    if (!f->store->format->reveal || !e->key.data)
        return "this entry has no key";
    if (e->kind != KS_KIND_KEY && e->kind != KS_KIND_SECRET && e->kind != KS_KIND_PASSWORD)
        return "this entry has no private or secret key";
    return NULL;
}

/* A box, for the password may be typed already. */
static void say_unlocked_already(struct app *app, const char *alias,
                                 const struct explorer_unlocked *key)
{
    char *title = ks_asprintf("The key of %s", alias);
    char *text = ks_asprintf("It is unlocked%s: %s%s.",
                             key->password == REPORT_KEY_AS_STORE ? " with the keystore's password"
                                                                  : " already",
                             key->told.algorithm, match_of(&key->told));
    notice_tell(app, title, text);
    free(title);
    free(text);
}

void explorer_unlock_key(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    const struct ks_entry *e = row ? tree_entry(&ex->tree, row) : NULL;
    const char *why = f ? no_key(f, e) : "no file is open";
    if (why) {
        app_message(app, "Nothing to unlock: %s.", why);
        return;
    }
    const struct explorer_unlocked *key = explorer_key_told(ex, f, row->entry);
    if (key && key->open) {
        say_unlocked_already(app, e->alias, key);
        return;
    }
    bool listed = !f->store->password; /* without a password */
    bool tried = key && key->password == REPORT_KEY_OWN;
    struct key_work *w = ks_alloc(sizeof *w);
    *w = (struct key_work){.ex = ex,
                           .file_id = f->id,
                           .generation = f->generation,
                           .entry = row->entry,
                           .held = files_hold(f),
                           .password = tried ? NULL : ks_secret_dup(f->store->password),
                           .known = key ? key->password : REPORT_KEY_UNKNOWN,
                           .alias = ks_strdup(e->alias)};
    bool loose = !(f->store->format->caps & KS_CAP_PASSWORD);
    const char *facts =
        loose    ? "The file has no password; the key in it has one."
        : listed ? "The keystore was opened without a password, so there is none to try. "
                   "The key's own is often the keystore's."
                 : "It has a password of its own, not the keystore's. Its certificates "
                   "are readable without.";
    password_box(app, &(struct password_ask){
                          .title = ks_asprintf("Unlock the key of %s", e->alias),
                          .facts = ks_strdup(facts),
                          .attempt = unlock_with,
                          .done = unlocking_done,
                          .first_try = w->password != NULL,
                          .first = w->password,
                          .ctx = w,
                      });
}

bool explorer_key_is_locked(const struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    const struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    return f && f->store && !no_key(f, tree_entry(&ex->tree, row)) &&
           !explorer_unlocked_key(ex, f, row->entry);
}

/* ---- passwords ---- */

static void forget_keys(struct explorer *ex, unsigned file_id)
{
    size_t kept = 0;
    for (size_t i = 0; i < ex->unlocked_count; i++)
        if (ex->unlocked[i].file_id != file_id)
            ex->unlocked[kept++] = ex->unlocked[i];
    ex->unlocked_count = kept;
}

static void password_chosen(struct app *app, void *ctx, char key)
{
    struct explorer *ex = ctx;
    const struct tree_row *row = explorer_row(ex);
    struct ui_file *f = row ? tree_file(&ex->tree, row) : NULL;
    if (!f)
        return;
    if (key == 'o') {
        files_ask(app, f);
    } else if (key == 'u') {
        explorer_unlock_key(app, ex);
    } else if (key == 'f') {
        forget_keys(ex, f->id);
        files_forget(app, f);
    } else if (key == 'c') {
        edit_store_password(app, f);
    } else if (key == 'k') {
        edit_key_password(app, f, tree_entry(&ex->tree, row));
    } else if (key == 'v') {
        edit_show_passphrase(app, f, tree_entry(&ex->tree, row));
    }
}

/* Why the password of the keystore, or of a key, cannot be changed. */
static const char *no_change(const struct ui_file *f)
{
    const char *why = edit_refused(f);
    return why                                            ? why
           : !(f->store->format->caps & KS_CAP_PASSWORD) ? "its type has none"
                                                          : NULL;
}

static const char *no_key_change(const struct ui_file *f, const struct ks_entry *e)
{
    const char *why = no_key(f, e);
    if (!why)
        why = edit_refused(f);
    if (why)
        return why;
    return f->store->format->caps & KS_CAP_ENTRY_PASSWORD ? NULL : "its type has none of its own";
}

static const char *no_passphrase(const struct ui_file *f, const struct ks_entry *e)
{
    if (no_key(f, e) || (e->kind != KS_KIND_SECRET && e->kind != KS_KIND_PASSWORD))
        return "choose a stored passphrase";
    return NULL;
}

enum ui_next explorer_passwords(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    if (!row) {
        app_message(app, "No file is open. o opens one.");
        return UI_REDRAW;
    }
    struct ui_file *f = tree_file(&ex->tree, row);
    const struct ks_entry *e = tree_entry(&ex->tree, row);
    bool takes = f->store && (f->store->format->caps & KS_CAP_PASSWORD);
    bool verified = f->store && f->store->password;
    char *unlock = e ? ks_asprintf("unlock the key of %s", e->alias) : ks_strdup("unlock a key");
    char *open = ks_asprintf(verified   ? "type the password of %s again"
                             : f->store ? "type the password of %s"
                                        : "unlock %s",
                             f->name);
    char *forget = ks_asprintf("forget the password of %s, and lock it", f->name);
    char *change = ks_asprintf("change the password of %s", f->name);
    char *change_key =
        e ? ks_asprintf("change the password of the key %s", e->alias) : ks_strdup("change a key's");
    const struct menu_item items[] = {
        {'o', open,
         f->state == UI_FILE_READING ? "it is being read"
         : f->store && !takes        ? "its type has none"
                                     : NULL},
        {'u', unlock, no_key(f, e)},
        {'f', forget, verified ? NULL : "none was typed"},
        {'c', change, no_change(f)},
        {'k', change_key, no_key_change(f, e)},
        {'v', "view a stored passphrase", no_passphrase(f, e)},
    };
    char *title = ks_asprintf("Passwords of %s", f->name);
    menu_ask(app, title, items, sizeof items / sizeof items[0], password_chosen, ex);
    free(title);
    free(unlock);
    free(open);
    free(forget);
    free(change);
    free(change_key);
    return UI_REDRAW;
}
