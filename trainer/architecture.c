/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "architecture.h"
#include "files.h"
#include <stdio.h>
#include <string.h>

#define MAX_STAGES 16

typedef struct {
  guint n_stages;
  guint widths[MAX_STAGES];
} Stages;

static gboolean
parse_widths (const GenreRecipe *recipe, Stages *stages, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (recipe->widths, ",", -1);
  guint n = g_strv_length (parts);
  gboolean good = n >= 1 && n <= MAX_STAGES;
  for (guint i = 0; good && i < n; i++) {
    guint64 width;
    good = g_ascii_string_to_unsigned (g_strstrip (parts[i]), 10, 1, 4096, &width, NULL);
    if (good)
      stages->widths[i] = width;
  }
  stages->n_stages = n;
  if (!good)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "model.widths is \"%s\", expected 1 to %d numbers from 1 to 4096, separated by "
                 "commas",
                 recipe->widths, MAX_STAGES);
  return good;
}

static void append_layer (GString *text, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
append_layer (GString *text, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  if (text->len && text->str[text->len - 1] != '[')
    g_string_append (text, ",");
  g_string_append (text, "{\"type\":");
  g_string_append_vprintf (text, format, arguments);
  g_string_append (text, "}");
  va_end (arguments);
}

static void
append_conv (GString *text, guint channels, guint kernel, guint stride)
{
  append_layer (text, "\"conv2d\",\"channels\":%u,\"kernel\":%u,\"stride\":%u", channels, kernel,
                stride);
  append_layer (text, "\"batch-norm\"");
}

static void
append_cnn (GString *text, const GenreRecipe *recipe, const Stages *stages)
{
  for (guint i = 0; i < stages->n_stages; i++) {
    for (guint block = 0; block < recipe->depth; block++) {
      append_conv (text, stages->widths[i], 3, 1);
      append_layer (text, "\"relu\"");
    }
    if (i + 1 < stages->n_stages)
      append_layer (text, "\"max-pool\",\"size\":2");
  }
}

static void
append_residual_block (GString *text, guint from, guint to)
{
  g_autoptr (GString) body = g_string_new ("[");
  append_conv (body, to, 3, 1);
  append_layer (body, "\"relu\"");
  append_conv (body, to, 3, 1);
  g_autoptr (GString) shortcut = g_string_new ("");
  if (from != to) {
    g_string_append (shortcut, ",\"shortcut\":[");
    append_conv (shortcut, to, 1, 1);
    g_string_append (shortcut, "]");
  }
  append_layer (text, "\"residual\",\"body\":%s]%s", body->str, shortcut->str);
  append_layer (text, "\"relu\"");
}

static void
append_resnet (GString *text, const GenreRecipe *recipe, const Stages *stages)
{
  guint from = stages->widths[0];
  append_conv (text, from, 5, 2);
  append_layer (text, "\"relu\"");
  for (guint i = 0; i < stages->n_stages; i++) {
    append_layer (text, "\"max-pool\",\"size\":2");
    for (guint block = 0; block < recipe->depth; block++) {
      append_residual_block (text, from, stages->widths[i]);
      from = stages->widths[i];
    }
  }
}

/* Where values are many, activation and batch-norm cost as much as a convolution: hence none after
 * the last one of a block (Sandler et al. 2018, "linear bottlenecks"). */
static void
append_inverted_block (GString *text, guint from, guint to, guint expansion, guint kernel,
                       guint stride)
{
  g_autoptr (GString) body = g_string_new ("[");
  if (expansion > 1) {
    append_conv (body, from * expansion, 1, 1);
    append_layer (body, "\"silu\"");
  }
  append_layer (body, "\"depthwise\",\"kernel\":%u,\"stride\":%u", kernel, stride);
  append_layer (body, "\"batch-norm\"");
  append_layer (body, "\"silu\"");
  append_layer (body, "\"squeeze-excitation\",\"reduction\":%u", 4 * expansion);
  append_conv (body, to, 1, 1);
  if (from == to && stride == 1)
    append_layer (text, "\"residual\",\"body\":%s]", body->str);
  else
    g_string_append_printf (text, ",%s", body->str + 1);
}

/* The first stage has the stem's resolution and is not expanded, as in the paper. */
static void
append_efficientnet (GString *text, const GenreRecipe *recipe, const Stages *stages)
{
  guint from = stages->widths[0];
  append_conv (text, from, 3, 2);
  append_layer (text, "\"silu\"");
  for (guint i = 0; i < stages->n_stages; i++) {
    guint kernel = i % 2 ? 5 : 3, expansion = i ? recipe->expansion : 1;
    for (guint block = 0; block < recipe->depth; block++) {
      append_inverted_block (text, from, stages->widths[i], expansion, kernel, i && !block ? 2 : 1);
      from = stages->widths[i];
    }
  }
}

static char *
read_description (const GenreRecipe *recipe, GError **error)
{
  if (!g_file_test (recipe->architecture, G_FILE_TEST_EXISTS)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "model.architecture is \"%s\", expected cnn, resnet, efficientnet or a file with "
                 "a description",
                 recipe->architecture);
    return NULL;
  }
  return genre_file_read_text (recipe->architecture, 1 << 20, error);
}

char *
genre_architecture_describe (const GenreRecipe *recipe, guint n_labels, GError **error)
{
  static const struct {
    const char *name;
    void (*append) (GString *text, const GenreRecipe *recipe, const Stages *stages);
  } architectures[] = {
      {"cnn", append_cnn}, {"resnet", append_resnet}, {"efficientnet", append_efficientnet}};
  Stages stages;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++) {
    if (strcmp (recipe->architecture, architectures[i].name) != 0)
      continue;
    if (!parse_widths (recipe, &stages, error))
      return NULL;
    GString *text = g_string_new ("[");
    if (recipe->mean_subtraction > 0)
      append_layer (text, "\"mean-subtraction\",\"share\":%s",
                    g_ascii_formatd (number, sizeof number, "%.6g", recipe->mean_subtraction));
    architectures[i].append (text, recipe, &stages);
    append_layer (text, "\"statistics-pool\"");
    append_layer (text, "\"dropout\",\"rate\":%s",
                  g_ascii_formatd (number, sizeof number, "%.6g", recipe->dropout));
    append_layer (text, "\"dense\",\"outputs\":%u", n_labels);
    return g_string_free (g_string_append (text, "]"), FALSE);
  }
  return read_description (recipe, error);
}
