package conformance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

func TestExplainTry(t *testing.T) {
	c, s := checker(t), bufferSpec(t)
	put, get := step("Put", "x", 1, "x"), step("Get", "x", 0, "none")
	second, third := step("Put", "y", 2, "y"), step("Put", "y", 3, "y")
	traces := []*trace.Trace{
		bufferTrace("a step too many", put, get, get),
		bufferTrace("another view", put, third),
		bufferTrace("an item that is none", step("Put", "z", 1, "z")),
		bufferTrace("a view of another kind", put, step("Put", "x", 2, 7)),
		bufferTrace("an argument of another kind", put, step("Get", 7, 0, "none")),
		bufferTrace("full", put, second, third),
	}
	verdicts, err := c.Replay(t.Context(), s, traces)
	require.NoError(t, err)
	for i, v := range verdicts {
		x, err := c.Explain(t.Context(), s, traces[i], v)
		require.NoError(t, err)
		fmt.Println(x)
	}
}
