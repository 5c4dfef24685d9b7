/* A guest's side of the ABI, version 1: see ../../ABI.md. Include it in one file of a guest. */
#ifndef AINGLE_H
#define AINGLE_H

#include <stdint.h>

#ifndef AINGLE_INBOX
#define AINGLE_INBOX 256 /* largest payload of a request, in bytes */
#endif
#ifndef AINGLE_HOST_REPLY
#define AINGLE_HOST_REPLY 64 /* largest reply of a host function, in bytes */
#endif

#define AINGLE_HEADER 12
#define AINGLE_EXPECTS_RESPONSE 0x04
#define AINGLE_LOCAL 0x10
#define AINGLE_ERROR (UINT64_C(1) << 63)

#define AINGLE_EXPORT(name) __attribute__((export_name(#name)))
#define AINGLE_IMPORT(name) __attribute__((import_module("env"), import_name(#name)))

static uint8_t aingle_inbox[AINGLE_HEADER + AINGLE_INBOX] __attribute__((aligned(8)));
static uint8_t aingle_host_reply[AINGLE_HOST_REPLY] __attribute__((aligned(8)));

extern uint8_t __heap_end; /* the linker's: the end of memory */

struct aingle_abi {
    uint8_t magic[4];
    uint32_t version;
    const void *inbox;
    uint32_t inbox_len;
    const void *host_reply;
    uint32_t host_reply_len;
    uint32_t depth;     /* frames of calls that this guest was built for */
    const void *memory; /* bytes of memory that it was built for */
};

/* Exported as a global by the linker: --export=__aingle_abi. */
const struct aingle_abi __aingle_abi __attribute__((used, visibility("default"))) = {
    .magic = {'A', 'I', 'G', 'L'},
    .version = 1,
    .inbox = aingle_inbox,
    .inbox_len = sizeof aingle_inbox,
    .host_reply = aingle_host_reply,
    .host_reply_len = sizeof aingle_host_reply,
    .depth = 16,
    .memory = &__heap_end,
};

/* Bytes that are lent, not owned. */
struct aingle_bytes {
    const uint8_t *ptr;
    uint32_t len;
};

struct aingle_request {
    int valid;            /* 0: not an envelope that this guest understands */
    int expects_response; /* 0: the entry returns 0, whatever it did */
    struct aingle_bytes payload;
};

/* Reads the request that an entry was called with. */
static inline struct aingle_request aingle_read(uint32_t ptr, uint32_t len)
{
    struct aingle_request request = {1, 1, {0, 0}};
    const uint8_t *head = (const uint8_t *)ptr;
    if (len == 0)
        return request; /* (0, 0): an empty request */
    request.valid = 0;
    if (len < AINGLE_HEADER || head[0] != 0x49 || head[1] != 0x41 || head[2] != 2)
        return request;
    if ((head[3] & ~AINGLE_EXPECTS_RESPONSE) != AINGLE_LOCAL)
        return request;
    uint32_t payload = head[4] | head[5] << 8 | head[6] << 16 | (uint32_t)head[7] << 24;
    if (payload != len - AINGLE_HEADER)
        return request;
    request.valid = 1;
    request.expects_response = (head[3] & AINGLE_EXPECTS_RESPONSE) != 0;
    request.payload.ptr = head + AINGLE_HEADER;
    request.payload.len = payload;
    return request;
}

/* Answers; the bytes must stay as they are until the next request. */
static inline uint64_t aingle_ok(const void *ptr, uint32_t len)
{
    return len == 0 ? 0 : (uint64_t)(uint32_t)ptr << 32 | len;
}

/* Answers with an error, in words. */
static inline uint64_t aingle_err(const void *ptr, uint32_t len)
{
    return aingle_ok(ptr, len) | AINGLE_ERROR;
}

/* A literal and its length: aingle_err(AINGLE_TEXT("no name")). */
#define AINGLE_TEXT(literal) (literal), (sizeof(literal) - 1)

#endif
