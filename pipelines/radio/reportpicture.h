/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as a picture: what was heard by the hour of the day and by day. */
#pragma once
#include "report.h"
G_BEGIN_DECLS

/* Has @path the ending of a picture that can be drawn? */
gboolean report_can_draw (const char *path);
/* SVG or PNG, by the ending of @path; the file appears whole or not at all. */
gboolean report_draw (const Report *report, const char *path, GError **error);

G_END_DECLS
