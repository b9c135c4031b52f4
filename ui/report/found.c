#include "report/found.h"

const char *found_state_word(enum ks_scan_state state)
{
    static const char *const words[] = {
        [KS_SCAN_READ] = "read",
        [KS_SCAN_LOCKED] = "locked",
        [KS_SCAN_DAMAGED] = "damaged",
        [KS_SCAN_UNREADABLE] = "unreadable",
        [KS_SCAN_UNSUPPORTED] = "unsupported",
    };
    return words[state];
}

enum report_state found_row_state(enum ks_scan_state state)
{
    switch (state) {
    case KS_SCAN_LOCKED:
        return REPORT_LOCKED;
    case KS_SCAN_DAMAGED:
    case KS_SCAN_UNREADABLE:
        return REPORT_ERR;
    default:
        return REPORT_NONE;
    }
}

/* ---- counts ---- */

static void count(struct ks_buf *out, size_t n, const char *one, const char *many, bool always)
{
    if (n == 0 && !always)
        return;
    ks_buf_printf(out, "%s%zu %s", out->len ? ", " : "", n, n == 1 ? one : many);
}

void found_counts(const struct ks_scan *scan, struct ks_buf *out)
{
    struct ks_buf text = KS_BUF_INIT;
    count(&text, scan->looked, "file looked at", "files looked at", true);
    count(&text, ks_scan_keystores(scan), "keystore", "keystores", true);
    count(&text, ks_scan_unverified(scan), "listed without a password", "listed without a password",
          false);
    count(&text, ks_scan_count(scan, KS_SCAN_LOCKED, false), "locked", "locked", false);
    count(&text, ks_scan_count(scan, KS_SCAN_DAMAGED, false), "damaged", "damaged", false);
    count(&text, ks_scan_count(scan, KS_SCAN_UNREADABLE, false), "unreadable", "unreadable", false);
    count(&text, ks_scan_count(scan, KS_SCAN_UNSUPPORTED, false), "of another type",
          "of other types", false);
    count(&text, ks_scan_count(scan, KS_SCAN_UNREADABLE, true), "directory without permission",
          "directories without permission", false);
    ks_buf_append(out, text.data, text.len);
    ks_buf_free(&text);
}

static const struct {
    const char *word, *one, *many; /* `one` NULL: not worth a word in text */
} passes[KS_SCAN_PASSES] = {
    [KS_SCAN_OTHER] = {"other", NULL, NULL},
    [KS_SCAN_AGAIN] = {"again", "further name of a file", "further names of files"},
    [KS_SCAN_LINKS] = {"links", "symlink to a directory or to nothing",
                       "symlinks to directories or to nothing"},
    [KS_SCAN_SPECIAL] = {"special", "FIFO, socket or device", "FIFOs, sockets or devices"},
    [KS_SCAN_PSEUDO] = {"pseudo", "place that the kernel makes up",
                        "places that the kernel makes up"},
    [KS_SCAN_ELSEWHERE] = {"otherFileSystem", "other file system", "other file systems"},
    [KS_SCAN_GIT] = {"git", ".git directory", ".git directories"},
    [KS_SCAN_DEEP] = {"deep", "directory that is too deep", "directories that are too deep"},
};

const char *found_pass_word(enum ks_scan_pass why)
{
    return passes[why].word;
}

void found_passed(const struct ks_scan *scan, struct ks_buf *out)
{
    struct ks_buf text = KS_BUF_INIT;
    for (size_t i = 0; i < KS_SCAN_PASSES; i++)
        if (passes[i].one)
            count(&text, scan->passed[i], passes[i].one, passes[i].many, false);
    ks_buf_append(out, text.data, text.len);
    ks_buf_free(&text);
}

static const struct {
    unsigned flag;
    const char *word, *sentence;
} cuts[] = {
    {KS_SCAN_CUT_STOPPED, "stopped", "Stopped: what comes later is not listed."},
    {KS_SCAN_CUT_NAMES, "names",
     "Not complete: there are more names in the directories than are looked at. Name fewer."},
    {KS_SCAN_CUT_FILES, "files",
     "Not complete: there are more keystores and certificates than are opened. Name fewer "
     "directories."},
    {KS_SCAN_CUT_ENTRIES, "entries",
     "Not complete: there are more entries than are listed. Name fewer directories."},
    {KS_SCAN_CUT_ROUNDS, "rounds",
     "Passwords were not tried on all files that want one: that would have taken too long."},
};

void found_cut(const struct ks_scan *scan,
               void (*say)(void *ctx, const char *word, const char *sentence), void *ctx)
{
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++)
        if (scan->cut & cuts[i].flag)
            say(ctx, cuts[i].word, cuts[i].sentence);
}

/* ---- rows ---- */

bool found_has_row(const struct ks_scan_file *file, const struct ks_entry *entry)
{
    return file->state == KS_SCAN_READ || !report_entry_is_locked(entry);
}

void found_alias(const struct ks_scan_file *file, const struct ks_entry *entry, struct ks_buf *out)
{
    if (file->folded)
        ks_buf_printf(out, "%zu certificates, the first: ", file->entries);
    ks_buf_str(out, entry->alias);
}

const char *found_path(const struct ks_scan_file *file, bool in_full)
{
    return in_full ? file->path : file->path + file->below;
}
