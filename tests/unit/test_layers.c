/* The house has floors, and nothing looks up: includes and symbols say so. */
#include "run.h"

#include <dirent.h>

/* A directory of src includes itself and what has a lower floor; format and chain are neighbours.
 */
static const struct {
    const char *name;
    int floor;
} rooms[] = {{"base", 1},  {"x509", 2}, {"store", 3},  {"format", 4},
             {"chain", 4}, {"file", 5}, {"doctor", 6}, {"net", 7},
             {"op", 8}};
#define ROOMS (sizeof rooms / sizeof rooms[0])

static int floor_of(const char *name, size_t len)
{
    for (size_t i = 0; i < ROOMS; i++)
        if (strlen(rooms[i].name) == len && strncmp(rooms[i].name, name, len) == 0)
            return rooms[i].floor;
    return -1;
}

typedef void (*include_fn)(const char *file, const char *room, const char *included, bool angle);

static void each_include_of_file(const char *path, const char *room, include_fn fn)
{
    char line[1024];
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    while (fgets(line, sizeof line, in)) {
        char *at = line + strspn(line, " \t");
        if (*at++ != '#')
            continue;
        at += strspn(at, " \t");
        if (strncmp(at, "include", 7) != 0)
            continue;
        at += 7 + strspn(at + 7, " \t");
        char end = *at == '<' ? '>' : '"';
        char *close = strchr(at + 1, end);
        assert_non_null(close);
        *close = '\0';
        fn(path, room, at + 1, end == '>');
    }
    (void)fclose(in);
}

static size_t each_include(const char *top, const char *room, include_fn fn)
{
    char path[4096];
    size_t files = 0;
    (void)snprintf(path, sizeof path, "%s/%s/%s", KSX_SOURCE, top, room);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *d; (d = readdir(dir));) {
        size_t len = strlen(d->d_name);
        if (len < 3 || d->d_name[len - 2] != '.' || !strchr("ch", d->d_name[len - 1]))
            continue;
        (void)snprintf(path, sizeof path, "%s/%s/%s/%s", KSX_SOURCE, top, room, d->d_name);
        each_include_of_file(path, room, fn);
        files++;
    }
    (void)closedir(dir);
    return files;
}

static bool is_curses(const char *header)
{
    static const char *const words[] = {"curses", "panel.h", "form.h", "menu.h", "term.h"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(header, words[i]))
            return true;
    return false;
}

static void looks_down_only(const char *file, const char *room, const char *included, bool angle)
{
    if (angle) {
        if (is_curses(included))
            fail_msg("%s includes <%s>: the model knows no terminal", file, included);
        return;
    }
    const char *slash = strchr(included, '/');
    size_t len = slash ? (size_t)(slash - included) : 0;
    int own = floor_of(room, strlen(room)), other = slash ? floor_of(included, len) : -1;
    bool same = strlen(room) == len && strncmp(room, included, len) == 0;
    if (other < 0)
        fail_msg("%s includes \"%s\", which is no room of src", file, included);
    if (!same && other >= own)
        fail_msg("%s includes \"%s\", which is not below it", file, included);
}

static void the_model_includes_only_what_is_below(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROOMS; i++)
        assert_true(each_include("src", rooms[i].name, looks_down_only) > 0);
}

static void every_room_of_the_model_has_a_floor(void **state)
{
    (void)state;
    DIR *dir = opendir(KSX_SOURCE "/src");
    assert_non_null(dir);
    for (struct dirent *d; (d = readdir(dir));)
        if (d->d_name[0] != '.' && floor_of(d->d_name, strlen(d->d_name)) < 0)
            fail_msg("src/%s has no floor in this test", d->d_name);
    (void)closedir(dir);
}

static void knows_no_curses(const char *file, const char *room, const char *included, bool angle)
{
    (void)room;
    if (angle && is_curses(included))
        fail_msg("%s includes <%s>", file, included);
}

static void reports_know_no_front_end(const char *file, const char *room, const char *included,
                                      bool angle)
{
    knows_no_curses(file, room, included, angle);
    if (!angle && (strncmp(included, "tui/", 4) == 0 || strncmp(included, "cli/", 4) == 0))
        fail_msg("%s includes \"%s\": reports know no front end", file, included);
}

static void screens_do_not_know_the_command_line(const char *file, const char *room,
                                                 const char *included, bool angle)
{
    (void)room;
    if (!angle && strncmp(included, "cli/", 4) == 0)
        fail_msg("%s includes \"%s\"", file, included);
}

static void the_front_ends_keep_apart(void **state)
{
    (void)state;
    assert_true(each_include("ui", "report", reports_know_no_front_end) > 0);
    assert_true(each_include("ui", "cli", knows_no_curses) > 0);
    assert_true(each_include("ui", "tui", screens_do_not_know_the_command_line) > 0);
}

/* "__printf_chk" and "printf@GLIBC_2.2.5" are printf. */
static void plain_symbol(const char *symbol, char out[static 128])
{
    const char *at = symbol;
    size_t len = strcspn(symbol, "@");
    if (strncmp(at, "__", 2) == 0 && len > 6 && strncmp(at + len - 4, "_chk", 4) == 0) {
        at += 2;
        len -= 6;
    }
    (void)snprintf(out, 128, "%.*s", (int)len, at);
}

static void the_model_neither_prints_nor_ends_the_program(void **state)
{
    (void)state;
    static const char *const banned[] = {
        "initscr", "newterm",  "endwin", "printf",  "vprintf",   "fprintf", "vfprintf", "dprintf",
        "puts",    "fputs",    "putc",   "putchar", "fputc",     "perror",  "exit",     "_exit",
        "_Exit",   "abort",    "stdout", "stderr",  "system",    "popen",   "strcpy",   "strcat",
        "sprintf", "vsprintf", "gets",   "strtok",  "localtime",
    };
    size_t symbols = 0;
    struct run r = RUN("nm", "--undefined-only", "--format=posix", KSX_LIBRARY);
    assert_int_equal(r.exit, 0);
    char *rest = NULL;
    for (char *line = strtok_r(r.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char symbol[128];
        line[strcspn(line, " ")] = '\0';
        plain_symbol(line, symbol);
        symbols++;
        for (size_t i = 0; i < sizeof banned / sizeof banned[0]; i++)
            if (strcmp(symbol, banned[i]) == 0)
                fail_msg("libksx calls %s", symbol);
    }
    assert_true(symbols > 20); /* or nm has said nothing, and the test nothing either */
    run_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_model_includes_only_what_is_below),
        cmocka_unit_test(every_room_of_the_model_has_a_floor),
        cmocka_unit_test(the_front_ends_keep_apart),
        cmocka_unit_test(the_model_neither_prints_nor_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
