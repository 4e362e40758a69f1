/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gunzip.h"
#include "fault.h"
#include "../translation.h"
#include <gio/gio.h>

gboolean
gzip_is (const guint8 *data, gsize n)
{
  return n >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

/* One byte more than @most, if there are as many. NULL: they are broken. */
static GBytes *
expand (GBytes *bytes, gsize most)
{
  g_autoptr (GInputStream) packed = g_memory_input_stream_new_from_bytes (bytes);
  g_autoptr (GZlibDecompressor) decompressor =
      g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) stream =
      g_converter_input_stream_new (packed, G_CONVERTER (decompressor));
  g_autofree char *expanded = g_malloc (most + 1);
  gsize n = 0;
  if (!g_input_stream_read_all (stream, expanded, most + 1, &n, NULL, NULL))
    return NULL;
  return g_bytes_new (expanded, n);
}

GBytes *
gunzip (GBytes *bytes, gsize most, GError **error)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  if (!gzip_is (data, n))
    return g_bytes_ref (bytes);
  g_autoptr (GBytes) text = expand (bytes, most);
  if (text && g_bytes_get_size (text) <= most)
    return g_steal_pointer (&text);
  g_set_error_literal (error, STATION_ERROR, STATION_ERROR_LASTING,
                       text ? N_ ("a playlist of more than 1 MiB")
                            : N_ ("a compressed playlist that is broken"));
  return NULL;
}
