/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands behind Vorbis comments is kept where it is something, and only there. */
#include <string.h>
#include "../../../pipelines/tagging/vorbiscomments.h"
#include "test.h"

static const guint8 comments[] = "\4\0\0\0test\1\0\0\0\7\0\0\0TITLE=T";

/* Whether it would be missed: @rest, of @n bytes, behind comments that are the same otherwise. */
static gboolean
is_kept (CommentsEnd end, const char *rest, gsize n)
{
  g_auto (TagItems) before = {0}, after = {0};
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const char *tag = NULL;
  tag_items_init (&before);
  tag_items_init (&after);
  g_byte_array_append (bytes, comments, sizeof comments - 1);
  vorbis_comments_add_to (&after, bytes->data, bytes->len, end);
  g_byte_array_append (bytes, (const guint8 *)rest, (guint)n);
  vorbis_comments_add_to (&before, bytes->data, bytes->len, end);
  g_autofree char *lost = tag_items_find_lost (&before, &after, &tag);
  return lost != NULL;
}

/* RFC 7845, 5.2: the lowest bit of the first byte says so. */
START_TEST (in_opus_a_bit_decides)
{
  ck_assert (is_kept (COMMENTS_BINARY, "\1", 1));
  ck_assert (is_kept (COMMENTS_BINARY, "\3 something", 11));
  ck_assert (!is_kept (COMMENTS_BINARY, "", 0));
  ck_assert (!is_kept (COMMENTS_BINARY, "\0\0\0", 3));
  ck_assert (!is_kept (COMMENTS_BINARY, "\0\1\1", 3));
  ck_assert (!is_kept (COMMENTS_BINARY, "\2 something", 11));
  ck_assert (!is_kept (COMMENTS_BINARY, "\xfe", 1));
}
END_TEST

START_TEST (elsewhere_all_but_a_framing_byte_and_zeros_is_kept)
{
  ck_assert (!is_kept (COMMENTS_FRAMING, "\1", 1));
  ck_assert (!is_kept (COMMENTS_FRAMING, "\1\0\0", 3));
  ck_assert (is_kept (COMMENTS_FRAMING, "\1\0\2", 3));
  ck_assert (is_kept (COMMENTS_FRAMING, "\2", 1));
  ck_assert (!is_kept (COMMENTS_FRAMING, "\0\0", 2));
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("comments");
  tcase_add_test (tests, in_opus_a_bit_decides);
  tcase_add_test (tests, elsewhere_all_but_a_framing_byte_and_zeros_is_kept);
  return test_run ("comments", tests);
}
