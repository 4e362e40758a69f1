/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cookies.h"
#include <string.h>

#define LARGEST                                                                                    \
  4096 /* bytes of a name and its value; these are what RFC 6265, 6.1, wants at least */
#define MOST_OF_A_SITE                                                                             \
  500 /* where it wants 50: a host may have a hundred channels that are signed */
#define MOST 3000
#define NEWS "genre-news" /* data of a jar: something may be too much in it */

static gboolean
is_large (SoupCookie *cookie)
{
  return strlen (soup_cookie_get_name (cookie)) + strlen (soup_cookie_get_value (cookie)) > LARGEST;
}

/* The jar cannot be asked now. */
static void
on_changed (SoupCookieJar *jar, SoupCookie *before, SoupCookie *now, gpointer user_data)
{
  if (now && (!before || is_large (now)))
    g_object_set_data (G_OBJECT (jar), NEWS, jar);
}

/* Of @site, or all of them if it is NULL. */
static void
forget (SoupCookieJar *jar, GSList *cookies, const char *site)
{
  for (GSList *i = cookies; i; i = i->next)
    if (!site || g_str_equal (soup_cookie_get_domain (i->data), site))
      soup_cookie_jar_delete_cookie (jar, i->data);
}

/* How many each site has, by its name, which belongs to one of them. */
static GHashTable *
count_by_site (GSList *cookies)
{
  GHashTable *counts = g_hash_table_new (g_str_hash, g_str_equal);
  for (GSList *i = cookies; i; i = i->next) {
    const char *site = soup_cookie_get_domain (i->data);
    const guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, site));
    g_hash_table_insert (counts, (gpointer)site, GUINT_TO_POINTER (n + 1));
  }
  return counts;
}

static void
forget_large (SoupCookieJar *jar, GSList *cookies)
{
  for (GSList *i = cookies; i; i = i->next)
    if (is_large (i->data))
      soup_cookie_jar_delete_cookie (jar, i->data);
}

static void
forget_sites (SoupCookieJar *jar, GSList *cookies)
{
  g_autoptr (GHashTable) counts = count_by_site (cookies);
  GHashTableIter sites;
  gpointer site, n;
  g_hash_table_iter_init (&sites, counts);
  while (g_hash_table_iter_next (&sites, &site, &n))
    if (GPOINTER_TO_UINT (n) > MOST_OF_A_SITE)
      forget (jar, cookies, site);
}

void
cookies_limit (SoupSession *session)
{
  SoupCookieJar *jar = SOUP_COOKIE_JAR (soup_session_get_feature (session, SOUP_TYPE_COOKIE_JAR));
  if (!g_object_steal_data (G_OBJECT (jar), NEWS))
    return;
  GSList *cookies = soup_cookie_jar_all_cookies (jar);
  forget_large (jar, cookies);
  forget_sites (jar, cookies);
  if (g_slist_length (cookies) > MOST)
    forget (jar, cookies, NULL);
  g_slist_free_full (cookies, (GDestroyNotify)soup_cookie_free);
}

void
cookies_accept (SoupSession *session)
{
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
  g_signal_connect (jar, "changed", G_CALLBACK (on_changed), NULL);
  soup_session_add_feature (session, SOUP_SESSION_FEATURE (jar));
}

void
cookies_share (SoupSession *session, SoupSession *other)
{
  soup_session_remove_feature_by_type (session, SOUP_TYPE_COOKIE_JAR);
  soup_session_add_feature (session, soup_session_get_feature (other, SOUP_TYPE_COOKIE_JAR));
}
