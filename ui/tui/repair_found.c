/* The first page of the repair wizard: what is found, in an entry or in a keystore. */
#include "tui/app_state.h"
#include "tui/cells.h"
#include "tui/dialog.h"
#include "tui/repair_review.h"
#include "tui/repair_wizard.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <string.h>

#define LISTED 6  /* findings on the page; v shows all of them */
#define ALIASES 3 /* named for a finding of several entries */
#define ALIAS_CHARS 60
#define LABEL_CHARS 120

static const struct ui_file *file_of(const struct repair_wizard *r)
{
    return edit_target_file(r->from.app, &r->from.target);
}

static struct ks_findings found_here(const struct repair_wizard *r)
{
    struct ks_findings found = {0};
    const struct ui_file *f = file_of(r);
    if (f)
        report_find(f->found, f->store, r->entry, ks_now(), &found);
    return found;
}

/* The finding of another entry that this key pair's certificate is there; NULL. */
static const struct ks_diagnosed *reply_elsewhere(const struct repair_wizard *r)
{
    const struct ui_file *f = file_of(r);
    const struct ks_entry *key = r->entry;
    if (!f || !f->found || !key || key->kind != KS_KIND_KEY || !key->chain_len ||
        (key->chain[0].flags & KS_CERT_BROKEN))
        return NULL;
    for (size_t i = 0; i < f->found->count; i++) {
        const struct ks_diagnosed *d = &f->found->at[i];
        if (d->entry && d->entry != key && strcmp(d->found.id, "TRUST-REPLY-MISPLACED") == 0 &&
            ks_slice_equal(ks_cert_key_bits(&d->entry->chain[0]), ks_cert_key_bits(&key->chain[0])))
            return d;
    }
    return NULL;
}

bool repair_is_one(const struct form *form, void *ctx)
{
    (void)form;
    return ((const struct repair_wizard *)ctx)->entry != NULL;
}

static bool repairs(const char *id)
{
    const struct ks_catalogue *c = ks_catalogue_of(id);
    return c && (c->remedy == KS_REMEDY_REPAIR || c->remedy == KS_REMEDY_CHOICE);
}

/* Where it would be; with a number only behind the last one, which nothing else has then. */
static void missing_words(const struct ks_entry *e, size_t after, struct ks_buf *out)
{
    const struct ks_cert *child = &e->chain[after];
    struct ks_buf label = KS_BUF_INIT;
    ks_name_label(ks_cert_part(child, child->issuer), &label);
    if (after + 1 < e->chain_len)
        ks_buf_str(out, "\n  ");
    else
        ks_buf_printf(out, "\n%zu ", after + 1);
    ks_buf_printf(out, "%s missing: ", ui_glyph(GLYPH_ERROR));
    cells_put_excerpt(ks_buf_text(&label), LABEL_CHARS, out);
    ks_buf_free(&label);
}

void repair_chain_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    const struct ks_entry *e = r->entry;
    struct ks_chain chain;
    (void)form;
    if (!e || e->chain_len == 0) {
        ks_buf_str(out, e ? "no certificate" : "");
        return;
    }
    ks_chain_look(e, &chain);
    for (size_t i = 0; i < e->chain_len && i < KS_PATH_MAX; i++) {
        ks_buf_printf(out, "%s%zu ", i ? "\n" : "", i);
        if (e->chain[i].flags & KS_CERT_BROKEN) {
            ks_buf_str(out, "(not readable)");
            continue;
        }
        importing_label(&e->chain[i], out);
        ks_buf_str(out, " (");
        importing_days(&e->chain[i], out);
        ks_buf_byte(out, ')');
        if (!chain.complete && chain.missing_after == (int)i)
            missing_words(e, i, out);
    }
}

static void entry_findings(const struct repair_wizard *r, size_t most, struct ks_buf *out)
{
    struct ks_findings found = found_here(r);
    const struct ks_diagnosed *reply = reply_elsewhere(r);
    size_t shown = 0;
    if (reply) {
        ks_buf_printf(out, "%s %s, ", repair_glyph(reply->found.severity), reply->found.id);
        cells_put_excerpt(reply->entry->alias, ALIAS_CHARS, out);
        ks_buf_printf(out, ": %s", reply->found.title);
        shown++;
    }
    for (size_t i = 0; i < found.count; i++) {
        const struct ks_finding *f = &found.items[i];
        if (shown == most) {
            ks_buf_printf(out, "\nand %zu more: v shows them", found.count - i);
            break;
        }
        ks_buf_printf(out, "%s%s %s: %s", shown++ ? "\n" : "", repair_glyph(f->severity), f->id,
                      f->title);
    }
    if (found.count == 0 && !reply)
        ks_buf_printf(out, "%s nothing is wrong with it", ui_glyph(GLYPH_OK));
    ks_findings_free(&found);
}

/* ---- of a keystore: by finding, with the entries that have it ---- */

struct tally {
    const char *id, *title;
    enum ks_severity severity;
    size_t count;
    const char *aliases[ALIASES]; /* borrowed; NULL: the keystore itself */
};

static void tally_one(struct tally *all, size_t *count, size_t most, const struct ks_diagnosed *d)
{
    size_t i = 0;
    while (i < *count && strcmp(all[i].id, d->found.id) != 0)
        i++;
    if (i == most)
        return;
    if (i == *count)
        all[(*count)++] = (struct tally){
            .id = d->found.id, .title = d->found.title, .severity = d->found.severity};
    if (all[i].count < ALIASES)
        all[i].aliases[all[i].count] = d->entry ? d->entry->alias : NULL;
    all[i].count++;
}

static void tally_words(const struct tally *t, bool first, struct ks_buf *out)
{
    ks_buf_printf(out, "%s%s %s: ", first ? "" : "\n", repair_glyph(t->severity), t->id);
    for (size_t i = 0; i < t->count && i < ALIASES; i++) {
        ks_buf_str(out, i ? ", " : "");
        cells_put_excerpt(t->aliases[i] ? t->aliases[i] : "the keystore itself", ALIAS_CHARS, out);
    }
    if (t->count > ALIASES)
        ks_buf_printf(out, " and %zu more", t->count - ALIASES);
}

static enum mending mending_of(const struct ks_diagnosed *d)
{
    const struct ks_catalogue *c = ks_catalogue_of(d->found.id);
    if (d->remedy == KS_REMEDY_REPAIR)
        return MENDED;
    return c && c->remedy == KS_REMEDY_REPAIR ? MENDED_BY_SOURCE : MENDED_ELSEWHERE;
}

static bool is_meant(const struct repair_wizard *r, const struct ks_diagnosed *d)
{
    return !r->only || (d->entry && r->only[d->place]);
}

void repair_tally(const struct repair_wizard *r, const struct ks_diagnosis *found,
                        enum mending by, struct ks_buf *out)
{
    struct tally all[24];
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++) {
        const struct ks_diagnosed *d = &found->at[i];
        if (mending_of(d) == by && d->found.severity >= KS_WARNING && is_meant(r, d))
            tally_one(all, &count, sizeof all / sizeof all[0], d);
    }
    for (size_t i = 0; i < count; i++)
        tally_words(&all[i], i == 0, out);
}

/* As the sources have it, once they were read; false: nothing. */
static bool store_findings(const struct repair_wizard *r, enum mending by, struct ks_buf *out)
{
    const struct ui_file *f = file_of(r);
    size_t before = out->len;
    if (r->looked)
        ks_buf_append(out, r->found[by].data, r->found[by].len);
    else if (f && f->found)
        repair_tally(r, f->found, by, out);
    return out->len > before;
}

void repair_found_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    const struct ui_file *f = file_of(r);
    (void)form;
    if (!f) {
        ks_buf_str(out, edit_target_gone);
        return;
    }
    if (!f->found)
        ks_buf_str(out, r->entry ? "" : "it is being looked at");
    if (r->entry)
        entry_findings(r, LISTED, out);
    else if (f->found && !store_findings(r, MENDED, out))
        ks_buf_str(out, r->looked ? "nothing that a repair would mend"
                                  : "nothing that is mended with what is in this keystore");
}

void repair_source_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    struct ks_buf found = KS_BUF_INIT;
    (void)form;
    if (!r->entry && store_findings(r, MENDED_BY_SOURCE, &found)) {
        ks_buf_str(out, r->looked ? "needs a source, and none that was read has it: name another "
                                    "on the next page\n"
                                  : "needs a source: name one on the next page\n");
        ks_buf_append(out, found.data, found.len);
    }
    ks_buf_free(&found);
}

void repair_rest_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct repair_wizard *r = ctx;
    (void)form;
    if (!r->entry)
        (void)store_findings(r, MENDED_ELSEWHERE, out);
}

/* The catalogue speaks to who is not in the wizard yet. */
static void put_fix(const char *fix, struct ks_buf *out)
{
    static const struct {
        const char *says, *here;
    } words[] = {
        {"ksx repair (r)", "this wizard"},
        {"The repair wizard (r)", "This wizard"},
        {"the repair wizard (r)", "this wizard"},
        {": --from FILE-OR-DIR, --system, --cacerts, --fetch", ""},
        {"--from a place", "a source"},
        {" (--from, --cacerts)", ""},
        {" (--from)", ""},
    };
    const size_t count = sizeof words / sizeof words[0];
    for (const char *at = fix; *at;) {
        size_t i = 0;
        while (i < count && strncmp(at, words[i].says, strlen(words[i].says)) != 0)
            i++;
        if (i == count) {
            ks_buf_byte(out, (uint8_t)*at++);
            continue;
        }
        bool begins = at == fix || (at - fix >= 2 && at[-1] == ' ' && at[-2] == '.');
        if (begins && words[i].here[0] == 't')
            ks_buf_printf(out, "T%s", words[i].here + 1);
        else
            ks_buf_str(out, words[i].here);
        at += strlen(words[i].says);
    }
}

/* The gravest that can be repaired, else the gravest. */
static const struct ks_catalogue *main_finding(const struct repair_wizard *r)
{
    const struct ks_diagnosed *reply = reply_elsewhere(r);
    if (reply)
        return ks_catalogue_of(reply->found.id);
    struct ks_findings found = found_here(r);
    const struct ks_catalogue *c = found.count ? ks_catalogue_of(found.items[0].id) : NULL;
    for (size_t i = 0; i < found.count; i++) {
        if (!repairs(found.items[i].id))
            continue;
        c = ks_catalogue_of(found.items[i].id);
        break;
    }
    ks_findings_free(&found);
    return c;
}

void repair_java_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct ks_catalogue *c = repair_is_one(form, ctx) ? main_finding(ctx) : NULL;
    if (c && c->java && c->java[0])
        ks_buf_str(out, c->java);
}

void repair_fix_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct ks_catalogue *c = repair_is_one(form, ctx) ? main_finding(ctx) : NULL;
    if (c && c->fix)
        put_fix(c->fix, out);
}

void repair_show_findings(struct app *app, void *ctx)
{
    struct repair_wizard *r = ctx;
    struct ks_buf text = KS_BUF_INIT;
    if (r->entry) {
        struct ks_findings found = found_here(r);
        for (size_t i = 0; i < found.count; i++) {
            const struct ks_catalogue *c = ks_catalogue_of(found.items[i].id);
            ks_buf_printf(&text, "%s%s %s\n%s", i ? "\n\n" : "",
                          repair_glyph(found.items[i].severity), found.items[i].id,
                          found.items[i].text);
            if (c) {
                ks_buf_str(&text, "\nMended by: ");
                put_fix(c->fix, &text);
            }
        }
        ks_findings_free(&found);
    } else {
        static const char *const headings[] = {"", "Mended with a source that has what it takes:\n",
                                               "For its CA or its administrator to mend:\n"};
        for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
            struct ks_buf part = KS_BUF_INIT;
            if (store_findings(r, (enum mending)i, &part))
                ks_buf_printf(&text, "%s%s%s", text.len ? "\n\n" : "", headings[i],
                              ks_buf_text(&part));
            ks_buf_free(&part);
        }
    }
    notice_show(app, "Findings", text.len ? ks_buf_text(&text) : "None.");
    ks_buf_free(&text);
}
