/*
 * Text on standard output: buffered, neutralised, aligned by cells. External text goes through
 * text_ext(), words of ksx's own through text_own().
 */
#ifndef KSX_CLI_TEXT_H
#define KSX_CLI_TEXT_H

#include "cli/cli.h"

void text_own(struct cli *cli, const char *own);
void text_printf(struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_line(struct cli *cli); /* the end of a line; hands large output over */
int text_ext(struct cli *cli, const char *utf8); /* its width in cells */
/* A line that ksx composed around external text: its spaces are layout. */
void text_layout(struct cli *cli, const char *utf8);
void text_layout_n(struct cli *cli, const char *utf8, size_t len);
int text_ext_n(struct cli *cli, const char *utf8, size_t len);
void text_blank(struct cli *cli, int cells);
/* A word of ksx's own in ASCII, and blanks up to this many cells. */
void text_padded(struct cli *cli, const char *own, int cells);
/* Glyph and colour of a state, one cell. */
void text_badge(struct cli *cli, enum report_state state);
/* Days, right-aligned in five cells, in the colours of the state. */
void text_days(struct cli *cli, enum report_state state, const char *days);

/* Cells of external text, and the text itself appended to `out`. */
int text_neutralise(const struct cli *cli, const char *utf8, size_t len, struct ks_buf *out);

/* Text that text_neutralise() made and its width, cut with an ellipsis to this many cells; 0 = not
 * cut. Returns the width it has then. */
int text_cut(struct cli *cli, const char *visible, size_t len, int width, int cells);

/* What a buffer refused is missing from the output: it counts as not written. */
void text_check(struct cli *cli, const struct ks_buf *b);

/* Hands everything over to standard output; nothing more once a part of it was refused. */
void text_flush(struct cli *cli);

/* "3 entries", "1 entry". */
const char *text_plural(size_t count, const char *one, const char *many);
/* The subject of an entry's leaf, of its request or the issuer of its CRL; else its comment.
 * Appended, not neutralised. */
void text_entry_subject(const struct ks_entry *e, struct ks_buf *out);

#endif
