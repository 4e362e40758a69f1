/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "taggedmusic.h"
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include "containertags.h"
#include "decode.h"
#include "filepath.h"
#include "files.h"
#include "genrename.h"
#include "musicname.h"
#include "running/parallel.h"
#include "running/progress.h"

#define MAX_DEPTH 32
#define MAX_CACHE (1024 * 1024 * 1024)
/* Whatever is read otherwise gets another number: what an older version missed must not stay lost.
 */
#define CACHE_FORMAT GENRE_TAGGED_MUSIC_CACHE "4"
#define CACHE_FIELDS 7 /* path, size, changed, touched, artist, album artist, album; and genres */
#define CACHE_EVERY 30 /* seconds */
#define NANOSECONDS 1000000000 /* of a second */
#define MAX_VALUES 64          /* of a genre tag */
#define MAX_TEXT 4096          /* bytes of a value */
#define LEAST_CROWD 8          /* artists: a band has fewer names */

static void
song_free (GenreSong *song)
{
  g_free (song->path);
  g_free (song->relative);
  g_free (song->folder);
  g_free (song->file);
  g_free (song->fault);
  g_strfreev (song->genres);
  g_free (song->artist);
  g_free (song->album_artist);
  g_free (song->album);
  g_free (song);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GenreSong, song_free)

void
genre_tagged_music_free (GenreTaggedMusic *music)
{
  if (!music)
    return;
  g_ptr_array_unref (music->songs);
  g_ptr_array_unref (music->problems);
  g_free (music);
}

static void G_GNUC_PRINTF (2, 3) note (GenreTaggedMusic *music, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_ptr_array_add (music->problems, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* ---- whom it is by ---- */

/* How compilations are tagged, language by language, as genre_name_key() leaves it; what is missing
 * here genre_tagged_music_find_crowds() finds. */
static const char nobodies[] =
    " variousartists variousartist various va variousperformers multipleartists unknownartist"
    " unknown"
    " diverse verschiedene verschiedeneinterpreten diverseinterpreten verschiedenekünstler"
    " diversekünstler"
    " variosartistas variosintérpretes artistasvarios varios vvaa váriosartistas"
    " váriosintérpretes artistasvários vários artistasdiversos"
    " artistesdivers diversartistes interprètesdivers diversinterprètes artistesvariés"
    " plusieursartistes artistesdiversos diversosartistes"
    " artistivari variartisti interpretivari autorivari aavv"
    " diverseartiesten verschillendeartiesten diverseuitvoerenden"
    " blandadeartister diverseartister olikaartister forskjelligeartister blandedeartister"
    " diversekunstnere forskelligekunstnere eriesittäjiä useitaesittäjiä eriartisteja"
    " różniwykonawcy rozniwykonawcy różniartyści různíinterpreti různíumělci rôzniinterpreti"
    " rôzniumelci razniizvođači razniizvajalci különbözőelőadók különfélelőadók"
    " diverșiartiști artiștidiverși"
    " разныеисполнители различныеисполнители разныеартисты різнівиконавці разниизпълнители"
    " разниизвођачи διάφοροικαλλιτέχνεσ"
    " çeşitlisanatçılar beragamartis berbagaiartis anekaartis pelbagaiartis nhiềunghệsĩ"
    " nhiềucasĩ รวมศิลปิน אמניםשונים فنانونمتنوعون विभिन्नकलाकार"
    " 群星 众艺人 眾藝人 多位艺人 オムニバス ヴァリアスアーティスト ヴァリアスアーティスツ"
    " バリアスアーティスト バリアスアーティスツ 여러아티스트 다양한아티스트 옴니버스 ";

/* What programs write where nobody knows the album. */
static const char no_albums[] =
    " unknownalbum unknown unknowntitle untitled untitledalbum noalbum notitle nonalbumtracks"
    " standalonerecordings"
    " unbekanntesalbum unbekannt ohnetitel albuminconnu inconnu sanstitre"
    " álbumdesconocido albumdesconocido desconocido sintítulo sintitulo"
    " álbumdesconhecido albumdesconhecido desconhecido semtítulo semtitulo"
    " albumsconosciuto sconosciuto senzatitolo onbekendalbum onbekend zondertitel"
    " okäntalbum okänt ukjentalbum ukjent ukendtalbum ukendt tuntematonalbumi tuntematon"
    " nieznanyalbum nieznany neznáméalbum neznámyalbum ismeretlenalbum"
    " неизвестныйальбом неизвестно безназвания невідомийальбом άγνωστοάλμπουμ bilinmeyenalbüm"
    " albumtidakdikenal albumtakdikenal tanpajudul"
    " 未知专辑 未知專輯 不明なアルバム 알수없는앨범 ";

static gboolean
is_listed (const char *name, const char *list)
{
  g_autofree char *key = genre_name_key_or_signs (name);
  g_autofree char *word = g_strconcat (" ", key, " ", NULL);
  return strstr (list, word) != NULL;
}

/* "Singer feat. Guest", "Singer [Ft.Guest]"; a name may have such letters within a word. */
static gboolean
begins_guests (const char *text)
{
  static const char *const words[] = {"feat", "ft", "featuring"};
  if (!strchr (" ([", *text))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    gsize n = strlen (words[i]);
    if (g_ascii_strncasecmp (text + 1, words[i], n) == 0 &&
        (text[1 + n] == '.' || text[1 + n] == ' '))
      return TRUE;
  }
  return FALSE;
}

/* Shortens @artist. */
static void
cut_guests (char *artist)
{
  for (char *at = artist; *at; at++)
    if (at > artist && begins_guests (at)) {
      *at = '\0';
      return;
    }
}

/* However it is spelled: one whose apostrophe is another sign in half of the tags would be heard in
 * training and held out as well. NULL if that is nobody. (transfer full) */
static char *
key_of_artist (const char *name)
{
  if (!name || is_listed (name, nobodies))
    return NULL;
  g_autofree char *artist = g_strdup (name);
  cut_guests (artist);
  return genre_name_key_or_signs (g_strstrip (artist));
}

char *
genre_song_get_artist (const GenreSong *song)
{
  const char *names[] = {song->album_artist, song->artist};
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    char *artist = key_of_artist (names[i]);
    if (artist)
      return artist;
  }
  if (!song->album || is_listed (song->album, no_albums))
    return NULL;
  g_autofree char *album = genre_name_key_or_signs (song->album);
  return g_strconcat ("album ", album, NULL);
}

/* ---- who may be nobody ---- */

typedef struct {
  const char *name; /* of the album artist, as its first song has it */
  guint n_songs;
  GHashTable *artists; /* keys of the songs' own */
} Crowd;

static void
crowd_free (Crowd *crowd)
{
  g_hash_table_unref (crowd->artists);
  g_free (crowd);
}

static Crowd *
crowd_new (const char *name)
{
  Crowd *crowd = g_new0 (Crowd, 1);
  crowd->name = name;
  crowd->artists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return crowd;
}

/* @crowds: of Crowd, in the order of their first songs; @by_key has the same. */
static void
count_song (const GenreSong *song, GPtrArray *crowds, GHashTable *by_key)
{
  g_autofree char *key = key_of_artist (song->album_artist);
  if (!key)
    return;
  Crowd *crowd = g_hash_table_lookup (by_key, key);
  if (!crowd) {
    crowd = crowd_new (song->album_artist);
    g_ptr_array_add (crowds, crowd);
    g_hash_table_insert (by_key, g_steal_pointer (&key), crowd);
  }
  crowd->n_songs++;
  char *artist = key_of_artist (song->artist);
  if (artist)
    g_hash_table_add (crowd->artists, artist);
}

GPtrArray *
genre_tagged_music_find_crowds (const GPtrArray *songs)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) crowds = g_ptr_array_new_with_free_func ((GDestroyNotify)crowd_free);
  g_autoptr (GHashTable) by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < songs->len; i++)
    count_song (songs->pdata[i], crowds, by_key);
  for (guint i = 0; i < crowds->len; i++) {
    const Crowd *crowd = crowds->pdata[i];
    guint n = g_hash_table_size (crowd->artists);
    if (n >= LEAST_CROWD && 2 * n > crowd->n_songs)
      g_ptr_array_add (
          lines, g_strdup_printf ("%u songs of the album artist \"%s\" have %u different artists: "
                                  "is that nobody? They count as one artist, which those of "
                                  "\"Various Artists\" do not",
                                  crowd->n_songs, crowd->name, n));
  }
  return lines;
}

/* ---- search ---- */

/* The sound of a film may teach, too, although genre-tag does not look for films to write into. */
static gboolean
is_music (const char *name)
{
  const char *dot = strrchr (name, '.');
  return music_name_is_audio (name) || (dot && g_ascii_strcasecmp (dot, ".mp4") == 0);
}

/* @root: the folder that was given; NULL: the file was */
static char *
relate (const char *path, const char *root)
{
  if (!root)
    return g_path_get_basename (path);
  g_autofree char *absolute = file_path_make_absolute (root);
  if (!g_str_has_prefix (path, absolute)) /* somebody has just put a link elsewhere */
    return g_path_get_basename (path);
  const char *relative = path + strlen (absolute);
  return g_strdup (*relative == '/' ? relative + 1 : relative); /* of "/" there is none */
}

static void
add_file (GenreTaggedMusic *music, const char *root, const char *path, const char *folder)
{
  GStatBuf status;
  if (g_stat (path, &status) != 0) {
    note (music, "%s: cannot be examined: %s", path, g_strerror (errno));
    return;
  }
  if (!S_ISREG (status.st_mode)) {
    note (music, "%s: not a regular file", path);
    return;
  }
  GenreSong *song = g_new0 (GenreSong, 1);
  song->path = file_path_make_absolute (path);
  song->relative = relate (song->path, root);
  song->folder = g_strdup (folder);
  song->size = (guint64)status.st_size;
  song->changed = (gint64)status.st_mtime;
  song->fraction = (guint)status.st_mtim.tv_nsec;
  song->touched = (gint64)status.st_ctim.tv_sec * NANOSECONDS + status.st_ctim.tv_nsec;
  song->is_link = g_file_test (path, G_FILE_TEST_IS_SYMLINK);
  song->file = g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, (guint64)status.st_dev,
                                (guint64)status.st_ino);
  g_ptr_array_add (music->songs, song);
}

/* Which may be a folder with songs, and is told by who examines it as a file. A link whose target
 * cannot be reached is none. */
static gboolean
is_hidden (const char *path)
{
  GStatBuf status;
  if (g_stat (path, &status) == 0 || errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
    return FALSE;
  return errno != EACCES || g_lstat (path, &status) != 0 || !S_ISLNK (status.st_mode);
}

/* It can be listed, but nothing in it can be examined. */
static gboolean
is_closed (const char *folder)
{
  return g_access (folder, X_OK) != 0 && errno == EACCES;
}

static void
search (GenreTaggedMusic *music, const char *root, const char *path, const char *folder,
        guint depth)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names = genre_file_list_folder (path, &error);
  if (!names) {
    note (music, "%s", error->message);
    return;
  }
  const gboolean closed = names->len > 0 && is_closed (path);
  if (closed)
    note (music, "%s: cannot be entered: %s", path, g_strerror (EACCES));
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *child = g_build_filename (path, names->pdata[i], NULL);
    if (!g_file_test (child, G_FILE_TEST_IS_DIR)) {
      if (is_music (names->pdata[i]) || (!closed && is_hidden (child)))
        add_file (music, root, child, folder);
    } else if (depth == MAX_DEPTH)
      note (music, "%s: more than %d folders deep, left out", child, MAX_DEPTH);
    else if (g_file_test (child, G_FILE_TEST_IS_SYMLINK))
      note (music, "%s: a link to a folder, not followed; what is there can be named, too", child);
    else
      search (music, root, child, folder ? folder : names->pdata[i], depth + 1);
  }
}

static int
compare_songs (gconstpointer a, gconstpointer b)
{
  const GenreSong *x = *(GenreSong *const *)a, *y = *(GenreSong *const *)b;
  return strcmp (x->path, y->path);
}

/* Folders inside one another, both given. */
static void
leave_out_repeated (GPtrArray *songs)
{
  g_ptr_array_sort (songs, compare_songs);
  for (guint i = songs->len; i-- > 1;)
    if (compare_songs (&songs->pdata[i - 1], &songs->pdata[i]) == 0)
      g_ptr_array_remove_index (songs, i);
}

/* To songs that are there under their own names, as in a folder of favourites: whose name may be
 * taken for a genre. */
static void
leave_out_links (GPtrArray *songs)
{
  g_autoptr (GHashTable) files = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < songs->len; i++) {
    GenreSong *song = songs->pdata[i];
    if (!song->is_link)
      g_hash_table_add (files, song->file);
  }
  for (guint i = songs->len; i-- > 0;) {
    const GenreSong *song = songs->pdata[i];
    if (song->is_link && g_hash_table_contains (files, song->file))
      g_ptr_array_remove_index (songs, i);
  }
}

/* Whether it gave neither a song nor a problem that says why. */
static gboolean
search_source (GenreTaggedMusic *music, const char *source)
{
  const guint n_songs = music->songs->len, n_problems = music->problems->len;
  if (g_file_test (source, G_FILE_TEST_IS_DIR))
    search (music, source, source, NULL, 0);
  else
    add_file (music, NULL, source, NULL);
  return music->songs->len == n_songs && music->problems->len == n_problems;
}

/* A source without music, as a folder on which nothing is mounted, is named even where others have
 * some: the model would be learnt without it. */
static gboolean
find_songs (GenreTaggedMusic *music, char *const *sources, GError **error)
{
  g_autoptr (GPtrArray) empty = g_ptr_array_new ();
  for (char *const *source = sources; *source; source++)
    if (search_source (music, *source))
      g_ptr_array_add (empty, *source);
  leave_out_repeated (music->songs);
  leave_out_links (music->songs);
  for (guint i = 0; i < empty->len && music->songs->len > 0; i++)
    note (music, "%s: no music there", (const char *)empty->pdata[i]);
  if (music->songs->len > 0)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_DATA, "%s%s: no music there%s%s", sources[0],
               sources[1] ? " and the others" : "", music->problems->len ? "; " : "",
               music->problems->len ? (const char *)music->problems->pdata[0] : "");
  return FALSE;
}

/* ---- tags ---- */

static char *
take_text (const GstTagList *tags, const char *tag, guint index)
{
  g_autofree char *text = NULL;
  if (!gst_tag_list_get_string_index (tags, tag, index, &text))
    return NULL;
  g_strstrip (text);
  return *text && strlen (text) <= MAX_TEXT ? g_steal_pointer (&text) : NULL;
}

static void
take_genres (GenreSong *song, const GstTagList *tags)
{
  g_autoptr (GPtrArray) genres = g_ptr_array_new ();
  guint n = MIN (gst_tag_list_get_tag_size (tags, GST_TAG_GENRE), MAX_VALUES);
  for (guint i = 0; i < n; i++) {
    char *text = take_text (tags, GST_TAG_GENRE, i);
    if (text)
      g_ptr_array_add (genres, text);
  }
  g_ptr_array_add (genres, NULL);
  song->genres = (char **)g_ptr_array_free (g_steal_pointer (&genres), FALSE);
}

typedef struct {
  const GenreTaggedMusicJob *job;
  GenreTaggedMusic *music;
  GPtrArray *unread; /* of GenreSong */
  GenreProgress *progress;
  GMutex lock; /* of the songs' @genres and @fault, which say that they are read, and: */
  gint64 saved_at;
} Reading;

static gboolean
is_read (const GenreSong *song)
{
  return song->fault || song->genres;
}

/* @song: nobody else's. FALSE if stopped. */
static gboolean
read_tags (const Reading *reading, GenreSong *song)
{
  g_autoptr (GstTagList) heard = NULL;
  g_autoptr (GError) error = NULL;
  if (!genre_decode_tags (song->path, reading->job->timeout, reading->job->stop, &heard, &error)) {
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      return FALSE;
    song->fault = g_strdup (error->message);
    return TRUE;
  }
  g_autoptr (GstTagList) tags = genre_container_tags_read (song->path);
  gst_tag_list_insert (tags, heard, GST_TAG_MERGE_KEEP);
  song->artist = take_text (tags, GST_TAG_ARTIST, 0);
  song->album_artist = take_text (tags, GST_TAG_ALBUM_ARTIST, 0);
  song->album = take_text (tags, GST_TAG_ALBUM, 0);
  take_genres (song, tags);
  return TRUE;
}

/* ---- cache ---- */

static void
append_field (GString *line, const char *text)
{
  g_autofree char *escaped = text ? g_strescape (text, NULL) : g_strdup ("");
  g_string_append_printf (line, "%s%s", line->len > 0 ? "\t" : "", escaped);
}

static void
append_song (GString *text, const GenreSong *song)
{
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, song->size);
  g_autofree char *changed = g_strdup_printf ("%" G_GINT64_FORMAT, song->changed);
  g_autofree char *touched = g_strdup_printf ("%" G_GINT64_FORMAT, song->touched);
  g_autoptr (GString) line = g_string_new (NULL);
  const char *const fields[] = {song->path,         size,       changed, touched, song->artist,
                                song->album_artist, song->album};
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    append_field (line, fields[i]);
  for (guint i = 0; song->genres[i]; i++)
    append_field (line, song->genres[i]);
  g_string_append_printf (text, "%s\n", line->str);
}

/* With the lock. What cannot be heard is tried again: a decoder may be installed by then. A cache
 * that cannot be written is only missed: what it would be for fails itself.
 */
static void
save_cache (const Reading *reading)
{
  g_autoptr (GString) text = g_string_new (CACHE_FORMAT "\n");
  for (guint i = 0; reading->job->cache && i < reading->music->songs->len; i++)
    if (((GenreSong *)reading->music->songs->pdata[i])->genres)
      append_song (text, reading->music->songs->pdata[i]);
  if (reading->job->cache)
    genre_file_write (reading->job->cache, text->str, text->len, NULL);
}

static char *
take_field (const char *field)
{
  return *field ? g_strcompress (field) : NULL;
}

/* Who writes tags may keep size and time (genre-tag --preserve), but nobody keeps when a file was
 * last touched. */
static gboolean
is_unchanged (const GenreSong *song, char *const *fields)
{
  guint64 size, changed, touched;
  return g_ascii_string_to_unsigned (fields[1], 10, 0, G_MAXUINT64, &size, NULL) &&
         g_ascii_string_to_unsigned (fields[2], 10, 0, G_MAXINT64, &changed, NULL) &&
         g_ascii_string_to_unsigned (fields[3], 10, 0, G_MAXINT64, &touched, NULL) &&
         size == song->size && (gint64)changed == song->changed && (gint64)touched == song->touched;
}

static void
fill_from_cache (GenreSong *song, char *const *fields)
{
  g_autoptr (GPtrArray) genres = g_ptr_array_new ();
  song->artist = take_field (fields[4]);
  song->album_artist = take_field (fields[5]);
  song->album = take_field (fields[6]);
  for (guint i = CACHE_FIELDS; fields[i]; i++)
    if (*fields[i])
      g_ptr_array_add (genres, g_strcompress (fields[i]));
  g_ptr_array_add (genres, NULL);
  song->genres = (char **)g_ptr_array_free (g_steal_pointer (&genres), FALSE);
}

/* A damaged or older one is as good as none. */
static void
load_cache (GenreTaggedMusic *music, const char *path)
{
  g_autofree char *text = path ? genre_file_read_text (path, MAX_CACHE, NULL) : NULL;
  if (!text || !g_str_has_prefix (text, CACHE_FORMAT "\n"))
    return;
  g_autoptr (GHashTable) songs = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < music->songs->len; i++)
    g_hash_table_insert (songs, ((GenreSong *)music->songs->pdata[i])->path,
                         music->songs->pdata[i]);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines + 1; *line; line++) {
    g_auto (GStrv) fields = g_strsplit (*line, "\t", -1);
    if (g_strv_length (fields) < CACHE_FIELDS)
      continue;
    g_autofree char *own = g_strcompress (fields[0]);
    GenreSong *song = g_hash_table_lookup (songs, own);
    if (song && !is_read (song) && is_unchanged (song, fields))
      fill_from_cache (song, fields);
  }
}

/* ---- from beginning to end ---- */

static void
read_song (guint round, guint thread, gpointer user_data)
{
  Reading *reading = user_data;
  GenreSong *song = reading->unread->pdata[round];
  if (reading->job->stop && g_atomic_int_get (reading->job->stop))
    return;
  g_autoptr (GenreSong) copy = g_new0 (GenreSong, 1);
  copy->path = g_strdup (song->path);
  if (!read_tags (reading, copy))
    return;
  g_mutex_lock (&reading->lock);
  song->fault = g_steal_pointer (&copy->fault);
  song->artist = g_steal_pointer (&copy->artist);
  song->album_artist = g_steal_pointer (&copy->album_artist);
  song->album = g_steal_pointer (&copy->album);
  song->genres = g_steal_pointer (&copy->genres);
  if (g_get_monotonic_time () - reading->saved_at > CACHE_EVERY * G_USEC_PER_SEC) {
    save_cache (reading);
    reading->saved_at = g_get_monotonic_time ();
  }
  g_mutex_unlock (&reading->lock);
  genre_progress_step (reading->progress, 1, song->path);
}

static gboolean
read_all (GenreTaggedMusic *music, const GenreTaggedMusicJob *job, GError **error)
{
  g_autoptr (GPtrArray) unread = g_ptr_array_new ();
  for (guint i = 0; i < music->songs->len; i++)
    if (!is_read (music->songs->pdata[i]))
      g_ptr_array_add (unread, music->songs->pdata[i]);
  g_autoptr (GenreProgress) progress = genre_progress_new ("tags", unread->len, unread->len);
  Reading reading = {job, music, unread, progress, .saved_at = g_get_monotonic_time ()};
  g_mutex_init (&reading.lock);
  genre_parallel_for (job->n_threads, unread->len, read_song, &reading);
  g_mutex_clear (&reading.lock);
  if (unread->len > 0)
    save_cache (&reading);
  if (!job->stop || !g_atomic_int_get (job->stop))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped while tags were read");
  return FALSE;
}

static void
note_faults (GenreTaggedMusic *music)
{
  for (guint i = 0; i < music->songs->len; i++) {
    const GenreSong *song = music->songs->pdata[i];
    if (song->fault)
      note (music, "%s: %s", song->path, song->fault);
  }
}

GenreTaggedMusic *
genre_tagged_music_read (const GenreTaggedMusicJob *job, GError **error)
{
  g_autoptr (GenreTaggedMusic) music = g_new0 (GenreTaggedMusic, 1);
  music->songs = g_ptr_array_new_with_free_func ((GDestroyNotify)song_free);
  music->problems = g_ptr_array_new_with_free_func (g_free);
  if (!find_songs (music, job->sources, error))
    return NULL;
  load_cache (music, job->cache);
  if (!read_all (music, job, error))
    return NULL;
  note_faults (music);
  return g_steal_pointer (&music);
}
