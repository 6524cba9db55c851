// Linked into tests only: it stands before the C library's syscall(2) in every program that has it.
#define _GNU_SOURCE
#include "seeded_random.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

static _Thread_local bool seeded;
static _Thread_local uint64_t state;

void seeded_random_begin(uint64_t seed) {
    state = seed;
    seeded = true;
}

void seeded_random_end(void) { seeded = false; }

// SplitMix64: https://prng.di.unimi.it/splitmix64.c
static uint64_t next(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static long fill(unsigned char *bytes, size_t count) {
    for (size_t done = 0; done < count; done += 8) {
        uint64_t word = next();
        memcpy(bytes + done, &word, count - done < 8 ? count - done : 8);
    }
    return (long)count;
}

typedef long call(long, long, long, long, long, long, long);

long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a[6];
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    if (seeded && number == SYS_getrandom) return fill((unsigned char *)a[0], (size_t)a[1]);
    static _Atomic(call *) kernel;
    if (!kernel) kernel = (call *)dlsym(RTLD_NEXT, "syscall");
    return (*kernel)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
