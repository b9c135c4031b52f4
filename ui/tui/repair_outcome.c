/* What came of looking for a repair, as the later pages of the wizard need it. */
#include "base/alloc.h"
#include "tui/app_state.h"
#include "tui/cells.h"
#include "tui/repair_wizard.h"
#include "x509/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MISSING 3 /* entries whose gap is told on the page */
#define ALIAS_CHARS 60

static bool has_step(const struct ks_repair_look *look, enum ks_repair_step step)
{
    for (size_t i = 0; i < look->count; i++)
        for (size_t k = 0; k < look->rows[i].done_count; k++)
            if (look->rows[i].done[k].step == step)
                return true;
    return false;
}

/* The last certificate of a chain that ends at a root, when it is not the leaf: it is left out when
 * that is wished. */
static bool adds_root(const struct ks_repair_look *look)
{
    for (size_t i = 0; i < look->count; i++) {
        const struct ks_repair_row *row = &look->rows[i];
        if (row->complete && row->after_count > 1 && row->entry && row->entry->kind == KS_KIND_KEY)
            return true;
    }
    return false;
}

static void take_missing(struct repair_wizard *r)
{
    size_t shown = 0, more = 0;
    ks_buf_clear(&r->asked);
    r->locked = true;
    for (size_t i = 0; i < r->look.count; i++) {
        const struct ks_repair_row *row = &r->look.rows[i];
        if (!row->missing)
            continue;
        r->locked = r->locked && row->lacks_password;
        if (shown == MISSING) {
            more++;
            continue;
        }
        if (!r->entry && row->entry) {
            ks_buf_str(&r->asked, shown ? "\n" : "");
            cells_put_excerpt(row->entry->alias, ALIAS_CHARS, &r->asked);
            ks_buf_byte(&r->asked, '\n');
        }
        ks_buf_printf(&r->asked, "%s\n", row->missing);
        shown++;
    }
    if (more)
        ks_buf_printf(&r->asked, "\nand %zu more entries lack something\n", more);
    r->locked = r->locked && shown > 0;
    if (shown == 0)
        ks_buf_printf(&r->asked, "%s. %s\n", r->why.what, r->why.next);
}

static void take_found(struct repair_wizard *r)
{
    r->looked = true;
    for (size_t i = 0; i < sizeof r->found / sizeof r->found[0]; i++) {
        ks_buf_clear(&r->found[i]);
        repair_tally(r, &r->look.before, (enum mending)i, &r->found[i]);
    }
}

static void path_words(const struct ks_path *p, const struct ks_store *store, struct ks_buf *out)
{
    for (size_t i = 0; i < p->len; i++) {
        ks_buf_printf(out, "%s%zu ", i ? "\n" : "", i + 1);
        importing_label(p->at[i]->cert, out);
        ks_buf_str(out, " (");
        importing_days(p->at[i]->cert, out);
        ks_buf_str(out, "), from ");
        ks_source_where(p->at[i], store, out);
    }
    ks_buf_printf(out, "%s%s", p->len ? "\n" : "",
                  p->complete ? "ends at a root" : "does not end at a root");
    if (p->faults)
        ks_buf_printf(out, "; %u step%s that clients may refuse", p->faults,
                      p->faults == 1 ? "" : "s");
}

static bool is_choice(const struct ks_path *p, const struct ks_path *best, int64_t now)
{
    return p->complete && (p->ends >= now || best->ends < now);
}

/* Those that end at a root come first; where one does, the others are no choice, and neither is
 * what has expired where something holds. */
static size_t count_paths(const struct repair_wizard *r)
{
    size_t n = 0, most = r->chain_known ? r->chain.best_count : 0;
    most = most < KS_BEST_MAX ? most : KS_BEST_MAX;
    while (n < most &&
           is_choice(n ? &r->chain.others[n - 1] : &r->chain.best, &r->chain.best, r->context.now))
        n++;
    return n ? n : most;
}

static void take_paths(struct repair_wizard *r, struct form *form)
{
    char words[KS_BEST_MAX][64];
    const char *choices[KS_BEST_MAX];
    size_t most = count_paths(r);
    repair_drop_paths(r);
    ks_buf_clear(&r->best);
    if (r->look.count && r->look.rows[0].why)
        ks_buf_str(&r->best, r->look.rows[0].why);
    for (size_t i = 0; i < most; i++) {
        struct ks_buf text = KS_BUF_INIT;
        path_words(i ? &r->chain.others[i - 1] : &r->chain.best, r->from.target.store, &text);
        r->paths[r->path_count++] = ks_strdup(ks_buf_text(&text));
        snprintf(words[i], sizeof words[i], "path %zu of %zu", i + 1, most);
        choices[i] = words[i];
        ks_buf_free(&text);
    }
    if (r->path_count)
        form_set_choices(form, "path", choices, r->path_count);
    form_choose(form, "path", 0);
}

static const char *source_word(const struct ks_source *s)
{
    static const char *const words[] = {[KS_SOURCE_SYSTEM] = "the system's CAs",
                                        [KS_SOURCE_CACERTS] = "cacerts",
                                        [KS_SOURCE_TEXT] = "what was pasted",
                                        [KS_SOURCE_NETWORK] = "fetched"};
    const char *slash = s->name ? strrchr(s->name, '/') : NULL;
    if ((size_t)s->kind < sizeof words / sizeof words[0] && words[s->kind])
        return words[s->kind];
    return slash && slash[1] ? slash + 1 : s->name ? s->name : "";
}

static void take_counts(struct repair_wizard *r)
{
    ks_buf_clear(&r->counts);
    for (size_t i = 0; i < r->sources.count; i++) {
        const struct ks_source *s = &r->sources.at[i];
        ks_buf_str(&r->counts, i ? ", " : "");
        cells_put_excerpt(source_word(s), ALIAS_CHARS, &r->counts);
        ks_buf_printf(&r->counts, " %zu", s->certs);
        if (s->locked)
            ks_buf_printf(&r->counts, " (%zu locked)", s->locked);
    }
}

static void take_fetched(struct repair_wizard *r, struct form *form)
{
    ks_buf_clear(&r->told);
    for (size_t i = 0; i < r->fetched.count; i++) {
        const struct ks_aia_try *one = &r->fetched.at[i];
        if (ks_aia_asks_private(one) && !r->is_private) {
            r->is_private = true;
            form_focus(form, "fetch-private");
        }
        if (one->code != KS_OK)
            ks_buf_printf(&r->told, "%s%s", r->told.len ? "\n" : "", one->err.what);
        else if (!one->fits)
            ks_buf_printf(&r->told, "%swhat %s gave is not the issuer", r->told.len ? "\n" : "",
                          one->url);
    }
    if (r->fetched.left_out)
        ks_buf_printf(&r->told, "%s%d places are enough at once: %zu more %s an issuer",
                      r->told.len ? "\n" : "", KS_AIA_STORE_FETCHES, r->fetched.left_out,
                      r->fetched.left_out == 1 ? "certificate lacks" : "certificates lack");
}

void repair_take(struct form *form, void *ctx, enum ks_code code,
                         const struct ks_error *err)
{
    struct repair_wizard *r = ctx;
    importing_was_read(form, &r->from, code, err);
    if (code == KS_ERR_CANCELLED) { /* the sources of the look before are gone */
        ks_buf_clear(&r->counts);
        ks_buf_clear(&r->told);
        return;
    }
    take_counts(r);
    take_fetched(r, form);
    r->missing = code == KS_OK && r->is_missing;
    if (code != KS_OK)
        return;
    take_missing(r);
    take_found(r);
    take_paths(r, form);
    r->several = !r->missing && r->entry && r->look.count && r->look.rows[0].choices > 1 &&
                 r->path_count > 1;
    r->has_root = adds_root(&r->look);
    r->has_extras = has_step(&r->look, KS_STEP_DROP_UNRELATED);
    r->has_leftover = has_step(&r->look, KS_STEP_REMOVE_LEFTOVER);
    r->has_public = !r->entry && !r->only && r->context.reference != NULL;
    for (size_t i = 0, seen = 0; r->has_public && i <= r->look.before.count; i++) {
        if (i == r->look.before.count)
            r->has_public = seen > 0;
        else
            seen += strcmp(r->look.before.at[i].found.id, "STORE-NO-PUBLIC-CAS") == 0;
    }
    r->has_options = r->has_root || r->has_extras || r->has_leftover || r->has_public;
}
