/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a station is not heard, in words for people, and what follows from it. */
#pragma once
#include <gio/gio.h>
G_BEGIN_DECLS

#define STATION_ERROR (station_error_quark ())
GQuark station_error_quark (void);

typedef enum {
  STATION_ERROR_PASSING,  /* may be over in a moment: the server restarts, the network is down */
  STATION_ERROR_NO_AUDIO, /* it sends, but nothing that can be heard: worth another way */
  STATION_ERROR_LASTING,  /* nobody expects it to get better by itself: 404, no audio, no decoder */
  STATION_ERROR_MISSING,  /* the server does not know it: lasting, unless it was heard just now */
  STATION_ERROR_OVER,     /* everything was heard; there is no more */
} StationError;

/* What @error of sockets, resolvers, TLS or libsoup means for a station at @uri. (transfer full) */
GError *fault_from_network (const GError *error, const char *uri);
/* For a certificate with these @errors. (transfer full) */
GError *fault_from_certificate (GTlsCertificateFlags errors);
/* For an HTTP status that is no success. (transfer full) */
GError *fault_from_status (guint status);

G_END_DECLS
