/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ranks.h"
#include <gio/gio.h>
#ifdef GENRE_HAVE_MPI
#include <mpi.h>
#endif

#define LARGEST_MESSAGE (1u << 30) /* bytes: MPI counts in int */

static int rank_index, rank_count = 1;

#ifdef GENRE_HAVE_MPI

/* Set by mpirun of Open MPI, and by launchers that speak PMIx. */
static gboolean
was_launched (void)
{
  return g_getenv ("OMPI_COMM_WORLD_SIZE") != NULL || g_getenv ("PMIX_RANK") != NULL;
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
genre_ranks_share (gpointer data, gsize size, guint from)
{
  for (gsize at = 0; rank_count > 1 && at < size; at += LARGEST_MESSAGE)
    MPI_Bcast ((char *)data + at, (int)MIN (LARGEST_MESSAGE, size - at), MPI_BYTE, (int)from,
               MPI_COMM_WORLD);
}

static int
smallest (int value)
{
  if (rank_count > 1)
    MPI_Allreduce (MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  return value;
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
genre_ranks_share (gpointer data, gsize size, guint from)
{
}

static int
smallest (int value)
{
  return value;
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

gboolean
genre_ranks_any (gboolean flag)
{
  return smallest (!flag) == 0;
}

gboolean
genre_ranks_agree (gboolean good, GError **error)
{
  int first = smallest (good ? rank_count : rank_index);
  if (first == rank_count)
    return TRUE;
  if (first == rank_index)
    return FALSE;
  g_clear_error (error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "process %d failed", first);
  return FALSE;
}
