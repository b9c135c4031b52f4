/* A file that could not be opened, as a finding. */
#include "doctor/doctor.h"

#include "base/alloc.h"
#include "file/input.h"

#include <string.h>
#include <unistd.h>

static const struct {
    enum ks_code code;
    const char *slug; /* NULL: all others of the code */
    const char *id;
} failures[] = {
    {KS_ERR_FORMAT, "empty-file", "STORE-EMPTY-FILE"},
    {KS_ERR_FORMAT, NULL, "STORE-NOT-A-KEYSTORE"},
    {KS_ERR_UNSUPPORTED, "unsupported-type", "STORE-NOT-A-KEYSTORE"},
    {KS_ERR_DAMAGED, "truncated", "STORE-TRUNCATED"},
    {KS_ERR_DAMAGED, NULL, "STORE-DAMAGED"},
    {KS_ERR_PASSWORD, NULL, "STORE-WRONG-PASSWORD"},
};

static const char *id_of(const struct ks_error *why)
{
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        if (failures[i].code == why->code &&
            (!failures[i].slug || strcmp(failures[i].slug, why->slug) == 0))
            return failures[i].id;
    return NULL;
}

/* What lies beside keystores and is taken for one. */
static const struct {
    const char *begins;
    size_t len;
    const char *what;
} looks[] = {
    {"<", 1, "It begins like a web page or an XML file: a download that failed leaves such."},
    {"\x1f\x8b", 2, "It is compressed with gzip: unpack it first."},
    {"PK\3\4", 4, "It is a ZIP or JAR archive: look for the keystore inside."},
    {"{", 1, "It begins like JSON."},
    {"version https://git-lfs", 23, "It is a pointer of Git LFS, not the file itself."},
};

static const char *looks_like(const char *path)
{
    struct stat st;
    uint8_t head[64];
    int fd = ks_input_open(path, &st);
    ssize_t len = fd < 0 ? -1 : ks_input_head(fd, head, sizeof head);

    if (fd >= 0)
        (void)close(fd);
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
        if (len >= (ssize_t)looks[i].len && memcmp(head, looks[i].begins, looks[i].len) == 0)
            return looks[i].what;
    return NULL;
}

static char *words(const char *path, const struct ks_error *why, const char *id)
{
    struct ks_buf text = KS_BUF_INIT;
    const char *look = strcmp(id, "STORE-NOT-A-KEYSTORE") == 0 ? looks_like(path) : NULL;

    ks_buf_printf(&text, "%s.", why->what);
    if (look)
        ks_buf_printf(&text, " %s", look);
    if (strcmp(id, "STORE-WRONG-PASSWORD") == 0)
        ks_buf_str(&text, " In most types a changed byte of the file gives the very same result.");
    if (why->next[0])
        ks_buf_printf(&text, " Next: %s.", why->next);
    return ks_buf_steal(&text);
}

bool ks_diagnose_failure(const char *path, const struct ks_error *why, struct ks_diagnosis *out)
{
    const char *id = id_of(why);
    const struct ks_rule_info *info = id ? ks_rule_of(id) : NULL;
    const struct ks_catalogue *row = id ? ks_catalogue_of(id) : NULL;

    *out = (struct ks_diagnosis){0};
    if (!info)
        return false;
    out->at = ks_alloc_array(1, sizeof *out->at);
    out->count = out->cap = 1;
    out->by_severity[info->severity] = 1;
    out->at[0] = (struct ks_diagnosed){
        .found = {.id = info->id,
                  .severity = info->severity,
                  .title = info->title,
                  .text = words(path, why, id),
                  .cert = -1},
        .place = SIZE_MAX,
        .rejects = row ? row->rejects : 0,
        .remedy = row ? row->remedy : KS_REMEDY_NONE,
    };
    return true;
}
