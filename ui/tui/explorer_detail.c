/*
 * What the detail pane shows: the report about the selected row, or about a file that is not open.
 */
#include "tui/view_store.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_BYTES 256 /* of a file that is not open */
#define HEX_ROW 8       /* fits beside the tree at 80 columns */

const struct explorer_unlocked *explorer_key_told(const struct explorer *ex,
                                                  const struct ui_file *f, int32_t entry)
{
    for (size_t i = ex->unlocked_count; i > 0; i--) {
        const struct explorer_unlocked *key = &ex->unlocked[i - 1];
        if (key->file_id == f->id && key->generation == f->generation && key->entry == entry)
            return key;
    }
    return NULL;
}

const struct ks_unlocked *explorer_unlocked_key(const struct explorer *ex, const struct ui_file *f,
                                                int32_t entry)
{
    const struct explorer_unlocked *key = explorer_key_told(ex, f, entry);
    return key && key->open ? &key->told : NULL;
}

void explorer_keep_key(struct explorer *ex, const struct explorer_unlocked *key)
{
    ex->unlocked = ks_realloc(ex->unlocked, (ex->unlocked_count + 1) * sizeof *ex->unlocked);
    ex->unlocked[ex->unlocked_count++] = *key; /* the last one of an entry counts */
}

void explorer_key_changed(struct app *app, struct explorer *ex, const struct explorer_unlocked *key)
{
    explorer_sync(app, ex);
    const struct tree_row *row = explorer_row(ex);
    if (row && row->entry == key->entry && tree_file(&ex->tree, row)->id == key->file_id)
        explorer_update_detail(app, ex);
    app_redraw(app);
}

static size_t open_stores(const struct app *app, struct ks_store ***out)
{
    size_t n = 0, count = app_file_count(app);
    *out = ks_alloc_array(count, sizeof(struct ks_store *));
    for (size_t i = 0; i < count; i++)
        if (app_file(app, i)->store)
            (*out)[n++] = app_file(app, i)->store;
    return n;
}

static enum ui_role hint_role(enum ks_severity s)
{
    return s == KS_ERROR ? ROLE_ERROR : s == KS_WARNING ? ROLE_WARNING : ROLE_NOTE;
}

/* The number of findings goes into the title, the worst one into the message row. */
static void look_for_findings(struct app *app, struct explorer *ex, const struct report_subject *of)
{
    struct ks_findings found = {0};
    report_find(of->diagnosis, of->store, of->entry, ks_now(), &found);
    const struct ks_finding *worst = NULL;
    ex->detail.findings = 0;
    for (size_t i = 0; i < found.count; i++) {
        const struct ks_finding *f = &found.items[i];
        if (of->cert >= 0 && f->cert != of->cert)
            continue;
        ex->detail.findings++;
        if (f->severity >= KS_NOTE && (!worst || f->severity > worst->severity))
            worst = f;
    }
    if (worst)
        app_hint(app, hint_role(worst->severity), "%s: %s", worst->id, worst->title);
    ks_findings_free(&found);
}

static void report_add(struct report *r, enum report_role role, const char *label, char *value)
{
    if (r->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 16;
        r->lines = ks_realloc(r->lines, r->cap * sizeof *r->lines);
    }
    r->lines[r->count++] = (struct report_line){.role = role, .label = label, .value = value};
}

static void add_hex(struct report *r, const uint8_t *bytes, size_t len, size_t at)
{
    struct ks_buf row = KS_BUF_INIT;
    ks_buf_printf(&row, "%04zx ", at);
    for (size_t i = 0; i < HEX_ROW; i++)
        ks_buf_printf(&row, i < len ? " %02x" : "   ", i < len ? (unsigned)bytes[i] : 0U);
    ks_buf_str(&row, "  ");
    for (size_t i = 0; i < len; i++)
        ks_buf_byte(&row, bytes[i] > ' ' && bytes[i] < 0x7f ? bytes[i] : '.');
    report_add(r, REPORT_VERBATIM, "", ks_strdup(ks_buf_text(&row)));
    ks_buf_free(&row);
}

/* x: how a file begins that could not be read as anything. */
static void add_first_bytes(struct report *r, const struct ui_file *f)
{
    uint8_t bytes[FIRST_BYTES];
    struct stat st;
    int fd = open(f->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool regular = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    ssize_t got = regular ? read(fd, bytes, sizeof bytes) : -1;
    report_add(r, REPORT_HEADING, "", ks_strdup(""));
    if (got > 0)
        report_add(r, REPORT_HEADING, "", ks_asprintf("First %zd bytes (x: words)", got));
    else
        report_add(r, REPORT_PLAIN, "",
                   ks_asprintf("No bytes to show: %s.", fd < 0     ? strerror(errno)
                                                        : !regular ? "this is no regular file"
                                                        : got < 0  ? strerror(errno)
                                                                   : "the file is empty"));
    for (ssize_t at = 0; at < got; at += HEX_ROW)
        add_hex(r, bytes + at, (size_t)(got - at < HEX_ROW ? got - at : HEX_ROW), (size_t)at);
    if (fd >= 0)
        close(fd);
}

/* A file that is not open: what is known of it, and why. */
static struct report report_on_file(const struct ui_file *f, bool raw)
{
    struct report r = {0};
    char size[16], when[24];
    report_add(&r, REPORT_TEXT, "File", ks_strdup(f->path));
    if (raw && f->state != UI_FILE_READING) {
        add_first_bytes(&r, f);
        return r;
    }
    if (f->state == UI_FILE_READING) {
        report_add(&r, REPORT_TEXT, "State", ks_strdup("being read"));
        return r;
    }
    if (f->probe.looks[0])
        report_add(&r, REPORT_TEXT, "Looks like", ks_strdup(f->probe.looks));
    if (f->probe.mtime > 0) {
        report_add(&r, REPORT_TEXT, "Size", ks_strdup(report_size(f->probe.size, size)));
        report_add(&r, REPORT_TEXT, "Modified",
                   ks_asprintf("%s UTC", ks_time_human(f->probe.mtime, when)));
    }
    report_add(&r, REPORT_HEADING, "", ks_strdup(""));
    bool locked = f->state == UI_FILE_LOCKED, gone = strcmp(f->error.slug, "not-found") == 0;
    report_add(&r, locked ? REPORT_CAUTION : REPORT_FAILURE, "",
               ks_strdup(locked ? "Locked" : "Not read"));
    if (f->error.what[0])
        report_add(&r, REPORT_PLAIN, "", ks_strdup(f->error.what));
    if (f->error.next[0])
        report_add(&r, REPORT_PLAIN, "", ks_strdup(f->error.next));
    report_add(&r, REPORT_HEADING, "", ks_strdup(""));
    report_add(&r, REPORT_PLAIN, "",
               ks_strdup(locked ? "Enter asks for the password. x shows its first bytes."
                         : gone || f->probe.directory
                             ? "Enter or R tries again, X closes."
                             : "Enter or R tries again, X closes, x shows its first bytes."));
    return r;
}

static struct report report_on(struct app *app, struct explorer *ex, const struct tree_row *row)
{
    const struct ui_file *f = tree_file(&ex->tree, row);
    struct report r = {0};
    ex->detail.findings = 0;
    app_hint(app, ROLE_TEXT, "%s", "");
    if (!f->store)
        return report_on_file(f, ex->detail.raw);
    struct ks_store **all;
    size_t count = open_stores(app, &all);
    int cert = row->cert == TREE_MISSING ? -1 : row->cert;
    const struct explorer_unlocked *key = explorer_key_told(ex, f, row->entry);
    struct report_subject of = {.store = f->store,
                                .entry = tree_entry(&ex->tree, row),
                                .cert = cert,
                                .all = all,
                                .all_count = count,
                                .diagnosis = f->found,
                                .statuses = f->statuses,
                                .raw = ex->detail.raw,
                                .terminal = true,
                                .unlocked = explorer_unlocked_key(ex, f, row->entry),
                                .key_password = key ? key->password : REPORT_KEY_UNKNOWN,
                                .wide = ex->detail_wide};
    report_build(&of, ex->detail.section, &r);
    look_for_findings(app, ex, &of);
    free(all);
    return r;
}

void explorer_update_detail(struct app *app, struct explorer *ex)
{
    const struct tree_row *row = explorer_row(ex);
    ex->detail_stale = false;
    if (!row) {
        detail_set(&ex->detail, (struct report){0}, false);
        ex->detail.findings = 0;
        app_hint(app, ROLE_TEXT, "%s", "");
        return;
    }
    const struct ui_file *f = tree_file(&ex->tree, row);
    bool same = f->id == ex->detail_file && f->generation == ex->detail_generation &&
                tree_same(*row, ex->detail_of);
    detail_set(&ex->detail, report_on(app, ex, row), same);
    ex->detail_of = *row;
    ex->detail_file = f->id;
    ex->detail_generation = f->generation;
    ex->detail_looks = f->looks;
}

void explorer_section(struct app *app, struct explorer *ex, int section)
{
    if (section < REPORT_SUMMARY)
        section = REPORT_SECTIONS;
    if (section > REPORT_SECTIONS)
        section = REPORT_SUMMARY;
    ex->detail.section = (enum report_section)section;
    ex->detail.cursor = ex->detail.top = 0;
    ex->detail.shift = 0;
    explorer_update_detail(app, ex);
}
