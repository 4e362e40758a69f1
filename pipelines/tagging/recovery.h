/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out what has become of changes that a run was killed at: a file is whole at any moment, so
 * it is what it was or what it was to become, and its SHA-256 says which. */
#pragma once
#include "journal.h"
G_BEGIN_DECLS

/* A file that is gone while what a run has left beside it is what it was to become gets that back,
 * where the file system may have lost its name. One that a person has taken away, or that cannot be
 * read now (its disk is not there), is left for another time. */
gboolean recovery_settle (Journal *journal, const OpenChange *open, ChangeState *state,
                          GError **error);
typedef void (*RecoveryTell) (const char *path, gpointer user_data);
/* All of runs that live no more; what they have left beside the files goes, unless it may be all
 * that there is of one. @lost is told of a file that is neither, @back of one that was gone. */
gboolean recovery_run (Journal *journal, RecoveryTell lost, RecoveryTell back, gpointer user_data,
                       GError **error);

G_END_DECLS
