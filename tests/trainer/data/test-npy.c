/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <sys/stat.h>
#include "data/npy.h"
#include "support.h"

#define GOOD_HEADER "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n"

static const guint8 six[6] = {1, 2, 3, 4, 5, 6};

START_TEST (what_is_saved_is_loaded)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "a.npy");
  const float values[4] = {-1.5f, 0, 3.25f, 1e30f};
  ck_assert (genre_npy_save (path, GENRE_NPY_FLOAT32, 2, 2, values, NULL));
  g_autoptr (GenreNpy) floats = genre_npy_load (path, NULL);
  ck_assert_ptr_nonnull (floats);
  ck_assert_int_eq (floats->type, GENRE_NPY_FLOAT32);
  ck_assert_mem_eq (floats->floats, values, sizeof values);
  ck_assert (genre_npy_save (path, GENRE_NPY_UINT8, 3, 2, six, NULL));
  g_autoptr (GenreNpy) bytes = genre_npy_load (path, NULL);
  ck_assert_uint_eq (bytes->rows, 3);
  ck_assert_uint_eq (bytes->columns, 2);
  ck_assert_mem_eq (bytes->bytes, six, 6);
  ck_assert_uint_eq (test_count_files (folder), 1);
}
END_TEST

START_TEST (saved_data_begin_on_a_multiple_of_64)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "a.npy");
  ck_assert (genre_npy_save (path, GENRE_NPY_UINT8, 2, 3, six, NULL));
  g_autofree char *content = NULL;
  gsize size;
  ck_assert (g_file_get_contents (path, &content, &size, NULL));
  ck_assert_uint_eq ((size - 6) % 64, 0);
  ck_assert_int_eq (content[size - 7], '\n');
}
END_TEST

/* As NumPy, in any order, with any spaces. */
static const char *const good[] = {
    GOOD_HEADER,
    "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"|u1\"}",
    "{ 'fortran_order' : False , 'descr' : '|u1' , 'shape' : ( 2 , 3 , ) }      \n",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }\n",
};

START_TEST (headers_of_many_writers_are_read)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "a.npy");
  test_write_npy (folder, "a.npy", good[_i], six, 6);
  g_autoptr (GError) error = NULL;
  g_autoptr (GenreNpy) array = genre_npy_load (path, &error);
  ck_assert_msg (array, "%s", !error ? "" : error->message);
  ck_assert_uint_eq (array->rows, 2);
  ck_assert_mem_eq (array->bytes, six, 6);
}
END_TEST

START_TEST (version_2_and_3_are_read)
{
  static const char header[] = GOOD_HEADER;
  for (guint8 version = 2; version <= 3; version++) {
    g_autoptr (GByteArray) file = g_byte_array_new ();
    guint8 prefix[12] = "\x93NUMPY";
    prefix[6] = version;
    prefix[8] = sizeof header - 1;
    g_byte_array_append (file, prefix, 12);
    g_byte_array_append (file, (const guint8 *)header, sizeof header - 1);
    g_byte_array_append (file, six, 6);
    g_autoptr (GBytes) bytes = g_bytes_new (file->data, file->len);
    g_autoptr (GenreNpy) array = genre_npy_parse (bytes, "x", NULL);
    ck_assert_ptr_nonnull (array);
    ck_assert_mem_eq (array->bytes, six, 6);
  }
}
END_TEST

static const struct {
  const char *header;
  gsize size; /* of data */
  GenreError code;
  const char *word;
} bad[] = {
    {"{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", 6, GENRE_ERROR_UNSUPPORTED,
     "Fortran"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n", 48, GENRE_ERROR_UNSUPPORTED,
     "<f8"},
    {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }\n", 24, GENRE_ERROR_UNSUPPORTED,
     ">f4"},
    {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }\n", 6, GENRE_ERROR_UNSUPPORTED,
     "|O"},
    {"{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (2, 3), }\n", 6,
     GENRE_ERROR_UNSUPPORTED, "structured"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (6,), }\n", 6, GENRE_ERROR_UNSUPPORTED,
     "1 dimensions"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", 1, GENRE_ERROR_UNSUPPORTED,
     "0 dimensions"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 3), }\n", 6, GENRE_ERROR_UNSUPPORTED,
     "3 dimensions"},
    {GOOD_HEADER, 5, GENRE_ERROR_FORMAT, "truncated"},
    {GOOD_HEADER, 0, GENRE_ERROR_FORMAT, "truncated"},
    {GOOD_HEADER, 7, GENRE_ERROR_FORMAT, "too long"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n", 0,
     GENRE_ERROR_FORMAT, "larger than any memory"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 1), }\n", 0,
     GENRE_ERROR_FORMAT, "larger than any memory"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 1), }\n", 6,
     GENRE_ERROR_FORMAT, "header"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (100000000, 128), }\n", 6,
     GENRE_ERROR_FORMAT, "truncated"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (-2, 3), }\n", 6, GENRE_ERROR_FORMAT,
     "header"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)", 6, GENRE_ERROR_FORMAT, "header"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (2 3), }", 6, GENRE_ERROR_FORMAT, "header"},
    {"{'descr': '|u1', 'fortran_order': 0, 'shape': (2, 3), }", 6, GENRE_ERROR_FORMAT, "header"},
    {"{'descr': '|u1', 'fortran_order': False, }", 6, GENRE_ERROR_FORMAT, "header"},
    {"{'descr': '|u1', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 6,
     GENRE_ERROR_FORMAT, "header"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), 'evil': 'x'}", 6,
     GENRE_ERROR_FORMAT, "header"},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), } import os", 6, GENRE_ERROR_FORMAT,
     "header"},
    {"{'descr': '\\'|u1', 'fortran_order': False, 'shape': (2, 3), }", 6, GENRE_ERROR_FORMAT,
     "header"},
    {"", 6, GENRE_ERROR_FORMAT, "header"},
};

START_TEST (damaged_and_foreign_files_are_refused_by_name)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "bad.npy");
  g_autofree guint8 *data = g_malloc0 (bad[_i].size + 1);
  test_write_npy (folder, "bad.npy", bad[_i].header, data, bad[_i].size);
  GError *error = NULL;
  ck_assert_ptr_null (genre_npy_load (path, &error));
  test_assert_error (error, bad[_i].code, "bad.npy", bad[_i].word);
}
END_TEST

START_TEST (every_truncation_is_an_error)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "a.npy");
  test_write_npy (folder, "a.npy", GOOD_HEADER, six, 6);
  g_autofree char *content = NULL;
  gsize size;
  ck_assert (g_file_get_contents (path, &content, &size, NULL));
  for (gsize n = 0; n < size; n++) {
    g_autofree char *copy = g_memdup2 (content, n); /* exact, so that a sanitiser sees */
    g_autoptr (GBytes) bytes = g_bytes_new_static (copy, n);
    ck_assert_ptr_null (genre_npy_parse (bytes, "x", NULL));
  }
}
END_TEST

START_TEST (no_changed_byte_crashes)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "a.npy");
  test_write_npy (folder, "a.npy", GOOD_HEADER, six, 6);
  g_autofree char *content = NULL;
  gsize size;
  ck_assert (g_file_get_contents (path, &content, &size, NULL));
  for (gsize i = 0; i < size; i++)
    for (guint value = 0; value < 256; value++) {
      g_autofree char *copy = g_memdup2 (content, size);
      copy[i] = (char)value;
      g_autoptr (GBytes) bytes = g_bytes_new_static (copy, size);
      g_autoptr (GenreNpy) array = genre_npy_parse (bytes, "x", NULL);
      if (array)
        ck_assert_uint_eq (array->rows * array->columns, 6);
    }
}
END_TEST

START_TEST (other_magic_is_named_so)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "a.npy");
  GError *error = NULL;
  test_write (folder, "a.npy", "RIFF....WAVE", -1);
  ck_assert_ptr_null (genre_npy_load (path, &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "a.npy", "magic");
  test_write (folder, "a.npy", "\x93NUMPY\x07\x00\x00\x00xxxxxxx", 17);
  ck_assert_ptr_null (genre_npy_load (path, &error));
  test_assert_error (error, GENRE_ERROR_UNSUPPORTED, "a.npy", "version 7");
}
END_TEST

START_TEST (pipes_and_folders_do_not_hang)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "pipe.npy");
  ck_assert_int_eq (mkfifo (path, 0600), 0);
  GError *error = NULL;
  ck_assert_ptr_null (genre_npy_load (path, &error));
  test_assert_error (error, GENRE_ERROR_IO, "pipe.npy", "regular");
  ck_assert_ptr_null (genre_npy_load (folder, &error));
  test_assert_error (error, GENRE_ERROR_IO, "regular");
  ck_assert_ptr_null (genre_npy_load ("/nonexistent.npy", &error));
  test_assert_error (error, GENRE_ERROR_IO, "/nonexistent.npy");
}
END_TEST

START_TEST (a_save_that_fails_leaves_nothing)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "taken");
  g_autofree char *inside = test_path (folder, "taken/file");
  GError *error = NULL;
  ck_assert (!genre_npy_save (path, GENRE_NPY_UINT8, 2, 3, six, &error)); /* a folder */
  test_assert_error (error, GENRE_ERROR_IO, "taken");
  ck_assert_uint_eq (test_count_files (folder), 1);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("npy");
  tcase_add_test (tests, what_is_saved_is_loaded);
  tcase_add_test (tests, saved_data_begin_on_a_multiple_of_64);
  tcase_add_loop_test (tests, headers_of_many_writers_are_read, 0, G_N_ELEMENTS (good));
  tcase_add_test (tests, version_2_and_3_are_read);
  tcase_add_loop_test (tests, damaged_and_foreign_files_are_refused_by_name, 0, G_N_ELEMENTS (bad));
  tcase_add_test (tests, every_truncation_is_an_error);
  tcase_add_test (tests, no_changed_byte_crashes);
  tcase_add_test (tests, other_magic_is_named_so);
  tcase_add_test (tests, pipes_and_folders_do_not_hang);
  tcase_add_test (tests, a_save_that_fails_leaves_nothing);
  return test_run ("npy", tests);
}
