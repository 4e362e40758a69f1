/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stationid.h"
#include "publictext.h"

#define N_DIGITS 12

struct _StationIds {
  GHashTable *given; /* digits → how many stations have them */
};

StationIds *
station_ids_new (void)
{
  StationIds *self = g_new (StationIds, 1);
  self->given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
station_ids_free (StationIds *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->given);
  g_free (self);
}

/* (transfer full) */
static char *
make_digits (const Station *station)
{
  g_autofree char *uri = public_uri (station->uri);
  g_autofree char *name = public_text (station->name ? station->name : "");
  g_autofree char *text = g_strconcat (uri, "\n", name, NULL);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  return g_strndup (digest, N_DIGITS);
}

char *
station_ids_give (StationIds *self, const Station *station)
{
  char *digits = make_digits (station);
  const guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->given, digits)) + 1;
  char *id = n > 1 ? g_strdup_printf ("%s-%u", digits, n) : g_strdup (digits);
  g_hash_table_replace (self->given, digits, GUINT_TO_POINTER (n));
  return id;
}
