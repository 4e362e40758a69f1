/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A change of a file as a worker tells it, one line; what is read is written as text that reads as
 * the same. */
#include "fuzz.h"
#include "jsonline.h"
#include "tagging/change.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *line = g_strndup ((const char *)data, size);
  g_autoptr (JsonObject) object = json_line_parse (line);
  g_autoptr (Change) change = object ? change_from_json (object) : NULL;
  if (!change)
    return 0;
  g_autoptr (JsonObject) told = change_to_json (change);
  g_autofree char *text = json_line_new (told);
  g_autoptr (JsonObject) object_again = json_line_parse (text);
  FUZZ_ASSERT (object_again);
  g_autoptr (Change) again = change_from_json (object_again);
  FUZZ_ASSERT (again);
  g_autoptr (JsonObject) told_again = change_to_json (again);
  g_autofree char *text_again = json_line_new (told_again);
  FUZZ_ASSERT (g_str_equal (text, text_again));
  return 0;
}
