/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heard.h"
#include "../answerjson.h"
#include "../jsonline.h"

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (!text)
    return;
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  json_object_set_string_member (object, member, valid);
}

JsonObject *
heard_new (const Hearing *hearing, double threshold)
{
  JsonObject *self = json_object_new ();
  answer_json_set (self, hearing->answer, NULL);
  json_object_set_boolean_member (self, "excerpts", hearing->in_excerpts);
  json_object_set_double_member (self, "threshold", threshold);
  set_text (self, "display", hearing->name);
  set_text (self, "own-genre", hearing->own_genre);
  json_object_set_int_member (self, "n-own-genres", hearing->n_own_genres);
  return self;
}

/* A genre that was told then is the most probable one; a lower threshold may have told one that
 * nobody knows now. */
gboolean
heard_set_threshold (JsonObject *self, double threshold)
{
  const double before = json_object_get_double_member_with_default (self, "threshold", -1);
  const double confidence = json_object_get_double_member_with_default (self, "confidence", 0);
  const double music = json_object_get_double_member_with_default (self, "music", 1);
  const gboolean known = json_object_has_member (self, "display");
  if (before == threshold)
    return TRUE;
  if (threshold < 0) /* the model's own, which is not known here */
    return FALSE;
  if (!known)
    return music < ANSWER_LEAST_MUSIC || confidence < threshold;
  if (confidence < threshold) {
    json_object_set_string_member (self, "genre", "unknown");
    json_object_remove_member (self, "display");
  }
  return TRUE;
}

gboolean
heard_set_refusal (JsonObject *self, const char *name, const char *obstacle)
{
  if (!obstacle) {
    const gboolean known = json_object_has_member (self, "refused");
    json_object_remove_member (self, "refused");
    return known;
  }
  JsonObject *refused = json_object_new ();
  set_text (refused, "name", name);
  set_text (refused, "obstacle", obstacle);
  json_object_set_object_member (self, "refused", refused);
  return TRUE;
}

const char *
heard_find_refusal (JsonObject *self, const char *name)
{
  JsonObject *refused = json_line_get_object (self, "refused");
  const char *same = refused ? json_line_get_text (refused, "name") : NULL;
  return g_strcmp0 (same, name) == 0 && same ? json_line_get_text (refused, "obstacle") : NULL;
}

/* Where nothing was heard all genres are as likely. */
static gboolean
is_nothing (JsonObject *self)
{
  JsonObject *probabilities = json_line_get_object (self, "probabilities");
  JsonObjectIter iter;
  const char *label;
  JsonNode *node;
  double least = 1, most = 0;
  if (!probabilities || json_object_get_size (probabilities) < 2)
    return FALSE;
  json_object_iter_init (&iter, probabilities);
  while (json_object_iter_next (&iter, &label, &node)) {
    const double probability = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : 0;
    least = MIN (least, probability);
    most = MAX (most, probability);
  }
  return most - least < 1e-9;
}

AnswerVerdict
heard_judge (JsonObject *self)
{
  if (is_nothing (self))
    return json_object_get_double_member_with_default (self, "duration", 0) > 0 ? ANSWER_SILENCE
                                                                                : ANSWER_TOO_SHORT;
  return json_object_get_double_member_with_default (self, "music", 1) < ANSWER_LEAST_MUSIC
             ? ANSWER_NO_MUSIC
             : ANSWER_MUSIC;
}

void
heard_add_to (JsonObject *self, JsonObject *object)
{
  static const char *const hidden[] = {"threshold",    "display", "own-genre",
                                       "n-own-genres", "refused", NULL};
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  json_object_iter_init (&iter, self);
  while (json_object_iter_next (&iter, &name, &node))
    if (!g_strv_contains (hidden, name))
      json_object_set_member (object, name, json_node_copy (node));
}
