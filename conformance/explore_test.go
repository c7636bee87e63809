package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	. "github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// goBuffer is the code for the spec Buffer, with room for two, and with a fault
// that a test may ask for.
type goBuffer struct {
	rec   *trace.Recorder
	items []string
	fault string
}

func (b *goBuffer) View(o *trace.Object) {
	last := "none"
	if len(b.items) > 0 {
		last = b.items[len(b.items)-1]
	}
	o.Int("length", len(b.items)).String("last", last)
}

func (b *goBuffer) Do(step string, args map[string]trace.Value) error {
	item := args["item"].(string)
	room := 2
	switch b.fault {
	case "takes too many":
		room = 3
	case "takes too few":
		room = 1
	}
	switch {
	case step == "Put" && len(b.items) < room:
		b.items = append(b.items, item)
	case step == "Get" && len(b.items) > 0 && (b.items[0] == item || b.fault == "gives anything"):
		b.items = b.items[1:]
	default:
		return ErrRefused
	}
	switch {
	case b.fault == "forgets to record" && len(b.items) == 2:
		return nil
	case b.fault == "panics" && len(b.items) == 2:
		panic("two items")
	case b.fault == "shows another view" && step == "Get":
		b.items = append([]string{"y"}, b.items...)
	}
	b.rec.Step(step).String("node", "buffer").String("item", item).State(b)
	return nil
}

func (b *goBuffer) Close() error { return nil }

// TestExploreTakesEveryTransition also counts what is refused: with two items
// there are four steps, and the seven states allow 2 + 2*3 + 4*1 of them.
func TestExploreTakesEveryTransition(t *testing.T) {
	c, s := checker(t), bufferSpec(t)
	x, err := c.Explore(t.Context(), s, func(rec *trace.Recorder) (System, error) { return &goBuffer{rec: rec}, nil })
	require.NoError(t, err)
	require.Equal(t, &Exploration{Outcome: Accepted, States: 7, Transitions: 12, Driven: 12, Refusals: 16}, x)
}

func TestExploreFindsEveryDifference(t *testing.T) {
	c, s := checker(t), bufferSpec(t)
	for _, want := range []struct {
		fault string
		first string
	}{
		{"takes too many", `Put(item = "x", node = "buffer") (guard), after Put(item = "x", node = "buffer"), Put(item = "x", node = "buffer"): the spec does not allow it here, the code takes it`},
		{"takes too few", `Put(item = "x", node = "buffer") (guard), after Put(item = "x", node = "buffer"): the spec allows it, the code refuses it`},
		{"gives anything", `Get(item = "y", node = "buffer") (guard), after Put(item = "x", node = "buffer"): the spec does not allow it here, the code takes it`},
		{"forgets to record", `Put(item = "x", node = "buffer") (error), after Put(item = "x", node = "buffer"): it must be recorded exactly once; recorded: nothing`},
		{"panics", `Put(item = "x", node = "buffer") (error), after Put(item = "x", node = "buffer"): the spec allows it, the code fails: panic: two items`},
		{"shows another view", `Get(item = "x", node = "buffer") (state), after Put(item = "x", node = "buffer"): last = "y", the spec has "none"; length = 1, the spec has 0`},
	} {
		x, err := c.Explore(t.Context(), s, func(rec *trace.Recorder) (System, error) {
			return &goBuffer{rec: rec, fault: want.fault}, nil
		})
		require.NoError(t, err)
		require.Equal(t, Rejected, x.Outcome, want.fault)
		require.Equal(t, want.first, x.Differences[0].String(), want.fault)
	}
}
