/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to requests for a page: all of them with the headers that keep what others wrote from
 * becoming a script, and this page out of others. */
#pragma once
#include <libsoup/soup.h>
G_BEGIN_DECLS

#define PAGE_TEXT "text/plain; charset=utf-8"

void page_answer (SoupServerMessage *message, guint status, const char *type, GBytes *body);
/* @text is taken. */
void page_answer_text (SoupServerMessage *message, guint status, const char *type, char *text);
/* With @plain, compressed if the client takes that: as @zipped, which is made when it is needed
 * first, and is the caller's to keep. */
void page_answer_zipped (SoupServerMessage *message, const char *type, GBytes *plain,
                         GBytes **zipped);
/* The same of @text, which is taken. */
void page_answer_long_text (SoupServerMessage *message, const char *type, char *text);
/* With a sentence for people. */
void page_refuse (SoupServerMessage *message, guint status, const char *why);
/* To where @place leads. */
void page_redirect (SoupServerMessage *message, const char *place);
/* Answers that nothing has changed if the client has what @tag (in quotes) is the ETag of.
 * Otherwise FALSE, and an answer will bear it. */
gboolean page_answer_if_known (SoupServerMessage *message, const char *tag);

void page_set_header (SoupServerMessage *message, const char *name, const char *value);
/* NULL if there is none; several are one, with commas. */
const char *page_get_header (SoupServerMessage *message, const char *name);

/* Status line and headers of an answer that has no end, and what a browser is to know first.
 * (transfer full) */
char *page_format_head_of_events (void);

G_END_DECLS
