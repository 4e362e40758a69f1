/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever else is at a person's file, or has just been, loses nothing by its being replaced; what
 * it had beside its content it keeps, and no more. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include "../../../pipelines/tagging/replacement.h"
#include "test.h"

#define ACCESS "system.posix_acl_access"

static char *folder, *song;

static void
set_up (void)
{
  char *made = test_make_folder ();
  char *real = realpath (made, NULL);
  folder = g_strdup (real);
  song = g_build_filename (folder, "song", NULL);
  ck_assert (g_file_set_contents (song, "old", -1, NULL));
  free (real);
  g_free (made);
}

static void
clear (void)
{
  test_remove_folder (folder);
  g_free (folder);
  g_free (song);
}

static Replacement *
replace (SignOfLife *life)
{
  g_autoptr (GError) error = NULL;
  const ReplacementOptions options = {.life = life};
  Replacement *replacement = replacement_new (song, NULL, &options, &error);
  ck_assert_msg (replacement, "%s", error ? error->message : "");
  return replacement;
}

static void
commit (Replacement *replacement)
{
  g_autoptr (GError) error = NULL;
  ck_assert_msg (replacement_commit (replacement, NULL, &error), "%s", error ? error->message : "");
}

static int
fail_with (int code)
{
  errno = code;
  return -1;
}

/* What stands in the folder beside the file. (transfer full), or NULL */
static char *
find_beside (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir));)
    if (!g_str_equal (name, "song"))
      return g_build_filename (folder, name, NULL);
  return NULL;
}

/* ---- what others change ---- */

/* As who changes a letter of a tag in place does, at another time of the same second. FALSE: the
 * file system knows only seconds. */
static gboolean
change_within_second (struct stat *before)
{
  struct stat after;
  ck_assert_int_eq (stat (song, before), 0);
  const struct timespec time = {before->st_mtim.tv_sec,
                                (before->st_mtim.tv_nsec + 500000000) % 1000000000};
  const int fd = open (song, O_WRONLY);
  ck_assert_int_eq (pwrite (fd, "O", 1, 0), 1);
  ck_assert_int_eq (futimens (fd, (struct timespec[]){time, time}), 0);
  ck_assert_int_eq (close (fd) | stat (song, &after), 0);
  return after.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

static void
assert_changed_meanwhile (const GError *error)
{
  g_autofree char *text = NULL;
  ck_assert (g_file_get_contents (song, &text, NULL, NULL));
  ck_assert_str_eq (text, "Old");
  ck_assert_msg (error && error->domain == PASSING_ERROR, "%s", error ? error->message : "none");
}

START_TEST (what_has_changed_within_the_same_second_is_not_begun)
{
  struct stat before;
  const ReplacementOptions options = {0};
  g_autoptr (GError) error = NULL;
  if (!change_within_second (&before))
    return;
  ck_assert_ptr_null (replacement_new (song, &before, &options, &error));
  assert_changed_meanwhile (error);
}
END_TEST

START_TEST (what_changes_within_the_same_second_is_not_replaced)
{
  struct stat before;
  g_autoptr (GError) error = NULL;
  g_autoptr (Replacement) replacement = replace (NULL);
  if (!change_within_second (&before))
    return;
  ck_assert (!replacement_commit (replacement, NULL, &error));
  assert_changed_meanwhile (error);
}
END_TEST

/* As who changes a letter of a tag in place and sets the time back does; at once the clock may not
 * have gone on. */
static void
change_secretly (void)
{
  struct stat before, after;
  ck_assert_int_eq (stat (song, &before), 0);
  do {
    const int fd = open (song, O_WRONLY);
    ck_assert_int_eq (pwrite (fd, "O", 1, 0), 1);
    ck_assert_int_eq (futimens (fd, (struct timespec[]){before.st_atim, before.st_mtim}), 0);
    ck_assert_int_eq (close (fd) | stat (song, &after), 0);
  } while (after.st_ctim.tv_sec == before.st_ctim.tv_sec &&
           after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

START_TEST (what_changes_and_keeps_its_time_is_not_replaced)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Replacement) replacement = replace (NULL);
  change_secretly ();
  ck_assert (!replacement_commit (replacement, NULL, &error));
  assert_changed_meanwhile (error);
}
END_TEST

/* So that a change can be told by its time. */
static void
wait_for_clock (void)
{
  struct stat status;
  struct timespec now;
  ck_assert_int_eq (stat (song, &status), 0);
  do
    clock_gettime (CLOCK_REALTIME_COARSE, &now);
  while (now.tv_sec == status.st_ctim.tv_sec && now.tv_nsec == status.st_ctim.tv_nsec);
}

/* As another worker does that has the file under another name. */
START_TEST (a_file_that_is_replaced_under_another_name_meanwhile_is_replaced)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *other = g_strconcat (song, "-linked", NULL);
  const ReplacementOptions options = {.break_links = TRUE};
  ck_assert_int_eq (link (song, other), 0);
  g_autoptr (Replacement) replacement = replacement_new (song, NULL, &options, &error);
  g_autoptr (Replacement) others = replacement_new (other, NULL, &options, &error);
  wait_for_clock ();
  commit (others);
  commit (replacement);
}
END_TEST

/* ---- modes ---- */

static gboolean has_modes = TRUE;

/* In the place of the C library's, for file systems that know none. */
int
fchmod (int fd, mode_t mode)
{
  if (has_modes)
    return (int)syscall (SYS_fchmod, fd, mode);
  errno = ENOSYS;
  return -1;
}

START_TEST (where_a_file_has_its_mode_already_none_is_set)
{
  static const mode_t modes[] = {0600, 0640};
  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++) { /* a copy begins with the first one */
    g_autoptr (GError) error = NULL;
    ck_assert_int_eq (chmod (song, modes[i]), 0);
    g_autoptr (Replacement) replacement = replace (NULL);
    has_modes = FALSE;
    ck_assert (replacement_commit (replacement, NULL, &error) == (modes[i] == 0600));
    has_modes = TRUE;
    ck_assert (!error || g_str_has_prefix (error->message, "its mode cannot be kept: "));
  }
}
END_TEST

/* ---- attributes ---- */

static gboolean has_attributes = TRUE;

/* In the place of the C library's, for file systems that know none. */
int
fsetxattr (int fd, const char *name, const void *value, size_t size, int flags)
{
  if (has_attributes)
    return (int)syscall (SYS_fsetxattr, fd, name, value, size, flags);
  return fail_with (ENOTSUP);
}

/* To where there are no attributes. */
static gboolean
copy_song (const char *copy, GError **error)
{
  const ReplacementOptions options = {0};
  g_autoptr (Replacement) replacement = replacement_new_copy (song, copy, NULL, &options, error);
  has_attributes = FALSE;
  const gboolean good = replacement && replacement_commit (replacement, NULL, error);
  has_attributes = TRUE;
  return good;
}

START_TEST (where_there_are_no_attributes_a_copy_is_made_without_but_no_file_is_replaced)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *copy = g_build_filename (folder, "copy", NULL);
  if (setxattr (song, "user.rating", "5", 1, 0) != 0)
    return;
  ck_assert_msg (copy_song (copy, &error), "%s", error ? error->message : "");
  ck_assert_int_lt (getxattr (copy, "user.rating", NULL, 0), 0);
  g_autoptr (Replacement) replacement = replace (NULL);
  has_attributes = FALSE;
  ck_assert (!replacement_commit (replacement, NULL, &error));
  has_attributes = TRUE;
  ck_assert_msg (g_str_has_prefix (error->message, "user.rating: "), "%s", error->message);
}
END_TEST

/* ---- access lists ---- */

typedef struct {
  guint16 tag, rights;
  guint32 id;
} Entry;

typedef struct {
  guint32 version;
  Entry entries[5];
} AccessList;

/* All rights for one more user. FALSE: there are no access lists here. */
static gboolean
set_list (const char *path, const char *name)
{
  enum { OWNER = 0x01, USER = 0x02, GROUP = 0x04, MASK = 0x10, OTHERS = 0x20 };
  const guint32 none = GUINT32_TO_LE (G_MAXUINT32);
  const AccessList list = {GUINT32_TO_LE (2),
                           {{GUINT16_TO_LE (OWNER), GUINT16_TO_LE (7), none},
                            {GUINT16_TO_LE (USER), GUINT16_TO_LE (7), GUINT32_TO_LE (12345)},
                            {GUINT16_TO_LE (GROUP), GUINT16_TO_LE (5), none},
                            {GUINT16_TO_LE (MASK), GUINT16_TO_LE (7), none},
                            {GUINT16_TO_LE (OTHERS), 0, none}}};
  return setxattr (path, name, &list, sizeof list, 0) == 0;
}

static gsize
read_list (char *list, gsize room)
{
  return (gsize)MAX (getxattr (song, ACCESS, list, room), 0);
}

START_TEST (a_file_gets_no_access_list_from_its_folder)
{
  struct stat before, after;
  ck_assert_int_eq (chmod (song, 0640) | stat (song, &before), 0);
  if (!set_list (folder, "system.posix_acl_default"))
    return;
  g_autoptr (Replacement) replacement = replace (NULL);
  commit (replacement);
  ck_assert_int_eq (stat (song, &after), 0);
  ck_assert_uint_ne (after.st_ino, before.st_ino);
  ck_assert_uint_eq (after.st_mode, before.st_mode);
  ck_assert_int_lt (getxattr (song, ACCESS, NULL, 0), 0);
}
END_TEST

START_TEST (a_file_keeps_its_own_access_list)
{
  char before[256], after[256];
  if (!set_list (song, ACCESS))
    return;
  const gsize size = read_list (before, sizeof before);
  ck_assert_uint_gt (size, 0);
  g_autoptr (Replacement) replacement = replace (NULL);
  commit (replacement);
  ck_assert_uint_eq (read_list (after, sizeof after), size);
  ck_assert_mem_eq (after, before, size);
}
END_TEST

START_TEST (a_copy_without_its_access_list_gives_its_group_nothing)
{
  struct stat status;
  g_autoptr (GError) error = NULL;
  g_autofree char *copy = g_build_filename (folder, "copy", NULL);
  if (!set_list (song, ACCESS))
    return;
  ck_assert_int_eq (stat (song, &status), 0);
  ck_assert_uint_eq (status.st_mode & 0777, 0770);
  ck_assert_msg (copy_song (copy, &error), "%s", error ? error->message : "");
  ck_assert_int_eq (stat (copy, &status), 0);
  ck_assert_uint_eq (status.st_mode & 0777, 0700);
}
END_TEST

/* ---- rights ---- */

#define SOMEBODY 12345 /* whom set_list() gives all rights */

typedef enum { POSSIBLE, NO_COPY, OTHER_OWNER, OTHER_REASON, OUT_OF_REACH } Answer;

static Answer
ask (void)
{
  static const char *const reasons[] = {
      NULL, "no copy can be made beside it: ", "its owner cannot be kept: "};
  g_autoptr (GError) error = NULL;
  const ReplacementOptions options = {0};
  if (replacement_is_possible (song, &options, &error))
    return POSSIBLE;
  for (int i = NO_COPY; i <= OTHER_OWNER; i++)
    if (g_str_has_prefix (error->message, reasons[i]))
      return (Answer)i;
  return OTHER_REASON;
}

/* Who is not root asks for himself. @group: one more that he is in. */
static Answer
ask_as_somebody (gid_t group)
{
  int status;
  const pid_t child = fork ();
  if (child == 0) {
    if (geteuid () == 0 && (setgroups (1, &group) | setgid (SOMEBODY) | setuid (SOMEBODY)) != 0)
      _exit (OUT_OF_REACH);
    _exit (access (song, R_OK) == 0 ? ask () : OUT_OF_REACH);
  }
  ck_assert_int_eq (waitpid (child, &status, 0), child);
  ck_assert (WIFEXITED (status));
  return WEXITSTATUS (status);
}

START_TEST (where_no_copy_can_be_made_none_is_promised)
{
  ck_assert_int_eq (chmod (folder, 0555) | chmod (song, 0666), 0);
  const Answer answer = ask_as_somebody (SOMEBODY);
  ck_assert_int_eq (chmod (folder, 0755), 0);
  ck_assert_msg (answer == NO_COPY || answer == OUT_OF_REACH, "answer %d", answer);
}
END_TEST

static gboolean
has_nameless_files (void)
{
  const int fd = open (folder, O_TMPFILE | O_WRONLY, 0600);
  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

/* Answers of somebody, who may write the file and its folder. */
START_TEST (of_somebody_elses_file_a_look_says_whether_its_owner_can_be_kept)
{
  static const struct {
    uid_t owner, group;
    mode_t folder;
    Answer answer;
  } cases[] = {{0, 0, 0777, OTHER_OWNER},           {0, 0, 01777, OTHER_OWNER},
               {0, SOMEBODY, 0777, OTHER_OWNER},    {SOMEBODY, SOMEBODY, 0777, POSSIBLE},
               {SOMEBODY, 4321, 0777, POSSIBLE},    {SOMEBODY, SOMEBODY, 01777, POSSIBLE},
               {SOMEBODY, 1234, 0777, OTHER_OWNER}, {SOMEBODY, 0, 02777, POSSIBLE}};
  if (chown (song, SOMEBODY, 4321) != 0 || !has_nameless_files ())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    ck_assert_int_eq (chown (song, cases[i].owner, cases[i].group), 0);
    ck_assert_int_eq (chmod (song, 0666) | chmod (folder, cases[i].folder), 0);
    const Answer answer = ask_as_somebody (4321);
    ck_assert_msg (answer == cases[i].answer || answer == OUT_OF_REACH, "%d: answer %d", (int)i,
                   answer);
    ck_assert_int_eq (ask (), POSSIBLE); /* of root */
    ck_assert_ptr_null (find_beside ());
  }
}
END_TEST

START_TEST (who_may_write_a_folder_by_its_access_list_is_promised_a_copy)
{
  if (chown (song, SOMEBODY, SOMEBODY) != 0 || !set_list (folder, ACCESS))
    return;
  const Answer answer = ask_as_somebody (SOMEBODY);
  ck_assert_msg (answer == POSSIBLE || answer == OUT_OF_REACH, "answer %d", answer);
}
END_TEST

static const char *denied;

/* In the place of the C library's, which knows nothing of capabilities. */
int
access (const char *path, int mode)
{
  if (g_strcmp0 (path, denied) == 0)
    return fail_with (EACCES);
  return (int)syscall (SYS_faccessat, AT_FDCWD, path, mode);
}

START_TEST (who_may_write_a_folder_whatever_access_says_is_promised_a_copy)
{
  if (!has_nameless_files ())
    return;
  denied = folder;
  ck_assert_int_eq (ask (), POSSIBLE);
  denied = NULL;
}
END_TEST

/* ---- leftovers ---- */

START_TEST (what_only_looks_like_a_leftover_stays)
{
  static const char *const own[] = {".genre-tag-0123456789-mine.mp3", ".genre-tag-0123456789a",
                                    ".genre-tag-012345678", ".genre-tag-01234ABCDE",
                                    "genre-tag-0123456789"};
  g_autofree char *leftover = g_build_filename (folder, ".genre-tag-0123456789", NULL);
  ck_assert (g_file_set_contents (leftover, "", 0, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (own); i++) {
    g_autofree char *path = g_build_filename (folder, own[i], NULL);
    ck_assert (g_file_set_contents (path, own[i], -1, NULL));
    ck_assert (!replacement_is_leftover (path));
  }
  replacement_remove_leftovers_beside (song);
  ck_assert (!g_file_test (leftover, G_FILE_TEST_EXISTS));
  for (gsize i = 0; i < G_N_ELEMENTS (own); i++) {
    g_autofree char *path = g_build_filename (folder, own[i], NULL);
    ck_assert_msg (g_file_test (path, G_FILE_TEST_EXISTS), "%s is gone", own[i]);
  }
}
END_TEST

static char *renamed;

/* As soon as there is a copy. */
static void
rename_folder (gpointer user_data)
{
  SignOfLife *life = user_data;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  life->last = 0;
  for (const char *name; dir && (name = g_dir_read_name (dir));)
    if (replacement_is_leftover (name))
      ck_assert_int_eq (rename (folder, renamed), 0);
}

START_TEST (nothing_is_left_behind_in_a_folder_that_gets_another_name)
{
  SignOfLife life = {rename_folder, &life, 0};
  g_autoptr (GError) error = NULL;
  renamed = g_strconcat (folder, "-renamed", NULL);
  Replacement *replacement = replace (&life);
  ck_assert (!replacement_commit (replacement, NULL, &error));
  replacement_free (replacement);
  g_autoptr (GDir) dir = g_dir_open (renamed, 0, NULL);
  ck_assert_str_eq (g_dir_read_name (dir), "song");
  ck_assert_ptr_null (g_dir_read_name (dir));
  ck_assert_int_eq (rename (renamed, folder), 0);
  g_clear_pointer (&renamed, g_free);
}
END_TEST

/* ---- who has it open for writing ---- */

typedef struct {
  SignOfLife life;
  guint n, n_closing; /* signs of life: so far, and that at which the writer closes the file */
  int writer;
} Waiting;

static void
close_writer (gpointer user_data)
{
  Waiting *self = user_data;
  self->life.last = 0; /* each of them is told */
  if (++self->n == self->n_closing)
    ck_assert_int_eq (close (self->writer), 0);
}

static gboolean
has_leases (void)
{
  const int fd = open (song, O_RDONLY);
  const gboolean has = fcntl (fd, F_SETLEASE, F_RDLCK) == 0;
  close (fd);
  return has;
}

/* The first sign of life with which a program is waited for is one more than without. */
static guint
count_signs (void)
{
  Waiting waiting = {.life = {close_writer, &waiting, 0}};
  g_autoptr (Replacement) replacement = replace (&waiting.life);
  commit (replacement);
  return waiting.n;
}

/* Another run does so to read its tags. */
START_TEST (who_has_a_file_open_for_writing_for_a_moment_is_waited_for)
{
  if (!has_leases ())
    return;
  Waiting waiting = {.life = {close_writer, &waiting, 0}, .n_closing = count_signs () + 1};
  g_autoptr (Replacement) replacement = replace (&waiting.life);
  waiting.writer = open (song, O_RDWR);
  ck_assert_int_ge (waiting.writer, 0);
  commit (replacement);
  ck_assert_uint_eq (waiting.n, waiting.n_closing);
}
END_TEST

static gboolean is_wanted, is_stuck, is_stuck_at_last;
static guint n_saved; /* times that it will be */

static void
want_to_write (void)
{
  int status;
  const pid_t writer = fork ();
  if (writer == 0) /* whom the lease does not let in at once */
    _exit (open (song, O_WRONLY | O_NONBLOCK) < 0 && errno == EWOULDBLOCK ? 0 : 1);
  ck_assert_int_eq (waitpid (writer, &status, 0), writer);
  ck_assert (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

/* As an editor does; and then its folder gets another name. */
static int
exchange_saved (int folder_of_old, const char *old, int folder_of_new, const char *new,
                unsigned int flags)
{
  g_autofree char *saved = g_strconcat (song, "-saved", NULL);
  ck_assert (g_file_set_contents (saved, n_saved == 1 ? "saved" : "saved first", -1, NULL));
  ck_assert_int_eq (rename (saved, song), 0);
  if (--n_saved == 0 && is_stuck_at_last)
    return fail_with (EIO);
  const int result = (int)syscall (SYS_renameat2, folder_of_old, old, folder_of_new, new, flags);
  if (renamed)
    ck_assert_int_eq (rename (folder, renamed), 0);
  return result;
}

/* A file system on a server that cannot exchange two files. Its client fails to rename a file over
 * one that is open, or over any, and has removed that one then. */
static enum { NO_SERVER, REFUSES_OPEN, REMOVES, REMOVES_AND_FAILS } server;
static guint n_removed;
static gboolean is_asked_twice; /* because its first answer was lost */

static gboolean
is_open (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  gboolean found = FALSE;
  for (const char *name; (name = g_dir_read_name (dir));) {
    g_autofree char *link = g_build_filename ("/proc/self/fd", name, NULL);
    g_autofree char *target = g_file_read_link (link, NULL);
    found |= g_strcmp0 (target, path) == 0;
  }
  return found;
}

/* TRUE: it fails. */
static gboolean
removes (int folder_of_new, const char *new)
{
  const gboolean does = server > REFUSES_OPEN || (server == REFUSES_OPEN && is_open (song));
  if (does && unlinkat (folder_of_new, new, 0) == 0)
    n_removed++;
  return does;
}

/* In the place of the C library's, for who comes in the last moment. */
int
renameat (int folder_of_old, const char *old, int folder_of_new, const char *new)
{
  if (is_stuck)
    return fail_with (EIO);
  if (removes (folder_of_new, new))
    return fail_with (ENOENT);
  const int result = (int)syscall (SYS_renameat2, folder_of_old, old, folder_of_new, new, 0);
  return is_asked_twice ? fail_with (ENOENT) : result;
}

int
linkat (int folder_of_old, const char *old, int folder_of_new, const char *new, int flags)
{
  if (server == REMOVES_AND_FAILS)
    return fail_with (EPERM);
  return (int)syscall (SYS_linkat, folder_of_old, old, folder_of_new, new, flags);
}

int
renameat2 (int folder_of_old, const char *old, int folder_of_new, const char *new,
           unsigned int flags)
{
  if (is_wanted)
    want_to_write ();
  is_wanted = FALSE;
  if (server == REMOVES_AND_FAILS || (server != NO_SERVER && (flags & RENAME_EXCHANGE) != 0))
    return fail_with (EINVAL);
  if (n_saved > 0)
    return exchange_saved (folder_of_old, old, folder_of_new, new, flags);
  if (is_stuck)
    return renameat (folder_of_old, old, folder_of_new, new);
  return (int)syscall (SYS_renameat2, folder_of_old, old, folder_of_new, new, flags);
}

START_TEST (who_wants_to_write_in_the_last_moment_is_waited_for)
{
  if (!has_leases ())
    return;
  g_autoptr (Replacement) replacement = replace (NULL);
  wait_for_clock ();
  is_wanted = TRUE;
  commit (replacement);
  ck_assert (!is_wanted);
}
END_TEST

START_TEST (what_is_saved_in_the_last_moment_stays_in_a_folder_that_gets_another_name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  renamed = g_strconcat (folder, "-renamed", NULL);
  Replacement *replacement = replace (NULL);
  n_saved = 1;
  ck_assert (!replacement_commit (replacement, NULL, &error));
  ck_assert_msg (error->domain == PASSING_ERROR, "%s", error->message);
  replacement_free (replacement);
  ck_assert_int_eq (rename (renamed, folder), 0);
  g_clear_pointer (&renamed, g_free);
  ck_assert (g_file_get_contents (song, &text, NULL, NULL));
  ck_assert_str_eq (text, "saved");
}
END_TEST

static void
assert_has (const char *path, const char *expected)
{
  g_autofree char *text = NULL;
  ck_assert_msg (g_file_get_contents (path, &text, NULL, NULL), "%s is gone", path);
  ck_assert_str_eq (text, expected);
}

static void
assert_named (const GError *error, const char *expected)
{
  g_autofree char *path = find_beside ();
  g_autofree char *name = path ? g_path_get_basename (path) : NULL;
  ck_assert_msg (name && strstr (error->message, name), "%s", error->message);
  assert_has (path, expected);
}

START_TEST (what_is_saved_in_the_last_moment_and_cannot_be_put_back_is_named)
{
  g_autoptr (GError) error = NULL;
  Replacement *replacement = replace (NULL);
  n_saved = 1;
  is_stuck = TRUE;
  ck_assert (!replacement_commit (replacement, NULL, &error));
  is_stuck = FALSE;
  replacement_free (replacement);
  replacement_remove_leftovers (folder);
  assert_named (error, "saved");
}
END_TEST

/* The second time it is what takes the place of what is put back, or cannot be exchanged. */
START_TEST (of_what_is_saved_twice_in_the_last_moment_nothing_is_lost)
{
  for (int stuck = 0; stuck < 2; stuck++) {
    g_autoptr (GError) error = NULL;
    Replacement *replacement = replace (NULL);
    n_saved = 2;
    is_stuck_at_last = stuck;
    ck_assert (!replacement_commit (replacement, NULL, &error));
    is_stuck_at_last = FALSE;
    ck_assert_uint_eq (n_saved, 0);
    replacement_free (replacement);
    replacement_remove_leftovers (folder);
    assert_has (song, stuck ? "saved" : "saved first");
    assert_named (error, stuck ? "saved first" : "saved");
    g_autofree char *beside = find_beside ();
    ck_assert_int_eq (g_unlink (beside), 0);
  }
}
END_TEST

/* ---- servers ---- */

static Replacement *
replace_with_new (void)
{
  Replacement *replacement = replace (NULL);
  ck_assert_int_eq (pwrite (replacement_get_draft (replacement), "new", 3, 0), 3);
  n_removed = 0;
  return replacement;
}

START_TEST (what_a_server_removes_before_it_fails_comes_back_as_it_was_to_become)
{
  for (server = REFUSES_OPEN; server <= REMOVES; server++) {
    ck_assert (g_file_set_contents (song, "old", -1, NULL));
    Replacement *replacement = replace_with_new ();
    commit (replacement);
    replacement_free (replacement);
    assert_has (song, "new");
    ck_assert_ptr_null (find_beside ());
    ck_assert_uint_eq (n_removed, server == REMOVES); /* none that is open is renamed over */
  }
  server = NO_SERVER;
}
END_TEST

START_TEST (what_has_taken_its_place_is_written_whatever_a_server_says)
{
  Replacement *replacement = replace_with_new ();
  server = REFUSES_OPEN;
  is_asked_twice = TRUE;
  commit (replacement);
  is_asked_twice = FALSE;
  server = NO_SERVER;
  replacement_free (replacement);
  assert_has (song, "new");
  ck_assert_ptr_null (find_beside ());
}
END_TEST

START_TEST (what_a_server_removes_for_good_leaves_the_copy_which_is_named)
{
  g_autoptr (GError) error = NULL;
  Replacement *replacement = replace_with_new ();
  server = REMOVES_AND_FAILS;
  ck_assert (!replacement_commit (replacement, NULL, &error));
  server = NO_SERVER;
  replacement_free (replacement);
  ck_assert_uint_eq (n_removed, 1);
  assert_named (error, "new");
}
END_TEST

/* ---- disks ---- */

static gboolean is_slow;
static off_t n_synced, most_unsynced; /* bytes */

/* In the place of the C library's, for slow ones. */
int
fdatasync (int fd)
{
  struct stat status;
  ck_assert_int_eq (fstat (fd, &status), 0);
  if (!is_slow || status.st_nlink == 0) /* that is memory */
    return (int)syscall (SYS_fdatasync, fd);
  most_unsynced = MAX (most_unsynced, status.st_size - n_synced);
  n_synced = status.st_size;
  return usleep (700 * 1000);
}

START_TEST (a_slow_disk_is_waited_for_after_every_mebibyte)
{
  enum { SIZE = 4 << 20 };
  g_autofree char *text = g_strnfill (SIZE, 'x');
  ck_assert (g_file_set_contents (song, text, SIZE, NULL));
  g_autoptr (Replacement) replacement = replace (NULL);
  is_slow = TRUE;
  commit (replacement);
  is_slow = FALSE;
  ck_assert_int_eq (n_synced, SIZE);
  ck_assert_int_eq (most_unsynced, 1 << 20);
}
END_TEST

/* ---- large files ---- */

static gboolean has_memory = TRUE;

/* In the place of the C library's, so that such a file is not copied. */
int
memfd_create (const char *name, unsigned int flags)
{
  return has_memory ? (int)syscall (SYS_memfd_create, name, flags) : fail_with (ENOMEM);
}

static gboolean
is_too_large (off_t size, gboolean restores)
{
  g_autoptr (GError) error = NULL;
  const ReplacementOptions options = {.restores = restores};
  ck_assert_int_eq (truncate (song, size), 0);
  ck_assert_ptr_null (replacement_new (song, NULL, &options, &error));
  const gboolean is = strstr (error->message, "larger than 1 GiB") != NULL;
  ck_assert_msg (is || strstr (error->message, "not enough memory"), "%s", error->message);
  return is;
}

START_TEST (what_has_grown_beyond_the_limit_by_being_written_can_be_restored)
{
  const off_t limit = 1 << 30, margin = 4 << 20;
  has_memory = FALSE;
  ck_assert (!is_too_large (limit, FALSE));
  ck_assert (is_too_large (limit + 1, FALSE));
  ck_assert (!is_too_large (limit + margin, TRUE));
  ck_assert (is_too_large (limit + margin + 1, TRUE));
  has_memory = TRUE;
}
END_TEST

/* The lease is there until all is done. */
START_TEST (who_opens_the_file_meanwhile_ends_nobody)
{
  int status;
  if (!has_leases ())
    return;
  g_autoptr (Replacement) replacement = replace (NULL);
  commit (replacement);
  g_autofree char *old =
      g_strdup_printf ("/proc/self/fd/%d", replacement_get_original (replacement));
  const pid_t writer = fork ();
  if (writer == 0) /* whom the lease does not let in at once */
    _exit (open (old, O_WRONLY | O_NONBLOCK) < 0 && errno == EWOULDBLOCK ? 0 : 1);
  ck_assert_int_eq (waitpid (writer, &status, 0), writer);
  ck_assert (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("replacement");
  tcase_add_checked_fixture (tests, set_up, clear);
  tcase_add_test (tests, what_has_changed_within_the_same_second_is_not_begun);
  tcase_add_test (tests, what_changes_within_the_same_second_is_not_replaced);
  tcase_add_test (tests, what_changes_and_keeps_its_time_is_not_replaced);
  tcase_add_test (tests, a_file_that_is_replaced_under_another_name_meanwhile_is_replaced);
  tcase_add_test (tests, where_a_file_has_its_mode_already_none_is_set);
  tcase_add_test (tests,
                  where_there_are_no_attributes_a_copy_is_made_without_but_no_file_is_replaced);
  tcase_add_test (tests, a_file_gets_no_access_list_from_its_folder);
  tcase_add_test (tests, a_file_keeps_its_own_access_list);
  tcase_add_test (tests, a_copy_without_its_access_list_gives_its_group_nothing);
  tcase_add_test (tests, where_no_copy_can_be_made_none_is_promised);
  tcase_add_test (tests, of_somebody_elses_file_a_look_says_whether_its_owner_can_be_kept);
  tcase_add_test (tests, who_may_write_a_folder_by_its_access_list_is_promised_a_copy);
  tcase_add_test (tests, who_may_write_a_folder_whatever_access_says_is_promised_a_copy);
  tcase_add_test (tests, what_only_looks_like_a_leftover_stays);
  tcase_add_test (tests, nothing_is_left_behind_in_a_folder_that_gets_another_name);
  tcase_add_test (tests, who_has_a_file_open_for_writing_for_a_moment_is_waited_for);
  tcase_add_test (tests, who_wants_to_write_in_the_last_moment_is_waited_for);
  tcase_add_test (tests, what_is_saved_in_the_last_moment_stays_in_a_folder_that_gets_another_name);
  tcase_add_test (tests, what_is_saved_in_the_last_moment_and_cannot_be_put_back_is_named);
  tcase_add_test (tests, of_what_is_saved_twice_in_the_last_moment_nothing_is_lost);
  tcase_add_test (tests, what_a_server_removes_before_it_fails_comes_back_as_it_was_to_become);
  tcase_add_test (tests, what_has_taken_its_place_is_written_whatever_a_server_says);
  tcase_add_test (tests, what_a_server_removes_for_good_leaves_the_copy_which_is_named);
  tcase_add_test (tests, a_slow_disk_is_waited_for_after_every_mebibyte);
  tcase_add_test (tests, what_has_grown_beyond_the_limit_by_being_written_can_be_restored);
  tcase_add_test (tests, who_opens_the_file_meanwhile_ends_nobody);
  return test_run ("replacement", tests);
}
