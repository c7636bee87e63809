//go:build ignore

// The usual pruning: an actor of which no value is left is forgotten.
//
// expect: refused at Put (state), Merge (state)

package versionvector

import "slices"

func Remembered(s, t State) []string {
	var all []string
	for _, state := range []State{s, t} {
		for actor := range state {
			if len(joinEntry(s[actor], t[actor]).Values) > 0 {
				all = append(all, actor)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
