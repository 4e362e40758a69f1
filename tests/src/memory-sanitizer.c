/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests/memory-sanitizer: MemorySanitizer knows what code compiled with it writes. GLib,
 * json-glib, FFTW and Check are not, so what they allocate counts as written
 * (MSAN_OPTIONS: poison_in_malloc=0). What our own code, and only it, allocates does not, and what
 * those libraries write into it does. The linker's --wrap sends our calls here. */
#include <fftw3.h>
#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <malloc.h>
#include <sanitizer/allocator_interface.h>
#include <sanitizer/msan_interface.h>
#include <sys/stat.h>

/* The names are the linker's. */
#define WRAP(Type, name, ...)                                                                      \
  Type __real_##name (__VA_ARGS__);                                                                \
  Type __wrap_##name (__VA_ARGS__);                                                                \
  Type __wrap_##name (__VA_ARGS__)

WRAP (gpointer, g_malloc, gsize size)
{
  gpointer memory = __real_g_malloc (size);
  __msan_poison (memory, size);
  return memory;
}

WRAP (gpointer, g_malloc_n, gsize n, gsize size)
{
  gpointer memory = __real_g_malloc_n (n, size);
  __msan_poison (memory, n * size);
  return memory;
}

WRAP (gpointer, g_try_malloc, gsize size)
{
  gpointer memory = __real_g_try_malloc (size);
  if (memory)
    __msan_poison (memory, size);
  return memory;
}

WRAP (gpointer, g_try_malloc_n, gsize n, gsize size)
{
  gpointer memory = __real_g_try_malloc_n (n, size);
  if (memory)
    __msan_poison (memory, n * size);
  return memory;
}

WRAP (float *, fftwf_alloc_real, gsize n)
{
  float *memory = __real_fftwf_alloc_real (n);
  __msan_poison (memory, n * sizeof *memory);
  return memory;
}

WRAP (fftwf_complex *, fftwf_alloc_complex, gsize n)
{
  fftwf_complex *memory = __real_fftwf_alloc_complex (n);
  __msan_poison (memory, n * sizeof *memory);
  return memory;
}

/* The sanitizer calls it: whose the memory will be is not known here. */
void
__sanitizer_free_hook (const volatile void *memory)
{
  gsize size = memory ? __sanitizer_get_allocated_size ((const void *)memory) : 0;
  __msan_unpoison ((const void *)memory, size);
}

static void
forget_from (guint8 *memory, gsize old_size, gsize size)
{
  if (size > old_size)
    __msan_poison (memory + old_size, size - old_size);
}

WRAP (gpointer, g_realloc, gpointer memory, gsize size)
{
  gsize old_size = memory ? __sanitizer_get_allocated_size (memory) : 0;
  memory = __real_g_realloc (memory, size);
  forget_from (memory, old_size, size);
  return memory;
}

WRAP (gpointer, g_realloc_n, gpointer memory, gsize n, gsize size)
{
  gsize old_size = memory ? __sanitizer_get_allocated_size (memory) : 0;
  memory = __real_g_realloc_n (memory, n, size);
  forget_from (memory, old_size, n * size);
  return memory;
}

/* Clang 14 knows the one of older C libraries. */
WRAP (int, fstat64, int fd, struct stat *status)
{
  int result = __real_fstat64 (fd, status);
  __msan_unpoison (status, result == 0 ? sizeof *status : 0);
  return result;
}

WRAP (int, stat64, const char *path, struct stat *status)
{
  int result = __real_stat64 (path, status);
  __msan_unpoison (status, result == 0 ? sizeof *status : 0);
  return result;
}

WRAP (int, lstat64, const char *path, struct stat *status)
{
  int result = __real_lstat64 (path, status);
  __msan_unpoison (status, result == 0 ? sizeof *status : 0);
  return result;
}

WRAP (struct mallinfo2, mallinfo2, void)
{
  struct mallinfo2 info = __real_mallinfo2 ();
  __msan_unpoison (&info, sizeof info);
  return info;
}

WRAP (gconstpointer, g_bytes_get_data, GBytes *bytes, gsize *size)
{
  gconstpointer data = __real_g_bytes_get_data (bytes, size);
  if (size)
    __msan_unpoison (size, sizeof *size);
  return data;
}

WRAP (double, g_ascii_strtod, const char *text, char **end)
{
  double value = __real_g_ascii_strtod (text, end);
  if (end)
    __msan_unpoison (end, sizeof *end);
  return value;
}

WRAP (gboolean, g_utf8_validate_len, const char *text, gsize size, const char **end)
{
  gboolean valid = __real_g_utf8_validate_len (text, size, end);
  if (end)
    __msan_unpoison (end, sizeof *end);
  return valid;
}

/* GLib's own would hand out copies that nobody saw being made. */
WRAP (void, g_ptr_array_sort, GPtrArray *array, GCompareFunc compare)
{
  if (array->len > 0)
    qsort (array->pdata, array->len, sizeof *array->pdata, compare);
}

WRAP (gboolean, json_object_iter_next, JsonObjectIter *iter, const char **name, JsonNode **node)
{
  gboolean more = __real_json_object_iter_next (iter, name, node);
  __msan_unpoison (name, sizeof *name);
  __msan_unpoison (node, sizeof *node);
  return more;
}

/* There is room for one number more than it writes. */
WRAP (void, fftwf_execute_dft, const fftwf_plan plan, fftwf_complex *in, fftwf_complex *out)
{
  gsize size = __sanitizer_get_allocated_size (out) - sizeof *out;
  __msan_check_mem_is_initialized (in, size);
  __real_fftwf_execute_dft (plan, in, out);
  __msan_unpoison (out, size);
}
