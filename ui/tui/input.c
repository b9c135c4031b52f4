/*
 * Sequences understood without terminfo:
 *
 *   ESC [ A, ESC O A        arrows, Home (H), End (F); with modifiers ESC [ 1 ; m A
 *   ESC [ n ~               Home 1 7, Ins 2, Del 3, End 4 8, PgUp 5, PgDn 6, F1.. 11-15 17-21 23 24
 *   ESC O P .. S, ESC [ [ A F1-F4 (xterm), F1-F5 (Linux console)
 *   ESC [ Z                 Shift-Tab
 *   ESC [ 200 ~ .. 201 ~    bracketed paste
 *   ESC [ < b ; x ; y M     mouse (SGR)
 *   ESC ] .. BEL, ESC P ..  replies to questions that nobody asked: swallowed
 */
#include "tui/input.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define ESC 0x1b
#define SEQUENCES 32
#define SEQUENCE_MAX 64 /* a longer CSI is no key */

enum paste_mode { PASTE_NONE, PASTE_BRACKETED, PASTE_PEM };

struct input {
    struct ks_buf pending;
    size_t at;        /* consumed part of `pending` */
    int64_t fed;      /* when the last byte came */
    int64_t lone_esc; /* when a lone ESC was given out; 0 = no late sequence can come */
    int esc_ms;
    enum paste_mode mode;
    struct ks_buf paste;
    bool paste_cut, paste_given;
    struct ui_mouse mouse;
    struct {
        char bytes[16];
        size_t len;
        enum ui_keycode code;
    } defined[SEQUENCES];
    size_t defined_count;
};

struct input *input_new(int esc_ms)
{
    struct input *in = ks_alloc(sizeof *in);
    in->esc_ms = esc_ms;
    in->paste.max = INPUT_PASTE_MAX;
    /* Typed passwords pass through here: room from the start, so that growing leaves no copies. */
    static const char room[8192];
    ks_buf_append(&in->pending, room, sizeof room);
    ks_buf_clear(&in->pending);
    return in;
}

void input_free(struct input *in)
{
    if (!in)
        return;
    ks_buf_wipe_free(&in->pending);
    ks_buf_wipe_free(&in->paste);
    free(in);
}

void input_define(struct input *in, const char *sequence, enum ui_keycode code)
{
    size_t len = sequence ? strlen(sequence) : 0;
    if (len < 2 || len > sizeof in->defined[0].bytes || in->defined_count == SEQUENCES ||
        sequence[0] != ESC)
        return;
    memcpy(in->defined[in->defined_count].bytes, sequence, len);
    in->defined[in->defined_count].len = len;
    in->defined[in->defined_count++].code = code;
}

void input_feed(struct input *in, const char *bytes, size_t len, int64_t now)
{
    if (in->at > 0) {
        memmove(in->pending.data, in->pending.data + in->at, in->pending.len - in->at);
        in->pending.len -= in->at;
        ks_wipe(in->pending.data + in->pending.len, in->at);
        in->at = 0;
    }
    ks_buf_append(&in->pending, bytes, len);
    in->fed = now;
}

const char *input_paste(const struct input *in, size_t *len)
{
    *len = in->paste.len;
    return ks_buf_text(&in->paste);
}

bool input_paste_cut(const struct input *in)
{
    return in->paste_cut;
}

struct ui_mouse input_mouse(const struct input *in)
{
    return in->mouse;
}

/* ---- the bytes that wait ---- */

static const char *head(const struct input *in)
{
    return (const char *)in->pending.data + in->at;
}

static size_t left(const struct input *in)
{
    return in->pending.len - in->at;
}

/* Typed bytes may be a password: they are wiped as soon as they are a key. */
static void consume(struct input *in, size_t len)
{
    ks_wipe(in->pending.data + in->at, len);
    in->at += len;
    if (in->at == in->pending.len) {
        ks_buf_clear(&in->pending);
        in->at = 0;
    }
}

static bool expired(const struct input *in, int64_t now)
{
    return now - in->fed >= in->esc_ms;
}

int input_timeout(const struct input *in, int64_t now)
{
    if (left(in) == 0)
        return -1;
    if (in->mode == PASTE_BRACKETED)
        return -1;
    int64_t rest = in->esc_ms - (now - in->fed);
    return rest > 0 ? (int)rest : 0;
}

/* ---- sequences ---- */

enum step { STEP_KEY, STEP_NOTHING, STEP_MORE }; /* a key, bytes dropped, or bytes needed */

static enum step give(struct input *in, size_t len, enum ui_keycode code, int32_t ch,
                      struct ui_key *out)
{
    consume(in, len);
    *out = (struct ui_key){code, ch};
    return code == UI_KEY_NONE ? STEP_NOTHING : STEP_KEY;
}

static enum ui_keycode letter_key(char final)
{
    switch (final) {
    case 'A':
        return UI_KEY_UP;
    case 'B':
        return UI_KEY_DOWN;
    case 'C':
        return UI_KEY_RIGHT;
    case 'D':
        return UI_KEY_LEFT;
    case 'H':
        return UI_KEY_HOME;
    case 'F':
        return UI_KEY_END;
    case 'Z':
        return UI_KEY_BACKTAB;
    case 'M': /* SS3 M: Enter of the keypad */
        return UI_KEY_ENTER;
    case 'P':
    case 'Q':
    case 'R':
    case 'S':
        return UI_KEY_F1 + (unsigned)(final - 'P');
    default:
        return UI_KEY_NONE;
    }
}

static enum ui_keycode number_key(int number)
{
    static const struct {
        int number;
        enum ui_keycode code;
    } keys[] = {
        {1, UI_KEY_HOME}, {2, UI_KEY_INSERT}, {3, UI_KEY_DELETE}, {4, UI_KEY_END},
        {5, UI_KEY_PGUP}, {6, UI_KEY_PGDN},   {7, UI_KEY_HOME},   {8, UI_KEY_END},
        {11, UI_KEY_F1},  {12, UI_KEY_F2},    {13, UI_KEY_F3},    {14, UI_KEY_F4},
        {15, UI_KEY_F5},  {17, UI_KEY_F6},    {18, UI_KEY_F7},    {19, UI_KEY_F8},
        {20, UI_KEY_F9},  {21, UI_KEY_F10},   {23, UI_KEY_F11},   {24, UI_KEY_F12},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].number == number)
            return keys[i].code;
    return UI_KEY_NONE;
}

/* Up to three numbers of a CSI; missing ones are 0. */
static void parse_numbers(const char *p, size_t len, int out[static 3])
{
    out[0] = out[1] = out[2] = 0;
    size_t which = 0;
    for (size_t i = 0; i < len; i++) {
        if (p[i] == ';' || p[i] == ':') {
            if (++which == 3)
                return;
        } else if (p[i] >= '0' && p[i] <= '9' && out[which] < 10000) {
            out[which] = out[which] * 10 + (p[i] - '0');
        }
    }
}

static enum step mouse_key(struct input *in, const int n[static 3], bool press, size_t len,
                           struct ui_key *out)
{
    bool wheel = n[0] & 64;
    enum ui_mouse_button button = wheel             ? (n[0] & 1 ? UI_MOUSE_DOWN : UI_MOUSE_UP)
                                  : (n[0] & 3) == 0 ? UI_MOUSE_LEFT
                                  : (n[0] & 3) == 1 ? UI_MOUSE_MIDDLE
                                                    : UI_MOUSE_RIGHT;
    if (!press || (n[0] & 32) || (!wheel && (n[0] & 3) == 3))
        return give(in, len, UI_KEY_NONE, 0, out); /* releases and motion */
    in->mouse = (struct ui_mouse){n[2] - 1, n[1] - 1, button};
    return give(in, len, UI_KEY_MOUSE, 0, out);
}

/* ESC [ ... at head + skip - 2. `alt` when another ESC stands before it. */
static enum step csi(struct input *in, size_t skip, bool alt, int64_t now, struct ui_key *out)
{
    const char *p = head(in) + skip;
    size_t have = left(in) - skip, i = 0;
    if (have >= 1 && p[0] == '[') { /* Linux console: ESC [ [ A */
        if (have < 2)
            return expired(in, now) ? give(in, skip + have, UI_KEY_NONE, 0, out) : STEP_MORE;
        bool known = p[1] >= 'A' && p[1] <= 'E';
        return give(in, skip + 2, known ? UI_KEY_F1 + (unsigned)(p[1] - 'A') : UI_KEY_NONE, 0, out);
    }
    while (i < have && i < SEQUENCE_MAX && (unsigned char)p[i] >= 0x20 &&
           (unsigned char)p[i] < 0x40)
        i++;
    if (i == have && i < SEQUENCE_MAX)
        return expired(in, now) ? give(in, skip + have, UI_KEY_NONE, 0, out) : STEP_MORE;
    char final = p[i];
    if (i == SEQUENCE_MAX || (unsigned char) final < 0x40 || (unsigned char) final > 0x7e)
        return give(in, skip + i, UI_KEY_NONE, 0, out); /* broken off: what follows is a key */
    int n[3];
    parse_numbers(p, i, n);
    size_t len = skip + i + 1;
    if (i > 0 && p[0] == '<')
        return mouse_key(in, n, final == 'M', len, out);
    if (final == '~' && n[0] == 200) {
        consume(in, len);
        in->mode = PASTE_BRACKETED;
        return STEP_NOTHING;
    }
    enum ui_keycode code = final == '~'   ? number_key(n[0])
                           : final == 'M' ? UI_KEY_NONE
                                          : letter_key(final);
    if (i > 0 && (final == 'P' || final == 'Q' || final == 'R' || final == 'S') && n[0] != 1)
        code = UI_KEY_NONE; /* a cursor position report, not F3 */
    bool with_alt = alt || (n[1] > 1 && ((n[1] - 1) & 2));
    if (code != UI_KEY_NONE && with_alt)
        code = UI_KEY_ALT;
    return give(in, len, code, 0, out);
}

static enum step ss3(struct input *in, size_t skip, bool alt, int64_t now, struct ui_key *out)
{
    if (left(in) <= skip) {
        if (!expired(in, now))
            return STEP_MORE;
        return give(in, skip, UI_KEY_ALT, 0, out); /* Alt-O */
    }
    char c = head(in)[skip];
    if (c >= 'j' && c <= 'y') /* the keypad: * + , - . / and digits */
        return give(in, skip + 1, UI_KEY_CHAR, c - 'j' + '*', out);
    enum ui_keycode code = c == 'Z' ? UI_KEY_NONE : letter_key(c);
    return give(in, skip + 1, code != UI_KEY_NONE && alt ? UI_KEY_ALT : code, 0, out);
}

/* OSC and DCS: to BEL or ESC \. */
static enum step string_reply(struct input *in, int64_t now, struct ui_key *out)
{
    const char *p = head(in);
    size_t have = left(in);
    for (size_t i = 2; i < have; i++) {
        if (p[i] == 7)
            return give(in, i + 1, UI_KEY_NONE, 0, out);
        if (p[i] == ESC && i + 1 < have && p[i + 1] == '\\')
            return give(in, i + 2, UI_KEY_NONE, 0, out);
    }
    return expired(in, now) ? give(in, have, UI_KEY_NONE, 0, out) : STEP_MORE;
}

/* A sequence of terminfo at the head: its length, or 0; *partial = it may still become one. */
static size_t match_defined(const struct input *in, enum ui_keycode *code, bool *partial)
{
    const char *p = head(in);
    size_t have = left(in), best = 0;
    *partial = false;
    for (size_t i = 0; i < in->defined_count; i++) {
        size_t len = in->defined[i].len, common = len < have ? len : have;
        if (memcmp(p, in->defined[i].bytes, common) != 0)
            continue;
        if (len > have) {
            *partial = true;
        } else if (len > best) {
            best = len;
            *code = in->defined[i].code;
        }
    }
    return best;
}

static enum step escape(struct input *in, int64_t now, struct ui_key *out)
{
    enum ui_keycode code = UI_KEY_NONE;
    bool partial;
    size_t len = match_defined(in, &code, &partial);
    if (len)
        return give(in, len, code, 0, out);
    const char *p = head(in);
    size_t have = left(in);
    if (have == 1) {
        if (!expired(in, now))
            return STEP_MORE;
        in->lone_esc = now;
        return give(in, 1, UI_KEY_ESC, 0, out);
    }
    if (p[1] == '[' && have == 2 && expired(in, now))
        return give(in, 2, UI_KEY_ALT, 0, out); /* Alt-[ */
    if (p[1] == '[')
        return csi(in, 2, false, now, out);
    if (p[1] == 'O')
        return ss3(in, 2, false, now, out);
    if (p[1] == ESC) {
        if (have > 2 && p[2] == '[')
            return csi(in, 3, true, now, out);
        if (have > 2 && p[2] == 'O')
            return ss3(in, 3, true, now, out);
        return give(in, 1, UI_KEY_ESC, 0, out); /* Esc pressed twice */
    }
    if ((p[1] == ']' || p[1] == 'P') && have > 2)
        return string_reply(in, now, out);
    if (partial && !expired(in, now))
        return STEP_MORE;
    int32_t cp;
    size_t used = ks_utf8_next(p + 1, have - 1, &cp);
    return give(in, 1 + used, UI_KEY_ALT, cp, out);
}

/* The rest of a sequence whose ESC came so early that it was taken for a key: swallowed. */
static enum step late(struct input *in, int64_t now, struct ui_key *out)
{
    const char *p = head(in);
    size_t have = left(in);
    if (have == 1) {
        if (!expired(in, now))
            return STEP_MORE;
        return give(in, 1, UI_KEY_CHAR, p[0], out); /* typed by hand after all */
    }
    size_t i = 1;
    while (p[0] == '[' && i < have && (unsigned char)p[i] >= 0x20 && (unsigned char)p[i] < 0x40)
        i++;
    if (i == have && !expired(in, now))
        return STEP_MORE;
    return give(in, i < have ? i + 1 : have, UI_KEY_NONE, 0, out);
}

/* ---- paste ---- */

static const char *find(const char *p, size_t len, const char *what)
{
    size_t want = strlen(what);
    for (const char *end = p + len; (size_t)(end - p) >= want; p++) {
        p = memchr(p, what[0], (size_t)(end - p) - want + 1);
        if (!p)
            return NULL;
        if (memcmp(p, what, want) == 0)
            return p;
    }
    return NULL;
}

static void keep_paste(struct input *in, size_t len)
{
    size_t room = INPUT_PASTE_MAX - 1 - in->paste.len;
    if (len > room)
        in->paste_cut = true;
    ks_buf_append(&in->paste, head(in), len < room ? len : room);
    consume(in, len);
}

static enum step end_paste(struct input *in, struct ui_key *out)
{
    in->mode = PASTE_NONE;
    in->paste_given = true;
    *out = (struct ui_key){UI_KEY_PASTE, 0};
    return STEP_KEY;
}

static enum step bracketed_paste(struct input *in, struct ui_key *out)
{
    static const char mark[] = "\033[201~";
    const char *end = find(head(in), left(in), mark);
    if (end) {
        keep_paste(in, (size_t)(end - head(in)));
        consume(in, sizeof mark - 1);
        return end_paste(in, out);
    }
    size_t hold = sizeof mark - 2; /* the end mark may be cut in two */
    if (left(in) > hold)
        keep_paste(in, left(in) - hold);
    return STEP_MORE;
}

/* Without bracketed paste a PEM block arrives as if typed: taken up to its END line, or to a pause.
 */
static enum step pem_paste(struct input *in, int64_t now, struct ui_key *out)
{
    const char *p = head(in), *end = find(p, left(in), "-----END ");
    const char *dashes = end ? find(end + 9, left(in) - (size_t)(end + 9 - p), "-----") : NULL;
    if (dashes) {
        size_t len = (size_t)(dashes - p) + 5;
        if (len < left(in) && (p[len] == '\r' || p[len] == '\n'))
            len++;
        keep_paste(in, len);
        return end_paste(in, out);
    }
    if (!expired(in, now))
        return STEP_MORE;
    keep_paste(in, left(in));
    return end_paste(in, out);
}

/* ---- keys ---- */

static enum step character(struct input *in, int64_t now, struct ui_key *out)
{
    const char *p = head(in);
    size_t have = left(in);
    unsigned char c = (unsigned char)p[0];
    if (c == '\r' || c == '\n')
        return give(in, 1, UI_KEY_ENTER, 0, out);
    if (c == '\t')
        return give(in, 1, UI_KEY_TAB, 0, out);
    if (c == 0x7f || c == 0x08)
        return give(in, 1, UI_KEY_BACKSPACE, 0, out);
    int32_t cp;
    size_t used = ks_utf8_next(p, have, &cp);
    if (cp >= 0)
        return give(in, used, UI_KEY_CHAR, cp, out);
    size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c >= 0xc2 && c <= 0xf4 && have < need && !expired(in, now))
        return STEP_MORE;
    return give(in, 1, UI_KEY_NONE, 0, out);
}

static enum step step(struct input *in, int64_t now, struct ui_key *out)
{
    if (in->mode == PASTE_BRACKETED)
        return bracketed_paste(in, out);
    if (in->mode == PASTE_PEM)
        return pem_paste(in, now, out);
    if (left(in) == 0)
        return STEP_MORE;
    char c = head(in)[0];
    bool may_be_late = in->lone_esc && now - in->lone_esc < INPUT_LATE_MS;
    in->lone_esc = may_be_late ? in->lone_esc : 0;
    if (may_be_late && (c == '[' || c == 'O')) {
        enum step s = late(in, now, out);
        if (s != STEP_MORE)
            in->lone_esc = 0;
        return s;
    }
    in->lone_esc = 0;
    if (c == ESC)
        return escape(in, now, out);
    static const char begin[] = "-----BEGIN ";
    if (left(in) >= sizeof begin && memcmp(head(in), begin, sizeof begin - 1) == 0) {
        in->mode = PASTE_PEM;
        return STEP_NOTHING;
    }
    return character(in, now, out);
}

bool input_next(struct input *in, int64_t now, struct ui_key *out)
{
    if (in->paste_given) {
        ks_buf_wipe_free(&in->paste);
        in->paste.max = INPUT_PASTE_MAX;
        in->paste_cut = in->paste_given = false;
    }
    for (;;) {
        enum step s = step(in, now, out);
        if (s != STEP_NOTHING)
            return s == STEP_KEY;
    }
}
