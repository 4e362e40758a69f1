/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenBLAS has no thread count per call, so it is set to one for the whole process, once: a side
 * effect on a host application that uses OpenBLAS itself. Parallelism here is across streams,
 * segments and groups of a mini-batch, never inside a matrix product. */
#pragma once

void genre_blas_prepare (void);
