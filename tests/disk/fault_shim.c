// Stands between a program and its disk (LD_PRELOAD): while the file that DESKBELL_TEST_FAULTS names says so, calls on
// matching files fail. A line of it: CALL ERRNO SUFFIX, for example "flush 5 -wal" or "write 30 deskbell.db-wal".
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

// The errno to fail with, or 0.
static int fault_of(const char* call, int file) {
    const char* list = getenv("DESKBELL_TEST_FAULTS");
    FILE* faults = list ? fopen(list, "re") : NULL;
    if (!faults) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    char word[32], suffix[256];
    int code = 0, found = 0;
    while (length > 0 && !found && fscanf(faults, "%31s %d %255s", word, &code, suffix) == 3) {
        path[length] = 0;
        const size_t tail = strlen(suffix);
        if (strcmp(word, call) == 0 && (size_t)length >= tail && strcmp(path + length - tail, suffix) == 0) found = code;
    }
    fclose(faults);
    return found;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL_IF(call, file)                  \
    do {                                     \
        const int code = fault_of(call, file); \
        if (code) {                          \
            errno = code;                    \
            return -1;                       \
        }                                    \
    } while (0)

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
    FAIL_IF("write", file);
    return REAL(pwrite64)(file, bytes, size, at);
}
ssize_t pread64(int file, void* bytes, size_t size, off64_t at) {
    FAIL_IF("read", file);
    return REAL(pread64)(file, bytes, size, at);
}
int ftruncate64(int file, off64_t size) {
    FAIL_IF("write", file);
    return REAL(ftruncate64)(file, size);
}
int fdatasync(int file) {
    FAIL_IF("flush", file);
    return REAL(fdatasync)(file);
}
int fsync(int file) {
    FAIL_IF("flush", file);
    return REAL(fsync)(file);
}
