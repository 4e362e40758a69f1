/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "safetensors.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "half.h"
#include "test.h"

#define NAME "some.safetensors"

/* A file of this header and so many bytes of data, all zero. */
static GBytes *
make_file (const char *header, gsize n_data)
{
  GByteArray *bytes = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE (strlen (header));
  g_autofree guint8 *data = g_malloc0 (n_data + 1);
  g_byte_array_append (bytes, (const guint8 *)&length, 8);
  g_byte_array_append (bytes, (const guint8 *)header, (guint)strlen (header));
  g_byte_array_append (bytes, data, (guint)n_data);
  return g_byte_array_free_to_bytes (bytes);
}

static GBytes *
read_file (const char *path)
{
  char *contents;
  gsize length;
  ck_assert (g_file_get_contents (path, &contents, &length, NULL));
  return g_bytes_new_take (contents, length);
}

/* What genre_safetensors_save() makes of @file. */
static GBytes *
save_to_bytes (const GenreSafetensors *file)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, NAME, NULL);
  g_autoptr (GError) error = NULL;
  ck_assert_msg (genre_safetensors_save (file, path, &error), "%s", error ? error->message : "");
  GBytes *bytes = read_file (path);
  ck_assert_uint_eq (test_remove_folder (folder), 1);
  return bytes;
}

static GenreSafetensors *
make_small (void)
{
  GenreSafetensors *file = genre_safetensors_new ();
  const gsize shape[] = {2, 3};
  const float values[] = {0, -1.5f, 3e38f, 1e-45f, 65504, 0.1f};
  const float halves[] = {1, -0.5f, 65504, 0, 0x1p-24f};
  genre_safetensors_set_tensor (file, "b", GENRE_DTYPE_F32, 2, shape, values);
  genre_safetensors_set_tensor (file, "a", GENRE_DTYPE_F16, 1, (const gsize[]){5}, halves);
  genre_safetensors_set_tensor (file, "scalar", GENRE_DTYPE_F32, 0, NULL, (const float[]){7});
  genre_safetensors_set_metadata (file, "z", "last \"quoted\" ü\n");
  genre_safetensors_set_metadata (file, "format", "test");
  return file;
}

/* ---- there and back ---- */

START_TEST (what_is_written_is_read_back)
{
  g_autoptr (GenreSafetensors) file = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (file);
  g_autoptr (GenreSafetensors) back = genre_safetensors_parse (bytes, NAME, NULL);
  ck_assert_ptr_nonnull (back);
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  guint n_dimensions;
  const float *values = genre_safetensors_get_tensor (back, "b", &n_dimensions, shape);
  ck_assert_uint_eq (n_dimensions, 2);
  ck_assert_uint_eq (shape[0], 2);
  ck_assert_uint_eq (shape[1], 3);
  ck_assert_mem_eq (values, ((float[]){0, -1.5f, 3e38f, 1e-45f, 65504, 0.1f}), 24);
  values = genre_safetensors_get_tensor (back, "a", &n_dimensions, shape);
  ck_assert_uint_eq (shape[0], 5);
  ck_assert_mem_eq (values, ((float[]){1, -0.5f, 65504, 0, 0x1p-24f}), 20);
  values = genre_safetensors_get_tensor (back, "scalar", &n_dimensions, shape);
  ck_assert_uint_eq (n_dimensions, 0);
  ck_assert_float_eq (values[0], 7);
  ck_assert_ptr_null (genre_safetensors_get_tensor (back, "c", &n_dimensions, shape));
  ck_assert_str_eq (genre_safetensors_get_metadata (back, "z"), "last \"quoted\" ü\n");
  ck_assert_ptr_null (genre_safetensors_get_metadata (back, "y"));
  g_autoptr (GList) keys = genre_safetensors_metadata_keys (back);
  ck_assert_str_eq (keys->data, "format");
  ck_assert_str_eq (keys->next->data, "z");
  g_autoptr (GList) names = genre_safetensors_tensor_names (back);
  ck_assert_str_eq (names->data, "b");
  ck_assert_str_eq (names->next->data, "a");
  ck_assert_str_eq (names->next->next->data, "scalar");
  ck_assert_str_eq (genre_safetensors_get_name (back), NAME);
}
END_TEST

START_TEST (the_bytes_are_those_of_the_format)
{
  const char *header = "{\"__metadata__\":{\"k\":\"v\"},\"t\":{\"dtype\":\"F16\",\"shape\":[2],"
                       "\"data_offsets\":[0,4]}} ";
  g_autoptr (GenreSafetensors) file = genre_safetensors_new ();
  genre_safetensors_set_metadata (file, "k", "v");
  genre_safetensors_set_tensor (file, "t", GENRE_DTYPE_F16, 1, (const gsize[]){2},
                                (const float[]){1, -2});
  g_autoptr (GBytes) bytes = save_to_bytes (file);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  ck_assert_uint_eq (strlen (header) % 8, 0);
  ck_assert_uint_eq (size, 8 + strlen (header) + 4);
  ck_assert_uint_eq (data[0], strlen (header));
  ck_assert_mem_eq (data + 1, "\0\0\0\0\0\0\0", 7);
  ck_assert_mem_eq (data + 8, header, strlen (header));
  ck_assert_mem_eq (data + 8 + strlen (header), "\x00\x3c\x00\xc0", 4);
}
END_TEST

START_TEST (same_content_same_bytes)
{
  g_autoptr (GenreSafetensors) file = make_small (), other = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (file);
  g_autoptr (GenreSafetensors) back = NULL;
  /* Set again, in another order: the last value counts, the first place. */
  genre_safetensors_set_metadata (other, "format", "draft");
  genre_safetensors_set_metadata (other, "format", "test");
  genre_safetensors_set_tensor (other, "scalar", GENRE_DTYPE_F16, 0, NULL, (const float[]){1});
  genre_safetensors_set_tensor (other, "scalar", GENRE_DTYPE_F32, 0, NULL, (const float[]){7});
  g_autoptr (GBytes) other_bytes = save_to_bytes (other);
  ck_assert (g_bytes_equal (bytes, other_bytes));
}
END_TEST

START_TEST (files_of_others_are_read)
{
  g_autofree char *path = test_fixture ("frontend.safetensors");
  g_autoptr (GenreSafetensors) file = genre_safetensors_load (path, NULL);
  ck_assert_ptr_nonnull (file);
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  guint n_dimensions;
  const float *window = genre_safetensors_get_tensor (file, "window", &n_dimensions, shape);
  ck_assert_uint_eq (shape[0], 2048);
  ck_assert_float_eq (window[512], 0.5f);
  ck_assert_ptr_nonnull (strstr (genre_safetensors_get_metadata (file, "source"), "numpy"));
}
END_TEST

START_TEST (a_file_without_tensors_or_metadata_is_a_file)
{
  g_autoptr (GenreSafetensors) file = genre_safetensors_new ();
  g_autoptr (GBytes) bytes = save_to_bytes (file);
  g_autoptr (GenreSafetensors) back = genre_safetensors_parse (bytes, NAME, NULL);
  ck_assert_ptr_nonnull (back);
  ck_assert_ptr_null (genre_safetensors_tensor_names (back));
  ck_assert_ptr_null (genre_safetensors_metadata_keys (back));
}
END_TEST

START_TEST (every_finite_half_is_read_and_every_other_refused)
{
  const char *header = "{\"t\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[0,2]}}";
  g_autoptr (GBytes) template = make_file (header, 2);
  gsize size;
  const guint8 *data = g_bytes_get_data (template, &size);
  for (guint half = 0; half < 65536; half += half % 1024 == 3 ? 1020 : 1) {
    guint8 *copy = g_memdup2 (data, size);
    g_autoptr (GBytes) bytes = g_bytes_new_take (copy, size);
    copy[size - 2] = (guint8)half;
    copy[size - 1] = (guint8)(half >> 8);
    g_autoptr (GError) error = NULL;
    g_autoptr (GenreSafetensors) file = genre_safetensors_parse (bytes, NAME, &error);
    gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
    guint n_dimensions;
    if ((half & 0x7c00) == 0x7c00)
      test_assert_error (error, GENRE_ERROR_FORMAT, "\"t\"", "value 0", "finite");
    else
      ck_assert_float_eq (*genre_safetensors_get_tensor (file, "t", &n_dimensions, shape),
                          genre_half_to_float ((guint16)half));
  }
}
END_TEST

/* ---- hostile files ---- */

#define T(rest) "{\"t\":{" rest "}}"
#define F32 "\"dtype\":\"F32\","

static const struct {
  const char *header;
  gsize n_data;
  const char *fault; /* NULL: a good file */
  GenreError code;
} headers[] = {
    {"{}", 0, NULL, 0},
    {T (F32 "\"shape\":[2],\"data_offsets\":[0,8]"), 8, NULL, 0},
    {T (F32 "\"shape\":[0,5],\"data_offsets\":[0,0]"), 0, NULL, 0},
    {" {\"__metadata__\":{}} ", 0, NULL, 0},
    {"", 0, "header: not valid JSON", GENRE_ERROR_FORMAT},
    {"[]", 0, "expected an object", GENRE_ERROR_FORMAT},
    {"{", 0, "not valid JSON", GENRE_ERROR_FORMAT},
    {"{\"__metadata__\":[]}", 0, "metadata", GENRE_ERROR_FORMAT},
    {"{\"__metadata__\":{\"a\":1}}", 0, "metadata \"a\"", GENRE_ERROR_FORMAT},
    {"{\"__metadata__\":{\"a\":null}}", 0, "metadata \"a\"", GENRE_ERROR_FORMAT},
    {"{\"__metadata__\":{\"a\":\"x\",\"a\":\"y\"}}", 0, "same key twice", GENRE_ERROR_FORMAT},
    {"{\"t\":1}", 0, "\"t\"", GENRE_ERROR_FORMAT},
    {T ("\"shape\":[2],\"data_offsets\":[0,8]"), 8, "\"dtype\" is missing, expected F32",
     GENRE_ERROR_FORMAT},
    {T ("\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]"), 8, "\"dtype\" is 7, expected F32",
     GENRE_ERROR_FORMAT},
    {T ("\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]"), 4, "\"BF16\"",
     GENRE_ERROR_UNSUPPORTED},
    {T (F32 "\"data_offsets\":[0,8]"), 8, "\"shape\" is missing", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":2,\"data_offsets\":[0,8]"), 8, "\"shape\" is 2", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[-2],\"data_offsets\":[0,8]"), 8, "dimension 0 is -2", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2.5],\"data_offsets\":[0,8]"), 8, "dimension 0 is 2.5", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2.0],\"data_offsets\":[0,8]"), 8, "dimension 0 is 2.0, expected a whole",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[0.1e-30],\"data_offsets\":[0,8]"), 8, "dimension 0 is 1e-31,",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[4294967297.0],\"data_offsets\":[0,8]"), 8, "dimension 0 is 4294967297.0,",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[\"2\"],\"data_offsets\":[0,8]"), 8, "dimension 0 is String",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]"), 8, "9 dimensions",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[123456789012345678],\"data_offsets\":[0,8]"), 8, "dimension 0",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]"), 0, "dimension 0",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[200000000,200000000,200000000],\"data_offsets\":[0,0]"), 0, "dimension 1",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2]"), 8, "\"data_offsets\" is missing", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2],\"data_offsets\":null"), 8, "\"data_offsets\" is NULL",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2],\"data_offsets\":[0]"), 8, "\"data_offsets\" has 1 elements",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2],\"data_offsets\":[0,8,8]"), 8, "\"data_offsets\" has 3 elements",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2],\"data_offsets\":[-8,0]"), 8, "element 0 of \"data_offsets\" is -8",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2],\"data_offsets\":[0,[8]]"), 8,
     "element 1 of \"data_offsets\" is JsonArray", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2],\"data_offsets\":[8,0]"), 8, "byte 8 to 0", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2],\"data_offsets\":[0,8]"), 7, "inside 0 to 7", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[2],\"data_offsets\":[999999999999999991,999999999999999999]"), 8,
     "inside 0 to 8", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[3],\"data_offsets\":[0,8]"), 8, "8 bytes of data, expected 12",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[1],\"data_offsets\":[4,8]"), 8, "hole", GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[1],\"data_offsets\":[0,4]"), 8, "8 bytes of data, expected the 4",
     GENRE_ERROR_FORMAT},
    {T (F32 "\"shape\":[1],\"data_offsets\":[0,4],\"x\":1"), 4, "4 members", GENRE_ERROR_FORMAT},
    {"{\"a\":{" F32 "\"shape\":[2],\"data_offsets\":[0,8]},"
     "\"b\":{" F32 "\"shape\":[2],\"data_offsets\":[4,12]}}",
     12, "overlap", GENRE_ERROR_FORMAT},
    {"{\"a\":{" F32 "\"shape\":[2],\"data_offsets\":[0,8]},"
     "\"b\":{" F32 "\"shape\":[2],\"data_offsets\":[0,8]}}",
     8, "overlap", GENRE_ERROR_FORMAT},
    {"{\"a\":{" F32 "\"shape\":[1],\"data_offsets\":[0,4]},"
     "\"a\":{" F32 "\"shape\":[1],\"data_offsets\":[4,8]}}",
     8, "same key twice", GENRE_ERROR_FORMAT},
};

START_TEST (faulty_headers_are_refused)
{
  g_autoptr (GBytes) bytes = make_file (headers[_i].header, headers[_i].n_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreSafetensors) file = genre_safetensors_parse (bytes, NAME, &error);
  ck_assert_msg ((file != NULL) == (headers[_i].fault == NULL), "%s: %s", headers[_i].header,
                 error ? error->message : "no error");
  if (headers[_i].fault)
    test_assert_error (error, headers[_i].code, NAME ": ", headers[_i].fault, "expected");
}
END_TEST

START_TEST (values_that_are_not_finite_are_refused)
{
  const guint32 bits[] = {0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001};
  g_autoptr (GBytes) bytes = make_file (T (F32 "\"shape\":[2],\"data_offsets\":[0,8]"), 8);
  gsize size;
  guint8 *data = (guint8 *)g_bytes_get_data (bytes, &size);
  guint32 value = GUINT32_TO_LE (bits[_i]);
  memcpy (data + size - 4, &value, 4);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_safetensors_parse (bytes, NAME, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, NAME, "tensor \"t\"", "value 1", "finite");
}
END_TEST

START_TEST (absurd_header_lengths_are_refused)
{
  const guint64 lengths[] = {3,           1000,           0x7fffffffffffffff, 0x8000000000000000,
                             G_MAXUINT64, G_MAXUINT64 - 7};
  guint8 data[10] = {0, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
  guint64 length = GUINT64_TO_LE (lengths[_i]);
  memcpy (data, &length, 8);
  g_autoptr (GBytes) bytes = g_bytes_new (data, sizeof data);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_safetensors_parse (bytes, NAME, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, NAME, "header of", "in a file of 10");
}
END_TEST

START_TEST (a_header_over_its_limit_is_refused)
{
  g_autofree char *spaces = g_strnfill (GENRE_SAFETENSORS_MAX_HEADER - 1, ' ');
  g_autofree char *header = g_strconcat (spaces, "{}", NULL);
  g_autoptr (GBytes) bytes = make_file (header, 0), good = make_file (header + 1, 0);
  g_autoptr (GenreSafetensors) file = genre_safetensors_parse (good, NAME, NULL);
  ck_assert_ptr_nonnull (file);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_safetensors_parse (bytes, NAME, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "1048577");
}
END_TEST

START_TEST (deep_nesting_is_refused)
{
  g_autofree char *brackets = g_strnfill (500000, '[');
  g_autofree char *header = g_strconcat ("{\"t\":", brackets, NULL);
  g_autoptr (GBytes) bytes = make_file (header, 0);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_safetensors_parse (bytes, NAME, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "nesting");
}
END_TEST

START_TEST (truncated_file_is_refused)
{
  g_autoptr (GenreSafetensors) file = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (file);
  for (gsize length = 0; length < g_bytes_get_size (bytes); length++) {
    g_autoptr (GBytes) part = g_bytes_new (g_bytes_get_data (bytes, NULL), length);
    g_autoptr (GError) error = NULL;
    ck_assert_ptr_null (genre_safetensors_parse (part, NAME, &error));
    test_assert_error (error, GENRE_ERROR_FORMAT, NAME);
  }
}
END_TEST

START_TEST (corrupted_header_never_crashes)
{
  g_autoptr (GenreSafetensors) file = make_small ();
  g_autoptr (GBytes) bytes = save_to_bytes (file);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint n_refused = 0;
  gsize header_size = 8 + data[0] + 256 * (gsize)data[1];
  for (gsize i = 0; i < header_size; i++) {
    for (guint value = 0; value < 256; value++) {
      guint8 *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) corrupted = g_bytes_new_take (copy, size);
      copy[i] = (guint8)value;
      g_autoptr (GError) error = NULL;
      g_autoptr (GenreSafetensors) back = genre_safetensors_parse (corrupted, NAME, &error);
      ck_assert ((back == NULL) == (error != NULL));
      n_refused += back == NULL;
    }
  }
  ck_assert_uint_gt (n_refused, 200 * header_size);
}
END_TEST

/* ---- files ---- */

START_TEST (what_is_no_file_is_an_error)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *missing = g_build_filename (folder, "missing", NULL);
  g_autofree char *pipe = g_build_filename (folder, "pipe", NULL);
  g_autofree char *empty = g_build_filename (folder, "empty", NULL);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_safetensors_load (missing, &error));
  test_assert_error (error, GENRE_ERROR_IO, missing, "cannot be opened");
  ck_assert_ptr_null (genre_safetensors_load (folder, &error));
  test_assert_error (error, GENRE_ERROR_IO, folder, "a folder, expected a regular file");
  ck_assert_int_eq (mkfifo (pipe, 0600), 0);
  ck_assert_ptr_null (genre_safetensors_load (pipe, &error)); /* and does not wait for a writer */
  test_assert_error (error, GENRE_ERROR_IO, pipe, "regular file");
  ck_assert_ptr_null (genre_safetensors_load ("/dev/zero", &error));
  test_assert_error (error, GENRE_ERROR_IO, "/dev/zero", "regular file");
  ck_assert (g_file_set_contents (empty, "", 0, NULL));
  ck_assert_ptr_null (genre_safetensors_load (empty, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, empty, "0 bytes");
  test_remove_folder (folder);
}
END_TEST

START_TEST (a_file_over_its_limit_is_refused_unread)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, NAME, NULL);
  ck_assert (g_file_set_contents (path, "", 0, NULL));
  ck_assert_int_eq (truncate (path, (off_t)GENRE_SAFETENSORS_MAX_FILE + 1), 0); /* sparse */
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_safetensors_load (path, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, path, "268435457 bytes");
  test_remove_folder (folder);
}
END_TEST

/* What asks for more, or for less, gets it. */
START_TEST (a_limit_can_be_another)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, NAME, NULL);
  g_autoptr (GenreSafetensors) file = genre_safetensors_new ();
  g_autoptr (GError) error = NULL;
  const float values[] = {1, 2, 3};
  const gsize length = G_N_ELEMENTS (values);
  genre_safetensors_lend_tensor (file, "lent", GENRE_DTYPE_F32, 1, &length, values);
  ck_assert (!genre_safetensors_save_within (file, path, 50, &error));
  test_assert_error (error, GENRE_ERROR_INVALID, path, "expected at most 1048576 and 50");
  ck_assert (genre_safetensors_save_within (file, path, 500, NULL));
  ck_assert_ptr_null (genre_safetensors_load_within (path, 50, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, path, "expected at most 50");
  g_autoptr (GenreSafetensors) back = genre_safetensors_load_within (path, 500, NULL);
  guint n_dimensions;
  gsize shape[GENRE_SAFETENSORS_MAX_DIMENSIONS];
  const float *read = genre_safetensors_get_tensor (back, "lent", &n_dimensions, shape);
  ck_assert_uint_eq (n_dimensions, 1);
  ck_assert_uint_eq (shape[0], G_N_ELEMENTS (values));
  ck_assert_mem_eq (read, values, sizeof values);
  genre_safetensors_set_tensor (file, "lent", GENRE_DTYPE_F32, 0, NULL, values); /* its own now */
  test_remove_folder (folder);
}
END_TEST

START_TEST (saving_replaces_the_file)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, NAME, NULL);
  g_autoptr (GenreSafetensors) file = make_small ();
  ck_assert (g_file_set_contents (path, "old", 3, NULL));
  ck_assert (genre_safetensors_save (file, path, NULL));
  g_autoptr (GenreSafetensors) back = genre_safetensors_load (path, NULL);
  ck_assert_ptr_nonnull (back);
  ck_assert_uint_eq (test_remove_folder (folder), 1);
}
END_TEST

/* A limit of 100 bytes on any file that this process writes stands for a full disk. */
START_TEST (a_full_disk_leaves_the_old_file_and_nothing_else)
{
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, NAME, NULL);
  g_autoptr (GenreSafetensors) file = make_small ();
  ck_assert (g_file_set_contents (path, "old", 3, NULL));
  struct rlimit old_limit;
  getrlimit (RLIMIT_FSIZE, &old_limit);
  struct rlimit limit = old_limit;
  limit.rlim_cur = 100;
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
  g_autoptr (GError) error = NULL;
  ck_assert (!genre_safetensors_save (file, path, &error));
  setrlimit (RLIMIT_FSIZE, &old_limit);
  test_assert_error (error, GENRE_ERROR_IO, path, "cannot be written");
  g_autofree char *contents = NULL;
  ck_assert (g_file_get_contents (path, &contents, NULL, NULL));
  ck_assert_str_eq (contents, "old");
  ck_assert_uint_eq (test_remove_folder (folder), 1);
}
END_TEST

START_TEST (saving_into_a_missing_folder_is_an_error)
{
  g_autoptr (GenreSafetensors) file = make_small ();
  g_autoptr (GError) error = NULL;
  ck_assert (!genre_safetensors_save (file, "/nonexistent/" NAME, &error));
  test_assert_error (error, GENRE_ERROR_IO, "/nonexistent/" NAME, "cannot be written");
}
END_TEST

START_TEST (values_that_could_not_be_read_back_are_not_written)
{
  const struct {
    GenreDtype dtype;
    float value;
    gboolean good;
  } cases[] = {
      {GENRE_DTYPE_F16, 65504, TRUE},     {GENRE_DTYPE_F16, -65504.004f, FALSE},
      {GENRE_DTYPE_F16, 1e10f, FALSE},    {GENRE_DTYPE_F16, NAN, FALSE},
      {GENRE_DTYPE_F32, 1e10f, TRUE},     {GENRE_DTYPE_F32, G_MAXFLOAT, TRUE},
      {GENRE_DTYPE_F32, INFINITY, FALSE}, {GENRE_DTYPE_F32, NAN, FALSE},
  };
  g_autofree char *folder = test_make_folder ();
  g_autofree char *path = g_build_filename (folder, NAME, NULL);
  g_autoptr (GenreSafetensors) file = genre_safetensors_new ();
  g_autoptr (GError) error = NULL;
  genre_safetensors_set_tensor (file, "t", cases[_i].dtype, 1, (const gsize[]){2},
                                (const float[]){0, cases[_i].value});
  ck_assert_int_eq (genre_safetensors_save (file, path, &error), cases[_i].good);
  if (!cases[_i].good)
    test_assert_error (error, GENRE_ERROR_INVALID, path, "tensor \"t\"", "value 1");
  ck_assert_uint_eq (test_remove_folder (folder), cases[_i].good ? 1 : 0);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("safetensors");
  tcase_add_test (tests, what_is_written_is_read_back);
  tcase_add_test (tests, the_bytes_are_those_of_the_format);
  tcase_add_test (tests, same_content_same_bytes);
  tcase_add_test (tests, files_of_others_are_read);
  tcase_add_test (tests, a_file_without_tensors_or_metadata_is_a_file);
  tcase_add_test (tests, every_finite_half_is_read_and_every_other_refused);
  tcase_add_loop_test (tests, faulty_headers_are_refused, 0, G_N_ELEMENTS (headers));
  tcase_add_loop_test (tests, values_that_are_not_finite_are_refused, 0, 4);
  tcase_add_loop_test (tests, absurd_header_lengths_are_refused, 0, 6);
  tcase_add_test (tests, a_header_over_its_limit_is_refused);
  tcase_add_test (tests, deep_nesting_is_refused);
  tcase_add_test (tests, truncated_file_is_refused);
  tcase_add_test (tests, corrupted_header_never_crashes);
  tcase_add_test (tests, what_is_no_file_is_an_error);
  tcase_add_test (tests, a_file_over_its_limit_is_refused_unread);
  tcase_add_test (tests, a_limit_can_be_another);
  tcase_add_test (tests, saving_replaces_the_file);
  tcase_add_test (tests, a_full_disk_leaves_the_old_file_and_nothing_else);
  tcase_add_test (tests, saving_into_a_missing_folder_is_an_error);
  tcase_add_loop_test (tests, values_that_could_not_be_read_back_are_not_written, 0, 8);
  return test_run ("safetensors", tests);
}
