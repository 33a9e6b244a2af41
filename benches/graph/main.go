// A long-lived graph, changed at random, with garbage in between: old objects that refer to new ones, and
// marking of a large heap.
package main

import (
	"fmt"
	"os"
	"strconv"
)

type node struct {
	number               int64
	first, second, third *node
	weight, visits       int64
}

type random struct{ state uint64 }

// Marsaglia's xorshift.
func (r *random) below(limit int64) int64 {
	state := r.state
	state ^= state << 13
	state ^= state >> 7
	state ^= state << 17
	r.state = state
	return int64((state >> 11) % uint64(limit))
}

func newNode(number int64) *node { return &node{number: number, weight: number % 7} }

// Weights along a walk through the graph.
func walk(n *node, steps int64) int64 {
	sum := int64(0)
	for step := int64(0); step < steps; step++ {
		sum += n.weight
		n.visits++
		var next *node
		switch step % 3 {
		case 0:
			next = n.first
		case 1:
			next = n.second
		default:
			next = n.third
		}
		if next == nil {
			return sum
		}
		n = next
	}
	return sum
}

func main() {
	count, _ := strconv.ParseInt(os.Args[1], 10, 64)
	steps, _ := strconv.ParseInt(os.Args[2], 10, 64)
	r := &random{88172645463325252}
	nodes := make([]*node, count)
	for i := range nodes {
		nodes[i] = newNode(int64(i))
	}
	for _, n := range nodes {
		n.first = nodes[r.below(count)]
		n.second = nodes[r.below(count)]
		n.third = nodes[r.below(count)]
	}
	sum := int64(0)
	for step := int64(0); step < steps; step++ {
		n := nodes[r.below(count)]
		// A new object in the place of an old one, one link changed, and a few objects that die at once.
		made := newNode(count + step)
		made.first = n
		made.second = n.first
		made.third = nodes[r.below(count)]
		nodes[r.below(count)] = made
		n.second = made
		garbage := newNode(step)
		for turn := int64(0); turn < 8; turn++ {
			next := newNode(turn)
			next.first = garbage
			garbage = next
		}
		sum += walk(garbage, 4) + walk(made, 4)
	}
	fmt.Println(sum)
}
