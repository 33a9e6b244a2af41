package main

import "fmt"

func main() {
	numbers := make([]int64, 10_000_000)
	for i := range numbers {
		numbers[i] = int64(i) ^ int64(i)>>3
	}
	sum := int64(0)
	for turn := 0; turn < 10; turn++ {
		for _, x := range numbers {
			if x%3 != 0 {
				y := x*7 + 1
				if y&8 == 0 {
					sum += y
				}
			}
		}
	}
	fmt.Println(sum)
}
