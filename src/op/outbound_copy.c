/*
 * The truststore for outbound connections: a copy of a JVM's own, with what was missing in it. The
 * JDK's file stays as it is: an update of the JDK replaces it, and other programs use it.
 */
#include "op/outbound.h"

#include "base/alloc.h"
#include "op/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct ks_format *format_of(const struct ks_outbound_trust *t)
{
    return t->format ? t->format : &ks_format_pkcs12;
}

static struct ks_secret *password_of(const struct ks_outbound_trust *t)
{
    return t->password || !t->base ? t->password : t->base->now->password;
}

/* ---- refusals ---- */

static bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;

    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static enum ks_code check(const struct ks_outbound_trust *t, struct ks_error *err)
{
    if (t->base && is_same_file(t->path, t->base->path)) {
        ks_fail(err, KS_ERR_REFUSED, "same-file",
                "nothing was copied: %.200s is the truststore that is to be copied",
                ks_path_shown(t->path));
        return ks_fail_next(err, KS_ERR_REFUSED, "choose another file");
    }
    if (format_of(t) == &ks_format_pkcs12 && !password_of(t)) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "no truststore was made: Java takes a PKCS12 without a password for empty");
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED,
                            "give one; it protects nothing secret, and stands in the JVM's flags");
    }
    return KS_OK;
}

/* ---- one plan of two ---- */

/* One remark, and not one for each of the public CAs. */
static void join_dates(struct ks_plan *plan)
{
    size_t kept = 0, lost = 0;

    for (size_t i = 0; i < plan->remark_count; i++) {
        struct ks_remark *r = &plan->remarks[i];
        if (strcmp(r->slug, "date-loss") != 0) {
            plan->remarks[kept++] = *r;
            continue;
        }
        free(r->alias);
        free(r->text);
        lost++;
    }
    plan->remark_count = kept;
    if (lost)
        ks_plan_remark(plan, KS_REMARK_NOTE, "date-loss", NULL,
                       "%s keeps no dates of trusted certificates: those of %zu are not copied",
                       plan->target->format->name, lost);
}

static enum ks_code make(const struct ks_outbound_trust *t, struct ks_job *job, struct ks_plan *out,
                         struct ks_error *err)
{
    if (t->base) {
        const struct ks_convert how = {
            .format = format_of(t), .path = t->path, .password = password_of(t)};
        enum ks_code rc = ks_op_convert(t->base, &how, job, out, err);
        if (rc == KS_OK)
            join_dates(out);
        return rc;
    }
    enum ks_code rc =
        ks_op_create(t->path, format_of(t), password_of(t), KS_PROTECT_KEEP, out, err);
    ks_commands_drop(&out->commands); /* the first import makes it */
    return rc;
}

static void move_remarks(struct ks_plan *to, struct ks_plan *from)
{
    for (size_t i = 0; i < from->remark_count; i++) {
        const struct ks_remark *r = &from->remarks[i];
        ks_plan_remark(to, r->level, r->slug, r->alias, "%s", r->text);
        to->remarks[to->remark_count - 1].confirm = r->confirm;
    }
}

static void move_commands(struct ks_plan *to, const struct ks_plan *from)
{
    for (size_t i = 0; i < from->commands.count; i++) {
        struct ks_buf line = KS_BUF_INIT;
        ks_buf_str(&line, from->commands.at[i]);
        ks_command_take(&to->commands, &line);
        ks_buf_free(&line);
    }
}

static struct ks_version *labelled(const struct ks_outbound_trust *t, const struct ks_version *v)
{
    char *label =
        t->base ? ks_asprintf("copied %.200s, with %zu more", ks_op_file_name(t->base), t->count)
                : ks_asprintf("made, with %zu trusted certificates", t->count);
    struct ks_version *made = ks_version_new(label, ks_version_entries(v, 0), v->count,
                                             ks_secret_ref(v->password), v->protection);

    free(label);
    return made;
}

/* The picks are judged against the copy as it is then; `out` begins before it. */
static enum ks_code add(const struct ks_outbound_trust *t, struct ks_plan *out,
                        struct ks_error *err)
{
    struct ks_plan more = {0};
    struct ks_store *made = out->made;
    struct ks_version *empty = made->now;

    made->now = out->result;
    enum ks_code rc = ks_op_trust(made, t->picks, t->count, t->clash, &more, err);
    made->now = empty;
    if (rc == KS_OK) {
        ks_version_unref(out->result);
        out->result = labelled(t, more.result);
        move_remarks(out, &more);
        move_commands(out, &more);
    }
    ks_plan_drop(&more);
    return rc;
}

static void remark_alone(struct ks_plan *plan)
{
    ks_plan_remark(plan, KS_REMARK_WARNING, "no-public-cas", NULL,
                   "a JVM with this truststore trusts nothing else: servers with certificates of "
                   "public CAs stop working. A copy of its cacerts keeps them");
}

enum ks_code ks_op_outbound(const struct ks_outbound_trust *t, struct ks_job *job,
                            struct ks_plan *out, struct ks_error *err)
{
    if (t->into)
        return ks_op_trust(t->into, t->picks, t->count, t->clash, out, err);
    enum ks_code rc = check(t, err);
    *out = (struct ks_plan){0};
    if (rc == KS_OK)
        rc = make(t, job, out, err);
    if (rc == KS_OK)
        rc = add(t, out, err);
    if (rc == KS_OK && !t->base)
        remark_alone(out);
    if (rc != KS_OK)
        ks_plan_drop(out);
    return rc;
}
