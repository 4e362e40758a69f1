/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault.h"
#include "../translation.h"
#include <libsoup/soup.h>

G_DEFINE_QUARK (genre - station - error, station_error)

static GError *
fault (StationError code, const char *text)
{
  return g_error_new_literal (STATION_ERROR, code, text);
}

static char *
host_of (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, SOUP_HTTP_URI_FLAGS, NULL);
  return g_strdup (parsed && g_uri_get_host (parsed) ? g_uri_get_host (parsed) : uri);
}

static GError *
from_resolver (const GError *error, const char *uri)
{
  g_autofree char *host = host_of (uri);
  if (error->code == G_RESOLVER_ERROR_NOT_FOUND)
    return g_error_new (STATION_ERROR, STATION_ERROR_PASSING, N_ ("unknown host %s"), host);
  return g_error_new (STATION_ERROR, STATION_ERROR_PASSING,
                      N_ ("no name server knows about %s now"), host);
}

static GError *
from_io (const GError *error)
{
  switch (error->code) {
  case G_IO_ERROR_CONNECTION_REFUSED:
    return fault (STATION_ERROR_PASSING, N_ ("connection refused"));
  case G_IO_ERROR_HOST_UNREACHABLE:
    return fault (STATION_ERROR_PASSING, N_ ("host unreachable"));
  case G_IO_ERROR_NETWORK_UNREACHABLE:
    return fault (STATION_ERROR_PASSING, N_ ("network unreachable"));
  case G_IO_ERROR_TIMED_OUT:
    return fault (STATION_ERROR_PASSING, N_ ("the server does not answer"));
  case G_IO_ERROR_CONNECTION_CLOSED:
  case G_IO_ERROR_PARTIAL_INPUT:
    return fault (STATION_ERROR_PASSING, N_ ("the server closed the connection"));
  default:
    return fault (STATION_ERROR_PASSING, error->message);
  }
}

static GError *
from_session (const GError *error)
{
  switch (error->code) {
  case SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS:
    return fault (STATION_ERROR_LASTING, N_ ("redirected in circles"));
  case SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION:
  case SOUP_SESSION_ERROR_REDIRECT_BAD_URI:
    return fault (STATION_ERROR_LASTING, N_ ("redirected to nowhere"));
  case SOUP_SESSION_ERROR_PARSING:
  case SOUP_SESSION_ERROR_ENCODING:
    return fault (STATION_ERROR_PASSING, N_ ("the server does not speak HTTP"));
  default:
    return fault (STATION_ERROR_PASSING, error->message);
  }
}

GError *
fault_from_network (const GError *error, const char *uri)
{
  if (error->domain == G_RESOLVER_ERROR)
    return from_resolver (error, uri);
  if (error->domain == G_IO_ERROR)
    return from_io (error);
  if (error->domain == SOUP_SESSION_ERROR)
    return from_session (error);
  if (error->domain == G_TLS_ERROR)
    return fault (STATION_ERROR_PASSING, N_ ("no secure connection"));
  return fault (STATION_ERROR_PASSING, error->message);
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
