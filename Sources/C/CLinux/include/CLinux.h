// Linux calls that the Glibc module does not offer. Each returns what the manual says, and -errno instead of -1: errno would not survive
// until Swift code reads it.
#ifndef CLINUX_H
#define CLINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct clinux_status {
    uint32_t mode;          // type and permissions
    uint64_t device;
    uint64_t inode;
    int64_t size;
    int64_t modified;       // nanoseconds since the epoch
    int64_t changed;
    int64_t born;           // valid if has_born
    uint64_t mount;         // valid if has_mount
    bool has_born;
    bool has_mount;
};

// Looks at `path` relative to `directory`, never through a last symbolic link; with an empty path at the descriptor itself.
int clinux_status(int directory, const char *path, struct clinux_status *out);
// The magic number of statfs(2).
int clinux_file_system(int descriptor, int64_t *magic);

// What to open. Every descriptor is close-on-exec and no terminal becomes the controlling one.
enum clinux_open {
    CLINUX_OPEN_READ,           // for reading, without waiting (a fifo), not through a last symbolic link
    CLINUX_OPEN_DIRECTORY,      // a directory for listing, not through a last symbolic link
    CLINUX_OPEN_PLACE,          // O_PATH, of a last symbolic link the link itself
    CLINUX_OPEN_READ_FOLLOW,    // for reading, through a last symbolic link
    CLINUX_OPEN_PLACE_FOLLOW,   // O_PATH, through a last symbolic link
    CLINUX_OPEN_ROOT,           // O_PATH of a directory, through a last symbolic link
};
int clinux_open(int directory, const char *path, enum clinux_open how);
// The same by openat2(2): never outside `directory`, and without any symbolic link unless `how` follows.
int clinux_open_beneath(int directory, const char *path, enum clinux_open how);
long clinux_read_link(int directory, const char *path, void *buffer, size_t size);
long clinux_directory_entries(int descriptor, void *buffer, size_t size);

struct clinux_entry {
    uint16_t length;            // of the whole record
    uint8_t type;               // DT_*
    const uint8_t *name;
    uint16_t name_length;
};
// Reads the record at `record`, of which `left` bytes may be read; false where it is cut off.
bool clinux_entry_at(const void *record, size_t left, struct clinux_entry *out);

int clinux_event_counter(void);             // eventfd(2), non-blocking
int clinux_boot_timer(void);                // timerfd_create(2) on CLOCK_BOOTTIME, blocking
/* Due at `nanoseconds` of CLOCK_BOOTTIME, at once if that is past; 0: never. Replaces what was set. */
int clinux_set_timer(int timer, int64_t nanoseconds);
void clinux_name_thread(const char *name);
int clinux_thread_create(void *(*body)(void *), void *argument, size_t stack);  // detached, every signal blocked

// Takes a read lease: 0 when it was granted. Breaking it signals SIGURG, which is ignored by default.
int clinux_take_lease(int descriptor);
void clinux_release_lease(int descriptor);

int clinux_peer(int socket, pid_t *process, uid_t *user, gid_t *group);
int clinux_accept(int socket);
int clinux_send_descriptor(int socket, const void *address, size_t length, int descriptor);
int clinux_sealed_memory(const char *name, const void *bytes, size_t count);

#endif
