/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "publictext.h"
#include "../printable.h"
#include <string.h>

static gboolean
ends_uri (char c)
{
  return g_ascii_isspace (c) || strchr ("\"'<>", c);
}

/* Where the next URI begins that is part of this one's path, or its end. */
static gsize
find_inner (const char *rest, gsize end)
{
  const char *inner = g_strstr_len (rest, (gssize)end, "://");
  return inner ? (gsize)(inner - rest) : end;
}

/* Appends the URI from behind its "://"; returns what comes after it. */
static const char *
append_rest_of_uri (GString *text, const char *rest)
{
  gsize n = 0, host = 0;
  while (rest[n] && !ends_uri (rest[n]))
    n++;
  const gsize end = MIN (strcspn (rest, "?#"), n);
  const gsize shown = find_inner (rest, end);
  const gsize authority = MIN (strcspn (rest, "/?#"), n);
  for (gsize i = 0; i < authority; i++)
    if (rest[i] == '@')
      host = i + 1;
  if (shown > host)
    g_string_append_len (text, rest + host, (gssize)(shown - host));
  if (shown < end)
    return rest + MAX (shown, host);
  if (end < n && rest[n - 1] == ':') /* a fault that goes on behind its URI */
    g_string_append_c (text, ':');
  return rest + n;
}

char *
public_text (const char *text)
{
  g_autofree char *shown = printable (text);
  GString *result = g_string_sized_new (strlen (shown));
  const char *rest = shown;
  for (const char *mark; (mark = strstr (rest, "://"));) {
    g_string_append_len (result, rest, mark + 3 - rest);
    rest = append_rest_of_uri (result, mark + 3);
  }
  g_string_append (result, rest);
  return g_string_free (result, FALSE);
}
