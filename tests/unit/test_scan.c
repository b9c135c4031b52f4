/* Searching directories: what is found, what is passed over, and where it ends. */
#include "saving.h"

#include "file/scan.h"

#include <sys/socket.h>
#include <sys/un.h>

static struct ks_scan found;
static struct ks_scan_bounds bounds;
static struct ks_scan_options options;

static int set_up(void **state)
{
    bounds = ks_scan_usual;
    options = (struct ks_scan_options){.bounds = &bounds};
    return make_dir(state);
}

static int tear_down(void **state)
{
    ks_scan_drop(&found);
    return remove_dir(state);
}

static void scan_paths(const char *const *paths, size_t count, struct ks_job *job)
{
    ks_scan_drop(&found);
    ks_scan_run(paths, count, &options, job, &found);
}

static void scan(void)
{
    scan_paths((const char *const[]){saving_dir}, 1, NULL);
}

/* By its path below the directory; NULL: there is none. */
static const struct ks_scan_file *file_at(const char *below)
{
    for (size_t i = 0; i < found.count; i++)
        if (strcmp(found.files[i].path + found.files[i].below, below) == 0)
            return &found.files[i];
    return NULL;
}

static const struct ks_scan_file *expect(const char *below, enum ks_scan_state state,
                                         const char *type)
{
    const struct ks_scan_file *f = file_at(below);
    if (!f)
        fail_msg("%s was not found", below);
    else if (f->state != state || strcmp(f->type, type) != 0)
        fail_msg("%s: %s, state %d (%s)", below, f->type, (int)f->state,
                 f->why ? f->why->what : "");
    return f;
}

static void make_directory(const char *name)
{
    assert_int_equal(mkdir(in_dir(name), 0700), 0);
}

static void make_link(const char *target, const char *name)
{
    assert_int_equal(symlink(target, in_dir(name)), 0);
}

static void write_text(const char *name, const char *text)
{
    (void)write_file(in_dir(name), ks_slice(text, strlen(text)));
}

/* ---- types ---- */

static const struct {
    const char *sample, *as, *type; /* under a name that tells nothing, or lies */
    enum ks_scan_state state;
    bool keystore;
    size_t entries;
} types[] = {
    {"jks-v2.jks", "a.txt", "JKS", KS_SCAN_READ, true, 4},
    {"jceks.jceks", "b.pem", "JCEKS", KS_SCAN_READ, true, 9},
    {"p12-java17.p12", "c", "PKCS12", KS_SCAN_LOCKED, true, 3},
    {"p12-nopass.p12", "d.jks", "PKCS12", KS_SCAN_READ, true, 2},
    {"bks-v1-keypass.bks", "e.so", "BKS", KS_SCAN_READ, true, 3},
    {"uber-keypass.uber", "f", "UBER", KS_SCAN_LOCKED, true, 0},
    {"chain-text.pem", "g.p12", "PEM", KS_SCAN_READ, false, 3},
    {"chain.p7b", "h", "DER", KS_SCAN_READ, false, 3},
    {"cert.der", ".i", "DER", KS_SCAN_READ, false, 1},
    {"request.csr", "j", "PEM", KS_SCAN_READ, false, 1},
    {"revoked.crl", "k", "DER", KS_SCAN_READ, false, 1},
    {"key-rsa-dek.pem", "l", "PEM", KS_SCAN_READ, false, 1},
};

static void every_type_is_found_by_its_content(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        (void)sample(types[i].sample, types[i].as);
    write_text("m.jks", "no keystore\n");
    scan();
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const struct ks_scan_file *f = expect(types[i].as, types[i].state, types[i].type);
        assert_int_equal(f->keystore, types[i].keystore);
        assert_int_equal(f->entries, types[i].entries);
        assert_int_equal(f->store != NULL, types[i].entries > 0);
    }
    assert_null(file_at("m.jks"));
    assert_int_equal(found.passed[KS_SCAN_OTHER], 1);
    assert_int_equal(found.looked, sizeof types / sizeof types[0] + 1);
    assert_int_equal(ks_scan_keystores(&found), 6);
    assert_int_equal(ks_scan_unverified(&found), 3);
    assert_int_equal(found.cut, 0);
}

static void what_is_kept_has_dates_and_no_keys(void **state)
{
    (void)state;
    (void)sample("jks-v2.jks", "a");
    (void)sample("revoked.crl", "b");
    scan();
    const struct ks_store *s = expect("a", KS_SCAN_READ, "JKS")->store;
    assert_int_equal(ks_blob_slice(s->file).len, 0);
    assert_null(s->password);
    for (size_t i = 0; i < ks_store_count(s); i++) {
        const struct ks_entry *e = ks_store_entry(s, i);
        assert_int_equal(e->key.len, 0);
        assert_true(ks_entry_expires(e) != KS_TIME_NONE);
        assert_true(ks_cert_der(&e->chain[0]).len > 0);
    }
    assert_true(ks_store_entry(expect("b", KS_SCAN_READ, "DER")->store, 0)->key.len > 0);
}

/* ---- passwords ---- */

static void the_password_that_fits_is_found_among_those_given(void **state)
{
    (void)state;
    (void)sample("p12-java17.p12", "a.p12");
    (void)sample("jks-v2.jks", "b.jks");
    (void)sample("uber-keypass.uber", "c.uber");
    struct ks_secret *wrong = ks_secret_new("wrong", 5), *right = ks_secret_new("changeit", 8);
    const struct ks_secret *all[] = {wrong, right};
    options.passwords = all;
    options.password_count = 1;
    scan();
    const struct ks_scan_file *f = expect("a.p12", KS_SCAN_LOCKED, "PKCS12");
    assert_non_null(strstr(f->why->what, "no password fits"));
    assert_int_equal(expect("b.jks", KS_SCAN_READ, "JKS")->store->integrity,
                     KS_INTEGRITY_UNVERIFIED);
    options.password_count = 2;
    scan();
    f = expect("a.p12", KS_SCAN_READ, "PKCS12");
    assert_null(f->why);
    assert_null(f->store->password);
    assert_true(ks_entry_expires(ks_store_entry(f->store, 0)) != KS_TIME_NONE);
    assert_int_equal(expect("b.jks", KS_SCAN_READ, "JKS")->store->integrity, KS_INTEGRITY_VERIFIED);
    (void)expect("c.uber", KS_SCAN_READ, "UBER");
    ks_secret_free(wrong);
    ks_secret_free(right);
}

static void keys_are_derived_only_so_often_in_all(void **state)
{
    (void)state;
    (void)sample("p12-java17.p12", "a.p12");
    (void)sample("p12-java17.p12", "b.p12");
    struct ks_secret *right = ks_secret_new("changeit", 8);
    const struct ks_secret *all[] = {right};
    options.passwords = all;
    options.password_count = 1;
    bounds.rounds = 1;
    scan();
    (void)expect("a.p12", KS_SCAN_READ, "PKCS12");
    (void)expect("b.p12", KS_SCAN_LOCKED, "PKCS12");
    assert_int_equal(found.cut, KS_SCAN_CUT_ROUNDS);
    ks_secret_free(right);
}

/* ---- bundles ---- */

static void a_bundle_of_cas_is_one_entry_unless_all_are_wanted(void **state)
{
    (void)state;
    const char *path = KSX_DATA "/truststore.jks";
    scan_paths(&path, 1, NULL);
    assert_int_equal(found.count, 1);
    assert_true(found.files[0].folded);
    assert_int_equal(found.files[0].entries, 143);
    assert_int_equal(ks_store_count(found.files[0].store), 1);
    int64_t first = ks_entry_expires(ks_store_entry(found.files[0].store, 0));
    options.all = true;
    scan_paths(&path, 1, NULL);
    assert_false(found.files[0].folded);
    assert_int_equal(ks_store_count(found.files[0].store), 143);
    for (size_t i = 0; i < 143; i++)
        assert_true(ks_entry_expires(ks_store_entry(found.files[0].store, i)) >= first);
}

/* ---- names ---- */

static void a_file_counts_once_by_whatever_names(void **state)
{
    (void)state;
    (void)sample("cert.der", "real.der");
    assert_int_equal(link(in_dir("real.der"), in_dir("zz-hard")), 0);
    make_link("real.der", "a-link");
    make_directory("sub");
    make_link("../real.der", "sub/link");
    scan();
    assert_int_equal(found.count, 1);
    (void)expect("real.der", KS_SCAN_READ, "DER");
    assert_int_equal(found.passed[KS_SCAN_AGAIN], 3);
}

static void a_link_to_a_file_elsewhere_is_that_file(void **state)
{
    (void)state;
    make_directory("in");
    (void)sample("cert.der", "outside.der");
    make_link("../outside.der", "in/link");
    const char *path = in_dir("in");
    scan_paths(&path, 1, NULL);
    (void)expect("link", KS_SCAN_READ, "DER");
}

static void directories_are_not_entered_through_links(void **state)
{
    (void)state;
    make_directory("in");
    make_directory("in/sub");
    make_directory("outside");
    (void)sample("cert.der", "outside/cert.der");
    make_link("../outside", "in/away");
    make_link("..", "in/sub/loop");
    make_link("nowhere", "in/broken");
    make_link("self", "in/self");
    const char *path = in_dir("in");
    scan_paths(&path, 1, NULL);
    assert_int_equal(found.count, 0);
    assert_int_equal(found.passed[KS_SCAN_LINKS], 4);
}

static void a_path_that_is_given_may_be_a_link_or_be_given_twice(void **state)
{
    (void)state;
    make_directory("real");
    (void)sample("cert.der", "real/cert.der");
    make_link("real", "link");
    char link[512], slashes[512];
    (void)snprintf(link, sizeof link, "%s", in_dir("link"));
    (void)snprintf(slashes, sizeof slashes, "%s///", in_dir("real"));
    scan_paths((const char *const[]){link, slashes, in_dir("real/cert.der")}, 3, NULL);
    assert_int_equal(found.count, 1);
    (void)expect("cert.der", KS_SCAN_READ, "DER");
    assert_int_equal(found.passed[KS_SCAN_AGAIN], 2);
}

static void what_is_no_file_is_passed_over_without_waiting(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", in_dir("socket"));
    assert_int_equal(bind(s, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    make_link("fifo", "to-fifo");
    make_link("/dev/zero", "to-device");
    make_link("/proc/self/mounts", "mtab");
    make_directory(".git");
    (void)sample("cert.der", ".git/cert.der");
    make_directory(".hidden");
    (void)sample("cert.der", ".hidden/cert.der");
    scan();
    (void)close(s);
    assert_int_equal(found.passed[KS_SCAN_SPECIAL], 4);
    assert_int_equal(found.passed[KS_SCAN_PSEUDO], 1);
    assert_int_equal(found.passed[KS_SCAN_GIT], 1);
    assert_int_equal(found.count, 1);
    (void)expect(".hidden/cert.der", KS_SCAN_READ, "DER");
}

static void what_the_kernel_makes_up_is_not_searched(void **state)
{
    (void)state;
    scan_paths((const char *const[]){"/proc", "/sys"}, 2, NULL);
    assert_int_equal(found.passed[KS_SCAN_PSEUDO], 2);
    assert_int_equal(found.looked, 0);
}

/* ---- what cannot be read ---- */

static void empty_huge_and_damaged_files_are_told_apart(void **state)
{
    (void)state;
    write_text("empty", "");
    write_text("sparse", "");
    assert_int_equal(truncate(in_dir("sparse"), (off_t)1 << 36), 0);
    (void)sample("jks-v2.jks", "too-large.jks");
    assert_int_equal(truncate(in_dir("too-large.jks"), (off_t)1 << 36), 0);
    (void)sample("jks-v2.jks", "torn.jks");
    assert_int_equal(truncate(in_dir("torn.jks"), 100), 0);
    scan();
    assert_int_equal(found.passed[KS_SCAN_OTHER], 2);
    const struct ks_scan_file *f = expect("too-large.jks", KS_SCAN_UNREADABLE, "JKS");
    assert_string_equal(f->why->slug, "too-large");
    (void)expect("torn.jks", KS_SCAN_DAMAGED, "JKS");
    assert_int_equal(found.count, 2);
}

static void other_keystores_are_named_and_archives_are_not(void **state)
{
    (void)state;
    write_text("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n"
                         "-----END OPENSSH PRIVATE KEY-----\n");
    write_text("a.jar", "PK\003\004 and so on");
    write_text("sign.sh", "echo '-----BEGIN PGP SIGNED MESSAGE-----'\n"
                          "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n");
    scan();
    assert_int_equal(found.count, 1);
    (void)expect("id_rsa", KS_SCAN_UNSUPPORTED, "OpenSSH private key");
    assert_int_equal(found.passed[KS_SCAN_OTHER], 2);
}

static void a_path_that_is_not_there_is_not_readable(void **state)
{
    (void)state;
    const char *path = in_dir("nothing");
    scan_paths(&path, 1, NULL);
    assert_int_equal(found.count, 1);
    assert_string_equal(found.files[0].path, path);
    assert_string_equal(found.files[0].why->slug, "not-found");
}

static void permissions(void)
{
    make_directory("closed");
    (void)sample("cert.der", "closed/cert.der");
    (void)sample("cert.der", "secret.der");
    (void)sample("cert.der", "open.der");
    assert_int_equal(chmod(in_dir("closed"), 0), 0);
    assert_int_equal(chmod(in_dir("secret.der"), 0), 0);
    assert_int_equal(chmod(saving_dir, 0755), 0);
}

/* In a child, because root reads everything. */
static void what_may_not_be_read_is_named(void **state)
{
    (void)state;
    permissions();
    assert_int_equal(chmod(in_dir("open.der"), 0644), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool me = geteuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
        scan();
        const struct ks_scan_file *closed = file_at("closed"), *secret = file_at("secret.der");
        _exit(me && closed && closed->directory && closed->state == KS_SCAN_UNREADABLE && secret &&
                      !secret->directory && strstr(secret->why->what, "no read permission") &&
                      file_at("open.der") && found.count == 3
                  ? 0
                  : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(in_dir("closed"), 0700), 0);
    assert_int_equal(status, 0);
}

/* ---- bounds ---- */

static void it_goes_only_so_deep(void **state)
{
    (void)state;
    make_directory("a");
    make_directory("a/b");
    make_directory("a/b/c");
    (void)sample("cert.der", "a/b/cert.der");
    (void)sample("cert.der", "a/b/c/cert.der");
    bounds.depth = 2;
    scan();
    (void)expect("a/b/cert.der", KS_SCAN_READ, "DER");
    assert_int_equal(found.count, 1);
    assert_int_equal(found.passed[KS_SCAN_DEEP], 1);
}

static void three_files(void)
{
    make_directory("d");
    (void)sample("jks-v2.jks", "a.jks");
    (void)sample("jks-v2.jks", "b.jks");
    (void)sample("jks-v2.jks", "d/c.jks");
}

static void it_looks_only_at_so_many_names(void **state)
{
    (void)state;
    three_files();
    bounds.names = 3;
    scan();
    assert_int_equal(found.names, 3);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.cut, KS_SCAN_CUT_NAMES);
}

static void it_opens_only_so_many_files(void **state)
{
    (void)state;
    three_files();
    bounds.files = 1;
    scan();
    assert_int_equal(found.count, 1);
    assert_int_equal(found.cut, KS_SCAN_CUT_FILES);
}

static void it_keeps_only_so_many_entries_and_counts_the_others(void **state)
{
    (void)state;
    three_files();
    bounds.entries = 4;
    scan();
    assert_int_equal(found.count, 3);
    assert_int_equal(found.entries, 4);
    assert_int_equal(found.entries_left_out, 8);
    assert_int_equal(found.cut, KS_SCAN_CUT_ENTRIES);
    bounds.entries = ks_scan_usual.entries;
    bounds.bytes = 1000;
    scan();
    assert_true(found.bytes <= 1000);
    assert_int_equal(found.cut, KS_SCAN_CUT_ENTRIES);
}

/* ---- stopping ---- */

static void stop_after_one(void *ctx, const struct ks_scan *so_far)
{
    if (so_far->looked == 1)
        ks_job_cancel(ctx);
}

static void stopping_keeps_what_was_found(void **state)
{
    (void)state;
    struct ks_job *job = ks_job_new();
    three_files();
    options.progress = stop_after_one;
    options.ctx = job;
    scan_paths((const char *const[]){saving_dir}, 1, job);
    assert_int_equal(found.cut, KS_SCAN_CUT_STOPPED);
    assert_int_equal(found.count, 1);
    (void)expect("a.jks", KS_SCAN_READ, "JKS");
    ks_job_free(job);
}

static void a_part_of_a_job_stops_with_it_and_has_a_bound_of_its_own(void **state)
{
    (void)state;
    struct ks_job *whole = ks_job_new(), *part = ks_job_part(whole);
    ks_job_bound(whole, 1);
    assert_int_equal(ks_job_charge(part, 5000, NULL), KS_OK);
    assert_int_equal(ks_job_charged(part), 5000);
    assert_int_equal(ks_job_charged(whole), 0);
    assert_true(ks_job_advance(part, 1));
    ks_job_cancel(whole);
    assert_false(ks_job_advance(part, 2));
    assert_true(ks_job_stopped(part));
    ks_job_free(part);
    ks_job_free(whole);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type_is_found_by_its_content),
        TEST(what_is_kept_has_dates_and_no_keys),
        TEST(the_password_that_fits_is_found_among_those_given),
        TEST(keys_are_derived_only_so_often_in_all),
        TEST(a_bundle_of_cas_is_one_entry_unless_all_are_wanted),
        TEST(a_file_counts_once_by_whatever_names),
        TEST(a_link_to_a_file_elsewhere_is_that_file),
        TEST(directories_are_not_entered_through_links),
        TEST(a_path_that_is_given_may_be_a_link_or_be_given_twice),
        TEST(what_is_no_file_is_passed_over_without_waiting),
        TEST(what_the_kernel_makes_up_is_not_searched),
        TEST(empty_huge_and_damaged_files_are_told_apart),
        TEST(other_keystores_are_named_and_archives_are_not),
        TEST(a_path_that_is_not_there_is_not_readable),
        TEST(what_may_not_be_read_is_named),
        TEST(it_goes_only_so_deep),
        TEST(it_looks_only_at_so_many_names),
        TEST(it_opens_only_so_many_files),
        TEST(it_keeps_only_so_many_entries_and_counts_the_others),
        TEST(stopping_keeps_what_was_found),
        TEST(a_part_of_a_job_stops_with_it_and_has_a_bound_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
