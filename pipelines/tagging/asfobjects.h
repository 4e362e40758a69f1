/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The header of a Windows Media file (ASF): objects one behind the other. One of them, the header
 * extension, has more in it; some hold attributes, each with a name. */
#pragma once
#include <glib.h>
G_BEGIN_DECLS

#define ASF_HEADER 30    /* bytes in front of the objects: of which kind, size, how many */
#define ASF_OBJECT 24    /* and in front of what is in one: of which kind, and its size */
#define ASF_EXTENSION 46 /* and in front of the objects in the header extension */
#define ASF_SIZE_AT 16   /* in all of them */
#define ASF_COUNT_AT 24  /* in the header */
#define ASF_LEFT_AT 42   /* in the header extension: how much is in it */
#define ASF_FILE_AT 40   /* in the properties of the file: its size */
#define ASF_FLAGS_AT 88
#define ASF_TEXT 0 /* type of an attribute: UTF-16 */

/* Which an extended content description begins with. */
extern const guint8 asf_description_id[ASF_SIZE_AT];

/* What an object holds. */
typedef enum {
  ASF_OTHER,
  ASF_PROPERTIES,  /* of the file, its size among them */
  ASF_OBJECTS,     /* more of them: the header extension */
  ASF_DESCRIPTION, /* attributes: the extended content description */
  ASF_RECORDS,     /* attributes that say for what stream they are: metadata, and their library */
  ASF_SIGNATURE,   /* of objects in front of it */
} AsfKind;

typedef struct {
  AsfKind kind;
  guint at, end; /* bytes of the header */
} AsfObject;

typedef struct {
  guint at, end, name, name_length, value, value_length; /* bytes of the header */
  guint type;
} AsfAttribute;

/* Attributes of an object on their way. */
typedef struct {
  const GByteArray *header;
  AsfKind kind;
  guint at, end;
  guint left; /* that are said to follow */
} AsfAttributes;

/* NULL: there is none at the beginning of the file, or the file ends before it. (transfer full) */
GByteArray *asf_header_read (int fd);
/* The object at @at, which becomes where the next one is; that of the header extension is the first
 * one in it. FALSE: there is no other one, the header ending there, or it is torn. */
gboolean asf_object_next (const GByteArray *header, guint *at, AsfObject *object);
gboolean asf_object_has_attributes (const AsfObject *self);
void asf_attributes_init (AsfAttributes *self, const GByteArray *header, const AsfObject *object);
/* FALSE: there is no other one, @self->left being 0, or it is torn. */
gboolean asf_attributes_next (AsfAttributes *self, AsfAttribute *attribute);
/* UTF-16 up to a NUL; empty if it is none. (transfer full) */
char *asf_text_read (const GByteArray *header, guint at, guint n);
gboolean asf_attribute_is_genre (const GByteArray *header, const AsfAttribute *attribute);
/* Of up to eight bytes. */
guint64 asf_number_read (const guint8 *bytes, gsize width);
/* Whether every object ends where the next one begins, and every attribute. */
gboolean asf_header_adds_up (const GByteArray *header);
/* Why the tags of a file must not be written, or NULL. */
const char *asf_header_find_obstacle (int fd);

G_END_DECLS
