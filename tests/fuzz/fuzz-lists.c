/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of clips and tables of artists beside a data set of two clips. The first byte says which.
 */
#include "data/dataset.h"
#include "data/npy.h"
#include "fuzz.h"
#include <glib/gstdio.h>
#include <stdlib.h>

#define BANDS 128

static char *folder;

static void
make_clip (const char *genre, const char *stem)
{
  guint8 levels[200 * BANDS];
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    levels[i] = (guint8)(i * 7);
  g_autofree char *inner = g_build_filename (folder, genre, NULL);
  g_autofree char *path = g_strdup_printf ("%s/%s.npy", inner, stem);
  FUZZ_ASSERT (g_mkdir_with_parents (inner, 0700) == 0);
  FUZZ_ASSERT (genre_npy_save (path, GENRE_NPY_UINT8, 200, BANDS, levels, NULL));
}

static void
remove_folder (void)
{
  for (const char *const *name =
           (const char *const[]){"blues/one.npy", "rock/two.npy", "blues", "rock", "", NULL};
       *name; name++) {
    g_autofree char *path = g_build_filename (folder, *name, NULL);
    g_remove (path);
  }
}

static GenreDataset *
load (void)
{
  if (!folder) {
    folder = g_dir_make_tmp ("fuzz-lists.XXXXXX", NULL);
    FUZZ_ASSERT (folder);
    make_clip ("blues", "one");
    make_clip ("rock", "two");
    atexit (remove_folder);
  }
  return genre_dataset_load (folder, NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreDataset) dataset = load ();
  FUZZ_ASSERT (dataset);
  g_auto (FuzzFile) file;
  fuzz_file_init (&file, data + 1, size - 1);
  if (data[0] % 2 == 0) {
    g_autoptr (GPtrArray) clips = genre_dataset_select (dataset, file.path, &error);
    FUZZ_ASSERT_SAID (clips, error);
    FUZZ_ASSERT (!clips || clips->len <= dataset->clips->len);
  } else {
    const gboolean read = genre_dataset_load_artists (dataset, file.path, &error);
    FUZZ_ASSERT_SAID (read, error);
  }
  return 0;
}
