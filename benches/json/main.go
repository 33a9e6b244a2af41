package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

func made(count int) string {
	var text strings.Builder
	text.WriteByte('[')
	for i := 0; i < count; i++ {
		if i > 0 {
			text.WriteByte(',')
		}
		score := strconv.FormatFloat(float64(i)/8.0+0.1, 'f', -1, 64)
		fmt.Fprintf(&text, `{"id":%d,"name":"user %d \u00e9\n","active":%t,"score":%s,"tags":["a","bb","ccc"],"nested":{"x":%d,"y":null}}`,
			i, i*7919%count, i%3 == 0, score, i%100)
	}
	text.WriteByte(']')
	return text.String()
}

func main() {
	text := made(400_000)
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		panic(err)
	}
	written, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(text), len(written))
}
