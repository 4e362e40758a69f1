/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the files that are compiled once for each instruction set: GENRE_KERNEL_TABLE (Type, group) =
 * {...}; names a table after the set that GENRE_INSTRUCTION_SET says, where dispatch.c finds it. */
#pragma once
#include "kernels.h"
#include "vector.h"

#define GENRE_KERNEL_NAME_(group, set) genre_##group##_##set
#define GENRE_KERNEL_NAME(group, set) GENRE_KERNEL_NAME_ (group, set)
#define GENRE_KERNEL_TABLE(Type, group)                                                            \
  extern const Type GENRE_KERNEL_NAME (group, GENRE_INSTRUCTION_SET);                              \
  const Type GENRE_KERNEL_NAME (group, GENRE_INSTRUCTION_SET)
