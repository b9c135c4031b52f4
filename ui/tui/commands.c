#include "tui/commands.h"

#include <string.h>

#define ON_STORE (ON_TREE | ON_DETAIL)
#define ON_LISTS (ON_TREE | ON_EXPIRY | ON_SCAN)

static const struct ui_command commands[] = {
    /* clang-format off */
    /* id, name, keys, where, bar, group, help, synonyms, cli */
    {CMD_DOWN, "down", "j Down ^N", ON_ANY, "", "Move", "next line", "", ""},
    {CMD_UP, "up", "k Up ^P", ON_ANY, "", "Move", "previous line", "", ""},
    {CMD_FIRST, "first", "g Home", ON_ANY, "", "Move", "first line", "top begin go", ""},
    {CMD_LAST, "last", "G End", ON_ANY, "", "Move", "last line", "bottom end", ""},
    {CMD_HALF_DOWN, "half-down", "^D", ON_ANY, "", "Move", "half a page down", "scroll", ""},
    {CMD_HALF_UP, "half-up", "^U", ON_ANY, "", "Move", "half a page up", "scroll", ""},
    {CMD_PAGE_DOWN, "page-down", "PgDn", ON_ANY, "", "Move", "a page down", "scroll", ""},
    {CMD_PAGE_UP, "page-up", "PgUp", ON_ANY, "", "Move", "a page up", "scroll", ""},
    {CMD_IN, "in", "l Right", ON_TREE | ON_OPEN | ON_FINDINGS, "", "Move", "unfold, then go in, then to the details; a finding in full", "expand open child", ""},
    {CMD_OUT, "out", "h Left Bksp", ON_STORE | ON_OPEN, "", "Move", "fold, then go to the parent; back to the tree", "collapse parent", ""},
    {CMD_ENTER, "enter", "Enter", ON_ANY, "Open", "Move", "show the details; in them a field in full; unlock a keystore that is locked", "unlock show select", ""},
    {CMD_PANE, "pane", "Tab", ON_STORE | ON_OPEN | ON_EXPLAIN, "", "Move", "to the other pane", "focus switch", ""},
    {CMD_NEXT_PROBLEM, "next-problem", "!", ON_LISTS | ON_FINDINGS, "Problem", "Move", "next entry with an error or a warning", "alarm error warning finding check", ""},

    {CMD_SEARCH, "search", "/ F3", ON_ANY, "Find", "Find", "search names, serials and fingerprints", "find grep", ""},
    {CMD_SEARCH_NEXT, "search-next", "n", ON_ANY, "", "Find", "next match", "again", ""},
    {CMD_SEARCH_PREV, "search-previous", "N", ON_ANY, "", "Find", "previous match", "again back", ""},
    {CMD_FILTER, "filter", "f F4", ON_STORE | ON_EXPIRY | ON_SCAN | ON_FINDINGS, "Filter", "Find", "filter: exp:<30d type:key sev:error and more", "only limit query", "ksx list FILE --filter WORDS"},
    {CMD_SORT, "sort", "s", ON_STORE | ON_EXPIRY | ON_SCAN, "Sort", "Find", "sort by expiry, name, type, status, key", "order", "ksx list FILE --sort KEY"},
    {CMD_INVERT, "invert", "I", ON_STORE | ON_EXPIRY | ON_SCAN, "", "Find", "invert the order", "reverse descending", "ksx list FILE --sort KEY --reverse"},
    {CMD_MARK, "mark", "Space", ON_TREE | ON_OPEN, "", "Find", "mark, next line", "select tag tick", ""},
    {CMD_MARK_RANGE, "mark-range", "v", ON_TREE, "", "Find", "mark a range: at its start, then at its end", "select visual", ""},
    {CMD_MARK_ALL, "mark-all", "A", ON_TREE, "", "Find", "mark every entry shown", "select all", ""},
    {CMD_UNMARK_ALL, "unmark-all", "U", ON_TREE, "", "Find", "remove all marks", "unselect none", ""},

    {CMD_SECTION_1, "section-1", "1", ON_STORE, "", "View", "detail: Summary", "overview", "ksx show FILE ALIAS"},
    {CMD_SECTION_2, "section-2", "2", ON_STORE, "", "View", "detail: Chain", "path issuer trust", "ksx show FILE ALIAS --section chain"},
    {CMD_SECTION_3, "section-3", "3", ON_STORE, "", "View", "detail: Certificate", "keytool -list -v x509 fields fingerprint", "ksx show FILE ALIAS --section cert"},
    {CMD_SECTION_4, "section-4", "4", ON_STORE, "", "View", "detail: Extensions", "san key usage", "ksx show FILE ALIAS --section ext"},
    {CMD_SECTION_5, "section-5", "5", ON_STORE, "", "View", "detail: Key", "private public algorithm", "ksx show FILE ALIAS --section key"},
    {CMD_SECTION_6, "section-6", "6", ON_STORE, "", "View", "detail: PEM", "keytool -exportcert -rfc base64", "ksx show FILE ALIAS --section pem"},
    {CMD_SECTION_7, "section-7", "7", ON_STORE, "", "View", "detail: Findings", "problems doctor check warning error", "ksx show FILE ALIAS --section findings"},
    {CMD_SECTION_PREV, "section-previous", "[", ON_STORE, "", "View", "previous section", "tab", ""},
    {CMD_SECTION_NEXT, "section-next", "]", ON_STORE, "", "View", "next section", "tab", ""},
    {CMD_DETAIL_DOWN, "detail-down", "J", ON_STORE, "", "View", "scroll the detail pane down", "", ""},
    {CMD_DETAIL_UP, "detail-up", "K", ON_STORE, "", "View", "scroll the detail pane up", "", ""},
    {CMD_DETAIL_LEFT, "detail-left", "H", ON_STORE, "", "View", "scroll the detail pane to the left", "", ""},
    {CMD_DETAIL_RIGHT, "detail-right", "L", ON_STORE, "", "View", "scroll the detail pane to the right", "", ""},
    {CMD_UNFOLD, "unfold", "+", ON_TREE, "", "View", "unfold the line and all below it", "expand chain", ""},
    {CMD_FOLD, "fold", "-", ON_TREE, "", "View", "fold the line", "collapse", ""},
    {CMD_FOLD_ALL, "fold-all", "*", ON_TREE, "", "View", "fold or unfold everything", "collapse expand toggle", ""},
    {CMD_FLAT, "flat", "t", ON_TREE, "", "View", "tree or flat list of entries", "list tree", ""},
    {CMD_ZOOM, "zoom", "z", ON_STORE, "", "View", "whole screen for this pane, and back", "maximize full", ""},
    {CMD_NARROW, "narrow", "<", ON_STORE, "", "View", "make the tree narrower", "width split", ""},
    {CMD_WIDEN, "widen", ">", ON_STORE, "", "View", "make the tree wider", "width split", ""},
    {CMD_RAW, "raw", "x", ON_STORE, "Raw", "View", "bytes: hex, ASN.1, code points", "hex asn1 der dump", ""},
    {CMD_EXPIRY, "expiry", "T", ON_STORE | ON_HELP, "Expiry", "View", "all entries by the day they expire", "timeline dates renew valid", "ksx expiry FILE"},
    {CMD_FINDINGS, "findings", "F", ON_STORE | ON_EXPIRY | ON_HELP | ON_FINDINGS, "Findings", "View", "findings: what is wrong in the open keystores; again: in this one", "problems doctor check errors warnings diagnose", "ksx check FILE"},
    {CMD_GROUP, "group", "s", ON_FINDINGS, "Group", "View", "group by entry or by finding", "sort order", ""},
    {CMD_EXPLAIN, "explain", "Y", ON_VIEWS & ~ON_EXPLAIN, "", "View", "why does it fail: paste an error message, its cause is looked for", "exception error log symptom curl browser PKIX handshake alert why", "ksx explain"},
    {CMD_EXPLAIN_HERE, "explain-error", "x", ON_FINDINGS, "Explain", "View", "why: paste an error message, what causes it is looked for here", "exception log symptom", "ksx explain"},
    {CMD_HIDDEN, "hidden", ".", ON_OPEN, "Hidden", "View", "show hidden names and other files", "dot files all", ""},

    {CMD_SAVE, "save", "w F2", ON_STORE | ON_DIFF, "Save", "Edit", "save this keystore: a review first, then the file and a .bak", "write store commit", ""},
    {CMD_SAVE_AS, "save-as", "W", ON_STORE, "", "Edit", "save under another name", "write copy export", ""},
    {CMD_PENDING, "pending", "P", ON_STORE, "", "Edit", "unsaved changes: what w would write", "review dirty status", ""},
    {CMD_UNDO, "undo", "u", ON_STORE, "", "Edit", "undo the last change", "back revert", ""},
    {CMD_REDO, "redo", "^R", ON_STORE, "", "Edit", "do the undone change again", "repeat forward", ""},
    {CMD_CREATE, "create", "c F7", ON_STORE | ON_OPEN, "Create", "Edit", "create: a keystore, a key pair, a request (CSR), a certificate for one, a secret key", "keytool -genkeypair -certreq -gencert -genseckey -importpass new make generate sign renew passphrase", "ksx gen FILE --alias A --dn DN"},
    {CMD_IMPORT, "import", "i", ON_STORE, "Import", "Edit", "import: a CA reply, trusted certificates, a key pair, pasted PEM", "keytool -importcert -importkeystore reply trust chain p7b pkcs12 pfx key install paste", "ksx import FILE"},
    {CMD_RENAME, "rename", "m F6", ON_STORE, "", "Edit", "rename the entry", "keytool -changealias move alias", "ksx rename FILE OLD NEW"},
    {CMD_EXPORT, "export", "e", ON_STORE, "Export", "Edit", "export to a file, or copy to another open keystore", "save write out", "ksx export FILE ALIAS -o OUT"},
    {CMD_COPY_TO, "copy-to", "F5", ON_STORE, "", "Edit", "copy the entry, or those marked, to another open keystore", "keytool -importkeystore merge", "ksx copy FROM ALIAS --to FILE"},
    {CMD_DELETE, "delete", "d Del F8", ON_STORE, "", "Edit", "delete the entry, or those marked (asks)", "keytool -delete remove", "ksx delete FILE ALIAS"},
    {CMD_REPAIR, "repair", "r", ON_STORE | ON_FINDINGS | ON_EXPLAIN, "Repair", "Edit", "repair the entry, or those marked; on a keystore: all that has one safe repair", "chain complete issuer intermediate fix doctor mend", "ksx repair FILE ALIAS"},
    {CMD_PROVE, "prove", "S", ON_STORE, "", "Edit", "serve it in memory: prove that a key pair works", "test handshake verify trust connect", "ksx prove FILE ALIAS"},
    {CMD_REVOKED, "revocation", "a", ON_STORE, "", "Edit", "ask the CA whether the certificates of an entry were revoked (shows first whom)", "ocsp crl revoked revoke status check responder list", "ksx check FILE --revocation"},
    {CMD_CONVERT, "convert", "C", ON_STORE, "", "Edit", "convert to another type, as a new keystore", "keytool -importkeystore migrate pkcs12 jks", "ksx convert FILE --to TYPE -o OUT"},
    {CMD_LIFT, "read-only", "O", ON_STORE, "", "Edit", "lift the read-only mark of a keystore, or set it", "protect lock writable", ""},
    {CMD_DIFF, "diff", "D", ON_STORE, "", "Edit", "compare with the file on disk, or with another keystore", "difference changes", "ksx diff A B"},
    {CMD_SAME, "same", "=", ON_DIFF, "Equal", "Edit", "show or hide what is equal", "hide", ""},
    {CMD_ALIGN, "align", "a", ON_DIFF, "Pair by", "Edit", "pair entries by alias or by fingerprint", "match", ""},

    {CMD_OPEN, "open", "o", ON_VIEWS, "Open", "Files", "open a keystore or certificate file", "load file keytool -list", "ksx FILE"},
    {CMD_JVM, "jvms", "V", ON_STORE | ON_OPEN, "JVMs", "Files", "keystores that the JVMs of this host use", "cacerts java truststore JAVA_HOME process", ""},
    {CMD_SCAN, "scan", "B", ON_STORE | ON_OPEN | ON_EXPIRY | ON_SCAN, "Scan", "Files", "every keystore, certificate and key below a directory", "search directory tree recursive find all expiry host", "ksx scan DIR"},
    {CMD_RELOAD, "reload", "R", ON_STORE | ON_SCAN | ON_OPEN, "Reload", "Files", "read the file again", "refresh", ""},
    {CMD_CLOSE, "close", "X", ON_STORE, "", "Files", "close this keystore", "unload", ""},
    {CMD_PASSWORD, "password", "p", ON_STORE, "", "Files", "passwords: unlock a key, change, forget, view a passphrase", "keytool -storepasswd -keypasswd passphrase unlock forget lock change", ""},
    {CMD_COPY, "copy", "y", ON_STORE | ON_EXPIRY | ON_SCAN | ON_FINDINGS | ON_EXPLAIN, "Copy", "Files", "copy alias, DN, serial, fingerprint, PEM, field", "yank clipboard osc52", ""},
    {CMD_PAGER, "pager", "E", ON_STORE | ON_EXPIRY | ON_SCAN | ON_HELP | ON_DIFF | ON_FINDINGS | ON_EXPLAIN, "", "Files", "show this in $PAGER", "less external export", "ksx show FILE ALIAS"},

    {CMD_PALETTE, "palette", ": F9", ON_ANY, "All", "General", "every command by name", "menu commands", ""},
    {CMD_HELP, "help", "? F1", ON_ANY, "Help", "General", "what the keys do here", "keys manual", "ksx keys"},
    {CMD_CANCEL, "cancel", "Esc ^C", ON_ANY, "", "General", "stop the work, clear filter and marks", "stop abort escape", ""},
    {CMD_BACK, "back", "q", ON_ANY, "Quit", "General", "back; at the top: quit", "leave exit", ""},
    {CMD_QUIT, "quit", "Q F10", ON_ANY, "", "General", "quit", "exit leave bye", ""},
    {CMD_REDRAW, "redraw", "^L", ON_ANY, "", "General", "draw the screen again", "refresh clear", ""},
    {CMD_SUSPEND, "suspend", "^Z", ON_ANY, "", "General", "back to the shell; fg returns", "background stop", ""},
    {CMD_MOUSE, "mouse", "M", ON_ANY, "", "General", "mouse on or off", "click wheel", ""},
    /* clang-format on */
};

#define COUNT (sizeof commands / sizeof commands[0])

const struct ui_command *ui_commands(size_t *count)
{
    *count = COUNT;
    return commands;
}

const struct ui_command *ui_command(enum ui_command_id id)
{
    for (size_t i = 0; i < COUNT; i++)
        if (commands[i].id == id)
            return &commands[i];
    return NULL;
}

/* True if `keys`, names separated by spaces, has this key. */
static bool has_key(const char *keys, struct ui_key wanted)
{
    while (*keys) {
        size_t len = strcspn(keys, " ");
        char name[16];
        struct ui_key key;
        if (len < sizeof name) {
            memcpy(name, keys, len);
            name[len] = '\0';
            if (ui_key_parse(name, &key) && key.code == wanted.code &&
                (key.code != UI_KEY_CHAR || key.ch == wanted.ch))
                return true;
        }
        keys += len + (keys[len] == ' ');
    }
    return false;
}

enum ui_command_id ui_command_for_key(struct ui_key key, unsigned context)
{
    for (size_t i = 0; i < COUNT; i++)
        if ((commands[i].where & context) && has_key(commands[i].keys, key))
            return commands[i].id;
    return CMD_NONE;
}
