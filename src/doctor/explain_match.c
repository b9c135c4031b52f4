/*
 * Which messages are in a line. Logs are long and messages are rare: of each pattern the longest
 * literal part is looked for, all of them in one pass over the bytes (the automaton of Aho and
 * Corasick, as a table with one step a byte), and only where one occurs the pattern is tried, on
 * the bytes around it. So no input makes it slow: a step a byte, and a regular expression on at
 * most two KiB for each of at most KS_LINE_HITS parts of a line.
 */
#include "doctor/explain_parts.h"

#include "base/alloc.h"

#include <assert.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KS_LINE_HITS 64
#define NEEDLE_MAX 24  /* a longer one would cost memory and find no less */
#define TRIES_OF_ONE 4 /* of a pattern in a line */
#define AROUND 1024    /* bytes on each side of a hit that a pattern looks at */
#define CLASSES 64     /* of bytes that no needle tells apart; bytes of a state's row */
#define NEEDS_MAX 32

enum needle_kind { NEEDLE_PATTERN, NEEDLE_WORD, NEEDLE_CAUSE, NEEDLE_BREAK };

/* What is looked for: part of a pattern, or a word of its own. */
struct needle {
    char text[NEEDLE_MAX + 1]; /* lower case */
    uint16_t len;
    enum needle_kind kind;
    uint32_t what; /* number of the pattern, or of the word that is needed */
    uint32_t next; /* the next needle with the same text; UINT32_MAX: none */
};
struct pattern {
    size_t symptom;
    regex_t regex;
    char *literal; /* the whole pattern when it is one; NULL: the expression decides */
    size_t len;
};

struct matcher {
    struct pattern *patterns;
    size_t pattern_count;
    struct needle *needles;
    size_t needle_count;
    const char *words[NEEDS_MAX]; /* that symptoms need, lower case; borrowed from their table */
    size_t word_len[NEEDS_MAX], word_count;
    unsigned *needs; /* by symptom: which words */
    size_t symptom_count;

    uint8_t class_of[256];
    uint16_t (*step)[CLASSES]; /* by state and class of the byte; while it is made */
    uint32_t *found;           /* by state: the first needle that ends there */
    uint16_t *fall;            /* by state: the longest other one that ends with the same bytes */
    uint16_t *shorter;         /* by state: the next such at which a needle ends; 0: none */
    size_t states;
    uint32_t *walk;        /* by place of a state, times CLASSES, and class: the next such */
    uint32_t first_ending; /* from here on a needle ends */
    uint16_t *state_at;    /* by place */
};

static struct matcher matcher;
static pthread_once_t matcher_made = PTHREAD_ONCE_INIT;

/* ---- patterns ---- */

/* In a locale of UTF-8 expressions are slower by far, and stop at the bytes of another encoding. */
void ks_line_expression(regex_t *out, const char *lower_case)
{
    locale_t bytes = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
    locale_t before = bytes != (locale_t)0 ? uselocale(bytes) : (locale_t)0;
    int bad = regcomp(out, lower_case, REG_EXTENDED);
    assert(bad == 0);
    (void)bad;
    if (bytes == (locale_t)0)
        return;
    (void)uselocale(before);
    freelocale(bytes);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The end of a bracket expression or of a group that begins at `p`. */
static const char *skip_group(const char *p)
{
    if (*p == '[') {
        p += p[1] == '^' ? 2 : 1;
        for (p += *p == ']'; *p && *p != ']'; p++)
            ;
        return *p ? p + 1 : p;
    }
    int depth = 0;
    do {
        if (*p == '[') {
            p = skip_group(p);
            continue;
        }
        depth += (*p == '(') - (*p == ')');
        p += *p == '\\' && p[1] ? 2 : 1;
    } while (*p && depth > 0);
    return p;
}

static const char *skip_repetition(const char *p)
{
    if (*p == '{')
        p += strcspn(p, "}");
    return *p && strchr("*+?{}", *p) ? p + 1 : p;
}

/* A run of characters that every match has, lower case; the longest so far is kept. */
struct run {
    char at[256], best[256];
    size_t len, best_len;
};

static void end_run(struct run *r)
{
    if (r->len > r->best_len) {
        memcpy(r->best, r->at, r->len);
        r->best_len = r->len;
    }
    r->len = 0;
}

/* True when the pattern is nothing but that run. */
static bool literal_part(const char *pattern, struct run *r)
{
    bool all = true;
    for (const char *p = pattern; *p;) {
        bool group = *p == '(' || *p == '[', open = strchr(".^$|", *p) != NULL;
        const char *after = group ? skip_group(p) : p + 1 + (*p == '\\' && p[1]);
        const char *behind = skip_repetition(after);
        assert(*p != '|');
        if (group || open || behind > after) {
            end_run(r);
            all = false;
        } else {
            assert(r->len < sizeof r->at);
            r->at[r->len++] = lower(after[-1]);
        }
        p = behind;
    }
    end_run(r);
    return all;
}

static char *lowered(const char *text)
{
    char *copy = ks_strdup(text);
    for (char *p = copy; *p; p++)
        *p = lower(*p);
    return copy;
}

static void add_needle(const char *text, size_t len, enum needle_kind kind, size_t what)
{
    struct matcher *m = &matcher;
    m->needles = ks_realloc(m->needles, (m->needle_count + 1) * sizeof *m->needles);
    struct needle *n = &m->needles[m->needle_count++];
    *n = (struct needle){.len = (uint16_t)(len < NEEDLE_MAX ? len : NEEDLE_MAX),
                         .kind = kind,
                         .what = (uint32_t)what,
                         .next = UINT32_MAX};
    memcpy(n->text, text, n->len);
}

static void add_pattern(size_t symptom, const char *source)
{
    struct matcher *m = &matcher;
    struct run run = {.len = 0};
    char *text = lowered(source);
    m->patterns = ks_realloc(m->patterns, (m->pattern_count + 1) * sizeof *m->patterns);
    struct pattern *p = &m->patterns[m->pattern_count];
    *p = (struct pattern){.symptom = symptom};
    if (literal_part(text, &run)) {
        p->literal = ks_strndup(run.best, run.best_len);
        p->len = run.best_len;
    } else {
        ks_line_expression(&p->regex, text);
    }
    add_needle(run.best, run.best_len, NEEDLE_PATTERN, m->pattern_count++);
    free(text);
}

static unsigned word_bit(const char *word, size_t len)
{
    struct matcher *m = &matcher;
    size_t i = 0;
    while (i < m->word_count && (m->word_len[i] != len || memcmp(m->words[i], word, len) != 0))
        i++;
    if (i == m->word_count) {
        assert(i < NEEDS_MAX);
        m->words[i] = word;
        m->word_len[i] = len;
        m->word_count++;
        add_needle(word, len, NEEDLE_WORD, i);
    }
    return 1u << i;
}

static unsigned needed_words(const char *words)
{
    unsigned bits = 0;
    while (*words) {
        size_t len = strcspn(words, " ");
        bits |= word_bit(words, len);
        words += len + strspn(words + len, " ");
    }
    return bits;
}

static void read_table(void)
{
    const struct ks_symptom *s = ks_symptoms();
    struct matcher *m = &matcher;
    while (s[m->symptom_count].name)
        m->symptom_count++;
    m->needs = ks_alloc_array(m->symptom_count, sizeof *m->needs);
    for (size_t i = 0; i < m->symptom_count; i++) {
        for (const char *const *p = s[i].patterns; *p; p++)
            add_pattern(i, *p);
        m->needs[i] = needed_words(s[i].needs);
    }
}

/* In JSON, and as rsyslog writes control characters: where a stack trace goes on within a line. */
static void add_marks(void)
{
    static const char *const breaks[] = {"\\n\\t", "\\ncaused by", "\\nsuppressed", "#012#011",
                                         "#012caused by"};
    static const char cause[] = "caused by: ";
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++)
        add_needle(breaks[i], strlen(breaks[i]), NEEDLE_BREAK, 0);
    add_needle(cause, sizeof cause - 1, NEEDLE_CAUSE, 0);
}

/* ---- the automaton ---- */

static void number_classes(void)
{
    struct matcher *m = &matcher;
    unsigned classes = 1; /* 0: in no needle */
    for (size_t i = 0; i < m->needle_count; i++)
        for (size_t k = 0; k < m->needles[i].len; k++) {
            uint8_t c = (uint8_t)m->needles[i].text[k];
            if (!m->class_of[c])
                m->class_of[c] = (uint8_t)classes++;
        }
    assert(classes <= CLASSES);
    for (int c = 'A'; c <= 'Z'; c++)
        m->class_of[c] = m->class_of[c - 'A' + 'a'];
}

/* All needles by one byte: states that are near the root, where most bytes are spent, are near each
 * other. */
static void grow_trie(size_t depth, uint16_t *at)
{
    struct matcher *m = &matcher;
    for (size_t i = 0; i < m->needle_count; i++) {
        struct needle *n = &m->needles[i];
        if (depth >= n->len)
            continue;
        uint16_t *to = &m->step[at[i]][m->class_of[(uint8_t)n->text[depth]]];
        if (!*to)
            *to = (uint16_t)m->states++;
        at[i] = *to;
        if (depth + 1u == n->len) {
            n->next = m->found[at[i]];
            m->found[at[i]] = (uint32_t)i;
        }
    }
}

static void make_trie(void)
{
    struct matcher *m = &matcher;
    size_t most = 1;
    uint16_t *at = ks_alloc_array(m->needle_count, sizeof *at);
    for (size_t i = 0; i < m->needle_count; i++)
        most += m->needles[i].len;
    assert(most <= UINT16_MAX);
    m->step = ks_alloc_array(most, sizeof *m->step);
    m->found = ks_alloc_array(most, sizeof *m->found);
    m->fall = ks_alloc_array(most, sizeof *m->fall);
    m->shorter = ks_alloc_array(most, sizeof *m->shorter);
    memset(m->found, 0xff, most * sizeof *m->found);
    m->states = 1;
    for (size_t depth = 0; depth < NEEDLE_MAX; depth++)
        grow_trie(depth, at);
    free(at);
}

/* From the shallow states to the deep ones: where to go on when a byte does not fit. */
static void close_trie(void)
{
    struct matcher *m = &matcher;
    uint16_t *queue = ks_alloc_array(m->states, sizeof *queue);
    size_t head = 0, tail = 0;
    queue[tail++] = 0;
    while (head < tail) {
        uint16_t state = queue[head++], fall = m->fall[state];
        for (size_t c = 0; c < CLASSES; c++) {
            uint16_t to = m->step[state][c], other = state ? m->step[fall][c] : 0;
            if (!to) {
                m->step[state][c] = other;
                continue;
            }
            m->fall[to] = other;
            m->shorter[to] = m->found[other] != UINT32_MAX ? other : m->shorter[other];
            queue[tail++] = to;
        }
    }
    free(queue);
}

/* The table as it is walked: a step is one load, and whether a needle ends there one comparison. */
static void lay_out(void)
{
    struct matcher *m = &matcher;
    uint32_t *place = ks_alloc_array(m->states, sizeof *place), placed = 0;
    m->walk = ks_alloc_array(m->states * CLASSES, sizeof *m->walk);
    m->state_at = ks_alloc_array(m->states, sizeof *m->state_at);
    for (int ending = 0; ending <= 1; ending++) {
        m->first_ending = placed * CLASSES;
        for (size_t s = 0; s < m->states; s++)
            if ((m->found[s] != UINT32_MAX || m->shorter[s]) == (ending == 1)) {
                m->state_at[placed] = (uint16_t)s;
                place[s] = placed++;
            }
    }
    for (size_t s = 0; s < m->states; s++)
        for (size_t c = 0; c < CLASSES; c++)
            m->walk[place[s] * CLASSES + c] = place[m->step[s][c]] * CLASSES;
    free(place);
    free(m->step);
    m->step = NULL;
}

static void make_matcher(void)
{
    read_table();
    add_marks();
    number_classes();
    make_trie();
    close_trie();
    lay_out();
}

size_t ks_symptom_count(void)
{
    (void)pthread_once(&matcher_made, make_matcher);
    return matcher.symptom_count;
}

bool ks_symptom_is_near(size_t symptom, unsigned near)
{
    (void)pthread_once(&matcher_made, make_matcher);
    return !matcher.needs[symptom] || (matcher.needs[symptom] & near);
}

/* ---- a line ---- */

struct hit {
    size_t end; /* of the needle */
    const struct needle *needle;
};
struct hits {
    struct hit at[KS_LINE_HITS];
    size_t count;
};

static void take_hit(const struct needle *n, size_t end, struct hits *hits,
                     struct ks_line_look *out)
{
    size_t same = 0;
    if (n->kind == NEEDLE_WORD)
        out->near |= 1u << n->what;
    else if (n->kind == NEEDLE_CAUSE)
        out->cause = true;
    else if (n->kind == NEEDLE_BREAK && out->break_count < KS_LINE_BREAKS)
        out->breaks[out->break_count++] = end - n->len;
    if (n->kind != NEEDLE_PATTERN || hits->count == KS_LINE_HITS)
        return;
    for (size_t i = 0; i < hits->count; i++)
        same += hits->at[i].needle == n;
    if (same < TRIES_OF_ONE)
        hits->at[hits->count++] = (struct hit){end, n};
}

static void take_state(uint16_t state, size_t end, struct hits *hits, struct ks_line_look *out)
{
    for (; state; state = matcher.shorter[state])
        for (uint32_t n = matcher.found[state]; n != UINT32_MAX; n = matcher.needles[n].next)
            take_hit(&matcher.needles[n], end, hits, out);
}

static void scan(struct ks_slice line, struct hits *hits, struct ks_line_look *out)
{
    const struct matcher *m = &matcher;
    const uint32_t *walk = m->walk;
    const uint8_t *class_of = m->class_of, *end = line.data + line.len;
    uint32_t at = 0, ending = m->first_ending;
    for (const uint8_t *p = line.data; p < end; p++) {
        at = walk[at + class_of[*p]];
        if (at >= ending)
            take_state(m->state_at[at / CLASSES], (size_t)(p + 1 - line.data), hits, out);
    }
}

/* The bytes around a hit as expressions are made for: lower case, and without any NUL. Returns
 * where in the line they begin. */
static size_t fold_around(struct ks_slice line, size_t from, size_t to,
                          char folded[2 * AROUND + NEEDLE_MAX + 1])
{
    size_t begin = from > AROUND ? from - AROUND : 0;
    size_t end = line.len - to > AROUND ? to + AROUND : line.len, n = 0;
    for (size_t i = begin; i < end; i++)
        folded[n++] = line.data[i] ? lower((char)line.data[i]) : ' ';
    folded[n] = '\0';
    return begin;
}

static bool try_pattern(const struct pattern *p, struct ks_slice line, const struct hit *hit,
                        struct ks_line_match *out)
{
    char folded[2 * AROUND + NEEDLE_MAX + 1];
    regmatch_t at;
    size_t from = hit->end - hit->needle->len;
    size_t begin = fold_around(line, from, hit->end, folded);
    out->symptom = p->symptom;
    if (p->literal) {
        out->from = from;
        out->to = from + p->len;
        return strncmp(folded + (from - begin), p->literal, p->len) == 0;
    }
    if (regexec(&p->regex, folded, 1, &at, 0) != 0)
        return false;
    out->from = begin + (size_t)at.rm_so;
    out->to = begin + (size_t)at.rm_eo;
    return true;
}

/* `inner` says less than `outer`, which holds it. What is vague swallows nothing. */
static bool is_part_of(const struct ks_line_match *inner, const struct ks_line_match *outer)
{
    const struct ks_symptom *s = ks_symptoms();
    bool within = outer->from <= inner->from && outer->to >= inner->to;
    if (s[outer->symptom].vague && !s[inner->symptom].vague)
        return false;
    return within &&
           (outer->to - outer->from > inner->to - inner->from || inner->symptom == outer->symptom);
}

static void keep(const struct ks_line_match *match, struct ks_line_look *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        if (is_part_of(match, &out->at[i]))
            return;
    for (size_t i = 0; i < out->count; i++)
        if (!is_part_of(&out->at[i], match))
            out->at[kept++] = out->at[i];
    out->count = kept;
    if (out->count < KS_LINE_MATCHES)
        out->at[out->count++] = *match;
}

void ks_line_look(struct ks_slice line, struct ks_line_look *out)
{
    struct hits hits;
    (void)pthread_once(&matcher_made, make_matcher);
    hits.count = 0;
    out->count = out->break_count = 0;
    out->near = 0;
    out->cause = false;
    scan(line, &hits, out);
    for (size_t i = 0; i < hits.count; i++) {
        struct ks_line_match match;
        if (try_pattern(&matcher.patterns[hits.at[i].needle->what], line, &hits.at[i], &match))
            keep(&match, out);
    }
}
