/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "folds.h"
#include <string.h>
#include "random.h"

#define PURPOSE 0x666f6c64 /* keeps these draws apart from those of training */

static gboolean
check (const GPtrArray *clips, guint n_folds, guint n_units, const char *units, GError **error)
{
  if (n_folds < 2) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%u folds, at least 2 expected", n_folds);
    return FALSE;
  }
  if (n_folds <= n_units)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA, "%u folds of %u %s, at most one each expected",
               n_folds, n_units, units);
  return FALSE;
}

static guint
count_labels (const GPtrArray *clips)
{
  guint n = 0;
  for (guint i = 0; i < clips->len; i++)
    n = MAX (n, ((GenreClip *)clips->pdata[i])->label + 1);
  return n;
}

/* Fisher and Yates. */
static void
shuffle (gpointer *items, guint n, GenreRandom *random)
{
  for (guint i = n; i > 1; i--) {
    guint j = genre_random_below (random, i);
    gpointer item = items[i - 1];
    items[i - 1] = items[j];
    items[j] = item;
  }
}

/* ---- at random ---- */

static guint *
deal_clips (const GPtrArray *clips, guint n_folds, guint64 seed)
{
  guint *folds = g_new0 (guint, clips->len);
  guint next = 0; /* goes on from genre to genre, so that folds stay equally large */
  for (guint label = 0; label < count_labels (clips); label++) {
    g_autoptr (GPtrArray) indices = g_ptr_array_new ();
    GenreRandom random = genre_random_keyed (seed, PURPOSE, label, 0);
    for (guint i = 0; i < clips->len; i++)
      if (((GenreClip *)clips->pdata[i])->label == label)
        g_ptr_array_add (indices, GUINT_TO_POINTER (i));
    shuffle (indices->pdata, indices->len, &random);
    for (guint i = 0; i < indices->len; i++)
      folds[GPOINTER_TO_UINT (indices->pdata[i])] = next++ % n_folds;
  }
  return folds;
}

/* ---- by artist ---- */

static void
set_no_artist (const GPtrArray *clips, GError **error)
{
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA, "no artist is known for any of %u clips",
               clips->len);
}

typedef struct {
  GArray *clips; /* of guint: indices */
  guint *counts; /* (n_labels,) */
  gboolean is_of_genres;
  guint order;   /* breaks ties */
  double weight; /* by which lists are drawn */
} Group;

static void
group_free (Group *group)
{
  g_array_unref (group->clips);
  g_free (group->counts);
  g_free (group);
}

static Group *
add_group (GPtrArray *groups, guint n_labels)
{
  Group *group = g_new0 (Group, 1);
  group->clips = g_array_new (FALSE, FALSE, sizeof (guint));
  group->counts = g_new0 (guint, n_labels);
  g_ptr_array_add (groups, group);
  return group;
}

static Group *
group_of (const GenreClip *clip, GPtrArray *groups, GHashTable *by_artist, guint n_labels)
{
  g_autofree char *artist = genre_clip_key_artist (clip);
  Group *group = !artist ? NULL : g_hash_table_lookup (by_artist, artist);
  if (group)
    return group;
  group = add_group (groups, n_labels);
  if (artist)
    g_hash_table_insert (by_artist, g_steal_pointer (&artist), group);
  return group;
}

static guint
count_groups_of_genres (const GPtrArray *groups)
{
  guint n = 0;
  for (guint i = 0; i < groups->len; i++)
    n += ((const Group *)groups->pdata[i])->is_of_genres;
  return n;
}

static GPtrArray *
group_by_artist (const GPtrArray *clips, guint n_labels, guint n_genres, guint *n_artists)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func ((GDestroyNotify)group_free);
  g_autoptr (GHashTable) by_artist = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < clips->len; i++) {
    const GenreClip *clip = clips->pdata[i];
    Group *group = group_of (clip, groups, by_artist, n_labels);
    g_array_append_val (group->clips, i);
    group->counts[clip->label]++;
    group->is_of_genres |= clip->label < n_genres;
  }
  *n_artists = g_hash_table_size (by_artist);
  return groups;
}

/* Whoever plays. */
static GPtrArray *
group_each (const GPtrArray *clips, guint n_labels)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func ((GDestroyNotify)group_free);
  for (guint i = 0; i < clips->len; i++) {
    Group *group = add_group (groups, n_labels);
    g_array_append_val (group->clips, i);
    group->counts[((const GenreClip *)clips->pdata[i])->label]++;
  }
  return groups;
}

static int
compare_groups (gconstpointer a, gconstpointer b)
{
  const Group *x = *(Group *const *)a, *y = *(Group *const *)b;
  if (x->clips->len != y->clips->len)
    return x->clips->len > y->clips->len ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

static double
cost (const Group *group, const guint *in_fold, const guint *in_all, guint n_labels)
{
  double sum = 0;
  for (guint i = 0; i < n_labels; i++)
    if (group->counts[i] > 0) {
      double before = in_fold[i], after = before + group->counts[i];
      sum += (after * after - before * before) / in_all[i];
    }
  return sum;
}

/* @counts: (n_folds, n_labels) clips dealt out so far; @sizes: (n_folds,) */
static guint
best_fold (const Group *group, const guint *counts, const guint *sizes, const guint *in_all,
           guint n_folds, guint n_labels)
{
  guint best = 0;
  double lowest = G_MAXDOUBLE;
  for (guint i = 0; i < n_folds; i++) {
    double value = cost (group, counts + i * n_labels, in_all, n_labels);
    if (value < lowest || (value == lowest && sizes[i] < sizes[best])) {
      lowest = value;
      best = i;
    }
  }
  return best;
}

typedef struct {
  guint n_folds, n_labels;
  guint *folds;  /* (n_clips,) */
  guint *counts; /* (n_folds, n_labels) clips dealt out so far */
  guint *sizes;  /* (n_folds,) */
  guint *in_all; /* (n_labels,) */
} Deal;

static void
deal_group (Deal *deal, const Group *group)
{
  guint fold =
      best_fold (group, deal->counts, deal->sizes, deal->in_all, deal->n_folds, deal->n_labels);
  deal->sizes[fold] += group->clips->len;
  for (guint i = 0; i < deal->n_labels; i++)
    deal->counts[fold * deal->n_labels + i] += group->counts[i];
  for (guint i = 0; i < group->clips->len; i++)
    deal->folds[g_array_index (group->clips, guint, i)] = fold;
}

/* Those of @groups that are, or are not, of the genres. */
static void
deal_some (Deal *deal, const GPtrArray *groups, gboolean of_genres, guint64 seed)
{
  GenreRandom random = genre_random_keyed (seed, PURPOSE, 0, of_genres ? 1 : 2);
  g_autoptr (GPtrArray) some = g_ptr_array_new ();
  for (guint i = 0; i < groups->len; i++)
    if (((Group *)groups->pdata[i])->is_of_genres == of_genres)
      g_ptr_array_add (some, groups->pdata[i]);
  shuffle (some->pdata, some->len, &random);
  for (guint i = 0; i < some->len; i++)
    ((Group *)some->pdata[i])->order = i;
  g_ptr_array_sort (some, compare_groups);
  for (guint i = 0; i < some->len; i++)
    deal_group (deal, some->pdata[i]);
}

static guint *
deal_groups (const GPtrArray *groups, guint n_clips, guint n_labels, guint n_folds, guint64 seed)
{
  g_autofree guint *counts = g_new0 (guint, n_folds * n_labels);
  g_autofree guint *sizes = g_new0 (guint, n_folds);
  g_autofree guint *in_all = g_new0 (guint, n_labels);
  Deal deal = {n_folds, n_labels, g_new0 (guint, n_clips), counts, sizes, in_all};
  for (guint i = 0; i < groups->len; i++)
    for (guint j = 0; j < n_labels; j++)
      in_all[j] += ((Group *)groups->pdata[i])->counts[j];
  deal_some (&deal, groups, TRUE, seed);
  deal_some (&deal, groups, FALSE, seed);
  return deal.folds;
}

/* ---- lists ---- */

#define MOST_DRAWS 32 /* before a list is given up */

typedef struct {
  const guint *percents; /* (n_lists,) */
  guint n_lists, n_labels;
  guint *in_all; /* (n_labels,) */
  guint *counts; /* (n_lists, n_labels) clips dealt out so far */
  guint *sizes;  /* (n_lists,) clips dealt out so far */
  guint *n_left; /* (n_labels,) artists to be dealt out */
  GenreRandom random;
} Draw;

static gboolean
is_lacking (const Draw *draw, guint list, guint label)
{
  return draw->percents[list] > 0 && draw->counts[list * draw->n_labels + label] == 0;
}

static guint
count_lacking (const Draw *draw, guint label)
{
  guint n = 0;
  for (guint i = 0; i < draw->n_lists; i++)
    n += is_lacking (draw, i, label);
  return n;
}

/* Whether a label of @group has fewer artists left than there are lists without it. */
static gboolean
is_scarce (const Draw *draw, const Group *group)
{
  for (guint label = 0; label < draw->n_labels; label++)
    if (group->counts[label] > 0 && draw->n_left[label] < count_lacking (draw, label))
      return TRUE;
  return FALSE;
}

/* For how many of its labels @group is one of the last that @list can have; above all, that the
 * first list, which is learnt from, has something of each. */
static guint64
measure_need (const Draw *draw, const Group *group, guint list)
{
  guint64 need = 0;
  for (guint label = 0; label < draw->n_labels; label++) {
    if (group->counts[label] == 0 || !is_lacking (draw, list, label))
      continue;
    if (draw->n_left[label] <= count_lacking (draw, label))
      need += list == 0 && draw->n_left[label] == 1 ? draw->n_labels + 1 : 1;
  }
  return need;
}

/* The clips that @list may still have of the labels of @group. @fits: whether all of it has a place
 * there, to half a clip. */
static double
measure_room (const Draw *draw, const Group *group, guint list, gboolean *fits)
{
  double sum = 0;
  *fits = TRUE;
  for (guint label = 0; label < draw->n_labels; label++) {
    guint n = group->counts[label];
    double room = draw->percents[list] / 100.0 * draw->in_all[label] -
                  draw->counts[list * draw->n_labels + label];
    *fits = *fits && (n == 0 || room + 0.5 >= n);
    sum += room * n / group->clips->len;
  }
  return sum;
}

/* (n_lists,) those that need @group most. */
static gboolean *
find_neediest (const Draw *draw, const Group *group)
{
  gboolean *neediest = g_new0 (gboolean, draw->n_lists);
  guint64 most_needed = 0;
  for (guint i = 0; i < draw->n_lists; i++)
    most_needed = MAX (most_needed, measure_need (draw, group, i));
  for (guint i = 0; i < draw->n_lists; i++)
    neediest[i] = draw->percents[i] > 0 && measure_need (draw, group, i) == most_needed;
  return neediest;
}

/* Where an artist has a place in several lists, chance decides, by how much place there is; where
 * in none, the one with most. */
static guint
draw_by_room (Draw *draw, const Group *group, const gboolean *may)
{
  guint drawn = 0, largest = 0, n_equal = 0;
  double total = 0, most_room = -G_MAXDOUBLE;
  for (guint i = 0; i < draw->n_lists; i++) {
    gboolean fits;
    double room = measure_room (draw, group, i, &fits);
    if (!may[i])
      continue;
    total += fits ? room : 0;
    if (fits && genre_random_uniform (&draw->random) * total < room)
      drawn = i;
    n_equal = room > most_room ? 1 : n_equal + (room == most_room);
    if (room >= most_room && genre_random_below (&draw->random, n_equal) == 0)
      largest = i;
    most_room = MAX (most_room, room);
  }
  return total > 0 ? drawn : largest;
}

/* The one that has least for its share as a whole; to one artist, by chance. */
static guint
draw_by_share (Draw *draw, const Group *group, const gboolean *may)
{
  guint drawn = 0;
  double least = G_MAXDOUBLE;
  for (guint i = 0; i < draw->n_lists; i++) {
    if (!may[i])
      continue;
    double part = group->clips->len * genre_random_uniform (&draw->random);
    double filled = (draw->sizes[i] + part) / draw->percents[i];
    if (filled < least) {
      least = filled;
      drawn = i;
    }
  }
  return drawn;
}

static gboolean
has_most_room (const Draw *draw, const Group *group, const gboolean *may)
{
  gboolean fits;
  double room = measure_room (draw, group, 0, &fits);
  for (guint i = 1; i < draw->n_lists; i++)
    if (may[i] && measure_room (draw, group, i, &fits) > room)
      return FALSE;
  return may[0];
}

/* Of a label with an artist for some of the lists only, the same list would go without in every
 * genre, were it for the room there: that list could stay empty. */
static guint
draw_list (Draw *draw, const Group *group)
{
  g_autofree gboolean *may = find_neediest (draw, group);
  if (!is_scarce (draw, group))
    return draw_by_room (draw, group, may);
  if (has_most_room (draw, group, may))
    return 0;
  for (guint i = 1; i < draw->n_lists; i++)
    if (may[i])
      may[0] = FALSE; /* it is given the last one */
  return draw_by_share (draw, group, may);
}

static int
compare_weights (gconstpointer a, gconstpointer b)
{
  const Group *x = *(Group *const *)a, *y = *(Group *const *)b;
  if (x->weight != y->weight)
    return x->weight > y->weight ? -1 : 1;
  return x->order < y->order ? -1 : x->order > y->order;
}

/* Large artists first, since small ones fill what is left; but not always the same ones. */
static void
draw_order (GPtrArray *groups, GenreRandom *random)
{
  for (guint i = 0; i < groups->len; i++) {
    Group *group = groups->pdata[i];
    group->order = i;
    group->weight = group->clips->len * genre_random_range (random, 1, 2);
  }
  g_ptr_array_sort (groups, compare_weights);
}

static void
begin_draw (Draw *draw, const GPtrArray *groups)
{
  memset (draw->in_all, 0, draw->n_labels * sizeof *draw->in_all);
  memset (draw->n_left, 0, draw->n_labels * sizeof *draw->n_left);
  memset (draw->counts, 0, draw->n_lists * draw->n_labels * sizeof *draw->counts);
  memset (draw->sizes, 0, draw->n_lists * sizeof *draw->sizes);
  for (guint i = 0; i < groups->len; i++)
    for (guint label = 0; label < draw->n_labels; label++) {
      guint n = ((const Group *)groups->pdata[i])->counts[label];
      draw->in_all[label] += n;
      draw->n_left[label] += n > 0;
    }
}

/* FALSE if a list has got nothing. */
static gboolean
draw_lists (Draw *draw, const GPtrArray *groups, guint *lists)
{
  begin_draw (draw, groups);
  for (guint i = 0; i < groups->len; i++) {
    const Group *group = groups->pdata[i];
    guint list = draw_list (draw, group);
    draw->sizes[list] += group->clips->len;
    for (guint label = 0; label < draw->n_labels; label++) {
      draw->counts[list * draw->n_labels + label] += group->counts[label];
      draw->n_left[label] -= group->counts[label] > 0;
    }
    for (guint j = 0; j < group->clips->len; j++)
      lists[g_array_index (group->clips, guint, j)] = list;
  }
  for (guint i = 0; i < draw->n_lists; i++)
    if (draw->percents[i] > 0 && draw->sizes[i] == 0)
      return FALSE;
  return TRUE;
}

/* @n_asked: lists that are not to be empty */
static void
set_list_empty (guint n_groups, guint n_asked, GenreFoldsKind kind, GError **error)
{
  if (kind == GENRE_FOLDS_RANDOM)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%u clips leave a list empty, since genres of fewer than %u clips have none for "
                 "each; expected genres of more clips",
                 n_groups, n_asked);
  else
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA,
                 "%u artists leave a list empty, since genres by fewer than %u artists have none "
                 "for each; expected genres by more artists",
                 n_groups, n_asked);
}

guint *
genre_folds_draw_lists (const GPtrArray *clips, GenreFoldsKind kind, const guint *percents,
                        guint n_lists, guint64 seed, GError **error)
{
  guint n_artists = 0, n_labels = count_labels (clips);
  g_autoptr (GPtrArray) groups = kind == GENRE_FOLDS_RANDOM
                                     ? group_each (clips, n_labels)
                                     : group_by_artist (clips, n_labels, n_labels, &n_artists);
  if (kind == GENRE_FOLDS_ARTIST && n_artists == 0) {
    set_no_artist (clips, error);
    return NULL;
  }
  g_autofree guint *in_all = g_new (guint, n_labels);
  g_autofree guint *counts = g_new (guint, n_lists * n_labels);
  g_autofree guint *sizes = g_new (guint, n_lists);
  g_autofree guint *n_left = g_new (guint, n_labels);
  g_autofree guint *lists = g_new0 (guint, clips->len);
  Draw draw = {percents, n_lists, n_labels, in_all, counts, sizes, n_left, {0}};
  for (guint i = 0; i < MOST_DRAWS; i++) {
    draw.random = genre_random_keyed (seed, PURPOSE, i, 3);
    draw_order (groups, &draw.random);
    if (draw_lists (&draw, groups, lists))
      return g_steal_pointer (&lists);
  }
  guint n_asked = 0;
  for (guint i = 0; i < n_lists; i++)
    n_asked += percents[i] > 0;
  set_list_empty (groups->len, n_asked, kind, error);
  return NULL;
}

guint *
genre_folds_count_artists (const GPtrArray *clips, guint n_genres)
{
  guint *n = g_new0 (guint, n_genres + 1), n_artists;
  g_autoptr (GPtrArray) groups =
      group_by_artist (clips, MAX (n_genres, count_labels (clips)), n_genres, &n_artists);
  for (guint i = 0; i < groups->len; i++)
    for (guint genre = 0; genre < n_genres; genre++)
      n[genre] += ((const Group *)groups->pdata[i])->counts[genre] > 0;
  return n;
}

guint
genre_folds_choose (const GPtrArray *clips, guint n_genres, guint wanted)
{
  g_autofree guint *n_artists = genre_folds_count_artists (clips, n_genres);
  guint n = G_MAXUINT;
  for (guint i = 0; i < n_genres; i++)
    n = n_artists[i] > 1 ? MIN (n, n_artists[i]) : n;
  return n == G_MAXUINT ? 2 : MAX (MIN (n, wanted), 2);
}

guint *
genre_folds_new (const GPtrArray *clips, guint n_genres, guint n_folds, GenreFoldsKind kind,
                 guint64 seed, GError **error)
{
  if (kind == GENRE_FOLDS_RANDOM)
    return check (clips, n_folds, clips->len, "clips", error) ? deal_clips (clips, n_folds, seed)
                                                              : NULL;
  guint n_artists, n_labels = count_labels (clips);
  g_autoptr (GPtrArray) groups = group_by_artist (clips, n_labels, n_genres, &n_artists);
  if (n_artists == 0) {
    set_no_artist (clips, error);
    return NULL;
  }
  if (!check (clips, n_folds, count_groups_of_genres (groups), "artists of the genres", error))
    return NULL;
  return deal_groups (groups, clips->len, n_labels, n_folds, seed);
}
