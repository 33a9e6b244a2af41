// Arithmetic on floats in registers, with a data-dependent end.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { SIZE = 1000, LIMIT = 800 };

static bool inside_set(double re, double im) {
    double x = 0.0, y = 0.0;
    for (int32_t turn = 0; turn < LIMIT; turn++) {
        double xx = x * x;
        double yy = y * y;
        if (xx + yy > 4.0) return false;
        y = 2.0 * x * y + im;
        x = xx - yy + re;
    }
    return true;
}

int main(void) {
    int32_t inside = 0;
    uint32_t checksum = 0;
    for (int32_t row = 0; row < SIZE; row++) {
        double im = 2.0 * (double)row / (double)SIZE - 1.0;
        for (int32_t column = 0; column < SIZE; column++) {
            double re = 2.0 * (double)column / (double)SIZE - 1.5;
            if (inside_set(re, im)) {
                inside++;
                checksum = checksum * 31u + (uint32_t)column;
            }
        }
    }
    printf("%d %d\n", inside, (int32_t)checksum);
    return 0;
}
