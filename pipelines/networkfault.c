/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkfault.h"
#include "translation.h"
#include <libsoup/soup.h>

static char *
host_of (const char *uri)
{
  g_autoptr (GUri) parsed = g_uri_parse (uri, SOUP_HTTP_URI_FLAGS, NULL);
  return g_strdup (parsed && g_uri_get_host (parsed) ? g_uri_get_host (parsed) : uri);
}

static char *
describe_resolver (const GError *error, const char *uri)
{
  g_autofree char *host = host_of (uri);
  if (error->code == G_RESOLVER_ERROR_NOT_FOUND)
    return g_strdup_printf (N_ ("unknown host %s"), host);
  return g_strdup_printf (N_ ("no name server knows about %s now"), host);
}

static const char *
describe_io (const GError *error)
{
  switch (error->code) {
  case G_IO_ERROR_CONNECTION_REFUSED:
    return N_ ("connection refused");
  case G_IO_ERROR_HOST_UNREACHABLE:
    return N_ ("host unreachable");
  case G_IO_ERROR_NETWORK_UNREACHABLE:
    return N_ ("network unreachable");
  case G_IO_ERROR_TIMED_OUT:
    return N_ ("the server does not answer");
  case G_IO_ERROR_CONNECTION_CLOSED:
  case G_IO_ERROR_PARTIAL_INPUT:
    return N_ ("the server closed the connection");
  default:
    return error->message;
  }
}

static const char *
describe_session (const GError *error)
{
  switch (error->code) {
  case SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS:
    return N_ ("redirected in circles");
  case SOUP_SESSION_ERROR_REDIRECT_NO_LOCATION:
  case SOUP_SESSION_ERROR_REDIRECT_BAD_URI:
    return N_ ("redirected to nowhere");
  case SOUP_SESSION_ERROR_PARSING:
  case SOUP_SESSION_ERROR_ENCODING:
    return N_ ("the server does not speak HTTP");
  default:
    return error->message;
  }
}

char *
network_fault_describe (const GError *error, const char *uri)
{
  if (error->domain == G_RESOLVER_ERROR)
    return describe_resolver (error, uri);
  if (error->domain == G_IO_ERROR)
    return g_strdup (describe_io (error));
  if (error->domain == SOUP_SESSION_ERROR)
    return g_strdup (describe_session (error));
  return g_strdup (error->domain == G_TLS_ERROR ? N_ ("no secure connection") : error->message);
}
