/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder.h"
#include "digest.h"
#include "../jsonline.h"
#include "recovery.h"
#include "undo.h"
#include "../translation.h"

struct _Recorder {
  Journal *journal;
  char *hearing; /* NULL: not known, nothing is remembered */
  gboolean rehear;
  gboolean is_needed;   /* files are changed only as long as the journal works */
  GHashTable *intended; /* path: Change, while a worker is at it */
  GHashTable *undoing;  /* path: Change, "after" of which is what the file is to become */
  gboolean is_broken;   /* the journal has failed */
};

/* ---- what a hearing depends on ---- */

/* The built-in model is a part of the plugin. */
static char *
find_model (const HearingOptions *hearing)
{
  if (hearing->model)
    return g_strdup (hearing->model);
  g_autoptr (GstPluginFeature) feature =
      gst_registry_find_feature (gst_registry_get (), "genreclassify", GST_TYPE_ELEMENT_FACTORY);
  g_autoptr (GstPlugin) plugin = feature ? gst_plugin_feature_get_plugin (feature) : NULL;
  return plugin ? g_strdup (gst_plugin_get_filename (plugin)) : NULL;
}

/* Which model hears, and how: "sha256:... excerpts=3x11"; NULL if the model cannot be read. */
static char *
describe_hearing (const HearingOptions *hearing)
{
  g_autofree char *model = find_model (hearing);
  g_autofree char *digest = model ? digest_of_file (model, NULL) : NULL;
  if (!digest)
    return NULL;
  if (hearing->excerpts.n == 0)
    return g_strdup_printf ("sha256:%s whole", digest);
  return g_strdup_printf ("sha256:%s excerpts=%dx%g", digest, hearing->excerpts.n,
                          hearing->excerpts.length);
}

/* ---- making one, and its end ---- */

static void
free_change (gpointer data)
{
  change_free (data);
}

Recorder *
recorder_new (Journal *journal, const HearingOptions *hearing, gboolean rehear, gboolean is_needed)
{
  Recorder *self = g_new0 (Recorder, 1);
  self->journal = journal;
  self->rehear = rehear;
  self->is_needed = is_needed;
  self->hearing = journal ? describe_hearing (hearing) : NULL;
  self->intended = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_change);
  self->undoing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_change);
  return self;
}

void
recorder_free (Recorder *self)
{
  if (!self)
    return;
  journal_free (self->journal);
  g_hash_table_unref (self->intended);
  g_hash_table_unref (self->undoing);
  g_free (self->hearing);
  g_free (self);
}

/* ---- before ---- */

JsonObject *
recorder_find_heard (Recorder *self, const char *path)
{
  FileVersion version;
  g_autofree char *answer = NULL;
  if (!self->journal || !self->hearing || self->rehear ||
      !journal_find (self->journal, path, self->hearing, &version, &answer))
    return NULL;
  JsonObject *heard = json_line_parse (answer);
  if (!heard)
    return NULL;
  JsonObject *known = json_object_new (), *members = json_object_new ();
  json_object_set_int_member (members, "size", version.size);
  json_object_set_int_member (members, "mtime", version.mtime);
  json_object_set_int_member (members, "inode", version.inode);
  json_object_set_object_member (known, "version", members);
  json_object_set_object_member (known, "heard", heard);
  return known;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const Change *first = *(const Change *const *)a, *second = *(const Change *const *)b;
  return (first->id < second->id) - (first->id > second->id);
}

/* What another run has begun to undo is still to be undone, by whoever is faster: that one may be
 * killed, or refused. Whoever undoes a file that was moved notes where it is. */
static GPtrArray *
find_changes (const Recorder *self, const char *path, const char *from)
{
  GPtrArray *changes = journal_find_undoable (self->journal, from, NULL);
  if (!changes || g_str_equal (path, from))
    return changes;
  g_autoptr (GPtrArray) begun = journal_find_changes (self->journal, path, CHANGE_UNDOING, NULL);
  if (begun)
    g_ptr_array_extend_and_steal (changes, g_steal_pointer (&begun));
  g_ptr_array_sort (changes, compare_ids);
  return changes;
}

static gboolean
is_any_left (const GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++)
    if (((const Change *)changes->pdata[i])->state != CHANGE_PASSED)
      return TRUE;
  return FALSE;
}

static gboolean
is_taken_back (const Recorder *self, const char *path)
{
  return journal_count_changes (self->journal, path, CHANGE_UNDONE) > 0 ||
         journal_count_changes (self->journal, path, CHANGE_PASSED) > 0;
}

JsonObject *
recorder_find_changes (Recorder *self, const char *path, const char *from)
{
  g_autoptr (GPtrArray) changes = find_changes (self, path, from);
  if (!changes)
    return NULL;
  const gboolean undone = !is_any_left (changes) && is_taken_back (self, path);
  return undo_to_json (changes, undone);
}

gboolean
recorder_is_broken (const Recorder *self)
{
  return self->is_broken;
}

/* A decoder may have written over a worker's memory before the worker speaks. */
static gboolean
refuse_words (GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                       N_ ("its process says what nobody understands"));
  return FALSE;
}

/* TRUE: the journal has done what it was told. If not, the next time it is not waited for as long:
 * what holds it up may go on doing so with each file. */
static gboolean
check (Recorder *self, gboolean done)
{
  self->is_broken |= !done;
  journal_set_patient (self->journal, done || self->is_needed);
  return done;
}

/* Of changes; NULL: one of them cannot be. */
static GArray *
read_ids (JsonObject *object, const char *member)
{
  JsonArray *array = json_line_get_array (object, member);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; array && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);
    const gint64 id =
        json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : 0;
    if (id <= 0)
      return NULL;
    g_array_append_val (ids, id);
  }
  return g_steal_pointer (&ids);
}

static Change *
read_change (JsonObject *object, const char *member)
{
  JsonObject *members = json_line_get_object (object, member);
  return members ? change_from_json (members) : NULL;
}

static gboolean
intend_undo (Recorder *self, JsonObject *intent, GError **error)
{
  g_autoptr (Change) target = read_change (intent, "target");
  g_autoptr (GArray) ids = read_ids (intent, "undo");
  if (!target || !target->after.digest || !ids || ids->len == 0)
    return refuse_words (error);
  g_autoptr (GError) fault = NULL;
  const gboolean good =
      journal_intend_undo (self->journal, ids, target->path, &target->after, &fault);
  if (!check (self, good || g_error_matches (fault, G_FILE_ERROR, G_FILE_ERROR_AGAIN)) || !good) {
    g_propagate_error (error, g_steal_pointer (&fault));
    return FALSE;
  }
  g_hash_table_replace (self->undoing, g_strdup (target->path), target);
  g_steal_pointer (&target);
  return TRUE;
}

gboolean
recorder_intend (Recorder *self, JsonObject *intent, GError **error)
{
  if (self->is_broken) {
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                         N_ ("the journal cannot be used any more"));
    return FALSE;
  }
  if (json_object_has_member (intent, "undo"))
    return intend_undo (self, intent, error);
  g_autoptr (Change) change = change_from_json (intent);
  if (!change || !change->before.digest || !change->after.digest)
    return refuse_words (error);
  if (!check (self, journal_intend (self->journal, change, error)))
    return FALSE;
  g_hash_table_replace (self->intended, g_strdup (change->path), change);
  g_steal_pointer (&change);
  return TRUE;
}

/* ---- after ---- */

/* What is in the way of certainty is looked at: a process that has failed may have got further than
 * it could say. One that says it has not written knows that, whoever has changed the file. */
static gboolean
conclude (Recorder *self, const char *path, const Change *now, gboolean written, gboolean tells,
          GError **error)
{
  Change *change = g_hash_table_lookup (self->intended, path);
  ChangeState state = CHANGE_WRITTEN;
  if (!change)
    return TRUE;
  const OpenChange open = {
      .change = change, .state = CHANGE_INTENDED, .run = journal_get_run (self->journal)};
  gboolean good = written && now ? journal_conclude (self->journal, change->id, CHANGE_WRITTEN,
                                                     &now->after, error)
                                 : recovery_settle (self->journal, &open, &state, error);
  if (good && !written && tells && state == CHANGE_LOST)
    good = journal_conclude (self->journal, change->id, CHANGE_ABANDONED, NULL, error);
  g_hash_table_remove (self->intended, path);
  return good;
}

/* Undoing that was refused after it was intended, or whose process has died, may be tried again.
 * What another run has taken over is left to it. */
static gboolean
settle_undo (Recorder *self, const char *path, GError **error)
{
  const Change *target = g_hash_table_lookup (self->undoing, path);
  if (!target)
    return TRUE;
  g_autoptr (GPtrArray) changes = journal_find_changes (self->journal, path, CHANGE_UNDOING, error);
  gboolean good = changes != NULL;
  for (guint i = 0; good && i < changes->len; i++) {
    const OpenChange open = {.change = changes->pdata[i],
                             .state = CHANGE_UNDOING,
                             .run = journal_get_run (self->journal),
                             .undo_digest = target->after.digest};
    ChangeState state;
    good = recovery_settle (self->journal, &open, &state, error);
  }
  g_hash_table_remove (self->undoing, path);
  return check (self, good);
}

static gboolean
conclude_undo (Recorder *self, JsonObject *told, const Change *now, GError **error)
{
  g_autoptr (GArray) ids = read_ids (told, "undone");
  g_autoptr (GArray) passed = read_ids (told, "passed");
  if (!ids || !passed || ids->len + passed->len == 0 || !now)
    return refuse_words (error);
  gboolean good = TRUE;
  for (guint i = 0; good && i < ids->len; i++)
    good = journal_conclude (self->journal, g_array_index (ids, gint64, i), CHANGE_UNDONE,
                             &now->after, error);
  for (guint i = 0; good && i < passed->len; i++)
    good = journal_pass_over (self->journal, g_array_index (passed, gint64, i), error);
  return check (self, good);
}

static gboolean
put (Recorder *self, const char *path, JsonObject *object, JsonObject *told, const Change *now,
     const char *fault, gboolean is_copy, GError **error)
{
  g_autoptr (GDateTime) time = g_date_time_new_now_utc ();
  g_autofree char *text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");
  g_autofree char *answer = NULL;
  const gboolean from_journal = object && json_object_has_member (object, "from") &&
                                !(told && json_object_has_member (told, "revised"));
  JsonObject *heard = told ? json_line_get_object (told, "heard") : NULL;
  if (heard && now && !from_journal)
    answer = json_line_new (heard);
  JournalEntry entry = {.path = path,
                        .time = text,
                        .action = "failed",
                        .fault = fault,
                        .answer = self->hearing ? answer : NULL,
                        .hearing = answer ? self->hearing : NULL};
  if (now)
    entry.version = now->after;
  if (object) {
    const char *action = json_line_get_text (object, "action");
    entry.action = action ? action : "failed";
    entry.fault = json_line_get_text (object, "error");
    if (!entry.fault)
      entry.fault = json_line_get_text (object, "obstacle");
    entry.tagged = json_line_get_text (object, "tagged");
  }
  entry.is_passing = told && json_object_has_member (told, "passing");
  if (is_copy && g_str_equal (entry.action, "written"))
    entry.action = "copied";
  return journal_put (self->journal, &entry, error);
}

gboolean
recorder_has_begun (const Recorder *self)
{
  return !self->journal || g_hash_table_size (self->intended) > 0 ||
         g_hash_table_size (self->undoing) > 0;
}

gboolean
recorder_settle (Recorder *self, const char *path, GError **error)
{
  g_autofree char *real = self->journal ? journal_path_of (path) : NULL;
  return !self->journal || (check (self, conclude (self, real, NULL, FALSE, FALSE, error)) &&
                            settle_undo (self, path, error));
}

gboolean
recorder_take (Recorder *self, const char *path, JsonObject *object, const char *fault,
               gboolean is_copy, GError **error)
{
  g_autoptr (JsonObject) told = NULL;
  const gboolean tells = object && json_object_has_member (object, "journal");
  if (tells) {
    JsonObject *members = json_line_get_object (object, "journal");
    told = members ? json_object_ref (members) : NULL;
    json_object_remove_member (object, "journal");
  }
  if (!self->journal)
    return TRUE;
  if (object && !tells) /* a look at undoing, or nothing came of it */
    return settle_undo (self, path, error);
  g_autoptr (Change) now = told ? read_change (told, "now") : NULL;
  const gboolean understood = !tells || (told && (now || !json_object_has_member (told, "now")));
  g_autofree char *real = now ? g_strdup (now->path) : journal_path_of (path);
  const gboolean written =
      object && g_strcmp0 (json_line_get_text (object, "action"), "written") == 0;
  if (self->is_broken && self->is_needed) { /* the next run will find out, unless this works */
    conclude (self, real, now, written, object != NULL, NULL);
    return TRUE;
  }
  if (!check (self, put (self, real, object, told, now, fault, is_copy, error) &&
                        conclude (self, real, now, written, object != NULL, error)))
    return FALSE;
  if (!understood)
    return refuse_words (error);
  if (!told || !json_object_has_member (told, "undone"))
    return settle_undo (self, path, error);
  g_hash_table_remove (self->undoing, path);
  return conclude_undo (self, told, now, error);
}
