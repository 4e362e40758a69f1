/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tagger.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../answerjson.h"
#include "alias.h"
#include "audioformat.h"
#include "change.h"
#include "filetags.h"
#include "heard.h"
#include "remote.h"
#include "tagguard.h"
#include "undo.h"
#include "../genrename.h"
#include "../translation.h"

#define LONGEST_GENRE 50000 /* characters */

/* One file on its way. */
typedef struct {
  const TaggerOptions *options;
  const TaggerContact *contact;
  const char *path;
  JsonObject *object;
  struct stat status; /* when it was first looked at, and after it was written */
  struct stat judged; /* when the genre that it has was read for the last time */
  const AudioFormat *format;
  const char *obstacle; /* to writing its tags, or NULL */
  char *tagged;         /* the genre that it has, or NULL */
  gboolean several;     /* streams */
  Hearing hearing;
  JsonObject *heard;
  gboolean from_journal;
  gboolean is_revised;   /* what is heard says something else about a refusal */
  gboolean stays;        /* what would be written is there already, byte for byte */
  gboolean is_passing;   /* a refusal that is none the next time, perhaps */
  gboolean is_faultless; /* what is wrong is not the file's fault, but the copy's */
  SignOfLife life;
} Song;

static void
set_action (Song *self, const char *action)
{
  json_object_set_string_member (self->object, "action", action);
}

static void
set_text (Song *self, const char *member, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  json_object_set_string_member (self->object, member, valid);
}

static void
refuse (Song *self, const char *obstacle)
{
  set_action (self, "refused");
  set_text (self, "obstacle", obstacle);
}

/* What is wrong with a copy that somebody wants is nothing for the journal to know of the file. */
static void
refuse_for (Song *self, const GError *error)
{
  refuse (self, error->message);
  self->is_faultless = error->domain == COPY_ERROR;
  self->is_passing = error->domain == PASSING_ERROR;
}

/* ---- before it is heard ---- */

static gboolean
examine (Song *self, GError **error)
{
  if (remote_is (self->path)) {
    self->obstacle = N_ ("it is no file of this machine");
    return TRUE;
  }
  const int fd = person_file_open (self->path, &self->status, error);
  if (fd < 0)
    return FALSE;
  self->format = audio_format_find (fd);
  self->obstacle = audio_format_find_obstacle (self->format, fd);
  self->several = self->obstacle && audio_format_has_several_streams (self->format, fd);
  close (fd);
  self->judged = self->status;
  if (self->status.st_size > 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, N_ ("the file is empty"));
  return FALSE;
}

/* What is longer is damage, and no line for it would be read by anybody. */
static char *
shorten (const char *genre)
{
  g_autofree char *valid = g_utf8_make_valid (genre, -1);
  if (g_utf8_strlen (valid, -1) <= LONGEST_GENRE)
    return g_steal_pointer (&valid);
  g_autofree char *start = g_utf8_substring (valid, 0, LONGEST_GENRE);
  return g_strconcat (start, "…", NULL);
}

/* Programs that fill a field with a space mean no genre by it. */
static gboolean
is_blank (const char *genre)
{
  g_autofree char *valid = g_utf8_make_valid (genre, -1);
  return genre_name_is_blank (valid);
}

/* TRUE: there is a genre, and it stays. */
static gboolean
keeps_genre (Song *self, const char *genre)
{
  if (!genre || is_blank (genre))
    return FALSE;
  g_autofree char *shown = shorten (genre);
  set_text (self, "tagged", shown);
  g_free (self->tagged);
  self->tagged = g_utf8_make_valid (genre, -1);
  if (self->options->force)
    return FALSE;
  set_action (self, "has-genre");
  return TRUE;
}

/* What TagLib cannot read, GStreamer may. FALSE: there is no way to TagLib, for this file and all.
 */
static gboolean
read_genre (Song *self, char **genre, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (!self->format || !self->format->ending ||
      file_tags_read_genre (self->path, self->format, genre, &local))
    return TRUE;
  if (local->domain == ALIAS_ERROR) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (!self->obstacle) /* or it says why */
    self->obstacle = N_ ("its tags cannot be read");
  return TRUE;
}

/* ---- after it has been heard ---- */

/* What to write; NULL: nothing, and "action" says so. */
static const char *
decide (Song *self)
{
  const char *label = json_object_get_string_member_with_default (self->heard, "genre", "unknown");
  const double music = json_object_get_double_member_with_default (self->heard, "music", 1);
  const char *name = json_object_get_string_member_with_default (self->heard, "display", NULL);
  if (g_str_equal (label, "unknown") || !name || music < self->options->min_music) {
    set_action (self, "unknown");
    return NULL;
  }
  name = name_map_find (self->options->names, label, name);
  set_text (self, "name", name);
  if (*name)
    return name;
  set_action (self, "unwanted");
  return NULL;
}

/* Nothing is to be gained by writing it once more. A copy is made nevertheless. */
static gboolean
has_it_already (const Song *self, const char *genre)
{
  const char *tagged = json_object_get_string_member_with_default (self->object, "tagged", NULL);
  return !self->options->output && g_strcmp0 (tagged, genre) == 0;
}

/* Nothing but the genre has changed in the copy, as far as can be seen. */
static gboolean
keeps_rest (const Song *self, const Replacement *replacement, const char *genre, GError **error)
{
  return tag_guard_keep (self->format, replacement_get_original (replacement),
                         replacement_get_draft (replacement), genre, error);
}

/* GStreamer may see more than stands in the tags we know, or have made one of several. */
static guint
count_genres (const Song *self, int fd)
{
  const guint n = tag_guard_count_genres (self->format, fd, self->tagged);
  const gint64 heard = json_object_get_int_member_with_default (self->heard, "n-own-genres", 0);
  return MAX (n, (guint)CLAMP (heard, 0, G_MAXINT));
}

/* Whoever keeps the journal hears of it before anything happens. */
static gboolean
tell (Song *self, const Replacement *replacement, const char *genre, GError **error)
{
  if (!self->contact->intend || self->options->output)
    return TRUE;
  g_autoptr (Change) change = change_new ();
  change->genre_before = g_strdup (self->tagged);
  change->n_genres_before = count_genres (self, replacement_get_original (replacement));
  change->genre = g_strdup (genre);
  change->kept_time = self->options->replacement.keep_time;
  if (!undo_describe (change, replacement, &self->life, error))
    return FALSE;
  self->stays = g_str_equal (change->before.digest, change->after.digest);
  if (self->stays)
    return TRUE;
  g_autoptr (JsonObject) told = change_to_json (change);
  return self->contact->intend (told, self->contact->user_data, error);
}

/* The reason lies in the file, and will do so the next time. */
static gboolean
is_lasting (const GError *error)
{
  return error->domain != ALIAS_ERROR && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOMEM);
}

/* Who saves a file in place may leave its size and time as they were: the copy tells whether there
 * is another genre by now. TRUE: it stays. */
static gboolean
has_genre_by_copy (Song *self, const Replacement *replacement, GError **error)
{
  g_autofree char *genre = NULL;
  file_tags_read_genre (replacement_get_path (replacement), self->format, &genre, NULL);
  if (!keeps_genre (self, genre))
    return FALSE;
  g_set_error_literal (error, PASSING_ERROR, 0, N_ ("it has changed meanwhile, and is left alone"));
  return TRUE;
}

/* Into the copy. What comes of it is remembered for looks. */
static gboolean
write_tags (Song *self, const Replacement *replacement, const char *genre, GError **error)
{
  const char *copy = replacement_get_path (replacement);
  g_autoptr (GError) local = NULL;
  if (file_tags_write_genre (copy, self->format, genre, &local) &&
      keeps_rest (self, replacement, genre, &local) &&
      file_tags_have_genre (copy, self->format, genre, &local)) {
    self->is_revised = heard_set_refusal (self->heard, genre, NULL);
    return TRUE;
  }
  if (is_lasting (local))
    self->is_revised = heard_set_refusal (self->heard, genre, local->message);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
write_genre (Song *self, const char *genre, GError **error)
{
  const char *output = self->options->output;
  ReplacementOptions options = self->options->replacement;
  options.life = &self->life;
  g_autoptr (Replacement) replacement =
      output ? replacement_new_copy (self->path, output, &self->status, &options, error)
             : replacement_new (self->path, &self->status, &options, error);
  if (!replacement || has_genre_by_copy (self, replacement, error))
    return FALSE;
  struct stat status = *replacement_get_status (replacement);
  if (!write_tags (self, replacement, genre, error) || !tell (self, replacement, genre, error) ||
      (!self->stays && !replacement_commit (replacement, &status, error)))
    return FALSE;
  if (!output)
    self->status = status;
  return TRUE;
}

/* As it is now; NULL: there is none. */
static char *
read_genre_again (Song *self)
{
  char *genre = NULL;
  const int fd = person_file_open (self->path, &self->judged, NULL);
  const AudioFormat *format = fd >= 0 ? audio_format_find (fd) : NULL;
  if (fd >= 0)
    close (fd);
  if (format && format->ending)
    file_tags_read_genre (self->path, format, &genre, NULL);
  return genre;
}

/* Another run may have been faster. */
static gboolean
has_genre_by_now (Song *self, const char *genre)
{
  g_autofree char *now = read_genre_again (self);
  return keeps_genre (self, now) || (now && has_it_already (self, genre));
}

static void
finish (Song *self, const char *genre)
{
  const TaggerOptions *options = self->options;
  g_autoptr (GError) error = NULL;
  const gboolean writes = options->write || options->output;
  const char *refusal = writes ? NULL : heard_find_refusal (self->heard, genre);
  if (self->obstacle || refusal)
    refuse (self, self->obstacle ? self->obstacle : refusal);
  else if (!writes && replacement_is_possible (self->path, &options->replacement, &error))
    set_action (self, "would-write");
  else if (writes && write_genre (self, genre, &error))
    set_action (self, "written");
  else if (error->domain == PASSING_ERROR && has_genre_by_now (self, genre))
    set_action (self, "has-genre");
  else
    refuse_for (self, error);
}

gboolean
tagger_leaves_alone (const char *action)
{
  static const char *const actions[] = {"has-genre", "unknown", "unwanted", NULL};
  return g_strv_contains (actions, action);
}

/* Whoever goes on with the copy alone would lose the song where there is none. What was said of one
 * version of it must not stand beside another. */
static gboolean
copy_unchanged (Song *self, GError **error)
{
  ReplacementOptions options = self->options->replacement;
  options.life = &self->life;
  g_autoptr (Replacement) replacement =
      replacement_new_copy (self->path, self->options->output, &self->judged, &options, error);
  return replacement && replacement_commit (replacement, NULL, error);
}

static void
finish_copy (Song *self)
{
  const char *action = json_object_get_string_member_with_default (self->object, "action", "");
  g_autoptr (GError) error = NULL;
  if (!self->options->output || !tagger_leaves_alone (action))
    return;
  if (remote_is (self->path))
    refuse (self, self->obstacle);
  else if (!copy_unchanged (self, &error))
    refuse_for (self, error);
}

/* ---- all of it ---- */

/* What was heard of this very file before. */
static gboolean
remember (Song *self, JsonObject *known)
{
  if (!known)
    return FALSE;
  JsonObject *version = json_object_get_object_member (known, "version");
  g_autoptr (JsonObject) heard = json_object_ref (json_object_get_object_member (known, "heard"));
  if (json_object_get_int_member (version, "size") != self->status.st_size ||
      json_object_get_int_member (version, "mtime") != file_version_time (&self->status) ||
      json_object_get_int_member (version, "inode") != (gint64)self->status.st_ino ||
      !heard_set_threshold (heard, self->options->hearing.threshold))
    return FALSE;
  self->heard = g_steal_pointer (&heard);
  self->from_journal = TRUE;
  return TRUE;
}

static gboolean
hear (Song *self, gboolean in_full, GError **error)
{
  const TaggerContact *contact = self->contact;
  const HearingOptions *options = &self->options->hearing;
  contact->alive (contact->user_data);
  if (!hearing_run (&self->hearing, self->path, options, in_full, contact->alive,
                    contact->user_data, error))
    return FALSE;
  contact->alive (contact->user_data);
  self->heard = heard_new (&self->hearing, options->threshold);
  return TRUE;
}

static gboolean
treat (Song *self, JsonObject *known, gboolean again, GError **error)
{
  g_autofree char *genre_before = NULL;
  if (!examine (self, error) || !read_genre (self, &genre_before, error))
    return FALSE;
  if (keeps_genre (self, genre_before))
    return TRUE;
  if (self->several) { /* what is heard of such a file is chance */
    refuse (self, self->obstacle);
    return TRUE;
  }
  if (!remember (self, known) && !hear (self, again, error))
    return FALSE;
  heard_add_to (self->heard, self->object);
  if (self->from_journal)
    set_text (self, "from", "journal");
  const char *own = json_object_get_string_member_with_default (self->heard, "own-genre", NULL);
  if (!json_object_has_member (self->object, "tagged") && keeps_genre (self, own))
    return TRUE;
  const char *genre = decide (self);
  if (genre && has_it_already (self, genre))
    set_action (self, "has-genre");
  else if (genre)
    finish (self, genre);
  return TRUE;
}

/* What was heard of a file that somebody has changed meanwhile holds for neither version. */
static gboolean
is_as_heard (const Song *self)
{
  struct stat now;
  return self->heard && stat (self->path, &now) == 0 && person_file_is_same (&now, &self->status);
}

/* A mistyped name is no file that has failed, nor is one that is gone. */
static gboolean
is_missing (const Song *self)
{
  struct stat now;
  return json_object_has_member (self->object, "error") && lstat (self->path, &now) != 0 &&
         (errno == ENOENT || errno == ENOTDIR);
}

static void
add_for_journal (Song *self)
{
  /* nobody knows whether what is remote is the same the next time */
  if (remote_is (self->path) || is_missing (self))
    return;
  char *real = realpath (self->path, NULL);
  g_autoptr (Change) now = change_new ();
  JsonObject *members = json_object_new ();
  if (real) {
    now->path = g_strdup (real);
    file_version_set (&now->after, &self->status);
    json_object_set_object_member (members, "now", change_to_json (now));
  }
  if (self->is_revised)
    json_object_set_boolean_member (members, "revised", TRUE);
  if (self->is_passing)
    json_object_set_boolean_member (members, "passing", TRUE);
  if (is_as_heard (self))
    json_object_set_object_member (members, "heard", g_steal_pointer (&self->heard));
  json_object_set_object_member (self->object, "journal", members);
  free (real);
}

JsonObject *
tagger_treat (const TaggerOptions *self, const char *path, JsonObject *known, gboolean again,
              const TaggerContact *contact, gboolean *hangs)
{
  Song song = {.options = self,
               .contact = contact,
               .path = path,
               .object =
                   remote_is (path) ? answer_json_new_for_source (path) : answer_json_new (path),
               .life = {contact->alive, contact->user_data, 0}};
  g_autoptr (GError) error = NULL;
  if (treat (&song, known, again, &error))
    finish_copy (&song);
  else
    set_text (&song, "error", error->message);
  if (!song.is_faultless)
    add_for_journal (&song);
  g_clear_pointer (&song.heard, json_object_unref);
  g_free (song.tagged);
  *hangs |= song.hearing.hangs;
  hearing_clear (&song.hearing);
  return song.object;
}
