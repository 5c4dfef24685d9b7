/* Greets whoever the request names, and notes it in the host's log. */
#include "aingle.h"

AINGLE_IMPORT(__aingle_log) uint64_t log_line(const void *ptr, uint32_t len);

static uint8_t reply[AINGLE_INBOX + 7];

AINGLE_EXPORT(greet) uint64_t greet(uint32_t ptr, uint32_t len)
{
    struct aingle_request request = aingle_read(ptr, len);
    if (!request.valid)
        return aingle_err(AINGLE_TEXT("not a request"));
    if (request.payload.len == 0)
        return request.expects_response ? aingle_err(AINGLE_TEXT("no name")) : 0;

    log_line(AINGLE_TEXT("\x03" "greeted")); /* level 3 is info */
    if (!request.expects_response)
        return 0;

    uint32_t at = 0;
    for (const char *hello = "Hello, "; *hello; hello++)
        reply[at++] = (uint8_t)*hello;
    for (uint32_t i = 0; i < request.payload.len && at < sizeof reply; i++)
        reply[at++] = request.payload.ptr[i];
    return aingle_ok(reply, at);
}
