/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "musicfiles.h"
#include "musicname.h"
#include "translation.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  GPtrArray *files;
  MusicFilesFault fault, note;
  MusicFilesLeaveOut leave_out;
  gpointer user_data;
  gboolean faulty; /* something below the current argument could not be read */
  gboolean closed; /* the current folder may not be entered, which has been told */
} Collection;

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

static GPtrArray *
list_folder (Collection *self, const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  if (!dir) {
    self->fault (folder, error->message, self->user_data);
    self->faulty = TRUE;
    return names;
  }
  for (const char *name; (name = g_dir_read_name (dir));)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_strings);
  return names;
}

/* Of a folder that can be listed but not entered nothing can be examined: it is named once. */
static void
tell (Collection *self, const char *folder, const char *path, int code)
{
  const gboolean closed = code == EACCES && access (folder, X_OK) != 0;
  g_autofree char *what = g_strconcat (N_ ("it cannot be examined"), ": ", g_strerror (code), NULL);
  if (!closed || !self->closed)
    self->fault (closed ? folder : path, what, self->user_data);
  self->closed |= closed;
  self->faulty = TRUE;
}

/* What is gone, or a link whose target cannot be reached, is no folder. What else cannot be
 * examined is told, unless it bears the name of music: whoever reads that finds the same. */
static gboolean
is_folder (Collection *self, const char *folder, const char *path, const char *name)
{
  struct stat status;
  if (stat (path, &status) == 0)
    return S_ISDIR (status.st_mode);
  const int code = errno;
  const gboolean is_gone = code == ENOENT || code == ENOTDIR || code == ELOOP;
  const gboolean is_closed_link =
      code == EACCES && lstat (path, &status) == 0 && S_ISLNK (status.st_mode);
  if (!is_gone && !is_closed_link && !music_name_is_audio (name))
    tell (self, folder, path, code);
  return FALSE;
}

static void
add_folder (Collection *self, const char *folder)
{
  g_autoptr (GPtrArray) names = list_folder (self, folder);
  self->closed = FALSE;
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
    if (self->leave_out && self->leave_out (path, self->user_data))
      continue;
    if (!is_folder (self, folder, path, names->pdata[i])) {
      if (music_name_is_audio (names->pdata[i]))
        g_ptr_array_add (self->files, g_steal_pointer (&path));
    } else if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK)) {
      add_folder (self, path);
    } else if (self->note) {
      self->note (path, N_ ("a link to a folder, not followed; what is there can be named, too"),
                  self->user_data);
    }
  }
}

GPtrArray *
music_files_collect (char **arguments, MusicFilesFault fault, MusicFilesFault note,
                     MusicFilesLeaveOut leave_out, gpointer user_data)
{
  Collection self = {
      g_ptr_array_new_with_free_func (g_free), fault, note, leave_out, user_data, FALSE, FALSE};
  for (char **argument = arguments; *argument; argument++) {
    const guint before = self.files->len;
    self.faulty = FALSE;
    if (!g_file_test (*argument, G_FILE_TEST_IS_DIR)) {
      g_ptr_array_add (self.files, g_strdup (*argument));
      continue;
    }
    add_folder (&self, *argument);
    if (self.files->len == before && !self.faulty)
      fault (*argument, N_ ("no audio files in this folder"), user_data);
  }
  return self.files;
}
