/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <genre/genre.h>
#include <locale.h>

/* classify FILE: the genre of samples in a file, 32-bit floats at 44,100 Hz, two channels */
int
main (int argc, char **argv)
{
  setlocale (LC_CTYPE, ""); /* of what a message says */
  if (argc != 2) {
    g_printerr ("usage: classify FILE\n");
    return 2;
  }
  g_autoptr (GError) error = NULL;
  g_autofree char *samples = NULL;
  gsize size;
  g_autoptr (GenreModel) model = genre_model_load_default (&error);
  g_autoptr (GenreAnswer) answer = NULL;
  if (model && g_file_get_contents (argv[1], &samples, &size, &error))
    answer = genre_model_classify (model, (const float *)(gpointer)samples, size / sizeof (float),
                                   44100, 2, &error);
  if (!answer) {
    g_printerr ("classify: %s\n", error->message);
    return 1;
  }
  g_print ("%s %.6f %.6f\n", genre_answer_get_genre (answer), genre_answer_get_confidence (answer),
           genre_answer_get_music (answer));
  return 0;
}
