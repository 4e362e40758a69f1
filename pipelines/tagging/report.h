/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the journal says about a collection: genres, how sure they are, what is unknown, and what
 * has failed and why. */
#pragma once
#include "journal.h"
G_BEGIN_DECLS

/* @folder: NULL for everything. On standard output, as text or as one object of JSON. */
gboolean report_print (Journal *journal, const char *folder, gboolean json, GError **error);

G_END_DECLS
