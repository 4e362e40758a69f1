/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments of HLS that are encrypted with AES-128 (RFC 8216, 4.3.2.4): CBC, the last block padded
 * as of RFC 5652, 6.3. */
#pragma once
#include "hlsplaylist.h"
G_BEGIN_DECLS

typedef struct _HlsCipher HlsCipher;

/* @key, @iv: HLS_KEY_SIZE bytes each. */
HlsCipher *hls_cipher_new (const guint8 *key, const guint8 *iv);
/* What is known of @bytes, and of those before, by now; perhaps nothing. (transfer full) */
GBytes *hls_cipher_take (HlsCipher *self, GBytes *bytes);
/* What is left once all have been taken: nothing if they were cut short, and NULL if the key was
 * another one. (transfer full) */
GBytes *hls_cipher_finish (HlsCipher *self);
void hls_cipher_free (HlsCipher *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HlsCipher, hls_cipher_free)

G_END_DECLS
