package tla

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// longest is the number of characters of a value that a text shows.
const longest = 160

// Short shortens a text to about that many characters by a gap in the middle.
func Short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	r := []rune(s)
	return string(r[:longest*2/3]) + " ... " + string(r[len(r)-longest/4:])
}

// Clipped cuts a text so that it fits into a column of a table.
func Clipped(s string) string {
	const most = 60
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return s
}

// SortedKeys returns the keys of a map, sorted.
func SortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
