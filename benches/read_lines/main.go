// Lines and bytes of standard input, and the longest line.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	lines, bytes, longest := 0, 0, ""
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		line := input.Text()
		lines++
		bytes += len(line)
		if len(line) > len(longest) {
			longest = line
		}
	}
	if err := input.Err(); err != nil {
		panic(err)
	}
	fmt.Println(lines, bytes)
	fmt.Println(longest)
}
