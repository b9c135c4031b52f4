/*
 * The stream: bytes become lines, lines become exceptions, and of each message is kept where it was
 * first said and how often. A line that is longer than KS_EXPLAIN_LINE is looked at in pieces that
 * overlap; an exception that a logger put into one line (JSON, syslog) is taken apart again.
 */
#include "doctor/explain.h"

#include "base/alloc.h"
#include "base/text.h"
#include "doctor/explain_parts.h"

#include <stdlib.h>
#include <string.h>

#define QUOTE_MAX 400
#define OVERLAP 512       /* bytes of a piece that the next one begins with */
#define SMALL (16u << 10) /* a text so short was pasted: it is looked at with more patience */
#define SMALL_LINES 60
#define FIELDS_STEP 2048 /* ks_line_fields() looks at more around a place */
#define FIELD_TRIES 64   /* lines of a message that are searched for the host */
#define HEAD_MAX 1024    /* of the line that an exception began with */

/* Of one kind of message, in one exception and in all. */
struct said {
    size_t line, last, times, depth, tries;
    bool root;
    char *quote;
    char *raw; /* the line that will be quoted, and where in it the message is */
    size_t raw_len, from, to;
    struct ks_line_fields fields;
};

enum encoding { UNDECIDED, BYTES, UTF16LE, UTF16BE };

struct ks_explainer {
    enum encoding encoding;
    uint8_t unit[4]; /* of UTF-16, or of the mark of the encoding: bytes that wait for more */
    size_t unit_len;

    char line[KS_EXPLAIN_LINE];
    size_t line_len;
    bool inside; /* the line's beginning was looked at: this is a further piece */
    size_t lines;
    struct ks_line_look look;

    struct said *exception; /* by symptom: of the exception at hand */
    size_t said;            /* how many of them */
    unsigned near;
    size_t depth;
    char head[HEAD_MAX];
    size_t head_len;

    struct said *sure, *unsure; /* by symptom; unsure: nothing near tells that it is about TLS */
    struct ks_buf small;
    bool large;
};

struct ks_explainer *ks_explainer_new(void)
{
    struct ks_explainer *x = ks_alloc(sizeof *x);
    size_t count = ks_symptom_count();
    x->exception = ks_alloc_array(count, sizeof *x->exception);
    x->sure = ks_alloc_array(count, sizeof *x->sure);
    x->unsure = ks_alloc_array(count, sizeof *x->unsure);
    return x;
}

static void drop_said(struct said *said)
{
    free(said->quote);
    free(said->raw);
    ks_line_fields_drop(&said->fields);
    *said = (struct said){0};
}

static void begin_anew(struct ks_explainer *x)
{
    for (size_t i = 0; i < ks_symptom_count(); i++) {
        drop_said(&x->exception[i]);
        drop_said(&x->sure[i]);
        drop_said(&x->unsure[i]);
    }
    ks_buf_free(&x->small);
    x->encoding = UNDECIDED;
    x->unit_len = x->line_len = x->lines = x->said = x->depth = x->head_len = 0;
    x->inside = x->large = false;
    x->near = 0;
}

void ks_explainer_free(struct ks_explainer *x)
{
    if (!x)
        return;
    begin_anew(x);
    free(x->exception);
    free(x->sure);
    free(x->unsure);
    free(x);
}

/* ---- exceptions ---- */

static void take_fields(struct ks_line_fields *to, struct ks_line_fields *from)
{
    if (!to->host) {
        free(to->port);
        to->host = from->host;
        to->port = from->port;
        from->host = from->port = NULL;
    }
    if (!to->alias) {
        to->alias = from->alias;
        from->alias = NULL;
    }
}

/* Empties `from`. */
static void add_said(struct said *to, struct said *from)
{
    if (!to->times)
        to->line = from->line;
    if (!to->times && from->raw)
        from->quote =
            ks_line_quote(ks_slice(from->raw, from->raw_len), from->from, from->to, QUOTE_MAX);
    if (!to->times) {
        to->quote = from->quote;
        from->quote = NULL;
    }
    to->times += from->times;
    to->tries += from->tries;
    to->root = to->root || from->root;
    take_fields(&to->fields, &from->fields);
    drop_said(from);
}

static void end_exception(struct ks_explainer *x)
{
    size_t deepest = 0;
    for (size_t i = 0; x->said && i < ks_symptom_count(); i++)
        if (x->exception[i].times && ks_symptom_is_near(i, x->near) &&
            x->exception[i].depth > deepest)
            deepest = x->exception[i].depth;
    for (size_t i = 0; x->said && i < ks_symptom_count(); i++) {
        struct said *said = &x->exception[i];
        bool sure = ks_symptom_is_near(i, x->near);
        said->root = said->times && said->depth >= deepest;
        if (said->times)
            add_said(sure ? &x->sure[i] : &x->unsure[i], said);
    }
    x->said = x->depth = x->head_len = 0;
    x->near = 0;
}

/* Where the host of an exception is told in its first line, and not in that of its cause. */
static void look_for_fields(struct ks_explainer *x, struct ks_slice line, size_t from,
                            size_t symptom)
{
    struct said *said = &x->exception[symptom];
    size_t tries = said->tries + x->sure[symptom].tries + x->unsure[symptom].tries;
    if (x->sure[symptom].fields.host || tries >= FIELD_TRIES)
        return;
    said->tries++;
    ks_line_fields(line, from, &said->fields);
    if (!said->fields.host && x->head_len && x->depth)
        ks_line_fields(ks_slice(x->head, x->head_len), 0, &said->fields);
}

static void keep_raw(struct said *said, struct ks_slice line, const struct ks_line_match *m)
{
    said->raw = ks_alloc_filled(line.len);
    said->raw_len = line.len;
    if (line.len)
        memcpy(said->raw, line.data, line.len);
    said->from = m->from;
    said->to = m->to;
}

static void take_match(struct ks_explainer *x, struct ks_slice line, const struct ks_line_match *m)
{
    struct said *said = &x->exception[m->symptom];
    size_t number = x->lines + 1;
    x->said += said->times == 0;
    if (!said->times) {
        said->line = number;
        if (!x->sure[m->symptom].times)
            keep_raw(said, line, m);
    }
    said->times += said->last != number;
    said->last = number;
    said->depth = x->depth;
    look_for_fields(x, line, m->from, m->symptom);
}

/* What goes on with the exception of the line before: a frame of its stack, or its cause. Loggers
 * put a time or a container's name in front. */
static bool goes_on(struct ks_slice line, const struct ks_line_look *look)
{
    static const char *const marks[] = {"at ", "... ", "Caused by:", "Suppressed:", "\\t", "#011"};
    const char *text = (const char *)line.data;
    size_t at = 0;
    if (look->cause)
        return true;
    while (at < line.len && (text[at] == ' ' || text[at] == '\t'))
        at++;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (line.len - at >= strlen(marks[i]) &&
            memcmp(text + at, marks[i], strlen(marks[i])) == 0 && (at > 0 || i > 1))
            return true;
    const char *tab = line.len ? memchr(text, '\t', line.len) : NULL;
    size_t left = tab ? line.len - (size_t)(tab - text) : 0;
    return left > 4 && (memcmp(tab, "\tat ", 4) == 0 || memcmp(tab, "\t...", 4) == 0);
}

static void keep_head(struct ks_explainer *x, struct ks_slice line)
{
    x->head_len = line.len < sizeof x->head ? line.len : sizeof x->head;
    if (x->head_len)
        memcpy(x->head, line.data, x->head_len);
}

static void take_looked(struct ks_explainer *x, struct ks_slice line, bool further)
{
    const struct ks_line_look *look = &x->look;
    if (!further && !goes_on(line, look)) {
        if (x->said)
            end_exception(x);
        x->near = 0;
        x->depth = 0;
        keep_head(x, line);
    }
    x->depth += look->cause;
    x->near |= look->near;
    for (size_t i = 0; i < look->count; i++)
        take_match(x, line, &look->at[i]);
}

/* ---- lines ---- */

/* An exception that was put into one line, at the marks of its line ends. */
static void take_broken(struct ks_explainer *x, struct ks_slice line)
{
    size_t breaks[KS_LINE_BREAKS], count = x->look.break_count, from = 0;
    memcpy(breaks, x->look.breaks, count * sizeof *breaks);
    for (size_t i = 0; i <= count; i++) {
        size_t to = i < count ? breaks[i] : line.len;
        struct ks_slice part = ks_slice_part(line, from, to - from);
        ks_line_look(part, &x->look);
        take_looked(x, part, x->inside || i > 0);
        from = to;
    }
}

static void take_piece(struct ks_explainer *x, struct ks_slice line)
{
    if (line.len && line.data[line.len - 1] == '\r')
        line.len--;
    ks_line_look(line, &x->look);
    if (x->look.break_count)
        take_broken(x, line);
    else
        take_looked(x, line, x->inside);
}

/* A line that the text so far has not ended. */
static void hold(struct ks_explainer *x, struct ks_slice part)
{
    while (part.len) {
        size_t room = sizeof x->line - x->line_len, len = part.len < room ? part.len : room;
        memcpy(x->line + x->line_len, part.data, len);
        x->line_len += len;
        part = ks_slice_part(part, len, part.len - len);
        if (x->line_len < sizeof x->line)
            return;
        take_piece(x, ks_slice(x->line, x->line_len));
        x->inside = true;
        memmove(x->line, x->line + sizeof x->line - OVERLAP, OVERLAP);
        x->line_len = OVERLAP;
    }
}

static void end_line(struct ks_explainer *x, struct ks_slice rest)
{
    if (!x->line_len && rest.len <= sizeof x->line) {
        take_piece(x, rest); /* the usual line: all of it is at hand */
    } else {
        hold(x, rest);
        take_piece(x, ks_slice(x->line, x->line_len));
    }
    x->line_len = 0;
    x->inside = false;
    x->lines++;
}

static void remember(struct ks_explainer *x, struct ks_slice text)
{
    if (x->large)
        return;
    x->large = x->small.len + text.len > SMALL;
    if (x->large)
        ks_buf_free(&x->small);
    else
        ks_buf_slice(&x->small, text);
}

static void take_bytes(struct ks_explainer *x, struct ks_slice text)
{
    remember(x, text);
    while (text.len) {
        const uint8_t *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;
        if (!end) {
            hold(x, text);
            return;
        }
        end_line(x, ks_slice(text.data, len));
        text = ks_slice_part(text, len + 1, text.len - len - 1);
    }
}

/* ---- encodings ---- */

static unsigned unit_at(const struct ks_explainer *x, size_t at)
{
    const uint8_t *b = x->unit + at;
    return x->encoding == UTF16LE ? (unsigned)(b[1] << 8 | b[0]) : (unsigned)(b[0] << 8 | b[1]);
}

/* What the bytes that wait are, if they are a character. */
static void take_unit(struct ks_explainer *x, struct ks_buf *out)
{
    unsigned first = unit_at(x, 0);
    bool pair = first >= 0xd800 && first < 0xdc00;
    if (pair && x->unit_len < 4)
        return;
    unsigned second = pair ? unit_at(x, 2) : 0;
    if (pair && second >= 0xdc00 && second < 0xe000) {
        ks_utf8_append(out, 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff));
        x->unit_len = 0;
        return;
    }
    ks_utf8_append(out, first >= 0xd800 && first < 0xe000 ? 0xfffd : first);
    memmove(x->unit, x->unit + 2, 2);
    x->unit_len -= 2;
}

/* As Windows writes logs. */
static void take_utf16(struct ks_explainer *x, struct ks_slice text)
{
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = 0; i < text.len; i++) {
        x->unit[x->unit_len++] = text.data[i];
        while (x->unit_len && x->unit_len % 2 == 0) {
            size_t before = x->unit_len;
            take_unit(x, &out);
            if (x->unit_len == before)
                break;
        }
        if (out.len >= SMALL) {
            take_bytes(x, ks_slice(out.data, out.len));
            ks_buf_clear(&out);
        }
    }
    take_bytes(x, ks_slice(out.data, out.len));
    ks_buf_free(&out);
}

static void take_decided(struct ks_explainer *x, struct ks_slice text)
{
    if (x->encoding == BYTES)
        take_bytes(x, text);
    else
        take_utf16(x, text);
}

/* The first bytes may be the mark of an encoding; they come in pieces of any size. */
static void decide(struct ks_explainer *x, bool at_end)
{
    uint8_t first[3];
    size_t len = x->unit_len, mark = 0;
    memcpy(first, x->unit, len);
    if (len >= 2 && (memcmp(first, "\xff\xfe", 2) == 0 || memcmp(first, "\xfe\xff", 2) == 0)) {
        x->encoding = first[0] == 0xff ? UTF16LE : UTF16BE;
        mark = 2;
    } else if (len == 3 || at_end) {
        x->encoding = BYTES;
        mark = len == 3 && memcmp(first, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    }
    if (x->encoding == UNDECIDED)
        return;
    x->unit_len = 0;
    take_decided(x, ks_slice(first + mark, len - mark));
}

void ks_explainer_feed(struct ks_explainer *x, struct ks_slice text)
{
    while (x->encoding == UNDECIDED && text.len) {
        x->unit[x->unit_len++] = text.data[0];
        text = ks_slice_part(text, 1, text.len - 1);
        decide(x, false);
    }
    if (text.len)
        take_decided(x, text);
}

/* ---- the end ---- */

static bool any(const struct said *said)
{
    for (size_t i = 0; i < ks_symptom_count(); i++)
        if (said[i].times)
            return true;
    return false;
}

static void end_text(struct ks_explainer *x)
{
    if (x->encoding == UNDECIDED)
        decide(x, true);
    if (x->line_len && !x->inside)
        end_line(x, ks_slice(NULL, 0));
    else if (x->inside) {
        take_piece(x, ks_slice(x->line, x->line_len));
        x->lines++;
    }
    x->line_len = 0;
    end_exception(x);
}

/* A terminal broke the lines that were copied from it, between words or within them. */
static void take_unbroken(struct ks_explainer *x, const char *between)
{
    struct ks_buf joined = KS_BUF_INIT;
    size_t lines = x->lines;
    for (size_t i = 0; i < x->small.len; i++) {
        char c = (char)x->small.data[i];
        if (c == '\n')
            ks_buf_str(&joined, between);
        else if (c != '\r')
            ks_buf_byte(&joined, (uint8_t)c);
    }
    x->lines = 0;
    x->inside = false;
    if (joined.len && joined.len <= KS_EXPLAIN_LINE)
        take_piece(x, ks_slice(joined.data, joined.len));
    end_exception(x);
    x->lines = lines;
    ks_buf_free(&joined);
}

/* The only host in the text is that of its messages. */
static void look_for_host(struct ks_explainer *x)
{
    struct ks_line_fields fields = {0};
    for (size_t i = 0; i < ks_symptom_count(); i++)
        if (x->sure[i].fields.host)
            return;
    for (size_t at = 0; any(x->sure) && at < x->small.len && !fields.host; at += FIELDS_STEP)
        ks_line_fields(ks_slice(x->small.data, x->small.len), at, &fields);
    for (size_t i = 0; fields.host && i < ks_symptom_count(); i++) {
        struct ks_line_fields copy = {.host = ks_strdup(fields.host),
                                      .port = fields.port ? ks_strdup(fields.port) : NULL};
        if (x->sure[i].times)
            take_fields(&x->sure[i].fields, &copy);
        ks_line_fields_drop(&copy);
    }
    ks_line_fields_drop(&fields);
}

/* Somebody asks about what was pasted: it is about a keystore. */
static void look_closer(struct ks_explainer *x)
{
    if (!any(x->sure) && !any(x->unsure))
        take_unbroken(x, " ");
    if (!any(x->sure) && !any(x->unsure))
        take_unbroken(x, "");
    for (size_t i = 0, none = !any(x->sure); none && i < ks_symptom_count(); i++)
        if (x->unsure[i].times)
            add_said(&x->sure[i], &x->unsure[i]);
    look_for_host(x);
}

static int by_likelihood(const void *a, const void *b)
{
    const struct ks_explained *x = a, *y = b;
    if (x->symptom->vague != y->symptom->vague)
        return x->symptom->vague ? 1 : -1;
    if (x->root_cause != y->root_cause)
        return x->root_cause ? -1 : 1;
    if (x->times != y->times)
        return x->times > y->times ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return (x->symptom > y->symptom) - (x->symptom < y->symptom);
}

static void hand_over(struct ks_explainer *x, struct ks_explanation *out)
{
    size_t count = ks_symptom_count();
    out->at = ks_alloc_array(count, sizeof *out->at);
    for (size_t i = 0; i < count; i++) {
        struct said *said = &x->sure[i];
        if (!said->times)
            continue;
        out->at[out->count++] = (struct ks_explained){
            .symptom = &ks_symptoms()[i],
            .line = said->line,
            .times = said->times,
            .root_cause = said->root,
            .quote = said->quote,
            .host = said->fields.host,
            .port = said->fields.port,
            .alias = said->fields.alias,
        };
        *said = (struct said){0};
    }
    if (out->count)
        qsort(out->at, out->count, sizeof *out->at, by_likelihood);
}

void ks_explainer_end(struct ks_explainer *x, struct ks_explanation *out)
{
    *out = (struct ks_explanation){0};
    end_text(x);
    if (!x->large && x->lines <= SMALL_LINES)
        look_closer(x);
    out->lines = x->lines;
    hand_over(x, out);
    begin_anew(x);
}

void ks_explanation_drop(struct ks_explanation *e)
{
    for (size_t i = 0; i < e->count; i++) {
        free(e->at[i].quote);
        free(e->at[i].host);
        free(e->at[i].port);
        free(e->at[i].alias);
    }
    free(e->at);
    *e = (struct ks_explanation){0};
}
