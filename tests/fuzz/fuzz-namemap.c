/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A map of names; whatever it says, there is a name for every label. */
#include "fuzz.h"
#include "tagging/namemap.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_auto (FuzzFile) file;
  fuzz_file_init (&file, data, size);
  NameMap *map = name_map_new_from_file (file.path, &error);
  FUZZ_ASSERT_SAID (map, error);
  const char *name = name_map_find (map, "hiphop", "Hip-Hop");
  FUZZ_ASSERT (name && g_utf8_validate (name, -1, NULL));
  if (map)
    name_map_free (map);
  return 0;
}
