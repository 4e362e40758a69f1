/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queueaddress.h"
#include "../patientread.h"
#include "../translation.h"
#include "queueerror.h"
#include <string.h>

#define PORT 6379
#define MAX_NAME 64
#define MAX_PASSWORD 4096
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static gboolean
fail (GError **error, const char *fault)
{
  g_set_error_literal (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED, fault);
  return FALSE;
}

static gboolean
take_name (QueueAddress *self, const char *name, GError **error)
{
  const gsize length = strlen (name);
  if (length == 0)
    return fail (error, _ ("--queue names no queue: redis://HOST[:PORT]/NAME is expected"));
  if (length > MAX_NAME || strspn (name, LETTERS) != length)
    return fail (error, _ ("--queue: a queue's name has 1 to 64 letters, digits, and . _ -"));
  self->name = g_strdup (name);
  return TRUE;
}

/* A password would be seen by whoever lists the processes of this machine. */
static gboolean
take_user (QueueAddress *self, const char *user, const char *password, GError **error)
{
  if (password)
    return fail (error, _ ("--queue holds a password, which others would see: it belongs into "
                           "--password-file or GENRE_QUEUE_PASSWORD"));
  self->user = user && *user ? g_strdup (user) : NULL;
  return TRUE;
}

static gboolean
take_host (QueueAddress *self, GUri *uri, GError **error)
{
  const char *host = g_uri_get_host (uri), *path = g_uri_get_path (uri);
  if (!host || !*host)
    return fail (error, _ ("--queue names no host: redis://HOST[:PORT]/NAME is expected"));
  self->host = g_strdup (host);
  self->port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : PORT;
  self->shown = g_strdup_printf (strchr (host, ':') ? "%s://[%s]:%d%s" : "%s://%s:%d%s",
                                 g_uri_get_scheme (uri), host, self->port, path);
  return take_name (self, *path == '/' ? path + 1 : path, error);
}

static gboolean
take_socket (QueueAddress *self, GUri *uri, GError **error)
{
  const char *host = g_uri_get_host (uri), *path = g_uri_get_path (uri);
  const char *slash = strrchr (path, '/');
  if ((host && *host) || !slash || slash == path)
    return fail (error, _ ("--queue: unix:///PATH/OF/SOCKET/NAME is expected"));
  self->socket = g_strndup (path, (gsize)(slash - path));
  self->shown = g_strdup_printf ("unix://%s", path);
  return take_name (self, slash + 1, error);
}

static char *
find_file (const char *variable)
{
  const char *file = g_getenv (variable);
  return file && *file ? g_strdup (file) : NULL;
}

static void
find_files (QueueAddress *self)
{
  self->tls = TRUE;
  self->authorities = find_file ("GENRE_QUEUE_CA");
  self->certificate = find_file ("GENRE_QUEUE_CERTIFICATE");
}

static gboolean
parse (QueueAddress *self, const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_HAS_PASSWORD, NULL);
  if (!uri)
    return fail (error, _ ("--queue is no URL: redis://HOST[:PORT]/NAME is expected"));
  if (!take_user (self, g_uri_get_user (uri), g_uri_get_password (uri), error))
    return FALSE;
  if (g_uri_get_query (uri) || g_uri_get_fragment (uri))
    return fail (error, _ ("--queue: nothing may follow the queue's name"));
  const char *scheme = g_uri_get_scheme (uri);
  if (g_str_equal (scheme, "redis"))
    return take_host (self, uri, error);
  if (g_str_equal (scheme, "unix"))
    return take_socket (self, uri, error);
  if (g_str_equal (scheme, "rediss")) {
    find_files (self);
    return take_host (self, uri, error);
  }
  return fail (error, _ ("--queue: redis://, rediss:// or unix:// is expected"));
}

static gboolean
read_password (QueueAddress *self, const char *file, GError **error)
{
  char bytes[MAX_PASSWORD + 3]; /* and the end of the line */
  g_autoptr (GError) local = NULL;
  const gssize n = patient_read (file, PATIENT_LINE, bytes, sizeof bytes - 1, &local);
  if (n < 0) {
    g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED, "%s: %s", file, _ (local->message));
    return FALSE;
  }
  bytes[n] = '\0';
  bytes[strcspn (bytes, "\r\n")] = '\0';
  self->password = g_strdup (bytes);
  if (*bytes && strlen (bytes) <= MAX_PASSWORD)
    return TRUE;
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED,
               _ ("%s: its first line is expected to be a password"), file);
  return FALSE;
}

static gboolean
find_password (QueueAddress *self, const char *file, GError **error)
{
  const char *password = g_getenv ("GENRE_QUEUE_PASSWORD");
  if (file)
    return read_password (self, file, error);
  self->password = password && *password ? g_strdup (password) : NULL;
  return !self->user || self->password ||
         fail (error, _ ("--queue names a user, but there is no password: --password-file or "
                         "GENRE_QUEUE_PASSWORD is expected"));
}

gboolean
queue_address_check (const char *url, GError **error)
{
  g_autoptr (QueueAddress) self = g_new0 (QueueAddress, 1);
  return parse (self, url, error);
}

QueueAddress *
queue_address_new (const char *url, const char *password_file, GError **error)
{
  g_autoptr (QueueAddress) self = g_new0 (QueueAddress, 1);
  if (!parse (self, url, error) || !find_password (self, password_file, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
queue_address_free (QueueAddress *self)
{
  if (!self)
    return;
  g_free (self->host);
  g_free (self->socket);
  g_free (self->authorities);
  g_free (self->certificate);
  g_free (self->user);
  g_free (self->password);
  g_free (self->name);
  g_free (self->shown);
  g_free (self);
}
