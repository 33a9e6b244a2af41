package main

import (
	"fmt"
	"os"
)

//go:noinline
func repeat(times int64, f func(int64) int64) int64 {
	var sum int64
	for i := int64(0); i < times; i++ {
		sum = f(sum + i)
	}
	return sum
}

func main() {
	by := int64(len(os.Args)-1) + 3
	var calls int64
	add := func(x int64) int64 { return x + by }
	count := func(x int64) int64 { calls++; return x ^ calls }
	chosen := []func(int64) int64{add, count}
	if by <= 1 {
		chosen = []func(int64) int64{count, add}
	}
	fmt.Println(repeat(50_000_000, chosen[0]) + repeat(50_000_000, chosen[1]))
	fmt.Println(calls)
}
