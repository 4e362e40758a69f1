/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "product.h"
#include "activation.h"

#define MOST_VECTORS 3

/* What follows the sums. All that @p says is read once: a store might, for all the compiler knows,
 * change it. */
INLINE void
finish_rows (const GenreProduct *p, Vector (*sum)[MOST_VECTORS], guint first, const guint rows,
             const guint vectors)
{
  const gsize c_row = p->c_row, addend_row = p->addend_row;
  const float *bias = p->bias, *addend = p->addend;
  const gboolean is_relu = p->activation == GENRE_ACTIVATION_RELU;
  float *c = p->c + first * c_row;
  for (guint n = 0; n < vectors && bias; n++) {
    Vector value = vector_load (bias + n * LANES);
    UNROLL (14)
    for (guint m = 0; m < rows; m++)
      sum[m][n] += value;
  }
  if (addend) {
    addend += first * addend_row;
    UNROLL (14)
    for (guint m = 0; m < rows; m++) {
      for (guint n = 0; n < vectors; n++)
        sum[m][n] += (Vector) * (const LooseVector *)(addend + m * addend_row + n * LANES);
    }
  }
  if (is_relu) {
    UNROLL (14)
    for (guint m = 0; m < rows; m++) {
      for (guint n = 0; n < vectors; n++)
        sum[m][n] = activate (sum[m][n], GENRE_ACTIVATION_RELU);
    }
  }
  UNROLL (14)
  for (guint m = 0; m < rows; m++) {
    for (guint n = 0; n < vectors; n++)
      *(LooseVector *)(c + m * c_row + n * LANES) = sum[m][n];
  }
}

/* The weights of the panel or position that comes next, which lie beyond the cache, where the
 * processor alone fetches them too late: from @next on, @share floats for each row of B that is
 * read, so that all pieces of a product fetch a part. A line of the cache for each row is enough
 * for two pieces or more; of the widest vectors there is often one. */
typedef struct {
  const float *next;
  gsize share;
} Fetch;

/* @step and @b_row: those of @p, where they are known when this is compiled. */
INLINE void
multiply_rows (const GenreProduct *p, guint first, Fetch *fetch, const guint rows,
               const guint vectors, const gsize step, const gsize b_row)
{
  Vector sum[ROWS_OF_1][MOST_VECTORS];
  const float *a = p->a + first * p->row, *b = p->b, *next = fetch->next;
  const gsize row = p->row, share = fetch->share;
  UNROLL (14)
  for (guint m = 0; m < rows; m++) {
    for (guint n = 0; n < vectors; n++)
      sum[m][n] = vector_of (0);
  }
  for (guint s = 0; s < p->segments; s++) {
    /* A base for every three rows: base + row and base + 2 · row are addressing modes. */
    const float *base[(ROWS_OF_1 + 2) / 3];
    UNROLL (5)
    for (guint i = 0; i < (rows + 2) / 3; i++)
      base[i] = a + s * p->segment + 3 * i * row;
    for (gsize k = 0; k < p->length; k++, b += b_row, next += share) {
      Vector w[MOST_VECTORS];
      for (guint n = 0; n < vectors; n++)
        w[n] = vector_load (b + n * LANES);
      for (guint n = 0; n < (LANES < 16 ? 1 : vectors); n++)
        __builtin_prefetch (next + 16 * n);
      UNROLL (14)
      for (guint m = 0; m < rows; m++) {
        Vector value = vector_of (base[m / 3][k * step + m % 3 * row]);
        for (guint n = 0; n < vectors; n++)
          sum[m][n] += value * w[n];
      }
    }
  }
  fetch->next = next;
  finish_rows (p, sum, first, rows, vectors);
}

/* @n pieces of rows, one after the other from row @first on. */
typedef void (*ProductFunc) (const GenreProduct *product, guint first, guint n, Fetch *fetch);

/* For every number of rows and vectors a copy; of rows of A and B as inference has them, one value
 * or all vectors after the other, and of any. */
#define COPY(rows, vectors)                                                                        \
  static void packed_##rows##_##vectors (const GenreProduct *p, guint first, guint n,              \
                                         Fetch *fetch)                                             \
  {                                                                                                \
    for (; n > 0; n--, first += rows)                                                              \
      multiply_rows (p, first, fetch, rows, vectors, 1, vectors *LANES);                           \
  }                                                                                                \
  static void strided_##rows##_##vectors (const GenreProduct *p, guint first, guint n,             \
                                          Fetch *fetch)                                            \
  {                                                                                                \
    for (; n > 0; n--, first += rows)                                                              \
      multiply_rows (p, first, fetch, rows, vectors, p->step, p->b_row);                           \
  }
#define PACKED(rows, vectors) packed_##rows##_##vectors,
#define STRIDED(rows, vectors) strided_##rows##_##vectors,
#define UP_TO_4(X, vectors) X (1, vectors) X (2, vectors) X (3, vectors) X (4, vectors)
#define UP_TO_6(X, vectors) UP_TO_4 (X, vectors) X (5, vectors) X (6, vectors)
#define UP_TO_8(X, vectors) UP_TO_6 (X, vectors) X (7, vectors) X (8, vectors)
#define UP_TO_9(X, vectors) UP_TO_8 (X, vectors) X (9, vectors)
#define UP_TO_12(X, vectors) UP_TO_9 (X, vectors) X (10, vectors) X (11, vectors) X (12, vectors)
#define UP_TO_14(X, vectors) UP_TO_12 (X, vectors) X (13, vectors) X (14, vectors)
#define PASTE(n, X, vectors) UP_TO_##n (X, vectors)
#define UP_TO(n, X, vectors) PASTE (n, X, vectors)
#define FOR_ALL_ROWS(X) {UP_TO (ROWS_OF_1, X, 1)}, {UP_TO (ROWS, X, 2)}, {UP_TO (ROWS_OF_3, X, 3)},
UP_TO (ROWS_OF_1, COPY, 1)
UP_TO (ROWS, COPY, 2)
UP_TO (ROWS_OF_3, COPY, 3)
static const guint most_rows[MOST_VECTORS] = {ROWS_OF_1, ROWS, ROWS_OF_3};
static const ProductFunc packed[MOST_VECTORS][ROWS_OF_1] = {FOR_ALL_ROWS (PACKED)};
static const ProductFunc strided[MOST_VECTORS][ROWS_OF_1] = {FOR_ALL_ROWS (STRIDED)};

/* The activations that take more than an instruction, where the sums are still in the nearest
 * cache. */
static void
activate_rows (const GenreProduct *p, guint rows, guint vectors)
{
  const GenreActivation activation = p->activation;
  const gsize c_row = p->c_row;
  float *c = p->c;
  for (guint m = 0; m < rows; m++, c += c_row) {
    for (guint n = 0; n < vectors * LANES; n += LANES)
      *(LooseVector *)(c + n) = activate ((Vector) * (const LooseVector *)(c + n), activation);
  }
}

/* In pieces of nearly the same height: those that are a row higher, then the others. */
void
genre_multiply (const GenreProduct *product, guint rows, guint vectors)
{
  GenreProduct p = *product;
  gboolean is_packed = p.step == 1 && p.b_row == vectors * LANES;
  const ProductFunc *functions = (is_packed ? packed : strided)[vectors - 1];
  guint n_pieces = (rows + most_rows[vectors - 1] - 1) / most_rows[vectors - 1];
  guint height = rows / n_pieces, n_higher = rows % n_pieces;
  gsize b_size = (gsize)p.segments * p.length * p.b_row;
  for (guint i = 0; i <= product->more; i++) {
    Fetch fetch = {p.b + b_size, (p.b_row + n_pieces - 1) / n_pieces};
    if (n_higher)
      functions[height](&p, 0, n_higher, &fetch);
    functions[height - 1](&p, n_higher * (height + 1), n_pieces - n_higher, &fetch);
    if (p.activation != GENRE_ACTIVATION_NONE && p.activation != GENRE_ACTIVATION_RELU)
      activate_rows (&p, rows, vectors);
    p.a += p.a_next;
    p.b += b_size;
    p.c += p.c_next;
  }
}
