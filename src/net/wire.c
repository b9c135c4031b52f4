#include "net/wire.h"

#include "net/address.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ks_wire {
    int fd;
    struct ks_deadline until;
    char *name;
    char address[64];
};

struct ks_wire *ks_wire_new(int fd, const struct ks_deadline *until, const char *name,
                            const char *address)
{
    struct ks_wire *wire = ks_alloc(sizeof *wire);
    int flags = fcntl(fd, F_GETFL);

    if (flags >= 0)
        (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    wire->fd = fd;
    wire->until = *until;
    wire->name = ks_strdup(name);
    memcpy(wire->address, address, strnlen(address, sizeof wire->address - 1));
    return wire;
}

struct ks_wire *ks_wire_of_socket(int fd, unsigned seconds, struct ks_job *job)
{
    struct sockaddr_storage other = {0};
    struct ks_deadline until = ks_deadline_in(seconds ? seconds : KS_NET_SECONDS, job);
    socklen_t len = sizeof other;
    char address[64] = "";

    if (getpeername(fd, (struct sockaddr *)&other, &len) == 0)
        (void)ks_sockaddr_text((const struct sockaddr *)&other, address);
    return ks_wire_new(fd, &until, "the server", address);
}

void ks_wire_close(struct ks_wire *wire)
{
    if (!wire)
        return;
    (void)close(wire->fd);
    free(wire->name);
    free(wire);
}

const char *ks_wire_address(const struct ks_wire *wire)
{
    return wire->address;
}

/* ---- why not ---- */

static enum ks_code fail_late(const struct ks_wire *wire, struct ks_error *err)
{
    ks_fail(err, KS_ERR_NETWORK, "timeout", "no answer came from %.300s in %u s", wire->name,
            wire->until.seconds);
    return ks_fail_next(err, KS_ERR_NETWORK,
                        "it may wait for another protocol (STARTTLS) or be overloaded: try again "
                        "with more time");
}

static enum ks_code fail_broken(const struct ks_wire *wire, int number, struct ks_error *err)
{
    char why[128] = "";

    if (number == EPIPE || number == ECONNRESET) {
        ks_fail(err, KS_ERR_NETWORK, "closed", "the connection was ended by %.300s", wire->name);
        return ks_fail_next(err, KS_ERR_NETWORK,
                            "the server's log may say why; what speaks no TLS at that port, or a "
                            "firewall, does so, too");
    }
    if (strerror_r(number, why, sizeof why) != 0)
        why[0] = '\0';
    ks_fail(err, KS_ERR_NETWORK, number == ETIMEDOUT ? "timeout" : "unreachable",
            "the connection to %.300s broke: %s", wire->name, why);
    return ks_fail_next(err, KS_ERR_NETWORK, "try again");
}

static enum ks_code fail_stopped(const struct ks_wire *wire, struct ks_error *err)
{
    return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "the talk with %.300s was stopped",
                   wire->name);
}

/* ---- waiting ---- */

/* True when there is something to do for `events`; false when nothing was within the slice. */
static bool is_ready(const struct ks_wire *wire, short events, int milliseconds)
{
    struct pollfd one = {.fd = wire->fd, .events = events};
    return poll(&one, 1, milliseconds) > 0;
}

static enum ks_code check(const struct ks_wire *wire, struct ks_error *err)
{
    if (ks_job_stopped(wire->until.job))
        return fail_stopped(wire, err);
    return ks_deadline_left(&wire->until) == 0 ? fail_late(wire, err) : KS_OK;
}

static bool is_passing(int number)
{
    return number == EAGAIN || number == EWOULDBLOCK || number == EINTR;
}

/* *got SIZE_MAX: nothing yet. */
static enum ks_code try_read(struct ks_wire *wire, void *out, size_t room, size_t *got,
                             struct ks_error *err)
{
    ssize_t n = recv(wire->fd, out, room, 0);

    *got = n >= 0 ? (size_t)n : SIZE_MAX;
    return n >= 0 || is_passing(errno) ? KS_OK : fail_broken(wire, errno, err);
}

static enum ks_code read_until(struct ks_wire *wire, int64_t ends, void *out, size_t room,
                               size_t *got, struct ks_error *err)
{
    *got = SIZE_MAX;
    for (;;) {
        int slice = ks_deadline_slice(&wire->until);
        int64_t left = ends - ks_net_clock();
        if (left < slice)
            slice = left > 0 ? (int)left : 0;
        enum ks_code rc = check(wire, err);
        if (rc == KS_OK && is_ready(wire, POLLIN, slice))
            rc = try_read(wire, out, room, got, err);
        if (rc != KS_OK || *got != SIZE_MAX || left <= 0)
            return rc;
    }
}

enum ks_code ks_wire_read(struct ks_wire *wire, void *out, size_t room, size_t *got,
                          struct ks_error *err)
{
    return read_until(wire, INT64_MAX, out, room, got, err);
}

enum ks_code ks_wire_wait(struct ks_wire *wire, unsigned milliseconds, void *out, size_t room,
                          size_t *got, struct ks_error *err)
{
    return read_until(wire, ks_net_clock() + milliseconds, out, room, got, err);
}

enum ks_code ks_wire_write(struct ks_wire *wire, const void *data, size_t len, struct ks_error *err)
{
    const uint8_t *at = data;

    while (len > 0) {
        enum ks_code rc = check(wire, err);
        if (rc != KS_OK)
            return rc;
        if (!is_ready(wire, POLLOUT, ks_deadline_slice(&wire->until)))
            continue;
        ssize_t n = send(wire->fd, at, len, MSG_NOSIGNAL);
        if (n < 0 && !is_passing(errno))
            return fail_broken(wire, errno, err);
        at += n > 0 ? (size_t)n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return KS_OK;
}
