// Stores into an array at a stride, then a pass over it.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BOUND = 5000000, ROUNDS = 50 };

static int32_t count_primes(bool *composite) {
    for (int32_t i = 0; i < BOUND; i++) composite[i] = false;
    int32_t prime = 2;
    while (prime * prime < BOUND) {
        if (!composite[prime]) {
            int32_t multiple = prime * prime;
            while (multiple < BOUND) {
                composite[multiple] = true;
                multiple += prime;
            }
        }
        prime++;
    }
    int32_t count = 0;
    for (int32_t i = 2; i < BOUND; i++) {
        if (!composite[i]) count++;
    }
    return count;
}

int main(void) {
    bool *composite = calloc(BOUND, sizeof(bool));
    int64_t total = 0;
    for (int round = 0; round < ROUNDS; round++) total += count_primes(composite);
    printf("%lld\n", (long long)total);
    return 0;
}
