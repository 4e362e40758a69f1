/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* How many bytes this process may use before the system, or the control group that it runs in, has
 * none left and kills somebody; -1: nobody says. */
goffset memory_available (void);

G_END_DECLS
