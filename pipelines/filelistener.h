/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hears one file from beginning to end, or excerpts of it, and prints what it is. */
#pragma once
#include "listenoptions.h"
G_BEGIN_DECLS

/* @name: path or URI. Returns when everything was heard, or when Ctrl-C is pressed. */
void file_listen (const char *name, const ListenOptions *options, ListenOutcome *outcome);

G_END_DECLS
