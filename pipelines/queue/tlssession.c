/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tlssession.h"
#include "../translation.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#define OLD_VERSIONS "-VERS-TLS1.0:-VERS-TLS1.1"

struct _TlsSession {
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;
  gnutls_typed_vdata_st expected[2]; /* of the certificate of the other side */
};

static gboolean
refuse (GError **error, const char *what, const char *why)
{
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_UNTRUSTED, "%s: %s", what, why);
  return FALSE;
}

/* ---- certificates ---- */

static gboolean
trust (TlsSession *self, const QueueAddress *address, GError **error)
{
  const char *file = address->authorities;
  const int n =
      file ? gnutls_certificate_set_x509_trust_file (self->credentials, file, GNUTLS_X509_FMT_PEM)
           : gnutls_certificate_set_x509_system_trust (self->credentials);
  if (n > 0)
    return TRUE;
  if (file)
    return refuse (error, file, _ ("certificates of authorities are expected (GENRE_QUEUE_CA)"));
  return refuse (error, address->shown,
                 _ ("this machine trusts no authority; GENRE_QUEUE_CA names a file of them"));
}

static gboolean
show_ourselves (TlsSession *self, const QueueAddress *address, GError **error)
{
  const char *file = address->certificate;
  return !file ||
         gnutls_certificate_set_x509_key_file (self->credentials, file, file,
                                               GNUTLS_X509_FMT_PEM) == GNUTLS_E_SUCCESS ||
         refuse (error, file,
                 _ ("a certificate and its key are expected (GENRE_QUEUE_CERTIFICATE)"));
}

static gboolean
is_text (gnutls_datum_t *text, int status)
{
  return status == GNUTLS_E_SUCCESS && text->data;
}

/* Why the certificate of the other side is not trusted. */
static gboolean
refuse_certificate (TlsSession *self, const QueueAddress *address, GError **error)
{
  gnutls_datum_t text = {NULL, 0};
  const unsigned status = gnutls_session_get_verify_cert_status (self->session);
  const int printed =
      gnutls_certificate_verification_status_print (status, GNUTLS_CRT_X509, &text, 0);
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_UNTRUSTED,
               _ ("%s: the certificate of Redis is refused: %s"), address->shown,
               is_text (&text, printed) ? g_strchomp ((char *)text.data) : "?");
  gnutls_free (text.data);
  return FALSE;
}

/* ---- what goes wrong later ---- */

static gboolean
lose (TlsSession *self, int code, GError **error)
{
  const char *fault = gnutls_strerror (code);
  if (code == GNUTLS_E_AGAIN || code == GNUTLS_E_TIMEDOUT)
    fault = _ ("no reply in time");
  else if (code == 0 || code == GNUTLS_E_PREMATURE_TERMINATION)
    fault = _ ("the connection broke");
  else if (code == GNUTLS_E_FATAL_ALERT_RECEIVED) /* such as "Certificate is required" */
    fault = gnutls_alert_get_name (gnutls_alert_get (self->session));
  g_set_error (error, QUEUE_ERROR, QUEUE_ERROR_LOST, "TLS: %s", fault ? fault : "?");
  return FALSE;
}

/* ---- the session ---- */

/* A certificate of this host's, and one for servers, if it says what it is for. */
static void
expect (TlsSession *self, const QueueAddress *address)
{
  self->expected[0] = (gnutls_typed_vdata_st){.type = GNUTLS_DT_DNS_HOSTNAME, /* or its number */
                                              .data = (unsigned char *)address->host};
  self->expected[1] = (gnutls_typed_vdata_st){.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                              .data = (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER};
  gnutls_session_set_verify_cert2 (self->session, self->expected, G_N_ELEMENTS (self->expected), 0);
}

static gboolean
prepare (TlsSession *self, const QueueAddress *address, int fd, int patience)
{
  const gnutls_session_t session = self->session;
  if (gnutls_set_default_priority_append (session, OLD_VERSIONS, NULL, 0) != GNUTLS_E_SUCCESS ||
      gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, self->credentials) != 0)
    return FALSE;
  expect (self, address);
  gnutls_transport_set_int (session, fd);
  gnutls_handshake_set_timeout (session, (unsigned)patience * 1000);
  gnutls_record_set_timeout (session, (unsigned)patience * 1000);
  return g_hostname_is_ip_address (address->host) ||
         gnutls_server_name_set (session, GNUTLS_NAME_DNS, address->host, strlen (address->host)) ==
             GNUTLS_E_SUCCESS;
}

static gboolean
shake_hands (TlsSession *self, const QueueAddress *address, GError **error)
{
  int code;
  do {
    code = gnutls_handshake (self->session);
  } while (code == GNUTLS_E_INTERRUPTED || code == GNUTLS_E_WARNING_ALERT_RECEIVED);
  if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
    return refuse_certificate (self, address, error);
  return code == GNUTLS_E_SUCCESS || lose (self, code, error);
}

TlsSession *
tls_session_new (const QueueAddress *address, int fd, int patience, GError **error)
{
  g_autoptr (TlsSession) self = g_new0 (TlsSession, 1);
  if (gnutls_certificate_allocate_credentials (&self->credentials) != GNUTLS_E_SUCCESS ||
      gnutls_init (&self->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL) != GNUTLS_E_SUCCESS ||
      !prepare (self, address, fd, patience)) {
    refuse (error, address->shown, _ ("TLS cannot be had here"));
    return NULL;
  }
  if (!trust (self, address, error) || !show_ourselves (self, address, error) ||
      !shake_hands (self, address, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
tls_session_free (TlsSession *self)
{
  if (!self)
    return;
  if (self->session)
    gnutls_deinit (self->session);
  if (self->credentials)
    gnutls_certificate_free_credentials (self->credentials);
  g_free (self);
}

gboolean
tls_session_write (TlsSession *self, const char *bytes, gsize n, GError **error)
{
  while (n > 0) {
    const gssize written = gnutls_record_send (self->session, bytes, n);
    if (written == GNUTLS_E_INTERRUPTED)
      continue;
    if (written <= 0)
      return lose (self, (int)written, error);
    bytes += written;
    n -= (gsize)written;
  }
  return TRUE;
}

gsize
tls_session_read (TlsSession *self, char *bytes, gsize room, GError **error)
{
  gssize n;
  do {
    n = gnutls_record_recv (self->session, bytes, room);
  } while (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_WARNING_ALERT_RECEIVED ||
           n == GNUTLS_E_AGAIN); /* what came was TLS's own, such as a ticket */
  if (n > 0)
    return (gsize)n;
  lose (self, (int)n, error);
  return 0;
}
