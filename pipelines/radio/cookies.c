/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cookies.h"

#define MOST_OF_A_SITE 20
#define MOST 2000

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
limit (SoupCookieJar *jar, GSList *cookies)
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
  GSList *cookies = soup_cookie_jar_all_cookies (jar);
  if (g_slist_length (cookies) > MOST)
    forget (jar, cookies, NULL);
  else
    limit (jar, cookies);
  g_slist_free_full (cookies, (GDestroyNotify)soup_cookie_free);
}

void
cookies_accept (SoupSession *session)
{
  soup_session_add_feature_by_type (session, SOUP_TYPE_COOKIE_JAR);
}
