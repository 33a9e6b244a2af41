// The fields of a file of comma-separated values: how many there are, their bytes, and the sum of the third one.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// The fields of a line. Those in quotes may have commas, and two quotes for one.
func split(line string, fields []string) []string {
	fields = fields[:0]
	start := 0
	for {
		if start < len(line) && line[start] == '"' {
			end, doubled := start+1, false
			for end < len(line) {
				if line[end] != '"' {
					end++
				} else if end+1 < len(line) && line[end+1] == '"' {
					doubled = true
					end += 2
				} else {
					break
				}
			}
			field := line[start+1 : end]
			if doubled {
				field = strings.ReplaceAll(field, `""`, `"`)
			}
			fields = append(fields, field)
			start = end + 2
		} else {
			end := strings.IndexByte(line[start:], ',')
			if end < 0 {
				end = len(line)
			} else {
				end += start
			}
			fields = append(fields, line[start:end])
			start = end + 1
		}
		if start > len(line) {
			return fields
		}
	}
}

func main() {
	var fields []string
	count, bytes, sum := 0, 0, int64(0)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fields = split(lines.Text(), fields)
		count += len(fields)
		for _, field := range fields {
			bytes += len(field)
		}
		number, _ := strconv.ParseInt(fields[2], 10, 64)
		sum += number
	}
	if err := lines.Err(); err != nil {
		panic(err)
	}
	fmt.Println(count, bytes, sum)
}
