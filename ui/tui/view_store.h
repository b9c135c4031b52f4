/*
 * The explorer: a tree of keystores, entries and chain certificates, and a detail pane. Shared by
 * the explorer_*.c files; the application itself needs view_store and view_store_goto().
 */
#ifndef KSX_TUI_VIEW_STORE_H
#define KSX_TUI_VIEW_STORE_H

#include "tui/detail.h"
#include "tui/list.h"
#include "tui/tree.h"
#include "tui/view.h"

void view_store_goto(struct app *app, void *state, const struct ui_file *f, long entry, int cert);

const struct ui_file *view_store_selected(const void *state, const char **alias);

/* ---- inside the explorer ---- */

struct explorer_layout {
    struct ui_rect tree, detail; /* without their title rows; rows 0 = not shown */
    int divider;                 /* column of the line between them, -1 = none */
    bool stacked;
    bool wide; /* long section names and forms */
};

/* A key that was tried, with the keystore's password or with one that was typed: what that told. */
struct explorer_unlocked {
    unsigned file_id, generation;
    int32_t entry;
    bool open;
    enum report_key_password password;
    struct ks_unlocked told; /* when it is open */
};

struct explorer_hit { /* of the search, in the order of the tree */
    struct tree_row row;
    struct tree_place place;
};

struct explorer {
    struct tree tree;
    struct list list;
    struct detail detail;

    struct tree_row selected;      /* identity: survives sort, filter, reload */
    unsigned selected_file;        /* id */
    char *selected_alias;          /* for a reload */
    struct tree_row before_prompt; /* where Esc goes back to */
    size_t line_before_prompt;     /* in the detail pane */
    bool line_found;

    bool in_detail; /* focus */
    bool zoom;
    int split;  /* columns that < and > have added to the tree */
    bool range; /* v: a range was begun at range_start */
    struct tree_row range_start;

    bool detail_stale, detail_wide;
    struct tree_row detail_of;
    unsigned detail_file, detail_generation, detail_looks;

    char *search; /* last text; NULL = none */
    struct explorer_hit *hits;
    size_t hit_count, hit_cap;
    bool hits_stale;

    char filter_note[160]; /* while a filter is typed */
    char *former_filter;  /* what Esc brings back */
    struct tree_row filter_from, filter_to; /* selected before the filter, and where it led */
    struct explorer_unlocked *unlocked;
    size_t unlocked_count;
    bool trying; /* the keystore's password on a key: one at a time */
};

/* view_store.c */
void explorer_sync(struct app *app, struct explorer *ex); /* takes over changes of the files */
void explorer_select(struct explorer *ex, struct tree_row row); /* unfolds what hides it */
/* After a rebuild of the rows: the cursor follows the selection. */
void explorer_rows_changed(struct explorer *ex);
void explorer_unmark(struct explorer *ex); /* nothing is marked, and no range begun */
/* After a move of the cursor: the selection follows it. */
void explorer_take_selection(struct explorer *ex);
const struct tree_row *explorer_row(const struct explorer *ex); /* selected; NULL: no rows */

/* explorer_detail.c */
void explorer_update_detail(struct app *app, struct explorer *ex);
void explorer_section(struct app *app, struct explorer *ex, int section); /* wraps around */
/* NULL: never tried. */
const struct explorer_unlocked *explorer_key_told(const struct explorer *ex,
                                                  const struct ui_file *f, int32_t entry);
void explorer_keep_key(struct explorer *ex, const struct explorer_unlocked *key);
/* The key's details are made anew if they are on the screen: no key may come that would do it. */
void explorer_key_changed(struct app *app, struct explorer *ex,
                          const struct explorer_unlocked *key);
/* NULL: not unlocked. */
const struct ks_unlocked *explorer_unlocked_key(const struct explorer *ex, const struct ui_file *f,
                                                int32_t entry);

/* explorer_try.c: the keystore's password on the key of the selected entry, while nobody types */
void explorer_try_key(struct app *app, struct explorer *ex);

/* explorer_arrange.c */
enum ui_next explorer_arrange(struct app *app, struct explorer *ex, enum ui_command_id id);
enum ui_next explorer_fold(struct explorer *ex, const struct tree_row *row, bool unfold);

/* explorer_draw.c */
struct explorer_layout explorer_lay_out(const struct app *app, const struct explorer *ex,
                                        struct ui_rect area);
void explorer_draw(struct app *app, void *state, struct ui_rect area);
void explorer_status(struct app *app, void *state, struct ui_pen *pen);

/* explorer_row.c: one row of the tree */
struct explorer_extras { /* columns beside the alias, which comes first */
    bool key, date;
};
/* What there is room for in a tree of so many columns when no alias is to be cut for it. */
struct explorer_extras explorer_extras(const struct explorer *ex, int cols);
/* Columns of a tree that shows every alias whole, and these extras. */
int explorer_columns_needed(const struct explorer *ex, struct explorer_extras extras);
#define EXPLORER_EXTRAS 48 /* columns of the tree from which on they are shown */
void explorer_draw_row(const struct explorer *ex, size_t index, struct ui_pen pen, bool focused);

/* explorer_find.c: filter and order; what it does not know goes on to explorer_search.c */
void explorer_unfiltered(struct explorer *ex); /* after the filter is gone */
enum ui_next explorer_find_command(struct app *app, struct explorer *ex, enum ui_command_id id);

/* explorer_search.c: search, next problem */
enum ui_next explorer_search_command(struct app *app, struct explorer *ex, enum ui_command_id id);
void explorer_find_free(struct explorer *ex);

/* explorer_menus.c: copy, passwords */
enum ui_next explorer_copy(struct app *app, struct explorer *ex);
enum ui_next explorer_passwords(struct app *app, struct explorer *ex);
void explorer_unlock_key(struct app *app, struct explorer *ex);
bool explorer_key_is_locked(const struct explorer *ex); /* the selected entry has a key to unlock */

#endif
