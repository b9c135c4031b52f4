/*
 * THE command table: what ksx can do from the keyboard. Dispatch, key bar, help, palette,
 * `ksx keys`, man page, README and tests are all made from it, so none of them can drift.
 */
#ifndef KSX_TUI_COMMANDS_H
#define KSX_TUI_COMMANDS_H

#include "tui/keys.h"

enum ui_context { /* bit mask in the table */
                  ON_TREE = 1,
                  ON_DETAIL = 2,
                  ON_EXPIRY = 4,
                  ON_OPEN = 8, /* the open box's list */
                  ON_HELP = 16,
                  ON_DIFF = 64,
                  ON_JVM = 128, /* the list of JVMs */
                  ON_FINDINGS = 256,
                  ON_EXPLAIN = 512, /* the answers to an error message */
                  ON_SCAN = 1 << 14, /* what is below a directory */
                  ON_FORM = 32, /* prompts and dialogs with text fields: only listed in help; the
                                   editor has the keys */
                  ON_VIEWS = ON_TREE | ON_DETAIL | ON_EXPIRY | ON_HELP | ON_DIFF | ON_JVM |
                             ON_FINDINGS | ON_EXPLAIN | ON_SCAN,
                  ON_ANY = ON_VIEWS | ON_OPEN,
};

/* clang-format off */
enum ui_command_id {
    CMD_NONE,
    CMD_DOWN, CMD_UP, CMD_FIRST, CMD_LAST, CMD_HALF_DOWN, CMD_HALF_UP, CMD_PAGE_DOWN, CMD_PAGE_UP,
    CMD_IN, CMD_OUT, CMD_ENTER, CMD_PANE,
    CMD_SECTION_1, CMD_SECTION_2, CMD_SECTION_3, CMD_SECTION_4, CMD_SECTION_5, CMD_SECTION_6,
    CMD_SECTION_7, CMD_SECTION_PREV, CMD_SECTION_NEXT,
    CMD_DETAIL_DOWN, CMD_DETAIL_UP, CMD_DETAIL_LEFT, CMD_DETAIL_RIGHT,
    CMD_UNFOLD, CMD_FOLD, CMD_FOLD_ALL, CMD_ZOOM, CMD_NARROW, CMD_WIDEN, CMD_FLAT, CMD_NEXT_PROBLEM,
    CMD_SEARCH, CMD_SEARCH_NEXT, CMD_SEARCH_PREV, CMD_FILTER, CMD_SORT, CMD_INVERT,
    CMD_MARK, CMD_MARK_RANGE, CMD_MARK_ALL, CMD_UNMARK_ALL,
    CMD_SAVE, CMD_SAVE_AS, CMD_PENDING, CMD_UNDO, CMD_REDO, CMD_CREATE, CMD_IMPORT, CMD_EXPORT,
    CMD_RENAME, CMD_COPY_TO, CMD_DELETE, CMD_CONVERT, CMD_DIFF, CMD_SAME, CMD_ALIGN, CMD_LIFT,
    CMD_REPAIR, CMD_FINDINGS, CMD_GROUP, CMD_EXPLAIN, CMD_EXPLAIN_HERE, CMD_PROVE, CMD_REVOKED,
    CMD_JVM, CMD_SCAN, CMD_OPEN, CMD_CLOSE, CMD_RELOAD, CMD_PASSWORD, CMD_COPY, CMD_EXPIRY, CMD_RAW, CMD_PAGER,
    CMD_HIDDEN, CMD_PALETTE, CMD_HELP, CMD_CANCEL, CMD_BACK, CMD_QUIT, CMD_REDRAW, CMD_SUSPEND,
    CMD_MOUSE,
    CMD_COUNT,
};
/* clang-format on */

struct ui_command {
    enum ui_command_id id;
    const char *name;     /* "expiry": stable, for the palette and for `ksx keys` */
    const char *keys;     /* space-separated key names, first = the one shown */
    unsigned where;       /* enum ui_context mask */
    const char *bar;      /* short word for the key bar, "" = not in the bar */
    const char *group;    /* heading in help: "Move", "Find", "View", "Files", "General" */
    const char *help;     /* one line */
    const char *synonyms; /* further words that the palette matches ("keytool -list"), may be "" */
    const char *cli;      /* equivalent subcommand, "" = none */
};

const struct ui_command *ui_commands(size_t *count);
const struct ui_command *ui_command(enum ui_command_id id);
/* The command bound to a key in a context; CMD_NONE if there is none. */
enum ui_command_id ui_command_for_key(struct ui_key key, unsigned context);

#endif
