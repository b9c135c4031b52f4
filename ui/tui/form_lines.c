/* Fields of several lines. */
#include "tui/form_state.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines without what is around them ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char *trimmed(const char *line)
{
    size_t len = strlen(line);
    while (len && is_blank(*line))
        line++, len--;
    while (len && is_blank(line[len - 1]))
        len--;
    return ks_strndup(line, len);
}

static const struct form_value *value_of(const struct form *f, const char *id)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->fields[i].id, id) == 0)
            return &f->values[i];
    return NULL;
}

char **form_lines(const struct form *f, const char *id, size_t *count)
{
    const struct form_value *v = value_of(f, id);
    size_t lines = v && v->area ? text_area_count(v->area) : 0;
    char **out = ks_alloc_array(lines + 1, sizeof *out);
    *count = 0;
    for (size_t i = 0; i < lines; i++) {
        char *line = trimmed(text_area_line(v->area, i));
        if (line[0])
            out[(*count)++] = line;
        else
            free(line);
    }
    return out;
}

void form_lines_free(char **lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    free(lines);
}

/* ---- checks ---- */

void form_forget_lines(struct form_value *v)
{
    for (size_t i = 0; i < v->line_whys; i++)
        free(v->line_why[i]);
    free(v->line_why);
    v->line_why = NULL;
    v->line_whys = 0;
}

bool form_wrong_line(const struct form_value *v, size_t *line)
{
    for (*line = 0; *line < v->line_whys; ++*line)
        if (v->line_why[*line])
            return true;
    return false;
}

void form_go_to_wrong_line(struct form_value *v)
{
    size_t line;
    if (form_wrong_line(v, &line))
        text_area_go(v->area, line);
}

static char *look_at_line(const struct form *f, const struct form_field *field, const char *line)
{
    char why[FORM_WHY] = "";
    char *text = trimmed(line);
    bool good = !text[0] || field->check_line(f, f->ctx, text, why);
    free(text);
    return good ? NULL : ks_strdup(why[0] ? why : "not usable");
}

void form_check_lines(struct form *f, size_t i)
{
    struct form_value *v = &f->values[i];
    size_t first;
    form_forget_lines(v);
    if (!f->fields[i].check_line)
        return;
    v->line_whys = text_area_count(v->area);
    v->line_why = ks_alloc_array(v->line_whys, sizeof *v->line_why);
    for (size_t k = 0; k < v->line_whys; k++)
        v->line_why[k] = look_at_line(f, &f->fields[i], text_area_line(v->area, k));
    if (form_wrong_line(v, &first))
        snprintf(v->why, sizeof v->why, "line %zu: %s", first + 1, v->line_why[first]);
}

/* ---- keys ---- */

/* The remarks are about lines that may be elsewhere now. */
static enum form_result changed(struct form *f)
{
    form_forget_lines(&f->values[f->cursor]);
    return form_changed(f);
}

enum form_result form_type_lines(struct form *f, struct ui_key key)
{
    struct text_area *a = f->values[f->cursor].area;
    enum line_result r;
    if (key.code == UI_KEY_PASTE) {
        size_t len;
        const char *text = ui_paste(&len);
        r = text_area_insert(a, text, len);
        (void)changed(f);
    } else {
        r = text_area_key(a, key);
    }
    switch (r) {
    case LINE_CHANGED:
        return changed(f);
    case LINE_MOVED:
        return FORM_STAY;
    case LINE_REFUSED:
        form_say(f, key.code == UI_KEY_PASTE
                        ? "Pasted up to where it is no text, or too long for this field."
                        : "Full: this field takes no more.");
        return FORM_REFUSED;
    default:
        return FORM_IGNORED;
    }
}
