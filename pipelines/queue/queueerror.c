/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "queueerror.h"

G_DEFINE_QUARK (queue - error - quark, queue_error)
