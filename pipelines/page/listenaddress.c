/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listenaddress.h"
#include "../translation.h"
#include <string.h>

#define DEFAULT_PORT 80 /* of HTTP, which Host need not name */

G_DEFINE_QUARK (genre - listen - address - error, listen_address_error)

/* Digits only: no sign, no space. */
static gboolean
parse_port (const char *text, guint16 *port)
{
  guint64 value = 0;
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &value, NULL))
    return FALSE;
  *port = (guint16)value;
  return TRUE;
}

/* (transfer full) The part before the port, without brackets; NULL if there is none. */
static char *
get_host (const char *text, const char *end)
{
  const gsize n = (gsize)(end - text);
  if (n >= 2 && text[0] == '[' && text[n - 1] == ']')
    return g_strndup (text + 1, n - 2);
  return n > 0 && !memchr (text, ':', n) ? g_strndup (text, n) : NULL;
}

static GInetAddress *
parse_host (const char *host, gboolean bracketed)
{
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return bracketed ? NULL : g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  const gboolean ipv6 = address && g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
  return address && ipv6 == bracketed ? g_steal_pointer (&address) : NULL;
}

GInetSocketAddress *
listen_address_parse (const char *text, GError **error)
{
  const char *colon = strrchr (text, ':');
  guint16 port = 0;
  g_autofree char *host = colon ? get_host (text, colon) : NULL;
  g_autoptr (GInetAddress) address = host ? parse_host (host, *text == '[') : NULL;
  if (address && parse_port (colon + 1, &port))
    return G_INET_SOCKET_ADDRESS (g_inet_socket_address_new (address, port));
  g_set_error (error, LISTEN_ADDRESS_ERROR, 0,
               _ ("\"%s\" is no ADDRESS:PORT such as 127.0.0.1:8321, [::1]:8321 or 0.0.0.0:8321"),
               text);
  return NULL;
}

gboolean
listen_address_is_loopback (GInetSocketAddress *address)
{
  return g_inet_address_get_is_loopback (g_inet_socket_address_get_address (address));
}

char *
listen_address_get_uri (GInetSocketAddress *address)
{
  GInetAddress *host = g_inet_socket_address_get_address (address);
  g_autofree char *text = g_inet_address_to_string (host);
  const gboolean ipv6 = g_inet_address_get_family (host) == G_SOCKET_FAMILY_IPV6;
  return g_strdup_printf (ipv6 ? "http://[%s]:%u/" : "http://%s:%u/", text,
                          g_inet_socket_address_get_port (address));
}

/* "host", "host:port", "[host]" or "[host]:port" */
static char *
split_host (const char *text, guint16 *port)
{
  const char *end = *text == '[' ? strchr (text, ']') : strchr (text, ':');
  end = !end ? text + strlen (text) : end + (*text == '[');
  *port = DEFAULT_PORT;
  if (*end && (*end != ':' || !parse_port (end + 1, port)))
    return NULL;
  return get_host (text, end);
}

gboolean
listen_address_is_host (GInetSocketAddress *address, const char *host)
{
  guint16 port;
  g_autofree char *name = split_host (host, &port);
  GInetAddress *own = g_inet_socket_address_get_address (address);
  if (!name)
    return FALSE;
  if (g_inet_address_get_is_any (own))
    return TRUE;
  if (port != g_inet_socket_address_get_port (address))
    return FALSE;
  if (g_ascii_strcasecmp (name, "localhost") == 0)
    return g_inet_address_get_is_loopback (own);
  g_autoptr (GInetAddress) named = parse_host (name, *host == '[');
  return named && g_inet_address_equal (named, own);
}
