/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genreclassify's answers in words, the same in all programs. */
#pragma once
#include <gst/gst.h>
G_BEGIN_DECLS

#define ANSWER_LEAST_MUSIC 0.5 /* probability of music, below which it is called none */

typedef enum {
  ANSWER_MUSIC,
  ANSWER_NO_MUSIC,
  ANSWER_SILENCE,
  ANSWER_TOO_SHORT, /* a song of which too little was heard */
} AnswerVerdict;

typedef struct {
  const char *label;
  double probability;
} AnswerCandidate;

/* Of AnswerCandidate, the most probable genre first; valid as long as @answer. (transfer full) */
GArray *answer_get_candidates (const GstStructure *answer);

AnswerVerdict answer_judge (const GstStructure *answer);
/* Is it the last one about what it covers? */
gboolean answer_is_final (const GstStructure *answer);
/* "rock", "unknown", "no music" or "silence"; valid as long as @answer. */
const char *answer_get_verdict (const GstStructure *answer);
/* Genres of @classifier's model are called from now on as the model says; answer_name() translates
 * those of the built-in one. The first call counts; it may come from any thread. */
void answer_take_names (GstElement *classifier);
/* A verdict, or a genre of the built-in model or of answer_take_names(), as a person reads it;
 * others as they are. Valid as long as @verdict. */
const char *answer_name (const char *verdict);
/* What the model calls @answer's genre, "Hip-Hop", in every language; NULL if it is unknown, or if
 * nobody has told: neither answer_take_names() nor a field "name" of @answer. Valid as long as
 * @answer. */
const char *answer_get_display_name (const GstStructure *answer);
/* A verdict as answer_name() writes it, with spaces behind it that make a column of it. (transfer
 * full) */
char *answer_format_verdict (const char *verdict);
/* How sure that is, 0 to 1. */
double answer_get_certainty (const GstStructure *answer);
/* " 97 %"; spaces beside "unknown". (transfer full) */
char *answer_format_certainty (const GstStructure *answer);
int percent (double probability);
/* What else it might be: "hiphop 2 %, pop 1 %"; empty if it is no music. (transfer full) */
char *answer_format_others (const GstStructure *answer);
/* "3:18" or "1:02:03": where what the answer covers ends, or with @only_length, how much that is.
 * (transfer full) */
char *answer_format_position (const GstStructure *answer, gboolean only_length);

/* "    0:11  metal       99 %  hiphop 2 %", without the end of the line. */
void answer_print (const GstStructure *answer, gboolean only_length);
/* Genre, probability, @source and @title, which may be NULL, in columns, whatever is in them. */
void answer_print_tersely (const GstStructure *answer, const char *source, const char *title);

G_END_DECLS
