#include "store/entry.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies an array behind the entry itself: one piece of memory an entry keeps 100,000 of them
 * cheap.
 */
static inline void *place(uint8_t **at, const void *from, size_t count, size_t size)
{
    if (count == 0)
        return NULL;
    void *to = *at;
    memcpy(to, from, count * size);
    *at += count * size;
    return to;
}

struct ks_entry *ks_entry_new_in(struct ks_arena *arena, const struct ks_entry_draft *draft)
{
    static_assert(sizeof(struct ks_entry) % 8 == 0 && sizeof(struct ks_cert) % 8 == 0 &&
                      sizeof(struct ks_piece) % 8 == 0,
                  "the arrays behind an entry stay aligned");
    struct ks_slice alias = draft->alias ? ks_slice_str(draft->alias) : draft->alias_as_is;
    size_t size = sizeof(struct ks_entry) + draft->chain_len * sizeof *draft->chain +
                  draft->piece_count * sizeof *draft->pieces +
                  draft->blob_count * sizeof(struct ks_blob *) + alias.len + 1;
    struct ks_entry *e = arena ? ks_arena_take(arena, size) : ks_realloc(NULL, size);
    uint8_t *tail = (uint8_t *)(e + 1);
    *e = (struct ks_entry){
        .refs = 1,
        .kind = draft->kind,
        .edited = draft->edited,
        .notes = draft->notes,
        .home = draft->home,
        .created = draft->created,
        .alias_raw = draft->alias_raw,
        .key = draft->key,
        .key_format = draft->key_format,
        .pieces = place(&tail, draft->pieces, draft->piece_count, sizeof *draft->pieces),
        .piece_count = (uint32_t)draft->piece_count,
        .chain_len = (uint32_t)draft->chain_len,
        .blob_count = (uint32_t)draft->blob_count,
        .comment = draft->comment,
        .arena = arena,
    };
    e->chain = place(&tail, draft->chain, draft->chain_len, sizeof *draft->chain);
    e->blobs = place(&tail, draft->blobs, draft->blob_count, sizeof(struct ks_blob *));
    e->alias = (char *)tail;
    (void)place(&tail, alias.data, alias.len, 1);
    *tail = '\0';
    for (size_t i = 0; i < draft->blob_count; i++)
        (void)ks_blob_ref(e->blobs[i]);
    free(draft->alias);
    return e;
}

struct ks_entry *ks_entry_new(const struct ks_entry_draft *draft)
{
    return ks_entry_new_in(NULL, draft);
}

struct ks_entry_draft ks_entry_draft_of(const struct ks_entry *e)
{
    return (struct ks_entry_draft){
        .kind = e->kind,
        .edited = e->edited,
        .notes = e->notes,
        .home = e->home,
        .created = e->created,
        .alias = ks_strdup(e->alias),
        .alias_raw = e->alias_raw,
        .key = e->key,
        .key_format = e->key_format,
        .pieces = e->pieces,
        .piece_count = e->piece_count,
        .chain = e->chain,
        .chain_len = e->chain_len,
        .blobs = e->blobs,
        .blob_count = e->blob_count,
        .comment = e->comment ? ks_strdup(e->comment) : NULL,
    };
}

/* Versions of a store may be dropped by a worker while the front end holds others. */
struct ks_entry *ks_entry_ref(struct ks_entry *entry)
{
    (void)__atomic_add_fetch(&entry->refs, 1, __ATOMIC_RELAXED);
    return entry;
}

void ks_entry_unref(struct ks_entry *entry)
{
    if (!entry || __atomic_sub_fetch(&entry->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (size_t i = 0; i < entry->blob_count; i++)
        ks_blob_unref(entry->blobs[i]);
    free(entry->comment);
    if (entry->arena)
        ks_arena_unref(entry->arena);
    else
        free(entry);
}

static const struct {
    const char *word;
    const char *text;
    char letter;
} kinds[] = {
    [KS_KIND_KEY] = {"key", "key pair (PrivateKeyEntry)", 'K'},
    [KS_KIND_TRUSTED] = {"trusted", "trusted certificate (trustedCertEntry)", 'C'},
    [KS_KIND_CERT] = {"certificate", "certificate", 'C'},
    [KS_KIND_SECRET] = {"secret", "secret key (SecretKeyEntry)", 'S'},
    [KS_KIND_PASSWORD] = {"password", "stored password (SecretKeyEntry)", 'P'},
    [KS_KIND_REQUEST] = {"request", "certificate request (PKCS#10)", 'R'},
    [KS_KIND_CRL] = {"crl", "certificate revocation list", 'X'},
    [KS_KIND_PUBLIC] = {"public", "public key", 'B'},
    [KS_KIND_OPAQUE] = {"opaque", "item that ksx does not interpret", 'U'},
    [KS_KIND_LOCKED] = {"locked", "encrypted contents, not opened", 'L'},
};

const char *ks_kind_word(enum ks_kind kind)
{
    return kinds[kind].word;
}

const char *ks_kind_text(enum ks_kind kind)
{
    return kinds[kind].text;
}

char ks_kind_letter(enum ks_kind kind)
{
    return kinds[kind].letter;
}

const char *ks_alias_text(const char *alias)
{
    return alias[0] ? alias : "\"\"";
}

static bool is_within_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

#define KEPT ((KS_ALIAS_ROOM - sizeof "\xe2\x80\xa6") / 2) /* bytes at either end */

const char *ks_alias_short(const char *alias, char room[static KS_ALIAS_ROOM])
{
    size_t len = strlen(alias), head = KEPT, tail = len - KEPT;

    if (len < KS_ALIAS_ROOM) {
        (void)snprintf(room, KS_ALIAS_ROOM, "%s", ks_alias_text(alias));
        return room;
    }
    while (head > 0 && is_within_character(alias[head]))
        head--;
    while (is_within_character(alias[tail]))
        tail++;
    (void)snprintf(room, KS_ALIAS_ROOM, "%.*s%s%s", (int)head, alias,
                   ks_text_sign(KS_SIGN_CUT), alias + tail);
    return room;
}

int64_t ks_entry_expires(const struct ks_entry *entry)
{
    int64_t first = KS_TIME_NONE;
    for (size_t i = 0; i < entry->chain_len; i++) {
        int64_t end = entry->chain[i].not_after;
        if (end != KS_TIME_NONE && (first == KS_TIME_NONE || end < first))
            first = end;
    }
    return first;
}
