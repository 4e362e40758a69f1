/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "token.h"
#include "../patientread.h"
#include "../translation.h"
#include <string.h>

#define SHORTEST 16
#define LONGEST 1024

struct _Token {
  char *digest; /* of the token: guesses of any length are compared alike */
  char *cookie;
};

G_DEFINE_QUARK (genre - token - error, token_error)

/* Hex digits, always as many. */
static char *
hash (const char *purpose, const char *text)
{
  return g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *)purpose, strlen (purpose),
                                    text, -1);
}

/* Takes as long wherever they differ. */
static gboolean
are_equal_digests (const char *a, const char *b)
{
  int difference = 0;
  for (gsize i = 0; a[i] && b[i]; i++)
    difference |= a[i] ^ b[i];
  return difference == 0;
}

gboolean
token_is (const Token *self, const char *guess)
{
  g_autofree char *digest = hash ("genre-radio token", guess);
  return are_equal_digests (digest, self->digest);
}

gboolean
token_is_in_authorization (const Token *self, const char *header)
{
  static const char scheme[] = "Bearer ";
  return header && g_ascii_strncasecmp (header, scheme, strlen (scheme)) == 0 &&
         token_is (self, header + strlen (scheme));
}

static gboolean
is_cookie (const Token *self, const char *value)
{
  g_autofree char *digest = hash ("genre-radio compare", value);
  g_autofree char *right = hash ("genre-radio compare", self->cookie);
  return are_equal_digests (digest, right);
}

gboolean
token_is_in_cookies (const Token *self, const char *name, const char *header)
{
  g_auto (GStrv) cookies = g_strsplit (header ? header : "", ";", -1);
  for (char **cookie = cookies; *cookie; cookie++) {
    char *value = strchr (*cookie, '=');
    if (!value)
      continue;
    *value++ = '\0';
    if (g_str_equal (g_strstrip (*cookie), name) && is_cookie (self, g_strstrip (value)))
      return TRUE;
  }
  return FALSE;
}

const char *
token_get_cookie (const Token *self)
{
  return self->cookie;
}

static gboolean
is_usable (const char *text)
{
  const gsize n = strlen (text);
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isgraph (text[i]))
      return FALSE;
  return n >= SHORTEST && n <= LONGEST;
}

static char *
read_line (const char *path, GError **error)
{
  char bytes[LONGEST + 2];
  g_autoptr (GError) local = NULL;
  const gssize n = patient_read (path, PATIENT_LINE, bytes, sizeof bytes - 1, &local);
  if (n < 0) {
    g_set_error (error, TOKEN_ERROR, 0, "%s: %s", path, _ (local->message));
    return NULL;
  }
  bytes[n] = '\0';
  bytes[strcspn (bytes, "\r\n")] = '\0';
  return g_strdup (bytes);
}

/* What it held is not said: a file named by mistake may hold another secret. */
Token *
token_read (const char *path, GError **error)
{
  g_autofree char *text = read_line (path, error);
  if (!text)
    return NULL;
  if (!is_usable (text)) {
    g_set_error (error, TOKEN_ERROR, 0,
                 _ ("%s: the first line is no token: %d to %d visible ASCII characters"), path,
                 SHORTEST, LONGEST);
    return NULL;
  }
  Token *self = g_new (Token, 1);
  *self = (Token){hash ("genre-radio token", text), hash ("genre-radio cookie", text)};
  return self;
}

void
token_free (Token *self)
{
  if (!self)
    return;
  g_free (self->digest);
  g_free (self->cookie);
  g_free (self);
}
