#ifndef CLSYNCD_SEEDED_RANDOM_H
#define CLSYNCD_SEEDED_RANDOM_H

#include <stdint.h>

/// From now on what this thread asks of getrandom(2) through syscall(2), as Swift's generator does, follows from the seed. Other threads are not touched.
void seeded_random_begin(uint64_t seed);

/// The kernel answers this thread again.
void seeded_random_end(void);

#endif
