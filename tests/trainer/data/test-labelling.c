/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/labelling.h"
#include <string.h>
#include <time.h>
#include "model.h"
#include "support.h"

/* What tags say: genres with ; between, artist or NULL. */
typedef struct {
  const char *genres, *artist;
} Tags;

static void
song_free (GenreSong *song)
{
  g_free (song->path);
  g_free (song->folder);
  g_free (song->artist);
  g_strfreev (song->genres);
  g_free (song);
}

static GPtrArray *
make_songs (const Tags *tags, guint n)
{
  GPtrArray *songs = g_ptr_array_new_with_free_func ((GDestroyNotify)song_free);
  for (guint i = 0; i < n; i++) {
    GenreSong *song = g_new0 (GenreSong, 1);
    song->path = g_strdup_printf ("/music/%u.ogg", i);
    song->folder = g_strdup (i % 2 ? "Odd" : "Even");
    song->artist = g_strdup (tags[i].artist);
    song->genres = g_new0 (char *, 2);
    song->genres[0] = g_strdup (tags[i].genres);
    g_ptr_array_add (songs, song);
  }
  return songs;
}

static const Tags tags[] = {{"Rock; Pop", "a"}, {"rock", "b"},       {"ROCK;Pop", "b"},
                            {"Pop", "c"},       {"Pop", "d"},        {"Folk; Pop", "e"},
                            {"Folk;Rock", "e"}, {"Drone", "f"},      {"", "g"},
                            {"Other", "h"},     {"Folk; Drone", "i"}};

START_TEST (small_genres_go_and_their_songs_move_on)
{
  g_autoptr (GPtrArray) songs = make_songs (tags, G_N_ELEMENTS (tags));
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, FALSE, 3, NULL);
  ck_assert_ptr_nonnull (labelling);
  ck_assert_uint_eq (labelling->kept->len, 2);
  const GenreOwnGenre *pop = labelling->kept->pdata[0], *rock = labelling->kept->pdata[1];
  ck_assert_str_eq (pop->label, "pop");
  ck_assert_uint_eq (pop->n_songs, 3); /* of c, d and, once folk is out, e */
  ck_assert_uint_eq (pop->n_artists, 3);
  ck_assert_str_eq (rock->name, "Rock");
  ck_assert_uint_eq (rock->n_songs, 4);
  ck_assert_uint_eq (rock->n_artists, 3);
  const guint expected[] = {
      1, 1, 1, 0, 0, 0, 1, GENRE_FOREIGN, GENRE_NO_LABEL, GENRE_NO_LABEL, GENRE_FOREIGN};
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    ck_assert_uint_eq (labelling->labels[i], expected[i]);
  ck_assert_uint_eq (labelling->n_labelled, 7);
  ck_assert_uint_eq (labelling->n_untagged, 2);
  ck_assert_uint_eq (labelling->n_left_out, 2);
  const GenreOwnGenre *folk = labelling->dropped->pdata[0];
  ck_assert_str_eq (folk->name, "Folk");
  ck_assert_uint_eq (folk->n_songs, 3);
  ck_assert_uint_eq (folk->n_artists, 2);
  ck_assert (genre_labelling_names (labelling, 0, 0));
  ck_assert (!genre_labelling_names (labelling, 3, 1));
}
END_TEST

/* Their tags are not empty: it is said what is wrong with them. */
START_TEST (genres_that_are_no_names_are_counted)
{
  g_autofree char *lengthy = g_strnfill (201, 'x');
  const Tags odd[] = {
      {"A", "a"},     {"A", "b"},          {"B", "c"},     {"B", "d"},     {"", "e"},
      {"Other", "f"}, {"\U0001f3b8", "g"}, {"!!!; ", "h"}, {lengthy, "i"}, {"A; \U0001f3b8", "j"}};
  g_autoptr (GPtrArray) songs = make_songs (odd, G_N_ELEMENTS (odd));
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, FALSE, 2, NULL);
  ck_assert_ptr_nonnull (labelling);
  ck_assert_uint_eq (labelling->n_untagged, 5);
  ck_assert_uint_eq (labelling->n_unnamed, 2);
  ck_assert_uint_eq (labelling->first_unnamed, 6);
  ck_assert_uint_eq (labelling->n_lengthy, 1);
  ck_assert_uint_eq (labelling->first_lengthy, 8);
}
END_TEST

START_TEST (songs_without_a_genre_are_counted_by_their_endings)
{
  const Tags some[] = {{"A", "a"}, {"B", "b"}, {"", "c"}, {"", "d"}, {"", "e"}, {"", "f"}};
  const char *const paths[] = {"/m/a.wav", "/m/b.wav",      "/m/c.mp3",
                               "/m/d.WAV", "/m/dotted.e/e", "/m/f.wav"};
  g_autoptr (GPtrArray) songs = make_songs (some, G_N_ELEMENTS (some));
  for (guint i = 0; i < songs->len; i++) {
    GenreSong *song = songs->pdata[i];
    g_free (song->path);
    song->path = g_strdup (paths[i]);
  }
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, FALSE, 1, NULL);
  ck_assert_ptr_nonnull (labelling);
  g_autoptr (GPtrArray) list = genre_labelling_list_untagged (labelling, songs);
  const GenreUntagged expected[] = {
      {(char *)".wav", 2, 3}, {(char *)"", 1, 4}, {(char *)".mp3", 1, 2}};
  ck_assert_uint_eq (list->len, G_N_ELEMENTS (expected));
  for (guint i = 0; i < list->len; i++) {
    const GenreUntagged *untagged = list->pdata[i];
    ck_assert_str_eq (untagged->ending, expected[i].ending);
    ck_assert_uint_eq (untagged->n, expected[i].n);
    ck_assert_uint_eq (untagged->first, expected[i].first);
  }
}
END_TEST

START_TEST (who_is_not_known_counts_as_one)
{
  const Tags anonymous[] = {{"A", NULL}, {"A", NULL}, {"B", "x"}, {"B", "y"}};
  g_autoptr (GPtrArray) songs = make_songs (anonymous, 4);
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, FALSE, 2, NULL);
  ck_assert_ptr_nonnull (labelling);
  ck_assert_uint_eq (labelling->kept->len, 2);
  ck_assert_uint_eq (labelling->n_anonymous, 2);
}
END_TEST

START_TEST (folders_are_genres_if_wished)
{
  g_autoptr (GPtrArray) songs = make_songs (tags, G_N_ELEMENTS (tags));
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, TRUE, 3, NULL);
  ck_assert_ptr_nonnull (labelling);
  ck_assert_str_eq (((GenreOwnGenre *)labelling->kept->pdata[1])->name, "Odd");
}
END_TEST

START_TEST (any_name_gets_a_label_of_its_own)
{
  const Tags odd[] = {{"演歌", "x"}, {"80s", "x"}, {"Unknown Pleasures", "x"},
                      {"C#", "x"},   {"C-", "x"},  {"Speech", "x"},
                      {"Ça", "x"},   {"邦楽", "x"}};
  char *const reserved[] = {"speech", NULL};
  g_autoptr (GPtrArray) songs = make_songs (odd, G_N_ELEMENTS (odd));
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, FALSE, 1, reserved);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  ck_assert_ptr_nonnull (labelling);
  ck_assert_uint_eq (labelling->kept->len, 7); /* C# and C- have the same letters */
  for (guint i = 0; i < labelling->kept->len; i++) {
    const GenreOwnGenre *genre = labelling->kept->pdata[i];
    ck_assert_msg (genre_label_is_valid (genre->label), "%s", genre->label);
    ck_assert_str_ne (genre->label, "speech");
    ck_assert (g_hash_table_add (seen, genre->label));
  }
  ck_assert (g_hash_table_contains (seen, "genre-80s"));
  ck_assert (g_hash_table_contains (seen, "speech-2"));
}
END_TEST

/* Processor time that it takes with @n_genres in enough tags, each song having three. */
static double
time_labelling (guint n_songs, guint n_genres)
{
  g_autofree Tags *many = g_new0 (Tags, n_songs);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n_songs; i++) {
    many[i] = (Tags){g_strdup_printf ("Genre %u; Genre %u; All", i % n_genres, i / 2 % n_genres),
                     g_strdup_printf ("Artist %u", i)};
    g_ptr_array_add (texts, (gpointer)many[i].genres);
    g_ptr_array_add (texts, (gpointer)many[i].artist);
  }
  g_autoptr (GPtrArray) songs = make_songs (many, n_songs);
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  clock_t begin = clock ();
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, FALSE, 8, NULL);
  double time = (double)(clock () - begin);
  guint n_kept = 0;
  ck_assert_ptr_nonnull (labelling);
  ck_assert_uint_le (labelling->kept->len, GENRE_MODEL_MAX_LABELS - 16);
  for (guint i = 0; i < labelling->kept->len; i++)
    n_kept += ((GenreOwnGenre *)labelling->kept->pdata[i])->n_songs;
  ck_assert_uint_eq (n_kept, labelling->n_labelled);
  return time;
}

/* One genre less moves its own songs, not all there are. */
START_TEST (thousands_of_genres_are_sorted_nearly_as_fast_as_hundreds)
{
  double few = time_labelling (15000, 150), many = time_labelling (15000, 1500);
  ck_assert_msg (many < 8 * few, "%g times as long", many / few);
}
END_TEST

static void
check_too_little (const GPtrArray *songs, GenreNames *names, guint min_artists, GError **error)
{
  g_autoptr (GenreLabelling) labelling =
      genre_labelling_new (songs, names, FALSE, min_artists, NULL);
  ck_assert (!genre_labelling_check (labelling, FALSE, min_artists, error));
}

START_TEST (too_little_is_said)
{
  g_autoptr (GPtrArray) songs = make_songs (tags, G_N_ELEMENTS (tags));
  g_autoptr (GPtrArray) none = make_songs (tags + 8, 2);
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  GError *error = NULL;
  check_too_little (songs, names, 9, &error);
  test_assert_error (error, GENRE_ERROR_DATA, "no genre with at least 9", "Pop (5)",
                     "--min-artists");
  check_too_little (songs, names, 5, &error);
  test_assert_error (error, GENRE_ERROR_DATA, "one genre with at least 5 artists", "Pop (5)");
  check_too_little (none, names, 1, &error);
  test_assert_error (error, GENRE_ERROR_DATA, "none of 2 songs", "--labels folders");
}
END_TEST

static const struct {
  const char *album_artist, *artist, *album, *expected;
} artists[] = {{"Band", "Singer", "Album", "band"},
               {"Various Artists", "Singer feat. Guest", "Album", "singer"},
               {NULL, "Singer (feat. Guest)", NULL, "singer"},
               {NULL, " ÉTOILE ft. X", NULL, "étoile"},
               {NULL, "Singer [feat. Guest]", NULL, "singer"},
               {NULL, "Singer (feat Guest)", NULL, "singer"},
               {NULL, "Singer Feat.Guest", NULL, "singer"},
               {NULL, "Singer [FT Guest] feat. Other", NULL, "singer"},
               {NULL, "Singer (Featuring Guest)", NULL, "singer"},
               {NULL, "Defeat. Me", NULL, "defeatme"},
               {NULL, "The Featurettes", NULL, "thefeaturettes"},
               {NULL, "Aircraft Ft Noise", NULL, "aircraft"},
               {NULL, "feat. Guest", NULL, "featguest"},
               {"VA", NULL, "Hits", "album hits"},
               {NULL, NULL, NULL, NULL},
               {NULL, "Little Feat", NULL, "littlefeat"},
               {NULL, "Guns N\u2019 Roses", NULL, "gunsandroses"},
               {NULL, "Guns n' Roses", NULL, "gunsandroses"},
               {NULL, "E\u0301toile", NULL, "\u00e9toile"},
               {"V/A", " !!! ", NULL, "!!!"},
               {NULL, "unknown artist", "Hits", "album hits"},
               {NULL, "Unknown Artist", "Unknown Album", NULL},
               {NULL, NULL, "unknown", NULL},
               {"Various", "[unknown]", "(Untitled)", NULL},
               {NULL, NULL, "Unbekanntes Album", NULL},
               {NULL, NULL, "[non-album tracks]", NULL},
               {NULL, NULL, "不明なアルバム", NULL},
               {NULL, NULL, "Unknown Pleasures", "album unknownpleasures"}};

START_TEST (a_song_is_by_somebody)
{
  const GenreSong song = {.album_artist = (char *)artists[_i].album_artist,
                          .artist = (char *)artists[_i].artist,
                          .album = (char *)artists[_i].album};
  g_autofree char *artist = genre_song_get_artist (&song);
  if (artists[_i].expected)
    ck_assert_str_eq (artist, artists[_i].expected);
  else
    ck_assert_ptr_null (artist);
}
END_TEST

/* As tags have it, and not as genre_name_key() leaves it. */
static const char *const nobodies[] = {"Verschiedene Interpreten",
                                       "DIVERSE INTERPRETEN",
                                       "Verschiedene Ku\u0308nstler",
                                       "Varios Artistas",
                                       "Vários Artistas",
                                       "VV. AA.",
                                       "Artistes divers",
                                       "Divers artistes",
                                       "Artisti vari",
                                       "AA.VV.",
                                       "Aa. Vv.",
                                       "Diverse artiesten",
                                       "Blandade artister",
                                       "Eri esittäjiä",
                                       "Różni wykonawcy",
                                       "Různí interpreti",
                                       "Разные исполнители",
                                       "Різні виконавці",
                                       "Διάφοροι καλλιτέχνες",
                                       "Çeşitli Sanatçılar",
                                       "Beragam Artis",
                                       "Nhiều nghệ sĩ",
                                       "รวมศิลปิน",
                                       "אמנים שונים",
                                       "विभिन्न कलाकार",
                                       "群星",
                                       "オムニバス",
                                       "ｵﾑﾆﾊﾞｽ",
                                       "ヴァリアス・アーティスツ",
                                       "여러 아티스트",
                                       "[Various Artists]"};

START_TEST (nobody_is_nobody_in_many_languages)
{
  const GenreSong song = {.album_artist = (char *)nobodies[_i], .artist = (char *)"Singer"};
  g_autofree char *artist = genre_song_get_artist (&song);
  ck_assert_msg (strcmp (artist, "singer") == 0, "%s: %s", nobodies[_i], artist);
}
END_TEST

/* @n songs under one album artist, by @n_artists; their album artists are spelled in two ways. */
static void
add_album (GPtrArray *songs, const char *album_artist, guint n, guint n_artists)
{
  for (guint i = 0; i < n; i++) {
    GenreSong *song = g_new0 (GenreSong, 1);
    song->album_artist = i % 2 ? g_ascii_strup (album_artist, -1) : g_strdup (album_artist);
    song->artist = g_strdup_printf ("Artist %u%s", i % n_artists, i % 3 ? "" : " feat. X");
    g_ptr_array_add (songs, song);
  }
}

static void
free_song (gpointer data)
{
  GenreSong *song = data;
  g_free (song->album_artist);
  g_free (song->artist);
  g_free (song);
}

START_TEST (album_artists_of_many_are_named)
{
  g_autoptr (GPtrArray) songs = g_ptr_array_new_with_free_func (free_song);
  add_album (songs, "Top Forty", 15, 8);
  add_album (songs, "A Band", 20, 7);         /* too few others */
  add_album (songs, "Orchestra", 16, 8);      /* only half */
  add_album (songs, "Various Artists", 9, 9); /* known */
  add_album (songs, "Summer Hits", 9, 9);
  g_autoptr (GPtrArray) crowds = genre_tagged_music_find_crowds (songs);
  ck_assert_uint_eq (crowds->len, 2);
  ck_assert_msg (g_str_has_prefix (crowds->pdata[0], "15 songs of the album artist \"Top Forty\" "
                                                     "have 8 different artists: is that nobody?"),
                 "%s", (char *)crowds->pdata[0]);
  ck_assert_ptr_nonnull (strstr (crowds->pdata[1], "\"Summer Hits\" have 9 different"));
}
END_TEST

/* What is a kind of a kept genre by its name is not to be doubted, and not more is than half of
 * what is learnt, from everywhere. */
START_TEST (songs_of_dropped_genres_teach_doubt)
{
  static const Tags many[] = {{"Rock", "a"}, {"Pop", "a"},   {"Rock", "b"},
                              {"Pop", "b"},  {"Drone", "c"}, {"Alternative Rock", "d"},
                              {"Ska", "e"},  {"Zouk", "f"},  {"Fado; Pop Rock", "g"},
                              {"", "h"},     {"Polka", "i"}};
  static const guint expected[] = {1,
                                   0,
                                   1,
                                   0,
                                   GENRE_FOREIGN,
                                   GENRE_NO_LABEL,
                                   GENRE_NO_LABEL,
                                   GENRE_FOREIGN,
                                   GENRE_NO_LABEL,
                                   GENRE_NO_LABEL,
                                   GENRE_NO_LABEL};
  g_autoptr (GPtrArray) songs = make_songs (many, G_N_ELEMENTS (many));
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, FALSE, 2, NULL);
  ck_assert_ptr_nonnull (labelling);
  ck_assert_uint_eq (labelling->n_foreign, 2);
  ck_assert_uint_eq (labelling->n_labelled, 4);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    ck_assert_uint_eq (labelling->labels[i], expected[i]);
}
END_TEST

/* What is tagged as rock may be alternative rock. */
START_TEST (what_a_kept_genre_is_a_kind_of_is_not_doubted)
{
  static const Tags some[] = {{"Alternative Rock", "a"},
                              {"Pop", "a"},
                              {"Alternative Rock", "b"},
                              {"Pop", "b"},
                              {"Rock", "c"},
                              {"Drone", "d"}};
  g_autoptr (GPtrArray) songs = make_songs (some, G_N_ELEMENTS (some));
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, FALSE, 2, NULL);
  ck_assert_ptr_nonnull (labelling);
  ck_assert_uint_eq (labelling->n_labelled, 4);
  ck_assert_uint_eq (labelling->n_foreign, 1);
  ck_assert_uint_eq (labelling->labels[4], GENRE_NO_LABEL);
  ck_assert_uint_eq (labelling->labels[5], GENRE_FOREIGN);
}
END_TEST

/* Those by the fewest artists, which are said to be too many and not to be too small. */
START_TEST (genres_beyond_what_a_model_holds_have_no_room)
{
  const guint n_genres = GENRE_MOST_KEPT + 3;
  g_autofree Tags *crowd = g_new0 (Tags, 3 * n_genres + 1);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < 3 * n_genres; i++) {
    char *genre = g_strdup_printf ("Genre %u", i / 3), *artist = g_strdup_printf ("Artist %u", i);
    g_ptr_array_add (texts, genre);
    g_ptr_array_add (texts, artist);
    /* the first three by two artists alone */
    crowd[i] = (Tags){genre, i < 9 && i % 3 == 2 ? crowd[i - 1].artist : artist};
  }
  crowd[3 * n_genres] = (Tags){"Small", "x"};
  g_autoptr (GPtrArray) songs = make_songs (crowd, 3 * n_genres + 1);
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  g_autoptr (GenreLabelling) labelling = genre_labelling_new (songs, names, FALSE, 2, NULL);
  ck_assert_uint_eq (labelling->kept->len, GENRE_MOST_KEPT);
  ck_assert_uint_eq (labelling->dropped->len, 4);
  for (guint i = 0; i < 4; i++) {
    const GenreOwnGenre *genre = labelling->dropped->pdata[i];
    ck_assert_int_eq (genre->has_no_room, i < 3);
    ck_assert_str_eq (genre->name,
                      i < 3 ? ((const char *[]){"Genre 0", "Genre 1", "Genre 2"})[i] : "Small");
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("labelling");
  tcase_add_test (tests, small_genres_go_and_their_songs_move_on);
  tcase_add_test (tests, what_a_kept_genre_is_a_kind_of_is_not_doubted);
  tcase_add_test (tests, songs_of_dropped_genres_teach_doubt);
  tcase_add_test (tests, genres_that_are_no_names_are_counted);
  tcase_add_test (tests, songs_without_a_genre_are_counted_by_their_endings);
  tcase_add_test (tests, who_is_not_known_counts_as_one);
  tcase_add_test (tests, folders_are_genres_if_wished);
  tcase_add_test (tests, any_name_gets_a_label_of_its_own);
  tcase_add_test (tests, thousands_of_genres_are_sorted_nearly_as_fast_as_hundreds);
  tcase_add_test (tests, genres_beyond_what_a_model_holds_have_no_room);
  tcase_add_test (tests, too_little_is_said);
  tcase_add_loop_test (tests, a_song_is_by_somebody, 0, G_N_ELEMENTS (artists));
  tcase_add_loop_test (tests, nobody_is_nobody_in_many_languages, 0, G_N_ELEMENTS (nobodies));
  tcase_add_test (tests, album_artists_of_many_are_named);
  return test_run ("labelling", tests);
}
