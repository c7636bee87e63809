package singularupdatequeue

import (
	"errors"
	"fmt"
	"slices"

	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// reply is an answer: the value of the request, the trace's word for how it ended,
// and its result if it was served.
type reply struct{ value, told, result string }

type word struct {
	err  error
	told string
}

// words are the trace's words for the errors with which the harness's requests may
// be answered.
var words = []word{
	{suq.ErrFull, "rejected"}, {suq.ErrDropped, "dropped"}, {suq.ErrGaveUp, "gaveUp"},
	{suq.ErrStopped, "stopped"}, {suq.ErrPanicked, "panicked"}, {errPlanned, "failed"},
}

// returned notes what Submit or Wait returned for a request, which must be an answer
// that there is.
func (h *harness) returned(value, result string, err error) {
	r := reply{value: value, told: "done", result: result}
	if err != nil {
		at := slices.IndexFunc(words, func(w word) bool { return errors.Is(err, w.err) })
		if at < 0 {
			h.blame(fmt.Errorf("a request was answered with: %w", err))
			return
		}
		r.told = words[at].told
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replies[r]++
}

// compareReplies returns an error if the clients were told anything else than the
// trace has. A request to a queue that has stopped is in no trace, and the client is
// told so.
func compareReplies(path string, returned map[reply]int) error {
	recorded, err := recordedReplies(path)
	if err != nil {
		return err
	}
	var wrong error
	for r := range returned {
		recorded[r] += 0
	}
	for r, n := range recorded {
		if m := returned[r]; m < n || m > n && r.told != "stopped" {
			wrong = errors.Join(wrong, fmt.Errorf("clients were told %+v %d times, which the trace has %d times", r, m, n))
		}
	}
	return wrong
}

// recordedReplies reads the answers from a trace.
func recordedReplies(path string) (map[reply]int, error) {
	t, err := trace.ReadFile(path)
	if err != nil {
		return nil, err
	}
	replies := make(map[reply]int)
	asked := []string{""} // the values, by number
	var before []int      // which were in the queue or waited
	for _, e := range t.Events {
		args, state := trace.NewRecord(e.Args), trace.NewRecord(e.State)
		if args.Has("value") {
			asked = append(asked, args.String("value"))
		}
		now := append(numbers(state.Value("queue")), numbers(state.Value("waiting"))...)
		switch {
		case e.Step == "Finish":
			replies[reply{asked[args.Int("request")], "done", args.String("result")}]++
		case e.Step == "Reject":
			replies[reply{value: args.String("value"), told: args.String("told")}]++
		case e.Step == "Stop":
			for _, r := range before {
				if !slices.Contains(now, r) {
					replies[reply{value: asked[r], told: args.String("told")}]++
				}
			}
		case args.Has("told"):
			replies[reply{value: asked[args.Int("request")], told: args.String("told")}]++
		}
		if err := errors.Join(args.Err(), state.Err()); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Place(&e), err)
		}
		before = now
	}
	return replies, nil
}

func numbers(v trace.Value) (list []int) {
	for _, n := range v.([]trace.Value) {
		list = append(list, n.(int))
	}
	return list
}
