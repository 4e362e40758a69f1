/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sessionpool.h"
#include "cookies.h"
#include "httpstream.h"

#define MOST_SHARING 128 /* stations */

typedef struct {
  SoupSession *session;
  guint n; /* stations that have it */
} Place;

struct _SessionPool {
  GArray *places; /* of Place; the first one stays, and its cookies are those of all */
};

static void
place_clear (gpointer data)
{
  g_object_unref (((Place *)data)->session);
}

static Place *
get_place (SessionPool *self, guint i)
{
  return &g_array_index (self->places, Place, i);
}

static Place *
add_place (SessionPool *self)
{
  const Place place = {http_session_new (), 0};
  if (self->places->len > 0)
    cookies_share (place.session, get_place (self, 0)->session);
  g_array_append_val (self->places, place);
  return get_place (self, self->places->len - 1);
}

SoupSession *
session_pool_take (SessionPool *self)
{
  Place *place = NULL;
  for (guint i = 0; i < self->places->len && !place; i++)
    if (get_place (self, i)->n < MOST_SHARING)
      place = get_place (self, i);
  if (!place)
    place = add_place (self);
  place->n++;
  return place->session;
}

void
session_pool_give_back (SessionPool *self, SoupSession *session)
{
  guint i = 0;
  while (get_place (self, i)->session != session)
    i++;
  if (--get_place (self, i)->n == 0 && i > 0)
    g_array_remove_index_fast (self->places, i);
}

SessionPool *
session_pool_new (void)
{
  SessionPool *self = g_new0 (SessionPool, 1);
  self->places = g_array_new (FALSE, FALSE, sizeof (Place));
  g_array_set_clear_func (self->places, place_clear);
  add_place (self);
  return self;
}

void
session_pool_free (SessionPool *self)
{
  if (!self)
    return;
  g_array_unref (self->places);
  g_free (self);
}
