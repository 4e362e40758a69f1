/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recipe.h"
#include "files.h"
#include "representation.h"
#include "running/suggestion.h"
#include <math.h>
#include <string.h>

typedef enum { COUNT, NUMBER, TEXT } Kind;

typedef struct {
  const char *group, *key;
  Kind kind;
  gsize offset;
  const char *fallback;
  double low, high; /* of a count or number */
  const char *what;
} Field;

#define FIELD(group, key, kind, member, fallback, low, high, what)                                 \
  {                                                                                                \
    group, key, kind, G_STRUCT_OFFSET (GenreRecipe, member), fallback, low, high, what             \
  }

/* clang-format off */
static const Field fields[] = {
  FIELD ("model", "architecture", TEXT, architecture, "cnn", 0, 0, "cnn, resnet, efficientnet, timbre or a file with a description"),
  FIELD ("model", "representation", TEXT, representation, "", 0, 0, "what of it the network sees: mfcc of mel, or mel of mfcc; empty: what the data set holds"),
  FIELD ("model", "widths", TEXT, widths, "32,64,96,128,160", 0, 0, "channels of each stage"),
  FIELD ("model", "depth", COUNT, depth, "1", 1, 16, "blocks in each stage (resnet, efficientnet)"),
  FIELD ("model", "stem-stride", TEXT, stem_stride, "2", 0, 0, "of the first convolution, frames x features: 1x2, or 2 (resnet, efficientnet)"),
  FIELD ("model", "pools", TEXT, pools, "2", 0, 0, "max-pooling before (resnet) or after (cnn) each stage, frames x features: 2x4,1x2,2"),
  FIELD ("model", "expansion", COUNT, expansion, "4", 1, 16, "of channels inside a block (efficientnet)"),
  FIELD ("model", "features", COUNT, features, "0", 0, 1025, "the lowest bands (or coefficients) that the network sees, normalised by themselves; 0: all"),
  FIELD ("model", "mean-subtraction", NUMBER, mean_subtraction, "0", 0, 1, "share of each band's mean over the segment to take away first"),
  FIELD ("model", "dropout", NUMBER, dropout, "0.3", 0, 0.95, "before the last layer"),
  FIELD ("model", "coefficients", COUNT, coefficients, "40", 1, 1025, "cepstral coefficients (mfcc, timbre)"),
  FIELD ("model", "segment-frames", COUNT, segment_frames, "128", 2, 4096, "frames that the network sees at once"),
  FIELD ("model", "segment-step", COUNT, segment_step, "64", 1, 4096, "frames between segments when classifying"),
  FIELD ("training", "epochs", COUNT, epochs, "120", 1, 100000, "in each, as many segments as whole mini-batches of clips, at least one"),
  FIELD ("training", "batch", COUNT, batch, "16", 2, 4096, "segments in a mini-batch"),
  FIELD ("training", "group", COUNT, group, "8", 2, 1024, "segments normalised together; divides batch"),
  FIELD ("training", "learning-rate", NUMBER, learning_rate, "0.002", 0, 10, "at the top of the schedule"),
  FIELD ("training", "weight-decay", NUMBER, weight_decay, "0.05", 0, 10, "decoupled, of weights only"),
  FIELD ("training", "warm-up", NUMBER, warm_up, "0.1", 0, 1, "share of the steps in which the learning rate rises"),
  FIELD ("training", "label-smoothing", NUMBER, label_smoothing, "0.05", 0, 0.9, "share of the target given to all genres"),
  FIELD ("training", "average-decay", NUMBER, average_decay, "0.995", 0, 0.999999, "of the weight average, per step; 0: no averaging"),
  FIELD ("training", "teacher-share", NUMBER, teacher_share, "0.7", 0, 1, "of the target that teachers decide, with --teacher"),
  FIELD ("training", "consistency", NUMBER, consistency, "0", 0, 1000, "weight of what mastering changes in the scores; each segment is shown twice for it, as recorded and mastered; 0: once"),
  FIELD ("training", "balance", TEXT, balance, "clips", 0, 0, "clips, genres or artists: what is drawn equally often"),
  FIELD ("training", "others", COUNT, others, "1", 1, 16, "draws of music of other genres (--other) to one of each genre, unless balance is clips"),
  FIELD ("training", "class-weights", NUMBER, class_weights, "0", 0, 1, "0: every clip counts alike … 1: every genre, of unequal folders"),
  FIELD ("training", "validate-every", COUNT, validate_every, "10", 1, 100000, "epochs between validations"),
  FIELD ("training", "patience", COUNT, patience, "0", 0, 100000, "validations without a better one before stopping; 0: never"),
  FIELD ("training", "seed", COUNT, seed, "1", 0, 4294967295.0, "of every random draw"),
  FIELD ("augmentation", "stretch", NUMBER, stretch, "0.1", 0, 0.5, "time stretched by up to ± this share"),
  FIELD ("augmentation", "shift", NUMBER, shift, "3", 0, 32, "pitch shifted by up to ± this many bands"),
  FIELD ("augmentation", "equaliser", NUMBER, equaliser, "4", 0, 40, "dB, deviation of a random smooth curve"),
  FIELD ("augmentation", "band-limit", NUMBER, band_limit, "0.2", 0, 1, "probability of a low-pass, and of a high-pass"),
  FIELD ("augmentation", "noise", NUMBER, noise, "0.1", 0, 1, "probability of a noise floor"),
  FIELD ("augmentation", "compression", NUMBER, compression, "0.2", 0, 0.9, "dynamics scaled by up to ± this share"),
  FIELD ("augmentation", "mastering", NUMBER, mastering, "0", 0, 1, "probability of bands limited, then all, as records after 2000 are"),
  FIELD ("augmentation", "mastering-compression", NUMBER, mastering_compression, "0", 0, 1, "share of mastering whose bands are compressed around one threshold instead"),
  FIELD ("augmentation", "fade", NUMBER, fade, "0", 0, 1, "probability of a fade in or out"),
  FIELD ("augmentation", "announcer", NUMBER, announcer, "0", 0, 1, "probability that background lies over music"),
  FIELD ("augmentation", "frequency-mask", COUNT, frequency_mask, "16", 0, 1024, "widest, bands"),
  FIELD ("augmentation", "time-mask", COUNT, time_mask, "24", 0, 4096, "widest, frames"),
  FIELD ("augmentation", "masks", COUNT, masks, "2", 0, 16, "of either kind"),
  FIELD ("augmentation", "mixup", NUMBER, mixup, "0.2", 0, 10, "Beta parameter; 0: off"),
  FIELD ("augmentation", "mixup-partner", TEXT, mixup_partner, "any", 0, 0, "any or genre: who may be mixed in"),
};
/* clang-format on */

static gboolean
set_value (GenreRecipe *recipe, const Field *field, const char *value, const char *where,
           GError **error)
{
  gpointer member = G_STRUCT_MEMBER_P (recipe, field->offset);
  if (field->kind == TEXT && strpbrk (value, "\r\n")) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s: %s.%s has a line break", where,
                 field->group, field->key);
    return FALSE;
  }
  if (field->kind == TEXT) {
    g_free (*(char **)member);
    *(char **)member = g_strstrip (g_strdup (value));
    g_clear_pointer (&recipe->description, g_free); /* may be of another architecture now */
    return TRUE;
  }
  char *end;
  double number = g_ascii_strtod (value, &end);
  if (end == value || *end || !(number >= field->low && number <= field->high) ||
      (field->kind == COUNT && number != floor (number))) {
    g_autofree char *range = field->kind == COUNT
                                 ? g_strdup_printf ("%.0f to %.0f", field->low, field->high)
                                 : g_strdup_printf ("%g to %g", field->low, field->high);
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "%s: %s.%s is \"%s\", expected a %snumber from %s", where, field->group,
                 field->key, value, field->kind == COUNT ? "whole " : "", range);
    return FALSE;
  }
  if (field->kind == COUNT)
    *(guint *)member = number;
  else
    *(double *)member = number;
  return TRUE;
}

static char *
get_value (const GenreRecipe *recipe, const Field *field)
{
  gconstpointer member = G_STRUCT_MEMBER_P (recipe, field->offset);
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  if (field->kind == TEXT)
    return g_strdup (*(char *const *)member);
  if (field->kind == COUNT)
    return g_strdup_printf ("%u", *(const guint *)member);
  for (int digits = 1; digits <= 17; digits++) { /* the shortest that reads back the same */
    g_autofree char *format = g_strdup_printf ("%%.%dg", digits);
    g_ascii_formatd (number, sizeof number, format, *(const double *)member);
    if (g_ascii_strtod (number, NULL) == *(const double *)member)
      break;
  }
  return g_strdup (number);
}

static void
mark_given (GenreRecipe *recipe, const Field *field)
{
  G_STATIC_ASSERT (G_N_ELEMENTS (fields) <= 64);
  recipe->given |= G_GUINT64_CONSTANT (1) << (field - fields);
}

static const Field *
find_field (const char *group, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    if (strcmp (fields[i].group, group) == 0 && strcmp (fields[i].key, key) == 0)
      return &fields[i];
  }
  return NULL;
}

/* "; did you mean \"training.epochs\"?" of a setting that there is not, or "". */
static char *
suggest (const char *group, const char *key)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *typed = g_strdup_printf ("%s.%s", group, key);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    g_ptr_array_add (names, g_strdup_printf ("%s.%s", fields[i].group, fields[i].key));
  g_ptr_array_add (names, NULL);
  return genre_suggestion_say (typed, (const char *const *)names->pdata);
}

GenreRecipe *
genre_recipe_new (void)
{
  GenreRecipe *recipe = g_new0 (GenreRecipe, 1);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    set_value (recipe, &fields[i], fields[i].fallback, "default", NULL);
  return recipe;
}

GenreRecipe *
genre_recipe_copy (const GenreRecipe *recipe)
{
  GenreRecipe *copy = g_memdup2 (recipe, sizeof *recipe);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    char **member = G_STRUCT_MEMBER_P (copy, fields[i].offset);
    if (fields[i].kind == TEXT)
      *member = g_strdup (*member);
  }
  copy->origin = g_strdup (recipe->origin);
  copy->description = g_strdup (recipe->description);
  return copy;
}

void
genre_recipe_free (GenreRecipe *recipe)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    if (fields[i].kind == TEXT)
      g_free (*(char **)G_STRUCT_MEMBER_P (recipe, fields[i].offset));
  }
  g_free (recipe->origin);
  g_free (recipe->description);
  g_free (recipe);
}

static gboolean
parse_group (GenreRecipe *recipe, GKeyFile *file, const char *group, const char *name,
             GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);
  for (char **key = keys; key && *key; key++) {
    const Field *field = find_field (group, *key);
    /* as it stands: a backslash is a backslash, on the command line, too */
    g_autofree char *value = g_key_file_get_value (file, group, *key, NULL);
    if (!field || !value) {
      g_autofree char *meant = suggest (group, *key);
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s: there is no setting %s.%s%s", name,
                   group, *key, meant);
      return FALSE;
    }
    if (!set_value (recipe, field, g_strstrip (value), name, error))
      return FALSE;
    mark_given (recipe, field);
  }
  return TRUE;
}

/* Of two lines for one setting GKeyFile takes the last without a word, and people read the first.
 */
static gboolean
check_unique (const char *text, const char *name, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *group = "";
  for (guint i = 0; lines[i]; i++) {
    char *line = g_strstrip (lines[i]), *equals = strchr (line, '=');
    if (*line == '[') {
      line[strcspn (line, "]")] = '\0';
      group = line + 1;
    }
    if (*line == '[' || *line == '#' || !equals)
      continue;
    *equals = '\0';
    g_autofree char *setting = g_strdup_printf ("%s.%s", group, g_strchomp (line));
    char *value = g_strchug (equals + 1);
    const char *before = g_hash_table_lookup (values, setting);
    if (before) {
      g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                   "%s, line %u: %s is \"%s\" here and \"%s\" above, expected once", name, i + 1,
                   setting, value, before);
      return FALSE;
    }
    g_hash_table_insert (values, g_steal_pointer (&setting), value);
  }
  return TRUE;
}

gboolean
genre_recipe_parse (GenreRecipe *recipe, const char *text, const char *name, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) fault = NULL;
  if (!g_key_file_load_from_data (file, text, -1, G_KEY_FILE_NONE, &fault)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: not a recipe: %s", name,
                 fault->message);
    return FALSE;
  }
  if (!check_unique (text, name, error))
    return FALSE;
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group; group++) {
    if (!parse_group (recipe, file, *group, name, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
genre_recipe_read (GenreRecipe *recipe, const char *path, GError **error)
{
  g_autofree char *text = genre_file_read_text (path, 1 << 20, error);
  if (!text || !genre_recipe_parse (recipe, text, path, error))
    return FALSE;
  g_free (recipe->origin);
  recipe->origin = g_filename_display_name (path);
  return TRUE;
}

/* What is set on the command line comes after what was read, once named. */
static void
add_setting_to_origin (GenreRecipe *recipe)
{
  if (recipe->origin && g_str_has_suffix (recipe->origin, "--set"))
    return;
  g_autofree char *before = recipe->origin;
  recipe->origin = before ? g_strconcat (before, ", --set", NULL) : g_strdup ("--set");
}

gboolean
genre_recipe_set (GenreRecipe *recipe, const char *assignment, GError **error)
{
  g_auto (GStrv) sides = g_strsplit (assignment, "=", 2);
  g_auto (GStrv) path = g_strsplit (sides[0] ? sides[0] : "", ".", 2);
  const Field *field = path[0] && path[1] ? find_field (path[0], path[1]) : NULL;
  if (!field || !sides[1]) {
    g_autofree char *meant = path[0] && path[1] ? suggest (path[0], path[1]) : g_strdup ("");
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "\"%s\": expected GROUP.KEY=VALUE, as in training.epochs=20%s%s", assignment,
                 sides[1] ? "; there is no such setting" : "", meant);
    return FALSE;
  }
  if (!set_value (recipe, field, sides[1], "--set", error))
    return FALSE;
  mark_given (recipe, field);
  add_setting_to_origin (recipe);
  return TRUE;
}

gboolean
genre_recipe_is_given (const GenreRecipe *recipe, const char *setting)
{
  g_auto (GStrv) path = g_strsplit (setting, ".", 2);
  const Field *field = find_field (path[0], path[1]);
  return field && recipe->given >> (field - fields) & 1;
}

char *
genre_recipe_say_default (const GenreRecipe *recipe, const char *setting)
{
  if (genre_recipe_is_given (recipe, setting))
    return g_strdup ("");
  return g_strdup_printf ("; %s is from the default recipe: set it, too", setting);
}

static gboolean
is_of_segments (const Field *field)
{
  return g_str_has_prefix (field->key, "segment-");
}

static gboolean
is_of_model (const Field *field)
{
  return strcmp (field->group, "model") == 0;
}

void
genre_recipe_begin (GenreRecipe *recipe, guint segment_frames, guint segment_step)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (is_of_model (&fields[i]))
      set_value (recipe, &fields[i], fields[i].fallback, "default", NULL);
  recipe->begins = TRUE;
  recipe->segment_frames = segment_frames;
  recipe->segment_step = segment_step;
}

static gboolean
one_of (const char *key, const char *value, const char *const *choices, GError **error)
{
  if (g_strv_contains (choices, value))
    return TRUE;
  g_autofree char *expected = g_strjoinv (", ", (char **)choices);
  g_autofree char *meant = genre_suggestion_say (value, choices);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s is \"%s\", expected one of: %s%s", key,
               value, expected, meant);
  return FALSE;
}

/* Empty: what the data set holds. */
static gboolean
check_representation (const char *name, GError **error)
{
  GenreRepresentation unused;
  if (*name == '\0' || genre_representation_from_name (name, &unused))
    return TRUE;
  g_autofree char *expected = genre_representation_list_names ();
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const GenreRepresentationTraits *traits;
  for (guint i = 0; (traits = genre_representation_get_traits ((GenreRepresentation)i)); i++)
    g_ptr_array_add (names, (char *)traits->name);
  g_ptr_array_add (names, NULL);
  g_autofree char *meant = genre_suggestion_say (name, (const char *const *)names->pdata);
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "model.representation is \"%s\", expected %s, or nothing%s", name, expected, meant);
  return FALSE;
}

/* Of two settings that must fit together. (transfer full) */
static char *
say_default_of (const GenreRecipe *recipe, const char *one, const char *other)
{
  char *hint = genre_recipe_say_default (recipe, one);
  if (*hint != '\0')
    return hint;
  g_free (hint);
  return genre_recipe_say_default (recipe, other);
}

static gboolean
check_values (const GenreRecipe *recipe, GError **error)
{
  static const char *const balances[] = {"clips", "genres", "artists", NULL};
  static const char *const partners[] = {"any", "genre", NULL};
  if (recipe->batch % recipe->group != 0) {
    g_autofree char *hint = say_default_of (recipe, "training.group", "training.batch");
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "training.group is %u, expected a divisor of training.batch, %u%s", recipe->group,
                 recipe->batch, hint);
    return FALSE;
  }
  if (recipe->segment_step > recipe->segment_frames) {
    g_autofree char *hint = say_default_of (recipe, "model.segment-step", "model.segment-frames");
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "model.segment-step is %u, expected at most model.segment-frames, %u%s",
                 recipe->segment_step, recipe->segment_frames, hint);
    return FALSE;
  }
  if (recipe->class_weights > 0 && strcmp (recipe->balance, "clips") != 0) {
    g_autofree char *hint = genre_recipe_say_default (recipe, "training.balance");
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
                 "training.class-weights is %g and training.balance \"%s\", expected one of them: "
                 "genres drawn equally often need no weights%s",
                 recipe->class_weights, recipe->balance, hint);
    return FALSE;
  }
  return one_of ("training.balance", recipe->balance, balances, error) &&
         one_of ("augmentation.mixup-partner", recipe->mixup_partner, partners, error) &&
         check_representation (recipe->representation, error);
}

guint
genre_recipe_count_views (const GenreRecipe *recipe)
{
  return recipe->consistency > 0 ? 2 : 1;
}

void
genre_recipe_blame (const GenreRecipe *recipe, GError **error)
{
  if (recipe->origin)
    g_prefix_error (error, "%s: ", recipe->origin);
}

gboolean
genre_recipe_check (const GenreRecipe *recipe, GError **error)
{
  if (check_values (recipe, error))
    return TRUE;
  genre_recipe_blame (recipe, error);
  return FALSE;
}

GenreRecipe *
genre_recipe_compose (const char *path, char *const *settings, GError **error)
{
  g_autoptr (GenreRecipe) recipe = genre_recipe_new ();
  if (path && !genre_recipe_read (recipe, path, error))
    return NULL;
  for (char *const *setting = settings; setting && *setting; setting++) {
    if (!genre_recipe_set (recipe, *setting, error))
      return NULL;
  }
  return genre_recipe_check (recipe, error) ? g_steal_pointer (&recipe) : NULL;
}

char *
genre_recipe_to_text (const GenreRecipe *recipe)
{
  GString *text = g_string_new (NULL);
  const char *group = "";
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    g_autofree char *value = get_value (recipe, &fields[i]);
    if (recipe->begins && is_of_model (&fields[i]) && !is_of_segments (&fields[i]))
      continue;
    if (strcmp (group, fields[i].group) != 0)
      g_string_append_printf (text, "[%s]\n", fields[i].group);
    group = fields[i].group;
    g_string_append_printf (text, "%s=%s\n", fields[i].key, value);
  }
  return g_string_free (text, FALSE);
}

char *
genre_recipe_describe (void)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    g_autofree char *name = g_strdup_printf ("%s.%s", fields[i].group, fields[i].key);
    g_string_append_printf (text, "  %-28s %-18s %s\n", name, fields[i].fallback, fields[i].what);
  }
  return g_string_free (text, FALSE);
}
