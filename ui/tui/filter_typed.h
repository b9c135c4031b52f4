/*
 * A filter while it is being typed: what is not complete yet must not hide anything, so only the
 * words that are understood count, and the last one not while it may still become a filter word.
 */
#ifndef KSX_TUI_FILTER_TYPED_H
#define KSX_TUI_FILTER_TYPED_H

#include "report/filter.h"

struct app;

/* The words of `text` that count, joined by blanks; free with free(). */
char *filter_typed(const char *text);
/* True for the beginning of a filter word or all of it, without its colon: "e", "exp". */
bool filter_typed_begins_word(const char *text, size_t len);
/* What is wrong with a text, in a few words for the prompt: "exp:<foo? write exp:<30d, ..."; "" when
 * it is understood as far as it goes. */
void filter_typed_problem(const char *text, char *out, size_t size);
/* On Enter: false, and a message about it, when a word is not understood. */
bool filter_is_understood(struct app *app, const char *text);

/* For struct prompt_line. */
#define FILTER_HINT "Enter keep  Esc cancel   words: type:key exp:<30d sev:error alg:rsa !not"

#endif
