/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/taggedmusic.h"
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <stdio.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utime.h>
#include "support.h"

#define RATE 22050
#define HEADER "genreclassify-tags-4\n"

/* A song, and a cache of its tags. */
typedef struct {
  TestFolder *folder;
  char *song, *cache;
  struct utimbuf then;
} Fixture;

static void
fixture_clear (Fixture *f)
{
  g_free (f->song);
  g_free (f->cache);
  test_folder_free (f->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
write_song (Fixture *f)
{
  static const float silence[RATE];
  test_write_wav (f->folder, "music/a.wav", RATE, 1, silence, RATE);
  ck_assert_int_eq (utime (f->song, &f->then), 0);
}

static void
fixture_init (Fixture *f)
{
  gst_init (NULL, NULL);
  f->folder = test_folder_new ();
  f->song = test_path (f->folder, "music/a.wav");
  f->cache = test_path (f->folder, "tags.tsv");
  f->then = (struct utimbuf){1600000000, 1600000000};
  write_song (f);
}

/* (transfer full) */
static GenreTaggedMusic *
read_song (Fixture *f)
{
  char *sources[] = {f->song, NULL};
  const GenreTaggedMusicJob job = {
      .sources = sources, .cache = f->cache, .n_threads = 1, .timeout = 20};
  g_autoptr (GError) error = NULL;
  GenreTaggedMusic *music = genre_tagged_music_read (&job, &error);
  ck_assert_msg (music && music->songs->len == 1, "%s", error ? error->message : "no song");
  const GenreSong *song = music->songs->pdata[0];
  ck_assert_msg (!song->fault, "%s", song->fault);
  return music;
}

/* How many genres the song has by what is read. */
static guint
read_genres (Fixture *f)
{
  g_autoptr (GenreTaggedMusic) music = read_song (f);
  return g_strv_length (((const GenreSong *)music->songs->pdata[0])->genres);
}

static char *
get_cache (Fixture *f)
{
  char *text;
  ck_assert (g_file_get_contents (f->cache, &text, NULL, NULL));
  return text;
}

static void
set_cache (Fixture *f, const char *text)
{
  ck_assert (g_file_set_contents (f->cache, text, -1, NULL));
}

/* The file has none: what one comes from is the cache. */
static void
add_genre_to_cache (Fixture *f)
{
  g_autofree char *text = get_cache (f);
  ck_assert (g_str_has_prefix (text, HEADER) && g_str_has_suffix (text, "\n"));
  text[strlen (text) - 1] = '\0';
  g_autofree char *more = g_strconcat (text, "\tRock\n", NULL);
  set_cache (f, more);
}

static void
append_bytes (Fixture *f, const char *bytes, gsize n)
{
  FILE *file = fopen (f->song, "ab");
  ck_assert_ptr_nonnull (file);
  ck_assert_uint_eq (fwrite (bytes, 1, n, file), n);
  ck_assert_int_eq (fclose (file), 0);
}

/* A chunk behind the sound, with a genre in an ID3v2.3 tag. */
static void
append_id3 (Fixture *f)
{
  static const char chunk[] = "id3 \x1a\0\0\0"
                              "ID3\3\0\0\0\0\0\x0f"
                              "TCON\0\0\0\5\0\0\0Rock\0";
  append_bytes (f, chunk, sizeof chunk - 1);
}

/* A list of information with a genre, and an ID3v2.3 tag that has an artist and a blank for one. */
static void
append_blank_id3 (Fixture *f)
{
  static const char chunks[] = "LIST\x12\0\0\0INFO"
                               "IGNR\6\0\0\0Blues\0"
                               "id3 \x24\0\0\0"
                               "ID3\3\0\0\0\0\0\x1a"
                               "TCON\0\0\0\2\0\0\0 "
                               "TPE1\0\0\0\4\0\0\0One";
  append_bytes (f, chunks, sizeof chunks - 1);
}

START_TEST (what_was_read_is_kept_until_the_file_changes)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  ck_assert_uint_eq (read_genres (&f), 0);
  add_genre_to_cache (&f);
  ck_assert_uint_eq (read_genres (&f), 1);
  f.then.modtime++;
  ck_assert_int_eq (utime (f.song, &f.then), 0);
  ck_assert_uint_eq (read_genres (&f), 0);
}
END_TEST

START_TEST (tags_written_without_another_size_or_time_are_read)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  ck_assert_uint_eq (read_genres (&f), 0);
  add_genre_to_cache (&f);
  g_usleep (50000); /* clocks of file systems tick slowly */
  write_song (&f);
  ck_assert_uint_eq (read_genres (&f), 0);
}
END_TEST

/* It says nothing of when a file was touched. */
START_TEST (a_cache_of_an_earlier_version_is_read_anew)
{
  g_auto (Fixture) f = {0};
  GStatBuf status;
  fixture_init (&f);
  ck_assert_int_eq (g_stat (f.song, &status), 0);
  g_autofree char *old = g_strdup_printf ("genreclassify-tags-1\n%s\t%d\t1600000000\t\t\t\tRock\n",
                                          f.song, (int)status.st_size);
  set_cache (&f, old);
  ck_assert_uint_eq (read_genres (&f), 0);
  g_autofree char *text = get_cache (&f);
  ck_assert (g_str_has_prefix (text, HEADER));
}
END_TEST

/* Of which one before this said that they have no genre. */
START_TEST (what_an_earlier_version_missed_is_read)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  append_id3 (&f);
  ck_assert_uint_eq (read_genres (&f), 1);
  g_autofree char *text = get_cache (&f);
  g_auto (GStrv) parts = g_strsplit (text, HEADER, 2);
  *strstr (parts[1], "\tRock") = '\0';
  g_autofree char *old = g_strconcat ("genreclassify-tags-2\n", parts[1], "\n", NULL);
  set_cache (&f, old);
  ck_assert_uint_eq (read_genres (&f), 1);
}
END_TEST

START_TEST (a_blank_hides_nothing)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  append_blank_id3 (&f);
  g_autoptr (GenreTaggedMusic) music = read_song (&f);
  const GenreSong *song = music->songs->pdata[0];
  ck_assert_uint_eq (g_strv_length (song->genres), 1);
  ck_assert_str_eq (song->genres[0], "Blues");
  ck_assert_str_eq (song->artist, "One");
}
END_TEST

/* Where `..` goes up from behind a link. */
START_TEST (songs_are_called_by_the_names_that_they_are_found_under)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  g_autofree char *beside = test_path (f.folder, "beside/link"), *inner = NULL;
  inner = test_path (f.folder, "music/inner/nothing");
  g_autofree char *target = g_path_get_dirname (inner);
  ck_assert_int_eq (symlink (target, beside), 0);
  g_autofree char *up = g_build_filename (beside, "..", NULL);
  char *sources[] = {up, NULL};
  const GenreTaggedMusicJob job = {.sources = sources, .n_threads = 1, .timeout = 20};
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreTaggedMusic) music = genre_tagged_music_read (&job, &error);
  ck_assert_msg (music && music->songs->len == 1, "%s", error ? error->message : "no song");
  const GenreSong *song = music->songs->pdata[0];
  ck_assert_msg (!song->fault, "%s", song->fault);
  ck_assert_str_eq (song->relative, "a.wav");
  ck_assert_msg (g_str_has_suffix (song->path, "/music/a.wav"), "%s", song->path);
}
END_TEST

/* As one on which nothing is mounted: what others have would be learnt alone. */
START_TEST (a_source_without_music_is_named)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  g_autofree char *inner = test_path (f.folder, "empty/nothing");
  g_autofree char *empty = g_path_get_dirname (inner), *folder = g_path_get_dirname (f.song);
  char *sources[] = {empty, folder, f.song, NULL}; /* the last is music, if another source's, too */
  const GenreTaggedMusicJob job = {.sources = sources, .n_threads = 1, .timeout = 20};
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreTaggedMusic) music = genre_tagged_music_read (&job, &error);
  ck_assert_msg (music && music->songs->len == 1, "%s", error ? error->message : "no song");
  g_autofree char *expected = g_strconcat (empty, ": no music there", NULL);
  ck_assert_uint_eq (music->problems->len, 1);
  ck_assert_str_eq (music->problems->pdata[0], expected);
}
END_TEST

/* As a mount does whose server is gone; what leads nowhere is no folder. */
START_TEST (a_folder_that_cannot_be_examined_is_named)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  g_autofree char *mount = test_path (f.folder, "music/mount"), *too_long = g_strnfill (300, 'f');
  g_autofree char *gone = test_path (f.folder, "music/gone");
  g_autofree char *folder = g_path_get_dirname (mount);
  ck_assert_int_eq (symlink (too_long, mount) | symlink ("nowhere", gone), 0);
  char *sources[] = {folder, NULL};
  const GenreTaggedMusicJob job = {.sources = sources, .n_threads = 1, .timeout = 20};
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreTaggedMusic) music = genre_tagged_music_read (&job, &error);
  ck_assert_msg (music && music->songs->len == 1, "%s", error ? error->message : "no song");
  g_autofree char *expected = g_strconcat (mount, ": cannot be examined: File name too long", NULL);
  ck_assert_uint_eq (music->problems->len, 1);
  ck_assert_str_eq (music->problems->pdata[0], expected);
}
END_TEST

/* As for whoever is not root. */
static void
give_up_rights (void)
{
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0}};
  ck_assert_int_eq (syscall (SYS_capset, &header, none), 0);
}

/* And a link to something in it that is not called music is left alone. */
START_TEST (a_folder_that_cannot_be_entered_is_named_once)
{
  g_auto (Fixture) f = {0};
  fixture_init (&f);
  g_autofree char *shut = test_path (f.folder, "music/shut");
  g_autofree char *link = test_path (f.folder, "music/link.txt");
  g_autofree char *folder = g_path_get_dirname (shut);
  ck_assert_int_eq (g_mkdir (shut, 0755) | symlink ("shut/1.jpg", link), 0);
  for (const char *const *name = (const char *[]){"1.jpg", "2.jpg", "3.jpg", NULL}; *name; name++) {
    g_autofree char *path = g_build_filename (shut, *name, NULL);
    ck_assert (g_file_set_contents (path, "", 0, NULL));
  }
  ck_assert_int_eq (g_chmod (shut, 0444), 0);
  give_up_rights ();
  char *sources[] = {folder, NULL};
  const GenreTaggedMusicJob job = {.sources = sources, .n_threads = 1, .timeout = 20};
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreTaggedMusic) music = genre_tagged_music_read (&job, &error);
  ck_assert_int_eq (g_chmod (shut, 0755), 0);
  ck_assert_msg (music && music->songs->len == 1, "%s", error ? error->message : "no song");
  g_autofree char *expected = g_strconcat (shut, ": cannot be entered: Permission denied", NULL);
  ck_assert_uint_eq (music->problems->len, 1);
  ck_assert_str_eq (music->problems->pdata[0], expected);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("taggedmusic");
  tcase_add_test (tests, what_was_read_is_kept_until_the_file_changes);
  tcase_add_test (tests, tags_written_without_another_size_or_time_are_read);
  tcase_add_test (tests, a_cache_of_an_earlier_version_is_read_anew);
  tcase_add_test (tests, what_an_earlier_version_missed_is_read);
  tcase_add_test (tests, a_blank_hides_nothing);
  tcase_add_test (tests, songs_are_called_by_the_names_that_they_are_found_under);
  tcase_add_test (tests, a_source_without_music_is_named);
  tcase_add_test (tests, a_folder_that_cannot_be_examined_is_named);
  tcase_add_test (tests, a_folder_that_cannot_be_entered_is_named_once);
  return test_run ("taggedmusic", tests);
}
