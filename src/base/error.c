#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum ks_code ks_fail(struct ks_error *err, enum ks_code code, const char *slug, const char *fmt,
                     ...)
{
    if (err) {
        va_list args;
        err->code = code;
        (void)snprintf(err->slug, sizeof err->slug, "%s", slug);
        va_start(args, fmt);
        (void)vsnprintf(err->what, sizeof err->what, fmt, args);
        va_end(args);
        err->next[0] = '\0';
    }
    return code;
}

enum ks_code ks_fail_next(struct ks_error *err, enum ks_code code, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        (void)vsnprintf(err->next, sizeof err->next, fmt, args);
        va_end(args);
    }
    return code;
}

void ks_error_prefix(struct ks_error *err, const char *prefix)
{
    if (!err)
        return;
    char old[sizeof err->what];
    memcpy(old, err->what, sizeof old);
    (void)snprintf(err->what, sizeof err->what, "%.200s: %.300s", prefix, old);
}
