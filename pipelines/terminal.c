/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"
#include <unistd.h>

gboolean
terminal_draws (int descriptor)
{
  const char *kind = g_getenv ("TERM");
  return kind && *kind && !g_str_equal (kind, "dumb") && isatty (descriptor);
}
