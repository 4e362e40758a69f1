/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a radio is doing, in Prometheus' text format (version 0.0.4). */
#pragma once
#include "processfigures.h"
#include "../radio/receiver.h"
#include "stationboard.h"
G_BEGIN_DECLS

/* What the board does not know. */
typedef struct {
  gint64 now; /* in microseconds since 1970 */
  ReceiverStatistics heard;
  guint clients, streams;
  guint64 requests; /* answered */
  guint64 refused;  /* connections that there was no room for */
  guint64 left_out; /* spectrograms that a client was too slow for */
  ProcessFigures process;
  const char *version;
} RadioFigures;

/* (transfer full) */
char *metrics_format (const StationBoard *board, const RadioFigures *figures);

G_END_DECLS
