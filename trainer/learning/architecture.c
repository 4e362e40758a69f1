/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "architecture.h"
#include "files.h"
#include <stdio.h>
#include <string.h>

#define MAX_STAGES 16

typedef struct {
  guint n_stages;
  guint widths[MAX_STAGES];
  guint pools[MAX_STAGES][2]; /* frames, features */
  guint stem_stride[2];
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

/* "2x4" or, for both, "2" */
static gboolean
parse_pair (const char *text, guint pair[2])
{
  g_auto (GStrv) parts = g_strsplit (text, "x", -1);
  guint n = g_strv_length (parts);
  for (guint i = 0; i < 2 && (n == 1 || n == 2); i++) {
    guint64 value;
    if (!g_ascii_string_to_unsigned (g_strstrip (parts[MIN (i, n - 1)]), 10, 1, 15, &value, NULL))
      return FALSE;
    pair[i] = value;
  }
  return n == 1 || n == 2;
}

/* The last one given serves all further stages, too. */
static gboolean
parse_pools (const GenreRecipe *recipe, Stages *stages, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (recipe->pools, ",", -1);
  guint n = g_strv_length (parts);
  gboolean good = n >= 1;
  if (n > stages->n_stages) {
    g_autofree char *hint = genre_recipe_say_default (recipe, "model.pools");
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "model.pools is \"%s\", of %u parts, expected at most as many as model.widths, "
                 "\"%s\", has%s",
                 recipe->pools, n, recipe->widths, hint);
    return FALSE;
  }
  for (guint i = 0; good && i < stages->n_stages; i++)
    good = parse_pair (parts[MIN (i, n - 1)], stages->pools[i]);
  if (!good)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "model.pools is \"%s\", expected 1 to %u of frames x features, such as 2x4 or 2, "
                 "each from 1 to 15, separated by commas",
                 recipe->pools, stages->n_stages);
  return good;
}

static gboolean
parse_stem_stride (const GenreRecipe *recipe, Stages *stages, GError **error)
{
  if (parse_pair (recipe->stem_stride, stages->stem_stride))
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "model.stem-stride is \"%s\", expected frames x features, such as 1x2 or 2, each "
               "from 1 to 15",
               recipe->stem_stride);
  return FALSE;
}

static gboolean
parse_stages (const GenreRecipe *recipe, Stages *stages, GError **error)
{
  return parse_widths (recipe, stages, error) && parse_pools (recipe, stages, error) &&
         parse_stem_stride (recipe, stages, error);
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

/* One number where frames and features are alike: the network's description stays what it was. */
static char *
pair_text (const guint pair[2])
{
  return pair[0] == pair[1] ? g_strdup_printf ("%u", pair[0])
                            : g_strdup_printf ("[%u,%u]", pair[0], pair[1]);
}

static void
append_conv (GString *text, guint channels, guint kernel, const guint stride[2])
{
  g_autofree char *steps = pair_text (stride);
  append_layer (text, "\"conv2d\",\"channels\":%u,\"kernel\":%u,\"stride\":%s", channels, kernel,
                steps);
  append_layer (text, "\"batch-norm\"");
}

static void
append_pool (GString *text, const guint size[2])
{
  g_autofree char *window = pair_text (size);
  if (size[0] * size[1] > 1)
    append_layer (text, "\"max-pool\",\"size\":%s", window);
}

static const guint one[2] = {1, 1};

static void
append_cnn (GString *text, const GenreRecipe *recipe, const Stages *stages)
{
  for (guint i = 0; i < stages->n_stages; i++) {
    for (guint block = 0; block < recipe->depth; block++) {
      append_conv (text, stages->widths[i], 3, one);
      append_layer (text, "\"relu\"");
    }
    if (i + 1 < stages->n_stages)
      append_pool (text, stages->pools[i]);
  }
  append_layer (text, "\"statistics-pool\"");
}

static void
append_residual_block (GString *text, guint from, guint to)
{
  g_autoptr (GString) body = g_string_new ("[");
  append_conv (body, to, 3, one);
  append_layer (body, "\"relu\"");
  append_conv (body, to, 3, one);
  g_autoptr (GString) shortcut = g_string_new ("");
  if (from != to) {
    g_string_append (shortcut, ",\"shortcut\":[");
    append_conv (shortcut, to, 1, one);
    g_string_append (shortcut, "]");
  }
  append_layer (text, "\"residual\",\"body\":%s]%s", body->str, shortcut->str);
  append_layer (text, "\"relu\"");
}

static void
append_resnet (GString *text, const GenreRecipe *recipe, const Stages *stages)
{
  guint from = stages->widths[0];
  append_conv (text, from, 5, stages->stem_stride);
  append_layer (text, "\"relu\"");
  for (guint i = 0; i < stages->n_stages; i++) {
    append_pool (text, stages->pools[i]);
    for (guint block = 0; block < recipe->depth; block++) {
      append_residual_block (text, from, stages->widths[i]);
      from = stages->widths[i];
    }
  }
  append_layer (text, "\"statistics-pool\"");
}

/* Where values are many, activation and batch-norm cost as much as a convolution: hence none after
 * the last one of a block (Sandler et al. 2018, "linear bottlenecks"). */
static void
append_inverted_block (GString *text, guint from, guint to, guint expansion, guint kernel,
                       guint stride)
{
  g_autoptr (GString) body = g_string_new ("[");
  if (expansion > 1) {
    append_conv (body, from * expansion, 1, one);
    append_layer (body, "\"silu\"");
  }
  append_layer (body, "\"depthwise\",\"kernel\":%u,\"stride\":%u", kernel, stride);
  append_layer (body, "\"batch-norm\"");
  append_layer (body, "\"silu\"");
  append_layer (body, "\"squeeze-excitation\",\"reduction\":%u", 4 * expansion);
  append_conv (body, to, 1, one);
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
  append_conv (text, from, 3, stages->stem_stride);
  append_layer (text, "\"silu\"");
  for (guint i = 0; i < stages->n_stages; i++) {
    guint kernel = i % 2 ? 5 : 3, expansion = i ? recipe->expansion : 1;
    for (guint block = 0; block < recipe->depth; block++) {
      append_inverted_block (text, from, stages->widths[i], expansion, kernel, i && !block ? 2 : 1);
      from = stages->widths[i];
    }
  }
  append_layer (text, "\"statistics-pool\"");
}

/* A few hundred numbers of what the cepstrum does, and nothing but a dense layer behind them. */
static void
append_timbre (GString *text, const GenreRecipe *recipe, const Stages *stages)
{
  append_layer (text, "\"cepstrum\",\"coefficients\":%u", recipe->coefficients);
  append_layer (text, "\"covariance-pool\"");
  append_layer (text, "\"batch-norm\"");
}

static char *
read_description (const GenreRecipe *recipe, GError **error)
{
  if (g_file_test (recipe->architecture, G_FILE_TEST_EXISTS))
    return genre_file_read_text (recipe->architecture, 1 << 20, error);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "model.architecture is \"%s\", expected cnn, resnet, efficientnet, timbre or a "
               "file with a description",
               recipe->architecture);
  genre_recipe_blame (recipe, error);
  return NULL;
}

typedef struct {
  const char *name;
  void (*append) (GString *text, const GenreRecipe *recipe, const Stages *stages);
} Architecture;

/* NULL: its name is that of a file. */
static const Architecture *
find_architecture (const GenreRecipe *recipe)
{
  static const Architecture architectures[] = {{"cnn", append_cnn},
                                               {"resnet", append_resnet},
                                               {"efficientnet", append_efficientnet},
                                               {"timbre", append_timbre}};
  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++) {
    if (strcmp (recipe->architecture, architectures[i].name) == 0)
      return &architectures[i];
  }
  return NULL;
}

gboolean
genre_architecture_is_file (const GenreRecipe *recipe)
{
  return find_architecture (recipe) == NULL;
}

gboolean
genre_architecture_keep (GenreRecipe *recipe, GError **error)
{
  if (genre_architecture_is_file (recipe) && !recipe->description)
    recipe->description = read_description (recipe, error);
  return recipe->description || !genre_architecture_is_file (recipe);
}

void
genre_architecture_blame (const GenreRecipe *recipe, GError **error)
{
  if (!genre_architecture_is_file (recipe)) {
    genre_recipe_blame (recipe, error);
    return;
  }
  g_autofree char *name = g_filename_display_name (recipe->architecture);
  g_prefix_error (error, "%s: ", name);
}

char *
genre_architecture_describe (const GenreRecipe *recipe, guint n_labels, GError **error)
{
  const Architecture *architecture = find_architecture (recipe);
  Stages stages;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  if (!architecture)
    return recipe->description ? g_strdup (recipe->description) : read_description (recipe, error);
  if (!parse_stages (recipe, &stages, error)) {
    genre_recipe_blame (recipe, error);
    return NULL;
  }
  GString *text = g_string_new ("[");
  if (recipe->features > 0) {
    append_layer (text, "\"crop\",\"features\":%u", recipe->features);
    append_layer (text, "\"instance-norm\"");
  }
  if (recipe->mean_subtraction > 0)
    append_layer (text, "\"mean-subtraction\",\"share\":%s",
                  g_ascii_formatd (number, sizeof number, "%.6g", recipe->mean_subtraction));
  architecture->append (text, recipe, &stages);
  append_layer (text, "\"dropout\",\"rate\":%s",
                g_ascii_formatd (number, sizeof number, "%.6g", recipe->dropout));
  append_layer (text, "\"dense\",\"outputs\":%u", n_labels);
  return g_string_free (g_string_append (text, "]"), FALSE);
}
