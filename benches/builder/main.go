package main

import (
	"fmt"
	"strconv"
	"strings"
)

func main() {
	var text strings.Builder
	var digits [20]byte
	for i := int64(0); i < 2_500_000; i++ {
		text.WriteString("item")
		text.WriteByte(' ')
		text.Write(strconv.AppendInt(digits[:0], i, 10))
		text.WriteRune('\n')
	}
	built := text.String()
	fmt.Println(len(built), built[len(built)/2])
}
