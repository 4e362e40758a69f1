/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/labels.h"
#include <string.h>
#include "support.h"

static const struct {
  const char *folder, *label, *name;
} folders[] = {
    {"blues", "blues", "Blues"},
    {"hiphop", "hiphop", "Hip-Hop"},
    {"Hip-Hop", "hip-hop", "Hip-Hop"},
    {"Drum & Bass", "drum-bass", "Drum & Bass"},
    {"drum & bass", "drum-bass", "Drum & Bass"},
    {"deep-house", "deep-house", "Deep-House"},
    {"world_music", "world_music", "World Music"},
    {"Música  Électrónica ", "musica-electronica", "Música  Électrónica "},
    {"ROCK", "rock", "ROCK"},
    {" (jazz)", "jazz", " (jazz)"},
    {"r\xffock", "r-ock", "r\xef\xbf\xbdock"},
    {"80s", "genre-80s", "80s"},
    {"日本", "genre-cf2abf0c", "日本"},
    {"Русский рок", "genre-3cdbf946", "Русский рок"},
    {"---", "genre-cb3f91d5", "---"},
    {"_x", "genre-_x", " X"},
};

START_TEST (folder_names_become_labels_and_display_names)
{
  g_autofree char *label = genre_label_from_folder (folders[_i].folder);
  g_autofree char *name = genre_label_display_name (folders[_i].folder);
  ck_assert_str_eq (label, folders[_i].label);
  ck_assert (genre_label_is_valid (label));
  ck_assert_str_eq (name, folders[_i].name);
}
END_TEST

START_TEST (a_collision_names_both_folders)
{
  const char *const both[] = {"Drum & Bass", "rock", "drum-bass"};
  GError *error = NULL;
  ck_assert (!genre_labels_check ("ROOT", both, 3, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "ROOT", "\"Drum & Bass\"", "\"drum-bass\"");
  ck_assert (genre_labels_check ("ROOT", both, 2, &error));
}
END_TEST

START_TEST (a_reserved_name_is_refused)
{
  const char *const reserved[] = {"rock", "Unknown"};
  GError *error = NULL;
  ck_assert (!genre_labels_check ("ROOT", reserved, 2, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "\"Unknown\"", "reserved");
}
END_TEST

START_TEST (folders_in_any_letters_are_genres)
{
  const char *const folders_of_the_world[] = {"日本", "موسيقى", "Русский рок", "80s", "rock"};
  ck_assert (genre_labels_check ("ROOT", folders_of_the_world, 5, NULL));
}
END_TEST

START_TEST (a_model_holds_256_genres_and_no_more)
{
  g_autoptr (GPtrArray) many = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < 257; i++)
    g_ptr_array_add (many, g_strdup_printf ("genre%u", i));
  GError *error = NULL;
  ck_assert (genre_labels_check ("ROOT", (const char *const *)many->pdata, 256, &error));
  ck_assert (!genre_labels_check ("ROOT", (const char *const *)many->pdata, 257, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "257", "256");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("labels");
  tcase_add_loop_test (tests, folder_names_become_labels_and_display_names, 0,
                       G_N_ELEMENTS (folders));
  tcase_add_test (tests, a_collision_names_both_folders);
  tcase_add_test (tests, a_reserved_name_is_refused);
  tcase_add_test (tests, folders_in_any_letters_are_genres);
  tcase_add_test (tests, a_model_holds_256_genres_and_no_more);
  return test_run ("labels", tests);
}
