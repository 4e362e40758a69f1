/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "redislink.h"
#include "../translation.h"
#include "tlssession.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 5 /* s for a connection, or a reply */
#define ROOM 16384 /* bytes that are read at once, as many as a record of TLS has */

struct _RedisLink {
  const QueueAddress *address;
  redisContext *context; /* NULL: not connected */
  TlsSession *tls;       /* NULL: in the clear */
};

/* ---- commands ---- */

void
redis_command_add (RedisCommand *self, const char *text)
{
  g_ptr_array_add (self->words, g_strdup (text));
}

void
redis_command_add_number (RedisCommand *self, gint64 number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);
  redis_command_add (self, text);
}

RedisCommand *
redis_command_new (const char *first, ...)
{
  RedisCommand *self = g_new (RedisCommand, 1);
  va_list more;
  self->words = g_ptr_array_new_with_free_func (g_free);
  va_start (more, first);
  for (const char *word = first; word; word = va_arg (more, const char *))
    redis_command_add (self, word);
  va_end (more);
  return self;
}

void
redis_command_free (RedisCommand *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->words);
  g_free (self);
}

/* ---- replies ---- */

gboolean
redis_reply_is_text (const redisReply *reply)
{
  return reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
}

gboolean
redis_reply_is_array (const redisReply *reply, gsize at_least)
{
  return reply->type == REDIS_REPLY_ARRAY && reply->elements >= at_least;
}

const char *
redis_reply_find_field (const redisReply *fields, const char *name)
{
  for (gsize i = 0; redis_reply_is_array (fields, 2) && i + 1 < fields->elements; i += 2)
    if (redis_reply_is_text (fields->element[i]) && redis_reply_is_text (fields->element[i + 1]) &&
        g_str_equal (fields->element[i]->str, name))
      return fields->element[i + 1]->str;
  return NULL;
}

/* ---- what goes wrong ---- */

static void
close_link (RedisLink *self)
{
  g_clear_pointer (&self->tls, tls_session_free);
  g_clear_pointer (&self->context, redisFree);
}

/* Redis is not there, or no longer. */
static gboolean
lose (RedisLink *self, const char *fault, GError **error)
{
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_LOST, "%s: %s", self->address->shown, fault);
  close_link (self);
  return FALSE;
}

/* The same of what TLS says; a certificate that is not trusted remains one. */
static gboolean
lose_tls (RedisLink *self, GError *fault, GError **error)
{
  if (fault->code == QUEUE_ERROR_LOST) {
    lose (self, fault->message, error);
    g_error_free (fault);
    return FALSE;
  }
  g_propagate_error (error, fault);
  close_link (self);
  return FALSE;
}

/* What Redis replies while it starts, is stopped by a script, is being replaced or is full. */
static gboolean
will_pass (const char *fault)
{
  static const char *const passing[] = {
      "LOADING",     "BUSY ",   "MASTERDOWN", "READONLY",   "TRYAGAIN",
      "CLUSTERDOWN", "MISCONF", "OOM ",       "NOREPLICAS", "ERR max number of clients"};
  for (gsize i = 0; i < G_N_ELEMENTS (passing); i++)
    if (g_str_has_prefix (fault, passing[i]))
      return TRUE;
  return FALSE;
}

static const char *
find_advice (const char *fault)
{
  if (strstr (fault, "NOAUTH"))
    return _ (" (--password-file or GENRE_QUEUE_PASSWORD tells it)");
  if (strstr (fault, "WRONGTYPE"))
    return _ (" (something else has a key of this queue's)");
  if (strstr (fault, "NOGROUP"))
    return _ (" (somebody has removed the queue)");
  if (strstr (fault, "NOPERM"))
    return _ (" (docs/queue.md says what a user must be allowed)");
  return "";
}

static void
refuse (RedisLink *self, const char *fault, GError **error)
{
  if (will_pass (fault)) {
    lose (self, fault, error);
    return;
  }
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED, _ ("%s: Redis says \"%s\"%s"),
               self->address->shown, fault, find_advice (fault));
}

/* ---- the link ---- */

RedisLink *
redis_link_new (const QueueAddress *address)
{
  RedisLink *self = g_new0 (RedisLink, 1);
  self->address = address;
  return self;
}

void
redis_link_free (RedisLink *self)
{
  if (!self)
    return;
  close_link (self);
  g_free (self);
}

gboolean
redis_link_is_open (const RedisLink *self)
{
  return self->context != NULL;
}

void
redis_link_leave (RedisLink *self)
{
  if (!self->context || self->context->fd < 0)
    return;
  close (self->context->fd);
  self->context->fd = -1;
}

/* ---- words ---- */

static gboolean
send_tls (RedisLink *self, int n_words, const char **words, GError **error)
{
  char *bytes;
  GError *local = NULL;
  const int n = redisFormatCommandArgv (&bytes, n_words, words, NULL);
  if (n < 0)
    return lose (self, _ ("no memory for a command"), error);
  const gboolean good = tls_session_write (self->tls, bytes, (gsize)n, &local);
  redisFreeCommand (bytes);
  return good || lose_tls (self, local, error);
}

static gboolean
receive_tls (RedisLink *self, redisReply **reply, GError **error)
{
  char bytes[ROOM];
  GError *local = NULL;
  redisReader *reader = self->context->reader;
  while (redisReaderGetReply (reader, (void **)reply) == REDIS_OK) {
    if (*reply)
      return TRUE;
    const gsize n = tls_session_read (self->tls, bytes, ROOM, &local);
    if (n == 0)
      return lose_tls (self, local, error);
    if (redisReaderFeed (reader, bytes, n) != REDIS_OK)
      break;
  }
  return lose (self, reader->errstr, error);
}

gboolean
redis_link_send (RedisLink *self, const RedisCommand *command, GError **error)
{
  const char **words = (const char **)command->words->pdata;
  if (!self->context)
    return lose (self, _ ("not connected"), error);
  if (self->tls)
    return send_tls (self, (int)command->words->len, words, error);
  if (redisAppendCommandArgv (self->context, (int)command->words->len, words, NULL) == REDIS_OK)
    return TRUE;
  return lose (self, self->context->errstr, error);
}

static const char *
describe_fault (const redisContext *context)
{
  if (context->err == REDIS_ERR_IO && errno == EAGAIN)
    return _ ("no reply in time");
  return *context->errstr ? context->errstr : _ ("the connection broke");
}

static gboolean
receive (RedisLink *self, redisReply **reply, GError **error)
{
  if (!self->context)
    return lose (self, _ ("not connected"), error);
  if (self->tls)
    return receive_tls (self, reply, error);
  if (redisGetReply (self->context, (void **)reply) == REDIS_OK && *reply)
    return TRUE;
  return lose (self, describe_fault (self->context), error);
}

redisReply *
redis_link_receive (RedisLink *self, GError **error)
{
  g_autoptr (redisReply) reply = NULL;
  if (!receive (self, &reply, error))
    return NULL;
  if (reply->type != REDIS_REPLY_ERROR)
    return g_steal_pointer (&reply);
  refuse (self, reply->str, error);
  return NULL;
}

redisReply *
redis_link_run (RedisLink *self, const RedisCommand *command, GError **error)
{
  return redis_link_send (self, command, error) ? redis_link_receive (self, error) : NULL;
}

void
redis_link_misunderstand (const RedisLink *self, GError **error)
{
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_REFUSED,
               _ ("%s: Redis says what nobody understands"), self->address->shown);
}

/* Whoever does not know AUTH repeats what it was asked, or the beginning of it. */
static gboolean
says_why (const char *refusal)
{
  static const char *const known[] = {"\"WRONGPASS ", "\"NOAUTH ", "\"NOPERM ", "\"ERR AUTH ",
                                      "\"ERR Client sent AUTH"};
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (strstr (refusal, known[i]))
      return TRUE;
  return FALSE;
}

static gboolean
authenticate (RedisLink *self, GError **error)
{
  const QueueAddress *address = self->address;
  if (!address->password)
    return TRUE;
  g_autoptr (RedisCommand) command = redis_command_new ("AUTH", NULL);
  if (address->user)
    redis_command_add (command, address->user);
  redis_command_add (command, address->password);
  g_autoptr (GError) local = NULL;
  g_autoptr (redisReply) reply = redis_link_run (self, command, &local);
  if (reply)
    return TRUE;
  if (local->code == QUEUE_ERROR_REFUSED && !says_why (local->message))
    g_set_error (error, local->domain, local->code, _ ("%s: Redis refuses the password"),
                 address->shown);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
secure (RedisLink *self, GError **error)
{
  GError *local = NULL;
  if (!self->address->tls)
    return TRUE;
  self->tls = tls_session_new (self->address, self->context->fd, PATIENCE, &local);
  return self->tls || lose_tls (self, local, error);
}

gboolean
redis_link_open (RedisLink *self, GError **error)
{
  const QueueAddress *address = self->address;
  const struct timeval patience = {PATIENCE, 0};
  close_link (self);
  self->context = address->socket
                      ? redisConnectUnixWithTimeout (address->socket, patience)
                      : redisConnectWithTimeout (address->host, address->port, patience);
  if (!self->context)
    return lose (self, _ ("no memory for a connection"), error);
  if (self->context->err != 0)
    return lose (self, self->context->errstr, error);
  redisSetTimeout (self->context, patience);
  if (!address->socket)
    redisEnableKeepAlive (self->context);
  if (secure (self, error) && authenticate (self, error))
    return TRUE;
  close_link (self);
  return FALSE;
}
