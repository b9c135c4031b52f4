#include "net/curl.h"

#include "base/alloc.h"
#include "base/secret.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OLDEST 0x075700 /* 7.87: CURLOPT_QUICK_EXIT */

/* Debian's two, Fedora's and most others' one, that of macOS. */
static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.4.dylib"};

static const struct {
    const char *name;
    size_t at;
} functions[] = {
    {"curl_easy_init", offsetof(struct ks_curl, easy_init)},
    {"curl_easy_setopt", offsetof(struct ks_curl, setopt)},
    {"curl_easy_getinfo", offsetof(struct ks_curl, getinfo)},
    {"curl_easy_cleanup", offsetof(struct ks_curl, easy_cleanup)},
    {"curl_easy_strerror", offsetof(struct ks_curl, words)},
    {"curl_slist_append", offsetof(struct ks_curl, slist_append)},
    {"curl_slist_free_all", offsetof(struct ks_curl, slist_free_all)},
    {"curl_multi_init", offsetof(struct ks_curl, multi_init)},
    {"curl_multi_add_handle", offsetof(struct ks_curl, multi_add)},
    {"curl_multi_remove_handle", offsetof(struct ks_curl, multi_remove)},
    {"curl_multi_perform", offsetof(struct ks_curl, multi_perform)},
    {"curl_multi_poll", offsetof(struct ks_curl, multi_poll)},
    {"curl_multi_info_read", offsetof(struct ks_curl, multi_info_read)},
    {"curl_multi_cleanup", offsetof(struct ks_curl, multi_cleanup)},
    {"curl_global_init_mem", offsetof(struct ks_curl, global_init_mem)},
    {"curl_version_info", offsetof(struct ks_curl, version_info)},
};
#define FUNCTIONS (sizeof functions / sizeof functions[0])

static pthread_once_t loaded_once = PTHREAD_ONCE_INIT;
static struct ks_curl loaded;
static bool usable;
static char words[96];

/* ---- memory: the library copies the proxy's password about ---- */

#define HEAD 16 /* in front of each block: its size; keeps the alignment of malloc() */

static void *curl_take(size_t size)
{
    if (size > SIZE_MAX - HEAD)
        return NULL;
    uint8_t *block = ks_alloc(HEAD + size);
    memcpy(block, &size, sizeof size);
    return block + HEAD;
}

static size_t size_of(const void *ptr)
{
    size_t size;
    memcpy(&size, (const uint8_t *)ptr - HEAD, sizeof size);
    return size;
}

static void curl_give(void *ptr)
{
    if (!ptr)
        return;
    ks_wipe(ptr, size_of(ptr));
    free((uint8_t *)ptr - HEAD);
}

static void *curl_retake(void *ptr, size_t size)
{
    uint8_t *fresh = curl_take(size);
    size_t old = ptr ? size_of(ptr) : 0;

    if (!fresh)
        return NULL;
    if (old)
        memcpy(fresh, ptr, old < size ? old : size);
    curl_give(ptr);
    return fresh;
}

static char *curl_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = curl_take(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static void *curl_take_array(size_t count, size_t size)
{
    return size && count > SIZE_MAX / size ? NULL : curl_take(count * size);
}

/* ---- loading ---- */

static bool find_functions(void *library)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        void *found = dlsym(library, functions[i].name);
        if (!found)
            return false;
        memcpy((uint8_t *)&loaded + functions[i].at, &found, sizeof found);
    }
    return true;
}

static void *open_library(void)
{
    void *library = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && !library; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

/* Never unloaded: threads that look names up may outlive their transfers. */
static void load(void)
{
    void *library = open_library();

    (void)snprintf(words, sizeof words, "this host has no libcurl");
    if (!library || !find_functions(library))
        return;
    const curl_version_info_data *version = loaded.version_info(CURLVERSION_NOW);
    if (version->version_num < OLDEST) {
        (void)snprintf(words, sizeof words, "the libcurl %.16s of this host is older than 7.87",
                       version->version);
        return;
    }
    if (loaded.global_init_mem(CURL_GLOBAL_DEFAULT, curl_take, curl_give, curl_retake, curl_copy,
                               curl_take_array) != CURLE_OK) {
        (void)snprintf(words, sizeof words, "the libcurl of this host does not start");
        return;
    }
    (void)snprintf(words, sizeof words, "libcurl %.32s", version->version);
    usable = true;
}

const struct ks_curl *ks_curl(void)
{
    (void)pthread_once(&loaded_once, load);
    return usable ? &loaded : NULL;
}

bool ks_network(void)
{
    return ks_curl() != NULL;
}

const char *ks_network_words(void)
{
    (void)ks_curl();
    return words;
}

enum ks_code ks_no_network(const char *what, struct ks_error *err)
{
    ks_fail(err, KS_ERR_UNSUPPORTED, "no-network", "%.200s was not done: %s", what,
            ks_network_words());
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "install libcurl (Debian: libcurl4, Fedora: libcurl)");
}
