/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another name for a file while something opens it that goes by names: a link in a folder of its
 * own, which is locked as long as it is in use. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct _Alias Alias;

/* Whatever goes wrong with a name, rather than with the file; the code is that of errno. */
#define ALIAS_ERROR alias_error_quark ()
GQuark alias_error_quark (void);

/* @ending: ".flac"; it begins with a dot, by which leftovers are known. */
Alias *alias_new (const char *path, const char *ending, GError **error);
/* Takes the name away again; the file stays. */
void alias_free (Alias *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Alias, alias_free)

/* Whether there can be any. */
gboolean alias_check (GError **error);

const char *alias_get_path (const Alias *self);

/* Takes away what processes that were killed have left. */
void alias_remove_leftovers (void);

G_END_DECLS
