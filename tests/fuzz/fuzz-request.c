/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request for genre-radio's page says: Host, query, Cookie and Authorization, address to
 * listen at, and texts that are shown; one a line. */
#include "fuzz.h"
#include "page/listenaddress.h"
#include "page/pagerequest.h"
#include "page/publictext.h"
#include "page/token.h"
#include <glib/gstdio.h>
#include <string.h>

#define LINES 8

/* Any host is none of ours, unless it names us. */
static void
try_host (const char *host)
{
  g_autoptr (GInetSocketAddress) address = listen_address_parse ("127.0.0.1:8321", NULL);
  FUZZ_ASSERT (!listen_address_is_host (address, host) || g_str_has_prefix (host, "127.0.0.1:") ||
               g_ascii_strncasecmp (host, "localhost:", 10) == 0);
}

static void
try_address (const char *text)
{
  g_autoptr (GInetSocketAddress) address = listen_address_parse (text, NULL);
  if (!address)
    return;
  g_autofree char *uri = listen_address_get_uri (address);
  g_autofree char *again = g_strndup (uri + strlen ("http://"), strlen (uri) - strlen ("http:///"));
  g_autoptr (GInetSocketAddress) same = listen_address_parse (again, NULL);
  FUZZ_ASSERT (same && listen_address_is_loopback (same) == listen_address_is_loopback (address));
}

static void
try_query (const char *query)
{
  g_auto (EventWishes) wishes = {0};
  FUZZ_ASSERT (!event_wishes_parse (query, &wishes) ||
               g_strv_length (wishes.ids) <= EVENTS_MOST_STATIONS);
  g_free (page_request_get_token (query));
}

static void
try_uri (const char *method, const char *text, const char *host)
{
  const char *why = NULL;
  g_autoptr (GInetSocketAddress) address = listen_address_parse ("[::1]:80", NULL);
  g_autofree char *full = g_strconcat ("http://a", text, NULL);
  g_autoptr (GUri) uri = g_uri_parse (full, SOUP_HTTP_URI_FLAGS, NULL);
  const PageRequest request = {method, uri, host, NULL};
  FUZZ_ASSERT (!uri || (page_request_check (&request, address, &why) == SOUP_STATUS_OK) == !why);
}

static void
try_token (const Token *token, const char *authorization, const char *cookies)
{
  FUZZ_ASSERT (!token_is_in_authorization (token, authorization));
  FUZZ_ASSERT (!token_is_in_cookies (token, "genre-radio-80", cookies));
}

/* Shown once or twice, it is the same, and safe. */
static void
try_text (const char *text)
{
  g_autofree char *shown = public_text (text);
  g_autofree char *again = public_text (shown);
  FUZZ_ASSERT (g_utf8_validate (shown, -1, NULL));
  FUZZ_ASSERT (g_str_equal (shown, again));
  for (const char *at = shown; *at; at++)
    FUZZ_ASSERT ((guchar)*at >= ' ' && *at != 127);
}

static Token *
make_token (void)
{
  g_autofree char *path = NULL;
  g_close (g_file_open_tmp ("fuzz-token-XXXXXX", &path, NULL), NULL);
  g_file_set_contents (path, "gX7-not-to-be-guessed-by-chance", -1, NULL);
  Token *token = token_read (path, NULL);
  g_unlink (path);
  return token;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static Token *token;
  if (!token)
    token = make_token ();
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", LINES);
  const char *line[LINES];
  for (guint i = 0, n = g_strv_length (lines); i < LINES; i++)
    line[i] = i < n ? lines[i] : "";
  try_host (line[0]);
  try_address (line[1]);
  try_query (line[2]);
  try_uri (line[3], line[4], line[0]);
  try_token (token, line[5], line[6]);
  try_text (line[7]);
  return 0;
}
