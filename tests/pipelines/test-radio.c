/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Radio with a server of its own in this process: the spectrogram of a station comes while somebody
 * wants it, from one connection to the next, and of no other station; and what a station is taken
 * for, if it is not what its server says; and a pipeline that is slow to start. */
#define GST_USE_UNSTABLE_API /* tracers */
#include "eventjson.h"
#include "radio.h"
#include "song.h"
#include "songends.h"
#include "titlepace.h"
#include <gst/gsttracer.h>
#include <libsoup/soup.h>
#include <string.h>

#define PATIENCE 120   /* s */
#define TIME_TO_END 30 /* s, for pipelines on a busy machine */
#define CLOSED "the server closed the connection"
#define UNFOLLOWED "it is a list of other addresses (application/sdp), which is not followed"
#define CROWDED "its titles are 1 bytes apart (icy-metaint), expected 256 or more"
#define N_PIECES 14    /* of what is sent slowly … */
#define PIECE_TIME 250 /* … ms for each: more than a good run, with the haste of this test */
#define LYRICS "[00:12.00]la la la\n" /* as which typefind takes what follows */
#define GARBAGE 20000                 /* bytes */

/* Of one station. */
typedef struct {
  guint n_connections, n_answers, n_seen;
  guint n_songs;              /* that have ended in this connection */
  guint n_heard_out;          /* connections until whose end nothing went wrong … */
  guint n_songs_in_heard_out; /* … and songs in them */
  guint n_tries;              /* requests since the last wait */
  guint n_asked_to_end;       /* how often it has ended since that was wanted */
  gboolean is_last_final;     /* the last answer */
  StationState state;         /* since the last event */
  guint last_served;          /* the number of the request that was last heard */
  guint n_at_once;            /* connections that were heard at the first try after a wait */
  guint n_not_followed;       /* how often it was a list that is not followed */
  guint n_crowded;            /* how often its titles were too near to each other */
  guint n_titles, n_titles_in_heard_out; /* as with songs */
  char title[16], last_title[16];        /* the newest one; that of what was heard out */
} Count;

typedef struct _World World;
struct _World {
  GMainLoop *loop;
  SoupServer *server;
  GBytes *wav, *songs; /* 6 s of sound; twice 6 s of it, a stream of Ogg each */
  GBytes *mp3;         /* 6 s or more, where it is needed */
  ClassifierOptions classifier;
  ReceiverOptions options;
  Radio *radio;
  Count wanted, other;
  gboolean (*enough) (const Count *wanted);
  gboolean alone; /* the other station is not waited for */
  guint n_others; /* how often it was asked for */
  /* In place of the songs, NULL: what the station sends when it is asked for the n-th time. */
  void (*serve) (World *world, guint n, SoupServerMessage *message);
  guint n_served;
  const char *type; /* of what it sends then, where that matters */
  guint n_lists;    /* that were sent */
  gint64 asked;     /* when it was asked for a list that takes its time; monotonic */
  double since;     /* s until it was asked again */
};

/* ---- the server: some seconds of sound, then the end of the connection ---- */

static GBytes *
make_song (const char *encoder)
{
  return song_encode (encoder, 44100, 60, 4410);
}

static void
send (SoupServerMessage *message, const char *type, GBytes *bytes)
{
  SoupMessageBody *body = soup_server_message_get_response_body (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (headers, type, NULL);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  if (bytes)
    soup_message_body_append_bytes (body, bytes);
}

static void
send_all (SoupServerMessage *message, const char *type, GBytes *bytes)
{
  send (message, type, bytes);
  soup_message_body_complete (soup_server_message_get_response_body (message));
}

typedef struct {
  SoupServerMessage *message; /* NULL: nobody listens any more */
  GBytes *bytes;
  guint n; /* pieces that were sent */
} Feed;

static void
on_finished (SoupServerMessage *message, gpointer user_data)
{
  Feed *feed = user_data;
  g_clear_object (&feed->message);
}

static gboolean
on_piece (gpointer user_data)
{
  Feed *feed = user_data;
  const gsize size = g_bytes_get_size (feed->bytes);
  const gsize begin = feed->n * size / N_PIECES, end = (feed->n + 1) * size / N_PIECES;
  if (!feed->message || feed->n == N_PIECES)
    return G_SOURCE_REMOVE;
  SoupMessageBody *body = soup_server_message_get_response_body (feed->message);
  g_autoptr (GBytes) piece = g_bytes_new_from_bytes (feed->bytes, begin, end - begin);
  soup_message_body_append_bytes (body, piece);
  if (++feed->n == N_PIECES)
    soup_message_body_complete (body);
  soup_server_message_unpause (feed->message);
  return G_SOURCE_CONTINUE;
}

static void
feed_free (gpointer data)
{
  Feed *feed = data;
  if (feed->message)
    g_signal_handlers_disconnect_by_data (feed->message, feed);
  g_clear_object (&feed->message);
  g_bytes_unref (feed->bytes);
  g_free (feed);
}

static void
send_slowly (SoupServerMessage *message, const char *type, GBytes *bytes)
{
  Feed *feed = g_new (Feed, 1);
  *feed = (Feed){g_object_ref (message), g_bytes_ref (bytes), 0};
  send (message, type, NULL);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), feed);
  g_timeout_add_full (G_PRIORITY_DEFAULT, PIECE_TIME, on_piece, feed, feed_free);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  World *world = user_data;
  const gboolean ogg = strstr (path, "Wanted") != NULL;
  world->n_others += !ogg;
  world->wanted.n_tries += ogg;
  if (ogg && world->serve)
    world->serve (world, ++world->n_served, message);
  else
    send_all (message, ogg ? "application/ogg" : "audio/x-wav", ogg ? world->songs : world->wav);
}

static char *
get_uri (const World *world, const char *path)
{
  GSList *uris = soup_server_get_uris (world->server);
  char *uri = g_strdup_printf ("http://127.0.0.1:%d/%s", g_uri_get_port (uris->data), path);
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  return uri;
}

/* ---- the radio ---- */

static gboolean
ends_song (const StationEvent *event)
{
  gboolean final = FALSE;
  if (event->type == STATION_EVENT_ANSWER)
    gst_structure_get_boolean (event->answer, "final", &final);
  return final;
}

static void
check_spectrogram (const StationEvent *event)
{
  ck_assert_str_eq (event->name, "Wanted");
  ck_assert (gst_structure_has_name (event->spectrogram, "genreclassify-spectrogram"));
  const GValue *frames = gst_structure_get_value (event->spectrogram, "magnitude");
  ck_assert_uint_gt (gst_value_array_get_size (frames), 0);
  ck_assert_ptr_null (event->answer);
  ck_assert_ptr_null (event_json_format (event)); /* no line for it */
}

/* On a busy machine a connection may be given up before it is heard out. */
static void
count_connection (Count *count, const StationEvent *event)
{
  if (event->fault && strcmp (event->fault->message, CLOSED) == 0) {
    count->n_heard_out++;
    count->n_songs_in_heard_out += count->n_songs;
    count->n_titles_in_heard_out += count->n_titles;
    g_strlcpy (count->last_title, count->title, sizeof count->last_title);
  }
  count->n_not_followed += event->fault && strcmp (event->fault->message, UNFOLLOWED) == 0;
  count->n_crowded += event->fault && strcmp (event->fault->message, CROWDED) == 0;
  if (event->fault || event->state == STATION_LISTENING)
    count->n_songs = count->n_titles = 0;
  count->n_at_once += event->state == STATION_LISTENING && count->n_tries == 1;
  if (event->state == STATION_WAITING)
    count->n_tries = 0;
}

static void
on_event (const StationEvent *event, gpointer user_data)
{
  World *world = user_data;
  Count *count = strcmp (event->name, "Wanted") == 0 ? &world->wanted : &world->other;
  if (event->type == STATION_EVENT_SPECTROGRAM)
    check_spectrogram (event);
  count->n_seen += event->type == STATION_EVENT_SPECTROGRAM;
  count->n_answers += event->type == STATION_EVENT_ANSWER;
  count->n_songs += ends_song (event);
  count->state = event->state;
  count->n_titles += event->type == STATION_EVENT_TITLE;
  if (event->type == STATION_EVENT_TITLE)
    g_strlcpy (count->title, event->title ? event->title : "", sizeof count->title);
  if (event->type == STATION_EVENT_STATE && event->state == STATION_LISTENING)
    count->last_served = world->n_served;
  if (event->type == STATION_EVENT_ANSWER)
    count->is_last_final = ends_song (event);
  count->n_asked_to_end +=
      event->type == STATION_EVENT_STATE && event->state == STATION_ENDED && event->asked;
  count->n_connections += event->type == STATION_EVENT_STATE && event->state == STATION_LISTENING;
  if (event->type == STATION_EVENT_STATE)
    count_connection (count, event);
  if (world->enough (&world->wanted) && (world->alone || world->other.n_answers > 0))
    g_main_loop_quit (world->loop);
}

static gboolean
on_too_late (gpointer user_data)
{
  const World *world = user_data;
  ck_abort_msg ("%u connections, %u answers, %u spectrograms", world->wanted.n_connections,
                world->wanted.n_answers, world->wanted.n_seen);
  return G_SOURCE_REMOVE;
}

/* Counts anew until there is @enough of it, and an answer from the other station. */
static void
wait_for (World *world, gboolean (*enough) (const Count *))
{
  memset (&world->wanted, 0, sizeof world->wanted);
  memset (&world->other, 0, sizeof world->other);
  world->enough = enough;
  const guint timeout = g_timeout_add_seconds (PATIENCE, on_too_late, world);
  g_main_loop_run (world->loop);
  g_source_remove (timeout);
}

static GPtrArray *
make_stations (const World *world)
{
  static const char *const names[] = {"Wanted", "Other"};
  GPtrArray *stations = g_ptr_array_new_with_free_func ((GDestroyNotify)station_free);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *uri = get_uri (world, names[i]);
    Station *station = station_new (names[i], uri, NULL);
    ck_assert_ptr_nonnull (station);
    g_ptr_array_add (stations, station);
  }
  return stations;
}

static void
begin (World *world)
{
  g_autoptr (GError) error = NULL;
  memset (world, 0, sizeof *world);
  gst_init (NULL, NULL);
  world->loop = g_main_loop_new (NULL, FALSE);
  world->wav = make_song ("wavenc");
  g_autoptr (GBytes) one = make_song ("vorbisenc ! oggmux");
  g_autoptr (GBytes) two = make_song ("vorbisenc ! oggmux");
  world->songs = song_join ((GBytes *[]){one, two}, 2);
  world->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (world->server, NULL, on_request, world, NULL);
  ck_assert_msg (soup_server_listen_local (world->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error),
                 "%s", error ? error->message : "");
  world->classifier = (ClassifierOptions)CLASSIFIER_OPTIONS_DEFAULT;
  world->options.classifier = &world->classifier;
  world->radio = radio_new (&world->options, G_MAXUINT);
  radio_add_observer (world->radio, on_event, world);
}

static void
end (World *world)
{
  const gint64 latest = g_get_monotonic_time () + TIME_TO_END * G_TIME_SPAN_SECOND;
  radio_free (world->radio);
  while (!receivers_have_ended ())
    ck_assert_msg (g_get_monotonic_time () < latest, "pipelines do not end");
  g_object_unref (world->server);
  g_bytes_unref (world->wav);
  g_bytes_unref (world->songs);
  g_clear_pointer (&world->mp3, g_bytes_unref);
  g_main_loop_unref (world->loop);
}

static gboolean
is_seen_again (const Count *wanted)
{
  return wanted->n_connections >= 2 && wanted->n_seen > 60; /* more than one connection gives */
}

static gboolean
is_heard_again (const Count *wanted)
{
  return wanted->n_connections >= 2 && wanted->n_answers >= 4;
}

static gboolean
are_songs_over (const Count *wanted)
{
  return wanted->n_heard_out >= 2;
}

static gboolean
is_seen (const Count *wanted)
{
  return wanted->n_seen > 0;
}

START_TEST (a_spectrogram_comes_while_it_is_wanted)
{
  World world;
  begin (&world);
  GPtrArray *stations = make_stations (&world);
  g_autofree char *key = station_key (stations->pdata[0]);
  radio_set_spectrogram (world.radio, key, TRUE); /* it is not there yet: nothing happens */
  radio_set_stations (world.radio, stations, FALSE);
  radio_set_spectrogram (world.radio, "no such station", TRUE);
  wait_for (&world, is_heard_again);
  ck_assert_uint_eq (world.wanted.n_seen, 0);
  radio_set_spectrogram (world.radio, key, TRUE);
  wait_for (&world, is_seen_again); /* what is seen of another fails in check_spectrogram() */
  radio_set_spectrogram (world.radio, key, FALSE);
  wait_for (&world, is_heard_again);
  ck_assert_uint_eq (world.wanted.n_seen, 0);
  radio_set_stations (world.radio, make_stations (&world), FALSE); /* the same */
  radio_set_spectrogram (world.radio, key, TRUE);
  wait_for (&world, is_seen);
  end (&world);
}
END_TEST

START_TEST (each_song_in_ogg_is_answered)
{
  World world;
  begin (&world);
  radio_set_stations (world.radio, make_stations (&world), FALSE);
  wait_for (&world, are_songs_over);
  ck_assert_uint_eq (world.wanted.n_songs_in_heard_out, 2 * world.wanted.n_heard_out);
  end (&world);
}
END_TEST

START_TEST (what_is_abandoned_before_it_begins_never_begins)
{
  World world;
  begin (&world);
  world.alone = TRUE;
  world.enough = is_heard_again; /* abandoning tells, too */
  g_autofree char *other = get_uri (&world, "Other");
  radio_set_stations (world.radio, make_stations (&world), FALSE);
  radio_abandon (world.radio, other);
  wait_for (&world, is_heard_again); /* it would have begun with the first one */
  ck_assert_uint_eq (world.n_others, 0);
  end (&world);
}
END_TEST

static void
serve_mp3 (World *world, guint n, SoupServerMessage *message)
{
  send_slowly (message, "audio/mpeg", world->mp3);
}

static GPtrArray *
make_wanted_station (const World *world)
{
  GPtrArray *stations = make_stations (world);
  g_ptr_array_remove_index (stations, 1);
  return stations;
}

static GPtrArray *
make_other_station (const World *world)
{
  GPtrArray *stations = make_stations (world);
  g_ptr_array_remove_index (stations, 0);
  return stations;
}

/* … in the midst of a song. */
static gboolean
is_answered (const Count *wanted)
{
  return wanted->n_answers > 0 && !wanted->is_last_final;
}

static gboolean
has_ended (const Count *wanted)
{
  return wanted->n_asked_to_end > 0;
}

/* Wanted is being heard. */
static void
begin_to_hear (World *world)
{
  begin (world);
  world->mp3 = song_encode ("lamemp3enc", 44100, 200, 4410); /* 20 s: answers come on the way */
  world->serve = serve_mp3;
  world->classifier.interval = 1;
  world->alone = TRUE;
  radio_set_stations (world->radio, make_stations (world), TRUE);
  do
    wait_for (world, is_answered);
  while (world->wanted.state != STATION_LISTENING); /* the machine is busy */
}

START_TEST (what_a_station_that_is_gone_played_is_answered)
{
  World world;
  begin_to_hear (&world);
  radio_set_stations (world.radio, make_other_station (&world), TRUE);
  ck_assert_uint_eq (world.wanted.n_asked_to_end, 0);
  wait_for (&world, has_ended);
  ck_assert (world.wanted.is_last_final);
  end (&world);
}
END_TEST

START_TEST (who_is_not_to_be_heard_out_ends_at_once)
{
  World world;
  begin_to_hear (&world);
  radio_set_stations (world.radio, make_other_station (&world), FALSE);
  ck_assert_uint_eq (world.wanted.n_asked_to_end, 1);
  end (&world);
}
END_TEST

START_TEST (a_station_that_is_back_before_it_has_gone_begins_anew)
{
  World world;
  begin_to_hear (&world);
  radio_set_stations (world.radio, make_other_station (&world), TRUE);
  radio_set_stations (world.radio, make_stations (&world), TRUE);
  ck_assert_uint_eq (world.wanted.n_asked_to_end, 1);
  wait_for (&world, is_answered);
  ck_assert_uint_eq (world.wanted.n_asked_to_end, 0);
  ck_assert_uint_ge (world.wanted.n_connections, 1);
  end (&world);
}
END_TEST

/* Bytes that are nothing, then none at all, then, from the third time on, what its server says, but
 * looks like something else. */
static void
serve_good_at_last (World *world, guint n, SoupServerMessage *message)
{
  g_autoptr (GBytes) garbage = g_bytes_new_take (g_malloc0 (GARBAGE), GARBAGE);
  g_autoptr (GBytes) lyrics = g_bytes_new_static (LYRICS, strlen (LYRICS));
  g_autoptr (GBytes) song = song_join ((GBytes *[]){lyrics, world->mp3}, 2);
  send_all (message, "audio/mpeg", n == 1 ? garbage : n == 2 ? NULL : song);
}

static void
serve_other_type (World *world, guint n, SoupServerMessage *message)
{
  send_slowly (message, "audio/x-wav", world->songs);
}

static gboolean
is_heard (const Count *wanted)
{
  return wanted->n_connections > 0;
}

static gboolean
is_heard_at_once (const Count *wanted)
{
  return wanted->n_heard_out > 0 && wanted->n_at_once > 0;
}

START_TEST (another_type_that_gave_nothing_is_forgotten)
{
  World world;
  g_setenv ("GENRE_RADIO_HASTE", "1", TRUE); /* 20 s for audio to come, else it is a fault */
  begin (&world);
  world.alone = TRUE;
  world.serve = serve_good_at_last;
  world.mp3 = make_song ("lamemp3enc");
  radio_set_stations (world.radio, make_stations (&world), FALSE);
  wait_for (&world, is_heard);
  ck_assert_uint_eq (world.wanted.n_at_once, 1);
  ck_assert_uint_eq (world.n_served, 3);
  end (&world);
}
END_TEST

START_TEST (another_type_that_was_heard_is_remembered)
{
  World world;
  begin (&world);
  world.alone = TRUE;
  world.serve = serve_other_type;
  radio_set_stations (world.radio, make_stations (&world), FALSE);
  wait_for (&world, is_heard_at_once);
  ck_assert_uint_ge (world.n_served, 3);
  end (&world);
}
END_TEST

#define SLOWNESS (500 * G_TIME_SPAN_MILLISECOND) /* time for many bytes to arrive */
#define TITLED_INTERVAL "16000000"               /* bytes until the first title: none comes */

/* Of a type that decodebin decodes, with titles: what is in between has no pad for it at first. */
static void
serve_titled (World *world, guint n, SoupServerMessage *message)
{
  soup_message_headers_append (soup_server_message_get_response_headers (message), "icy-metaint",
                               TITLED_INTERVAL);
  send_slowly (message, "audio/x-wav", world->wav);
}

/* In the thread that starts the pipeline. */
static void
on_change (GObject *tracer, GstClockTime time, GstElement *element, GstStateChange change)
{
  const GstElementFactory *factory = gst_element_get_factory (element);
  if (factory && change == GST_STATE_CHANGE_READY_TO_PAUSED &&
      g_str_equal (GST_OBJECT_NAME (factory), "decodebin"))
    g_usleep (SLOWNESS);
}

static GstTracer *
make_tracer (void)
{
  const GType type = g_type_register_static_simple (
      GST_TYPE_TRACER, "TestTracer", sizeof (GstTracerClass), NULL, sizeof (GstTracer), NULL, 0);
  return g_object_new (type, NULL);
}

START_TEST (bytes_wait_for_a_decoder_that_is_slow_to_start)
{
  World world;
  g_setenv ("GENRE_RADIO_HASTE", "1", TRUE); /* 20 s for audio to come, else it is a fault */
  begin (&world);
  g_autoptr (GstTracer) tracer = make_tracer ();
  gst_tracing_register_hook (tracer, "element-change-state-pre", G_CALLBACK (on_change));
  world.alone = TRUE;
  world.serve = serve_titled;
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_heard);
  ck_assert_uint_eq (world.n_served, 1);
  end (&world);
}
END_TEST

static gint n_pipelines; /* atomic: that are in memory */

static void
on_forgotten (gpointer user_data, GObject *pipeline)
{
  g_atomic_int_add (&n_pipelines, -1);
}

static void
on_element (GObject *tracer, GstClockTime time, GstElement *element)
{
  if (!GST_IS_PIPELINE (element))
    return;
  g_atomic_int_inc (&n_pipelines);
  g_object_weak_ref (G_OBJECT (element), on_forgotten, NULL);
}

static void
serve_garbage (World *world, guint n, SoupServerMessage *message)
{
  g_autoptr (GBytes) garbage = g_bytes_new_take (g_malloc0 (GARBAGE), GARBAGE);
  send_all (message, "audio/mpeg", garbage);
}

static gboolean
is_broken (const Count *wanted)
{
  return wanted->state == STATION_BROKEN;
}

START_TEST (a_pipeline_is_forgotten_while_its_station_waits)
{
  World world;
  g_setenv ("GENRE_RADIO_HASTE", "1", TRUE); /* it waits for a minute */
  begin (&world);
  g_autoptr (GstTracer) tracer = make_tracer ();
  gst_tracing_register_hook (tracer, "element-new", G_CALLBACK (on_element));
  world.alone = TRUE;
  world.serve = serve_garbage;
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_broken);
  const guint n_served = world.n_served;
  const guint timeout = g_timeout_add_seconds (PATIENCE, on_too_late, &world);
  while (g_atomic_int_get (&n_pipelines) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
  ck_assert_uint_eq (world.n_served, n_served);
  end (&world);
}
END_TEST

#define N_LIVE 3 /* connections: on a busy machine one may be too short to be taken for live */

/* Without an end, then something of a certain length. */
static void
serve_notice (World *world, guint n, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  if (n <= N_LIVE) {
    send_slowly (message, "audio/mpeg", world->mp3);
    return;
  }
  send_all (message, "audio/mpeg", world->mp3);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CONTENT_LENGTH);
}

static gboolean
is_heard_after_files (const Count *wanted)
{
  return wanted->last_served >= N_LIVE + 2;
}

#define ENDED_LIST "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:4.8,\n/Other\n#EXT-X-ENDLIST\n"

/* Then, once, a list of HLS whose encoder has said that there is no more. */
static void
serve_ended_list (World *world, guint n, SoupServerMessage *message)
{
  g_autoptr (GBytes) list = g_bytes_new_static (ENDED_LIST, strlen (ENDED_LIST));
  if (n == N_LIVE + 1)
    send_all (message, "application/vnd.apple.mpegurl", list);
  else
    send_slowly (message, "audio/mpeg", world->mp3);
}

/* Its server calls it audio, or does not know. */
static const char *const types_of_lists[] = {"audio/mpeg", "audio/x-unheard-of",
                                             "application/octet-stream"};

static void
serve_list (World *world, guint n, SoupServerMessage *message)
{
  g_autoptr (GBytes) list = g_bytes_new_static (ENDED_LIST, strlen (ENDED_LIST));
  send_all (message, world->type, list);
}

static gboolean
is_heard_to_the_end (const Count *wanted)
{
  return wanted->state == STATION_ENDED;
}

START_TEST (a_list_without_a_type_is_what_it_begins_with)
{
  World world;
  begin (&world);
  world.alone = TRUE;
  world.serve = serve_list;
  world.type = types_of_lists[_i];
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_heard_to_the_end);
  ck_assert_uint_ge (world.n_others, 1);
  end (&world);
}
END_TEST

#define OLD_LIST "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:6,\n/Wanted/sound\n"
#define LIST_TIME 700   /* ms until there is a list: more than half of what a segment lasts */
#define LEAST_PAUSE 0.5 /* s, from the list to the next time that it is asked for */
#define ROUNDING 0.01   /* s */

static gboolean
on_list_ready (gpointer user_data)
{
  Feed *feed = user_data;
  if (!feed->message)
    return G_SOURCE_REMOVE;
  SoupMessageBody *body = soup_server_message_get_response_body (feed->message);
  soup_message_body_append_bytes (body, feed->bytes);
  soup_message_body_complete (body);
  soup_server_message_unpause (feed->message);
  return G_SOURCE_REMOVE;
}

static void
send_late (SoupServerMessage *message, const char *type, GBytes *bytes)
{
  Feed *feed = g_new (Feed, 1);
  *feed = (Feed){g_object_ref (message), g_bytes_ref (bytes), 0};
  send (message, type, NULL);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), feed);
  g_timeout_add_full (G_PRIORITY_DEFAULT, LIST_TIME, on_list_ready, feed, feed_free);
}

/* A list, and its sound; the same list again and again, which comes late. */
static void
serve_old_list (World *world, guint n, SoupServerMessage *message)
{
  const gint64 now = g_get_monotonic_time ();
  const char *type = "application/vnd.apple.mpegurl";
  g_autoptr (GBytes) list = g_bytes_new_static (OLD_LIST, strlen (OLD_LIST));
  if (g_str_has_suffix (g_uri_get_path (soup_server_message_get_uri (message)), "/sound")) {
    send_all (message, "audio/mpeg", world->mp3);
    return;
  }
  if (n == 1) {
    send_all (message, type, list);
    return;
  }
  if (world->asked != 0 && world->since == 0) {
    world->since = (double)(now - world->asked) / G_USEC_PER_SEC;
    g_main_loop_quit (world->loop);
  }
  world->asked = now;
  send_late (message, type, list);
}

static gboolean
is_asked_again (const Count *wanted)
{
  return FALSE; /* its server tells */
}

START_TEST (a_list_that_is_slow_is_not_asked_for_at_once)
{
  World world;
  g_setenv ("GENRE_RADIO_HASTE", "1", TRUE);
  begin (&world);
  world.alone = TRUE;
  world.mp3 = make_song ("lamemp3enc");
  world.serve = serve_old_list;
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_asked_again);
  ck_assert_double_ge (world.since, LIST_TIME / 1000.0 + LEAST_PAUSE - ROUNDING);
  end (&world);
}
END_TEST

/* Live ones, in which somebody speaks of tags that they do not have. */
#define ENDLESS_LIST                                                                               \
  "#EXTM3U\n# no #EXT-X-ENDLIST\n#EXT-X-TARGETDURATION:1\n#EXTINF:6,\n/Wanted/sound\n"
#define LIST_OF_SOUND                                                                              \
  "#EXTM3U\n# no #EXT-X-STREAM-INF\n#EXT-X-TARGETDURATION:1\n#EXTINF:6,\n/Wanted/sound\n"

static gboolean
asks_for_sound (SoupServerMessage *message)
{
  return g_str_has_suffix (g_uri_get_path (soup_server_message_get_uri (message)), "/sound");
}

static void
send_list (SoupServerMessage *message, const char *text)
{
  g_autoptr (GBytes) list = g_bytes_new_static (text, strlen (text));
  send_all (message, "application/vnd.apple.mpegurl", list);
}

/* To what was live before. Who takes the list for one that is over does not ask for its sound. */
static void
serve_endless_list (World *world, guint n, SoupServerMessage *message)
{
  if (n <= N_LIVE) {
    send_slowly (message, "audio/mpeg", world->mp3);
  } else if (asks_for_sound (message)) {
    send_all (message, "audio/mpeg", world->mp3);
    g_main_loop_quit (world->loop);
  } else {
    send_list (message, ENDLESS_LIST);
  }
}

/* Its sound is a file by itself: who takes the list for one of qualities has heard everything. */
static void
serve_list_of_sound (World *world, guint n, SoupServerMessage *message)
{
  if (!asks_for_sound (message)) {
    if (++world->n_lists == 2)
      g_main_loop_quit (world->loop);
    send_list (message, LIST_OF_SOUND);
    return;
  }
  send_all (message, "audio/mpeg", world->mp3);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                     SOUP_ENCODING_CONTENT_LENGTH);
}

static void
check_goes_on (void (*serve) (World *world, guint n, SoupServerMessage *message))
{
  World world;
  begin (&world);
  world.alone = TRUE;
  world.mp3 = make_song ("lamemp3enc");
  world.serve = serve;
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_heard_to_the_end);
  ck_assert_int_ne (world.wanted.state, STATION_ENDED);
  end (&world);
}

START_TEST (a_remark_ends_nothing_that_is_live)
{
  check_goes_on (serve_endless_list);
}
END_TEST

START_TEST (a_remark_makes_no_list_of_qualities)
{
  check_goes_on (serve_list_of_sound);
}
END_TEST

#define SDP "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 5004 RTP/AVP 0\n"

static void
serve_sdp (World *world, guint n, SoupServerMessage *message)
{
  g_autoptr (GBytes) list = g_bytes_new_static (SDP, strlen (SDP));
  send_all (message, "audio/x-unheard-of", list);
}

static gboolean
is_not_followed (const Count *wanted)
{
  return wanted->n_not_followed > 0;
}

START_TEST (a_list_of_another_kind_is_not_followed)
{
  World world;
  begin (&world);
  world.alone = TRUE;
  world.serve = serve_sdp;
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_not_followed);
  ck_assert_int_eq (world.wanted.state, STATION_BROKEN);
  end (&world);
}
END_TEST

static void (*const ends[]) (World *world, guint n,
                             SoupServerMessage *message) = {serve_notice, serve_ended_list};

START_TEST (a_live_station_that_says_that_it_is_over_is_tried_again)
{
  World world;
  begin (&world);
  world.alone = TRUE;
  world.mp3 = make_song ("lamemp3enc");
  world.serve = ends[_i];
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_heard_after_files);
  ck_assert_uint_eq (world.n_others, 0); /* what stands in the list was heard before */
  end (&world);
}
END_TEST

/* ---- titles ---- */

#define SECONDS 6          /* of sound */
#define FLOOD_INTERVAL 256 /* bytes between titles, no fewer of which are taken */

/* @n: how many titles there are. (transfer full) */
static GBytes *
put_titles_between (GBytes *sound, guint *n)
{
  GByteArray *flood = g_byte_array_new ();
  const gsize size = g_bytes_get_size (sound);
  *n = 0;
  for (gsize i = 0; i + FLOOD_INTERVAL <= size; i += FLOOD_INTERVAL) {
    const guint8 *bytes = g_bytes_get_data (sound, NULL);
    char title[1 + 2 * 16 + 1];
    memset (title, '\0', sizeof title);
    g_snprintf (title, sizeof title, "\2StreamTitle='%08u';", ++*n);
    g_byte_array_append (flood, bytes + i, FLOOD_INTERVAL);
    g_byte_array_append (flood, (const guint8 *)title, sizeof title - 1);
  }
  return g_byte_array_free_to_bytes (flood);
}

static void
serve_flood (World *world, guint n, SoupServerMessage *message)
{
  g_autofree char *interval = g_strdup_printf ("%d", FLOOD_INTERVAL);
  soup_message_headers_append (soup_server_message_get_response_headers (message), "icy-metaint",
                               interval);
  send_slowly (message, "audio/mpeg", world->mp3);
}

static gboolean
is_heard_out (const Count *wanted)
{
  return wanted->n_heard_out > 0;
}

static guint
count_seconds_since (gint64 begin)
{
  return (guint)((g_get_monotonic_time () - begin) / G_TIME_SPAN_SECOND);
}

START_TEST (titles_that_flood_are_told_now_and_then)
{
  World world;
  guint n;
  const gint64 begun = g_get_monotonic_time ();
  g_setenv ("GENRE_RADIO_HASTE", "1", TRUE);
  begin (&world);
  g_autoptr (GBytes) sound = song_encode ("lamemp3enc", 44100, SECONDS * 10, 4410);
  world.mp3 = put_titles_between (sound, &n);
  ck_assert_uint_gt (n, 10 * SECONDS);
  world.alone = TRUE;
  world.serve = serve_flood;
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_heard_out);
  g_autofree char *newest = g_strdup_printf ("%08u", n);
  ck_assert_str_eq (world.wanted.last_title, newest);
  ck_assert_uint_le (world.wanted.n_songs_in_heard_out, SECONDS + 2);
  ck_assert_uint_le (world.wanted.n_songs_in_heard_out, 2 + count_seconds_since (begun));
  ck_assert_uint_le (world.wanted.n_titles_in_heard_out, 3 + count_seconds_since (begun));
  end (&world);
}
END_TEST

static void
serve_crowd (World *world, guint n, SoupServerMessage *message)
{
  soup_message_headers_append (soup_server_message_get_response_headers (message), "icy-metaint",
                               "1");
  send_all (message, "audio/mpeg", world->mp3);
}

static gboolean
is_crowded (const Count *wanted)
{
  return wanted->n_crowded > 0;
}

START_TEST (titles_behind_every_byte_are_a_fault)
{
  World world;
  begin (&world);
  world.alone = TRUE;
  world.mp3 = make_song ("lamemp3enc");
  world.serve = serve_crowd;
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_crowded);
  ck_assert_int_eq (world.wanted.state, STATION_BROKEN);
  end (&world);
}
END_TEST

/* Streams of Ogg each of which is a song too short to be judged. */
START_TEST (of_tiny_songs_one_a_second_is_told)
{
  World world;
  GBytes *songs[60];
  const gint64 begun = g_get_monotonic_time ();
  g_setenv ("GENRE_RADIO_HASTE", "1", TRUE);
  begin (&world);
  g_autoptr (GBytes) one = song_encode ("vorbisenc ! oggmux", 44100, 1, 4410);
  g_autoptr (GBytes) other = song_encode ("vorbisenc ! oggmux", 44100, 1, 4410);
  for (gsize i = 0; i < G_N_ELEMENTS (songs); i++)
    songs[i] = i % 2 == 0 ? one : other;
  g_bytes_unref (world.songs);
  world.songs = song_join (songs, G_N_ELEMENTS (songs));
  world.alone = TRUE;
  radio_set_stations (world.radio, make_wanted_station (&world), FALSE);
  wait_for (&world, is_heard_out);
  ck_assert_uint_ge (world.wanted.n_songs_in_heard_out, 1);
  ck_assert_uint_le (world.wanted.n_songs_in_heard_out, 2 + count_seconds_since (begun));
  end (&world);
}
END_TEST

/* @reason: of the last answer of a song, or NULL. */
static gboolean
is_told (SongEnds *songs, const char *title, const char *reason, gboolean too_short)
{
  g_autoptr (GstStructure) probabilities =
      gst_structure_new ("probabilities", "jazz", G_TYPE_DOUBLE, 0.5, "rock", G_TYPE_DOUBLE,
                         too_short ? 0.5 : 0.25, NULL);
  g_autoptr (GstStructure) answer = gst_structure_new (
      "genreclassify", "music", G_TYPE_DOUBLE, too_short ? 0.0 : 1.0, "duration",
      GST_TYPE_CLOCK_TIME, too_short ? (GstClockTime)0 : 10 * GST_SECOND, "probabilities",
      GST_TYPE_STRUCTURE, probabilities, "final", G_TYPE_BOOLEAN, reason != NULL, NULL);
  if (title)
    gst_structure_set (answer, "title", G_TYPE_STRING, title, NULL);
  if (reason)
    gst_structure_set (answer, "reason", G_TYPE_STRING, reason, NULL);
  songs->next_short = 0; /* what is too short is due */
  return song_ends_take (songs, answer);
}

/* As where the sound changes a moment before its title; others keep their only last answer. */
START_TEST (what_is_left_of_a_song_behind_its_last_answer_gives_none)
{
  SongEnds songs = {0};
  gst_init (NULL, NULL);
  ck_assert (is_told (&songs, "A", "caps", FALSE));
  ck_assert (!is_told (&songs, "A", "title", TRUE));
  ck_assert (!is_told (&songs, "A", "title", TRUE));
  ck_assert (is_told (&songs, "B", NULL, FALSE));
  ck_assert (is_told (&songs, "B", "caps", FALSE));
  ck_assert (is_told (&songs, "B", "title", FALSE)); /* enough of it was heard since */
  ck_assert (is_told (&songs, "B", "title", TRUE));  /* it played again */
  ck_assert (is_told (&songs, "C", "caps", FALSE));
  ck_assert (is_told (&songs, "D", "title", TRUE));
  ck_assert (is_told (&songs, NULL, "caps", FALSE));
  ck_assert (is_told (&songs, NULL, "caps", TRUE)); /* a song without a title */
  ck_assert (is_told (&songs, "E", "caps", FALSE));
  song_ends_clear (&songs);
  ck_assert (is_told (&songs, "E", "eos", TRUE)); /* in another connection */
  song_ends_clear (&songs);
}
END_TEST

typedef struct {
  guint n;
  char *newest;
} Told;

static void
on_title (const char *title, gpointer user_data)
{
  Told *told = user_data;
  told->n++;
  g_free (told->newest);
  told->newest = g_strdup (title ? title : "(none)");
}

static void
wait_until_none_is_held (const TitlePace *pace)
{
  while (title_pace_holds_any (pace))
    g_main_context_iteration (NULL, TRUE);
}

START_TEST (the_newest_title_is_told_when_its_second_is_over)
{
  Told told = {0, NULL};
  TitlePace *pace = title_pace_new (on_title, &told);
  const gint64 begin = g_get_monotonic_time ();
  g_setenv ("GENRE_RADIO_HASTE", "1", TRUE);
  title_pace_take (pace, "first");
  ck_assert_str_eq (told.newest, "first");
  for (guint i = 0; i < 1000; i++) {
    title_pace_take (pace, "another");
    title_pace_take (pace, "newest");
    ck_assert_uint_le (told.n, 1 + count_seconds_since (begin));
  }
  wait_until_none_is_held (pace);
  ck_assert_str_eq (told.newest, "newest");
  title_pace_take (pace, NULL); /* so is that there is none any more */
  wait_until_none_is_held (pace);
  ck_assert_str_eq (told.newest, "(none)");
  ck_assert_uint_le (told.n, 1 + count_seconds_since (begin));
  title_pace_take (pace, "what an answer is about");
  title_pace_release (pace);
  ck_assert_str_eq (told.newest, "what an answer is about");
  title_pace_take (pace, "forgotten");
  title_pace_clear (pace);
  ck_assert (!title_pace_holds_any (pace));
  title_pace_free (pace);
  g_free (told.newest);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("radio");
  g_setenv ("GENRE_RADIO_HASTE", "5", TRUE); /* 4 s for audio to come */
  g_setenv ("no_proxy", "127.0.0.1", TRUE);
  tcase_add_test (tests, each_song_in_ogg_is_answered);
  tcase_add_test (tests, what_is_abandoned_before_it_begins_never_begins);
  tcase_add_test (tests, a_spectrogram_comes_while_it_is_wanted);
  tcase_add_test (tests, what_a_station_that_is_gone_played_is_answered);
  tcase_add_test (tests, who_is_not_to_be_heard_out_ends_at_once);
  tcase_add_test (tests, a_station_that_is_back_before_it_has_gone_begins_anew);
  tcase_add_loop_test (tests, a_live_station_that_says_that_it_is_over_is_tried_again, 0,
                       G_N_ELEMENTS (ends));
  tcase_add_loop_test (tests, a_list_without_a_type_is_what_it_begins_with, 0,
                       G_N_ELEMENTS (types_of_lists));
  tcase_add_test (tests, a_list_that_is_slow_is_not_asked_for_at_once);
  tcase_add_test (tests, a_remark_ends_nothing_that_is_live);
  tcase_add_test (tests, a_remark_makes_no_list_of_qualities);
  tcase_add_test (tests, a_list_of_another_kind_is_not_followed);
  tcase_add_test (tests, another_type_that_gave_nothing_is_forgotten);
  tcase_add_test (tests, another_type_that_was_heard_is_remembered);
  tcase_add_test (tests, bytes_wait_for_a_decoder_that_is_slow_to_start);
  tcase_add_test (tests, a_pipeline_is_forgotten_while_its_station_waits);
  tcase_add_test (tests, titles_that_flood_are_told_now_and_then);
  tcase_add_test (tests, titles_behind_every_byte_are_a_fault);
  tcase_add_test (tests, of_tiny_songs_one_a_second_is_told);
  tcase_add_test (tests, the_newest_title_is_told_when_its_second_is_over);
  tcase_add_test (tests, what_is_left_of_a_song_behind_its_last_answer_gives_none);
  return test_run_within ("radio", tests, 600);
}
