/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request for a page says, and whether it may: everything here comes from anybody. */
#pragma once
#include <libsoup/soup.h>
G_BEGIN_DECLS

#define EVENTS_MOST_STATIONS 200

typedef struct {
  const char *method;
  GUri *uri;
  const char *host; /* header Host, several joined by commas; or NULL */
  const char *site; /* header Sec-Fetch-Site, or NULL */
} PageRequest;

/* SOUP_STATUS_OK, or the status to refuse it with, and a sentence that says @why. @address is where
 * it came to. */
guint page_request_check (const PageRequest *request, GInetSocketAddress *address,
                          const char **why);
gboolean page_request_has_body (SoupMessageHeaders *headers);
/* Is the value of a header Content-Length digits only, of a number that libsoup can hold? */
gboolean page_request_is_length (const char *text);

/* The value of "token" in a query, or NULL. (transfer full) */
char *page_request_get_token (const char *query);

typedef struct {
  char **ids;
  gboolean spectrograms;
} EventWishes;

/* "stations=ID,ID,…&spectrogram=1". FALSE: there are too many of them, or it is no query. */
gboolean event_wishes_parse (const char *query, EventWishes *wishes);
void event_wishes_clear (EventWishes *wishes);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EventWishes, event_wishes_clear)

G_END_DECLS
