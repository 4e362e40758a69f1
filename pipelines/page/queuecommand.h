/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-radio enqueue, dequeue and status: which stations a queue has. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Is @name one of them? */
gboolean queue_command_is (const char *name);
/* @argv begins with the name. Gives the exit status. */
int queue_command (int argc, char **argv);

G_END_DECLS
