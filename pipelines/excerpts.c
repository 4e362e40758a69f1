/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "excerpts.h"
#include "classifieroptions.h"

#define MAX_EXCERPTS 1000
#define MAX_SECONDS 1e6
#define ENDED "excerpt-ended"

struct _Excerpts {
  GstElement *pipeline;
  GstPad *pad; /* the classifier's */
  gulong probe;
  gint n;
  GstClockTime length, duration;
  GstClockTime window; /* the classifier's; 0: all */
  gboolean started, decided, begun;
  gint current;          /* excerpt, from 0; atomic */
  gint gap_due;          /* the excerpt has not brought data yet; atomic */
  GstClockTime heard_to; /* streaming thread */
};

const char *
excerpt_options_find_fault (const ExcerptOptions *options)
{
  const char *fault = option_find_fault ("--excerpts", options->n, 0, MAX_EXCERPTS);
  return fault ? fault : option_find_fault ("--excerpt-length", options->length, 1, MAX_SECONDS);
}

/* ---- streaming thread ---- */

/* Time since the last excerpt went by unheard: otherwise its timestamps would look like a jump,
 * after which a classifier starts anew. */
static void
send_gap (Excerpts *self, GstClockTime now)
{
  if (GST_CLOCK_TIME_IS_VALID (now) && GST_CLOCK_TIME_IS_VALID (self->heard_to) &&
      now > self->heard_to)
    gst_pad_send_event (self->pad, gst_event_new_gap (self->heard_to, now - self->heard_to));
}

static void
see_buffer (Excerpts *self, GstBuffer *buffer)
{
  if (g_atomic_int_compare_and_exchange (&self->gap_due, TRUE, FALSE))
    send_gap (self, GST_BUFFER_PTS (buffer));
  self->heard_to = GST_BUFFER_PTS (buffer);
  if (GST_BUFFER_PTS_IS_VALID (buffer) && GST_BUFFER_DURATION_IS_VALID (buffer))
    self->heard_to += GST_BUFFER_DURATION (buffer);
}

/* The first excerpt begins with a flush that the classifier is to see, the last one ends with its
 * end of stream. */
static GstPadProbeReturn
see_event (Excerpts *self, GstEvent *event)
{
  const gint current = g_atomic_int_get (&self->current);
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_FLUSH_START:
  case GST_EVENT_FLUSH_STOP:
    return current > 0 ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
  case GST_EVENT_EOS:
    if (current == self->n - 1)
      return GST_PAD_PROBE_OK;
    gst_element_post_message (
        self->pipeline,
        gst_message_new_application (GST_OBJECT (self->pipeline), gst_structure_new_empty (ENDED)));
    return GST_PAD_PROBE_DROP;
  default:
    return GST_PAD_PROBE_OK;
  }
}

static gboolean
see_each (GstBuffer **buffer, guint index, gpointer user_data)
{
  see_buffer (user_data, *buffer);
  return TRUE;
}

static GstPadProbeReturn
on_arrival (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Excerpts *self = user_data;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    see_buffer (self, gst_pad_probe_info_get_buffer (info));
  else if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    gst_buffer_list_foreach (gst_pad_probe_info_get_buffer_list (info), see_each, self);
  else
    return see_event (self, gst_pad_probe_info_get_event (info));
  return GST_PAD_PROBE_OK;
}

/* ---- program ---- */

/* The middle of the current one of n equal parts. */
static gboolean
seek (Excerpts *self)
{
  const GstClockTime part = self->duration / self->n;
  const GstClockTime start = self->current * part + (part - self->length) / 2;
  return gst_element_seek (self->pipeline, 1.0, GST_FORMAT_TIME,
                           GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_SET,
                           (gint64)start, GST_SEEK_TYPE_SET, (gint64)(start + self->length));
}

static gboolean
can_seek (GstElement *pipeline)
{
  g_autoptr (GstQuery) query = gst_query_new_seeking (GST_FORMAT_TIME);
  gboolean seekable = FALSE;
  if (gst_element_query (pipeline, query))
    gst_query_parse_seeking (query, NULL, &seekable, NULL, NULL);
  return seekable;
}

static gboolean
begin (Excerpts *self)
{
  self->begun = TRUE;
  self->probe = gst_pad_add_probe (
      self->pad, GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH, on_arrival,
      self, NULL);
  return seek (self);
}

/* Once the duration is known: at preroll for most formats, a second of audio later where a parser
 * estimates it (MP3). */
static gboolean
decide (Excerpts *self)
{
  gint64 duration = 0;
  if (self->decided || !gst_element_query_duration (self->pipeline, GST_FORMAT_TIME, &duration) ||
      duration <= 0)
    return TRUE;
  self->decided = TRUE;
  if (duration / 2 / self->n < (gint64)self->length || !can_seek (self->pipeline))
    return TRUE;
  self->duration = (GstClockTime)duration;
  return begin (self);
}

static gboolean
start (Excerpts *self)
{
  if (self->started)
    return TRUE;
  self->started = TRUE;
  gboolean good = decide (self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return good;
}

static gboolean
go_on (Excerpts *self)
{
  if (g_atomic_int_get (&self->current) >= self->n - 1)
    return TRUE; /* told to stop while this message was on its way */
  g_atomic_int_inc (&self->current);
  g_atomic_int_set (&self->gap_due, TRUE);
  return seek (self);
}

gboolean
excerpts_take (Excerpts *self, GstMessage *message)
{
  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ASYNC_DONE:
    return start (self);
  case GST_MESSAGE_DURATION_CHANGED:
    return !self->started || decide (self);
  case GST_MESSAGE_APPLICATION:
    return !gst_message_has_name (message, ENDED) || go_on (self);
  default:
    return TRUE;
  }
}

gboolean
excerpts_have_begun (const Excerpts *self)
{
  return self->begun;
}

gboolean
excerpts_are_answered (const Excerpts *self, const GstStructure *answer)
{
  GstClockTime wanted = self->n * self->length, heard = 0;
  if (self->window > 0)
    wanted = MIN (wanted, self->window);
  gst_structure_get_clock_time (answer, "duration", &heard);
  return g_atomic_int_get (&self->current) == self->n - 1 &&
         g_strcmp0 (gst_structure_get_string (answer, "reason"), "eos") == 0 && heard >= wanted / 2;
}

void
excerpts_stop (Excerpts *self)
{
  g_atomic_int_set (&self->current, self->n - 1);
}

Excerpts *
excerpts_new (GstElement *pipeline, GstElement *classifier, const ExcerptOptions *options)
{
  Excerpts *self = g_new0 (Excerpts, 1);
  self->pipeline = gst_object_ref (pipeline);
  self->pad = gst_element_get_static_pad (classifier, "sink");
  self->n = options->n;
  self->length = (GstClockTime)(options->length * GST_SECOND);
  self->heard_to = GST_CLOCK_TIME_NONE;
  g_object_get (classifier, "window", &self->window, NULL);
  return self;
}

void
excerpts_free (Excerpts *self)
{
  if (!self)
    return;
  if (self->probe != 0)
    gst_pad_remove_probe (self->pad, self->probe);
  gst_object_unref (self->pad);
  gst_object_unref (self->pipeline);
  g_free (self);
}
