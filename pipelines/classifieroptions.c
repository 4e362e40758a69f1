/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "classifieroptions.h"
#include "filepipeline.h"
#include "printable.h"
#include "translation.h"

#define LONGEST_TIME (24 * 3600) /* s; the element's own (gstgenreclassify.c) */
#define LEAST_INTERVAL 0.1       /* s */

/* The comparisons are such that NaN is a fault. */
const char *
option_find_fault (const char *option, double value, double least, double most)
{
  if (value >= least && value <= most)
    return NULL;
  g_autofree char *text =
      g_strdup_printf (_ ("%s is %.15g, expected %.15g to %.15g"), option, value, least, most);
  return g_intern_string (text); /* the program ends with it */
}

const char *
option_find_fault_if_set (const char *option, double value, double least, double most)
{
  return value == OPTION_UNSET ? NULL : option_find_fault (option, value, least, most);
}

const char *
option_find_first (const char *const *faults, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (faults[i])
      return faults[i];
  return NULL;
}

const char *
option_find_fault_of_file (const char *option, const char *path)
{
  g_autofree char *text = NULL, *shown = printable (path);
  if (*path == '\0')
    text = g_strdup_printf (_ ("%s is empty, expected the name of a file"), option);
  else if (g_file_test (path, G_FILE_TEST_EXISTS) && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    text = g_strdup_printf (_ ("%s is %s, expected a file, not a folder, pipe or device"), option,
                            shown);
  return text ? g_intern_string (text) : NULL; /* the program ends with it */
}

const char *
classifier_options_find_fault (const ClassifierOptions *options)
{
  const char *const faults[] = {
      option_find_fault_if_set ("--window", options->window, 0, LONGEST_TIME),
      option_find_fault_if_set ("--interval", options->interval, LEAST_INTERVAL, LONGEST_TIME),
      option_find_fault_if_set ("--min-window", options->min_window, 0, LONGEST_TIME),
      option_find_fault_if_set ("--threshold", options->threshold, 0, 1),
  };
  return option_find_first (faults, G_N_ELEMENTS (faults));
}

void
classifier_options_hurry (ClassifierOptions *options)
{
  if (options->interval < 0)
    options->interval = 1;
  if (options->min_window < 0)
    options->min_window = 5;
  if (options->window < 0)
    options->window = 10;
}

static void
set_time (GstElement *classifier, const char *property, double seconds)
{
  if (seconds >= 0)
    g_object_set (classifier, property, (guint64)(seconds * GST_SECOND), NULL);
}

GstElement *
classifier_options_make (const ClassifierOptions *options, GError **error)
{
  GstElement *classifier = pipeline_make_element (
      "genreclassify", N_ ("is GST_PLUGIN_PATH the folder of libgstgenreclassify.so?"), error);
  if (!classifier)
    return NULL;
  set_time (classifier, "window", options->window);
  set_time (classifier, "interval", options->interval);
  set_time (classifier, "min-window", options->min_window);
  if (options->threshold >= 0)
    g_object_set (classifier, "threshold", options->threshold, NULL);
  if (options->model)
    g_object_set (classifier, "model", options->model, NULL);
  return classifier;
}

gboolean
classifier_options_check (const ClassifierOptions *options, GstStructure **genres, GError **error)
{
  *genres = NULL;
  GstElement *classifier = classifier_options_make (options, error);
  if (!classifier)
    return FALSE;
  gst_object_ref_sink (classifier);
  g_autoptr (GstBus) bus = gst_bus_new ();
  gst_element_set_bus (classifier, bus);
  const gboolean good =
      gst_element_set_state (classifier, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE;
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  if (message)
    gst_message_parse_error (message, error, NULL);
  else if (!good)
    g_set_error_literal (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED, N_ ("genreclassify fails"));
  else
    g_object_get (classifier, "genres", genres, NULL);
  gst_element_set_state (classifier, GST_STATE_NULL);
  gst_element_set_bus (classifier, NULL);
  gst_object_unref (classifier);
  return good;
}
