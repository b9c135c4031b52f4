/* Rows to tick. */
#include "tui/form_state.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static struct form_value *value_of(const struct form *f, const char *id)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->fields[i].id, id) == 0 && f->fields[i].kind == FORM_PICKS)
            return &f->values[i];
    return NULL;
}

void form_drop_picks(struct form_value *v)
{
    for (size_t i = 0; i < v->pick_count; i++) {
        free(v->picks[i].text);
        free(v->picks[i].note);
        free(v->picks[i].refused);
    }
    free(v->picks);
    v->picks = NULL;
    v->pick_count = v->pick = v->top = 0;
}

static char *copy(const char *text)
{
    return text ? ks_strdup(text) : NULL;
}

void form_set_picks(struct form *f, const char *id, const struct form_pick *picks, size_t count)
{
    struct form_value *v = value_of(f, id);
    if (!v)
        return;
    form_drop_picks(v);
    v->picks = ks_alloc_array(count ? count : 1, sizeof *v->picks);
    v->pick_count = count;
    for (size_t i = 0; i < count; i++)
        v->picks[i] =
            (struct form_row){copy(picks[i].text), copy(picks[i].note), copy(picks[i].refused),
                              picks[i].ticked && !picks[i].refused};
}

bool form_picked(const struct form *f, const char *id, size_t row)
{
    const struct form_value *v = value_of(f, id);
    return v && row < v->pick_count && v->picks[row].ticked;
}

size_t form_pick_cursor(const struct form *f, const char *id)
{
    const struct form_value *v = value_of(f, id);
    return v ? v->pick : 0;
}

bool form_picks_take(const struct form *f)
{
    return !f->fields[f->cursor].flow;
}

/* At an end the cursor stays, and it is said how to leave. */
static enum form_result move_row(struct form *f, struct form_value *v, bool down)
{
    if (down ? v->pick + 1 < v->pick_count : v->pick > 0)
        v->pick = down ? v->pick + 1 : v->pick - 1;
    else if (!f->fields[f->cursor].flow)
        form_say(f, down ? "This is the last one. Tab goes to the next field."
                         : "This is the first one. Shift-Tab goes to the field before.");
    return f->said.len ? FORM_IGNORED : FORM_STAY;
}

static enum form_result tick(struct form *f, struct form_value *v)
{
    struct form_row *row = &v->picks[v->pick];
    if (row->refused) {
        form_say(f, "This cannot be ticked: %s.", row->refused);
        return FORM_REFUSED;
    }
    row->ticked = !row->ticked;
    return form_changed(f);
}

enum form_result form_pick_key(struct form *f, struct ui_key key)
{
    struct form_value *v = &f->values[f->cursor];
    bool flow = f->fields[f->cursor].flow;
    if (v->pick_count == 0)
        return FORM_IGNORED;
    if (ui_key_is(key, ' '))
        return tick(f, v);
    if (key.code == (flow ? UI_KEY_LEFT : UI_KEY_UP))
        return move_row(f, v, false);
    if (key.code == (flow ? UI_KEY_RIGHT : UI_KEY_DOWN))
        return move_row(f, v, true);
    if (key.code == UI_KEY_HOME)
        v->pick = 0;
    else if (key.code == UI_KEY_END)
        v->pick = v->pick_count - 1;
    else
        return form_no_text(f, key, "Space ticks");
    return FORM_STAY;
}
