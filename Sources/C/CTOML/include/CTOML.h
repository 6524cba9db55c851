#ifndef CTOML_H
#define CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a visit reports. The root table is opened first and closed last; every table and array is opened and closed around its members.
enum ctoml_kind {
    CTOML_TABLE_BEGIN,
    CTOML_TABLE_END,
    CTOML_ARRAY_BEGIN,
    CTOML_ARRAY_END,
    CTOML_STRING,
    CTOML_INTEGER,
    CTOML_FLOAT,
    CTOML_BOOLEAN,
    /// A date, a time, or both; `text` is its RFC 3339 form.
    CTOML_DATE_TIME
};

/// One step through a document. Lines and columns count from 1; a column is a code point. The pointers are valid during the visit only, and not terminated.
struct ctoml_node {
    enum ctoml_kind kind;
    /// UTF-8; null for the root and for members of arrays.
    const char *key;
    size_t key_length;
    uint32_t key_line, key_column;
    /// Where the value begins; for a table opened by a header, where the header does.
    uint32_t line, column;
    /// UTF-8, for CTOML_STRING and CTOML_DATE_TIME; a string may hold NUL.
    const char *text;
    size_t text_length;
    int64_t integer;
    double floating;
    bool boolean;
};

/// Why a text is no TOML. A line of 0 means that no place is known. The message is UTF-8 and terminated.
struct ctoml_error {
    uint32_t line, column;
    char message[240];
};

/// Values nested deeper than this, and keys of more parts, are errors: the depth of the calls is bounded.
enum { ctoml_max_nested_values = 16, ctoml_max_key_parts = 16 };
/// A longer text is an error.
enum { ctoml_max_length = 1 << 20 };

typedef void (*ctoml_visit)(void *context, const struct ctoml_node *node);

/// Parses UTF-8 TOML 1.0. On success visits the whole document, each table's keys in the order of the text, and returns true; else fills `error`, visits nothing, and
/// returns false. Keeps no state and lets no exception out. `visit` must not unwind.
bool ctoml_parse(const char *text, size_t length, void *context, ctoml_visit visit, struct ctoml_error *error);

#ifdef __cplusplus
}
#endif

#endif
