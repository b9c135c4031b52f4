/*
 * The open box, to choose a file for a form: nothing is opened.
 */
#ifndef KSX_TUI_BROWSE_H
#define KSX_TUI_BROWSE_H

#include "tui/app.h"

struct browse {
    const char *title; /* what for: the label of the field; static */
    const char *typed; /* what stands in the field: where to begin. Copied */
    bool makes;        /* a file to be made: a directory can be chosen for it */
    /* Once, when the box has closed: the path, relative when it is below the working directory;
     * NULL when nothing was chosen. */
    void (*done)(struct app *app, void *ctx, const char *path);
    void *ctx;
};
void browse_box(struct app *app, const struct browse *browse);

#endif
