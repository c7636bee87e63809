package singularupdatequeue

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripted leads a queue. After whatever it does it waits until the queue is where
// that must lead, so that it does not matter how goroutines are scheduled.
type scripted struct {
	toolbox.Script
	*harness
	asked   int
	giveUps map[int]context.CancelFunc // by request
}

// begunAndFresh brings a request that is back from a call to the front of the queue,
// with one behind it that has not begun, while the worker is held up by another.
const begunAndFresh = `
	ask call, until out 1
	hold finish, until hands 2
	return, until queue 1
	ask finish, until queue 1 3
`

// scripts are the courses that are led, one a seed; see obey for the commands. The nth
// request asks for the nth value.
var scripts = []struct {
	options options
	end     suq.How
	text    string
}{
	{options{Policy: suq.DropOldest, Capacity: 3}, suq.Drain, begunAndFresh + `
		# A request that is back from a call stands first in a full queue: the one
		# behind it has to go.
		ask finish, until queue 1 4
		go, until answered 4
	`},
	{options{Policy: suq.DropOldest, Capacity: 1}, suq.Abandon, `
		# The only place has a request that is out on a call, and later in work: the new
		# ones are turned away.
		hold call call, until hands 1
		ask finish
		go, until out 1
		ask finish
		return, return, until answered 3
		ask finish, until answered 4
	`},
	{options{Policy: suq.Block, Capacity: 2, Batch: 1}, suq.Drain, `
		# Three wait outside, of which the second gives up.
		hold finish, until hands 1
		hold finish, until queue 2
		ask finish, ask finish, ask fail, until waiting 3 4 5
		giveUp 4, until waiting 3 5
		go, until hands 2, until queue 3
		ask finish, until waiting 5 6
		go, until answered 6
	`},
	{options{Policy: suq.Block, Capacity: 1}, suq.Drain, `
		# A handler asks its own full queue, which turns it away.
		hold submit, go, handler, until answered 2
		ask finish, until answered 3
	`},
	{options{Policy: suq.Block, Capacity: 1}, suq.Drain, `
		# A handler panics, with no other request there.
		ask panic, until answered 1
	`},
	{options{Policy: suq.Reject, Capacity: 4, Batch: 3}, suq.Drain, `
		# Handlers fail, panic and leave, at once and behind a call, with others in the
		# same hands behind them.
		hold finish, until hands 1
		ask fail, ask panic, ask exit, until queue 2 3 4
		ask finish # there is no room
		go, until answered 5
		ask call fail, until out 6
		ask panickingCall, until out 6 7
		return, return, until answered 7
		ask finish, until answered 8
	`},
	{options{Policy: suq.Block, Capacity: 3, Batch: 1}, suq.Abandon, begunAndFresh + `
		# The queue stops with requests in every place that there is.
		ask finish, until waiting 4
		stop, until queue 1
	`},
}

func script(_ context.Context, run conformance.Run) error {
	s := toolbox.Pick(scripts, run.Seed-1)
	return inHarness(run, "script", s.options, func(h *harness) suq.How {
		r := &scripted{harness: h, giveUps: map[int]context.CancelFunc{}}
		r.Follow(s.text, r.obey)
		if err := r.Err(); err != nil {
			h.blame(err)
		}
		return s.end
	})
}

// obey carries out one command of a script.
func (r *scripted) obey(words []string) error {
	numbers := toolbox.Numbers(words[1:])
	switch words[0] {
	case "ask":
		r.ask(strings.Join(words[1:], " "), false)
	case "hold": // ask for what a handler is held up with
		r.ask(strings.Join(words[1:], " "), true)
	case "handler": // has asked
		r.asked++
		r.until("asked", r.asked)
	case "giveUp":
		r.giveUps[numbers[0]]()
	case "go": // a handler that was held up
		r.gate <- struct{}{}
	case "return": // a call
		r.phone <- struct{}{}
	case "until":
		r.until(words[1], numbers...)
	case "stop":
		stopped, cancel := context.WithCancel(context.Background())
		cancel()
		r.Refused(r.q.Stop(stopped, suq.Abandon), context.Canceled)
	default:
		return toolbox.ErrNoCommand
	}
	return nil
}

// ask lets a client ask. It returns when the queue has taken note.
func (r *scripted) ask(plan string, held bool) {
	ctx, giveUp := context.WithCancel(context.Background())
	r.asked++
	r.giveUps[r.asked] = giveUp
	o := order{value: valueOf(uint8(r.asked - 1)), plan: plan, held: held}
	r.wait.Go(func() { r.client(ctx, o) })
	r.until("asked", r.asked)
}

// steering is the patience of the scripts. A queue that has lost its way once does so
// the next time too.
var steering toolbox.Patience

// until waits until the queue's view shows these requests, or this number, under a
// name. In a queue that has lost its way that may never happen; then nothing more is
// waited for, and the trace has to show it.
func (r *scripted) until(name string, want ...int) {
	if r.Err() == nil {
		r.Must(steering.Eventually(context.Background(), fmt.Sprintf("%s is %v", name, want), func() bool {
			return slices.Equal(r.view(name), want)
		}))
	}
}

// view is what the queue's view shows under a name.
func (r *scripted) view(name string) []int {
	shown, err := trace.ValueOf(r.q)
	if err != nil {
		r.blame(err)
	}
	if n, ok := shown[name].(int); ok {
		return []int{n}
	}
	return numbers(shown[name])
}
