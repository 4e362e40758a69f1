/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tape.c and inference/ share with network.c. */
#pragma once
#include "layers/layer.h"
#include "network.h"
G_BEGIN_DECLS

struct _GenreNetwork {
  gatomicrefcount references;
  char *description;
  GenreShape input;
  guint n_labels;
  GenreLayers *layers;
  GArray *layer_info;             /* of GenreLayerInfo */
  float *parameters, *statistics; /* NULL before genre_network_allocate() */
};

G_END_DECLS
