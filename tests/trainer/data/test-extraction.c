/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/extraction.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>
#include "data/levels.h"
#include "data/npy.h"
#include "data/sourcelist.h"
#include "random.h"
#include "spectrogram.h"
#include "support.h"

#define RATE 22050

/* Noise, different for every name. */
static void
write_noise (const char *folder, const char *name, guint rate, guint n)
{
  g_autofree float *samples = g_new (float, n + 1);
  GenreRandom random = genre_random_keyed (g_str_hash (name), 0, 0, 0);
  for (guint i = 0; i < n; i++)
    samples[i] = (float)genre_random_range (&random, -0.5, 0.5);
  test_write_wav (folder, name, rate, 1, samples, n);
}

static void
write_music (const char *folder)
{
  write_noise (folder, "rock/a.wav", RATE, 2 * RATE);
  write_noise (folder, "rock/b.wav", RATE, RATE);
  write_noise (folder, "Música clásica/c.wav", RATE, RATE);
}

/* Folders "music" and "out" in @root. */
typedef struct {
  char *music, *out;
  GenreExtractionJob job;
  GenreExtraction result;
  GError *error;
} Fixture;

static void
fixture_clear (Fixture *fixture)
{
  g_free (fixture->music);
  g_free (fixture->out);
  genre_extraction_clear (&fixture->result);
  g_clear_error (&fixture->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
fixture_init (Fixture *fixture, const char *root)
{
  gst_init (NULL, NULL);
  fixture->music = test_path (root, "music");
  fixture->out = test_path (root, "out");
  fixture->job = (GenreExtractionJob){.source = fixture->music,
                                      .target = fixture->out,
                                      .front_end = genre_front_end_config_default (),
                                      .n_threads = 2,
                                      .timeout = 20};
}

static gboolean
extract (Fixture *fixture)
{
  genre_extraction_clear (&fixture->result);
  g_clear_error (&fixture->error);
  return genre_extract (&fixture->job, &fixture->result, &fixture->error);
}

static void
extract_well (Fixture *fixture)
{
  gboolean ok = extract (fixture);
  ck_assert_msg (ok, "%s", ok ? "" : fixture->error->message);
}

static gboolean
are_said (const GPtrArray *texts, const char *file, const char *reason)
{
  for (guint i = 0; i < texts->len; i++)
    if (strstr (texts->pdata[i], file) && strstr (texts->pdata[i], reason))
      return TRUE;
  return FALSE;
}

static gboolean
has_problem (const Fixture *fixture, const char *file, const char *reason)
{
  return are_said (fixture->result.problems, file, reason);
}

static gboolean
is_there (const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->out, name, NULL);
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

START_TEST (folders_of_music_become_a_data_set)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 3);
  ck_assert_double_eq_tol (f.result.seconds, 4, 0.01);
  g_autoptr (GenreDataset) dataset = genre_dataset_load (f.out, NULL);
  ck_assert_uint_eq (dataset->clips->len, 3);
  ck_assert_uint_eq (dataset->problems->len, 0);
  ck_assert_str_eq (dataset->labels[0], "musica-clasica");
  ck_assert_str_eq (dataset->display_names[0], "Música clásica");
  ck_assert_uint_eq (((GenreClip *)dataset->clips->pdata[1])->n_frames, 1 + 2 * RATE / 914);
}
END_TEST

static void
keep (const float *bands, double mean_square, gpointer user_data)
{
  g_array_append_vals (user_data, bands, 128);
}

START_TEST (levels_are_the_spectrogram_under_its_loudest)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  float samples[RATE];
  for (guint i = 0; i < RATE; i++) /* fades over 70 dB */
    samples[i] = 0.8f * sinf (0.3f * (float)i) * powf (10, -3.5f * (float)i / RATE);
  test_write_wav (f.music, "one/fade.wav", RATE, 1, samples, RATE);
  extract_well (&f);
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&f.job.front_end, NULL);
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (float));
  genre_spectrogram_push (spectrogram, samples, RATE, keep, expected);
  genre_spectrogram_finish (spectrogram, keep, expected);
  float loudest = -1000;
  for (guint i = 0; i < expected->len; i++)
    loudest = fmaxf (loudest, g_array_index (expected, float, i));
  g_autofree char *path = g_build_filename (f.out, "one/fade.npy", NULL);
  g_autoptr (GenreNpy) array = genre_npy_load (path, NULL);
  ck_assert_uint_eq (array->rows * array->columns, expected->len);
  for (guint i = 0; i < expected->len; i++) {
    float decibels = fmaxf (-80, g_array_index (expected, float, i) - loudest);
    ck_assert_float_eq_tol (GENRE_LEVEL_DB (array->bytes[i]), decibels, 0.17);
  }
}
END_TEST

/* 44.1 kHz, stereo: through the resampler and the downmix, which are the element's. */
START_TEST (spectrograms_are_of_what_the_element_hears)
{
  enum { FROM_RATE = 44100, N = 3 * FROM_RATE };
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autofree gint16 *samples = test_new_music (FROM_RATE, 2, N);
  test_write_wav_s16 (f.music, "one/music.wav", FROM_RATE, 2, samples, 2 * N);
  extract_well (&f);
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&f.job.front_end, NULL);
  g_autoptr (GenreSpectrogram) spectrogram = genre_spectrogram_new (front_end);
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GArray) heard = test_hear_as_element (FROM_RATE, 2, samples, N);
  genre_spectrogram_push (spectrogram, (const float *)(gconstpointer)heard->data, heard->len, keep,
                          frames);
  genre_spectrogram_finish (spectrogram, keep, frames);
  g_autofree guint8 *levels = g_malloc (frames->len);
  ck_assert (genre_levels_from_decibels ((const float *)frames->data, frames->len, levels));
  g_autofree char *path = g_build_filename (f.out, "one/music.npy", NULL);
  g_autoptr (GenreNpy) array = genre_npy_load (path, NULL);
  ck_assert_uint_eq (array->rows * array->columns, frames->len);
  ck_assert_mem_eq (array->bytes, levels, frames->len);
}
END_TEST

START_TEST (a_second_run_does_only_what_is_new)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 0);
  ck_assert_uint_eq (f.result.n_current, 3);
  write_noise (f.music, "rock/new.wav", RATE, RATE);
  g_autofree char *changed = g_build_filename (f.music, "rock/a.wav", NULL);
  struct utimbuf later = {time (NULL) + 100, time (NULL) + 100};
  ck_assert_int_eq (utime (changed, &later), 0);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 2);
  ck_assert_uint_eq (f.result.n_current, 2);
  f.job.force = TRUE;
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 4);
}
END_TEST

START_TEST (what_cannot_be_read_is_listed_and_the_rest_done)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  const float silence[RATE] = {0};
  test_write (f.music, "rock/text.wav", "this is only text, not music at all\n", -1);
  test_write (f.music, "rock/zero.mp3", "", 0);
  test_write (f.music, "rock/cover.jpg", "no music by its name", -1);
  test_write (f.music, "stray.wav", "not in a genre", -1);
  test_write_wav (f.music, "rock/silent.wav", RATE, 1, silence, RATE);
  test_write_wav (f.music, "rock/nothing.wav", RATE, 1, silence, 0);
  g_free (test_path (f.music, "empty/x"));
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 3);
  ck_assert_uint_eq (f.result.n_unreadable, 4);
  ck_assert (has_problem (&f, "rock/text.wav", ": "));
  ck_assert (has_problem (&f, "rock/zero.mp3", "empty"));
  ck_assert (has_problem (&f, "rock/silent.wav", "silence"));
  ck_assert (has_problem (&f, "rock/nothing.wav", ": "));
  ck_assert (has_problem (&f, "stray.wav", "not in a genre folder"));
  ck_assert (has_problem (&f, "empty", "no music"));
  ck_assert_uint_eq (f.result.problems->len, 6);
  ck_assert (!is_there (&f, "rock/text.npy"));
  ck_assert (!is_there (&f, "rock/silent.npy"));
}
END_TEST

static void
run_pipeline (const char *launch)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (launch, &error);
  ck_assert_msg (!error, "%s", error ? error->message : "");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  GstMessage *message =
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ck_assert_int_eq (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static void
cut (const char *path, double share)
{
  GStatBuf status;
  ck_assert_int_eq (g_stat (path, &status), 0);
  ck_assert_int_eq (truncate (path, (off_t)(share * (double)status.st_size)), 0);
}

#define NOISE                                                                                      \
  "audiotestsrc wave=white-noise samplesperbuffer=22050 num-buffers=%u ! "                         \
  "audio/x-raw,rate=22050,channels=1 ! flacenc ! "

/* As a download leaves it that was broken off; FLAC says at its beginning how long it is. */
static void
write_cut_flac (const char *folder, const char *name, guint seconds, double share)
{
  g_autofree char *path = test_path (folder, name);
  g_autofree char *launch = g_strdup_printf (NOISE "filesink location=\"%s\"", seconds, path);
  run_pipeline (launch);
  cut (path, share);
}

/* @pictures: seconds, of one a second */
static void
write_matroska (const char *folder, const char *name, guint seconds, guint pictures, double share)
{
  g_autofree char *path = test_path (folder, name);
  g_autofree char *video =
      pictures == 0 ? g_strdup ("")
                    : g_strdup_printf ("videotestsrc num-buffers=%u ! "
                                       "video/x-raw,format=I420,width=16,height=16,framerate=1/1 ! "
                                       "mux. ",
                                       pictures);
  g_autofree char *launch = g_strdup_printf (
      NOISE "mux. %s matroskamux name=mux ! filesink location=\"%s\"", seconds, video, path);
  run_pipeline (launch);
  cut (path, share);
}

START_TEST (what_is_cut_off_is_said)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_noise (f.music, "pop/a.wav", RATE, RATE);
  write_cut_flac (f.music, "rock/whole.flac", 10, 1);
  write_cut_flac (f.music, "rock/half.flac", 10, 0.5);
  write_matroska (f.music, "rock/cut.mka", 10, 0, 0.5);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 4);
  ck_assert_uint_eq (f.result.n_unreadable, 0);
  ck_assert_uint_eq (f.result.problems->len, 0); /* nothing is skipped */
  ck_assert_uint_eq (f.result.notes->len, 2);
  ck_assert (
      are_said (f.result.notes, "rock/half.flac: cut off", " of 10.0 seconds could be decoded"));
  ck_assert (
      are_said (f.result.notes, "rock/cut.mka: cut off", " of 10.0 seconds could be decoded"));
  ck_assert (is_there (&f, "rock/half.npy"));
}
END_TEST

START_TEST (a_picture_that_lasts_longer_than_its_sound_is_no_fault)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_noise (f.music, "pop/a.wav", RATE, RATE);
  write_matroska (f.music, "rock/video.mkv", 5, 10, 1);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 2);
  ck_assert_double_eq_tol (f.result.seconds, 6, 0.1);
  ck_assert_uint_eq (f.result.problems->len, 0);
  ck_assert_uint_eq (f.result.notes->len, 0);
}
END_TEST

START_TEST (what_is_left_of_an_earlier_file_is_said)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  g_autofree char *changed = g_build_filename (f.music, "rock/a.wav", NULL);
  struct utimbuf later = {time (NULL) + 100, time (NULL) + 100};
  test_write (f.music, "rock/a.wav", "no music any more, and no music before\n", -1);
  ck_assert_int_eq (utime (changed, &later), 0);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_unreadable, 1);
  ck_assert (has_problem (&f, "music/rock/a.wav: ", "still in "));
  ck_assert (has_problem (&f, "still in ", "out/rock/a.npy"));
}
END_TEST

START_TEST (closed_files_are_listed)
{
  if (geteuid () == 0)
    return; /* root reads everything */
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  g_autofree char *closed = g_build_filename (f.music, "rock/a.wav", NULL);
  ck_assert_int_eq (chmod (closed, 0), 0);
  extract_well (&f);
  ck_assert (has_problem (&f, "rock/a.wav", ": "));
  ck_assert_uint_eq (f.result.n_extracted, 2);
}
END_TEST

START_TEST (nothing_readable_is_a_failure)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  test_write (f.music, "rock/text.wav", "this is only text, not music at all\n", -1);
  ck_assert (!extract (&f));
  ck_assert (has_problem (&f, "rock/text.wav", ": "));
  ck_assert (has_problem (&f, "rock", "only one genre"));
  test_assert_error (f.error, GENRE_ERROR_DATA, "none of 1 files");
}
END_TEST

/* As cp -p does it, by music of any time. */
static void
replace_dated (Fixture *f, const char *name, guint n_samples, time_t changed)
{
  g_autofree char *path = g_build_filename (f->music, name, NULL);
  const struct utimbuf then = {changed, changed};
  write_noise (f->music, name, RATE, n_samples);
  ck_assert_int_eq (utime (path, &then), 0);
}

START_TEST (music_that_older_music_has_replaced_is_heard_again)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  replace_dated (&f, "rock/a.wav", RATE, 1000000);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 1);
  ck_assert_uint_eq (f.result.n_current, 2);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 0);
  replace_dated (&f, "rock/a.wav", RATE, 900000); /* as large */
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 1);
  /* What cannot be heard is tried again each time, and is not taken for what it was. */
  replace_dated (&f, "rock/a.wav", 0, 800000);
  for (guint i = 0; i < 2; i++) {
    extract_well (&f);
    ck_assert_uint_eq (f.result.n_unreadable, 1);
    ck_assert (has_problem (&f, "a.wav", "what it was before is still in"));
  }
  /* A data set of an earlier version goes by times alone, and is kept. */
  g_autofree char *list = g_build_filename (f.out, "sources.tsv", NULL);
  replace_dated (&f, "rock/a.wav", RATE, 700000);
  ck_assert_int_eq (g_unlink (list), 0);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_current, 3);
  f.job.force = TRUE;
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 3);
}
END_TEST

/* As from a medium that is not there in one run. */
START_TEST (what_music_was_is_known_while_it_is_away)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  g_autofree char *song = g_build_filename (f.music, "rock/a.wav", NULL);
  g_autofree char *spectrogram = g_build_filename (f.out, "rock/a.npy", NULL);
  for (guint force = 0; force < 2; force++) {
    f.job.force = force > 0;
    ck_assert_int_eq (g_unlink (song), 0);
    extract_well (&f);
    ck_assert (has_problem (&f, "a.npy", "is gone"));
    f.job.force = FALSE;
    replace_dated (&f, "rock/a.wav", RATE, 1000000 - (time_t)force);
    extract_well (&f);
    ck_assert_uint_eq (f.result.n_extracted, 1);
    extract_well (&f);
    ck_assert_uint_eq (f.result.n_extracted, 0);
  }
  /* And is not, once it is gone. */
  ck_assert_int_eq (g_unlink (song), 0);
  ck_assert_int_eq (g_unlink (spectrogram), 0);
  extract_well (&f);
  g_autofree char *list = g_build_filename (f.out, "sources.tsv", NULL), *text = NULL;
  ck_assert (g_file_get_contents (list, &text, NULL, NULL));
  ck_assert_ptr_null (strstr (text, "a.npy"));
}
END_TEST

START_TEST (music_from_the_future_is_heard_once)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  replace_dated (&f, "rock/a.wav", RATE, time (NULL) + 1000000);
  extract_well (&f);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 0);
  ck_assert_uint_eq (f.result.n_current, 3);
  replace_dated (&f, "rock/a.wav", RATE, time (NULL) + 2000000);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 1);
}
END_TEST

START_TEST (somebody_s_own_table_is_not_written_over)
{
  const char *own = "artist\turl\nQueen\thttp://example.org\n";
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  g_autofree char *list = test_path (f.out, "sources.tsv"), *text = NULL;
  ck_assert (g_file_set_contents (list, own, -1, NULL));
  ck_assert (!extract (&f));
  test_assert_error (f.error, GENRE_ERROR_INVALID, "sources.tsv", "no list of sources");
  ck_assert (g_file_get_contents (list, &text, NULL, NULL));
  ck_assert_str_eq (text, own);
  g_autofree char *only =
      g_strconcat ("spectrogram\tsize\tchanged\nrock/a\\", "\t1\t2\nmore\n", NULL);
  ck_assert (g_file_set_contents (list, only, -1, NULL)); /* one of ours, whatever became of it */
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 3);
}
END_TEST

START_TEST (folders_that_make_no_data_set_are_refused)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  ck_assert (!extract (&f));
  test_assert_error (f.error, GENRE_ERROR_IO, "music", "not a folder");
  g_free (test_path (f.music, "x"));
  ck_assert (!extract (&f));
  test_assert_error (f.error, GENRE_ERROR_DATA, "music", "no folder with music");
  write_noise (f.music, "Drum & Bass/a.wav", RATE, 1000);
  write_noise (f.music, "drum-bass/a.wav", RATE, 1000);
  ck_assert (!extract (&f));
  test_assert_error (f.error, GENRE_ERROR_DATA, "\"Drum & Bass\"", "\"drum-bass\"");
  f.job.target = f.music;
  ck_assert (!extract (&f));
  test_assert_error (f.error, GENRE_ERROR_INVALID, "must not lie inside");
  ck_assert (!g_file_test (f.out, G_FILE_TEST_EXISTS));
}
END_TEST

START_TEST (every_file_has_a_spectrogram_of_its_own)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  g_autofree char *name = g_strnfill (240, 'x');
  g_autofree char *album = g_strconcat ("rock/", name, "/01.wav", NULL);
  write_noise (f.music, "rock/Album/01.wav", RATE, 9000);
  write_noise (f.music, "rock/Other Album/01.wav", RATE, 9000);
  write_noise (f.music, "rock/same.wav", RATE, 9000);
  write_noise (f.music, "rock/same.mp3", RATE, 9000); /* GStreamer looks inside */
  write_noise (f.music, album, RATE, 9000);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 5);
  ck_assert (is_there (&f, "rock/Album-01.npy"));
  ck_assert (is_there (&f, "rock/Other Album-01.npy"));
  ck_assert (is_there (&f, "rock/same.wav.npy"));
  ck_assert (is_there (&f, "rock/same.mp3.npy"));
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_current, 5);
}
END_TEST

START_TEST (links_in_circles_add_nothing)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_noise (f.music, "rock/Album/01.wav", RATE, 9000);
  write_noise (folder, "elsewhere/02.wav", RATE, 9000);
  g_autofree char *again = g_build_filename (f.music, "rock/again", NULL);
  g_autofree char *up = g_build_filename (f.music, "rock/Album/up", NULL);
  g_autofree char *other = g_build_filename (f.music, "rock/other", NULL);
  ck_assert_int_eq (symlink ("..", up), 0);
  ck_assert_int_eq (symlink (".", again), 0);
  ck_assert_int_eq (symlink ("../../elsewhere", other), 0);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 2);
  ck_assert (is_there (&f, "rock/Album-01.npy"));
  ck_assert (is_there (&f, "rock/other-02.npy"));
  ck_assert (has_problem (&f, "rock/again", "searched already"));
  ck_assert (has_problem (&f, "rock/Album/up", "searched already"));
}
END_TEST

START_TEST (names_that_meet_are_parted)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_noise (f.music, "jazz/Album/01.wav", RATE, 9000);
  write_noise (f.music, "jazz/Album-01.wav", RATE, 9000);
  write_noise (f.music, "jazz/x.mp3", RATE, 9000);
  write_noise (f.music, "jazz/x.wav", RATE, 9000);
  write_noise (f.music, "jazz/x.mp3.ogg", RATE, 9000);
  extract_well (&f);
  g_autofree char *out = g_build_filename (f.out, "jazz", NULL);
  ck_assert_uint_eq (test_count_files (out), 5);
  ck_assert (is_there (&f, "jazz/x.wav.npy"));
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_current, 5);
}
END_TEST

START_TEST (rates_and_lengths_may_differ)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_noise (f.music, "rock/a.wav", 8000, 8000);
  write_noise (f.music, "rock/b.wav", 48000, 48000);
  write_noise (f.music, "rock/half.wav", 44100, 22050);
  extract_well (&f);
  g_autofree char *a = g_build_filename (f.out, "rock/a.npy", NULL),
                  *b = g_build_filename (f.out, "rock/b.npy", NULL),
                  *half = g_build_filename (f.out, "rock/half.npy", NULL);
  g_autoptr (GenreNpy) first = genre_npy_load (a, NULL), second = genre_npy_load (b, NULL),
                       third = genre_npy_load (half, NULL);
  ck_assert_uint_eq (first->rows, 25);
  ck_assert_uint_eq (second->rows, 25);
  ck_assert_uint_eq (third->rows, 13);
}
END_TEST

START_TEST (threads_change_nothing)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  g_autofree char *other = test_path (folder, "other");
  extract_well (&f);
  f.job.target = other;
  f.job.n_threads = 1;
  extract_well (&f);
  const char *names[] = {"rock/a.npy", "rock/b.npy", "Música clásica/c.npy", "dataset.json"};
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *a = g_build_filename (f.out, names[i], NULL),
                    *b = g_build_filename (other, names[i], NULL), *x = NULL, *y = NULL;
    gsize n, m;
    ck_assert (g_file_get_contents (a, &x, &n, NULL));
    ck_assert (g_file_get_contents (b, &y, &m, NULL));
    ck_assert_uint_eq (n, m);
    ck_assert_mem_eq (x, y, n);
  }
}
END_TEST

static const GenreRepresentation representations[] = {
    GENRE_REPRESENTATION_MEL, GENRE_REPRESENTATION_LINEAR, GENRE_REPRESENTATION_MFCC};

START_TEST (every_representation_reads_back)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  f.job.front_end.representation = representations[_i];
  f.job.front_end.bands = 64;
  f.job.front_end.coefficients = representations[_i] == GENRE_REPRESENTATION_MFCC ? 20 : 0;
  extract_well (&f);
  g_autoptr (GenreDataset) dataset = genre_dataset_load (f.out, NULL);
  ck_assert (genre_front_end_config_equal (&dataset->front_end, &f.job.front_end));
  ck_assert_uint_eq (dataset->clips->len, 3);
}
END_TEST

START_TEST (another_front_end_is_not_mixed_in)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  f.job.front_end.hop = 512;
  ck_assert (!extract (&f));
  test_assert_error (f.error, GENRE_ERROR_INVALID, "dataset.json", "another front end");
  f.job.force = TRUE;
  const gint stop = 1;
  f.job.stop = &stop;
  ck_assert (!extract (&f)); /* interrupted before the first clip: the old ones are no use */
  f.job.stop = NULL;
  f.job.force = FALSE;
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 3);
}
END_TEST

/* Spectrograms of before extraction went the element's way through mixing and resampling. */
START_TEST (what_an_earlier_version_made_is_not_mixed_in)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  g_autofree char *path = g_build_filename (f.out, "dataset.json", NULL), *text = NULL;
  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  char *mark = strstr (text, "\"samples\"");
  ck_assert_ptr_nonnull (mark);
  memcpy (mark, "\"before!\"", 9);
  test_write (f.out, "dataset.json", text, -1);
  ck_assert (!extract (&f));
  test_assert_error (f.error, GENRE_ERROR_INVALID, "dataset.json", "earlier version");
  f.job.force = TRUE;
  extract_well (&f);
  f.job.force = FALSE;
  extract_well (&f);
}
END_TEST

START_TEST (what_another_front_end_left_is_removed_by_force)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  test_write (f.out, "rock/gone.npy", "old", -1);
  test_write (f.out, "pop/gone.npy", "old", -1);
  test_write (f.out, "pop/notes.txt", "mine", -1);
  extract_well (&f);
  ck_assert (has_problem (&f, "pop/gone.npy", "is gone"));
  f.job.force = TRUE;
  extract_well (&f);
  ck_assert (is_there (&f, "pop/gone.npy")); /* of the same front end */
  f.job.front_end.hop = 512;
  extract_well (&f);
  ck_assert (!is_there (&f, "pop/gone.npy"));
  ck_assert (!is_there (&f, "rock/gone.npy"));
  ck_assert (is_there (&f, "pop/notes.txt"));
  ck_assert_uint_eq (f.result.n_extracted, 3);
  ck_assert_uint_eq (f.result.n_removed, 2);
}
END_TEST

static void
refuse (Fixture *f, gboolean force, guint hop)
{
  f->job.force = force;
  f->job.front_end.hop = hop;
  ck_assert (!extract (f));
  test_assert_error (f->error, GENRE_ERROR_INVALID, "out/mine/a.npy", "not made by extract",
                     "empty or that extract made");
  ck_assert (is_there (f, "mine/a.npy"));
}

/* Each a dataset.json; NULL: there is none. */
static const char *const strange[] = {NULL, "{\"name\": \"mine\", \"license\": \"none\"}",
                                      "no JSON"};

START_TEST (what_others_made_is_never_removed)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  test_write (f.out, "mine/b.npy", "theirs", -1);
  test_write (f.out, "mine/a.npy", "theirs", -1);
  test_write (f.out, "rock/a.npy", "theirs", -1);
  if (strange[_i])
    test_write (f.out, "dataset.json", strange[_i], -1);
  refuse (&f, TRUE, 512);
  refuse (&f, TRUE, 914);
  refuse (&f, FALSE, 512);
  ck_assert (is_there (&f, "mine/b.npy"));
  ck_assert (is_there (&f, "rock/a.npy"));
  ck_assert (is_there (&f, "dataset.json") == (strange[_i] != NULL));
}
END_TEST

/* A folder without a description counts as one of the default front end: it may be added to, and
 * stays one that others have begun. */
START_TEST (what_others_began_may_be_added_to)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  test_write (f.out, "mine/a.npy", "theirs", -1);
  for (guint i = 0; i < 2; i++) {
    f.job.force = FALSE;
    f.job.front_end.hop = 914;
    extract_well (&f);
    ck_assert_uint_eq (f.result.n_current, 3 * i);
    refuse (&f, TRUE, 512);
    refuse (&f, TRUE, 914);
  }
  g_autofree char *path = g_build_filename (f.out, "mine/a.npy", NULL);
  ck_assert_int_eq (g_unlink (path), 0);
  f.job.front_end.hop = 512;
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_removed, 0);
}
END_TEST

/* As if it were of our music. */
START_TEST (what_others_called_as_we_do_stays_theirs)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  test_write (f.out, "rock/a.npy", "theirs", -1);
  for (guint i = 0; i < 2; i++) {
    f.job.force = FALSE;
    f.job.front_end.hop = 914;
    extract_well (&f);
    f.job.force = TRUE;
    f.job.front_end.hop = 512;
    ck_assert (!extract (&f));
    test_assert_error (f.error, GENRE_ERROR_INVALID, "out/rock/a.npy", "not made by extract", "");
  }
}
END_TEST

START_TEST (what_sources_know_is_ours_without_a_description)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  g_autofree char *path = g_build_filename (f.out, "dataset.json", NULL);
  g_autofree char *music = g_build_filename (f.music, "rock/b.wav", NULL);
  ck_assert_int_eq (g_unlink (path), 0);
  ck_assert_int_eq (g_unlink (music), 0);
  f.job.force = TRUE;
  f.job.front_end.hop = 512;
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_removed, 1);
  ck_assert (!is_there (&f, "rock/b.npy"));
}
END_TEST

static void
write_old (Fixture *f, const char *name)
{
  test_write (f->out, name, "half", -1);
  g_autofree char *path = g_build_filename (f->out, name, NULL);
  const time_t then = time (NULL) - 2 * 3600;
  const struct utimbuf times = {then, then};
  ck_assert_int_eq (utime (path, &times), 0);
}

START_TEST (what_killed_runs_left_is_tidied)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  write_old (&f, "rock/a.npy.X1Y2Z3");
  test_write (f.out, "rock/gone.npy", "old", -1);
  extract_well (&f);
  ck_assert (!is_there (&f, "rock/a.npy.X1Y2Z3"));
  ck_assert (is_there (&f, "rock/gone.npy"));
  ck_assert (has_problem (&f, "rock/gone.npy", "is gone"));
}
END_TEST

/* Of one name with another ending: two spectrograms of one recording would be learnt as two. */
START_TEST (a_spectrogram_goes_with_the_name_that_its_music_gets)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  write_noise (f.music, "rock/a.mp3", RATE, RATE);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 1);
  ck_assert_uint_eq (f.result.problems->len, 0);
  ck_assert (is_there (&f, "rock/a.wav.npy") && is_there (&f, "rock/a.mp3.npy"));
  ck_assert (!is_there (&f, "rock/a.npy"));
  g_autofree char *gone = test_path (f.music, "rock/a.mp3");
  ck_assert_int_eq (g_unlink (gone), 0);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 0);
  ck_assert_uint_eq (f.result.problems->len, 1);
  ck_assert (has_problem (&f, "rock/a.mp3.npy", "is still there and will be used"));
  ck_assert (is_there (&f, "rock/a.npy") && is_there (&f, "rock/a.mp3.npy"));
  ck_assert (!is_there (&f, "rock/a.wav.npy"));
}
END_TEST

START_TEST (without_a_list_of_sources_no_spectrogram_gets_another_name)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  extract_well (&f);
  g_autofree char *list = test_path (f.out, "sources.tsv");
  ck_assert_int_eq (g_unlink (list), 0);
  write_noise (f.music, "rock/a.mp3", RATE, RATE);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 2);
  ck_assert (has_problem (&f, "rock/a.npy", "is still there and will be used"));
  ck_assert (is_there (&f, "rock/a.npy") && is_there (&f, "rock/a.wav.npy"));
}
END_TEST

START_TEST (what_only_looks_half_written_stays)
{
  static const char *const names[] = {
      "rock/a.npy.backup",     "rock/a.npy.sha256", "rock/blues.npy.tar.gz", "rock/mine.npy.X1Y2Z3",
      "rock/a.npy.old.npy.X1", "mine/a.npy.X1Y2Z3", "rock/a.npz.X1Y2Z3"};
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    write_old (&f, names[i]);
  extract_well (&f);
  extract_well (&f);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    ck_assert_msg (is_there (&f, names[i]), "%s", names[i]);
}
END_TEST

/* As by another shard. */
START_TEST (what_may_be_written_just_now_stays)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  test_write (f.out, "rock/a.npy.X1Y2Z3", "half", -1);
  extract_well (&f);
  ck_assert (is_there (&f, "rock/a.npy.X1Y2Z3"));
}
END_TEST

START_TEST (a_stop_keeps_what_is_done_and_the_next_run_goes_on)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  const gint stop = 1;
  f.job.stop = &stop;
  ck_assert (!extract (&f));
  ck_assert (g_error_matches (f.error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  ck_assert_str_eq (f.error->message, "stopped after 0 of 3 files"); /* commands say what next */
  f.job.stop = NULL;
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 3);
}
END_TEST

#define LONG_WAIT (45 * G_USEC_PER_SEC) /* less than it would be, much more than it is */

/* Whoever holds the list may never let it go; what was done is noted without the lock, too. */
START_TEST (a_stop_does_not_wait_for_another_shard)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  f.job.shard = (Shard){1, 1};
  extract_well (&f);
  g_autofree char *sources = g_build_filename (f.out, "sources.tsv", NULL);
  const int lock = genre_source_list_lock (sources, 0, NULL);
  ck_assert_int_ge (lock, 0);
  ck_assert_int_eq (g_unlink (sources), 0);
  const gint stop = 1;
  const gint64 begun = g_get_monotonic_time ();
  f.job.stop = &stop;
  extract_well (&f); /* nothing is left to do but that */
  ck_assert_int_lt (g_get_monotonic_time () - begun, LONG_WAIT);
  ck_assert (g_file_test (sources, G_FILE_TEST_EXISTS));
  genre_source_list_unlock (sources, lock);
}
END_TEST

static void
check_nothing_half_written (Fixture *f)
{
  static const char *const names[] = {"a", "b"};
  g_autofree char *rock = g_build_filename (f->out, "rock", NULL);
  guint n = 0;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_strdup_printf ("%s/%s.npy", rock, names[i]);
    g_autoptr (GenreNpy) array = genre_npy_load (path, NULL);
    ck_assert (array || !g_file_test (path, G_FILE_TEST_EXISTS));
    n += array != NULL;
  }
  ck_assert_uint_eq (test_count_files (rock), n);
}

START_TEST (a_failing_write_ends_all_and_leaves_nothing_half_written)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  const struct rlimit limit = {4000, RLIM_INFINITY};
  signal (SIGXFSZ, SIG_IGN);
  ck_assert_int_eq (setrlimit (RLIMIT_FSIZE, &limit), 0); /* b has 3,328 bytes, a more */
  ck_assert (!extract (&f));
  test_assert_error (f.error, GENRE_ERROR_IO, "rock/a.npy", "cannot be written");
  check_nothing_half_written (&f);
}
END_TEST

START_TEST (a_full_disk_is_named_and_leaves_nothing_half_written)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  write_music (f.music);
  g_free (test_path (f.out, "x"));
  if (unshare (CLONE_NEWNS) != 0 || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount ("none", f.out, "tmpfs", 0, "size=8k") != 0) {
    g_print ("no right to mount a small disk: not tested\n");
    return;
  }
  ck_assert (!extract (&f)); /* dataset.json takes one page, a.npy two */
  ck_assert_msg (strstr (f.error->message, "No space left"), "%s", f.error->message);
  check_nothing_half_written (&f);
  ck_assert_int_eq (mount ("none", f.out, "tmpfs", MS_REMOUNT, "size=800k"), 0);
  extract_well (&f);
  ck_assert_int_eq (umount (f.out), 0);
}
END_TEST

/* Of a long file excerpts, of a short one all. */
START_TEST (excerpts_are_heard_instead_of_all)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  f.job.n_excerpts = 3;
  f.job.excerpt_frames = 32;
  write_noise (f.music, "rock/long.wav", RATE, 80 * RATE);
  write_noise (f.music, "rock/short.wav", RATE, 2 * RATE);
  extract_well (&f);
  g_autofree char *path = g_build_filename (f.out, "rock/long.npy", NULL);
  g_autofree char *short_path = g_build_filename (f.out, "rock/short.npy", NULL);
  g_autoptr (GenreNpy) array = genre_npy_load (path, NULL);
  g_autoptr (GenreNpy) whole = genre_npy_load (short_path, NULL);
  ck_assert_uint_eq (array->rows, 3 * 32);
  ck_assert_uint_eq (whole->rows, 1 + 2 * RATE / 914);
}
END_TEST

static const struct {
  double share;
  gboolean is_said, is_whole;
} cuts[] = {{1, FALSE, FALSE}, {0.7, TRUE, FALSE}, {0.4, TRUE, FALSE}, {0.05, TRUE, TRUE}};

/* Wherever it ends: none, one, two or three excerpts of what its header promises. */
START_TEST (what_is_cut_off_has_as_many_frames)
{
  const guint n_wanted = 3 * 32;
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  f.job.n_excerpts = 3;
  f.job.excerpt_frames = 32;
  write_noise (f.music, "pop/a.wav", RATE, RATE);
  write_cut_flac (f.music, "rock/cut.flac", 60, cuts[_i].share);
  extract_well (&f);
  ck_assert_uint_eq (f.result.n_extracted, 2);
  g_autofree char *path = g_build_filename (f.out, "rock/cut.npy", NULL);
  g_autoptr (GenreNpy) array = genre_npy_load (path, NULL);
  ck_assert_ptr_nonnull (array);
  if (cuts[_i].is_whole)
    ck_assert_uint_gt (array->rows, 32); /* about three seconds */
  else
    ck_assert_uint_eq (array->rows, n_wanted);
  ck_assert_uint_eq (f.result.notes->len, cuts[_i].is_said);
  if (cuts[_i].is_said)
    ck_assert (are_said (f.result.notes, "rock/cut.flac: cut off", " of 60.0 seconds could be"));
}
END_TEST

/* Excerpts lie where there is sound. */
START_TEST (pictures_do_not_say_where_excerpts_are)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_auto (Fixture) f = {0};
  fixture_init (&f, folder);
  f.job.n_excerpts = 3;
  f.job.excerpt_frames = 32;
  write_noise (f.music, "pop/a.wav", RATE, RATE);
  write_matroska (f.music, "rock/video.mkv", 20, 60, 1);
  extract_well (&f);
  g_autofree char *path = g_build_filename (f.out, "rock/video.npy", NULL);
  g_autoptr (GenreNpy) array = genre_npy_load (path, NULL);
  ck_assert_ptr_nonnull (array);
  ck_assert_uint_ge (array->rows, 3 * 32);
  ck_assert_uint_eq (f.result.notes->len, 0);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("extraction");
  tcase_add_test (tests, folders_of_music_become_a_data_set);
  tcase_add_test (tests, levels_are_the_spectrogram_under_its_loudest);
  tcase_add_test (tests, spectrograms_are_of_what_the_element_hears);
  tcase_add_test (tests, a_second_run_does_only_what_is_new);
  tcase_add_test (tests, what_cannot_be_read_is_listed_and_the_rest_done);
  tcase_add_test (tests, what_is_cut_off_is_said);
  tcase_add_test (tests, a_picture_that_lasts_longer_than_its_sound_is_no_fault);
  tcase_add_test (tests, what_is_left_of_an_earlier_file_is_said);
  tcase_add_test (tests, closed_files_are_listed);
  tcase_add_test (tests, nothing_readable_is_a_failure);
  tcase_add_test (tests, music_that_older_music_has_replaced_is_heard_again);
  tcase_add_test (tests, what_music_was_is_known_while_it_is_away);
  tcase_add_test (tests, music_from_the_future_is_heard_once);
  tcase_add_test (tests, somebody_s_own_table_is_not_written_over);
  tcase_add_test (tests, folders_that_make_no_data_set_are_refused);
  tcase_add_test (tests, every_file_has_a_spectrogram_of_its_own);
  tcase_add_test (tests, links_in_circles_add_nothing);
  tcase_add_test (tests, names_that_meet_are_parted);
  tcase_add_test (tests, rates_and_lengths_may_differ);
  tcase_add_test (tests, excerpts_are_heard_instead_of_all);
  tcase_add_loop_test (tests, what_is_cut_off_has_as_many_frames, 0, G_N_ELEMENTS (cuts));
  tcase_add_test (tests, pictures_do_not_say_where_excerpts_are);
  tcase_add_test (tests, threads_change_nothing);
  tcase_add_loop_test (tests, every_representation_reads_back, 0, G_N_ELEMENTS (representations));
  tcase_add_test (tests, another_front_end_is_not_mixed_in);
  tcase_add_test (tests, what_an_earlier_version_made_is_not_mixed_in);
  tcase_add_test (tests, what_another_front_end_left_is_removed_by_force);
  tcase_add_loop_test (tests, what_others_made_is_never_removed, 0, G_N_ELEMENTS (strange));
  tcase_add_test (tests, what_others_began_may_be_added_to);
  tcase_add_test (tests, what_others_called_as_we_do_stays_theirs);
  tcase_add_test (tests, what_sources_know_is_ours_without_a_description);
  tcase_add_test (tests, what_killed_runs_left_is_tidied);
  tcase_add_test (tests, a_spectrogram_goes_with_the_name_that_its_music_gets);
  tcase_add_test (tests, without_a_list_of_sources_no_spectrogram_gets_another_name);
  tcase_add_test (tests, what_only_looks_half_written_stays);
  tcase_add_test (tests, what_may_be_written_just_now_stays);
  tcase_add_test (tests, a_stop_keeps_what_is_done_and_the_next_run_goes_on);
  tcase_add_test (tests, a_stop_does_not_wait_for_another_shard);
  tcase_add_test (tests, a_failing_write_ends_all_and_leaves_nothing_half_written);
  tcase_add_test (tests, a_full_disk_is_named_and_leaves_nothing_half_written);
  return test_run ("extraction", tests);
}
