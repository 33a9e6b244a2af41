// How often each word of standard input comes; the ten most frequent ones.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"strings"
)

func main() {
	counts := map[string]int32{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		for _, word := range strings.Split(lines.Text(), " ") {
			counts[word]++
		}
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
	words := make([]string, 0, len(counts))
	for word := range counts {
		words = append(words, word)
	}
	sort.Slice(words, func(i, j int) bool {
		a, b := words[i], words[j]
		if counts[a] != counts[b] {
			return counts[a] > counts[b]
		}
		return a < b
	})
	fmt.Println(len(counts))
	for _, word := range words[:10] {
		fmt.Println(counts[word], word)
	}
}
