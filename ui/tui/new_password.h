/*
 * The fields of a form with which a new password is chosen: typed twice, its weakness said in
 * words, and empty only when a tick says that this is meant.
 */
#ifndef KSX_TUI_NEW_PASSWORD_H
#define KSX_TUI_NEW_PASSWORD_H

#include "tui/form.h"

bool new_password_is_empty(const struct form *form, void *ctx);
bool new_password_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
bool new_password_again_ok(const struct form *form, void *ctx, char why[static FORM_WHY]);
void new_password_words(const struct form *form, void *ctx, struct ks_buf *out);

/* Rows of a table of fields; ids "password", "again", "empty". `is_shown` NULL: always; `is_empty` is
 * new_password_is_empty where they always are. */
#define NEW_PASSWORD_FIELDS(at_page, is_shown, is_empty)                                                   \
    {.id = "password",                                                                             \
     .label = "Password",                                                                          \
     .kind = FORM_SECRET,                                                                          \
     .page = (at_page),                                                                            \
     .shown = (is_shown),                                                                          \
     .check = new_password_ok,                                                                     \
     .hint = "The new password. ^T shows it for 10 seconds."},                                     \
        {.id = "again",                                                                            \
         .label = "Again",                                                                         \
         .kind = FORM_SECRET,                                                                      \
         .page = (at_page),                                                                        \
         .shown = (is_shown),                                                                      \
         .check = new_password_again_ok,                                                           \
         .hint = "The same once more."},                                                           \
        {.id = "strength",                                                                         \
         .label = "",                                                                              \
         .kind = FORM_WORDS,                                                                       \
         .page = (at_page),                                                                        \
         .shown = (is_shown),                                                                      \
         .words = new_password_words},                                                             \
    {                                                                                              \
        .id = "empty", .label = "an empty password is meant", .kind = FORM_TICK,                   \
        .page = (at_page), .shown = (is_empty),                                         \
        .hint = "Nothing is typed above: only with this tick is that a password."                  \
    }

#endif
