/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hearing.h"
#include "../filepath.h"
#include "../filepipeline.h"
#include "../watchdog.h"
#include "../translation.h"
#include "remote.h"
#include "signoflife.h"
#include <gst/pbutils/pbutils.h>

#define LOOK (GST_SECOND / 2)

/* One pass over the file. */
typedef struct {
  Hearing *result;
  const HearingOptions *options;
  const char *path;
  gboolean cannot_seek; /* its server sends from the beginning only */
  GstElement *pipeline, *classifier;
  Watchdog *watchdog;
  Excerpts *excerpts; /* NULL: all of it is heard */
  gint64 last;        /* monotonic time at which something came */
  char *missing;      /* what GStreamer lacks to hear it, or NULL */
  SignOfLife life;
} Pass;

static GstElement *
make_classifier (const HearingOptions *options, GError **error)
{
  GstElement *classifier = pipeline_make_element (
      "genreclassify", N_ ("is GST_PLUGIN_PATH the folder of libgstgenreclassify.so?"), error);
  if (!classifier)
    return NULL;
  /* one answer for the whole song, and our opinion also where the file has one */
  g_object_set (classifier, "window", G_GUINT64_CONSTANT (0), "forced", TRUE, NULL);
  if (options->threshold >= 0)
    g_object_set (classifier, "threshold", options->threshold, NULL);
  if (options->model)
    g_object_set (classifier, "model", options->model, NULL);
  return classifier;
}

/* Streaming thread, before any message about it: what the file says of itself goes in. */
static GstPadProbeReturn
on_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstEvent *event = gst_pad_probe_info_get_event (info);
  if (GST_EVENT_TYPE (event) != GST_EVENT_TAG)
    return GST_PAD_PROBE_OK;
  GstTagList *tags;
  const char *genre = NULL;
  gst_event_parse_tag (event, &tags);
  const guint n = gst_tag_list_get_tag_size (tags, GST_TAG_GENRE);
  if (gst_tag_list_peek_string_index (tags, GST_TAG_GENRE, 0, &genre) && *genre) {
    GstElement *classifier = user_data;
    gst_element_post_message (
        classifier,
        gst_message_new_application (GST_OBJECT (classifier),
                                     gst_structure_new ("own-genre", "genre", G_TYPE_STRING, genre,
                                                        "n", G_TYPE_UINT, n, NULL)));
  }
  return GST_PAD_PROBE_OK;
}

static gboolean
pass_begin (Pass *self, gboolean in_full, GError **error)
{
  g_autofree char *uri =
      remote_is (self->path) ? g_strdup (self->path) : file_path_to_uri (self->path, error);
  self->classifier = uri ? make_classifier (self->options, error) : NULL;
  if (!self->classifier)
    return FALSE;
  gst_object_ref_sink (self->classifier);
  self->pipeline = file_pipeline_new (uri, self->classifier, error);
  if (!self->pipeline)
    return FALSE;
  if (self->cannot_seek)
    file_pipeline_forbid_seeking (self->pipeline);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->classifier, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, self->classifier, NULL);
  self->watchdog = watchdog_new (self->classifier);
  if (!in_full && self->options->excerpts.n > 0)
    self->excerpts = excerpts_new (self->pipeline, self->classifier, &self->options->excerpts);
  self->last = g_get_monotonic_time ();
  gst_element_set_state (self->pipeline, self->excerpts ? GST_STATE_PAUSED : GST_STATE_PLAYING);
  return TRUE;
}

/* What a pipeline that hangs may still use is left to it. */
static void
pass_end (Pass *self)
{
  g_clear_pointer (&self->missing, g_free);
  if (self->pipeline && !pipeline_stop (self->pipeline)) {
    self->result->hangs = TRUE;
    return;
  }
  g_clear_pointer (&self->watchdog, watchdog_free);
  g_clear_pointer (&self->excerpts, excerpts_free);
  g_clear_object (&self->pipeline);
  g_clear_object (&self->classifier);
}

static void
take_tags (Pass *self, GstMessage *message)
{
  g_autoptr (GstTagList) tags = NULL;
  char *genre;
  if (GST_MESSAGE_SRC (message) != GST_OBJECT (self->classifier))
    return;
  gst_message_parse_tag (message, &tags);
  if (gst_tag_list_get_string_index (tags, GST_TAG_GENRE, 0, &genre)) {
    g_free (self->result->name);
    self->result->name = genre;
  }
}

/* The first one is the reason of what follows. */
static void
take_missing (Pass *self, GstMessage *message)
{
  g_autofree char *what = gst_missing_plugin_message_get_description (message);
  if (!self->missing)
    self->missing = g_strdup_printf (N_ ("GStreamer lacks a plugin: %s"), what);
}

static void
take_message (Pass *self, GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  if (gst_message_has_name (message, "genreclassify")) {
    g_clear_pointer (&self->result->answer, gst_structure_free);
    self->result->answer = gst_structure_copy (structure);
  } else if (gst_message_has_name (message, "own-genre")) {
    guint n = 0;
    gst_structure_get_uint (structure, "n", &n);
    self->result->n_own_genres = MAX (self->result->n_own_genres, n);
    g_free (self->result->own_genre);
    self->result->own_genre = g_strdup (gst_structure_get_string (structure, "genre"));
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_TAG) {
    take_tags (self, message);
  } else if (gst_is_missing_plugin_message (message)) {
    take_missing (self, message);
  }
}

/* Why there is nothing to hear, if more is known than GStreamer's error says; or NULL. */
static char *
find_reason (const Pass *self)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->classifier, "sink");
  if (gst_pad_is_linked (pad))
    return NULL;
  return self->missing ? g_strdup (self->missing)
                       : remote_find_fault (self->path, self->options->patience);
}

/* FALSE. @fault: taken; what is known better is said instead. Without @error afterwards: it is
 * worth another pass, without seeking. */
static gboolean
fail (Pass *self, GError *fault, GError **error)
{
  g_autoptr (GError) local = fault;
  if (!self->cannot_seek && remote_is (self->path) &&
      g_error_matches (fault, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SEEK)) {
    self->cannot_seek = TRUE;
    return FALSE;
  }
  g_autofree char *reason = find_reason (self);
  g_set_error_literal (error, fault->domain, fault->code, reason ? reason : fault->message);
  return FALSE;
}

/* FALSE: excerpts bring nothing more. */
static gboolean
look (Pass *self)
{
  const gint64 now = g_get_monotonic_time ();
  if (watchdog_saw_something (self->watchdog)) {
    sign_of_life (&self->life);
    self->last = now;
  }
  return !self->excerpts || !excerpts_have_begun (self->excerpts) ||
         now - self->last < self->options->patience * G_TIME_SPAN_SECOND;
}

/* Until the end or an error; FALSE without @error: it cannot be heard in this way. */
static gboolean
follow (Pass *self, GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  for (gint64 looked = 0;;) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (bus, LOOK);
    if (g_get_monotonic_time () - looked >= G_TIME_SPAN_SECOND / 2) {
      looked = g_get_monotonic_time ();
      if (!look (self))
        return FALSE;
    }
    if (!message)
      continue;
    if (self->excerpts && !excerpts_take (self->excerpts, message))
      return FALSE;
    take_message (self, message);
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
      GError *fault = NULL;
      gst_message_parse_error (message, &fault, NULL);
      return fail (self, fault, error);
    }
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
      return TRUE;
  }
}

/* FALSE without @error: excerpts were wanted, but cannot be had, or the server cannot seek. */
static gboolean
hear_once (Pass *self, gboolean in_full, GError **error)
{
  if (!pass_begin (self, in_full, error))
    return FALSE;
  g_autoptr (GError) local = NULL;
  const gboolean done = follow (self, &local);
  const GstStructure *answer = self->result->answer;
  self->result->in_excerpts = self->excerpts && excerpts_have_begun (self->excerpts);
  if (self->result->in_excerpts)
    return done && answer && excerpts_are_answered (self->excerpts, answer);
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  else if (done && !answer)
    fail (self,
          g_error_new (GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "%s", N_ ("no audio in it")),
          error);
  return done && answer;
}

static void
forget (Hearing *self)
{
  g_clear_pointer (&self->answer, gst_structure_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->own_genre, g_free);
  self->n_own_genres = 0;
}

gboolean
hearing_run (Hearing *self, const char *path, const HearingOptions *options, gboolean in_full,
             HearingAlive alive, gpointer user_data, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean done = FALSE, cannot_seek = FALSE;
  while (!done && !local) {
    Pass pass = {.result = self,
                 .options = options,
                 .path = path,
                 .cannot_seek = cannot_seek,
                 .life = {.say = alive, .user_data = user_data}};
    forget (self);
    alive (user_data);
    done = hear_once (&pass, in_full, &local);
    cannot_seek = pass.cannot_seek;
    in_full = TRUE;
    pass_end (&pass);
  }
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return done;
}

void
hearing_clear (Hearing *self)
{
  forget (self);
}
