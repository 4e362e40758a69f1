/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ranks.h"
#include <gio/gio.h>
#ifdef GENRE_HAVE_MPI
#include <mpi.h>
#endif

#define LARGEST_MESSAGE (1u << 30) /* bytes: MPI counts in int */

static int rank_index, rank_count = 1;

/* The first of @n rounds that falls to @rank. */
static guint
first_of (int rank, guint n)
{
  return (guint)((guint64)n * rank / rank_count);
}

#ifdef GENRE_HAVE_MPI

/* Set by mpirun of Open MPI, and by launchers that speak PMIx. */
static gboolean
was_launched (void)
{
  return g_getenv ("OMPI_COMM_WORLD_SIZE") || g_getenv ("PMIX_RANK");
}

void
genre_ranks_begin (void)
{
  int provided;
  if (!was_launched () || MPI_Init_thread (NULL, NULL, MPI_THREAD_FUNNELED, &provided))
    return;
  MPI_Comm_rank (MPI_COMM_WORLD, &rank_index);
  MPI_Comm_size (MPI_COMM_WORLD, &rank_count);
}

void
genre_ranks_end (void)
{
  int begun;
  if (MPI_Initialized (&begun) == MPI_SUCCESS && begun)
    MPI_Finalize ();
  rank_index = 0;
  rank_count = 1;
}

void
genre_ranks_share (gpointer data, gsize size)
{
  for (gsize at = 0; rank_count > 1 && at < size; at += LARGEST_MESSAGE)
    MPI_Bcast ((char *)data + at, (int)MIN (LARGEST_MESSAGE, size - at), MPI_BYTE, 0,
               MPI_COMM_WORLD);
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
  MPI_Allgatherv (MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, rows, counts, begins, row, MPI_COMM_WORLD);
  MPI_Type_free (&row);
}

static void
find_smallest (int values[2])
{
  if (rank_count > 1)
    MPI_Allreduce (MPI_IN_PLACE, values, 2, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
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

void
genre_ranks_share (gpointer data, gsize size)
{
}

void
genre_ranks_gather (gpointer rows, guint n, gsize size)
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
genre_ranks_agree (gboolean good, gboolean *flag, GError **error)
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
