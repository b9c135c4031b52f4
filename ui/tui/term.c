#include "tui/term.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "tui/frame.h"
#include "tui/input.h"
#include "tui/theme.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <time.h>
#include <unistd.h>

/* curses' and term.h's macros take common words. */
#undef lines
#undef columns

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define MOUSE_ON "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"

static struct {
    bool started;
    bool in_screen; /* between term_enter and term_leave */
    bool unicode, mouse, gone;
    SCREEN *screen;
    FILE *out; /* what curses writes to */
    struct input *input;
    struct termios before;
    int pipe[2]; /* a handler writes the signal's number */
    int end_signal;
    char restore[256]; /* what brings the terminal back without curses: for fatal signals */
    size_t restore_len;
} term = {.pipe = {-1, -1}};

int64_t term_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool term_unicode(void)
{
    return term.unicode;
}

/* ---- signals ---- */

static void note_signal(int sig)
{
    int saved = errno;
    unsigned char byte = (unsigned char)sig;
    ssize_t ignored = write(term.pipe[1], &byte, 1); /* a full pipe means a wake-up is due anyway */
    (void)ignored;
    errno = saved;
}

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGQUIT};
#define FATAL_COUNT (sizeof fatal_signals / sizeof fatal_signals[0])
static struct sigaction before_fatal[FATAL_COUNT];

/* Only what POSIX allows in a handler: write() and tcsetattr(). */
static void restore_in_emergency(void)
{
    if (!term.in_screen)
        return;
    ssize_t ignored = write(STDOUT_FILENO, term.restore, term.restore_len);
    (void)ignored;
    tcsetattr(STDIN_FILENO, TCSANOW, &term.before);
}

static void fatal_signal(int sig)
{
    restore_in_emergency();
    for (size_t i = 0; i < FATAL_COUNT; i++)
        if (fatal_signals[i] == sig)
            sigaction(sig, &before_fatal[i], NULL);
    raise(sig);
}

static void out_of_memory(void)
{
    static const char text[] = "ksx: out of memory\n";
    restore_in_emergency();
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(8);
}

static void catch_signals(void)
{
    static const int noted[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGHUP, SIGTERM, SIGINT};
    struct sigaction sa = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof noted / sizeof noted[0]; i++)
        sigaction(noted[i], &sa, NULL);
    sa.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &sa, NULL);
    sigaction(SIGTTOU, &sa, NULL);
    sa.sa_handler = fatal_signal;
    for (size_t i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal_signals[i], &sa, &before_fatal[i]);
    ks_alloc_on_failure(out_of_memory);
}

static void release_signals(void)
{
    static const int noted[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGHUP,
                                SIGTERM,  SIGINT,  SIGPIPE, SIGTTOU};
    struct sigaction sa = {.sa_handler = SIG_DFL};
    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof noted / sizeof noted[0]; i++)
        sigaction(noted[i], &sa, NULL);
    for (size_t i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal_signals[i], &before_fatal[i], NULL);
    ks_alloc_on_failure(NULL);
}

unsigned term_signals(void)
{
    unsigned char got[64];
    unsigned bits = 0;
    ssize_t n;
    while ((n = read(term.pipe[0], got, sizeof got)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            int sig = got[i];
            bits |= sig == SIGWINCH  ? TERM_SIG_RESIZE
                    : sig == SIGTSTP ? TERM_SIG_STOP
                    : sig == SIGCONT ? TERM_SIG_CONT
                    : sig == SIGINT  ? TERM_SIG_INT
                                     : TERM_SIG_END;
            if (sig == SIGHUP || sig == SIGTERM)
                term.end_signal = sig;
        }
    }
    return bits;
}

int term_end_code(void)
{
    return 128 + (term.end_signal ? term.end_signal : SIGHUP);
}

/* ---- start ---- */

static bool contains_any(const char *name, const char *const *words)
{
    for (; *words; words++)
        if (strstr(name, *words))
            return true;
    return false;
}

/* Asks terminfo first: a newterm() that fails keeps memory. */
static SCREEN *try_terminal(const char *name)
{
    int status;
    if (setupterm(name, STDOUT_FILENO, &status) != OK)
        return NULL;
    del_curterm(cur_term);
    return newterm(name, term.out, stdin);
}

/* A host without the terminfo entry of a newer terminal: the nearest one that it has. */
static SCREEN *open_screen(const char *name, char notice[static 160])
{
    static const char *const like_xterm[] = {"xterm", "kitty",   "ghostty", "alacritty",
                                             "foot",  "wezterm", "putty",   NULL};
    notice[0] = '\0';
    SCREEN *screen = try_terminal(name);
    if (screen)
        return screen;
    char *shorter = ks_strdup(name), *dash = strrchr(shorter, '-');
    if (dash)
        *dash = '\0';
    const char *tries[] = {contains_any(name, like_xterm) ? "xterm-256color" : NULL,
                           dash ? shorter : NULL, "xterm", "vt100"};
    for (size_t i = 0; !screen && i < sizeof tries / sizeof tries[0]; i++) {
        screen = tries[i] ? try_terminal(tries[i]) : NULL;
        if (screen)
            snprintf(notice, 160, "TERM=%.40s is unknown here, using %.40s", name, tries[i]);
    }
    free(shorter);
    return screen;
}

static void choose_locale(const struct ui_options *opts)
{
    term.unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (!term.unicode && opts->utf8)
        term.unicode = setlocale(LC_CTYPE, "C.UTF-8") || setlocale(LC_CTYPE, "C.utf8") ||
                       setlocale(LC_CTYPE, "en_US.UTF-8");
}

static void append_restore(const char *sequence)
{
    if (!sequence || sequence == (const char *)-1)
        return;
    size_t len = strlen(sequence);
    if (len > sizeof term.restore - term.restore_len)
        return;
    memcpy(term.restore + term.restore_len, sequence, len);
    term.restore_len += len;
}

static char *capability(const char *name)
{
    char copy[8];
    snprintf(copy, sizeof copy, "%s", name);
    char *value = tigetstr(copy);
    return value == (char *)-1 ? NULL : value;
}

static void prepare_restore(void)
{
    term.restore_len = 0;
    append_restore(MOUSE_OFF PASTE_OFF);
    append_restore(capability("sgr0"));
    append_restore(capability("cnorm"));
    append_restore(capability("rmcup"));
}

static void define_keys(void)
{
    static const struct {
        const char *capability;
        enum ui_keycode code;
    } keys[] = {
        {"kcuu1", UI_KEY_UP},     {"kcud1", UI_KEY_DOWN},   {"kcuf1", UI_KEY_RIGHT},
        {"kcub1", UI_KEY_LEFT},   {"khome", UI_KEY_HOME},   {"kend", UI_KEY_END},
        {"kpp", UI_KEY_PGUP},     {"knp", UI_KEY_PGDN},     {"kdch1", UI_KEY_DELETE},
        {"kich1", UI_KEY_INSERT}, {"kcbt", UI_KEY_BACKTAB}, {"kf1", UI_KEY_F1},
        {"kf2", UI_KEY_F2},       {"kf3", UI_KEY_F3},       {"kf4", UI_KEY_F4},
        {"kf5", UI_KEY_F5},       {"kf6", UI_KEY_F6},       {"kf7", UI_KEY_F7},
        {"kf8", UI_KEY_F8},       {"kf9", UI_KEY_F9},       {"kf10", UI_KEY_F10},
        {"kf11", UI_KEY_F11},     {"kf12", UI_KEY_F12},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        input_define(term.input, capability(keys[i].capability), keys[i].code);
}

static int escape_delay(void)
{
    const char *set = getenv("ESCDELAY");
    int ms = set ? atoi(set) : 0;
    return ms > 0 && ms <= 5000 ? ms : INPUT_ESC_MS;
}

static bool make_pipe(void)
{
    if (pipe(term.pipe) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(term.pipe[i], F_SETFL, O_NONBLOCK);
        fcntl(term.pipe[i], F_SETFD, FD_CLOEXEC);
    }
    return true;
}

static enum ks_code no_terminal(struct ks_error *err, const char *why)
{
    ks_fail(err, KS_ERR_USAGE, "no-terminal", "cannot open the screen: %s", why);
    return ks_fail_next(err, KS_ERR_USAGE, "use ksx list FILE, which needs no screen");
}

enum ks_code term_start(const struct ui_options *opts, char notice[static 160],
                        struct ks_error *err)
{
    const char *name = getenv("TERM");
    if (!isatty(STDOUT_FILENO))
        return no_terminal(err, "the output is not a terminal");
    if (!isatty(STDIN_FILENO))
        return no_terminal(err, "the input is not a terminal");
    if (!name || !*name)
        return no_terminal(err, "TERM is not set");
    if (strcmp(name, "dumb") == 0)
        return no_terminal(err, "TERM=dumb cannot place a cursor");
    if (tcgetattr(STDIN_FILENO, &term.before) != 0 || !make_pipe() || !(term.out = frame_open()))
        return no_terminal(err, strerror(errno));
    choose_locale(opts);
    term.screen = open_screen(name, notice);
    if (!term.screen)
        return no_terminal(err, "no description of this terminal (TERM) is installed");
    raw();
    noecho();
    nonl();
    typeahead(-1);
    meta(stdscr, TRUE);
    leaveok(stdscr, FALSE);
    term.input = input_new(escape_delay());
    define_keys();
    prepare_restore();
    catch_signals();
    term.started = term.in_screen = true;
    theme_start(opts->color, opts->ascii || !term.unicode);
    term_write(PASTE_ON, strlen(PASTE_ON));
    if (opts->mouse)
        term_mouse(true);
    return KS_OK;
}

void term_write(const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

void term_leave(void)
{
    if (!term.in_screen)
        return;
    if (term.mouse)
        term_write(MOUSE_OFF, strlen(MOUSE_OFF));
    term_write(PASTE_OFF, strlen(PASTE_OFF));
    curs_set(1);
    endwin();
    term.in_screen = false;
    tcsetattr(STDIN_FILENO, TCSANOW, &term.before);
}

void term_enter(void)
{
    if (term.in_screen || !term.started)
        return;
    term.in_screen = true;
    term_resized();
    reset_prog_mode();
    clearok(stdscr, TRUE);
    refresh();
    term_write(PASTE_ON, strlen(PASTE_ON));
    if (term.mouse)
        term_write(MOUSE_ON, strlen(MOUSE_ON));
}

void term_stop(void)
{
    if (!term.started)
        return;
    term_leave();
    term.started = false;
    release_signals();
    delscreen(term.screen);
    term.screen = NULL;
    frame_close();
    input_free(term.input);
    term.input = NULL;
    close(term.pipe[0]);
    close(term.pipe[1]);
    term.pipe[0] = term.pipe[1] = -1;
}

void term_suspend(void)
{
    term_leave();
    struct sigaction stop = {.sa_handler = SIG_DFL}, before;
    sigemptyset(&stop.sa_mask);
    sigaction(SIGTSTP, &stop, &before);
    kill(0, SIGTSTP); /* the whole job, as the terminal driver would */
    sigaction(SIGTSTP, &before, NULL);
    term_enter();
    (void)term_signals();
}

void term_size(int *rows, int *cols)
{
    getmaxyx(stdscr, *rows, *cols);
}

void term_resized(void)
{
    struct winsize ws;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 && ws.ws_col > 0)
        resizeterm(ws.ws_row, ws.ws_col);
}

/* Another program may have left the terminal in another character set. */
void term_redraw_all(void)
{
    static const char ascii_set[] = "\033(B";
    term_write(ascii_set, sizeof ascii_set - 1);
    clearok(curscr, TRUE);
}

void term_mouse(bool on)
{
    const char *sequence = on ? MOUSE_ON : MOUSE_OFF;
    term.mouse = on;
    term_write(sequence, strlen(sequence));
}

bool term_mouse_is_on(void)
{
    return term.mouse;
}

/* ---- input ---- */

static bool read_terminal(void)
{
    char bytes[4096];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n > 0) {
        input_feed(term.input, bytes, (size_t)n, term_now());
        ks_wipe(bytes, (size_t)n);
        return true;
    }
    if (n == 0 || (errno != EINTR && errno != EAGAIN))
        term.gone = true;
    return false;
}

static int sooner(int a, int b)
{
    return a < 0 ? b : b < 0 ? a : a < b ? a : b;
}

unsigned term_wait(struct pollfd *fds, size_t count, int timeout_ms)
{
    struct pollfd all[66] = {{STDIN_FILENO, POLLIN, 0}, {term.pipe[0], POLLIN, 0}};
    if (count > 64)
        count = 64;
    for (size_t i = 0; i < count; i++)
        all[2 + i] = fds[i];
    int escape = input_timeout(term.input, term_now());
    int n = poll(all, 2 + count, sooner(escape, timeout_ms));
    if (n < 0)
        return errno == EINTR ? TERM_SIGNAL : TERM_GONE;
    unsigned what = 0;
    if (n == 0)
        return escape >= 0 && (timeout_ms < 0 || escape <= timeout_ms) ? TERM_KEY : TERM_TIMEOUT;
    if (all[1].revents)
        what |= TERM_SIGNAL;
    if (all[0].revents) {
        if (read_terminal())
            what |= TERM_KEY;
        if (term.gone)
            what |= TERM_GONE;
    }
    for (size_t i = 0; i < count; i++) {
        fds[i].revents = all[2 + i].revents;
        if (fds[i].revents)
            what |= TERM_FD;
    }
    return what;
}

bool term_key(struct ui_key *key)
{
    return input_next(term.input, term_now(), key);
}

bool term_more(void)
{
    struct pollfd in = {STDIN_FILENO, POLLIN, 0};
    if (poll(&in, 1, 0) <= 0 || !(in.revents & POLLIN))
        return false;
    return read_terminal();
}

const char *ui_paste(size_t *len)
{
    return input_paste(term.input, len);
}

struct ui_mouse ui_mouse(void)
{
    return input_mouse(term.input);
}

void term_discard(void)
{
    struct ui_key key;
    size_t rounds = 0;
    do {
        while (term_key(&key))
            ks_wipe(&key, sizeof key);
    } while (term_more() && ++rounds < 256);
}
