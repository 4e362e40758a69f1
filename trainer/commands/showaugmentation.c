/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-train show-augmentation: one excerpt as it is, and after each augmentation of a recipe. */
#include <math.h>
#include <string.h>
#include "command.h"
#include "learning/augment.h"
#include "learning/recipe.h"
#include "measuring/pictures.h"
#include "options.h"
#include "segment.h"
#include "translation.h"

#define NAME "show-augmentation"
#define DRAWS 24 /* of which the one is shown that shows most */
#define MAX_PANELS 16

typedef struct {
  char *data, *recipe, *clip, *partner, *output;
  char **settings;
  int seed;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->data);
  g_free (options->recipe);
  g_free (options->clip);
  g_free (options->partner);
  g_free (options->output);
  g_strfreev (options->settings);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const char summary[] = N_ (
    "Draws a segment of one clip as it is, after each augmentation of the recipe by itself, and\n"
    "after all of them together, as training would show it to the network.");

static const char description[] = N_ (
    "Of several random draws, the one that changes most is shown. Augmentations that the recipe\n"
    "switches off are left out, and so are announcers, for whom training has the background.\n\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line.\n\n"
    "Example:\n"
    "  genre-train show-augmentation --data spectrograms --clip rock.00012 --output "
    "augmented.png\n");

static gboolean
parse_options (Options *o, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
      GENRE_OPTION_DATA (&o->data),
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, N_ ("Picture to write (PNG)"),
       N_ ("FILE")},
      {"clip", 'c', 0, G_OPTION_ARG_STRING, &o->clip, N_ ("Clip to show (default: the first)"),
       N_ ("STEM")},
      {"partner", 'p', 0, G_OPTION_ARG_STRING, &o->partner,
       N_ ("Clip to mix in (default: the first of another genre)"), N_ ("STEM")},
      GENRE_OPTION_RECIPE (&o->recipe, N_ ("Settings, as those of train")),
      GENRE_OPTION_SET (&o->settings,
                        N_ ("Change one setting, e.g. augmentation.shift=5 (may be repeated)")),
      {"seed", 0, 0, G_OPTION_ARG_INT, &o->seed, N_ ("Other numbers draw otherwise"), N_ ("N")},
      {0},
  };
  g_autoptr (GOptionContext) context =
      genre_command_context (NAME, N_ ("--data DIR --output FILE"), summary, description, entries);
  return genre_command_parse (context, argc, argv);
}

typedef struct {
  const GenreRecipe *recipe;
  GenreFrontEndConfig front_end;
  const GenreClip *clip, *partner;
  guint frames, bands, seed;
  gsize n;
  float *plain; /* (frames, bands), dB under the loudest */
  GenrePanel panels[MAX_PANELS];
  guint n_panels;
} Show;

static void
show_clear (Show *show)
{
  for (guint i = 0; i < show->n_panels; i++) {
    g_free ((char *)show->panels[i].title);
    g_free ((float *)show->panels[i].values);
  }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Show, show_clear)

/* Takes @title and @values. */
static void
add_panel (Show *show, char *title, float *values)
{
  show->panels[show->n_panels++] = (GenrePanel){title, values, show->frames, show->bands};
}

/* As the network is shown it, but in dB under the loudest value. */
static void
floor_values (float *decibels, gsize n)
{
  float highest = decibels[0];
  for (gsize i = 1; i < n; i++)
    highest = MAX (highest, decibels[i]);
  for (gsize i = 0; i < n; i++)
    decibels[i] = MAX (decibels[i] - highest, -GENRE_SEGMENT_RANGE_DB);
}

/* From the middle of the clip on, with just enough frames for @recipe to stretch. */
static void
read_excerpt (const Show *show, const GenreRecipe *recipe, const GenreClip *clip,
              GenreRandom *random, float *decibels)
{
  guint needed = ceil (show->frames * (1 + (recipe ? recipe->stretch : 0)));
  guint first = clip->n_frames > needed ? (clip->n_frames - needed) / 2 : 0;
  GenreClip middle = *clip;
  middle.n_frames = MIN (needed, clip->n_frames);
  middle.levels = clip->levels + (gsize)first * show->bands;
  genre_augment_excerpt (recipe, &middle, GENRE_VIEW_ANY, show->bands, show->frames, random,
                         decibels);
  floor_values (decibels, show->n);
}

static double
distance (const float *a, const float *b, gsize n)
{
  double sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/* @recipe without any augmentation but @key, which becomes @value. */
static GenreRecipe *
isolate (const GenreRecipe *recipe, const char *key, double value)
{
  static const char *const keys[] = {"stretch",   "shift",       "equaliser", "band-limit",
                                     "noise",     "compression", "mixup",     "frequency-mask",
                                     "time-mask", "mastering",   "fade"};
  GenreRecipe *alone = genre_recipe_copy (recipe);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    gboolean wanted = strcmp (keys[i], key) == 0;
    g_ascii_dtostr (number, sizeof number, wanted ? value : 0);
    g_autofree char *assignment = g_strdup_printf ("augmentation.%s=%s", keys[i], number);
    genre_recipe_set (alone, assignment, NULL);
  }
  return alone;
}

/* Changes @values (frames, bands), as drawn from @random. */
typedef void (*Augment) (const Show *show, const GenreRecipe *recipe, GenreRandom *random,
                         float *values);

static void
augment_excerpt (const Show *show, const GenreRecipe *recipe, GenreRandom *random, float *values)
{
  read_excerpt (show, recipe, show->clip, random, values);
}

/* The network sees masks at its mean, 0. */
static void
augment_mask (const Show *show, const GenreRecipe *recipe, GenreRandom *random, float *values)
{
  g_autofree float *open = g_new (float, show->n);
  double sum = 0;
  for (gsize i = 0; i < show->n; i++) {
    open[i] = 1;
    sum += values[i];
  }
  genre_augment_mask (recipe, show->frames, show->bands, random, open);
  for (gsize i = 0; i < show->n; i++)
    values[i] = open[i] > 0 ? values[i] : sum / show->n;
}

static void
augment_fully (const Show *show, const GenreRecipe *recipe, GenreRandom *random, float *values)
{
  augment_excerpt (show, recipe, random, values);
  augment_mask (show, recipe, random, values);
}

static void
add_draw (Show *show, const GenreRecipe *recipe, Augment augment, char *title)
{
  float *best = g_new (float, show->n);
  g_autofree float *values = g_new (float, show->n);
  double furthest = -1;
  for (guint draw = 0; draw < DRAWS; draw++) {
    GenreRandom random = genre_random_keyed (show->seed, draw, 0, 0);
    memcpy (values, show->plain, show->n * sizeof *values);
    augment (show, recipe, &random, values);
    double far = distance (values, show->plain, show->n);
    if (far > furthest)
      memcpy (best, values, show->n * sizeof *values);
    furthest = MAX (furthest, far);
  }
  add_panel (show, title, best);
}

static void add_alone (Show *show, const char *key, double value, Augment augment,
                       const char *format, ...) G_GNUC_PRINTF (5, 6);

/* @value 0: switched off, no panel. */
static void
add_alone (Show *show, const char *key, double value, Augment augment, const char *format, ...)
{
  if (value == 0)
    return;
  va_list arguments;
  va_start (arguments, format);
  char *title = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autoptr (GenreRecipe) alone = isolate (show->recipe, key, value);
  add_draw (show, alone, augment, title);
}

/* What training mixes is normalised; in dB the same mixture, at half and half. */
static void
add_mixup (Show *show)
{
  if (show->recipe->mixup == 0)
    return;
  GenreRandom random = genre_random_keyed (show->seed, 0, 0, 0);
  float *values = g_new (float, show->n);
  read_excerpt (show, NULL, show->partner, &random, values);
  for (gsize i = 0; i < show->n; i++)
    values[i] = 0.5f * (values[i] + show->plain[i]);
  floor_values (values, show->n);
  add_panel (show, g_strdup_printf ("Mixed half and half with %s", show->partner->stem), values);
}

static void
add_panels (Show *show)
{
  const GenreRecipe *r = show->recipe;
  GenreRandom random = genre_random_keyed (show->seed, 0, 0, 0);
  float *plain = g_new (float, show->n);
  read_excerpt (show, NULL, show->clip, &random, plain);
  show->plain = plain;
  add_panel (show, g_strdup_printf ("As it is: %s", show->clip->stem), plain);
  add_alone (show, "stretch", r->stretch, augment_excerpt, "Time stretch, up to ± %.0f %%",
             100 * r->stretch);
  add_alone (show, "shift", r->shift, augment_excerpt, "Pitch shift, up to ± %g bands", r->shift);
  add_alone (show, "equaliser", r->equaliser, augment_excerpt, "Random equaliser, deviation %g dB",
             r->equaliser);
  add_alone (show, "compression", r->compression, augment_excerpt,
             "Dynamics scaled, up to ± %.0f %%", 100 * r->compression);
  add_alone (show, "mastering", r->mastering > 0, augment_excerpt,
             "Mastering, loud and flat, with probability %g", r->mastering);
  add_alone (show, "band-limit", r->band_limit > 0, augment_excerpt,
             "Low-pass and high-pass, each with probability %g", r->band_limit);
  add_alone (show, "fade", r->fade > 0, augment_excerpt, "Fade in or out, with probability %g",
             r->fade);
  add_alone (show, "noise", r->noise > 0, augment_excerpt, "Noise floor, with probability %g",
             r->noise);
  add_alone (show, "frequency-mask", r->masks ? r->frequency_mask : 0, augment_mask,
             "Frequency masks, %u of up to %u bands", r->masks, r->frequency_mask);
  add_alone (show, "time-mask", r->masks ? r->time_mask : 0, augment_mask,
             "Time masks, %u of up to %u frames", r->masks, r->time_mask);
  add_mixup (show);
  add_draw (show, r, augment_fully, g_strdup ("All but mixup and announcers together"));
}

/* The clip called @stem; the first one of a genre other than @label that fills a segment where
 * @stem is NULL. */
static const GenreClip *
find_clip (const GenreDataset *dataset, const char *stem, guint label, guint segment_frames,
           GError **error)
{
  for (guint i = 0; i < dataset->clips->len; i++) {
    const GenreClip *clip = g_ptr_array_index (dataset->clips, i);
    if (stem ? strcmp (clip->stem, stem) != 0
             : clip->label == label || clip->n_frames < segment_frames)
      continue;
    if (clip->n_frames >= segment_frames)
      return clip;
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%s: %u frames, expected at least the %u of a segment", clip->stem, clip->n_frames,
                 segment_frames);
    return NULL;
  }
  if (stem)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA, "there is no clip \"%s\" in the data", stem);
  else
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "no clip of %sgenre has the %u frames of a segment",
                 label < dataset->n_labels ? "another " : "any ", segment_frames);
  return NULL;
}

/* Where nothing is mixed in, nobody has to be there; who is named has to all the same. */
static gboolean
find_partner (Show *show, const GenreDataset *dataset, const char *stem, GError **error)
{
  if (stem || show->recipe->mixup > 0)
    show->partner = find_clip (dataset, stem, show->clip->label, show->frames, error);
  return show->partner || (!stem && show->recipe->mixup == 0);
}

static gboolean
show_augmentation (const Options *o, GError **error)
{
  const char *const outputs[] = {o->output};
  char *const inputs[] = {o->recipe, NULL};
  if (!genre_command_check_picture (o->output, error) ||
      !genre_command_check_apart (outputs, G_N_ELEMENTS (outputs), inputs, error))
    return FALSE;
  g_autoptr (GenreRecipe) recipe = genre_recipe_compose (o->recipe, o->settings, error);
  g_autoptr (GenreDataset) dataset = recipe ? genre_dataset_load (o->data, error) : NULL;
  if (!dataset)
    return FALSE;
  g_auto (Show) show = {.recipe = recipe, .front_end = dataset->front_end, .seed = (guint)o->seed};
  show.frames = recipe->segment_frames;
  show.clip = find_clip (dataset, o->clip, dataset->n_labels, show.frames, error);
  if (!show.clip || !find_partner (&show, dataset, o->partner, error))
    return FALSE;
  show.bands = dataset->front_end.bands;
  show.n = (gsize)show.frames * show.bands;
  add_panels (&show);
  if (recipe->announcer > 0)
    g_printerr (_ ("augmentation.announcer=%g is not drawn: it lays background over the music\n"),
                recipe->announcer);
  return genre_picture_spectrograms (show.panels, show.n_panels, &show.front_end,
                                     -GENRE_SEGMENT_RANGE_DB, 0, o->output, error);
}

int
genre_command_show_augmentation (int argc, char **argv)
{
  g_auto (Options) options = {0};
  if (!parse_options (&options, &argc, &argv))
    return GENRE_EXIT_USAGE;
  if (argc > 1)
    return genre_command_usage (NAME, _ ("unexpected argument \"%s\""), argv[1]);
  if (!options.data || !options.output)
    return genre_command_usage (NAME, _ ("--data and --output are needed"));
  if (!genre_command_check_settings (NAME, options.settings))
    return GENRE_EXIT_USAGE;
  g_autoptr (GError) error = NULL;
  return show_augmentation (&options, &error) ? GENRE_EXIT_OK : genre_command_fail (NAME, error);
}
