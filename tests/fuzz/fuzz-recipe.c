/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recipe; what is read is written as text that reads as the same. */
#include "fuzz.h"
#include "learning/architecture.h"
#include "learning/recipe.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *given = g_strndup ((const char *)data, size);
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  const gboolean read = genre_recipe_parse (recipe, given, "fuzz", &error);
  FUZZ_ASSERT_SAID (read, error);
  if (!read)
    return 0;
  g_autofree char *text = genre_recipe_to_text (recipe);
  g_autoptr (GenreRecipe) again = genre_recipe_new ();
  FUZZ_ASSERT (genre_recipe_parse (again, text, "written", &error));
  g_autofree char *text_again = genre_recipe_to_text (again);
  FUZZ_ASSERT (g_str_equal (text, text_again));
  if (genre_recipe_check (recipe, NULL) && !g_strrstr (recipe->architecture, "/")) {
    g_autofree char *description = genre_architecture_describe (recipe, 3, &error);
    FUZZ_ASSERT_SAID (description, error);
  }
  return 0;
}
