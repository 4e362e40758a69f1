/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many stations each of several workers should have: as many as the others, as far as it can
 * carry them. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  gint64 held, carry; /* stations that it has, and that it can have; at least 0 and 1 */
} ShareHolder;

typedef struct {
  gint64 most;    /* that it may have */
  gint64 surplus; /* that it should give to others, which have room for them and too few */
} FairShare;

/* Of @stations, which include those that nobody has, for @holders[@self]. */
FairShare fair_share_find (gint64 stations, const ShareHolder *holders, gsize n_holders,
                           gsize self);

G_END_DECLS
