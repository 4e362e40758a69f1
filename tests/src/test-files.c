/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "files.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test.h"

/* A folder that the process leaves and removes at the end of a test. */
static char *
make_folder (void)
{
  char *folder = g_dir_make_tmp ("genreclassify-test-XXXXXX", NULL);
  ck_assert_ptr_nonnull (folder);
  ck_assert_int_eq (chdir (folder), 0);
  return folder;
}

static void
remove_folder (char *folder)
{
  ck_assert_int_eq (chdir ("/"), 0);
  g_autoptr (GPtrArray) names = genre_file_list_folder (folder, NULL);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
    ck_assert_int_eq (remove (path), 0);
  }
  ck_assert_int_eq (rmdir (folder), 0);
  g_free (folder);
}

/* Between the two looks at a file, in the middle of its bytes, somebody else does something. */
static void (*meanwhile) (void);
ssize_t __real_read (int fd, void *bytes, size_t n);
ssize_t __wrap_read (int fd, void *bytes, size_t n);

ssize_t
__wrap_read (int fd, void *bytes, size_t n)
{
  if (!meanwhile)
    return __real_read (fd, bytes, n);
  const ssize_t n_read = __real_read (fd, bytes, MIN (n, 4));
  meanwhile ();
  meanwhile = NULL;
  return n_read;
}

static void
write_into (int flags, const char *text)
{
  const int fd = open ("a", O_WRONLY | flags);
  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (write (fd, text, strlen (text)), (ssize_t)strlen (text));
  ck_assert_int_eq (close (fd), 0);
}

static void
truncate_it (void)
{
  write_into (O_TRUNC, "");
}

static void
overwrite_it (void)
{
  write_into (0, "NEW FILE");
}

static void
append_to_it (void)
{
  write_into (O_APPEND, "!");
}

static void
replace_it (void)
{
  ck_assert (genre_file_write ("a", "new file", 8, NULL));
}

static void
assert_content (const char *path, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = genre_file_read_text (path, 100, &error);
  ck_assert_msg (text, "%s", error ? error->message : "");
  ck_assert_str_eq (text, expected);
}

START_TEST (what_is_written_is_read)
{
  char *folder = make_folder ();
  ck_assert (genre_file_write ("a", "one", 3, NULL));
  assert_content ("a", "one");
  ck_assert (genre_file_write ("a", "", 0, NULL));
  assert_content ("a", "");
  ck_assert (genre_file_write ("b", "\xef\xbb\xbfmarked", 9, NULL));
  assert_content ("b", "marked");
  remove_folder (folder);
}
END_TEST

START_TEST (a_file_that_changes_while_it_is_read_is_refused)
{
  char *folder = make_folder ();
  void (*const changes[]) (void) = {truncate_it, overwrite_it, append_to_it};
  const struct timespec long_ago[] = {{1, 0}, {1, 0}};
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    ck_assert (genre_file_write ("a", "old file", 8, NULL));
    ck_assert_int_eq (utimensat (AT_FDCWD, "a", long_ago, 0), 0);
    g_autoptr (GError) error = NULL;
    meanwhile = changes[i];
    ck_assert_ptr_null (genre_file_read_text ("a", 100, &error));
    ck_assert_ptr_null (meanwhile);
    test_assert_error (error, GENRE_ERROR_IO, "a", "changed while it was read");
  }
  remove_folder (folder);
}
END_TEST

START_TEST (a_file_that_is_replaced_while_it_is_read_is_the_old_one)
{
  char *folder = make_folder ();
  ck_assert (genre_file_write ("a", "old file", 8, NULL));
  meanwhile = replace_it;
  assert_content ("a", "old file");
  assert_content ("a", "new file");
  remove_folder (folder);
}
END_TEST

START_TEST (what_is_no_file_or_too_large_is_refused)
{
  char *folder = make_folder ();
  ck_assert_int_eq (mkfifo ("pipe", 0600), 0);
  ck_assert (genre_file_write ("large", "0123456789", 10, NULL));
  ck_assert (genre_file_write ("binary", "a\n\0b", 4, NULL));
  static const struct {
    const char *path;
    GenreError code;
    const char *fault;
  } bad[] = {{"pipe", GENRE_ERROR_IO, "a pipe or device, expected a regular file"},
             {".", GENRE_ERROR_IO, "a folder, expected a regular file"},
             {"absent", GENRE_ERROR_IO, "absent: cannot be opened"},
             {"/dev/zero", GENRE_ERROR_IO, "expected a regular file"},
             {"large", GENRE_ERROR_FORMAT, "10 bytes, expected at most 9"},
             {"binary", GENRE_ERROR_FORMAT, "binary, line 2: not UTF-8"}};
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    ck_assert_ptr_null (genre_file_read_text (bad[i].path, 9, &error));
    test_assert_error (error, bad[i].code, bad[i].path, bad[i].fault);
  }
  remove_folder (folder);
}
END_TEST

/* Names are bytes, messages are UTF-8. */
START_TEST (any_name_makes_a_message)
{
  char *folder = make_folder ();
  ck_assert (genre_file_write ("\xe9.txt", "\xe9", 1, NULL));
  g_autoptr (GError) unreadable = NULL, absent = NULL;
  ck_assert_ptr_null (genre_file_read_text ("\xe9.txt", 9, &unreadable));
  ck_assert_msg (g_utf8_validate (unreadable->message, -1, NULL), "%s", unreadable->message);
  ck_assert_ptr_null (genre_file_list_folder ("\xe9", &absent));
  ck_assert_msg (g_str_has_prefix (absent->message, "\xef\xbf\xbd: "), "%s", absent->message);
  remove_folder (folder);
}
END_TEST

START_TEST (a_failed_write_leaves_what_was)
{
  char *folder = make_folder ();
  ck_assert (genre_file_make_folder ("sub", NULL));
  g_autoptr (GError) error = NULL;
  ck_assert (!genre_file_write ("sub", "x", 1, &error)); /* a folder is in the way */
  test_assert_error (error, GENRE_ERROR_IO, "sub: cannot be written");
  g_clear_error (&error);
  ck_assert (!genre_file_write ("absent/a", "x", 1, &error));
  test_assert_error (error, GENRE_ERROR_IO, "absent/a: cannot be written");
  g_autoptr (GPtrArray) names = genre_file_list_folder (".", NULL);
  ck_assert_uint_eq (names->len, 1);
  remove_folder (folder);
}
END_TEST

static void
assert_kept (const char *path, mode_t kind)
{
  struct stat status;
  g_autoptr (GError) error = NULL;
  ck_assert (!genre_file_write (path, "x", 1, &error));
  test_assert_error (error, GENRE_ERROR_IO, path, "a pipe or device");
  ck_assert_int_eq (lstat (path, &status), 0);
  ck_assert_int_eq (status.st_mode & S_IFMT, kind);
}

/* As root a rename over /dev/null succeeds, and takes it away from everybody. */
START_TEST (no_file_takes_the_place_of_a_pipe_or_device)
{
  char *folder = make_folder ();
  ck_assert_int_eq (mkfifo ("pipe", 0600), 0);
  ck_assert_int_eq (symlink ("/dev/zero", "device"), 0);
  ck_assert_int_eq (symlink ("/proc/self/fd/1", "output"), 0); /* as /dev/stdout is */
  assert_kept ("pipe", S_IFIFO);
  assert_kept ("device", S_IFLNK);
  assert_kept ("output", S_IFLNK);
  remove_folder (folder);
}
END_TEST

START_TEST (folders_are_listed_in_order)
{
  char *folder = make_folder ();
  const char *names[] = {"c", ".hidden", "a", "b"};
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    ck_assert (genre_file_write (names[i], "", 0, NULL));
  g_autoptr (GPtrArray) listed = genre_file_list_folder (folder, NULL);
  ck_assert_uint_eq (listed->len, 3);
  ck_assert_str_eq (listed->pdata[0], "a");
  ck_assert_str_eq (listed->pdata[2], "c");
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_file_list_folder ("absent", &error));
  test_assert_error (error, GENRE_ERROR_IO, "absent: cannot be opened");
  ck_assert_int_eq (remove (".hidden"), 0);
  remove_folder (folder);
}
END_TEST

START_TEST (stems_have_no_folder_and_no_ending)
{
  const char *cases[][2] = {
      {"a/blues.00012.wav", "blues.00012"}, {"b", "b"}, {".hidden", ".hidden"}};
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *stem = genre_file_stem (cases[i][0]);
    ck_assert_str_eq (stem, cases[i][1]);
  }
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("files");
  tcase_add_test (tests, what_is_written_is_read);
  tcase_add_test (tests, a_file_that_changes_while_it_is_read_is_refused);
  tcase_add_test (tests, a_file_that_is_replaced_while_it_is_read_is_the_old_one);
  tcase_add_test (tests, what_is_no_file_or_too_large_is_refused);
  tcase_add_test (tests, any_name_makes_a_message);
  tcase_add_test (tests, a_failed_write_leaves_what_was);
  tcase_add_test (tests, no_file_takes_the_place_of_a_pipe_or_device);
  tcase_add_test (tests, folders_are_listed_in_order);
  tcase_add_test (tests, stems_have_no_folder_and_no_ending);
  return test_run ("files", tests);
}
