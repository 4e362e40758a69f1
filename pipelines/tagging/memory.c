/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory.h"
#include <string.h>

/* The number behind @key at the beginning of a line, -1 if there is none. */
static goffset
find_number (const char *text, const char *key)
{
  for (const char *line = text; line; line = strchr (line, '\n')) {
    line += *line == '\n';
    if (g_str_has_prefix (line, key))
      return g_ascii_strtoll (line + strlen (key), NULL, 10);
  }
  return -1;
}

static char *
read_text (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;
  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

static goffset
system_available (void)
{
  g_autofree char *text = read_text ("/proc", "meminfo");
  const goffset available = text ? find_number (text, "MemAvailable:") : -1;
  return available < 0 ? -1 : (available + MAX (find_number (text, "SwapFree:"), 0)) << 10;
}

/* What files are cached with is given back when it is needed. */
static goffset
group_available (const char *folder)
{
  g_autofree char *limit = read_text (folder, "memory.max");
  g_autofree char *used = read_text (folder, "memory.current");
  g_autofree char *statistics = read_text (folder, "memory.stat");
  if (!limit || !used || !statistics || !g_ascii_isdigit (*limit))
    return -1;
  const goffset cached = MAX (find_number (statistics, "inactive_file "), 0) +
                         MAX (find_number (statistics, "active_file "), 0);
  return MAX (find_number (limit, "") - find_number (used, "") + cached, 0);
}

goffset
memory_available (void)
{
  goffset least = system_available ();
  g_autofree char *groups = read_text ("/proc/self", "cgroup");
  const char *own = groups ? strstr (groups, "0::/") : NULL;
  if (!own)
    return least;
  g_autofree char *group = g_strndup (own + 3, strcspn (own + 3, "\n"));
  for (gboolean more = TRUE; more;) {
    g_autofree char *folder = g_strconcat ("/sys/fs/cgroup", group, NULL);
    const goffset available = group_available (folder);
    if (available >= 0)
      least = least < 0 ? available : MIN (least, available);
    char *slash = strrchr (group, '/');
    more = slash && group[0] != '\0';
    if (slash)
      *slash = '\0';
  }
  return least;
}
