#define _GNU_SOURCE 1
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <unistd.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif

static int64_t nanoseconds(const struct statx_timestamp *t) { return t->tv_sec * 1000000000LL + t->tv_nsec; }

int clinux_status(int directory, const char *path, struct clinux_status *out) {
    struct statx s;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
    if (statx(directory, path, flags, STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &s) != 0) return -errno;
    memset(out, 0, sizeof *out);
    out->mode = s.stx_mode;
    out->device = makedev(s.stx_dev_major, s.stx_dev_minor);
    out->inode = s.stx_ino;
    out->size = (int64_t)s.stx_size;
    out->modified = nanoseconds(&s.stx_mtime);
    out->changed = nanoseconds(&s.stx_ctime);
    out->has_born = (s.stx_mask & STATX_BTIME) != 0;
    out->born = nanoseconds(&s.stx_btime);
    out->has_mount = (s.stx_mask & STATX_MNT_ID) != 0;
    out->mount = s.stx_mnt_id;
    return 0;
}

int clinux_file_system(int descriptor, int64_t *magic) {
    struct statfs s;
    if (fstatfs(descriptor, &s) != 0) return -errno;
    // The kernel's type is signed on some architectures; magic numbers are 32 bits wide.
    *magic = (int64_t)(uint32_t)s.f_type;
    return 0;
}

static int flags_of(enum clinux_open how) {
    const int always = O_CLOEXEC | O_NOCTTY;
    switch (how) {
    case CLINUX_OPEN_READ: return always | O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
    case CLINUX_OPEN_DIRECTORY: return always | O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_DIRECTORY;
    case CLINUX_OPEN_PLACE: return O_CLOEXEC | O_PATH | O_NOFOLLOW;
    case CLINUX_OPEN_READ_FOLLOW: return always | O_RDONLY | O_NONBLOCK;
    case CLINUX_OPEN_PLACE_FOLLOW: return O_CLOEXEC | O_PATH;
    case CLINUX_OPEN_ROOT: return O_CLOEXEC | O_PATH | O_DIRECTORY;
    }
    return always | O_NOFOLLOW;
}

int clinux_open(int directory, const char *path, enum clinux_open how) {
    int fd;
    do fd = openat(directory, path, flags_of(how));
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

int clinux_open_beneath(int directory, const char *path, enum clinux_open how) {
    bool follow = how == CLINUX_OPEN_READ_FOLLOW || how == CLINUX_OPEN_PLACE_FOLLOW;
    struct open_how request = {
        .flags = (uint64_t)flags_of(how),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (follow ? 0 : RESOLVE_NO_SYMLINKS),
    };
    // EAGAIN: a rename or mount elsewhere while ".." of a link was resolved (openat2(2)); it says nothing about this path.
    for (int tries = 0;; tries++) {
        long fd = syscall(SYS_openat2, directory, path, &request, sizeof request);
        if (fd >= 0) return (int)fd;
        if (errno != EINTR && (errno != EAGAIN || tries >= 64)) return -errno;
    }
}

long clinux_read_link(int directory, const char *path, void *buffer, size_t size) {
    ssize_t n = readlinkat(directory, path, buffer, size);
    return n < 0 ? -errno : n;
}

long clinux_directory_entries(int descriptor, void *buffer, size_t size) {
    long n = syscall(SYS_getdents64, descriptor, buffer, size);
    return n < 0 ? -errno : n;
}

// struct linux_dirent64 of getdents64(2).
struct record {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    uint8_t name[];
};

bool clinux_entry_at(const void *record, size_t left, struct clinux_entry *out) {
    const size_t head = offsetof(struct record, name);
    struct record r;
    if (left < head) return false;
    memcpy(&r, record, head);
    if (r.length < head || r.length > left) return false;
    out->length = r.length;
    out->type = r.type;
    out->name = (const uint8_t *)record + head;
    out->name_length = (uint16_t)strnlen((const char *)out->name, r.length - head);
    return true;
}

int clinux_event_counter(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int clinux_boot_timer(void) {
    int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int clinux_set_timer(int timer, int64_t nanoseconds) {
    struct itimerspec due = {.it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &due, NULL) < 0 ? -errno : 0;
}

void clinux_name_thread(const char *name) {
    char text[16];  // pthread_setname_np(3): 15 characters
    strncpy(text, name, sizeof text - 1);
    text[sizeof text - 1] = 0;
    pthread_setname_np(pthread_self(), text);
}

int clinux_thread_create(void *(*body)(void *), void *argument, size_t stack) {
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, stack);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&thread, &attributes, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -failure;
}

int clinux_take_lease(int descriptor) {
    // The signal comes first: the default one, SIGIO, ends a process that does not expect it.
    if (fcntl(descriptor, F_SETSIG, SIGURG) != 0) return -errno;
    return fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0 ? 0 : -errno;
}

void clinux_release_lease(int descriptor) { fcntl(descriptor, F_SETLEASE, F_UNLCK); }

int clinux_peer(int socket, pid_t *process, uid_t *user, gid_t *group) {
    struct ucred who;
    socklen_t length = sizeof who;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) return -errno;
    *process = who.pid;
    *user = who.uid;
    *group = who.gid;
    return 0;
}

int clinux_accept(int socket) {
    int fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int clinux_send_descriptor(int socket, const void *address, size_t length, int descriptor) {
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {
        .msg_name = (void *)address,
        .msg_namelen = (socklen_t)length,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(part), &descriptor, sizeof(int));
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int clinux_sealed_memory(const char *name, const void *bytes, size_t count) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return -errno;
    int failure = 0;
    for (size_t done = 0; done < count && failure == 0;) {
        ssize_t n = write(fd, (const char *)bytes + done, count - done);
        if (n > 0) done += (size_t)n;
        else if (n == 0 || errno != EINTR) failure = n == 0 ? EIO : errno;
    }
    if (failure == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) failure = errno;
    if (failure == 0) return fd;
    close(fd);
    return -failure;
}
