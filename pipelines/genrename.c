/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "genrename.h"
#include <string.h>

/* Read aloud they are what stands beside them. */
static const char *const aliases[][2] = {{"rnb", "randb"},
                                         {"dnb", "drumandbass"},
                                         {"dandb", "drumandbass"},
                                         {"rocknroll", "rockandroll"}};

static void
append_word (GString *key, GString *word)
{
  g_string_append (key, strcmp (word->str, "n") == 0 && key->len > 0 ? "and" : word->str);
  g_string_truncate (word, 0);
}

char *
genre_name_key (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *composed = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL_COMPOSE);
  g_autofree char *folded = g_utf8_casefold (composed, -1);
  g_autoptr (GString) word = g_string_new (NULL);
  GString *key = g_string_new (NULL);
  for (const char *p = folded; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (g_unichar_isalnum (c) || g_unichar_ismark (c)) {
      g_string_append_unichar (word, c);
      continue;
    }
    append_word (key, word);
    if ((c == '&' || c == '+') && key->len > 0)
      g_string_append (key, "and");
  }
  append_word (key, word);
  for (guint i = 0; i < G_N_ELEMENTS (aliases); i++)
    if (strcmp (key->str, aliases[i][0]) == 0)
      g_string_assign (key, aliases[i][1]);
  return g_string_free (key, FALSE);
}

char *
genre_name_key_or_signs (const char *name)
{
  char *key = genre_name_key (name);
  if (*key)
    return key;
  g_free (key);
  return g_utf8_casefold (name, -1);
}

static gboolean
is_behind_space (const char *text, const char *at)
{
  const char *before = g_utf8_find_prev_char (text, at);
  const gunichar c = before ? g_utf8_get_char_validated (before, at - before) : 0;
  return c < (gunichar)-2 && g_unichar_isspace (c); /* not one that is cut off, nor none */
}

void
genre_name_cut_remark (char *line)
{
  for (char *hash = strchr (line, '#'); hash; hash = strchr (hash + 1, '#'))
    if (hash == line || is_behind_space (line, hash)) {
      *hash = '\0';
      return;
    }
}

/* Letters of which nothing is seen, and a pattern without dots. */
static gboolean
is_filler (gunichar c)
{
  return c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0 || c == 0x2800;
}

/* What has no width; not the signs before numbers in Arabic and Kaithi, which count as such. */
static gboolean
is_format (gunichar c)
{
  const gboolean is_sign = (c >= 0x600 && c <= 0x605) || c == 0x6dd || c == 0x890 || c == 0x891 ||
                           c == 0x8e2 || c == 0x110bd || c == 0x110cd;
  return g_unichar_type (c) == G_UNICODE_FORMAT && !is_sign;
}

/* Blanks, also those of other scripts, and what has no width; not marks, which belong to a letter.
 */
static gboolean
is_unseen (gunichar c)
{
  return g_unichar_isspace (c) || g_unichar_iscntrl (c) || is_format (c) || is_filler (c);
}

/* Tags belong to the flag before them. */
static gboolean
is_unseen_behind (gunichar c)
{
  return is_unseen (c) && !(c >= 0xe0020 && c <= 0xe007f);
}

gboolean
genre_name_is_blank (const char *name)
{
  while (*name && is_unseen (g_utf8_get_char (name)))
    name = g_utf8_next_char (name);
  return *name == '\0';
}

char *
genre_name_strip (char *name)
{
  char *begin = name, *end = name;
  while (*begin && is_unseen (g_utf8_get_char (begin)))
    begin = g_utf8_next_char (begin);
  for (char *c = end = begin; *c;) {
    const gboolean is_seen = !is_unseen_behind (g_utf8_get_char (c));
    c = g_utf8_next_char (c);
    end = is_seen ? c : end;
  }
  memmove (name, begin, (gsize)(end - begin));
  name[end - begin] = '\0';
  return name;
}

gboolean
genre_name_fits_id3 (const char *name)
{
  const char *digits = *name == '+' ? name + 1 : name;
  const gboolean is_number = *digits && digits[strspn (digits, "0123456789")] == '\0';
  return !is_number && *name != '(' && g_ascii_strcasecmp (name, "RX") != 0 &&
         g_ascii_strcasecmp (name, "CR") != 0;
}
