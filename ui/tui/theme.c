#include "tui/theme.h"

#include "base/text.h"

#include <stdlib.h>
#include <term.h>

enum { PAIR_NONE, PAIR_ERROR, PAIR_WARNING, PAIR_NOTE };

static const struct {
    attr_t mono, colour;
    short pair; /* of the colour schemes */
} roles[ROLE_COUNT] = {
    [ROLE_TEXT] = {A_NORMAL, A_NORMAL, PAIR_NONE},
    [ROLE_LABEL] = {A_BOLD, A_BOLD, PAIR_NONE},
    [ROLE_SELECT] = {A_REVERSE, A_REVERSE, PAIR_NONE},
    [ROLE_SELECT_DIM] = {A_UNDERLINE, A_UNDERLINE, PAIR_NONE},
    [ROLE_MARK] = {A_BOLD, A_BOLD, PAIR_NONE},
    [ROLE_ERROR] = {A_BOLD, A_BOLD, PAIR_ERROR},
    [ROLE_WARNING] = {A_UNDERLINE, A_NORMAL, PAIR_WARNING},
    [ROLE_NOTE] = {A_BOLD, A_BOLD, PAIR_NOTE},
    [ROLE_STATUS] = {A_REVERSE, A_REVERSE, PAIR_NONE},
    [ROLE_HOTKEY] = {A_BOLD, A_BOLD, PAIR_NONE},
    [ROLE_ESCAPED] = {A_REVERSE, A_REVERSE, PAIR_NONE},
    [ROLE_FIELD] = {A_UNDERLINE, A_UNDERLINE, PAIR_NONE},
};

static const struct {
    short pair, fg8, bg8, fg256, bg256;
} pairs[] = {
    {PAIR_ERROR, COLOR_WHITE, COLOR_RED, 231, 124},
    {PAIR_WARNING, COLOR_BLACK, COLOR_YELLOW, 16, 220},
    {PAIR_NOTE, COLOR_WHITE, COLOR_BLUE, 231, 25},
};

static const char *const glyphs[GLYPH_COUNT][2] = {
    [GLYPH_OK] = {"✓", "+"},        [GLYPH_WARNING] = {"!", "!"}, [GLYPH_ERROR] = {"✗", "X"},
    [GLYPH_NOTE] = {"·", "."},      [GLYPH_FUTURE] = {"»", ">"},  [GLYPH_LOCKED] = {"?", "?"},
    [GLYPH_NONE] = {"-", "-"},      [GLYPH_OPEN] = {"▾", "v"},    [GLYPH_FOLDED] = {"▸", ">"},
    [GLYPH_VLINE] = {"│", "|"},     [GLYPH_HLINE] = {"─", "-"},   [GLYPH_TL] = {"┌", "+"},
    [GLYPH_TR] = {"┐", "+"},        [GLYPH_BL] = {"└", "+"},      [GLYPH_BR] = {"┘", "+"},
    [GLYPH_ELLIPSIS] = {"…", ".."}, [GLYPH_PATH] = {"›", "/"},    [GLYPH_UP] = {"^", "^"},
    [GLYPH_DOWN] = {"v", "v"},
};

static bool in_colour, many_colours, ascii_set;

const char *ui_glyph(enum ui_glyph g)
{
    return glyphs[g][ascii_set];
}

bool ui_ascii(void)
{
    return ascii_set;
}

/* COLORS is not known before start_color(), which already sends something. */
static bool wants_colour(enum ui_color color)
{
    char capability[] = "colors";
    if (color == UI_COLOR_NEVER || !has_colors() || tigetnum(capability) < 8)
        return false;
    const char *no = getenv("NO_COLOR");
    return color != UI_COLOR_AUTO || !no || !*no;
}

void theme_start(enum ui_color color, bool ascii)
{
    ascii_set = ascii;
    ks_text_only_ascii(ascii);
    in_colour = wants_colour(color);
    if (!in_colour)
        return;
    start_color();
    use_default_colors();
    many_colours = COLORS >= 256 && color != UI_COLOR_8;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (many_colours)
            init_pair(pairs[i].pair, pairs[i].fg256, pairs[i].bg256);
        else
            init_pair(pairs[i].pair, pairs[i].fg8, pairs[i].bg8);
    }
}

/* The cursor row is one bar in reverse: its badges are told by their glyphs, and moving the bar
 * over a slow line does not cost four changes of colour a key. */
attr_t theme_attr(enum ui_role role, enum ui_role under, short *pair)
{
    *pair = in_colour ? roles[role].pair : PAIR_NONE;
    attr_t own = in_colour ? roles[role].colour : roles[role].mono;
    attr_t row = in_colour ? roles[under].colour : roles[under].mono;
    bool badge = roles[role].pair != PAIR_NONE;
    if (badge && under == ROLE_SELECT) {
        *pair = PAIR_NONE;
        return row;
    }
    if (badge && many_colours)
        own &= ~A_BOLD; /* 256 colours have contrast enough */
    if (*pair != PAIR_NONE)
        return own | (row & ~A_REVERSE);
    if (role == ROLE_ESCAPED)
        return (own ^ (row & A_REVERSE)) | (row & ~A_REVERSE); /* stands out on a reverse row too */
    return own | row;
}
