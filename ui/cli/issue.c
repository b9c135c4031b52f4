/*
 * Requests and the certificates for them: files beside the keystore, which stays as it is.
 */
#include "cli/make.h"

#include "base/alloc.h"
#include "cli/show.h"
#include "cli/text.h"
#include "report/plan.h"
#include "x509/dn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PUBLIC_MODE 0644u

/* Remarks and commands, before the file is written. */
static void say_before(struct cli *cli, const struct ks_plan *remarks,
                       const struct ks_commands *commands)
{
    for (size_t i = 0; i < remarks->remark_count; i++) {
        const struct ks_remark *r = &remarks->remarks[i];
        if (r->level == KS_REMARK_NOTE)
            cli_note(cli, "%.900s", r->text);
        else
            cli_warn(cli, "%.900s", r->text);
    }
    if (cli->json) {
        json_member(cli, "remarks", edit_json_remarks(remarks));
        edit_json_commands(cli, commands);
    }
}

/* What was written, as `ksx show` tells it. */
static void say_made(struct cli *cli, struct ks_slice der, const char *key)
{
    static const enum report_section sections[] = {REPORT_SUMMARY, REPORT_EXT};
    struct ks_store *s = NULL;
    struct ks_error err = {0};
    if (edit_on_stdout(cli) || (cli->quiet && !cli->json && !cli->dry_run))
        return;
    if (ks_open_bytes(cli->output, der, NULL, NULL, &s, &err) != KS_OK) {
        cli_fail(cli, &err);
        return;
    }
    const struct ks_entry *e = ks_store_count(s) ? ks_store_entry(s, 0) : NULL;
    if (e && cli->json)
        json_member(cli, key, json_entry(cli, s, e, edit_no_unlock));
    for (size_t i = 0; e && !cli->json && i < sizeof sections / sizeof sections[0]; i++) {
        struct report_subject subject = {.store = s, .entry = e, .cert = -1};
        struct report report = {0};
        report_build(&subject, sections[i], &report);
        show_report(cli, &report, report_section_name(sections[i], false));
        report_free(&report);
    }
    ks_store_free(s);
}

/* ---- csr ---- */

/* --dn, else the subject of the certificate. */
static enum ks_code subject_of(const struct cli *cli, struct ks_slice *subject, struct ks_buf *room,
                               struct ks_error *err)
{
    if (cli->making.dn) {
        if (ks_dn_parse(cli->making.dn, room, err) != KS_OK) {
            ks_error_prefix(err, "--dn");
            return KS_ERR_USAGE;
        }
        *subject = ks_slice(room->data, room->len);
    }
    return KS_OK;
}

static void forget(struct ks_profile *profile)
{
    ks_profile_drop(profile);
    profile->path_len = -1;
}

static enum ks_key_alg key_alg_of(const struct ks_entry *e)
{
    return e->chain_len ? (enum ks_key_alg)e->chain[0].key_alg : KS_KEY_UNKNOWN;
}

static void csr(struct cli *cli, const struct ks_store *s, const struct ks_entry *e)
{
    struct ks_error err = {0};
    struct ks_buf name = KS_BUF_INIT, der = KS_BUF_INIT, file = KS_BUF_INIT;
    struct ks_profile profile = {0};
    struct edit_keys keys = {.cli = cli};
    struct ks_key_passwords passwords = edit_key_passwords(&keys);
    struct ks_ask ask = {.profile = &profile,
                         .challenge = cli->making.challenge,
                         .signature = cli->making.signature};
    ks_op_ask_of(e, &ask.subject, &profile);
    if (cli->making.no_copy)
        forget(&profile);
    enum ks_code rc = subject_of(cli, &ask.subject, &name, &err);
    if (rc == KS_OK && ask.subject.len <= 2 && !cli->making.dn && e->chain_len == 0) {
        (void)ks_fail(&err, KS_ERR_USAGE, "usage",
                      "%.150s has no certificate to take the subject from", e->alias);
        rc = ks_fail_next(&err, KS_ERR_USAGE, "give it with --dn");
    }
    if (rc == KS_OK)
        rc = make_profile(cli, NULL, key_alg_of(e), &profile, &err);
    if (rc == KS_OK)
        rc = ks_op_request(s, e, &ask, &passwords, NULL, &der, &err);
    if (rc == KS_OK) {
        struct ks_plan none = {0};
        struct ks_commands commands = {0};
        struct ks_slice made = ks_slice(der.data, der.len);
        if (cli->der)
            ks_buf_slice(&file, made);
        else
            ks_pem_write("CERTIFICATE REQUEST", made, &file);
        ks_op_request_commands(s, e, &ask, cli->output, cli->der, &commands);
        say_before(cli, &none, &commands);
        say_made(cli, made, "request");
        edit_say_commands(cli, &commands);
        edit_write_output(cli, ks_slice(file.data, file.len), PUBLIC_MODE, "the request");
        ks_commands_drop(&commands);
    } else {
        cli_fail(cli, &err);
    }
    ks_profile_drop(&profile);
    ks_buf_free(&name);
    ks_buf_free(&der);
    ks_buf_free(&file);
}

int cli_run_csr(struct cli *cli)
{
    edit_begin(cli);
    struct ks_store *s = edit_open_to_read(cli, cli->operands[0]);
    const struct ks_entry *e =
        s && edit_needs_output(cli, s) ? edit_find(cli, s, cli->operands[1]) : NULL;
    if (e)
        csr(cli, s, e);
    ks_store_free(s);
    return edit_end(cli);
}

/* ---- sign ---- */

static bool find_request(struct cli *cli, const struct ks_store *file, struct ks_request *out)
{
    struct ks_error err = {0};
    if (ks_op_request_of(file, out, &err) == KS_OK)
        return true;
    cli_fail(cli, &err);
    return false;
}

/* What the request asks for, as far as it is taken over. */
static enum ks_code profile_for(struct cli *cli, const struct ks_request *request,
                                const struct ks_template *named, struct ks_profile *profile,
                                struct ks_error *err)
{
    uint8_t alg = KS_KEY_UNKNOWN;
    uint16_t bits = 0;
    uint32_t flags = 0;
    (void)ks_spki_skim(request->spki, &alg, &bits, &flags);
    bool asks_for_ca = ks_op_profile_of_request(cli->making.no_copy ? NULL : request,
                                                (enum ks_key_alg)alg, profile);
    if (asks_for_ca && !named) {
        (void)ks_fail(err, KS_ERR_REFUSED, "asks-for-ca",
                      "no certificate was made: the request asks to be a CA, which could sign "
                      "certificates for everything");
        return ks_fail_next(err, KS_ERR_REFUSED,
                            "--use ca allows that; --use server and the like make it none");
    }
    return make_profile(cli, NULL, (enum ks_key_alg)alg, profile, err);
}

static void put_certificates(const struct cli *cli, struct ks_slice der, const struct ks_entry *ca,
                             struct ks_buf *out)
{
    if (cli->der) {
        ks_buf_slice(out, der);
        return;
    }
    ks_pem_write("CERTIFICATE", der, out);
    for (uint32_t i = 0; cli->making.chain && i < ca->chain_len; i++)
        ks_pem_write("CERTIFICATE", ks_cert_der(&ca->chain[i]), out);
}

static void say_signed(struct cli *cli, const struct ks_request *request,
                       const struct ks_wanted *wanted, struct ks_slice der)
{
    struct ks_plan remarks = {0};
    struct ks_commands commands = {0};
    struct ks_buf file = KS_BUF_INIT;
    ks_op_sign_remarks(request, wanted, &remarks);
    enum ks_sign_file kind = cli->der            ? KS_SIGN_DER
                             : cli->making.chain ? KS_SIGN_CHAIN
                                                 : KS_SIGN_PEM;
    ks_op_sign_commands(cli->making.request, wanted, cli->output, kind, &commands);
    say_before(cli, &remarks, &commands);
    say_made(cli, der, "certificate");
    edit_say_commands(cli, &commands);
    put_certificates(cli, der, wanted->signer->entry, &file);
    if (!edit_refuses_unconfirmed(cli, &remarks))
        edit_write_output(cli, ks_slice(file.data, file.len), PUBLIC_MODE,
                          cli->making.chain ? "the certificate and its chain" : "the certificate");
    ks_buf_free(&file);
    ks_plan_drop(&remarks);
    ks_commands_drop(&commands);
}

static void sign(struct cli *cli, const struct ks_signer *signer, const struct ks_request *request)
{
    struct ks_error err = {0};
    struct ks_buf name = KS_BUF_INIT, der = KS_BUF_INIT;
    struct ks_profile profile = {0};
    const struct ks_template *named = NULL;
    struct ks_wanted wanted = {.subject = request->subject,
                               .profile = &profile,
                               .signature = cli->making.signature,
                               .signer = signer};
    enum ks_code rc = make_template(cli, &named, &err);
    if (rc == KS_OK)
        rc = subject_of(cli, &wanted.subject, &name, &err);
    if (rc == KS_OK)
        rc = profile_for(cli, request, named, &profile, &err);
    if (rc == KS_OK)
        rc = make_dates(cli, ks_op_usual_days(named), signer, &wanted.not_before, &wanted.not_after,
                        &err);
    if (rc == KS_OK)
        rc = ks_op_sign(request, &wanted, NULL, &der, &err);
    if (rc == KS_OK)
        say_signed(cli, request, &wanted, ks_slice(der.data, der.len));
    else
        cli_fail(cli, &err);
    ks_profile_drop(&profile);
    ks_buf_free(&name);
    ks_buf_free(&der);
}

static bool needs_request(struct cli *cli)
{
    struct ks_error err = {0};
    if (cli->making.request && !(cli->der && cli->making.chain))
        return true;
    if (cli->making.request)
        (void)ks_fail(&err, KS_ERR_USAGE, "usage",
                      "--chain needs several certificates in a file, and DER holds one");
    else
        (void)ks_fail(&err, KS_ERR_USAGE, "usage",
                      "something is missing: --csr, the file with the request");
    cli_fail(cli, &err);
    return false;
}

int cli_run_sign(struct cli *cli)
{
    struct edit_keys keys = {.cli = cli};
    struct ks_request request;
    edit_begin(cli);
    if (!needs_request(cli))
        return edit_end(cli);
    struct ks_store *s = edit_open_to_read(cli, cli->operands[0]);
    const struct ks_entry *ca =
        s && edit_needs_output(cli, s) ? edit_find(cli, s, cli->operands[1]) : NULL;
    struct ks_store *file = ca ? edit_open_to_read(cli, cli->making.request) : NULL;
    if (file && find_request(cli, file, &request)) {
        struct ks_signer signer = {s, ca, edit_key_passwords(&keys)};
        sign(cli, &signer, &request);
    }
    ks_store_free(file);
    ks_store_free(s);
    return edit_end(cli);
}
