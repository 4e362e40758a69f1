/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "httprequest.h"
#include "translation.h"
#include <string.h>

#define MOST_HOPS 20
#define MOST_INFORMATIONAL 16 /* "100 Continue" of a proxy or two, "103 Early Hints" */

struct _HttpRequest {
  SoupMessage *message;
  GCancellable *cancellable;
  guint n_hops;
  guint n_informational;
  gboolean refused;    /* the answer is no success: nothing of its body was read */
  gboolean challenged; /* by who may not have seen our password yet */
};

/* With HTTP/2 libsoup takes whatever a server sends, however slowly it is read, and keeps it. */
void
http_request_prepare (void)
{
  g_setenv ("SOUP_FORCE_HTTP1", "1", TRUE);
}

/* ---- while it is sent ---- */

/* libsoup does not leave its loop while another of them is there to be parsed. */
static void
on_informational (SoupMessage *message, gpointer user_data)
{
  HttpRequest *self = user_data;
  if (++self->n_informational == MOST_INFORMATIONAL)
    g_cancellable_cancel (self->cancellable);
}

/* The password was right, and what it was hashed with has become old. */
static gboolean
is_stale (SoupMessage *message)
{
  const char *challenge = soup_message_headers_get_list (
      soup_message_get_response_headers (message), "WWW-Authenticate");
  if (!challenge ||
      !soup_message_headers_get_one (soup_message_get_request_headers (message), "Authorization"))
    return FALSE;
  g_autofree char *lower = g_ascii_strdown (challenge, -1);
  return strstr (lower, "stale=true") != NULL;
}

/* libsoup's own handlers come after this one: from a challenge they learn how to use the password,
 * even if the message is cancelled. Of proxies, which they do not tell from servers that pretend to
 * be one, they are not to learn. */
static void
on_headers (SoupMessage *message, gpointer user_data)
{
  HttpRequest *self = user_data;
  const guint status = soup_message_get_status (message);
  if (SOUP_STATUS_IS_SUCCESSFUL (status))
    return;
  self->refused = TRUE;
  self->challenged = status == SOUP_STATUS_UNAUTHORIZED &&
                     (g_uri_get_user (soup_message_get_uri (message)) || is_stale (message));
  g_cancellable_cancel (self->cancellable);
  if (!self->challenged &&
      (status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED))
    g_signal_stop_emission_by_name (message, "got-headers");
}

/* ---- where it goes ---- */

static void
release_message (HttpRequest *self)
{
  if (self->message)
    g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_object (&self->message);
  g_clear_object (&self->cancellable);
}

static void
aim (HttpRequest *self, GUri *uri)
{
  release_message (self);
  self->message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  self->cancellable = g_cancellable_new ();
  self->n_informational = 0;
  self->refused = self->challenged = FALSE;
  soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (self->message, "got-informational", G_CALLBACK (on_informational), self);
  g_signal_connect (self->message, "got-headers", G_CALLBACK (on_headers), self);
}

/* Headers that name a host or a password are not among what is kept. */
static void
aim_again (HttpRequest *self, GUri *uri)
{
  static const char *const kept[] = {"Icy-MetaData", "Range"};
  g_autoptr (SoupMessage) before = g_object_ref (self->message);
  aim (self, uri);
  soup_message_add_flags (self->message, soup_message_get_flags (before));
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++) {
    const char *value =
        soup_message_headers_get_one (soup_message_get_request_headers (before), kept[i]);
    if (value)
      soup_message_headers_replace (soup_message_get_request_headers (self->message), kept[i],
                                    value);
  }
}

static gboolean
is_redirect (guint status)
{
  return status == SOUP_STATUS_MOVED_PERMANENTLY || status == SOUP_STATUS_FOUND ||
         status == SOUP_STATUS_SEE_OTHER || status == SOUP_STATUS_TEMPORARY_REDIRECT ||
         status == SOUP_STATUS_PERMANENT_REDIRECT;
}

/* Over HTTP only: a server has no business on our disk. (transfer full) */
static GUri *
resolve (SoupMessage *message, const char *location)
{
  g_autoptr (GUri) uri =
      g_uri_parse_relative (soup_message_get_uri (message), location, SOUP_HTTP_URI_FLAGS, NULL);
  const char *scheme = uri ? g_uri_get_scheme (uri) : "";
  const char *host = uri ? g_uri_get_host (uri) : NULL;
  if (!host || *host == '\0' || (strcmp (scheme, "http") != 0 && strcmp (scheme, "https") != 0))
    return NULL;
  return g_steal_pointer (&uri);
}

static gboolean
follow (HttpRequest *self, const char *location, GError **error)
{
  g_autoptr (GUri) uri = resolve (self->message, location);
  if (!uri)
    g_set_error_literal (error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_REDIRECT_BAD_URI, location);
  else if (self->n_hops++ >= MOST_HOPS)
    g_set_error_literal (error, SOUP_SESSION_ERROR, SOUP_SESSION_ERROR_TOO_MANY_REDIRECTS,
                         location);
  else {
    aim_again (self, uri);
    return TRUE;
  }
  return FALSE;
}

/* libsoup has taken the password out of the URI when it knows what to do with it. */
static gboolean
authenticate (HttpRequest *self)
{
  g_autoptr (GUri) uri = g_uri_ref (soup_message_get_uri (self->message));
  if (g_uri_get_user (uri) || self->n_hops++ >= MOST_HOPS)
    return FALSE;
  aim_again (self, uri);
  return TRUE;
}

gboolean
http_request_goes_on (HttpRequest *self, GError **error)
{
  if (self->n_informational >= MOST_INFORMATIONAL) {
    g_clear_error (error);
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                         N_ ("preliminary answers without end"));
    return FALSE;
  }
  if (!self->refused)
    return FALSE;
  g_clear_error (error);
  const char *location =
      soup_message_headers_get_one (soup_message_get_response_headers (self->message), "Location");
  if (location && is_redirect (soup_message_get_status (self->message)))
    return follow (self, location, error);
  return self->challenged && authenticate (self);
}

/* ---- beginning and end ---- */

HttpRequest *
http_request_new (GUri *uri)
{
  HttpRequest *self = g_new0 (HttpRequest, 1);
  aim (self, uri);
  return self;
}

void
http_request_free (HttpRequest *self)
{
  release_message (self);
  g_free (self);
}

SoupMessage *
http_request_get_message (const HttpRequest *self)
{
  return self->message;
}

GCancellable *
http_request_get_cancellable (const HttpRequest *self)
{
  return self->cancellable;
}
