/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "representation.h"

static const GenreRepresentationTraits all[] = {
    [GENRE_REPRESENTATION_MEL] = {"mel", genre_filter_bank_new_mel, genre_mel_from_hertz, FALSE,
                                  FALSE, GENRE_REPRESENTATION_MEL},
    [GENRE_REPRESENTATION_LINEAR] = {"linear", genre_filter_bank_new_linear, NULL, TRUE, FALSE,
                                     GENRE_REPRESENTATION_LINEAR},
    [GENRE_REPRESENTATION_MFCC] = {"mfcc", genre_filter_bank_new_mel, genre_mel_from_hertz, FALSE,
                                   TRUE, GENRE_REPRESENTATION_MEL},
};

const GenreRepresentationTraits *
genre_representation_get_traits (GenreRepresentation which)
{
  return (guint)which < G_N_ELEMENTS (all) ? &all[which] : NULL;
}

gboolean
genre_representation_from_name (const char *name, GenreRepresentation *which)
{
  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    if (g_strcmp0 (name, all[i].name) == 0) {
      *which = (GenreRepresentation)i;
      return TRUE;
    }
  }
  return FALSE;
}

char *
genre_representation_list_names (void)
{
  GString *list = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_string_append_printf (list, "%s\"%s\"",
                            i == 0                       ? ""
                            : i + 1 < G_N_ELEMENTS (all) ? ", "
                                                         : " or ",
                            all[i].name);
  return g_string_free (list, FALSE);
}
