/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A .npy file; what is read can be written, and is then read as the same. */
#include "data/npy.h"
#include "fuzz.h"
#include <string.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GenreNpy) array = genre_npy_parse (bytes, "fuzz", &error);
  FUZZ_ASSERT_SAID (array, error);
  if (!array)
    return 0;
  g_autofree char *path = g_strdup_printf ("%s/fuzz-npy.%d", g_get_tmp_dir (), getpid ());
  FUZZ_ASSERT (
      genre_npy_save (path, array->type, array->rows, array->columns, array->data, &error));
  g_autoptr (GenreNpy) again = genre_npy_load (path, &error);
  unlink (path);
  FUZZ_ASSERT (again && again->type == array->type);
  FUZZ_ASSERT (again->rows == array->rows && again->columns == array->columns);
  FUZZ_ASSERT (memcmp (again->data, array->data,
                       array->rows * array->columns * (array->type == GENRE_NPY_UINT8 ? 1 : 4)) ==
               0);
  return 0;
}
