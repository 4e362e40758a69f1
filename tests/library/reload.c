/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reload LIBRARY: a program that loads libgenre when it wants a genre and lets go of it afterwards,
 * as hosts do with their plugins, and then wants another one. */
#include <dlfcn.h>
#include <glib-object.h>
#include <stdlib.h>

typedef gpointer (*LoadFunc) (GError **error);
typedef gpointer (*NewFunc) (gpointer model, guint rate, guint channels, GError **error);
typedef void (*UnrefFunc) (gpointer model);

static gpointer
find (gpointer library, const char *name)
{
  gpointer function = dlsym (library, name);
  if (!function)
    g_error ("no %s in the library", name);
  return function;
}

static void
use (const char *path)
{
  gpointer library = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    g_error ("%s", dlerror ());
  g_autoptr (GError) error = NULL;
  gpointer model = ((LoadFunc)find (library, "genre_model_load_default")) (&error);
  gpointer classifier =
      model ? ((NewFunc)find (library, "genre_classifier_new")) (model, 8000, 1, &error) : NULL;
  if (!classifier)
    g_error ("%s", error->message);
  g_object_unref (classifier);
  ((UnrefFunc)find (library, "genre_model_unref")) (model);
  dlclose (library);
}

int
main (int argc, char **argv)
{
  if (argc != 2)
    return EXIT_FAILURE;
  for (guint i = 0; i < 3; i++)
    use (argv[1]);
  return EXIT_SUCCESS;
}
