/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of genre-train, one file each, and what they have in common. */
#pragma once
#include "data/dataset.h"
#include "learning/recipe.h"
G_BEGIN_DECLS

/* Exit statuses. */
typedef enum {
  GENRE_EXIT_OK = 0,
  GENRE_EXIT_FAILED = 1, /* with one message on standard error */
  GENRE_EXIT_USAGE = 2,  /* the command line is wrong */
} GenreExit;

/* @argv[0] is the command's name: "evaluate". */
int genre_command_combine (int argc, char **argv);
int genre_command_compare (int argc, char **argv);
int genre_command_cross_validate (int argc, char **argv);
int genre_command_evaluate (int argc, char **argv);
int genre_command_extract (int argc, char **argv);
int genre_command_info (int argc, char **argv);
int genre_command_learn (int argc, char **argv);
int genre_command_merge (int argc, char **argv);
int genre_command_robustness (int argc, char **argv);
int genre_command_show_augmentation (int argc, char **argv);
int genre_command_split (int argc, char **argv);
int genre_command_train (int argc, char **argv);

/* "genre-train evaluate PARAMETERS", @summary as the first paragraph of --help, @description as the
 * last, @entries between them. (transfer full) */
GOptionContext *genre_command_context (const char *name, const char *parameters,
                                       const char *summary, const char *description,
                                       const GOptionEntry *entries);
/* FALSE, and a message on standard error, if the command line is wrong: return GENRE_EXIT_USAGE. */
gboolean genre_command_parse (GOptionContext *context, int *argc, char ***argv);
/* Whether @value, or NULL, is one of @choices; if not, a message as above. @option: "--labels" */
gboolean genre_command_check_choice (const char *name, const char *option, const char *value,
                                     const char *const *choices);
/* Whether each of @settings (NULL: none), those of --set, may be set; if not, a message as above.
 */
gboolean genre_command_check_settings (const char *name, char *const *settings);
/* The first of @settings (NULL: none) that is of a network, which one that another model begins has
 * no use for; NULL if there is none. (transfer none) */
const char *genre_command_find_network_setting (char *const *settings);
/* The last of @settings (NULL: none) for @key ("training.others"), unless it is the default, which
 * asks for nothing; or NULL. (transfer none) */
const char *genre_command_find_wish (char *const *settings, const char *key);
/* Whether none of @settings gives @key another value than the default in vain, which it does if not
 * @works; if one does, a message as above. @without: the option that is missing. */
gboolean genre_command_check_effect (const char *name, char *const *settings, const char *key,
                                     gboolean works, const char *without);
/* Whether none of @settings asks for patience in a command that never has a list to look at. */
gboolean genre_command_check_patience (const char *name, char *const *settings);
/* Whether @rate, of --body-rate, was given where there is a model to begin with or not at all; if
 * not, a message as above. @without: what is missing. Not given, it becomes the default. */
gboolean genre_command_check_body_rate (const char *name, double *rate, gboolean begins,
                                        const char *without);
#define GENRE_BODY_RATE_UNSET (-G_MAXDOUBLE) /* no 0, which would be the default in silence */
/* Prints the message of genre_command_parse() for faults that a command finds itself, and returns
 * GENRE_EXIT_USAGE. */
int genre_command_usage (const char *name, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Prints @error, unless another rank does (ranks.h), and returns GENRE_EXIT_FAILED. */
int genre_command_fail (const char *name, const GError *error);
/* The problems from the @first on, one a line, on standard error: printable.h. */
void genre_command_list_problems (const GPtrArray *problems, guint first);
/* All problems, one a line, and how many there were, on standard error; nothing if there were none.
 */
void genre_command_print_problems (const GPtrArray *problems);
/* (transfer full) of GenreModel, from files; @paths: NULL-terminated. */
GPtrArray *genre_command_load_models (char *const *paths, GError **error);
/* The clips of all @lists together, once each; all clips of @dataset if @lists is NULL.
 * (transfer container) */
GPtrArray *genre_command_select_clips (GenreDataset *dataset, char **lists, GError **error);
/* Whether a file can be written there, asked before hours of work. */
gboolean genre_command_check_output (const char *path, GError **error);
/* The same of a picture, which is PNG: not under the name of another kind. */
gboolean genre_command_check_picture (const char *path, GError **error);
/* The same of files in a folder that is made if need be, with all above it. */
gboolean genre_command_check_folder (const char *path, GError **error);
/* The files that a command reads and writes must be different ones: what it writes last would be
 * all that is left. @outputs (@n_outputs,), of which NULL is none; @inputs: NULL-terminated, or
 * NULL. */
gboolean genre_command_check_apart (const char *const *outputs, guint n_outputs,
                                    char *const *inputs, GError **error);
/* What genre_command_check_output() asks, and whether @endings (NULL-terminated) may be put behind
 * the name. What is there already must be a model: somebody's song is not to be written over. */
gboolean genre_command_check_model_output (const char *path, const char *const *endings,
                                           GError **error);
/* Whether @value, which may be NaN, is at least @least and at most @most, which may be INFINITY; if
 * not, a message as above. @option: "--folds" */
gboolean genre_command_check_number (const char *name, const char *option, double value,
                                     double least, double most);
/* From now on SIGINT and SIGTERM set what is returned to 1; the second one of a kind kills as
 * usual. */
const gint *genre_command_catch_interrupts (void);
/* @wanted, at most 1,024, or as many threads as processors if it is GENRE_THREADS_UNSET. */
guint genre_command_threads (int wanted);
/* Says it if @threads, of --threads, are more than one of @n_ranks can use that share a training by
 * @recipe. */
void genre_command_note_threads (int threads, const GenreRecipe *recipe, guint n_ranks);
/* Whether --threads is above 0, or was not given; otherwise says what is wrong. */
gboolean genre_command_check_threads (const char *name, int threads);
#define GENRE_THREADS_UNSET G_MININT /* no 0, which would be the default in silence */

G_END_DECLS
