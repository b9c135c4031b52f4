/*
 * Getting at the bytes of a file without being held up or lied to: only regular files are opened,
 * never waiting (a FIFO without a writer would block), and every refusal says what to do about it.
 */
#ifndef KSX_FILE_INPUT_H
#define KSX_FILE_INPUT_H

#include "base/error.h"
#include "base/job.h"
#include "store/store.h"

#include <sys/stat.h>
#include <sys/types.h>

struct ks_stamp ks_input_stamp(const struct stat *st);

/* "directory", "FIFO", "socket", "character device", "block device"; NULL for a regular file. */
const char *ks_input_kind(mode_t mode);
/* A short reason for an errno, lower case: "permission denied", "no such file". */
const char *ks_input_reason(int number, char *room, size_t size);
/* A user's name, or "uid 1234"; in `room`. */
const char *ks_input_user(uid_t uid, char *room, size_t size);

/* Opens a regular file for reading; -1 and errno otherwise. *st is filled when stat() worked (its
 * st_mode is 0 otherwise); what is not a regular file gives errno 0. */
int ks_input_open(const char *path, struct stat *st);
/* The error for a path that ks_input_open() refused with `number`. */
enum ks_code ks_input_refused(const char *path, const struct stat *st, int number,
                              struct ks_error *err);
/* Reads the whole file, of st->st_size bytes; a file that changes meanwhile is read once more, and
 * *st brought up to date. *out is the caller's (free()). */
KS_CHECK enum ks_code ks_input_read(int fd, const char *path, struct stat *st, struct ks_job *job,
                                    uint8_t **out, struct ks_error *err);
/* At most `room` bytes from the start; their number, -1 and errno on failure. */
ssize_t ks_input_head(int fd, uint8_t *out, size_t room);

#endif
