/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A map of names; whatever it says, there is a name for every label, and what a model does not know
 * in it is said in words. */
#include "fuzz.h"
#include "tagging/namemap.h"

static void
check_faults (const NameMap *map)
{
  g_autoptr (GstStructure) genres =
      gst_structure_new ("genres", "hiphop", G_TYPE_STRING, "Hip-Hop", NULL);
  g_autoptr (GPtrArray) faults = name_map_find_faults (map, genres);
  for (guint i = 0; i < faults->len; i++)
    FUZZ_ASSERT (g_utf8_validate (faults->pdata[i], -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gst_init (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_auto (FuzzFile) file;
  fuzz_file_init (&file, data, size);
  NameMap *map = name_map_new_from_file (file.path, &error);
  FUZZ_ASSERT_SAID (map, error);
  const char *name = name_map_find (map, "hiphop", "Hip-Hop");
  FUZZ_ASSERT (name && g_utf8_validate (name, -1, NULL));
  if (map)
    check_faults (map);
  name_map_free (map);
  return 0;
}
