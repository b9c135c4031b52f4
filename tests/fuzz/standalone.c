/*
 * Runs a fuzz target without libFuzzer, the same way each time: on every seed file, and on every
 * simple damage of the small ones (cut after each octet; each window of four octets set to 0,
 * 0x7fffffff, 0xffffffff: the values that lengths and counts are misread with).
 *
 * Usage: fuzz_NAME [-m MAX] [-s STRIDE] PATH...   files or directories
 *
 * Files up to MAX octets are damaged, each kind of damage at every STRIDE-th octet, and beginning at
 * another one.
 *
 * Each input lives in memory of exactly its size, so that the sanitizer sees a read past its end.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEED_MAX (4u << 20)
#define SECONDS_MAX 30 /* for one input; then it hangs */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Called by the sanitizer before it ends the program; weak, so that it links without one. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static size_t damage_max = 1400, stride = 1;
static size_t inputs, files;
static char current[4300]; /* what is being run, for the report when it hangs */

static void report(const char *words)
{
    if (write(STDERR_FILENO, words, strlen(words)) < 0 ||
        write(STDERR_FILENO, current, strlen(current)) < 0)
        _exit(3);
}

static void report_death(void)
{
    report("\nfuzz: this input fails: ");
}

static void report_signal(int signal_number)
{
    report(signal_number == SIGALRM ? "\nfuzz: this input takes too long: "
                                    : "\nfuzz: this input aborts: ");
    _exit(2);
}

static void run_one(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    (void)alarm(SECONDS_MAX);
    (void)LLVMFuzzerTestOneInput(copy, size);
    (void)alarm(0);
    free(copy);
    inputs++;
}

static void run_damaged(const char *path, uint8_t *data, size_t size)
{
    static const uint8_t values[][4] = {
        {0, 0, 0, 0}, {0x7f, 0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0xff}};
    uint8_t kept[4];
    for (size_t i = 0; i < size; i += stride) {
        (void)snprintf(current, sizeof current, "%s cut after %zu octets\n", path, i);
        run_one(data, i);
    }
    for (size_t i = 0; i + 4 <= size; i++) {
        memcpy(kept, data + i, 4);
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            if ((i + v) % stride != 0)
                continue;
            (void)snprintf(current, sizeof current,
                           "%s, octets %zu to %zu set to 0x%02x%02x%02x%02x\n", path, i, i + 3,
                           values[v][0], values[v][1], values[v][2], values[v][3]);
            memcpy(data + i, values[v], 4);
            run_one(data, size);
        }
        memcpy(data + i, kept, 4);
    }
}

static void run_file(const char *path, off_t length)
{
    uint8_t *data = malloc((size_t)length + 1);
    FILE *f = fopen(path, "rb");
    if (!data || !f) {
        perror(path);
        exit(2);
    }
    size_t size = fread(data, 1, (size_t)length, f);
    (void)fclose(f);
    (void)snprintf(current, sizeof current, "%s\n", path);
    run_one(data, size);
    if (size <= damage_max)
        run_damaged(path, data, size);
    free(data);
    files++;
}

static void run_path(const char *path)
{
    char inner[4200];
    struct stat st;
    if (stat(path, &st) != 0) {
        perror(path);
        exit(2);
    }
    if (S_ISREG(st.st_mode) && st.st_size <= SEED_MAX)
        run_file(path, st.st_size);
    if (!S_ISDIR(st.st_mode))
        return;
    struct dirent **names = NULL;
    int count = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        int len = snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof inner)
            run_path(inner);
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "m:s:")) != -1) {
        size_t number = optarg ? strtoul(optarg, NULL, 10) : 0;
        if (option == 'm')
            damage_max = number;
        else if (option == 's' && number > 0)
            stride = number;
        else
            return 2;
    }
    (void)signal(SIGALRM, report_signal);
    (void)signal(SIGABRT, report_signal);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(report_death);
    for (int i = optind; i < argc; i++)
        run_path(argv[i]);
    (void)printf("%zu inputs from %zu files\n", inputs, files);
    return files ? 0 : 2;
}
