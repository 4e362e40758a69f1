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

  ck_assert_msg (node != NULL, "%s: %s", good[_i], error != NULL ? error->message : "");
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
    {"{\"a\":1,\"a\":1}", "same key twice"},
    {"[{\"x\":{\"a\":1,\"\\u0061\":1}}]", "same key twice"},
    {"nul", "expected a value"},
    {"True", "expected a value"},
};

START_TEST (what_is_not_json_is_refused_with_its_place)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = genre_json_parse (bad[_i].text, -1, "thing", &error);

  ck_assert_msg (node == NULL, "%s", bad[_i].text);
  test_assert_error (error, GENRE_ERROR_FORMAT, "thing: ", bad[_i].fault);
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
  g_autoptr (GError) error = NULL;

  ck_assert_int_eq (json_node_get_int (node), 12);
  ck_assert_ptr_null (genre_json_parse ("1\0002", 3, "text", &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "text");
}
END_TEST

START_TEST (an_object_is_asked_for)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = genre_json_parse_object ("{\"a\": 5}", -1, "text", NULL);

  ck_assert_int_eq (json_object_get_int_member (object, "a"), 5);
  ck_assert_ptr_null (genre_json_parse_object ("[5]", -1, "text", &error));
  test_assert_error (error, GENRE_ERROR_FORMAT, "text: ", "expected an object");
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("json");

  tcase_add_loop_test (tests, json_is_accepted, 0, G_N_ELEMENTS (good));
  tcase_add_loop_test (tests, what_is_not_json_is_refused_with_its_place, 0, G_N_ELEMENTS (bad));
  tcase_add_test (tests, a_million_brackets_do_not_overflow_the_stack);
  tcase_add_test (tests, only_the_given_length_is_read);
  tcase_add_test (tests, an_object_is_asked_for);
  return test_run ("json", tests);
}
