/*
 * screenshot ROWSxCOLS KEYS WAIT OUT.svg PROGRAM ARG...
 *
 * Runs the program in a pseudo-terminal, types KEYS (see terminal.h; "|" between parts waits until the
 * screen is quiet), waits until WAIT is on the screen, and writes the cells as an SVG picture.
 */
#include "terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CELL_W 8.4
#define CELL_H 18
#define PAD 12

static const char *const foreground = "#d8dee4", *const background = "#14181d";

struct look {
    char fg[8], bg[8];
    bool bold, underline;
};

static void colour(struct pty *t, VTermColor c, const char *fallback, bool is_default, char out[8])
{
    if (is_default) {
        snprintf(out, 8, "%s", fallback);
        return;
    }
    vterm_screen_convert_color_to_rgb(pty_screen(t), &c);
    snprintf(out, 8, "#%02x%02x%02x", c.rgb.red, c.rgb.green, c.rgb.blue);
}

static struct look look_of(struct pty *t, const VTermScreenCell *cell)
{
    struct look look = {.bold = cell->attrs.bold, .underline = cell->attrs.underline != 0};
    VTermColor fg = cell->fg, bg = cell->bg;
    colour(t, fg, foreground, VTERM_COLOR_IS_DEFAULT_FG(&fg), look.fg);
    colour(t, bg, background, VTERM_COLOR_IS_DEFAULT_BG(&bg), look.bg);
    if (cell->attrs.reverse) {
        struct look swapped = look;
        memcpy(look.fg, swapped.bg, sizeof look.fg);
        memcpy(look.bg, swapped.fg, sizeof look.bg);
    }
    return look;
}

static bool same_look(const struct look *a, const struct look *b)
{
    return strcmp(a->fg, b->fg) == 0 && strcmp(a->bg, b->bg) == 0 && a->bold == b->bold &&
           a->underline == b->underline;
}

static void put_char(FILE *out, uint32_t c)
{
    if (c == '<' || c == '>' || c == '&' || c >= 0x80)
        fprintf(out, "&#%u;", c);
    else
        fputc((int)c, out);
}

/* A run of cells of one look: its background, then its text stretched to exactly its cells. */
static void put_run(FILE *out, struct pty *t, int row, int from, int to, const struct look *look)
{
    double x = PAD + from * CELL_W, y = PAD + row * CELL_H, width = (to - from) * CELL_W;
    bool blank = true;
    if (strcmp(look->bg, background) != 0)
        fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x, y,
                width, CELL_H, look->bg);
    for (int col = from; col < to; col++)
        blank = blank && (pty_cell(t, row, col).chars[0] == 0 || pty_cell(t, row, col).chars[0] == ' ');
    if (blank)
        return;
    fprintf(out,
            "<text xml:space=\"preserve\" x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" "
            "lengthAdjust=\"spacingAndGlyphs\" fill=\"%s\"%s%s>",
            x, y + CELL_H - 5, width, look->fg, look->bold ? " font-weight=\"bold\"" : "",
            look->underline ? " text-decoration=\"underline\"" : "");
    for (int col = from; col < to;) {
        VTermScreenCell cell = pty_cell(t, row, col);
        if (!cell.chars[0])
            fputc(' ', out);
        for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
            put_char(out, cell.chars[i]);
        col += cell.width > 1 ? cell.width : 1;
    }
    fprintf(out, "</text>\n");
}

static void put_row(FILE *out, struct pty *t, int row)
{
    int from = 0;
    VTermScreenCell first = pty_cell(t, row, 0);
    struct look look = look_of(t, &first);
    for (int col = 1; col <= pty_cols(t); col++) {
        struct look next = look;
        bool more = col < pty_cols(t);
        if (more) {
            VTermScreenCell cell = pty_cell(t, row, col);
            next = look_of(t, &cell);
        }
        if (more && same_look(&look, &next))
            continue;
        put_run(out, t, row, from, col, &look);
        from = col;
        look = next;
    }
}

static void put_picture(FILE *out, struct pty *t)
{
    double width = pty_cols(t) * CELL_W + 2 * PAD;
    int height = pty_rows(t) * CELL_H + 2 * PAD;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%d\" "
            "viewBox=\"0 0 %.0f %d\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" "
            "font-size=\"14\">\n<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"%s\"/>\n",
            width, height, width, height, background);
    for (int row = 0; row < pty_rows(t); row++)
        put_row(out, t, row);
    fprintf(out, "</svg>\n");
}

static char **argument;

static void take(void **state)
{
    (void)state;
    struct pty_options options = {0};
    assert_int_equal(sscanf(argument[1], "%dx%d", &options.rows, &options.cols), 2);
    struct pty *t = pty_start(&options, (const char *const *)argument + 5);
    char *keys = strdup(argument[2]);
    char *rest = NULL;
    pty_quiet(t, 500);
    for (char *part = strtok_r(keys, "|", &rest); part; part = strtok_r(NULL, "|", &rest)) {
        pty_type(t, part);
        pty_quiet(t, 500);
    }
    pty_wait(t, argument[3]);
    pty_quiet(t, 300);
    FILE *out = fopen(argument[4], "w");
    assert_non_null(out);
    put_picture(out, t);
    assert_int_equal(fclose(out), 0);
    free(keys);
    pty_free(t);
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fprintf(stderr, "usage: screenshot ROWSxCOLS KEYS WAIT OUT.svg PROGRAM ARG...\n");
        return 2;
    }
    argument = argv;
    const struct CMUnitTest tests[] = {cmocka_unit_test(take)};
    cmocka_set_message_output(CM_OUTPUT_STDOUT);
    return cmocka_run_group_tests_name(argv[4], tests, NULL, NULL);
}
