/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "extraction.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include "dataset.h"
#include "decode.h"
#include "files.h"
#include "frontendjson.h"
#include "json.h"
#include "levels.h"
#include "musicfolder.h"
#include "npy.h"
#include "sourcelist.h"
#include "spectrogram.h"
#include "running/parallel.h"
#include "running/progress.h"
#include "running/ranks.h"

#define SOURCES "sources.tsv"
#define MAX_WAIT 60 /* seconds, for another shard that writes it */
#define MAX_SECONDS (6 * 3600)
#define MAX_VALUES (128 * 1024 * 1024) /* of a spectrogram while it is made, as float */
#define MAX_TEXT (1024 * 1024)         /* bytes of dataset.json */
#define QUIETEST_DB -100.0f            /* what silence gives (frontend.h) */
#define LEAST_SHARE 0.9                /* of a file that must be heard, or it is cut off … */
#define LEAST_LACK 1.0                 /* … and seconds that must be missing */
#define EDGE 2                         /* frames of an excerpt that also see what is not there */
#define SAMPLES "audio-input"          /* what made them: not to be mixed with others */
#define BESIDE "beside-others"         /* spectrograms were there that we had not made */

/* ---- one clip ---- */

typedef struct {
  guint bands;
  GArray *decibels; /* (frames, bands) float */
  float loudest;
  gsize n_samples, max_samples;
  double stated; /* seconds that the file says it has; 0: it says nothing */
  double found;  /* seconds of them */
  GenreSpectrogram *spectrogram;
  gboolean in_excerpt;
  guint n_wanted;     /* frames of an excerpt */
  guint n_frames;     /* of this excerpt so far */
  gsize n_in_excerpt; /* samples of it so far */
  gsize n_enough;     /* samples that its frames take */
} Clip;

static void
clip_clear (Clip *clip)
{
  g_clear_pointer (&clip->decibels, g_array_unref);
  g_clear_pointer (&clip->spectrogram, genre_spectrogram_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Clip, clip_clear)

static void
keep_frame (const float *bands, double mean_square, gpointer user_data)
{
  Clip *clip = user_data;
  guint frame = clip->n_frames++;
  if (clip->in_excerpt && (frame < EDGE || frame >= EDGE + clip->n_wanted))
    return;
  g_array_append_vals (clip->decibels, bands, clip->bands);
  for (guint i = 0; i < clip->bands; i++)
    clip->loudest = fmaxf (clip->loudest, bands[i]);
}

static gboolean
keep_samples (const float *samples, gsize n, gpointer user_data)
{
  Clip *clip = user_data;
  clip->n_samples += n;
  if (clip->n_samples > clip->max_samples)
    return FALSE;
  genre_spectrogram_push (clip->spectrogram, samples, n, keep_frame, clip);
  clip->n_in_excerpt += n;
  return !clip->in_excerpt || clip->n_in_excerpt < clip->n_enough;
}

static void
forget (Clip *clip)
{
  g_array_set_size (clip->decibels, 0);
  clip->loudest = -G_MAXFLOAT;
  clip->n_samples = 0;
}

/* What the one before has left over is none of it. */
static void
begin_excerpt (guint excerpt, gpointer user_data)
{
  Clip *clip = user_data;
  genre_spectrogram_reset (clip->spectrogram);
  clip->in_excerpt = excerpt != GENRE_NO_EXCERPT;
  clip->n_frames = 0;
  clip->n_in_excerpt = 0;
  if (!clip->in_excerpt)
    forget (clip);
}

static void
take_duration (double seconds, double found, gpointer user_data)
{
  Clip *clip = user_data;
  clip->stated = seconds;
  clip->found = found;
}

static gboolean
check_clip (const Clip *clip, guint rate, GError **error)
{
  g_autofree char *fault = NULL;
  if (clip->n_samples > clip->max_samples)
    fault = g_strdup_printf ("longer than %" G_GSIZE_FORMAT " seconds", clip->max_samples / rate);
  else if (clip->n_samples == 0)
    fault = g_strdup ("holds no samples");
  else if (clip->loudest <= QUIETEST_DB + 1)
    fault = g_strdup ("silence from beginning to end");
  if (!fault)
    return TRUE;
  g_set_error_literal (error, GENRE_ERROR, GENRE_ERROR_FORMAT, fault);
  return FALSE;
}

/* ---- all clips ---- */

typedef struct {
  const GenreExtractionJob *job;
  GenreFrontEnd *front_end;
  GPtrArray *files;        /* of GenreMusicFile: those to be done, by this rank */
  GenreProgress *progress; /* NULL in ranks that do not speak */
  GMutex lock;             /* of all below */
  GenreExtraction *result;
  GError *fatal; /* ends the work */
  gint stop;     /* atomic: fatal is set, or the caller wants an end */
} Work;

static gsize
longest_clip (const GenreFrontEndConfig *config)
{
  gsize n_frames = MAX_VALUES / config->bands - 1;
  return MIN ((gsize)MAX_SECONDS * config->rate, n_frames * config->hop);
}

static gboolean
read_clip (const Work *work, const char *path, Clip *clip, GError **error)
{
  const GenreFrontEndConfig *config = &work->job->front_end;
  clip->bands = config->bands;
  clip->max_samples = longest_clip (config);
  clip->decibels = g_array_new (FALSE, FALSE, sizeof (float));
  forget (clip);
  clip->spectrogram = genre_spectrogram_new (work->front_end);
  clip->n_wanted = work->job->excerpt_frames;
  clip->n_enough = (gsize)(clip->n_wanted + 2 * EDGE) * config->hop + config->fft_size;
  if (!genre_decode_excerpts (path, config->rate, work->job->n_excerpts,
                              (double)clip->n_enough / config->rate, work->job->timeout,
                              &work->stop, begin_excerpt, take_duration, keep_samples, clip, error))
    return FALSE;
  genre_spectrogram_finish (clip->spectrogram, keep_frame, clip);
  return check_clip (clip, config->rate, error);
}

/* A spectrogram of what the file was before may be there: nobody else would say so. */
static void
count_problem (Work *work, const GenreMusicFile *file, const GError *reason)
{
  gboolean left = g_file_test (file->target, G_FILE_TEST_EXISTS);
  g_mutex_lock (&work->lock);
  work->result->n_unreadable++;
  g_ptr_array_add (work->result->problems,
                   g_strdup_printf ("%s: %s%s%s", file->source, reason->message,
                                    left ? "; what it was before is still in " : "",
                                    left ? file->target : ""));
  g_mutex_unlock (&work->lock);
}

/* What was heard is of the genre all the same, and is kept. */
static void
note_cut (Work *work, const GenreMusicFile *file, const Clip *clip)
{
  if (clip->found >= LEAST_SHARE * clip->stated || clip->found + LEAST_LACK > clip->stated)
    return;
  g_mutex_lock (&work->lock);
  g_ptr_array_add (
      work->result->notes,
      g_strdup_printf ("%s: cut off or damaged: %.1f of %.1f seconds could be decoded, "
                       "and %s used",
                       file->source, clip->found, clip->stated,
                       clip->in_excerpt ? "excerpts of them are" : "are"));
  g_mutex_unlock (&work->lock);
}

static void
end_work (Work *work, GError *error)
{
  g_mutex_lock (&work->lock);
  if (!work->fatal)
    work->fatal = error;
  else
    g_error_free (error);
  g_atomic_int_set (&work->stop, 1);
  g_mutex_unlock (&work->lock);
}

static void
save_clip (Work *work, const GenreMusicFile *file, const Clip *clip)
{
  GError *error = NULL;
  g_autofree guint8 *levels = g_malloc (clip->decibels->len);
  genre_levels_from_decibels ((const float *)clip->decibels->data, clip->decibels->len, levels);
  if (!genre_npy_save (file->target, GENRE_NPY_UINT8, clip->decibels->len / clip->bands,
                       clip->bands, levels, &error)) {
    end_work (work, error);
    return;
  }
  g_mutex_lock (&work->lock);
  work->result->n_extracted++;
  work->result->seconds += (double)clip->n_samples / work->job->front_end.rate;
  g_mutex_unlock (&work->lock);
}

static void
extract_file (guint round, guint thread, gpointer user_data)
{
  Work *work = user_data;
  const GenreMusicFile *file = work->files->pdata[round];
  gboolean called_off = thread == 0 && genre_ranks_are_called_off (); /* MPI is for thread 0 */
  if (called_off || (work->job->stop && g_atomic_int_get (work->job->stop)))
    g_atomic_int_set (&work->stop, 1);
  if (g_atomic_int_get (&work->stop))
    return;
  g_auto (Clip) clip = {0};
  g_autoptr (GError) error = NULL;
  if (read_clip (work, file->source, &clip, &error)) {
    note_cut (work, file, &clip);
    save_clip (work, file, &clip);
  } else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  else
    count_problem (work, file, error);
  if (work->progress)
    genre_progress_step (work->progress, file->size, file->source);
}

static int
compare_problems (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* ---- the target folder ---- */

/* @newer: and is no older than its music. */
static gboolean
has_target (const GenreMusicFile *file, gboolean newer)
{
  GStatBuf status;
  return g_stat (file->target, &status) == 0 && S_ISREG (status.st_mode) && status.st_size > 0 &&
         (!newer || (gint64)status.st_mtime >= file->changed);
}

/* Whether the front end and the samples of an earlier run, the default one if it left no
 * description (dataset.h), is ours. */
static gboolean
compare_earlier (const GenreExtractionJob *job, const char *path, gboolean *same, GError **error)
{
  GenreFrontEndConfig earlier = genre_front_end_config_default ();
  *same = genre_front_end_config_equal (&earlier, &job->front_end);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  *same = FALSE;
  g_autofree char *text = genre_file_read_text (path, MAX_TEXT, error);
  if (!text)
    return FALSE;
  g_autoptr (JsonObject) object = genre_json_parse_object (text, -1, path, error);
  if (!object)
    return FALSE;
  JsonObject *front_end = genre_json_peek_object (object, "front-end");
  *same = front_end && genre_front_end_config_from_json (&earlier, front_end, NULL) &&
          genre_front_end_config_equal (&earlier, &job->front_end) &&
          g_strcmp0 (genre_json_peek_string (object, "samples"), SAMPLES) == 0;
  return TRUE;
}

/* With --force whatever is there is done again, and removed where it is not ours. A shard must not
 * remove what others have just done. */
static gboolean
check_earlier (const GenreExtractionJob *job, const char *path, gboolean *same, GError **error)
{
  if (!compare_earlier (job, path, same, job->force ? NULL : error) && !job->force)
    return FALSE;
  if (*same || (job->force && job->shard.n == 0) || !g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: extracted with another front end, or by an earlier version, which resampled "
               "otherwise; name another folder, or --force%s to do all again",
               path, job->shard.n ? " without --shard" : "");
  return FALSE;
}

/* Whether a data set of ours is described there that was begun where none of others was. */
static gboolean
is_our_own (const char *path)
{
  const gboolean none = FALSE;
  gboolean others = FALSE;
  g_autofree char *text = genre_file_read_text (path, MAX_TEXT, NULL);
  g_autoptr (JsonObject) object = text ? genre_json_parse_object (text, -1, path, NULL) : NULL;
  return object && genre_json_peek_object (object, "front-end") &&
         genre_json_get_boolean (object, path, BESIDE, &none, &others, NULL) && !others;
}

/* What others made cannot be made again, and is not of our front end; only where nothing is removed
 * and a folder without a description counts as the default front end's, we may join them. Another
 * shard may begin just now: its description is there before its spectrograms, so it is read last.
 */
static gboolean
check_others (const GenreExtractionJob *job, const char *path, const char *sources,
              gboolean *others, GError **error)
{
  *others = FALSE;
  if (job->music)
    return TRUE;
  const GenreFrontEndConfig usual = genre_front_end_config_default ();
  g_autoptr (GenreSourceList) list = genre_source_list_load (sources);
  g_autofree char *strange = genre_source_list_find_strange (list, job->target);
  *others = strange && !is_our_own (path);
  if (!*others || (!job->force && genre_front_end_config_equal (&usual, &job->front_end)))
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: is there and not made by extract, expected a folder for spectrograms that is "
               "empty or that extract made; name another one",
               strange);
  return FALSE;
}

static gboolean
write_description (const GenreExtractionJob *job, const char *path, gboolean others, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  json_object_set_string_member (object, "format", "genreclassify-dataset-1");
  json_object_set_string_member (object, "software", "genre-train " GENRE_VERSION);
  json_object_set_string_member (object, "samples", SAMPLES);
  if (others)
    json_object_set_boolean_member (object, BESIDE, TRUE);
  json_object_set_object_member (object, "front-end",
                                 genre_front_end_config_to_json (&job->front_end));
  return genre_json_save (object, path, error);
}

/* What was made with another front end must not outlive its description. */
static void
remove_spectrograms (const GenreMusicFolder *folder, Shard shard)
{
  for (guint i = 0; i < folder->files->len; i++) {
    const GenreMusicFile *file = folder->files->pdata[i];
    if (shard_has (shard, file->relative))
      g_unlink (file->target);
  }
}

/* Of the spectrogram, whatever the folder of all is called now. */
static char *
name_target (const GenreMusicFile *file)
{
  g_autofree char *name = g_path_get_basename (file->target);
  return g_strconcat (file->genre, "/", name, NULL);
}

/* The same where the stem is another file's, too, and "01.npy" is called "01.flac.npy", or, of one
 * that is called so, where it is not. NULL: its name has no ending. (transfer full) */
static char *
name_otherwise (const GenreMusicFile *file)
{
  g_autofree char *source = g_path_get_basename (file->source), *stem = name_target (file);
  const char *ending = strrchr (source, '.');
  if (!ending)
    return NULL;
  stem[strlen (stem) - strlen (".npy")] = '\0';
  if (!g_str_has_suffix (stem, ending))
    return g_strconcat (stem, ending, ".npy", NULL);
  stem[strlen (stem) - strlen (ending)] = '\0';
  return g_strconcat (stem, ".npy", NULL);
}

/* Of each name that a spectrogram of this music had before others shared its stem, or stopped to,
 * the file that it was made of; NULL where that may be several. @list knows what it was made of;
 * without it nobody does. */
static GHashTable *
find_renamed (const GenreMusicFolder *folder, const GenreSourceList *list)
{
  GHashTable *renamed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < folder->files->len; i++) {
    GenreMusicFile *file = folder->files->pdata[i];
    char *name = name_otherwise (file);
    if (!name || !genre_source_list_confirms (list, name, file->size, file->changed))
      g_free (name);
    else {
      gboolean twice = g_hash_table_contains (renamed, name);
      g_hash_table_replace (renamed, name, twice ? NULL : file);
    }
  }
  for (guint i = 0; i < folder->files->len; i++) {
    g_autofree char *name = name_target (folder->files->pdata[i]);
    g_hash_table_remove (renamed, name);
  }
  return renamed;
}

/* Or they would stay beside what is made of the same music under its new name: a recording that is
 * there twice may be learnt and held out. */
static void
rename_spectrograms (const GenreExtractionJob *job, const GenreMusicFolder *folder,
                     const char *sources)
{
  g_autoptr (GenreSourceList) list = genre_source_list_load (sources);
  g_autoptr (GHashTable) renamed = find_renamed (folder, list);
  GHashTableIter iter;
  gpointer name, file;
  g_hash_table_iter_init (&iter, renamed);
  while (g_hash_table_iter_next (&iter, &name, &file)) {
    g_autofree char *path = g_build_filename (job->target, name, NULL);
    const char *target = file ? ((const GenreMusicFile *)file)->target : NULL;
    if (target && g_file_test (path, G_FILE_TEST_IS_REGULAR) &&
        !g_file_test (target, G_FILE_TEST_EXISTS))
      g_rename (path, target); /* what stays is noted as its music's that is gone */
  }
}

/* dataset.json comes first: whatever stops us later, what is there is described. */
static gboolean
prepare_target (const GenreExtractionJob *job, const GenreMusicFolder *folder, guint *n_removed,
                GError **error)
{
  g_autofree char *path = g_build_filename (job->target, "dataset.json", NULL);
  g_autofree char *sources = g_build_filename (job->target, SOURCES, NULL);
  gboolean same, others;
  if ((!job->music && !genre_source_list_check (sources, error)) ||
      !check_others (job, path, sources, &others, error) ||
      !check_earlier (job, path, &same, error))
    return FALSE;
  for (guint i = 0; i < folder->genres->len; i++) {
    g_autofree char *genre = g_build_filename (job->target, folder->genres->pdata[i], NULL);
    if (!genre_file_make_folder (genre, error))
      return FALSE;
  }
  gboolean whole = job->shard.n == 0;
  if (!job->music && same && whole)
    rename_spectrograms (job, folder, sources);
  if (job->force)
    remove_spectrograms (folder, job->shard);
  *n_removed = genre_music_folder_tidy (folder, job->target, job->shard,
                                        job->force && !same && whole, !job->music && whole);
  return write_description (job, path, others, error);
}

/* ---- from beginning to end ---- */

typedef enum { NOT_OURS, CURRENT, TO_DO } State; /* of a file; not ours: another shard's */

/* What spectrograms were made of, as rank 0 keeps it; where names say it (songstore.h), nobody. */
typedef struct {
  char *path;
  GenreSourceList *before;
  gboolean beside_others; /* whose spectrograms may have our names */
  guint64 *inodes; /* (files,) of the spectrograms that were there; 0: of those that were not */
} Sources;

static void
sources_clear (Sources *sources)
{
  g_free (sources->path);
  g_clear_pointer (&sources->before, genre_source_list_free);
  g_free (sources->inodes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sources, sources_clear)

static guint64
get_inode (const char *path)
{
  GStatBuf status;
  return g_stat (path, &status) == 0 ? (guint64)status.st_ino : 0;
}

static void
read_sources (Sources *sources, const GenreExtractionJob *job, const GenreMusicFolder *folder)
{
  if (job->music || genre_ranks_get_index () > 0)
    return;
  sources->path = g_build_filename (job->target, SOURCES, NULL);
  sources->before = job->force ? genre_source_list_new () : genre_source_list_load (sources->path);
  g_autofree char *description = g_build_filename (job->target, "dataset.json", NULL);
  sources->beside_others = !is_our_own (description);
  sources->inodes = g_new (guint64, folder->files->len + 1);
  for (guint i = 0; i < folder->files->len; i++)
    sources->inodes[i] = get_inode (((const GenreMusicFile *)folder->files->pdata[i])->target);
}

/* A spectrogram that is new is a new file. One that could not be made anew, or whose music is not
 * there, is of the music that was there before. Other shards keep what they have noted meanwhile.
 */
static gboolean
update_sources (const Sources *sources, const GenreExtractionJob *job,
                const GenreMusicFolder *folder, const guint8 *states, GError **error)
{
  g_autoptr (GenreSourceList) list = genre_source_list_load (sources->path);
  if (job->shard.n == 0) /* others may just write theirs */
    genre_source_list_forget_absent (list, job->target);
  for (guint i = 0; i < folder->files->len; i++) {
    const GenreMusicFile *file = folder->files->pdata[i];
    g_autofree char *name = name_target (file);
    guint64 inode = get_inode (file->target);
    if ((states[i] == CURRENT && !sources->beside_others) ||
        (states[i] == TO_DO && inode != 0 && inode != sources->inodes[i]))
      genre_source_list_set (list, name, file->size, file->changed);
  }
  return genre_source_list_save (list, sources->path, error);
}

static gboolean
write_sources (const Sources *sources, const GenreExtractionJob *job,
               const GenreMusicFolder *folder, const guint8 *states, GError **error)
{
  if (!sources->before)
    return TRUE;
  const int lock =
      job->shard.n > 0 ? genre_source_list_lock (sources->path, MAX_WAIT, job->stop) : -1;
  const gboolean good = update_sources (sources, job, folder, states, error);
  genre_source_list_unlock (sources->path, lock);
  return good;
}

/* Music may be dated later than any clock will be: only of what nobody has noted, nor its name
 * says, the times tell. */
static gboolean
is_current (const Sources *sources, const GenreMusicFile *file)
{
  if (!sources->before)
    return has_target (file, FALSE);
  g_autofree char *name = name_target (file);
  return genre_source_list_confirms (sources->before, name, file->size, file->changed)
             ? has_target (file, FALSE)
             : has_target (file, TRUE) && !genre_source_list_contradicts (
                                              sources->before, name, file->size, file->changed);
}

static State
find_state (const GenreExtractionJob *job, const Sources *sources, const GenreMusicFile *file)
{
  if (!shard_has (job->shard, file->relative))
    return NOT_OURS;
  return job->force || !is_current (sources, file) ? TO_DO : CURRENT;
}

/* (files,) of State, as rank 0 finds them. */
static guint8 *
find_states (const GenreExtractionJob *job, const Sources *sources, const GenreMusicFolder *folder)
{
  guint8 *states = g_new0 (guint8, folder->files->len + 1);
  for (guint i = 0; genre_ranks_get_index () == 0 && i < folder->files->len; i++)
    states[i] = (guint8)find_state (job, sources, folder->files->pdata[i]);
  genre_ranks_share (states, folder->files->len);
  return states;
}

/* Each file goes to the rank with the least to do so far. @size: of this rank's files. */
static GPtrArray *
deal_files (const GenreMusicFolder *folder, const guint8 *states, guint64 *size)
{
  guint n_ranks = genre_ranks_get_count ();
  g_autofree guint64 *sizes = g_new0 (guint64, n_ranks);
  GPtrArray *files = g_ptr_array_new ();
  for (guint i = 0; i < folder->files->len; i++) {
    GenreMusicFile *file = folder->files->pdata[i];
    if (states[i] != TO_DO)
      continue;
    guint least = 0;
    for (guint rank = 1; rank < n_ranks; rank++)
      least = sizes[rank] < sizes[least] ? rank : least;
    sizes[least] += file->size + 1; /* so that empty files count, too */
    if (least == genre_ranks_get_index ())
      g_ptr_array_add (files, file);
  }
  *size = sizes[genre_ranks_get_index ()];
  return files;
}

/* What is asked; the files' sizes decide who does which. */
static char *
describe_job (const GenreExtractionJob *job)
{
  g_autofree char *front_end = genre_front_end_config_to_text (&job->front_end);
  return g_strdup_printf ("%s %u/%u %d %u %u", front_end, job->shard.index, job->shard.n,
                          job->force, job->n_excerpts, job->excerpt_frames);
}

/* Ranks that see other files, or do something else, would leave some out. */
static gboolean
check_ranks (const GenreExtractionJob *job, const GenreMusicFolder *folder, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *asked = describe_job (job);
  g_checksum_update (sum, (const guchar *)asked, -1);
  for (guint i = 0; i < folder->files->len; i++) {
    const GenreMusicFile *file = folder->files->pdata[i];
    g_checksum_update (sum, (const guchar *)file->target, (gssize)strlen (file->target) + 1);
    g_checksum_update (sum, (const guchar *)&file->size, sizeof file->size);
  }
  gboolean same = genre_ranks_compare (g_checksum_get_string (sum));
  if (!same)
    g_set_error (
        error, GENRE_ERROR, GENRE_ERROR_DATA,
        "process %u finds other music than process 0 or has other options, expected the same "
        "music under one path, and the same options",
        genre_ranks_get_index ());
  return genre_ranks_agree (same, NULL, error);
}

static void
add_ranks (GenreExtraction *extraction)
{
  double sums[] = {extraction->n_extracted, extraction->n_unreadable, extraction->seconds};
  genre_ranks_add (sums, G_N_ELEMENTS (sums));
  extraction->n_extracted = (guint)sums[0];
  extraction->n_unreadable = (guint)sums[1];
  extraction->seconds = sums[2];
  genre_ranks_collect_texts (extraction->problems);
  genre_ranks_collect_texts (extraction->notes);
}

static gboolean
check_result (const GenreExtractionJob *job, const GenreExtraction *result, GError **error)
{
  if (result->n_extracted + result->n_current > 0 || result->n_files == 0) /* an empty shard */
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA, "%s: none of %u files could be read",
               job->source, result->n_files);
  return FALSE;
}

static gboolean
extract_files (Work *work, GError **error)
{
  genre_ranks_part (genre_ranks_get_count ());
  g_mutex_init (&work->lock);
  genre_parallel_for (work->job->n_threads, work->files->len, extract_file, work);
  g_mutex_clear (&work->lock);
  GError *failed = g_steal_pointer (&work->fatal);
  if (!failed && work->stop)
    failed = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
  gboolean good = genre_ranks_rejoin (!failed, work->job->stop, &failed);
  GenreExtraction *result = work->result;
  add_ranks (result);
  if (g_error_matches (failed, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_clear_error (&failed);
    g_set_error (&failed, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped after %u of %u files",
                 result->n_extracted + result->n_current, result->n_files);
  }
  if (failed)
    g_propagate_error (error, failed);
  return good;
}

static gboolean
extract_all (const GenreExtractionJob *job, const GenreMusicFolder *folder,
             GenreExtraction *extraction, GError **error)
{
  guint64 size;
  gboolean first = genre_ranks_get_index () == 0;
  if (!check_ranks (job, folder, error))
    return FALSE;
  g_autoptr (GenreFrontEnd) front_end = genre_front_end_new (&job->front_end, error);
  gboolean good =
      front_end && (!first || prepare_target (job, folder, &extraction->n_removed, error));
  if (!genre_ranks_agree (good, NULL, error))
    return FALSE;
  g_auto (Sources) sources = {0};
  read_sources (&sources, job, folder);
  g_autofree guint8 *states = find_states (job, &sources, folder);
  for (guint i = 0; i < folder->files->len; i++) {
    extraction->n_files += states[i] != NOT_OURS;
    extraction->n_current += states[i] == CURRENT;
  }
  g_autoptr (GPtrArray) files = deal_files (folder, states, &size);
  g_autoptr (GenreProgress) progress =
      first ? genre_progress_new ("files", files->len, size) : NULL;
  Work work = {.job = job,
               .front_end = front_end,
               .files = files,
               .progress = progress,
               .result = extraction};
  gboolean done = extract_files (&work, error);
  gboolean noted = write_sources (&sources, job, folder, states, done ? error : NULL);
  return done && genre_ranks_agree (noted && check_result (job, extraction, error), NULL, error);
}

gboolean
genre_extract (const GenreExtractionJob *job, GenreExtraction *extraction, GError **error)
{
  memset (extraction, 0, sizeof *extraction);
  extraction->problems = g_ptr_array_new_with_free_func (g_free);
  extraction->notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GenreMusicFolder) found =
      job->music ? NULL : genre_music_folder_scan (job->source, job->target, error);
  const GenreMusicFolder *music = job->music ? job->music : found;
  if (!genre_ranks_agree (music != NULL, NULL, error))
    return FALSE;
  gboolean ok = extract_all (job, music, extraction, error);
  if (found && genre_ranks_get_index () == 0)
    g_ptr_array_extend_and_steal (extraction->problems, g_ptr_array_ref (found->problems));
  g_ptr_array_sort (extraction->problems, compare_problems);
  g_ptr_array_sort (extraction->notes, compare_problems);
  return ok;
}

void
genre_extraction_clear (GenreExtraction *extraction)
{
  g_clear_pointer (&extraction->problems, g_ptr_array_unref);
  g_clear_pointer (&extraction->notes, g_ptr_array_unref);
}
