/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-tag enqueue, work, collect and status. */
#pragma once
#include <signal.h>
#include "commandline.h"
G_BEGIN_DECLS

/* FALSE: something went wrong, and was told. */
gboolean queue_commands_run (const CommandLine *options, const volatile sig_atomic_t *stop);

G_END_DECLS
