/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a queue is: redis://[USER@]HOST[:PORT]/NAME, rediss:// for TLS, or
 * unix://[USER@]/PATH/OF/SOCKET/NAME, and the password for it, which is never a part of that. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  char *host;   /* NULL: a socket of this machine */
  int port;     /* 6379 if none is named */
  char *socket; /* path, or NULL */
  gboolean tls;
  char *authorities; /* with TLS: file of those that are trusted, NULL: those of this machine */
  char *certificate; /* with TLS: file of ours and its key, NULL: none */
  char *user;        /* NULL: Redis's default one */
  char *password;    /* NULL: none */
  char *name;        /* of the queue: letters, digits, and . _ - */
  char *shown;       /* for messages: where it is, without user and password */
} QueueAddress;

/* Is @url one, whatever its password is? */
gboolean queue_address_check (const char *url, GError **error);
/* The password is the first line of @password_file, or, if that is NULL, the value of
 * GENRE_QUEUE_PASSWORD. No error quotes either of them. GENRE_QUEUE_CA and GENRE_QUEUE_CERTIFICATE
 * name files for TLS. */
QueueAddress *queue_address_new (const char *url, const char *password_file, GError **error);
void queue_address_free (QueueAddress *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (QueueAddress, queue_address_free)

G_END_DECLS
