/* SPDX-License-Identifier: Apache-2.0 */
/* logwash: finds personal data and secrets in log records and replaces them.
 *
 * An engine (`struct logwash`) is built once from rule packs, configuration and keys, is immutable
 * and shared by threads. A scratch holds what one thread needs while it works. Records go in as
 * ranges of one run of bytes; out comes one run of bytes in which only edits differ, and a verdict
 * for each record.
 *
 *     struct logwash *lw;
 *     logwash_load(&(struct logwash_options){.run_key = key}, &lw, &err);
 *     struct logwash_scratch *scratch = logwash_scratch_new(lw);
 *     struct logwash_output out = {0};
 *     logwash_wash(lw, scratch, line, line_len, &out);     // out.data[0 .. out.len)
 *
 * The library has no I/O, threads, clock, globals or environment; the caller hands over bytes, keys
 * and the time. It fails closed: bytes that could not be scanned do not leave; the record becomes
 * `[WITHHELD:reason]`.
 *
 * Threads: an engine may be used by any number of threads at once; a scratch and an output by one
 * at a time. */
#ifndef LOGWASH_H
#define LOGWASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LOGWASH_API __attribute__((visibility("default")))
#define LOGWASH_USE __attribute__((warn_unused_result))

/* ---- errors ---- */

/* X(code, name, text, disposition) */
#define LOGWASH_STATUS_LIST(X)                                                                     \
    X(0, OK, "ok", NONE)                                                                           \
    X(1, ARGUMENT, "wrong argument", FATAL)                                                        \
    X(2, CONFIG, "wrong configuration", FATAL)                                                     \
    X(3, MEMORY, "out of memory", RETRY)                                                           \
    X(4, IO, "input or output failed", RETRY)                                                      \
    X(5, AGAIN, "nothing there yet", RETRY)                                                        \
    X(6, END, "end of input", NONE)                                                                \
    X(7, ABORT, "the batch in work must be given up and read again", ABORT)                        \
    X(8, FATAL, "cannot go on", FATAL)                                                             \
    X(9, CLOSED, "the reader of the output has gone", FATAL)

#define LOGWASH_ENUM(code, name, text, disposition) LOGWASH_##name = code,
enum logwash_status { LOGWASH_STATUS_LIST(LOGWASH_ENUM) };
#undef LOGWASH_ENUM

/* What the caller can do about a status. */
enum logwash_disposition {
    LOGWASH_DISPOSITION_NONE,
    LOGWASH_DISPOSITION_RETRY, /* the same call may succeed later */
    LOGWASH_DISPOSITION_ABORT, /* give up the open batch or transaction, then go on */
    LOGWASH_DISPOSITION_FATAL, /* stop */
};

/* Owned by the caller, filled without allocation; NULL is allowed wherever one is taken. Holds no
 * record bytes. */
struct logwash_error {
    enum logwash_status status;
    int os_errno;      /* 0: none */
    uint64_t off;      /* byte offset in `where`, where that means something */
    char where[128];   /* file, topic or option concerned; may be empty */
    char message[384]; /* one line */
};

LOGWASH_API const char *logwash_status_text(enum logwash_status status);
LOGWASH_API enum logwash_disposition logwash_status_disposition(enum logwash_status status);

/* ---- engine ---- */

struct logwash;

/* A named text: a rule pack, a configuration, a key ring. The bytes must live until logwash_load
 * returns. */
struct logwash_source {
    const char *name; /* as messages show it */
    const void *data;
    size_t len;
};

enum logwash_format {
    LOGWASH_FORMAT_AUTO,
    LOGWASH_FORMAT_TEXT,
    LOGWASH_FORMAT_JSON,
    LOGWASH_FORMAT_LOGFMT,
    LOGWASH_FORMAT_MSGPACK, /* never guessed; what is none is withheld */
};

struct logwash_limits {    /* 0: the default */
    uint32_t record_bytes; /* a longer record is withheld; 1 MiB */
    uint32_t depth;        /* nesting of a record; deeper JSON is washed as text, deeper MessagePack
                              withheld; 64 */
    uint32_t fields;       /* of a MessagePack record; more: withheld; 100,000 */
    uint32_t edits;        /* of one record; more: withheld; 10,000 */
    uint32_t
        work_per_byte; /* units of matching work a record byte allows (docs/architecture.md); 256 */
};

struct logwash_options { /* all zero: bundled packs, default profiles; only run_key is then needed
                          */
    const struct logwash_source *packs; /* further packs */
    size_t n_packs;
    bool without_bundled_packs;
    const struct logwash_source
        *config;          /* YAML; the keys `rules`, `retention` and `limits` are read here */
    const char *input;    /* the topic of `inputs:` whose own `rules` apply; NULL: none */
    const char *profiles; /* "request,build"; NULL: both */
    const struct logwash_source *keyring; /* docs/formats.md; NULL: run_key */
    const struct logwash_source *values; /* exact secrets, one a line, >= 6 bytes: redacted wherever
                                            they stand (rule values.exact); NULL: none */
    const uint8_t *run_key; /* 32 random bytes for the pseudonyms of this run; NULL with no ring: an
                               error if an action needs one */
    unsigned token_length;  /* base32 characters of a pseudonym, 8 to 52; 0: 26, with a run key 8 */
    enum logwash_format format;
    bool redact_all;              /* every edit is a redaction */
    bool without_prefilter;       /* every rule is tried at every offset: for tests, very slow */
    bool portable;                /* no CPU-specific kernels: for tests */
    struct logwash_limits limits; /* override those of the configuration */
    int64_t now_sec;              /* Unix time; epoch of records without a timestamp */
    void (*report)(
        void *ctx,
        const char *text); /* gets all diagnostics of a bad configuration, as one text of lines */
    void *report_ctx;
};

/* Builds an engine. CONFIG: every problem was reported, err->message counts them. MEMORY. */
LOGWASH_API LOGWASH_USE enum logwash_status logwash_load(const struct logwash_options *options,
                                                         struct logwash **out,
                                                         struct logwash_error *err);
LOGWASH_API struct logwash *logwash_ref(struct logwash *lw);
/* Gives back one reference; the last one frees. NULL is allowed. */
LOGWASH_API void logwash_free(struct logwash *lw);
/* 16 hex digits: a hash of everything that decides about the output, keys' ids included, key bytes
 * not. */
LOGWASH_API const char *logwash_generation(const struct logwash *lw);
LOGWASH_API size_t logwash_rule_count(const struct logwash *lw);

/* Data classes are numbered from 0; the numbers hold for one version of the library. */
enum { LOGWASH_MAX_CLASSES = 128 };
LOGWASH_API size_t logwash_class_count(void);
LOGWASH_API const char *logwash_class_name(size_t class_number);

/* ---- records ---- */

enum logwash_framing {
    LOGWASH_FRAMING_LINE,    /* records end in LF; a CR before it stays outside the view */
    LOGWASH_FRAMING_NUL,     /* records end in NUL */
    LOGWASH_FRAMING_MSGPACK, /* MessagePack objects, one behind the other */
    LOGWASH_FRAMING_MESSAGE, /* the caller knows the borders */
};

/* One record: a range of the batch's bytes, without its terminator. */
struct logwash_record {
    uint32_t off, len;
    const char *name; /* a name the bytes are the value of (a header's name); NULL: none */
    uint32_t name_len;
    bool is_beside;  /* stands beside the value in another form (a key, a header): text or JSON,
                        whatever the engine's format */
    int64_t time_ms; /* Unix time, chooses the key epoch; INT64_MIN: the engine's now_sec */
};

/* Splits `data` into records. Returns how many were written to `records` (at most `cap`); *used:
 * the bytes they take with their terminators. An unfinished last record counts when `at_end`; what
 * is no MessagePack object counts, to the end of the data, as an unfinished one. */
LOGWASH_API size_t logwash_frame(enum logwash_framing framing, const void *data, size_t len,
                                 bool at_end, struct logwash_record *records, size_t cap,
                                 size_t *used);

struct logwash_batch {
    const void
        *data;  /* records and what stands between them (terminators), which is copied as it is */
    size_t len; /* below 4 GiB */
    const struct logwash_record *records; /* ascending, not overlapping */
    size_t n;
    enum logwash_framing framing; /* MESSAGE: each record is alone, blocks do not cross records */
    /* The records before the batch, with terminators, so that blocks of several lines (PEM keys)
     * are seen across the border: whole records, the last LOGWASH_TAIL_RECORDS of at most
     * LOGWASH_TAIL_BYTES. Not washed. */
    const void *tail;
    size_t tail_len;
};
enum { LOGWASH_TAIL_RECORDS = 512, LOGWASH_TAIL_BYTES = 65536 };

enum logwash_outcome {
    LOGWASH_CLEAN,    /* nothing found, bytes as they were */
    LOGWASH_CHANGED,  /* edits were made */
    LOGWASH_WITHHELD, /* the record's bytes are replaced by `[WITHHELD:reason]` */
    LOGWASH_DROPPED,  /* the record leaves without a trace (`drop: record`), its terminator too */
};

struct logwash_verdict {
    enum logwash_outcome outcome;
    const char *reason;            /* WITHHELD: the limit's name, static text; else NULL */
    bool malformed;                /* looked like JSON and was none; washed as text; advisory */
    uint32_t hits, edits, allowed; /* `allowed`: found, but no finding by the configuration */
    uint64_t classes[2];           /* bit c: class c was found */
    uint64_t remaining[2]; /* bit c: something of it is still there (kept, masked, pseudonymised) */
    uint8_t sensitivity;   /* highest of the found rules' sensitivities + 1, by `count` of the
                              retention; 0: none */
};

struct logwash_result {
    size_t off, len; /* the record in the output, without terminator; len 0 when dropped */
    struct logwash_verdict verdict;
};

/* Zero-initialised by the caller, reused from batch to batch, freed by logwash_output_fini. */
struct logwash_output {
    uint8_t *data;
    size_t len, cap;
    struct logwash_result *results; /* one a record */
    size_t n, results_cap;
    uint64_t
        class_hits[LOGWASH_MAX_CLASSES]; /* hits of this batch by class, `mode: observe` included */
};
LOGWASH_API void logwash_output_fini(struct logwash_output *out);

/* What one thread needs; bound to the engine it was made for, which must outlive it. NULL: out of
 * memory. */
struct logwash_scratch;
LOGWASH_API struct logwash_scratch *logwash_scratch_new(const struct logwash *lw);
LOGWASH_API void logwash_scratch_free(struct logwash_scratch *scratch);

/* Washes a batch: out->data holds the whole batch with its edits. MEMORY: nothing in `out` may be
 * used. */
LOGWASH_API LOGWASH_USE enum logwash_status logwash_wash_batch(const struct logwash *lw,
                                                               struct logwash_scratch *scratch,
                                                               const struct logwash_batch *batch,
                                                               struct logwash_output *out);
/* Washes one record of `len` bytes. */
LOGWASH_API LOGWASH_USE enum logwash_status logwash_wash(const struct logwash *lw,
                                                         struct logwash_scratch *scratch,
                                                         const void *record, size_t len,
                                                         struct logwash_output *out);

/* One thing found. */
struct logwash_finding {
    size_t record;          /* index in the batch, from 0 */
    size_t start, end;      /* bytes of the raw record */
    const char *rule;       /* id; of a withheld record "withheld" */
    const char *class_name; /* of a withheld record its reason */
    const char *action;
};
/* Reports what washing would find; changes nothing. The callback returns false to stop. */
LOGWASH_API LOGWASH_USE enum logwash_status
logwash_scan(const struct logwash *lw, struct logwash_scratch *scratch,
             const struct logwash_batch *batch,
             bool (*found)(void *ctx, const struct logwash_finding *finding), void *ctx);

/* Seconds a record may be kept, by the engine's `retention` (tier by name; NULL or unknown: the
 * default tier) and what the verdict says it holds; -1: no retention configured. */
LOGWASH_API int64_t logwash_ttl_sec(const struct logwash *lw, const struct logwash_verdict *verdict,
                                    const char *tier, size_t tier_len);

#ifdef __cplusplus
}
#endif
#endif
