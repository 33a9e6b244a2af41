// Loads and stores of float fields, through objects in an array.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PI 3.141592653589793
#define SOLAR_MASS (4.0 * PI * PI)
#define DAYS_PER_YEAR 365.24
enum { STEPS = 8000000 };

typedef struct { double x, y, z, vx, vy, vz, mass; } Body;

// The square root, by Newton's method from a guess that is near for planets.
static double root_of(double value) {
    double root = 0.05 * value + 5.0;
    root = 0.5 * (root + value / root);
    root = 0.5 * (root + value / root);
    root = 0.5 * (root + value / root);
    return 0.5 * (root + value / root);
}

static Body *planet(double x, double y, double z, double vx, double vy, double vz, double mass) {
    Body *body = malloc(sizeof(Body));
    *body = (Body){
        x, y, z, vx * DAYS_PER_YEAR, vy * DAYS_PER_YEAR, vz * DAYS_PER_YEAR, mass * SOLAR_MASS,
    };
    return body;
}

static void advance(Body **bodies, int64_t count, double dt) {
    for (int64_t i = 0; i < count; i++) {
        Body *a = bodies[i];
        for (int64_t j = i + 1; j < count; j++) {
            Body *b = bodies[j];
            double dx = a->x - b->x;
            double dy = a->y - b->y;
            double dz = a->z - b->z;
            double squared = dx * dx + dy * dy + dz * dz;
            double magnitude = dt / (squared * root_of(squared));
            a->vx -= dx * b->mass * magnitude;
            a->vy -= dy * b->mass * magnitude;
            a->vz -= dz * b->mass * magnitude;
            b->vx += dx * a->mass * magnitude;
            b->vy += dy * a->mass * magnitude;
            b->vz += dz * a->mass * magnitude;
        }
    }
    for (int64_t i = 0; i < count; i++) {
        Body *body = bodies[i];
        body->x += dt * body->vx;
        body->y += dt * body->vy;
        body->z += dt * body->vz;
    }
}

static double energy_of(Body **bodies, int64_t count) {
    double energy = 0.0;
    for (int64_t i = 0; i < count; i++) {
        Body *a = bodies[i];
        energy += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
        for (int64_t j = i + 1; j < count; j++) {
            Body *b = bodies[j];
            double dx = a->x - b->x;
            double dy = a->y - b->y;
            double dz = a->z - b->z;
            energy -= a->mass * b->mass / root_of(dx * dx + dy * dy + dz * dz);
        }
    }
    return energy;
}

int main(void) {
    enum { COUNT = 5 };
    Body *bodies[COUNT] = {
        planet(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
        planet(4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
            0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023,
            0.000954791938424326609),
        planet(8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
            -0.00276742510726411021, 0.00499852801234917238, 0.0000230417297573763929,
            0.000285885980666130812),
        planet(12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
            0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556,
            0.0000436624404335156298),
        planet(15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
            0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870,
            0.0000515138902046611451),
    };
    Body *sun = bodies[0];
    for (int i = 1; i < COUNT; i++) {
        Body *body = bodies[i];
        sun->vx -= body->vx * body->mass / SOLAR_MASS;
        sun->vy -= body->vy * body->mass / SOLAR_MASS;
        sun->vz -= body->vz * body->mass / SOLAR_MASS;
    }
    printf("%lld\n", (long long)(energy_of(bodies, COUNT) * 1e12));
    for (int32_t step = 0; step < STEPS; step++) advance(bodies, COUNT, 0.001);
    printf("%lld\n", (long long)(energy_of(bodies, COUNT) * 1e12));
    return 0;
}
