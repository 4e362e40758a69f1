/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "titlegate.h"

#define PACE GST_SECOND /* of sound between titles */
#define MOST_AT_ONCE 8  /* without sound between them */

/* What a stream calls its song, or what a file calls it: these come beside each other. */
typedef struct {
  char *last;         /* that went through */
  GstEvent *held;     /* the newest since, or NULL */
  GstClockTime sound; /* that came behind the last one */
  guint n_at_once;    /* of these, without sound between them */
} Scope;

/* Everything comes in order, under the pad's stream lock. */
typedef struct {
  Scope scopes[GST_TAG_SCOPE_GLOBAL + 1];
} TitleGate;

/* NULL: there is none. */
static const char *
get_title (GstEvent *event, GstTagScope *scope)
{
  GstTagList *tags = NULL;
  const char *title = NULL;
  gst_event_parse_tag (event, &tags);
  *scope = gst_tag_list_get_scope (tags);
  gst_tag_list_peek_string_index (tags, GST_TAG_TITLE, 0, &title);
  return title;
}

static void
note (Scope *self, const char *title)
{
  self->n_at_once = self->sound == 0 ? self->n_at_once + 1 : 1;
  self->sound = 0;
  g_free (self->last);
  self->last = g_strdup (title);
}

static gboolean
is_open (const Scope *self)
{
  return !self->last || self->sound >= PACE || (self->sound == 0 && self->n_at_once < MOST_AT_ONCE);
}

/* It comes by take_title() again, as one that went through. */
static void
pass_held (Scope *self, GstPad *pad)
{
  GstTagScope scope;
  GstEvent *event = g_steal_pointer (&self->held);
  if (!event)
    return;
  note (self, get_title (event, &scope));
  gst_pad_send_event (pad, event);
}

static GstPadProbeReturn
take_title (TitleGate *self, GstEvent *event)
{
  GstTagScope which;
  const char *title = get_title (event, &which);
  Scope *scope = &self->scopes[which];
  if (!title)
    return GST_PAD_PROBE_OK;
  gst_clear_event (&scope->held);
  if (g_strcmp0 (title, scope->last) == 0)
    return GST_PAD_PROBE_OK;
  if (is_open (scope)) {
    note (scope, title);
    return GST_PAD_PROBE_OK;
  }
  scope->held = gst_event_ref (event);
  return GST_PAD_PROBE_DROP;
}

/* Its titles are its own. */
static void
begin_stream (TitleGate *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->scopes); i++) {
    gst_clear_event (&self->scopes[i].held);
    g_clear_pointer (&self->scopes[i].last, g_free);
  }
}

static void
take_sound (TitleGate *self, GstPad *pad, GstBuffer *buffer)
{
  const GstClockTime duration =
      GST_BUFFER_DURATION_IS_VALID (buffer) ? GST_BUFFER_DURATION (buffer) : PACE;
  for (guint i = 0; i < G_N_ELEMENTS (self->scopes); i++) {
    if (self->scopes[i].sound >= PACE)
      pass_held (&self->scopes[i], pad);
    self->scopes[i].sound += MIN (duration, PACE);
  }
}

static GstPadProbeReturn
on_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  TitleGate *self = user_data;
  GstEvent *event = gst_pad_probe_info_get_event (info);
  if (GST_EVENT_TYPE (event) == GST_EVENT_TAG)
    return take_title (self, event);
  if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
    begin_stream (self);
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    for (guint i = 0; i < G_N_ELEMENTS (self->scopes); i++)
      pass_held (&self->scopes[i], pad);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_sound (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstBufferList *list = info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST
                            ? gst_pad_probe_info_get_buffer_list (info)
                            : NULL;
  if (!list)
    take_sound (user_data, pad, gst_pad_probe_info_get_buffer (info));
  for (guint i = 0; list && i < gst_buffer_list_length (list); i++)
    take_sound (user_data, pad, gst_buffer_list_get (list, i));
  return GST_PAD_PROBE_OK;
}

static void
title_gate_free (gpointer data)
{
  TitleGate *self = data;
  begin_stream (self);
  g_free (self);
}

void
title_gate_add (GstPad *pad)
{
  TitleGate *self = g_new0 (TitleGate, 1);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_sound,
                     self, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_event, self, title_gate_free);
}
