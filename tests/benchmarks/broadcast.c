/* SPDX-License-Identifier: GPL-2.0-or-later */
/* broadcast FILE=BYTES-A-SECOND...: as many radio stations over HTTP as anybody asks for, cheaply.
 *
 * Prints the port of 127.0.0.1 that the system chose. Station /K (K = 0, 1, …) plays the file K
 * modulo their number, over and over: four seconds of it at once, as servers do, then in real time,
 * four times a second. MP3 begins somewhere in the file and is served with titles (ICY) to who asks
 * for them; everything else begins at its beginning. Ends with its standard input. */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICKS 10   /* a station is served in one of so many */
#define TICK 25    /* ms */
#define AT_FIRST 4 /* s */
#define ICY_INTERVAL 16000
#define SONG 200 /* s, then another title */

typedef struct {
  char *bytes;
  gsize length;
  double rate; /* bytes a second */
  gboolean mp3;
} Sound;

typedef struct {
  int socket;
  char request[2048];
  gsize n_request;
  const Sound *sound; /* NULL: the request has not come yet */
  gint64 start;
  gsize position;
  guint64 sent; /* of the sound */
  gboolean titles;
  guint until_title;   /* bytes */
  int title;           /* sent last */
  GByteArray *waiting; /* what the socket had no room for */
} Client;

static GArray *sounds;
static GPtrArray *clients;

static void
client_free (gpointer data)
{
  Client *self = data;
  close (self->socket);
  g_byte_array_unref (self->waiting);
  g_free (self);
}

static void
add_title (Client *self)
{
  const int song = (int)(self->sent / self->sound->rate / SONG);
  char text[16 * 4 + 1] = {0};
  const int length = snprintf (text + 1, sizeof text - 1, "StreamTitle='Artist - Song %d';", song);
  text[0] = song == self->title ? 0 : (char)((length + 15) / 16);
  self->title = song;
  g_byte_array_append (self->waiting, (const guint8 *)text, 1 + 16 * (guint)text[0]);
  self->until_title = ICY_INTERVAL;
}

static void
add_sound (Client *self, guint64 n)
{
  const Sound *sound = self->sound;
  while (n > 0) {
    gsize most = MIN (n, sound->length - self->position);
    if (self->titles)
      most = MIN (most, self->until_title);
    g_byte_array_append (self->waiting, (const guint8 *)sound->bytes + self->position, (guint)most);
    self->position = (self->position + most) % sound->length;
    self->sent += most;
    self->until_title -= self->titles ? (guint)most : 0;
    n -= most;
    if (self->titles && self->until_title == 0)
      add_title (self);
  }
}

static void
answer (Client *self, guint station)
{
  self->sound = &g_array_index (sounds, Sound, station % sounds->len);
  self->start = g_get_monotonic_time ();
  self->titles = self->sound->mp3 && strcasestr (self->request, "\nicy-metadata: 1");
  self->until_title = ICY_INTERVAL;
  self->title = -1;
  if (self->sound->mp3)
    self->position = station * G_GUINT64_CONSTANT (7919) * 1009 % self->sound->length;
  g_autofree char *head =
      g_strdup_printf ("HTTP/1.0 200 OK\r\nContent-Type: %s\r\nicy-name: Station %u\r\n%s\r\n",
                       self->sound->mp3 ? "audio/mpeg" : "application/ogg", station,
                       self->titles ? "icy-metaint: " G_STRINGIFY (ICY_INTERVAL) "\r\n" : "");
  g_byte_array_append (self->waiting, (const guint8 *)head, (guint)strlen (head));
}

/* FALSE: nobody is there any more. */
static gboolean
read_request (Client *self)
{
  const gssize n = recv (self->socket, self->request + self->n_request,
                         sizeof self->request - 1 - self->n_request, MSG_DONTWAIT);
  guint station;
  if (n < 0)
    return errno == EAGAIN;
  self->n_request += (gsize)n;
  if (n > 0 && !self->sound && strstr (self->request, "\r\n\r\n") &&
      sscanf (self->request, "GET /%u", &station) == 1)
    answer (self, station);
  return n > 0;
}

static gboolean
serve (Client *self)
{
  if (!read_request (self))
    return FALSE;
  if (!self->sound)
    return TRUE;
  const double seconds =
      (double)(g_get_monotonic_time () - self->start) / G_USEC_PER_SEC + AT_FIRST;
  const guint64 due = (guint64)(seconds * self->sound->rate);
  if (due > self->sent)
    add_sound (self, due - self->sent);
  const gssize n =
      send (self->socket, self->waiting->data, self->waiting->len, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n > 0)
    g_byte_array_remove_range (self->waiting, 0, (guint)n);
  return n >= 0 || errno == EAGAIN;
}

static void
take_clients (int listener)
{
  int socket;
  while ((socket = accept4 (listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    Client *client = g_new0 (Client, 1);
    client->socket = socket;
    client->waiting = g_byte_array_new ();
    g_ptr_array_add (clients, client);
  }
}

static int
begin (void)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  const int listener = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind (listener, (struct sockaddr *)&address, size) != 0 ||
      listen (listener, 1024) != 0 ||
      getsockname (listener, (struct sockaddr *)&address, &size) != 0)
    g_error ("no server: %s", g_strerror (errno));
  printf ("%u\n", ntohs (address.sin_port));
  fflush (stdout);
  return listener;
}

static void
load (const char *argument)
{
  g_auto (GStrv) parts = g_strsplit (argument, "=", 2);
  g_autoptr (GError) error = NULL;
  Sound sound = {.mp3 = g_str_has_suffix (parts[0], ".mp3")};
  sound.rate = parts[1] ? g_ascii_strtod (parts[1], NULL) : 0;
  if (!(sound.rate > 0))
    g_error ("%s: expected FILE=BYTES-A-SECOND", argument);
  if (!g_file_get_contents (parts[0], &sound.bytes, &sound.length, &error) || sound.length == 0)
    g_error ("%s", error ? error->message : "an empty file");
  g_array_append_val (sounds, sound);
}

/* Waits for the next tick; FALSE at the end of standard input. */
static gboolean
wait_until (gint64 time)
{
  struct pollfd input = {.fd = 0, .events = POLLIN};
  const gint64 left = time - g_get_monotonic_time ();
  char byte;
  return poll (&input, 1, left > 0 ? (int)(left / 1000) : 0) <= 0 || read (0, &byte, 1) > 0;
}

int
main (int argc, char **argv)
{
  sounds = g_array_new (FALSE, FALSE, sizeof (Sound));
  clients = g_ptr_array_new_with_free_func (client_free);
  for (int i = 1; i < argc; i++)
    load (argv[i]);
  if (argc < 2)
    g_error ("usage: broadcast FILE=BYTES-A-SECOND...");
  const int listener = begin ();
  gint64 next = g_get_monotonic_time ();
  for (guint tick = 0; wait_until (next); tick++, next += TICK * 1000) {
    take_clients (listener);
    for (guint i = clients->len; i > 0; i--)
      if ((i + tick) % TICKS == 0 && !serve (clients->pdata[i - 1]))
        g_ptr_array_remove_index_fast (clients, i - 1);
  }
  g_ptr_array_unref (clients);
  return 0;
}
