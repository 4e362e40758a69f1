/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "translation.h"
#include <locale.h>
#include <string.h>

#define DIRECTIVE "%[.0-9]*l?[a-z]" /* of printf() */

/* Messages into which something has been put by the time they are shown; the same stand where they
 * are made (tests/catalogue.py looks). */
static const char *const filled_in[] = {
    N_ ("GStreamer lacks a plugin: %s"),
    N_ ("no microphone: %s"),
    N_ ("not audio: %.100s"),
    N_ ("it is a list of other addresses (%s), which is not followed"),
    N_ ("encrypted for other players: %.100s"),
    N_ ("its titles are %u bytes apart (icy-metaint), expected %d or more"),
    N_ ("wrong certificate: %s"),
    N_ ("%s cannot feed %s"),
    N_ ("a broken XSPF playlist: %s"),
    N_ ("its list of information: %s"),
    N_ ("the copy %s: %s"),
    N_ ("%s: %s is %s, and so is its copy: a name that ends in %s says otherwise"),
    N_ ("unknown host %s"),
    N_ ("no name server knows about %s now"),
    N_ ("GStreamer has no element \"%s\": %s"),
    N_ ("a playlist of more than %d bytes, which is none"),
    N_ ("the folder for temporary files %s (TMPDIR) cannot be used: %s"),
    N_ ("its tags cannot be read (%s)"),
    N_ ("its tags cannot be written (%s)"),
    N_ ("the item %s of its %s would be lost"),
    N_ ("the frame %s of its ID3v2.%d tag would be lost"),
    N_ ("frames of its ID3v2.%d tag would be lost"),
    N_ ("what stands behind the frames of its ID3v2.%d tag would be lost"),
    N_ ("there is not enough memory for a copy (%ld MiB are needed, %ld are free)"),
    N_ ("its decoder crashed (%s)"),
    N_ ("nothing has come from it for %g s, given up"),
    N_ ("no track: it has no field \"source\" of 1 to %d bytes of text"),
    N_ ("%s (given up after attempt %d)"),
    N_ ("%s (attempt %u of %d)"),
    N_ ("the journal %s has version %d, expected %d: a newer genre-tag has written it"),
    N_ ("the journal's folder %s cannot be made: %s"),
    N_ ("HOME is \"%s\", expected an absolute path: the journal is below it"),
    N_ ("the journal's %s: %s"),
    N_ ("the journal %s cannot be locked: %s"),
    N_ ("the journal %s has been moved or deleted meanwhile: what is written now could not be "
        "undone"),
    N_ ("the journal %s: %s%s%s"),
    N_ ("it has changed meanwhile, and cannot be put back: what it was is in %s beside it"),
    N_ ("it has changed meanwhile, and cannot be put back: what it was is in %s beside it, which "
        "must be renamed before genre-tag runs again"),
    N_ ("the copy cannot take its place (%s), and what it was may be gone: the copy is %s beside "
        "it, which must be renamed before genre-tag runs again"),
    N_ ("line %u: the station of line %u has the same name, another URL: %s"),
};

void
translation_begin (void)
{
  const char *folder = g_getenv ("GENRE_LOCALEDIR"); /* the build tree's */
  /* Not LC_ALL: with LC_NUMERIC a comma would come into JSON, tables and keys of the journal. */
  setlocale (LC_CTYPE, "");
  setlocale (LC_MESSAGES, "");
  bindtextdomain (GETTEXT_PACKAGE, folder ? folder : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

void
translation_end (void)
{
  setlocale (LC_MESSAGES, "C");
}

/* NULL: @text is not made from @message. */
static GMatchInfo *
match (const char *message, const char *text)
{
  g_autoptr (GRegex) directive = g_regex_new (DIRECTIVE, G_REGEX_RAW, 0, NULL);
  g_auto (GStrv) pieces = g_regex_split (directive, message, 0);
  for (char **piece = pieces; *piece; piece++) {
    g_autofree char *plain = *piece;
    *piece = g_regex_escape_string (plain, -1);
  }
  g_autofree char *anything = g_strjoinv ("(.*)", pieces);
  g_autofree char *whole = g_strconcat ("^", anything, "\\z", NULL);
  g_autoptr (GRegex) regex = g_regex_new (whole, G_REGEX_RAW | G_REGEX_DOTALL, 0, NULL);
  GMatchInfo *info = NULL;
  if (g_regex_match (regex, text, 0, &info))
    return info;
  g_match_info_free (info);
  return NULL;
}

/* What @info has found takes the places of the directives in @translation, in their order; behind a
 * colon it is a message itself. */
static char *
fill_in (const char *translation, const GMatchInfo *info)
{
  g_autoptr (GRegex) directive = g_regex_new (DIRECTIVE, G_REGEX_RAW, 0, NULL);
  g_auto (GStrv) pieces = g_regex_split (directive, translation, 0);
  GString *text = g_string_new (NULL);
  for (int i = 0; pieces[i]; i++) {
    g_autofree char *found = i > 0 ? g_match_info_fetch (info, i) : g_strdup ("");
    const gboolean message = g_str_has_suffix (text->str, ": ");
    g_autofree char *shown = message && found ? translate_fault (found) : g_strdup (found);
    g_string_append (text, shown ? shown : "");
    g_string_append (text, pieces[i]);
  }
  return g_string_free (text, FALSE);
}

static char *
translate_filled_in (const char *fault)
{
  for (gsize i = 0; i < G_N_ELEMENTS (filled_in); i++) {
    const char *translation = gettext (filled_in[i]);
    g_autoptr (GMatchInfo) info = translation != filled_in[i] ? match (filled_in[i], fault) : NULL;
    if (info)
      return fill_in (translation, info);
  }
  return NULL;
}

/* One part, without what stands behind a colon; the empty string is the catalogue's head. */
static char *
translate_part (const char *part)
{
  const char *translation = *part ? gettext (part) : part;
  char *filled = translation == part ? translate_filled_in (part) : NULL;
  return filled ? filled : g_strdup (translation);
}

/* What libraries said in English, in a process whose translation had ended. */
static const char *
translate_foreign (const char *fault)
{
  static const char *const domains[] = {"gstreamer-1.0", "gst-plugins-base-1.0",
                                        "gst-plugins-good-1.0", "glib20", "libc"};
  const char *translation = fault;
  for (gsize i = 0; i < G_N_ELEMENTS (domains) && *fault && translation == fault; i++)
    translation = dgettext (domains[i], fault);
  return translation;
}

char *
translate_fault (const char *fault)
{
  g_autofree char *whole = translate_part (fault);
  const char *colon = strstr (fault, ": ");
  if (!g_str_equal (whole, fault))
    return g_steal_pointer (&whole);
  if (!colon)
    return g_strdup (translate_foreign (fault));
  g_autofree char *first = g_strndup (fault, (gsize)(colon - fault));
  g_autofree char *head = translate_part (first);
  g_autofree char *tail = translate_fault (colon + 2);
  return g_strconcat (head, ": ", tail, NULL);
}

char *
translate_fault_of (const char *name, const char *fault)
{
  const gsize length = name ? strlen (name) : 0;
  if (length == 0 || !g_str_has_prefix (fault, name) || !g_str_has_prefix (fault + length, ": "))
    return translate_fault (fault);
  g_autofree char *words = translate_fault (fault + length + 2);
  return g_strconcat (name, ": ", words, NULL);
}
