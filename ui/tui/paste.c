#include "tui/paste.h"

#include <string.h>

static bool holds_pem(const char *text, size_t len)
{
    static const char begin[] = "-----BEGIN";
    for (size_t i = 0; i + sizeof begin - 1 <= len; i++)
        if (memcmp(text + i, begin, sizeof begin - 1) == 0)
            return true;
    return false;
}

enum ui_next paste_on_tree(struct app *app, struct explorer *ex)
{
    size_t len;
    const char *text = ui_paste(&len);
    (void)ex;
    if (!holds_pem(text, len))
        return UI_IGNORED;
    app_message(app, "This PEM was not imported: o opens it when it is saved in a file.");
    return UI_REDRAW;
}
