//go:build ignore

// The last write wins, by a clock: the value that is greater is written later.
//
// expect: refused at Put (state), Merge (state)

package versionvector

func Join(s, t State) State {
	joined, last := State{}, ""
	for _, actor := range Remembered(s, t) {
		joined[actor] = joinEntry(s[actor], t[actor])
		for _, value := range joined[actor].Values {
			last = max(last, value)
		}
	}
	for actor, e := range joined {
		e.Values = nil
		if at := joinEntry(s[actor], t[actor]); len(at.Values) > 0 && at.Values[len(at.Values)-1] == last {
			e.Values = []string{last}
		}
		joined[actor] = e
	}
	return joined
}
