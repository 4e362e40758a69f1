/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listen.h"
#include <check.h>
#include <gst/gst.h>

char *
test_data_path (const char *name)
{
  const char *folder = g_getenv ("GENRE_TEST_DATA");
  return g_build_filename (folder ? folder : GENRE_TEST_DATA_DEFAULT, name, NULL);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(char *const *)a, *(char *const *)b);
}

static void
add_files (GPtrArray *files, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      add_files (files, path);
    else if (g_str_has_suffix (name, ".flac"))
      g_ptr_array_add (files, g_steal_pointer (&path));
  }
}

GPtrArray *
test_sound_files (void)
{
  g_autofree char *folder = test_data_path ("clips");
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return NULL;
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  add_files (files, folder);
  g_ptr_array_sort (files, compare_paths);
  return files;
}

static gboolean
take_message (GstMessage *message, const char *path, char **genre)
{
  const GstStructure *said = gst_message_get_structure (message);
  gboolean final = FALSE;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;
    gst_message_parse_error (message, &error, NULL);
    ck_abort_msg ("%s: %s", path, error->message);
  }
  if (gst_message_has_name (message, "genreclassify") &&
      gst_structure_get_boolean (said, "final", &final) && final) {
    ck_assert_msg (!*genre, "%s: two final messages", path);
    *genre = g_strdup (gst_structure_get_string (said, "genre"));
  }
  return GST_MESSAGE_TYPE (message) != GST_MESSAGE_EOS;
}

char *
test_listen (const char *path, const char *between, const char *model)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_strdup_printf (
      "filesrc name=source ! decodebin ! %s genreclassify name=listener threshold=0 ! fakesink",
      between);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  ck_assert_msg (!error, "%s", error ? error->message : "");
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstElement) listener = gst_bin_get_by_name (GST_BIN (pipeline), "listener");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  char *genre = NULL;
  g_object_set (source, "location", path, NULL);
  g_object_set (listener, "model", model ? model : "", NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (gboolean going = TRUE; going;) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
        bus, 60 * GST_SECOND, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    ck_assert_msg (message, "%s: nothing for a minute", path);
    going = take_message (message, path, &genre);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return genre;
}
