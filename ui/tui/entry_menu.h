/*
 * The menus that lead to wizards: create, import, export. Each is a table, one letter a line; a
 * line that cannot act now stays and says why.
 */
#ifndef KSX_TUI_ENTRY_MENU_H
#define KSX_TUI_ENTRY_MENU_H

#include "tui/app.h"

struct explorer;

/* What the explorer's cursor is on. */
struct entry_place {
    struct ui_file *file;         /* NULL: no file is open */
    const struct ks_entry *entry; /* NULL: the cursor is on the keystore */
    size_t marks;                 /* marked entries: edit_chosen() takes those instead */
};

struct entry_menu_line {
    char key;
    const char *label;
    /* Why it cannot act there: "its type holds no secret keys"; NULL: it can. */
    const char *(*refused)(struct app *app, const struct entry_place *at);
    void (*act)(struct app *app, struct explorer *ex, const struct entry_place *at);
};

/* Commands of the explorer. */
enum ui_next entry_menu_command(struct app *app, struct explorer *ex, enum ui_command_id id);

/* Reasons that several lines have. */
const char *entry_menu_no_edit(struct app *app, const struct entry_place *at); /* of the file */
/* No private key with a certificate is under the cursor. */
const char *entry_menu_no_key_pair(struct app *app, const struct entry_place *at);

#endif
