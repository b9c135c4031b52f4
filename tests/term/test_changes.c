/* What each edit leaves on disk, and what stands in the way of one. */
#include "sandbox.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void apply(struct pty *t)
{
    pty_wait(t, "Enter Apply");
    pty_type(t, "<Enter>");
    pty_wait_gone(t, "Enter Apply");
}

static void save(struct pty *t)
{
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
}

static struct pty *open_sample(int rows, int cols)
{
    put_sample("inbound.p12", "inbound.p12");
    keep_bytes("inbound.p12");
    return open_in_box(rows, cols, "inbound.p12");
}

/* nexus-iq-server gets the name iq-2026. */
static void change_one(struct pty *t)
{
    pty_type(t, "gj");
    wait_cursor_on(t, "nexus-iq-server");
    pty_type(t, "m<C-u>iq-2026<Enter>");
    apply(t);
    wait_cursor_on(t, "iq-2026");
}

static void leave(struct pty *t)
{
    pty_type(t, "Q");
    pty_wait(t, "Quit with unsaved changes");
    pty_type(t, "n");
    ends_with(t, 0);
    pty_free(t);
}

/* ---- delete ---- */

static void deleting_a_key_says_that_it_is_the_only_copy(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "jd");
    pty_wait(t, "only copy");
    pty_type(t, "<Enter>");
    pty_wait(t, "Enter does nothing here");
    pty_type(t, "d");
    pty_wait(t, "[+1]");
    wait_cursor_on(t, "ldap-client"); /* what came to where it was */
    assert_unchanged("inbound.p12");
    pty_type(t, "u");
    pty_wait(t, "is as on disk");
    wait_cursor_on(t, "nexus-iq-server");
    quit(t);
    assert_unchanged("inbound.p12");
}

static void marked_entries_go_together_and_the_cursor_stays(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "jj<Space>");
    wait_cursor_on(t, "corp-root");
    pty_type(t, "j<Space>");
    wait_cursor_on(t, "aes-session");
    pty_wait(t, "2 marked");
    pty_type(t, "k"); /* on a marked one */
    pty_type(t, "k");
    wait_cursor_on(t, "corp-root");
    pty_type(t, "d");
    pty_wait(t, "Delete 2 entries");
    pty_wait(t, "d delete");
    pty_type(t, "d");
    pty_wait(t, "[+1]");
    wait_cursor_on(t, "corp-root");
    save(t);
    assert_string_equal(aliases_of("inbound.p12", "changeit"),
                        "nexus-iq-server corp-root aes-session");
    assert_is_backup("inbound.p12.bak");
    quit(t);
}

/* ---- marks, sort and filter ---- */

static void marks_and_folds_stay_with_a_renamed_entry(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "jl");
    pty_wait(t, "0 iq.example.com");
    pty_type(t, "<Space>k");
    wait_cursor_on(t, "nexus-iq-server");
    pty_wait(t, "1 marked");
    pty_type(t, "se");
    pty_wait(t, "sort:expiry");
    pty_type(t, "m<C-u>iq-2026<Enter>");
    apply(t);
    wait_cursor_on(t, "iq-2026");
    pty_wait(t, "0 iq.example.com");
    assert_int_equal(cursor_row(t)[0], '*');
    pty_type(t, "u");
    wait_cursor_on(t, "nexus-iq-server");
    assert_int_equal(cursor_row(t)[0], '*');
    pty_wait(t, "0 iq.example.com");
    quit(t);
}

static void a_rename_out_of_the_filter_shows_the_entry_all_the_same(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "fldap<Enter>");
    pty_wait_gone(t, "corp-root");
    pty_type(t, "gj");
    wait_cursor_on(t, "ldap-client");
    pty_type(t, "m<C-u>directory<Enter>");
    apply(t);
    wait_cursor_on(t, "directory");
    leave(t);
}

/* ---- passwords ---- */

static void the_new_password_opens_the_file_and_the_old_one_does_not(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "pc");
    pty_wait(t, "The new keystore password");
    pty_type(t, "<PgDn>");
    pty_wait(t, "tick that an empty");
    pty_type(t, "new-Secret<Tab>new-Secret");
    pty_wait(t, "Long enough");
    pty_type(t, "<PgDn>");
    pty_wait(t, "store password");
    apply(t);
    pty_wait(t, "[+1]");
    assert_unchanged("inbound.p12");
    save(t);
    assert_string_equal(aliases_of("inbound.p12", "new-Secret"),
                        "nexus-iq-server ldap-client corp-root old-issuing-ca aes-session");
    pty_type(t, "Dd"); /* what is written is read with what it was written with */
    pty_wait(t, "5 equal, 0 changed");
    pty_type(t, "q");
    assert_never_sent(t, "new-Secret");
    quit(t);
    t = start_in_box(24, 80, NULL, (const char *const[]){"inbound.p12", NULL});
    pty_wait(t, "Enter unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "does not fit (try 2 of 5)");
    pty_type(t, "<Esc>");
    pty_wait(t, "stays locked");
    quit(t);
}

static void a_key_in_a_jks_gets_a_password_of_its_own(void **state)
{
    (void)state;
    put_inbound_as("JKS", "inbound.jks");
    struct pty *t = open_in_box(24, 80, "inbound.jks");
    pty_type(t, "jpk");
    pty_wait(t, "The new password of this key");
    pty_type(t, "own-Secret<Tab>own-Secret<PgDn>");
    apply(t);
    pty_wait(t, "[+1]");
    save(t);
    assert_string_equal(aliases_of("inbound.jks", "changeit"),
                        "nexus-iq-server ldap-client corp-root old-issuing-ca");
    pty_type(t, "R"); /* forgets what is known of the key */
    pty_wait(t, "read again");
    pty_type(t, "pu");
    pty_wait(t, "Unlock the key of nexus-iq-server");
    pty_type(t, "own-Secret<Enter>");
    pty_wait(t, "is unlocked");
    assert_never_sent(t, "own-Secret");
    quit(t);
}

/* ---- copies and new entries ---- */

static void a_copy_under_a_name_that_is_there_gets_another(void **state)
{
    (void)state;
    put_sample("inbound.p12", "other.p12");
    put_sample("inbound.p12", "inbound.p12");
    struct pty *t =
        start_in_box(24, 80, NULL, (const char *const[]){"inbound.p12", "other.p12", NULL});
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "other.p12 was unlocked with the password of inbound.p12");
    pty_wait_gone(t, "Unlock");
    pty_type(t, "gjjj<F5>");
    pty_wait(t, "Where should the copy go");
    pty_type(t, "<PgDn>");
    pty_wait(t, "is left out");
    pty_type(t, "<Enter>");
    pty_wait(t, "Nothing would change. Esc leaves.");
    pty_type(t, "<PgUp>");
    pty_wait(t, "Same alias");
    pty_type(t, "<Tab><Left><PgDn>");
    pty_wait(t, "corp-root-2");
    apply(t);
    pty_wait(t, "as corp-root-2. Not saved");
    wait_cursor_on(t, "corp-root"); /* where it was: the next copy may come from there */
    pty_type(t, "w");
    pty_wait(t, "inbound.p12 has no unsaved change");
    pty_type(t, "P");
    pty_wait(t, "other.p12 has 1");
    pty_type(t, "G");
    save(t);
    assert_string_equal(
        aliases_of("other.p12", "changeit"),
        "nexus-iq-server ldap-client corp-root old-issuing-ca corp-root-2 aes-session");
    quit(t);
}

static void a_whole_keystore_is_copied_from_its_row(void **state)
{
    (void)state;
    put_sample("inbound.p12", "other.p12");
    put_sample("inbound.p12", "inbound.p12");
    struct pty *t =
        start_in_box(24, 80, NULL, (const char *const[]){"inbound.p12", "other.p12", NULL});
    pty_wait(t, "Unlock inbound.p12");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "other.p12 was unlocked with the password of inbound.p12");
    pty_wait_gone(t, "Unlock");
    pty_type(t, "g<F5>");
    pty_wait(t, "Copy 5 entries of inbound.p12");
    pty_type(t, "<PgDn>");
    pty_wait(t, "other.p12 has it");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "other.p12 has it");
    quit(t);
}

static void a_name_to_save_under_can_be_mended(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "W<C-u><Enter>");
    pty_wait(t, "A name is needed");
    pty_type(t, "none/x.p12<Enter>");
    pty_wait(t, "there is no directory");
    pty_wait(t, "save as: none/x.p12");
    pty_type(t, "<C-u>x.p12<Enter>");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    assert_true(is_there("x.p12"));
    quit(t);
}

static void secret_keys_and_passphrases_are_stored_and_shown_on_demand(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "cs");
    pty_wait(t, "A new random secret key");
    pty_type(t, "random<Tab><Tab>111<PgDn>");
    pty_wait(t, "AES has 256");
    wait_cursor_on(t, "Bits");
    pty_type(t, "<C-u>128<PgDn>");
    apply(t);
    wait_cursor_on(t, "random");
    pty_type(t, "cg");
    pty_wait(t, "A secret key that you have");
    pty_type(t, "given<Tab><Tab>00112233445566778899aabbccddeef<PgDn>");
    pty_wait(t, "hex digits, two");
    pty_type(t, "f<PgDn>");
    apply(t);
    wait_cursor_on(t, "given");
    pty_type(t, "cp");
    pty_wait(t, "A passphrase to store");
    pty_type(t, "phrase<Tab>open-Sesame<PgDn>");
    apply(t);
    wait_cursor_on(t, "phrase");
    save(t);
    assert_never_sent(t, "open-Sesame");
    assert_never_sent(t, "ddeef");
    pty_type(t, "pv");
    pty_wait(t, "Show the passphrase phrase");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "open-Sesame");
    pty_type(t, "x"); /* any key */
    pty_wait_gone(t, "open-Sesame");
    pty_type(t, "kpv");
    pty_wait(t, "Show the passphrase given");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "its bytes are not shown");
    assert_never_sent(t, "changeit");
    quit(t);
}

/* ---- conflicts ---- */

static struct pty *in_conflict(void)
{
    struct pty *t = open_sample(24, 80);
    change_one(t);
    rename_behind("inbound.p12", "changeit", "ldap-client", "ldap-new");
    keep_bytes("inbound.p12");
    pty_type(t, "w");
    pty_wait(t, "changed on disk at");
    return t;
}

static void a_conflict_can_be_looked_at(void **state)
{
    (void)state;
    struct pty *t = in_conflict();
    pty_type(t, "d");
    pty_wait(t, "Diff: A inbound.p12 (disk)");
    pty_wait(t, "ldap-new");
    pty_wait(t, "3 equal, 2 changed");
    pty_type(t, "=");
    pty_wait(t, "= corp-root");
    pty_type(t, "=");
    pty_wait_gone(t, "= corp-root");
    pty_type(t, "a");
    pty_wait(t, "paired by fingerprint");
    pty_type(t, "q");
    leave(t);
    assert_unchanged("inbound.p12");
}

static void a_conflict_can_be_saved_under_another_name(void **state)
{
    (void)state;
    struct pty *t = in_conflict();
    pty_type(t, "s");
    pty_wait(t, "save as:");
    pty_type(t, "<C-u>mine.p12<Enter>");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    assert_unchanged("inbound.p12");
    assert_string_equal(aliases_of("mine.p12", "changeit"),
                        "iq-2026 ldap-client corp-root old-issuing-ca aes-session");
    quit(t);
}

static void a_conflict_can_be_given_up(void **state)
{
    (void)state;
    struct pty *t = in_conflict();
    pty_type(t, "R");
    pty_wait(t, "ldap-new");
    pty_wait(t, "nexus-iq-server");
    quit(t);
    assert_unchanged("inbound.p12");
}

static void a_conflict_can_be_overwritten_into_the_backup(void **state)
{
    (void)state;
    struct pty *t = in_conflict();
    pty_type(t, "o");
    pty_wait(t, "Its version goes to the backup");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    assert_is_backup("inbound.p12.bak");
    assert_string_equal(aliases_of("inbound.p12", "changeit"),
                        "iq-2026 ldap-client corp-root old-issuing-ca aes-session");
    quit(t);
}

/* ---- where it is written ---- */

static void a_file_that_exists_is_not_overwritten_without_asking(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    put_text("taken", "something else\n");
    pty_type(t, "W<C-u>taken<Enter>");
    pty_wait(t, "exists");
    pty_type(t, "<Enter>");
    pty_quiet(t, 150);
    pty_wait(t, "exists");
    pty_type(t, "<Esc>");
    pty_wait(t, "Not saved");
    keep_bytes("taken");
    pty_type(t, "W<C-u>taken<Enter>");
    pty_wait(t, "exists");
    pty_type(t, "o");
    pty_wait(t, "Enter Save");
    assert_unchanged("taken");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    assert_is_backup("taken.bak");
    assert_string_equal(aliases_of("taken", "changeit"),
                        "nexus-iq-server ldap-client corp-root old-issuing-ca aes-session");
    quit(t);
}

static void hard_links_are_asked_about_and_symlinks_followed(void **state)
{
    (void)state;
    put_sample("inbound.p12", "real.p12");
    assert_int_equal(link(in_box("real.p12"), in_box("second.p12")), 0);
    assert_int_equal(symlink("real.p12", in_box("inbound.p12")), 0);
    keep_bytes("real.p12");
    struct pty *t = open_in_box(24, 80, "inbound.p12");
    change_one(t);
    pty_type(t, "w");
    pty_wait(t, "hard links");
    pty_type(t, "<Enter>");
    pty_quiet(t, 150);
    pty_wait(t, "hard links");
    pty_type(t, "g");
    pty_wait(t, "symbolic link");
    pty_wait(t, "keep the old bytes");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    assert_unchanged("second.p12");
    char target[64] = "";
    assert_int_equal(readlink(in_box("inbound.p12"), target, sizeof target), 8);
    assert_string_equal(aliases_of("real.p12", "changeit"),
                        "iq-2026 ldap-client corp-root old-issuing-ca aes-session");
    quit(t);
}

static void a_tilde_is_the_home_directory(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    char home[4200] = "HOME=";
    strncat(home, in_box(""), 4100);
    const char *const env[] = {home, NULL};
    struct pty *t = start_in_box(24, 80, env, (const char *const[]){"inbound.p12", NULL});
    pty_wait(t, "Enter unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait_gone(t, "Enter unlock");
    pty_type(t, "W<C-u>~/copy.p12<Enter>");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_wait(t, "is saved");
    assert_int_equal(mode_of("copy.p12"), 0600);
    quit(t);
}

/* ---- read-only ---- */

static void a_read_only_keystore_is_changed_only_after_O(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "O");
    pty_wait(t, "is read-only now");
    pty_type(t, "jd");
    pty_wait(t, "Nothing was deleted");
    pty_wait(t, "O lifts that");
    pty_type(t, "m");
    pty_wait(t, "Nothing was changed");
    pty_type(t, "O");
    pty_wait(t, "can be changed now");
    change_one(t);
    leave(t);
}

static void the_truststore_of_a_jvm_is_listed_and_opened_read_only(void **state)
{
    (void)state;
    static const char *const made[] = {"jdk", "jdk/bin", "jdk/lib", "jdk/lib/security"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        assert_int_equal(mkdir(in_box(made[i]), 0700), 0);
    put_sample("truststore.jks", "jdk/lib/security/cacerts");
    put_text("jdk/release", "JAVA_VERSION=\"17.0.99\"\n");
    put_text("jdk/bin/java", "");
    char home[4200] = "JAVA_HOME=";
    strncat(home, in_box("jdk"), 4100);
    const char *const env[] = {home, NULL};
    struct pty *t = start_in_box(24, 80, env, (const char *const[]){NULL});
    pty_wait(t, "jdk/");
    pty_type(t, "V");
    pty_wait(t, "Java 17.0.99");
    pty_wait(t, "JAVA_HOME");
    pty_type(t, "g<Enter>");
    pty_wait(t, "Enter unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "JKS 143");
    pty_type(t, "gjd");
    pty_wait(t, "Nothing was deleted");
    pty_wait(t, "elsewhere.");
    quit(t);
}

static void with_read_only_nothing_is_written(void **state)
{
    (void)state;
    put_sample("inbound.p12", "inbound.p12");
    keep_bytes("inbound.p12");
    struct pty *t =
        start_in_box(24, 80, NULL, (const char *const[]){"--read-only", "inbound.p12", NULL});
    pty_wait(t, "Enter unlock");
    pty_type(t, "changeit<Enter>");
    pty_wait_gone(t, "Enter unlock");
    static const char *const keys[] = {"d", "W", "w", "C", "O", "u"};
    pty_type(t, "j");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        pty_type(t, "g"); /* takes the former message away */
        pty_wait_gone(t, "--read-only");
        pty_type(t, "j");
        pty_type(t, keys[i]);
        pty_wait(t, "--read-only");
    }
    quit(t);
    assert_unchanged("inbound.p12");
}

/* ---- leaving, closing, reloading ---- */

static void leaving_saves_all_and_the_main_screen_says_so(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    change_one(t);
    pty_type(t, "q");
    pty_wait(t, "save and quit");
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    ends_with(t, 0);
    assert_true(pty_sent(t, "ksx: saved ", 11));
    pty_free(t);
    assert_is_backup("inbound.p12.bak");
}

static void closing_and_reloading_ask_when_something_would_be_lost(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    change_one(t);
    pty_type(t, "R");
    pty_wait(t, "read it again (1 change lost)");
    pty_type(t, "<Esc>");
    wait_cursor_on(t, "iq-2026");
    pty_type(t, "RR");
    pty_wait(t, "nexus-iq-server");
    pty_wait_gone(t, "[+1]");
    change_one(t);
    pty_type(t, "X");
    pty_wait(t, "close without saving (1 change lost)");
    pty_type(t, "n");
    pty_wait_gone(t, "inbound.p12");
    quit(t);
    assert_unchanged("inbound.p12");
}

/* ---- recovery ---- */

static void lose_one_change(void)
{
    struct pty *t = open_sample(24, 80);
    change_one(t);
    pty_signal(t, SIGHUP);
    ends_with(t, 129);
    pty_free(t);
    assert_true(is_there(".inbound.p12.ksx-recover"));
}

static void unsaved_work_can_be_compared_kept_and_deleted(void **state)
{
    (void)state;
    lose_one_change();
    struct pty *t = open_in_box(24, 80, "inbound.p12");
    pty_wait(t, "unsaved work from");
    pty_type(t, "<Enter>");
    pty_quiet(t, 150);
    pty_type(t, "D");
    pty_wait(t, "the unsaved work");
    pty_wait(t, "iq-2026");
    pty_type(t, "q");
    pty_wait_gone(t, "iq-2026");
    pty_wait(t, "unsaved work from"); /* it still waits for an answer */
    pty_type(t, "<Esc>");
    pty_wait(t, "is kept");
    pty_wait(t, "[unsaved: R]");
    assert_true(is_there(".inbound.p12.ksx-recover"));
    pty_type(t, "R");
    pty_wait(t, "unsaved work from");
    pty_type(t, "x");
    pty_wait(t, "there is no other copy");
    pty_type(t, "x<Enter>");
    pty_quiet(t, 150);
    pty_type(t, "n");
    pty_wait(t, "is kept");
    assert_true(is_there(".inbound.p12.ksx-recover"));
    pty_type(t, "R");
    pty_wait(t, "unsaved work from");
    pty_type(t, "x");
    pty_wait(t, "there is no other copy");
    pty_type(t, "y");
    pty_wait(t, "is deleted");
    assert_false(is_there(".inbound.p12.ksx-recover"));
    quit(t);
    assert_unchanged("inbound.p12");
}

/* What follows the key that opens the box was typed before anybody could read it. */
static void keys_that_were_typed_ahead_do_not_answer_for_unsaved_work(void **state)
{
    (void)state;
    lose_one_change();
    struct pty *t = open_in_box(24, 80, "inbound.p12");
    pty_wait(t, "unsaved work from");
    pty_type(t, "<Esc>");
    pty_wait(t, "is kept");
    pty_type(t, "Rxyxy");
    pty_wait(t, "unsaved work from");
    pty_quiet(t, 150);
    assert_true(pty_shows(t, "unsaved work from"));
    assert_true(is_there(".inbound.p12.ksx-recover"));
    pty_type(t, "<Esc>");
    pty_wait(t, "is kept");
    quit(t);
}

/* It is written under the new password, which the keystore does not have yet. */
static void unsaved_work_with_a_new_password_asks_for_it(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "pc");
    pty_wait(t, "The new keystore password");
    pty_type(t, "new-Secret<Tab>new-Secret");
    pty_wait(t, "Long enough");
    pty_type(t, "<PgDn>");
    pty_wait(t, "store password");
    apply(t);
    pty_wait(t, "[+1]");
    pty_hang_up(t);
    ends_with(t, 129);
    pty_free(t);
    t = open_in_box(24, 80, "inbound.p12");
    pty_wait(t, "unsaved work from");
    pty_type(t, "a");
    pty_wait(t, "a password of its own");
    pty_type(t, "changeit<Enter>");
    pty_wait(t, "does not fit");
    pty_type(t, "new-Secret<Enter>");
    pty_wait(t, "[+1]");
    save(t);
    assert_string_equal(aliases_of("inbound.p12", "new-Secret"),
                        "nexus-iq-server ldap-client corp-root old-issuing-ca aes-session");
    assert_false(is_there(".inbound.p12.ksx-recover"));
    quit(t);
}

static void unsaved_work_that_was_not_taken_up_outlives_a_save(void **state)
{
    (void)state;
    lose_one_change();
    struct pty *t = open_in_box(24, 80, "inbound.p12");
    pty_wait(t, "unsaved work from");
    pty_type(t, "<Esc>");
    pty_wait(t, "is kept");
    change_one(t);
    save(t);
    assert_true(is_there(".inbound.p12.ksx-recover"));
    quit(t);
}

static void a_hang_up_in_a_wizard_keeps_what_was_applied(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    change_one(t);
    pty_type(t, "pc");
    pty_wait(t, "The new keystore password");
    pty_type(t, "half-Typed");
    pty_wait(t, "**********");
    pty_hang_up(t);
    ends_with(t, 129);
    pty_free(t);
    assert_string_equal(aliases_of(".inbound.p12.ksx-recover", "changeit"),
                        "iq-2026 ldap-client corp-root old-issuing-ca aes-session");
    assert_unchanged("inbound.p12");
}

static void a_hang_up_in_a_review_of_a_save_leaves_nothing_half_done(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    change_one(t);
    pty_type(t, "w");
    pty_wait(t, "Enter Save");
    pty_type(t, "<Enter>");
    pty_hang_up(t);
    ends_with(t, 129);
    pty_free(t);
    const char *now = aliases_of("inbound.p12", "changeit");
    bool saved = strncmp(now, "iq-2026", 7) == 0;
    assert_true(saved != is_there(".inbound.p12.ksx-recover"));
}

/* ---- the terminal ---- */

static void a_password_that_is_shown_is_hidden_by_a_suspend(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "pc");
    pty_wait(t, "The new keystore password");
    pty_type(t, "see-Me<C-t>");
    pty_wait(t, "see-Me");
    pty_type(t, "<C-z>");
    pty_signal(t, SIGCONT);
    pty_wait(t, "******");
    pty_wait_gone(t, "see-Me");
    pty_type(t, "<Esc><Esc>");
    pty_wait_gone(t, "The new keystore password");
    quit(t);
}

static void a_form_keeps_its_text_over_a_resize(void **state)
{
    (void)state;
    struct pty *t = open_sample(24, 80);
    pty_type(t, "cn");
    pty_wait(t, "What should the new keystore be");
    pty_type(t, "<Tab>some-name.p12");
    pty_resize(t, 16, 60);
    pty_wait(t, "Step 1 of 2: Keystore");
    pty_wait(t, "some-name.p12");
    pty_resize(t, 8, 34);
    pty_wait(t, "is too small");
    pty_resize(t, 24, 80);
    pty_wait(t, "What should the new keystore be");
    pty_wait(t, "some-name.p12");
    pty_type(t, "<Esc>");
    pty_wait(t, "forgets what was typed");
    pty_type(t, "<Esc>");
    pty_wait_gone(t, "some-name.p12");
    quit(t);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, sandbox_make, sandbox_drop)

/* A name, which may have * in it, runs that test alone. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(deleting_a_key_says_that_it_is_the_only_copy),
        TEST(marked_entries_go_together_and_the_cursor_stays),
        TEST(marks_and_folds_stay_with_a_renamed_entry),
        TEST(a_rename_out_of_the_filter_shows_the_entry_all_the_same),
        TEST(the_new_password_opens_the_file_and_the_old_one_does_not),
        TEST(a_key_in_a_jks_gets_a_password_of_its_own),
        TEST(a_copy_under_a_name_that_is_there_gets_another),
        TEST(a_whole_keystore_is_copied_from_its_row),
        TEST(a_name_to_save_under_can_be_mended),
        TEST(secret_keys_and_passphrases_are_stored_and_shown_on_demand),
        TEST(a_conflict_can_be_looked_at),
        TEST(a_conflict_can_be_saved_under_another_name),
        TEST(a_conflict_can_be_given_up),
        TEST(a_conflict_can_be_overwritten_into_the_backup),
        TEST(a_file_that_exists_is_not_overwritten_without_asking),
        TEST(hard_links_are_asked_about_and_symlinks_followed),
        TEST(a_tilde_is_the_home_directory),
        TEST(a_read_only_keystore_is_changed_only_after_O),
        TEST(the_truststore_of_a_jvm_is_listed_and_opened_read_only),
        TEST(with_read_only_nothing_is_written),
        TEST(leaving_saves_all_and_the_main_screen_says_so),
        TEST(closing_and_reloading_ask_when_something_would_be_lost),
        TEST(unsaved_work_can_be_compared_kept_and_deleted),
        TEST(keys_that_were_typed_ahead_do_not_answer_for_unsaved_work),
        TEST(unsaved_work_with_a_new_password_asks_for_it),
        TEST(unsaved_work_that_was_not_taken_up_outlives_a_save),
        TEST(a_hang_up_in_a_wizard_keeps_what_was_applied),
        TEST(a_hang_up_in_a_review_of_a_save_leaves_nothing_half_done),
        TEST(a_password_that_is_shown_is_hidden_by_a_suspend),
        TEST(a_form_keeps_its_text_over_a_resize),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
