//go:build ignore

// A put that too many replicas have refused has failed.
//
// expect: refused at Return (state)

package majorityquorum

func OutcomeOfPut(ended string) Outcome {
	if ended == "failure" {
		return Failed
	}
	return Unknown
}
