package singularupdatequeue

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// reply is an answer: the value of the request, the trace's word for how it ended,
// and its result if it was served.
type reply struct{ value, told, result string }

// words are the trace's words for the errors that may answer the harness's requests.
var words = []struct {
	err  error
	told string
}{
	{suq.ErrFull, "rejected"}, {suq.ErrDropped, "dropped"}, {suq.ErrGaveUp, "gaveUp"},
	{suq.ErrStopped, "stopped"}, {suq.ErrPanicked, "panicked"}, {errPlanned, "failed"},
	{context.Canceled, "failed"}, // its call has ended with the queue
}

// wordFor is the trace's word for how a request ended; "" for an error that there must
// not be.
func wordFor(err error) string {
	if err == nil {
		return "done"
	}
	for _, w := range words {
		if errors.Is(err, w.err) {
			return w.told
		}
	}
	return ""
}

// returned notes what Submit or Wait returned for a request, which must be an answer
// that there is.
func (h *harness) returned(value, result string, err error) {
	told := wordFor(err)
	h.Check(told != "", "a request was answered with: %v", err)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replies[reply{value, told, result}]++
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
	replies := make(map[reply]int)
	asked := []string{""} // the values, by number
	var inside []int      // the requests that were in the queue or waited
	return replies, toolbox.Replayed(path, func(step string, args, state *trace.Record) {
		if args.Has("value") {
			asked = append(asked, args.String("value"))
		}
		before := inside
		inside = append(numbers(state.Value("queue")), numbers(state.Value("waiting"))...)
		r, answered := reply{told: "done"}, []int{len(asked) - 1}
		if args.Has("told") {
			r.told = args.String("told")
		}
		switch step {
		case "Finish":
			r.result, answered[0] = args.String("result"), args.Int("request")
		case "DropOldest", "GiveUp", "Fail", "Panic":
			answered[0] = args.Int("request")
		case "Stop":
			answered = slices.DeleteFunc(before, func(n int) bool { return slices.Contains(inside, n) })
		case "Reject": // the newest
		default:
			return
		}
		for _, n := range answered {
			r.value = asked[n]
			replies[r]++
		}
	})
}

func numbers(v trace.Value) (list []int) {
	for _, n := range v.([]trace.Value) {
		list = append(list, n.(int))
	}
	return list
}
