package main

import "fmt"

type Shape interface{ Area(scale int64) int64 }

type Square struct{ side int64 }
type Rect struct{ width, height int64 }
type Circle struct{ radius int64 }

func (s *Square) Area(scale int64) int64 { return s.side*s.side + scale }
func (r *Rect) Area(scale int64) int64   { return r.width*r.height + scale }
func (c *Circle) Area(scale int64) int64 { return 3*c.radius*c.radius + scale }

func main() {
	const count = 999
	shapes := make([]Shape, count)
	for i := int64(0); i < count; i++ {
		switch i % 3 {
		case 0:
			shapes[i] = &Square{i}
		case 1:
			shapes[i] = &Rect{i, 2}
		default:
			shapes[i] = &Circle{i}
		}
	}
	var sum int64
	for round := int64(0); round < 100_100; round++ {
		for _, shape := range shapes {
			sum += shape.Area(round) & 1023
		}
	}
	fmt.Println(sum)
}
