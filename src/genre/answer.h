/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GenreAnswer, as a classifier makes it. */
#pragma once
#include "genre/genre.h"
#include "streamclassifier.h"
G_BEGIN_DECLS

/* @result: of a stream whose model is @model. */
GenreAnswer *genre_answer_new (GenreModel *model, const GenreResult *result);

G_END_DECLS
