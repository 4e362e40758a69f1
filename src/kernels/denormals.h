/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Denormal numbers, those below 2^-126, as zero. Many processors take a hundred times as long for
 * them, and a model file may be full of them. A property of the calling thread, which may be
 * anybody's: whoever begins it must end it. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

/* TRUE where the processor can be told so; elsewhere nothing happens. */
static inline gboolean
genre_denormals_can_be_zero (void)
{
#if defined(__x86_64__) || defined(__aarch64__)
  return TRUE;
#elif defined(__i386__)
  return __builtin_cpu_supports ("sse3") != 0; /* older ones fault at an unknown bit */
#else
  return FALSE;
#endif
}

/* Returns what genre_denormals_restore() is to be given. */
static inline guint64
genre_denormals_begin_zero (void)
{
  guint64 before = 0;
#if defined(__x86_64__) || defined(__i386__)
  guint32 control = 0;
  if (genre_denormals_can_be_zero ()) {
    __asm__ volatile("stmxcsr %0" : "=m"(control));
    before = control;
    control |= 1 << 15 | 1 << 6; /* results, operands */
    __asm__ volatile("ldmxcsr %0" : : "m"(control) : "memory");
  }
#elif defined(__aarch64__)
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | 1u << 24) : "memory");
#endif
  return before;
}

static inline void
genre_denormals_restore (guint64 before)
{
#if defined(__x86_64__) || defined(__i386__)
  const guint32 control = (guint32)before;
  if (genre_denormals_can_be_zero ())
    __asm__ volatile("ldmxcsr %0" : : "m"(control) : "memory");
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(before) : "memory");
#else
  (void)before;
#endif
}

G_END_DECLS
