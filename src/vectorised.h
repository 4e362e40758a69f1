/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For functions with long loops over plain arrays. */
#pragma once

/* Compiled for several instruction sets, chosen at load time. ThreadSanitizer crashes in the
 * resolver that this needs, before it is initialised. */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define GENRE_VECTORISED __attribute__ ((target_clones ("avx512f", "avx2", "default")))
#else
#define GENRE_VECTORISED
#endif
