/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/dataset.h"
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "data/levels.h"
#include "frontendjson.h"
#include "support.h"

static GenreDataset *
load (const char *folder)
{
  g_autoptr (GError) error = NULL;
  GenreDataset *dataset = genre_dataset_load (folder, &error);
  ck_assert_msg (dataset, "%s", !error ? "" : error->message);
  return dataset;
}

static TestFolder *
two_genres (void)
{
  TestFolder *folder = test_folder_new ();
  test_write_clip (folder, "rock/rock.00001.npy", 20, 9);
  test_write_clip (folder, "rock/rock.00000.npy", 30, 255);
  test_write_clip (folder, "Jazz Fusion/j.1.npy", 40, 7);
  return folder;
}

static const GenreClip *
clip_at (const GenreDataset *dataset, guint i)
{
  return dataset->clips->pdata[i];
}

/* Of the list with this @text. */
static GPtrArray *
select_clips (const char *folder, GenreDataset *dataset, const char *text)
{
  g_autofree char *list = test_path (folder, "list");
  test_write (folder, "list", text, -1);
  return genre_dataset_select (dataset, list, NULL);
}

START_TEST (clips_come_sorted_by_label_and_stem)
{
  g_autoptr (TestFolder) folder = two_genres ();
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert_uint_eq (dataset->n_labels, 2);
  ck_assert_str_eq (dataset->labels[0], "jazz-fusion");
  ck_assert_str_eq (dataset->display_names[0], "Jazz Fusion");
  ck_assert_ptr_null (dataset->labels[2]);
  ck_assert_uint_eq (dataset->clips->len, 3);
  ck_assert_str_eq (clip_at (dataset, 0)->stem, "j.1");
  ck_assert_str_eq (clip_at (dataset, 1)->stem, "rock.00000");
  ck_assert_uint_eq (clip_at (dataset, 1)->label, 1);
  ck_assert_uint_eq (clip_at (dataset, 1)->n_frames, 30);
  ck_assert_int_eq (clip_at (dataset, 1)->levels[30 * 128 - 1], 255);
  ck_assert_uint_eq (dataset->problems->len, 0);
}
END_TEST

START_TEST (levels_are_decibels_under_the_loudest)
{
  ck_assert_float_eq_tol (GENRE_LEVEL_DB (255), 0, 1e-5);
  ck_assert_float_eq_tol (GENRE_LEVEL_DB (0), -80, 1e-5);
}
END_TEST

START_TEST (float_clips_become_levels_of_the_same_decibels)
{
  g_autoptr (TestFolder) folder = two_genres ();
  float decibels[128];
  for (guint i = 0; i < 128; i++)
    decibels[i] = 12.5f - (float)i; /* loudest 12.5 */
  test_write_npy (folder, "rock/f.npy",
                  "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 128), }", decibels,
                  sizeof decibels);
  g_autoptr (GenreDataset) dataset = load (folder);
  const GenreClip *clip = clip_at (dataset, 1);
  ck_assert_str_eq (clip->stem, "f");
  for (guint i = 0; i < 128; i++)
    ck_assert_float_eq_tol (GENRE_LEVEL_DB (clip->levels[i]), MAX (-(float)i, -80), 0.16);
}
END_TEST

static void
write_floats (const char *folder, const char *name, const float values[128])
{
  test_write_npy (folder, name, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 128), }",
                  values, 128 * sizeof *values);
}

/* Linear power, one wild value or a wrong offset: models would be learnt from them without a word.
 */
START_TEST (floats_that_cannot_be_decibels_are_named_and_skipped)
{
  g_autoptr (TestFolder) folder = two_genres ();
  float power[128], wild[128], far[128], deep[128];
  for (guint i = 0; i < 128; i++) {
    power[i] = (float)i / 127;
    wild[i] = deep[i] = -(float)i;
    far[i] = 2000 - (float)i;
  }
  wild[5] = 1e30f;
  deep[5] = -1e30f;
  write_floats (folder, "rock/power.npy", power);
  write_floats (folder, "rock/wild.npy", wild);
  write_floats (folder, "rock/far.npy", far);
  write_floats (folder, "rock/deep.npy", deep);
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert_uint_eq (dataset->clips->len, 4);
  ck_assert_uint_eq (dataset->problems->len, 3);
  ck_assert (test_has_problem (dataset, "rock/power.npy", "between 0 and 1"));
  ck_assert (test_has_problem (dataset, "rock/wild.npy", "loudest value is 1e+30"));
  ck_assert (test_has_problem (dataset, "rock/far.npy", "loudest value is 2000"));
  ck_assert_str_eq (clip_at (dataset, 1)->stem, "deep"); /* what stands for no sound at all */
  ck_assert_uint_eq (clip_at (dataset, 1)->levels[5], 0);
  ck_assert_uint_eq (clip_at (dataset, 1)->levels[0], 255);
}
END_TEST

/* In whatever number its decibels end: log10 (0 + 1e-10), or a stand-in. */
START_TEST (silence_is_a_clip)
{
  static const float floors[] = {0, -100, -1e30f, -80.0001f};
  g_autoptr (TestFolder) folder = two_genres ();
  float values[128];
  for (guint i = 0; i < 128; i++)
    values[i] = floors[_i];
  if (floors[_i] == -80.0001f)
    values[7] = -80;
  write_floats (folder, "rock/f.npy", values);
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert_uint_eq (dataset->problems->len, 0);
  ck_assert_str_eq (clip_at (dataset, 1)->stem, "f");
}
END_TEST

START_TEST (broken_clips_are_named_and_skipped)
{
  g_autoptr (TestFolder) folder = two_genres ();
  float nan_values[128] = {NAN};
  test_write (folder, "rock/broken.npy", "no numbers", -1);
  test_write (folder, "rock/notes.txt", "hello", -1);
  test_write_clip (folder, "rock/empty.npy", 0, 0);
  test_write_npy (folder, "rock/narrow.npy",
                  "{'descr': '|u1', 'fortran_order': False, 'shape': (128, 1), }", nan_values, 128);
  test_write_npy (folder, "rock/nan.npy",
                  "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 128), }", nan_values, 512);
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert_uint_eq (dataset->clips->len, 3);
  ck_assert_uint_eq (dataset->problems->len, 5);
  ck_assert (test_has_problem (dataset, "rock/broken.npy", "magic"));
  ck_assert (test_has_problem (dataset, "rock/notes.txt", "not a .npy"));
  ck_assert (test_has_problem (dataset, "rock/empty.npy", "0 frames"));
  ck_assert (test_has_problem (dataset, "rock/narrow.npy", "1 bands"));
  ck_assert (test_has_problem (dataset, "rock/nan.npy", "not finite"));
}
END_TEST

START_TEST (hidden_files_are_nobodys_business)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write (folder, "rock/.DS_Store", "x", -1);
  test_write (folder, ".cache/x", "x", -1);
  test_write (folder, "README", "x", -1);
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert_uint_eq (dataset->problems->len, 0);
  ck_assert_uint_eq (dataset->n_labels, 2);
}
END_TEST

START_TEST (an_empty_genre_is_left_out_and_said)
{
  g_autoptr (TestFolder) folder = two_genres ();
  g_free (test_path (folder, "silence/x"));
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert_uint_eq (dataset->n_labels, 2);
  ck_assert (test_has_problem (dataset, "silence", "left out"));
}
END_TEST

START_TEST (one_genre_is_not_enough)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  test_write_clip (folder, "rock/a.npy", 20, 9);
  test_write (folder, "jazz/b.npy", "broken", -1);
  GError *error = NULL;
  ck_assert_ptr_null (genre_dataset_load (folder, &error));
  test_assert_error (error, GENRE_ERROR_DATA, folder, "\"rock\"", "two", "b.npy");
}
END_TEST

START_TEST (no_genre_is_an_error)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  GError *error = NULL;
  ck_assert_ptr_null (genre_dataset_load (folder, &error));
  test_assert_error (error, GENRE_ERROR_DATA, folder, "no genre");
  ck_assert_ptr_null (genre_dataset_load ("/nonexistent", &error));
  test_assert_error (error, GENRE_ERROR_IO, "/nonexistent");
}
END_TEST

START_TEST (colliding_folders_are_refused)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "jazz-fusion/x.npy", 20, 9);
  GError *error = NULL;
  ck_assert_ptr_null (genre_dataset_load (folder, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "\"Jazz Fusion\"", "\"jazz-fusion\"");
}
END_TEST

START_TEST (the_label_unknown_is_refused)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "UNKNOWN/x.npy", 20, 9);
  GError *error = NULL;
  ck_assert_ptr_null (genre_dataset_load (folder, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "\"UNKNOWN\"", "reserved");
}
END_TEST

START_TEST (stems_of_two_genres_are_told_apart)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "rock/01.npy", 20, 1);
  test_write_clip (folder, "Jazz Fusion/01.npy", 20, 2);
  g_autoptr (GenreDataset) dataset = load (folder);
  g_autoptr (GPtrArray) clips =
      select_clips (folder, dataset, "music/Jazz Fusion/01.mp3\nrock/01.mp3\n");
  ck_assert_uint_eq (clips->len, 2);
  ck_assert_str_eq (((GenreClip *)clips->pdata[0])->stem, "jazz-fusion/01");
  ck_assert_int_eq (((GenreClip *)clips->pdata[0])->levels[0], 2);
  ck_assert_int_eq (((GenreClip *)clips->pdata[1])->levels[0], 1);
}
END_TEST

START_TEST (a_broken_clip_is_not_taken_for_its_namesake)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write (folder, "rock/01.npy", "broken", -1);
  test_write (folder, "Pop/02.npy", "broken", -1);
  test_write_clip (folder, "Jazz Fusion/01.npy", 20, 2);
  test_write_clip (folder, "Jazz Fusion/02.npy", 20, 2);
  g_autoptr (GenreDataset) dataset = load (folder);
  g_autoptr (GPtrArray) clips =
      select_clips (folder, dataset, "music/rock/01.wav\npop/02\nJazz Fusion/01.wav\n");
  ck_assert_uint_eq (clips->len, 1);
  ck_assert_str_eq (((GenreClip *)clips->pdata[0])->stem, "01");
  ck_assert (test_has_problem (dataset, "2 entries in another genre than the one named",
                               "rock/01.wav (jazz-fusion), pop/02 (jazz-fusion)"));
}
END_TEST

START_TEST (what_is_elsewhere_or_in_several_places_is_said_to_be)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "rock/01.npy", 20, 1);
  test_write_clip (folder, "Jazz Fusion/01.npy", 20, 2);
  test_write (folder, "artists.tsv", "clip\tartist\n01\tSomebody\nrock/01\tSomebody\n", -1);
  g_autofree char *path = test_path (folder, "artists.tsv");
  g_autoptr (GenreDataset) dataset = load (folder);
  g_autoptr (GPtrArray) clips = select_clips (
      folder, dataset, "jazz-fusion/rock.00000.npy\nmusic/01.wav\n01\ngone\nrock/01\n");
  ck_assert_uint_eq (clips->len, 1);
  ck_assert (test_has_problem (dataset, "1 entry not in the data set", "gone"));
  ck_assert (test_has_problem (dataset, "1 entry in another genre than the one named",
                               "jazz-fusion/rock.00000.npy (rock)"));
  ck_assert (test_has_problem (dataset, "2 entries in several genres",
                               "music/01.wav (jazz-fusion, rock), 01 (jazz-fusion, rock)"));
  ck_assert (genre_dataset_load_artists (dataset, path, NULL));
  ck_assert (test_has_problem (dataset, "1 entry in several genres", "01 (jazz-fusion, rock)"));
}
END_TEST

START_TEST (lists_match_by_stem_and_count_what_they_skip)
{
  g_autoptr (TestFolder) folder = two_genres ();
  g_autoptr (GenreDataset) dataset = load (folder);
  g_autoptr (GPtrArray) clips =
      select_clips (folder, dataset,
                    "\xef\xbb\xbf# test\r\n\r\nrock/rock.00000.wav\r\nj.1\nother/rock.00000.mp3\n"
                    "gone/a.wav\ngone/b.wav\nrock/\n");
  ck_assert_uint_eq (clips->len, 2);
  ck_assert_str_eq (((GenreClip *)clips->pdata[0])->stem, "rock.00000");
  ck_assert_str_eq (((GenreClip *)clips->pdata[1])->stem, "j.1");
  ck_assert (test_has_problem (dataset, "2 entries not in the data set", "gone/a.wav, gone/b.wav"));
  ck_assert (test_has_problem (dataset, "1 entry listed before", "other/rock.00000.mp3"));
  ck_assert (test_has_problem (dataset, "1 entry without a file name", "rock/"));
}
END_TEST

/* Of two versions one may be broken or gone: whoever takes the other one for it says so. */
START_TEST (what_is_behind_a_dot_may_belong_to_the_name)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "rock/song.npy", 20, 1);
  test_write_clip (folder, "rock/tune.npy", 20, 1);
  test_write_clip (folder, "rock/air.npy", 20, 1);
  test_write (folder, "rock/air.v2.npy", "broken", -1);
  g_autoptr (GenreDataset) dataset = load (folder);
  g_autoptr (GPtrArray) clips = select_clips (
      folder, dataset,
      "rock/song.v2\nsong.v2.wav\nj.1.AU\nSong. 2\ntune.WebM\nrock/tune.v2\nrock/air.v2\n");
  ck_assert_uint_eq (clips->len, 3);
  ck_assert_str_eq (((GenreClip *)clips->pdata[0])->stem, "song");
  ck_assert_str_eq (((GenreClip *)clips->pdata[1])->stem, "j.1");
  ck_assert_str_eq (((GenreClip *)clips->pdata[2])->stem, "tune");
  ck_assert (test_has_problem (dataset, "1 entry found only by what is before the last dot",
                               "rock/song.v2 (song)"));
  ck_assert (test_has_problem (dataset, "3 entries not in the data set",
                               "song.v2.wav, Song. 2, rock/air.v2"));
  ck_assert (test_has_problem (dataset, "1 entry listed before", "rock/tune.v2"));
}
END_TEST

/* Music may end in anything that can be decoded. */
START_TEST (any_ending_may_be_that_of_music)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "rock/plain.npy", 20, 1);
  test_write_clip (folder, "rock/other.npy", 20, 1);
  test_write (folder, "artists.tsv", "clip\tartist\nplain.v2\tSomebody\nrock/other.mpga\tElse\n",
              -1);
  g_autofree char *path = test_path (folder, "artists.tsv");
  g_autoptr (GenreDataset) dataset = load (folder);
  g_autoptr (GPtrArray) clips = select_clips (folder, dataset, "rock/plain.v2\nother.mpga\n");
  ck_assert_uint_eq (clips->len, 2);
  ck_assert (genre_dataset_load_artists (dataset, path, NULL));
  ck_assert_str_eq (((GenreClip *)clips->pdata[0])->artist, "Somebody");
  ck_assert_str_eq (((GenreClip *)clips->pdata[1])->artist, "Else");
  ck_assert (test_has_problem (dataset, "artists.tsv: 1 entry found only by what is before",
                               "plain.v2 (plain)"));
}
END_TEST

/* In whatever order: another version's artist is not the song's. */
START_TEST (an_entry_that_names_a_clip_goes_before_a_guess)
{
  static const char *const tables[] = {
      "clip\tartist\nsong.v2\tElse\nsong.flac\tSomebody\ntune.v2\tElse\ntune\t\n",
      "clip\tartist\nsong.flac\tSomebody\nsong.v2\tElse\ntune\t\ntune.v2\tElse\n"};
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    g_autoptr (TestFolder) folder = two_genres ();
    test_write_clip (folder, "rock/song.npy", 20, 1);
    test_write_clip (folder, "rock/tune.npy", 20, 1);
    test_write (folder, "artists.tsv", tables[i], -1);
    g_autofree char *path = test_path (folder, "artists.tsv");
    g_autoptr (GenreDataset) dataset = load (folder);
    g_autoptr (GPtrArray) clips = select_clips (folder, dataset, "song\ntune\n");
    ck_assert (genre_dataset_load_artists (dataset, path, NULL));
    ck_assert_str_eq (((GenreClip *)clips->pdata[0])->artist, "Somebody");
    ck_assert_ptr_null (((GenreClip *)clips->pdata[1])->artist);
  }
}
END_TEST

START_TEST (a_list_of_nothing_is_an_error)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write (folder, "list", "gone.wav\n", -1);
  test_write (folder, "binary", "\xff\xfe\x00", 3);
  g_autofree char *list = test_path (folder, "list"), *binary = test_path (folder, "binary");
  g_autoptr (GenreDataset) dataset = load (folder);
  GError *error = NULL;
  ck_assert_ptr_null (genre_dataset_select (dataset, list, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "list", "no clip");
  ck_assert_ptr_null (genre_dataset_select (dataset, binary, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "binary", "UTF-8");
  ck_assert_ptr_null (genre_dataset_select (dataset, "/nonexistent", &error));
  test_assert_error (error, GENRE_ERROR_IO, "/nonexistent");
}
END_TEST

START_TEST (artists_are_filled_in)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write (folder, "artists.tsv",
              "clip\tartist\ttitle\nrock.00000\tQueen\tA\nj.1.wav\t\tunknown\ngone\tX\tY\n"
              "rock.00000\tOther\tB\nrock.00001\n",
              -1);
  g_autofree char *path = test_path (folder, "artists.tsv");
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert (genre_dataset_load_artists (dataset, path, NULL));
  ck_assert_ptr_null (clip_at (dataset, 0)->artist);
  ck_assert_str_eq (clip_at (dataset, 1)->artist, "Queen");
  ck_assert_ptr_null (clip_at (dataset, 2)->artist);
  ck_assert_uint_eq (dataset->problems->len, 3);
}
END_TEST

/* Folds by artist of a table that hardly names any are as good as folds at random. */
START_TEST (clips_that_a_table_has_no_artist_for_are_counted)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write (folder, "artists.tsv", "rock.00000\tQueen\nj.1\t\n", -1);
  g_autofree char *path = test_path (folder, "artists.tsv");
  g_autoptr (GenreDataset) dataset = load (folder);
  genre_dataset_note_anonymous (dataset, dataset->clips, path);
  ck_assert_uint_eq (dataset->problems->len, 0); /* no table, no grouping */
  ck_assert (genre_dataset_load_artists (dataset, path, NULL));
  genre_dataset_note_anonymous (dataset, dataset->clips, path);
  ck_assert_uint_eq (dataset->problems->len, 1);
  ck_assert (test_has_problem (dataset, "artists.tsv: 2 of 3 clips have no artist there",
                               "each counts as an artist of its own"));
  g_autoptr (GPtrArray) named = g_ptr_array_new ();
  g_ptr_array_add (named, dataset->clips->pdata[1]);
  genre_dataset_note_anonymous (dataset, named, path);
  ck_assert_uint_eq (dataset->problems->len, 1);
}
END_TEST

START_TEST (a_table_without_a_header_loses_no_artist)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write (folder, "artists.tsv", "rock.00000.wav\tQueen\tA\nj.1\tMiles\tB\n", -1);
  g_autofree char *path = test_path (folder, "artists.tsv");
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert (genre_dataset_load_artists (dataset, path, NULL));
  ck_assert_str_eq (clip_at (dataset, 0)->artist, "Miles");
  ck_assert_str_eq (clip_at (dataset, 1)->artist, "Queen");
  ck_assert_uint_eq (dataset->problems->len, 0);
}
END_TEST

static const char *const headers[] = {"clip\tartist\ttitle\n", "clip\tartist\r\n",
                                      "Clip\tArtist\ttitle\n", "clip \t artist \n"};

START_TEST (a_header_is_one_though_a_clip_is_called_so)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "rock/clip.npy", 20, 1);
  g_autofree char *table = g_strconcat (headers[_i], "clip\tQueen\tA\n", NULL);
  test_write (folder, "artists.tsv", table, -1);
  g_autofree char *path = test_path (folder, "artists.tsv");
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert (genre_dataset_load_artists (dataset, path, NULL));
  ck_assert_str_eq (clip_at (dataset, 1)->stem, "clip");
  ck_assert_str_eq (clip_at (dataset, 1)->artist, "Queen");
}
END_TEST

START_TEST (a_clip_whose_name_begins_like_a_comment_is_listed)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "rock/#1 hit.npy", 20, 1);
  g_autoptr (GenreDataset) dataset = load (folder);
  g_autoptr (GPtrArray) clips = select_clips (
      folder, dataset, "# 1 hit\n#1 hit.wav\n#rock.00000.wav\n# rock/rock.00000.wav\n#j.1\n");
  ck_assert_uint_eq (clips->len, 1);
  ck_assert_str_eq (((GenreClip *)clips->pdata[0])->stem, "#1 hit");
  ck_assert_uint_eq (dataset->problems->len, 0);
}
END_TEST

START_TEST (every_file_name_makes_a_stem_that_fits_on_a_line)
{
  g_autoptr (TestFolder) folder = two_genres ();
  const char *names[] = {"Jazz Fusion/caf\xe9.npy", "Jazz Fusion/caf\xe8.npy",
                         "Jazz Fusion/new\nline\ttab.npy", "Jazz Fusion/new line tab.npy"};
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    test_write_clip (folder, names[i], 20, 1);
  g_autoptr (GenreDataset) dataset = load (folder);
  g_autoptr (GHashTable) stems = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) list = g_string_new (NULL);
  for (guint i = 0; i < dataset->clips->len; i++) {
    const char *stem = clip_at (dataset, i)->stem;
    ck_assert (g_utf8_validate (stem, -1, NULL));
    ck_assert_ptr_null (strpbrk (stem, "\t\n"));
    ck_assert (g_hash_table_add (stems, (gpointer)stem));
    g_string_append_printf (list, "%s.npy\n", stem);
  }
  g_autoptr (GPtrArray) clips = select_clips (folder, dataset, list->str);
  ck_assert_uint_eq (clips->len, dataset->clips->len);
}
END_TEST

START_TEST (the_front_end_is_read_or_named_wrong)
{
  g_autoptr (TestFolder) folder = two_genres ();
  GenreFrontEndConfig config = genre_front_end_config_default ();
  config.hop = 512;
  g_autoptr (JsonObject) object = json_object_new ();
  json_object_set_object_member (object, "front-end", genre_front_end_config_to_json (&config));
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  g_autofree char *text = json_to_string (node, FALSE);
  test_write (folder, "dataset.json", text, -1);
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert_uint_eq (dataset->front_end.hop, 512);
  config.bands = 0;
  json_object_set_object_member (object, "front-end", genre_front_end_config_to_json (&config));
  g_autofree char *no_bands = json_to_string (node, FALSE);
  const char *wrong[] = {
      no_bands, "[1", "[]", "{}", "{\"front-end\": 3}", "{\"front-end\": {\"hop\": 3}}"};
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;
    test_write (folder, "dataset.json", wrong[i], -1);
    ck_assert_ptr_null (genre_dataset_load (folder, &error));
    ck_assert (strstr (error->message, "dataset.json"));
  }
}
END_TEST

START_TEST (unreadable_folders_are_reported)
{
  if (geteuid () == 0)
    return; /* root reads everything */
  g_autoptr (TestFolder) folder = two_genres ();
  g_autofree char *closed = test_path (folder, "closed");
  ck_assert_int_eq (mkdir (closed, 0), 0);
  g_autoptr (GenreDataset) dataset = load (folder);
  ck_assert (test_has_problem (dataset, "closed", "cannot be opened"));
}
END_TEST

START_TEST (background_stands_behind_the_genres)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "applause/a.npy", 20, 9);
  g_autoptr (GenreDataset) dataset = load (folder);
  char *labels[] = {"applause", NULL};
  ck_assert (genre_dataset_set_roles (dataset, labels, NULL, NULL));
  ck_assert_uint_eq (dataset->n_background, 1);
  ck_assert_str_eq (dataset->labels[0], "jazz-fusion");
  ck_assert_str_eq (dataset->labels[2], "applause");
  ck_assert_str_eq (dataset->display_names[2], "Applause");
  ck_assert_str_eq (clip_at (dataset, 3)->stem, "a");
  ck_assert_uint_eq (clip_at (dataset, 3)->label, 2);
  ck_assert_uint_eq (clip_at (dataset, 0)->label, 0);
}
END_TEST

START_TEST (a_folder_is_taken_for_its_label_by_whoever_names_it)
{
  g_autoptr (TestFolder) folder = two_genres ();
  g_autoptr (GenreDataset) dataset = load (folder);
  char *typed[][2] = {{"Jazz Fusion", NULL}, {"jazz-fuson", NULL}};
  for (guint i = 0; i < G_N_ELEMENTS (typed); i++) {
    GError *error = NULL;
    ck_assert (!genre_dataset_set_roles (dataset, typed[i], NULL, &error));
    test_assert_error (error, GENRE_ERROR_DATA, typed[i][0], "did you mean \"jazz-fusion\"?");
  }
}
END_TEST

START_TEST (other_music_has_no_label)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write_clip (folder, "applause/a.npy", 20, 9);
  test_write_clip (folder, "Polka/p.npy", 20, 9);
  g_autoptr (GenreDataset) dataset = load (folder);
  char *background[] = {"applause", NULL}, *others[] = {"polka", NULL};
  ck_assert (genre_dataset_set_roles (dataset, background, others, NULL));
  ck_assert_uint_eq (dataset->n_labels, 3);
  ck_assert_uint_eq (dataset->n_background, 1);
  ck_assert_str_eq (dataset->labels[2], "applause");
  ck_assert_ptr_null (dataset->labels[3]);
  const GenreClip *last = clip_at (dataset, dataset->clips->len - 1);
  ck_assert_str_eq (last->stem, "p");
  ck_assert_uint_eq (last->label, 3);
  g_autoptr (GPtrArray) clips = select_clips (folder, dataset, "polka/p.wav\napplause/p\nrock/p\n");
  ck_assert_uint_eq (clips->len, 1); /* in its own folder, and no other */
  ck_assert_ptr_eq (clips->pdata[0], last);
  ck_assert (genre_dataset_set_roles (dataset, NULL, NULL, NULL)); /* it stays that */
  ck_assert_uint_eq (last->label, 3);
}
END_TEST

START_TEST (background_that_cannot_be_is_refused)
{
  g_autoptr (TestFolder) folder = two_genres ();
  test_write (folder, "empty/notes.txt", "no clip", -1);
  g_autoptr (GenreDataset) dataset = load (folder);
  char *absent[] = {"talk", NULL}, *empty[] = {"empty", NULL}, *twice[] = {"rock", "rock", NULL};
  char *all[] = {"rock", "jazz-fusion", NULL}, *one[] = {"rock", NULL};
  const struct {
    char **background, **others;
    const char *fault;
  } bad[] = {{absent, NULL, "background \"talk\": no folder with usable clips"},
             {NULL, absent, "other music \"talk\": no folder with usable clips"},
             {empty, NULL, "(all were skipped)"},
             {twice, NULL, "\"rock\" is named twice"},
             {NULL, twice, "\"rock\" is named twice"},
             {one, one, "\"rock\" is named twice"},
             {NULL, all, "all 2 labels are background or other music"},
             {all, NULL, "all 2 labels are background or other music"}};
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    GError *error = NULL;
    ck_assert (!genre_dataset_set_roles (dataset, bad[i].background, bad[i].others, &error));
    test_assert_error (error, GENRE_ERROR_DATA, bad[i].fault);
  }
  ck_assert (genre_dataset_set_roles (dataset, NULL, NULL, NULL));
  ck_assert_uint_eq (dataset->n_background, 0);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("dataset");
  tcase_add_test (tests, clips_come_sorted_by_label_and_stem);
  tcase_add_test (tests, levels_are_decibels_under_the_loudest);
  tcase_add_test (tests, float_clips_become_levels_of_the_same_decibels);
  tcase_add_test (tests, floats_that_cannot_be_decibels_are_named_and_skipped);
  tcase_add_loop_test (tests, silence_is_a_clip, 0, 4);
  tcase_add_test (tests, broken_clips_are_named_and_skipped);
  tcase_add_test (tests, hidden_files_are_nobodys_business);
  tcase_add_test (tests, an_empty_genre_is_left_out_and_said);
  tcase_add_test (tests, one_genre_is_not_enough);
  tcase_add_test (tests, no_genre_is_an_error);
  tcase_add_test (tests, colliding_folders_are_refused);
  tcase_add_test (tests, the_label_unknown_is_refused);
  tcase_add_test (tests, stems_of_two_genres_are_told_apart);
  tcase_add_test (tests, a_broken_clip_is_not_taken_for_its_namesake);
  tcase_add_test (tests, what_is_elsewhere_or_in_several_places_is_said_to_be);
  tcase_add_test (tests, lists_match_by_stem_and_count_what_they_skip);
  tcase_add_test (tests, what_is_behind_a_dot_may_belong_to_the_name);
  tcase_add_test (tests, any_ending_may_be_that_of_music);
  tcase_add_test (tests, an_entry_that_names_a_clip_goes_before_a_guess);
  tcase_add_test (tests, a_list_of_nothing_is_an_error);
  tcase_add_test (tests, artists_are_filled_in);
  tcase_add_test (tests, clips_that_a_table_has_no_artist_for_are_counted);
  tcase_add_test (tests, a_table_without_a_header_loses_no_artist);
  tcase_add_loop_test (tests, a_header_is_one_though_a_clip_is_called_so, 0,
                       G_N_ELEMENTS (headers));
  tcase_add_test (tests, a_clip_whose_name_begins_like_a_comment_is_listed);
  tcase_add_test (tests, every_file_name_makes_a_stem_that_fits_on_a_line);
  tcase_add_test (tests, the_front_end_is_read_or_named_wrong);
  tcase_add_test (tests, unreadable_folders_are_reported);
  tcase_add_test (tests, background_stands_behind_the_genres);
  tcase_add_test (tests, a_folder_is_taken_for_its_label_by_whoever_names_it);
  tcase_add_test (tests, other_music_has_no_label);
  tcase_add_test (tests, background_that_cannot_be_is_refused);
  return test_run ("dataset", tests);
}
