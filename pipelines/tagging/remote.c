/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remote.h"
#include "../networkfault.h"
#include <libsoup/soup.h>
#include <string.h>

#define MOST_SECONDS 10

gboolean
remote_is (const char *source)
{
  static const char *const schemes[] = {"http://", "https://", "ftp://", "sftp://",
                                        "smb://",  "dav://",   "davs://"};
  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strncasecmp (source, schemes[i], strlen (schemes[i])) == 0)
      return TRUE;
  return FALSE;
}

/* NULL if @source is not for HTTP. */
static SoupMessage *
make_message (const char *source)
{
  g_autoptr (GUri) uri = g_uri_parse (source, SOUP_HTTP_URI_FLAGS, NULL);
  const char *host = uri ? g_uri_get_host (uri) : NULL;
  if (!host || *host == '\0' || !g_str_has_prefix (g_uri_get_scheme (uri), "http"))
    return NULL;
  return soup_message_new_from_uri (SOUP_METHOD_GET, uri);
}

char *
remote_find_fault (const char *source, double seconds)
{
  g_autoptr (SoupMessage) message = remote_is (source) ? make_message (source) : NULL;
  if (!message)
    return NULL;
  const guint timeout = (guint)CLAMP (seconds, 1, MOST_SECONDS);
  g_autoptr (SoupSession) session = soup_session_new_with_options ("timeout", timeout, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) body = soup_session_send (session, message, NULL, &error);
  if (!body)
    return network_fault_describe (error, source);
  const guint status = soup_message_get_status (message);
  return SOUP_STATUS_IS_SUCCESSFUL (status)
             ? NULL
             : g_strdup_printf ("%u %s", status, soup_status_get_phrase (status));
}
