// Ten million objects that die at once, each kept only until the next few are made.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct { int64_t x, y; } Point;

static Point *make(int64_t x, int64_t y) {
    Point *point = malloc(sizeof(Point));
    point->x = x;
    point->y = y;
    return point;
}

int main(void) {
    Point *recent[16];
    for (int64_t i = 0; i < 16; i++) recent[i] = make(i, i);
    int64_t sum = 0;
    for (int64_t step = 0; step < 10000000; step++) {
        Point *before = recent[step % 16];
        recent[step % 16] = make(before->y + step, step);
        sum += before->x;
        free(before);
    }
    printf("%" PRId64 "\n", sum);
    return 0;
}
