// Nested loops over arrays of floats, with a division in the innermost one.
package main

import "fmt"

const size = 2500

func element(row, column int32) float64 {
	diagonal := row + column
	return 1.0 / float64(diagonal*(diagonal+1)/2+row+1)
}

func multiply(vector, product []float64) {
	for row := int32(0); row < size; row++ {
		sum := 0.0
		for column := int32(0); column < size; column++ {
			sum += element(row, column) * vector[column]
		}
		product[row] = sum
	}
}

func multiplyTransposed(vector, product []float64) {
	for row := int32(0); row < size; row++ {
		sum := 0.0
		for column := int32(0); column < size; column++ {
			sum += element(column, row) * vector[column]
		}
		product[row] = sum
	}
}

func multiplyBoth(vector, product, between []float64) {
	multiply(vector, between)
	multiplyTransposed(between, product)
}

// The square root, by Newton's method.
func rootOf(value float64) float64 {
	root := 1.0
	if value > 1.0 {
		root = value
	}
	for {
		better := 0.5 * (root + value/root)
		if better >= root {
			return root
		}
		root = better
	}
}

func main() {
	u := make([]float64, size)
	v := make([]float64, size)
	between := make([]float64, size)
	for i := range u {
		u[i] = 1.0
	}
	for turn := 0; turn < 20; turn++ {
		multiplyBoth(u, v, between)
		multiplyBoth(v, u, between)
	}
	uv, vv := 0.0, 0.0
	for i := 0; i < size; i++ {
		uv += u[i] * v[i]
		vv += v[i] * v[i]
	}
	fmt.Println(int64(rootOf(uv/vv) * 1e12))
}
