/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/genrenames.h"
#include "genrename.h"
#include <string.h>
#include "support.h"

static GenreNames *
with_map (const char *text)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "map");
  g_autoptr (GError) error = NULL;
  test_write (folder, "map", text, -1);
  GenreNames *names = genre_names_new (path, &error);
  ck_assert_msg (names, "%s", error ? error->message : "");
  return names;
}

/* @expected: keys with a space between. */
static void
check_read (GenreNames *names, const char *expected, const char *first, const char *second)
{
  char *values[] = {(char *)first, (char *)second, NULL};
  g_auto (GStrv) keys = genre_names_read (names, values);
  g_autofree char *all = g_strjoinv (" ", keys);
  ck_assert_str_eq (all, expected);
}

static const char *const same[][2] = {
    {"hip hop", "Hip-Hop"},
    {"HipHop", "Hip-Hop"},
    {"HIP_HOP", "hip  hop "},
    {"Drum & Bass", "drum and bass"},
    {"Drum'n'Bass", "Drum & Bass"},
    {"DnB", "Drum + Bass"},
    {"R&B", "RnB"},
    {"R 'n' B", "r & b"},
    {"Rock & Roll", "rock n roll"},
    {"Ame\xcc\x81lie", "AM\xc3\x89LIE"},
    {"Ｊ-Ｐｏｐ", "j pop"},
    {"演歌", " 演歌"},
};

START_TEST (spellings_are_one_genre)
{
  g_autofree char *a = genre_name_key (same[_i][0]), *b = genre_name_key (same[_i][1]);
  ck_assert_str_eq (a, b);
  ck_assert_str_ne (a, "");
}
END_TEST

static const char *const different[][2] = {
    {"R&B", "Rap"}, {"House", "Deep House"}, {"Pop", "K-Pop"}, {"n", ""}, {"演歌", "邦楽"}};

START_TEST (genres_are_not_one)
{
  g_autofree char *a = genre_name_key (different[_i][0]), *b = genre_name_key (different[_i][1]);
  ck_assert_str_ne (a, b);
}
END_TEST

START_TEST (a_tag_holds_several_genres)
{
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  check_read (names, "rock pop", "Rock; Pop", NULL);
  check_read (names, "rock pop jazz", "Rock/Pop", "pop, Jazz|ROCK");
  check_read (names, "", " ; ", "???");
  check_read (names, "rock", "rock\\Rock", "");
  check_read (names, "", NULL, NULL);
  ck_assert_str_eq (genre_names_get_display (names, "rock"), "Rock");
  ck_assert_ptr_null (genre_names_get_display (names, "polka"));
}
END_TEST

/* And in front of what a map has lines for. */
START_TEST (references_of_id3_are_no_part_of_a_name)
{
  g_autoptr (GenreNames) names =
      with_map ("Pop/Rock = Pop\n(17)Hard Rock = Hard\nRock = Rock & Roll\n");
  check_read (names, "рок", "(9)Рок", "Рок");
  ck_assert_str_eq (genre_names_get_display (names, "рок"), "Рок");
  check_read (names, "blackmetal folk", "(9)(138) Black Metal; (80) Folk", NULL);
  check_read (names, "pop", "(13)Pop/Rock", NULL);
  check_read (names, "hard", "(17)Hard Rock", NULL);
  check_read (names, "hardrock", "(18)Hard Rock", NULL);
  check_read (names, "rockandroll", "(17)Rock", NULL);
  check_read (names, "", "(12)Other", NULL);
  check_read (names, "80s 2020jazz 256jazz", "(80s)", "(2020)Jazz; (256)Jazz");
}
END_TEST

START_TEST (references_beside_a_name_are_none)
{
  g_autoptr (GenreNames) names = with_map ("(17) = Hard\n");
  check_read (names, "metal", "(9);Metal", NULL);
  check_read (names, "metal", "Metal", "(9)(138)");
  check_read (names, "metal", "(9)???", "Metal");
  check_read (names, "", "(12); Other", NULL);
  check_read (names, "hard rock", "(17);Rock", NULL);
  check_read (names, "256 metal", "(256);Metal", NULL);
  check_read (names, "9 138", "(9)???", "(138)");
  check_read (names, "9 1999", "(9);1999", NULL);
}
END_TEST

START_TEST (most_spellings_win)
{
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  check_read (names, "hiphop", "hiphop", NULL);
  check_read (names, "hiphop", " Hip-Hop\n", NULL);
  check_read (names, "hiphop", "Hip-Hop", NULL);
  ck_assert_str_eq (genre_names_get_display (names, "hiphop"), "Hip-Hop");
}
END_TEST

/* Whichever comes first; of many, for chance may be right about some. */
START_TEST (of_equally_many_spellings_the_first_in_order_wins)
{
  static const char *const genres[] = {"Blues", "Country", "Disco", "Folk",   "House", "Jazz",
                                       "Metal", "Polka",   "Pop",   "Reggae", "Rock",  "Ska"};
  for (guint i = 0; i < 2 * G_N_ELEMENTS (genres); i++) {
    const char *genre = genres[i / 2];
    g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
    g_autofree char *key = g_ascii_strdown (genre, -1);
    check_read (names, key, i % 2 ? genre : key, NULL);
    check_read (names, key, i % 2 ? key : genre, NULL);
    ck_assert_str_eq (genre_names_get_display (names, key), genre);
  }
}
END_TEST

START_TEST (the_map_has_the_last_word)
{
  g_autoptr (GenreNames) names = with_map ("# mine\n\nAlt Rock = ROCK\n"
                                           "Audiobook=\r\nPop/Rock = Pop\nOther = Odds & Ends\n");
  check_read (names, "rock", "alt-rock", NULL);
  check_read (names, "rock", "Rock", "Rock");
  check_read (names, "", "AudioBook", NULL);
  check_read (names, "pop", "Pop/Rock", NULL);
  check_read (names, "rock pop", "Rock/Pop", NULL);
  check_read (names, "oddsandends", "other", NULL);
  ck_assert_str_eq (genre_names_get_display (names, "rock"), "ROCK");
  ck_assert_str_eq (genre_names_get_display (names, "oddsandends"), "Odds & Ends");
  ck_assert_uint_eq (genre_names_count_mapped (names), 4);
}
END_TEST

START_TEST (a_remark_may_stand_behind_a_line)
{
  g_autoptr (GenreNames) names = with_map ("  # mine\nAlt Rock = Rock # all of it\n"
                                           "Audiobook = #none\nC# = C#\nC Sharp = C#\n");
  check_read (names, "rock", "alt-rock", NULL);
  check_read (names, "", "Audiobook", NULL);
  ck_assert_str_eq (genre_names_get_display (names, "rock"), "Rock");
  check_read (names, "c", "C sharp", NULL);
  ck_assert_str_eq (genre_names_get_display (names, "c"), "C#");
}
END_TEST

START_TEST (lines_that_no_tag_has_are_known)
{
  g_autoptr (GenreNames) names =
      with_map ("Alt Rok = Rock\nPop/Rock = Pop\nalt rock=Rock\nAlt-Rock = rock\n");
  check_read (names, "rock pop", "Alt. Rock", "Pop");
  g_autoptr (GPtrArray) unused = genre_names_list_unused (names);
  ck_assert_uint_eq (unused->len, 2);
  ck_assert_str_eq (unused->pdata[0], "Alt Rok");
  ck_assert_str_eq (unused->pdata[1], "Pop/Rock");
}
END_TEST

START_TEST (a_map_that_contradicts_itself_is_refused)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "map");
  GError *error = NULL;
  test_write (folder, "map", "Alt Rock = Rock\n\nALT-ROCK =\n", -1);
  ck_assert_ptr_null (genre_names_new (path, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "map, line 3: \"ALT-ROCK\"", "in line 1");
}
END_TEST

START_TEST (what_says_nothing_is_no_genre)
{
  g_autoptr (GenreNames) names = genre_names_new (NULL, NULL);
  check_read (names, "", "Other", "unknown; Misc");
}
END_TEST

static const char *const bad_maps[] = {"Rock\n", "= Rock\n", "Rock = ???\n", "--- = Rock\n"};

START_TEST (a_bad_map_names_the_line)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "map");
  g_autofree char *text = g_strconcat ("A = B\n", bad_maps[_i], NULL);
  GError *error = NULL;
  test_write (folder, "map", text, -1);
  ck_assert_ptr_null (genre_names_new (path, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "map, line 2", "GENRE = NAME");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("genrenames");
  tcase_add_loop_test (tests, spellings_are_one_genre, 0, G_N_ELEMENTS (same));
  tcase_add_loop_test (tests, genres_are_not_one, 0, G_N_ELEMENTS (different));
  tcase_add_test (tests, a_tag_holds_several_genres);
  tcase_add_test (tests, references_of_id3_are_no_part_of_a_name);
  tcase_add_test (tests, references_beside_a_name_are_none);
  tcase_add_test (tests, most_spellings_win);
  tcase_add_test (tests, of_equally_many_spellings_the_first_in_order_wins);
  tcase_add_test (tests, the_map_has_the_last_word);
  tcase_add_test (tests, a_remark_may_stand_behind_a_line);
  tcase_add_test (tests, lines_that_no_tag_has_are_known);
  tcase_add_test (tests, a_map_that_contradicts_itself_is_refused);
  tcase_add_test (tests, what_says_nothing_is_no_genre);
  tcase_add_loop_test (tests, a_bad_map_names_the_line, 0, G_N_ELEMENTS (bad_maps));
  return test_run ("genrenames", tests);
}
