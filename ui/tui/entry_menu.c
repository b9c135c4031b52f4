#include "tui/entry_menu.h"

#include "base/alloc.h"
#include "op/make.h"
#include "tui/app_state.h"
#include "tui/dialog.h"
#include "tui/edit.h"
#include "tui/edit_entry.h"
#include "tui/edit_store.h"
#include "tui/paste.h"
#include "tui/view_store.h"
#include "tui/wiz_capture.h"
#include "tui/wiz_csr.h"
#include "tui/wiz_export.h"
#include "tui/wiz_import_key.h"
#include "tui/wiz_key.h"
#include "tui/wiz_reply.h"
#include "tui/wiz_sign.h"
#include "tui/wiz_trust.h"

#include <stdlib.h>

/* ---- reasons ---- */

const char *entry_menu_no_edit(struct app *app, const struct entry_place *at)
{
    (void)app;
    return edit_refused(at->file);
}

const char *entry_menu_no_key_pair(struct app *app, const struct entry_place *at)
{
    (void)app;
    if (!at->entry || at->entry->kind != KS_KIND_KEY)
        return "choose a key pair";
    return at->entry->chain_len ? NULL : "this key has no certificate";
}

static const char *no_new(struct app *app, const struct entry_place *at)
{
    (void)at;
    return edit_no_new(app);
}

static const char *no_secrets(struct app *app, const struct entry_place *at)
{
    const char *why = entry_menu_no_edit(app, at);
    if (why)
        return why;
    return at->file->store->format->caps & KS_CAP_SECRETS ? NULL : "its type holds no secret keys";
}

static const char *no_entry(struct app *app, const struct entry_place *at)
{
    (void)app;
    return at->entry || at->marks ? NULL : "choose an entry";
}

/* ---- what the lines do ---- */

static void make_store(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex, (void)at;
    edit_create_store(app);
}

static void make_secret(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    edit_make_secret(app, at->file);
}

static void give_secret(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    edit_add_secret(app, at->file);
}

static void give_passphrase(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    edit_add_passphrase(app, at->file);
}

static void copy_to(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)at;
    edit_copy_chosen(app, ex);
}

static const char *no_renewal(struct app *app, const struct entry_place *at)
{
    const char *why = entry_menu_no_edit(app, at);
    if (!why)
        why = entry_menu_no_key_pair(app, at);
    return why ? why : wiz_renew_refused(app, at->entry);
}

static const char *no_ca(struct app *app, const struct entry_place *at)
{
    (void)app;
    if (!at->entry || ks_op_can_sign(at->entry, NULL) != KS_OK)
        return "choose the key pair of a CA";
    return NULL;
}

static void make_pair(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    wiz_key_start(app, at->file);
}

static void make_request(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    wiz_csr_start(app, at->file, at->entry);
}

static void sign_request(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    wiz_sign_start(app, at->file, at->entry);
}

static void renew(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    wiz_renew_start(app, at->file, at->entry);
}

/* ---- imports ---- */

static const char *no_reply(struct app *app, const struct entry_place *at)
{
    const char *why = entry_menu_no_edit(app, at);
    if (why)
        return why;
    return wiz_reply_has_key(at->file) ? NULL : "this keystore has no key pair";
}

static void import_reply(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    bool pair = at->entry && at->entry->kind == KS_KIND_KEY;
    (void)ex;
    wiz_reply_start(app, at->file, pair ? at->entry : NULL);
}

static void import_trusted(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    wiz_trust_start(app, at->file);
}

static void import_pair(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    wiz_import_key_start(app, at->file);
}

static void import_pasted(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    paste_start(app, at->file);
}

static void capture(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    wiz_capture_start(app, at->file, NULL);
}

/* ---- exports ---- */

/* Of marked entries the wizard offers what all of them have. */
static const char *has_not(const struct entry_place *at, enum ks_export_what what)
{
    const char *why = NULL;
    if (at->marks)
        return what == KS_EXPORT_CERT || what == KS_EXPORT_CHAIN ? NULL : "of one entry at a time";
    if (!at->entry)
        return "choose an entry";
    (void)ks_export_has(at->entry, what, &why);
    return why;
}

static const char *no_cert(struct app *app, const struct entry_place *at)
{
    (void)app;
    return has_not(at, KS_EXPORT_CERT);
}

static const char *no_public(struct app *app, const struct entry_place *at)
{
    (void)app;
    return has_not(at, KS_EXPORT_PUBLIC);
}

static const char *no_key(struct app *app, const struct entry_place *at)
{
    (void)app;
    return has_not(at, KS_EXPORT_KEY);
}

static const char *no_pair(struct app *app, const struct entry_place *at)
{
    (void)app;
    return has_not(at, KS_EXPORT_PAIR);
}

static const char *no_file(struct app *app, const struct entry_place *at)
{
    (void)app;
    return at->file && at->file->state == UI_FILE_OPEN ? NULL : "open a keystore first";
}

static void export_chosen(struct app *app, struct explorer *ex, enum ks_export_what what)
{
    struct ui_file *f = NULL;
    size_t count = 0;
    const struct ks_entry **entries = edit_chosen(app, ex, &f, &count);
    const char *why = NULL;
    for (size_t i = 0; entries && i < count && !why; i++)
        if (!ks_export_has(entries[i], what, &why))
            app_warn(app, "%s is not exported: %s.", entries[i]->alias, why);
    if (entries && !why)
        wiz_export_start(app, f, entries, count, what);
    else
        free(entries);
}

static void export_cert(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)at;
    export_chosen(app, ex, KS_EXPORT_CERT);
}

static void export_chain(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)at;
    export_chosen(app, ex, KS_EXPORT_CHAIN);
}

static void export_public(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)at;
    export_chosen(app, ex, KS_EXPORT_PUBLIC);
}

static void export_key(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)at;
    export_chosen(app, ex, KS_EXPORT_KEY);
}

static void export_pair(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)at;
    export_chosen(app, ex, KS_EXPORT_PAIR);
}

static void export_list(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    wiz_export_list(app, at->file);
}

static void snippets(struct app *app, struct explorer *ex, const struct entry_place *at)
{
    (void)ex;
    wiz_snippet(app, at->file, at->entry);
}

/* ---- the tables ---- */

static const struct entry_menu_line creates[] = {
    {'n', "new keystore", no_new, make_store},
    {'k', "key pair", entry_menu_no_edit, make_pair},
    {'r', "certificate request (CSR) of this key pair", entry_menu_no_key_pair, make_request},
    {'w', "renew the certificate of this key pair", no_renewal, renew},
    {'a', "answer a request, as this CA", no_ca, sign_request},
    {'s', "secret key, random", no_secrets, make_secret},
    {'g', "secret key, given in hex", no_secrets, give_secret},
    {'p', "passphrase to store", no_secrets, give_passphrase},
};

static const struct entry_menu_line imports[] = {
    {'c', "CA reply, for a key pair of this keystore", no_reply, import_reply},
    {'t', "trusted certificates", entry_menu_no_edit, import_trusted},
    {'k', "key pair, with its certificates", entry_menu_no_edit, import_pair},
    {'p', "pasted PEM, whatever it is", entry_menu_no_edit, import_pasted},
    {'s', "from a TLS server: look, judge, trust", no_file, capture},
};

static const struct entry_menu_line exports[] = {
    {'c', "certificate", no_cert, export_cert},
    {'h', "chain", no_cert, export_chain},
    {'b', "public key", no_public, export_public},
    {'k', "private key", no_key, export_key},
    {'p', "key and chain", no_pair, export_pair},
    {'l', "list of the entries (CSV)", no_file, export_list},
    {'s', "configuration lines that use it", no_file, snippets},
    {'o', "copy to another open keystore", no_entry, copy_to},
};

static const struct entry_menu {
    enum ui_command_id id;
    const char *title;
    const struct entry_menu_line *lines;
    size_t count;
} menus[] = {
    {CMD_CREATE, "Create", creates, sizeof creates / sizeof creates[0]},
    {CMD_IMPORT, "Import", imports, sizeof imports / sizeof imports[0]},
    {CMD_EXPORT, "Export", exports, sizeof exports / sizeof exports[0]},
};

/* ---- asking ---- */

static struct entry_place place_of(const struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    struct entry_place at = {.marks = tree_marks(&ex->tree)};
    if (row) {
        at.file = tree_file(&ex->tree, row);
        at.entry = tree_entry(&ex->tree, row);
    }
    return at;
}

struct question {
    struct explorer *ex;
    const struct entry_menu *menu;
};

/* The cursor can have moved only by what closed the menu: the place is looked at again. */
static void answered(struct app *app, void *ctx, char key)
{
    struct question q = *(struct question *)ctx;
    struct entry_place at = place_of(q.ex);
    free(ctx);
    for (size_t i = 0; i < q.menu->count && !app->quitting; i++)
        if (key && q.menu->lines[i].key == key && !q.menu->lines[i].refused(app, &at))
            q.menu->lines[i].act(app, q.ex, &at);
}

static void ask(struct app *app, struct explorer *ex, const struct entry_menu *menu)
{
    struct entry_place at = place_of(ex);
    struct menu_item *items = ks_alloc_array(menu->count, sizeof *items);
    struct question *q = ks_alloc(sizeof *q);
    *q = (struct question){ex, menu};
    for (size_t i = 0; i < menu->count; i++)
        items[i] = (struct menu_item){menu->lines[i].key, menu->lines[i].label,
                                      menu->lines[i].refused(app, &at)};
    menu_ask(app, menu->title, items, menu->count, answered, q);
    free(items);
}

enum ui_next entry_menu_command(struct app *app, struct explorer *ex, enum ui_command_id id)
{
    for (size_t i = 0; i < sizeof menus / sizeof menus[0]; i++) {
        if (menus[i].id != id)
            continue;
        ask(app, ex, &menus[i]);
        return UI_REDRAW;
    }
    return UI_IGNORED;
}
