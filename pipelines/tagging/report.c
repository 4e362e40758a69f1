/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"
#include "heard.h"
#include "../printable.h"
#include "../jsonline.h"
#include "../translation.h"
#include <stdio.h>
#include <string.h>

#define QUANTILES 5 /* least, a quarter, half, three quarters, most */

typedef struct {
  char *label, *name;
  GArray *confidences; /* double */
} Genre;

typedef struct {
  char *fault, *example;
  guint n;
} Fault;

typedef struct {
  guint n_files, unheard, unknown, no_music, too_short, has_genre;
  GHashTable *genres;           /* label: Genre */
  GHashTable *refused, *failed; /* fault: Fault */
} Report;

/* ---- counting ---- */

static void
genre_free (gpointer data)
{
  Genre *self = data;
  g_free (self->label);
  g_free (self->name);
  g_array_unref (self->confidences);
  g_free (self);
}

static void
fault_free (gpointer data)
{
  Fault *self = data;
  g_free (self->fault);
  g_free (self->example);
  g_free (self);
}

static void
add_genre (Report *self, const char *label, const char *name, double confidence)
{
  Genre *genre = g_hash_table_lookup (self->genres, label);
  if (!genre) {
    genre = g_new (Genre, 1);
    *genre =
        (Genre){g_strdup (label), g_strdup (name), g_array_new (FALSE, FALSE, sizeof (double))};
    g_hash_table_insert (self->genres, genre->label, genre);
  }
  g_array_append_val (genre->confidences, confidence);
}

static void
add_fault (GHashTable *faults, const char *fault, const char *path)
{
  Fault *found = g_hash_table_lookup (faults, fault);
  if (!found) {
    found = g_new (Fault, 1);
    *found = (Fault){g_strdup (fault), g_strdup (path), 0};
    g_hash_table_insert (faults, found->fault, found);
  }
  found->n++;
}

static void
add_answer (Report *self, JsonObject *heard)
{
  const char *label = json_object_get_string_member_with_default (heard, "genre", "unknown");
  const char *name = json_object_get_string_member_with_default (heard, "display", NULL);
  const AnswerVerdict verdict = heard_judge (heard);
  if (name)
    add_genre (self, label, name,
               json_object_get_double_member_with_default (heard, "confidence", 0));
  else if (verdict == ANSWER_TOO_SHORT)
    self->too_short++;
  else if (verdict != ANSWER_MUSIC)
    self->no_music++;
  else
    self->unknown++;
}

static void
visit (const JournalEntry *entry, gpointer user_data)
{
  Report *self = user_data;
  const char *fault = entry->fault ? entry->fault : N_ ("nobody knows why");
  g_autoptr (JsonObject) heard = entry->answer ? json_line_parse (entry->answer) : NULL;
  self->n_files++;
  if (g_str_equal (entry->action, "failed")) {
    add_fault (self->failed, fault, entry->path);
    return;
  }
  const gboolean has_genre = g_str_equal (entry->action, "has-genre");
  self->has_genre += has_genre;
  if (heard)
    add_answer (self, heard);
  else
    self->unheard += !has_genre;
  if (g_str_equal (entry->action, "refused") && !entry->is_written)
    add_fault (self->refused, fault, entry->path);
}

/* ---- in an order ---- */

static int
compare_genres (gconstpointer a, gconstpointer b)
{
  const Genre *first = *(const Genre *const *)a, *second = *(const Genre *const *)b;
  const int more = (int)second->confidences->len - (int)first->confidences->len;
  return more != 0 ? more : strcmp (first->label, second->label);
}

static int
compare_faults (gconstpointer a, gconstpointer b)
{
  const Fault *first = *(const Fault *const *)a, *second = *(const Fault *const *)b;
  const int more = (int)second->n - (int)first->n;
  return more != 0 ? more : strcmp (first->fault, second->fault);
}

static GPtrArray *
sort (GHashTable *table, GCompareFunc compare)
{
  GPtrArray *sorted = g_ptr_array_sized_new (g_hash_table_size (table));
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (sorted, value);
  g_ptr_array_sort (sorted, compare);
  return sorted;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const double first = *(const double *)a, second = *(const double *)b;
  return (first > second) - (first < second);
}

static void
find_quantiles (GArray *numbers, double quantiles[QUANTILES])
{
  g_array_sort (numbers, compare_numbers);
  for (guint i = 0; i < QUANTILES; i++)
    quantiles[i] = g_array_index (numbers, double, i *(numbers->len - 1) / (QUANTILES - 1));
}

/* ---- as text ---- */

/* Letters count, not bytes. */
static void
print_padded (const char *text, int width)
{
  g_autofree char *shown = printable (text);
  printf ("  %s%*s", shown, (int)MAX (0, width - (int)g_utf8_strlen (shown, -1)), "");
}

static void
print_right (const char *text, int width)
{
  printf ("%*s%s", (int)MAX (0, width - (int)g_utf8_strlen (text, -1)), "", text);
}

static void
print_head (void)
{
  putchar ('\n');
  print_padded (_ ("genre"), 20);
  /* TRANSLATORS: the head of a column of 8 letters */
  print_right (_ ("files"), 8);
  printf ("   %s\n", _ ("how sure, in %: least, lower quarter, half, upper quarter, most"));
}

static void
print_genres (const Report *self)
{
  g_autoptr (GPtrArray) genres = sort (self->genres, compare_genres);
  if (genres->len > 0)
    print_head ();
  for (guint i = 0; i < genres->len; i++) {
    const Genre *genre = genres->pdata[i];
    double quantiles[QUANTILES];
    find_quantiles (genre->confidences, quantiles);
    print_padded (genre->name, 20);
    printf ("%8u  ", genre->confidences->len);
    for (guint j = 0; j < QUANTILES; j++)
      printf (" %4.0f", 100 * quantiles[j]);
    putchar ('\n');
  }
}

static void
print_count (const char *what, guint n)
{
  if (n == 0)
    return;
  print_padded (what, 20);
  printf ("%8u\n", n);
}

static void
print_faults (const char *title, GHashTable *table)
{
  g_autoptr (GPtrArray) faults = sort (table, compare_faults);
  if (faults->len > 0)
    printf ("\n%s\n", title);
  for (guint i = 0; i < faults->len; i++) {
    const Fault *fault = faults->pdata[i];
    g_autofree char *words = translate_fault (fault->fault);
    g_autofree char *what = printable (words);
    g_autofree char *example = printable (fault->example);
    printf ("%8u  %s\n          ", fault->n, what);
    printf (fault->n > 1 ? _ ("such as %s\n") : "%s\n", example);
  }
}

static void
print_text (const Report *self, guint undoable)
{
  printf (ngettext ("%u file in the journal\n", "%u files in the journal\n", self->n_files),
          self->n_files);
  print_genres (self);
  if (self->unknown + self->no_music + self->too_short + self->unheard + self->has_genre > 0)
    putchar ('\n');
  print_count (_ ("unknown"), self->unknown);
  print_count (_ ("no music"), self->no_music);
  print_count (_ ("too short"), self->too_short);
  print_count (_ ("not heard"), self->unheard);
  print_count (_ ("have a genre already"), self->has_genre);
  print_faults (_ ("cannot be written:"), self->refused);
  print_faults (_ ("failed:"), self->failed);
  if (undoable > 0)
    printf (ngettext ("\n%u written by genre-tag, which genre-tag --undo takes back\n",
                      "\n%u written by genre-tag, which genre-tag --undo takes back\n", undoable),
            undoable);
}

/* ---- as JSON ---- */

static JsonArray *
list_genres (const Report *self)
{
  static const char *const names[QUANTILES] = {"least", "lower-quarter", "half", "upper-quarter",
                                               "most"};
  JsonArray *array = json_array_new ();
  g_autoptr (GPtrArray) genres = sort (self->genres, compare_genres);
  for (guint i = 0; i < genres->len; i++) {
    const Genre *genre = genres->pdata[i];
    JsonObject *object = json_object_new (), *sure = json_object_new ();
    double quantiles[QUANTILES];
    find_quantiles (genre->confidences, quantiles);
    for (guint j = 0; j < QUANTILES; j++)
      json_object_set_double_member (sure, names[j], quantiles[j]);
    json_object_set_string_member (object, "genre", genre->label);
    json_object_set_string_member (object, "name", genre->name);
    json_object_set_int_member (object, "files", genre->confidences->len);
    json_object_set_object_member (object, "confidence", sure);
    json_array_add_object_element (array, object);
  }
  return array;
}

static JsonArray *
list_faults (GHashTable *table, const char *member)
{
  JsonArray *array = json_array_new ();
  g_autoptr (GPtrArray) faults = sort (table, compare_faults);
  for (guint i = 0; i < faults->len; i++) {
    const Fault *fault = faults->pdata[i];
    JsonObject *object = json_object_new ();
    g_autofree char *uri = g_filename_to_uri (fault->example, NULL, NULL);
    json_object_set_string_member (object, member, fault->fault);
    json_object_set_int_member (object, "files", fault->n);
    json_object_set_string_member (object, "uri", uri ? uri : "");
    json_array_add_object_element (array, object);
  }
  return array;
}

static void
print_json (const Report *self, guint undoable)
{
  g_autoptr (JsonObject) object = json_object_new ();
  json_object_set_int_member (object, "files", self->n_files);
  json_object_set_array_member (object, "genres", list_genres (self));
  json_object_set_int_member (object, "unknown", self->unknown);
  json_object_set_int_member (object, "no-music", self->no_music);
  json_object_set_int_member (object, "too-short", self->too_short);
  json_object_set_int_member (object, "not-heard", self->unheard);
  json_object_set_int_member (object, "has-genre", self->has_genre);
  json_object_set_int_member (object, "written", undoable);
  json_object_set_array_member (object, "refused", list_faults (self->refused, "obstacle"));
  json_object_set_array_member (object, "failed", list_faults (self->failed, "error"));
  g_autofree char *line = json_line_new (object);
  puts (line);
}

gboolean
report_print (Journal *journal, const char *folder, gboolean json, GError **error)
{
  Report self = {.genres = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, genre_free),
                 .refused = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, fault_free),
                 .failed = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, fault_free)};
  const gboolean good = journal_visit (journal, folder, visit, &self, error);
  const guint undoable = journal_count_changes (journal, folder, CHANGE_WRITTEN);
  if (good && json)
    print_json (&self, undoable);
  else if (good)
    print_text (&self, undoable);
  g_hash_table_unref (self.genres);
  g_hash_table_unref (self.refused);
  g_hash_table_unref (self.failed);
  return good;
}
