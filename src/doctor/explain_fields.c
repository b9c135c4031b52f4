/*
 * What a message names beside its fault: the host and the port that were connected to, the alias
 * that was configured.
 */
#include "doctor/explain_parts.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define AROUND 1024 /* bytes on each side of a match that are looked at */
#define GROUPS 5
#define FIELD_MAX 255 /* of a host name; an alias is cut */

#define NAME "([a-z0-9][a-z0-9._-]*)"

/* Lower case; the numbers of the groups, 0 = it does not say. */
static const struct {
    const char *pattern;
    int host, port, alias;
} rows[] = {
    {"matching (ip address )?([^ ]+) found", 2, 0, 0},               /* Java */
    {"(target|requested) host name '([^']+)'", 2, 0, 0},             /* curl, wget */
    {"certificate is valid for [^:]*, not ([^ ,\"]+)", 1, 0, 0},     /* Go */
    {"cannot validate certificate for ([^ ]+) because", 1, 0, 0},             /* Go */
    {"certificate is not valid for '([^']+)'", 1, 0, 0},             /* Python */
    {"host='([^']+)', port=([0-9]+)", 1, 2, 0},                      /* requests */
    {"for <([^>]+)> doesn.{1,3}t match", 1, 0, 0},                   /* Apache HttpClient */
    {"[a-z]://([^/@ ]*@)?" NAME "(:([0-9]+))?", 2, 4, 0},            /* a URL */
    {"[a-z]://([^/@ ]*@)?\\[([0-9a-f:.]+)\\](:([0-9]+))?", 2, 4, 0}, /* and of IPv6 */
    {"connect(ed)? to " NAME "( \\([0-9a-f.:]+\\))? port ([0-9]+)", 2, 4, 0}, /* curl */
    {"connecting to " NAME "[^:]*:([0-9]+)", 1, 2, 0},                        /* wget */
    {"connect to " NAME ":([0-9]+)", 1, 2, 0},             /* Apache HttpClient */
    {"dial tcp " NAME ":([0-9]+)", 1, 2, 0},               /* Go */
    {"bind failed: " NAME ":([0-9]+)", 1, 2, 0},           /* LDAP of Java */
    {"node [^(]*\\(" NAME "/[^:)]*:([0-9]+)\\)", 1, 2, 0}, /* Kafka */
    {"alias name \\[([^]]+)\\]", 0, 0, 1},                 /* Tomcat */
    {"alias <([^>]+)>", 0, 0, 1},                          /* keytool */
};
#define ROWS (sizeof rows / sizeof rows[0])

/* curl tells about these whatever it was asked for. */
static const char *const not_meant[] = {"curl.se", "curl.haxx.se"};

static regex_t compiled[ROWS];
static pthread_once_t compiled_once = PTHREAD_ONCE_INIT;

static void compile(void)
{
    for (size_t i = 0; i < ROWS; i++)
        ks_line_expression(&compiled[i], rows[i].pattern);
}

/* As it is written, without the full stop of a sentence. */
static void take(const char *text, const regmatch_t *groups, int group, char **out)
{
    if (!group || *out || groups[group].rm_so < 0)
        return;
    size_t len = (size_t)(groups[group].rm_eo - groups[group].rm_so);
    text += groups[group].rm_so;
    while (len && strchr(".,:;\"", text[len - 1]))
        len--;
    if (len)
        *out = ks_strndup(text, len < FIELD_MAX ? len : FIELD_MAX);
}

static bool is_meant(const char *folded, const regmatch_t *groups, int group)
{
    if (!group || groups[group].rm_so < 0)
        return true;
    size_t len = (size_t)(groups[group].rm_eo - groups[group].rm_so);
    for (size_t i = 0; i < sizeof not_meant / sizeof not_meant[0]; i++)
        if (strlen(not_meant[i]) == len &&
            memcmp(folded + groups[group].rm_so, not_meant[i], len) == 0)
            return false;
    return true;
}

void ks_line_fields(struct ks_slice line, size_t from, struct ks_line_fields *out)
{
    char text[3 * AROUND + 1], folded[3 * AROUND + 1];
    regmatch_t groups[GROUPS];
    size_t begin = from > AROUND ? from - AROUND : 0;
    size_t len = line.len - begin;
    if (out->host && out->port && out->alias)
        return;
    (void)pthread_once(&compiled_once, compile);
    if (len > sizeof text - 1)
        len = sizeof text - 1;
    for (size_t i = 0; i < len; i++) {
        char c = line.data[begin + i] ? (char)line.data[begin + i] : ' ';
        text[i] = c;
        folded[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    text[len] = folded[len] = '\0';
    for (size_t i = 0; i < ROWS; i++) {
        bool known = out->host != NULL;
        if (regexec(&compiled[i], folded, GROUPS, groups, 0) != 0 ||
            !is_meant(folded, groups, rows[i].host))
            continue;
        take(text, groups, rows[i].alias, &out->alias);
        take(text, groups, rows[i].host, &out->host);
        if (!known) /* a port without its host says nothing */
            take(text, groups, rows[i].port, &out->port);
    }
}

void ks_line_fields_drop(struct ks_line_fields *f)
{
    free(f->host);
    free(f->port);
    free(f->alias);
    *f = (struct ks_line_fields){0};
}
