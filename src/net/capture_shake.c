/* The handshake over a wire: OpenSSL reads from and writes to memory, and we carry the bytes. */
#include "net/capture_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "net/clear.h"
#include "net/deadline.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#define PIECE (16u << 10)
#define CLEAR_BYTES 512       /* of an answer in clear */
#define CLEAR_WAIT 200        /* milliseconds for the rest of it */
#define CONTENT_WAIT 300      /* for a refusal after the handshake, on a fast way */
#define CONTENT_WAIT_MAX 2000 /* on a slow one */

struct shaking {
    struct ks_wire *wire;
    struct ks_capture *out;
    struct ks_seen seen;
    SSL *ssl;
    uint8_t head[2];      /* the first bytes that came */
    size_t came;          /* bytes */
    int64_t sent_at;      /* the first message, in milliseconds */
    unsigned trip;        /* milliseconds until the first answer */
    bool closed;          /* the other side ended the connection */
    struct ks_error *err; /* never NULL */
};

/* ---- what passes ---- */

/* An empty list is an answer as well: its lengths alone, and in TLS 1.3 that of the context. */
static void note_answer(struct shaking *s, uint8_t type, size_t len)
{
    if (type != SSL3_MT_CERTIFICATE)
        return;
    s->seen.answered = true;
    s->out->gave = len > (SSL_version(s->ssl) == TLS1_3_VERSION ? 4u : 3u);
}

static void note(int ours, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    struct shaking *s = arg;
    const uint8_t *at = data;

    (void)version;
    if (type == SSL3_RT_ALERT && !ours && len >= 2)
        ks_seen_alert(&s->seen, (unsigned)SSL_version(ssl), at[0], at[1]);
    if (type != SSL3_RT_HANDSHAKE || len < SSL3_HM_HEADER_LENGTH)
        return;
    if (ours) {
        note_answer(s, at[0], len - SSL3_HM_HEADER_LENGTH);
        return;
    }
    ks_seen_message(&s->seen, (unsigned)SSL_version(ssl), at[0],
                    ks_slice(at + SSL3_HM_HEADER_LENGTH, len - SSL3_HM_HEADER_LENGTH));
}

/* ---- carrying ---- */

/* A server that has refused us already does not read on, and its alert still waits to be read: only
 * being stopped ends it here. */
static enum ks_code send_out(struct shaking *s)
{
    char *data = NULL;
    BIO *bio = SSL_get_wbio(s->ssl);
    long len = BIO_get_mem_data(bio, &data);
    enum ks_code rc = KS_OK;

    if (len > 0)
        rc = ks_wire_write(s->wire, data, (size_t)len, s->err);
    (void)BIO_reset(bio);
    if (!s->sent_at)
        s->sent_at = ks_net_clock();
    return rc == KS_ERR_CANCELLED ? rc : KS_OK;
}

/* Collects the rest of an answer that is no TLS, and says what it looks like. */
static enum ks_code not_tls(struct shaking *s, const uint8_t *data, size_t len)
{
    char quote[KS_CLEAR_QUOTE], target[KS_TARGET_TEXT];
    uint8_t said[CLEAR_BYTES];
    size_t have = len < sizeof said ? len : sizeof said, got = 1;

    memcpy(said, data, have);
    while (have < sizeof said && got != 0 && got != SIZE_MAX) {
        enum ks_code rc =
            ks_wire_wait(s->wire, CLEAR_WAIT, said + have, sizeof said - have, &got, s->err);
        if (rc == KS_ERR_CANCELLED)
            return rc;
        if (rc != KS_OK)
            break;
        have += got == SIZE_MAX ? 0 : got;
    }
    const struct ks_clear *look = ks_clear_look(ks_slice(said, have));
    ks_fail(s->err, KS_ERR_NETWORK, "not-tls", "%s was not captured: it answers in clear, %s%s%s",
            ks_target_text(&s->out->target, target), ks_clear_quote(ks_slice(said, have), quote),
            look ? ", and speaks " : "", look ? look->speaks : "");
    if (look && look->word)
        return ks_fail_next(s->err, KS_ERR_NETWORK, "--starttls %s begins TLS there", look->word);
    return ks_fail_next(s->err, KS_ERR_NETWORK, "%s",
                        look ? look->advice : "see what is spoken at this port");
}

/* Hands over what came. The first two bytes tell whether it is TLS at all; one is kept until the
 * other is there. */
static enum ks_code take(struct shaking *s, const uint8_t *data, size_t len)
{
    size_t before = s->came;

    if (before == 0)
        s->trip = (unsigned)(ks_net_clock() - s->sent_at);
    for (size_t i = 0; i < len && before + i < sizeof s->head; i++)
        s->head[before + i] = data[i];
    s->came += len;
    if (before < sizeof s->head) {
        size_t have = s->came < sizeof s->head ? s->came : sizeof s->head;
        if (!ks_clear_is_tls(ks_slice(s->head, have)))
            return before == 1 ? not_tls(s, s->head, have) : not_tls(s, data, len);
    }
    return BIO_write(SSL_get_rbio(s->ssl), data, (int)len) == (int)len
               ? KS_OK
               : ks_fail(s->err, KS_ERR_LIMIT, "too-large", "too much came at once");
}

static bool is_slug(const struct shaking *s, const char *slug)
{
    return strcmp(s->err->slug, slug) == 0;
}

static enum ks_code receive(struct shaking *s)
{
    uint8_t piece[PIECE];
    size_t got = 0;
    enum ks_code rc = ks_wire_read(s->wire, piece, sizeof piece, &got, s->err);

    s->closed = (rc == KS_OK && got == 0) || (rc == KS_ERR_NETWORK && is_slug(s, "closed"));
    return rc == KS_OK && got > 0 ? take(s, piece, got) : rc;
}

/* ---- how it ends ---- */

static enum ks_code ended(struct shaking *s, enum ks_capture_end end, char *failed)
{
    free(s->out->failed);
    s->out->end = end;
    s->out->failed = failed;
    return KS_OK;
}

/* " after its ServerHello" */
static char *after(const struct shaking *s, const char *what)
{
    const char *name = ks_message_name(s->seen.last);

    return name ? ks_asprintf("%s after its %s", what, name) : ks_strdup(what);
}

/* Nothing of TLS came at all: an error, with what may be spoken there instead. */
static enum ks_code without_a_word(struct shaking *s)
{
    char target[KS_TARGET_TEXT];
    enum ks_starttls usual = ks_starttls_of_port(s->out->target.port);

    if (s->closed)
        ks_fail(s->err, KS_ERR_NETWORK, "closed",
                "%s was not captured: it closed the connection without a word of TLS",
                ks_target_text(&s->out->target, target));
    if (s->out->target.protocol == KS_TLS_AT_ONCE && usual != KS_TLS_AT_ONCE)
        return ks_fail_next(s->err, KS_ERR_NETWORK, "what is usual at this port: --starttls %s",
                            ks_starttls_word(usual));
    if (s->closed && s->out->target.protocol == KS_TLS_AT_ONCE)
        return ks_fail_next(s->err, KS_ERR_NETWORK,
                            "it may speak another protocol before TLS "
                            "(--starttls), or want a name (--sni)");
    return KS_ERR_NETWORK;
}

static enum ks_code by_alert(struct shaking *s)
{
    struct ks_buf text = KS_BUF_INIT;
    struct ks_capture *out = s->out;
    uint8_t alert = (uint8_t)s->seen.alert;

    ks_alert_text(alert, &text);
    out->alert = ks_buf_steal(&text);
    out->alert_means = ks_alert_means(alert);
    /* whatever a server says to an empty list: GnuTLS calls it a decode error */
    out->required =
        alert == KS_ALERT_CERT_REQUIRED ||
        (out->demands && s->seen.answered && (!out->gave || ks_alert_is_of_certs(alert)));
    if (out->required && !out->gave)
        out->alert_means = ks_alert_means(KS_ALERT_CERT_REQUIRED);
    return ended(s, KS_CAPTURE_ALERT,
                 ks_asprintf("it ended the handshake with the alert %s", out->alert));
}

static enum ks_code by_close(struct shaking *s)
{
    struct ks_capture *out = s->out;

    out->required = out->demands && s->seen.answered;
    return ended(s, KS_CAPTURE_CLOSED, after(s, "it closed the connection"));
}

static enum ks_code by_us(struct shaking *s)
{
    int reason = ERR_GET_REASON(ERR_peek_last_error());
    char *failed;

    if (s->came == 0)
        return ks_fail(s->err, KS_ERR_UNSUPPORTED, "no-tls",
                       "nothing was sent: OpenSSL cannot begin: %s", ks_crypto_reason());
    if (reason == SSL_R_EXCESSIVE_MESSAGE_SIZE)
        failed = ks_asprintf("it sends a message of more than %u MiB%s%s, which is not read",
                             KS_CAPTURE_BYTES >> 20, s->seen.last ? " after its " : "",
                             s->seen.last ? ks_message_name(s->seen.last) : "");
    else
        failed = ks_asprintf("OpenSSL cannot go on with what it sent: %s", ks_crypto_reason());
    ERR_clear_error();
    return ended(s, KS_CAPTURE_OURS, failed);
}

/* The wire gave no more. */
static enum ks_code cut_off(struct shaking *s, enum ks_code rc)
{
    if (rc == KS_ERR_CANCELLED || rc == KS_ERR_LIMIT || is_slug(s, "not-tls"))
        return rc;
    if (s->came == 0)
        return without_a_word(s);
    if (s->closed)
        return by_close(s);
    return ended(s, KS_CAPTURE_TIMEOUT, after(s, "nothing more came in time"));
}

/* ---- the handshake ---- */

static enum ks_code shake(struct shaking *s)
{
    for (;;) {
        ERR_clear_error();
        int result = SSL_do_handshake(s->ssl);
        int why = SSL_get_error(s->ssl, result);
        unsigned long error = ERR_peek_last_error();
        enum ks_code rc = send_out(s);
        if (rc != KS_OK)
            return rc;
        if (result == 1)
            return ended(s, KS_CAPTURE_DONE, NULL);
        if (s->seen.alert >= 0)
            return by_alert(s);
        if (why != SSL_ERROR_WANT_READ || error != 0)
            return by_us(s);
        rc = receive(s);
        if (rc != KS_OK || s->closed)
            return cut_off(s, rc);
    }
}

/* A client of TLS 1.3 is done before the server has looked at its certificate. A ticket or data say
 * that the server is content, and so does silence. */
static enum ks_code read_on(struct shaking *s, bool *content)
{
    uint8_t byte;

    ERR_clear_error();
    int result = SSL_read(s->ssl, &byte, 1);
    int why = SSL_get_error(s->ssl, result);
    *content = s->seen.content || result > 0 || why == SSL_ERROR_ZERO_RETURN;
    if (s->seen.alert >= 0)
        return by_alert(s);
    if (!*content && why != SSL_ERROR_WANT_READ)
        return by_us(s);
    return KS_OK;
}

static enum ks_code await_refusal(struct shaking *s)
{
    unsigned most = s->trip + s->trip / 2;
    uint8_t piece[PIECE];
    bool content = false;

    most = most < CONTENT_WAIT ? CONTENT_WAIT : most < CONTENT_WAIT_MAX ? most : CONTENT_WAIT_MAX;
    int64_t until = ks_net_clock() + most;
    enum ks_code rc = read_on(s, &content);
    while (rc == KS_OK && !content && s->out->end == KS_CAPTURE_DONE) {
        int64_t left = until - ks_net_clock();
        size_t got = SIZE_MAX;
        if (left > 0)
            rc = ks_wire_wait(s->wire, (unsigned)left, piece, sizeof piece, &got, s->err);
        if (rc == KS_ERR_CANCELLED)
            return rc;
        s->closed = (rc == KS_OK && got == 0) || (rc == KS_ERR_NETWORK && is_slug(s, "closed"));
        if (s->closed)
            return by_close(s);
        if (rc != KS_OK || got == SIZE_MAX)
            return KS_OK;
        rc = take(s, piece, got);
        if (rc == KS_OK)
            rc = read_on(s, &content);
    }
    return rc;
}

/* ---- what was agreed on ---- */

static char *copy_or_null(const char *text)
{
    return text ? ks_strdup(text) : NULL;
}

static char *group_of(SSL *ssl)
{
    EVP_PKEY *key = NULL;
    char *out = NULL;
    long id = SSL_get_negotiated_group(ssl);

    if (SSL_get_peer_tmp_key(ssl, &key) == 1 && EVP_PKEY_is_a(key, "DH"))
        out = ks_asprintf("DH %d", EVP_PKEY_get_bits(key));
    else if (key && id > 0)
        out = copy_or_null(SSL_group_to_name(ssl, (int)id));
    EVP_PKEY_free(key);
    return out;
}

static const char *signature_of(const struct shaking *s)
{
    int key = 0, digest = 0;

    if (s->seen.signature)
        return ks_signature_name(s->seen.signature);
    if (SSL_get_peer_signature_type_nid(s->ssl, &key) != 1 ||
        SSL_get_peer_signature_nid(s->ssl, &digest) != 1)
        return NULL;
    return ks_signature_by_nid(key, digest);
}

static void note_agreement(struct shaking *s)
{
    struct ks_capture *out = s->out;
    const SSL_CIPHER *cipher = SSL_get_current_cipher(s->ssl);
    const uint8_t *data = NULL;
    unsigned len = 0;

    if (!cipher)
        cipher = SSL_get_pending_cipher(s->ssl);
    if (!cipher)
        return;
    out->protocol = ks_strdup(SSL_get_version(s->ssl));
    const char *standard = SSL_CIPHER_standard_name(cipher);
    out->cipher = ks_strdup(standard ? standard : SSL_CIPHER_get_name(cipher));
    out->group = group_of(s->ssl);
    out->signature = copy_or_null(signature_of(s));
    SSL_get0_alpn_selected(s->ssl, &data, &len);
    if (len > 0)
        out->alpn = ks_strndup((const char *)data, len);
    long stapled = SSL_get_tlsext_status_ocsp_resp(s->ssl, &data);
    if (stapled > 0 && data)
        ks_buf_append(&out->stapled, data, (size_t)stapled);
}

/* ---- all of it ---- */

static enum ks_code run(struct shaking *s)
{
    enum ks_code rc = shake(s);

    s->seen.content = false;
    if (rc == KS_OK && s->out->end == KS_CAPTURE_DONE && s->out->demands &&
        SSL_version(s->ssl) == TLS1_3_VERSION)
        rc = await_refusal(s);
    if (rc == KS_OK)
        note_agreement(s);
    if (rc == KS_OK && s->out->end == KS_CAPTURE_DONE && SSL_shutdown(s->ssl) >= 0)
        rc = send_out(s); /* so that no log tells of a broken connection */
    return rc;
}

enum ks_code ks_capture_shake(struct ks_wire *wire, const struct ks_capture_ask *ask,
                              struct ks_capture *out, struct ks_buf *pem, struct ks_error *err)
{
    struct ks_error own = {0};
    struct shaking s = {
        .wire = wire, .out = out, .seen = {.out = out, .alert = -1}, .err = err ? err : &own};
    enum ks_code rc = ks_capture_client(ask, out->sni, &s.ssl, s.err);

    if (rc == KS_OK) {
        SSL_set_msg_callback(s.ssl, note);
        SSL_set_msg_callback_arg(s.ssl, &s);
        rc = run(&s);
    }
    SSL_free(s.ssl);
    ERR_clear_error();
    *pem = s.seen.pem;
    return rc;
}
