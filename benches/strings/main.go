package main

import (
	"fmt"
	"strconv"
	"strings"
)

func main() {
	line := strings.Repeat("all work and no play makes jack a dull boy; ", 23)
	var text strings.Builder
	for number := 0; number < 20_000; number++ {
		text.WriteString(strconv.Itoa(number))
		text.WriteString(": ")
		text.WriteString(line)
		text.WriteByte('\n')
	}
	lines := strings.Split(text.String(), "\n")
	bytes := 0
	for _, part := range lines {
		bytes += len(part)
	}
	fmt.Println(len(lines), bytes)
}
