/* Fields of one line: text, passwords, and paths with completion. */
#include "tui/form_state.h"

#include "tui/directory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- pasting ---- */

/* Why a paste ended at this byte of it. */
static void say_where_it_stopped(struct form *f, char at, size_t taken)
{
    if (at == '\n' || at == '\r')
        form_say(f, "Pasted up to the first line end: this field takes one line.");
    else if (taken == 0 && ((unsigned char)at >= 0x20 && at != 0x7f))
        form_say(f, "Nothing was pasted: it is too long for this field.");
    else
        form_say(f, "Pasted up to a character that is no text.");
}

static enum form_result paste(struct form *f, struct line_edit *e)
{
    size_t len, before = line_edit_length(e);
    bool dropped;
    const char *text = ui_paste(&len);
    enum line_result r = line_edit_insert(e, text, len, &dropped);
    size_t taken = line_edit_length(e) - before;
    if (taken)
        (void)form_changed(f);
    if (r == LINE_REFUSED) {
        say_where_it_stopped(f, taken < len ? text[taken] : ' ', taken);
        return FORM_REFUSED;
    }
    if (dropped)
        form_say(f, "The line end of the paste was left out.");
    return FORM_CHANGED;
}

/* ---- typing ---- */

enum form_result form_type(struct form *f, struct ui_key key)
{
    struct form_value *v = &f->values[f->cursor];
    if (key.code == UI_KEY_PASTE) {
        v->typed = true;
        v->ways_said = false;
        return paste(f, v->edit);
    }
    switch (line_edit_key(v->edit, key)) {
    case LINE_CHANGED:
        v->typed = true;
        v->ways_said = false;
        return form_changed(f);
    case LINE_MOVED:
        return FORM_STAY;
    case LINE_REFUSED:
        form_say(f, "Full: this field takes no more.");
        return FORM_REFUSED;
    default:
        return FORM_IGNORED;
    }
}

/* ---- paths ---- */

static bool take_longer(struct form *f, struct form_value *v, const char *base)
{
    const char *typed = line_edit_text(v->edit);
    char *longer = directory_complete(base, typed);
    bool any = longer && strcmp(longer, typed) != 0;
    if (any) {
        line_edit_set(v->edit, longer);
        (void)form_changed(f);
    }
    free(longer);
    return any;
}

/* What could be meant, when there is nothing that all of it begins with. Once: the next Tab goes
 * on. */
static bool say_ways(struct form *f, struct form_value *v, const char *base)
{
    struct ks_buf names = KS_BUF_INIT;
    size_t count = v->ways_said ? 0 : directory_matches(base, line_edit_text(v->edit), &names);
    if (count > 1)
        form_say(f, "%zu begin like that: %s. Tab goes on.", count, ks_buf_text(&names));
    v->ways_said = true;
    ks_buf_free(&names);
    return count > 1;
}

bool form_complete(struct form *f)
{
    char here[4096];
    if (f->cursor >= f->count || f->fields[f->cursor].kind != FORM_PATH)
        return false;
    struct form_value *v = &f->values[f->cursor];
    const char *base = getcwd(here, sizeof here) ? here : "/";
    bool at_end = line_edit_cursor(v->edit) == line_edit_length(v->edit);
    if (!v->typed || !at_end || line_edit_length(v->edit) == 0)
        return false; /* what stands there is meant */
    return take_longer(f, v, base) || say_ways(f, v, base);
}
