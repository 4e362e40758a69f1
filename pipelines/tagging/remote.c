/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remote.h"
#include "../httprequest.h"
#include "../networkfault.h"
#include "../translation.h"
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
static HttpRequest *
make_request (const char *source)
{
  g_autoptr (GUri) uri = g_uri_parse (source, SOUP_HTTP_URI_FLAGS, NULL);
  const char *host = uri ? g_uri_get_host (uri) : NULL;
  if (!host || *host == '\0' || !g_str_has_prefix (g_uri_get_scheme (uri), "http"))
    return NULL;
  return http_request_new (uri);
}

/* ---- asking ---- */

typedef struct {
  HttpRequest *request;
  GError *error;
  gboolean answered;
  gboolean late;
} Question;

static void
on_sent (GObject *session, GAsyncResult *result, gpointer user_data)
{
  Question *self = user_data;
  g_autoptr (GInputStream) body =
      soup_session_send_finish (SOUP_SESSION (session), result, &self->error);
  self->answered = TRUE;
}

static gboolean
on_deadline (gpointer user_data)
{
  Question *self = user_data;
  self->late = TRUE;
  g_cancellable_cancel (http_request_get_cancellable (self->request));
  return G_SOURCE_REMOVE;
}

/* Until it is answered by who is to answer, or late. */
static void
ask (Question *self, SoupSession *session, GMainContext *context)
{
  do {
    self->answered = FALSE;
    soup_session_send_async (session, http_request_get_message (self->request), G_PRIORITY_DEFAULT,
                             http_request_get_cancellable (self->request), on_sent, self);
    while (!self->answered)
      g_main_context_iteration (context, TRUE);
  } while (!self->late && http_request_goes_on (self->request, &self->error));
}

static void
ask_in_time (Question *self, guint seconds)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  g_autoptr (GSource) deadline = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (deadline, on_deadline, self, NULL);
  g_source_attach (deadline, context);
  SoupSession *session = soup_session_new ();
  ask (self, session, context);
  soup_session_abort (session);
  g_object_unref (session);
  g_source_destroy (deadline);
  g_main_context_pop_thread_default (context);
}

char *
remote_find_fault (const char *source, double seconds)
{
  g_autoptr (HttpRequest) request = remote_is (source) ? make_request (source) : NULL;
  if (!request)
    return NULL;
  Question question = {.request = request};
  ask_in_time (&question, (guint)CLAMP (seconds, 1, MOST_SECONDS));
  g_autoptr (GError) error = question.error;
  if (question.late && error)
    return g_strdup (N_ ("the server does not answer"));
  if (error)
    return network_fault_describe (error, source);
  const guint status = soup_message_get_status (http_request_get_message (request));
  return SOUP_STATUS_IS_SUCCESSFUL (status)
             ? NULL
             : g_strdup_printf ("%u %s", status, soup_status_get_phrase (status));
}
