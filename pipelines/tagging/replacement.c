/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replacement.h"
#include "digest.h"
#include "memory.h"
#include "writeall.h"
#include "../translation.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define ACCESS_LIST "system.posix_acl_access"
#define PREFIX ".genre-tag-"
#define N_RANDOM 10  /* letters and digits behind it */
#define KEPT "-kept" /* behind that, of what no run may remove */
#define CHUNK (1 << 20)
#define MOST_UNSYNCED (8 << 20) /* bytes after which the disk is waited for, if it is quick */
#define QUICK (G_TIME_SPAN_SECOND / 2)
#define MARGIN (4 << 20)         /* bytes by which tags may grow */
#define LARGEST ((off_t)1 << 30) /* bytes of a file that is changed in memory */

/* ms before another try where a program has the file open for writing */
static const guint pauses[] = {50, 100, 200, 300, 400, 500};

enum { PASSING_CHANGE, PASSING_WRITER };

G_DEFINE_QUARK (genre - copy - error, copy_error)
G_DEFINE_QUARK (genre - passing - error, passing_error)

struct _Replacement {
  char *source;          /* absolute, without links */
  char *target, *folder; /* the same, but of a copy as the caller calls them */
  char *draft_path;      /* of the copy in memory */
  char *name;            /* of the one beside the file, NULL unless there is one */
  int from, draft, to;
  int folder_fd; /* of @folder, whatever it is called by now; -1 until the end begins */
  off_t room;    /* in memory */
  struct stat before;
  struct timespec time; /* of last modification, if it is set */
  gboolean time_is_set;
  ReplacementOptions options;
  gboolean is_copy; /* @target is new */
  gboolean leased;  /* whoever opens the file for writing breaks the lease */
};

static gboolean
fail (const char *what, GError **error)
{
  const int code = errno;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s", what,
               g_strerror (code));
  return FALSE;
}

static gboolean
refuse (const char *why, GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, why);
  return FALSE;
}

/* Somebody else is at the file. */
static gboolean
give_way (const char *why, GError **error)
{
  g_set_error_literal (error, PASSING_ERROR, PASSING_CHANGE, why);
  return FALSE;
}

static gboolean
give_way_to_writer (GError **error)
{
  g_set_error_literal (error, PASSING_ERROR, PASSING_WRITER,
                       N_ ("another program has it open for writing"));
  return FALSE;
}

/* ---- a person's file ---- */

gboolean
person_file_is_same (const struct stat *a, const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int
person_file_open (const char *path, struct stat *status, GError **error)
{
  struct stat own;
  status = status ? status : &own;
  if (stat (path, status) != 0) { /* before it is opened: opening a device may do something */
    fail (N_ ("it cannot be examined"), error);
    return -1;
  }
  if (!S_ISREG (status->st_mode)) {
    refuse (S_ISDIR (status->st_mode) ? N_ ("a folder, not a file")
                                      : N_ ("a pipe or device, not a file"),
            error);
    return -1;
  }
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    fail (N_ ("it cannot be opened"), error);
  else if (fstat (fd, status) != 0 || !S_ISREG (status->st_mode))
    refuse (N_ ("it has just been replaced by something else"), error);
  else
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

/* ---- the copy ---- */

typedef struct {
  gsize n, most; /* bytes: that are not yet on the disk, and after which it is waited for */
} Unsynced;

/* A slow disk is waited for part after part, so that whoever watches sees that it goes on; a quick
 * one not as often, because each time costs it something. */
static gboolean
sync_parts (int fd, gsize n, Unsynced *unsynced)
{
  unsynced->n += n;
  if (unsynced->n < unsynced->most)
    return TRUE;
  const gint64 begin = g_get_monotonic_time ();
  if (fdatasync (fd) != 0)
    return FALSE;
  const gboolean is_quick = g_get_monotonic_time () - begin < QUICK;
  unsynced->n = 0;
  unsynced->most = is_quick ? MIN (2 * unsynced->most, MOST_UNSYNCED) : CHUNK;
  return TRUE;
}

static gboolean
copy_content (int from, int to, SignOfLife *life, GError **error)
{
  g_autofree guint8 *bytes = g_malloc (CHUNK);
  for (Unsynced unsynced = {0, CHUNK};; sign_of_life (life)) {
    const ssize_t n = read (from, bytes, CHUNK);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail (N_ ("it cannot be read"), error);
    if (n == 0)
      return TRUE;
    if (!write_all (to, bytes, (gsize)n) || !sync_parts (to, (gsize)n, &unsynced))
      return fail (N_ ("its copy cannot be written"), error);
  }
}

/* A copy may be made where there are no attributes of such a kind. */
static gboolean
copy_attribute (const Replacement *self, const char *name, GError **error)
{
  const ssize_t size = fgetxattr (self->from, name, NULL, 0);
  g_autofree char *value = g_malloc ((gsize)MAX (size, 0) + 1);
  if (size >= 0 && fgetxattr (self->from, name, value, (gsize)size) == size &&
      (fsetxattr (self->to, name, value, (gsize)size, 0) == 0 ||
       (self->is_copy && errno == ENOTSUP)))
    return TRUE;
  /* those are the system's, which gives the copy its own */
  if (g_str_has_prefix (name, "security.") || g_str_has_prefix (name, "trusted."))
    return TRUE;
  return fail (name, error);
}

/* Access lists are among them; one that the folder gives to all that is new in it must not stay. */
static gboolean
copy_attributes (const Replacement *self, GError **error)
{
  fremovexattr (self->to, ACCESS_LIST);
  const ssize_t size = flistxattr (self->from, NULL, 0);
  if (size <= 0)
    return size == 0 || errno == ENOTSUP || fail (N_ ("its extended attributes"), error);
  g_autofree char *names = g_malloc ((gsize)size);
  const ssize_t n = flistxattr (self->from, names, (gsize)size);
  if (n < 0)
    return fail (N_ ("its extended attributes"), error);
  for (const char *name = names; name < names + n; name += strlen (name) + 1)
    if (!copy_attribute (self, name, error))
      return FALSE;
  return TRUE;
}

/* What a mode says of a group is, beside an access list, what anybody in that list may have: a copy
 * that could not get the list must not give its group so much. */
static mode_t
get_copied_mode (const Replacement *self)
{
  const mode_t mode = self->before.st_mode & (self->is_copy ? 0777 : 07777);
  const gboolean has_lost_list = self->is_copy &&
                                 fgetxattr (self->from, ACCESS_LIST, NULL, 0) > 0 &&
                                 fgetxattr (self->to, ACCESS_LIST, NULL, 0) <= 0;
  return has_lost_list ? mode & ~(mode_t)070 : mode;
}

/* Some file systems give all files one mode, and none can be set. */
static gboolean
copy_mode (const Replacement *self, GError **error)
{
  struct stat status;
  const mode_t mode = get_copied_mode (self);
  if (fstat (self->to, &status) == 0 && (status.st_mode & 07777) == mode)
    return TRUE;
  return fchmod (self->to, mode) == 0 || fail (N_ ("its mode cannot be kept"), error);
}

static gboolean
set_owner (int fd, const struct stat *of, GError **error)
{
  struct stat status;
  if (fstat (fd, &status) != 0)
    return fail (N_ ("its copy cannot be examined"), error);
  const gboolean same = status.st_uid == of->st_uid && status.st_gid == of->st_gid;
  return same || fchown (fd, of->st_uid, of->st_gid) == 0 ||
         fail (N_ ("its owner cannot be kept"), error);
}

static gboolean
copy_owner (const Replacement *self, GError **error)
{
  return (self->is_copy || set_owner (self->to, &self->before, error)) && copy_mode (self, error);
}

static char *
make_name (void)
{
  static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  char name[N_RANDOM + 1] = {0};
  for (int i = 0; i < N_RANDOM; i++)
    name[i] = digits[g_random_int_range (0, sizeof digits - 1)];
  return g_strconcat (PREFIX, name, NULL);
}

/* What changes tags may write without looking whether that succeeded (TagLib does): so that nothing
 * is cut short for want of room, it writes into memory that has been set aside. */
int
replacement_make_room (goffset size, GError **error)
{
  const goffset room = size + MARGIN, available = memory_available ();
  if (available >= 0 && room > available) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOMEM,
                 N_ ("there is not enough memory for a copy (%ld MiB are needed, %ld are free)"),
                 (long)(room >> 20), (long)(available >> 20));
    return -1;
  }
  const int fd = memfd_create ("genre-tag", MFD_CLOEXEC);
  if (fd >= 0 && fallocate (fd, FALLOC_FL_KEEP_SIZE, 0, room) == 0)
    return fd;
  fail (N_ ("there is not enough memory for a copy"), error);
  if (fd >= 0)
    close (fd);
  return -1;
}

void
replacement_set_draft (Replacement *self, int draft)
{
  if (self->draft >= 0)
    close (self->draft);
  struct stat status;
  self->draft = draft;
  self->room = fstat (draft, &status) == 0 ? status.st_size + MARGIN : 0;
  g_free (self->draft_path);
  self->draft_path = g_strdup_printf ("/proc/self/fd/%d", draft);
}

static gboolean
make_draft (Replacement *self, GError **error)
{
  if (self->before.st_size > LARGEST + (self->options.restores ? MARGIN : 0))
    return refuse (N_ ("it is larger than 1 GiB"), error);
  const int draft = replacement_make_room (self->before.st_size, error);
  if (draft < 0)
    return FALSE;
  replacement_set_draft (self, draft);
  self->room = self->before.st_size + MARGIN;
  return copy_content (self->from, self->draft, self->options.life, error);
}

int
replacement_copy_draft (const Replacement *self, GError **error)
{
  const int copy = replacement_make_room (lseek (self->draft, 0, SEEK_END), error);
  if (copy < 0)
    return -1;
  lseek (self->draft, 0, SEEK_SET);
  if (copy_content (self->draft, copy, self->options.life, error))
    return copy;
  close (copy);
  return -1;
}

/* Locked, so that no other run takes it for a leftover; -1 if none can be made, and *@name is NULL.
 */
static int
create_file (int folder, char **name)
{
  int fd;
  do {
    g_free (*name);
    *name = make_name ();
    fd = openat (folder, *name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  } while (fd < 0 && errno == EEXIST);
  if (fd >= 0)
    flock (fd, LOCK_EX | LOCK_NB);
  else
    g_clear_pointer (name, g_free);
  return fd;
}

/* Beside the file, with what is in memory now. */
static gboolean
make_copy (Replacement *self, GError **error)
{
  struct stat status;
  if (fstat (self->draft, &status) != 0 || status.st_size > self->room)
    return refuse (N_ ("its tags have grown by more than 4 MiB"), error);
  self->to = create_file (self->folder_fd, &self->name);
  if (self->to < 0)
    return fail (N_ ("no copy can be made beside it"), error);
  return lseek (self->draft, 0, SEEK_SET) == 0 &&
         copy_content (self->draft, self->to, self->options.life, error);
}

/* ---- beginning ---- */

static gboolean
check (const Replacement *self, const struct stat *expected, GError **error)
{
  if (expected && !person_file_is_same (expected, &self->before))
    return give_way (N_ ("it has changed meanwhile, and is left alone"), error);
  if (self->is_copy)
    return TRUE;
  if (self->before.st_nlink > 1 && !self->options.break_links)
    return refuse (N_ ("it has several names (hard links); --break-links writes it nevertheless"),
                   error);
  if ((self->before.st_mode & 0222) == 0 || access (self->source, W_OK) != 0)
    return refuse (N_ ("it is read-only"), error);
  return TRUE;
}

/* Of which nobody hears, and nothing is left; -1: there is no such thing here, or may not be. */
static int
open_nameless (const char *folder)
{
  return open (folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}

/* A capability may allow what access() denies: it asks for the user who has started the program. */
static gboolean
may_write_folder (const char *folder, GError **error)
{
  if (access (folder, W_OK | X_OK) == 0)
    return TRUE;
  const int code = errno;
  const int fd = open_nameless (folder);
  if (fd >= 0)
    close (fd);
  if (fd >= 0 || (code != EACCES && code != EPERM && code != EROFS))
    return TRUE;
  errno = code;
  return fail (N_ ("no copy can be made beside it"), error);
}

/* Capabilities, groups and file systems that give all files one owner decide about that: with
 * somebody else's file it is tried. Where it cannot be, nobody knows before it is written. */
static gboolean
may_keep_owner (const char *folder, const struct stat *status, GError **error)
{
  if (status->st_uid == geteuid () && status->st_gid == getegid ())
    return TRUE;
  const int fd = open_nameless (folder);
  if (fd < 0)
    return TRUE;
  const gboolean good = set_owner (fd, status, error);
  close (fd);
  return good;
}

static gboolean
can_take_place (const Replacement *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->source);
  return may_write_folder (folder, error) && may_keep_owner (folder, &self->before, error);
}

static Replacement *
new_unchecked (const char *path, GError **error)
{
  Replacement *self = g_new0 (Replacement, 1);
  self->from = self->draft = self->to = self->folder_fd = -1;
  char *real = realpath (path, NULL);
  if (!real) {
    fail (N_ ("it cannot be found"), error);
    replacement_free (self);
    return NULL;
  }
  self->source = g_strdup (real);
  free (real);
  self->from = person_file_open (self->source, &self->before, error);
  if (self->from < 0)
    g_clear_pointer (&self, replacement_free);
  return self;
}

gboolean
replacement_is_possible (const char *path, const ReplacementOptions *options, GError **error)
{
  g_autoptr (Replacement) self = new_unchecked (path, error);
  if (!self)
    return FALSE;
  self->options = *options;
  return check (self, NULL, error) && can_take_place (self, error);
}

Replacement *
replacement_new (const char *path, const struct stat *expected, const ReplacementOptions *options,
                 GError **error)
{
  Replacement *self = new_unchecked (path, error);
  if (!self)
    return NULL;
  self->options = *options;
  self->target = g_strdup (self->source);
  self->folder = g_path_get_dirname (self->target);
  if (!check (self, expected, error) || !make_draft (self, error))
    g_clear_pointer (&self, replacement_free);
  return self;
}

Replacement *
replacement_new_copy (const char *path, const char *target, const struct stat *expected,
                      const ReplacementOptions *options, GError **error)
{
  Replacement *self = new_unchecked (path, error);
  if (!self)
    return NULL;
  self->options = *options;
  self->is_copy = TRUE;
  self->options.keep_time = TRUE;
  self->target = g_strdup (target);
  self->folder = g_path_get_dirname (self->target);
  if (!check (self, expected, error) || !make_draft (self, error))
    g_clear_pointer (&self, replacement_free);
  return self;
}

const char *
replacement_get_path (const Replacement *self)
{
  return self->draft_path;
}

const char *
replacement_get_source (const Replacement *self)
{
  return self->source;
}

int
replacement_get_original (const Replacement *self)
{
  return self->from;
}

int
replacement_get_draft (const Replacement *self)
{
  return self->draft;
}

const struct stat *
replacement_get_status (const Replacement *self)
{
  return &self->before;
}

void
replacement_set_time (Replacement *self, gint64 time)
{
  const gint64 part = time % 1000000000; /* negative before 1970, which no timespec may be */
  self->time = part < 0 ? (struct timespec){time / 1000000000 - 1, part + 1000000000}
                        : (struct timespec){time / 1000000000, part};
  self->time_is_set = TRUE;
}

void
replacement_keep_time (Replacement *self)
{
  self->options.keep_time = TRUE;
}

/* ---- end ---- */

/* Somebody who has the file open for writing would go on writing into what is no longer the file.
 * Where there are no leases (on NFS, or in somebody else's file), that cannot be known. */
static gboolean
take_lease (Replacement *self, GError **error)
{
  if (self->is_copy)
    return TRUE;
  fcntl (self->from, F_SETSIG, SIGURG); /* which does nothing; SIGIO would end the process */
  self->leased = fcntl (self->from, F_SETLEASE, F_RDLCK) == 0;
  return self->leased || errno != EAGAIN || give_way_to_writer (error);
}

/* Nobody has opened it for writing since; whoever wants to waits until the lease is gone. */
static gboolean
holds_lease (const Replacement *self, GError **error)
{
  return !self->leased || fcntl (self->from, F_GETLEASE) == F_RDLCK || give_way_to_writer (error);
}

/* Who sets the time of modification back, or changes the mode, changes that of the last change. So
 * does who replaces the file under another of its names, and nothing is lost by that. */
static gboolean
is_unchanged (const Replacement *self, const struct stat *now)
{
  return person_file_is_same (now, &self->before) &&
         (self->is_copy || self->before.st_nlink > 1 ||
          (now->st_ctim.tv_sec == self->before.st_ctim.tv_sec &&
           now->st_ctim.tv_nsec == self->before.st_ctim.tv_nsec));
}

/* As late as can be: nobody else may have written the file since. */
static gboolean
is_untouched (const Replacement *self, GError **error)
{
  struct stat now;
  if (lstat (self->source, &now) == 0 && is_unchanged (self, &now))
    return TRUE;
  return give_way (N_ ("it has changed meanwhile, and is left alone"), error);
}

static gboolean
is_unsupported (int code)
{
  return code == EINVAL || code == ENOSYS || code == ENOTSUP;
}

/* Under a name that nothing has. */
static gboolean
move_to_new (Replacement *self, GError **error)
{
  if (renameat2 (self->folder_fd, self->name, AT_FDCWD, self->target, RENAME_NOREPLACE) == 0) {
    g_clear_pointer (&self->name, g_free);
    return TRUE;
  }
  /* NFS cannot do that; a second name does not replace anything either, and the first one goes with
   * this object */
  if (is_unsupported (errno) &&
      linkat (self->folder_fd, self->name, AT_FDCWD, self->target, 0) == 0)
    return TRUE;
  return errno == EEXIST ? refuse (N_ ("it exists already"), error)
                         : fail (N_ ("the copy cannot take its place"), error);
}

/* In its folder. */
static const char *
get_base (const Replacement *self)
{
  return strrchr (self->target, '/') + 1;
}

static gboolean
exchange (const Replacement *self)
{
  return renameat2 (self->folder_fd, self->name, self->folder_fd, get_base (self),
                    RENAME_EXCHANGE) == 0;
}

static gboolean
replace (Replacement *self)
{
  if (renameat (self->folder_fd, self->name, self->folder_fd, get_base (self)) != 0)
    return FALSE;
  g_clear_pointer (&self->name, g_free);
  return TRUE;
}

/* Whether it stands in the folder under @name. */
static gboolean
is_copy_there (const Replacement *self, const char *name)
{
  struct stat there, copy;
  return fstatat (self->folder_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         fstat (self->to, &copy) == 0 && there.st_dev == copy.st_dev && there.st_ino == copy.st_ino;
}

static gboolean
is_gone (int folder, const char *name)
{
  struct stat status;
  return fstatat (folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

/* @base, of which nothing has the name. Where a file system can see to that itself, it does. */
static gboolean
take_free_name (int folder, const char *name, const char *base)
{
  if (renameat2 (folder, name, folder, base, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno == EEXIST)
    return FALSE;
  if (linkat (folder, name, folder, base, 0) == 0) {
    unlinkat (folder, name, 0);
    return TRUE;
  }
  return errno != EEXIST && renameat (folder, name, folder, base) == 0;
}

/* What came out may be the only copy of what another program has just saved: it must not go with
 * this object, nor as a leftover. */
static void
keep_what_came_out (Replacement *self, GError **error)
{
  if (is_gone (self->folder_fd, self->name))
    return;
  g_autofree char *kept = g_strconcat (self->name, KEPT, NULL);
  const gboolean moved = take_free_name (self->folder_fd, self->name, kept);
  g_clear_error (error);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               moved ? N_ ("it has changed meanwhile, and cannot be put back: what it was is in %s "
                           "beside it")
                     : N_ ("it has changed meanwhile, and cannot be put back: what it was is in %s "
                           "beside it, which must be renamed before genre-tag runs again"),
               moved ? kept : self->name);
  g_clear_pointer (&self->name, g_free);
}

/* Over the copy, or where nothing is: not over what another program has saved once more. */
static gboolean
put_over_copy (Replacement *self)
{
  const char *base = get_base (self);
  return (is_copy_there (self, base) || is_gone (self->folder_fd, base)) && replace (self);
}

/* That is a change, too, but our own: before the lease is gone nobody else can make one. Who saves
 * the file once more meanwhile comes out in the place of the copy. */
static void
put_back (Replacement *self, GError **error)
{
  struct stat back;
  if (exchange (self) ? !is_copy_there (self, self->name) : !put_over_copy (self))
    keep_what_came_out (self, error);
  else if (fstatat (self->folder_fd, get_base (self), &back, AT_SYMLINK_NOFOLLOW) == 0 &&
           person_file_is_same (&back, &self->before))
    self->before.st_ctim = back.st_ctim;
}

/* The file has come out under the copy's name; it goes with this object if it is what was copied.
 */
static gboolean
look_at_exchanged (Replacement *self, GError **error)
{
  struct stat out;
  const gboolean same = fstatat (self->folder_fd, self->name, &out, AT_SYMLINK_NOFOLLOW) == 0 &&
                        person_file_is_same (&out, &self->before);
  if (same && holds_lease (self, error))
    return TRUE;
  if (!same)
    give_way (N_ ("it has changed meanwhile, and is left alone"), error);
  put_back (self, error);
  return FALSE;
}

/* The copy may be all that there is: it must not go with this object. */
static gboolean
keep_copy (Replacement *self, int code, GError **error)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
               N_ ("the copy cannot take its place (%s), and what it was may be gone: the "
                   "copy is %s beside it, which must be renamed before genre-tag runs again"),
               g_strerror (code), self->name);
  g_clear_pointer (&self->name, g_free);
  return FALSE;
}

/* A file system that is not ours may have removed the file before it failed, or a server that was
 * asked twice has answered that there is nothing to rename any more. */
static gboolean
look_after_failure (Replacement *self, int code, GError **error)
{
  struct stat status;
  if (is_copy_there (self, get_base (self))) {
    g_clear_pointer (&self->name, g_free);
    return TRUE;
  }
  if (fstatat (self->folder_fd, get_base (self), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    errno = code;
    return fail (N_ ("the copy cannot take its place"), error);
  }
  if (errno != ENOENT || !take_free_name (self->folder_fd, self->name, get_base (self)))
    return keep_copy (self, code, error);
  g_clear_pointer (&self->name, g_free);
  return TRUE;
}

/* Servers of Windows' manner do not let a file be replaced that is open, and some clients of them
 * remove it then: here it is closed, and with that the lease ends. */
static gboolean
move_over (Replacement *self, GError **error)
{
  if (!holds_lease (self, error))
    return FALSE;
  close (self->from);
  self->from = -1;
  self->leased = FALSE;
  return replace (self) || look_after_failure (self, errno, error);
}

static gboolean
move (Replacement *self, GError **error)
{
  if (self->is_copy)
    return move_to_new (self, error);
  flock (self->from, LOCK_EX | LOCK_NB); /* so that no other run takes it for a leftover */
  return exchange (self) ? look_at_exchanged (self, error) : move_over (self, error);
}

/* What is wrong with a new file is not said of the one that it is made from. */
static gboolean
name_output (const Replacement *self, GError **error)
{
  if (!self->is_copy || !error || !*error)
    return FALSE;
  g_autoptr (GError) fault = g_steal_pointer (error);
  g_set_error (error, COPY_ERROR, 0, N_ ("the copy %s: %s"), self->target, fault->message);
  return FALSE;
}

static gboolean
take_place (Replacement *self, GError **error)
{
  return take_lease (self, error) && is_untouched (self, error) &&
         (move (self, error) || name_output (self, error));
}

/* Whether the copy is still there to be tried once more. */
static gboolean
waits_for_writer (const Replacement *self, const GError *fault)
{
  return self->name && g_error_matches (fault, PASSING_ERROR, PASSING_WRITER);
}

/* Another run opens a file for writing for a moment to read its tags, and goes on with that only
 * when the lease is gone. */
static gboolean
take_place_patiently (Replacement *self, GError **error)
{
  g_autoptr (GError) fault = NULL;
  gboolean good = take_place (self, &fault);
  for (gsize i = 0; !good && waits_for_writer (self, fault) && i < G_N_ELEMENTS (pauses); i++) {
    g_clear_error (&fault);
    fcntl (self->from, F_SETLEASE, F_UNLCK);
    sign_of_life (self->options.life);
    g_usleep (pauses[i] * 1000);
    good = take_place (self, &fault);
  }
  if (!good)
    g_propagate_error (error, g_steal_pointer (&fault));
  return good;
}

static gboolean
finish_copy (Replacement *self, struct stat *status, GError **error)
{
  const struct timespec times[] = {self->before.st_atim,
                                   self->time_is_set ? self->time : self->before.st_mtim};
  if ((self->options.keep_time || self->time_is_set) && futimens (self->to, times) != 0)
    return fail (N_ ("its time cannot be kept"), error);
  if (fsync (self->to) != 0)
    return fail (N_ ("its copy cannot be written"), error);
  if (fstat (self->to, status) != 0)
    return fail (N_ ("its copy cannot be examined"), error);
  return TRUE;
}

static gboolean
write_copy (Replacement *self, struct stat *status, GError **error)
{
  return make_copy (self, error) && copy_attributes (self, error) && copy_owner (self, error) &&
         finish_copy (self, status, error);
}

gboolean
replacement_commit (Replacement *self, struct stat *status, GError **error)
{
  struct stat own;
  self->folder_fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->folder_fd < 0)
    return fail (N_ ("its folder cannot be opened"), error) || name_output (self, error);
  const gboolean good =
      (write_copy (self, status ? status : &own, error) || name_output (self, error)) &&
      take_place_patiently (self, error);
  if (good)
    fsync (self->folder_fd); /* if that fails, a crash may bring the old file back: whole, too */
  return good;
}

void
replacement_free (Replacement *self)
{
  if (!self)
    return;
  if (self->name)
    unlinkat (self->folder_fd, self->name, 0);
  if (self->folder_fd >= 0)
    close (self->folder_fd);
  if (self->from >= 0)
    close (self->from);
  if (self->draft >= 0)
    close (self->draft);
  if (self->to >= 0)
    close (self->to);
  g_free (self->draft_path);
  g_free (self->name);
  g_free (self->source);
  g_free (self->target);
  g_free (self->folder);
  g_free (self);
}

/* ---- leftovers ---- */

gboolean
replacement_is_leftover (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  if (!g_str_has_prefix (name, PREFIX) || strlen (name) != strlen (PREFIX) + N_RANDOM)
    return FALSE;
  return strspn (name + strlen (PREFIX), "0123456789abcdefghijklmnopqrstuvwxyz") == N_RANDOM;
}

/* What is to become of one that nobody works at: @fd is open. */
typedef void (*LeftoverDo) (int fd, const char *path, gpointer user_data);

/* FALSE, and EBADF in errno: over NFS only who may write gets the lock. Elsewhere writing would
 * break a lease. */
static gboolean
do_with_access (const char *path, int access, LeftoverDo function, gpointer user_data)
{
  const int fd = open (path, access | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0)
    return FALSE;
  struct stat status;
  gboolean good = fstat (fd, &status) == 0 && S_ISREG (status.st_mode) &&
                  (status.st_uid == geteuid () || geteuid () == 0);
  errno = 0;
  good = good && flock (fd, LOCK_EX | LOCK_NB) == 0;
  const int code = errno;
  if (good)
    function (fd, path, user_data);
  close (fd);
  errno = code;
  return good;
}

/* With each in @folder. */
static void
do_with_leftovers (const char *folder, LeftoverDo function, gpointer user_data)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name (dir));) {
    g_autofree char *leftover = g_build_filename (folder, name, NULL);
    if (replacement_is_leftover (leftover) &&
        !do_with_access (leftover, O_RDONLY, function, user_data) && errno == EBADF)
      do_with_access (leftover, O_RDWR, function, user_data);
  }
}

/* Whether a folder's file system can exchange two files. */
typedef enum { EXCHANGE_UNKNOWN, EXCHANGE_POSSIBLE, EXCHANGE_IMPOSSIBLE } Exchange;

/* With two files of our own, which are locked. */
static Exchange
try_exchange_in (int folder)
{
  char *names[2] = {NULL, NULL};
  const int fds[2] = {create_file (folder, &names[0]), create_file (folder, &names[1])};
  Exchange result = EXCHANGE_UNKNOWN;
  if (names[0] && names[1] && renameat2 (folder, names[0], folder, names[1], RENAME_EXCHANGE) == 0)
    result = EXCHANGE_POSSIBLE;
  else if (names[0] && names[1] && is_unsupported (errno))
    result = EXCHANGE_IMPOSSIBLE;
  for (int i = 0; i < 2; i++) {
    if (names[i])
      unlinkat (folder, names[i], 0);
    if (fds[i] >= 0)
      close (fds[i]);
    g_free (names[i]);
  }
  return result;
}

static Exchange
try_exchange (const char *folder)
{
  const int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return EXCHANGE_UNKNOWN;
  const Exchange result = try_exchange_in (fd);
  close (fd);
  return result;
}

static gboolean
has_leftovers (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  for (const char *name; dir && (name = g_dir_read_name (dir));)
    if (replacement_is_leftover (name))
      return TRUE;
  return FALSE;
}

static void
remove_leftover (int fd, const char *path, gpointer user_data)
{
  g_unlink (path);
}

/* A file that is gone there was taken away by a person: at no moment was its name missing. */
void
replacement_remove_leftovers (const char *folder)
{
  if (has_leftovers (folder) && try_exchange (folder) == EXCHANGE_POSSIBLE)
    do_with_leftovers (folder, remove_leftover, NULL);
}

static void
remove_known_leftover (int fd, const char *path, gpointer user_data)
{
  g_autofree char *digest = digest_of_fd (fd, NULL, NULL, NULL);
  if (digest && g_hash_table_contains (user_data, digest))
    g_unlink (path);
}

void
replacement_remove_known_leftovers (const char *folder, GHashTable *digests)
{
  do_with_leftovers (folder, remove_known_leftover, digests);
}

void
replacement_remove_leftovers_beside (const char *path)
{
  char *real = realpath (path, NULL);
  g_autofree char *folder = g_path_get_dirname (real ? real : path);
  free (real);
  replacement_remove_leftovers (folder);
}

typedef struct {
  const char *digest;
  char *found; /* path, or NULL */
} Wanted;

static void
compare_leftover (int fd, const char *path, gpointer user_data)
{
  Wanted *self = user_data;
  g_autofree char *digest = self->found ? NULL : digest_of_fd (fd, NULL, NULL, NULL);
  if (digest && g_str_equal (digest, self->digest))
    self->found = g_strdup (path);
}

gboolean
replacement_bring_back (const char *path, const char *digest)
{
  g_autofree char *folder = g_path_get_dirname (path);
  Wanted wanted = {digest, NULL};
  if (!is_gone (AT_FDCWD, path))
    return FALSE;
  do_with_leftovers (folder, compare_leftover, &wanted);
  g_autofree char *found = wanted.found;
  return found && try_exchange (folder) == EXCHANGE_IMPOSSIBLE &&
         take_free_name (AT_FDCWD, found, path);
}
