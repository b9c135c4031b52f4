#include "cli/text.h"

#include "base/alloc.h"
#include "base/text.h"
#include "x509/name.h"
#include "x509/request.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_AT (64u << 10)

void text_flush(struct cli *cli)
{
    if (cli->out.overflow && !cli->write_error)
        cli->write_error = EMSGSIZE; /* what comes behind the gap is worth nothing without it */
    if (cli->out.len && !cli->write_error) {
        errno = 0;
        if (fwrite(cli->out.data, 1, cli->out.len, stdout) != cli->out.len || fflush(stdout) != 0)
            cli->write_error = errno ? errno : EIO;
    }
    ks_buf_clear(&cli->out);
}

void text_check(struct cli *cli, const struct ks_buf *b)
{
    cli->out.overflow = cli->out.overflow || b->overflow;
}

void text_own(struct cli *cli, const char *own)
{
    ks_buf_str(&cli->out, own);
}

void text_printf(struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    ks_buf_vprintf(&cli->out, fmt, args);
    va_end(args);
}

void text_line(struct cli *cli)
{
    ks_buf_byte(&cli->out, '\n');
    if (cli->out.len >= FLUSH_AT)
        text_flush(cli);
}

static unsigned flags_of(const struct cli *cli)
{
    return cli->ascii ? KS_TEXT_ASCII : 0;
}

int text_neutralise(const struct cli *cli, const char *utf8, size_t len, struct ks_buf *out)
{
    return ks_text_neutralise(utf8, len, flags_of(cli) | KS_TEXT_COLOURLESS, out);
}

void text_layout_n(struct cli *cli, const char *utf8, size_t len)
{
    (void)ks_text_neutralise(utf8, len, flags_of(cli) | KS_TEXT_LAYOUT, &cli->out);
}

void text_layout(struct cli *cli, const char *utf8)
{
    text_layout_n(cli, utf8, strlen(utf8));
}

int text_ext_n(struct cli *cli, const char *utf8, size_t len)
{
    return text_neutralise(cli, utf8, len, &cli->out);
}

int text_ext(struct cli *cli, const char *utf8)
{
    return text_ext_n(cli, utf8, strlen(utf8));
}

struct cut {
    struct ks_buf *out;
    int width, limit;
};

static bool cut_cluster(void *ctx, const char *text, size_t len, int width, bool escaped)
{
    struct cut *c = ctx;
    (void)escaped;
    if (c->width + width > c->limit)
        return false;
    ks_buf_append(c->out, text, len);
    c->width += width;
    return true;
}

int text_cut(struct cli *cli, const char *visible, size_t len, int width, int cells)
{
    int ellipsis = cli->ascii ? 2 : 1;
    struct cut c = {.out = &cli->out, .limit = cells - ellipsis};
    if (!cells || width <= cells) {
        ks_buf_append(&cli->out, visible, len);
        return width;
    }
    ks_text_clusters(visible, len, flags_of(cli) | KS_TEXT_LAYOUT, cut_cluster, &c);
    text_own(cli, cli->ascii ? ".." : "\xe2\x80\xa6");
    return c.width + ellipsis;
}

void text_blank(struct cli *cli, int cells)
{
    static const char blanks[] = "                                ";
    const int most = (int)sizeof blanks - 1;
    for (; cells > 0; cells -= most)
        ks_buf_append(&cli->out, blanks, (size_t)(cells < most ? cells : most));
}

void text_padded(struct cli *cli, const char *own, int cells)
{
    size_t len = strlen(own);
    ks_buf_append(&cli->out, own, len);
    text_blank(cli, cells - (int)len);
}

/* The badge roles of the explorer as SGR sequences: white on red, black on yellow, white on blue.
 * They carry their own background, so they read on light and dark terminals. */
static const char *badge_color(const struct cli *cli, enum report_state state)
{
    bool many = cli->color == UI_COLOR_256;
    if (!cli->colored)
        return "";
    switch (state) {
    case REPORT_ERR:
        return many ? "\x1b[1;38;5;231;48;5;124m" : "\x1b[1;37;41m";
    case REPORT_WARN:
        return many ? "\x1b[38;5;16;48;5;220m" : "\x1b[30;43m";
    case REPORT_NOTE_:
        return many ? "\x1b[1;38;5;231;48;5;25m" : "\x1b[1;37;44m";
    default:
        return "";
    }
}

static void in_badge(struct cli *cli, enum report_state state, const char *text)
{
    const char *color = badge_color(cli, state);
    text_own(cli, color);
    text_own(cli, text);
    if (*color)
        text_own(cli, "\x1b[0m");
}

void text_badge(struct cli *cli, enum report_state state)
{
    in_badge(cli, state, report_state_glyph(state, cli->ascii));
}

void text_days(struct cli *cli, enum report_state state, const char *days)
{
    text_blank(cli, 5 - (int)strlen(days));
    in_badge(cli, state, days);
}

const char *text_plural(size_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

void text_entry_subject(const struct ks_entry *e, struct ks_buf *out)
{
    struct ks_request request;
    struct ks_crl crl;
    if (e->chain_len && !(e->chain[0].flags & KS_CERT_BROKEN))
        ks_name_text(ks_cert_part(&e->chain[0], e->chain[0].subject), out);
    else if (e->kind == KS_KIND_REQUEST && ks_request_skim(e->key, &request))
        ks_name_text(request.subject, out);
    else if (e->kind == KS_KIND_CRL && ks_crl_skim(e->key, &crl))
        ks_name_text(crl.issuer, out);
    else if (e->comment)
        ks_buf_str(out, e->comment);
}
