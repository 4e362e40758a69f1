/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Songs in Ogg, one after the other, in one stream: all that went into them is heard, to the last
 * frame, whatever decodes the next one. And MPEG, of whichever layer, whatever else is installed.
 * And bytes of which nobody knows what they are: they are not followed, nor collected without end.
 */
#include "decoding.h"
#include "filepipeline.h"
#include "follower.h"
#include "song.h"
#include <gst/audio/audio.h>
#include <string.h>

#define N_BUFFERS 83
#define N_SAMPLES 1021
#define LENGTH (N_BUFFERS * N_SAMPLES) /* of a song: no whole number of any codec's frames */
#define MOST_SONGS 8
#define PIECE 1500 /* bytes that arrive at once */
#define PATIENCE (120 * GST_SECOND)
#define OGG "application/ogg"
#define MPEG "audio/mpeg, mpegversion=(int)1" /* as servers call it */

/* What one decoder gave. */
typedef struct {
  int rate;
  guint64 n_samples;
} Heard;

typedef struct {
  GstElement *pipeline, *source, *classifier; /* the latter's place is taken by one that counts */
  Heard songs[MOST_SONGS];
  guint n_songs;
  gsize frame_size;
} World;

/* ---- what the classifier sees ---- */

static void
see_caps (World *world, GstEvent *event)
{
  GstCaps *caps;
  GstAudioInfo info;
  gst_event_parse_caps (event, &caps);
  ck_assert (gst_audio_info_from_caps (&info, caps));
  ck_assert_uint_gt (world->n_songs, 0);
  world->frame_size = (gsize)GST_AUDIO_INFO_BPF (&info);
  world->songs[world->n_songs - 1].rate = GST_AUDIO_INFO_RATE (&info);
}

static GstPadProbeReturn
on_data (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  World *world = user_data;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    const gsize size = gst_buffer_get_size (gst_pad_probe_info_get_buffer (info));
    world->songs[world->n_songs - 1].n_samples += size / world->frame_size;
    return GST_PAD_PROBE_OK;
  }
  GstEvent *event = gst_pad_probe_info_get_event (info);
  if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
    ck_assert_uint_le (++world->n_songs, MOST_SONGS);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
    see_caps (world, event);
  return GST_PAD_PROBE_OK;
}

/* ---- the pipeline ---- */

static GstElement *
add_decodebin (World *world)
{
  g_autoptr (GstCaps) raw = gst_caps_from_string ("audio/x-raw");
  GstElement *decoder = gst_element_factory_make ("decodebin", NULL);
  ck_assert_ptr_nonnull (decoder);
  g_object_set (decoder, "caps", raw, "expose-all-streams", FALSE, NULL);
  gst_bin_add (GST_BIN (world->pipeline), decoder);
  pipeline_connect_decoder (decoder, world->classifier);
  return decoder;
}

/* @type: NULL if that is to be found out. */
static void
begin (World *world, const char *type)
{
  memset (world, 0, sizeof *world);
  world->pipeline = gst_pipeline_new (NULL);
  world->source = gst_element_factory_make ("appsrc", NULL);
  world->classifier = gst_element_factory_make ("identity", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  ck_assert (world->source && world->classifier && sink);
  g_object_set (sink, "sync", FALSE, NULL);
  g_object_set (world->source, "max-bytes", (guint64)0, NULL);
  gst_util_set_object_arg (G_OBJECT (world->source), "format", "bytes");
  gst_bin_add_many (GST_BIN (world->pipeline), world->source, world->classifier, sink, NULL);
  ck_assert (gst_element_link (world->classifier, sink));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (world->classifier, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_data,
                     world, NULL);
  g_autoptr (GstCaps) caps = type ? gst_caps_from_string (type) : NULL;
  GstElement *decoder = caps ? decoding_add (GST_BIN (world->pipeline), caps, world->classifier)
                             : add_decodebin (world);
  ck_assert (decoder && gst_element_link (world->source, decoder));
}

static void
push (World *world, GBytes *bytes)
{
  const gsize n = g_bytes_get_size (bytes);
  GstFlowReturn result;
  for (gsize i = 0; i < n; i += PIECE) {
    g_autoptr (GBytes) piece = g_bytes_new_from_bytes (bytes, i, MIN (PIECE, n - i));
    g_autoptr (GstBuffer) buffer = gst_buffer_new_wrapped_bytes (piece);
    g_signal_emit_by_name (world->source, "push-buffer", buffer, &result);
  }
  g_signal_emit_by_name (world->source, "end-of-stream", &result);
}

/* Until all was heard. */
static void
hear (World *world, const char *type, GBytes *bytes)
{
  begin (world, type);
  gst_element_set_state (world->pipeline, GST_STATE_PLAYING);
  push (world, bytes);
  g_autoptr (GstBus) bus = gst_element_get_bus (world->pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, PATIENCE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ck_assert (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_element_set_state (world->pipeline, GST_STATE_NULL);
  gst_object_unref (world->pipeline);
}

/* ---- songs ---- */

static const struct {
  const char *encoder;
  int rate;
  guint64 more; /* samples, at most: without an index vorbisdec does not cut what fills the last
                   block */
} codecs[] = {
    {"vorbisenc ! oggmux", 44100, 2048},
    {"opusenc ! oggmux", 48000, 0},
    {"flacenc ! oggmux", 44100, 0},
};

static GBytes *
encode (guint codec)
{
  return song_encode (codecs[codec].encoder, codecs[codec].rate, N_BUFFERS, N_SAMPLES);
}

/* Opus's headers and one packet that is shorter than what decoders leave out at the beginning. */
static GBytes *
encode_silent (void)
{
  static const guint8 beginning[8]; /* the sample with which pages of headers end */
  g_autoptr (GBytes) song =
      song_encode ("opusenc frame-size=2.5 ! oggmux max-delay=0 max-page-delay=0", codecs[1].rate,
                   N_BUFFERS, N_SAMPLES);
  gsize size, end = 0;
  const guint8 *data = g_bytes_get_data (song, &size);
  for (gboolean is_header = TRUE; is_header;) {
    ck_assert_uint_le (end + 27, size);
    is_header = memcmp (data + end + 6, beginning, sizeof beginning) == 0;
    const guint n_segments = data[end + 26];
    gsize length = 27 + n_segments;
    for (guint i = 0; i < n_segments; i++)
      length += data[end + 27 + i];
    end += length;
  }
  return g_bytes_new_from_bytes (song, 0, end);
}

/* @order: of codecs, at the end -1 */
static void
check_chain (const int *order)
{
  World world;
  GBytes *songs[MOST_SONGS];
  guint n = 0;
  for (; order[n] >= 0; n++)
    songs[n] = encode ((guint)order[n]);
  g_autoptr (GBytes) chain = song_join (songs, n);
  hear (&world, OGG, chain);
  ck_assert_uint_eq (world.n_songs, n);
  for (guint i = 0; i < n; i++) {
    const guint64 n_samples = world.songs[i].n_samples;
    g_bytes_unref (songs[i]);
    ck_assert_int_eq (world.songs[i].rate, codecs[order[i]].rate);
    ck_assert_msg (n_samples >= LENGTH && n_samples <= LENGTH + codecs[order[i]].more,
                   "song %u (%s): %" G_GUINT64_FORMAT " samples, not %d", i,
                   codecs[order[i]].encoder, n_samples, LENGTH);
  }
}

START_TEST (a_song_is_heard_to_its_end)
{
  check_chain ((const int[]){_i, -1});
}
END_TEST

START_TEST (songs_are_heard_to_their_ends)
{
  check_chain ((const int[]){0, 1, 2, 2, 0, 0, 1, -1});
}
END_TEST

START_TEST (a_song_without_sound_ends_nothing)
{
  World world;
  g_autoptr (GBytes) first = encode (0), silent = encode_silent (), last = encode (1);
  GBytes *songs[] = {first, silent, last};
  g_autoptr (GBytes) chain = song_join (songs, G_N_ELEMENTS (songs));
  hear (&world, OGG, chain);
  ck_assert_uint_ge (world.n_songs, 2);
  ck_assert_uint_ge (world.songs[0].n_samples, LENGTH);
  ck_assert_uint_eq (world.songs[world.n_songs - 1].n_samples, LENGTH);
}
END_TEST

/* ---- MPEG ---- */

static const char *const layers[] = {"twolamemp2enc", "lamemp3enc"};

/* Decoders that take their caps and give nothing: without pads, they cannot even be linked. */
typedef GstElement Deaf;
typedef GstElementClass DeafClass;

static void
deaf_class_init (gpointer class, gpointer layer)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (layer);
  gst_element_class_add_pad_template (
      class, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_set_static_metadata (class, "deaf", "Codec/Decoder/Audio", "deaf", "tests");
}

/* Of those of the same rank GStreamer takes the first by @name. */
static void
install_deaf_decoder (const char *name, const char *caps, guint rank)
{
  const GTypeInfo info = {.class_size = sizeof (DeafClass),
                          .class_init = deaf_class_init,
                          .class_data = caps,
                          .instance_size = sizeof (Deaf)};
  const GType type = g_type_register_static (GST_TYPE_ELEMENT, name, &info, 0);
  ck_assert (gst_element_register (NULL, name, rank, type));
}

static guint
get_rank_of_common_decoder (void)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("mpg123audiodec");
  ck_assert_ptr_nonnull (factory);
  return gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE_CAST (factory));
}

/* Of a server's type it is not seen which layer it is. */
START_TEST (mpeg_is_heard_whatever_decodes_one_layer_only)
{
  World world;
  g_autoptr (GBytes) song = song_encode (layers[_i], 44100, N_BUFFERS, N_SAMPLES);
  install_deaf_decoder ("aaa-layer1", MPEG ", layer=(int)1", GST_RANK_PRIMARY + 1);
  install_deaf_decoder ("aaa-layers", MPEG ", layer=(int)[1, 3]", get_rank_of_common_decoder ());
  hear (&world, MPEG, song);
  ck_assert_uint_eq (world.n_songs, 1);
  ck_assert_uint_ge (world.songs[0].n_samples, LENGTH);
}
END_TEST

/* ---- bytes of any kind ---- */

static void
stop (World *world)
{
  gst_element_set_state (world->pipeline, GST_STATE_NULL);
  gst_object_unref (world->pipeline);
}

START_TEST (nothing_that_a_list_names_is_opened)
{
  World world;
  gint n_made = 0;
  follower_install ();
  begin (&world, NULL);
  follower_watch (world.pipeline, &n_made);
  g_autoptr (GBytes) list = follower_fill_up (followed[_i].text, followed[_i].size);
  gst_element_set_state (world.pipeline, GST_STATE_PLAYING);
  push (&world, list);
  g_autoptr (GstBus) bus = gst_element_get_bus (world.pipeline);
  follower_check_refusal (bus, followed[_i].type, PATIENCE);
  stop (&world);
  ck_assert_int_eq (g_atomic_int_get (&n_made), 0);
}
END_TEST

#define MIB ((gsize)1 << 20)

/* Of an ID3v2 tag of @size bytes in all, with one frame, so many that @most can be. */
static GBytes *
make_tag (gsize size, gsize most)
{
  const gsize rest = size - 10, frame = rest - 10;
  guint8 *tag = g_malloc0 (MIN (size, most));
  memcpy (tag, "ID3\3", 4);
  memcpy (tag + 10, "PRIV", 4);
  for (int i = 0; i < 4; i++) {
    tag[6 + i] = rest >> (21 - 7 * i) & 127;
    tag[14 + i] = (guint8)(frame >> (24 - 8 * i));
  }
  return g_bytes_new_take (tag, MIN (size, most));
}

/* Two tags, of which no more than @most bytes are there of each, and a song. */
static GBytes *
make_tagged_song (const gsize *sizes, gsize most)
{
  g_autoptr (GBytes) first = make_tag (sizes[0], most), second = make_tag (sizes[1], most);
  g_autoptr (GBytes) song = song_encode ("lamemp3enc", 44100, N_BUFFERS, N_SAMPLES);
  return song_join ((GBytes *[]){first, second, song}, 3);
}

START_TEST (tags_of_usual_size_stand_before_a_song)
{
  World world;
  g_autoptr (GBytes) song = make_tagged_song ((const gsize[]){4 * MIB, MIB}, 4 * MIB);
  hear (&world, NULL, song);
  ck_assert_uint_eq (world.n_songs, 1);
  ck_assert_uint_ge (world.songs[0].n_samples, LENGTH);
}
END_TEST

/* The first, or the one behind it. */
static const gsize endless_tags[][2] = {{255 * MIB, 1000}, {1000, 255 * MIB}};

START_TEST (a_tag_without_end_is_not_collected)
{
  World world;
  g_autoptr (GBytes) song = make_tagged_song (endless_tags[_i], 17 * MIB);
  begin (&world, NULL);
  gst_element_set_state (world.pipeline, GST_STATE_PLAYING);
  push (&world, song);
  g_autoptr (GstBus) bus = gst_element_get_bus (world.pipeline);
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (bus, PATIENCE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  ck_assert (message && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;
  gst_message_parse_error (message, &error, NULL);
  ck_assert_msg (g_error_matches (error, DECODER_GUARD_ERROR, DECODER_GUARD_ERROR_TAG), "%s",
                 error->message);
  stop (&world);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("decoding");
  tcase_add_loop_test (tests, a_song_is_heard_to_its_end, 0, G_N_ELEMENTS (codecs));
  tcase_add_test (tests, songs_are_heard_to_their_ends);
  tcase_add_test (tests, a_song_without_sound_ends_nothing);
  tcase_add_loop_test (tests, mpeg_is_heard_whatever_decodes_one_layer_only, 0,
                       G_N_ELEMENTS (layers));
  tcase_add_loop_test (tests, nothing_that_a_list_names_is_opened, 0, G_N_ELEMENTS (followed));
  tcase_add_test (tests, tags_of_usual_size_stand_before_a_song);
  tcase_add_loop_test (tests, a_tag_without_end_is_not_collected, 0, G_N_ELEMENTS (endless_tags));
  return test_run_within ("decoding", tests, 300);
}
