/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the element's tests share: an element in a harness, sounds to push, messages to read.
 *
 * To its element a harness is live: overload=auto drops there.
 *
 * The model of these tests (make-test-model.c) hears "low" in a tone of LOW Hz and "high-pitched"
 * in one of HIGH Hz; a segment lasts SEGMENT, one begins every STEP. */
#pragma once
#include <gst/audio/audio.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#define LOW 220.0
#define HIGH 6000.0
#define MODEL_RATE 22050
#define SEGMENT ((GstClockTime)43 * 512 * GST_SECOND / MODEL_RATE)
#define STEP ((GstClockTime)22 * 512 * GST_SECOND / MODEL_RATE)

typedef struct {
  GstHarness *harness;
  GstElement *element;
  GstBus *bus;
  GstAudioInfo info;
  GstClockTime position; /* timestamp of the next buffer */
  guint64 sample;        /* phase of the next buffer's sound */
} Listening;

/* min-window and interval 2 s, window 4 s; @properties: "name=value ..." as in gst-launch, or NULL.
 */
void listening_begin (Listening *listening, const char *properties);
void listening_set_caps (Listening *listening, const char *caps);
void listening_end (Listening *listening);

/* One property, parsed from text. */
void listening_set (GstElement *element, const char *properties);
GstElement *listening_make_element (const char *properties);

/* @frequency 0: silence. The buffer continues where the last one ended. */
GstBuffer *listening_make_buffer (Listening *listening, double frequency, GstClockTime duration);
GstFlowReturn listening_push (Listening *listening, double frequency, GstClockTime duration,
                              GstClockTime buffer_duration);
void listening_push_tags (Listening *listening, const char *tags);
void listening_push_eos (Listening *listening);
void listening_push_stream_start (Listening *listening, const char *id);
void listening_seek (Listening *listening, GstClockTime position);

/* The next message of our element, or NULL if there is none within @timeout. (transfer full) */
GstStructure *listening_pop (Listening *listening, GstClockTime timeout);
GstStructure *listening_pop_from (GstBus *bus, GstClockTime timeout);
/* Asserts that there is one, of genre @genre, final because of @reason (NULL: not final). (transfer
 * full) */
GstStructure *listening_take (Listening *listening, const char *genre, const char *reason);
void listening_expect (Listening *listening, const char *genre, const char *reason);
void listening_expect_nothing (Listening *listening);
/* Waits until nothing is pending, as far as stats tell. */
void listening_wait_idle (GstElement *element);

void check_answer (const GstStructure *answer, const char *genre, const char *reason);
guint64 get_time (const GstStructure *answer, const char *field);
guint64 get_stat (GstElement *element, const char *field);
guint count_workers (void); /* threads of this process that listen */
#define assert_time_near(actual, expected, tolerance)                                              \
  fail_unless (ABS (GST_CLOCK_DIFF ((expected), (actual))) <= (gint64)(tolerance),                 \
               #actual " is %" GST_TIME_FORMAT ", expected %" GST_TIME_FORMAT,                     \
               GST_TIME_ARGS (actual), GST_TIME_ARGS (expected))
const char *test_model (void);

/* Holds the worker up in its next message, so that audio stays pending. After a long while it lets
 * go by itself: what waits for the worker, and should not, goes on and can be told. */
typedef struct {
  GMutex lock;
  GCond cond;
  gboolean held, reached;
} Brake;

void brake_pull (Brake *brake, GstBus *bus);
void brake_wait (Brake *brake); /* until the worker is held */
gboolean brake_is_held (Brake *brake);
gpointer brake_release (gpointer brake); /* of the type of a thread's function */

/* Runs @tests as a program's one suite; returns its exit status. */
int run_tests (TCase *tests, int argc, char **argv);
