#include "cli/asking.h"

#include <string.h>
#include <unistd.h>

static enum ks_code read_password(struct cli *cli, struct ks_secret **out, struct ks_error *err)
{
    struct password_source *source = cli->doctoring.proxy_password;
    const struct ks_secret *read = NULL;
    bool readable = false;
    if (!source || source->kind == PASSWORD_NONE)
        return KS_OK;
    if (source->kind == PASSWORD_PROMPT)
        return password_ask("Password for the proxy: ", out, err);
    enum ks_code rc = password_read(source, &read, &readable, err);
    if (rc == KS_OK && readable)
        cli_note(cli, "%s can be read by other users: chmod 600 keeps the password to you",
                 source->argument);
    if (rc == KS_OK)
        *out = ks_secret_dup(read);
    return rc;
}

/* Of a user without a password it is asked for, where there is somebody to ask. */
static void ask_for_user(struct cli_asking *a)
{
    struct ks_error ignored = {0};
    if (a->proxy.user[0] && isatty(STDIN_FILENO) &&
        password_ask("Password for the proxy: ", &a->password, &ignored) != KS_OK)
        a->password = NULL;
}

static enum ks_code prepare(struct cli *cli, struct ks_error *err)
{
    struct cli_asking *a = &cli->asking;
    const char *given = cli->doctoring.proxy;
    enum ks_code rc = KS_OK;
    if (a->ready)
        return KS_OK;
    if (given)
        rc = ks_proxy_parse(given, &a->proxy, err);
    if (rc == KS_OK)
        rc = read_password(cli, &a->password, err);
    if (rc != KS_OK)
        return rc;
    if (!cli->doctoring.proxy_password)
        ask_for_user(a);
    if (a->proxy.kind != KS_PROXY_NONE && a->password)
        a->proxy.password = ks_secret_ref(a->password);
    a->ready = true;
    return KS_OK;
}

enum ks_code asking_how(struct cli *cli, struct ks_fetch *out, struct ks_error *err)
{
    const struct cli_doctoring *asked = &cli->doctoring;
    enum ks_code rc = prepare(cli, err);
    bool named = cli->asking.proxy.kind != KS_PROXY_NONE;
    *out = (struct ks_fetch){.proxy = named ? &cli->asking.proxy : NULL,
                             .proxy_password = cli->asking.password,
                             .no_proxy = asked->proxy && !named,
                             .private_too = asked->private_too,
                             .any_port = asked->private_too};
    return rc;
}

enum ks_code asking_proxy(struct cli *cli, const char *host, struct ks_proxy *out,
                          struct ks_error *err)
{
    struct ks_fetch how;
    *out = (struct ks_proxy){0};
    enum ks_code rc = asking_how(cli, &how, err);
    return rc == KS_OK ? ks_fetch_proxy(&how, host, false, out, err) : rc;
}

void asking_say(struct cli *cli, const char *url)
{
    struct ks_fetch how;
    struct ks_proxy proxy = {0};
    struct ks_buf text = KS_BUF_INIT;
    if (asking_how(cli, &how, NULL) == KS_OK &&
        ks_fetch_proxy_of(&how, url, &proxy, NULL) == KS_OK && proxy.from) {
        ks_buf_str(&text, " through the proxy ");
        ks_proxy_text(&proxy, &text);
    }
    cli_note(cli, "asking %s%s", url, ks_buf_text(&text));
    ks_buf_free(&text);
    ks_proxy_drop(&proxy);
}

void asking_drop(struct cli *cli)
{
    ks_proxy_drop(&cli->asking.proxy);
    ks_secret_free(cli->asking.password);
    cli->asking = (struct cli_asking){0};
}
