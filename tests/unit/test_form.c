#include "tui/cert_fields.h"
#include "tui/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wants_more(const struct form *form, void *ctx)
{
    (void)ctx;
    return form_ticked(form, "more");
}

static bool not_empty(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (form_text(form, "alias")[0])
        return true;
    snprintf(why, FORM_WHY, "a name is needed");
    return false;
}

static bool agreed_to(const struct form *form, void *ctx, char why[static FORM_WHY])
{
    (void)ctx;
    if (strcmp(form_text(form, "last"), "there") != 0 || form_ticked(form, "agreed"))
        return true;
    snprintf(why, FORM_WHY, "tick below");
    return false;
}

static bool has_prefix(const struct form *form, void *ctx, const char *line,
                       char why[static FORM_WHY])
{
    (void)form, (void)ctx;
    if (strncmp(line, "dns:", 4) == 0)
        return true;
    snprintf(why, FORM_WHY, "no prefix");
    return false;
}

static const char *const kinds[] = {"RSA", "EC", "Ed25519", NULL};

static const struct form_field fields[] = {
    {.id = "alias", .label = "Alias", .kind = FORM_TEXT, .check = not_empty},
    {.id = "kind", .label = "Kind", .kind = FORM_CHOICE, .choices = kinds},
    {.id = "more", .label = "more", .kind = FORM_TICK},
    {.id = "names",
     .label = "Names",
     .kind = FORM_LINES,
     .check_line = has_prefix,
     .shown = wants_more},
    {.id = "file", .label = "File", .kind = FORM_PATH, .page = 1},
    {.id = "rows", .label = "Rows", .kind = FORM_PICKS, .page = 1},
    {.id = "flow", .label = "Flow", .kind = FORM_PICKS, .page = 1, .flow = true},
    {.id = "last", .label = "Last", .kind = FORM_TEXT, .page = 1, .check = agreed_to},
    {.id = "agreed", .label = "Agreed", .kind = FORM_TICK, .page = 1, .holds_for = "last"},
};

static struct form *new_form(void)
{
    return form_new(fields, sizeof fields / sizeof fields[0], NULL);
}

static enum form_result press(struct form *f, enum ui_keycode code)
{
    return form_key(f, (struct ui_key){code, 0});
}

static enum form_result press_char(struct form *f, int32_t ch)
{
    return form_key(f, (struct ui_key){UI_KEY_CHAR, ch});
}

static void type(struct form *f, const char *ascii)
{
    for (; *ascii; ascii++)
        (void)press_char(f, *ascii);
}

static void a_field_is_looked_at_when_it_is_left(void **state)
{
    (void)state;
    struct form *f = new_form();
    assert_int_equal(form_wrong(f), 0);
    assert_int_equal(press(f, UI_KEY_TAB), FORM_STAY);
    assert_string_equal(form_cursor_id(f), "kind");
    assert_int_equal(form_wrong(f), 1);
    assert_int_equal(press(f, UI_KEY_BACKTAB), FORM_STAY);
    assert_int_equal(press_char(f, 'a'), FORM_CHANGED);
    assert_int_equal(form_wrong(f), 0);
    form_free(f);
}

static void a_page_with_something_wrong_takes_the_cursor_there(void **state)
{
    (void)state;
    struct form *f = new_form();
    press(f, UI_KEY_DOWN);
    press(f, UI_KEY_DOWN);
    assert_string_equal(form_cursor_id(f), "more");
    assert_false(form_check_page(f));
    assert_string_equal(form_cursor_id(f), "alias");
    type(f, "iq");
    assert_true(form_check_page(f));
    form_free(f);
}

static void choices_go_round(void **state)
{
    (void)state;
    struct form *f = new_form();
    form_focus(f, "kind");
    assert_int_equal(press(f, UI_KEY_LEFT), FORM_CHANGED);
    assert_int_equal(form_chosen(f, "kind"), 2);
    assert_int_equal(press_char(f, ' '), FORM_CHANGED);
    assert_int_equal(form_chosen(f, "kind"), 0);
    assert_int_equal(press_char(f, 'q'), FORM_IGNORED);
    form_free(f);
}

static void a_letter_ticks_and_chooses_nothing(void **state)
{
    (void)state;
    struct form *f = new_form();
    form_focus(f, "more");
    for (const char *c = "xyX/~"; *c; c++) {
        assert_int_equal(press_char(f, *c), FORM_IGNORED);
        assert_non_null(strstr(form_said(f), "Space sets and clears a tick"));
    }
    assert_false(form_ticked(f, "more"));
    assert_int_equal(press_char(f, ' '), FORM_CHANGED);
    assert_true(form_ticked(f, "more"));
    form_focus(f, "kind");
    assert_int_equal(press_char(f, 'l'), FORM_IGNORED);
    assert_int_equal(press_char(f, 'h'), FORM_IGNORED);
    assert_non_null(strstr(form_said(f), "Left and Right choose"));
    assert_int_equal(form_chosen(f, "kind"), 0);
    assert_int_equal(press(f, UI_KEY_F1), FORM_IGNORED);
    assert_string_equal(form_said(f), "");
    form_free(f);
}

static void a_tick_holds_for_what_it_was_ticked_for(void **state)
{
    (void)state;
    struct form *f = new_form();
    form_set_page(f, 1);
    form_set_text(f, "last", "there");
    assert_false(form_check_page(f));
    assert_string_equal(form_cursor_id(f), "last");
    form_focus(f, "agreed");
    (void)press_char(f, ' ');
    assert_int_equal(form_wrong(f), 0); /* at once */
    assert_true(form_check_page(f));
    form_focus(f, "last");
    type(f, "s");
    assert_false(form_ticked(f, "agreed"));
    form_tick(f, "agreed", true);
    form_type_text(f, "last", "there");
    assert_false(form_ticked(f, "agreed"));
    form_focus(f, "agreed");
    (void)press_char(f, ' ');
    (void)press_char(f, ' ');
    assert_false(form_check_page(f));
    form_free(f);
}

static void enter_and_arrows_stay_in_a_field_of_several_lines(void **state)
{
    (void)state;
    struct form *f = new_form();
    form_tick(f, "more", true);
    form_focus(f, "names");
    assert_string_equal(form_cursor_id(f), "names");
    type(f, "dns:a");
    assert_int_equal(press(f, UI_KEY_ENTER), FORM_CHANGED);
    type(f, " dns:b ");
    assert_int_equal(press(f, UI_KEY_ENTER), FORM_CHANGED);
    assert_int_equal(press(f, UI_KEY_UP), FORM_STAY);
    assert_int_equal(press(f, UI_KEY_DOWN), FORM_STAY);
    assert_string_equal(form_cursor_id(f), "names");
    size_t count;
    char **lines = form_lines(f, "names", &count);
    assert_int_equal(count, 2);
    assert_string_equal(lines[0], "dns:a");
    assert_string_equal(lines[1], "dns:b");
    form_lines_free(lines, count);
    press(f, UI_KEY_BACKTAB);
    assert_string_equal(form_cursor_id(f), "more");
    form_free(f);
}

static void each_line_is_looked_at_and_empty_ones_are_fine(void **state)
{
    (void)state;
    struct form *f = new_form();
    type(f, "iq");
    form_tick(f, "more", true);
    form_set_text(f, "names", "dns:a\n\nb\ndns:c");
    assert_false(form_check_page(f));
    assert_string_equal(form_cursor_id(f), "names");
    assert_int_equal(form_wrong(f), 1);
    /* the cursor is on that line */
    press(f, UI_KEY_HOME);
    type(f, "dns:");
    assert_string_equal(form_text(f, "names"), "dns:a\n\ndns:b\ndns:c");
    assert_true(form_check_page(f));
    form_free(f);
}

static void what_is_not_shown_is_not_looked_at(void **state)
{
    (void)state;
    struct form *f = new_form();
    type(f, "iq");
    form_set_text(f, "names", "wrong");
    assert_true(form_check_page(f));
    form_free(f);
}

static void a_remark_stands_until_the_field_is_changed(void **state)
{
    (void)state;
    struct form *f = new_form();
    type(f, "iq");
    form_remark(f, "alias", "taken");
    press(f, UI_KEY_TAB);
    assert_int_equal(form_wrong(f), 1);
    press(f, UI_KEY_BACKTAB);
    type(f, "2");
    assert_int_equal(form_wrong(f), 0);
    form_remark(f, "alias", "taken");
    assert_true(form_check_page(f)); /* whoever said it may look again */
    form_free(f);
}

static void rows_are_ticked_unless_they_are_refused(void **state)
{
    (void)state;
    static const struct form_pick rows[] = {
        {.text = "root", .ticked = true},
        {.text = "leaf", .note = "a note", .refused = "use Import CA reply", .ticked = true},
        {.text = "other"},
    };
    struct form *f = new_form();
    form_set_picks(f, "rows", rows, 3);
    form_set_page(f, 1);
    form_focus(f, "rows");
    assert_true(form_picked(f, "rows", 0));
    assert_false(form_picked(f, "rows", 1));
    assert_int_equal(press_char(f, ' '), FORM_CHANGED);
    assert_false(form_picked(f, "rows", 0));
    press(f, UI_KEY_DOWN);
    assert_int_equal(press_char(f, ' '), FORM_REFUSED);
    assert_non_null(strstr(form_said(f), "use Import CA reply"));
    press(f, UI_KEY_DOWN);
    assert_int_equal(form_pick_cursor(f, "rows"), 2);
    assert_int_equal(press_char(f, 'x'), FORM_IGNORED);
    assert_non_null(strstr(form_said(f), "Space ticks"));
    assert_int_equal(press_char(f, ' '), FORM_CHANGED);
    assert_true(form_picked(f, "rows", 2));
    assert_false(form_picked(f, "rows", 3));
    assert_int_equal(press(f, UI_KEY_DOWN), FORM_IGNORED); /* what follows is no row */
    assert_string_equal(form_cursor_id(f), "rows");
    assert_non_null(strstr(form_said(f), "Tab goes to the next field"));
    press(f, UI_KEY_TAB);
    assert_string_equal(form_cursor_id(f), "last");
    form_free(f);
}

static void tab_goes_round_and_each_page_keeps_its_place(void **state)
{
    (void)state;
    struct form *f = new_form();
    form_set_page(f, 1);
    press(f, UI_KEY_TAB);
    press(f, UI_KEY_TAB);
    assert_string_equal(form_cursor_id(f), "agreed");
    press(f, UI_KEY_DOWN);
    assert_string_equal(form_cursor_id(f), "agreed");
    press(f, UI_KEY_TAB);
    assert_string_equal(form_cursor_id(f), "file");
    press(f, UI_KEY_TAB);
    form_turn_to(f, 0);
    assert_string_equal(form_cursor_id(f), "alias");
    press(f, UI_KEY_TAB);
    form_turn_to(f, 1);
    assert_string_equal(form_cursor_id(f), "last");
    form_turn_to(f, 0);
    assert_string_equal(form_cursor_id(f), "kind");
    form_set_page(f, 1);
    assert_string_equal(form_cursor_id(f), "file");
    form_free(f);
}

static void rows_that_are_not_there_are_passed_over(void **state)
{
    (void)state;
    struct form *f = new_form();
    form_set_page(f, 1);
    assert_string_equal(form_cursor_id(f), "file");
    press(f, UI_KEY_DOWN);
    assert_string_equal(form_cursor_id(f), "last");
    form_free(f);
}

static void words_in_a_row_are_gone_through_sideways(void **state)
{
    (void)state;
    static const struct form_pick words[] = {{.text = "one"}, {.text = "two"}, {.text = "three"}};
    struct form *f = new_form();
    form_set_picks(f, "flow", words, 3);
    form_set_page(f, 1);
    form_focus(f, "flow");
    assert_int_equal(press(f, UI_KEY_LEFT), FORM_STAY);
    assert_int_equal(press(f, UI_KEY_RIGHT), FORM_STAY);
    assert_int_equal(press_char(f, ' '), FORM_CHANGED);
    assert_false(form_picked(f, "flow", 0));
    assert_true(form_picked(f, "flow", 1));
    press(f, UI_KEY_END);
    assert_int_equal(form_pick_cursor(f, "flow"), 2);
    press(f, UI_KEY_UP);
    assert_string_equal(form_cursor_id(f), "file");
    press(f, UI_KEY_DOWN);
    press(f, UI_KEY_DOWN);
    assert_string_equal(form_cursor_id(f), "last");
    form_free(f);
}

/* ---- paths ---- */

static void touch(const char *name)
{
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int make_directory(void **state)
{
    char *name = strdup("/tmp/ksx-form-XXXXXX");
    if (!name || !mkdtemp(name) || chdir(name) != 0)
        return -1;
    touch("reply.crt");
    touch("reply.p7b");
    touch("other.pem");
    *state = name;
    return 0;
}

static int drop_directory(void **state)
{
    (void)unlink("reply.crt");
    (void)unlink("reply.p7b");
    (void)unlink("other.pem");
    bool gone = chdir("/") == 0 && rmdir(*state) == 0;
    free(*state);
    return gone ? 0 : -1;
}

static struct form *on_path(void)
{
    struct form *f = new_form();
    form_set_page(f, 1);
    return f;
}

static void tab_completes_a_path_and_then_goes_on(void **state)
{
    (void)state;
    struct form *f = on_path();
    type(f, "oth");
    assert_int_equal(press(f, UI_KEY_TAB), FORM_COMPLETED);
    assert_string_equal(form_text(f, "file"), "other.pem");
    assert_string_equal(form_cursor_id(f), "file");
    assert_int_equal(press(f, UI_KEY_TAB), FORM_STAY);
    assert_string_equal(form_cursor_id(f), "last");
    form_free(f);
}

static void tab_says_once_which_ways_on_there_are(void **state)
{
    (void)state;
    struct form *f = on_path();
    type(f, "re");
    assert_int_equal(press(f, UI_KEY_TAB), FORM_COMPLETED);
    assert_string_equal(form_text(f, "file"), "reply.");
    assert_string_equal(form_said(f), "");
    assert_int_equal(press(f, UI_KEY_TAB), FORM_COMPLETED);
    assert_non_null(strstr(form_said(f), "2 begin like that: reply.crt, reply.p7b"));
    assert_int_equal(press(f, UI_KEY_TAB), FORM_STAY);
    assert_string_equal(form_cursor_id(f), "last");
    form_free(f);
}

static void tab_leaves_what_was_not_typed_alone(void **state)
{
    (void)state;
    struct form *f = on_path();
    form_set_text(f, "file", "reply");
    assert_int_equal(press(f, UI_KEY_TAB), FORM_STAY);
    assert_string_equal(form_text(f, "file"), "reply");
    assert_string_equal(form_cursor_id(f), "last");
    form_free(f);
}

static void browsing_is_for_paths_alone(void **state)
{
    (void)state;
    struct form *f = on_path();
    assert_int_equal(press_char(f, 'O' - 0x40), FORM_BROWSE);
    form_focus(f, "last");
    assert_int_equal(press_char(f, 'O' - 0x40), FORM_IGNORED);
    form_free(f);
}

/* What would be left out of the certificate is said while it can be changed. */
static void more_names_than_a_certificate_takes_are_refused(void **state)
{
    (void)state;
    static const struct form_field names[] = {NAMES_FIELD(0)}, use[] = {USE_FIELDS(0)};
    struct ks_buf text = KS_BUF_INIT, oids = KS_BUF_INIT;
    struct form *f = form_new(names, 1, NULL);
    for (int i = 0; i < 1000; i++)
        ks_buf_printf(&text, "dns:h%d.example.com\n", i);
    ks_buf_str(&text, "dns:h0.example.com\n"); /* again, which is none more */
    form_set_text(f, "names", ks_buf_text(&text));
    assert_true(form_check_page(f));
    ks_buf_str(&text, "dns:one.more");
    form_set_text(f, "names", ks_buf_text(&text));
    assert_false(form_check_page(f));
    form_free(f);
    f = form_new(use, sizeof use / sizeof use[0], NULL);
    for (int i = 0; i < 64; i++)
        ks_buf_printf(&oids, "1.2.3.%d\n", i);
    form_set_text(f, "oids", ks_buf_text(&oids));
    assert_true(form_check_page(f));
    ks_buf_str(&oids, "1.2.4");
    form_set_text(f, "oids", ks_buf_text(&oids));
    assert_false(form_check_page(f));
    form_set_text(f, "oids", "");
    form_choose(f, "ca", 1);
    form_set_text(f, "path-len", "255");
    assert_true(form_check_page(f));
    form_set_text(f, "path-len", "256"); /* as of --path-len */
    assert_false(form_check_page(f));
    form_free(f);
    ks_buf_free(&text);
    ks_buf_free(&oids);
}

#define IN_DIRECTORY(t) cmocka_unit_test_setup_teardown(t, make_directory, drop_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_is_looked_at_when_it_is_left),
        cmocka_unit_test(a_page_with_something_wrong_takes_the_cursor_there),
        cmocka_unit_test(choices_go_round),
        cmocka_unit_test(more_names_than_a_certificate_takes_are_refused),
        cmocka_unit_test(a_letter_ticks_and_chooses_nothing),
        cmocka_unit_test(a_tick_holds_for_what_it_was_ticked_for),
        cmocka_unit_test(enter_and_arrows_stay_in_a_field_of_several_lines),
        cmocka_unit_test(each_line_is_looked_at_and_empty_ones_are_fine),
        cmocka_unit_test(what_is_not_shown_is_not_looked_at),
        cmocka_unit_test(a_remark_stands_until_the_field_is_changed),
        cmocka_unit_test(rows_are_ticked_unless_they_are_refused),
        cmocka_unit_test(words_in_a_row_are_gone_through_sideways),
        cmocka_unit_test(tab_goes_round_and_each_page_keeps_its_place),
        cmocka_unit_test(rows_that_are_not_there_are_passed_over),
        IN_DIRECTORY(tab_completes_a_path_and_then_goes_on),
        IN_DIRECTORY(tab_says_once_which_ways_on_there_are),
        IN_DIRECTORY(tab_leaves_what_was_not_typed_alone),
        IN_DIRECTORY(browsing_is_for_paths_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
