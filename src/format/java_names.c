#include "format/java_names.h"

#include "base/index.h"
#include "base/text.h"

bool ks_java_reads_name(struct ks_slice s)
{
    for (size_t at = 0; at < s.len;) {
        uint8_t c = s.data[at];
        size_t len = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : 0;
        if (len == 0 || len > s.len - at)
            return false;
        for (size_t i = 1; i < len; i++)
            if ((s.data[at + i] & 0xc0) != 0x80)
                return false;
        at += len;
    }
    return true;
}

char *ks_java_name(struct ks_slice raw, uint32_t *notes)
{
    struct ks_buf text = KS_BUF_INIT;
    bool decodable = ks_text_from_modified_utf8(raw, &text);
    bool java = ks_java_reads_name(raw);

    if (!decodable || !java)
        *notes |= KS_NOTE_ALIAS_ENCODING;
    if (!java)
        *notes |= KS_NOTE_JAVA_FATAL;
    return ks_text_show_nul(ks_text_keep_nul(&text));
}

void ks_java_note_replaced(struct ks_loading *l)
{
    struct ks_index aliases = ks_index_new(l->count);

    for (size_t i = l->count; i-- > 0;) {
        struct ks_slice alias = l->entries[i]->alias_raw;
        if (ks_index_first(&aliases, alias) != KS_NOWHERE)
            l->entries[i]->notes |= KS_NOTE_JAVA_REPLACED;
        else
            ks_index_add(&aliases, alias, i);
    }
    ks_index_drop(&aliases);
}
