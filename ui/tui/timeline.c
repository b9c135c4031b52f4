#include "tui/timeline.h"

#include "base/clock.h"

enum span span_of(const struct ks_entry *e, int64_t now)
{
    int64_t expires = report_entry_expires(e);
    if (expires == KS_TIME_NONE)
        return report_entry_is_judged(e) ? SPAN_NONE : SPAN_UNJUDGED;
    int64_t days = ks_days_until(expires, now);
    if (days < 0)
        return SPAN_EXPIRED;
    return days < 7 ? SPAN_7 : days < 30 ? SPAN_30 : days < 90 ? SPAN_90 : SPAN_LATER;
}

/* Counts of nothing are left out where there is room for no more. */
static void spans_text(const size_t *spans, bool narrow, bool zeros, struct ks_buf *out)
{
    static const char *const words[SPANS][2] = {
        {"Expired", "Expired"},       {"7 days", "7d"},   {"30 days", "30d"},
        {"90 days", "90d"},           {"later", "later"}, {"no date", "no date"},
        {"not judged", "not judged"},
    };
    ks_buf_clear(out);
    for (size_t i = 0; i < SPANS; i++)
        if (spans[i] || (zeros && i != SPAN_UNJUDGED))
            ks_buf_printf(out, "%s%s %zu",
                          !out->len ? ""
                          : narrow  ? "  "
                                    : "   ",
                          words[i][narrow], spans[i]);
}

void spans_draw(const size_t spans[static SPANS], int row, int cols)
{
    struct ui_pen pen = ui_pen(row, 1, cols, ROLE_TEXT);
    struct ks_buf text = KS_BUF_INIT;
    size_t room = (size_t)(pen.end - pen.col);
    spans_text(spans, false, true, &text);
    if (text.len > room)
        spans_text(spans, true, true, &text);
    if (text.len > room)
        spans_text(spans, true, false, &text);
    canvas_text(&pen, ks_buf_text(&text));
    ks_buf_free(&text);
}

const char *timeline_no_date(const struct ks_entry *e)
{
    return report_entry_is_judged(e) ? "(no date)" : "(unknown)";
}

const struct prompt_choice timeline_sorts[TIMELINE_SORTS] = {
    {'e', "[e]xpiry"}, {'n', "[n]ame"},     {'t', "[t]ype"},
    {'s', "[s]tatus"}, {'k', "[k]ey size"}, {'f', "[f]ile order"},
};

bool timeline_order(char key, enum sort_key *out)
{
    static const enum sort_key sorts[TIMELINE_SORTS] = {SORT_EXPIRY, SORT_NAME, SORT_TYPE,
                                                        SORT_STATUS, SORT_KEY,  SORT_FILE};
    for (size_t i = 0; i < TIMELINE_SORTS; i++) {
        if (timeline_sorts[i].key == key) {
            *out = sorts[i];
            return true;
        }
    }
    return false;
}
