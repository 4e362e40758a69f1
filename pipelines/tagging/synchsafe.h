/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once
#include <glib.h>

/* A size in ID3v2: four bytes, the highest first, of which the highest bit does not count. */
static inline guint32
get_synchsafe (const guint8 *bytes)
{
  return (guint32)(bytes[0] & 127) << 21 | (guint32)(bytes[1] & 127) << 14 |
         (guint32)(bytes[2] & 127) << 7 | (bytes[3] & 127);
}
