// Allocation: complete trees, made, counted and forgotten. A node owns an array of its subtrees, which
// is empty in leaves.
package main

import "fmt"

const shortest = 4
const longest = 18

type tree struct{ subtrees []*tree }

func (t *tree) count() int32 {
	count := int32(1)
	for _, subtree := range t.subtrees {
		count += subtree.count()
	}
	return count
}

func grow(depth int32) *tree {
	if depth == 0 {
		return &tree{[]*tree{}}
	}
	return &tree{[]*tree{grow(depth - 1), grow(depth - 1)}}
}

func main() {
	fmt.Printf("stretch %d\n", grow(longest+1).count())
	kept := grow(longest)
	for depth := int32(shortest); depth <= longest; depth += 4 {
		rounds := int32(1) << (longest - depth + shortest)
		count := int32(0)
		for round := int32(0); round < rounds; round++ {
			count += grow(depth).count()
		}
		fmt.Printf("%d of depth %d: %d\n", rounds, depth, count)
	}
	fmt.Printf("kept %d\n", kept.count())
}
