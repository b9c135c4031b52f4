/*
 * How a wire is made. Internal to net.
 */
#ifndef KSX_NET_WIRE_H
#define KSX_NET_WIRE_H

#include "net/deadline.h"
#include "net/dial.h"

/* Takes the connected socket over. `name` is how errors call the other side, `address` may be "".
 */
struct ks_wire *ks_wire_new(int fd, const struct ks_deadline *until, const char *name,
                            const char *address);

#endif
