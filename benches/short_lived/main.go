// Ten million objects that die at once, each kept only until the next few are made.
package main

import "fmt"

type point struct{ x, y int64 }

func main() {
	recent := make([]*point, 16)
	for i := range recent {
		recent[i] = &point{int64(i), int64(i)}
	}
	sum := int64(0)
	for step := int64(0); step < 10000000; step++ {
		before := recent[step%16]
		recent[step%16] = &point{before.y + step, step}
		sum += before.x
	}
	fmt.Println(sum)
}
