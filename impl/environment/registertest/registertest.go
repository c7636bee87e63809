// Package registertest judges histories of concurrent clients of one register by porcupine,
// which knows neither spec nor trace.
package registertest

import "github.com/anishathalye/porcupine"

// Model is a register of one string, "" at first. The input of an operation is the string that
// is written, or nil for a read; the output of a read is what it has returned.
var Model = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		if input == nil {
			return output == state, state
		}
		return true, input
	},
}
