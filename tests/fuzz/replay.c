/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay FILE|FOLDER...: a fuzz target without a fuzzer. Every file is one input; a folder stands
 * for the files in it. What was once found stays found: corpora are run by every build. */
#include "fuzz.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static guint n_inputs;

static void
replay (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  if (folder) {
    for (const char *name; (name = g_dir_read_name (folder));) {
      g_autofree char *inner = g_build_filename (path, name, NULL);
      replay (inner);
    }
    return;
  }
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  if (!g_file_get_contents (path, &content, &size, &error))
    g_error ("%s", error->message);
  /* of exactly this size, so that AddressSanitizer sees whoever reads on */
  uint8_t *data = malloc (size);
  memcpy (data, content, size);
  fprintf (stderr, "%s\n", path);
  LLVMFuzzerTestOneInput (data, size);
  free (data);
  n_inputs++;
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    replay (argv[i]);
  printf ("%u inputs\n", n_inputs);
  return n_inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
