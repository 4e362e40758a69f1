/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "publictext.h"
#include "../printable.h"
#include <string.h>

/* What closes the quotation that the URI whose "://" is at @mark is the whole of; '\0' is
 * nothing. */
static char
find_closing (const char *text, const char *mark)
{
  while (mark > text && (g_ascii_isalnum (mark[-1]) || strchr ("+-.", mark[-1])))
    mark--;
  const char opening = mark > text ? mark[-1] : '\0';
  return opening == '<' ? '>' : opening == '"' || opening == '\'' ? opening : '\0';
}

/* The length of what stands behind a URI's "://" in prose. A password may have any sign in it but
 * white space, so only the last sign that could close a quotation does. */
static gsize
measure_rest_of_uri (const char *rest, char closing)
{
  gsize n = 0, quoted = 0;
  for (; rest[n] && !g_ascii_isspace (rest[n]); n++)
    if (closing && rest[n] == closing)
      quoted = n;
  return closing && rest[quoted] == closing ? quoted : n;
}

/* Where the next URI begins that is part of this one's path, or its end. */
static gsize
find_inner (const char *rest, gsize end)
{
  const char *inner = g_strstr_len (rest, (gssize)end, "://");
  return inner ? (gsize)(inner - rest) : end;
}

/* Appends the @n bytes of a URI behind its "://"; returns what comes after them, or what is a URI
 * again. */
static const char *
append_rest_of_uri (GString *text, const char *rest, gsize n)
{
  gsize host = 0;
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

/* A URI whose scheme was forgotten; other paths may begin like that, too. */
static gboolean
is_without_scheme (const char *text)
{
  return g_str_has_prefix (text, "//") && memchr (text + 2, '@', strcspn (text + 2, "/?#"));
}

static char *
show (const char *text, gboolean prose)
{
  g_autofree char *shown = printable (text);
  GString *result = g_string_sized_new (strlen (shown));
  const char *rest = shown;
  if (!prose && is_without_scheme (shown)) {
    g_string_append (result, "//");
    rest = append_rest_of_uri (result, shown + 2, strlen (shown + 2));
  }
  for (const char *mark; (mark = strstr (rest, "://"));) {
    const char *behind = mark + 3;
    const gsize n =
        prose ? measure_rest_of_uri (behind, find_closing (shown, mark)) : strlen (behind);
    g_string_append_len (result, rest, behind - rest);
    rest = append_rest_of_uri (result, behind, n);
  }
  g_string_append (result, rest);
  return g_string_free (result, FALSE);
}

char *
public_text (const char *text)
{
  return show (text, TRUE);
}

char *
public_uri (const char *uri)
{
  return show (uri, FALSE);
}
