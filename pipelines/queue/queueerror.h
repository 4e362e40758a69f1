/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong with a queue. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define QUEUE_ERROR (queue_error_quark ())

typedef enum {
  QUEUE_ERROR_LOST,      /* Redis is not there now: later it may be */
  QUEUE_ERROR_REFUSED,   /* it is there, and trying again is of no use */
  QUEUE_ERROR_UNTRUSTED, /* no TLS that can be trusted, until somebody mends a certificate */
} QueueError;

GQuark queue_error_quark (void);

G_END_DECLS
