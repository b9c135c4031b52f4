/* BEFORE and AFTER of each entry, what was done in between, and the words for it. */
#include "op/repairing.h"

#include "base/alloc.h"
#include "base/text.h"
#include "chain/signatures.h"
#include "x509/cert.h"
#include "x509/name.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *ks_repair_step_word(enum ks_repair_step step)
{
    static const char *const words[] = {
        [KS_STEP_ADD_ISSUER] = "add the issuer",
        [KS_STEP_ADD_ROOT] = "add the root",
        [KS_STEP_REPLACE_ISSUER] = "replace the issuer",
        [KS_STEP_ORDER] = "put in order",
        [KS_STEP_DROP_DUPLICATE] = "drop the duplicate",
        [KS_STEP_DROP_UNRELATED] = "drop what does not belong",
        [KS_STEP_INSTALL_REPLY] = "install the reply",
        [KS_STEP_REMOVE_LEFTOVER] = "remove the leftover",
        [KS_STEP_JOIN_KEY] = "join with the key",
        [KS_STEP_KEY_PASSWORD] = "set the key's password",
        [KS_STEP_SHOW_TO_JAVA] = "show to Java",
        [KS_STEP_REWRITE] = "rewrite",
        [KS_STEP_ALIAS] = "rename",
        [KS_STEP_DROP_TRUST] = "drop the trusted certificate",
        [KS_STEP_ADD_TRUST] = "trust",
    };
    return words[step];
}

/* ---- words ---- */

char *ks_repair_label(const struct ks_cert *cert)
{
    struct ks_buf label = KS_BUF_INIT;

    ks_bring_label(cert, &label);
    return ks_buf_steal(&label);
}

char *ks_repair_where(const struct ks_repairing *r, const struct ks_cert *cert)
{
    const struct ks_pool_cert *found = ks_repair_source(r, cert);
    struct ks_buf where = KS_BUF_INIT;

    if (found)
        ks_source_where(found, r->store, &where);
    else
        ks_buf_str(&where, "this keystore");
    return ks_buf_steal(&where);
}

/* The first certificate of it that is no longer valid; NULL: none. */
static const struct ks_cert *first_expired(const struct ks_path *p, int64_t now)
{
    for (size_t i = 0; i < p->len; i++)
        if (!(p->at[i]->cert->flags & KS_CERT_BAD_TIME) && p->at[i]->cert->not_after < now)
            return p->at[i]->cert;
    return NULL;
}

static char *why_fewer_faults(const struct ks_path *best, const struct ks_path *other, int64_t now)
{
    const struct ks_cert *old = first_expired(other, now);

    if (old && !first_expired(best, now)) {
        char *label = ks_repair_label(old), date[16];
        char *why = ks_asprintf("none of its certificates has expired; in the next one %.200s "
                                "expired on %s",
                                label, ks_time_date(old->not_after, date));
        free(label);
        return why;
    }
    return ks_strdup(best->faults ? "clients have less to refuse in it than in the others"
                                  : "clients have nothing to refuse in it, unlike the others");
}

char *ks_repair_why(const struct ks_path *best, const struct ks_path *other, int64_t now)
{
    if (best->complete != other->complete)
        return ks_strdup("it is the only one that ends at a root");
    if (!best->complete && best->len != other->len)
        return ks_strdup("it goes further up than the others");
    if (best->faults < other->faults)
        return why_fewer_faults(best, other, now);
    if (best->anchored != other->anchored)
        return ks_strdup(best->anchored ? "it ends at a certificate that is trusted already"
                                        : "it is what is stored, and works");
    if (best->kept != other->kept)
        return ks_strdup("it keeps the most of what is stored");
    if (best->len != other->len)
        return ks_strdup(best->len < other->len ? "it is the shortest"
                                                : "it is what is stored, and works");
    if (best->ends != other->ends)
        return ks_strdup("it is valid the longest");
    if (best->strength != other->strength)
        return ks_strdup("its keys are the strongest");
    return ks_strdup("its certificates are from the sources that were named first");
}

/* ---- rows ---- */

static void set_before(struct ks_repair_row *row, const struct ks_entry *e)
{
    row->before = ks_alloc_array(e->chain_len, sizeof *row->before);
    row->after = ks_alloc_array(e->chain_len, sizeof *row->after);
    for (size_t i = 0; i < e->chain_len; i++) {
        row->before[i] = (struct ks_repair_cert){.cert = &e->chain[i], .was = (int)i};
        row->after[i] = row->before[i];
    }
    row->before_count = row->after_count = e->chain_len;
    row->choices = 1;
}

struct ks_repair_row *ks_repair_row(struct ks_repairing *r, size_t place)
{
    struct ks_repair_look *look = r->look;

    if (place != KS_NOWHERE && r->fixes[place].row != KS_NOWHERE)
        return &look->rows[r->fixes[place].row];
    for (size_t i = 0; place == KS_NOWHERE && i < look->count; i++)
        if (!look->rows[i].entry)
            return &look->rows[i];
    if (look->count == r->row_cap) {
        r->row_cap = r->row_cap ? 2 * r->row_cap : 16;
        look->rows = ks_realloc(look->rows, r->row_cap * sizeof *look->rows);
    }
    struct ks_repair_row *row = &look->rows[look->count];
    *row = (struct ks_repair_row){.choices = 1};
    if (place != KS_NOWHERE) {
        row->entry = ks_store_entry(r->store, place);
        r->fixes[place].row = look->count;
        set_before(row, row->entry);
    }
    look->count++;
    return row;
}

void ks_repair_did(struct ks_repair_row *row, enum ks_repair_step step, const char *fmt, ...)
{
    struct ks_buf text = KS_BUF_INIT;
    va_list args;

    va_start(args, fmt);
    ks_buf_vprintf(&text, fmt, args);
    va_end(args);
    row->done = ks_realloc(row->done, (row->done_count + 1) * sizeof *row->done);
    row->done[row->done_count++] = (struct ks_repair_done){step, ks_buf_steal(&text)};
}

void ks_repair_lacks(struct ks_repair_row *row, char *missing)
{
    if (row->missing)
        free(missing);
    else
        row->missing = missing;
}

void ks_repair_rows_drop(struct ks_repair_row *row)
{
    for (size_t i = 0; i < row->done_count; i++)
        free(row->done[i].text);
    free(row->done);
    free(row->before);
    free(row->after);
    free(row->why);
    free(row->missing);
    free(row->alias);
}

/* ---- from one chain to another ---- */

static bool same_subject(const struct ks_cert *a, const struct ks_cert *b)
{
    return ks_name_equal(ks_cert_part(a, a->subject), ks_cert_part(b, b->subject));
}

/* The first of BEFORE that is this certificate, and of no other place of AFTER. */
static int place_before(const struct ks_repair_row *row, const struct ks_cert *cert)
{
    for (size_t i = 0; i < row->before_count; i++)
        if (row->before[i].was < 0 && ks_cert_same(row->before[i].cert, cert))
            return (int)i;
    return -1;
}

static void match(struct ks_repairing *r, struct ks_repair_row *row,
                  const struct ks_cert *const *chain, size_t count)
{
    for (size_t i = 0; i < row->before_count; i++)
        row->before[i].was = -1;
    row->after = ks_realloc(row->after, (count + 1) * sizeof *row->after);
    row->after_count = count;
    for (size_t i = 0; i < count; i++) {
        int was = place_before(row, chain[i]);
        row->after[i] = (struct ks_repair_cert){.cert = chain[i], .was = was};
        if (was < 0)
            row->after[i].found = ks_repair_source(r, chain[i]);
        else
            row->before[was].was = (int)i;
    }
}

/* The certificate of the same name that goes for this one. */
static const struct ks_cert *replaced_by(const struct ks_repair_row *row,
                                         const struct ks_cert *cert)
{
    for (size_t i = 0; i < row->before_count; i++)
        if (row->before[i].was < 0 && same_subject(row->before[i].cert, cert))
            return row->before[i].cert;
    return NULL;
}

static bool is_replaced(const struct ks_repair_row *row, const struct ks_cert *cert)
{
    for (size_t i = 0; i < row->after_count; i++)
        if (row->after[i].was < 0 && same_subject(row->after[i].cert, cert))
            return true;
    return false;
}

static bool has_copy(const struct ks_repair_row *row, size_t place)
{
    for (size_t i = 0; i < row->before_count; i++)
        if (i != place && row->before[i].was >= 0 &&
            ks_cert_same(row->before[i].cert, row->before[place].cert))
            return true;
    return false;
}

/* By the names and the signature of something that is in the chain now. */
static bool has_signed(const struct ks_repair_row *row, const struct ks_cert *old)
{
    struct ks_signatures *signatures = ks_signatures_new();
    struct ks_effort effort = {.left = KS_PATH_TRIES, .asks = KS_PATH_ASKS};
    bool found = false;

    for (size_t i = 0; i < row->after_count && !found; i++)
        found = same_subject(old, row->after[i].cert)
                    ? false
                    : ks_signatures_edge(signatures, row->after[i].cert, old, &effort) !=
                          KS_VERDICT_BAD;
    ks_signatures_free(signatures);
    return found;
}

static void say_added(const struct ks_repairing *r, struct ks_repair_row *row, size_t i)
{
    const struct ks_cert *c = row->after[i].cert, *old = replaced_by(row, c);
    char *label = ks_repair_label(c), *where = ks_repair_where(r, c), date[16];
    bool root = row->complete && (i + 1 == row->after_count || c->flags & KS_CERT_SELF_ISSUED);

    if (!old)
        ks_repair_did(row, root ? KS_STEP_ADD_ROOT : KS_STEP_ADD_ISSUER, "add %s%.300s from %.300s",
                      root ? "the root " : "", label, where);
    else if (!(old->flags & KS_CERT_BAD_TIME) && old->not_after < r->context->now)
        ks_repair_did(row, KS_STEP_REPLACE_ISSUER,
                      "replace %.300s, which expired on %s, by that from %.300s", label,
                      ks_time_date(old->not_after, date), where);
    else if (has_signed(row, old))
        ks_repair_did(row, KS_STEP_REPLACE_ISSUER,
                      "replace %.300s by that from %.300s, which leads to a root", label, where);
    else
        ks_repair_did(row, KS_STEP_REPLACE_ISSUER,
                      "replace %.300s, which did not sign what is below it, by that from %.300s",
                      label, where);
    free(label);
    free(where);
}

static void say_dropped(struct ks_repair_row *row, size_t i)
{
    char *label = ks_repair_label(row->before[i].cert);

    if (has_copy(row, i))
        ks_repair_did(row, KS_STEP_DROP_DUPLICATE, "drop %.300s, which is there twice", label);
    else if (!is_replaced(row, row->before[i].cert))
        ks_repair_did(row, KS_STEP_DROP_UNRELATED, "drop %.300s, which is no part of the chain",
                      label);
    free(label);
}

static bool is_moved(const struct ks_repair_row *row)
{
    int last = -1;

    for (size_t i = 0; i < row->after_count; i++) {
        if (row->after[i].was < 0)
            continue;
        if (row->after[i].was < last)
            return true;
        last = row->after[i].was;
    }
    return false;
}

static void say_steps(const struct ks_repairing *r, struct ks_repair_row *row, bool installed)
{
    /* What a reply replaces goes with the old certificate. */
    for (size_t i = 0; i < row->before_count && !installed; i++)
        if (row->before[i].was < 0)
            say_dropped(row, i);
    if (is_moved(row))
        ks_repair_did(row, KS_STEP_ORDER, "put the chain in order, the key's certificate first");
    for (size_t i = installed ? 1 : 0; i < row->after_count; i++)
        if (row->after[i].was < 0)
            say_added(r, row, i);
}

void ks_repair_rows_chain(struct ks_repairing *r, size_t place, const struct ks_cert *const *chain,
                          size_t count, bool installed)
{
    struct ks_repair_row *row = ks_repair_row(r, place);

    match(r, row, chain, count);
    say_steps(r, row, installed);
}

static bool is_about_the_chain(enum ks_repair_step step)
{
    return step <= KS_STEP_REMOVE_LEFTOVER || step == KS_STEP_REWRITE;
}

void ks_repair_rows_revert(struct ks_repairing *r, size_t place)
{
    struct ks_repair_row *row = ks_repair_row(r, place);
    size_t kept = 0;

    for (size_t i = 0; i < row->done_count; i++) {
        if (is_about_the_chain(row->done[i].step))
            free(row->done[i].text);
        else
            row->done[kept++] = row->done[i];
    }
    row->done_count = kept;
    free(row->before);
    free(row->after);
    size_t choices = row->choices;
    set_before(row, row->entry);
    row->choices = choices;
    row->complete = false;
}
