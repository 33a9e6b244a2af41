package main

import "fmt"

func main() {
	m := map[int64]int64{}
	state := uint64(12345)
	sum := int64(0)
	for step := int64(0); step < 5_000_000; step++ {
		state = state*6364136223846793005 + 1442695040888963407
		key := int64(state >> 44)
		switch state >> 40 & 3 {
		case 0, 1:
			m[key] = step
		case 2:
			if value, ok := m[key]; ok {
				sum += value
			} else {
				sum++
			}
		default:
			if value, ok := m[key]; ok {
				sum += value
				delete(m, key)
			} else {
				sum += 2
			}
		}
	}
	fmt.Println(sum, len(m))
}
