package singularupdatequeue

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
)

// heard is what a client hears: the value that was there, if it was served.
type heard struct {
	old    string
	served bool
}

// register is the object, for porcupine: a request that is served puts its value in
// and gets the one that was there; one that is not has changed nothing.
var register = porcupine.Model{
	Init: func() any { return first },
	Step: func(state, input, output any) (bool, any) {
		o := output.(heard)
		if !o.served {
			return true, state
		}
		return o.old == state, input
	},
}

// history lets goroutines ask a queue, and returns what they asked and heard,
// with the times at which they did.
func history(t *testing.T, policy suq.Policy, seed int64) []porcupine.Operation {
	h := newHarness()
	h.quick = true
	return historyWith(t, h, h.handle, policy, seed, func(error) bool { return false })
}

// historyWith is the same with another handler, and with clients that take some
// errors for success.
func historyWith(t *testing.T, h *harness, handle suq.Handler[string, order, string], policy suq.Policy, seed int64, isWell func(error) bool) []porcupine.Operation {
	q, err := suq.New(first, handle, suq.Options[string, order, string]{Policy: policy, Capacity: 8, Batch: 4})
	require.NoError(t, err)
	h.q = q
	var mu sync.Mutex
	var all []porcupine.Operation
	var wg sync.WaitGroup
	begun := time.Now()
	for client := range 12 {
		wg.Go(func() {
			for _, op := range toolbox.Workload[operation](seed*100+int64(client), 8, 8) {
				o := op.order()
				if o.plan == "submit" {
					o.plan = "finish" // its own requests would be missing in the history
				}
				call := time.Since(begun)
				old, err := q.Do(t.Context(), o)
				back := time.Since(begun)
				if wordFor(err) == "" {
					t.Error(err)
				}
				mu.Lock()
				all = append(all, porcupine.Operation{
					ClientId: client, Input: o.value, Call: int64(call), Output: heard{old, err == nil || isWell(err)}, Return: int64(back),
				})
				mu.Unlock()
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	require.NoError(t, h.stop(suq.Drain))
	require.NoError(t, h.Err())
	return all
}

// TestLinearizable asks a checker that knows neither the spec nor the trace: the
// clients' answers must be those that they would get one by one. Then one answer is
// changed, and porcupine must notice that.
func TestLinearizable(t *testing.T) {
	for _, policy := range []suq.Policy{suq.Block, suq.Reject, suq.DropOldest} {
		t.Run(policy.String(), func(t *testing.T) {
			for seed := range int64(5) {
				all := history(t, policy, seed)
				require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(register, all, 20*time.Second), "seed %d", seed)
				for i := range all {
					if h := all[i].Output.(heard); h.served {
						all[i].Output = heard{"never put in", true}
						break
					}
				}
				require.Equal(t, porcupine.Illegal, porcupine.CheckOperationsTimeout(register, all, 20*time.Second), "seed %d", seed)
			}
		})
	}
}

// TestWrongQueuesAreNotLinearizable breaks two rules in a way that any client can
// notice, and porcupine does.
func TestWrongQueuesAreNotLinearizable(t *testing.T) {
	illegal := func(t *testing.T, all []porcupine.Operation) {
		require.Equal(t, porcupine.Illegal, porcupine.CheckOperationsTimeout(register, all, 20*time.Second))
	}
	t.Run("answers are one change old", func(t *testing.T) {
		h := newHarness()
		h.quick = true
		older := first // by the worker only
		illegal(t, historyWith(t, h, func(turn *turn, o order) (string, error) {
			answer := older
			older, turn.State = turn.State, o.value
			return answer, nil
		}, suq.Block, 1, func(error) bool { return false }))
	})
	t.Run("Refusal", func(t *testing.T) {
		h := newHarness()
		h.quick = true
		illegal(t, historyWith(t, h, h.handle, suq.Reject, 1, func(err error) bool { return err != nil }))
	})
}
