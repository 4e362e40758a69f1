/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"
#include <math.h>
#include <string.h>
#include "files.h"

#define MAX_INTEGER_DIGITS 18 /* any such number fits a gint64 */
#define SHOWN_OF_KEY 100      /* bytes, in a message */

/* A position in the text, which is NUL-terminated and valid UTF-8 without another NUL. */
typedef struct {
  const char *start;
  const char *at;
  const char *fault; /* what should have been at this place */
  guint n_members;   /* of all objects together */
  gboolean compares; /* the keys of each object, up to the first that comes again: */
  char *repeated;    /* this one */
} Scanner;

static gboolean
fail (Scanner *scanner, const char *fault)
{
  scanner->fault = fault;
  return FALSE;
}

static void
skip_space (Scanner *scanner)
{
  scanner->at += strspn (scanner->at, " \t\r\n");
}

static gboolean
scan_literal (Scanner *scanner, const char *literal)
{
  gsize length = strlen (literal);
  if (strncmp (scanner->at, literal, length) != 0)
    return fail (scanner, "a value");
  scanner->at += length;
  return TRUE;
}

/* The four digits of a \u escape; -1 if they are not four hexadecimal digits. */
static gint
scan_code_unit (Scanner *scanner)
{
  gint unit = 0;
  for (guint i = 0; i < 4; i++) {
    if (!g_ascii_isxdigit (scanner->at[i]))
      return -1;
    unit = unit * 16 + g_ascii_xdigit_value (scanner->at[i]);
  }
  scanner->at += 4;
  return unit;
}

static gboolean
scan_unicode_escape (Scanner *scanner)
{
  gint unit = scan_code_unit (scanner);
  if (unit >= 0xd800 && unit < 0xdc00) {
    if (scanner->at[0] != '\\' || scanner->at[1] != 'u')
      return fail (scanner, "the second half of a surrogate pair");
    scanner->at += 2;
    unit = scan_code_unit (scanner);
    if (unit < 0xdc00 || unit > 0xdfff)
      return fail (scanner, "the second half of a surrogate pair");
  } else if (unit <= 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
    return fail (scanner, "four hexadecimal digits of a character other than NUL");
  }
  return TRUE;
}

static gboolean
scan_string (Scanner *scanner)
{
  if (*scanner->at++ != '"') {
    scanner->at--;
    return fail (scanner, "a string");
  }
  while (*scanner->at != '"') {
    if ((guchar)*scanner->at < 0x20)
      return fail (scanner, "the end of a string");
    if (*scanner->at++ != '\\')
      continue;
    if (*scanner->at == '\0' || !strchr ("\"\\/bfnrtu", *scanner->at))
      return fail (scanner, "an escape sequence");
    if (*scanner->at++ == 'u' && !scan_unicode_escape (scanner))
      return FALSE;
  }
  scanner->at++;
  return TRUE;
}

static void
append_escaped (Scanner *scanner, GString *text)
{
  static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
  const char *letter = strchr (letters, *scanner->at);
  if (*scanner->at++ != 'u') {
    g_string_append_c (text, letter ? meanings[letter - letters] : scanner->at[-1]);
    return;
  }
  gunichar character = (gunichar)scan_code_unit (scanner);
  if (character >= 0xd800 && character < 0xdc00) {
    scanner->at += 2;
    character =
        0x10000 + ((character - 0xd800) << 10) + (gunichar)scan_code_unit (scanner) - 0xdc00;
  }
  g_string_append_unichar (text, character);
}

/* What a string stands for that was scanned before; @literal begins behind its quotation mark. */
static char *
decode_string (const char *literal)
{
  Scanner scanner = {.at = literal};
  GString *text = g_string_new (NULL);
  while (*scanner.at != '"') {
    if (*scanner.at != '\\') {
      g_string_append_c (text, *scanner.at++);
    } else {
      scanner.at++;
      append_escaped (&scanner, text);
    }
  }
  return g_string_free (text, FALSE);
}

/* @keys: of the object, or NULL where they are not compared. */
static gboolean
scan_key (Scanner *scanner, GHashTable *keys)
{
  const char *literal = scanner->at + 1;
  if (!scan_string (scanner))
    return FALSE;
  g_autofree char *key = keys ? decode_string (literal) : NULL;
  if (!keys || !g_hash_table_contains (keys, key)) {
    if (keys)
      g_hash_table_add (keys, g_steal_pointer (&key));
    return TRUE;
  }
  scanner->repeated = g_steal_pointer (&key);
  return FALSE;
}

static gsize
scan_digits (Scanner *scanner)
{
  gsize n = strspn (scanner->at, "0123456789");
  scanner->at += n;
  return n;
}

static gboolean
scan_number (Scanner *scanner)
{
  const char *start = scanner->at;
  if (*scanner->at == '-')
    scanner->at++;
  const char *whole = scanner->at;
  gsize n_digits = scan_digits (scanner);
  if (n_digits == 0 || (n_digits > 1 && *whole == '0')) {
    scanner->at = start;
    return fail (scanner, "a value");
  }
  if (*scanner->at != '.' && *scanner->at != 'e' && *scanner->at != 'E')
    return n_digits <= MAX_INTEGER_DIGITS || fail (scanner, "a whole number of at most 18 digits");
  if (*scanner->at == '.') {
    scanner->at++;
    if (scan_digits (scanner) == 0)
      return fail (scanner, "a digit");
  }
  if (*scanner->at == 'e' || *scanner->at == 'E') {
    scanner->at++;
    if (*scanner->at == '+' || *scanner->at == '-')
      scanner->at++;
    if (scan_digits (scanner) == 0)
      return fail (scanner, "a digit");
  }
  return isfinite (g_ascii_strtod (start, NULL)) || fail (scanner, "a number in range");
}

static gboolean scan_value (Scanner *scanner, guint depth);

/* An array or an object: "[" or "{", items separated by commas, @end. */
static gboolean
scan_items (Scanner *scanner, char end, guint depth)
{
  if (depth == 0)
    return fail (scanner, "fewer levels of nesting");
  scanner->at++;
  skip_space (scanner);
  if (*scanner->at == end) {
    scanner->at++;
    return TRUE;
  }
  g_autoptr (GHashTable) keys = NULL;
  if (scanner->compares && end == '}')
    keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (;;) {
    if (end == '}') {
      if (!scan_key (scanner, keys))
        return FALSE;
      skip_space (scanner);
      if (*scanner->at != ':')
        return fail (scanner, "a colon");
      scanner->at++;
      scanner->n_members++;
    }
    if (!scan_value (scanner, depth - 1))
      return FALSE;
    if (*scanner->at == end) {
      scanner->at++;
      return TRUE;
    }
    if (*scanner->at != ',')
      return fail (scanner, end == '}' ? "a comma or }" : "a comma or ]");
    scanner->at++;
    skip_space (scanner);
  }
}

/* A value with the space around it. */
static gboolean
scan_value (Scanner *scanner, guint depth)
{
  skip_space (scanner);
  gboolean good;
  switch (*scanner->at) {
  case '{':
    good = scan_items (scanner, '}', depth);
    break;
  case '[':
    good = scan_items (scanner, ']', depth);
    break;
  case '"':
    good = scan_string (scanner);
    break;
  case 't':
    good = scan_literal (scanner, "true");
    break;
  case 'f':
    good = scan_literal (scanner, "false");
    break;
  case 'n':
    good = scan_literal (scanner, "null");
    break;
  default:
    good = scan_number (scanner);
  }
  if (good)
    skip_space (scanner);
  return good;
}

static gboolean
check_text (const char *text, const char *what, guint *n_members, GError **error)
{
  Scanner scanner = {.start = text, .at = text};
  if (scan_value (&scanner, GENRE_JSON_MAX_DEPTH) &&
      (*scanner.at == '\0' || fail (&scanner, "the end of the text"))) {
    *n_members = scanner.n_members;
    return TRUE;
  }
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
               "%s: not valid JSON at byte %" G_GSIZE_FORMAT ", expected %s", what,
               (gsize)(scanner.at - scanner.start), scanner.fault);
  return FALSE;
}

static guint
count_members (JsonNode *node)
{
  guint n = 0;
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObject *object = json_node_get_object (node);
    g_autoptr (GList) values = json_object_get_values (object);
    n = json_object_get_size (object);
    for (GList *l = values; l; l = l->next)
      n += count_members (l->data);
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);
    for (guint i = 0; i < json_array_get_length (array); i++)
      n += count_members (json_array_get_element (array, i));
  }
  return n;
}

/* The first key that an object of the valid @text has twice; NULL if there is none. */
static char *
find_repeated (const char *text)
{
  Scanner scanner = {.start = text, .at = text, .compares = TRUE};
  scan_value (&scanner, GENRE_JSON_MAX_DEPTH);
  return scanner.repeated;
}

/* As much of a key as a message has room for, on one line. (transfer full) */
static char *
show_key (const char *key)
{
  GString *shown = g_string_new (NULL);
  const char *at = key;
  for (; *at && shown->len < SHOWN_OF_KEY; at = g_utf8_next_char (at)) {
    const gunichar character = g_utf8_get_char (at);
    if (g_unichar_iscntrl (character))
      g_string_append_printf (shown, "\\u%04x", (guint)character);
    else
      g_string_append_unichar (shown, character);
  }
  if (*at)
    g_string_append (shown, "…");
  return g_string_free (shown, FALSE);
}

JsonNode *
genre_json_parse (const char *text, gssize length, const char *what, GError **error)
{
  gsize size = length < 0 ? strlen (text) : (gsize)length;
  if (!g_utf8_validate_len (text, size, NULL)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: not valid UTF-8, expected JSON",
                 what);
    return NULL;
  }
  g_autofree char *copy = g_strndup (text, size);
  guint n_members;
  if (!check_text (copy, what, &n_members, error))
    return NULL;
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) parser_error = NULL;
  if (!json_parser_load_from_data (parser, copy, -1, &parser_error)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: not valid JSON: %s", what,
                 parser_error->message);
    return NULL;
  }
  JsonNode *root = json_parser_get_root (parser);
  /* Of two equal keys json-glib keeps one. */
  if (count_members (root) != n_members) {
    g_autofree char *key = find_repeated (copy);
    g_autofree char *shown = show_key (key ? key : "");
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT,
                 "%s: an object has the same key twice, \"%s\", expected it once", what, shown);
    return NULL;
  }
  return json_node_ref (root);
}

JsonObject *
genre_json_parse_object (const char *text, gssize length, const char *what, GError **error)
{
  g_autoptr (JsonNode) node = genre_json_parse (text, length, what, error);
  if (!node)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_FORMAT, "%s: %s, expected an object", what,
                 json_node_type_name (node));
    return NULL;
  }
  return json_object_ref (json_node_get_object (node));
}

/* ---- members ---- */

/* The member if it is there and a single value, not an array, an object or null. */
static JsonNode *
peek_value (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

static gboolean
is_integer (JsonNode *node)
{
  return node && json_node_get_value_type (node) == G_TYPE_INT64;
}

static gboolean
is_number (JsonNode *node)
{
  return is_integer (node) || (node && json_node_get_value_type (node) == G_TYPE_DOUBLE);
}

gboolean
genre_json_peek_integer (JsonObject *object, const char *member, gint64 *value)
{
  JsonNode *node = peek_value (object, member);
  if (is_integer (node))
    *value = json_node_get_int (node);
  return is_integer (node);
}

gboolean
genre_json_peek_number (JsonObject *object, const char *member, double *value)
{
  JsonNode *node = peek_value (object, member);
  if (is_number (node))
    *value = json_node_get_double (node);
  return is_number (node);
}

const char *
genre_json_peek_string (JsonObject *object, const char *member)
{
  JsonNode *node = peek_value (object, member);
  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node)
                                                                  : NULL;
}

JsonObject *
genre_json_peek_object (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
genre_json_peek_array (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/* The same in every locale, exactly, and never like a whole number. (transfer full) */
static char *
describe_double (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_dtostr (text, sizeof text, value);
  return g_strconcat (text, strpbrk (text, ".e") ? "" : ".0", NULL);
}

char *
genre_json_describe (JsonNode *node)
{
  if (!node)
    return g_strdup ("missing");
  if (JSON_NODE_HOLDS_VALUE (node) && is_integer (node))
    return g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  if (JSON_NODE_HOLDS_VALUE (node) && is_number (node))
    return describe_double (json_node_get_double (node));
  return g_strdup (json_node_type_name (node));
}

/* FALSE, and @error says that @node, a member or part of one, is no @expected. */
static gboolean
refuse (JsonNode *node, const char *what, const char *member, const char *expected, GError **error)
{
  if (node)
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s: \"%s\" is %s, expected %s", what,
                 member, json_node_type_name (node), expected);
  else
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s: \"%s\" is missing, expected %s",
                 what, member, expected);
  return FALSE;
}

static gboolean
read_integer (JsonNode *node, const char *what, const char *member, gint64 low, gint64 high,
              gint64 *value, GError **error)
{
  if (!node || !JSON_NODE_HOLDS_VALUE (node) || !is_integer (node))
    return refuse (node, what, member, "a whole number", error);
  *value = json_node_get_int (node);
  if (*value >= low && *value <= high)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID,
               "%s: \"%s\" is %" G_GINT64_FORMAT ", expected %" G_GINT64_FORMAT
               " to %" G_GINT64_FORMAT,
               what, member, *value, low, high);
  return FALSE;
}

gboolean
genre_json_get_integer (JsonObject *object, const char *what, const char *member, gint64 low,
                        gint64 high, const gint64 *fallback, gint64 *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  if (node || !fallback)
    return read_integer (node, what, member, low, high, value, error);
  *value = *fallback;
  return TRUE;
}

gboolean
genre_json_get_integers (JsonObject *object, const char *what, const char *member, gint64 low,
                         gint64 high, const gint64 *fallback, guint n, gint64 *values,
                         GError **error)
{
  JsonArray *array = genre_json_peek_array (object, member);
  if (array && json_array_get_length (array) != n) {
    g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s: \"%s\" has %u elements, expected %u",
                 what, member, json_array_get_length (array), n);
    return FALSE;
  }
  if (!array && !genre_json_get_integer (object, what, member, low, high, fallback, values, error))
    return FALSE;
  for (guint i = 0; i < n; i++) {
    if (array && !read_integer (json_array_get_element (array, i), what, member, low, high,
                                values + i, error))
      return FALSE;
    values[i] = array ? values[i] : values[0];
  }
  return TRUE;
}

gboolean
genre_json_get_number (JsonObject *object, const char *what, const char *member, double low,
                       double high, const double *fallback, double *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  if (!node && fallback) {
    *value = *fallback;
    return TRUE;
  }
  if (!node || !JSON_NODE_HOLDS_VALUE (node) || !is_number (node))
    return refuse (node, what, member, "a number", error);
  *value = json_node_get_double (node);
  if (*value >= low && *value <= high)
    return TRUE;
  g_set_error (error, GENRE_ERROR, GENRE_ERROR_INVALID, "%s: \"%s\" is %g, expected %g to %g", what,
               member, *value, low, high);
  return FALSE;
}

gboolean
genre_json_get_boolean (JsonObject *object, const char *what, const char *member,
                        const gboolean *fallback, gboolean *value, GError **error)
{
  JsonNode *node = json_object_get_member (object, member);
  if (!node && fallback) {
    *value = *fallback;
    return TRUE;
  }
  if (!node || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return refuse (node, what, member, "true or false", error);
  *value = json_node_get_boolean (node);
  return TRUE;
}

/* ---- writing ---- */

gboolean
genre_json_save (JsonObject *object, const char *path, GError **error)
{
  g_autoptr (JsonNode) node = json_node_alloc ();
  json_node_init_object (node, object);
  g_autofree char *text = genre_json_to_string (node, TRUE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  return genre_file_write (path, line, strlen (line), error);
}
