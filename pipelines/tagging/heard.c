/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heard.h"
#include "../answerjson.h"

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
  answer_json_set (self, hearing->answer);
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
    return music < 0.5 || confidence < threshold;
  if (confidence < threshold) {
    json_object_set_string_member (self, "genre", "unknown");
    json_object_remove_member (self, "display");
  }
  return TRUE;
}

void
heard_add_to (JsonObject *self, JsonObject *object)
{
  static const char *const hidden[] = {"threshold", "display", "own-genre", "n-own-genres", NULL};
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  json_object_iter_init (&iter, self);
  while (json_object_iter_next (&iter, &name, &node))
    if (!g_strv_contains (hidden, name))
      json_object_set_member (object, name, json_node_copy (node));
}
