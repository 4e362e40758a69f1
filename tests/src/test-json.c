/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <string.h>

#include "test.h"

static const char *const good[] = {
    "1",
    "-0",
    "0.5e-3",
    "123456789012345678",
    "\"\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
    "\"\\ud83d\\ude00\"",
    "\"ü\"",
    "true",
    " null\n",
    "[]",
    "{}",
    "[1, [2, {\"a\": [3]}]]",
    "\t{ \"a\" : 1 , \"b\" : { \"a\" : 2 } }\r\n",
};

START_TEST (json_is_accepted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = genre_json_parse (good[_i], -1, "text", &error);
  ck_assert_msg (node, "%s: %s", good[_i], error ? error->message : "");
}
END_TEST

/* Most of these are accepted by json-glib, or crash it. */
static const struct {
  const char *text;
  const char *fault;
} bad[] = {
    {"", "byte 0, expected a value"},
    {"// comment\n1", "byte 0"},
    {"/* comment */1", "byte 0"},
    {"var x = 1;", "byte 0"},
    {"1 2", "expected the end of the text"},
    {"{} {}", "expected the end of the text"},
    {"[1,]", "byte 3, expected a value"},
    {"[1 2]", "expected a comma or ]"},
    {"[1", "expected a comma or ]"},
    {"{\"a\":1,}", "expected a string"},
    {"{\"a\" 1}", "expected a colon"},
    {"{\"a\":1", "expected a comma or }"},
    {"{a:1}", "expected a string"},
    {"'a'", "expected a value"},
    {"\"a", "expected the end of a string"},
    {"\"a\nb\"", "expected the end of a string"},
    {"\"\\x\"", "expected an escape sequence"},
    {"\"\\u12\"", "hexadecimal"},
    {"\"\\u0000\"", "other than NUL"},
    {"\"\\ud83d\"", "surrogate"},
    {"\"\\ud83d\\u0041\"", "surrogate"},
    {"\"\\ude00\"", "hexadecimal"},
    {"\"\xff\"", "UTF-8"},
    {"01", "byte 0, expected a value"},
    {"0x10", "expected the end"},
    {"+1", "expected a value"},
    {"1.", "expected a digit"},
    {".5", "expected a value"},
    {"1e", "expected a digit"},
    {"-", "expected a value"},
    {"1e999", "expected a number in range"},
    {"-1e999", "expected a number in range"},
    {"NaN", "expected a value"},
    {"Infinity", "expected a value"},
    {"1234567890123456789", "18 digits"},
    {"{\"a\":1,\"a\":1}", "same key twice, \"a\", expected it once"},
    {"[{\"b\":{\"a\":0},\"x\":{\"b\":0,\"a\":1,\"\\u0061\":1}}]", "same key twice, \"a\","},
    {"{\"\":{},\"\":{}}", "same key twice, \"\","},
    {"{\"\\ud83d\\ude00\\n\\/\\\"\":1,\"x\":2,\"\xf0\x9f\x98\x80\\u000a/\\u0022\":1}",
     "same key twice, \"\xf0\x9f\x98\x80\\u000a/\"\","},
    {"{\"\\u001b\\u009b\":1,\"\\u001b\\u009b\":1}", "same key twice, \"\\u001b\\u009b\","},
    {"nul", "expected a value"},
    {"True", "expected a value"},
};

START_TEST (what_is_not_json_is_refused_with_its_place)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = genre_json_parse (bad[_i].text, -1, "thing", &error);
  ck_assert_msg (!node, "%s", bad[_i].text);
  test_assert_error (error, GENRE_ERROR_FORMAT, "thing: ", bad[_i].fault);
}
END_TEST

/* Its 100th byte is in the middle of a character. */
START_TEST (of_a_long_key_the_beginning_is_said)
{
  GString *text = g_string_new ("{");
  for (guint i = 0; i < 2; i++) {
    g_string_append (text, i ? ",\"x" : "\"x");
    for (guint k = 0; k < 100000; k++)
      g_string_append (text, "ü");
    g_string_append (text, "\":1");
  }
  g_string_append (text, "}");
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_json_parse (text->str, -1, "text", &error));
  ck_assert_ptr_nonnull (error);
  ck_assert_msg (strlen (error->message) < 200, "%zu bytes", strlen (error->message));
  ck_assert (g_utf8_validate (error->message, -1, NULL));
  test_assert_error (error, GENRE_ERROR_FORMAT, "same key twice, \"xüü", "ü…\", expected it once");
  g_string_free (text, TRUE);
}
END_TEST

START_TEST (a_million_brackets_do_not_overflow_the_stack)
{
  g_autofree char *text = g_strnfill (1000000, '[');
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_json_parse (text, 1000000, "text", &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "byte 32, expected fewer levels of nesting");
}
END_TEST

START_TEST (only_the_given_length_is_read)
{
  g_autoptr (JsonNode) node = genre_json_parse ("12345", 2, "text", NULL);
  ck_assert_int_eq (json_node_get_int (node), 12);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_json_parse ("1\0002", 3, "text", &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "text");
}
END_TEST

START_TEST (an_object_is_asked_for)
{
  g_autoptr (JsonObject) object = genre_json_parse_object ("{\"a\": 5}", -1, "text", NULL);
  ck_assert_int_eq (json_object_get_int_member (object, "a"), 5);
  g_autoptr (GError) error = NULL;
  ck_assert_ptr_null (genre_json_parse_object ("[5]", -1, "text", &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "text: ", "expected an object");
}
END_TEST

#define THING                                                                                      \
  "{\"n\": 5, \"x\": 0.5, \"yes\": true, \"pair\": [2, 3], \"text\": \"a\", \"o\": {}, \"no\": "   \
  "null}"

START_TEST (members_are_given_by_kind)
{
  g_autoptr (JsonObject) object = genre_json_parse_object (THING, -1, "thing", NULL);
  gint64 n = 0, pair[2] = {0}, fallback = 9;
  double x = 0;
  gboolean yes = FALSE;
  ck_assert (genre_json_peek_integer (object, "n", &n) && n == 5);
  ck_assert (!genre_json_peek_integer (object, "x", &n) && n == 5);
  ck_assert (!genre_json_peek_integer (object, "absent", &n) && n == 5);
  ck_assert (genre_json_peek_number (object, "x", &x) && x == 0.5);
  ck_assert (genre_json_peek_number (object, "n", &x) && x == 5);
  ck_assert (!genre_json_peek_number (object, "text", &x) && x == 5);
  ck_assert_str_eq (genre_json_peek_string (object, "text"), "a");
  ck_assert_ptr_null (genre_json_peek_string (object, "n"));
  ck_assert_ptr_null (genre_json_peek_string (object, "no"));
  ck_assert_ptr_nonnull (genre_json_peek_object (object, "o"));
  ck_assert_ptr_null (genre_json_peek_object (object, "pair"));
  ck_assert_uint_eq (json_array_get_length (genre_json_peek_array (object, "pair")), 2);
  ck_assert_ptr_null (genre_json_peek_array (object, "o"));
  ck_assert (genre_json_get_integer (object, "thing", "n", 5, 5, NULL, &n, NULL) && n == 5);
  ck_assert (genre_json_get_integer (object, "thing", "absent", 0, 5, &fallback, &n, NULL));
  ck_assert_int_eq (n, 9);
  ck_assert (genre_json_get_integers (object, "thing", "pair", 2, 3, NULL, 2, pair, NULL));
  ck_assert (pair[0] == 2 && pair[1] == 3);
  ck_assert (genre_json_get_integers (object, "thing", "n", 2, 5, NULL, 2, pair, NULL));
  ck_assert (pair[0] == 5 && pair[1] == 5);
  ck_assert (genre_json_get_number (object, "thing", "n", 0, 5, NULL, &x, NULL) && x == 5);
  ck_assert (genre_json_get_boolean (object, "thing", "yes", NULL, &yes, NULL) && yes);
}
END_TEST

START_TEST (what_is_written_is_read)
{
  static const double numbers[] = {0, 1, -2.5, 0.1, 1e80, -1E-80, 1e300, 5e-324, 1.5e200};
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
  json_object_set_string_member (object, "3e8.0", "7e5.0 \"6e5.0\" \\");
  json_object_set_boolean_member (object, "true.0", TRUE);
  for (guint c = 1; c < 0x80; c++) {
    const char name[] = {(char)c, '\0'};
    json_object_set_string_member (object, name, name);
  }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    json_object_set_double_member (object, "x", numbers[i]);
    for (guint indented = 0; indented < 2; indented++) {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = genre_json_to_string (node, indented);
      g_autoptr (JsonNode) again = genre_json_parse (text, -1, "text", &error);
      ck_assert_msg (again, "%s: %s", text, error ? error->message : "");
      ck_assert_msg (json_node_equal (again, node), "%s", text);
    }
  }
}
END_TEST

/* A call with &error that must fail with this text. */
#define ASSERT_REFUSED(call, fault)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GError) error = NULL;                                                               \
    ck_assert (!(call));                                                                           \
    test_assert_error (error, GENRE_ERROR_INVALID, "thing: ", fault);                              \
  }                                                                                                \
  G_STMT_END

START_TEST (members_that_do_not_fit_are_named)
{
  g_autoptr (JsonObject) o = genre_json_parse_object (THING, -1, "thing", NULL);
  gint64 n[3];
  double x;
  gboolean yes;
  ASSERT_REFUSED (genre_json_get_integer (o, "thing", "absent", 0, 5, NULL, n, &error),
                  "\"absent\" is missing, expected a whole number");
  ASSERT_REFUSED (genre_json_get_integer (o, "thing", "no", 0, 5, NULL, n, &error),
                  "expected a whole number");
  ASSERT_REFUSED (genre_json_get_integer (o, "thing", "n", 6, 7, NULL, n, &error),
                  "\"n\" is 5, expected 6 to 7");
  ASSERT_REFUSED (genre_json_get_integers (o, "thing", "pair", 0, 5, NULL, 3, n, &error),
                  "\"pair\" has 2 elements, expected 3");
  ASSERT_REFUSED (genre_json_get_integers (o, "thing", "pair", 0, 2, NULL, 2, n, &error),
                  "\"pair\" is 3, expected 0 to 2");
  ASSERT_REFUSED (genre_json_get_number (o, "thing", "text", 0, 1, NULL, &x, &error),
                  "\"text\" is String, expected a number");
  ASSERT_REFUSED (genre_json_get_number (o, "thing", "x", 1, 2, NULL, &x, &error),
                  "\"x\" is 0.5, expected 1 to 2");
  ASSERT_REFUSED (genre_json_get_boolean (o, "thing", "n", NULL, &yes, &error),
                  "expected true or false");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("json");
  tcase_add_loop_test (tests, json_is_accepted, 0, G_N_ELEMENTS (good));
  tcase_add_loop_test (tests, what_is_not_json_is_refused_with_its_place, 0, G_N_ELEMENTS (bad));
  tcase_add_test (tests, of_a_long_key_the_beginning_is_said);
  tcase_add_test (tests, a_million_brackets_do_not_overflow_the_stack);
  tcase_add_test (tests, only_the_given_length_is_read);
  tcase_add_test (tests, an_object_is_asked_for);
  tcase_add_test (tests, members_are_given_by_kind);
  tcase_add_test (tests, members_that_do_not_fit_are_named);
  tcase_add_test (tests, what_is_written_is_read);
  return test_run ("json", tests);
}
