/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON out of files: what is read can be written and read again, and is then the same. */
#include "fuzz.h"
#include "json.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = genre_json_parse ((const char *)data, (gssize)size, "fuzz", &error);
  FUZZ_ASSERT_SAID (node, error);
  if (!node)
    return 0;
  for (gboolean indented = FALSE; indented <= TRUE; indented++) {
    g_autofree char *text = genre_json_to_string (node, indented);
    g_autoptr (JsonNode) again = genre_json_parse (text, -1, "written", &error);
    FUZZ_ASSERT (again);
    g_autofree char *text_again = genre_json_to_string (again, indented);
    FUZZ_ASSERT (g_str_equal (text, text_again));
  }
  return 0;
}
