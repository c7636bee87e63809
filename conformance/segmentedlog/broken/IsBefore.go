//go:build ignore

// Numbers are compared as text: "10" is before "9".
//
// expect: refused at Open (state)

package segmentedlog

import "fmt"

func IsBefore(a, b Segment) bool { return fmt.Sprint(a.Number) < fmt.Sprint(b.Number) }

func checkNames([]Segment) error { return nil }
