/*
 * How long ks_open() takes, and how much memory, against what cannot be avoided: for a JKS reading
 * the file and one SHA-1 over it, for a PKCS#12 deriving two keys, one HMAC and one decryption.
 *
 * Usage: bench_open DIR   the stores that run.sh makes; password changeit
 *        bench_open -o FILE | -s FILE   only opens it, or only digests it (for whole-process times)
 */
#include "measure.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "file/open.h"
#include "report/filter.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD "changeit"
#define ROUNDS 10000

static void die(const char *path, const char *what)
{
    (void)fprintf(stderr, "bench_open: %s: %s\n", path, what);
    exit(1);
}

/* ---- ours ---- */

static struct ks_store *open_store(const char *path)
{
    struct ks_error err = {0};
    struct ks_store *store = NULL;
    struct ks_secret *password = ks_secret_new(PASSWORD, strlen(PASSWORD));
    if (ks_open(path, password, NULL, &store, &err) != KS_OK)
        die(path, err.what);
    ks_secret_free(password);
    return store;
}

static void open_only(void *path)
{
    ks_store_free(open_store(path));
}

static void open_and_sort(void *path)
{
    struct ks_store *store = open_store(path);
    size_t count = ks_store_count(store);
    uint32_t *index = ks_alloc_array(count, sizeof *index);
    for (size_t i = 0; i < count; i++)
        index[i] = (uint32_t)i;
    sort_entries(store, index, count, SORT_NAME, false, ks_now());
    free(index);
    ks_store_free(store);
}

/* ---- floors ---- */

struct mapped {
    uint8_t *data;
    size_t len;
};

static struct mapped map_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) != 0)
        die(path, "cannot be read");
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        die(path, "cannot be mapped");
    (void)close(fd);
    return (struct mapped){data, (size_t)st.st_size};
}

static void digest_floor(void *path)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    struct mapped m = map_file(path);
    if (EVP_Digest(m.data, m.len, out, NULL, EVP_sha1(), NULL) != 1)
        die(path, "SHA-1 failed");
    (void)munmap(m.data, m.len);
}

static void pkcs12_kdf(uint8_t out[static 32])
{
    int id = 3, rounds = ROUNDS;
    char digest[] = "SHA256", salt[] = "twenty octets here!!", pw[18] = "\0c\0h\0a\0n\0g\0e\0i\0t";
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_string("digest", digest, 0),
                           OSSL_PARAM_octet_string("pass", pw, sizeof pw),
                           OSSL_PARAM_octet_string("salt", salt, 20),
                           OSSL_PARAM_int("iter", &rounds),
                           OSSL_PARAM_int("id", &id),
                           OSSL_PARAM_END};
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "PKCS12KDF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    if (!ctx || EVP_KDF_derive(ctx, out, 32, params) != 1)
        die("PKCS12KDF", "failed");
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

static void pkcs12_floor(void *path)
{
    uint8_t key[32], mac[32];
    unsigned mac_len = sizeof mac;
    int len = 0;
    struct mapped m = map_file(path);
    pkcs12_kdf(key);
    if (!HMAC(EVP_sha256(), key, sizeof key, m.data, m.len, mac, &mac_len) ||
        PKCS5_PBKDF2_HMAC(PASSWORD, -1, (const unsigned char *)"twenty octets here!!", 20, ROUNDS,
                          EVP_sha256(), sizeof key, key) != 1)
        die(path, "key derivation failed");
    uint8_t *plain = malloc(m.len + 32);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!plain || EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, mac) != 1 ||
        EVP_DecryptUpdate(ctx, plain, &len, m.data, (int)(m.len & ~(size_t)15)) != 1)
        die(path, "decryption failed");
    EVP_CIPHER_CTX_free(ctx);
    free(plain);
    (void)munmap(m.data, m.len);
}

/* ---- the table ---- */

static const char *in_dir(const char *dir, const char *name)
{
    static char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static double open_ms(const char *dir, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s", in_dir(dir, name));
    return compare(open_only, open_only, path, 7).a_ms;
}

static bool against_floor(const char *id, const char *what, const char *dir, const char *name,
                          void (*ours)(void *), void (*floor)(void *), double bound)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s", in_dir(dir, name));
    struct pair p = compare(ours, floor, path, 41);
    (void)printf("     %-38s %9.3f ms, floor %9.3f ms\n", name, p.a_ms, p.b_ms);
    return bound > 0 ? goal_at_most(id, what, p.ratio, bound, "x") : true;
}

static bool memory(const char *self, const char *dir, const char *name, double share)
{
    char path[4096], program[4096], what[256];
    struct stat st;
    struct process p;
    (void)snprintf(path, sizeof path, "%s", in_dir(dir, name));
    (void)snprintf(program, sizeof program, "%s", self);
    char *argv[] = {program, "-o", path, NULL};
    if (stat(path, &st) != 0 || !run_process(argv, &p))
        die(path, "cannot be opened");
    double file = (double)st.st_size / 1048576;
    (void)snprintf(what, sizeof what, "peak memory, %s (%.1f MiB)", name, file);
    return goal_at_most("G6", what, (double)p.peak_kib / 1024, file * share + 12, " MiB");
}

static bool table(const char *self, const char *dir)
{
    bool ok = true;
    /* First, while this process is small: the peak of a child begins with that of its parent. */
    ok &= memory(self, dir, "trust-10000.jks", 1.5);
    ok &= memory(self, dir, "trust-100000.jks", 1.5);
    ok &= memory(self, dir, "trust-10000.p12", 2.5);
    ok &= memory(self, dir, "trust-100000.p12", 2.5);
    (void)against_floor("", "", dir, "trust-100.jks", open_and_sort, digest_floor, 0);
    ok &= against_floor("G1", "open, verify, index, sort 10,000 (JKS)", dir, "trust-10000.jks",
                        open_and_sort, digest_floor, 1.5);
    (void)against_floor("", "", dir, "trust-10000.jks", open_only, digest_floor, 0);
    (void)against_floor("", "", dir, "keys-1000.jks", open_and_sort, digest_floor, 0);
    ok &= against_floor("G4", "open 10,000 (PKCS#12)", dir, "trust-10000.p12", open_and_sort,
                        pkcs12_floor, 1.5);
    ok &= against_floor("G4", "open 1,000 keys, none decrypted (PKCS#12)", dir, "keys-1000.p12",
                        open_and_sort, pkcs12_floor, 1.5);
    double jks = open_ms(dir, "trust-10000.jks"), large = open_ms(dir, "trust-100000.jks");
    ok &= goal_at_most("G5", "open 100,000 (JKS)", large, 400, " ms");
    ok &= goal_at_most("G5", "100,000 against 10,000 (JKS)", large / jks, 12, "x");
    jks = open_ms(dir, "trust-10000.p12");
    large = open_ms(dir, "trust-100000.p12");
    ok &= goal_at_most("G5", "100,000 against 10,000 (PKCS#12)", large / jks, 12, "x");
    return ok;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "-o") == 0) {
        open_only(argv[2]);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "-s") == 0) {
        digest_floor(argv[2]);
        return 0;
    }
    if (argc != 2) {
        (void)fputs("usage: bench_open DIR\n", stderr);
        return 2;
    }
    return table(argv[0], argv[1]) ? 0 : 1;
}
