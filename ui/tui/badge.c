#include "tui/badge.h"

enum ui_role badge_role(enum report_state state)
{
    switch (state) {
    case REPORT_ERR:
        return ROLE_ERROR;
    case REPORT_WARN:
    case REPORT_FUTURE:
        return ROLE_WARNING;
    case REPORT_NOTE_:
        return ROLE_NOTE;
    default:
        return ROLE_TEXT;
    }
}

enum ui_role badge_days_role(int64_t not_before, int64_t not_after, int64_t now)
{
    if (not_after == KS_TIME_NONE)
        return ROLE_TEXT;
    if (not_after < now)
        return ROLE_ERROR;
    if (not_before != KS_TIME_NONE && not_before > now)
        return ROLE_WARNING;
    return ks_days_until(not_after, now) <= KS_WARN_DAYS ? ROLE_WARNING : ROLE_TEXT;
}

enum ui_role badge_entry_days_role(const struct ks_entry *e, int64_t now)
{
    return badge_days_role(e->chain_len ? e->chain[0].not_before : KS_TIME_NONE,
                           report_entry_expires(e), now);
}

void badge_text(struct ui_pen *pen, enum ui_role role, const char *own)
{
    enum ui_role plain = pen->role;
    if (role != ROLE_TEXT)
        pen->role = role;
    canvas_text(pen, own);
    pen->role = plain;
}
