/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "publictext.h"
#include "../printable.h"
#include <string.h>

#define CLOSINGS ">\"'" /* of quotations */

/* What was found ahead in a text is kept, so that each sign of it is looked at a few times however
 * many URIs are in it. */
typedef struct {
  const char *text;
  const char *query; /* the next "?" or "#", or the end of the text; NULL: not looked for */
  /* Of the word that is read, which many URIs may share. */
  const char *end;                         /* white space, or the end of the text */
  const char *last[sizeof (CLOSINGS) - 1]; /* of each closing; NULL: none */
} Reader;

static void
measure_word (Reader *self, const char *begin)
{
  memset (self->last, 0, sizeof self->last);
  for (self->end = begin; *self->end && !g_ascii_isspace (*self->end); self->end++) {
    const char *closing = strchr (CLOSINGS, *self->end);
    if (closing)
      self->last[closing - CLOSINGS] = self->end;
  }
}

static void
reader_init (Reader *self, const char *text, gboolean prose)
{
  *self = (Reader){.text = text};
  if (prose)
    measure_word (self, text);
  else
    self->end = text + strlen (text);
}

/* What closes the quotation that the URI whose "://" is at @mark is the whole of; '\0' is
 * nothing. */
static char
find_closing (const Reader *self, const char *mark)
{
  while (mark > self->text && (g_ascii_isalnum (mark[-1]) || strchr ("+-.", mark[-1])))
    mark--;
  const char opening = mark > self->text ? mark[-1] : '\0';
  return opening == '<' ? '>' : opening == '"' || opening == '\'' ? opening : '\0';
}

/* Where the URI ends whose "://" is at @mark. A password may have any sign in it but white space,
 * so only the last sign that could close a quotation does. */
static const char *
find_end_of_uri (Reader *self, const char *mark)
{
  const char *rest = mark + strlen ("://");
  const char closing = find_closing (self, mark);
  if (rest > self->end)
    measure_word (self, rest);
  const char *quoted = closing ? self->last[strchr (CLOSINGS, closing) - CLOSINGS] : NULL;
  return quoted && quoted >= rest ? quoted : self->end;
}

static const char *
find_query (Reader *self, const char *rest)
{
  if (!self->query || self->query < rest)
    self->query = rest + strcspn (rest, "?#");
  return self->query;
}

/* The next one before @end, or that. */
static const char *
find_mark (const char *rest, const char *end)
{
  const char *mark = g_strstr_len (rest, end - rest, "://");
  return mark ? mark : end;
}

/* Appends a URI from behind its "://" to its @end; returns what comes after it, or what is a URI
 * again. */
static const char *
append_rest_of_uri (Reader *self, GString *text, const char *rest, const char *end)
{
  const char *host = rest;
  const char *path_end = MIN (find_query (self, rest), end);
  const char *shown_end = find_mark (rest, path_end); /* a path may lead on to another URI */
  const char *authority_end = MIN (rest + strcspn (rest, "/?#"), end);
  for (const char *c = rest; c < authority_end; c++)
    if (*c == '@')
      host = c + 1;
  if (shown_end > host)
    g_string_append_len (text, host, shown_end - host);
  if (shown_end < path_end)
    return MAX (shown_end, host);
  if (path_end < end && end[-1] == ':') /* a fault that goes on behind its URI */
    g_string_append_c (text, ':');
  return end;
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
  const char *rest = shown, *end = shown + strlen (shown);
  Reader reader;
  reader_init (&reader, shown, prose);
  if (!prose && is_without_scheme (shown)) {
    g_string_append (result, "//");
    rest = append_rest_of_uri (&reader, result, shown + 2, reader.end);
  }
  for (const char *mark; (mark = find_mark (rest, end)) != end;) {
    const char *behind = mark + strlen ("://");
    g_string_append_len (result, rest, behind - rest);
    rest = append_rest_of_uri (&reader, result, behind, find_end_of_uri (&reader, mark));
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
