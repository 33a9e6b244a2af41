// Nested loops over arrays of floats, with a division in the innermost one.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 2500 };

static double element(int32_t row, int32_t column) {
    int32_t diagonal = row + column;
    return 1.0 / (double)(diagonal * (diagonal + 1) / 2 + row + 1);
}

static void multiply(const double *vector, double *product) {
    for (int32_t row = 0; row < SIZE; row++) {
        double sum = 0.0;
        for (int32_t column = 0; column < SIZE; column++) sum += element(row, column) * vector[column];
        product[row] = sum;
    }
}

static void multiply_transposed(const double *vector, double *product) {
    for (int32_t row = 0; row < SIZE; row++) {
        double sum = 0.0;
        for (int32_t column = 0; column < SIZE; column++) sum += element(column, row) * vector[column];
        product[row] = sum;
    }
}

static void multiply_both(const double *vector, double *product, double *between) {
    multiply(vector, between);
    multiply_transposed(between, product);
}

// The square root, by Newton's method.
static double root_of(double value) {
    double root = value > 1.0 ? value : 1.0;
    for (;;) {
        double better = 0.5 * (root + value / root);
        if (better >= root) return root;
        root = better;
    }
}

int main(void) {
    double *u = malloc(SIZE * sizeof(double));
    double *v = malloc(SIZE * sizeof(double));
    double *between = malloc(SIZE * sizeof(double));
    for (int32_t i = 0; i < SIZE; i++) u[i] = 1.0;
    for (int32_t turn = 0; turn < 20; turn++) {
        multiply_both(u, v, between);
        multiply_both(v, u, between);
    }
    double uv = 0.0, vv = 0.0;
    for (int32_t i = 0; i < SIZE; i++) {
        uv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    printf("%lld\n", (long long)(root_of(uv / vv) * 1e12));
    return 0;
}
