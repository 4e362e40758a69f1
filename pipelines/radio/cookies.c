/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cookies.h"

#define MOST_OF_A_SITE 20
#define MOST 2000

static gboolean
is_of (SoupCookie *cookie, const char *domain)
{
  return g_ascii_strcasecmp (soup_cookie_get_domain (cookie), domain) == 0;
}

/* Of @domain, or all of them if it is NULL. */
static void
forget (SoupCookieJar *jar, GSList *cookies, const char *domain)
{
  for (GSList *i = cookies; i; i = i->next)
    if (!domain || is_of (i->data, domain))
      soup_cookie_jar_delete_cookie (jar, i->data);
}

/* Whoever sets one under another name each time would fill the memory. */
static void
on_changed (SoupCookieJar *jar, SoupCookie *before, SoupCookie *now, gpointer user_data)
{
  if (before || !now)
    return;
  const char *domain = soup_cookie_get_domain (now);
  GSList *cookies = soup_cookie_jar_all_cookies (jar);
  guint n = 0, n_of_site = 0;
  for (GSList *i = cookies; i; i = i->next, n++)
    n_of_site += is_of (i->data, domain);
  if (n > MOST)
    forget (jar, cookies, NULL);
  else if (n_of_site > MOST_OF_A_SITE)
    forget (jar, cookies, domain);
  g_slist_free_full (cookies, (GDestroyNotify)soup_cookie_free);
}

void
cookies_accept (SoupSession *session)
{
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
  g_signal_connect (jar, "changed", G_CALLBACK (on_changed), NULL);
  soup_session_add_feature (session, SOUP_SESSION_FEATURE (jar));
}
