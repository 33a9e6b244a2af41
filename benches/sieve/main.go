// Stores into an array at a stride, then a pass over it.
package main

import "fmt"

const bound = 5000000
const rounds = 50

func countPrimes(composite []bool) int32 {
	for i := int32(0); i < bound; i++ {
		composite[i] = false
	}
	prime := int32(2)
	for prime*prime < bound {
		if !composite[prime] {
			multiple := prime * prime
			for multiple < bound {
				composite[multiple] = true
				multiple += prime
			}
		}
		prime++
	}
	count := int32(0)
	for i := int32(2); i < bound; i++ {
		if !composite[i] {
			count++
		}
	}
	return count
}

func main() {
	composite := make([]bool, bound)
	total := int64(0)
	for round := 0; round < rounds; round++ {
		total += int64(countPrimes(composite))
	}
	fmt.Println(total)
}
