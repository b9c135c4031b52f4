/*
 * Secrets are gone when a keystore is closed: another program's memory is searched for passwords
 * and for the keys themselves, after it has opened, edited, converted and saved keystores of every
 * type, and failed to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "file/open.h"
#include "file/save.h"
#include "op/edit.h"
#include "terminal.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Words that are in no program and no file by themselves. */
#define PASSWORD "Wolkenkuckuck-4711"
#define OTHER "Zitronenfalter-0815"
#define PASSPHRASE "Regenschirm-2342-Dach"

static char dir[64];

/* ---- what is looked for ---- */

#define NEEDLES_MAX 64
static struct needle {
    char name[48];
    uint8_t bytes[64];
    size_t len;
    bool seen;
} needles[NEEDLES_MAX];
static size_t needle_count;

static void look_for(const char *name, const char *how, const void *bytes, size_t len)
{
    assert_true(needle_count < NEEDLES_MAX && len >= 12 && len <= sizeof needles[0].bytes);
    struct needle *n = &needles[needle_count++];
    (void)snprintf(n->name, sizeof n->name, "%s, %s", name, how);
    memcpy(n->bytes, bytes, len);
    n->len = len;
}

/* As it is, and in both octet orders of UTF-16. */
static void look_for_text(const char *name, const char *text)
{
    uint8_t wide[64];
    size_t len = strlen(text);
    look_for(name, "UTF-8", text, len);
    for (int odd = 0; odd <= 1; odd++) {
        memset(wide, 0, sizeof wide);
        for (size_t i = 0; i < len; i++)
            wide[2 * i + (size_t)odd] = (uint8_t)text[i];
        look_for(name, odd ? "UTF-16BE" : "UTF-16LE", wide, 2 * len);
    }
}

/* A number as DER has it, and as OpenSSL computes with it. */
static void look_for_number(const char *name, const char *part, EVP_PKEY *key, const char *param)
{
    uint8_t big[1024], little[32];
    BIGNUM *n = NULL;
    char *how = ks_asprintf("%s as a number", part);
    assert_int_equal(EVP_PKEY_get_bn_param(key, param, &n), 1);
    int len = BN_bn2bin(n, big);
    assert_true(len >= 32);
    look_for(name, part, big + len - 32, 32);
    for (size_t i = 0; i < sizeof little; i++)
        little[i] = big[(size_t)len - 1 - i];
    look_for(name, how, little, sizeof little);
    BN_clear_free(n);
    free(how);
}

static void look_for_private_key(const char *name, struct ks_slice der)
{
    const uint8_t *at = der.data;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)der.len);
    assert_non_null(key);
    if (EVP_PKEY_is_a(key, "RSA")) {
        look_for_number(name, "d", key, OSSL_PKEY_PARAM_RSA_D);
        look_for_number(name, "p", key, OSSL_PKEY_PARAM_RSA_FACTOR1);
    } else {
        look_for_number(name, "scalar", key, OSSL_PKEY_PARAM_PRIV_KEY);
    }
    EVP_PKEY_free(key);
}

static void look_for_keys_of(const struct ks_store *s)
{
    for (size_t i = 0; i < ks_store_count(s); i++) {
        struct ks_material m = {0};
        struct ks_error err = {0};
        const struct ks_entry *e = ks_store_entry(s, i);
        if (e->kind != KS_KIND_KEY && e->kind != KS_KIND_SECRET)
            continue;
        assert_int_equal(s->format->reveal(s, e, NULL, NULL, &m, &err), KS_OK);
        struct ks_slice bytes = ks_secret_bytes(m.bytes);
        if (m.type == KS_MATERIAL_PRIVATE)
            look_for_private_key(e->alias, bytes);
        else
            look_for(e->alias, "its octets", bytes.data, bytes.len);
        ks_material_drop(&m);
    }
}

/* ---- searching ---- */

static void found(struct needle *n, const char *mapping, size_t at)
{
    n->seen = true;
    print_error("%s: at %zu of %s", n->name, at, mapping);
}

static size_t seen(void)
{
    size_t count = 0;
    for (size_t i = 0; i < needle_count; i++)
        count += needles[i].seen;
    return count;
}

static size_t search_bytes(const uint8_t *bytes, size_t len, const char *where)
{
    size_t hits = 0;
    for (size_t i = 0; i < needle_count; i++) {
        struct needle *n = &needles[i];
        const uint8_t *at = bytes, *end = bytes + len;
        while (at && (size_t)(end - at) >= n->len) {
            at = memchr(at, n->bytes[0], (size_t)(end - at) - n->len + 1);
            if (at && memcmp(at, n->bytes, n->len) == 0) {
                found(n, where, (size_t)(at - bytes));
                hits++;
            }
            at = at ? at + 1 : NULL;
        }
    }
    return hits;
}

static size_t search_range(int mem, const char *line, uint64_t from, uint64_t to)
{
    size_t len = (size_t)(to - from);
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    ssize_t got = pread(mem, bytes, len, (off_t)from);
    size_t hits = got > 0 ? search_bytes(bytes, (size_t)got, line) : 0;
    free(bytes);
    return hits;
}

#define FILE_MAX_BYTES (8u << 20)

static size_t search_file(const char *path)
{
    uint8_t *bytes = malloc(FILE_MAX_BYTES);
    FILE *in = fopen(path, "rb");
    assert_non_null(bytes);
    assert_non_null(in);
    size_t len = fread(bytes, 1, FILE_MAX_BYTES, in);
    (void)fclose(in);
    char *line = ks_asprintf("%s\n", path);
    size_t hits = search_bytes(bytes, len, line);
    free(line);
    free(bytes);
    return hits;
}

/* How often any of them is in what the program can write to. */
static size_t search(long pid)
{
    char path[64], line[512];
    size_t hits = 0, mappings = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/mem", pid);
    int mem = open(path, O_RDONLY);
    assert_true(mem >= 0);
    (void)snprintf(path, sizeof path, "/proc/%ld/maps", pid);
    FILE *maps = fopen(path, "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        uint64_t from, to;
        char mode[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || strncmp(mode, "rw", 2) != 0)
            continue;
        hits += search_range(mem, line, from, to);
        mappings++;
    }
    (void)fclose(maps);
    (void)close(mem);
    assert_true(mappings > 3);
    return hits;
}

/* ---- keystores of every type ---- */

static struct ks_store *inbound(void)
{
    struct ks_secret *pw = ks_secret_new("changeit", 8);
    struct ks_store *s = NULL;
    struct ks_error err = {0};
    assert_int_equal(ks_open(KSX_DATA "/inbound.p12", pw, NULL, &s, &err), KS_OK);
    ks_secret_free(pw);
    return s;
}

static void make(const struct ks_store *from, const struct ks_format *format)
{
    struct ks_secret *pw = ks_secret_new(PASSWORD, strlen(PASSWORD));
    char *path = ks_asprintf("%s/a.%s", dir, format->name);
    for (char *c = path + strlen(dir); *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    const struct ks_convert how = {.format = format, .path = path, .password = pw};
    const struct ks_save save = {0};
    if (ks_op_convert(from, &how, NULL, &plan, &err) != KS_OK)
        fail_msg("%s: %s", path, err.what);
    struct ks_store *made = ks_plan_apply(&plan);
    if (ks_save(made, &save, NULL, &err) != KS_OK)
        fail_msg("%s: %s", path, err.what);
    ks_store_free(made);
    ks_plan_drop(&plan);
    ks_secret_free(pw);
    free(path);
}

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/ksx-secrets-XXXXXX");
    assert_non_null(mkdtemp(dir));
    struct ks_store *s = inbound();
    needle_count = 0;
    look_for_text("the password", PASSWORD);
    look_for_text("the other password", OTHER);
    look_for_text("the passphrase", PASSPHRASE);
    look_for_keys_of(s);
    for (size_t i = 0; ks_formats[i]; i++)
        if (ks_formats[i]->caps & KS_CAP_WRITE)
            make(s, ks_formats[i]);
    ks_store_free(s);
    return 0;
}

/* Every file of the directory; what `visit` returns is summed up. */
static size_t each_file(size_t (*visit)(const char *path))
{
    struct dirent **names;
    size_t sum = 0;
    int n = scandir(dir, &names, NULL, NULL);
    assert_true(n >= 0);
    for (int i = 0; i < n; i++) {
        char *path = ks_asprintf("%s/%s", dir, names[i]->d_name);
        struct stat st;
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
            sum += visit(path);
        free(path);
        free(names[i]);
    }
    free(names);
    return sum;
}

static size_t delete_file(const char *path)
{
    return unlink(path) == 0 ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    return each_file(delete_file) == 0 ? rmdir(dir) : -1;
}

/* ---- tests ---- */

struct holder {
    pid_t pid;
    int in, out;
};

static struct holder start(const char *const argv[])
{
    int in[2], out[2];
    struct holder h;
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    h.pid = fork();
    assert_true(h.pid >= 0);
    if (h.pid == 0) {
        if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
            _exit(126);
        for (int fd = 3; fd < 64; fd++)
            (void)close(fd);
        (void)execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    h.in = in[1];
    h.out = out[0];
    return h;
}

static void say(const struct holder *h, const char *line)
{
    assert_int_equal(write(h->in, line, strlen(line)), strlen(line));
}

static void hear(const struct holder *h, const char *word)
{
    char got[16] = "";
    size_t len = 0;
    while (len < strlen(word) && read(h->out, got + len, 1) == 1)
        len++;
    assert_string_equal(got, word);
}

static int end(struct holder *h)
{
    int status = 0;
    char rest[4096];
    (void)close(h->in);
    while (read(h->out, rest, sizeof rest) > 0)
        continue;
    (void)close(h->out);
    assert_int_equal(waitpid(h->pid, &status, 0), h->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void nothing_secret_is_left_when_keystores_are_closed(void **state)
{
    (void)state;
    const char *const argv[] = {SECRETS_HOLDER, dir, NULL};
    struct holder h = start(argv);
    say(&h, PASSWORD "\n" OTHER "\n" PASSPHRASE "\n");
    hear(&h, "open");
    print_message("while one is open:\n");
    (void)search(h.pid);
    /* three texts, the AES key, d and p of the RSA key, the scalar of the EC key */
    assert_true(seen() >= 7);
    say(&h, "\n");
    hear(&h, "closed");
    print_message("when all are closed:\n");
    size_t left = search(h.pid);
    say(&h, "\n");
    assert_int_equal(end(&h), 0);
    assert_int_equal(left, 0);
    assert_int_equal(each_file(search_file), 0); /* keystores, backups, leftovers */
}

/* ---- the program itself, on a terminal ---- */

static void nothing_secret_is_left_when_the_explorer_closes_a_keystore(void **state)
{
    (void)state;
    char *path = ks_asprintf("%s/a.pkcs12", dir);
    const char *const argv[] = {SECRETS_PROGRAM, path, NULL};
    const struct pty_options size = {0};
    struct pty *t = pty_start(&size, argv);
    pty_wait(t, "Password");
    pty_type(t, OTHER "<Enter>");
    pty_wait(t, "does not");
    pty_type(t, PASSWORD "<Enter>");
    pty_wait(t, "PKCS12 5");
    assert_true(search(pty_pid(t)) > 0);
    pty_type(t, "jm");
    pty_wait(t, "new alias:");
    pty_type(t, "<C-u>iq-2026<Enter>");
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait(t, "Not saved: w");
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    pty_type(t, "F"); /* the doctor opens keys, and remembers */
    pty_wait(t, "STORE-MANY-KEYS");
    pty_type(t, "q");
    pty_wait(t, "Keystores 1");
    pty_type(t, "pf");
    pty_wait(t, "is forgotten");
    print_message("when its password is forgotten:\n");
    size_t left = search(pty_pid(t));
    pty_type(t, "X");
    pty_wait(t, "is closed");
    print_message("when it is closed:\n");
    left += search(pty_pid(t));
    pty_type(t, "Q");
    assert_int_equal(pty_end(t), 0);
    free(path);
    assert_int_equal(left, 0);
}

/* ---- arguments, environments, what is written ---- */

#ifdef SECRETS_STRACE
static void put_password(const char *name, const char *text)
{
    char *path = ks_asprintf("%s/%s", dir, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fprintf(out, "%s\n", text) > 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0600), 0);
    free(path);
}

/* Runs `ksx COMMAND...` with everything that it starts or writes in the file "trace". */
static void traced(const char *const command[])
{
    const char *argv[32] = {SECRETS_STRACE,
                            "-f",
                            "-v",
                            "-s",
                            "1000000",
                            "-o",
                            "trace",
                            "-e",
                            "trace=execve,write,writev,pwrite64,pwritev,sendto,sendmsg,rename",
                            SECRETS_PROGRAM};
    for (size_t i = 0; command[i]; i++)
        argv[10 + i] = command[i];
    struct holder h = start(argv);
    int status = end(&h);
    if (status != 0)
        fail_msg("ksx %s ends with %d", command[0], status);
    char *trace = ks_asprintf("%s/trace", dir);
    FILE *in = fopen(trace, "r");
    char first[8] = "";
    assert_non_null(in);
    assert_int_equal(fread(first, 1, sizeof first - 1, in), sizeof first - 1);
    (void)fclose(in);
    assert_int_equal(search_file(trace), 0);
    free(trace);
}

static void nothing_secret_is_an_argument_or_written(void **state)
{
    (void)state;
    const char *const convert[] = {"convert",  "--pass",   "file:old", "--new-pass",
                                   "file:new", "--to",     "bcfks",    "-o",
                                   "b.bcfks",  "a.pkcs12", NULL};
    const char *const rename[] = {"rename",      "--pass",    "file:old", "a.pkcs12",
                                  "ldap-client", "ldap-2026", NULL};
    const char *const passwd[] = {"passwd",   "--pass",        "file:old", "--new-pass",
                                  "file:new", "--all-entries", "a.jceks",  NULL};
    const char *const show[] = {"show", "--pass", "file:old", "a.uber", NULL};
    const char *const export[] = {"export",   "--pass",   "file:old",  "--new-pass", "file:new",
                                  "--what",   "pair",     "--format",  "p12",        "-o",
                                  "pair.p12", "a.pkcs12", "ldap-2026", NULL};
    const char *const import[] = {"import",   "--pass",       "file:new", "--key",
                                  "pair.p12", "--in-pass",    "file:new", "--alias",
                                  "back",     "--incomplete", "a.jceks",  NULL};
    const char *const csr[] = {"csr",   "--pass",   "file:old",  "-o",
                               "a.csr", "a.pkcs12", "ldap-2026", NULL};
    const char *const gen[] = {"gen",  "--pass", "file:old", "--alias", "made",
                               "--dn", "CN=m",   "a.pkcs12", NULL};
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(dir), 0);
    put_password("old", PASSWORD);
    put_password("new", OTHER);
    traced(convert);
    traced(rename);
    traced(passwd);
    traced(show);
    traced(export);
    traced(import);
    traced(csr);
    traced(gen);
    assert_int_equal(unlink("old"), 0);
    assert_int_equal(unlink("new"), 0);
    assert_int_equal(each_file(search_file), 0);
    assert_int_equal(chdir(before), 0);
    free(before);
}
#else
static void nothing_secret_is_an_argument_or_written(void **state)
{
    (void)state;
    print_message("SKIPPED: needs strace\n");
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_secret_is_left_when_keystores_are_closed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_secret_is_left_when_the_explorer_closes_a_keystore,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_secret_is_an_argument_or_written, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
