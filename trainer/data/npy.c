/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "npy.h"
#include "files.h"
#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6
#define MAX_HEADER 65536

/* The header: a Python dictionary literal such as
 * {'descr': '|u1', 'fortran_order': False, 'shape': (724, 128), } */
typedef struct {
  char *descr;
  int fortran_order; /* -1: not seen */
  guint n_dimensions;
  gsize shape[2];
  gboolean has_shape;
} Header;

static void
header_clear (Header *header)
{
  g_free (header->descr);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Header, header_clear)

static void
skip_space (const char **p)
{
  while (**p == ' ' || **p == '\n' || **p == '\t' || **p == '\r')
    (*p)++;
}

static gboolean
accept (const char **p, const char *token)
{
  skip_space (p);
  if (!g_str_has_prefix (*p, token))
    return FALSE;
  *p += strlen (token);
  return TRUE;
}

/* A quoted string without escapes. */
static char *
parse_string (const char **p)
{
  skip_space (p);
  char quote = **p;
  if (quote != '\'' && quote != '"')
    return NULL;
  const char *start = *p + 1;
  const char *end = strchr (start, quote);
  if (!end || memchr (start, '\\', (size_t)(end - start)))
    return NULL;
  *p = end + 1;
  return g_strndup (start, (gsize)(end - start));
}

static gboolean
parse_dimension (const char **p, gsize *value)
{
  skip_space (p);
  if (!g_ascii_isdigit (**p))
    return FALSE;
  *value = 0;
  while (g_ascii_isdigit (**p)) {
    gsize digit = (gsize)g_ascii_digit_value (**p);
    if (!g_size_checked_mul (value, *value, 10) || !g_size_checked_add (value, *value, digit))
      return FALSE;
    (*p)++;
  }
  accept (p, "L"); /* written by Python 2 */
  return TRUE;
}

/* Dimensions after the second are counted and forgotten. */
static gboolean
parse_shape (const char **p, Header *header)
{
  if (header->has_shape || !accept (p, "("))
    return FALSE;
  header->has_shape = TRUE;
  while (!accept (p, ")")) {
    gsize value;
    if (!parse_dimension (p, &value))
      return FALSE;
    if (header->n_dimensions < G_N_ELEMENTS (header->shape))
      header->shape[header->n_dimensions] = value;
    header->n_dimensions++;
    if (accept (p, ")"))
      return TRUE;
    if (!accept (p, ","))
      return FALSE;
  }
  return TRUE;
}

static gboolean
parse_order (const char **p, Header *header)
{
  if (header->fortran_order >= 0)
    return FALSE;
  if (accept (p, "True"))
    header->fortran_order = 1;
  else if (accept (p, "False"))
    header->fortran_order = 0;
  return header->fortran_order >= 0;
}

static gboolean
parse_descr (const char **p, Header *header)
{
  if (header->descr)
    return FALSE;
  skip_space (p);
  if (**p == '[') { /* a structured type: of no use to us, but not damage */
    const char *end = strrchr (*p, ']');
    if (!end)
      return FALSE;
    *p = end + 1;
    header->descr = g_strdup ("a structured type");
    return TRUE;
  }
  header->descr = parse_string (p);
  return header->descr != NULL;
}

static gboolean
parse_member (const char **p, Header *header)
{
  g_autofree char *key = parse_string (p);
  if (!key || !accept (p, ":"))
    return FALSE;
  if (g_str_equal (key, "descr"))
    return parse_descr (p, header);
  if (g_str_equal (key, "fortran_order"))
    return parse_order (p, header);
  if (g_str_equal (key, "shape"))
    return parse_shape (p, header);
  return FALSE;
}

static gboolean
parse_header (const char *text, Header *header)
{
  const char *p = text;
  header->fortran_order = -1;
  if (!accept (&p, "{"))
    return FALSE;
  while (!accept (&p, "}")) {
    if (!parse_member (&p, header))
      return FALSE;
    if (!accept (&p, ",")) {
      if (!accept (&p, "}"))
        return FALSE;
      break;
    }
  }
  skip_space (&p);
  return *p == '\0' && header->descr && header->fortran_order >= 0 && header->has_shape;
}

static gboolean fail (GError **error, GenreError code, const char *name, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
fail (GError **error, GenreError code, const char *name, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, GENRE_ERROR, (gint)code, "%s: %s", name, message);
  return FALSE;
}

/* Where the header's text lies in the file. */
static gboolean
locate_header (const guint8 *file, gsize size, const char *name, gsize *start, gsize *length,
               GError **error)
{
  if (size < MAGIC_SIZE + 2 || memcmp (file, MAGIC, MAGIC_SIZE) != 0)
    return fail (error, GENRE_ERROR_FORMAT, name, "not a .npy file: the magic string is missing");
  guint major = file[MAGIC_SIZE];
  if (major < 1 || major > 3)
    return fail (error, GENRE_ERROR_UNSUPPORTED, name, ".npy version %u, 1 to 3 expected", major);
  *start = major == 1 ? MAGIC_SIZE + 4 : MAGIC_SIZE + 6;
  if (size < *start)
    return fail (error, GENRE_ERROR_FORMAT, name, "truncated in the .npy header");
  *length = file[8] | (gsize)file[9] << 8;
  if (major > 1)
    *length |= (gsize)file[10] << 16 | (gsize)file[11] << 24;
  if (*length > MAX_HEADER)
    return fail (error, GENRE_ERROR_FORMAT, name,
                 ".npy header of %" G_GSIZE_FORMAT " bytes, at most %d expected", *length,
                 MAX_HEADER);
  if (*length > size - *start)
    return fail (error, GENRE_ERROR_FORMAT, name, "truncated in the .npy header");
  return TRUE;
}

static gboolean
check_header (const Header *header, const char *name, GenreNpy *array, GError **error)
{
  if (g_str_equal (header->descr, "<f4"))
    array->type = GENRE_NPY_FLOAT32;
  else if (g_str_equal (header->descr, "|u1") || g_str_equal (header->descr, "<u1") ||
           g_str_equal (header->descr, ">u1") || g_str_equal (header->descr, "u1"))
    array->type = GENRE_NPY_UINT8;
  else
    return fail (error, GENRE_ERROR_UNSUPPORTED, name,
                 "element type '%s', '|u1' (uint8) or '<f4' (float32) expected", header->descr);
  if (header->n_dimensions != 2)
    return fail (error, GENRE_ERROR_UNSUPPORTED, name, "%u dimensions, 2 expected",
                 header->n_dimensions);
  if (header->fortran_order != 0)
    return fail (error, GENRE_ERROR_UNSUPPORTED, name, "Fortran order, C order expected");
  array->rows = header->shape[0];
  array->columns = header->shape[1];
  return TRUE;
}

static gboolean
copy_data (GenreNpy *array, const guint8 *data, gsize size, const char *name, GError **error)
{
  gsize expected;
  gsize item = array->type == GENRE_NPY_FLOAT32 ? 4 : 1;
  if (!g_size_checked_mul (&expected, array->rows, array->columns) ||
      !g_size_checked_mul (&expected, expected, item))
    return fail (error, GENRE_ERROR_FORMAT, name,
                 "shape (%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT ") is larger than any memory",
                 array->rows, array->columns);
  if (expected != size)
    return fail (error, GENRE_ERROR_FORMAT, name,
                 "%s: %" G_GSIZE_FORMAT " bytes of data, %" G_GSIZE_FORMAT
                 " expected for shape (%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT ")",
                 size < expected ? "truncated" : "too long", size, expected, array->rows,
                 array->columns);
  array->data = g_try_malloc (MAX (size, 1));
  if (!array->data)
    return fail (error, GENRE_ERROR_IO, name, "not enough memory for its %" G_GSIZE_FORMAT " bytes",
                 size);
  memcpy (array->data, data, size);
  if (array->type == GENRE_NPY_FLOAT32 && G_BYTE_ORDER == G_BIG_ENDIAN)
    for (gsize i = 0; i < size / 4; i++)
      ((guint32 *)array->data)[i] = GUINT32_FROM_LE (((guint32 *)array->data)[i]);
  return TRUE;
}

GenreNpy *
genre_npy_parse (GBytes *bytes, const char *name, GError **error)
{
  gsize size, start = 0, length = 0;
  const guint8 *file = g_bytes_get_data (bytes, &size);
  if (!locate_header (file, size, name, &start, &length, error))
    return NULL;
  g_autofree char *text = g_strndup ((const char *)file + start, length);
  g_auto (Header) header = {0};
  if (strlen (text) != length || !parse_header (text, &header)) {
    fail (error, GENRE_ERROR_FORMAT, name, "the .npy header is not a description of an array");
    return NULL;
  }
  g_autoptr (GenreNpy) array = g_new0 (GenreNpy, 1);
  if (!check_header (&header, name, array, error) ||
      !copy_data (array, file + start + length, size - start - length, name, error))
    return NULL;
  return g_steal_pointer (&array);
}

GenreNpy *
genre_npy_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = genre_file_read (path, GENRE_NPY_MAX_FILE, error);
  return !bytes ? NULL : genre_npy_parse (bytes, path, error);
}

void
genre_npy_free (GenreNpy *array)
{
  if (!array)
    return;
  g_free (array->data);
  g_free (array);
}

gboolean
genre_npy_save (const char *path, GenreNpyType type, gsize rows, gsize columns, gconstpointer data,
                GError **error)
{
  gsize size = rows * columns * (type == GENRE_NPY_FLOAT32 ? 4 : 1);
  g_autofree char *text =
      g_strdup_printf ("{'descr': '%s', 'fortran_order': False, 'shape': (%" G_GSIZE_FORMAT
                       ", %" G_GSIZE_FORMAT "), }",
                       type == GENRE_NPY_FLOAT32 ? "<f4" : "|u1", rows, columns);
  /* Magic, version, length, text, padding and the newline end on a multiple of 64. */
  gsize start = MAGIC_SIZE + 4;
  gsize total = (start + strlen (text) + 1 + 63) / 64 * 64;
  gsize length = total - start;
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_byte_array_set_size (file, (guint)total);
  memset (file->data, ' ', total);
  memcpy (file->data, MAGIC "\x01\x00", MAGIC_SIZE + 2);
  file->data[8] = (guint8)(length & 0xff);
  file->data[9] = (guint8)(length >> 8);
  memcpy (file->data + start, text, strlen (text));
  file->data[total - 1] = '\n';
  if (size > GENRE_NPY_MAX_FILE - total)
    return fail (error, GENRE_ERROR_INVALID, path,
                 "an array of %" G_GSIZE_FORMAT " bytes is too large to be stored", size);
  g_byte_array_append (file, data, (guint)size);
  return genre_file_write (path, file->data, file->len, error);
}
