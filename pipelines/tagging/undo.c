/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "undo.h"
#include "../answerjson.h"
#include "../genrename.h"
#include "../printable.h"
#include "audioformat.h"
#include "delta.h"
#include "digest.h"
#include "filetags.h"
#include "pieces.h"
#include "tagguard.h"
#include "writeall.h"
#include "../translation.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- before a change ---- */

static gboolean
add_to_digest (const void *bytes, gsize n, gpointer user_data, GError **error)
{
  g_checksum_update (user_data, bytes, (gssize)n);
  return TRUE;
}

/* Whether what has been kept does bring the old file back. */
static gboolean
try_delta (const Change *self, int draft, SignOfLife *life, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  if (!delta_apply (self->delta, -1, draft, add_to_digest, checksum, life, error))
    return FALSE;
  if (g_str_equal (g_checksum_get_string (checksum), self->before.digest))
    return TRUE;
  g_set_error_literal (error, PASSING_ERROR, 0, N_ ("it has changed meanwhile, and is left alone"));
  return FALSE;
}

gboolean
undo_describe (Change *self, const Replacement *replacement, SignOfLife *life, GError **error)
{
  const int original = replacement_get_original (replacement);
  const int draft = replacement_get_draft (replacement);
  goffset before, after;
  self->path = g_strdup (replacement_get_source (replacement));
  file_version_set (&self->before, replacement_get_status (replacement));
  self->before.digest = digest_of_fd (original, &before, life, error);
  self->after.digest = self->before.digest ? digest_of_fd (draft, &after, life, error) : NULL;
  if (!self->after.digest)
    return FALSE;
  self->before.size = before;
  self->after.size = after;
  self->pieces = pieces_new (original, life);
  self->delta = delta_new (original, draft, life, error);
  return self->delta && try_delta (self, draft, life, error);
}

/* ---- undoing ---- */

typedef struct {
  const UndoOptions *options;
  const char *path;
  GPtrArray *changes;
  JsonObject *object;
  Replacement *replacement;
  gboolean *is_taken; /* of each change: taken back, or will be, and no other file's */
  guint n_former;     /* the last ones, which were taken back before, by whomever */
  guint undone;       /* changes that have been, byte for byte, with those */
  guint first;        /* of those whose genre is taken back: what it had before comes back */
  gboolean by_genre;
  gboolean is_changed;  /* the copy */
  gboolean is_back;     /* the file is what it would become */
  gboolean only_asks;   /* whether it is back */
  gboolean is_very;     /* the very file that was written, not another one of these bytes */
  gboolean is_anothers; /* none of the changes is this file's */
  gboolean is_denied;   /* the journal says no: another run may have been faster */
} Undo;

static void
set_text (Undo *self, const char *member, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  json_object_set_string_member (self->object, member, valid);
}

static gboolean
refuse (const char *why, GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, why);
  return FALSE;
}

static gboolean
add_to_file (const void *bytes, gsize n, gpointer user_data, GError **error)
{
  return write_all (*(const int *)user_data, bytes, n) ||
         refuse (N_ ("there is not enough memory for a copy"), error);
}

/* What it was before one change, from what it is after it. */
static gboolean
undo_one (Undo *self, const Change *change, GError **error)
{
  SignOfLife *life = self->options->replacement.life;
  int draft = replacement_make_room (change->before.size, error);
  if (draft < 0)
    return FALSE;
  g_autofree char *digest = NULL;
  if (delta_apply (change->delta, change->before.size, replacement_get_draft (self->replacement),
                   add_to_file, &draft, life, error))
    digest = digest_of_fd (draft, NULL, life, error);
  if (g_strcmp0 (digest, change->before.digest) == 0) {
    replacement_set_draft (self->replacement, draft);
    self->is_changed = TRUE;
    return TRUE;
  }
  close (draft);
  return digest ? refuse (N_ ("what the journal holds of it is damaged"), error) : FALSE;
}

/* ---- which changes are this file's ---- */

/* What has been found by its bytes is undone only if these are still the ones. */
static gboolean
is_moved (const Undo *self)
{
  const Change *newest = self->changes->pdata[0];
  return !g_str_equal (newest->path, self->path);
}

/* Files of several songs may have had one name, one after the other: of all changes under it, those
 * of this one. */
typedef enum {
  BOND_NONE,
  BOND_SOUND, /* it may be another file's that has the same sound */
  BOND_BYTES
} Bond;

typedef struct {
  GPtrArray *changes; /* the last one first */
  Bond *bonds;        /* with the file */
  gboolean *are_in;   /* the pieces of each; NULL: they have not been looked for */
  int file;
  gboolean is_moved;
  SignOfLife *life;
} Choice;

static void
choice_clear (Choice *self)
{
  g_free (self->are_in);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Choice, choice_clear)

static gboolean
has_digest (const FileVersion *version, const char *digest)
{
  return g_strcmp0 (version->digest, digest) == 0;
}

/* How well it tells what the file is now: it has made this very file, or these bytes, or has come
 * from them; 0: not at all. */
static int
rate (const Change *change, const FileVersion *now)
{
  if (has_digest (&change->after, now->digest))
    return file_version_is_same (&change->after, now) ? 3 : 2;
  return change->state != CHANGE_PASSED && has_digest (&change->before, now->digest);
}

/* The last one of those that tell it best; -1: there is none. */
static int
find_by_digest (const Choice *self, const FileVersion *now)
{
  int best = 0, found = -1;
  for (guint i = 0; i < self->changes->len; i++) {
    const int rating = rate (self->changes->pdata[i], now);
    if (rating <= best)
      continue;
    best = rating;
    found = (int)i;
  }
  return found;
}

/* In one pass, however many songs had the name. */
static void
look_for_pieces (Choice *self)
{
  g_autofree GBytes **pieces = g_new0 (GBytes *, self->changes->len);
  for (guint i = 0; i < self->changes->len; i++) {
    const Change *change = self->changes->pdata[i];
    pieces[i] = change->state != CHANGE_PASSED ? change->pieces : NULL;
  }
  self->are_in = pieces_are_in_each (pieces, self->changes->len, self->file, self->life);
}

static gboolean
is_found_in (Choice *self, guint i)
{
  if (!self->are_in)
    look_for_pieces (self);
  return self->are_in[i];
}

static int
find_by_pieces (Choice *self)
{
  for (guint i = 0; i < self->changes->len; i++)
    if (is_found_in (self, i))
      return (int)i;
  return -1;
}

/* @later begins with what @earlier has made; or two runs at once have each noted the same. */
static gboolean
is_continued (const Change *earlier, const Change *later)
{
  return has_digest (&later->before, earlier->after.digest) ||
         (has_digest (&later->after, earlier->after.digest) &&
          file_version_is_same (&later->after, &earlier->after));
}

/* The file was brought back in between, or is another one of the same bytes. */
static gboolean
begins_alike (const Change *earlier, const Change *later)
{
  return has_digest (&later->before, earlier->before.digest);
}

/* Somebody has changed it in place. */
static gboolean
is_same_inode (const Change *earlier, const Change *later)
{
  return later->before.inode == earlier->after.inode;
}

/* Of two changes, of which one, the @unknown-th, may be another file's. If the file was moved,
 * another one of the same sound may have its former name. */
static Bond
find_bond (Choice *self, const Change *earlier, const Change *later, guint unknown)
{
  const Change *change = self->changes->pdata[unknown];
  if (is_continued (earlier, later))
    return BOND_BYTES;
  if (change->state == CHANGE_PASSED || (self->is_moved && !is_same_inode (earlier, later)))
    return BOND_NONE;
  return begins_alike (earlier, later) || is_found_in (self, unknown) ? BOND_SOUND : BOND_NONE;
}

/* From one that is known on to its neighbours: what joins them is the same bytes, or, where
 * somebody has changed the file in between, the same sound. */
static void
choose_from (Choice *self, int known, Bond bond)
{
  const Change *later = self->changes->pdata[known], *earlier = later;
  Bond weakest = self->bonds[known] = bond;
  for (guint i = (guint)known + 1; i < self->changes->len; i++) {
    const Change *change = self->changes->pdata[i];
    self->bonds[i] = MIN (weakest, find_bond (self, change, later, i));
    if (self->bonds[i] == BOND_NONE)
      continue;
    weakest = self->bonds[i];
    later = change;
  }
  weakest = bond;
  for (int i = known - 1; i >= 0; i--) {
    const Change *change = self->changes->pdata[i];
    self->bonds[i] = MIN (weakest, find_bond (self, earlier, change, (guint)i));
    if (self->bonds[i] == BOND_NONE)
      continue;
    weakest = self->bonds[i];
    earlier = change;
  }
}

/* Others' are forgotten; those that came later than the one that made the file what it is, @exact,
 * are taken back already. */
static void
keep_own (Undo *self, const Choice *choice, int exact)
{
  GPtrArray *own = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  g_free (self->is_taken);
  self->is_taken = g_new0 (gboolean, self->changes->len);
  self->undone = 0;
  for (guint i = 0; i < self->changes->len; i++) {
    if (choice->bonds[i] == BOND_NONE)
      continue;
    self->is_taken[own->len] = choice->bonds[i] == BOND_BYTES;
    g_ptr_array_add (own, g_steal_pointer (&self->changes->pdata[i]));
    self->undone += (int)i < exact;
  }
  self->n_former = self->undone;
  g_ptr_array_unref (self->changes);
  self->changes = own;
}

static gboolean
lacks_pieces (const GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++) {
    const Change *change = changes->pdata[i];
    if (!change->pieces || g_bytes_get_size (change->pieces) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
refuse_others (Undo *self, GError **error)
{
  self->is_anothers = TRUE;
  if (is_moved (self))
    return refuse (N_ ("it is not what genre-tag has made of it any more: it is left alone"),
                   error);
  return refuse (lacks_pieces (self->changes)
                     ? N_ ("somebody has changed it since, and whether it is still the same song, "
                           "the journal cannot tell: it is left alone")
                     : N_ ("another file has this name now: it is left alone"),
                 error);
}

/* Whoever sets its time, or changes the mode, does not make it another file. */
static gboolean
is_very (const Change *change, const FileVersion *now)
{
  return has_digest (&change->after, now->digest) && change->after.inode == now->inode;
}

/* FALSE: none is this file's, or an error. What was moved is known by its bytes alone. */
static gboolean
choose_changes (Undo *self, int file, const struct stat *status, GError **error)
{
  SignOfLife *life = self->options->replacement.life;
  g_autofree Bond *bonds = g_new0 (Bond, self->changes->len);
  g_auto (Choice) choice = {self->changes, bonds, NULL, file, is_moved (self), life};
  g_autofree char *digest = digest_of_fd (file, NULL, life, error);
  FileVersion now = {.digest = digest};
  if (!digest)
    return FALSE;
  file_version_set (&now, status);
  const int exact = find_by_digest (&choice, &now);
  const int known = exact >= 0 || choice.is_moved ? exact : find_by_pieces (&choice);
  if (known < 0)
    return refuse_others (self, error);
  choose_from (&choice, known, exact >= 0 ? BOND_BYTES : BOND_SOUND);
  self->is_anothers = FALSE;
  self->is_very = exact >= 0 && is_very (self->changes->pdata[exact], &now);
  keep_own (self, &choice, exact);
  return TRUE;
}

/* ---- taking them back ---- */

/* As many changes as nobody has come in between. Where the file is what it was before one, that has
 * been taken back otherwise, or two runs at once have each noted the same. */
static gboolean
undo_exactly (Undo *self, GError **error)
{
  for (; self->undone < self->changes->len; self->undone++) {
    const Change *change = self->changes->pdata[self->undone];
    g_autofree char *digest = digest_of_fd (replacement_get_draft (self->replacement), NULL,
                                            self->options->replacement.life, error);
    if (!digest)
      return FALSE;
    if (g_strcmp0 (digest, change->before.digest) == 0)
      continue;
    if (!change->delta || g_strcmp0 (digest, change->after.digest) != 0)
      return TRUE;
    if (!undo_one (self, change, error))
      return FALSE;
    self->is_taken[self->undone] = TRUE;
  }
  return TRUE;
}

static const AudioFormat *
find_format (const Undo *self, GError **error)
{
  const int draft = replacement_get_draft (self->replacement);
  const AudioFormat *format = audio_format_find (draft);
  const char *obstacle = audio_format_find_obstacle (format, draft);
  if (obstacle)
    refuse (obstacle, error);
  return obstacle ? NULL : format;
}

/* Into the draft, in which changes may have been taken back already: it is not the file that tells
 * what must stay. */
static gboolean
bring_back (Undo *self, const AudioFormat *format, const char *genre, GError **error)
{
  const int before = replacement_copy_draft (self->replacement, error);
  if (before < 0)
    return FALSE;
  const char *draft = replacement_get_path (self->replacement);
  self->is_changed = TRUE;
  const gboolean done =
      file_tags_write_genre (draft, format, genre, error) &&
      tag_guard_keep (format, before, replacement_get_draft (self->replacement), genre, error) &&
      file_tags_have_genre (draft, format, genre, error);
  close (before);
  return done;
}

/* A blank is none. */
static gboolean
is_same_genre (const char *genre, const char *other)
{
  genre = genre && g_utf8_validate (genre, -1, NULL) && genre_name_is_blank (genre) ? NULL : genre;
  return g_strcmp0 (genre, other) == 0;
}

/* It may not have come about, or has not: another genre tells that. */
static gboolean
is_in_vain (const Change *self, const char *genre)
{
  return (self->state == CHANGE_LOST || self->state == CHANGE_INTENDED) &&
         g_strcmp0 (genre, self->genre) != 0;
}

/* The last one of those that are left which may have made @genre. */
static guint
find_last (const Undo *self, const char *genre)
{
  for (guint i = self->undone; i < self->changes->len; i++)
    if (!is_in_vain (self->changes->pdata[i], genre))
      return i;
  return self->undone;
}

/* The first one before @last after which no genre came that is not ours. */
static guint
find_first (const Undo *self, guint last)
{
  guint first = last;
  for (guint i = last + 1; i < self->changes->len; i++) {
    const Change *earlier = self->changes->pdata[i], *later = self->changes->pdata[first];
    if (!is_continued (earlier, later) && is_in_vain (earlier, later->genre_before))
      continue;
    if (!is_continued (earlier, later) && !is_same_genre (earlier->genre, later->genre_before))
      break;
    first = i;
  }
  return first;
}

static void
take (Undo *self, guint last)
{
  for (guint i = last; i <= self->first; i++)
    self->is_taken[i] = TRUE;
}

/* Somebody has changed the file: what they did stays, and so does a genre that is not ours. If that
 * was before later changes, which have been taken back exactly, there is nothing more to do; nor if
 * they have brought the former genre back. */
static gboolean
undo_genre (Undo *self, GError **error)
{
  const char *draft = replacement_get_path (self->replacement);
  const AudioFormat *format = find_format (self, error);
  g_autofree char *genre = NULL;
  if (!format || !file_tags_read_genre (draft, format, &genre, error))
    return FALSE;
  const guint last = find_last (self, genre);
  const Change *newest = self->changes->pdata[last];
  const guint index = find_first (self, last);
  const Change *first = self->changes->pdata[index];
  const gboolean is_ours = g_strcmp0 (genre, newest->genre) == 0;
  if (!is_ours && self->undone > 0)
    return TRUE;
  if (!is_ours && !is_same_genre (genre, first->genre_before))
    return refuse (N_ ("somebody has changed it since, and its genre: it is left alone"), error);
  self->by_genre = TRUE;
  self->first = index;
  if (!is_ours)
    return TRUE;
  take (self, last);
  if (self->undone == 0)
    set_text (self, "tagged", genre);
  if (first->n_genres_before > 1)
    return refuse (
        N_ ("somebody has changed it since, and it had several genres before, which cannot "
            "be brought back one by one: it is left alone"),
        error);
  return bring_back (self, format, first->genre_before, error);
}

/* The last change that has been taken back, of which the file is what it was before. */
static const Change *
get_last (const Undo *self)
{
  if (self->by_genre)
    return self->changes->pdata[self->first];
  guint i = self->undone - 1;
  while (i > 0 && !self->is_taken[i])
    i--;
  return self->changes->pdata[i];
}

/* None in a file that is back already: what was written may be elsewhere. */
static gboolean
is_taken (const Undo *self, guint i)
{
  return !self->is_back && self->is_taken[i] &&
         i < (self->by_genre ? self->first + 1 : self->undone);
}

static JsonArray *
list_ids (const Undo *self, gboolean (*belongs) (const Undo *self, guint i))
{
  JsonArray *ids = json_array_new ();
  for (guint i = 0; i < self->changes->len; i++)
    if (belongs (self, i))
      json_array_add_int_element (ids, ((const Change *)self->changes->pdata[i])->id);
  return ids;
}

/* Nobody needs it any more. What was taken back in another file than the one that was written may
 * be needed for that, wherever it is. */
static gboolean
is_done_with (const Undo *self, guint i)
{
  return is_taken (self, i) && self->is_very && i >= self->n_former;
}

static gboolean
is_passed_over (const Undo *self, guint i)
{
  return !is_done_with (self, i);
}

static gboolean
intend (Undo *self, GError **error)
{
  g_autoptr (JsonObject) intent = json_object_new ();
  g_autoptr (Change) target = change_new ();
  target->path = g_strdup (self->path);
  target->after.digest = digest_of_fd (replacement_get_draft (self->replacement),
                                       &target->after.size, self->options->replacement.life, error);
  if (!target->after.digest)
    return FALSE;
  json_object_set_array_member (intent, "undo", list_ids (self, is_taken));
  json_object_set_object_member (intent, "target", change_to_json (target));
  return self->options->intend (intent, self->options->user_data, error);
}

/* Of a time that the journal cannot hold, it is known only that it was kept: the file has it still.
 */
static void
bring_time_back (Undo *self, gint64 time)
{
  if (time == FILE_VERSION_FIRST_TIME || time == FILE_VERSION_LAST_TIME)
    replacement_keep_time (self->replacement);
  else
    replacement_set_time (self->replacement, time);
}

static gboolean
has_kept_time (const Undo *self)
{
  gboolean kept_time = !self->by_genre;
  for (guint i = 0; i < self->undone; i++)
    kept_time &= !self->is_taken[i] || ((const Change *)self->changes->pdata[i])->kept_time;
  return kept_time;
}

/* The journal, what the file is now. */
static void
tell (Undo *self, const struct stat *status)
{
  g_autoptr (Change) now = change_new ();
  now->path = g_strdup (self->path);
  file_version_set (&now->after, status);
  JsonObject *members = json_object_new ();
  json_object_set_array_member (members, "undone", list_ids (self, is_done_with));
  json_object_set_array_member (members, "passed", list_ids (self, is_passed_over));
  json_object_set_object_member (members, "now", change_to_json (now));
  json_object_set_object_member (self->object, "journal", members);
}

static gboolean
replace (Undo *self, GError **error)
{
  struct stat status;
  if (has_kept_time (self))
    bring_time_back (self, get_last (self)->before.mtime);
  self->is_denied = !intend (self, error);
  if (self->is_denied || !replacement_commit (self->replacement, &status, error))
    return FALSE;
  tell (self, &status);
  return TRUE;
}

/* Another run has taken it back, or a person by hand. */
static gboolean
is_back (const Undo *self)
{
  const struct stat *status = replacement_get_status (self->replacement);
  return !self->is_changed &&
         (!has_kept_time (self) || file_version_time (status) == get_last (self)->before.mtime);
}

static gboolean
finish (Undo *self, GError **error)
{
  self->is_back = is_back (self);
  if (!self->is_back && self->only_asks)
    return refuse (N_ ("it has changed meanwhile, and is left alone"), error);
  if (!self->is_back)
    return self->options->look || replace (self, error);
  if (!self->options->look)
    tell (self, replacement_get_status (self->replacement));
  return TRUE;
}

static void
tell_of_move (Undo *self)
{
  const Change *newest = self->changes->pdata[0];
  g_autofree char *from = printable (newest->path);
  if (is_moved (self))
    set_text (self, "moved-from", from);
}

static void
tell_genres (Undo *self)
{
  const Change *newest = self->changes->pdata[MIN (self->undone, self->changes->len - 1)];
  const Change *oldest = self->changes->pdata[self->changes->len - 1];
  set_text (self, "tagged", newest->genre);
  set_text (self, "name", oldest->genre_before);
}

/* Whether the file is what it was before all its changes. */
static gboolean
is_original (Undo *self, int file, const struct stat *status)
{
  if (!choose_changes (self, file, status, NULL))
    return FALSE;
  tell_genres (self);
  const Change *oldest = self->changes->pdata[self->changes->len - 1];
  g_autofree char *digest = digest_of_fd (file, NULL, self->options->replacement.life, NULL);
  if (!digest || !has_digest (&oldest->before, digest))
    return FALSE;
  self->undone = self->changes->len;
  return !has_kept_time (self) || file_version_time (status) == oldest->before.mtime;
}

/* Of a file that cannot be replaced (it is read-only, or has several names), nothing has to be. */
static gboolean
is_back_untouched (Undo *self)
{
  struct stat status;
  const int fd = person_file_open (self->path, &status, NULL);
  self->is_back = fd >= 0 && is_original (self, fd, &status);
  if (fd >= 0)
    close (fd);
  if (!self->is_back)
    return FALSE;
  tell_of_move (self);
  if (!self->options->look)
    tell (self, &status);
  return TRUE;
}

static gboolean
undo (Undo *self, GError **error)
{
  g_autoptr (GError) fault = NULL;
  self->replacement = replacement_new (self->path, NULL, &self->options->replacement, &fault);
  if (!self->replacement && is_back_untouched (self))
    return TRUE;
  if (!self->replacement) {
    g_propagate_error (error, g_steal_pointer (&fault));
    return FALSE;
  }
  tell_of_move (self);
  if (!choose_changes (self, replacement_get_draft (self->replacement),
                       replacement_get_status (self->replacement), error))
    return FALSE;
  tell_genres (self);
  if (!undo_exactly (self, error) ||
      (self->undone < self->changes->len && !undo_genre (self, error)))
    return FALSE;
  set_text (self, "name", get_last (self)->genre_before); /* somebody else's, perhaps */
  return finish (self, error);
}

/* Another run may have been faster. */
static gboolean
is_back_by_now (Undo *self)
{
  g_clear_pointer (&self->replacement, replacement_free);
  self->by_genre = self->is_changed = FALSE;
  self->only_asks = TRUE;
  return undo (self, NULL);
}

static GPtrArray *
read_changes (JsonObject *known)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func ((GDestroyNotify)change_free);
  JsonArray *array = known && json_object_has_member (known, "changes")
                         ? json_object_get_array_member (known, "changes")
                         : NULL;
  for (guint i = 0; array && i < json_array_get_length (array); i++) {
    Change *change = change_from_json (json_array_get_object_element (array, i));
    if (change)
      g_ptr_array_add (changes, change);
  }
  return changes;
}

static const char *
get_action (const Undo *self)
{
  static const char *const actions[2][2] = {{"restored", "genre-restored"},
                                            {"would-restore", "would-restore-genre"}};
  return self->is_back ? "restored-already" : actions[self->options->look][self->by_genre];
}

JsonObject *
undo_treat (const UndoOptions *options, const char *path, JsonObject *known)
{
  Undo self = {.options = options,
               .path = path,
               .changes = read_changes (known),
               .object = answer_json_new (path)};
  g_autoptr (GError) error = NULL;
  const gboolean undone = known && json_object_has_member (known, "undone");
  if (undone && self.changes->len == 0) {
    set_text (&self, "action", "restored-already");
  } else if (self.changes->len == 0) {
    set_text (&self, "error", N_ ("nothing of it is left to undo"));
  } else if (undo (&self, &error) ||
             ((error->domain == PASSING_ERROR || self.is_denied) && is_back_by_now (&self))) {
    set_text (&self, "action", get_action (&self));
  } else if (undone && self.is_anothers) {
    set_text (&self, "action", "restored-already");
  } else {
    set_text (&self, "action", "refused");
    set_text (&self, "obstacle", error->message);
  }
  replacement_free (self.replacement);
  g_ptr_array_unref (self.changes);
  g_free (self.is_taken);
  return self.object;
}

/* ---- on its way ---- */

JsonObject *
undo_to_json (GPtrArray *changes, gboolean undone)
{
  JsonObject *object = json_object_new ();
  if (undone)
    json_object_set_boolean_member (object, "undone", TRUE);
  JsonArray *array = json_array_new ();
  for (guint i = 0; i < changes->len; i++)
    json_array_add_object_element (array, change_to_json (changes->pdata[i]));
  json_object_set_array_member (object, "changes", array);
  return object;
}
