/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio.h"
#include "../haste.h"

#define BEGINNINGS 10 /* stations begun at once … */
#define BREATH 20     /* … before a pause of so many ms */
#define FAREWELL 30   /* s: so long a station that is gone may say what it heard last */

typedef struct {
  StationObserver observer;
  gpointer user_data;
} Observer;

/* No more in the list. */
typedef struct {
  Tuner *tuner;
  gint64 latest; /* monotonic */
} Leaving;

struct _Radio {
  const ReceiverOptions *options;
  guint most;
  SessionPool *sessions;
  GPtrArray *tuners;
  GHashTable *by_key; /* the same, by station_key(); NULL: to be made when it is needed */
  GQueue waiting;     /* tuners to be started */
  GArray *leaving;    /* of Leaving */
  GArray *observers;
  ReceiverStatistics gone; /* of tuners that are no more */
  guint look, start;
};

static void
on_event (const StationEvent *event, gpointer user_data)
{
  Radio *self = user_data;
  for (guint i = 0; i < self->observers->len; i++) {
    const Observer *observer = &g_array_index (self->observers, Observer, i);
    observer->observer (event, observer->user_data);
  }
}

static void
leaving_clear (gpointer data)
{
  tuner_free (((Leaving *)data)->tuner);
}

/* Ends it, if it has not ended. */
static void
let_go (Radio *self, guint i)
{
  Tuner *tuner = g_array_index (self->leaving, Leaving, i).tuner;
  tuner_abandon (tuner);
  tuner_add_statistics (tuner, &self->gone);
  g_array_remove_index_fast (self->leaving, i);
}

static void
look_at_leaving (Radio *self)
{
  const gint64 now = g_get_monotonic_time ();
  for (guint i = self->leaving->len; i-- > 0;) {
    const Leaving *leaving = &g_array_index (self->leaving, Leaving, i);
    tuner_look (leaving->tuner);
    if (tuner_get_state (leaving->tuner) == STATION_ENDED || now > leaving->latest)
      let_go (self, i);
  }
}

/* For so many more stations. */
static guint
get_room (const Radio *self)
{
  guint active = self->leaving->len;
  for (guint i = 0; i < self->tuners->len; i++)
    active += tuner_get_state (self->tuners->pdata[i]) != STATION_ENDED;
  active -= self->waiting.length;
  return self->most - MIN (active, self->most);
}

static void
put_off (gpointer tuner, gpointer user_data)
{
  tuner_put_off (tuner);
}

static gboolean
on_start (gpointer user_data)
{
  Radio *self = user_data;
  Tuner *tuner = NULL;
  guint room = get_room (self);
  for (guint i = 0; i < BEGINNINGS && room > 0 && (tuner = g_queue_pop_head (&self->waiting));
       i++) {
    tuner_start (tuner);
    room--;
  }
  if (room > 0 && !g_queue_is_empty (&self->waiting))
    return G_SOURCE_CONTINUE;
  g_queue_foreach (&self->waiting, put_off, NULL);
  self->start = 0;
  return G_SOURCE_REMOVE;
}

static void
begin_those_waiting (Radio *self)
{
  if (self->start == 0 && !g_queue_is_empty (&self->waiting))
    self->start = g_timeout_add (BREATH, on_start, self);
}

static gboolean
on_look (gpointer user_data)
{
  Radio *self = user_data;
  for (guint i = 0; i < self->tuners->len; i++)
    tuner_look (self->tuners->pdata[i]);
  look_at_leaving (self);
  begin_those_waiting (self); /* some may have ended */
  return G_SOURCE_CONTINUE;
}

Radio *
radio_new (const ReceiverOptions *options, guint most)
{
  Radio *self = g_new0 (Radio, 1);
  self->options = options;
  self->most = most;
  self->sessions = session_pool_new ();
  self->tuners = g_ptr_array_new_with_free_func ((GDestroyNotify)tuner_free);
  self->observers = g_array_new (FALSE, FALSE, sizeof (Observer));
  self->leaving = g_array_new (FALSE, FALSE, sizeof (Leaving));
  g_array_set_clear_func (self->leaving, leaving_clear);
  g_queue_init (&self->waiting);
  self->look = g_timeout_add ((guint)(haste_span (1) / 1000), on_look, self);
  return self;
}

void
radio_free (Radio *self)
{
  if (!self)
    return;
  g_source_remove (self->look);
  if (self->start != 0)
    g_source_remove (self->start);
  g_queue_clear (&self->waiting);
  g_clear_pointer (&self->by_key, g_hash_table_unref);
  g_ptr_array_unref (self->tuners);
  g_array_unref (self->leaving);
  g_array_unref (self->observers);
  session_pool_free (self->sessions);
  g_free (self);
}

void
radio_add_observer (Radio *self, StationObserver observer, gpointer user_data)
{
  const Observer entry = {observer, user_data};
  g_array_append_val (self->observers, entry);
}

/* The one in @tuners that plays @station, taken out of there; or NULL. */
static Tuner *
take_tuner (GHashTable *tuners, const Station *station)
{
  g_autofree char *key = station_key (station);
  gpointer tuner = NULL;
  if (!g_hash_table_steal_extended (tuners, key, NULL, &tuner))
    return NULL;
  return tuner;
}

/* By their keys, which the tuners own; @release, which may be NULL, is for those in it. */
static GHashTable *
index_tuners (const GPtrArray *tuners, GDestroyNotify release)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, release);
  for (guint i = 0; i < tuners->len; i++) {
    Tuner *tuner = tuners->pdata[i];
    g_hash_table_replace (index, (gpointer)tuner_get_key (tuner), tuner);
  }
  return index;
}

/* All tuners; self has none any more. */
static GHashTable *
take_all (Radio *self)
{
  g_clear_pointer (&self->by_key, g_hash_table_unref); /* of keys that the tuners own */
  GHashTable *all = index_tuners (self->tuners, (GDestroyNotify)tuner_free);
  g_ptr_array_set_free_func (self->tuners, NULL);
  g_ptr_array_set_size (self->tuners, 0);
  g_ptr_array_set_free_func (self->tuners, (GDestroyNotify)tuner_free);
  return all;
}

/* What is heard twice would be told twice. */
static void
end_leaving (Radio *self, const Station *station)
{
  g_autofree char *key = station_key (station);
  for (guint i = self->leaving->len; i-- > 0;)
    if (g_str_equal (tuner_get_key (g_array_index (self->leaving, Leaving, i).tuner), key))
      let_go (self, i);
}

/* @tuner is taken. */
static void
say_farewell (Radio *self, Tuner *tuner, gboolean heard_out)
{
  const Leaving leaving = {tuner, g_get_monotonic_time () + FAREWELL * G_TIME_SPAN_SECOND};
  g_queue_remove (&self->waiting, tuner);
  g_array_append_val (self->leaving, leaving);
  if (heard_out)
    tuner_finish (tuner);
  else
    let_go (self, self->leaving->len - 1);
}

void
radio_set_stations (Radio *self, GPtrArray *stations, gboolean heard_out)
{
  g_autoptr (GHashTable) before = take_all (self);
  g_ptr_array_set_free_func (stations, NULL);
  for (guint i = 0; i < stations->len; i++) {
    Station *station = stations->pdata[i];
    Tuner *tuner = take_tuner (before, station);
    if (tuner) {
      station_free (station);
    } else {
      end_leaving (self, station);
      tuner = tuner_new (station, self->sessions, self->options, on_event, self);
      g_queue_push_tail (&self->waiting, tuner);
    }
    g_ptr_array_add (self->tuners, tuner);
  }
  g_ptr_array_unref (stations);
  GHashTableIter rest;
  gpointer gone;
  g_hash_table_iter_init (&rest, before);
  while (g_hash_table_iter_next (&rest, NULL, &gone)) {
    g_hash_table_iter_steal (&rest);
    say_farewell (self, gone, heard_out);
  }
  begin_those_waiting (self);
}

/* A page that scrolls asks for many at once. */
static Tuner *
find_tuner (Radio *self, const char *key)
{
  if (!self->by_key)
    self->by_key = index_tuners (self->tuners, NULL);
  return g_hash_table_lookup (self->by_key, key);
}

void
radio_set_spectrogram (Radio *self, const char *key, gboolean wanted)
{
  Tuner *tuner = find_tuner (self, key);
  if (tuner)
    tuner_set_spectrogram (tuner, wanted);
}

ReceiverStatistics
radio_get_statistics (const Radio *self)
{
  ReceiverStatistics sum = self->gone;
  for (guint i = 0; i < self->tuners->len; i++)
    tuner_add_statistics (self->tuners->pdata[i], &sum);
  for (guint i = 0; i < self->leaving->len; i++)
    tuner_add_statistics (g_array_index (self->leaving, Leaving, i).tuner, &sum);
  return sum;
}

void
radio_count (const Radio *self, guint *heard, guint *all)
{
  *heard = 0;
  *all = self->tuners->len;
  for (guint i = 0; i < *all; i++)
    *heard += tuner_get_state (self->tuners->pdata[i]) == STATION_LISTENING;
}

void
radio_finish (Radio *self)
{
  g_queue_clear (&self->waiting);
  for (guint i = 0; i < self->tuners->len; i++)
    tuner_finish (self->tuners->pdata[i]);
}

void
radio_abandon (Radio *self, const char *uri)
{
  for (guint i = 0; i < self->tuners->len; i++) {
    Tuner *tuner = self->tuners->pdata[i];
    if (!g_str_equal (tuner_get_station (tuner)->uri, uri))
      continue;
    g_queue_remove (&self->waiting, tuner);
    tuner_abandon (tuner);
  }
}

gboolean
radio_is_over (const Radio *self)
{
  for (guint i = 0; i < self->tuners->len; i++)
    if (tuner_get_state (self->tuners->pdata[i]) != STATION_ENDED)
      return FALSE;
  for (guint i = 0; i < self->leaving->len; i++)
    if (tuner_get_state (g_array_index (self->leaving, Leaving, i).tuner) != STATION_ENDED)
      return FALSE;
  return TRUE;
}
