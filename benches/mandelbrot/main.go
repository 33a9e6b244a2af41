// Arithmetic on floats in registers, with a data-dependent end.
package main

import "fmt"

const size = 1000
const limit = 800

func insideSet(re, im float64) bool {
	x, y := 0.0, 0.0
	for turn := int32(0); turn < limit; turn++ {
		xx := x * x
		yy := y * y
		if xx+yy > 4.0 {
			return false
		}
		y = 2.0*x*y + im
		x = xx - yy + re
	}
	return true
}

func main() {
	inside := int32(0)
	checksum := int32(0)
	for row := int32(0); row < size; row++ {
		im := 2.0*float64(row)/float64(size) - 1.0
		for column := int32(0); column < size; column++ {
			re := 2.0*float64(column)/float64(size) - 1.5
			if insideSet(re, im) {
				inside++
				checksum = checksum*31 + column
			}
		}
	}
	fmt.Println(inside, checksum)
}
