// Short loops over small arrays of integers: reversals of prefixes, permutation after permutation.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 10, ROUNDS = 4 };

// The checksum over all permutations, and the most flips above it.
static int64_t fannkuch(void) {
    int32_t *permutation = calloc(SIZE, sizeof(int32_t));
    int32_t *flipped = calloc(SIZE, sizeof(int32_t));
    int32_t *count = calloc(SIZE, sizeof(int32_t));
    for (int32_t i = 0; i < SIZE; i++) permutation[i] = i;

    int32_t checksum = 0, most = 0, number = 0, depth = SIZE;
    for (;;) {
        while (depth != 1) {
            count[depth - 1] = depth;
            depth--;
        }

        for (int32_t i = 0; i < SIZE; i++) flipped[i] = permutation[i];
        int32_t flips = 0;
        int32_t first = flipped[0];
        while (first != 0) {
            int32_t low = 0, high = first;
            while (low < high) {
                int32_t value = flipped[low];
                flipped[low] = flipped[high];
                flipped[high] = value;
                low++;
                high--;
            }
            flips++;
            first = flipped[0];
        }
        if (flips > most) most = flips;
        checksum += number % 2 == 0 ? flips : -flips;

        // The next permutation rotates a prefix, a longer one when the shorter are through.
        for (;;) {
            if (depth == SIZE) {
                free(permutation);
                free(flipped);
                free(count);
                return (int64_t)most * 10000000 + checksum;
            }
            int32_t front = permutation[0];
            for (int32_t i = 0; i < depth; i++) permutation[i] = permutation[i + 1];
            permutation[depth] = front;
            count[depth]--;
            if (count[depth] > 0) break;
            depth++;
        }
        number++;
    }
}

int main(void) {
    int64_t total = 0;
    for (int32_t round = 0; round < ROUNDS; round++) total += fannkuch();
    printf("%lld\n", (long long)total);
    return 0;
}
