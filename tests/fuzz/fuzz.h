/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every fuzz target shares. Built with -Dfuzz=true (Clang), a target is a libFuzzer program;
 * built without, replay.c gives it the files of its corpus, one after the other, as a test. */
#pragma once
#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A regular file with this content and no name, for what reads paths: "/proc/self/fd/7". It is gone
 * with fuzz_file_clear(). */
typedef struct {
  int descriptor;
  char path[32];
} FuzzFile;

void fuzz_file_init (FuzzFile *file, const uint8_t *data, size_t size);
void fuzz_file_clear (FuzzFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FuzzFile, fuzz_file_clear)

/* Ends the process with a message, so that the fuzzer keeps the input, unless @condition holds. */
#define FUZZ_ASSERT(condition)                                                                     \
  do {                                                                                             \
    if (!(condition))                                                                              \
      g_error ("%s:%d: %s does not hold", __FILE__, __LINE__, #condition);                         \
  } while (0)

/* Either it worked or it said why. */
#define FUZZ_ASSERT_SAID(result, error) FUZZ_ASSERT (!!(result) == !(error))
