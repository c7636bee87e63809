package mutation

import (
	"fmt"
	"strings"
)

// diff shows what a change of a file replaces, line by line.
func diff(file, before, after string) string {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	begin := 0
	for begin < min(len(a), len(b)) && a[begin] == b[begin] {
		begin++
	}
	end := 0
	for end < min(len(a), len(b))-begin && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s:%d\n", file, begin+1)
	for _, line := range a[begin : len(a)-end] {
		out.WriteString("-" + line + "\n")
	}
	for _, line := range b[begin : len(b)-end] {
		if strings.TrimSpace(line) != "" { // what is left of a line of which all is left out
			out.WriteString("+" + line + "\n")
		}
	}
	return out.String()
}
