// libcurl's variadic calls, one function for each kind of value: Swift does not import variadic C functions.
#ifndef CCURLSHIM_H
#define CCURLSHIM_H

#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <pthread.h>

typedef size_t (*curlshim_io)(char *bytes, size_t size, size_t count, void *context);
typedef int (*curlshim_progress)(void *context, curl_off_t download_total, curl_off_t downloaded, curl_off_t upload_total, curl_off_t uploaded);
typedef int (*curlshim_seek)(void *context, curl_off_t offset, int origin);
typedef int (*curlshim_prereq)(void *context, char *primary_ip, char *local_ip, int primary_port, int local_port);
typedef CURLcode (*curlshim_sslctx)(CURL *easy, void *ssl_ctx, void *context);

CURLcode curlshim_set_long(CURL *easy, CURLoption option, long value);
CURLcode curlshim_set_offset(CURL *easy, CURLoption option, curl_off_t value);
CURLcode curlshim_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode curlshim_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode curlshim_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count);
CURLcode curlshim_set_io(CURL *easy, CURLoption function_option, CURLoption data_option, curlshim_io function, void *context);
CURLcode curlshim_set_progress(CURL *easy, curlshim_progress function, void *context);
CURLcode curlshim_set_seek(CURL *easy, curlshim_seek function, void *context);
CURLcode curlshim_set_prereq(CURL *easy, curlshim_prereq function, void *context);
CURLcode curlshim_set_sslctx(CURL *easy, curlshim_sslctx function, void *context);

CURLcode curlshim_get_long(CURL *easy, CURLINFO info, long *value);
CURLcode curlshim_get_offset(CURL *easy, CURLINFO info, curl_off_t *value);

// The SSL object of the connection that a transfer is on, or NULL.
void *curlshim_get_ssl(CURL *easy);

CURLMcode curlshim_multi_set_long(CURLM *multi, CURLMoption option, long value);

// pthread_setname_np is a GNU call, which the Glibc module leaves out. At most 15 bytes.
int curlshim_name_thread(const char *name);

#endif
