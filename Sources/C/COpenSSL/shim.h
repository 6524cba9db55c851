#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <openssl/pem.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <stdint.h>
// A function-like macro, which Swift does not import.
static const uint64_t COPENSSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
// A macro of macros with casts, which Swift does not import.
static const unsigned long COPENSSL_XN_FLAG_RFC2253 = XN_FLAG_RFC2253;
