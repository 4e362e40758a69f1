/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fairshare.h"

/* How many they have together if each has @level, or what it can carry. */
static gint64
fill (const ShareHolder *holders, gsize n, gint64 level)
{
  gint64 sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += MIN (holders[i].carry, level);
  return sum;
}

/* The highest level that @stations are enough for. */
static gint64
find_level (gint64 stations, const ShareHolder *holders, gsize n)
{
  gint64 low = 0, high = stations;
  while (low < high) {
    const gint64 middle = high - (high - low) / 2;
    if (fill (holders, n, middle) <= stations)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

/* What others lack of @level, beside what nobody has yet. */
static gint64
find_need (gint64 stations, const ShareHolder *holders, gsize n, gsize self, gint64 level)
{
  gint64 need = 0, held = 0;
  for (gsize i = 0; i < n; i++) {
    held += holders[i].held;
    if (i != self)
      need += MAX (0, MIN (holders[i].carry, level) - holders[i].held);
  }
  return MAX (0, need - MAX (0, stations - held));
}

/* What @self has above @level and others lack of it. */
static gint64
find_surplus (gint64 stations, const ShareHolder *holders, gsize n, gsize self, gint64 level)
{
  return CLAMP (holders[self].held - level, 0, find_need (stations, holders, n, self, level));
}

/* Where not all can have as many, some have one more: first all get their level, then nobody keeps
 * more than that one. */
FairShare
fair_share_find (gint64 stations, const ShareHolder *holders, gsize n_holders, gsize self)
{
  const gint64 level = find_level (stations, holders, n_holders);
  const gint64 top = fill (holders, n_holders, level) < stations ? level + 1 : level;
  return (FairShare){.most = MIN (holders[self].carry, MAX (top, 1)),
                     .surplus = MAX (find_surplus (stations, holders, n_holders, self, level),
                                     find_surplus (stations, holders, n_holders, self, top))};
}
