/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection to Redis that tells what will pass from what will not, and waits for nothing longer
 * than some seconds. */
#pragma once
#include "queueaddress.h"
#include "queueerror.h"
#include <hiredis/hiredis.h>
G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (redisReply, freeReplyObject)

/* A command: words of text. */
typedef struct {
  GPtrArray *words;
} RedisCommand;

RedisCommand *redis_command_new (const char *first, ...) G_GNUC_NULL_TERMINATED;
void redis_command_add (RedisCommand *self, const char *text);
void redis_command_add_number (RedisCommand *self, gint64 number);
void redis_command_free (RedisCommand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RedisCommand, redis_command_free)

typedef struct _RedisLink RedisLink;

/* Not connected yet. @address must outlive it. */
RedisLink *redis_link_new (const QueueAddress *address);
void redis_link_free (RedisLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RedisLink, redis_link_free)

/* Connects, and says who we are. */
gboolean redis_link_open (RedisLink *self, GError **error);
gboolean redis_link_is_open (const RedisLink *self);
/* In a process that was forked: the connection is the parent's. */
void redis_link_leave (RedisLink *self);

/* Sends a command without waiting for the reply. */
gboolean redis_link_send (RedisLink *self, const RedisCommand *command, GError **error);
/* The reply to the first command that has none yet; an error that Redis replies is one here, too.
 * After QUEUE_ERROR_LOST the link is closed. (transfer full) */
redisReply *redis_link_receive (RedisLink *self, GError **error);
/* Both. */
redisReply *redis_link_run (RedisLink *self, const RedisCommand *command, GError **error);
/* Sets the error for a reply that was not expected. */
void redis_link_misunderstand (const RedisLink *self, GError **error);

gboolean redis_reply_is_text (const redisReply *reply);
/* Of @at_least so many elements. */
gboolean redis_reply_is_array (const redisReply *reply, gsize at_least);
/* Of an entry of a stream: @fields are names and values by turns. NULL if there is no such text. */
const char *redis_reply_find_field (const redisReply *fields, const char *name);

G_END_DECLS
