#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct { int64_t a, b; } Object;
typedef struct { Object *object; int64_t (*area)(Object *, int64_t); } Shape;

static int64_t square(Object *o, int64_t scale) { return o->a * o->a + scale; }
static int64_t rect(Object *o, int64_t scale) { return o->a * o->b + scale; }
static int64_t circle(Object *o, int64_t scale) { return 3 * o->a * o->a + scale; }

int main(void) {
    enum { COUNT = 999 };
    static Shape shapes[COUNT];
    int64_t (*areas[3])(Object *, int64_t) = {square, rect, circle};
    for (int64_t i = 0; i < COUNT; i++) {
        Object *object = malloc(sizeof *object);
        object->a = i;
        object->b = 2;
        shapes[i] = (Shape){object, areas[i % 3]};
    }
    int64_t sum = 0;
    for (int64_t round = 0; round < 100100; round++)
        for (int i = 0; i < COUNT; i++) sum += shapes[i].area(shapes[i].object, round) & 1023;
    printf("%lld\n", (long long)sum);
    return 0;
}
