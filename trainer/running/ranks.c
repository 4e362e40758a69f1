/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ranks.h"
#include <gio/gio.h>
#include <string.h>
#ifdef GENRE_HAVE_MPI
#include <mpi.h>
#endif

#define LARGEST_MESSAGE (1u << 30) /* bytes: MPI counts in int */
#define CALLED_OFF 1               /* tag of the message that says so */
#define WAIT (G_USEC_PER_SEC / 1000)

static int rank_index, rank_count = 1; /* in the group, while they are parted */

/* The first of @n rounds that falls to @rank. */
static guint
first_of (int rank, guint n)
{
  return (guint)((guint64)n * rank / rank_count);
}

/* ---- parted ---- */

guint
genre_ranks_get_leader (guint n_groups, guint group)
{
  return (guint)((guint64)group * (guint)rank_count / n_groups);
}

static gboolean
is_secondary (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

#ifdef GENRE_HAVE_MPI

static MPI_Comm members = MPI_COMM_NULL; /* of the group, or all; none: only this one */
static int whole_index, whole_count = 1;
static MPI_Request *sent; /* (whole_count,) messages that call the others off; NULL: none */
static int n_heard;       /* messages of others that do */

/* Set by mpirun of Open MPI, and by launchers that speak PMIx. */
static gboolean
was_launched (void)
{
  return g_getenv ("OMPI_COMM_WORLD_SIZE") || g_getenv ("PMIX_RANK");
}

static void
enter (MPI_Comm entered)
{
  members = entered;
  MPI_Comm_rank (members, &rank_index);
  MPI_Comm_size (members, &rank_count);
}

void
genre_ranks_begin (void)
{
  int provided;
  if (!was_launched () || MPI_Init_thread (NULL, NULL, MPI_THREAD_FUNNELED, &provided))
    return;
  enter (MPI_COMM_WORLD);
  whole_index = rank_index;
  whole_count = rank_count;
}

void
genre_ranks_end (void)
{
  int begun;
  if (MPI_Initialized (&begun) == MPI_SUCCESS && begun)
    MPI_Finalize ();
  members = MPI_COMM_NULL;
  rank_index = whole_index = 0;
  rank_count = whole_count = 1;
}

/* Runs of ranks, in order. */
static int
group_of (int rank, int n_groups)
{
  return (int)((((gint64)rank + 1) * n_groups - 1) / rank_count);
}

guint
genre_ranks_part (guint n_groups)
{
  if (whole_count == 1)
    return 0;
  int number = group_of (rank_index, (int)n_groups);
  MPI_Comm part;
  MPI_Comm_split (MPI_COMM_WORLD, number, rank_index, &part);
  enter (part);
  return (guint)number;
}

static void
call_off (void)
{
  if (whole_count == 1 || sent)
    return;
  sent = g_new (MPI_Request, whole_count);
  for (int rank = 0; rank < whole_count; rank++)
    if (rank == whole_index)
      sent[rank] = MPI_REQUEST_NULL;
    else
      MPI_Isend (NULL, 0, MPI_BYTE, rank, CALLED_OFF, MPI_COMM_WORLD, &sent[rank]);
}

gboolean
genre_ranks_are_called_off (void)
{
  int waiting = whole_count > 1;
  while (waiting) {
    MPI_Iprobe (MPI_ANY_SOURCE, CALLED_OFF, MPI_COMM_WORLD, &waiting, MPI_STATUS_IGNORE);
    if (!waiting)
      break;
    MPI_Recv (NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, CALLED_OFF, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    n_heard++;
  }
  return sent || n_heard > 0;
}

/* Until all are here. MPI would keep a processor busy with waiting, perhaps for hours. */
static void
wait_for_all (const gint *stop)
{
  MPI_Request barrier;
  int done = 0;
  MPI_Ibarrier (MPI_COMM_WORLD, &barrier);
  for (;;) {
    MPI_Test (&barrier, &done, MPI_STATUS_IGNORE);
    if (done)
      return;
    if (stop && g_atomic_int_get (stop))
      call_off ();
    genre_ranks_are_called_off ();
    g_usleep (WAIT);
  }
}

/* No message may be left for the next time. */
static void
take_messages (void)
{
  int n = sent != NULL;
  MPI_Allreduce (MPI_IN_PLACE, &n, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  for (n -= sent != NULL; n_heard < n; n_heard++)
    MPI_Recv (NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, CALLED_OFF, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  if (sent)
    MPI_Waitall (whole_count, sent, MPI_STATUSES_IGNORE);
  g_clear_pointer (&sent, g_free);
  n_heard = 0;
}

static void
join_again (gboolean good, const gint *stop)
{
  if (whole_count == 1)
    return;
  if (!good)
    call_off ();
  wait_for_all (stop);
  take_messages ();
  MPI_Comm part = members;
  enter (MPI_COMM_WORLD);
  MPI_Comm_free (&part);
}

/* ---- exchange ---- */

static void
share_from (int rank, gpointer data, gsize size)
{
  for (gsize at = 0; rank_count > 1 && at < size; at += LARGEST_MESSAGE)
    MPI_Bcast ((char *)data + at, (int)MIN (LARGEST_MESSAGE, size - at), MPI_BYTE, rank, members);
}

void
genre_ranks_gather (gpointer rows, guint n, gsize size)
{
  if (rank_count == 1 || n == 0 || size == 0)
    return;
  g_autofree int *counts = g_new (int, rank_count), *begins = g_new (int, rank_count);
  for (int i = 0; i < rank_count; i++) {
    begins[i] = first_of (i, n);
    counts[i] = first_of (i + 1, n) - begins[i];
  }
  MPI_Datatype row;
  MPI_Type_contiguous ((int)size, MPI_BYTE, &row);
  MPI_Type_commit (&row);
  MPI_Allgatherv (MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, rows, counts, begins, row, members);
  MPI_Type_free (&row);
}

void
genre_ranks_add (double *numbers, guint n)
{
  if (rank_count > 1)
    MPI_Allreduce (MPI_IN_PLACE, numbers, (int)n, MPI_DOUBLE, MPI_SUM, members);
}

static void
find_smallest (int values[2])
{
  if (rank_count > 1)
    MPI_Allreduce (MPI_IN_PLACE, values, 2, MPI_INT, MPI_MIN, members);
}

#else

void
genre_ranks_begin (void)
{
}

void
genre_ranks_end (void)
{
}

guint
genre_ranks_part (guint n_groups)
{
  return 0;
}

gboolean
genre_ranks_are_called_off (void)
{
  return FALSE;
}

static void
join_again (gboolean good, const gint *stop)
{
}

static void
share_from (int rank, gpointer data, gsize size)
{
}

void
genre_ranks_gather (gpointer rows, guint n, gsize size)
{
}

void
genre_ranks_add (double *numbers, guint n)
{
}

static void
find_smallest (int values[2])
{
}

#endif

guint
genre_ranks_get_index (void)
{
  return (guint)rank_index;
}

guint
genre_ranks_get_count (void)
{
  return (guint)rank_count;
}

guint
genre_ranks_divide (guint n, guint *first)
{
  *first = first_of (rank_index, n);
  return first_of (rank_index + 1, n) - *first;
}

gboolean
genre_ranks_ask_all (gboolean good, gboolean *flag, GError **error)
{
  int values[2] = {good ? rank_count : rank_index, !(flag && *flag)};
  find_smallest (values);
  if (flag)
    *flag = !values[1];
  if (values[0] == rank_count)
    return TRUE;
  if (values[0] == rank_index)
    return FALSE;
  g_clear_error (error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "process %d failed", values[0]);
  return FALSE;
}

gboolean
genre_ranks_rejoin (gboolean good, const gint *stop, GError **error)
{
  gboolean is_cause = !good && !(error && is_secondary (*error));
  join_again (good, stop);
  return genre_ranks_agree (!is_cause, NULL, error) && genre_ranks_agree (good, NULL, error);
}

void
genre_ranks_share (gpointer data, gsize size)
{
  share_from (0, data, size);
}

gboolean
genre_ranks_compare (const char *identity)
{
  g_autofree char *first = g_strdup (identity);
  genre_ranks_share (first, strlen (first));
  return strcmp (first, identity) == 0;
}

void
genre_ranks_share_texts (guint rank, GPtrArray *texts)
{
  if (rank_count == 1)
    return;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  for (guint i = 0; i < texts->len; i++)
    g_byte_array_append (bytes, texts->pdata[i], (guint)strlen (texts->pdata[i]) + 1);
  guint size = bytes->len;
  share_from ((int)rank, &size, sizeof size);
  g_byte_array_set_size (bytes, size);
  share_from ((int)rank, bytes->data, size);
  if (rank == (guint)rank_index)
    return;
  g_ptr_array_set_size (texts, 0);
  for (guint at = 0; at < size; at += (guint)strlen ((const char *)bytes->data + at) + 1)
    g_ptr_array_add (texts, g_strdup ((const char *)bytes->data + at));
}

void
genre_ranks_collect_texts (GPtrArray *texts)
{
  for (guint rank = 1; rank < genre_ranks_get_count (); rank++) {
    g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func (g_free);
    if (rank == genre_ranks_get_index ())
      g_ptr_array_extend_and_steal (taken, g_ptr_array_ref (texts));
    genre_ranks_share_texts (rank, taken);
    if (genre_ranks_get_index () == 0)
      g_ptr_array_extend_and_steal (texts, g_steal_pointer (&taken));
  }
}
