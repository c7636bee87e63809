package tla

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// longest is how many characters of a value are shown in a text.
const longest = 160

func Short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	r := []rune(s)
	return string(r[:longest*2/3]) + " ... " + string(r[len(r)-longest/4:])
}

// Clipped is a text that fits into a column.
func Clipped(s string) string {
	const most = 60
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return s
}

func SortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
