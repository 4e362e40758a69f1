/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "token.h"
#include "../radio/haste.h"
#include "../translation.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHORTEST 16
#define LONGEST 1024
#define PATIENCE 5        /* s for who writes into a pipe */
#define PAUSE (10 * 1000) /* µs until a pipe is looked at again */

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

static gboolean
is_pipe (int file)
{
  struct stat about;
  return fstat (file, &about) == 0 && S_ISFIFO (about.st_mode);
}

/* Until there may be more to read. poll() does not wait for another writer where one has left.
 * FALSE, with EAGAIN: it is too late. */
static gboolean
wait_for_more (int file, gboolean has_writer, gint64 end)
{
  GPollFD input = {.fd = file, .events = G_IO_IN};
  const gint64 left = end - g_get_monotonic_time ();
  if (left <= 0) {
    errno = EAGAIN;
    return FALSE;
  }
  if (has_writer)
    g_poll (&input, 1, (int)(left / 1000) + 1);
  else
    g_usleep ((gulong)MIN (left, PAUSE));
  return TRUE;
}

/* What comes out of @file, up to the end of the first line, or of it all. -1: errno says why;
 * EAGAIN: nothing came any more. A pipe is at its end also before anybody writes into it. */
static gssize
read_begin (int file, char *bytes, gsize size)
{
  const gint64 end = g_get_monotonic_time () + haste_span (PATIENCE);
  gsize n = 0;
  while (n < size && !memchr (bytes, '\n', n)) {
    const gssize more = read (file, bytes + n, size - n);
    if (more > 0)
      n += (gsize)more;
    else if (more == 0 && (n > 0 || !is_pipe (file)))
      break;
    else if (more < 0 && errno == EINTR)
      continue;
    else if ((more < 0 && errno != EAGAIN) || !wait_for_more (file, more < 0, end))
      return -1;
  }
  return (gssize)n;
}

/* Its first line, if it is one. Opening a pipe does not wait for its writer: that would have no
 * end. */
static char *
read_line (const char *path, GError **error)
{
  char bytes[LONGEST + 2];
  const int file = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const gssize n = file >= 0 ? read_begin (file, bytes, sizeof bytes - 1) : -1;
  const int reason = errno;
  if (file >= 0)
    close (file);
  if (n < 0) {
    g_set_error (error, TOKEN_ERROR, 0, "%s: %s", path,
                 reason == EAGAIN ? _ ("nobody writes into it") : g_strerror (reason));
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
