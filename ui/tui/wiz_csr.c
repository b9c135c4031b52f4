#include "tui/wiz_csr.h"

#include "base/alloc.h"
#include "file/save.h"
#include "report/made.h"
#include "report/plan.h"
#include "tui/cert_fields.h"
#include "tui/dialog.h"
#include "tui/directory.h"

#include <stdlib.h>
#include <string.h>

struct csr_wizard {
    struct edit_target target;
    const struct ks_entry *entry; /* of the target's store */
    struct ks_slice former;       /* subject of its certificate; borrowed from the entry */
    struct ks_profile copied;     /* what its certificate says */

    /* what was typed */
    struct ks_buf subject;
    struct ks_profile profile;
    char *challenge, *signature, *path;
    bool der, overwrite, show_pem;
    struct ks_ask ask;

    struct ks_buf made; /* the request, DER */
};

static void drop_typed(struct csr_wizard *c)
{
    ks_buf_free(&c->subject);
    ks_profile_drop(&c->profile);
    free(c->challenge);
    free(c->signature);
    free(c->path);
    c->challenge = c->signature = c->path = NULL;
    c->subject = (struct ks_buf)KS_BUF_INIT;
}

static void csr_free(void *ctx)
{
    struct csr_wizard *c = ctx;
    drop_typed(c);
    ks_profile_drop(&c->copied);
    ks_buf_free(&c->made);
    edit_target_drop(&c->target);
    free(c);
}

/* ---- the form ---- */

static size_t use_changes(const struct form *form, const struct csr_wizard *c)
{
    const struct ks_template as_copied = {.usage = c->copied.usage,
                                          .extended = c->copied.extended,
                                          .basic = c->copied.basic,
                                          .ca = c->copied.ca,
                                          .path_len = c->copied.path_len};
    struct ks_profile now = {.path_len = -1};
    use_take(form, &now);
    size_t changes = ks_profile_changes(&now, &as_copied, KS_KEY_UNKNOWN);
    changes -= changes < c->copied.oid_count ? changes : c->copied.oid_count;
    ks_profile_drop(&now);
    return changes;
}

static void say_use(struct form *form, const struct csr_wizard *c)
{
    use_reset_words(form, "the certificate", use_changes(form, c));
}

static void fill(struct form *form, void *ctx)
{
    struct csr_wizard *c = ctx;
    const struct ks_cert *cert = &c->entry->chain[0];
    subject_put(form, c->former);
    names_put(form, &c->copied);
    use_put(form, &c->copied);
    say_use(form, c);
    signature_offer(form, ks_cert_part(cert, cert->spki));
    output_suggest(form, c->entry->alias, ".csr");
    form_tick(form, "pem", true);
}

static void changed(struct form *form, void *ctx, const char *id)
{
    struct csr_wizard *c = ctx;
    if (strcmp(id, "reset") == 0)
        use_put(form, &c->copied);
    say_use(form, c);
}

static bool wants_use(const struct form *form, void *ctx)
{
    (void)ctx;
    return form_ticked(form, "edit");
}

static void collect(struct form *form, void *ctx)
{
    struct csr_wizard *c = ctx;
    drop_typed(c);
    subject_take(form, c->former, &c->subject);
    ks_profile_copy(&c->copied, &c->profile);
    use_take(form, &c->profile);
    names_take(form, &c->profile);
    c->challenge = ks_strdup(form_text(form, "challenge"));
    c->signature = signature_chosen(form);
    c->path = directory_typed(form_text(form, "output"));
    c->der = form_chosen(form, "format") == 1;
    c->overwrite = form_ticked(form, "overwrite");
    c->show_pem = form_ticked(form, "pem");
    c->ask = (struct ks_ask){.subject = ks_slice(c->subject.data, c->subject.len),
                             .profile = &c->profile,
                             .challenge = c->challenge[0] ? c->challenge : NULL,
                             .signature = c->signature};
}

/* ---- the request ---- */

static enum ks_code prepare(void *ctx, struct wizard_keys *keys, struct ks_job *job,
                            struct ks_error *err)
{
    struct csr_wizard *c = ctx;
    struct ks_key_passwords passwords = wizard_key_passwords(keys);
    c->made.len = 0;
    return ks_op_request(c->target.store, c->entry, &c->ask, &passwords, job, &c->made, err);
}

static void decoded(const struct csr_wizard *c, struct report *out)
{
    struct ks_request request;
    if (ks_request_skim(ks_slice(c->made.data, c->made.len), &request))
        report_made_request(&request, out);
}

static void review(void *ctx, struct report *out)
{
    struct csr_wizard *c = ctx;
    struct ks_commands commands = {0};
    struct report more = {0};
    edit_review_key(c->target.store, c->entry, out);
    report_add(out, REPORT_TEXT, "Write to", c->path);
    report_add(out, REPORT_TEXT, "Format", c->der ? "DER" : "PEM");
    report_add(out, REPORT_HEADING, "", "The request, decoded");
    decoded(c, &more);
    report_append(out, &more);
    ks_op_request_commands(c->target.store, c->entry, &c->ask, c->path, c->der, &commands);
    report_commands(&commands, out);
    ks_commands_drop(&commands);
}

static void pem_of(const struct csr_wizard *c, struct ks_buf *out)
{
    ks_pem_write("CERTIFICATE REQUEST", ks_slice(c->made.data, c->made.len), out);
}

static enum ks_code act(void *ctx, struct ks_job *job, struct ks_error *err)
{
    struct csr_wizard *c = ctx;
    struct ks_buf pem = KS_BUF_INIT;
    const struct ks_buf *bytes = c->der ? &c->made : &pem;
    (void)job;
    pem_of(c, &pem);
    enum ks_code rc =
        ks_save_bytes(c->path, ks_slice(bytes->data, bytes->len), 0644, c->overwrite, err);
    ks_buf_free(&pem);
    return rc;
}

/* ---- afterwards ---- */

/* What is shown is what was written: in words, and as the PEM that the form of a CA takes. */
static void show_written(struct app *app, const struct csr_wizard *c)
{
    struct report report = {0};
    struct ks_buf text = KS_BUF_INIT, pem = KS_BUF_INIT;
    const char *note = edit_key_note(c->target.store, c->entry);
    decoded(c, &report);
    pem_of(c, &pem);
    ks_buf_printf(&text, "%s%s%s\n", c->path, note[0] ? "\n" : "", note[0] ? note + 1 : "");
    for (size_t i = 0; i < report.count; i++)
        ks_buf_printf(&text, "\n%s%s%s", report.lines[i].label,
                      report.lines[i].label[0] ? ": " : "", report.lines[i].value);
    if (c->show_pem) {
        ks_buf_printf(&text, "\n\n%s", ks_buf_text(&pem));
        notice_copies(app, "The request is written; y copies the PEM", ks_buf_text(&text),
                      ks_buf_text(&pem));
    } else {
        notice_show(app, "The request is written", ks_buf_text(&text));
    }
    report_free(&report);
    ks_buf_free(&pem);
    ks_buf_free(&text);
}

static bool acted(struct app *app, void *ctx, enum ks_code code, const struct ks_error *err)
{
    const struct csr_wizard *c = ctx;
    if (app->quitting)
        return true;
    if (code != KS_OK) {
        app_error(app, err);
        return false;
    }
    show_written(app, c);
    const char *note = edit_key_note(c->target.store, c->entry);
    app_message(app, "%s is written: send it to the CA.%s", c->path,
                note[0] ? note : " The keystore is as it was.");
    return true;
}

/* ---- the tables ---- */

static const struct wizard_page pages[] = {
    {.name = "Request", .question = "What the CA is asked for"},
    {.name = "Use", .question = "What the certificate may be used for", .shown = wants_use},
};

static const char *const formats[] = {"PEM", "DER", NULL};

static const struct form_field fields[] = {
    {.id = "subject",
     .label = "Subject",
     .kind = FORM_TEXT,
     .check = subject_line_ok,
     .hint = "CN=iq.example.com,O=Example,C=US. The CA may take what it likes of it."},
    {.id = "names",
     .label = "Alternative names, one a line (dns: ip: email: uri:)",
     .kind = FORM_LINES,
     .rows = 3,
     .check_line = names_line_ok,
     .check = names_ok,
     .hint = "Copied from the certificate: a request has none of itself, and keytool drops them."},
    {.id = "use", .label = "Use", .kind = FORM_WORDS, .words = use_words},
    {.id = "edit",
     .label = "change the use on a page of its own",
     .kind = FORM_TICK,
     .hint = "It is copied from the certificate."},
    SIGNATURE_FIELD(0),
    {.id = "challenge",
     .label = "Challenge",
     .kind = FORM_TEXT,
     .hint = "Seldom wanted. It goes into the request in clear text: everybody can read it."},
    OUTPUT_FIELDS(0, output_ok),
    {.id = "format",
     .label = "Format",
     .kind = FORM_CHOICE,
     .choices = formats,
     .hint = "PEM is text and what CAs take; DER is binary."},
    {.id = "pem",
     .label = "show the PEM afterwards",
     .kind = FORM_TICK,
     .hint = "With the request in words; there y copies the PEM, for the form of a CA."},
    USE_FIELDS(1),
};

static const char *csr_refused(struct app *app, void *ctx)
{
    const struct csr_wizard *c = ctx;
    const char *why = edit_target_refused(app, ctx);
    return why ? why : edit_output_refused(app, c->path);
}

static const struct wizard_def wizard = {
    .name = "CSR",
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
    .refused = csr_refused,
    .free = csr_free,
    .apply_word = "Write",
    .apply_note = "Enter writes the file. The keystore stays as it is.",
};

void wiz_csr_start(struct app *app, struct ui_file *f, const struct ks_entry *entry)
{
    struct csr_wizard *c = ks_alloc(sizeof *c);
    *c = (struct csr_wizard){.target = edit_target(f), .entry = entry};
    ks_op_ask_of(entry, &c->former, &c->copied);
    wizard_start(app, &wizard, ks_asprintf("Request (CSR) of %s", entry->alias), c);
}
