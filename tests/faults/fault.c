/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library for LD_PRELOAD: counts what a program and its children do to files below some folders,
 * and at one of these moments lets it fail, or kills the whole process group.
 *
 *   FAULT_COUNT  a file of 8 bytes, the counter that all processes share
 *   FAULT_UNDER  folders, separated by colons; memory files count as well
 *   FAULT_AT     which one, from 1; 0: none
 *   FAULT_HOW    "fail" (no space is left), "fail-io" (the disk is broken), "short" (a write takes
 *                half of what it was given), "kill-before", "kill-after", "interrupt" and "hang-up"
 *                (SIGINT or SIGHUP, after it, for the process that began, and a child goes no
 *                further), or "change": before it, somebody else appends "FAULT_HOW" to the file
 *   FAULT_FILE
 *   FAULT_FULL   a file; while it is there, nothing that needs room succeeds
 *   FAULT_THREADS  a file; while it is there, no thread can be made
 *   FAULT_CLOCK  a file; real time is as many seconds ahead as it says
 *   FAULT_SLOW   seconds that every long write takes
 *   FAULT_FLAGS  "none": renames are plain ones, as on NFS
 *   FAULT_LOG    a file that gets a line before each of these calls but close(): what, and of what
 */
#undef _FILE_OFFSET_BITS /* a function of either name and offset is wanted */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LONG 65536 /* bytes */

static uint64_t *
get_counter (void)
{
  static uint64_t *counter;
  const char *path = getenv ("FAULT_COUNT");
  if (counter || !path)
    return counter;
  const int fd = (int)syscall (SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  void *shared =
      fd < 0 ? MAP_FAILED : mmap (NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared != MAP_FAILED)
    counter = shared;
  if (fd >= 0)
    syscall (SYS_close, fd);
  return counter;
}

static int
is_under (const char *path)
{
  const char *folders = getenv ("FAULT_UNDER");
  while (folders && *folders) {
    const size_t n = strcspn (folders, ":");
    if (n > 0 && strncmp (path, folders, n) == 0)
      return 1;
    folders += n + (folders[n] == ':');
  }
  return strncmp (path, "/memfd:genre-tag", 16) == 0;
}

/* @path has room for PATH_MAX bytes; "" if it has none. */
static const char *
get_path (int fd, char *path)
{
  char link[64];
  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t n = readlink (link, path, PATH_MAX - 1);
  path[n < 0 ? 0 : n] = '\0';
  return path;
}

/* Of @name in @folder; @path has room for PATH_MAX bytes. */
static const char *
join (int folder, const char *name, char *path)
{
  if (folder == AT_FDCWD || *name == '/')
    return name;
  get_path (folder, path);
  const size_t n = strlen (path);
  snprintf (path + n, PATH_MAX - n, "/%s", name);
  return path;
}

static int
is_ours (int fd)
{
  char path[PATH_MAX];
  return is_under (get_path (fd, path));
}

/* Of several processes, in the order of what they do. */
static void
note (int counts, const char *name, const char *path)
{
  char line[PATH_MAX + 32];
  const char *file = counts ? getenv ("FAULT_LOG") : NULL;
  const int fd = file ? (int)syscall (SYS_openat, AT_FDCWD, file, O_WRONLY | O_APPEND, 0) : -1;
  if (fd < 0)
    return;
  const int n = snprintf (line, sizeof line, "%s %s\n", name, path);
  if (syscall (SYS_write, fd, line, (size_t)n) != n)
    abort ();
  syscall (SYS_close, fd);
}

/* As long as somebody says so: nothing that needs room has any. */
static int
is_full (int counts)
{
  const char *path = getenv ("FAULT_FULL");
  if (!counts || !path || syscall (SYS_faccessat, AT_FDCWD, path, F_OK) != 0)
    return 0;
  errno = ENOSPC;
  return 1;
}

static int
is (const char *how)
{
  const char *text = getenv ("FAULT_HOW");
  return text && strcmp (text, how) == 0;
}

/* Whether this is the moment. */
static int
is_due (int counts)
{
  uint64_t *counter = counts ? get_counter () : NULL;
  const char *at = getenv ("FAULT_AT");
  if (!counter)
    return 0;
  const uint64_t now = __atomic_add_fetch (counter, 1, __ATOMIC_SEQ_CST);
  return at && now == strtoull (at, NULL, 10);
}

/* A process that was begun a moment ago waits for something, or has ended: on a busy machine that
 * takes its time, in which who opens a file would not be there at all. */
static void
wait_until_it_waits (long process)
{
  char name[32], text[256];
  for (int i = 0; i < 60 * 1000; i++) {
    snprintf (name, sizeof name, "/proc/%ld/stat", process);
    const int file = (int)syscall (SYS_openat, AT_FDCWD, name, O_RDONLY, 0);
    const long n = file >= 0 ? syscall (SYS_read, file, text, sizeof text - 1) : -1;
    if (file >= 0)
      syscall (SYS_close, file);
    text[n < 0 ? 0 : n] = '\0';
    const char *state = strrchr (text, ')');
    if (!state || (state[2] != 'R' && state[2] != 'D'))
      return;
    usleep (1000);
  }
}

/* By another process, which waits if somebody has a lease on the file; whoever reads the output of
 * this one waits for it, too. The file is the one that has the name now, whichever has it when that
 * process comes so far. */
static void
change_file (void)
{
  static const char text[] = "FAULT_HOW";
  const int file = (int)syscall (SYS_openat, AT_FDCWD, getenv ("FAULT_FILE"), O_PATH, 0);
  char name[32];
  snprintf (name, sizeof name, "/proc/self/fd/%d", file);
  const int probe = (int)syscall (SYS_openat, AT_FDCWD, name, O_WRONLY | O_APPEND | O_NONBLOCK, 0);
  if (probe >= 0) {
    syscall (SYS_close, probe);
  } else if (errno == EWOULDBLOCK) {
    const long process = syscall (SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (process != 0) {
      wait_until_it_waits (process);
      syscall (SYS_close, file);
      return;
    }
  }
  const int fd = (int)syscall (SYS_openat, AT_FDCWD, name, O_WRONLY | O_APPEND, 0);
  if (fd < 0 || syscall (SYS_write, fd, text, sizeof text - 1) < 0)
    abort ();
  syscall (SYS_close, fd);
  syscall (SYS_close, file);
  if (probe < 0)
    _exit (0);
}

static int
get_cause (void)
{
  return is ("fail-io") ? EIO : ENOSPC;
}

/* Before a call: whether it fails. */
static int
fails (int due)
{
  if (due && is ("change"))
    change_file ();
  if (due && is ("kill-before"))
    kill (0, SIGKILL);
  const int failing = due && (is ("fail") || is ("fail-io"));
  if (failing)
    errno = get_cause ();
  return failing;
}

/* What is left of a write of @n bytes. */
static size_t
shorten (int due, size_t n)
{
  return due && n > 1 && is ("short") ? n / 2 : n;
}

static void
end_gently (int number)
{
  kill (getpgrp (), number);
  while (getpid () != getpgrp ())
    pause ();
}

static void
after (int due)
{
  const int code = errno;
  if (due && is ("kill-after"))
    kill (0, SIGKILL);
  if (due && (is ("interrupt") || is ("hang-up")))
    end_gently (is ("interrupt") ? SIGINT : SIGHUP);
  errno = code;
}

/* What stands behind ours. */
static void *
next (const char *name)
{
  return dlsym (RTLD_NEXT, name);
}

#define CALL(counts, path, name, type, signature, arguments)                                       \
  const int counted = counts;                                                                      \
  note (counted, name, path);                                                                      \
  const int due = is_due (counted);                                                                \
  if (fails (due))                                                                                 \
    return -1;                                                                                     \
  const type result = ((type (*) signature)next (name))arguments;                                  \
  after (due);                                                                                     \
  return result

#define CALL_FILE(fd, name, type, signature, arguments)                                            \
  char path_of_file[PATH_MAX];                                                                     \
  CALL (is_under (get_path (fd, path_of_file)), path_of_file, name, type, signature, arguments)

/* ---- threads ---- */

int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes, void *(*function) (void *),
                void *argument)
{
  const char *path = getenv ("FAULT_THREADS");
  if (path && syscall (SYS_faccessat, AT_FDCWD, path, F_OK) == 0)
    return EAGAIN;
  return ((int (*) (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))next (
      "pthread_create")) (thread, attributes, function, argument);
}

/* ---- the clock ---- */

static time_t
get_lead (void)
{
  char text[32] = "";
  const char *path = getenv ("FAULT_CLOCK");
  const int fd = path ? (int)syscall (SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0) : -1;
  if (fd < 0)
    return 0;
  const long n = syscall (SYS_read, fd, text, sizeof text - 1);
  syscall (SYS_close, fd);
  return n > 0 ? (time_t)strtoll (text, NULL, 10) : 0;
}

int
clock_gettime (clockid_t clock, struct timespec *time)
{
  static int (*real) (clockid_t, struct timespec *);
  if (!real)
    real = (int (*) (clockid_t, struct timespec *))next ("clock_gettime");
  const int result = real (clock, time);
  if (result == 0 && clock == CLOCK_REALTIME)
    time->tv_sec += get_lead ();
  return result;
}

int
gettimeofday (struct timeval *time, void *zone)
{
  struct timespec now;
  (void)zone;
  clock_gettime (CLOCK_REALTIME, &now);
  *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

/* ---- files ---- */

ssize_t
write (int fd, const void *bytes, size_t n)
{
  if (n >= LONG && getenv ("FAULT_SLOW") && is_ours (fd))
    sleep ((unsigned int)atoi (getenv ("FAULT_SLOW")));
  if (is_full (is_ours (fd)))
    return -1;
  CALL_FILE (fd, "write", ssize_t, (int, const void *, size_t), (fd, bytes, shorten (due, n)));
}

ssize_t
pwrite64 (int fd, const void *bytes, size_t n, off64_t at)
{
  if (is_full (is_ours (fd)))
    return -1;
  CALL_FILE (fd, "pwrite64", ssize_t, (int, const void *, size_t, off64_t),
             (fd, bytes, shorten (due, n), at));
}

ssize_t
pwrite (int fd, const void *bytes, size_t n, off_t at)
{
  return pwrite64 (fd, bytes, n, at);
}

int
fsync (int fd)
{
  CALL_FILE (fd, "fsync", int, (int), (fd));
}

int
fdatasync (int fd)
{
  CALL_FILE (fd, "fdatasync", int, (int), (fd));
}

int
ftruncate64 (int fd, off64_t size)
{
  CALL_FILE (fd, "ftruncate64", int, (int, off64_t), (fd, size));
}

int
ftruncate (int fd, off_t size)
{
  return ftruncate64 (fd, size);
}

int
fallocate64 (int fd, int mode, off64_t at, off64_t size)
{
  if (is_full (is_ours (fd)))
    return -1;
  CALL_FILE (fd, "fallocate64", int, (int, int, off64_t, off64_t), (fd, mode, at, size));
}

int
fallocate (int fd, int mode, off_t at, off_t size)
{
  return fallocate64 (fd, mode, at, size);
}

int
fchmod (int fd, mode_t mode)
{
  CALL_FILE (fd, "fchmod", int, (int, mode_t), (fd, mode));
}

int
rename (const char *from, const char *to)
{
  CALL (is_under (to), from, "rename", int, (const char *, const char *), (from, to));
}

int
renameat2 (int folder, const char *from, int other, const char *to, unsigned int flags)
{
  if (flags != 0 && getenv ("FAULT_FLAGS")) {
    errno = EINVAL;
    return -1;
  }
  char old[PATH_MAX], new[PATH_MAX];
  CALL (is_under (join (other, to, new)), join (folder, from, old), "renameat2", int,
        (int, const char *, int, const char *, unsigned int), (folder, from, other, to, flags));
}

int
renameat (int folder, const char *from, int other, const char *to)
{
  char old[PATH_MAX], new[PATH_MAX];
  CALL (is_under (join (other, to, new)), join (folder, from, old), "renameat", int,
        (int, const char *, int, const char *), (folder, from, other, to));
}

int
mkdir (const char *path, mode_t mode)
{
  if (is_full (is_under (path)))
    return -1;
  CALL (is_under (path), path, "mkdir", int, (const char *, mode_t), (path, mode));
}

int
unlink (const char *path)
{
  CALL (is_under (path), path, "unlink", int, (const char *), (path));
}

int
unlinkat (int folder, const char *name, int flags)
{
  char whole[PATH_MAX];
  const char *path = join (folder, name, whole);
  CALL (is_under (path), path, "unlinkat", int, (int, const char *, int), (folder, name, flags));
}

/* The descriptor is gone, whatever close() says. */
int
close (int fd)
{
  const int due = is_due (is_ours (fd)), failing = fails (due);
  const int result = ((int (*) (int))next ("close")) (fd);
  after (due);
  if (failing)
    errno = get_cause ();
  return failing ? -1 : result;
}

static int
is_new (const char *path, int flags)
{
  return (flags & O_CREAT) != 0 && is_under (path) &&
         syscall (SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
}

static mode_t
take_mode (int flags, va_list arguments)
{
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (arguments, mode_t) : 0;
}

int
open (const char *path, int flags, ...)
{
  va_list arguments;
  va_start (arguments, flags);
  const mode_t mode = take_mode (flags, arguments);
  va_end (arguments);
  if (is_full (is_new (path, flags)))
    return -1;
  CALL ((flags & O_CREAT) != 0 && is_under (path), path, "open64", int, (const char *, int, ...),
        (path, flags, mode));
}
int open64 (const char *path, int flags, ...) __attribute__ ((alias ("open")));

int
openat (int folder, const char *name, int flags, ...)
{
  char whole[PATH_MAX];
  const char *path = join (folder, name, whole);
  va_list arguments;
  va_start (arguments, flags);
  const mode_t mode = take_mode (flags, arguments);
  va_end (arguments);
  if (is_full (is_new (path, flags)))
    return -1;
  CALL ((flags & O_CREAT) != 0 && is_under (path), path, "openat64", int,
        (int, const char *, int, ...), (folder, name, flags, mode));
}
int openat64 (int folder, const char *name, int flags, ...) __attribute__ ((alias ("openat")));
