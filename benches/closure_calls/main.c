#include <stdint.h>
#include <stdio.h>

typedef struct Closure { int64_t (*code)(struct Closure *, int64_t); int64_t *captured; } Closure;

static int64_t add(Closure *self, int64_t x) { return x + *self->captured; }
static int64_t count(Closure *self, int64_t x) { return x ^ ++*self->captured; }

__attribute__((noinline)) static int64_t repeat(int64_t times, Closure *f) {
    int64_t sum = 0;
    for (int64_t i = 0; i < times; i++) sum = f->code(f, sum + i);
    return sum;
}

int main(int argc, char **argv) {
    (void)argv;
    int64_t by = argc - 1 + 3, calls = 0;
    Closure closures[2] = {{add, &by}, {count, &calls}};
    if (by <= 1) closures[0] = (Closure){count, &calls}, closures[1] = (Closure){add, &by};
    int64_t sum = repeat(50000000, &closures[0]);
    sum += repeat(50000000, &closures[1]);
    printf("%lld\n%lld\n", (long long)sum, (long long)calls);
    return 0;
}
