// Short loops over small arrays of integers: reversals of prefixes, permutation after permutation.
package main

import "fmt"

const size = 10
const rounds = 4

// The checksum over all permutations, and the most flips above it.
func fannkuch() int64 {
	permutation := make([]int32, size)
	flipped := make([]int32, size)
	count := make([]int32, size)
	for i := range permutation {
		permutation[i] = int32(i)
	}

	checksum, most, number, depth := int32(0), int32(0), int32(0), int32(size)
	for {
		for depth != 1 {
			count[depth-1] = depth
			depth--
		}

		for i := int32(0); i < size; i++ {
			flipped[i] = permutation[i]
		}
		flips := int32(0)
		first := flipped[0]
		for first != 0 {
			low, high := int32(0), first
			for low < high {
				value := flipped[low]
				flipped[low] = flipped[high]
				flipped[high] = value
				low++
				high--
			}
			flips++
			first = flipped[0]
		}
		if flips > most {
			most = flips
		}
		if number%2 == 0 {
			checksum += flips
		} else {
			checksum -= flips
		}

		// The next permutation rotates a prefix, a longer one when the shorter are through.
		for {
			if depth == size {
				return int64(most)*10000000 + int64(checksum)
			}
			front := permutation[0]
			for i := int32(0); i < depth; i++ {
				permutation[i] = permutation[i+1]
			}
			permutation[depth] = front
			count[depth]--
			if count[depth] > 0 {
				break
			}
			depth++
		}
		number++
	}
}

func main() {
	total := int64(0)
	for round := 0; round < rounds; round++ {
		total += fannkuch()
	}
	fmt.Println(total)
}
