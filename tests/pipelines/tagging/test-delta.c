/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deltas bring the old file back, whatever it was, and are small where tags have changed. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../../pipelines/tagging/delta.h"
#include "../../../pipelines/tagging/writeall.h"
#include "test.h"

#define SIZE 700000

static int
make_file (const GByteArray *content)
{
  const int fd = memfd_create ("test", MFD_CLOEXEC);
  ck_assert_int_ge (fd, 0);
  ck_assert (write_all (fd, content->data, content->len));
  return fd;
}

static gboolean
collect (const void *bytes, gsize n, gpointer user_data, GError **error)
{
  g_byte_array_append (user_data, bytes, (guint)n);
  return TRUE;
}

/* How large it is, once it has brought @old back. */
static gsize
check_delta (const GByteArray *old, const GByteArray *new)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) back = g_byte_array_new ();
  const int old_fd = make_file (old), new_fd = make_file (new);
  g_autoptr (GBytes) delta = delta_new (old_fd, new_fd, NULL, &error);
  ck_assert_msg (!error, "%s", error ? error->message : "");
  ck_assert_msg (delta_apply (delta, old->len, new_fd, collect, back, NULL, &error), "%s",
                 error ? error->message : "");
  ck_assert_uint_eq (back->len, old->len);
  ck_assert (old->len == 0 || memcmp (back->data, old->data, old->len) == 0);
  close (old_fd);
  close (new_fd);
  return g_bytes_get_size (delta);
}

static GByteArray *
make_noise (GRand *random, guint n)
{
  GByteArray *bytes = g_byte_array_new ();
  g_byte_array_set_size (bytes, n);
  for (guint i = 0; i < n; i++)
    bytes->data[i] = (guint8)g_rand_int (random);
  return bytes;
}

static GByteArray *
copy (const GByteArray *bytes)
{
  GByteArray *result = g_byte_array_new ();
  return g_byte_array_append (result, bytes->data, bytes->len);
}

static void
insert (GByteArray *bytes, guint at, const GByteArray *more)
{
  const guint before = bytes->len;
  g_byte_array_set_size (bytes, before + more->len);
  memmove (bytes->data + at + more->len, bytes->data + at, before - at);
  memcpy (bytes->data + at, more->data, more->len);
}

START_TEST (a_tag_that_grows_in_front_and_one_at_the_end_cost_little)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (GByteArray) old = make_noise (random, SIZE);
  g_autoptr (GByteArray) new = copy (old);
  g_autoptr (GByteArray) tag = make_noise (random, 1033);
  insert (new, 10, tag);
  g_byte_array_append (new, tag->data, 128);
  ck_assert_uint_lt (check_delta (old, new), 1000);
  ck_assert_uint_lt (check_delta (new, old), 3000); /* the tag has to be in it */
}
END_TEST

START_TEST (numbers_all_over_the_file_that_change_cost_what_they_are)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  g_autoptr (GByteArray) old = make_noise (random, SIZE);
  g_autoptr (GByteArray) new = copy (old);
  g_autoptr (GByteArray) tag = make_noise (random, 77);
  for (guint at = 5000; at + 8 < SIZE; at += 4096)
    for (guint i = 0; i < 8; i++)
      new->data[at + i] ^= 0x55;
  insert (new, 3000, tag);
  ck_assert_uint_lt (check_delta (old, new), SIZE / 4096 * 14 + 1000);
}
END_TEST

START_TEST (silence_that_is_alike_everywhere_comes_back)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  g_autoptr (GByteArray) old = g_byte_array_new ();
  g_byte_array_set_size (old, SIZE);
  memset (old->data, 0, SIZE);
  g_autoptr (GByteArray) new = g_byte_array_new ();
  check_delta (old, new);
  check_delta (new, old);
  g_byte_array_append (new, old->data, SIZE / 2);
  check_delta (old, new); /* what is behind its end is zeros, too */
  check_delta (new, old);
}
END_TEST

START_TEST (any_two_files_come_back)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32)_i);
  g_autoptr (GByteArray) old = make_noise (random, (guint)g_rand_int_range (random, 0, 600000));
  g_autoptr (GByteArray) new = copy (old);
  for (int i = 0; i < 20; i++) {
    g_autoptr (GByteArray) more = make_noise (random, (guint)g_rand_int_range (random, 1, 3000));
    const guint at = (guint)g_rand_int_range (random, 0, (gint32) new->len + 1);
    if (g_rand_boolean (random))
      insert (new, at, more);
    else
      g_byte_array_remove_range (new, at, MIN (more->len, new->len - at));
  }
  check_delta (old, new);
}
END_TEST

static GByteArray *
convert (GConverter *converter, const void *bytes, gsize n)
{
  g_autoptr (GInputStream) input = g_memory_input_stream_new_from_data (bytes, (gssize)n, NULL);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (input, converter);
  GByteArray *result = g_byte_array_new ();
  guint8 part[4096];
  gssize got;
  while ((got = g_input_stream_read (stream, part, sizeof part, NULL, NULL)) > 0)
    g_byte_array_append (result, part, (guint)got);
  ck_assert_int_eq (got, 0);
  g_object_unref (converter);
  return result;
}

static GByteArray *
unpack (GBytes *delta)
{
  gsize n;
  const void *bytes = g_bytes_get_data (delta, &n);
  return convert (G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP)), bytes, n);
}

static GBytes *
pack (const GByteArray *text)
{
  return g_byte_array_free_to_bytes (
      convert (G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6)), text->data,
               text->len));
}

/* What is given of a file goes no further than its size. */
static void
check_damaged (const GByteArray *text, goffset old_size, int new_fd)
{
  g_autoptr (GBytes) delta = pack (text);
  g_autoptr (GByteArray) back = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  const gboolean good = delta_apply (delta, old_size, new_fd, collect, back, NULL, &error);
  if (good)
    ck_assert_uint_eq (back->len, (guint)old_size);
  else
    ck_assert_str_eq (error->message, "what the journal holds of it is damaged");
  ck_assert_uint_le (back->len, (guint)old_size);
}

#define N_HEADER 20
#define OLD_SIZE 4 /* where it stands */

/* Whatever a journal holds: an error, or a file that is not the old one, but nothing worse. The
 * bytes are those behind the checksum of what compresses them. */
START_TEST (a_damaged_delta_is_an_error_or_another_file)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32)_i);
  g_autoptr (GByteArray) old = make_noise (random, 3000);
  g_autoptr (GByteArray) new = copy (old);
  g_byte_array_remove_range (new, 1000, 300);
  const int old_fd = make_file (old), new_fd = make_file (new);
  g_autoptr (GBytes) delta = delta_new (old_fd, new_fd, NULL, NULL);
  g_autoptr (GByteArray) text = unpack (delta);
  const gboolean in_numbers = _i % 2 == 0; /* else anywhere: most of it is bytes of the old file */
  const guint n = in_numbers ? MIN (text->len, N_HEADER + 8) : text->len;
  for (gint32 i = 0; i <= _i % 3; i++)
    text->data[g_rand_int_range (random, 0, (gint32)n)] ^=
        (guint8)g_rand_int_range (random, 1, 256);
  check_damaged (text, old->len, new_fd);
  gsize packed;
  const void *bytes = g_bytes_get_data (delta, &packed);
  g_autoptr (GBytes) cut = g_bytes_new (bytes, packed / 2);
  g_autoptr (GByteArray) back = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  ck_assert (!delta_apply (cut, old->len, new_fd, collect, back, NULL, &error));
  ck_assert_str_eq (error->message, "what the journal holds of it is damaged");
  close (old_fd);
  close (new_fd);
}
END_TEST

/* Sums of them must not overflow, and a journal knows how large the old file was. */
START_TEST (sizes_that_cannot_be_are_errors)
{
  const goffset sizes[] = {-1, G_MINOFFSET, G_MAXOFFSET, G_MAXOFFSET - 2000, 2999, 3001};
  g_autoptr (GRand) random = g_rand_new_with_seed (4);
  g_autoptr (GByteArray) old = make_noise (random, 3000);
  g_autoptr (GByteArray) new = copy (old);
  g_byte_array_remove_range (new, 1000, 300);
  const int old_fd = make_file (old), new_fd = make_file (new);
  g_autoptr (GBytes) delta = delta_new (old_fd, new_fd, NULL, NULL);
  g_autoptr (GByteArray) text = unpack (delta);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const guint64 little = GUINT64_TO_LE ((guint64)sizes[i]);
    g_autoptr (GByteArray) back = g_byte_array_new ();
    g_autoptr (GError) error = NULL;
    memcpy (text->data + OLD_SIZE, &little, sizeof little);
    g_autoptr (GBytes) damaged = pack (text);
    ck_assert (!delta_apply (damaged, old->len, new_fd, collect, back, NULL, &error));
    ck_assert_str_eq (error->message, "what the journal holds of it is damaged");
    ck_assert_uint_eq (back->len, 0);
    g_clear_error (&error);
    if (sizes[i] > G_MAXOFFSET - (goffset) new->len || sizes[i] < 0)
      ck_assert (!delta_apply (damaged, -1, new_fd, collect, back, NULL, &error));
  }
  close (old_fd);
  close (new_fd);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("delta");
  tcase_add_test (tests, a_tag_that_grows_in_front_and_one_at_the_end_cost_little);
  tcase_add_test (tests, numbers_all_over_the_file_that_change_cost_what_they_are);
  tcase_add_test (tests, silence_that_is_alike_everywhere_comes_back);
  tcase_add_loop_test (tests, any_two_files_come_back, 0, 30);
  tcase_add_loop_test (tests, a_damaged_delta_is_an_error_or_another_file, 0, 400);
  tcase_add_test (tests, sizes_that_cannot_be_are_errors);
  return test_run_here ("delta", tests);
}
