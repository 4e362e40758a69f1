/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures about models, drawn with Cairo, as PNG files of 200 dots per inch for a page's column.
 *
 * Colours are chosen to stay apart for colour-blind readers and in grey print (M. Okabe and K. Ito,
 * "Color universal design", 2008; the matrix and spectrogram scales rise evenly in lightness). */
#pragma once
#include "frontend.h"
#include "history.h"
#include "metrics.h"
G_BEGIN_DECLS

/* The paths of what genre_pictures_save() writes. (transfer full) of char * */
GPtrArray *genre_pictures_list (const char *folder);
/* confusion.png, roc.png, reliability.png and coverage.png in @folder, which is made if need be.
 * @threshold: see genre_picture_coverage(). */
gboolean genre_pictures_save (const GenreScores *scores, const GenreMetrics *metrics,
                              double threshold, const char *folder, GError **error);

gboolean genre_picture_confusion (const GenreMetrics *metrics, char *const *display_names,
                                  const char *path, GError **error);
/* Of more than sixteen genres those of the eight best and the eight worst, which it says. */
gboolean genre_picture_roc (const GenreScores *scores, const char *path, GError **error);
gboolean genre_picture_reliability (const GenreMetrics *metrics, const char *path, GError **error);
/* Accuracy among the clips answered against the share of clips answered; @threshold > 0 is marked.
 */
gboolean genre_picture_coverage (const GenreMetrics *metrics, double threshold, const char *path,
                                 GError **error);

/* Losses, accuracy and learning rate of epochs 1 to n; that of epoch @stored, whose weights the
 * model has, is marked (0: none). */
gboolean genre_picture_learning (const GenreEpoch *epochs, guint n_epochs, guint stored,
                                 const char *path, GError **error);

/* A matrix of frames to be drawn as a spectrogram: low bands at the bottom. */
typedef struct {
  const char *title;
  const float *values; /* (frames, bands), dB */
  guint frames, bands;
} GenrePanel;
/* Panels under each other, more than four in two columns; one scale of colours from @floor to
 * @ceiling dB, time axis in seconds.
 */
gboolean genre_picture_spectrograms (const GenrePanel *panels, guint n_panels,
                                     const GenreFrontEndConfig *front_end, float floor,
                                     float ceiling, const char *path, GError **error);

/* Grouped bars (plot.h says how series look): @values (n_series, n_groups), 0 to 1, of which 0 is a
 * flat one; NAN for none. */
gboolean genre_picture_bars (const char *const *series, guint n_series, const char *const *groups,
                             guint n_groups, const double *values, const char *title,
                             const char *path, GError **error);

G_END_DECLS
