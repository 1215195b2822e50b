/* Preloaded into a process: makes the n-th call of one kind, of files in one folder, fail.
 *
 * nuem_inject(kind, n, error, folder, onwards) arms it and sets the counts to 0; n = 0: only count.
 * onwards: every call from the n-th on fails.  nuem_count(kind) tells how many calls there were.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN, READ, WRITE, FSYNC, RENAME, FLOCK, UNLINK, MKDIR, CLOSE, CHMOD, KINDS };

static int armed = -1, error, onwards;
static long at, counts[KINDS];
static char folder[PATH_MAX];

void nuem_inject(int kind, long n, int number, const char *where, int from_then_on)
{
    armed = kind; at = n; error = number; onwards = from_then_on;
    memset(counts, 0, sizeof counts);
    snprintf(folder, sizeof folder, "%s", where);
}

long nuem_count(int kind) { return counts[kind]; }

static int inside(const char *path)
{
    size_t length = strlen(folder);
    return armed >= 0 && path && length && !strncmp(path, folder, length)
        && (path[length] == '/' || !path[length]);
}

static int inside_open(int descriptor)
{
    char link[64], path[PATH_MAX];
    ssize_t length;
    if (armed < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return inside(path);
}

static int inside_at(int descriptor, const char *path)
{
    return path && (*path == '/' || descriptor == AT_FDCWD) ? inside(path) : inside_open(descriptor);
}

static int fails(int kind)
{
    long now = ++counts[kind];
    if (kind != armed || !at || (onwards ? now < at : now != at)) return 0;
    errno = error;
    return 1;
}

#define REAL(name)                                                                                \
    static __typeof__(&name) real;                                                                \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* A function of given parameters that fails with -1 for files that are inside. */
#define FAILING(type, name, kind, here, parameters, ...)                                          \
    type name parameters                                                                          \
    {                                                                                             \
        REAL(name);                                                                               \
        return here && fails(kind) ? -1 : real(__VA_ARGS__);                                      \
    }

#define MODE(flags)                                                                               \
    mode_t mode = 0;                                                                              \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                        \
        va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest);           \
    }

#define OPENER(name)                                                                              \
    int name(const char *path, int flags, ...)                                                    \
    {                                                                                             \
        REAL(name);                                                                               \
        MODE(flags)                                                                               \
        return inside(path) && fails(OPEN) ? -1 : real(path, flags, mode);                        \
    }
OPENER(open)
OPENER(open64)

#define OPENER_AT(name)                                                                           \
    int name(int fd, const char *path, int flags, ...)                                            \
    {                                                                                             \
        REAL(name);                                                                               \
        MODE(flags)                                                                               \
        return inside_at(fd, path) && fails(OPEN) ? -1 : real(fd, path, flags, mode);             \
    }
OPENER_AT(openat)
OPENER_AT(openat64)

DIR *opendir(const char *path)
{
    REAL(opendir);
    return inside(path) && fails(OPEN) ? NULL : real(path);
}

FAILING(ssize_t, read, READ, inside_open(fd), (int fd, void *to, size_t n), fd, to, n)
FAILING(ssize_t, pread, READ, inside_open(fd), (int fd, void *to, size_t n, off_t o), fd, to, n, o)
FAILING(ssize_t, pread64, READ, inside_open(fd), (int fd, void *to, size_t n, off64_t o), fd, to, n, o)
FAILING(ssize_t, write, WRITE, inside_open(fd), (int fd, const void *b, size_t n), fd, b, n)
FAILING(ssize_t, pwrite, WRITE, inside_open(fd), (int fd, const void *b, size_t n, off_t o), fd, b, n, o)
FAILING(ssize_t, pwrite64, WRITE, inside_open(fd), (int fd, const void *b, size_t n, off64_t o), fd, b, n, o)
FAILING(ssize_t, writev, WRITE, inside_open(fd), (int fd, const struct iovec *b, int n), fd, b, n)
FAILING(int, fsync, FSYNC, inside_open(fd), (int fd), fd)
FAILING(int, fdatasync, FSYNC, inside_open(fd), (int fd), fd)
FAILING(int, rename, RENAME, inside(to), (const char *from, const char *to), from, to)
FAILING(int, renameat, RENAME, inside_at(d, to), (int c, const char *from, int d, const char *to), c, from, d, to)
FAILING(int, flock, FLOCK, inside_open(fd), (int fd, int operation), fd, operation)
FAILING(int, unlink, UNLINK, inside(path), (const char *path), path)
FAILING(int, unlinkat, UNLINK, inside_at(fd, path), (int fd, const char *path, int flags), fd, path, flags)
FAILING(int, rmdir, UNLINK, inside(path), (const char *path), path)
FAILING(int, mkdir, MKDIR, inside(path), (const char *path, mode_t mode), path, mode)
FAILING(int, mkdirat, MKDIR, inside_at(fd, path), (int fd, const char *path, mode_t mode), fd, path, mode)
FAILING(int, chmod, CHMOD, inside(path), (const char *path, mode_t mode), path, mode)
FAILING(int, fchmod, CHMOD, inside_open(fd), (int fd, mode_t mode), fd, mode)
FAILING(int, fchmodat, CHMOD, inside_at(fd, path), (int fd, const char *path, mode_t mode, int flags), fd, path, mode, flags)

/* It is closed, as Linux does, and what could not be written is told. */
int close(int fd)
{
    REAL(close);
    int failing = inside_open(fd) && fails(CLOSE);
    int found = real(fd);
    if (!failing) return found;
    errno = error;
    return -1;
}
