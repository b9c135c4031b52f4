/*
 * What a keystore gives to other programs: certificates and keys in files of their own, and the
 * lines of a configuration that use it. The keystore stays as it is.
 */
#include "cli/edit.h"
#include "cli/text.h"
#include "file/save.h"
#include "op/export.h"
#include "op/snippet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- export ---- */

/* A key does not go through the buffer of the other output, which is not wiped. */
static void put_secret(struct cli *cli, struct ks_slice bytes)
{
    text_flush(cli);
    while (bytes.len > 0 && !cli->write_error) {
        ssize_t n = write(STDOUT_FILENO, bytes.data, bytes.len);
        if (n < 0 && errno != EINTR)
            cli->write_error = errno;
        else if (n > 0)
            bytes = ks_slice_part(bytes, (size_t)n, bytes.len);
    }
}

static enum ks_code refuse_terminal(const struct cli *cli, struct ks_error *err)
{
    if (!ks_export_secret((enum ks_export_what)cli->what) || !edit_on_stdout(cli) ||
        !isatty(STDOUT_FILENO))
        return KS_OK;
    (void)ks_fail(err, KS_ERR_REFUSED, "terminal",
                  "nothing was written: a private key does not go to a terminal");
    return ks_fail_next(err, KS_ERR_REFUSED, "-o FILE writes it with mode 0600");
}

static enum ks_code refuse_split(const struct cli *cli, struct ks_error *err)
{
    if (!cli->key_output)
        return KS_OK;
    if (strcmp(cli->key_output, cli->output) == 0 ||
        ks_save_same_place(cli->key_output, cli->output))
        return ks_fail(err, KS_ERR_USAGE, "usage",
                       "-o and --key-output name the same file: the key needs one of its own");
    if (cli->what == KS_EXPORT_PAIR && cli->format == KS_EXPORT_PEM && !edit_on_stdout(cli))
        return KS_OK;
    return ks_fail(err, KS_ERR_USAGE, "usage",
                   "--key-output goes with --what pair, --format pem and -o FILE");
}

static struct ks_secret *key_password(struct cli *cli, struct ks_error *err)
{
    if (!ks_export_secret((enum ks_export_what)cli->what) || cli->unencrypted)
        return NULL;
    return edit_new_secret(cli, cli->new_password, true, "Password for the key that leaves", err);
}

static enum ks_code export_one(struct cli *cli, const struct ks_export *how, struct ks_error *err)
{
    struct ks_buf bytes = KS_BUF_INIT;
    bool secret = ks_export_secret(how->what);
    enum ks_code rc = ks_op_export(how, NULL, &bytes, err);

    if (rc == KS_OK && secret && edit_on_stdout(cli) && !cli->dry_run)
        put_secret(cli, ks_slice(bytes.data, bytes.len));
    else if (rc == KS_OK)
        edit_write_output(cli, ks_slice(bytes.data, bytes.len), ks_export_mode(how->what),
                          ks_export_whats[how->what].label);
    ks_buf_wipe_free(&bytes);
    return rc;
}

/* Chain and key into a file each, and only when both can be written. */
static enum ks_code export_split(struct cli *cli, struct ks_export how, struct ks_error *err)
{
    struct ks_buf key = KS_BUF_INIT, chain = KS_BUF_INIT;
    how.what = KS_EXPORT_KEY;
    enum ks_code rc = ks_op_export(&how, NULL, &key, err);
    how.what = KS_EXPORT_CHAIN;
    if (rc == KS_OK)
        rc = ks_op_export(&how, NULL, &chain, err);
    if (rc == KS_OK)
        rc = edit_look_at_place(cli, cli->key_output, err);
    if (rc == KS_OK)
        rc = edit_put_file(cli, cli->output, ks_slice(chain.data, chain.len),
                           ks_export_mode(KS_EXPORT_CHAIN), err);
    if (rc == KS_OK) /* last: no key is left behind by what failed */
        rc = edit_put_file(cli, cli->key_output, ks_slice(key.data, key.len),
                           ks_export_mode(KS_EXPORT_KEY), err);
    if (rc == KS_OK && cli->json)
        json_member(cli, "keyOutput", json_ext_z(cli->key_output));
    if (rc == KS_OK) {
        edit_say_file(cli, cli->output, "the chain");
        if (!cli->json)
            edit_say_file(cli, cli->key_output, "the private key");
    }
    ks_buf_wipe_free(&key);
    ks_buf_free(&chain);
    return rc;
}

/* Before a password is asked for. */
static enum ks_code refuse_entries(const struct ks_export *how, struct ks_error *err)
{
    const char *why;
    for (size_t i = 0; i < how->count; i++)
        if (!ks_export_has(how->entries[i], how->what, &why))
            return ks_fail(err, KS_ERR_REFUSED, "export-what", "%.200s was not exported: %s",
                           how->entries[i]->alias, why);
    return KS_OK;
}

static void say_commands(struct cli *cli, const struct ks_export *how)
{
    struct ks_commands commands = {0};
    ks_op_export_commands(how, cli->output, &commands);
    if (cli->json)
        edit_json_commands(cli, &commands);
    else if (cli->dry_run)
        edit_say_commands(cli, &commands);
    ks_commands_drop(&commands);
}

static void run_export(struct cli *cli, const struct ks_store *s,
                       const struct ks_entry *const *entries, size_t count)
{
    struct ks_error err = {0};
    struct edit_keys keys = {.cli = cli};
    struct ks_export how = {
        .store = s,
        .entries = entries,
        .count = count,
        .what = (enum ks_export_what)cli->what,
        .format = (enum ks_export_format)cli->format,
        .with_text = cli->with_text,
        .unencrypted = cli->unencrypted,
        .protection = (enum ks_protection)cli->protection,
        .passwords = edit_key_passwords(&keys),
        .key_output = cli->key_output,
    };
    enum ks_code rc = refuse_entries(&how, &err);
    if (rc == KS_OK)
        rc = refuse_terminal(cli, &err);
    if (rc == KS_OK)
        rc = refuse_split(cli, &err);
    struct ks_secret *password = rc == KS_OK ? key_password(cli, &err) : NULL;
    how.password = password;
    if (rc == KS_OK && err.code == KS_OK) {
        say_commands(cli, &how);
        rc = cli->key_output ? export_split(cli, how, &err) : export_one(cli, &how, &err);
    }
    if (rc != KS_OK || err.code != KS_OK)
        cli_fail(cli, &err);
    ks_secret_free(password);
}

/* What cannot be is said before a password is asked for. */
static bool format_fits(struct cli *cli)
{
    enum ks_export_what what = (enum ks_export_what)cli->what;
    struct ks_error err = {0};
    struct ks_buf fits = KS_BUF_INIT;
    if (ks_export_fits(what, (enum ks_export_format)cli->format))
        return true;
    for (int i = 0; ks_export_formats[i].word; i++)
        if (ks_export_fits(what, (enum ks_export_format)i))
            ks_buf_printf(&fits, "%s%s", fits.len ? ", " : "", ks_export_formats[i].word);
    (void)ks_fail(&err, KS_ERR_USAGE, "export-format", "--what %s is not written as --format %s",
                  ks_export_whats[what].word, ks_export_formats[cli->format].word);
    (void)ks_fail_next(&err, KS_ERR_USAGE, "its formats are %s", ks_buf_text(&fits));
    ks_buf_free(&fits);
    cli_fail(cli, &err);
    return false;
}

int cli_run_export(struct cli *cli)
{
    edit_begin(cli);
    if (!cli->output)
        cli->output = "-";
    if (!format_fits(cli))
        return edit_end(cli);
    struct ks_store *s = edit_open_to_read(cli, cli->operands[0]);
    size_t count = cli->operand_count - 1;
    const struct ks_entry **entries =
        s && edit_needs_output(cli, s)
            ? edit_find_all(cli, s, (const char *const *)(cli->operands + 1), &count)
            : NULL;
    if (entries)
        run_export(cli, s, entries, count);
    free(entries);
    ks_store_free(s);
    return edit_end(cli);
}

/* ---- snippet ---- */

static json_t *json_snippet(const struct ks_snippet *row, const struct ks_buf *text)
{
    json_t *o = json_object();
    json_put(o, "program", json_string(row->word));
    json_put(o, "note", json_string(row->note));
    json_put(o, "text", json_ext_z(ks_buf_text(text)));
    return o;
}

static void say_snippet(struct cli *cli, const struct ks_snippet *row, const struct ks_store *s,
                        const struct ks_entry *e)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_snippet_put(row, s, e, &text);
    if (cli->json) {
        json_element(cli, json_snippet(row, &text));
    } else {
        if (cli->program < 0)
            text_printf(cli, "%s## %s. %s\n", row == ks_snippets ? "" : "\n", row->label,
                        row->note);
        const char *at = ks_buf_text(&text); /* to be pasted: blanks and backslashes stay */
        for (const char *end; *at && (end = strchr(at, '\n')); at = end + 1) {
            text_layout_n(cli, at, (size_t)(end - at));
            text_line(cli);
        }
    }
    ks_buf_free(&text);
}

int cli_run_snippet(struct cli *cli)
{
    edit_begin(cli);
    struct ks_store *s = edit_open_to_read(cli, cli->operands[0]);
    const struct ks_entry *e =
        s && cli->operand_count > 1 ? edit_find(cli, s, cli->operands[1]) : NULL;
    if (s && (e || cli->operand_count < 2)) {
        if (cli->json)
            json_array_begin(cli, "snippets");
        for (int i = 0; ks_snippets[i].word; i++)
            if (cli->program < 0 || cli->program == i)
                say_snippet(cli, &ks_snippets[i], s, e);
        if (cli->json)
            json_array_end(cli);
    }
    ks_store_free(s);
    return edit_end(cli);
}
