/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data/decode.h"
#include <errno.h>
#include <gio/gio.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include "support.h"

typedef struct {
  gsize n, limit;
  double sum_of_squares, sum;
  float largest;
} Heard;

static gboolean
hear (const float *samples, gsize n, gpointer user_data)
{
  Heard *heard = user_data;
  for (gsize i = 0; i < n; i++) {
    ck_assert (isfinite (samples[i]));
    heard->sum += samples[i];
    heard->sum_of_squares += samples[i] * samples[i];
    heard->largest = fmaxf (heard->largest, fabsf (samples[i]));
  }
  heard->n += n;
  return heard->limit == 0 || heard->n < heard->limit;
}

static gboolean
decode_whole (const char *path, guint timeout, const gint *stop, GenreDecodedFunc func,
              gpointer user_data, GError **error)
{
  return genre_decode_excerpts (path, 22050, 0, 0, timeout, stop, NULL, NULL, func, user_data,
                                error);
}

/* FALSE if this GStreamer cannot write the format. */
static gboolean
encode_from (const char *source, const char *folder, const char *name, const char *encoder)
{
  g_autofree char *path = test_path (folder, name);
  g_autofree char *line = g_strdup_printf ("%s ! audioconvert ! audioresample ! %s ! "
                                           "filesink location=\"%s\"",
                                           source, encoder, path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &error);
  if (error) {
    g_print ("%s: not tested: %s\n", name, error->message);
    return FALSE;
  }
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  ck_assert (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  return TRUE;
}

static gboolean
encode (const char *folder, const char *name, const char *encoder)
{
  return encode_from ("audiotestsrc num-buffers=100 samplesperbuffer=441 freq=1000 volume=0.5 ! "
                      "audio/x-raw,rate=44100,channels=2",
                      folder, name, encoder);
}

static const struct {
  const char *name, *encoder;
} formats[] = {
    {"a.wav", "wavenc"},
    {"float.wav", "audio/x-raw,format=F32LE ! wavenc"},
    {"a.au", "audio/x-raw,format=S16BE ! avmux_au"},
    {"a.aiff", "avmux_aiff"},
    {"a.flac", "flacenc"},
    {"a.mp3", "lamemp3enc ! mpegaudioparse ! id3v2mux"},
    {"a.ogg", "vorbisenc ! oggmux"},
    {"a.opus", "opusenc ! oggmux"},
    {"a.m4a", "avenc_aac ! mp4mux"},
    {"a.mka", "flacenc ! matroskamux"},
};

START_TEST (a_second_of_any_format_is_a_second)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  if (!encode (folder, formats[_i].name, formats[_i].encoder))
    return;
  g_autofree char *path = test_path (folder, formats[_i].name);
  g_autoptr (GError) error = NULL;
  Heard heard = {0};
  gboolean ok = decode_whole (path, 20, NULL, hear, &heard, &error);
  ck_assert_msg (ok, "%s: %s", formats[_i].name, !error ? "" : error->message);
  ck_assert_double_eq_tol ((double)heard.n, 22050, 2500); /* encoders pad */
  double power = heard.sum_of_squares / (double)heard.n;
  ck_assert_double_eq_tol (power, 0.125, 0.015); /* a sine of amplitude 0.5, both channels alike */
}
END_TEST

START_TEST (any_number_of_channels_is_averaged)
{
  gst_init (NULL, NULL);
  static const guint channels[] = {1, 2, 7, 24, 64};
  guint n = channels[_i];
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree float *samples = g_new0 (float, 22050 * n);
  for (guint i = 0; i < 22050; i++)
    samples[i * n] = 0.7f; /* only the first channel sounds */
  test_write_wav (folder, "c.wav", 22050, n, samples, 22050 * n);
  g_autofree char *path = test_path (folder, "c.wav");
  g_autoptr (GError) error = NULL;
  Heard heard = {0};
  ck_assert_msg (decode_whole (path, 20, NULL, hear, &heard, &error), "%s",
                 !error ? "" : error->message);
  ck_assert_uint_eq (heard.n, 22050);
  ck_assert_double_eq_tol (heard.sum / 22050, 0.7 / n, 1e-3);
}
END_TEST

START_TEST (a_wav_file_may_have_a_byte_behind_its_last_chunk)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree float *samples = g_new0 (float, 22050);
  test_write_wav (folder, "a.wav", 22050, 1, samples, 22050);
  g_autofree char *path = test_path (folder, "a.wav"), *bytes = NULL;
  gsize n;
  ck_assert (g_file_get_contents (path, &bytes, &n, NULL));
  test_write (folder, "a.wav", bytes, (gssize)n + 1); /* the NUL that ends it in memory */
  g_autoptr (GError) error = NULL;
  Heard heard = {0};
  ck_assert_msg (decode_whole (path, 20, NULL, hear, &heard, &error), "%s",
                 !error ? "" : error->message);
  ck_assert_uint_eq (heard.n, 22050);
}
END_TEST

START_TEST (what_is_not_finite_is_silence)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree float *samples = g_new0 (float, 22050);
  for (guint i = 0; i < 22050; i++)
    samples[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : 0.25f;
  test_write_wav (folder, "n.wav", 22050, 1, samples, 22050);
  g_autofree char *path = test_path (folder, "n.wav");
  Heard heard = {0};
  ck_assert (decode_whole (path, 20, NULL, hear, &heard, NULL)); /* hear() checks */
  ck_assert_uint_eq (heard.n, 22050);
}
END_TEST

static const struct {
  const char *name, *content;
  gssize size;
  const char *word; /* NULL: GStreamer's own */
} bad[] = {
    {"text.wav", "This is no music, whatever its name says. It goes on for a while.\n", -1, NULL},
    {"empty.mp3", "", 0, "empty"},
    {"zeros.flac", NULL, 5000, NULL},
    {"riff.wav", "RIFF\x24\x00\x00\x00WAVE", 12, NULL},
    {"picture.wav",
     "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
     "\x90wS\xde\x00\x00\x00\x0cIDATx\x9c\x63\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x35\x81\x84"
     "\x00\x00\x00\x00IEND\xae\x42\x60\x82",
     69, NULL},
    {"list.mp3",
     "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///dev/null\n#EXT-X-ENDLIST\n", -1,
     "a list of other addresses (application/x-hls)"},
};

START_TEST (what_is_no_music_has_a_reason)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *zeros = g_malloc0 (5000);
  test_write (folder, bad[_i].name, bad[_i].content ? bad[_i].content : zeros, bad[_i].size);
  g_autofree char *path = test_path (folder, bad[_i].name);
  g_autoptr (GError) error = NULL;
  Heard heard = {0};
  gboolean ok = decode_whole (path, 10, NULL, hear, &heard, &error);
  if (ok)
    ck_assert_uint_eq (heard.n, 0); /* a header without sound is empty, not broken */
  else {
    ck_assert_int_eq (error->domain, GENRE_ERROR);
    ck_assert_ptr_null (strstr (error->message, "gave nothing"));
    ck_assert (!bad[_i].word || strstr (error->message, bad[_i].word));
  }
}
END_TEST

START_TEST (what_is_no_file_is_an_error)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *pipe = test_path (folder, "pipe.wav");
  ck_assert_int_eq (mkfifo (pipe, 0600), 0);
  const char *paths[] = {pipe, folder, "/nonexistent.wav", "/dev/null/song.wav"};
  const char *reasons[] = {"regular", "regular", g_strerror (ENOENT), g_strerror (ENOTDIR)};
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    GError *error = NULL;
    Heard heard = {0};
    ck_assert (!decode_whole (paths[i], 10, NULL, hear, &heard, &error));
    test_assert_error (error, GENRE_ERROR_IO, reasons[i]);
  }
}
END_TEST

static gboolean
append_decoded (const float *samples, gsize n, gpointer user_data)
{
  g_array_append_vals (user_data, samples, n);
  return TRUE;
}

static const struct {
  guint rate, channels;
} ears[] = {{44100, 2}, {48000, 1}, {22050, 2}, {8000, 2}, {96000, 6}};

START_TEST (samples_are_those_that_the_element_hears)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  guint rate = ears[_i].rate, channels = ears[_i].channels, n_frames = 3 * rate + 11;
  g_autofree gint16 *samples = test_new_music (rate, channels, n_frames);
  test_write_wav_s16 (folder, "music.wav", rate, channels, samples, n_frames * channels);
  g_autofree char *path = test_path (folder, "music.wav");
  g_autoptr (GArray) decoded = g_array_new (FALSE, FALSE, sizeof (float));
  ck_assert (decode_whole (path, 20, NULL, append_decoded, decoded, NULL));
  g_autoptr (GArray) expected = test_hear_as_element (rate, channels, samples, n_frames);
  ck_assert_uint_eq (decoded->len, expected->len);
  ck_assert_mem_eq (decoded->data, expected->data, expected->len * sizeof (float));
}
END_TEST

START_TEST (a_format_may_change_on_the_way)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  if (!encode (folder, "1.ogg", "vorbisenc ! oggmux") ||
      !encode (folder, "2.ogg", "audio/x-raw,rate=48000,channels=1 ! vorbisenc ! oggmux"))
    return;
  g_autofree char *first = test_path (folder, "1.ogg"), *second = test_path (folder, "2.ogg");
  g_autofree char *both = test_path (folder, "both.ogg"), *a = NULL, *b = NULL;
  gsize n, m;
  ck_assert (g_file_get_contents (first, &a, &n, NULL));
  ck_assert (g_file_get_contents (second, &b, &m, NULL));
  g_autoptr (GByteArray) chain = g_byte_array_new ();
  g_byte_array_append (chain, (const guint8 *)a, (guint)n);
  g_byte_array_append (chain, (const guint8 *)b, (guint)m);
  test_write (folder, "both.ogg", (const char *)chain->data, chain->len);
  g_autoptr (GArray) expected = g_array_new (FALSE, FALSE, sizeof (float));
  g_autoptr (GArray) decoded = g_array_new (FALSE, FALSE, sizeof (float));
  ck_assert (decode_whole (first, 20, NULL, append_decoded, expected, NULL));
  ck_assert (decode_whole (second, 20, NULL, append_decoded, expected, NULL));
  ck_assert (decode_whole (both, 20, NULL, append_decoded, decoded, NULL));
  ck_assert_uint_eq (decoded->len, expected->len);
  ck_assert_mem_eq (decoded->data, expected->data, expected->len * sizeof (float));
}
END_TEST

START_TEST (what_the_element_refuses_is_refused)
{
  gst_init (NULL, NULL);
  static const struct {
    guint rate, channels;
  } refused[] = {{3999, 1}, {22050, 65}};
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree gint16 *samples = g_new0 (gint16, 65 * 4000);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    test_write_wav_s16 (folder, "odd.wav", refused[i].rate, refused[i].channels, samples,
                        65 * 4000);
    g_autofree char *path = test_path (folder, "odd.wav");
    g_autoptr (GError) error = NULL;
    Heard heard = {0};
    gboolean ok = decode_whole (path, 20, NULL, hear, &heard, &error);
    ck_assert_msg (!ok, "%u Hz, %u channels", refused[i].rate, refused[i].channels);
    ck_assert_msg (strstr (error->message, "expected 1 to 64 channels at 4000 to 384000 Hz"), "%s",
                   error->message);
    ck_assert_uint_eq (heard.n, 0);
  }
}
END_TEST

START_TEST (a_caller_may_stop)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree float *samples = g_new0 (float, 220500);
  test_write_wav (folder, "long.wav", 22050, 1, samples, 220500);
  g_autofree char *path = test_path (folder, "long.wav");
  Heard heard = {.limit = 1};
  ck_assert (decode_whole (path, 20, NULL, hear, &heard, NULL));
  ck_assert_uint_lt (heard.n, 220500);
  g_autoptr (GError) error = NULL;
  const gint stop = 1;
  Heard nothing = {0};
  ck_assert (!decode_whole (path, 20, &stop, hear, &nothing, &error));
  ck_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}
END_TEST

/* ---- pipelines that fail at a moment of the test's choice ---- */

static gboolean fails_behind_samples, hangs_where_pulled;
static GSList *pulled;  /* pipelines that hung, by address */
static guint n_refused; /* seeks that are still to be refused */

GstSample *__real_gst_app_sink_try_pull_sample (GstAppSink *sink, GstClockTime timeout);
GstSample *__wrap_gst_app_sink_try_pull_sample (GstAppSink *sink, GstClockTime timeout);
gboolean __real_gst_element_seek_simple (GstElement *element, GstFormat format, GstSeekFlags flags,
                                         gint64 position);
gboolean __wrap_gst_element_seek_simple (GstElement *element, GstFormat format, GstSeekFlags flags,
                                         gint64 position);

/* Behind a queue it is pushed. */
static gboolean
hangs (GstAppSink *sink)
{
  g_autoptr (GstObject) pipeline = gst_object_get_parent (GST_OBJECT (sink));
  gboolean pushed = FALSE;
  for (GList *l = GST_BIN_CHILDREN (pipeline); l; l = l->next)
    pushed |= g_str_has_prefix (GST_OBJECT_NAME (l->data), "queue");
  if (!hangs_where_pulled || pushed)
    return FALSE;
  if (!g_slist_find (pulled, pipeline))
    pulled =
        g_slist_prepend (pulled, gst_object_ref (pipeline)); /* so that its address stays its */
  return TRUE;
}

GstSample *
__wrap_gst_app_sink_try_pull_sample (GstAppSink *sink, GstClockTime timeout)
{
  if (hangs (sink)) {
    g_usleep (timeout / GST_USECOND);
    return NULL;
  }
  GstSample *sample = __real_gst_app_sink_try_pull_sample (sink, timeout);
  if (sample && fails_behind_samples)
    GST_ELEMENT_ERROR (sink, STREAM, DECODE, ("torn"), (NULL));
  return sample;
}

gboolean
__wrap_gst_element_seek_simple (GstElement *element, GstFormat format, GstSeekFlags flags,
                                gint64 position)
{
  if (n_refused == 0)
    return __real_gst_element_seek_simple (element, format, flags, position);
  n_refused--;
  return FALSE;
}

/* What is torn behind its first samples has said by then what it is. */
START_TEST (tags_outlive_an_error_behind_them)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  ck_assert (encode (folder, "a.ogg", "taginject tags=artist=Someone ! vorbisenc ! oggmux"));
  g_autofree char *path = test_path (folder, "a.ogg"), *artist = NULL;
  g_autoptr (GstTagList) tags = NULL;
  fails_behind_samples = TRUE;
  gboolean read = genre_decode_tags (path, 20, NULL, &tags, NULL);
  fails_behind_samples = FALSE;
  ck_assert (read);
  ck_assert (gst_tag_list_get_string (tags, GST_TAG_ARTIST, &artist));
  ck_assert_str_eq (artist, "Someone");
}
END_TEST

typedef struct {
  Heard heard;
  guint n_begun;
} Excerpts;

static void
begin_excerpt (guint excerpt, gpointer user_data)
{
  Excerpts *excerpts = user_data;
  ck_assert_uint_eq (excerpt, excerpts->n_begun++);
}

static gboolean
hear_excerpt (const float *samples, gsize n, gpointer user_data)
{
  return hear (samples, n, &((Excerpts *)user_data)->heard);
}

/* Ten seconds with three excerpts of one: where the first seek is refused, no later one is tried,
 * which would be heard after everything. */
START_TEST (what_cannot_seek_is_heard_once)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree float *samples = g_new0 (float, 220500);
  test_write_wav (folder, "long.wav", 22050, 1, samples, 220500);
  g_autofree char *path = test_path (folder, "long.wav");
  Excerpts sought = {.heard.limit = 1}, whole = {0};
  ck_assert (genre_decode_excerpts (path, 22050, 3, 1, 20, NULL, begin_excerpt, NULL, hear_excerpt,
                                    &sought, NULL));
  ck_assert_uint_eq (sought.n_begun, 3);
  n_refused = 1;
  ck_assert (genre_decode_excerpts (path, 22050, 3, 1, 20, NULL, begin_excerpt, NULL, hear_excerpt,
                                    &whole, NULL));
  ck_assert_uint_eq (n_refused, 0);
  ck_assert_uint_eq (whole.n_begun, 0);
  ck_assert_uint_eq (whole.heard.n, 220500);
}
END_TEST

/* The seek to the second excerpt is refused. */
static void
begin_and_refuse (guint excerpt, gpointer user_data)
{
  Excerpts *excerpts = user_data;
  if (excerpts->n_begun == 0)
    n_refused = 1;
  if (excerpt == GENRE_NO_EXCERPT)
    excerpts->heard.n = 0;
  excerpts->n_begun++;
}

static gboolean
hear_buffer (const float *samples, gsize n, gpointer user_data)
{
  Excerpts *excerpts = user_data;
  excerpts->heard.n += n;
  return FALSE;
}

START_TEST (where_a_seek_fails_all_excerpts_are_heard_once_more)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree float *samples = g_new0 (float, 220500);
  test_write_wav (folder, "long.wav", 22050, 1, samples, 220500);
  g_autofree char *path = test_path (folder, "long.wav");
  Excerpts excerpts = {0};
  ck_assert (genre_decode_excerpts (path, 22050, 3, 1, 20, NULL, begin_and_refuse, NULL,
                                    hear_buffer, &excerpts, NULL));
  ck_assert_uint_eq (n_refused, 0);
  ck_assert_uint_eq (excerpts.n_begun, 1 + 1 + 3);
  ck_assert_uint_gt (excerpts.heard.n, 0);
}
END_TEST

/* ---- files that do not say how long they are ---- */

#define UNSAID_SECONDS 100 /* excerpts that are less than 20 apart GStreamer finds in any case */
#define N_EXCERPTS 3

typedef struct {
  GArray *samples; /* of all excerpts */
  guint n_begun, starts[N_EXCERPTS];
} Places;

static void
begin_place (guint excerpt, gpointer user_data)
{
  Places *places = user_data;
  ck_assert_uint_eq (excerpt, places->n_begun);
  ck_assert_uint_lt (excerpt, N_EXCERPTS);
  places->starts[places->n_begun++] = places->samples->len;
}

static gboolean
hear_place (const float *samples, gsize n, gpointer user_data)
{
  Places *places = user_data;
  g_array_append_vals (places->samples, samples, (guint)n);
  guint start = places->n_begun > 0 ? places->starts[places->n_begun - 1] : 0;
  return places->n_begun == 0 || places->samples->len - start < 22050;
}

static void
hear_places (const char *path, Places *places)
{
  places->samples = g_array_new (FALSE, FALSE, sizeof (float));
  places->n_begun = 0;
  g_autoptr (GError) error = NULL;
  ck_assert_msg (genre_decode_excerpts (path, 22050, N_EXCERPTS, 1, 20, NULL, begin_place, NULL,
                                        hear_place, places, &error),
                 "%s", !error ? "" : error->message);
}

static double
loudness_of (const Places *places, guint excerpt)
{
  double sum = 0;
  ck_assert_uint_ge (places->samples->len, places->starts[excerpt] + 22050);
  for (guint i = 0; i < 22050; i++) {
    float x = g_array_index (places->samples, float, places->starts[excerpt] + i);
    sum += x * x;
  }
  return sqrt (sum / 22050);
}

/* Noise that grows from nothing, so that its loudness tells the time; before and behind it hardly a
 * bit is needed, so that nobody who goes by the bit rate finds a place or an end. */
static void
write_rising_noise (const char *folder, const char *name)
{
  const guint n = UNSAID_SECONDS * 22050;
  g_autofree gint16 *samples = g_new0 (gint16, n);
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  for (guint i = 10 * 22050; i < n - 5 * 22050; i++)
    samples[i] = (gint16)(g_rand_double_range (random, -30000, 30000) * i / n);
  test_write_wav_s16 (folder, name, 22050, 1, samples, n);
}

static const struct {
  const char *name, *encoder;
} unsaid[] = {
    {"constant.mp3", "lamemp3enc target=bitrate cbr=true bitrate=128"},
    {"variable.mp3", "lamemp3enc target=quality quality=2"},
    {"eight.mp3", "audio/x-raw,rate=8000 ! lamemp3enc target=quality quality=2"},
    {"a.mp2", "audio/x-raw,rate=44100 ! twolamemp2enc"},
    {"a.aac", "avenc_aac ! aacparse ! audio/mpeg,stream-format=adts"},
};

/* The excerpts are those of the same sound in a file that says it, and every time the same. */
START_TEST (what_does_not_say_how_long_it_is_has_the_same_excerpts)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_rising_noise (folder, "said.wav");
  g_autofree char *said = test_path (folder, "said.wav");
  g_autofree char *path = test_path (folder, unsaid[_i].name);
  g_autofree char *source = g_strdup_printf ("filesrc location=\"%s\" ! wavparse", said);
  if (!encode_from (source, folder, unsaid[_i].name, unsaid[_i].encoder))
    return;
  Places expected, heard, again;
  hear_places (said, &expected);
  hear_places (path, &heard);
  hear_places (path, &again);
  ck_assert_uint_eq (expected.n_begun, N_EXCERPTS);
  ck_assert_uint_eq (heard.n_begun, N_EXCERPTS);
  const double gain = loudness_of (&heard, 0) / loudness_of (&expected, 0); /* treble is lost */
  for (guint i = 1; i < N_EXCERPTS; i++)
    ck_assert_double_eq_tol (loudness_of (&heard, i) / loudness_of (&expected, i), gain, 0.05);
  ck_assert_uint_eq (again.samples->len, heard.samples->len);
  ck_assert_mem_eq (again.samples->data, heard.samples->data, heard.samples->len * sizeof (float));
  g_array_unref (expected.samples);
  g_array_unref (heard.samples);
  g_array_unref (again.samples);
}
END_TEST

/* Nor is it waited for again, to count its frames and to hear its excerpts. */
START_TEST (what_hangs_where_it_is_pulled_is_pushed_from_then_on)
{
  gst_init (NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  write_rising_noise (folder, "said.wav");
  g_autofree char *said = test_path (folder, "said.wav"), *path = test_path (folder, "a.mp3");
  g_autofree char *source = g_strdup_printf ("filesrc location=\"%s\" ! wavparse", said);
  if (!encode_from (source, folder, "a.mp3", unsaid[1].encoder))
    return;
  Places expected, heard;
  hear_places (path, &expected);
  hangs_where_pulled = TRUE;
  hear_places (path, &heard);
  hangs_where_pulled = FALSE;
  ck_assert_uint_eq (g_slist_length (pulled), 1);
  ck_assert_uint_eq (heard.n_begun, N_EXCERPTS);
  ck_assert_uint_eq (heard.samples->len, expected.samples->len);
  for (guint i = 0; i < N_EXCERPTS; i++)
    ck_assert_double_eq_tol (loudness_of (&heard, i), loudness_of (&expected, i), 0.01);
  g_array_unref (expected.samples);
  g_array_unref (heard.samples);
  g_slist_free_full (g_steal_pointer (&pulled), gst_object_unref);
}
END_TEST

/* ---- a decoder that never comes back ---- */

typedef struct {
  GstElement element;
} HangingDecoder;
typedef struct {
  GstElementClass parent;
} HangingDecoderClass;
GType hanging_decoder_get_type (void);
G_DEFINE_TYPE (HangingDecoder, hanging_decoder, GST_TYPE_ELEMENT)

static GstFlowReturn
hang (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  while (TRUE)
    g_usleep (G_USEC_PER_SEC);
  return GST_FLOW_OK;
}

static void
hanging_decoder_init (HangingDecoder *self)
{
  GstElementClass *class = GST_ELEMENT_GET_CLASS (self);
  GstPad *sink =
      gst_pad_new_from_template (gst_element_class_get_pad_template (class, "sink"), "sink");
  gst_pad_set_chain_function (sink, hang);
  gst_element_add_pad (GST_ELEMENT (self), sink);
  gst_element_add_pad (
      GST_ELEMENT (self),
      gst_pad_new_from_template (gst_element_class_get_pad_template (class, "src"), "src"));
}

static void
hanging_decoder_class_init (HangingDecoderClass *class)
{
  static GstStaticPadTemplate sink = GST_STATIC_PAD_TEMPLATE (
      "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-genre-test-hang"));
  static GstStaticPadTemplate source =
      GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));
  GstElementClass *element = GST_ELEMENT_CLASS (class);
  gst_element_class_add_static_pad_template (element, &sink);
  gst_element_class_add_static_pad_template (element, &source);
  gst_element_class_set_static_metadata (element, "Hangs", "Codec/Decoder/Audio", "Hangs", "Us");
}

static void
find_hanging (GstTypeFind *find, gpointer user_data)
{
  const guint8 *data = gst_type_find_peek (find, 0, 8);
  if (data && memcmp (data, "HANGHANG", 8) == 0)
    gst_type_find_suggest_simple (find, GST_TYPE_FIND_MAXIMUM, "audio/x-genre-test-hang", NULL,
                                  NULL);
}

START_TEST (a_decoder_that_hangs_is_given_up)
{
  gst_init (NULL, NULL);
  gst_element_register (NULL, "genretesthang", GST_RANK_PRIMARY + 100, hanging_decoder_get_type ());
  gst_type_find_register (NULL, "hang", GST_RANK_PRIMARY, find_hanging, NULL, NULL, NULL, NULL);
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "hang.wav");
  test_write (folder, "hang.wav", "HANGHANGHANGHANGHANGHANG", -1);
  GError *error = NULL;
  Heard heard = {0};
  gint64 started = g_get_monotonic_time ();
  ck_assert (!decode_whole (path, 1, NULL, hear, &heard, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "nothing for 1 seconds");
  ck_assert_int_lt (g_get_monotonic_time () - started, 10 * G_USEC_PER_SEC);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("decode");
  tcase_add_loop_test (tests, a_second_of_any_format_is_a_second, 0, G_N_ELEMENTS (formats));
  tcase_add_loop_test (tests, any_number_of_channels_is_averaged, 0, 5);
  tcase_add_test (tests, a_wav_file_may_have_a_byte_behind_its_last_chunk);
  tcase_add_test (tests, what_is_not_finite_is_silence);
  tcase_add_loop_test (tests, what_is_no_music_has_a_reason, 0, G_N_ELEMENTS (bad));
  tcase_add_test (tests, what_is_no_file_is_an_error);
  tcase_add_loop_test (tests, samples_are_those_that_the_element_hears, 0, G_N_ELEMENTS (ears));
  tcase_add_test (tests, a_format_may_change_on_the_way);
  tcase_add_test (tests, what_the_element_refuses_is_refused);
  tcase_add_test (tests, a_caller_may_stop);
  tcase_add_test (tests, tags_outlive_an_error_behind_them);
  tcase_add_test (tests, what_cannot_seek_is_heard_once);
  tcase_add_test (tests, where_a_seek_fails_all_excerpts_are_heard_once_more);
  tcase_add_loop_test (tests, what_does_not_say_how_long_it_is_has_the_same_excerpts, 0,
                       G_N_ELEMENTS (unsaid));
  tcase_add_test (tests, what_hangs_where_it_is_pulled_is_pushed_from_then_on);
  tcase_add_test (tests, a_decoder_that_hangs_is_given_up);
  return test_run ("decode", tests);
}
