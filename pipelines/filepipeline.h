/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pipeline that hears a file: only the audio in it is decoded, at full speed, and nothing is ever
 * shown. With playbin a film under the name of a song would be decoded, or brought up on a screen.
 *
 *   uridecodebin -> classifier -> fakesink
 *
 * And any pipeline, started and stopped by threads of their own, for either may hang in a state
 * change, and a program that waits for it hangs as well. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* Of several audio streams the first is heard; of several songs one after the other (Ogg), all.
 * Without any, an error comes on the bus. @classifier is taken. (transfer full) */
GstElement *file_pipeline_new (const char *uri, GstElement *classifier, GError **error);

/* Before it is started: nothing in it asks its source for another place. A server that sends from
 * the beginning only does not say so before that fails. */
void file_pipeline_forbid_seeking (GstElement *pipeline);

/* The same, through the loudspeakers. */
GstElement *file_player_new (const char *uri, GstElement *classifier, GError **error);
/* Any element; @remedy is what to do if there is none. (transfer floating) */
GstElement *pipeline_make_element (const char *factory, const char *remedy, GError **error);
/* Takes any audio. (transfer floating) */
GstElement *pipeline_make_loudspeaker (GError **error);

/* The first audio of any decodebin or uridecodebin goes to @classifier, and what follows it.
 * Without any, an error comes on the bus; so does one if it is a list of addresses
 * (decoderguard.h). */
void pipeline_connect_decoder (GstElement *decoder, GstElement *classifier);

/* Called with what gst_element_set_state() returned, in another thread; a failure if the pipeline
 * was stopped before. */
typedef void (*PipelineStarted) (GstStateChangeReturn result, gpointer user_data);

/* Returns at once. @started, which may be NULL, is called unless the pipeline hangs; @user_data is
 * released with @destroy after that. */
void pipeline_start (GstElement *pipeline, GstState state, PipelineStarted started,
                     gpointer user_data, GDestroyNotify destroy);
/* The end of the stream, from a thread of its own, which may hang with the pipeline. */
void pipeline_send_end (GstElement *pipeline);
/* To NULL, for good; FALSE if that has not come about after some seconds. Then nothing that the
 * pipeline uses may be freed, and only _exit() ends the program for certain. */
gboolean pipeline_stop (GstElement *pipeline);

G_END_DECLS
