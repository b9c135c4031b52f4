#include "tui/wiz_sign.h"

#include "base/alloc.h"
#include "file/open.h"
#include "file/save.h"
#include "report/made.h"
#include "report/plan.h"
#include "tui/cert_fields.h"
#include "tui/dialog.h"
#include "tui/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sign_wizard {
    struct edit_target target; /* the CA's keystore */
    const struct ks_entry *ca;
    struct ks_signer signer;

    char *request_path;
    struct ks_store *opened; /* the file of the request; `request` is part of it */
    struct ks_request request;
    struct ks_profile asked; /* what the request asks for, but to be a CA */
    bool asks_for_ca;

    /* what was typed */
    struct ks_buf subject;
    struct ks_profile profile;
    struct ks_wanted wanted;
    char *signature, *path;
    bool der, overwrite, with_chain;

    struct ks_buf made; /* the certificate, DER */
};

static void drop_typed(struct sign_wizard *s)
{
    ks_buf_free(&s->subject);
    ks_profile_drop(&s->profile);
    free(s->signature);
    free(s->path);
    s->signature = s->path = NULL;
    s->subject = (struct ks_buf)KS_BUF_INIT;
}

static void drop_request(struct sign_wizard *s)
{
    ks_store_free(s->opened);
    ks_profile_drop(&s->asked);
    s->opened = NULL;
    s->request = (struct ks_request){0};
}

static void sign_free(void *ctx)
{
    struct sign_wizard *s = ctx;
    drop_typed(s);
    drop_request(s);
    free(s->request_path);
    ks_buf_free(&s->made);
    edit_target_drop(&s->target);
    free(s);
}

/* ---- the request ---- */

static enum ks_code read_request(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                                 struct ks_error *err)
{
    struct sign_wizard *s = ctx;
    (void)keys;
    drop_request(s);
    enum ks_code rc = ks_open(s->request_path, NULL, job, &s->opened, err);
    if (rc == KS_OK)
        rc = ks_op_request_of(s->opened, &s->request, err);
    if (rc != KS_OK || ks_request_verify(&s->request) != KS_VERDICT_BAD)
        return rc;
    ks_fail(err, KS_ERR_REFUSED, "request-signature",
            "the signature of %.300s does not verify: whoever sent it has not shown that the key "
            "is theirs",
            s->request_path);
    return ks_fail_next(err, KS_ERR_REFUSED, "ask for a new request");
}

static void base_name(const char *path, char out[static 80])
{
    const char *slash = strrchr(path, '/');
    snprintf(out, 80, "%.79s", slash ? slash + 1 : path);
    char *dot = strrchr(out, '.');
    if (dot && dot > out)
        *dot = '\0';
}

static void request_read(struct form *form, void *ctx, enum ks_code code,
                         const struct ks_error *err)
{
    struct sign_wizard *s = ctx;
    char name[80];
    uint8_t alg = KS_KEY_UNKNOWN;
    uint16_t bits;
    if (code != KS_OK && code != KS_ERR_CANCELLED)
        form_remark(form, "file", err->what);
    if (code != KS_OK)
        return;
    (void)ks_spki_skim(s->request.spki, &alg, &bits, NULL);
    s->asks_for_ca = ks_op_profile_of_request(&s->request, (enum ks_key_alg)alg, &s->asked);
    subject_put(form, s->request.subject);
    names_put(form, &s->asked);
    use_put(form, &s->asked);
    use_reset_words(form, "the request", 0);
    base_name(s->request_path, name);
    output_suggest(form, name, ".crt");
}

/* ---- the form ---- */

static void fill(struct form *form, void *ctx)
{
    struct sign_wizard *s = ctx;
    const struct ks_cert *ca = &s->ca->chain[0];
    signature_offer(form, ks_cert_part(ca, ca->spki));
    validity_fill(form, validity_within(s->ca, ks_op_usual_days(NULL)));
    form_tick(form, "chain", true);
}

static size_t use_changes(const struct form *form, const struct sign_wizard *s)
{
    const struct ks_template asked = {.usage = s->asked.usage,
                                      .extended = s->asked.extended,
                                      .basic = s->asked.basic,
                                      .ca = s->asked.ca,
                                      .path_len = s->asked.path_len};
    struct ks_profile now = {.path_len = -1};
    use_take(form, &now);
    size_t changes = ks_profile_changes(&now, &asked, KS_KEY_UNKNOWN);
    changes -= changes < s->asked.oid_count ? changes : s->asked.oid_count;
    ks_profile_drop(&now);
    return changes;
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct sign_wizard *s = ctx;
    if (strcmp(id, "reset") == 0)
        use_put(form, &s->asked);
    if (form_page(form) == 2)
        use_reset_words(form, "the request", use_changes(form, s));
}

static bool file_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (!form_is_empty(form, "file"))
        return true;
    snprintf(why, FORM_WHY, "the file of the request is needed");
    return false;
}

static void key_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct sign_wizard *s = ctx;
    (void)form;
    if (s->opened)
        ks_spki_describe(s->request.spki, out);
}

static void ca_caution(const struct form *form, void *ctx, struct ks_buf *out)
{
    const struct sign_wizard *s = ctx;
    if (use_is_ca(form, NULL))
        ks_buf_str(out, "It will be a CA: what it signs is trusted wherever this CA is.");
    else if (s->asks_for_ca)
        ks_buf_str(out, "The request asks to be a CA, which could sign certificates for "
                        "everything. It is none unless you choose that here.");
}

static bool takes_chain(const struct form *form, void *ctx)
{
    (void)ctx;
    return form_chosen(form, "format") == 0;
}

static void collect(struct form *form, void *ctx)
{
    struct sign_wizard *s = ctx;
    free(s->request_path);
    s->request_path = directory_typed(form_text(form, "file"));
    if (form_page(form) == 0)
        return; /* the rest is not read yet */
    drop_typed(s);
    subject_take(form, s->request.subject, &s->subject);
    ks_profile_copy(&s->asked, &s->profile);
    use_take(form, &s->profile);
    names_take(form, &s->profile);
    s->signature = signature_chosen(form);
    s->path = directory_typed(form_text(form, "output"));
    s->der = form_chosen(form, "format") == 1;
    s->with_chain = form_ticked(form, "chain") && !s->der;
    s->overwrite = form_ticked(form, "overwrite");
    s->wanted = (struct ks_wanted){.subject = ks_slice(s->subject.data, s->subject.len),
                                   .profile = &s->profile,
                                   .signature = s->signature,
                                   .signer = &s->signer};
    (void)validity_take(form, &s->wanted.not_before, &s->wanted.not_after);
}

/* ---- the certificate ---- */

static enum ks_code prepare(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                            struct ks_error *err)
{
    struct sign_wizard *s = ctx;
    s->signer.passwords = wizard_key_passwords(keys);
    s->made.len = 0;
    return ks_op_sign(&s->request, &s->wanted, job, &s->made, err);
}

static void decoded(const struct sign_wizard *s, struct report *out)
{
    struct ks_cert cert;
    if (ks_cert_skim(ks_slice(s->made.data, s->made.len), &cert))
        report_made_certificate(&cert, out);
}

static void review(void *ctx, struct report *out)
{
    struct sign_wizard *s = ctx;
    struct ks_commands commands = {0};
    struct report more = {0};
    struct ks_plan remarks = {0};
    edit_review_key(s->target.store, s->ca, out);
    ks_op_sign_remarks(&s->request, &s->wanted, &remarks);
    report_remarks(&remarks, out);
    ks_plan_drop(&remarks);
    report_add(out, REPORT_TEXT, "Write to", s->path);
    report_add(out, REPORT_TEXT, "Format",
               s->der          ? "DER"
               : s->with_chain ? "PEM, followed by the certificates of the CA"
                               : "PEM");
    report_add(out, REPORT_HEADING, "", "The certificate, decoded");
    decoded(s, &more);
    report_append(out, &more);
    ks_op_sign_commands(s->request_path, &s->wanted, s->path,
                        s->der          ? KS_SIGN_DER
                        : s->with_chain ? KS_SIGN_CHAIN
                                        : KS_SIGN_PEM,
                        &commands);
    report_commands(&commands, out);
    ks_commands_drop(&commands);
}

static void bytes_of(const struct sign_wizard *s, struct ks_buf *out)
{
    if (s->der) {
        ks_buf_append(out, s->made.data, s->made.len);
        return;
    }
    ks_pem_write("CERTIFICATE", ks_slice(s->made.data, s->made.len), out);
    for (uint32_t i = 0; i < s->ca->chain_len && s->with_chain; i++)
        ks_pem_write("CERTIFICATE", ks_cert_der(&s->ca->chain[i]), out);
}

static enum ks_code act(void *ctx, struct ks_job *job, struct ks_error *err)
{
    struct sign_wizard *s = ctx;
    struct ks_buf bytes = KS_BUF_INIT;
    (void)job;
    bytes_of(s, &bytes);
    enum ks_code rc =
        ks_save_bytes(s->path, ks_slice(bytes.data, bytes.len), 0644, s->overwrite, err);
    ks_buf_free(&bytes);
    return rc;
}

static bool acted(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    const struct sign_wizard *s = ctx;
    if (code == KS_OK && !app->quitting)
        app_message(app, "%s is written, signed by %s.%s", s->path, s->ca->alias,
                    edit_key_note(s->target.store, s->ca));
    else if (!app->quitting)
        app_error(app, err);
    return code == KS_OK || app->quitting;
}

/* ---- the tables ---- */

static const struct wizard_page pages[] = {
    {.name = "Request",
     .question = "The request to sign",
     .work = read_request,
     .working = "reading the request",
     .worked = request_read},
    {.name = "Subject", .question = "For whom: as the request says, unless it is changed"},
    {.name = "Use", .question = "What the certificate may be used for"},
    {.name = "Validity", .question = "How long, and where to"},
};

static const char *const formats[] = {"PEM", "DER", NULL};

static const struct form_field fields[] = {
    {.id = "file",
     .label = "Request",
     .kind = FORM_PATH,
     .check = file_ok,
     .hint = "A certificate request (PKCS#10), PEM or DER. Its signature is checked."},

    {.id = "key", .label = "Key", .kind = FORM_WORDS, .page = 1, .words = key_words},
    {.id = "subject",
     .label = "Subject",
     .kind = FORM_TEXT,
     .page = 1,
     .check = subject_line_ok,
     .hint = "CN=iq.example.com,O=Example,C=US. Check that it is theirs."},
    NAMES_FIELD(1),

    USE_FIELDS(2),
    {.id = "caution", .label = "", .kind = FORM_WORDS, .page = 2, .words = ca_caution},

    VALIDITY_FIELDS(3),
    SIGNATURE_FIELD(3),
    OUTPUT_FIELDS(3, output_ok),
    {.id = "format",
     .label = "Format",
     .kind = FORM_CHOICE,
     .choices = formats,
     .page = 3,
     .hint = "PEM is text; DER is binary."},
    {.id = "chain",
     .label = "with the certificates of the CA behind it",
     .kind = FORM_TICK,
     .page = 3,
     .shown = takes_chain,
     .hint = "Whoever imports the file then has the whole chain."},
};

static const char *sign_refused(struct app *app, void *ctx)
{
    const struct sign_wizard *s = ctx;
    const char *why = edit_target_refused(app, ctx);
    return why ? why : edit_output_refused(app, s->path);
}

static const struct wizard_def wizard = {
    .name = "sign",
    .pages = pages,
    .page_count = sizeof pages / sizeof pages[0],
    .fields = fields,
    .field_count = sizeof fields / sizeof fields[0],
    .fill = fill,
    .changed = changed,
    .collect = collect,
    .prepare = prepare,
    .review = review,
    .act = act,
    .acted = acted,
    .refused = sign_refused,
    .free = sign_free,
    .apply_word = "Write",
    .apply_note = "Enter writes the file. The keystore stays as it is.",
};

void wiz_sign_start(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    struct sign_wizard *s = ks_alloc(sizeof *s);
    *s = (struct sign_wizard){.target = edit_target(f), .ca = entry};
    s->signer = (struct ks_signer){.store = s->target.store, .entry = entry};
    wizard_start(app, &wizard, ks_asprintf("Sign a request with %s", entry->alias), s);
}
