// Allocation: complete trees, made, counted and forgotten.
package main

import (
	"fmt"
	"os"
	"strconv"
)

const shortest = 4

type tree struct{ left, right *tree }

func (t *tree) count() int32 {
	count := int32(1)
	if t.left != nil {
		count += t.left.count()
	}
	if t.right != nil {
		count += t.right.count()
	}
	return count
}

func grow(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{grow(depth - 1), grow(depth - 1)}
}

func main() {
	longest, _ := strconv.Atoi(os.Args[1])
	fmt.Printf("stretch %d\n", grow(longest+1).count())
	kept := grow(longest)
	for depth := shortest; depth <= longest; depth += 4 {
		rounds := int32(1) << (longest - depth + shortest)
		count := int32(0)
		for round := int32(0); round < rounds; round++ {
			count += grow(depth).count()
		}
		fmt.Printf("%d of depth %d: %d\n", rounds, depth, count)
	}
	fmt.Printf("kept %d\n", kept.count())
}
