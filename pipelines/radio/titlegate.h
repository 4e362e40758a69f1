/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Titles on their way to a pad, where each ends a song. A station may send dozens in a second, and
 * each of these songs would get a last answer: one second of sound has one title, and the next one,
 * the newest of those that came meanwhile, has its place behind it. Titles between which there is
 * no sound end no song; a few of these go through. Whatever other tags a list has waits with its
 * title, and comes behind lists without one: nothing behind this pad reads them. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

/* As long as @pad, where sound goes in, is there. */
void title_gate_add (GstPad *pad);

G_END_DECLS
