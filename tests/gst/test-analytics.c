/* SPDX-License-Identifier: GPL-2.0-or-later */
/* add-meta: an answer also travels with the audio, in one buffer, for those who ask; nobody else's
 * buffers are touched. */
#include "listening.h"
#include <gst/analytics/analytics.h>
#include <math.h>

/* Buffers are kept, for pull(). */
static void
begin (Listening *listening, const char *properties)
{
  listening_begin (listening, properties);
  gst_harness_set_drop_buffers (listening->harness, FALSE);
}

static GstAnalyticsRelationMeta *
get_relations (GstBuffer *buffer)
{
  return gst_buffer_get_analytics_relation_meta (buffer);
}

/* The answer, which waits for a buffer when this returns; all buffers before are pulled. (transfer
 * full) */
static GstStructure *
hear_until_answered (Listening *listening, double frequency, const char *genre)
{
  Brake brake;
  brake_pull (&brake, listening->bus);
  listening_push (listening, frequency, 3 * GST_SECOND, 3 * GST_SECOND);
  brake_wait (&brake); /* the first answer: that buffer has taken it along, or the next one does */
  listening_push (listening, frequency, 2 * GST_SECOND, GST_SECOND);
  for (guint i = 0; i < 3; i++)
    gst_buffer_unref (gst_harness_pull (listening->harness));
  brake_release (&brake);
  gst_bus_set_sync_handler (listening->bus, NULL, NULL, NULL);
  listening_expect (listening, genre, NULL);
  return listening_take (listening, genre, NULL); /* the second, from what was held up */
}

/* begin() and hear_until_answered(), of what is low. (transfer full) */
static GstStructure *
begin_and_answer (Listening *listening, const char *properties)
{
  begin (listening, properties);
  return hear_until_answered (listening, LOW, "low");
}

/* Pushes a buffer that somebody else has, too: @held. (transfer full) what comes out */
static GstBuffer *
push_held (Listening *listening, GstBuffer **held)
{
  *held = listening_make_buffer (listening, LOW, GST_SECOND / 10);
  gst_harness_push (listening->harness, gst_buffer_ref (*held));
  return gst_harness_pull (listening->harness);
}

/* Of the next buffer: that it carries nothing. */
static void
check_next_is_bare (Listening *listening, double frequency)
{
  listening_push (listening, frequency, GST_SECOND / 10, GST_SECOND / 10);
  g_autoptr (GstBuffer) buffer = gst_harness_pull (listening->harness);
  fail_unless (!get_relations (buffer));
}

/* What the one classification of @buffer says of @label. */
static double
get_level (GstBuffer *buffer, const char *label)
{
  GstAnalyticsRelationMeta *relations = get_relations (buffer);
  fail_unless (relations, "no metadata");
  gpointer state = NULL;
  GstAnalyticsClsMtd classification;
  fail_unless (gst_analytics_relation_meta_iterate (
      relations, &state, gst_analytics_cls_mtd_get_mtd_type (), &classification));
  fail_unless_equals_int (gst_analytics_cls_mtd_get_length (&classification), 2);
  const gint index =
      gst_analytics_cls_mtd_get_index_by_quark (&classification, g_quark_from_string (label));
  fail_unless (index >= 0, "no class %s", label);
  const double level = gst_analytics_cls_mtd_get_level (&classification, (gsize)index);
  GstAnalyticsClsMtd other;
  fail_unless (!gst_analytics_relation_meta_iterate (
      relations, &state, gst_analytics_cls_mtd_get_mtd_type (), &other));
  return level;
}

static double
get_probability (const GstStructure *answer, const char *label)
{
  double probability = -1;
  const GValue *all = gst_structure_get_value (answer, "probabilities");
  fail_unless (gst_structure_get_double (gst_value_get_structure (all), label, &probability));
  return probability;
}

/* @buffer says what the message says. */
static void
check_levels (GstBuffer *buffer, const GstStructure *answer)
{
  static const char *const labels[] = {"low", "high-pitched"};
  double music = -1;
  fail_unless (gst_structure_get_double (answer, "music", &music));
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    fail_unless (
        fabs (get_level (buffer, labels[i]) - get_probability (answer, labels[i]) * music) < 1e-6,
        "%s is %g in the buffer, %g in the message", labels[i], get_level (buffer, labels[i]),
        get_probability (answer, labels[i]) * music);
}

GST_START_TEST (the_next_buffer_carries_the_answer_and_no_other)
{
  Listening listening;
  g_autoptr (GstStructure) answer = begin_and_answer (&listening, "overload=wait add-meta=true");
  listening_push (&listening, LOW, GST_SECOND / 5, GST_SECOND / 10);
  g_autoptr (GstBuffer) carrier = gst_harness_pull (listening.harness);
  g_autoptr (GstBuffer) next = gst_harness_pull (listening.harness);
  check_levels (carrier, answer);
  fail_unless (get_level (carrier, "low") > 0.9);
  fail_unless (!get_relations (next));
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (what_others_hold_is_not_changed_and_audio_is_not_copied)
{
  Listening listening;
  gst_structure_free (begin_and_answer (&listening, "overload=wait add-meta=true"));
  GstBuffer *held;
  g_autoptr (GstBuffer) carrier = push_held (&listening, &held);
  fail_unless (get_relations (carrier));
  fail_unless (carrier != held && !get_relations (held));
  fail_unless (gst_buffer_peek_memory (carrier, 0) == gst_buffer_peek_memory (held, 0));
  fail_unless_equals_uint64 (GST_BUFFER_PTS (carrier), GST_BUFFER_PTS (held));
  gst_buffer_unref (held);
  g_autoptr (GstBuffer) same = push_held (&listening, &held);
  fail_unless (same == held); /* no answer waits: no copy */
  gst_buffer_unref (held);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (unasked_no_buffer_is_touched)
{
  gboolean wanted = TRUE;
  Listening listening;
  begin (&listening, "overload=wait");
  g_object_get (listening.element, "add-meta", &wanted, NULL);
  fail_unless (!wanted);
  gst_structure_free (hear_until_answered (&listening, LOW, "low"));
  GstBuffer *held;
  g_autoptr (GstBuffer) same = push_held (&listening, &held);
  fail_unless (same == held && !get_relations (held));
  gst_buffer_unref (held);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (an_answer_that_waits_when_it_is_switched_off_is_dropped)
{
  Listening listening;
  gst_structure_free (begin_and_answer (&listening, "overload=wait add-meta=true"));
  g_object_set (listening.element, "add-meta", FALSE, NULL);
  check_next_is_bare (&listening, LOW);
  g_object_set (listening.element, "add-meta", TRUE, NULL);
  check_next_is_bare (&listening, LOW);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (the_next_song_does_not_carry_the_answer_of_the_last)
{
  Listening listening;
  gst_structure_free (begin_and_answer (&listening, "overload=wait add-meta=true"));
  listening_push_stream_start (&listening, "another");
  listening_expect (&listening, "low", "stream");
  check_next_is_bare (&listening, HIGH);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (after_a_seek_nothing_of_before_is_carried)
{
  Listening listening;
  gst_structure_free (begin_and_answer (&listening, "overload=wait add-meta=true"));
  listening_seek (&listening, 60 * GST_SECOND);
  check_next_is_bare (&listening, LOW);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (without_messages_the_newest_answer_is_carried)
{
  double level = -1;
  Listening listening;
  begin (&listening, "overload=wait post-messages=false add-meta=true");
  listening_push (&listening, LOW, 3 * GST_SECOND, 3 * GST_SECOND);
  listening_push (&listening, HIGH, 8 * GST_SECOND, 8 * GST_SECOND);
  listening_wait_idle (listening.element);
  listening_push (&listening, HIGH, GST_SECOND / 10, GST_SECOND / 10);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (listening.harness);
    if (get_relations (buffer))
      level = get_level (buffer, "high-pitched");
  }
  fail_unless (level > 0.9, "%g", level); /* the last of five, of which most found no buffer */
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (what_another_element_found_stays)
{
  Listening listening;
  g_autoptr (GstStructure) answer = begin_and_answer (&listening, "overload=wait add-meta=true");
  GstBuffer *found = listening_make_buffer (&listening, LOW, GST_SECOND / 10);
  GstAnalyticsODMtd object;
  fail_unless (gst_analytics_relation_meta_add_od_mtd (
      gst_buffer_add_analytics_relation_meta (found), g_quark_from_string ("cat"), 1, 2, 3, 4, 0.5f,
      &object));
  gst_harness_push (listening.harness, found);
  g_autoptr (GstBuffer) carrier = gst_harness_pull (listening.harness);
  fail_unless_equals_int (gst_analytics_relation_get_length (get_relations (carrier)), 2);
  fail_unless (
      gst_analytics_relation_meta_get_od_mtd (get_relations (carrier), object.id, &object));
  fail_unless_equals_int (gst_analytics_od_mtd_get_obj_type (&object), g_quark_from_string ("cat"));
  check_levels (carrier, answer);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (of_a_list_the_first_buffer_carries_it)
{
  Listening listening;
  g_autoptr (GstStructure) answer = begin_and_answer (&listening, "overload=wait add-meta=true");
  GstBuffer *held = listening_make_buffer (&listening, LOW, GST_SECOND / 10);
  GstBufferList *list = gst_buffer_list_new ();
  gst_buffer_list_add (list, gst_buffer_ref (held));
  gst_buffer_list_add (list, listening_make_buffer (&listening, LOW, GST_SECOND / 10));
  gst_buffer_list_ref (list); /* somebody else's, too */
  fail_unless_equals_int (gst_pad_push_list (listening.harness->srcpad, gst_buffer_list_new ()),
                          GST_FLOW_OK); /* an empty one cannot */
  fail_unless_equals_int (gst_pad_push_list (listening.harness->srcpad, list), GST_FLOW_OK);
  g_autoptr (GstBuffer) carrier = gst_harness_pull (listening.harness);
  g_autoptr (GstBuffer) next = gst_harness_pull (listening.harness);
  check_levels (carrier, answer);
  fail_unless (!get_relations (next) && !get_relations (held));
  fail_unless (next == gst_buffer_list_get (list, 1));
  gst_buffer_list_unref (list);
  gst_buffer_unref (held);
  listening_end (&listening);
}
GST_END_TEST

GST_START_TEST (what_is_no_music_has_low_levels_only)
{
  const char *model = g_getenv ("GENRE_TEST_BACKGROUND_MODEL");
  fail_unless (model, "GENRE_TEST_BACKGROUND_MODEL is not set; run the tests with meson");
  g_autofree char *properties =
      g_strconcat ("overload=wait add-meta=true threshold=0 model=", model, NULL);
  Listening listening;
  begin (&listening, properties);
  g_autoptr (GstStructure) answer = hear_until_answered (&listening, HIGH, "unknown");
  listening_push (&listening, HIGH, GST_SECOND / 10, GST_SECOND / 10);
  g_autoptr (GstBuffer) carrier = gst_harness_pull (listening.harness);
  check_levels (carrier, answer);
  fail_unless (get_probability (answer, "high-pitched") > 0.9);
  fail_unless (get_level (carrier, "high-pitched") < 0.5);
  listening_end (&listening);
}
GST_END_TEST

int
main (int argc, char **argv)
{
  TCase *tests = tcase_create ("analytics");
  tcase_add_test (tests, the_next_buffer_carries_the_answer_and_no_other);
  tcase_add_test (tests, what_others_hold_is_not_changed_and_audio_is_not_copied);
  tcase_add_test (tests, unasked_no_buffer_is_touched);
  tcase_add_test (tests, an_answer_that_waits_when_it_is_switched_off_is_dropped);
  tcase_add_test (tests, the_next_song_does_not_carry_the_answer_of_the_last);
  tcase_add_test (tests, after_a_seek_nothing_of_before_is_carried);
  tcase_add_test (tests, without_messages_the_newest_answer_is_carried);
  tcase_add_test (tests, what_another_element_found_stays);
  tcase_add_test (tests, of_a_list_the_first_buffer_carries_it);
  tcase_add_test (tests, what_is_no_music_has_low_levels_only);
  return run_tests (tests, argc, argv);
}
