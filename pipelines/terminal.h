/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether somebody looks on who can be shown what changes in place. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* Is @descriptor a terminal that knows escape sequences? One that says of itself that it is none
 * (TERM=dumb, as editors do), or says nothing, gets lines as a file does. */
gboolean terminal_draws (int descriptor);

G_END_DECLS
