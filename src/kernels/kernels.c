/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiled once for each instruction set: all that the files compiled with it have. */
#include "kernel.h"

#define TABLE(group) GENRE_KERNEL_NAME (group, GENRE_INSTRUCTION_SET)

extern const GenreConvolutionKernels TABLE (convolution);
extern const GenreCorrelationKernels TABLE (correlation);
extern const GenreTilesKernels TABLE (tiles);
extern const GenreMatrixKernels TABLE (matrix);
extern const GenreHalvingKernels TABLE (halving);

GENRE_KERNEL_TABLE (GenreKernels, kernels) = {
    .name = G_STRINGIFY (GENRE_INSTRUCTION_SET),
    .available = vector_available,
    .lanes = LANES,
    .convolution = &TABLE (convolution),
    .correlation = &TABLE (correlation),
    .tiles = &TABLE (tiles),
    .matrix = &TABLE (matrix),
    .halving = &TABLE (halving),
};
