package main

import (
	"cmp"
	"fmt"
	"slices"
)

type order struct{ id, price int64 }

func main() {
	state := uint64(99)
	orders := make([]*order, 1_000_000)
	for i := range orders {
		state = state*6364136223846793005 + 1442695040888963407
		orders[i] = &order{int64(i), int64(state >> 40)}
	}
	slices.SortStableFunc(orders, func(a, b *order) int { return cmp.Compare(a.price, b.price) })
	sum := int64(0)
	for i, o := range orders {
		sum += o.id * (int64(i) & 7)
	}
	fmt.Println(sum)
}
