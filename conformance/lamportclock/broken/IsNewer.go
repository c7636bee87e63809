//go:build ignore

// Of two versions with equal stamps, a client keeps the one that came first.
//
// expect: refused at Hear (state)

package lamportclock

func IsNewer(v, than Version) bool { return v.Stamp > than.Stamp }
