/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of trainer/ need beyond those of src/: folders of spectrograms, a small model. */
#pragma once
#include "../src/test.h"
#include "data/dataset.h"
#include "measuring/scores.h"
#include "model.h"

/* Exit status of a test that meson counts as skipped. */
#define TEST_SKIPPED 77

/* A folder that vanishes with everything in it, at the end of its scope. */
typedef char TestFolder;
TestFolder *test_folder_new (void);
void test_folder_free (TestFolder *folder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestFolder, test_folder_free)

/* @folder/@name; the folders on the way there are made. (transfer full) */
char *test_path (const char *folder, const char *name);
void test_write (const char *folder, const char *name, const char *content, gssize size);
/* A .npy of uint8 with @frames frames of 128 bands. */
void test_write_levels (const char *folder, const char *name, guint frames, const guint8 *levels);
/* The same, all @level. */
void test_write_clip (const char *folder, const char *name, guint frames, guint8 level);
/* Any .npy file: header text and data as they are, version 1. */
void test_write_npy (const char *folder, const char *name, const char *header, const void *data,
                     gsize size);
/* A WAV file of 32-bit floats: @n values, @channels interleaved. */
void test_write_wav (const char *folder, const char *name, guint rate, guint channels,
                     const float *samples, guint n);
void test_write_wav_s16 (const char *folder, const char *name, guint rate, guint channels,
                         const gint16 *samples, guint n);
/* Noise and a sweep up to 20 kHz, so that every filter on the way shows: (n_frames, channels).
 * (transfer full) */
gint16 *test_new_music (guint rate, guint channels, guint n_frames);
/* What the element makes of it: buffers of odd lengths through its input, to float at 22,050 Hz.
 * (transfer full) */
GArray *test_hear_as_element (guint rate, guint channels, const gint16 *samples, guint n_frames);
/* Whether a problem has all of these words. */
gboolean test_has_problem (const GenreDataset *dataset, const char *word, const char *other);
guint test_count_files (const char *folder);

/* Labels "one" to "three", the default front end, segments of 16 frames, random weights. */
GenreModel *test_model (void);
/* Three labels, @n clips; @probabilities (n, 3). */
GenreScores *test_scores (guint n, const guint *truth, const double *probabilities);

/* Folder of the development data; NULL if it is not there. (transfer full) */
char *test_data (const char *name);
