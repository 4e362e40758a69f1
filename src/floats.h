/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays of float as vector instructions want them. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* @n zeros, aligned to a cache line, which is as wide as the widest vector; large ones to a huge
 * page. n = 0 is allowed. NULL without memory, or where a machine cannot have so much: how many
 * there are is out of a file. Free with genre_floats_free(). */
float *genre_floats_try_new (gsize n);
/* The same for tests: without memory the process ends. */
float *genre_floats_new (gsize n);
void genre_floats_free (gpointer floats); /* or NULL */

G_END_DECLS
