/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hears stations and microphones, all at once, and prints what they play: one alone the way files
 * are shown, several as a timeline. */
#pragma once
#include "listenoptions.h"
#include "radio/station.h"
G_BEGIN_DECLS

/* @stations (of Station) is taken. A station that cannot be heard at all is named and left out; one
 * that was heard is joined again whenever it breaks off. Returns when everything was heard, or
 * after Ctrl-C. */
void stations_listen (GPtrArray *stations, const ListenOptions *options, ListenOutcome *outcome);

G_END_DECLS
