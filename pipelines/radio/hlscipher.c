/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hlscipher.h"
#include <gnutls/crypto.h>

#define BLOCK HLS_KEY_SIZE

struct _HlsCipher {
  gnutls_cipher_hd_t handle; /* NULL where this machine's rules forbid it */
  GByteArray *waiting;       /* one block at least, once there is one: it may be the last */
};

HlsCipher *
hls_cipher_new (const guint8 *key, const guint8 *iv)
{
  HlsCipher *self = g_new0 (HlsCipher, 1);
  const gnutls_datum_t key_datum = {(guint8 *)key, HLS_KEY_SIZE}, iv_datum = {(guint8 *)iv, BLOCK};
  if (gnutls_cipher_init (&self->handle, GNUTLS_CIPHER_AES_128_CBC, &key_datum, &iv_datum) < 0)
    self->handle = NULL;
  self->waiting = g_byte_array_new ();
  return self;
}

/* The first @n that wait, a multiple of blocks. */
static GByteArray *
decrypt (HlsCipher *self, guint n)
{
  GByteArray *clear = g_byte_array_sized_new (n);
  g_byte_array_append (clear, self->waiting->data, n);
  g_byte_array_remove_range (self->waiting, 0, n);
  if (n > 0 && (!self->handle || gnutls_cipher_decrypt (self->handle, clear->data, n) < 0))
    g_byte_array_set_size (clear, 0);
  return clear;
}

GBytes *
hls_cipher_take (HlsCipher *self, GBytes *bytes)
{
  gsize n;
  const guint8 *data = g_bytes_get_data (bytes, &n);
  g_byte_array_append (self->waiting, data, (guint)n);
  const guint len = self->waiting->len;
  return g_byte_array_free_to_bytes (decrypt (self, len > 0 ? (len - 1) / BLOCK * BLOCK : 0));
}

GBytes *
hls_cipher_finish (HlsCipher *self)
{
  if (self->waiting->len != BLOCK)
    return g_bytes_new (NULL, 0);
  GByteArray *clear = decrypt (self, BLOCK);
  const guint padding = clear->len == BLOCK ? clear->data[BLOCK - 1] : 0;
  gboolean good = padding >= 1 && padding <= BLOCK;
  for (guint i = 1; good && i < padding; i++)
    good = clear->data[BLOCK - 1 - i] == padding;
  if (good)
    g_byte_array_set_size (clear, BLOCK - padding);
  g_autoptr (GBytes) rest = g_byte_array_free_to_bytes (clear);
  return good ? g_steal_pointer (&rest) : NULL;
}

void
hls_cipher_free (HlsCipher *self)
{
  if (self->handle)
    gnutls_cipher_deinit (self->handle);
  g_byte_array_unref (self->waiting);
  g_free (self);
}
