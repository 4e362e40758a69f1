/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "genrenames.h"
#include "files.h"
#include "genrename.h"
#include <string.h>

#define MAX_MAP (1024 * 1024) /* bytes */
#define MAX_NAME 200          /* bytes of a genre: anything longer is no name */
#define SEPARATORS ";/,|\\"
#define MAX_REFERENCE 255 /* ID3v1 numbers its genres in a byte */

/* Of the map: "Alt Rock = Rock" */
typedef struct {
  char *genre, *key;
  guint number;
  gboolean used;
} Line;

struct _GenreNames {
  GHashTable *map;       /* key to name; "" for none */
  GPtrArray *lines;      /* of Line, of the map, one for each key */
  GHashTable *by_key;    /* key to Line */
  GHashTable *wished;    /* key to name, of what the map leads to */
  GHashTable *spellings; /* key to GHashTable of name to count */
  guint n_mapped;
};

static const char *const nothing[] = {"unknown", "other", "misc", "none", "undefined", "genre"};

/* Spaces at the ends gone, others single, no control characters: what is written into tags. */
static char *
tidy (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  GString *text = g_string_new (NULL);
  for (const char *p = valid; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (!g_unichar_isspace (c) && !g_unichar_iscntrl (c))
      g_string_append_unichar (text, c);
    else if (text->len > 0 && text->str[text->len - 1] != ' ')
      g_string_append_c (text, ' ');
  }
  if (text->len > 0 && text->str[text->len - 1] == ' ')
    g_string_truncate (text, text->len - 1);
  return g_string_free (text, FALSE);
}

/* ---- the map ---- */

static void
line_free (Line *line)
{
  g_free (line->genre);
  g_free (line->key);
  g_free (line);
}

/* FALSE if an earlier line says something else. */
static gboolean
add_line (GenreNames *names, const char *path, guint number, const char *genre, const char *key,
          const char *name, GError **error)
{
  const Line *earlier = g_hash_table_lookup (names->by_key, key);
  g_autofree char *to = genre_name_key (name);
  g_autofree char *other = earlier ? genre_name_key (g_hash_table_lookup (names->map, key)) : NULL;
  if (earlier && strcmp (to, other) != 0) {
    g_set_error (
        error, GENRE_ERROR, GENRE_ERROR_FORMAT,
        "%s, line %u: \"%s\" is mapped to something else in line %u, expected one line for "
        "a genre, however it is spelled",
        path, number, genre, earlier->number);
    return FALSE;
  }
  if (!earlier) {
    Line *line = g_new0 (Line, 1);
    *line = (Line){g_strdup (genre), g_strdup (key), number, FALSE};
    g_ptr_array_add (names->lines, line);
    g_hash_table_insert (names->by_key, line->key, line);
  }
  if (*to)
    g_hash_table_insert (names->wished, g_steal_pointer (&to), g_strdup (name));
  g_hash_table_insert (names->map, g_strdup (key), g_strdup (name));
  return TRUE;
}

static gboolean
read_line (GenreNames *names, const char *path, guint number, const char *line, GError **error)
{
  g_auto (GStrv) sides = g_strsplit (line, "=", 2);
  g_autofree char *genre = tidy (sides[0]);
  g_autofree char *key = genre_name_key (genre);
  g_autofree char *name = sides[1] ? tidy (sides[1]) : NULL;
  g_autofree char *own = name ? genre_name_key (name) : NULL;
  if (*key && name && strlen (name) <= MAX_NAME && (*name == '\0' || *own))
    return add_line (names, path, number, genre, key, name, error);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
               "%s, line %u: \"%s\", expected \"GENRE = NAME\", or \"GENRE =\" for what is none",
               path, number, line);
  return FALSE;
}

static gboolean
read_map (GenreNames *names, const char *path, GError **error)
{
  g_autofree char *text = genre_file_read_text (path, MAX_MAP, error);
  g_auto (GStrv) lines = text ? g_strsplit (text, "\n", -1) : NULL;
  for (guint i = 0; lines && lines[i]; i++) {
    genre_name_cut_remark (lines[i]);
    const char *line = g_strstrip (lines[i]);
    if (*line && !read_line (names, path, i + 1, line, error))
      return FALSE;
  }
  return text != NULL;
}

GenreNames *
genre_names_new (const char *map_path, GError **error)
{
  g_autoptr (GenreNames) names = g_new0 (GenreNames, 1);
  names->map = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  names->lines = g_ptr_array_new_with_free_func ((GDestroyNotify)line_free);
  names->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  names->wished = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  names->spellings =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
  for (guint i = 0; i < G_N_ELEMENTS (nothing); i++)
    g_hash_table_insert (names->map, g_strdup (nothing[i]), g_strdup (""));
  return !map_path || read_map (names, map_path, error) ? g_steal_pointer (&names) : NULL;
}

void
genre_names_free (GenreNames *names)
{
  if (!names)
    return;
  g_hash_table_unref (names->map);
  g_hash_table_unref (names->by_key);
  g_ptr_array_unref (names->lines);
  g_hash_table_unref (names->wished);
  g_hash_table_unref (names->spellings);
  g_free (names);
}

/* ---- tags ---- */

static void
count_spelling (GenreNames *names, const char *key, const char *name)
{
  GHashTable *counts = g_hash_table_lookup (names->spellings, key);
  if (!counts) {
    counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert (names->spellings, g_strdup (key), counts);
  }
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, name));
  g_hash_table_insert (counts, g_strdup (name), GUINT_TO_POINTER (n + 1));
}

/* Names lead to names: a map may say "Alt Rock = Rock" and "Rock = Rock & Pop"; the first step
 * counts, so that nothing goes in circles. TRUE if the map knows it. */
static gboolean
take_mapped (GenreNames *names, const char *value, GPtrArray *keys)
{
  g_autofree char *key = genre_name_key (value);
  const char *name = g_hash_table_lookup (names->map, key);
  if (!name)
    return FALSE;
  names->n_mapped++;
  Line *line = g_hash_table_lookup (names->by_key, key);
  if (line)
    line->used = TRUE;
  g_autofree char *to = genre_name_key (name);
  if (*to && !g_ptr_array_find_with_equal_func (keys, to, g_str_equal, NULL)) {
    count_spelling (names, to, name);
    g_ptr_array_add (keys, g_steal_pointer (&to));
  }
  return TRUE;
}

/* What is behind "(9)"; NULL if @name does not begin so. */
static const char *
find_behind_reference (const char *name)
{
  const char *digits = name + 1;
  const gsize n = *name == '(' ? strspn (digits, "0123456789") : 0;
  if (n < 1 || n > 3 || digits[n] != ')' || g_ascii_strtoull (digits, NULL, 10) > MAX_REFERENCE)
    return NULL;
  return digits + n + 1;
}

static gboolean
is_reference (const char *name)
{
  const char *rest = find_behind_reference (name);
  g_autofree char *key = rest ? genre_name_key (rest) : NULL;
  return rest && !*key;
}

/* To the name behind a reference, or to @name itself: programs that convert ID3 leave references in
 * tags of other formats, in front of the name. */
static const char *
skip_reference (const char *name)
{
  const char *rest = find_behind_reference (name);
  return rest && !is_reference (name) ? rest : name;
}

/* References may be several: "(9)(138)Black Metal". */
static char *
cut_references (const char *name)
{
  const char *rest = name;
  for (const char *at = NULL; at != rest;) {
    at = rest;
    rest = skip_reference (at + strspn (at, " "));
  }
  return g_strdup (rest + strspn (rest, " "));
}

static void
take_name (GenreNames *names, const char *name, GPtrArray *keys)
{
  g_autofree char *key = genre_name_key (name);
  if (!*key || strlen (name) > MAX_NAME || take_mapped (names, name, keys) ||
      g_ptr_array_find_with_equal_func (keys, key, g_str_equal, NULL))
    return;
  count_spelling (names, key, name);
  g_ptr_array_add (keys, g_steal_pointer (&key));
}

/* A map that names the reference, too, means it. @spelled: there is a name beside, of which a mere
 * reference says but the number. */
static void
take_part (GenreNames *names, const char *part, gboolean spelled, GPtrArray *keys)
{
  g_autofree char *whole = tidy (part);
  g_autofree char *name = cut_references (whole);
  if (strlen (whole) <= MAX_NAME && take_mapped (names, whole, keys))
    return;
  if (!spelled || !is_reference (name))
    take_name (names, name, keys);
}

/* A value that holds separators: only a map knows it. */
static gboolean
take_whole (GenreNames *names, const char *value, GPtrArray *keys)
{
  g_autofree char *whole = tidy (value);
  g_autofree char *name = cut_references (whole);
  return take_mapped (names, whole, keys) || take_mapped (names, name, keys);
}

static gboolean
has_letters (char *const *values)
{
  for (char *const *value = values; value && *value; value++) {
    g_autofree char *text = tidy (*value);
    for (const char *p = text; *p; p = g_utf8_next_char (p))
      if (g_unichar_isalpha (g_utf8_get_char (p)))
        return TRUE;
  }
  return FALSE;
}

char **
genre_names_read (GenreNames *names, char *const *values)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  const gboolean spelled = has_letters (values);
  for (char *const *value = values; value && *value; value++) {
    if (strpbrk (*value, SEPARATORS) && take_whole (names, *value, keys))
      continue;
    g_auto (GStrv) parts = g_strsplit_set (*value, SEPARATORS, -1);
    for (char **part = parts; *part; part++)
      take_part (names, *part, spelled, keys);
  }
  g_ptr_array_add (keys, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&keys), FALSE);
}

static GenreNameFault
find_fault (const char *part)
{
  g_autofree char *name = tidy (part);
  g_autofree char *key = genre_name_key (name);
  if (*name && !*key)
    return GENRE_NAME_WITHOUT_LETTERS;
  return strlen (name) > MAX_NAME ? GENRE_NAME_TOO_LONG : GENRE_NAME_USABLE;
}

GenreNameFault
genre_names_find_fault (char *const *values)
{
  GenreNameFault fault = GENRE_NAME_USABLE;
  for (char *const *value = values; value && *value; value++) {
    g_auto (GStrv) parts = g_strsplit_set (*value, SEPARATORS, -1);
    for (char **part = parts; *part && fault == GENRE_NAME_USABLE; part++)
      fault = find_fault (*part);
  }
  return fault;
}

const char *
genre_names_get_display (const GenreNames *names, const char *key)
{
  GHashTable *counts = g_hash_table_lookup (names->spellings, key);
  GHashTableIter iterator;
  gpointer name, n;
  const char *best = g_hash_table_lookup (names->wished, key);
  guint most = 0;
  if (best || !counts)
    return best;
  g_hash_table_iter_init (&iterator, counts);
  while (g_hash_table_iter_next (&iterator, &name, &n)) {
    guint count = GPOINTER_TO_UINT (n);
    if (!best || count > most || (count == most && strcmp (name, best) < 0)) {
      most = count;
      best = name;
    }
  }
  return best;
}

GPtrArray *
genre_names_list_unused (const GenreNames *names)
{
  GPtrArray *unused = g_ptr_array_new ();
  for (guint i = 0; i < names->lines->len; i++) {
    const Line *line = names->lines->pdata[i];
    if (!line->used)
      g_ptr_array_add (unused, line->genre);
  }
  return unused;
}

guint
genre_names_count_mapped (const GenreNames *names)
{
  return names->n_mapped;
}
