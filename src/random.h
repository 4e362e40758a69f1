/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreRandom: reproducible random numbers, keyed rather than sequenced.
 *
 * A generator is started from (seed, a, b, c), for example (seed, epoch, clip, purpose), so that a
 * draw does not depend on which thread or machine makes it, or on what was drawn before.
 * SplitMix64 mixes the key and makes the stream (Steele, Lea, Flood 2014, "Fast splittable
 * pseudorandom number generators"). Not for secrets. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

typedef struct {
  guint64 state;
} GenreRandom;

/* A part of a key that is a text: the same for ever and everywhere, which nobody promises of
 * g_str_hash(). D. J. Bernstein's hash, of signed bytes; texts may share one. */
guint64 genre_random_key_of (const char *text);
GenreRandom genre_random_keyed (guint64 seed, guint64 a, guint64 b, guint64 c);
guint64 genre_random_bits (GenreRandom *random);
double genre_random_uniform (GenreRandom *random);                        /* [0, 1) */
double genre_random_range (GenreRandom *random, double low, double high); /* [low, high) */
guint genre_random_below (GenreRandom *random, guint n);                  /* 0 to n - 1; n > 0 */
double genre_random_normal (GenreRandom *random);                         /* mean 0, variance 1 */
double genre_random_beta (GenreRandom *random, double alpha);             /* Beta (alpha, alpha) */

G_END_DECLS
