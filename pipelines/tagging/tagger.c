/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tagger.h"
#include <string.h>
#include <unistd.h>
#include "../answerjson.h"
#include "audioformat.h"
#include "filetags.h"

/* One file on its way. */
typedef struct {
  const TaggerOptions *options;
  const char *path;
  JsonObject *object;
  struct stat status; /* when it was first looked at */
  const AudioFormat *format;
  const char *obstacle; /* to writing its tags, or NULL */
  Hearing hearing;
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

/* ---- before it is heard ---- */

static gboolean
examine (Song *self, GError **error)
{
  const int fd = person_file_open (self->path, &self->status, error);
  if (fd < 0)
    return FALSE;
  self->format = audio_format_find (fd);
  self->obstacle = audio_format_find_obstacle (self->format, fd);
  close (fd);
  if (self->status.st_size > 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "the file is empty");
  return FALSE;
}

/* TRUE: there is a genre, and it stays. */
static gboolean
keeps_genre (Song *self, const char *genre)
{
  if (!genre)
    return FALSE;
  set_text (self, "tagged", genre);
  if (self->options->force)
    return FALSE;
  set_action (self, "has-genre");
  return TRUE;
}

/* What TagLib cannot read, GStreamer may. */
static gboolean
has_genre (Song *self)
{
  g_autofree char *genre = NULL;
  g_autoptr (GError) error = NULL;
  if (!self->format || !self->format->ending)
    return FALSE;
  if (!file_tags_read_genre (self->path, self->format, &genre, &error))
    self->obstacle = "its tags cannot be read";
  return keeps_genre (self, genre);
}

/* ---- after it has been heard ---- */

/* What to write; NULL: nothing, and "action" says so. */
static const char *
decide (Song *self)
{
  const GstStructure *answer = self->hearing.answer;
  const char *label = gst_structure_get_string (answer, "genre");
  double music = 1;
  gst_structure_get_double (answer, "music", &music);
  const char *name = self->hearing.name;
  if (!label || g_str_equal (label, "unknown") || !name || music < self->options->min_music) {
    set_action (self, "unknown");
    return NULL;
  }
  name = name_map_find (self->options->names, label, name);
  set_text (self, "name", name);
  if (*name)
    return name;
  refuse (self, "the name map says that this genre is not written");
  return NULL;
}

static gboolean
is_written (const char *path, const AudioFormat *format, const char *genre, GError **error)
{
  g_autofree char *found = NULL;
  if (!file_tags_read_genre (path, format, &found, error))
    return FALSE;
  if (g_strcmp0 (found, genre) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               "what was written into its copy does not come back from there");
  return FALSE;
}

static gboolean
write_genre (Song *self, const char *genre, GError **error)
{
  const TaggerOptions *options = self->options;
  g_autoptr (Replacement) replacement =
      options->output ? replacement_new_copy (self->path, options->output, error)
                      : replacement_new (self->path, &self->status, &options->replacement, error);
  if (!replacement)
    return FALSE;
  const char *copy = replacement_get_path (replacement);
  return file_tags_write_genre (copy, self->format, genre, error) &&
         is_written (copy, self->format, genre, error) &&
         replacement_commit (replacement, NULL, error);
}

static void
finish (Song *self, const char *genre)
{
  const TaggerOptions *options = self->options;
  g_autoptr (GError) error = NULL;
  const gboolean writes = options->write || options->output;
  if (self->obstacle)
    refuse (self, self->obstacle);
  else if (!writes && replacement_is_possible (self->path, &options->replacement, &error))
    set_action (self, "would-write");
  else if (writes && write_genre (self, genre, &error))
    set_action (self, "written");
  else
    refuse (self, error->message);
}

/* ---- all of it ---- */

static gboolean
treat (Song *self, gboolean in_full, HearingAlive alive, gpointer user_data, GError **error)
{
  if (!examine (self, error))
    return FALSE;
  const gboolean several = self->obstacle && self->format && self->format->ending;
  if (has_genre (self))
    return TRUE;
  if (several) { /* what is heard of such a file is chance */
    refuse (self, self->obstacle);
    return TRUE;
  }
  alive (user_data);
  if (!hearing_run (&self->hearing, self->path, &self->options->hearing, in_full, alive, user_data,
                    error))
    return FALSE;
  alive (user_data);
  answer_json_set (self->object, self->hearing.answer);
  json_object_set_boolean_member (self->object, "excerpts", self->hearing.in_excerpts);
  if (!json_object_has_member (self->object, "tagged") &&
      keeps_genre (self, self->hearing.own_genre))
    return TRUE;
  const char *genre = decide (self);
  if (genre)
    finish (self, genre);
  return TRUE;
}

JsonObject *
tagger_treat (const TaggerOptions *self, const char *path, gboolean in_full, HearingAlive alive,
              gpointer user_data, gboolean *hangs)
{
  Song song = {.options = self, .path = path, .object = answer_json_new (path)};
  g_autoptr (GError) error = NULL;
  if (!treat (&song, in_full, alive, user_data, &error))
    set_text (&song, "error", error->message);
  *hangs |= song.hearing.hangs;
  hearing_clear (&song.hearing);
  return song.object;
}
