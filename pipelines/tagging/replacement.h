/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaces a person's file such that at no moment, whatever happens, there is less than one whole
 * file under its name: the old one, or the new one.
 *
 * The caller changes a copy in memory, where there is room for it; this is written beside the file,
 * exclusively, under a short name that nobody can foresee, every write being checked, synced,
 * renamed over the file, and the folder is synced. Owner, mode, extended
 * attributes and access lists are those of the file. Links are followed: what they point to is
 * replaced, where it is. The copy is locked while it is being made, so that what a killed run left
 * behind can be told from what another run is working at. */
#pragma once
#include <sys/stat.h>
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  gboolean break_links; /* also a file with several names, of which one gets the new content */
  gboolean keep_time;   /* of last modification */
} ReplacementOptions;

typedef struct _Replacement Replacement;

/* Opens a regular file for reading, -1 if it is none, without waiting for anything. @status: its
 * state, may be NULL. */
int person_file_open (const char *path, struct stat *status, GError **error);
/* Whether nothing has happened to a file between two states of it. */
gboolean person_file_is_same (const struct stat *a, const struct stat *b);

/* Whether there is something about @path that forbids it; nothing is touched. */
gboolean replacement_is_possible (const char *path, const ReplacementOptions *options,
                                  GError **error);
/* A copy of @path, ready to be changed. @expected: how it was when the caller looked, or NULL; a
 * file that has changed since is an error. */
Replacement *replacement_new (const char *path, const struct stat *expected,
                              const ReplacementOptions *options, GError **error);
/* The same, but the copy becomes @target, which must not exist. */
Replacement *replacement_new_copy (const char *path, const char *target, GError **error);
const char *replacement_get_path (const Replacement *self);   /* of the copy */
const char *replacement_get_source (const Replacement *self); /* links followed */
/* The copy takes its place. @status: what stands there now, may be NULL. */
gboolean replacement_commit (Replacement *self, struct stat *status, GError **error);
/* Without a commit, the copy goes and everything is as it was. */
void replacement_free (Replacement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Replacement, replacement_free)

/* What a killed run left behind, by its name; it goes, unless another run works at it. */
gboolean replacement_is_leftover (const char *path);
void replacement_remove_leftover (const char *path);
void replacement_remove_leftovers_beside (const char *path);

G_END_DECLS
