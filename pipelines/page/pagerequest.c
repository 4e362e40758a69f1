/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pagerequest.h"
#include "listenaddress.h"
#include <string.h>

#define LONGEST_ADDRESS 4096 /* bytes of path and query */

static gboolean
is_long (GUri *uri)
{
  const char *query = g_uri_get_query (uri);
  return strlen (g_uri_get_path (uri)) + (query ? strlen (query) : 0) > LONGEST_ADDRESS;
}

/* A page elsewhere has no business with our answers, not even to keep us busy. */
static gboolean
is_from_elsewhere (const PageRequest *request)
{
  return g_str_has_prefix (g_uri_get_path (request->uri), "/api/") && request->site &&
         !g_str_equal (request->site, "same-origin") && !g_str_equal (request->site, "none");
}

guint
page_request_check (const PageRequest *request, GInetSocketAddress *address, const char **why)
{
  if (!g_str_equal (request->method, "GET") && !g_str_equal (request->method, "HEAD")) {
    *why = "Only GET and HEAD.";
    return SOUP_STATUS_METHOD_NOT_ALLOWED;
  }
  if (is_long (request->uri)) {
    *why = "Too long an address.";
    return SOUP_STATUS_REQUEST_URI_TOO_LONG;
  }
  if (!request->host || !listen_address_is_host (address, request->host)) {
    *why = "This is not that host.";
    return SOUP_STATUS_MISDIRECTED_REQUEST;
  }
  if (is_from_elsewhere (request)) {
    *why = "Only for this page itself.";
    return SOUP_STATUS_FORBIDDEN;
  }
  return SOUP_STATUS_OK;
}

gboolean
page_request_is_length (const char *text)
{
  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, NULL, NULL);
}

gboolean
page_request_has_body (SoupMessageHeaders *headers)
{
  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED ||
         soup_message_headers_get_content_length (headers) > 0;
}

/* The value of @name in a query, decoded; NULL if it is not there. */
static char *
get_value (const char *query, const char *name)
{
  g_autoptr (GHashTable) values = query ? soup_form_decode (query) : NULL;
  return values ? g_strdup (g_hash_table_lookup (values, name)) : NULL;
}

char *
page_request_get_token (const char *query)
{
  return get_value (query, "token");
}

gboolean
event_wishes_parse (const char *query, EventWishes *wishes)
{
  g_autofree char *ids = get_value (query, "stations");
  g_autofree char *spectrogram = get_value (query, "spectrogram");
  if (!ids)
    return FALSE;
  wishes->ids = g_strsplit (ids, ",", EVENTS_MOST_STATIONS + 1);
  wishes->spectrograms = g_strcmp0 (spectrogram, "1") == 0;
  return g_strv_length (wishes->ids) <= EVENTS_MOST_STATIONS;
}

void
event_wishes_clear (EventWishes *wishes)
{
  g_clear_pointer (&wishes->ids, g_strfreev);
}
