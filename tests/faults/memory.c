/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library for LD_PRELOAD: memory for what is large runs out.
 *
 *   MEMORY_LARGE  bytes from which an allocation is large
 *   MEMORY_AT     which large one fails, from 1
 *   MEMORY_COUNT  a file that gets a byte for each large one */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc's own, under the names that it keeps for whoever stands before it. */
extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *memory, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

static int
fails (size_t size)
{
  static uint64_t n_large;
  const char *large = getenv ("MEMORY_LARGE"), *at = getenv ("MEMORY_AT");
  if (!large || size < strtoull (large, NULL, 10))
    return 0;
  const uint64_t now = __atomic_add_fetch (&n_large, 1, __ATOMIC_SEQ_CST);
  const char *count = getenv ("MEMORY_COUNT");
  const int fd = count ? (int)syscall (SYS_openat, AT_FDCWD, count, O_WRONLY | O_APPEND, 0) : -1;
  if (fd >= 0) {
    if (syscall (SYS_write, fd, "", 1) != 1)
      abort ();
    syscall (SYS_close, fd);
  }
  if (!at || strtoull (at, NULL, 10) != now)
    return 0;
  errno = ENOMEM;
  return 1;
}

void *
malloc (size_t size)
{
  return fails (size) ? NULL : __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  size_t all;
  return __builtin_mul_overflow (n, size, &all) || fails (all) ? NULL : __libc_calloc (n, size);
}

void *
realloc (void *memory, size_t size)
{
  return fails (size) ? NULL : __libc_realloc (memory, size);
}

int
posix_memalign (void **memory, size_t alignment, size_t size)
{
  if (fails (size))
    return ENOMEM;
  *memory = __libc_memalign (alignment, size);
  return *memory ? 0 : ENOMEM;
}
