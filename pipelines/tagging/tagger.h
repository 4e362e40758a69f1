/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What genre-tag does with one file: looks at its tags, hears it, and writes the genre if it may.
 */
#pragma once
#include <json-glib/json-glib.h>
#include "hearing.h"
#include "namemap.h"
#include "replacement.h"
G_BEGIN_DECLS

typedef struct {
  HearingOptions hearing;
  double min_music;   /* probability below which nothing is written */
  NameMap *names;     /* or NULL */
  gboolean write;     /* into the file */
  const char *output; /* a copy to write instead, or NULL */
  gboolean force;     /* replace a genre that is there */
  ReplacementOptions replacement;
} TaggerOptions;

/* Who wants to know what on the way. */
typedef struct {
  HearingAlive alive;
  /* Before a file is replaced, how it will change (change.h); FALSE: it must not be. NULL: nobody
   * wants to know. */
  gboolean (*intend) (JsonObject *change, gpointer user_data, GError **error);
  gpointer user_data;
} TaggerContact;

/* Whether after this "action" (below) the file is as it was, and nothing is wrong with that. */
gboolean tagger_leaves_alone (const char *action);

/* What has come of it: "action" is
 *
 *   has-genre    there is one already ("tagged"), it has not been heard
 *   unknown      heard, and nothing is known for certain enough
 *   unwanted     heard, and the name map has no name for it
 *   would-write  heard: "name" would be written, unless the tags turn out to lose something
 *   written      and it has been
 *   refused      "obstacle" says why it cannot be written; it has been heard nevertheless, for its
 *                line, the journal and whoever writes it later, unless it has several streams:
 *                what is heard of such a file is chance
 *
 * or there is an "error". A copy that is wanted has been made, if only of the file as it is, but
 * for "refused" and an "error". "journal" is for the journal alone: "now" the file, with links
 * followed, and its version (change.h) and "heard" what was heard, to be given as @known the next
 * time ("from": "journal" says that it was); it is to be kept anew if it is "revised". A refusal
 * that comes of somebody else's being at the file is "passing". (transfer full)
 *
 * @path: a file, or what is heard over the network (remote.h), which has no "journal".
 * @known: {"version", "heard"}, or NULL. @again: the first attempt hung. @hangs: this process has a
 * pipeline that never ends. */
JsonObject *tagger_treat (const TaggerOptions *self, const char *path, JsonObject *known,
                          gboolean again, const TaggerContact *contact, gboolean *hangs);

G_END_DECLS
