/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is drawn in place is drawn on terminals that can: not on one that is dumb, nor in a file. */
#include "terminal.h"
#include "test.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

START_TEST (what_knows_escape_sequences_is_drawn_on)
{
  const struct {
    const char *kind; /* NULL: not set */
    gboolean draws;
  } cases[] = {{"xterm", TRUE}, {"xterm-256color", TRUE},
               {"dumbo", TRUE}, {"dumb", FALSE},
               {"", FALSE},     {NULL, FALSE}};
  const int master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  ck_assert_int_ge (master, 0);
  ck_assert_int_eq (grantpt (master) | unlockpt (master), 0);
  const int slave = open (ptsname (master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  const int file = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  ck_assert (slave >= 0 && file >= 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    if (cases[i].kind)
      g_setenv ("TERM", cases[i].kind, TRUE);
    else
      g_unsetenv ("TERM");
    ck_assert_int_eq (terminal_draws (slave), cases[i].draws);
    ck_assert (!terminal_draws (file));
  }
  close (file);
  close (slave);
  close (master);
}
END_TEST

int
main (void)
{
  TCase *tests = tcase_create ("terminal");
  tcase_add_test (tests, what_knows_escape_sequences_is_drawn_on);
  return test_run ("terminal", tests);
}
