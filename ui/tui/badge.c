#include "tui/badge.h"

#include <string.h>

enum ui_role badge_role(enum report_state state, enum ui_role otherwise)
{
    switch (state) {
    case REPORT_ERR:
        return ROLE_ERROR;
    case REPORT_WARN:
        return ROLE_WARNING;
    case REPORT_NOTE_:
        return ROLE_NOTE;
    default:
        return otherwise;
    }
}

void badge_draw(struct ui_pen *pen, enum report_state state, const char *days, int width)
{
    enum ui_role plain = pen->role;
    enum ui_role role = badge_role(state, plain);
    pen->role = role;
    canvas_text(pen, report_state_glyph(state, ui_ascii()));
    pen->role = plain;
    if (!days)
        return;
    canvas_pad(pen, pen->col + width - (int)strlen(days));
    bool dated = strcmp(days, "-") != 0;
    pen->role = dated ? role : plain;
    canvas_text(pen, days);
    pen->role = plain;
}
