// Package registertest judges histories of concurrent clients of one register by porcupine,
// which knows neither spec nor trace.
package registertest

import (
	"errors"
	"fmt"
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

// ErrNotLinearizable means that clients were told what one register cannot have told them.
var ErrNotLinearizable = errors.New("the history is not linearizable")

// Histories are those of several registers, by name. The zero value is ready, for use by any
// number of goroutines.
type Histories struct {
	mu     sync.Mutex
	events int64 // counts calls and returns
	of     map[string][]porcupine.Operation
}

// Call begins an operation of a client: a write of the input, or a read if that is nil.
func (h *Histories) Call(client int, input any) porcupine.Operation {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events++
	return porcupine.Operation{ClientId: client, Input: input, Call: h.events}
}

// Return adds an operation that has returned. One that is never added has taken no effect.
func (h *Histories) Return(register string, op porcupine.Operation, output any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil {
		h.of = map[string][]porcupine.Operation{}
	}
	h.events++
	op.Output, op.Return = output, h.events
	h.of[register] = append(h.of[register], op)
}

// Judge lets porcupine judge the history of each register. Its error is ErrNotLinearizable.
func (h *Histories) Judge() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for register, history := range h.of {
		if !porcupine.CheckOperations(Model, history) {
			return fmt.Errorf("%w: %s: %v", ErrNotLinearizable, register, history)
		}
	}
	return nil
}

// Record lets clients write and read by turns, at the same time, each this number of times, and
// returns the history. No value is written twice. Calls and returns are timed by one clock.
func Record(clients, times int, write func(client int, value string) error, read func(client int) (string, error)) (history []porcupine.Operation, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	begun := time.Now()
	for client := range clients {
		all.Go(func() {
			for i := range times {
				op := porcupine.Operation{ClientId: client, Call: int64(time.Since(begun))}
				var failed error
				if (client+i)%2 == 0 {
					value := fmt.Sprint(client, i)
					op.Input, failed = value, write(client, value)
				} else {
					op.Output, failed = read(client)
				}
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
