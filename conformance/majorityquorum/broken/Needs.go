//go:build ignore

// Replicas that have refused are not asked for, and a quorum of the others is enough.
//
// expect: refused at Choose (state), WriteBack (state)

package majorityquorum

func Needs(quorum, refused int) int { return quorum - refused }
