/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genre-radio report. */
#pragma once

/* Returns the exit status. argv[0] is "report". */
int report_command (int argc, char **argv);
