/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiled once for each instruction set: all that the files compiled with it have. */
#include "kernel.h"

#define TABLE(group) GENRE_KERNEL_NAME (group, GENRE_INSTRUCTION_SET)

extern const GenreConvolutionKernels TABLE (convolution);
extern const GenreCorrelationKernels TABLE (correlation);
extern const GenreTilesKernels TABLE (tiles);
extern const GenreMatrixKernels TABLE (matrix);
/* AVX-512 takes AVX2's (meson.build): for vectors of 512 bits a processor runs slower for a while,
 * which is no bargain for a microsecond of work now and then, in the thread that everything else
 * goes on in. */
#ifndef GENRE_HALVING_SET
#define GENRE_HALVING_SET GENRE_INSTRUCTION_SET
#endif
#define HALVING GENRE_KERNEL_NAME (halving, GENRE_HALVING_SET)
extern const GenreHalvingKernels HALVING;

GENRE_KERNEL_TABLE (GenreKernels, kernels) = {
    .name = G_STRINGIFY (GENRE_INSTRUCTION_SET),
    .available = vector_available,
    .lanes = LANES,
    .convolution = &TABLE (convolution),
    .correlation = &TABLE (correlation),
    .tiles = &TABLE (tiles),
    .matrix = &TABLE (matrix),
    .halving = &HALVING,
};
