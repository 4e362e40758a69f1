/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backoff.h"
#include "contenttype.h"
#include "fault.h"
#include "gunzip.h"
#include "hlscipher.h"
#include "icytitles.h"
#include "mp4time.h"
#include "playlist.h"
#include "station.h"
#include "stationname.h"
#include "test.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static GPtrArray *
parse (const char *text, const char *base, GError **error)
{
  return playlist_parse (playlist_guess_format (text, strlen (text)), text, strlen (text), base,
                         error);
}

static void
expect_entry (const GPtrArray *entries, guint i, const char *name, const char *uri)
{
  ck_assert_uint_gt (entries->len, i);
  const PlaylistEntry *entry = entries->pdata[i];
  ck_assert_pstr_eq (entry->name, name);
  ck_assert_str_eq (entry->uri, uri);
}

START_TEST (playlists_of_all_kinds_are_read)
{
  g_autoptr (GPtrArray) pls = parse ("[Playlist]\r\nTitle2=Two, too\r\nFile1=http://a/1\r\n"
                                     "File2=two.mp3\r\nLength2=-1\r\n",
                                     "http://b/x/list.pls", NULL);
  expect_entry (pls, 0, NULL, "http://a/1");
  expect_entry (pls, 1, "Two, too", "http://b/x/two.mp3");
  g_autoptr (GPtrArray) m3u = parse ("\xef\xbb\xbf#EXTM3U\n#EXTINF:-1 logo=\"a,b\",The name\n"
                                     "http://a/1\n\nhttp://a/2\nICY://a:8000/3\n",
                                     "/tmp/list.m3u", NULL);
  expect_entry (m3u, 0, "The name", "http://a/1");
  expect_entry (m3u, 1, NULL, "http://a/2");
  expect_entry (m3u, 2, NULL, "http://a:8000/3");
  g_autoptr (GPtrArray) xspf = parse (
      "<?xml version='1.0'?><playlist><title>All</title><trackList><track><title>A &amp; B</title>"
      "<location> http://a/1 </location><location>http://a/2</location></track></trackList>"
      "</playlist>",
      "http://b/", NULL);
  ck_assert_uint_eq (xspf->len, 1);
  expect_entry (xspf, 0, "A & B", "http://a/1");
  g_autoptr (GPtrArray) list =
      parse ("# mine\n\nA = B = http://a/?x=1\nhttp://a/2\nFile = song.mp3\n",
             "/music/stations.txt", NULL);
  expect_entry (list, 0, "A = B", "http://a/?x=1");
  expect_entry (list, 1, NULL, "http://a/2");
  expect_entry (list, 2, "File", "/music/song.mp3");
  g_autoptr (GPtrArray) tight = parse (
      "Jazz=http://a/1?to=http://b/\nA=B =\thttp://a/2\nhttp://a/?to=http://b/3\n=http://a/4\n",
      "/music/stations.txt", NULL);
  expect_entry (tight, 0, "Jazz", "http://a/1?to=http://b/");
  expect_entry (tight, 1, "A=B", "http://a/2");
  expect_entry (tight, 2, NULL, "http://a/?to=http://b/3");
  expect_entry (tight, 3, NULL, "http://a/4");
}
END_TEST

/* Loop: a stations file of names, and one of URLs alone, which could as well be an M3U. */
START_TEST (remarks_behind_what_is_listed_are_left_out)
{
  static const char urls[] = "http://a/1   # best\nhttp://a/2\t# \xc3\xa0 la http://b/\n"
                             "http://a/3#fragment\nhttp://a/4 #\n";
  g_autofree char *named =
      g_strconcat (urls,
                   "Radio #1 = http://a/5 # was = http://b/5\nC# = http://a/6\n"
                   "Tight=http://a/7 # x=y\nRoom = pulse:usb # kitchen\n",
                   NULL);
  g_autoptr (GPtrArray) list = parse (_i == 0 ? named : urls, "/music/stations.txt", NULL);
  expect_entry (list, 0, NULL, "http://a/1");
  expect_entry (list, 1, NULL, "http://a/2");
  expect_entry (list, 2, NULL, "http://a/3#fragment");
  expect_entry (list, 3, NULL, "http://a/4");
  ck_assert_uint_eq (list->len, _i == 0 ? 8 : 4);
  if (_i == 1)
    return;
  expect_entry (list, 4, "Radio #1", "http://a/5");
  expect_entry (list, 5, "C#", "http://a/6");
  expect_entry (list, 6, "Tight", "http://a/7");
  expect_entry (list, 7, "Room", "pulse:usb");
  g_autoptr (GPtrArray) served = parse ("A = one.mp3 # best\n", "http://a/list", NULL);
  expect_entry (served, 0, "A", "http://a/one.mp3");
}
END_TEST

/* Paths may have blanks and hashes. Loop: as above. */
START_TEST (remarks_are_none_in_paths_of_files)
{
  static const char lines[] = "song #1.ogg\nsong #1.ogg  # best\nsong.ogg # worst\n"
                              "missing #1.ogg\n";
  g_autofree char *folder = g_dir_make_tmp ("songs-XXXXXX", NULL);
  g_autofree char *base = g_build_filename (folder, "stations.txt", NULL);
  g_autofree char *plain = g_build_filename (folder, "song.ogg", NULL);
  g_autofree char *hashed = g_build_filename (folder, "song #1.ogg", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing #1.ogg", NULL);
  ck_assert (g_file_set_contents (plain, "", 0, NULL));
  ck_assert (g_file_set_contents (hashed, "", 0, NULL));
  g_autofree char *named = g_strconcat (lines, "Name = song.ogg # good\n", NULL);
  g_autoptr (GPtrArray) list = parse (_i == 0 ? named : lines, base, NULL);
  expect_entry (list, 0, NULL, hashed);
  expect_entry (list, 1, NULL, hashed);
  expect_entry (list, 2, NULL, plain);
  expect_entry (list, 3, NULL, missing);
  if (_i == 0)
    expect_entry (list, 4, "Name", plain);
  g_unlink (plain);
  g_unlink (hashed);
  g_rmdir (folder);
}
END_TEST

/* Lists in M3U and PLS are older than UTF-8. Loop: as it is told, and as it is told otherwise. */
START_TEST (names_in_other_charsets_are_read)
{
  if (_i == 1)
    g_setenv ("GST_ICY_TAG_ENCODING", "WINDOWS-1251", TRUE);
  g_autoptr (GPtrArray) m3u =
      parse ("#EXTM3U\n#EXTINF:-1,K\xf6ln \x96 1\nhttp://a/1\n#EXTINF:-1,K\xc3\xb6ln\n"
             "http://a/2\n",
             "/tmp/list.m3u", NULL);
  expect_entry (m3u, 0, _i == 0 ? "Köln – 1" : "Kцln – 1", "http://a/1");
  expect_entry (m3u, 1, "Köln", "http://a/2");
  g_autoptr (GPtrArray) pls =
      parse ("[playlist]\nFile1=http://a/1\nTitle1=\xc9t\xe9\x81\n", "/tmp/list.pls", NULL);
  const PlaylistEntry *entry = pls->pdata[0];
  ck_assert (g_utf8_validate (entry->name, -1, NULL));
  g_unsetenv ("GST_ICY_TAG_ENCODING");
}
END_TEST

/* The first one of the list that fits, as GStreamer does. */
START_TEST (several_charsets_are_tried_in_turn)
{
  g_setenv ("GST_ICY_TAG_ENCODING", "no-such-charset:WINDOWS-1253::WINDOWS-1251", TRUE);
  g_autoptr (GPtrArray) m3u = parse ("#EXTM3U\n#EXTINF:-1,K\xf6ln\nhttp://a/1\n"
                                     "#EXTINF:-1,K\xff\xf6ln\nhttp://a/2\n",
                                     "/tmp/list.m3u", NULL);
  expect_entry (m3u, 0, "Kφln", "http://a/1");
  expect_entry (m3u, 1, "Kяцln", "http://a/2"); /* 0xff is nothing in Windows-1253 */
  g_unsetenv ("GST_ICY_TAG_ENCODING");
}
END_TEST

/* Not in the middle of one, and none that has fewer characters than bytes. */
START_TEST (names_are_cut_behind_characters)
{
  for (guint n = 50; n <= 101; n++) {
    g_autoptr (GString) name = g_string_new (NULL);
    for (guint i = 0; i < n; i++)
      g_string_append (name, "é");
    g_autofree char *tidy = station_name_tidy (name->str, 100);
    ck_assert (g_str_has_prefix (name->str, tidy));
    ck_assert_uint_eq (strlen (tidy), 2 * MIN (n, 100));
  }
}
END_TEST

START_TEST (nonsense_is_an_error)
{
  const char *const texts[] = {
      "",
      "[playlist]\nFile1\n=\n",
      "<playlist><track></playlist>",
      "<!DOCTYPE x [<!ENTITY a \"b\">]>",
      "#EXTM3U\n#only\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    ck_assert_msg (!parse (texts[i], "http://a/", &error), "%s", texts[i]);
    ck_assert_int_eq (error->code, STATION_ERROR_LASTING);
  }
  g_autoptr (GError) error = NULL;
  ck_assert (!playlist_parse (PLAYLIST_M3U, "a\0b", 3, "http://a/", &error));
}
END_TEST

/* Behind more qualities than are tried. */
START_TEST (sound_by_itself_comes_first)
{
  g_autoptr (GString) text = g_string_new ("#EXTM3U\n");
  for (guint i = 0; i < 20; i++)
    g_string_append_printf (text, "#EXT-X-STREAM-INF:BANDWIDTH=%u\n%u\n", i, i);
  g_string_append (text, "#EXT-X-MEDIA:TYPE=AUDIO,DEFAULT=NO,URI=\"described\"\n"
                         "#EXT-X-MEDIA:TYPE=SUBTITLES,DEFAULT=YES,URI=\"written\"\n"
                         "#EXT-X-MEDIA:TYPE=AUDIO,DEFAULT=YES\n"
                         "#EXT-X-MEDIA:TYPE=AUDIO,DEFAULT=YES,URI=\"usual\"\n");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries =
      playlist_parse (PLAYLIST_M3U, text->str, text->len, "http://a/", &error);
  ck_assert_uint_eq (entries->len, 22);
  expect_entry (entries, 0, NULL, "http://a/usual");
  expect_entry (entries, 1, NULL, "http://a/described");
  expect_entry (entries, 2, NULL, "http://a/0");
}
END_TEST

static char *
describe_piece (const HlsPiece *piece)
{
  if (!piece)
    return g_strdup ("-");
  g_autoptr (GString) text = g_string_new (piece->uri);
  if (piece->length > 0)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT, piece->offset,
                            piece->length);
  if (piece->key_uri)
    g_string_append_printf (text, " key %s iv ", piece->key_uri);
  for (gsize i = 0; piece->key_uri && i < HLS_KEY_SIZE; i++)
    g_string_append_printf (text, "%02x", piece->iv[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static HlsPlaylist *
parse_hls (const char *text)
{
  g_autoptr (GError) error = NULL;
  HlsPlaylist *list = hls_playlist_parse (text, strlen (text), "http://a/x/y.m3u8", &error);
  ck_assert_msg (list, "%s: %s", text, error ? error->message : "");
  return list;
}

START_TEST (segments_of_hls_are_read)
{
  static const char text[] = "#EXTM3U\n#EXT-X-TARGETDURATION:6\r\n#EXT-X-MEDIA-SEQUENCE:41\n"
                             "#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6,\na.m4s\n#EXTINF:6,\n/b.m4s\n"
                             "<html>\n#EXTINF:6,\nfile:///etc/passwd\n"
                             "#EXT-X-MAP:URI=\"file:///etc/passwd\"\n#EXTINF:6,\nhttps://c/d\n"
                             "#EXT-X-GAP\n#EXTINF:6,\ngap\n";
  static const char *const expected[][2] = {{"http://a/x/a.m4s", "http://a/x/init.mp4"},
                                            {"http://a/b.m4s", "http://a/x/init.mp4"},
                                            {"-", "http://a/x/init.mp4"},
                                            {"https://c/d", "-"},
                                            {"-", "-"}};
  g_autoptr (HlsPlaylist) list = parse_hls (text);
  ck_assert (!list->is_whole);
  ck_assert_uint_eq (list->first, 41);
  ck_assert_double_eq (list->target, 6);
  ck_assert_uint_eq (list->segments->len, G_N_ELEMENTS (expected));
  for (guint i = 0; i < list->segments->len; i++) {
    const HlsSegment *segment = list->segments->pdata[i];
    g_autofree char *sound = describe_piece (segment->sound);
    g_autofree char *map = describe_piece (segment->map);
    ck_assert_str_eq (sound, expected[i][0]);
    ck_assert_str_eq (map, expected[i][1]);
  }
  g_autoptr (HlsPlaylist) ended = parse_hls ("#EXTINF:1,\na\n#EXT-X-ENDLIST");
  ck_assert (ended->is_whole);
}
END_TEST

/* Whoever believed it would ask again in a day, or without end. */
START_TEST (durations_of_hls_are_within_reason)
{
  static const struct {
    const char *said;
    double target;
  } cases[] = {{"6.5", 6.5}, {"60", 60}, {"100000", 60}, {"1e999", 60},
               {"0", 1},     {"-5", 1},  {"nan", 1},     {"", 1}};
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text =
        g_strdup_printf ("#EXTM3U\n#EXT-X-TARGETDURATION:%s\n#EXTINF:6,\na\n", cases[i].said);
    g_autoptr (HlsPlaylist) list = parse_hls (text);
    ck_assert_double_eq (list->target, cases[i].target);
  }
}
END_TEST

/* Each one's last segment. */
START_TEST (keys_and_ranges_of_hls_are_read)
{
#define IDENTITY "#EXT-X-KEY:METHOD=AES-128,URI=\"k, IV=1\",IV=0x0Fe\n"
#define ZEROES "000000000000000000000000000000"
  static const struct {
    const char *text, *expected;
  } cases[] = {
      {"#EXT-X-KEY:METHOD=NONE\n#EXTINF:1,\na\n", "http://a/x/a"},
      {"#EXT-X-MEDIA-SEQUENCE:256\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:1,\na\n"
       "#EXTINF:1,\nb\n",
       "http://a/x/b key http://a/x/k iv 0000000000000000000000000000"
       "0101"},
      {IDENTITY "#EXTINF:1,\na\n", "http://a/x/a key http://a/x/k,%20IV=1 iv " ZEROES "fe"},
      {IDENTITY
       "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://k\",KEYFORMAT=\"com.apple\"\n#EXTINF:1,\na",
       "http://a/x/a key http://a/x/k,%20IV=1 iv " ZEROES "fe"},
      {IDENTITY "#EXT-X-KEY:METHOD=NONE\n#EXTINF:1,\na\n", "http://a/x/a"},
      /* the vector of one key is none of the next, nor is a lock one of what has no key */
      {IDENTITY "#EXTINF:1,\na\n#EXT-X-KEY:METHOD=AES-128,URI=\"l\"\n#EXTINF:1,\nb\n",
       "http://a/x/b key http://a/x/l iv " ZEROES "01"},
      {"#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\",KEYFORMAT=\"com.apple\"\n#EXTINF:1,\na\n"
       "#EXT-X-KEY:METHOD=NONE\n#EXTINF:1,\nb\n",
       "http://a/x/b"},
      {"#EXTINF:1,\n#EXT-X-BYTERANGE:10@5\na\n#EXT-X-BYTERANGE:7\n#EXTINF:1,\na\n",
       "http://a/x/a 15+7"},
      {"#EXTINF:1,\n#EXT-X-BYTERANGE:10@5\na\n#EXTINF:1,\na\n", "http://a/x/a"},
      /* what comes before them is no segment, what cannot be had is one */
      {"#EXTINF:1,\n#EXT-X-BYTERANGE:10@5\na\n#EXT-X-MAP:URI=\"a\",BYTERANGE=\"4@0\"\n"
       "#EXT-X-BYTERANGE:7\n#EXTINF:1,\na\n",
       "http://a/x/a 15+7"},
      {"#EXTINF:1,\n#EXT-X-BYTERANGE:10@5\na\n#EXT-X-GAP\n#EXT-X-BYTERANGE:7\n#EXTINF:1,\na\n"
       "#EXT-X-BYTERANGE:2\n#EXTINF:1,\na\n",
       "http://a/x/a 22+2"},
      {"#EXTINF:1,\na\n#EXT-X-BYTERANGE:7\n#EXTINF:1,\na\n", "-"},
      {"#EXTINF:1,\na\n#EXT-X-BYTERANGE:0@7\n#EXTINF:1,\na\n", "-"},
      {"#EXTINF:1,\na\n#EXT-X-BYTERANGE:2@9223372036854775807\n#EXTINF:1,\na\n", "-"},
      {"#EXTINF:1,\na\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\"\n#EXTINF:1,\na\n", "-"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (HlsPlaylist) list = parse_hls (cases[i].text);
    const HlsSegment *last = list->segments->pdata[list->segments->len - 1];
    g_autofree char *sound = describe_piece (last->sound);
    ck_assert_str_eq (sound, cases[i].expected);
  }
  g_autoptr (HlsPlaylist) list =
      parse_hls ("#EXT-X-MAP:URI=\"i\",BYTERANGE=\"9@3\"\n#EXTINF:1,\n#EXT-X-BYTERANGE:4@12\ni\n");
  const HlsSegment *segment = list->segments->pdata[0];
  g_autofree char *map = describe_piece (segment->map);
  ck_assert_str_eq (map, "http://a/x/i 3+9");
  ck_assert (!hls_piece_is_same (segment->map, segment->sound));
  ck_assert (hls_piece_is_same (segment->map, segment->map) && hls_piece_is_same (NULL, NULL));
}
END_TEST

static char *
make_long_list (guint n, const char *end)
{
  GString *text = g_string_new ("#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n"
                                "#EXT-X-MAP:URI=\"i\"\n");
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "#EXTINF:1,\n%u\n", i);
  g_string_append (text, end);
  return g_string_free (text, FALSE);
}

static void
expect_segment (const HlsPlaylist *list, guint i, guint64 number)
{
  const HlsSegment *segment = list->segments->pdata[i];
  g_autofree char *sound = describe_piece (segment->sound);
  g_autofree char *expected = g_strdup_printf ("http://a/x/%" G_GUINT64_FORMAT
                                               " key http://a/x/k iv %032" G_GINT64_MODIFIER "x",
                                               number, number + 7);
  ck_assert_str_eq (sound, expected);
  ck_assert_str_eq (segment->map->uri, "http://a/x/i");
}

START_TEST (of_long_lists_of_hls_what_comes_next_is_read)
{
  for (guint n = PLAYLIST_MAX_ENTRIES - 1; n <= 3 * PLAYLIST_MAX_ENTRIES + 5; n += 5001) {
    const guint kept = MIN (n, PLAYLIST_MAX_ENTRIES);
    g_autofree char *live = make_long_list (n, "");
    g_autoptr (HlsPlaylist) list = parse_hls (live);
    ck_assert_uint_eq (list->segments->len, kept);
    ck_assert_uint_eq (list->first, 7 + n - kept);
    expect_segment (list, 0, n - kept);
    expect_segment (list, kept - 1, n - 1);
    ck_assert (!list->is_cut);
    g_autofree char *whole = make_long_list (n, "#EXT-X-ENDLIST\n");
    g_autoptr (HlsPlaylist) ended = parse_hls (whole);
    ck_assert_uint_eq (ended->segments->len, kept);
    ck_assert_uint_eq (ended->first, 7);
    expect_segment (ended, kept - 1, kept - 1);
    ck_assert (ended->is_cut == (n > kept));
  }
}
END_TEST

/* Where the first one that is kept begins is known from those that are not. */
START_TEST (ranges_go_on_behind_segments_that_are_dropped)
{
  g_autoptr (GString) text = g_string_new ("#EXTINF:1,\n#EXT-X-BYTERANGE:2@10\na\n");
  for (guint i = 1; i < PLAYLIST_MAX_ENTRIES + 5; i++)
    g_string_append (text, "#EXTINF:1,\n#EXT-X-BYTERANGE:2\na\n");
  g_autoptr (HlsPlaylist) list = parse_hls (text->str);
  const HlsSegment *segment = list->segments->pdata[0];
  ck_assert_uint_eq (list->segments->len, PLAYLIST_MAX_ENTRIES);
  ck_assert_uint_eq (segment->sound->offset, 10 + 2 * 5);
}
END_TEST

static guint n_resolved;

GUri *__real_g_uri_parse_relative (GUri *base, const char *target, GUriFlags flags, GError **error);
GUri *__wrap_g_uri_parse_relative (GUri *base, const char *target, GUriFlags flags, GError **error);

GUri *
__wrap_g_uri_parse_relative (GUri *base, const char *target, GUriFlags flags, GError **error)
{
  n_resolved++;
  return __real_g_uri_parse_relative (base, target, flags, error);
}

/* Whoever hears many stations would hear nothing while a list of one is read. */
START_TEST (of_lists_that_are_too_long_only_what_is_kept_is_resolved)
{
  static const struct {
    const char *begin, *filling;
    guint most; /* resolved for each that is kept */
  } cases[] = {
      {"#EXTM3U\n", "a\n", 1},
      {"#EXTM3U\n", "//[/\n", 1}, /* leads nowhere */
      {"[playlist]\n", "File1=a\n", 1},
      {"x = http://a/\n", "=\n", 1},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:1\n", "#EXTINF\na\n", 1},
      {"#EXTM3U\n#EXT-X-ENDLIST\n", "#EXTINF\na\n", 1},
      {"#EXTM3U\n", "#EXT-X-MAP:URI=i\n#EXT-X-KEY:METHOD=AES-128,URI=k\n#EXTINF\na\n", 3},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:1\n", "#EXT-X-MAP:URI=i\ni\n", 0},
      {"#EXTM3U\n#EXT-X-TARGETDURATION:1\n", "#EXT-X-KEY:METHOD=AES-128,URI=k\n", 0},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) text = g_string_new (cases[i].begin);
    for (guint n = 0; n < 2 * PLAYLIST_MAX_ENTRIES; n++)
      g_string_append (text, cases[i].filling);
    const PlaylistFormat format = playlist_guess_format (text->str, text->len);
    n_resolved = 0;
    if (format == PLAYLIST_HLS) {
      HlsPlaylist *list = hls_playlist_parse (text->str, text->len, "http://a/", NULL);
      g_clear_pointer (&list, hls_playlist_free);
    } else {
      GPtrArray *entries = playlist_parse (format, text->str, text->len, "http://a/", NULL);
      g_clear_pointer (&entries, g_ptr_array_unref);
    }
    /* and the key in front of the first one, which its map may have */
    ck_assert_msg (n_resolved <= cases[i].most * PLAYLIST_MAX_ENTRIES + 1, "%s: %u",
                   cases[i].filling, n_resolved);
  }
}
END_TEST

START_TEST (breaks_of_hls_are_read)
{
  static const gboolean expected[] = {FALSE, TRUE, FALSE, FALSE};
  g_autoptr (HlsPlaylist) list = parse_hls (
      "#EXT-X-DISCONTINUITY-SEQUENCE:3\n#EXTINF:1,\na\n#EXT-X-DISCONTINUITY\n#EXTINF:1,\nb\n"
      "#EXTINF:1,\nc\n#EXT-X-DISCONTINUITYx\n#EXTINF:1,\nd\n");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    ck_assert (((const HlsSegment *)list->segments->pdata[i])->is_break == expected[i]);
}
END_TEST

START_TEST (segments_of_hls_have_names)
{
  static const struct {
    const char *a, *b;
    gboolean same;
  } cases[] = {
      {"seg?x/y=1#z", "http://b/c/seg", TRUE},
      {"/1/seg.ts?t=1", "/2/seg.ts?t=2", TRUE},
      {"seg1", "seg2", FALSE},
      {"/?a", "/b/", TRUE},
      {"a/seg", "a", FALSE},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text =
        g_strdup_printf ("#EXTINF:1,\n%s\n#EXTINF:1,\n%s\n", cases[i].a, cases[i].b);
    g_autoptr (HlsPlaylist) list = parse_hls (text);
    const HlsSegment *a = list->segments->pdata[0], *b = list->segments->pdata[1];
    ck_assert_msg (hls_piece_is_called (a->sound, b->sound) == cases[i].same, "%s", text);
  }
  g_autoptr (HlsPlaylist) list =
      parse_hls ("#EXTINF:1,\n#EXT-X-BYTERANGE:4@0\na\n#EXT-X-BYTERANGE:4\n#EXTINF:1,\na\n");
  const HlsSegment *a = list->segments->pdata[0], *b = list->segments->pdata[1];
  ck_assert (!hls_piece_is_called (a->sound, b->sound));
}
END_TEST

/* Box by box: their sizes in four bytes, or in eight behind a 1. */
START_TEST (times_of_mp4_are_read)
{
#define BEFORE "\0\0\0\x0cstypabcd\0\0\0\x08moof"
#define HEADS(size) "\0\0\0\x08mfhd\0\0\0" size "traf\0\0\0\x08tfhd"
  static const struct {
    const char *bytes;
    gsize n;
    gint64 time; /* -1: none */
  } cases[] = {
#define CASE(text, time) {text, sizeof text - 1, time}
      CASE ("\0\0\0\x0cstypabcd\0\0\0\x34moof" HEADS (
                "\x24") "\0\0\0\x14tfdt\1\0\0\0\0\0\0\2\0\0\0\3",
            ((gint64)2 << 32) + 3),
      CASE ("\0\0\0\x30moof" HEADS ("\x20") "\0\0\0\x10tfdt\0\0\0\0\xff\0\0\1", 0xff000001),
      CASE ("\0\0\0\1styp\0\0\0\0\0\0\0\x10\0\0\0\x30moof" HEADS (
                "\x20") "\0\0\0\x10tfdt\0\0\0\0\0\0\0\1",
            1),
      CASE (BEFORE, -1),
      CASE (BEFORE HEADS ("\x20") "\0\0\0\x10tfdt\0\0\0\0\0\0\0\1", -1), /* not in the box */
      CASE ("\0\0\0\0moof", -1),
      CASE ("\0\0\0\7moof", -1),
      /* a box that is less than its own head does not reach to the end of everything */
      CASE ("\0\0\0\7moof" HEADS ("\x20") "\0\0\0\x10tfdt\0\0\0\0\0\0\0\1", -1),
      CASE ("\0\0\0\1moof\0\0\0\0\0\0\0", -1),
      CASE ("\0\0\0\1styp\xff\xff\xff\xff\xff\xff\xff\xff", -1),
      CASE ("", -1),
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint64 time = 0;
    const gsize n = cases[i].n;
    g_autofree guint8 *bytes = g_memdup2 (cases[i].bytes, n); /* for who watches memory */
    ck_assert_msg (mp4_time_read (bytes, n, &time) == (cases[i].time >= 0), "%zu", i);
    if (cases[i].time >= 0)
      ck_assert_uint_eq (time, (guint64)cases[i].time);
    for (gsize cut = 0; cases[i].time >= 0 && cut < n; cut++) {
      g_autofree guint8 *less = g_memdup2 (cases[i].bytes, cut);
      ck_assert (!mp4_time_read (less, cut, &time));
    }
  }
}
END_TEST

START_TEST (lists_of_hls_without_sound_are_faults)
{
  static const struct {
    const char *text, *fault;
  } cases[] = {
      {"", "a playlist with nothing in it"},
      {"#EXTM3U\n", "a playlist with nothing in it"},
      {"<html>\n", "a playlist with nothing in it"},
      {"#EXTINF:1,\nfile:///a\n", "a playlist with nothing in it"},
      {"#EXT-X-MEDIA-SEQUENCE:18446744073709551615\n#EXTINF:1,\na\n",
       "a playlist with nothing in it"},
      {"#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\"\n#EXTINF:1,\na\n",
       "encrypted for other players: SAMPLE-AES"},
      {"#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\",KEYFORMAT=\"com.apple\x1b\"\n#EXTINF:1,\na\n",
       "encrypted for other players: com.apple?"},
      {"#EXT-X-KEY:METHOD=AES-128,URI=\"file:///k\"\n#EXTINF:1,\na\n",
       "encrypted for other players: AES-128"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    ck_assert (!hls_playlist_parse (cases[i].text, strlen (cases[i].text), "http://a/", &error));
    ck_assert_str_eq (error->message, cases[i].fault);
  }
}
END_TEST

static GBytes *
decrypt_in_pieces (const guint8 *key, const guint8 *iv, const guint8 *data, gsize size, gsize piece)
{
  g_autoptr (HlsCipher) cipher = hls_cipher_new (key, iv);
  GByteArray *clear = g_byte_array_new ();
  for (gsize i = 0; i < size; i += piece) {
    g_autoptr (GBytes) some = g_bytes_new (data + i, MIN (piece, size - i));
    g_autoptr (GBytes) known = hls_cipher_take (cipher, some);
    g_byte_array_append (clear, g_bytes_get_data (known, NULL), (guint)g_bytes_get_size (known));
  }
  g_autoptr (GBytes) rest = hls_cipher_finish (cipher);
  if (rest)
    g_byte_array_append (clear, g_bytes_get_data (rest, NULL), (guint)g_bytes_get_size (rest));
  g_autoptr (GBytes) all = g_byte_array_free_to_bytes (clear);
  return rest ? g_steal_pointer (&all) : NULL;
}

/* SP 800-38A, F.2.1, whose second block is cut to 15 bytes and padded:
 * openssl enc -aes-128-cbc -K 2b7e… -iv 0001… */
START_TEST (segments_of_hls_are_decrypted)
{
  static const guint8 key[] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                               0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
  static const guint8 iv[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  static const guint8 clear[31] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e,
                                   0x11, 0x73, 0x93, 0x17, 0x2a, 0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03,
                                   0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e};
  static const guint8 secret[32] = {0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46,
                                    0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d,
                                    0xcb, 0x85, 0x6a, 0xeb, 0xf2, 0x2b, 0x76, 0xe1,
                                    0xbb, 0x91, 0x7d, 0x2f, 0xe5, 0x48, 0x48, 0xcb};
  for (gsize piece = 1; piece <= sizeof secret; piece++) {
    g_autoptr (GBytes) bytes = decrypt_in_pieces (key, iv, secret, sizeof secret, piece);
    ck_assert (bytes);
    ck_assert_mem_eq (g_bytes_get_data (bytes, NULL), clear, sizeof clear);
    ck_assert_uint_eq (g_bytes_get_size (bytes), sizeof clear);
  }
  ck_assert (!decrypt_in_pieces (iv, key, secret, sizeof secret, 16));
  ck_assert (!decrypt_in_pieces (key, iv, secret, sizeof secret - 16, 16));
  g_autoptr (GBytes) cut = decrypt_in_pieces (key, iv, secret, sizeof secret - 1, 16);
  ck_assert_uint_eq (g_bytes_get_size (cut), 16);
  g_autoptr (GBytes) nothing = decrypt_in_pieces (key, iv, secret, 0, 16);
  ck_assert_uint_eq (g_bytes_get_size (nothing), 0);
}
END_TEST

static GBytes *
compress (const char *text, gsize n)
{
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream =
      g_converter_output_stream_new (memory, G_CONVERTER (compressor));
  ck_assert (g_output_stream_write_all (stream, text, n, NULL, NULL, NULL));
  ck_assert (g_output_stream_close (stream, NULL, NULL));
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

START_TEST (lists_that_were_compressed_are_read)
{
  static const char list[] = "#EXTM3U\nhttp://a/1\n";
  g_autoptr (GBytes) plain = g_bytes_new_static (list, strlen (list));
  g_autoptr (GBytes) packed = compress (list, strlen (list));
  g_autoptr (GBytes) same = gunzip (plain, strlen (list), NULL);
  g_autoptr (GBytes) text = gunzip (packed, strlen (list), NULL);
  ck_assert_ptr_eq (same, plain);
  ck_assert (g_bytes_equal (text, plain));
}
END_TEST

START_TEST (what_is_compressed_is_limited)
{
  g_autofree char *nothing = g_malloc0 (1 << 24);
  g_autoptr (GBytes) bomb = compress (nothing, 1 << 24);
  g_autoptr (GBytes) torn = g_bytes_new_from_bytes (bomb, 0, g_bytes_get_size (bomb) - 20);
  g_autoptr (GBytes) begun = g_bytes_new_from_bytes (bomb, 0, 2);
  g_autoptr (GError) error = NULL;
  ck_assert (!gunzip (bomb, (1 << 24) - 1, &error));
  ck_assert (g_error_matches (error, STATION_ERROR, STATION_ERROR_LASTING));
  g_autoptr (GBytes) whole = gunzip (bomb, 1 << 24, NULL);
  ck_assert_uint_eq (g_bytes_get_size (whole), 1 << 24);
  ck_assert (!gunzip (torn, 1 << 24, NULL));
  ck_assert (!gunzip (begun, 1 << 24, NULL));
}
END_TEST

START_TEST (no_bytes_at_all_are_an_error)
{
  ck_assert (!hls_playlist_parse (NULL, 0, "http://a/", NULL));
  ck_assert_int_eq (playlist_guess_format (NULL, 0), PLAYLIST_M3U);
  for (PlaylistFormat format = PLAYLIST_PLS; format <= PLAYLIST_LIST; format++) {
    g_autoptr (GError) error = NULL;
    ck_assert (!playlist_parse (format, NULL, 0, "http://a/", &error));
    ck_assert_int_eq (error->code, STATION_ERROR_LASTING);
    ck_assert_str_eq (error->message, "a playlist with nothing in it");
  }
}
END_TEST

START_TEST (entries_that_lead_nowhere_are_left_out)
{
  static const char odd[] = "a:/..//a\n///a\n//@/a\n//a:99999/\n//[/\n/..//b\n//c\n";
  g_autoptr (GPtrArray) entries = parse (odd, "http://a/list.m3u", NULL);
  ck_assert_uint_eq (entries->len, 2);
  expect_entry (entries, 0, NULL, "http://a//b");
  expect_entry (entries, 1, NULL, "http://c");
  g_autoptr (GPtrArray) local = parse ("one.ogg\n", "AC: DC.m3u", NULL); /* no URI, but a name */
  expect_entry (local, 0, NULL, "./one.ogg");
  g_autoptr (GError) error = NULL;
  ck_assert (!parse ("one.ogg\n", "http:///list.m3u", &error));
  ck_assert_int_eq (error->code, STATION_ERROR_LASTING);
}
END_TEST

START_TEST (random_bytes_do_no_harm)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  static const char alphabet[] = "[playlist]\nFile1=<track><location>#EXTINF:,\" = http://\xff\r";
  for (int i = 0; i < 20000; i++) {
    char text[64];
    const gsize n = (gsize)g_rand_int_range (random, 0, sizeof text);
    for (gsize j = 0; j < n; j++)
      text[j] = alphabet[g_rand_int_range (random, 0, sizeof alphabet - 1)];
    for (PlaylistFormat format = PLAYLIST_PLS; format <= PLAYLIST_LIST; format++) {
      g_autoptr (GPtrArray) entries = playlist_parse (format, text, n, "http://a/", NULL);
      ck_assert (!entries || entries->len > 0);
    }
    playlist_guess_format (text, n);
  }
}
END_TEST

START_TEST (playlists_are_limited)
{
  g_autoptr (GString) text = g_string_new ("#EXTM3U\n");
  for (int i = 0; i < PLAYLIST_MAX_ENTRIES + 10; i++)
    g_string_append (text, "http://a/\n");
  g_autoptr (GPtrArray) entries = parse (text->str, "http://a/", NULL);
  ck_assert_uint_eq (entries->len, PLAYLIST_MAX_ENTRIES);
  g_autoptr (GPtrArray) all =
      playlist_parse_all (PLAYLIST_M3U, text->str, text->len, "http://a/", NULL);
  ck_assert_uint_eq (all->len, PLAYLIST_MAX_ENTRIES + 1);
  const PlaylistEntry *last = all->pdata[PLAYLIST_MAX_ENTRIES];
  ck_assert (!last->uri && strstr (last->fault, "more than 10000 entries"));
  ck_assert_uint_eq (last->line, PLAYLIST_MAX_ENTRIES + 2);
  while (text->len <= PLAYLIST_MAX_BYTES)
    g_string_append (text, "################################\n");
  g_autoptr (GError) error = NULL;
  ck_assert (!parse (text->str, "http://a/", &error));
}
END_TEST

START_TEST (unreadable_lines_take_no_places)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < PLAYLIST_MAX_ENTRIES; i++)
    g_string_append_len (text, "x\0\n", 3);
  for (int i = 0; i < PLAYLIST_MAX_ENTRIES + 2; i++)
    g_string_append (text, "http://a/\n");
  g_autoptr (GPtrArray) entries =
      playlist_parse (PLAYLIST_LIST, text->str, text->len, "list.txt", NULL);
  ck_assert_ptr_nonnull (entries);
  ck_assert_uint_eq (entries->len, PLAYLIST_MAX_ENTRIES);
  g_autoptr (GPtrArray) all =
      playlist_parse_all (PLAYLIST_LIST, text->str, text->len, "list.txt", NULL);
  ck_assert_uint_eq (all->len, PLAYLIST_MAX_UNREADABLE + 1 + PLAYLIST_MAX_ENTRIES + 1);
  const PlaylistEntry *named = all->pdata[PLAYLIST_MAX_UNREADABLE - 1];
  ck_assert_str_eq (named->fault, "a NUL byte, which no text has");
  const PlaylistEntry *not_named = all->pdata[PLAYLIST_MAX_UNREADABLE];
  ck_assert_ptr_nonnull (strstr (not_named->fault, "more than 100 lines that cannot be read"));
  ck_assert_uint_eq (not_named->line, PLAYLIST_MAX_UNREADABLE + 1);
  const PlaylistEntry *last = all->pdata[all->len - 1];
  ck_assert_ptr_nonnull (strstr (last->fault, "more than 10000 entries"));
  ck_assert_uint_eq (last->line, 2 * PLAYLIST_MAX_ENTRIES + 1);
}
END_TEST

START_TEST (content_types_choose_the_decoder)
{
  const struct {
    const char *type;
    Content content;
    const char *caps;
  } cases[] = {
      {"audio/mpeg", CONTENT_AUDIO, "audio/mpeg, mpegversion=(int)1"},
      {"Audio/MPEG ; charset=utf-8", CONTENT_AUDIO, "audio/mpeg, mpegversion=(int)1"},
      {"audio/aacp", CONTENT_AUDIO, "audio/mpeg, mpegversion=(int)4"},
      {"application/ogg", CONTENT_AUDIO, "application/ogg"},
      {"audio/x-scpls", CONTENT_PLAYLIST, NULL},
      {"application/vnd.apple.mpegurl", CONTENT_PLAYLIST, NULL},
      {"text/html", CONTENT_OTHER, NULL},
      {"image/png", CONTENT_OTHER, NULL},
      {"application/octet-stream", CONTENT_UNKNOWN, NULL},
      {"audio/whatever", CONTENT_UNKNOWN, NULL},
      {"", CONTENT_UNKNOWN, NULL},
      {NULL, CONTENT_UNKNOWN, NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GstCaps) caps = NULL;
    ck_assert_int_eq (content_type_classify (cases[i].type, &caps), cases[i].content);
    g_autoptr (GstCaps) expected = cases[i].caps ? gst_caps_from_string (cases[i].caps) : NULL;
    ck_assert (expected ? gst_caps_is_equal (caps, expected) : !caps);
  }
}
END_TEST

/* And differ, or a server that was away would have all of its listeners back at once. */
START_TEST (delays_double_up_to_a_limit)
{
  Backoff backoff = {0};
  double last = 0;
  for (int i = 0; i < 100; i++) {
    const double full = MIN (1 << MIN (i, 20), 25), delay = backoff_next (&backoff, 1, 25);
    ck_assert (delay >= full / 2 && delay <= full);
    ck_assert_double_ne (delay, last);
    last = delay;
  }
  backoff_reset (&backoff);
  ck_assert_double_le (backoff_next (&backoff, 1, 25), 1);
}
END_TEST

static void
keep_fault (StationPlace place, const char *what, const char *fault, gpointer user_data)
{
  g_autofree char *where = station_place_show (place);
  g_string_append_printf (((GString **)user_data)[0], "%s%s | %s\n", where, what, fault);
}

static void
keep_note (StationPlace place, const char *what, const char *note, gpointer user_data)
{
  g_string_append_printf (((GString **)user_data)[1], "%s | %s\n", what, note);
}

/* Loop: lines that end as on this system, and as on another one. */
START_TEST (what_is_odd_in_a_list_is_told_with_its_line)
{
  g_autofree char *folder = g_dir_make_tmp ("stations-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "stations.txt", NULL);
  g_autofree char *named = g_build_filename (folder, "odd.m3u", NULL);
  const char *const lines[] = {"# mine",
                               "One = http://a/1",
                               "Two = http//a/2",
                               "",
                               "One = http://a/3",
                               "Three = http://",
                               "One = http://a/1",
                               "http://a/4",
                               "http://a/5",
                               "",
                               "= http://a/6",
                               "=http://a/7 # mine",
                               "Six =http//a/\33\xff",
                               " = b.ogg",
                               NULL};
  g_autofree char *text = g_strjoinv (_i == 0 ? "\n" : "\r\n", (char **)lines);
  ck_assert (g_file_set_contents (path, text, -1, NULL));
  ck_assert (g_file_set_contents (
      named, "#EXTINF:-1,A\nhttp://a/1\n#EXTINF:-1,A\nhttp://a/2\nb.ogg\n", -1, NULL));
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  g_autoptr (GString) faults = g_string_new (NULL), notes = g_string_new (NULL);
  GString *texts[] = {faults, notes};
  ck_assert (stations_add_file (stations, path, keep_fault, keep_note, texts));
  ck_assert_uint_eq (stations->len, 4);
  g_autofree char *expected = g_strdup_printf (
      "%s: line 3: http//a/2 | expected a URL, or a file that is there\n"
      "%s: line 6: http:// | a URL without a host\n"
      "%s: line 11: http://a/6 | no name in front of the \"=\"\n"
      "%s: line 12: http://a/7 | no name in front of the \"=\"\n"
      "%s: line 13: Six =http//a/\33\xff | expected a URL, or a file that is there\n"
      "%s: line 14: b.ogg | no name in front of the \"=\"\n",
      path, path, path, path, path, path);
  g_autofree char *odd = g_strdup_printf (
      "%s | line 5: the station of line 2 has the same name, another URL: One\n", path);
  ck_assert_str_eq (faults->str, expected);
  ck_assert_str_eq (notes->str, odd);
  g_string_truncate (faults, 0);
  stations_add (stations, named, keep_fault, keep_note, texts); /* mirrors are called the same */
  g_autofree char *missing =
      g_strdup_printf ("%s: line 5: b.ogg | expected a URL, or a file that is there\n", named);
  ck_assert_str_eq (faults->str, missing);
  ck_assert_str_eq (notes->str, odd);
  g_unlink (path);
  g_unlink (named);
  g_rmdir (folder);
}
END_TEST

/* Writes @text, of @length bytes, into a file and adds the stations in it. Returns what was said,
 * with the file's name left out. */
static char *
add_stations_of (GPtrArray *stations, const char *text, gssize length, gboolean *good)
{
  g_autofree char *folder = g_dir_make_tmp ("stations-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "stations.txt", NULL);
  GString *faults = g_string_new (NULL);
  g_autoptr (GString) notes = g_string_new (NULL);
  GString *texts[] = {faults, notes};
  ck_assert (g_file_set_contents (path, text, length, NULL));
  *good = stations_add_file (stations, path, keep_fault, keep_note, texts);
  ck_assert_str_eq (notes->str, "");
  g_string_replace (faults, path, "stations.txt", 0);
  g_unlink (path);
  g_rmdir (folder);
  return g_string_free (faults, FALSE);
}

static void
check_pipe (const char *path, const char *expected)
{
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  g_autoptr (GString) faults = g_string_new (NULL), notes = g_string_new (NULL);
  GString *texts[] = {faults, notes};
  ck_assert (stations_add_file (stations, path, keep_fault, keep_note, texts) == !*expected);
  g_string_replace (faults, path, "pipe", 0);
  ck_assert_str_eq (faults->str, expected);
  ck_assert_uint_eq (stations->len, *expected ? 0 : 2);
}

static gpointer
write_two_stations (gpointer path)
{
  const int pipe = open (path, O_WRONLY | O_CLOEXEC); /* waits for a reader */
  ck_assert_int_eq (write (pipe, "http://a/1\n", 11), 11);
  g_usleep (1000);
  ck_assert_int_eq (write (pipe, "http://a/2\n", 11), 11);
  close (pipe);
  return NULL;
}

/* As that of "--stations <(a program)" when the list is read once more: no radio waits for it. */
START_TEST (stations_come_out_of_a_pipe_while_somebody_writes)
{
  g_autofree char *folder = g_dir_make_tmp ("stations-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "pipe", NULL);
  ck_assert_int_eq (mkfifo (path, 0600), 0);
  GThread *writer = g_thread_new ("writer", write_two_stations, path);
  check_pipe (path, "");
  g_thread_join (writer);
  check_pipe (path, "pipe | nothing comes out of it\n");
  g_unlink (path);
  g_rmdir (folder);
}
END_TEST

/* Not a word of a password that may be cut. Loop: named, URLs alone, as on another system. */
START_TEST (lines_that_cannot_be_read_are_told)
{
  const char *name = _i == 1 ? "" : "Ö = ", *other = _i == 1 ? "" : "Z = ",
             *end = _i == 2 ? "\r\n" : "\n";
  g_autofree char *much = g_strnfill (8200, 'x');
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, "\xef\xbb\xbf# %s%s%shttp://a/1%s", much, end, name, end);
  g_string_append_printf (text, "%shttp://me:secret%s@a/%s", name, much, end);
  g_string_append (text, "# of no text: ");
  g_string_append_len (text, "\0\0", 2);
  g_string_append_printf (text, "%s%shttp://b", end, name);
  g_string_append_len (text, "\0", 1);
  g_string_append_printf (text, "/%s  %.8192s  %s%shttp://a/2", end, much, end, other);
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  gboolean good;
  g_autofree char *said = add_stations_of (stations, text->str, (gssize)text->len, &good);
  g_autofree char *expected =
      g_strdup_printf ("stations.txt: line 3: %shttp:… | longer than 8192 bytes\n"
                       "stations.txt: line 5: %shttp:… | a NUL byte, which no text has\n"
                       "stations.txt: line 6: %.8192s | expected a URL, or a file that is there\n",
                       name, name, much);
  ck_assert (good);
  ck_assert_str_eq (said, expected);
  ck_assert_uint_eq (stations->len, 2);
}
END_TEST

START_TEST (a_list_of_nothing_but_a_long_line_is_told)
{
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  g_autofree char *much = g_strnfill (8193, 'x');
  gboolean good;
  g_autofree char *said = add_stations_of (stations, much, -1, &good);
  g_autofree char *expected =
      g_strdup_printf ("stations.txt: line 1: %.60s… | longer than 8192 bytes\n", much);
  ck_assert_str_eq (said, expected);
  ck_assert_uint_eq (stations->len, 0);
}
END_TEST

START_TEST (what_is_no_text_is_told_once)
{
  static const char text[] = "J\0a\0z\0z\0 \0=\0 \0h\0t\0t\0p\0:\0/\0/\0a\0/\0\n\0B\0";
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  gboolean good;
  g_autofree char *said = add_stations_of (stations, text, sizeof text - 1, &good);
  ck_assert (!good);
  ck_assert_str_eq (said, "stations.txt | a playlist that is no text\n");
}
END_TEST

/* They are tags at the beginning of a line only, and not where stations are given names. */
START_TEST (remarks_may_speak_of_tags)
{
  const struct {
    const char *text;
    PlaylistFormat format;
  } cases[] = {
      {"# copied, with #EXTINF, #EXTM3U and #EXT-X-KEY in it\nJazz = http://a/1\n", PLAYLIST_LIST},
      {"#EXTINF is no line of mine\nJazz =  http://a/1\n", PLAYLIST_LIST},
      {"#EXT-X- things\r\nJazz=http://a/1\r\n", PLAYLIST_LIST},
      {"#EXTM3U\rWhat? = icy://a/1\r", PLAYLIST_LIST},
      {"日本 = http://a/1\n#EXTINF is a remark\n", PLAYLIST_LIST},
      {BYTE_ORDER_MARK "日本 = http://a/1\n#EXTINF is a remark\n", PLAYLIST_LIST},
      {"♥<3 = http://a/1\n", PLAYLIST_LIST},
      {BYTE_ORDER_MARK "#EXTM3U\nhttp://a/?x = http://b/\n", PLAYLIST_M3U},
      {BYTE_ORDER_MARK "\n[playlist]\nFile1=http://a/1\n", PLAYLIST_PLS},
      {BYTE_ORDER_MARK " <playlist/>", PLAYLIST_XSPF},
      {"# see #EXT-X- things\nhttp://a/1\n", PLAYLIST_M3U},
      {"# was = http://b/\n#EXTINF:-1,A = http://b/\nhttp://a/1\n", PLAYLIST_M3U},
      {"#EXTM3U\nhttp://a/?x = http://b/\n", PLAYLIST_M3U},
      {"#EXTM3U\n  #EXT-X-VERSION:3\n1.ts?from=http://a/\n", PLAYLIST_HLS},
      {"#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI = \"http://a/\"\n1.ts;from=http://a/\n",
       PLAYLIST_HLS},
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    ck_assert_msg (playlist_guess_format (cases[i].text, strlen (cases[i].text)) == cases[i].format,
                   "%s", cases[i].text);
}
END_TEST

/* A server's list names none: it is no server's business to listen here. */
START_TEST (microphones_may_be_listed)
{
  static const char text[] = "M = mic\nRoom = mic # kitchen\npulse\nalsa\nUSB = alsa:hw:1,0\n";
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  gboolean good;
  g_autofree char *said = add_stations_of (stations, text, -1, &good);
  const char *const expected[] = {"mic", "mic", "pulse", "alsa", "alsa:hw:1,0"};
  ck_assert_str_eq (said, "");
  ck_assert_uint_eq (stations->len, G_N_ELEMENTS (expected));
  for (guint i = 0; i < stations->len; i++) {
    const Station *station = stations->pdata[i];
    ck_assert_int_eq (station->kind, STATION_MICROPHONE);
    ck_assert_str_eq (station->uri, expected[i]);
  }
  g_autoptr (GPtrArray) served = parse ("#EXTM3U\nmic\n", "http://a/list.m3u", NULL);
  expect_entry (served, 0, NULL, "http://a/mic");
}
END_TEST

static void
count_fault (StationPlace place, const char *what, const char *fault, gpointer user_data)
{
  ++*(int *)user_data;
}

START_TEST (lists_of_stations_are_followed)
{
  g_autofree char *folder = g_dir_make_tmp ("stations-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "list.m3u", NULL);
  g_autofree char *loop = g_build_filename (folder, "loop.m3u", NULL);
  g_file_set_contents (path, "#EXTINF:-1,One\nhttp://a/1\nhttp://a/2\nhttp://a/2\nmissing.ogg\n",
                       -1, NULL);
  g_file_set_contents (loop, "loop.m3u\n", -1, NULL);
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  int faults = 0;
  stations_add (stations, path, count_fault, NULL, &faults);
  ck_assert_int_eq (faults, 1);
  stations_add (stations, "mic", count_fault, NULL, &faults);
  stations_add (stations, "alsa:hw:1,0", count_fault, NULL, &faults);
  stations_add (stations, "http://a/2", count_fault, NULL, &faults); /* there already */
  ck_assert_int_eq (faults, 1);
  stations_add (stations, loop, count_fault, NULL, &faults);
  stations_add (stations, "http://", count_fault, NULL, &faults);
  ck_assert_int_eq (faults, 3);
  ck_assert (!stations_add_file (stations, "/nothing/there", count_fault, NULL, &faults));
  ck_assert_uint_eq (stations->len, 4);
  const Station *one = stations->pdata[0], *microphone = stations->pdata[3];
  ck_assert_str_eq (one->name, "One");
  ck_assert_int_eq (one->kind, STATION_HTTP);
  ck_assert_int_eq (microphone->kind, STATION_MICROPHONE);
  g_unlink (path);
  g_unlink (loop);
  g_rmdir (folder);
}
END_TEST

/* A colon makes no URI of a file's name; a list names what is beside it, wherever the program is.
 */
START_TEST (files_may_have_colons_in_their_names)
{
  g_autofree char *folder = g_dir_make_tmp ("stations-XXXXXX", NULL);
  g_autofree char *before = g_get_current_dir ();
  static const char *const made[] = {"AC:DC/list.m3u", "AC:DC/Re:Stacks.flac", "AC:DC/a.flac",
                                     "Re:list.m3u"};
  ck_assert_int_eq (chdir (folder), 0);
  ck_assert_int_eq (g_mkdir ("AC:DC", 0700), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    ck_assert (g_file_set_contents (made[i], "", 0, NULL));
  ck_assert (g_file_set_contents (
      "AC:DC/list.m3u", "Re:Stacks.flac # mine\na.flac\nrtsp:stream # his\nb.flac\n", -1, NULL));
  ck_assert (g_file_set_contents ("Re:list.m3u", "Re:Stacks.flac\n", -1, NULL));
  g_autoptr (GPtrArray) stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  g_autoptr (GString) faults = g_string_new (NULL), notes = g_string_new (NULL);
  GString *texts[] = {faults, notes};
  ck_assert (!station_is_meant ("AC:DC/Re:Stacks.flac") && !station_is_meant ("Re:list.m3u"));
  ck_assert (station_is_meant ("Re:Stacks.flac") && station_is_meant ("mic:AC"));
  stations_add (stations, "AC:DC/list.m3u", keep_fault, keep_note, texts);
  stations_add (stations, "AC:DC/Re:Stacks.flac", keep_fault, keep_note, texts); /* there already */
  stations_add (stations, "Re:list.m3u", keep_fault, keep_note, texts);
  ck_assert_str_eq (faults->str, "AC:DC/list.m3u: line 4: b.flac | expected a URL, or a file that "
                                 "is there\n");
  ck_assert_uint_eq (stations->len, 4);
  static const StationKind kinds[] = {STATION_FILE, STATION_FILE, STATION_OTHER_URI,
                                      STATION_OTHER_URI};
  static const char *const ends[] = {"/AC:DC/Re:Stacks.flac", "/AC:DC/a.flac", "rtsp:stream",
                                     "Re:Stacks.flac"};
  for (guint i = 0; i < stations->len; i++) {
    const Station *station = stations->pdata[i];
    ck_assert_int_eq (station->kind, kinds[i]);
    ck_assert_msg (g_str_has_suffix (station->uri, ends[i]), "%s", station->uri);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (made); i++)
    g_unlink (made[i]);
  g_rmdir ("AC:DC");
  ck_assert_int_eq (chdir (before), 0);
  g_rmdir (folder);
}
END_TEST

/* ---- titles between the bytes ---- */

#define SOUND "sound"
#define MOST_FIELDS 4080 /* bytes, of a title and whatever else */

/* A title between two pieces of sound. (transfer full) */
static GByteArray *
wrap (const char *fields, gsize n)
{
  GByteArray *stream = g_byte_array_new ();
  const gsize length = (n + 15) / 16;
  const guint8 unit = (guint8)length;
  ck_assert_uint_le (length, 255);
  g_byte_array_append (stream, (const guint8 *)SOUND, strlen (SOUND));
  g_byte_array_append (stream, &unit, 1);
  g_byte_array_append (stream, (const guint8 *)fields, (guint)n);
  while ((stream->len - strlen (SOUND) - 1) % 16 != 0)
    g_byte_array_append (stream, (const guint8 *)"", 1);
  g_byte_array_append (stream, (const guint8 *)SOUND, strlen (SOUND));
  return stream;
}

/* In pieces of @size. (transfer full) */
static GByteArray *
mend (const GByteArray *stream, gsize size)
{
  IcyTitles *titles = icy_titles_new (strlen (SOUND));
  GByteArray *mended = g_byte_array_new ();
  for (gsize i = 0; i < stream->len; i += size) {
    g_autoptr (GBytes) piece = g_bytes_new (stream->data + i, MIN (size, stream->len - i));
    g_autoptr (GBytes) next = icy_titles_mend (titles, piece);
    gsize n;
    const guint8 *data = g_bytes_get_data (next, &n);
    if (n > 0)
      g_byte_array_append (mended, data, (guint)n);
  }
  icy_titles_free (titles);
  return mended;
}

static void
expect_fields (const char *fields, gsize n, const char *expected)
{
  static const gsize sizes[] = {1, 2, 7, 4096};
  g_autoptr (GByteArray) stream = wrap (fields, n);
  g_autoptr (GByteArray) all = wrap (expected, strlen (expected));
  const gsize begin = strlen (SOUND) + 1;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GByteArray) mended = mend (stream, sizes[i]);
    ck_assert_uint_eq (mended->len, stream->len);
    g_autofree char *text =
        g_strndup ((char *)mended->data + begin, mended->len - begin - strlen (SOUND));
    ck_assert_str_eq (text, expected);
    ck_assert_mem_eq (mended->data, stream->data, begin);
    ck_assert_mem_eq (mended->data + mended->len - strlen (SOUND), SOUND, strlen (SOUND));
  }
}

static void
expect_title (const char *title, const char *expected)
{
  g_autofree char *fields = g_strdup_printf ("StreamTitle='%s';StreamUrl='http://a/';", title);
  g_autofree char *mended = g_strdup_printf ("StreamTitle='%s';StreamUrl='http://a/';", expected);
  expect_fields (fields, strlen (fields), mended);
}

START_TEST (of_a_title_cut_in_a_character_the_rest_is_kept)
{
  const char *whole = "Artist – 長い曲の名前 🎵";
  for (gsize n = strlen ("Artist – "); n <= strlen (whole); n++) {
    g_autofree char *cut = g_strndup (whole, n);
    g_autofree char *kept = g_utf8_make_valid (cut, -1);
    char *bad = strstr (kept, "\xef\xbf\xbd"); /* what stands for the incomplete one */
    if (bad)
      *bad = '\0';
    expect_title (cut, kept);
  }
  expect_title ("X \xe2\x82", "X ");
  expect_title ("X \xf0\x9f\x8e", "X ");
  expect_title ("It's – Don't; stop\xe2\x80", "It's – Don't; stop");
}
END_TEST

START_TEST (titles_in_other_charsets_are_left_as_they_are)
{
  expect_title ("Caf\xe9", "Caf\xe9");
  expect_title ("Ab\xc3", "Ab\xc3");
  expect_title ("M\xfcller - \xdc"
                "ber",
                "M\xfcller - \xdc"
                "ber");
  expect_title ("\xc3\x89t\xe9 - x", "\xc3\x89t\xe9 - x"); /* not at the end */
  expect_title ("\xc3\x89 \xff", "\xc3\x89 \xff");
  expect_title ("It's 'quoted'", "It's 'quoted'");
  expect_title ("", "");
}
END_TEST

/* It is to be one that can begin so, though UTF-8 can as well. */
START_TEST (a_charset_that_was_chosen_comes_before_ascii_that_was_cut)
{
  g_setenv (_i == 0 ? "GST_ICY_TAG_ENCODING" : "GST_TAG_ENCODING", "SHIFT_JIS", TRUE);
  expect_title ("X \xe2\x82", "X \xe2\x82");
  expect_title ("\x83\x81\x83\x8d", "\x83\x81\x83\x8d");
  expect_title ("長い曲\xe3\x81", "長い曲");
  g_unsetenv ("GST_ICY_TAG_ENCODING");
  g_unsetenv ("GST_TAG_ENCODING");
}
END_TEST

START_TEST (a_title_that_nobody_can_read_is_not_none)
{
  expect_title ("\x83\x81\x83\x8d - 1", "???? - 1");
  expect_title ("\xe3\x81", "??");
  expect_title ("é \x81 é", "é ? é");
}
END_TEST

START_TEST (odd_fields_do_no_harm)
{
  g_autofree char *wide = g_strnfill (MOST_FIELDS, 'x');
  memcpy (wide, "StreamTitle='", strlen ("StreamTitle='"));
  memcpy (wide + MOST_FIELDS - 6, "é é\xc3", 6);
  g_autofree char *kept = g_strndup (wide, MOST_FIELDS - 1);
  expect_fields (wide, MOST_FIELDS, kept);
  /* without a value, behind which icydemux would look for it */
  expect_fields ("StreamTitle=", strlen ("StreamTitle="), "");
  expect_fields ("a';streamurl=", strlen ("a';streamurl="), "a';");
  expect_fields ("StreamTitle='", strlen ("StreamTitle='"), "StreamTitle='");
  expect_fields ("StreamTitle='A\0B é\xc3';", 23, "StreamTitle='A");
  expect_fields ("';';';", 6, "';';';");
  expect_fields ("", 0, "");
}
END_TEST

/* Sound that is taken for titles, where a server has sent none, stays as long as it was. */
START_TEST (random_bytes_between_titles_do_no_harm)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_byte_array_set_size (stream, 100000);
  for (guint i = 0; i < stream->len; i++)
    stream->data[i] = (guint8)g_rand_int (random);
  g_autoptr (GByteArray) in_pieces = mend (stream, 100), at_once = mend (stream, stream->len);
  ck_assert_uint_eq (in_pieces->len, at_once->len);
  ck_assert_mem_eq (in_pieces->data, at_once->data, at_once->len);
  ck_assert_uint_le (at_once->len, stream->len);
  ck_assert_uint_ge (at_once->len + MOST_FIELDS, stream->len); /* the last one is not complete */
}
END_TEST

int
main (void)
{
  gst_init (NULL, NULL);
  TCase *tests = tcase_create ("sources");
  tcase_add_test (tests, playlists_of_all_kinds_are_read);
  tcase_add_loop_test (tests, remarks_behind_what_is_listed_are_left_out, 0, 2);
  tcase_add_loop_test (tests, remarks_are_none_in_paths_of_files, 0, 2);
  tcase_add_loop_test (tests, names_in_other_charsets_are_read, 0, 2);
  tcase_add_test (tests, several_charsets_are_tried_in_turn);
  tcase_add_test (tests, names_are_cut_behind_characters);
  tcase_add_test (tests, nonsense_is_an_error);
  tcase_add_test (tests, sound_by_itself_comes_first);
  tcase_add_test (tests, segments_of_hls_are_read);
  tcase_add_test (tests, durations_of_hls_are_within_reason);
  tcase_add_test (tests, keys_and_ranges_of_hls_are_read);
  tcase_add_test (tests, of_long_lists_of_hls_what_comes_next_is_read);
  tcase_add_test (tests, ranges_go_on_behind_segments_that_are_dropped);
  tcase_add_test (tests, of_lists_that_are_too_long_only_what_is_kept_is_resolved);
  tcase_add_test (tests, breaks_of_hls_are_read);
  tcase_add_test (tests, segments_of_hls_have_names);
  tcase_add_test (tests, times_of_mp4_are_read);
  tcase_add_test (tests, lists_of_hls_without_sound_are_faults);
  tcase_add_test (tests, segments_of_hls_are_decrypted);
  tcase_add_test (tests, lists_that_were_compressed_are_read);
  tcase_add_test (tests, what_is_compressed_is_limited);
  tcase_add_test (tests, no_bytes_at_all_are_an_error);
  tcase_add_test (tests, entries_that_lead_nowhere_are_left_out);
  tcase_add_test (tests, random_bytes_do_no_harm);
  tcase_add_test (tests, playlists_are_limited);
  tcase_add_test (tests, unreadable_lines_take_no_places);
  tcase_add_test (tests, content_types_choose_the_decoder);
  tcase_add_test (tests, delays_double_up_to_a_limit);
  tcase_add_loop_test (tests, what_is_odd_in_a_list_is_told_with_its_line, 0, 2);
  tcase_add_loop_test (tests, lines_that_cannot_be_read_are_told, 0, 3);
  tcase_add_test (tests, a_list_of_nothing_but_a_long_line_is_told);
  tcase_add_test (tests, what_is_no_text_is_told_once);
  tcase_add_test (tests, remarks_may_speak_of_tags);
  tcase_add_test (tests, microphones_may_be_listed);
  tcase_add_test (tests, lists_of_stations_are_followed);
  tcase_add_test (tests, files_may_have_colons_in_their_names);
  tcase_add_test (tests, of_a_title_cut_in_a_character_the_rest_is_kept);
  tcase_add_test (tests, titles_in_other_charsets_are_left_as_they_are);
  tcase_add_loop_test (tests, a_charset_that_was_chosen_comes_before_ascii_that_was_cut, 0, 2);
  tcase_add_test (tests, a_title_that_nobody_can_read_is_not_none);
  tcase_add_test (tests, odd_fields_do_no_harm);
  tcase_add_test (tests, stations_come_out_of_a_pipe_while_somebody_writes);
  tcase_add_test (tests, random_bytes_between_titles_do_no_harm);
  return test_run ("sources", tests);
}
