/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a build without hiredis has instead of queuecommand.c and queuedstations.c. */
#include "../translation.h"
#include "queuecommand.h"
#include "queuedstations.h"
#include <stdio.h>
#include <stdlib.h>

static const char fault[] = N_ ("it was built without queues (libhiredis, GnuTLS)");

gboolean
queue_command_is (const char *name)
{
  static const char *const names[] = {"enqueue", "dequeue", "status", NULL};
  return g_strv_contains (names, name);
}

int
queue_command (int argc, char **argv)
{
  fprintf (stderr, "genre-radio: %s\n", _ (fault));
  return EXIT_FAILURE;
}

gboolean
queued_stations_check (const char *url, GError **error)
{
  return TRUE;
}

QueuedStations *
queued_stations_new (const char *url, const char *password_file, guint carry, GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOSYS, _ (fault));
  return NULL;
}

/* There is none with which these could be called. */

gboolean
queued_stations_begin (QueuedStations *self, Radio *radio, PageServer *page, History *history,
                       GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOSYS, _ (fault));
  return FALSE;
}

void
queued_stations_finish (QueuedStations *self)
{
}

void
queued_stations_free (QueuedStations *self)
{
}
