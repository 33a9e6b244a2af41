// Loads and stores of float fields, through objects in an array.
package main

import "fmt"

const pi = 3.141592653589793
const daysPerYear = 365.24
const steps = 8000000

// In steps of `float64`, as the other programs compute it: Go's constants are exact.
var solarMass = float64(4.0*pi) * pi

type body struct{ x, y, z, vx, vy, vz, mass float64 }

// The square root, by Newton's method from a guess that is near for planets.
func rootOf(value float64) float64 {
	root := 0.05*value + 5.0
	root = 0.5 * (root + value/root)
	root = 0.5 * (root + value/root)
	root = 0.5 * (root + value/root)
	return 0.5 * (root + value/root)
}

func planet(x, y, z, vx, vy, vz, mass float64) *body {
	return &body{x, y, z, vx * daysPerYear, vy * daysPerYear, vz * daysPerYear, mass * solarMass}
}

func advance(bodies []*body, dt float64) {
	count := len(bodies)
	for i := 0; i < count; i++ {
		a := bodies[i]
		for j := i + 1; j < count; j++ {
			b := bodies[j]
			dx := a.x - b.x
			dy := a.y - b.y
			dz := a.z - b.z
			squared := dx*dx + dy*dy + dz*dz
			magnitude := dt / (squared * rootOf(squared))
			a.vx -= dx * b.mass * magnitude
			a.vy -= dy * b.mass * magnitude
			a.vz -= dz * b.mass * magnitude
			b.vx += dx * a.mass * magnitude
			b.vy += dy * a.mass * magnitude
			b.vz += dz * a.mass * magnitude
		}
	}
	for _, body := range bodies {
		body.x += dt * body.vx
		body.y += dt * body.vy
		body.z += dt * body.vz
	}
}

func energyOf(bodies []*body) float64 {
	energy := 0.0
	for i := 0; i < len(bodies); i++ {
		a := bodies[i]
		energy += 0.5 * a.mass * (a.vx*a.vx + a.vy*a.vy + a.vz*a.vz)
		for j := i + 1; j < len(bodies); j++ {
			b := bodies[j]
			dx := a.x - b.x
			dy := a.y - b.y
			dz := a.z - b.z
			energy -= a.mass * b.mass / rootOf(dx*dx+dy*dy+dz*dz)
		}
	}
	return energy
}

func main() {
	bodies := []*body{
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
	}
	sun := bodies[0]
	for _, body := range bodies[1:] {
		sun.vx -= body.vx * body.mass / solarMass
		sun.vy -= body.vy * body.mass / solarMass
		sun.vz -= body.vz * body.mass / solarMass
	}
	fmt.Println(int64(energyOf(bodies) * 1e12))
	for step := 0; step < steps; step++ {
		advance(bodies, 0.001)
	}
	fmt.Println(int64(energyOf(bodies) * 1e12))
}
