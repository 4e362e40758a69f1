/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture of augmentations, as its command draws it. */
#include <cairo.h>
#include "commands/command.h"
#include "support.h"

static int
run (const char *const *arguments)
{
  g_autofree char **argv = (char **)g_memdup2 (arguments, 24 * sizeof *arguments);
  return genre_command_show_augmentation ((int)g_strv_length (argv), argv);
}

static TestFolder *
new_data (void)
{
  TestFolder *folder = test_folder_new ();
  test_write_clip (folder, "jazz/jazz.00000.npy", 200, 90);
  test_write_clip (folder, "rock/rock.00000.npy", 200, 200);
  test_write_clip (folder, "rock/rock.00001.npy", 20, 200);
  test_write_clip (folder, "jazz/a-short-one.npy", 20,
                   200); /* the first ones, which nobody chose */
  test_write_clip (folder, "rock/a-shorter-one.npy", 10, 200);
  return folder;
}

static int
height_of (const char *path)
{
  cairo_surface_t *image = cairo_image_surface_create_from_png (path);
  ck_assert_int_eq (cairo_surface_status (image), CAIRO_STATUS_SUCCESS);
  int height = cairo_image_surface_get_height (image);
  cairo_surface_destroy (image);
  return height;
}

START_TEST (what_is_switched_off_is_not_drawn)
{
  g_autoptr (TestFolder) folder = new_data ();
  g_autofree char *all = test_path (folder, "all.png"), *few = test_path (folder, "few.png");
  const char *every[24] = {"show-augmentation", "-d", folder, "-o", all, "--clip", "rock.00000"};
  const char *some[24] = {"show-augmentation",
                          "-d",
                          folder,
                          "-o",
                          few,
                          "--set",
                          "augmentation.mixup=0",
                          "--set",
                          "augmentation.masks=0",
                          "--set",
                          "augmentation.noise=0",
                          "--set",
                          "augmentation.stretch=0",
                          "--set",
                          "augmentation.compression=0"};
  ck_assert_int_eq (run (every), GENRE_EXIT_OK);
  ck_assert_int_eq (run (some), GENRE_EXIT_OK);
  ck_assert_int_gt (height_of (all), height_of (few));
}
END_TEST

/* Who is named has to be there all the same. */
START_TEST (nobody_is_needed_to_mix_in_where_nothing_is_mixed)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_path (folder, "a.png");
  test_write_clip (folder, "jazz/jazz.00000.npy", 200, 90);
  test_write_clip (folder, "rock/a-short-one.npy", 20, 200);
  const char *mixes[24] = {"show-augmentation", "-d", folder, "-o", path};
  const char *plain[24] = {"show-augmentation",   "-d", folder, "-o", path, "--set",
                           "augmentation.mixup=0"};
  const char *named[24] = {"show-augmentation",    "-d",        folder,      "-o", path, "--set",
                           "augmentation.mixup=0", "--partner", "rock.00000"};
  ck_assert_int_eq (run (mixes), GENRE_EXIT_FAILED);
  ck_assert_int_eq (run (named), GENRE_EXIT_FAILED);
  ck_assert (!g_file_test (path, G_FILE_TEST_EXISTS));
  ck_assert_int_eq (run (plain), GENRE_EXIT_OK);
}
END_TEST

START_TEST (the_same_seed_draws_the_same_picture)
{
  g_autoptr (TestFolder) folder = new_data ();
  const char *const seeds[] = {"5", "5", "6"};
  GBytes *pictures[3];
  for (guint i = 0; i < 3; i++) {
    g_autofree char *path = test_path (folder, "a.png");
    char *content;
    gsize size;
    const char *arguments[24] = {"show-augmentation", "-d", folder, "-o", path, "--seed", seeds[i]};
    ck_assert_int_eq (run (arguments), GENRE_EXIT_OK);
    ck_assert (g_file_get_contents (path, &content, &size, NULL));
    pictures[i] = g_bytes_new_take (content, size);
  }
  ck_assert (g_bytes_equal (pictures[0], pictures[1]));
  ck_assert (!g_bytes_equal (pictures[0], pictures[2]));
  for (guint i = 0; i < 3; i++)
    g_bytes_unref (pictures[i]);
}
END_TEST

START_TEST (faults_are_said_and_nothing_is_written)
{
  g_autoptr (TestFolder) folder = new_data ();
  g_autofree char *path = test_path (folder, "a.png");
  const char *cases[][24] = {
      {"show-augmentation", "-d", folder, "-o", path, "--clip", "rock.00007"},
      {"show-augmentation", "-d", folder, "-o", path, "--clip", "rock.00001"}, /* too short */
      {"show-augmentation", "-d", "/dev/null", "-o", path},
      {"show-augmentation", "-d", folder, "-o", "/dev/null/a.png"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    ck_assert_int_eq (run (cases[i]), GENRE_EXIT_FAILED);
  const char *wrong[][24] = {
      {"show-augmentation", "-d", folder},
      {"show-augmentation", "-d", folder, "-o", path, "--set", "augmentation.mixup=x"},
  };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    ck_assert_int_eq (run (wrong[i]), GENRE_EXIT_USAGE);
  ck_assert (!g_file_test (path, G_FILE_TEST_EXISTS));
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("show-augmentation");
  tcase_add_test (tests, what_is_switched_off_is_not_drawn);
  tcase_add_test (tests, nobody_is_needed_to_mix_in_where_nothing_is_mixed);
  tcase_add_test (tests, the_same_seed_draws_the_same_picture);
  tcase_add_test (tests, faults_are_said_and_nothing_is_written);
  return test_run ("show-augmentation", tests);
}
