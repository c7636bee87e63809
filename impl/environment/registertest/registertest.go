// Package registertest judges histories of concurrent clients of one register by porcupine,
// which knows neither spec nor trace.
package registertest

import (
	"errors"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

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

// Record lets clients call at the same time, each this number of times, and returns the history.
// Calls and returns are timed by one clock. Do makes the i-th call of a client: it sets what is
// written, or the output of a read.
func Record(clients, times int, do func(client, i int, op *porcupine.Operation) error) (history []porcupine.Operation, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	begun := time.Now()
	for client := range clients {
		all.Go(func() {
			for i := range times {
				op := porcupine.Operation{ClientId: client, Call: int64(time.Since(begun))}
				failed := do(client, i, &op)
				op.Return = int64(time.Since(begun))
				mu.Lock()
				history, err = append(history, op), errors.Join(err, failed)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return history, err
}
