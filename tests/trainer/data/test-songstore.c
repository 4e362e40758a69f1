/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/songstore.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <sys/stat.h>
#include <utime.h>
#include "random.h"
#include "support.h"

#define RATE 22050
#define SONGS 4
#define SEGMENT 16 /* frames */

/* Songs of two genres, every other one of each. */
typedef struct {
  TestFolder *folder;
  char *store;
  GPtrArray *songs;
  GenreNames *names;
  GenreLabelling *labelling;
  GenreExtraction extraction;
} Fixture;

static void
song_free (GenreSong *song)
{
  g_free (song->path);
  g_free (song->relative);
  g_free (song->artist);
  g_strfreev (song->genres);
  g_free (song);
}

static void
fixture_clear (Fixture *f)
{
  genre_extraction_clear (&f->extraction);
  genre_labelling_free (f->labelling);
  genre_names_free (f->names);
  g_ptr_array_unref (f->songs);
  g_free (f->store);
  test_folder_free (f->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

/* Noise of so many frames, which @age seconds have passed since. */
static void
write_song (Fixture *f, guint number, guint frames, guint age)
{
  GenreSong *song = f->songs->pdata[number];
  guint n = (frames - 1) * 914;
  g_autofree float *samples = g_new (float, n + 1);
  GenreRandom random = genre_random_keyed (number, frames, 0, 0);
  for (guint i = 0; i < n; i++)
    samples[i] = (float)genre_random_range (&random, -0.5, 0.5);
  test_write_wav (f->folder, song->relative, RATE, 1, samples, n);
  struct utimbuf then = {time (NULL) - age, time (NULL) - age};
  ck_assert_int_eq (utime (song->path, &then), 0);
}

/* As the search for songs does. */
static void
look (Fixture *f)
{
  for (guint i = 0; i < f->songs->len; i++) {
    GenreSong *song = f->songs->pdata[i];
    GStatBuf status;
    ck_assert_int_eq (g_stat (song->path, &status), 0);
    song->size = (guint64)status.st_size;
    song->changed = (gint64)status.st_mtime;
    song->fraction = (guint)status.st_mtim.tv_nsec;
  }
}

static void
fixture_init (Fixture *f)
{
  static const char *const genres[] = {"Rock", "Pop"};
  gst_init (NULL, NULL);
  f->folder = test_folder_new ();
  f->store = test_path (f->folder, "store");
  f->songs = g_ptr_array_new_with_free_func ((GDestroyNotify)song_free);
  for (guint i = 0; i < SONGS; i++) {
    GenreSong *song = g_new0 (GenreSong, 1);
    song->relative = g_strdup_printf ("%u.wav", i);
    song->path = test_path (f->folder, song->relative);
    song->artist = g_strdup_printf ("%u", i);
    song->genres = g_new0 (char *, 2);
    song->genres[0] = g_strdup (genres[i % 2]);
    g_ptr_array_add (f->songs, song);
    write_song (f, i, 30, 100);
  }
  f->names = genre_names_new (NULL, NULL);
  f->labelling = genre_labelling_new (f->songs, f->names, FALSE, 1, NULL);
  ck_assert_ptr_nonnull (f->labelling);
}

/* What is there afterwards; NULL and @error. */
static GenreDataset *
hear (Fixture *f, GError **error)
{
  const GenreExtractionJob job = {
      .front_end = genre_front_end_config_default (), .n_threads = 2, .timeout = 20};
  look (f);
  genre_extraction_clear (&f->extraction);
  g_autoptr (GenreSongStore) store = genre_song_store_new (f->store, f->songs, f->labelling);
  ck_assert (genre_song_store_extract (store, &job, &f->extraction, NULL));
  return genre_song_store_load (store, &job.front_end, SEGMENT, NULL, NULL, error);
}

static guint
frames_of (const GenreDataset *dataset, const GenreSong *song)
{
  for (guint i = 0; i < dataset->clips->len; i++) {
    const GenreClip *clip = dataset->clips->pdata[i];
    if (g_str_equal (clip->path, song->path))
      return clip->n_frames;
  }
  return 0;
}

static guint
count_spectrograms (const Fixture *f)
{
  g_autoptr (GDir) directory = g_dir_open (f->store, 0, NULL);
  const char *name;
  guint n = 0;
  while ((name = g_dir_read_name (directory))) {
    g_autofree char *shelf = g_build_filename (f->store, name, NULL);
    n += test_count_files (shelf);
  }
  return n;
}

START_TEST (another_song_of_the_same_name_is_heard_be_it_older)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  g_autoptr (GenreDataset) before = hear (&f, NULL);
  ck_assert_uint_eq (f.extraction.n_extracted, SONGS);
  ck_assert_uint_eq (frames_of (before, f.songs->pdata[1]), 30);
  write_song (&f, 1, 40, 1000000);
  g_autoptr (GenreDataset) after = hear (&f, NULL);
  ck_assert_uint_eq (f.extraction.n_extracted, 1);
  ck_assert_uint_eq (frames_of (after, f.songs->pdata[1]), 40);
  ck_assert_uint_eq (after->clips->len, SONGS);
  ck_assert_uint_eq (count_spectrograms (&f), SONGS);
  g_autoptr (GenreDataset) again = hear (&f, NULL);
  ck_assert_uint_eq (f.extraction.n_extracted, 0);
}
END_TEST

START_TEST (what_a_song_was_is_not_learnt_once_it_cannot_be_heard)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  const GenreSong *song = f.songs->pdata[1];
  struct utimbuf later = {time (NULL) + 100, time (NULL) + 100};
  g_autoptr (GenreDataset) before = hear (&f, NULL);
  g_autofree char *noise = g_strnfill ((gsize)song->size, 'x'); /* as long as it was */
  test_write (f.folder, song->relative, noise, (gssize)song->size);
  ck_assert_int_eq (utime (song->path, &later), 0);
  g_autoptr (GenreDataset) after = hear (&f, NULL);
  ck_assert_uint_eq (f.extraction.n_unreadable, 1);
  ck_assert_uint_eq (after->clips->len, SONGS - 1);
  ck_assert_uint_eq (frames_of (after, song), 0);
}
END_TEST

/* One would be learnt as what the other is. */
START_TEST (songs_of_one_size_that_change_places_are_heard_again)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  const GenreSong *first = f.songs->pdata[0], *second = f.songs->pdata[1];
  g_autofree char *between = test_path (f.folder, "between");
  const struct timespec one[] = {{1000000, 1}, {1000000, 1}},
                        other[] = {{1000000, 2}, {1000000, 2}};
  ck_assert_int_eq (utimensat (AT_FDCWD, first->path, one, 0), 0); /* within a second */
  ck_assert_int_eq (utimensat (AT_FDCWD, second->path, other, 0), 0);
  g_autoptr (GenreDataset) before = hear (&f, NULL);
  ck_assert_int_eq (g_rename (first->path, between), 0);
  ck_assert_int_eq (g_rename (second->path, first->path), 0);
  ck_assert_int_eq (g_rename (between, second->path), 0);
  g_autoptr (GenreDataset) after = hear (&f, NULL);
  ck_assert_uint_eq (f.extraction.n_extracted, 2);
  ck_assert_uint_eq (f.extraction.n_current, SONGS - 2);
  ck_assert_uint_eq (count_spectrograms (&f), SONGS);
}
END_TEST

/* Archives and other machines keep less of a time than this one does. */
START_TEST (a_copy_that_has_kept_its_time_as_well_as_it_could_is_the_same_song)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  const GenreSong *song = f.songs->pdata[0];
  static const long fractions[] = {123456789, 123456700, 123456000, 0, 987654321, 987654000};
  for (gsize i = 0; i < G_N_ELEMENTS (fractions); i++) {
    const struct timespec times[] = {{1000000, fractions[i]}, {1000000, fractions[i]}};
    ck_assert_int_eq (utimensat (AT_FDCWD, song->path, times, 0), 0);
    g_autoptr (GenreDataset) dataset = hear (&f, NULL);
    ck_assert_uint_eq (f.extraction.n_extracted, i == 0 ? SONGS : 0);
    ck_assert_uint_eq (count_spectrograms (&f), SONGS);
  }
}
END_TEST

START_TEST (a_song_from_the_future_is_heard_once)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  const GenreSong *song = f.songs->pdata[1];
  const struct utimbuf later = {time (NULL) + 1000000, time (NULL) + 1000000};
  ck_assert_int_eq (utime (song->path, &later), 0);
  g_autoptr (GenreDataset) before = hear (&f, NULL);
  g_autoptr (GenreDataset) after = hear (&f, NULL);
  ck_assert_uint_eq (f.extraction.n_extracted, 0);
  ck_assert_uint_eq (frames_of (after, song), 30);
}
END_TEST

/* Its name as earlier versions made it. */
static void
make_earlier (const char *shelf)
{
  g_autoptr (GDir) directory = g_dir_open (shelf, 0, NULL);
  const char *name = g_dir_read_name (directory);
  g_auto (GStrv) parts = g_strsplit (name, "-", 3); /* stem, size, time */
  g_autofree char *path = g_build_filename (shelf, name, NULL);
  g_autofree char *earlier = g_strdup_printf ("%s/%s-%s.npy", shelf, parts[0], parts[1]);
  ck_assert_uint_eq (g_strv_length (parts), 3);
  ck_assert_int_eq (g_rename (path, earlier), 0);
}

START_TEST (what_an_earlier_version_heard_is_not_heard_again)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  g_autoptr (GenreDataset) before = hear (&f, NULL);
  g_autoptr (GDir) directory = g_dir_open (f.store, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (directory))) {
    g_autofree char *shelf = g_build_filename (f.store, name, NULL);
    if (g_file_test (shelf, G_FILE_TEST_IS_DIR))
      make_earlier (shelf);
  }
  write_song (&f, 1, 30, 0);
  const struct utimbuf later = {time (NULL) + 100, time (NULL) + 100};
  ck_assert_int_eq (utime (((GenreSong *)f.songs->pdata[1])->path, &later), 0);
  for (guint run = 0; run < 2; run++) {
    g_autoptr (GenreDataset) after = hear (&f, NULL);
    ck_assert_uint_eq (f.extraction.n_extracted, run == 0);
    ck_assert_uint_eq (after->clips->len, SONGS);
    ck_assert_uint_eq (count_spectrograms (&f), SONGS);
  }
}
END_TEST

/* Be it under another artist: or it would be learnt and held out. */
START_TEST (a_copy_of_a_song_is_left_out)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  const GenreSong *song = f.songs->pdata[0], *copy = f.songs->pdata[2];
  g_autofree char *content = NULL;
  gsize size;
  ck_assert (g_file_get_contents (song->path, &content, &size, NULL));
  test_write (f.folder, copy->relative, content, (gssize)size);
  g_autoptr (GenreDataset) dataset = hear (&f, NULL);
  ck_assert_uint_eq (dataset->clips->len, SONGS - 1);
  ck_assert_uint_eq (dataset->problems->len, 1);
  ck_assert (test_has_problem (dataset, "/0.wav", "/2.wav"));
  ck_assert (test_has_problem (dataset, "sounds exactly as", "left out"));
}
END_TEST

/* A fault of the tags beyond doubt, whichever of the two is right. */
START_TEST (copies_of_different_genres_are_told_with_both)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  const GenreSong *song = f.songs->pdata[0], *copy = f.songs->pdata[1];
  g_autofree char *content = NULL;
  gsize size;
  ck_assert (g_file_get_contents (song->path, &content, &size, NULL));
  test_write (f.folder, copy->relative, content, (gssize)size);
  g_autoptr (GenreDataset) dataset = hear (&f, NULL);
  ck_assert_uint_eq (dataset->problems->len, 1);
  ck_assert (test_has_problem (dataset, "sounds exactly as", "is of Rock and that one of Pop"));
}
END_TEST

START_TEST (songs_shorter_than_a_segment_are_named)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  GError *error = NULL;
  write_song (&f, 1, SEGMENT - 1, 0);
  write_song (&f, 2, SEGMENT, 0);
  g_autoptr (GenreDataset) dataset = hear (&f, NULL);
  ck_assert_uint_eq (dataset->clips->len, SONGS - 1);
  ck_assert_uint_eq (dataset->problems->len, 1);
  ck_assert (test_has_problem (dataset, "/1.wav: 0.6 s", "at least 0.7 s"));
  write_song (&f, 3, 2, 0);
  ck_assert_ptr_null (hear (&f, &error));
  test_assert_error (error, GENRE_ERROR_DATA, "nothing of Pop is left to learn from",
                     "--genre-map");
}
END_TEST

/* Be they few or many: without one no fold could be dealt, nor artists drawn equally often. */
START_TEST (a_song_without_an_artist_has_one_of_its_own)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  for (guint n_known = 0; n_known < 2; n_known++) {
    for (guint i = 0; i < SONGS; i++)
      if (i >= n_known)
        g_clear_pointer (&f.labelling->artists[i], g_free);
      else
        f.labelling->artists[i] = g_strdup ("somebody");
    g_autoptr (GenreDataset) dataset = hear (&f, NULL);
    g_autoptr (GHashTable) artists = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < dataset->clips->len; i++) {
      char *artist = ((GenreClip *)dataset->clips->pdata[i])->artist;
      ck_assert_ptr_nonnull (artist);
      ck_assert (g_str_equal (artist, "somebody") || g_str_has_prefix (artist, "song "));
      ck_assert (g_hash_table_add (artists, artist));
    }
    ck_assert_uint_eq (g_hash_table_size (artists), SONGS);
    ck_assert_uint_eq (g_hash_table_contains (artists, "somebody"), n_known);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("songstore");
  tcase_add_test (tests, another_song_of_the_same_name_is_heard_be_it_older);
  tcase_add_test (tests, what_a_song_was_is_not_learnt_once_it_cannot_be_heard);
  tcase_add_test (tests, songs_of_one_size_that_change_places_are_heard_again);
  tcase_add_test (tests, a_copy_that_has_kept_its_time_as_well_as_it_could_is_the_same_song);
  tcase_add_test (tests, a_song_from_the_future_is_heard_once);
  tcase_add_test (tests, what_an_earlier_version_heard_is_not_heard_again);
  tcase_add_test (tests, a_copy_of_a_song_is_left_out);
  tcase_add_test (tests, copies_of_different_genres_are_told_with_both);
  tcase_add_test (tests, songs_shorter_than_a_segment_are_named);
  tcase_add_test (tests, a_song_without_an_artist_has_one_of_its_own);
  return test_run ("songstore", tests);
}
