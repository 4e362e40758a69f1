/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiled once for each instruction set: all that the files compiled with it have. */
#include "kernel.h"

#define TABLE(group) GENRE_KERNEL_NAME (group, GENRE_INSTRUCTION_SET)

extern const GenreConvolutionKernels TABLE (convolution);
extern const GenreCorrelationKernels TABLE (correlation);
extern const GenreTilesKernels TABLE (tiles);
extern const GenreMatrixKernels TABLE (matrix);
/* For vectors of 512 bits a processor runs slower for a while, which is no bargain for a
 * microsecond of work now and then, in the thread that everything else goes on in. */
#ifdef __AVX512F__
extern const GenreHalvingKernels genre_halving_avx2;
#define HALVING genre_halving_avx2
#else
extern const GenreHalvingKernels TABLE (halving);
#define HALVING TABLE (halving)
#endif

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
