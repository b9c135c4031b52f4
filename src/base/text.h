/*
 * Text from outside. Names in keystores come as UTF-8, modified UTF-8 (Java), UTF-16BE
 * (BMPString), Latin-1 (T61String), or as bytes that are none of these. The functions here turn
 * them into UTF-8 without losing anything: what cannot be decoded becomes U+FFFD plus a false
 * return, and the raw bytes stay with the entry.
 *
 * Neutralising: nothing external may reach a terminal as it is. ks_text_clusters() is the one
 * place that decides what a character looks like; the canvas of the TUI and the text output of
 * the subcommands are both made from it.
 */
#ifndef KSX_BASE_TEXT_H
#define KSX_BASE_TEXT_H

#include "base/bytes.h"

/* ---- decoding: append UTF-8 to `out`; false when something was not decodable ---- */
bool ks_text_from_utf8(struct ks_slice in, struct ks_buf *out);
bool ks_text_from_modified_utf8(struct ks_slice in, struct ks_buf *out); /* CESU-8 surrogates, c080, and plain 4-byte UTF-8 */
bool ks_text_from_utf16be(struct ks_slice in, struct ks_buf *out);
bool ks_text_from_utf32be(struct ks_slice in, struct ks_buf *out);
bool ks_text_from_latin1(struct ks_slice in, struct ks_buf *out);

/*
 * From a decoded text to a C string, which U+0000 would end: first in Java's spelling of it, C0 80,
 * which no other character has, so that texts are still equal only when they are the same; then,
 * for people, as its symbol U+2400. Both take over what they are given; free with free().
 */
char *ks_text_keep_nul(struct ks_buf *text);
char *ks_text_show_nul(char *text);
/* At most `max` bytes of whole characters, with an ellipsis in place of the rest. True if it cut.
 * The first for what is stored, the second for what is read: its ellipsis is KS_SIGN_CUT. */
bool ks_text_cut(struct ks_buf *text, size_t max);
bool ks_text_shorten(struct ks_buf *text, size_t max);
/* A name in Java's spelling for people, cut like that. */
char *ks_text_java_name(struct ks_slice modified_utf8, size_t max);

/* ---- encoding ---- */
/* Java's modified UTF-8, as DataOutputStream.writeUTF has it: characters beyond U+FFFF as two
 * surrogates of three bytes each. What is no valid UTF-8 becomes U+FFFD. */
void ks_text_to_modified_utf8(const char *utf8, struct ks_buf *out);

bool ks_text_is_ascii(struct ks_slice in);
/* One code point from valid or invalid UTF-8: returns its length in bytes (>= 1 unless len is 0);
 * *cp is the code point, or -1 for a byte that starts no valid sequence (length 1). */
size_t ks_utf8_next(const char *text, size_t len, int32_t *cp);
void ks_utf8_append(struct ks_buf *out, uint32_t cp);

/* Java's alias folding, String.toLowerCase(Locale.ENGLISH), by simple case mapping. Free with free(). */
char *ks_text_fold(const char *utf8);
/* Case-insensitive substring; `needle` already folded by ks_text_fold. */
bool ks_text_contains_folded(const char *haystack, const char *needle);

/* ---- neutralising ---- */
enum {
    KS_TEXT_ASCII = 1,  /* the terminal is not UTF-8: show non-ASCII as \u{E9} */
    KS_TEXT_COLOURLESS = 4, /* nothing but the text tells ESC from the four characters \x1B: backslashes
                             * are doubled where those were typed, too */
    KS_TEXT_LAYOUT = 2, /* composed by ksx (an ASN.1 tree, a table): U+0020 is layout, never escaped */
};
/*
 * A cluster is what one cell group shows: a base with at most four combining marks, or one escape
 * such as \x1B, \u{202E}. `text` is printable UTF-8 (ASCII under KS_TEXT_ASCII), `width` its
 * cells (1 or 2; an escape has as many as characters), `escaped` asks for the escape attribute.
 * Return false to stop.
 */
typedef bool (*ks_cluster_fn)(void *ctx, const char *text, size_t len, int width, bool escaped);
void ks_text_clusters(const char *utf8, size_t len, unsigned flags, ks_cluster_fn fn, void *ctx);

/* The whole neutralised text appended to `out`; returns its width in cells. */
int ks_text_neutralise(const char *utf8, size_t len, unsigned flags, struct ks_buf *out);
/* True for what is surely shown as it is: visible ASCII with single blanks inside, or nothing. */
bool ks_text_is_plain(const char *text, size_t len);
/* True if neutralising a name escapes anything (finding NAME-HIDDEN-CHARS). Spaces between words
 * are fine; leading, trailing and doubled ones are not. */
bool ks_text_has_hidden(const char *utf8, size_t len);
/* True if there is a letter of a right-to-left script. */
bool ks_text_has_rtl(const char *utf8, size_t len);

/* ---- signs of ksx's own ---- */
/*
 * In a sentence that quotes external text nobody can tell later which ellipsis is of ksx and which
 * is a character of a name, that a terminal without Unicode gets as \u{2026}. So these are chosen
 * when the sentence is made. A front end says once, before any other thread is there, that only
 * ASCII can be shown; formats for programs keep the signs.
 */
enum ks_sign {
    KS_SIGN_CUT,    /* the ellipsis, ".." */
    KS_SIGN_INSIDE, /* " > " as an arrow head, between a file and what is in it; "/" */
};
void ks_text_only_ascii(bool only);
const char *ks_text_sign(enum ks_sign sign);

/* Hex with a separator ('\0' = none), upper or lower case; appended. */
void ks_text_hex(struct ks_slice in, char separator, bool upper, struct ks_buf *out);

#endif
