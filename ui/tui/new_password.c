#include "tui/new_password.h"

#include <stdio.h>

bool new_password_is_empty(const struct form *form, void *ctx)
{
    (void)ctx;
    return form_is_empty(form, "password") && form_is_empty(form, "again");
}

bool new_password_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    if (!new_password_is_empty(form, ctx) || form_ticked(form, "empty"))
        return true;
    snprintf(why, FORM_WHY, "type one, or tick that an empty password is meant");
    return false;
}

bool new_password_again_ok(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (form_same_secret(form, "password", "again"))
        return true;
    snprintf(why, FORM_WHY, "not the same as above");
    return false;
}

/* What keytool and older JDKs make of it. */
void new_password_words(const struct form *form, void *ctx, struct ks_buf *out)
{
    struct ks_secret *password = form_secret(form, "password");
    struct ks_slice bytes = ks_secret_bytes(password);
    bool plain = true;
    (void)ctx;
    for (size_t i = 0; i < bytes.len; i++)
        plain = plain && bytes.data[i] >= 0x20 && bytes.data[i] < 0x7f;
    if (bytes.len > 0 && bytes.len < 6)
        ks_buf_str(out, "Short: keytool refuses to use fewer than 6 characters.");
    else if (!plain)
        ks_buf_str(out, "Not ASCII: JDK 17 and older cannot open PKCS12 and JCEKS with it.");
    else if (bytes.len > 0 && bytes.len < 10)
        ks_buf_str(out, "Weak: easily guessed by trying. Longer is stronger.");
    else if (bytes.len > 0)
        ks_buf_str(out, "Long enough.");
    ks_secret_free(password);
}
