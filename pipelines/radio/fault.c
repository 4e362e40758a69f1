/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault.h"
#include "../networkfault.h"
#include "../translation.h"
#include <libsoup/soup.h>

G_DEFINE_QUARK (genre - station - error, station_error)

/* Whoever redirects so does not do it by chance. */
static gboolean
is_lasting (const GError *error)
{
  return error->domain == SOUP_SESSION_ERROR &&
         (error->code == SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS ||
          error->code == SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION ||
          error->code == SOUP_SESSION_ERROR_REDIRECT_BAD_URI);
}

GError *
fault_from_network (const GError *error, const char *uri)
{
  g_autofree char *text = network_fault_describe (error, uri);
  return g_error_new_literal (
      STATION_ERROR, is_lasting (error) ? STATION_ERROR_LASTING : STATION_ERROR_PASSING, text);
}

GError *
fault_from_certificate (GTlsCertificateFlags errors)
{
  const char *why = errors & G_TLS_CERTIFICATE_REVOKED         ? N_ ("it was revoked")
                    : errors & G_TLS_CERTIFICATE_EXPIRED       ? N_ ("it has expired")
                    : errors & G_TLS_CERTIFICATE_NOT_ACTIVATED ? N_ ("it is not valid yet")
                    : errors & G_TLS_CERTIFICATE_BAD_IDENTITY  ? N_ ("it is another host's")
                    : errors & G_TLS_CERTIFICATE_UNKNOWN_CA    ? N_ ("nobody known vouches for it")
                                                               : N_ ("it is faulty");
  return g_error_new (STATION_ERROR, STATION_ERROR_LASTING, N_ ("wrong certificate: %s"), why);
}

static StationError
severity (guint status)
{
  if (status == SOUP_STATUS_NOT_FOUND || status == SOUP_STATUS_GONE)
    return STATION_ERROR_MISSING;
  const gboolean passing = status >= 500 || status == SOUP_STATUS_REQUEST_TIMEOUT ||
                           status == 429 /* too many requests */ || status < 200;
  return passing ? STATION_ERROR_PASSING : STATION_ERROR_LASTING;
}

GError *
fault_from_status (guint status)
{
  return g_error_new (STATION_ERROR, severity (status), "%u %s", status,
                      soup_status_get_phrase (status));
}
