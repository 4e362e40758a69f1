/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaces a person's file such that at no moment, whatever happens, there is less than one whole
 * file under its name: the old one, or the new one.
 *
 * The caller changes a copy in memory, where there is room for it; this is written beside the file,
 * exclusively, under a short name that nobody can foresee, every write being checked, synced, and
 * exchanged with the file, where the file system can do that: what comes out is looked at once
 * more, and if somebody has changed it in the last moment, it goes back. Otherwise it is renamed
 * over the file, which is closed before; where that fails, the copy goes only if the file is there.
 * The folder is synced. Owner, mode, extended attributes and access lists are those
 * of the file. Links are followed: what they point to is replaced, where it is. The copy is locked
 * while it is being made, so that what a killed run left behind can be told from what another run
 * is working at. */
#pragma once
#include <sys/stat.h>
#include "signoflife.h"
G_BEGIN_DECLS

typedef struct {
  gboolean break_links; /* also a file with several names, of which one gets the new content */
  gboolean keep_time;   /* of last modification */
  gboolean restores;    /* what has been written here: it may have grown by that */
  SignOfLife *life;     /* or NULL */
} ReplacementOptions;

typedef struct _Replacement Replacement;

/* What is wrong with the copy that somebody wants, which the message names, not with the file. */
#define COPY_ERROR (copy_error_quark ())
GQuark copy_error_quark (void);
/* Somebody else is at the file, or has just been: that passes. */
#define PASSING_ERROR (passing_error_quark ())
GQuark passing_error_quark (void);

/* Opens a regular file for reading, -1 if it is none, without waiting for anything. @status: its
 * state, may be NULL. */
int person_file_open (const char *path, struct stat *status, GError **error);
/* Whether nothing has happened to a file between two states of it. */
gboolean person_file_is_same (const struct stat *a, const struct stat *b);

/* Whether there is something about @path, or its folder, that forbids it, as far as that can be
 * known; neither is touched. Whether somebody else's file keeps its owner is tried with a file
 * without a name. */
gboolean replacement_is_possible (const char *path, const ReplacementOptions *options,
                                  GError **error);
/* A copy of @path, ready to be changed. @expected: how it was when the caller looked, or NULL; a
 * file that has changed since is an error. */
Replacement *replacement_new (const char *path, const struct stat *expected,
                              const ReplacementOptions *options, GError **error);
/* The same, but the copy becomes @target, which must not exist. */
Replacement *replacement_new_copy (const char *path, const char *target,
                                   const struct stat *expected, const ReplacementOptions *options,
                                   GError **error);
const char *replacement_get_path (const Replacement *self);   /* of the copy */
const char *replacement_get_source (const Replacement *self); /* links followed */
/* Descriptor of the file, until the copy takes its place. */
int replacement_get_original (const Replacement *self);
int replacement_get_draft (const Replacement *self);                 /* and of the copy */
const struct stat *replacement_get_status (const Replacement *self); /* of the file */
/* Something else becomes the copy: @draft is taken. */
void replacement_set_draft (Replacement *self, int draft);
/* An anonymous file in memory, with room for @size bytes and what tags may grow by; -1 if there is
 * not so much. */
int replacement_make_room (goffset size, GError **error);
/* Another anonymous file with what the copy holds now, for the caller to close; -1 if there is not
 * so much memory. */
int replacement_copy_draft (const Replacement *self, GError **error);
/* Its time of last modification, in ns since 1970, instead of now; or that of the file. */
void replacement_set_time (Replacement *self, gint64 time);
void replacement_keep_time (Replacement *self);
/* The copy takes its place; a program that has the file open for writing is waited for, 1.5 s at
 * most. @status: what stands there now, may be NULL. */
gboolean replacement_commit (Replacement *self, struct stat *status, GError **error);
/* Without a commit, the copy goes and everything is as it was. */
void replacement_free (Replacement *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Replacement, replacement_free)

/* What a killed run left behind, by its name. */
gboolean replacement_is_leftover (const char *path);
/* All of that in @folder goes, but what another run works at, where nothing of it can be all that
 * there is of a file: a file system that can exchange two files never loses a name. That is tried
 * with two files that are made for it. */
void replacement_remove_leftovers (const char *folder);
void replacement_remove_leftovers_beside (const char *path);
/* On any file system, what has one of @digests (a set of SHA-256). */
void replacement_remove_known_leftovers (const char *folder, GHashTable *digests);
/* Where nothing is at @path (from the root on, without links), what a killed run left beside it and
 * has this SHA-256 gets its name, unless the file system can exchange two files: there it is
 * somebody who has taken the file away. FALSE: there is no such thing, or something is there. */
gboolean replacement_bring_back (const char *path, const char *digest);

G_END_DECLS
