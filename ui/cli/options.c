#include "cli/options.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "chain/catalogue.h"
#include "cli/cli.h"
#include "net/dial.h"

#include <assert.h>
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct cli_command cli_commands[] = {
    {CLI_TUI, "", "[FILE...]", 0, -1,
     "explore keystores on the whole screen",
     "Without a subcommand ksx opens the files in the terminal: entries on the left, whatever is to "
     "be known about the selected one on the right. Press ? for help. Changes stay in memory until w writes them.",
     false, cli_run_tui},
    {CLI_LIST, "list", "FILE...", 1, -1,
     "one line an entry: status, days, type, alias, subject",
     "The days are those until the first certificate of the entry's chain expires, or until the next "
     "update of a CRL. With several "
     "files each has a heading; under --quiet the name of the file leads the alias. On a terminal rows "
     "are cut to its width.",
     false, cli_run_list},
    {CLI_SHOW, "show", "FILE [ALIAS]", 1, 2,
     "everything about a keystore, an entry, a certificate, a request",
     "Without an alias a keystore is summarised and its entries are listed; of a file of "
     "certificates, keys or requests each item is shown in full.",
     false, cli_run_show},
    {CLI_EXPIRY, "expiry", "FILE...", 1, -1,
     "what expires when, soonest first",
     "Each entry stands at the day on which the first certificate of its chain expires, a CRL at that "
     "of its next update.",
     false, cli_run_expiry},
    {CLI_SCAN, "scan", "DIR...", 1, -1,
     "every keystore, certificate and key below directories: what expires when",
     "Files are told by content, whatever their names. Directories are not entered through symlinks, and /proc, /sys and "
     ".git not at all; each file counts once. Without --pass, which may be given several times, what cannot be read without a "
     "password is named as locked. A file of more than 50 certificates without a key, as cacerts is, has one line, at the day "
     "of the certificate that expires first. ^C lists what was found until then. Ends with 3 when something could not be read.",
     false, cli_run_scan},
    {CLI_DIFF, "diff", "A B", 2, 2,
     "what differs between two keystores",
     "Entries are paired by alias, or by the fingerprint of their first certificate. Ends with 0 when "
     "they hold the same and with 1 when they do not; dates and the order do not count.",
     false, cli_run_diff},
    {CLI_CHECK, "check", "FILE...", 1, -1,
     "everything that is wrong with keystores, who refuses them for it, and what mends it",
     "For cron and monitoring. Signatures are verified, keys are compared with their certificates, and all "
     "entries are looked at together. Ends with 1 when there is a finding of the level of --fail; a file "
     "that cannot be opened is a finding, too, and keeps its own exit status. Under --quiet only what counts "
     "for --fail is printed.",
     false, cli_run_check},
    {CLI_EXPLAIN, "explain", "[TEXT, FILE or FINDING]", 0, -1,
     "what an error message says, and which finding causes it",
     "Takes an exception, what curl or a browser said, or a log of any size, as words, as a file or on standard "
     "input. With --in the keystores are searched for the causes, the likeliest first. The id of a finding is "
     "explained itself. Ends with 1 when the text holds no message that ksx knows.",
     false, cli_run_explain},
    {CLI_PROVE, "prove", "FILE [ALIAS]", 1, 2,
     "whether a chain works: signatures, OpenSSL, Java, and a handshake in memory",
     "Each signature is verified, the key signs for its certificate, OpenSSL and the rules of Java 17 judge the "
     "chain, and a TLS server and a client shake hands without a network. The clients trust what is in --trust, or "
     "without it the root of the chain; a chain without a root then is not proven. A file in PEM is judged as servers "
     "send it: in its order, with the first certificate as the key's. Of a file without a private key, a chain in PEM for example, "
     "the question is whether a JVM with this truststore accepts it, and by which entry. Ends with 1 when it is "
     "not proven.",
     false, cli_run_prove},
    {CLI_CAPTURE, "capture", "HOST:PORT...", 0, -1,
     "what TLS servers send, what is wrong with it, and what a truststore lacks to accept it",
     "Shows the certificates as they are sent, the links that are missing, the handshake and its end, and judges all of it by "
     "--trust. A URL will do as well, ldaps://host for example, and the custom of the port tells STARTTLS. Nothing that was sent "
     "is verified or imported: the fingerprint has to be compared with the owner's. The proxy is that of https_proxy and "
     "all_proxy, unless no_proxy names the host. Many servers are asked eight at a time; ^C lists what came until then. Ends with "
     "1 when there is a finding of the level of --fail, when a --trust refuses a server, or a server the --client. A server of "
     "many that cannot be reached makes it 7.",
     false, cli_run_capture},
    {CLI_RENAME, "rename", "FILE OLD NEW", 3, 3,
     "give an entry another alias",
     "Nothing but the alias changes: every other entry keeps its bytes.",
     false, cli_run_rename},
    {CLI_DELETE, "delete", "FILE ALIAS...", 2, -1,
     "delete entries",
     "What was deleted is in the backup, FILE.bak, until the next save.",
     false, cli_run_delete},
    {CLI_COPY, "copy", "FILE ALIAS... --to FILE", 2, -1,
     "copy entries into another keystore",
     "Between types a key is decrypted and protected anew, under the other keystore's password or "
     "that of --new-key-pass. Between keystores of one type it is copied as it is.",
     false, cli_run_copy},
    {CLI_MERGE, "merge", "FILE... --to FILE", 1, -1,
     "copy all entries of keystores into another one",
     "What the other keystore's type cannot hold is refused, unless --drop names it.",
     false, cli_run_merge},
    {CLI_PASSWD, "passwd", "FILE", 1, 1,
     "change passwords",
     "--new-pass is the new password of the keystore and of the keys that have its old one, with "
     "--all-entries of all keys; --entry changes that of one key, to --new-key-pass. The backup keeps the "
     "old one.",
     false, cli_run_passwd},
    {CLI_CREATE, "create", "FILE", 1, 1,
     "make an empty keystore",
     "Its mode is 0600. An existing file is replaced with --force only.",
     false, cli_run_create},
    {CLI_CONVERT, "convert", "FILE --to TYPE -o OUT", 1, 1,
     "write a keystore as another type",
     "FILE stays as it is. What the type cannot hold is refused, unless --drop names it.",
     false, cli_run_convert},
    {CLI_GEN, "gen", "FILE --alias A --dn DN", 1, 1,
     "make a key pair with a certificate",
     "The certificate is self-signed, or signed by the CA of --signer. A FILE that does not exist is made, "
     "as PKCS12 unless --type says otherwise, and its password is asked for twice. The common name of a "
     "server becomes an alternative name unless --san gives others.",
     false, cli_run_gen},
    {CLI_CSR, "csr", "FILE ALIAS -o OUT", 2, 2,
     "make a certificate request for a key pair",
     "Subject, alternative names and usages are those of the entry's certificate, which keytool -certreq "
     "leaves out, unless options say otherwise. The request is shown as it was written; FILE stays as it is.",
     false, cli_run_csr},
    {CLI_SIGN, "sign", "FILE CA-ALIAS --csr REQUEST -o OUT", 2, 2,
     "sign a certificate request with the key of a CA",
     "The certificate says what the request asks for, unless options say otherwise. A request that asks to "
     "be a CA itself is refused without --use. FILE stays as it is.",
     false, cli_run_sign},
    {CLI_RENEW, "renew", "FILE ALIAS", 2, 2,
     "give a key pair a certificate with new dates",
     "The same subject, names and usages; the same key, unless --new-key makes another. What a CA signed "
     "needs that CA as --signer; of a public CA, make a request with ksx csr.",
     false, cli_run_renew},
    {CLI_EXPORT, "export", "FILE ALIAS... [-o OUT]", 2, -1,
     "write certificates, keys or pairs for other programs",
     "Without -o certificates and public keys go to standard output. Private keys leave encrypted with the "
     "password of --new-pass, unless --unencrypted is given, and are not written to a terminal. Several "
     "entries go into one file, each certificate before its issuer. FILE stays as it is.",
     false, cli_run_export},
    {CLI_SNIPPET, "snippet", "FILE [ALIAS]", 1, 2,
     "the configuration lines that use a keystore",
     "With the real path, type and alias, quoted as the place wants it, and a word to put the password in "
     "place of. Without ALIAS of the keystore as a whole.",
     false, cli_run_snippet},
    {CLI_IMPORT, "import", "FILE --reply F, --key F or --cert F", 1, 1,
     "bring in a CA's reply, a key pair, or trusted certificates",
     "--reply finds the entry by its key, and completes the chain from the files given, FILE, --from and the "
     "truststores of the JVMs of this host. --key joins private keys with the certificates of all files given. "
     "--cert alone adds trusted certificates. Files may be PEM, DER, PKCS#7, PkiPath, PVK or keystores, in any "
     "order; - is standard input. Further words behind FILE are files of the last of these options, so that "
     "--reply *.crt does what it says. For --key and --cert a FILE that does not exist is made, as for gen.",
     false, cli_run_import},
    {CLI_REPAIR, "repair", "FILE [ALIAS]", 1, 2,
     "mend chains, replies under a wrong name, and what Java does not see",
     "Missing issuers are looked for in FILE itself, in the files and directories of --from, and with --system and "
     "--cacerts in those. Each chain is said before and after, with where every certificate is from, and what is "
     "missing where nothing has it. With ALIAS only that entry is repaired, and what is not done unasked is done as "
     "well. Ends with 0 when it was repaired or there is nothing to repair, and no error remains; with 1 when "
     "an error remains or something is missing, unless it is most likely a root, which clients have themselves. "
     "Warnings may remain.",
     false, cli_run_repair},
    {CLI_KEYS, "keys", "", 0, 0,
     "the keys of the explorer",
     "The table that the explorer itself uses.",
     false, cli_run_keys},
    {CLI_HELP, "help", "[COMMAND]", 0, 1,
     "the options of a command",
     "The same as --help behind the command.",
     false, cli_run_help},
    {CLI_DOCS, "docs", "man|bash|zsh|fish|formats|commands|findings", 1, 1,
     "the documents that are made from the tables",
     "Writes the man page, a shell completion, or a table of the README on standard output.",
     true, cli_run_docs},
    {0, NULL, NULL, 0, 0, NULL, NULL, false, NULL},
};

const struct cli_option cli_options[] = {
    {OPT_PASS, 0, "pass", "[NAME=]SRC", "prompt none env: file: fd:", CLI_TUI | CLI_FILES,
     "where the password comes from",
     "SRC is one of prompt, env:VAR, file:PATH, fd:N and none; see PASSWORDS. With NAME= it is for "
     "the file of that name only; the option may be given several times."},
    {OPT_KEY_PASS, 0, "key-pass", "SRC", "prompt none env: file: fd:",
     CLI_SHOW | CLI_COPY | CLI_MERGE | CLI_PASSWD | CLI_CONVERT | CLI_GEN | CLI_CSR | CLI_SIGN | CLI_RENEW |
         CLI_EXPORT | CLI_IMPORT | CLI_PROVE | CLI_REPAIR | CLI_CAPTURE,
     "the password of the key, if it is not the store's",
     "For show the key is unlocked to name its size and to compare it with its certificate; it is never "
     "shown. For the commands that write it opens the keys that have a password of their own."},
    {OPT_TO, 0, "to", "FILE|TYPE", "jks jceks pkcs12 bks uber bcfks pem", CLI_COPY | CLI_MERGE | CLI_CONVERT,
     "the keystore that is written into; for convert the type",
     ""},
    {OPT_OUTPUT, 'o', "output", "FILE", "", CLI_CONVERT | CLI_CSR | CLI_SIGN | CLI_EXPORT | CLI_CAPTURE,
     "the file that is written",
     "An existing file is replaced with --force only; convert keeps it as FILE.bak. For csr, sign, export and "
     "capture - is standard output; for capture the certificates go there, in PEM."},
    {OPT_TYPE, 0, "type", "TYPE", "jks jceks pkcs12 bks uber bcfks pem", CLI_CREATE | CLI_GEN | CLI_IMPORT,
     "its type; pkcs12 unless said otherwise", ""},
    {OPT_NEW_PASS, 0, "new-pass", "SRC", "prompt env: file: fd:",
     CLI_PASSWD | CLI_CREATE | CLI_CONVERT | CLI_GEN | CLI_EXPORT | CLI_IMPORT,
     "where the new password comes from",
     "SRC as for --pass. Without it create, passwd, and gen and import if they make the file, ask twice; convert keeps "
     "the old one."},
    {OPT_NEW_KEY_PASS, 0, "new-key-pass", "SRC", "prompt env: file: fd:",
     CLI_PASSWD | CLI_COPY | CLI_MERGE | CLI_GEN | CLI_RENEW | CLI_IMPORT,
     "the new password of the key",
     "Without it keys get the password of their keystore, which most programs expect."},
    {OPT_EMPTY_PASSWORD, 0, "empty-password", NULL, "", CLI_PASSWD | CLI_CREATE | CLI_CONVERT,
     "the new password is empty, which protects nothing", "Instead of --new-pass."},
    {OPT_ENTRY, 0, "entry", "ALIAS", "", CLI_PASSWD | CLI_IMPORT,
     "only this key: its password; for import, of a file with several, it alone", ""},
    {OPT_ALL_ENTRIES, 0, "all-entries", NULL, "", CLI_PASSWD,
     "set keys that have a password of their own to that of the keystore, too",
     "Jetty and Tomcat expect this."},
    {OPT_CLASH, 0, "clash", "fail|skip|replace|rename", "fail skip replace rename", CLI_COPY | CLI_MERGE | CLI_IMPORT,
     "what becomes of an alias that is there already",
     "fail is the default; rename makes alias-2, alias-3 and so on."},
    {OPT_SKIP_KNOWN, 0, "skip-known", NULL, "", CLI_COPY | CLI_MERGE,
     "leave out certificates that are there under any alias", ""},
    {OPT_DROP, 0, "drop", "ALIAS", "", CLI_CONVERT | CLI_MERGE,
     "leave this entry out; may be given several times",
     "What the type cannot hold has to be named, so that nothing is lost by accident."},
    {OPT_PROTECTION, 0, "protection", "PROFILE", "modern legacy keep",
     CLI_PASSWD | CLI_CREATE | CLI_CONVERT | CLI_EXPORT,
     "modern, legacy (for JDK 8 and old systems) or keep",
     "PKCS12 only. passwd keeps what the file has unless said otherwise; a new file is modern."},
    {OPT_BY, 0, "by", "alias|fingerprint", "alias fingerprint", CLI_DIFF,
     "pair entries by alias or by fingerprint", ""},
    {OPT_ALIAS, 0, "alias", "ALIAS", "", CLI_GEN | CLI_RENEW | CLI_IMPORT,
     "the name of the new entry; for import --reply that of the entry it is for",
     "For renew with --new-key: the entry of the new key; without it that takes the place of the old one."},
    {OPT_ALG, 0, "alg", "TYPE",
     "rsa:2048 rsa:3072 rsa:4096 rsa:8192 rsa-pss:3072 ec:p-256 ec:p-384 ec:p-521 ed25519 ed448",
     CLI_GEN | CLI_RENEW,
     "the type of the new key: rsa:3072, ec:p-256, ed25519 and so on",
     "rsa:3072 unless said otherwise; for renew the type of the present key. Also rsa-pss, secp256k1 and "
     "Brainpool curves where OpenSSL has them."},
    {OPT_DN, 0, "dn", "DN", "", CLI_GEN | CLI_CSR | CLI_SIGN | CLI_IMPORT,
     "the subject: CN=www.example.com,O=Example,C=US", ""},
    {OPT_SAN, 0, "san", "NAME", "dns: ip: email: uri:", CLI_GEN | CLI_CSR | CLI_SIGN | CLI_IMPORT,
     "an alternative name; may be given several times",
     "dns:, ip:, email:, uri:, dir: or oid: in front says of what kind; without it that is told by the "
     "looks. The names replace those that would be taken over."},
    {OPT_NO_CN_SAN, 0, "no-cn-san", NULL, "", CLI_GEN | CLI_IMPORT,
     "do not make the common name an alternative name", ""},
    {OPT_USE, 0, "use", "FOR", "server client server+client code ca none",
     CLI_GEN | CLI_CSR | CLI_SIGN | CLI_IMPORT,
     "what it is for: server, client, server+client, code, ca or none",
     "server is the default of gen and of import --self-signed; csr and sign take over what is there."},
    {OPT_KU, 0, "ku", "USAGES", "digitalSignature keyEncipherment keyAgreement keyCertSign cRLSign",
     CLI_GEN | CLI_CSR | CLI_SIGN | CLI_IMPORT,
     "key usages, with commas between them, in place of those of --use", ""},
    {OPT_EKU, 0, "eku", "USAGE", "serverAuth clientAuth codeSigning emailProtection timeStamping",
     CLI_GEN | CLI_CSR | CLI_SIGN | CLI_IMPORT,
     "one more extended key usage, by name or OID; may be given several times", ""},
    {OPT_PATH_LEN, 0, "path-len", "N", "", CLI_GEN | CLI_CSR | CLI_SIGN | CLI_IMPORT,
     "of a CA: how many CAs may stand below it", ""},
    {OPT_FROM, 0, "from", "DATE|FILE", "", CLI_GEN | CLI_SIGN | CLI_RENEW | CLI_IMPORT,
     "the beginning of the validity, in UTC; for import a keystore to look for issuers in",
     "The validity begins now unless this is given. A keystore may be given several times."},
    {OPT_DAYS, 0, "days", "N", "90 365 825 3650", CLI_GEN | CLI_SIGN | CLI_RENEW | CLI_IMPORT,
     "how long the certificate is valid",
     "365 days unless given, 3650 for --use ca; for renew as long as the present certificate."},
    {OPT_UNTIL, 0, "until", "DATE", "", CLI_GEN | CLI_SIGN | CLI_RENEW | CLI_IMPORT,
     "the last day of the validity, in place of --days", ""},
    {OPT_SIG, 0, "sig", "NAME",
     "SHA256withRSA SHA384withRSA SHA512withRSA RSASSA-PSS SHA256withECDSA SHA384withECDSA Ed25519",
     CLI_GEN | CLI_CSR | CLI_SIGN | CLI_IMPORT,
     "the signature algorithm, as Java names it", ""},
    {OPT_SIGNER, 0, "signer", "[FILE:]ALIAS", "", CLI_GEN | CLI_RENEW,
     "the entry of the CA that signs, here or in another keystore",
     "The chain of the CA follows the new certificate in the entry."},
    {OPT_NEW_KEY, 0, "new-key", NULL, "", CLI_RENEW,
     "make a new key, too", "Of the same type as the present one unless --alg says otherwise."},
    {OPT_CSR, 0, "csr", "REQUEST", "", CLI_SIGN,
     "the file with the request", "PEM or DER. Its own signature is checked."},
    {OPT_CHALLENGE, 0, "challenge", "TEXT", "", CLI_CSR,
     "a challenge password; everybody who sees the request can read it", ""},
    {OPT_FORMAT, 0, "format", "FORMAT", "pem der p7b pkipath p12 pkcs8",
     CLI_CSR | CLI_SIGN | CLI_EXPORT,
     "how it is written: pem or der; for export also p7b, pkipath, p12, pkcs8",
     "PEM unless said otherwise. p12 carries a pair, pkcs8 (DER) a private key."},
    {OPT_CHAIN, 0, "chain", NULL, "", CLI_SIGN,
     "write the chain of the CA behind the certificate", ""},
    {OPT_NO_COPY, 0, "no-copy", NULL, "", CLI_CSR | CLI_SIGN,
     "take over no names and usages", ""},
    {OPT_REPLY, 0, "reply", "FILE", "", CLI_IMPORT,
     "a file of the CA's reply; may be given several times", ""},
    {OPT_KEY, 0, "key", "FILE", "", CLI_IMPORT,
     "a file with private keys: PKCS#8, traditional, PVK, or a keystore",
     "May be given several times. --key-pass is the password of an encrypted key, --in-pass that of a keystore."},
    {OPT_IN_PASS, 0, "in-pass", "SRC", "prompt none env: file: fd:", CLI_IMPORT,
     "the password of the keystores that are imported from", "SRC as for --pass."},
    {OPT_ALL, 0, "all", NULL, "", CLI_IMPORT,
     "all certificates that are new, or all key pairs", ""},
    {OPT_FINGERPRINT, 0, "fingerprint", "SHA256", "", CLI_IMPORT,
     "the SHA-256 of a certificate to trust; may be given several times",
     "It picks the certificate and confirms it. Compare it with its owner by another way than the one on which "
     "the certificate came."},
    {OPT_YES, 0, "yes", NULL, "", CLI_IMPORT,
     "the fingerprints were compared", "Without this or --fingerprint nothing is trusted."},
    {OPT_WITHOUT_ROOT, 0, "without-root", NULL, "", CLI_IMPORT,
     "leave out the root at the end of the chain", ""},
    {OPT_INCOMPLETE, 0, "incomplete", NULL, "", CLI_IMPORT,
     "store a chain although some issuer is missing", ""},
    {OPT_OLDER, 0, "older", NULL, "", CLI_IMPORT,
     "the reply may be older than the present certificate", ""},
    {OPT_NO_CACERTS, 0, "no-cacerts", NULL, "", CLI_IMPORT,
     "do not look for issuers in the truststores of the JVMs", ""},
    {OPT_SELF_SIGNED, 0, "self-signed", NULL, "", CLI_IMPORT,
     "make a certificate for a key that has none; needs --dn", ""},
    {OPT_WHAT, 0, "what", "WHAT", "cert chain pubkey key pair", CLI_EXPORT,
     "what leaves: cert, chain, pubkey, key or pair (key and chain)", "cert unless said otherwise."},
    {OPT_UNENCRYPTED, 0, "unencrypted", NULL, "", CLI_EXPORT,
     "write the private key in clear", "The file has mode 0600."},
    {OPT_KEY_OUTPUT, 0, "key-output", "FILE", "", CLI_EXPORT,
     "of a pair in PEM: the key goes there, the chain to -o", "As nginx and Apache want them."},
    {OPT_TEXT, 0, "text", NULL, "", CLI_EXPORT,
     "subject and issuer above each certificate of a PEM file", ""},
    {OPT_FOR, 0, "for", "PROGRAM", "jvm java-opts dropwizard jetty tomcat spring kafka nginx", CLI_SNIPPET,
     "only the lines for this program", "All of them unless said otherwise."},
    {OPT_SEARCH, 0, "from", "FILE|DIRECTORY", "", CLI_CHECK | CLI_EXPLAIN | CLI_REPAIR | CLI_CAPTURE,
     "where certificates that are missing may be; may be given several times",
     "Without it only those of the keystore itself are known. Of a directory all files are looked at, and not "
     "its subdirectories. For capture without HOST:PORT it is a list of servers, as --servers."},
    {OPT_SYSTEM, 0, "system", NULL, "", CLI_CHECK | CLI_EXPLAIN | CLI_REPAIR | CLI_CAPTURE,
     "and in the CA bundle of the system", ""},
    {OPT_CACERTS, 0, "cacerts", NULL, "", CLI_CHECK | CLI_EXPLAIN | CLI_REPAIR | CLI_CAPTURE,
     "and in the cacerts of this host's Java", ""},
    {OPT_HOST, 0, "host", "NAME", "", CLI_CHECK | CLI_EXPLAIN | CLI_PROVE | CLI_REPAIR,
     "a host name or an address that clients ask for",
     "check, explain and repair take several, explain those that the messages name as well; prove takes one, which "
     "is the certificate's first name unless given."},
    {OPT_PURPOSE, 0, "purpose", "FOR", "auto server client ca trust", CLI_CHECK | CLI_EXPLAIN | CLI_REPAIR,
     "what the keystore is for: server, client, ca or trust",
     "Unless said otherwise key entries are those of a server, and a keystore without any is a truststore."},
    {OPT_REFERENCE, 0, "trust-reference", "system|cacerts|FILE", "system cacerts",
     CLI_CHECK | CLI_EXPLAIN | CLI_REPAIR,
     "the public CAs that a truststore should have",
     "Without it nothing is said about CAs that are missing."},
    {OPT_WARN_DAYS, 0, "warn-days", "N", "14 30 60 90", CLI_CHECK | CLI_CAPTURE,
     "how long before its end a certificate expires soon; 30 unless given", ""},
    {OPT_FAIL_LEVEL, 0, "fail", "error|warning|note", "error warning note", CLI_CHECK | CLI_CAPTURE,
     "what ends with 1: an error, which is the default, also a warning, also a note", ""},
    {OPT_IGNORE, 0, "ignore", "ID", "", CLI_CHECK,
     "a finding that is left out, such as CERT-SELF-SIGNED; may be given several times",
     "It is neither told nor counted, in no format. A file that cannot be opened keeps its exit status even so. "
     "docs/findings.md lists the ids, ksx explain ID tells what one means."},
    {OPT_REPORT, 0, "format", "FORMAT", "text json nagios prometheus ics", CLI_CHECK,
     "text, json, nagios, prometheus or ics",
     "nagios: a line of status with performance data, and the exit status of a plugin: 0 well, 1 a warning, 2 an "
     "error, 3 what could not be checked. prometheus: for the textfile collector of the node exporter. ics: the "
     "dates as a calendar."},
    {OPT_REVOCATION, 0, "revocation", NULL, "", CLI_CHECK | CLI_CAPTURE,
     "ask the CAs whether certificates of key entries, and their issuers, were revoked",
     "The OCSP responder that a certificate names, then its revocation list; each URL is told on standard error. Of a "
     "file without private keys its certificates are asked about. Nothing is asked without this option."},
    {OPT_CRL, 0, "crl", "FILE", "", CLI_CHECK | CLI_CAPTURE,
     "a file with revocation lists, which are looked at and nobody is asked; may be given several times",
     "In DER or PEM. Means --revocation."},
    {OPT_RESPONDER, 0, "responder", "URL", "", CLI_CHECK | CLI_CAPTURE,
     "the OCSP responder to ask, and not those that the certificates name", "Means --revocation."},
    {OPT_FETCH, 0, "fetch", NULL, "", CLI_CHECK | CLI_CAPTURE | CLI_REPAIR,
     "ask for missing issuers where certificates say that they are published",
     "By http or https; each URL is told on standard error before it is asked. What comes is a candidate like others: "
     "signatures decide. Nothing is asked without this option."},
    {OPT_PRIVATE, 0, "private", NULL, "", CLI_CHECK | CLI_CAPTURE | CLI_REPAIR,
     "for --revocation and --fetch: also addresses of this host and of private networks, and any port",
     "Certificates of strangers name where to ask. Without it only public addresses and the ports 80 and 443 are asked."},
    {OPT_PROXY, 0, "proxy", "URL|none", "none http:// socks5://", CLI_CHECK | CLI_CAPTURE | CLI_REPAIR,
     "the proxy in place of that of the environment: host:port, http://user@host:port, socks5://host:port",
     "For --revocation and --fetch, and for the servers of capture. Of a URL in a certificate it gets the name, also one of "
     "socks5://, unless there is --private."},
    {OPT_PROXY_PASS, 0, "proxy-pass", "SRC", "prompt env: file: fd:", CLI_CHECK | CLI_CAPTURE | CLI_REPAIR,
     "the password of the proxy's user", "SRC as for --pass."},
    {OPT_IN, 0, "in", "FILE", "", CLI_EXPLAIN,
     "a keystore in which the causes are looked for; may be given several times", ""},
    {OPT_TRUST, 0, "trust", "STORE|system|cacerts", "system cacerts", CLI_PROVE | CLI_CAPTURE,
     "what the other side trusts: a truststore, or a file of certificates",
     "cacerts is that of this host's first JVM, system the CA bundle, unless a file has that name. What can be read without a "
     "password is, and then its integrity is not checked. For capture it may be given several times."},
    {OPT_TRUST_PASS, 0, "trust-pass", "SRC", "prompt none env: file: fd:", CLI_PROVE | CLI_CAPTURE,
     "the password of the truststore", "SRC as for --pass, which it takes without this option."},
    {OPT_CLIENT, 0, "client", NULL, "", CLI_PROVE,
     "the certificate is a client's, and servers judge it", ""},
    {OPT_SERVERS, 0, "servers", "FILE", "", CLI_CAPTURE,
     "a list of servers, one a line; may be given several times",
     "What follows # is a remark; - is standard input."},
    {OPT_STARTTLS, 0, "starttls", "PROTOCOL", "none smtp imap pop3 ftp ldap xmpp postgres mysql", CLI_CAPTURE,
     "what is spoken before TLS begins: smtp, imap, pop3, ftp, ldap, xmpp, postgres or mysql; none: TLS at once",
     "Without it the port tells: 25 and 587 are SMTP, 389 is LDAP, 5432 is PostgreSQL and so on."},
    {OPT_SNI, 0, "sni", "NAME|none", "none", CLI_CAPTURE,
     "the name that is asked for, and judged; the host's unless given", ""},
    {OPT_ALPN, 0, "alpn", "PROTOCOLS", "h2,http/1.1", CLI_CAPTURE,
     "the protocols to offer, with commas between them; none unless given", ""},
    {OPT_IPV4, '4', "ipv4", NULL, "", CLI_CAPTURE, "connect to IPv4 addresses only", ""},
    {OPT_IPV6, '6', "ipv6", NULL, "", CLI_CAPTURE, "connect to IPv6 addresses only", ""},
    {OPT_DIRECT, 0, "compare-direct", NULL, "", CLI_CAPTURE,
     "ask once more without the proxy, and tell whether it puts itself between", ""},
    {OPT_TIMEOUT, 0, "timeout", "SECONDS", "5 10 30", CLI_CAPTURE,
     "how long to wait for a server in all; 10 unless given", ""},
    {OPT_IDENTITY, 0, "client", "FILE:ALIAS", "", CLI_CAPTURE,
     "the key pair to show when the server demands a certificate",
     "--pass and --key-pass are its passwords. The alias can be left out of a file with one key."},
    {OPT_PEM, 0, "pem", NULL, "", CLI_CAPTURE,
     "nothing but the certificates, in PEM, as they were sent", ""},
    {OPT_LEAVE_ROOT, 0, "leave-root", NULL, "", CLI_REPAIR,
     "add no root at the end of a chain", ""},
    {OPT_KEEP_EXTRAS, 0, "keep-extras", NULL, "", CLI_REPAIR,
     "keep certificates that are no part of a chain behind it", ""},
    {OPT_KEEP_LEFTOVER, 0, "keep-leftover", NULL, "", CLI_REPAIR,
     "keep the trusted entry that a reply was imported as", ""},
    {OPT_ADD_PUBLIC, 0, "add-public", NULL, "", CLI_REPAIR,
     "copy the CAs of --trust-reference that FILE lacks", ""},
    {OPT_CHOICE, 0, "choice", "N", "", CLI_REPAIR,
     "of several possible chains the Nth; 1 is the best", ""},
    {OPT_DRY_RUN, 'n', "dry-run", NULL, "", CLI_WRITES,
     "say what would be done, and write nothing", ""},
    {OPT_FORCE, 0, "force", NULL, "", CLI_WRITES | CLI_CAPTURE,
     "write although the file has several hard links or its owner cannot be kept",
     "For create and the commands with -o: replace an existing file. Also: write a certificate because of which "
     "Java will refuse the whole file."},
    {OPT_BACKUP, 0, "backup", "yes|no", "yes no",
     CLI_WRITES & ~(unsigned)(CLI_CSR | CLI_SIGN | CLI_EXPORT),
     "no: keep no FILE.bak", ""},
    {OPT_FILTER, 'f', "filter", "WORDS", "type:key type:cert type:secret exp:expired exp:<30d sev:error sev:warning",
     CLI_LIST | CLI_SHOW | CLI_EXPIRY | CLI_SCAN,
     "only entries for which all words hold",
     "See FILTERS."},
    {OPT_SORT, 's', "sort", "KEY", "file expiry name type status key", CLI_LIST,
     "the order: file, expiry, name, type, status, key",
     "The order is the file's own unless said otherwise."},
    {OPT_REVERSE, 'r', "reverse", NULL, "", CLI_LIST | CLI_EXPIRY | CLI_SCAN,
     "the other way round", ""},
    {OPT_SECTION, 0, "section", "NAME", "summary chain cert ext key pem findings", CLI_SHOW,
     "one section: summary, chain, cert, ext, key, pem, findings",
     "Without an alias the section of every entry is shown. The section pem of an alias holds nothing "
     "but PEM, ready to be redirected into a file."},
    {OPT_CERT, 0, "cert", "N|FILE", "", CLI_SHOW | CLI_IMPORT,
     "certificate N of the chain, 0 being the leaf; for import a file with certificates",
     "The file may be given several times."},
    {OPT_RAW, 'x', "raw", NULL, "", CLI_SHOW,
     "bytes, ASN.1 and code points instead of words", ""},
    {OPT_WITHIN, 'w', "within", "DAYS", "30d 90d 6m 1y", CLI_EXPIRY | CLI_SCAN,
     "only what has expired or will within this time: 90d, 12w, 6m, 1y", ""},
    {OPT_ICS, 0, "ics", NULL, "", CLI_EXPIRY | CLI_SCAN,
     "as a calendar (iCalendar) with a reminder 30 days ahead", ""},
    {OPT_FAIL, 0, "fail", NULL, "", CLI_EXPIRY | CLI_SCAN,
     "end with 1 if anything listed has expired or does within --within",
     "Entries that could not be judged, because they are locked or unreadable, count too: for cron and "
     "monitoring, 0 then means that all is well."},
    {OPT_UNFOLDED, 0, "all", NULL, "", CLI_SCAN,
     "list each certificate of large bundles, too", ""},
    {OPT_ONE_FILE_SYSTEM, 0, "one-file-system", NULL, "", CLI_SCAN,
     "stay on the file system of each DIR", ""},
    {OPT_MARKDOWN, 0, "markdown", NULL, "", CLI_KEYS,
     "as a table in Markdown", ""},
    {OPT_JSON, 'j', "json", NULL, "", CLI_FILES | CLI_KEYS,
     "one JSON object instead of text",
     "See JSON."},
    {OPT_QUIET, 'q', "quiet", NULL, "", CLI_FILES | CLI_KEYS,
     "no headings, no remarks: only the lines asked for", ""},
    {OPT_AT, 0, "at", "DATE", "", CLI_TUI | CLI_FILES,
     "judge validity at this time: 2026-03-01 or 2026-03-01T12:00:00Z",
     "What is made begins at this time, too, unless --from says otherwise."},
    {OPT_COLOR, 0, "color", "WHEN", "auto never always 8 256", CLI_TUI | CLI_FILES,
     "auto, never, always, 8 or 256",
     "auto colours on a terminal unless NO_COLOR is set. Nothing is ever said by colour alone."},
    {OPT_ASCII, 0, "ascii", NULL, "", CLI_TUI | CLI_FILES | CLI_KEYS,
     "no character beyond ASCII", ""},
    {OPT_UTF8, 0, "utf8", NULL, "", CLI_TUI | CLI_FILES | CLI_KEYS,
     "the terminal is UTF-8, whatever the locale says", ""},
    {OPT_PLAIN, 0, "plain", NULL, "", CLI_TUI,
     "one pane, no boxes, visible cursor: for screen readers",
     "KSX_PLAIN=1 in the environment does the same."},
    {OPT_READ_ONLY, 0, "read-only", NULL, "", CLI_TUI,
     "nothing is changed and nothing is written",
     "Without it a keystore is read-only when it is the truststore of a JVM, belongs to another user, "
     "or cannot be written; O lifts that."},
    {OPT_MOUSE, 0, "mouse", NULL, "", CLI_TUI,
     "use the mouse from the start", ""},
    {OPT_HELP, 'h', "help", NULL, "", CLI_EVERY, "this text", ""},
    {OPT_VERSION, 'V', "version", NULL, "", CLI_TUI, "the version", ""},
    {0, 0, NULL, NULL, NULL, 0, NULL, NULL},
};

const struct cli_exit_text cli_exits[] = {
    {CLI_DONE, "done"},
    {CLI_FINDINGS, "check: a finding of the level of --fail; capture: such a finding, a server that a --trust refuses, a --client that is refused, or with --trust or --fail a handshake that was broken off; expiry --fail and scan --fail: an entry listed has expired, does within the period, or could not be judged; diff: a difference; explain: no message that ksx knows; prove: not proven; repair: an error remains, or something is missing that is no root"},
    {CLI_USAGE, "the command line makes no sense, or names an alias that does not exist"},
    {CLI_UNREADABLE, "a file cannot be read, is of no known type, or is damaged"},
    {CLI_PASSWORD, "a password is missing or wrong"},
    {CLI_UNSUPPORTED, "a type or an algorithm that ksx does not open"},
    {CLI_NOT_WRITTEN, "nothing was written: permission, conflict, a loss that was not allowed, or the output itself"},
    {CLI_NETWORK, "a server could not be reached, or no TLS came of it; or ksx was built without network. Of many servers or files what could not be asked or read is told rather than 1"},
    {CLI_INTERNAL, "out of memory"},
    {0, NULL},
};
/* clang-format on */

static const struct {
    const char *word;
    enum report_section section;
} sections[] = {
    {"summary", REPORT_SUMMARY},   {"chain", REPORT_CHAIN}, {"cert", REPORT_CERT},
    {"ext", REPORT_EXT},           {"key", REPORT_KEY},     {"pem", REPORT_PEM},
    {"findings", REPORT_FINDINGS},
};

static const char *const colors[] = {
    [UI_COLOR_AUTO] = "auto", [UI_COLOR_NEVER] = "never", [UI_COLOR_ALWAYS] = "always",
    [UI_COLOR_8] = "8",       [UI_COLOR_256] = "256",
};

const struct cli_command *cli_command_named(const char *name)
{
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (*c->name && strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* ---- slips of the fingers ---- */

#define WORD_MAX 32

/* Letters to insert, to leave out, to change or to swap with their neighbour (the restricted
 * Damerau-Levenshtein distance). */
static size_t distance(const char *a, const char *b)
{
    size_t d[WORD_MAX + 1][WORD_MAX + 1], la = strlen(a), lb = strlen(b);
    if (la > WORD_MAX || lb > WORD_MAX)
        return WORD_MAX;
    for (size_t i = 0; i <= la; i++)
        for (size_t k = 0; k <= lb; k++) {
            if (i == 0 || k == 0) {
                d[i][k] = i + k;
                continue;
            }
            size_t best = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            best = d[i - 1][k] + 1 < best ? d[i - 1][k] + 1 : best;
            best = d[i][k - 1] + 1 < best ? d[i][k - 1] + 1 : best;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                d[i - 2][k - 2] + 1 < best)
                best = d[i - 2][k - 2] + 1;
            d[i][k] = best;
        }
    return d[la][lb];
}

const struct cli_command *cli_command_like(const char *word)
{
    const struct cli_command *like = NULL;
    size_t nearest = 3;
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (!*c->name || c->hidden)
            continue;
        size_t d = distance(word, c->name);
        if (d < nearest && d < strlen(word)) {
            nearest = d;
            like = c;
        }
    }
    return like;
}

enum ks_code cli_no_command(const char *what, const char *word, struct ks_error *err)
{
    const struct cli_command *like = cli_command_like(word);
    (void)ks_fail(err, KS_ERR_USAGE, "usage", "there is no %s called %.100s", what, word);
    if (like)
        return ks_fail_next(err, KS_ERR_USAGE, "did you mean ksx %s?", like->name);
    return ks_fail_next(err, KS_ERR_USAGE, "ksx --help lists the subcommands");
}

/* ---- values ---- */

/* A value that is none of an option's words; `value` may be anything, so the message is all ASCII.
 */
static enum ks_code bad_value(struct ks_error *err, const struct cli_option *o, const char *value)
{
    (void)ks_fail(err, KS_ERR_USAGE, "bad-value", "--%s does not take '%.100s'", o->name, value);
    return ks_fail_next(err, KS_ERR_USAGE, "it takes: %s", o->choices);
}

static bool all_digits(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0';
}

bool cli_parse_days(const char *text, int64_t *days)
{
    static const struct {
        char letter;
        int days;
    } units[] = {{'\0', 1}, {'d', 1}, {'w', 7}, {'m', 30}, {'y', 365}};
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 6 || (text[digits] && text[digits + 1]))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (units[i].letter == text[digits]) {
            *days = strtoll(text, NULL, 10) * units[i].days;
            return true;
        }
    return false;
}

static enum ks_code set_section(struct cli *cli, const struct cli_option *o, const char *value,
                                struct ks_error *err)
{
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (strcmp(sections[i].word, value) == 0) {
            cli->section = sections[i].section;
            return KS_OK;
        }
    return bad_value(err, o, value);
}

static enum ks_code set_color(struct cli *cli, const struct cli_option *o, const char *value,
                              struct ks_error *err)
{
    for (size_t i = 0; i < sizeof colors / sizeof colors[0]; i++)
        if (strcmp(colors[i], value) == 0) {
            cli->color = (enum ui_color)i;
            return KS_OK;
        }
    return bad_value(err, o, value);
}

static enum ks_code set_cert(struct cli *cli, const char *value, struct ks_error *err)
{
    if (!all_digits(value) || strlen(value) > 6)
        return ks_fail(err, KS_ERR_USAGE, "bad-value",
                       "--cert needs a number, 0 for the leaf, not '%.100s'", value);
    cli->cert = atoi(value);
    return KS_OK;
}

static enum ks_code set_within(struct cli *cli, const char *value, struct ks_error *err)
{
    if (!cli_parse_days(value, &cli->within))
        return ks_fail(err, KS_ERR_USAGE, "bad-value",
                       "--within needs a time such as 90d, 12w, 6m or 1y, not '%.100s'", value);
    return KS_OK;
}

static enum ks_code set_at(const char *value, struct ks_error *err)
{
    int64_t at;
    if (!ks_time_parse(value, &at))
        return ks_fail(err, KS_ERR_USAGE, "bad-value",
                       "--at needs a date such as 2026-03-01 or 2026-03-01T12:00:00Z (UTC), "
                       "not '%.100s'",
                       value);
    ks_clock_pin(at);
    return KS_OK;
}

static enum ks_code set_filter(struct cli *cli, const char *value, struct ks_error *err)
{
    filter_free(cli->filter);
    cli->filter = filter_parse(value, err);
    cli->filter_text = value;
    return cli->filter ? KS_OK : KS_ERR_USAGE;
}

static enum ks_code set_source(struct password_source **source, const char *value,
                               struct ks_error *err)
{
    if (*source) {
        password_source_free(*source);
        free(*source);
    }
    *source = ks_alloc(sizeof **source);
    return password_source_parse(value, *source, err);
}

static enum ks_code set_type(struct cli *cli, const struct cli_option *o, const char *value,
                             struct ks_error *err)
{
    cli->type = ks_format_by_name(value);
    return cli->type && (cli->type->caps & KS_CAP_WRITE) ? KS_OK : bad_value(err, o, value);
}

/* --to of convert is a type, of the others a file. */
static enum ks_code set_to(struct cli *cli, const struct cli_option *o, const char *value,
                           struct ks_error *err)
{
    cli->to = value;
    return cli->command->id == CLI_CONVERT ? set_type(cli, o, value, err) : KS_OK;
}

/* One of the words that the option completes: its number. */
static enum ks_code set_word(int *out, const struct cli_option *o, const char *value,
                             struct ks_error *err)
{
    const char *at = o->choices;
    for (int i = 0; *at; i++) {
        size_t len = strcspn(at, " ");
        if (strlen(value) == len && strncmp(at, value, len) == 0) {
            *out = i;
            return KS_OK;
        }
        at += len + strspn(at + len, " ");
    }
    return bad_value(err, o, value);
}

static enum ks_code set_protection(struct cli *cli, const struct cli_option *o, const char *value,
                                   struct ks_error *err)
{
    static const int protections[] = {KS_PROTECT_MODERN, KS_PROTECT_LEGACY, KS_PROTECT_KEEP};
    int word = 0;
    enum ks_code rc = set_word(&word, o, value, err);
    cli->protection = protections[word];
    return rc;
}

static enum ks_code set_flag(bool *out, int wanted, const struct cli_option *o, const char *value,
                             struct ks_error *err)
{
    int word = 0;
    enum ks_code rc = set_word(&word, o, value, err);
    *out = word == wanted;
    return rc;
}

/* Requests and what is made of them are PEM or DER, the first two words. */
static enum ks_code set_format(struct cli *cli, const struct cli_option *o, const char *value,
                               struct ks_error *err)
{
    enum ks_code rc = set_word(&cli->format, o, value, err);
    if (rc == KS_OK && cli->format > 1 && cli->command->id != CLI_EXPORT)
        rc = ks_fail(err, KS_ERR_USAGE, "usage", "--format of ksx %s is pem or der",
                     cli->command->name);
    cli->der = cli->format == 1;
    return rc;
}

static enum ks_code add_drop(struct cli *cli, const char *value, struct ks_error *err)
{
    if (cli->drop_count == sizeof cli->drops / sizeof cli->drops[0])
        return ks_fail(err, KS_ERR_USAGE, "usage", "--drop is given too often");
    cli->drops[cli->drop_count++] = value;
    return KS_OK;
}

/* What only says that it was given. */
static bool set_given(struct cli *cli, enum cli_option_id id)
{
#define GIVEN(option, member) {option, offsetof(struct cli, member)}
    static const struct {
        enum cli_option_id id;
        size_t at;
    } given[] = {
        GIVEN(OPT_CLIENT, proving.client),
        GIVEN(OPT_ALL, bringing.all),
        GIVEN(OPT_YES, bringing.yes),
        GIVEN(OPT_WITHOUT_ROOT, bringing.without_root),
        GIVEN(OPT_INCOMPLETE, bringing.incomplete),
        GIVEN(OPT_OLDER, bringing.older),
        GIVEN(OPT_NO_CACERTS, bringing.no_cacerts),
        GIVEN(OPT_SELF_SIGNED, bringing.self_signed),
        GIVEN(OPT_NO_CN_SAN, making.no_cn_san),
        GIVEN(OPT_NO_COPY, making.no_copy),
        GIVEN(OPT_NEW_KEY, making.new_key),
        GIVEN(OPT_CHAIN, making.chain),
        GIVEN(OPT_UNENCRYPTED, unencrypted),
        GIVEN(OPT_UNFOLDED, scanning.all),
        GIVEN(OPT_ONE_FILE_SYSTEM, scanning.one_file_system),
        GIVEN(OPT_TEXT, with_text),
        GIVEN(OPT_ALL_ENTRIES, all_entries),
        GIVEN(OPT_EMPTY_PASSWORD, empty_password),
        GIVEN(OPT_SKIP_KNOWN, skip_known),
        GIVEN(OPT_DRY_RUN, dry_run),
        GIVEN(OPT_FORCE, force),
        GIVEN(OPT_REVERSE, reverse),
        GIVEN(OPT_RAW, raw),
        GIVEN(OPT_ICS, ics),
        GIVEN(OPT_FAIL, fail),
        GIVEN(OPT_MARKDOWN, markdown),
        GIVEN(OPT_JSON, json),
        GIVEN(OPT_QUIET, quiet),
        GIVEN(OPT_ASCII, ascii),
        GIVEN(OPT_UTF8, utf8),
        GIVEN(OPT_PLAIN, plain),
        GIVEN(OPT_READ_ONLY, read_only),
        GIVEN(OPT_MOUSE, mouse),
        GIVEN(OPT_HELP, help),
        GIVEN(OPT_VERSION, version),
    };
#undef GIVEN
    const bool yes = true;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].id == id) {
            memcpy((char *)cli + given[i].at, &yes, sizeof yes);
            return true;
        }
    return false;
}

/* Words that are looked at when the command runs. */
static bool set_text(struct cli *cli, enum cli_option_id id, const char *value)
{
#define TEXT(option, member) {option, offsetof(struct cli, member)}
    static const struct {
        enum cli_option_id id;
        size_t at;
    } texts[] = {
        TEXT(OPT_ALG, making.alg),
        TEXT(OPT_DN, making.dn),
        TEXT(OPT_USE, making.use),
        TEXT(OPT_KU, making.usages),
        TEXT(OPT_PATH_LEN, making.path_len),
        TEXT(OPT_FROM, making.from),
        TEXT(OPT_DAYS, making.days),
        TEXT(OPT_UNTIL, making.until),
        TEXT(OPT_SIG, making.signature),
        TEXT(OPT_SIGNER, making.signer),
        TEXT(OPT_CSR, making.request),
        TEXT(OPT_CHALLENGE, making.challenge),
        TEXT(OPT_TRUST, proving.trust),
        TEXT(OPT_ALIAS, alias),
        TEXT(OPT_OUTPUT, output),
        TEXT(OPT_KEY_OUTPUT, key_output),
        TEXT(OPT_ENTRY, entry),
    };
#undef TEXT
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].id == id) {
            memcpy((char *)cli + texts[i].at, &value, sizeof value);
            return true;
        }
    return false;
}

/* Where a password comes from; NULL: the option is about something else. */
static struct password_source **source_of(struct cli *cli, enum cli_option_id id)
{
    switch (id) {
    case OPT_TRUST_PASS:
        return &cli->proving.password;
    case OPT_IN_PASS:
        return &cli->bringing.password;
    case OPT_KEY_PASS:
        return &cli->key_password;
    case OPT_NEW_PASS:
        return &cli->new_password;
    case OPT_NEW_KEY_PASS:
        return &cli->new_key_password;
    default:
        return NULL;
    }
}

static enum ks_code add_word(const char **list, size_t *count, size_t max,
                             const struct cli_option *o, const char *value, struct ks_error *err)
{
    if (*count == max)
        return ks_fail(err, KS_ERR_USAGE, "usage", "--%s is given too often", o->name);
    list[(*count)++] = value;
    return KS_OK;
}

/* A value that is understood at once. */
static enum ks_code set_value(struct cli *cli, const struct cli_option *o, const char *value,
                              struct ks_error *err)
{
    struct cli_making *m = &cli->making;
    switch (o->id) {
    case OPT_SAN:
        return add_word(m->names, &m->name_count, CLI_NAMES_MAX, o, value, err);
    case OPT_EKU:
        return add_word(m->extended, &m->extended_count, CLI_EXTENDED_MAX, o, value, err);
    case OPT_FORMAT:
        return set_format(cli, o, value, err);
    case OPT_WHAT:
        return set_word(&cli->what, o, value, err);
    case OPT_FOR:
        return set_word(&cli->program, o, value, err);
    case OPT_PASS:
        return password_sources_add(cli->passwords, value, err);
    case OPT_FILTER:
        return set_filter(cli, value, err);
    case OPT_SORT:
        cli->sort_given = true;
        return sort_key_parse(value, &cli->sort) ? KS_OK : bad_value(err, o, value);
    case OPT_SECTION:
        return set_section(cli, o, value, err);
    case OPT_CERT:
        return set_cert(cli, value, err);
    case OPT_WITHIN:
        return set_within(cli, value, err);
    case OPT_AT:
        return set_at(value, err);
    case OPT_COLOR:
        return set_color(cli, o, value, err);
    case OPT_TO:
        return set_to(cli, o, value, err);
    case OPT_TYPE:
        return set_type(cli, o, value, err);
    case OPT_CLASH: /* in the order of enum ks_clash */
        return set_word(&cli->clash, o, value, err);
    case OPT_DROP:
        return add_drop(cli, value, err);
    case OPT_PROTECTION:
        return set_protection(cli, o, value, err);
    case OPT_BY:
        return set_flag(&cli->by_fingerprint, 1, o, value, err);
    case OPT_BACKUP:
        return set_flag(&cli->no_backup, 1, o, value, err);
    default:
        return KS_OK;
    }
}

/* The lists of import: files, keystores, fingerprints. */
static bool is_source(enum cli_option_id id)
{
    return id == OPT_CERT || id == OPT_REPLY || id == OPT_KEY || id == OPT_FROM ||
           id == OPT_FINGERPRINT;
}

static enum ks_code add_source(struct cli_bringing *b, const struct cli_option *o,
                               const char *value, struct ks_error *err)
{
    if (o->id == OPT_CERT || o->id == OPT_REPLY || o->id == OPT_KEY)
        b->last = o;
    switch (o->id) {
    case OPT_CERT:
        return add_word(b->certs, &b->cert_count, CLI_SOURCES_MAX, o, value, err);
    case OPT_REPLY:
        return add_word(b->replies, &b->reply_count, CLI_SOURCES_MAX, o, value, err);
    case OPT_KEY:
        return add_word(b->keys, &b->key_count, CLI_SOURCES_MAX, o, value, err);
    case OPT_FROM:
        return add_word(b->stores, &b->store_count, CLI_SOURCES_MAX, o, value, err);
    default:
        return add_word(b->prints, &b->print_count, CLI_NAMES_MAX, o, value, err);
    }
}

static enum ks_code set_warn_days(struct cli_doctoring *d, const char *value, struct ks_error *err)
{
    int64_t days;
    if (!cli_parse_days(value, &days) || days < 1 || days > 36500)
        return ks_fail(err, KS_ERR_USAGE, "bad-value",
                       "--warn-days needs a number of days such as 30, not '%.100s'", value);
    d->warn_days = (int)days;
    return KS_OK;
}

/* The words are in the order of their enumerations. */
static enum ks_code set_fail_level(struct cli_doctoring *d, const struct cli_option *o,
                                   const char *value, struct ks_error *err)
{
    static const enum ks_severity levels[] = {KS_ERROR, KS_WARNING, KS_NOTE};
    int word = 0;
    enum ks_code rc = set_word(&word, o, value, err);
    d->fail = (int)levels[word];
    return rc;
}

/* The id that was probably meant; NULL if none is near. */
static const char *finding_like(const char *word)
{
    const char *like = NULL;
    char upper[WORD_MAX + 1];
    size_t nearest = 4, len = strlen(word);
    for (size_t i = 0; i <= len && i < sizeof upper; i++)
        upper[i] = (char)toupper((unsigned char)word[i]);
    for (const struct ks_catalogue *c = ks_catalogue(); len <= WORD_MAX && c->id; c++) {
        size_t d = distance(upper, c->id);
        if (d < nearest && d < len) {
            nearest = d;
            like = c->id;
        }
    }
    return like;
}

static enum ks_code add_ignored(struct cli_doctoring *d, const struct cli_option *o,
                                const char *value, struct ks_error *err)
{
    const struct ks_catalogue *row = ks_catalogue_of(value);
    const char *like = row ? NULL : finding_like(value);
    if (row)
        return add_word(d->ignored, &d->ignored_count, CLI_NAMES_MAX, o, row->id, err);
    (void)ks_fail(err, KS_ERR_USAGE, "bad-value", "there is no finding called '%.100s'", value);
    if (like)
        return ks_fail_next(err, KS_ERR_USAGE, "did you mean %s?", like);
    return ks_fail_next(err, KS_ERR_USAGE, "docs/findings.md lists them, and ksx check names them");
}

static enum ks_code set_report(struct cli *cli, const struct cli_option *o, const char *value,
                               struct ks_error *err)
{
    enum ks_code rc = set_word(&cli->doctoring.report, o, value, err);
    cli->json = cli->json || cli->doctoring.report == CLI_JSON;
    return rc;
}

/* What the doctor is asked. */
static bool is_asked(enum cli_option_id id)
{
    return id >= OPT_SEARCH && id <= OPT_IN;
}

static enum ks_code set_asked(struct cli *cli, const struct cli_option *o, const char *value,
                              struct ks_error *err)
{
    struct cli_doctoring *d = &cli->doctoring;
    switch (o->id) {
    case OPT_SEARCH:
        return add_word(d->from, &d->from_count, CLI_SOURCES_MAX, o, value, err);
    case OPT_IN:
        return add_word(d->in, &d->in_count, CLI_SOURCES_MAX, o, value, err);
    case OPT_HOST:
        return add_word(d->hosts, &d->host_count, CLI_NAMES_MAX, o, value, err);
    case OPT_SYSTEM:
        d->system = true;
        return KS_OK;
    case OPT_CACERTS:
        d->cacerts = true;
        return KS_OK;
    case OPT_REFERENCE:
        d->reference = value;
        return KS_OK;
    case OPT_PURPOSE:
        return set_word(&d->purpose, o, value, err);
    case OPT_WARN_DAYS:
        return set_warn_days(d, value, err);
    case OPT_FAIL_LEVEL:
        return set_fail_level(d, o, value, err);
    case OPT_IGNORE:
        return add_ignored(d, o, value, err);
    case OPT_CRL:
        return add_word(d->lists, &d->list_count, CLI_SOURCES_MAX, o, value, err);
    case OPT_RESPONDER:
        d->responder = value;
        return KS_OK;
    case OPT_REVOCATION:
        d->revocation = true;
        return KS_OK;
    case OPT_FETCH:
        d->fetch = true;
        return KS_OK;
    case OPT_PRIVATE:
        d->private_too = true;
        return KS_OK;
    case OPT_PROXY:
        d->proxy = value;
        return KS_OK;
    case OPT_PROXY_PASS:
        return set_source(&d->proxy_password, value, err);
    default:
        return set_report(cli, o, value, err);
    }
}

/* What a repair may do; *rc is set when it is one of its options. */
static bool set_repairing(struct cli_repairing *r, const struct cli_option *o, const char *value,
                          enum ks_code *rc, struct ks_error *err)
{
    *rc = KS_OK;
    switch (o->id) {
    case OPT_LEAVE_ROOT:
        r->leave_root = true;
        break;
    case OPT_KEEP_EXTRAS:
        r->keep_extras = true;
        break;
    case OPT_KEEP_LEFTOVER:
        r->keep_leftover = true;
        break;
    case OPT_ADD_PUBLIC:
        r->add_public = true;
        break;
    case OPT_CHOICE:
        r->choice = all_digits(value) && strlen(value) <= 3 ? (size_t)atoi(value) : 0;
        if (!r->choice)
            *rc = ks_fail(err, KS_ERR_USAGE, "bad-value",
                          "--choice needs a number from 1, not '%.100s'", value);
        break;
    default:
        return false;
    }
    return true;
}

static enum ks_code set_timeout(struct cli_capturing *c, const char *value, struct ks_error *err)
{
    c->seconds = all_digits(value) && strlen(value) <= 3 ? (unsigned)atoi(value) : 0;
    return c->seconds ? KS_OK
                      : ks_fail(err, KS_ERR_USAGE, "bad-value",
                                "--timeout needs a number of seconds from 1 to 999, not '%.100s'",
                                value);
}

/* How servers are asked; *rc is set when it is one of its options. */
static bool set_capturing(struct cli_capturing *c, const struct cli_option *o, const char *value,
                          enum ks_code *rc, struct ks_error *err)
{
    static const struct {
        enum cli_option_id id;
        size_t at;
    } words[] = {
        {OPT_STARTTLS, offsetof(struct cli_capturing, starttls)},
        {OPT_SNI, offsetof(struct cli_capturing, sni)},
        {OPT_ALPN, offsetof(struct cli_capturing, alpn)},
        {OPT_IDENTITY, offsetof(struct cli_capturing, client)},
    };
    enum ks_starttls protocol;
    *rc = KS_OK;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].id == o->id) {
            memcpy((char *)c + words[i].at, &value, sizeof value);
            if (o->id == OPT_STARTTLS && !ks_starttls_by_word(value, &protocol))
                *rc = bad_value(err, o, value);
            return true;
        }
    switch (o->id) {
    case OPT_TRUST:
        *rc = add_word(c->trusts, &c->trust_count, CLI_TRUSTS_MAX, o, value, err);
        break;
    case OPT_SERVERS:
        *rc = add_word(c->servers, &c->server_count, CLI_SOURCES_MAX, o, value, err);
        break;
    case OPT_TIMEOUT:
        *rc = set_timeout(c, value, err);
        break;
    case OPT_IPV4:
        c->family = KS_FAMILY_4;
        break;
    case OPT_IPV6:
        c->family = KS_FAMILY_6;
        break;
    case OPT_DIRECT:
        c->compare_direct = true;
        break;
    case OPT_PEM:
        c->pem = true;
        break;
    default:
        return false;
    }
    return true;
}

static enum ks_code set_option(struct cli *cli, const struct cli_option *o, const char *value,
                               struct ks_error *err)
{
    struct password_source **source = source_of(cli, o->id);
    enum ks_code rc;
    if (is_asked(o->id))
        return set_asked(cli, o, value, err);
    if (set_repairing(&cli->repairing, o, value, &rc, err))
        return rc;
    if (cli->command->id == CLI_CAPTURE && set_capturing(&cli->capturing, o, value, &rc, err))
        return rc;
    if (cli->command->id == CLI_IMPORT && is_source(o->id))
        return add_source(&cli->bringing, o, value, err);
    if (set_given(cli, o->id) || set_text(cli, o->id, value))
        return KS_OK;
    return source ? set_source(source, value, err) : set_value(cli, o, value, err);
}

/* ---- the command line ---- */

#define MAX_OPTIONS 128
#define LONG_BASE 256 /* getopt's value for the option in row i of the table is LONG_BASE + i */

static_assert(sizeof cli_options / sizeof cli_options[0] <= MAX_OPTIONS, "room for all options");

struct getopt_tables {
    struct option longs[MAX_OPTIONS + 1];
    char shorts[2 + 2 * MAX_OPTIONS + 1];
};

/* Another row of the same name is meant: the one of this subcommand, or else the first. */
static bool is_shadowed(const struct cli_option *o, unsigned command)
{
    for (const struct cli_option *other = cli_options; other->name; other++)
        if (other != o && strcmp(other->name, o->name) == 0 && !(o->commands & command) &&
            ((other->commands & command) || other < o))
            return true;
    return false;
}

static void make_tables(struct getopt_tables *t, unsigned command)
{
    size_t s = 0, l = 0;
    memset(t, 0, sizeof *t);
    t->shorts[s++] = ':'; /* a missing value is told apart, and getopt itself stays silent */
    for (int i = 0; cli_options[i].name; i++) {
        const struct cli_option *o = &cli_options[i];
        if (is_shadowed(o, command))
            continue;
        t->longs[l++] = (struct option){o->name, o->value ? required_argument : no_argument, NULL,
                                        LONG_BASE + i};
        if (o->letter)
            t->shorts[s++] = o->letter;
        if (o->letter && o->value)
            t->shorts[s++] = ':';
    }
}

static const struct cli_option *option_of(int value)
{
    if (value >= LONG_BASE)
        return &cli_options[value - LONG_BASE];
    for (const struct cli_option *o = cli_options; o->name; o++)
        if (o->letter && o->letter == value)
            return o;
    return NULL;
}

static const char *command_label(const struct cli_command *c)
{
    return *c->name ? c->name : "the explorer";
}

static enum ks_code try_help(struct ks_error *err, const struct cli_command *c)
{
    return ks_fail_next(err, KS_ERR_USAGE, "ksx %s%s--help lists what there is", c->name,
                        *c->name ? " " : "");
}

static enum ks_code unknown_option(struct ks_error *err, const struct cli_command *c,
                                   const char *word, int letter)
{
    if (letter && letter < LONG_BASE && isprint(letter))
        (void)ks_fail(err, KS_ERR_USAGE, "usage", "there is no option -%c", letter);
    else
        (void)ks_fail(err, KS_ERR_USAGE, "usage", "there is no option %.100s", word);
    return try_help(err, c);
}

static enum ks_code parse_options(struct cli *cli, int argc, char **argv, struct ks_error *err)
{
    struct getopt_tables tables;
    make_tables(&tables, (unsigned)cli->command->id);
    opterr = 0;
    optind = 0; /* GNU: start anew */
    for (;;) {
        int value = getopt_long(argc, argv, tables.shorts, tables.longs, NULL);
        if (value == -1)
            return KS_OK;
        if (value == '?')
            return unknown_option(err, cli->command, argv[optind - 1], optopt);
        const struct cli_option *o = option_of(value == ':' ? optopt : value);
        if (!(o->commands & cli->command->id)) {
            (void)ks_fail(err, KS_ERR_USAGE, "usage", "--%s is no option of %s", o->name,
                          command_label(cli->command));
            return try_help(err, cli->command);
        }
        if (value == ':') {
            (void)ks_fail(err, KS_ERR_USAGE, "usage", "--%s needs a value: %s", o->name, o->value);
            return try_help(err, cli->command);
        }
        enum ks_code rc = set_option(cli, o, optarg, err);
        if (rc != KS_OK)
            return rc;
    }
}

/* import FILE --reply A B C, as a shell makes of --reply *.crt */
static enum ks_code take_further_sources(struct cli *cli, struct ks_error *err)
{
    const struct cli_option *last = cli->bringing.last;
    enum ks_code rc = KS_OK;
    if (cli->command->id != CLI_IMPORT || !last || cli->operand_count < 2)
        return KS_OK;
    for (size_t i = 1; i < cli->operand_count && rc == KS_OK; i++)
        rc = add_source(&cli->bringing, last, cli->operands[i], err);
    cli->operand_count = 1;
    return rc;
}

static enum ks_code check_operands(struct cli *cli, struct ks_error *err)
{
    const struct cli_command *c = cli->command;
    int count = (int)cli->operand_count;
    if (count >= c->min && (c->max < 0 || count <= c->max))
        return KS_OK;
    if (count < c->min)
        (void)ks_fail(err, KS_ERR_USAGE, "usage", "something is missing: ksx %s %s", c->name,
                      c->operands);
    else if (c->max == 0)
        (void)ks_fail(err, KS_ERR_USAGE, "usage", "ksx %s takes no word, and not '%.100s'", c->name,
                      cli->operands[0]);
    else
        (void)ks_fail(err, KS_ERR_USAGE, "usage", "'%.100s' is too much: ksx %s %s",
                      cli->operands[c->max], c->name, c->operands);
    return try_help(err, c);
}

enum ks_code cli_parse(struct cli *cli, int argc, char **argv, struct ks_error *err)
{
    cli->command = &cli_commands[0];
    const struct cli_command *named = argc > 1 ? cli_command_named(argv[1]) : NULL;
    if (named) {
        cli->command = named;
        argc--;
        argv++;
    }
    enum ks_code rc = parse_options(cli, argc, argv, err);
    if (rc != KS_OK || cli->help || cli->version)
        return rc;
    cli->operands = argv + optind;
    cli->operand_count = (size_t)(argc - optind);
    if (cli->json && (cli->ics || cli->doctoring.report > CLI_JSON))
        return ks_fail(err, KS_ERR_USAGE, "usage", "%s and --json: choose one of them",
                       cli->ics ? "--ics" : "--format");
    rc = take_further_sources(cli, err);
    if (rc != KS_OK)
        return rc;
    return check_operands(cli, err);
}

/* ---- help ---- */

static void option_words(const struct cli_option *o, struct ks_buf *out)
{
    if (o->letter)
        ks_buf_printf(out, "-%c, ", o->letter);
    ks_buf_printf(out, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
}

static void help_row(struct ks_buf *out, const char *left, const char *right)
{
    if (strlen(left) > 22)
        ks_buf_printf(out, "  %s\n  %-22s  %s\n", left, "", right);
    else
        ks_buf_printf(out, "  %-22s  %s\n", left, right);
}

static void help_options(unsigned commands, struct ks_buf *out)
{
    for (const struct cli_option *o = cli_options; o->name; o++) {
        if (!(o->commands & commands))
            continue;
        struct ks_buf words = KS_BUF_INIT;
        option_words(o, &words);
        help_row(out, ks_buf_text(&words), o->help);
        ks_buf_free(&words);
    }
}

/* Words wrapped at 78 columns. */
static void help_paragraph(struct ks_buf *out, const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (column && column + 1 + len > 78) {
            ks_buf_byte(out, '\n');
            column = 0;
        } else if (column) {
            ks_buf_byte(out, ' ');
            column++;
        }
        ks_buf_append(out, text, len);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    ks_buf_byte(out, '\n');
}

static void help_program(struct ks_buf *out)
{
    ks_buf_str(out, "usage: ksx [OPTION...] [FILE...]\n"
                    "       ksx COMMAND [OPTION...] FILE...\n\n"
                    "ksx explores Java keystores, PKCS#12 and PEM files in the terminal.\n\n");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        if (c->hidden)
            continue;
        struct ks_buf words = KS_BUF_INIT;
        ks_buf_printf(&words, "%s%s%s", c->name, *c->name ? " " : "", c->operands);
        help_row(out, ks_buf_text(&words), c->summary);
        ks_buf_free(&words);
    }
    ks_buf_str(out, "\nOptions of the explorer (ksx COMMAND --help lists a command's own):\n");
    help_options(CLI_TUI, out);
    ks_buf_str(out, "\nman ksx tells more.\n");
}

static bool takes_source(unsigned commands)
{
    for (const struct cli_option *o = cli_options; o->name; o++)
        if (o->commands & commands && o->value && strstr(o->value, "SRC"))
            return true;
    return false;
}

void cli_help(const struct cli_command *command, struct ks_buf *out)
{
    if (command->id == CLI_TUI) {
        help_program(out);
        return;
    }
    ks_buf_printf(out, "usage: ksx %s [OPTION...]%s%s\n\n", command->name,
                  *command->operands ? " " : "", command->operands);
    help_paragraph(out, command->more);
    ks_buf_byte(out, '\n');
    help_options((unsigned)command->id, out);
    if (takes_source((unsigned)command->id))
        ks_buf_str(out, "\nSRC is one of prompt, env:VAR, file:PATH, fd:N and none.\n");
}
