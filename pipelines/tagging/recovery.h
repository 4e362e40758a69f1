/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out what has become of changes that a run was killed at: a file is whole at any moment, so
 * it is what it was or what it was to become, and its SHA-256 says which. */
#pragma once
#include "journal.h"
G_BEGIN_DECLS

/* A file that is gone while what a run has left beside it is one of the two gets that back. One
 * that cannot be read now (its disk is not there) is left for another time. */
gboolean recovery_settle (Journal *journal, const OpenChange *open, ChangeState *state,
                          GError **error);
/* All of runs that live no more; what they have left beside the files goes. @lost is told of a file
 * that is neither. */
gboolean recovery_run (Journal *journal, void (*lost) (const char *path, gpointer user_data),
                       gpointer user_data, GError **error);

G_END_DECLS
