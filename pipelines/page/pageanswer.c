/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pageanswer.h"
#include <string.h>

#define RETRY 3000 /* ms after which a browser comes back */

#define POLICY                                                                                     \
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "                \
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* Name and value of each header that every answer has. */
static const char *const headers_of_all[][2] = {
    {"Content-Security-Policy", POLICY},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Embedder-Policy", "require-corp"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

void
page_set_header (SoupServerMessage *message, const char *name, const char *value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), name, value);
}

const char *
page_get_header (SoupServerMessage *message, const char *name)
{
  return soup_message_headers_get_list (soup_server_message_get_request_headers (message), name);
}

/* Browsers ask each time whether it is still the same, and on a new connection: a SoupServer keeps
 * none that it has not accepted itself. */
static void
begin (SoupServerMessage *message, guint status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (headers_of_all); i++)
    page_set_header (message, headers_of_all[i][0], headers_of_all[i][1]);
  page_set_header (message, "Cache-Control", "no-cache");
  page_set_header (message, "Connection", "close");
  soup_server_message_set_status (message, status, NULL);
}

void
page_answer (SoupServerMessage *message, guint status, const char *type, GBytes *body)
{
  begin (message, status);
  page_set_header (message, "Content-Type", type);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), body);
}

void
page_answer_text (SoupServerMessage *message, guint status, const char *type, char *text)
{
  g_autoptr (GBytes) body = g_bytes_new_take (text, strlen (text));
  page_answer (message, status, type, body);
}

static gboolean
takes_gzip (SoupServerMessage *message)
{
  return soup_message_headers_header_contains (soup_server_message_get_request_headers (message),
                                               "Accept-Encoding", "gzip");
}

static GBytes *
gzip (GBytes *plain)
{
  g_autoptr (GConverter) compressor =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 1));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) output = g_converter_output_stream_new (memory, compressor);
  g_output_stream_write_all (output, g_bytes_get_data (plain, NULL), g_bytes_get_size (plain), NULL,
                             NULL, NULL);
  g_output_stream_close (output, NULL, NULL);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

void
page_answer_zipped (SoupServerMessage *message, const char *type, GBytes *plain, GBytes **zipped)
{
  const gboolean wanted = takes_gzip (message);
  if (wanted && !*zipped)
    *zipped = gzip (plain);
  if (wanted)
    page_set_header (message, "Content-Encoding", "gzip");
  page_set_header (message, "Vary", "Accept-Encoding");
  page_answer (message, SOUP_STATUS_OK, type, wanted ? *zipped : plain);
}

void
page_answer_long_text (SoupServerMessage *message, const char *type, char *text)
{
  g_autoptr (GBytes) plain = g_bytes_new_take (text, strlen (text));
  g_autoptr (GBytes) zipped = NULL;
  page_answer_zipped (message, type, plain, &zipped);
}

void
page_refuse (SoupServerMessage *message, guint status, const char *why)
{
  page_answer_text (message, status, PAGE_TEXT, g_strconcat (why, "\n", NULL));
}

void
page_redirect (SoupServerMessage *message, const char *place)
{
  page_set_header (message, "Location", place);
  page_refuse (message, SOUP_STATUS_SEE_OTHER, place);
}

gboolean
page_answer_if_known (SoupServerMessage *message, const char *tag)
{
  page_set_header (message, "ETag", tag);
  const char *known = page_get_header (message, "If-None-Match");
  if (!known || !strstr (known, tag))
    return FALSE;
  begin (message, SOUP_STATUS_NOT_MODIFIED);
  /* a length would be that of what the client has (RFC 9110, 8.6), and SoupServer's is 0 */
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                     SOUP_ENCODING_NONE);
  return TRUE;
}

char *
page_format_head_of_events (void)
{
  GString *head = g_string_new ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                "Cache-Control: no-store\r\nConnection: close\r\n"
                                "X-Accel-Buffering: no\r\n");
  for (gsize i = 0; i < G_N_ELEMENTS (headers_of_all); i++)
    g_string_append_printf (head, "%s: %s\r\n", headers_of_all[i][0], headers_of_all[i][1]);
  g_string_append_printf (head, "\r\nretry: %d\n\n", RETRY);
  return g_string_free (head, FALSE);
}
